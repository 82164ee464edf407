//! What a session remembers of a half that is held durably: its chain, tree and named files.

use super::message::HalfEntry;
use crate::body::Body;
use crate::chain::{Chain, Relationship};
use crate::event::{Author, Event, EventError};
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::Hash;
use crate::tree::{Tree, TreeHead, leaf_hash};
use std::collections::BTreeMap;

/// A document that an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedDocument {
    /// SHA-256 of its bytes.
    pub digest: Hash,
    /// How many bytes it has.
    pub length: u64,
}

#[derive(Clone, Debug)]
pub(super) struct HeldHalf {
    pub(super) chain: Chain,
    pub(super) tree: Tree,
    /// Lengths of the documents that `file.sent` events name.
    pub(super) documents: BTreeMap<Hash, u64>,
}

impl HeldHalf {
    pub(super) fn new(relationship: Relationship, author: Author) -> HeldHalf {
        let chain = Chain::new(relationship, author);
        HeldHalf { chain, tree: Tree::new(), documents: BTreeMap::new() }
    }

    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(super) fn head(&self) -> TreeHead {
        TreeHead { size: self.tree.size(), root: self.tree.root() }
    }

    /// Takes an event that was checked when it was stored; the chain of hashes is checked again.
    pub(super) fn replay(&mut self, entry: &HalfEntry) -> Result<(), TwinFinding> {
        let event = decode(&self.chain, &entry.event)?;
        let checked = self.chain.check_link(&event);
        checked.map_err(|refusal| self.chain.finding(event.sequence, refusal))?;
        let body = needed_body(&event, entry.body.as_deref());
        self.push(&event, leaf_hash(&entry.event), body.as_ref());
        Ok(())
    }

    /// Takes the next event, which has been checked; gives the document that it names. The body is
    /// needed only of the kinds of [`needed_body`].
    pub(super) fn push(
        &mut self,
        event: &Event,
        leaf: Hash,
        body: Option<&Body>,
    ) -> Option<NamedDocument> {
        self.chain.advance(event, leaf, body);
        self.tree.push(leaf);
        if event.kind != "file.sent" {
            return None;
        }
        let body = body?;
        let (digest, length) = (body.digest("digest")?, body.integer("length")?);
        let length = u64::try_from(length).ok()?;
        self.documents.insert(digest, length);
        Some(NamedDocument { digest, length })
    }
}

/// The body of an event whose body changes what is remembered of a half.
pub(super) fn needed_body(event: &Event, body: Option<&[u8]>) -> Option<Body> {
    let is_needed = event.kind == "key.rotated" || event.kind == "file.sent";
    body.filter(|_| is_needed).and_then(|body| Body::decode(body).ok())
}

/// TWN-02, and TWN-03 of another version, for the next event of a half.
pub(super) fn decode(chain: &Chain, bytes: &[u8]) -> Result<Event, TwinFinding> {
    Event::decode(bytes).map_err(|error| {
        let code = match error {
            EventError::Version(_) => Code::OtherRelationship,
            EventError::Form(_) => Code::EventForm,
        };
        let place = Place::Event(chain.size());
        TwinFinding::new(code, Some(chain.author()), place).detail(error.to_string())
    })
}
