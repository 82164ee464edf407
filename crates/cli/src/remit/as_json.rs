//! What `remit post` did, as one JSON object.

use super::{Posted, unexplained_sums};
use crate::show_finding::FileFinding;
use counterfoil_operations::provider::UnderpaidLine;
use serde_json::{Value, json};

pub(super) fn posted_json(posted: &Posted) -> Value {
    let findings: Vec<_> = posted.findings.iter().map(FileFinding::to_json).collect();
    let variances: Vec<_> = posted
        .variances
        .iter()
        .map(|one| {
            json!({
                "claim": one.claim.as_str(),
                "line": one.line.as_ref().map(|line| line.as_str()),
                "expected_cents": one.expected_cents.0,
                "paid_cents": one.paid_cents.0,
                "underpaid_cents": one.underpaid_cents().0,
            })
        })
        .collect();
    let underpaid: Vec<_> = posted.underpaid.iter().map(underpaid_json).collect();
    let report = &posted.report;
    let [(_, unidentified), (_, disputed)] = unexplained_sums(posted);
    let wide = |sum: i128| i64::try_from(sum).ok();
    let outcomes: serde_json::Map<String, Value> = report
        .outcomes
        .iter()
        .map(|(cause, (number, remit, bank))| {
            let row = json!({
                "count": number, "announced_cents": wide(*remit), "bank_cents": wide(*bank),
            });
            (cause.word().replace(' ', "_"), row)
        })
        .collect();
    json!({
        "remittances": posted.remittances,
        "already_posted": posted.already_posted,
        "claims": posted.claims,
        "new_bank_entries": posted.new_bank_entries,
        "known_bank_entries": posted.known_bank_entries,
        "billed_cents": wide(report.billed_cents),
        "paid_cents": wide(report.paid_cents),
        "adjusted_cents": wide(report.adjusted_cents),
        "contractual_cents": wide(report.contractual_cents),
        "withheld_cents": wide(report.withheld_cents),
        "denied_cents": wide(report.denied_cents),
        "other_adjusted_cents": wide(report.other_adjusted_cents),
        "patient_cents": wide(report.patient_cents),
        "open_cents": wide(report.open_cents),
        "bank_cents": wide(report.bank_cents),
        "bank_repeated_cents": wide(report.repeated_cents),
        "cash_cents": wide(report.ledger_cash_cents),
        "outcomes": outcomes,
        "leftover_cents": wide(report.leftover_cents()),
        "unidentified_payments_cents": wide(unidentified),
        "disputed_take_back_cents": wide(disputed),
        "variances": variances,
        "contract_lines": posted.contract_lines,
        "underpaid": underpaid,
        "findings": findings,
    })
}

fn underpaid_json(one: &UnderpaidLine) -> Value {
    let explained: Vec<_> = one
        .explained
        .iter()
        .map(|step| {
            json!({
                "rule": step.rule.id,
                "version": step.rule.version,
                "citation": step.rule.citation,
                "formula": step.formula,
            })
        })
        .collect();
    json!({
        "claim": one.claim.as_str(),
        "line": one.line,
        "contract": one.contract_id.as_str(),
        "expected_allowed_cents": one.expected_cents.0,
        "allowed_cents": one.allowed_cents.0,
        "paid_cents": one.paid_cents.0,
        "patient_cents": one.patient_cents.0,
        "other_payers_cents": one.other_payers_cents.0,
        "withheld_cents": one.withheld_cents[0].0,
        "contract_withhold_cents": one.withheld_cents[1].0,
        "underpaid_cents": one.difference_cents.0,
        "explanation": explained,
    })
}
