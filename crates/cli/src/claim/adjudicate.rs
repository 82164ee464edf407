//! `counterfoil claim adjudicate`: a claim file to decisions, answers and payments.

use super::pay::{pay, payments_json, say_payments};
use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::office::{Desk, OutFolder};
use crate::show_finding::count;
use crate::{Outcome, files, not_run, office};
use counterfoil_base::Severity;
use counterfoil_operations::PaymentSettings;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, FileRun, PaymentRequest, PaymentRun, Progress, RefusedClaim, adjudicate_file,
};
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
    files::expect_x12(file)?;
    let settings = office::payment_settings(&desk.rates)?;
    let loaded = Desk::load(desk, console)?;
    loaded.announce(console);
    loaded.rules.warn(console);
    office::expect_writable(out)?;
    let mut store = office::open_to_work(data, Side::Payer)?;
    let run = adjudicate(&mut store, &loaded, &settings, (file, out), console)?;
    let payments = match no_pay {
        true => PaymentRun::default(),
        false => {
            let request =
                PaymentRequest { settings: &settings, rates: &loaded.rates, on: loaded.on };
            pay(&mut store, request, out)?
        }
    };
    let missing = not_run::missing(&loaded.engine, &loaded.rules, &run.end.missing_tables);
    if json {
        let checks: Vec<String> = missing.iter().map(ToString::to_string).collect();
        console.print_json(&run_json(&run, &payments, (&checks, loaded.to_json())));
    } else {
        say_run(console, file, &run);
        say_payments(console, &payments, out);
    }
    if !run.was_finished {
        not_run::say(console, &missing);
    }
    let rejected = run.states.contains_key("rejected") || run.claims_in_rejected_sets > 0;
    let broken = run.findings.values().any(|(_, first)| first.is_error());
    let nothing = !run.was_finished && run.claims() + run.claims_done_before == 0;
    Ok(if rejected || broken || nothing || !payments.failed.is_empty() {
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
    let request =
        FileRequest { desk: desk.payer(), settings, name: &name, scan, rules_digest: &desk.digest };
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
        for name in &run.files {
            console.print(&format!("  wrote {name}, which an interrupted run left over"));
        }
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
    say_refused(console, run);
    let mut findings: Vec<_> = run.findings.iter().collect();
    findings.sort_by_key(|(code, (number, first))| {
        (std::cmp::Reverse(first.severity), std::cmp::Reverse(*number), (*code).clone())
    });
    let worth = |first: &counterfoil_base::Finding| first.severity != Severity::Note;
    for (code, (number, first)) in findings.into_iter().filter(|(_, (_, first))| worth(first)) {
        let message = crate::show_finding::sentence(&first.message);
        console.print(&format!("  {number:>6} x {} {message} ({code})", first.severity.word()));
        let place = crate::show_finding::place(first);
        if !place.is_empty() {
            console.print(&format!("           first: {place}"));
        }
        if !first.fix.is_empty() {
            console
                .print(&format!("           fix:   {}", crate::show_finding::sentence(&first.fix)));
        }
    }
    if run.end.loss.total() > 0 {
        let carried = count(run.end.loss.total(), "item");
        console.print(&format!("  {carried} carried along that no rule here reads"));
    }
    for name in &run.files {
        console.print(&format!("  wrote {name}"));
    }
}

/// Every refused claim with its reasons as the 277CA answers them.
fn say_refused(console: &mut Console<'_>, run: &FileRun) {
    for one in &run.refused {
        let (number, segment) = (&one.patient_control_number, one.segment);
        for (status, words) in &one.reasons {
            let words = words.trim_end_matches('.');
            console.print(&format!(
                "  refused: claim {number} (segment {segment}): {words} ({status})"
            ));
        }
    }
    let refused = run.states.get("rejected").map_or(0, |(claims, _)| *claims);
    let listed = run.refused.len() as u64;
    if refused > listed {
        console.print(&format!("  {} more refused claims are in the 277CA", refused - listed));
    }
}

fn refused_json(run: &FileRun) -> Vec<Value> {
    let reasons = |one: &RefusedClaim| -> Vec<Value> {
        let reasons = one.reasons.iter();
        reasons
            .map(|(status, message)| json!({ "claim_status": status, "message": message }))
            .collect()
    };
    let claim = |one: &RefusedClaim| {
        json!({
            "patient_control_number": one.patient_control_number.as_str(),
            "segment": one.segment,
            "reasons": reasons(one),
        })
    };
    run.refused.iter().map(claim).collect()
}

fn run_json(
    run: &FileRun,
    payments: &PaymentRun,
    (checks_not_run, loaded): (&[String], Value),
) -> Value {
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
        "refused": refused_json(run),
        "findings": findings,
        "carried_items": run.end.loss.total(),
        "files": run.files,
        "checks_not_run": checks_not_run,
        "loaded": loaded,
        "payments": payments_json(payments),
    })
}
