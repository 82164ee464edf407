//! Taking an earlier claim back, when a replacement or void of it stands.

use super::adjudication::{Adjudication, stored};
use super::history::note_taken_back;
use super::judging::Prior;
use super::telling;
use crate::error::OperationsError;
use counterfoil_base::{Date, Phi};
use counterfoil_claim::{Claim, ClaimState, FrequencyCode, RemittanceClaim};
use counterfoil_store::{ClaimRow, ClaimUpdate, DueAdjustment, DueLoop, StoreError, Transaction};

impl Adjudication<'_> {
    /// Takes an earlier claim back: its approval is reversed in the books, and when an 835 has
    /// reported it, the next one reports the reversal.
    pub(super) fn take_back(
        &mut self,
        transaction: &Transaction<'_>,
        (claim, by): (&Claim, &str),
        prior: Prior,
    ) -> Result<(), OperationsError> {
        let row = prior.row;
        let number = row.claim_control_number.as_str();
        let day = self.desk.received_on;
        if let Some(entry) = transaction.entry(&format!("approve/{number}"))? {
            let reason = match claim.frequency() {
                FrequencyCode::Void => "voided by the provider (frequency 8)",
                _ => "replaced by the provider (frequency 7)",
            };
            transaction.post(&entry.reversal(&format!("take-back/{number}"), day, reason))?;
        }
        if !row.update.payment_trace.is_empty() {
            let text = std::str::from_utf8(row.update.remittance_loop.expose())
                .map_err(|_| OperationsError::Unreadable("a stored remittance"))?;
            let earlier = RemittanceClaim::from_stored(text)
                .ok_or(OperationsError::Unreadable("a stored remittance"))?;
            let reversal = earlier.reversal();
            let due = DueLoop {
                due_key: format!("reversal/{number}"),
                claim_control_number: number.to_owned(),
                paid_cents: reversal.paid_cents,
                charge_cents: reversal.charge_cents,
                remittance_loop: Phi::new(stored(&reversal)?),
                due_on: day.to_string(),
            };
            transaction.add_due_loop(&row.payee_key, &due)?;
            take_back_interest(transaction, &row, day)?;
        } else {
            let reason = match claim.frequency() {
                FrequencyCode::Void => "voided by the provider",
                _ => "replaced by the provider",
            };
            telling::taken_back(transaction, &mut self.dues, &row, reason)?;
        }
        let (state, how) = match claim.frequency() {
            FrequencyCode::Void => (ClaimState::Voided, "voided"),
            _ => (ClaimState::Reversed, "replaced"),
        };
        let mut explanation = row.update.explanation.expose().clone();
        note_taken_back(&mut explanation, &format!("{how} by claim {by} on {day}"));
        let explanation = Phi::new(explanation);
        transaction.update_claim(number, &ClaimUpdate { state, explanation, ..row.update })?;
        Ok(())
    }
}

/// Interest was owed on what is taken back, so the next 835 takes it back beside the reversal:
/// PLB L6, positive since it lowers BPR02 (005010X221A1, PLB03-1 and 1.10.2.9).
fn take_back_interest(
    transaction: &Transaction<'_>,
    row: &ClaimRow,
    day: Date,
) -> Result<(), StoreError> {
    if row.update.interest_cents.is_zero() {
        return Ok(());
    }
    let number = &row.claim_control_number;
    let due = DueAdjustment {
        due_key: format!("interest/{number}"),
        reason: "L6".to_owned(),
        reference: number.clone(),
        amount_cents: row.update.interest_cents,
        due_on: day.to_string(),
    };
    transaction.add_due_adjustment(&row.payee_key, &due).map(drop)
}
