//! The books: accounts, entries and what moved between them.

use super::Target;
use crate::figure::Figure;
use counterfoil_base::Date;

/// An account of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Code by which it is addressed, opaque where it is split by party.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Asset, liability, income or expense.
    pub class: String,
    /// How deep it lies in the tree, 0 at the top.
    pub depth: u8,
    /// Sum of debits.
    pub debits: Figure,
    /// Sum of credits.
    pub credits: Figure,
    /// Balance, positive on the side on which the account grows.
    pub balance: Figure,
}

/// All accounts, and the proof that they balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsView {
    /// Accounts in the order of the tree.
    pub accounts: Vec<AccountRow>,
    /// Debits minus credits of all accounts: zero, or something is wrong.
    pub trial_balance: Figure,
    /// What moved from account to account, largest first.
    pub flows: Vec<Flow>,
}

/// Money that moved from one account to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Name of the account that was credited.
    pub from: String,
    /// Name of the account that was debited.
    pub to: String,
    /// How much.
    pub amount: Figure,
}

/// An entry in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Opaque id.
    pub id: String,
    /// Day of the books.
    pub day: Date,
    /// What it records.
    pub what: String,
    /// What caused it.
    pub cause: Option<(String, Target)>,
    /// Sum of its debits, which is the sum of its credits.
    pub amount: Figure,
    /// The entry that reverses it.
    pub reversed_by: Option<String>,
    /// The entry that it reverses.
    pub reverses: Option<String>,
}

/// An entry with its postings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// Its line in the list.
    pub row: EntryRow,
    /// Its postings.
    pub postings: Vec<Posting>,
    /// Digest of the entry, in hexadecimal.
    pub digest: String,
}

/// One side of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Code of the account.
    pub account: String,
    /// Name of the account.
    pub name: String,
    /// Debit, when it is one.
    pub debit: Option<Figure>,
    /// Credit, when it is one.
    pub credit: Option<Figure>,
}
