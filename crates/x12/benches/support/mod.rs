//! Shared by the reading benchmarks: a generated file as a stream, and a meter for what reading
//! it costs.

use counterfoil_corpus::{Month, RemittanceConfig, Remittances, Senders, World, WorldConfig};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// What is generated.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "each benchmark reads one kind")]
pub enum Kind {
    /// 837P of one practice, a hundred claims in a transaction set, an error in twelve of a
    /// hundred claims.
    Claims,
    /// 835 of a hundred claims each, one payment of a hundred a cent off.
    Payments,
}

/// Size of a piece, as files are read.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes that a claim has on average; generation ends at the size that was asked for.
const CLAIM_BYTES_MIN: u64 = 300;

/// The size that the command line asks for, in MB; 50 without one.
pub fn megabytes() -> u64 {
    std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(50)
}

/// Generates about so many MB on a thread of its own; few pieces wait, so that memory is flat.
pub fn generate(kind: Kind, megabytes: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(4);
    let target = megabytes * 1_000_000;
    std::thread::spawn(move || {
        let claims = u32::try_from(target / CLAIM_BYTES_MIN).unwrap_or(u32::MAX);
        let batches = 28;
        let config = WorldConfig { claims, batches, hospital_percent: 0, ..WorldConfig::default() };
        let world = World::new(config).expect("the configuration is within its bounds");
        match kind {
            Kind::Claims => claims_into(&world, target, &sender),
            Kind::Payments => payments_into(&world, target, &sender),
        }
    });
    receiver
}

fn claims_into(world: &World, target: u64, sender: &SyncSender<Vec<u8>>) {
    let mut month = Month::new(world, Senders::Providers, 100);
    let (mut truths, mut sent) = (Vec::new(), 0);
    while sent < target && month.next_file().is_some() {
        let mut more = true;
        while more {
            let mut bytes = Vec::with_capacity(CHUNK_BYTES + 4096);
            more = month.next_chunk(&mut bytes, &mut truths);
            truths.clear();
            sent += bytes.len() as u64;
            if sender.send(bytes).is_err() {
                return;
            }
        }
    }
}

fn payments_into(world: &World, target: u64, sender: &SyncSender<Vec<u8>>) {
    let config = RemittanceConfig { claims_per_payment: 100, off_percent: 1 };
    let mut remittances = Remittances::new(world, config);
    let (mut more, mut sent) = (true, 0);
    while more && sent < target {
        let mut bytes = Vec::with_capacity(2 * CHUNK_BYTES);
        while more && bytes.len() < CHUNK_BYTES {
            more = remittances.next_payment(&mut bytes).is_some();
        }
        sent += bytes.len() as u64;
        if sender.send(bytes).is_err() {
            return;
        }
    }
}

/// What has been used since the start of a run.
pub struct Meter {
    cpu_nanoseconds: u64,
    start: Instant,
}

/// What a run has read.
#[derive(Default)]
pub struct Tally {
    pub bytes: u64,
    pub segments: u64,
    pub units: u64,
    pub findings: u64,
}

impl Meter {
    pub fn start() -> Meter {
        Meter { cpu_nanoseconds: thread_cpu_nanoseconds().unwrap_or(0), start: Instant::now() }
    }

    /// Prints the figures of a run of the calling thread: CPU time is its own, without that of
    /// the generator; where the system does not tell it, wall time stands for it.
    pub fn print(&self, name: &str, tally: &Tally) {
        let wall = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let cpu = match thread_cpu_nanoseconds() {
            Some(now) => now.saturating_sub(self.cpu_nanoseconds) / 1_000_000,
            None => wall,
        };
        let per_second = |count: u64| count * 1000 / cpu.max(1);
        let tenths = per_second(tally.bytes) / 100_000;
        println!("{name}");
        println!("  input     {} MB, {} segments", tally.bytes / 1_000_000, tally.segments);
        println!("  units     {}, {} findings", tally.units, tally.findings);
        println!("  time      {cpu} ms CPU, {wall} ms wall");
        println!(
            "  speed     {}.{} MB, {} units",
            tenths / 10,
            tenths % 10,
            per_second(tally.units)
        );
        println!("            per CPU-second");
        if let Some(peak) = peak_kib() {
            println!("  memory    {} KiB at most, generator included", peak);
        }
    }
}

/// CPU time of the calling thread (Linux: first field of schedstat, nanoseconds).
fn thread_cpu_nanoseconds() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Most memory that the process has held (Linux: `VmHWM`).
fn peak_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
