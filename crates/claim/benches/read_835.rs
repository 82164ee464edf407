//! Reads generated 835 files into the remittance model, with every check and the built-in code
//! tables.
//!
//! `cargo bench -p counterfoil-claim --bench read_835 [-- MB]`; prints figures, judges nothing.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads the clock and its arguments, and prints figures"
)]

#[path = "../../x12/benches/support/mod.rs"]
mod support;

use counterfoil_claim::RemittanceReader;
use counterfoil_integrity::Tables;
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::sync::Arc;
use support::{Kind, Meter, Tally};

fn main() {
    let codes = Arc::new(Tables::builtin());
    let mut reader = Reader::new(ReadOptions { codes, ..ReadOptions::default() });
    let (mut tally, mut open) = (Tally::default(), None);
    let pieces = support::generate(Kind::Payments, support::megabytes());
    let meter = Meter::start();
    for piece in pieces {
        tally.bytes += piece.len() as u64;
        reader.push(&piece);
        take(&mut reader, &mut tally, &mut open);
    }
    reader.finish();
    take(&mut reader, &mut tally, &mut open);
    tally.segments = reader.segment_count();
    meter.print("835 to the remittance model, checked with code tables", &tally);
}

fn take(reader: &mut Reader, tally: &mut Tally, open: &mut Option<RemittanceReader>) {
    while let Some(event) = reader.next_event() {
        match event {
            Event::TransactionStart(transaction) => {
                *open = RemittanceReader::for_transaction(transaction);
            }
            Event::Unit(unit) => {
                tally.findings += unit.findings().len() as u64;
                let completed = open.as_mut().and_then(|remittance| remittance.unit(&unit));
                tally.units += u64::from(completed.is_some());
            }
            Event::TransactionEnd(end) => {
                tally.findings += end.findings.len() as u64;
                if let Some(finished) = open.take().map(|remittance| remittance.end(&end)) {
                    tally.units += u64::from(finished.last_claim.is_some());
                    tally.findings += finished.findings.len() as u64;
                }
            }
            Event::Finding(_) => tally.findings += 1,
            _ => {}
        }
    }
}
