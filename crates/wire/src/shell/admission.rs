//! From a TLS stream to the one connection of a relationship: hellos, clocks, admission.

use crate::control::{CloseReason, Control, Hello, VERSION};
use crate::party::{Pin, Role};
use crate::problem::{ClockDifference, Problem};
use crate::shell::connection::{Begun, Connection};
use crate::shell::endpoint::Inner;
use crate::shell::greeting::{ByteStream, Greeting};
use crate::shell::lock;
use crate::shell::peer::{Live, Peer, PeerRecord};
use std::sync::Arc;

/// What a greeting has shown of the other side.
struct Met {
    pin: Pin,
    we_dialed: bool,
    ours: Hello,
    theirs: Hello,
    clocks: ClockDifference,
}

impl Inner {
    fn hello(&self, record: &PeerRecord) -> Hello {
        Hello {
            version: VERSION,
            role: record.our_role,
            relationship: record.relationship,
            time_ms: self.clock.now_ms(),
            instance: self.instance,
            windows: self.windows,
        }
    }

    /// The dialing side: our hello, theirs, admission.
    pub(crate) async fn greet<S: ByteStream>(
        self: &Arc<Inner>,
        peer: &Arc<Peer>,
        mut greeting: Greeting<S>,
        pin: Pin,
    ) -> Result<(), Problem> {
        let ours = self.hello(&peer.record());
        greeting.write(&Control::Hello(ours.clone()).to_bytes()).await?;
        let bytes = greeting.read().await?;
        let now_ms = self.clock.now_ms();
        let theirs = match Control::parse(&bytes) {
            Some(Control::Hello(theirs)) => theirs,
            Some(Control::Close(reason)) => {
                return Err(Problem::of_close(reason, same_clocks(now_ms)));
            }
            _ => return refuse(greeting, Problem::violation("no hello at the beginning")).await,
        };
        let clocks = ClockDifference { ours_ms: now_ms, theirs_ms: theirs.time_ms };
        if let Err(problem) = ours.judge(&theirs, now_ms) {
            return refuse(greeting, problem).await;
        }
        let met = Met { pin, we_dialed: true, ours, theirs, clocks };
        self.admit(peer, greeting, met).await
    }

    /// The listening side: their hello names the relationship, ours answers, admission.
    pub(crate) async fn answer<S: ByteStream>(
        self: &Arc<Inner>,
        mut greeting: Greeting<S>,
        pin: Pin,
    ) -> Result<(), Problem> {
        let bytes = greeting.read().await?;
        let now_ms = self.clock.now_ms();
        let Some(Control::Hello(theirs)) = Control::parse(&bytes) else {
            return refuse(greeting, Problem::violation("no hello at the beginning")).await;
        };
        let found = self.peers.find(&theirs.relationship);
        let Some(peer) = found.filter(|peer| lock(&peer.record).knows(&pin)) else {
            return refuse(greeting, Problem::UnknownRelationship).await;
        };
        let ours = self.hello(&peer.record());
        greeting.write(&Control::Hello(ours.clone()).to_bytes()).await?;
        let clocks = ClockDifference { ours_ms: now_ms, theirs_ms: theirs.time_ms };
        let judged = match ours.judge(&theirs, now_ms) {
            Ok(()) => {
                let met = Met { pin, we_dialed: false, ours, theirs, clocks };
                self.admit(&peer, greeting, met).await
            }
            Err(problem) => refuse(greeting, problem).await,
        };
        if let Err(problem) = &judged {
            peer.failed(problem);
            peer.show_failure_of_their_dial(problem);
        }
        judged
    }

    /// The payer's side gives the admission, the provider's side follows it.
    async fn admit<S: ByteStream>(
        self: &Arc<Inner>,
        peer: &Arc<Peer>,
        mut greeting: Greeting<S>,
        met: Met,
    ) -> Result<(), Problem> {
        let admission = match met.ours.role {
            Role::Payer => None,
            Role::Provider => {
                let bytes = greeting.read().await?;
                match Control::parse(&bytes) {
                    Some(Control::Admit(number)) => Some(number),
                    Some(Control::Close(reason)) => {
                        return Err(Problem::of_close(reason, met.clocks));
                    }
                    _ => {
                        let problem = Problem::violation("neither admission nor close");
                        return refuse(greeting, problem).await;
                    }
                }
            }
        };
        match self.install(peer, greeting, met, admission) {
            None => Ok(()),
            Some((greeting, problem)) => refuse(greeting, problem).await,
        }
    }

    /// Makes the stream the connection of the relationship, or gives it back with the reason.
    fn install<S: ByteStream>(
        self: &Arc<Inner>,
        peer: &Arc<Peer>,
        greeting: Greeting<S>,
        met: Met,
        read: Option<u64>,
    ) -> Option<(Greeting<S>, Problem)> {
        let Some(guard) = self.guard() else { return Some((greeting, Problem::Stopping)) };
        let mut slot = lock(&peer.slot);
        // Under the lock, so that whoever takes the peer off finds the connection or prevents it.
        let record = peer.record();
        if *peer.removed.borrow() || !record.knows(&met.pin) {
            drop(slot);
            return Some((greeting, Problem::Removed));
        }
        let is_payer = read.is_none();
        let payer_instance = if is_payer { met.ours.instance } else { met.theirs.instance };
        let number = read.unwrap_or_else(|| self.next_admission());
        let is_stale = |live: &Live| {
            live.payer_instance == payer_instance
                && live.admission > number
                && live.connection.ended_with().is_none()
        };
        if slot.live.as_ref().is_some_and(is_stale) {
            drop(slot);
            return Some((greeting, Problem::Replaced));
        }
        let begun = Begun {
            relationship: record.relationship,
            pin: met.pin,
            we_dialed: met.we_dialed,
            clocks: met.clocks,
            ours: met.ours,
            theirs: met.theirs,
            admission: is_payer.then_some(number),
            limits: self.limits,
            write_stall: self.timing.write_stall,
        };
        let (connection, task) = Connection::begin(begun, greeting);
        let live = Live { connection: connection.clone(), payer_instance, admission: number };
        peer.install(&mut slot, live, self.clock.now_ms());
        drop(slot);
        tracing::info!(relationship = %record.relationship.short(), "connected");
        let (inner, peer) = (self.clone(), peer.clone());
        let watch = async move {
            let problem = connection.ended().await;
            peer.release(&connection, inner.clock.now_ms());
            tracing::info!(
                relationship = %connection.relationship().short(),
                reason = problem.word(),
                "connection ended"
            );
        };
        tokio::spawn(async move {
            tokio::join!(task, watch);
            drop(guard);
        });
        None
    }
}

/// Clocks of which only ours is known.
fn same_clocks(now_ms: i64) -> ClockDifference {
    ClockDifference { ours_ms: now_ms, theirs_ms: now_ms }
}

/// Tells the other side why, where there is something to tell.
async fn refuse<S: ByteStream>(greeting: Greeting<S>, problem: Problem) -> Result<(), Problem> {
    if let Some(reason) = problem.close_reason() {
        greeting.leave(&Control::Close(reason).to_bytes()).await;
    } else {
        greeting.leave(&Control::Close(CloseReason::Finished).to_bytes()).await;
    }
    Err(problem)
}
