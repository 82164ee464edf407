//! A payment run carries what was decided by its day; what was decided later waits alone.

use super::place::{Bill, NPI, OTHER_NPI, Payer, SENDING, Sending, URGENT, VISIT};
use counterfoil_base::Cents;
use counterfoil_operations::payer::{PaymentRun, PersonVerdict};

const DAY: &str = "2025-01-06";
const LATER: &str = "2062-01-05";
const MAY: &str = "2025-05-05";

fn waiting(run: &PaymentRun) -> Vec<&str> {
    run.findings.iter().map(|one| one.message.as_str()).collect()
}

#[test]
fn a_claim_that_was_decided_later_keeps_nobody_from_their_money() {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT, URGENT]);
    let number = payer.number("EV-2");
    payer.decide(LATER, &number, PersonVerdict::Approve).expect("it is approved");
    let run = payer.pay("2025-01-07");
    assert_eq!(run.total_cents(), Cents(7_500), "the visit is paid");
    let said = format!("Claim {number} waits: it was decided on {LATER}, after 2025-01-07.");
    assert_eq!(waiting(&run), [said]);
    let run = payer.pay(LATER);
    assert_eq!((run.total_cents(), waiting(&run)), (Cents(10_000), Vec::new()));
}

/// Claims are due in the order of the payer's numbers, which follow from the provider's.
#[test]
fn what_is_paid_is_marked_wherever_the_later_claim_stands_in_the_order() {
    let mut is_before = Vec::new();
    for urgent in ["EV-2", "EV-4", "EV-5", "EV-6", "EV-7", "EV-8"] {
        let mut payer = Payer::new();
        payer.take(DAY, &[VISIT, Bill { number: urgent, ..URGENT }]);
        let number = payer.number(urgent);
        is_before.push(number < payer.number("EV-1"));
        payer.decide(LATER, &number, PersonVerdict::Approve).expect("it is approved");
        assert_eq!(payer.pay("2025-01-07").total_cents(), Cents(7_500));
        assert_eq!(payer.state("EV-1"), "paid: ");
        assert!(payer.state(urgent).starts_with("approved: "), "{}", payer.state(urgent));
        assert_eq!(payer.pay("2025-01-08").total_cents(), Cents(0), "the visit is paid once");
    }
    is_before.sort_unstable();
    assert_eq!((is_before.first(), is_before.last()), (Some(&false), Some(&true)), "both orders");
}

#[test]
fn what_a_later_decision_takes_back_waits_with_it() {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT]);
    assert_eq!(payer.pay("2025-01-07").total_cents(), Cents(7_500));
    let names = payer.number("EV-1");
    payer.take(
        MAY,
        &[Bill { number: "EV-3", charge: "160", frequency: '7', names: &names, ..VISIT }],
    );
    assert_eq!(payer.state("EV-3"), "approved: ");
    let early = payer.pay("2025-01-08");
    assert_eq!(early.payments, [], "neither the reversal nor its correction");
    assert_eq!(early.findings.len(), 1);
    let run = payer.pay(MAY);
    assert_eq!((run.total_cents(), run.payments[0].claims), (Cents(500), 2));
}

#[test]
fn a_run_for_some_payees_pays_nobody_else() {
    let mut payer = Payer::new();
    payer.take(DAY, &[VISIT]);
    let other = Bill { number: "EV-9", day: "20250103", ..VISIT };
    let file = Sending { control: 77, npi: OTHER_NPI, ..SENDING }.file(&[other]);
    payer.take_file(DAY, &file).expect("it is taken in");
    let paid = |run: &PaymentRun| -> Vec<String> {
        run.payments.iter().map(|one| one.payee.payee_key.clone()).collect()
    };
    assert_eq!(paid(&payer.pay_one(DAY, OTHER_NPI)), [OTHER_NPI]);
    assert_eq!(paid(&payer.pay_one(DAY, OTHER_NPI)), [""; 0], "once");
    assert_eq!(paid(&payer.pay(DAY)), [NPI]);
}
