//! The NCCI edits on claims against the publishers' files: pairs in both orders, and units.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::{Text, Units};
use counterfoil_claim::{Claim, ClaimDate, Line, Procedure};
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, EditScope, NoHistory, Tables};
use std::io::Read;
use std::path::Path;

fn engine(folder: &Path, name: &str) -> CleanClaimEngine {
    let mut tables = Tables::default();
    tables.add_file(name, &std::fs::read(folder.join(name)).unwrap()).unwrap();
    let scope = EditScope::AfterSegmentChecks;
    let config = CleanClaimConfig { scope, ..CleanClaimConfig::default() };
    CleanClaimEngine::new(tables, Vec::new(), config)
}

fn line(number: u32, code: &str, modifier: Option<&str>, units: i64) -> Line {
    Line {
        number,
        procedure: Some(Procedure {
            qualifier: "HC".into(),
            code: code.into(),
            modifiers: modifier.map(Text::from).into_iter().collect(),
            ..Procedure::default()
        }),
        units: Units::whole(units),
        dates: vec![ClaimDate {
            qualifier: "472".into(),
            format: "D8".into(),
            value: "20240815".into(),
        }],
        ..Line::default()
    }
}

fn found(engine: &CleanClaimEngine, lines: Vec<Line>, code: &str) -> Vec<u32> {
    let claim = Claim { lines, ..Claim::default() };
    let findings = engine.check_claim(&claim, &NoHistory, None);
    let wanted = findings.iter().filter(|finding| finding.code == code);
    wanted.filter_map(|finding| finding.position.service_line).collect()
}

fn claims_of_every_row_of_pairs_agree_with_the_file(folder: &Path) {
    let name = "ncci_ptp_practitioner_2024q3.csv.gz";
    let engine = engine(folder, name);
    let mut text = String::new();
    let bytes = std::fs::read(folder.join(name)).unwrap();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    let mut asked = 0;
    for row in text.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        // The first and last column 2 code of each row; the tables' own test asks every pair.
        let mut column_2 = fields[3].split(' ');
        let first = column_2.next();
        for code in first.into_iter().chain(column_2.next_back()) {
            let pair = |modifier| vec![line(1, fields[0], None, 1), line(2, code, modifier, 1)];
            let turned = vec![line(1, code, None, 1), line(2, fields[0], None, 1)];
            assert_eq!(found(&engine, pair(None), "INT-7-ncci-pair"), [2], "{row}");
            assert_eq!(found(&engine, turned, "INT-7-ncci-pair"), [1], "{row}");
            let with_modifier = found(&engine, pair(Some("59")), "INT-7-ncci-pair");
            assert_eq!(with_modifier.is_empty(), fields[1] == "1", "{row}");
            asked += 1;
        }
    }
    assert!(asked > 70_000, "{asked}");
}

fn claims_at_and_over_every_unit_limit_agree_with_the_file(folder: &Path) {
    let name = "ncci_mue_prac_2024q3.csv";
    let engine = engine(folder, name);
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    for row in text.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let most: i64 = fields[1].parse().unwrap();
        let one = |units| vec![line(1, fields[0], None, units)];
        let two = vec![line(1, fields[0], None, most), line(2, fields[0], Some("76"), 1)];
        let over = |lines| found(&engine, lines, "INT-7-ncci-units");
        if most > 0 {
            assert!(over(one(most)).is_empty(), "{row}");
        }
        assert_eq!(over(one(most + 1)), [1], "{row}");
        let of_the_day = fields[2] != "1";
        let second_line = over(two).contains(&2);
        assert_eq!(second_line, of_the_day || most == 0, "{row}");
    }
}

counterfoil_samples::run_over!(
    "data/codes",
    claims_of_every_row_of_pairs_agree_with_the_file,
    claims_at_and_over_every_unit_limit_agree_with_the_file,
);
