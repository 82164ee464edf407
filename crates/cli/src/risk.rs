//! `counterfoil risk`: scores of people by the payer's published model.

use crate::Outcome;
use crate::arguments::{RiskCommand, ScoreOptions};
use crate::console::Console;
use crate::error::CommandError;
use crate::files::{self, PartialFile};
use crate::show_finding::{self, FileFinding};
use counterfoil_base::Finding;
use counterfoil_risk::{ModelName, RiskModel, Scored, score_block};
use serde_json::json;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

/// How much is read before it is scored: enough for all processors, little beside memory.
const BLOCK_BYTES: usize = 8 << 20;
/// No person has a line of this length; a file without line ends would fill the memory.
const LINE_BYTES_MAX: usize = 64 << 20;
/// Findings that are shown in full; those after them are counted.
const FINDINGS_SHOWN: usize = 10_000;

pub(crate) fn run(
    command: RiskCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let RiskCommand::Score(options) = command;
    score(&options, console)
}

/// Counts of a run, and what is wrong with its input.
#[derive(Default)]
struct Run {
    lines: u64,
    people: u64,
    findings: Vec<Finding>,
    findings_count: u64,
}

impl Run {
    fn take(&mut self, scored: Scored) {
        self.lines += scored.lines;
        self.people += scored.people;
        self.findings_count += scored.findings.len() as u64;
        let room = FINDINGS_SHOWN.saturating_sub(self.findings.len());
        self.findings.extend(scored.findings.into_iter().take(room));
    }
}

fn score(options: &ScoreOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let name = ModelName::from_word(&options.model).map_err(|refusal| {
        CommandError::usage(refusal.to_string(), "offered are v22, v24, v28 and e21")
    })?;
    let model = RiskModel::load(name).map_err(|error| {
        CommandError::operator(error, "this is a fault of the program: its tables are damaged")
    })?;
    let (input, output) = (options.input.as_path(), options.out.as_path());
    let mut reader = open(input)?;
    if same_file(input, output) {
        let message = "--in and --out name the same file";
        return Err(CommandError::usage(message, "write the scores to another file"));
    }
    let mut file = PartialFile::create(output)?;
    let mut writer = BufWriter::new(&mut file);
    let run = score_all(&model, options, &mut reader, (&mut writer, console))?;
    writer.flush().map_err(|cause| CommandError::file("write", output, &cause))?;
    drop(writer);
    file.finish()?;
    show(&model, options, &run, console);
    Ok(if run.findings_count == 0 { Outcome::Done } else { Outcome::Findings })
}

fn open(path: &Path) -> Result<Box<dyn Read>, CommandError> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    files::expect_file(path)?;
    let file = File::open(path).map_err(|cause| CommandError::file("read", path, &cause))?;
    Ok(Box::new(file))
}

fn same_file(left: &Path, right: &Path) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    whole(left).is_some_and(|left| Some(left) == whole(right))
}

/// Reads block after block, each up to its last line end, and writes the scores of each.
fn score_all(
    model: &RiskModel,
    options: &ScoreOptions,
    reader: &mut dyn Read,
    (writer, console): (&mut dyn Write, &mut Console<'_>),
) -> Result<Run, CommandError> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut run = Run::default();
    let mut block = Vec::with_capacity(BLOCK_BYTES + (1 << 16));
    loop {
        let wanted = BLOCK_BYTES as u64;
        let read = (&mut *reader).take(wanted).read_to_end(&mut block);
        let read = read.map_err(|cause| CommandError::file("read", &options.input, &cause))?;
        let is_last = read == 0;
        let end = match block.iter().rposition(|byte| *byte == b'\n') {
            _ if is_last => block.len(),
            Some(at) => at + 1,
            None if block.len() > LINE_BYTES_MAX => return Err(no_lines(&options.input)),
            None => continue,
        };
        let lines = block.get(..end).unwrap_or_default();
        let mut scored = score_block(model, lines, run.lines, options.explain, threads);
        let out = std::mem::take(&mut scored.out);
        let written = writer.write_all(&out);
        written.map_err(|cause| CommandError::file("write", &options.out, &cause))?;
        run.take(scored);
        console.progress(|| format!("{} people scored", run.people));
        if is_last {
            return Ok(run);
        }
        block.drain(..end);
    }
}

fn no_lines(path: &Path) -> CommandError {
    let message = format!("{} holds a line of more than 64 MiB", path.display());
    CommandError::operator(message, "name a file with one JSON object a line; nothing was written")
}

fn show(model: &RiskModel, options: &ScoreOptions, run: &Run, console: &mut Console<'_>) {
    let file = files::file_name(&options.input);
    if options.json {
        for finding in &run.findings {
            let found = FileFinding { file: file.clone(), finding: finding.clone() };
            console.print_json(&found.to_json());
        }
        console.print_json(&json!({
            "model": model.name().word(),
            "basis": "raw",
            "lines": run.lines,
            "people": run.people,
            "findings": run.findings_count,
        }));
    } else {
        let findings = run.findings.iter();
        let found: Vec<_> = findings.map(|finding| show_finding::by_line(&file, finding)).collect();
        show_finding::print_grouped(console, &found);
    }
    let more = run.findings_count.saturating_sub(run.findings.len() as u64);
    if more > 0 {
        console.say(&format!("{more} further findings were counted and not kept."));
    }
    console.say(&format!(
        "{} people of {} lines scored by {} (raw scores); {}.",
        run.people,
        run.lines,
        model.name(),
        show_finding::count(run.findings_count, "finding"),
    ));
}
