//! Published and collected 835, 277CA and 999 files: what a lenient receiver says of each.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::Finding;
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::path::Path;

/// Findings of a file in the lenient profile, and how many units it has.
fn read(bytes: &[u8]) -> (Vec<Finding>, usize) {
    let mut reader = Reader::new(ReadOptions::default());
    let (mut findings, mut units) = (Vec::new(), 0);
    let mut take = |reader: &mut Reader| {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Unit(unit) => {
                    units += 1;
                    findings.extend_from_slice(unit.findings());
                }
                Event::TransactionEnd(end) => findings.extend_from_slice(end.findings),
                Event::Finding(finding) => findings.push(finding.clone()),
                _ => {}
            }
        }
    };
    for chunk in bytes.chunks(97) {
        reader.push(chunk);
        take(&mut reader);
    }
    reader.finish();
    take(&mut reader);
    (findings, units)
}

/// Code, segment and element of each error.
fn errors(findings: &[Finding]) -> Vec<(String, u64, u32)> {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|f| (f.code.to_string(), f.position.segment.unwrap_or(0), f.position.element))
        .collect()
}

/// A file, how many units it has, and code, segment and element of its errors.
type Sample<'s> = (&'s str, usize, &'s [(&'s str, u64, u32)]);

fn check(folder: &Path, files: &[Sample<'_>]) {
    let mut wrong = Vec::new();
    for (name, units, expected) in files {
        let bytes = std::fs::read(folder.join(name)).expect("the sample is there");
        let (findings, found_units) = read(&bytes);
        let expected: Vec<_> =
            expected.iter().map(|(code, s, e)| ((*code).to_owned(), *s, *e)).collect();
        if errors(&findings) != expected || found_units != *units {
            wrong.push(format!("{name}: {found_units} units, {:#?}", errors(&findings)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn remittances_are_read_without_false_errors(folder: &Path) {
    check(
        folder,
        &[
            ("835/azoner__835-mult-loops.txt", 1, &[]),
            ("835/azoner__835id.source", 1, &[]),
            // Version 4010 has no guide here; the count is wrong on purpose.
            ("835/azoner__bad-header-looping.source", 1, &[("X12-1-segment-count", 74, 1)]),
            ("835/jdavisp3__5010-835-example-2.txt", 2, &[]),
            ("835/jdavisp3__5010-835-example-3.txt", 2, &[]),
            // A story stands before the interchange of the three cases.
            ("835/kputnam__X221-case-1.edi", 2, &[("X12-1-outside-interchange", 1, 0)]),
            ("835/kputnam__X221-case-2.edi", 2, &[("X12-1-outside-interchange", 1, 0)]),
            // Its two PLB segments of -1.27 are not in BPR02, and SE counts short.
            (
                "835/kputnam__X221-case-3a.edi",
                2,
                &[
                    ("X12-1-outside-interchange", 1, 0),
                    ("X12-1-segment-count", 43, 1),
                    ("835-3-transaction-balance", 4, 2),
                ],
            ),
            ("835/kputnam__X221A1-pass-dollars-and-data-sent-separate.edi", 2, &[]),
            ("835/kputnam__X221A1-pass-secondary-payment-with-higher-fee-schedule.edi", 1, &[]),
            // BPR16 is 20002316.
            (
                "835/linuxforhealth__005010X221A1-managed-care.835",
                2,
                &[("X12-1-invalid-date", 4, 16)],
            ),
            ("835/linuxforhealth__005010X221A1-medicare-part-a.835", 2, &[]),
            ("835/project-herophilus__835-Inst-Sample-Inpatient-DRG-Retro-.txt", 2, &[]),
            ("835/project-herophilus__835-Sample-Institutional-Claims-only-.2014.txt", 2, &[]),
        ],
    );
}

fn acknowledgments_are_read_without_false_errors(folder: &Path) {
    check(
        folder,
        &[
            ("277/imsweb__x12-277CA-accepted.txt", 1, &[]),
            ("277/imsweb__x12-277CA-rejected.txt", 1, &[]),
            ("277/project-herophilus__277CA-Sample-Accepted-.txt", 1, &[]),
            ("277/project-herophilus__277CA-Sample-Rejected-.txt", 1, &[]),
            // IEA02 is not ISA13.
            ("ack/imsweb__x12-999-accepted.txt", 1, &[("X12-1-interchange-control-number", 10, 2)]),
            ("ack/kputnam__X231A1-pass-response-to-functional-group-containing-3-837s.edi", 3, &[]),
            (
                "envelope-broken/keironstoddart__blue-cross-nc-sample.txt",
                0,
                &[("X12-1-outside-interchange", 1, 0), ("X12-1-no-interchange", 0, 0)],
            ),
        ],
    );
}

counterfoil_samples::run_over!(
    "data/x12",
    remittances_are_read_without_false_errors,
    acknowledgments_are_read_without_false_errors,
);
