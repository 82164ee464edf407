//! A receivable is one provider's, and follows the corrections of its claim.

use super::place::{ELM, OAK, Office, answer, claim, day, remittance};
use counterfoil_operations::provider::Billed;
use counterfoil_remit::{ClaimDisposition, reversal_of};

fn pays(
    trace: &str,
    claims: Vec<counterfoil_claim::RemittanceClaim>,
) -> counterfoil_claim::RemittanceAdvice {
    remittance((OAK, trace, day(10)), claims, Vec::new()).0
}

#[test]
fn two_providers_may_use_one_control_number() {
    let mut office = Office::new();
    assert_eq!(office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a"), Billed::New);
    assert_eq!(office.bill(&claim(ELM, "P1", "1", 7_000, ""), "b"), Billed::New);
    let (elm, _) = remittance((ELM, "T1", day(10)), vec![answer("P1", "K1", 7_000, 1_000)], vec![]);
    let posted = office.post(&elm);
    assert_eq!(posted.posting.findings, []);
    assert_eq!(
        office.states(),
        [
            "P1/1 1234567893 billed 100.00 = 0.00 + 0.00",
            "P1/1 1999999984 paid 70.00 = 60.00 + 10.00",
        ]
    );
}

#[test]
fn a_claim_that_is_booked_already_is_said() {
    let mut office = Office::new();
    let first = claim(OAK, "P1", "1", 10_000, "");
    assert_eq!(office.bill(&first, "a"), Billed::New);
    let other = claim(OAK, "P1", "1", 9_000, "");
    let huge = claim(OAK, "P2", "1", i64::MAX, "");
    let correction = claim(OAK, "P1", "7", 8_000, "");
    for (claim, file, expected, code) in [
        (&first, "a", Billed::Before, Some("OPS-7-claim-booked-before")),
        (&first, "b", Billed::Before, Some("OPS-7-claim-booked-before")),
        (&other, "b", Billed::NumberInUse, Some("OPS-7-control-number-in-use")),
        (&huge, "b", Billed::TooLarge, Some("OPS-3-charge-too-large")),
        (&correction, "c", Billed::Correction, None),
        (&correction, "c", Billed::Before, Some("OPS-7-claim-booked-before")),
        (&first, "a", Billed::Before, Some("OPS-7-claim-booked-before")),
    ] {
        let done = office.bill(claim, file);
        let said = done.finding(claim).map(|finding| finding.code.to_string());
        assert_eq!((done, said.as_deref()), (expected, code));
    }
    assert_eq!(office.shown(), "billed_revenue -8000, receivable 8000");
}

#[test]
fn a_correction_before_the_first_835_takes_the_place_of_the_claim() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
    office.bill(&claim(OAK, "P1", "7", 18_000, ""), "b");
    assert_eq!(office.shown(), "billed_revenue -18000, receivable 18000");
    // The payer had paid the first claim before the correction reached it.
    let first = answer("P1", "K1", 15_000, 6_000);
    let posted = office.post(&pays("T1", vec![first.clone()]));
    assert_eq!(posted.posting.findings, []);
    assert_eq!(office.rows()[0].state, "withdrawn");
    let second = answer("P1", "K2", 18_000, 7_000);
    let posted = office.post(&pays("T2", vec![reversal_of(&first), second]));
    assert_eq!(posted.posting.findings, []);
    assert_eq!(
        office.states(),
        [
            "P1/1 1234567893 taken back 150.00 = 0.00 + 0.00",
            "P1/2 1234567893 paid 180.00 = 110.00 + 70.00",
        ]
    );
    assert_eq!(
        office.shown(),
        "billed_revenue -18000, contractual_adjustment 7000, payments_expected 11000"
    );
}

#[test]
fn a_correction_after_the_835_waits_for_the_reversal() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
    let first = answer("P1", "K1", 15_000, 6_000);
    office.post(&pays("T1", vec![first.clone()]));
    office.bill(&claim(OAK, "P1", "7", 4_000, ""), "b");
    assert_eq!(office.rows()[0].state, "withdrawn");
    office.post(&pays("T2", vec![reversal_of(&first), answer("P1", "K2", 4_000, 0)]));
    assert_eq!(
        office.states(),
        [
            "P1/1 1234567893 taken back 150.00 = 0.00 + 0.00",
            "P1/2 1234567893 paid 40.00 = 40.00 + 0.00",
        ]
    );
    assert_eq!(office.report().open_cents, 0);
}

#[test]
fn a_void_takes_the_claim_out_of_the_books() {
    for answered in [false, true] {
        let mut office = Office::new();
        office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
        let first = answer("P1", "K1", 15_000, 6_000);
        if answered {
            office.post(&pays("T1", vec![first.clone()]));
        }
        assert_eq!(office.bill(&claim(OAK, "P1", "8", 15_000, "K1"), "b"), Billed::Void);
        if answered {
            assert_eq!(office.rows()[0].state, "withdrawn");
            office.post(&pays("T2", vec![reversal_of(&first), answer("X", "K9", 9_000, 0)]));
        }
        assert_eq!(office.rows()[0].state, "taken back");
        assert_eq!(office.report().open_cents, 0);
        assert_eq!(office.report().claims, 0);
    }
}

#[test]
fn a_correction_under_another_number_takes_the_place_of_the_claim_it_names() {
    for answered_first in [false, true] {
        let mut office = Office::new();
        office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
        let first = answer("P1", "K1", 15_000, 6_000);
        let correction = claim(OAK, "P2", "7", 16_000, "K1");
        if answered_first {
            office.post(&pays("T1", vec![first.clone()]));
            office.bill(&correction, "b");
        } else {
            office.bill(&correction, "b");
            office.post(&pays("T1", vec![first.clone()]));
        }
        assert_eq!(office.rows()[0].state, "withdrawn");
        office.post(&pays("T2", vec![reversal_of(&first), answer("P2", "K2", 16_000, 0)]));
        assert_eq!(office.rows()[0].state, "taken back");
        assert_eq!(office.report().billed_cents, 16_000);
        assert_eq!(office.report().open_cents, 0);
    }
}

#[test]
fn an_835_that_changed_the_control_number_is_found_by_the_payers_number() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
    let first = answer("P1", "K1", 15_000, 6_000);
    office.post(&pays("T1", vec![first.clone()]));
    let mut reversal = reversal_of(&first);
    reversal.patient_control_number = "P1-CUT".into();
    let posted = office.post(&pays("T2", vec![reversal, answer("X", "K7", 15_000, 0)]));
    assert_eq!(posted.posting.claims[0].disposition, ClaimDisposition::Reversed);
}

#[test]
fn money_that_came_before_its_claim_was_booked_finds_it_later() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 5_000, ""), "a");
    let early = pays("T1", vec![answer("P1", "K1", 5_000, 0), answer("P2", "K2", 3_000, 500)]);
    let posted = office.post(&early);
    assert_eq!(posted.posting.findings[0].code, "REMIT-claim-unknown");
    office.bill(&claim(OAK, "P2", "1", 3_000, ""), "b");
    assert_eq!(office.report().open_cents, 0);
    assert_eq!(office.rows()[1].state, "paid");
    assert!(!office.shown().contains("unidentified"), "{}", office.shown());
    // The 835 again posts nothing, although its claims have become known.
    let before = office.shown();
    assert!(office.post(&early).posting.already_posted);
    assert_eq!(office.shown(), before);
}
