//! Which account an adjustment of a claim (CAS) belongs to.

use crate::balance::{all_adjustments, is_too_large};
use counterfoil_base::{Cents, Text};
use counterfoil_claim::{Adjustment, AdjustmentGroup, RemittanceClaim};
use counterfoil_ledger::AdjustmentClass;
use std::collections::{BTreeMap, BTreeSet};

/// How adjustments are sorted into accounts; a practice may keep its own lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRules {
    /// Reason codes that, in groups CO and PI, are price and not refusal.
    pub contractual_reasons: BTreeSet<Text>,
    /// Reason codes of withholding that can still be earned.
    pub withhold_reasons: BTreeSet<Text>,
}

/// Price reductions and pricing methods: charge above the fee, multiple procedure, outlier,
/// capitation, negotiated or prompt-pay discount, incentive and sequestration reductions.
const CONTRACTUAL: [&str; 15] =
    ["24", "44", "45", "59", "69", "70", "74", "75", "90", "94", "97", "131", "144", "237", "253"];

impl Default for PostingRules {
    fn default() -> PostingRules {
        PostingRules {
            contractual_reasons: CONTRACTUAL.into_iter().map(Text::const_new).collect(),
            withhold_reasons: BTreeSet::from([Text::const_new("104")]),
        }
    }
}

impl PostingRules {
    /// The class of one adjustment.
    ///
    /// Group PR is the patient's. In groups CO and PI a price reason is contractual and every
    /// other reason a denial: what a payer refuses is kept for a person, never written off as
    /// if it had been agreed. Groups OA and CR are other.
    #[must_use]
    pub fn class_of(&self, adjustment: &Adjustment) -> AdjustmentClass {
        if self.withhold_reasons.contains(&adjustment.reason) {
            return AdjustmentClass::Withheld;
        }
        match adjustment.group {
            AdjustmentGroup::PatientResponsibility => AdjustmentClass::PatientResponsibility,
            AdjustmentGroup::ContractualObligation | AdjustmentGroup::PayerInitiated => {
                if self.contractual_reasons.contains(&adjustment.reason) {
                    AdjustmentClass::Contractual
                } else {
                    AdjustmentClass::Denied
                }
            }
            AdjustmentGroup::OtherAdjustment | AdjustmentGroup::CorrectionReversal => {
                AdjustmentClass::Other
            }
        }
    }

    /// All adjustments of a claim and its lines, summed by class; nothing when a sum is
    /// beyond any amount that can be booked.
    pub(crate) fn by_class(
        &self,
        claim: &RemittanceClaim,
    ) -> Option<Vec<(AdjustmentClass, Cents)>> {
        let mut sums: BTreeMap<AdjustmentClass, Cents> = BTreeMap::new();
        for adjustment in all_adjustments(claim) {
            let sum = sums.entry(self.class_of(adjustment)).or_default();
            *sum = sum.checked_add(adjustment.amount_cents)?;
        }
        let is_sound = !sums.values().any(|sum| is_too_large(*sum));
        is_sound.then(|| sums.into_iter().collect())
    }
}
