//! Single seeded defects in valid remittance files: each is found where it was planted, and
//! nothing else is said.

mod kinds;
mod parents;

use counterfoil_base::{Date, Finding};
use counterfoil_x12::{
    AckNumbers, CodeAnswer, CodeLookup, CodeSet, Event, Profile, ReadOptions, Reader,
};
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

/// The 999 that answers a file, when there is one, and the code of its group (AK901).
fn answer(bytes: &[u8]) -> Option<(Vec<u8>, &'static str)> {
    let mut reader = Reader::new(ReadOptions::default());
    reader.push(bytes);
    reader.finish();
    while reader.next_event().is_some() {}
    let date = counterfoil_base::parse_ccyymmdd(b"20240214")?;
    let numbers = AckNumbers { date, time: "0800", interchange_control_number: 1 };
    let written = reader.acknowledgements().write(numbers).expect("the numbers fit");
    let code = reader.acknowledgements().interchanges().first()?.groups.first()?.code();
    Some((written.into_iter().next()?.implementation?, code))
}

#[test]
fn every_answer_to_a_broken_file_is_itself_valid() {
    for seed in 0..20 {
        let (bytes, code) = answer(&parents::parent(seed).bytes()).expect("a 999");
        assert_eq!(code, "A");
        assert_eq!(findings(&bytes).iter().map(describe).collect::<Vec<_>>(), [""; 0]);
    }
    for kind in kinds::kinds() {
        let planted = (0..PARENTS).find_map(|seed| {
            let mut file = parents::parent(seed);
            (kind.plant)(&mut file).map(|_| file)
        });
        let Some((bytes, code)) = planted.and_then(|file| answer(&file.bytes())) else { continue };
        let found: Vec<String> =
            findings(&bytes).iter().filter(|f| f.is_error()).map(describe).collect();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(found, [""; 0], "{}: {text}", kind.name);
        // What is broken in syntax or against the guide is refused, or accepted and noted.
        assert!(kind.snip > 2 || code != "A", "{}: {text}", kind.name);
    }
}
