//! Matching bank entries to 835s: named cases, and random months with known truth in which no
//! entry may ever be matched to an 835 that it does not pay.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_remit::{
    BankEntry, ExpectedPayment, MatchCause, MatchOptions, MatchReport, Trace, match_payments,
};
use proptest::prelude::*;

const PAYERS: [(&str, &str); 3] = [
    ("1512345678", "ACME HEALTH PLAN"),
    ("1598765432", "ACME HEALTH"),
    ("1577777777", "Blue River Mutual"),
];

fn day(day: i8) -> Date {
    Date::new(2026, 3, day).unwrap()
}

fn remit(trace: &str, payer: usize, cents: i64, due: i8) -> ExpectedPayment {
    ExpectedPayment {
        trace_number: Text::from(trace),
        payer_identifier: Text::from(PAYERS[payer].0),
        payer: Text::from(PAYERS[payer].0),
        payer_name: Text::from(PAYERS[payer].1),
        amount_cents: Cents(cents),
        effective_date: Some(day(due)),
        by_check: false,
        fingerprint: 0,
    }
}

fn entry(reference: &str, cents: i64, on: i8, text: &str) -> BankEntry {
    BankEntry {
        reference: Text::from(reference),
        bank_gave_reference: true,
        date: day(on),
        amount_cents: Cents(cents),
        trace: counterfoil_remit::find_trace(text),
        check_number: Text::default(),
        description: Text::from(text),
        is_return: cents < 0,
        line: 1,
    }
}

fn show(report: &MatchReport) -> Vec<String> {
    let outcomes = report.outcomes.iter();
    outcomes
        .map(|o| {
            format!("{} {:?} {:?} ({})", o.cause.word(), o.remits, o.entries, o.rule.sentence())
        })
        .collect()
}

fn check(remits: &[ExpectedPayment], entries: &[BankEntry], expected: &[&str]) {
    let report = match_payments(remits, entries, MatchOptions::default());
    assert_eq!(show(&report), expected);
}

const T1: &str = "ACME HEALTH PLAN TRN*1*T1*1512345678~";

#[test]
fn the_trace_decides_first() {
    let one = remit("T1", 0, 100, 10);
    let plain = "matched [0] [0] (trace number and payer agree)";
    check(std::slice::from_ref(&one), &[entry("a", 100, 11, T1)], &[plain]);
    check(
        std::slice::from_ref(&one),
        &[entry("a", 90, 11, T1)],
        &["amount differs [0] [0] (trace number and payer agree)"],
    );
    // A payment in parts, one part, and parts that are equal.
    check(
        std::slice::from_ref(&one),
        &[entry("a", 40, 11, T1), entry("b", 60, 11, T1)],
        &["matched [0] [0, 1] (trace number and payer agree)"],
    );
    check(
        std::slice::from_ref(&one),
        &[entry("a", 40, 11, T1), entry("b", 40, 11, T1)],
        &["partly matched [0] [0, 1] (trace number and payer agree)"],
    );
    // The same entry twice, by the bank's reference or without one.
    check(
        std::slice::from_ref(&one),
        &[entry("a", 100, 11, T1), entry("a", 100, 11, T1)],
        &[plain, "duplicate [] [1] (trace number and payer agree)"],
    );
    let mut unnamed = entry("", 100, 11, T1);
    unnamed.bank_gave_reference = false;
    check(
        std::slice::from_ref(&one),
        &[unnamed.clone(), unnamed],
        &[plain, "duplicate [] [1] (trace number and payer agree)"],
    );
    // The same 835 twice; two 835s under one trace.
    check(
        &[one.clone(), one.clone()],
        &[entry("a", 100, 11, T1)],
        &[plain, "duplicate [1] [] (trace number and payer agree)"],
    );
    let other = ExpectedPayment { amount_cents: Cents(50), fingerprint: 7, ..one.clone() };
    check(
        &[one.clone(), other],
        &[entry("a", 150, 11, T1)],
        &["matched [0, 1] [0] (trace number and payer agree)"],
    );
    // Another payer's payment under the same number.
    check(
        std::slice::from_ref(&one),
        &[entry("a", 100, 11, "TRN*1*T1*1598765432~")],
        &["unmatched remit [0] [] (nothing fits)", "unmatched bank [] [0] (nothing fits)"],
    );
    check(
        &[one, remit("T1", 2, 100, 10)],
        &[entry("a", 100, 11, "TRN*1*T1~")],
        &[
            "unmatched remit [0] [] (nothing fits)",
            "unmatched remit [1] [] (nothing fits)",
            "unmatched bank [] [0] (more than one fits; a person must choose)",
        ],
    );
}

