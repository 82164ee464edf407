//! What the running node knows of itself: read by health and metrics, written by its parts.

use crate::keeper::lock;
use counterfoil_twin::Author;
use counterfoil_twin::sync::{Side, Status, Stop, SyncState};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Of one relationship.
#[derive(Clone, Debug, Default)]
pub struct PeerBoard {
    /// In one word: `waiting`, `meeting`, `behind`, `in_step`, `refused`, `stopped`.
    pub state: &'static str,
    /// Events of the own half that the partner does not hold durably, as far as is known.
    pub to_send: u64,
    /// Events of the partner's half that are not held durably here, as far as is known.
    pub to_receive: u64,
    /// Size of the own half.
    pub own_events: u64,
    /// Size of the partner's half as it is held.
    pub partner_events: u64,
    /// Connections since the start.
    pub connections: u64,
    /// Why the exchange was ended when a person has to act, and what to do.
    pub needs_operator: Option<(String, &'static str)>,
    /// Whether the two have met well since the start.
    pub has_met: bool,
    /// Why nothing can be signed or installed for it.
    pub failing: Option<String>,
    /// True when something is due and not signed, since the two were not met since a restore.
    pub is_unmet: bool,
    /// Why its exchange does not run.
    pub not_running: Option<String>,
    /// Documents of the partner that were fetched whole since the start.
    pub documents: u64,
}

/// Something that a person has to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// What to do.
    pub next: String,
}

/// Of the work of the office, as its last round left it.
#[derive(Clone, Debug, Default)]
pub struct WorkBoard {
    /// Files in inbox and bank that are not worked on.
    pub files_waiting: u64,
    /// Files that were refused and that nobody has taken away.
    pub files_refused: u64,
    /// Files of which a part was not used, and whose reasons nobody has taken away.
    pub files_partly: u64,
    /// Documents of partners that are named and not worked on.
    pub documents_waiting: u64,
    /// Partners to whom something has to be said.
    pub dues_waiting: u64,
    /// Halves in the database: relationship, author, size.
    pub halves: Vec<(i64, u8, u64)>,
    /// Rounds since the start that found nothing to do.
    pub rounds_idle: u64,
    /// Steps that fail.
    pub troubles: Vec<Trouble>,
}

/// Of all.
#[derive(Debug, Default)]
pub struct Board {
    peers: Mutex<BTreeMap<String, PeerBoard>>,
    /// Why the database could not be used last; nothing when it could.
    trouble: Mutex<Option<String>>,
    work: Mutex<WorkBoard>,
    /// Parts of the node that have ended while it runs.
    ended: Mutex<Vec<&'static str>>,
}

impl Board {
    /// Changes what is known of a relationship.
    pub fn peer(&self, relationship: &str, change: impl FnOnce(&mut PeerBoard)) {
        change(lock(&self.peers).entry(relationship.to_owned()).or_default());
    }

    /// All relationships.
    pub fn peers(&self) -> BTreeMap<String, PeerBoard> {
        lock(&self.peers).clone()
    }

    /// Takes note that the database could not be used, or can be again.
    pub fn set_trouble(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    /// Takes note of what a round of the work has left.
    pub fn set_work(&self, work: WorkBoard) {
        *lock(&self.work) = work;
    }

    /// Takes note that a part of the node has ended while the node runs.
    pub fn set_ended(&self, part: &'static str) {
        lock(&self.ended).push(part);
    }

    /// Parts of the node that have ended while it runs.
    pub fn ended(&self) -> Vec<&'static str> {
        lock(&self.ended).clone()
    }

    /// What the last round of the work has left.
    pub fn work(&self) -> WorkBoard {
        lock(&self.work).clone()
    }

    /// Why the database could not be used last.
    pub fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }
}

impl PeerBoard {
    /// Takes over how far the two nodes are.
    pub fn show(&mut self, status: &Status, role: Author) {
        let told = |stop: &Stop, side: Side| (stop.message(role, side), stop.fix(role));
        self.needs_operator = match &status.state {
            SyncState::Stopped(stop, side) if stop.needs_operator() => Some(told(stop, *side)),
            // The reason stands until the two have met well.
            SyncState::Waiting | SyncState::Meeting => self.needs_operator.take(),
            _ => None,
        };
        self.state = match status.state {
            SyncState::Waiting => "waiting",
            SyncState::Meeting => "meeting",
            SyncState::Behind => "behind",
            SyncState::InStep => "in_step",
            SyncState::Refused => "refused",
            SyncState::Stopped(..) => "stopped",
        };
        self.has_met |= matches!(status.state, SyncState::Behind | SyncState::InStep);
        (self.to_send, self.to_receive) = (status.to_send, status.to_receive);
    }
}
