//! A checked contract: names are places in lists, expressions are nodes in one list.

use crate::ast::{Clause, Comparison, Interpolation, Presence, Span};
use crate::number::Number;
use crate::unit::Type;
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
    pub(crate) parameters: Vec<ParameterSlot>,
    pub(crate) tables: Vec<TableSlot>,
    pub(crate) terms: Vec<TermSlot>,
    pub(crate) notes: Vec<NoteSlot>,
    pub(crate) columns: Vec<ColumnSlot>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) spans: Vec<Span>,
}

/// A fact: what each row supplies.
#[derive(Clone, Debug)]
pub(crate) struct FactSlot {
    pub name: String,
    pub kind: Type,
    pub bounds: Vec<(Comparison, Value)>,
    pub presence: Presence,
}

/// A parameter: what each year's file states.
#[derive(Clone, Debug)]
pub(crate) struct ParameterSlot {
    pub name: String,
    pub kind: Type,
    /// The node whose code chooses, and its codes.
    pub by: Option<(NodeId, Vec<String>)>,
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
    Parameter(usize),
    Term(usize),
    Year,
    PerformancePeriod,
    Arithmetic(Arithmetic, NodeId, NodeId),
    Negate(NodeId),
    Absolute(NodeId),
    Least(Vec<NodeId>),
    Greatest(Vec<NodeId>),
    Round { value: NodeId, mode: Rounding, step: Number },
    Table(usize, NodeId),
    DaysBetween(NodeId, NodeId),
    DaysIn(NodeId),
    YearOf(NodeId),
    Compare(Comparison, NodeId, NodeId),
    Is { value: NodeId, codes: Vec<Text>, is_negated: bool },
    Within(NodeId, NodeId),
    Given(usize),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
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

    /// Names of the terms, in the order of the text.
    pub fn terms(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.terms.iter().map(|term| (term.name.as_str(), &term.kind))
    }

    /// Headings of the statement's columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.title.as_str())
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
