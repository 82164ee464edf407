//! An 835 is posted to the receivables, once, and waits for its money in the bank.

use super::billing::{TAKEN_BACK, WITHDRAWN, take_charge_back};
use crate::error::OperationsError;
use counterfoil_base::{Cents, Date, Finding};
use counterfoil_claim::{RemittanceAdvice, RemittanceClaim};
use counterfoil_ledger::AdjustmentClass;
use counterfoil_remit::{
    ClaimDisposition, ExpectedClaim, ExpectedPayment, PostedClaim, PostingRules, ReceivableClaim,
    Receivables, RemittancePosting, post_remittance,
};
use counterfoil_store::{ReceivableRow, RemittanceRow, StoreError, Transaction};
use std::cell::RefCell;

/// What posting one 835 did.
#[derive(Clone, Debug)]
pub struct PostedRemittance {
    /// Entries, claims, findings and variances.
    pub posting: RemittancePosting,
    /// The payer whose receivables it answers.
    pub payer_id: String,
}

/// Posts one 835 on a day: every claim and every cent, or nothing when it does not balance or
/// was posted before.
///
/// The contract's expected payment is the one that was predicted when the claim was sent.
pub fn post_advice(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    file_digest: &str,
    on: Date,
) -> Result<PostedRemittance, OperationsError> {
    let payer_id = payer_of(transaction, advice)?;
    let receivables = StoreReceivables { transaction, error: RefCell::new(None) };
    let expected = |claim: &RemittanceClaim| receivables.expected(claim);
    let rules = PostingRules::default();
    let day = (payer_id.as_str(), on);
    let mut posting = post_remittance(advice, day, &receivables, &rules, &expected);
    receivables.finish()?;
    for entry in &posting.entries {
        transaction.post(entry)?;
    }
    for (claim, posted) in advice.claims.iter().zip(&posting.claims) {
        answer_receivable(transaction, claim, posted, on)?;
    }
    let refused = posting.findings.iter().any(counterfoil_base::Finding::is_error);
    if posting.already_posted {
        say_if_trace_is_reused(transaction, advice, &payer_id, &mut posting)?;
    }
    if !refused && !posting.already_posted {
        let awaited = ExpectedPayment::of(advice, &payer_id);
        transaction.insert_remittance(&awaited_row(advice, &awaited, file_digest))?;
    }
    Ok(PostedRemittance { posting, payer_id })
}

/// The same 835 again is nothing new; another one under a known trace number is a payment that
/// nobody would see.
fn say_if_trace_is_reused(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    payer_id: &str,
    posting: &mut RemittancePosting,
) -> Result<(), OperationsError> {
    let new = ExpectedPayment::of(advice, payer_id);
    let is_known = |row: &RemittanceRow| {
        row.trace_number == new.trace_number.as_str()
            && row.payer_identifier == new.payer_identifier.as_str()
            && row.payee_key == advice.payee.id.as_str()
    };
    let known = transaction.remittances()?.into_iter().find(is_known);
    let is_copy = |row: &RemittanceRow| {
        row.fingerprint == new.fingerprint && row.amount_cents == new.amount_cents
    };
    if known.is_some_and(|row| !is_copy(&row)) {
        let trace = &new.trace_number;
        let message = format!("Trace number {trace} was used before for another payment.");
        posting.findings.push(
            Finding::error("OPS-7-trace-reused", 7, message)
                .because("A trace number names one payment of a payer for good (CORE 370).")
                .fix("Ask the payer for the 835 under a trace of its own; nothing was posted."),
        );
    }
    Ok(())
}

/// The payer of the first claim that these books know; else the identifier in the 835.
fn payer_of(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
) -> Result<String, OperationsError> {
    for claim in &advice.claims {
        if let Some(row) = transaction.receivable(&claim.patient_control_number)? {
            return Ok(row.payer_id);
        }
    }
    let own = if advice.payer.id.is_empty() {
        &advice.payment.payer_identifier
    } else {
        &advice.payer.id
    };
    Ok(own.to_string())
}

