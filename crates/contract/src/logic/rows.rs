//! What must hold of values found from rows: weights, pools, and what each row contributes.

use super::Logic;
use super::formula::{Alternatives, Facts};
use super::solve::Answer;
use crate::ast::Comparison;
use crate::number::Number;
use crate::parse::CONTRACT_FILE;
use crate::problem::Problem;
use crate::program::{Arithmetic, Node, NodeId, OverOperation, OverSlot};
use crate::value::Value;
use counterfoil_base::Finding;

impl Logic<'_> {
    /// What each row contributes is computed where the row counts. What holds of the row at hand
    /// says nothing of the others, although their facts have the same names.
    pub(super) fn walk_over(&mut self, over: &OverSlot, path: &Alternatives) {
        let anywhere = Some(vec![Facts::default()]);
        let around = path;
        let path = if self.is_of_rows { &anywhere } else { path };
        let mut inside = path.clone();
        let outer = std::mem::replace(&mut self.is_of_rows, true);
        if let Some(condition) = over.condition {
            self.walk(condition, path);
            inside = self.narrowed(path, condition, true);
        }
        if let Some(value) = over.value {
            // A rank is asked of rows that do not count, too.
            let asked = if over.operation == OverOperation::Rank { path } else { &inside };
            self.walk(value, asked);
            if over.operation == OverOperation::Split {
                self.weight(value, asked);
            }
        }
        self.is_of_rows = outer;
        if over.operation == OverOperation::Split {
            self.weights(over, around);
            self.pool(over);
        }
        if let Some(other) = over.other {
            self.walk(other, path);
        }
    }

    fn weight(&mut self, weight: NodeId, path: &Alternatives) {
        let example = match self.can_be_negative(weight, path, 0) {
            Answer::Never => return,
            Answer::Holds(example) => format!("For example when {example}"),
            Answer::Unknown => "The conditions are too intertwined to be followed".to_owned(),
        };
        let finding = Finding::error("CONTRACT-weight", 7, "A weight can be below zero")
            .because(example)
            .fix("Declare the fact 'at least 0', or take the greatest of the weight and zero");
        let problem = Problem::at(finding, CONTRACT_FILE, self.span(weight));
        self.problem(problem.label("can be below zero"));
    }

    /// A pool has no parts of a cent; of a fact this is seen when it comes.
    fn pool(&mut self, split: &OverSlot) {
        let Some(pool) = split.other.filter(|pool| !self.is_in_cents(*pool, 0)) else { return };
        let finding = Finding::error("CONTRACT-pool", 7, "The pool is not in cents")
            .because("Only whole cents are split so that the parts sum to the pool")
            .fix("Split a term that is 'rounded half_up to $0.01', or sums of such terms");
        self.problem(Problem::at(finding, CONTRACT_FILE, self.span(pool)).label("parts of a cent"));
    }

    fn is_in_cents(&self, id: NodeId, depth: usize) -> bool {
        /// Deeper than a pool is computed in any contract.
        const DEPTH_MAX: usize = 12;
        let cents =
            |number: &Number| number.checked_mul(Number::whole(100)).is_some_and(Number::is_whole);
        let of = |id: &NodeId| self.is_in_cents(*id, depth + 1);
        match self.program.nodes.get(id).filter(|_| depth < DEPTH_MAX) {
            Some(Node::Fact(_) | Node::RowFact(..) | Node::Parameter(_)) => true,
            Some(Node::Constant(Value::Number(number), _)) => cents(number),
            Some(Node::Round { step, .. }) => cents(step),
            Some(Node::Negate(inner) | Node::Absolute(inner)) => of(inner),
            Some(Node::If(_, then, other)) => of(then) && of(other),
            Some(Node::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, a, b)) => of(a) && of(b),
            Some(Node::Least(all) | Node::Greatest(all)) => all.iter().all(of),
            Some(Node::Over(over)) => match over.operation {
                OverOperation::Split => true,
                OverOperation::Count | OverOperation::Rank => false,
                _ => over.value.iter().chain(&over.other).all(of),
            },
            Some(Node::Term(index)) => {
                self.program.terms.get(*index).is_some_and(|slot| match slot.rounded {
                    Some((_, step)) => cents(&step),
                    None => slot.rules.iter().all(|rule| of(&rule.value)),
                })
            }
            _ => false,
        }
    }

    /// A pool is split only where there is a weight.
    fn weights(&mut self, split: &OverSlot, path: &Alternatives) {
        let reader = &self.reader;
        let zero = reader.weights_are_zero(split);
        let all = path.as_ref().zip(zero).and_then(|(path, zero)| reader.both(path, &zero));
        if reader.can_hold(&all) == Answer::Never {
            return;
        }
        let span = split.value.map(|weight| self.span(weight)).unwrap_or_default();
        let finding = Finding::error("CONTRACT-weight", 7, "All weights can be zero")
            .because("A pool that is not zero cannot be split by nothing")
            .fix("Split under a condition: 'rule some when sum(WEIGHT over ROWS) > 0: split(...)'");
        self.problem(Problem::at(finding, CONTRACT_FILE, span).label("the sum may be zero"));
    }

    /// Whether a number can be below zero where it is computed: followed through rules, branches
    /// and operations that keep what is not negative. A parameter is taken as it is meant; were it
    /// negative, the row would be refused.
    fn can_be_negative(&self, id: NodeId, path: &Alternatives, depth: usize) -> Answer<String> {
        /// Deeper than weights are in any contract.
        const DEPTH_MAX: usize = 12;
        let program = self.program;
        let of = |id: NodeId, path: &Alternatives| self.can_be_negative(id, path, depth + 1);
        let never = |id: &NodeId| of(*id, path) == Answer::Never;
        match program.nodes.get(id).filter(|_| depth < DEPTH_MAX) {
            Some(Node::If(condition, then, other)) => first_that_holds([
                of(*then, &self.narrowed(path, *condition, true)),
                of(*other, &self.narrowed(path, *condition, false)),
            ]),
            Some(Node::Term(index)) => {
                let rules = program.terms.get(*index).map_or(&[][..], |slot| &slot.rules);
                first_that_holds(rules.iter().enumerate().map(|(place, rule)| {
                    let decides = self.reader.decides(rules, place);
                    let pair = path.as_ref().zip(decides);
                    let path = pair.and_then(|(a, b)| self.reader.both(a, &b));
                    of(rule.value, &path)
                }))
            }
            Some(Node::Least(all)) => first_that_holds(all.iter().map(|part| of(*part, path))),
            Some(Node::Greatest(all)) if all.iter().any(never) => Answer::Never,
            Some(Node::Round { value, .. }) => of(*value, path),
            Some(Node::Arithmetic(operation, a, b))
                if *operation != Arithmetic::Subtract && never(a) && never(b) =>
            {
                Answer::Never
            }
            Some(Node::Table(index, _)) if self.has_only_positive_rows(*index) => Answer::Never,
            Some(Node::Absolute(_) | Node::Parameter(_)) => Answer::Never,
            _ => self.can_be(id, Comparison::Less, Number::ZERO, path),
        }
    }

    fn has_only_positive_rows(&self, table: usize) -> bool {
        let rows = self.program.tables.get(table).map_or(&[][..], |slot| &slot.rows);
        rows.iter().all(|row| !row.at_from.is_negative() && !row.at_to.is_negative())
    }
}

/// The first example among several cases; unknown where one of the others is.
fn first_that_holds(cases: impl IntoIterator<Item = Answer<String>>) -> Answer<String> {
    let mut answer = Answer::Never;
    for case in cases {
        match case {
            Answer::Holds(example) => return Answer::Holds(example),
            Answer::Unknown => answer = Answer::Unknown,
            Answer::Never => {}
        }
    }
    answer
}
