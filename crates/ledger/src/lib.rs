//! Double-entry books for payer and provider with reversals instead of deletion.
//!
//! A business event becomes an [`Entry`] whose postings sum to zero; a [`Book`] takes entries
//! one at a time, refuses what does not balance, takes the same entry once however often it is
//! offered, and undoes only by a reversal that names what it reverses. A book is a fold over
//! its entries: replayed from the list it has the same balances and the same digest. Entries
//! are kept elsewhere; the book holds what is needed to judge the next one.
#![deny(clippy::float_arithmetic)]

mod account;
mod book;
mod entry;
mod error;
mod payer;
mod provider;
mod provider_adjustment;
mod statement;

pub use account::{Account, AccountClass, AccountKind, BookSide};
pub use book::{Book, Posted};
pub use entry::{Digest, Entry, EntryFacts, Posting, Subject, SubjectKind, Verdict, judge};
pub use error::LedgerError;
pub use payer::{PayerEvent, PaymentClaim};
pub use provider::{AdjustmentClass, ClaimPosting, ProviderEvent};
pub use provider_adjustment::{AdjustmentPurpose, BookedAdjustment};
pub use statement::{StatementLine, TrialBalance, TrialBalanceLine, statement};
