//! A checked contract: names are places in lists, expressions are nodes in one list.

use crate::ast::{Clause, Comparison, Interpolation, Presence, Span};
use crate::evaluate::point_holds;
use crate::number::Number;
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::{Rounding, Text};

/// The place of a node in [`Program::nodes`].
pub(crate) type NodeId = usize;

/// A contract that was checked and can be evaluated.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(crate) id: String,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) facts: Vec<FactSlot>,
    pub(crate) row_sets: Vec<RowSetSlot>,
    pub(crate) parameters: Vec<ParameterSlot>,
    pub(crate) tables: Vec<TableSlot>,
    pub(crate) terms: Vec<TermSlot>,
    pub(crate) notes: Vec<NoteSlot>,
    pub(crate) columns: Vec<ColumnSlot>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) spans: Vec<Span>,
}

/// Further rows that belong to the row being settled.
#[derive(Clone, Debug)]
pub(crate) struct RowSetSlot {
    pub name: String,
    /// Places of the facts that together name a row.
    pub keys: Vec<usize>,
    /// The fact of these rows and the fact of the row being settled that are equal.
    pub tie: Option<(usize, usize)>,
    pub facts: Vec<FactSlot>,
    pub columns: Vec<ColumnSlot>,
}

/// A fact: what each row supplies.
#[derive(Clone, Debug)]
pub(crate) struct FactSlot {
    pub name: String,
    pub kind: Type,
    pub bounds: Vec<(Comparison, Value)>,
    pub presence: Presence,
}

impl FactSlot {
    /// What keeps a value from being this fact, in words that follow the fact's name.
    pub(crate) fn refuses(&self, value: &Value) -> Option<&'static str> {
        let is_part = matches!(value, Value::Number(number) if !number.is_whole());
        if is_part && self.kind == Type::Number(Unit::COUNT) {
            return Some("is not a whole number");
        }
        let keeps =
            |(comparison, limit): &(Comparison, Value)| point_holds(*comparison, value, limit);
        if self.bounds.iter().all(keeps) { None } else { Some("lies outside its bounds") }
    }
}

/// A parameter: what each year's file states.
#[derive(Clone, Debug)]
pub(crate) struct ParameterSlot {
    pub name: String,
    pub kind: Type,
    /// The node whose code chooses, and its codes.
    pub by: Option<(NodeId, Vec<String>)>,
    /// The rows whose fact or term chooses.
    pub rows: Option<usize>,
}

/// A table of values by ranges of a number.
#[derive(Clone, Debug)]
pub(crate) struct TableSlot {
    pub name: String,
    pub kind: Type,
    pub argument_kind: Type,
    pub interpolation: Interpolation,
    pub rows: Vec<RowSlot>,
}

/// One row of a table; both ends belong to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSlot {
    pub from: Number,
    pub to: Option<Number>,
    pub at_from: Number,
    pub at_to: Number,
}

/// A term: what the contract defines.
#[derive(Clone, Debug)]
pub(crate) struct TermSlot {
    pub name: String,
    /// The rows that each have a value of it; nothing for the row being settled.
    pub rows: Option<usize>,
    pub kind: Type,
    pub rounded: Option<(Rounding, Number)>,
    pub rules: Vec<RuleSlot>,
    /// True when the one rule is a formula that always holds.
    pub is_formula: bool,
    pub clause: usize,
    pub span: Span,
}

/// One rule of a term.
#[derive(Clone, Debug)]
pub(crate) struct RuleSlot {
    pub name: String,
    /// The rules that give way when this one applies, directly or through others.
    pub overrides: Vec<usize>,
    pub condition: Option<NodeId>,
    pub value: NodeId,
    pub clause: usize,
    pub span: Span,
}

/// A sentence beside a row.
#[derive(Clone, Debug)]
pub(crate) struct NoteSlot {
    pub condition: NodeId,
    pub text: String,
}

