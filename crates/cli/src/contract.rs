//! `counterfoil contract`: check, test, settle and explain a value contract.

use crate::arguments::{ContractCommand, ContractFacts, ContractFolder, RowsFile};
use crate::console::Console;
use crate::error::CommandError;
use crate::show_finding::to_json;
use crate::{Outcome, files};
use counterfoil_base::Input;
use counterfoil_contract::{Contract, ContractFiles, FactTable, Problem, Statement, Step};
use serde_json::{Map, json};
use std::path::Path;

pub(crate) fn run(
    command: ContractCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        ContractCommand::Check(folder) => check(&folder, console),
        ContractCommand::Test(folder) => test(&folder, console),
        ContractCommand::Settle { facts, out, rows_out, json } => {
            settle(&facts, (out.as_deref(), &rows_out), json, console)
        }
        ContractCommand::Explain { facts, row, term, json } => {
            explain(&facts, (row, &term), json, console)
        }
    }
}

/// The files of a contract's folder that belong to the contract.
fn read_folder(folder: &Path) -> Result<ContractFiles, CommandError> {
    let mut found = ContractFiles::new();
    for path in files::walk(folder)? {
        let inside = path.strip_prefix(folder).unwrap_or(&path);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        let is_part = match parts.as_slice() {
            [name] => name == "contract.md" || name == "facts.toml",
            [kind, .., name] => (kind == "params" || kind == "cases") && name.ends_with(".toml"),
            [] => false,
        };
        if is_part {
            found.insert(parts.join("/"), files::read(&path)?);
        }
    }
    Ok(found)
}

/// Tells what is wrong, each with its excerpt; on standard output, as it is what was asked for.
fn tell(problems: &[Problem], all: &ContractFiles, is_json: bool, console: &mut Console<'_>) {
    for problem in problems {
        if is_json {
            let mut value = to_json(&problem.finding);
            if let serde_json::Value::Object(fields) = &mut value {
                fields.insert("file".to_owned(), json!(problem.file));
            }
            console.print_json(&value);
        } else {
            let text = all.get(&problem.file).map(|bytes| String::from_utf8_lossy(bytes));
            console.print(&problem.show(&text.unwrap_or_default()));
            console.print("");
        }
    }
}

fn has_error(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.finding.is_error())
}

fn check(folder: &ContractFolder, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let all = read_folder(&folder.folder)?;
    let (contract, problems) = Contract::load(&all);
    tell(&problems, &all, folder.json, console);
    if !problems.is_empty() {
        console.say(&format!("{} to mend", problems.len()));
        return Ok(Outcome::Findings);
    }
    let years: Vec<String> = contract.years().map(|year| year.to_string()).collect();
    let program = contract.program();
    console.say(&format!(
        "{} is complete and consistent: {} facts, {} terms, years {}; SHA-256 {}",
        contract.id(),
        program.facts().count(),
        program.terms().count(),
        years.join(", "),
        contract.digest()
    ));
    Ok(Outcome::Done)
}

fn test(folder: &ContractFolder, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let all = read_folder(&folder.folder)?;
    let (contract, problems) = Contract::load(&all);
    if has_error(&problems) {
        tell(&problems, &all, folder.json, console);
        console.say("the contract has errors; no example was run");
        return Ok(Outcome::Findings);
    }
    let results = contract.run_cases();
    let mut failed = 0;
    for result in &results {
        failed += usize::from(!result.differences.is_empty());
        if folder.json {
            console.print_json(&json!({
                "file": result.file,
                "title": result.title,
                "differences": result.differences,
            }));
        } else if !result.differences.is_empty() {
            console.print(&format!("{}: {}", result.file, result.title));
            for difference in &result.differences {
                console.print(&format!("  {difference}"));
            }
        }
    }
    console.say(&format!("{} of {} examples come out", results.len() - failed, results.len()));
    Ok(if failed == 0 { Outcome::Done } else { Outcome::Findings })
}

