//! A claim that comes again: what was corrected, voided, sent or held before decides what goes.

use super::place::{OAK, Office, claim_to, day};
use super::returned::partner;
use super::sending::{held, interchange, send};
use counterfoil_base::Phi;
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::{HeldClaim, claims_awaiting_rules, hold};
use std::collections::BTreeMap;

/// A claim of 100.00 to the payer, booked by a check and not sent.
fn booked(office: &mut Office) {
    office.bill(&claim_to("FOX01", (OAK, "P1"), "1", 10_000, ""), "the file that was checked");
}

#[test]
fn a_claim_that_is_billed_anew_after_its_void_is_booked() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    booked(&mut office);
    let void = interchange(7, &[&[("FOX01", "P1", "8", 10_000, "K1")]]);
    assert_eq!(send(&mut office.store, &void, &[]).sent(), 1);
    assert_eq!(office.shown(), "");
    let anew = interchange(8, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    let done = send(&mut office.store, &anew, &[]);
    assert_eq!((done.sent(), done.submitted[0].booked), (1, 1));
    assert_eq!(office.shown(), "billed_revenue -10000, receivable 10000");
    assert_eq!(office.report().open_cents, 10_000);
}

#[test]
fn what_was_corrected_since_it_was_booked_does_not_go_out() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    booked(&mut office);
    let correction = interchange(7, &[&[("FOX01", "P1", "7", 12_000, "K1")]]);
    assert_eq!(send(&mut office.store, &correction, &[]).sent(), 1);
    let original = interchange(8, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    let done = send(&mut office.store, &original, &[]);
    assert_eq!((done.sent(), done.sent_before, done.held), (0, 1, 0));
    assert_eq!(office.shown(), "billed_revenue -12000, receivable 12000");
}

#[test]
fn a_correction_that_was_booked_and_not_sent_goes_out_once() {
    let mut office = Office::new();
    booked(&mut office);
    let correction = claim_to("FOX01", (OAK, "P1"), "7", 12_000, "K1");
    office.bill(&correction, "another file that was checked");
    let file = interchange(7, &[&[("FOX01", "P1", "7", 12_000, "K1")]]);
    let done = send(&mut office.store, &file, &[]);
    assert_eq!((done.sent(), done.submitted[0].booked), (1, 0));
    assert_eq!(office.rows().len(), 2, "it stands once");
    assert_eq!(office.shown(), "billed_revenue -12000, receivable 12000");
}

#[test]
fn a_claim_that_was_sent_before_waits_for_no_rules() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    let first = interchange(7, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &first, &["FOX01"]).held, 1);
    let waits: HeldClaim = held(&mut office.store).remove(0);
    let second = interchange(8, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &second, &[]).sent(), 1);
    assert_eq!(held(&mut office.store), []);
    let third = interchange(9, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    let done = send(&mut office.store, &third, &["FOX01"]);
    assert_eq!((done.sent(), done.sent_before, done.held), (0, 1, 0));
    // One that waits all the same is released when it comes; a correction of it is not.
    let correction = interchange(10, &[&[("FOX01", "P1", "7", 10_000, "K1")]]);
    assert_eq!(send(&mut office.store, &correction, &["FOX01"]).held, 1);
    let kept = held(&mut office.store);
    let late = HeldClaim { file_digest: "late".to_owned(), ..waits };
    let done: Result<bool, OperationsError> =
        office.store.transaction("hold", |tx| hold(tx, &late));
    assert!(done.expect("it is held"));
    let awaiting = HeldClaim { file_digest: "again".to_owned(), ..kept[0].clone() };
    let fourth = interchange(11, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &fourth, &[]).sent_before, 1);
    assert_eq!(held(&mut office.store), []);
    let done: Result<bool, OperationsError> =
        office.store.transaction("hold", |tx| hold(tx, &awaiting));
    assert!(done.expect("it is held"));
    let fifth = interchange(12, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &fifth, &[]).sent_before, 1);
    assert_eq!(held(&mut office.store), [awaiting]);
}

#[test]
fn a_claim_whose_payer_was_corrected_is_held_no_more() {
    let mut office = Office::new();
    let file = |control, payer, frequency, cents| {
        interchange(control, &[&[(payer, "P1", frequency, cents, "")]])
    };
    for (control, payer) in [(7, "FOX01"), (8, "ELK01")] {
        let done = send(&mut office.store, &file(control, payer, "1", 10_000), &[payer]);
        assert_eq!(done.held, 1, "{payer}");
    }
    // Another amount is another claim under the number of the patient.
    assert_eq!(send(&mut office.store, &file(9, "JAY01", "1", 9_000), &[]).sent(), 1);
    assert_eq!(held(&mut office.store).len(), 2);
    assert_eq!(send(&mut office.store, &file(10, "OWL01", "1", 10_000), &[]).sent(), 1);
    assert_eq!(held(&mut office.store), []);
}

#[test]
fn a_claim_that_waited_for_rules_and_cannot_be_written_waits_for_a_person() {
    let mut office = Office::new();
    let file =
        interchange(7, &[&[("FOX01", "P1", "1", 10_000, ""), ("FOX01", "P2", "1", 20_000, "")]]);
    assert_eq!(send(&mut office.store, &file, &["FOX01"]).held, 2);
    // As a database may hold it from before: with a character that X12 data cannot hold.
    let mut kept = held(&mut office.store).remove(0);
    let text =
        String::from_utf8_lossy(kept.claim_segments.expose()).replace("FLORA", "FLO\u{1d}RA");
    kept = HeldClaim {
        file_digest: "before".to_owned(),
        claim_segments: Phi::new(text.into_bytes()),
        ..kept
    };
    let done: Result<bool, OperationsError> =
        office.store.transaction("hold", |tx| hold(tx, &kept));
    assert!(done.expect("it is held"));
    for _ in 0..2 {
        let found = claims_awaiting_rules(&mut office.store, (&BTreeMap::new(), day(2)));
        let file = found.expect("the claims are written").file;
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("CLM*P2*") && !text.contains("CLM*P1*"), "{text}");
    }
    let mut codes: Vec<String> =
        held(&mut office.store).iter().map(|one| one.findings[0].code.clone()).collect();
    codes.sort();
    assert_eq!(codes, ["OPS-1-claim-unwritable", "OPS-7-rules-awaited"]);
}
