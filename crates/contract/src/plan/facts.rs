//! The facts of one line, each in one machine word where it fits.

use super::{Plan, Short, day_of};
use crate::evaluate::{FactValue, Row};
use crate::program::Program;
use crate::unit::Type;
use crate::value::Value;

/// The facts of one line, by their places in the contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineFacts {
    pub(super) slots: Vec<Slot>,
    /// Facts that do not fit one word.
    wide: Vec<(usize, Value)>,
    /// True where the facts that are usual have their usual values.
    pub(crate) is_usual: bool,
}

/// One fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The line leaves it out.
    #[default]
    Missing,
    Short(Short),
    /// Only the evaluator of fractions computes with it.
    Wide,
}

impl LineFacts {
    pub(crate) fn blank(program: &Program) -> LineFacts {
        LineFacts { slots: vec![Slot::Missing; program.facts.len()], ..LineFacts::default() }
    }

    pub(crate) fn set(&mut self, fact: usize, slot: Slot) {
        if let Some(place) = self.slots.get_mut(fact) {
            *place = slot;
        }
    }

    /// Supplies a fact.
    pub(crate) fn set_value(&mut self, plan: &Plan, fact: usize, value: &Value) {
        match plan.short(value) {
            Some(short) => self.set(fact, Slot::Short(short)),
            None => {
                self.set(fact, Slot::Wide);
                self.wide.push((fact, value.clone()));
            }
        }
    }

    /// Takes the facts that are used from a row. What does not fit stays with the row.
    pub(crate) fn take(&mut self, plan: &Plan, used: &[usize], row: &Row) {
        for fact in used {
            let slot = match row.facts.get(*fact) {
                _ if row.unread.contains(fact) => Slot::Wide,
                Some(Some(given)) => plan.short(&given.value).map_or(Slot::Wide, Slot::Short),
                _ => Slot::Missing,
            };
            self.set(*fact, slot);
        }
    }

    /// True where a fact fits one word and is not below zero.
    pub(crate) fn is_short_from_zero(&self, fact: usize) -> bool {
        matches!(self.slots.get(fact), Some(Slot::Short(short)) if short.mantissa >= 0)
    }

    /// The value of a fact; nothing where the line leaves it out.
    pub(crate) fn value(&self, program: &Program, plan: &Plan, fact: usize) -> Option<Value> {
        match self.slots.get(fact)? {
            Slot::Missing => None,
            Slot::Wide => {
                self.wide.iter().find(|(place, _)| *place == fact).map(|(_, value)| value.clone())
            }
            Slot::Short(short) => plan.value(&program.facts.get(fact)?.kind, *short),
        }
    }

    /// The facts as a row, for the evaluator of fractions.
    pub(crate) fn row(&self, program: &Program, plan: &Plan) -> Row {
        let value = |fact| self.value(program, plan, fact).map(FactValue::exact);
        Row { facts: (0..self.slots.len()).map(value).collect(), ..Row::default() }
    }
}

impl Plan {
    /// What one word of a type stands for.
    pub(crate) fn value(&self, kind: &Type, short: Short) -> Option<Value> {
        Some(match kind {
            Type::Number(_) => Value::Number(short.number()),
            Type::Flag => Value::Flag(short.mantissa != 0),
            Type::Code(_) => Value::Code(self.code_text(short.mantissa)),
            Type::Date => Value::Date(day_of(short.mantissa)?),
            Type::Period => return None,
        })
    }
}
