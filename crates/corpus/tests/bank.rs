//! The truth of bank files against the readers and the matching of the remit crate.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_corpus::{BankConfig, BankTruth, Disturbance, Payment, bank_files};
use counterfoil_remit::{
    BankColumns, BankEntry, ExpectedPayment, MatchCause, MatchOptions, match_payments, read_bai2,
    read_bank_csv,
};

fn payments() -> Vec<Payment> {
    let payment = |index: i64| Payment {
        trace: format!("FX{index:08}"),
        payer: "1840000001".to_owned(),
        amount: Cents(50_000 + index * 37 + index % 11),
        on: Date::constant(2025, 7, 1 + (index % 28) as i8),
    };
    (0..4_000).map(payment).collect()
}

fn expected(payment: &Payment, index: usize) -> ExpectedPayment {
    ExpectedPayment {
        trace_number: Text::from(payment.trace.as_str()),
        payer_identifier: Text::from(payment.payer.as_str()),
        payer: Text::from("FOX01"),
        payer_name: Text::from("FOXGLOVE HEALTH PLAN"),
        amount_cents: payment.amount,
        effective_date: Some(payment.on),
        by_check: false,
        fingerprint: index as u64,
    }
}

/// The outcomes of a payment's 835 that its truth allows.
fn allowed(truth: &BankTruth) -> &'static [MatchCause] {
    match truth.disturbance {
        Disturbance::None | Disturbance::Split | Disturbance::OtherMonth => &[MatchCause::Matched],
        // Without a trace the amount decides, and two that fit are left to a person.
        Disturbance::LostTrace => &[MatchCause::Matched, MatchCause::UnmatchedRemit],
        Disturbance::WrongAmount => &[MatchCause::AmountDiffers],
        Disturbance::Duplicate => &[MatchCause::Matched, MatchCause::AmountDiffers],
        Disturbance::Returned => &[MatchCause::Returned],
    }
}

fn check(entries: &[BankEntry], payments: &[Payment], truths: &[BankTruth]) {
    let remits: Vec<ExpectedPayment> =
        payments.iter().enumerate().map(|(index, one)| expected(one, index)).collect();
    let report = match_payments(&remits, entries, MatchOptions::default());
    let mut seen = vec![0; remits.len()];
    for outcome in &report.outcomes {
        for &remit in &outcome.remits {
            seen[remit] += 1;
            let truth = &truths[remit];
            assert!(allowed(truth).contains(&outcome.cause), "{truth:?} {outcome:?}");
            if outcome.cause == MatchCause::Matched {
                assert_eq!(outcome.remits.len(), 1, "{truth:?}");
                assert_eq!(outcome.bank_cents, i128::from(truth.announced.0), "{truth:?}");
            }
        }
    }
    assert!(seen.iter().all(|&times| times == 1), "each 835 ends in one outcome");
}

#[test]
fn both_formats_say_the_same_and_matching_finds_every_disturbance() {
    let payments = payments();
    let config = BankConfig {
        seed: 5,
        lost_trace: 100,
        wrong_amount: 100,
        split: 100,
        duplicate: 50,
        returned: 50,
        other_month: 50,
    };
    let files = bank_files(&payments, config, Date::constant(2025, 7, 31));
    let csv = read_bank_csv(&files.csv, &BankColumns::default());
    let bai2 = read_bai2(&files.bai2);
    assert_eq!((&csv.findings[..], &bai2.findings[..]), (&[][..], &[][..]));
    let facts = |entries: &[BankEntry]| -> Vec<_> {
        let fact = |entry: &BankEntry| (entry.date, entry.amount_cents, entry.reference.clone());
        entries.iter().map(fact).collect()
    };
    assert!(facts(&csv.entries) == facts(&bai2.entries), "the same entries in both formats");
    check(&csv.entries, &payments, &files.truths);
    check(&bai2.entries, &payments, &files.truths);
}
