//! Adjudication as a pure, explained function: eligibility, pricing, benefits, coordination of
//! benefits, withhold and prompt-pay interest.
//!
//! [`Rates::parse`] and [`Members::parse`] read the payer's files, [`adjudicate`] decides a
//! claim, [`decide`] finishes a pended one, [`remittance_claim`] turns a decision into what the
//! 835 reports. The provider's prediction of a payment is the same function with the rates that
//! the payer shares.
#![deny(clippy::float_arithmetic)]

mod accumulators;
mod benefits;
mod checks;
mod contract_price;
mod coordination;
mod decide;
mod decision;
mod edits;
mod engine;
mod explain;
mod line_result;
mod members;
mod price;
pub mod rates;
mod remittance;
mod trace;

pub use accumulators::{AccumulatorAmounts, AccumulatorChange, AccumulatorKey, Accumulators};
pub use contract_price::{ContractPrice, NoContractPrice, price_by_contract};
pub use decide::{DecideError, Verdict, decide};
pub use decision::{
    Decision, DecisionState, DrgResult, LineDecision, LineState, NamedDecision, PatientShare,
    Reason, Reversal,
};
pub use edits::{Edit, EditAction};
pub use engine::{Payer, PriorClaim, Request, adjudicate};
pub use members::{CoverageSpan, Eligibility, Member, Members, OtherCoverage};
pub use rates::{Medium, Rates};
pub use remittance::remittance_claim;
pub use trace::{Detail, EngineRule, RuleSource, Step, WorkedDetail};
