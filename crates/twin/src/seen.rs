//! Whether what one party says that it has seen is the other party's half (TWN-11, TWN-12).

use crate::event::Event;
use crate::finding::Code;
use crate::hash::Hash;
use crate::tree::Frontier;
use std::collections::VecDeque;

/// What an accepted event adds to the check in both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub(crate) sequence: u64,
    pub(crate) leaf: Hash,
    pub(crate) seen_size: u64,
    pub(crate) seen_root: Hash,
}

impl Accepted {
    pub(crate) fn new(event: &Event, leaf: Hash) -> Accepted {
        Accepted {
            sequence: event.sequence,
            leaf,
            seen_size: event.seen_size,
            seen_root: event.seen_root,
        }
    }
}

/// The check of one half's events against the other half. It holds the other half's leaves that
/// no event has seen yet and the events whose other half has not been read yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenCheck {
    /// The other half, as far as the last checked event had seen it.
    tree: Frontier,
    leaves: VecDeque<Hash>,
    pending: VecDeque<Accepted>,
    /// Size and root that were found good last: most events have seen no more than the one before.
    last: Option<(u64, Hash)>,
    refused: Option<(u64, Code)>,
}

impl SeenCheck {
    /// An event of the half that is checked.
    pub(crate) fn push_event(&mut self, event: Accepted) {
        if self.refused.is_some() {
            return;
        }
        self.pending.push_back(event);
        self.settle();
    }

    /// A leaf of the other half.
    pub(crate) fn push_leaf(&mut self, leaf: Hash) {
        if self.refused.is_none() {
            self.leaves.push_back(leaf);
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(event) = self.pending.front().copied() {
            if self.last != Some((event.seen_size, event.seen_root)) {
                if event.seen_size > self.tree.size() + self.leaves.len() as u64 {
                    return;
                }
                while self.tree.size() < event.seen_size
                    && let Some(leaf) = self.leaves.pop_front()
                {
                    self.tree.push(leaf);
                }
                if self.tree.root() != event.seen_root {
                    self.refused = Some((event.sequence, Code::SeenRoot));
                    self.pending.clear();
                    self.leaves.clear();
                    return;
                }
                self.last = Some((event.seen_size, event.seen_root));
            }
            self.pending.pop_front();
        }
    }

    /// True while events wait for more of the other half.
    pub(crate) fn waits(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The first event that does not hold, when the other half has been read to its end or to its
    /// own finding.
    pub(crate) fn refused(&self, other_is_whole: bool) -> Option<(u64, Code)> {
        let waiting = self.pending.front().filter(|_| other_is_whole);
        self.refused.or(waiting.map(|event| (event.sequence, Code::SeenTooMuch)))
    }
}
