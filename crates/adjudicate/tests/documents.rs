//! Pricing documents of a payer's own beside the standard ones: what they price, how it is cited,
//! and what is said of documents and numbers that cannot be used.

mod common;

use common::{World, claim, line};
use counterfoil_adjudicate::{Decision, DecisionState, Rates};
use counterfoil_base::{Cents, Decimal};

const PLANS: &str = r#"
[[plan]]
id = "ALL"
version = "1"
state = "CO"
from = "2026-01-01"
[[plan.benefit]]
id = "all"
"#;

const MEMBERS: &str = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
    M1,M1,18,A,B,1980-01-01,F,ALL,2026-01-01,,,\n";

const FEES: &str = "schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n\
    S,T1015,,2026-01-01,,8000,10000\n\
    S,S2053,,2026-01-01,,300000,300000\n";

/// A visit fee with a surcharge for the first unit, capped, and a share for expensive services.
const VISITS: &str = r#"# Visits

## 1. Surcharge

```terms
contract visits
fact schedule_non_facility_amount: money at least $0
fact units: rate
fact charge: money at least $0
fact modifier_25: flag
parameter surcharge: money
parameter share_above: rate
term full: money = schedule_non_facility_amount * units + surcharge
```

## 2. Price

```terms
term surcharged: money, rounded half_up to $0.01 = full
term price: money, rounded half_up to $0.01
  rule visit when charge <= $1,000: surcharged
  rule expensive when charge > $1,000: surcharged + (charge - $1,000) * share_above
note distinct when modifier_25: "a second service of the day is looked at"
```
"#;

const NUMBERS: &str = r#"
[surcharge]
value = "$5.50"
citation = "Schedule A"
stated_by = "agreement"
[share_above]
value = "1.5%"
citation = "Schedule A"
"#;

fn contracts(terms: &str) -> String {
    format!(
        "[[contract]]\nid = \"OWN\"\nversion = \"7\"\nnpis = [\"1111111111\"]\n\
         from = \"2026-01-01\"\nlesser_of_charge = false\n{terms}"
    )
}

const TERM: &str = "[[contract.term]]\nid = \"visits\"\nmethod = \"visits\"\nschedule = \"S\"\n\
                    surcharge = \"7.25\"\n";

fn world(terms: &str) -> World {
    world_with(terms, VISITS)
}

fn world_with(terms: &str, document: &str) -> World {
    let contracts = contracts(terms);
    let files = [
        ("plans.toml", PLANS),
        ("contracts.toml", contracts.as_str()),
        ("fee_schedule.csv", FEES),
        ("price_visits.md", document),
        ("price_visits.toml", NUMBERS),
    ];
    World::new(&files, MEMBERS)
}

fn decide(world: &World, code: &str, modifiers: &[&str], charge: i64, units: Decimal) -> Decision {
    let mut one = line(1, code, modifiers, charge, "2026-03-02");
    one.units = units;
    let claim = claim("M1", "1980-01-01", "1111111111", vec![one]);
    world.decide(&claim, "2026-03-02")
}

#[test]
fn a_document_of_the_payer_prices_and_every_amount_cites_its_clause() {
    let world = world(TERM);
    let decision = decide(&world, "T1015", &[], 99_900, Decimal::new(15, 1));
    assert_eq!(decision.allowed_cents, Cents(15_725));
    let decision = decide(&world, "T1015", &[], 200_033, Decimal::ONE);
    // 100.00 + 7.25 + 1,000.33 x 0.015 = 122.254...
    assert_eq!(decision.allowed_cents, Cents(12_225));
    let steps: Vec<_> = decision.trace.iter().map(|step| step.explain()).collect();
    let told: Vec<String> = steps
        .iter()
        .take(2)
        .map(|one| format!("{} | {} | {}", one.rule.id, one.rule.citation, one.formula))
        .collect();
    let expected = [
        "contract.OWN.visits | contract OWN, term visits: 2. Price | 100.00 x 1 + 7.25 = 107.25",
        "contract.OWN.visits | contract OWN, term visits: 2. Price | \
         107.25 + (2000.33 - 1000.00) x 0.015 = 122.25",
    ];
    assert_eq!(told, expected);
    let inputs: Vec<String> = steps[0]
        .inputs
        .iter()
        .map(|one| format!("{}: {}, {}", one.name, one.value, one.source))
        .collect();
    let expected = [
        "schedule non facility amount: 100.00, fee schedule S, code T1015",
        "units: 1, claim",
        "surcharge: 7.25, contract OWN, term visits",
    ];
    assert_eq!(inputs, expected);
}

#[test]
fn a_note_and_a_missing_row_ask_for_a_person() {
    let world = world(TERM);
    for (code, modifiers, message) in [
        (
            "T1015",
            &["25"][..],
            "the pricing document asks for a person: a second service of the day is looked at",
        ),
        ("G0463", &[], "fee schedule `S` has no amount for G0463 on the day"),
    ] {
        let decision = decide(&world, code, modifiers, 10_000, Decimal::ONE);
        assert_eq!(decision.state, DecisionState::Pended);
        assert_eq!(decision.reasons[0].message, message);
    }
}

