//! The checked-in vectors: the crate and the second verifier come to what they say.
#![allow(clippy::disallowed_macros, reason = "a skipped test says so")]

mod story;

use counterfoil_twin::*;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Command;
use story::vectors;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn checked_in() -> Json {
    let text = std::fs::read_to_string(root().join(vectors::PATH)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn rows<'a>(all: &'a Json, section: &str) -> &'a [Json] {
    let rows = all[section].as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn hex(value: &Json) -> Vec<u8> {
    from_hex(value.as_str().unwrap()).unwrap()
}

/// A named file, or a change of one.
fn file(all: &Json, row: &Json) -> Vec<u8> {
    if let Some(name) = row.as_str() {
        return hex(&all["files"][name]);
    }
    let number = |name: &str| usize::try_from(row[name].as_u64().unwrap()).unwrap();
    let mut bytes = hex(&all["files"][row["base"].as_str().unwrap()]);
    let at = number("at");
    bytes.splice(at..at + number("delete"), hex(&row["insert"]));
    bytes
}

fn kept_heads(row: &Json, file: usize) -> Vec<HeadEntry> {
    let heads = row["kept_heads"][file].as_array().into_iter().flatten();
    heads.map(|head| HeadEntry::decode(&hex(head).try_into().unwrap()).unwrap()).collect()
}

fn as_json(finding: Option<&TwinFinding>) -> Json {
    let Some(finding) = finding else { return Json::Null };
    let code = finding.code.text();
    match finding.place {
        FindingPlace::File => serde_json::json!([code, "file"]),
        FindingPlace::Event(at) => serde_json::json!([code, "event", at]),
        FindingPlace::Head(at) => serde_json::json!([code, "head", at]),
    }
}

#[test]
fn the_checked_in_vectors_are_those_of_the_generator() {
    let text = std::fs::read_to_string(root().join(vectors::PATH)).unwrap();
    let fix =
        "cargo run -p counterfoil-twin --example twin_vectors > docs/reference/twin-vectors.json";
    assert!(text == vectors::text(), "write them anew with: {fix}");
}

#[test]
fn the_crate_comes_to_what_the_vectors_say() {
    let all = checked_in();
    let mut wrong = Vec::new();
    let mut codes = std::collections::BTreeSet::new();
    for row in rows(&all, "verify") {
        let found: Vec<Json> = if let Some(copies) = row["copies"].as_array() {
            match compare_copies(&file(&all, &copies[0]), &file(&all, &copies[1])) {
                Copies::TwoStories(finding) => vec![as_json(Some(&finding))],
                other => panic!("{}: {other:?}", row["name"]),
            }
        } else {
            let files: Vec<Vec<u8>> =
                row["files"].as_array().unwrap().iter().map(|f| file(&all, f)).collect();
            let kept = [kept_heads(row, 0), kept_heads(row, 1)];
            let report = match files.as_slice() {
                [one] => Report { halves: vec![verify_half(one, &kept[0], &first_refusal)] },
                [one, two] => verify_halves([one, two], [&kept[0], &kept[1]], &first_refusal),
                _ => panic!("{}", row["name"]),
            };
            report.halves.iter().map(|half| as_json(half.finding.as_ref())).collect()
        };
        let expected = row["expected"].as_array().unwrap();
        if found != *expected {
            wrong.push(format!("{}: found {found:?}, expected {expected:?}", row["name"]));
        }
        codes.extend(expected.iter().filter_map(|e| e[0].as_str()).map(str::to_owned));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let every: Vec<&str> = Code::all().map(Code::text).collect();
    assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), every);
}

#[test]
fn signatures_encodings_and_proofs_are_judged_as_the_vectors_say() {
    let all = checked_in();
    for row in rows(&all, "signatures") {
        let key: KeyBytes = hex(&row["key"]).try_into().unwrap();
        let signature =
            ed25519_dalek::Signature::from_bytes(&hex(&row["signature"]).try_into().unwrap());
        // What the crate does, on a message without its purposes.
        let holds = PublicKey::from_bytes(&key).is_some_and(|key| {
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key.to_bytes()).unwrap();
            key.verify_strict(&hex(&row["message"]), &signature).is_ok()
        });
        assert_eq!(Json::from(holds), row["valid"], "{}", row["name"]);
    }
    for row in rows(&all, "refused_events") {
        assert!(Event::decode(&hex(&row["event"])).is_err(), "{}", row["name"]);
    }
    for row in rows(&all, "refused_bodies") {
        assert!(Body::decode(&hex(&row["body"])).is_err(), "{}", row["name"]);
    }
    for row in rows(&all, "proofs") {
        match verify_proof(&hex(&row["proof"])) {
            Ok(proved) => {
                assert_eq!(row["expected"], Json::Null, "{}", row["name"]);
                assert_eq!(Json::from(proved.event.sequence), row["sequence"]);
                let fields: Vec<String> =
                    proved.fields.iter().map(|field| to_hex(&field.encode())).collect();
                assert_eq!(Json::from(fields), row["fields"]);
            }
            Err(finding) => {
                assert_eq!(Json::from(finding.code.text()), row["expected"], "{}", row["name"]);
            }
        }
    }
}

#[test]
fn the_second_verifier_comes_to_what_the_vectors_say() {
    let mut command = Command::new("python3");
    command.arg(root().join("tests/oracles/twin_verify.py")).arg("--vectors");
    let Ok(output) = command.arg(root().join(vectors::PATH)).output() else {
        println!("skipped: the_second_verifier_comes_to_what_the_vectors_say: no python3");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.trim_end().ends_with(" vectors, 0 wrong"), "{text}");
}
