//! Contracts with partners: what the record says of each version, its pages, and signing.

use crate::book::{Book, Story, rule};
use crate::guest::guest_of;
use crate::office::{OfficeDesk, is_own, lock, stopped};
use crate::seal::hex;
use crate::workbench::{self, LoadedContract, VersionRecord, moment_words};
use counterfoil_base::Date;
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    PartnerContract, Signing as Signed, contract_files, contracts, settlements, sign_contract,
};
use counterfoil_store::{Store, Transaction};
use counterfoil_twin::{ContractSignature, ContractVersion, VersionStanding, to_hex};
use counterfoil_web::view::{
    ChangesRequest, ChangesView, ContractRow, ContractView, Explanation, FoundItem, ListQuery,
    Listing, MatchState, Signature, Signing, SimulationView, Target, Tone,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, FigureAddress, Viewer};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Contracts that are kept read at a time.
const LOADED_MAX: usize = 16;

/// A version with what the record says of its contract.
struct Known {
    contract: PartnerContract,
    version: ContractVersion,
    record: VersionRecord,
}

/// Under which name explanations of a page are kept that a person has asked for.
pub(crate) fn kept_key(subject: &str, viewer: &Viewer, id: &str) -> String {
    format!("{subject}/{}/{id}", viewer.account.id)
}

impl OfficeDesk {
    /// Every version that the viewer may see, newest first within each contract.
    fn versions(&self, tx: &Transaction<'_>, viewer: &Viewer) -> Answer<Vec<Known>> {
        let guest = guest_of(viewer);
        let mut all = Vec::new();
        for contract in contracts(tx).map_err(|error| stopped(&error))? {
            if guest.is_some_and(|guest| guest != contract.relation.id) {
                continue;
            }
            for version in contract.state.versions.iter().rev() {
                let record = self.version_record(tx, viewer, &contract, version)?;
                all.push(Known { contract: contract.clone(), version: version.clone(), record });
            }
        }
        Ok(all)
    }

    /// What a page shows is what is signed: the id holds the text, its day and what it replaces.
    pub(crate) fn version_id(
        &self,
        relation: i64,
        name: &str,
        version: &ContractVersion,
    ) -> String {
        let replaces = version.replaces.map(|digest| to_hex(&digest)).unwrap_or_default();
        let day = version.effective_on.to_string();
        let keys = [relation.to_string(), name.to_owned(), to_hex(&version.digest), day, replaces];
        self.id("contract", &keys)
    }

    fn version_record(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        contract: &PartnerContract,
        version: &ContractVersion,
    ) -> Answer<VersionRecord> {
        let (relation, digest) = (&contract.relation, to_hex(&version.digest));
        let own = version.signature(relation.author);
        let theirs = version.signature(relation.author.other());
        let partner = &relation.partner;
        let signed = |party: &str, is_ours, signature: &ContractSignature| Signature {
            party: party.to_owned(),
            is_ours,
            by: signature.signed_by.to_string(),
            at: said_at(signature.time_ms, signature.sequence, viewer),
            digest: digest.clone(),
        };
        let ours = own.map(|one| signed(&self.organization, true, one));
        let theirs_told = theirs.map(|one| signed(partner, false, one));
        let standing = standing(version, own.is_some(), viewer.today);
        let agreement = match (version.standing, own.is_some() && theirs.is_some()) {
            (VersionStanding::Conflict, _) => MatchState::Differs {
                count: 1,
                first: "Both have signed it, and it is not in force: it does not fit what both \
                        had signed before, or two were signed at the same moment."
                    .to_owned(),
            },
            (VersionStanding::Differs, _) => MatchState::Differs {
                count: 1,
                first: format!("Each side has signed another text for {}.", version.effective_on),
            },
            (_, true) => MatchState::Equal { hash: digest.clone() },
            (_, false) => MatchState::Unknown {
                why: "It is in force when both sides have signed it.".to_owned(),
            },
        };
        let signing = match (own.is_some(), theirs.is_some()) {
            _ if !is_own(viewer) => closed("Guests sign on their own node."),
            (true, _) => Signing::Done,
            (false, false) => closed("Nobody has signed it."),
            (false, true) => self.offer(tx, contract, version, &digest)?,
        };
        Ok(VersionRecord {
            id: self.version_id(relation.id, &contract.id, version),
            name: contract.id.clone(),
            partner: partner.clone(),
            effective_on: version.effective_on,
            standing,
            signatures: ours.into_iter().chain(theirs_told).collect(),
            agreement,
            signing,
            digest,
        })
    }

