//! Payments held against the contract: what each line should have been allowed.

use super::posting::StoreReceivables;
use crate::error::OperationsError;
use crate::intake::read_kept;
use counterfoil_adjudicate::{NoContractPrice, Rates, Step, price_by_contract};
use counterfoil_base::{Cents, Explained, Finding, Position, Text};
use counterfoil_claim::{
    AdjustmentGroup, Claim, RemittanceAdvice, RemittanceClaim, RemittanceLine,
};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_ledger::AdjustmentClass;
use counterfoil_remit::PostingRules;
use counterfoil_store::Transaction;
use std::sync::Arc;

/// What payments are held against.
#[derive(Clone, Copy)]
pub struct ContractDesk<'a> {
    /// The contract's rates.
    pub rates: &'a Rates,
    /// Reads the claims as they were sent.
    pub engine: &'a Arc<CleanClaimEngine>,
}

/// A line for which the payer allowed less than the contract.
#[derive(Clone, Debug)]
pub struct UnderpaidLine {
    /// CLP01.
    pub claim: Text,
    /// 1-based line of the claim.
    pub line: u32,
    /// The contract.
    pub contract_id: Text,
    /// By the contract.
    pub expected_cents: Cents,
    /// By the 835.
    pub allowed_cents: Cents,
    /// Expected less allowed.
    pub difference_cents: Cents,
    /// How the expected amount came about, step by step.
    pub explained: Vec<Explained<Cents>>,
}

/// What holding an 835 against the contract found.
#[derive(Clone, Debug, Default)]
pub struct ContractCheck {
    /// Lines of which less was allowed than the contract says.
    pub underpaid: Vec<UnderpaidLine>,
    /// Lines that were held against the contract.
    pub lines: u64,
    /// Claims that could not be held against it, and why.
    pub findings: Vec<Finding>,
}

/// Holds every payment of an 835 against the contract, line by line.
///
/// The claim is read as it was sent, so that units, modifiers, place and day are those that
/// were billed. A line is judged by its allowed amount: AMT B6, else the charge less what the
/// payer took off by contract. Lines that are denied as a whole are no matter of rates.
pub fn check_contract(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    desk: &ContractDesk<'_>,
) -> Result<ContractCheck, OperationsError> {
    let receivables = StoreReceivables::new(transaction, advice);
    let mut check = ContractCheck::default();
    for answer in &advice.claims {
        let is_payment =
            matches!(answer.status_code.as_str(), "1" | "2" | "3" | "19" | "20" | "21");
        let rows = if is_payment { receivables.rows(answer)? } else { Vec::new() };
        let same = |charge: &Cents| *charge == answer.charge_cents;
        let Some(row) = rows.iter().rev().find(|row| same(&row.charge_cents)) else { continue };
        let sent = read_kept(row.claim_segments.expose(), desk.engine);
        match sent {
            Some((claim, _)) => check.claim(&claim, answer, desk.rates),
            None => {
                let cause = "The receivable was booked without its 837.";
                check.findings.push(not_judged(answer, cause));
            }
        }
    }
    receivables.finish()?;
    Ok(check)
}

impl ContractCheck {
    fn claim(&mut self, claim: &Claim, answer: &RemittanceClaim, rates: &Rates) {
        let price = match price_by_contract(rates, claim) {
            Ok(price) => price,
            Err(why) => return self.findings.push(not_judged(answer, cause_of(why))),
        };
        let rules = PostingRules::default();
        for (index, said) in answer.lines.iter().enumerate() {
            let Some(at) = billed_line(claim, said, index) else { continue };
            let Some(expected_cents) = price.allowed_cents.get(at).copied().flatten() else {
                let cause = "No term of the contract prices the line without a person.";
                self.findings.push(not_judged(answer, cause));
                continue;
            };
            let Some(allowed_cents) = allowed(said, &rules) else { continue };
            self.lines += 1;
            let difference = expected_cents.checked_sub(allowed_cents);
            let Some(difference_cents) = difference.filter(|one| *one > Cents::ZERO) else {
                continue;
            };
            let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
            let of_line = |step: &&Step| step.line.is_none_or(|one| one == line);
            self.underpaid.push(UnderpaidLine {
                claim: answer.patient_control_number.clone(),
                line,
                contract_id: price.contract_id.clone(),
                expected_cents,
                allowed_cents,
                difference_cents,
                explained: price.steps.iter().filter(of_line).map(Step::explain).collect(),
            });
        }
    }
}

/// The position of the billed line that a line of the 835 answers: by its control number (REF
/// 6R), else by its place.
fn billed_line(claim: &Claim, said: &RemittanceLine, index: usize) -> Option<usize> {
    let control = said.references.iter().find(|reference| reference.qualifier == "6R");
    let by_control = control.and_then(|reference| {
        let number = Some(reference.value.as_str());
        claim.lines.iter().position(|line| line.control_number() == number)
    });
    by_control.or_else(|| (index < claim.lines.len()).then_some(index))
}

/// What the payer allowed; nothing for a line that is denied as a whole, or cannot be added up.
fn allowed(line: &RemittanceLine, rules: &PostingRules) -> Option<Cents> {
    let mut contractual = Cents::ZERO;
    for adjustment in &line.adjustments {
        let class = rules.class_of(adjustment);
        let is_patient = adjustment.group == AdjustmentGroup::PatientResponsibility;
        if class == AdjustmentClass::Denied && adjustment.amount_cents == line.charge_cents {
            return None;
        }
        if !is_patient && matches!(class, AdjustmentClass::Contractual | AdjustmentClass::Denied) {
            contractual = contractual.checked_add(adjustment.amount_cents)?;
        }
    }
    let stated = line.amounts.iter().find(|amount| amount.qualifier == "B6");
    stated.map(|amount| amount.amount_cents).or_else(|| line.charge_cents.checked_sub(contractual))
}

fn cause_of(why: NoContractPrice) -> &'static str {
    match why {
        NoContractPrice::NoDay => "The claim has no day of service.",
        NoContractPrice::NoContract => "No contract of the rates names the billing provider.",
        NoContractPrice::SeveralContracts => {
            "The rates hold several contracts of the provider, and the member's plan is not known."
        }
    }
}

fn not_judged(answer: &RemittanceClaim, cause: &str) -> Finding {
    let message = "A payment cannot be held against the contract.";
    Finding::note("OPS-7-contract-not-judged", 7, message)
        .at(Position {
            segment: (answer.segment > 0).then_some(answer.segment),
            segment_id: "CLP".to_owned(),
            loop_path: "2000/2100".to_owned(),
            ..Position::default()
        })
        .because(cause)
        .fix(
            "Book claims with `claim check --book`, and name the folder with this provider's \
              rates.",
        )
}
