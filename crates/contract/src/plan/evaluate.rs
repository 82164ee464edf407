//! Computes the terms of a line by a plan, each at most once; nothing where the plan ends.

use super::{LineFacts, Plan, RulePlan, Short, Slot, Step, day_of};
use crate::evaluate::holds;
use crate::program::{Arithmetic, NodeId};
use counterfoil_base::{Rounding, days_between};
use std::cmp::Ordering;

/// What was computed for the line at hand; it is kept from line to line to spare its making.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The line: what was computed for another one does not count.
    line: u64,
    terms: Vec<Known>,
}

/// A term's value, the rule that decided and the line that it was computed for.
#[derive(Clone, Copy, Debug)]
struct Known {
    line: u64,
    rule: usize,
    value: Short,
}

impl Memory {
    /// Goes on to another line, or to other facts of the same one.
    pub fn next_line(&mut self) {
        self.line = self.line.wrapping_add(1);
    }
}

/// One line being computed.
pub(crate) struct Line<'a> {
    pub plan: &'a Plan,
    pub facts: &'a LineFacts,
    pub memory: &'a mut Memory,
}

impl<'a> Line<'a> {
    pub(crate) fn new(plan: &'a Plan, facts: &'a LineFacts, memory: &'a mut Memory) -> Line<'a> {
        if memory.terms.len() != plan.terms.len() {
            let none = Known { line: u64::MAX, rule: 0, value: Short::whole(0) };
            memory.terms.clear();
            memory.terms.resize(plan.terms.len(), none);
        }
        Line { plan, facts, memory }
    }

    /// The value of a term.
    pub(crate) fn term(&mut self, index: usize) -> Option<Short> {
        self.decided(index).map(|(_, value)| value)
    }

    /// The rule that decides a term, and the term's value.
    pub(crate) fn decided(&mut self, index: usize) -> Option<(usize, Short)> {
        let known = self.memory.terms.get(index)?;
        if known.line == self.memory.line {
            return Some((known.rule, known.value));
        }
        let term = self.plan.terms.get(index)?;
        if !term.is_planned {
            return None;
        }
        let rule = match term.rules.as_slice() {
            [RulePlan { condition: None, .. }] => 0,
            rules => self.standing(rules)?,
        };
        let RulePlan { place: rule, value: node, .. } = *term.rules.get(rule)?;
        let value = match term.rounded {
            Some((places, mode)) => self.rounded(node, places, mode)?,
            None => self.node(node)?,
        };
        let line = self.memory.line;
        *self.memory.terms.get_mut(index)? = Known { line, rule, value };
        Some((rule, value))
    }

    /// Where the one rule is that stands; nothing for none or two, of which the evaluator tells.
    fn standing(&mut self, rules: &[RulePlan]) -> Option<usize> {
        let mut applies = 0u64;
        for rule in rules {
            let bit = 1u64.checked_shl(u32::try_from(rule.place).ok()?)?;
            if let Some(condition) = rule.condition
                && self.holds(condition)?
            {
                applies |= bit;
            }
        }
        if applies == 0 {
            return rules.iter().position(|rule| rule.condition.is_none());
        }
        let mut standing = applies;
        for rule in rules.iter().filter(|rule| applies >> rule.place & 1 == 1) {
            for other in rule.overrides.iter().filter(|other| **other < 64) {
                standing &= !(1 << other);
            }
        }
        if standing.count_ones() != 1 {
            return None;
        }
        let place = usize::try_from(standing.trailing_zeros()).ok()?;
        rules.iter().position(|rule| rule.place == place)
    }

    pub(crate) fn holds(&mut self, node: NodeId) -> Option<bool> {
        self.node(node).map(|value| value.mantissa != 0)
    }

    /// The value of a step rounded; a quotient is rounded from its exact value.
    fn rounded(&mut self, node: NodeId, places: u8, mode: Rounding) -> Option<Short> {
        match self.plan.steps.get(node)? {
            Step::Arithmetic(Arithmetic::Divide, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                a.divide_rounded(b, places, mode)
            }
            Step::If(condition, then, other) => {
                let chosen = if self.holds(*condition)? { *then } else { *other };
                self.rounded(chosen, places, mode)
            }
            _ => self.node(node)?.round(places, mode),
        }
    }

    pub(crate) fn fact(&self, fact: usize) -> Option<Short> {
        match self.facts.slots.get(fact)? {
            Slot::Short(short) => Some(*short),
            Slot::Missing | Slot::Wide => None,
        }
    }

    pub(crate) fn node(&mut self, id: NodeId) -> Option<Short> {
        let plan = self.plan;
        Some(match plan.steps.get(id)? {
            Step::Constant(value) => *value,
            Step::Fact(fact) => self.fact(*fact)?,
            Step::Term(term) => self.term(*term)?,
            Step::Arithmetic(operation, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                match operation {
                    Arithmetic::Add => a.add(b)?,
                    Arithmetic::Subtract => a.subtract(b)?,
                    Arithmetic::Multiply => a.multiply(b)?,
                    Arithmetic::Divide => a.divide(b)?,
                }
            }
            Step::Compare(comparison, a, b) => {
                let (a, b) = (self.node(*a)?, self.node(*b)?);
                Short::flag(holds(*comparison, a.compare(b)))
            }
            Step::Is(value, codes, is_negated) => {
                let value = self.node(*value)?;
                Short::flag(codes.contains(&value.mantissa) != *is_negated)
            }
            Step::Not(a) => Short::flag(!self.holds(*a)?),
            Step::And(a, b) => Short::flag(self.holds(*a)? && self.holds(*b)?),
            Step::Or(a, b) => Short::flag(self.holds(*a)? || self.holds(*b)?),
            Step::If(condition, then, other) => {
                let chosen = if self.holds(*condition)? { *then } else { *other };
                self.node(chosen)?
            }
            Step::Round(value, places, mode) => self.rounded(*value, *places, *mode)?,
            step => self.rare(step)?,
        })
    }

    /// Steps that few lines take.
    fn rare(&mut self, step: &Step) -> Option<Short> {
        match step {
            Step::Negate(a) => self.node(*a)?.negate(),
            Step::Absolute(a) => {
                let value = self.node(*a)?;
                if value.mantissa < 0 { value.negate() } else { Some(value) }
            }
            Step::Least(all) => self.extreme(all, Ordering::Less),
            Step::Greatest(all) => self.extreme(all, Ordering::Greater),
            Step::ByCode(by, values) => {
                let code = self.node(*by)?.mantissa;
                values.iter().find(|(known, _)| *known == code).map(|(_, value)| *value)
            }
            Step::Table(table, argument) => {
                let argument = self.node(*argument)?;
                let holds = |from: Short, to: Option<Short>| {
                    argument.compare(from) != Ordering::Less
                        && to.is_none_or(|to| argument.compare(to) != Ordering::Greater)
                };
                let rows = self.plan.tables.get(*table)?;
                rows.iter().find(|row| holds(row.from, row.to)).map(|row| row.value)
            }
            Step::DaysBetween(a, b) => {
                let (from, to) = (self.node(*a)?.mantissa, self.node(*b)?.mantissa);
                Some(Short::whole(days_between(day_of(from)?, day_of(to)?)))
            }
            Step::YearOf(a) => Some(Short::whole(self.node(*a)?.mantissa.div_euclid(10_000))),
            Step::Given(fact) => match self.facts.slots.get(*fact)? {
                Slot::Short(_) => Some(Short::flag(true)),
                Slot::Missing => Some(Short::flag(false)),
                Slot::Wide => None,
            },
            _ => None,
        }
    }

    /// The first of the values that no other one exceeds in this direction.
    fn extreme(&mut self, all: &[NodeId], wanted: Ordering) -> Option<Short> {
        let (first, rest) = all.split_first()?;
        let mut chosen = self.node(*first)?;
        for node in rest {
            let value = self.node(*node)?;
            if value.compare(chosen) == wanted {
                chosen = value;
            }
        }
        Some(chosen)
    }
}
