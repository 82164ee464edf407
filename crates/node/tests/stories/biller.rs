//! A biller asks what will be paid before anything is sent.

use crate::claims::{Bill, NOT_COVERED, URGENT, VISIT, file_837p};
use crate::place::Place;

const DESK: &str = "--rates plan/rates --members plan/members.csv --on 2025-01-06";
const DEMO: &str = "--rules demo/plan/rules --rates demo/plan/rates \
     --members demo/plan/members.csv";

#[test]
fn the_claims_of_a_small_file_and_what_they_will_bring() {
    let place = Place::with_plan();
    let stranger = Bill { number: "EV-4", member: "M0000404", ..VISIT };
    place.write("visit.837", file_837p(1, &[VISIT, URGENT, NOT_COVERED, stranger]));
    insta::assert_snapshot!(place.run(&format!("claim check visit.837 {DESK}")), @r#"
    $ counterfoil claim check visit.837 --rates plan/rates --members plan/members.csv --on \
          2025-01-06
    claim EV-1 (segment 21, charge 150.00): ready; predicted: allowed 115.00, paid 90.00, \
          patient 25.00
        line 1: charge 150.00, allowed 115.00, paid 90.00, patient 25.00; 35.00 above the \
          contract's price (CO-45), 25.00 copay (PR-3)
    claim EV-2 (segment 34, charge 200.00): ready, but will wait for a person: benefit \
          `urgent-care` needs an authorization
        line 1: charge 200.00, allowed 145.00, paid 95.00, patient 50.00; 55.00 above the \
          contract's price (CO-45), 50.00 copay (PR-3)
    claim EV-3 (segment 47, charge 60.00): ready, but will be denied: the plan does not cover \
          the service (PR-96)
        line 1: charge 60.00, allowed 0.00, paid 0.00, patient 60.00; 60.00 not covered (PR-96)
    claim EV-4 (segment 60, charge 150.00): ready, but will be denied: the patient is not in \
          the members file (CARC 31)
        line 1: charge 150.00, allowed 0.00, paid 0.00, patient 150.00; 150.00 patient not \
          known (PR-31)
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    ! 4 claims: 1 ready (predicted payment 90.00), 2 ready but will be denied, 1 ready but will \
          wait for a person, none to correct
    = 0
    "#);
}

#[test]
fn an_error_holds_a_claim_back_and_the_others_go() {
    let place = Place::with_plan();
    let zero = Bill { number: "EV-5", procedure: "T101", ..VISIT };
    place.write("visit.837", file_837p(1, &[VISIT, zero]));
    let line = format!("claim check visit.837 {DESK} --clean clean.837 --book office");
    insta::assert_snapshot!(place.story(&[
        &line,
        "ledger trial-balance --data office",
        "x12 check clean.837 --strict",
    ]), @r#"
    $ counterfoil claim check visit.837 --rates plan/rates --members plan/members.csv --on \
          2025-01-06 --clean clean.837 --book office
    claim EV-1 (segment 21, charge 150.00): ready; predicted: allowed 115.00, paid 90.00, \
          patient 25.00
        line 1: charge 150.00, allowed 115.00, paid 90.00, patient 25.00; 35.00 above the \
          contract's price (CO-45), 25.00 copay (PR-3)
    claim EV-5 (segment 34, charge 150.00): correct before sending
    error   There is no such HCPCS procedure code.
            where: segment 37 (SV101-2), byte 1013, loop 2000A/2000B/2300/2400, service line 1
            why:   The code set is kept outside the standard and changes with time.
            fix:   Correct the code.
            X12-5-code-unknown (SNIP type 5)
    error   The procedure code does not have the form of CPT or HCPCS.
            where: segment 37 (SV101-2), byte 1013, loop 2000A/2000B/2300/2400, service line 1
            why:   With qualifier HC a code has five characters.
            fix:   Correct the procedure code.
            837-5-procedure-form (SNIP type 5)
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    ! 2 claims: 1 ready (predicted payment 90.00), 0 ready but will be denied, 0 ready but will \
          wait for a person, 1 to correct before sending (150.00 charged)
    = 1

    $ counterfoil ledger trial-balance --data office
    account                                                         debit           credit
    provider.billed_revenue                                                         150.00
    provider.receivable/FOX01                                      150.00
    debits less credits                                                               0.00
    = 0

    $ counterfoil x12 check clean.837 --strict
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
    ! clean.837: no errors, no warnings, 12 notes in 1 transaction set and 1 claim (strict \
          sender)
    = 0
    "#);
    assert!(place.read("clean.837").contains("CLM*EV-1*150"));
    assert!(!place.read("clean.837").contains("EV-5"));
    // Checked and booked again, the same claims are sent once.
    let books = place.books("office");
    assert_eq!(place.run(&line).code, 1);
    assert_eq!(place.books("office"), books);
}

#[test]
fn one_cause_is_told_once_and_that_of_a_provider_once_for_all_claims() {
    let place = Place::with_plan();
    let second = Bill { number: "EV-5", day: "20250103", ..VISIT };
    let file = file_837p(1, &[VISIT, second]).replacen("J0190", "Z9999", 1);
    place.write("npi.837", file.replace("1234567893", "1234567890"));
    let told = place.run("claim check npi.837 --on 2025-01-06");
    let errors: Vec<&str> = told.out.lines().filter(|line| line.starts_with("error")).collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    error   NM109 is not an NPI with a correct check digit.
    error   There is no such ICD-10-CM diagnosis code.
    error   NM109 is not an NPI with a correct check digit (segment 10, told above).
    "#);
}

#[test]
fn json_has_a_claim_a_line() {
    let place = Place::with_plan();
    place.write("visit.837", file_837p(1, &[VISIT, NOT_COVERED]));
    let told = place.run(&format!("claim check visit.837 {DESK} --json"));
    assert_eq!(told.code, 0, "{told}");
    let mut claims = told.json_lines();
    let totals = claims.pop().expect("totals");
    assert_eq!(claims.len(), 2);
    assert_eq!(totals["total"], true);
    assert_eq!(totals["claims_ready"], 1, "{totals}");
    assert_eq!(totals["claims_ready_but_denied"], 1, "{totals}");
    assert_eq!(totals["claims_held"], 0, "{totals}");
    assert_eq!(claims[0]["patient_control_number"], "EV-1");
    assert_eq!(claims[0]["ready"], true);
    assert_eq!(claims[0]["prediction"]["paid_cents"], 9_000);
    assert_eq!(claims[0]["prediction"]["patient_cents"], 2_500);
    assert_eq!(claims[1]["prediction"]["state"], "denied");
    assert_eq!(claims[1]["standing"], "ready_but_denied");
    for claim in &claims {
        let line = &claim["prediction"]["lines"][0];
        let cents = |value: &serde_json::Value| value.as_i64().expect("cents");
        let reductions = line["reductions"].as_array().expect("reductions");
        let reduced: i64 = reductions.iter().map(|one| cents(&one["amount_cents"])).sum();
        assert_eq!(cents(&line["charge_cents"]), cents(&line["paid_cents"]) + reduced, "{claim}");
    }
}

#[test]
fn professional_and_institutional_files_of_the_demo() {
    let place = Place::after_demo();
    for folder in ["practice", "hospital"] {
        let (mut claims, mut held) = (0, 0);
        for name in place.names(&format!("demo/{folder}/claims")) {
            let file = format!("demo/{folder}/claims/{name}");
            let day = "2025-08-10";
            let told = place.run(&format!("claim check {file} {DEMO} --on {day} --json"));
            let lines = told.json_lines();
            let of_file = lines.iter().filter(|line| line.get("ready").is_some());
            let held_here = of_file.clone().filter(|line| line["ready"] == false).count();
            claims += of_file.count();
            held += held_here;
            assert_eq!(told.code, i32::from(held_here > 0), "{told}");
            let human = place.run(&format!("claim check {file} {DEMO} --on {day}"));
            assert_eq!(human.code, told.code, "{human}");
            let shown = human.out.lines().filter(|line| line.starts_with("claim ")).count();
            assert_eq!(shown, lines.iter().filter(|line| line.get("ready").is_some()).count());
        }
        assert!(claims > 20 && held > 0 && held < claims, "{folder}: {held} of {claims} held");
    }
}

#[test]
fn a_replacement_and_a_void_name_the_claim_they_correct() {
    let place = Place::with_plan();
    place.write("visit.837", file_837p(1, &[VISIT]));
    let desk = format!("{DESK} --out out --data payer");
    assert_eq!(place.run(&format!("claim adjudicate visit.837 {desk}")).code, 0);
    let shown = place.run("claim show EV-1 --data payer --json").json();
    let number = shown["claim_control_number"].as_str().expect("a number").to_owned();
    let corrected = Bill { charge: "120", frequency: '7', corrects: &number, ..VISIT };
    let nameless = Bill { number: "EV-6", frequency: '7', ..VISIT };
    let void = Bill { frequency: '8', corrects: "999999999999999", ..VISIT };
    place.write("corrected.837", file_837p(2, &[corrected]));
    place.write("void.837", file_837p(3, &[nameless, void]));
    insta::assert_snapshot!(place.story(&[
        &format!("claim check corrected.837 {DESK} --payer-data payer"),
        &format!("claim check void.837 {DESK} --payer-data payer"),
    ]), @r#"
    $ counterfoil claim check corrected.837 --rates plan/rates --members plan/members.csv --on \
          2025-01-06 --payer-data payer
    claim EV-1 (segment 21, charge 120.00): ready; predicted: allowed 115.00, paid 90.00, \
          patient 25.00
        line 1: charge 120.00, allowed 115.00, paid 90.00, patient 25.00; 5.00 above the \
          contract's price (CO-45), 25.00 copay (PR-3)
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    ! 1 claim: 1 ready (predicted payment 90.00), 0 ready but will be denied, 0 ready but will \
          wait for a person, none to correct
    = 0

    $ counterfoil claim check void.837 --rates plan/rates --members plan/members.csv --on \
          2025-01-06 --payer-data payer
    claim EV-6 (segment 21, charge 150.00): correct before sending
    error   A replacement or void does not name the claim it corrects.
            where: segment 21 (CLM05), byte 687, loop 2000A/2000B/2300
            why:   The guide asks for it in this situation.
            fix:   Send the payer's claim control number in REF F8.
            837P-4-original-claim-number (SNIP type 4)
    error   The same services were billed before, as claim 198140606118601, now paid.
            where: segment 21 (CLM), byte 672, loop 2000A/2000B/2300
            why:   Same patient, provider, dates and services as an earlier claim that still \
          stands; a service is paid once (CARC 18).
            fix:   Do not send it again; to change the earlier claim send frequency 7 or 8 with \
          the payer's claim control number in REF F8.
            INT-7-duplicate-claim (SNIP type 7)
    claim EV-1 (segment 34, charge 150.00): correct before sending
    error   The claim to be replaced or voided is not known to the payer.
            where: segment 34 (CLM05-3), byte 958, loop 2000A/2000B/2300
            why:   A replacement or void can only correct a claim that the payer holds.
            fix:   Check the payer's claim control number in REF F8 against the remittance \
          advice.
            INT-7-earlier-claim-unknown (SNIP type 7)
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    ! 2 claims: 0 ready (predicted payment 0.00), 0 ready but will be denied, 0 ready but will \
          wait for a person, 2 to correct before sending (300.00 charged)
    = 1
    "#);
    // A check changes nothing in the payer's books.
    let books = place.books("payer");
    assert_eq!(place.run(&format!("claim check corrected.837 {DESK} --payer-data payer")).code, 0);
    assert_eq!(place.books("payer"), books);
}