    /// What signing a proposal does, or why it cannot be signed.
    fn offer(
        &self,
        tx: &Transaction<'_>,
        contract: &PartnerContract,
        version: &ContractVersion,
        digest: &str,
    ) -> Answer<Signing> {
        let waits = contract.proposed_by_partner();
        if !waits.iter().any(|one| **one == *version) {
            return Ok(closed("Another version takes its place."));
        }
        let Some(loaded) = self.loaded(tx, digest)? else {
            return Ok(closed("Its text has not come from the partner yet."));
        };
        if !loaded.problems.is_empty() {
            return Ok(closed("Its check finds something to mend."));
        }
        let mut effect =
            format!("With your signature it is in force from {} on", version.effective_on);
        if let Some(replaces) = &version.replaces {
            let short: String = to_hex(replaces).chars().take(16).collect();
            effect.push_str(&format!(", in the place of the version {short}"));
        }
        effect.push_str(". Both machines then settle by it.");
        Ok(Signing::Open { effect })
    }

    /// The contract with a digest, read and checked once; nothing while its text is not here.
    pub(crate) fn loaded(
        &self,
        tx: &Transaction<'_>,
        digest: &str,
    ) -> Answer<Option<Arc<LoadedContract>>> {
        if let Some(known) = lock(&self.contracts).get(digest) {
            return Ok(Some(Arc::clone(known)));
        }
        let files = contract_files(tx, digest).map_err(|error| stopped(&error))?;
        let Some(files) = files else { return Ok(None) };
        let loaded = Arc::new(LoadedContract::new(files));
        let mut kept = lock(&self.contracts);
        if kept.len() >= LOADED_MAX {
            kept.clear();
        }
        kept.insert(digest.to_owned(), Arc::clone(&loaded));
        Ok(Some(loaded))
    }

    pub(crate) fn contract_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<ContractRow>> {
        let all = self.versions(tx, viewer)?;
        let mut rows: Vec<ContractRow> =
            all.iter().map(|known| workbench::contract_row(&known.record)).collect();
        rows.retain(|row| is_wanted(row, query));
        match query.sort.as_deref() {
            Some("name") => rows.sort_by(|a, b| a.name.cmp(&b.name)),
            Some("partner") => rows.sort_by(|a, b| a.partner.cmp(&b.partner)),
            Some("effective_on") => rows.sort_by_key(|row| row.effective_on),
            _ => {}
        }
        if query.descending {
            rows.reverse();
        }
        Ok(listed(rows, ("contracts", viewer), query, book))
    }

    /// The version with an id and every other one of its contract; nothing when the viewer may
    /// not see it.
    fn known(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        id: &str,
    ) -> Answer<Option<(Known, Vec<VersionRecord>)>> {
        let Some([relation, name, ..]) = self.keys::<5>("contract", id) else { return Ok(None) };
        let all = self.versions(tx, viewer)?.into_iter();
        let same = |one: &Known| {
            one.contract.relation.id.to_string() == relation && one.contract.id == name
        };
        let (mut found, mut others) = (None, Vec::new());
        for one in all.filter(same) {
            if one.record.id == id {
                found = Some(one);
            } else {
                others.push(one.record);
            }
        }
        Ok(found.map(|found| (found, others)))
    }

    pub(crate) fn contract_view(
        &self,
        tx: &Transaction<'_>,
        (viewer, id): (&Viewer, &str),
        book: &mut Book,
    ) -> Answer<Option<ContractView>> {
        let Some((known, others)) = self.known(tx, viewer, id)? else { return Ok(None) };
        let loaded = self.loaded(tx, &known.record.digest)?;
        let all = settlements(tx).map_err(|error| stopped(&error))?;
        let under = all.into_iter().filter(|one| {
            let by = [one.ours(), one.theirs()].into_iter().flatten();
            let mut by = by.map(|stated| stated.contract);
            one.relation.id == known.contract.relation.id
                && by.any(|digest| digest == known.version.digest)
        });
        let under = under.map(|one| {
            let id = self.settlement_id(one.relation.id, &one.subject);
            (one.period, Target::Settlement(id))
        });
        let beside = (others.as_slice(), under.collect());
        Ok(Some(workbench::contract(&known.record, loaded.as_deref(), beside, book)))
    }

