//! Where two statements, or two files of facts, part: the first fact or clause, by name.

use crate::statement::{FactLine, RowStatement, RowsLine, TermLine, fact_lines, subject};
use counterfoil_contract::{Contract, FactRow, FactTable};
use csv::ByteRecord;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where two statements part first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// What it is: `year`, `subject`, `fact`, `rows`, `term`, `line` or `contract`.
    pub kind: &'static str,
    /// The fact, term or column by its name.
    pub name: String,
    /// The clause of a term.
    pub clause: String,
    /// What the one says.
    pub one: String,
    /// What the other says.
    pub other: String,
}

/// A fact in which two rows part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactParting {
    /// Whom the row is about.
    pub subject: String,
    /// The row's place in the one file; nothing when it has no such row.
    pub row_one: Option<u64>,
    /// The row's place in the other file.
    pub row_other: Option<u64>,
    /// The fact, and the column that it was read from; empty when a whole row is missing.
    pub fact: String,
    /// The column in the one file.
    pub column: String,
    /// What the one says.
    pub one: String,
    /// What the other says.
    pub other: String,
}

impl Parting {
    /// The place as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Parting { name, clause, one, other, .. } = self;
        match self.kind {
            "contract" => format!("the contracts differ (SHA-256 {one} and {other})"),
            "term" => format!("term {name}, clause '{clause}': {one} and {other}"),
            kind if name.is_empty() => format!("{kind}: {one} and {other}"),
            kind => format!("{kind} {name}: {one} and {other}"),
        }
    }
}

impl FactParting {
    /// The place as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let FactParting { subject, fact, column, one, other, .. } = self;
        match (self.row_one, self.row_other) {
            (Some(row), Some(_)) => {
                let column = match column.as_str() {
                    "" => String::new(),
                    column => format!(", column {column}"),
                };
                format!("{subject} (row {row}{column}), fact {fact}: {one} and {other}")
            }
            (Some(row), None) => format!("{subject} (row {row}) is in the one file only"),
            (None, row) => {
                format!("{subject} (row {}) is in the other file only", row.unwrap_or(0))
            }
        }
    }
}

/// Where two statements part first; nothing when they are the same.
///
/// Year and subject come first, then facts and further rows in the order of the contract, then the
/// terms, each after what it rests on: those whose values differ before those that only
/// came about otherwise.
#[must_use]
pub fn compare(one: &RowStatement, other: &RowStatement) -> Option<Parting> {
    if one == other {
        return None;
    }
    let plain = |kind, one: &str, other: &str| {
        let (one, other) = (one.to_owned(), other.to_owned());
        Some(Parting { kind, name: String::new(), clause: String::new(), one, other })
    };
    if one.year != other.year {
        return plain("year", &one.year.to_string(), &other.year.to_string());
    }
    if one.subject != other.subject {
        return plain("subject", &one.subject, &other.subject);
    }
    fact(&one.facts, &other.facts)
        .or_else(|| rows(&one.rows, &other.rows))
        .or_else(|| term(&one.terms, &other.terms))
        .or_else(|| line(one, other))
        .or_else(|| {
            // Everything that was computed is the same: the texts around it are not.
            plain("contract", &one.contract.sha256, &other.contract.sha256)
        })
}

fn fact(one: &[FactLine], other: &[FactLine]) -> Option<Parting> {
    let by_name: BTreeMap<&str, &FactLine> = other.iter().map(|f| (f.name.as_str(), f)).collect();
    let named: BTreeMap<&str, &FactLine> = one.iter().map(|f| (f.name.as_str(), f)).collect();
    let absent = FactLine::default();
    let added = other.iter().filter(|fact| !named.contains_key(fact.name.as_str()));
    let pairs = one
        .iter()
        .map(|fact| (fact, by_name.get(fact.name.as_str()).copied().unwrap_or(&absent)))
        .chain(added.map(|fact| (&absent, fact)));
    let mut parted = pairs.filter(|(one, other)| one != other);
    let (one, other) = parted.next()?;
    let name = if one.name.is_empty() { &other.name } else { &one.name };
    let (shown_one, shown_other) = told_apart(one, other);
    Some(Parting {
        kind: "fact",
        name: name.clone(),
        clause: String::new(),
        one: shown_one,
        other: shown_other,
    })
}

