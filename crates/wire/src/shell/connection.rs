//! A live connection with a paired node: frames to send and to receive, and the task behind it.

use crate::control::Hello;
use crate::frame::{Channel, FRAME_BYTES_MAX, FrameDecoder};
use crate::party::{Pin, RelationshipId};
use crate::problem::{ClockDifference, Problem};
use crate::session::{ChannelCounters, QueueError, Session, SessionLimits};
use crate::shell::greeting::{ByteStream, Greeting, linger};
use crate::shell::{lock, tls};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Bytes that are read, and gathered for writing, at a time.
const CHUNK_BYTES: usize = 65_536;

/// Why a frame was not accepted for sending.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Longer than a frame may be; cut it.
    #[error("a frame of {bytes} bytes; at most {FRAME_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The connection ends or has ended.
    #[error("{0}")]
    Ended(Problem),
}

/// What a connection has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCounters {
    /// Channel of events.
    pub events: ChannelCounters,
    /// Channel of documents.
    pub documents: ChannelCounters,
    /// Milliseconds from the last ping to its answer.
    pub round_trip_ms: Option<u64>,
    /// Frames wait because the peer's reader is slow.
    pub waits_for_credit: bool,
}

/// What stands fixed when a connection begins.
pub(crate) struct Begun {
    pub(crate) relationship: RelationshipId,
    pub(crate) pin: Pin,
    pub(crate) we_dialed: bool,
    pub(crate) clocks: ClockDifference,
    pub(crate) ours: Hello,
    pub(crate) theirs: Hello,
    /// The number to admit with, on the payer's side.
    pub(crate) admission: Option<u64>,
    pub(crate) limits: SessionLimits,
    pub(crate) write_stall: Duration,
}

struct Shared {
    relationship: RelationshipId,
    pin: Pin,
    we_dialed: bool,
    write_stall: Duration,
    session: Mutex<Session>,
    began: Instant,
    wake_writer: Notify,
    room: Notify,
    arrived: Notify,
    ended: watch::Sender<bool>,
    gone: watch::Sender<bool>,
}

