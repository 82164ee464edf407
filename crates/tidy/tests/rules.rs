//! What every file of the repository keeps to.

use counterfoil_tidy::{SourceFile, expect_none, files, root};
use std::collections::{BTreeMap, BTreeSet};

/// Crates in which money moves: no float type may appear in them.
const MONEY_CRATES: [&str; 14] = [
    "base",
    "analytics",
    "x12",
    "claim",
    "integrity",
    "adjudicate",
    "contract",
    "ledger",
    "remit",
    "settle",
    "twin",
    "store",
    "operations",
    "risk",
];

fn rust_files() -> Vec<SourceFile> {
    files(&[".rs"])
}

/// Every line of every Rust file outside tests for which `broken` gives a complaint.
fn complaints(broken: impl Fn(&SourceFile, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files().iter().filter(|f| !f.is_test() && f.crate_name() != "tidy") {
        for (number, line) in file.lines_before_tests() {
            if !line.trim_start().starts_with("//") && broken(file, line) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(is_part) && !line[start + word.len()..].starts_with(is_part)
    })
}

#[test]
fn crates_depend_downwards_only_and_on_listed_edges() {
    let mut listed: BTreeMap<&str, (&str, BTreeSet<&str>)> = BTreeMap::new();
    for line in include_str!("../layers.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a crate name starts each line");
        let layer = words.next().expect("a layer follows the name");
        listed.insert(name, (layer, words.collect()));
    }
    let mut broken = Vec::new();
    for manifest in files(&["Cargo.toml"]).iter().filter(|file| !file.crate_name().is_empty()) {
        let name = manifest.crate_name();
        let table: toml::Table = manifest.text.parse().expect("a manifest is TOML");
        let Some((layer, edges)) = listed.get(name) else {
            broken.push(format!("crate '{name}' is not in layers.txt"));
            continue;
        };
        let dependencies = table.get("dependencies").and_then(|d| d.as_table());
        let names = dependencies.into_iter().flatten().map(|(used, _)| used);
        let used: BTreeSet<&str> = names.filter_map(|u| u.strip_prefix("counterfoil-")).collect();
        for other in used.difference(edges) {
            broken.push(format!("'{name}' uses '{other}', which layers.txt does not list"));
        }
        for other in edges.difference(&used) {
            broken.push(format!("layers.txt lists '{other}' for '{name}', which does not use it"));
        }
        let layer_of = |name: &str| listed.get(name).map(|(layer, _)| *layer);
        for other in used.iter().filter(|other| layer_of(other) != Some("T")) {
            if *layer != "T" && layer_of(other).is_none_or(|below| below > *layer) {
                broken.push(format!("'{name}' uses '{other}', which is not below it"));
            }
        }
    }
    expect_none("layer edges", &broken);
}

#[test]
fn money_crates_hold_no_float() {
    let broken = complaints(|file, line| {
        MONEY_CRATES.contains(&file.crate_name())
            && (has_word(line, "f32") || has_word(line, "f64"))
    });
    expect_none("floats where money moves", &broken);
}

/// SQL of the databases, and SQL of the lake's tables.
const SQL_FOLDERS: [&str; 2] = ["crates/store/sql/", "crates/analytics/sql/"];

#[test]
fn sql_lives_in_files_of_two_crates() {
    let starts = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE"];
    let broken = complaints(|_, line| {
        starts.iter().any(|sql| line.contains(&format!("\"{sql}")) || line.trim().starts_with(sql))
    });
    expect_none("SQL outside .sql files", &broken);
    let misplaced: Vec<String> = files(&[".sql"])
        .iter()
        .filter(|file| !SQL_FOLDERS.iter().any(|folder| file.path.starts_with(folder)))
        .map(|file| file.path.clone())
        .collect();
    expect_none("SQL files in other places", &misplaced);
}

#[test]
fn personal_fields_are_wrapped() {
    let personal =
        ["last_name:", "birth_date:", "member_id:", "subscriber_id:", "line_1:", "claim_bytes:"];
    let broken = complaints(|file, line| {
        let field = line.trim_start().trim_start_matches("pub ");
        // Parties are organizations and clinicians; `Person` and the rows of people are not.
        let declared = line.trim_end().ends_with(',') && line.trim_start().starts_with("pub ");
        file.crate_name() != "corpus"
            && declared
            && personal.iter().any(|name| field.starts_with(name))
            && !line.contains("Phi<")
    });
    expect_none("fields that name a person without Phi", &broken);
}

#[test]
fn phi_prints_nothing() {
    let source = include_str!("../../base/src/phi.rs");
    assert!(source.contains("f.write_str(\"[phi]\")"), "Phi must print [phi]");
    assert!(!source.contains("impl<T> std::fmt::Display"), "Phi must not implement Display");
}

