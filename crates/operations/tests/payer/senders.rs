//! What a partner's file may do: to claims of that partner alone, with an end in its record.

use super::partners::{partner, said};
use super::place::{Bill, NPI, OTHER_NPI, Payer, SENDING, Sending, VISIT};
use counterfoil_base::Cents;
use counterfoil_operations::halves::Relation;
use counterfoil_operations::intake::scan_file;
use counterfoil_store::{DocumentState, StoreError};

const DAY: &str = "2025-01-06";

fn digest(file: &[u8]) -> String {
    scan_file(&mut &*file).expect("memory is read").digest
}

/// The partner's events name the file.
fn name(payer: &mut Payer, relation: &Relation, file: &[u8]) {
    let named: Result<(), StoreError> = payer.store.transaction("name", |tx| {
        let length = file.len() as u64;
        tx.name_twin_document(relation.id, &digest(file), ("837", "claims.837", length))
    });
    named.expect("the file is named");
}

/// How many bytes of statements wait for a record.
fn to_say(payer: &mut Payer, relation: &Relation) -> usize {
    let dues = payer.store.read("dues", |tx| tx.dues(relation.id, 10_000)).expect("dues are read");
    dues.iter().map(|due| due.statements.len()).sum()
}

#[test]
fn a_partners_file_does_nothing_to_the_claims_of_others() {
    for is_partner in [true, false] {
        let mut payer = Payer::new();
        let own = is_partner.then(|| partner(&mut payer, NPI, 1));
        payer.take(DAY, &[VISIT]);
        assert_eq!(payer.pay("2025-01-07").total_cents(), Cents(7_500));
        let first = payer.number("EV-1");
        let before = own.as_ref().map(|own| to_say(&mut payer, own));
        let other = partner(&mut payer, OTHER_NPI, 2);
        for (control, frequency, charge) in [(51, '8', "150"), (52, '7', "10")] {
            let bill = Bill { frequency, charge, names: &first, ..VISIT };
            let file = Sending { control, ..SENDING }.file(&[bill]);
            name(&mut payer, &other, &file);
            payer.take_file("2025-01-08", &file).expect("the file is read");
            let state = payer.state("EV-1");
            assert_eq!(state, "rejected: The billing provider is not the sender's own");
            let told = format!("STC*A3:496:85*20250108*U*{charge}~");
            let mut files = payer.out.0.values().map(|file| String::from_utf8_lossy(file));
            let answer = files.find(|file| file.contains(&told)).expect("the claim is returned");
            assert!(!answer.contains(&first), "{answer}");
        }
        assert_eq!(payer.claims("EV-1")[0].update.state.word(), "paid");
        assert_eq!(payer.pay("2025-01-09").payments, [], "nothing is taken back");
        assert_eq!(own.as_ref().map(|own| to_say(&mut payer, own)), before, "nothing is said");
        // Who sent it hears what became of it, and gets the 999 and the 277CA.
        assert_eq!(said(&mut payer, &other, "claim.received"), 2);
        assert_eq!(said(&mut payer, &other, "claim.rejected"), 2);
        assert_eq!(said(&mut payer, &other, "file.sent"), 4);
    }
}

#[test]
fn answers_go_to_who_sent_the_file_whatever_npi_it_names() {
    let mut payer = Payer::new();
    let own = partner(&mut payer, NPI, 1);
    let other = partner(&mut payer, OTHER_NPI, 2);
    let before = to_say(&mut payer, &own);
    payer.take(DAY, &[VISIT]);
    let known = to_say(&mut payer, &own);
    assert!(known > before);
    // The same visit again, under the number of a claim that is on record.
    for file in [
        Sending { control: 61, ..SENDING }.file(&[VISIT]),
        Sending { control: 1, ..SENDING }.file(&[Bill { number: "EV-7", ..VISIT }]),
        b"ISA*00*          *00*          *ZZ*ALDERBILLING   *ZZ*FOX01          *250105*0830*^*00501\
          *000000063*0*P*:~GS*HC*ALDERBILLING*FOX01*20250105*0830*1*X*005010X222A1~GE*0*1~\
          IEA*1*000000063~"
            .to_vec(),
    ] {
        name(&mut payer, &other, &file);
        payer.take_file(DAY, &file).expect("the file is read");
    }
    assert_eq!(to_say(&mut payer, &own), known);
    assert_eq!(payer.claims("EV-1").len(), 2);
    let answers = said(&mut payer, &other, "file.sent");
    assert_eq!((said(&mut payer, &other, "claim.rejected"), answers > 3), (2, true));
}

