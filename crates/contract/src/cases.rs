//! Worked examples of a contract: `cases/good` give amounts, `cases/bad` give findings.

use crate::contract::Contract;
use crate::evaluate::{Evaluator, FactValue, ListedRow, Point, Row};
use crate::facts::{key_text, order};
use crate::parameters::form_of;
use crate::problem::{Problem, did_you_mean};
use crate::program::{FactSlot, Program};
use crate::toml_file::{Item, TomlFile, table_of, tables_of, text_of};
use crate::value::Value;
use counterfoil_base::Finding;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its file in the contract's folder.
    pub file: String,
    /// What it shows, in one sentence.
    pub title: String,
    pub(crate) year: i64,
    pub(crate) row: Row,
    pub(crate) expected: Vec<(usize, Value)>,
    /// Terms of further rows: the list, the name of the row, the term and its value.
    pub(crate) expected_of_rows: Vec<(usize, String, usize, Value)>,
    /// The code of the finding that a bad case ends with, and the term that meets it.
    pub(crate) finding: Option<(usize, String)>,
}

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's file.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// What differs from the expectation, one sentence each; empty when nothing does.
    pub differences: Vec<String>,
}

impl Contract {
    /// Runs every case, in the order of their files.
    #[must_use]
    pub fn run_cases(&self) -> Vec<CaseResult> {
        self.cases.iter().map(|case| self.run_case(case)).collect()
    }

    fn run_case(&self, case: &Case) -> CaseResult {
        let mut differences = Vec::new();
        match self.parameters(case.year) {
            Err(problem) => differences.push(problem.finding.message),
            Ok(parameters) => {
                let mut values = Evaluator::<Point>::new(&self.program, parameters, &case.row);
                for (term, expected) in &case.expected {
                    differences.extend(self.compare(&mut values, *term, expected, ""));
                }
                for (set, key, term, expected) in &case.expected_of_rows {
                    let rows = case.row.rows.get(*set).and_then(Option::as_ref);
                    let place = rows.and_then(|rows| rows.iter().position(|r| r.key == *key));
                    match place {
                        Some(place) => {
                            values.go_to(Some((*set, place)));
                            let of = format!(" of {key}");
                            differences.extend(self.compare(&mut values, *term, expected, &of));
                        }
                        None => differences.push(format!("there is no row {key}")),
                    }
                }
                values.go_to(None);
                if let Some((term, code)) = &case.finding {
                    match values.term(*term) {
                        Ok(_) => differences.push(format!("expected {code}, found a value")),
                        Err(fault) => {
                            let found = fault.finding(&self.program).code;
                            if found != *code {
                                differences.push(format!("expected {code}, found {found}"));
                            }
                        }
                    }
                }
            }
        }
        CaseResult { file: case.file.clone(), title: case.title.clone(), differences }
    }

    /// What differs from the expected value of a term, in a sentence.
    fn compare(
        &self,
        values: &mut Evaluator<'_, Point>,
        term: usize,
        expected: &Value,
        of: &str,
    ) -> Option<String> {
        let slot = self.program.terms.get(term)?;
        let (name, expected_text) = (&slot.name, expected.show(&slot.kind));
        match values.term(term) {
            Ok(value) if value == *expected => None,
            Ok(value) => {
                let found = value.show(&slot.kind);
                Some(format!("{name}{of} is {found}, expected {expected_text}"))
            }
            Err(fault) => {
                let why = fault.finding(&self.program).message;
                Some(format!("{name}{of} has no value: {why}"))
            }
        }
    }
}

/// Reads a case; nothing when its file is not a case.
pub(crate) fn read(
    program: &Program,
    name: &str,
    bytes: &[u8],
    problems: &mut Vec<Problem>,
) -> Option<Case> {
    if !name.ends_with(".toml") {
        return None;
    }
    let file = match TomlFile::parse(name, bytes) {
        Ok(file) => file,
        Err(problem) => {
            problems.push(*problem);
            return None;
        }
    };
    let title = file.table.get("title").and_then(text_of).unwrap_or("").to_owned();
    let year = match file.table.get("year").map(|item| item.get_ref()) {
        Some(DeValue::Integer(year)) => year.as_str().parse().ok(),
        _ => None,
    };
    let (Some(year), false) = (year, title.is_empty()) else {
        problems.push(file.wrong_form(name, "a case with 'title' and 'year = 2018'", 0..0));
        return None;
    };
    let mut case = Case {
        file: name.to_owned(),
        title,
        year,
        row: Row {
            facts: vec![None; program.facts.len()],
            rows: vec![None; program.row_sets.len()],
            ..Row::default()
        },
        expected: Vec::new(),
        expected_of_rows: Vec::new(),
        finding: None,
    };
    for (key, item) in &file.table {
        let key_text: &str = key.get_ref();
        match (key_text, table_of(item)) {
            ("title" | "year", _) => {}
            ("facts", Some(table)) => {
                read_facts(&program.facts, &file, table, &mut case.row.facts, problems);
            }
            ("rows", Some(table)) => read_rows(program, &file, table, &mut case, problems),
            ("expect", Some(table)) => read_expected(program, &file, table, &mut case, problems),
            ("finding", Some(table)) => match finding_of(program, table) {
                Some(found) => case.finding = Some(found),
                None => {
                    let wanted = "a table with the 'term' and the 'code' it ends with";
                    problems.push(file.wrong_form(key_text, wanted, item.span()));
                }
            },
            _ => {
                let known = ["title", "year", "facts", "rows", "expect", "finding"].into_iter();
                let suggestion = did_you_mean(key_text, known);
                problems.push(file.unknown_key(key_text, suggestion, key.span()));
            }
        }
    }
    let expects_nothing = case.expected.is_empty() && case.expected_of_rows.is_empty();
    if expects_nothing && case.finding.is_none() {
        let finding = Finding::error("CONTRACT-case-empty", 7, "The case expects nothing")
            .because("A case that cannot fail shows nothing")
            .fix("Add [expect] with terms and their values, or [finding]");
        problems.push(Problem::of_file(finding, name));
    }
    Some(case)
}

