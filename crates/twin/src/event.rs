//! One signed event of a half: its form, signature and leaf hash (section 3 of the written format).

use crate::bytes::{Cursor, put_short};
use crate::hash::{Hash, sha256};
use crate::keys::{PrivateKey, PublicKey, Signature, purpose};
use counterfoil_base::Text;

/// The version of the format that this crate writes and reads.
pub const VERSION: u8 = 1;

/// Longest event in bytes: fixed fields, a kind of 64, a subject of 160 and the signature.
pub const EVENT_BYTES_MAX: usize = 154 + 65 + 161 + 64;

/// Shortest event in bytes: kind and subject of one byte.
pub const EVENT_BYTES_MIN: usize = 154 + 2 + 2 + 64;

/// Who says an event, and in whose half it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Author {
    /// The health plan.
    Payer,
    /// The care organization.
    Provider,
}

impl Author {
    /// Both, the payer first.
    pub const BOTH: [Author; 2] = [Author::Payer, Author::Provider];

    /// The sign in the encoding: 1 payer, 2 provider.
    #[must_use]
    pub fn sign(self) -> u8 {
        match self {
            Author::Payer => 1,
            Author::Provider => 2,
        }
    }

    /// The author with a sign.
    #[must_use]
    pub fn from_sign(sign: u8) -> Option<Author> {
        Author::BOTH.into_iter().find(|author| author.sign() == sign)
    }

    /// The other party.
    #[must_use]
    pub fn other(self) -> Author {
        match self {
            Author::Payer => Author::Provider,
            Author::Provider => Author::Payer,
        }
    }

    /// `payer` or `provider`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Author::Payer => "payer",
            Author::Provider => "provider",
        }
    }

    /// 0 for the payer and 1 for the provider, for pairs kept in that order.
    pub(crate) fn index(self) -> usize {
        usize::from(self == Author::Provider)
    }
}

/// An event as it stands in a half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Identifier of the relationship.
    pub relationship: Hash,
    /// Who says it.
    pub author: Author,
    /// Place in the author's half, from 0.
    pub sequence: u64,
    /// Leaf hash of the author's previous event; zeros for the first.
    pub previous: Hash,
    /// Milliseconds since 1970-01-01T00:00:00Z by the author's clock.
    pub time_ms: i64,
    /// How many events of the other half the author held.
    pub seen_size: u64,
    /// Root of the other half's tree at that size.
    pub seen_root: Hash,
    /// What kind of thing is said.
    pub kind: Text,
    /// What it is said of.
    pub subject: Text,
    /// Root of the tree over the fields of the body.
    pub payload_root: Hash,
    /// The author's signature.
    pub signature: Signature,
}

/// Why bytes are no event of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The first byte names a version that this crate does not know.
    #[error("version {0} is not known")]
    Version(u8),
    /// The bytes are not in the form of section 3.
    #[error("{0}")]
    Form(&'static str),
}

impl Event {
    /// Reads an event that fills the bytes exactly.
    ///
    /// # Errors
    /// [`EventError`] when the version is another or the bytes are not in the one form.
    pub fn decode(bytes: &[u8]) -> Result<Event, EventError> {
        match bytes.first() {
            None => return Err(EventError::Form("there are no bytes")),
            Some(&version) if version != VERSION => return Err(EventError::Version(version)),
            Some(_) => {}
        }
        let mut cursor = Cursor::new(bytes);
        let event =
            Event::read(&mut cursor).ok_or(EventError::Form("the bytes end too early"))??;
        if cursor.is_empty() { Ok(event) } else { Err(EventError::Form("bytes are left over")) }
    }

    /// Nothing when the bytes end; an error when a field is not in its form.
    fn read(cursor: &mut Cursor<'_>) -> Option<Result<Event, EventError>> {
        let _version = cursor.u8()?;
        let relationship = cursor.hash()?;
        let Some(author) = Author::from_sign(cursor.u8()?) else {
            return Some(Err(EventError::Form("the author is neither payer nor provider")));
        };
        let (sequence, previous, time_ms) = (cursor.u64()?, cursor.hash()?, cursor.i64()?);
        let (seen_size, seen_root) = (cursor.u64()?, cursor.hash()?);
        let Some(kind) = text_of(cursor.short()?, is_kind) else {
            return Some(Err(EventError::Form("the kind has other characters or length")));
        };
        let Some(subject) = text_of(cursor.short()?, is_subject) else {
            return Some(Err(EventError::Form("the subject has other characters or length")));
        };
        let (payload_root, signature) = (cursor.hash()?, cursor.array()?);
        Some(Ok(Event {
            relationship,
            author,
            sequence,
            previous,
            time_ms,
            seen_size,
            seen_root,
            kind,
            subject,
            payload_root,
            signature,
        }))
    }

