//! The check before sending of the generated desk: one rule, so that trying a value shows.

use super::GeneratedDesk;
use super::book::Book;
use super::world::Claim;
use counterfoil_base::{Cents, Phi};
use counterfoil_web::FigureAddress;
use counterfoil_web::view::{
    CheckRequest, CheckView, CheckedClaim, EditableField, StakedFinding, Verdict,
};

impl GeneratedDesk {
    /// An address of the subscriber is wanted; any address mends it.
    pub fn checked(
        &self,
        claim: Option<&Claim>,
        request: &CheckRequest,
        book: &mut Book,
    ) -> CheckView {
        let tried = request.changes.iter().find(|(name, _)| name == "address");
        let street = tried.map_or("", |(_, value)| value.expose().as_str()).to_owned();
        let is_ready = !street.is_empty();
        let (number, id, billed) = claim
            .map_or(("MS-2026-0042".to_owned(), "text", Cents(18_250)), |claim| {
                (claim.number.clone(), claim.id.as_str(), claim.sum(|l| l.billed))
            });
        let address = |name: &str| FigureAddress::new("check", id, name);
        let stake = if is_ready { Cents::ZERO } else { billed };
        let expected = if is_ready { Cents(billed.0 * 80 / 100) } else { Cents::ZERO };
        let finding = StakedFinding {
            code: "837P-4-subscriber-address".to_owned(),
            message: "The address of the subscriber is missing.".to_owned(),
            cause: "The subscriber is the patient, and the guide wants the address then."
                .to_owned(),
            fix: "Write the street as the subscriber gave it.".to_owned(),
            place: "N301, loop 2010BA".to_owned(),
            at_stake: book.money(stake, address("stake-address"), "charge of the claim"),
            field: Some("address".to_owned()),
        };
        let checked = CheckedClaim {
            number,
            verdict: if is_ready { Verdict::Ready } else { Verdict::Held },
            billed: book.money(billed, address("billed"), "CLM02"),
            expected: book.money(expected, address("expected"), "fee table"),
            findings: if is_ready { Vec::new() } else { vec![finding] },
            fields: vec![EditableField {
                name: "address".to_owned(),
                label: "Street of the subscriber (N301)".to_owned(),
                value: Phi::new(street),
            }],
        };
        CheckView {
            billed: checked.billed.clone(),
            expected: checked.expected.clone(),
            at_stake: book.money(stake, address("stake"), "findings of the claims"),
            claims: vec![checked],
            rules: "Lakeshore 2026.2, in force from 2026-04-01".to_owned(),
            not_run: vec!["NCCI edits: no table for this quarter is loaded.".to_owned()],
        }
    }
}
