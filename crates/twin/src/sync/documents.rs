//! Documents that events name, fetched part by part and checked (section 6).

use super::half::NamedDocument;
use super::limits::{DOCUMENTS_AT_ONCE, PART_BYTES};
use super::message::Message;
use super::{Misuse, Output};
use crate::hash::Hash;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// The digest of the first bytes of a document, so that fetching can go on behind them.
#[derive(Clone, Debug, Default)]
pub struct RunningDigest {
    hasher: Sha256,
    length: u64,
}

impl RunningDigest {
    /// Of no bytes.
    #[must_use]
    pub fn new() -> RunningDigest {
        RunningDigest::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
    }

    /// How many bytes it has taken.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The SHA-256 of what it has taken.
    #[must_use]
    pub fn finish(&self) -> Hash {
        self.hasher.clone().finalize().into()
    }
}

/// Why a document was not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFailure {
    /// The other side does not give it, or does not have it now.
    Absent,
    /// Its bytes are not those that the event names: throw away what was stored of it.
    Damaged,
}

#[derive(Clone, Debug)]
struct Fetch {
    length: u64,
    digest: RunningDigest,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Asked,
    /// A part is handed over to be stored.
    Storing,
}

/// What is fetched from the other side and what it reads here.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    fetches: BTreeMap<Hash, Fetch>,
    /// In the order in which they were asked for; the first few are at work.
    order: VecDeque<Hash>,
    /// Offsets that the other side has asked for and the caller has not read yet.
    reads: BTreeMap<Hash, u64>,
}

impl Documents {
    pub(super) fn disconnect(&mut self) {
        self.reads.clear();
        for fetch in self.fetches.values_mut().filter(|fetch| fetch.step == Step::Asked) {
            fetch.step = Step::Waiting;
        }
    }

    /// The caller wants a document of which it holds the beginning.
    pub(super) fn fetch(
        &mut self,
        named: NamedDocument,
        digest: RunningDigest,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        let NamedDocument { digest: name, length } = named;
        if digest.length() > length {
            return Err(Misuse::Document);
        }
        if self.fetches.contains_key(&name) {
            return Ok(());
        }
        self.fetches.insert(name, Fetch { length, digest, step: Step::Waiting });
        self.order.push_back(name);
        if self.end_when_whole(&name, out) == Some(DocumentFailure::Damaged) {
            out.push(Output::DocumentFailed { digest: name, why: DocumentFailure::Damaged });
        }
        Ok(())
    }

    /// The caller gives up a document; what it stored of it is its own affair.
    pub(super) fn abandon(&mut self, digest: &Hash) {
        self.fetches.remove(digest);
        self.order.retain(|other| other != digest);
    }

    /// What to ask for next.
    pub(super) fn wants(&mut self) -> Vec<Message> {
        let mut wants = Vec::new();
        for digest in self.order.iter().take(DOCUMENTS_AT_ONCE) {
            if let Some(fetch) = self.fetches.get_mut(digest)
                && fetch.step == Step::Waiting
            {
                fetch.step = Step::Asked;
                wants.push(Message::Want { digest: *digest, offset: fetch.digest.length() });
            }
        }
        wants
    }

    /// A part has come; gives true when the document is refused. A part that was not asked for is
    /// ignored: it came twice.
    pub(super) fn part(
        &mut self,
        digest: Hash,
        offset: u64,
        bytes: Vec<u8>,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(fetch) = self.fetches.get_mut(&digest) else { return false };
        if fetch.step != Step::Asked || offset != fetch.digest.length() {
            return false;
        }
        let room = fetch.length - offset;
        let length = bytes.len() as u64;
        if bytes.is_empty() || bytes.len() > PART_BYTES || length > room {
            self.abandon(&digest);
            out.push(Output::DocumentFailed { digest, why: DocumentFailure::Damaged });
            return true;
        }
        fetch.digest.update(&bytes);
        fetch.step = Step::Storing;
        out.push(Output::StorePart { digest, offset, bytes });
        false
    }

    /// A part is durable, so that the document has this length; gives true when it is whole and
    /// refused.
    pub(super) fn part_stored(
        &mut self,
        digest: Hash,
        size: u64,
        out: &mut Vec<Output>,
    ) -> Result<bool, Misuse> {
        // It may have been given up in the meantime.
        let Some(fetch) = self.fetches.get_mut(&digest) else { return Ok(false) };
        if fetch.step != Step::Storing || fetch.digest.length() != size {
            return Err(Misuse::Document);
        }
        fetch.step = Step::Waiting;
        let failure = self.end_when_whole(&digest, out);
        if let Some(why) = failure {
            out.push(Output::DocumentFailed { digest, why });
        }
        Ok(failure.is_some())
    }

    fn end_when_whole(&mut self, digest: &Hash, out: &mut Vec<Output>) -> Option<DocumentFailure> {
        let fetch = self.fetches.get(digest)?;
        if fetch.digest.length() < fetch.length {
            return None;
        }
        let is_it = fetch.digest.finish() == *digest;
        self.abandon(digest);
        if !is_it {
            return Some(DocumentFailure::Damaged);
        }
        out.push(Output::DocumentComplete { digest: *digest });
        None
    }

    /// The other side does not give a document.
    pub(super) fn absent(&mut self, digest: Hash, out: &mut Vec<Output>) {
        if self.fetches.get(&digest).is_some_and(|fetch| fetch.step == Step::Asked) {
            self.abandon(&digest);
            out.push(Output::DocumentFailed { digest, why: DocumentFailure::Absent });
        }
    }

    /// The other side asks for a part; the length is that of the document when it may have it.
    pub(super) fn wanted(
        &mut self,
        digest: Hash,
        offset: u64,
        length: Option<u64>,
        out: &mut Vec<Output>,
    ) -> Result<Option<Message>, &'static str> {
        let Some(length) = length else { return Ok(Some(Message::Absent { digest })) };
        let left = length.checked_sub(offset).filter(|left| *left > 0);
        let left = left.ok_or("a part behind the end of a document")?;
        if self.reads.get(&digest) == Some(&offset) {
            return Ok(None);
        }
        if self.reads.len() >= DOCUMENTS_AT_ONCE && !self.reads.contains_key(&digest) {
            return Err("more documents at once than are allowed");
        }
        self.reads.insert(digest, offset);
        let bytes_max = usize::try_from(left).unwrap_or(PART_BYTES).min(PART_BYTES);
        out.push(Output::ReadDocument { digest, offset, bytes_max });
        Ok(None)
    }

    /// The caller has read a part; nothing when it is not wanted any more.
    pub(super) fn read(
        &mut self,
        digest: Hash,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<Option<Message>, Misuse> {
        if bytes.is_empty() || bytes.len() > PART_BYTES {
            return Err(Misuse::Document);
        }
        if self.reads.get(&digest) != Some(&offset) {
            return Ok(None);
        }
        self.reads.remove(&digest);
        Ok(Some(Message::Part { digest, offset, bytes }))
    }

    /// The caller cannot read a document.
    pub(super) fn not_read(&mut self, digest: Hash) -> Option<Message> {
        self.reads.remove(&digest).map(|_| Message::Absent { digest })
    }
}
