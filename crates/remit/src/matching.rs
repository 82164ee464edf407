//! Matching bank entries to 835s: by trace first, then by payer, amount and day, else never.
//!
//! Every 835 and every bank entry ends in exactly one outcome. Where two answers are possible
//! none is taken: an open item costs a look, a wrong match costs money. Work is bounded by
//! hashing and sorting; nothing compares every 835 with every entry.

use crate::bank::BankEntry;
use crate::expected::ExpectedPayment;
use crate::payers::Payers;
use counterfoil_base::days_between;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Why items stand together, or alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchCause {
    /// The money announced is the money received.
    Matched,
    /// Several entries or 835s share a trace, and less arrived than was announced.
    PartlyMatched,
    /// The trace agrees and the amount does not.
    AmountDiffers,
    /// In the bank, not explained by any 835.
    UnmatchedBank,
    /// Announced by an 835, not seen in the bank.
    UnmatchedRemit,
    /// The same 835 or the same bank entry a second time.
    Duplicate,
    /// Paid, and taken back by the bank; or only the taking back is in this file.
    Returned,
    /// The 835 pays nothing, so no entry is expected.
    NothingToPay,
}

impl MatchCause {
    /// The word that commands and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            MatchCause::Matched => "matched",
            MatchCause::PartlyMatched => "partly matched",
            MatchCause::AmountDiffers => "amount differs",
            MatchCause::UnmatchedBank => "unmatched bank",
            MatchCause::UnmatchedRemit => "unmatched remit",
            MatchCause::Duplicate => "duplicate",
            MatchCause::Returned => "returned",
            MatchCause::NothingToPay => "nothing to pay",
        }
    }
}

/// What the outcome rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchRule {
    /// TRN02 and TRN03 agree, or the check number does.
    Trace,
    /// Payer, amount and day agree, and nothing else could.
    PayerAmountDay,
    /// All entries of one payer and day add up to one 835, and nothing else could.
    PayerDaySplit,
    /// All 835s of one payer and day add up to one entry, and nothing else could.
    PayerDayDeposit,
    /// Trace, amount or payer fit more than one: a person must choose.
    Ambiguous,
    /// The trace agrees but the day is too far away.
    DayTooFar,
    /// Nothing fits.
    Nothing,
}

impl MatchRule {
    /// The sentence that reports show beside the outcome.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            MatchRule::Trace => "trace number and payer agree",
            MatchRule::PayerAmountDay => "payer, amount and day agree and nothing else fits",
            MatchRule::PayerDaySplit => "the day's entries of this payer add up to one 835",
            MatchRule::PayerDayDeposit => "the day's 835s of this payer add up to one entry",
            MatchRule::Ambiguous => "more than one fits; a person must choose",
            MatchRule::DayTooFar => "the trace agrees but the day is too far away",
            MatchRule::Nothing => "nothing fits",
        }
    }
}

/// How far apart things may lie and still belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchOptions {
    /// Days between BPR16 and the bank when payer and amount must decide (CORE 370: three
    /// business days, which span at most five days).
    pub window_days: i64,
    /// Days between BPR16 and the bank when the trace decides.
    pub trace_window_days: i64,
    /// Days after BPR16 within which a check is cashed.
    pub check_window_days: i64,
}

impl Default for MatchOptions {
    fn default() -> MatchOptions {
        MatchOptions { window_days: 5, trace_window_days: 21, check_window_days: 180 }
    }
}

/// One outcome: the 835s and entries that belong together, by their positions in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchOutcome {
    /// Why they stand together.
    pub cause: MatchCause,
    /// What it rests on.
    pub rule: MatchRule,
    /// Positions of 835s, ascending.
    pub remits: Vec<usize>,
    /// Positions of bank entries, ascending.
    pub entries: Vec<usize>,
    /// Sum of BPR02.
    pub remit_cents: i128,
    /// Sum of the entries.
    pub bank_cents: i128,
}

impl MatchOutcome {
    /// What arrived less what was announced, in cents.
    #[must_use]
    pub fn difference_cents(&self) -> i128 {
        self.bank_cents - self.remit_cents
    }
}

/// Every outcome, and totals by cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchReport {
    /// In the order of the first 835, then of the first entry.
    pub outcomes: Vec<MatchOutcome>,
}

impl MatchReport {
    /// Number of outcomes, 835 cents and bank cents by cause.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<MatchCause, (usize, i128, i128)> {
        let mut totals = BTreeMap::new();
        for outcome in &self.outcomes {
            let row: &mut (usize, i128, i128) = totals.entry(outcome.cause).or_default();
            row.0 += 1;
            row.1 += outcome.remit_cents;
            row.2 += outcome.bank_cents;
        }
        totals
    }
}

