//! Single seeded defects in valid remittance files: each is found where it was planted, and
//! nothing else is said.

mod kinds;
mod parents;

use counterfoil_base::{Date, Finding};
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet, Event, Profile, ReadOptions, Reader};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many valid files there are; each is another one.
const PARENTS: u64 = 1_000;
/// In how many different files each kind of defect is planted.
const FILES_PER_KIND: usize = 5;

/// The few reasons and remarks that the files use, as the published lists have them.
struct FewCodes;

impl CodeLookup for FewCodes {
    fn lookup(&self, set: CodeSet, code: &str, on: Option<Date>) -> CodeAnswer {
        match (set, code) {
            (CodeSet::Carc, "1" | "2" | "3" | "16" | "23" | "45") => CodeAnswer::Valid,
            (CodeSet::Rarc, "M15" | "N130" | "MA130") => CodeAnswer::Valid,
            // A2 ended on the first day of 2008.
            (CodeSet::Carc, "A2") if on.is_none_or(|day| day.year() < 2008) => CodeAnswer::Valid,
            (CodeSet::Carc, "A2") => CodeAnswer::Expired,
            (CodeSet::Carc | CodeSet::Rarc, _) => CodeAnswer::Unknown,
            _ => CodeAnswer::NoTable,
        }
    }
}

/// Everything that is found in a file, as a sender would see it.
fn findings(bytes: &[u8]) -> Vec<Finding> {
    let options = ReadOptions {
        profile: Profile::Strict,
        codes: Arc::new(FewCodes),
        ..ReadOptions::default()
    };
    let mut reader = Reader::new(options);
    reader.push(bytes);
    reader.finish();
    let mut all = Vec::new();
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) => all.extend_from_slice(unit.findings()),
            Event::TransactionEnd(end) => all.extend_from_slice(end.findings),
            Event::Finding(finding) => all.push(finding.clone()),
            _ => {}
        }
    }
    all
}

fn describe(finding: &Finding) -> String {
    let position = &finding.position;
    format!(
        "{} {} at segment {:?} {}{:02}: {}",
        finding.severity.word(),
        finding.code,
        position.segment,
        position.segment_id,
        position.element,
        finding.message
    )
}

#[test]
fn nothing_is_said_of_valid_files() {
    let mut distinct = BTreeSet::new();
    for seed in 0..PARENTS {
        let bytes = parents::parent(seed).bytes();
        let found: Vec<String> = findings(&bytes).iter().map(describe).collect();
        assert_eq!(found, [""; 0], "{}", String::from_utf8_lossy(&bytes));
        distinct.insert(bytes);
    }
    assert_eq!(distinct.len() as u64, PARENTS);
}

#[test]
fn each_defect_is_found_where_it_was_planted_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for kind in kinds::kinds() {
        let mut planted = 0;
        for seed in 0..PARENTS {
            let mut file = parents::parent(seed);
            let Some(at) = (kind.plant)(&mut file) else { continue };
            planted += 1;
            let found = findings(&file.bytes());
            let is_meant = |finding: &&Finding| {
                finding.code == kind.code
                    && finding.snip == kind.snip
                    && finding.position.segment == Some(at as u64 + 1)
                    && finding.position.element == kind.element
            };
            let is_other = |finding: &&Finding| {
                finding.is_error()
                    && !is_meant(finding)
                    && !kind.also.contains(&finding.code.as_ref())
            };
            let meant = found.iter().find(is_meant);
            let others: Vec<String> = found.iter().filter(is_other).map(describe).collect();
            if meant.is_none_or(|finding| !finding.is_error()) || !others.is_empty() {
                let place = file.pieces[at.min(file.pieces.len() - 1)].0.join("*");
                let said = meant.map_or("nothing".to_owned(), describe);
                wrong.push(format!(
                    "{} (file {seed}, segment {} {place}): meant {said}; others {others:#?}",
                    kind.name,
                    at + 1
                ));
                break;
            }
            if planted == FILES_PER_KIND {
                break;
            }
        }
        if planted == 0 {
            wrong.push(format!("{}: no file has a place for it", kind.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
