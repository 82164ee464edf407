//! Why a connection ends, in numbers for the other side and in words for an operator (section 8).

use super::message::Message;
use super::message::SYNC_VERSION;
use crate::event::Author;

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A node is stopped in order.
    Finished,
    /// The other side speaks another version.
    Version {
        /// The version that it speaks.
        theirs: u8,
    },
    /// The other side names another relationship, or has the same role.
    Relationship,
    /// The clocks differ by more than is allowed.
    Clock {
        /// The other side's clock less ours in milliseconds; nothing when the other side says so.
        ahead_ms: Option<i128>,
    },
    /// One side broke the protocol.
    Protocol {
        /// What was not as it must be; nothing when the other side says so.
        detail: Option<&'static str>,
    },
    /// What came cannot be stored now.
    CannotStore,
    /// A half is shorter at its author than at the other party.
    Shorter {
        /// Whose half.
        half: Author,
        /// How many events its author has.
        author_size: u64,
        /// How many events of it the other party holds.
        copy_size: u64,
    },
    /// The two do not hold the same events of a half.
    Differs {
        /// Whose half.
        half: Author,
        /// The first event that is not the same.
        sequence: u64,
    },
}

/// Whose word it is that the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This node.
    Ours,
    /// The other one.
    Theirs,
}

impl Stop {
    pub(super) fn bye(&self) -> Message {
        let (reason, half, first, second) = match self {
            Stop::Finished => (1, 0, 0, 0),
            Stop::Version { .. } => (2, 0, u64::from(SYNC_VERSION), 0),
            Stop::Relationship => (3, 0, 0, 0),
            Stop::Clock { .. } => (4, 0, 0, 0),
            Stop::Protocol { .. } => (5, 0, 0, 0),
            Stop::CannotStore => (6, 0, 0, 0),
            Stop::Shorter { half, author_size, copy_size } => {
                (7, half.sign(), *author_size, *copy_size)
            }
            Stop::Differs { half, sequence } => (8, half.sign(), *sequence, 0),
        };
        Message::Bye { reason, half, first, second }
    }

    /// What the other side's bye says; nothing when it is not in its form.
    pub(super) fn from_bye(reason: u8, half: u8, first: u64, second: u64) -> Option<Stop> {
        let half = Author::from_sign(half);
        let stop = match reason {
            1 => Stop::Finished,
            2 => Stop::Version { theirs: u8::try_from(first).ok()? },
            3 => Stop::Relationship,
            4 => Stop::Clock { ahead_ms: None },
            5 => Stop::Protocol { detail: None },
            6 => Stop::CannotStore,
            7 => Stop::Shorter { half: half?, author_size: first, copy_size: second },
            8 => Stop::Differs { half: half?, sequence: first },
            _ => return None,
        };
        let is_form = match (stop.bye(), &stop) {
            (_, Stop::Version { .. }) => half.is_none() && second == 0,
            (bye, _) => {
                bye == Message::Bye { reason, half: half.map_or(0, Author::sign), first, second }
            }
        };
        is_form.then_some(stop)
    }

    /// True when trying again does not help before a person has acted.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        !matches!(self, Stop::Finished | Stop::Protocol { .. } | Stop::CannotStore)
    }

    /// What happened, for the operator of the node with this role.
    #[must_use]
    pub fn message(&self, role: Author, said_by: Side) -> String {
        let whose = |half: Author| if half == role { "this node's" } else { "the partner's" };
        let (who, other) = match said_by {
            Side::Ours => ("this node", "the partner"),
            Side::Theirs => ("the partner", "this node"),
        };
        match self {
            Stop::Finished => format!("{who} was stopped"),
            Stop::Version { theirs } => format!(
                "the partner speaks version {theirs} of the exchange, this node {SYNC_VERSION}"
            ),
            Stop::Relationship => {
                format!("{who} does not know the relationship and role that {other} named")
            }
            Stop::Clock { ahead_ms: Some(ms) } if *ms < 0 => {
                format!("the partner's clock is {} seconds behind this node's", -ms / 1_000)
            }
            Stop::Clock { ahead_ms: Some(ms) } => {
                format!("the partner's clock is {} seconds ahead of this node's", ms / 1_000)
            }
            Stop::Clock { ahead_ms: None } => {
                "the partner says that the two clocks differ by more than five minutes".to_owned()
            }
            Stop::Protocol { detail: Some(detail) } => {
                format!("{other} broke the protocol: {detail}")
            }
            Stop::Protocol { detail: None } => {
                format!("{who} says that {other} broke the protocol")
            }
            Stop::CannotStore => format!("{who} cannot store events now"),
            Stop::Shorter { half, author_size, copy_size } => format!(
                "{} half has {author_size} events at its author and {copy_size} at the other \
                 party, who holds them with the author's signature",
                whose(*half)
            ),
            Stop::Differs { half, sequence } => format!(
                "the two nodes hold different events of {} half, from event {sequence} on",
                whose(*half)
            ),
        }
    }

    /// What to do, for the operator of the node with this role. Nothing has been changed on either
    /// side.
    #[must_use]
    pub fn fix(&self, role: Author) -> &'static str {
        match self {
            Stop::Finished => "nothing; the exchange goes on when both nodes run",
            Stop::Version { theirs } if *theirs < SYNC_VERSION => {
                "ask the partner to install the newer program"
            }
            Stop::Version { .. } => "install the newer program on this node",
            Stop::Relationship => "compare the fingerprints of the pairing; pair again if need be",
            Stop::Clock { .. } => {
                "set the clock that is wrong by a time server; the exchange goes on by itself then"
            }
            Stop::Protocol { .. } => {
                "nothing at first: the exchange starts over; if it comes again, report both \
                 versions"
            }
            Stop::CannotStore => {
                "free space on the disk or bring the database back; the exchange goes on by itself"
            }
            Stop::Shorter { half, .. } if *half == role => {
                "this node was put back to an older backup: do not record anything new; restore \
                 the newest backup, or add the missing events from the partner's export of this \
                 half"
            }
            Stop::Shorter { .. } => {
                "the partner was put back to an older backup: tell it before it records anything \
                 new, and export its half for it"
            }
            Stop::Differs { half, .. } if *half == role => {
                "keep both: export this half, have the partner export its copy, and compare them; \
                 restore the backup that has the partner's events, or settle with the partner \
                 which events stand"
            }
            Stop::Differs { .. } => {
                "keep both: export this copy, have the partner export its half, and compare them; \
                 do not rely on the events from that one on"
            }
        }
    }
}
