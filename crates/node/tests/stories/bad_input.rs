//! Whatever arrives, the program says what is wrong, does nothing by halves and never panics.

use crate::claims::{NOT_COVERED, URGENT, VISIT, file_837p};
use crate::place::{Place, evil_files};
use counterfoil_cli::{Console, Date, Outcome, Surroundings, run};
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

const DESK: &str = "--rates plan/rates --members plan/members.csv";

/// A place with every evil file under its own name.
fn with_evil_files() -> (Place, Vec<String>) {
    let place = Place::with_plan();
    let mut names = Vec::new();
    for file in evil_files() {
        let name = format!("evil/{}", file.file_name().expect("a name").to_string_lossy());
        place.write(&name, fs::read(&file).expect("a file"));
        names.push(name);
    }
    (place, names)
}

/// Runs a line for every evil file; 0 and 1 are answers, 3 asks the operator to act.
fn every(place: &Place, names: &[String], line: impl Fn(&str) -> String) -> [usize; 4] {
    let mut codes = [0; 4];
    for name in names {
        let told = place.run(&line(name));
        assert!([0, 1, 3].contains(&told.code), "{told}");
        assert!(told.code != 3 || told.err.contains("hint: "), "{told}");
        assert!(told.code == 0 || !(told.out.is_empty() && told.err.is_empty()), "{told}");
        codes[usize::try_from(told.code).expect("a code")] += 1;
    }
    codes
}

#[test]
fn evil_files_are_checked() {
    let (place, names) = with_evil_files();
    let codes = every(&place, &names, |name| format!("x12 check {name} --on 2025-01-20"));
    insta::assert_snapshot!(format!("{codes:?}"), @"[21, 88, 0, 0]");
}

#[test]
fn evil_files_are_checked_as_claims() {
    let (place, names) = with_evil_files();
    let codes = every(&place, &names, |name| format!("claim check {name} {DESK} --on 2025-01-20"));
    insta::assert_snapshot!(format!("{codes:?}"), @"[12, 93, 0, 4]");
}

#[test]
fn evil_files_are_adjudicated_once() {
    let (place, names) = with_evil_files();
    let line = |name: &str| {
        format!("claim adjudicate {name} {DESK} --out out --data payer --on 2025-01-20")
    };
    let codes = every(&place, &names, line);
    let (books, files) = (place.books("payer"), place.names("out"));
    every(&place, &names, line);
    assert_eq!(place.books("payer"), books, "run again, the books are the same");
    assert_eq!(place.names("out"), files, "run again, nothing new is written");
    insta::assert_snapshot!(format!("{codes:?}"), @"[0, 105, 0, 4]");
}

#[test]
fn evil_files_are_posted_once() {
    let (place, names) = with_evil_files();
    let line = |name: &str| format!("remit post {name} --data office --on 2025-01-20");
    let codes = every(&place, &names, line);
    let books = place.books("office");
    every(&place, &names, line);
    assert_eq!(place.books("office"), books, "run again, the books are the same");
    insta::assert_snapshot!(format!("{codes:?}"), @"[0, 105, 0, 4]");
}

/// A small generator of its own (xorshift): the same mutations in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below the bound")
    }

    /// One to four bytes changed, taken out, or put in.
    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut mutated = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(mutated.len());
            let byte = match self.below(3) {
                0 => b"*~:^\n0"[self.below(6)],
                1 => b"A9-. "[self.below(5)],
                _ => u8::try_from(self.below(256)).expect("a byte"),
            };
            match self.below(4) {
                0 => drop(mutated.remove(at)),
                1 => mutated.insert(at, byte),
                2 => mutated.truncate(at.max(1)),
                _ => mutated[at] = byte,
            }
        }
        mutated
    }
}

/// Runs a line inside the test process, with output in memory.
fn run_here(place: &Place, line: &str) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let surroundings = Surroundings {
        today: Date::constant(2025, 1, 20),
        color: false,
        progress: false,
        elapsed: Box::new(|| Duration::ZERO),
        now_ms: Box::new(|| 0),
        random: Box::new(|| [7; 32]),
    };
    let absolute = |word: &str| match word.strip_prefix("./") {
        Some(name) => place.path(name).into_os_string(),
        None => OsString::from(word),
    };
    let words = ["counterfoil"].into_iter().chain(line.split(' ')).map(absolute);
    let mut no_node = |_, _: &mut Console<'_>| Ok(Outcome::Done);
    let mut console = Console::new(&mut out, &mut err, surroundings);
    let code = run(words, &mut console, &mut no_node);
    (code, String::from_utf8_lossy(&err).into_owned())
}

#[test]
fn three_hundred_broken_claim_files_break_nothing() {
    let place = Place::with_plan();
    let good = file_837p(1, &[VISIT, URGENT, NOT_COVERED]);
    let mut chance = Chance(20_250_102);
    let desk = "--rates ./plan/rates --members ./plan/members.csv";
    for index in 0..300 {
        place.write("mutated.837", chance.mutate(good.as_bytes()));
        let lines = [
            "x12 check ./mutated.837 --json".to_owned(),
            format!("claim check ./mutated.837 {desk} --json"),
        ];
        for line in lines {
            let (code, err) = run_here(&place, &line);
            assert!([0, 1, 3].contains(&code), "mutation {index}, {line}: {code} {err}");
        }
    }
}

#[test]
fn thirty_broken_claim_files_are_adjudicated_whole_or_not_at_all() {
    let place = Place::with_plan();
    let good = file_837p(1, &[VISIT, URGENT, NOT_COVERED]);
    let mut chance = Chance(4_711);
    for index in 0..30 {
        place.write("mutated.837", chance.mutate(good.as_bytes()));
        let line = "claim adjudicate ./mutated.837 --rates ./plan/rates \
                    --members ./plan/members.csv --out ./out --data ./payer";
        let (code, err) = run_here(&place, line);
        assert!([0, 1, 3].contains(&code), "mutation {index}: {code} {err}");
    }
    place.books("payer");
}

#[test]
fn three_hundred_broken_remittances_break_nothing() {
    let place = Place::empty();
    let valid = evil_files().into_iter().find(|path| path.ends_with("097-835-valid.x12"));
    let good = fs::read(valid.expect("a valid 835")).expect("a file");
    let mut chance = Chance(835);
    for index in 0..300 {
        place.write("mutated.835", chance.mutate(&good));
        let lines = ["x12 check ./mutated.835 --json", "remit post ./mutated.835 --data ./office"];
        for line in lines {
            let (code, err) = run_here(&place, line);
            assert!([0, 1, 3].contains(&code), "mutation {index}, {line}: {code} {err}");
        }
    }
    place.books("office");
}
