//! One relationship: the session's inputs and outputs, done on a thread of its own.
//!
//! The session is pure and the database blocks, so that both live on one thread; connections
//! are async and talk to it through queues. What comes in waits in a bounded queue, which slows
//! the partner; what goes out is bounded by the session's own windows.

use super::board::Board;
use super::documents::Documents;
use crate::keeper::{SharedStore, lock};
use crate::outside::{now_ms, random};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, accept, entries, kept_heads};
use counterfoil_store::{DocumentState, Transaction};
use counterfoil_twin::sync::{
    Channel, DocumentFailure, HalfEntry, Input, Output, Refused, RefusedWhat, Session,
};
use counterfoil_twin::{Author, Hash, Head, HeadEntry, PrivateKey, to_hex};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Bytes of events that are read from the database at once.
const READ_BYTES: usize = 1_048_576;

/// What happens to a relationship.
pub enum Happening {
    /// A connection is there; messages for it go into these queues, events and documents.
    Connected([mpsc::UnboundedSender<Vec<u8>>; 2]),
    /// It is gone.
    Disconnected,
    /// A message has come.
    Message(Vec<u8>),
    /// The own half has grown in the database.
    Grown,
    /// Time has passed.
    Tick,
    /// The node stops.
    Finish,
}

/// What an exchange needs.
pub struct Parts {
    /// The relationship.
    pub relation: Relation,
    /// The database.
    pub store: SharedStore,
    /// The documents.
    pub documents: Documents,
    /// The organization's key.
    pub key: Arc<PrivateKey>,
    /// What the node knows of itself.
    pub board: Arc<Board>,
}

/// An exchange on its thread.
pub struct Exchange {
    parts: Parts,
    name: String,
    session: Session,
    queues: Option<[mpsc::UnboundedSender<Vec<u8>>; 2]>,
}

impl Exchange {
    /// Loads both halves.
    ///
    /// # Errors
    /// When the database cannot be read or an event does not follow from the one before.
    pub fn load(parts: Parts) -> Result<Exchange, OperationsError> {
        let relation = parts.relation.clone();
        let mut session = Session::new(relation.author, relation.relationship);
        for author in Author::BOTH {
            loop {
                let from = (author, session.size(author), READ_BYTES);
                let some: Vec<HalfEntry> = lock(&parts.store)
                    .transaction("read a half", |tx| entries(tx, &relation, from))?;
                if some.is_empty() {
                    break;
                }
                for entry in &some {
                    session.restore(author, entry)?;
                }
            }
            let heads: Vec<HeadEntry> = lock(&parts.store)
                .transaction("read heads", |tx| kept_heads(tx, &relation, author))?;
            for head in heads.iter().filter(|head| head.countersignature.is_some()) {
                session.restore_head(head);
            }
        }
        let name = short(&relation);
        let mut exchange = Exchange { parts, name, session, queues: None };
        exchange.fetch_missing()?;
        exchange.show();
        Ok(exchange)
    }

    /// Goes on until the node stops.
    pub fn run(mut self, mut happenings: mpsc::Receiver<Happening>) {
        while let Some(happening) = happenings.blocking_recv() {
            let is_end = matches!(happening, Happening::Finish);
            match happening {
                Happening::Connected(queues) => self.connected(queues),
                Happening::Disconnected => {
                    self.queues = None;
                    self.handle(Input::Disconnected);
                }
                Happening::Message(bytes) => self.handle(Input::Received(bytes)),
                Happening::Grown => self.take_own(),
                Happening::Tick => self.handle(Input::Tick { now_ms: now_ms() }),
                Happening::Finish => self.handle(Input::Finish),
            }
            self.show();
            if is_end {
                return;
            }
        }
    }

    fn connected(&mut self, queues: [mpsc::UnboundedSender<Vec<u8>>; 2]) {
        self.queues = Some(queues);
        let drawn = random();
        let nonce = drawn.first_chunk().map_or(1, |bytes| u64::from_be_bytes(*bytes)).max(1);
        self.parts.board.peer(&self.name, |peer| peer.connections += 1);
        self.handle(Input::Connected { nonce, now_ms: now_ms() });
    }

