//! `counterfoil claim pended` and `claim decide`: what a named person must look at.

use super::check::decision_json;
use crate::arguments::{DeskOptions, VerdictWord};
use crate::console::Console;
use crate::error::CommandError;
use crate::office::Desk;
use crate::show_finding::count;
use crate::{Outcome, office};
use counterfoil_base::{Cents, Text};
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{DecideRequest, PersonVerdict, decide_pended};
use counterfoil_store::{Side, StoreError};
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet};
use serde_json::json;
use std::path::Path;

pub(crate) fn pended(
    data: &Path,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_existing(data, Side::Payer)?;
    let mut rows = store.transaction("list pended claims", |tx| tx.pended_claims())?;
    // The most money first: that is what waits.
    rows.sort_by_key(|row| std::cmp::Reverse(row.charge_cents));
    let mut waiting = Cents::ZERO;
    for row in &rows {
        waiting += row.charge_cents;
        if json {
            console.print_json(&json!({
                "claim_control_number": row.claim_control_number,
                "patient_control_number": row.patient_control_number,
                "received_on": row.received_on,
                "charge_cents": row.charge_cents.0,
                "tentative_paid_cents": row.update.paid_cents.0,
                "reason": row.update.reason,
            }));
        } else {
            console.print(&format!(
                "{}  received {}  charge {:>12}  would pay {:>12}  {}",
                row.claim_control_number,
                row.received_on,
                row.charge_cents.to_string(),
                row.update.paid_cents.to_string(),
                row.update.reason
            ));
        }
        console.still_read()?;
    }
    console.say(&format!("{} for a person, {waiting} charged", waits(rows.len() as u64)));
    Ok(Outcome::Done)
}

fn waits(claims: u64) -> String {
    let verb = if claims == 1 { "waits" } else { "wait" };
    format!("{} {verb}", count(claims, "claim"))
}

/// A denial goes to the provider under its codes, so that they must exist.
fn known_codes(words: &Words<'_>, desk: &Desk) -> Result<(), CommandError> {
    if matches!(words.verdict, VerdictWord::Approve) && words.codes != ("", "") {
        let message = "--carc and --rarc say why a claim is denied, and the verdict is approve";
        let hint = "leave the codes out, or say --verdict deny; nothing was changed";
        return Err(CommandError::usage(message, hint));
    }
    let tables = desk.engine.tables();
    for (set, name, code) in
        [(CodeSet::Carc, "--carc", words.codes.0), (CodeSet::Rarc, "--rarc", words.codes.1)]
    {
        let answer = tables.lookup(set, code, Some(desk.on));
        if !code.is_empty() && !matches!(answer, CodeAnswer::Valid | CodeAnswer::NoTable) {
            let message = format!("{name} {code} is no code in force on {}", desk.on);
            return Err(CommandError::usage(message, "nothing was changed; look the code up"));
        }
    }
    Ok(())
}

/// What the person typed.
pub(crate) struct Words<'a> {
    pub(crate) verdict: VerdictWord,
    pub(crate) by: &'a str,
    pub(crate) reason: &'a str,
    /// CARC and RARC of a denial.
    pub(crate) codes: (&'a str, &'a str),
}

pub(crate) fn run(
    number: &str,
    (data, desk): (&Path, &DeskOptions),
    words: &Words<'_>,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    office::expect_not_restored(data)?;
    let mut store = office::open_existing(data, Side::Payer)?;
    let desk = Desk::load(desk, console)?;
    known_codes(words, &desk)?;
    let verdict = match words.verdict {
        VerdictWord::Approve => PersonVerdict::Approve,
        VerdictWord::Deny => PersonVerdict::Deny {
            reason_code: Text::from(words.codes.0),
            remark_code: Text::from(words.codes.1),
        },
    };
    let request = DecideRequest {
        claim_control_number: number,
        person: words.by,
        verdict,
        reason: words.reason,
    };
    let decided: Result<_, OperationsError> =
        decide_pended(&mut store, desk.payer(), &request, |_| Ok(()));
    let decision = decided.map_err(|error| match error {
        // A run is at work: nothing was begun.
        OperationsError::Store(busy @ StoreError::Busy) => busy.into(),
        other => CommandError::from(other),
    })?;
    if json {
        console.print_json(&decision_json(&decision));
    } else {
        console.print(&format!(
            "claim {number} is {} by {}: allowed {}, paid {}, patient {}",
            decision.state.claim_state().word(),
            words.by.trim(),
            decision.allowed_cents,
            decision.paid_cents,
            decision.patient.total(),
        ));
        console.say("it goes into the next payment run (`counterfoil claim pay`)");
    }
    Ok(Outcome::Done)
}
