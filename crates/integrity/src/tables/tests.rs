//! Tests of the tables: the embedded ones, and the shared sample files when they are there.

use super::*;
use crate::manifest::{Manifest, sha256_hex};
use counterfoil_base::{Severity, parse_ccyymmdd};

fn day(text: &str) -> Date {
    parse_ccyymmdd(text.as_bytes()).unwrap()
}

#[test]
fn every_embedded_table_is_what_its_manifest_says() {
    for table in &builtin::TABLES {
        let manifest = Manifest::parse(table.manifest).expect(table.name);
        assert_eq!(sha256_hex(table.file), manifest.sha256, "{}", table.name);
        assert!(manifest.days().is_some(), "{}", table.name);
        assert!(!manifest.source.is_empty() && !manifest.licence.is_empty(), "{}", table.name);
        let rows = Tables::default().add_builtin(table).unwrap();
        assert_eq!(rows, manifest.rows, "{}", table.name);
    }
    let size: usize = builtin::TABLES.iter().map(|table| table.file.len()).sum();
    assert!(size < 2_000_000, "{size} bytes are embedded");
}

#[test]
fn builtin_tables_answer_by_date_of_service() {
    use CodeAnswer::{Expired, NoTable, NotBillable, NotYetEffective, Unknown, Valid};
    use CodeSet as Set;
    let tables = Tables::builtin();
    for (set, code, on, answer) in [
        (Set::Icd10Cm, "E119", "20241115", Valid),
        (Set::Icd10Cm, "E11", "20241115", NotBillable),
        (Set::Icd10Cm, "E11.9", "20241115", Unknown),
        (Set::Icd10Cm, "Z99999", "20241115", Unknown),
        (Set::Hcpcs, "A0021", "20241115", Valid),
        (Set::Hcpcs, "A0021", "19840101", NotYetEffective),
        (Set::Hcpcs, "A0000", "20241115", Unknown),
        (Set::Hcpcs, "99213", "20241115", NoTable),
        (Set::Hcpcs, "9921", "20241115", Unknown),
        (Set::Hcpcs, "D0120", "20241115", NoTable),
        (Set::Hcpcs, "W0120", "20241115", Unknown),
        (Set::Modifier, "LT", "20241115", Valid),
        (Set::Modifier, "25", "20241115", NoTable),
        (Set::Modifier, "Y9", "20241115", Unknown),
        (Set::Modifier, "2", "20241115", Unknown),
        (Set::PlaceOfService, "11", "20241115", Valid),
        (Set::PlaceOfService, "28", "20241115", Unknown),
        (Set::Revenue, "0450", "20241115", Valid),
        (Set::Revenue, "9999", "20241115", Unknown),
        (Set::BillType, "131", "20241115", Valid),
        (Set::BillType, "0111", "20241115", Valid),
        (Set::BillType, "991", "20241115", Unknown),
        (Set::PatientStatus, "01", "20241115", Valid),
        (Set::PatientStatus, "99", "20241115", Unknown),
        (Set::AdmissionType, "6", "20241115", Unknown),
        (Set::AdmissionSource, "7", "20241115", Expired),
        (Set::AdmissionSource, "7", "20050101", Valid),
        (Set::Carc, "45", "20241115", Valid),
        (Set::Carc, "W1", "20241115", Expired),
        (Set::Rarc, "N895", "20241115", Valid),
        (Set::Rarc, "N895", "20230101", NotYetEffective),
        (Set::BillType, "13", "20241115", Valid),
        (Set::BillType, "92", "20241115", Unknown),
        (Set::Taxonomy, "207Q00000X", "20241115", NoTable),
        (Set::Taxonomy, "207Q00000", "20241115", Unknown),
        (Set::Icd10Pcs, "0DTJ4ZZ", "20241115", NoTable),
        (Set::Icd10Pcs, "0DTI4ZZ", "20241115", Unknown),
        (Set::Country, "CA", "20241115", NoTable),
        (Set::Icd9Cm, "25000", "20241115", NoTable),
        (Set::State, "MA", "20241115", Valid),
        (Set::State, "XX", "20241115", Unknown),
        (Set::Zip, "02110", "20241115", Valid),
        (Set::Zip, "021101234", "20241115", Valid),
        (Set::Zip, "0211", "20241115", Unknown),
        (Set::Zip, "00011", "20241115", Unknown),
        (Set::Status, "562", "20241115", NoTable),
    ] {
        assert_eq!(tables.lookup(set, code, Some(day(on))), answer, "{set:?} {code} {on}");
    }
}

