//! One relationship: its exchange, on a thread of its own.
//!
//! The exchange is `operations::halves::Exchange`, and the database blocks, so that both live on
//! one thread; connections are async and talk to it through queues. What comes in waits in a
//! bounded queue, which slows the partner; what goes out is bounded by the session's own windows.

use super::board::Board;
use super::documents::Documents;
use crate::keeper::{SharedStore, lock};
use crate::outside::{now_ms, random};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{self, Relation, Surroundings, Told};
use counterfoil_operations::payer::{PaymentFiles, rewrite_file};
use counterfoil_store::Store;
use counterfoil_twin::sync::{
    Channel, DocumentFailure, Input, Refused, RefusedWhat, RunningDigest,
};
use counterfoil_twin::{Hash, PrivateKey, to_hex};
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

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
    /// What must stay free on the disk, in bytes.
    pub free_bytes_min: u64,
}

/// An exchange on its thread.
pub struct Exchange {
    around: Around,
    exchange: halves::Exchange,
}

/// The node around an exchange.
struct Around {
    store: SharedStore,
    documents: Documents,
    board: Arc<Board>,
    free_bytes_min: u64,
    name: String,
    queues: Option<[mpsc::UnboundedSender<Vec<u8>>; 2]>,
}

impl Exchange {
    /// Loads both halves.
    ///
    /// # Errors
    /// When the database cannot be read or an event does not follow from the one before.
    pub fn load(parts: Parts) -> Result<Exchange, OperationsError> {
        let Parts { relation, store, documents, key, board, free_bytes_min } = parts;
        let name = short(&relation);
        let mut around = Around { store, documents, board, free_bytes_min, name, queues: None };
        let exchange = halves::Exchange::load(&mut around, relation, key)?;
        let exchange = Exchange { around, exchange };
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
                    self.around.queues = None;
                    self.handle(Input::Disconnected);
                }
                Happening::Message(bytes) => self.handle(Input::Received(bytes)),
                Happening::Grown => self.exchange.take_own(&mut self.around),
                Happening::Tick => self.handle(Input::Tick { now_ms: now_ms() }),
                Happening::Finish => self.handle(Input::Finish),
            }
            self.show();
            if is_end {
                return;
            }
        }
    }

    fn handle(&mut self, input: Input) {
        self.exchange.handle(&mut self.around, input);
    }

    fn connected(&mut self, queues: [mpsc::UnboundedSender<Vec<u8>>; 2]) {
        self.around.queues = Some(queues);
        let drawn = random();
        let nonce = drawn.first_chunk().map_or(1, |bytes| u64::from_be_bytes(*bytes)).max(1);
        self.around.board.peer(&self.around.name, |peer| peer.connections += 1);
        self.handle(Input::Connected { nonce, now_ms: now_ms() });
    }

    fn show(&self) {
        let session = self.exchange.session();
        let (status, role) = (session.status(), session.role());
        let (own, theirs) = (session.size(role), session.size(role.other()));
        self.around.board.peer(&self.around.name, |peer| {
            peer.show(&status, role);
            (peer.own_events, peer.partner_events) = (own, theirs);
        });
    }
}

impl Surroundings for Around {
    fn with_store<T>(
        &mut self,
        during: &'static str,
        work: impl FnOnce(&mut Store) -> Result<T, OperationsError>,
    ) -> Result<T, OperationsError> {
        let done = work(&mut lock(&self.store));
        match &done {
            Ok(_) => self.board.set_trouble(None),
            Err(cause) => {
                tracing::error!(during, relationship = self.name, cause = %cause, "failed");
                self.board.set_trouble(Some(cause.to_string()));
            }
        }
        done
    }

    fn now_ms(&mut self) -> i64 {
        now_ms()
    }

    fn send(&mut self, channel: Channel, bytes: Vec<u8>) {
        let Some([events, documents]) = &self.queues else { return };
        let queue = match channel {
            Channel::Events => events,
            Channel::Documents => documents,
        };
        // A queue without a reader is a connection that has ended, which is told separately.
        let _ = queue.send(bytes);
    }

    fn held(&mut self, digest: &Hash) -> io::Result<RunningDigest> {
        self.documents.held(digest)
    }

    fn read_document(&mut self, digest: &Hash, from: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let read = || self.documents.read(digest, from, bytes_max);
        read().or_else(|_| self.publish(digest).and_then(|()| read()))
    }

    fn store_part(&mut self, digest: &Hash, offset: u64, bytes: &[u8]) -> io::Result<u64> {
        self.documents.store_part(digest, offset, bytes)
    }

    fn complete(&mut self, digest: &Hash) -> io::Result<String> {
        self.documents.complete(digest)?;
        let place = self.documents.place(digest);
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(name.unwrap_or_default())
    }

    fn forget(&mut self, digest: &Hash) -> io::Result<()> {
        self.documents.forget(digest)
    }

    fn has_room(&mut self, bytes: u64) -> bool {
        let free = self.documents.free_bytes();
        free.is_some_and(|free| free.saturating_sub(bytes) >= self.free_bytes_min)
    }

    fn told(&mut self, told: Told<'_>) {
        let relationship = &self.name;
        match told {
            Told::Misused(misuse) => {
                tracing::error!(relationship, cause = %misuse, "exchange refused");
            }
            Told::DocumentTrouble(cause) => {
                tracing::error!(relationship, cause = %cause, "a document cannot be kept or read");
            }
            Told::DocumentReceived(digest) => {
                self.board.peer(relationship, |peer| peer.documents += 1);
                tracing::info!(relationship, digest = to_hex(digest), "document received");
            }
            Told::DocumentFailed(digest, DocumentFailure::Absent) => {
                tracing::warn!(relationship, digest = to_hex(digest), "document absent");
            }
            Told::DocumentFailed(digest, DocumentFailure::Damaged) => {
                tracing::error!(relationship, digest = to_hex(digest), "document damaged");
            }
            Told::Refused(refused) => self.refused(refused),
            Told::Ended(stop, said_by, role) => {
                let (what, fix) = (stop.message(role, said_by), stop.fix(role));
                tracing::warn!(relationship, what, fix, "exchange ended");
                // The queues end behind the word of goodbye; then the connection is closed.
                self.queues = None;
            }
        }
    }
}

impl Around {
    /// Puts an outgoing file among the documents, from which its parts are read.
    fn publish(&self, digest: &Hash) -> io::Result<()> {
        let mut store = lock(&self.store);
        let found = store.read("find an outgoing document", |tx| {
            tx.outbox_with_digest(&to_hex(digest)).map_err(OperationsError::from)
        });
        let failed = |cause: OperationsError| io::Error::other(cause.to_string());
        let Some(file) = found.map_err(failed)? else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut documents = Published { documents: &self.documents, digest: *digest };
        rewrite_file(&mut store, &file.file_name, &mut documents).map(drop).map_err(failed)
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

/// An outgoing file on its way to the documents.
struct Published<'d> {
    documents: &'d Documents,
    digest: Hash,
}

impl PaymentFiles for Published<'_> {
    fn write(&mut self, name: &str, content: &mut dyn io::Read) -> Result<(), OperationsError> {
        self.documents
            .publish(&self.digest, content)
            .map_err(|source| OperationsError::Io { doing: format!("publishing {name}"), source })
    }
}

/// The first digits of a relationship's identifier, for logs and metrics.
pub fn short(relation: &Relation) -> String {
    let hex = to_hex(&relation.relationship.id);
    hex.get(..8).unwrap_or_default().to_owned()
}
