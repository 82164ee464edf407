//! The own half as it is sent: from what the other side holds, within the window (section 4).

use super::limits::{BATCH_BYTES, WINDOW_BYTES};
use super::message::{HalfEntry, Message};
use std::collections::VecDeque;

/// How far the other side has the own half. Events are read from the caller's store when there is
/// room for them, so that memory does not grow with what is behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Outgoing {
    /// The other side holds so many durably.
    pub(super) acknowledged: u64,
    /// The next one to be sent.
    sent: u64,
    /// The caller has been asked for the next ones.
    is_reading: bool,
    /// The other side takes no more of this half on this connection.
    pub(super) is_refused: bool,
    /// Size behind each message on its way, and its bytes.
    on_the_way: VecDeque<(u64, usize)>,
    bytes_on_the_way: usize,
}

impl Outgoing {
    /// A connection on which the other side holds so many.
    pub(super) fn from(acknowledged: u64) -> Outgoing {
        Outgoing { acknowledged, sent: acknowledged, ..Outgoing::default() }
    }

    /// Where to read on and how many bytes at most; nothing when there is nothing to send or no
    /// room.
    pub(super) fn wants(&mut self, own_size: u64) -> Option<(u64, usize)> {
        let has_room = self.on_the_way.is_empty()
            || self.bytes_on_the_way.saturating_add(BATCH_BYTES) <= WINDOW_BYTES;
        if self.is_refused || self.is_reading || self.sent >= own_size || !has_room {
            return None;
        }
        self.is_reading = true;
        Some((self.sent, BATCH_BYTES))
    }

    /// The message with what was read; nothing when it is not what is to be sent next. Entries
    /// beyond the size of a message are left for the next one.
    pub(super) fn read(&mut self, first: u64, mut entries: Vec<HalfEntry>) -> Option<Message> {
        if !self.is_reading {
            return None;
        }
        self.is_reading = false;
        if first != self.sent || entries.is_empty() || self.is_refused {
            return None;
        }
        let mut bytes = 0_usize;
        let fitting = entries.iter().take_while(|entry| {
            bytes = bytes.saturating_add(entry.size_bytes());
            bytes <= BATCH_BYTES
        });
        let count = fitting.count().max(1);
        entries.truncate(count);
        let bytes = entries.iter().map(HalfEntry::size_bytes).sum();
        self.sent = self.sent.saturating_add(count as u64);
        self.on_the_way.push_back((self.sent, bytes));
        self.bytes_on_the_way = self.bytes_on_the_way.saturating_add(bytes);
        Some(Message::Events { first, entries })
    }

    /// The other side holds so many durably.
    pub(super) fn acknowledge(&mut self, size: u64) {
        self.acknowledged = self.acknowledged.max(size);
        self.sent = self.sent.max(size);
        while let Some((end, bytes)) = self.on_the_way.front().copied()
            && end <= self.acknowledged
        {
            self.on_the_way.pop_front();
            self.bytes_on_the_way -= bytes;
        }
    }
}
