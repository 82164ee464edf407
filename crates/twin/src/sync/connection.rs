//! One connection: its nonces, how far the meeting is, and the questions that are open.

use super::compare::Descent;
use super::message::Hello;
use super::outgoing::Outgoing;

/// How far a connection is.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// No hello that echoes ours has come.
    Greeting,
    /// The own half and the other side's copy are not the same.
    Comparing(Descent),
    /// The other side's half is shorter than the copy here: it has to say so.
    Awaiting,
    /// Events flow.
    Open,
}

/// What lives as long as a connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) nonce: u64,
    pub(super) began_ms: i64,
    /// The nonce of the other side, once a hello of it echoed ours.
    pub(super) peer: Option<u64>,
    /// The last nonce that was echoed.
    pub(super) echoed: Option<u64>,
    pub(super) phase: Phase,
    pub(super) outgoing: Outgoing,
    /// An event of the other's half was refused: no later ones are taken.
    pub(super) is_refusing: bool,
    /// How many events the other side has, as far as is known.
    pub(super) their_size: u64,
    /// The number of the own question that is open.
    pub(super) asked: Option<u64>,
    pub(super) questions: u64,
    /// The other side's question about claims that is open: its number and sizes.
    pub(super) question: Option<(u64, [u64; 2])>,
}

/// What a hello means for a connection.
pub(super) enum Greeted {
    /// Answer it.
    Answer { nonce: u64 },
    /// It is of this connection and the first one.
    Begin { is_answer_due: bool, nonce: u64 },
    /// Nothing follows.
    Nothing,
}

impl Connection {
    pub(super) fn new(nonce: u64, began_ms: i64) -> Connection {
        Connection {
            nonce,
            began_ms,
            peer: None,
            echoed: None,
            phase: Phase::Greeting,
            outgoing: Outgoing::default(),
            is_refusing: false,
            their_size: 0,
            asked: None,
            questions: 0,
            question: None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// True when one side takes no more events of the other on this connection.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refusing || self.outgoing.is_refused
    }

    /// How many events of the own half the other side holds durably, and how many it has itself,
    /// as far as is known.
    pub(super) fn known(&self) -> (u64, u64) {
        (self.outgoing.acknowledged, self.their_size)
    }

    pub(super) fn greeted(&mut self, hello: &Hello) -> Greeted {
        let is_answer_due = self.echoed != Some(hello.nonce);
        if hello.echo != self.nonce {
            if !is_answer_due || self.peer.is_some() {
                return Greeted::Nothing;
            }
            self.echoed = Some(hello.nonce);
            return Greeted::Answer { nonce: hello.nonce };
        }
        if self.peer.is_some() {
            return Greeted::Nothing;
        }
        self.peer = Some(hello.nonce);
        self.echoed = Some(hello.nonce);
        Greeted::Begin { is_answer_due, nonce: hello.nonce }
    }
}
