//! Between a link of the wire and the thread of its exchange: messages in, messages out.

use super::exchange::Happening;
use counterfoil_wire::{Channel, Connection, PeerLink};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Happenings that wait for an exchange; then the partner is slowed down.
pub const HAPPENINGS_MAX: usize = 64;
/// Between two ticks of a session (docs/reference/sync.md, heads).
const TICK: Duration = Duration::from_millis(500);
/// How long a connection may take to send its last messages.
const CLOSE_MAX: Duration = Duration::from_secs(3);

/// Carries messages until the peer is taken off or the node stops.
pub async fn carry(
    mut link: PeerLink,
    happenings: mpsc::Sender<Happening>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            () = super::stop_of(&mut stopping) => return,
            _ = tick.tick() => {
                if happenings.send(Happening::Tick).await.is_err() {
                    return;
                }
            }
            next = link.next_connection() => {
                let Some(connection) = next else { return };
                if carry_one(&connection, &happenings, &mut tick).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The exchange is gone.
struct Gone;

async fn carry_one(
    connection: &Connection,
    happenings: &mpsc::Sender<Happening>,
    tick: &mut tokio::time::Interval,
) -> Result<(), Gone> {
    let (events, to_events) = mpsc::unbounded_channel();
    let (documents, to_documents) = mpsc::unbounded_channel();
    let tell = |happening| async { happenings.send(happening).await.map_err(|_| Gone) };
    tell(Happening::Connected([events, documents])).await?;
    let mut senders = tokio::task::JoinSet::new();
    senders.spawn(send_all(connection.clone(), Channel::Events, to_events));
    senders.spawn(send_all(connection.clone(), Channel::Documents, to_documents));
    loop {
        tokio::select! {
            _ = tick.tick() => tell(Happening::Tick).await?,
            received = connection.receive_any() => match received {
                Ok((_, bytes)) => tell(Happening::Message(bytes)).await?,
                Err(problem) => {
                    tracing::info!(reason = problem.word(), "connection ended");
                    break;
                }
            },
            // Both queues end when the exchange has said goodbye or the connection cannot send.
            _ = senders.join_next(), if !senders.is_empty() => {
                if senders.is_empty() {
                    connection.close(CLOSE_MAX).await;
                }
            }
        }
    }
    tell(Happening::Disconnected).await
}

async fn send_all(
    connection: Connection,
    channel: Channel,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
) {
    while let Some(bytes) = queue.recv().await {
        if connection.send(channel, bytes).await.is_err() {
            return;
        }
    }
}
