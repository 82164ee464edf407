//! Reads a whole file and gives every finding.

use counterfoil_base::Finding;
use counterfoil_x12::{CodeLookup, Event, Profile, ReadOptions, Reader};
use std::sync::Arc;

/// All findings of a file, those of units, transaction sets and envelopes.
pub fn findings(bytes: &[u8], profile: Profile, codes: impl CodeLookup + 'static) -> Vec<Finding> {
    let options = ReadOptions { profile, codes: Arc::new(codes), ..ReadOptions::default() };
    let mut reader = Reader::new(options);
    reader.push(bytes);
    reader.finish();
    let mut all = Vec::new();
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) => all.extend_from_slice(unit.findings()),
            Event::TransactionEnd(end) => all.extend_from_slice(end.findings),
            Event::Finding(finding) => all.push(finding.clone()),
            _ => {}
        }
    }
    all
}
