//! Nodes are killed while claims flow; nothing that was acknowledged is lost, nothing counts twice.

use crate::claims::{Bill, VISIT, file_837p};
use crate::nodes_at_work::{bring, hold_the_same, working_pair};
use crate::place::Place;
use crate::serving::{Serving, until};
use counterfoil_base::{Cents, Date, add_days};
use counterfoil_store::Store;
use std::time::Duration;

/// Kills and claims of a file in the run with every test, and in the long one.
const SHORT: (usize, usize) = (12, 3);
const LONG: (usize, usize) = (100, 1);
/// A day within the time for filing of every day of service.
pub const DAY: &str = "2025-06-15";
/// When the files are made, YYMMDD.
const MADE_ON: &str = "250614";
/// After a file is brought, its way through both nodes takes about so long.
const WAY_MS: usize = 160;

/// What is acknowledged: how many events of each half the other side holds.
fn acknowledged(node: &Serving) -> u64 {
    node.metric("partner_partner_events").unwrap_or(0)
}

fn sweep((kills, claims): (usize, usize)) {
    let (place, mut plan, mut office) = working_pair();
    for data in ["plan", "office"] {
        place.write(&format!("{data}/business-day"), DAY);
    }
    for kill in 0..kills {
        bring_visits(&place, kill, claims);
        // Each kill meets the work at another place; neighbours lie far apart.
        let moment = (kill * 61) % WAY_MS;
        std::thread::sleep(Duration::from_millis(moment as u64));
        let (held_by_plan, held_by_office) = (acknowledged(&plan), acknowledged(&office));
        if kill % 2 == 0 {
            plan.kill();
            plan = Serving::begin(&place, "plan");
        } else {
            office.kill();
            office = Serving::begin(&place, "office");
        }
        until("what was acknowledged is there", || {
            plan.metric("partner_partner_events") >= Some(held_by_plan)
                && office.metric("partner_partner_events") >= Some(held_by_office)
        });
        for node in [&plan, &office] {
            let told = node.get("/health");
            assert!(!told.contains("put back to an older"), "an event was lost: {told}");
        }
    }
    assert_whole(&place, (plan, office), kills * claims);
}

/// Puts a file with so many visits into the provider's inbox.
pub fn bring_visits(place: &Place, file: usize, claims: usize) {
    // A visit a day: two of one day would be one that comes twice.
    let visits: Vec<(String, String)> = (0..claims).map(|one| visit(file * claims + one)).collect();
    let bills: Vec<Bill<'_>> =
        visits.iter().map(|(number, day)| Bill { number, day, ..VISIT }).collect();
    let control = u32::try_from(file + 1).expect("a small number");
    let content = file_837p(control, &bills).replace("250105", MADE_ON);
    bring(place, "office/inbox", &format!("{file}.837"), content);
}

/// Number and day of service of a visit.
fn visit(number: usize) -> (String, String) {
    let days = i64::try_from(number).expect("few visits");
    let day = add_days(Date::constant(2025, 1, 2), days).expect("a day");
    (format!("K-{number}"), day.to_string().replace('-', ""))
}

/// Every claim was decided, paid and posted once; books and halves are sound and equal.
pub fn assert_whole(place: &Place, (plan, office): (Serving, Serving), claims: usize) {
    let posted = |place: &Place| {
        let mut store = Store::open_folder(&place.path("office")).expect("a database");
        let rows = store.read("receivables", |tx| tx.receivables()).expect("rows");
        rows.iter().filter(|row| row.state == "paid").count()
    };
    until("every claim is posted", || posted(place) == claims);
    until("both hold the same", || hold_the_same(place));
    plan.stop();
    office.stop();
    let told = place.run("twin match --data plan --data office");
    assert!(told.code == 0 && told.out.contains(": equal"), "{told}");
    place.books("plan");
    place.books("office");
    let mut store = Store::open_folder(&place.path("plan")).expect("a database");
    let totals = store.read("totals", |tx| tx.state_totals()).expect("totals");
    assert_eq!(totals.len(), 1, "every claim is paid: {totals:?}");
    assert_eq!(totals[0].claims, claims as u64);
    // Of each visit the plan pays 90.00 (tests/stories/plan): not a cent more or less.
    let each = i64::try_from(claims).expect("few claims");
    assert_eq!(totals[0].paid_cents, Cents(9_000 * each));
    let mut office = Store::open_folder(&place.path("office")).expect("a database");
    let rows = office.read("receivables", |tx| tx.receivables()).expect("rows");
    let paid: Cents = rows.iter().map(|row| row.paid_cents).sum();
    assert_eq!((rows.len(), paid), (claims, Cents(9_000 * each)));
}

#[test]
fn nodes_that_are_killed_lose_nothing_and_count_nothing_twice() {
    sweep(SHORT);
}

#[test]
#[ignore = "a hundred kills take minutes: cargo test -p counterfoil-node -- --ignored"]
fn a_hundred_kills_lose_nothing() {
    sweep(LONG);
}
