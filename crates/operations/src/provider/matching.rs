//! The bank's movements are recorded, matched to the 835s that announce them, and booked.

use crate::error::OperationsError;
use counterfoil_base::{Cents, Date, Phi, Text};
use counterfoil_remit::{
    BankEntry, ExpectedPayment, MatchCause, MatchOptions, MatchOutcome, MatchReport, MatchRule,
    Trace, cash_entries, match_payments,
};
use counterfoil_store::{BankRow, RemittanceRow, Transaction};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// The match of everything on record, with what was matched.
#[derive(Clone, Debug)]
pub struct MatchedBank {
    /// Every 835 and movement in exactly one outcome.
    pub report: MatchReport,
    /// The 835s, by the positions that outcomes name.
    pub remits: Vec<ExpectedPayment>,
    /// The movements, by the positions that outcomes name.
    pub entries: Vec<BankEntry>,
}

/// Records the movements of a bank file; gives how many were new. A movement that is on record
/// already is not recorded again, whichever file brings it; movements that stand several times
/// in one file are several movements.
pub fn record_bank_file(
    transaction: &Transaction<'_>,
    entries: &[BankEntry],
) -> Result<usize, OperationsError> {
    let mut new = 0;
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for entry in entries {
        let mut row = row_of(entry);
        // Two checks of one amount under one deposit slip are two movements of one file.
        let count = seen.entry(row.entry_key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            row.entry_key = format!("{}/{count}", row.entry_key);
            row.reference = format!("{}/{count}", row.reference);
        }
        new += usize::from(transaction.insert_bank_entry(&row)?);
    }
    Ok(new)
}

/// Matches every movement and every 835 on record, and books what the match settles.
///
/// What is matched stays matched, since it is booked: only open items are matched again, so that
/// money that came before its 835 is matched when the 835 arrives. A payment whose trace a new
/// movement names (a return, another part) is looked at again with it.
pub fn match_bank(transaction: &Transaction<'_>) -> Result<MatchedBank, OperationsError> {
    let remit_rows = transaction.remittances()?;
    let bank_rows = transaction.bank_entries()?;
    let remits: Vec<_> = remit_rows.iter().map(awaited).collect();
    let entries: Vec<_> = bank_rows.iter().map(movement).collect::<Result<_, _>>()?;
    let report = match_open(&remit_rows, &bank_rows, &remits, &entries);
    for entry in cash_entries(&report, &remits, &entries) {
        transaction.post(&entry)?;
    }
    note_outcomes(transaction, &report, &remit_rows, &bank_rows)?;
    Ok(MatchedBank { report, remits, entries })
}

/// Settled outcomes as they stand, and the match of everything that is open.
fn match_open(
    remit_rows: &[RemittanceRow],
    bank_rows: &[BankRow],
    remits: &[ExpectedPayment],
    entries: &[BankEntry],
) -> MatchReport {
    let word = MatchCause::Matched.word();
    let named_again: FxHashSet<&str> = bank_rows
        .iter()
        .filter(|row| row.match_outcome != word)
        .map(|row| row.trace_number.as_str())
        .filter(|trace| !trace.is_empty())
        .collect();
    let is_settled = |outcome: &str, trace: &str| outcome == word && !named_again.contains(trace);
    let mut settled: BTreeMap<&str, MatchOutcome> = BTreeMap::new();
    let (mut open_remits, mut open_entries) = (Vec::new(), Vec::new());
    for (index, row) in remit_rows.iter().enumerate() {
        if is_settled(&row.match_outcome, &row.settled_trace) {
            let outcome = settled.entry(&row.settled_trace).or_insert_with(nothing_yet);
            outcome.remits.push(index);
            outcome.remit_cents += i128::from(row.amount_cents.0);
        } else {
            open_remits.push(index);
        }
    }
    for (index, row) in bank_rows.iter().enumerate() {
        if is_settled(&row.match_outcome, &row.matched_trace) {
            let outcome = settled.entry(&row.matched_trace).or_insert_with(nothing_yet);
            outcome.entries.push(index);
            outcome.bank_cents += i128::from(row.amount_cents.0);
        } else {
            open_entries.push(index);
        }
    }
    let some_remits: Vec<_> = open_remits.iter().map(|index| remits[*index].clone()).collect();
    let some_entries: Vec<_> = open_entries.iter().map(|index| entries[*index].clone()).collect();
    let mut report = match_payments(&some_remits, &some_entries, MatchOptions::default());
    for outcome in &mut report.outcomes {
        outcome.remits.iter_mut().for_each(|index| *index = open_remits[*index]);
        outcome.entries.iter_mut().for_each(|index| *index = open_entries[*index]);
    }
    report.outcomes.extend(settled.into_values());
    report
}

