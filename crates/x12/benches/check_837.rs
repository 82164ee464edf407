//! Reads and checks generated 837P files: every check but the caller's code tables, and what a
//! 999 needs.
//!
//! `cargo bench -p counterfoil-x12 --bench check_837 [-- MB]`; prints figures, judges nothing.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads the clock and its arguments, and prints figures"
)]

mod support;

use counterfoil_x12::{Event, ReadOptions, Reader};
use support::{Kind, Meter, Tally};

fn main() {
    let mut reader = Reader::new(ReadOptions::default());
    let mut tally = Tally::default();
    let pieces = support::generate(Kind::Claims, support::megabytes());
    let meter = Meter::start();
    for piece in pieces {
        tally.bytes += piece.len() as u64;
        reader.push(&piece);
        take(&mut reader, &mut tally);
    }
    reader.finish();
    take(&mut reader, &mut tally);
    tally.segments = reader.segment_count();
    meter.print("837P, checked", &tally);
}

fn take(reader: &mut Reader, tally: &mut Tally) {
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) => {
                tally.units += 1;
                tally.findings += unit.findings().len() as u64;
            }
            Event::TransactionEnd(end) => tally.findings += end.findings.len() as u64,
            Event::Finding(_) => tally.findings += 1,
            _ => {}
        }
    }
}
