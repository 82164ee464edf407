//! A gigabyte through a slow reader: the sender waits, and memory stays flat.
//!
//! The only test of its program, so that the process's peak is this test's.

mod common;

use common::{connection, two_nodes, until};
use counterfoil_wire::Channel;
use std::time::Duration;

const FRAME_BYTES: usize = 262_144;
const FRAMES: usize = 4_096;
/// Two windows, two queues of unsent frames, buffers of TLS and the system's own.
const GROWTH_BYTES_MAX: u64 = 24 * 1_048_576;

/// Most memory that this process has held so far, in bytes.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1_024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigabyte_through_a_slow_reader_leaves_memory_flat() {
    let (_payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    let before = peak_bytes();
    let sender = {
        let one = one.clone();
        tokio::spawn(async move {
            for number in 0..FRAMES {
                let mark = u8::try_from(number % 251).expect("below 251");
                one.send(Channel::Documents, vec![mark; FRAME_BYTES]).await.expect("it lives");
            }
        })
    };
    // Nobody reads: the sender comes to a stop with bounded queues on both sides.
    until("the sender waits", || one.counters().waits_for_credit.then_some(())).await;
    let sent = one.counters().documents.frames_sent;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(one.counters().documents.frames_sent, sent);
    assert!(other.counters().documents.untaken_bytes <= 2_097_280);
    assert!(!sender.is_finished());
    // A slow reader: a pause after each 16 MiB.
    for number in 0..FRAMES {
        let bytes = other.receive(Channel::Documents).await.expect("it lives");
        assert_eq!(bytes.len(), FRAME_BYTES);
        assert_eq!(usize::from(bytes[FRAME_BYTES - 1]), number % 251);
        if number % 64 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    sender.await.expect("all sent");
    if let (Some(before), Some(after)) = (before, peak_bytes()) {
        let growth = after.saturating_sub(before);
        assert!(growth < GROWTH_BYTES_MAX, "memory grew by {growth} bytes");
    }
}
