//! `counterfoil claim submit`: a claim file goes out, without the claims that must be corrected.

use crate::console::Console;
use crate::error::CommandError;
use crate::show_finding::{count, sentence};
use crate::work::{OfficeFolders, ProviderOffice, WorkError, WorkErrorKind};
use crate::{Outcome, files, office};
use counterfoil_base::Date;
use counterfoil_operations::provider::{Dispatched, HeldClaim, HeldState, held_claims};
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
    let mut store = office::open(data, Side::Provider)?;
    let name = files::file_name(file);
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
        let sent = done.submitted.as_ref();
        let went = sent.map_or(0, |sent| sent.claims);
        console.print(&format!("  sent      {went:>8}"));
        if let Some(sent) = sent.filter(|sent| sent.told < sent.claims) {
            let alone = sent.claims - sent.told;
            console.print(&format!(
                "  {} to a payer that is no partner: the file lies in the outbox",
                count(alone, "claim")
            ));
        }
        if done.sent_before > 0 {
            console
                .print(&format!("  before    {:>8}  sent with an earlier file", done.sent_before));
        }
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
    let sent = done.submitted.as_ref();
    json!({
        "submitted_before": done.was_dispatched,
        "claims": done.claims,
        "sent": sent.map_or(0, |sent| sent.claims),
        "told": sent.map_or(0, |sent| sent.told),
        "sent_before": done.sent_before,
        "file_digest": sent.map(|sent| sent.digest.clone()),
        "held": held.iter().map(claim).collect::<Vec<_>>(),
    })
}
