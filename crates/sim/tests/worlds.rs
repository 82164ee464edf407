//! Many worlds: none loses or doubles a cent, each can be played again, planted bugs are found.
#![expect(clippy::disallowed_macros, reason = "the figures of a run are its point")]

use counterfoil_sim::{Fault, Outcome, Plant, Setting, Tally, office, record};

/// Faults that a run of the tests injects at least.
const FAULTS: u64 = 1_000_000;
/// Worlds in which every planted bug must be caught.
const CAUGHT_WITHIN: u64 = 1_000;
const STEPS: u64 = 3_000;

fn play(seed: u64, plant: Option<Plant>) -> Outcome {
    record::World::new(Setting { seed, steps: STEPS, plant, is_told: false }).run()
}

fn expect_sound(seed: u64, outcome: &Outcome) {
    assert_eq!(
        outcome.violation, None,
        "replay: cargo run -p counterfoil-sim -- --seed {seed} --steps {STEPS}"
    );
}

#[test]
fn no_cent_is_lost_or_doubled_under_a_million_faults() {
    let (mut tally, mut worlds, mut claims, mut events) = (Tally::default(), 0, 0, 0);
    while tally.total() < FAULTS {
        let outcome = play(worlds, None);
        expect_sound(worlds, &outcome);
        tally.add(&outcome.tally);
        (claims, events) = (claims + outcome.claims, events + outcome.events);
        worlds += 1;
    }
    let never: Vec<&str> =
        Fault::ALL.into_iter().filter(|one| tally.of(*one) == 0).map(Fault::word).collect();
    assert!(never.is_empty(), "faults that never happened: {never:?}");
    println!("{} faults in {worlds} worlds: {claims} claims, {events} events", tally.total());
}

/// Worlds of real offices that a run of the tests plays.
const OFFICES: u64 = 40;
const OFFICE_STEPS: u64 = 1_500;

#[test]
fn real_offices_pay_and_post_every_cent_under_faults() {
    let (mut tally, mut claims) = (Tally::default(), 0);
    for seed in 0..OFFICES {
        let setting = Setting { seed, steps: OFFICE_STEPS, plant: None, is_told: false };
        let outcome = office::World::new(setting).expect("databases in memory").run();
        assert_eq!(
            outcome.violation, None,
            "replay: cargo run -p counterfoil-sim -- --kind office --seed {seed} \
             --steps {OFFICE_STEPS}"
        );
        if seed == 0 {
            let again = office::World::new(setting).expect("databases in memory").run();
            assert_eq!(again.digest, outcome.digest, "the same seed gives the same world");
        }
        tally.add(&outcome.tally);
        claims += outcome.claims;
    }
    for fault in [Fault::CrashInTransaction, Fault::DiskFull, Fault::Crash, Fault::Partition] {
        assert!(tally.of(fault) > 0, "{} never happened", fault.word());
    }
    println!("{} faults in {OFFICES} worlds of offices: {claims} claims", tally.total());
}

#[test]
fn a_seed_gives_the_same_world_again() {
    for seed in 0..200 {
        let outcome = play(seed, None);
        expect_sound(seed, &outcome);
        assert_eq!(play(seed, None).digest, outcome.digest, "seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_caught() {
    let mut missed = Vec::new();
    for plant in Plant::ALL {
        let caught = (0..CAUGHT_WITHIN)
            .find_map(|seed| play(seed, Some(plant)).violation.map(|what| (seed + 1, what)));
        match caught {
            Some((world, what)) => println!("{:<28} world {world:>4}: {what}", plant.word()),
            None => missed.push(plant.word()),
        }
    }
    assert!(missed.is_empty(), "not caught within {CAUGHT_WITHIN} worlds: {missed:?}");
}
