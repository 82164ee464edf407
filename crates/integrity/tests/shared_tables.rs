//! The tables against the publishers' files of the shared samples: every row is asked back.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::{Date, Severity, parse_ccyymmdd};
use counterfoil_integrity::{ModifierIndicator, MueSetting, PtpSetting, Tables};
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet};
use std::io::Read;
use std::path::Path;

fn unpacked(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match bytes.starts_with(&[0x1f, 0x8b]) {
        true => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => bytes.as_slice().read_to_string(&mut text).unwrap(),
    };
    text
}

fn load(tables: &mut Tables, folder: &Path, name: &str) -> u64 {
    tables.add_file(name, &std::fs::read(folder.join(name)).unwrap()).unwrap().rows
}

fn day(text: &str) -> Option<Date> {
    parse_ccyymmdd(text.as_bytes())
}

fn every_file_of_the_folder_is_loaded_or_named_as_no_table(folder: &Path) {
    let mut tables = Tables::builtin();
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".csv"))
        .collect();
    names.sort();
    let mut rows = std::collections::BTreeMap::new();
    let mut not_tables = Vec::new();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().to_string();
        match tables.add_file(&name, &std::fs::read(&path).unwrap()) {
            Ok(report) => drop(rows.insert(name, report.rows)),
            Err(finding) if finding.severity == Severity::Note => not_tables.push(name),
            Err(finding) => panic!("{}", finding.message),
        }
    }
    for (name, count) in [
        ("carc_rarc_codes_2024-06.csv", 1_576),
        ("cms_admission_source.csv", 11),
        ("cms_admission_type.csv", 6),
        ("cms_patient_discharge_status.csv", 40),
        ("cms_revenue_center.csv", 539),
        ("hcpcs_level2_2024q3.csv", 8_033),
        ("modifier_codes_2024.csv", 433),
        ("place_of_service_2024.csv", 52),
        ("zip_centroids_2021.csv.gz", 0),
    ] {
        assert_eq!(rows.get(name), Some(&count), "{name}");
    }
    assert!(not_tables.iter().all(|name| name.starts_with("mpfs_") || name.starts_with("msdrg_")));
    // With everything loaded only the lists that nobody publishes freely are left.
    assert_eq!(tables.missing_checks().len(), 3, "{:?}", tables.missing_checks());
}

fn codes_of_every_list_are_valid_and_others_are_not(folder: &Path) {
    let mut tables = Tables::builtin();
    let on = day("20240815");
    let text = unpacked(&folder.join("icd10cm_codes_fy2025.csv.gz"));
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let (code, _) = line.split_once(',').unwrap();
        assert_eq!(tables.lookup(CodeSet::Icd10Cm, code, on), CodeAnswer::Valid, "{code}");
        seen += 1;
    }
    assert_eq!(seen, 74_260);
    load(&mut tables, folder, "mpfs_rvu_2024c.csv");
    let text = unpacked(&folder.join("mpfs_rvu_2024c.csv"));
    for line in text.lines().skip(1) {
        let (code, _) = line.split_once(',').unwrap();
        let answer = tables.lookup(CodeSet::Hcpcs, code, on);
        let level_2 = code.starts_with(|first: char| first.is_ascii_alphabetic());
        assert!(answer == CodeAnswer::Valid || level_2, "{code} {answer:?}");
    }
    assert_eq!(tables.lookup(CodeSet::Hcpcs, "00000", on), CodeAnswer::Unknown);
    assert_eq!(tables.lookup(CodeSet::Hcpcs, "99999", on), CodeAnswer::Unknown);
}

/// The brute-force side: all pairs of the file in one ordered list, asked back in both orders.
fn ncci_pairs_agree_with_a_brute_force_join_on_every_pair(folder: &Path) {
    for (setting, name, count) in [
        (PtpSetting::Practitioner, "ncci_ptp_practitioner_2024q3.csv.gz", 1_669_820),
        (PtpSetting::OutpatientHospital, "ncci_ptp_outpatient_2024q3.csv.gz", 1_335_857),
    ] {
        let mut tables = Tables::default();
        assert_eq!(load(&mut tables, folder, name), count);
        let table = tables.procedure_pairs(setting, None).unwrap();
        let text = unpacked(&folder.join(name));
        let mut pairs: Vec<(&str, &str, &str)> = Vec::new();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            pairs.extend(fields[3].split(' ').map(|column_2| (fields[0], column_2, fields[1])));
        }
        pairs.sort_unstable();
        assert_eq!(pairs.len() as u64, count);
        for (column_1, column_2, indicator) in &pairs {
            let found = table.find(column_1, column_2).map(|edit| match edit.indicator {
                ModifierIndicator::Never => "0",
                ModifierIndicator::Allowed => "1",
                ModifierIndicator::NotApplicable => "9",
            });
            assert_eq!(found, Some(*indicator), "{column_1} {column_2}");
            let place = pairs.partition_point(|pair| (pair.0, pair.1) < (*column_2, *column_1));
            let listed = pairs.get(place).is_some_and(|p| (p.0, p.1) == (*column_2, *column_1));
            assert_eq!(table.find(column_2, column_1).is_some(), listed, "{column_2} {column_1}");
        }
        assert!(table.memory_bytes() < 8_000_000, "{}", table.memory_bytes());
    }
}

fn unit_limits_agree_with_the_files_on_every_code(folder: &Path) {
    for (setting, name, count) in [
        (MueSetting::Practitioner, "ncci_mue_prac_2024q3.csv", 14_677),
        (MueSetting::OutpatientHospital, "ncci_mue_out_2024q3.csv", 14_628),
        (MueSetting::Supplier, "ncci_mue_dme_2024q3.csv", 2_928),
    ] {
        let mut tables = Tables::default();
        assert_eq!(load(&mut tables, folder, name), count);
        let table = tables.unit_limits(setting, None).unwrap();
        for line in unpacked(&folder.join(name)).lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let limit = table.find(fields[0]).unwrap();
            assert_eq!(limit.units_max.to_string(), fields[1], "{line}");
            assert_eq!((limit.indicator as u8 + 1).to_string(), fields[2], "{line}");
        }
        assert_eq!(table.find("00000"), None);
    }
}

counterfoil_samples::run_over!(
    "data/codes",
    every_file_of_the_folder_is_loaded_or_named_as_no_table,
    codes_of_every_list_are_valid_and_others_are_not,
    ncci_pairs_agree_with_a_brute_force_join_on_every_pair,
    unit_limits_agree_with_the_files_on_every_code,
);
