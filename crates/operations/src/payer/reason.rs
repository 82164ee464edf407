//! Why a claim ended as it did, in words for people.

use counterfoil_adjudicate::{Decision, DecisionState, LineState};
use counterfoil_claim::Adjustment;

/// Each reason once; for a claim that was denied line by line, what denied its lines.
///
/// `benefit 'inpatient' needs an authorization; the plan does not cover the service (PR-96)`
#[must_use]
pub fn reason_words(decision: &Decision) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut say = |words: String| {
        if !said.contains(&words) {
            said.push(words);
        }
    };
    decision.reasons.iter().for_each(|reason| say(reason.message.clone()));
    if decision.reasons.is_empty() && decision.state == DecisionState::Denied {
        let denied = decision.lines.iter().filter(|line| line.state == LineState::Denied);
        denied.flat_map(|line| &line.adjustments).map(denial_words).for_each(say);
    }
    said.join("; ")
}

fn denial_words(adjustment: &Adjustment) -> String {
    let code = adjustment.reason.as_str();
    // The claim adjustment reason codes that lines are denied with here, in our words.
    let words = match code {
        "18" => "the same services were billed before",
        "29" => "the claim came after the limit for filing",
        "96" => "the plan does not cover the service",
        "107" => "the service that this one belongs to is not on the claim",
        "197" => "the service needs an authorization",
        "222" => "more units were billed than the limit for the service",
        "236" => "the service is part of another on the same day",
        _ => "the line was denied",
    };
    format!("{words} ({}-{code})", adjustment.group.code())
}
