//! Held claims of the generated desk: every fortieth claim, as if the check had kept it back.

use super::book::Book;
use super::listed::{Keyed, listing};
use super::world::Claim;
use super::{GeneratedDesk, Mood};
use counterfoil_base::Phi;
use counterfoil_web::view::{
    FindingGroup, FindingPlace, HeldRow, HeldView, ListQuery, Listing, RawSegment, Target, Tone,
};
use counterfoil_web::{Employer, FigureAddress, Viewer};
use std::collections::BTreeMap;

const REASON: &str = "The billing provider's number has no valid check digit.";

impl GeneratedDesk {
    fn held(&self, viewer: &Viewer) -> impl Iterator<Item = &Claim> {
        let is_own = viewer.account.employer == Employer::Own && self.mood != Mood::Empty;
        self.world.claims.iter().step_by(40).filter(move |_| is_own)
    }

    fn held_row(&self, claim: &Claim, book: &mut Book) -> HeldRow {
        let address = FigureAddress::new("held", &claim.id, "billed");
        HeldRow {
            id: claim.id.clone(),
            number: claim.number.clone(),
            payer: "PAYER1".to_owned(),
            cause: "the check found errors; it was not sent".to_owned(),
            reason: REASON.to_owned(),
            since: claim.day,
            billed: book.money(claim.sum(|line| line.billed), address, "CLM02"),
        }
    }

    pub fn held_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<HeldRow> {
        let keyed = self.held(viewer).map(|claim| {
            let row = self.held_row(claim, book);
            Keyed {
                id: row.id.clone(),
                words: format!("{} {}", row.number, row.reason),
                filters: BTreeMap::from([("cause", "checked".to_owned())]),
                numbers: BTreeMap::from([("billed", claim.sum(|line| line.billed).0)]),
                sorts: BTreeMap::from([("since", row.since.to_string())]),
                target: Some(Target::Held(row.id.clone())),
                row,
            }
        });
        let keyed = keyed.collect();
        listing("held", keyed, query, &["billed"], book)
    }

    pub fn held_view(&self, viewer: &Viewer, id: &str, book: &mut Book) -> Option<HeldView> {
        let claim = self.held(viewer).find(|claim| claim.id == id)?;
        let withdrawn = self.withdrawn.lock().expect("no test panics in here").contains(id);
        let count = book.count(1, FigureAddress::new("held", id, "finding-1"));
        let finding = FindingGroup {
            code: "INT-5-npi-check-digit".to_owned(),
            severity: "error".to_owned(),
            message: REASON.to_owned(),
            cause: "A digit was mistyped.".to_owned(),
            fix: "Look the number up and write it again.".to_owned(),
            count,
            places: vec![FindingPlace {
                segment: 12,
                words: "segment 12 of the file".to_owned(),
                claim: None,
            }],
        };
        let raw = RawSegment {
            number: 12,
            text: Phi::new("NM1*85*2*HARBOR HOSPITAL*****XX*1234567890".to_owned()),
            marks: vec![REASON.to_owned()],
        };
        Some(HeldView {
            row: self.held_row(claim, book),
            standing: match withdrawn {
                true => ("dana withdrew it on 2026-06-14".to_owned(), Tone::Refused),
                false => ("waits to be corrected".to_owned(), Tone::Attention),
            },
            file: "june-14.837, claim 3 of it".to_owned(),
            findings: vec![finding],
            raw: vec![raw],
            waits: !withdrawn,
        })
    }
}
