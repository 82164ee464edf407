//! Opening the database, the schema gate, migrations and named transactions.

use crate::claims::OpenClaims;
use crate::ledger::OpenBooks;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Row, ToSql};
use std::cell::RefCell;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schema version that this program reads and writes.
pub const SCHEMA_VERSION: i64 = 5;

/// Pages kept at hand, usually and in the bulk of a run: there every claim touches a page
/// anywhere in each of several indexes.
const CACHE_KIBIBYTES: i64 = 32 * 1024;
const BULK_CACHE_KIBIBYTES: i64 = 128 * 1024;
/// How long a private copy waits for somebody who has the whole database to himself.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Every migration in order. Each may run twice without changing anything.
const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "first", include_str!("../sql/migrations/0001-first/up.sql")),
    (2, "twin", include_str!("../sql/migrations/0002-twin/up.sql")),
    (3, "desk", include_str!("../sql/migrations/0003-desk/up.sql")),
    (4, "node", include_str!("../sql/migrations/0004-node/up.sql")),
    (5, "guests", include_str!("../sql/migrations/0005-guests/up.sql")),
];

/// Why a database operation did not happen; nothing of its transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database was written by a newer program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}: \
         use the newer program, or restore a backup from before the upgrade"
    )]
    SchemaTooNew {
        /// Version in the database.
        found: i64,
        /// Highest version that this program knows.
        known: i64,
    },
    /// The file cannot be opened or created.
    #[error("cannot open the database: {0}")]
    Open(#[source] rusqlite::Error),
    /// A statement failed inside the named transaction.
    #[error("the transaction '{name}' failed and was rolled back: {source}")]
    Transaction {
        /// Name of the transaction.
        name: &'static str,
        /// What the database said.
        #[source]
        source: rusqlite::Error,
    },
    /// The books refuse the entry.
    #[error("the books refuse an entry: {0}")]
    Ledger(#[from] counterfoil_ledger::LedgerError),
    /// A provider's command was given a payer's database, or the other way round.
    #[error("this data folder holds the books of a {found}, the command needs those of a {wanted}")]
    OtherSide {
        /// Whose it is.
        found: String,
        /// Whose the command works on.
        wanted: &'static str,
    },
    /// The lock file beside the database cannot be used.
    #[error("cannot lock the database: {0}")]
    Lock(#[source] std::io::Error),
    /// Another run is at work.
    #[error(
        "another run is working on this data folder: wait until it has ended, then run the \
         command again"
    )]
    Busy,
    /// A row that the caller named does not exist, or is not in the state it must be in.
    #[error("{0}")]
    NotFound(String),
}

/// Whose books a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A health plan that decides and pays claims.
    Payer,
    /// A practice or hospital that bills claims and posts payments.
    Provider,
}

impl Side {
    /// The word that the database keeps and messages say.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Side::Payer => "payer",
            Side::Provider => "provider",
        }
    }
}

impl StoreError {
    /// True when the disk has no room left, which only the operator can mend.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        let (StoreError::Open(source) | StoreError::Transaction { source, .. }) = self else {
            return false;
        };
        source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }
}

/// The database of one organization.
pub struct Store {
    connection: Connection,
    /// Beside the database file; nothing for a database in memory.
    lock: Option<PathBuf>,
}

/// While it lives, no other run works on the same database; the system ends it with the process.
#[derive(Debug)]
pub struct RunLock {
    _file: Option<File>,
}

/// A running named transaction; dropped without commit it leaves no trace.
pub struct Transaction<'a> {
    pub(crate) inner: rusqlite::Transaction<'a>,
    pub(crate) name: &'static str,
    pub(crate) books: RefCell<OpenBooks>,
    pub(crate) claims: RefCell<OpenClaims>,
}

