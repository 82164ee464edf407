//! `counterfoil lake`: claims and clinical records of any source in one store, and questions.

use crate::Outcome;
use crate::arguments::lake::{
    AnswerForm, BuildOptions, DescribeOptions, ForgetOptions, ImportOptions, LakeCommand,
    SqlOptions,
};
use crate::console::Console;
use crate::error::CommandError;
use crate::files::{self, PartialFile};
use crate::show_finding::{self, FileFinding};
use counterfoil_analytics::{
    Answer, Engine, ImportRecord, ImportReport, Imported, LakeError, LakeFolder, Table, build,
    find_table, import_file, is_current, table_text, tables, write_csv, write_json, write_parquet,
};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows that a framed table shows; an answer of more is for a file.
const TABLE_ROWS_MAX: usize = 1000;

pub(crate) fn run(
    command: LakeCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        LakeCommand::Import(options) => import(&options, console),
        LakeCommand::Build(options) => build_tables(&options, console),
        LakeCommand::Sql(options) => sql(&options, console),
        LakeCommand::Describe(options) => describe(&options, console),
        LakeCommand::Imports(options) => imports(&options, console),
        LakeCommand::Forget(options) => forget(&options, console),
    }
}

fn import(options: &ImportOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let paths = named_files(&options.files)?;
    let folder = LakeFolder::open_or_make(&options.lake).map_err(shown)?;
    let how = counterfoil_analytics::ImportOptions {
        table: options.table.clone(),
        data_source: options.source.clone(),
    };
    let (mut found, mut reports) = (Vec::new(), Vec::new());
    for path in &paths {
        let name = files::file_name(path);
        let report = import_file(&folder, path, &how, &mut |rows| {
            console.progress(|| format!("{name}: {rows} rows read"));
        });
        let report = report.map_err(shown)?;
        for finding in &report.findings {
            if options.json {
                let file = report.file.clone();
                console.print_json(&FileFinding { file, finding: finding.clone() }.to_json());
            } else {
                found.push(show_finding::by_line(&report.file, finding));
            }
        }
        if options.json {
            console.print_json(&report_json(&report));
        } else {
            console.print(&report_line(&folder, &report));
        }
        reports.push(report);
    }
    show_finding::print_grouped(console, &found);
    console.say(&import_summary(&reports));
    let is_whole = |report: &ImportReport| {
        let aside = report.record.as_ref().is_some_and(|record| record.aside > 0);
        report.outcome == Imported::Before || (report.outcome == Imported::New && !aside)
    };
    Ok(if reports.iter().all(is_whole) { Outcome::Done } else { Outcome::Findings })
}

/// Endings of files that a folder is searched for; a file that is named may end in anything.
const ENDINGS: [&str; 6] = [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".parquet"];

/// The files that are named, and of each folder the files of rows in it by name.
fn named_files(named: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut paths = Vec::new();
    for path in named {
        if !path.is_dir() {
            files::expect_file(path)?;
            paths.push(path.clone());
            continue;
        }
        let failed = |cause: io::Error| CommandError::file("read", path, &cause);
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            let name = files::file_name(&entry).to_ascii_lowercase();
            if entry.is_file() && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            let message = format!("{} holds no file of rows", path.display());
            let hint = "name files, or a folder with files that end in .csv, .csv.gz or .parquet";
            return Err(CommandError::usage(message, hint));
        }
        inside.sort();
        paths.extend(inside);
    }
    Ok(paths)
}

fn report_line(folder: &LakeFolder, report: &ImportReport) -> String {
    let file = &report.file;
    let Some(record) = &report.record else {
        return format!("{file}: refused, nothing of it was loaded");
    };
    let rows = show_finding::count(record.rows, "row");
    if report.outcome == Imported::Before {
        let before =
            if record.file == *file { String::new() } else { format!(" as {}", record.file) };
        let table = &record.table;
        return format!("{file}: imported before{before} ({rows} of {table}); nothing was changed");
    }
    if record.aside == 0 {
        return format!("{file}: {rows} into {}, all loaded", record.table);
    }
    let aside = folder.aside_of(&record.import);
    format!(
        "{file}: {rows} into {}; {} loaded, {} kept aside in {}",
        record.table,
        record.loaded,
        record.aside,
        aside.display()
    )
}

fn report_json(report: &ImportReport) -> Value {
    let outcome = match report.outcome {
        Imported::New => "imported",
        Imported::Before => "imported before",
        Imported::Refused => "refused",
    };
    json!({
        "file": report.file,
        "outcome": outcome,
        "record": report.record.as_ref().map(record_json),
    })
}

fn record_json(record: &ImportRecord) -> Value {
    json!({
        "import": record.import,
        "sha256": record.sha256,
        "file": record.file,
        "bytes": record.bytes,
        "table": record.table,
        "rows": record.rows,
        "loaded": record.loaded,
        "aside": record.aside,
        "findings": record.findings,
        "unknown_columns": record.unknown_columns,
        "missing_columns": record.missing_columns,
    })
}

