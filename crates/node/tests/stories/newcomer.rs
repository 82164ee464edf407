//! A newcomer types `counterfoil demo` and looks further.

use crate::place::{Place, words};
use std::fs;
use std::path::Path;

/// The commands that the demo prints at its end.
fn look_further(out: &str) -> Vec<String> {
    let lines = out.lines().skip_while(|line| *line != "look further:").skip(1);
    let command = |line: &str| line.trim().strip_prefix("counterfoil ").map(str::to_owned);
    lines.map(|line| command(line).expect("a command to type")).collect()
}

#[test]
fn the_demo_ends_with_nothing_left_over() {
    let place = Place::empty();
    let told = place.run("demo --claims 200");
    assert_eq!(told.code, 0, "{told}");
    assert!(told.out.contains("\nleftover                            0.00\n"), "{told}");
    let sums: Vec<&str> = told.out.lines().filter(|line| line.contains("leftover")).collect();
    assert_eq!(sums.len(), 3, "a line for each provider and one for all: {told}");
    assert!(sums.iter().all(|line| line.contains("leftover ") && line.contains(" 0.00")), "{told}");
    for folder in ["plan/rates", "plan/rules", "plan/out", "practice/claims", "hospital/claims"] {
        assert!(!place.names(&format!("demo/{folder}")).is_empty(), "{folder}");
    }
}

#[test]
fn every_command_to_look_further_works() {
    for claims in [10, 200] {
        let place = Place::empty();
        let told = place.run(&format!("demo --claims {claims}"));
        let commands = look_further(&told.out);
        assert!(commands.len() >= 6, "{told}");
        for line in commands {
            for word in words(&line).iter().filter(|word| word.contains('/')) {
                assert!(place.path(word).exists(), "{word} of `{line}` exists");
            }
            let told = place.run(&line);
            assert!([0, 1].contains(&told.code), "{told}");
            assert!(!told.out.is_empty() || told.err.contains("no "), "{told}");
        }
    }
}

#[test]
fn a_folder_with_other_files_stays_as_it_is() {
    let place = Place::empty();
    place.write("demo/thesis.txt", "the only copy");
    insta::assert_snapshot!(place.run("demo --claims 10"), @r#"
    $ counterfoil demo --claims 10
    ! error: demo holds other files; nothing was changed
    !
    ! hint: name another folder with --dir
    = 3
    "#);
    assert_eq!(place.read("demo/thesis.txt"), "the only copy");
    assert_eq!(place.names("demo"), ["thesis.txt"]);
}

#[test]
fn a_demo_that_broke_off_can_be_played_again() {
    let place = Place::empty();
    let mut child = place.command("demo --claims 5000").spawn().expect("it starts");
    while !place.path("demo/README.txt").exists() {
        std::thread::yield_now();
    }
    child.kill().expect("it ends");
    child.wait().expect("it has ended");
    let told = place.run("demo --claims 10");
    assert_eq!(told.code, 0, "{told}");
    assert!(place.read("demo/README.txt").contains("generated"), "{told}");
}

#[test]
fn a_file_in_the_place_of_the_folder_stays_as_it_is() {
    let place = Place::empty();
    place.write("demo", "the only copy");
    insta::assert_snapshot!(place.run("demo --claims 10"), @r#"
    $ counterfoil demo --claims 10
    ! error: demo is a file; a folder is wanted here
    !
    ! hint: name the folder; nothing was changed
    = 2
    "#);
    assert_eq!(place.read("demo"), "the only copy");
}

#[test]
fn the_summary_is_one_json_object() {
    let place = Place::empty();
    let told = place.run("demo --claims 40 --json --dir month");
    let summary = told.json();
    assert_eq!(told.out.lines().count(), 1, "{told}");
    assert_eq!(summary["leftover_cents"], 0);
    assert_eq!(summary["payer_difference_cents"], 0);
    let number = |key: &str| summary[key].as_u64().expect("a number");
    assert_eq!(number("claims"), 40);
    assert_eq!(number("caught_before_sending") + number("sent"), 40);
    let states = summary["states"].as_object().expect("states");
    let in_states: u64 = states.values().map(|one| one["claims"].as_u64().unwrap_or(0)).sum();
    assert_eq!(in_states, number("sent"), "every claim that was sent has a state");
}

/// Name and content of every file but the databases, whose pages are SQLite's affair.
fn contents(folder: &Path, found: &mut Vec<(String, Vec<u8>)>, root: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            contents(&path, found, root);
        } else if path.extension().is_none_or(|ending| !ending.to_string_lossy().contains("sql")) {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            found.push((name, fs::read(&path).expect("a file")));
        }
    }
    found.sort();
}

#[test]
fn the_same_numbers_play_the_same_month() {
    let place = Place::empty();
    let mut first = Vec::new();
    assert_eq!(place.run("demo --claims 10 --seed 7").code, 0);
    contents(&place.path("demo"), &mut first, &place.path("demo"));
    let books = place.books("demo/plan/data");
    // A demo is made anew where an earlier one stood.
    assert_eq!(place.run("demo --claims 10 --seed 7").code, 0);
    let mut second = Vec::new();
    contents(&place.path("demo"), &mut second, &place.path("demo"));
    assert!(first.len() > 20 && first == second, "the same files with the same bytes");
    assert_eq!(place.books("demo/plan/data"), books);
}
