//! Copies of the whole database while others work with it, and the digest of what is in it.
//!
//! Both databases have the same tables with the same columns, so that the rows of one can be put
//! into the other, and the same content has the same digest in both.

use crate::connection::{Store, Transaction};
use crate::driver::{Begin, Link, Open, postgres, sqlite};
use crate::error::{DatabaseError, StoreError};
use crate::place::Place;
use crate::value::{Bind, Row, Value};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// How long a private copy waits for somebody who has the whole database to himself.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// What each database writes when it is prepared, and no copy takes.
const VERSIONS: &str = "schema_migration";

impl Store {
    /// A private copy of a database as it stands now, as [`Store::open_temporary`] keeps it.
    /// The database itself is only read, and others go on working with it meanwhile.
    pub fn private_copy(place: &Place) -> Result<Store, StoreError> {
        match place {
            Place::File(file) => Store::private_copy_within(file, BUSY_WAIT),
            Place::Server(_) => {
                let (original, mut copy) = (Store::open_at(place)?, Store::open_temporary()?);
                copy.take_rows(&original.link)?;
                Ok(copy)
            }
        }
    }

    fn private_copy_within(path: &Path, wait: Duration) -> Result<Store, StoreError> {
        let original = existing(path)?;
        let mut copy = Connection::open("").map_err(StoreError::open)?;
        // One step over all pages is one read transaction: the copy is of one moment. A database
        // that is locked meanwhile copies nothing and says so by this outcome alone.
        original.busy_timeout(wait).map_err(StoreError::open)?;
        let outcome = Backup::new(&original, &mut copy)
            .and_then(|backup| backup.step(-1))
            .map_err(StoreError::open)?;
        match outcome {
            StepResult::Done => {
                let link = sqlite::Link::prepare(copy, None).map_err(StoreError::Open)?;
                Store::prepare(Link::Sqlite(link))
            }
            _ => Err(StoreError::Busy),
        }
    }

    /// Copies a database as it stands now to a SQLite file that must not exist yet, or is empty.
    /// The database itself is only read, and others go on working with it meanwhile.
    pub fn copy_to_file(from: &Place, to: &Path) -> Result<(), StoreError> {
        let copy = match from {
            Place::File(file) => {
                let original = existing(file)?;
                let mut copy = Connection::open(to).map_err(StoreError::open)?;
                // One step over all pages is one read transaction: the copy is of one moment.
                let copied = Backup::new(&original, &mut copy).and_then(|backup| backup.step(-1));
                copied.map_err(StoreError::open)?;
                copy
            }
            Place::Server(_) => {
                let original = Store::open_at(from)?;
                Store::open(to)?.take_rows(&original.link)?;
                existing(to)?
            }
        };
        // The copy is one file that is complete by itself.
        copy.pragma_update(None, "journal_mode", "DELETE").map_err(StoreError::open)
    }

    /// Puts what a SQLite file holds into a database that holds nothing yet, as one transaction,
    /// and makes sure that it holds the same then. The file is only read.
    pub fn load_file(from: &Path, to: &Place) -> Result<(), StoreError> {
        let original = Store::private_copy_within(from, BUSY_WAIT)?;
        let mut store = Store::open_at(to)?;
        store.take_rows(&original.link)?;
        if digest_of(&store.link)? == digest_of(&original.link)? {
            return Ok(());
        }
        Err(StoreError::NotFound("the database does not hold what the file holds".to_owned()))
    }

    /// SHA-256 over every row of every table, in an order that does not depend on how the rows
    /// lie: two databases with the same digest hold the same, whichever kind they are.
    pub fn content_digest(place: &Place) -> Result<[u8; 32], StoreError> {
        let link = match place {
            Place::File(file) => Link::Sqlite(sqlite::Link::as_it_is(existing(file)?)),
            Place::Server(server) => {
                Link::Postgres(postgres::Link::open(server).map_err(StoreError::Open)?)
            }
        };
        digest_of(&link)
    }

