//! The commands of a contract, from a template to a statement that two parties lay side by side.

use counterfoil_cli::{Console, Surroundings, run};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

struct Told {
    code: u8,
    out: String,
    err: String,
}

/// Runs `counterfoil contract WORDS` as the program would.
fn told(words: &[&str]) -> Told {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let surroundings = Surroundings {
        today: "2026-11-02".parse().expect("a day"),
        color: false,
        progress: false,
        elapsed: Box::new(|| Duration::ZERO),
        now_ms: Box::new(|| 0),
        random: Box::new(|| [0; 32]),
    };
    let all = ["counterfoil", "contract"].iter().chain(words).map(OsString::from);
    let code = {
        let mut console = Console::new(&mut out, &mut err, surroundings);
        run(all, &mut console, &mut |_, _| panic!("a contract needs no node"))
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Told { code, out: text(out), err: text(err) }
}

const ROWS: &str = "\
ACO_ID,Current_Track,Current_Start_Date,ABtotBnchmk,ABtotExp,N_AB,QualScore,Met_QPS,MinSavPerc
A1001,1,1/1/2018,\"100,000,000\",\"95,000,000\",\"10,000\",0.9000,1,0.03
A1004,3,1/1/2018,\"100,000,000\",\"105,000,000\",\"10,000\",0.9000,1,0.02
";

const ASSUMPTIONS: &str = r#"
title = "A one-sided group"
year = 2018
draws = 400
[group]
size = "10,000"
mean_cost = "$11,000"
deviation = "$22,000"
effect = "2%"
[facts]
aco = "A0001"
track = "track_1"
agreement_start = "2018-01-01"
benchmark = { group = "benchmark" }
expenditure = { group = "expenditure" }
beneficiaries = { group = "size" }
standard_met = "yes"
quality_score = "90%"
"#;

/// A folder with a contract from the template, and facts.
struct Office {
    folder: TempDir,
}

impl Office {
    fn new() -> Office {
        let office = Office { folder: TempDir::new().expect("a folder") };
        fs::write(office.path("facts.csv"), ROWS).expect("a file");
        let from = ["--from", "medicare-shared-savings"];
        let done = told(&["new", &office.name("north-star"), from[0], from[1]]);
        assert_eq!(done.code, 0, "{}", done.err);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    fn settle(&self, contract: &str, facts: &str, into: &str) {
        let (contract, facts) = (self.name(contract), self.name(facts));
        let out = self.name("out.csv");
        let statements = self.name(into);
        let words = ["settle", &contract, "--year", "2018", "--facts", &facts, "--out", &out];
        let done = told(&[&words[..], &["--statements", &statements]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

#[test]
fn a_contract_begins_from_a_template_and_overwrites_nothing() {
    let office = Office::new();
    let text = fs::read_to_string(office.path("north-star/contract.md")).expect("a text");
    assert!(text.contains("contract north_star\n"));
    let folder = office.name("north-star");
    for (words, code) in [(["check", &folder], 0), (["test", &folder], 0)] {
        assert_eq!(told(&words).code, code, "{words:?}");
    }
    let again = told(&["new", &folder, "--from", "medicare-shared-savings"]);
    assert!(again.code == 2 && again.err.contains("is there already"), "{}", again.err);
    let unknown = told(&["new", &office.name("other"), "--from", "nothing"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("medicare-shared-savings"),
        "{}",
        unknown.err
    );
    assert!(!office.path("other").exists());
}

#[test]
fn a_statement_opens_by_itself_and_two_are_laid_side_by_side() {
    let office = Office::new();
    office.settle("north-star", "facts.csv", "ours");
    let (id, rest) = ROWS.lines().nth(1).and_then(|line| line.split_once(',')).expect("a row");
    // The other party keeps its rows in another order, under headings in another case.
    let turned: Vec<String> = ROWS.lines().map(str::to_owned).collect();
    let theirs = format!("{}\n{}\n{id},{rest}\n", turned[0].to_uppercase(), turned[2]);
    fs::write(office.path("theirs.csv"), theirs).expect("a file");
    office.settle("north-star", "theirs.csv", "theirs");
    let (ours, theirs) = (office.name("ours/A1001.json"), office.name("theirs/A1001.json"));
    assert_eq!(fs::read(&ours).expect("a file"), fs::read(&theirs).expect("a file"));
    assert_eq!(told(&["compare", &ours, &theirs]).code, 0);
    let brief = told(&["explain", &ours]);
    assert!(brief.code == 0 && brief.out.contains("benchmark"), "{}", brief.out);
    let opened = told(&["explain", &ours, "shared_savings"]);
    assert!(opened.out.contains("least($5,000,000.00 x 45% x (100% - 2%)"), "{}", opened.out);
    assert_eq!(told(&["explain", &ours, "nothing"]).code, 2);
    let other = told(&["compare", &ours, &office.name("ours/A1004.json")]);
    assert!(other.code == 1 && other.out.contains("subject"), "{}", other.out);
    let bars = told(&["export", &office.name("ours"), "--form", "waterfall"]);
    assert!(bars.out.contains("A1004,2018,x loss_rate,"), "{}", bars.out);
    let json = fs::read_to_string(&ours).expect("a file").replace("A1001", "A1009");
    fs::write(&ours, json).expect("a file");
    let changed = told(&["explain", &ours]);
    assert!(changed.code == 3 && changed.err.contains("it was changed"), "{}", changed.err);
}

#[test]
fn amendments_and_new_facts_are_told_in_words_and_in_cents() {
    let office = Office::new();
    copy(&office.path("north-star"), &office.path("amended"));
    let params = office.path("amended/params/2018.toml");
    let text = fs::read_to_string(&params).expect("a file");
    fs::write(&params, text.replacen("value = \"2%\"", "value = \"1%\"", 1)).expect("a file");
    let (old, new) = (office.name("north-star"), office.name("amended"));
    let facts = office.name("facts.csv");
    let done = told(&["diff", &old, &new, "--year", "2018", "--facts", &facts]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.out.contains("2018: sequestration: 2% to 1% ("), "{}", done.out);
    assert!(done.out.contains("A1001: 2205000.00 to 2227500.00, +22500.00"), "{}", done.out);
    assert!(done.out.contains("first: term shared_savings, clause '7. "), "{}", done.out);
    assert!(done.out.contains("providers +22500.00, payer -22500.00"), "{}", done.out);
    assert_eq!(told(&["diff", &old, &old]).code, 0);
    let again = office.name("again.csv");
    fs::write(&again, ROWS.replace("95,000,000", "94,000,000")).expect("a file");
    let out = office.name("differences.csv");
    let words = ["restate", &old, "--year", "2018", "--old", &facts, "--new", &again];
    let done = told(&[&words[..], &["--out", &out]].concat());
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.out.contains("first: fact expenditure: "), "{}", done.out);
    let table = fs::read_to_string(out).expect("a file");
    assert!(table.contains("A1001,2205000.00,2646000.00,441000.00,"), "{table}");
    let words = ["compare", &facts, &again, "--year", "2018", "--contract", &old];
    let parted = told(&words);
    assert!(parted.code == 1 && parted.out.contains("column ABtotExp"), "{}", parted.out);
}

#[test]
fn simulated_years_are_the_same_with_every_number_of_threads() {
    let office = Office::new();
    fs::write(office.path("group.toml"), ASSUMPTIONS).expect("a file");
    let (contract, assumptions) = (office.name("north-star"), office.name("group.toml"));
    let words = ["simulate", &contract, "--assumptions", &assumptions];
    let one = told(&[&words[..], &["--threads", "1"]].concat());
    assert_eq!(one.code, 0, "{}", one.err);
    assert!(one.out.contains("With no effect at all, by luck alone:"), "{}", one.out);
    for threads in ["3", "8"] {
        assert_eq!(told(&[&words[..], &["--threads", threads]].concat()).out, one.out);
    }
    let swept = told(&[&words[..], &["--sweep", "size=5,000 20,000"]].concat());
    assert_eq!((swept.code, swept.out.lines().count()), (0, 3), "{}{}", swept.out, swept.err);
    let json = told(&[&words[..], &["--sweep", "sequestration=0%", "--json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&json.out).expect("one object");
    assert_eq!(value["report"]["assumed"]["draws"], 400);
    let wrong = told(&[&words[..], &["--sweep", "nobody=1"]].concat());
    assert!(wrong.code == 1 && wrong.out.contains("SETTLE-nothing-to-change"), "{}", wrong.out);
    assert_eq!(told(&[&words[..], &["--sweep", "size"]].concat()).code, 2);
}
