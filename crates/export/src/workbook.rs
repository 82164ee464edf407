//! Statements as a workbook (XLSX): a sheet each for statements, waterfalls, numbers and facts.

use crate::ExportError;
use counterfoil_base::Cents;
use counterfoil_settle::RowStatement;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

/// Digits that a spreadsheet keeps of a number; more would be changed when it is opened.
const DIGITS_MAX: usize = 15;

/// Characters of a cell at most (the program that opens it refuses more).
const CELL_MAX: usize = 32_000;

/// How a column is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As text, never as a formula.
    Text,
    /// As text that may go over several lines.
    Wrapped,
    /// As a number.
    Number,
    /// As dollars and cents.
    Money,
}

/// Heading, kind, and width in characters.
type Column = (&'static str, Kind, u16);

const STATEMENTS: [Column; 8] = [
    ("Subject", Kind::Text, 28),
    ("Contract", Kind::Text, 28),
    ("Year", Kind::Number, 8),
    ("Result", Kind::Text, 28),
    ("Amount", Kind::Money, 20),
    ("Rounding", Kind::Text, 18),
    ("Problems", Kind::Wrapped, 60),
    ("Statement SHA-256", Kind::Text, 68),
];

const WATERFALL: [Column; 7] = [
    ("Subject", Kind::Text, 28),
    ("Year", Kind::Number, 8),
    ("Step", Kind::Wrapped, 48),
    ("Amount", Kind::Money, 20),
    ("Level", Kind::Money, 20),
    ("Term", Kind::Text, 28),
    ("Clause", Kind::Wrapped, 48),
];

const NUMBERS: [Column; 11] = [
    ("Subject", Kind::Text, 28),
    ("Year", Kind::Number, 8),
    ("Number", Kind::Number, 9),
    ("Term", Kind::Text, 32),
    ("Value", Kind::Text, 22),
    ("Exact", Kind::Number, 22),
    ("Unit", Kind::Text, 16),
    ("Clause", Kind::Wrapped, 40),
    ("Rule", Kind::Text, 40),
    ("Formula", Kind::Wrapped, 80),
    ("Rounding", Kind::Text, 18),
];

const FACTS: [Column; 6] = [
    ("Subject", Kind::Text, 28),
    ("Year", Kind::Number, 8),
    ("Fact", Kind::Text, 36),
    ("Value", Kind::Text, 24),
    ("Exact", Kind::Number, 24),
    ("Half a unit of the last printed place", Kind::Number, 36),
];

/// Statements as a workbook: a line each in the first sheet, then the bars of their waterfalls,
/// every number with clause, formula and rounding, and the facts.
///
/// # Errors
/// [`ExportError::Workbook`] when a sheet would have more lines than one can hold.
pub fn statement_workbook(statements: &[RowStatement]) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    // The file carries its day; without one of its own the library would ask the clock.
    let year = statements.iter().filter_map(|statement| u16::try_from(statement.year).ok()).max();
    let day = ExcelDateTime::from_ymd(year.unwrap_or(2000).clamp(1900, 9999), 12, 31)?;
    let title = DocProperties::new().set_title("Settlement statements");
    workbook.set_properties(&title.set_creation_datetime(&day));
    fill(
        workbook.add_worksheet().set_name("Statements")?,
        &STATEMENTS,
        statement_lines(statements),
    )?;
    fill(workbook.add_worksheet().set_name("Waterfall")?, &WATERFALL, waterfall_lines(statements))?;
    fill(workbook.add_worksheet().set_name("Numbers")?, &NUMBERS, number_lines(statements))?;
    fill(workbook.add_worksheet().set_name("Facts")?, &FACTS, fact_lines(statements))?;
    Ok(workbook.save_to_buffer()?)
}

fn statement_lines(all: &[RowStatement]) -> impl Iterator<Item = Vec<String>> {
    all.iter().map(|statement| {
        let (term, amount, rounding) = match &statement.result {
            Some(result) => {
                (result.term.clone(), cents(result.amount_cents), result.rounding.clone())
            }
            None => (String::new(), String::new(), String::new()),
        };
        vec![
            statement.subject.clone(),
            statement.contract.id.clone(),
            statement.year.to_string(),
            term,
            amount,
            rounding,
            statement.problems.join("\n"),
            statement.clone().document().sha256,
        ]
    })
}

