//! Says which folders of published files the tests would run over.
#![allow(clippy::disallowed_macros, reason = "an example prints")]

fn main() {
    let shared = counterfoil_samples::shared();
    for folder in ["data/x12", "data/codes"] {
        let found = if shared.join(folder).is_dir() { "found" } else { "absent, tests ignored" };
        println!("{folder}: {found}");
    }
}
