//! Frames and bytes a second between two nodes on 127.0.0.1: prints figures, judges nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::float_arithmetic)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{connection, two_nodes};
use counterfoil_wire::{Channel, Connection};
use std::time::Instant;

/// User and system time of this process in seconds, from the kernel's ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

async fn measure(one: &Connection, other: &Connection, bytes: usize, frames: u32) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let sender = {
        let one = one.clone();
        tokio::spawn(async move {
            for _ in 0..frames {
                one.send(Channel::Events, vec![1; bytes]).await.expect("it lives");
            }
        })
    };
    for _ in 0..frames {
        other.receive(Channel::Events).await.expect("it lives");
    }
    sender.await.expect("all sent");
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let megabytes = bytes as f64 * f64::from(frames) / 1e6;
    println!(
        "{bytes:>8} bytes a frame: {:>9.0} frames/s, {:>7.1} MB/s wall; {:>9.0} frames, {:>7.1} MB \
         a CPU-second (both ends)",
        f64::from(frames) / wall,
        megabytes / wall,
        f64::from(frames) / cpu,
        megabytes / cpu
    );
}

async fn round_trips(one: &Connection, other: &Connection, count: u32) {
    let echo = {
        let other = other.clone();
        tokio::spawn(async move {
            for _ in 0..count {
                let bytes = other.receive(Channel::Events).await.expect("it lives");
                other.send(Channel::Events, bytes).await.expect("it lives");
            }
        })
    };
    let mut micros = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        one.send(Channel::Events, vec![1; 300]).await.expect("it lives");
        one.receive(Channel::Events).await.expect("it lives");
        micros.push(began.elapsed().as_micros());
    }
    echo.await.expect("all echoed");
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    println!("300 bytes there and back: p50 {} us, p95 {} us, p99 {} us", at(50), at(95), at(99));
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let (_payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    for (bytes, frames) in [(300, 400_000), (4_096, 100_000), (65_536, 10_000), (1_048_576, 1_000)]
    {
        measure(&one, &other, bytes, frames).await;
    }
    round_trips(&one, &other, 5_000).await;
}
