//! A checked claim as people and machines read it.

use super::{CheckTotals, CheckedClaim};
use crate::console::Console;
use crate::show_finding::{count, print, print_again, to_json};
use counterfoil_adjudicate::{Decision, DecisionState};
use counterfoil_base::Finding;
use counterfoil_operations::intake::is_of_level_above;
use counterfoil_operations::payer::{adjustment_words, reason_words};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn claim_json(checked: &CheckedClaim) -> Value {
    let claim = &checked.claim;
    let findings: Vec<_> = checked.findings.iter().map(to_json).collect();
    json!({
        "patient_control_number": claim.patient_control_number.as_str(),
        "segment": claim.source.segment,
        "charge_cents": claim.charge_cents.0,
        "ready": !checked.is_held,
        "standing": checked.standing().word(),
        "findings": findings,
        "prediction": checked.decision.as_ref().map(decision_json),
    })
}

/// A decision with its lines, reductions and explanation.
pub(crate) fn decision_json(decision: &Decision) -> Value {
    let lines: Vec<_> = decision
        .lines
        .iter()
        .map(|line| {
            let reductions: Vec<_> = line
                .adjustments
                .iter()
                .map(|one| {
                    json!({
                        "group": one.group.code(),
                        "reason": one.reason.as_str(),
                        "amount_cents": one.amount_cents.0,
                    })
                })
                .collect();
            json!({
                "line": line.line,
                "charge_cents": line.charge_cents.0,
                "allowed_cents": line.allowed_cents.0,
                "paid_cents": line.paid_cents.0,
                "patient_cents": line.patient.total().0,
                "reductions": reductions,
            })
        })
        .collect();
    let explained: Vec<_> = decision
        .trace
        .iter()
        .map(|step| {
            let explained = step.explain();
            json!({
                "line": step.line,
                "rule": explained.rule.id,
                "version": explained.rule.version,
                "citation": explained.rule.citation,
                "formula": explained.formula,
            })
        })
        .collect();
    json!({
        "state": decision.state.claim_state().word(),
        "reasons": decision.reasons.iter().map(|one| one.message.clone()).collect::<Vec<_>>(),
        "allowed_cents": decision.allowed_cents.0,
        "paid_cents": decision.paid_cents.0,
        "patient_cents": decision.patient.total().0,
        "withhold_cents": decision.withhold_cents.0,
        "lines": lines,
        "explanation": explained,
    })
}

pub(super) fn claim(console: &mut Console<'_>, checked: &CheckedClaim, levels: &mut LevelErrors) {
    let claim = &checked.claim;
    let head = format!(
        "claim {} (segment {}, charge {})",
        claim.patient_control_number, claim.source.segment, claim.charge_cents
    );
    match &checked.decision {
        _ if checked.is_held => console.print(&format!("{head}: correct before sending")),
        Some(decision) => {
            console.print(&format!("{head}: {}", decision_words(decision)));
            for line in &decision.lines {
                let reductions: Vec<String> =
                    line.adjustments.iter().map(adjustment_words).collect();
                console.print(&format!(
                    "    line {}: charge {}, allowed {}, paid {}, patient {}; {}",
                    line.line,
                    line.charge_cents,
                    line.allowed_cents,
                    line.paid_cents,
                    line.patient.total(),
                    reductions.join(", ")
                ));
            }
        }
        None => console.print(&format!("{head}: ready")),
    }
    for finding in checked.findings.iter().filter(|one| checked.is_held || one.is_error()) {
        levels.print(console, finding);
    }
}

/// Errors on the levels above claims kept at most.
const LEVEL_ERRORS_MAX: usize = 1_000;

/// Errors on the levels above claims: told in full with the first claim below the level, in a
/// line with the others, and at the end when no claim came.
#[derive(Default)]
pub(super) struct LevelErrors {
    waiting: Vec<Finding>,
    told: BTreeSet<(u64, u32, String)>,
}

impl LevelErrors {
    /// Keeps an error until a claim below its level comes; false when it is none of a level.
    pub(super) fn keep(&mut self, finding: &Finding) -> bool {
        let is_kept = level_key(finding).is_some() && self.waiting.len() < LEVEL_ERRORS_MAX;
        if is_kept {
            self.waiting.push(finding.clone());
        }
        is_kept
    }

    fn print(&mut self, console: &mut Console<'_>, finding: &Finding) {
        let Some(key) = level_key(finding) else { return print(console, finding) };
        if self.told.contains(&key) {
            print_again(console, finding);
            return;
        }
        self.waiting.retain(|one| level_key(one).as_ref() != Some(&key));
        // Claims to come stand below the newest levels.
        if self.told.len() >= LEVEL_ERRORS_MAX {
            self.told.pop_first();
        }
        self.told.insert(key);
        print(console, finding);
    }

    /// What no claim has told.
    pub(super) fn finish(self, console: &mut Console<'_>) {
        for finding in &self.waiting {
            print(console, finding);
        }
    }
}

/// What tells errors of levels apart; nothing for those of claims.
fn level_key(finding: &Finding) -> Option<(u64, u32, String)> {
    let position = &finding.position;
    let is_of_level = is_of_level_above(finding) && finding.is_error();
    let segment = position.segment.filter(|_| is_of_level)?;
    Some((segment, position.element, finding.code.to_string()))
}

/// What the payer would do, in words.
fn decision_words(decision: &Decision) -> String {
    let reasons = reason_words(decision);
    match decision.state {
        DecisionState::Approved => format!(
            "ready; predicted: allowed {}, paid {}, patient {}",
            decision.allowed_cents,
            decision.paid_cents,
            decision.patient.total()
        ),
        DecisionState::Denied => format!("ready, but will be denied: {reasons}"),
        DecisionState::Pended => format!("ready, but will wait for a person: {reasons}"),
        DecisionState::Rejected => format!("would come back: {reasons}"),
        DecisionState::Voided => "takes the earlier claim back".to_owned(),
    }
}

/// What the check came to, in one sentence.
pub(super) fn sentence(totals: &CheckTotals, predicts: bool) -> String {
    let mut held = match totals.held {
        0 => "none to correct".to_owned(),
        held => format!("{held} to correct before sending ({} charged)", totals.held_cents),
    };
    if totals.in_rejected_sets > 0 {
        let lost = count(totals.in_rejected_sets, "claim");
        held.push_str(&format!("; besides, {lost} in transaction sets that would come back whole"));
    }
    let claims = count(totals.claims, "claim");
    if !predicts {
        let ready = totals.clean;
        return format!(
            "{claims}: {ready} ready, {held}; what will be paid was not predicted (give --rates \
             and --members)"
        );
    }
    format!(
        "{claims}: {} ready (predicted payment {}), {} ready but will be denied, {} ready but will \
         wait for a person, {held}",
        totals.ready(),
        totals.predicted_cents,
        totals.denied,
        totals.pended,
    )
}

/// The last line of a check for machines: sums, checks that did not run, and what was loaded.
pub(super) fn totals_json(
    totals: &CheckTotals,
    (checks_not_run, desk): (&[String], Option<Value>),
) -> Value {
    json!({
        "total": true,
        "claims": totals.claims,
        "claims_ready": totals.ready(),
        "claims_ready_but_denied": totals.denied,
        "claims_ready_but_waiting": totals.pended,
        "claims_held": totals.held,
        "claims_in_rejected_sets": totals.in_rejected_sets,
        "held_cents": totals.held_cents.0,
        "predicted_cents": totals.predicted_cents.0,
        "errors": totals.errors,
        "checks_not_run": checks_not_run,
        "loaded": desk,
    })
}
