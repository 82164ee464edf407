//! Numbers without a fraction: what is counted, days and years.

use super::formula::Reader;
use crate::program::{Arithmetic, Node, NodeId, OverOperation};
use crate::unit::{Type, Unit};
use crate::value::Value;

impl Reader<'_> {
    /// True for unknowns without a fraction: counted facts, days, years.
    pub(super) fn is_whole_name(&self, name: &str) -> bool {
        let fact = self.program.facts.iter().find(|slot| slot.name == name);
        match fact.map(|slot| slot.kind.clone()).or_else(|| self.kind_of(name)) {
            Some(Type::Number(unit)) => unit == Unit::COUNT && fact.is_some(),
            Some(kind) => kind == Type::Date,
            None => {
                let found = ["year_of(", "days_between(", "days_in("];
                name == "year" || found.iter().any(|start| name.starts_with(start))
            }
        }
    }

    /// True for a number that is whole for every row.
    pub(super) fn is_whole(&self, id: NodeId) -> bool {
        let Some(node) = self.program.nodes.get(id).filter(|_| self.go_on()) else { return false };
        match node {
            Node::Constant(Value::Number(number), _) => number.is_whole(),
            Node::Fact(index) => self
                .program
                .facts
                .get(*index)
                .is_some_and(|slot| slot.kind == Type::Number(Unit::COUNT)),
            Node::RowFact(set, index) => self
                .program
                .row_fact(*set, *index)
                .is_some_and(|slot| slot.kind == Type::Number(Unit::COUNT)),
            Node::Over(over) => match over.operation {
                OverOperation::Count | OverOperation::Rank => true,
                OverOperation::Split => false,
                _ => [over.value, over.other].into_iter().flatten().all(|id| self.is_whole(id)),
            },
            Node::Year | Node::DaysBetween(..) | Node::DaysIn(_) | Node::YearOf(_) => true,
            Node::Arithmetic(Arithmetic::Divide, ..) => false,
            Node::Arithmetic(..) | Node::Negate(_) | Node::Absolute(_) => {
                node.children().into_iter().all(|child| self.is_whole(child))
            }
            Node::Least(all) | Node::Greatest(all) => all.iter().all(|one| self.is_whole(*one)),
            Node::If(_, then, other) => self.is_whole(*then) && self.is_whole(*other),
            Node::Round { step, .. } => step.is_whole(),
            Node::Term(index) => self.program.terms.get(*index).is_some_and(|slot| {
                slot.rounded.is_some_and(|(_, step)| step.is_whole())
                    || slot.rules.iter().all(|rule| self.is_whole(rule.value))
            }),
            _ => false,
        }
    }
}
