//! A node's end of all its wires: its identity, its peers, its listeners and its invitations.

use crate::backoff::{BACKOFF_MS_FIRST, BACKOFF_MS_MAX};
use crate::control::{WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX, WINDOW_BYTES_MIN};
use crate::invitation::{Invitation, Secret};
use crate::invitations::{InvitationKeeper, KeeperError, StoredInvitation};
use crate::pairing::Pairing;
use crate::party::{ADDRESSES_MAX, Introduction, PartyError, RelationshipId};
use crate::problem::Problem;
use crate::session::SessionLimits;
use crate::shell::identity::{Identity, IdentityError};
use crate::shell::link::{self, PeerLink};
use crate::shell::listener::{HANDSHAKES_MAX, Listener};
use crate::shell::outside::{Chance, Clock, draw};
use crate::shell::pair::JoinProblem;
use crate::shell::peer::{LinkState, LinkStatus, PeerRecord, Peers};
use crate::shell::{lock, tls};
use rustls::server::ServerConfig;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Milliseconds that a greeting may take.
const HANDSHAKE_MS: u64 = 10_000;
/// Milliseconds after which a connection is stable and the backoff starts over.
const STABLE_MS: u64 = 30_000;
/// Milliseconds that the network may take no bytes.
const WRITE_STALL_MS_MAX: u64 = 30_000;
/// Numbers drawn for an invitation before giving up; one is free but for 2^32 kept codes.
const NUMBERS_TRIED_MAX: usize = 16;

/// Times and places that an endpoint keeps to; the default is what the reference page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A greeting, from the first byte to admission.
    pub handshake: Duration,
    /// Greetings at once on a listener.
    pub handshakes_max: usize,
    /// How long the network may take no bytes.
    pub write_stall: Duration,
    /// How long a connection lives before the backoff starts over.
    pub stable: Duration,
    /// First wait before dialing again, in milliseconds.
    pub backoff_ms_first: u64,
    /// Longest wait before dialing again, in milliseconds.
    pub backoff_ms_max: u64,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            handshake: Duration::from_millis(HANDSHAKE_MS),
            handshakes_max: HANDSHAKES_MAX,
            write_stall: Duration::from_millis(WRITE_STALL_MS_MAX),
            stable: Duration::from_millis(STABLE_MS),
            backoff_ms_first: BACKOFF_MS_FIRST,
            backoff_ms_max: BACKOFF_MS_MAX,
        }
    }
}

/// What an endpoint is made of.
#[derive(Clone)]
pub struct EndpointSettings {
    /// The node's TLS key.
    pub identity: Identity,
    /// The clock on the wall.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for codes, nonces and waits.
    pub chance: Arc<dyn Chance>,
    /// Who keeps invitations.
    pub invitations: Arc<dyn InvitationKeeper>,
    /// What bounds a connection.
    pub limits: SessionLimits,
    /// Bytes granted to peers on events and documents.
    pub windows: [u32; 2],
    /// Times.
    pub timing: Timing,
}

impl EndpointSettings {
    /// Settings with the limits of the reference page.
    #[must_use]
    pub fn new(
        identity: Identity,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        invitations: Arc<dyn InvitationKeeper>,
    ) -> EndpointSettings {
        EndpointSettings {
            identity,
            clock,
            chance,
            invitations,
            limits: SessionLimits::default(),
            windows: [WINDOW_BYTES_DEFAULT; 2],
            timing: Timing::default(),
        }
    }
}

/// Why an endpoint does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The TLS key cannot be used.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// A window out of bounds.
    #[error("a window has {WINDOW_BYTES_MIN} to {WINDOW_BYTES_MAX} bytes, not {0}")]
    Window(u32),
    /// A name or address is refused.
    #[error("{0}")]
    Party(#[from] PartyError),
    /// An invitation names no address.
    #[error("an invitation names 1 to {ADDRESSES_MAX} addresses at which this node can be dialed")]
    NoAddress,
    /// An invitation cannot be kept.
    #[error("{0}")]
    Keeper(#[from] KeeperError),
    /// No number was free.
    #[error("no number is free for an invitation; delete old ones")]
    NoNumber,
    /// The system refuses the socket.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// The endpoint stops.
    #[error("this node is stopping")]
    Stopping,
}

/// What an invitation is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationTerms {
    /// What this side says of itself; its addresses go into the code.
    pub introduction: Introduction,
    /// Seconds from now until it expires.
    pub valid_seconds: u32,
}

