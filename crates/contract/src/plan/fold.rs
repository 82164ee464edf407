//! What is known beforehand is computed beforehand: numbers of the agreement, and facts that are
//! the same on most lines.

use super::{Line, LineFacts, Memory, Plan, RulePlan, Short, Step};
use crate::program::{Arithmetic, NodeId};
use std::collections::BTreeMap;

impl Plan {
    /// The same plan for lines whose facts have these values; nothing for one that is left out.
    pub(crate) fn folded(&self, known: &BTreeMap<usize, Option<Short>>) -> Plan {
        let mut fold = Fold {
            done: vec![false; self.steps.len()],
            terms: vec![false; self.terms.len()],
            plan: self.clone(),
            known,
        };
        for id in 0..self.steps.len() {
            fold.node(id);
        }
        for term in 0..self.terms.len() {
            fold.term(term);
        }
        let steps = &fold.plan.steps;
        let never = |node: &NodeId| match steps.get(*node) {
            Some(Step::Constant(value)) => value.mantissa == 0,
            _ => false,
        };
        let mut notes = fold.plan.notes.clone();
        notes.retain(|(_, condition)| !never(condition));
        fold.plan.notes = notes;
        fold.plan
    }
}

struct Fold<'a> {
    plan: Plan,
    known: &'a BTreeMap<usize, Option<Short>>,
    done: Vec<bool>,
    terms: Vec<bool>,
}

impl Fold<'_> {
    fn constant(&self, id: NodeId) -> Option<Short> {
        match self.plan.steps.get(id) {
            Some(Step::Constant(value)) => Some(*value),
            _ => None,
        }
    }

    fn flag(&self, id: NodeId) -> Option<bool> {
        self.constant(id).map(|value| value.mantissa != 0)
    }

    /// The value of a node or term whose parts are all known.
    fn compute<T>(&self, act: impl FnOnce(&mut Line<'_>) -> Option<T>) -> Option<T> {
        let (facts, mut memory) = (LineFacts::default(), Memory::default());
        act(&mut Line::new(&self.plan, &facts, &mut memory))
    }

    fn node(&mut self, id: NodeId) {
        let is_done = self.done.get_mut(id).is_none_or(|done| std::mem::replace(done, true));
        let Some(step) = self.plan.steps.get(id).cloned().filter(|_| !is_done) else { return };
        if let Some(step) = self.step(id, step)
            && let Some(place) = self.plan.steps.get_mut(id)
        {
            *place = step;
        }
    }

    /// The step in place of a step; nothing where it stays.
    fn step(&mut self, id: NodeId, step: Step) -> Option<Step> {
        let flag = |holds: bool| Step::Constant(Short::flag(holds));
        match step {
            Step::Fact(fact) => self.known.get(&fact)?.map(Step::Constant),
            Step::Given(fact) => self.known.get(&fact).map(|value| flag(value.is_some())),
            Step::Term(term) => self.term(term).map(Step::Constant),
            Step::And(a, b) | Step::Or(a, b) => {
                let settles = matches!(step, Step::Or(..));
                self.node(a);
                self.node(b);
                match self.flag(a) {
                    Some(holds) if holds == settles => Some(flag(settles)),
                    // The first says nothing: the second decides.
                    Some(_) => self.plan.steps.get(b).cloned(),
                    None => None,
                }
            }
            Step::If(condition, then, other) => {
                [condition, then, other].into_iter().for_each(|part| self.node(part));
                let chosen = if self.flag(condition)? { then } else { other };
                self.plan.steps.get(chosen).cloned()
            }
            Step::Arithmetic(Arithmetic::Multiply, a, b) => {
                self.node(a);
                self.node(b);
                let is_one = |value: Option<Short>| value.is_some_and(|v| v.trimmed().is_one());
                match (self.constant(a), self.constant(b)) {
                    (Some(_), Some(_)) => self.compute(|line| line.node(id)).map(Step::Constant),
                    (one, _) if is_one(one) => self.plan.steps.get(b).cloned(),
                    (_, one) if is_one(one) => self.plan.steps.get(a).cloned(),
                    _ => None,
                }
            }
            _ => {
                let parts = step.parts();
                parts.iter().for_each(|part| self.node(*part));
                let is_known =
                    !parts.is_empty() && parts.iter().all(|part| self.constant(*part).is_some());
                if !is_known {
                    return None;
                }
                self.compute(|line| line.node(id)).map(Step::Constant)
            }
        }
    }

    /// Leaves out rules that never apply; the term's value where it is known.
    fn term(&mut self, index: usize) -> Option<Short> {
        let is_done = self.terms.get_mut(index).is_none_or(|done| std::mem::replace(done, true));
        let term = self.plan.terms.get(index)?.clone();
        if !term.is_planned {
            return None;
        }
        if !is_done {
            let mut rules: Vec<RulePlan> = Vec::with_capacity(term.rules.len());
            for rule in term.rules {
                rule.condition.into_iter().for_each(|condition| self.node(condition));
                self.node(rule.value);
                let condition = rule.condition.and_then(|condition| self.flag(condition));
                if condition != Some(false) {
                    rules.push(rule);
                }
            }
            let mut conditional = rules.iter().filter(|rule| rule.condition.is_some());
            let only = conditional.next().filter(|_| conditional.next().is_none()).cloned();
            let holds = only.and_then(|rule| Some((self.flag(rule.condition?)?, rule)));
            if let Some((true, rule)) = holds {
                rules = vec![RulePlan { condition: None, ..rule }];
            }
            self.plan.terms.get_mut(index)?.rules = rules;
        }
        match self.plan.terms.get(index)?.rules.as_slice() {
            [RulePlan { condition: None, value, .. }] if self.constant(*value).is_some() => {
                self.compute(|line| line.term(index))
            }
            _ => None,
        }
    }
}

impl Step {
    /// The steps that it is computed from.
    fn parts(&self) -> Vec<NodeId> {
        match self {
            Step::Constant(_) | Step::Fact(_) | Step::Term(_) | Step::Given(_) => Vec::new(),
            Step::Unplanned => Vec::new(),
            Step::ByCode(a, _) | Step::Negate(a) | Step::Absolute(a) | Step::Round(a, ..) => {
                vec![*a]
            }
            Step::Table(_, a) | Step::YearOf(a) | Step::Is(a, ..) | Step::Not(a) => vec![*a],
            Step::Arithmetic(_, a, b) | Step::DaysBetween(a, b) | Step::Compare(_, a, b) => {
                vec![*a, *b]
            }
            Step::And(a, b) | Step::Or(a, b) => vec![*a, *b],
            Step::If(a, b, c) => vec![*a, *b, *c],
            Step::Least(all) | Step::Greatest(all) => all.clone(),
        }
    }
}
