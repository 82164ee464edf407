//! What goes into a session and what comes out of it.

use super::documents::{DocumentFailure, RunningDigest};
use super::half::NamedDocument;
use super::message::{Channel, HalfEntry};
use super::stop::{Side, Stop};
use crate::event::Event;
use crate::finding::TwinFinding;
use crate::hash::Hash;
use crate::head::{HeadEntry, SignedHead};
use crate::tree::TreeHead;

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection to the other node is there.
    Connected {
        /// A number that no other connection of this relationship has had; not 0.
        nonce: u64,
        /// Milliseconds since 1970-01-01T00:00:00Z by this node's clock.
        now_ms: i64,
    },
    /// The connection is gone.
    Disconnected,
    /// A message has come, on either channel.
    Received(Vec<u8>),
    /// The own half has grown by these events, which are durable.
    Appended(Vec<HalfEntry>),
    /// The answer to [`Output::ReadOwn`]: at least one event, in their order.
    OwnEvents {
        /// Sequence of the first.
        first: u64,
        /// The events.
        entries: Vec<HalfEntry>,
    },
    /// So many events of the other's half are durable.
    Stored {
        /// Size of the copy.
        size: u64,
    },
    /// What was handed over by [`Output::Store`] and is not yet [`Input::Stored`] could not be
    /// made durable.
    NotStored,
    /// The answer to [`Output::SignHead`].
    HeadSigned(SignedHead),
    /// The answer to [`Output::Countersign`].
    Countersigned(HeadEntry),
    /// Fetch a document that an event of the other's half names.
    Fetch {
        /// Its SHA-256.
        digest: Hash,
        /// The digest of the first bytes, which are stored already.
        held: RunningDigest,
    },
    /// Do not fetch it any more.
    Abandon {
        /// The document.
        digest: Hash,
    },
    /// A part is durable.
    PartStored {
        /// The document.
        digest: Hash,
        /// How many bytes of it are durable.
        size: u64,
    },
    /// The answer to [`Output::ReadDocument`].
    DocumentRead {
        /// The document.
        digest: Hash,
        /// Where the part begins.
        offset: u64,
        /// At least one byte, and no more than was asked for.
        bytes: Vec<u8>,
    },
    /// The other answer to [`Output::ReadDocument`].
    DocumentNotRead {
        /// The document.
        digest: Hash,
    },
    /// Ask the other side about its summary of claims; see [`super::ClaimComparison`].
    AskAboutClaims {
        /// The question.
        question: Vec<u8>,
    },
    /// The answer to [`Output::Question`]; see [`super::answer_about_claims`].
    AnswerAboutClaims {
        /// The answer.
        answer: Vec<u8>,
    },
    /// Time has passed; to be given about once a second.
    Tick {
        /// Milliseconds since 1970-01-01T00:00:00Z by this node's clock.
        now_ms: i64,
    },
    /// This node is being stopped.
    Finish,
}

/// What is to be done. Everything is to be done in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Send {
        /// On which stream.
        channel: Channel,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Make these events of the other's half durable, all or none, behind what is there.
    Store(Vec<Verified>),
    /// Read events of the own half.
    ReadOwn {
        /// From this sequence on.
        first: u64,
        /// No more than so many bytes of entries; one at least.
        bytes_max: usize,
    },
    /// Have a head of the own half signed that covers at least this.
    SignHead {
        /// Size and root of the own half.
        tree: TreeHead,
    },
    /// Have a head of the other's half countersigned, and keep the entry. It has been checked.
    Countersign(SignedHead),
    /// Keep a head of the own half that the other party has countersigned.
    KeepHead(HeadEntry),
    /// A durable event names a document; [`Input::Fetch`] gets it.
    Named(NamedDocument),
    /// Read a part of a document that the other party may have.
    ReadDocument {
        /// The document.
        digest: Hash,
        /// Where the part begins.
        offset: u64,
        /// At most so many bytes.
        bytes_max: usize,
    },
    /// Make a part of a document durable.
    StorePart {
        /// The document.
        digest: Hash,
        /// Where the part begins: all bytes before are durable.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// All parts of a document are durable and it is the one that the event names.
    DocumentComplete {
        /// The document.
        digest: Hash,
    },
    /// A document is not fetched.
    DocumentFailed {
        /// The document.
        digest: Hash,
        /// Why not.
        why: DocumentFailure,
    },
    /// The other side asks about the summary of claims.
    Question {
        /// The question.
        question: Vec<u8>,
    },
    /// The answer to the last [`Input::AskAboutClaims`].
    Answer(ClaimAnswer),
    /// Something does not hold and is not accepted, here or there.
    Refused(Refused),
    /// The state has changed.
    Status(Status),
    /// Close the connection.
    Close {
        /// Why.
        stop: Stop,
        /// Whose word it is.
        said_by: Side,
    },
}

/// An event of the other's half that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The event.
    pub event: Event,
    /// Its leaf hash.
    pub leaf: Hash,
    /// Event and body as bytes.
    pub entry: HalfEntry,
}

/// What is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Who does not accept it.
    pub by: Side,
    /// What does not hold.
    pub what: RefusedWhat,
}

/// What is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedWhat {
    /// An event or head. After an event no later ones of the half are taken on this connection.
    Record(TwinFinding),
    /// A document: its bytes are not those that the event names.
    Document(Hash),
}

/// What the other side says about its summary of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimAnswer {
    /// The answer.
    Answered(Vec<u8>),
    /// The two do not hold the same events, or no longer: compare again when they are in step.
    MovedOn,
    /// The connection is gone.
    Lost,
}

/// How far two nodes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// In one word.
    pub state: SyncState,
    /// How many events of the own half the other side does not hold durably, as far as is known.
    pub to_send: u64,
    /// How many events of the other's half are not held durably here, as far as is known.
    pub to_receive: u64,
}

/// How far two nodes are, in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncState {
    /// There is no connection.
    Waiting,
    /// A connection has begun, and what both hold is being compared.
    Meeting,
    /// Events are on their way.
    Behind,
    /// Both hold the same.
    InStep,
    /// One side does not accept an event of the other.
    Refused,
    /// The connection was ended and there is no new one.
    Stopped(Stop, Side),
}

/// The caller gave what it may not give. The session has not changed, except that events of the own
/// half before the one that does not follow are taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// The nonce of a connection is 0.
    #[error("the nonce of a connection is 0")]
    Nonce,
    /// Events of the own half do not follow from those before.
    #[error("the events do not follow from those that are held: {0}")]
    Own(TwinFinding),
    /// Events were called durable that had not been handed over.
    #[error("more events were called durable than were handed over, or fewer than before")]
    Stored,
    /// A head or countersignature is not the one that was asked for.
    #[error("the head is not the one that was asked for, or is signed by another key")]
    Head,
    /// A document that no event of the other's half names, or a part that is none.
    #[error("no event names the document, or the part is not one of it")]
    Document,
    /// A question or answer is longer than a message may be, or comes when there is none open.
    #[error("the question or answer does not fit")]
    Question,
}
