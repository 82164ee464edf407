//! Reports over a ledger: the trial balance and the statement of one account.

use crate::account::Account;
use crate::entry::{Entry, Subject};
use counterfoil_base::{Cents, Date, Text};

/// One account of a trial balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialBalanceLine {
    /// The account.
    pub account: Account,
    /// All money that went in.
    pub debit_cents: Cents,
    /// All money that went out, as a positive amount.
    pub credit_cents: Cents,
    /// Debits less credits.
    pub balance_cents: Cents,
}

/// Every account with its debits and credits, in the order of the chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialBalance {
    /// One line an account.
    pub lines: Vec<TrialBalanceLine>,
}

impl TrialBalance {
    /// Debits less credits over all accounts, in cents; zero in every state of a book.
    #[must_use]
    pub fn total_cents(&self) -> i128 {
        self.lines.iter().map(|line| i128::from(line.balance_cents.0)).sum()
    }
}

/// One posting of an account, with the balance after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Day on which the entry takes effect.
    pub effective_date: Date,
    /// Key of the entry.
    pub key: Text,
    /// Rule that made the entry.
    pub rule: Text,
    /// The entry's memo.
    pub memo: Text,
    /// What the posting is about.
    pub subject: Subject,
    /// Debits are positive.
    pub amount_cents: Cents,
    /// What the account stands at after this posting, in cents.
    pub balance_cents: i128,
}

/// The statement of an account over entries in their order; an account without a party takes
/// the postings of every party.
pub fn statement<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    account: &Account,
) -> Vec<StatementLine> {
    let mut balance_cents = 0i128;
    let mut lines = Vec::new();
    for entry in entries {
        for posting in &entry.postings {
            let same_party = account.party.is_empty() || posting.account.party == account.party;
            if posting.account.kind != account.kind || !same_party {
                continue;
            }
            balance_cents += i128::from(posting.amount_cents.0);
            lines.push(StatementLine {
                effective_date: entry.effective_date,
                key: entry.key.clone(),
                rule: entry.rule.clone(),
                memo: entry.memo.clone(),
                subject: posting.subject.clone(),
                amount_cents: posting.amount_cents,
                balance_cents,
            });
        }
    }
    lines
}
