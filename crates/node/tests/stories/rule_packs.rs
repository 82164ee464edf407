//! A payer's rules are published by its node, and both nodes check with them from their day on.

use crate::claims::{Bill, VISIT, file_837p};
use crate::nodes_at_work::{bring, working_pair};
use crate::place::Place;
use crate::serving::until;
use counterfoil_operations::provider::held_claims;
use counterfoil_store::Store;

/// A pack that returns visits charged higher than a limit.
fn pack(version: &str, limit: &str) -> String {
    format!(
        "[pack]\nname = \"house-edits\"\nversion = \"{version}\"\ntitle = \"Edits\"\n\
         valid_from = \"2025-01-01\"\n\n[[edit]]\nid = \"visit-charge\"\nabout = \"line\"\n\
         when = [\n  {{ field = \"line.procedure\", in = [\"T1015\"] }},\n  \
         {{ field = \"line.charge\", more_than = \"{limit}\" }},\n]\noutcome = \"reject\"\n\
         message = \"The visit is charged too high.\"\n\
         cause = \"The plan pays visits up to a limit.\"\nfix = \"Correct the charge.\"\n\
         status = \"A7:178\"\n"
    )
}

fn set_day(place: &Place, day: &str) {
    for data in ["plan", "office"] {
        place.write(&format!("{data}/business-day"), day);
    }
}

/// Claims of the plan by state.
fn states(place: &Place) -> Vec<(String, u64)> {
    let mut store = Store::open_folder(&place.path("plan")).expect("a database");
    let totals = store.read("states", |tx| tx.state_totals()).expect("totals");
    totals.into_iter().map(|one| (one.state, one.claims)).collect()
}

/// Why claims wait at the provider.
fn held(place: &Place) -> Vec<String> {
    let mut store = Store::open_folder(&place.path("office")).expect("a database");
    let held = store.read("held claims", held_claims).expect("held claims are read");
    held.into_iter().flat_map(|one| one.findings).map(|one| one.message).collect()
}

fn is_logged(place: &Place, data: &str, words: &str) -> bool {
    place.read(&format!("{data}.log")).contains(words)
}

#[test]
fn both_nodes_check_with_what_was_published_from_its_day_on() {
    let (place, plan, office) = working_pair();
    // What lies in the payer's folder is published by itself; the provider has no such folder.
    place.write("plan/rules/house/pack.toml", pack("1", "500.00"));
    until("it is installed", || is_logged(&place, "office", "\"version\":\"1\""));
    place.write("second.toml", pack("2", "120.00"));
    let told = place.run("rules publish second.toml --effective 2025-03-01 --data plan");
    assert_eq!(told.code, 0, "{told}");
    until("the next is installed", || is_logged(&place, "office", "\"version\":\"2\""));
    let list = place.run("rules list --data plan --on 2025-02-20");
    assert!(list.out.contains("to come"), "{list}");
    // What is to come acts on neither side.
    bring(&place, "office/inbox", "first.837", file_837p(1, &[VISIT]));
    until("it is paid", || is_logged(&place, "office", "a remittance was posted"));
    assert_eq!(states(&place), [("paid".to_owned(), 1)]);
    // On its day it acts on both: on the provider's before the claim is sent, on the payer's for
    // a file that comes by another way, while the folder holds the first version.
    set_day(&place, "2025-03-03");
    let second = Bill { number: "EV-8", day: "20250103", ..VISIT };
    bring(&place, "office/inbox", "second.837", file_837p(2, &[second]));
    until("it is held", || !held(&place).is_empty());
    assert_eq!(held(&place), ["The visit is charged too high."], "{}", place.read("office.log"));
    let third = Bill { number: "EV-9", day: "20250104", ..VISIT };
    bring(&place, "plan/inbox", "third.837", file_837p(3, &[third]));
    until("it is returned", || states(&place).len() == 2);
    assert_eq!(states(&place), [("paid".to_owned(), 1), ("rejected".to_owned(), 1)]);
    plan.stop();
    office.stop();
}
