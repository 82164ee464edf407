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
        (Set::Country, "CA", "20241115", Valid),
        (Set::Country, "QX", "20241115", Unknown),
        (Set::Currency, "USD", "20241115", Valid),
        (Set::Currency, "QQQ", "20241115", Unknown),
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
    let said: Vec<String> = missing.iter().map(ToString::to_string).collect();
    // One sentence a line, broken after the semicolon and the colon.
    let said = said.join("\n").replace("; ", ";\n  ").replace(": ", ":\n  ");
    insta::assert_snapshot!(said, @r#"
    Procedure codes of HCPCS level I are checked for their form only:
      load mpfs_rvu_*.
    Modifiers of HCPCS level I are checked for their form only:
      load modifier_codes_*.
    NCCI procedure pairs (practitioner) are not checked:
      load ncci_ptp_practitioner*.
    NCCI procedure pairs (outpatient hospital) are not checked:
      load ncci_ptp_outpatient*.
    NCCI unit limits (practitioner) are not checked:
      load ncci_mue_prac*.
    NCCI unit limits (outpatient hospital) are not checked:
      load ncci_mue_out*.
    NCCI unit limits (supplier) are not checked:
      load ncci_mue_dme*.
    Add-on codes are not checked:
      load ncci_addon_codes_*.
    ICD-10-CM codes are known as published for 2024-10-01 to 2025-09-30;
      for other days newer or older codes may be judged wrongly:
      load icd10cm_codes_*.
    HCPCS level II codes are known as published for 2024-07-01 to 2024-09-30;
      for other days newer or older codes may be judged wrongly:
      load hcpcs_level2_*.
    National drug codes and payer identifiers are checked for their form only:
      no table of them is read.
    "#);
    let sets = [CodeSet::Value, CodeSet::Drg, CodeSet::OccurrenceSpan, CodeSet::Taxonomy];
    let said = sets.map(|set| Tables::missing_set(set).to_string());
    insta::assert_snapshot!(said.join("\n"), @r#"
    Value codes are checked for their form only: load value_codes_*.
    Diagnosis related groups are checked for their form only: load drg_codes_*.
    Occurrence span codes are checked for their form only: load occurrencespan_codes_*.
    Provider taxonomy codes are checked for their form only: no table of them is read.
    "#);
}

#[test]
fn a_plain_list_of_any_set_is_a_table() {
    let mut tables = Tables::builtin();
    let on = Some(day("20250115"));
    for (file, text, set, valid, unknown) in [
        ("value_codes_2025.csv", "code\nA1\n80\n", CodeSet::Value, "80", "ZZ"),
        ("occurrence_codes_2025.csv", "code\n11\n", CodeSet::Occurrence, "11", "12"),
        ("occurrencespan_codes_2025.csv", "code\n74\n", CodeSet::OccurrenceSpan, "74", "11"),
        ("condition_codes_2025.csv", "code\nX9\n", CodeSet::Condition, "X9", "X8"),
        ("drg_codes_fy2025.csv", "code\n470\n", CodeSet::Drg, "470", "998"),
        ("icd10pcs_codes_fy2025.csv", "code\n0SRD0J9\n", CodeSet::Icd10Pcs, "0SRD0J9", "0SRD0J8"),
        ("country_codes_2025.csv", "code\nUS\n", CodeSet::Country, "US", "XX"),
    ] {
        assert_ne!(tables.lookup(set, unknown, on), CodeAnswer::Valid, "{file}");
        let report = tables.add_file(file, text.as_bytes()).unwrap();
        assert!(report.rows > 0 && report.days.is_some(), "{file}");
        assert_eq!(tables.lookup(set, valid, on), CodeAnswer::Valid, "{file}");
        assert_eq!(tables.lookup(set, unknown, on), CodeAnswer::Unknown, "{file}");
    }
    // The weights of the prospective payment name every group.
    let mut tables = Tables::builtin();
    assert_eq!(tables.lookup(CodeSet::Drg, "470", on), CodeAnswer::NoTable);
    tables.add_file("msdrg_table5_fy2025.csv", b"msdrg,weight\n470,1.9\n").unwrap();
    assert_eq!(tables.lookup(CodeSet::Drg, "470", on), CodeAnswer::Valid);
    // Sets with files of their own, and codes that are longer than a list holds, have none.
    for name in ["hcpcs_codes_2025.csv", "taxonomy_codes_2025.csv", "zip_codes_2025.csv"] {
        assert!(tables.add_file(name, b"code\n1\n").is_err(), "{name}");
    }
}