#[test]
fn nobody_uses_up_the_control_numbers_of_a_partner() {
    let mut payer = Payer::new();
    let own = partner(&mut payer, NPI, 1);
    let other = partner(&mut payer, OTHER_NPI, 2);
    let foreign = Sending { control: 71, npi: OTHER_NPI, ..SENDING }.file(&[VISIT]);
    name(&mut payer, &other, &foreign);
    payer.take_file(DAY, &foreign).expect("the file is read");
    let bill = Bill { number: "EV-2", ..VISIT };
    let file = Sending { control: 71, ..SENDING }.file(&[bill]);
    name(&mut payer, &own, &file);
    payer.take_file(DAY, &file).expect("the file is read");
    assert_eq!(payer.state("EV-2"), "approved: ");
    // Its own numbers name one interchange each.
    let again = Sending { control: 71, ..SENDING }.file(&[Bill { number: "EV-3", ..VISIT }]);
    name(&mut payer, &own, &again);
    let run = payer.take_file(DAY, &again).expect("the file is read");
    assert_eq!((run.claims(), run.claims_in_rejected_sets), (0, 1));
}

#[test]
fn what_was_refused_for_its_usage_ends_in_the_record_that_it_came_by() {
    let mut payer = Payer::new();
    let own = partner(&mut payer, NPI, 1);
    let bills = [VISIT, Bill { number: "EV-2", day: "20250103", ..VISIT }];
    let file = Sending { usage: 'T', ..SENDING }.file(&bills);
    name(&mut payer, &own, &file);
    let run = payer.take_file(DAY, &file).expect("it is refused whole");
    assert_eq!((run.claims(), run.claims_in_rejected_sets), (0, 2));
    assert!(payer.newest("TA1").contains("*R*020~"));
    assert_eq!(said(&mut payer, &own, "claim.rejected"), 2);
    assert_eq!(said(&mut payer, &own, "file.sent"), 1);
    let found = payer.store.read("document", |tx| tx.twin_document(own.id, &digest(&file)));
    let state = found.expect("documents are read").map(|one| one.state);
    assert_eq!(state, Some(DocumentState::Taken));
    // The refusal stands, whatever the settings are later.
    payer.in_test();
    assert!(payer.take_file(DAY, &file).expect("nothing is done").was_finished);
    assert_eq!(payer.claims("EV-1").len(), 0);
}

#[test]
fn a_file_of_interchanges_for_both_uses_comes_to_its_end() {
    for usages in [['P', 'T'], ['T', 'P']] {
        let mut payer = Payer::new();
        let interchange = |at: usize, number| {
            let control = u32::try_from(at).expect("a small number") + 1;
            let usage = usages[at];
            Sending { control, usage, ..SENDING }.file(&[Bill { number, ..VISIT }])
        };
        let file = [interchange(0, "EV-1"), interchange(1, "EV-2")].concat();
        for _ in 0..2 {
            let run = payer.take_file(DAY, &file).expect("one interchange is taken in");
            assert_eq!((run.claims_in_rejected_sets, run.was_finished), (1, false), "{usages:?}");
        }
        payer.in_test();
        let run = payer.take_file(DAY, &file).expect("the other one is taken in");
        assert_eq!((run.claims(), run.claims_in_rejected_sets), (1, 0), "{usages:?}");
        assert_eq!((payer.claims("EV-1").len(), payer.claims("EV-2").len()), (1, 1));
        assert!(payer.take_file(DAY, &file).expect("nothing is done").was_finished, "{usages:?}");
    }
}
