//! Checks a file and prints its findings, units and acknowledgements:
//! `cargo run -p counterfoil-x12 --example check_file -- FILE`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, missing_docs)]

use counterfoil_x12::{AckNumbers, Event, ReadOptions, Reader};
use std::io::Read;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file")?;
    let mut file = std::fs::File::open(path)?;
    let mut reader = Reader::new(ReadOptions::default());
    let mut chunk = vec![0; 256 * 1024];
    let (mut units, mut errors) = (0u64, 0u64);
    loop {
        let length = file.read(&mut chunk)?;
        match length {
            0 => reader.finish(),
            _ => reader.push(&chunk[..length]),
        }
        while let Some(event) = reader.next_event() {
            let found = match event {
                Event::Unit(unit) => {
                    units += 1;
                    unit.findings()
                }
                Event::TransactionEnd(end) => end.findings,
                Event::Finding(finding) => std::slice::from_ref(finding),
                _ => &[],
            };
            for finding in found {
                errors += u64::from(finding.is_error());
                let at = &finding.position;
                println!(
                    "{} {} segment {} {} element {}-{} offset {} loop {}: {} ({})",
                    finding.severity.word(),
                    finding.code,
                    at.segment.unwrap_or(0),
                    at.segment_id,
                    at.element,
                    at.component,
                    at.offset.unwrap_or(0),
                    at.loop_path,
                    finding.message,
                    finding.fix,
                );
            }
        }
        if length == 0 {
            break;
        }
    }
    println!("{units} units, {errors} errors, {} segments", reader.segment_count());
    let date = counterfoil_base::parse_ccyymmdd(b"20260101").ok_or("a date")?;
    let numbers = AckNumbers { date, time: "1200", interchange_control_number: 1 };
    for written in reader.acknowledgements().write(numbers)? {
        for bytes in [written.interchange, written.implementation].into_iter().flatten() {
            println!("{}", String::from_utf8_lossy(&bytes).replace('~', "~\n"));
        }
    }
    Ok(())
}
