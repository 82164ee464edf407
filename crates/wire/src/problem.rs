//! Why two nodes are not connected, in words for the operator of a node.

use crate::control::CloseReason;
use crate::frame::FrameError;
use crate::party::Pin;
use std::fmt;

/// The clocks of two nodes at a hello, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDifference {
    /// This node's clock.
    pub ours_ms: i64,
    /// The other node's clock.
    pub theirs_ms: i64,
}

impl ClockDifference {
    /// Milliseconds between the two clocks.
    #[must_use]
    pub fn ms(&self) -> u64 {
        self.ours_ms.abs_diff(self.theirs_ms)
    }
}

impl fmt::Display for ClockDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.ms() / 1_000;
        let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
        let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "this node's clock says {}, the peer's clock says {}: they differ by {days} d {hours} \
             h {minutes} min {rest} s, and at most 5 min are allowed",
            Time(self.ours_ms),
            Time(self.theirs_ms)
        )
    }
}

/// A time as people read it, or its number when it lies outside the calendar.
struct Time(i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.div_euclid(1_000)) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms since 1970", self.0),
        }
    }
}

/// Why there is no connection, or why one ended. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No address answers.
    #[error(
        "{address} cannot be reached ({cause}); check the address, the network and whether \
             the peer's node runs"
    )]
    Unreachable {
        /// The address that was dialed last.
        address: String,
        /// What the system said.
        cause: String,
    },
    /// The peer presents a key that was not agreed when the nodes were paired.
    #[error(
        "the peer presents the key {presented}, which is not the one agreed at pairing; \
             nothing was sent. Ask the peer whether it changed its key, and pair again if so"
    )]
    WrongKey {
        /// Pin of the key that was presented.
        presented: Pin,
    },
    /// The peer does not know this node's key.
    #[error(
        "the peer does not know this node's key: it was not paired with it or has taken the \
             relationship off; pair again if that is not meant"
    )]
    KeyRefused,
    /// No TLS 1.3 with this protocol.
    #[error(
        "what answers is not a Counterfoil node, or of a version this one cannot speak with \
             ({cause}); check the address"
    )]
    NotANode {
        /// What was wrong.
        cause: String,
    },
    /// The greeting took too long.
    #[error(
        "the peer did not finish its greeting in {seconds} s; the network or the peer is \
             overloaded, or something between swallows the traffic"
    )]
    TooSlow {
        /// The deadline.
        seconds: u64,
    },
    /// The two clocks lie too far apart.
    #[error("{0}. Set the wrong clock right; the connection comes back by itself")]
    Clocks(ClockDifference),
    /// The relationship is not known with this key.
    #[error("the relationship is not known with this key; compare the pairing on both sides")]
    UnknownRelationship,
    /// Both sides say that they have the same role.
    #[error("both sides say that they have the same role in the relationship; pair again")]
    SameRole,
    /// Another version of the hello.
    #[error("the peer speaks version {theirs} of the wire, this node version 1; update the older")]
    Version {
        /// The other side's version.
        theirs: u8,
    },
    /// The other side does not speak this node's version.
    #[error(
        "the peer does not speak version 1 of the wire, which this node speaks; update the \
             older"
    )]
    VersionHere,
    /// The other side broke the protocol.
    #[error("the peer broke the protocol: {what}; report this with both versions")]
    Violation {
        /// What it did.
        what: String,
    },
    /// The other side says that this node broke the protocol.
    #[error("the peer says that this node broke the protocol; report this with both versions")]
    ViolationHere,
    /// A newer connection of the same relationship took over.
    #[error("a newer connection with the same peer took over")]
    Replaced,
    /// The network ended it.
    #[error("the connection was lost ({cause})")]
    Lost {
        /// What the system said.
        cause: String,
    },
    /// Nothing was heard for too long.
    #[error("nothing was heard from the peer for {seconds} s")]
    Silent {
        /// How long.
        seconds: u64,
    },
    /// The peer gave up for the same reason.
    #[error("the peer heard nothing from this node for too long")]
    SilentHere,
    /// The network takes no bytes.
    #[error("the network took no bytes for {seconds} s")]
    Stalled {
        /// How long.
        seconds: u64,
    },
    /// The other side has finished.
    #[error("the peer has closed the connection; its node is stopping or does not need it now")]
    FinishedByPeer,
    /// This side has finished.
    #[error("closed here after everything was sent")]
    Finished,
    /// This side closed before everything was sent.
    #[error("closed here before everything could be sent")]
    Abandoned,
    /// The relationship was taken off here.
    #[error("the relationship was taken off here or changed its key")]
    Removed,
    /// The relationship was taken off at the other side.
    #[error("the peer has taken the relationship off or changed the key it expects")]
    RemovedByPeer,
    /// Nothing was tried so far.
    #[error("not tried yet")]
    NotTried,
    /// The other side dials, this one waits.
    #[error("waiting for the peer, which dials this node")]
    TheyDial,
    /// The node is stopping.
    #[error("this node is stopping")]
    Stopping,
}