struct TlsSet {
    identity: Identity,
    link: Arc<ServerConfig>,
    pair: Arc<ServerConfig>,
}

impl TlsSet {
    fn new(identity: Identity, peers: &Arc<Peers>) -> Result<TlsSet, IdentityError> {
        let known = Arc::clone(peers);
        let accepts = Box::new(move |pin: &crate::Pin| known.know(pin));
        let link = tls::listening(&identity, tls::ALPN_LINK, accepts)?;
        let pair = tls::listening(&identity, tls::ALPN_PAIR, Box::new(|_| true))?;
        Ok(TlsSet { identity, link, pair })
    }
}

/// Held by each task; an endpoint has stopped when all are dropped.
pub(crate) type Guard = mpsc::Sender<()>;

pub(crate) struct Inner {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) keeper: Arc<dyn InvitationKeeper>,
    pub(crate) limits: SessionLimits,
    pub(crate) windows: [u32; 2],
    pub(crate) timing: Timing,
    pub(crate) instance: [u8; 16],
    pub(crate) peers: Arc<Peers>,
    pub(crate) stopping: watch::Sender<bool>,
    admissions: AtomicU64,
    tls: Mutex<TlsSet>,
    guard: Mutex<Option<Guard>>,
}

impl Inner {
    pub(crate) fn identity(&self) -> Identity {
        lock(&self.tls).identity.clone()
    }

    pub(crate) fn listening(&self, is_pairing: bool) -> Arc<ServerConfig> {
        let set = lock(&self.tls);
        Arc::clone(if is_pairing { &set.pair } else { &set.link })
    }

    /// A number greater than all before it, for the payer's side to admit with.
    pub(crate) fn next_admission(&self) -> u64 {
        self.admissions.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// What a task holds while it runs; `None` when the endpoint stops.
    pub(crate) fn guard(&self) -> Option<Guard> {
        lock(&self.guard).clone()
    }
}

/// A node's end of all its wires; clones are the same endpoint. Lives inside a tokio runtime,
/// and goes on when its handles are dropped: [`Endpoint::shutdown`] stops it.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
    stopped: Arc<tokio::sync::Mutex<mpsc::Receiver<()>>>,
}

impl Endpoint {
    /// Makes an endpoint; it neither listens nor dials yet.
    ///
    /// # Errors
    /// When the key or a window cannot be used.
    pub fn new(settings: EndpointSettings) -> Result<Endpoint, EndpointError> {
        let allowed = WINDOW_BYTES_MIN..=WINDOW_BYTES_MAX;
        if let Some(window) = settings.windows.iter().find(|w| !allowed.contains(w)) {
            return Err(EndpointError::Window(*window));
        }
        let peers = Arc::default();
        let (guard, stopped) = mpsc::channel(1);
        let inner = Inner {
            instance: draw(&*settings.chance),
            tls: Mutex::new(TlsSet::new(settings.identity, &peers)?),
            clock: settings.clock,
            chance: settings.chance,
            keeper: settings.invitations,
            limits: settings.limits,
            windows: settings.windows,
            timing: settings.timing,
            peers,
            admissions: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            guard: Mutex::new(Some(guard)),
        };
        let stopped = Arc::new(tokio::sync::Mutex::new(stopped));
        Ok(Endpoint { inner: Arc::new(inner), stopped })
    }

    /// Answers paired nodes and nodes with an invitation on a socket.
    ///
    /// # Errors
    /// When the socket has no address.
    pub fn listen(&self, socket: TcpListener) -> Result<Listener, EndpointError> {
        Ok(Listener::begin(Arc::clone(&self.inner), socket)?)
    }

    /// Adds a paired node or changes its record, and keeps a connection with it. A connection
    /// whose key is no longer in the record ends.
    ///
    /// # Errors
    /// When the endpoint stops.
    pub fn put_peer(&self, record: PeerRecord) -> Result<PeerLink, EndpointError> {
        let guard = self.inner.guard().ok_or(EndpointError::Stopping)?;
        let (peer, is_new) = self.inner.peers.put(record.clone());
        if is_new {
            let (inner, peer) = (Arc::clone(&self.inner), Arc::clone(&peer));
            tokio::spawn(async move {
                link::keep(inner, peer).await;
                drop(guard);
            });
        } else {
            let slot = lock(&peer.slot);
            let live = slot.live.as_ref().map(|live| live.connection.clone());
            drop(slot);
            if let Some(live) = live.filter(|live| !record.knows(&live.peer_pin())) {
                live.end(Problem::Removed);
            }
            peer.hurry.notify_one();
        }
        Ok(PeerLink::new(peer))
    }

