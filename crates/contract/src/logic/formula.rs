//! Conditions as alternatives of simple facts about codes, flags and numbers.

use super::bounds::Bounds;
use super::solve::{Answer, Inequality, Linear, solve};
use crate::ast::Comparison;
use crate::number::Number;
use crate::program::{Arithmetic, Node, NodeId, OverOperation, OverSlot, Program, RuleSlot};
use crate::unit::Type;
use crate::value::Value;
use counterfoil_base::Date;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Most alternatives of one condition.
const ALTERNATIVES_MAX: usize = 500;

/// Most steps of the search over a whole contract: terms that use each other many times over
/// would never end. The largest contracts that ship take a hundredth of it.
const STEPS_MAX: usize = 2_000_000;

/// Minus one.
const MINUS: Number = Number::whole(-1);

/// Simple facts that hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Codes that each code-valued name can have: inside or outside of a set.
    codes: BTreeMap<String, Vec<(BTreeSet<String>, bool)>>,
    flags: BTreeMap<String, bool>,
    numbers: Vec<Inequality>,
    /// True when a flag would have to be true and false.
    is_broken: bool,
}

impl Facts {
    fn and(&self, other: &Facts) -> Facts {
        let mut both = self.clone();
        for (name, sets) in &other.codes {
            both.codes.entry(name.clone()).or_default().extend(sets.iter().cloned());
        }
        for (name, flag) in &other.flags {
            let known = *both.flags.entry(name.clone()).or_insert(*flag);
            both.is_broken |= known != *flag;
        }
        both.numbers.extend(other.numbers.iter().cloned());
        both.is_broken |= other.is_broken;
        both
    }

    pub(super) fn code(name: String, set: BTreeSet<String>, inside: bool) -> Facts {
        Facts { codes: BTreeMap::from([(name, vec![(set, inside)])]), ..Facts::default() }
    }

    fn flag(name: String, is_true: bool) -> Facts {
        Facts { flags: BTreeMap::from([(name, is_true)]), ..Facts::default() }
    }
}

/// Alternatives of which one holds; nothing when there are too many to look at.
pub(super) type Alternatives = Option<Vec<Facts>>;

