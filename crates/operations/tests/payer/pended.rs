//! What waits for a person can be decided, whatever has happened since.

use super::place::{Bill, Payer, SENDING, URGENT, VISIT};
use counterfoil_base::{Cents, Text};
use counterfoil_operations::payer::PersonVerdict;

const DAY: &str = "2025-01-06";

fn deny() -> PersonVerdict {
    PersonVerdict::Deny { reason_code: Text::const_new("18"), remark_code: Text::default() }
}

#[test]
fn a_claim_that_rules_would_return_by_now_can_be_denied() {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT]);
    let first = payer.number("EV-1");
    payer.take(DAY, &[Bill { frequency: '7', names: &first, ..URGENT }]);
    let waiting = payer.number("EV-2");
    assert!(payer.state("EV-2").starts_with("pended"));
    payer.take(
        DAY,
        &[Bill { number: "EV-3", charge: "160", frequency: '7', names: &first, ..VISIT }],
    );
    assert_eq!(payer.state("EV-3"), "approved: ");
    let refused = payer.decide(DAY, &waiting, PersonVerdict::Approve).unwrap_err().to_string();
    assert!(refused.contains("deny it"), "{refused}");
    payer.decide(DAY, &waiting, deny()).expect("it is denied");
    let row = payer.claim("EV-2");
    assert_eq!((row.update.state.word(), row.update.paid_cents), ("denied", Cents::ZERO));
    let run = payer.pay("2025-01-07");
    assert_eq!((run.total_cents(), run.payments[0].claims), (Cents(8_000), 2), "both are told");
    let advice = payer.newest("835");
    assert!(advice.contains("*200*0**") && advice.contains("CAS*CO*18*200"), "{advice}");
    // The provider is not left with a claim that nobody can end.
    payer.take(DAY, &[Bill { number: "EV-2", frequency: '8', names: &waiting, ..URGENT }]);
    assert!(payer.claims("EV-2").iter().all(|row| row.update.state.word() == "voided"));
}

#[test]
fn a_claim_whose_sender_is_named_in_other_separators_is_read_again() {
    let mut payer = Payer::new();
    let usual = String::from_utf8(SENDING.file(&[URGENT])).expect("it is text");
    let others: String = usual
        .chars()
        .map(|one| match one {
            '*' => '|',
            ':' => '>',
            '~' => '!',
            '^' => '{',
            other => other,
        })
        .collect();
    let named = others.replacen("ALDERBILLING   ", "A*^:~BILLING   ", 1);
    assert_ne!(named, others);
    payer.take_file(DAY, named.as_bytes()).expect("it is taken in");
    let number = payer.number("EV-2");
    assert!(payer.state("EV-2").starts_with("pended"), "{}", payer.state("EV-2"));
    payer.decide(DAY, &number, PersonVerdict::Approve).expect("its segments are read");
    assert_eq!(payer.claim("EV-2").update.paid_cents, Cents(10_000));
}

#[test]
fn a_claim_that_waits_is_approved_though_it_was_sent_again_meanwhile() {
    let mut payer = Payer::new();
    payer.take(DAY, &[URGENT]);
    let waiting = payer.number("EV-2");
    assert!(payer.state("EV-2").starts_with("pended"));
    // More often than a check looks at, and once under a number of its own.
    for number in ["EV-2"; 9].into_iter().chain(["EV-3"]) {
        payer.take(DAY, &[Bill { number, ..URGENT }]);
        let state = payer.state(number);
        assert_eq!(state, "denied: the same services were billed before (OA-18)", "{number}");
    }
    payer.decide(DAY, &waiting, PersonVerdict::Approve).expect("what was denied is no obstacle");
    assert_eq!(payer.claims("EV-2")[0].update.paid_cents, Cents(10_000));
    assert_eq!(payer.pay("2025-01-07").total_cents(), Cents(10_000), "it is paid once");
    payer.take(DAY, &[Bill { number: "EV-4", ..URGENT }]);
    assert!(payer.state("EV-4").starts_with("denied"), "{}", payer.state("EV-4"));
}