/// A column of the statement.
#[derive(Clone, Debug)]
pub(crate) struct ColumnSlot {
    pub title: String,
    pub source: ColumnValue,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnValue {
    Fact(usize),
    /// A fact of the rows in whose statement the column stands.
    RowFact(usize),
    Term(usize),
    Lowest(usize),
    Highest(usize),
    Notes,
}

/// One step of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Constant(Value, Type),
    Fact(usize),
    /// A fact of further rows: the rows, and the fact's place in them.
    RowFact(usize, usize),
    Parameter(usize),
    Term(usize),
    Year,
    PerformancePeriod,
    Arithmetic(Arithmetic, NodeId, NodeId),
    Negate(NodeId),
    Absolute(NodeId),
    Least(Vec<NodeId>),
    Greatest(Vec<NodeId>),
    Round {
        value: NodeId,
        mode: Rounding,
        step: Number,
    },
    Table(usize, NodeId),
    DaysBetween(NodeId, NodeId),
    DaysIn(NodeId),
    YearOf(NodeId),
    Compare(Comparison, NodeId, NodeId),
    Is {
        value: NodeId,
        codes: Vec<Text>,
        is_negated: bool,
    },
    Within(NodeId, NodeId),
    Given(usize),
    /// Whether one of further rows has an optional fact.
    RowGiven(usize, usize),
    Over(OverSlot),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
}

/// A value found from further rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverSlot {
    pub operation: OverOperation,
    pub rows: usize,
    /// What each row contributes; nothing for a count.
    pub value: Option<NodeId>,
    /// Which rows; nothing for all.
    pub condition: Option<NodeId>,
    /// The pool of a split; the value of the greatest and the least without any row.
    pub other: Option<NodeId>,
    /// The unit of the value.
    pub unit: Unit,
}

/// What is found from further rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverOperation {
    Sum,
    Count,
    Greatest,
    Least,
    /// One more than the rows with a greater value.
    Rank,
    /// The part of a pool, in whole cents.
    Split,
}

impl OverOperation {
    /// The operation with this name in contract texts.
    pub(crate) fn named(name: &str) -> Option<OverOperation> {
        OverOperation::ALL.into_iter().find(|operation| operation.name() == name)
    }

    const ALL: [OverOperation; 6] = [
        OverOperation::Sum,
        OverOperation::Count,
        OverOperation::Greatest,
        OverOperation::Least,
        OverOperation::Rank,
        OverOperation::Split,
    ];

    /// Its name in contract texts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            OverOperation::Sum => "sum",
            OverOperation::Count => "count",
            OverOperation::Greatest => "greatest",
            OverOperation::Least => "least",
            OverOperation::Rank => "rank",
            OverOperation::Split => "split",
        }
    }

    /// True where the value belongs to one of the rows, not to all together.
    pub(crate) fn is_of_each(self) -> bool {
        matches!(self, OverOperation::Rank | OverOperation::Split)
    }
}

/// The four operations on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Node {
    /// The nodes it is computed from, in the order of the text.
    pub(crate) fn children(&self) -> Vec<NodeId> {
        match self {
            Node::Constant(..) | Node::Fact(_) | Node::Parameter(_) | Node::Term(_) => Vec::new(),
            Node::Year | Node::PerformancePeriod | Node::Given(_) => Vec::new(),
            Node::RowFact(..) | Node::RowGiven(..) => Vec::new(),
            Node::Over(over) => {
                [over.other, over.value, over.condition].into_iter().flatten().collect()
            }
            Node::Negate(a) | Node::Absolute(a) | Node::Not(a) | Node::Table(_, a) => vec![*a],
            Node::DaysIn(a) | Node::YearOf(a) => vec![*a],
            Node::Round { value, .. } | Node::Is { value, .. } => vec![*value],
            Node::Arithmetic(_, a, b) | Node::Compare(_, a, b) | Node::DaysBetween(a, b) => {
                vec![*a, *b]
            }
            Node::Within(a, b) | Node::And(a, b) | Node::Or(a, b) => vec![*a, *b],
            Node::If(a, b, c) => vec![*a, *b, *c],
            Node::Least(all) | Node::Greatest(all) => all.clone(),
        }
    }
}