#[test]
fn places_of_service_have_a_setting_and_zip_codes_a_state() {
    let tables = Tables::builtin();
    assert_eq!(tables.is_facility("11"), Some(false));
    assert_eq!(tables.is_facility("21"), Some(true));
    assert_eq!(tables.is_facility("00"), None);
    for (zip, state, answer) in [
        ("021101234", "MA", Some(true)),
        ("90210", "NY", Some(false)),
        ("42223", "KY", Some(true)),
        ("42223", "TN", Some(true)),
        ("42224", "TN", Some(false)),
        ("H0H0H0", "ON", None),
        ("90210", "ON", None),
    ] {
        assert_eq!(tables.zip_is_in_state(zip, state), answer, "{zip} {state}");
    }
}

#[test]
fn files_that_are_not_tables_are_refused_and_change_nothing() {
    let mut tables = Tables::builtin();
    let refused = |tables: &mut Tables, name: &str, bytes: &[u8]| {
        let finding = tables.add_file(name, bytes).unwrap_err();
        (finding.severity, finding.message)
    };
    for (name, bytes, severity, message) in [
        (
            "mpfs_gpci_2024.csv",
            b"".as_slice(),
            Severity::Note,
            "mpfs_gpci_2024.csv is not a code table.",
        ),
        (
            "icd10cm_codes_fy2026.csv",
            b"dx\nA00\n",
            Severity::Error,
            "icd10cm_codes_fy2026.csv was not loaded: its columns do not begin with code.",
        ),
        (
            "icd10cm_codes_fy2026.csv",
            b"code\n\"\"\n",
            Severity::Error,
            "icd10cm_codes_fy2026.csv was not loaded: row 2: a code is empty or longer than \
             eight characters.",
        ),
        (
            "icd10cm_codes_fy2026.csv.gz",
            b"code\nA000\n",
            Severity::Error,
            "icd10cm_codes_fy2026.csv.gz was not loaded: its name ends in .gz and its content \
             is not gzip.",
        ),
        (
            "icd10cm_codes_fy2026.csv.gz",
            b"\x1f\x8b\x08\x00damaged",
            Severity::Error,
            "icd10cm_codes_fy2026.csv.gz was not loaded: its gzip content is damaged.",
        ),
        (
            "ncci_mue_prac.csv",
            b"hcpcs,mue_units,mai\nG0001,1,2\n",
            Severity::Error,
            "ncci_mue_prac.csv was not loaded: its name has no period such as 2024q3.",
        ),
        (
            "ncci_mue_prac_2024q3.csv",
            b"hcpcs,mue_units,mai\nG0001,many,2\n",
            Severity::Error,
            "ncci_mue_prac_2024q3.csv was not loaded: row 2: the units are not a whole number.",
        ),
        (
            "hcpcs_level2_2024q3.csv",
            b"hcpcs,short_descriptor,coverage,date_added,date_terminated\nA0021,x,I,1/1/1985,\n",
            Severity::Error,
            "hcpcs_level2_2024q3.csv was not loaded: row 2: a date is not YYYY-MM-DD.",
        ),
    ] {
        assert_eq!(refused(&mut tables, name, bytes), (severity, message.to_string()));
    }
    assert_eq!(tables.lookup(CodeSet::Icd10Cm, "A000", None), CodeAnswer::Valid);
    assert!(tables.mue.is_empty());
}

#[test]
fn a_later_edition_decides_for_its_own_days() {
    let mut tables = Tables::builtin();
    let report = tables.add_file("dir/icd10cm_codes_fy2026.csv", b"code\nE11A\nE119\n").unwrap();
    assert_eq!(report.rows, 2);
    let answer = |code, on| tables.lookup(CodeSet::Icd10Cm, code, Some(day(on)));
    assert_eq!(answer("E11A", "20251001"), CodeAnswer::Valid);
    assert_eq!(answer("E11A", "20250930"), CodeAnswer::NotYetEffective);
    assert_eq!(answer("A000", "20251001"), CodeAnswer::Expired);
}

#[test]
fn what_cannot_be_checked_is_said_in_plain_words() {
    let missing = Tables::builtin().missing_checks();
    assert_eq!(
        missing.first().map(String::as_str),
        Some("Procedure codes of HCPCS level I are checked for their shape only: load mpfs_rvu_*.")
    );
    assert!(
        missing
            .iter()
            .any(|m| m.starts_with("ICD-10-CM codes are known as published for 2024-10-01"))
    );
    assert_eq!(missing.len(), 11);
}
