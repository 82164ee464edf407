//! Plays one world and prints the last of its trace: `cargo run -p counterfoil-sim --example
//! one_world`.
#![expect(clippy::disallowed_macros, reason = "an example prints what it does")]

use counterfoil_sim::{Setting, record};

fn main() {
    let setting = Setting { seed: 7, steps: 500, plant: None, is_told: true };
    let outcome = record::World::new(setting).run();
    let from = outcome.lines.len().saturating_sub(20);
    outcome.lines[from..].iter().for_each(|line| println!("{line}"));
    println!(
        "{} faults, {} claims, {} events, {}",
        outcome.tally.total(),
        outcome.claims,
        outcome.events,
        outcome.violation.unwrap_or_else(|| "every cent in its place".to_owned()),
    );
}
