//! A named person decides a claim that the machine may not decide alone.

use super::accumulators::load_accumulators;
use super::adjudication::{Adjudication, PayerDesk};
use crate::error::OperationsError;
use crate::intake::read_kept;
use counterfoil_adjudicate::{Decision, DecisionState, Verdict, decide};
use counterfoil_base::{Date, Finding, Text};
use counterfoil_claim::{AdjustmentGroup, Claim, ClaimState};
use counterfoil_store::{DecisionRow, RunLock, Store, StoreError, Transaction};
use std::time::Duration;

/// How often, and at which intervals, a person's decision asks whether a run has ended.
const TRIES_MAX: u32 = 250;
const TRY_EVERY: Duration = Duration::from_millis(20);

/// What the person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonVerdict {
    /// Pay as the contract and benefits say.
    Approve,
    /// Pay nothing, for this claim adjustment reason code.
    Deny {
        /// Claim adjustment reason code, for example `50`.
        reason_code: Text,
        /// Remittance advice remark code, empty for none.
        remark_code: Text,
    },
}

/// A decision that is asked for.
#[derive(Clone, Debug)]
pub struct DecideRequest<'a> {
    /// The payer's number of the claim.
    pub claim_control_number: &'a str,
    /// Who decides; may not be empty.
    pub person: &'a str,
    /// What.
    pub verdict: PersonVerdict,
    /// Why; may not be empty.
    pub reason: &'a str,
}

/// Claims the database for a decision. A run holds it while it works with the members' used
/// amounts, and another person's decision for a moment: for that a person would rather wait than
/// be told to come again. After five seconds the run is named as the reason.
fn begin_decision(store: &Store) -> Result<RunLock, StoreError> {
    for _ in 1..TRIES_MAX {
        match store.begin_run() {
            Err(StoreError::Busy) => std::thread::sleep(TRY_EVERY),
            answer => return answer,
        }
    }
    store.begin_run()
}

/// Decides a pended claim when no run is at work, in a transaction of its own.
///
/// `look` sees the database as it is decided upon, before anything is: a caller whose person saw
/// the claim earlier refuses there when it has changed since.
///
/// # Errors
/// As [`decide_claim`], what `look` refuses, and [`StoreError::Busy`] when a run does not end in
/// five seconds.
pub fn decide_pended<E: From<OperationsError> + From<StoreError>>(
    store: &mut Store,
    desk: PayerDesk<'_>,
    request: &DecideRequest<'_>,
    look: impl FnOnce(&Transaction<'_>) -> Result<(), E>,
) -> Result<Decision, E> {
    let _alone = begin_decision(store)?;
    store.transaction("decide a pended claim", |tx| {
        look(tx)?;
        let mut adjudication = Adjudication::new(desk, load_accumulators(tx)?, String::new());
        let read = |segments: &[u8]| read_kept(segments, desk.engine);
        Ok(decide_claim(&mut adjudication, tx, request, read)?)
    })
}

/// Decides a pended claim with today's accumulators and books it.
///
/// `read` turns the kept segments of the claim into the model and its findings again. Two
/// people deciding at once: the second is refused, because the claim is no longer pended.
pub fn decide_claim(
    adjudication: &mut Adjudication<'_>,
    transaction: &Transaction<'_>,
    request: &DecideRequest<'_>,
    read: impl FnOnce(&[u8]) -> Option<(Claim, Vec<Finding>)>,
) -> Result<Decision, OperationsError> {
    let number = request.claim_control_number;
    let refused = |message: String| OperationsError::Refused(message);
    let row = transaction
        .claim(number)?
        .ok_or_else(|| refused(format!("no claim has the control number {number}")))?;
    if row.update.state != ClaimState::Pended {
        let state = row.update.state.word();
        return Err(refused(format!("claim {number} is {state}, not pended; nothing was changed")));
    }
    let (claim, findings) = read(row.claim_bytes.expose())
        .ok_or(OperationsError::Unreadable("the segments of a pended claim"))?;
    let received_on = row.received_on.parse::<Date>();
    let received_on =
        received_on.map_err(|_| OperationsError::Unreadable("a claim's day of receipt"))?;
    // The edits that pended the claim are what the person has looked at: judged again without
    // them, the claim has its price, benefits and every other reason that still holds.
    let mut tentative =
        adjudication.judge_again(transaction, (&claim, findings), number, received_on)?;
    let words = |decision: &Decision| {
        let said: Vec<&str> = decision.reasons.iter().map(|one| one.message.as_str()).collect();
        said.join("; ")
    };
    if tentative.lines.is_empty() {
        if request.verdict == PersonVerdict::Approve {
            let why = words(&tentative);
            let told = format!("claim {number} can no longer be approved as it stands: {why}");
            let next = "deny it, and the provider learns why and can send a corrected claim";
            return Err(refused(format!("{told}; {next}")));
        }
        tentative.wait_for_person(&claim);
    }
    tentative.state = DecisionState::Pended;
    let verdict = match &request.verdict {
        PersonVerdict::Approve => Verdict::Approve,
        PersonVerdict::Deny { reason_code, remark_code } => Verdict::Deny {
            group: AdjustmentGroup::ContractualObligation,
            reason: reason_code.clone(),
            remark: remark_code.clone(),
        },
    };
    let on = adjudication.desk.received_on;
    let decision = decide(&tentative, request.person, &verdict, request.reason, on)
        .map_err(|error| refused(format!("{error}; nothing was changed")))?;
    let approves = request.verdict == PersonVerdict::Approve;
    if approves && decision.state == DecisionState::Denied {
        let why = words(&tentative);
        let told = format!("every line of claim {number} is denied for another reason: {why}");
        return Err(refused(format!("{told}; deny it by name, or mend the reason first")));
    }
    adjudication.finish_pended(transaction, &claim, &decision)?;
    let logged = DecisionRow {
        decided_on: on.to_string(),
        decided_by: request.person.trim().to_owned(),
        verdict: match request.verdict {
            PersonVerdict::Approve => "approve".to_owned(),
            PersonVerdict::Deny { .. } => "deny".to_owned(),
        },
        reason: request.reason.trim().to_owned(),
    };
    transaction.log_decision(number, &logged)?;
    Ok(decision)
}
