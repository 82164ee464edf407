//! Computes terms for one row of facts, on demand, in the domain of single values or of ranges.

mod fault;
mod over;
mod point;
mod range;

pub use fault::Fault;
pub(crate) use fault::FaultKind;
pub(crate) use point::{Point, holds};
pub(crate) use range::{Range, RangeValue};

use crate::ast::Comparison;
use crate::number::Number;
use crate::parameters::{ParameterValue, Parameters};
use crate::program::{Arithmetic, FactSlot, Node, NodeId, Program, RuleSlot, TableSlot};
use crate::value::Value;
use counterfoil_base::{Rounding, Text};
use over::Found;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One fact of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactValue {
    /// The value as printed.
    pub value: Value,
    /// Half a unit of the last printed place, when the number was rounded for print; the true
    /// number lies within this distance. Zero for exact numbers and all other values.
    pub half_unit: Number,
}

impl FactValue {
    /// A value that is exactly what is written.
    #[must_use]
    pub fn exact(value: Value) -> FactValue {
        FactValue { value, half_unit: Number::ZERO }
    }
}

/// The facts of one row, in the order of the contract's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// One entry a fact; nothing where the row leaves it out.
    pub facts: Vec<Option<FactValue>>,
    /// Places of facts whose cells could not be read: they are not there, and not left out.
    pub unread: Vec<usize>,
    /// The further rows that belong to it, in the order of the contract's `rows`, each list
    /// ordered by the names of its rows; nothing where no file of them was supplied.
    pub rows: Vec<Option<Arc<Vec<ListedRow>>>>,
}

/// One of the further rows that belong to a row: a member, a practice, an episode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedRow {
    /// Its place in its file; the first row below the heading is 1.
    pub number: u64,
    /// What names it: the values of its key facts, joined by `/`.
    pub key: String,
    /// One entry a fact of these rows; nothing where the row leaves it out.
    pub facts: Vec<Option<FactValue>>,
    /// Places of facts whose cells could not be read.
    pub unread: Vec<usize>,
}

/// Whether something holds, as far as the facts say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    /// Printed numbers leave it open.
    Open,
}

impl Truth {
    pub(crate) fn of(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }

    fn negate(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Open => Truth::Open,
        }
    }
}

/// What values are, and how each operation works on them.
pub(crate) trait Domain {
    /// A value of this domain.
    type Value: Clone;

    fn constant(value: &Value) -> Self::Value;
    fn fact(value: &FactValue, slot: &FactSlot) -> Result<Self::Value, FaultKind>;
    fn flag(truth: Truth) -> Self::Value;
    fn truth(value: &Self::Value) -> Option<Truth>;
    /// Either of two values.
    fn join(left: Self::Value, right: Self::Value) -> Result<Self::Value, FaultKind>;
    fn arithmetic(
        operation: Arithmetic,
        left: &Self::Value,
        right: &Self::Value,
    ) -> Result<Self::Value, FaultKind>;
    fn negate(value: &Self::Value) -> Result<Self::Value, FaultKind>;
    fn magnitude(value: &Self::Value) -> Result<Self::Value, FaultKind>;
    fn least(left: &Self::Value, right: &Self::Value) -> Result<Self::Value, FaultKind>;
    fn greatest(left: &Self::Value, right: &Self::Value) -> Result<Self::Value, FaultKind>;
    fn round(value: &Self::Value, mode: Rounding, step: Number) -> Result<Self::Value, FaultKind>;
    fn table(
        index: usize,
        table: &TableSlot,
        value: &Self::Value,
    ) -> Result<Self::Value, FaultKind>;
    fn compare(
        comparison: Comparison,
        left: &Self::Value,
        right: &Self::Value,
    ) -> Result<Truth, FaultKind>;
    /// Whether the value is one of the codes.
    fn is_one_of(value: &Self::Value, codes: &[Text]) -> Result<Truth, FaultKind>;
    /// Every code that the value can be.
    fn codes(value: &Self::Value) -> Result<Vec<Text>, FaultKind>;
    /// The single value, where days and periods are computed with.
    fn single(value: &Self::Value) -> Result<Value, FaultKind>;
    /// For each value, one more than the values that are counted and greater.
    fn ranks(values: &[(Self::Value, Truth)]) -> Result<Vec<Self::Value>, FaultKind>;
    /// The parts of a pool in whole cents, by weights in the order in which cents that are left
    /// over go out.
    fn split(pool: &Self::Value, weights: &[Self::Value]) -> Result<Vec<Self::Value>, FaultKind>;
}

