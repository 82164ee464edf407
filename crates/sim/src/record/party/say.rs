//! What a party says: events of its own half, honest ones and others.

use super::Party;
use crate::plant::Plant;
use crate::record::disk::{Change, Stopped};
use counterfoil_twin::sync::{HalfEntry, Input};
use counterfoil_twin::{Body, Event, Hash, Stamp, Statement, ZERO, draft, leaf_hash, sha256};
use std::rc::Rc;

/// Statements that one transaction signs.
const SIGNED_AT_ONCE: usize = 4;

impl Party {
    /// Signs some of what has to be said to a partner; true when something was.
    pub fn sign(&mut self, at: usize) -> bool {
        let dues = &self.disk.state.links[at].dues;
        if dues.is_empty() || !self.is_free() {
            return false;
        }
        let some: Vec<Statement> =
            dues.iter().take(SIGNED_AT_ONCE).map(|one| (**one).clone()).collect();
        let done = self.append(at, &some);
        let is_signed = done.is_ok();
        self.settle(done);
        is_signed
    }

    pub(super) fn append(&mut self, at: usize, statements: &[Statement]) -> Result<(), Stopped> {
        if self.has(Plant::LoseDueRow) {
            self.add(Change::Said(at, statements.len()))?;
            self.commit()?;
        }
        let mut chain = self.links[at].own.clone();
        let mut seen = self.links[at].copy.tree_head();
        if self.has(Plant::ForgetSeenRoot) && seen.size > 3 {
            seen.root = ZERO;
        }
        let mut entries = Vec::with_capacity(statements.len());
        for statement in statements {
            self.secrets += 1;
            let secret = sha256(&[&self.seed, &self.secrets.to_be_bytes()]);
            let stamp = Stamp { time_ms: self.now_ms(), secret };
            let draft = draft(&chain, &seen, &self.key, statement.clone(), stamp)
                .map_err(|cause| Stopped::Broken(format!("cannot sign: {cause}")))?;
            let event = draft.event();
            let entry = HalfEntry { event: event.encode(), body: Some(draft.body().encode()) };
            chain.advance(event, leaf_hash(&entry.event), Some(draft.body()));
            self.add(Change::Own(at, entry.clone()))?;
            entries.push(entry);
        }
        if !self.has(Plant::LoseDueRow) {
            self.add(Change::Said(at, statements.len()))?;
        }
        self.commit()?;
        self.links[at].own = chain;
        self.give(at, Input::Appended(entries));
        Ok(())
    }

    /// Puts an event into the own half that honest code would not make.
    pub fn lie(&mut self, at: usize, make: impl FnOnce(&Event) -> Event) -> bool {
        let own = &self.disk.state.links[at].halves[self.author as usize];
        let Some(last) = own.last().and_then(|entry| Event::decode(&entry.event).ok()) else {
            return false;
        };
        let body = own.last().and_then(|entry| entry.body.clone());
        let next = Event { sequence: last.sequence + 1, previous: last.leaf_hash(), ..last };
        let event = make(&next);
        let entry = HalfEntry { event: crate::forge::signed(&event, &self.seed), body };
        let done = self.add(Change::Own(at, entry.clone())).and_then(|()| self.commit());
        if done.is_ok() {
            self.links[at].own.advance(&event, leaf_hash(&entry.event), None);
            self.give(at, Input::Appended(vec![entry]));
        }
        self.settle(done);
        true
    }

    pub(super) fn say_again(&mut self, at: usize) {
        let is_behind = self.links[at].session.status().to_send > 0;
        let last = self.disk.state.links[at].halves[self.author as usize].last();
        let Some((event, body)) = last.filter(|_| is_behind).and_then(|entry| {
            let body = Body::decode(entry.body.as_deref()?).ok()?;
            Some((Event::decode(&entry.event).ok()?, body))
        }) else {
            return;
        };
        if event.sequence > 0 {
            let fields = body.fields().to_vec();
            let statement = Statement { kind: event.kind, subject: event.subject, fields };
            let done = self.append(at, &[statement]);
            self.settle(done);
        }
    }

    pub(super) fn take_parts_as_whole(&mut self) {
        let parts: Vec<(Hash, Vec<u8>)> =
            self.disk.parts.iter().map(|(digest, part)| (*digest, part.bytes.clone())).collect();
        for (digest, bytes) in parts {
            let done = self.add(Change::Document(digest, Rc::from(bytes)));
            let done = done.and_then(|()| self.commit());
            self.settle(done);
        }
    }
}
