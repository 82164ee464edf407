//! Where each claim of a relationship stands by both halves, as it was folded last.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;

/// Where a claim stands by both halves. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct TwinClaimRow {
    pub relationship_id: i64,
    pub subject: String,
    pub standing: String,
    /// Nothing when a body is withheld.
    pub state_hash: Option<[u8; 32]>,
    pub claim_control_number: String,
    pub patient_control_number: String,
    pub charge_cents: i64,
    pub allowed_cents: i64,
    pub paid_cents: i64,
    pub patient_cents: i64,
    pub posted_cents: i64,
    pub dispute: String,
    pub out_of_turn: i64,
    pub submitted_at: i64,
    pub received_at: i64,
    pub decided_at: i64,
    pub paid_at: i64,
    pub posted_at: i64,
}

/// A billing that the payer returned without having received its claim, and that is in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct RefusedClaimRow {
    pub source_file: String,
    pub billing_provider: String,
    pub patient_control_number: String,
    pub payer_id: String,
    pub subject: String,
}

impl Transaction<'_> {
    /// Records where a claim stands.
    pub fn set_twin_claim(&self, row: &TwinClaimRow) -> Result<(), StoreError> {
        let hash: &[u8] = row.state_hash.as_ref().map_or(&[], |hash| hash.as_slice());
        self.change(
            include_str!("../sql/queries/twin_claim_upsert.sql"),
            &[
                &row.relationship_id,
                &row.subject,
                &row.standing,
                &hash,
                &row.claim_control_number,
                &row.patient_control_number,
                &row.charge_cents,
                &row.allowed_cents,
                &row.paid_cents,
                &row.patient_cents,
                &row.posted_cents,
                &row.dispute,
                &row.out_of_turn,
                &row.submitted_at,
                &row.received_at,
                &row.decided_at,
                &row.paid_at,
                &row.posted_at,
            ],
        )
        .map(drop)
    }

    /// Where a claim stands.
    pub fn twin_claim(
        &self,
        relationship_id: i64,
        subject: &str,
    ) -> Result<Option<TwinClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_claim_select.sql");
        self.first(select, &[&relationship_id, &subject], read_claim)
    }

    /// Every claim of a relationship, by subject.
    pub fn twin_claims(&self, relationship_id: i64) -> Result<Vec<TwinClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_claim_all.sql");
        self.rows(select, &[&relationship_id], read_claim)
    }

    /// Billings of a relationship whose claims came back with their whole transaction set or
    /// interchange and that wait for an answer all the same, by the file in which they went out.
    pub fn refused_claims(&self, relationship_id: i64) -> Result<Vec<RefusedClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_claim_refused.sql");
        self.rows(select, &[&relationship_id], |row| {
            Ok(RefusedClaimRow {
                source_file: row.get(0)?,
                billing_provider: row.get(1)?,
                patient_control_number: row.get(2)?,
                payer_id: row.get(3)?,
                subject: row.get(4)?,
            })
        })
    }

    /// The claims with a number, the payer's or the provider's, of any relationship.
    pub fn twin_claims_numbered(&self, number: &str) -> Result<Vec<TwinClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_claim_by_number.sql");
        self.rows(select, &[&number], read_claim)
    }

    /// The subject of the claim that the payer of a relationship knows by a number.
    pub fn subject_of_payer_number(
        &self,
        relationship_id: i64,
        claim_control_number: &str,
    ) -> Result<Option<String>, StoreError> {
        let select = include_str!("../sql/queries/twin_claim_by_payer_number.sql");
        self.first(select, &[&relationship_id, &claim_control_number], |row| row.get(0))
    }
}

fn read_claim(row: &Row<'_>) -> Result<TwinClaimRow, DatabaseError> {
    let hash: Vec<u8> = row.get(3)?;
    Ok(TwinClaimRow {
        relationship_id: row.get(0)?,
        subject: row.get(1)?,
        standing: row.get(2)?,
        state_hash: hash.try_into().ok(),
        claim_control_number: row.get(4)?,
        patient_control_number: row.get(5)?,
        charge_cents: row.get(6)?,
        allowed_cents: row.get(7)?,
        paid_cents: row.get(8)?,
        patient_cents: row.get(9)?,
        posted_cents: row.get(10)?,
        dispute: row.get(11)?,
        out_of_turn: row.get(12)?,
        submitted_at: row.get(13)?,
        received_at: row.get(14)?,
        decided_at: row.get(15)?,
        paid_at: row.get(16)?,
        posted_at: row.get(17)?,
    })
}
