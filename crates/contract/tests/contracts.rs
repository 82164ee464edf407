//! The contracts of the library are whole: no problem, every case comes out, and every number of
//! a year is noticed by a case when it changes.

use counterfoil_contract::{Contract, ContractFiles};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts")
}

/// The folders of the library.
fn contracts() -> Vec<(String, ContractFiles)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root()).expect("the library is there").flatten() {
        let mut files = ContractFiles::new();
        for folder in ["", "params", "cases/good", "cases/bad"] {
            for entry in
                std::fs::read_dir(entry.path().join(folder)).into_iter().flatten().flatten()
            {
                let name = entry.file_name().into_string().expect("names are UTF-8");
                if entry.path().is_file() {
                    let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                    files.insert(name, std::fs::read(entry.path()).expect("files can be read"));
                }
            }
        }
        found.push((entry.file_name().into_string().expect("UTF-8"), files));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Cases that do not come out, and errors.
fn failing(files: &ContractFiles) -> Vec<String> {
    let (contract, problems) = Contract::load(files);
    let text =
        |name: &str| String::from_utf8_lossy(files.get(name).map_or(&[], |b| b)).into_owned();
    let mut found: Vec<String> = problems.iter().map(|p| p.show(&text(&p.file))).collect();
    for result in contract.run_cases() {
        if !result.differences.is_empty() {
            found.push(format!("{}: {}", result.file, result.differences.join("; ")));
        }
    }
    found
}

#[test]
fn every_contract_is_whole_and_its_cases_come_out() {
    let mut broken = Vec::new();
    for (name, files) in contracts() {
        broken.extend(failing(&files).into_iter().map(|what| format!("{name}: {what}")));
        let has = |folder: &str| files.keys().filter(|file| file.starts_with(folder)).count();
        // One amount for everything has one good case, and nothing that could be wrong.
        let (contract, _) = Contract::load(&files);
        let is_constant = contract.program().facts().next().is_none();
        let fewest = if is_constant { (1, 0) } else { (3, 1) };
        if has("cases/good") < fewest.0 || has("cases/bad") < fewest.1 {
            broken.push(format!("{name}: too few cases"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

/// The same file with one stated number or flag changed, for each of them.
fn changed(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    let mut section = "";
    for (place, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            section = line;
        }
        let Some((key, value)) = line.split_once(" = ") else { continue };
        if matches!(key, "title" | "citation" | "not_offered") {
            continue;
        }
        let inner = value.trim_matches('"');
        let other = match inner {
            "yes" => "no".to_owned(),
            "no" => "yes".to_owned(),
            number if number.ends_with('%') => "1.2345%".to_owned(),
            money if money.starts_with('$') => "$7.77".to_owned(),
            _ => "17".to_owned(),
        };
        let mut copy: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        if let Some(line) = copy.get_mut(place) {
            *line = format!("{key} = \"{other}\"");
        }
        all.push((format!("{section} {key}"), copy.join("\n")));
    }
    all
}

#[test]
fn every_number_of_a_year_with_cases_is_noticed() {
    let mut unnoticed = Vec::new();
    for (name, files) in contracts() {
        // The years of the shared savings contract repeat each other; its mutants are its own.
        if name == "medicare-shared-savings" {
            continue;
        }
        let years: Vec<&String> = files.keys().filter(|file| file.starts_with("params/")).collect();
        // A number that is the same in every year is noticed when it changes in all of them.
        let first = String::from_utf8_lossy(&files[years[0]]).into_owned();
        for (what, _) in changed(&first) {
            let mut mutant = files.clone();
            for year in &years {
                let text = String::from_utf8_lossy(&files[*year]).into_owned();
                if let Some((_, text)) = changed(&text).into_iter().find(|(w, _)| *w == what) {
                    mutant.insert((*year).clone(), text.into_bytes());
                }
            }
            if failing(&mutant).is_empty() {
                unnoticed.push(format!("{name}: {what}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
