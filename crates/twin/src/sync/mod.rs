//! Bringing two halves up to date between two nodes (docs/reference/sync.md).
//!
//! A pure state machine: [`Session::handle`] takes what happens and says what to do. The caller
//! brings connections, storage, keys and time, and lives through any interruption: what is not
//! acknowledged is said again, and what came twice changes nothing.
//!
//! A session remembers the hash tree of both halves (64 bytes an event), and at most
//! [`WINDOW_BYTES`] and one message of events that are not stored yet.

mod compare;
mod connection;
mod documents;
mod half;
mod heads;
mod incoming;
mod limits;
mod meeting;
mod message;
mod outgoing;
mod port;
mod questions;
mod records;
mod session;
mod stop;

pub use compare::{ClaimComparison, answer_about_claims};
pub use documents::{DocumentFailure, RunningDigest};
pub use half::NamedDocument;
pub use incoming::CheckRunner;
pub use limits::{
    BATCH_BYTES, CLOCK_DIFFERENCE_MS_MAX, DOCUMENTS_AT_ONCE, HEAD_EVENTS, HEAD_QUIET_MS,
    MESSAGE_BYTES_MAX, PART_BYTES, WINDOW_BYTES,
};
pub use message::{Channel, HalfEntry, SYNC_VERSION};
pub use port::{
    ClaimAnswer, Input, Misuse, Output, Refused, RefusedWhat, Status, SyncState, Verified,
};
pub use session::Session;
pub use stop::{Side, Stop};
