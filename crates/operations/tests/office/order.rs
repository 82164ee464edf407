//! Whatever the order of arrival of 835s, bank files and returns, the books end the same.

use super::place::{ELM, OAK, Office, answer, claim, day, remittance};
use counterfoil_claim::RemittanceAdvice;
use counterfoil_operations::provider::match_bank;
use counterfoil_remit::MatchCause;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that arrives at the office.
enum Arrival {
    Remittance(Box<RemittanceAdvice>),
    Bank(String),
}

pub fn bill_all(office: &mut Office) {
    for (claim, file) in [
        (claim(OAK, "P1", "1", 15_000, ""), "a"),
        (claim(OAK, "P1", "7", 18_000, ""), "b"),
        (claim(OAK, "P2", "1", 9_000, ""), "a"),
        (claim(OAK, "P3", "1", 4_000, ""), "a"),
        (claim(OAK, "P4", "1", 6_000, ""), "a"),
        (claim(OAK, "P6", "1", 10_000, ""), "a"),
        (claim(ELM, "P1", "1", 7_000, ""), "c"),
        (claim(ELM, "P5", "1", 7_000, ""), "c"),
    ] {
        office.bill(&claim, file);
    }
}

fn arrivals() -> Vec<Arrival> {
    let mut all = Vec::new();
    let mut advise = |head, claims, adjustments| {
        let (advice, carried) = remittance(head, claims, adjustments);
        all.push(Arrival::Remittance(Box::new(advice)));
        carried
    };
    let first = answer("P1", "K1", 15_000, 1_000);
    advise((OAK, "T1", day(2)), vec![first.clone()], vec![]);
    // The correction pays less, so that the next 835 takes the difference back.
    let corrected = vec![first.reversal(), answer("P1", "K2", 18_000, 10_000)];
    let carried = advise((OAK, "T2", day(4)), corrected, vec![]);
    let carried = carried.expect("the correction pays less");
    advise((OAK, "T3", day(6)), vec![answer("P2", "K3", 9_000, 0)], vec![carried]);
    advise((OAK, "T4", day(6)), vec![answer("P3", "K4", 4_000, 500)], vec![]);
    advise((OAK, "T5", day(16)), vec![answer("P4", "K5", 6_000, 0)], vec![]);
    advise((ELM, "T6", day(8)), vec![answer("P1", "K6", 7_000, 0)], vec![]);
    advise((ELM, "T7", day(26)), vec![answer("P5", "K7", 7_000, 7_000)], vec![]);
    // Paid, taken back and paid anew on one day, under traces whose order says nothing.
    let early = answer("P6", "K8", 10_000, 2_000);
    advise((OAK, "907", day(12)), vec![early.clone()], vec![]);
    let beside = answer("P7", "K9", 9_000, 0);
    advise((OAK, "9001", day(12)), vec![early.reversal(), beside], vec![]);
    advise((OAK, "10002", day(12)), vec![answer("P6", "K10", 10_000, 1_000)], vec![]);
    for rows in [
        "2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n",
        "2026-03-03,-140.00,RETURN TRN*1*T1*1512345678~,B2\n",
        // Two parts of one payment, in two files.
        "2026-03-06,20.00,TRN*1*T3*1512345678~,B3\n",
        "2026-03-07,10.00,TRN*1*T3*1512345678~,B4\n",
        "2026-03-06,30.00,TRN*1*T4*1512345678~,B5\n",
        // Without a trace: matched by payer, amount and day until something else fits.
        "2026-03-16,60.00,ACME HEALTH PLAN,B6\n",
        "2026-03-17,60.00,ACME HEALTH PLAN,B7\n",
        "2026-03-08,70.00,TRN*1*T6*1512345678~,B8\n2026-03-09,-5.00,FEE,B9\n",
        // The same file once more, and one that overlaps with others.
        "2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n2026-03-09,-5.00,FEE,B9\n",
    ] {
        all.push(Arrival::Bank(rows.to_owned()));
    }
    all
}

/// What must not depend on the order: balances, claims, exceptions.
#[derive(Debug, PartialEq)]
struct End {
    balances: BTreeMap<String, i128>,
    states: Vec<String>,
    outcomes: Vec<String>,
}

fn end_of(office: &mut Office) -> End {
    let matched = office.store.transaction("match", match_bank).expect("the bank is matched");
    let mut outcomes: Vec<String> = matched
        .report
        .outcomes
        .iter()
        .map(|one| {
            let remits: Vec<&str> =
                one.remits.iter().map(|at| matched.remits[*at].trace_number.as_str()).collect();
            let entries: Vec<&str> =
                one.entries.iter().map(|at| matched.entries[*at].reference.as_str()).collect();
            format!("{} {:?} {remits:?} {entries:?}", one.cause.word(), one.rule)
        })
        .collect();
    outcomes.sort();
    End { balances: office.balances(), states: office.states(), outcomes }
}

fn play(order: &[usize]) -> End {
    let arrivals = arrivals();
    let mut office = Office::new();
    bill_all(&mut office);
    for position in order {
        match &arrivals[*position] {
            Arrival::Remittance(advice) => {
                let posted = office.post(advice);
                let refused = posted.posting.findings.iter().find(|one| one.is_error());
                assert!(refused.is_none(), "{refused:?}");
            }
            // In some orders the first file lies outside the time of what is on record: then
            // somebody has looked at it.
            Arrival::Bank(rows) => {
                office.bank_of(rows, true);
            }
        }
    }
    end_of(&mut office)
}

#[test]
fn the_usual_order_ends_as_it_should() {
    let order: Vec<usize> = (0..arrivals().len()).collect();
    let end = play(&order);
    let balances: Vec<String> =
        end.balances.iter().map(|(name, cents)| format!("{name} {cents}")).collect();
    assert_eq!(
        balances,
        [
            "provider.billed_revenue -61000",
            "provider.cash 24500",
            "provider.contractual_adjustment/FOX01 18500",
            "provider.payments_expected/FOX01 41500",
            "provider.unapplied_cash -14500",
            "provider.unidentified_payments/FOX01 -9000",
        ]
    );
}

#[test]
fn an_order_in_which_the_latest_835_comes_before_the_earliest_bank_file() {
    let order = [6, 11, 10, 3, 5, 13, 0, 14, 18, 8, 15, 1, 2, 9, 4, 16, 7, 17, 12];
    let usual: Vec<usize> = (0..order.len()).collect();
    assert_eq!(play(&order), play(&usual));
}

#[test]
fn a_return_seen_before_its_835_is_booked_once() {
    let mut office = Office::new();
    bill_all(&mut office);
    office.bank("2026-03-03,-140.00,RETURN TRN*1*T1*1512345678~,B2\n");
    office.bank("2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n");
    let (advice, _) =
        remittance((OAK, "T1", day(2)), vec![answer("P1", "K1", 15_000, 1_000)], vec![]);
    office.post(&advice);
    let report = office.report();
    assert_eq!((report.bank_cents, report.ledger_cash_cents), (0, 0));
    assert_eq!(report.outcomes[&MatchCause::Returned].0, 1);
    assert_eq!(office.balances()["provider.payments_expected/FOX01"], 14_000);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 48,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_order_ends_in_the_same_books(
        order in Just((0..arrivals().len()).collect::<Vec<usize>>()).prop_shuffle()
    ) {
        let usual: Vec<usize> = (0..order.len()).collect();
        prop_assert_eq!(play(&order), play(&usual));
    }
}
