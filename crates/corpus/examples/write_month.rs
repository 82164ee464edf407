//! Writes a generated month into a folder: rates, members, claim files, remittances, bank files
//! and the truth of each.
//!
//! `cargo run --release --example write_month -- FOLDER [CLAIMS] [PRACTICES] [CLAIMS-PER-ST]`
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_corpus::{
    BankConfig, BankTruth, Month, NamedFile, Payment, RemittanceConfig, RemittanceTruth,
    Remittances, Senders, TRUTH_HEADER, World, WorldConfig, bank_files,
};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder =
        arguments.next().ok_or("usage: write_month FOLDER [CLAIMS] [PRACTICES] [PER-ST]")?;
    let mut number = |default: u32| -> Result<u32, std::num::ParseIntError> {
        arguments.next().map_or(Ok(default), |text| text.parse())
    };
    let (claims, practices, per_transaction) = (number(10_000)?, number(1)?, number(100)?);
    let config = WorldConfig { claims, practices, ..WorldConfig::default() };
    let world = World::new(config)?;
    let folder = Path::new(&folder);
    for sub in ["rates", "tables", "claims"] {
        fs::create_dir_all(folder.join(sub))?;
    }
    write_named(&folder.join("rates"), &world.rate_files())?;
    write_named(&folder.join("tables"), &world.edit_tables())?;
    write_members(&world, &folder.join("members.csv"))?;
    write_claims(&world, folder, per_transaction)?;
    let payments = write_remittances(&world, folder)?;
    write_bank(&payments, folder)?;
    println!("{claims} claims, {} payments, {} families", payments.len(), world.families);
    Ok(())
}

fn write_named(folder: &Path, files: &[NamedFile]) -> std::io::Result<()> {
    files.iter().try_for_each(|file| fs::write(folder.join(&file.name), &file.text))
}

fn write_members(world: &World, path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let (mut next, mut chunk) = (Some(0), Vec::new());
    while let Some(first) = next {
        chunk.clear();
        next = world.members_chunk(first, &mut chunk);
        file.write_all(&chunk)?;
    }
    file.flush()
}

fn write_claims(world: &World, folder: &Path, per_transaction: u32) -> std::io::Result<()> {
    let mut truth_file = BufWriter::new(File::create(folder.join("truth.csv"))?);
    truth_file.write_all(TRUTH_HEADER.as_bytes())?;
    let mut month = Month::new(world, Senders::Providers, per_transaction);
    let (mut bytes, mut rows, mut truths) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(info) = month.next_file() {
        let mut file = File::create(folder.join("claims").join(&info.name))?;
        let mut more = true;
        while more {
            bytes.clear();
            rows.clear();
            more = month.next_chunk(&mut bytes, &mut truths);
            truths.drain(..).for_each(|truth| truth.write_csv(&mut rows));
            file.write_all(&bytes)?;
            truth_file.write_all(&rows)?;
        }
    }
    truth_file.flush()
}

fn write_remittances(world: &World, folder: &Path) -> std::io::Result<Vec<Payment>> {
    let config = RemittanceConfig { claims_per_payment: 100, off_percent: 1 };
    let mut remittances = Remittances::new(world, config);
    let mut file = BufWriter::new(File::create(folder.join("remittances.835"))?);
    let mut rows = RemittanceTruth::HEADER.as_bytes().to_vec();
    let (mut bytes, mut payments) = (Vec::new(), Vec::new());
    loop {
        bytes.clear();
        let truth = remittances.next_payment(&mut bytes);
        file.write_all(&bytes)?;
        let Some(truth) = truth else { break };
        truth.write_csv(&mut rows);
        payments.push(remittances.payment_of(&truth));
    }
    file.flush()?;
    fs::write(folder.join("truth-remittances.csv"), rows)?;
    Ok(payments)
}

fn write_bank(payments: &[Payment], folder: &Path) -> std::io::Result<()> {
    let config = BankConfig {
        seed: 1,
        lost_trace: 100,
        wrong_amount: 100,
        split: 100,
        duplicate: 50,
        returned: 50,
        other_month: 50,
    };
    let Some(last) = payments.last() else { return Ok(()) };
    let files = bank_files(payments, config, last.on);
    let mut rows = BankTruth::HEADER.as_bytes().to_vec();
    files.truths.iter().for_each(|truth| truth.write_csv(&mut rows));
    fs::write(folder.join("bank.csv"), &files.csv)?;
    fs::write(folder.join("bank.bai2"), &files.bai2)?;
    fs::write(folder.join("truth-bank.csv"), rows)
}
