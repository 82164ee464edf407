//! A contract with the numbers of one agreement, ready to compute line after line.

mod formula;

use crate::ast::Comparison;
use crate::contract::Contract;
use crate::evaluate::{Evaluator, Fault, FaultKind, Point, Row, Truth};
use crate::parameters::Parameters;
use crate::plan::{Line, LineFacts, Memory, Plan, Short, Slot};
use crate::program::{FactSlot, Program};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::{Cents, Date, Decimal, Rounding, Text};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A contract and the numbers of an agreement, laid out for many lines.
#[derive(Clone, Debug)]
pub struct Pricer {
    contract: Arc<Contract>,
    parameters: Parameters,
    plan: Plan,
    /// The plan for lines with usual facts, and these facts.
    usual: Option<(Plan, LineFacts)>,
    /// Facts that the document does not take with every value, and whether it asks alone that they
    /// are not below zero.
    bounded: Vec<(usize, bool)>,
}

impl Pricer {
    /// Lays out a contract without problems and the numbers that hold.
    #[must_use]
    pub fn new(contract: Arc<Contract>, parameters: Parameters) -> Pricer {
        let plan = Plan::new(&contract.program, &parameters);
        let bounded = bounded(&contract.program);
        Pricer { contract, parameters, plan, usual: None, bounded }
    }

    /// Lays the contract out once more for lines on which these facts have these values, nothing
    /// for one that is left out: what rests on them alone is computed beforehand.
    pub fn expect(&mut self, usual: &[(usize, Option<Value>)]) {
        let (mut facts, mut known) = (self.blank(), BTreeMap::new());
        for (fact, value) in usual {
            match value.as_ref().map(|value| (value, self.plan.short(value))) {
                Some((value, Some(short))) => {
                    facts.set_value(&self.plan, *fact, value);
                    known.insert(*fact, Some(short));
                }
                Some((_, None)) => return,
                None => {
                    known.insert(*fact, None);
                }
            }
        }
        facts.is_usual = true;
        self.usual = Some((self.plan.folded(&known), facts));
    }

    /// A line with the facts that are usual; nothing where none were said. The caller supplies no
    /// others in their place.
    #[must_use]
    pub fn usual(&self) -> Option<LineFacts> {
        self.usual.as_ref().map(|(_, facts)| facts.clone())
    }

    /// The plan that is laid out for a line.
    fn plan_of(&self, facts: &LineFacts) -> &Plan {
        match &self.usual {
            Some((plan, _)) if facts.is_usual => plan,
            _ => &self.plan,
        }
    }

