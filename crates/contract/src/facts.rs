//! How a supplied file spells the facts of a contract: `facts.toml`, which is data, not code.

mod compare;
mod read;
mod rows;
mod spelling;

pub use compare::Parting;
pub(crate) use compare::first_parting;
pub(crate) use read::read;
pub use read::{FactRow, FactTable};
pub(crate) use rows::{key_text, order, read_rows};
pub(crate) use spelling::{Percent, Places, Spelling};

use crate::ast::Presence;
use crate::problem::{Problem, did_you_mean};
use crate::program::{FactSlot, Program};
use crate::toml_file::{TomlFile, table_of, tables_of, text_of, texts_of};
use counterfoil_base::Finding;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// The file of a contract's folder that describes the facts.
pub const FACTS_FILE: &str = "facts.toml";

/// Where each fact stands in the supplied files, and how it is spelt there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactMapping {
    /// Cells that mean that the fact is not there.
    pub(crate) blank: Vec<String>,
    /// Columns that hold outcomes and are never read.
    pub(crate) never_read: Vec<String>,
    /// True when files that are not UTF-8 are read as Windows-1252.
    pub(crate) is_windows_1252_read: bool,
    /// One entry a fact of the contract.
    pub(crate) facts: Vec<FactSource>,
    /// One entry a list of further rows, with one entry a fact of these.
    pub(crate) rows: Vec<Vec<FactSource>>,
}

/// Where one fact stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FactSource {
    /// The first of these columns that the file has.
    pub columns: Vec<String>,
    /// How the cells are spelt; the first one that holds in the year.
    pub spellings: Vec<Spelling>,
    /// For codes: columns and cells that each stand for a code.
    pub choices: Vec<Choice>,
}

/// A cell of a column that stands for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub column: String,
    /// Code by cell.
    pub values: BTreeMap<String, String>,
    pub years: Years,
}

/// A span of years, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Years {
    pub first: i64,
    pub last: i64,
}

impl Years {
    /// All years.
    pub(crate) const ALL: Years = Years { first: i64::MIN, last: i64::MAX };

    /// Reads `2013`, `2014-2018` or `2021-`.
    pub(crate) fn parse(text: &str) -> Option<Years> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let first = first.parse().ok()?;
        let last = if last.is_empty() { i64::MAX } else { last.parse().ok()? };
        if first <= last { Some(Years { first, last }) } else { None }
    }

    pub(crate) fn hold(self, year: i64) -> bool {
        self.first <= year && year <= self.last
    }
}

/// Reads the description of the facts.
pub(crate) fn mapping(program: &Program, bytes: &[u8]) -> (FactMapping, Vec<Problem>) {
    let mut mapping = FactMapping {
        blank: vec![String::new()],
        facts: vec![FactSource::default(); program.facts.len()],
        rows: program
            .row_sets
            .iter()
            .map(|set| vec![FactSource::default(); set.facts.len()])
            .collect(),
        ..FactMapping::default()
    };
    let file = match TomlFile::parse(FACTS_FILE, bytes) {
        Ok(file) => file,
        Err(problem) => return (mapping, vec![*problem]),
    };
    let mut problems = Vec::new();
    for (key, item) in &file.table {
        let key_text: &str = key.get_ref();
        match (key_text, texts_of(item), table_of(item)) {
            ("blank", Some(texts), _) => mapping.blank.extend(texts),
            ("never_read", Some(texts), _) => mapping.never_read = texts,
            ("encodings", Some(texts), _) => {
                mapping.is_windows_1252_read = texts.iter().any(|text| text == "windows-1252");
                if texts.iter().any(|text| text != "utf-8" && text != "windows-1252") {
                    let wanted = "a list of \"utf-8\" and \"windows-1252\"";
                    problems.push(file.wrong_form(key_text, wanted, item.span()));
                }
            }
            ("fact", _, Some(table)) => {
                facts(&program.facts, &file, table, &mut mapping.facts, &mut problems);
            }
            ("rows", _, Some(table)) => rows(program, &file, table, &mut mapping, &mut problems),
            ("title" | "source", ..) => {}
            _ => {
                let known = ["blank", "never_read", "encodings", "fact", "rows", "title", "source"];
                let suggestion = did_you_mean(key_text, known.into_iter());
                problems.push(file.unknown_key(key_text, suggestion, key.span()));
            }
        }
    }
    outcomes(program, &file, &mapping, &mut problems);
    for (slot, source, table) in sources(program, &mapping) {
        if source.columns.is_empty()
            && source.choices.is_empty()
            && slot.presence == Presence::Always
        {
            let message = format!("No column is given for the fact '{}'", slot.name);
            let finding = Finding::error("CONTRACT-fact-without-column", 7, message)
                .because("Every fact of the contract must come from somewhere")
                .fix(format!("Add [{table}fact.{}] with columns = [\"...\"]", slot.name));
            problems.push(Problem::of_file(finding, FACTS_FILE));
        }
    }
    (mapping, problems)
}