/// A contract without errors and the facts of a year, or what is wrong with them, told.
fn load(
    named: &ContractFacts,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Option<(Contract, FactTable)>, CommandError> {
    let all = read_folder(&named.folder)?;
    let (contract, problems) = Contract::load(&all);
    if has_error(&problems) {
        tell(&problems, &all, is_json, console);
        console.say("the contract has errors; nothing was computed");
        return Ok(None);
    }
    let bytes = files::read(&named.facts)?;
    let name = files::file_name(&named.facts);
    let (mut facts, mut problems) = contract.read_facts(named.year, &name, &bytes);
    for supplied in &named.rows {
        if !problems.is_empty() {
            break;
        }
        let bytes = files::read(&supplied.file)?;
        let file = (&*files::file_name(&supplied.file), &*bytes);
        problems.extend(contract.read_rows(named.year, &supplied.rows, file, &mut facts));
    }
    if has_error(&problems) {
        tell(&problems, &all, is_json, console);
        console.say("the facts cannot be read; nothing was computed");
        return Ok(None);
    }
    Ok(Some((contract, facts)))
}

fn settle(
    named: &ContractFacts,
    (out, rows_out): (Option<&Path>, &[RowsFile]),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((contract, facts)) = load(named, is_json, console)? else {
        return Ok(Outcome::Findings);
    };
    let statement = match contract.settle(named.year, &facts) {
        Ok(statement) => statement,
        Err(problem) => {
            tell(&[*problem], &ContractFiles::new(), is_json, console);
            return Ok(Outcome::Findings);
        }
    };
    write(&statement, out, is_json, console)?;
    for wanted in rows_out {
        match contract.settle_rows(named.year, &facts, &wanted.rows) {
            Ok(statement) => write(&statement, Some(&wanted.file), false, console)?,
            Err(problem) => {
                tell(&[*problem], &ContractFiles::new(), is_json, console);
                return Ok(Outcome::Findings);
            }
        }
    }
    let mut refused: Vec<u64> = Vec::new();
    for (row, finding) in statement.findings() {
        console.say(&format!("row {row}: {} {}", finding.code, finding.message));
        if refused.last() != Some(&row) {
            refused.push(row);
        }
    }
    console.say(&format!(
        "{} rows of {} settled by {} (SHA-256 {})",
        statement.lines.len() - refused.len(),
        statement.lines.len(),
        contract.id(),
        contract.digest()
    ));
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn write(
    statement: &Statement,
    out: Option<&Path>,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    if is_json {
        for line in &statement.lines {
            let cells = statement.columns.iter().cloned().zip(line.cells.iter());
            let fields: Map<_, _> = cells.map(|(name, cell)| (name, json!(cell))).collect();
            console.print_json(&serde_json::Value::Object(fields));
        }
        return Ok(());
    }
    let csv = statement.to_csv().map_err(|error| {
        CommandError::operator(error, "run the command again; nothing was written")
    })?;
    match out {
        Some(path) => files::write(path, &csv),
        None => {
            console.print_bytes(&csv);
            Ok(())
        }
    }
}

fn explain(
    named: &ContractFacts,
    (number, term): (u64, &str),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((contract, facts)) = load(named, is_json, console)? else {
        return Ok(Outcome::Findings);
    };
    let Some(row) = facts.rows.iter().find(|row| row.number == number) else {
        let message = format!("the facts have {} rows and no row {number}", facts.rows.len());
        return Err(CommandError::usage(message, "the first row below the heading is 1"));
    };
    match contract.explain(named.year, &facts, row, term) {
        Ok(steps) => {
            steps.iter().for_each(|step| show(step, is_json, console));
            Ok(Outcome::Done)
        }
        Err(problem) => {
            let text = read_folder(&named.folder)?;
            tell(&[*problem], &text, is_json, console);
            Ok(Outcome::Findings)
        }
    }
}

fn show(step: &Step, is_json: bool, console: &mut Console<'_>) {
    let explained = &step.explained;
    if is_json {
        let input = |input: &Input| {
            let (name, value, source) = (&input.name, &input.value, &input.source);
            json!({ "name": name, "value": value, "source": source })
        };
        console.print_json(&json!({
            "term": step.term,
            "value": explained.value,
            "rule": explained.rule.id,
            "clause": explained.rule.citation,
            "contract": explained.rule.version,
            "formula": explained.formula,
            "inputs": explained.inputs.iter().map(input).collect::<Vec<_>>(),
        }));
        return;
    }
    console.print(&format!("{} = {}", step.term, explained.value));
    console.print(&format!("  clause  {} ({})", explained.rule.citation, explained.rule.id));
    console.print(&format!("  formula {}", explained.formula));
    for input in &explained.inputs {
        console.print(&format!("  input   {} = {} ({})", input.name, input.value, input.source));
    }
    console.print("");
}
