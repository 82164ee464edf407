//! Changes every byte of two halves of 1,000 events each, and counts what verification finds:
//! `cargo run --release -p counterfoil-twin --example tamper_sweep -- 1` (changes a byte, to 8).
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "an example prints")]

#[path = "../tests/story/mod.rs"]
mod story;

use std::thread;
use std::time::Instant;
use story::sweep::{Honest, names_the_place};

fn main() {
    let changes = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1usize);
    let start = Instant::now();
    let mut tried = 0usize;
    for (file, whose) in story::long_story(1_000).files().into_iter().zip(["payer", "provider"]) {
        let length = file.len();
        let middle = length * 2 / 3;
        let (count, missed, elsewhere) = thread::scope(|scope| {
            let parts = [0..middle, middle..length].map(|part| {
                let file = file.clone();
                scope.spawn(move || sweep(Honest::new(file), part, changes))
            });
            parts.into_iter().fold((0, 0, 0), |sum, part| {
                let part = part.join().expect("a sweep does not panic");
                (sum.0 + part.0, sum.1 + part.1, sum.2 + part.2)
            })
        });
        tried += count;
        println!(
            "{whose}'s half, {length} bytes: {count} changes, {missed} not found, \
             {elsewhere} found at another event"
        );
    }
    println!("{tried} changes in {} s", start.elapsed().as_secs());
}

/// How many changes, how many not found, how many found at another event.
fn sweep(honest: Honest, part: std::ops::Range<usize>, changes: usize) -> (usize, usize, usize) {
    let events = honest.bounds.len() as u64 - 1;
    let (mut count, mut missed, mut elsewhere) = (0, 0, 0);
    let masks = |at: usize| (0..changes.min(8)).map(|bit| 1 << ((at + bit) % 8)).collect();
    honest.change_each(part, masks, |_, inside, finding| {
        count += 1;
        match finding {
            None => missed += 1,
            Some(finding) if !names_the_place(inside, &finding, events) => elsewhere += 1,
            Some(_) => {}
        }
    });
    (count, missed, elsewhere)
}
