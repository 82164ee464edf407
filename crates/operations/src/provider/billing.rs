//! A claim that is sent becomes a receivable, once.

use crate::error::OperationsError;
use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::{Claim, FrequencyCode};
use counterfoil_ledger::ProviderEvent;
use counterfoil_store::{ReceivableRow, Transaction};

/// A claim as it is sent, with the payment that the check predicts.
#[derive(Clone, Copy, Debug)]
pub struct BilledClaim<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// Predicted CLP04, when rates and members were at hand.
    pub expected_cents: Option<Cents>,
    /// SHA-256 of the file that it goes out in, hex.
    pub file_digest: &'a str,
    /// Day on which it is sent.
    pub on: Date,
}

/// Records the receivable and books the charge; false when the control number was billed
/// before, which a correction under the same number is.
///
/// A claim that only takes an earlier one back (frequency 8) bills nothing. The claim that a
/// replacement or void names is marked as withdrawn: when the payer's reversal is posted, its
/// charge leaves the books.
pub fn bill_claim(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<bool, OperationsError> {
    let claim = billed.claim;
    if claim.frequency() != FrequencyCode::Original {
        withdraw(transaction, claim)?;
    }
    if claim.frequency() == FrequencyCode::Void {
        return Ok(false);
    }
    let row = ReceivableRow {
        patient_control_number: claim.patient_control_number.to_string(),
        payer_id: claim.payer.id.to_string(),
        billing_provider: claim.billing_provider.npi().unwrap_or("").to_owned(),
        billed_on: billed.on.to_string(),
        charge_cents: claim.charge_cents,
        expected_cents: billed.expected_cents,
        source_file: billed.file_digest.to_owned(),
        state: "billed".to_owned(),
        claim_control_number: String::new(),
        paid_cents: Cents::ZERO,
        adjusted_cents: Cents::ZERO,
        patient_cents: Cents::ZERO,
    };
    if !transaction.insert_receivable(&row)? {
        return Ok(false);
    }
    let event = ProviderEvent::ClaimBilled {
        payer: claim.payer.id.clone(),
        claim: Text::from(&row.patient_control_number),
        charge_cents: claim.charge_cents,
    };
    let entry = event.entry(&format!("bill/{}", row.patient_control_number), billed.on);
    if !entry.postings.is_empty() {
        transaction.post(&entry)?;
    }
    Ok(true)
}

/// State of a receivable that a correction takes back, until the payer has reversed it.
pub(super) const WITHDRAWN: &str = "withdrawn";
/// State of a receivable that is out of the books again.
pub(super) const TAKEN_BACK: &str = "taken back";

fn withdraw(transaction: &Transaction<'_>, claim: &Claim) -> Result<(), OperationsError> {
    let Some(number) = claim.payer_claim_control_number() else { return Ok(()) };
    let provider = claim.billing_provider.npi().unwrap_or("");
    for row in transaction.receivables_by_payer_number(number, provider)? {
        // A correction under the same control number answers the same receivable, which the
        // payer's reversal opens again.
        let same = claim.patient_control_number == row.patient_control_number;
        if row.state != TAKEN_BACK && !same {
            let state = WITHDRAWN.to_owned();
            transaction.update_receivable(&ReceivableRow { state, ..row })?;
        }
    }
    Ok(())
}

/// Takes a withdrawn claim's charge out of the books: the reverse of its billing.
pub(super) fn take_charge_back(
    transaction: &Transaction<'_>,
    patient_control_number: &str,
    on: Date,
) -> Result<(), OperationsError> {
    let Some(entry) = transaction.entry(&format!("bill/{patient_control_number}"))? else {
        return Ok(());
    };
    let key = format!("unbill/{patient_control_number}");
    transaction.post(&entry.reversal(&key, on, "withdrawn by a correction"))?;
    Ok(())
}