impl Store {
    /// Opens or creates the database file, brings it to this program's schema, and refuses a
    /// newer one.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let connection = Connection::open(path).map_err(StoreError::Open)?;
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        Store::prepare(connection, Some(PathBuf::from(lock)))
    }

    /// A database that lives as long as the value, for predictions and tests.
    pub fn open_in_memory() -> Result<Store, StoreError> {
        Store::prepare(Connection::open_in_memory().map_err(StoreError::Open)?, None)
    }

    /// Makes the database this side's when it is nobody's yet; refuses the other side's.
    pub fn belongs_to(&mut self, side: Side) -> Result<(), StoreError> {
        let found: Option<String> = self.transaction("whose database it is", |tx| {
            tx.change(include_str!("../sql/queries/organization_insert.sql"), &[&side.word()])?;
            tx.first(include_str!("../sql/queries/organization_select.sql"), &[], |row| row.get(0))
        })?;
        match found {
            Some(word) if word != side.word() => {
                Err(StoreError::OtherSide { found: word, wanted: side.word() })
            }
            _ => Ok(()),
        }
    }

    /// A database of its own that goes with the value, for predictions over a whole file: what
    /// does not fit into memory lies in a temporary file that nobody else can open.
    pub fn open_temporary() -> Result<Store, StoreError> {
        Store::prepare(Connection::open("").map_err(StoreError::Open)?, None)
    }

    /// A private copy of a database as it stands now, as [`Store::open_temporary`] keeps it.
    /// The database itself is only read, and others go on working with it meanwhile.
    pub fn private_copy(path: &Path) -> Result<Store, StoreError> {
        Store::private_copy_within(path, BUSY_WAIT)
    }

    fn private_copy_within(path: &Path, wait: Duration) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let original = Connection::open_with_flags(path, flags).map_err(StoreError::Open)?;
        let mut copy = Connection::open("").map_err(StoreError::Open)?;
        // One step over all pages is one read transaction: the copy is of one moment. A database
        // that is locked meanwhile copies nothing and says so by this outcome alone.
        original.busy_timeout(wait).map_err(StoreError::Open)?;
        let outcome = Backup::new(&original, &mut copy)
            .and_then(|backup| backup.step(-1))
            .map_err(StoreError::Open)?;
        match outcome {
            StepResult::Done => Store::prepare(copy, None),
            _ => Err(StoreError::Busy),
        }
    }

    /// Claims the database for a run of several transactions, or says that another run has it.
    pub fn begin_run(&self) -> Result<RunLock, StoreError> {
        let Some(path) = &self.lock else { return Ok(RunLock { _file: None }) };
        let opened = File::options().create(true).truncate(false).write(true).open(path);
        let file = opened.map_err(StoreError::Lock)?;
        match file.try_lock() {
            Ok(()) => Ok(RunLock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(cause)) => Err(StoreError::Lock(cause)),
        }
    }

    /// Begins or ends the bulk of a run: meanwhile no commit waits for the disk, and more pages
    /// stay at hand. A run that can be repeated need not wait at each commit: after a loss of
    /// power it goes on from an earlier one. [`Store::sync`] must come before anything leaves the
    /// database.
    pub fn work_in_bulk(&self, bulk: bool) -> Result<(), StoreError> {
        let (synchronous, cache_kibibytes) =
            if bulk { ("NORMAL", BULK_CACHE_KIBIBYTES) } else { ("FULL", CACHE_KIBIBYTES) };
        let failed = |source| failed("set how a run works", source);
        self.connection.pragma_update(None, "synchronous", synchronous).map_err(failed)?;
        // A negative size counts kibibytes, a positive one pages.
        self.connection.pragma_update(None, "cache_size", -cache_kibibytes).map_err(failed)
    }

    /// Returns when everything committed so far would survive a loss of power.
    pub fn sync(&self) -> Result<(), StoreError> {
        // A commit with full sync takes the whole log to the disk, earlier commits with it; it
        // must write something for that.
        let failed = |source| failed("take commits to the disk", source);
        self.connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        let sql = include_str!("../sql/queries/counter_next.sql");
        self.connection.execute(sql, ("sync", 1)).map_err(failed)?;
        Ok(())
    }

    fn prepare(mut connection: Connection, lock: Option<PathBuf>) -> Result<Store, StoreError> {
        // Write-ahead log with full sync: an acknowledged commit survives power loss. The log
        // is folded in after 64 MiB, so that a page that changes often is written once.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 16384;",
            )
            .and_then(|()| connection.pragma_update(None, "cache_size", -CACHE_KIBIBYTES))
            .map_err(StoreError::Open)?;
        connection.set_prepared_statement_cache_capacity(128);
        migrate(&mut connection)?;
        Ok(Store { connection, lock })
    }

    /// Runs the closure over the database as it stands at one moment, without holding up those
    /// who write; what the closure changes is not kept. The name appears in errors.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let inner = self.connection.transaction().map_err(|source| failed(name, source))?;
        work(&Transaction { inner, name, books: RefCell::default(), claims: RefCell::default() })
    }

    /// Changes whenever somebody else has written to the database; what this connection writes
    /// leaves it as it is.
    pub fn change_stamp(&self) -> Result<i64, StoreError> {
        let asked = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        asked.map_err(|source| failed("ask whether something changed", source))
    }

    /// Runs the closure in one transaction; commits when it returns a value, rolls back when it
    /// returns an error. The name appears in errors.
    pub fn transaction<T, E: From<StoreError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = rusqlite::TransactionBehavior::Immediate;
        let inner = self
            .connection
            .transaction_with_behavior(begin)
            .map_err(|source| failed(name, source))?;
        let (books, claims) = Default::default();
        let transaction = Transaction { inner, name, books, claims };
        let value = work(&transaction)?;
        transaction.write_balances()?;
        let committed = transaction.inner.commit();
        committed.map_err(|source| failed(name, source))?;
        Ok(value)
    }
}