#[test]
fn returns_checks_zero_payments_and_other_months_have_their_causes() {
    let one = remit("T1", 0, 100, 10);
    check(
        std::slice::from_ref(&one),
        &[entry("a", 100, 11, T1), entry("b", -100, 13, T1)],
        &["returned [0] [0, 1] (trace number and payer agree)"],
    );
    check(
        std::slice::from_ref(&one),
        &[entry("b", -100, 13, T1)],
        &["returned [0] [0] (trace number and payer agree)"],
    );
    check(
        std::slice::from_ref(&one),
        &[entry("a", 100, 11, T1), entry("b", -60, 13, T1)],
        &["amount differs [0] [0, 1] (trace number and payer agree)"],
    );
    let mut far = entry("a", 100, 1, T1);
    far.date = Date::new(2026, 5, 1).unwrap();
    check(
        std::slice::from_ref(&one),
        std::slice::from_ref(&far),
        &[
            "unmatched remit [0] [] (nothing fits)",
            "unmatched bank [] [0] (the trace agrees but the day is too far away)",
        ],
    );
    // A check may be cashed weeks later, by its number.
    let check_payment = ExpectedPayment { by_check: true, ..one };
    far.trace = None;
    far.check_number = Text::const_new("T1");
    check(&[check_payment], &[far], &["matched [0] [0] (trace number and payer agree)"]);
    check(&[remit("T1", 0, 0, 10)], &[], &["nothing to pay [0] [] (nothing fits)"]);
}

#[test]
fn without_a_trace_only_the_single_possible_answer_is_taken() {
    let lost = "ACH CREDIT ACME HEALTH PLAN HCCLAIMPMT";
    let (one, two) = (remit("T1", 0, 100, 10), remit("T2", 0, 100, 12));
    let pair = "matched [0] [0] (payer, amount and day agree and nothing else fits)";
    check(std::slice::from_ref(&one), &[entry("a", 100, 11, lost)], &[pair]);
    check(std::slice::from_ref(&one), &[entry("a", 100, 11, "ACH 1512345678")], &[pair]);
    let nothing = "unmatched remit [0] [] (nothing fits)";
    // A text that names no payer, another payer, or two payers says nothing.
    let payers = [one.clone(), remit("T8", 1, 999, 28), remit("T9", 2, 999, 28)];
    for text in ["ACH CREDIT", "ACME HEALTH", "ACME HEALTH PLAN / BLUE RIVER MUTUAL"] {
        let bank = [entry("a", 100, 11, text)];
        let report = match_payments(&payers, &bank, MatchOptions::default());
        assert_eq!(report.outcomes[0].cause, MatchCause::UnmatchedRemit, "{text}");
    }
    check(
        std::slice::from_ref(&one),
        &[entry("a", 100, 20, lost)],
        &[nothing, "unmatched bank [] [0] (nothing fits)"],
    );
    let report = match_payments(
        &[one.clone(), two.clone()],
        &[entry("a", 100, 11, lost)],
        MatchOptions::default(),
    );
    assert_eq!(report.outcomes.len(), 3, "two 835s fit one entry: a person must choose");
    // In parts, together, and when a part could also be a whole.
    check(
        std::slice::from_ref(&one),
        &[entry("a", 30, 11, lost), entry("b", 70, 11, lost)],
        &["matched [0] [0, 1] (the day's entries of this payer add up to one 835)"],
    );
    check(
        &[one.clone(), remit("T3", 0, 70, 10)],
        &[entry("a", 170, 11, lost)],
        &["matched [0, 1] [0] (the day's 835s of this payer add up to one entry)"],
    );
    let report = match_payments(
        &[one, remit("T3", 0, 70, 10)],
        &[entry("a", 30, 11, lost), entry("b", 70, 11, lost)],
        MatchOptions::default(),
    );
    assert!(report.outcomes.iter().all(|o| o.cause != MatchCause::Matched));
}

