//! Two processes compute the same bytes, and where two parties' facts part is named.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test runs itself")]

use counterfoil_contract::{Contract, ContractFiles, FactTable};
use proptest::prelude::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::path::Path;
use std::process::Command;

fn fund_flow() -> Contract {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/fund-flow");
    let names = ["contract.md", "facts.toml", "params/2026.toml"];
    let files: ContractFiles = names
        .into_iter()
        .map(|name| (name.to_owned(), std::fs::read(root.join(name)).expect("a file")))
        .collect();
    let (contract, problems) = Contract::load(&files);
    assert_eq!(problems, []);
    contract
}

const FUNDS: &str = "Fund,Amount\nF1,123456.79\nF2,-987.65\nF3,0.03\n";

/// Practices of three funds, as lines of a file.
fn practices() -> Vec<String> {
    let line = |index: u64| {
        let (fund, members, quality) = (index % 3 + 1, index * 37 % 1_000, index * 61 % 101);
        format!("P{index:03},F{fund},{},{members},{quality}%", u64::from(!index.is_multiple_of(7)))
    };
    (0..120).map(line).collect()
}

fn table(contract: &Contract, practices: &[String]) -> FactTable {
    let (mut facts, problems) = contract.read_facts(2026, "funds.csv", FUNDS.as_bytes());
    assert_eq!(problems, []);
    let text = format!("Practice,Fund,Takes_Part,Members,Quality\n{}\n", practices.join("\n"));
    let problems =
        contract.read_rows(2026, "practices", ("practices.csv", text.as_bytes()), &mut facts);
    assert_eq!(problems, []);
    facts
}

/// The statement of the funds, and that of their practices by fund and name.
fn statements(contract: &Contract, facts: &FactTable) -> String {
    let csv = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let funds = contract.settle(2026, facts).expect("a year").to_csv().expect("memory");
    let rows = contract.settle_rows(2026, facts, "practices").expect("a year");
    let mut lines: Vec<String> =
        csv(rows.to_csv().expect("memory")).lines().map(str::to_owned).collect();
    lines.sort();
    csv(funds) + &lines.join("\n")
}

#[test]
#[ignore = "run by two_processes_give_the_same_bytes"]
fn one_process() {
    let contract = fund_flow();
    let mut lines = practices();
    match std::env::var("ROW_ORDER").as_deref() {
        Ok("backward") => lines.reverse(),
        Ok("halves") => lines.rotate_left(61),
        _ => {}
    }
    let facts = table(&contract, &lines);
    // Several threads settle at once; each gives the same.
    let count = std::env::var("THREADS").map_or(1, |text| text.parse().expect("a number"));
    let all: Vec<String> = std::thread::scope(|scope| {
        let run = || scope.spawn(|| statements(&contract, &facts));
        let threads: Vec<_> = (0..count).map(|_| run()).collect();
        threads.into_iter().map(|thread| thread.join().expect("a statement")).collect()
    });
    assert!(all.iter().all(|one| *one == all[0]));
    println!("BEGIN\n{}\nEND", all[0]);
}

#[test]
fn two_processes_give_the_same_bytes() {
    let run = |order: &str, threads: &str, locale: &str| {
        let output = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "one_process", "--ignored", "--nocapture"])
            .env("ROW_ORDER", order)
            .env("THREADS", threads)
            .env("LANG", locale)
            .env("LC_ALL", locale)
            .env("TZ", if locale == "C" { "UTC" } else { "Asia/Kathmandu" })
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let begin = text.find("BEGIN\n").expect("a statement");
        let end = text.find("\nEND").expect("its end");
        text[begin..end].to_owned()
    };
    let first = run("forward", "1", "C");
    assert!(first.lines().count() > 120);
    assert_eq!(first, run("backward", "8", "tr_TR.UTF-8"));
    assert_eq!(first, run("halves", "3", "de_DE.UTF-8"));
}

#[test]
fn of_200_changes_of_one_field_200_are_located() {
    let contract = fund_flow();
    let lines = practices();
    let ours = table(&contract, &lines);
    let mut shuffled = lines.clone();
    shuffled.rotate_left(17);
    assert_eq!(contract.first_parting(&ours, &table(&contract, &shuffled)), None);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let choice = (0usize..120, 2usize..5, 1_000u32..2_000);
    let mut located = 0;
    for _ in 0..200 {
        let tree = choice.new_tree(&mut runner).expect("a choice");
        let (line, column, spare) = proptest::strategy::ValueTree::current(&tree);
        let mut theirs = lines.clone();
        let mut cells: Vec<String> = theirs[line].split(',').map(str::to_owned).collect();
        let name = ["", "", "takes_part", "members", "quality"][column];
        cells[column] = match column {
            2 => if cells[2] == "1" { "0" } else { "1" }.to_owned(),
            3 => spare.to_string(),
            _ => format!(
                "{}.5%",
                cells[4].trim_end_matches('%').parse::<u32>().expect("whole") % 100
            ),
        };
        theirs[line] = cells.join(",");
        theirs.reverse();
        let parting =
            contract.first_parting(&ours, &table(&contract, &theirs)).expect("it differs");
        let of = Some(("practices".to_owned(), format!("P{line:03}")));
        let fund = u64::try_from(line % 3 + 1).expect("few");
        located += usize::from(parting.of == of && parting.fact == name && parting.row == fund);
    }
    assert_eq!(located, 200);
}
