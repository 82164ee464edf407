//! Why a database operation did not happen.

use tokio_postgres::error::SqlState;

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
    /// Where the database is cannot be told, or must not be used.
    #[error("{what}")]
    Place {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
    /// The database went away while it was to commit, and did not come back in time to say
    /// whether it had.
    #[error(
        "the database went away while it was to keep the transaction '{name}': it stands whole \
         or not at all; run the command again when the database is back, what stands is not \
         counted twice"
    )]
    UnknownOutcome {
        /// Name of the transaction.
        name: &'static str,
    },
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
        match source.0 {
            Cause::UnknownOutcome => StoreError::UnknownOutcome { name },
            _ if source.is_busy() => StoreError::Busy,
            _ => StoreError::Transaction { name, source },
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
    /// An answer of a PostgreSQL server.
    Answer {
        state: SqlState,
        said: String,
    },
    /// What else is wrong with a server.
    Server(String),
    /// The connection to a server is gone.
    Lost(String),
    /// Somebody else holds the database.
    Busy,
    /// The server went away during a commit.
    UnknownOutcome,
    /// A column does not hold what its place in the schema promises.
    Column {
        column: usize,
        said: String,
    },
    /// A statement of the transaction failed, and somebody went on all the same.
    Broken,
    #[cfg(feature = "faults")]
    Gone,
}

impl DatabaseError {
    /// A column, counted from 0, whose value cannot be used.
    pub(crate) fn column(column: usize, said: impl Into<String>) -> DatabaseError {
        DatabaseError(Cause::Column { column, said: said.into() })
    }

    /// Of a server that cannot be used.
    pub(crate) fn server(said: impl Into<String>) -> DatabaseError {
        DatabaseError(Cause::Server(said.into()))
    }

    /// Of a connection that is gone.
    pub(crate) fn lost() -> DatabaseError {
        DatabaseError(Cause::Lost("it has ended".to_owned()))
    }

    /// Of a database that somebody else holds.
    pub(crate) fn busy() -> DatabaseError {
        DatabaseError(Cause::Busy)
    }

    /// Of a commit that nobody has confirmed.
    pub(crate) fn unknown_outcome() -> DatabaseError {
        DatabaseError(Cause::UnknownOutcome)
    }

    /// Of a transaction that cannot be committed, since a statement of it failed.
    pub(crate) fn broken() -> DatabaseError {
        DatabaseError(Cause::Broken)
    }

    /// True when a server said it, or could not be reached.
    #[must_use]
    pub fn is_of_server(&self) -> bool {
        matches!(self.0, Cause::Answer { .. } | Cause::Server(_) | Cause::Lost(_))
    }

    /// True when the connection is gone, so that only a new one can help.
    pub(crate) fn is_lost(&self) -> bool {
        match &self.0 {
            Cause::Lost(_) => true,
            // The server ends the connection after it has said so.
            Cause::Answer { state, .. } => {
                let ended = [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ];
                ended.contains(state)
            }
            _ => false,
        }
    }

    /// A simulated world took the database away.
    #[cfg(feature = "faults")]
    pub(crate) fn gone() -> DatabaseError {
        DatabaseError(Cause::Gone)
    }

    fn is_busy(&self) -> bool {
        match &self.0 {
            Cause::Sqlite(source) => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
            }
            Cause::Answer { state, .. } => {
                let waited = [
                    SqlState::LOCK_NOT_AVAILABLE,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::T_R_SERIALIZATION_FAILURE,
                ];
                waited.contains(state)
            }
            Cause::Busy => true,
            _ => false,
        }
    }

    fn is_disk_full(&self) -> bool {
        match &self.0 {
            Cause::Sqlite(source) => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Cause::Answer { state, .. } => *state == SqlState::DISK_FULL,
            _ => false,
        }
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(source: tokio_postgres::Error) -> DatabaseError {
        let Some(answer) = source.as_db_error() else {
            let mut said = source.to_string();
            let mut cause = std::error::Error::source(&source);
            while let Some(deeper) = cause {
                said.push_str(&format!(": {deeper}"));
                cause = deeper.source();
            }
            // What the driver could not encode or decode is its own bug and no loss.
            let is_kept = said.starts_with("error serializing") || said.starts_with("expected");
            return DatabaseError(if is_kept { Cause::Server(said) } else { Cause::Lost(said) });
        };
        let state = answer.code().clone();
        // Details name keys of rows, and messages about data (class 22) their values.
        let is_about_data = state.code().starts_with("22");
        let said = if is_about_data { String::new() } else { answer.message().to_owned() };
        DatabaseError(Cause::Answer { state, said })
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
            Cause::Answer { state, said } => write!(f, "{said} (SQLSTATE {})", state.code()),
            Cause::Server(said) => f.write_str(said),
            Cause::Lost(said) => write!(f, "the connection to the database was lost: {said}"),
            Cause::Busy => f.write_str("another run holds the database"),
            Cause::UnknownOutcome => f.write_str("the database went away during the commit"),
            Cause::Column { column, said } => write!(f, "column {}: {said}", column + 1),
            Cause::Broken => f.write_str("a statement of it had failed before"),
            #[cfg(feature = "faults")]
            Cause::Gone => f.write_str("the database went away"),
        }
    }
}

impl std::fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseError({self})")
    }
}

impl std::error::Error for DatabaseError {}