fn nothing_yet() -> MatchOutcome {
    MatchOutcome {
        cause: MatchCause::Matched,
        rule: MatchRule::Settled,
        remits: Vec::new(),
        entries: Vec::new(),
        remit_cents: 0,
        bank_cents: 0,
    }
}

fn note_outcomes(
    transaction: &Transaction<'_>,
    report: &MatchReport,
    remits: &[RemittanceRow],
    entries: &[BankRow],
) -> Result<(), OperationsError> {
    for outcome in &report.outcomes {
        let word = outcome.cause.word();
        let first = outcome.remits.first().and_then(|index| remits.get(*index));
        for row in outcome.remits.iter().filter_map(|index| remits.get(*index)) {
            let matched_cents = match word {
                "matched" => row.amount_cents,
                _ => Cents::ZERO,
            };
            let settled_trace = first.map_or_else(String::new, |row| row.trace_number.clone());
            if row.match_outcome != word || row.matched_cents != matched_cents {
                let match_outcome = word.to_owned();
                let row =
                    RemittanceRow { match_outcome, matched_cents, settled_trace, ..row.clone() };
                transaction.set_remittance_match(&row)?;
            }
        }
        for row in outcome.entries.iter().filter_map(|index| entries.get(*index)) {
            let matched_trace = first.map_or_else(String::new, |row| row.trace_number.clone());
            if row.match_outcome != word || row.matched_trace != matched_trace {
                let match_outcome = word.to_owned();
                transaction.set_bank_match(&BankRow {
                    match_outcome,
                    matched_trace,
                    ..row.clone()
                })?;
            }
        }
    }
    Ok(())
}

fn awaited(row: &RemittanceRow) -> ExpectedPayment {
    ExpectedPayment {
        trace_number: Text::from(&row.trace_number),
        payer_identifier: Text::from(&row.payer_identifier),
        payer: Text::from(&row.payer_id),
        payer_name: Text::from(&row.payer_name),
        amount_cents: row.amount_cents,
        effective_date: row.effective_on.parse::<Date>().ok(),
        by_check: row.method == "CHK",
        fingerprint: row.fingerprint,
    }
}

fn row_of(entry: &BankEntry) -> BankRow {
    let trace = entry.trace.clone().unwrap_or_default();
    let BankEntry { date, amount_cents, reference, check_number, .. } = entry;
    BankRow {
        entry_key: format!("{date}/{amount_cents}/{reference}/{}/{check_number}", trace.number),
        reference: reference.to_string(),
        is_bank_reference: entry.bank_gave_reference,
        posted_on: date.to_string(),
        amount_cents: *amount_cents,
        trace_number: trace.number.to_string(),
        payer_identifier: trace.payer_identifier.to_string(),
        check_number: check_number.to_string(),
        is_return: entry.is_return,
        line: entry.line,
        description: Phi::new(entry.description.to_string()),
        match_outcome: "open".to_owned(),
        matched_trace: String::new(),
    }
}

fn movement(row: &BankRow) -> Result<BankEntry, OperationsError> {
    let date = row.posted_on.parse::<Date>();
    let trace = Trace {
        number: Text::from(&row.trace_number),
        payer_identifier: Text::from(&row.payer_identifier),
        ..Trace::default()
    };
    Ok(BankEntry {
        reference: Text::from(&row.reference),
        bank_gave_reference: row.is_bank_reference,
        date: date.map_err(|_| OperationsError::Unreadable("the day of a bank movement"))?,
        amount_cents: row.amount_cents,
        trace: (!row.trace_number.is_empty()).then_some(trace),
        check_number: Text::from(&row.check_number),
        description: Text::from(row.description.expose().as_str()),
        is_return: row.is_return,
        line: row.line,
    })
}
