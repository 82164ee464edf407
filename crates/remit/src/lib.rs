//! 835 building and balancing, CCD+ files, bank files, matching and posting.
//!
//! The payer builds a remittance advice ([`build_remittance`]) and the credit entries that pay
//! it ([`write_ccd_plus`]). The provider reads its bank's file ([`read_bank_csv`],
//! [`read_bai2`], [`read_nacha`]), matches it to the 835s ([`match_payments`]), posts both to
//! its ledger ([`post_remittance`], [`cash_entries`]) and explains every cent
//! ([`reconcile`]). All of it is pure: bytes and dates come in, values and findings go out.
#![deny(clippy::float_arithmetic)]

mod account;
mod bai2;
mod balance;
mod bank;
mod bank_csv;
mod build;
mod cash;
mod classify;
mod expected;
mod matching;
mod matching_by_payer;
mod nacha_read;
mod nacha_write;
mod payers;
mod post;
mod reconcile;
mod trace;

pub use account::{BilledCharge, ClaimAccount, ClaimAnswer, TakenAnswer};
pub use bai2::read_bai2;
pub use balance::{AMOUNT_CENTS_MAX, check_balance};
pub use bank::{BankEntry, BankFile, check_period};
pub use bank_csv::{BankColumns, read_bank_csv};
pub use build::{BuiltRemittance, RemittanceRequest, build_remittance, check_traces};
pub use cash::cash_entries;
pub use classify::PostingRules;
pub use expected::ExpectedPayment;
pub use matching::{
    MatchCause, MatchOptions, MatchOutcome, MatchReport, MatchRule, match_payments,
};
pub use nacha_read::{NachaAddenda, NachaBatch, NachaEntry, NachaFile, read_nacha};
pub use nacha_write::{CcdOrigin, CcdPayment, write_ccd_plus};
pub use post::{
    AnsweredClaim, BookReceivables, ClaimDisposition, ExpectedClaim, ExpectedLine, PostedClaim,
    Receivables, RemittancePosting, Variance, key_base, post_remittance, take_back_purpose,
};
pub use reconcile::{Reconciliation, ReconciliationRow, reconcile};
pub use trace::{Trace, find_trace};
