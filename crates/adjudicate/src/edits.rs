//! What the findings of the clean-claim engine mean for adjudication.

use counterfoil_base::{Finding, Text};
use counterfoil_claim::AdjustmentGroup;

/// What a finding does to a claim or line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditAction {
    /// Nothing.
    Note,
    /// The claim waits for a named person.
    Pend,
    /// The claim is returned to the sender (277CA).
    Reject,
    /// The line (or every line) is denied for an administrative reason.
    Deny {
        /// Who bears the amount.
        group: AdjustmentGroup,
        /// Claim adjustment reason code.
        reason: Text,
        /// Remittance advice remark code, empty for none.
        remark: Text,
    },
}

/// A finding with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// What was found; its position names the service line, if any.
    pub finding: &'a Finding,
    /// What follows.
    pub action: EditAction,
}

impl<'a> Edit<'a> {
    /// The usual outcome: errors of SNIP types 1 to 5 return the claim, errors of types 6 and
    /// 7 pend it, everything else is noted. Never a denial: that must be configured by name.
    #[must_use]
    pub fn usual(finding: &'a Finding) -> Edit<'a> {
        let action = match (finding.is_error(), finding.snip) {
            (false, _) => EditAction::Note,
            (true, 1..=5) => EditAction::Reject,
            (true, _) => EditAction::Pend,
        };
        Edit { finding, action }
    }
}
