//! Matches a bank file to two 835s and says what became of each payment.
//!
//! `cargo run -p counterfoil-remit --example match_bank_file [FILE]`: FILE may be CSV, BAI2 or
//! NACHA; without it a small bank file is used in which one trace number was lost.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::{Party, PaymentHeader, RemittanceClaim};
use counterfoil_remit::{
    BankColumns, BankFile, ExpectedPayment, MatchOptions, RemittanceRequest, build_remittance,
    match_payments, read_bai2, read_bank_csv, read_nacha,
};

const BANK_FILE: &str = "\
Date,Amount,Description,Reference
2026-03-31,140.00,ACME HEALTH PLAN HCCLAIMPMT TRN*1*T1001*1512345678~,B1
2026-04-01,75.50,ACME HEALTH PLAN HCCLAIMPMT,B2
2026-04-01,20.00,COUNTER DEPOSIT,B3
";

fn expected(trace: &'static str, paid: i64) -> ExpectedPayment {
    let claim = RemittanceClaim {
        patient_control_number: Text::from(format!("claim of {trace}")),
        charge_cents: Cents(paid),
        paid_cents: Cents(paid),
        ..RemittanceClaim::default()
    };
    let built = build_remittance(RemittanceRequest {
        payment: PaymentHeader {
            method: Text::const_new("ACH"),
            trace_number: Text::const_new(trace),
            payer_identifier: Text::const_new("1512345678"),
            effective_date: Date::new(2026, 3, 31).ok(),
            ..PaymentHeader::default()
        },
        payer: Party { name: Text::const_new("Acme Health Plan"), ..Party::default() },
        claims: vec![claim],
        ..RemittanceRequest::default()
    });
    ExpectedPayment::of(&built.expect("the amounts above balance").advice, "ACME")
}

fn read(bytes: &[u8]) -> BankFile {
    match bytes {
        [b'0', b'1', b',', ..] => read_bai2(bytes),
        [b'1', b'0', b'1', ..] => read_nacha(bytes).bank_file(),
        _ => read_bank_csv(bytes, &BankColumns::default()),
    }
}

fn main() -> std::io::Result<()> {
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => BANK_FILE.as_bytes().to_vec(),
    };
    let bank = read(&bytes);
    for finding in &bank.findings {
        println!("{}: {} {}", finding.code, finding.message, finding.fix);
    }
    let remits = [expected("T1001", 14_000), expected("T1002", 7_550)];
    let report = match_payments(&remits, &bank.entries, MatchOptions::default());
    for outcome in &report.outcomes {
        let traces = outcome.remits.iter().map(|remit| remits[*remit].trace_number.as_str());
        let entries = outcome.entries.iter().map(|entry| bank.entries[*entry].reference.as_str());
        println!(
            "{}: 835 [{}], bank [{}], because {}",
            outcome.cause.word(),
            traces.collect::<Vec<_>>().join(" "),
            entries.collect::<Vec<_>>().join(" "),
            outcome.rule.sentence(),
        );
    }
    Ok(())
}
