//! `counterfoil x12 check`: what is wrong in a file, SNIP types 1 to 7.

use crate::Outcome;
use crate::arguments::X12Options;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use crate::show_finding::{count, print, to_json};
use counterfoil_base::{Date, Finding, Severity};
use counterfoil_claim::{LossReport, read_claim_unit};
use counterfoil_integrity::{
    CleanClaimEngine, EditScope, FileHistory, MissingCheck, NoHistory, Tables,
};
use counterfoil_operations::intake::EngineCodes;
use counterfoil_x12::{AckNumbers, Event, Profile, ReadOptions, Reader, Unit};
use std::path::Path;
use std::sync::Arc;

/// Bytes given to the reader at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What was counted while a file was checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) interchanges: u64,
    pub(crate) transactions: Vec<String>,
    /// Transaction sets without a guide: only their envelopes and segments were judged.
    pub(crate) structure_only: u64,
    pub(crate) claims: u64,
    /// Claims of an 837 that were judged as a whole.
    pub(crate) judged_claims: u64,
    pub(crate) segments: u64,
    pub(crate) errors: u64,
    pub(crate) warnings: u64,
    pub(crate) notes: u64,
    /// Findings by SNIP type 1 to 7.
    pub(crate) by_snip: [u64; 7],
}

impl Counts {
    pub(crate) fn add(&mut self, finding: &Finding) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
        if let Some(slot) = self.by_snip.get_mut(usize::from(finding.snip.max(1)) - 1) {
            *slot += 1;
        }
    }
}

/// Checks files: the guide engine over segments, the clean-claim engine over claims.
pub(crate) struct Checker {
    engine: Arc<CleanClaimEngine>,
    profile: Profile,
    received_on: Option<Date>,
}

impl Checker {
    pub(crate) fn new(options: &X12Options) -> Result<(Checker, Vec<Finding>), CommandError> {
        let scope = EditScope::AfterSegmentChecks;
        let loaded = files::engine(options.tables.as_deref(), None, scope)?;
        let profile = if options.strict { Profile::Strict } else { Profile::Lenient };
        let engine = Arc::new(loaded.engine);
        Ok((Checker { engine, profile, received_on: options.on }, loaded.findings))
    }

    pub(crate) fn engine(&self) -> &CleanClaimEngine {
        &self.engine
    }

    /// A reader over this checker's tables.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(ReadOptions {
            profile: self.profile,
            codes: Arc::new(EngineCodes(self.engine.clone())),
            ..ReadOptions::default()
        })
    }

    /// Checks a file; every finding goes to `take` in the order of its discovery.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        mut take: impl FnMut(&Finding) -> Result<(), CommandError>,
    ) -> Result<(Counts, Reader), CommandError> {
        let mut reader = self.reader();
        let mut history = FileHistory::over(&NoHistory);
        let mut counts = Counts::default();
        let chunks = bytes.chunks(CHUNK_BYTES).map(Some).chain([None]);
        for chunk in chunks {
            match chunk {
                Some(chunk) => reader.push(chunk),
                None => reader.finish(),
            }
            while let Some(event) = reader.next_event() {
                let mut found = |finding: &Finding| {
                    counts.add(finding);
                    take(finding)
                };
                match event {
                    Event::InterchangeStart(_) => counts.interchanges += 1,
                    Event::TransactionStart(transaction) => {
                        counts.transactions.push(transaction.set_id.to_string());
                        counts.structure_only += u64::from(transaction.guide.is_none());
                    }
                    Event::Unit(unit) => {
                        unit.findings().iter().try_for_each(&mut found)?;
                        let is_claim = unit
                            .own_segments()
                            .next()
                            .is_some_and(|at| matches!(at.segment.id(), "CLM" | "CLP"));
                        let judged = self.claim(&unit, &mut history);
                        judged.iter().flatten().try_for_each(&mut found)?;
                        counts.judged_claims += u64::from(judged.is_some());
                        counts.claims += u64::from(is_claim);
                    }
                    Event::TransactionEnd(end) => end.findings.iter().try_for_each(&mut found)?,
                    Event::Finding(finding) => found(finding)?,
                    _ => {}
                }
            }
        }
        counts.segments = reader.segment_count();
        Ok((counts, reader))
    }

    /// The edits that need the claim as a whole: duplicates, NCCI, unit limits. Nothing when the
    /// unit is no claim.
    fn claim(&self, unit: &Unit<'_>, history: &mut FileHistory<'_>) -> Option<Vec<Finding>> {
        let read = read_claim_unit(unit, &mut LossReport::default())?;
        // Values that the model cannot take were judged on their segments already.
        let mut findings = self.engine.check_claim(&read.claim, history, self.received_on);
        history.record(&read.claim);
        for finding in &mut findings {
            // In one file alone a repeated claim may be a test or a split file; a receiver that
            // knows its history refuses it.
            if finding.code == "INT-7-duplicate-claim" {
                finding.severity = Severity::Warning;
            }
        }
        Some(findings)
    }
}

