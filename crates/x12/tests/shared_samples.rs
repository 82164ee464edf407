//! Every shared sample is read without panic; what is valid round-trips byte for byte, in any
//! chunking, and acknowledgements are valid X12 themselves.
#![allow(clippy::disallowed_methods, missing_docs)]

mod common;

use common::read;
use counterfoil_base::{Finding, parse_ccyymmdd};
use counterfoil_x12::{AckNumbers, Profile, RoundTrip, round_trip};
use std::path::{Path, PathBuf};

fn samples(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let is_x12 = |path: &PathBuf| {
        let text = path.to_string_lossy();
        !text.contains("/nacha/") && !text.ends_with("SOURCES.md")
    };
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(&path).unwrap())
    };
    files.into_iter().filter(is_x12).map(read).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, into) } else { into.push(path) }
    }
}

fn every_sample_round_trips_byte_for_byte(folder: &Path) {
    let samples = samples(folder);
    assert!(samples.len() > 150);
    for (name, bytes) in &samples {
        let (written, _) = round_trip(bytes);
        assert!(written == *bytes, "{name} changed");
        let mut written = Vec::new();
        let mut trip = RoundTrip::new();
        for chunk in bytes.chunks(7) {
            trip.push(chunk, |piece| written.extend_from_slice(piece));
        }
        trip.finish(|piece| written.extend_from_slice(piece));
        assert!(written == *bytes, "{name} changed in chunks");
    }
}

fn chunks_do_not_change_what_is_read(folder: &Path) {
    let samples = samples(folder);
    for (name, bytes) in &samples {
        let (findings, units, _) = read(bytes, usize::MAX >> 1, Profile::Lenient);
        let (in_chunks, units_in_chunks, _) = read(bytes, 61, Profile::Lenient);
        assert_eq!(findings, in_chunks, "{name}");
        assert_eq!(units, units_in_chunks, "{name}");
    }
}

fn published_examples_are_accepted_and_acknowledgements_are_valid(folder: &Path) {
    let samples = samples(folder);
    for (name, bytes) in &samples {
        let (findings, _, reader) = read(bytes, 4096, Profile::Lenient);
        let is_example = ["X222A1-pass", "X223A2-pass", "X221A1-pass"].iter();
        if is_example.clone().any(|kind| name.contains(kind)) {
            let errors: Vec<&Finding> =
                findings.iter().filter(|f| f.is_error() && f.snip <= 2).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
        let date = parse_ccyymmdd(b"20260101").unwrap();
        let numbers = AckNumbers { date, time: "1200", interchange_control_number: 1 };
        for written in reader.acknowledgements().write(numbers).unwrap() {
            for bytes in [written.interchange, written.implementation].into_iter().flatten() {
                let (findings, _, _) = read(&bytes, 4096, Profile::Strict);
                let text = String::from_utf8_lossy(&bytes).replace('~', "~\n");
                let errors: Vec<&Finding> = findings.iter().filter(|f| f.is_error()).collect();
                assert!(errors.is_empty(), "{name}: {errors:#?}\n{text}");
            }
        }
    }
}

counterfoil_samples::run_over!(
    "data/x12",
    every_sample_round_trips_byte_for_byte,
    chunks_do_not_change_what_is_read,
    published_examples_are_accepted_and_acknowledgements_are_valid,
);