    pub(crate) fn changed(
        &self,
        (viewer, id): (&Viewer, &str),
        request: &ChangesRequest,
        book: &mut Book,
    ) -> Answer<Option<ChangesView>> {
        let found = self.read("two versions", |tx| {
            let Some((known, others)) = self.known(tx, viewer, id)? else { return Ok(None) };
            let replaced = known.version.replaces.map(|digest| to_hex(&digest));
            let is_before = |one: &&VersionRecord| one.effective_on <= known.record.effective_on;
            let asked = others.iter().find(|one| one.id == request.against);
            let old = asked
                .or_else(|| others.iter().find(|one| Some(&one.digest) == replaced.as_ref()))
                .or_else(|| others.iter().find(is_before))
                .or(others.first())
                .cloned();
            let after = self.loaded(tx, &known.record.digest)?;
            let before = match &old {
                Some(old) => self.loaded(tx, &old.digest)?,
                None => None,
            };
            Ok(Some((known.record, after, old, before, others)))
        })?;
        let Some((new, after, old, before, others)) = found else { return Ok(None) };
        let old = old.as_ref().map(|old| (old, before.as_deref()));
        let new = (&new, after.as_deref());
        Ok(Some(workbench::changes(new, old, &others, request, book)))
    }

    pub(crate) fn simulated(
        &self,
        (viewer, id): (&Viewer, &str),
        assumptions: &[(String, String)],
        book: &mut Book,
    ) -> Answer<Option<SimulationView>> {
        let found = self.read("a version to simulate", |tx| {
            let Some((known, _)) = self.known(tx, viewer, id)? else { return Ok(None) };
            let loaded = self.loaded(tx, &known.record.digest)?;
            Ok(Some((known.record, loaded)))
        })?;
        let Some((record, loaded)) = found else { return Ok(None) };
        let Some(loaded) = loaded else {
            let what = "Nothing was drawn.";
            let why = "The text of this version has not come from the partner yet.";
            return Err(DeskError::new(DeskErrorKind::Unavailable, what, why)
                .next("Try again after the next exchange with the partner."));
        };
        // Drawing takes a while; the database is free meanwhile.
        Ok(Some(workbench::simulation(&record, &loaded, assumptions, book)))
    }

    /// Why a figure of a simulation is what it is: as it was drawn last, or drawn anew from the
    /// assumptions that its address holds.
    pub(crate) fn explain_draw(
        &self,
        viewer: &Viewer,
        address: &FigureAddress,
    ) -> Answer<Option<Explanation>> {
        let key = kept_key("simulation", viewer, &address.id);
        if let Some(kept) = self.kept(&key, address) {
            return Ok(Some(kept));
        }
        let mut book = Book::new(viewer.at, "");
        let drawn = self.simulated((viewer, &address.id), &address.filter, &mut book)?;
        self.keep_check(key.clone(), book.into_all());
        Ok(drawn.and_then(|_| self.kept(&key, address)))
    }

    /// Signs a version by the viewer's name.
    pub(crate) fn sign_version(
        &self,
        viewer: &Viewer,
        id: &str,
        digest: &str,
    ) -> Answer<Option<()>> {
        if !is_own(viewer) {
            return Ok(None);
        }
        let found = self.read("a version to sign", |tx| self.known(tx, viewer, id))?;
        let Some((known, _)) = found else { return Ok(None) };
        self.expect_not_restored("Nothing was signed.")?;
        if known.record.digest != digest {
            return Err(not_signed("The digest is not that of the contract that was shown."));
        }
        let replaces = known.version.replaces.map(|digest| to_hex(&digest));
        let signing = Signed {
            digest,
            effective_on: known.version.effective_on,
            replaces: replaces.as_deref(),
            signed_by: &viewer.account.name,
        };
        let relation = &known.contract.relation;
        let mut store = self.own_store()?;
        let done: Result<_, OperationsError> =
            store.transaction("sign a contract", |tx| sign_contract(tx, relation, &signing));
        done.map_err(|error| refused(&error))?;
        self.tell(&format!("contract/{id}"), "A contract was signed.");
        Ok(Some(()))
    }

    /// A connection of its own: signing waits for the disk, and reading goes on meanwhile.
    pub(crate) fn own_store(&self) -> Answer<Store> {
        Store::open_folder(&self.data).map_err(|error| crate::office::trouble(&error))
    }