/// Matches bank entries to the payments that 835s announce.
#[must_use]
pub fn match_payments(
    remits: &[ExpectedPayment],
    entries: &[BankEntry],
    options: MatchOptions,
) -> MatchReport {
    let mut matcher = Matcher {
        remits,
        entries,
        options,
        payers: Payers::of(remits),
        remit_done: vec![false; remits.len()],
        entry_done: vec![false; entries.len()],
        remit_note: vec![MatchRule::Nothing; remits.len()],
        entry_note: vec![MatchRule::Nothing; entries.len()],
        outcomes: Vec::new(),
    };
    matcher.nothing_to_pay();
    matcher.duplicate_remits();
    matcher.duplicate_entries();
    matcher.by_trace();
    matcher.by_payer();
    matcher.leftovers();
    let mut outcomes = matcher.outcomes;
    let order = |o: &MatchOutcome| {
        let first = |positions: &[usize]| positions.first().copied().unwrap_or(usize::MAX);
        (first(&o.remits), first(&o.entries))
    };
    outcomes.sort_by_key(order);
    MatchReport { outcomes }
}

pub(crate) struct Matcher<'a> {
    pub(crate) remits: &'a [ExpectedPayment],
    pub(crate) entries: &'a [BankEntry],
    pub(crate) options: MatchOptions,
    pub(crate) payers: Payers,
    remit_done: Vec<bool>,
    entry_done: Vec<bool>,
    pub(crate) remit_note: Vec<MatchRule>,
    pub(crate) entry_note: Vec<MatchRule>,
    outcomes: Vec<MatchOutcome>,
}

/// 835s and entries under one trace number of one payer.
#[derive(Default)]
struct TraceGroup {
    remits: Vec<usize>,
    credits: Vec<usize>,
    returns: Vec<usize>,
}

impl<'a> Matcher<'a> {
    pub(crate) fn settle(
        &mut self,
        (cause, rule): (MatchCause, MatchRule),
        mut remits: Vec<usize>,
        mut entries: Vec<usize>,
    ) {
        remits.sort_unstable();
        entries.sort_unstable();
        remits.iter().for_each(|remit| self.remit_done[*remit] = true);
        entries.iter().for_each(|entry| self.entry_done[*entry] = true);
        let (remit_cents, bank_cents) = (self.remit_sum(&remits), self.entry_sum(&entries));
        let outcome = MatchOutcome { cause, rule, remits, entries, remit_cents, bank_cents };
        self.outcomes.push(outcome);
    }

    pub(crate) fn remit_sum(&self, remits: &[usize]) -> i128 {
        remits.iter().map(|remit| i128::from(self.remits[*remit].amount_cents.0)).sum()
    }

    pub(crate) fn entry_sum(&self, entries: &[usize]) -> i128 {
        entries.iter().map(|entry| i128::from(self.entries[*entry].amount_cents.0)).sum()
    }

    pub(crate) fn open_remits(&self) -> Vec<usize> {
        (0..self.remits.len()).filter(|remit| !self.remit_done[*remit]).collect()
    }

    pub(crate) fn open_entries(&self) -> Vec<usize> {
        (0..self.entries.len()).filter(|entry| !self.entry_done[*entry]).collect()
    }

    fn nothing_to_pay(&mut self) {
        for remit in self.open_remits() {
            if self.remits[remit].amount_cents.is_zero() {
                let outcome = (MatchCause::NothingToPay, MatchRule::Nothing);
                self.settle(outcome, vec![remit], Vec::new());
            }
        }
    }

    /// The same 835 again: same payer, trace, amount, day and claims.
    fn duplicate_remits(&mut self) {
        let remits = self.remits;
        let mut seen = FxHashSet::default();
        for remit in self.open_remits() {
            let r = &remits[remit];
            let trace = (&r.payer_identifier, &r.trace_number);
            if !seen.insert((trace, r.amount_cents, r.effective_date, r.fingerprint)) {
                self.settle((MatchCause::Duplicate, MatchRule::Trace), vec![remit], Vec::new());
            }
        }
    }

    /// The same bank entry again: same reference of the bank, day, amount and trace.
    fn duplicate_entries(&mut self) {
        let entries = self.entries;
        let mut seen = FxHashSet::default();
        for entry in self.open_entries() {
            let e = &entries[entry];
            let same = (&e.reference, e.date, e.amount_cents, &e.trace, &e.check_number);
            if e.bank_gave_reference && !seen.insert(same) {
                self.settle((MatchCause::Duplicate, MatchRule::Trace), Vec::new(), vec![entry]);
            }
        }
    }