#[test]
fn a_fact_outside_its_bounds_asks_for_a_person() {
    let bounded = VISITS.replace("fact units: rate\n", "fact units: rate at least 1 at most 3\n");
    let world = world_with(TERM, &bounded);
    for (units, is_priced) in [("1", true), ("3", true), ("0.5", false), ("4", false)] {
        let units = Decimal::parse(units).expect("a decimal");
        let decision = decide(&world, "T1015", &[], 10_000, units);
        assert_eq!(decision.state != DecisionState::Pended, is_priced, "{units:?}");
        if !is_priced {
            let told = "units lies outside its bounds in the pricing document";
            assert_eq!(decision.reasons[0].message, told);
        }
    }
}

#[test]
fn own_and_standard_documents_are_compared() {
    let terms = "[[contract.term]]\nid = \"low\"\nmethod = \"lesser_of\"\noptions = [\n  \
                 { method = \"visits\", schedule = \"S\", surcharge = \"7.25\" },\n  \
                 { method = \"percent_of_charge\", percent = \"0.5\" },\n  \
                 { method = \"reference_price\", schedule = \"S\", percent = \"1.05\" },\n]\n";
    let world = world(terms);
    for (charge, allowed) in [(10_000, 5_000), (20_980, 10_490), (90_000, 10_500)] {
        let decision = decide(&world, "T1015", &[], charge, Decimal::ONE);
        assert_eq!(decision.allowed_cents, Cents(allowed), "{charge}");
    }
    let decision = decide(&world, "T1015", &[], 90_000, Decimal::ONE);
    let formulas: Vec<String> = decision.trace.iter().map(|step| step.explain().formula).collect();
    assert_eq!(formulas[0], "lowest of 107.25, 450.00, 105.00 = 105.00");
    // What is charged above the reference price is the patient's.
    assert_eq!(decision.patient.other_cents, Cents(79_500));
}

/// The messages about a term, with the payer's document as it is or another one.
fn findings(terms: &str, document: &str) -> Vec<String> {
    let contracts = contracts(terms);
    let numbers = if document == VISITS { NUMBERS } else { "" };
    let files = [
        ("plans.toml", PLANS),
        ("contracts.toml", contracts.as_str()),
        ("fee_schedule.csv", FEES),
        ("price_visits.md", document),
        ("price_visits.toml", numbers),
    ];
    let (_, findings) = Rates::parse(&files);
    findings.into_iter().map(|one| one.message).collect()
}

#[test]
fn what_cannot_be_used_is_said_when_rates_are_read() {
    let term = |rest: &str| format!("[[contract.term]]\nid = \"t\"\n{rest}\n");
    let price = |facts: &str, value: &str| {
        format!("# X\n\n```terms\ncontract visits\n{facts}\nterm price: money = {value}\n```\n")
    };
    for (terms, document, expected) in [
        (term("method = \"guess\""), VISITS.to_owned(), "`method` must be one of: fee_schedule"),
        (
            term("method = \"visits\"\nschedule = \"S\""),
            VISITS.to_owned(),
            "`surcharge` must be given",
        ),
        (
            term("method = \"visits\"\nsurcharge = \"1.00\""),
            VISITS.to_owned(),
            "`schedule` is missing",
        ),
        (
            term("method = \"visits\"\nschedule = \"S\"\nsurcharge = \"-1.00\""),
            VISITS.to_owned(),
            "`surcharge` must be an exact decimal",
        ),
        (
            term(
                "method = \"visits\"\nschedule = \"S\"\nsurcharge = \"1\"\nshare_above = \"1001\"",
            ),
            VISITS.to_owned(),
            "`share_above` must be a factor",
        ),
        (
            term("method = \"visits\""),
            price("fact weight: rate", "weight * $1"),
            "the fact `weight` is none that claims supply",
        ),
        (
            term("method = \"visits\""),
            price("fact units: count", "units * $1 / 1 count"),
            "the fact `units` is supplied as rate, not as count",
        ),
        (
            term("method = \"visits\""),
            price("fact drg_weight: rate", "drg_weight * $1"),
            "a document without `drg_weight`, which a whole claim has",
        ),
        (
            term("method = \"visits\""),
            price("fact units: rate", "units * $1 + 2 points"),
            "price_visits.md: ",
        ),
        (
            term("method = \"drg\"\nbase_rate = \"6000.00\"\ncost_to_charge = \"0.3\""),
            VISITS.to_owned(),
            "the agreement states a share of charges and no fixed loss for outliers",
        ),
        (
            term("method = \"anesthesia\"\nconversion_factor = \"20.00\"\nminutes_per_unit = 0"),
            VISITS.to_owned(),
            "the agreement states no minutes for a unit of time",
        ),
        (
            term("method = \"lesser_of\"\noptions = [{ method = \"case_rate\", rate = \"1\" }]"),
            VISITS.to_owned(),
            "`options` must be two to four",
        ),
        (
            term("method = \"percent_of_charge\"\npercent = 80"),
            VISITS.to_owned(),
            "`percent` must be an exact decimal in quotation marks (80 percent is \"0.80\")",
        ),
        (
            term("method = \"case_rate\"\nrate = 1500"),
            VISITS.to_owned(),
            "`rate` must be an amount in quotation marks",
        ),
        (
            term("method = \"drg\"\nbase_rate = \"6000.00\"\noutlier_threshold = \"30000.00\""),
            VISITS.to_owned(),
            "the agreement states a fixed loss for outliers and no share of charges",
        ),
        (
            term("method = \"visits\""),
            price("fact units: rate\nterm denial: money = units * $1", "units * $1"),
            "a document whose term `denial` is a code",
        ),
    ] {
        let found = findings(&terms, &document);
        assert!(found.iter().any(|one| one.contains(expected)), "{expected}: {found:#?}");
    }
}
