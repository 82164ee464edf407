//! `counterfoil claim show`: one claim with its money and how every amount came about.

use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_claim::RemittanceClaim;
use counterfoil_operations::payer::adjustment_words;
use counterfoil_store::{ClaimRow, DecisionRow, Side, StoreError};
use serde_json::json;
use std::path::Path;

pub(crate) fn run(
    number: &str,
    data: &Path,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_existing(data, Side::Payer)?;
    let found = store.transaction("show a claim", |tx| {
        let mut rows: Vec<ClaimRow> = tx.claim(number)?.into_iter().collect();
        if rows.is_empty() {
            rows = tx.claims_by_patient_control_number(number)?;
        }
        let mut found = Vec::new();
        for row in rows {
            let decisions = tx.decisions(&row.claim_control_number)?;
            found.push((row, decisions));
        }
        Ok::<_, StoreError>(found)
    })?;
    if found.is_empty() {
        let message = format!("no claim has the number {number}");
        let hint = "give the payer's claim control number or the provider's CLM01";
        return Err(CommandError::operator(message, hint));
    }
    for (row, decisions) in &found {
        if json {
            console.print_json(&row_json(row, decisions));
        } else {
            show(console, row, decisions);
        }
    }
    Ok(Outcome::Done)
}

fn remittance(row: &ClaimRow) -> Option<RemittanceClaim> {
    let text = std::str::from_utf8(row.update.remittance_loop.expose()).ok()?;
    RemittanceClaim::from_stored(text)
}

/// Why the claim is where it is; and why it had waited, once a person has let it go on.
fn reasons<'r>(row: &'r ClaimRow, decisions: &[DecisionRow]) -> (&'r str, &'r str) {
    let reason = row.update.reason.as_str();
    match decisions.last() {
        Some(last) if last.verdict == "approve" => ("", reason),
        _ => (reason, ""),
    }
}

fn row_json(row: &ClaimRow, decisions: &[DecisionRow]) -> serde_json::Value {
    let update = &row.update;
    let (reason, history) = reasons(row, decisions);
    let explanation: Vec<&str> = update.explanation.expose().lines().collect();
    let decisions: Vec<_> = decisions
        .iter()
        .map(|one| {
            json!({
                "on": one.decided_on, "by": one.decided_by, "verdict": one.verdict,
                "reason": one.reason,
            })
        })
        .collect();
    json!({
        "claim_control_number": row.claim_control_number,
        "patient_control_number": row.patient_control_number,
        "state": update.state.word(),
        "reason": reason,
        "waited_for": history,
        "received_on": row.received_on,
        "service_from": row.service_from,
        "service_to": row.service_to,
        "charge_cents": row.charge_cents.0,
        "allowed_cents": update.allowed_cents.0,
        "paid_cents": update.paid_cents.0,
        "patient_cents": update.patient_cents.0,
        "withhold_cents": update.withhold_cents.0,
        "interest_cents": update.interest_cents.0,
        "replaces": row.replaces,
        "payment_trace": update.payment_trace,
        "explanation": explanation,
        "decisions": decisions,
    })
}

fn show(console: &mut Console<'_>, row: &ClaimRow, decisions: &[DecisionRow]) {
    let update = &row.update;
    console.print(&format!(
        "claim {} (provider's number {}): {}",
        row.claim_control_number,
        row.patient_control_number,
        update.state.word()
    ));
    let (reason, history) = reasons(row, decisions);
    if !reason.is_empty() {
        console.print(&format!("  because {reason}"));
    }
    console.print(&format!(
        "  received {}, services {} to {}",
        row.received_on, row.service_from, row.service_to
    ));
    console.print(&format!(
        "  charge {}, allowed {}, paid {}, patient {}, withheld {}, interest {}",
        row.charge_cents,
        update.allowed_cents,
        update.paid_cents,
        update.patient_cents,
        update.withhold_cents,
        update.interest_cents
    ));
    if !update.payment_trace.is_empty() {
        console.print(&format!("  reported by payment {}", update.payment_trace));
    }
    for (number, line) in (1..).zip(remittance(row).map(|claim| claim.lines).unwrap_or_default()) {
        let reductions: Vec<String> = line.adjustments.iter().map(adjustment_words).collect();
        console.print(&format!(
            "  line {number} {}: charge {}, paid {}; {}",
            line.procedure.code,
            line.charge_cents,
            line.paid_cents,
            reductions.join(", ")
        ));
    }
    if !history.is_empty() {
        console.print(&format!("  had waited for a person: {history}"));
    }
    for one in decisions {
        let (on, by, verdict) = (&one.decided_on, &one.decided_by, &one.verdict);
        console.print(&format!("  {on} {by}: {verdict}, {}", one.reason));
    }
    console.print("  how every amount came about:");
    for step in update.explanation.expose().lines() {
        console.print(&format!("    {}", step.replace('\t', "  ")));
    }
}
