//! What is booked comes to what was agreed last, whatever came before.

use super::offices::{Offices, cents, contract, digest};
use counterfoil_operations::contracts::Booked;
use counterfoil_samples::Database;
use counterfoil_settle::{Basis, Provisional};
use counterfoil_twin::SettlementStatus;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

counterfoil_samples::on_both_databases!(
    an_advance_is_trued_up_by_the_answer_and_the_answer_by_a_restated_one,
    an_agreed_advance_is_paid_although_the_partner_has_answered,
    what_another_text_has_taken_the_place_of_is_neither_stated_nor_booked,
    a_named_person_may_book_what_is_not_agreed,
    any_row_of_statements_comes_to_the_last,
);

fn facts(saved: &str) -> String {
    format!("Provider,Saved,Quality\nH1,{saved},Y\n")
}

fn an_advance_is_trued_up_by_the_answer_and_the_answer_by_a_restated_one(database: &Database) {
    let mut both = Offices::new(database);
    both.agree(&contract("50%"), "2025-01-01", None);
    let milestone = Provisional::parse("has_quality:bonus:1/2").expect("a milestone");
    for (saved, on, basis, status, moved) in [
        ("1000", "2025-07-01", Basis::Provisional, SettlementStatus::Provisional, (0, 50_000)),
        ("900", "2025-10-01", Basis::Provisional, SettlementStatus::Provisional, (0, -5_000)),
        ("800", "2026-03-01", Basis::Final, SettlementStatus::Final, (40_000, -5_000)),
        ("820", "2026-09-01", Basis::Final, SettlementStatus::Restated, (1_000, 1_000)),
        ("-20", "2026-12-01", Basis::Final, SettlementStatus::Restated, (-42_000, -42_000)),
    ] {
        let facts = facts(saved);
        assert_eq!(both.settle([&facts, &facts], basis), [status; 2], "{saved}");
        let booked = both.book(on);
        assert_eq!((booked.owed_cents.0, booked.paid_cents.0), moved, "{saved}");
        assert_eq!(both.book(on), Booked::default(), "{saved}");
    }
    let [known, _] = both.settlement();
    assert_eq!(known.postings.len(), 5);
    let cash = ("payer.cash".to_owned(), 1_000);
    assert!(both.payer.balances().contains(&cash), "the provider owes $10.00");
    // A milestone is a share of an interim amount, when the flag is set. Facts are no terms.
    let interim = facts("1000");
    let refused = both.payer.prepare_with(&interim, Basis::Provisional, &[milestone]).unwrap_err();
    assert!(refused.contains("the statement has no flag 'has_quality'"), "{refused}");
    both.payer.prepare(&interim, Basis::Provisional).expect("an advance");
    let refused = both.payer.state().unwrap_err();
    assert!(refused.contains("the answer stands"), "{refused}");
}

fn an_agreed_advance_is_paid_although_the_partner_has_answered(database: &Database) {
    let mut both = Offices::new(database);
    both.agree(&contract("50%"), "2025-01-01", None);
    let (interim, last) = (facts("1000"), facts("800"));
    both.settle([&interim, &interim], Basis::Provisional);
    both.provider.prepare(&last, Basis::Final).expect("the answer");
    both.provider.state().expect("it is stated");
    both.exchange();
    let booked = both.payer.book("2026-03-01", None).expect("both have stated the advance");
    assert_eq!((booked.owed_cents, booked.paid_cents), (cents(0), cents(50_000)));
    let waits = both.provider.book("2026-03-01", None).unwrap_err();
    assert!(waits.contains("has not stated it"), "{waits}");
}

fn what_another_text_has_taken_the_place_of_is_neither_stated_nor_booked(database: &Database) {
    let mut both = Offices::new(database);
    let (first, second) = (contract("50%"), contract("40%"));
    both.agree(&first, "2025-01-01", None);
    let facts = facts("1000");
    both.settle([&facts, &facts], Basis::Final);
    both.agree(&second, "2025-01-01", Some(&digest(&first)));
    let refused = both.payer.book("2026-03-01", None).unwrap_err();
    assert!(refused.contains("not in force in 2025 any more"), "{refused}");
    let refused = both.payer.state().unwrap_err();
    assert!(refused.contains("stated already"), "{refused}");
    both.payer.prepare(&facts, Basis::Final).expect("by the text in force");
    assert_eq!(both.payer.state(), Ok(SettlementStatus::Restated));
}

