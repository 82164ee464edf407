//! Money that is late: interest to the day on which the payee has it, taken back with its claim,
//! and files that are marked for another use.

use super::books::digest_of_sound_books;
use super::payer::Payer;
use super::plan::{ClaimFile, Plan};
use super::remittances::{assert_passes_guide, remittances};
use counterfoil_base::{Cents, Date, add_days, days_between};
use counterfoil_claim::{ClaimState, RemittanceAdvice};
use counterfoil_corpus::{Senders, WorldConfig};
use counterfoil_operations::{InterchangeUsage, business_day_from, is_business_day};
use std::collections::BTreeMap;

fn plan() -> Plan {
    let config = WorldConfig { claims: 900, batches: 4, practices: 2, ..WorldConfig::default() };
    Plan::new(config, Senders::ClearingHouse)
}

/// PLB L6 by claim, as the payee reads it: positive is money for the payee.
fn interest_of(advices: &[RemittanceAdvice]) -> BTreeMap<String, Cents> {
    let mut interest = BTreeMap::new();
    for adjustment in advices.iter().flat_map(|advice| &advice.provider_adjustments) {
        if adjustment.reason == "L6" {
            let sum: &mut Cents = interest.entry(adjustment.reference.to_string()).or_default();
            *sum -= adjustment.amount_cents;
        }
    }
    interest
}

/// 10 percent a year for each day after the thirtieth, half up (C.R.S. 10-16-106.5).
fn owed(paid: Cents, received_on: Date, pay_on: Date) -> Cents {
    let late = days_between(received_on, pay_on) - 30;
    let (numerator, divisor) = (i128::from(paid.0) * i128::from(late.max(0)), 3_650);
    Cents(i64::try_from((2 * numerator + divisor) / (2 * divisor)).expect("cents"))
}

#[test]
fn interest_runs_to_the_day_of_payment_and_is_taken_back_with_its_claim() {
    let plan = plan();
    let mut payer = Payer::new(&plan);
    let first = &plan.files[0];
    payer.take(first, &first.info.name);
    let paid_on = add_days(first.sent_on(), 58).expect("a day");
    payer.pay(paid_on);
    let advices = remittances(&payer);
    let effective_on = advices[0].payment.effective_date.expect("an 835 says its day");
    assert!(is_business_day(effective_on));
    assert_eq!(Some(effective_on), business_day_from(add_days(paid_on, 1).expect("a day")));
    let interest = interest_of(&advices);
    let mut owing = 0;
    for claim in advices.iter().flat_map(|advice| &advice.claims) {
        let number = claim.payer_claim_control_number.to_string();
        let expected = owed(claim.paid_cents, first.sent_on(), effective_on);
        let said = interest.get(&number).copied().unwrap_or_default();
        assert_eq!(said, expected, "{number}");
        let amount = claim.amounts.iter().find(|amount| amount.qualifier == "I");
        assert_eq!(amount.map(|amount| amount.amount_cents), Some(said).filter(|c| !c.is_zero()));
        let row = payer.read(|tx| tx.claim(&number)).expect("the claim is on record");
        assert_eq!(row.update.interest_cents, said);
        let explained = row.update.explanation.expose().contains("prompt_pay.");
        assert_eq!(explained, !said.is_zero(), "the interest opens");
        owing += u64::from(!said.is_zero());
    }
    assert!(owing > 50, "{owing} claims are paid late");
    // The rest of the month corrects and voids some of them.
    for file in &plan.files[1..] {
        payer.take(file, &file.info.name);
        payer.pay(file.sent_on());
    }
    payer.pay(add_days(plan.files[3].sent_on(), 1).expect("a day"));
    let net = interest_of(&remittances(&payer));
    let mut taken_back = 0;
    for (number, earlier) in &interest {
        let row = payer.read(|tx| tx.claim(number)).expect("the claim is on record");
        let stands = !matches!(row.update.state, ClaimState::Reversed | ClaimState::Voided);
        assert_eq!(net[number], if stands { *earlier } else { Cents::ZERO }, "{number}");
        taken_back += u64::from(!stands);
    }
    assert!(taken_back > 0, "a claim with interest is taken back");
    let expense: Cents = net.values().copied().sum();
    let balances = payer.read(|tx| tx.trial_balance());
    let booked = balances.iter().find(|one| one.account == "payer.interest_expense");
    assert_eq!(booked.map(|one| one.debit_cents - one.credit_cents), Some(expense));
    payer.read(digest_of_sound_books);
}

#[test]
fn a_file_for_tests_is_refused_in_production_and_a_test_payer_answers_as_test() {
    let mut plan = plan();
    let production = plan.files[0].bytes.clone();
    let text = String::from_utf8(production.clone()).expect("a claim file is text");
    let test = text.replacen("*0*P*:~", "*0*T*:~", 1).into_bytes();
    assert_ne!(test, production);
    let claims = u64::from(plan.files[0].info.claims);
    for usage in [InterchangeUsage::Production, InterchangeUsage::Test] {
        plan.settings.usage = usage;
        let (right, wrong) = match usage {
            InterchangeUsage::Production => (&production, &test),
            InterchangeUsage::Test => (&test, &production),
        };
        let other_code = if usage == InterchangeUsage::Production { "T" } else { "P" };
        let mut payer = Payer::new(&plan);
        let on = plan.files[0].sent_on();
        let file = |bytes: &[u8]| ClaimFile {
            info: plan.files[0].info.clone(),
            bytes: bytes.to_vec(),
            truths: Vec::new(),
        };
        let refused = payer.take(&file(wrong), "wrong.837");
        assert_eq!((refused.claims(), refused.claims_in_rejected_sets), (0, claims));
        assert!(refused.findings.contains_key("OPS-1-usage-indicator"));
        assert_eq!(payer.pay(on).payments, []);
        let answers = payer.files("");
        assert_eq!(answers.len(), 1, "a TA1 alone: {:?}", answers.keys());
        let ta1 = String::from_utf8(answers.into_values().next().expect("one")).expect("text");
        assert!(ta1.contains(&format!("*{other_code}*:~TA1*")), "{ta1}");
        assert!(ta1.contains("*R*020~"), "{ta1}");
        // Its control number is not used up: the same file with the right mark is taken in.
        let taken = payer.take(&file(right), "right.837");
        assert_eq!(taken.claims() + taken.claims_in_rejected_sets, claims);
        payer.pay(on);
        let mut written = 0;
        for (prefix, version) in [("835-", "005010X221A1"), ("277CA-", "005010X214")] {
            for (name, bytes) in payer.files(prefix) {
                assert_passes_guide(&name, &bytes, version);
                let head = String::from_utf8_lossy(&bytes[..106]).into_owned();
                assert_eq!(&head[102..103], usage.code(), "{name}: {head}");
                written += 1;
            }
        }
        assert!(written > 1);
    }
}
