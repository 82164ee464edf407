//! Further rows: their names, keys and ties, and the values that are found from all of them.

use super::{Checker, Meaning, Typed};
use crate::ast::{Name, Over, Rows, Span};
use crate::problem::did_you_mean;
use crate::program::{Node, OverOperation, OverSlot, RowSetSlot};
use crate::unit::{Type, Unit};
use counterfoil_base::Finding;

impl Checker {
    pub(super) fn declare_rows(&mut self, rows: &Rows) {
        self.declare(&rows.name, Meaning::Rows(self.program.row_sets.len()));
        self.program.row_sets.push(RowSetSlot {
            name: rows.name.text.clone(),
            keys: Vec::new(),
            tie: None,
            facts: Vec::new(),
            columns: Vec::new(),
        });
    }

    /// The facts that name a row and tie it to the row being settled.
    pub(super) fn define_rows(&mut self, rows: &Rows) {
        let Some((Meaning::Rows(set), span)) = self.names.get(&rows.name.text).copied() else {
            return;
        };
        if span != rows.name.span {
            return;
        }
        let mut keys = Vec::new();
        for key in &rows.keys {
            if let Some((place, Type::Code(_) | Type::Date | Type::Number(Unit::COUNT))) =
                self.own_fact(key, Some(set))
            {
                keys.push(place);
            } else {
                let finding = Finding::error(
                    "CONTRACT-rows",
                    7,
                    format!("'{}' cannot name one of the rows", key.text),
                )
                .because("A row is named by codes, dates or counts among its own facts")
                .fix(format!("Declare 'fact {} of {}: code'", key.text, rows.name.text));
                self.complain(finding, key.span, "not such a fact");
            }
        }
        let mut tie = None;
        if let Some((inner, outer)) = &rows.tie {
            match (self.own_fact(inner, Some(set)), self.own_fact(outer, None)) {
                (Some((inner, Type::Code(_))), Some((outer, Type::Code(_)))) => {
                    tie = Some((inner, outer));
                }
                _ => {
                    let finding = Finding::error("CONTRACT-rows", 7, "Rows are tied by two codes")
                        .because(
                            "One of them is a fact of these rows, the other of the settled row",
                        )
                        .fix("Write 'where' with a fact of the rows, '=', and a fact of the row");
                    self.complain(finding, inner.span.to(outer.span), "not two such codes");
                }
            }
        }
        if let Some(slot) = self.program.row_sets.get_mut(set) {
            (slot.keys, slot.tie) = (keys, tie);
        }
    }

    /// A fact of the rows, or of the row being settled: its place and type.
    fn own_fact(&mut self, name: &Name, rows: Option<usize>) -> Option<(usize, Type)> {
        let (meaning, _) = self.names.get(&name.text).copied()?;
        let (place, slot) = match (meaning, rows) {
            (Meaning::RowFact(set, place), Some(wanted)) if set == wanted => {
                (place, self.program.row_fact(set, place)?)
            }
            (Meaning::Fact(place), None) => (place, self.program.facts.get(place)?),
            _ => return None,
        };
        let kind = slot.kind.clone();
        self.used.push(meaning);
        Some((place, kind))
    }

    /// The rows with this name; told when there are none.
    pub(super) fn row_set(&mut self, name: &Name) -> Option<usize> {
        if let Some((Meaning::Rows(set), _)) = self.names.get(&name.text).copied() {
            self.used.push(Meaning::Rows(set));
            return Some(set);
        }
        let known = self.program.row_sets.iter().map(|set| set.name.as_str());
        let message = format!("No rows are called '{}'", name.text);
        let finding = Finding::error("CONTRACT-unknown-name", 7, message)
            .because("Further rows are declared with 'rows NAME by FACT'")
            .fix(did_you_mean(&name.text, known));
        self.complain(finding, name.span, "no such rows");
        None
    }

    /// The rows that a name belongs to.
    pub(super) fn rows_of(&self, name: &str) -> Option<usize> {
        self.names.get(name).and_then(|(meaning, _)| self.rows_meant(*meaning))
    }

    fn rows_meant(&self, meaning: Meaning) -> Option<usize> {
        match meaning {
            Meaning::RowFact(set, _) => Some(set),
            Meaning::Term(index) => self.program.terms.get(index)?.rows,
            Meaning::Parameter(index) => self.program.parameters.get(index)?.rows,
            _ => None,
        }
    }

