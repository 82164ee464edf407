//! One admitted connection as a pure state machine: queues, credit, priority, signs of life.
//!
//! Bytes and times go in, bytes and frames come out. What is held is bounded: unsent frames by the
//! caller's limit, frames not yet taken by the windows of the own hello, and of control messages
//! the latest of each kind.

use crate::control::{CloseReason, Control, Hello};
use crate::credit::{ReceiveCredit, SendCredit, frame_cost};
use crate::frame::{Channel, FRAME_BYTES_MAX, Frame, put_control, put_data};
use crate::keep_alive::{Due, KeepAlive, PING_AFTER_MS, SILENCE_MS_MAX};
use crate::problem::{ClockDifference, Problem};
use std::collections::VecDeque;

/// Bytes that may wait for sending on a channel unless the owner says otherwise.
pub const UNSENT_BYTES_DEFAULT: u64 = 2_097_280;
/// Frames of events in a row after which a waiting document has its turn.
const EVENTS_IN_A_ROW: u8 = 8;

/// What bounds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Cost of frames that may wait for sending on a channel.
    pub unsent_bytes_max: u64,
    /// Milliseconds without a byte after which a ping is sent.
    pub ping_after_ms: u64,
    /// Milliseconds without a byte after which the peer is given up.
    pub silence_ms_max: u64,
}

impl Default for SessionLimits {
    fn default() -> SessionLimits {
        SessionLimits {
            unsent_bytes_max: UNSENT_BYTES_DEFAULT,
            ping_after_ms: PING_AFTER_MS,
            silence_ms_max: SILENCE_MS_MAX,
        }
    }
}

/// What has passed on one channel since the connection began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelCounters {
    /// Frames handed to the network.
    pub frames_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Frames that arrived.
    pub frames_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Cost of frames that wait for sending now.
    pub unsent_bytes: u64,
    /// Cost of frames that arrived and were not taken yet.
    pub untaken_bytes: u64,
}

impl ChannelCounters {
    /// Adds the totals of another connection; what waits now is not added.
    pub fn add_totals(&mut self, other: &ChannelCounters) {
        self.frames_sent = self.frames_sent.saturating_add(other.frames_sent);
        self.bytes_sent = self.bytes_sent.saturating_add(other.bytes_sent);
        self.frames_received = self.frames_received.saturating_add(other.frames_received);
        self.bytes_received = self.bytes_received.saturating_add(other.bytes_received);
    }
}

/// Why a frame is not queued; it is handed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueError {
    /// As much waits as may wait; try again when something was sent.
    Full(Vec<u8>),
    /// Longer than a frame may be.
    TooLong(Vec<u8>),
    /// The connection ends or has ended.
    Closed(Vec<u8>),
}

struct Lane {
    channel: Channel,
    unsent: VecDeque<Vec<u8>>,
    send: SendCredit,
    arrived: VecDeque<Vec<u8>>,
    receive: ReceiveCredit,
    grant_due: Option<u64>,
    counters: ChannelCounters,
}

impl Lane {
    fn new(channel: Channel, our_window: u32, their_window: u32) -> Lane {
        Lane {
            channel,
            unsent: VecDeque::new(),
            send: SendCredit::new(their_window),
            arrived: VecDeque::new(),
            receive: ReceiveCredit::new(our_window),
            grant_due: None,
            counters: ChannelCounters::default(),
        }
    }

