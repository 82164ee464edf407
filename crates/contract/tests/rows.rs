//! Further rows: sums, counts, extremes, ranks and splits come out, whatever the order of a file.

use counterfoil_contract::{Contract, ContractFiles, FactTable, Number, Problem, Statement};

const TERMS: &str = r#"# Fund

## 1. The pool

```terms
contract fund
rows practices by practice where group = aco
fact aco: code
fact saved: money at least $0
fact practice of practices: code
fact group of practices: code
fact members of practices: count at least 0
fact score of practices: rate at least 0% at most 100% optional

term pool: money, rounded down to $0.01 = saved * 50%
```

## 2. Who takes part

```terms
term quality of practices: rate = if given(score) then score else 0%
term takes_part of practices: flag = quality >= 80%
term place of practices: count = rank(quality over practices)
term weight of practices: count = if takes_part then members else 0
term weights: count = sum(weight over practices)
term payment of practices: money
  rule shared when weights > 0: split(pool by weight over practices)
  otherwise: $0
term paid: money = sum(payment over practices)
term left: money = pool - paid
term taking_part: count = count(practices where takes_part)
term best: rate = greatest(quality over practices where takes_part else 0%)
term worst: rate = least(quality over practices else 0%)

column "ACO" = aco
column "Pool" = pool
column "Left" = left
column "Taking part" = taking_part
column "Best" = best
column "Worst" = worst
column "Low" = lowest paid
column "High" = highest paid
column "Practice" of practices = practice
column "Rank" of practices = place
column "Payment" of practices = payment
column "Low" of practices = lowest payment
column "High" of practices = highest payment
column "ACO" of practices = aco
```
"#;

const FACTS: &str = r#"[fact.aco]
columns = ["ACO"]
[fact.saved]
columns = ["Saved"]
[[fact.saved.spelling]]
places = "exact"
[rows.practices.fact.practice]
columns = ["Practice"]
[rows.practices.fact.group]
columns = ["ACO"]
[rows.practices.fact.members]
columns = ["Members"]
[rows.practices.fact.score]
columns = ["Score"]
[[rows.practices.fact.score.spelling]]
places = "exact"
"#;

const MAIN: &str = "ACO,Saved\nA1,200.01\nA2,1000\nA3,7\n";
const ROWS: &str = "ACO,Practice,Members,Score\nA1,P1,1,0.9\nA1,P2,1,0.8\nA1,P3,1,0.95\n\
                    A1,P4,50,0.5\nA2,P1,10,0.9\nA2,P9,20,0.9\n";

fn contract_of(terms: &str) -> (Contract, Vec<Problem>) {
    let files = [("contract.md", terms), ("facts.toml", FACTS), ("params/2024.toml", "")];
    let files: ContractFiles =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    Contract::load(&files)
}

fn contract() -> Contract {
    let (contract, problems) = contract_of(TERMS);
    assert_eq!(problems, []);
    contract
}

fn facts(contract: &Contract, main: &str, rows: &str) -> (FactTable, Vec<Problem>) {
    let (mut facts, problems) = contract.read_facts(2024, "main.csv", main.as_bytes());
    assert_eq!(problems, []);
    let file = ("practices.csv", rows.as_bytes());
    let problems = contract.read_rows(2024, "practices", file, &mut facts);
    (facts, problems)
}

fn csv(statement: &Statement) -> String {
    String::from_utf8(statement.to_csv().expect("memory")).expect("UTF-8")
}

