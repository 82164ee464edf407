//! `counterfoil claim adjudicate`: a claim file to decisions, answers and payments.

use super::pay::{pay, payments_json, say_payments};
use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::office::{Desk, OutFolder};
use crate::show_finding::count;
use crate::{Outcome, files, office};
use counterfoil_base::Severity;
use counterfoil_operations::PaymentSettings;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{FileRequest, FileRun, PaymentRun, Progress, adjudicate_file};
use counterfoil_store::{Side, Store};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

pub(crate) fn run(
    file: &Path,
    desk: &DeskOptions,
    (out, data): (&Path, &Path),
    (no_pay, json): (bool, bool),
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    files::expect_file(file)?;
    let settings = office::payment_settings(&desk.rates)?;
    let loaded = Desk::load(desk, console)?;
    let mut store = office::open(data, Side::Payer)?;
    let run = adjudicate(&mut store, &loaded, &settings, (file, out), console)?;
    let payments = match no_pay {
        true => PaymentRun::default(),
        false => pay(&mut store, &settings, loaded.on, out)?,
    };
    if json {
        console.print_json(&run_json(&run, &payments));
    } else {
        say_run(console, file, &run);
        say_payments(console, &payments, out);
    }
    let rejected = run.states.contains_key("rejected") || run.claims_in_rejected_sets > 0;
    let broken = run.findings.values().any(|(_, first)| first.is_error());
    Ok(if rejected || broken || !payments.failed.is_empty() {
        Outcome::Findings
    } else {
        Outcome::Done
    })
}

/// Takes one file in.
pub(crate) fn adjudicate(
    store: &mut Store,
    desk: &Desk,
    settings: &PaymentSettings,
    (file, out): (&Path, &Path),
    console: &mut Console<'_>,
) -> Result<FileRun, CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("read", file, &cause);
    let scan = scan_file(&mut File::open(file).map_err(failed)?).map_err(failed)?;
    let size = scan.bytes;
    let name = files::file_name(file);
    let request = FileRequest {
        desk: desk.payer(),
        engine: desk.engine.clone(),
        settings,
        name: &name,
        scan,
    };
    let mut folder = OutFolder(out.to_path_buf());
    let opened = File::open(file).map_err(failed)?;
    let mut watch = |at: Progress| console.progress(|| progress(&name, size, &at));
    Ok(adjudicate_file(store, request, opened, &mut folder, &mut watch)?)
}

fn progress(name: &str, size: u64, at: &Progress) -> String {
    let percent = at.bytes.saturating_mul(100).checked_div(size).unwrap_or(100);
    format!(
        "adjudicating {name}: {percent} %, {} claims, {} charged, {} findings",
        at.claims, at.charge_cents, at.findings
    )
}

fn say_run(console: &mut Console<'_>, file: &Path, run: &FileRun) {
    let name = file.display();
    if run.was_finished {
        console.print(&format!("{name} was adjudicated before; nothing was done twice"));
        return;
    }
    console.print(&format!("{name}: {}", count(run.claims(), "claim")));
    for (state, (claims, charge)) in &run.states {
        console.print(&format!("  {state:<10} {claims:>8}  charged {charge:>16}"));
    }
    if run.claims_done_before > 0 {
        let before = run.claims_done_before;
        console.print(&format!("  {before} claims stood from an earlier run of this file"));
    }
    if run.claims_in_rejected_sets > 0 {
        let lost = count(run.claims_in_rejected_sets, "claim");
        console.print(&format!("  {lost} in transaction sets that were rejected whole"));
    }
    let mut findings: Vec<_> = run.findings.iter().collect();
    findings.sort_by_key(|(code, (number, first))| {
        (std::cmp::Reverse(first.severity), std::cmp::Reverse(*number), (*code).clone())
    });
    let worth = |first: &counterfoil_base::Finding| first.severity != Severity::Note;
    for (code, (number, first)) in findings.into_iter().filter(|(_, (_, first))| worth(first)) {
        let message = crate::show_finding::sentence(&first.message);
        console.print(&format!("  {number:>6} x {} {message} ({code})", first.severity.word()));
    }
    if run.end.loss.total() > 0 {
        let carried = count(run.end.loss.total(), "item");
        console.print(&format!("  {carried} carried along that no rule here reads"));
    }
    for name in &run.files {
        console.print(&format!("  wrote {name}"));
    }
}

fn run_json(run: &FileRun, payments: &PaymentRun) -> Value {
    let states: serde_json::Map<String, Value> = run
        .states
        .iter()
        .map(|(state, (claims, charge))| {
            ((*state).to_owned(), json!({ "claims": claims, "charge_cents": charge.0 }))
        })
        .collect();
    let findings: Vec<_> = run
        .findings
        .iter()
        .map(|(code, (number, first))| {
            json!({
                "code": code,
                "count": number,
                "severity": first.severity.word(),
                "first": crate::show_finding::to_json(first),
            })
        })
        .collect();
    json!({
        "adjudicated_before": run.was_finished,
        "claims": run.claims(),
        "states": states,
        "claims_done_before": run.claims_done_before,
        "claims_in_rejected_sets": run.claims_in_rejected_sets,
        "findings": findings,
        "carried_items": run.end.loss.total(),
        "files": run.files,
        "payments": payments_json(payments),
    })
}
