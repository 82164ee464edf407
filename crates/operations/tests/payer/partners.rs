//! What a payer says in the record of a partner, and what a partner's file may change.

use super::place::{Bill, NPI, OTHER_NPI, Payer, SENDING, Sending, URGENT, VISIT};
use counterfoil_integrity::RulePack;
use counterfoil_operations::halves::{Relation, Terms, open_relationship};
use counterfoil_operations::intake::scan_file;
use counterfoil_store::StoreError;
use counterfoil_twin::{Author, PrivateKey};

const DAY: &str = "2025-01-06";

pub fn partner(payer: &mut Payer, identifier: &str, number: u8) -> Relation {
    let key = |seed: u8| PrivateKey::from_seed(&[seed; 32]).public_key();
    let terms = Terms {
        role: Author::Payer,
        partner: identifier.to_owned(),
        own_name: "plan".to_owned(),
        payer_key: key(number),
        provider_key: key(number + 100),
        nonce: [9; 32],
        identifiers: vec![identifier.to_owned()],
    };
    payer.store.transaction("open", |tx| open_relationship(tx, &terms)).expect("it is opened")
}

/// How often a kind of statement has to be said in a record.
pub fn said(payer: &mut Payer, relation: &Relation, kind: &str) -> usize {
    let dues = payer.store.read("dues", |tx| tx.dues(relation.id, 10_000)).expect("dues are read");
    let count =
        |bytes: &[u8]| bytes.windows(kind.len()).filter(|at| *at == kind.as_bytes()).count();
    dues.iter().map(|due| count(&due.statements)).sum()
}

#[test]
fn a_file_that_was_refused_for_its_usage_is_taken_in_when_the_settings_allow_it() {
    let mut payer = Payer::new();
    let relation = partner(&mut payer, NPI, 1);
    // More claims than a batch of intake holds.
    let numbers: Vec<String> = (1..=600).map(|number| format!("EV-{number}")).collect();
    let bills: Vec<Bill<'_>> = numbers.iter().map(|number| Bill { number, ..VISIT }).collect();
    let file = Sending { usage: 'T', ..SENDING }.file(&bills);
    for _ in 0..2 {
        let run = payer.take_file(DAY, &file).expect("it is refused whole");
        assert_eq!((run.claims(), run.claims_in_rejected_sets), (0, 600));
        assert_eq!(said(&mut payer, &relation, "claim.rejected"), 0, "it may come to be taken in");
    }
    payer.in_test();
    let run = payer.take_file(DAY, &file).expect("it is taken in");
    assert_eq!((run.claims(), run.claims_in_rejected_sets), (600, 0));
    assert_eq!(said(&mut payer, &relation, "claim.received"), 600);
    assert_eq!(said(&mut payer, &relation, "claim.decided"), 600);
    assert_eq!(said(&mut payer, &relation, "claim.rejected"), 0);
    assert_eq!(said(&mut payer, &relation, "file.received"), 1);
    // TA1 of the refusal, then 999 and 277CA.
    assert_eq!(said(&mut payer, &relation, "file.sent"), 3);
    let again = payer.take_file(DAY, &file).expect("nothing is done");
    assert!(again.was_finished);
}

#[test]
fn a_claim_with_reasons_without_end_is_told() {
    let edit = |number: u32| {
        let words = "This claim is looked at by a person. ".repeat(60);
        format!(
            "[[edit]]\nid = \"look-{number}\"\nabout = \"claim\"\n\
             when = [{{ field = \"claim.charge\", more_than = \"100.00\" }}]\noutcome = \"pend\"\n\
             message = \"{number}: {words}\"\ncause = \"Rule.\"\nfix = \"Wait.\"\n"
        )
    };
    let pack = format!(
        "[pack]\nname = \"house-edits\"\nversion = \"1\"\ntitle = \"Edits\"\n\
         valid_from = \"2025-01-01\"\n\n{}",
        (1..=40).map(edit).collect::<String>()
    );
    let pack = RulePack::parse(&pack).expect("the pack is read");
    let mut payer = Payer::with_packs(vec![pack]);
    let relation = partner(&mut payer, NPI, 1);
    payer.take(DAY, &[VISIT]);
    let row = payer.claim("EV-1");
    assert_eq!(row.update.state.word(), "pended");
    assert!(row.update.reason.len() > 65_536, "more than a statement holds");
    assert_eq!(said(&mut payer, &relation, "claim.pended"), 1);
    assert_eq!(said(&mut payer, &relation, " more"), 1, "what was left out is counted");
}

fn street(payer: &mut Payer) -> String {
    let row = payer.store.read("payee", |tx| tx.payee(NPI)).expect("payees are read");
    row.expect("the practice is on record").address
}

#[test]
fn where_payments_go_is_changed_by_claims_that_cost_something_alone() {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT]);
    let known = "12 MILL STREET";
    let elsewhere = |control, bill: Bill<'_>| {
        Sending { control, street: "1 OTHER ROAD", ..SENDING }.file(&[bill])
    };
    let returned = Bill { number: "EV-2", payer: "84129", ..VISIT };
    let denied = Bill { number: "EV-3", member: "M9999999", ..VISIT };
    let stands = Bill { number: "EV-4", day: "20250103", ..VISIT };
    for (control, bill, state) in [(11, returned, "rejected"), (12, denied, "denied")] {
        payer.take_file(DAY, &elsewhere(control, bill)).expect("it is taken in");
        assert!(payer.state(bill.number).starts_with(state), "{}", payer.state(bill.number));
        assert_eq!(street(&mut payer), known, "{state}");
    }
    // A file that another partner named.
    let file = elsewhere(13, stands);
    let other = partner(&mut payer, OTHER_NPI, 1);
    let digest = scan_file(&mut file.as_slice()).expect("memory is read").digest;
    let named: Result<(), StoreError> = payer.store.transaction("name", |tx| {
        tx.name_twin_document(other.id, &digest, ("837", "claims.837", file.len() as u64))
    });
    named.expect("the file is named");
    payer.take_file(DAY, &file).expect("it is taken in");
    assert!(payer.state("EV-4").starts_with("approved"));
    assert_eq!(street(&mut payer), known, "the file of a partner to which the NPI does not belong");
    let moved = Bill { number: "EV-5", day: "20250104", ..URGENT };
    payer.take_file(DAY, &elsewhere(14, moved)).expect("it is taken in");
    assert_eq!(street(&mut payer), "1 OTHER ROAD", "a claim that waits");
}
