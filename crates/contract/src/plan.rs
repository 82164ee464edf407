//! A contract with the numbers of a year, laid out once so that millions of lines can be computed.
//!
//! Numbers are decimals of one machine word, codes of up to seven letters are numbers, parameters
//! are constants. What does not fit, and what a plan does not know (further rows, quotients that
//! never end), is computed by the evaluator of fractions instead; so a plan gives the evaluator's
//! value or none, and every fault is the evaluator's.

mod decimal;
mod evaluate;
mod facts;
mod fold;
#[cfg(test)]
mod tests;

pub(crate) use decimal::Short;
pub(crate) use evaluate::Line;
pub use evaluate::Memory;
pub use facts::LineFacts;
pub(crate) use facts::Slot;

use crate::ast::{Comparison, Interpolation};
use crate::number::Number;
use crate::parameters::{ParameterValue, Parameters};
use crate::program::{Arithmetic, Node, NodeId, Program, RuleSlot, TableSlot};
use crate::value::Value;
use counterfoil_base::{Date, Rounding, Text};
use std::collections::BTreeMap;

/// Every node of a program as a step; the places are those of the program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    steps: Vec<Step>,
    terms: Vec<TermPlan>,
    tables: Vec<Vec<TableRow>>,
    /// The notes that can hold: their places in the contract, and their conditions.
    notes: Vec<(usize, NodeId)>,
    /// Codes of the contract that are too long to be a number of their own.
    long_codes: Vec<Text>,
}

/// A term as its rules.
#[derive(Clone, Debug)]
struct TermPlan {
    rules: Vec<RulePlan>,
    /// To how many places and how its value is rounded.
    rounded: Option<(u8, Rounding)>,
    /// False where only the evaluator of fractions computes it.
    is_planned: bool,
}

/// A rule: its condition and value, and which rules give way to it.
#[derive(Clone, Debug)]
struct RulePlan {
    /// Its place among the contract's rules of the term.
    place: usize,
    condition: Option<NodeId>,
    value: NodeId,
    overrides: Vec<usize>,
}

/// A row of a stepped table.
#[derive(Clone, Copy, Debug)]
struct TableRow {
    from: Short,
    to: Option<Short>,
    value: Short,
}

/// One step of an expression.
#[derive(Clone, Debug)]
enum Step {
    Constant(Short),
    Fact(usize),
    Term(usize),
    /// A parameter by the code that a step comes to.
    ByCode(NodeId, Vec<(i64, Short)>),
    Arithmetic(Arithmetic, NodeId, NodeId),
    Negate(NodeId),
    Absolute(NodeId),
    Least(Vec<NodeId>),
    Greatest(Vec<NodeId>),
    Round(NodeId, u8, Rounding),
    Table(usize, NodeId),
    DaysBetween(NodeId, NodeId),
    YearOf(NodeId),
    Compare(Comparison, NodeId, NodeId),
    Is(NodeId, Vec<i64>, bool),
    Given(usize),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
    /// Only the evaluator of fractions computes it.
    Unplanned,
}

impl Plan {
    pub(crate) fn new(program: &Program, parameters: &Parameters) -> Plan {
        let mut plan = Plan::default();
        plan.learn_codes(program, parameters);
        plan.tables =
            program.tables.iter().map(|table| rows_of(table).unwrap_or_default()).collect();
        for node in &program.nodes {
            let step = plan.step(program, parameters, node).unwrap_or(Step::Unplanned);
            plan.steps.push(step);
        }
        for term in &program.terms {
            let rounded = term.rounded.map(|(mode, step)| Some((places_of(step)?, mode)));
            plan.terms.push(TermPlan {
                rules: term.rules.iter().enumerate().map(rule_plan).collect(),
                rounded: rounded.flatten(),
                is_planned: term.rows.is_none() && rounded.is_none_or(|known| known.is_some()),
            });
        }
        let notes = program.notes.iter().map(|note| note.condition);
        plan.notes = notes.enumerate().collect();
        plan.folded(&BTreeMap::new())
    }

