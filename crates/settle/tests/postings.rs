//! What the payer pays the provider receives, each once, and in total the final answer.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_ledger::{AccountKind, Book};
use counterfoil_settle::{
    Basis, Movement, Parties, Provisional, ResultLine, RowStatement, Settlement, SettlementAccount,
    TermLine,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn day(number: u8) -> Date {
    format!("2019-{:02}-{:02}", number / 28 % 12 + 1, number % 28 + 1).parse().expect("a day")
}

/// A settlement with this amount, by a digest of its own.
fn digest(amount_cents: i64) -> String {
    format!("{amount_cents:064}")
}

fn account() -> SettlementAccount {
    let parties = Parties { payer: "PLAN1".to_owned(), provider: "ACO7".to_owned() };
    SettlementAccount::new(parties, "settlement/shared-savings/2018")
}

#[derive(Clone, Debug)]
enum Event {
    /// What is to be paid in advance, which may be less than before or below zero.
    Advance(i64),
    /// A final or restated answer.
    Answer(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![Just(0i64), Just(7), -5i64..300_000_000].prop_map(Event::Advance),
        // Few answers, so that one comes back after another.
        prop_oneof![Just(0i64), Just(25_000_001), Just(-8_000_033), -900_000_000_i64..900_000_000]
            .prop_map(Event::Answer),
    ]
}

/// Plays the events on both books, each movement once or more often, and checks after each.
fn check(events: &[(Event, bool)]) {
    let mut account = account();
    let (mut payer, mut provider) = (Book::default(), Book::default());
    let (mut advanced, mut last_answer) = (0, None);
    for (number, (event, is_repeated)) in (0u8..).zip(events) {
        let before = account.clone();
        let act = |account: &mut SettlementAccount| -> Vec<Movement> {
            match event {
                Event::Advance(cents) => account
                    .advance(&digest(*cents), Cents(*cents), day(number))
                    .map(|movement| movement.into_iter().collect())
                    .unwrap_or_default(),
                Event::Answer(cents) => account
                    .settle(&digest(*cents), Cents(*cents), day(number))
                    .expect("small amounts"),
            }
        };
        let movements = act(&mut account);
        if *is_repeated {
            assert_eq!(act(&mut account), [], "the same event moves nothing twice");
            // A fold that begins anew offers the same entries, which the books know.
            assert_eq!(act(&mut before.clone()), movements);
        }
        match event {
            Event::Advance(cents) if *cents >= 0 && last_answer.is_none() => advanced = *cents,
            Event::Answer(cents) => last_answer = Some(*cents),
            Event::Advance(_) => assert!(movements.is_empty(), "it is refused"),
        }
        for _ in 0..=usize::from(*is_repeated) {
            for movement in &movements {
                payer.post(&movement.payer).expect("the payer's book takes it");
                provider.post(&movement.provider).expect("the provider's book takes it");
            }
        }
        let balance = |book: &Book, kind: AccountKind, party: &str| {
            book.balance(&if party.is_empty() { kind.whole() } else { kind.of(party) }).0
        };
        let out = -balance(&payer, AccountKind::PayerCash, "");
        let into = balance(&provider, AccountKind::PaymentsExpected, "PLAN1");
        assert_eq!(out, into, "what leaves the payer reaches the provider");
        assert_eq!(out, account.paid_cents().0);
        let owed = -balance(&payer, AccountKind::SettlementPayable, "ACO7");
        let due = balance(&provider, AccountKind::SettlementReceivable, "PLAN1");
        assert_eq!(owed, due, "what the one owes is due to the other");
        assert_eq!(owed, account.accrued_cents().0 - account.paid_cents().0);
        let cost = balance(&payer, AccountKind::SettlementCost, "");
        let income = -balance(&provider, AccountKind::SettlementIncome, "");
        assert_eq!((cost, income), (account.accrued_cents().0, account.accrued_cents().0));
        let expected = last_answer.map_or((advanced, -advanced, 0), |cents| (cents, 0, cents));
        assert_eq!((out, owed, cost), expected, "the total is what was agreed last");
    }
    assert_eq!(payer.trial_balance().total_cents(), 0);
    assert_eq!(provider.trial_balance().total_cents(), 0);
}

fn run(cases: u32) {
    let events = proptest::collection::vec((event(), any::<bool>()), 1..12);
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    runner
        .run(&events, |events| {
            check(&events);
            Ok(())
        })
        .expect("money is conserved");
}

#[test]
fn payments_sum_to_the_final_answer_on_both_sides() {
    run(2_000);
}

#[test]
#[ignore = "the long run: 100,000 random settlements"]
fn payments_sum_to_the_final_answer_a_hundred_thousand_times() {
    run(100_000);
}

#[test]
fn an_advance_pays_once_and_the_answer_trues_it_up() {
    let mut account = account();
    let first = account.advance("aa", Cents(10_000_000), day(1)).expect("new");
    let entry = first.expect("a payment").payer;
    assert_eq!(entry.key, Text::from("settlement/shared-savings/2018/advance/1/aa"));
    assert_eq!(account.advance("aa", Cents(10_000_000), day(9)).expect("known"), None);
    let less = account.advance("bb", Cents(9_000_000), day(9)).expect("another one");
    assert_eq!(less.expect("taken back").amount_cents, Cents(-1_000_000));
    let moved = account.settle("cc", Cents(8_000_000), day(20)).expect("an answer");
    let amounts: Vec<i64> = moved.iter().map(|movement| movement.amount_cents.0).collect();
    assert_eq!(amounts, [8_000_000, -1_000_000]);
    let refused = account.advance("dd", Cents(1), day(21)).expect_err("the answer stands");
    assert_eq!(refused.code, "SETTLE-provisional-after-answer");
    let huge = account.settle("ee", Cents(i64::MIN), day(21)).expect_err("too large");
    assert_eq!(huge.code, "SETTLE-total-too-large");
    assert_eq!(account.paid_cents(), Cents(8_000_000));
}

#[test]
fn a_provisional_payment_is_a_share_of_an_interim_amount() {
    let line = |term: &str, value: &str, exact: &str| TermLine {
        term: term.to_owned(),
        value: value.to_owned(),
        exact: exact.to_owned(),
        ..TermLine::default()
    };
    let rule = Provisional::parse("meets_standard:shared_savings:1/2").expect("a milestone");
    assert_eq!(rule.text(), "meets_standard:shared_savings:1/2");
    for text in ["a:b", "a:b:2", "a:b:-1", "a:b:1/0", ":b:1", "a::1", "a:b:c", "a:b:1:1"] {
        assert_eq!(Provisional::parse(text), None, "{text}");
    }
    for (met, amount, due) in [
        ("yes", "1000.01", Ok(Cents(50_000))),
        ("yes", "1000/3", Ok(Cents(16_666))),
        ("no", "1000", Ok(Cents(0))),
        ("yes", "-1000", Ok(Cents(0))),
        ("yes", "0", Ok(Cents(0))),
        ("maybe", "1000", Err("the statement has no flag 'meets_standard'")),
        ("yes", "", Err("the statement has no amount 'shared_savings'")),
        ("no", "", Err("the statement has no amount 'shared_savings'")),
        ("yes", "1000000000000000000", Err("'shared_savings' is too large to be paid")),
    ] {
        let due = due.map_err(str::to_owned);
        let terms = vec![line("meets_standard", met, ""), line("shared_savings", "", amount)];
        let statement = RowStatement { terms, ..row("A", 500) };
        assert_eq!(rule.due(&statement), due, "{met} {amount}");
        let whole = Settlement::new(vec![statement], (Basis::Provisional, vec![rule.clone()]));
        match due {
            Ok(due) => assert_eq!(whole.expect("an advance").amount_cents, due.0),
            Err(told) => {
                let finding = whole.expect_err("nothing is paid by a milestone without a value");
                assert_eq!(finding.code, "SETTLE-milestone-without-value");
                assert!(finding.message.contains(&told), "{}", finding.message);
            }
        }
    }
    assert!(rule.due(&RowStatement::default()).is_err());
}

fn row(subject: &str, amount_cents: i64) -> RowStatement {
    let result = ResultLine { term: "earned".to_owned(), amount_cents, rounding: String::new() };
    RowStatement {
        subject: subject.to_owned(),
        facts_sha256: digest(amount_cents),
        result: Some(result),
        ..RowStatement::default()
    }
}

#[test]
fn a_settlement_has_one_form_whatever_the_order_of_its_rows() {
    let answer = || (Basis::Final, Vec::new());
    let rows = vec![row("B", -30), row("A", 100), row("A", 5)];
    let one = Settlement::new(rows.clone(), answer()).expect("a settlement");
    let other = Settlement::new(rows.into_iter().rev().collect(), answer()).expect("the same");
    assert_eq!((one.amount_cents, one.to_json()), (75, other.to_json()));
    assert_eq!(Settlement::read(one.to_json().as_bytes()).expect("its own form"), one);
    assert_eq!(counterfoil_settle::part(&one, &other), None);
    for (from, to) in [
        ("\"amount_cents\": 75", "\"amount_cents\": 76"),
        ("\"facts_sha256\": \"", "\"facts_sha256\": \"0"),
        ("\"form\": \"counterfoil", "\"form\": \"other"),
        ("{\n", "{"),
    ] {
        let changed = one.to_json().replacen(from, to, 1);
        assert_ne!(changed, one.to_json(), "{from}");
        assert!(Settlement::read(changed.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn a_settlement_without_a_whole_amount_is_none() {
    let new = |rows, basis| Settlement::new(rows, (basis, Vec::new())).map_err(|f| f.code);
    let without = RowStatement { result: None, ..row("C", 0) };
    let other = RowStatement { year: 1, ..row("C", 0) };
    for (rows, basis, code) in [
        (vec![], Basis::Final, "SETTLE-no-rows"),
        (vec![row("A", 1), without], Basis::Final, "SETTLE-statement-without-result"),
        (vec![row("A", 1), other], Basis::Final, "SETTLE-rows-of-others"),
        (vec![row("A", i64::MAX), row("B", 1)], Basis::Final, "SETTLE-total-too-large"),
        (vec![row("A", -1)], Basis::Provisional, "SETTLE-advance-below-zero"),
    ] {
        assert_eq!(new(rows, basis).expect_err(code), code);
    }
    assert_eq!(new(vec![row("A", -1)], Basis::Final).expect("an answer").amount_cents, -1);
}

#[test]
fn the_first_row_where_two_settlements_part_is_named() {
    let of = |rows, basis| Settlement::new(rows, (basis, Vec::new())).expect("a settlement");
    let ours = of(vec![row("A", 1), row("B", 2)], Basis::Final);
    for (theirs, sentence) in [
        (
            of(vec![row("B", 3), row("A", 1)], Basis::Final),
            "B: line result: earned 2 cents and earned 3 cents",
        ),
        (of(vec![row("A", 1)], Basis::Final), "B: subject: one row and no such row"),
        (
            of(vec![row("A", 1), row("B", 2)], Basis::Provisional),
            "settlement basis: final and provisional",
        ),
    ] {
        let found = counterfoil_settle::part(&ours, &theirs).expect("they part");
        assert_eq!(found.sentence(), sentence);
    }
}
