//! Why a figure is what it is.

use super::Target;
use crate::figure::Figure;
use counterfoil_base::{Explained, Rounding, RuleReference};
use jiff::Timestamp;

/// The five blocks of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The figure itself; it equals what was shown.
    pub figure: Figure,
    /// One sentence: `Paid 88.95 because the fee schedule allows it and no deductible is left.`
    pub sentence: String,
    /// The formula with the numbers in place.
    pub formula: String,
    /// The rule that decided.
    pub rule: RuleReference,
    /// The clause in the contract's or plan's own words, empty when there is none.
    pub clause: String,
    /// The one rounding, when there was one.
    pub rounding: Option<Rounding>,
    /// What entered.
    pub inputs: Vec<ExplanationInput>,
    /// Rows at the source, the first hundred.
    pub rows: Vec<SourceRow>,
    /// How many rows there are in all.
    pub row_count: Figure,
    /// What they sum to, when they are money.
    pub row_sum: Option<Figure>,
    /// What the other party holds.
    pub other_side: OtherSide,
    /// The moment up to which it is true.
    pub as_of: Timestamp,
    /// Digest of rule, inputs and value, in hexadecimal.
    pub digest: String,
    /// The command that computes it again, empty when there is none.
    pub reproduce: String,
}

impl Explanation {
    /// Takes formula, rule, inputs and rounding from an engine's explained value; the sentence,
    /// the rows and the other side are for the caller to add.
    #[must_use]
    pub fn of<T>(figure: Figure, value: &Explained<T>, row_count: Figure, at: Timestamp) -> Self {
        let inputs = value.inputs.iter().map(|input| ExplanationInput {
            name: input.name.clone(),
            value: input.value.clone(),
            figure: None,
            source: input.source.clone(),
            target: None,
        });
        Explanation {
            figure,
            sentence: String::new(),
            formula: value.formula.clone(),
            rule: value.rule.clone(),
            clause: String::new(),
            rounding: value.rounding,
            inputs: inputs.collect(),
            rows: Vec::new(),
            row_count,
            row_sum: None,
            other_side: OtherSide::Unknown { why: String::new() },
            as_of: at,
            digest: String::new(),
            reproduce: String::new(),
        }
    }
}

/// A fact that entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationInput {
    /// What it is.
    pub name: String,
    /// The fact as it was used, for facts that are no figures of their own.
    pub value: String,
    /// The fact as a figure that opens in turn.
    pub figure: Option<Figure>,
    /// File, table, row, clause or segment.
    pub source: String,
    /// Page of the source.
    pub target: Option<Target>,
}

/// A row at the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// What it is called.
    pub what: String,
    /// Page of the row.
    pub target: Option<Target>,
    /// Its part of the figure.
    pub amount: Option<Figure>,
}

/// What the other party holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherSide {
    /// The same.
    Equal {
        /// Who.
        party: String,
        /// When it said so.
        at: Timestamp,
    },
    /// Something else.
    Differs {
        /// Who.
        party: String,
        /// Its value.
        value: Figure,
        /// The first event or row at which the two differ.
        first: String,
    },
    /// Not known.
    Unknown {
        /// Why.
        why: String,
    },
}