/// Evaluates the terms of one row; each term at most once.
pub(crate) struct Evaluator<'a, D: Domain> {
    program: &'a Program,
    parameters: &'a Parameters,
    row: &'a Row,
    terms: Vec<Option<D::Value>>,
    decided: Vec<Option<usize>>,
    /// Terms of further rows: by term and row, their values and the rules that decided.
    listed: BTreeMap<(usize, usize), Listed<D::Value>>,
    /// What was found from all rows of a list, by node.
    found: BTreeMap<NodeId, Found<D::Value>>,
    /// The further row at hand: its list and its place there.
    at: Option<(usize, usize)>,
    /// Whether the rules at hand apply, those of the innermost term last.
    applies: Vec<Truth>,
}

/// A term's value for a further row, and the rule that decided.
type Listed<V> = (Option<V>, usize);

type Outcome<T> = Result<T, Fault>;

/// Of two numbers the one that is wanted.
type Choose<V> = fn(&V, &V) -> Result<V, FaultKind>;

impl<'a, D: Domain> Evaluator<'a, D> {
    pub(crate) fn new(program: &'a Program, parameters: &'a Parameters, row: &'a Row) -> Self {
        let count = program.terms.len();
        Evaluator {
            program,
            parameters,
            row,
            terms: vec![None; count],
            decided: vec![None; count],
            listed: BTreeMap::new(),
            found: BTreeMap::new(),
            at: None,
            applies: Vec::new(),
        }
    }

    /// Goes on with the terms of another row; what was found for the one before is forgotten.
    pub(crate) fn start(&mut self, row: &'a Row) {
        self.row = row;
        self.terms.fill(None);
        self.decided.fill(None);
        self.listed.clear();
        self.found.clear();
        self.applies.clear();
        self.at = None;
    }

    /// The value of a term.
    pub(crate) fn term(&mut self, index: usize) -> Outcome<D::Value> {
        if let Some(Some(value)) = self.terms.get(index) {
            return Ok(value.clone());
        }
        let slot = self.program.terms.get(index).ok_or(Fault::of(FaultKind::Mismatch))?;
        let listed = match slot.rows {
            Some(set) => Some((index, self.place_in(set).map_err(Fault::of)?)),
            None => None,
        };
        if let Some((Some(value), _)) = listed.and_then(|place| self.listed.get(&place)) {
            return Ok(value.clone());
        }
        let mut value = self.rules(index, &slot.rules)?;
        if let Some((mode, step)) = slot.rounded {
            value = D::round(&value, mode, step).map_err(Fault::of)?;
        }
        match listed {
            Some(place) => self.listed.entry(place).or_insert((None, 0)).0 = Some(value.clone()),
            None => {
                if let Some(known) = self.terms.get_mut(index) {
                    *known = Some(value.clone());
                }
            }
        }
        Ok(value)
    }

    /// The rule that decided a term which has been computed, for the further row at hand.
    pub(crate) fn decided(&self, term: usize) -> Option<usize> {
        match (self.program.terms.get(term)?.rows, self.at) {
            (Some(_), Some((_, row))) => self.listed.get(&(term, row)).map(|(_, rule)| *rule),
            _ => self.decided.get(term).copied().flatten(),
        }
    }

