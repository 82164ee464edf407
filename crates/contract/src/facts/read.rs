//! Reads a supplied CSV file into rows of facts, as the contract's description spells it.

use super::spelling::{Printed, day, is_rate, printed};
use super::{FactMapping, FactSource, Percent, Places, Spelling};
use crate::ast::Presence;
use crate::evaluate::{FactValue, Row};
use crate::number::Number;
use crate::problem::{Problem, did_you_mean};
use crate::program::{FactSlot, Program};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::{Finding, Text};
use csv::StringRecord;
use std::borrow::Cow;

/// The rows of a supplied file.
#[derive(Clone, Debug, Default)]
pub struct FactTable {
    /// The rows in the order of the file.
    pub rows: Vec<FactRow>,
    /// For each fact of the contract, the column that it was read from.
    pub columns: Vec<Option<String>>,
    /// The same for each list of further rows that was read.
    pub row_columns: Vec<Vec<Option<String>>>,
}

/// One row of a supplied file.
#[derive(Clone, Debug, Default)]
pub struct FactRow {
    /// Its place in the file; the first row below the heading is 1.
    pub number: u64,
    /// The facts.
    pub row: Row,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// What a file supplies: the facts, and where each of them stands.
pub(super) struct Wanted<'a> {
    pub slots: &'a [FactSlot],
    pub sources: &'a [FactSource],
    pub mapping: &'a FactMapping,
    pub year: i64,
    /// The name of the further rows, with a word before it; empty for the settled rows.
    pub of: String,
}

/// Reads the file for one performance year. Bad cells are findings of their rows.
pub(crate) fn read(
    program: &Program,
    mapping: &FactMapping,
    year: i64,
    name: &str,
    bytes: &[u8],
) -> (FactTable, Vec<Problem>) {
    let (slots, sources) = (&program.facts, &mapping.facts);
    let wanted = Wanted { slots, sources, mapping, year, of: String::new() };
    let (mut table, problems) = read_table(&wanted, name, bytes);
    for row in &mut table.rows {
        row.row.rows = vec![None; program.row_sets.len()];
    }
    table.row_columns = vec![Vec::new(); program.row_sets.len()];
    (table, problems)
}

/// Reads the rows of a file.
pub(super) fn read_table(
    wanted: &Wanted<'_>,
    name: &str,
    bytes: &[u8],
) -> (FactTable, Vec<Problem>) {
    let Wanted { mapping, year, .. } = *wanted;
    let Some(text) = decode(bytes, mapping.is_windows_1252_read) else {
        let finding = Finding::error("CONTRACT-not-text", 7, "The facts are not UTF-8 text")
            .because("Names and numbers in an unknown encoding cannot be trusted")
            .fix("Save the file as UTF-8, or list its encoding in facts.toml");
        return (FactTable::default(), vec![Problem::of_file(finding, name)]);
    };
    if let Some(line) = broken_quote(&text) {
        let message = format!("The quotes of line {line} do not fit together");
        let finding = Finding::error("CONTRACT-quotes", 7, message)
            .because("A quote that is never closed swallows the rows below it (RFC 4180)")
            .fix("Close the quote at the end of the cell; write a quote inside a cell twice");
        return (FactTable::default(), vec![Problem::of_file(finding, name)]);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    let columns = locate(wanted, &header, name, &mut problems);
    if !problems.is_empty() {
        return (FactTable::default(), problems);
    }
    let records: Vec<StringRecord> = reader.records().filter_map(Result::ok).collect();
    let scales: Vec<Scale> = wanted
        .sources
        .iter()
        .zip(&columns)
        .map(|(source, column)| scale(mapping, source, *column, year, &records))
        .collect();
    let place = |name: &String| header.iter().position(|column| is_named(column, name));
    let choices: Vec<Vec<Option<usize>>> = wanted
        .sources
        .iter()
        .map(|source| source.choices.iter().map(|choice| place(&choice.column)).collect())
        .collect();
    let (columns, scales, choices) = (&columns, &scales, &choices);
    let file = File { wanted, header: &header, columns, scales, choices };
    let rows = records.iter().zip(1..).map(|(record, number)| file.row(record, number)).collect();
    let heading = |column: &Option<usize>| column.and_then(|c| header.get(c)).map(str::to_owned);
    let columns = columns.iter().map(heading).collect();
    (FactTable { rows, columns, row_columns: Vec::new() }, problems)
}

/// UTF-8 with or without a byte-order mark, else Windows-1252 where that is allowed.
fn decode(bytes: &[u8], is_windows_1252_read: bool) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text));
    }
    if !is_windows_1252_read {
        return None;
    }
    // Windows-1252 where it differs from Latin-1: bytes 80 to 9F (WHATWG encoding standard).
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let decoded = bytes.iter().map(|byte| match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
        other => char::from(*other),
    });
    Some(Cow::Owned(decoded.collect()))
}

