//! People scored in a second: the library alone, and lines of JSON in memory.
//!
//! `cargo run --release -p counterfoil-risk --example speed -- PEOPLE.jsonl [PYTHON]`
//!
//! With the name of a Python that has `hccinfhir`, that package scores the same people by V28 in
//! the same run, and the ratio is printed.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "a benchmark prints")]
#![allow(clippy::float_arithmetic, reason = "figures for people")]

use counterfoil_risk::{
    DiagnosisCode, Dual, Entitlement, ModelName, Person, RiskModel, Sex, score_block,
};
use std::num::NonZeroUsize;
use std::time::Instant;

const PEOPLE: usize = 1_000_000;

/// The peer reads the file, then counts only the time of scoring.
const PEER: &str = r#"
import json, sys, time
from hccinfhir.model_calculate import calculate_raf
people = [json.loads(line) for line in open(sys.argv[1])]
start = time.perf_counter()
for p in people:
    calculate_raf(p["dx"], "CMS-HCC Model V28", age=p["age"], sex=p["sex"],
        dual_elgbl_cd=p["dual_elgbl_cd"], orec=p["orec"], crec=p["crec"],
        new_enrollee=p["new_enrollee"], snp=p["snp"], low_income=p["low_income"],
        lti=p["lti"], graft_months=p["graft_months"])
print(len(people) / (time.perf_counter() - start))
"#;

fn main() {
    let mut words = std::env::args().skip(1);
    let Some(path) = words.next() else {
        println!("name the file of people");
        return;
    };
    let text = std::fs::read(&path).expect("the file of people is read");
    let rows: Vec<(Person, Vec<DiagnosisCode>)> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .map(|row: serde_json::Value| person(&row))
        .collect();
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    println!("{} people in the file, {threads} threads", rows.len());
    let mut v28 = 0.0;
    for name in ModelName::ALL {
        let model = RiskModel::load(name).expect("the tables have their form");
        let library = library_speed(&model, &rows, threads);
        let lines = line_speed(&model, &text, rows.len(), threads);
        println!("{name}: library {library:>12.0} people/s, JSON lines {lines:>12.0} people/s");
        if name == ModelName::V28 {
            v28 = library;
        }
    }
    if let Some(python) = words.next() {
        let run = std::process::Command::new(python).args(["-c", PEER, &path]).output();
        let peer = run.ok().and_then(|out| String::from_utf8(out.stdout).ok());
        match peer.and_then(|text| text.trim().parse::<f64>().ok()) {
            Some(peer) => println!("hccinfhir: {peer:.0} people/s on one; ratio {:.0}", v28 / peer),
            None => println!("hccinfhir did not run"),
        }
    }
}

/// Each thread scores its share of a million people, the rows again and again.
fn library_speed(
    model: &RiskModel,
    rows: &[(Person, Vec<DiagnosisCode>)],
    threads: NonZeroUsize,
) -> f64 {
    let share = PEOPLE / threads;
    let start = Instant::now();
    let total: i64 = std::thread::scope(|scope| {
        let one = |_| {
            scope.spawn(move || {
                let people = rows.iter().cycle().take(share);
                let scores = people.filter_map(|(person, codes)| model.score(person, codes));
                scores.map(|score| i64::from(score.raw.0)).sum::<i64>()
            })
        };
        let running: Vec<_> = (0..threads.get()).map(one).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    let seconds = start.elapsed().as_secs_f64();
    std::hint::black_box(total);
    (share * threads.get()) as f64 / seconds
}

fn line_speed(model: &RiskModel, text: &[u8], rows: usize, threads: NonZeroUsize) -> f64 {
    let times = PEOPLE / rows.max(1);
    let block = text.repeat(20);
    let start = Instant::now();
    for _ in 0..times / 20 {
        std::hint::black_box(score_block(model, &block, 0, false, threads));
    }
    (times / 20 * 20 * rows) as f64 / start.elapsed().as_secs_f64()
}

fn person(row: &serde_json::Value) -> (Person, Vec<DiagnosisCode>) {
    let text = |field: &str| row[field].as_str().unwrap_or_default();
    let flag = |field: &str| row[field].as_bool().unwrap_or_default();
    let person = Person {
        age_years: row["age"].as_u64().and_then(|age| u8::try_from(age).ok()).expect("an age"),
        sex: if text("sex") == "F" { Sex::Female } else { Sex::Male },
        original_entitlement: Entitlement::from_code(text("orec")).expect("a code"),
        current_entitlement: Entitlement::from_code(text("crec")).expect("a code"),
        dual: Dual::from_code(text("dual_elgbl_cd")).expect("a code"),
        is_new_enrollee: flag("new_enrollee"),
        in_special_needs_plan: flag("snp"),
        is_long_term_institutional: flag("lti"),
        graft_months: row["graft_months"].as_u64().and_then(|months| u16::try_from(months).ok()),
    };
    let codes = row["dx"].as_array().into_iter().flatten();
    let codes = codes.filter_map(|code| DiagnosisCode::parse(code.as_str()?)).collect();
    (person, codes)
}
