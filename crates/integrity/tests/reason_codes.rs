//! Reason codes of an 835 are judged by the built-in table on the day of the payment.
#![allow(clippy::disallowed_methods)]

use counterfoil_integrity::Tables;
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Codes of the errors of SNIP type 5 in the valid 835 of the evil catalogue with another reason.
fn errors_with_reason(reason: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/corpus/x12/evil");
    let text = fs::read_to_string(folder.join("108-835-routing-checksum.x12")).unwrap();
    assert!(text.contains("CAS*CO*45*"));
    let text = text.replace("CAS*CO*45*", &format!("CAS*CO*{reason}*"));
    let codes = Arc::new(Tables::builtin());
    let mut reader = Reader::new(ReadOptions { codes, ..ReadOptions::default() });
    reader.push(text.as_bytes());
    reader.finish();
    let mut found = Vec::new();
    while let Some(event) = reader.next_event() {
        if let Event::Unit(unit) = event {
            let errors = unit.findings().iter().filter(|f| f.snip == 5 && f.is_error());
            found.extend(errors.map(|f| format!("{} {}", f.code, f.position.segment_id)));
        }
    }
    found
}

#[test]
fn a_reason_that_has_ended_is_an_error_on_the_day_of_the_payment() {
    for (reason, wanted) in [
        ("45", &[][..]),
        // Ended on 1 July 2009.
        ("17", &["X12-5-code-expired CAS"]),
        ("999", &["X12-5-code-unknown CAS"]),
    ] {
        assert_eq!(errors_with_reason(reason), wanted, "{reason}");
    }
}
