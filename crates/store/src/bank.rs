//! What the bank reported, line by line.

use crate::connection::{StoreError, Transaction};
use counterfoil_base::Cents;

/// One line of a bank file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankRow {
    /// File digest and line; recorded once.
    pub entry_key: String,
    /// Day, YYYY-MM-DD.
    pub posted_on: String,
    /// Negative for a return or debit.
    pub amount_cents: Cents,
    /// TRN02, empty when the bank gave none.
    pub trace_number: String,
    /// TRN03, empty when the bank gave none.
    pub payer_identifier: String,
    /// The bank's text.
    pub description: String,
    /// Outcome of matching, `open` before it.
    pub match_outcome: String,
    /// Trace number of the 835 that it was matched to.
    pub matched_trace: String,
}

impl Transaction<'_> {
    /// Records a bank line; false when it is on record already.
    pub fn insert_bank_entry(&self, row: &BankRow) -> Result<bool, StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/bank_insert.sql"),
            &[
                &row.entry_key,
                &row.posted_on,
                &row.amount_cents.0,
                &row.trace_number,
                &row.payer_identifier,
                &row.description,
            ],
        )?;
        Ok(changed == 1)
    }

    /// Every bank line by day.
    pub fn bank_entries(&self) -> Result<Vec<BankRow>, StoreError> {
        self.rows(include_str!("../sql/queries/bank_all.sql"), &[], |row| {
            Ok(BankRow {
                entry_key: row.get(0)?,
                posted_on: row.get(1)?,
                amount_cents: Cents(row.get(2)?),
                trace_number: row.get(3)?,
                payer_identifier: row.get(4)?,
                description: row.get(5)?,
                match_outcome: row.get(6)?,
                matched_trace: row.get(7)?,
            })
        })
    }

    /// Records the outcome of matching for a bank line.
    pub fn set_bank_match(&self, row: &BankRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/bank_match.sql"),
            &[&row.entry_key, &row.match_outcome, &row.matched_trace],
        )?;
        Ok(())
    }
}