fn waterfall_lines(all: &[RowStatement]) -> impl Iterator<Item = Vec<String>> {
    all.iter().flat_map(|statement| {
        statement.waterfall.iter().map(|step| {
            vec![
                statement.subject.clone(),
                statement.year.to_string(),
                step.label.clone(),
                cents(step.amount_cents),
                cents(step.level_cents),
                step.term.clone(),
                step.clause.clone(),
            ]
        })
    })
}

fn number_lines(all: &[RowStatement]) -> impl Iterator<Item = Vec<String>> {
    all.iter().flat_map(|statement| {
        statement.terms.iter().map(|line| {
            vec![
                statement.subject.clone(),
                statement.year.to_string(),
                line.number.to_string(),
                line.term.clone(),
                line.value.clone(),
                line.exact.clone(),
                line.unit.clone(),
                line.clause.clone(),
                line.rule.clone(),
                line.formula.clone(),
                line.rounding.clone(),
            ]
        })
    })
}

fn fact_lines(all: &[RowStatement]) -> impl Iterator<Item = Vec<String>> {
    all.iter().flat_map(|statement| {
        statement.facts.iter().map(|fact| {
            vec![
                statement.subject.clone(),
                statement.year.to_string(),
                fact.name.clone(),
                fact.value.clone(),
                fact.exact.clone(),
                fact.half_unit.clone(),
            ]
        })
    })
}

fn cents(amount_cents: i64) -> String {
    Cents(amount_cents).to_string()
}

/// Headings, then lines, with a filter over all of them.
fn fill(
    sheet: &mut Worksheet,
    columns: &[Column],
    lines: impl Iterator<Item = Vec<String>>,
) -> Result<(), ExportError> {
    let heading = Format::new().set_bold().set_background_color(0x00DD_E7EE);
    for (column, (name, _, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *name, &heading)?;
        sheet.set_column_width(column, *width)?;
    }
    let formats: Vec<Format> = columns.iter().map(|(_, kind, _)| format_of(*kind)).collect();
    let mut last = 0;
    for (line, row) in lines.zip(1..) {
        last = row;
        for (column, ((text, (_, kind, _)), format)) in
            (0..).zip(line.iter().zip(columns).zip(&formats))
        {
            write_cell(sheet, (row, column), text, (*kind, format))?;
        }
    }
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, last_column)?;
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn format_of(kind: Kind) -> Format {
    let format = Format::new().set_align(FormatAlign::Top);
    match kind {
        Kind::Text => format,
        Kind::Wrapped => format.set_text_wrap(),
        Kind::Number => format.set_align(FormatAlign::Right),
        Kind::Money => format.set_num_format("#,##0.00;[Red]-#,##0.00"),
    }
}

/// A cell; what a spreadsheet cannot keep as a number exactly is written as text.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    (kind, format): (Kind, &Format),
) -> Result<(), ExportError> {
    if text.is_empty() {
        return Ok(());
    }
    if matches!(kind, Kind::Number | Kind::Money)
        && let Some(number) = kept_number(text)
    {
        sheet.write_number_with_format(row, column, number, format)?;
        return Ok(());
    }
    if text.chars().count() <= CELL_MAX {
        sheet.write_string_with_format(row, column, text, format)?;
    } else {
        let mut cut: String = text.chars().take(CELL_MAX).collect();
        cut.push_str(" ... (cut; the statement as JSON holds all of it)");
        sheet.write_string_with_format(row, column, &cut, format)?;
    }
    Ok(())
}

/// A plain decimal as the nearest double, when a spreadsheet shows it digit for digit.
fn kept_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let count = digits.trim_start_matches(['0', '.']).chars().filter(char::is_ascii_digit).count();
    if !is_plain || count > DIGITS_MAX { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_change_stays_text() {
        for (text, kept) in [
            ("1234567.89", true),
            ("-0.05", true),
            ("9999999999999.99", true),
            ("10000000000000.01", false),
            ("0.000000000000001234", true),
            ("0.1234567890123456", false),
            ("1/3", false),
            ("1e5", false),
            ("=1+1", false),
            ("", false),
        ] {
            assert_eq!(kept_number(text).is_some(), kept, "{text}");
        }
    }
}