/// How a payment reaches the bank.
#[derive(Clone, Copy, Debug)]
enum Delivery {
    Plain,
    LostTrace,
    LostTraceAndPayer,
    WrongAmount,
    Split,
    SplitLostTrace,
    Missing,
    Repeated,
    Returned,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    use Delivery::{
        LostTrace, LostTraceAndPayer, Missing, Plain, Repeated, Returned, Split, SplitLostTrace,
        WrongAmount,
    };
    prop_oneof![
        4 => Just(Plain),
        2 => Just(LostTrace),
        1 => Just(LostTraceAndPayer),
        1 => Just(WrongAmount),
        1 => Just(Split),
        1 => Just(SplitLostTrace),
        1 => Just(Missing),
        1 => Just(Repeated),
        1 => Just(Returned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 400,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_entry_is_matched_to_a_payment_that_it_is_not(
        month in prop::collection::vec((0usize..3, 1i64..6, 1i8..24, 0i8..3, delivery()), 1..40)
    ) {
        let (mut remits, mut entries, mut truth) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (payer, hundreds, due, lag, delivery)) in month.iter().enumerate() {
            let cents = hundreds * 100;
            let number = format!("T{index}");
            remits.push(remit(&number, *payer, cents, *due));
            let mut trace = Trace::default();
            (trace.number, trace.payer_identifier) = (number.into(), PAYERS[*payer].0.into());
            let traced = format!("{} {}", PAYERS[*payer].1, trace.segment());
            let named = format!("CREDIT {}", PAYERS[*payer].1);
            let (traced, named) = (traced.as_str(), named.as_str());
            let parts: Vec<(i64, &str)> = match delivery {
                Delivery::Plain => vec![(cents, traced)],
                Delivery::LostTrace => vec![(cents, named)],
                Delivery::LostTraceAndPayer => vec![(cents, "CREDIT")],
                Delivery::WrongAmount => vec![(cents - 1, traced)],
                Delivery::Split => vec![(cents - 50, traced), (50, traced)],
                Delivery::SplitLostTrace => vec![(cents - 50, named), (50, named)],
                Delivery::Missing => vec![],
                Delivery::Repeated => vec![(cents, traced), (cents, traced)],
                Delivery::Returned => vec![(cents, traced), (-cents, traced)],
            };
            let repeated = matches!(delivery, Delivery::Repeated);
            for (part, (cents, text)) in parts.iter().enumerate() {
                let part = if repeated { 0 } else { part };
                entries.push(entry(&format!("{index}/{part}"), *cents, due + lag, text));
                truth.push(index);
            }
        }
        let report = match_payments(&remits, &entries, MatchOptions::default());

        let mut remits_seen = vec![0; remits.len()];
        let mut entries_seen = vec![0; entries.len()];
        for outcome in &report.outcomes {
            outcome.remits.iter().for_each(|r| remits_seen[*r] += 1);
            outcome.entries.iter().for_each(|e| entries_seen[*e] += 1);
            if outcome.cause != MatchCause::Duplicate {
                for entry in outcome.entries.iter().filter(|_| !outcome.remits.is_empty()) {
                    prop_assert!(outcome.remits.contains(&truth[*entry]), "{:?}", outcome);
                }
            }
            if outcome.cause == MatchCause::Matched {
                prop_assert_eq!(outcome.difference_cents(), 0);
            }
        }
        prop_assert!(remits_seen.iter().chain(&entries_seen).all(|seen| *seen == 1));
        for (index, (.., delivery)) in month.iter().enumerate() {
            let outcome = report.outcomes.iter().find(|o| o.remits.contains(&index)).unwrap();
            let cause = match delivery {
                Delivery::Plain | Delivery::Split | Delivery::Repeated => MatchCause::Matched,
                Delivery::WrongAmount => MatchCause::AmountDiffers,
                Delivery::Returned => MatchCause::Returned,
                Delivery::LostTraceAndPayer | Delivery::Missing => MatchCause::UnmatchedRemit,
                // Matched or left to a person, according to what else lies near.
                Delivery::LostTrace | Delivery::SplitLostTrace => outcome.cause,
            };
            prop_assert_eq!(outcome.cause, cause, "{:?}", delivery);
        }
    }
}
