//! Every way of changing a half after the fact is found, and the event is named.
#![allow(clippy::disallowed_macros, reason = "a skipped test says so")]

mod story;

use counterfoil_twin::*;
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::process::Command;
use story::sweep::{Honest, names_the_place};
use story::{full_story, long_story, vectors};

fn expect_found(honest: &Honest, step: usize) {
    let events = honest.bounds.len() as u64 - 1;
    let mut missed = Vec::new();
    let mut count = 0;
    let places = (0..honest.file.len()).step_by(step);
    honest.change_each(
        places,
        |at| vec![1 << (at % 8)],
        |at, inside, finding| {
            count += 1;
            if !finding.as_ref().is_some_and(|finding| names_the_place(inside, finding, events)) {
                missed.push(format!("byte {at} in event {inside:?}: {finding:?}"));
            }
        },
    );
    assert!(count > 1_000);
    assert!(missed.is_empty(), "{} of {count}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn a_change_of_any_byte_of_a_half_is_found_and_its_event_named() {
    for file in full_story().files() {
        expect_found(&Honest::new(file), 1);
    }
}

#[test]
fn a_change_in_a_half_of_a_thousand_events_is_found_and_its_event_named() {
    for file in long_story(1_000).files() {
        let honest = Honest::new(file);
        assert_eq!(honest.bounds.len(), 1_001);
        expect_found(&honest, 53);
    }
}

/// A file with other events, which says that it has as many as it has.
fn with_entries(honest: &Honest, entries: &[usize]) -> Vec<u8> {
    let start = honest.bounds[0];
    let mut file = honest.file[..start].to_vec();
    file[start - 8..].copy_from_slice(&(entries.len() as u64).to_be_bytes());
    for &at in entries {
        file.extend_from_slice(&honest.file[honest.bounds[at]..honest.bounds[at + 1]]);
    }
    file
}

#[test]
fn events_taken_out_put_in_swapped_and_cut_off_are_found() {
    let honest = Honest::new(long_story(300).file(Author::Payer));
    let events = honest.bounds.len() - 1;
    let verdict = |entries: &[usize]| {
        let finding = honest.verify(&with_entries(&honest, entries)).unwrap();
        (finding.code, finding.place)
    };
    let all: Vec<usize> = (0..events).collect();
    assert_eq!(honest.verify(&with_entries(&honest, &all)), None);
    for at in 0..events {
        let mut cut = all.clone();
        cut.truncate(at);
        let expected = (Code::Shorter, FindingPlace::Head(u64::try_from(events).unwrap()));
        let found = verdict(&cut);
        // Below the first head, that one is named.
        assert!(found == expected || found.0 == Code::Shorter && at < 250, "{at}: {found:?}");
        if at + 1 == events {
            continue;
        }
        let mut without = all.clone();
        without.remove(at);
        assert_eq!(verdict(&without), (Code::Sequence, FindingPlace::Event(at as u64)));
        let mut swapped = all.clone();
        swapped.swap(at, at + 1);
        assert_eq!(verdict(&swapped), (Code::Sequence, FindingPlace::Event(at as u64)));
        let mut doubled = all.clone();
        doubled.insert(at, at);
        assert_eq!(verdict(&doubled), (Code::Sequence, FindingPlace::Event(at as u64 + 1)));
    }
}

#[test]
fn a_file_that_ends_too_early_is_found_wherever_it_ends() {
    let honest = Honest::new(full_story().file(Author::Provider));
    for end in (0..honest.file.len()).step_by(7) {
        assert!(honest.verify(&honest.file[..end]).is_some(), "{end} bytes");
    }
}

fn as_json(finding: Option<&TwinFinding>) -> Json {
    let Some(finding) = finding else { return Json::Null };
    let code = finding.code.text();
    match finding.place {
        FindingPlace::File => json!([code, "file"]),
        FindingPlace::Event(at) => json!([code, "event", at]),
        FindingPlace::Head(at) => json!([code, "head", at]),
    }
}

#[test]
fn the_second_verifier_comes_to_the_same_verdicts_on_changed_files() {
    let small = vectors::small_story();
    let files = small.files();
    let mut rows = Vec::new();
    for (file, name) in ["small.payer", "small.provider"].iter().enumerate() {
        for at in (0..files[file].len()).step_by(29) {
            let mut changed = files.clone();
            changed[file][at] ^= 1 << (at % 8);
            let report = verify_halves([&changed[0], &changed[1]], [&[], &[]], &first_refusal);
            let found: Vec<Json> =
                report.halves.iter().map(|half| as_json(half.finding.as_ref())).collect();
            let mut named = [json!("small.payer"), json!("small.provider")];
            let byte = to_hex(&changed[file][at..=at]);
            named[file] = json!({"base": name, "at": at, "delete": 1, "insert": byte});
            rows.push(json!({"name": format!("{name} {at}"), "files": named, "expected": found}));
        }
    }
    assert!(rows.len() > 100);
    let mut all: Json = serde_json::from_str(&vectors::text()).unwrap();
    all["verify"] = Json::Array(rows);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(all.to_string().as_bytes()).unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracles/twin_verify.py");
    let output = Command::new("python3").arg(program).arg("--vectors").arg(file.path()).output();
    let Ok(output) = output else {
        println!("skipped: the_second_verifier_on_changed_files: no python3");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.trim_end().ends_with(" 0 wrong"), "{text}");
}
