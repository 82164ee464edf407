//! Prompt-pay interest by state, worked by hand from the facts of the rules.

mod common;

use common::{World, claim, day, line};
use counterfoil_adjudicate::rates::{LatePayment, Medium};
use counterfoil_base::Cents;

const PROMPT_PAY: &str = r#"
[[rule]]
id = "CO"
state = "CO"
medium = "electronic"
days = 30
interest = "annual"
rate = "0.10"
effective_from = "2000-01-01"
source = "C.R.S. 10-16-106.5"

[[rule]]
id = "AL"
state = "AL"
medium = "electronic"
days = 30
interest = "monthly"
rate = "0.015"
effective_from = "2000-01-01"
source = "Ala. Code 27-1-17"

[[rule]]
id = "FL"
state = "FL"
medium = "electronic"
days = 20
interest = "annual"
rate = "0.12"
effective_from = "2000-01-01"
source = "Fla. Stat. 627.6131"

[[rule]]
id = "GA"
state = "GA"
medium = "electronic"
days = 15
interest = "annual"
rate = "0.12"
effective_from = "2000-01-01"
source = "O.C.G.A. 33-24-59.14"

[[rule]]
id = "CA"
state = "CA"
medium = "electronic"
days = 30
day_kind = "working"
interest = "annual"
rate = "0.15"
effective_from = "2000-01-01"
effective_to = "2026-12-31"
source = "Health and Safety Code 1371"

[[rule]]
id = "DC"
state = "DC"
medium = "electronic"
days = 30
interest = "stepped"
steps = [
    { from_day = 31, rate = "0.015" },
    { from_day = 61, rate = "0.02" },
    { from_day = 121, rate = "0.025" },
]
effective_from = "2000-01-01"
source = "D.C. Code 31-3132"

[[rule]]
id = "IL"
state = "IL"
medium = "paper"
days = 30
interest = "annual"
rate = "0.09"
effective_from = "2000-01-01"
source = "215 ILCS 5/368a"

[[holiday]]
date = "2026-02-16"
"#;

fn world(state: &str) -> World {
    let plans = format!(
        "[[plan]]\nid = \"P\"\nversion = \"1\"\nstate = \"{state}\"\nfrom = \"2026-01-01\"\n\
         [[plan.benefit]]\nid = \"all\"\n"
    );
    let contracts = "[[contract]]\nid = \"C\"\nversion = \"1\"\ndefault = true\n\
        from = \"2026-01-01\"\n[[contract.term]]\nid = \"all\"\nmethod = \"percent_of_charge\"\n\
        percent = \"1\"\n";
    let members = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
        plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
        M,M,18,A,B,1980-01-01,F,P,2026-01-01,,,\n";
    let files = [
        ("plans.toml", plans.as_str()),
        ("contracts.toml", contracts),
        ("prompt_pay.toml", PROMPT_PAY),
    ];
    World::new(&files, members)
}

#[test]
fn interest_follows_the_state_the_days_and_the_formula() {
    // 1,000.00 paid on a claim received on 2026-02-02 (a Monday).
    for (state, paid_on, late, interest) in [
        // Due 2026-03-04; 1000 x 0.10 x 10 / 365 = 2.7397.
        ("CO", "2026-03-04", 0, 0),
        ("CO", "2026-03-05", 1, 27),
        ("CO", "2026-03-14", 10, 274),
        // 1000 x 0.015 x 10 / 30.
        ("AL", "2026-03-14", 10, 500),
        // Due 2026-02-22: 20 days late: 1000 x 0.12 x 20 / 365 = 6.5753.
        ("FL", "2026-03-14", 20, 658),
        // Due 2026-02-17: 25 days late: 8.2192.
        ("GA", "2026-03-14", 25, 822),
        // 30 working days less one holiday: due 2026-03-17; 3 days: 1.2329.
        ("CA", "2026-03-17", 0, 0),
        ("CA", "2026-03-20", 3, 123),
        // Day 31 to 60 at 1.5, day 61 to 70 at 2 percent: 15.00 + 1000 x 0.02 x 10 / 30.
        ("DC", "2026-03-05", 1, 50),
        ("DC", "2026-04-13", 40, 2167),
        // The rule of Illinois here is for paper: none for electronic claims.
        ("IL", "2026-06-01", 0, 0),
    ] {
        let world = world(state);
        let claim =
            claim("M", "1980-01-01", "1", vec![line(1, "A0425", &[], 100_000, "2026-01-20")]);
        let decision = world.decide(&claim, "2026-02-02");
        assert_eq!(decision.paid_cents, Cents(100_000), "interest stands beside the claim");
        let payment = LatePayment {
            plan_id: &decision.plan_id,
            service_from: day("2026-01-20"),
            medium: Medium::Electronic,
            clean_on: day("2026-02-02"),
            pay_on: day(paid_on),
        };
        let found = world.rates.interest(&payment, decision.paid_cents);
        let got = found.as_ref().map_or((0, Cents::ZERO), |one| (one.days_late, one.amount_cents));
        assert_eq!(got, (late, Cents(interest)), "{state} {paid_on}");
    }
}
