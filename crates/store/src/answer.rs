//! What 835s said: every answer to a claim, and provider-level take-backs in dispute.

use crate::connection::Transaction;
use crate::error::StoreError;
use counterfoil_base::Cents;

/// What one 835 said of one claim. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct AnswerRow {
    pub trace_number: String,
    pub payer_identifier: String,
    pub payee_key: String,
    pub position: i64,
    pub billing_provider: String,
    pub patient_control_number: String,
    pub payer_id: String,
    pub claim_control_number: String,
    pub status_code: String,
    pub frequency: String,
    pub effective_on: String,
    pub posted_on: String,
    pub charge_cents: Cents,
    pub paid_cents: Cents,
    pub contractual_cents: Cents,
    pub patient_cents: Cents,
    pub denied_cents: Cents,
    pub withheld_cents: Cents,
    pub other_cents: Cents,
    pub disposition: String,
    pub entry_key: String,
    /// True when the record says that it was posted.
    pub is_said: bool,
}

/// A provider-level take-back that nothing explains yet. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct DisputedRow {
    pub entry_key: String,
    pub payer_id: String,
    pub payee_key: String,
    pub trace_number: String,
    pub reason: String,
    pub reference: String,
    pub amount_cents: Cents,
}

impl Transaction<'_> {
    /// Records what an 835 said of a claim.
    pub fn insert_answer(&self, row: &AnswerRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/answer_insert.sql"),
            &[
                &row.trace_number,
                &row.payer_identifier,
                &row.payee_key,
                &row.position,
                &row.billing_provider,
                &row.patient_control_number,
                &row.payer_id,
                &row.claim_control_number,
                &row.status_code,
                &row.frequency,
                &row.effective_on,
                &row.posted_on,
                &row.charge_cents.0,
                &row.paid_cents.0,
                &row.contractual_cents.0,
                &row.patient_cents.0,
                &row.denied_cents.0,
                &row.withheld_cents.0,
                &row.other_cents.0,
                &row.disposition,
                &row.entry_key,
            ],
        )?;
        Ok(())
    }

    /// Every answer to a claim by the day of payment, which is the same order whatever came
    /// first.
    pub fn answers(
        &self,
        billing_provider: &str,
        patient_control_number: &str,
    ) -> Result<Vec<AnswerRow>, StoreError> {
        let select = include_str!("../sql/queries/answer_account.sql");
        self.rows(select, &[&billing_provider, &patient_control_number], |row| {
            Ok(AnswerRow {
                trace_number: row.get(0)?,
                payer_identifier: row.get(1)?,
                payee_key: row.get(2)?,
                position: row.get(3)?,
                billing_provider: row.get(4)?,
                patient_control_number: row.get(5)?,
                payer_id: row.get(6)?,
                claim_control_number: row.get(7)?,
                status_code: row.get(8)?,
                frequency: row.get(9)?,
                effective_on: row.get(10)?,
                posted_on: row.get(11)?,
                charge_cents: Cents(row.get(12)?),
                paid_cents: Cents(row.get(13)?),
                contractual_cents: Cents(row.get(14)?),
                patient_cents: Cents(row.get(15)?),
                denied_cents: Cents(row.get(16)?),
                withheld_cents: Cents(row.get(17)?),
                other_cents: Cents(row.get(18)?),
                disposition: row.get(19)?,
                entry_key: row.get(20)?,
                is_said: row.get::<i64>(21)? != 0,
            })
        })
    }

    /// Records what became of an answer.
    pub fn update_answer(&self, row: &AnswerRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/answer_update.sql"),
            &[
                &row.trace_number,
                &row.payer_identifier,
                &row.payee_key,
                &row.position,
                &row.disposition,
                &row.entry_key,
            ],
        )?;
        Ok(())
    }

    /// Records that the record says that an answer was posted.
    pub fn mark_answer_said(&self, row: &AnswerRow) -> Result<(), StoreError> {
        let update = include_str!("../sql/queries/answer_mark_said.sql");
        let AnswerRow { trace_number, payer_identifier, payee_key, position, .. } = row;
        self.change(update, &[trace_number, payer_identifier, payee_key, position]).map(drop)
    }

    /// Records a take-back that nothing explains.
    pub fn insert_disputed(&self, row: &DisputedRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/disputed_insert.sql"),
            &[
                &row.entry_key,
                &row.payer_id,
                &row.payee_key,
                &row.trace_number,
                &row.reason,
                &row.reference,
                &row.amount_cents.0,
            ],
        )?;
        Ok(())
    }

    /// The take-backs of a payer from a payee that are still in dispute.
    pub fn disputed(
        &self,
        payer_id: &str,
        payee_key: &str,
    ) -> Result<Vec<DisputedRow>, StoreError> {
        let select = include_str!("../sql/queries/disputed_open.sql");
        self.rows(select, &[&payer_id, &payee_key], |row| {
            Ok(DisputedRow {
                entry_key: row.get(0)?,
                payer_id: row.get(1)?,
                payee_key: row.get(2)?,
                trace_number: row.get(3)?,
                reason: row.get(4)?,
                reference: row.get(5)?,
                amount_cents: Cents(row.get(6)?),
            })
        })
    }

    /// Notes that a take-back is explained now.
    pub fn settle_disputed(&self, entry_key: &str) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/disputed_settle.sql"), &[&entry_key])?;
        Ok(())
    }
}
