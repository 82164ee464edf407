//! A newcomer types `counterfoil demo` and looks further.

use crate::place::{Place, words};
use crate::serving::until;
use std::fs;

/// The commands that the demo prints at its end.
fn look_further(out: &str) -> Vec<String> {
    let lines = out.lines().skip_while(|line| *line != "look further:").skip(1);
    let command = |line: &str| line.trim().strip_prefix("counterfoil ").map(str::to_owned);
    lines.map(|line| command(line).expect("a command to type")).collect()
}

#[test]
fn the_demo_ends_with_nothing_left_over() {
    let place = Place::empty();
    let told = place.run("demo --claims 200 --headless");
    assert_eq!(told.code, 0, "{told}");
    assert!(told.out.contains("\nleftover                            0.00\n"), "{told}");
    let sums: Vec<&str> = told.out.lines().filter(|line| line.contains("leftover")).collect();
    assert_eq!(sums.len(), 3, "a line for each provider and one for all: {told}");
    assert!(sums.iter().all(|line| line.contains("leftover ") && line.contains(" 0.00")), "{told}");
    assert!(told.out.contains("the same on both sides, and booked by both: SHA-256"), "{told}");
    for folder in ["plan/rates", "plan/rules", "plan/out", "practice/claims", "hospital/out"] {
        assert!(!place.names(&format!("demo/{folder}")).is_empty(), "{folder}");
    }
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
    // A second run goes on with what is there; another month must be asked for.
    let other = place.run("demo --claims 10 --headless");
    assert!(other.code == 3 && other.err.contains("--fresh starts over"), "{other}");
}

#[test]
fn the_nodes_stay_until_they_are_stopped() {
    let place = Place::empty();
    let log = std::fs::File::create(place.path("said")).expect("a file");
    let mut demo = place.command("demo --claims 10").stderr(log).spawn().expect("it starts");
    until("the pages are told", || place.read("said").contains("sign in as"));
    let told = place.read("said");
    let pages = told.lines().find_map(|line| line.trim().strip_prefix("hospital  http://"));
    let pages = pages.expect("the hospital's pages").trim_end_matches('/');
    assert!(std::net::TcpStream::connect(pages).is_ok(), "somebody answers at {pages}");
    let id = demo.id().to_string();
    let asked = std::process::Command::new("kill").args(["-INT", &id]).status();
    assert!(asked.expect("kill").success());
    assert_eq!(demo.wait().expect("it ends").code(), Some(0), "{}", place.read("said"));
    assert!(std::net::TcpStream::connect(pages).is_err(), "its nodes have ended");
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
    let mut child = place.command("demo --claims 500").spawn().expect("it starts");
    until("it has begun", || place.path("demo/plan/node.toml").exists());
    child.kill().expect("it ends");
    child.wait().expect("it has ended");
    let told = place.run("demo --claims 10 --fresh --headless");
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
    let told = place.run("demo --claims 40 --headless --json --dir month");
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

/// Name and content of every file in the folders of files.
fn contents(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in ["plan/rates", "plan/out", "hospital/claims", "practice/claims"] {
        let folder = place.path(&format!("demo/{name}"));
        // A provider without claims in so small a month has no folder of them.
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            found.push((path.display().to_string(), fs::read(&path).expect("a file")));
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_numbers_play_the_same_month() {
    let place = Place::empty();
    let books = |place: &Place| ["plan", "hospital"].map(|one| place.books(&format!("demo/{one}")));
    assert_eq!(place.run("demo --claims 40 --seed 7 --headless").code, 0);
    let (first, first_books) = (contents(&place), books(&place));
    assert_eq!(place.run("demo --claims 40 --seed 7 --headless --fresh").code, 0);
    let (second, second_books) = (contents(&place), books(&place));
    assert!(first.len() > 20 && first == second, "the same files with the same bytes");
    assert_eq!(first_books, second_books);
}
