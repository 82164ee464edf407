//! A generated month through three real processes: every claim in its true state, nothing left
//! over, both halves equal.

use crate::place::Place;
use counterfoil_base::Cents;
use counterfoil_corpus::{Month, Senders, State, Truth, World, WorldConfig};
use counterfoil_operations::claim_control_number_of;
use counterfoil_operations::provider::{HeldCause, held_claims};
use counterfoil_samples::Database;
use counterfoil_store::Store;
use std::collections::{BTreeMap, BTreeSet};

/// Claims of the month that runs with every test.
const CLAIMS: u32 = 400;
/// The same on a server, where each statement is a round trip.
const CLAIMS_ON_SERVER: u32 = 200;
/// Pended claims that the demo leaves.
const LEFT_PENDED: usize = 3;

fn truths(claims: u32) -> Vec<Truth> {
    let world = World::new(WorldConfig {
        seed: 1,
        claims,
        batches: 20,
        payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
        ..WorldConfig::default()
    });
    let world = world.expect("a world of these numbers can be made");
    let mut month = Month::new(&world, Senders::Providers, 100);
    let mut all = Vec::new();
    while month.next_file().is_some() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        all.append(&mut truths);
    }
    all
}

fn store(place: &Place, name: &str) -> Store {
    Store::open_folder(&place.path(&format!("demo/{name}"))).expect("a database")
}

/// Where every claim ended, beside the truth.
fn assert_true(place: &Place, claims: u32) {
    let mut held: BTreeMap<String, HeldCause> = BTreeMap::new();
    for name in ["hospital", "practice"] {
        let found = store(place, name).read("held claims", held_claims);
        let found = found.expect("held claims are read");
        held.extend(found.into_iter().map(|one| (one.patient_control_number, one.cause)));
    }
    let mut plan = store(place, "plan");
    let truths = truths(claims);
    assert_eq!(truths.len(), claims as usize);
    let (mut wrong, mut pended) = (Vec::new(), BTreeSet::new());
    for truth in &truths {
        let number = claim_control_number_of(&truth.provider_npi, &truth.control_number, 1);
        let row = plan.read("a claim", |tx| tx.claim(&number)).expect("claims are read");
        let held = held.get(&truth.control_number);
        let is_right = match (truth.state, row) {
            (State::Rejected, None) => held == Some(&HeldCause::Checked),
            (State::Rejected, Some(row)) => {
                row.update.state.word() == "rejected" && held == Some(&HeldCause::Returned)
            }
            // A person has approved all but a few of them; what has no price goes on waiting.
            (State::Pended, Some(row)) if row.update.state.word() == "pended" => {
                if !row.update.reason.contains("has no amount") {
                    pended.insert(number);
                }
                true
            }
            (State::Pended, Some(row)) => ["paid", "denied"].contains(&row.update.state.word()),
            (_, Some(row)) => {
                held.is_none()
                    && row.update.state.word() == truth.state.word()
                    && row.update.paid_cents == truth.money.paid
            }
            (_, None) => false,
        };
        if !is_right {
            wrong.push(truth);
        }
    }
    assert!(wrong.is_empty(), "{} claims are wrong: {:?}", wrong.len(), wrong.first());
    assert!(pended.len() <= LEFT_PENDED, "a person has decided the others: {pended:?}");
}

/// Exported halves hold together, and both databases say the same.
fn assert_halves_are_equal(place: &Place) {
    for name in ["hospital", "practice"] {
        let told = place.run(&format!("twin match --data demo/plan --data demo/{name}"));
        assert!(told.code == 0 && told.out.contains(": equal"), "{told}");
        let partner = if name == "hospital" { "The hospital" } else { "The practice" };
        for (data, with, file) in
            [("plan", partner, "payer"), (name, "The health plan", "provider")]
        {
            let line = format!(
                "twin export --data demo/{data} --partner \"{with}\" --out {name}-{file}.half"
            );
            let told = place.run(&line);
            assert_eq!(told.code, 0, "{told}");
        }
        let told = place.run(&format!("twin verify {name}-payer.half {name}-provider.half"));
        assert_eq!(told.code, 0, "{told}");
    }
}

fn play(claims: u32, database: &Database) {
    let place = Place::empty();
    let database = match database {
        Database::Sqlite => String::new(),
        Database::Postgres { url, .. } => format!(" --database \"{url}\""),
    };
    let told = place.run(&format!("demo --headless --json --claims {claims}{database}"));
    assert_eq!(told.code, 0, "{told}");
    let summary = told.json();
    assert_eq!(summary["leftover_cents"], 0, "{told}");
    assert_eq!(summary["payer_difference_cents"], 0, "{told}");
    for provider in summary["providers"].as_array().expect("providers") {
        assert_eq!(provider["difference_cents"], 0, "{told}");
        assert!(provider["remittances"].as_u64() > Some(0), "{told}");
    }
    // The contract that plan and hospital have signed came to one amount in both books.
    let agreed = &summary["agreement"];
    assert_eq!(agreed["is_same"], true, "{told}");
    assert_eq!(agreed["signed_by"], serde_json::json!(["Dana Reyes", "Hal Osei"]), "{told}");
    let amount = agreed["amount_cents"].as_i64().expect("an amount");
    assert!(amount > 0, "{told}");
    for (data, account, sign) in
        [("plan", "payer.settlement_cost", 1), ("hospital", "provider.settlement_income", -1)]
    {
        let balances = store(&place, data).read("books", |tx| tx.trial_balance()).expect("books");
        let found = balances.iter().find(|one| one.account == account);
        let cents = found.map(|one| (one.debit_cents - one.credit_cents).0);
        assert_eq!(cents, Some(sign * amount), "{account}");
    }
    assert_true(&place, claims);
    assert_halves_are_equal(&place);
    // Money that was paid is money that came.
    let paid: Cents = store(&place, "plan")
        .read("payments", |tx| tx.state_totals())
        .expect("sums")
        .iter()
        .map(|one| one.paid_cents)
        .sum();
    assert!(paid > Cents::ZERO);
    // A second run goes on where the first stopped: nothing is sent twice.
    let again = place.run("demo --headless --json");
    assert_eq!(again.code, 0, "{again}");
    assert_eq!(again.json(), summary, "the same month");
}

#[test]
fn a_month_through_three_nodes_is_true_to_the_cent() {
    play(CLAIMS, &Database::Sqlite);
}

#[test]
#[ignore = "needs a server: COUNTERFOIL_TEST_POSTGRES"]
fn a_month_through_three_nodes_on_postgres_is_true_to_the_cent() {
    play(CLAIMS_ON_SERVER, &Database::postgres());
}

#[test]
#[ignore = "ten thousand claims take minutes: cargo test -p counterfoil-node -- --ignored"]
fn a_month_of_ten_thousand_claims_through_three_nodes() {
    play(10_000, &Database::Sqlite);
}

#[test]
#[ignore = "takes minutes and needs a server: tests/on-postgres --all"]
fn ten_thousand_claims_through_three_nodes_with_a_server() {
    play(10_000, &Database::postgres());
}