impl Problem {
    /// A breach of the protocol by the other side.
    #[must_use]
    pub fn violation(what: impl Into<String>) -> Problem {
        Problem::Violation { what: what.into() }
    }

    /// What to tell the other side when this is why the connection ends here.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        match self {
            Problem::Clocks(_) => Some(CloseReason::Clocks),
            Problem::UnknownRelationship => Some(CloseReason::Unknown),
            Problem::SameRole => Some(CloseReason::SameRole),
            Problem::Version { .. } => Some(CloseReason::Version),
            Problem::Violation { .. } => Some(CloseReason::Violation),
            Problem::Replaced => Some(CloseReason::Replaced),
            Problem::Silent { .. } => Some(CloseReason::Silent),
            Problem::Finished | Problem::Stopping => Some(CloseReason::Finished),
            Problem::Removed => Some(CloseReason::Removed),
            _ => None,
        }
    }

    /// What the other side's reason means here.
    #[must_use]
    pub fn of_close(reason: CloseReason, clocks: ClockDifference) -> Problem {
        match reason {
            CloseReason::Finished => Problem::FinishedByPeer,
            CloseReason::Replaced => Problem::Replaced,
            CloseReason::Clocks => Problem::Clocks(clocks),
            CloseReason::Unknown => Problem::UnknownRelationship,
            CloseReason::Violation => Problem::ViolationHere,
            CloseReason::Silent => Problem::SilentHere,
            CloseReason::Removed => Problem::RemovedByPeer,
            CloseReason::Version => Problem::VersionHere,
            CloseReason::SameRole => Problem::SameRole,
        }
    }

    /// A word for metrics; the same problem always has the same word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Problem::Unreachable { .. } => "unreachable",
            Problem::WrongKey { .. } => "wrong_key",
            Problem::KeyRefused => "key_refused",
            Problem::NotANode { .. } => "not_a_node",
            Problem::TooSlow { .. } => "too_slow",
            Problem::Clocks(_) => "clocks",
            Problem::UnknownRelationship => "unknown_relationship",
            Problem::SameRole => "same_role",
            Problem::Version { .. } => "version",
            Problem::VersionHere => "version_here",
            Problem::Violation { .. } => "violation",
            Problem::ViolationHere => "violation_here",
            Problem::Replaced => "replaced",
            Problem::Lost { .. } => "lost",
            Problem::Silent { .. } => "silent",
            Problem::SilentHere => "silent_here",
            Problem::Stalled { .. } => "stalled",
            Problem::FinishedByPeer => "finished_by_peer",
            Problem::Finished => "finished",
            Problem::Abandoned => "abandoned",
            Problem::Removed => "removed",
            Problem::RemovedByPeer => "removed_by_peer",
            Problem::NotTried => "not_tried",
            Problem::TheyDial => "they_dial",
            Problem::Stopping => "stopping",
        }
    }
}

impl From<FrameError> for Problem {
    fn from(error: FrameError) -> Problem {
        Problem::violation(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_a_day_off_is_told_with_both_clocks() {
        let ours_ms = 1_795_427_400_000;
        let difference = ClockDifference { ours_ms, theirs_ms: ours_ms + 86_400_000 + 61_999 };
        assert_eq!(
            Problem::Clocks(difference).to_string(),
            "this node's clock says 2026-11-23T09:50:00Z, the peer's clock says \
             2026-11-24T09:51:01Z: they differ by 1 d 0 h 1 min 1 s, and at most 5 min are \
             allowed. Set the wrong clock right; the connection comes back by itself"
        );
        let far = ClockDifference { ours_ms: 0, theirs_ms: i64::MIN };
        assert!(far.to_string().contains("-9223372036854775808 ms since 1970"));
    }

    #[test]
    fn what_is_told_is_understood() {
        let clocks = ClockDifference { ours_ms: 0, theirs_ms: 0 };
        for reason in CloseReason::ALL {
            let told = Problem::of_close(reason, clocks);
            assert_ne!(told.word(), "lost");
        }
    }
}
