//! Bytes and time to find what differs between two summaries and between two copies of a half.
//!
//! `cargo bench -p counterfoil-twin --bench comparison`; prints figures, judges nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_twin::*;
use std::time::Instant;

fn key(number: u32) -> Hash {
    sha256(&[&number.to_be_bytes()])
}

fn main() {
    for entries in [10_000u32, 100_000, 1_000_000] {
        let start = Instant::now();
        let mut mine = Summary::new();
        (0..entries).for_each(|number| mine.put(key(number), [1; 32]));
        mine.digest();
        println!("{entries} entries put and digested in {} ms", start.elapsed().as_millis());
        for differences in [0, 1, 10, 100, 1_000] {
            let mut theirs = mine.clone();
            // A third each is changed, missing and extra.
            for number in 0..differences {
                match number % 3 {
                    0 => theirs.put(key(number * 7), [2; 32]),
                    1 => assert!(theirs.take(&key(number * 7))),
                    _ => theirs.put(key(entries + number), [1; 32]),
                }
            }
            let digest = theirs.digest();
            let start = Instant::now();
            let mut comparison = SummaryComparison::new(&mut mine, &digest, 10_000);
            let mut rounds = 0;
            while let Some(question) = comparison.question() {
                rounds += 1;
                let answer = answer_about_summary(&mut theirs, &question).expect("a question");
                comparison.answer(&mut mine, &answer).expect("an answer");
            }
            let bytes = comparison.bytes();
            let found = comparison.differences().len();
            assert_eq!(found, differences as usize);
            let micros = start.elapsed().as_micros();
            println!("  {found:>5} differences: {bytes:>8} bytes, {rounds} rounds, {micros} us");
        }
    }
    let mut mine = Tree::new();
    (0..1_000_000u32).for_each(|number| mine.push(key(number)));
    let mut theirs = Tree::new();
    (0..1_000_000u32).for_each(|n| theirs.push(key(if n == 654_321 { 0 } else { n })));
    let mut comparison = TreeComparison::new(&mine, mine.size(), &theirs.root());
    while let Some(question) = comparison.question() {
        let answer = answer_about_tree(&theirs, &question).expect("a question");
        comparison.answer(&mine, &answer).expect("an answer");
    }
    assert_eq!(comparison.first_difference(), Some(654_321));
    println!("first of a million events that differs: {} bytes", comparison.bytes());
}
