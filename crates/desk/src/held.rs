//! A provider's claims that wait to be corrected: held back by the check, or returned by the payer.

use crate::book::{Book, Story, row, rule};
use crate::claim_text::raw_segments;
use crate::guest::guest_of;
use crate::office::{OfficeDesk, day, stopped, trouble};
use crate::seal::hex;
use counterfoil_base::{Cents, Date};
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::{
    HeldCause, HeldClaim, HeldFinding, HeldState, held_claim, held_claims_listed, withdraw,
};
use counterfoil_store::Transaction;
use counterfoil_web::view::{
    Alarm, FindingGroup, FindingPlace, HeldRow, HeldView, ListQuery, Listing, Target, Tone,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, Figure, FigureAddress, Viewer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

impl OfficeDesk {
    fn held_id(&self, held: &HeldClaim) -> String {
        self.id("held", &[held.file_digest.clone(), held.ordinal.to_string()])
    }

    /// The held claim with an id; nothing for guests, whose matter it is not before it is sent.
    fn own_held(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        id: &str,
    ) -> Answer<Option<HeldClaim>> {
        let Some((digest, ordinal)) = self.held_place(viewer, id) else { return Ok(None) };
        held_claim(tx, (&digest, ordinal)).map_err(|error| stopped(&error))
    }

    fn held_place(&self, viewer: &Viewer, id: &str) -> Option<(String, u64)> {
        let [digest, ordinal] = self.keys("held", id)?;
        guest_of(viewer).is_none().then_some((digest, ordinal.parse().ok()?))
    }

    fn held_row(&self, held: &HeldClaim, book: &mut Book) -> HeldRow {
        let id = self.held_id(held);
        let story = Story::stated("Billed as the held claim states it.", "CLM02", "CLM02");
        let billed =
            book.money(held.charge_cents, FigureAddress::new("held", &id, "billed"), story);
        HeldRow {
            id,
            number: held.patient_control_number.clone(),
            payer: held.payer_id.clone(),
            cause: match held.cause {
                HeldCause::Checked => "the check found errors; it was not sent",
                HeldCause::Returned => "the payer returned it",
            }
            .to_owned(),
            reason: held.findings.first().map(|one| one.message.clone()).unwrap_or_default(),
            since: day(&held.held_on).unwrap_or(Date::ZERO),
            billed,
        }
    }

    pub(crate) fn held_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<HeldRow>> {
        let mut held = match guest_of(viewer) {
            None => held_claims_listed(tx).map_err(|error| stopped(&error))?,
            Some(_) => Vec::new(),
        };
        held.retain(|one| query.filters.iter().all(|(name, value)| self.fits(one, name, value)));
        match query.sort.as_deref() {
            Some("number") => {
                held.sort_by(|a, b| a.patient_control_number.cmp(&b.patient_control_number));
            }
            Some("payer") => held.sort_by(|a, b| a.payer_id.cmp(&b.payer_id)),
            Some("since") => held.sort_by(|a, b| a.held_on.cmp(&b.held_on)),
            Some("billed") => held.sort_by_key(|one| one.charge_cents),
            // The most money first; the longest waiting of the same.
            _ => held.sort_by_key(|one| std::cmp::Reverse(one.charge_cents)),
        }
        if query.descending {
            held.reverse();
        }
        let sum = held.iter().try_fold(Cents::ZERO, |sum, one| sum.checked_add(one.charge_cents));
        let marks: Vec<_> = held.iter().map(|one| (&one.file_digest, one.ordinal)).collect();
        let digest = hex(&Sha256::digest(format!("{marks:?}"))[..8]);
        let number = held.len() as u64;
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let page = held.iter().skip(skipped).take(query.limit as usize);
        let rows: Vec<HeldRow> = page.map(|one| self.held_row(one, book)).collect();
        let address =
            |name: &str| FigureAddress::new("list", "held", name).filtered(query.filter_pairs());
        let story = |sum: Option<Cents>| Story {
            sentence: "Over every claim that waits and that the filter leaves.".to_owned(),
            formula: format!("over {number} claims"),
            rule: rule("held", "docs/reference/web.md"),
            rows: rows
                .iter()
                .map(|one| row(&one.number, Some(Target::Held(one.id.clone())), &one.billed))
                .collect(),
            row_count: Some(number),
            row_sum: sum,
            ..Story::default()
        };
        let sum = sum.unwrap_or(Cents::ZERO);
        let billed = book.money(sum, address("billed"), story(Some(sum)));
        let count = book.count(number, address("count"), story(None));
        let totals = BTreeMap::from([("billed", billed)]);
        Ok(Listing { rows, count, totals, as_of: viewer.at, digest })
    }

    /// What waits to be corrected, with its money; nothing when nothing does.
    pub(crate) fn held_alarm(&self, tx: &Transaction<'_>) -> Answer<Option<Alarm>> {
        let totals = tx.held_totals().map_err(|error| trouble(&error))?;
        let waiting = totals.into_iter().find(|one| one.state == "held" && one.claims > 0);
        Ok(waiting.map(|one| Alarm {
            what: match one.claims {
                1 => "One claim waits to be corrected".to_owned(),
                count => format!("{count} claims wait to be corrected"),
            },
            owner: "billing".to_owned(),
            due: None,
            worth: Some(Figure::money(
                one.charge_cents,
                FigureAddress::new("list", "held", "billed"),
            )),
            target: Some(Target::HeldClaims),
        }))
    }

    fn fits(&self, held: &HeldClaim, name: &str, value: &str) -> bool {
        match name {
            "cause" => match held.cause {
                HeldCause::Checked => value == "checked",
                HeldCause::Returned => value == "returned",
            },
            "ids" => {
                let id = self.held_id(held);
                value.split(',').any(|one| one == id)
            }
            "q" => {
                let value = value.to_lowercase();
                let findings =
                    held.findings.iter().flat_map(|one| [one.code.as_str(), &one.message]);
                let own = [held.patient_control_number.as_str(), &held.payer_id, &held.file_name];
                findings.chain(own).any(|text| text.to_lowercase().contains(&value))
            }
            _ => false,
        }
    }

    pub(crate) fn held_view(
        &self,
        tx: &Transaction<'_>,
        (viewer, id): (&Viewer, &str),
        book: &mut Book,
    ) -> Answer<Option<HeldView>> {
        let Some(held) = self.own_held(tx, viewer, id)? else { return Ok(None) };
        let findings: Vec<FindingGroup> =
            (1..).zip(&held.findings).map(|(number, one)| group(id, number, one, book)).collect();
        Ok(Some(HeldView {
            row: self.held_row(&held, book),
            standing: standing(&held.state),
            file: format!("{}, claim {} of it", held.file_name, held.ordinal),
            findings,
            raw: raw_segments(held.claim_segments.expose(), &[]),
            waits: held.state == HeldState::Held,
        }))
    }

    /// A named person says that a held claim will not be sent; the later of two is told who was
    /// first.
    pub(crate) fn withdraw_one(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>> {
        let Some((digest, ordinal)) = self.held_place(viewer, id) else { return Ok(None) };
        self.expect_not_restored("The claim was not withdrawn.")?;
        let done = {
            let mut store = crate::office::lock(&self.store);
            store.transaction("withdraw a held claim", |tx| {
                if held_claim(tx, (&digest, ordinal))?.is_none() {
                    return Ok(None);
                }
                let by = (viewer.account.name.as_str(), viewer.today);
                withdraw(tx, (&digest, ordinal), by).map(Some)
            })
        };
        match done {
            Ok(None) => Ok(None),
            Ok(Some(())) => {
                self.tell(&format!("held/{id}"), "A held claim was withdrawn.");
                self.tell("work", "A held claim was withdrawn.");
                Ok(Some(()))
            }
            Err(OperationsError::Refused(why)) => {
                let what = "The claim was not withdrawn.";
                Err(DeskError::new(DeskErrorKind::Conflict, what, &why)
                    .next("Load the claim again and look at what became of it.")
                    .unchanged("The claim as it stands now."))
            }
            Err(error) => Err(stopped(&error)),
        }
    }
}

fn group(id: &str, number: u32, one: &HeldFinding, book: &mut Book) -> FindingGroup {
    let address = FigureAddress::new("held", id, &format!("finding-{number}"));
    let story =
        Story::stated("How often the claim has it.", "the findings kept with it", &one.code);
    FindingGroup {
        code: one.code.clone(),
        severity: "error".to_owned(),
        message: one.message.clone(),
        cause: one.cause.clone(),
        fix: one.fix.clone(),
        count: book.count(1, address, story),
        places: match one.segment {
            0 => Vec::new(),
            segment => vec![FindingPlace {
                words: format!("segment {segment} of the file"),
                segment,
                claim: None,
            }],
        },
    }
}

/// What became of a held claim.
fn standing(state: &HeldState) -> (String, Tone) {
    match state {
        HeldState::Held => ("waits to be corrected".to_owned(), Tone::Attention),
        HeldState::Released { on, .. } => (format!("went out corrected on {on}"), Tone::Good),
        HeldState::Superseded { on, .. } => (
            format!("a later file brought it again on {on}; it waits under that file"),
            Tone::Plain,
        ),
        HeldState::Withdrawn { on, person } => {
            (format!("{person} withdrew it on {on}"), Tone::Refused)
        }
    }
}