fn a_named_person_may_book_what_is_not_agreed(database: &Database) {
    let mut both = Offices::new(database);
    both.agree(&contract("50%"), "2025-01-01", None);
    let (ours, theirs) = (facts("1000"), facts("1001"));
    both.settle([&ours, &theirs], Basis::Final);
    let on = "2026-04-01";
    assert!(both.payer.book(on, None).unwrap_err().contains("states something else"));
    for despite in [("", "late"), ("Ana Ruiz", " ")] {
        assert!(both.payer.book(on, Some(despite)).is_err(), "{despite:?}");
    }
    let booked = both.payer.book(on, Some(("Ana Ruiz", "the court has decided"))).expect("booked");
    assert_eq!(booked.paid_cents, cents(50_000), "this side's own statement");
    let posting = both.payer.settlement().postings.remove(0);
    let told = (posting.decided_by.as_str(), posting.reason.as_str());
    assert_eq!(told, ("Ana Ruiz", "the court has decided"));
    // When they come to agree on the other amount, the books follow.
    both.payer.prepare(&theirs, Basis::Final).expect("it is settled again");
    assert_eq!(both.payer.state(), Ok(SettlementStatus::Restated));
    both.exchange();
    let booked = both.payer.book("2026-05-01", None).expect("agreed");
    assert_eq!((booked.owed_cents, booked.paid_cents), (cents(50), cents(50)));
}

/// Some statements with amounts, provisional or not, some of them stated by both and booked.
fn any_row_of_statements_comes_to_the_last(database: &Database) {
    let one = (any::<bool>(), 0i64..5, any::<bool>());
    let rows = prop::collection::vec(one, 1..7);
    let cases = if matches!(database, Database::Sqlite) { 40 } else { 2 };
    let number = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let done = runner.run(&rows, |rows| {
        number.set(number.get() + 1);
        let own = match database {
            Database::Sqlite => Database::Sqlite,
            Database::Postgres { url, schema } => Database::Postgres {
                url: url.clone(),
                schema: format!("{schema}_{}", number.get()),
            },
        };
        comes_to_the_last(&mut Offices::new(&own), &rows);
        Ok(())
    });
    done.expect("the books come to what was agreed last");
}

fn comes_to_the_last(both: &mut Offices, rows: &[(bool, i64, bool)]) {
    both.agree(&contract("100%"), "2025-01-01", None);
    let (mut has_answer, mut expected, mut standing) = (false, (0, 0), (false, -1));
    for &(is_provisional, amount, is_booked) in rows {
        let basis = if is_provisional { Basis::Provisional } else { Basis::Final };
        let facts = facts(&amount.to_string());
        for office in [&mut both.payer, &mut both.provider] {
            office.prepare(&facts, basis).expect("it is settled");
            let is_new = standing != (is_provisional, amount);
            let may = is_new && !(is_provisional && has_answer);
            assert_eq!(office.state().is_ok(), may, "{rows:?}");
        }
        if standing == (is_provisional, amount) || is_provisional && has_answer {
            continue;
        }
        both.exchange();
        has_answer |= !is_provisional;
        standing = (is_provisional, amount);
        if is_booked {
            both.book("2026-04-01");
            expected = if has_answer { (amount, amount) } else { (0, amount) };
        }
    }
    let of = |balances: Vec<(String, i64)>, name: &str| {
        let found = balances.into_iter().find(|(account, _)| account == name);
        found.map_or(0, |(_, cents)| cents)
    };
    let cost = of(both.payer.balances(), "payer.settlement_cost");
    let cash = of(both.payer.balances(), "payer.cash");
    assert_eq!((cost, -cash), (expected.0 * 100, expected.1 * 100), "{rows:?}");
    let income = of(both.provider.balances(), "provider.settlement_income");
    let into = of(both.provider.balances(), "provider.payments_expected/FOX01");
    assert_eq!((-income, into), (expected.0 * 100, expected.1 * 100), "{rows:?}");
}
