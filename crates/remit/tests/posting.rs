//! Posting 835s to the receivables ledger: named cases, and random runs between a payer that
//! builds 835s and a provider that posts them, in which every cent must be explained.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::{
    Adjustment, AdjustmentGroup, PaymentHeader, ProviderAdjustment, Reference, RemittanceAdvice,
    RemittanceClaim, RemittanceLine,
};
use counterfoil_ledger::{AccountKind, Book, Entry, ProviderEvent, Subject};
use counterfoil_remit::{
    BankColumns, BookReceivables, CcdOrigin, CcdPayment, ClaimDisposition, ExpectedClaim,
    ExpectedLine, ExpectedPayment, MatchOptions, PostingRules, RemittancePosting,
    RemittanceRequest, build_remittance, cash_entries, match_payments, post_remittance,
    read_bank_csv, read_nacha, reconcile, write_ccd_plus,
};
use proptest::prelude::*;

const PAYER: &str = "PLAN";

fn day() -> Date {
    Date::new(2026, 3, 31).unwrap()
}

/// A claim of one line with adjustments as (group, reason, cents).
fn answer(number: &str, charge: i64, adjustments: &[(&str, &str, i64)]) -> RemittanceClaim {
    let adjustments: Vec<Adjustment> = adjustments
        .iter()
        .map(|(group, reason, cents)| Adjustment {
            group: AdjustmentGroup::from_code(group).unwrap(),
            reason: Text::from(*reason),
            amount_cents: Cents(*cents),
            quantity: None,
        })
        .collect();
    let of_patient = |a: &&Adjustment| a.group == AdjustmentGroup::PatientResponsibility;
    let patient = adjustments.iter().filter(of_patient).map(|a| a.amount_cents).sum();
    let paid = Cents(charge) - adjustments.iter().map(|a| a.amount_cents).sum::<Cents>();
    let reference = Reference { qualifier: Text::const_new("6R"), value: Text::const_new("L1") };
    RemittanceClaim {
        patient_control_number: Text::from(number),
        payer_claim_control_number: Text::from(format!("K{number}")),
        status_code: Text::const_new("1"),
        charge_cents: Cents(charge),
        paid_cents: paid,
        patient_responsibility_cents: patient,
        lines: vec![RemittanceLine {
            charge_cents: Cents(charge),
            paid_cents: paid,
            adjustments,
            references: vec![reference],
            ..RemittanceLine::default()
        }],
        ..RemittanceClaim::default()
    }
}

fn plb(reason: &'static str, reference: &str, cents: i64) -> ProviderAdjustment {
    ProviderAdjustment {
        provider_id: Text::const_new("1999999984"),
        fiscal_period: Text::const_new("20261231"),
        reason: Text::const_new(reason),
        reference: Text::from(reference),
        amount_cents: Cents(cents),
    }
}

fn request(trace: &str, claims: Vec<RemittanceClaim>) -> RemittanceRequest {
    RemittanceRequest {
        payment: PaymentHeader {
            method: Text::const_new("ACH"),
            format: Text::const_new("CCP"),
            effective_date: Some(day()),
            trace_number: Text::from(trace),
            payer_identifier: Text::const_new("1512345678"),
            payee_routing: Text::const_new("121042882"),
            payee_account: Text::const_new("744-5678-99"),
            ..PaymentHeader::default()
        },
        claims,
        provider_id: Text::const_new("1999999984"),
        fiscal_period: Text::const_new("20261231"),
        ..RemittanceRequest::default()
    }
}

fn advice(
    trace: &str,
    claims: Vec<RemittanceClaim>,
    adjustments: Vec<ProviderAdjustment>,
) -> RemittanceAdvice {
    let request = RemittanceRequest { adjustments, ..request(trace, claims) };
    build_remittance(request).unwrap().advice
}

fn billed(claims: &[(&str, i64)]) -> Book {
    let entries: Vec<Entry> = claims
        .iter()
        .map(|(number, cents)| {
            let event = ProviderEvent::ClaimBilled {
                payer: Text::const_new(PAYER),
                claim: Text::from(*number),
                charge_cents: Cents(*cents),
            };
            event.entry(&format!("billed/{number}"), day())
        })
        .collect();
    Book::replay(&entries).unwrap()
}

fn post(book: &mut Book, advice: &RemittanceAdvice) -> RemittancePosting {
    let rules = PostingRules::default();
    let posting =
        post_remittance(advice, (PAYER, day()), &BookReceivables(book), &rules, &|_| None);
    book.post_all(&posting.entries).unwrap();
    assert_eq!(book.trial_balance().total_cents(), 0);
    posting
}

