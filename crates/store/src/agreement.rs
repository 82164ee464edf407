//! Contracts and settlements of twin records: their texts, what was prepared, what was booked.

use crate::connection::Transaction;
use crate::error::StoreError;
use crate::twin::{DueRow, TwinEventRow, read_event};
use counterfoil_base::Cents;

/// A settlement that moved money in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementPosting {
    /// `provisional` or `final`.
    pub basis: String,
    /// SHA-256 of the statement that was booked, hex.
    pub digest: String,
    /// The amount that it says.
    pub amount_cents: Cents,
    /// Day of the entries, YYYY-MM-DD.
    pub posted_on: String,
    /// Who had it booked without agreement of both sides; empty when they agreed.
    pub decided_by: String,
    /// Why; empty when they agreed.
    pub reason: String,
}

impl Transaction<'_> {
    /// Keeps a text under its digest, once.
    pub fn keep_agreement_text(
        &self,
        digest: &str,
        kind: &str,
        content: &[u8],
    ) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/agreement_text_insert.sql");
        self.change(insert, &[&digest, &kind, &content]).map(drop)
    }

    /// A text of a kind by its digest; nothing when it is not here.
    pub fn agreement_text(&self, digest: &str, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let select = include_str!("../sql/queries/agreement_text_select.sql");
        self.first(select, &[&digest, &kind], |row| row.get(0))
    }

    /// The events by which contracts were signed: the payer's, then the provider's, each in its
    /// order.
    pub fn twin_contract_events(
        &self,
        relationship_id: i64,
    ) -> Result<Vec<TwinEventRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_contracts.sql");
        self.rows(select, &[&relationship_id], read_event)
    }

    /// The events by which settlements were stated, in the same order.
    pub fn twin_settlement_events(
        &self,
        relationship_id: i64,
    ) -> Result<Vec<TwinEventRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_settlements.sql");
        self.rows(select, &[&relationship_id], read_event)
    }

    /// What has to be said under keys that begin with a word and a stroke, and is not yet signed,
    /// in its order.
    pub fn dues_keyed(&self, relationship_id: i64, word: &str) -> Result<Vec<DueRow>, StoreError> {
        // Keys of a relationship begin with its number; the digit 0 follows the stroke.
        let (from, to) =
            (format!("{relationship_id}/{word}/"), format!("{relationship_id}/{word}0"));
        let select = include_str!("../sql/queries/twin_due_keyed.sql");
        self.rows(select, &[&relationship_id, &from, &to], |row| {
            Ok(DueRow { due_id: row.get(0)?, statements: row.get(1)? })
        })
    }

    /// Records which settlement was computed here last; one before it gives way.
    pub fn set_settlement_prepared(
        &self,
        relationship_id: i64,
        subject: &str,
        digest: &str,
    ) -> Result<(), StoreError> {
        let upsert = include_str!("../sql/queries/settlement_prepared_upsert.sql");
        self.change(upsert, &[&relationship_id, &subject, &digest]).map(drop)
    }

    /// Subject and digest of the settlements that were computed here last, by subject.
    pub fn settlements_prepared(
        &self,
        relationship_id: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let select = include_str!("../sql/queries/settlement_prepared_all.sql");
        self.rows(select, &[&relationship_id], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Records a settlement that moves money; one with its ordinal is an error.
    pub fn insert_settlement_posting(
        &self,
        relationship_id: i64,
        (subject, ordinal): (&str, u64),
        posting: &SettlementPosting,
    ) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/settlement_posting_insert.sql");
        let ordinal = i64::try_from(ordinal).unwrap_or(i64::MAX);
        let SettlementPosting { basis, digest, amount_cents, posted_on, decided_by, reason } =
            posting;
        self.change(
            insert,
            &[
                &relationship_id,
                &subject,
                &ordinal,
                basis,
                digest,
                &amount_cents.0,
                posted_on,
                decided_by,
                reason,
            ],
        )
        .map(drop)
    }

    /// What was booked of a settlement, in its order.
    pub fn settlement_postings(
        &self,
        relationship_id: i64,
        subject: &str,
    ) -> Result<Vec<SettlementPosting>, StoreError> {
        let select = include_str!("../sql/queries/settlement_posting_all.sql");
        self.rows(select, &[&relationship_id, &subject], |row| {
            Ok(SettlementPosting {
                basis: row.get(0)?,
                digest: row.get(1)?,
                amount_cents: Cents(row.get(2)?),
                posted_on: row.get(3)?,
                decided_by: row.get(4)?,
                reason: row.get(5)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(texts_are_kept_once_and_postings_stand_in_their_order,);

    fn texts_are_kept_once_and_postings_stand_in_their_order(database: &Database) {
        let mut store = of_test(database);
        let done: Result<(), StoreError> = store.transaction("agreements", |tx| {
            tx.keep_agreement_text("aa", "contract", b"one")?;
            tx.keep_agreement_text("aa", "contract", b"one")?;
            assert_eq!(tx.agreement_text("aa", "contract")?.as_deref(), Some(&b"one"[..]));
            assert_eq!(tx.agreement_text("aa", "settlement")?, None);
            tx.set_settlement_prepared(1, "settlement/x/2025", "d1")?;
            tx.set_settlement_prepared(1, "settlement/x/2025", "d2")?;
            let prepared = vec![("settlement/x/2025".to_owned(), "d2".to_owned())];
            assert_eq!(tx.settlements_prepared(1)?, prepared);
            assert_eq!(tx.settlements_prepared(2)?, []);
            let posting = |digest: &str, cents| SettlementPosting {
                basis: "final".to_owned(),
                digest: digest.to_owned(),
                amount_cents: Cents(cents),
                posted_on: "2026-05-01".to_owned(),
                decided_by: String::new(),
                reason: String::new(),
            };
            let (first, second) = (posting("d1", 5), posting("d2", -7));
            tx.insert_settlement_posting(1, ("settlement/x/2025", 1), &first)?;
            tx.insert_settlement_posting(1, ("settlement/x/2025", 2), &second)?;
            assert_eq!(tx.settlement_postings(1, "settlement/x/2025")?, [first, second]);
            Ok(())
        });
        done.expect("agreements are kept");
        let again: Result<(), StoreError> = store.transaction("once", |tx| {
            let posting = tx.settlement_postings(1, "settlement/x/2025")?.remove(0);
            tx.insert_settlement_posting(1, ("settlement/x/2025", 1), &posting)
        });
        assert!(again.is_err(), "a place is taken once");
    }
}
