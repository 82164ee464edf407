//! Worked examples of a contract: `cases/good` give amounts, `cases/bad` give findings.

use crate::contract::Contract;
use crate::evaluate::{Evaluator, FactValue, Point, Row};
use crate::parameters::form_of;
use crate::problem::{Problem, did_you_mean};
use crate::program::Program;
use crate::toml_file::{TomlFile, table_of, text_of};
use crate::value::Value;
use counterfoil_base::Finding;
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
                    let Some(slot) = self.program.terms.get(*term) else { continue };
                    let expected_text = expected.show(&slot.kind);
                    match values.term(*term) {
                        Ok(value) if value == *expected => {}
                        Ok(value) => differences.push(format!(
                            "{} is {}, expected {expected_text}",
                            slot.name,
                            value.show(&slot.kind)
                        )),
                        Err(fault) => differences.push(format!(
                            "{} has no value: {}",
                            slot.name,
                            fault.finding(&self.program).message
                        )),
                    }
                }
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
        row: Row { facts: vec![None; program.facts.len()] },
        expected: Vec::new(),
        finding: None,
    };
    for (key, item) in &file.table {
        let key_text: &str = key.get_ref();
        match (key_text, table_of(item)) {
            ("title" | "year", _) => {}
            ("facts", Some(table)) => read_facts(program, &file, table, &mut case, problems),
            ("expect", Some(table)) => read_expected(program, &file, table, &mut case, problems),
            ("finding", Some(table)) => {
                let term = table.get("term").and_then(text_of);
                let term = term.and_then(|term| program.term_index(term));
                let code = table.get("code").and_then(text_of);
                match term.zip(code) {
                    Some((term, code)) => case.finding = Some((term, code.to_owned())),
                    None => problems.push(file.wrong_form(
                        key_text,
                        "a table with the 'term' and the 'code' it ends with",
                        item.span(),
                    )),
                }
            }
            _ => {
                let known = ["title", "year", "facts", "expect", "finding"].into_iter();
                let suggestion = did_you_mean(key_text, known);
                problems.push(file.unknown_key(key_text, suggestion, key.span()));
            }
        }
    }
    if case.expected.is_empty() && case.finding.is_none() {
        let finding = Finding::error("CONTRACT-case-empty", 7, "The case expects nothing")
            .because("A case that cannot fail shows nothing")
            .fix("Add [expect] with terms and their values, or [finding]");
        problems.push(Problem::of_file(finding, name));
    }
    Some(case)
}

fn read_facts(
    program: &Program,
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    case: &mut Case,
    problems: &mut Vec<Problem>,
) {
    for (key, item) in table {
        let name: &str = key.get_ref();
        let index = program.fact_index(name);
        let Some((slot, place)) =
            index.and_then(|i| program.facts.get(i).zip(case.row.facts.get_mut(i)))
        else {
            let suggestion = did_you_mean(name, program.facts.iter().map(|f| f.name.as_str()));
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        match text_of(item).and_then(|text| Value::parse(text, &slot.kind)) {
            Some(value) => *place = Some(FactValue::exact(value)),
            None => problems.push(file.wrong_form(name, &form_of(&slot.kind), item.span())),
        }
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
        let index = program.term_index(name);
        let Some((index, slot)) = index.and_then(|i| program.terms.get(i).map(|slot| (i, slot)))
        else {
            let suggestion = did_you_mean(name, program.terms.iter().map(|t| t.name.as_str()));
            problems.push(file.unknown_key(name, suggestion, key.span()));
            continue;
        };
        match text_of(item).and_then(|text| Value::parse(text, &slot.kind)) {
            Some(value) => case.expected.push((index, value)),
            None => problems.push(file.wrong_form(name, &form_of(&slot.kind), item.span())),
        }
    }
}
