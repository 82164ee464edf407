//! Files on their way out: recorded with what they say, written to a folder afterwards.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;

/// A file that leaves the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxFile {
    /// Name without a folder.
    pub file_name: String,
    /// `835`, `CCD+`, `999`, `TA1` or `277CA`.
    pub kind: String,
    /// What it stands for; the same key never leads to a second file.
    pub source_key: String,
    /// SHA-256 of the bytes, hex; empty while the file is open.
    pub content_digest: String,
    /// How far it is.
    pub state: OutboxState,
}

/// How far a file is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Pieces are still added.
    Open,
    /// Whole, and to be written to a folder.
    Pending,
    /// Written to a folder.
    Written,
}

impl OutboxState {
    fn word(self) -> &'static str {
        match self {
            OutboxState::Open => "open",
            OutboxState::Pending => "pending",
            OutboxState::Written => "written",
        }
    }

    fn from_word(word: &str) -> Option<OutboxState> {
        let all = [OutboxState::Open, OutboxState::Pending, OutboxState::Written];
        all.into_iter().find(|state| state.word() == word)
    }
}

impl Transaction<'_> {
    /// Begins a file; its bytes follow piece by piece.
    pub fn outbox_open(&self, name: &str, kind: &str, source_key: &str) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/outbox_insert.sql");
        self.change(insert, &[&name, &kind, &source_key]).map(drop)
    }

    /// Adds the piece with this number, from 0, to an open file.
    pub fn outbox_append(&self, name: &str, part: u64, content: &[u8]) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/outbox_part_insert.sql");
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        self.change(insert, &[&name, &part, &content]).map(drop)
    }

    /// Ends an open file: from now on it is to be written, with these bytes and no others.
    pub fn outbox_close(&self, name: &str, content_digest: &str) -> Result<(), StoreError> {
        let close = include_str!("../sql/queries/outbox_close.sql");
        if self.change(close, &[&name, &content_digest])? == 1 {
            return Ok(());
        }
        Err(StoreError::NotFound(format!("no outgoing file {name} is open")))
    }

    /// Forgets a file that was begun and never ended; one that is whole stays.
    pub fn outbox_forget_open(&self, name: &str) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/outbox_part_forget.sql"), &[&name])?;
        self.change(include_str!("../sql/queries/outbox_forget.sql"), &[&name]).map(drop)
    }

    /// The file that stands for something.
    pub fn outbox_of(&self, source_key: &str) -> Result<Option<OutboxFile>, StoreError> {
        self.first(include_str!("../sql/queries/outbox_by_source.sql"), &[&source_key], read_file)
    }

    /// The file with a name.
    pub fn outbox_file(&self, name: &str) -> Result<Option<OutboxFile>, StoreError> {
        self.first(include_str!("../sql/queries/outbox_by_name.sql"), &[&name], read_file)
    }

    /// A whole file with these bytes, by the SHA-256 in hexadecimal digits.
    pub fn outbox_with_digest(&self, digest: &str) -> Result<Option<OutboxFile>, StoreError> {
        self.first(include_str!("../sql/queries/outbox_by_digest.sql"), &[&digest], read_file)
    }

    /// How many bytes of a file are recorded.
    pub fn outbox_length(&self, name: &str) -> Result<u64, StoreError> {
        let select = include_str!("../sql/queries/outbox_length.sql");
        let length = self.first(select, &[&name], |row| row.get::<i64>(0))?;
        Ok(length.unwrap_or(0).unsigned_abs())
    }

    /// The files that are to be written, by name.
    pub fn outbox_pending(&self) -> Result<Vec<OutboxFile>, StoreError> {
        self.rows(include_str!("../sql/queries/outbox_pending.sql"), &[], read_file)
    }

    /// The piece of a file with this number, from 0; nothing after the last.
    pub fn outbox_part(&self, name: &str, part: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let select = include_str!("../sql/queries/outbox_part_select.sql");
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        self.first(select, &[&name, &part], |row| row.get(0))
    }

    /// Records that a file stands in a folder.
    pub fn outbox_mark_written(&self, name: &str) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/outbox_mark_written.sql"), &[&name]).map(drop)
    }
}

fn read_file(row: &Row<'_>) -> Result<OutboxFile, DatabaseError> {
    let word: String = row.get(4)?;
    let state = OutboxState::from_word(&word).ok_or_else(|| {
        let unknown = format!("unknown state '{word}' of an outgoing file");
        DatabaseError::column(4, unknown)
    })?;
    Ok(OutboxFile {
        file_name: row.get(0)?,
        kind: row.get(1)?,
        source_key: row.get(2)?,
        content_digest: row.get(3)?,
        state,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(
        a_file_is_open_then_pending_then_written_and_one_source_has_one_file
    );

    fn a_file_is_open_then_pending_then_written_and_one_source_has_one_file(database: &Database) {
        let mut store = of_test(database);
        let story: Result<(), StoreError> = store.transaction("story", |tx| {
            tx.outbox_open("a.x12", "277CA", "file/1")?;
            tx.outbox_append("a.x12", 0, b"half")?;
            assert_eq!(tx.outbox_pending()?, []);
            tx.outbox_forget_open("a.x12")?;
            assert_eq!((tx.outbox_of("file/1")?, tx.outbox_part("a.x12", 0)?), (None, None));
            tx.outbox_open("b.x12", "277CA", "file/1")?;
            tx.outbox_append("b.x12", 0, b"who")?;
            tx.outbox_append("b.x12", 1, b"le")?;
            tx.outbox_close("b.x12", "digest")?;
            assert!(tx.outbox_close("b.x12", "other").is_err(), "a whole file is not changed");
            tx.outbox_forget_open("b.x12")?;
            let pending = tx.outbox_pending()?;
            assert_eq!(pending.len(), 1);
            assert_eq!(pending[0].content_digest, "digest");
            assert_eq!(tx.outbox_part("b.x12", 1)?.as_deref(), Some(&b"le"[..]));
            assert_eq!(tx.outbox_part("b.x12", 2)?, None);
            tx.outbox_mark_written("b.x12")?;
            assert_eq!(tx.outbox_pending()?, []);
            assert_eq!(tx.outbox_file("b.x12")?.unwrap().state, OutboxState::Written);
            Ok(())
        });
        story.unwrap();
    }
}
