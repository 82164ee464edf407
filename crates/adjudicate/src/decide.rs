//! Finishing a pended claim: a named person decides, with a reason and a day.

use crate::decision::{Decision, DecisionState, LineDecision, LineState, NamedDecision, Reason};
use crate::engine::total;
use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::AdjustmentGroup;

/// What the person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pay as computed.
    Approve,
    /// Deny every line that is not denied already.
    Deny {
        /// Who bears the amount.
        group: AdjustmentGroup,
        /// Claim adjustment reason code.
        reason: Text,
        /// Remittance advice remark code, empty for none.
        remark: Text,
    },
}

/// Why a verdict was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideError {
    /// The claim is not pended.
    NotPended,
    /// No person was named.
    NoPerson,
    /// No reason was given.
    NoReason,
    /// A line has no price: only a denial, or adjudication with a price, can finish it.
    NoPrice,
    /// A denial without a claim adjustment reason code.
    NoReasonCode,
}

impl std::fmt::Display for DecideError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DecideError::NotPended => "the claim is not pended",
            DecideError::NoPerson => "a decision needs the name of the person who makes it",
            DecideError::NoReason => "a decision needs a reason",
            DecideError::NoPrice => "a line has no price: add one and decide again, or deny",
            DecideError::NoReasonCode => "a denial needs a claim adjustment reason code",
        })
    }
}

impl std::error::Error for DecideError {}

/// Finishes a pended claim.
///
/// Adjudicate the claim again with the present accumulators before approving it, when other
/// claims of the family were decided since: the tentative money is that of its own day.
pub fn decide(
    pended: &Decision,
    person: &str,
    verdict: &Verdict,
    reason: &str,
    on: Date,
) -> Result<Decision, DecideError> {
    if pended.state != DecisionState::Pended {
        return Err(DecideError::NotPended);
    }
    let (person, reason) = (person.trim(), reason.trim());
    if person.is_empty() {
        return Err(DecideError::NoPerson);
    }
    if reason.is_empty() {
        return Err(DecideError::NoReason);
    }
    let mut decision = pended.clone();
    match verdict {
        Verdict::Approve => approve(&mut decision)?,
        Verdict::Deny { reason, .. } if reason.is_empty() => return Err(DecideError::NoReasonCode),
        Verdict::Deny { group, reason, remark } => deny(&mut decision, *group, reason, remark),
    }
    decision.decided_by =
        Some(NamedDecision { person: person.to_owned(), reason: reason.to_owned(), on });
    Ok(decision)
}

fn approve(decision: &mut Decision) -> Result<(), DecideError> {
    let lines = &decision.lines;
    if lines.is_empty() || lines.iter().any(|line| line.state == LineState::Undecided) {
        return Err(DecideError::NoPrice);
    }
    let denied = lines.iter().all(|line| line.state == LineState::Denied);
    decision.state = if denied { DecisionState::Denied } else { DecisionState::Approved };
    Ok(())
}

fn deny(decision: &mut Decision, group: AdjustmentGroup, reason: &Text, remark: &Text) {
    for line in decision.lines.iter_mut().filter(|line| line.state != LineState::Denied) {
        let mut denied = LineDecision {
            line: line.line,
            state: LineState::Denied,
            charge_cents: line.charge_cents,
            ..LineDecision::default()
        };
        denied.adjust(group, reason, line.charge_cents);
        if group == AdjustmentGroup::PatientResponsibility {
            denied.patient.other_cents = line.charge_cents;
        }
        if !remark.is_empty() {
            denied.remark_codes.push(remark.clone());
        }
        *line = denied;
    }
    decision.accumulator_changes.clear();
    decision.state = DecisionState::Denied;
    let message = format!("denied by a named person (CARC {reason})");
    decision.reasons.push(Reason { code: Text::const_new("DENY-by-person"), line: None, message });
    total(decision);
    assert_eq!(decision.paid_cents, Cents::ZERO, "a denied claim pays nothing");
}
