//! Who may sign in, who saw or changed what, and what people left unfinished.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::Phi;
use sha2::{Digest, Sha256};

/// A person who may sign in. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct AccountRecord {
    pub account_id: String,
    pub name: String,
    pub roles: String,
    pub password_hash: String,
    pub is_open: bool,
    pub last_seen: i64,
    /// The relationship of whose partner the person is a guest; 0 for the organization's own.
    pub relationship_id: i64,
}

/// Something that was seen or done. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct AuditRecord {
    pub event_id: i64,
    pub at: i64,
    pub account: String,
    pub role: String,
    pub action: String,
    pub subject: String,
    pub purpose: String,
    pub clause: String,
    pub request: String,
}

/// What reading the whole audit record came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheck {
    /// Rows that were read.
    pub events: u64,
    /// Number of the first row that does not continue the chain.
    pub first_bad: Option<i64>,
    /// The chain after the last row.
    pub chain: [u8; 32],
}

/// A file that a person sent. Field meanings are in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each column is documented once, in the schema")]
pub struct UploadRow {
    pub digest: String,
    pub name: String,
    pub place: String,
    pub bytes: u64,
    pub arrived_at: i64,
    pub account: String,
}

impl AuditRecord {
    /// The chain after this row: every column with its length, so that no two rows read alike.
    fn chained(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"counterfoil audit 1");
        hash.update(before);
        hash.update(self.event_id.to_be_bytes());
        hash.update(self.at.to_be_bytes());
        for text in [
            &self.account,
            &self.role,
            &self.action,
            &self.subject,
            &self.purpose,
            &self.clause,
            &self.request,
        ] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().into()
    }
}

impl Transaction<'_> {
    /// Records a new account; false when the name is taken.
    pub fn insert_account(&self, row: &AccountRecord) -> Result<bool, StoreError> {
        let changed = self.change(
            include_str!("../sql/queries/account_insert.sql"),
            &[
                &row.account_id,
                &row.name,
                &row.roles,
                &row.password_hash,
                &i64::from(row.is_open),
                &row.last_seen,
            ],
        )?;
        if changed == 1 && row.relationship_id != 0 {
            let insert = include_str!("../sql/queries/account_partner_insert.sql");
            self.change(insert, &[&row.account_id, &row.relationship_id])?;
        }
        Ok(changed == 1)
    }

    /// The account with a name.
    pub fn account_named(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        self.first(include_str!("../sql/queries/account_by_name.sql"), &[&name], read_account)
    }

    /// Every account by name.
    pub fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.rows(include_str!("../sql/queries/account_all.sql"), &[], read_account)
    }

    /// Notes when a person signed in, in milliseconds since 1970.
    pub fn account_seen(&self, account_id: &str, at: i64) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/account_seen.sql"), &[&account_id, &at]).map(drop)
    }

    /// Adds a row to the audit record; its number is the next one, whatever the row says.
    pub fn add_audit(&self, row: &AuditRecord) -> Result<i64, StoreError> {
        let last = include_str!("../sql/queries/audit_last.sql");
        let last: Option<(i64, Vec<u8>)> =
            self.first(last, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (number, before) = last.unwrap_or((0, vec![0; 32]));
        let before: [u8; 32] = before.try_into().unwrap_or([0; 32]);
        let row = AuditRecord { event_id: number.saturating_add(1), ..row.clone() };
        let chain = row.chained(&before);
        self.change(
            include_str!("../sql/queries/audit_insert.sql"),
            &[
                &row.event_id,
                &row.at,
                &row.account,
                &row.role,
                &row.action,
                &row.subject,
                &row.purpose,
                &row.clause,
                &row.request,
                &chain.as_slice(),
            ],
        )?;
        Ok(row.event_id)
    }

    /// One row of the audit record.
    pub fn audit_event(&self, event_id: i64) -> Result<Option<AuditRecord>, StoreError> {
        self.first(include_str!("../sql/queries/audit_select.sql"), &[&event_id], read_audit)
    }

    /// Reads the audit record from its first row on and follows its chain.
    pub fn check_audit(&self) -> Result<AuditCheck, StoreError> {
        let mut check = AuditCheck { events: 0, first_bad: None, chain: [0; 32] };
        self.each(include_str!("../sql/queries/audit_all.sql"), &[], |found| {
            let row = read_audit(found)?;
            let kept: Vec<u8> = found.get(9)?;
            let chain = row.chained(&check.chain);
            check.events += 1;
            let follows = i64::try_from(check.events) == Ok(row.event_id);
            if check.first_bad.is_none() && (!follows || kept != chain) {
                check.first_bad = Some(row.event_id);
            }
            check.chain = chain;
            Ok(())
        })?;
        Ok(check)
    }

    /// The form that a person left unfinished.
    pub fn draft(&self, account_id: &str, form: &str) -> Result<Option<Phi<String>>, StoreError> {
        let select = include_str!("../sql/queries/draft_select.sql");
        self.first(select, &[&account_id, &form], |row| Ok(Phi::new(row.get(0)?)))
    }

    /// Keeps an unfinished form, or forgets it.
    pub fn keep_draft(
        &self,
        account_id: &str,
        form: &str,
        fields: Option<&Phi<String>>,
    ) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/draft_forget.sql"), &[&account_id, &form])?;
        if let Some(fields) = fields {
            let insert = include_str!("../sql/queries/draft_insert.sql");
            self.change(insert, &[&account_id, &form, fields.expose()])?;
        }
        Ok(())
    }

    /// With what ids in addresses are sealed; the secret that is given is kept when there was none.
    pub fn desk_secret(&self, new: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let insert = include_str!("../sql/queries/desk_secret_insert.sql");
        self.change(insert, &[&new.as_slice()])?;
        let select = include_str!("../sql/queries/desk_secret_select.sql");
        let kept: Option<Vec<u8>> = self.first(select, &[], |row| row.get(0))?;
        let kept = kept.and_then(|kept| <[u8; 32]>::try_from(kept).ok());
        kept.ok_or_else(|| StoreError::NotFound("the secret of the desk is not 32 bytes".into()))
    }

    /// Records a file that a person sent; false when its bytes came before.
    pub fn insert_upload(&self, row: &UploadRow) -> Result<bool, StoreError> {
        let bytes = i64::try_from(row.bytes).unwrap_or(i64::MAX);
        let changed = self.change(
            include_str!("../sql/queries/upload_insert.sql"),
            &[&row.digest, &row.name, &row.place, &bytes, &row.arrived_at, &row.account],
        )?;
        Ok(changed == 1)
    }

    /// The file with these bytes that a person sent.
    pub fn upload(&self, digest: &str) -> Result<Option<UploadRow>, StoreError> {
        self.first(include_str!("../sql/queries/upload_select.sql"), &[&digest], |row| {
            Ok(UploadRow {
                digest: row.get(0)?,
                name: row.get(1)?,
                place: row.get(2)?,
                bytes: row.get::<i64>(3)?.unsigned_abs(),
                arrived_at: row.get(4)?,
                account: row.get(5)?,
            })
        })
    }
}