    /// The bytes of the event: header and signature.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.header();
        out.extend_from_slice(&self.signature);
        out
    }

    /// The bytes that are signed, without the text of their purpose.
    fn header(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(EVENT_BYTES_MAX);
        out.push(VERSION);
        out.extend_from_slice(&self.relationship);
        out.push(self.author.sign());
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.previous);
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out.extend_from_slice(&self.seen_size.to_be_bytes());
        out.extend_from_slice(&self.seen_root);
        put_short(&mut out, self.kind.as_bytes());
        put_short(&mut out, self.subject.as_bytes());
        out.extend_from_slice(&self.payload_root);
        out
    }

    /// The hash that chains the half and is the leaf of its tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        sha256(&[&[0], &self.header(), &self.signature])
    }

    /// Puts the signature of a key in place of the present one.
    pub(crate) fn sign(&mut self, key: &PrivateKey) {
        self.signature = key.sign(purpose::EVENT, &[&self.header()]);
    }

    /// True when the signature is this key's.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(purpose::EVENT, &[&self.header()], &self.signature)
    }
}

fn text_of(bytes: &[u8], is_allowed: impl Fn(&[u8]) -> bool) -> Option<Text> {
    if !is_allowed(bytes) {
        return None;
    }
    std::str::from_utf8(bytes).ok().map(Text::from)
}

/// True for a kind: 1 to 64 of `a` to `z`, `0` to `9`, `.` and `_`.
#[must_use]
pub fn is_kind(bytes: &[u8]) -> bool {
    let allowed = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_');
    (1..=64).contains(&bytes.len()) && bytes.iter().all(allowed)
}

/// True for a subject: 1 to 160 of printable ASCII without blanks.
#[must_use]
pub fn is_subject(bytes: &[u8]) -> bool {
    (1..=160).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> Event {
        Event {
            relationship: [1; 32],
            author: Author::Provider,
            sequence: 3,
            previous: [2; 32],
            time_ms: -5,
            seen_size: 9,
            seen_root: [4; 32],
            kind: Text::from("claim.submitted"),
            subject: Text::from("claim/00"),
            payload_root: [5; 32],
            signature: [6; 64],
        }
    }

    #[test]
    fn an_event_has_one_form() {
        let bytes = event().encode();
        assert_eq!(Event::decode(&bytes), Ok(event()));
        for end in 0..bytes.len() {
            assert!(Event::decode(&bytes[..end]).is_err(), "{end} bytes");
        }
        let change = |at: usize, byte: u8| {
            let mut changed = bytes.clone();
            changed[at] = byte;
            Event::decode(&changed)
        };
        assert_eq!(change(0, 2), Err(EventError::Version(2)));
        for (name, at, byte) in [("author", 33, 3), ("kind", 123, b'C'), ("subject", 139, b' ')] {
            assert!(matches!(change(at, byte), Err(EventError::Form(_))), "{name}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Event::decode(&longer), Err(EventError::Form("bytes are left over")));
    }

    #[test]
    fn lengths_are_those_of_the_longest_and_shortest_texts() {
        let sized = |kind: usize, subject: usize| {
            let (kind, subject) = ("k".repeat(kind), "s".repeat(subject));
            let event = Event { kind: kind.into(), subject: subject.into(), ..event() };
            let bytes = event.encode();
            assert_eq!(Event::decode(&bytes), Ok(event));
            bytes.len()
        };
        assert_eq!(sized(64, 160), EVENT_BYTES_MAX);
        assert_eq!(sized(1, 1), EVENT_BYTES_MIN);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..400), start: bool
        ) {
            if start {
                let whole = event().encode();
                let keep = whole.len().min(bytes.len());
                // Most of an event with some bytes of chance in it.
                let tail = bytes.split_off(keep / 2);
                let mut mixed = whole;
                for (at, byte) in tail.iter().enumerate().filter(|(at, _)| at % 7 == 0) {
                    if let Some(place) = mixed.get_mut(at) { *place = *byte; }
                }
                bytes = mixed;
            }
            if let Ok(event) = Event::decode(&bytes) {
                prop_assert_eq!(event.encode(), bytes);
            }
        }
    }
}
