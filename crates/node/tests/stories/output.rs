//! Data goes to standard output, talk to standard error; pipes are pipes.

use crate::claims::{Bill, VISIT, file_837p};
use crate::place::Place;
use std::io::{BufRead, BufReader};

const DESK: &str = "--rates plan/rates --members plan/members.csv --on 2025-01-06";

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT]));
    for line in [
        "x12 check june.837",
        "x12 show june.837",
        "x12 survey plan",
        &format!("claim check june.837 {DESK}"),
        &format!("claim adjudicate june.837 {DESK} --out out"),
        "claim pended --data out/data",
        "claim pended --data elsewhere",
        "claim chekc june.837",
        "demo --claims 10 --headless",
        "--help",
        "claim decide --help",
    ] {
        let told = place.run(line);
        assert!(!told.out.contains('\u{1b}'), "{told}");
        assert!(!told.err.contains('\u{1b}'), "{told}");
        assert!(!told.err.contains('\r'), "{told}");
    }
}

#[test]
fn json_is_all_that_stands_on_standard_output() {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT]));
    for line in [
        "x12 check june.837 --json",
        "x12 show june.837 --json",
        "x12 roundtrip june.837 --json",
        "x12 survey plan --json",
        &format!("claim check june.837 {DESK} --json --book office"),
        &format!("claim adjudicate june.837 {DESK} --out out --data payer --no-pay --json"),
        "claim pay --data payer --rates plan/rates --out out --on 2025-01-07 --json",
        "claim pended --data payer --json",
        "claim show EV-1 --data payer --json",
        "member accumulators --data payer --json",
        "ledger trial-balance --data payer --json",
        "ledger show payer.claims_payable --data payer --json",
        "ledger verify --data payer --json",
        "remit post june.837 --data office --json",
        "remit unmatched --data office --json",
    ] {
        let told = place.run(line);
        assert!([0, 1].contains(&told.code), "{told}");
        let objects = told.json_lines();
        assert!(objects.iter().all(serde_json::Value::is_object), "{told}");
    }
}

#[test]
fn errors_leave_standard_output_empty() {
    let place = Place::with_plan();
    for line in [
        "x12 check missing.837 --json",
        "claim pended --data elsewhere --json",
        "ledger show nothing --data elsewhere",
        "claim chekc june.837",
    ] {
        let told = place.run(line);
        assert_eq!(told.out, "", "{told}");
        assert!([2, 3].contains(&told.code) && !told.err.is_empty(), "{told}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_may_go() {
    let place = Place::with_plan();
    let numbers: Vec<String> = (0..600).map(|number| format!("EV-{number}")).collect();
    let bills: Vec<Bill<'_>> = numbers.iter().map(|number| Bill { number, ..VISIT }).collect();
    place.write("many.837", file_837p(1, &bills));
    place.run(&format!("claim adjudicate many.837 {DESK} --out out --data payer"));
    for line in [
        "x12 check many.837",
        "x12 check many.837 --json",
        "x12 show many.837",
        &format!("claim check many.837 {DESK}"),
        &format!("claim check many.837 {DESK} --json"),
        "ledger show payer.claims_payable --data payer",
        "--help",
    ] {
        let mut child = place.command(line).spawn().expect("it starts");
        let mut first = String::new();
        // As `head -1` does: one line is read, then the pipe is closed.
        let mut reader = BufReader::new(child.stdout.take().expect("output"));
        reader.read_line(&mut first).expect("a line");
        drop(reader);
        let done = child.wait_with_output().expect("it ends");
        let told = crate::place::Told::of(line, &done);
        assert!(!first.is_empty(), "{told}");
        assert!([0, 1].contains(&told.code), "{told}");
        assert!(!told.err.contains("error:") && !told.err.contains("roken pipe"), "{told}");
    }
}
