//! The bank's movements are recorded, matched to the 835s that announce them, and booked.

use super::telling;
use crate::error::OperationsError;
use counterfoil_base::{Cents, Date, Phi, Text};
use counterfoil_ledger::{Digest, Entry};
use counterfoil_remit::{
    BankEntry, ExpectedPayment, MatchOptions, MatchReport, Trace, cash_entries, match_payments,
};
use counterfoil_store::{BankRow, RemittanceRow, Transaction};
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

/// Matches every movement and every 835 on record, and books what follows.
///
/// The whole record is matched each time, so that the books follow from what is known and not
/// from the order in which it came: what an earlier match booked and no longer holds (a return
/// came, or another payment that fits as well) is reversed.
pub fn match_bank(transaction: &Transaction<'_>) -> Result<MatchedBank, OperationsError> {
    let (matched, remit_rows, bank_rows) = read_match(transaction)?;
    let MatchedBank { report, remits, entries } = &matched;
    book_cash(transaction, cash_entries(report, remits, entries))?;
    note_outcomes(transaction, report, &remit_rows, &bank_rows)?;
    Ok(matched)
}

/// Matches every movement and every 835 on record and books nothing: what [`match_bank`] gives.
pub fn matched_bank(transaction: &Transaction<'_>) -> Result<MatchedBank, OperationsError> {
    Ok(read_match(transaction)?.0)
}

/// The match with the rows that it was made of, in the order of its positions.
fn read_match(
    transaction: &Transaction<'_>,
) -> Result<(MatchedBank, Vec<RemittanceRow>, Vec<BankRow>), OperationsError> {
    let remit_rows = transaction.remittances()?;
    let bank_rows = transaction.bank_entries()?;
    let remits: Vec<_> = remit_rows.iter().map(awaited).collect();
    let entries: Vec<_> = bank_rows.iter().map(movement).collect::<Result<_, _>>()?;
    let report = match_payments(&remits, &entries, MatchOptions::default());
    Ok((MatchedBank { report, remits, entries }, remit_rows, bank_rows))
}

/// Brings the entries about the bank to what the match asks for.
fn book_cash(transaction: &Transaction<'_>, wanted: Vec<Entry>) -> Result<(), OperationsError> {
    let mut standing: BTreeMap<String, (String, Digest)> = BTreeMap::new();
    for (key, digest) in transaction.standing_bank_entries()? {
        standing.insert(first_key(&key).to_owned(), (key, digest));
    }
    let mut new = Vec::new();
    for entry in wanted {
        let Some((key, digest)) = standing.get(entry.key.as_str()) else {
            new.push(entry);
            continue;
        };
        let as_booked = Entry { key: Text::from(key), ..entry.clone() };
        if as_booked.facts().content == *digest {
            standing.remove(entry.key.as_str());
        } else {
            new.push(entry);
        }
    }
    for (key, _) in standing.into_values() {
        if let Some(entry) = transaction.entry(&key)? {
            let undone = format!("{key}/undone");
            let reversal = entry.reversal(&undone, entry.effective_date, "no longer the match");
            transaction.post(&reversal)?;
        }
    }
    for entry in new {
        let (mut key, mut number) = (entry.key.clone(), 1);
        while transaction.is_booked(&key)? {
            number += 1;
            key = Text::from(format!("{}#{number}", entry.key));
        }
        transaction.post(&Entry { key, ..entry })?;
    }
    Ok(())
}

/// The key of an entry without the number that tells its bookings apart.
fn first_key(key: &str) -> &str {
    let last = key.rfind('/').map_or(0, |slash| slash + 1);
    let number = key.get(last..).and_then(|part| part.find('#'));
    number.and_then(|at| key.get(..last + at)).unwrap_or(key)
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
        let first_entry = outcome.entries.first().and_then(|index| entries.get(*index));
        let received_on = first_entry.and_then(|entry| entry.posted_on.parse::<Date>().ok());
        for row in outcome.remits.iter().filter_map(|index| remits.get(*index)) {
            if let ("matched", Some(day)) = (word, received_on) {
                telling::matched(transaction, row, day)?;
            }
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

pub(super) fn row_of(entry: &BankEntry) -> BankRow {
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
