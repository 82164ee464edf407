//! The trace of a decision: every amount with its rule and facts, rendered only on demand.

use crate::explain::put;
use crate::rates::PriceRule;
use counterfoil_base::{Cents, Decimal, Explained, RuleReference, Text};
use counterfoil_contract::LineFacts;
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

/// An amount that a pricing document came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkedDetail {
    pub(crate) rule: Arc<PriceRule>,
    pub(crate) facts: LineFacts,
    /// The document's term.
    pub(crate) term: usize,
    /// The code that tables were asked for.
    pub(crate) code: Text,
}

/// A step of a price before it belongs to a line or claim.
pub(crate) struct Worked {
    /// The clause that decided; nothing for a document without one.
    pub reference: Option<Arc<RuleReference>>,
    pub amount_cents: Cents,
    pub detail: Detail,
}

impl Worked {
    pub(crate) fn into_step(self, line: Option<u32>, cited: &Arc<RuleReference>) -> Step {
        let reference = self.reference.unwrap_or_else(|| Arc::clone(cited));
        let rule = RuleSource::Loaded(reference);
        Step { line, rule, amount_cents: self.amount_cents, detail: self.detail }
    }
}

/// The computation behind an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A pricing document with the facts of a line or claim.
    Worked(Box<WorkedDetail>),
    /// Part of a claim amount, in proportion to charges.
    Split {
        /// Amount for the claim.
        total_cents: Cents,
        /// Charge of the line.
        charge_cents: Cents,
        /// Charges of all lines that share.
        charges_cents: Cents,
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
        let rounding = self.detail.rounding();
        Explained { value: self.amount_cents, rule, formula, inputs, rounding }
    }

    /// Adds the formula with numbers in place: `120.00 x 0.20 = 24.00`.
    pub fn write_formula(&self, text: &mut String) {
        let start = text.len();
        self.detail.write_terms(text);
        let amount = self.amount_cents.to_string();
        // An amount that is stated as it is has no formula.
        if text.get(start..) != Some(amount.as_str()) {
            put(text, format_args!(" = {amount}"));
        }
    }
}