/// A live connection; clones are the same connection. It lives until it ends, whether or not
/// somebody holds it.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("relationship", &self.shared.relationship)
            .field("ended", &self.ended_with())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Connection {
    fn eq(&self, other: &Connection) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Connection {
    /// The connection, and the task to run for it; `at_end` is called once when it has ended.
    pub(crate) fn begin<S: ByteStream>(
        begun: Begun,
        greeting: Greeting<S>,
    ) -> (Connection, impl Future<Output = ()> + Send + 'static) {
        let began = Instant::now();
        let hellos = (&begun.ours, &begun.theirs);
        let session = Session::new(begun.limits, hellos, begun.clocks, begun.admission, 0);
        let shared = Arc::new(Shared {
            relationship: begun.relationship,
            pin: begun.pin,
            we_dialed: begun.we_dialed,
            write_stall: begun.write_stall,
            session: Mutex::new(session),
            began,
            wake_writer: Notify::new(),
            room: Notify::new(),
            arrived: Notify::new(),
            ended: watch::Sender::new(false),
            gone: watch::Sender::new(false),
        });
        (Connection { shared: shared.clone() }, shared.run(greeting))
    }

    /// Sends a frame: waits until there is room among the unsent, which a slow peer delays.
    /// When it returns, the frame is queued; only the peer's own answer says that it arrived.
    /// Dropping the future before it is ready sends nothing.
    ///
    /// # Errors
    /// When the frame is too long or the connection ends.
    pub async fn send(&self, channel: Channel, bytes: Vec<u8>) -> Result<(), SendError> {
        let shared = &self.shared;
        let mut bytes = bytes;
        loop {
            let room = shared.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            let queued = lock(&shared.session).queue(channel, bytes);
            match queued {
                Ok(()) => {
                    shared.wake_writer.notify_one();
                    return Ok(());
                }
                Err(QueueError::Full(back)) => bytes = back,
                Err(QueueError::TooLong(back)) => {
                    return Err(SendError::TooLong { bytes: back.len() });
                }
                Err(QueueError::Closed(_)) => {
                    let end = self.ended_with().unwrap_or(Problem::Finished);
                    return Err(SendError::Ended(end));
                }
            }
            room.await;
        }
    }

    /// The next frame of a channel. Frames that arrived before the end are given first.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn receive(&self, channel: Channel) -> Result<Vec<u8>, Problem> {
        self.receive_from(&[channel]).await.map(|(_, bytes)| bytes)
    }

    /// The next frame of any channel, events before documents.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn receive_any(&self) -> Result<(Channel, Vec<u8>), Problem> {
        self.receive_from(&Channel::ALL).await
    }

    async fn receive_from(&self, channels: &[Channel]) -> Result<(Channel, Vec<u8>), Problem> {
        let shared = &self.shared;
        loop {
            let arrived = shared.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            {
                let mut session = lock(&shared.session);
                for channel in channels {
                    if let Some(bytes) = session.take(*channel) {
                        if session.has_output() {
                            shared.wake_writer.notify_one();
                        }
                        return Ok((*channel, bytes));
                    }
                }
                if let Some(problem) = session.ended() {
                    return Err(problem.clone());
                }
            }
            arrived.await;
        }
    }

    /// Sends what was accepted, says goodbye and waits for the end; after `within` it gives up
    /// and drops what is left.
    pub async fn close(&self, within: Duration) {
        lock(&self.shared.session).drain();
        self.shared.wake_writer.notify_one();
        if tokio::time::timeout(within, self.gone()).await.is_err() {
            self.end(Problem::Abandoned);
            self.gone().await;
        }
    }

    /// Waits until the connection has ended, and says why.
    pub async fn ended(&self) -> Problem {
        let mut ended = self.shared.ended.subscribe();
        // The sender lives as long as `self`.
        let _ = ended.wait_for(|ended| *ended).await;
        self.ended_with().unwrap_or(Problem::Finished)
    }

    /// Why the connection has ended, if it has.
    #[must_use]
    pub fn ended_with(&self) -> Option<Problem> {
        lock(&self.shared.session).ended().cloned()
    }

    /// The relationship that it belongs to.
    #[must_use]
    pub fn relationship(&self) -> RelationshipId {
        self.shared.relationship
    }

    /// The pin with which the peer presented itself; while it changes its key, this may be the
    /// next one.
    #[must_use]
    pub fn peer_pin(&self) -> Pin {
        self.shared.pin
    }

    /// True when this node dialed.
    #[must_use]
    pub fn we_dialed(&self) -> bool {
        self.shared.we_dialed
    }

    /// The two clocks at the greeting.
    #[must_use]
    pub fn clocks(&self) -> ClockDifference {
        lock(&self.shared.session).clocks()
    }

    /// What it has carried so far.
    #[must_use]
    pub fn counters(&self) -> ConnectionCounters {
        let session = lock(&self.shared.session);
        ConnectionCounters {
            events: session.counters(Channel::Events),
            documents: session.counters(Channel::Documents),
            round_trip_ms: session.round_trip_ms(),
            waits_for_credit: Channel::ALL.iter().any(|one| session.waits_for_credit(*one)),
        }
    }

    pub(crate) fn end(&self, problem: Problem) {
        self.shared.end(problem);
    }

    async fn gone(&self) {
        let mut gone = self.shared.gone.subscribe();
        // The sender lives as long as `self`.
        let _ = gone.wait_for(|gone| *gone).await;
    }
}

impl Shared {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn end(&self, problem: Problem) {
        lock(&self.session).end(problem);
        self.signal_end();
    }

    fn signal_end(&self) {
        self.ended.send_replace(true);
        self.arrived.notify_waiters();
        self.room.notify_waiters();
        self.wake_writer.notify_one();
    }

    async fn run<S: ByteStream>(self: Arc<Shared>, greeting: Greeting<S>) {
        let Greeting { stream, mut decoder, unread } = greeting;
        decoder.open();
        let (read_half, write_half) = tokio::io::split(stream);
        let (read_half, write_half) =
            tokio::join!(self.read_loop(read_half, decoder, unread), self.write_loop(write_half));
        let mut stream = read_half.unsplit(write_half);
        let (mut last_word, is_reachable) = (Vec::new(), {
            let session = lock(&self.session);
            !matches!(session.ended(), Some(Problem::Lost { .. } | Problem::Stalled { .. }))
        });
        lock(&self.session).put_close(&mut last_word);
        if is_reachable {
            let say = stream.write_all(&last_word);
            if let Ok(Ok(())) = tokio::time::timeout(self.write_stall, say).await {
                linger(&mut stream).await;
            }
        }
        self.gone.send_replace(true);
    }