fn codes(posting: &RemittancePosting) -> Vec<&str> {
    posting.findings.iter().map(|finding| finding.code.as_ref()).collect()
}

fn balances(book: &Book) -> String {
    let lines = book.trial_balance().lines.into_iter();
    let open = lines.filter(|line| !line.balance_cents.is_zero());
    let shown: Vec<String> = open
        .map(|line| {
            let name = line.account.to_string();
            let name = name.trim_start_matches("provider.").trim_end_matches("/PLAN");
            format!("{name} {}", line.balance_cents)
        })
        .collect();
    shown.join(", ")
}

#[test]
fn every_cent_of_an_answer_has_its_account() {
    let mut book = billed(&[("C1", 20_000), ("C2", 5_000), ("C3", 1_000)]);
    let first = answer(
        "C1",
        20_000,
        &[("CO", "45", 5_000), ("PR", "3", 2_500), ("CO", "104", 500), ("OA", "23", 1_000)],
    );
    let denied = answer("C2", 5_000, &[("CO", "197", 5_000)]);
    let interest = plb("L6", "T1", -15);
    let posting = post(&mut book, &advice("T1", vec![first, denied], vec![interest]));
    assert_eq!(codes(&posting), [""; 0]);
    assert_eq!(
        balances(&book),
        "billed_revenue -260.00, receivable 10.00, patient_receivable 25.00, \
         contractual_adjustment 50.00, denied_receivable 50.00, other_adjustment 10.00, \
         payments_expected 110.15, withhold_receivable 5.00, interest_income -0.15"
    );
}

#[test]
fn the_same_remittance_is_posted_once() {
    let mut book = billed(&[("C1", 20_000)]);
    let paid = advice("T1", vec![answer("C1", 20_000, &[("CO", "45", 5_000)])], vec![]);
    post(&mut book, &paid);
    let before = book.digest();
    let again = post(&mut book, &paid);
    assert!(again.already_posted && again.entries.is_empty());
    assert_eq!(codes(&again), ["REMIT-already-posted"]);
    assert_eq!(book.digest(), before);
}

#[test]
fn an_unbalanced_remittance_posts_nothing() {
    let mut book = billed(&[("C1", 20_000)]);
    let mut paid = advice("T1", vec![answer("C1", 20_000, &[("CO", "45", 5_000)])], vec![]);
    paid.payment.amount_cents = Cents(14_999);
    let before = book.digest();
    let posting = post(&mut book, &paid);
    assert_eq!(codes(&posting), ["835-3-payment-unbalanced"]);
    assert!(posting.entries.is_empty() && posting.claims.is_empty());
    assert_eq!(book.digest(), before);
}

#[test]
fn a_reversal_restores_what_was_answered_and_its_correction_answers_again() {
    let mut book = billed(&[("C1", 20_000), ("C2", 9_000)]);
    let first = answer("C1", 20_000, &[("CO", "45", 5_000), ("PR", "1", 1_000)]);
    post(&mut book, &advice("T1", vec![first.clone()], vec![]));
    // The correction pays less, so the payment comes out negative and is carried forward.
    let corrected = answer("C1", 20_000, &[("CO", "45", 11_000), ("PR", "1", 1_000)]);
    let built = build_remittance(request("T2", vec![first.reversal(), corrected])).unwrap();
    let posting = post(&mut book, &built.advice);
    let dispositions: Vec<_> = posting.claims.iter().map(|claim| claim.disposition).collect();
    assert_eq!(dispositions, [ClaimDisposition::Reversed, ClaimDisposition::Posted]);
    assert_eq!(
        balances(&book),
        "billed_revenue -290.00, receivable 90.00, patient_receivable 10.00, \
         contractual_adjustment 110.00, payments_expected 140.00, take_back_payable -60.00"
    );
    // The next payment takes the forward balance back, and nothing is owed any more.
    let next = advice("T3", vec![answer("C2", 9_000, &[])], vec![built.carried_forward.unwrap()]);
    let posting = post(&mut book, &next);
    assert_eq!(codes(&posting), [""; 0]);
    assert_eq!(book.balance(&AccountKind::TakeBackPayable.of(PAYER)), Cents::ZERO);
    let trace = Subject::trace("T3");
    let expected = book.balance_of(&AccountKind::PaymentsExpected.of(PAYER), &trace);
    assert_eq!(expected, Cents(3_000));
}

