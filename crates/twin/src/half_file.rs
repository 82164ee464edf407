//! A half as a file: writing it, and reading it in pieces of any size (section 11).

use crate::body::{BODY_BYTES_MAX, Body};
use crate::bytes::Cursor;
use crate::chain::{BodyBytes, Relationship};
use crate::event::{Author, EVENT_BYTES_MAX, EVENT_BYTES_MIN, Event};
use crate::head::{HEAD_ENTRY_BYTES, HeadEntry};

/// The bytes with which a half file begins.
pub const HALF_MAGIC: &[u8; 8] = b"CFHALF1\n";

/// Length of a body that is not shown.
const WITHHELD: u32 = u32::MAX;

/// Magic, relationship, two keys, author and number of heads.
const START_BYTES: usize = 8 + 96 + 1 + 2;

/// Read bytes are given back to the buffer in pieces of this size.
const CONSUMED_BYTES_MAX: usize = 1 << 16;

/// Writes what stands before the events. There are at most 65,535 heads, by size ascending; the
/// last one covers all events.
pub fn write_half_start(
    out: &mut Vec<u8>,
    relationship: &Relationship,
    author: Author,
    heads: &[HeadEntry],
    events: u64,
) {
    // A caller with more heads leaves out older ones: each newer one covers them.
    let first = heads.len().saturating_sub(usize::from(u16::MAX));
    let heads = &heads[first..];
    let count = u16::try_from(heads.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(HALF_MAGIC);
    out.extend_from_slice(&relationship.id);
    out.extend_from_slice(&relationship.payer_key);
    out.extend_from_slice(&relationship.provider_key);
    out.push(author.sign());
    out.extend_from_slice(&count.to_be_bytes());
    heads.iter().for_each(|head| out.extend_from_slice(&head.encode()));
    out.extend_from_slice(&events.to_be_bytes());
}

/// Writes an event with its body, or without to withhold it.
pub fn write_half_entry(out: &mut Vec<u8>, event: &Event, body: Option<&Body>) {
    let event = event.encode();
    let length = u16::try_from(event.len()).expect("an event has at most 444 bytes");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&event);
    match body.map(Body::encode) {
        Some(body) => {
            let length = u32::try_from(body.len()).expect("a body is bounded where it is made");
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&body);
        }
        None => out.extend_from_slice(&WITHHELD.to_be_bytes()),
    }
}

/// What stands before the events of a half file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfStart {
    /// Identifier and first keys.
    pub relationship: Relationship,
    /// Whose half.
    pub author: Author,
    /// The heads as they stand, not judged yet.
    pub heads: Vec<[u8; HEAD_ENTRY_BYTES]>,
    /// How many events the file says that it has.
    pub events: u64,
}

/// A part of a half file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HalfPart {
    /// What stands before the events.
    Start(HalfStart),
    /// An event as bytes, not judged yet, with its body. Nothing follows a damaged body.
    Entry {
        /// The bytes of the event.
        event: Vec<u8>,
        /// Its body.
        body: BodyBytes,
    },
    /// The file ends where it should.
    End,
    /// The file is none, or is damaged before its events or after them.
    NotAHalf(&'static str),
    /// The file ends within an event, or an event's length is none.
    DamagedEvent(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Events { left: u64 },
    Over,
}

/// Reads a half file that arrives in pieces; holds one event, or the heads, at a time.
#[derive(Clone, Debug)]
pub struct HalfReader {
    buffer: Vec<u8>,
    at: usize,
    is_finished: bool,
    stage: Stage,
}

impl Default for HalfReader {
    fn default() -> HalfReader {
        HalfReader { buffer: Vec::new(), at: 0, is_finished: false, stage: Stage::Start }
    }
}

impl HalfReader {
    /// A reader before the first byte.
    #[must_use]
    pub fn new() -> HalfReader {
        HalfReader::default()
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.at == self.buffer.len() || self.at > CONSUMED_BYTES_MAX {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that there are no more bytes.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// The next part; nothing when more bytes are needed, or after the last part.
    pub fn next_part(&mut self) -> Option<HalfPart> {
        let rest = self.buffer.get(self.at..).unwrap_or(&[]);
        let mut cursor = Cursor::new(rest);
        let part = match self.stage {
            Stage::Over => return None,
            Stage::Start => read_start(&mut cursor, self.is_finished),
            Stage::Events { left: 0 } => match (cursor.is_empty(), self.is_finished) {
                (true, true) => Some(HalfPart::End),
                (true, false) => None,
                (false, _) => Some(HalfPart::NotAHalf("bytes are left over after the events")),
            },
            Stage::Events { .. } => read_entry(&mut cursor, self.is_finished),
        }?;
        self.at = self.buffer.len() - cursor.left();
        self.stage = match (&part, self.stage) {
            (HalfPart::Start(start), _) => Stage::Events { left: start.events },
            (HalfPart::Entry { body, .. }, Stage::Events { left })
                if *body != BodyBytes::Damaged =>
            {
                Stage::Events { left: left.saturating_sub(1) }
            }
            _ => Stage::Over,
        };
        Some(part)
    }
}

fn read_start(cursor: &mut Cursor<'_>, is_finished: bool) -> Option<HalfPart> {
    let mut ahead = *cursor;
    let cut = || is_finished.then_some(HalfPart::NotAHalf("the file ends before its events"));
    let magic = ahead.take(cursor.left().min(HALF_MAGIC.len())).unwrap_or_default();
    if !HALF_MAGIC.starts_with(magic) {
        return Some(HalfPart::NotAHalf("it does not begin as a half does"));
    }
    if cursor.left() < START_BYTES {
        return cut();
    }
    let id = ahead.hash()?;
    let relationship = Relationship { id, payer_key: ahead.hash()?, provider_key: ahead.hash()? };
    let Some(author) = Author::from_sign(ahead.u8()?) else {
        return Some(HalfPart::NotAHalf("its author is neither payer nor provider"));
    };
    let count = usize::from(ahead.u16()?);
    if ahead.left() < count * HEAD_ENTRY_BYTES + 8 {
        return cut();
    }
    let heads: Option<Vec<_>> = (0..count).map(|_| ahead.array()).collect();
    let start = HalfStart { relationship, author, heads: heads?, events: ahead.u64()? };
    *cursor = ahead;
    Some(HalfPart::Start(start))
}

fn read_entry(cursor: &mut Cursor<'_>, is_finished: bool) -> Option<HalfPart> {
    let mut ahead = *cursor;
    let cut = HalfPart::DamagedEvent("the file ends before the end of the event");
    let Some(length) = ahead.u16() else { return is_finished.then_some(cut) };
    let length = usize::from(length);
    if !(EVENT_BYTES_MIN..=EVENT_BYTES_MAX).contains(&length) {
        return Some(HalfPart::DamagedEvent("its length is not that of an event"));
    }
    let Some(event) = ahead.take(length) else { return is_finished.then_some(cut) };
    let body = match ahead.u32() {
        Some(WITHHELD) => Some(BodyBytes::Withheld),
        Some(length) if length as usize > BODY_BYTES_MAX => Some(BodyBytes::Damaged),
        Some(length) => ahead.take(length as usize).map(|body| BodyBytes::Shown(body.to_vec())),
        None => None,
    };
    let body = match body {
        Some(body) => body,
        None if is_finished => BodyBytes::Damaged,
        None => return None,
    };
    *cursor = ahead;
    Some(HalfPart::Entry { event: event.to_vec(), body })
}
