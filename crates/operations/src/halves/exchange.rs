//! The exchange of one relationship over a store: what its session asks for is done, in order.
//!
//! The node runs this over its wire, its clock and its folder of documents; the simulated worlds
//! run the same over theirs.

use super::accept::accept;
use super::checks::refusal_on_all_cores;
use super::documents::document_bytes_max;
use super::due::digest_of_hex;
use super::export::{entries, kept_heads};
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::{DocumentState, Store, Transaction, TwinDocumentRow};
use counterfoil_twin::sync::{
    Channel, DocumentFailure, HalfEntry, Input, Misuse, Output, Refused, RunningDigest, Session,
    Side, Stop,
};
use counterfoil_twin::{Author, Hash, Head, HeadEntry, PrivateKey, to_hex};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

/// Bytes of events that are read from the database at once.
const READ_BYTES: usize = 1_048_576;
/// Ticks between two looks for documents that are missing: about a minute.
const TICKS_BETWEEN_LOOKS: u64 = 120;

/// What an exchange needs of the node around it.
pub trait Surroundings {
    /// Runs work on the node's database and takes note of how it went.
    ///
    /// # Errors
    /// Those of the work.
    fn with_store<T>(
        &mut self,
        during: &'static str,
        work: impl FnOnce(&mut Store) -> Result<T, OperationsError>,
    ) -> Result<T, OperationsError>;

    /// Milliseconds since 1970-01-01T00:00:00Z by this node's clock.
    fn now_ms(&mut self) -> i64;

    /// Sends a message to the partner, when there is a connection.
    fn send(&mut self, channel: Channel, bytes: Vec<u8>);

    /// The digest of what is stored of a document that is being fetched.
    ///
    /// # Errors
    /// When it cannot be read.
    fn held(&mut self, digest: &Hash) -> io::Result<RunningDigest>;

    /// Reads a part of a whole document: at most so many bytes.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn read_document(&mut self, digest: &Hash, from: u64, bytes_max: usize) -> io::Result<Vec<u8>>;

    /// Makes a part of a document durable behind the bytes before it; gives how many bytes are.
    ///
    /// # Errors
    /// When it cannot.
    fn store_part(&mut self, digest: &Hash, offset: u64, bytes: &[u8]) -> io::Result<u64>;

    /// A document is whole; gives the name under which it lies now.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn complete(&mut self, digest: &Hash) -> io::Result<String>;

    /// Throws away what was stored of a document.
    ///
    /// # Errors
    /// When it cannot.
    fn forget(&mut self, digest: &Hash) -> io::Result<()>;

    /// Whether so many bytes more can be kept without filling the disk.
    fn has_room(&mut self, _bytes: u64) -> bool {
        true
    }