#[test]
fn money_that_belongs_to_no_open_claim_waits_for_a_person() {
    let take_back = |number| answer(number, 4_000, &[]).reversal();
    for (number, claim, code, account) in [
        ("unknown claim", answer("C9", 4_000, &[]), "REMIT-claim-unknown", "unidentified_payments"),
        (
            "more than billed",
            answer("C1", 4_000, &[]),
            "REMIT-claim-already-answered",
            "unidentified_payments",
        ),
        ("never paid", take_back("C1"), "REMIT-take-back-never-paid", "disputed_take_back"),
        ("never seen", take_back("C9"), "REMIT-take-back-unknown-claim", "disputed_take_back"),
    ] {
        let mut book = billed(&[("C1", 3_000), ("C2", 10_000)]);
        let claims = vec![answer("C2", 10_000, &[]), claim];
        let posting = post(&mut book, &advice("T1", claims, vec![]));
        assert_eq!(codes(&posting), [code], "{number}");
        let receivable = AccountKind::Receivable.of(PAYER);
        assert_eq!(book.balance_of(&receivable, &Subject::claim("C1")), Cents(3_000));
        assert!(balances(&book).contains(account), "{number}: {}", balances(&book));
    }
}

#[test]
fn a_take_back_by_provider_adjustment_needs_a_claim_that_was_paid() {
    for (reference, disputed) in [("C1", false), ("KC1 C1", false), ("C2", true), ("X", true)] {
        let mut book = billed(&[("C1", 8_000), ("C2", 8_000), ("C3", 9_000)]);
        post(&mut book, &advice("T1", vec![answer("C1", 8_000, &[])], vec![]));
        let second = vec![answer("C3", 9_000, &[])];
        let posting = post(&mut book, &advice("T2", second, vec![plb("WO", reference, 5_000)]));
        let expected: &[&str] = if disputed { &["REMIT-take-back-never-paid"] } else { &[] };
        assert_eq!(codes(&posting), expected, "{reference}");
        let account = AccountKind::DisputedTakeBack.of(PAYER);
        assert_eq!(book.balance(&account), Cents(if disputed { 5_000 } else { 0 }));
    }
}

#[test]
fn what_the_contract_promised_is_compared_by_claim_and_line() {
    let book = billed(&[("C1", 8_000)]);
    let paid = advice("T1", vec![answer("C1", 8_000, &[("CO", "45", 3_000)])], vec![]);
    let expected = |_: &RemittanceClaim| {
        let line = |line: &'static str, cents| ExpectedLine {
            line: Text::const_new(line),
            paid_cents: Cents(cents),
        };
        let lines = vec![line("L1", 5_500), line("L2", 0)];
        Some(ExpectedClaim { paid_cents: Cents(5_500), lines })
    };
    let rules = PostingRules::default();
    let receivables = BookReceivables(&book);
    let posting = post_remittance(&paid, (PAYER, day()), &receivables, &rules, &expected);
    let shown: Vec<_> = posting
        .variances
        .iter()
        .map(|v| (v.line.as_deref().unwrap_or("claim"), v.underpaid_cents().0))
        .collect();
    assert_eq!(shown, [("claim", 500), ("L1", 500)]);
}

#[test]
fn the_cash_account_is_the_bank_whatever_could_be_matched() {
    let mut book = billed(&[("C1", 8_000), ("C2", 5_000), ("C3", 700)]);
    let advices: Vec<RemittanceAdvice> = [("T1", "C1", 8_000), ("T2", "C2", 5_000)]
        .into_iter()
        .map(|(trace, claim, cents)| advice(trace, vec![answer(claim, cents, &[])], vec![]))
        .collect();
    for paid in &advices {
        post(&mut book, paid);
    }
    let bank = read_bank_csv(
        b"date,amount,description,reference\n\
          2026-03-31,80.00,TRN*1*T1*1512345678~,B1\n\
          2026-04-02,-80.00,RETURN TRN*1*T1*1512345678~,B2\n\
          2026-03-31,50.00,TRN*1*T2*1512345678~,B3\n\
          2026-04-02,-20.00,RETURN TRN*1*T2*1512345678~,B4\n\
          2026-04-02,-9.99,BANK FEE,B5\n\
          2026-04-02,7.00,CARD DEPOSIT,B6\n",
        &BankColumns::default(),
    );
    assert_eq!(bank.findings, []);
    let expected: Vec<_> = advices.iter().map(|a| ExpectedPayment::of(a, PAYER)).collect();
    let report = match_payments(&expected, &bank.entries, MatchOptions::default());
    book.post_all(&cash_entries(&report, &expected, &bank.entries)).unwrap();
    assert_eq!(
        balances(&book),
        "cash 27.01, billed_revenue -137.00, receivable 7.00, payments_expected 130.00, \
         unapplied_cash -27.01"
    );
}