    /// Writes the first waiting frame when credit allows.
    fn put_next(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(cost) = self.unsent.front().map(|bytes| frame_cost(bytes.len())) else {
            return false;
        };
        if !self.send.spend(cost) {
            return false;
        }
        if let Some(bytes) = self.unsent.pop_front() {
            put_data(out, self.channel, &bytes);
            self.counters.frames_sent += 1;
            self.counters.bytes_sent += bytes.len() as u64;
            self.counters.unsent_bytes = self.counters.unsent_bytes.saturating_sub(cost);
        }
        true
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// No more is queued; what is queued is sent.
    Draining,
    /// `close` was written or nothing can be written any more.
    Closed,
}

/// One admitted connection.
pub struct Session {
    limits: SessionLimits,
    lanes: [Lane; 2],
    events_in_a_row: u8,
    admit_due: Option<u64>,
    ping_due: Option<u64>,
    pong_due: Option<u64>,
    life: KeepAlive,
    clocks: ClockDifference,
    stage: Stage,
    end: Option<Problem>,
    has_said_close: bool,
}

impl Session {
    /// Begins after the hellos, at a time in milliseconds of a steady clock. `clocks` are the two
    /// clocks at the hello. On the payer's side `admission` is the number to admit with; the
    /// provider's side has read it already.
    #[must_use]
    pub fn new(
        limits: SessionLimits,
        (ours, theirs): (&Hello, &Hello),
        clocks: ClockDifference,
        admission: Option<u64>,
        now: u64,
    ) -> Session {
        let lanes = [0, 1].map(|index| {
            Lane::new(Channel::ALL[index], ours.windows[index], theirs.windows[index])
        });
        let life = KeepAlive::new(limits.ping_after_ms, limits.silence_ms_max, now);
        Session {
            limits,
            lanes,
            events_in_a_row: 0,
            admit_due: admission,
            ping_due: None,
            pong_due: None,
            life,
            clocks,
            stage: Stage::Open,
            end: None,
            has_said_close: false,
        }
    }

    fn lane(&mut self, channel: Channel) -> &mut Lane {
        let [events, documents] = &mut self.lanes;
        match channel {
            Channel::Events => events,
            Channel::Documents => documents,
        }
    }

    /// Queues a frame for sending.
    ///
    /// # Errors
    /// Hands the bytes back when they must wait, are too long, or the connection ends.
    pub fn queue(&mut self, channel: Channel, bytes: Vec<u8>) -> Result<(), QueueError> {
        if self.stage != Stage::Open {
            return Err(QueueError::Closed(bytes));
        }
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(QueueError::TooLong(bytes));
        }
        let cost = frame_cost(bytes.len());
        let most = self.limits.unsent_bytes_max;
        let lane = self.lane(channel);
        let waiting = lane.counters.unsent_bytes.saturating_add(cost);
        if waiting > most && !lane.unsent.is_empty() {
            return Err(QueueError::Full(bytes));
        }
        lane.counters.unsent_bytes = waiting;
        lane.unsent.push_back(bytes);
        Ok(())
    }

    /// Appends what can be sent now until `out` holds `enough` bytes: control first, then events,
    /// and a document after every eight events.
    pub fn put_output(&mut self, out: &mut Vec<u8>, enough: usize) {
        if self.stage == Stage::Closed {
            return;
        }
        if let Some(number) = self.admit_due.take() {
            put_control(out, &Control::Admit(number).to_bytes());
        }
        for lane in &mut self.lanes {
            if let Some(total) = lane.grant_due.take() {
                put_control(out, &Control::Credit(lane.channel, total).to_bytes());
            }
        }
        if let Some(number) = self.pong_due.take() {
            put_control(out, &Control::Pong(number).to_bytes());
        }
        if let Some(number) = self.ping_due.take() {
            put_control(out, &Control::Ping(number).to_bytes());
        }
        while out.len() < enough && self.put_one(out) {}
        if self.stage == Stage::Draining && self.lanes.iter().all(|lane| lane.unsent.is_empty()) {
            self.end(Problem::Finished);
            self.put_close(out);
        }
    }

    fn put_one(&mut self, out: &mut Vec<u8>) -> bool {
        let [events, documents] = &mut self.lanes;
        if self.events_in_a_row >= EVENTS_IN_A_ROW && documents.put_next(out) {
            self.events_in_a_row = 0;
            return true;
        }
        if events.put_next(out) {
            self.events_in_a_row = self.events_in_a_row.saturating_add(1);
            return true;
        }
        self.events_in_a_row = 0;
        documents.put_next(out)
    }