    /// Whether one value of the name is meant here; told when each of many rows has one.
    pub(super) fn is_at_hand(&mut self, name: &str, meaning: Meaning, span: Span) -> bool {
        let Some(set) = self.rows_meant(meaning).filter(|set| self.rows != Some(*set)) else {
            return true;
        };
        let rows = self.program.row_sets.get(set).map_or("", |set| &set.name).to_owned();
        let message = format!("Each of the {rows} has its own '{name}'");
        let finding = Finding::error("CONTRACT-rows", 7, message)
            .because("It is not said here which of the rows is meant")
            .fix(format!(
                "Write for example sum({name} over {rows}), or declare the term 'of {rows}'"
            ));
        self.complain(finding, span, format!("one of many {rows}"));
        false
    }

    /// `sum(x over rows where y)` and its like.
    pub(super) fn over(&mut self, over: &Over, span: Span) -> Option<Typed> {
        let Some(operation) = OverOperation::named(&over.operation.text) else {
            let message = format!("'{}' does not work over rows", over.operation.text);
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because("Over rows work sum, count, greatest, least, rank and split")
                .fix("Use one of these");
            self.complain(finding, over.operation.span, "not over rows");
            return None;
        };
        let rows = self.row_set(&over.rows)?;
        if operation.is_of_each() && self.rows != Some(rows) {
            let (name, rows) = (operation.name(), &over.rows.text);
            let message = format!("'{name}' gives each of the {rows} a value of its own");
            let finding = Finding::error("CONTRACT-rows", 7, message)
                .because("Here it is not said which of the rows is meant")
                .fix(format!("Use it in a term that is declared 'of {rows}'"));
            self.complain(finding, span, "which row?");
            return None;
        }
        let outer = self.rows.replace(rows);
        let value = over.value.as_ref().map(|value| self.number_expression(value));
        let condition = over.condition.as_ref().map(|c| self.expression_of(c, &Type::Flag));
        // The pool and the value for no row belong to all rows alike.
        self.rows = None;
        let other = over.other.as_ref().map(|other| self.number_expression(other));
        self.rows = outer;
        let (value, condition) = (flat(value)?, flat(condition)?);
        let other = flat(other)?;
        let needs_other =
            !matches!(operation, OverOperation::Sum | OverOperation::Count | OverOperation::Rank);
        if needs_other != other.is_some() {
            return self.else_wrong(operation, span);
        }
        let kind = self.kind_over(operation, value.as_ref(), other.as_ref(), span)?;
        let Type::Number(unit) = kind else { return None };
        let node = Node::Over(OverSlot {
            operation,
            rows,
            value: value.map(|typed| typed.node),
            condition,
            other: other.map(|typed| typed.node),
            unit,
        });
        Some(self.add(node, span, kind))
    }

    fn else_wrong(&mut self, operation: OverOperation, span: Span) -> Option<Typed> {
        let name = operation.name();
        let finding = match operation {
            OverOperation::Greatest | OverOperation::Least => {
                let message = format!("'{name}' over rows needs a value for no row at all");
                Finding::error("CONTRACT-rows", 7, message)
                    .because("There may be no such row, and then nothing is the greatest or least")
                    .fix(format!("Write {name}(... over ... else $0), with the value to take"))
            }
            _ => Finding::error("CONTRACT-rows", 7, format!("'{name}' takes no 'else'"))
                .because("Without any row its value is known")
                .fix("Leave 'else' and what follows it away"),
        };
        self.complain(finding, span, "here");
        None
    }

    fn kind_over(
        &mut self,
        operation: OverOperation,
        value: Option<&Typed>,
        other: Option<&Typed>,
        span: Span,
    ) -> Option<Type> {
        match operation {
            OverOperation::Count | OverOperation::Rank => Some(Type::Number(Unit::COUNT)),
            OverOperation::Sum => value.map(|typed| typed.kind.clone()),
            OverOperation::Greatest | OverOperation::Least => {
                self.common(value?, other?, span).map(|(kind, _)| kind)
            }
            OverOperation::Split => {
                let money = Type::Number(Unit::MONEY);
                if other?.kind == money {
                    return Some(money);
                }
                let finding = Finding::error("CONTRACT-pool", 7, "Only money is split")
                    .because("The parts of a pool are whole cents that sum to the pool")
                    .fix("Split an amount of money, and multiply shares by it elsewhere");
                self.complain(finding, span, format!("this splits {}", other?.kind));
                None
            }
        }
    }
}

/// What was written and could be checked; nothing when a part that was written could not.
fn flat<T>(checked: Option<Option<T>>) -> Option<Option<T>> {
    match checked {
        Some(None) => None,
        Some(Some(found)) => Some(Some(found)),
        None => Some(None),
    }
}
