//! Drafting, accepting, replaying and verifying events; the verification on one core and on all.
//!
//! `cargo bench -p counterfoil-twin --bench verify -- 1000000`; prints figures, judges nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

#[path = "../tests/story/mod.rs"]
mod story;

use counterfoil_twin::*;
use std::thread;
use std::time::Instant;
use story::Story;

/// Gives each core a part of the checks; the lowest index that fails counts.
fn on_all_cores(checks: &[EventCheck]) -> Option<(usize, Refusal)> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let part = checks.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let parts = checks.chunks(part).enumerate();
        let running: Vec<_> = parts
            .map(|(number, checks)| {
                scope.spawn(move || {
                    first_refusal(checks).map(|(at, refusal)| (number * part + at, refusal))
                })
            })
            .collect();
        running.into_iter().find_map(|thread| thread.join().expect("a check does not panic"))
    })
}

fn figure(what: &str, events: usize, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let time = start.elapsed();
    let rate = events as u128 * 1_000_000 / time.as_micros().max(1);
    println!("{what:<46} {:>8} ms, {rate:>9} events/s", time.as_millis());
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let mut story = Story::new();
    let mut ordinal = 0;
    figure("drafted, signed and appended", count, || {
        while story.entries.iter().map(Vec::len).sum::<usize>() < count {
            ordinal += 1;
            story.claim(ordinal);
        }
    });
    story.sign_heads(true);
    let events: usize = story.entries.iter().map(Vec::len).sum();
    let order = |story: &Story| {
        let [payer, provider] = story.entries.each_ref().map(|entries| -> Vec<_> {
            entries.iter().map(|(event, body)| (Place::of(event), event, body)).collect()
        });
        merge(&payer, &provider, |(place, _, _)| *place)
            .into_iter()
            .map(|(_, event, body)| (event.clone(), body.clone()))
            .collect::<Vec<_>>()
    };
    let arriving = order(&story);
    let files = story.files();
    let relationship = *story.twin.relationship();
    println!("{events} events in {} MB", (files[0].len() + files[1].len()) / 1_000_000);
    figure("accepted from outside", events, || {
        let mut twin = Twin::new(relationship);
        for (event, body) in &arriving {
            twin.accept(event, Some(body)).expect("an honest event");
        }
    });
    figure("replayed from the own store", events, || {
        let mut twin = Twin::new(relationship);
        for (event, body) in &arriving {
            twin.replay(event, Some(body)).expect("an honest event");
        }
    });
    drop((arriving, story));
    let files = [files[0].as_slice(), files[1].as_slice()];
    figure("both halves verified on one core", events, || {
        assert!(verify_halves(files, [&[], &[]], &first_refusal).holds());
    });
    figure("both halves verified on all cores", events, || {
        assert!(verify_halves(files, [&[], &[]], &on_all_cores).holds());
    });
}