#[test]
fn files_begin_with_what_they_are_and_stay_readable() {
    let mut broken = Vec::new();
    for file in rust_files() {
        if !file.text.starts_with("//!") && !file.text.starts_with("#!") {
            broken.push(format!("{}: the first line does not say what the file is", file.path));
        }
        for (index, line) in file.text.lines().enumerate() {
            if line.chars().count() > 100 {
                broken.push(format!("{}:{}: over 100 columns", file.path, index + 1));
            }
        }
        let lines = file.lines_before_tests().count();
        if lines > 550 && !file.is_test() {
            broken.push(format!("{}: {lines} lines before its tests, aim below 500", file.path));
        }
    }
    expect_none("file shape", &broken);
}

#[test]
fn functions_fit_a_screen() {
    let mut broken = Vec::new();
    for file in rust_files().iter().filter(|file| !file.is_test()) {
        let mut start: Option<(usize, usize)> = None;
        for (number, line) in file.lines_before_tests() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            let opens = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn "];
            if opens.iter().any(|open| head.starts_with(open)) && !line.ends_with(';') {
                start = Some((number, indent));
            } else if let Some((first, depth)) = start
                && indent == depth
                && head == "}"
            {
                if number - first + 1 > 70 {
                    let length = number - first + 1;
                    broken.push(format!("{}:{first}: {length} lines", file.path));
                }
                start = None;
            }
        }
    }
    expect_none("functions over 70 lines", &broken);
}

#[test]
fn nothing_is_left_over() {
    // Stories over both databases wait for a server, which the test command brings.
    let waits = |file: &SourceFile| file.crate_name() == "samples";
    let broken = complaints(|file, line| {
        let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
        marks.iter().any(|mark| line.contains(mark) && !(waits(file) && *mark == "#[ignore"))
    });
    expect_none("left over", &broken);
    let mut marks = Vec::new();
    for file in files(&[".rs", ".md", ".sql", ".toml", ".guide"]) {
        let named = file.path.starts_with("crates/tidy/") || file.path == "STYLE.md";
        for (index, line) in file.text.lines().enumerate().filter(|_| !named) {
            if has_word(line, "FIXME") || has_word(line, "TODO") || has_word(line, "XXX") {
                marks.push(format!("{}:{}", file.path, index + 1));
            }
        }
    }
    expect_none("unfinished marks", &marks);
}

#[test]
fn input_never_meets_an_unwrap() {
    let broken = complaints(|file, line| {
        file.crate_name() != "corpus" && (line.contains(".unwrap()") || line.contains("panic!("))
    });
    expect_none("unwrap and panic outside tests", &broken);
}

#[test]
fn no_machine_paths_or_secrets() {
    let mut broken = Vec::new();
    let endings = [".rs", ".md", ".toml", ".sh", ".py", ".yml", ".guide", ".txt"];
    for file in files(&endings).iter().filter(|f| !f.path.starts_with("crates/tidy/")) {
        for (index, line) in file.text.lines().enumerate() {
            let marks = ["/home/", "/work/", "/root/", "/tmp/", "BEGIN PRIVATE KEY", "AKIA"];
            if marks.iter().any(|mark| line.contains(mark)) {
                broken.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    expect_none("machine paths or secrets", &broken);
}

#[test]
fn every_table_and_rule_pack_states_its_source() {
    let mut broken = Vec::new();
    let manifests = files(&["manifest.toml"]);
    for manifest in manifests.iter().filter(|f| f.path.starts_with("data/")) {
        let table: toml::Table = match manifest.text.parse() {
            Ok(table) => table,
            Err(error) => {
                broken.push(format!("{}: {error}", manifest.path));
                continue;
            }
        };
        for key in ["source", "licence", "valid_from"] {
            if !table.contains_key(key) {
                broken.push(format!("{}: no '{key}'", manifest.path));
            }
        }
    }
    for (kind, folder) in [("table", "data/tables"), ("rule pack", "data/rulepacks")] {
        let Ok(names) = std::fs::read_dir(root().join(folder)) else { continue };
        for name in names.flatten().filter(|entry| entry.path().is_dir()) {
            let versions = std::fs::read_dir(name.path()).into_iter().flatten().flatten();
            for version in versions.filter(|entry| entry.path().is_dir()) {
                if !version.path().join("manifest.toml").exists() {
                    broken.push(format!("{kind} {:?} has no manifest.toml", version.path()));
                }
            }
        }
    }
    expect_none("tables and rule packs", &broken);
}
