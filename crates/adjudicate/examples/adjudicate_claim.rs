//! Decides one claim with rates written in the source, and opens every number of the decision.
//!
//! `cargo run -p counterfoil-adjudicate --example adjudicate_claim`
#![allow(clippy::disallowed_macros, reason = "an example prints what it shows")]

use counterfoil_adjudicate::{
    Accumulators, Members, Payer, Rates, Request, adjudicate, remittance_claim,
};
use counterfoil_base::{Cents, Date, Decimal, Phi};
use counterfoil_claim::{Claim, ClaimDate, Line, Party, Person, Procedure, Subscriber};
use std::error::Error;

const PLANS: &str = r#"
[[plan]]
id = "ACME-SILVER"
version = "2026.1"
state = "CO"
from = "2026-01-01"
[plan.in_network]
deductible_individual = "100.00"
out_of_pocket_individual = "4000.00"
[[plan.benefit]]
id = "all"
coinsurance = "0.20"
"#;

const CONTRACTS: &str = r#"
[[contract]]
id = "ACME-LAKESIDE"
version = "2026.1"
citation = "Agreement 4711, exhibit B"
npis = ["1234567893"]
from = "2026-01-01"
withhold = "0.02"
[[contract.term]]
id = "fees"
method = "fee_schedule"
schedule = "ACME-2026"
percent = "1.10"
"#;

const FEES: &str = "schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n\
    ACME-2026,G0463,,2026-01-01,,8000,11500\n\
    ACME-2026,J1885,,2026-01-01,,150,150\n";

const MEMBERS: &str = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
    M0001,M0001,18,RIVERA,ANA,1980-02-03,F,ACME-SILVER,2026-01-01,,,\n";

fn line(number: u32, code: &str, charge: i64, units: i64) -> Line {
    Line {
        number,
        procedure: Some(Procedure {
            qualifier: "HC".into(),
            code: code.into(),
            ..Procedure::default()
        }),
        charge_cents: Cents(charge),
        units: Decimal::whole(units),
        dates: vec![ClaimDate {
            qualifier: "472".into(),
            format: "D8".into(),
            value: "20260302".into(),
        }],
        ..Line::default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let files = [("plans.toml", PLANS), ("contracts.toml", CONTRACTS), ("fee_schedule.csv", FEES)];
    let (rates, findings) = Rates::parse(&files);
    let (members, more) = Members::parse("members.csv", MEMBERS);
    for finding in findings.iter().chain(&more) {
        println!("{}: {} {}", finding.severity.word(), finding.message, finding.fix);
    }
    let lines = vec![line(1, "G0463", 18_000, 1), line(2, "J1885", 2000, 4)];
    let claim = Claim {
        billing_provider: Party {
            id_qualifier: "XX".into(),
            id: "1234567893".into(),
            ..Party::default()
        },
        subscriber: Subscriber {
            person: Person { id: Phi::new("M0001".into()), ..Person::default() },
            ..Subscriber::default()
        },
        patient_control_number: "A-1".into(),
        charge_cents: Cents(20_000),
        lines,
        ..Claim::default()
    };
    let received_on: Date = "2026-03-05".parse()?;
    let accumulators = Accumulators::default();
    let payer = Payer { rates: &rates, members: &members, accumulators: &accumulators };
    let request = Request {
        claim: &claim,
        claim_control_number: "CF-1",
        received_on,
        edits: &[],
        prior: None,
    };
    let decision = adjudicate(payer, &request);
    println!(
        "{:?}: charge {}, allowed {}, paid {}, patient {}, withheld {}",
        decision.state,
        decision.charge_cents,
        decision.allowed_cents,
        decision.paid_cents,
        decision.patient.total(),
        decision.withhold_cents
    );
    for step in &decision.trace {
        let explained = step.explain();
        let line = step.line.map_or("claim".to_owned(), |number| format!("line {number}"));
        println!(
            "{line}: {} [{}, {}]",
            explained.formula, explained.rule.id, explained.rule.citation
        );
    }
    let remittance = remittance_claim(&claim, &decision).ok_or("the claim is not decided")?;
    for line in &remittance.lines {
        for one in &line.adjustments {
            let (group, reason) = (one.group.code(), &one.reason);
            println!("{} {group}-{reason} {}", line.procedure.code, one.amount_cents);
        }
    }
    Ok(())
}
