//! A paired node as the endpoint keeps it: its record, its one connection, its status.

use crate::party::{Address, Pin, RelationshipId, Role};
use crate::problem::Problem;
use crate::session::ChannelCounters;
use crate::shell::connection::Connection;
use crate::shell::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, watch};

/// What a node knows of a paired node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRecord {
    /// The relationship, by the identifier that both sides hold.
    pub relationship: RelationshipId,
    /// What this node is in it.
    pub our_role: Role,
    /// The pin by which the peer is known.
    pub pin: Pin,
    /// The pin by which it will be known, while it changes its key.
    pub next_pin: Option<Pin>,
    /// Where it is dialed, in this order; none when the peer dials this node.
    pub addresses: Vec<Address>,
}

impl PeerRecord {
    /// True for a pin by which the peer is known.
    #[must_use]
    pub fn knows(&self, pin: &Pin) -> bool {
        self.pin == *pin || self.next_pin.as_ref() == Some(pin)
    }
}

/// Whether there is a connection, and if not, why and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// No connection.
    Waiting {
        /// When this node dials again, in milliseconds since 1970-01-01T00:00:00Z; `None` when
        /// the peer dials.
        until_ms: Option<i64>,
        /// Why there is none.
        reason: Problem,
    },
    /// This node is dialing.
    Dialing,
    /// Frames can pass.
    Connected {
        /// Since when, in milliseconds since 1970-01-01T00:00:00Z.
        since_ms: i64,
        /// The pin that the peer presented.
        pin: Pin,
    },
}

/// A link's state for health pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkStatus {
    /// Whether there is a connection.
    pub state: LinkState,
    /// Attempts that failed since a connection was last stable.
    pub failures: u32,
    /// When there was last a connection, in milliseconds since 1970-01-01T00:00:00Z.
    pub last_connected_ms: Option<i64>,
}

/// What a link has done since the endpoint began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// Connections admitted.
    pub connections: u64,
    /// Attempts and connections that ended, by the word of the problem.
    pub problems: BTreeMap<&'static str, u64>,
    /// Events, over all connections.
    pub events: ChannelCounters,
    /// Documents, over all connections.
    pub documents: ChannelCounters,
    /// Milliseconds from the last ping to its answer, on the present connection.
    pub round_trip_ms: Option<u64>,
    /// Frames wait because the peer's reader is slow.
    pub waits_for_credit: bool,
}

/// The present connection with what decides whether another replaces it.
pub(crate) struct Live {
    pub(crate) connection: Connection,
    pub(crate) payer_instance: [u8; 16],
    pub(crate) admission: u64,
}

#[derive(Default)]
pub(crate) struct Slot {
    pub(crate) live: Option<Live>,
    counters: LinkCounters,
    last_problem: Option<Problem>,
}

pub(crate) struct Peer {
    pub(crate) record: Mutex<PeerRecord>,
    pub(crate) slot: Mutex<Slot>,
    /// The record has changed or an attempt is asked for.
    pub(crate) hurry: Notify,
    pub(crate) status: watch::Sender<LinkStatus>,
    pub(crate) current: watch::Sender<Option<Connection>>,
    pub(crate) removed: watch::Sender<bool>,
}

impl Peer {
    pub(crate) fn new(record: PeerRecord) -> Arc<Peer> {
        let state = LinkState::Waiting { until_ms: None, reason: Problem::NotTried };
        let status = LinkStatus { state, failures: 0, last_connected_ms: None };
        Arc::new(Peer {
            record: Mutex::new(record),
            slot: Mutex::new(Slot::default()),
            hurry: Notify::new(),
            status: watch::Sender::new(status),
            current: watch::Sender::new(None),
            removed: watch::Sender::new(false),
        })
    }

    pub(crate) fn record(&self) -> PeerRecord {
        lock(&self.record).clone()
    }

