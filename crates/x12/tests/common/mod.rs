//! Reading a whole file in chunks of any size, as several tests of this crate do.

use counterfoil_base::Finding;
use counterfoil_x12::{Event, Profile, ReadOptions, Reader};

/// All findings, and how many segments the units and their surroundings showed.
pub fn read(bytes: &[u8], chunk: usize, profile: Profile) -> (Vec<Finding>, Vec<String>, Reader) {
    let mut reader = Reader::new(ReadOptions { profile, ..ReadOptions::default() });
    let mut findings = Vec::new();
    let mut units = Vec::new();
    let mut chunks = bytes.chunks(chunk);
    loop {
        let next = chunks.next();
        match next {
            Some(bytes) => reader.push(bytes),
            None => reader.finish(),
        }
        while let Some(event) = reader.next_event() {
            match event {
                Event::Unit(unit) => {
                    let ids: Vec<&str> = unit.own_segments().map(|s| s.segment.id()).collect();
                    units.push(ids.join(" "));
                    findings.extend_from_slice(unit.findings());
                }
                Event::TransactionEnd(end) => findings.extend_from_slice(end.findings),
                Event::Finding(finding) => findings.push(finding.clone()),
                _ => {}
            }
        }
        if next.is_none() {
            return (findings, units, reader);
        }
    }
}
