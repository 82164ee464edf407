//! A practice posts its remittances, matches the bank, and looks into its books.

use crate::claims::{Bill, NOT_COVERED, VISIT, file_837p};
use crate::place::Place;
use std::fs;

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

/// The trace number of an 835 and what it announces.
fn trace(place: &Place, file: &str) -> String {
    let text = place.read(file);
    let segment = text.split('~').find(|segment| segment.trim().starts_with("TRN*"));
    segment.expect("an 835 has a TRN").trim().to_owned()
}

fn bank_csv(place: &Place, day: &str, amount: &str) {
    let trace = trace(place, "paid.835");
    let rows = format!("date,amount,description,reference\n{day},{amount},{trace},BK1\n");
    place.write("bank.csv", rows);
}

#[test]
fn the_835_and_the_bank_agree_to_the_cent() {
    let place = office();
    bank_csv(&place, "2025-01-07", "90.00");
    insta::assert_snapshot!(place.story(&[
        "ledger trial-balance --data office",
        &format!("remit post paid.835 --bank bank.csv {POST}"),
        "remit unmatched --data office",
        "ledger trial-balance --data office",
        "ledger show provider.receivable --data office",
        "ledger show claim:EV-1 --data office",
        "ledger verify --data office",
    ]), @r#"
    $ counterfoil ledger trial-balance --data office
    account                                                         debit           credit
    provider.billed_revenue                                                         210.00
    provider.receivable/FOX01                                      210.00
    debits less credits                                                               0.00
    = 0

    $ counterfoil remit post paid.835 --bank bank.csv --data office --on 2025-01-10
    1 remittance posted with 2 claims, 90.00 paid; 0 posted before
    1 new bank movement recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      matched               1  announced            90.00  in the bank            90.00
    bank statement 90.00 = cash in the books 90.00
    leftover 0.00
    = 0

    $ counterfoil remit unmatched --data office
    ! no exceptions to look at
    = 0

    $ counterfoil ledger trial-balance --data office
    account                                                         debit           credit
    provider.billed_revenue                                                         210.00
    provider.cash                                                   90.00
    provider.contractual_adjustment/FOX01                           35.00
    provider.patient_receivable                                     85.00
    provider.payments_expected/FOX01
    provider.receivable/FOX01
    provider.unapplied_cash
    debits less credits                                                               0.00
    = 0

    $ counterfoil ledger show provider.receivable --data office
    provider.receivable/FOX01
      2025-01-06         150.00         150.00  claim:1234567893/EV-1 \
          provider.claim_billed
      2025-01-06          60.00         210.00  claim:1234567893/EV-3 \
          provider.claim_billed
      2025-01-10         -90.00         120.00  claim:1234567893/EV-1 \
          provider.claim_answered
      2025-01-10         -35.00          85.00  claim:1234567893/EV-1 \
          provider.claim_answered
      2025-01-10         -25.00          60.00  claim:1234567893/EV-1 \
          provider.claim_answered
      2025-01-10         -60.00           0.00  claim:1234567893/EV-3 \
          provider.claim_answered
    = 0

    $ counterfoil ledger show claim:EV-1 --data office
    claim:1234567893/EV-1
      2025-01-06         150.00         150.00  provider.receivable/FOX01 \
          provider.claim_billed
      2025-01-06        -150.00           0.00  provider.billed_revenue \
          provider.claim_billed
      2025-01-10         -90.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10          35.00         -55.00  provider.contractual_adjustment/FOX01 \
          provider.claim_answered
      2025-01-10         -35.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10          25.00         -65.00  provider.patient_receivable \
          provider.claim_answered
      2025-01-10         -25.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
    = 0

    $ counterfoil ledger verify --data office
    6 entries read again, each balanced
    debits less credits 0.00
    sums kept while posting agree with the postings
    digest of the book ece02a02956add9f23a6bc222658e6afcf8d3c69ae366842e5b84f1f4a6810a5
    = 0
    "#);
}

#[test]
fn the_same_835_twice_posts_nothing_twice() {
    let place = office();
    bank_csv(&place, "2025-01-07", "90.00");
    let line = format!("remit post paid.835 --bank bank.csv {POST}");
    assert_eq!(place.run(&line).code, 0);
    let books = place.books("office");
    insta::assert_snapshot!(place.run(&line), @r#"
    $ counterfoil remit post paid.835 --bank bank.csv --data office --on 2025-01-10
    note    The 835 with trace 202501061234567893001 is posted.
            where: paid.835
            why:   The ledger has its entries already.
            fix:   Nothing to do; nothing was posted twice.
            REMIT-already-posted (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 1 posted before
    no new bank movements recorded, 1 on record before
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      matched               1  announced            90.00  in the bank            90.00
    bank statement 90.00 = cash in the books 90.00
    leftover 0.00
    = 0
    "#);
    // Twice on one command line is no different.
    assert_eq!(place.run(&format!("remit post paid.835 paid.835 {POST}")).code, 0);
    assert_eq!(place.books("office"), books);
}

#[test]
fn money_of_another_month_waits_until_its_bank_file_comes() {
    let place = office();
    place.write("june.csv", "date,amount,description,reference\n2025-06-30,12.00,INTEREST,BK9\n");
    let told = place.run(&format!("remit post paid.835 --bank june.csv --json {POST}"));
    let posted = told.json();
    assert_eq!((posted["new_bank_entries"].as_u64(), told.code), (Some(0), 1), "{told}");
    assert_eq!(posted["findings"][0]["code"], "BANK-other-period", "{told}");
    assert_eq!(posted["findings"][0]["file"], "june.csv", "{told}");
    let line = format!("remit post paid.835 --bank june.csv --other-period {POST}");
    let first = place.story(&[&line, "remit unmatched --data office"]);
    bank_csv(&place, "2025-01-07", "90.00");
    let second = place.story(&[
        &format!("remit post paid.835 --bank bank.csv {POST}"),
        "remit unmatched --data office --json",
    ]);
    insta::assert_snapshot!(first, @r#"
    $ counterfoil remit post paid.835 --bank june.csv --other-period --data office --on \
          2025-01-10
    note    The 835 with trace 202501061234567893001 is posted.
            where: paid.835
            why:   The ledger has its entries already.
            fix:   Nothing to do; nothing was posted twice.
            REMIT-already-posted (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 1 posted before
    1 new bank movement recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      unmatched bank        1  announced             0.00  in the bank            12.00
      unmatched remit       1  announced            90.00  in the bank             0.00
    bank statement 12.00 = cash in the books 12.00
    leftover 0.00
    = 1

    $ counterfoil remit unmatched --data office
    unmatched remit (nothing fits): difference -90.00
      835 202501061234567893001 of 2025-01-07: 90.00
    unmatched bank (nothing fits): difference 12.00
      bank 2025-06-30: 12.00 (BK9)
    ! 2 exceptions to look at
    = 1
    "#);
    insta::assert_snapshot!(second, @r#"
    $ counterfoil remit post paid.835 --bank bank.csv --data office --on 2025-01-10
    note    The 835 with trace 202501061234567893001 is posted.
            where: paid.835
            why:   The ledger has its entries already.
            fix:   Nothing to do; nothing was posted twice.
            REMIT-already-posted (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 1 posted before
    1 new bank movement recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      matched               1  announced            90.00  in the bank            90.00
      unmatched bank        1  announced             0.00  in the bank            12.00
    bank statement 102.00 = cash in the books 102.00
    leftover 0.00
    = 1

    $ counterfoil remit unmatched --data office --json
    {"bank_entries":[{"amount_cents":1200,"date":"2025-06-30","reference":"BK9"}],"because":"not \
          hing fits","difference_cents":1200,"outcome":"unmatched bank","remittances":[]}
    ! 1 exception to look at
    = 1
    "#);
}

#[test]
fn a_deposit_that_is_short_is_named() {
    let place = office();
    bank_csv(&place, "2025-01-07", "89.99");
    insta::assert_snapshot!(place.story(&[
        &format!("remit post paid.835 --bank bank.csv {POST}"),
        "remit unmatched --data office",
    ]), @r#"
    $ counterfoil remit post paid.835 --bank bank.csv --data office --on 2025-01-10
    1 remittance posted with 2 claims, 90.00 paid; 0 posted before
    1 new bank movement recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      amount differs        1  announced            90.00  in the bank            89.99
    bank statement 89.99 = cash in the books 89.99
    leftover 0.00
    = 1

    $ counterfoil remit unmatched --data office
    amount differs (trace number and payer agree): difference -0.01
      835 202501061234567893001 of 2025-01-07: 90.00
      bank 2025-01-07: 89.99 (BK1)
    ! 1 exception to look at
    = 1
    "#);
}

#[test]
fn bai2_says_the_same_as_csv() {
    let place = Place::after_demo();
    let remittances: Vec<String> =
        place.names("demo/plan/out").into_iter().filter(|name| name.starts_with("835-")).collect();
    assert!(remittances.len() > 10);
    let files: Vec<String> =
        remittances.iter().map(|name| format!("demo/plan/out/{name}")).collect();
    let mut said = Vec::new();
    for kind in ["csv", "bai2"] {
        let (files, bank) = (files.join(" "), format!("demo/practice/bank.{kind}"));
        let data = format!("office-{kind}");
        let line = format!("remit post {files} --bank {bank} --data {data} --on 2025-08-10 --json");
        let told = place.run(&line);
        let posted = told.json();
        assert_eq!(posted["remittances"], remittances.len(), "{told}");
        assert_eq!(posted["leftover_cents"], 0, "{told}");
        assert!(posted["new_bank_entries"].as_u64() > Some(10), "{told}");
        said.push((posted["outcomes"].clone(), posted["paid_cents"].clone()));
        place.books(&data);
    }
    assert_eq!(said[0], said[1]);
}

#[test]
fn an_835_that_does_not_balance_posts_nothing() {
    let place = office();
    let books = place.books("office");
    let broken = place.read("paid.835").replacen("BPR*I*90", "BPR*I*90.01", 1);
    place.write("broken.835", broken);
    insta::assert_snapshot!(place.run(&format!("remit post broken.835 {POST}")), @r#"
    $ counterfoil remit post broken.835 --data office --on 2025-01-10
    error   Claims paid 90.00 less provider adjustments 0.00 make 90.00 but the payment is \
          90.01: difference 0.01.
            where: broken.835, segment 4 (BPR02), byte 186
            why:   Sum of CLP04 less sum of PLB amounts is BPR02 (section 1.10.2.1.3)
            fix:   Correct BPR02, the claim payments or the PLB amounts.
            835-3-transaction-balance (SNIP type 3)
    error   Claim payments (CLP04) less provider-level adjustments (PLB) is 90.00, but 90.01 is \
          stated.
            where: broken.835, segment 4 (BPR02), byte 186
            why:   An 835 must balance by line, claim and payment (005010X221A1, 1.10.2).
            fix:   Ask the payer for a corrected 835; nothing of this one is posted.
            835-3-payment-unbalanced (SNIP type 3)
    no remittances posted with no claims, 0.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 0.00 + by contract 0.00 + patients 0.00 + not answered 210.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1
    "#);
    assert_eq!(place.books("office"), books);
}

#[test]
fn a_take_back_of_a_claim_never_paid_is_an_exception() {
    let place = office();
    let evil = crate::place::root().join("data/corpus/x12/evil");
    let file = evil.join("104-835-take-back-never-paid.x12");
    fs::copy(file, place.path("take-back.835")).expect("a copy");
    insta::assert_snapshot!(place.run(&format!("remit post take-back.835 {POST}")), @r#"
    $ counterfoil remit post take-back.835 --data office --on 2025-01-10
    warning The 835 answers a claim that is not in the receivables ledger.
            where: take-back.835, segment 14 (CLP), byte 425, loop 2000/2100
            why:   Posting it would answer a claim with money that does not belong to it.
            fix:   Find the claim, or ask the payer; the money waits in an account of its own.
            REMIT-take-back-unknown-claim (SNIP type 7)
    1 remittance posted with 1 claim, 0.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 0.00 + by contract 0.00 + patients 0.00 + not answered 210.00
      nothing to pay        1  announced             0.00  in the bank             0.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    disputed take back 120.00: see `remit unmatched`
    = 1
    "#);
    place.books("office");
}

#[test]
fn an_835_for_a_claim_that_was_taken_back_takes_the_money_back() {
    let place = office();
    assert_eq!(place.run(&format!("remit post paid.835 {POST}")).code, 1, "no bank file yet");
    let shown = place.run("claim show EV-1 --data payer --json").json();
    let number = shown["claim_control_number"].as_str().expect("a number").to_owned();
    let void = Bill { frequency: '8', corrects: &number, ..VISIT };
    place.write("void.837", file_837p(2, &[void]));
    let desk = DESK.replace("01-06", "01-12");
    let told = place.run(&format!("claim adjudicate void.837 {desk} --out later --data payer"));
    assert_eq!(told.code, 0, "{told}");
    let taken_back = place.named("later", "835-");
    insta::assert_snapshot!(place.story(&[
        &format!("remit post {taken_back} {POST}"),
        "ledger show claim:EV-1 --data office",
    ]), @r#"
    $ counterfoil remit post later/835-202501121234567893001.x12 --data office --on 2025-01-10
    1 remittance posted with 1 claim, 0.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 0.00 + by contract 0.00 + patients 60.00 + not answered 150.00
      unmatched remit       1  announced            90.00  in the bank             0.00
      nothing to pay        1  announced             0.00  in the bank             0.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1

    $ counterfoil ledger show claim:EV-1 --data office
    claim:1234567893/EV-1
      2025-01-06         150.00         150.00  provider.receivable/FOX01 \
          provider.claim_billed
      2025-01-06        -150.00           0.00  provider.billed_revenue \
          provider.claim_billed
      2025-01-10         -90.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10          35.00         -55.00  provider.contractual_adjustment/FOX01 \
          provider.claim_answered
      2025-01-10         -35.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10          25.00         -65.00  provider.patient_receivable \
          provider.claim_answered
      2025-01-10         -25.00         -90.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10          90.00           0.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10         -35.00         -35.00  provider.contractual_adjustment/FOX01 \
          provider.claim_answered
      2025-01-10          35.00           0.00  provider.receivable/FOX01 \
          provider.claim_answered
      2025-01-10         -25.00         -25.00  provider.patient_receivable \
          provider.claim_answered
      2025-01-10          25.00           0.00  provider.receivable/FOX01 \
          provider.claim_answered
    = 0
    "#);
    place.books("office");
    place.books("payer");
}

#[test]
fn files_that_are_no_835_are_named() {
    let place = office();
    place.write("letter.txt", "Dear Sir or Madam,\n");
    place.write("empty.835", "");
    let books = place.books("office");
    insta::assert_snapshot!(place.story(&[
        &format!("remit post june.837 {POST}"),
        &format!("remit post letter.txt {POST}"),
        &format!("remit post empty.835 {POST}"),
        &format!("remit post paid.835 --bank letter.txt {POST}"),
    ]), @r#"
    $ counterfoil remit post june.837 --data office --on 2025-01-10
    error   No 835 that can be posted is in june.837.
            where: june.837
            why:   Posting takes 835 transaction sets of version 005010X221A1.
            fix:   Name the payer's 835 file; `x12 check` says what is wrong with this one.
            OPS-7-no-remittance (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 0.00 + by contract 0.00 + patients 0.00 + not answered 210.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1

    $ counterfoil remit post letter.txt --data office --on 2025-01-10
    error   There is text outside any interchange (before an ISA or after an IEA)
            where: letter.txt, segment 1, byte 0
            why:   An interchange begins with ISA and ends with IEA; nothing else is read.
            fix:   Send files that hold interchanges alone.
            X12-1-outside-interchange (SNIP type 1)
    error   The file holds no interchange.
            where: letter.txt
            why:   An X12 file begins with an ISA segment.
            fix:   Send a file that begins with ISA.
            X12-1-no-interchange (SNIP type 1)
    error   No 835 that can be posted is in letter.txt.
            where: letter.txt
            why:   Posting takes 835 transaction sets of version 005010X221A1.
            fix:   Name the payer's 835 file; `x12 check` says what is wrong with this one.
            OPS-7-no-remittance (SNIP type 7)
    no remittances posted with no claims, 0.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 0.00 + by contract 0.00 + patients 0.00 + not answered 210.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1

    $ counterfoil remit post empty.835 --data office --on 2025-01-10
    ! error: empty.835 is empty, not an X12 file; nothing was done
    !
    ! hint: name a file that holds X12 interchanges
    = 3

    $ counterfoil remit post paid.835 --bank letter.txt --data office --on 2025-01-10
    error   No date and amount columns.
            where: letter.txt, segment 1
            why:   The bank file does not say what its format requires here.
            fix:   Name the columns for date and amount in the first row.
            BANK-csv-columns (SNIP type 1)
    1 remittance posted with 2 claims, 90.00 paid; 0 posted before
    no new bank movements recorded
    billed 210.00 = paid 90.00 + by contract 35.00 + patients 85.00 + not answered 0.00
      unmatched remit       1  announced            90.00  in the bank             0.00
    bank statement 0.00 = cash in the books 0.00
    leftover 0.00
    = 1
    "#);
    assert_ne!(place.books("office"), books, "the good 835 beside a bad bank file was posted");
}

#[test]
fn accounts_that_are_not_there_are_named() {
    let place = office();
    insta::assert_snapshot!(place.story(&[
        "ledger show provider.receivables --data office",
        "ledger show claim:EV-404 --data office",
        "ledger verify --data elsewhere",
        "remit unmatched --data elsewhere",
    ]), @r#"
    $ counterfoil ledger show provider.receivables --data office
    ! error: the books hold nothing under provider.receivables
    !
    ! hint: `ledger trial-balance` lists the accounts
    = 3

    $ counterfoil ledger show claim:EV-404 --data office
    ! error: the books hold nothing under claim:EV-404
    !
    ! hint: `ledger trial-balance` lists the accounts
    = 3

    $ counterfoil ledger verify --data elsewhere
    ! error: elsewhere holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3

    $ counterfoil remit unmatched --data elsewhere
    ! error: elsewhere holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3
    "#);
}
