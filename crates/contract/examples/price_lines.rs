//! A fee schedule as a contract: prices lines, explains one, and says how many a second it prices,
//! and how long a programme year of 500 rows takes:
//! `cargo run --release -p counterfoil-contract --example price_lines`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "an example prints")]

use counterfoil_contract::{Contract, ContractFiles};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

const TEXT: &str = r#"# Physician services

## 1. Price of a line

The plan pays the schedule's amount for each unit, half of it for a second procedure of the day,
and never more than was charged.

```terms
contract physician_services
fact procedure: code
fact units: count at least 0
fact fee: money per count at least $0
fact charge: money at least $0
fact is_second: flag

term schedule_price: money
  rule first when not is_second: units * fee
  rule second when is_second: units * fee * 50%

term price: money, rounded half_up to $0.01 = least(schedule_price, charge)

column "Procedure" = procedure
column "Price" = price
```
"#;

const FACTS: &str = r#"
[fact.procedure]
columns = ["Procedure"]
[fact.units]
columns = ["Units"]
[fact.fee]
columns = ["Fee"]
[[fact.fee.spelling]]
places = "exact"
[fact.charge]
columns = ["Charge"]
[[fact.charge.spelling]]
places = "exact"
[fact.is_second]
columns = ["Second"]
"#;

/// Distinct lines, and how often they are priced: a million in all.
const LINES: u64 = 100_000;
const ROUNDS: u32 = 10;

fn main() {
    let files = [("contract.md", TEXT), ("facts.toml", FACTS), ("params/2026.toml", "")];
    let files: ContractFiles =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    let (contract, problems) = Contract::load(&files);
    assert!(problems.is_empty(), "{problems:?}");
    let csv = "Procedure,Units,Fee,Charge,Second\nG0463,3,41.37,200.00,0\nG0102,1,23.15,99,1\n";
    let (facts, _) = contract.read_facts(2026, "lines.csv", csv.as_bytes());
    let statement = contract.settle(2026, &facts).expect("2026 has its numbers");
    print!("{}", String::from_utf8_lossy(&statement.to_csv().expect("memory")));
    let steps = contract.explain(2026, &facts, &facts.rows[1], "price").expect("a term");
    for step in steps {
        println!("{}: {} ({})", step.term, step.explained.formula, step.explained.rule.citation);
    }
    let (many, problems) = contract.read_facts(2026, "lines.csv", generated_lines().as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let (mut found, start) = (0, Instant::now());
    for _ in 0..ROUNDS {
        let prices = contract.price(2026, &many, "price").expect("a term");
        found += prices.iter().filter(|price| price.is_ok()).count();
    }
    let micros = start.elapsed().as_micros().max(1);
    println!("{found} lines priced, {} a second", found as u128 * 1_000_000 / micros);
    settle_a_programme_year();
}

/// Lines whose codes, units, fees and charges differ, the same in every run.
fn generated_lines() -> String {
    let mut text = "Procedure,Units,Fee,Charge,Second\n".to_owned();
    for line in 0..LINES {
        let mixed = line.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) >> 33;
        let (code, units, fee) = (mixed % 9_000, mixed % 7 + 1, mixed % 90_000);
        let (charge, second) = (mixed % 200_000, u8::from(mixed.is_multiple_of(5)));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "G{code:04},{units},{}.{:02},{}.{:02},{second}",
            fee / 100,
            fee % 100,
            charge / 100,
            charge % 100
        );
    }
    text
}

/// Settles 500 generated rows by the shared savings contract of the library.
fn settle_a_programme_year() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
    let read = |name: &str| (name.to_owned(), std::fs::read(root.join(name)).expect("a file"));
    let names = ["contract.md", "facts.toml", "params/2018.toml"];
    let (contract, _) = Contract::load(&names.into_iter().map(read).collect());
    let mut text =
        "ACO_ID,Current_Track_1,Current_Track_2,Current_Track_3,Current_Start_Date,N_AB,\
                    ABtotBnchmk,ABtotExp,QualScore,Met_QPS,MinSavPerc,DisAdj\n"
            .to_owned();
    for row in 0..500_u64 {
        let track = ["1,0,0", "0,1,0", "0,0,1"].get(usize::try_from(row % 3).unwrap_or(0));
        let benchmark = 90_000_000 + row * 1_234_567;
        let spent = benchmark / 1_000 * (930 + row % 140);
        let _ = writeln!(
            text,
            "A{row},{},1/1/2016,{},{benchmark},{spent},0.{:04},1,0.0200,",
            track.unwrap_or(&""),
            5_000 + row * 97,
            7_000 + row * 5
        );
    }
    let start = Instant::now();
    let (facts, problems) = contract.read_facts(2018, "year.csv", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let statement = contract.settle(2018, &facts).expect("2018 has its numbers");
    let millis = start.elapsed().as_millis();
    let refused = statement.findings().count();
    println!("{} rows settled with ranges in {millis} ms, {refused} findings", facts.rows.len());
}