impl Program {
    /// The contract's id, as its text names it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Names of the facts, in the order of the text.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.facts.iter().map(|fact| (fact.name.as_str(), &fact.kind))
    }

    /// Names of the further rows, in the order of the text.
    pub fn row_sets(&self) -> impl Iterator<Item = &str> {
        self.row_sets.iter().map(|set| set.name.as_str())
    }

    /// Names of the facts of further rows, in the order of the text; none for an unknown name.
    pub fn row_facts(&self, rows: &str) -> impl Iterator<Item = (&str, &Type)> {
        let set = self.row_sets.iter().find(|set| set.name == rows);
        let facts = set.map_or(&[][..], |set| &set.facts);
        facts.iter().map(|fact| (fact.name.as_str(), &fact.kind))
    }

    /// The facts of the row being settled, and those of all further rows.
    pub(crate) fn all_facts(&self) -> impl Iterator<Item = &FactSlot> {
        self.facts.iter().chain(self.row_sets.iter().flat_map(|set| &set.facts))
    }

    pub(crate) fn row_fact(&self, rows: usize, fact: usize) -> Option<&FactSlot> {
        self.row_sets.get(rows)?.facts.get(fact)
    }

    pub(crate) fn row_set_index(&self, name: &str) -> Option<usize> {
        self.row_sets.iter().position(|set| set.name == name)
    }

    /// Names of the terms that the row being settled has a value of, in the order of the text.
    pub fn terms(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.terms
            .iter()
            .filter(|term| term.rows.is_none())
            .map(|term| (term.name.as_str(), &term.kind))
    }

    /// Names of the terms that each of these further rows has a value of.
    pub fn row_terms(&self, rows: &str) -> impl Iterator<Item = (&str, &Type)> {
        let set = self.row_set_index(rows);
        let terms = self.terms.iter().filter(move |term| term.rows.is_some() && term.rows == set);
        terms.map(|term| (term.name.as_str(), &term.kind))
    }

    /// Names of the parameters, in the order of the text.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.parameters.iter().map(|slot| (slot.name.as_str(), &slot.kind))
    }

    /// Headings of the statement's columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.title.as_str())
    }

    /// The places of the facts that a term can rest on, in order, each once.
    pub(crate) fn facts_of(&self, term: usize) -> Vec<usize> {
        self.reach(vec![term], Vec::new()).1
    }

    /// The terms that a term can rest on, and itself.
    pub(crate) fn terms_of(&self, term: usize) -> Vec<usize> {
        self.reach(vec![term], Vec::new()).0
    }

    /// The places of the facts that a node can rest on.
    pub(crate) fn facts_of_node(&self, node: NodeId) -> Vec<usize> {
        self.reach(Vec::new(), vec![node]).1
    }

    /// The places of the facts that notes can rest on.
    pub(crate) fn facts_of_notes(&self) -> Vec<usize> {
        let nodes = self.notes.iter().map(|note| note.condition).collect();
        self.reach(Vec::new(), nodes).1
    }

    /// The terms and the facts that can be reached from terms and nodes.
    fn reach(&self, mut terms: Vec<usize>, mut nodes: Vec<NodeId>) -> (Vec<usize>, Vec<usize>) {
        let mut facts = Vec::new();
        let mut next = 0;
        loop {
            while let Some(node) = nodes.pop().and_then(|node| self.nodes.get(node)) {
                match node {
                    Node::Fact(fact) | Node::Given(fact) => facts.push(*fact),
                    Node::Term(term) if !terms.contains(term) => terms.push(*term),
                    Node::Parameter(parameter) => {
                        let slot = self.parameters.get(*parameter);
                        nodes.extend(slot.and_then(|slot| slot.by.as_ref()).map(|(by, _)| *by));
                    }
                    _ => nodes.extend(node.children()),
                }
            }
            let Some(slot) = terms.get(next).and_then(|term| self.terms.get(*term)) else { break };
            next += 1;
            for rule in &slot.rules {
                nodes.extend(rule.condition.into_iter().chain([rule.value]));
            }
        }
        facts.sort_unstable();
        facts.dedup();
        (terms, facts)
    }

    pub(crate) fn fact_index(&self, name: &str) -> Option<usize> {
        self.facts.iter().position(|fact| fact.name == name)
    }

    pub(crate) fn term_index(&self, name: &str) -> Option<usize> {
        self.terms.iter().position(|term| term.name == name)
    }

    pub(crate) fn clause_title(&self, clause: usize) -> &str {
        self.clauses.get(clause).map_or("", |clause| clause.title.as_str())
    }
}
