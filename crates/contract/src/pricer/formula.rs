//! The formula of a line's amount in one line, with the numbers in place.
//!
//! Terms that are rounded amounts stand as numbers: they have formulas of their own. All other
//! terms are worked out in place, down to facts and parameters.

use super::Pricer;
use crate::evaluate::{Evaluator, Point, Row};
use crate::number::Number;
use crate::plan::{Line, LineFacts, Memory, Short};
use crate::program::{Arithmetic, Node, NodeId, TermSlot};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Input;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How deep terms are worked out in place; the rest stand as numbers.
const DEPTH_MAX: usize = 60;
/// Bytes of a formula after which its parts are left out.
const TEXT_MAX: usize = 4_000;

impl Pricer {
    /// The rounded terms that a term's value came from, what they rest on first, and the term
    /// itself: each with the rule that decided.
    #[must_use]
    pub fn amounts(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
    ) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        self.working(facts, memory, |work| work.amounts(term, &mut found, &mut seen));
        found
    }

    /// Adds the formula of a term with the numbers in place: `120.00 x 0.2`.
    pub fn write_formula(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
        text: &mut String,
    ) {
        self.working(facts, memory, |work| {
            if let Some((_, node)) = work.deciding(term) {
                work.write(node, 0, text);
            }
        });
    }

    /// The facts and parameters of a term's formula in its order; `source` says where a fact
    /// comes from.
    #[must_use]
    pub fn inputs(
        &self,
        term: usize,
        facts: &LineFacts,
        memory: &mut Memory,
        source: &dyn Fn(usize) -> String,
    ) -> Vec<Input> {
        let mut inputs = Vec::new();
        self.working(facts, memory, |work| {
            if let Some((_, node)) = work.deciding(term) {
                work.collect((node, 0), source, &mut inputs, &mut BTreeSet::new());
            }
        });
        inputs
    }

    fn working(&self, facts: &LineFacts, memory: &mut Memory, act: impl FnOnce(&mut Working<'_>)) {
        let line = Line::new(self.plan_of(facts), facts, memory);
        act(&mut Working { pricer: self, line, row: None });
    }
}

/// A line whose formulas are written.
struct Working<'a> {
    pricer: &'a Pricer,
    line: Line<'a>,
    /// The facts for the evaluator of fractions, where the plan ends.
    row: Option<Row>,
}

impl<'a> Working<'a> {
    /// Computes with fractions what the plan does not.
    fn exactly<T>(&mut self, compute: impl FnOnce(&mut Evaluator<'_, Point>) -> T) -> T {
        let (pricer, facts) = (self.pricer, self.line.facts);
        let program = &pricer.contract.program;
        let row = self.row.get_or_insert_with(|| facts.row(program, &pricer.plan));
        compute(&mut Evaluator::new(program, &pricer.parameters, row))
    }

    fn slot(&self, term: usize) -> Option<&'a TermSlot> {
        self.pricer.contract.program.terms.get(term)
    }