    /// A handle on the link with a paired node.
    #[must_use]
    pub fn link(&self, relationship: &RelationshipId) -> Option<PeerLink> {
        self.inner.peers.find(relationship).map(PeerLink::new)
    }

    /// Takes a paired node off; its connection ends and its key is not accepted any more.
    pub fn remove_peer(&self, relationship: &RelationshipId) {
        if let Some(peer) = self.inner.peers.remove(relationship) {
            peer.removed.send_replace(true);
            let live = lock(&peer.slot).live.as_ref().map(|live| live.connection.clone());
            if let Some(live) = live {
                live.end(Problem::Removed);
            }
        }
    }

    /// How every link stands, by relationship.
    #[must_use]
    pub fn statuses(&self) -> Vec<(RelationshipId, LinkStatus)> {
        let peers = self.inner.peers.all();
        peers.iter().map(|p| (p.record().relationship, p.status.borrow().clone())).collect()
    }

    /// Makes an invitation code and keeps it before it is given out.
    ///
    /// # Errors
    /// When the terms do not hold or the code cannot be kept.
    pub async fn invite(&self, terms: InvitationTerms) -> Result<Invitation, EndpointError> {
        let addresses = terms.introduction.addresses.clone();
        if addresses.is_empty() || addresses.len() > ADDRESSES_MAX {
            return Err(EndpointError::NoAddress);
        }
        let now_seconds = self.inner.clock.now_ms().div_euclid(1_000);
        let expires = now_seconds.saturating_add(i64::from(terms.valid_seconds));
        let chance = &*self.inner.chance;
        let mut stored = StoredInvitation {
            number: 0,
            expires_at_seconds: u32::try_from(expires).unwrap_or(u32::MAX),
            secret: Secret::new(draw(chance)),
            ours: terms.introduction,
            nonce: draw(chance),
            wrong_proofs: 0,
            used_by: None,
        };
        for _ in 0..NUMBERS_TRIED_MAX {
            stored.number = u32::from_be_bytes(draw(chance));
            let keep = stored.clone();
            if self.inner.ask_keeper(move |keeper| keeper.keep(&keep)).await? {
                return Ok(Invitation {
                    number: stored.number,
                    expires_at_seconds: stored.expires_at_seconds,
                    pin: self.inner.identity().pin(),
                    secret: stored.secret,
                    addresses,
                });
            }
        }
        Err(EndpointError::NoNumber)
    }

    /// Joins by a code: dials its node, proves the code and gives what both sides keep. The
    /// caller keeps it; if that fails, the same code works again for this node.
    ///
    /// # Errors
    /// Why there is no pairing, in words for the person who typed the code.
    pub async fn join(
        &self,
        invitation: &Invitation,
        introduction: &Introduction,
    ) -> Result<Pairing, JoinProblem> {
        self.inner.join(invitation, introduction).await
    }

    /// Changes the node's own key for all greetings from now on; live connections stay. Peers
    /// must know the new pin as their record's next one.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn replace_identity(&self, identity: Identity) -> Result<(), EndpointError> {
        *lock(&self.inner.tls) = TlsSet::new(identity, &self.inner.peers)?;
        Ok(())
    }

    /// Stops: dials and accepts no more, sends what was accepted for sending, says goodbye to
    /// every peer. After `within` what is left is dropped; tasks that hang are waited for as long
    /// again.
    pub async fn shutdown(&self, within: Duration) {
        self.inner.stopping.send_replace(true);
        lock(&self.inner.guard).take();
        let mut closing = JoinSet::new();
        for peer in self.inner.peers.all() {
            peer.removed.send_replace(true);
            let live = lock(&peer.slot).live.as_ref().map(|live| live.connection.clone());
            if let Some(live) = live {
                closing.spawn(async move { live.close(within).await });
            }
        }
        while closing.join_next().await.is_some() {}
        for peer in self.inner.peers.all() {
            peer.show(0, |_| LinkState::Waiting { until_ms: None, reason: Problem::Stopping });
        }
        let mut stopped = self.stopped.lock().await;
        // The last task drops the last sender; greetings have their own deadline.
        let _ = tokio::time::timeout(within, stopped.recv()).await;
    }
}
