//! The payer's half of each claim and its history.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::Cents;
use counterfoil_claim::ClaimState;

/// The payer's record of one claim. Field meanings are in `sql/migrations`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct ClaimRow {
    pub claim_control_number: String,
    /// Digest of the file that brought it; with the next, what is taken in once.
    pub source_file: String,
    pub source_ordinal: u64,
    pub patient_control_number: String,
    pub billing_provider: String,
    pub payee_key: String,
    pub member_id: counterfoil_base::Phi<String>,
    pub kind: String,
    pub frequency: String,
    pub fingerprint: [u8; 16],
    pub received_on: String,
    pub service_from: String,
    pub service_to: String,
    pub charge_cents: Cents,
    pub source_segment: u64,
    pub source_offset: u64,
    pub claim_bytes: counterfoil_base::Phi<Vec<u8>>,
    pub update: ClaimUpdate,
    pub replaces: String,
    pub relationship_id: i64,
}

/// The part of a claim's record that a decision or a payment changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct ClaimUpdate {
    pub state: ClaimState,
    pub reason: String,
    pub allowed_cents: Cents,
    pub paid_cents: Cents,
    pub patient_cents: Cents,
    pub withhold_cents: Cents,
    pub interest_cents: Cents,
    pub decided_on: String,
    pub decided_by: String,
    pub remittance_loop: counterfoil_base::Phi<Vec<u8>>,
    pub accumulator_changes: String,
    pub explanation: counterfoil_base::Phi<String>,
    pub payment_trace: String,
    pub plan_id: String,
}

/// How many claims stand in a state, and their money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTotal {
    /// The state's word.
    pub state: String,
    /// How many claims.
    pub claims: u64,
    /// Sum of charges.
    pub charge_cents: Cents,
    /// Sum of payments; nothing for states in which no payment stands (pended, reversed, ...).
    pub paid_cents: Cents,
}

/// How many claims stand in a state for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonTotal {
    /// The state's word.
    pub state: String,
    /// The reason in plain words, with its code.
    pub reason: String,
    /// How many claims.
    pub claims: u64,
    /// Sum of charges.
    pub charge_cents: Cents,
}

/// A decision by a named person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// Day, YYYY-MM-DD.
    pub decided_on: String,
    /// The person's name.
    pub decided_by: String,
    /// `approve`, `deny` or `reject`.
    pub verdict: String,
    /// The person's reason.
    pub reason: String,
}

/// What a transaction knows of the claims that it records.
#[derive(Default)]
pub(crate) struct OpenClaims {
    last_claim_id: Option<i64>,
    /// The file at hand, and its number.
    source: Option<(String, i64)>,
}

