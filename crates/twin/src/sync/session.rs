//! The session of one relationship: what happens goes in, what is to be done comes out.

use super::connection::Connection;
use super::documents::Documents;
use super::half::{HeldHalf, NamedDocument};
use super::heads::{Countersigned, Heads};
use super::incoming::{CheckRunner, Incoming};
use super::message::{About, Arrived, Channel, HalfEntry, Hello, Message};
use super::port::{ClaimAnswer, Input, Misuse, Output, Status, SyncState};
use super::stop::{Side, Stop};
use crate::chain::{Relationship, first_refusal};
use crate::event::Author;
use crate::finding::TwinFinding;
use crate::head::HeadEntry;

/// The exchange between two nodes of one relationship, over any number of connections.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) role: Author,
    pub(super) relationship: Relationship,
    pub(super) run: CheckRunner,
    pub(super) own: HeldHalf,
    pub(super) incoming: Incoming,
    pub(super) heads: Heads,
    pub(super) documents: Documents,
    pub(super) connection: Option<Connection>,
    /// Why there is no connection, when there was one.
    pub(super) stopped: Option<(Stop, Side)>,
    /// How many events of the own half the other side is known to hold, and how many it has said
    /// that its own half has: of earlier connections.
    pub(super) known: (u64, u64),
    pub(super) told: SyncState,
    /// Sizes of both halves when the comparison of claims that is going on began.
    pub(super) compared_sizes: Option<[u64; 2]>,
    pub(super) stale: u64,
}

impl Session {
    /// The session of a party before its first event. A node that has a record gives it event by
    /// event to [`Session::restore`] before anything else.
    #[must_use]
    pub fn new(role: Author, relationship: Relationship) -> Session {
        Session {
            role,
            relationship,
            run: first_refusal,
            own: HeldHalf::new(relationship, role),
            incoming: Incoming::new(HeldHalf::new(relationship, role.other())),
            heads: Heads::default(),
            documents: Documents::default(),
            connection: None,
            stopped: None,
            known: (0, 0),
            told: SyncState::Waiting,
            compared_sizes: None,
            stale: 0,
        }
    }

    /// Has the checks of signatures and bodies run by another function, for example on several
    /// cores.
    #[must_use]
    pub fn with_checks(self, run: CheckRunner) -> Session {
        Session { run, ..self }
    }

    /// Takes the next durable event of a half from the caller's own store.
    ///
    /// # Errors
    /// [`TwinFinding`] when it does not follow from the one before it: the store is damaged.
    pub fn restore(&mut self, half: Author, entry: &HalfEntry) -> Result<(), TwinFinding> {
        if half == self.role { self.own.replay(entry) } else { self.incoming.replay(entry) }
    }

    /// Takes a kept head of either half that both have signed, so that the same is not signed
    /// again.
    pub fn restore_head(&mut self, entry: &HeadEntry) {
        let head = &entry.signed.head;
        let size = if head.author == self.role {
            &mut self.heads.own_size
        } else {
            &mut self.heads.their_size
        };
        *size = head.tree.size.max(*size);
    }

    /// Whose node this is.
    #[must_use]
    pub fn role(&self) -> Author {
        self.role
    }

    /// How many events of a half are held durably here.
    #[must_use]
    pub fn size(&self, half: Author) -> u64 {
        if half == self.role { self.own.size() } else { self.incoming.copy.size() }
    }

    /// The documents that durable events of the other's half name: what of them is not stored
    /// is to be fetched after a restart.
    pub fn named_documents(&self) -> impl Iterator<Item = NamedDocument> {
        let documents = &self.incoming.copy.documents;
        documents.iter().map(|(digest, length)| NamedDocument { digest: *digest, length: *length })
    }

    /// How many messages of earlier connections were ignored.
    #[must_use]
    pub fn stale_messages(&self) -> u64 {
        self.stale
    }

    /// How far the two nodes are.
    #[must_use]
    pub fn status(&self) -> Status {
        let connection = self.connection.as_ref();
        let (held, theirs) = match connection.filter(|connection| connection.is_open()) {
            Some(connection) => connection.known(),
            // A head of the own half that both have signed is held by both.
            None => (self.known.0.max(self.heads.own_size), self.known.1),
        };
        let theirs = theirs.max(self.incoming.checked_size());
        let to_send = self.own.size().saturating_sub(held);
        let to_receive = theirs.saturating_sub(self.incoming.copy.size());
        let state = match (connection, &self.stopped) {
            (None, Some((stop, side))) => SyncState::Stopped(stop.clone(), *side),
            (None, None) => SyncState::Waiting,
            (Some(connection), _) if !connection.is_open() => SyncState::Meeting,
            (Some(connection), _) if connection.is_refused() => SyncState::Refused,
            (Some(_), _) if to_send == 0 && to_receive == 0 => SyncState::InStep,
            (Some(_), _) => SyncState::Behind,
        };
        Status { state, to_send, to_receive }
    }