fn rows(one: &[RowsLine], other: &[RowsLine]) -> Option<Parting> {
    let told = |all: &[RowsLine], name: &str| {
        let line = all.iter().find(|line| line.rows == name);
        line.map_or_else(
            || "not supplied".to_owned(),
            |line| format!("{} rows, SHA-256 {}", line.count, line.sha256),
        )
    };
    let differs = |line: &&RowsLine| told(one, &line.rows) != told(other, &line.rows);
    let line = one.iter().chain(other).find(differs)?;
    Some(Parting {
        kind: "rows",
        name: line.rows.clone(),
        clause: String::new(),
        one: told(one, &line.rows),
        other: told(other, &line.rows),
    })
}

/// Both values, with the rest of what tells them apart where the values alone do not.
fn told_apart(one: &FactLine, other: &FactLine) -> (String, String) {
    let value = |fact: &FactLine| match (fact.name.is_empty(), fact.value.is_empty()) {
        (true, _) => "no such fact".to_owned(),
        (false, true) => "not given".to_owned(),
        (false, false) => fact.value.clone(),
    };
    let exact = |fact: &FactLine| match fact.half_unit.as_str() {
        "" => format!("{} ({} exactly)", value(fact), fact.exact),
        half => format!("{} ({} within {half})", value(fact), fact.exact),
    };
    match value(one) == value(other) {
        true => (exact(one), exact(other)),
        false => (value(one), value(other)),
    }
}

fn term(one: &[TermLine], other: &[TermLine]) -> Option<Parting> {
    let by_name: BTreeMap<&str, &TermLine> = other.iter().map(|t| (t.term.as_str(), t)).collect();
    let parting = |line: &TermLine, one: String, other: String| Parting {
        kind: "term",
        name: line.term.clone(),
        clause: line.clause.clone(),
        one,
        other,
    };
    let other_of = |line: &TermLine| by_name.get(line.term.as_str()).copied();
    for line in one {
        if let Some(theirs) = other_of(line)
            && (&line.value, &line.exact) != (&theirs.value, &theirs.exact)
        {
            let shown = match line.value == theirs.value {
                true => (line.exact.clone(), theirs.exact.clone()),
                false => (line.value.clone(), theirs.value.clone()),
            };
            return Some(parting(line, shown.0, shown.1));
        }
    }
    let without_number = |line: &TermLine| TermLine { number: 0, ..line.clone() };
    for line in one {
        match other_of(line) {
            None => return Some(parting(line, line.value.clone(), "no such term".to_owned())),
            Some(theirs) if without_number(line) != without_number(theirs) => {
                let place = |line: &TermLine| format!("{} [{}]", line.formula, line.rule);
                return Some(parting(line, place(line), place(theirs)));
            }
            Some(_) => {}
        }
    }
    let known = |line: &&TermLine| !one.iter().any(|ours| ours.term == line.term);
    let added = other.iter().find(known)?;
    Some(parting(added, "no such term".to_owned(), added.value.clone()))
}

/// Columns, problems and results that part although facts and terms do not.
fn line(one: &RowStatement, other: &RowStatement) -> Option<Parting> {
    let parting = |name: &str, one: String, other: String| Parting {
        kind: "line",
        name: name.to_owned(),
        clause: String::new(),
        one,
        other,
    };
    if one.result != other.result {
        let told = |statement: &RowStatement| match &statement.result {
            Some(result) => format!("{} {} cents", result.term, result.amount_cents),
            None => "no result".to_owned(),
        };
        return Some(parting("result", told(one), told(other)));
    }
    let mut columns = one.columns.iter().zip(&other.columns).filter(|(ours, other)| ours != other);
    if let Some((ours, other)) = columns.next() {
        let told = |line: &crate::ColumnLine| format!("{} '{}'", line.column, line.cell);
        return Some(parting("column", told(ours), told(other)));
    }
    if one.problems != other.problems {
        let (one, other) = (one.problems.join("; "), other.problems.join("; "));
        return Some(parting("problems", one, other));
    }
    None
}

/// Pairs of rows of two tables that are about the same: by their subject where it tells all rows
/// of both apart, else by their place. In the order of the one, then what only the other has.
pub(crate) fn paired<'a>(
    contract: &Contract,
    one: &'a FactTable,
    other: &'a FactTable,
) -> Vec<(Option<&'a FactRow>, Option<&'a FactRow>)> {
    let by_subject = |table: &'a FactTable| {
        let keyed = table.rows.iter().map(|row| (subject(contract, row), row));
        let map: BTreeMap<String, &'a FactRow> = keyed.collect();
        (map.len() == table.rows.len()).then_some(map)
    };
    if let (Some(ours), Some(theirs)) = (by_subject(one), by_subject(other)) {
        let key = |row: &FactRow| subject(contract, row);
        let both = one.rows.iter().map(|row| (Some(row), theirs.get(&key(row)).copied()));
        let added = other.rows.iter().filter(|row| !ours.contains_key(&key(row)));
        return both.chain(added.map(|row| (None, Some(row)))).collect();
    }
    let rows = one.rows.len().max(other.rows.len());
    (0..rows).map(|place| (one.rows.get(place), other.rows.get(place))).collect()
}

