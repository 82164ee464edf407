//! Why an operation did not happen; nothing of it was kept.

use counterfoil_store::StoreError;
use counterfoil_twin::{DraftError, TwinFinding};

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
    /// A half, event or proof does not hold.
    #[error("{cause}; {fix}", cause = .0, fix = .0.fix())]
    Twin(#[from] TwinFinding),
    /// What has to be said cannot be signed.
    #[error("what has to be said to {partner} cannot be signed: {cause}")]
    Unsigned {
        /// To whom.
        partner: String,
        /// Why not.
        #[source]
        cause: DraftError,
    },
    /// A request that does not fit the state of a claim.
    #[error("{0}")]
    Refused(String),
}
