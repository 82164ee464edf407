//! Other people's 837 files: the published examples are accepted by a receiver, and what is
//! broken on purpose is found at its place.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::Finding;
use counterfoil_x12::{NoTables, Profile};
use std::path::Path;

#[path = "support/read_837.rs"]
mod read_837;

fn findings(path: &Path) -> Vec<Finding> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_837::findings(&bytes, Profile::Lenient, NoTables)
}

/// Published examples of the two guides.
const VALID: &[&str] = &[
    "kputnam__X222A1-pass-COB-claim-from-billing-provider-to-payer-a.edi",
    "kputnam__X222A1-pass-COB-claim-from-billing-provider-to-payer-b.edi",
    "kputnam__X222A1-pass-COB-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi",
    "kputnam__X222A1-pass-anesthesia.edi",
    "kputnam__X222A1-pass-commercial-health-insurance.edi",
    "kputnam__X222A1-pass-encounter.edi",
    "kputnam__X222A1-pass-oxygen.edi",
    "kputnam__X223A2-pass-837-institutional-claim.edi",
    "kputnam__X223A2-pass-automobile-accident.edi",
    "linuxforhealth__005010X222A2-demo.autoaccident.837",
    "linuxforhealth__005010X222A2-demo.cob.example3.B.837",
    "linuxforhealth__005010X222A2-demo.cob.example3.C.837",
    "linuxforhealth__005010X222A2-demo.example1.837",
    "linuxforhealth__005010X222A2-demo.example2.837",
    "linuxforhealth__005010X222A2-demo.example7.837",
];

fn published_examples_are_accepted(folder: &Path) {
    let mut refused = Vec::new();
    for name in VALID {
        for finding in findings(&folder.join(name)).iter().filter(|f| f.is_error()) {
            refused.push(format!(
                "{name}: {} at {:?} {}{:02} {}",
                finding.code,
                finding.position.segment,
                finding.position.segment_id,
                finding.position.element,
                finding.message
            ));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// File, position of a segment (ISA being 1) and the code of a finding that lies there.
const BROKEN: &[(&str, u64, &str)] = &[
    ("imsweb__x12-bad-first-line.txt", 1, "X12-1-isa-width"),
    ("imsweb__x12-bad-segment-identifier.txt", 6, "X12-1-unknown-segment"),
    ("imsweb__x12-bad-segment-identifier.txt", 11, "X12-1-unknown-segment"),
    ("imsweb__x12-bad-segment-identifier.txt", 20, "X12-1-unknown-segment"),
    ("imsweb__x12-bad-valid-code.txt", 9, "X12-2-qualifier-not-allowed"),
    ("imsweb__x12-missing-elements.txt", 7, "X12-1-mandatory-element-missing"),
    ("imsweb__x12-missing-elements.txt", 31, "X12-2-required-element-missing"),
    ("imsweb__x12-segments-out-of-order.txt", 12, "X12-2-segment-out-of-order"),
    ("imsweb__x12-segments-out-of-order.txt", 17, "X12-2-segment-out-of-order"),
    ("imsweb__x12-segment-errors.txt", 10, "X12-2-required-segment-missing"),
    ("imsweb__x12-segment-errors.txt", 12, "X12-2-segment-repeats-too-often"),
    ("imsweb__x12-segment-errors.txt", 22, "X12-2-required-segment-missing"),
    ("imsweb__x12-loop-errors1-exceeds-max-1-parent.txt", 15, "X12-2-loop-repeats-too-often"),
    (
        "imsweb__x12-loop-errors2-exceeds-max-repeats-multiple-parents.txt",
        34,
        "X12-2-loop-repeats-too-often",
    ),
    ("imsweb__x12-loop-errors3-missing-loops.txt", 9, "X12-2-required-loop-missing"),
    ("imsweb__x12-missing-required-loop-in-one-repeat.txt", 20, "X12-2-required-loop-missing"),
    ("imsweb__x12-missing-required-loops-mult-repeats.txt", 33, "X12-2-required-segment-missing"),
    ("imsweb__x12-missing-required-loops-mult-repeats.txt", 34, "X12-2-code-not-allowed"),
    ("imsweb__x12-missing-required-loops-mult-repeats.txt", 59, "X12-2-required-segment-missing"),
    // Valid for the library it tests, not for the guide: charges, diagnoses and counts.
    ("imsweb__x12-valid.txt", 22, "837-3-charge-total"),
    ("imsweb__x12-valid.txt", 36, "X12-1-segment-count"),
    ("mimilabs__sample-837-12.txt", 19, "X12-2-required-loop-missing"),
    ("mimilabs__sample-837-12.txt", 22, "X12-2-code-not-allowed"),
    ("mimilabs__sample-837-12.txt", 23, "X12-2-required-segment-missing"),
    ("mimilabs__sample-837-1.txt", 5, "X12-2-code-not-allowed"),
    // Examples by name whose writer left the guide: another component separator than ISA16
    // says, an amount qualifier of an earlier version, a payer left out, a unit not used.
    ("linuxforhealth__005010X222A2-demo.example9.837", 20, "X12-1-element-too-long"),
    ("linuxforhealth__005010X222A2-demo.cob.example4.837", 31, "X12-2-code-not-allowed"),
    ("linuxforhealth__005010X222A2-demo.cob.example3.A.837", 44, "X12-2-required-loop-missing"),
    ("linuxforhealth__005010X223A3-institutional-claim.837i", 22, "X12-2-element-not-used"),
    // Version 4010, read without a guide.
    ("azoner__elements.source", 31, "X12-1-segment-count"),
    ("azoner__fail-no-IEA.source", 4, "X12-1-segment-count"),
    ("azoner__fail-no-IEA.source", 6, "X12-1-iea-missing"),
];

fn what_is_broken_is_found_at_its_place(folder: &Path) {
    let mut missed = Vec::new();
    for (name, segment, code) in BROKEN {
        let found = findings(&folder.join(name));
        let is_there =
            found.iter().any(|f| f.code == *code && f.position.segment == Some(*segment));
        if !is_there {
            let seen: Vec<_> =
                found.iter().map(|f| format!("{} {:?}", f.code, f.position.segment)).collect();
            missed.push(format!("{name}: {code} at {segment}, seen {seen:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

counterfoil_samples::run_over!(
    "data/x12/837",
    published_examples_are_accepted,
    what_is_broken_is_found_at_its_place,
);
