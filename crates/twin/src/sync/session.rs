//! The session of one relationship: what happens goes in, what is to be done comes out.

use super::compare::{Descent, Next};
use super::connection::{Connection, Greeted, Phase};
use super::documents::{Documents, RunningDigest};
use super::half::{HeldHalf, NamedDocument};
use super::heads::{Countersigned, Heads};
use super::incoming::{CheckRunner, Incoming, Taken};
use super::limits::{CLOCK_DIFFERENCE_MS_MAX, MESSAGE_BYTES_MAX};
use super::message::{About, Arrived, Channel, Entry, Hello, Message};
use super::outgoing::Outgoing;
use super::port::{ClaimAnswer, Input, Misuse, Output, Refused, RefusedWhat, Status, SyncState};
use super::stop::{Side, Stop};
use crate::chain::{Relationship, first_refusal};
use crate::difference::answer_about_tree;
use crate::event::Author;
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::{Hash, ZERO};
use crate::head::HeadEntry;
use crate::tree::empty_root;

/// The sign of a question about claims.
const CLAIMS: u8 = 3;

/// The exchange between two nodes of one relationship, over any number of connections.
#[derive(Clone, Debug)]
pub struct Session {
    role: Author,
    relationship: Relationship,
    run: CheckRunner,
    own: HeldHalf,
    incoming: Incoming,
    heads: Heads,
    documents: Documents,
    connection: Option<Connection>,
    /// Why there is no connection, when there was one.
    stopped: Option<(Stop, Side)>,
    told: SyncState,
    /// Sizes of both halves when the comparison of claims that is going on began.
    compared_sizes: Option<[u64; 2]>,
    stale: u64,
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
    pub fn restore(&mut self, half: Author, entry: &Entry) -> Result<(), TwinFinding> {
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

    /// How many messages of earlier connections were ignored.
    #[must_use]
    pub fn stale_messages(&self) -> u64 {
        self.stale
    }

    /// How far the two nodes are.
    #[must_use]
    pub fn status(&self) -> Status {
        let Some(connection) = self.connection.as_ref() else {
            let state = match &self.stopped {
                Some((stop, side)) => SyncState::Stopped(stop.clone(), *side),
                None => SyncState::Waiting,
            };
            return Status { state, to_send: 0, to_receive: 0 };
        };
        let to_send = self.own.size().saturating_sub(connection.outgoing.acknowledged);
        let known = connection.their_size.max(self.incoming.checked_size());
        let to_receive = known.saturating_sub(self.incoming.copy.size());
        let is_refused = connection.is_refusing || connection.outgoing.is_refused;
        let state = match connection.phase {
            Phase::Open if is_refused => SyncState::Refused,
            Phase::Open if to_send == 0 && to_receive == 0 => SyncState::InStep,
            Phase::Open => SyncState::Behind,
            Phase::Greeting | Phase::Comparing(_) | Phase::Awaiting => SyncState::Meeting,
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
                if !self.heads.signed(&self.own, signed) {
                    return Err(Misuse::Head);
                }
                self.send_if_open(Message::Head(signed), &mut out);
            }
            Input::Countersigned(entry) => {
                if self.heads.countersigned(&entry) {
                    self.send_if_open(Message::Countersignature(entry), &mut out);
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
            match self.heads.to_countersign(&self.incoming.copy) {
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
            if connection.asked.is_some() && connection.is_open() {
                out.push(Output::Answer(ClaimAnswer::Lost));
            }
        }
        self.compared_sizes = None;
        self.heads.disconnect();
        self.documents.disconnect();
    }

    fn send_hello(&self, connection: &Connection, echo: u64, out: &mut Vec<Output>) {
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
    fn send(&self, message: &Message, out: &mut Vec<Output>) {
        if let Some(tag) = self.connection.as_ref().and_then(|connection| connection.peer) {
            out.push(Output::Send { channel: message.channel(), bytes: message.encode(tag) });
        }
    }

    fn send_if_open(&self, message: Message, out: &mut Vec<Output>) {
        if self.connection.as_ref().is_some_and(Connection::is_open) {
            self.send(&message, out);
        }
    }

    /// Ends the connection with a word to the other side.
    fn stop(&mut self, stop: Stop, out: &mut Vec<Output>) {
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

    fn break_off(&mut self, detail: &'static str, out: &mut Vec<Output>) {
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

    fn greeted(&mut self, hello: &Hello, out: &mut Vec<Output>) {
        let Some(mut connection) = self.connection.take() else { return };
        let is_other =
            hello.relationship != self.relationship.id || hello.role != self.role.other();
        let greeted = connection.greeted(hello);
        match greeted {
            _ if is_other => connection.peer = Some(hello.nonce),
            Greeted::Answer { nonce } | Greeted::Begin { is_answer_due: true, nonce } => {
                self.send_hello(&connection, nonce, out);
            }
            Greeted::Begin { .. } | Greeted::Nothing => {}
        }
        let ahead_ms = i128::from(hello.time_ms) - i128::from(connection.began_ms);
        self.connection = Some(connection);
        if is_other {
            self.stop(Stop::Relationship, out);
        } else if matches!(greeted, Greeted::Begin { .. }) {
            if ahead_ms.unsigned_abs() > u128::from(CLOCK_DIFFERENCE_MS_MAX) {
                self.stop(Stop::Clock { ahead_ms: Some(ahead_ms) }, out);
            } else {
                self.begin(hello, out);
            }
        }
    }

    /// Judges the own half by what the other side holds of it.
    fn begin(&mut self, hello: &Hello, out: &mut Vec<Output>) {
        let is_empty_right = |size, root| size > 0 || root == empty_root();
        if ![hello.own, hello.copy].iter().all(|tree| is_empty_right(tree.size, tree.root)) {
            return self.break_off("a half without events has a root", out);
        }
        let descent = Descent::needed(&self.own, hello.copy);
        let Some(connection) = &mut self.connection else { return };
        connection.their_size = hello.own.size;
        if let Some(descent) = descent {
            connection.phase = Phase::Comparing(descent);
            return self.descend(out);
        }
        connection.outgoing = Outgoing::from(hello.copy.size);
        if hello.own.size < self.incoming.copy.size() {
            connection.phase = Phase::Awaiting;
            return;
        }
        connection.phase = Phase::Open;
        if let Some(signed) = self.heads.to_send() {
            self.send(&Message::Head(signed), out);
        }
    }

    fn descend(&mut self, out: &mut Vec<Output>) {
        let Some(connection) = &mut self.connection else { return };
        let Phase::Comparing(descent) = &mut connection.phase else { return };
        match descent.next(&self.own) {
            Next::Stop(stop) => self.stop(stop, out),
            Next::Ask(question) => self.ask(self.role.sign(), [0, 0], question, out),
        }
    }

    fn ask(&mut self, about: u8, sizes: [u64; 2], question: Vec<u8>, out: &mut Vec<Output>) {
        let Some(connection) = &mut self.connection else { return };
        connection.questions = connection.questions.saturating_add(1);
        let number = connection.questions;
        connection.asked = Some(number);
        self.send(&Message::Ask { number, about, sizes, question }, out);
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
            Message::Ask { number, about, sizes, question } => {
                self.asked(number, about, sizes, &question, out);
            }
            Message::Answer { number, result, answer } => {
                self.answered(number, result, answer, out);
            }
            // While halves are compared nothing else is taken; it comes again later.
            _ if !is_open => {}
            Message::Events { first, entries } => self.events(first, entries, out),
            Message::Ack { size } => self.acknowledged(size, out),
            Message::Refusal { about, code, number, digest } => {
                self.refused(about, code, number, digest, out);
            }
            Message::Head(signed) => self.heads.arrived(signed),
            Message::Countersignature(entry) => {
                match self.heads.countersignature(&self.incoming.copy, entry) {
                    Countersigned::Ignored => {}
                    Countersigned::Kept(entry) => out.push(Output::KeepHead(entry)),
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

    fn events(&mut self, first: u64, entries: Vec<Entry>, out: &mut Vec<Output>) {
        if self.connection.as_ref().is_some_and(|connection| connection.is_refusing) {
            return;
        }
        match self.incoming.take(&self.own.tree, first, entries, self.run) {
            Taken::Broken(detail) => self.break_off(detail, out),
            Taken::Checked(verified, refusal) => {
                if verified.is_empty() && refusal.is_none() {
                    let size = self.incoming.copy.size();
                    self.send(&Message::Ack { size }, out);
                } else if !verified.is_empty() {
                    out.push(Output::Store(verified));
                }
                if let Some(finding) = refusal {
                    if let Some(connection) = &mut self.connection {
                        connection.is_refusing = true;
                    }
                    self.refuse(About::Event, finding, out);
                }
            }
        }
    }

    fn refuse(&self, about: About, finding: TwinFinding, out: &mut Vec<Output>) {
        let (Place::Event(number) | Place::Head(number)) = finding.place else { return };
        let code = finding.code.number();
        self.send(&Message::Refusal { about, code, number, digest: ZERO }, out);
        let what = RefusedWhat::Record(finding);
        out.push(Output::Refused(Refused { by: Side::Ours, what }));
    }

    fn refuse_document(&self, digest: Hash, out: &mut Vec<Output>) {
        let message = Message::Refusal { about: About::Document, code: 0, number: 0, digest };
        self.send_if_open(message, out);
        let what = RefusedWhat::Document(digest);
        out.push(Output::Refused(Refused { by: Side::Ours, what }));
    }

    /// The other side does not accept something.
    fn refused(
        &mut self,
        about: About,
        code: u8,
        number: u64,
        digest: Hash,
        out: &mut Vec<Output>,
    ) {
        let code = Code::all().find(|known| known.number() == code);
        let (place, half) = match (about, code) {
            (About::Document, None) if number == 0 => {
                let what = RefusedWhat::Document(digest);
                return out.push(Output::Refused(Refused { by: Side::Theirs, what }));
            }
            (About::Event, Some(_)) => (Place::Event(number), self.role),
            (About::Head, Some(Code::Countersignature)) => (Place::Head(number), self.role.other()),
            (About::Head, Some(_)) => (Place::Head(number), self.role),
            _ => return self.break_off("a refusal is not in its form", out),
        };
        let Some(code) = code else { return };
        if about == About::Event
            && let Some(connection) = &mut self.connection
        {
            connection.outgoing.is_refused = true;
        } else if half == self.role {
            self.heads.refused(self.incoming.copy.size());
        }
        let what = RefusedWhat::Record(TwinFinding::new(code, Some(half), place));
        out.push(Output::Refused(Refused { by: Side::Theirs, what }));
    }

    fn acknowledged(&mut self, size: u64, out: &mut Vec<Output>) {
        if size > self.own.size() {
            return self.break_off("more events are acknowledged than there are", out);
        }
        if let Some(connection) = &mut self.connection {
            connection.outgoing.acknowledge(size);
        }
    }

    fn own_events(&mut self, first: u64, entries: Vec<Entry>, out: &mut Vec<Output>) {
        let Some(connection) = self.connection.as_mut().filter(|c| c.is_open()) else { return };
        if let Some(message) = connection.outgoing.read(first, entries) {
            self.send(&message, out);
        }
    }

    fn stored(&mut self, size: u64, out: &mut Vec<Output>) -> Result<(), Misuse> {
        let before = self.incoming.copy.size();
        let named = self.incoming.stored(size).ok_or(Misuse::Stored)?;
        out.extend(named.into_iter().map(Output::Named));
        if size > before {
            self.send_if_open(Message::Ack { size }, out);
        }
        Ok(())
    }

    fn fetch(
        &mut self,
        digest: Hash,
        held: RunningDigest,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        let length = self.incoming.copy.documents.get(&digest).copied();
        let length = length.ok_or(Misuse::Document)?;
        self.documents.fetch(NamedDocument { digest, length }, held, out)
    }

    /// Sizes of the payer's and the provider's half as they are held here.
    fn sizes(&self) -> [u64; 2] {
        Author::BOTH.map(|half| self.size(half))
    }

    fn ask_about_claims(&mut self, question: Vec<u8>, out: &mut Vec<Output>) -> Result<(), Misuse> {
        let Some(connection) = self.connection.as_ref().filter(|c| c.is_open()) else {
            out.push(Output::Answer(ClaimAnswer::Lost));
            return Ok(());
        };
        if connection.asked.is_some() || question.len() > MESSAGE_BYTES_MAX / 2 {
            return Err(Misuse::Question);
        }
        let sizes = self.sizes();
        if question.is_empty() {
            self.compared_sizes = Some(sizes);
        }
        if self.compared_sizes != Some(sizes) {
            out.push(Output::Answer(ClaimAnswer::MovedOn));
            return Ok(());
        }
        self.ask(CLAIMS, sizes, question, out);
        Ok(())
    }

    /// The other side asks.
    fn asked(
        &mut self,
        number: u64,
        about: u8,
        sizes: [u64; 2],
        question: &[u8],
        out: &mut Vec<Output>,
    ) {
        if about == CLAIMS {
            return self.asked_about_claims(number, sizes, question, out);
        }
        let tree = match Author::from_sign(about) {
            Some(half) if sizes == [0, 0] && half == self.role => &self.own.tree,
            Some(_) if sizes == [0, 0] => &self.incoming.copy.tree,
            _ => return self.break_off("a question is not in its form", out),
        };
        match answer_about_tree(tree, question) {
            Ok(answer) => self.send(&Message::Answer { number, result: 0, answer }, out),
            Err(_) => self.break_off("a question is not in its form", out),
        }
    }

    fn asked_about_claims(
        &mut self,
        number: u64,
        sizes: [u64; 2],
        question: &[u8],
        out: &mut Vec<Output>,
    ) {
        if sizes != self.sizes() {
            return self.moved_on(number, out);
        }
        let Some(connection) = self.connection.as_mut().filter(|c| c.is_open()) else { return };
        match connection.question {
            Some((open, _)) if open == number => {}
            Some(_) => self.break_off("more questions at once than are allowed", out),
            None => {
                connection.question = Some((number, sizes));
                out.push(Output::Question { question: question.to_vec() });
            }
        }
    }

    fn moved_on(&self, number: u64, out: &mut Vec<Output>) {
        let answer = self.sizes().map(u64::to_be_bytes).concat();
        self.send(&Message::Answer { number, result: 1, answer }, out);
    }

    fn answer_about_claims(
        &mut self,
        answer: Vec<u8>,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        if answer.len() > MESSAGE_BYTES_MAX - 64 {
            return Err(Misuse::Question);
        }
        let held = self.sizes();
        let Some(connection) = &mut self.connection else { return Ok(()) };
        // The connection for which it was asked may be gone.
        let Some((number, sizes)) = connection.question.take() else { return Ok(()) };
        if sizes == held {
            self.send(&Message::Answer { number, result: 0, answer }, out);
        } else {
            self.moved_on(number, out);
        }
        Ok(())
    }

    fn answered(&mut self, number: u64, result: u8, answer: Vec<u8>, out: &mut Vec<Output>) {
        let Some(connection) = &mut self.connection else { return };
        if connection.asked != Some(number) {
            return;
        }
        connection.asked = None;
        match (&mut connection.phase, result) {
            (Phase::Comparing(descent), 0) => {
                if descent.answer(&self.own, &answer).is_ok() {
                    self.descend(out);
                } else {
                    self.break_off("an answer is none to the question", out);
                }
            }
            (Phase::Open, 0) => out.push(Output::Answer(ClaimAnswer::Answered(answer))),
            (Phase::Open, 1) if answer.len() == 16 => {
                out.push(Output::Answer(ClaimAnswer::MovedOn));
            }
            _ => self.break_off("an answer is none to the question", out),
        }
    }
}