    async fn read_loop<S: ByteStream>(
        &self,
        mut half: ReadHalf<S>,
        mut decoder: FrameDecoder,
        unread: Vec<u8>,
    ) -> ReadHalf<S> {
        let mut ended = self.ended.subscribe();
        if let Err(problem) = self.take_in(&mut decoder, &unread) {
            self.end(problem);
        }
        drop(unread);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = tokio::select! {
                biased;
                _ = ended.wait_for(|ended| *ended) => return half,
                read = half.read(&mut chunk) => read,
            };
            let taken = match read {
                Ok(0) => Err(Problem::Lost { cause: "it ended without a goodbye".to_owned() }),
                Ok(count) => self.take_in(&mut decoder, chunk.get(..count).unwrap_or(&chunk)),
                Err(error) => Err(tls::problem_of(&error)),
            };
            if let Err(problem) = taken {
                self.end(problem);
            }
        }
    }

    fn take_in(&self, decoder: &mut FrameDecoder, mut bytes: &[u8]) -> Result<(), Problem> {
        let now = self.now_ms();
        let mut session = lock(&self.session);
        session.heard(now);
        let taken = loop {
            match decoder.feed(&mut bytes) {
                Ok(Some(frame)) => {
                    if let Err(problem) = session.receive(frame, now) {
                        break Err(problem);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        let has_output = session.has_output();
        drop(session);
        self.arrived.notify_waiters();
        if has_output {
            self.wake_writer.notify_one();
        }
        taken
    }

    async fn write_loop<S: ByteStream>(&self, mut half: WriteHalf<S>) -> WriteHalf<S> {
        let mut ended = self.ended.subscribe();
        let mut out = Vec::new();
        loop {
            let now = self.now_ms();
            let ticked = {
                let mut session = lock(&self.session);
                let ticked = session.tick(now);
                session.put_output(&mut out, CHUNK_BYTES);
                ticked
            };
            if !out.is_empty() {
                let written = tokio::select! {
                    biased;
                    _ = ended.wait_for(|ended| *ended) => return half,
                    written = self.write_out(&mut half, &out) => written,
                };
                if let Err(problem) = written {
                    self.end(problem);
                    return half;
                }
                out.clear();
                out.shrink_to(2 * CHUNK_BYTES);
                self.room.notify_waiters();
            } else if let Ok(at) = ticked {
                let wait = Duration::from_millis(at.saturating_sub(now));
                tokio::select! {
                    () = self.wake_writer.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            if let Err(problem) = ticked {
                self.end(problem);
            }
            if lock(&self.session).ended().is_some() {
                self.signal_end();
                return half;
            }
        }
    }

    /// Writes all; each step must make progress in time.
    async fn write_out<S: ByteStream>(
        &self,
        half: &mut WriteHalf<S>,
        mut bytes: &[u8],
    ) -> Result<(), Problem> {
        let stalled = || Problem::Stalled { seconds: self.write_stall.as_secs() };
        while !bytes.is_empty() {
            let step = tokio::time::timeout(self.write_stall, half.write(bytes)).await;
            match step.map_err(|_| stalled())? {
                Ok(count @ 1..) => bytes = bytes.get(count..).unwrap_or_default(),
                Ok(0) => return Err(Problem::Lost { cause: "it takes no more bytes".to_owned() }),
                Err(error) => return Err(tls::problem_of(&error)),
            }
        }
        let flushed = tokio::time::timeout(self.write_stall, half.flush()).await;
        flushed.map_err(|_| stalled())?.map_err(|error| tls::problem_of(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{VERSION, WINDOW_BYTES_DEFAULT};
    use crate::party::Role;
    use tokio::io::{DuplexStream, duplex};

    const CLOCKS: ClockDifference = ClockDifference { ours_ms: 0, theirs_ms: 0 };

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

    fn begin(stream: DuplexStream) -> Connection {
        let begun = Begun {
            relationship: RelationshipId([1; 32]),
            pin: Pin([2; 32]),
            we_dialed: true,
            clocks: CLOCKS,
            ours: hello(Role::Provider),
            theirs: hello(Role::Payer),
            admission: None,
            limits: SessionLimits::default(),
            write_stall: Duration::from_secs(30),
        };
        let (connection, task) = Connection::begin(begun, Greeting::new(stream));
        tokio::spawn(task);
        connection
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_cut_at_any_byte_gives_whole_frames_and_a_loss() {
        let hellos = (&hello(Role::Payer), &hello(Role::Provider));
        let mut sender = Session::new(SessionLimits::default(), hellos, CLOCKS, None, 0);
        let mut ends = Vec::new();
        let mut bytes = Vec::new();
        for size in [0usize, 1, 2, 90, 5, 0, 33] {
            sender.queue(Channel::Events, vec![7; size]).expect("room");
            sender.put_output(&mut bytes, usize::MAX);
            ends.push((bytes.len(), size));
        }
        for cut in 0..=bytes.len() {
            let (mut near, far) = duplex(1_024);
            let connection = begin(far);
            near.write_all(&bytes[..cut]).await.expect("written");
            drop(near);
            let whole = ends.iter().filter(|(end, _)| *end <= cut).map(|(_, size)| *size);
            for size in whole {
                assert_eq!(connection.receive(Channel::Events).await, Ok(vec![7; size]));
            }
            let end = connection.receive(Channel::Events).await.expect_err("it was cut");
            assert_eq!(end.word(), "lost", "after {cut} bytes");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_breaks_the_protocol_is_told_and_cut_off() {
        let frame = |channel: u8, bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
            [&length[..], &[channel], bytes].concat()
        };
        let overdrawn = frame(1, &[0; 1_000]).repeat(2_000);
        let inputs = [
            frame(3, b"a channel that does not exist"),
            frame(0, b"no message"),
            frame(0, &[0x01; 9]),
            vec![0x00, 0x10, 0x00, 0x01, 1],
            vec![0xff; 64],
            b"GET / HTTP/1.1".to_vec(),
            overdrawn,
        ];
        for input in inputs {
            let (mut near, far) = duplex(4 * 1_048_576);
            let connection = begin(far);
            near.write_all(&input).await.expect("written");
            let end = connection.ended().await;
            assert_eq!(end.word(), "violation", "{end}");
            near.shutdown().await.expect("ended");
            let mut said = Vec::new();
            near.read_to_end(&mut said).await.expect("readable");
            assert_eq!(said, frame(0, &[0x05, 5]), "{end}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_given_up_after_three_quarters_of_a_minute() {
        let (near, far) = duplex(65_536);
        let connection = begin(far);
        let began = Instant::now();
        assert_eq!(connection.ended().await, Problem::Silent { seconds: 45 });
        assert_eq!(began.elapsed().as_secs(), 45);
        drop(near);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_takes_nothing_is_given_up_after_half_a_minute() {
        let (near, far) = duplex(1_024);
        let connection = begin(far);
        connection.send(Channel::Documents, vec![0; 100_000]).await.expect("room");
        assert_eq!(connection.ended().await, Problem::Stalled { seconds: 30 });
        drop(near);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_pings_is_kept_for_days() {
        let (near, far) = duplex(65_536);
        let connection = begin(far);
        let peer = {
            let begun = Begun {
                relationship: RelationshipId([1; 32]),
                pin: Pin([3; 32]),
                we_dialed: false,
                clocks: CLOCKS,
                ours: hello(Role::Payer),
                theirs: hello(Role::Provider),
                admission: None,
                limits: SessionLimits::default(),
                write_stall: Duration::from_secs(30),
            };
            let (peer, task) = Connection::begin(begun, Greeting::new(near));
            tokio::spawn(task);
            peer
        };
        tokio::time::sleep(Duration::from_secs(3 * 86_400)).await;
        assert_eq!((connection.ended_with(), peer.ended_with()), (None, None));
        peer.close(Duration::from_secs(1)).await;
        assert_eq!(connection.ended().await, Problem::FinishedByPeer);
    }
}
