//! A copy of the whole database while others work with it, and the digest of what is in it.

use crate::connection::Store;
use crate::error::StoreError;
use rusqlite::backup::Backup;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::path::Path;

impl Store {
    /// Copies a database as it stands now to a file that must not exist yet. The database itself
    /// is only read, and others go on working with it meanwhile.
    pub fn copy_to_file(from: &Path, to: &Path) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let original = Connection::open_with_flags(from, flags).map_err(StoreError::open)?;
        let mut copy = Connection::open(to).map_err(StoreError::open)?;
        // One step over all pages is one read transaction: the copy is of one moment.
        let copied = Backup::new(&original, &mut copy).and_then(|backup| backup.step(-1));
        // The copy is one file that is complete by itself.
        copied
            .and_then(|_| copy.pragma_update(None, "journal_mode", "DELETE"))
            .map_err(StoreError::open)
    }

    /// SHA-256 over every row of every table, in an order that does not depend on how the rows
    /// lie in the file: two databases with the same digest hold the same.
    pub fn content_digest(path: &Path) -> Result<[u8; 32], StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(StoreError::open)?;
        let transaction = connection.transaction().map_err(StoreError::open)?;
        let mut digest = Sha256::new();
        for table in tables(&transaction).map_err(StoreError::open)? {
            add_table(&transaction, &table, &mut digest).map_err(StoreError::open)?;
        }
        Ok(digest.finalize().into())
    }

    /// What the database engine finds wrong with the file's structure; nothing when it is whole.
    pub fn damage(path: &Path) -> Result<Option<String>, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(StoreError::open)?;
        let said: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(StoreError::open)?;
        Ok(if said == "ok" { None } else { Some(said) })
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(include_str!("../sql/queries/copy_tables.sql"))?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

fn add_table(connection: &Connection, table: &str, digest: &mut Sha256) -> rusqlite::Result<()> {
    let quoted = table.replace('"', "\"\"");
    let rows = include_str!("../sql/queries/copy_rows.sql").replace("{table}", &quoted);
    let columns = connection.prepare(&rows)?.column_count();
    let order: Vec<String> = (1..=columns).map(|column| column.to_string()).collect();
    let mut statement = connection.prepare(&format!("{rows} ORDER BY {}", order.join(", ")))?;
    let mut rows = statement.query([])?;
    add(digest, 0, table.as_bytes());
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => add(digest, 1, &[]),
                ValueRef::Integer(number) => add(digest, 2, &number.to_be_bytes()),
                ValueRef::Real(number) => add(digest, 3, &number.to_bits().to_be_bytes()),
                ValueRef::Text(text) => add(digest, 4, text),
                ValueRef::Blob(bytes) => add(digest, 5, bytes),
            }
        }
    }
    Ok(())
}

fn add(digest: &mut Sha256, kind: u8, bytes: &[u8]) {
    digest.update([kind]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(path: &Path, number: &str) {
        let mut store = Store::open(path).unwrap();
        let noted: Result<_, StoreError> =
            store.transaction("note", |tx| tx.record_interchange("ZZ*A", "ZZ*B", number, "digest"));
        noted.unwrap();
    }

    #[test]
    fn a_copy_holds_the_same_until_one_of_them_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one.sqlite"), folder.path().join("two.sqlite"));
        note(&one, "000000001");
        Store::copy_to_file(&one, &two).unwrap();
        let digest = |path: &Path| Store::content_digest(path).unwrap();
        assert_eq!(digest(&one), digest(&two));
        assert_eq!(Store::damage(&two).unwrap(), None);
        note(&two, "000000002");
        assert_ne!(digest(&one), digest(&two));
        note(&one, "000000002");
        assert_eq!(digest(&one), digest(&two));
        std::fs::write(&two, b"no database").unwrap();
        assert!(Store::content_digest(&two).is_err());
    }
}
