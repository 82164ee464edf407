//! Runs worlds: `cargo run -p counterfoil-sim -- --faults 1000000`.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "the command of a test program: it reads its arguments and prints its figures"
)]

use counterfoil_sim::{Fault, Outcome, Plant, Setting, Tally, office, record};
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "\
usage: counterfoil-sim [--kind record|office] [--seed N] [--worlds N] [--faults N]
                       [--steps N] [--plant NAME] [--trace]
  --kind       worlds over the record and the books, or over the real offices (record)
  --seed N     first world (0 when not given); alone, that world with its trace
  --worlds N   so many worlds
  --faults N   worlds until so many faults have happened
  --plant NAME a planted bug, or `all`
  --trace      print what happens
";

struct Asked {
    is_office: bool,
    seed: u64,
    worlds: Option<u64>,
    faults: Option<u64>,
    steps: u64,
    plant: Option<String>,
    is_told: bool,
}

fn asked() -> Option<Asked> {
    let mut asked = Asked {
        is_office: false,
        seed: 0,
        worlds: None,
        faults: None,
        steps: 3_000,
        plant: None,
        is_told: false,
    };
    let (mut words, mut has_seed) = (std::env::args().skip(1), false);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        match word.as_str() {
            "--seed" => (asked.seed, has_seed) = (number()?, true),
            "--worlds" => asked.worlds = Some(number()?),
            "--faults" => asked.faults = Some(number()?),
            "--steps" => asked.steps = number()?,
            "--plant" => asked.plant = Some(words.next()?),
            "--kind" => match words.next()?.as_str() {
                "record" => asked.is_office = false,
                "office" => asked.is_office = true,
                _ => return None,
            },
            "--trace" => asked.is_told = true,
            _ => return None,
        }
    }
    if has_seed && asked.worlds.is_none() && asked.faults.is_none() {
        (asked.worlds, asked.is_told) = (Some(1), asked.plant.is_none());
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match asked.plant.as_deref() {
        Some("all") => planted(&asked, &Plant::ALL),
        Some(word) => match Plant::of_word(word) {
            Some(plant) => planted(&asked, &[plant]),
            None => {
                eprint!("{USAGE}");
                ExitCode::from(2)
            }
        },
        None => clean(&asked),
    }
}

/// Plays worlds with each planted bug until one is caught.
fn planted(asked: &Asked, plants: &[Plant]) -> ExitCode {
    let mut missed = 0;
    for plant in plants {
        let worlds = asked.worlds.unwrap_or(1_000);
        let caught = (asked.seed..asked.seed + worlds).find_map(|seed| {
            let setting =
                Setting { seed, steps: asked.steps, plant: Some(*plant), is_told: asked.is_told };
            let outcome = record::World::new(setting).run();
            outcome.lines.iter().for_each(|line| println!("{line}"));
            outcome.violation.map(|what| (seed, what))
        });
        match caught {
            Some((seed, what)) => {
                println!("{:<28} world {:>4}: {what}", plant.word(), seed - asked.seed + 1);
            }
            None => {
                println!("{:<28} NOT CAUGHT in {worlds} worlds", plant.word());
                missed += 1;
            }
        }
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn play(asked: &Asked, setting: Setting) -> Outcome {
    if !asked.is_office {
        return record::World::new(setting).run();
    }
    office::World::new(setting).expect("databases in memory can be made").run()
}

/// Plays worlds without planted bugs; ends at the first that fails.
fn clean(asked: &Asked) -> ExitCode {
    let began = Instant::now();
    let (mut tally, mut digest) = (Tally::default(), 0u64);
    let (mut worlds, mut claims, mut events, mut steps) = (0, 0, 0, 0);
    let most = asked.worlds.unwrap_or(u64::MAX);
    let faults = asked.faults.unwrap_or(if asked.worlds.is_some() { u64::MAX } else { 100_000 });
    while worlds < most && tally.total() < faults {
        let seed = asked.seed + worlds;
        let setting = Setting { seed, steps: asked.steps, plant: None, is_told: asked.is_told };
        let outcome = play(asked, setting);
        outcome.lines.iter().for_each(|line| println!("{line}"));
        if let Some(what) = outcome.violation {
            println!("world {seed} FAILED: {what}");
            println!(
                "replay: cargo run -p counterfoil-sim -- --seed {seed} --steps {}",
                asked.steps
            );
            return ExitCode::from(1);
        }
        tally.add(&outcome.tally);
        digest = digest.rotate_left(7) ^ outcome.digest;
        (worlds, claims) = (worlds + 1, claims + outcome.claims);
        (events, steps) = (events + outcome.events, steps + outcome.steps);
    }
    let milliseconds = began.elapsed().as_millis().max(1);
    for fault in Fault::ALL {
        println!("{:>10}  {}", tally.of(fault), fault.word());
    }
    println!(
        "{} faults in {worlds} worlds from seed {}: {claims} claims, \
         {events} events, {steps} steps, \
         {}.{:03} s, {} faults a second, traces {digest:016x}",
        tally.total(),
        asked.seed,
        milliseconds / 1_000,
        milliseconds % 1_000,
        u128::from(tally.total()) * 1_000 / milliseconds,
    );
    ExitCode::SUCCESS
}
