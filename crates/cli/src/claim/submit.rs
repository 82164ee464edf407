//! `counterfoil claim submit`: a claim file goes out, without the claims that must be corrected.

use crate::console::Console;
use crate::error::CommandError;
use crate::show_finding::{count, print, sentence, to_json};
use crate::work::{OfficeFolders, ProviderOffice, WorkError, WorkErrorKind};
use crate::{Outcome, files, office};
use counterfoil_base::Date;
use counterfoil_operations::provider::{Dispatched, HeldClaim, HeldState, Submitted, held_claims};
use counterfoil_store::{Side, Store};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) fn run(
    (file, rules): (&Path, Option<PathBuf>),
    data: &Path,
    (on, json): (Date, bool),
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    files::expect_x12(file)?;
    let mut folders = OfficeFolders::of(data);
    if let Some(rules) = rules {
        files::expect_folder(&rules)?;
        folders.rules = rules;
    }
    let office = ProviderOffice::load(&folders, on).map_err(refused)?;
    office.said.lines().for_each(|line| console.say(line));
    let mut store = office::open_to_work(data, Side::Provider)?;
    let name = files::file_name(file);
    match office.send_awaited(&mut store, on) {
        Ok(0) => {}
        Ok(sent) => {
            console.say(&format!("{} went out that had waited for rules", count(sent, "claim")));
        }
        Err(busy) if busy.kind == WorkErrorKind::Busy => return Err(refused(busy)),
        // What waits from before keeps no other file from being sent.
        Err(error) => {
            let WorkError { what, next, .. } = error;
            console.say(&format!("claims that waited for rules did not go out: {what}; {next}"));
        }
    }
    let done = office.submit(&mut store, (file, &name), on).map_err(refused)?;
    let held = held_of(&mut store, &done)?;
    if json {
        console.print_json(&as_json(&done, &held));
    } else {
        say(console, (&name, data), &done, &held);
    }
    Ok(if held.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn refused(error: WorkError) -> CommandError {
    let hint = match error.kind {
        WorkErrorKind::Busy => "wait until the other run has ended; nothing was changed".to_owned(),
        _ => format!("nothing was sent; {}", error.next),
    };
    CommandError::operator(error.what, hint)
}

fn held_of(store: &mut Store, done: &Dispatched) -> Result<Vec<HeldClaim>, CommandError> {
    let mut held = store.transaction("held claims", held_claims)?;
    held.retain(|one| one.file_digest == done.digest && one.state == HeldState::Held);
    Ok(held)
}

fn say(
    console: &mut Console<'_>,
    (name, data): (&str, &Path),
    done: &Dispatched,
    held: &[HeldClaim],
) {
    if done.was_dispatched {
        console.print(&format!("{name} was submitted before; nothing was sent twice"));
    } else {
        console.print(&format!("{name}: {}", count(done.claims, "claim")));
        console.print(&format!("  sent      {:>8}", done.sent()));
        let alone = done.sent() - done.told();
        if alone > 0 {
            console.print(&format!(
                "  {} to payers that are no partners: the file lies in the outbox",
                count(alone, "claim")
            ));
        }
        if done.submitted.len() > 1 {
            let files = count(done.submitted.len() as u64, "file");
            console.print(&format!("  {files} written: each partner gets its own claims alone"));
        }
        if done.sent_before > 0 {
            console
                .print(&format!("  before    {:>8}  sent with an earlier file", done.sent_before));
        }
    }
    for finding in done.submitted.iter().flat_map(|file| &file.findings) {
        print(console, finding);
    }
    for one in held {
        for finding in &one.findings {
            let (number, what) = (&one.patient_control_number, sentence(&finding.message));
            console.print(&format!("  held: claim {number}: {what} ({})", finding.code));
            if !finding.fix.is_empty() {
                console.print(&format!("        fix: {}", sentence(&finding.fix)));
            }
        }
    }
    if !held.is_empty() {
        console.say(&format!(
            "{} held back; correct them and submit them again to {}",
            count(held.len() as u64, "claim"),
            data.display()
        ));
    }
}

fn as_json(done: &Dispatched, held: &[HeldClaim]) -> Value {
    let claim = |one: &HeldClaim| {
        let finding = |finding: &counterfoil_operations::provider::HeldFinding| {
            json!({
                "code": finding.code,
                "snip": finding.snip,
                "segment": finding.segment,
                "message": finding.message,
                "cause": finding.cause,
                "fix": finding.fix,
            })
        };
        json!({
            "patient_control_number": one.patient_control_number,
            "claim": one.ordinal,
            "charge_cents": one.charge_cents.0,
            "findings": one.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    };
    let file = |sent: &Submitted| {
        let Submitted { digest, claims, told, findings, .. } = sent;
        let findings: Vec<Value> = findings.iter().map(to_json).collect();
        json!({ "digest": digest, "claims": claims, "told": told, "findings": findings })
    };
    json!({
        "submitted_before": done.was_dispatched,
        "claims": done.claims,
        "sent": done.sent(),
        "told": done.told(),
        "sent_before": done.sent_before,
        "files": done.submitted.iter().map(file).collect::<Vec<_>>(),
        "held": held.iter().map(claim).collect::<Vec<_>>(),
    })
}
