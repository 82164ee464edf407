//! What a person and a family have paid in a benefit year, and how decisions change it.

use counterfoil_base::{Cents, Date, Phi, Text};
use rustc_hash::FxHashMap;

/// Whose amounts: a person or a family, in a plan, benefit year and network tier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccumulatorKey {
    /// Member identifier, or subscriber identifier for a family.
    pub holder: Phi<Text>,
    /// True for the family's amounts.
    pub is_family: bool,
    /// Plan.
    pub plan_id: Text,
    /// First day of the benefit year.
    pub year_from: Date,
    /// Network tier.
    pub in_network: bool,
}

/// Amounts that count toward the limits of a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccumulatorAmounts {
    /// Toward the deductible.
    pub deductible_cents: Cents,
    /// Toward the out-of-pocket maximum.
    pub out_of_pocket_cents: Cents,
}

/// A change by one decision; a reversal carries the same amounts negated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccumulatorChange {
    /// Whose amounts.
    pub key: AccumulatorKey,
    /// What is added.
    pub amounts: AccumulatorAmounts,
}

impl AccumulatorChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn negated(&self) -> AccumulatorChange {
        AccumulatorChange {
            key: self.key.clone(),
            amounts: AccumulatorAmounts {
                deductible_cents: -self.amounts.deductible_cents,
                out_of_pocket_cents: -self.amounts.out_of_pocket_cents,
            },
        }
    }
}

/// Amounts of many people; what is not held is zero.
#[derive(Clone, Debug, Default)]
pub struct Accumulators {
    amounts: FxHashMap<AccumulatorKey, AccumulatorAmounts>,
}

impl Accumulators {
    /// The amounts under a key.
    #[must_use]
    pub fn get(&self, key: &AccumulatorKey) -> AccumulatorAmounts {
        self.amounts.get(key).copied().unwrap_or_default()
    }

    /// Sets the amounts under a key, as a store that keeps them does before adjudication.
    pub fn set(&mut self, key: AccumulatorKey, amounts: AccumulatorAmounts) {
        self.amounts.insert(key, amounts);
    }

    /// Applies the changes of a decision.
    pub fn apply(&mut self, changes: &[AccumulatorChange]) {
        for change in changes {
            let held = self.amounts.entry(change.key.clone()).or_default();
            held.deductible_cents += change.amounts.deductible_cents;
            held.out_of_pocket_cents += change.amounts.out_of_pocket_cents;
        }
        for change in changes {
            if self.amounts.get(&change.key) == Some(&AccumulatorAmounts::default()) {
                self.amounts.remove(&change.key);
            }
        }
    }

    /// Every key and its amounts, in the order of keys.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&AccumulatorKey, AccumulatorAmounts)> {
        let mut all: Vec<_> = self.amounts.iter().map(|(key, amounts)| (key, *amounts)).collect();
        all.sort_by(|left, right| left.0.cmp(right.0));
        all
    }
}
