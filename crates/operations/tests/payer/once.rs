//! A service is paid once, and only to claims that are for this payer.

use super::place::{Bill, Payer, VISIT};
use counterfoil_base::Cents;

const DAY: &str = "2025-01-06";

/// What a second claim comes to after a visit that was approved.
fn second(bill: Bill<'_>) -> String {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT]);
    assert_eq!(payer.state("EV-1"), "approved: ");
    let first = payer.number("EV-1");
    let names = if bill.names.is_empty() { "" } else { &first };
    payer.take(DAY, &[Bill { number: "EV-9", names, ..bill }]);
    payer.state("EV-9")
}

#[test]
fn a_service_is_paid_once_however_it_is_billed_again() {
    for (what, again) in [
        ("as it was", VISIT),
        ("an original claim with REF F8", Bill { names: "the first", ..VISIT }),
        ("another way to write the name", Bill { first_name: "Ada", ..VISIT }),
        ("another name", Bill { first_name: "ADAH", ..VISIT }),
        ("another identifier of the payer", Bill { payer: "990000001", ..VISIT }),
        ("a period of one day", Bill { day: "20250102-20250102", ..VISIT }),
    ] {
        let state = second(again);
        assert_eq!(state, "denied: the same services were billed before (OA-18)", "{what}");
    }
    let other = second(Bill { day: "20250103", ..VISIT });
    assert_eq!(other, "approved: ", "another day is another service");
}

#[test]
fn a_claim_that_names_another_payer_is_returned() {
    let mut payer = Payer::new();
    let run = payer.take(
        DAY,
        &[
            Bill { payer: "84129", ..VISIT },
            Bill { number: "EV-3", payer: "fox01", day: "20250103", ..VISIT },
        ],
    );
    assert_eq!(payer.state("EV-1"), "rejected: The claim names another payer than this one");
    assert_eq!(payer.state("EV-3"), "approved: ");
    let (code, words) = &run.refused[0].reasons[0];
    assert_eq!(
        (code.as_str(), words.as_str()),
        ("A3:116", "The claim names another payer than this one.")
    );
    let answer = payer.newest("277CA");
    assert!(answer.contains("STC*A3:116*"), "{answer}");
    assert_eq!(payer.pay("2025-01-07").total_cents(), Cents(7_500), "EV-3 alone");
}
