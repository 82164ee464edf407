//! Settlements with partners: what each side states, their pages, and stating by name.

use crate::agreed::{listed, moment, not_signed, refused};
use crate::book::Book;
use crate::guest::guest_of;
use crate::office::{OfficeDesk, is_own, stopped};
use crate::workbench::{self, SettlementRecord, SideRecord};
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    PartnerSettlement, contract_of, settlement_document, settlements, state_settlement,
};
use counterfoil_settle::{Settlement, statement_differences};
use counterfoil_store::Transaction;
use counterfoil_twin::{SettlementStatus, Stated, to_hex};
use counterfoil_web::view::{
    DocumentForm, ListQuery, Listing, SettlementRow, SettlementView, Signing, Target, Tone,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, Viewer};

/// The row that a figure of a settlement belongs to: `row-3-term-7`.
pub(crate) fn row_of(name: &str) -> Option<u64> {
    name.strip_prefix("row-")?.split('-').next()?.parse().ok()
}

impl OfficeDesk {
    pub(crate) fn settlement_id(&self, relation: i64, subject: &str) -> String {
        self.id("settlement", &[relation.to_string(), subject.to_owned()])
    }

    /// Every settlement that the viewer may see.
    fn seen_settlements(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
    ) -> Answer<Vec<PartnerSettlement>> {
        let guest = guest_of(viewer);
        let all = settlements(tx).map_err(|error| stopped(&error))?;
        Ok(all.into_iter().filter(|one| guest.is_none_or(|g| g == one.relation.id)).collect())
    }

    fn seen_settlement(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        id: &str,
    ) -> Answer<Option<PartnerSettlement>> {
        let Some([relation, subject]) = self.keys::<2>("settlement", id) else { return Ok(None) };
        let all = self.seen_settlements(tx, viewer)?.into_iter();
        let is_it = |one: &PartnerSettlement| {
            one.relation.id.to_string() == relation && one.subject == subject
        };
        Ok(all.filter(is_it).find(|one| is_told(one, viewer)))
    }

    /// What the record says of a settlement; with the statements when it is opened.
    fn settlement_record(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        (known, is_opened): (&PartnerSettlement, bool),
    ) -> Answer<SettlementRecord> {
        let relation = &known.relation;
        let document = |digest: &str| match is_opened {
            true => settlement_document(tx, digest).map_err(|error| stopped(&error)),
            false => Ok(None),
        };
        let stated = |party: &str, one: &Stated| {
            let digest = to_hex(&one.statement);
            let statements = document(&digest)?.map(|document| document.statements);
            Ok(SideRecord {
                party: party.to_owned(),
                facts: to_hex(&one.facts),
                amount_cents: one.amount_cents.0,
                signed: Some((one.stated_by.to_string(), moment(one.time_ms, viewer))),
                statements,
                digest,
            })
        };
        // What is computed here and not stated yet is the organization's own matter.
        let prepared = known.prepared.as_ref();
        let prepared = prepared.filter(|_| known.waits_to_be_stated() && is_own(viewer));
        let ours = match (prepared, known.ours()) {
            (Some(prepared), _) => {
                let found = document(&prepared.digest)?;
                Some(SideRecord {
                    party: self.organization.clone(),
                    digest: prepared.digest.clone(),
                    facts: found.as_ref().map(|one| one.facts_sha256.clone()).unwrap_or_default(),
                    amount_cents: prepared.amount_cents.0,
                    signed: None,
                    statements: found.map(|found| found.statements),
                })
            }
            (None, Some(one)) => Some(stated(&self.organization, one)?),
            (None, None) => None,
        };
        let theirs = known.theirs().map(|one| stated(&relation.partner, one)).transpose()?;
        let before = match prepared {
            Some(_) => known.ours().map(|one| one.statement),
            None => known.ours().and_then(|one| one.replaces),
        };
        let before = before.map(|digest| document(&to_hex(&digest))).transpose()?.flatten();
        let after = ours.as_ref().and_then(|side| side.statements.as_deref());
        let differences = match before.zip(after) {
            Some((before, after)) => statement_differences(&before.statements, after).ok(),
            None => None,
        };
        let contract = self.settled_by(tx, known, ours.as_ref())?;
        Ok(SettlementRecord {
            id: self.settlement_id(relation.id, &known.subject),
            name: format!("{} {}", known.contract_id, known.period),
            partner: relation.partner.clone(),
            is_payer: self.is_payer(),
            standing: standing(known, prepared.is_some()),
            ours,
            theirs,
            contract,
            differences,
            signing: signing(known, viewer),
            posted: posted(known, viewer),
        })
    }