    fn by_trace(&mut self) {
        let remits = self.remits;
        let mut groups: BTreeMap<(&str, &str), TraceGroup> = BTreeMap::new();
        // Payers that use a trace number; none when it is used by more than one.
        let mut users: FxHashMap<&str, Option<&str>> = FxHashMap::default();
        for remit in self.open_remits() {
            let r = &remits[remit];
            let (trace, payer) = (r.trace_number.as_str(), r.payer_identifier.as_str());
            if trace.is_empty() {
                continue;
            }
            groups.entry((trace, payer)).or_default().remits.push(remit);
            let user = users.entry(trace).or_insert(Some(payer));
            if *user != Some(payer) {
                *user = None;
            }
        }
        for entry in self.open_entries() {
            let Some(key) = self.group_of(entry, &users, &groups) else { continue };
            let Some(group) = groups.get_mut(&key) else { continue };
            if !self.day_fits(group.remits[0], entry) {
                self.entry_note[entry] = MatchRule::DayTooFar;
            } else if self.entries[entry].amount_cents.is_negative() {
                group.returns.push(entry);
            } else {
                group.credits.push(entry);
            }
        }
        for (_, group) in groups {
            if !group.credits.is_empty() || !group.returns.is_empty() {
                self.settle_group(group);
            }
        }
    }

    /// The trace group that an entry belongs to, when its trace or check number says so.
    ///
    /// A number that several payers use needs the payer beside it.
    fn group_of(
        &mut self,
        entry: usize,
        users: &FxHashMap<&'a str, Option<&'a str>>,
        groups: &BTreeMap<(&'a str, &'a str), TraceGroup>,
    ) -> Option<(&'a str, &'a str)> {
        let entries = self.entries;
        let e = &entries[entry];
        let (number, payer) = match &e.trace {
            Some(trace) => (trace.number.as_str(), trace.payer_identifier.as_str()),
            None if !e.check_number.is_empty() => (e.check_number.as_str(), ""),
            None => return None,
        };
        let (trace, user) = users.get_key_value(number)?;
        match (user, payer) {
            (Some(user), "") => Some((trace, user)),
            (None, "") => {
                self.entry_note[entry] = MatchRule::Ambiguous;
                None
            }
            _ => groups.get_key_value(&(number, payer)).map(|(key, _)| *key),
        }
    }

    fn day_fits(&self, remit: usize, entry: usize) -> bool {
        let remit = &self.remits[remit];
        let Some(day) = remit.effective_date else { return true };
        let (early, late) = if remit.by_check {
            (self.options.window_days, self.options.check_window_days)
        } else {
            (self.options.trace_window_days, self.options.trace_window_days)
        };
        let days = days_between(day, self.entries[entry].date);
        -early <= days && days <= late
    }

    fn settle_group(&mut self, mut group: TraceGroup) {
        let announced = self.remit_sum(&group.remits);
        // The same amount, day and text twice without a bank reference may be one entry copied;
        // it is a copy when only the smaller sum is the one announced.
        if self.entry_sum(&group.credits) > announced {
            let copies = self.copies(&group.credits);
            let kept: Vec<usize> =
                group.credits.iter().copied().filter(|entry| !copies.contains(entry)).collect();
            if !copies.is_empty() && self.entry_sum(&kept) == announced {
                group.credits = kept;
                self.settle((MatchCause::Duplicate, MatchRule::Trace), Vec::new(), copies);
            }
        }
        let received = self.entry_sum(&group.credits);
        let returned = -self.entry_sum(&group.returns);
        let several = group.credits.len() > 1 || group.remits.len() > 1;
        let cause = if !group.returns.is_empty() {
            let whole = returned == announced && (received == announced || received == 0);
            if whole { MatchCause::Returned } else { MatchCause::AmountDiffers }
        } else if received == announced {
            MatchCause::Matched
        } else if several && received < announced {
            MatchCause::PartlyMatched
        } else {
            MatchCause::AmountDiffers
        };
        group.credits.extend(group.returns);
        self.settle((cause, MatchRule::Trace), group.remits, group.credits);
    }

    /// Entries that repeat an earlier one of the list in everything but the line.
    fn copies(&self, entries: &[usize]) -> Vec<usize> {
        let mut seen = FxHashSet::default();
        let mut copies = entries.to_vec();
        copies.retain(|entry| {
            let e = &self.entries[*entry];
            !e.bank_gave_reference && !seen.insert((e.date, e.amount_cents, &e.description))
        });
        copies
    }

    fn leftovers(&mut self) {
        for remit in self.open_remits() {
            let outcome = (MatchCause::UnmatchedRemit, self.remit_note[remit]);
            self.settle(outcome, vec![remit], Vec::new());
        }
        for entry in self.open_entries() {
            let outcome = (MatchCause::UnmatchedBank, self.entry_note[entry]);
            self.settle(outcome, Vec::new(), vec![entry]);
        }
    }
}