    /// Whether a note's condition holds.
    pub(crate) fn holds(&mut self, node: NodeId) -> Outcome<Truth> {
        let value = self.node(node)?;
        D::truth(&value).ok_or(Fault::at(FaultKind::Mismatch, node))
    }

    /// The value of the rule that applies; of several possible ones, either of their values.
    fn rules(&mut self, term: usize, rules: &[RuleSlot]) -> Outcome<D::Value> {
        if let [RuleSlot { condition: None, value, .. }] = rules {
            self.decide(term, 0);
            return self.node(*value);
        }
        let candidates = match self.candidates(term, rules)? {
            Candidates::One(place) => {
                self.decide(term, place);
                let rule = rules.get(place).ok_or(Fault::of(FaultKind::Mismatch))?;
                return self.node(rule.value);
            }
            Candidates::Several(places) => places,
        };
        let mut joined: Option<D::Value> = None;
        for place in candidates {
            self.decide(term, place);
            let Some(rule) = rules.get(place) else { continue };
            let value = self.node(rule.value)?;
            joined = Some(match joined {
                Some(before) => {
                    D::join(before, value).map_err(|kind| Fault::at(kind, rule.value))?
                }
                None => value,
            });
        }
        joined.ok_or(Fault::of(FaultKind::NoRule(term)))
    }

    fn decide(&mut self, term: usize, rule: usize) {
        if self.program.terms.get(term).is_some_and(|slot| slot.rows.is_some()) {
            if let Some((_, row)) = self.at {
                self.listed.entry((term, row)).or_insert((None, rule)).1 = rule;
            }
            return;
        }
        if let Some(slot) = self.decided.get_mut(term) {
            *slot = Some(rule);
        }
    }

    /// The rules that decide: exactly one, unless printed numbers leave open which.
    fn candidates(&mut self, term: usize, rules: &[RuleSlot]) -> Outcome<Candidates> {
        // Conditions may compute other terms, whose rules stand behind these meanwhile.
        let start = self.applies.len();
        for rule in rules {
            let applies = match rule.condition {
                Some(condition) => self.holds(condition)?,
                None => Truth::False,
            };
            self.applies.push(applies);
        }
        let applies = self.applies.get(start..).unwrap_or(&[]);
        let found = chosen(term, rules, applies);
        self.applies.truncate(start);
        found.map_err(Fault::of)
    }

    pub(crate) fn node(&mut self, id: NodeId) -> Outcome<D::Value> {
        let program = self.program;
        let node = program.nodes.get(id).ok_or(Fault::of(FaultKind::Mismatch))?;
        let here = |kind| Fault::at(kind, id);
        match node {
            Node::Constant(value, _) => Ok(D::constant(value)),
            Node::Fact(index) => self.fact(*index).map_err(here),
            Node::RowFact(set, index) => self.row_fact(*set, *index).map_err(here),
            Node::Over(over) => self.over(over, id),
            Node::Parameter(index) => self.parameter(*index, id),
            Node::Term(index) => self.term(*index),
            Node::Year => Ok(D::constant(&Value::Number(Number::whole(self.parameters.year())))),
            Node::PerformancePeriod => self
                .parameters
                .performance_period()
                .map(|value| D::constant(&value))
                .ok_or(here(FaultKind::Mismatch)),
            // Whether a cell that cannot be read gives the fact is not known either.
            Node::Given(index) if self.row.unread.contains(index) => {
                Err(here(FaultKind::UnreadFact(*index)))
            }
            Node::Given(index) => {
                let is_given = self.row.facts.get(*index).is_some_and(Option::is_some);
                Ok(D::flag(Truth::of(is_given)))
            }
            Node::RowGiven(set, index) => {
                let row = self.listed_row(*set).map_err(here)?;
                if row.unread.contains(index) {
                    return Err(here(FaultKind::UnreadRowFact { rows: *set, fact: *index }));
                }
                let is_given = row.facts.get(*index).is_some_and(Option::is_some);
                Ok(D::flag(Truth::of(is_given)))
            }
            Node::If(condition, then, other) => match self.holds(*condition)? {
                Truth::True => self.node(*then),
                Truth::False => self.node(*other),
                Truth::Open => {
                    let (then, other) = (self.node(*then)?, self.node(*other)?);
                    D::join(then, other).map_err(here)
                }
            },
            Node::Not(a) => Ok(D::flag(self.holds(*a)?.negate())),
            Node::And(a, b) => self.both(*a, *b, Truth::False).map(D::flag),
            Node::Or(a, b) => self.both(*a, *b, Truth::True).map(D::flag),
            _ => self.operation(node, id),
        }
    }

