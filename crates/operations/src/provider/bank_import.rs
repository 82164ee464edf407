//! The movements of a bank file go on record: each once, and none that contradicts one on record.

use super::matching::row_of;
use crate::error::OperationsError;
use counterfoil_base::{Date, DateRange, Finding, Position, add_days};
use counterfoil_remit::{BankEntry, MatchOptions, check_period};
use counterfoil_store::{BankRow, Transaction};
use rustc_hash::{FxHashMap, FxHashSet};

/// A statement begins at most this many days after the end of the one before it.
const STATEMENT_GAP_DAYS_MAX: i64 = 31;

/// What recording a bank file did.
#[derive(Clone, Debug, Default)]
pub struct RecordedBank {
    /// Movements that were not on record.
    pub new: usize,
    /// Movements that were on record.
    pub known: usize,
    /// Movements that contradict one on record, and files of another time.
    pub findings: Vec<Finding>,
}

/// Records the movements of a bank file.
///
/// A movement that is on record already is not recorded again, whichever file brings it;
/// movements that stand several times in one file are several movements. The bank's reference
/// names a movement: under the same reference, another amount, trace or check on the same day,
/// or the same amount on another day, is not a second movement. The first stands, and a finding
/// names both. (Several checks may share a deposit's reference: a file that repeats what is on
/// record may add to it.)
///
/// Nothing is recorded of a file that lies wholly outside the time of the 835s and statements on
/// record, unless `may_be_other_period` says that a person has looked.
pub fn record_bank_file(
    transaction: &Transaction<'_>,
    entries: &[BankEntry],
    may_be_other_period: bool,
) -> Result<RecordedBank, OperationsError> {
    let on_record = transaction.bank_entries()?;
    let mut recorded = RecordedBank::default();
    if !may_be_other_period && let Some(known) = known_period(transaction, &on_record)? {
        recorded.findings.extend(check_period(entries, known));
        if !recorded.findings.is_empty() {
            return Ok(recorded);
        }
    }
    let rows = numbered(entries);
    let known = Known::of(&on_record, &rows);
    for row in &rows {
        match known.contradicted_by(row).filter(|_| !known.keys.contains(row.entry_key.as_str())) {
            Some(first) => recorded.findings.push(contradiction(first, row)),
            None if transaction.insert_bank_entry(row)? => recorded.new += 1,
            None => recorded.known += 1,
        }
    }
    Ok(recorded)
}

/// The rows of a file; movements that nothing tells apart are numbered.
fn numbered(entries: &[BankEntry]) -> Vec<BankRow> {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    let number = |entry: &BankEntry| {
        let mut row = row_of(entry);
        // Two checks of one amount under one deposit slip are two movements of one file.
        let count = seen.entry(row.entry_key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            row.entry_key = format!("{}/{count}", row.entry_key);
            row.reference = format!("{}/{count}", row.reference);
        }
        row
    };
    entries.iter().map(number).collect()
}

/// From the first to the last day at which the bank can show what is on record; nothing when
/// nothing is on record.
fn known_period(
    transaction: &Transaction<'_>,
    on_record: &[BankRow],
) -> Result<Option<DateRange>, OperationsError> {
    let options = MatchOptions::default();
    let mut ranges: Vec<(Date, i64, i64)> = Vec::new();
    for remittance in transaction.remittances()? {
        // An 835 without a day of payment says nothing about the time.
        let Ok(day) = remittance.effective_on.parse::<Date>() else { continue };
        let late = if remittance.method == "CHK" {
            options.check_window_days
        } else {
            options.trace_window_days
        };
        ranges.push((day, options.trace_window_days, late));
    }
    for row in on_record {
        let day = row.posted_on.parse::<Date>();
        let day = day.map_err(|_| OperationsError::Unreadable("the day of a bank movement"))?;
        ranges.push((day, STATEMENT_GAP_DAYS_MAX, STATEMENT_GAP_DAYS_MAX));
    }
    let from = ranges.iter().map(|(day, early, _)| add_days(*day, -early).unwrap_or(Date::MIN));
    let to = ranges.iter().map(|(day, _, late)| add_days(*day, *late).unwrap_or(Date::MAX));
    Ok(from.min().zip(to.max()).map(|(from, to)| DateRange { from, to }))
}

/// What is on record, by the bank's references and by key.
struct Known<'a> {
    by_reference: FxHashMap<&'a str, Vec<&'a BankRow>>,
    keys: FxHashSet<&'a str>,
    /// Keys of the file: what it repeats, it does not contradict.
    repeated: FxHashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(on_record: &'a [BankRow], file: &'a [BankRow]) -> Known<'a> {
        let mut by_reference: FxHashMap<&str, Vec<&BankRow>> = FxHashMap::default();
        for row in on_record.iter().filter(|row| row.is_bank_reference) {
            by_reference.entry(row.reference.as_str()).or_default().push(row);
        }
        let keys = |rows: &'a [BankRow]| rows.iter().map(|row| row.entry_key.as_str()).collect();
        Known { by_reference, keys: keys(on_record), repeated: keys(file) }
    }

    /// The movement on record that a row of the file says differently. A return may carry the
    /// reference of its payment, and a bank may use a number again for another amount.
    fn contradicted_by(&self, row: &BankRow) -> Option<&'a BankRow> {
        if !row.is_bank_reference {
            return None;
        }
        let rows = self.by_reference.get(row.reference.as_str())?;
        rows.iter().copied().find(|first| {
            let same_way = first.amount_cents.is_negative() == row.amount_cents.is_negative();
            let same_day = first.posted_on == row.posted_on;
            let is_repeated = self.repeated.contains(first.entry_key.as_str());
            same_way && !is_repeated && (same_day || first.amount_cents == row.amount_cents)
        })
    }
}

fn contradiction(first: &BankRow, row: &BankRow) -> Finding {
    let (reference, day, other) = (&row.reference, &first.posted_on, &row.posted_on);
    let (stands, says) = (first.amount_cents, row.amount_cents);
    let (code, message) = if day != other {
        let message = format!(
            "Bank reference {reference} stands with {stands} on {day}; this file has it on {other}."
        );
        ("BANK-reference-other-day", message)
    } else if stands == says {
        let message = format!(
            "Bank reference {reference} stands with {stands} on {day}; this file gives it another \
             trace or check number."
        );
        ("BANK-reference-other-trace", message)
    } else {
        let message = format!(
            "Bank reference {reference} stands with {stands} on {day}; this file says {says}."
        );
        ("BANK-reference-other-amount", message)
    };
    let fix = match day == other {
        true => "Ask the bank which is right; the movement of this file is not recorded.",
        false => {
            "Ask the bank which day is right; the movement of this file is not recorded. Where a \
             bank uses its numbers again, post its file without that column."
        }
    };
    let segment = Some(row.line);
    Finding::error(code, 7, message)
        .at(Position { segment, ..Position::default() })
        .because("A bank's reference names one movement; the first that came stands.")
        .fix(fix)
}
