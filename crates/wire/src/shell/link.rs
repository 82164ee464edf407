//! The link with one paired node: dials, waits, dials again, and says how it stands.

use crate::backoff::Backoff;
use crate::problem::Problem;
use crate::shell::connection::Connection;
use crate::shell::endpoint::Inner;
use crate::shell::greeting::Greeting;
use crate::shell::outside::draw;
use crate::shell::peer::{LinkCounters, LinkState, LinkStatus, Peer, PeerRecord};
use crate::shell::tls;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

/// A caller's handle on the link with one paired node.
#[derive(Clone)]
pub struct PeerLink {
    peer: Arc<Peer>,
    given: Option<Connection>,
}

impl PeerLink {
    pub(crate) fn new(peer: Arc<Peer>) -> PeerLink {
        PeerLink { peer, given: None }
    }

    /// The next connection that this handle has not given yet; waits for it. `None` when the
    /// peer was taken off or the endpoint stops.
    pub async fn next_connection(&mut self) -> Option<Connection> {
        let mut current = self.peer.current.subscribe();
        let mut removed = self.peer.removed.subscribe();
        let given = &self.given;
        let is_new = |now: &Option<Connection>| now.is_some() && now != given;
        let next = tokio::select! {
            biased;
            _ = removed.wait_for(|removed| *removed) => None,
            found = current.wait_for(is_new) => found.ok().and_then(|now| now.clone()),
        };
        if next.is_some() {
            self.given.clone_from(&next);
        }
        next
    }

    /// How the link stands.
    #[must_use]
    pub fn status(&self) -> LinkStatus {
        self.peer.status.borrow().clone()
    }

    /// Follows how the link stands.
    #[must_use]
    pub fn watch_status(&self) -> watch::Receiver<LinkStatus> {
        self.peer.status.subscribe()
    }

    /// Dials at once instead of at the end of the wait.
    pub fn retry_now(&self) {
        self.peer.hurry.notify_one();
    }

    /// What the link has carried and met.
    #[must_use]
    pub fn counters(&self) -> LinkCounters {
        self.peer.counters()
    }

    /// The record as it stands.
    #[must_use]
    pub fn record(&self) -> PeerRecord {
        self.peer.record()
    }
}

/// Keeps one link up until the peer is taken off or the endpoint stops.
pub(crate) async fn keep(inner: Arc<Inner>, peer: Arc<Peer>) {
    let mut removed = peer.removed.subscribe();
    tokio::select! {
        biased;
        _ = removed.wait_for(|removed| *removed) => {}
        () = keep_dialing(&inner, &peer) => {}
    }
}

async fn keep_dialing(inner: &Arc<Inner>, peer: &Arc<Peer>) {
    let mut backoff = Backoff::new(inner.timing.backoff_ms_first, inner.timing.backoff_ms_max);
    let mut current = peer.current.subscribe();
    let mut wait: Option<Duration> = None;
    let next_wait = |backoff: &mut Backoff| {
        let chance = u64::from_be_bytes(draw(&*inner.chance));
        Some(Duration::from_millis(backoff.next_ms(chance)))
    };
    loop {
        if current.borrow_and_update().is_some() {
            let began = Instant::now();
            // The sender lives in `peer`.
            let _ = current.wait_for(Option::is_none).await;
            if began.elapsed() >= inner.timing.stable {
                backoff.reset();
            }
            wait = next_wait(&mut backoff);
        }
        if peer.record().addresses.is_empty() {
            peer.show(0, |problem| LinkState::Waiting {
                until_ms: None,
                reason: if problem == Problem::NotTried { Problem::TheyDial } else { problem },
            });
            tokio::select! {
                () = peer.hurry.notified() => {}
                _ = current.wait_for(Option::is_some) => {}
            }
            continue;
        }
        if let Some(wait) = wait.take() {
            let ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            let until_ms = Some(inner.clock.now_ms().saturating_add(ms));
            peer.show(backoff.failures(), |reason| LinkState::Waiting { until_ms, reason });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = peer.hurry.notified() => {}
                _ = current.wait_for(Option::is_some) => continue,
            }
        }
        peer.show(backoff.failures(), |_| LinkState::Dialing);
        if let Err(problem) = dial(inner, peer).await {
            peer.failed(&problem);
            wait = next_wait(&mut backoff);
        }
    }
}

/// Tries the addresses in their order. The problem of an address that answered says more than
/// that of one that did not.
async fn dial(inner: &Arc<Inner>, peer: &Arc<Peer>) -> Result<(), Problem> {
    let record = peer.record();
    let mut told = Problem::NotTried;
    for address in &record.addresses {
        let attempt = dial_address(inner, peer, address.as_str());
        let deadline = inner.timing.handshake;
        let problem = match tokio::time::timeout(deadline, attempt).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(problem)) => problem,
            Err(_) => Problem::TooSlow { seconds: deadline.as_secs() },
        };
        if !matches!(problem, Problem::Unreachable { .. }) || told == Problem::NotTried {
            told = problem;
        }
    }
    Err(told)
}

async fn dial_address(inner: &Arc<Inner>, peer: &Arc<Peer>, to: &str) -> Result<(), Problem> {
    let expected = peer.clone();
    let accepts = Box::new(move |pin: &crate::Pin| expected.record().knows(pin));
    let config = tls::dialing(&inner.identity(), tls::ALPN_LINK, accepts)
        .map_err(|error| Problem::NotANode { cause: error.to_string() })?;
    let stream = connect(to).await?;
    let connected = TlsConnector::from(config).connect(tls::no_name(), stream).await;
    let stream = connected.map_err(|error| tls::problem_of(&error))?;
    let pin = tls::peer_pin(stream.get_ref().1.peer_certificates())?;
    inner.greet(peer, Greeting::new(stream), pin).await
}

/// A TCP connection that sends small frames at once.
pub(crate) async fn connect(to: &str) -> Result<TcpStream, Problem> {
    let unreachable = |error: std::io::Error| Problem::Unreachable {
        address: to.to_owned(),
        cause: tls::cause_of(&error),
    };
    let stream = TcpStream::connect(to).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}
