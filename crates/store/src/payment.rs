//! Accumulators, what waits for a payee's next payment, and the payments themselves.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::{Cents, Phi};

/// What a member or family has used of one plan's limits in one benefit year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccumulatorRow {
    /// Member or subscriber number.
    pub holder: Phi<String>,
    /// True for the family's amounts.
    pub is_family: bool,
    /// Benefit plan.
    pub plan_id: String,
    /// First day of the benefit year, YYYY-MM-DD.
    pub year_from: String,
    /// Network tier.
    pub in_network: bool,
    /// Used of the deductible.
    pub deductible_cents: Cents,
    /// Used of the out-of-pocket maximum.
    pub out_of_pocket_cents: Cents,
}

/// A decided claim that waits for its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueClaim {
    /// The database's own number of the claim.
    pub claim_id: i64,
    /// Payer's number.
    pub claim_control_number: String,
    /// CLP04.
    pub paid_cents: Cents,
    /// CLP03.
    pub charge_cents: Cents,
    /// Kept back, to be carried as a provider-level adjustment.
    pub withhold_cents: Cents,
    /// The plan that decided, empty when none did.
    pub plan_id: String,
    /// Day of receipt, YYYY-MM-DD.
    pub received_on: String,
    /// First day of service, YYYY-MM-DD, empty when unknown.
    pub service_from: String,
    /// Loop 2100 as segments.
    pub remittance_loop: Phi<Vec<u8>>,
    /// Digest of the file that brought it, hex.
    pub source_file: String,
    /// Its place in that file.
    pub source_ordinal: u64,
    /// The relationship in whose record it is told; 0 for none.
    pub relationship_id: i64,
}

/// A reversal (or other loop 2100) that goes into the payee's next 835.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLoop {
    /// What caused it; recorded once.
    pub due_key: String,
    /// Payer's number of the claim.
    pub claim_control_number: String,
    /// CLP04, negative for a reversal.
    pub paid_cents: Cents,
    /// CLP03.
    pub charge_cents: Cents,
    /// Loop 2100 as segments.
    pub remittance_loop: Phi<Vec<u8>>,
    /// Day of the decision that caused it, YYYY-MM-DD: it is in no payment before; empty when
    /// it was recorded without one.
    pub due_on: String,
}

/// Provider-level money for the payee's next 835 (PLB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAdjustment {
    /// What caused it; recorded once.
    pub due_key: String,
    /// PLB03-1.
    pub reason: String,
    /// PLB03-2.
    pub reference: String,
    /// Positive reduces the payment.
    pub amount_cents: Cents,
    /// Day on which it came about, YYYY-MM-DD: it is in no payment before; empty when it was
    /// recorded without one.
    pub due_on: String,
}

/// Whom payments go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayeeRow {
    /// NPI, or tax number without one.
    pub payee_key: String,
    /// N102 of 1000B.
    pub name: String,
    /// NPI, empty when unknown.
    pub npi: String,
    /// Tax number, empty when unknown.
    pub tax_id: String,
    /// Number and street.
    pub address: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// ZIP code.
    pub postal_code: String,
}

/// Where the money of a payment by ACH goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct CreditRow {
    pub trace_number: String,
    pub payee_routing: String,
    pub payee_account: String,
    pub payee_id: String,
    pub payee_name: String,
}

/// An 835 that was issued or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittanceRow {
    /// TRN02.
    pub trace_number: String,
    /// TRN03.
    pub payer_identifier: String,
    /// Whom it pays.
    pub payee_key: String,
    /// Whose receivable it answers.
    pub payer_id: String,
    /// N102 of 1000A.
    pub payer_name: String,
    /// Fingerprint of its claims, which tells a copy from another 835 with the same trace.
    pub fingerprint: u64,
    /// BPR02.
    pub amount_cents: Cents,
    /// How many claims it carries.
    pub claims: u64,
    /// BPR16 as YYYY-MM-DD, empty when absent.
    pub effective_on: String,
    /// BPR04.
    pub method: String,
    /// SHA-256 of the file, hex.
    pub file_digest: String,
    /// Outcome of bank matching, `open` before it.
    pub match_outcome: String,
    /// How much of the bank's money is matched to it.
    pub matched_cents: Cents,
    /// Trace number of the first 835 that it was matched together with.
    pub settled_trace: String,
}

