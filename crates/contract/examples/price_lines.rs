//! A fee schedule as a contract: prices lines, explains one, and says how many a second it prices:
//! `cargo run --release -p counterfoil-contract --example price_lines`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "an example prints")]

use counterfoil_contract::{Contract, ContractFiles, FactRow, FactTable};
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

const LINES: usize = 200_000;

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
    let rows: Vec<FactRow> = facts.rows.iter().cycle().take(LINES).cloned().collect();
    let many = FactTable { rows, ..facts };
    let start = Instant::now();
    let prices = contract.price(2026, &many, "price").expect("a term");
    let micros = start.elapsed().as_micros().max(1);
    let found = prices.iter().filter(|price| price.is_ok()).count();
    println!("{found} lines priced, {} a second", found as u128 * 1_000_000 / micros);
}
