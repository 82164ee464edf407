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
    /// A place of service is wanted; `11` mends it.
    pub fn checked(
        &self,
        claim: Option<&Claim>,
        request: &CheckRequest,
        book: &mut Book,
    ) -> CheckView {
        let tried = request.changes.iter().find(|(name, _)| name == "place");
        let place = tried.map_or("", |(_, value)| value.expose().as_str()).to_owned();
        let is_ready = place == "11";
        let (number, id, billed) = claim
            .map_or(("MS-2026-0042".to_owned(), "text", Cents(18_250)), |claim| {
                (claim.number.clone(), claim.id.as_str(), claim.sum(|l| l.billed))
            });
        let address = |name: &str| FigureAddress::new("check", id, name);
        let stake = if is_ready { Cents::ZERO } else { billed };
        let expected = if is_ready { Cents(billed.0 * 80 / 100) } else { Cents::ZERO };
        let finding = StakedFinding {
            code: "837-7-place-of-service-required".to_owned(),
            message: "The place of service is missing.".to_owned(),
            cause: "The payer prices by place and returns claims without one.".to_owned(),
            fix: "Write the place where the service was given; 11 is an office.".to_owned(),
            place: "CLM05-1, loop 2300".to_owned(),
            at_stake: book.money(stake, address("stake-place"), "charge of the claim"),
            field: Some("place".to_owned()),
        };
        let checked = CheckedClaim {
            number,
            verdict: if is_ready { Verdict::Ready } else { Verdict::Held },
            billed: book.money(billed, address("billed"), "CLM02"),
            expected: book.money(expected, address("expected"), "fee table"),
            findings: if is_ready { Vec::new() } else { vec![finding] },
            fields: vec![EditableField {
                name: "place".to_owned(),
                label: "Place of service (CLM05-1)".to_owned(),
                value: Phi::new(place),
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
