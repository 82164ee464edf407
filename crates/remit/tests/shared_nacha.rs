//! Bank files that other people wrote are read whole.
#![allow(clippy::disallowed_methods, missing_docs)]

use counterfoil_base::Date;
use counterfoil_remit::{NachaFile, read_nacha};
use std::path::Path;

fn show(file: &NachaFile) -> String {
    let entries = file.batches.iter().flat_map(|batch| &batch.entries).map(|entry| {
        let returned = entry.return_addenda().map_or("", |addenda| addenda.reason.as_str());
        format!("{} {} {returned}", entry.transaction_code, entry.amount_cents)
    });
    let findings =
        file.findings.iter().map(|f| format!("{} at {}", f.code, f.position.segment.unwrap_or(0)));
    entries.chain(findings).map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("; ")
}

fn sample_files_are_read_whole(folder: &Path) {
    for (name, expected) in [
        ("moov__ack-read.ach", "24 0.00; 24 0.00"),
        ("moov__ccd-debit.ach", "27 5000.00; 27 1.25"),
        ("moov__return-WEB.ach", "26 123.54 R01; 21 45.65 R03"),
        ("moov__contested-return.ach", "22 1000000.00 R07"),
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(show(&read_nacha(&bytes)), expected, "{name}");
    }
}

fn a_returned_credit_leaves_the_account_and_a_returned_debit_comes_back(folder: &Path) {
    let bytes = std::fs::read(folder.join("moov__return-WEB.ach")).unwrap();
    let mut file = read_nacha(&bytes);
    let day = Date::new(2018, 10, 17).ok();
    file.batches.iter_mut().for_each(|batch| batch.effective_date = day);
    let entries = file.bank_file().entries;
    let shown: Vec<_> = entries.iter().map(|e| (e.amount_cents.0, e.is_return)).collect();
    assert_eq!(shown, [(12_354, true), (-4_565, true)]);
}

fn every_damage_is_named(folder: &Path) {
    let bytes = std::fs::read(folder.join("moov__ccd-debit.ach")).unwrap();
    let whole = String::from_utf8(bytes).unwrap();
    for (from, to, expected) in [
        ("0000500000location", "0000500001location", "ACH-control at 5"),
        ("627231380104", "627231380105", "ACH-routing at 3"),
        ("S 0031300010000002", "S 1031300010000002", "ACH-addenda at 5"),
        ("8225000002", "8225000003", "ACH-control at 5"),
        ("82250000020046276020", "82250000020046276021", "ACH-control at 5"),
        ("9000001000001", "9000002000001", "ACH-control at 6"),
        ("9000001000001", "9000001000002", "ACH-control at 6"),
        ("9000001000001", "X000001000001", "ACH-record-type at 6"),
        ("0000000125Fee", "00000001A5Fee", "ACH-entry at 4"),
        ("Fee #1  ", "Fee #1 ", "ACH-record-length at 4"),
        ("8225000002", "7225000002", "ACH-order at 6"),
    ] {
        let damaged = whole.replacen(from, to, 1);
        assert_ne!(damaged, whole);
        let shown = show(&read_nacha(damaged.as_bytes()));
        assert!(shown.contains(expected), "{to}: {shown}");
    }
    assert!(show(&read_nacha(b"")).contains("ACH-truncated"));
}

counterfoil_samples::run_over!(
    "data/x12/nacha",
    sample_files_are_read_whole,
    a_returned_credit_leaves_the_account_and_a_returned_debit_comes_back,
    every_damage_is_named,
);
