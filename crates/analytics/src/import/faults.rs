//! What is wrong with a file or a row of it, in words. No cell is quoted: it may name a person.

use super::cells::Cell;
use super::rows::NoMoreRows;
use crate::dictionary::{ColumnType, Table};
use counterfoil_base::{Finding, Position};
use std::collections::BTreeMap;

/// Findings of one code that are told in full; those after them are counted.
const SHOWN_PER_CODE: u64 = 20;

/// Why a row is kept aside.
#[derive(Clone, Debug)]
pub(crate) enum RowFault {
    /// The cell of this column is not what its column holds.
    Unreadable { column: usize, kind: ColumnType },
    /// The cell of this column is not text in UTF-8.
    NotUtf8 { column: usize },
    /// A column without which the row means nothing is empty.
    Empty { column: String },
    /// The row has other cells than its header.
    OtherLength { wanted: usize, found: usize },
    /// The row has other cells than its header because a quote was not closed.
    QuoteOpen { lines: u64 },
}

impl RowFault {
    pub(crate) fn unreadable(column: usize, kind: ColumnType) -> RowFault {
        RowFault::Unreadable { column, kind }
    }

    pub(crate) fn not_utf8(column: usize) -> RowFault {
        RowFault::NotUtf8 { column }
    }

    pub(crate) fn empty(column: &str) -> RowFault {
        RowFault::Empty { column: column.to_owned() }
    }

    /// A row of one line is cut short or has a cell too many; one of several lines has a quote
    /// that is closed only in a later row, or never.
    pub(crate) fn other_length(wanted: usize, found: usize, lines: u64) -> RowFault {
        match lines {
            1 => RowFault::OtherLength { wanted, found },
            _ => RowFault::QuoteOpen { lines },
        }
    }

    /// Its stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            RowFault::Unreadable { .. } => "LAKE-cell-unreadable",
            RowFault::NotUtf8 { .. } => "LAKE-cell-not-utf8",
            RowFault::Empty { .. } => "LAKE-required-cell-empty",
            RowFault::OtherLength { .. } => "LAKE-row-length",
            RowFault::QuoteOpen { .. } => "LAKE-quote-open",
        }
    }

    /// The column that it is about; empty for the row as a whole.
    pub(crate) fn column<'a>(&'a self, header: &'a [String]) -> &'a str {
        match self {
            RowFault::Unreadable { column, .. } | RowFault::NotUtf8 { column } => {
                header.get(*column).map_or("", String::as_str)
            }
            RowFault::Empty { column } => column,
            RowFault::OtherLength { .. } | RowFault::QuoteOpen { .. } => "",
        }
    }

    pub(crate) fn finding(&self, header: &[String], line: u64) -> Finding {
        let column = self.column(header);
        let finding = match self {
            RowFault::Unreadable { kind, .. } => Finding::error(
                "LAKE-cell-unreadable",
                7,
                format!("The cell of {column} is not {}", wanted(*kind)),
            )
            .because("The row was kept aside; the rest of the file was loaded")
            .fix("Mend the cell in the file of rows kept aside, then import that file"),
            RowFault::NotUtf8 { .. } => Finding::error(
                "LAKE-cell-not-utf8",
                7,
                format!("The cell of {column} is not text in UTF-8"),
            )
            .because("The row was kept aside; the rest of the file was loaded")
            .fix("Save the file as UTF-8 and import it, or mend the rows kept aside"),
            RowFault::Empty { .. } => {
                Finding::error("LAKE-required-cell-empty", 7, format!("{column} is empty"))
                    .because("Without it the row means nothing; it was kept aside")
                    .fix("Fill the cell in the file of rows kept aside, then import that file")
            }
            RowFault::OtherLength { wanted, found } => Finding::error(
                "LAKE-row-length",
                7,
                format!("The row has {found} cells, its header {wanted}"),
            )
            .because("A row is cut short, or a text with the separator in it is not quoted")
            .fix("Mend the row in the file of rows kept aside, then import that file"),
            RowFault::QuoteOpen { lines } => Finding::error(
                "LAKE-quote-open",
                7,
                format!(
                    "A quote is opened and not closed in its row, which takes in {lines} lines"
                ),
            )
            .because("All of these lines were kept aside as one row; none of them was loaded")
            .fix("Close or double the quote on this line in the source, then import the new file"),
        };
        finding.at(line_position(line))
    }
}

fn line_position(line: u64) -> Position {
    Position { segment: Some(line), ..Position::default() }
}