fn import_summary(reports: &[ImportReport]) -> String {
    let new = || reports.iter().filter(|report| report.outcome == Imported::New);
    let sum = |part: fn(&ImportRecord) -> u64| -> u64 {
        new().filter_map(|report| report.record.as_ref()).map(part).sum()
    };
    let of = |outcome| reports.iter().filter(|report| report.outcome == outcome).count() as u64;
    let (before, refused) = (of(Imported::Before), of(Imported::Refused));
    format!(
        "{} imported: {} loaded, {} kept aside; {before} imported before, {refused} refused.",
        show_finding::count(new().count() as u64, "file"),
        show_finding::count(sum(|record| record.loaded), "row"),
        sum(|record| record.aside),
    )
}

fn build_tables(
    options: &BuildOptions,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let folder = LakeFolder::open(&options.lake).map_err(shown)?;
    let report = build(&folder, &mut |table, done, count| {
        console.progress(|| format!("{table}: table {} of {count}", done + 1));
    });
    let report = report.map_err(shown)?;
    for table in &report.tables {
        if options.json {
            console.print_json(&json!({ "table": table.name, "rows": table.rows }));
        } else {
            console.print(&format!("{:<32} {:>12} rows", table.name, table.rows));
        }
    }
    let tables = show_finding::count(report.tables.len() as u64, "table");
    console.say(&if report.computed {
        format!("{tables} computed.")
    } else {
        format!("Nothing has changed since the last build: {tables} as they were.")
    });
    Ok(Outcome::Done)
}

fn sql(options: &SqlOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let question = match (&options.question, &options.file) {
        (Some(question), _) => question.clone(),
        (None, Some(path)) => String::from_utf8_lossy(&files::read(path)?).into_owned(),
        (None, None) => String::new(),
    };
    let form = if options.json { AnswerForm::Json } else { options.form };
    let folder = LakeFolder::open(&options.lake).map_err(shown)?;
    let engine = Engine::open(&folder).map_err(shown)?;
    let answer = engine.ask(&question).map_err(asked)?;
    let rows = match (form, &options.out) {
        (form, Some(path)) => answer_into(path, form, answer)?,
        (AnswerForm::Parquet, None) => {
            let hint = "add --out answer.parquet";
            return Err(CommandError::usage("a Parquet file needs a name", hint));
        }
        (AnswerForm::Csv, None) => write_csv(answer, &mut Printed(console)).map_err(asked)?,
        (AnswerForm::Json, None) => write_json(answer, &mut Printed(console)).map_err(asked)?,
        (AnswerForm::Table, None) => {
            let (text, rows) = table_text(answer, TABLE_ROWS_MAX).map_err(asked)?;
            for line in text.lines() {
                console.print(line);
            }
            rows
        }
    };
    if !is_current(&folder).map_err(shown)? {
        console.say("Rows were added or taken out since the tables were computed: `lake build`.");
    }
    let more = rows.saturating_sub(TABLE_ROWS_MAX as u64);
    let is_cut = form == AnswerForm::Table && options.out.is_none() && more > 0;
    console.say(&if is_cut {
        format!("{rows} rows; {more} of them are not shown (--form csv or --out writes all).")
    } else {
        format!("{}.", show_finding::count(rows, "row"))
    });
    Ok(Outcome::Done)
}

/// Writes an answer into a file, which is there whole or not at all.
fn answer_into(path: &Path, form: AnswerForm, answer: Answer<'_>) -> Result<u64, CommandError> {
    let mut file = PartialFile::create(path)?;
    let failed = |cause: io::Error| CommandError::file("write", path, &cause);
    let mut sink = BufWriter::new(&mut file);
    let rows = match form {
        AnswerForm::Parquet => write_parquet(answer, &mut sink).map_err(asked)?,
        AnswerForm::Json => write_json(answer, &mut sink).map_err(asked)?,
        AnswerForm::Csv => write_csv(answer, &mut sink).map_err(asked)?,
        AnswerForm::Table => {
            let (text, rows) = table_text(answer, usize::MAX).map_err(asked)?;
            writeln!(sink, "{text}").map_err(failed)?;
            rows
        }
    };
    sink.flush().map_err(failed)?;
    drop(sink);
    file.finish()?;
    Ok(rows)
}

/// Standard output as a sink of bytes.
struct Printed<'a, 'b>(&'a mut Console<'b>);

