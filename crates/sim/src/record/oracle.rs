//! What must be true of a world when it has healed, told without the engines that did the work.
//!
//! Charges are powers of two, so that a total names the claims in it; what each claim should have
//! come to is computed here anew; the books are added up here line by line.

use super::disk::State;
use super::office::{Bill, Manner};
use crate::totals::{balances, bits};
use counterfoil_twin::{Author, Body, Event};
use std::collections::BTreeMap;

/// Days of March that coverage lasts.
const COVERED_DAYS: i8 = 20;

/// What a claim should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// To the provider.
    pub paid: i64,
    /// Kept back by contract.
    pub withheld: i64,
    /// From the patient.
    pub patient: i64,
    /// Not covered.
    pub denied: i64,
}

/// What a claim should come to, from its bill alone.
#[must_use]
pub fn due(bill: &Bill) -> Due {
    let nothing = Due { paid: 0, withheld: 0, patient: 0, denied: 0 };
    let is_covered = bill.day <= COVERED_DAYS || bill.manner == Manner::Pended;
    if !is_covered {
        return Due { denied: bill.cents, ..nothing };
    }
    let (withheld, patient) = match bill.manner {
        // An eighth, halves of a cent upwards.
        Manner::Withheld => ((bill.cents + 4) / 8, 0),
        Manner::Copay => (0, bill.cents.min(3)),
        Manner::Plain | Manner::Pended => (0, 0),
    };
    Due { paid: bill.cents - withheld - patient, withheld, patient, denied: 0 }
}

fn expect(sums: &BTreeMap<String, i128>, account: &str, cents: i128) -> Result<(), String> {
    let found = sums.get(account).copied().unwrap_or(0);
    if found == cents {
        return Ok(());
    }
    Err(format!("{account} holds {}, not {}", bits(found), bits(cents)))
}

/// The provider's books: everything answered, matched and in the bank.
///
/// # Errors
/// What is not true, in words.
pub fn check_provider(state: &State, bills: &[Bill], bank_cents: i128) -> Result<(), String> {
    let sums = balances(state.entries.iter().map(|entry| &**entry))?;
    let total = |of: fn(&Due) -> i64| bills.iter().map(|bill| i128::from(of(&due(bill)))).sum();
    let charged: i128 = bills.iter().map(|bill| i128::from(bill.cents)).sum();
    let paid: i128 = total(|due| due.paid);
    if paid != bank_cents {
        return Err(format!("the bank paid {}, not {}", bits(bank_cents), bits(paid)));
    }
    expect(&sums, "provider.cash", paid)?;
    expect(&sums, "provider.billed_revenue", -charged)?;
    expect(&sums, "provider.receivable/plan", 0)?;
    expect(&sums, "provider.payments_expected/plan", 0)?;
    expect(&sums, "provider.unapplied_cash", 0)?;
    expect(&sums, "provider.withhold_receivable/plan", total(|due| due.withheld))?;
    expect(&sums, "provider.patient_receivable", total(|due| due.patient))?;
    expect(&sums, "provider.denied_receivable/plan", total(|due| due.denied))?;
    let all: i128 = sums.values().sum();
    if all == 0 { Ok(()) } else { Err(format!("the trial balance is {all}")) }
}

/// The payer's books: what it decided for these providers was paid and nothing else.
///
/// # Errors
/// What is not true, in words.
pub fn check_payer(state: &State, providers: &[&[Bill]]) -> Result<(), String> {
    let sums = balances(state.entries.iter().map(|entry| &**entry))?;
    let (mut paid, mut withheld) = (0i128, 0i128);
    for (link, bills) in providers.iter().enumerate() {
        let sum = |of: fn(&Due) -> i64| bills.iter().map(|bill| i128::from(of(&due(bill)))).sum();
        let mine: i128 = sum(|due| due.withheld);
        expect(&sums, &format!("payer.withhold_payable/{link}"), -mine)?;
        withheld += mine;
        let mine: i128 = sum(|due| due.paid);
        paid += mine;
    }
    expect(&sums, "payer.cash", -paid)?;
    expect(&sums, "payer.claims_payable", 0)?;
    expect(&sums, "payer.claims_incurred", paid + withheld)
}

/// The books of a party that can reach no final state: every entry balances and counts once.
///
/// # Errors
/// What is not true, in words.
pub fn check_books(state: &State) -> Result<(), String> {
    balances(state.entries.iter().map(|entry| &**entry)).map(|_| ())
}

/// What both halves say of each claim: every event once, and what it should come to.
///
/// # Errors
/// What is not true, in words.
pub fn check_record(state: &State, link: usize, bills: &[Bill]) -> Result<(), String> {
    let mut said: BTreeMap<(String, String), Vec<Body>> = BTreeMap::new();
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for author in Author::BOTH {
        for entry in &state.links[link].halves[author as usize] {
            let event = Event::decode(&entry.event).map_err(|error| error.to_string())?;
            let body = entry.body.as_deref().ok_or("a body is missing")?;
            let body = Body::decode(body).map_err(|error| error.to_string())?;
            if let Some(account) = body.text("patient_control_number") {
                accounts.insert(account.to_owned(), event.subject.to_string());
            }
            said.entry((event.subject.to_string(), event.kind.to_string())).or_default().push(body);
        }
    }
    for bill in bills {
        let account = &bill.account;
        let subject = accounts.get(account).ok_or(format!("{account} was never said"))?;
        let one = |kind: &str| -> Result<&Body, String> {
            let key = (subject.clone(), kind.to_owned());
            match said.get(&key).map_or(&[][..], Vec::as_slice) {
                [body] => Ok(body),
                other => Err(format!("{account}: {kind} stands {} times", other.len())),
            }
        };
        let should = due(bill);
        let expect = |kind: &str, field: &str, cents: i64| -> Result<(), String> {
            let found = one(kind)?.integer(field);
            if found == Some(cents) {
                return Ok(());
            }
            Err(format!("{account}: {kind} says {field} {found:?}, not {cents}"))
        };
        expect("claim.submitted", "charge_cents", bill.cents)?;
        one("claim.received")?;
        expect("claim.decided", "paid_cents", should.paid)?;
        expect("claim.decided", "patient_cents", should.patient)?;
        expect("claim.paid", "paid_cents", should.paid)?;
        expect("remittance.posted", "paid_cents", should.paid)?;
        expect("remittance.posted", "adjusted_cents", should.withheld + should.denied)?;
    }
    let kinds = said.keys().filter(|(_, kind)| kind == "claim.submitted").count();
    if kinds == bills.len() { Ok(()) } else { Err(format!("{kinds} claims were submitted")) }
}

/// Both parties hold the same events of both halves.
///
/// # Errors
/// Which half differs.
pub fn check_equal(payer: &State, link: usize, provider: &State) -> Result<(), String> {
    for author in Author::BOTH {
        let halves =
            [&payer.links[link], &provider.links[0]].map(|kept| &kept.halves[author as usize]);
        if halves[0] != halves[1] {
            return Err(format!("the {}'s half of link {link} differs", author.word()));
        }
        let heads = [&payer.links[link], &provider.links[0]].map(|kept| {
            let mine = kept.heads.iter().filter(|entry| entry.signed.head.author == author);
            mine.map(|entry| entry.signed.head.tree.size).max().unwrap_or(0)
        });
        if heads != [halves[0].len() as u64; 2] {
            return Err(format!("heads {heads:?} of {} events", halves[0].len()));
        }
    }
    Ok(())
}
