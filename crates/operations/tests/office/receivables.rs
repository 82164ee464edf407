//! A receivable is one provider's, and follows the corrections of its claim.

use super::place::{ELM, OAK, Office, PAYER, answer, claim, claim_to, day, remittance};
use counterfoil_operations::provider::Billed;
use counterfoil_remit::ClaimDisposition;

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
    let posted = office.post(&pays("T2", vec![first.reversal(), second]));
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
    office.post(&pays("T2", vec![first.reversal(), answer("P1", "K2", 4_000, 0)]));
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
            office.post(&pays("T2", vec![first.reversal(), answer("X", "K9", 9_000, 0)]));
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
        office.post(&pays("T2", vec![first.reversal(), answer("P2", "K2", 16_000, 0)]));
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
    let mut reversal = first.reversal();
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

/// The same with the payer's own identifier in N1 PR.
fn pays_as(
    payer: &str,
    trace: &str,
    claims: Vec<counterfoil_claim::RemittanceClaim>,
) -> counterfoil_claim::RemittanceAdvice {
    let mut advice = pays(trace, claims);
    advice.payer.id = payer.into();
    advice
}

fn codes(posted: &counterfoil_operations::provider::PostedRemittance) -> Vec<String> {
    posted.posting.findings.iter().map(|one| one.code.to_string()).collect()
}

#[test]
fn a_claim_that_went_to_the_wrong_payer_is_billed_to_the_right_one() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
    let denied = answer("P1", "K1", 10_000, 10_000);
    office.post(&pays_as(PAYER, "T1", vec![denied]));
    office.bill(&claim(OAK, "P1", "8", 10_000, "K1"), "b");
    let right = claim_to("OTH01", (OAK, "P1"), "1", 10_000, "");
    let billed = office.bill(&right, "c");
    assert_eq!(billed, Billed::NewPayer);
    let said = billed.finding(&right).map(|finding| finding.code.to_string());
    assert_eq!(said.as_deref(), Some("OPS-7-booked-for-another-payer"));
    let posted = office.post(&pays_as("OTH01", "T2", vec![answer("P1", "K2", 10_000, 2_000)]));
    assert_eq!((codes(&posted), posted.payer_id.as_str()), (vec![], "OTH01"));
    assert_eq!(
        office.states(),
        [
            "P1/1 1234567893 withdrawn 100.00 = 0.00 + 100.00",
            "P1/2 1234567893 taken back 0.00 = 0.00 + 0.00",
            "P1/3 1234567893 paid 100.00 = 80.00 + 20.00",
        ]
    );
}

#[test]
fn each_payer_of_a_claim_answers_its_own_receivable_in_any_order() {
    let primary = || pays_as(PAYER, "T1", vec![answer("P1", "K1", 10_000, 2_000)]);
    let secondary = || {
        let mut second = answer("P1", "K2", 10_000, 8_000);
        second.status_code = "2".into();
        pays_as("GAP01", "T2", vec![second])
    };
    let to_second = || claim_to("GAP01", (OAK, "P1"), "1", 10_000, "");
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut office = Office::new();
        office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
        for step in order {
            match step {
                0 => assert_eq!(office.post(&primary()).payer_id, PAYER),
                1 => assert_eq!(office.post(&secondary()).payer_id, "GAP01"),
                _ => assert_eq!(office.bill(&to_second(), "b"), Billed::NewPayer),
            }
        }
        assert_eq!(office.bill(&to_second(), "c"), Billed::Before);
        ends.push((office.balances(), office.states()));
    }
    assert_eq!(
        ends[0].1,
        [
            "P1/1 1234567893 paid 100.00 = 80.00 + 20.00",
            "P1/2 1234567893 paid 100.00 = 20.00 + 80.00",
        ]
    );
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[test]
fn one_claim_with_another_payer_does_not_name_the_payer_of_the_835() {
    let mut office = Office::new();
    office.bill(&claim_to("FOX99", (OAK, "P1"), "1", 10_000, ""), "a");
    let mut claims = vec![answer("P1", "K1", 10_000, 0)];
    for number in ["P2", "P3", "P4"] {
        office.bill(&claim(OAK, number, "1", 10_000, ""), "a");
        claims.push(answer(number, number, 10_000, 0));
    }
    // By its own identifier, and without one by what most claims were billed to.
    for (payer, trace) in [(PAYER, "T1"), ("", "T2")] {
        let posted = office.post(&pays_as(payer, trace, claims.clone()));
        assert_eq!(posted.payer_id, PAYER);
        assert!(codes(&posted).contains(&"OPS-7-answer-of-another-payer".to_owned()));
    }
    let states = office.states();
    assert!(states[0].contains(" billed ") && states[1].contains(" paid "), "{states:?}");
}