/// A file of facts: its bytes, and the rows that the contract read from them.
#[derive(Clone, Copy, Debug)]
pub struct FactFile<'a> {
    /// The bytes (CSV with a heading).
    pub bytes: &'a [u8],
    /// What the contract read.
    pub table: &'a FactTable,
}

/// Every fact in which two files part, as the contract reads them.
///
/// A cell can change how its whole column is read (a share above one makes all of them
/// percentages), so facts whose own cells differ come first; then values before numbers that are
/// only printed to other places; then the order of the one file's rows.
#[must_use]
pub fn compare_facts(
    contract: &Contract,
    one: FactFile<'_>,
    other: FactFile<'_>,
) -> Vec<FactParting> {
    let (cells_one, cells_other) = (Cells::read(one.bytes), Cells::read(other.bytes));
    let mut found = Vec::new();
    for pair in paired(contract, one.table, other.table) {
        let (Some(ours), Some(theirs)) = pair else {
            let row = pair.0.or(pair.1);
            let parting = FactParting {
                subject: row.map_or_else(String::new, |row| subject(contract, row)),
                row_one: pair.0.map(|row| row.number),
                row_other: pair.1.map(|row| row.number),
                fact: String::new(),
                column: String::new(),
                one: String::new(),
                other: String::new(),
            };
            found.push(((false, false), parting));
            continue;
        };
        let (ours_lines, their_lines) = (fact_lines(contract, ours), fact_lines(contract, theirs));
        if ours_lines == their_lines {
            continue;
        }
        let own = cells_one.differing(&cells_other, ours.number, theirs.number);
        let lines = ours_lines.into_iter().zip(their_lines);
        for (index, (line, their)) in lines.enumerate().filter(|(_, (a, b))| a != b) {
            let is_precision = (&line.value, &line.exact) == (&their.value, &their.exact);
            let (shown_one, shown_other) = told_apart(&line, &their);
            let column = one.table.columns.get(index).cloned().flatten();
            // A code can stand in any of several columns.
            let is_own = match &column {
                Some(column) => own.contains(&heading(column.as_bytes())),
                None => !own.is_empty(),
            };
            let parting = FactParting {
                subject: subject(contract, ours),
                row_one: Some(ours.number),
                row_other: Some(theirs.number),
                fact: line.name,
                column: column.unwrap_or_default(),
                one: shown_one,
                other: shown_other,
            };
            found.push(((!is_own, is_precision), parting));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, parting)| parting).collect()
}

/// The cells of a file as they are printed.
struct Cells {
    headings: Vec<Vec<u8>>,
    records: Vec<ByteRecord>,
}

/// Headings are known whatever the case of their letters.
fn heading(bytes: &[u8]) -> Vec<u8> {
    bytes.trim_ascii().to_ascii_lowercase()
}

impl Cells {
    fn read(bytes: &[u8]) -> Cells {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.byte_headers().cloned().unwrap_or_default();
        let headings = header.iter().map(heading).collect();
        Cells { headings, records: reader.byte_records().filter_map(Result::ok).collect() }
    }

    fn record(&self, number: u64) -> Option<&ByteRecord> {
        self.records.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// Headings of the cells in which two rows differ; the first row below the heading is 1.
    fn differing(&self, other: &Cells, row: u64, other_row: u64) -> BTreeSet<Vec<u8>> {
        let (Some(ours), Some(theirs)) = (self.record(row), other.record(other_row)) else {
            return BTreeSet::new();
        };
        let differs = |(place, heading): &(usize, &Vec<u8>)| {
            let at = other.headings.iter().position(|known| known == *heading);
            let cell = at.and_then(|at| theirs.get(at)).map(<[u8]>::trim_ascii);
            ours.get(*place).map(<[u8]>::trim_ascii) != cell
        };
        let all = self.headings.iter().enumerate().filter(differs);
        all.map(|(_, heading)| heading.clone()).collect()
    }
}
