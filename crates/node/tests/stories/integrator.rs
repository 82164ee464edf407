//! An integrator reads, checks, shows and surveys X12 files of any kind.

use crate::claims::{Bill, VISIT, file_837p};
use crate::place::{Place, evil_files, folded, root};

/// The keys of a finding, as docs/reference/commands.md lists them.
const KEYS: [&str; 14] = [
    "cause",
    "code",
    "component",
    "element",
    "fix",
    "loop",
    "message",
    "offset",
    "segment",
    "segment_id",
    "segment_in_transaction",
    "service_line",
    "severity",
    "snip",
];

fn broken() -> Place {
    let place = Place::empty();
    let text = file_837p(1, &[VISIT]);
    place.write("good.837", &text);
    place.write("broken.837", text.replace("DTP*472*D8*20250102~\n", "").replace("SE*25", "SE*24"));
    place
}

#[test]
fn a_finding_says_where_why_and_what_to_do() {
    let place = broken();
    let told = place.run("x12 check broken.837");
    assert_eq!(told.code, 1, "{told}");
    let errors = told.out.split("note").next().unwrap_or("");
    insta::assert_snapshot!(folded(errors), @r#"
    error   DTP (Service date) is missing.
            where: segment 25 (DTP), byte 750, loop 2000A/2000B/2300/2400
            why:   The guide requires it in this place.
            fix:   Send DTP before this segment.
            X12-2-required-segment-missing (SNIP type 2)
    checks that could not run as they should, for want of a table (--tables):
      Provider taxonomy codes are checked for their form only: no table of them is read.
      Procedure codes of HCPCS level I are checked for their form only: load mpfs_rvu_*.
      Modifiers of HCPCS level I are checked for their form only: load modifier_codes_*.
      NCCI procedure pairs (practitioner) are not checked: load ncci_ptp_practitioner*.
      NCCI procedure pairs (outpatient hospital) are not checked: load ncci_ptp_outpatient*.
      NCCI unit limits (practitioner) are not checked: load ncci_mue_prac*.
      NCCI unit limits (outpatient hospital) are not checked: load ncci_mue_out*.
      NCCI unit limits (supplier) are not checked: load ncci_mue_dme*.
      Add-on codes are not checked: load ncci_addon_codes_*.
      ICD-10-CM codes are known as published for 2024-10-01 to 2025-09-30; for other days newer \
          or older codes may be judged wrongly: load icd10cm_codes_*.
      HCPCS level II codes are known as published for 2024-07-01 to 2024-09-30; for other days \
          newer or older codes may be judged wrongly: load hcpcs_level2_*.
      National drug codes and payer identifiers are checked for their form only: no table of \
          them is read.
    "#);
    assert_eq!(place.run("x12 check good.837").code, 0);
}

#[test]
fn findings_as_json_have_exactly_the_documented_keys() {
    let place = broken();
    let told = place.run("x12 check broken.837 --json");
    assert_eq!(told.code, 1, "{told}");
    let findings = told.json_lines();
    assert!(findings.len() > 2, "{told}");
    for finding in &findings {
        let keys: Vec<&str> =
            finding.as_object().expect("object").keys().map(String::as_str).collect();
        assert_eq!(keys, KEYS, "{finding}");
        assert!((1..=7).contains(&finding["snip"].as_u64().unwrap_or(0)), "{finding}");
        let severity = finding["severity"].as_str().unwrap_or("");
        assert!(["error", "warning", "note"].contains(&severity), "{finding}");
        assert!(["message", "cause", "fix"].iter().all(|key| finding[key] != ""), "{finding}");
    }
    let page = std::fs::read_to_string(root().join("docs/reference/commands.md")).expect("page");
    assert!(KEYS.iter().all(|key| page.contains(&format!("`{key}`"))), "the page lists every key");
}

#[test]
fn checks_that_could_not_run_are_named_until_their_table_is_there() {
    let place = broken();
    let missing = |line: &str| -> Vec<String> {
        let lines = place.run(line).json_lines();
        let notes = lines.iter().filter(|one| one["code"] == "X12-5-table-missing");
        notes.map(|one| one["message"].as_str().unwrap_or("").to_owned()).collect()
    };
    let before = missing("x12 check good.837 --json");
    insta::assert_snapshot!(folded(&before.join("\n")), @r#"
    Provider taxonomy codes are checked for their form only: no table of them is read.
    Procedure codes of HCPCS level I are checked for their form only: load mpfs_rvu_*.
    Modifiers of HCPCS level I are checked for their form only: load modifier_codes_*.
    NCCI procedure pairs (practitioner) are not checked: load ncci_ptp_practitioner*.
    NCCI procedure pairs (outpatient hospital) are not checked: load ncci_ptp_outpatient*.
    NCCI unit limits (practitioner) are not checked: load ncci_mue_prac*.
    NCCI unit limits (outpatient hospital) are not checked: load ncci_mue_out*.
    NCCI unit limits (supplier) are not checked: load ncci_mue_dme*.
    Add-on codes are not checked: load ncci_addon_codes_*.
    ICD-10-CM codes are known as published for 2024-10-01 to 2025-09-30; for other days newer \
          or older codes may be judged wrongly: load icd10cm_codes_*.
    HCPCS level II codes are known as published for 2024-07-01 to 2024-09-30; for other days \
          newer or older codes may be judged wrongly: load hcpcs_level2_*.
    National drug codes and payer identifiers are checked for their form only: no table of them \
          is read.
    "#);
    place.write("tables/ncci_mue_prac_2025q1.csv", "hcpcs,mue_units,mai\nT1015,1,2\n");
    let after = missing("x12 check good.837 --json --tables tables");
    let gone: Vec<String> = before.into_iter().filter(|one| !after.contains(one)).collect();
    assert_eq!(gone, ["NCCI unit limits (practitioner) are not checked: load ncci_mue_prac*."]);
}

#[test]
fn the_999_that_answers_a_file_is_written() {
    let place = broken();
    let told = place.run("x12 check broken.837 --write-999 a.999 --on 2025-01-06");
    insta::assert_snapshot!(folded(&told.err), @r#"
    wrote a.999
    broken.837: 1 error, no warnings, 12 notes in 1 transaction set and 1 claim (lenient \
          receiver)
    "#);
    insta::assert_snapshot!(folded(&place.read("a.999").replace('~', "~\n")), @r#"
    ISA*00*          *00*          *ZZ*FOX01          *ZZ*ALDERBILLING \
          *250106*0000*^*00501*000000001*0*P*:~
    GS*FA*FOX01*ALDERBILLING*20250106*0000*1*X*005010X231A1~
    ST*999*0001*005010X231A1~
    AK1*HC*1*005010X222A1~
    AK2*837*0001*005010X222A1~
    IK3*DTP*23*2400*3~
    CTX*CLM01:EV-1~
    IK5*R*5~
    AK9*R*1*1*0~
    SE*8*0001~
    GE*1*1~
    IEA*1*000000001~
    "#);
    assert_eq!(place.run("x12 check a.999").code, 0);
}

#[test]
fn a_file_as_a_tree_with_findings_at_their_places() {
    let place = broken();
    insta::assert_snapshot!(place.run("x12 show broken.837"), @r#"
    $ counterfoil x12 show broken.837
    ISA 000000001 from ALDERBILLING to FOX01
      GS 1 HC 005010X222A1
         3            ST*837*0001*005010X222A1
         4            BHT*0019*00*BATCH1*20250105*0830*CH
         5 1000A        NM1*41*2*ALDER BILLING SERVICE*****46*ALDERBILLING
         6 1000A        PER*IC*EDI DESK*TE*3035550100
         7 1000B        NM1*40*2*FOXGLOVE HEALTH PLAN*****46*FOX01
         8 2000A        HL*1**20*1
         9 2000A        PRV*BI*PXC*207Q00000X
        10 2010AA         NM1*85*2*ALDER FAMILY PRACTICE*****XX*1234567893
        11 2010AA         N3*12 MILL STREET
        12 2010AA         N4*DENVER*CO*802021234
        13 2010AA         REF*EI*123456789
        14 2000B          HL*2*1*22*0
        15 2000B          SBR*P*18*GRP100******CI
        16 2010BA           NM1*IL*1*SAMPLE*ADA****MI*M0000001
        17 2010BA           N3*7 OAK LANE
        18 2010BA           N4*DENVER*CO*80203
        19 2010BA           DMG*D8*19800102*F
        20 2010BB           NM1*PR*2*FOXGLOVE HEALTH PLAN*****PI*FOX01
        21 2300             CLM*EV-1*150***11:B:1*Y*A*Y*Y
        22 2300             HI*ABK:J0190
        23 2400               LX*1
        24 2400               SV1*HC:T1015*150*UN*1***1
        25 2400               REF*6R*EV-1-1
                              ^ error: DTP (Service date) is missing.
                                where: segment 25 (DTP), byte 750, loop 2000A/2000B/2300/2400; \
          X12-2-required-segment-missing
                                why:   The guide requires it in this place.
                                fix:   Send DTP before this segment.
        26            SE*24*0001
    = 1
    "#);
    let told = place.run("x12 show broken.837 --json");
    let with_findings =
        told.json_lines().iter().filter(|one| one["findings"] != serde_json::json!([])).count();
    assert!(with_findings > 0, "{told}");
}

#[test]
fn standard_input_is_a_file_too() {
    use std::io::Write;
    use std::process::Stdio;
    let place = broken();
    let mut child =
        place.command("x12 check - --json").stdin(Stdio::piped()).spawn().expect("it starts");
    let text = place.read("broken.837");
    child.stdin.take().expect("input").write_all(text.as_bytes()).expect("it reads");
    let done = child.wait_with_output().expect("it ends");
    let told = crate::place::Told::of("x12 check - --json", &done);
    assert_eq!(told.out, place.run("x12 check broken.837 --json").out);
}

#[test]
fn parse_then_write_gives_the_same_bytes_or_says_why_not() {
    let place = broken();
    let text = place.read("good.837");
    place.write("cut.837", text.get(..text.len() - 30).expect("a part"));
    insta::assert_snapshot!(place.story(&[
        "x12 roundtrip good.837 --write copy.837",
        "x12 roundtrip cut.837",
        "x12 roundtrip good.837 --json",
    ]), @r#"
    $ counterfoil x12 roundtrip good.837 --write copy.837
    ! good.837: the same bytes came back (823 bytes)
    = 0

    $ counterfoil x12 roundtrip cut.837
    warning The last segment has no terminator.
            where: segment 27 (SE), byte 786
            why:   Each segment has an identifier and ends with the terminator that ISA names.
            fix:   End each segment with one terminator.
            X12-1-terminator-missing (SNIP type 1)
    error   SE02 is not the control number of ST02.
            where: segment 27 (SE02), byte 792
            why:   The envelope lets both parties tell that a file is whole (X12.5)
            fix:   Repeat ST02 in SE02.
            X12-1-set-control-number (SNIP type 1)
    error   The functional group has no GE.
            where: segment 28 (GE), byte 794
            why:   The envelope lets both parties tell that a file is whole (X12.5)
            fix:   Send the whole file, or its missing trailer.
            X12-1-ge-missing (SNIP type 1)
    error   The interchange has no IEA.
            where: segment 28 (IEA), byte 794
            why:   The envelope lets both parties tell that a file is whole (X12.5)
            fix:   Send the whole file, or its missing trailer.
            X12-1-iea-missing (SNIP type 1)
    ! cut.837: the same bytes came back, but the file is not syntactically valid (793 bytes)
    = 1

    $ counterfoil x12 roundtrip good.837 --json
    {"bytes":823,"file":"good.837","findings":[],"identical":true,"valid":true}
    ! good.837: the same bytes came back (823 bytes)
    = 0
    "#);
    assert_eq!(place.read("copy.837"), text);
}

#[test]
fn a_survey_accounts_for_every_evil_file() {
    let place = Place::empty();
    let evil = evil_files();
    for file in &evil {
        let name = file.file_name().expect("a name").to_string_lossy();
        place.write(&format!("evil/{name}"), std::fs::read(file).expect("a file"));
    }
    let told = place.run("x12 survey evil --json");
    let mut rows = told.json_lines();
    let total = rows.pop().expect("a total");
    assert_eq!(rows.len(), evil.len());
    for (row, file) in rows.iter().zip(&evil) {
        let name = file.file_name().expect("a name").to_string_lossy();
        assert_eq!(row["file"], name.as_ref());
        let is_valid = row["syntactically_valid"] == true;
        assert!(!is_valid || row["round_trip_identical"] == true, "{row}");
    }
    assert_eq!(total["files"], evil.len());
    assert_eq!(total["syntactically_valid"], total["identical_after_round_trip"]);
    assert_eq!(told.code, 0, "{total}");
    let human = place.run("x12 survey evil");
    let listed = |file: &std::path::PathBuf| {
        human.out.contains(file.file_name().expect("a name").to_string_lossy().as_ref())
    };
    assert!(evil.iter().all(listed), "{human}");
}

#[test]
fn claims_in_any_number_are_counted() {
    let place = Place::empty();
    let bills: Vec<Bill<'_>> = (0..40).map(|_| VISIT).collect();
    place.write("many/forty.837", file_837p(1, &bills));
    insta::assert_snapshot!(place.run("x12 survey many"), @r#"
    $ counterfoil x12 survey many
    forty.837                                                               1 sets    0 \
          structure only    40 claims    0 errors   39 warnings  identical

    1 files, 1 with X12; 1 transaction sets, 0 of them structure only; 40 claims or payments
    1 X12 files without an error, 0 with structure only (no guide here reads all their sets), 0 \
          with 0 errors
    1 of 1 syntactically valid files came back byte for byte; 1 of all 1
    = 0
    "#);
}