    /// Makes a connection the one that is used; the older one ends.
    pub(crate) fn install(&self, slot: &mut Slot, live: Live, since_ms: i64) {
        let connection = live.connection.clone();
        let pin = connection.peer_pin();
        slot.counters.connections += 1;
        if let Some(older) = slot.live.replace(live) {
            older.connection.end(Problem::Replaced);
        }
        self.status.send_modify(|status| {
            status.state = LinkState::Connected { since_ms, pin };
            status.last_connected_ms = Some(since_ms);
        });
        self.current.send_replace(Some(connection));
    }

    /// Takes note that a connection has ended.
    pub(crate) fn release(&self, connection: &Connection, now_ms: i64) {
        let problem = connection.ended_with().unwrap_or(Problem::Finished);
        let carried = connection.counters();
        let mut slot = lock(&self.slot);
        slot.counters.events.add_totals(&carried.events);
        slot.counters.documents.add_totals(&carried.documents);
        *slot.counters.problems.entry(problem.word()).or_default() += 1;
        if slot.live.as_ref().is_some_and(|live| live.connection == *connection) {
            slot.live = None;
            slot.last_problem = Some(problem.clone());
            self.status.send_modify(|status| {
                status.state = LinkState::Waiting { until_ms: None, reason: problem };
                status.last_connected_ms = Some(now_ms);
            });
            self.current.send_replace(None);
        }
    }

    /// Takes note that an attempt failed.
    pub(crate) fn failed(&self, problem: &Problem) {
        let mut slot = lock(&self.slot);
        *slot.counters.problems.entry(problem.word()).or_default() += 1;
        slot.last_problem = Some(problem.clone());
    }

    /// Shows a state, unless there is a connection.
    pub(crate) fn show(&self, failures: u32, state: impl FnOnce(Problem) -> LinkState) {
        let slot = lock(&self.slot);
        if slot.live.is_none() {
            let problem = slot.last_problem.clone().unwrap_or(Problem::NotTried);
            self.status.send_modify(|status| {
                status.state = state(problem);
                status.failures = failures;
            });
        }
    }

    /// Shows why the peer's own attempt failed, where this node only waits for it.
    pub(crate) fn show_failure_of_their_dial(&self, problem: &Problem) {
        let reason = problem.clone();
        if lock(&self.record).addresses.is_empty() {
            self.show(0, |_| LinkState::Waiting { until_ms: None, reason });
        }
    }

    pub(crate) fn counters(&self) -> LinkCounters {
        let slot = lock(&self.slot);
        let mut counters = slot.counters.clone();
        if let Some(live) = &slot.live {
            let carried = live.connection.counters();
            counters.events = sum(carried.events, &counters.events);
            counters.documents = sum(carried.documents, &counters.documents);
            counters.round_trip_ms = carried.round_trip_ms;
            counters.waits_for_credit = carried.waits_for_credit;
        }
        counters
    }
}

fn sum(mut present: ChannelCounters, past: &ChannelCounters) -> ChannelCounters {
    present.add_totals(past);
    present
}

/// All paired nodes.
#[derive(Default)]
pub(crate) struct Peers(Mutex<BTreeMap<RelationshipId, Arc<Peer>>>);

impl Peers {
    /// True when some peer is known by the pin.
    pub(crate) fn know(&self, pin: &Pin) -> bool {
        lock(&self.0).values().any(|peer| lock(&peer.record).knows(pin))
    }

    pub(crate) fn find(&self, relationship: &RelationshipId) -> Option<Arc<Peer>> {
        lock(&self.0).get(relationship).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Peer>> {
        lock(&self.0).values().cloned().collect()
    }

    pub(crate) fn remove(&self, relationship: &RelationshipId) -> Option<Arc<Peer>> {
        lock(&self.0).remove(relationship)
    }

    /// Adds or changes a record; `true` beside the peer when it is new.
    pub(crate) fn put(&self, record: PeerRecord) -> (Arc<Peer>, bool) {
        let mut peers = lock(&self.0);
        match peers.get(&record.relationship) {
            Some(peer) => {
                *lock(&peer.record) = record;
                (peer.clone(), false)
            }
            None => {
                let peer = Peer::new(record.clone());
                peers.insert(record.relationship, peer.clone());
                (peer, true)
            }
        }
    }
}