    /// `and` is settled by the first false, `or` by the first true.
    fn both(&mut self, left: NodeId, right: NodeId, settles: Truth) -> Outcome<Truth> {
        let left = self.holds(left)?;
        if left == settles {
            return Ok(left);
        }
        let right = self.holds(right)?;
        Ok(if right == settles || left != Truth::Open { right } else { Truth::Open })
    }

    fn fact(&self, index: usize) -> Result<D::Value, FaultKind> {
        if self.row.unread.contains(&index) {
            return Err(FaultKind::UnreadFact(index));
        }
        let value = self.row.facts.get(index).and_then(Option::as_ref);
        let slot = self.program.facts.get(index).ok_or(FaultKind::Mismatch)?;
        D::fact(value.ok_or(FaultKind::MissingFact(index))?, slot)
    }

    fn parameter(&mut self, index: usize, id: NodeId) -> Outcome<D::Value> {
        let missing = |code: &str| {
            Fault::at(FaultKind::NoParameter { parameter: index, code: code.to_owned() }, id)
        };
        let parameters = self.parameters;
        match parameters.value(index) {
            Some(ParameterValue::One(value)) => Ok(D::constant(value)),
            Some(ParameterValue::ByCode(values)) => {
                let by = self.program.parameters.get(index).and_then(|slot| slot.by.as_ref());
                let (by, _) = by.ok_or(Fault::at(FaultKind::Mismatch, id))?;
                let chosen = self.node(*by)?;
                let mut joined: Option<D::Value> = None;
                for code in D::codes(&chosen).map_err(|kind| Fault::at(kind, id))? {
                    let value = values.get(code.as_str()).ok_or_else(|| missing(&code))?;
                    let value = D::constant(value);
                    joined = Some(match joined {
                        Some(before) => {
                            D::join(before, value).map_err(|kind| Fault::at(kind, id))?
                        }
                        None => value,
                    });
                }
                joined.ok_or_else(|| missing(""))
            }
            None => Err(missing("")),
        }
    }

    /// Operations whose parts are all computed first.
    fn operation(&mut self, node: &Node, id: NodeId) -> Outcome<D::Value> {
        let here = |kind| Fault::at(kind, id);
        let value = match node {
            Node::Arithmetic(operation, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                D::arithmetic(*operation, &a, &b)
            }
            Node::Negate(a) => D::negate(&self.node(*a)?),
            Node::Absolute(a) => D::magnitude(&self.node(*a)?),
            Node::Least(all) => return self.extreme(all, D::least, id),
            Node::Greatest(all) => return self.extreme(all, D::greatest, id),
            Node::Round { value, mode, step } => D::round(&self.node(*value)?, *mode, *step),
            Node::Table(index, argument) => {
                let argument = self.node(*argument)?;
                let table = self.program.tables.get(*index);
                D::table(*index, table.ok_or(here(FaultKind::Mismatch))?, &argument)
            }
            Node::Compare(comparison, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                D::compare(*comparison, &a, &b).map(D::flag)
            }
            Node::Is { value, codes, is_negated } => {
                let truth = D::is_one_of(&self.node(*value)?, codes);
                truth.map(|truth| D::flag(if *is_negated { truth.negate() } else { truth }))
            }
            Node::Within(a, b) | Node::DaysBetween(a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                self.days(node, &a, Some(&b))
            }
            Node::DaysIn(a) | Node::YearOf(a) => {
                let a = self.node(*a)?;
                self.days(node, &a, None)
            }
            _ => Err(FaultKind::Mismatch),
        };
        value.map_err(here)
    }

