//! The provider's office: claims billed, remittances posted, the bank matched.

mod account;
mod answers;
mod awaited;
mod bank_import;
mod billing;
mod contract;
mod dispatch;
mod held;
mod ledger;
mod matching;
mod outgoing;
mod payer_names;
mod posting;
mod reading;
mod refused;
mod report;
mod returned;
mod submit;
mod telling;

pub use account::claim_subject;
pub use awaited::{AwaitingRules, claims_awaiting_rules, may_await_rules};
pub use bank_import::{RecordedBank, record_bank_file};
pub use billing::{Billed, BilledClaim, bill_claim};
pub use contract::{ContractCheck, ContractDesk, UnderpaidLine, check_contract};
pub use dispatch::{Dispatch, Dispatched, dispatch_file, rules_awaited};
pub use held::{
    HeldCause, HeldClaim, HeldFinding, HeldState, held_claim, held_claims, held_claims_listed,
    hold, release, withdraw,
};
pub use matching::{MatchedBank, match_bank, matched_bank};
pub use outgoing::{ControlNumbers, NumbersOfFile, OutgoingClaims};
pub use posting::{PostedRemittance, post_advice, post_document};
pub use reading::{RemittanceItem, read_remittances};
pub use report::{OfficeReport, office_report};
pub use returned::{AnswerFile, ReadAnswers, mark_document_taken, take_answers};
pub use submit::{Submitted, write_submissions};
