//! Generated files against the guides in the strict profile: what was planted, and nothing else.

use counterfoil_base::Finding;
use counterfoil_corpus::{
    CaughtBy, Month, OffByOneCent, Planted, RemittanceConfig, Remittances, Senders, World,
    WorldConfig,
};
use counterfoil_integrity::Tables;
use counterfoil_x12::{Event, Profile, ReadOptions, Reader};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Errors by segment of the file, and the segment of each CLM.
fn read(bytes: &[u8]) -> (BTreeMap<u64, Finding>, Vec<u64>) {
    let mut reader = Reader::new(ReadOptions {
        profile: Profile::Strict,
        codes: Arc::new(Tables::builtin()),
        ..ReadOptions::default()
    });
    let (mut errors, mut claims) = (BTreeMap::new(), Vec::new());
    reader.push(bytes);
    reader.finish();
    while let Some(event) = reader.next_event() {
        let findings = match event {
            Event::Finding(finding) => std::slice::from_ref(finding),
            Event::TransactionEnd(end) => end.findings,
            Event::Unit(unit) => {
                let claim = unit.segments().find(|one| one.segment.id() == "CLM");
                claims.extend(claim.map(|claim| claim.file_index));
                unit.findings()
            }
            _ => continue,
        };
        for finding in findings.iter().filter(|finding| finding.is_error()) {
            errors.entry(finding.position.segment.unwrap_or(0)).or_insert(finding.clone());
        }
    }
    (errors, claims)
}

/// What the segments and built-in tables do not show: duplicates and the NCCI tables.
const OTHER_TABLES: [Planted; 3] =
    [Planted::Duplicate, Planted::ProcedurePair, Planted::UnitsAboveLimit];

#[test]
fn claim_files_are_valid_but_for_what_was_planted() {
    let world = World::new(WorldConfig { practices: 3, ..WorldConfig::default() }).unwrap();
    let mut month = Month::new(&world, Senders::ClearingHouse, 100);
    let (mut alarms, mut missed, mut read_claims) = (Vec::new(), Vec::new(), 0);
    while month.next_file().is_some() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        let (errors, claims) = read(&bytes);
        assert_eq!(claims.len(), truths.len());
        read_claims += claims.len();
        // The levels of a claim begin after the CLM before it, its lines end before the next.
        let range = |index: usize| {
            let before = index.checked_sub(1).and_then(|index| claims.get(index));
            let after = claims.get(index + 1).copied().unwrap_or(u64::MAX);
            before.map_or(0, |before| before + 1)..after
        };
        let mut explained = Vec::new();
        for (index, truth) in truths.iter().enumerate() {
            let planted = truth.planted.filter(|planted| !OTHER_TABLES.contains(planted));
            if planted.is_none_or(|planted| planted.caught_by() != CaughtBy::Edits) {
                continue;
            }
            explained.push(range(index));
            if !errors.keys().any(|segment| range(index).contains(segment)) {
                missed.push(format!("{truth:?}"));
            }
        }
        for (segment, finding) in &errors {
            if !explained.iter().any(|range| range.contains(segment)) {
                alarms.push(format!("{segment} {} {}", finding.code, finding.message));
            }
        }
    }
    assert_eq!(read_claims, 10_000);
    assert!(alarms.is_empty(), "{} false alarms: {:#?}", alarms.len(), &alarms[..1]);
    let first = missed.first();
    assert!(missed.is_empty(), "{} missed, first {first:?}", missed.len());
}

#[test]
fn remittances_are_valid_but_for_the_cent() {
    let world = World::new(WorldConfig { claims: 4_000, ..WorldConfig::default() }).unwrap();
    let config = RemittanceConfig { claims_per_payment: 20, off_percent: 30 };
    let mut remittances = Remittances::new(&world, config);
    let (mut bytes, mut truths) = (Vec::new(), Vec::new());
    while let Some(truth) = remittances.next_payment(&mut bytes) {
        truths.push(truth);
    }
    let (mut errors, _) = read(&bytes);
    for truth in truths.iter().filter(|truth| truth.off.is_some()) {
        let found = errors.remove(&truth.segment);
        assert!(found.is_some_and(|finding| finding.snip == 3), "{truth:?}");
        if truth.off == Some(OffByOneCent::Line) {
            // The claim's sum of lines may speak as well, at CLP.
            errors.remove(&(truth.segment - 2));
        }
    }
    assert!(errors.is_empty(), "{} {:?}", errors.len(), errors.values().next());
}