fn read_account(row: &Row<'_>) -> Result<AccountRecord, DatabaseError> {
    Ok(AccountRecord {
        account_id: row.get(0)?,
        name: row.get(1)?,
        roles: row.get(2)?,
        password_hash: row.get(3)?,
        is_open: row.get::<i64>(4)? != 0,
        last_seen: row.get(5)?,
        relationship_id: row.get(6)?,
    })
}

fn read_audit(row: &Row<'_>) -> Result<AuditRecord, DatabaseError> {
    Ok(AuditRecord {
        event_id: row.get(0)?,
        at: row.get(1)?,
        account: row.get(2)?,
        role: row.get(3)?,
        action: row.get(4)?,
        subject: row.get(5)?,
        purpose: row.get(6)?,
        clause: row.get(7)?,
        request: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(
        a_row_that_was_changed_or_taken_out_is_found,
        a_name_belongs_to_one_account_and_a_secret_stays
    );

    fn told(subject: &str) -> AuditRecord {
        AuditRecord { at: 7, account: "a1".into(), subject: subject.into(), ..Default::default() }
    }

    fn a_row_that_was_changed_or_taken_out_is_found(database: &Database) {
        for (damage, bad) in [
            ("UPDATE audit_event SET role = 'CO' WHERE event_id = 2", Some(2)),
            ("DELETE FROM audit_event WHERE event_id = 2", Some(3)),
            ("UPDATE audit_event SET chain = CAST('0' AS BLOB) WHERE event_id = 3", Some(3)),
            ("UPDATE audit_event SET at = at", None),
        ] {
            let mut store = of_test(database);
            let check: Result<AuditCheck, StoreError> = store.transaction("story", |tx| {
                for subject in ["claim/a", "claim/b", "claim/c"] {
                    tx.add_audit(&told(subject))?;
                }
                tx.change(damage, &[])?;
                tx.check_audit()
            });
            assert_eq!(check.unwrap().first_bad, bad, "{damage}");
        }
    }

    fn a_name_belongs_to_one_account_and_a_secret_stays(database: &Database) {
        let mut store = of_test(database);
        let story: Result<(), StoreError> = store.transaction("story", |tx| {
            let row =
                AccountRecord { account_id: "1".into(), name: "dana".into(), ..Default::default() };
            assert!(tx.insert_account(&row)?);
            assert!(!tx.insert_account(&AccountRecord { account_id: "2".into(), ..row.clone() })?);
            tx.account_seen("1", 99)?;
            assert_eq!(tx.account_named("dana")?.unwrap().last_seen, 99);
            assert_eq!(tx.desk_secret([1; 32])?, [1; 32]);
            assert_eq!(tx.desk_secret([2; 32])?, [1; 32]);
            tx.keep_draft("1", "f", Some(&Phi::new("a=b".into())))?;
            assert!(tx.draft("1", "f")?.is_some());
            tx.keep_draft("1", "f", None)?;
            assert!(tx.draft("1", "f")?.is_none());
            Ok(())
        });
        story.unwrap();
    }
}