/// The line of a quote that is never closed, or closed in the middle of a cell.
fn broken_quote(text: &str) -> Option<u64> {
    let mut line: u64 = 1;
    // The line in which the quote at hand was opened.
    let mut opened: Option<u64> = None;
    let mut before = ',';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (opened, character) {
            (Some(start), '"') => match characters.peek() {
                Some('"') => {
                    characters.next();
                }
                None | Some(',' | '\n' | '\r') => opened = None,
                Some(_) => return Some(start),
            },
            (None, '"') if matches!(before, ',' | '\n' | '\r') => opened = Some(line),
            _ => {}
        }
        line += u64::from(character == '\n');
        before = character;
    }
    opened
}

/// The column of each fact: the first of its names that the heading has.
fn locate(
    wanted: &Wanted<'_>,
    header: &StringRecord,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Option<usize>> {
    let position = |wanted: &String| header.iter().position(|column| is_named(column, wanted));
    let mut columns = Vec::new();
    for (slot, source) in wanted.slots.iter().zip(wanted.sources) {
        let column = source.columns.iter().find_map(position);
        let has_choice = source.choices.iter().any(|choice| position(&choice.column).is_some());
        if column.is_none() && !has_choice && slot.presence == Presence::Always {
            let mut wanted = source.columns.iter().chain(source.choices.iter().map(|c| &c.column));
            let first = wanted.next().map_or("", String::as_str);
            let message = format!("The file has no column for '{}'", slot.name);
            let finding = Finding::error("CONTRACT-unknown-column", 7, message)
                .because(format!(
                    "facts.toml expects it in '{first}' or another column listed there"
                ))
                .fix(match did_you_mean(first, header.iter()) {
                    suggestion if suggestion.is_empty() => {
                        "Add the file's own heading to the columns of the fact".to_owned()
                    }
                    suggestion => suggestion,
                });
            problems.push(Problem::of_file(finding, name));
        }
        columns.push(column);
    }
    columns
}

/// Whether a heading is the wanted one, whatever the case of its letters. A `*` at the beginning
/// or end of the wanted name stands for any text.
fn is_named(heading: &str, wanted: &str) -> bool {
    let heading = heading.trim().to_ascii_lowercase();
    let wanted = wanted.to_ascii_lowercase();
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(rest), None) => heading.ends_with(rest),
        (None, Some(rest)) => heading.starts_with(rest),
        (Some(rest), Some(_)) => heading.contains(rest.trim_end_matches('*')),
        (None, None) => heading == wanted,
    }
}

/// How the numbers of one column are read.
#[derive(Clone, Copy, Debug, Default)]
struct Scale<'a> {
    spelling: Option<&'a Spelling>,
    percent: PlainNumbers,
    places: Places,
}

/// What numbers of a column without a percent sign are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PlainNumbers {
    #[default]
    Fractions,
    Percentages,
    /// It cannot be told; the words say why.
    Unknown(&'static str),
}

fn scale<'a>(
    mapping: &FactMapping,
    source: &'a FactSource,
    column: Option<usize>,
    year: i64,
    records: &[StringRecord],
) -> Scale<'a> {
    let holds = |spelling: &&Spelling| spelling.years.is_none_or(|years| years.hold(year));
    let Some(spelling) = source.spellings.iter().find(holds) else { return Scale::default() };
    let cells = records.iter().filter_map(|record| record.get(column?)).map(str::trim);
    let is_number = |cell: &&str| {
        !mapping.blank.iter().any(|blank| blank == cell) && !spelling.values.contains_key(*cell)
    };
    let percent = match spelling.percent {
        Percent::Never => PlainNumbers::Fractions,
        Percent::Always => PlainNumbers::Percentages,
        Percent::ByColumn => plain_numbers(cells.filter(is_number).filter_map(printed)),
    };
    Scale { spelling: Some(spelling), percent, places: spelling.places }
}

