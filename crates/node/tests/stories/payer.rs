//! Payer operations: a file is adjudicated once, people decide what waits, payments go out.

use crate::claims::{Bill, NOT_COVERED, URGENT, VISIT, file_837p};
use crate::place::{Place, Told};

const DESK: &str = "--rates plan/rates --members plan/members.csv";
const OUT: &str = "--out out --data payer --on 2025-01-06";

/// A payer that took in a visit, an urgent visit that waits, and a service not covered.
fn payer() -> (Place, String) {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT, URGENT, NOT_COVERED]));
    let told = place.run(&format!("claim adjudicate june.837 {DESK} {OUT}"));
    assert_eq!(told.code, 0, "{told}");
    let number = pended(&place).remove(0);
    (place, number)
}

/// Claim control numbers of what waits.
fn pended(place: &Place) -> Vec<String> {
    let rows = place.run("claim pended --data payer --json").json_lines();
    let number = |row: &serde_json::Value| row["claim_control_number"].as_str().map(str::to_owned);
    rows.iter().filter_map(number).collect()
}

fn decide(number: &str, words: &str) -> String {
    format!("claim decide {number} --data payer {DESK} --on 2025-01-08 {words}")
}

#[test]
fn the_same_file_twice_pays_nothing_twice() {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT, URGENT, NOT_COVERED]));
    let line = format!("claim adjudicate june.837 {DESK} {OUT}");
    insta::assert_snapshot!(place.run(&line), @r#"
    $ counterfoil claim adjudicate june.837 --rates plan/rates --members plan/members.csv --out \
          out --data payer --on 2025-01-06
    june.837: 3 claims
      approved          1  charged           150.00
      denied            1  charged            60.00
      pended            1  charged           200.00
      wrote 277CA-40267d27de45-3.x12
      wrote 999-40267d27de45-1.x12
    1 payment in out, 90.00 in all
      1234567893                90.00 ACH effective 2025-01-07  835-202501061234567893001.x12 \
          for 2 claims
      CCD+ entries in ccd-20250106-0001.ach
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    = 0
    "#);
    let (books, files) = (place.books("payer"), place.names("out"));
    insta::assert_snapshot!(place.run(&line), @r#"
    $ counterfoil claim adjudicate june.837 --rates plan/rates --members plan/members.csv --out \
          out --data payer --on 2025-01-06
    june.837 was adjudicated before; nothing was done twice
    nothing was due for payment
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    = 0
    "#);
    assert_eq!(place.books("payer"), books);
    assert_eq!(place.names("out"), files);
    // Under another name it is still the same file.
    place.write("july.837", place.read("june.837"));
    assert_eq!(place.run(&line.replace("june", "july")).code, 0);
    assert_eq!(place.books("payer"), books);
    assert_eq!(place.names("out"), files);
}

#[test]
fn a_used_control_number_with_other_content_is_not_taken_in() {
    let (place, _) = payer();
    let books = place.books("payer");
    let other = Bill { number: "EV-9", day: "20250104", ..VISIT };
    place.write("replay.837", file_837p(1, &[other]));
    insta::assert_snapshot!(place.run(&format!("claim adjudicate replay.837 {DESK} {OUT}")), @r#"
    $ counterfoil claim adjudicate replay.837 --rates plan/rates --members plan/members.csv \
          --out out --data payer --on 2025-01-06
    replay.837: no claims
      1 claim in transaction sets that were rejected whole
           1 x error Interchange 000000001 was received before with other content. \
          (OPS-7-control-number-replayed)
               fix:   Send it again under a new control number; none of its claims was taken in.
      wrote TA1-d3bb23a819ea-1.x12
    nothing was due for payment
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    = 1
    "#);
    assert_eq!(place.books("payer"), books);
}

#[test]
fn a_payment_is_not_dated_before_a_decision_that_it_carries() {
    let (place, number) = payer();
    place.run(&decide(&number, r#"--by "Dana Reyes" --verdict approve --reason "reviewed""#));
    let books = place.books("payer");
    let pay = "claim pay --data payer --rates plan/rates --out out --on";
    let early = place.run(&format!("{pay} 2025-01-07"));
    assert_eq!(early.code, 0, "{early}");
    assert!(early.out.contains("was decided on 2025-01-08, after 2025-01-07"), "{early}");
    assert_eq!(place.books("payer"), books);
    let on_the_day = place.run(&format!("{pay} 2025-01-08"));
    assert!(on_the_day.out.contains("1 payment in out"), "{on_the_day}");
}

#[test]
fn what_waits_is_approved_by_a_named_person_and_paid() {
    let (place, number) = payer();
    let approve =
        decide(&number, r#"--by "Dana Reyes" --verdict approve --reason "records reviewed""#);
    insta::assert_snapshot!(place.story(&[
        "claim pended --data payer",
        &approve,
        &approve,
        "claim pended --data payer",
        "claim pay --data payer --rates plan/rates --out out --on 2025-01-08",
        "claim pay --data payer --rates plan/rates --out out --on 2025-01-08",
        &format!("claim show {number} --data payer"),
        "ledger trial-balance --data payer",
    ]), @r#"
    $ counterfoil claim pended --data payer
    593893960058601  received 2025-01-06  charge       200.00  would pay        95.00  benefit \
          `urgent-care` needs an authorization
    ! 1 claim waits for a person, 200.00 charged
    = 0

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict approve --reason \
          "records reviewed"
    claim 593893960058601 is approved by Dana Reyes: allowed 145.00, paid 95.00, patient 50.00
    ! it goes into the next payment run (`counterfoil claim pay`)
    = 0

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict approve --reason \
          "records reviewed"
    ! error: claim 593893960058601 is approved, not pended; nothing was changed
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim pended --data payer
    ! no claims wait for a person, 0.00 charged
    = 0

    $ counterfoil claim pay --data payer --rates plan/rates --out out --on 2025-01-08
    1 payment in out, 95.00 in all
      1234567893                95.00 ACH effective 2025-01-09  835-202501081234567893001.x12 \
          for 1 claim
      CCD+ entries in ccd-20250108-0002.ach
    = 0

    $ counterfoil claim pay --data payer --rates plan/rates --out out --on 2025-01-08
    nothing was due for payment
    = 0

    $ counterfoil claim show 593893960058601 --data payer
    claim 593893960058601 (provider's number EV-2): paid
      received 2025-01-06, services 2025-01-02 to 2025-01-02
      charge 200.00, allowed 145.00, paid 95.00, patient 50.00, withheld 0.00, interest 0.00
      reported by payment 202501081234567893001
      line 1 S9083: charge 200.00, paid 95.00; 55.00 above the contract's price (CO-45), 50.00 \
          copay (PR-3)
      had waited for a person: benefit `urgent-care` needs an authorization
      2025-01-08 Dana Reyes: approve, records reviewed
      how every amount came about:
        line 1  contract.ALDER.fee-schedule 2025.1  145.00 x 1 x 1 = 145.00
        line 1  plan.FOXGLOVE-SILVER.urgent-care 2025.1  lower of 50.00 and 145.00 = 50.00
    = 0

    $ counterfoil ledger trial-balance --data payer
    account                                                         debit           credit
    payer.cash                                                                      185.00
    payer.claims_incurred                                          185.00
    payer.claims_payable
    debits less credits                                                               0.00
    = 0
    "#);
}

#[test]
fn what_waits_is_denied_with_a_code() {
    let (place, number) = payer();
    let words = r#"--by "Dana Reyes" --verdict deny --reason "no authorization on record""#;
    insta::assert_snapshot!(place.story(&[
        &decide(&number, words),
        &decide(&number, &format!("{words} --carc 197 --rarc M62")),
        "claim show EV-2 --data payer",
    ]), @r#"
    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict deny --reason "no \
          authorization on record"
    ! error: the following required arguments were not provided:
    !   --carc <CODE>
    !
    ! Usage: counterfoil claim decide --data <DIR> --rates <DIR> --members <FILE> --by <NAME> \
          --verdict <VERDICT> --reason <REASON> --on <DAY> --carc <CODE> <CLAIM_CONTROL_NUMBER>
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict deny --reason "no \
          authorization on record" --carc 197 --rarc M62
    claim 593893960058601 is denied by Dana Reyes: allowed 0.00, paid 0.00, patient 0.00
    ! it goes into the next payment run (`counterfoil claim pay`)
    = 0

    $ counterfoil claim show EV-2 --data payer
    claim 593893960058601 (provider's number EV-2): denied
      because benefit `urgent-care` needs an authorization; denied by a named person (CARC 197)
      received 2025-01-06, services 2025-01-02 to 2025-01-02
      charge 200.00, allowed 0.00, paid 0.00, patient 0.00, withheld 0.00, interest 0.00
      line 1 S9083: charge 200.00, paid 0.00; 200.00 no authorization (CO-197)
      2025-01-08 Dana Reyes: deny, no authorization on record
      how every amount came about:
        line 1  contract.ALDER.fee-schedule 2025.1  145.00 x 1 x 1 = 145.00
        line 1  plan.FOXGLOVE-SILVER.urgent-care 2025.1  lower of 50.00 and 145.00 = 50.00
    = 0
    "#);
}

#[test]
fn a_decision_needs_a_person_a_reason_and_a_claim_that_waits() {
    let (place, number) = payer();
    let books = place.books("payer");
    let verdict = "--verdict approve";
    insta::assert_snapshot!(place.story(&[
        &decide(&number, &format!(r#"--by "" {verdict} --reason "records reviewed""#)),
        &decide(&number, &format!(r#"--by "  " {verdict} --reason "records reviewed""#)),
        &decide(&number, &format!(r#"--by "Dana Reyes" {verdict} --reason """#)),
        &decide("123", &format!(r#"--by "Dana Reyes" {verdict} --reason "records reviewed""#)),
        &decide("EV-1", &format!(r#"--by "Dana Reyes" {verdict} --reason "records reviewed""#)),
        &decide(&number, r#"--by "Dana Reyes" --verdict deny --carc 9999 --reason "a typo""#),
        &decide(&number, r#"--by "Dana Reyes" --verdict maybe --reason "unsure""#),
    ]), @r#"
    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "" --verdict approve --reason "records reviewed"
    ! error: a decision needs the name of the person who makes it; nothing was changed
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "  " --verdict approve --reason "records \
          reviewed"
    ! error: a decision needs the name of the person who makes it; nothing was changed
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict approve --reason ""
    ! error: a decision needs a reason; nothing was changed
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim decide 123 --data payer --rates plan/rates --members plan/members.csv \
          --on 2025-01-08 --by "Dana Reyes" --verdict approve --reason "records reviewed"
    ! error: no claim has the control number 123
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim decide EV-1 --data payer --rates plan/rates --members plan/members.csv \
          --on 2025-01-08 --by "Dana Reyes" --verdict approve --reason "records reviewed"
    ! error: no claim has the control number EV-1
    !
    ! hint: `claim pended` lists what waits, `claim show` one claim
    = 3

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict deny --carc 9999 \
          --reason "a typo"
    ! error: --carc 9999 is no code in force on 2025-01-08
    !
    ! hint: nothing was changed; look the code up
    = 2

    $ counterfoil claim decide 593893960058601 --data payer --rates plan/rates --members \
          plan/members.csv --on 2025-01-08 --by "Dana Reyes" --verdict maybe --reason "unsure"
    ! error: invalid value 'maybe' for '--verdict <VERDICT>'
    !   [possible values: approve, deny]
    !
    ! For more information, try '--help'.
    = 2
    "#);
    assert_eq!(place.books("payer"), books);
    assert_eq!(pended(&place), [number]);
}

#[test]
fn codes_of_a_denial_do_not_go_with_an_approval() {
    let (place, number) = payer();
    let books = place.books("payer");
    let words = r#"--by "Dana Reyes" --verdict approve --carc 18 --reason "records reviewed""#;
    let told = place.run(&decide(&number, words));
    assert_eq!(told.code, 2, "{told}");
    assert!(told.err.contains("say why a claim is denied"), "{told}");
    assert_eq!(place.books("payer"), books);
}

#[test]
fn a_claim_takes_back_only_what_is_the_same_patients_and_still_stands() {
    let (place, _) = payer();
    let shown = place.run("claim show EV-1 --data payer --json").json();
    let number = shown["claim_control_number"].as_str().expect("a number").to_owned();
    let corrects = Bill { frequency: '7', corrects: &number, charge: "80", ..VISIT };
    let stranger = Bill { number: "EV-7", member: "M0000002", ..corrects };
    let other_day = Bill { number: "EV-8", day: "20250104", frequency: '8', ..corrects };
    let void = Bill { frequency: '8', ..corrects };
    let again = Bill { number: "EV-9", ..corrects };
    for (control, bill, code, status) in [
        (2, stranger, "INT-7-earlier-claim-patient", "A8:464:QC"),
        (3, other_day, "INT-7-earlier-claim-days", "A8:187"),
        (4, void, "INT-7-void-charge", ""),
        (5, again, "INT-7-earlier-claim-taken-back", "A8:464"),
    ] {
        let file = format!("{control}.837");
        place.write(&file, file_837p(control, &[bill]));
        let line = format!("claim check {file} {DESK} --payer-data payer --on 2025-01-08");
        let checked = place.run(&format!("{line} --json"));
        assert!(checked.out.contains(code), "{checked}");
        let books = place.books("payer");
        let line = format!("claim adjudicate {file} {DESK} --data payer --out out --on 2025-01-08");
        let taken = place.run(&line);
        assert!(taken.out.contains(code), "{taken}");
        if status.is_empty() {
            assert!(taken.out.contains("voided"), "{taken}");
            continue;
        }
        assert!(taken.out.contains(status), "{taken}");
        assert!(!taken.out.contains("history"), "{taken}");
        assert_eq!(place.books("payer"), books);
    }
    let told = place.run(&format!("claim check 5.837 {DESK} --payer-data payer --on 2025-01-09"));
    assert!(
        told.out.contains("it was voided by claim") && told.out.contains("2025-01-08"),
        "{told}"
    );
}

#[test]
fn of_two_people_who_decide_at_once_one_decides() {
    let place = Place::with_plan();
    let days = ["20250102", "20250103", "20250104"];
    let numbers = ["EV-11", "EV-12", "EV-13"];
    let bills: Vec<Bill<'_>> =
        days.iter().zip(numbers).map(|(day, number)| Bill { number, day, ..URGENT }).collect();
    place.write("june.837", file_837p(1, &bills));
    place.run(&format!("claim adjudicate june.837 {DESK} {OUT}"));
    let waiting = pended(&place);
    assert_eq!(waiting.len(), 3);
    for number in waiting {
        let words = [
            r#"--by "Dana Reyes" --verdict approve --reason "records reviewed""#,
            r#"--by "Lee Okafor" --verdict deny --carc 197 --reason "no authorization""#,
        ];
        let lines = words.map(|words| decide(&number, words));
        let running: Vec<_> =
            lines.iter().map(|line| place.command(line).spawn().expect("it starts")).collect();
        let told: Vec<Told> = lines
            .iter()
            .zip(running)
            .map(|(line, child)| Told::of(line, &child.wait_with_output().expect("it ends")))
            .collect();
        let mut codes: Vec<i32> = told.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 3], "{} {}", told[0], told[1]);
        let refused = told.iter().find(|one| one.code == 3).expect("one is refused");
        assert!(refused.err.contains("not pended; nothing was changed"), "{refused}");
        let shown = place.run(&format!("claim show {number} --data payer --json")).json();
        assert_eq!(shown["decisions"].as_array().map(Vec::len), Some(1), "{shown}");
    }
    place.books("payer");
}

#[test]
fn a_replacement_takes_the_first_payment_back_and_a_void_takes_all() {
    let (place, _) = payer();
    let shown = place.run("claim show EV-1 --data payer --json").json();
    let number = shown["claim_control_number"].as_str().expect("a number").to_owned();
    let smaller = Bill { charge: "80", frequency: '7', corrects: &number, ..VISIT };
    place.write("smaller.837", file_837p(2, &[smaller]));
    let later = OUT.replace("01-06", "01-09");
    insta::assert_snapshot!(place.story(&[
        &format!("claim adjudicate smaller.837 {DESK} {later}"),
        "claim show EV-1 --data payer",
        &format!("ledger show claim:{number} --data payer"),
    ]), @r#"
    $ counterfoil claim adjudicate smaller.837 --rates plan/rates --members plan/members.csv \
          --out out --data payer --on 2025-01-09
    smaller.837: 1 claim
      approved          1  charged            80.00
      wrote 277CA-4745ae01d973-6.x12
      wrote 999-4745ae01d973-1.x12
    1 payment in out, 0.00 in all
      1234567893                 0.00 NON effective 2025-01-10  835-202501091234567893001.x12 \
          for 2 claims
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! warning: checks that did not run, for want of rules or tables (--json says which file \
          each needs): Payer edits (no rule pack), NCCI procedure pairs (practitioner, \
          outpatient hospital), NCCI unit limits (practitioner, outpatient hospital, supplier), \
          Add-on codes
    = 0

    $ counterfoil claim show EV-1 --data payer
    claim 198140606118601 (provider's number EV-1): reversed
      received 2025-01-06, services 2025-01-02 to 2025-01-02
      charge 150.00, allowed 115.00, paid 90.00, patient 25.00, withheld 0.00, interest 0.00
      reported by payment 202501061234567893001
      line 1 T1015: charge 150.00, paid 90.00; 35.00 above the contract's price (CO-45), 25.00 \
          copay (PR-3)
      how every amount came about:
        line 1  contract.ALDER.fee-schedule 2025.1  115.00 x 1 x 1 = 115.00
        line 1  plan.FOXGLOVE-SILVER.clinic-visit 2025.1  lower of 25.00 and 115.00 = 25.00
        claim  payer.take-back 0.1.0  replaced by claim 198140606118602 on 2025-01-09
    claim 198140606118602 (provider's number EV-1): paid
      received 2025-01-09, services 2025-01-02 to 2025-01-02
      charge 80.00, allowed 80.00, paid 55.00, patient 25.00, withheld 0.00, interest 0.00
      reported by payment 202501091234567893001
      line 1 T1015: charge 80.00, paid 55.00; 25.00 copay (PR-3)
      how every amount came about:
        line 1  contract.ALDER.fee-schedule 2025.1  115.00 x 1 x 1 = 115.00
        line 1  contract.ALDER 2025.1  charge, below 115.00 = 80.00
        line 1  plan.FOXGLOVE-SILVER.clinic-visit 2025.1  lower of 25.00 and 80.00 = 25.00
    = 0

    $ counterfoil ledger show claim:198140606118601 --data payer
    claim:198140606118601
      2025-01-06          90.00          90.00  payer.claims_incurred \
          payer.claim_approved
      2025-01-06         -90.00           0.00  payer.claims_payable \
          payer.claim_approved
      2025-01-06          90.00          90.00  payer.claims_payable \
          payer.payment_issued
      2025-01-09         -90.00           0.00  payer.claims_incurred        ledger.reversal \
          reverses approve/198140606118601 replaced by the provider (frequency 7)
      2025-01-09          90.00          90.00  payer.claims_payable         ledger.reversal \
          reverses approve/198140606118601 replaced by the provider (frequency 7)
      2025-01-09         -90.00           0.00  payer.claims_payable \
          payer.payment_issued
    = 0
    "#);
    place.books("payer");
}

#[test]
fn nobody_asks_for_what_is_not_there() {
    let (place, _) = payer();
    insta::assert_snapshot!(place.story(&[
        "claim show EV-404 --data payer",
        "claim show EV-1 --data elsewhere",
        "claim pended --data elsewhere",
        "claim pay --data elsewhere --rates plan/rates --out out",
    ]), @r#"
    $ counterfoil claim show EV-404 --data payer
    ! error: no claim has the number EV-404
    !
    ! hint: give the payer's claim control number or the provider's CLM01
    = 3

    $ counterfoil claim show EV-1 --data elsewhere
    ! error: elsewhere holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3

    $ counterfoil claim pended --data elsewhere
    ! error: elsewhere holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3

    $ counterfoil claim pay --data elsewhere --rates plan/rates --out out
    ! error: elsewhere holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3
    "#);
    assert!(!place.path("elsewhere").exists(), "a question makes no database");
}