#[test]
fn rows_are_summed_ranked_and_paid_to_the_cent() {
    let contract = contract();
    let (facts, problems) = facts(&contract, MAIN, ROWS);
    assert_eq!(problems, []);
    // $100.00 in three equal parts: the cent that is left over goes to the first name.
    insta::assert_snapshot!(csv(&contract.settle(2024, &facts).expect("a year")), @r"
    ACO,Pool,Left,Taking part,Best,Worst,Low,High
    A1,100.00,0.00,3,0.95,0.5,100.00,100.00
    A2,500.00,0.00,2,0.9,0.9,500.00,500.00
    A3,3.50,3.50,0,0,0,0.00,0.00
    ");
    let lines = contract.settle_rows(2024, &facts, "practices").expect("a year");
    insta::assert_snapshot!(csv(&lines), @r"
    Practice,Rank,Payment,Low,High,ACO
    P1,2,33.34,33.34,33.34,A1
    P2,3,33.33,33.33,33.33,A1
    P3,1,33.33,33.33,33.33,A1
    P4,4,0.00,0.00,0.00,A1
    P1,1,166.67,166.67,166.67,A2
    P9,1,333.33,333.33,333.33,A2
    ");
}

#[test]
fn the_order_of_a_file_changes_nothing() {
    let contract = contract();
    let (forward, _) = facts(&contract, MAIN, ROWS);
    let mut lines: Vec<&str> = ROWS.lines().collect();
    lines[1..].reverse();
    let (backward, problems) = facts(&contract, MAIN, &lines.join("\n"));
    assert_eq!(problems, []);
    let settle = |facts| csv(&contract.settle(2024, facts).expect("a year"));
    assert_eq!(settle(&forward), settle(&backward));
    let of_rows = |facts| {
        let text = csv(&contract.settle_rows(2024, facts, "practices").expect("a year"));
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(of_rows(&forward), of_rows(&backward));
}

#[test]
fn a_number_found_from_rows_opens_to_its_largest_parts() {
    let contract = contract();
    let (facts, _) = facts(&contract, MAIN, ROWS);
    let mut shown = String::new();
    for term in ["paid", "place[P2]", "taking_part"] {
        let steps = contract.explain(2024, &facts, &facts.rows[0], term).expect("it is there");
        for step in steps.iter().take(3) {
            shown += &format!("{}: {}\n", step.term, step.explained.formula);
        }
        for input in &steps[0].explained.inputs {
            shown += &format!("    {} = {} ({})\n", input.name, input.value, input.source);
        }
    }
    insta::assert_snapshot!(shown);
    let problem = contract.explain(2024, &facts, &facts.rows[0], "payment[P77]").unwrap_err();
    assert_eq!(problem.finding.message, "'payment' is of practices, and no such row is named");
}

#[test]
fn rows_that_are_wrong_are_told() {
    let contract = contract();
    let told = |rows: &str| {
        let (facts, problems) = facts(&contract, MAIN, rows);
        let problems: Vec<String> =
            problems.into_iter().map(|problem| problem.finding.message).collect();
        let statement = contract.settle(2024, &facts).expect("a year");
        let found: Vec<String> = statement
            .findings()
            .map(|(row, finding)| format!("{row}: {} {}", finding.code, finding.message))
            .collect();
        [problems, found].concat().join("\n")
    };
    let head = "ACO,Practice,Members,Score\n";
    let mut shown = String::new();
    for rows in [
        "A1,P1,1,0.9\nA1,P1,2,0.9\n",
        "A7,P1,1,0.9\n",
        ",P1,1,0.9\n",
        "A1,,1,0.9\n",
        "A1,P1,,0.9\n",
        "A1,P1,1.5,0.9\n",
        "A1,P1,1,high\n",
    ] {
        shown += &format!("{rows}  {}\n", told(&format!("{head}{rows}")).replace('\n', "\n  "));
    }
    insta::assert_snapshot!(shown);
    let (mut table, _) = contract.read_facts(2024, "main.csv", MAIN.as_bytes());
    let statement = contract.settle(2024, &table).expect("a year");
    let (_, finding) = statement.findings().next().expect("nothing was supplied");
    assert_eq!(&*finding.code, "CONTRACT-rows-missing");
    let problems = contract.read_rows(2024, "practises", ("x", b""), &mut table);
    assert_eq!(problems[0].finding.fix, "Did you mean 'practices'?");
}

/// What the check says of a contract in which one text is replaced by another.
fn check(from: &str, to: &str) -> String {
    assert!(TERMS.contains(from), "{from}");
    let text = TERMS.replace(from, to);
    let (_, problems) = contract_of(&text);
    let shown = problems.first().map(|problem| match problem.file.as_str() {
        "contract.md" => problem.show(&text),
        _ => problem.show(FACTS),
    });
    shown.unwrap_or_else(|| "nothing".to_owned())
}

#[test]
fn rows_are_checked_before_any_row_is_seen() {
    let mut shown = String::new();
    for (from, to) in [
        ("term left: money = pool - paid", "term left: money = pool - payment"),
        ("sum(weight over practices)", "rank(weight over practices)"),
        ("else 0%)\nterm worst", ")\nterm worst"),
        ("rounded down to $0.01 = saved", "rounded down to $0.001 = saved"),
        ("if takes_part then members else 0", "if takes_part then members - 5 else 0"),
        ("over practices)\nterm left", "over practises)\nterm left"),
        ("where group = aco", "where group = saved"),
        ("by practice where", "by score where"),
        (
            "term quality of practices: rate = if given(score) then score else 0%",
            "term quality of practices: rate = score",
        ),
        (
            "  rule shared when weights > 0: split(pool by weight over practices)\n  otherwise: $0",
            "  rule shared when weights >= 0: split(pool by weight over practices)\n  \
          rule none when weights < 0: $0",
        ),
        ("if given(score) then score", "if given(score) and place > 1 then score"),
        ("column \"ACO\" of practices = aco", "column \"ACO\" of practices = notes"),
        (
            "term paid: money = sum(payment over practices)",
            "term paid: money = sum(pool / members over practices)",
        ),
        ("sum(payment over practices)", "median(payment over practices)"),
    ] {
        shown += &format!("{to}\n{}\n\n", check(from, to));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn ranks_and_parts_of_printed_numbers_enclose_the_true_ones() {
    let text = FACTS.replace("[[rows.practices.fact.score.spelling]]\nplaces = \"exact\"\n", "");
    let files = [("contract.md", TERMS), ("facts.toml", &*text), ("params/2024.toml", "")];
    let files: ContractFiles =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    let (contract, problems) = Contract::load(&files);
    assert_eq!(problems, []);
    // 0.8 printed to one place may be 0.75, so that P2 may take no part.
    let rows = "ACO,Practice,Members,Score\nA1,P1,1,0.9\nA1,P2,1,0.8\nA1,P3,1,0.9\n";
    let (facts, _) = facts(&contract, "ACO,Saved\nA1,200.00\n", rows);
    let lines = contract.settle_rows(2024, &facts, "practices").expect("a year");
    insta::assert_snapshot!(csv(&lines), @r"
    Practice,Rank,Payment,Low,High,ACO
    P1,1,33.34,33.33,50.00,A1
    P2,3,33.33,0.00,33.34,A1
    P3,1,33.33,33.33,50.00,A1
    ");
}

proptest::proptest! {
    /// Parts sum to the pool, none is off by a cent or more, and order does not matter.
    #[test]
    fn parts_sum_to_the_pool(
        pool in 0i64..10_000_000_000,
        weights in proptest::collection::vec(0i64..1_000_000, 1..40),
    ) {
        let contract = contract();
        let text = |reverse: bool| {
            let mut lines: Vec<String> = weights.iter().enumerate()
                .map(|(place, weight)| format!("A,P{place},{weight},1"))
                .collect();
            if reverse { lines.reverse(); }
            format!("ACO,Practice,Members,Score\n{}\n", lines.join("\n"))
        };
        let main = format!("ACO,Saved\nA,{}.{:02}\n", pool / 100, pool % 100);
        let settle = |reverse| {
            let (facts, problems) = facts(&contract, &main, &text(reverse));
            proptest::prop_assert_eq!(problems, []);
            let lines = contract.settle_rows(2024, &facts, "practices").expect("a year").lines;
            Ok(lines.into_iter().map(|line| (line.cells[0].clone(), line.cells[2].clone()))
                .collect::<std::collections::BTreeMap<_, _>>())
        };
        let parts = settle(false)?;
        proptest::prop_assert_eq!(&parts, &settle(true)?);
        let cents = |text: &str| {
            let cents = Number::parse(text).and_then(|n| n.checked_mul(Number::whole(100)));
            cents.and_then(Number::to_whole).expect("whole cents")
        };
        let total: i64 = weights.iter().sum();
        let half = if total == 0 { 0 } else { pool / 2 };
        proptest::prop_assert_eq!(parts.values().map(|part| cents(part)).sum::<i64>(), half);
        for (place, weight) in weights.iter().enumerate().filter(|_| total > 0) {
            let exact = i128::from(half) * i128::from(*weight);
            let off = i128::from(cents(&parts[&format!("P{place}")])) * i128::from(total) - exact;
            proptest::prop_assert!(off.abs() < i128::from(total));
        }
    }
}
