//! The health of the node, and who can do what.

use super::{MatchState, Tone};
use crate::figure::Figure;
use jiff::Timestamp;

/// The node as its administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// Version of the program.
    pub version: String,
    /// Since when it runs.
    pub started: Timestamp,
    /// The organizations it is paired with.
    pub peers: Vec<Peer>,
    /// What waits inside it.
    pub queues: Vec<Queue>,
    /// Backups, newest first.
    pub backups: Vec<Backup>,
    /// Keys by purpose.
    pub keys: Vec<KeyLine>,
    /// People who may sign in.
    pub accounts: Vec<AccountLine>,
    /// Every limit with its name and meaning.
    pub limits: Vec<LimitLine>,
}

/// A paired organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// The connection in words: `connected`, `waits 30 s: refused`.
    pub connection: String,
    /// How that bears on the reader.
    pub tone: Tone,
    /// When it was last heard.
    pub last_heard: Option<Timestamp>,
    /// Events that wait to be sent to it.
    pub unsent: Figure,
    /// Whether the halves agree.
    pub matched: MatchState,
}

/// A queue with its bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// What waits in it.
    pub name: String,
    /// How many now.
    pub depth: u64,
    /// How many at most.
    pub limit: u64,
    /// What happens when it is full.
    pub when_full: String,
}

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// When it was made.
    pub at: Timestamp,
    /// Where it lies, in the administrator's own words.
    pub place: String,
    /// When restoring it was last tried; never when absent.
    pub drilled: Option<Timestamp>,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// What it is for.
    pub purpose: String,
    /// Fingerprint of its public half.
    pub fingerprint: String,
    /// Since when it is used.
    pub since: Timestamp,
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    /// Name under which the person signs in.
    pub name: String,
    /// Roles, as two letters each.
    pub roles: String,
    /// The organization that the person works for.
    pub organization: String,
    /// Last time of signing in.
    pub last_seen: Option<Timestamp>,
}

/// A limit of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitLine {
    /// Its name in the configuration.
    pub name: String,
    /// Its value with unit.
    pub value: String,
    /// What happens when it is reached.
    pub meaning: String,
}
