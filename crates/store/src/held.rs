//! Claims of a provider that wait for a person: held back before they were sent, or returned.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::{Cents, Phi};

/// A claim that waits, or waited. Field meanings are in `sql/migrations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldClaimRow {
    /// SHA-256 of the file as it came, hex.
    pub file_digest: String,
    /// Its place in that file, from 1.
    pub ordinal: u64,
    /// NPI of the billing provider, or its tax number without one.
    pub billing_provider: String,
    /// CLM01.
    pub patient_control_number: String,
    /// The payer that it names.
    pub payer_id: String,
    /// CLM02.
    pub charge_cents: Cents,
    /// `checked` or `returned`.
    pub cause: String,
    /// What is wrong, one finding a line, its parts between tabs.
    pub findings: String,
    /// The claim as 837 segments with its hierarchy; may be empty.
    pub claim_segments: Phi<Vec<u8>>,
    /// Name of the file, for people.
    pub file_name: String,
    /// YYYY-MM-DD.
    pub held_on: String,
    /// `held`, `released`, `superseded` or `withdrawn`.
    pub state: String,
    /// YYYY-MM-DD; empty while it is held.
    pub closed_on: String,
    /// The file in which it went out, or the person who withdrew it.
    pub closed_by: String,
}

/// Held claims in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTotal {
    /// `held`, `released`, `superseded` or `withdrawn`.
    pub state: String,
    /// How many.
    pub claims: u64,
    /// What was charged.
    pub charge_cents: Cents,
}

impl Transaction<'_> {
    /// Records that a claim is held; `false` when this place of this file is on record.
    pub fn insert_held_claim(&self, row: &HeldClaimRow) -> Result<bool, StoreError> {
        let inserted = self.change(
            include_str!("../sql/queries/held_claim_insert.sql"),
            &[
                &row.file_digest,
                &signed(row.ordinal),
                &row.billing_provider,
                &row.patient_control_number,
                &row.payer_id,
                &row.charge_cents.0,
                &row.cause,
                &row.findings,
                row.claim_segments.expose(),
                &row.file_name,
                &row.held_on,
            ],
        )?;
        Ok(inserted == 1)
    }

    /// The claims in a state, the longest held first.
    pub fn held_claims(&self, state: &str) -> Result<Vec<HeldClaimRow>, StoreError> {
        self.rows(include_str!("../sql/queries/held_claim_in_state.sql"), &[&state], read)
    }

    /// The same for a list: without the claims themselves, which are long.
    pub fn held_claims_listed(&self, state: &str) -> Result<Vec<HeldClaimRow>, StoreError> {
        self.rows(include_str!("../sql/queries/held_claim_listed.sql"), &[&state], |row| {
            Ok(HeldClaimRow {
                file_digest: row.get(0)?,
                ordinal: row.get::<i64>(1)?.unsigned_abs(),
                billing_provider: row.get(2)?,
                patient_control_number: row.get(3)?,
                payer_id: row.get(4)?,
                charge_cents: Cents(row.get(5)?),
                cause: row.get(6)?,
                findings: row.get(7)?,
                claim_segments: Phi::default(),
                file_name: row.get(8)?,
                held_on: row.get(9)?,
                state: row.get(10)?,
                closed_on: row.get(11)?,
                closed_by: row.get(12)?,
            })
        })
    }

    /// Files and ordinals of the claims that are held with this code as their first finding, the
    /// longest held first; none of the claims is loaded.
    pub fn held_places(&self, first_code: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let find = include_str!("../sql/queries/held_claim_found.sql");
        let begins = format!("{}\t%", first_code.replace(['%', '_', '\\'], ""));
        self.rows(find, &[&begins], |row| Ok((row.get(0)?, row.get::<i64>(1)?.unsigned_abs())))
    }

    /// The held claim with a place in a file, whatever became of it.
    pub fn held_claim(
        &self,
        file_digest: &str,
        ordinal: u64,
    ) -> Result<Option<HeldClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/held_claim_select.sql");
        self.first(select, &[&file_digest, &signed(ordinal)], read)
    }

    /// What is held under a provider's own number of a claim, whichever payer's.
    pub fn held_claims_of(
        &self,
        billing_provider: &str,
        patient_control_number: &str,
    ) -> Result<Vec<HeldClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/held_claim_of_account.sql");
        self.rows(select, &[&billing_provider, &patient_control_number], read)
    }

    /// Says anew what is wrong with a claim that is held.
    pub fn set_held_findings(
        &self,
        (file_digest, ordinal): (&str, u64),
        findings: &str,
    ) -> Result<(), StoreError> {
        let update = include_str!("../sql/queries/held_claim_findings.sql");
        self.change(update, &[&file_digest, &signed(ordinal), &findings])?;
        Ok(())
    }

    /// Closes a held claim; `false` when it is not held, or no more.
    pub fn close_held_claim(
        &self,
        (file_digest, ordinal): (&str, u64),
        (state, on, by): (&str, &str, &str),
    ) -> Result<bool, StoreError> {
        let close = include_str!("../sql/queries/held_claim_close.sql");
        Ok(self.change(close, &[&file_digest, &signed(ordinal), &state, &on, &by])? == 1)
    }

    /// How many claims and which charges are in each state.
    pub fn held_totals(&self) -> Result<Vec<HeldTotal>, StoreError> {
        self.rows(include_str!("../sql/queries/held_claim_totals.sql"), &[], |row| {
            Ok(HeldTotal {
                state: row.get(0)?,
                claims: row.get::<i64>(1)?.unsigned_abs(),
                charge_cents: Cents(row.get(2)?),
            })
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(row: &Row<'_>) -> Result<HeldClaimRow, DatabaseError> {
    Ok(HeldClaimRow {
        file_digest: row.get(0)?,
        ordinal: row.get::<i64>(1)?.unsigned_abs(),
        billing_provider: row.get(2)?,
        patient_control_number: row.get(3)?,
        payer_id: row.get(4)?,
        charge_cents: Cents(row.get(5)?),
        cause: row.get(6)?,
        findings: row.get(7)?,
        claim_segments: Phi::new(row.get(8)?),
        file_name: row.get(9)?,
        held_on: row.get(10)?,
        state: row.get(11)?,
        closed_on: row.get(12)?,
        closed_by: row.get(13)?,
    })
}