/// The term that has no value, and the code of the finding that says why.
fn finding_of(program: &Program, table: &DeTable<'_>) -> Option<(usize, String)> {
    let term = program.term_index(table.get("term").and_then(text_of)?)?;
    Some((term, table.get("code").and_then(text_of)?.to_owned()))
}

fn read_facts(
    slots: &[FactSlot],
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    facts: &mut [Option<FactValue>],
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        let index = slots.iter().position(|slot| slot.name == name);
        let Some((slot, place)) = index.and_then(|i| slots.get(i).zip(facts.get_mut(i))) else {
            let suggestion = did_you_mean(name, slots.iter().map(|f| f.name.as_str()));
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        match text_of(item).and_then(|text| Value::parse(text, &slot.kind)) {
            Some(value) => match slot.refuses(&value) {
                None => *place = Some(FactValue::exact(value)),
                Some(complaint) => {
                    let message = format!("'{name}' {complaint}");
                    let finding = Finding::error("CONTRACT-fact-unreadable", 7, message)
                        .because("No row of a file can have it, so the case shows nothing")
                        .fix("Give the fact a value that the contract admits");
                    problems.push(file.problem(finding, item.span()));
                }
            },
            None => problems.push(file.wrong_form(name, &form_of(&slot.kind), item.span())),
        }
    }
}

/// Reads `[[rows.NAME]]`: the further rows of the case, each with its facts.
fn read_rows(
    program: &Program,
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    case: &mut Case,
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        let set = program.row_set_index(name);
        let Some((slot, place)) =
            set.and_then(|set| program.row_sets.get(set).zip(case.row.rows.get_mut(set)))
        else {
            let suggestion = did_you_mean(name, program.row_sets());
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        let Some(tables) = tables_of(item) else {
            problems.push(file.wrong_form(name, "tables with facts", item.span()));
            continue;
        };
        let mut rows: Vec<(Vec<Value>, ListedRow)> = Vec::new();
        for ((table, span), number) in tables.into_iter().zip(1..) {
            let mut facts = vec![None; slot.facts.len()];
            read_facts(&slot.facts, file, table, &mut facts, problems);
            let value = |place: &usize| facts.get(*place)?.as_ref().map(|f| f.value.clone());
            let keys: Option<Vec<Value>> = slot.keys.iter().map(value).collect();
            match keys.filter(|keys| !rows.iter().any(|(other, _)| other == keys)) {
                Some(keys) => {
                    let key = key_text(slot, &keys);
                    rows.push((keys, ListedRow { number, key, facts, ..ListedRow::default() }));
                }
                None => problems.push(file.wrong_form(name, "a row with a name of its own", span)),
            }
        }
        rows.sort_by(|a, b| order(&a.0, &b.0));
        *place = Some(Arc::new(rows.into_iter().map(|(_, row)| row).collect()));
    }
}

fn read_expected(
    program: &Program,
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    case: &mut Case,
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        if let (Some(set), Some(table)) = (program.row_set_index(name), table_of(item)) {
            for (row, item) in table {
                let Some(table) = table_of(item) else {
                    let wanted = "a table with the terms of the row";
                    problems.push(file.wrong_form(row.get_ref(), wanted, item.span()));
                    continue;
                };
                for (key, item) in table {
                    let found = expected(program, file, (key.get_ref(), Some(set)), item);
                    match found {
                        Ok((term, value)) => {
                            let row = row.get_ref().to_string();
                            case.expected_of_rows.push((set, row, term, value));
                        }
                        Err(problem) => problems.push(*problem),
                    }
                }
            }
            continue;
        }
        match expected(program, file, (name, None), item) {
            Ok(found) => case.expected.push(found),
            Err(problem) => problems.push(*problem),
        }
    }
}

/// A term of the row being settled, or of further rows, and the value that is expected of it.
fn expected(
    program: &Program,
    file: &TomlFile<'_>,
    (name, rows): (&str, Option<usize>),
    item: &Item<'_>,
) -> Result<(usize, Value), Box<Problem>> {
    let index = program.term_index(name);
    let found = index.and_then(|index| Some((index, program.terms.get(index)?)));
    let Some((index, slot)) = found.filter(|(_, slot)| slot.rows == rows) else {
        let known = program.terms.iter().filter(|slot| slot.rows == rows);
        let suggestion = did_you_mean(name, known.map(|slot| slot.name.as_str()));
        return Err(Box::new(file.unknown_key(name, suggestion, item.span())));
    };
    match text_of(item).and_then(|text| Value::parse(text, &slot.kind)) {
        Some(value) => Ok((index, value)),
        None => Err(Box::new(file.wrong_form(name, &form_of(&slot.kind), item.span()))),
    }
}