/// Every fact with its source and the table of facts.toml that holds it.
fn sources<'a>(
    program: &'a Program,
    mapping: &'a FactMapping,
) -> impl Iterator<Item = (&'a FactSlot, &'a FactSource, String)> {
    let own = program.facts.iter().zip(&mapping.facts);
    let own = own.map(|(slot, source)| (slot, source, String::new()));
    let listed = program.row_sets.iter().zip(&mapping.rows).flat_map(|(set, sources)| {
        let facts = set.facts.iter().zip(sources);
        facts.map(|(slot, source)| (slot, source, format!("rows.{}.", set.name)))
    });
    own.chain(listed)
}

/// Reads `[rows.NAME.fact.NAME]`.
fn rows(
    program: &Program,
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    mapping: &mut FactMapping,
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        let set = program.row_set_index(name);
        let Some((slot, sources)) =
            set.and_then(|set| program.row_sets.get(set).zip(mapping.rows.get_mut(set)))
        else {
            let suggestion = did_you_mean(name, program.row_sets());
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        let inner = table_of(item).filter(|table| table.keys().all(|key| key.get_ref() == "fact"));
        match inner.and_then(|table| table.get("fact")).and_then(table_of) {
            Some(table) => facts(&slot.facts, file, table, sources, problems),
            None => problems.push(file.wrong_form(name, "a table with 'fact'", item.span())),
        }
    }
}

fn facts(
    slots: &[FactSlot],
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    sources: &mut [FactSource],
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        let Some(index) = slots.iter().position(|slot| slot.name == name) else {
            let suggestion = did_you_mean(name, slots.iter().map(|f| f.name.as_str()));
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        let (Some(table), Some(slot)) = (table_of(item), slots.get(index)) else {
            problems.push(file.wrong_form(name, "a table", item.span()));
            continue;
        };
        let mut source = FactSource::default();
        for (key, item) in table {
            let key_text: &str = key.get_ref();
            match (key_text, texts_of(item), tables_of(item)) {
                ("columns", Some(columns), _) => source.columns = columns,
                ("spelling", _, Some(tables)) => {
                    for (table, _) in tables {
                        source.spellings.push(spelling::read(file, table, &slot.kind, problems));
                    }
                }
                ("choose", _, Some(tables)) => {
                    for (table, place) in tables {
                        let choice = choice(file, table, slot.kind.clone(), problems);
                        if choice.is_none() {
                            let wanted = "a table with 'column' and 'values'";
                            problems.push(file.wrong_form("choose", wanted, place));
                        }
                        source.choices.extend(choice);
                    }
                }
                _ => {
                    let known = ["columns", "spelling", "choose"].into_iter();
                    let suggestion = did_you_mean(key_text, known);
                    problems.push(file.unknown_key(key_text, suggestion, key.span()));
                }
            }
        }
        if let Some(place) = sources.get_mut(index) {
            *place = source;
        }
    }
}

/// Whether a column that is read can be one that never is.
fn is_outcome(mapping: &FactMapping, column: &str) -> bool {
    let stem = column.trim_matches('*').to_ascii_lowercase();
    let is_pattern = stem.len() != column.len();
    mapping
        .never_read
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .any(|name| if is_pattern { name.contains(&stem) } else { name == stem })
}

/// A settlement must not read what it is compared with.
fn outcomes(
    program: &Program,
    file: &TomlFile<'_>,
    mapping: &FactMapping,
    problems: &mut Vec<Problem>,
) {
    let table = file.table.get("fact").and_then(table_of);
    for (slot, source, _) in sources(program, mapping) {
        let read = source.columns.iter().chain(source.choices.iter().map(|c| &c.column));
        for column in read.filter(|column| is_outcome(mapping, column)) {
            let message = format!("'{column}' holds an outcome and is never read");
            let finding = Finding::error("CONTRACT-outcome-read", 7, message)
                .because("A settlement that reads the published outcome proves nothing")
                .fix("Compute the value, or take the column out of 'never_read'");
            let place = table.and_then(|t| t.get(slot.name.as_str())).map(|item| item.span());
            problems.push(file.problem(finding, place.unwrap_or_default()));
        }
    }
}

/// Reads `{ column = "...", values = { "A" = "basic_a" }, years = "2022-" }`.
fn choice(
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    kind: crate::unit::Type,
    problems: &mut Vec<Problem>,
) -> Option<Choice> {
    let column = table.get("column").and_then(text_of)?.to_owned();
    let years = match table.get("years") {
        Some(item) => text_of(item).and_then(Years::parse)?,
        None => Years::ALL,
    };
    let mut values = BTreeMap::new();
    for (cell, item) in table.get("values").and_then(table_of)? {
        let code = text_of(item)?;
        if crate::value::Value::parse(code, &kind).is_none() {
            let wanted = crate::parameters::form_of(&kind);
            problems.push(file.wrong_form(cell.get_ref(), &wanted, item.span()));
        }
        values.insert(cell.get_ref().to_string(), code.to_owned());
    }
    Some(Choice { column, values, years })
}