    /// Hears what an operator may want to know.
    fn told(&mut self, told: Told<'_>);
}

/// What an exchange tells the node around it.
#[derive(Debug)]
pub enum Told<'a> {
    /// The exchange and what runs it do not agree: a bug, and nothing was done.
    Misused(Misuse),
    /// A document cannot be read, kept or thrown away now.
    DocumentTrouble(io::Error),
    /// A document has come whole.
    DocumentReceived(&'a Hash),
    /// A document did not come; it is asked for again later.
    DocumentFailed(&'a Hash, DocumentFailure),
    /// Something does not hold and is not accepted, here or there.
    Refused(&'a Refused),
    /// The connection is to be closed behind what was sent; why, whose word it is, and which
    /// side this node is.
    Ended(&'a Stop, Side, Author),
}

/// The exchange of one relationship.
#[derive(Debug)]
pub struct Exchange {
    relation: Relation,
    key: Arc<PrivateKey>,
    session: Session,
    /// Documents that the session is fetching.
    fetching: BTreeSet<Hash>,
    ticks: u64,
    /// The own half has grown and could not be read: it is tried again with the next tick.
    is_own_unread: bool,
}

impl Exchange {
    /// Loads both halves from the database and begins to fetch what is missing.
    ///
    /// # Errors
    /// When the database cannot be read or an event does not follow from the one before.
    pub fn load(
        around: &mut impl Surroundings,
        relation: Relation,
        key: Arc<PrivateKey>,
    ) -> Result<Exchange, OperationsError> {
        let session = Session::new(relation.author, relation.relationship);
        let mut session = session.with_checks(refusal_on_all_cores);
        for author in Author::BOTH {
            loop {
                let from = (author, session.size(author), READ_BYTES);
                let some: Vec<HalfEntry> = around.with_store("read a half", |store| {
                    store.transaction("read a half", |tx| entries(tx, &relation, from))
                })?;
                if some.is_empty() {
                    break;
                }
                for entry in &some {
                    session.restore(author, entry)?;
                }
            }
            let heads: Vec<HeadEntry> = around.with_store("read heads", |store| {
                store.transaction("read heads", |tx| kept_heads(tx, &relation, author))
            })?;
            for head in heads.iter().filter(|head| head.countersignature.is_some()) {
                session.restore_head(head);
            }
        }
        let mut exchange = Exchange {
            relation,
            key,
            session,
            fetching: BTreeSet::new(),
            ticks: 0,
            is_own_unread: false,
        };
        exchange.fetch_missing(around);
        Ok(exchange)
    }

    /// Which relationship it is.
    #[must_use]
    pub fn relation(&self) -> &Relation {
        &self.relation
    }

    /// How far the two nodes are.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Gives what has happened to the session and does everything that follows from it.
    pub fn handle(&mut self, around: &mut impl Surroundings, input: Input) {
        let is_connected = matches!(input, Input::Connected { .. });
        let is_tick = matches!(input, Input::Tick { .. });
        self.ticks = self.ticks.wrapping_add(u64::from(is_tick));
        let is_time = is_tick && self.ticks.is_multiple_of(TICKS_BETWEEN_LOOKS);
        self.follow(around, input);
        if is_tick && self.is_own_unread {
            self.take_own(around);
        }
        if is_connected || is_time {
            self.fetch_missing(around);
        }
    }

    /// Takes what the database has of the own half behind what the session knows.
    pub fn take_own(&mut self, around: &mut impl Surroundings) {
        loop {
            let role = self.session.role();
            let from = (role, self.session.size(role), READ_BYTES);
            let some = self.work(around, "read the own half", |tx, of| entries(tx, of, from));
            self.is_own_unread = some.is_err();
            match some {
                Ok(some) if !some.is_empty() => self.follow(around, Input::Appended(some)),
                _ => return,
            }
        }
    }

    fn work<T>(
        &self,
        around: &mut impl Surroundings,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Relation) -> Result<T, OperationsError>,
    ) -> Result<T, OperationsError> {
        let relation = &self.relation;
        around.with_store(name, |store| store.transaction(name, |tx| work(tx, relation)))
    }

    /// Asks for the documents that the partner has named, that are not here and not on their way:
    /// also for those that came damaged, or for which there was no room.
    fn fetch_missing(&mut self, around: &mut impl Surroundings) {
        let named = self.work(around, "list missing documents", |tx, relation| {
            Ok(tx.twin_documents(relation.id, DocumentState::Named)?)
        });
        for row in named.unwrap_or_default() {
            if let Some(input) = self.fetch(around, &row) {
                self.follow(around, input);
            }
        }
    }

    /// Asks for a document that is named, unless it is on its way, too long or without room here.
    fn fetch(&mut self, around: &mut impl Surroundings, row: &TwinDocumentRow) -> Option<Input> {
        let digest = digest_of_hex(&row.digest).filter(|one| !self.fetching.contains(one))?;
        if row.state != DocumentState::Named || row.length > document_bytes_max(&row.kind) {
            return None;
        }
        if !around.has_room(row.length) {
            let full = "there is no room for a partner's document; it is asked for again";
            around.told(Told::DocumentTrouble(io::Error::new(io::ErrorKind::StorageFull, full)));
            return None;
        }
        match around.held(&digest) {
            Ok(held) => {
                self.fetching.insert(digest);
                Some(Input::Fetch { digest, held })
            }
            Err(cause) => {
                around.told(Told::DocumentTrouble(cause));
                None
            }
        }
    }

    fn follow(&mut self, around: &mut impl Surroundings, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            match self.session.handle(input) {
                Ok(outputs) => {
                    for output in outputs {
                        inputs.extend(self.act(around, output));
                    }
                }
                Err(misuse) => around.told(Told::Misused(misuse)),
            }
        }
    }

    fn act(&mut self, around: &mut impl Surroundings, output: Output) -> Option<Input> {
        match output {
            Output::Send { channel, bytes } => around.send(channel, bytes),
            Output::Store(events) => {
                let size = events.last().map(|last| last.event.sequence.saturating_add(1));
                let entries: Vec<HalfEntry> = events.into_iter().map(|one| one.entry).collect();
                let relation = &self.relation;
                let stored = around.with_store("take in the partner's events", |store| {
                    accept(store, relation, &entries)
                });
                return Some(match (stored, size) {
                    (Ok(_), Some(size)) => Input::Stored { size },
                    _ => Input::NotStored,
                });
            }
            Output::ReadOwn { first, bytes_max } => {
                let from = (self.session.role(), first, bytes_max);
                let read = self.work(around, "read the own half", |tx, of| entries(tx, of, from));
                return match read {
                    Ok(entries) if !entries.is_empty() => Some(Input::OwnEvents { first, entries }),
                    Ok(_) => None,
                    // The session waits for what it has asked for: a new connection asks again.
                    Err(_) => Some(Input::NotStored),
                };
            }
            Output::SignHead { tree } => {
                let (relationship, author) = (self.relation.relationship.id, self.session.role());
                let head = Head { relationship, author, tree, time_ms: around.now_ms() };
                let entry = HeadEntry::alone(head.sign(&self.key));
                return Some(match self.keep_head(around, &entry) {
                    Ok(()) => Input::HeadSigned(entry.signed),
                    Err(_) => Input::NotStored,
                });
            }
            Output::Countersign(signed) => {
                let entry = signed.countersign(&self.key);
                return Some(match self.keep_head(around, &entry) {
                    Ok(()) => Input::Countersigned(entry),
                    Err(_) => Input::NotStored,
                });
            }
            Output::KeepHead(entry) => {
                return self.keep_head(around, &entry).err().map(|_| Input::NotStored);
            }
            Output::Named(named) => {
                let row = self.work(around, "find a named document", |tx, relation| {
                    Ok(tx.twin_document(relation.id, &to_hex(&named.digest))?)
                });
                return self.fetch(around, &row.ok().flatten()?);
            }
            Output::ReadDocument { digest, offset, bytes_max } => {
                return Some(match around.read_document(&digest, offset, bytes_max) {
                    Ok(bytes) if !bytes.is_empty() => Input::DocumentRead { digest, offset, bytes },
                    _ => Input::DocumentNotRead { digest },
                });
            }
            Output::StorePart { digest, offset, bytes } => {
                return Some(self.store_part(around, digest, offset, &bytes));
            }
            Output::DocumentComplete { digest } => self.complete(around, &digest),
            Output::DocumentFailed { digest, why } => self.failed(around, &digest, why),
            Output::Question { .. } | Output::Answer(_) | Output::Status(_) => {}
            Output::Refused(refused) => around.told(Told::Refused(&refused)),
            Output::Close { stop, said_by } => {
                around.told(Told::Ended(&stop, said_by, self.session.role()));
            }
        }
        None
    }

    fn keep_head(
        &self,
        around: &mut impl Surroundings,
        entry: &HeadEntry,
    ) -> Result<(), OperationsError> {
        let head = &entry.signed.head;
        let place = (head.author.sign(), head.tree.size);
        self.work(around, "keep a head", |tx, relation| {
            Ok(tx.set_twin_head(relation.id, place, &entry.encode())?)
        })
    }

    fn store_part(
        &mut self,
        around: &mut impl Surroundings,
        digest: Hash,
        offset: u64,
        bytes: &[u8],
    ) -> Input {
        match around.store_part(&digest, offset, bytes) {
            Ok(size) => Input::PartStored { digest, size },
            Err(cause) => {
                self.fetching.remove(&digest);
                around.told(Told::DocumentTrouble(cause));
                Input::Abandon { digest }
            }
        }
    }

    fn complete(&mut self, around: &mut impl Surroundings, digest: &Hash) {
        self.fetching.remove(digest);
        let name = match around.complete(digest) {
            Ok(name) => name,
            Err(cause) => return around.told(Told::DocumentTrouble(cause)),
        };
        let held = (DocumentState::Held, name.as_str());
        let kept = self.work(around, "keep a document", |tx, relation| {
            Ok(tx.set_twin_document(relation.id, &to_hex(digest), held)?)
        });
        if kept.is_ok() {
            around.told(Told::DocumentReceived(digest));
        }
    }

    fn failed(&mut self, around: &mut impl Surroundings, digest: &Hash, why: DocumentFailure) {
        self.fetching.remove(digest);
        around.told(Told::DocumentFailed(digest, why));
        if why == DocumentFailure::Damaged
            && let Err(cause) = around.forget(digest)
        {
            around.told(Told::DocumentTrouble(cause));
        }
    }
}
