//! The checks of one half, event by event, in the order of section 13.
//!
//! What depends on the events before (sequence, previous, time, what was seen) is checked here
//! one event at a time; what depends on the event alone (signature, body, kind) is an
//! [`EventCheck`], so that a caller may run many of them side by side.

use crate::body::Body;
use crate::bytes::Cursor;
use crate::event::{Author, Event};
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::{Hash, ZERO};
use crate::keys::{KeyBytes, PublicKey};
use crate::kinds::{check_kind, needs_body, rotation};
use crate::subject::relationship_id;
use crate::tree::{Frontier, TreeHead};

/// Who keeps a twin record: what both halves begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// The identifier of section 2.
    pub id: Hash,
    /// The payer's first public key.
    pub payer_key: KeyBytes,
    /// The provider's first public key.
    pub provider_key: KeyBytes,
}

impl Relationship {
    /// The relationship of two keys and 32 random bytes.
    #[must_use]
    pub fn new(payer_key: KeyBytes, provider_key: KeyBytes, nonce: &[u8; 32]) -> Relationship {
        let id = relationship_id(&payer_key, &provider_key, nonce);
        Relationship { id, payer_key, provider_key }
    }

    /// The first key of a party.
    #[must_use]
    pub fn first_key(&self, author: Author) -> KeyBytes {
        match author {
            Author::Payer => self.payer_key,
            Author::Provider => self.provider_key,
        }
    }
}

/// Why an event is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// What exactly; may be empty.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Refusal {
        Refusal { code, detail: detail.into() }
    }
}

/// A key and the first sequence that it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeyFrom {
    sequence: u64,
    bytes: KeyBytes,
    /// Nothing when the bytes are no key: then no signature holds.
    key: Option<PublicKey>,
}

/// What of a half has to be remembered to check its next event: its size does not grow with the
/// half, but for a key at each rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    relationship: Relationship,
    author: Author,
    keys: Vec<KeyFrom>,
    previous: Hash,
    time_ms: i64,
    seen_size: u64,
    tree: Frontier,
}

impl Chain {
    /// The half of an author before its first event.
    #[must_use]
    pub fn new(relationship: Relationship, author: Author) -> Chain {
        let bytes = relationship.first_key(author);
        let first = KeyFrom { sequence: 0, bytes, key: PublicKey::from_bytes(&bytes) };
        Chain {
            relationship,
            author,
            keys: vec![first],
            previous: ZERO,
            time_ms: i64::MIN,
            seen_size: 0,
            tree: Frontier::new(),
        }
    }