/// Applies what is missing; refuses a database from the future before touching it.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let name = "migrate";
    let failed = |source| failed(name, source);
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    transaction
        .execute_batch(include_str!("../sql/migrations/0000-versions.sql"))
        .map_err(failed)?;
    let highest_query = include_str!("../sql/queries/migration_highest.sql");
    let found: i64 = transaction.query_row(highest_query, [], |row| row.get(0)).map_err(failed)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::SchemaTooNew { found, known: SCHEMA_VERSION });
    }
    for (version, title, sql) in MIGRATIONS {
        if version > found {
            transaction.execute_batch(sql).map_err(failed)?;
            let record = include_str!("../sql/queries/migration_record.sql");
            transaction.execute(record, (version, title)).map_err(failed)?;
        }
    }
    transaction.commit().map_err(failed)
}

impl Transaction<'_> {
    /// Runs one statement from `sql/queries`; returns how many rows changed.
    pub(crate) fn change(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        let mut statement = self.inner.prepare_cached(sql).map_err(|e| self.failed(e))?;
        statement.execute(values).map_err(|e| self.failed(e))
    }

    /// Reads every row of one query.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Visits the rows of one query one at a time, for results larger than memory.
    pub(crate) fn each(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.inner.prepare_cached(sql).map_err(|e| self.failed(e))?;
        let mut rows = statement.query(values).map_err(|e| self.failed(e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            visit(row).map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// Reads the first row of one query, when there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.inner.prepare_cached(sql).map_err(|e| self.failed(e))?;
        let mut rows = statement.query(values).map_err(|e| self.failed(e))?;
        match rows.next().map_err(|e| self.failed(e))? {
            Some(row) => read(row).map(Some).map_err(|e| self.failed(e)),
            None => Ok(None),
        }
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        failed(self.name, source)
    }
}

/// A database that somebody else holds is no failure of the transaction.
fn failed(name: &'static str, source: rusqlite::Error) -> StoreError {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy) => StoreError::Busy,
        _ => StoreError::Transaction { name, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_can_run_twice_and_a_newer_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        drop(Store::open(&path).unwrap());
        let first = Connection::open(&path).unwrap();
        first
            .execute_batch("INSERT INTO intake_file VALUES ('d', 'n', '837', '', 3, 1, '')")
            .unwrap();
        drop(first);
        for _ in 0..2 {
            let mut store = Store::open(&path).unwrap();
            for (_, _, sql) in MIGRATIONS {
                store.connection.execute_batch(sql).unwrap();
            }
            let kept = store.transaction("ask", |tx| tx.file("d")).unwrap();
            assert_eq!(kept.map(|file| file.claims_done), Some(3), "what stood there stands");
        }
        let store = Store::open(&path).unwrap();
        store.connection.execute_batch("INSERT INTO schema_migration VALUES (99, 'x')").unwrap();
        drop(store);
        let refused = Store::open(&path).map(|_| ()).unwrap_err();
        assert!(
            matches!(refused, StoreError::SchemaTooNew { found: 99, known: SCHEMA_VERSION }),
            "{refused}"
        );
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

    #[test]
    fn a_private_copy_is_of_one_moment_and_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        let mut original = Store::open(&path).unwrap();
        let seen = |store: &mut Store, number: &str| -> crate::InterchangeSeen {
            let recorded: Result<_, StoreError> = store.transaction("record", |tx| {
                tx.record_interchange("ZZ*A", "ZZ*B", number, "digest")
            });
            recorded.unwrap()
        };
        seen(&mut original, "000000001");
        let mut copy = Store::private_copy(&path).unwrap();
        let predicted: Result<(), StoreError> = copy.transaction("predict", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000002", "digest")?;
            // While the copy is written in, the original is too.
            assert_eq!(seen(&mut original, "000000003"), crate::InterchangeSeen::First);
            Ok(())
        });
        predicted.unwrap();
        assert_ne!(seen(&mut copy, "000000001"), crate::InterchangeSeen::First);
        assert_eq!(seen(&mut copy, "000000003"), crate::InterchangeSeen::First);
        assert_eq!(seen(&mut original, "000000002"), crate::InterchangeSeen::First);
        assert!(Store::private_copy(&folder.path().join("missing.sqlite")).is_err());
    }

    #[test]
    fn a_failed_transaction_leaves_no_trace() {
        let mut store = Store::open_in_memory().unwrap();
        let failed: Result<(), StoreError> = store.transaction("half done", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000001", "digest")?;
            Err(StoreError::NotFound("no such claim".into()))
        });
        assert!(failed.is_err());
        let seen: Result<_, StoreError> = store.transaction("again", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000001", "digest")
        });
        assert_eq!(seen.unwrap(), crate::InterchangeSeen::First);
    }
}
