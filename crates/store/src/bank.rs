//! What the bank reported, movement by movement.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use counterfoil_base::{Cents, Phi};

/// One movement on the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankRow {
    /// The bank's reference with day and amount; recorded once.
    pub entry_key: String,
    /// The bank's reference, or one made of day, amount and trace.
    pub reference: String,
    /// True when the bank gave the reference.
    pub is_bank_reference: bool,
    /// Day, YYYY-MM-DD.
    pub posted_on: String,
    /// Negative for a return or debit.
    pub amount_cents: Cents,
    /// TRN02, empty when the bank gave none.
    pub trace_number: String,
    /// TRN03, empty when the bank gave none.
    pub payer_identifier: String,
    /// Number of a deposited check.
    pub check_number: String,
    /// True when the bank says that a payment came back.
    pub is_return: bool,
    /// 1-based line in the file that brought it first.
    pub line: u64,
    /// The bank's text; it may name people.
    pub description: Phi<String>,
    /// Outcome of matching, `open` before it.
    pub match_outcome: String,
    /// Trace number of the 835 that it was matched to.
    pub matched_trace: String,
}

impl Transaction<'_> {
    /// Records a movement; false when it is on record already.
    pub fn insert_bank_entry(&self, row: &BankRow) -> Result<bool, StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/bank_insert.sql"),
            &[
                &row.entry_key,
                &row.reference,
                &i64::from(row.is_bank_reference),
                &row.posted_on,
                &row.amount_cents.0,
                &row.trace_number,
                &row.payer_identifier,
                &row.check_number,
                &i64::from(row.is_return),
                &i64::try_from(row.line).unwrap_or(i64::MAX),
                row.description.expose(),
            ],
        )?;
        Ok(changed == 1)
    }

    /// Every movement by day.
    pub fn bank_entries(&self) -> Result<Vec<BankRow>, StoreError> {
        self.rows(include_str!("../sql/queries/bank_all.sql"), &[], read_bank)
    }

    /// Records the outcome of matching for a movement.
    pub fn set_bank_match(&self, row: &BankRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/bank_match.sql"),
            &[&row.entry_key, &row.match_outcome, &row.matched_trace],
        )?;
        Ok(())
    }
}

pub(crate) fn read_bank(row: &crate::value::Row<'_>) -> Result<BankRow, DatabaseError> {
    Ok(BankRow {
        entry_key: row.get(0)?,
        reference: row.get(1)?,
        is_bank_reference: row.get::<i64>(2)? != 0,
        posted_on: row.get(3)?,
        amount_cents: Cents(row.get(4)?),
        trace_number: row.get(5)?,
        payer_identifier: row.get(6)?,
        check_number: row.get(7)?,
        is_return: row.get::<i64>(8)? != 0,
        line: row.get::<i64>(9)?.unsigned_abs(),
        description: Phi::new(row.get(10)?),
        match_outcome: row.get(11)?,
        matched_trace: row.get(12)?,
    })
}