fn origin() -> CcdOrigin {
    CcdOrigin {
        destination_routing: Text::const_new("031300012"),
        destination_name: Text::const_new("RECEIVING BANK"),
        origin_id: Text::const_new("231380104"),
        origin_name: Text::const_new("SENDING BANK"),
        company_name: Text::const_new("ACME HEALTH PLAN"),
        company_id: Text::const_new("1512345678"),
        originating_routing: Text::const_new("231380104"),
        file_date: day(),
        file_time: (8, 0),
        file_id_modifier: 'A',
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 128,
        ..ProptestConfig::default()
    })]

    /// Payer builds 835s and CCD+ credits; provider reads the bank's copy, matches and posts.
    #[test]
    fn claim_to_cash_leaves_nothing_over(
        claims in prop::collection::vec(
            (1i64..1_000_000, 0i64..=100, 0i64..=100, any::<bool>()),
            1..40,
        ),
        per_payment in 1usize..6,
    ) {
        let names: Vec<String> = (0..claims.len()).map(|index| format!("C{index}")).collect();
        let charges: Vec<(&str, i64)> =
            names.iter().zip(&claims).map(|(name, claim)| (name.as_str(), claim.0)).collect();
        let mut book = billed(&charges);
        let mut advices = Vec::new();
        let mut carried: Option<ProviderAdjustment> = None;
        let mut to_reverse: Vec<RemittanceClaim> = Vec::new();
        for (number, chunk) in charges.chunks(per_payment).enumerate() {
            let mut answers: Vec<RemittanceClaim> =
                to_reverse.drain(..).map(|claim| claim.reversal()).collect();
            for (name, charge) in chunk {
                let index: usize = name[1..].parse().unwrap();
                let (_, contractual, patient, reverse) = claims[index];
                let contractual = charge * contractual / 200;
                let patient = charge * patient / 200;
                let parts = [("CO", "45", contractual), ("PR", "2", patient)];
                let answered = answer(name, *charge, &parts);
                if reverse {
                    to_reverse.push(answered.clone());
                }
                answers.push(answered);
            }
            let trace = format!("T{number}");
            let mut request = request(&trace, answers);
            request.adjustments.extend(carried.take());
            request.adjustments.push(plb("L6", &trace, -7));
            let built = build_remittance(request).unwrap();
            carried = built.carried_forward;
            advices.push(built.advice);
        }
        let payments: Vec<CcdPayment> = advices.iter().filter_map(CcdPayment::of).collect();
        let bank = if payments.is_empty() {
            Vec::new()
        } else {
            let file = read_nacha(write_ccd_plus(&origin(), &payments).unwrap().as_bytes());
            prop_assert_eq!(&file.findings, &[]);
            file.bank_file().entries
        };
        let expected: Vec<ExpectedPayment> =
            advices.iter().map(|advice| ExpectedPayment::of(advice, PAYER)).collect();
        let postings: Vec<RemittancePosting> =
            advices.iter().map(|advice| post(&mut book, advice)).collect();
        let report = match_payments(&expected, &bank, MatchOptions::default());
        let cash = cash_entries(&report, &expected, &bank);
        book.post_all(&cash).unwrap();
        let once = book.digest();
        book.post_all(&cash).unwrap();
        prop_assert_eq!(book.digest(), once);

        prop_assert_eq!(book.trial_balance().total_cents(), 0);
        prop_assert_eq!(book.balance(&AccountKind::UnappliedCash.whole()), Cents::ZERO);
        prop_assert_eq!(book.balance(&AccountKind::PaymentsExpected.of(PAYER)), Cents::ZERO);
        let announced = expected.iter().map(|payment| payment.amount_cents);
        let in_bank = bank.iter().map(|entry| entry.amount_cents);
        let result = reconcile(&book, &postings, &report, announced, in_bank);
        prop_assert!(result.is_complete(), "{:?}", result);
        for claim in postings.iter().flat_map(|posting| &posting.claims) {
            prop_assert!(matches!(
                claim.disposition,
                ClaimDisposition::Posted | ClaimDisposition::Reversed
            ));
        }
    }
}