    /// Takes a frame that arrived.
    ///
    /// # Errors
    /// When the connection ends by it, with the reason.
    pub fn receive(&mut self, frame: Frame, now: u64) -> Result<(), Problem> {
        match frame {
            Frame::Data(channel, bytes) => {
                let cost = frame_cost(bytes.len());
                let lane = self.lane(channel);
                if !lane.receive.receive(cost) {
                    return Err(Problem::violation("it sent more than it was granted"));
                }
                lane.counters.frames_received += 1;
                lane.counters.bytes_received += bytes.len() as u64;
                lane.counters.untaken_bytes += cost;
                lane.arrived.push_back(bytes);
            }
            Frame::Control(bytes) => match Control::parse(&bytes) {
                Some(Control::Credit(channel, total)) => self.lane(channel).send.grant(total),
                Some(Control::Ping(number)) => self.pong_due = Some(number),
                Some(Control::Pong(number)) => self.life.ponged(number, now),
                Some(Control::Close(reason)) => {
                    return Err(Problem::of_close(reason, self.clocks));
                }
                Some(Control::Hello(_) | Control::Admit(_)) | None => {
                    return Err(Problem::violation("a control message that is not in its place"));
                }
            },
        }
        Ok(())
    }

    /// Bytes arrived: a sign of life.
    pub fn heard(&mut self, now: u64) {
        self.life.heard(now);
    }

    /// The next frame of a channel that arrived.
    pub fn take(&mut self, channel: Channel) -> Option<Vec<u8>> {
        let lane = self.lane(channel);
        let bytes = lane.arrived.pop_front()?;
        let cost = frame_cost(bytes.len());
        lane.counters.untaken_bytes = lane.counters.untaken_bytes.saturating_sub(cost);
        if let Some(total) = lane.receive.take(cost) {
            lane.grant_due = Some(total);
        }
        Some(bytes)
    }

    /// What the clock makes due; a ping is written with the next output.
    ///
    /// # Errors
    /// When the peer has been silent for too long.
    pub fn tick(&mut self, now: u64) -> Result<u64, Problem> {
        match self.life.due(now) {
            Due::At(at) => Ok(at),
            Due::Ping(number) => {
                self.ping_due = Some(number);
                Ok(now)
            }
            Due::Silent(ms) => Err(Problem::Silent { seconds: ms / 1_000 }),
        }
    }

    /// Something waits to be written.
    #[must_use]
    pub fn has_output(&self) -> bool {
        let due = self.admit_due.or(self.ping_due).or(self.pong_due);
        let can_send = |lane: &Lane| {
            lane.grant_due.is_some()
                || lane.unsent.front().is_some_and(|b| frame_cost(b.len()) <= lane.send.left())
        };
        let is_drained = || self.lanes.iter().all(|lane| lane.unsent.is_empty());
        self.stage != Stage::Closed
            && (due.is_some()
                || self.lanes.iter().any(can_send)
                || (self.stage == Stage::Draining && is_drained()))
    }

    /// Accepts no more frames; ends when everything queued was sent.
    pub fn drain(&mut self) {
        if self.stage == Stage::Open {
            self.stage = Stage::Draining;
        }
    }

    /// Ends the session; the first reason stands. Frames that arrived can still be taken.
    pub fn end(&mut self, reason: Problem) {
        self.stage = Stage::Closed;
        self.end.get_or_insert(reason);
    }

    /// Appends what to tell the other side about the end, once, when there is something to tell.
    pub fn put_close(&mut self, out: &mut Vec<u8>) {
        let reason = self.end.as_ref().and_then(Problem::close_reason);
        if let Some(reason) = reason.filter(|_| !self.has_said_close) {
            self.has_said_close = true;
            put_control(out, &Control::Close(reason).to_bytes());
        }
    }