/// Turns conditions into alternatives.
pub(super) struct Reader<'a> {
    pub(super) program: &'a Program,
    bounds: &'a Bounds,
    steps: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(program: &'a Program, bounds: &'a Bounds) -> Reader<'a> {
        Reader { program, bounds, steps: Cell::new(0) }
    }

    /// True while there are steps left.
    pub(super) fn go_on(&self) -> bool {
        self.spend(1)
    }

    fn spend(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_add(steps));
        !self.is_exhausted()
    }

    /// True when the search took more steps than a contract that people can read needs.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() >= STEPS_MAX
    }

    /// Both hold: every pair of alternatives that does not contradict itself.
    pub(super) fn both(&self, left: &[Facts], right: &[Facts]) -> Alternatives {
        let mut all: Vec<Facts> = Vec::new();
        for a in left {
            for b in right {
                if !self.spend(1 + all.len() / 8) {
                    return None;
                }
                let facts = a.and(b);
                if !facts.is_broken && !all.contains(&facts) {
                    all.push(facts);
                }
                if all.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
        }
        Some(all)
    }

    /// The condition, or its opposite.
    pub(super) fn condition(&self, id: NodeId, holds: bool) -> Alternatives {
        let node = self.program.nodes.get(id).filter(|_| self.go_on())?;
        match node {
            Node::Constant(Value::Flag(flag), _) => {
                Some(if *flag == holds { vec![Facts::default()] } else { Vec::new() })
            }
            Node::Not(inner) => self.condition(*inner, !holds),
            Node::And(a, b) | Node::Or(a, b) => {
                let (a, b) = (self.condition(*a, holds)?, self.condition(*b, holds)?);
                if matches!(node, Node::And(..)) == holds {
                    self.both(&a, &b)
                } else {
                    either(a, b)
                }
            }
            Node::If(condition, then, other) => {
                let then =
                    self.both(&self.condition(*condition, true)?, &self.condition(*then, holds)?)?;
                let other = self
                    .both(&self.condition(*condition, false)?, &self.condition(*other, holds)?)?;
                either(then, other)
            }
            Node::Term(index) => {
                let slot = self.program.terms.get(*index)?;
                self.rules(&slot.rules, holds)
            }
            Node::Is { value, codes, is_negated } => {
                let set = codes.iter().map(|code| code.to_string()).collect();
                self.is_among(*value, &set, holds != *is_negated)
            }
            Node::Compare(comparison, a, b) => {
                let is_equal = (*comparison == Comparison::Equal) == holds;
                match (self.constant_code(*a), self.constant_code(*b)) {
                    (_, Some(code)) => self.is_among(*a, &BTreeSet::from([code]), is_equal),
                    (Some(code), _) => self.is_among(*b, &BTreeSet::from([code]), is_equal),
                    _ => self.comparison(*comparison, (*a, *b), id, holds),
                }
            }
            _ => Some(vec![Facts::flag(self.key(id), holds)]),
        }
    }

    /// When rules of a flag decide for true or for false.
    fn rules(&self, rules: &[RuleSlot], wanted: bool) -> Alternatives {
        let mut all = Vec::new();
        for place in 0..rules.len() {
            let Some(rule) = rules.get(place) else { continue };
            let decides = self.decides(rules, place)?;
            all = either(all, self.both(&decides, &self.condition(rule.value, wanted)?)?)?;
        }
        Some(all)
    }

    /// When a rule decides: its condition, and none of the exceptions to it.
    pub(super) fn decides(&self, rules: &[RuleSlot], place: usize) -> Alternatives {
        let rule = rules.get(place)?;
        let mut all = match rule.condition {
            Some(condition) => self.condition(condition, true)?,
            None => vec![Facts::default()],
        };
        for other in rules {
            let is_against = rule.condition.is_none() || other.overrides.contains(&place);
            if let (Some(condition), true) = (other.condition, is_against) {
                all = self.both(&all, &self.condition(condition, false)?)?;
            }
        }
        Some(all)
    }

    fn comparison(
        &self,
        comparison: Comparison,
        (a, b): (NodeId, NodeId),
        id: NodeId,
        holds: bool,
    ) -> Alternatives {
        let (Some(left), Some(right)) = (self.linear(a), self.linear(b)) else {
            return Some(vec![Facts::flag(self.key(id), holds)]);
        };
        let comparison = if holds { comparison } else { opposite(comparison) };
        self.compared(comparison, &left, &right)
    }

    fn compared(&self, comparison: Comparison, left: &Linear, right: &Linear) -> Alternatives {
        let above = left.plus(right, Number::whole(-1))?;
        let below = right.plus(left, Number::whole(-1))?;
        let one = |form: &Linear, is_strict| Inequality { form: form.clone(), is_strict };
        let numbers = |numbers| Facts { numbers, ..Facts::default() };
        Some(match comparison {
            Comparison::Greater => vec![numbers(vec![one(&above, true)])],
            Comparison::GreaterOrEqual => vec![numbers(vec![one(&above, false)])],
            Comparison::Less => vec![numbers(vec![one(&below, true)])],
            Comparison::LessOrEqual => vec![numbers(vec![one(&below, false)])],
            Comparison::Equal => vec![numbers(vec![one(&above, false), one(&below, false)])],
            Comparison::Unequal => {
                vec![numbers(vec![one(&above, true)]), numbers(vec![one(&below, true)])]
            }
        })
    }

    /// A number in a relation to a limit.
    pub(super) fn relation(
        &self,
        node: NodeId,
        comparison: Comparison,
        limit: Number,
    ) -> Alternatives {
        let left = self.linear(node).unwrap_or_else(|| Linear::unknown(self.key(node)));
        self.compared(comparison, &left, &Linear::constant(limit))
    }

    /// The weights of a split are all zero, so far as they are never negative.
    pub(super) fn weights_are_zero(&self, split: &OverSlot) -> Alternatives {
        let zero = Linear::constant(Number::ZERO);
        self.compared(Comparison::LessOrEqual, &self.sum_of_weights(split), &zero)
    }

    /// A fact that the row leaves out.
    pub(super) fn missing(&self, fact: &str) -> Vec<Facts> {
        vec![Facts::flag(format!("given({fact})"), false)]
    }

    /// A number as a sum of multiples; what is not linear is an unknown of its own.
    pub(super) fn linear(&self, id: NodeId) -> Option<Linear> {
        match self.program.nodes.get(id).filter(|_| self.go_on())? {
            Node::Constant(Value::Number(number), _) => Some(Linear::constant(*number)),
            Node::Constant(Value::Date(day), _) => {
                let origin = Date::constant(1900, 1, 1);
                let days = counterfoil_base::days_between(origin, *day);
                Some(Linear::constant(Number::whole(days)))
            }
            Node::Constant(..) => None,
            Node::Negate(a) => Linear::default().plus(&self.linear(*a)?, Number::whole(-1)),
            Node::Arithmetic(Arithmetic::Add, a, b) => {
                self.linear(*a)?.plus(&self.linear(*b)?, Number::ONE)
            }
            Node::Arithmetic(Arithmetic::Subtract, a, b) => {
                self.linear(*a)?.plus(&self.linear(*b)?, Number::whole(-1))
            }
            Node::Arithmetic(Arithmetic::Multiply, a, b) => {
                let (a, b) = (self.linear(*a)?, self.linear(*b)?);
                match (a.as_constant(), b.as_constant()) {
                    (Some(factor), _) => Linear::default().plus(&b, factor),
                    (_, Some(factor)) => Linear::default().plus(&a, factor),
                    _ => Some(Linear::unknown(self.key(id))),
                }
            }
            Node::Arithmetic(Arithmetic::Divide, a, b) => {
                match self.linear(*b)?.as_constant().and_then(|d| Number::ONE.checked_div(d)) {
                    Some(factor) => Linear::default().plus(&self.linear(*a)?, factor),
                    None => Some(Linear::unknown(self.key(id))),
                }
            }
            Node::Term(index) => {
                let slot = self.program.terms.get(*index)?;
                match (slot.rules.as_slice(), slot.rounded) {
                    ([rule], None) if slot.is_formula => self.linear(rule.value),
                    _ if matches!(slot.kind, Type::Number(_) | Type::Date) => {
                        Some(Linear::unknown(slot.name.clone()))
                    }
                    _ => None,
                }
            }
            Node::Fact(index) => match self.program.facts.get(*index)?.kind {
                Type::Number(_) | Type::Date => Some(Linear::unknown(self.key(id))),
                _ => None,
            },
            Node::RowFact(set, index) => match self.program.row_fact(*set, *index)?.kind {
                Type::Number(_) | Type::Date => Some(Linear::unknown(self.key(id))),
                _ => None,
            },
            Node::Parameter(index) => match self.program.parameters.get(*index)?.kind {
                Type::Number(_) | Type::Date => Some(Linear::unknown(self.key(id))),
                _ => None,
            },
            Node::If(..) => None,
            _ => Some(Linear::unknown(self.key(id))),
        }
    }

    /// The sum of the weights of a split, as an unknown: what stands for it wherever the contract
    /// asks for the same sum.
    pub(super) fn sum_of_weights(&self, split: &OverSlot) -> Linear {
        let parts: Vec<String> =
            split.value.iter().chain(&split.condition).map(|part| self.key(*part)).collect();
        let sum = OverSlot { operation: OverOperation::Sum, other: None, ..*split };
        Linear::unknown(format!("{}({})", self.operation(&Node::Over(sum)), parts.join(", ")))
    }

    /// A text that is the same for the same value: names, and operations on them.
    pub(super) fn key(&self, id: NodeId) -> String {
        let Some(node) = self.program.nodes.get(id) else { return String::new() };
        match node {
            Node::Fact(index) => self.program.facts.get(*index).map(|s| s.name.clone()),
            Node::RowFact(set, index) => {
                self.program.row_fact(*set, *index).map(|slot| slot.name.clone())
            }
            Node::RowGiven(set, index) => {
                self.program.row_fact(*set, *index).map(|slot| format!("given({})", slot.name))
            }
            Node::Parameter(index) => self.program.parameters.get(*index).map(|s| s.name.clone()),
            Node::Term(index) => self.program.terms.get(*index).map(|s| s.name.clone()),
            Node::Constant(value, kind) => Some(constant_key(value, kind)),
            Node::Year => Some("year".to_owned()),
            Node::Given(index) => {
                self.program.facts.get(*index).map(|slot| format!("given({})", slot.name))
            }
            _ => {
                let parts: Vec<String> =
                    node.children().into_iter().map(|child| self.key(child)).collect();
                Some(format!("{}({})", self.operation(node), parts.join(", ")))
            }
        }
        .unwrap_or_default()
    }

    /// The word for an operation in keys and examples; different operations have different words.
    fn operation(&self, node: &Node) -> String {
        let word = match node {
            Node::Arithmetic(Arithmetic::Add, ..) => "sum",
            Node::Arithmetic(Arithmetic::Subtract, ..) => "difference",
            Node::Arithmetic(Arithmetic::Multiply, ..) => "product",
            Node::Arithmetic(Arithmetic::Divide, ..) => "quotient",
            Node::Negate(_) => "negative",
            Node::Absolute(_) => "magnitude",
            Node::Least(_) => "least",
            Node::Greatest(_) => "greatest",
            Node::DaysBetween(..) => "days_between",
            Node::DaysIn(_) => "days_in",
            Node::YearOf(_) => "year_of",
            Node::Within(..) => "within",
            Node::If(..) => "if",
            Node::And(..) => "and",
            Node::Or(..) => "or",
            Node::Not(_) => "not",
            Node::PerformancePeriod => "performance_period",
            Node::Table(index, _) => {
                return self
                    .program
                    .tables
                    .get(*index)
                    .map_or_else(String::new, |t| t.name.clone());
            }
            Node::Round { mode, step, .. } => return format!("round {mode:?} to {step} of "),
            Node::Compare(comparison, ..) => return format!("{comparison:?}"),
            Node::Is { codes, is_negated, .. } => return format!("is {codes:?} {is_negated}"),
            Node::Over(over) => {
                // Which parts there are belongs to the word, as their texts follow each other.
                let rows = self.program.row_sets.get(over.rows).map_or("", |set| &set.name);
                let filter = if over.condition.is_some() { " where" } else { "" };
                return format!("{} over {rows}{filter} ", over.operation.name());
            }
            _ => "value",
        };
        word.to_owned()
    }

    /// Whether one of the alternatives can hold, with an example in words.
    pub(super) fn can_hold(&self, alternatives: &Alternatives) -> Answer<String> {
        let Some(alternatives) = alternatives else { return Answer::Unknown };
        let mut answer = Answer::Never;
        for facts in alternatives {
            match self.example(facts) {
                Answer::Holds(example) => return Answer::Holds(example),
                Answer::Unknown => answer = Answer::Unknown,
                Answer::Never => {}
            }
        }
        answer
    }

    fn example(&self, facts: &Facts) -> Answer<String> {
        if facts.is_broken {
            return Answer::Never;
        }
        let mut words: Vec<String> = Vec::new();
        for (name, sets) in &facts.codes {
            match self.code(name, sets) {
                Some(code) => words.push(format!("{name} is {code}")),
                None => return Answer::Never,
            }
        }
        let mut numbers = facts.numbers.clone();
        numbers.extend(self.bounds(&facts.numbers));
        for one in &mut numbers {
            if one.form.parts.keys().all(|name| self.is_whole_name(name)) {
                one.tighten();
            }
        }
        if !self.spend(numbers.len()) {
            return Answer::Unknown;
        }
        let found = match solve(&numbers) {
            Answer::Never => return Answer::Never,
            Answer::Unknown => return Answer::Unknown,
            Answer::Holds(found) => found,
        };
        for (name, is_true) in &facts.flags {
            words.push(format!("{name} is {}", if *is_true { "yes" } else { "no" }));
        }
        for (name, number) in &found {
            words.push(format!("{name} is {}", self.shown(name, *number)));
        }
        Answer::Holds(if words.is_empty() { "always".to_owned() } else { words.join(", ") })
    }

    /// A code that lies in every wanted set and in no other.
    fn code(&self, name: &str, sets: &[(BTreeSet<String>, bool)]) -> Option<String> {
        let keeps = |code: &String| sets.iter().all(|(set, inside)| set.contains(code) == *inside);
        let (listed, is_listed) = match self.kind_of(name) {
            Some(Type::Code(codes)) if !codes.is_empty() => (codes, true),
            _ => (sets.iter().flat_map(|(set, _)| set.iter().cloned()).collect(), false),
        };
        // Of a code whose list is not known any other code can be meant.
        let is_open = matches!(self.kind_of(name), None | Some(Type::Code(_))) && !is_listed;
        let any_other = is_open && sets.iter().all(|(_, inside)| !inside);
        listed.into_iter().find(keeps).or(any_other.then(|| "another code".to_owned()))
    }

    /// The declared bounds of the facts that the conditions speak of.
    fn bounds(&self, numbers: &[Inequality]) -> Vec<Inequality> {
        let names: BTreeSet<&String> = numbers.iter().flat_map(|n| n.form.parts.keys()).collect();
        let mut all = self.known_bounds(&names);
        for slot in self.program.all_facts().filter(|slot| names.contains(&slot.name)) {
            let fact = Linear::unknown(slot.name.clone());
            for (comparison, limit) in &slot.bounds {
                let Value::Number(limit) = limit else { continue };
                let limit = Linear::constant(*limit);
                let above = fact.plus(&limit, Number::whole(-1));
                let below = limit.plus(&fact, Number::whole(-1));
                let (form, is_strict) = match comparison {
                    Comparison::Greater => (above, true),
                    Comparison::GreaterOrEqual => (above, false),
                    Comparison::Less => (below, true),
                    Comparison::LessOrEqual => (below, false),
                    Comparison::Equal | Comparison::Unequal => continue,
                };
                all.extend(form.map(|form| Inequality { form, is_strict }));
            }
        }
        all
    }

    /// What is known of the terms and operations that the conditions speak of.
    fn known_bounds(&self, names: &BTreeSet<&String>) -> Vec<Inequality> {
        let mut all = Vec::new();
        for name in names {
            let Some((low, high)) = self.bounds.get(*name) else { continue };
            let unknown = Linear::unknown((*name).clone());
            let above = low.and_then(|low| unknown.plus(&Linear::constant(low), MINUS));
            let below = high.and_then(|high| Linear::constant(high).plus(&unknown, MINUS));
            let sides = above.into_iter().chain(below);
            all.extend(sides.map(|form| Inequality { form, is_strict: false }));
        }
        all
    }

    fn shown(&self, name: &str, number: Number) -> String {
        if let (Some(Type::Date), Some(days)) = (self.kind_of(name), number.to_whole())
            && let Some(day) = counterfoil_base::add_days(Date::constant(1900, 1, 1), days)
        {
            return day.to_string();
        }
        match self.kind_of(name) {
            Some(kind) => Value::Number(number).show(&kind),
            None => number.to_string(),
        }
    }

    pub(super) fn kind_of(&self, name: &str) -> Option<Type> {
        let program = self.program;
        let fact = program.all_facts().find(|slot| slot.name == name).map(|slot| &slot.kind);
        let term = || program.terms.iter().find(|slot| slot.name == name).map(|slot| &slot.kind);
        let parameter = || program.parameters.iter().find(|s| s.name == name).map(|s| &s.kind);
        fact.or_else(term).or_else(parameter).cloned()
    }
}

/// A constant as people see it, and never as a name or as another constant.
fn constant_key(value: &Value, kind: &Type) -> String {
    let shown = value.show(kind);
    match value {
        Value::Code(code) => format!("\"{code}\""),
        Value::Number(number) if shown.contains("...") => number.to_string(),
        _ => shown,
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Unequal,
        Comparison::Unequal => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

pub(super) fn either(mut left: Vec<Facts>, right: Vec<Facts>) -> Alternatives {
    left.extend(right);
    if left.len() > ALTERNATIVES_MAX { None } else { Some(left) }
}
