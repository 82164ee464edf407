//! The payer's office: claims taken in, decided, booked and paid.

mod accumulators;
mod adjudication;
mod answer;
mod credits;
mod decide;
mod desk_digest;
mod history;
mod judging;
mod outbox;
mod parties;
mod payment_run;
mod reason;
mod rules;
mod run;
mod take_back;
mod telling;

pub use accumulators::{load_accumulators, parse_accumulators, write_accumulators};
pub use adjudication::{Adjudication, PayerDesk, TakenClaim, edit_action};
pub use answer::ClaimStatusAnswers;
pub use decide::{DecideRequest, PersonVerdict, decide_claim, decide_pended};
pub use desk_digest::DeskDigest;
pub use judging::predict_claim;
pub use outbox::{PaymentFiles, rewrite_file};
pub(crate) use outbox::{record, write_pending};
pub(crate) use parties::payee_key;
pub use payment_run::{
    IssuedPayment, LATER_LISTED, PaymentRequest, PaymentRun, pay_payees, run_payments,
};
pub use reason::{adjustment_words, reason_words};
pub use rules::{PackSource, RulesInForce};
pub use run::{
    FileRequest, FileRun, Progress, REFUSED_LISTED, RefusedClaim, adjudicate_file, not_claims,
};

use counterfoil_base::{Finding, Phi};
use counterfoil_claim::Claim;
use counterfoil_integrity::ClaimChecks;

/// A claim as intake hands it over: the model, what was found on its segments, and the segments
/// themselves with their hierarchy, so that a pended claim can be read again.
#[derive(Clone, Debug)]
pub struct ReceivedClaim {
    /// Its place among the claims of the file, from 1; claims of rejected sets count too.
    pub ordinal: u64,
    /// The claim.
    pub claim: Claim,
    /// Findings of the guide engine and of reading into the model.
    pub findings: Vec<Finding>,
    /// ISA, GS, ST, the levels above and the claim's own segments, as they stood.
    pub segments: Phi<Vec<u8>>,
    /// What the engine found on the claim by itself, when that was seen to while it was read.
    pub checks: Option<ClaimChecks>,
}
