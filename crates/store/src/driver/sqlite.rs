//! SQLite: one file, or memory, in this process.

use crate::driver::{Begin, Visit};
use crate::error::{DatabaseError, StoreError};
use crate::value::{Bind, Row, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Pages kept at hand, usually and in the bulk of a run: there every claim touches a page
/// anywhere in each of several indexes.
const CACHE_KIBIBYTES: i64 = 32 * 1024;
const BULK_CACHE_KIBIBYTES: i64 = 128 * 1024;

/// A connection to a SQLite database.
pub(crate) struct Link {
    connection: Connection,
    /// Beside the database file; nothing for a database in memory.
    lock: Option<PathBuf>,
}

impl Link {
    /// Opens or creates the database file.
    pub(crate) fn open(path: &Path) -> Result<Link, DatabaseError> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        Link::prepare(Connection::open(path)?, Some(PathBuf::from(lock)))
    }

    /// A database in memory.
    pub(crate) fn in_memory() -> Result<Link, DatabaseError> {
        Link::prepare(Connection::open_in_memory()?, None)
    }

    /// A database that is nobody else's: what does not fit into memory lies in a temporary file.
    pub(crate) fn temporary() -> Result<Link, DatabaseError> {
        Link::prepare(Connection::open("")?, None)
    }

    /// A connection that changes nothing in how its file is kept.
    pub(crate) fn as_it_is(connection: Connection) -> Link {
        Link { connection, lock: None }
    }

    /// Sets up a connection; without a lock file nobody else can have the database.
    pub(crate) fn prepare(
        connection: Connection,
        lock: Option<PathBuf>,
    ) -> Result<Link, DatabaseError> {
        // Write-ahead log with full sync: an acknowledged commit survives power loss. The log
        // is folded in after 64 MiB, so that a page that changes often is written once.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = 16384;",
        )?;
        connection.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(Link { connection, lock })
    }

    pub(crate) fn begin(&self, begin: Begin) -> Result<Transaction<'_>, DatabaseError> {
        let behavior = match begin {
            Begin::Read => TransactionBehavior::Deferred,
            Begin::Write => TransactionBehavior::Immediate,
        };
        Ok(Transaction::new_unchecked(&self.connection, behavior)?)
    }

    pub(crate) fn work_in_bulk(&self, bulk: bool) -> Result<(), DatabaseError> {
        let (synchronous, cache_kibibytes) =
            if bulk { ("NORMAL", BULK_CACHE_KIBIBYTES) } else { ("FULL", CACHE_KIBIBYTES) };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        // A negative size counts kibibytes, a positive one pages.
        Ok(self.connection.pragma_update(None, "cache_size", -cache_kibibytes)?)
    }

    pub(crate) fn sync(&self) -> Result<(), DatabaseError> {
        // A commit with full sync takes the whole log to the disk, earlier commits with it; it
        // must write something for that.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let sql = include_str!("../../sql/queries/counter_next.sql");
        self.connection.execute(sql, ("sync", 1))?;
        Ok(())
    }

    #[cfg(feature = "faults")]
    pub(crate) fn leave_room(&self, pages: Option<u32>) -> Result<(), DatabaseError> {
        // The most that SQLite takes is its own limit again.
        let pages = match pages {
            None => u32::MAX - 1,
            Some(more) => {
                let used: u32 =
                    self.connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                used.saturating_add(more)
            }
        };
        let set = format!("PRAGMA max_page_count = {pages}");
        Ok(self.connection.query_row(&set, [], |_| Ok(()))?)
    }

    pub(crate) fn change_stamp(&self) -> Result<i64, DatabaseError> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// The lock file, open; the system lets go of it with the process at the latest.
    pub(crate) fn begin_run(&self) -> Result<Option<File>, StoreError> {
        let Some(path) = &self.lock else { return Ok(None) };
        let opened = File::options().create(true).truncate(false).write(true).open(path);
        let file = opened.map_err(StoreError::Lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(cause)) => Err(StoreError::Lock(cause)),
        }
    }
}

/// A value on its way into a statement.
struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(crate) fn change(
    connection: &Connection,
    sql: &str,
    values: &[&dyn Bind],
) -> Result<usize, DatabaseError> {
    let mut statement = connection.prepare_cached(sql)?;
    let values = values.iter().map(|value| Bound(value.value()));
    Ok(statement.execute(rusqlite::params_from_iter(values))?)
}

pub(crate) fn each(
    connection: &Connection,
    sql: &str,
    values: &[&dyn Bind],
    visit: &mut Visit<'_>,
) -> Result<(), DatabaseError> {
    let mut statement = connection.prepare_cached(sql)?;
    let values = values.iter().map(|value| Bound(value.value()));
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        if visit(&Row::Sqlite(row))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A column of a row, from 0.
pub(crate) fn value<'a>(
    row: &'a rusqlite::Row<'_>,
    column: usize,
) -> Result<Value<'a>, DatabaseError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Blob(bytes) => Value::Bytes(bytes),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text),
            Err(_) => return Err(DatabaseError::column(column, "the text is not UTF-8")),
        },
        ValueRef::Real(_) => {
            return Err(DatabaseError::column(column, "a fraction stands where none may"));
        }
    })
}
