//! Claims and rates that the tests of this crate share.
#![allow(dead_code, reason = "each test file uses its own part")]

use counterfoil_adjudicate::{Accumulators, Decision, Members, Payer, Rates, Request, adjudicate};
use counterfoil_base::{Cents, Date, Decimal, Phi, Text};
use counterfoil_claim::{
    BillType, Claim, ClaimDate, ClaimKind, Line, Party, Person, Procedure, Reference, Subscriber,
};

pub fn day(text: &str) -> Date {
    text.parse().expect("a day in a test")
}

/// One line: code, modifiers, charge, units.
pub fn line(number: u32, code: &str, modifiers: &[&str], charge: i64, on: &str) -> Line {
    let value = on.replace('-', "");
    Line {
        number,
        procedure: Some(Procedure {
            qualifier: "HC".into(),
            code: code.into(),
            modifiers: modifiers.iter().map(|one| Text::new(one)).collect(),
            description: Text::default(),
        }),
        charge_cents: Cents(charge),
        unit_basis: "UN".into(),
        units: Decimal::ONE,
        dates: vec![ClaimDate {
            qualifier: "472".into(),
            format: "D8".into(),
            value: value.into(),
        }],
        references: vec![Reference { qualifier: "6R".into(), value: format!("L{number}").into() }],
        ..Line::default()
    }
}

/// A professional claim of a member by a provider.
pub fn claim(member: &str, birth: &str, npi: &str, lines: Vec<Line>) -> Claim {
    Claim {
        kind: ClaimKind::Professional,
        billing_provider: Party {
            entity: "85".into(),
            id_qualifier: "XX".into(),
            id: npi.into(),
            ..Party::default()
        },
        subscriber: Subscriber {
            payer_responsibility: "P".into(),
            relationship: "18".into(),
            filing_indicator: "CI".into(),
            person: Person {
                id_qualifier: "MI".into(),
                id: Phi::new(member.into()),
                birth_date: Phi::new(birth.replace('-', "").into()),
                ..Person::default()
            },
            ..Subscriber::default()
        },
        patient_control_number: "PCN1".into(),
        charge_cents: lines.iter().map(|line| line.charge_cents).sum(),
        bill_type: BillType {
            facility_code: "11".into(),
            qualifier: "B".into(),
            frequency: "1".into(),
        },
        lines,
        ..Claim::default()
    }
}

/// A claim as it was received.
pub fn request<'a>(claim: &'a Claim, received: &str) -> Request<'a> {
    Request {
        claim,
        claim_control_number: "CF1",
        received_on: day(received),
        edits: &[],
        prior: None,
    }
}

/// Everything a payer holds.
pub struct World {
    pub rates: Rates,
    pub members: Members,
    pub accumulators: Accumulators,
}

impl World {
    /// Parses rates and members; any error finding fails the test.
    pub fn new(files: &[(&str, &str)], members: &str) -> World {
        let (rates, findings) = Rates::parse(files);
        let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let (members, findings) = Members::parse("members.csv", members);
        assert!(findings.is_empty(), "{findings:#?}");
        World { rates, members, accumulators: Accumulators::default() }
    }

    /// Decides a claim received on the given day.
    pub fn decide(&self, claim: &Claim, received: &str) -> Decision {
        self.judge(&request(claim, received))
    }

    /// Decides a request.
    pub fn judge(&self, request: &Request<'_>) -> Decision {
        let payer =
            Payer { rates: &self.rates, members: &self.members, accumulators: &self.accumulators };
        adjudicate(payer, request)
    }

    /// Decides and keeps the accumulator changes, as a payer does.
    pub fn keep(&mut self, claim: &Claim, received: &str) -> Decision {
        let decision = self.decide(claim, received);
        self.accumulators.apply(&decision.accumulator_changes);
        decision
    }
}