impl Transaction<'_> {
    /// Every accumulator, for export to the provider's check.
    pub fn accumulators(&self) -> Result<Vec<AccumulatorRow>, StoreError> {
        self.rows(include_str!("../sql/queries/accumulator_all.sql"), &[], read_accumulator)
    }

    /// The accumulators of one member or family, by the identifier of the holder.
    pub fn accumulators_of(&self, holder: &Phi<String>) -> Result<Vec<AccumulatorRow>, StoreError> {
        let select = include_str!("../sql/queries/accumulator_of_holder.sql");
        self.rows(select, &[holder.expose()], read_accumulator)
    }

    /// Adds to what is used under the row's key; two runs that add at once lose nothing.
    pub fn add_to_accumulator(&self, row: &AccumulatorRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/accumulator_add.sql"),
            &[
                row.holder.expose(),
                &i64::from(row.is_family),
                &row.plan_id,
                &row.year_from,
                &i64::from(row.in_network),
                &row.deductible_cents.0,
                &row.out_of_pocket_cents.0,
            ],
        )?;
        Ok(())
    }

    /// The payees for whom something waits on a day, in the order of their keys.
    pub fn payees_due(&self, on: &str) -> Result<Vec<String>, StoreError> {
        let select = include_str!("../sql/queries/claim_payees_due.sql");
        self.rows(select, &[&on], |row| row.get(0))
    }

    /// Claims that wait for their payment and were decided after a day: numbers and days of the
    /// first `limit`, and how many there are.
    pub fn claims_decided_after(
        &self,
        on: &str,
        limit: u32,
    ) -> Result<(Vec<(String, String)>, u64), StoreError> {
        let mut count = 0;
        let select = include_str!("../sql/queries/claim_decided_after.sql");
        let first = self.rows(select, &[&on, &limit], |row| {
            count = row.get::<i64>(2)?.unsigned_abs();
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok((first, count))
    }

    /// Up to `limit` of a payee's claims that were decided by a day, in the order of their
    /// control numbers.
    pub fn claims_due(
        &self,
        payee_key: &str,
        (on, limit): (&str, u32),
    ) -> Result<Vec<DueClaim>, StoreError> {
        let select = include_str!("../sql/queries/claim_due_for_payee.sql");
        self.rows(select, &[&payee_key, &limit, &on], |row| {
            Ok(DueClaim {
                claim_id: row.get(0)?,
                claim_control_number: row.get(1)?,
                paid_cents: Cents(row.get(2)?),
                charge_cents: Cents(row.get(3)?),
                withhold_cents: Cents(row.get(4)?),
                plan_id: row.get(5)?,
                received_on: row.get(6)?,
                service_from: row.get(7)?,
                remittance_loop: Phi::new(row.get(8)?),
                source_file: row.get(9)?,
                source_ordinal: row.get::<i64>(10)?.unsigned_abs(),
                relationship_id: row.get(11)?,
            })
        })
    }

    /// Puts a loop 2100 into the payee's next 835, once per key.
    pub fn add_due_loop(&self, payee_key: &str, due: &DueLoop) -> Result<bool, StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/due_loop_insert.sql"),
            &[
                &due.due_key,
                &payee_key,
                &due.claim_control_number,
                &due.paid_cents.0,
                &due.charge_cents.0,
                due.remittance_loop.expose(),
            ],
        )?;
        self.set_due_day(&due.due_key, &due.due_on)?;
        Ok(changed == 1)
    }

    fn set_due_day(&self, due_key: &str, due_on: &str) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/due_day_insert.sql");
        self.change(insert, &[&due_key, &due_on]).map(drop)
    }

    /// Up to `limit` reversals that wait for a payee on a day.
    pub fn loops_due(
        &self,
        payee_key: &str,
        (on, limit): (&str, u32),
    ) -> Result<Vec<DueLoop>, StoreError> {
        let select = include_str!("../sql/queries/due_loops_for_payee.sql");
        self.rows(select, &[&payee_key, &limit, &on], |row| {
            Ok(DueLoop {
                due_key: row.get(0)?,
                claim_control_number: row.get(1)?,
                paid_cents: Cents(row.get(2)?),
                charge_cents: Cents(row.get(3)?),
                remittance_loop: Phi::new(row.get(4)?),
                due_on: row.get(5)?,
            })
        })
    }

    /// Puts a provider-level adjustment into the payee's next 835, once per key.
    pub fn add_due_adjustment(
        &self,
        payee_key: &str,
        due: &DueAdjustment,
    ) -> Result<bool, StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/due_adjustment_insert.sql"),
            &[&due.due_key, &payee_key, &due.reason, &due.reference, &due.amount_cents.0],
        )?;
        self.set_due_day(&due.due_key, &due.due_on)?;
        Ok(changed == 1)
    }

    /// The provider-level adjustments that wait for a payee on a day.
    pub fn adjustments_due(
        &self,
        payee_key: &str,
        on: &str,
    ) -> Result<Vec<DueAdjustment>, StoreError> {
        let select = include_str!("../sql/queries/due_adjustments_for_payee.sql");
        self.rows(select, &[&payee_key, &on], |row| {
            Ok(DueAdjustment {
                due_key: row.get(0)?,
                reason: row.get(1)?,
                reference: row.get(2)?,
                amount_cents: Cents(row.get(3)?),
                due_on: row.get(4)?,
            })
        })
    }

    /// Marks the payee's first decided claims, as many as [`Transaction::claims_due`] has given
    /// for the same day, as reported by the 835 with this trace number.
    pub fn mark_claims_paid(
        &self,
        payee_key: &str,
        (on, claims): (&str, usize),
        trace_number: &str,
    ) -> Result<(), StoreError> {
        let mark = include_str!("../sql/queries/claims_mark_paid.sql");
        let limit = i64::try_from(claims).unwrap_or(i64::MAX);
        match self.change(mark, &[&payee_key, &limit, &trace_number, &on])? {
            marked if marked == claims => Ok(()),
            _ => Err(StoreError::NotFound("claims that were due are due no more".to_owned())),
        }
    }

    /// Records the interest that was found owed on a claim when it was paid: the amount, the
    /// loop 2100 as the 835 has it, and one more line of its explanation.
    pub fn add_claim_interest(
        &self,
        claim_id: i64,
        interest_cents: Cents,
        remittance_loop: &Phi<Vec<u8>>,
        explanation: &str,
    ) -> Result<(), StoreError> {
        let update = include_str!("../sql/queries/claim_add_interest.sql");
        self.change(update, &[&claim_id, &interest_cents.0])?;
        let record = include_str!("../sql/queries/claim_record_add_interest.sql");
        self.change(record, &[&claim_id, remittance_loop.expose(), &explanation]).map(drop)
    }

    /// Marks a reversal as reported by the 835 with this trace number.
    pub fn mark_loop_paid(&self, due_key: &str, trace_number: &str) -> Result<(), StoreError> {
        let mark = include_str!("../sql/queries/due_loops_mark_paid.sql");
        self.change(mark, &[&due_key, &trace_number]).map(drop)
    }

    /// Marks a provider-level adjustment as carried by the 835 with this trace number.
    pub fn mark_adjustment_paid(&self, due_key: &str, trace: &str) -> Result<(), StoreError> {
        let mark = include_str!("../sql/queries/due_adjustments_mark_paid.sql");
        self.change(mark, &[&due_key, &trace]).map(drop)
    }

    /// Records whom payments under a key go to, as the latest claim says it.
    pub fn set_payee(&self, payee: &PayeeRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/payee_upsert.sql"),
            &[
                &payee.payee_key,
                &payee.name,
                &payee.npi,
                &payee.tax_id,
                &payee.address,
                &payee.city,
                &payee.state,
                &payee.postal_code,
            ],
        )?;
        Ok(())
    }

    /// Whom payments under a key go to.
    pub fn payee(&self, payee_key: &str) -> Result<Option<PayeeRow>, StoreError> {
        let select = include_str!("../sql/queries/payee_select.sql");
        self.first(select, &[&payee_key], |row| {
            Ok(PayeeRow {
                payee_key: payee_key.to_owned(),
                name: row.get(0)?,
                npi: row.get(1)?,
                tax_id: row.get(2)?,
                address: row.get(3)?,
                city: row.get(4)?,
                state: row.get(5)?,
                postal_code: row.get(6)?,
            })
        })
    }

    /// The next number of a counter, from 1; a number that was taken never comes again.
    pub fn next_number(&self, counter: &str) -> Result<i64, StoreError> {
        self.reserve_numbers(counter, 1)
    }

    /// The last number that was taken from a counter; 0 before the first.
    pub fn last_number(&self, counter: &str) -> Result<i64, StoreError> {
        let select = include_str!("../sql/queries/counter_select.sql");
        Ok(self.first(select, &[&counter], |row| row.get(0))?.unwrap_or(0))
    }

    /// The first of `count` numbers in a row, all taken at once.
    pub fn reserve_numbers(&self, counter: &str, count: u64) -> Result<i64, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.change(include_str!("../sql/queries/counter_next.sql"), &[&counter, &count])?;
        let select = include_str!("../sql/queries/counter_select.sql");
        let last: i64 = self.first(select, &[&counter], |row| row.get(0))?.unwrap_or(count);
        Ok(last - count + 1)
    }

    /// Records an 835; false when its trace number from this payer is on record already.
    pub fn insert_remittance(&self, row: &RemittanceRow) -> Result<bool, StoreError> {
        let claims = i64::try_from(row.claims).unwrap_or(i64::MAX);
        let changed = self.change(
            include_str!("../sql/queries/remittance_insert.sql"),
            &[
                &row.trace_number,
                &row.payer_identifier,
                &row.payee_key,
                &row.payer_id,
                &row.payer_name,
                &row.fingerprint.cast_signed(),
                &row.amount_cents.0,
                &claims,
                &row.effective_on,
                &row.method,
                &row.file_digest,
                &row.match_outcome,
            ],
        )?;
        Ok(changed == 1)
    }

    /// The 835 with this trace number (TRN02, TRN03) for a payee.
    pub fn remittance(
        &self,
        trace_number: &str,
        payer_identifier: &str,
        payee_key: &str,
    ) -> Result<Option<RemittanceRow>, StoreError> {
        let select = include_str!("../sql/queries/remittance_select.sql");
        self.first(select, &[&trace_number, &payer_identifier, &payee_key], read_remittance)
    }

    /// Every 835 by effective date.
    pub fn remittances(&self) -> Result<Vec<RemittanceRow>, StoreError> {
        self.rows(include_str!("../sql/queries/remittance_all.sql"), &[], read_remittance)
    }

    /// Records where the money of an 835 paid by ACH goes.
    pub fn insert_payment_credit(&self, row: &CreditRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/payment_credit_insert.sql"),
            &[
                &row.trace_number,
                &row.payee_routing,
                &row.payee_account,
                &row.payee_id,
                &row.payee_name,
            ],
        )?;
        Ok(())
    }

    /// Where the money of an 835 goes; nothing when it is not paid by ACH.
    pub fn payment_credit(&self, trace_number: &str) -> Result<Option<CreditRow>, StoreError> {
        let select = include_str!("../sql/queries/payment_credit_select.sql");
        self.first(select, &[&trace_number], |row| {
            Ok(CreditRow {
                trace_number: row.get(0)?,
                payee_routing: row.get(1)?,
                payee_account: row.get(2)?,
                payee_id: row.get(3)?,
                payee_name: row.get(4)?,
            })
        })
    }

    /// The 835s issued whose money no CCD+ file holds yet, by effective date.
    pub fn remittances_to_send(&self) -> Result<Vec<RemittanceRow>, StoreError> {
        self.rows(include_str!("../sql/queries/remittances_to_send.sql"), &[], read_remittance)
    }

    /// Records the outcome of bank matching for an 835.
    pub fn set_remittance_match(&self, row: &RemittanceRow) -> Result<(), StoreError> {
        self.change(
            include_str!("../sql/queries/remittance_match.sql"),
            &[
                &row.trace_number,
                &row.payer_identifier,
                &row.payee_key,
                &row.match_outcome,
                &row.matched_cents.0,
                &row.settled_trace,
            ],
        )?;
        Ok(())
    }
}

fn read_accumulator(row: &Row<'_>) -> Result<AccumulatorRow, DatabaseError> {
    Ok(AccumulatorRow {
        holder: Phi::new(row.get(0)?),
        is_family: row.get::<i64>(1)? != 0,
        plan_id: row.get(2)?,
        year_from: row.get(3)?,
        in_network: row.get::<i64>(4)? != 0,
        deductible_cents: Cents(row.get(5)?),
        out_of_pocket_cents: Cents(row.get(6)?),
    })
}

fn read_remittance(row: &Row<'_>) -> Result<RemittanceRow, DatabaseError> {
    Ok(RemittanceRow {
        trace_number: row.get(0)?,
        payer_identifier: row.get(1)?,
        payee_key: row.get(2)?,
        payer_id: row.get(3)?,
        payer_name: row.get(4)?,
        fingerprint: row.get::<i64>(5)?.cast_unsigned(),
        amount_cents: Cents(row.get(6)?),
        claims: row.get::<i64>(7)?.unsigned_abs(),
        effective_on: row.get(8)?,
        method: row.get(9)?,
        file_digest: row.get(10)?,
        match_outcome: row.get(11)?,
        matched_cents: Cents(row.get(12)?),
        settled_trace: row.get(13)?,
    })
}
