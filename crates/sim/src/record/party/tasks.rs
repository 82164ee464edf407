//! What the exchange asks a party to do: keep, read, sign heads, fetch documents.

use super::Party;
use crate::plant::Plant;
use crate::record::disk::{Change, Part, Stopped};
use counterfoil_twin::sync::{DocumentFailure, HalfEntry, Input, Output, RunningDigest};
use counterfoil_twin::{Body, Event, Hash, Head, HeadEntry, TreeHead, leaf_hash};
use std::rc::Rc;

impl Party {
    pub(super) fn act(&mut self, at: usize, task: Output) -> Result<(), Stopped> {
        match task {
            Output::Store(events) => {
                let entries = events.into_iter().map(|one| one.entry).collect();
                return self.keep_copy(at, entries);
            }
            Output::ReadOwn { first, bytes_max } => {
                let entries = self.read_own(at, first, bytes_max);
                if !entries.is_empty() {
                    self.give(at, Input::OwnEvents { first, entries });
                }
            }
            Output::SignHead { tree } => {
                let signed = self.head(at, tree).sign(&self.key);
                self.give(at, Input::HeadSigned(signed));
            }
            Output::Countersign(signed) => {
                let entry: HeadEntry = signed.countersign(&self.key);
                self.add(Change::Head(at, entry))?;
                self.commit()?;
                self.give(at, Input::Countersigned(entry));
            }
            Output::KeepHead(entry) => {
                self.add(Change::Head(at, entry))?;
                self.commit()?;
            }
            Output::Named(named) => self.fetch(at, named.digest),
            Output::ReadDocument { digest, offset, bytes_max } => {
                self.read_document(at, digest, (offset, bytes_max));
            }
            Output::StorePart { digest, offset, bytes } => {
                return self.store_part(at, digest, offset, &bytes);
            }
            Output::DocumentComplete { digest } => return self.complete(at, digest),
            Output::DocumentFailed { digest, why } => {
                self.links[at].fetching.remove(&digest);
                if why == DocumentFailure::Damaged {
                    self.disk.parts.remove(&digest);
                }
            }
            other => self.breaks(format!("{}: no task: {other:?}", self.name)),
        }
        Ok(())
    }

    pub(super) fn head(&self, at: usize, tree: TreeHead) -> Head {
        let relationship = self.links[at].relationship.id;
        Head { relationship, author: self.author, tree, time_ms: self.now_ms() }
    }

    pub(super) fn keep_copy(&mut self, at: usize, entries: Vec<HalfEntry>) -> Result<(), Stopped> {
        let mut chain = self.links[at].copy.clone();
        let size = chain.size() + entries.len() as u64;
        if self.has(Plant::AcknowledgeBeforeCommit) {
            self.give(at, Input::Stored { size });
        }
        for entry in &entries {
            let event = Event::decode(&entry.event).map_err(|cause| {
                Stopped::Broken(format!("an event is kept that is none: {cause}"))
            })?;
            let body = entry.body.as_deref().and_then(|bytes| Body::decode(bytes).ok());
            chain.advance(&event, leaf_hash(&entry.event), body.as_ref());
        }
        let mut kept = entries;
        if self.has(Plant::AcceptOutOfOrder) {
            kept.reverse();
        }
        let done = kept.into_iter().try_for_each(|entry| self.add(Change::Copy(at, entry)));
        if let Err(stopped) = done.and_then(|()| self.commit()) {
            if stopped == Stopped::Full {
                // What was handed over behind it is forgotten with it.
                self.links[at].tasks.retain(|task| !matches!(task, Output::Store(_)));
                self.give(at, Input::NotStored);
            }
            return Err(stopped);
        }
        self.links[at].copy = chain;
        if !self.has(Plant::AcknowledgeBeforeCommit) {
            self.give(at, Input::Stored { size });
        }
        Ok(())
    }

    pub(super) fn read_own(&self, at: usize, first: u64, bytes_max: usize) -> Vec<HalfEntry> {
        let own = &self.disk.state.links[at].halves[self.author as usize];
        let mut bytes = 0;
        let from = usize::try_from(first).unwrap_or(usize::MAX).min(own.len());
        let is_first_or_fits = |entry: &&HalfEntry| {
            bytes += entry.size_bytes();
            bytes <= bytes_max || bytes == entry.size_bytes()
        };
        own[from..].iter().take_while(is_first_or_fits).cloned().collect()
    }

    /// Begins to fetch a document, or goes on with it.
    pub(super) fn fetch(&mut self, at: usize, digest: Hash) {
        if self.disk.state.documents.contains_key(&digest) {
            return;
        }
        let mut held = RunningDigest::new();
        held.update(self.disk.parts.get(&digest).map_or(&[], |part| &part.bytes));
        self.links[at].fetching.insert(digest);
        self.give(at, Input::Fetch { digest, held });
    }

    pub(super) fn read_document(
        &mut self,
        at: usize,
        digest: Hash,
        (offset, bytes_max): (u64, usize),
    ) {
        let whole = self.disk.state.documents.get(&digest).cloned();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = whole.as_deref().and_then(|bytes| bytes.get(from..)).unwrap_or_default();
        let bytes = rest[..rest.len().min(bytes_max)].to_vec();
        self.give(
            at,
            if bytes.is_empty() {
                Input::DocumentNotRead { digest }
            } else {
                Input::DocumentRead { digest, offset, bytes }
            },
        );
    }

    pub(super) fn store_part(
        &mut self,
        at: usize,
        digest: Hash,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), Stopped> {
        let part = self.disk.parts.entry(digest).or_default();
        part.bytes.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
        part.bytes.extend_from_slice(bytes);
        // A write that died left bytes behind that nobody synced; they may be anything.
        if let Err(stopped) = self.disk.touch() {
            let part = self.disk.parts.entry(digest).or_default();
            if let Some(last) = part.bytes.last_mut().filter(|_| stopped == Stopped::Dead) {
                *last ^= 0xff;
            }
            if stopped == Stopped::Full {
                part.bytes.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
                self.give(at, Input::Abandon { digest });
                self.links[at].fetching.remove(&digest);
            }
            return Err(stopped);
        }
        let part = self.disk.parts.entry(digest).or_default();
        part.synced = if self.plant == Some(Plant::SkipSync) { 0 } else { part.bytes.len() };
        let size = part.bytes.len() as u64;
        self.give(at, Input::PartStored { digest, size });
        Ok(())
    }

    pub(super) fn complete(&mut self, at: usize, digest: Hash) -> Result<(), Stopped> {
        self.links[at].fetching.remove(&digest);
        let bytes = self.disk.parts.get(&digest).map_or(&[][..], |part: &Part| &part.bytes);
        self.add(Change::Document(digest, Rc::from(bytes)))?;
        self.commit()?;
        self.disk.parts.remove(&digest);
        Ok(())
    }
}