    /// The contract.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The numbers.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The place of a fact.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<usize> {
        self.contract.program.fact_index(name)
    }

    /// The place of a term that a line has a value of.
    #[must_use]
    pub fn term(&self, name: &str) -> Option<usize> {
        let program = &self.contract.program;
        let index = program.term_index(name)?;
        program.terms.get(index).filter(|slot| slot.rows.is_none()).map(|_| index)
    }

    /// The name of a fact.
    #[must_use]
    pub fn fact_name(&self, fact: usize) -> &str {
        self.contract.program.facts.get(fact).map_or("", |slot| &slot.name)
    }

    /// The heading of the clause of a term's rule.
    #[must_use]
    pub fn clause(&self, term: usize, rule: usize) -> &str {
        let program = &self.contract.program;
        let slot = program.terms.get(term);
        let clause = slot.and_then(|slot| slot.rules.get(rule)).map(|rule| rule.clause);
        clause.map_or("", |clause| program.clause_title(clause))
    }

    /// How many terms the contract has.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.contract.program.terms.len()
    }

    /// The type of a term.
    #[must_use]
    pub fn kind(&self, term: usize) -> Option<&Type> {
        self.contract.program.terms.get(term).map(|slot| &slot.kind)
    }

    /// How many rules a term has.
    #[must_use]
    pub fn rules(&self, term: usize) -> usize {
        self.contract.program.terms.get(term).map_or(0, |slot| slot.rules.len())
    }

    /// How a term is rounded.
    #[must_use]
    pub fn rounding(&self, term: usize) -> Option<Rounding> {
        let slot = self.contract.program.terms.get(term)?;
        slot.rounded.map(|(mode, _)| mode)
    }

    /// True where a term can rest on other rounded amounts of money.
    #[must_use]
    pub fn has_inner_amounts(&self, term: usize) -> bool {
        let program = &self.contract.program;
        let mut under = program.terms_of(term).into_iter().filter(|other| *other != term);
        under.any(|other| program.terms.get(other).is_some_and(formula::is_amount))
    }

    /// The rule that decides a term; the first where the term has no value.
    #[must_use]
    pub fn decided(&self, term: usize, facts: &LineFacts, memory: &mut Memory) -> usize {
        if let Some((rule, _)) = Line::new(self.plan_of(facts), facts, memory).decided(term) {
            return rule;
        }
        let decided = |exact: &mut Evaluator<'_, Point>| {
            exact.term(term).ok()?;
            exact.decided(term)
        };
        self.exactly(facts, decided).unwrap_or(0)
    }

    /// The facts that one of these terms, or a note, can rest on: by their places, in order.
    #[must_use]
    pub fn facts_of(&self, terms: &[usize]) -> Vec<usize> {
        let program = &self.contract.program;
        let mut facts: Vec<usize> = terms.iter().flat_map(|term| program.facts_of(*term)).collect();
        facts.extend(program.facts_of_notes());
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// The sentences of the notes that hold whatever the facts of a line are: what the numbers of
    /// the agreement get wrong.
    #[must_use]
    pub fn notes_of_numbers(&self) -> Vec<&str> {
        let (facts, mut memory) = (self.blank(), Memory::default());
        let mut line = Line::new(&self.plan, &facts, &mut memory);
        let notes = self.contract.program.notes.iter();
        let holding = notes.filter(|note| {
            let is_of_facts = !self.contract.program.facts_of_node(note.condition).is_empty();
            !is_of_facts && line.holds(note.condition) == Some(true)
        });
        holding.map(|note| note.text.as_str()).collect()
    }

    /// A line without any fact.
    #[must_use]
    pub fn blank(&self) -> LineFacts {
        LineFacts::blank(&self.contract.program)
    }

    /// Supplies a number in the fact's unit.
    pub fn set_number(&self, facts: &mut LineFacts, fact: usize, number: Decimal) {
        let (mantissa, places) = number.parts();
        match Short::new(mantissa, places) {
            Some(short) => facts.set(fact, Slot::Short(short)),
            None => {
                let number = crate::number::Number::decimal(mantissa, places);
                // What not even a fraction holds is left out, and so asks for a person.
                if let Some(number) = number {
                    facts.set_value(&self.plan, fact, &Value::Number(number));
                }
            }
        }
    }

    /// A fact whose value the document does not take, and why, in words that follow the fact's
    /// name: such a line has no price.
    #[must_use]
    pub fn refused_fact(&self, facts: &LineFacts) -> Option<(usize, &'static str)> {
        let program = &self.contract.program;
        self.bounded.iter().find_map(|&(fact, from_zero)| {
            // Most facts are amounts that fit one word: their sign says it.
            if from_zero && facts.is_short_from_zero(fact) {
                return None;
            }
            let value = facts.value(program, &self.plan, fact)?;
            program.facts.get(fact)?.refuses(&value).map(|why| (fact, why))
        })
    }

    /// Supplies an amount of money.
    pub fn set_cents(&self, facts: &mut LineFacts, fact: usize, amount: Cents) {
        facts.set(fact, Slot::Short(Short { mantissa: amount.0, places: 2 }));
    }

    /// Supplies a flag.
    pub fn set_flag(&self, facts: &mut LineFacts, fact: usize, flag: bool) {
        facts.set(fact, Slot::Short(Short::flag(flag)));
    }

    /// Supplies a code.
    pub fn set_code(&self, facts: &mut LineFacts, fact: usize, code: &str) {
        match self.plan.code(code) {
            Some(word) => facts.set(fact, Slot::Short(Short::whole(word))),
            None => facts.set_value(&self.plan, fact, &Value::Code(code.into())),
        }
    }

    /// Supplies a day.
    pub fn set_day(&self, facts: &mut LineFacts, fact: usize, day: Date) {
        self.set_value(facts, fact, &Value::Date(day));
    }

    /// Supplies a value of the fact's type.
    pub fn set_value(&self, facts: &mut LineFacts, fact: usize, value: &Value) {
        facts.set_value(&self.plan, fact, value);
    }

    /// The value of a term for the facts of a line.
    ///
    /// `memory` keeps what was computed for the same facts: call [`Memory::next_line`] before
    /// others.
    pub fn value(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
    ) -> Result<Value, Fault> {
        let program = &self.contract.program;
        let slot = program.terms.get(term).ok_or(Fault::of(FaultKind::Mismatch))?;
        let short = Line::new(self.plan_of(facts), facts, memory).term(term);
        match short.and_then(|short| self.plan.value(&slot.kind, short)) {
            Some(value) => Ok(value),
            None => self.exactly(facts, |exact| exact.term(term)),
        }
    }

    /// The code that a term comes to; nothing for the code `none`.
    pub fn code(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
    ) -> Result<Option<Text>, Fault> {
        let short = Line::new(self.plan_of(facts), facts, memory).term(term);
        if short.is_some() && short.map(|short| short.mantissa) == self.plan.code("none") {
            return Ok(None);
        }
        match self.value(term, facts, memory)? {
            Value::Code(code) if code != "none" => Ok(Some(code)),
            _ => Ok(None),
        }
    }

    /// A term of money in cents; nothing where it has parts of a cent or is no amount.
    pub fn cents(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
    ) -> Result<Option<Cents>, Fault> {
        let short = Line::new(self.plan_of(facts), facts, memory).term(term);
        if let Some(cents) = short.and_then(Short::cents) {
            return Ok(Some(cents));
        }
        Ok(match self.value(term, facts, memory)? {
            Value::Number(number) => {
                let cents = number.to_cents(Rounding::Down);
                cents.filter(|cents| crate::number::Number::from_cents(*cents) == number)
            }
            _ => None,
        })
    }

    /// A term that is a flag.
    pub fn flag(&self, term: usize, facts: &LineFacts, memory: &mut Memory) -> Result<bool, Fault> {
        self.value(term, facts, memory).map(|value| value == Value::Flag(true))
    }

    /// The sentence of the first note that holds, in the order of the text.
    pub fn note(&self, facts: &LineFacts, memory: &mut Memory) -> Result<Option<&str>, Fault> {
        let plan = self.plan_of(facts);
        for (note, condition) in plan.notes() {
            let holds = match Line::new(plan, facts, memory).holds(*condition) {
                Some(holds) => holds,
                None => self.exactly(facts, |exact| exact.holds(*condition))? == Truth::True,
            };
            if holds {
                return Ok(self.contract.program.notes.get(*note).map(|note| note.text.as_str()));
            }
        }
        Ok(None)
    }

    /// Computes with fractions what the plan does not.
    fn exactly<T>(
        &self,
        facts: &LineFacts,
        compute: impl FnOnce(&mut Evaluator<'_, Point>) -> T,
    ) -> T {
        let row: Row = facts.row(&self.contract.program, &self.plan);
        compute(&mut Evaluator::new(&self.contract.program, &self.parameters, &row))
    }
}

impl Fault {
    /// True where a number does not fit exactly.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind == FaultKind::TooLarge
    }

    /// The fact that the line leaves out, where that is why a term has no value.
    #[must_use]
    pub fn missing_fact(&self) -> Option<usize> {
        match self.kind {
            FaultKind::MissingFact(fact) => Some(fact),
            _ => None,
        }
    }
}

/// The facts that have bounds or count something, and which of them have zero as their only bound.
fn bounded(program: &Program) -> Vec<(usize, bool)> {
    let is_zero = |value: &Value| matches!(value, Value::Number(number) if number.is_zero());
    let of_slot = |(fact, slot): (usize, &FactSlot)| {
        let is_count = slot.kind == Type::Number(Unit::COUNT);
        let from_zero = |(comparison, limit): &(Comparison, Value)| {
            *comparison == Comparison::GreaterOrEqual && is_zero(limit)
        };
        let is_plain = !is_count && slot.bounds.iter().all(from_zero);
        (is_count || !slot.bounds.is_empty()).then_some((fact, is_plain))
    };
    program.facts.iter().enumerate().filter_map(of_slot).collect()
}
