//! The survey of files that other people wrote accounts for every file.
#![allow(clippy::disallowed_methods, missing_docs)]

#[path = "stories/place.rs"]
#[allow(dead_code, reason = "the stories use the rest")]
mod place;

use place::Place;
use std::path::Path;

fn a_survey_of_the_shared_samples_brings_every_valid_file_back(samples: &Path) {
    let place = Place::empty();
    let told = place.run(&format!("x12 survey \"{}\" --json", samples.display()));
    let mut rows = told.json_lines();
    let total = rows.pop().expect("a total");
    let files = count_files(samples);
    assert_eq!(rows.len(), files, "every file is listed");
    for row in &rows {
        let is_valid = row["syntactically_valid"] == true;
        assert!(!is_valid || row["round_trip_identical"] == true, "{row}");
    }
    assert!(total["x12_files"].as_u64() > Some(100), "{total}");
    assert_eq!(told.code, 0, "{total}");
}

fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

counterfoil_samples::run_over!(
    "data/x12",
    a_survey_of_the_shared_samples_brings_every_valid_file_back,
);
