//! What lies between two nodes: connections that end, messages that do not behave.

use crate::fault::Fault;
use counterfoil_corpus::Random;
use counterfoil_wire::{Channel, FrameDecoder, put_data};
use std::collections::VecDeque;

/// Messages of earlier that can be replayed, each way.
const REPLAYED_MAX: usize = 48;
/// First byte of a message of events, and of a part of a document (docs/reference/sync.md).
const EVENTS: u8 = 0x03;
const PART: u8 = 0x0b;
/// Bytes of a message of events before its entries: kind, tag, first sequence.
const EVENTS_HEAD: usize = 17;

struct Message {
    /// Not before this step.
    from: u64,
    /// Empty for the end of the connection.
    bytes: Vec<u8>,
}

/// The connection of one relationship; side 0 is the payer, 1 the provider.
#[derive(Default)]
pub struct Wire {
    /// True while there is a connection.
    pub is_connected: bool,
    /// No connection before this step.
    pub blocked_until: u64,
    /// To each side, on the channels of events and of documents.
    queues: [[VecDeque<Message>; 2]; 2],
    earlier: [VecDeque<Vec<u8>>; 2],
}

impl Wire {
    /// A message on its way to a side.
    pub fn send(&mut self, to: usize, bytes: Vec<u8>) {
        if !self.is_connected {
            return;
        }
        if self.earlier[to].len() == REPLAYED_MAX {
            self.earlier[to].pop_front();
        }
        self.earlier[to].push_back(bytes.clone());
        let channel = usize::from(bytes.first() == Some(&PART));
        self.queues[to][channel].push_back(Message { from: 0, bytes });
    }

    /// The side that gets this end of the connection reads what was sent before it.
    pub fn end(&mut self, to: usize) {
        if self.is_connected {
            self.queues[to][0].push_back(Message { from: 0, bytes: Vec::new() });
        }
    }

    /// Everything on its way is gone.
    pub fn clear(&mut self) {
        self.queues = Default::default();
    }

    /// The next message for a side on a channel, when it is there.
    pub fn take(&mut self, to: usize, channel: usize, step: u64) -> Option<Vec<u8>> {
        let queue = &mut self.queues[to][channel];
        if queue.front()?.from > step {
            return None;
        }
        queue.pop_front().map(|message| message.bytes)
    }

    /// True when nothing is on its way to a side.
    #[must_use]
    pub fn is_empty(&self, to: usize) -> bool {
        self.queues[to].iter().all(VecDeque::is_empty)
    }

    /// Lets a fault happen to the messages for a side; true when it met one.
    pub fn disturb(&mut self, fault: Fault, to: usize, step: u64, random: &mut Random) -> bool {
        let channel = usize::from(!self.queues[to][1].is_empty() && random.chance(1, 3));
        let queue = &mut self.queues[to][channel];
        let length = queue.len();
        if fault == Fault::Replayed {
            let count = self.earlier[to].len() as u64;
            if count == 0 || !self.is_connected {
                return false;
            }
            let bytes = self.earlier[to][random.below(count) as usize].clone();
            let channel = usize::from(bytes.first() == Some(&PART));
            let place = random.below(self.queues[to][channel].len() as u64 + 1) as usize;
            self.queues[to][channel].insert(place, Message { from: 0, bytes });
            return true;
        }
        if length == 0 {
            return false;
        }
        let at = random.below(length as u64) as usize;
        match fault {
            Fault::Lost => {
                queue.remove(at);
            }
            Fault::Duplicated => {
                let bytes = queue[at].bytes.clone();
                queue.insert(at, Message { from: 0, bytes });
            }
            Fault::Reordered if at + 1 < length => queue.swap(at, at + 1),
            Fault::Delayed => queue[at].from = step + 1 + random.below(40),
            Fault::Damaged => return damage(&mut queue[at].bytes, random),
            _ => return false,
        }
        true
    }

    /// The connection is cut in the middle of the next message for a side: what of it arrives is
    /// no message. False when a part was taken for a whole.
    #[must_use]
    pub fn cut_within(&mut self, to: usize, random: &mut Random) -> bool {
        let front = self.queues[to][0].pop_front();
        self.is_connected = false;
        self.clear();
        let Some(message) = front else { return true };
        let mut stream = Vec::new();
        put_data(&mut stream, Channel::Events, &message.bytes);
        stream.truncate(random.below(stream.len() as u64) as usize);
        let mut decoder = FrameDecoder::new();
        decoder.open();
        matches!(decoder.feed(&mut &stream[..]), Ok(None))
    }
}

/// Changes one byte of the entries of a message of events.
fn damage(bytes: &mut [u8], random: &mut Random) -> bool {
    if bytes.first() != Some(&EVENTS) || bytes.len() <= EVENTS_HEAD {
        return false;
    }
    let at = EVENTS_HEAD + random.below((bytes.len() - EVENTS_HEAD) as u64) as usize;
    bytes[at] ^= 1 << random.below(8);
    true
}