    fn show(&self) {
        let (status, role) = (self.session.status(), self.session.role());
        let (own, theirs) = (self.session.size(role), self.session.size(role.other()));
        self.parts.board.peer(&self.name, |peer| {
            peer.show(&status, role);
            (peer.own_events, peer.partner_events) = (own, theirs);
        });
    }

    fn work<T>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Relation) -> Result<T, OperationsError>,
    ) -> Option<T> {
        let done = lock(&self.parts.store).transaction(name, |tx| work(tx, &self.parts.relation));
        self.told(name, done)
    }

    fn told<T>(&self, name: &'static str, done: Result<T, OperationsError>) -> Option<T> {
        match done {
            Ok(value) => {
                self.parts.board.set_trouble(None);
                Some(value)
            }
            Err(cause) => {
                tracing::error!(during = name, relationship = self.name, cause = %cause, "failed");
                self.parts.board.set_trouble(Some(cause.to_string()));
                None
            }
        }
    }

    /// Takes what the database has of the own half behind what the session knows.
    fn take_own(&mut self) {
        loop {
            let role = self.session.role();
            let from = (role, self.session.size(role), READ_BYTES);
            let some = self.work("read the own half", |tx, relation| entries(tx, relation, from));
            match some {
                Some(some) if !some.is_empty() => self.handle(Input::Appended(some)),
                _ => return,
            }
        }
    }

    /// Asks for the documents that the partner has named and that are not here.
    fn fetch_missing(&mut self) -> Result<(), OperationsError> {
        let id = self.parts.relation.id;
        let named = lock(&self.parts.store)
            .transaction::<_, OperationsError>("list missing documents", |tx| {
                Ok(tx.twin_documents(id, DocumentState::Named)?)
            })?;
        for row in named {
            if let Some(digest) = counterfoil_operations::halves::digest_of_hex(&row.digest) {
                self.fetch(digest);
            }
        }
        Ok(())
    }

    fn fetch(&mut self, digest: Hash) {
        match self.parts.documents.held(&digest) {
            Ok(held) => self.handle(Input::Fetch { digest, held }),
            Err(cause) => {
                tracing::error!(relationship = self.name, cause = %cause, "cannot read a part");
            }
        }
    }

    /// Gives an input and does everything that follows from it.
    fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let outputs = match self.session.handle(input) {
                Ok(outputs) => outputs,
                Err(misuse) => {
                    tracing::error!(relationship = self.name, cause = %misuse, "exchange refused");
                    continue;
                }
            };
            for output in outputs {
                inputs.extend(self.act(output));
            }
        }
    }

    fn act(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Send { channel, bytes } => {
                self.send(channel, bytes);
                None
            }
            Output::Store(events) => {
                let size = events.last().map(|last| last.event.sequence.saturating_add(1));
                let entries: Vec<HalfEntry> = events.into_iter().map(|one| one.entry).collect();
                let relation = &self.parts.relation;
                let done = accept(&mut lock(&self.parts.store), relation, &entries);
                let stored = self.told("take in the partner's events", done);
                Some(match (stored, size) {
                    (Some(_), Some(size)) => Input::Stored { size },
                    _ => Input::NotStored,
                })
            }
            Output::ReadOwn { first, bytes_max } => {
                let from = (self.session.role(), first, bytes_max);
                let read = self.work("read the own half", |tx, of| entries(tx, of, from))?;
                (!read.is_empty()).then_some(Input::OwnEvents { first, entries: read })
            }
            Output::SignHead { tree } => {
                let (relationship, author) =
                    (self.parts.relation.relationship.id, self.session.role());
                let head = Head { relationship, author, tree, time_ms: now_ms() };
                let entry = HeadEntry::alone(head.sign(&self.parts.key));
                self.keep_head(&entry)?;
                Some(Input::HeadSigned(entry.signed))
            }
            Output::Countersign(signed) => {
                let entry = signed.countersign(&self.parts.key);
                self.keep_head(&entry)?;
                Some(Input::Countersigned(entry))
            }
            Output::KeepHead(entry) => {
                self.keep_head(&entry);
                None
            }
            Output::Named(named) => {
                self.fetch(named.digest);
                None
            }
            Output::ReadDocument { digest, offset, bytes_max } => {
                Some(match self.parts.documents.read(&digest, offset, bytes_max) {
                    Ok(bytes) if !bytes.is_empty() => Input::DocumentRead { digest, offset, bytes },
                    _ => Input::DocumentNotRead { digest },
                })
            }
            Output::StorePart { digest, offset, bytes } => self.store_part(digest, offset, &bytes),
            Output::DocumentComplete { digest } => {
                self.complete(&digest);
                None
            }
            Output::DocumentFailed { digest, why } => {
                self.failed(&digest, why);
                None
            }
            Output::Question { .. } | Output::Answer(_) | Output::Status(_) => None,
            Output::Refused(refused) => {
                self.refused(&refused);
                None
            }
            Output::Close { stop, said_by } => {
                let role = self.session.role();
                let (what, fix) = (stop.message(role, said_by), stop.fix(role));
                tracing::warn!(relationship = self.name, what, fix, "exchange ended");
                // The queues end behind the word of goodbye; then the connection is closed.
                self.queues = None;
                None
            }
        }
    }

    fn send(&self, channel: Channel, bytes: Vec<u8>) {
        let Some([events, documents]) = &self.queues else { return };
        let queue = match channel {
            Channel::Events => events,
            Channel::Documents => documents,
        };
        // A queue without a reader is a connection that has ended, which is told separately.
        let _ = queue.send(bytes);
    }

    fn keep_head(&self, entry: &HeadEntry) -> Option<()> {
        let head = &entry.signed.head;
        let place = (head.author.sign(), head.tree.size);
        self.work("keep a head", |tx, relation| {
            Ok(tx.set_twin_head(relation.id, place, &entry.encode())?)
        })
    }

    fn store_part(&self, digest: Hash, offset: u64, bytes: &[u8]) -> Option<Input> {
        match self.parts.documents.store_part(&digest, offset, bytes) {
            Ok(size) => Some(Input::PartStored { digest, size }),
            Err(cause) => {
                tracing::error!(relationship = self.name, cause = %cause, "cannot store a part");
                Some(Input::Abandon { digest })
            }
        }
    }

    fn complete(&self, digest: &Hash) {
        if let Err(cause) = self.parts.documents.complete(digest) {
            tracing::error!(relationship = self.name, cause = %cause, "cannot keep a document");
            return;
        }
        let place = self.parts.documents.place(digest);
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        let held = (DocumentState::Held, name.as_deref().unwrap_or_default());
        let kept = self.work("keep a document", |tx, relation| {
            Ok(tx.set_twin_document(relation.id, &to_hex(digest), held)?)
        });
        if kept.is_some() {
            self.parts.board.peer(&self.name, |peer| peer.documents += 1);
            tracing::info!(relationship = self.name, digest = to_hex(digest), "document received");
        }
    }

    fn failed(&self, digest: &Hash, why: DocumentFailure) {
        let digest_hex = to_hex(digest);
        match why {
            DocumentFailure::Absent => {
                tracing::warn!(relationship = self.name, digest = digest_hex, "document absent");
            }
            DocumentFailure::Damaged => {
                tracing::error!(relationship = self.name, digest = digest_hex, "document damaged");
                if let Err(cause) = self.parts.documents.forget(digest) {
                    tracing::error!(cause = %cause, "cannot throw away a damaged document");
                }
            }
        }
    }

    fn refused(&self, refused: &Refused) {
        let what = match &refused.what {
            RefusedWhat::Record(finding) => finding.to_string(),
            RefusedWhat::Document(digest) => format!("document {}", to_hex(digest)),
        };
        let by = format!("{:?}", refused.by);
        tracing::error!(relationship = self.name, by, what, "refused");
    }
}

/// The first digits of a relationship's identifier, for logs and metrics.
pub fn short(relation: &Relation) -> String {
    let hex = to_hex(&relation.relationship.id);
    hex.get(..8).unwrap_or_default().to_owned()
}