    /// Takes what happens; gives what is to be done, in order.
    ///
    /// # Errors
    /// [`Misuse`] when the caller gives what it may not. Nothing that the other side sends is one.
    pub fn handle(&mut self, input: Input) -> Result<Vec<Output>, Misuse> {
        let mut out = Vec::new();
        let mut now_ms = None;
        match input {
            Input::Connected { nonce, now_ms } => self.connect(nonce, now_ms, &mut out)?,
            Input::Disconnected => self.disconnect(None, &mut out),
            Input::Received(bytes) => self.receive(&bytes, &mut out),
            Input::Appended(entries) => {
                for entry in entries {
                    self.own.replay(&entry).map_err(Misuse::Own)?;
                }
            }
            Input::OwnEvents { first, entries } => self.own_events(first, entries, &mut out),
            Input::Stored { size } => self.stored(size, &mut out)?,
            Input::NotStored => {
                self.incoming.forget_pending();
                self.stop(Stop::CannotStore, &mut out);
            }
            Input::HeadSigned(signed) => {
                if let Some(signed) = self.heads.signed(&self.own, signed)? {
                    self.send_if_open(Message::Head(Box::new(signed)), &mut out);
                }
            }
            Input::Countersigned(entry) => {
                if self.heads.countersigned(&entry) {
                    self.send_if_open(Message::Countersignature(Box::new(entry)), &mut out);
                }
            }
            Input::Fetch { digest, held } => self.fetch(digest, held, &mut out)?,
            Input::Abandon { digest } => self.documents.abandon(&digest),
            Input::PartStored { digest, size } => {
                if self.documents.part_stored(digest, size, &mut out)? {
                    self.refuse_document(digest, &mut out);
                }
            }
            Input::DocumentRead { digest, offset, bytes } => {
                if let Some(message) = self.documents.read(digest, offset, bytes)? {
                    self.send_if_open(message, &mut out);
                }
            }
            Input::DocumentNotRead { digest } => {
                if let Some(message) = self.documents.not_read(digest) {
                    self.send_if_open(message, &mut out);
                }
            }
            Input::AskAboutClaims { question } => self.ask_about_claims(question, &mut out)?,
            Input::AnswerAboutClaims { answer } => self.answer_about_claims(answer, &mut out)?,
            Input::Tick { now_ms: now } => now_ms = Some(now),
            Input::Finish => self.stop(Stop::Finished, &mut out),
        }
        self.go_on(now_ms, &mut out);
        Ok(out)
    }

    /// What follows from the state, whatever has happened.
    fn go_on(&mut self, now_ms: Option<i64>, out: &mut Vec<Output>) {
        if let Some(connection) = self.connection.as_mut().filter(|c| c.is_open()) {
            if let Some((first, bytes_max)) = connection.outgoing.wants(self.own.size()) {
                out.push(Output::ReadOwn { first, bytes_max });
            }
            let acknowledged = connection.outgoing.acknowledged;
            let is_refused = connection.outgoing.is_refused;
            let (own, copy) = (self.own.size(), self.incoming.copy.size());
            if !is_refused && self.heads.is_due(own, acknowledged, copy, now_ms) {
                out.push(Output::SignHead { tree: self.own.head() });
            }
            match self.heads.take_due(&self.incoming.copy) {
                Some(Ok(signed)) => out.push(Output::Countersign(signed)),
                Some(Err(finding)) => self.refuse(About::Head, finding, out),
                None => {}
            }
            for want in self.documents.wants() {
                self.send(&want, out);
            }
        }
        let status = self.status();
        if status.state != self.told {
            self.told = status.state.clone();
            out.push(Output::Status(status));
        }
    }

    fn connect(&mut self, nonce: u64, now_ms: i64, out: &mut Vec<Output>) -> Result<(), Misuse> {
        if nonce == 0 {
            return Err(Misuse::Nonce);
        }
        self.disconnect(None, out);
        let connection = Connection::new(nonce, now_ms);
        self.send_hello(&connection, 0, out);
        self.connection = Some(connection);
        Ok(())
    }

