//! The clean-claim engine against the truth of a month: what was planted, and nothing else.

use counterfoil_base::parse_ccyymmdd;
use counterfoil_corpus::{CaughtBy, Month, Planted, Senders, World, WorldConfig};
use counterfoil_integrity::{
    CleanClaimConfig, CleanClaimEngine, FileHistory, NoHistory, RulePack, Tables,
};
use std::collections::BTreeMap;
use support::claims;

mod support;

/// What only the segments show: the model holds no empty elements and no missing segments.
const SEGMENTS_ALONE: [Planted; 5] = [
    Planted::AssignmentMissing,
    Planted::UnitsMissing,
    Planted::DateInvalid,
    Planted::InstitutionalMissing,
    Planted::BirthAfterService,
];

fn engine(world: &World) -> CleanClaimEngine {
    let mut tables = Tables::builtin();
    for file in world.edit_tables() {
        tables.add_file(&file.name, file.text.as_bytes()).unwrap();
    }
    let pack = include_str!("../../../data/rulepacks/counterfoil-demo-payer/2026.1/pack.toml");
    let config = CleanClaimConfig { filing_limit_days: Some(180), ..CleanClaimConfig::default() };
    CleanClaimEngine::new(tables, vec![RulePack::parse(pack).unwrap()], config)
}

#[test]
fn planted_errors_are_caught_and_clean_claims_are_let_through() {
    let world = World::new(WorldConfig::default()).unwrap();
    let engine = engine(&world);
    let mut history = FileHistory::over(&NoHistory);
    let mut month = Month::new(&world, Senders::ClearingHouse, 100);
    let (mut missed, mut alarms) = (BTreeMap::<&str, u32>::new(), BTreeMap::new());
    while month.next_file().is_some() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        for (claim, truth) in claims(std::str::from_utf8(&bytes).unwrap()).iter().zip(&truths) {
            let received_on = parse_ccyymmdd(truth.sent_on.as_bytes());
            let findings = engine.check_claim(claim, &history, received_on);
            let error = findings.iter().find(|finding| finding.is_error());
            match (truth.planted, error) {
                (None, Some(finding)) => {
                    alarms.entry(finding.code.clone()).or_insert_with(|| format!("{truth:?}"));
                }
                (Some(planted), None) if planted.caught_by() == CaughtBy::Edits => {
                    *missed.entry(planted.word()).or_default() += 1;
                }
                _ => {}
            }
            if error.is_none() {
                history.record(claim);
            }
        }
    }
    missed.retain(|word, _| !SEGMENTS_ALONE.iter().any(|planted| planted.word() == *word));
    assert!(alarms.is_empty(), "false alarms: {alarms:#?}");
    assert!(missed.is_empty(), "missed: {missed:?}");
}
