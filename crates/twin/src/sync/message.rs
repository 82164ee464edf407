//! The messages of the exchange as bytes (docs/reference/sync.md, section 2).

use super::limits::MESSAGE_BYTES_MAX;
use crate::bytes::Cursor;
use crate::event::Author;
use crate::hash::Hash;
use crate::head::{HEAD_BYTES, HEAD_ENTRY_BYTES, HeadEntry, SignedHead};
use crate::tree::TreeHead;

/// The version of the exchange that this crate speaks.
pub const SYNC_VERSION: u8 = 1;

/// The stream on which a message travels; messages keep their order within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// All messages but parts of documents.
    Events,
    /// Parts of documents.
    Documents,
}

/// An event and its body as they are stored and sent.
#[derive(Clone, PartialEq, Eq)]
pub struct HalfEntry {
    /// The bytes of the event.
    pub event: Vec<u8>,
    /// The bytes of its body; nothing when it is withheld.
    pub body: Option<Vec<u8>>,
}

impl std::fmt::Debug for HalfEntry {
    /// Lengths alone: bodies hold account numbers of persons.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.as_ref().map(Vec::len);
        f.debug_struct("HalfEntry").field("event", &self.event.len()).field("body", &body).finish()
    }
}

impl HalfEntry {
    /// How many bytes it takes in a message.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let body = self.body.as_ref().map_or(0, Vec::len);
        self.event.len().saturating_add(body).saturating_add(6)
    }
}

/// The sign of a withheld body, in place of its length.
const WITHHELD: u32 = u32::MAX;

/// What a side says of itself when a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) nonce: u64,
    pub(super) echo: u64,
    pub(super) relationship: Hash,
    pub(super) role: Author,
    pub(super) own: TreeHead,
    pub(super) copy: TreeHead,
    pub(super) time_ms: i64,
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Event,
    Head,
    Document,
}

/// What is not accepted: a code of the record, 0 for a document; a sequence or size, 0 for a
/// document; the digest of a document, else zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) about: About,
    pub(super) code: u8,
    pub(super) number: u64,
    pub(super) digest: Hash,
}

/// A question; the sizes are those of the payer's and the provider's half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) number: u64,
    pub(super) about: u8,
    pub(super) sizes: [u64; 2],
    pub(super) question: Vec<u8>,
}

/// A message without its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Bye { reason: u8, half: u8, first: u64, second: u64 },
    Events { first: u64, entries: Vec<HalfEntry> },
    Ack { size: u64 },
    Refusal(Refusal),
    Head(Box<SignedHead>),
    Countersignature(Box<HeadEntry>),
    Ask(Ask),
    Answer { number: u64, result: u8, answer: Vec<u8> },
    Want { digest: Hash, offset: u64 },
    Part { digest: Hash, offset: u64, bytes: Vec<u8> },
    Absent { digest: Hash },
}

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    Hello(Box<Hello>),
    /// A hello of another version.
    OtherVersion {
        version: u8,
        nonce: u64,
    },
    Tagged {
        tag: u64,
        message: Message,
    },
}

impl Hello {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![1, SYNC_VERSION];
        out.extend_from_slice(&self.nonce.to_be_bytes());
        out.extend_from_slice(&self.echo.to_be_bytes());
        out.extend_from_slice(&self.relationship);
        out.push(self.role.sign());
        for tree in [&self.own, &self.copy] {
            out.extend_from_slice(&tree.size.to_be_bytes());
            out.extend_from_slice(&tree.root);
        }
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out
    }

    fn read(cursor: &mut Cursor<'_>, nonce: u64) -> Option<Hello> {
        let (echo, relationship) = (cursor.u64()?, cursor.hash()?);
        let role = Author::from_sign(cursor.u8()?)?;
        let own = TreeHead { size: cursor.u64()?, root: cursor.hash()? };
        let copy = TreeHead { size: cursor.u64()?, root: cursor.hash()? };
        let time_ms = cursor.i64()?;
        let is_form = nonce != 0 && cursor.is_empty();
        is_form.then_some(Hello { nonce, echo, relationship, role, own, copy, time_ms })
    }
}

impl Message {
    /// On which channel it travels.
    pub(super) fn channel(&self) -> Channel {
        if matches!(self, Message::Part { .. }) { Channel::Documents } else { Channel::Events }
    }

    fn kind(&self) -> u8 {
        match self {
            Message::Bye { .. } => 2,
            Message::Events { .. } => 3,
            Message::Ack { .. } => 4,
            Message::Refusal(_) => 5,
            Message::Head(_) => 6,
            Message::Countersignature(_) => 7,
            Message::Ask(_) => 8,
            Message::Answer { .. } => 9,
            Message::Want { .. } => 10,
            Message::Part { .. } => 11,
            Message::Absent { .. } => 12,
        }
    }

