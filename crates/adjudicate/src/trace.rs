//! The trace of a decision: every amount with its rule and facts, rendered only on demand.

use crate::explain::put;
use counterfoil_base::{Cents, Decimal, Explained, Rounding, RuleReference, Text};
use std::sync::Arc;

/// A rule of the engine itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineRule {
    /// Stable id.
    pub id: &'static str,
    /// Standard and section.
    pub citation: &'static str,
}

/// Whose rule decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSource {
    /// A plan, benefit, contract term or prompt-pay row.
    Loaded(Arc<RuleReference>),
    /// The engine.
    Engine(&'static EngineRule),
}

impl RuleSource {
    /// Stable id and version of the rule.
    #[must_use]
    pub fn id_and_version(&self) -> (&str, &str) {
        match self {
            RuleSource::Loaded(rule) => (&rule.id, &rule.version),
            RuleSource::Engine(rule) => (rule.id, env!("CARGO_PKG_VERSION")),
        }
    }

    /// The rule with id, version and citation.
    #[must_use]
    pub fn reference(&self) -> RuleReference {
        match self {
            RuleSource::Loaded(rule) => RuleReference::clone(rule),
            RuleSource::Engine(rule) => RuleReference {
                id: rule.id.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                citation: rule.citation.to_owned(),
            },
        }
    }
}

/// One amount of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// 1-based line, nothing for the claim.
    pub line: Option<u32>,
    /// The rule that decided.
    pub rule: RuleSource,
    /// The amount.
    pub amount_cents: Cents,
    /// How it was computed.
    pub detail: Detail,
}

/// Relative value pricing of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeValueDetail {
    /// Code and modifier column of the table row.
    pub code: Text,
    /// Modifier column.
    pub modifier: Text,
    /// Work, practice expense, malpractice.
    pub values: [Decimal; 3],
    /// Their geographic indices.
    pub indices: [Decimal; 3],
    /// Dollars per unit.
    pub conversion_factor: Decimal,
    /// Facility expense was used.
    pub is_facility: bool,
    /// Payment modifiers and their factors.
    pub factors: Vec<(&'static str, Decimal)>,
    /// Units, or the sum of the multiple procedure shares.
    pub multiplier: Decimal,
    /// Fee of the endoscopy base, taken off.
    pub base_fee: Option<Decimal>,
    /// Contract percentage.
    pub percent: Decimal,
}

/// The computation behind an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Table amount times multiplier and percentage.
    Fee {
        /// Table.
        schedule: Text,
        /// Code that was found.
        code: Text,
        /// Amount per unit.
        unit_cents: Cents,
        /// Units, or the sum of the multiple procedure shares.
        multiplier: Decimal,
        /// Payment modifiers and their factors.
        factors: Vec<(&'static str, Decimal)>,
        /// Contract percentage.
        percent: Decimal,
    },
    /// Relative values.
    RelativeValue(Box<RelativeValueDetail>),
    /// Base and time units times factor.
    Anesthesia {
        /// Base units.
        base: Decimal,
        /// Time units.
        time: Decimal,
        /// Dollars per unit.
        conversion_factor: Decimal,
        /// Medical direction share and contract percentage.
        percent: Decimal,
    },
    /// Charge times percentage.
    Percent {
        /// Charge.
        charge_cents: Cents,
        /// Percentage.
        percent: Decimal,
    },
    /// Rate times days.
    PerDiem {
        /// Amount a day.
        rate_cents: Cents,
        /// Days.
        days: i64,
    },
    /// A fixed amount.
    CaseRate,
    /// DRG weight times base rate, by the day for transfers.
    Drg {
        /// DRG.
        code: Text,
        /// Weight.
        weight: Decimal,
        /// Base rate.
        base_rate_cents: Cents,
        /// Days, mean stay and whether half is paid for the first day, for a transfer.
        transfer: Option<(i64, Decimal, bool)>,
    },
    /// Cost outlier.
    Outlier {
        /// Charges.
        charge_cents: Cents,
        /// Cost as a share of charges.
        cost_to_charge: Decimal,
        /// DRG amount.
        drg_cents: Cents,
        /// Fixed loss.
        threshold_cents: Cents,
        /// Share of the excess.
        marginal_rate: Decimal,
    },
    /// Part of a claim amount, in proportion to charges.
    Split {
        /// Amount for the claim.
        total_cents: Cents,
        /// Charge of the line.
        charge_cents: Cents,
        /// Charges of all lines that share.
        charges_cents: Cents,
    },
    /// The smallest of several amounts.
    Lowest {
        /// What was compared.
        options: Vec<Cents>,
    },
    /// The charge, because it is below the contract amount.
    ChargeLimit {
        /// Contract amount.
        contract_cents: Cents,
    },
    /// Copay.
    Copay {
        /// Copay of the benefit.
        copay_cents: Cents,
        /// Allowed amount.
        allowed_cents: Cents,
    },
    /// Deductible.
    Deductible {
        /// What it applies to.
        base_cents: Cents,
        /// What is left of it.
        rest_cents: Cents,
    },
    /// Coinsurance.
    Coinsurance {
        /// What it applies to.
        base_cents: Cents,
        /// Patient's share.
        rate: Decimal,
    },
    /// Cost share cut to the rest of the out-of-pocket maximum.
    OutOfPocket {
        /// Share before.
        share_cents: Cents,
        /// Rest of the maximum.
        rest_cents: Cents,
    },
    /// Payment after another payer.
    OtherPayer {
        /// Paid by the other payer.
        paid_cents: Cents,
        /// Left to the patient by the other payer.
        left_cents: Cents,
        /// Own benefit without the other payer.
        benefit_cents: Cents,
        /// True for non-duplication.
        non_duplication: bool,
    },
    /// Held back.
    Withhold {
        /// Payment before.
        payment_cents: Cents,
        /// Share.
        rate: Decimal,
    },
    /// Nothing is allowed.
    Denied {
        /// Claim adjustment reason code.
        reason: Text,
    },
}

impl Step {
    /// The amount with its rule, formula, inputs and rounding.
    #[must_use]
    pub fn explain(&self) -> Explained<Cents> {
        let rule = self.rule.reference();
        let source = rule.citation.clone();
        let inputs = self.detail.inputs(&source);
        let mut formula = String::new();
        self.write_formula(&mut formula);
        let rounding = self.detail.rounds().then_some(Rounding::HalfUp);
        Explained { value: self.amount_cents, rule, formula, inputs, rounding }
    }

    /// Adds the formula with numbers in place: `120.00 x 0.20 = 24.00`.
    pub fn write_formula(&self, text: &mut String) {
        self.detail.write_terms(text);
        put(text, format_args!(" = {}", self.amount_cents));
    }
}
