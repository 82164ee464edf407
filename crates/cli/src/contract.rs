//! `counterfoil contract`: check, test, settle and explain a value contract.

mod differences;
mod signed;
mod simulate;
mod statement;
mod template;

use crate::arguments::contract::{
    ContractCommand, ContractExplain, ContractFacts, ContractFolder, RowsFile,
};
use crate::console::Console;
use crate::error::CommandError;
use crate::show_finding::to_json;
use crate::{Outcome, files};
use counterfoil_base::Input;
use counterfoil_contract::{Contract, ContractFiles, FactTable, Problem, Statement, Step};
use counterfoil_settle::result_term;
use serde_json::{Map, json};
pub(crate) use statement::write_statements;
use std::path::{Path, PathBuf};

pub(crate) fn run(
    command: ContractCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        ContractCommand::Check(folder) => check(&folder, console),
        ContractCommand::Test(folder) => test(&folder, console),
        ContractCommand::Settle { facts, out, rows_out, statements, term, json } => {
            let written = Written { out, rows_out, statements, term, json };
            settle(&facts, &written, console)
        }
        ContractCommand::Explain(wanted) => open(&wanted, console),
        ContractCommand::Diff(wanted) => differences::diff(&wanted, console),
        ContractCommand::New { folder, from } => template::new(&folder, &from, console),
        ContractCommand::Compare { one, other, contract, year, json } => {
            match contract.as_deref().zip(year) {
                Some(reader) => compare_facts(reader, (&one, &other), json, console),
                None => statement::compare_statements((&one, &other), json, console),
            }
        }
        ContractCommand::Restate(wanted) => differences::restate(&wanted, console),
        ContractCommand::Simulate(wanted) => simulate::run(&wanted, console),
        ContractCommand::Export(wanted) => statement::export(&wanted, console),
        ContractCommand::Sign(wanted) => signed::sign(&wanted, console),
        ContractCommand::List { on, data, json } => {
            let on = on.unwrap_or_else(|| console.today());
            signed::list(&data.data, on, json, console)
        }
        ContractCommand::Show { contract, out, data, json } => {
            signed::show(&contract, (&data.data, out.as_deref()), json, console)
        }
    }
}

/// Where a settlement is written.
struct Written {
    out: Option<PathBuf>,
    rows_out: Vec<RowsFile>,
    statements: Option<PathBuf>,
    term: Option<String>,
    json: bool,
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

/// A file of facts as it is, and as the contract reads it.
struct Loaded {
    bytes: Vec<u8>,
    facts: FactTable,
}

/// A contract without errors and its files, or what is wrong with it, told.
fn load_contract(
    folder: &Path,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Option<(ContractFiles, Contract)>, CommandError> {
    load_files(read_folder(folder)?, is_json, console)
}

fn load_files(
    all: ContractFiles,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Option<(ContractFiles, Contract)>, CommandError> {
    let (contract, problems) = Contract::load(&all);
    if has_error(&problems) {
        tell(&problems, &all, is_json, console);
        console.say("the contract has errors; nothing was computed");
        return Ok(None);
    }
    Ok(Some((all, contract)))
}

/// The facts of a year, or what is wrong with them, told.
fn load_facts(
    contract: &Contract,
    year: i64,
    (path, rows): (&Path, &[RowsFile]),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Option<Loaded>, CommandError> {
    let bytes = files::read(path)?;
    let (mut facts, mut problems) = contract.read_facts(year, &files::file_name(path), &bytes);
    for supplied in rows {
        if !problems.is_empty() {
            break;
        }
        let bytes = files::read(&supplied.file)?;
        let file = (&*files::file_name(&supplied.file), &*bytes);
        problems.extend(contract.read_rows(year, &supplied.rows, file, &mut facts));
    }
    if has_error(&problems) {
        tell(&problems, &ContractFiles::new(), is_json, console);
        console.say("the facts cannot be read; nothing was computed");
        return Ok(None);
    }
    Ok(Some(Loaded { bytes, facts }))
}

/// A contract without errors and the facts of a year, or what is wrong with them, told.
fn load(
    named: &ContractFacts,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Option<(Contract, FactTable)>, CommandError> {
    let Some((_, contract)) = load_contract(&named.folder, is_json, console)? else {
        return Ok(None);
    };
    let supplied = (&*named.facts, &*named.rows);
    let loaded = load_facts(&contract, named.year, supplied, is_json, console)?;
    Ok(loaded.map(|loaded| (contract, loaded.facts)))
}

/// The term that says what is paid.
fn amount_term<'a>(contract: &'a Contract, named: Option<&str>) -> Result<&'a str, CommandError> {
    result_term(contract, named).ok_or_else(|| match named {
        Some(named) => {
            let message = format!("the contract has no amount '{named}'");
            CommandError::usage(message, "name a term of type money")
        }
        None => {
            let message = "no amount of the contract has a column";
            CommandError::usage(message, "name the term that says what is paid with --term")
        }
    })
}

fn compare_facts(
    (folder, year): (&Path, i64),
    (one, other): (&Path, &Path),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((_, contract)) = load_contract(folder, is_json, console)? else {
        return Ok(Outcome::Findings);
    };
    let mut load = |path: &Path| load_facts(&contract, year, (path, &[]), is_json, console);
    let (Some(one), Some(other)) = (load(one)?, load(other)?) else {
        return Ok(Outcome::Findings);
    };
    Ok(statement::compare_files(&contract, (&one, &other), is_json, console))
}

fn settle(
    named: &ContractFacts,
    written: &Written,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((contract, facts)) = load(named, written.json, console)? else {
        return Ok(Outcome::Findings);
    };
    let statement = match contract.settle(named.year, &facts) {
        Ok(statement) => statement,
        Err(problem) => {
            tell(&[*problem], &ContractFiles::new(), written.json, console);
            return Ok(Outcome::Findings);
        }
    };
    write(&statement, written.out.as_deref(), written.json, console)?;
    for wanted in &written.rows_out {
        match contract.settle_rows(named.year, &facts, &wanted.rows) {
            Ok(statement) => write(&statement, Some(&wanted.file), false, console)?,
            Err(problem) => {
                tell(&[*problem], &ContractFiles::new(), written.json, console);
                return Ok(Outcome::Findings);
            }
        }
    }
    if let Some(folder) = &written.statements {
        let term = written.term.as_deref();
        statement::write_all((&contract, &facts), named.year, term, folder, console)?;
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

/// Opens a number of a statement, or of a contract with its facts.
fn open(wanted: &ContractExplain, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let ContractExplain { statement, number, year, facts, rows, row, term, json } = wanted.clone();
    let (Some(facts), Some(year), Some(row), Some(term)) = (facts, year, row, term) else {
        if statement.is_dir() {
            let message = format!("{} is a folder", statement.display());
            let hint = "name a statement, or --year, --facts, --row and --term of a contract";
            return Err(CommandError::usage(message, hint));
        }
        return statement::explain(&statement, number.as_deref(), json, console);
    };
    let named = ContractFacts { folder: statement, year, facts, rows };
    explain(&named, (row, &term), json, console)
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
