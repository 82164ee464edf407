//! Reads a supplied CSV file into rows of facts, as the contract's description spells it.

use super::spelling::{Printed, day, is_rate, printed};
use super::{FactMapping, FactSource, Percent, Places, Spelling};
use crate::ast::Presence;
use crate::evaluate::{FactValue, Row, point_holds};
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
    let file = File { wanted, header: &header, columns: &columns, scales: &scales };
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

/// How the numbers of one column are read, after a look at the whole column.
#[derive(Clone, Copy, Debug, Default)]
struct Scale<'a> {
    spelling: Option<&'a Spelling>,
    is_percent: bool,
    /// The last printed place; nothing for exact numbers.
    places: Option<u32>,
}

fn scale<'a>(
    mapping: &FactMapping,
    source: &'a FactSource,
    column: Option<usize>,
    year: i64,
    records: &[StringRecord],
) -> Scale<'a> {
    let holds = |spelling: &&Spelling| spelling.years.is_none_or(|years| years.hold(year));
    let spelling = source.spellings.iter().find(holds);
    let (percent, places) =
        spelling.map_or((Percent::default(), Places::default()), |s| (s.percent, s.places));
    let cells = records.iter().filter_map(|record| record.get(column?)).map(str::trim);
    let is_number = |cell: &&str| {
        !mapping.blank.iter().any(|blank| blank == cell)
            && spelling.is_none_or(|spelling| !spelling.values.contains_key(*cell))
    };
    let numbers: Vec<Printed> = cells.filter(is_number).filter_map(printed).collect();
    let is_percent = match percent {
        Percent::Never => false,
        Percent::Always => true,
        Percent::ByColumn => numbers.iter().any(|p| p.number.magnitude() > Number::ONE),
    };
    let places = match places {
        Places::Exact => None,
        Places::Printed(places) => Some(places),
        Places::ByColumn => Some(numbers.iter().map(|p| p.places).max().unwrap_or(0)),
    };
    Scale { spelling, is_percent, places }
}

/// Where one fact of a row stands.
struct Place<'a> {
    source: &'a FactSource,
    column: Option<usize>,
    scale: &'a Scale<'a>,
}

struct File<'a> {
    wanted: &'a Wanted<'a>,
    header: &'a StringRecord,
    columns: &'a [Option<usize>],
    scales: &'a [Scale<'a>],
}

impl File<'_> {
    fn row(&self, record: &StringRecord, number: u64) -> FactRow {
        let mut row = FactRow { number, ..FactRow::default() };
        let sources = self.wanted.sources.iter().zip(self.columns.iter().zip(self.scales));
        for (slot, (source, (column, scale))) in self.wanted.slots.iter().zip(sources) {
            let place = Place { source, column: *column, scale };
            let fact = match self.fact(record, slot, &place) {
                Ok(fact) => fact,
                Err(complaint) => {
                    row.findings.push(self.unreadable(slot, *column, number, complaint));
                    None
                }
            };
            row.row.facts.push(fact);
        }
        row
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
        let Place { source, column, scale } = place;
        if let Some(code) = self.choice(record, source)? {
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
        let keeps = slot
            .bounds
            .iter()
            .all(|(comparison, limit)| point_holds(*comparison, &fact.value, limit));
        if keeps { Ok(Some(fact)) } else { Err("lies outside its bounds") }
    }

    /// The code that the cells of several columns stand for; two codes at once are refused.
    fn choice(
        &self,
        record: &StringRecord,
        source: &FactSource,
    ) -> Result<Option<Text>, &'static str> {
        let mut found: Option<&String> = None;
        for choice in source.choices.iter().filter(|choice| choice.years.hold(self.wanted.year)) {
            let column = self.header.iter().position(|column| is_named(column, &choice.column));
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
    let is_percent = printed.has_percent_sign || is_rate(kind) && scale.is_percent;
    let percent = if is_percent { Number::whole(100) } else { Number::ONE };
    if is_percent && !is_rate(kind) {
        return Err("is a percentage");
    }
    let value = printed.number.checked_div(percent).ok_or("has too many digits")?;
    if unit == Unit::COUNT {
        let whole = if value.is_whole() { Ok(value) } else { Err("is not a whole number") };
        return whole.map(|value| FactValue::exact(Value::Number(value)));
    }
    let half_unit = match scale.places {
        Some(places) => {
            let half = Number::last_place(places).and_then(|p| p.checked_div(Number::whole(2)));
            half.and_then(|half| half.checked_div(percent)).ok_or("has too many digits")?
        }
        None => Number::ZERO,
    };
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
