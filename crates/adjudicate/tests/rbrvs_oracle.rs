//! Physician fee schedule pricing against an independent calculator over the published tables.

mod common;

use common::{World, claim, line};
use counterfoil_adjudicate::LineState;
use counterfoil_base::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const TABLES: [&str; 5] = [
    "mpfs_rvu_2024c.csv",
    "mpfs_rvu_2025d.csv",
    "mpfs_gpci_2024.csv",
    "mpfs_gpci_2025.csv",
    "place_of_service_2024.csv",
];
const LINES: usize = 10_000;

/// A small seeded generator (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

struct Codes {
    all: Vec<String>,
    surgical: Vec<String>,
    endoscopic: Vec<String>,
    split: Vec<String>,
}

fn codes(table: &str) -> Codes {
    let mut codes = Codes { all: vec![], surgical: vec![], endoscopic: vec![], split: vec![] };
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let (code, modifier, status, multiple) = (cells[0], cells[1], cells[6], cells[12]);
        if !matches!(status, "A" | "R") {
            continue;
        }
        match (modifier, multiple) {
            ("26", _) => codes.split.push(code.to_owned()),
            ("", "2") => codes.surgical.push(code.to_owned()),
            ("", "3") => codes.endoscopic.push(code.to_owned()),
            _ => {}
        }
        if modifier.is_empty() {
            codes.all.push(code.to_owned());
        }
    }
    codes
}

fn pick_line(chance: &mut Chance, codes: &Codes) -> (String, Vec<&'static str>) {
    match chance.below(8) {
        0 => (chance.pick(&codes.split).clone(), vec![["26", "TC", ""][chance.below(3)]]),
        1 | 2 => (chance.pick(&codes.endoscopic).clone(), vec![""]),
        3..=5 => {
            let modifiers =
                ["", "", "", "50", "80", "AS", "82", "62", "54", "55", "56", "78", "66"];
            let first = *chance.pick(&modifiers);
            let second = if chance.below(6) == 0 { "50" } else { "" };
            let second = if first == "50" { "" } else { second };
            (chance.pick(&codes.surgical).clone(), vec![first, second])
        }
        _ => (chance.pick(&codes.all).clone(), vec![["", "", "50"][chance.below(3)]]),
    }
}

fn contracts(gpci: &str) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut localities = Vec::new();
    for row in gpci.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let locality = format!("{}-{}", cells[0], cells[2]);
        writeln!(
            text,
            "[[contract]]\nid = \"{locality}\"\nversion = \"1\"\nnpis = [\"{locality}\"]\n\
             from = \"2020-01-01\"\n[[contract.term]]\nid = \"rbrvs\"\nmethod = \"rbrvs\"\n\
             locality = \"{locality}\""
        )
        .unwrap();
        localities.push(locality);
    }
    (text, localities)
}

const PLANS: &str = r#"
[[plan]]
id = "ALL"
version = "1"
state = "CO"
from = "2020-01-01"
[[plan.benefit]]
id = "all"
"#;

const MEMBERS: &str = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
    M1,M1,18,A,B,1980-01-01,F,ALL,2020-01-01,,,\n";

/// The oracle's answers by claim and line.
fn oracle(folder: &Path, lines: &str) -> BTreeMap<(usize, usize), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles/rbrvs.py");
    let mut child = Command::new("python3")
        .arg(script)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut stdin = child.stdin.take().unwrap();
    let input = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the oracle runs");
    let text = String::from_utf8(output.stdout).unwrap();
    let answers = text.lines().map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        ((cells[0].parse().unwrap(), cells[1].parse().unwrap()), cells[2].to_owned())
    });
    answers.collect()
}

fn ten_thousand_lines_agree_with_an_independent_calculator(folder: &Path) {
    let tables: Vec<(&str, String)> = TABLES
        .iter()
        .map(|name| (*name, std::fs::read_to_string(folder.join(name)).expect("shared table")))
        .collect();
    let (contracts, localities) = contracts(&tables[3].1);
    let mut files: Vec<(&str, &str)> =
        tables.iter().map(|(name, text)| (*name, text.as_str())).collect();
    files.extend([("plans.toml", PLANS), ("contracts.toml", contracts.as_str())]);
    let world = World::new(&files, MEMBERS);
    let by_year = [codes(&tables[0].1), codes(&tables[1].1)];
    let mut chance = Chance(20_250_101);
    let mut input =
        String::from("claim,line,code,modifiers,units,place_of_service,date,locality,provider\n");
    let mut engine = BTreeMap::new();
    let mut number = 0;
    while engine.len() < LINES {
        number += 1;
        let year = chance.below(2);
        let date =
            format!("{}-{:02}-{:02}", 2024 + year, 1 + chance.below(12), 1 + chance.below(28));
        let locality = chance.pick(&localities).clone();
        let place = *chance.pick(&["11", "11", "21", "22", "23", "24", "12", "02", "31", "99"]);
        let mut lines = Vec::new();
        for at in 1..=1 + chance.below(6) {
            let (code, mut modifiers) = pick_line(&mut chance, &by_year[year]);
            modifiers.retain(|modifier| !modifier.is_empty());
            let units = if chance.below(8) == 0 { 2 + chance.below(2) } else { 1 };
            let mut one = line(at as u32, &code, &modifiers, 900_000_000, &date);
            one.units = Decimal::whole(units as i64);
            one.place_of_service = place.into();
            lines.push(one);
            writeln!(
                input,
                "{number},{at},{code},{},{units},{place},{date},{locality},{locality}",
                modifiers.join(" ")
            )
            .unwrap();
        }
        let claim = claim("M1", "1980-01-01", &locality, lines);
        let decision = world.decide(&claim, &date);
        for decided in &decision.lines {
            let result = match decided.state {
                LineState::Payable => decided.allowed_cents.0.to_string(),
                LineState::Denied => "deny".to_owned(),
                LineState::Undecided => "pend".to_owned(),
            };
            engine.insert((number, decided.line as usize), result);
        }
    }
    let oracle = oracle(folder, &input);
    let differs: Vec<_> = engine
        .iter()
        .filter(|(key, result)| oracle.get(key) != Some(*result))
        .map(|(key, result)| (key, result, oracle.get(key)))
        .collect();
    assert!(
        differs.is_empty(),
        "{} differ: {:?}",
        differs.len(),
        &differs[..differs.len().min(10)]
    );
    assert_eq!(engine.len(), oracle.len());
    let priced = oracle.values().filter(|answer| answer.parse::<i64>().is_ok()).count();
    assert!(priced * 10 > engine.len() * 7, "most lines are priced: {priced}");
}

counterfoil_samples::run_over!(
    "data/codes",
    ten_thousand_lines_agree_with_an_independent_calculator,
);