impl Transaction<'_> {
    /// Records a new claim; a control number or a place in a file that is on record is an error.
    pub fn insert_claim(&self, row: &ClaimRow) -> Result<(), StoreError> {
        let claim_id = self.next_claim_id()?;
        let source_id = self.claim_source(&row.source_file)?;
        let update = &row.update;
        self.change(
            include_str!("../sql/queries/claim_insert.sql"),
            &[
                &claim_id,
                &row.claim_control_number,
                &source_id,
                &signed(row.source_ordinal),
                &row.patient_control_number,
                &row.billing_provider,
                &row.payee_key,
                row.member_id.expose(),
                &row.kind,
                &row.frequency,
                &row.fingerprint,
                &row.received_on,
                &row.service_from,
                &row.service_to,
                &row.charge_cents.0,
                &signed(row.source_segment),
                &signed(row.source_offset),
                &update.state.word(),
                &update.reason,
                &update.allowed_cents.0,
                &update.paid_cents.0,
                &update.patient_cents.0,
                &update.withhold_cents.0,
                &update.interest_cents.0,
                &update.decided_on,
                &update.decided_by,
                &row.replaces,
                &update.payment_trace,
                &update.plan_id,
                &row.relationship_id,
            ],
        )?;
        self.change(
            include_str!("../sql/queries/claim_record_insert.sql"),
            &[
                &claim_id,
                row.claim_bytes.expose(),
                update.remittance_loop.expose(),
                &update.accumulator_changes,
                update.explanation.expose(),
            ],
        )?;
        Ok(())
    }

    /// Numbers go on from the highest; while a transaction runs, nobody else records claims.
    fn next_claim_id(&self) -> Result<i64, StoreError> {
        let known = self.claims.borrow().last_claim_id;
        let last = match known {
            Some(last) => last,
            None => {
                let highest = include_str!("../sql/queries/claim_highest.sql");
                self.first(highest, &[], |row| row.get(0))?.unwrap_or(0)
            }
        };
        self.claims.borrow_mut().last_claim_id = Some(last + 1);
        Ok(last + 1)
    }

    /// The number of the file with this digest, new or old.
    fn claim_source(&self, digest: &str) -> Result<i64, StoreError> {
        if let Some((known, source_id)) = &self.claims.borrow().source
            && known == digest
        {
            return Ok(*source_id);
        }
        self.change(include_str!("../sql/queries/claim_source_insert.sql"), &[&digest])?;
        let select = include_str!("../sql/queries/claim_source_select.sql");
        let found = self.first(select, &[&digest], |row| row.get(0))?;
        let source_id =
            found.ok_or_else(|| StoreError::NotFound("the file was not recorded".into()))?;
        self.claims.borrow_mut().source = Some((digest.to_owned(), source_id));
        Ok(source_id)
    }

    /// Changes what a decision or payment may change.
    pub fn update_claim(
        &self,
        claim_control_number: &str,
        update: &ClaimUpdate,
    ) -> Result<(), StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/claim_update.sql"),
            &[
                &claim_control_number,
                &update.state.word(),
                &update.reason,
                &update.allowed_cents.0,
                &update.paid_cents.0,
                &update.patient_cents.0,
                &update.withhold_cents.0,
                &update.interest_cents.0,
                &update.decided_on,
                &update.decided_by,
                &update.payment_trace,
                &update.plan_id,
            ],
        )?;
        let recorded = self.change(
            include_str!("../sql/queries/claim_record_update.sql"),
            &[
                &claim_control_number,
                update.remittance_loop.expose(),
                &update.accumulator_changes,
                update.explanation.expose(),
            ],
        )?;
        if (changed, recorded) == (1, 1) {
            return Ok(());
        }
        Err(StoreError::NotFound(format!("no claim has the control number {claim_control_number}")))
    }

    /// The claim with the payer's control number.
    pub fn claim(&self, claim_control_number: &str) -> Result<Option<ClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/claim_by_number.sql");
        self.first(select, &[&claim_control_number], read_claim)
    }

    /// True when a claim has this control number.
    pub fn claim_exists(&self, claim_control_number: &str) -> Result<bool, StoreError> {
        let select = include_str!("../sql/queries/claim_exists.sql");
        Ok(self.first(select, &[&claim_control_number], |_| Ok(()))?.is_some())
    }

    /// The claim that stood at a place of a file.
    pub fn claim_by_source(
        &self,
        file_digest: &str,
        ordinal: u64,
    ) -> Result<Option<ClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/claim_by_source.sql");
        self.first(select, &[&file_digest, &signed(ordinal)], read_claim)
    }

    /// Place of the last claim of a file that is on record; 0 for none.
    pub fn last_claim_of_source(&self, file_digest: &str) -> Result<u64, StoreError> {
        let select = include_str!("../sql/queries/claim_source_last.sql");
        let last = self.first(select, &[&file_digest], |row| row.get::<Option<i64>>(0))?;
        Ok(last.flatten().unwrap_or(0).unsigned_abs())
    }

    /// Every claim with the provider's control number.
    pub fn claims_by_patient_control_number(
        &self,
        patient_control_number: &str,
    ) -> Result<Vec<ClaimRow>, StoreError> {
        let select = include_str!("../sql/queries/claim_by_patient_control.sql");
        self.rows(select, &[&patient_control_number], read_claim)
    }

    /// Control numbers and states of standing claims for the same patient, provider, days and
    /// lines: the candidates of a duplicate check. The first few suffice, since a check passes
    /// over two at most, and someone may have sent the same services thousands of times.
    ///
    /// `before` is the database's number of the claim that is checked, when it is on record: of
    /// those taken in after it only what is to be paid counts, so that a claim that was denied
    /// for its sake does not stand in its way. `last` bounds the numbers that are looked at.
    pub fn claims_by_fingerprint(
        &self,
        fingerprint: &[u8; 16],
        (before, last): (Option<i64>, Option<i64>),
    ) -> Result<Vec<(String, String)>, StoreError> {
        let select = include_str!("../sql/queries/claim_by_fingerprint.sql");
        let (before, last) = (before.unwrap_or(i64::MAX), last.unwrap_or(i64::MAX));
        self.rows(select, &[fingerprint, &before, &last], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The database's number of the last claim whose fingerprint an older program made, before
    /// schema version 9; nothing when there is none.
    pub fn first_fingerprints_last(&self) -> Result<Option<i64>, StoreError> {
        let select = include_str!("../sql/queries/fingerprint_edition_select.sql");
        self.first(select, &[], |row| row.get(0))
    }

    /// Every claim that waits for a person's decision.
    pub fn pended_claims(&self) -> Result<Vec<ClaimRow>, StoreError> {
        self.rows(include_str!("../sql/queries/claims_pended.sql"), &[], read_claim)
    }

    /// How many claims are on record.
    pub fn claim_count(&self) -> Result<u64, StoreError> {
        let count = include_str!("../sql/queries/claim_count.sql");
        let found = self.first(count, &[], |row| row.get::<i64>(0))?;
        Ok(found.unwrap_or(0).unsigned_abs())
    }

    /// Claims and money by state.
    pub fn state_totals(&self) -> Result<Vec<StateTotal>, StoreError> {
        self.rows(include_str!("../sql/queries/claim_state_totals.sql"), &[], |row| {
            Ok(StateTotal {
                state: row.get(0)?,
                claims: row.get::<i64>(1)?.unsigned_abs(),
                charge_cents: Cents(row.get(2)?),
                paid_cents: Cents(row.get(3)?),
            })
        })
    }

    /// Claims and charges by state and reason, the most frequent first.
    pub fn reason_totals(&self) -> Result<Vec<ReasonTotal>, StoreError> {
        self.rows(include_str!("../sql/queries/claim_reason_totals.sql"), &[], |row| {
            Ok(ReasonTotal {
                state: row.get(0)?,
                reason: row.get(1)?,
                claims: row.get::<i64>(2)?.unsigned_abs(),
                charge_cents: Cents(row.get(3)?),
            })
        })
    }

    /// Records a named person's decision on a claim.
    pub fn log_decision(&self, claim: &str, decision: &DecisionRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/decision_insert.sql"),
            &[
                &claim,
                &decision.decided_on,
                &decision.decided_by,
                &decision.verdict,
                &decision.reason,
            ],
        )?;
        Ok(())
    }

    /// How many decisions persons have made.
    pub fn decision_count(&self) -> Result<u64, StoreError> {
        let count = include_str!("../sql/queries/decision_count.sql");
        let found = self.first(count, &[], |row| row.get::<i64>(0))?;
        Ok(found.unwrap_or(0).unsigned_abs())
    }

    /// The decisions that named persons took on a claim.
    pub fn decisions(&self, claim: &str) -> Result<Vec<DecisionRow>, StoreError> {
        self.rows(include_str!("../sql/queries/decision_for_claim.sql"), &[&claim], |row| {
            Ok(DecisionRow {
                decided_on: row.get(0)?,
                decided_by: row.get(1)?,
                verdict: row.get(2)?,
                reason: row.get(3)?,
            })
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read_claim(row: &Row<'_>) -> Result<ClaimRow, DatabaseError> {
    let word: String = row.get(17)?;
    let state = ClaimState::from_word(&word).ok_or_else(|| {
        let unknown = format!("unknown claim state '{word}'");
        DatabaseError::column(17, unknown)
    })?;
    Ok(ClaimRow {
        claim_control_number: row.get(0)?,
        source_file: row.get(1)?,
        source_ordinal: row.get::<i64>(2)?.unsigned_abs(),
        patient_control_number: row.get(3)?,
        billing_provider: row.get(4)?,
        payee_key: row.get(5)?,
        member_id: counterfoil_base::Phi::new(row.get(6)?),
        kind: row.get(7)?,
        frequency: row.get(8)?,
        fingerprint: row.get(9)?,
        received_on: row.get(10)?,
        service_from: row.get(11)?,
        service_to: row.get(12)?,
        charge_cents: Cents(row.get(13)?),
        source_segment: row.get::<i64>(14)?.unsigned_abs(),
        source_offset: row.get::<i64>(15)?.unsigned_abs(),
        claim_bytes: counterfoil_base::Phi::new(row.get(16)?),
        update: ClaimUpdate {
            state,
            reason: row.get(18)?,
            allowed_cents: Cents(row.get(19)?),
            paid_cents: Cents(row.get(20)?),
            patient_cents: Cents(row.get(21)?),
            withhold_cents: Cents(row.get(22)?),
            interest_cents: Cents(row.get(23)?),
            decided_on: row.get(24)?,
            decided_by: row.get(25)?,
            remittance_loop: counterfoil_base::Phi::new(row.get(27)?),
            accumulator_changes: row.get(28)?,
            explanation: counterfoil_base::Phi::new(row.get(29)?),
            payment_trace: row.get(30)?,
            plan_id: row.get(31)?,
        },
        replaces: row.get(26)?,
        relationship_id: row.get(32)?,
    })
}
