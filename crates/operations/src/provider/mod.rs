//! The provider's office: claims billed, remittances posted, the bank matched.

mod account;
mod billing;
mod matching;
mod posting;
mod report;

pub use billing::{Billed, BilledClaim, bill_claim};
pub use matching::{MatchedBank, match_bank, record_bank_file};
pub use posting::{PostedRemittance, post_advice};
pub use report::{OfficeReport, office_report};