#[test]
fn an_835_that_names_its_payer_otherwise_says_so() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
    let posted = office.post(&pays_as("84-X", "T1", vec![answer("P1", "K1", 10_000, 0)]));
    assert_eq!(posted.payer_id, PAYER);
    assert_eq!(codes(&posted), ["OPS-7-payer-named-otherwise"]);
    assert!(office.states()[0].contains(" paid "));
}

#[test]
fn a_reversal_and_its_correction_on_one_day_need_no_order_of_traces() {
    for (reversed, corrected) in [("9001", "10002"), ("0001", "0002"), ("B", "A")] {
        for first in [reversed, corrected] {
            let mut office = Office::new();
            office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
            let early = answer("P1", "K1", 10_000, 2_000);
            let (paid, _) = remittance((OAK, "5", day(4)), vec![early.clone()], Vec::new());
            office.post(&paid);
            let other = answer("Y", "KY", 9_000, 0);
            let taken = pays(reversed, vec![early.reversal(), other]);
            let again = pays(corrected, vec![answer("P1", "K2", 10_000, 1_000)]);
            let all = if first == reversed { [taken, again] } else { [again, taken] };
            let said: Vec<Vec<String>> = all.iter().map(|one| codes(&office.post(one))).collect();
            let waited = first == corrected;
            let explained = "OPS-7-answer-explained".to_owned();
            assert_eq!(said[1].contains(&explained), waited, "{said:?}");
            assert_eq!(office.states(), ["P1/1 1234567893 paid 100.00 = 90.00 + 10.00"]);
            let balances = office.balances();
            assert_eq!(balances["provider.unidentified_payments/FOX01"], -9_000, "{balances:?}");
        }
    }
}

#[test]
fn a_claim_without_a_charge_is_not_taken_back() {
    let mut office = Office::new();
    office.bill(&claim(OAK, "P1", "1", 0, ""), "a");
    assert_eq!(office.states(), ["P1/1 1234567893 billed 0.00 = 0.00 + 0.00"]);
    assert_eq!(office.report().claims, 0);
    office.bill(&claim(OAK, "P1", "8", 0, ""), "b");
    assert!(office.states().iter().all(|state| state.contains(" taken back ")));
}

#[test]
fn movements_without_a_reference_are_told_apart_by_their_text_and_recorded_once() {
    let mut office = Office::new();
    for (rows, bank_cents) in [
        ("2026-03-10,100.00,ACH AETNA CLAIMS,\n", 10_000),
        ("2026-03-10,100.00,ACH CIGNA CLAIMS,\n", 20_000),
        ("2026-03-10,100.00,ACH CIGNA CLAIMS,\n", 20_000),
        // Two equal rows of one file are two movements, however often the file comes.
        ("2026-03-10,100.00,ACH CIGNA CLAIMS,\n2026-03-10,100.00,ACH CIGNA CLAIMS,\n", 30_000),
        ("2026-03-10,100.00,ACH CIGNA CLAIMS,\n2026-03-10,100.00,ACH CIGNA CLAIMS,\n", 30_000),
    ] {
        assert_eq!(office.bank(rows).bank_cents, bank_cents, "{rows}");
    }
}
