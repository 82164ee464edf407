//! A claim file from receipt to payment: edits, decisions, books, 999, 277CA, 835, CCD+.
//!
//! `cargo bench -p counterfoil-operations --bench claims_to_payment -- [CLAIMS]` generates the
//! claims (50,000 when no number is given), then prints what the run took. Generated data.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark measures time and prints it"
)]

use counterfoil_adjudicate::{Members, Rates};
use counterfoil_corpus::{Month, Senders, World, WorldConfig};
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, PayerDesk, PaymentFiles, adjudicate_file, run_payments,
};
use counterfoil_operations::{OperationsError, PaymentSettings, claim_control_number_of};
use counterfoil_store::Store;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

struct Folder<'p>(&'p Path);

impl PaymentFiles for Folder<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        std::fs::write(self.0.join(name), bytes)
            .map_err(|source| OperationsError::Io { doing: "writing".to_owned(), source })
    }
}

fn main() {
    let claims = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = world(claims);
    let file = folder.path().join("claims.837");
    write_claims(&world, &file);
    let (rates, members, settings, engine) = payer(&world);
    let megabytes = std::fs::metadata(&file).expect("the file is there").len() / 1_000_000;
    println!("{claims} generated claims, {megabytes} MB, {} members", members.len());
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let on = counterfoil_base::add_days(world_month(), 33).expect("a day of the calendar");
    let scan = scan_file(&mut File::open(&file).expect("open")).expect("scan");
    report("digest and envelopes", claims, megabytes, began, cpu);
    let mut store = Store::open(&folder.path().join("payer.sqlite")).expect("a database");
    let desk = PayerDesk {
        rates: &rates,
        members: &members,
        engine: &engine,
        received_on: on,
        pay_on: on,
    };
    let request =
        FileRequest { desk, engine: engine.clone(), settings: &settings, name: "bench", scan };
    let mut out = Folder(folder.path());
    let opened = File::open(&file).expect("open");
    let run = adjudicate_file(&mut store, request, opened, &mut out, &mut |_| {}).expect("a run");
    report("to decisions", claims, megabytes, began, cpu);
    let payments = run_payments(&mut store, &settings, on, &mut out).expect("payments");
    report("to 835 and CCD+", claims, megabytes, began, cpu);
    for (state, (number, charge)) in &run.states {
        println!("  {state:<10} {number:>8} {charge:>16}");
    }
    println!("  {} payments, {}", payments.payments.len(), payments.total_cents());
}

fn world_month() -> counterfoil_base::Date {
    WorldConfig::default().month
}

fn world(claims: u32) -> World {
    let config = WorldConfig {
        claims,
        batches: 1,
        practices: 200,
        payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
        ..WorldConfig::default()
    };
    World::new(config).expect("a world of usual numbers")
}

fn write_claims(world: &World, path: &Path) {
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

fn payer(world: &World) -> (Rates, Members, PaymentSettings, Arc<CleanClaimEngine>) {
    let files = world.rate_files();
    let settings = files.iter().find(|file| file.name == "payment.toml").expect("settings");
    let settings = PaymentSettings::parse(&settings.text).expect("settings of the generator");
    let texts: Vec<(&str, &str)> = files
        .iter()
        .filter(|file| file.name != "payment.toml")
        .map(|file| (file.name.as_str(), file.text.as_str()))
        .collect();
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

fn report(what: &str, claims: u32, megabytes: u64, began: Instant, cpu_before: u64) {
    let wall = began.elapsed().as_millis() as u64;
    let cpu = (cpu_seconds() - cpu_before).max(1);
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
fn cpu_seconds() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    ticks(11) + ticks(12)
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    let kib = line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
