//! Reads further rows and ties each to the row of the facts that it belongs to.

use super::read::{Wanted, read_table};
use super::{FactMapping, FactRow, FactTable};
use crate::evaluate::{ListedRow, Row};
use crate::problem::{PROBLEMS_MAX, Problem};
use crate::program::{Program, RowSetSlot};
use crate::unit::Type;
use crate::value::Value;
use counterfoil_base::{Finding, Text};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Reads the file of a list of rows and ties its rows to those of the facts. Nothing is tied
/// when a row belongs nowhere, or when two rows of a list have the same name.
pub(crate) fn read_rows(
    program: &Program,
    mapping: &FactMapping,
    (year, set): (i64, usize),
    (name, bytes): (&str, &[u8]),
    facts: &mut FactTable,
) -> Vec<Problem> {
    let (Some(slot), Some(sources)) = (program.row_sets.get(set), mapping.rows.get(set)) else {
        return Vec::new();
    };
    let of = format!(" of {}", slot.name);
    let wanted = Wanted { slots: &slot.facts, sources, mapping, year, of };
    let (table, problems) = read_table(&wanted, name, bytes);
    if !problems.is_empty() {
        return problems;
    }
    let mut tying = Tying { slot, name, problems: Vec::new() };
    let groups = tying.groups(table.rows, facts);
    if tying.problems.is_empty() {
        for (row, group) in facts.rows.iter_mut().zip(groups) {
            row.findings.extend(group.findings);
            if let Some(place) = row.row.rows.get_mut(set) {
                *place = Some(group.rows);
            }
        }
        if let Some(columns) = facts.row_columns.get_mut(set) {
            *columns = table.columns;
        }
    }
    tying.problems
}

/// The rows that belong to one row of the facts.
#[derive(Clone, Default)]
struct Group {
    rows: Arc<Vec<ListedRow>>,
    findings: Vec<Finding>,
}

struct Tying<'a> {
    slot: &'a RowSetSlot,
    name: &'a str,
    problems: Vec<Problem>,
}

impl Tying<'_> {
    fn complain(&mut self, message: String, cause: &str, fix: &str) {
        if self.problems.len() < PROBLEMS_MAX {
            let finding = Finding::error("CONTRACT-rows", 7, message).because(cause).fix(fix);
            self.problems.push(Problem::of_file(finding, self.name));
        }
    }

    /// A group for each row of the facts, in their order.
    fn groups(&mut self, rows: Vec<FactRow>, facts: &FactTable) -> Vec<Group> {
        let Some((inner, outer)) = self.slot.tie else {
            let group = self.group(rows);
            return vec![group; facts.rows.len()];
        };
        let mut tied: BTreeMap<Text, Vec<FactRow>> = BTreeMap::new();
        for row in rows {
            match code(&row.row.facts, inner) {
                Some(code) => tied.entry(code).or_default().push(row),
                None => self.complain(
                    format!(
                        "Row {} of {} does not say where it belongs",
                        row.number, self.slot.name
                    ),
                    "Each of these rows belongs to one row of the facts",
                    "Fill in the column that ties them",
                ),
            }
        }
        let mut groups: BTreeMap<Text, Group> = BTreeMap::new();
        let belong: Vec<Option<Text>> =
            facts.rows.iter().map(|row| code(&row.row.facts, outer)).collect();
        let known: BTreeSet<&Text> = belong.iter().flatten().collect();
        for (code, rows) in tied {
            if !known.contains(&code) {
                let number = rows.first().map_or(0, |row| row.number);
                self.complain(
                    format!("Row {number} of {} belongs to no row of the facts", self.slot.name),
                    "What belongs nowhere would fall out of the settlement unseen",
                    "Supply the row that it belongs to, or take it out of the file",
                );
            }
            let group = self.group(rows);
            groups.insert(code, group);
        }
        let group = |code: &Option<Text>| code.as_ref().and_then(|code| groups.get(code)).cloned();
        belong.iter().map(|code| group(code).unwrap_or_default()).collect()
    }

    /// Rows in the order of their names, which differ.
    fn group(&mut self, rows: Vec<FactRow>) -> Group {
        let mut group = Group::default();
        let mut named: Vec<(Vec<Value>, ListedRow)> = Vec::new();
        for row in rows {
            let room = PROBLEMS_MAX.saturating_sub(group.findings.len());
            group.findings.extend(row.findings.into_iter().take(room));
            let value =
                |place: &usize| row.row.facts.get(*place)?.as_ref().map(|f| f.value.clone());
            let keys: Option<Vec<Value>> = self.slot.keys.iter().map(value).collect();
            match keys {
                Some(keys) => {
                    let key = key_text(self.slot, &keys);
                    let Row { facts, unread, .. } = row.row;
                    named.push((keys, ListedRow { number: row.number, key, facts, unread }));
                }
                None => self.complain(
                    format!("Row {} of {} has no name", row.number, self.slot.name),
                    "Rows are told apart, and put in order, by the facts that name them",
                    "Fill in the columns that name a row",
                ),
            }
        }
        named.sort_by(|a, b| order(&a.0, &b.0).then(a.1.number.cmp(&b.1.number)));
        for (one, next) in named.iter().zip(named.iter().skip(1)) {
            if order(&one.0, &next.0) == Ordering::Equal {
                let (first, second) = (one.1.number, next.1.number);
                self.complain(
                    format!("Rows {first} and {second} of {} have the same name", self.slot.name),
                    "A row that comes twice would count twice",
                    "Take one of them out, or name rows by further facts ('by ... and ...')",
                );
            }
        }
        group.rows = Arc::new(named.into_iter().map(|(_, row)| row).collect());
        group
    }
}

/// What names a row, as people see it.
pub(crate) fn key_text(slot: &RowSetSlot, keys: &[Value]) -> String {
    let kind = |place: &usize| slot.facts.get(*place).map_or(&Type::Flag, |fact| &fact.kind);
    let shown = slot.keys.iter().zip(keys).map(|(place, value)| value.show(kind(place)));
    shown.collect::<Vec<_>>().join("/")
}

fn code(facts: &[Option<crate::evaluate::FactValue>], place: usize) -> Option<Text> {
    match facts.get(place)?.as_ref()?.value.clone() {
        Value::Code(code) => Some(code),
        _ => None,
    }
}

/// The order of names: codes by their bytes, days and counts by their size.
pub(crate) fn order(left: &[Value], right: &[Value]) -> Ordering {
    let pairs = left.iter().zip(right);
    let orders = pairs.map(|(left, right)| match (left, right) {
        (Value::Code(left), Value::Code(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        _ => Ordering::Equal,
    });
    orders.fold(Ordering::Equal, Ordering::then)
}
