//! Was this claim sent before?

use crate::edits::{Edit, Run};
use crate::history::ClaimHistory;
use crate::place;
use counterfoil_claim::{Claim, FrequencyCode};

const DUPLICATE: Edit = Edit {
    code: "INT-7-duplicate-claim",
    snip: 7,
    cause: "Same patient, provider, dates and services as an earlier claim that still stands; \
            a service is paid once (CARC 18).",
};

fn is_replacement(claim: &Claim) -> bool {
    claim.frequency() == FrequencyCode::Replacement
}

/// Modifiers by which a provider says that a service was given again on the same day.
const REPEATED: [&str; 3] = ["76", "77", "91"];

pub(super) fn check(run: &mut Run<'_>, history: &dyn ClaimHistory) {
    let claim = run.claim;
    // A void bills nothing.
    if claim.frequency() == FrequencyCode::Void {
        return;
    }
    let Some(earlier) = history.find_services(claim) else { return };
    // A replacement is about the same services as the claim that it names, and no other.
    let named = claim.payer_claim_control_number().filter(|_| is_replacement(claim));
    let number = earlier.payer_claim_control_number.as_deref();
    if named.is_some() && (number.is_none() || number == named) {
        return;
    }
    let message = format!("The same services were billed before, {}.", earlier.place);
    let fix = "Do not send it again; to change the earlier claim send frequency 7 or 8 with the \
               payer's claim control number in REF F8.";
    let is_repeat = |modifier: &str| REPEATED.contains(&modifier);
    let says_repeated =
        claim.lines.iter().any(|line| line.modifiers().iter().any(|modifier| is_repeat(modifier)));
    if says_repeated {
        run.warn(&DUPLICATE, place::of_claim(claim), message, fix);
    } else {
        run.refuse(&DUPLICATE, place::of_claim(claim), message, fix);
    }
}
