//! Measures decisions a second on generated claims priced by relative values and benefits.
//!
//! `cargo run --release -p counterfoil-adjudicate --example adjudicate_speed -- FOLDER [CLAIMS]`
//! where the folder holds `mpfs_rvu_2025d.csv`, `mpfs_gpci_2025.csv` and
//! `place_of_service_2024.csv`.
#![allow(clippy::disallowed_macros, reason = "an example prints what it shows")]
#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock and arguments")]

use counterfoil_adjudicate::{
    Accumulators, Members, Payer, Rates, Request, adjudicate, remittance_claim,
};
use counterfoil_base::{Cents, Date, Decimal, Phi};
use counterfoil_claim::{BillType, Claim, ClaimDate, Line, Party, Person, Procedure, Subscriber};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

const PLANS: &str = r#"
[[plan]]
id = "P"
version = "1"
state = "CO"
from = "2025-01-01"
timely_filing_days = 180
[plan.in_network]
deductible_individual = "1000.00"
deductible_family = "2000.00"
out_of_pocket_individual = "4000.00"
out_of_pocket_family = "8000.00"
[[plan.benefit]]
id = "preventive"
diagnoses = ["Z00*"]
deductible_applies = false
[[plan.benefit]]
id = "office"
places_of_service = ["11"]
copay = "20.00"
copay_per = "day"
coinsurance = "0.20"
[[plan.benefit]]
id = "rest"
coinsurance = "0.20"
"#;

const CONTRACTS: &str = r#"
[[contract]]
id = "C"
version = "1"
default = true
from = "2025-01-01"
withhold = "0.01"
[[contract.term]]
id = "supplies"
procedures = ["A0000-B9999"]
method = "percent_of_charge"
percent = "0.70"
[[contract.term]]
id = "professional"
claim_kind = "professional"
method = "rbrvs"
locality = "01112-05"
percent = "1.15"
"#;

const PROMPT_PAY: &str = r#"
[[rule]]
id = "CO"
state = "CO"
days = 30
rate = "0.10"
effective_from = "2000-01-01"
source = "C.R.S. 10-16-106.5"
"#;

fn claim(at: usize, codes: &[String]) -> Claim {
    let mut lines = Vec::new();
    for number in 1..=(1 + at % 4) {
        let code = &codes[(at * 31 + number * 977) % codes.len()];
        lines.push(Line {
            number: number as u32,
            procedure: Some(Procedure {
                qualifier: "HC".into(),
                code: code.as_str().into(),
                ..Procedure::default()
            }),
            charge_cents: Cents(20_000 + (at % 977) as i64),
            units: Decimal::ONE,
            dates: vec![ClaimDate {
                qualifier: "472".into(),
                format: "D8".into(),
                value: "20250302".into(),
            }],
            ..Line::default()
        });
    }
    let member = format!("M{:06}", at % 10_000);
    Claim {
        billing_provider: Party {
            id_qualifier: "XX".into(),
            id: "1234567893".into(),
            ..Party::default()
        },
        subscriber: Subscriber {
            person: Person { id: Phi::new(member.into()), ..Person::default() },
            ..Subscriber::default()
        },
        charge_cents: lines.iter().map(|line| line.charge_cents).sum(),
        bill_type: BillType { facility_code: "11".into(), ..BillType::default() },
        lines,
        ..Claim::default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name the folder of published tables")?;
    let count: usize = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let read = |name: &str| std::fs::read_to_string(Path::new(&folder).join(name));
    let values = read("mpfs_rvu_2025d.csv")?;
    let (indices, places) = (read("mpfs_gpci_2025.csv")?, read("place_of_service_2024.csv")?);
    let files = [
        ("plans.toml", PLANS),
        ("contracts.toml", CONTRACTS),
        ("prompt_pay.toml", PROMPT_PAY),
        ("mpfs_rvu_2025d.csv", values.as_str()),
        ("mpfs_gpci_2025.csv", indices.as_str()),
        ("place_of_service_2024.csv", places.as_str()),
    ];
    let (rates, findings) = Rates::parse(&files);
    println!("{} findings in the rates", findings.len());
    let mut members = String::from(
        "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,plan_id,\
         coverage_from,coverage_to,other_payer_id,other_payer_order\n",
    );
    for at in 0..10_000 {
        writeln!(members, "M{at:06},M{:06},18,A,B,1980-01-01,F,P,2025-01-01,,,", at / 3 * 3)?;
    }
    let (members, _) = Members::parse("members.csv", &members);
    let codes: Vec<String> = values
        .lines()
        .map(|row| row.split(',').collect::<Vec<_>>())
        .filter(|cells| cells[1].is_empty() && cells[6] == "A")
        .map(|cells| cells[0].to_owned())
        .collect();
    let claims: Vec<Claim> = (0..10_000).map(|at| claim(at, &codes)).collect();
    let mut accumulators = Accumulators::default();
    let received_on: Date = "2025-03-05".parse()?;
    let start = Instant::now();
    let (mut paid, mut approved) = (Cents::ZERO, 0usize);
    for at in 0..count {
        let claim = &claims[at % claims.len()];
        let payer = Payer { rates: &rates, members: &members, accumulators: &accumulators };
        let request =
            Request { claim, claim_control_number: "CF-1", received_on, edits: &[], prior: None };
        let decision = adjudicate(payer, &request);
        paid += decision.paid_cents;
        approved += usize::from(remittance_claim(claim, &decision).is_some());
        accumulators.apply(&decision.accumulator_changes);
    }
    let elapsed = start.elapsed();
    let per_second = count as u128 * 1_000_000 / elapsed.as_micros().max(1);
    println!(
        "{count} claims in {elapsed:?}: {per_second} a second; {approved} decided, {paid} paid"
    );
    Ok(())
}
