//! Why a claim ended as it did, in words for people.

use counterfoil_adjudicate::{Decision, DecisionState, LineState};
use counterfoil_claim::Adjustment;

/// Each reason once; for a claim that was denied line by line, what denied its lines.
///
/// `benefit 'inpatient' needs an authorization; the plan does not cover the service (PR-96)`
#[must_use]
pub fn reason_words(decision: &Decision) -> String {
    reasons(decision).join("; ")
}

/// The bytes that the reasons of one statement may have: a page of text. A value of a statement
/// has at most 65,536 bytes (docs/reference/twin.md), and a claim can have more reasons than that.
const TOLD_BYTES_MAX: usize = 4_096;

/// The reasons as the record tells them: the first of them, and how many more there are.
pub(super) fn told_words(decision: &Decision) -> String {
    within(&reasons(decision), TOLD_BYTES_MAX)
}

/// A sentence as the record tells it.
pub(super) fn told_sentence(sentence: &str) -> String {
    within(&[sentence.to_owned()], TOLD_BYTES_MAX)
}

/// The first words whose length with their separators is within a limit, at least a part of the
/// first, and how many were left out.
fn within(words: &[String], bytes_max: usize) -> String {
    let mut told = String::new();
    for (index, one) in words.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        if told.len() + separator.len() + one.len() <= bytes_max {
            told.push_str(separator);
            told.push_str(one);
            continue;
        }
        let mut left = words.len() - index;
        if index == 0 {
            let end = one.floor_char_boundary(bytes_max);
            told.push_str(one.get(..end).unwrap_or_default());
            told.push_str("...");
            left -= 1;
        }
        if left > 0 {
            told.push_str(&format!("; and {left} more"));
        }
        break;
    }
    told
}

fn reasons(decision: &Decision) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut say = |words: String| {
        // Findings are sentences; in a list each is a part.
        let words = words.trim_end().trim_end_matches('.').to_owned();
        if !said.contains(&words) {
            said.push(words);
        }
    };
    decision.reasons.iter().for_each(|reason| say(reason.message.clone()));
    if decision.reasons.is_empty() && decision.state == DecisionState::Denied {
        let denied = decision.lines.iter().filter(|line| line.state == LineState::Denied);
        denied.flat_map(|line| &line.adjustments).map(denial_words).for_each(say);
    }
    said
}

/// What an amount was taken off for, in plain words with its codes: `25.00 copay (PR-3)`.
#[must_use]
pub fn adjustment_words(adjustment: &Adjustment) -> String {
    let (group, code) = (adjustment.group.code(), adjustment.reason.as_str());
    // The claim adjustment reason codes that money is moved with here, in our words.
    let words = match code {
        "1" => "deductible",
        "2" => "coinsurance",
        "3" => "copay",
        "22" | "23" => "another payer's part",
        "31" => "patient not known",
        "27" | "26" => "outside the days of coverage",
        "29" => "filed too late",
        "45" => "above the contract's price",
        "96" => "not covered",
        "104" => "withheld under the contract",
        "197" => "no authorization",
        "18" => "billed before",
        _ => match group {
            "CO" => "contract",
            "PR" => "patient",
            _ => "other",
        },
    };
    format!("{} {words} ({group}-{code})", adjustment.amount_cents)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_whole_or_counted() {
        let words = |all: &[&str], bytes_max| {
            let all: Vec<String> = all.iter().map(|one| (*one).to_owned()).collect();
            within(&all, bytes_max)
        };
        assert_eq!(words(&[], 10), "");
        assert_eq!(words(&["one", "two"], 8), "one; two");
        assert_eq!(words(&["one", "two"], 7), "one; and 1 more");
        assert_eq!(words(&["one", "two", "three"], 8), "one; two; and 1 more");
        assert_eq!(words(&["a long one", "two"], 6), "a long...; and 1 more");
        // No letter is cut in two: the umlaut has two bytes.
        assert_eq!(words(&["\u{e4}\u{e4}"], 3), "\u{e4}...");
    }
}
