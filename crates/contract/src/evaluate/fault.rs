//! Why a row cannot be computed, and the finding that says so.

use crate::parse::CONTRACT_FILE;
use crate::problem::Problem;
use crate::program::{FactSlot, NodeId, Program};
use counterfoil_base::Finding;

/// Why a value could not be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// A quotient whose divisor is zero.
    DivisionByZero,
    /// A number that does not fit 128 bits exactly.
    TooLarge,
    /// A fact that the row leaves out.
    MissingFact(usize),
    /// A fact whose cell could not be read.
    UnreadFact(usize),
    /// A fact of one of further rows whose cell could not be read.
    UnreadRowFact { rows: usize, fact: usize },
    /// A fact that one of further rows leaves out.
    MissingRowFact { rows: usize, fact: usize },
    /// Further rows of which no file was supplied.
    RowsMissing(usize),
    /// A pool with parts of a cent.
    PoolNotInCents,
    /// A weight below zero.
    NegativeWeight,
    /// A pool to split by weights that are all zero.
    WeightsAreZero,
    /// No rule of the term applies.
    NoRule(usize),
    /// Two rules of the term apply.
    TwoRules { term: usize, first: usize, second: usize },
    /// An argument outside every row of the table.
    OutsideTable { table: usize, argument: String },
    /// A parameter without a value for the code.
    NoParameter { parameter: usize, code: String },
    /// Printed numbers leave open what must be certain.
    Uncertain,
    /// A program that was never checked.
    Mismatch,
}

/// Why a row could not be computed, and at which part of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) node: Option<NodeId>,
    /// The further row at which it came up: its list, and its number in the file.
    pub(crate) row: Option<(usize, u64)>,
}

