//! Prints the test vectors of the twin record, kept in `docs/reference/twin-vectors.json`:
//! `cargo run -p counterfoil-twin --example twin_vectors > docs/reference/twin-vectors.json`.
#![allow(clippy::disallowed_macros, reason = "an example prints")]

#[path = "../tests/story/mod.rs"]
mod story;

fn main() {
    print!("{}", story::vectors::text());
}