    /// The version that settled it.
    fn settled_by(
        &self,
        tx: &Transaction<'_>,
        known: &PartnerSettlement,
        ours: Option<&SideRecord>,
    ) -> Answer<Option<Target>> {
        let stated = known.ours().or(known.theirs()).map(|one| to_hex(&one.contract));
        let computed = || {
            let statements = ours?.statements.as_ref()?;
            Some(statements.first()?.contract.sha256.clone())
        };
        let Some(digest) = stated.or_else(computed) else { return Ok(None) };
        let (relation, name) = (&known.relation, &known.contract_id);
        let contract = contract_of(tx, relation, name).map_err(|error| stopped(&error))?;
        let versions = contract.map(|contract| contract.state.versions).unwrap_or_default();
        let named = || versions.iter().filter(|one| to_hex(&one.digest) == digest);
        let found = named().find(|one| one.is_signed()).or_else(|| named().next());
        Ok(found.map(|one| Target::Contract(self.version_id(relation.id, name, one))))
    }

    pub(crate) fn settlement_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<SettlementRow>> {
        let mut rows = Vec::new();
        for known in self.seen_settlements(tx, viewer)? {
            if is_told(&known, viewer) {
                let record = self.settlement_record(tx, viewer, (&known, false))?;
                rows.push((workbench::settlement_row(&record, book), amount(&record)));
            }
        }
        rows.retain(|(row, _)| is_wanted(row, query));
        match query.sort.as_deref() {
            Some("name") => rows.sort_by(|a, b| a.0.name.cmp(&b.0.name)),
            Some("partner") => rows.sort_by(|a, b| a.0.partner.cmp(&b.0.partner)),
            Some("ours") => rows.sort_by_key(|row| row.1[0]),
            Some("theirs") => rows.sort_by_key(|row| row.1[1]),
            Some("difference") => rows.sort_by_key(|row| row.1[2]),
            _ => {}
        }
        if query.descending {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        Ok(listed(rows, ("settlements", viewer), query, book))
    }

    pub(crate) fn settlement_view(
        &self,
        tx: &Transaction<'_>,
        (viewer, id): (&Viewer, &str),
        row: Option<u64>,
        book: &mut Book,
    ) -> Answer<Option<SettlementView>> {
        let Some(known) = self.seen_settlement(tx, viewer, id)? else { return Ok(None) };
        let record = self.settlement_record(tx, viewer, (&known, true))?;
        let sides = [&record.ours, &record.theirs].into_iter().flatten();
        let first = sides.filter_map(|side| side.statements.as_ref()?.first()).next();
        let loaded = match first {
            Some(first) => self.loaded(tx, &first.contract.sha256)?,
            None => None,
        };
        Ok(Some(workbench::settlement(&record, loaded.as_deref(), row, book)))
    }

    pub(crate) fn settlement_bytes(
        &self,
        tx: &Transaction<'_>,
        (viewer, id): (&Viewer, &str),
        form: DocumentForm,
    ) -> Answer<Option<Vec<u8>>> {
        let Some(known) = self.seen_settlement(tx, viewer, id)? else { return Ok(None) };
        let prepared = known.prepared.as_ref();
        let prepared = prepared.filter(|_| known.waits_to_be_stated() && is_own(viewer));
        let digest = match (prepared, known.ours().or(known.theirs())) {
            (Some(prepared), _) => prepared.digest.clone(),
            (None, Some(stated)) => to_hex(&stated.statement),
            (None, None) => return Ok(None),
        };
        let found: Option<Settlement> =
            settlement_document(tx, &digest).map_err(|error| stopped(&error))?;
        let Some(found) = found else {
            let why = "The statement has not come from the partner yet.";
            let what = "There is no file yet.";
            return Err(DeskError::new(DeskErrorKind::Unavailable, what, why));
        };
        let bytes = found.to_json().into_bytes();
        let file = workbench::settlement_file(&found.statements, &bytes, form);
        let failed =
            |why: String| DeskError::new(DeskErrorKind::Failed, "The file was not written.", &why);
        file.map(Some).map_err(failed)
    }

    /// States what was computed here by the viewer's name: where the partner states the same, it
    /// is the countersignature.
    pub(crate) fn sign_statement(
        &self,
        viewer: &Viewer,
        id: &str,
        digest: &str,
    ) -> Answer<Option<()>> {
        if !is_own(viewer) {
            return Ok(None);
        }
        let known = self.read("a settlement to sign", |tx| self.seen_settlement(tx, viewer, id))?;
        let Some(known) = known else { return Ok(None) };
        self.expect_not_restored("Nothing was signed.")?;
        let mut store = self.own_store()?;
        let done: Result<bool, OperationsError> = store.transaction("sign a settlement", |tx| {
            let relation = &known.relation;
            // What is stated is what the person saw, whatever was computed in between.
            let now = settlements(tx)?
                .into_iter()
                .find(|one| one.relation.id == relation.id && one.subject == known.subject);
            let prepared = now.and_then(|now| now.prepared);
            if prepared.is_none_or(|prepared| prepared.digest != digest) {
                return Ok(false);
            }
            let by = (known.subject.as_str(), viewer.account.name.as_str());
            state_settlement(tx, relation, by).map(|_| true)
        });
        if !done.map_err(|error| refused(&error))? {
            return Err(not_signed("The statement is not the one that was shown."));
        }
        self.tell(&format!("settlement/{id}"), "A settlement was signed.");
        Ok(Some(()))
    }
}

/// True when somebody has stated it, or the viewer works for the organization that computed it.
fn is_told(known: &PartnerSettlement, viewer: &Viewer) -> bool {
    known.ours().is_some() || known.theirs().is_some() || is_own(viewer)
}

fn amount(record: &SettlementRecord) -> [Option<i64>; 3] {
    let cents = |side: &Option<SideRecord>| side.as_ref().map(|side| side.amount_cents);
    let (ours, theirs) = (cents(&record.ours), cents(&record.theirs));
    let difference = ours.zip(theirs).and_then(|(ours, theirs)| theirs.checked_sub(ours));
    [ours, theirs, difference]
}

fn is_wanted(row: &SettlementRow, query: &ListQuery) -> bool {
    query.filters.iter().all(|(name, value)| {
        let lower = value.to_lowercase();
        match name.as_str() {
            "agreement" => row.agreement.0 == *value,
            "with" => row.partner.to_lowercase().contains(&lower),
            "ids" => value.split(',').any(|id| id == row.id),
            "q" => [&row.name, &row.partner, &row.standing.0]
                .iter()
                .any(|text| text.to_lowercase().contains(&lower)),
            _ => false,
        }
    })
}

fn standing(known: &PartnerSettlement, is_prepared: bool) -> (String, Tone) {
    let status = known.ours().or(known.theirs()).map(|one| one.status);
    let (words, tone) = match (is_prepared, status) {
        (true, None) => ("computed, not stated", Tone::Attention),
        (true, Some(_)) => ("computed anew, not stated", Tone::Attention),
        (false, Some(SettlementStatus::Provisional)) => ("provisional", Tone::Moving),
        (false, Some(SettlementStatus::Final)) => ("final", Tone::Good),
        (false, Some(SettlementStatus::Restated)) => ("restated", Tone::Attention),
        (false, None) => ("not settled", Tone::Plain),
    };
    (words.to_owned(), tone)
}

/// What can be stated here, or why nothing can.
fn signing(known: &PartnerSettlement, viewer: &Viewer) -> Signing {
    let closed = |why: &str| Signing::Closed { why: why.to_owned() };
    let prepared = known.prepared.as_ref().filter(|_| known.waits_to_be_stated());
    match (is_own(viewer), prepared, known.ours()) {
        (false, ..) => closed("Guests sign on their own node."),
        (true, Some(prepared), _) => {
            let theirs = known.theirs().map(|one| to_hex(&one.statement));
            let effect = match theirs {
                Some(digest) if digest == prepared.digest => {
                    "The partner states the same, byte for byte. With your signature it is agreed \
                     and can be paid."
                }
                Some(_) => {
                    "The partner states something else. Your statement goes to the partner with \
                     its facts; nothing is paid until both say the same."
                }
                None => "Your statement goes to the partner, with every fact it rests on.",
            };
            Signing::Open { effect: effect.to_owned() }
        }
        (true, None, Some(_)) => Signing::Done,
        (true, None, None) => closed(
            "Your organization has not settled it on its own facts yet: `counterfoil settlement \
             prepare` does.",
        ),
    }
}

/// Entries of the books, for the organization's own people.
fn posted(known: &PartnerSettlement, viewer: &Viewer) -> Vec<(String, i64)> {
    let own = known.postings.iter().filter(|_| is_own(viewer));
    let told = own.map(|one| {
        let why = match one.decided_by.as_str() {
            "" => "both sides agreed".to_owned(),
            person => format!("{person} said so: {}", one.reason),
        };
        (format!("{} booked on {}, {why}:", one.basis, one.posted_on), one.amount_cents.0)
    });
    told.collect()
}