    /// Contracts and settlements with a name or digest.
    pub(crate) fn agreed_items(&self, tx: &Transaction<'_>, text: &str) -> Answer<Vec<FoundItem>> {
        let item =
            |kind: &str, title: String, target| FoundItem { kind: kind.to_owned(), title, target };
        let mut items = Vec::new();
        for contract in contracts(tx).map_err(|error| stopped(&error))? {
            for version in &contract.state.versions {
                let digest = to_hex(&version.digest);
                if contract.id == text || digest == text {
                    let id = self.version_id(contract.relation.id, &contract.id, version);
                    let title = format!("{} from {}", contract.id, version.effective_on);
                    items.push(item("contract", title, Target::Contract(id)));
                }
            }
        }
        for one in settlements(tx).map_err(|error| stopped(&error))? {
            let stated = [one.ours(), one.theirs()];
            let mut digests = stated.into_iter().flatten().map(|side| to_hex(&side.statement));
            if one.subject == text || digests.any(|digest| digest == text) {
                let id = self.settlement_id(one.relation.id, &one.subject);
                let title = format!("{} {}", one.contract_id, one.period);
                items.push(item("settlement", title, Target::Settlement(id)));
            }
        }
        Ok(items)
    }
}

/// When something was said; what waits to be signed by the node's key has no moment yet.
pub(crate) fn said_at(time_ms: i64, sequence: Option<u64>, viewer: &Viewer) -> String {
    match sequence {
        Some(_) => moment_words(moment(time_ms, viewer)),
        None => "now, on its way into the record".to_owned(),
    }
}

/// A moment of an event, or that of the request while it has none.
pub(crate) fn moment(time_ms: i64, viewer: &Viewer) -> Timestamp {
    match time_ms {
        0 => viewer.at,
        known => Timestamp::from_millisecond(known).unwrap_or(viewer.at),
    }
}

fn closed(why: &str) -> Signing {
    Signing::Closed { why: why.to_owned() }
}

/// Where a version stands today, in the words that the list is filtered by.
fn standing(version: &ContractVersion, is_ours: bool, today: Date) -> (String, Tone) {
    let (words, tone) = match version.standing {
        VersionStanding::Signed { until: Some(until) } if until <= today => {
            ("replaced", Tone::Plain)
        }
        VersionStanding::Signed { .. } if version.effective_on > today => {
            ("signed for later", Tone::Moving)
        }
        VersionStanding::Signed { .. } => ("in force", Tone::Good),
        VersionStanding::Proposed if is_ours => ("proposed by us", Tone::Moving),
        VersionStanding::Proposed => ("proposed by the partner", Tone::Attention),
        VersionStanding::Differs | VersionStanding::PassedOver | VersionStanding::Conflict => {
            ("not in force", Tone::Refused)
        }
    };
    (words.to_owned(), tone)
}

fn is_wanted(row: &ContractRow, query: &ListQuery) -> bool {
    query.filters.iter().all(|(name, value)| {
        let lower = value.to_lowercase();
        match name.as_str() {
            "standing" => row.standing.0 == *value,
            "with" => row.partner.to_lowercase().contains(&lower),
            "ids" => value.split(',').any(|id| id == row.id),
            "q" => {
                let words = [&row.name, &row.partner, &row.digest, &row.ours, &row.theirs];
                words.iter().any(|text| text.to_lowercase().contains(&lower))
            }
            _ => false,
        }
    })
}

/// The rows of a list that is made anew each time, with its count.
pub(crate) fn listed<R: std::fmt::Debug>(
    rows: Vec<R>,
    (name, viewer): (&str, &Viewer),
    query: &ListQuery,
    book: &mut Book,
) -> Listing<R> {
    let story = Story {
        sentence: "Counted over every row that the filter leaves.".to_owned(),
        formula: "counted one by one".to_owned(),
        rule: rule("list", "docs/reference/web.md"),
        ..Story::default()
    };
    let address = FigureAddress::new("list", name, "count").filtered(query.filter_pairs());
    let count = book.count(rows.len() as u64, address, story);
    let digest = hex(&Sha256::digest(format!("{rows:?}"))[..8]);
    let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let rows = rows.into_iter().skip(skipped).take(query.limit as usize).collect();
    Listing { rows, count, totals: BTreeMap::new(), as_of: viewer.at, digest }
}

pub(crate) fn not_signed(why: &str) -> DeskError {
    DeskError::new(DeskErrorKind::Conflict, "Nothing was signed.", why)
        .next("Load the page again and look at what stands there now.")
        .unchanged("Everything; no signature was given.")
}

/// Why an operation did not sign.
pub(crate) fn refused(error: &OperationsError) -> DeskError {
    match error {
        OperationsError::Refused(why) => not_signed(why),
        other => stopped(other),
    }
}