fn awaited_row(
    advice: &RemittanceAdvice,
    awaited: &ExpectedPayment,
    file_digest: &str,
) -> RemittanceRow {
    RemittanceRow {
        trace_number: awaited.trace_number.to_string(),
        payer_identifier: awaited.payer_identifier.to_string(),
        payee_key: advice.payee.id.to_string(),
        payer_id: awaited.payer.to_string(),
        payer_name: awaited.payer_name.to_string(),
        fingerprint: awaited.fingerprint,
        amount_cents: awaited.amount_cents,
        claims: advice.claims.len() as u64,
        effective_on: awaited.effective_date.map_or_else(String::new, |day| day.to_string()),
        method: advice.payment.method.to_string(),
        file_digest: file_digest.to_owned(),
        match_outcome: "open".to_owned(),
        matched_cents: Cents::ZERO,
        settled_trace: String::new(),
    }
}

/// Moves the receivable of a claim that was posted or reversed.
fn answer_receivable(
    transaction: &Transaction<'_>,
    claim: &RemittanceClaim,
    posted: &PostedClaim,
    on: Date,
) -> Result<(), OperationsError> {
    use ClaimDisposition::{Posted, Reversed};
    if !matches!(posted.disposition, Posted | Reversed) {
        return Ok(());
    }
    let Some(row) = transaction.receivable(&claim.patient_control_number)? else {
        return Ok(());
    };
    let is_patient = |class| class == AdjustmentClass::PatientResponsibility;
    let sum = |patient: bool| -> Cents {
        let of_kind = posted.adjustments.iter().filter(|(c, _)| is_patient(*c) == patient);
        of_kind.map(|(_, cents)| *cents).sum()
    };
    let (patient, adjusted) = (sum(true), sum(false));
    let is_settled = posted.disposition == Reversed && row.state == WITHDRAWN;
    if is_settled {
        take_charge_back(transaction, &claim.patient_control_number, on)?;
    }
    let state = match posted.disposition {
        Reversed if is_settled => TAKEN_BACK,
        Reversed => "reversed",
        _ if claim.paid_cents > Cents::ZERO => "paid",
        _ if patient > Cents::ZERO => "patient owes",
        _ => "denied",
    };
    transaction.update_receivable(&ReceivableRow {
        state: state.to_owned(),
        claim_control_number: claim.payer_claim_control_number.to_string(),
        paid_cents: row.paid_cents + claim.paid_cents,
        adjusted_cents: row.adjusted_cents + adjusted,
        patient_cents: row.patient_cents + patient,
        ..row
    })?;
    Ok(())
}

/// The receivables ledger as posting asks for it; a database error is kept for the end.
struct StoreReceivables<'t, 'c> {
    transaction: &'t Transaction<'c>,
    error: RefCell<Option<StoreError>>,
}

impl StoreReceivables<'_, '_> {
    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        answer.map_err(|error| self.error.borrow_mut().get_or_insert(error).to_string()).ok()
    }

    fn finish(self) -> Result<(), StoreError> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    /// Only a first answer is held against the prediction: a correction has its own.
    fn expected(&self, claim: &RemittanceClaim) -> Option<ExpectedClaim> {
        let row = self.ask(self.transaction.receivable(&claim.patient_control_number))??;
        let paid_cents = row.expected_cents?;
        Some(ExpectedClaim { paid_cents, lines: Vec::new() })
    }
}

impl Receivables for StoreReceivables<'_, '_> {
    fn claim(&self, payer: &str, patient_control_number: &str) -> Option<ReceivableClaim> {
        let row = self.ask(self.transaction.receivable(patient_control_number))??;
        let answered = row.paid_cents + row.adjusted_cents + row.patient_cents;
        (row.payer_id == payer).then_some(ReceivableClaim {
            charge_cents: row.charge_cents,
            open_cents: row.charge_cents - answered,
            paid_cents: row.paid_cents,
        })
    }

    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents {
        use counterfoil_ledger::{AccountKind, Subject};
        let account = AccountKind::TakeBackPayable.of(payer).to_string();
        let subject = Subject::reference(reference).to_string();
        let balance = self.ask(self.transaction.subject_balance(&account, &subject));
        -balance.unwrap_or(Cents::ZERO)
    }

    fn is_posted(&self, key: &str) -> bool {
        self.ask(self.transaction.is_booked(key)).unwrap_or(false)
    }
}