fn wanted(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Date => "a day such as 2025-01-31",
        ColumnType::Timestamp => "a moment such as 2025-01-31 08:15:00",
        ColumnType::Integer => "a whole number",
        ColumnType::Decimal => "a number",
        ColumnType::Money => "an amount such as 1250.50",
        ColumnType::Flag => "1 or 0, true or false",
    }
}

/// Findings of a file: all counted, the first of each code told.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) shown: Vec<Finding>,
}

impl Tally {
    pub(crate) fn add(&mut self, finding: Finding) {
        if self.count(&finding.code) {
            self.shown.push(finding);
        }
    }

    /// Counts one more; true while findings of this code are told in full.
    fn count(&mut self, code: &str) -> bool {
        if let Some(count) = self.counts.get_mut(code) {
            *count += 1;
            return *count <= SHOWN_PER_CODE;
        }
        self.counts.insert(code.to_owned(), 1);
        true
    }

    /// Says which amounts had parts of a cent.
    pub(crate) fn note_rounded(&mut self, table: &Table, cells: &[Cell<'_>], line: u64) {
        for (column, cell) in table.columns.iter().zip(cells) {
            if matches!(cell, Cell::Money { rounded: true, .. }) {
                let message = format!("{} has parts of a cent", column.name);
                let finding = Finding::warning("LAKE-amount-rounded", 7, message)
                    .because("It was rounded to the cent, half away from zero")
                    .fix("Nothing, when the source computes with floats; else ask the source");
                self.add(finding.at(line_position(line)));
            }
        }
    }

    /// Says which columns the table or the file lacks.
    pub(crate) fn note_columns(&mut self, unknown: &[String], missing: &[String]) {
        if !unknown.is_empty() {
            let message = format!("The table has no column for {}", in_short(unknown));
            let finding = Finding::note("LAKE-column-unknown", 7, message)
                .because("Their cells are kept as JSON in source_extra")
                .fix("Nothing, unless it is a column of the table under another name");
            self.add(finding);
        }
        if !missing.is_empty() {
            let message = format!("The file has no column {}", in_short(missing));
            let finding = Finding::note("LAKE-column-missing", 7, message)
                .because("These columns are empty in every row of this file")
                .fix("Map those that the source has; `lake imports --json` lists all");
            self.add(finding);
        }
    }
}

/// Names for a sentence: columns with a number once, and no more than a line of them.
fn in_short(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut kinds: Vec<&str> = Vec::new();
    for name in names {
        let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let kind = kind.trim_end_matches('_');
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let more = kinds.len().saturating_sub(SHOWN);
    kinds.truncate(SHOWN);
    let shown = kinds.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} others") }
}

/// The file cannot be read, or not to its end.
pub(crate) fn damaged(line: Option<u64>, reason: &NoMoreRows) -> Finding {
    let reason = match reason {
        NoMoreRows::End => "it ends",
        NoMoreRows::Damaged(reason) => reason.as_str(),
    };
    let position = line.map(line_position).unwrap_or_default();
    Finding::error("LAKE-file-unreadable", 7, format!("The file cannot be read: {reason}"))
        .because("Nothing of it was loaded: half a file would look like a whole one")
        .fix("Ask for the file again, or save it as CSV or Parquet")
        .at(position)
}

pub(crate) fn column_repeated(name: &str) -> Finding {
    Finding::error("LAKE-column-repeated", 7, format!("The header names {name} twice"))
        .because("It cannot be told which of them counts; nothing was loaded")
        .fix("Rename or remove one of the columns")
}

pub(crate) fn table_unknown(name: &str) -> Finding {
    Finding::error("LAKE-table-unknown", 7, format!("There is no table {name} to import into"))
        .because("Files go into the tables of the Tuva Input Layer")
        .fix("`counterfoil lake describe` lists the tables")
}

pub(crate) fn columns_required(table: &str, missing: &[&str]) -> Finding {
    let missing = missing.join(", ");
    let message = format!("The file looks like {table} and has no column {missing}");
    Finding::error("LAKE-required-column-missing", 7, message)
        .because("A row means nothing without it; nothing was loaded")
        .fix("Add the column; for data_source, name it with --source")
}

pub(crate) fn no_table_fits() -> Finding {
    Finding::error("LAKE-no-table-fits", 7, "The columns of the file are those of no table")
        .because("Each table has columns that a file for it must have; nothing was loaded")
        .fix("Rename the columns, or name the table with --table to see which are missing")
}
