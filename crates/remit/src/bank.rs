//! What a bank file says, whatever its format: entries and findings.

use crate::balance::is_too_large;
use crate::trace::{Trace, find_trace};
use counterfoil_base::{Cents, Date, DateRange, Finding, Position, Text, format_ccyymmdd};
use rustc_hash::FxHashMap;

/// One movement on the provider's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankEntry {
    /// The bank's reference, or one made of date, amount and trace (without a trace, of a digest
    /// of the bank's text) that is the same whenever the same file is read.
    pub reference: Text,
    /// True when the bank gave the reference.
    pub bank_gave_reference: bool,
    /// Day on which it was booked.
    pub date: Date,
    /// Money in is positive, money out negative.
    pub amount_cents: Cents,
    /// The TRN segment that the bank passed on.
    pub trace: Option<Trace>,
    /// Number of the check, for a deposited check.
    pub check_number: Text,
    /// The bank's text; may name people, so no finding quotes it.
    pub description: Text,
    /// True when the bank says that a payment came back.
    pub is_return: bool,
    /// 1-based line of the file.
    pub line: u64,
}

/// A bank file as read: what could be read, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankFile {
    /// Entries in the order of the file.
    pub entries: Vec<BankEntry>,
    /// What a person must know about the file.
    pub findings: Vec<Finding>,
    /// True when the file as a whole cannot be trusted: it is cut, or its control totals are
    /// not what was read. It then has no entries.
    pub is_refused: bool,
}

impl BankFile {
    /// An amount that no book holds.
    pub(crate) fn refuse_too_large(&mut self, line: u64) {
        let fix = "Correct the row; the movement is not recorded.";
        let message = "An amount is larger than any that can be booked.";
        self.refuse("BANK-amount-too-large", line, message, fix);
    }

    /// As [`BankFile::refuse`], for a defect after which nothing of the file may be booked.
    pub(crate) fn refuse_whole(&mut self, code: &'static str, line: u64, message: &str, fix: &str) {
        self.is_refused = true;
        self.refuse(code, line, message, fix);
    }

    pub(crate) fn refuse(&mut self, code: &'static str, line: u64, message: &str, fix: &str) {
        let position = Position { segment: Some(line), ..Position::default() };
        self.findings.push(
            Finding::error(code, 1, message)
                .at(position)
                .because("The bank file does not say what its format requires here.")
                .fix(fix),
        );
    }

    /// Takes the trace out of the description and gives references to entries without one.
    ///
    /// A file that is refused as a whole ends without entries, so that no reader can book them.
    pub(crate) fn finish(mut self) -> BankFile {
        if self.is_refused {
            self.entries.clear();
            let message = "Nothing of the bank file is recorded: it is not whole.";
            self.findings.push(
                Finding::error("BANK-file-refused", 7, message)
                    .because("A cut or altered file may show other movements than the bank made.")
                    .fix("Fetch the whole file from the bank again and post that one."),
            );
            return self;
        }
        let (sound, too_large): (Vec<_>, Vec<_>) =
            self.entries.drain(..).partition(|entry| !is_too_large(entry.amount_cents));
        self.entries = sound;
        for entry in too_large {
            self.refuse_too_large(entry.line);
        }
        let mut seen: FxHashMap<Text, u32> = FxHashMap::default();
        for entry in &mut self.entries {
            if entry.trace.is_none() {
                entry.trace = find_trace(&entry.description);
            }
            entry.is_return |= entry.amount_cents.is_negative() && entry.trace.is_some();
            if entry.bank_gave_reference {
                continue;
            }
            let number = entry.trace.as_ref().map_or("", |trace| trace.number.as_str());
            let day = format_ccyymmdd(entry.date);
            let mut made = format!("{day}/{}/{number}", entry.amount_cents);
            // Without a trace only the bank's text tells two movements of one day and amount
            // apart; its words stay out of the reference, because they may name people.
            if number.is_empty() && !entry.description.trim().is_empty() {
                made = format!("{made}{:016x}", words_digest(&entry.description));
            }
            let made = Text::from(made);
            let count = seen.entry(made.clone()).or_default();
            *count += 1;
            entry.reference = Text::from(format!("{made}/{count}"));
        }
        self
    }
}

/// FNV-1a over the words of a text, however they are spaced; the same on every machine.
fn words_digest(text: &str) -> u64 {
    let words = text.split_whitespace().flat_map(|word| word.bytes().chain([b' ']));
    words.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Names a file of which no entry lies in the period that is `known`: that of the 835s and of
/// the statements before it.
#[must_use]
pub fn check_period(entries: &[BankEntry], known: DateRange) -> Option<Finding> {
    let from = entries.iter().map(|entry| entry.date).min()?;
    let to = entries.iter().map(|entry| entry.date).max()?;
    if from <= known.to && known.from <= to {
        return None;
    }
    let message = format!(
        "Nothing of the bank file is recorded: its movements of {from} to {to} lie outside {} to \
         {}.",
        known.from, known.to
    );
    let finding = Finding::error("BANK-other-period", 7, message)
        .because(
            "The remittances and the statements on record are of another time: a wrong file shows \
             money that they do not explain.",
        )
        .fix("Name the right file; if this one is right, post it again with `--other-period`.");
    Some(finding)
}
