//! A plan gives the value of the evaluator of fractions, or none.

use super::{Line, LineFacts, Memory, Plan, Short};
use crate::contract::{Contract, ContractFiles};
use crate::evaluate::{Evaluator, FactValue, Point, Row};
use crate::number::Number;
use crate::value::Value;
use counterfoil_base::Rounding;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// A number of the language: facts, parameters, constants and every operation on them.
fn numbers() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["a", "b", "c", "share", "by_kind", "steps(greatest(c, 0))"])
            .prop_map(str::to_owned),
        (0u32..100_000, 0usize..5)
            .prop_map(|(digits, places)| {
                let text = format!("{digits:06}");
                format!("{}.{}", &text[..6 - places], &text[6 - places..]).replace(". ", "")
            })
            .prop_map(|text| text.trim_end_matches('.').to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let flag = flags(inner.clone());
        prop_oneof![
            (two.clone(), prop::sample::select(vec!["+", "-", "*", "/"]))
                .prop_map(|((a, b), sign)| format!("({a} {sign} {b})")),
            (two.clone(), prop::sample::select(vec!["least", "greatest"]))
                .prop_map(|((a, b), name)| format!("{name}({a}, {b})")),
            inner.clone().prop_map(|a| format!("magnitude({a})")),
            inner.clone().prop_map(|a| format!("(-{a})")),
            (
                inner.clone(),
                prop::sample::select(vec!["half_up", "half_even", "down", "up"]),
                prop::sample::select(vec!["1", "0.01", "0.0001", "0.25"]),
            )
                .prop_map(|(a, mode, step)| format!("round({a}, {mode}, {step})")),
            (flag, two).prop_map(|(c, (a, b))| format!("(if {c} then {a} else {b})")),
        ]
    })
}

fn flags(number: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    prop_oneof![
        Just("is_new".to_owned()),
        Just("(kind is one of advanced_care, x)".to_owned()),
        Just("(kind is not y)".to_owned()),
        Just("(given(d) and d > 2)".to_owned()),
        Just("(day < 2026-03-01)".to_owned()),
        Just("(day - 2026-01-15 > 30 days)".to_owned()),
        Just("(text is \"G0463\")".to_owned()),
        Just("(text <> \"a much longer code\")".to_owned()),
        (number.clone(), number, prop::sample::select(vec!["<", "<=", ">", "=", "<>"]))
            .prop_map(|(a, b, sign)| format!("({a} {sign} {b})")),
    ]
    .boxed()
}

/// The random parts of a contract: the values of two rules and of the rest, and their conditions.
fn contracts() -> impl Strategy<Value = (Contract, Vec<Row>)> {
    let parts = (
        [numbers(), numbers(), numbers()],
        [flags(numbers().boxed()), flags(numbers().boxed())],
        prop::sample::select(vec!["", ", rounded half_up to 0.01", ", rounded up to 1"]),
        any::<bool>(),
    );
    let rows = prop::collection::vec(rows(), 8);
    (parts, rows).prop_map(|(([first, second, rest], [one, two], rounded, is_exception), rows)| {
        let exception = if is_exception { ", exception to first," } else { "" };
        let text = format!(
            "# Random\n\n```terms\ncontract random\nfact a: rate\nfact b: rate\nfact c: rate\n\
             fact d: rate optional\nfact is_new: flag\nfact kind: one of advanced_care, x, y\n\
             fact text: code\nfact day: date\nparameter share: rate\n\
             parameter kind_share by kind: rate\n\
             table steps(size: rate): rate, stepped\n  from 0 to 10: 1.5\n  from 10: 2.25\n\
             term by_kind: rate = kind_share\n\
             term inner: rate = {first}\n\
             term value: rate{rounded}\n  rule first when {one}: inner\n  \
             rule second{exception} when {two}: {second} + inner\n  otherwise: {rest}\n```\n"
        );
        let params = "[share]\nvalue = \"12.5%\"\ncitation = \"-\"\n[kind_share]\n\
                      citation = \"-\"\nadvanced_care = \"1/3\"\nx = \"0.5\"\ny = \"7\"\n";
        let files: ContractFiles = [("contract.md", text.as_str()), ("params/2026.toml", params)]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .collect();
        (Contract::load(&files).0, rows)
    })
}

fn rows() -> impl Strategy<Value = Row> {
    let number = || {
        prop_oneof![
            4 => (-100_000i64..1_000_000, 0u32..5).prop_map(|(m, p)| (i128::from(m), p)),
            1 => (any::<i64>(), 0u32..25).prop_map(|(m, p)| (i128::from(m), p)),
        ]
        .prop_map(|(mantissa, places)| {
            Value::Number(Number::decimal(mantissa, places).unwrap_or(Number::ZERO))
        })
    };
    let third = Just(Value::Number(Number::fraction(1, 3).expect("a third")));
    let code = |all: Vec<&'static str>| {
        prop::sample::select(all).prop_map(|code| Value::Code(code.into()))
    };
    let day = (1i8..=12).prop_map(|month| {
        Value::Date(counterfoil_base::Date::new(2026, month, 15).expect("a day"))
    });
    let is_new = any::<bool>().prop_map(Value::Flag);
    let texts = vec!["G0463", "", "a much longer code", "another long code"];
    (
        [number().boxed(), number().boxed(), prop_oneof![5 => number(), 1 => third].boxed()],
        prop::option::of(number()),
        is_new,
        code(vec!["advanced_care", "x", "y"]),
        code(texts),
        prop::option::weighted(0.9, day),
    )
        .prop_map(|([a, b, c], d, is_new, kind, text, day)| {
            let some = [Some(a), Some(b), Some(c), d, Some(is_new), Some(kind), Some(text), day];
            let facts = some.into_iter().map(|value| value.map(FactValue::exact)).collect();
            Row { facts, ..Row::default() }
        })
}

