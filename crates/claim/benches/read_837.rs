//! Reads generated 837P files into the claim model, with every check and the built-in code
//! tables.
//!
//! `cargo bench -p counterfoil-claim --bench read_837 [-- MB]`; prints figures, judges nothing.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads the clock and its arguments, and prints figures"
)]

#[path = "../../x12/benches/support/mod.rs"]
mod support;

use counterfoil_claim::{ClaimReader, LossReport};
use counterfoil_integrity::Tables;
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::sync::Arc;
use support::{Kind, Meter, Tally};

fn main() {
    let codes = Arc::new(Tables::builtin());
    let mut reader = Reader::new(ReadOptions { codes, ..ReadOptions::default() });
    let (mut tally, mut loss) = (Tally::default(), LossReport::default());
    let mut claims = ClaimReader::new();
    let pieces = support::generate(Kind::Claims, support::megabytes());
    let meter = Meter::start();
    for piece in pieces {
        tally.bytes += piece.len() as u64;
        reader.push(&piece);
        take(&mut reader, &mut claims, (&mut tally, &mut loss));
    }
    reader.finish();
    take(&mut reader, &mut claims, (&mut tally, &mut loss));
    tally.segments = reader.segment_count();
    meter.print("837P to the claim model, checked with code tables", &tally);
}

fn take(
    reader: &mut Reader,
    claims: &mut ClaimReader,
    (tally, loss): (&mut Tally, &mut LossReport),
) {
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) => {
                let read = claims.unit(&unit, loss).expect("the generator writes 837P");
                tally.units += 1;
                tally.findings += (unit.findings().len() + read.findings.len()) as u64;
            }
            Event::TransactionEnd(end) => tally.findings += end.findings.len() as u64,
            Event::Finding(_) => tally.findings += 1,
            _ => {}
        }
    }
}
