//! The numbers of one year, each with its citation: `params/<year>.toml`.

use crate::problem::{Problem, did_you_mean};
use crate::program::{ParameterSlot, Program};
use crate::toml_file::{Item, TomlFile, table_of, text_of, texts_of};
use crate::unit::Type;
use crate::value::Value;
use counterfoil_base::{Date, Finding};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// What a year states for one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParameterValue {
    /// One value.
    One(Value),
    /// A value for each code that is offered in the year.
    ByCode(BTreeMap<String, Value>),
}

/// The parameters of one year, in the order of the contract's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    year: i64,
    file: String,
    values: Vec<Option<ParameterValue>>,
    citations: Vec<String>,
    /// Parameters whose numbers here are examples: each agreement states its own.
    examples: Vec<usize>,
}

impl Parameters {
    /// The performance year.
    #[must_use]
    pub fn year(&self) -> i64 {
        self.year
    }

    /// The file that states them, by its name in the contract's folder.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The calendar year as a period.
    pub(crate) fn performance_period(&self) -> Option<Value> {
        let year = i16::try_from(self.year).ok()?;
        Some(Value::Period(Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
    }

    /// Puts what an agreement states in the place of the file's number. Nothing changes for an
    /// unknown parameter, for one that is chosen by a code, and for a value of another type.
    pub fn state(&mut self, program: &Program, name: &str, value: Value, citation: &str) {
        let known = program.parameters.iter().position(|slot| slot.name == name);
        let Some((index, slot)) = known.and_then(|at| Some((at, program.parameters.get(at)?)))
        else {
            return;
        };
        let (Some(place), Some(source)) =
            (self.values.get_mut(index), self.citations.get_mut(index))
        else {
            return;
        };
        if slot.by.is_none() && value.is_of(&slot.kind) {
            *place = Some(ParameterValue::One(value));
            citation.clone_into(source);
            self.examples.retain(|example| *example != index);
        }
    }

    /// Names of the parameters that an agreement must state and has not stated.
    pub fn unstated<'a>(&'a self, program: &'a Program) -> impl Iterator<Item = &'a str> {
        let slots = program.parameters.iter().enumerate();
        slots.filter(|(index, _)| self.examples.contains(index)).map(|(_, slot)| &*slot.name)
    }

    pub(crate) fn value(&self, parameter: usize) -> Option<&ParameterValue> {
        self.values.get(parameter).and_then(Option::as_ref)
    }

    pub(crate) fn citation(&self, parameter: usize) -> &str {
        self.citations.get(parameter).map_or("", String::as_str)
    }
}

/// Reads the file of a year. What could be read is returned beside the problems.
pub(crate) fn read(
    program: &Program,
    name: &str,
    year: i64,
    bytes: &[u8],
) -> (Parameters, Vec<Problem>) {
    let count = program.parameters.len();
    let mut parameters = Parameters {
        year,
        file: name.to_owned(),
        values: vec![None; count],
        citations: vec![String::new(); count],
        examples: Vec::new(),
    };
    let file = match TomlFile::parse(name, bytes) {
        Ok(file) => file,
        Err(problem) => return (parameters, vec![*problem]),
    };
    let mut problems = Vec::new();
    for (key, item) in &file.table {
        let known = program.parameters.iter().position(|slot| slot.name == key.get_ref().as_ref());
        match (known, table_of(item)) {
            (Some(index), Some(table)) => {
                if let (Some(slot), Some(value), Some(citation)) = (
                    program.parameters.get(index),
                    parameters.values.get_mut(index),
                    parameters.citations.get_mut(index),
                ) {
                    *citation = citation_of(&file, slot, table, item, &mut problems);
                    *value = read_one(&file, slot, table, item, &mut problems);
                    match table.get("stated_by").map(|item| (text_of(item), item)) {
                        Some((Some("agreement"), _)) => parameters.examples.push(index),
                        Some((_, item)) => problems.push(file.wrong_form(
                            "stated_by",
                            "\"agreement\", or left out",
                            item.span(),
                        )),
                        None => {}
                    }
                }
            }
            (Some(_), None) => {
                let wanted = "a table with 'value' or codes, and 'citation'";
                problems.push(file.wrong_form(key.get_ref(), wanted, item.span()));
            }
            (None, _) if key.get_ref() == "title" => {}
            (None, _) => {
                let names = program.parameters.iter().map(|slot| slot.name.as_str());
                let suggestion = did_you_mean(key.get_ref(), names);
                problems.push(file.unknown_key(key.get_ref(), suggestion, key.span()));
            }
        }
    }
    for (slot, value) in program.parameters.iter().zip(&parameters.values) {
        if value.is_none() && !problems.iter().any(|problem| problem.label == slot.name) {
            let message = format!("The year {year} does not state '{}'", slot.name);
            let finding = Finding::error("CONTRACT-parameter-missing", 7, message)
                .because("Every parameter is stated in every year, with its source")
                .fix(format!("Add [{}] with 'value' and 'citation'", slot.name));
            problems.push(Problem::of_file(finding, name));
        }
    }
    (parameters, problems)
}

/// The source of a number. A number without a source cannot be checked by the other party.
fn citation_of(
    file: &TomlFile<'_>,
    slot: &ParameterSlot,
    table: &DeTable<'_>,
    item: &Item<'_>,
    problems: &mut Vec<Problem>,
) -> String {
    let citation = table.get("citation").and_then(text_of).unwrap_or("").trim();
    if citation.is_empty() {
        let message = format!("'{}' has no citation", slot.name);
        let finding = Finding::error("CONTRACT-no-citation", 7, message)
            .because("A number without its source cannot be checked by the other party")
            .fix("Add citation = \"section of the law, contract or published table\"");
        problems.push(file.problem(finding, item.span()));
    }
    citation.to_owned()
}

fn read_one(
    file: &TomlFile<'_>,
    slot: &ParameterSlot,
    table: &DeTable<'_>,
    item: &Item<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ParameterValue> {
    let mut value_of = |key: &str, item: &Item<'_>| {
        let value = text_of(item).and_then(|text| Value::parse(text, &slot.kind));
        if value.is_none() {
            let wanted = form_of(&slot.kind);
            problems.push(file.wrong_form(key, &wanted, item.span()).label(&slot.name));
        }
        value
    };
    let Some((_, codes)) = &slot.by else {
        let Some(item) = table.get("value") else {
            let problem = file.wrong_form(&slot.name, "a table with 'value'", item.span());
            problems.push(problem.label(&slot.name));
            return None;
        };
        let value = value_of("value", item).map(ParameterValue::One);
        for (key, item) in table {
            let key: &str = key.get_ref();
            if !["value", "citation", "stated_by"].contains(&key) {
                let known = ["value", "citation", "stated_by"].into_iter();
                let suggestion = did_you_mean(key, known);
                problems.push(file.unknown_key(key, suggestion, item.span()));
            }
        }
        return value;
    };
    let mut values = BTreeMap::new();
    for code in codes {
        if let Some(value) = table.get(code.as_str()).and_then(|item| value_of(code, item)) {
            values.insert(code.clone(), value);
        }
    }
    let not_offered = table.get("not_offered").and_then(texts_of).unwrap_or_default();
    for (key, item) in table {
        let key: &str = key.get_ref();
        if !codes.iter().any(|code| code == key) && key != "citation" && key != "not_offered" {
            let suggestion = did_you_mean(key, codes.iter().map(String::as_str));
            problems.push(file.unknown_key(key, suggestion, item.span()));
        }
    }
    for code in codes {
        if table.contains_key(code.as_str()) == not_offered.contains(code) {
            let message = format!("'{}' must either state '{code}' or not offer it", slot.name);
            let finding = Finding::error("CONTRACT-parameter-missing", 7, message)
                .because("A row with this code would find no number, or one that does not hold")
                .fix(format!("Write {code} = \"...\", or put it into not_offered = [...]"));
            problems.push(file.problem(finding, item.span()).label(&slot.name));
        }
    }
    Some(ParameterValue::ByCode(values))
}

/// The form in which values of a type are written, with an example.
pub(crate) fn form_of(kind: &Type) -> String {
    match kind {
        Type::Number(unit) => {
            let example = match unit.to_string().as_str() {
                "rate" => "\"3.9%\"",
                unit if unit.starts_with("money") => "\"$1,250.00\"",
                _ => "\"5,000\"",
            };
            format!("{kind} in quotes, such as {example}")
        }
        Type::Flag => "\"yes\" or \"no\"".to_owned(),
        Type::Date => "a day in quotes, such as \"2019-07-01\"".to_owned(),
        Type::Period => "a period such as \"2019-01-01 to 2019-06-30\"".to_owned(),
        Type::Code(codes) if codes.is_empty() => "a text in quotes".to_owned(),
        Type::Code(codes) => format!("one of {}", codes.join(", ")),
    }
}
