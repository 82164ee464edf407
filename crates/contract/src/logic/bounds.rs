//! Ends between which a number certainly lies, whatever the row: found from declared bounds,
//! tables, roundings, least and greatest. What is known here needs no search.

use super::formula::Reader;
use crate::ast::Comparison;
use crate::number::Number;
use crate::program::{Arithmetic, FactSlot, Node, NodeId, OverOperation, OverSlot, Program};
use crate::value::Value;
use std::collections::BTreeMap;

/// The ends of terms and operations by their keys.
pub(super) type Bounds = BTreeMap<String, Ends>;

/// The least and the greatest value, each where one is known.
pub(super) type Ends = (Option<Number>, Option<Number>);

/// The ends of everything that a search would take for an unknown.
pub(super) fn bounds(program: &Program) -> Bounds {
    let none = Bounds::new();
    let reader = Reader::new(program, &none);
    let mut known = Known { program, nodes: vec![None; program.nodes.len()] };
    let mut all = Bounds::new();
    for (id, node) in program.nodes.iter().enumerate() {
        let is_known_otherwise = matches!(
            node,
            Node::Constant(..) | Node::Fact(_) | Node::RowFact(..) | Node::Parameter(_)
        );
        if is_known_otherwise {
            continue;
        }
        let ends = known.ends(id);
        if ends != (None, None) {
            all.insert(reader.key(id), ends);
        }
    }
    all
}

/// What was found so far; each part once, however many others rest on it.
struct Known<'a> {
    program: &'a Program,
    nodes: Vec<Option<Ends>>,
}

impl Known<'_> {
    /// The ends of a number. Terms are in no circle, so that this comes to an end.
    fn ends(&mut self, id: NodeId) -> Ends {
        if let Some(Some(ends)) = self.nodes.get(id) {
            return *ends;
        }
        let ends = self.find(id);
        if let Some(place) = self.nodes.get_mut(id) {
            *place = Some(ends);
        }
        ends
    }

    fn find(&mut self, id: NodeId) -> Ends {
        let program = self.program;
        match program.nodes.get(id) {
            Some(Node::Constant(Value::Number(number), _)) => (Some(*number), Some(*number)),
            Some(Node::Fact(index)) => program.facts.get(*index).map_or((None, None), declared),
            Some(Node::RowFact(set, index)) => {
                program.row_fact(*set, *index).map_or((None, None), declared)
            }
            Some(Node::Term(index)) => self.term(*index),
            Some(Node::If(_, then, other)) => either(self.ends(*then), self.ends(*other)),
            Some(Node::Negate(inner)) => {
                let (low, high) = self.ends(*inner);
                (high.map(Number::negate), low.map(Number::negate))
            }
            Some(Node::Absolute(_)) => (Some(Number::ZERO), None),
            // The least is no more than any part, and no less than the least of all.
            Some(Node::Least(all)) => {
                let parts: Vec<Ends> = all.iter().map(|part| self.ends(*part)).collect();
                let low = parts.iter().map(|part| part.0).collect::<Option<Vec<_>>>();
                (low.and_then(|all| all.into_iter().min()), parts.iter().filter_map(|p| p.1).min())
            }
            Some(Node::Greatest(all)) => {
                let parts: Vec<Ends> = all.iter().map(|part| self.ends(*part)).collect();
                let high = parts.iter().map(|part| part.1).collect::<Option<Vec<_>>>();
                (parts.iter().filter_map(|p| p.0).max(), high.and_then(|all| all.into_iter().max()))
            }
            Some(Node::Round { value, mode, step }) => {
                let (low, high) = self.ends(*value);
                let round = |end: Number| end.round(*step, *mode);
                (low.and_then(round), high.and_then(round))
            }
            Some(Node::Table(index, _)) => {
                let rows = program.tables.get(*index).map_or(&[][..], |slot| &slot.rows);
                let values = || rows.iter().flat_map(|row| [row.at_from, row.at_to]);
                (values().min(), values().max())
            }
            Some(Node::Arithmetic(operation, a, b)) => {
                arithmetic(*operation, self.ends(*a), self.ends(*b))
            }
            Some(Node::Over(over)) => self.found(over),
            _ => (None, None),
        }
    }

    /// The ends over all rules of a term, rounded as the term is.
    fn term(&mut self, index: usize) -> Ends {
        let Some(slot) = self.program.terms.get(index) else { return (None, None) };
        let rules = slot.rules.iter().map(|rule| self.ends(rule.value));
        let (low, high) = rules.reduce(either).unwrap_or((None, None));
        match slot.rounded {
            Some((mode, step)) => {
                let round = |end: Number| end.round(step, mode);
                (low.and_then(round), high.and_then(round))
            }
            None => (low, high),
        }
    }

    /// What is known of values found from rows.
    fn found(&mut self, over: &OverSlot) -> Ends {
        let mut of = |id: Option<NodeId>| id.map_or((None, None), |id| self.ends(id));
        match over.operation {
            OverOperation::Count => (Some(Number::ZERO), None),
            OverOperation::Rank => (Some(Number::ONE), None),
            OverOperation::Greatest | OverOperation::Least => {
                either(of(over.value), of(over.other))
            }
            OverOperation::Sum => {
                let (low, high) = of(over.value);
                let low = low.filter(|low| !low.is_negative()).map(|_| Number::ZERO);
                (low, high.filter(|high| *high <= Number::ZERO).map(|_| Number::ZERO))
            }
            OverOperation::Split => {
                // A part has the sign of the pool and is no larger.
                let (low, high) = of(over.other);
                (low.map(|low| low.min(Number::ZERO)), high.map(|high| high.max(Number::ZERO)))
            }
        }
    }
}

/// The bounds that a fact is declared with.
fn declared(slot: &FactSlot) -> Ends {
    let limits = |wanted: [Comparison; 2]| {
        slot.bounds.iter().filter_map(move |(comparison, limit)| match limit {
            Value::Number(limit) if wanted.contains(comparison) => Some(*limit),
            _ => None,
        })
    };
    let low = limits([Comparison::Greater, Comparison::GreaterOrEqual]).max();
    (low, limits([Comparison::Less, Comparison::LessOrEqual]).min())
}

fn either(left: Ends, right: Ends) -> Ends {
    let low = left.0.zip(right.0).map(|(a, b)| a.min(b));
    (low, left.1.zip(right.1).map(|(a, b)| a.max(b)))
}

fn arithmetic(operation: Arithmetic, left: Ends, right: Ends) -> Ends {
    let pair = |a: Option<Number>, b: Option<Number>| a.zip(b);
    let is_positive = |ends: Ends| ends.0.is_some_and(|low| !low.is_negative());
    match operation {
        Arithmetic::Add => (
            pair(left.0, right.0).and_then(|(a, b)| a.checked_add(b)),
            pair(left.1, right.1).and_then(|(a, b)| a.checked_add(b)),
        ),
        Arithmetic::Subtract => (
            pair(left.0, right.1).and_then(|(a, b)| a.checked_sub(b)),
            pair(left.1, right.0).and_then(|(a, b)| a.checked_sub(b)),
        ),
        Arithmetic::Multiply if is_positive(left) && is_positive(right) => (
            pair(left.0, right.0).and_then(|(a, b)| a.checked_mul(b)),
            pair(left.1, right.1).and_then(|(a, b)| a.checked_mul(b)),
        ),
        Arithmetic::Divide if is_positive(left) && is_positive(right) => (Some(Number::ZERO), None),
        _ => (None, None),
    }
}
