//! Tests of whole months: counts, money, determinism and planted errors.

use super::*;
use crate::planted::{Planted, State};
use crate::truth::Money;
use crate::world::WorldConfig;
use counterfoil_base::Cents;
use std::collections::BTreeMap;

fn world(claims: u32) -> World {
    World::new(WorldConfig { seed: 7, claims, practices: 3, ..WorldConfig::default() }).unwrap()
}

/// All files of a month and the truth of all claims.
fn play(world: &World, senders: Senders, per_transaction: u32) -> (Vec<Vec<u8>>, Vec<Truth>) {
    let (mut files, mut truths) = (Vec::new(), Vec::new());
    let mut month = Month::new(world, senders, per_transaction);
    while let Some(info) = month.next_file() {
        let (mut bytes, before) = (Vec::new(), truths.len());
        while month.next_chunk(&mut bytes, &mut truths) {}
        assert_eq!(truths.len() - before, info.claims as usize);
        files.push(bytes);
    }
    (files, truths)
}

fn segments(file: &[u8]) -> Vec<Vec<&str>> {
    let text = std::str::from_utf8(file).unwrap();
    text.split_terminator("~\n").map(|segment| segment.split('*').collect()).collect()
}

#[test]
fn envelopes_count_what_they_hold() {
    for (senders, per_transaction) in
        [(Senders::Providers, 1), (Senders::Providers, 100), (Senders::ClearingHouse, 5_000)]
    {
        let world = world(2_000);
        for file in play(&world, senders, per_transaction).0 {
            let (mut start, mut levels, mut sets, mut groups) = (0, 0, 0, 0);
            for (index, segment) in segments(&file).iter().enumerate() {
                match segment[0] {
                    "ISA" => assert_eq!(segment.join("*").len() + 1, 106),
                    "GS" => sets = 0,
                    "ST" => (start, levels) = (index, 0),
                    "HL" => {
                        levels += 1;
                        assert_eq!(segment[1], levels.to_string());
                    }
                    "SE" => {
                        sets += 1;
                        assert_eq!(segment[1], (index - start + 1).to_string());
                    }
                    "GE" => {
                        groups += 1;
                        assert_eq!(segment[1], sets.to_string());
                    }
                    "IEA" => assert_eq!(segment[1], groups.to_string()),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn the_truth_points_at_the_segment_of_each_claim() {
    let world = world(2_000);
    let (files, truths) = play(&world, Senders::ClearingHouse, 50);
    let per_batch = world.claims_per_batch() as usize;
    for (index, truth) in truths.iter().enumerate() {
        let file = segments(&files[index / per_batch]);
        let segment = &file[truth.segment as usize - 1];
        let missing = matches!(
            truth.planted,
            Some(Planted::DiagnosisMissing | Planted::InstitutionalMissing)
        );
        assert_eq!(segment[0] == truth.segment_id, !missing, "{truth:?}");
        if truth.segment_id == "CLM" {
            assert_eq!(segment[1], truth.control_number);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_chunks() {
    let world = world(3_000);
    let whole = play(&world, Senders::Providers, 100);
    assert_eq!(whole, play(&world.clone(), Senders::Providers, 100));
    let clearing = play(&world, Senders::ClearingHouse, 100);
    let money = |truths: &[Truth]| truths.iter().map(|t| (t.state, t.money)).collect::<Vec<_>>();
    assert_eq!(money(&whole.1), money(&clearing.1), "senders do not change what is true");
}

#[test]
fn money_balances_on_every_claim() {
    let world = world(10_000);
    let (_, truths) = play(&world, Senders::ClearingHouse, 5_000);
    for truth in &truths {
        let Money { charge, allowed, paid, withhold, contractual, other_payer, denied, .. } =
            truth.money;
        let decided = matches!(truth.state, State::Paid | State::Reversed)
            || (truth.state == State::Voided && truth.replaces.is_empty());
        let parts = paid + withhold + truth.money.patient() + contractual + other_payer + denied;
        if decided || truth.state == State::Denied {
            assert_eq!(parts, charge, "{truth:?}");
        } else {
            assert_eq!((parts, allowed), (Cents::ZERO, Cents::ZERO), "{truth:?}");
        }
        assert!(!paid.is_negative() && paid <= charge, "{truth:?}");
    }
}

#[test]
fn errors_of_every_kind_are_planted_at_the_asked_rate() {
    let world = world(20_000);
    let (_, truths) = play(&world, Senders::ClearingHouse, 5_000);
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for planted in truths.iter().filter_map(|truth| truth.planted) {
        *kinds.entry(planted.word()).or_default() += 1;
    }
    let planted: u32 = kinds.values().sum();
    assert_eq!(kinds.len(), Planted::ALL.len(), "{kinds:?}");
    assert!((2_200..=2_500).contains(&planted), "{planted}");
    let count = |state| truths.iter().filter(|truth| truth.state == state).count();
    assert!(count(State::Reversed) > 100 && count(State::Voided) > 50);
}

#[test]
fn a_replaced_claim_gives_back_what_it_used() {
    // With everything reversed or not, the amounts used never pass the limits of the plan.
    let world = world(20_000);
    let (_, truths) = play(&world, Senders::ClearingHouse, 5_000);
    let mut used: BTreeMap<&str, Cents> = BTreeMap::new();
    for truth in truths.iter().filter(|truth| truth.state == State::Paid) {
        *used.entry(&truth.member_id).or_default() += truth.money.deductible;
    }
    assert!(used.values().all(|&deductible| deductible <= Cents(300_000)));
    assert!(used.values().any(|&deductible| deductible >= Cents(100_000)));
}

#[test]
fn a_first_claim_reads_like_this() {
    let world = world(40);
    let (files, truths) = play(&world, Senders::Providers, 100);
    insta::assert_snapshot!(String::from_utf8_lossy(&files[0]));
    let mut rows = Vec::new();
    truths[0].write_csv(&mut rows);
    insta::assert_snapshot!(String::from_utf8_lossy(&rows));
}
