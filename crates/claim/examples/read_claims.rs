//! Reads an 837P or 837I file of any size, claim by claim, and says what is in it.
//!
//! `cargo run --release -p counterfoil-claim --example read_claims -- FILE`
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::Cents;
use counterfoil_claim::{ClaimKind, LossReport, read_claim_unit};
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::fs::File;
use std::io::Read;

/// What is said at the end.
#[derive(Default)]
struct Summary {
    professional: u64,
    institutional: u64,
    lines: usize,
    charge_cents: Cents,
    findings: usize,
    loss: LossReport,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file? give its path")?;
    let mut file = File::open(path)?;
    let mut reader = Reader::new(ReadOptions::default());
    let mut summary = Summary::default();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        reader.push(&chunk[..length]);
        summary.take(&mut reader);
    }
    reader.finish();
    summary.take(&mut reader);
    summary.print();
    Ok(())
}

impl Summary {
    /// Takes every claim that is complete by now.
    fn take(&mut self, reader: &mut Reader) {
        while let Some(event) = reader.next_event() {
            let Event::Unit(unit) = event else { continue };
            let Some(read) = read_claim_unit(&unit, &mut self.loss) else { continue };
            match read.claim.kind {
                ClaimKind::Professional => self.professional += 1,
                ClaimKind::Institutional => self.institutional += 1,
            }
            self.lines += read.claim.lines.len();
            self.charge_cents += read.claim.charge_cents;
            self.findings += read.findings.len() + unit.findings().len();
        }
    }

    fn print(&self) {
        println!(
            "claims     {} professional, {} institutional",
            self.professional, self.institutional
        );
        println!("lines      {}", self.lines);
        println!("charges    {}", self.charge_cents);
        println!("findings   {}", self.findings);
        for (path, item, kind, count) in self.loss.iter() {
            println!("carried    {path} {item}: {} ({count})", kind.sentence());
        }
    }
}
