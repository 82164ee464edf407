//! The listening side: many peers on one socket, each greeting bounded in time.

use crate::problem::Problem;
use crate::shell::endpoint::Inner;
use crate::shell::greeting::{Greeting, linger};
use crate::shell::{lock, tls};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::LazyConfigAcceptor;

/// Handshakes at once on a listener; more wait in the system's queue.
pub const HANDSHAKES_MAX: usize = 256;
/// Wait after the system refused to accept, as when no file handle is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What came to a listener since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounters {
    /// TCP connections accepted.
    pub accepted: u64,
    /// Connections of paired nodes that were admitted.
    pub admitted: u64,
    /// Pairings completed.
    pub paired: u64,
    /// What was refused, by the word of the problem.
    pub refused: BTreeMap<&'static str, u64>,
}

/// A socket on which paired nodes and nodes with an invitation are answered. It stops when it
/// is dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    counters: Arc<Mutex<ListenerCounters>>,
    stop: watch::Sender<bool>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Listener {
    pub(crate) fn begin(inner: Arc<Inner>, socket: TcpListener) -> std::io::Result<Listener> {
        let address = socket.local_addr()?;
        let (counters, stop) = (Arc::default(), watch::Sender::new(false));
        let (shared, mut stopped) = (Arc::clone(&counters), stop.subscribe());
        tokio::spawn(async move {
            let Some(guard) = inner.guard() else { return };
            let mut stopping = inner.stopping.subscribe();
            tokio::select! {
                // An error means that the sender is gone, which is an end as well.
                _ = stopped.wait_for(|stop| *stop) => {}
                _ = stopping.wait_for(|stop| *stop) => {}
                () = accept_all(&inner, &socket, &shared) => {}
            }
            drop(guard);
        });
        Ok(Listener { address, counters, stop })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came to it.
    #[must_use]
    pub fn counters(&self) -> ListenerCounters {
        lock(&self.counters).clone()
    }
}

async fn accept_all(
    inner: &Arc<Inner>,
    socket: &TcpListener,
    counters: &Arc<Mutex<ListenerCounters>>,
) {
    let places = Arc::new(Semaphore::new(inner.timing.handshakes_max));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        lock(counters).accepted += 1;
        let (inner, counters) = (inner.clone(), counters.clone());
        tokio::spawn(async move {
            let Some(guard) = inner.guard() else { return };
            let deadline = inner.timing.handshake;
            let greeted = tokio::time::timeout(deadline, greet(&inner, stream)).await;
            let slow = Problem::TooSlow { seconds: deadline.as_secs() };
            count(&counters, greeted.unwrap_or(Err(slow)));
            drop((place, guard));
        });
    }
}

/// How a greeting ended well.
enum Greeted {
    Admitted,
    Paired,
    /// The joining side was told why there is no pairing.
    NotPaired,
}

fn count(counters: &Mutex<ListenerCounters>, greeted: Result<Greeted, Problem>) {
    let mut counters = lock(counters);
    match greeted {
        Ok(Greeted::Admitted) => counters.admitted += 1,
        Ok(Greeted::Paired) => counters.paired += 1,
        Ok(Greeted::NotPaired) => *counters.refused.entry("not_paired").or_default() += 1,
        Err(problem) => {
            *counters.refused.entry(problem.word()).or_default() += 1;
            tracing::debug!(reason = problem.word(), "refused a connection");
        }
    }
}

async fn greet(inner: &Arc<Inner>, stream: TcpStream) -> Result<Greeted, Problem> {
    stream.set_nodelay(true).map_err(|error| tls::problem_of(&error))?;
    let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
    tokio::pin!(acceptor);
    let start = match acceptor.as_mut().await {
        Ok(start) => start,
        Err(error) => {
            if let Some(mut stream) = acceptor.take_io() {
                linger(&mut stream).await;
            }
            return Err(tls::problem_of(&error));
        }
    };
    let is_pairing = {
        let hello = start.client_hello();
        hello.alpn().into_iter().flatten().any(|name| name == tls::ALPN_PAIR)
    };
    let config = inner.listening(is_pairing);
    match start.into_stream(config).into_fallible().await {
        Ok(stream) => {
            let connection = stream.get_ref().1;
            let pin = tls::peer_pin(connection.peer_certificates())?;
            if is_pairing {
                let exporter = tls::exporter(connection)?;
                let paired = inner.serve_join(Greeting::new(stream), exporter, pin).await?;
                return Ok(if paired { Greeted::Paired } else { Greeted::NotPaired });
            }
            inner.answer(Greeting::new(stream), pin).await.map(|()| Greeted::Admitted)
        }
        Err((error, mut stream)) => {
            // The alert that says why must not be lost with bytes that nobody read.
            linger(&mut stream).await;
            Err(tls::problem_of(&error))
        }
    }
}
