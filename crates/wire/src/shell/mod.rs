//! The tokio side of the wire: sockets, TLS, timers and tasks around the pure modules.

mod admission;
mod connection;
mod endpoint;
mod greeting;
mod identity;
mod link;
mod listener;
mod outside;
mod pair;
mod peer;
mod tls;

pub use connection::{Connection, ConnectionCounters, SendError};
pub use endpoint::{Endpoint, EndpointError, EndpointSettings, InvitationTerms, Timing};
pub use identity::{Identity, IdentityError};
pub use link::PeerLink;
pub use listener::{HANDSHAKES_MAX, Listener, ListenerCounters};
pub use outside::{Chance, Clock};
pub use pair::JoinProblem;
pub use peer::{LinkCounters, LinkState, LinkStatus, PeerRecord};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic of another holder is a bug elsewhere and leaves the value as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