    /// What has to be kept to go on with the half later: keys, last event, tree. It does not grow
    /// with the half but for a key at each rotation, holds no secret, and is for the same program:
    /// its form is no part of the written format.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let (size, peaks) = self.tree.peaks();
        let mut out = Vec::with_capacity(96 + 40 * self.keys.len() + 32 * peaks.len());
        out.extend_from_slice(&size.to_be_bytes());
        out.extend_from_slice(&self.previous);
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out.extend_from_slice(&self.seen_size.to_be_bytes());
        peaks.iter().for_each(|peak| out.extend_from_slice(peak));
        for from in &self.keys {
            out.extend_from_slice(&from.sequence.to_be_bytes());
            out.extend_from_slice(&from.bytes);
        }
        out
    }

    /// The half as it was put aside; nothing when the bytes are no checkpoint.
    #[must_use]
    pub fn resume(relationship: Relationship, author: Author, checkpoint: &[u8]) -> Option<Chain> {
        let mut cursor = Cursor::new(checkpoint);
        let size = cursor.u64()?;
        let (previous, time_ms, seen_size) = (cursor.hash()?, cursor.i64()?, cursor.u64()?);
        let peaks: Option<Vec<Hash>> = (0..size.count_ones()).map(|_| cursor.hash()).collect();
        let tree = Frontier::from_peaks(size, peaks?)?;
        let mut keys = Vec::new();
        while !cursor.is_empty() {
            let (sequence, bytes): (u64, KeyBytes) = (cursor.u64()?, cursor.array()?);
            keys.push(KeyFrom { sequence, bytes, key: PublicKey::from_bytes(&bytes) });
        }
        let is_first = keys.first().map(|from| from.bytes) == Some(relationship.first_key(author));
        let chain = Chain { relationship, author, keys, previous, time_ms, seen_size, tree };
        is_first.then_some(chain)
    }

    /// Whose half.
    #[must_use]
    pub fn author(&self) -> Author {
        self.author
    }

    /// The relationship to which it belongs.
    #[must_use]
    pub fn relationship(&self) -> &Relationship {
        &self.relationship
    }

    /// How many events it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Size and root of its tree.
    #[must_use]
    pub fn tree_head(&self) -> TreeHead {
        TreeHead { size: self.tree.size(), root: self.tree.root() }
    }

    /// Leaf hash of the last event; zeros when there is none.
    #[must_use]
    pub fn last_hash(&self) -> Hash {
        self.previous
    }

    /// Time of the last event in milliseconds; nothing when there is none.
    #[must_use]
    pub fn last_time_ms(&self) -> Option<i64> {
        (self.size() > 0).then_some(self.time_ms)
    }

    /// How many events of the other half the last event has seen.
    #[must_use]
    pub fn last_seen_size(&self) -> u64 {
        self.seen_size
    }

    /// The key that signs the next event.
    #[must_use]
    pub fn key(&self) -> Option<PublicKey> {
        self.keys.last().and_then(|from| from.key)
    }

    /// The key that signs the event with a sequence, of those known so far.
    #[must_use]
    pub fn key_at(&self, sequence: u64) -> Option<PublicKey> {
        self.keys.iter().rev().find(|from| from.sequence <= sequence).and_then(|from| from.key)
    }

    /// True when the party has had this key within the first events.
    #[must_use]
    pub fn has_had_key(&self, key: &KeyBytes, events: u64) -> bool {
        self.keys.iter().any(|from| from.bytes == *key && from.sequence <= events)
    }

    /// Checks TWN-03 to TWN-05: what must hold before the signature is looked at.
    ///
    /// # Errors
    /// [`Refusal`] with the first check that fails.
    pub fn check_link(&self, event: &Event) -> Result<(), Refusal> {
        if event.relationship != self.relationship.id || event.author != self.author {
            return Err(Refusal::new(Code::OtherRelationship, ""));
        }
        if event.sequence != self.size() {
            let detail = format!("it says {} and should say {}", event.sequence, self.size());
            return Err(Refusal::new(Code::Sequence, detail));
        }
        if event.previous != self.previous {
            return Err(Refusal::new(Code::Previous, ""));
        }
        Ok(())
    }

    /// Checks TWN-07 and TWN-08, which come after the signature.
    ///
    /// # Errors
    /// [`Refusal`] with the first check that fails.
    pub fn check_order(&self, event: &Event) -> Result<(), Refusal> {
        if event.time_ms < self.time_ms {
            let earlier = i128::from(self.time_ms) - i128::from(event.time_ms);
            return Err(Refusal::new(Code::Time, format!("{earlier} milliseconds earlier")));
        }
        if event.seen_size < self.seen_size {
            let detail = format!("{} after {}", event.seen_size, self.seen_size);
            return Err(Refusal::new(Code::SeenSize, detail));
        }
        Ok(())
    }

    /// The checks of the event alone: TWN-06, TWN-09, TWN-10, TWN-16. The event is the next one.
    #[must_use]
    pub fn event_check(&self, event: Event, body: BodyBytes) -> EventCheck {
        let (relationship, key) = (self.relationship, self.key());
        EventCheck { relationship, key, event, body, is_signature_only: false }
    }

    /// Takes the next event, whose checks have held or will be looked at before it is relied on,
    /// into the half.
    pub fn advance(&mut self, event: &Event, leaf: Hash, body: Option<&Body>) {
        if event.kind == "key.rotated"
            && let Some(key) = body.and_then(|body| rotation(event, body))
        {
            let sequence = event.sequence.saturating_add(1);
            self.keys.push(KeyFrom { sequence, bytes: key.to_bytes(), key: Some(key) });
        }
        self.previous = leaf;
        self.time_ms = event.time_ms;
        self.seen_size = event.seen_size;
        self.tree.push(leaf);
    }

    /// Checks an event and its body in the order of section 13, TWN-03 to TWN-10 and TWN-16.
    ///
    /// # Errors
    /// [`TwinFinding`] with the first check that fails.
    pub fn check(&self, event: &Event, body: Option<&Body>) -> Result<(), TwinFinding> {
        self.check_link(event)
            .and_then(|()| check_signature(event, self.key()))
            .and_then(|()| self.check_order(event))
            .and_then(|()| check_content(&self.relationship, event, body))
            .map_err(|refusal| self.finding(event.sequence, refusal))
    }

    /// What is said of an event that is not accepted.
    #[must_use]
    pub fn finding(&self, sequence: u64, refusal: Refusal) -> TwinFinding {
        let place = Place::Event(sequence);
        TwinFinding::new(refusal.code, Some(self.author), place).detail(refusal.detail)
    }
}

fn check_signature(event: &Event, key: Option<PublicKey>) -> Result<(), Refusal> {
    match key {
        Some(key) if event.is_signed_by(&key) => Ok(()),
        Some(_) => Err(Refusal::new(Code::Signature, "")),
        None => Err(Refusal::new(Code::Signature, "the key in force can sign nothing")),
    }
}

