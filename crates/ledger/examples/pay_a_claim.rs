//! Books a claim from approval to payment on the payer's side, and takes one decision back.
//!
//! `cargo run -p counterfoil-ledger --example pay_a_claim`
#![allow(clippy::disallowed_macros)]

use counterfoil_base::{Cents, Date};
use counterfoil_ledger::{Book, PayerEvent, PaymentClaim, Verdict};

fn main() {
    let day = Date::new(2026, 3, 31).expect("a day of the calendar");
    let approved = PayerEvent::ClaimApproved {
        claim: "26000000042".into(),
        payee: "1234567893".into(),
        payable_cents: Cents(12_000),
        withheld_cents: Cents(500),
    };
    let issued = PayerEvent::PaymentIssued {
        trace: "T1001".into(),
        payee: "1234567893".into(),
        claims: vec![PaymentClaim { claim: "26000000042".into(), paid_cents: Cents(12_000) }],
        adjustments: Vec::new(),
        amount_cents: Cents(12_000),
    };
    let approval = approved.entry("claim:26000000042", day);
    let payment = issued.entry("payment:T1001", day);

    let mut book = Book::default();
    for entry in [&approval, &payment, &payment] {
        match book.post(entry) {
            Ok(Verdict::New) => println!("booked   {}", entry.key),
            Ok(Verdict::Known) => println!("known    {}: the books are unchanged", entry.key),
            Err(refusal) => println!("refused  {}: {refusal}", entry.key),
        }
    }
    show(&book);

    let reversal = approval.reversal("reversal:26000000042", day, "decided anew");
    match book.post(&reversal) {
        Ok(_) => println!("\nthe approval is taken back; the payment shows as owed by the payee"),
        Err(refusal) => println!("\nrefused  {refusal}"),
    }
    show(&book);
}

fn show(book: &Book) {
    for line in &book.trial_balance().lines {
        println!("{:>12}  {}", line.balance_cents.to_string(), line.account);
    }
}
