//! What a run could not do, and why a claim did not go through, is said and never passed over.

use crate::claims::{Bill, NOT_COVERED, URGENT, VISIT, file_837p};
use crate::place::Place;

const DESK: &str = "--rates plan/rates --members plan/members.csv --on 2025-01-06";

fn place() -> Place {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT, URGENT, NOT_COVERED]));
    place
}

#[test]
fn a_fee_schedule_that_is_not_there_is_named_with_the_files_that_are() {
    let place = place();
    let schedule = place.read("plan/rates/fee_schedule.csv");
    place.write("plan/rates/fee_schedule.csv", schedule.replace("FOXGLOVE", "FOXGLOVE-2024"));
    place.write("plan/rates/FOXGLOVE.xlsx", "a spreadsheet");
    let told = place.run(&format!("claim check june.837 {DESK}"));
    insta::assert_snapshot!(crate::place::folded(&told.err), @r#"
    warning: the rates folder has no fee schedule `FOXGLOVE` (term `fee-schedule` of contract \
          `ALDER`), so that what it prices waits for a person; files there: contracts.toml, \
          fee_schedule.csv, payment.toml, place_of_service_plan.csv, plans.toml; fee schedules \
          in them: FOXGLOVE-2024 (RATES-missing-table)
      fix: add a file named fee_schedule*.csv that holds it, or correct contracts.toml
    rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml; not read: FOXGLOVE.xlsx
    warning: checks that did not run, for want of rules or tables (--json says which file each \
          needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, outpatient \
          hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), Add-on \
          codes
    3 claims: 0 ready (predicted payment 0.00), 1 ready but will be denied, 2 ready but will \
          wait for a person, none to correct
    "#);
    for line in ["claim check june.837", "claim adjudicate june.837 --out out --data payer"] {
        let told = place.run(&format!("{line} {DESK} --json"));
        let lines = told.json_lines();
        let loaded = &lines.last().expect("a line")["loaded"];
        assert_eq!(loaded["rates_files_not_read"], serde_json::json!(["FOXGLOVE.xlsx"]), "{told}");
        assert_eq!(loaded["warnings"][0]["code"], "RATES-missing-table", "{told}");
    }
}

#[test]
fn checks_that_did_not_run_are_named() {
    let place = place();
    place.write("rules/readme.md", "our rules");
    place.write("rules/pack.yaml", "id: a");
    let check = format!("claim check june.837 {DESK} --rules rules");
    let adjudicate = format!("claim adjudicate june.837 {DESK} --rules rules --out out");
    for line in [&check, &adjudicate] {
        let told = place.run(line);
        let folder = "warning: the rules folder rules holds no rule pack (pack.toml) and no edit \
             table that is read (found pack.yaml, readme.md): no edit of this payer is run\n";
        assert!(told.err.contains(folder), "{told}");
        assert!(told.err.contains("warning: checks that did not run"), "{told}");
        assert!(told.err.contains("Payer edits (no rule pack)"), "{told}");
    }
    // The rules of a payer are there, and so is a table of NCCI.
    place.write("rules/ncci_mue_prac_2025q1.csv", "hcpcs,mue_units,mai\nT1015,1,2\n");
    let told = place.run(&format!("{check} --json"));
    assert!(!told.err.contains("the rules folder"), "{told}");
    let lines = told.json_lines();
    let not_run: Vec<&str> = lines[lines.len() - 1]["checks_not_run"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let has = |words: &str| not_run.iter().any(|one| one.starts_with(words));
    assert!(has("NCCI unit limits (supplier) are not checked: load ncci_mue_dme*."), "{told}");
    assert!(has("Provider taxonomy codes are checked for their form only"), "{told}");
    assert!(!has("NCCI unit limits (practitioner)"), "{told}");
}

#[test]
fn every_refused_claim_says_why() {
    let place = place();
    assert_eq!(place.run(&format!("claim adjudicate june.837 {DESK} --out out")).code, 0);
    let unknown = Bill { frequency: '7', corrects: "999999999999999", ..VISIT };
    let twice = Bill { number: "EV-7", ..VISIT };
    let void = Bill { number: "EV-8", frequency: '8', corrects: "12", ..NOT_COVERED };
    place.write("july.837", file_837p(2, &[unknown, twice, void]));
    let line = format!("claim adjudicate july.837 {DESK} --out out");
    let told = place.run(&format!("{line} --data other --json"));
    let refused = told.json();
    let claims = refused["refused"].as_array().expect("a list");
    assert_eq!(claims.len(), 2, "without the first file EV-7 is new: {told}");
    assert_eq!(claims[0]["reasons"][0]["claim_status"], "A7:464", "{told}");
    let told = place.run(&line);
    assert_eq!(told.code, 1, "{told}");
    let refused: Vec<&str> = told.out.lines().filter(|one| one.contains("refused:")).collect();
    insta::assert_snapshot!(crate::place::folded(&refused.join("\n")), @r#"
    refused: claim EV-1 (segment 21): The claim to be replaced or voided is not known to the \
        payer (A7:464)
    refused: claim EV-8 (segment 48): The claim to be replaced or voided is not known to the \
        payer (A7:464)
    "#);
}

#[test]
fn what_a_claim_waited_for_is_history_once_a_person_has_approved_it() {
    let place = place();
    assert_eq!(
        place.run(&format!("claim adjudicate june.837 {DESK} --out out --data payer")).code,
        0
    );
    let shown = |place: &Place| place.run("claim show EV-2 --data payer --json").json();
    let before = shown(&place);
    assert_eq!(before["reason"], "benefit `urgent-care` needs an authorization");
    assert_eq!(before["waited_for"], "");
    let number = before["claim_control_number"].as_str().expect("a number");
    let decide = format!(
        "claim decide {number} --data payer {DESK} --by \"Dana Reyes\" --verdict approve \
         --reason \"records reviewed\""
    );
    assert_eq!(place.run(&decide).code, 0);
    let after = shown(&place);
    assert_eq!(after["reason"], "", "{after}");
    assert_eq!(after["waited_for"], "benefit `urgent-care` needs an authorization");
    let told = place.run("claim show EV-2 --data payer");
    assert!(!told.out.contains("because"), "{told}");
    assert!(told.out.contains("had waited for a person: benefit `urgent-care`"), "{told}");
}

#[test]
fn clean_claims_keep_their_sender_and_the_file_its_place() {
    let place = Place::with_plan();
    let second = Bill { number: "EV-9", day: "20250103", ..VISIT };
    let held = Bill { number: "EV-5", procedure: "T101", ..VISIT };
    let other = file_837p(2, &[second, held]).replace("ALDERBILLING   ", "BIRCHBILLING   ");
    let none = file_837p(3, &[held]);
    place.write("two.837", file_837p(1, &[VISIT]) + &other + &none);
    let line = format!("claim check two.837 {DESK} --clean clean.837");
    assert_eq!(place.run(&line).code, 1);
    let clean = place.read("clean.837").replace("~", "~\n");
    let kept = |id: &str| -> Vec<String> {
        let lines = clean.lines().filter(|line| line.starts_with(id));
        lines.map(|line| line.get(..60).unwrap_or(line).to_owned()).collect()
    };
    insta::assert_snapshot!([kept("ISA"), kept("CLM")].concat().join("\n"), @r#"
    ISA*00*          *00*          *ZZ*ALDERBILLING   *ZZ*FOX01 
    ISA*00*          *00*          *ZZ*BIRCHBILLING   *ZZ*FOX01 
    CLM*EV-1*150***11:B:1*Y*A*Y*Y~
    CLM*EV-9*150***11:B:1*Y*A*Y*Y~
    "#);
    assert_eq!(place.run("x12 check clean.837 --strict").code, 0);
    // The file that is checked is never the one that is written.
    let before = place.read("two.837");
    let told = place.run(&format!("claim check two.837 {DESK} --clean ./two.837"));
    assert_eq!(told.code, 2, "{told}");
    assert_eq!(place.read("two.837"), before);
    // A check that breaks off leaves what was there.
    place.write("old.837", "the old clean claims");
    let told = place.run(&format!("claim check . {DESK} --clean old.837"));
    assert_eq!(told.code, 2, "{told}");
    assert_eq!(place.read("old.837"), "the old clean claims");
    assert!(place.names(".").iter().all(|name| !name.ends_with(".part")));
}

#[test]
fn a_prediction_holds_nobody_up() {
    let place = place();
    assert_eq!(
        place.run(&format!("claim adjudicate june.837 {DESK} --out out --data payer")).code,
        0
    );
    let books = place.books("payer");
    let new = Bill { number: "EV-20", day: "20250104", ..VISIT };
    place.write("new.837", file_837p(4, &[new]));
    let line = format!("claim check new.837 {DESK} --payer-data payer");
    let check = place.command(&line).spawn().expect("it starts");
    let pay = place.run("claim pay --data payer --rates plan/rates --out out --on 2025-01-07");
    assert_eq!(pay.code, 0, "{pay}");
    let told = crate::place::Told::of(&line, &check.wait_with_output().expect("it ends"));
    assert_eq!(told.code, 0, "{told}");
    assert_eq!(place.books("payer"), books);
}

#[test]
fn transaction_sets_without_a_guide_are_counted_apart() {
    let place = place();
    let inquiry = "ST*270*0001*005010X279A1~BHT*0022*13*1*20250105*0830~HL*1**20*1~SE*4*0001~";
    let envelope = file_837p(9, &[VISIT]);
    let (isa, rest) = envelope.split_at(envelope.find("GS*").expect("a group"));
    let trailer = rest.get(rest.find("IEA").expect("an end")..).expect("an end");
    let group = "GS*HS*ALDERBILLING*FOX01*20250105*0830*9*X*005010X279A1~";
    place.write("many/inquiry.270", format!("{isa}{group}{inquiry}GE*1*9~{trailer}"));
    place.write("many/visit.837", &envelope);
    let told = place.run("x12 survey many");
    insta::assert_snapshot!(told, @r#"
    $ counterfoil x12 survey many
    inquiry.270                                                             1 sets    1 \
          structure only     0 claims    0 errors    0 warnings  identical
    visit.837                                                               1 sets    0 \
          structure only     1 claims    0 errors    0 warnings  identical

    2 files, 2 with X12; 2 transaction sets, 1 of them structure only; 1 claims or payments
    1 X12 files without an error, 1 with structure only (no guide here reads all their sets), 0 \
          with 0 errors
    2 of 2 syntactically valid files came back byte for byte; 2 of all 2
    = 0
    "#);
    let total = place.run("x12 survey many --json").json_lines().pop().expect("a total");
    let number = |key: &str| total[key].as_u64().expect("a number");
    let parts = ["files_without_error", "files_structure_only", "files_with_errors"];
    assert_eq!(parts.map(number).iter().sum::<u64>(), number("x12_files"), "{total}");
    assert_eq!(number("transactions_structure_only"), 1);
}

#[test]
fn code_sets_without_a_table_are_named_and_can_be_loaded() {
    let place = Place::after_demo();
    let file = place.named("demo/hospital/claims", "");
    let text = place.read(&file);
    // Value code 80 (covered days) and a group, put behind the first principal diagnosis.
    let at = text.find("~HI*ABK").or_else(|| text.find("~\nHI*ABK")).expect("a diagnosis");
    let end = at + 1 + text[at + 1..].find('~').expect("an end");
    let (before, after) = text.split_at(end);
    place.write("inpatient.837", format!("{before}~HI*BE:ZZ:::3{after}"));
    let notes = |options: &str| -> Vec<String> {
        let told = place.run(&format!("x12 check inpatient.837 --json {options}"));
        let lines = told.json_lines();
        let about = |one: &&serde_json::Value| one["message"].to_string().contains("alue code");
        let text = |one: &serde_json::Value| format!("{} {}", one["segment_id"], one["message"]);
        lines.iter().filter(about).map(text).collect()
    };
    let without = "\"\" \"Value codes are checked for their form only: load value_codes_*.\"";
    assert_eq!(notes(""), [without]);
    place.write("tables/value_codes_2025.csv", "code\n80\n81\n");
    assert_eq!(notes("--tables tables"), ["\"HI\" \"there is no such value code\""]);
}