    /// Whether a database holds no row; one that is not there yet is made.
    pub fn is_empty(place: &Place) -> Result<bool, StoreError> {
        let mut store = Store::open_at(place)?;
        let failed = |source| StoreError::inside("look into the database", source);
        let (tables, _) = store.link.catalog();
        let tables = names(&store.link.begin(Begin::Read).map_err(failed)?, tables);
        let tables = tables.map_err(failed)?;
        store.read("is there a row", |tx| {
            for table in tables.iter().filter(|table| *table != VERSIONS) {
                if tx.first(&rows_of(table), &[], |_| Ok(()))?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// What the database engine finds wrong with the structure of its file; nothing when it is
    /// whole. A server looks after its own files.
    pub fn damage(place: &Place) -> Result<Option<String>, StoreError> {
        let Place::File(file) = place else { return Ok(None) };
        let said: String = existing(file)?
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(StoreError::open)?;
        Ok(if said == "ok" { None } else { Some(said) })
    }

    /// Takes every row of another database, as of one moment, into this one, which must be empty.
    fn take_rows(&mut self, from: &Link) -> Result<(), StoreError> {
        let failed = |source| StoreError::inside("copy the database", source);
        let original = from.begin(Begin::Read).map_err(failed)?;
        let (tables, _) = from.catalog();
        let tables = names(&original, tables).map_err(failed)?;
        let columns = self.link.catalog().1;
        self.transaction("take a copy", |tx| {
            for table in tables.iter().filter(|table| *table != VERSIONS) {
                expect_empty(tx, table)?;
                let insert = insert(tx, table, columns)?;
                let mut put = |row: &Row<'_>| {
                    let values = values(row)?;
                    let bound: Vec<&dyn Bind> = values.iter().map(|one| one as &dyn Bind).collect();
                    tx.open.change(&insert, &bound).map(|_| ControlFlow::Continue(()))
                };
                original.each(&rows_of(table), &[], &mut put).map_err(failed)?;
            }
            Ok(())
        })
    }
}

/// A connection to a file that exists.
fn existing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(StoreError::open)
}

fn expect_empty(tx: &Transaction<'_>, table: &str) -> Result<(), StoreError> {
    if tx.first(&rows_of(table), &[], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    Err(StoreError::Place {
        what: "the database holds rows already".to_owned(),
        fix: "name a schema or database that holds nothing; nothing was changed".to_owned(),
    })
}

/// The statement that puts a row into a table.
fn insert(tx: &Transaction<'_>, table: &str, columns: &str) -> Result<String, StoreError> {
    let count = tx.first(columns, &[&table], |row| row.get::<i64>(0))?.unwrap_or(0);
    let places: Vec<String> = (1..=count).map(|place| format!("?{place}")).collect();
    Ok(include_str!("../sql/queries/copy_insert.sql")
        .replace("{table}", table)
        .replace("{places}", &places.join(", ")))
}

/// Names of tables come from the database's own catalog, and are those of the schema.
fn rows_of(table: &str) -> String {
    include_str!("../sql/queries/copy_rows.sql").replace("{table}", table)
}

fn names(open: &Open<'_>, tables: &str) -> Result<Vec<String>, DatabaseError> {
    let mut found = Vec::new();
    open.each(tables, &[], &mut |row| {
        found.push(row.get(0)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn values<'r>(row: &'r Row<'_>) -> Result<Vec<Value<'r>>, DatabaseError> {
    (0..row.columns()).map(|column| row.value(column)).collect()
}

fn digest_of(link: &Link) -> Result<[u8; 32], StoreError> {
    let failed = |source| StoreError::inside("digest the database", source);
    let open = link.begin(Begin::Read).map_err(failed)?;
    let (tables, columns) = link.catalog();
    let mut digest = Sha256::new();
    for table in names(&open, tables).map_err(failed)? {
        add_table(&open, (&table, columns), &mut digest).map_err(failed)?;
    }
    Ok(digest.finalize().into())
}

fn add_table(
    open: &Open<'_>,
    (table, columns): (&str, &str),
    digest: &mut Sha256,
) -> Result<(), DatabaseError> {
    let mut count = 0;
    open.each(columns, &[&table], &mut |row| {
        count = row.get::<i64>(0)?;
        Ok(ControlFlow::Break(()))
    })?;
    let order: Vec<String> = (1..=count).map(|column| column.to_string()).collect();
    add(digest, 0, table.as_bytes());
    let ordered = format!("{} ORDER BY {}", rows_of(table), order.join(", "));
    open.each(&ordered, &[], &mut |row| {
        for value in values(row)? {
            match value {
                Value::Null => add(digest, 1, &[]),
                Value::Integer(number) => add(digest, 2, &number.to_be_bytes()),
                Value::Text(text) => add(digest, 4, text.as_bytes()),
                Value::Bytes(bytes) => add(digest, 5, bytes),
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn add(digest: &mut Sha256, kind: u8, bytes: &[u8]) {
    digest.update([kind]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InterchangeSeen;
    use crate::connection::place_of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(
        a_copy_holds_the_same_until_one_of_them_changes,
        a_private_copy_is_of_one_moment_and_holds_nobody_up,
        a_file_is_loaded_into_an_empty_database_alone,
    );

    fn note(store: &mut Store, number: &str) -> InterchangeSeen {
        let noted: Result<_, StoreError> = store.transaction("note", |tx| {
            // Words in another order than letters of a language have, and bytes.
            tx.outbox_open(&format!("b_{number}"), "999", &format!("B {number}"))?;
            tx.outbox_open(&format!("_B{number}"), "999", &format!("é {number}"))?;
            tx.outbox_append(&format!("_B{number}"), 0, &[0, 255])?;
            tx.record_interchange("ZZ*A", "ZZ*B", number, "digest")
        });
        noted.unwrap()
    }

    fn digest(place: &Place) -> [u8; 32] {
        Store::content_digest(place).unwrap()
    }

    fn a_copy_holds_the_same_until_one_of_them_changes(database: &Database) {
        let folder = tempfile::tempdir().unwrap();
        let one = place_of_test(database, &folder.path().join("one.sqlite"));
        let file = folder.path().join("two.sqlite");
        let two = Place::File(file.clone());
        note(&mut Store::open_at(&one).unwrap(), "000000001");
        Store::copy_to_file(&one, &file).unwrap();
        assert_eq!(digest(&one), digest(&two));
        assert_eq!(Store::damage(&two).unwrap(), None);
        let bytes = std::fs::read(&file).unwrap();
        digest(&two);
        assert!(std::fs::read(&file).unwrap() == bytes, "looking changes no byte of a backup");
        note(&mut Store::open_at(&two).unwrap(), "000000002");
        assert_ne!(digest(&one), digest(&two));
        note(&mut Store::open_at(&one).unwrap(), "000000002");
        assert_eq!(digest(&one), digest(&two));
        std::fs::write(&file, b"no database").unwrap();
        assert!(Store::content_digest(&two).is_err());
    }

    fn a_private_copy_is_of_one_moment_and_holds_nobody_up(database: &Database) {
        let folder = tempfile::tempdir().unwrap();
        let place = place_of_test(database, &folder.path().join("books.sqlite"));
        let mut original = Store::open_at(&place).unwrap();
        note(&mut original, "000000001");
        let mut copy = Store::private_copy(&place).unwrap();
        let predicted: Result<(), StoreError> = copy.transaction("predict", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000002", "digest")?;
            // While the copy is written in, the original is too.
            assert_eq!(note(&mut original, "000000003"), InterchangeSeen::First);
            Ok(())
        });
        predicted.unwrap();
        let seen = |store: &mut Store, number: &str| -> InterchangeSeen {
            let asked: Result<_, StoreError> = store
                .transaction("see", |tx| tx.record_interchange("ZZ*A", "ZZ*B", number, "digest"));
            asked.unwrap()
        };
        assert_ne!(seen(&mut copy, "000000001"), InterchangeSeen::First);
        assert_eq!(seen(&mut copy, "000000003"), InterchangeSeen::First);
        assert_eq!(seen(&mut original, "000000002"), InterchangeSeen::First);
        let missing = Place::File(folder.path().join("missing.sqlite"));
        assert!(Store::private_copy(&missing).is_err());
    }

    fn a_file_is_loaded_into_an_empty_database_alone(database: &Database) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.sqlite");
        note(&mut Store::open(&file).unwrap(), "000000001");
        let place = place_of_test(database, &folder.path().join("books.sqlite"));
        assert!(Store::is_empty(&place).unwrap());
        Store::load_file(&file, &place).unwrap();
        assert!(!Store::is_empty(&place).unwrap());
        assert_eq!(digest(&place), digest(&Place::File(file.clone())));
        let again = Store::load_file(&file, &place);
        assert!(matches!(again, Err(StoreError::Place { .. })), "rows stand there already");
        assert_eq!(digest(&place), digest(&Place::File(file)), "and stay as they are");
    }

    #[test]
    fn no_copy_is_made_of_a_database_that_somebody_has_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        drop(Store::open(&path).unwrap());
        let locked = Connection::open(&path).unwrap();
        locked.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
        locked.execute_batch("BEGIN EXCLUSIVE; DELETE FROM counter").unwrap();
        let copied = Store::private_copy_within(&path, Duration::from_millis(20));
        assert!(matches!(copied, Err(StoreError::Busy)), "an empty copy would predict nonsense");
    }
}
