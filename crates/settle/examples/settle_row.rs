//! Settles one row by a contract of three lines, and prints its waterfall and a number of it.
//!
//! `cargo run -p counterfoil-settle --example settle_row`
#![allow(clippy::disallowed_macros)]

use counterfoil_contract::{Contract, ContractFiles};
use counterfoil_settle::{result_term, statements};

const TEXT: &str = "# Gainsharing\n\n```terms\n\
    contract gainsharing\nfact group: code\nfact target: money\nfact cost: money\n\
    parameter share: rate\nparameter limit: rate\n\
    term saved: money = greatest(target - cost, $0)\n\
    term due: money, rounded half_up to $0.01 = least(saved * share, limit * target)\n\
    column \"Group\" = group\ncolumn \"Due\" = due\n```\n";

const YEAR: &str = "[share]\nvalue = \"50%\"\ncitation = \"Gainsharing\"\n\
    [limit]\nvalue = \"5%\"\ncitation = \"Gainsharing\"\n";

const FACTS: &str = "[fact.group]\ncolumns = [\"group\"]\n[fact.target]\ncolumns = [\"target\"]\n\
    [fact.cost]\ncolumns = [\"cost\"]\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = ContractFiles::new();
    for (name, text) in [("contract.md", TEXT), ("params/2024.toml", YEAR), ("facts.toml", FACTS)] {
        files.insert(name.to_owned(), text.as_bytes().to_vec());
    }
    let (contract, problems) = Contract::load(&files);
    assert!(problems.is_empty(), "{problems:?}");
    let (table, _) = contract.read_facts(2024, "facts.csv", b"group,target,cost\nG1,1000,840\n");
    let result = result_term(&contract, None).ok_or("no amount has a column")?;
    let all = statements(&contract, 2024, &table, result).map_err(|p| p.finding.message.clone())?;
    for statement in all {
        for step in &statement.waterfall {
            println!("{:>8} {:>8}  {}", step.amount_cents, step.level_cents, step.label);
        }
        let opened = statement.opened(result);
        opened
            .iter()
            .for_each(|line| println!("{} = {} ({})", line.term, line.value, line.formula));
        println!("SHA-256 {}", statement.document().sha256);
    }
    Ok(())
}
