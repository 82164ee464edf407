//! Why an operation did not happen; nothing of it was kept.

use counterfoil_store::StoreError;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store holds cannot be read back.
    #[error("{0} in the store cannot be read back: restore a backup")]
    Unreadable(&'static str),
    /// An outgoing file cannot be written as X12 or ACH.
    #[error("{what} cannot be written: {cause}")]
    Unwritable {
        /// Which file.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The caller could not read or write a file.
    #[error("{doing} failed: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A request that does not fit the state of a claim.
    #[error("{0}")]
    Refused(String),
}
