//! The outcomes of matching as entries of the provider's ledger.

use crate::bank::BankEntry;
use crate::expected::ExpectedPayment;
use crate::matching::{MatchCause, MatchOutcome, MatchReport};
use counterfoil_base::{Cents, Text};
use counterfoil_ledger::{Entry, ProviderEvent};

/// The entries that book a bank file and its matches.
///
/// Every entry that is not a duplicate moves the cash account, so that the ledger's cash is the
/// bank's: as unapplied cash, or out of the payment that was returned. Matched money is
/// applied to the payments that it pays, in their order, and partly matched money to its one
/// payment; a return makes the
/// payment expected again. Money whose amount differs stays unapplied until a person decides.
#[must_use]
pub fn cash_entries(
    report: &MatchReport,
    remits: &[ExpectedPayment],
    entries: &[BankEntry],
) -> Vec<Entry> {
    let mut book = Vec::new();
    for outcome in &report.outcomes {
        if outcome.cause == MatchCause::Duplicate {
            continue;
        }
        for bank in outcome.entries.iter().filter_map(|index| entries.get(*index)) {
            // The entry of a return takes the money out of the bank itself.
            let booked_by_return =
                is_return_of_credit(outcome, entries) && bank.amount_cents.is_negative();
            if !bank.amount_cents.is_zero() && !booked_by_return {
                let event = ProviderEvent::CashReceived {
                    bank_entry: bank.reference.clone(),
                    amount_cents: bank.amount_cents,
                };
                book.push(event.entry(&key("received", bank, 0), bank.date));
            }
        }
        use MatchCause::{Matched, PartlyMatched, Returned};
        // A part of several payments under one trace says not which of them it pays.
        let one = outcome.cause == PartlyMatched && outcome.remits.len() == 1;
        let returned = outcome.cause == Returned && is_return_of_credit(outcome, entries);
        if one || outcome.cause == Matched || returned {
            apply(outcome, remits, entries, &mut book);
        }
    }
    book
}

/// True when the payment that the bank took back was applied before. One that was not (its
/// deposit has no trace, or came before these books) is expected already: the return then
/// takes back what lies in unapplied cash.
fn is_return_of_credit(outcome: &MatchOutcome, entries: &[BankEntry]) -> bool {
    let mut of_outcome = outcome.entries.iter().filter_map(|index| entries.get(*index));
    outcome.cause == MatchCause::Returned && of_outcome.any(|bank| bank.amount_cents > Cents::ZERO)
}

/// The same for the same bank entry, whichever file brought it; it holds all that tells two
/// entries apart in the matching.
fn key(what: &str, bank: &BankEntry, part: usize) -> String {
    let trace = bank.trace.as_ref().map_or("", |trace| trace.number.as_str());
    let BankEntry { date, amount_cents, reference, check_number, .. } = bank;
    format!("bank/{date}/{amount_cents}/{reference}/{trace}/{check_number}/{what}/{part}")
}

/// Applies credits to payments, and takes returns out of them, each in its order.
fn apply(
    outcome: &MatchOutcome,
    remits: &[ExpectedPayment],
    entries: &[BankEntry],
    book: &mut Vec<Entry>,
) {
    for credits in [true, false] {
        let mut open: Vec<(&ExpectedPayment, Cents)> = outcome
            .remits
            .iter()
            .filter_map(|index| remits.get(*index))
            .map(|remit| (remit, remit.amount_cents))
            .collect();
        for bank in outcome.entries.iter().filter_map(|index| entries.get(*index)) {
            if (bank.amount_cents > Cents::ZERO) != credits {
                continue;
            }
            let mut left = bank.amount_cents.abs();
            for (part, (remit, due)) in open.iter_mut().enumerate() {
                let amount_cents = left.min(*due);
                if amount_cents.is_zero() {
                    continue;
                }
                left -= amount_cents;
                *due -= amount_cents;
                let event = movement(credits, remit, &bank.reference, amount_cents);
                let what = if credits { "matched" } else { "returned" };
                book.push(event.entry(&key(what, bank, part), bank.date));
            }
        }
    }
}

fn movement(
    credits: bool,
    remit: &ExpectedPayment,
    bank_entry: &Text,
    amount_cents: Cents,
) -> ProviderEvent {
    let (payer, trace) = (remit.payer.clone(), remit.trace_number.clone());
    let bank_entry = bank_entry.clone();
    if credits {
        ProviderEvent::CashMatched { payer, trace, bank_entry, amount_cents }
    } else {
        ProviderEvent::PaymentReturned { payer, trace, bank_entry, amount_cents }
    }
}
