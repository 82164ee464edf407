//! A value together with how it came about, so that every number on a page can open.

use crate::decimal::Rounding;

/// The rule that produced a value: what decides, in which version, by what authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleReference {
    /// Stable id, for example `pricing.fee_schedule` or `pack.acme.visit_limit`.
    pub id: String,
    /// Version or date of the rule text or table.
    pub version: String,
    /// Standard and section, regulation, contract clause or table that the rule follows.
    pub citation: String,
}

/// One input of an explained value: a named fact, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What the fact is, in the words of the trade: `conversion factor`, `work RVU`.
    pub name: String,
    /// The fact as it was used, with its unit when it has one.
    pub value: String,
    /// File, table, row, clause or segment that the fact was read from.
    pub source: String,
}

/// A value, the rule that gave it, the formula with numbers in place, inputs and rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained<T> {
    /// The value itself.
    pub value: T,
    /// The rule that decided.
    pub rule: RuleReference,
    /// The formula with the numbers in place: `2.75 x 32.3465 = 88.95`.
    pub formula: String,
    /// The facts that entered, in the order of the formula.
    pub inputs: Vec<Input>,
    /// The one rounding that was applied, when there was one.
    pub rounding: Option<Rounding>,
}
