//! What the findings of the clean-claim engine mean for adjudication.

use counterfoil_base::{Finding, Severity, Text};
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
    /// The usual outcome: a duplicate, a late claim and the coding edits of NCCI are denied
    /// with their own reason codes, a warning of the payer's rule pack pends, every other
    /// error returns the claim, and the rest is noted.
    #[must_use]
    pub fn usual(finding: &'a Finding) -> Edit<'a> {
        let contractual = AdjustmentGroup::ContractualObligation;
        let action = match (finding.code.as_ref(), finding.severity) {
            ("INT-7-duplicate-claim", _) => deny(AdjustmentGroup::OtherAdjustment, "18"),
            ("INT-7-timely-filing", Severity::Error) => deny(contractual, "29"),
            ("INT-7-ncci-pair", Severity::Error) => deny(contractual, "236"),
            ("INT-7-ncci-units", Severity::Error) => deny(contractual, "222"),
            ("INT-7-add-on-alone", Severity::Error) => deny(contractual, "107"),
            (_, Severity::Error) => EditAction::Reject,
            (code, Severity::Warning) if code.starts_with("PACK-7-") => EditAction::Pend,
            _ => EditAction::Note,
        };
        Edit { finding, action }
    }
}

fn deny(group: AdjustmentGroup, reason: &'static str) -> EditAction {
    EditAction::Deny { group, reason: Text::const_new(reason), remark: Text::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_mean_what_the_trade_expects() {
        let warning = Finding::warning("PACK-7-demo-check", 7, "look");
        let note = Finding::warning("INT-7-line-twice", 7, "twice");
        let error = Finding::error("INT-5-diagnosis-code", 5, "unknown");
        let pair = Finding::error("INT-7-ncci-pair", 7, "pair");
        assert_eq!(Edit::usual(&warning).action, EditAction::Pend);
        assert_eq!(Edit::usual(&note).action, EditAction::Note);
        assert_eq!(Edit::usual(&error).action, EditAction::Reject);
        let expected = deny(AdjustmentGroup::ContractualObligation, "236");
        assert_eq!(Edit::usual(&pair).action, expected);
    }
}