#[test]
fn a_plan_gives_the_value_of_the_evaluator_of_fractions_or_none() {
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let (mut planned, mut all) = (0u32, 0u32);
    let result = runner.run(&contracts(), |(contract, rows)| {
        let (program, year) = (contract.program(), 2026);
        let Some(term) = program.term_index("value") else {
            // A random contract that the checker refuses is not computed at all.
            return Ok(());
        };
        let Ok(parameters) = contract.parameters(year) else { return Ok(()) };
        let plan = Plan::new(program, parameters);
        let mut memory = Memory::default();
        for row in &rows {
            let mut facts = LineFacts::blank(program);
            for (place, fact) in row.facts.iter().enumerate() {
                if let Some(fact) = fact {
                    facts.set_value(&plan, place, &fact.value);
                }
            }
            prop_assert_eq!(&facts.row(program, &plan).facts, &row.facts);
            let exact = Evaluator::<Point>::new(program, parameters, row).term(term);
            memory.next_line();
            let short = Line::new(&plan, &facts, &mut memory).term(term);
            if let Some(short) = short {
                prop_assert_eq!(Ok(Value::Number(short.number())), exact.clone());
            }
            // Laid out for some of the row's facts, it gives the same value.
            let known = row.facts.iter().enumerate().filter(|(place, _)| place % 3 != 1);
            let value = |fact: &FactValue| plan.short(&fact.value);
            let known = known
                .filter(|(_, fact)| fact.as_ref().is_none_or(|fact| value(fact).is_some()))
                .map(|(place, fact)| (place, fact.as_ref().and_then(value)));
            let folded = plan.folded(&known.collect());
            let mut memory = Memory::default();
            memory.next_line();
            if let Some((rule, short)) = Line::new(&folded, &facts, &mut memory).decided(term) {
                prop_assert_eq!(Ok(Value::Number(short.number())), exact);
                let mut evaluator = Evaluator::<Point>::new(program, parameters, row);
                let _ = evaluator.term(term);
                prop_assert_eq!(Some(rule), evaluator.decided(term));
            }
        }
        Ok(())
    });
    // How much of it the plan computes is counted apart, over the same strategy.
    let mut tree_runner = TestRunner::deterministic();
    for _ in 0..200 {
        let tree = contracts().new_tree(&mut tree_runner).expect("a contract");
        let (contract, rows) = proptest::strategy::ValueTree::current(&tree);
        let Some(term) = contract.program().term_index("value") else { continue };
        let Ok(parameters) = contract.parameters(2026) else { continue };
        let plan = Plan::new(contract.program(), parameters);
        for row in &rows {
            let mut facts = LineFacts::blank(contract.program());
            facts.take(&plan, &(0..8).collect::<Vec<_>>(), row);
            let short = Line::new(&plan, &facts, &mut Memory::default()).term(term);
            all += 1;
            planned += u32::from(short.is_some());
        }
    }
    result.expect("a plan and the evaluator agree");
    assert!(all > 200 && planned * 4 > all, "the plan computes {planned} of {all}");
}

#[test]
fn decimals_of_one_word_are_exact_or_nothing() {
    let short = |mantissa, places| Short { mantissa, places };
    let mut runner = TestRunner::new(Config { cases: 20_000, ..Config::default() });
    let decimal = || {
        let mantissa = prop_oneof![any::<i64>(), -10_000_000i64..10_000_000, -5i64..5];
        (mantissa, 0u8..=18).prop_map(move |(mantissa, places)| short(mantissa, places))
    };
    let modes = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up];
    let strategy = (decimal(), decimal(), 0u8..=4, prop::sample::select(modes.to_vec()));
    let checked = runner.run(&strategy, |(a, b, places, mode)| {
        let (x, y) = (a.number(), b.number());
        let step = Number::last_place(u32::from(places)).expect("few places");
        let same = |found: Option<Short>, exact: Option<Number>| match found {
            Some(found) => Some(found.number()) == exact,
            None => true,
        };
        prop_assert!(same(a.add(b), x.checked_add(y)));
        prop_assert!(same(a.subtract(b), x.checked_sub(y)));
        prop_assert!(same(a.multiply(b), x.checked_mul(y)));
        prop_assert!(same(a.divide(b), x.checked_div(y)));
        prop_assert!(same(a.negate(), Some(x.negate())));
        prop_assert!(same(a.round(places, mode), x.round(step, mode)));
        if let Some(found) = a.divide_rounded(b, places, mode)
            && let Some(exact) = x.checked_div(y).and_then(|exact| exact.round(step, mode))
        {
            prop_assert_eq!(found.number(), exact);
        }
        prop_assert_eq!(a.compare(b), x.cmp(&y));
        prop_assert_eq!(Short::of(x).map(Short::number), Some(x));
        Ok(())
    });
    checked.expect("decimals agree with fractions");
}
