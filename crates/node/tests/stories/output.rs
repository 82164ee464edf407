//! Data goes to standard output, talk to standard error; pipes are pipes.

use crate::claims::{VISIT, file_837p};
use crate::place::Place;

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
        "demo --claims 10",
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
