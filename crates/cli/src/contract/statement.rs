//! Statements as files: written by `contract settle`, opened by `explain`, laid side by side by
//! `compare`, brought into other forms by `export`.

use super::{Loaded, amount_term};
use crate::arguments::contract::{ExportForm, StatementExport};
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, dollars, files};
use counterfoil_contract::{Contract, FactTable};
use counterfoil_export::{
    ExportError, statement_csv, statement_paper, statement_workbook, waterfall_csv,
};
use counterfoil_settle::{
    Document, FactFile, RowStatement, TermLine, compare, compare_facts, statements,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Writes the statement of every row into a folder.
pub(super) fn write_all(
    (contract, facts): (&Contract, &FactTable),
    year: i64,
    named: Option<&str>,
    folder: &Path,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let result = amount_term(contract, named)?;
    let all = statements(contract, year, facts, result)
        .map_err(|problem| CommandError::operator(&problem.finding.message, "check the year"))?;
    write_statements(&all, folder, console)
}

/// Writes statements into a folder, each into a file named after its subject.
pub(crate) fn write_statements(
    all: &[RowStatement],
    folder: &Path,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let mut taken = BTreeSet::new();
    let count = all.len();
    for (number, statement) in (1..).zip(all.iter().cloned()) {
        let mut name = file_name_of(&statement.subject);
        if !taken.insert(name.clone()) {
            name = format!("{name}-row-{number}");
            taken.insert(name.clone());
        }
        let path = folder.join(format!("{name}.json"));
        files::write(&path, statement.document().to_json().as_bytes())?;
        console.progress(|| format!("{number} of {count} statements written"));
    }
    console.say(&format!("{count} statements written into {}", folder.display()));
    Ok(())
}

/// A subject as the name of a file: letters, digits and hyphens, everything else as `_`.
fn file_name_of(subject: &str) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = subject.chars().take(80).map(part).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

fn read(path: &Path) -> Result<Document, CommandError> {
    Document::read(&files::read(path)?).map_err(|error| {
        let message = format!("{} cannot be used: {error}", path.display());
        CommandError::operator(message, "name a file that `contract settle --statements` wrote")
    })
}

/// Opens a statement: one number with everything that it rests on, or all of it in brief.
pub(super) fn explain(
    path: &Path,
    number: Option<&str>,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let document = read(path)?;
    let statement = &document.statement;
    let Some(number) = number else {
        if is_json {
            console.print_json(&json!(document));
        } else {
            overview(&document, console);
        }
        return Ok(Outcome::Done);
    };
    let opened = statement.opened(number);
    if opened.is_empty() {
        let message = format!("the statement has no number '{number}'");
        let hint =
            format!("its numbers are 1 to {}, or the names of its terms", statement.terms.len());
        return Err(CommandError::usage(message, hint));
    }
    for line in opened {
        if is_json {
            console.print_json(&json!(line));
        } else {
            show(line, console);
        }
    }
    Ok(Outcome::Done)
}

fn overview(document: &Document, console: &mut Console<'_>) {
    let statement = &document.statement;
    console.print(&format!("{}, {} {}", statement.subject, statement.contract.id, statement.year));
    for problem in &statement.problems {
        console.print(&format!("  {problem}"));
    }
    if let Some(result) = &statement.result {
        let amount = dollars(result.amount_cents.into());
        console.print(&format!("{} {amount}", result.term));
    }
    console.print("");
    waterfall(statement, console);
    console.print("");
    for line in &statement.terms {
        console.print(&format!(
            "{:>4}  {} = {}  ({})",
            line.number, line.term, line.value, line.clause
        ));
    }
    console.print("");
    console.print(&format!("statement SHA-256 {}", document.sha256));
    console.print(&format!("contract  SHA-256 {}", statement.contract.sha256));
    console.print(&format!("facts     SHA-256 {}", statement.facts_sha256));
}

fn waterfall(statement: &RowStatement, console: &mut Console<'_>) {
    for step in &statement.waterfall {
        let (amount, level) = (dollars(step.amount_cents.into()), dollars(step.level_cents.into()));
        console.print(&format!("{amount:>20} {level:>20}  {}  ({})", step.label, step.clause));
    }
}

fn show(line: &TermLine, console: &mut Console<'_>) {
    console.print(&format!("{}  {} = {}", line.number, line.term, line.value));
    console.print(&format!("  clause   {} ({})", line.clause, line.rule));
    console.print(&format!("  formula  {}", line.formula));
    if !line.exact.is_empty() && line.value.contains("...") {
        console.print(&format!("  exact    {}", line.exact));
    }
    if !line.rounding.is_empty() {
        console.print(&format!("  rounding {}", line.rounding));
    }
    for input in &line.inputs {
        console.print(&format!("  input    {} = {} ({})", input.name, input.value, input.source));
    }
    console.print("");
}

/// Lays two statements side by side.
pub(super) fn compare_statements(
    (one, other): (&Path, &Path),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (ours, theirs) = (read(one)?, read(other)?);
    let parting = compare(&ours.statement, &theirs.statement);
    if is_json {
        console.print_json(&json!({
            "one": ours.sha256, "other": theirs.sha256, "parting": parting,
        }));
    }
    let Some(parting) = parting else {
        console.say(&format!("the statements are the same: SHA-256 {}", ours.sha256));
        return Ok(Outcome::Done);
    };
    if !is_json {
        console.print(&format!("{}: {}", ours.statement.subject, parting.sentence()));
    }
    console.say("the statements part; the first place is named");
    Ok(Outcome::Findings)
}

/// Most differing facts that are told.
const FACTS_MAX: usize = 20;

/// Lays two files of facts side by side, as a contract reads them.
pub(super) fn compare_files(
    contract: &Contract,
    (one, other): (&Loaded, &Loaded),
    is_json: bool,
    console: &mut Console<'_>,
) -> Outcome {
    let ours = FactFile { bytes: &one.bytes, table: &one.facts };
    let theirs = FactFile { bytes: &other.bytes, table: &other.facts };
    let found = compare_facts(contract, ours, theirs);
    for parting in found.iter().take(if is_json { found.len() } else { FACTS_MAX }) {
        if is_json {
            console.print_json(&json!(parting));
        } else {
            console.print(&parting.sentence());
        }
    }
    match found.len() {
        0 if one.bytes == other.bytes => console.say("the files are the same byte for byte"),
        0 => console.say("the files differ, but in no fact that the contract reads"),
        1 => console.say("the files part in one fact"),
        count if count > FACTS_MAX && !is_json => {
            console
                .say(&format!("the files part in {count} facts; the first {FACTS_MAX} are told"));
        }
        count => console.say(&format!("the files part in {count} facts; the cause comes first")),
    }
    if found.is_empty() { Outcome::Done } else { Outcome::Findings }
}

/// Brings statements into another form.
pub(super) fn export(
    export: &StatementExport,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let is_table = matches!(export.form, ExportForm::Terms | ExportForm::Waterfall);
    if export.out.is_none() && !is_table {
        let hint = "name the file: --out statement.xlsx or --out statement.pdf";
        return Err(CommandError::usage("a workbook or paper is written into a file", hint));
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in &export.statements {
        if path.is_dir() {
            let all = files::walk(path)?;
            paths.extend(
                all.into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")),
            );
        } else {
            paths.push(path.clone());
        }
    }
    let all: Vec<RowStatement> = paths
        .iter()
        .map(|path| read(path).map(|document| document.statement))
        .collect::<Result<_, _>>()?;
    let bytes = match export.form {
        ExportForm::Terms => statement_csv(&all).map_err(ExportError::from),
        ExportForm::Waterfall => waterfall_csv(&all).map_err(ExportError::from),
        ExportForm::Xlsx => statement_workbook(&all),
        ExportForm::Pdf => statement_paper(&all),
    };
    let bytes = bytes.map_err(|error| CommandError::operator(error, "export fewer statements"))?;
    match &export.out {
        Some(path) => files::write(path, &bytes)?,
        None => console.print_bytes(&bytes),
    }
    console.say(&format!("{} statements exported", all.len()));
    Ok(Outcome::Done)
}