    /// Why the session ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<&Problem> {
        self.end.as_ref()
    }

    /// What has passed on a channel.
    #[must_use]
    pub fn counters(&self, channel: Channel) -> ChannelCounters {
        let [events, documents] = &self.lanes;
        match channel {
            Channel::Events => events.counters,
            Channel::Documents => documents.counters,
        }
    }

    /// Milliseconds from the last ping to its answer.
    #[must_use]
    pub fn round_trip_ms(&self) -> Option<u64> {
        self.life.round_trip_ms()
    }

    /// True when frames wait and credit does not allow the next: the peer's reader is slow.
    #[must_use]
    pub fn waits_for_credit(&self, channel: Channel) -> bool {
        let [events, documents] = &self.lanes;
        let lane = if channel == Channel::Events { events } else { documents };
        lane.unsent.front().is_some_and(|bytes| frame_cost(bytes.len()) > lane.send.left())
    }

    /// The two clocks at the hello.
    #[must_use]
    pub fn clocks(&self) -> ClockDifference {
        self.clocks
    }
}

/// True for ends after which nothing is wrong.
#[must_use]
pub fn is_orderly(problem: &Problem) -> bool {
    matches!(
        problem.close_reason(),
        Some(CloseReason::Finished | CloseReason::Replaced | CloseReason::Removed)
    ) || *problem == Problem::FinishedByPeer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{VERSION, WINDOW_BYTES_DEFAULT};
    use crate::frame::FrameDecoder;
    use crate::party::{RelationshipId, Role};
    use proptest::prelude::*;

    fn hello(role: Role) -> Hello {
        Hello {
            version: VERSION,
            role,
            relationship: RelationshipId([1; 32]),
            time_ms: 0,
            instance: [0; 16],
            windows: [WINDOW_BYTES_DEFAULT; 2],
        }
    }

    fn session(role: Role) -> Session {
        let (ours, theirs) = (hello(role), hello(role.other()));
        let clocks = ClockDifference { ours_ms: 0, theirs_ms: 0 };
        Session::new(SessionLimits::default(), (&ours, &theirs), clocks, None, 0)
    }

    fn deliver(from: &mut Session, to: &mut Session, enough: usize) -> Result<usize, Problem> {
        let mut out = Vec::new();
        from.put_output(&mut out, enough);
        let (mut decoder, mut rest) = (FrameDecoder::new(), &out[..]);
        decoder.open();
        while let Some(frame) = decoder.feed(&mut rest).expect("frames") {
            to.receive(frame, 0)?;
        }
        Ok(out.len())
    }

    #[test]
    fn a_reader_that_stops_stops_the_sender_and_memory_stays_flat() {
        let (mut payer, mut provider) = (session(Role::Payer), session(Role::Provider));
        let mut queued = 0u64;
        loop {
            match payer.queue(Channel::Documents, vec![0; 100_000]) {
                Ok(()) => queued += 1,
                Err(QueueError::Full(_)) => {
                    if deliver(&mut payer, &mut provider, usize::MAX).expect("in order") == 0 {
                        break;
                    }
                }
                Err(other) => unreachable!("{other:?}"),
            }
        }
        let held = provider.counters(Channel::Documents).untaken_bytes;
        let unsent = payer.counters(Channel::Documents).unsent_bytes;
        assert!(held <= u64::from(WINDOW_BYTES_DEFAULT) && unsent <= UNSENT_BYTES_DEFAULT);
        assert!(payer.waits_for_credit(Channel::Documents));
        assert_eq!(held + unsent, queued * frame_cost(100_000));
        payer.queue(Channel::Events, b"soon".to_vec()).expect("another channel has room");
        deliver(&mut payer, &mut provider, usize::MAX).expect("in order");
        assert_eq!(provider.take(Channel::Events), Some(b"soon".to_vec()));
        let mut taken = 0u64;
        while taken < queued {
            while provider.take(Channel::Documents).is_some() {
                taken += 1;
            }
            deliver(&mut provider, &mut payer, usize::MAX).expect("credit");
            deliver(&mut payer, &mut provider, usize::MAX).expect("documents");
        }
        assert_eq!(payer.counters(Channel::Documents).frames_sent, queued);
    }

    #[test]
    fn a_document_has_its_turn_among_events() {
        let (mut payer, mut provider) = (session(Role::Payer), session(Role::Provider));
        for _ in 0..20 {
            payer.queue(Channel::Events, vec![1]).expect("room");
        }
        payer.queue(Channel::Documents, vec![2]).expect("room");
        // Nine frames of one byte each: eight events, then the document.
        deliver(&mut payer, &mut provider, 9 * 6).expect("in order");
        assert_eq!(provider.counters(Channel::Events).frames_received, 8);
        assert_eq!(provider.counters(Channel::Documents).frames_received, 1);
    }

    #[test]
    fn draining_sends_everything_and_then_says_so() {
        let (mut payer, mut provider) = (session(Role::Payer), session(Role::Provider));
        payer.queue(Channel::Documents, vec![7; 10]).expect("room");
        payer.drain();
        assert!(matches!(payer.queue(Channel::Events, vec![]), Err(QueueError::Closed(_))));
        assert!(payer.has_output());
        let end = deliver(&mut payer, &mut provider, usize::MAX);
        assert_eq!(end, Err(Problem::FinishedByPeer));
        assert_eq!(provider.take(Channel::Documents), Some(vec![7; 10]));
        assert_eq!(payer.ended(), Some(&Problem::Finished));
        assert!(!payer.has_output());
    }

    #[test]
    fn breaches_end_the_session() {
        let check = |frame: Frame, expected: &str| {
            let mut session = session(Role::Payer);
            let error = session.receive(frame, 0).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(Frame::Control(vec![]), "not in its place");
        check(Frame::Control(Control::Admit(1).to_bytes()), "not in its place");
        check(Frame::Control(Control::Hello(hello(Role::Payer)).to_bytes()), "not in its place");
        check(Frame::Control(vec![0x05, 2]), "a newer connection");
        check(Frame::Data(Channel::Events, vec![0; 2_097_217]), "more than it was granted");
        let mut many = session(Role::Payer);
        let flood =
            (0..40_000).find_map(|_| many.receive(Frame::Data(Channel::Events, vec![]), 0).err());
        assert!(flood.is_some(), "empty frames cost too");
    }

    #[test]
    fn pings_are_answered_once_and_silence_ends() {
        let (mut payer, mut provider) = (session(Role::Payer), session(Role::Provider));
        for number in 0..1_000 {
            let ping = Frame::Control(Control::Ping(number).to_bytes());
            provider.receive(ping, 0).expect("in order");
        }
        let mut out = Vec::new();
        provider.put_output(&mut out, usize::MAX);
        assert_eq!(out.len(), 5 + 9, "of many pings the last is answered");
        assert_eq!(payer.tick(15_000), Ok(15_000));
        deliver(&mut payer, &mut provider, usize::MAX).expect("ping");
        deliver(&mut provider, &mut payer, usize::MAX).expect("pong");
        assert_eq!(payer.tick(44_999), Ok(44_999));
        assert_eq!(payer.tick(45_000), Err(Problem::Silent { seconds: 45 }));
    }

    proptest! {
        /// Whatever is queued on either side arrives in order on its channel.
        #[test]
        fn frames_arrive_in_order(
            steps in proptest::collection::vec((0u8..4, 0usize..3_000), 1..200),
        ) {
            let (mut payer, mut provider) = (session(Role::Payer), session(Role::Provider));
            let mut expected = [VecDeque::new(), VecDeque::new()];
            for (step, size) in steps {
                let channel = Channel::ALL[usize::from(step % 2)];
                if step < 2 {
                    let bytes = vec![u8::try_from(size % 251).expect("below 251"); size];
                    expected[usize::from(step % 2)].push_back(bytes.clone());
                    payer.queue(channel, bytes).expect("room");
                } else {
                    deliver(&mut payer, &mut provider, size).expect("in order");
                    if let Some(bytes) = provider.take(channel) {
                        prop_assert_eq!(Some(bytes), expected[usize::from(step % 2)].pop_front());
                    }
                    deliver(&mut provider, &mut payer, usize::MAX).expect("credit");
                }
            }
        }
    }
}
