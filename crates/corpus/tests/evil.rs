//! The evil catalogue: the reader says what it must of each file, and of large files made here.
#![allow(clippy::disallowed_methods)]

use counterfoil_base::Finding;
use counterfoil_x12::{Event, ReadOptions, Reader};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    title: String,
    caught_by: String,
    must_not: String,
    #[serde(default)]
    findings: Vec<Expected>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    snip: u8,
    segment: Option<u64>,
    segment_id: Option<String>,
}

impl Expected {
    fn is(&self, finding: &Finding) -> bool {
        finding.code == self.code
            && finding.snip == self.snip
            && self.segment.is_none_or(|segment| finding.position.segment == Some(segment))
            && self.segment_id.as_ref().is_none_or(|id| finding.position.segment_id == *id)
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/corpus/x12/evil")
}

fn catalogue() -> Vec<Case> {
    let text = fs::read_to_string(folder().join("expected.toml")).unwrap();
    toml::from_str::<Catalogue>(&text).unwrap().case
}

/// Every finding of a file that arrives in chunks of a size.
fn read(bytes: &[u8], chunk: usize) -> Vec<Finding> {
    let mut reader = Reader::new(ReadOptions::default());
    let mut findings: Vec<Finding> = Vec::new();
    let mut take = |reader: &mut Reader| {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Finding(finding) => findings.push(finding.clone()),
                Event::Unit(unit) => findings.extend(unit.findings().iter().cloned()),
                Event::TransactionEnd(end) => findings.extend(end.findings.iter().cloned()),
                _ => {}
            }
        }
    };
    for part in bytes.chunks(chunk.max(1)) {
        reader.push(part);
        take(&mut reader);
    }
    reader.finish();
    take(&mut reader);
    findings
}

fn shown(findings: &[Finding]) -> String {
    let line = |one: &Finding| {
        let at = &one.position;
        let (severity, segment) = (one.severity.word(), at.segment.unwrap_or(0));
        format!("{severity} {} snip {} {segment} {}", one.code, one.snip, at.segment_id)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_file_has_its_entry_and_every_entry_its_file() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.toml")
        .collect();
    let cases = catalogue();
    let named: BTreeSet<String> = cases.iter().map(|case| case.file.clone()).collect();
    assert_eq!(files, named);
    assert!(cases.iter().all(|case| !case.title.is_empty() && !case.must_not.is_empty()));
    assert!(cases.len() >= 100);
}

#[test]
fn the_reader_says_what_it_must_of_each_file() {
    let mut wrong = Vec::new();
    for case in catalogue() {
        let bytes = fs::read(folder().join(&case.file)).unwrap();
        let findings = read(&bytes, bytes.len());
        let missing: Vec<&Expected> =
            case.findings.iter().filter(|one| !findings.iter().any(|f| one.is(f))).collect();
        let refused = findings.iter().any(Finding::is_error);
        if !missing.is_empty() {
            wrong.push(format!("{}: missing {missing:?} in\n{}", case.file, shown(&findings)));
        } else if case.findings.is_empty() && refused {
            wrong.push(format!("{}: refused\n{}", case.file, shown(&findings)));
        } else if (case.caught_by == "x12") == case.findings.is_empty() {
            wrong.push(format!("{}: caught_by and findings disagree", case.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_size_of_the_chunks_changes_nothing() {
    for case in catalogue() {
        let bytes = fs::read(folder().join(&case.file)).unwrap();
        let whole = read(&bytes, bytes.len());
        assert_eq!(shown(&read(&bytes, 7)), shown(&whole), "{}", case.file);
    }
}

/// The valid parent of the catalogue with something put in front of a segment.
fn parent_with(before: &str, insert: &str) -> Vec<u8> {
    let text = fs::read_to_string(folder().join("019-odd-separators-valid.x12")).unwrap();
    let text = text.replace('|', "*").replace('>', ":").replace('\'', "~");
    text.replacen(&format!("~{before}"), &format!("~{insert}{before}"), 1).into_bytes()
}

/// The code of the 999 for the first transaction set (IK501), and whether its claims are refused.
fn answered(bytes: &[u8]) -> (&'static str, Vec<bool>) {
    let options = ReadOptions { answers_claims_alone: true, ..ReadOptions::default() };
    let mut reader = Reader::new(options);
    reader.push(bytes);
    reader.finish();
    let mut refused = Vec::new();
    while let Some(event) = reader.next_event() {
        if let Event::Unit(unit) = event {
            refused.push(unit.is_refused());
        }
    }
    let sets = &reader.acknowledgements().interchanges()[0].groups[0].sets;
    (sets[0].code(), refused)
}

#[test]
fn a_header_loop_between_claims_rejects_no_claim_that_was_taken_in() {
    let file = |name: &str| fs::read(folder().join(name)).unwrap();
    let (code, refused) = answered(&file("109-header-loop-after-a-claim.x12"));
    assert_eq!((code, refused[1]), ("E", false));
    // In the header itself, before the first claim, the same loop rejects the whole set.
    let twice = parent_with("HL*1", "NM1*41*2*ALDER BILLING SERVICE*****46*EVILSENDER~");
    assert_eq!(answered(&twice).0, "R");
}

#[test]
fn large_files_end_in_findings_and_not_in_trouble() {
    let long_value = "A".repeat(300_000);
    for (name, bytes) in [
        ("segment of 300 kB", parent_with("HI*", &format!("NTE*ADD*{long_value}~"))),
        ("element of 5 MB without an end", parent_with("HI*", &"B".repeat(5_000_000))),
        ("100,000 elements", parent_with("HI*", &format!("NTE{}~", "*A".repeat(100_000)))),
        ("50,000 interchange headers", {
            let whole = parent_with("HI*", "");
            whole[..106].repeat(50_000)
        }),
        ("20,000 levels, each below the one before", {
            let level = |n: u32| format!("HL*{n}*{}*22*1~", n - 1);
            parent_with("SBR*", &(3..20_003).map(level).collect::<String>())
        }),
        ("4 MB of NUL", vec![0; 4_000_000]),
    ] {
        let findings = read(&bytes, 65_536);
        assert!(findings.iter().any(Finding::is_error), "{name}");
    }
}
