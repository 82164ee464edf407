//! Times import and build of a lake of many members: the published claims, copied under new
//! persons and numbers. The members are copies, so the figures are about size, not about health.
//!
//! `cargo run --release -p counterfoil-analytics --example speed -- FOLDER COPIES`
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "an example takes arguments, prints and times"
)]

use counterfoil_analytics::{ImportOptions, LakeFolder, build, import_file};
use flate2::read::GzDecoder;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::path::Path;
use std::time::Instant;

/// Columns that name a person, a member or a record: they get the number of the copy.
const NUMBERED: [&str; 9] = [
    "person_id",
    "member_id",
    "patient_id",
    "claim_id",
    "encounter_id",
    "lab_result_id",
    "observation_id",
    "immunization_id",
    "appointment_id",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name the folder of the published files")?;
    let copies: u32 = arguments.next().ok_or("say how many copies")?.parse()?;
    let root = std::env::temp_dir().join(format!("lake-speed-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let lake = LakeFolder::open_or_make(&root.join("lake"))?;
    let (mut rows, mut bytes) = (0, 0);
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(table) = name.strip_suffix(".csv.gz") {
            let copied = root.join(format!("{table}.csv"));
            rows += copy(&path, &copied, copies)?;
            bytes += fs::metadata(&copied)?.len();
            paths.push(copied);
        }
    }
    println!("{rows} rows, {bytes} bytes of text");
    let started = Instant::now();
    for path in &paths {
        import_file(&lake, path, &ImportOptions::default(), &mut |_| {})?;
    }
    println!("import {} ms", started.elapsed().as_millis());
    let started = Instant::now();
    let mut last = (Instant::now(), "");
    build(&lake, &mut |table, _, _| {
        println!("  {:>7} ms {}", last.0.elapsed().as_millis(), last.1);
        last = (Instant::now(), table);
    })?;
    println!("  {:>7} ms {}", last.0.elapsed().as_millis(), last.1);
    println!("build {} ms", started.elapsed().as_millis());
    println!("{}", peak());
    fs::remove_dir_all(&root)?;
    Ok(())
}

/// Writes a file of copies; the number of rows.
fn copy(from: &Path, to: &Path, copies: u32) -> Result<u64, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(File::open(from)?).read_to_string(&mut text)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let numbered: Vec<bool> = header.iter().map(|name| NUMBERED.contains(&name)).collect();
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let mut writer = csv::Writer::from_writer(BufWriter::new(File::create(to)?));
    writer.write_record(&header)?;
    for number in 0..copies {
        for record in &records {
            let cells = record.iter().zip(&numbered).map(|(cell, is_numbered)| {
                if *is_numbered && !cell.is_empty() {
                    format!("{cell}-{number}")
                } else {
                    cell.to_owned()
                }
            });
            writer.write_record(cells)?;
        }
    }
    writer.flush()?;
    Ok(u64::from(copies) * records.len() as u64)
}

/// The most memory that the process held, as the system tells it.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("no figure of memory").to_owned()
}