    fn at(&self, node: NodeId) -> Option<&'a Node> {
        self.pricer.contract.program.nodes.get(node)
    }

    /// The rule that decides a term, and its value's node.
    fn deciding(&mut self, term: usize) -> Option<(usize, NodeId)> {
        let rule = match self.line.decided(term) {
            Some((rule, _)) => rule,
            None => self.exactly(|exact| {
                exact.term(term).ok()?;
                exact.decided(term)
            })?,
        };
        let slot = self.slot(term)?;
        slot.rules.get(rule).map(|found| (rule, found.value))
    }

    /// The nodes that a node's value is written with: of a condition the part that was taken.
    fn parts(&mut self, node: &Node) -> Vec<NodeId> {
        let Node::If(condition, then, other) = node else { return node.children() };
        let holds = match self.line.holds(*condition) {
            Some(holds) => holds,
            None => self.exactly(|exact| exact.node(*condition)) == Ok(Value::Flag(true)),
        };
        vec![if holds { *then } else { *other }]
    }

    fn amounts(
        &mut self,
        term: usize,
        found: &mut Vec<(usize, usize)>,
        seen: &mut BTreeSet<NodeId>,
    ) {
        let Some((rule, node)) = self.deciding(term) else { return };
        self.amounts_under(node, 0, found, seen);
        if !self.is_another(term, node) && !found.iter().any(|(known, _)| *known == term) {
            found.push((term, rule));
        }
    }

    /// True for an amount that is just another one, rounded in the same way: it has no formula of
    /// its own.
    fn is_another(&mut self, term: usize, node: NodeId) -> bool {
        let shown = self.shown(node);
        let Some(Node::Term(other)) = self.at(shown) else { return false };
        let rounded = |term: usize| self.slot(term).map(|slot| &slot.rounded);
        self.is_amount(*other) && rounded(term) == rounded(*other)
    }

    /// Each node is looked at once: what it rests on is the same wherever it stands.
    fn amounts_under(
        &mut self,
        id: NodeId,
        depth: usize,
        found: &mut Vec<(usize, usize)>,
        seen: &mut BTreeSet<NodeId>,
    ) {
        let Some(node) = self.at(id).filter(|_| seen.insert(id)) else { return };
        let Node::Term(term) = node else {
            for part in self.parts(node) {
                self.amounts_under(part, depth, found, seen);
            }
            return;
        };
        if self.is_amount(*term) {
            self.amounts(*term, found, seen);
        } else if depth < DEPTH_MAX
            && let Some((_, value)) = self.deciding(*term)
        {
            self.amounts_under(value, depth + 1, found, seen);
        }
    }

    fn is_amount(&self, term: usize) -> bool {
        self.slot(term).is_some_and(is_amount)
    }

    /// A value as it stands in a formula: amounts with cents, other numbers as decimals.
    fn write_value(&mut self, id: NodeId, kind: &Type, text: &mut String) {
        let is_money = matches!(kind, Type::Number(unit) if unit.is_money());
        if matches!(kind, Type::Number(_))
            && let Some(short) = self.line.node(id)
        {
            short.write(is_money, text);
            return;
        }
        match self.exactly(|exact| exact.node(id)) {
            Ok(Value::Number(number)) => match Short::of(number) {
                Some(short) => short.write(is_money, text),
                // Writing to a string cannot fail.
                None => drop(write!(text, "{number}")),
            },
            Ok(value) => text.push_str(&value.show(kind)),
            Err(_) => {}
        }
    }

    fn kind(&self, node: &'a Node) -> &'a Type {
        let program = &self.pricer.contract.program;
        let kind = match node {
            Node::Constant(_, kind) => Some(kind),
            Node::Fact(fact) => program.facts.get(*fact).map(|slot| &slot.kind),
            Node::Parameter(at) => program.parameters.get(*at).map(|slot| &slot.kind),
            Node::Term(term) => program.terms.get(*term).map(|slot| &slot.kind),
            _ => None,
        };
        kind.unwrap_or(&Type::Flag)
    }

    /// True for a term that came to one: as a factor it says nothing.
    fn is_one(&mut self, id: NodeId) -> bool {
        let is_term = matches!(self.at(id), Some(Node::Term(_)));
        is_term && self.line.node(id).is_some_and(|value| value.trimmed().is_one())
    }

    /// The node that is written in a node's place: of a condition the part that was taken, of a
    /// term its formula, of a product with one the other factor.
    fn shown(&mut self, mut id: NodeId) -> NodeId {
        for _ in 0..DEPTH_MAX {
            let Some(node) = self.at(id) else { return id };
            let next = match node {
                Node::Term(term) if !self.is_amount(*term) => {
                    self.deciding(*term).map(|(_, value)| value)
                }
                Node::If(..) => self.parts(node).first().copied(),
                Node::Arithmetic(Arithmetic::Multiply, a, b) if self.is_one(*b) => Some(*a),
                Node::Arithmetic(Arithmetic::Multiply, a, b) if self.is_one(*a) => Some(*b),
                _ => None,
            };
            match next {
                Some(next) => id = next,
                None => return id,
            }
        }
        id
    }

    fn write(&mut self, id: NodeId, depth: usize, text: &mut String) {
        let id = self.shown(id);
        let Some(node) = self.at(id) else { return };
        let deeper = depth + 1;
        match node {
            // A formula that says one term twice doubles with each step down.
            _ if depth > DEPTH_MAX || text.len() > TEXT_MAX => text.push_str("..."),
            Node::Arithmetic(operation, a, b) => {
                self.write_part(node, (*a, false), deeper, text);
                text.push_str(match operation {
                    Arithmetic::Add => " + ",
                    Arithmetic::Subtract => " - ",
                    Arithmetic::Multiply => " x ",
                    Arithmetic::Divide => " / ",
                });
                self.write_part(node, (*b, true), deeper, text);
            }
            Node::Negate(a) => {
                text.push('-');
                self.write_part(node, (*a, true), deeper, text);
            }
            Node::Least(all) => self.write_list("lowest of ", all, deeper, text),
            Node::Greatest(all) => self.write_list("highest of ", all, deeper, text),
            Node::Round { value, .. } => self.write_list("round(", &[*value], deeper, text),
            Node::Absolute(a) => self.write_list("magnitude(", &[*a], deeper, text),
            _ => self.write_value(id, self.kind(node), text),
        }
    }

    fn write_list(&mut self, name: &str, all: &[NodeId], depth: usize, text: &mut String) {
        text.push_str(name);
        for (place, part) in all.iter().enumerate() {
            text.push_str(if place == 0 { "" } else { ", " });
            self.write(*part, depth, text);
        }
        if name.ends_with('(') {
            text.push(')');
        }
    }

    /// Brackets where the order of operations would otherwise read differently.
    fn write_part(
        &mut self,
        parent: &Node,
        (id, is_right): (NodeId, bool),
        depth: usize,
        text: &mut String,
    ) {
        let id = self.shown(id);
        let (outer, inner) = (strength(parent), self.at(id).map_or(8, strength));
        let repeats = matches!(
            parent,
            Node::Arithmetic(Arithmetic::Subtract | Arithmetic::Divide, ..) | Node::Negate(_)
        );
        let needs = inner < outer || inner == outer && is_right && repeats;
        text.push_str(if needs { "(" } else { "" });
        self.write(id, depth, text);
        text.push_str(if needs { ")" } else { "" });
    }

    fn collect(
        &mut self,
        (id, depth): (NodeId, usize),
        source: &dyn Fn(usize) -> String,
        inputs: &mut Vec<Input>,
        seen: &mut BTreeSet<NodeId>,
    ) {
        let id = self.shown(id);
        let program = &self.pricer.contract.program;
        let Some(node) = self.at(id).filter(|_| seen.insert(id)) else { return };
        let (name, from) = match node {
            _ if depth > DEPTH_MAX => return,
            Node::Fact(fact) => (self.pricer.fact_name(*fact), source(*fact)),
            Node::Parameter(at) => {
                let name = program.parameters.get(*at).map_or("", |slot| &slot.name);
                (name, self.pricer.parameters.citation(*at).to_owned())
            }
            Node::Term(term) => {
                (self.slot(*term).map_or("", |slot| &slot.name), "step before".to_owned())
            }
            _ => {
                for part in self.parts(node) {
                    self.collect((part, depth + 1), source, inputs, seen);
                }
                return;
            }
        };
        let mut value = String::new();
        self.write_value(id, self.kind(node), &mut value);
        let input = Input { name: name.replace('_', " "), value, source: from };
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
}

/// True for an amount of money that is rounded to whole cents: finer ones are parts of a formula.
pub(super) fn is_amount(slot: &TermSlot) -> bool {
    let cent = Number::decimal(1, 2);
    let is_whole = |to: &Number| cent.is_some_and(|cent| *to >= cent);
    slot.rounded.as_ref().is_some_and(|(_, to)| is_whole(to))
        && slot.kind == Type::Number(Unit::MONEY)
}

fn strength(node: &Node) -> u8 {
    match node {
        Node::Least(_) | Node::Greatest(_) => 4,
        Node::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 5,
        Node::Arithmetic(..) => 6,
        Node::Negate(_) => 7,
        _ => 8,
    }
}
