//! A generated month from end to end through three nodes as processes, each with its own database:
//! claims checked, sent, decided, paid, posted and matched.
//!
//! `cargo bench -p counterfoil-node --bench month -- CLAIMS [DATABASE]` (10000). With the address
//! of a PostgreSQL database each node keeps its own in a schema, which is removed afterwards.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time and runs processes")]
#![allow(clippy::disallowed_macros, reason = "a benchmark prints what it measures")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let claims: u64 = words.iter().find_map(|one| one.parse().ok()).unwrap_or(10_000);
    let server = words.iter().find(|one| one.contains(['=', ':'])).map(String::as_str);
    let place = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    let told = play(place.path(), &["--claims", &claims.to_string()], server);
    let (wall, seconds) = (began.elapsed(), cpu_hundredths());
    let way = first_sent(place.path()).and_then(|at| at.elapsed().ok()).unwrap_or(wall);
    let summary: Value = serde_json::from_str(&told).expect("a summary");
    assert_eq!(summary["leftover_cents"], 0, "{told}");
    let sent = summary["sent"].as_u64().unwrap_or(0);
    let rate = u128::from(sent) * 1_000 / way.as_millis().max(1);
    println!("{claims} claims, {sent} sent, {}", server.map_or("SQLite", |_| "PostgreSQL"));
    println!("  all, with making the month: {wall:?}");
    println!("  from the first file sent to the end: {way:?}, {rate} claims a second");
    println!(
        "  all processes but a database server: {}.{:02} CPU-seconds, {} claims a CPU-second",
        seconds / 100,
        seconds % 100,
        sent * 100 / seconds.max(1)
    );
    if server.is_some() {
        // What was made on the server goes.
        play(place.path(), &["--fresh", "--claims", "10"], None);
    }
}

/// Plays the demo to its end; what it printed.
fn play(folder: &Path, words: &[&str], server: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.current_dir(folder).args(["demo", "--headless", "--json"]).args(words);
    if let Some(url) = server {
        command.args(["--database", url]);
    }
    let done = command.stderr(Stdio::inherit()).output().expect("the demo runs");
    assert!(done.status.success(), "the demo came to its end");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// When the first file of claims went out.
fn first_sent(folder: &Path) -> Option<SystemTime> {
    let outs = ["hospital", "practice"].map(|name| folder.join("demo").join(name).join("out"));
    let entries = outs.iter().filter_map(|out| std::fs::read_dir(out).ok()).flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()?.modified().ok()).min()
}

/// User and system time of all processes that have ended, in hundredths of a second.
fn cpu_hundredths() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold blanks: fields 16 and 17 of proc(5) are the children's.
    let behind = stat.rsplit(") ").next().unwrap_or_default();
    let fields: Vec<&str> = behind.split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    ticks(13) + ticks(14)
}