    fn extreme(
        &mut self,
        all: &[NodeId],
        choose: Choose<D::Value>,
        id: NodeId,
    ) -> Outcome<D::Value> {
        let mut chosen: Option<D::Value> = None;
        for node in all {
            let value = self.node(*node)?;
            chosen = Some(match chosen {
                Some(before) => choose(&before, &value).map_err(|kind| Fault::at(kind, id))?,
                None => value,
            });
        }
        chosen.ok_or(Fault::at(FaultKind::Mismatch, id))
    }

    /// Operations on days and periods, which are always exact.
    fn days(&self, node: &Node, a: &D::Value, b: Option<&D::Value>) -> Result<D::Value, FaultKind> {
        let a = D::single(a)?;
        let b = b.map(D::single).transpose()?;
        let value = match (node, a, b) {
            (Node::Within(..), Value::Date(day), Some(Value::Period(first, last))) => {
                Value::Flag(first <= day && day <= last)
            }
            (Node::DaysBetween(..), Value::Date(from), Some(Value::Date(to))) => {
                Value::Number(Number::whole(counterfoil_base::days_between(from, to)))
            }
            (Node::DaysIn(..), Value::Period(first, last), None) => {
                let between = counterfoil_base::days_between(first, last);
                Value::Number(Number::whole(between.saturating_add(1)))
            }
            (Node::YearOf(..), Value::Date(day), None) => {
                Value::Number(Number::whole(i64::from(day.year())))
            }
            _ => return Err(FaultKind::Mismatch),
        };
        Ok(D::constant(&value))
    }
}

/// The rules that decide a term.
enum Candidates {
    One(usize),
    /// Printed numbers leave open which.
    Several(Vec<usize>),
}

/// The rules that decide, from whether each applies.
fn chosen(term: usize, rules: &[RuleSlot], applies: &[Truth]) -> Result<Candidates, FaultKind> {
    let truth = |place: usize| applies.get(place).copied().unwrap_or(Truth::False);
    // A rule stands unless one that certainly applies is an exception to it.
    let stands = |place: &usize| {
        truth(*place) != Truth::False
            && !rules
                .iter()
                .enumerate()
                .any(|(other, rule)| truth(other) == Truth::True && rule.overrides.contains(place))
    };
    let standing = || (0..rules.len()).filter(stands);
    let mut certain = standing().filter(|place| truth(*place) == Truth::True);
    let is_open = applies.contains(&Truth::Open);
    let Some(first) = certain.next() else {
        // Nothing certain: any open rule, or the rule for everything else.
        let otherwise = rules.iter().position(|rule| rule.condition.is_none());
        return match otherwise {
            Some(otherwise) if !is_open => Ok(Candidates::One(otherwise)),
            _ => Ok(Candidates::Several(standing().chain(otherwise).collect())),
        };
    };
    if let Some(second) = certain.next() {
        return Err(FaultKind::TwoRules { term, first, second });
    }
    if !is_open {
        return Ok(Candidates::One(first));
    }
    // Beside the certain rule only its own open exceptions can still decide.
    let can_replace =
        |place: &usize| rules.get(*place).is_some_and(|rule| rule.overrides.contains(&first));
    let open = standing().filter(|place| *place != first).filter(can_replace);
    Ok(Candidates::Several(std::iter::once(first).chain(open).collect()))
}

/// Whether a fact keeps to a bound.
pub(crate) fn point_holds(comparison: Comparison, value: &Value, limit: &Value) -> bool {
    matches!(Point::compare(comparison, value, limit), Ok(Truth::True))
}
