//! Why a database operation did not happen.

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
    /// The database cannot be opened or created.
    #[error("cannot open the database: {0}")]
    Open(#[source] DatabaseError),
    /// A statement failed inside the named transaction.
    #[error("the transaction '{name}' failed and was rolled back: {source}")]
    Transaction {
        /// Name of the transaction.
        name: &'static str,
        /// What the database said.
        #[source]
        source: DatabaseError,
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

impl StoreError {
    /// What failed while the database was opened.
    pub(crate) fn open(source: impl Into<DatabaseError>) -> StoreError {
        StoreError::Open(source.into())
    }

    /// What failed inside a transaction. A database that somebody else holds is no failure of
    /// the transaction.
    pub(crate) fn inside(name: &'static str, source: impl Into<DatabaseError>) -> StoreError {
        let source = source.into();
        match source.is_busy() {
            true => StoreError::Busy,
            false => StoreError::Transaction { name, source },
        }
    }

    /// True when the disk has no room left, which only the operator can mend.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            StoreError::Open(source) | StoreError::Transaction { source, .. } => {
                source.is_disk_full()
            }
            _ => false,
        }
    }
}

/// What a database said, without any value of a row: those may name people.
pub struct DatabaseError(Cause);

enum Cause {
    Sqlite(rusqlite::Error),
    /// A column does not hold what its place in the schema promises.
    Column {
        column: usize,
        said: String,
    },
    /// A statement of the transaction failed, and somebody went on all the same.
    Broken,
}

impl DatabaseError {
    /// A column, counted from 0, whose value cannot be used.
    pub(crate) fn column(column: usize, said: impl Into<String>) -> DatabaseError {
        DatabaseError(Cause::Column { column, said: said.into() })
    }

    /// Of a transaction that cannot be committed, since a statement of it failed.
    pub(crate) fn broken() -> DatabaseError {
        DatabaseError(Cause::Broken)
    }

    fn is_busy(&self) -> bool {
        match &self.0 {
            Cause::Sqlite(source) => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
            }
            _ => false,
        }
    }

    fn is_disk_full(&self) -> bool {
        match &self.0 {
            Cause::Sqlite(source) => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(source: rusqlite::Error) -> DatabaseError {
        DatabaseError(Cause::Sqlite(source))
    }
}

impl std::fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Cause::Sqlite(source) => write!(f, "{source}"),
            Cause::Column { column, said } => write!(f, "column {}: {said}", column + 1),
            Cause::Broken => f.write_str("a statement of it had failed before"),
        }
    }
}

impl std::fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseError({self})")
    }
}

impl std::error::Error for DatabaseError {}