/// TWN-09, TWN-10 and TWN-16.
fn check_content(
    relationship: &Relationship,
    event: &Event,
    body: Option<&Body>,
) -> Result<(), Refusal> {
    match body {
        None if needs_body(&event.kind) => {
            let detail = format!("the body of {} may not be withheld", event.kind);
            return Err(Refusal::new(Code::Body, detail));
        }
        Some(body) if body.payload_root() != event.payload_root => {
            return Err(Refusal::new(Code::Body, "its root is not the one that was signed"));
        }
        _ => {}
    }
    check_kind(event, body).map_err(|error| Refusal::new(Code::Kind, error.to_string()))?;
    if event.sequence == 0 && !body.is_some_and(|body| is_opening(relationship, event, body)) {
        return Err(Refusal::new(Code::Opening, ""));
    }
    Ok(())
}

fn is_opening(relationship: &Relationship, event: &Event, body: &Body) -> bool {
    let keys = [&relationship.payer_key, &relationship.provider_key];
    let named = [body.bytes("payer_key"), body.bytes("provider_key")];
    let nonce: Option<&[u8; 32]> = body.bytes("nonce").and_then(|nonce| nonce.try_into().ok());
    event.kind == "relationship.opened"
        && named == keys.map(|key| Some(key.as_slice()))
        && nonce.is_some_and(|nonce| relationship_id(keys[0], keys[1], nonce) == relationship.id)
}

/// The body of an event as a file or message brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyBytes {
    /// Not shown.
    Withheld,
    /// Encoded.
    Shown(Vec<u8>),
    /// The file ends within it, or its length is over the limit.
    Damaged,
}

/// The checks of one event that need nothing but the event, its body and the key in force. Equal
/// checks have equal outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCheck {
    relationship: Relationship,
    key: Option<PublicKey>,
    event: Event,
    body: BodyBytes,
    is_signature_only: bool,
}

impl EventCheck {
    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// TWN-06.
    fn check_signature(&self) -> Result<(), Refusal> {
        check_signature(&self.event, self.key)
    }

    /// TWN-09, TWN-10 and TWN-16.
    fn check_content(&self) -> Result<(), Refusal> {
        let body = match &self.body {
            BodyBytes::Withheld => None,
            BodyBytes::Damaged => {
                return Err(Refusal::new(Code::Body, "it is too long, or the file ends within it"));
            }
            BodyBytes::Shown(bytes) => {
                let body = Body::decode(bytes);
                Some(body.map_err(|error| Refusal::new(Code::Body, error.to_string()))?)
            }
        };
        check_content(&self.relationship, &self.event, body.as_ref())
    }

    /// The same of the signature alone, for an event that is refused by a check between the two.
    #[must_use]
    pub(crate) fn of_signature_only(self) -> EventCheck {
        EventCheck { is_signature_only: true, ..self }
    }

    /// All of them.
    ///
    /// # Errors
    /// [`Refusal`] with the first check that fails.
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_signature()?;
        if self.is_signature_only { Ok(()) } else { self.check_content() }
    }
}

/// Runs checks one after the other: index and refusal of the first that fails.
///
/// A caller with several cores gives each a part of the checks instead, and takes the lowest
/// index.
#[must_use]
pub fn first_refusal(checks: &[EventCheck]) -> Option<(usize, Refusal)> {
    checks.iter().enumerate().find_map(|(at, check)| check.check().err().map(|why| (at, why)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::PrivateKey;
    use crate::twin::{Stamp, Twin, opening, rotation};

    #[test]
    fn a_half_that_was_put_aside_goes_on_as_if_it_had_not_been() {
        let (old, new) = (PrivateKey::from_seed(&[1; 32]), PrivateKey::from_seed(&[2; 32]));
        let other = PrivateKey::from_seed(&[3; 32]);
        let relationship = Relationship::new(old.public_key(), other.public_key(), &[4; 32]);
        let mut twin = Twin::new(relationship);
        for step in 0..6 {
            let chain = twin.chain(Author::Payer);
            let checkpoint = chain.checkpoint();
            let resumed = Chain::resume(relationship, Author::Payer, &checkpoint).unwrap();
            assert_eq!(resumed, *chain, "after {step} events");
            assert_eq!(resumed.checkpoint(), checkpoint);
            for cut in 0..checkpoint.len() {
                let resumed = Chain::resume(relationship, Author::Payer, &checkpoint[..cut]);
                assert_ne!(resumed.as_ref(), Some(chain), "cut at {cut}");
            }
            assert_eq!(Chain::resume(relationship, Author::Provider, &checkpoint), None);
            let (statement, key) = match step {
                0 => (opening(&relationship, &[4; 32], ["Plan", "Practice"]), &old),
                1 => (rotation(chain, &new), &old),
                _ => (rotation(chain, &new), &new),
            };
            let stamp = Stamp { time_ms: step, secret: [step as u8; 32] };
            let draft = twin.draft(Author::Payer, key, statement, stamp).unwrap();
            twin.append(&draft).unwrap();
        }
    }
}
