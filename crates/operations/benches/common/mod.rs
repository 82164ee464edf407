//! What the benchmarks share: a generated month, its payer, and figures of the process.
#![expect(clippy::disallowed_macros, reason = "a benchmark prints what it measures")]

use counterfoil_adjudicate::{Members, Rates};
use counterfoil_corpus::{Month, Senders, World, WorldConfig};
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::{PaymentSettings, claim_control_number_of};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub fn world_month() -> counterfoil_base::Date {
    WorldConfig::default().month
}

pub fn world(claims: u32) -> World {
    let config = WorldConfig {
        claims,
        batches: 1,
        practices: 200,
        payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
        ..WorldConfig::default()
    };
    World::new(config).expect("a world of usual numbers")
}

pub fn write_claims(world: &World, path: &Path) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut month = Month::new(world, Senders::ClearingHouse, 100);
    let (mut bytes, mut truths) = (Vec::new(), Vec::new());
    while month.next_file().is_some() {
        let mut more = true;
        while more {
            more = month.next_chunk(&mut bytes, &mut truths);
            file.write_all(&bytes).expect("room on the disk");
            bytes.clear();
            truths.clear();
        }
    }
    file.flush().expect("room on the disk");
}

pub fn payer(world: &World) -> (Rates, Members, PaymentSettings, Arc<CleanClaimEngine>) {
    let files = world.rate_files();
    let settings = files.iter().find(|file| file.name == "payment.toml").expect("settings");
    let settings = PaymentSettings::parse(&settings.text).expect("settings of the generator");
    let texts: Vec<(&str, &str)> =
        files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let (rates, _) = Rates::parse(&texts);
    let mut members = Vec::new();
    let mut next = Some(0);
    while let Some(first) = next {
        next = world.members_chunk(first, &mut members);
    }
    let (members, _) = Members::parse("members.csv", &String::from_utf8_lossy(&members));
    let mut tables = Tables::builtin();
    for file in world.edit_tables() {
        tables.add_file(&file.name, file.text.as_bytes()).expect("tables of the generator");
    }
    let config = CleanClaimConfig { filing_limit_days: None, ..CleanClaimConfig::default() };
    (rates, members, settings, Arc::new(CleanClaimEngine::new(tables, Vec::new(), config)))
}

pub fn report(what: &str, claims: u32, megabytes: u64, began: Instant, cpu_before: u64) {
    let wall = began.elapsed().as_millis() as u64;
    let cpu = (cpu_hundredths() - cpu_before).max(1);
    println!(
        "{what:<22} wall {:>4}.{:03} s, CPU {:>4}.{:02} s, {} claims per CPU-second, \
         {} MB per CPU-second, peak {} MiB",
        wall / 1000,
        wall % 1000,
        cpu / 100,
        cpu % 100,
        u64::from(claims) * 100 / cpu,
        megabytes * 100 / cpu,
        peak_mib()
    );
}

/// User and system time of the process in hundredths of a second (Linux clock ticks).
pub fn cpu_hundredths() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    ticks(11) + ticks(12)
}

pub fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    let kib = line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