impl Write for Printed<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.print_bytes(bytes);
        match self.0.still_read() {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn describe(options: &DescribeOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let Some(name) = &options.table else {
        for table in tables() {
            if options.json {
                console.print_json(&table_json(table));
            } else {
                console.print(&format!("{:<32} {}", table.sql_name(), table.meaning));
            }
        }
        return Ok(Outcome::Done);
    };
    let Some(table) = find_table(name) else {
        let message = format!("the lake has no table {name}");
        return Err(CommandError::usage(message, "`counterfoil lake describe` lists all tables"));
    };
    if options.json {
        console.print_json(&table_json(table));
    } else {
        describe_table(table, console);
    }
    if options.sql && !options.json {
        console.print("");
        for line in table.sql.lines() {
            console.print(line);
        }
    }
    Ok(Outcome::Done)
}

fn describe_table(table: &Table, console: &mut Console<'_>) {
    console.print(&format!("{}: {}", table.sql_name(), table.meaning));
    console.print(&format!("  {}", table.grain));
    console.print(&format!("  Keys: {}", table.keys.join(", ")));
    if !table.required.is_empty() {
        console.print(&format!("  A row needs: {}", table.required.join(", ")));
    }
    console.print(&format!("  Source: {}", table.source));
    console.print("");
    for column in &table.columns {
        let unit =
            if column.unit.is_empty() { String::new() } else { format!(", {}", column.unit) };
        let kind = format!("{}{unit}", column.kind.word());
        console.print(&format!("  {:<36} {kind:<18} {}", column.name, column.meaning));
    }
    for example in &table.examples {
        console.print("");
        console.print(&format!("  counterfoil lake sql \"{example}\""));
    }
}

fn table_json(table: &Table) -> Value {
    let columns = table.columns.iter().map(|column| {
        json!({
            "name": column.name,
            "type": column.kind.word(),
            "unit": column.unit,
            "meaning": column.meaning,
        })
    });
    json!({
        "table": table.sql_name(),
        "stage": table.stage.word(),
        "meaning": table.meaning,
        "grain": table.grain,
        "keys": table.keys,
        "required": table.required,
        "source": table.source,
        "examples": table.examples,
        "columns": columns.collect::<Vec<_>>(),
        "sql": table.sql,
    })
}

fn imports(options: &BuildOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = LakeFolder::open(&options.lake).map_err(shown)?;
    let records = folder.imports().map_err(shown)?;
    for record in &records {
        if options.json {
            console.print_json(&record_json(record));
            continue;
        }
        let rows = show_finding::count(record.rows, "row");
        let (file, table) = (&record.file, &record.table);
        console.print(&format!("{file}: {rows} into {table}, {} kept aside", record.aside));
        for (code, count) in &record.findings {
            console.print(&format!("  {code}: {count}"));
        }
    }
    console.say(&format!("{}.", show_finding::count(records.len() as u64, "import")));
    Ok(Outcome::Done)
}

fn forget(options: &ForgetOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = LakeFolder::open(&options.lake).map_err(shown)?;
    let records = folder.imports().map_err(shown)?;
    let is_named =
        |record: &&ImportRecord| record.file == options.import || record.import == options.import;
    let named: Vec<&ImportRecord> = records.iter().filter(is_named).collect();
    let record = match named.as_slice() {
        [record] => *record,
        [] => {
            let message = format!("nothing was imported as {}", options.import);
            return Err(CommandError::usage(message, "`counterfoil lake imports` lists all files"));
        }
        several => {
            let numbers: Vec<&str> = several.iter().map(|record| record.import.as_str()).collect();
            let message = format!("{} files were imported by this name", several.len());
            let hint = format!("name one of the imports {}", numbers.join(", "));
            return Err(CommandError::usage(message, hint));
        }
    };
    folder.forget(record).map_err(shown)?;
    let rows = show_finding::count(record.loaded, "row");
    console.print(&format!("{}: {rows} of {} taken out", record.file, record.table));
    console.say("`counterfoil lake build` computes the tables without them.");
    Ok(Outcome::Done)
}

/// A question that cannot be answered is the person's to mend; the rest is the operator's.
fn asked(error: LakeError) -> CommandError {
    let LakeError::Query(message) = error else { return shown(error) };
    CommandError::usage(
        message,
        "`counterfoil lake describe` lists the tables, `lake describe TABLE` its columns",
    )
}

fn shown(error: LakeError) -> CommandError {
    let hint = match &error {
        LakeError::File { doing, path, cause } => {
            return CommandError::file(doing, Path::new(path), cause);
        }
        LakeError::NotALake(_) => {
            "name another folder with --lake, or an empty one to begin a lake"
        }
        LakeError::LaterVersion(_) => "use the version of the program that wrote it",
        LakeError::Busy(_) => "wait until it is done, then run the command again",
        LakeError::NotBuilt => "run `counterfoil lake build` first",
        LakeError::Query(_) => "the lake was not changed",
        LakeError::Memory => "use a machine with more memory, or less data; nothing was changed",
        LakeError::Promise { .. } => {
            "the tables are as they were; a definition does not fit these rows: please report it"
        }
        LakeError::Dictionary { .. } => "this is a fault of the program",
    };
    CommandError::operator(error, hint)
}