impl Fault {
    /// True where a cell could not be read: the row's own findings say which, and why.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self.kind, FaultKind::UnreadFact(_) | FaultKind::UnreadRowFact { .. })
    }

    pub(crate) fn of(kind: FaultKind) -> Fault {
        Fault { kind, node: None, row: None }
    }

    pub(crate) fn at(kind: FaultKind, node: NodeId) -> Fault {
        Fault { kind, node: Some(node), row: None }
    }

    /// Says at which of further rows it came up; the first such row stands.
    pub(crate) fn in_row(mut self, rows: usize, number: u64) -> Fault {
        self.row = self.row.or(Some((rows, number)));
        self
    }

    /// The fault as a problem at its place in the contract's text.
    #[must_use]
    pub fn problem(&self, program: &Program) -> Problem {
        let term = |index: usize| program.terms.get(index);
        let finding = self.finding(program);
        let related = match self.kind {
            FaultKind::TwoRules { term: index, first, second } => {
                let rule = |place: usize| term(index).and_then(|slot| slot.rules.get(place));
                rule(first).zip(rule(second)).map(|(a, b)| (b.span, a.span))
            }
            _ => None,
        };
        let span = match (related, &self.kind) {
            (Some((span, _)), _) => Some(span),
            (None, FaultKind::NoRule(index)) => term(*index).map(|slot| slot.span),
            (None, _) => self.node.and_then(|node| program.spans.get(node).copied()),
        };
        let mut problem = match span {
            Some(span) => Problem::at(finding, CONTRACT_FILE, span).label("here"),
            None => Problem::of_file(finding, CONTRACT_FILE),
        };
        if let Some((_, first)) = related {
            problem = problem.related(first, "and this rule applies too");
        }
        problem
    }

    /// The fault as a finding in plain words.
    #[must_use]
    pub fn finding(&self, program: &Program) -> Finding {
        let mut finding = match &self.kind {
            FaultKind::RowsMissing(_)
            | FaultKind::MissingRowFact { .. }
            | FaultKind::PoolNotInCents
            | FaultKind::NegativeWeight
            | FaultKind::WeightsAreZero => self.finding_of_rows(program),
            _ => self.finding_of_row(program),
        };
        if let Some((set, number)) = self.row {
            let rows = program.row_sets.get(set).map_or("", |set| &set.name);
            finding.message = format!("{} (row {number} of {rows})", finding.message);
        }
        finding
    }

    fn finding_of_rows(&self, program: &Program) -> Finding {
        match &self.kind {
            FaultKind::RowsMissing(set) => {
                let rows = program.row_sets.get(*set).map_or("", |set| &set.name);
                let message = format!("No file with the {rows} was supplied");
                Finding::error("CONTRACT-rows-missing", 7, message)
                    .because("Rows that are not there are never taken as none at all")
                    .fix(format!("Supply them: --rows {rows}=FILE; an empty file says none"))
            }
            FaultKind::MissingRowFact { rows, fact } => {
                let name = program.row_fact(*rows, *fact).map_or("", |slot| &slot.name);
                let message = format!("The row leaves out '{name}', which this rule needs");
                Finding::error("CONTRACT-fact-missing", 7, message)
                    .because("A number that is not there is never taken as zero")
                    .fix("Supply the fact, or state by a rule what applies without it")
            }
            FaultKind::PoolNotInCents => {
                Finding::error("CONTRACT-pool", 7, "The pool has parts of a cent")
                    .because("Only whole cents are split so that the parts sum to the pool")
                    .fix("Supply the amount in cents, or round it by name before it is split")
            }
            FaultKind::NegativeWeight => {
                Finding::error("CONTRACT-weight", 7, "A weight is below zero")
                    .because("A pool is split by weights of zero or more")
                    .fix("Declare the weight 'at least 0', or state what applies below zero")
            }
            _ => Finding::error("CONTRACT-weight", 7, "All weights are zero")
                .because("A pool that is not zero cannot be split by nothing")
                .fix("State by a rule what applies when no row has a weight"),
        }
    }

    fn finding_of_row(&self, program: &Program) -> Finding {
        let term = |index: usize| program.terms.get(index).map_or("", |slot| &slot.name);
        match &self.kind {
            FaultKind::DivisionByZero => {
                Finding::error("CONTRACT-division-by-zero", 7, "The divisor is zero for this row")
                    .because("A quotient by zero has no value")
                    .fix("State what applies when the divisor is zero, by a rule of its own")
            }
            FaultKind::TooLarge => {
                Finding::error("CONTRACT-too-large-number", 7, "A number does not fit exactly")
                    .because("Numbers are exact fractions whose parts have up to 38 digits")
                    .fix("Round a quotient with 'round' before it is multiplied further")
            }
            FaultKind::MissingFact(index) => {
                let name = program.facts.get(*index).map_or("", |slot| &slot.name);
                let message = format!("The row leaves out '{name}', which this rule needs");
                Finding::error("CONTRACT-fact-missing", 7, message)
                    .because("A number that is not there is never taken as zero")
                    .fix("Supply the fact, or state by a rule what applies without it")
            }
            FaultKind::UnreadFact(index) => unread(program.facts.get(*index)),
            FaultKind::UnreadRowFact { rows, fact } => unread(program.row_fact(*rows, *fact)),
            FaultKind::NoRule(index) => {
                let message = format!("No rule of '{}' applies to this row", term(*index));
                Finding::error("CONTRACT-no-rule-applies", 7, message)
                    .because("A term has a value only by a rule that applies")
                    .fix("Add the missing case, or a last rule 'otherwise'")
            }
            FaultKind::TwoRules { term: index, first, second } => {
                let slot = program.terms.get(*index);
                let rule = |place: usize| {
                    slot.and_then(|slot| slot.rules.get(place)).map_or("", |rule| &rule.name)
                };
                let message = format!(
                    "Rules '{}' and '{}' of '{}' both apply to this row",
                    rule(*first),
                    rule(*second),
                    term(*index)
                );
                Finding::error("CONTRACT-two-rules-apply", 7, message)
                    .because("Neither rule is stated as an exception to the other")
                    .fix("State which one gives way: 'exception to'")
            }
            FaultKind::OutsideTable { table, argument } => {
                let name = program.tables.get(*table).map_or("", |slot| &slot.name);
                let message = format!("{argument} lies outside the table '{name}'");
                Finding::error("CONTRACT-outside-table", 7, message)
                    .because("A table says nothing beyond its first and last row")
                    .fix("Use the table only where it holds, or add the missing row")
            }
            FaultKind::NoParameter { parameter, code } => {
                let name = program.parameters.get(*parameter).map_or("", |slot| &slot.name);
                let message = format!("'{name}' has no value for '{code}' in this year");
                Finding::error("CONTRACT-parameter-missing", 7, message)
                    .because("The file of the year says that this code is not offered")
                    .fix("Check the row's code, or add the value to the file of the year")
            }
            FaultKind::Uncertain => Finding::error(
                "CONTRACT-uncertain",
                7,
                "The printed numbers leave open which day or code is meant",
            )
            .because("Only amounts can be given as a range")
            .fix("Supply the deciding fact exactly"),
            _ => Finding::error("CONTRACT-not-checked", 7, "The contract was not checked")
                .because("Only a contract without errors can be computed")
                .fix("Run 'counterfoil contract check' and mend what it says"),
        }
    }
}

fn unread(slot: Option<&FactSlot>) -> Finding {
    let name = slot.map_or("", |slot| &slot.name);
    let message = format!("'{name}' could not be read, and this rule needs it");
    Finding::error("CONTRACT-fact-unreadable", 7, message)
        .because("What stands in a cell is never taken as left out")
        .fix("Correct the cell, or describe its spelling in facts.toml")
}
