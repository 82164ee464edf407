//! `counterfoil x12 survey`: every file of a folder accounted for.

use super::check::{Checker, Counts};
use crate::Outcome;
use crate::arguments::X12Options;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use counterfoil_base::Finding;
use counterfoil_x12::round_trip;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of one file.
struct Surveyed {
    name: String,
    is_x12: bool,
    is_syntactically_valid: bool,
    is_identical: bool,
    counts: Counts,
    first_error: Option<Finding>,
}

pub(crate) fn run(
    folder: &Path,
    options: &X12Options,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    if !folder.is_dir() {
        let message = format!("{} is not a folder", folder.display());
        return Err(CommandError::usage(message, "name a folder; `x12 check` takes a file"));
    }
    let paths = files::walk(folder)?;
    let (checker, _) = Checker::new(options)?;
    let mut all = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        console.progress(|| format!("surveying {} of {}", index + 1, paths.len()));
        let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let surveyed = survey(&checker, name, &files::read(path)?)?;
        show(console, &surveyed, options.json);
        console.still_read()?;
        all.push(surveyed);
    }
    total(console, &all, options.json);
    // Findings are what a survey is for; only a file that does not come back is a failure.
    let lost = all.iter().any(|one| one.is_syntactically_valid && !one.is_identical);
    Ok(if lost { Outcome::Findings } else { Outcome::Done })
}

fn survey(checker: &Checker, name: String, bytes: &[u8]) -> Result<Surveyed, CommandError> {
    let (written, syntax) = round_trip(bytes);
    let mut first_error = None;
    let (counts, _) = checker.check(bytes, |finding| {
        if finding.is_error() && first_error.is_none() {
            first_error = Some(finding.clone());
        }
        Ok(())
    })?;
    Ok(Surveyed {
        name,
        is_x12: counts.interchanges > 0,
        is_syntactically_valid: !syntax.iter().any(Finding::is_error),
        is_identical: written == bytes,
        counts,
        first_error,
    })
}

fn show(console: &mut Console<'_>, one: &Surveyed, json: bool) {
    let counts = &one.counts;
    if json {
        console.print_json(&json!({
            "file": one.name,
            "x12": one.is_x12,
            "transactions": by_set(&counts.transactions),
            "transactions_structure_only": counts.structure_only,
            "claims": counts.claims,
            "segments": counts.segments,
            "errors": counts.errors,
            "warnings": counts.warnings,
            "notes": counts.notes,
            "findings_by_snip": counts.by_snip,
            "syntactically_valid": one.is_syntactically_valid,
            "round_trip_identical": one.is_identical,
            "first_error": one.first_error.as_ref().map(crate::show_finding::to_json),
        }));
        return;
    }
    let trip = match (one.is_syntactically_valid, one.is_identical) {
        (true, true) => "identical",
        (false, true) => "identical, not valid",
        (_, false) => "DIFFERS",
    };
    let first = one.first_error.as_ref().map_or_else(String::new, |finding| {
        let segment = finding.position.segment.map_or(String::new(), |n| format!(" at {n}"));
        format!("  {}{segment}", finding.code)
    });
    console.print(&format!(
        "{:<68} {:>4} sets {:>4} structure only {:>5} claims {:>4} errors {:>4} warnings  \
         {trip}{first}",
        one.name,
        counts.transactions.len(),
        counts.structure_only,
        counts.claims,
        counts.errors,
        counts.warnings,
    ));
}

fn by_set(transactions: &[String]) -> BTreeMap<&str, u64> {
    let mut counted = BTreeMap::new();
    for set in transactions {
        *counted.entry(set.as_str()).or_default() += 1;
    }
    counted
}

fn total(console: &mut Console<'_>, all: &[Surveyed], json: bool) {
    let sum = |field: fn(&Counts) -> u64| -> u64 { all.iter().map(|one| field(&one.counts)).sum() };
    let number = |test: fn(&Surveyed) -> bool| all.iter().filter(|one| test(one)).count();
    let sets: Vec<String> =
        all.iter().flat_map(|one| one.counts.transactions.iter().cloned()).collect();
    let valid = number(|one| one.is_syntactically_valid);
    let back = number(|one| one.is_syntactically_valid && one.is_identical);
    let structure_only = sum(|counts| counts.structure_only);
    let faultless = |one: &Surveyed| one.is_x12 && one.counts.errors == 0;
    let is_unjudged = |one: &Surveyed| one.counts.structure_only > 0;
    let accepted = all.iter().filter(|one| faultless(one) && !is_unjudged(one)).count();
    let unjudged = all.iter().filter(|one| faultless(one) && is_unjudged(one)).count();
    let with_errors = number(|one| one.is_x12 && one.counts.errors > 0);
    let (claims, errors) = (sum(|counts| counts.claims), sum(|counts| counts.errors));
    if json {
        console.print_json(&json!({
            "total": true,
            "files": all.len(),
            "x12_files": number(|one| one.is_x12),
            "transactions": by_set(&sets),
            "transactions_structure_only": structure_only,
            "claims": claims,
            "files_without_error": accepted,
            "files_structure_only": unjudged,
            "files_with_errors": with_errors,
            "errors": errors,
            "warnings": sum(|counts| counts.warnings),
            "syntactically_valid": valid,
            "identical_after_round_trip": back,
            "identical_of_all": number(|one| one.is_identical),
        }));
        return;
    }
    console.print("");
    console.print(&format!(
        "{} files, {} with X12; {} transaction sets, {structure_only} of them structure only; \
         {claims} claims or payments",
        all.len(),
        number(|one| one.is_x12),
        sets.len(),
    ));
    console.print(&format!(
        "{accepted} X12 files without an error, {unjudged} with structure only (no guide here \
         reads all their sets), {with_errors} with {errors} errors"
    ));
    console.print(&format!(
        "{back} of {valid} syntactically valid files came back byte for byte; {} of all {}",
        number(|one| one.is_identical),
        all.len(),
    ));
}
