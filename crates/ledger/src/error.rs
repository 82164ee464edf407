//! Why a book refuses an entry; a refused entry leaves the book as it was.

use counterfoil_base::{Cents, Finding, Text};

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An entry needs a key by which a second offer of it is recognized.
    #[error("the entry has no idempotency key")]
    KeyMissing,
    /// No posting, or a posting of nothing.
    #[error("entry {key} moves no money")]
    NoPostings {
        /// Key of the entry.
        key: Text,
    },
    /// Debits and credits differ.
    #[error("entry {key} does not balance: debits exceed credits by {difference_cents}")]
    Unbalanced {
        /// Key of the entry.
        key: Text,
        /// Debits less credits.
        difference_cents: Cents,
    },
    /// A posting's account belongs to the other side's books.
    #[error("entry {key} posts to both the payer's and the provider's books")]
    MixedSides {
        /// Key of the entry.
        key: Text,
    },
    /// An amount or balance leaves the range of money.
    #[error("entry {key} holds an amount too large to book")]
    TooLarge {
        /// Key of the entry.
        key: Text,
    },
    /// The key is known with other content.
    #[error("entry {key} is already in the book with other content")]
    KeyReused {
        /// Key of the entry.
        key: Text,
    },
    /// A reversal names an entry that the book does not have.
    #[error("entry {key} reverses {original}, which is not in the book")]
    OriginalUnknown {
        /// Key of the reversal.
        key: Text,
        /// Key that it names.
        original: Text,
    },
    /// A reversal names an entry that is itself a reversal or already reversed.
    #[error("entry {key} reverses {original}, which was already reversed or is a reversal")]
    AlreadyReversed {
        /// Key of the reversal.
        key: Text,
        /// Key that it names.
        original: Text,
    },
    /// A reversal is not the exact mirror of what it reverses.
    #[error("entry {key} is not the exact mirror of {original}")]
    NotAMirror {
        /// Key of the reversal.
        key: Text,
        /// Key that it names.
        original: Text,
    },
}

impl LedgerError {
    /// The refusal as data for the person who must act on it.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (code, fix) = match self {
            LedgerError::KeyMissing => ("LEDGER-key-missing", "Give the entry a key of its own."),
            LedgerError::NoPostings { .. } => {
                ("LEDGER-no-postings", "Leave the entry out, or add its amounts.")
            }
            LedgerError::Unbalanced { .. } => {
                ("LEDGER-unbalanced", "Correct the amounts so that debits equal credits.")
            }
            LedgerError::MixedSides { .. } => {
                ("LEDGER-mixed-sides", "Split the event into one entry for each side's book.")
            }
            LedgerError::TooLarge { .. } => {
                ("LEDGER-too-large", "Check the amount at its source before booking it.")
            }
            LedgerError::KeyReused { .. } => {
                ("LEDGER-key-reused", "Reverse the earlier entry, then book under a new key.")
            }
            LedgerError::OriginalUnknown { .. } => {
                ("LEDGER-original-unknown", "Book the original first, or correct the key.")
            }
            LedgerError::AlreadyReversed { .. } => {
                ("LEDGER-already-reversed", "Book a new entry instead of a second reversal.")
            }
            LedgerError::NotAMirror { .. } => {
                ("LEDGER-not-a-mirror", "Reverse the whole entry, then book the correct one.")
            }
        };
        Finding::error(code, 7, format!("The book refuses it: {self}."))
            .because("A book takes only whole, balanced entries, each once.")
            .fix(fix)
    }
}