/// What the plain numbers of a column are, by a look at the whole of it. One file and a part of
/// it are never read differently: where the part does not show what is meant, it is refused.
fn plain_numbers(numbers: impl Iterator<Item = Printed>) -> PlainNumbers {
    let (mut has_signs, mut has_plain, mut has_large) = (false, false, false);
    for printed in numbers {
        has_signs |= printed.has_percent_sign;
        has_plain |= !printed.has_percent_sign;
        has_large |= !printed.has_percent_sign && printed.number.magnitude() > Number::ONE;
    }
    match (has_signs && has_plain, has_large) {
        (true, _) => PlainNumbers::Unknown("has no percent sign, as others of its column have"),
        (false, true) => PlainNumbers::Percentages,
        (false, false) => PlainNumbers::Unknown("may be a percentage or a fraction"),
    }
}

/// Where one fact of a row stands.
struct Place<'a> {
    source: &'a FactSource,
    column: Option<usize>,
    scale: &'a Scale<'a>,
    /// The columns of the choices.
    choices: &'a [Option<usize>],
}

struct File<'a> {
    wanted: &'a Wanted<'a>,
    header: &'a StringRecord,
    columns: &'a [Option<usize>],
    scales: &'a [Scale<'a>],
    choices: &'a [Vec<Option<usize>>],
}

impl File<'_> {
    fn row(&self, record: &StringRecord, number: u64) -> FactRow {
        let mut row = FactRow { number, ..FactRow::default() };
        if record.len() != self.header.len() {
            let count = self.wanted.slots.len();
            row.findings.push(self.ragged(record, number));
            row.row.facts = vec![None; count];
            row.row.unread = (0..count).collect();
            return row;
        }
        let columns = self.columns.iter().zip(self.scales).zip(self.choices);
        let sources = self.wanted.sources.iter().zip(columns);
        for (slot, (source, ((column, scale), choices))) in self.wanted.slots.iter().zip(sources) {
            let place = Place { source, column: *column, scale, choices };
            let fact = match self.fact(record, slot, &place) {
                Ok(fact) => fact,
                Err(complaint) => {
                    row.findings.push(self.unreadable(slot, *column, number, complaint));
                    row.row.unread.push(row.row.facts.len());
                    None
                }
            };
            row.row.facts.push(fact);
        }
        row
    }

    /// A row with a cell too few or too many: whose cells are whose cannot be told.
    fn ragged(&self, record: &StringRecord, number: u64) -> Finding {
        let (cells, headings) = (record.len(), self.header.len());
        let of = &self.wanted.of;
        let message = format!("Row {number}{of} has {cells} cells under {headings} headings");
        let runs_on = record.iter().any(|cell| cell.contains('\n'));
        let cause = if runs_on {
            "A cell of it runs over several lines: a quote may be missing"
        } else {
            "With a cell too few or too many, a value may stand under another heading"
        };
        Finding::error("CONTRACT-row-length", 7, message)
            .because(cause)
            .fix("Give the row a cell for each heading; put a value that has a comma into quotes")
    }

    fn unreadable(
        &self,
        slot: &FactSlot,
        column: Option<usize>,
        number: u64,
        complaint: &str,
    ) -> Finding {
        let heading = column.and_then(|column| self.header.get(column)).unwrap_or("");
        let of = &self.wanted.of;
        let message = format!("Row {number}{of}, column {heading}: '{}' {complaint}", slot.name);
        Finding::error("CONTRACT-fact-unreadable", 7, message)
            .because(format!("The contract declares it as {}", slot.kind))
            .fix("Correct the cell, or describe its spelling in facts.toml")
    }

    fn fact(
        &self,
        record: &StringRecord,
        slot: &FactSlot,
        place: &Place<'_>,
    ) -> Result<Option<FactValue>, &'static str> {
        let Place { column, scale, .. } = place;
        if let Some(code) = self.choice(record, place)? {
            return Ok(Some(FactValue::exact(Value::Code(code))));
        }
        let Some(cell) = column.and_then(|column| record.get(column)).map(str::trim) else {
            return Ok(None);
        };
        if let Some(value) = scale.spelling.and_then(|spelling| spelling.values.get(cell)) {
            return Ok(Some(FactValue::exact(value.clone())));
        }
        if self.wanted.mapping.blank.iter().any(|blank| blank == cell) {
            return Ok(None);
        }
        let fact = match &slot.kind {
            Type::Number(unit) => number(cell, *unit, &slot.kind, scale)?,
            Type::Date => FactValue::exact(Value::Date(day(cell).ok_or("is not a day")?)),
            Type::Flag => FactValue::exact(Value::Flag(match cell.to_ascii_lowercase().as_str() {
                "1" | "y" | "yes" | "true" => true,
                "0" | "n" | "no" | "false" => false,
                _ => return Err("is not yes or no"),
            })),
            kind => FactValue::exact(Value::parse(cell, kind).ok_or("is not a known value")?),
        };
        slot.refuses(&fact.value).map_or(Ok(Some(fact)), Err)
    }

    /// The code that the cells of several columns stand for; two codes at once are refused.
    fn choice(
        &self,
        record: &StringRecord,
        place: &Place<'_>,
    ) -> Result<Option<Text>, &'static str> {
        let mut found: Option<&String> = None;
        let choices = place.source.choices.iter().zip(place.choices);
        for (choice, column) in choices.filter(|(choice, _)| choice.years.hold(self.wanted.year)) {
            let cell = column.and_then(|column| record.get(column)).map(str::trim);
            let code = cell.and_then(|cell| choice.values.get(cell));
            match (found, code) {
                (Some(before), Some(code)) if before != code => {
                    return Err("is given as two different codes");
                }
                (None, Some(_)) => found = code,
                _ => {}
            }
        }
        Ok(found.map(|code| code.as_str().into()))
    }
}

