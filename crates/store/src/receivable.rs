//! The provider's half of each claim: billed, expected, paid, adjusted, owed by the patient.

use crate::connection::{StoreError, Transaction};
use counterfoil_base::Cents;
use rusqlite::Row;

/// The provider's record of one claim. Field meanings are in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct ReceivableRow {
    pub patient_control_number: String,
    pub payer_id: String,
    pub billing_provider: String,
    pub billed_on: String,
    pub charge_cents: Cents,
    /// Predicted payment, when the check could predict one.
    pub expected_cents: Option<Cents>,
    pub source_file: String,
    pub state: String,
    pub claim_control_number: String,
    pub paid_cents: Cents,
    pub adjusted_cents: Cents,
    pub patient_cents: Cents,
}

impl Transaction<'_> {
    /// Records a billed claim; false when the control number is on record already.
    pub fn insert_receivable(&self, row: &ReceivableRow) -> Result<bool, StoreError> {
        let expected = row.expected_cents.map_or(-1, |cents| cents.0);
        let changed = self.change(
            include_str!("../sql/queries/receivable_insert.sql"),
            &[
                &row.patient_control_number,
                &row.payer_id,
                &row.billing_provider,
                &row.billed_on,
                &row.charge_cents.0,
                &expected,
                &row.source_file,
            ],
        )?;
        Ok(changed == 1)
    }

    /// The record of a billed claim.
    pub fn receivable(
        &self,
        patient_control_number: &str,
    ) -> Result<Option<ReceivableRow>, StoreError> {
        let select = include_str!("../sql/queries/receivable_select.sql");
        self.first(select, &[&patient_control_number], read_receivable)
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

    /// Every billed claim.
    pub fn receivables(&self) -> Result<Vec<ReceivableRow>, StoreError> {
        self.rows(include_str!("../sql/queries/receivable_all.sql"), &[], read_receivable)
    }

    /// Records what a remittance changed.
    pub fn update_receivable(&self, row: &ReceivableRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/receivable_update.sql"),
            &[
                &row.patient_control_number,
                &row.state,
                &row.claim_control_number,
                &row.paid_cents.0,
                &row.adjusted_cents.0,
                &row.patient_cents.0,
            ],
        )?;
        Ok(())
    }
}

fn read_receivable(row: &Row<'_>) -> rusqlite::Result<ReceivableRow> {
    let expected: i64 = row.get(5)?;
    Ok(ReceivableRow {
        patient_control_number: row.get(0)?,
        payer_id: row.get(1)?,
        billing_provider: row.get(2)?,
        billed_on: row.get(3)?,
        charge_cents: Cents(row.get(4)?),
        expected_cents: (expected >= 0).then_some(Cents(expected)),
        source_file: row.get(6)?,
        state: row.get(7)?,
        claim_control_number: row.get(8)?,
        paid_cents: Cents(row.get(9)?),
        adjusted_cents: Cents(row.get(10)?),
        patient_cents: Cents(row.get(11)?),
    })
}
