//! What the payer pays the provider receives, each once, and in total the final answer.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_contract::Number;
use counterfoil_ledger::{AccountKind, Book};
use counterfoil_settle::{
    Document, Movement, Parties, Provisional, ResultLine, RowStatement, SettlementAccount, TermLine,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn day(number: u8) -> Date {
    format!("2019-{:02}-{:02}", number / 28 % 12 + 1, number % 28 + 1).parse().expect("a day")
}

fn statement(amount_cents: i64) -> Document {
    let result = ResultLine { term: "earned".to_owned(), amount_cents, rounding: String::new() };
    RowStatement { result: Some(result), ..RowStatement::default() }.document()
}

fn account() -> SettlementAccount {
    let parties = Parties { payer: "PLAN1".to_owned(), provider: "ACO7".to_owned() };
    SettlementAccount::new(parties, &"ab".repeat(32), 2018, "A1001")
}

#[derive(Clone, Debug)]
enum Event {
    /// A milestone with an amount that may not be the one it was paid with.
    Milestone(u8, i64),
    /// A final or restated answer.
    Answer(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0u8..4, -5i64..300_000_000).prop_map(|(name, cents)| Event::Milestone(name, cents)),
        // Few answers, so that one comes back after another.
        prop_oneof![Just(0i64), Just(25_000_001), Just(-8_000_033), -900_000_000_i64..900_000_000]
            .prop_map(Event::Answer),
    ]
}

/// Plays the events on both books, each movement once or more often, and checks after each.
fn check(events: &[(Event, bool)]) {
    let mut account = account();
    let (mut payer, mut provider) = (Book::default(), Book::default());
    let mut paid_once: std::collections::BTreeMap<u8, i64> = Default::default();
    let mut last_answer: Option<i64> = None;
    for (number, (event, is_repeated)) in (0u8..).zip(events) {
        let before = account.clone();
        let act = |account: &mut SettlementAccount| -> Vec<Movement> {
            match event {
                Event::Milestone(name, cents) => account
                    .provisional(&format!("m{name}"), Cents(*cents), day(number))
                    .map(|movement| movement.into_iter().collect())
                    .unwrap_or_default(),
                Event::Answer(cents) => {
                    account.settle(&statement(*cents), day(number)).expect("small amounts")
                }
            }
        };
        let movements = act(&mut account);
        if *is_repeated {
            assert_eq!(act(&mut account), [], "the same event moves nothing twice");
            // A fold that begins anew offers the same entries, which the books know.
            assert_eq!(act(&mut before.clone()), movements);
        }
        match event {
            Event::Milestone(name, cents) if *cents > 0 => {
                paid_once.entry(*name).or_insert(*cents);
            }
            Event::Answer(cents) => last_answer = Some(*cents),
            Event::Milestone(..) => {}
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
        if let (Event::Answer(cents), _) = (event, ()) {
            assert_eq!((out, owed, cost), (*cents, 0, *cents), "the total is the final answer");
        }
    }
    if last_answer.is_none() {
        assert_eq!(account.paid_cents().0, paid_once.values().sum::<i64>(), "each exactly once");
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
fn a_milestone_pays_once_and_the_final_answer_trues_it_up() {
    let mut account = account();
    let first = account.provisional("quality", Cents(10_000_000), day(1)).expect("new");
    let entry = first.expect("a payment").payer;
    assert_eq!(entry.key, Text::from("settlement/abababababababab/2018/A1001/provisional/quality"));
    assert_eq!(account.provisional("quality", Cents(10_000_000), day(9)).expect("known"), None);
    let refused = account.provisional("quality", Cents(1), day(9)).expect_err("other amount");
    assert_eq!(refused.code, "SETTLE-milestone-paid-otherwise");
    let moved = account.settle(&statement(8_000_000), day(20)).expect("an answer");
    let amounts: Vec<i64> = moved.iter().map(|movement| movement.amount_cents.0).collect();
    assert_eq!(amounts, [8_000_000, -2_000_000]);
    let none = RowStatement::default().document();
    assert_eq!(
        account.settle(&none, day(21)).expect_err("no result").code,
        "SETTLE-statement-without-result"
    );
    let huge = account.settle(&statement(i64::MIN), day(21)).expect_err("too large");
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
    let rule = Provisional {
        milestone: "quality".to_owned(),
        reached: "meets_standard".to_owned(),
        amount: "shared_savings".to_owned(),
        share: Number::fraction(1, 2).expect("a half"),
    };
    for (met, amount, due) in [
        ("yes", "1000.01", Some(Cents(50_000))),
        ("yes", "1000/3", Some(Cents(16_666))),
        ("no", "1000", None),
        ("yes", "-1000", None),
        ("yes", "0", None),
    ] {
        let terms = vec![line("meets_standard", met, ""), line("shared_savings", "", amount)];
        let statement = RowStatement { terms, ..RowStatement::default() };
        assert_eq!(rule.due(&statement), due, "{met} {amount}");
    }
    assert_eq!(rule.due(&RowStatement::default()), None);
}