fn number(
    cell: &str,
    unit: Unit,
    kind: &Type,
    scale: &Scale<'_>,
) -> Result<FactValue, &'static str> {
    let printed = printed(cell).ok_or("is not a number")?;
    if printed.has_dollar_sign && !unit.is_money() {
        return Err("is an amount of money");
    }
    if printed.has_percent_sign && !is_rate(kind) {
        return Err("is a percentage");
    }
    let is_percent = match scale.percent {
        _ if printed.has_percent_sign => true,
        _ if !is_rate(kind) => false,
        PlainNumbers::Fractions => false,
        PlainNumbers::Percentages => true,
        PlainNumbers::Unknown(_) if printed.number.is_zero() => false,
        PlainNumbers::Unknown(complaint) => return Err(complaint),
    };
    let percent = if is_percent { Number::whole(100) } else { Number::ONE };
    let value = printed.number.checked_div(percent).ok_or("has too many digits")?;
    let places = match scale.places {
        _ if unit == Unit::COUNT => return Ok(FactValue::exact(Value::Number(value))),
        Places::Exact => return Ok(FactValue::exact(Value::Number(value))),
        Places::Printed(places) => places.max(printed.places),
        Places::AsPrinted => printed.places,
    };
    let half = Number::last_place(places).and_then(|place| place.checked_div(Number::whole(2)));
    let half_unit = half.and_then(|half| half.checked_div(percent));
    let half_unit = half_unit.ok_or("has too many digits")?;
    Ok(FactValue { value: Value::Number(value), half_unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_whatever_the_case_of_their_letters() {
        for (heading, wanted, is_found) in [
            ("ACO_NAME", "ACO_Name", true),
            (" QualScore ", "QualScore", true),
            ("QualScore2", "QualScore", false),
            ("Guardrail_Applied", "Guardrail*", true),
            ("Prior_Sav_Guardrail", "*Guardrail*", true),
            ("Prior_Sav_Guardrail", "Guardrail*", false),
            ("EarnSaveLoss", "*Loss", true),
        ] {
            assert_eq!(is_named(heading, wanted), is_found, "{heading} {wanted}");
        }
    }
}