    /// The bytes, for a receiver whose hello has the nonce `tag`.
    pub(super) fn encode(&self, tag: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(self.kind());
        out.extend_from_slice(&tag.to_be_bytes());
        match self {
            Message::Bye { reason, half, first, second } => {
                out.extend_from_slice(&[*reason, *half]);
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(&second.to_be_bytes());
            }
            Message::Events { first, entries } => {
                out.extend_from_slice(&first.to_be_bytes());
                out.reserve(entries.iter().map(HalfEntry::size_bytes).sum());
                entries.iter().for_each(|entry| put_entry(&mut out, entry));
            }
            Message::Ack { size } => out.extend_from_slice(&size.to_be_bytes()),
            Message::Refusal(Refusal { about, code, number, digest }) => {
                let about = match about {
                    About::Event => 1,
                    About::Head => 2,
                    About::Document => 3,
                };
                out.extend_from_slice(&[about, *code]);
                out.extend_from_slice(&number.to_be_bytes());
                out.extend_from_slice(digest);
            }
            Message::Head(signed) => {
                out.extend_from_slice(&signed.head.encode());
                out.extend_from_slice(&signed.signature);
            }
            Message::Countersignature(entry) => out.extend_from_slice(&entry.encode()),
            Message::Ask(Ask { number, about, sizes, question }) => {
                out.extend_from_slice(&number.to_be_bytes());
                out.push(*about);
                sizes.iter().for_each(|size| out.extend_from_slice(&size.to_be_bytes()));
                out.extend_from_slice(question);
            }
            Message::Answer { number, result, answer } => {
                out.extend_from_slice(&number.to_be_bytes());
                out.push(*result);
                out.extend_from_slice(answer);
            }
            Message::Want { digest, offset } => {
                out.extend_from_slice(digest);
                out.extend_from_slice(&offset.to_be_bytes());
            }
            Message::Part { digest, offset, bytes } => {
                out.extend_from_slice(digest);
                out.extend_from_slice(&offset.to_be_bytes());
                out.extend_from_slice(bytes);
            }
            Message::Absent { digest } => out.extend_from_slice(digest),
        }
        out
    }

    fn read(kind: u8, cursor: &mut Cursor<'_>) -> Option<Message> {
        Some(match kind {
            2 => {
                let (reason, half) = (cursor.u8()?, cursor.u8()?);
                Message::Bye { reason, half, first: cursor.u64()?, second: cursor.u64()? }
            }
            3 => Message::Events { first: cursor.u64()?, entries: read_entries(cursor)? },
            4 => Message::Ack { size: cursor.u64()? },
            5 => {
                let about = match cursor.u8()? {
                    1 => About::Event,
                    2 => About::Head,
                    3 => About::Document,
                    _ => return None,
                };
                let (code, number, digest) = (cursor.u8()?, cursor.u64()?, cursor.hash()?);
                Message::Refusal(Refusal { about, code, number, digest })
            }
            6 => Message::Head(Box::new(read_head(cursor)?)),
            7 => {
                let bytes: [u8; HEAD_ENTRY_BYTES] = cursor.array()?;
                Message::Countersignature(Box::new(HeadEntry::decode(&bytes).ok()?))
            }
            8 => {
                let (number, about) = (cursor.u64()?, cursor.u8()?);
                let sizes = [cursor.u64()?, cursor.u64()?];
                Message::Ask(Ask { number, about, sizes, question: rest(cursor)? })
            }
            9 => {
                let (number, result) = (cursor.u64()?, cursor.u8()?);
                Message::Answer { number, result, answer: rest(cursor)? }
            }
            10 => Message::Want { digest: cursor.hash()?, offset: cursor.u64()? },
            11 => {
                let (digest, offset) = (cursor.hash()?, cursor.u64()?);
                Message::Part { digest, offset, bytes: rest(cursor)? }
            }
            12 => Message::Absent { digest: cursor.hash()? },
            _ => return None,
        })
    }
}

impl Arrived {
    /// Reads a message that fills the bytes exactly; nothing when it is not in its form.
    pub(super) fn decode(bytes: &[u8]) -> Option<Arrived> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return None;
        }
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.u8()?;
        if kind == 1 {
            let (version, nonce) = (cursor.u8()?, cursor.u64()?);
            if version != SYNC_VERSION {
                return Some(Arrived::OtherVersion { version, nonce });
            }
            return Hello::read(&mut cursor, nonce).map(|hello| Arrived::Hello(Box::new(hello)));
        }
        let tag = cursor.u64()?;
        let message = Message::read(kind, &mut cursor)?;
        cursor.is_empty().then_some(Arrived::Tagged { tag, message })
    }
}

/// Writes an entry; the lengths of its event and body are those that a half may have, or what
/// arrived and was bounded there.
fn put_entry(out: &mut Vec<u8>, entry: &HalfEntry) {
    let length = u16::try_from(entry.event.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&entry.event);
    let body = entry.body.as_deref();
    let length = body.map_or(WITHHELD, |body| u32::try_from(body.len()).unwrap_or(WITHHELD));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(body.unwrap_or_default());
}

fn read_entries(cursor: &mut Cursor<'_>) -> Option<Vec<HalfEntry>> {
    let mut entries = Vec::new();
    while !cursor.is_empty() {
        let length = cursor.u16()?;
        let event = cursor.take(usize::from(length))?.to_vec();
        let body = match cursor.u32()? {
            WITHHELD => None,
            length => Some(cursor.take(usize::try_from(length).ok()?)?.to_vec()),
        };
        entries.push(HalfEntry { event, body });
    }
    (!entries.is_empty()).then_some(entries)
}

fn read_head(cursor: &mut Cursor<'_>) -> Option<SignedHead> {
    // A head entry without a countersignature is the head, its signature and zeros.
    let mut entry = [0; HEAD_ENTRY_BYTES];
    entry[..HEAD_BYTES + 64].copy_from_slice(cursor.take(HEAD_BYTES + 64)?);
    HeadEntry::decode(&entry).ok().map(|entry| entry.signed)
}

fn rest(cursor: &mut Cursor<'_>) -> Option<Vec<u8>> {
    cursor.take(cursor.left()).map(<[u8]>::to_vec)
}