pub(crate) fn run(
    file: &Path,
    options: &X12Options,
    write_999: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let bytes = files::read(file)?;
    let (checker, loading) = Checker::new(options)?;
    for finding in loading.iter().filter(|finding| finding.is_error()) {
        console.say(&format!("warning: a table was not loaded: {}", finding.message));
    }
    let json = options.json;
    let (mut counts, reader) = checker.check(&bytes, |finding| {
        if json {
            console.print_json(&to_json(finding));
        } else {
            print(console, finding);
        }
        console.still_read()
    })?;
    let missing = missing_tables(&reader, (counts.judged_claims > 0).then(|| checker.engine()));
    if !json && !missing.is_empty() {
        console.print("checks that could not run as they should, for want of a table (--tables):");
    }
    for finding in &missing {
        counts.add(finding);
        match json {
            true => console.print_json(&to_json(finding)),
            // They have one cause and one remedy, said above.
            false => console.print(&format!("  {}", finding.message)),
        }
    }
    if let Some(path) = write_999 {
        write_acknowledgements(&reader, path, options, console)?;
    }
    say_other_kind(console, file, &bytes);
    console.say(&summary(file, &counts, options));
    Ok(if counts.errors > 0 { Outcome::Findings } else { Outcome::Done })
}

/// One note for each kind of check that could not run for want of a table.
/// The engine's own checks are asked for when it had a claim to look at.
fn missing_tables(reader: &Reader, engine: Option<&CleanClaimEngine>) -> Vec<Finding> {
    let of_file = reader.missing_tables().map(Tables::missing_set);
    let of_claims = engine.map(|engine| engine.tables().missing_checks()).unwrap_or_default();
    let all = of_file.chain(of_claims);
    let note = |missing: MissingCheck| {
        Finding::note("X12-5-table-missing", 5, missing.to_string())
            .because("These lists are licensed or change often, so they are loaded from your files")
            .fix("Name a folder that holds the table with --tables")
    };
    all.map(note).collect()
}

/// A file that cannot be X12 is named for what it is, beside its findings.
pub(crate) fn say_other_kind(console: &mut Console<'_>, file: &Path, bytes: &[u8]) {
    if let Some((what, hint)) = files::other_kind(bytes) {
        console.say(&format!("{} is {what}, not an X12 file: {hint}", file.display()));
    }
}

fn summary(file: &Path, counts: &Counts, options: &X12Options) -> String {
    let judged = if options.strict { "strict sender" } else { "lenient receiver" };
    format!(
        "{}: {}, {}, {} in {} and {} ({judged})",
        file.display(),
        count(counts.errors, "error"),
        count(counts.warnings, "warning"),
        count(counts.notes, "note"),
        count(counts.transactions.len() as u64, "transaction set"),
        count(counts.claims, "claim"),
    )
}

fn write_acknowledgements(
    reader: &Reader,
    path: &Path,
    options: &X12Options,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let date = options.on.unwrap_or_else(|| console.today());
    let numbers = AckNumbers { date, time: "0000", interchange_control_number: 1 };
    let written = reader.acknowledgements().write(numbers).map_err(|error| {
        CommandError::operator(error, "the file's envelope cannot be answered; look at its ISA")
    })?;
    let mut bytes = Vec::new();
    for answer in written {
        bytes.extend(answer.interchange.into_iter().flatten());
        bytes.extend(answer.implementation.into_iter().flatten());
    }
    files::write(path, &bytes)?;
    console.say(&format!("wrote {}", path.display()));
    Ok(())
}