    /// Collects the codes that do not fit a number.
    fn learn_codes(&mut self, program: &Program, parameters: &Parameters) {
        let mut learn = |code: &str| {
            if short_code(code).is_none() && !self.long_codes.iter().any(|known| known == code) {
                self.long_codes.push(code.into());
            }
        };
        for node in &program.nodes {
            match node {
                Node::Is { codes, .. } => codes.iter().for_each(|code| learn(code)),
                Node::Constant(Value::Code(code), _) => learn(code),
                _ => {}
            }
        }
        for index in 0..program.parameters.len() {
            match parameters.value(index) {
                Some(ParameterValue::One(Value::Code(code))) => learn(code),
                Some(ParameterValue::ByCode(values)) => {
                    for (code, value) in values {
                        learn(code);
                        if let Value::Code(code) = value {
                            learn(code);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn step(&self, program: &Program, parameters: &Parameters, node: &Node) -> Option<Step> {
        Some(match node {
            Node::Constant(value, _) => Step::Constant(self.short(value)?),
            Node::Fact(index) => Step::Fact(*index),
            Node::Term(index) => Step::Term(*index),
            Node::Parameter(index) => match parameters.value(*index)? {
                ParameterValue::One(value) => Step::Constant(self.short(value)?),
                ParameterValue::ByCode(values) => {
                    let (by, _) = program.parameters.get(*index)?.by.as_ref()?;
                    let pair = |(code, value): (&String, &Value)| {
                        Some((self.code(code)?, self.short(value)?))
                    };
                    Step::ByCode(*by, values.iter().map(pair).collect::<Option<_>>()?)
                }
            },
            Node::Year => Step::Constant(Short::whole(parameters.year())),
            Node::Arithmetic(operation, a, b) => Step::Arithmetic(*operation, *a, *b),
            Node::Negate(a) => Step::Negate(*a),
            Node::Absolute(a) => Step::Absolute(*a),
            Node::Least(all) => Step::Least(all.clone()),
            Node::Greatest(all) => Step::Greatest(all.clone()),
            Node::Round { value, mode, step } => Step::Round(*value, places_of(*step)?, *mode),
            Node::Table(index, argument) if !self.tables.get(*index)?.is_empty() => {
                Step::Table(*index, *argument)
            }
            Node::DaysBetween(a, b) => Step::DaysBetween(*a, *b),
            Node::YearOf(a) => Step::YearOf(*a),
            Node::Compare(comparison, a, b) => Step::Compare(*comparison, *a, *b),
            Node::Is { value, codes, is_negated } => {
                let codes = codes.iter().map(|code| self.code(code)).collect::<Option<_>>()?;
                Step::Is(*value, codes, *is_negated)
            }
            Node::Given(index) => Step::Given(*index),
            Node::Not(a) => Step::Not(*a),
            Node::And(a, b) => Step::And(*a, *b),
            Node::Or(a, b) => Step::Or(*a, *b),
            Node::If(a, b, c) => Step::If(*a, *b, *c),
            _ => return None,
        })
    }

    /// The notes that can hold: their places in the contract, and their conditions.
    pub(crate) fn notes(&self) -> &[(usize, NodeId)] {
        &self.notes
    }

    /// A value as one word; nothing where it has none.
    pub(crate) fn short(&self, value: &Value) -> Option<Short> {
        match value {
            Value::Number(number) => Short::of(*number),
            Value::Flag(flag) => Some(Short::flag(*flag)),
            Value::Code(code) => self.code(code).map(Short::whole),
            Value::Date(day) => Some(Short::whole(day_number(*day))),
            Value::Period(..) => None,
        }
    }

    /// A code as one word: its letters, or its place among the contract's long ones below zero.
    pub(crate) fn code(&self, code: &str) -> Option<i64> {
        short_code(code).or_else(|| {
            let place = self.long_codes.iter().position(|known| known == code)?;
            i64::try_from(place).ok().map(|place| -1 - place)
        })
    }

    /// The code that a word stands for.
    fn code_text(&self, word: i64) -> Text {
        if word < 0 {
            let place = usize::try_from(-1 - word).ok();
            let known = place.and_then(|place| self.long_codes.get(place));
            return known.cloned().unwrap_or_default();
        }
        let [length, letters @ ..] = word.to_be_bytes();
        let letters = letters.get(..usize::from(length)).unwrap_or(&[]);
        String::from_utf8_lossy(letters).as_ref().into()
    }
}

/// Length and letters of a code of up to seven bytes.
fn short_code(code: &str) -> Option<i64> {
    let letters = code.as_bytes();
    let mut word = [0u8; 8];
    *word.first_mut()? = u8::try_from(letters.len()).ok()?;
    word.get_mut(1..=letters.len())?.copy_from_slice(letters);
    Some(i64::from_be_bytes(word))
}

/// A day as a number whose digits are those of the day, in their order.
fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

fn day_of(number: i64) -> Option<Date> {
    let part = |value: i64| i8::try_from(value).ok();
    let year = i16::try_from(number.div_euclid(10_000)).ok()?;
    let rest = number.rem_euclid(10_000);
    Date::new(year, part(rest / 100)?, part(rest % 100)?).ok()
}

/// The places of a step of rounding that is a power of ten of one or less.
fn places_of(step: Number) -> Option<u8> {
    let short = Short::of(step)?;
    if short.mantissa == 1 { Some(short.places) } else { None }
}

fn rows_of(table: &TableSlot) -> Option<Vec<TableRow>> {
    let is_stepped = |row: &crate::program::RowSlot| {
        table.interpolation == Interpolation::Stepped || row.to.is_none()
    };
    let row = |row: &crate::program::RowSlot| {
        if !is_stepped(row) && row.at_from != row.at_to {
            return None;
        }
        let to = match row.to {
            Some(to) => Some(Short::of(to)?),
            None => None,
        };
        Some(TableRow { from: Short::of(row.from)?, to, value: Short::of(row.at_from)? })
    };
    table.rows.iter().map(row).collect()
}

fn rule_plan((place, rule): (usize, &RuleSlot)) -> RulePlan {
    let overrides = rule.overrides.clone();
    RulePlan { place, condition: rule.condition, value: rule.value, overrides }
}
