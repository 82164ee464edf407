//! What files and interchanges were taken in, so that nothing is counted twice.

use crate::connection::Transaction;
use crate::error::StoreError;

/// A file that was taken in before or is being taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeFile {
    /// File name without its folder.
    pub name: String,
    /// `837`, `835` or `bank`.
    pub kind: String,
    /// Day of receipt, YYYY-MM-DD.
    pub received_on: String,
    /// Claims that are committed.
    pub claims_done: u64,
    /// True when every claim of the file is committed.
    pub finished: bool,
}

/// Whether an interchange control number is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterchangeSeen {
    /// Never seen from this sender to this receiver.
    First,
    /// Seen before in the same file.
    SameFile,
    /// Seen before in a file with other bytes: a replayed control number.
    OtherFile {
        /// SHA-256 of the earlier file, hex.
        file_digest: String,
    },
}

impl Transaction<'_> {
    /// Records that a file arrived; returns what is known of it, new or old.
    pub fn begin_file(
        &self,
        file_digest: &str,
        name: &str,
        kind: &str,
        received_on: &str,
    ) -> Result<IntakeFile, StoreError> {
        let insert = include_str!("../sql/queries/intake_insert.sql");
        self.change(insert, &[&file_digest, &name, &kind, &received_on])?;
        let known = self.file(file_digest)?;
        known.ok_or_else(|| StoreError::NotFound("the file was not recorded".into()))
    }

    /// Binds a file to the rules that it is decided with; returns those that it was bound to
    /// first, so that a run with others can say so.
    pub fn bind_file_to_rules(&self, digest: &str, rules: &str) -> Result<String, StoreError> {
        self.change(include_str!("../sql/queries/intake_bind.sql"), &[&digest, &rules])?;
        let select = include_str!("../sql/queries/intake_bound.sql");
        Ok(self.first(select, &[&digest], |row| row.get(0))?.unwrap_or_default())
    }

    /// What is known of a file.
    pub fn file(&self, file_digest: &str) -> Result<Option<IntakeFile>, StoreError> {
        let select = include_str!("../sql/queries/intake_select.sql");
        self.first(select, &[&file_digest], |row| {
            Ok(IntakeFile {
                name: row.get(0)?,
                kind: row.get(1)?,
                received_on: row.get(2)?,
                claims_done: row.get::<i64>(3)?.unsigned_abs(),
                finished: row.get::<i64>(4)? != 0,
            })
        })
    }

    /// Records how far a file has been committed.
    pub fn file_progress(
        &self,
        file_digest: &str,
        claims_done: u64,
        finished: bool,
    ) -> Result<(), StoreError> {
        let update = include_str!("../sql/queries/intake_progress.sql");
        let done = i64::try_from(claims_done).unwrap_or(i64::MAX);
        self.change(update, &[&file_digest, &done, &i64::from(finished)])?;
        Ok(())
    }

    /// Records an interchange control number and says whether it was seen before.
    pub fn record_interchange(
        &self,
        sender: &str,
        receiver: &str,
        control_number: &str,
        file_digest: &str,
    ) -> Result<InterchangeSeen, StoreError> {
        let insert = include_str!("../sql/queries/interchange_insert.sql");
        if self.change(insert, &[&sender, &receiver, &control_number, &file_digest])? == 1 {
            return Ok(InterchangeSeen::First);
        }
        let select = include_str!("../sql/queries/interchange_select.sql");
        let earlier: Option<String> =
            self.first(select, &[&sender, &receiver, &control_number], |row| row.get(0))?;
        Ok(match earlier {
            Some(digest) if digest == file_digest => InterchangeSeen::SameFile,
            Some(digest) => InterchangeSeen::OtherFile { file_digest: digest },
            None => InterchangeSeen::First,
        })
    }
}
