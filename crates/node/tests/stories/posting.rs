//! Posting under every kind of bad input, payments held against the contract, and folders that
//! belong to the other side.

use crate::claims::{NOT_COVERED, VISIT, file_837p};
use crate::place::Place;

const DESK: &str = "--rates plan/rates --members plan/members.csv --on 2025-01-06";
const POST: &str = "--data office --on 2025-01-10";

/// A practice that sent two claims, and the payer's 835 for them as `paid.835`.
fn office() -> Place {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT, NOT_COVERED]));
    for line in [
        format!("claim check june.837 {DESK} --book office"),
        format!("claim adjudicate june.837 {DESK} --out out --data payer"),
    ] {
        let told = place.run(&line);
        assert_eq!(told.code, 0, "{told}");
    }
    place.write("paid.835", place.read(&place.named("out", "835-")));
    place
}

#[test]
fn a_line_paid_below_the_contract_is_shown_with_the_way_to_its_amount() {
    let place = office();
    for file in ["plans.toml", "contracts.toml", "place_of_service_plan.csv"] {
        place.write(&format!("contract/{file}"), place.read(&format!("plan/rates/{file}")));
    }
    let fees = place.read("plan/rates/fee_schedule.csv");
    let raised = fees.replace("T1015,,2025-01-01,,7900,11500", "T1015,,2025-01-01,,7900,12000");
    assert_ne!(fees, raised);
    place.write("contract/fee_schedule.csv", raised);
    insta::assert_snapshot!(place.story(&[
        &format!("remit post paid.835 --rates plan/rates {POST}"),
        &format!("remit post paid.835 --rates contract {POST}"),
    ]), @r#"
    $ counterfoil remit post paid.835 --rates plan/rates --data office --on 2025-01-10
    1 remittance posted with 2 claims, 90.00 paid; 0 posted before
    2 lines held against the contract: no underpaid lines, 0.00 short
    no new bank movements recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      unmatched remit       1  announced            90.00  in the bank             0.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1

    $ counterfoil remit post paid.835 --rates contract --data office --on 2025-01-10
    note    The 835 with trace 202501061234567893001 is posted.
            where: paid.835
            why:   The ledger has its entries already.
            fix:   Nothing to do; nothing was posted twice.
            REMIT-already-posted (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 1 posted before
      claim EV-1 line 1: allowed 115.00, contract ALDER allows 120.00 (underpaid by 5.00)
          allowed 115.00 = paid 90.00 + patient 25.00 + other payers 0.00 + withheld 0.00
          120.00 x 1 x 1 = 120.00 (contract ALDER, term fee-schedule: 2. Price)
    2 lines held against the contract: 1 underpaid line, 5.00 short
    no new bank movements recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      unmatched remit       1  announced            90.00  in the bank             0.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1
    "#);
}

#[test]
fn a_folder_of_the_other_side_is_refused() {
    let place = office();
    insta::assert_snapshot!(place.story(&[
        "remit unmatched --data payer",
        "claim pended --data office",
        "remit post paid.835 --data payer --on 2025-01-10",
        &format!("claim check june.837 {DESK} --book payer"),
    ]), @r#"
    $ counterfoil remit unmatched --data payer
    ! error: this data folder holds the books of a payer, the command needs those of a provider
    !
    ! hint: name your own folder with --data; payer and provider each keep one, and nothing was \
          changed
    = 3

    $ counterfoil claim pended --data office
    ! error: this data folder holds the books of a provider, the command needs those of a payer
    !
    ! hint: name your own folder with --data; payer and provider each keep one, and nothing was \
          changed
    = 3

    $ counterfoil remit post paid.835 --data payer --on 2025-01-10
    ! error: this data folder holds the books of a payer, the command needs those of a provider
    !
    ! hint: name your own folder with --data; payer and provider each keep one, and nothing was \
          changed
    = 3

    $ counterfoil claim check june.837 --rates plan/rates --members plan/members.csv --on \
          2025-01-06 --book payer
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! error: this data folder holds the books of a payer, the command needs those of a provider
    !
    ! hint: name your own folder with --data; payer and provider each keep one, and nothing was \
          changed
    = 3
    "#);
}

#[test]
fn a_claim_that_was_booked_before_is_said() {
    let place = office();
    let books = place.books("office");
    let told = place.run(&format!("claim check june.837 {DESK} --book office --json"));
    let said = format!("{told}");
    assert_eq!(said.matches("OPS-7-claim-booked-before").count(), 2, "{said}");
    assert_eq!(place.books("office"), books);
}

/// The amounts of the 835 with more zeros than any payment has.
fn enormous(text: &str) -> String {
    text.replace("*90*", "*900000000000*").replace("*150*", "*900000000060*")
}

#[test]
fn an_835_that_cannot_be_trusted_posts_nothing() {
    let place = office();
    let books = place.books("office");
    let good = place.read("paid.835");
    let half = good.find("SVC*").expect("an 835 has lines");
    let cases: [(&str, String, &str); 8] = [
        ("cut off", good[..half].to_owned(), "OPS-7-remittance-refused"),
        ("a wrong SE count", good.replacen("SE*", "SE*9", 1), "OPS-7-remittance-refused"),
        (
            "a letter in an amount",
            good.replacen("BPR*I*90", "BPR*I*9O", 1),
            "OPS-7-remittance-refused",
        ),
        (
            "a payment that differs",
            good.replacen("BPR*I*90", "BPR*I*91", 1),
            "835-3-payment-unbalanced",
        ),
        (
            "a claim that differs",
            good.replacen("*150*90*", "*150*89*", 1),
            "835-3-claim-unbalanced",
        ),
        ("a negative payment", good.replacen("BPR*I*90", "BPR*I*-90", 1), "835-3-payment-negative"),
        ("enormous amounts", enormous(&good), "REMIT-amount-too-large"),
        ("no 835 at all", "date,amount\n2025-01-01,5\n".to_owned(), "OPS-7-no-remittance"),
    ];
    for (what, text, code) in cases {
        assert_ne!(text, good, "{what}");
        place.write("bad.835", text);
        let told = place.run(&format!("remit post bad.835 --json {POST}"));
        assert_eq!(told.code, 1, "{what}: {told}");
        let posted = told.json();
        let found = posted["findings"].as_array().expect("findings").iter();
        let of_code: Vec<_> = found.filter(|one| one["code"] == code).collect();
        assert!(!of_code.is_empty(), "{what}: {told}");
        for finding in of_code {
            assert!(finding["cause"] != "" && finding["fix"] != "", "{what}: {finding}");
        }
        assert_eq!(posted["remittances"], 0, "{what}: {told}");
        assert_eq!(place.books("office"), books, "{what}");
    }
    // The sound file still posts.
    assert_eq!(place.run(&format!("remit post paid.835 --json {POST}")).json()["remittances"], 1);
}

#[test]
fn a_bank_file_that_cannot_be_read_is_said_line_by_line() {
    let place = office();
    place.run(&format!("remit post paid.835 {POST}"));
    let cases = [
        (
            "\u{feff}Amount,Posting Date,Reference,Description\n\
             \"1,090.00\",01/07/2025,B1,\"A, B\"\n",
            1,
            None,
        ),
        ("date;amount;description\n2025-01-07;90,00;x\n", 0, Some("BANK-amount")),
        ("date,amount\n31.12.2025,5.00\n2025-01-08,6.00\n", 1, Some("BANK-date")),
        ("date,amount\n2025-01-07,99999999999999.00\n", 0, Some("BANK-amount-too-large")),
        ("when,how much\n2025-01-07,5\n", 0, Some("BANK-csv-columns")),
        ("", 0, Some("BANK-empty")),
        ("01,A,B,250107,0800,1,,,2/\n02,B,A,1,250107,,USD,2/\n", 0, Some("BANK-")),
    ];
    for (text, new, code) in cases {
        place.write("bad.csv", text);
        let told = place.run(&format!("remit post paid.835 --bank bad.csv --json {POST}"));
        let posted = told.json();
        assert_eq!(posted["new_bank_entries"], new, "{text:?}: {told}");
        assert_eq!(posted["leftover_cents"], 0, "{text:?}: {told}");
        let found = posted["findings"].as_array().expect("findings").iter();
        let codes: Vec<&str> = found.filter_map(|one| one["code"].as_str()).collect();
        let said = code.is_none_or(|code| codes.iter().any(|one| one.starts_with(code)));
        assert!(said, "{text:?}: {codes:?}");
        place.books("office");
    }
}
