//! Re-association of 100,000 835s with 100,000 bank entries, in which one trace in a hundred is
//! lost, one amount in a hundred is wrong and one payment in a hundred is split.
//!
//! `cargo bench -p counterfoil-remit --bench matching`; prints figures, judges nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::{Cents, Date, Text, add_days};
use counterfoil_remit::{
    BankEntry, ExpectedPayment, MatchOptions, Trace, cash_entries, match_payments,
};
use std::time::Instant;

const COUNT: usize = 100_000;

fn remit(index: usize, same_payer: bool) -> ExpectedPayment {
    let payer = if same_payer { 0 } else { index % 200 };
    let first = Date::new(2026, 1, 1).expect("a real day");
    ExpectedPayment {
        trace_number: Text::from(format!("T{index}")),
        payer_identifier: Text::from(format!("1{:09}", 500_000_000 + payer)),
        payer: Text::from(format!("P{payer}")),
        payer_name: Text::from(format!("HEALTH PLAN {payer}")),
        amount_cents: Cents(if same_payer {
            10_000
        } else {
            1_000 + (index as i64 * 7_919) % 900_000
        }),
        effective_date: add_days(first, if same_payer { 0 } else { index as i64 % 28 }),
        by_check: false,
        fingerprint: index as u64,
    }
}

fn deliver(index: usize, remit: &ExpectedPayment, trace_lost: bool) -> Vec<BankEntry> {
    let trace = (!trace_lost).then(|| Trace {
        number: remit.trace_number.clone(),
        payer_identifier: remit.payer_identifier.clone(),
        supplement: Text::default(),
    });
    let entry = |part: usize, amount_cents| BankEntry {
        reference: Text::from(format!("B{index}/{part}")),
        bank_gave_reference: true,
        date: remit.effective_date.expect("every payment has its day"),
        amount_cents,
        trace: trace.clone(),
        check_number: Text::default(),
        description: Text::from(format!("{} HCCLAIMPMT", remit.payer_name)),
        is_return: false,
        line: index as u64,
    };
    match index % 100 {
        2 => vec![entry(0, remit.amount_cents - Cents(1))],
        3 => vec![entry(0, remit.amount_cents - Cents(500)), entry(1, Cents(500))],
        _ => vec![entry(0, remit.amount_cents)],
    }
}

fn run(name: &str, same_payer: bool, lost: impl Fn(usize) -> bool) {
    let remits: Vec<ExpectedPayment> = (0..COUNT).map(|index| remit(index, same_payer)).collect();
    let entries: Vec<BankEntry> = remits
        .iter()
        .enumerate()
        .flat_map(|(index, remit)| deliver(index, remit, lost(index)))
        .collect();
    let start = Instant::now();
    let report = match_payments(&remits, &entries, MatchOptions::default());
    let matching = start.elapsed();
    let start = Instant::now();
    let book = cash_entries(&report, &remits, &entries).len();
    println!("{name}: {} 835s, {} entries", remits.len(), entries.len());
    println!("  matching {matching:.2?}, {book} ledger entries {:.2?}", start.elapsed());
    for (cause, (count, _, _)) in report.totals() {
        println!("  {}: {count}", cause.word());
    }
}

fn main() {
    run("a usual month", false, |index| index % 100 == 1);
    run("every trace lost", false, |_| true);
    run("every trace lost, one payer, one day, one amount", true, |_| true);
}
