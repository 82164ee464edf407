//! The provider's half of each claim: billed, expected, paid, adjusted, owed by the patient.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::{Cents, Phi};

/// The provider's record of one billing of a claim. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct ReceivableRow {
    pub billing_provider: String,
    pub patient_control_number: String,
    pub version: i64,
    pub payer_id: String,
    pub frequency: String,
    pub replaces: String,
    pub billed_on: String,
    pub charge_cents: Cents,
    /// Predicted payment, when the check could predict one.
    pub expected_cents: Option<Cents>,
    pub source_file: String,
    /// Empty where a query reads many claims.
    pub claim_segments: Phi<Vec<u8>>,
    pub state: String,
    pub claim_control_number: String,
    pub paid_cents: Cents,
    pub adjusted_cents: Cents,
    pub patient_cents: Cents,
    /// Odd while the charge is in the books.
    pub bookings: i64,
    pub twin_subject: String,
}

impl Transaction<'_> {
    /// Records one billing of a claim; its version must be new.
    pub fn insert_receivable(&self, row: &ReceivableRow) -> Result<(), StoreError> {
        let expected = row.expected_cents.map_or(-1, |cents| cents.0);
        self.change(
            include_str!("../sql/queries/receivable_insert.sql"),
            &[
                &row.billing_provider,
                &row.patient_control_number,
                &row.version,
                &row.payer_id,
                &row.frequency,
                &row.replaces,
                &row.billed_on,
                &row.charge_cents.0,
                &expected,
                &row.source_file,
                row.claim_segments.expose(),
                &row.state,
                &row.claim_control_number,
                &row.paid_cents.0,
                &row.adjusted_cents.0,
                &row.patient_cents.0,
                &row.bookings,
                &row.twin_subject,
            ],
        )?;
        Ok(())
    }

    /// Every billing of a claim, by the provider's own key, in the order of billing.
    pub fn receivable(
        &self,
        billing_provider: &str,
        patient_control_number: &str,
    ) -> Result<Vec<ReceivableRow>, StoreError> {
        let select = include_str!("../sql/queries/receivable_account.sql");
        self.rows(select, &[&billing_provider, &patient_control_number], read_receivable)
    }

    /// Every billing under a control number, whichever provider's.
    pub fn receivables_by_number(
        &self,
        patient_control_number: &str,
    ) -> Result<Vec<ReceivableRow>, StoreError> {
        let select = include_str!("../sql/queries/receivable_by_number.sql");
        self.rows(select, &[&patient_control_number], read_receivable)
    }

    /// The provider's billed claims that the payer knows under this number.
    pub fn receivables_by_payer_number(
        &self,
        claim_control_number: &str,
        billing_provider: &str,
    ) -> Result<Vec<ReceivableRow>, StoreError> {
        let select = include_str!("../sql/queries/receivable_by_payer_number.sql");
        self.rows(select, &[&claim_control_number, &billing_provider], read_receivable)
    }

    /// True when a claim under another control number corrects or voids the one that the payer
    /// knows under this number; the first pair is the billing provider and the payer.
    pub fn is_corrected_elsewhere(
        &self,
        (billing_provider, payer_id): (&str, &str),
        claim_control_number: &str,
        patient_control_number: &str,
    ) -> Result<bool, StoreError> {
        let select = include_str!("../sql/queries/receivable_is_replaced.sql");
        let key: [&dyn crate::value::Bind; 4] =
            [&billing_provider, &claim_control_number, &patient_control_number, &payer_id];
        Ok(self.first(select, &key, |_| Ok(()))?.is_some())
    }

    /// Every billing of every claim.
    pub fn receivables(&self) -> Result<Vec<ReceivableRow>, StoreError> {
        self.rows(include_str!("../sql/queries/receivable_all.sql"), &[], read_receivable)
    }

    /// Records what remittances and corrections changed.
    pub fn update_receivable(&self, row: &ReceivableRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/receivable_update.sql"),
            &[
                &row.billing_provider,
                &row.patient_control_number,
                &row.version,
                &row.state,
                &row.claim_control_number,
                &row.paid_cents.0,
                &row.adjusted_cents.0,
                &row.patient_cents.0,
                &row.bookings,
            ],
        )?;
        Ok(())
    }

    /// Records the file in which a billing goes out and its subject in the payer's record.
    pub fn mark_receivable_sent(&self, row: &ReceivableRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/receivable_mark_sent.sql"),
            &[
                &row.billing_provider,
                &row.patient_control_number,
                &row.version,
                &row.source_file,
                &row.twin_subject,
            ],
        )?;
        Ok(())
    }
}

fn read_receivable(row: &Row<'_>) -> Result<ReceivableRow, DatabaseError> {
    let expected: i64 = row.get(8)?;
    Ok(ReceivableRow {
        billing_provider: row.get(0)?,
        patient_control_number: row.get(1)?,
        version: row.get(2)?,
        payer_id: row.get(3)?,
        frequency: row.get(4)?,
        replaces: row.get(5)?,
        billed_on: row.get(6)?,
        charge_cents: Cents(row.get(7)?),
        expected_cents: (expected >= 0).then_some(Cents(expected)),
        source_file: row.get(9)?,
        claim_segments: Phi::new(row.get(10)?),
        state: row.get(11)?,
        claim_control_number: row.get(12)?,
        paid_cents: Cents(row.get(13)?),
        adjusted_cents: Cents(row.get(14)?),
        patient_cents: Cents(row.get(15)?),
        bookings: row.get(16)?,
        twin_subject: row.get(17)?,
    })
}