    fn disconnect(&mut self, stopped: Option<(Stop, Side)>, out: &mut Vec<Output>) {
        if let Some(connection) = self.connection.take() {
            self.stopped = stopped;
            if connection.is_open() {
                self.known = connection.known();
            }
            if connection.asked.is_some() && connection.is_open() {
                out.push(Output::Answer(ClaimAnswer::Lost));
            }
        }
        self.compared_sizes = None;
        self.heads.disconnect();
        self.documents.disconnect();
    }

    pub(super) fn send_hello(&self, connection: &Connection, echo: u64, out: &mut Vec<Output>) {
        let hello = Hello {
            nonce: connection.nonce,
            echo,
            relationship: self.relationship.id,
            role: self.role,
            own: self.own.head(),
            copy: self.incoming.copy.head(),
            time_ms: connection.began_ms,
        };
        out.push(Output::Send { channel: Channel::Events, bytes: hello.encode() });
    }

    /// Sends a message to the other side, once it is known who that is.
    pub(super) fn send(&self, message: &Message, out: &mut Vec<Output>) {
        if let Some(tag) = self.connection.as_ref().and_then(|connection| connection.peer) {
            out.push(Output::Send { channel: message.channel(), bytes: message.encode(tag) });
        }
    }

    pub(super) fn send_if_open(&self, message: Message, out: &mut Vec<Output>) {
        if self.connection.as_ref().is_some_and(Connection::is_open) {
            self.send(&message, out);
        }
    }

    /// Ends the connection with a word to the other side.
    pub(super) fn stop(&mut self, stop: Stop, out: &mut Vec<Output>) {
        if self.connection.is_none() {
            return;
        }
        self.send(&stop.bye(), out);
        self.close(stop, Side::Ours, out);
    }

    fn close(&mut self, stop: Stop, said_by: Side, out: &mut Vec<Output>) {
        self.disconnect(Some((stop.clone(), said_by)), out);
        out.push(Output::Close { stop, said_by });
    }

    pub(super) fn break_off(&mut self, detail: &'static str, out: &mut Vec<Output>) {
        self.stop(Stop::Protocol { detail: Some(detail) }, out);
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Vec<Output>) {
        let Some(connection) = &mut self.connection else { return };
        match Arrived::decode(bytes) {
            None => self.break_off("a message is not in its form", out),
            Some(Arrived::Hello(hello)) => self.greeted(&hello, out),
            Some(Arrived::OtherVersion { version, nonce }) => {
                connection.peer = Some(nonce);
                self.stop(Stop::Version { theirs: version }, out);
            }
            Some(Arrived::Tagged { tag, message }) if tag == connection.nonce => {
                self.message(message, out);
            }
            Some(Arrived::Tagged { .. }) => self.stale = self.stale.saturating_add(1),
        }
    }

    fn message(&mut self, message: Message, out: &mut Vec<Output>) {
        let Some(connection) = &self.connection else { return };
        let is_open = connection.is_open();
        match message {
            Message::Bye { reason, half, first, second } => {
                match Stop::from_bye(reason, half, first, second) {
                    Some(stop) => self.close(stop, Side::Theirs, out),
                    None => self.break_off("a bye is not in its form", out),
                }
            }
            Message::Ask(ask) => self.asked(ask, out),
            Message::Answer { number, result, answer } => {
                self.answered(number, result, answer, out);
            }
            // While halves are compared nothing else is taken; it comes again later.
            _ if !is_open => {}
            Message::Events { first, entries } => self.events(first, entries, out),
            Message::Ack { size } => self.acknowledged(size, out),
            Message::Refusal(refusal) => self.refused(&refusal, out),
            Message::Head(signed) => self.heads.arrived(*signed),
            Message::Countersignature(entry) => {
                match self.heads.countersignature(&self.incoming.copy, entry) {
                    Countersigned::Ignored => {}
                    Countersigned::Kept(entry) => out.push(Output::KeepHead(*entry)),
                    Countersigned::Refused(finding) => self.refuse(About::Head, finding, out),
                }
            }
            Message::Want { digest, offset } => {
                let length = self.own.documents.get(&digest).copied();
                match self.documents.wanted(digest, offset, length, out) {
                    Ok(Some(absent)) => self.send(&absent, out),
                    Ok(None) => {}
                    Err(detail) => self.break_off(detail, out),
                }
            }
            Message::Part { digest, offset, bytes } => {
                if self.documents.part(digest, offset, bytes, out) {
                    self.refuse_document(digest, out);
                }
            }
            Message::Absent { digest } => self.documents.absent(digest, out),
        }
    }
}
