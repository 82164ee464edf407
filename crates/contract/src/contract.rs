//! A contract's folder as a whole: its text, the numbers of its years, its facts and its cases.

use crate::bundle::bundle;
use crate::cases::{self, Case};
use crate::check::check;
use crate::facts::{self, FACTS_FILE, FactMapping, FactTable, Parting};
use crate::parameters::{self, Parameters};
use crate::parse::{CONTRACT_FILE, parse};
use crate::problem::{Problem, did_you_mean, sorted};
use crate::program::Program;
use counterfoil_base::Finding;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The files of a contract's folder by their names in it: `contract.md`, `params/2018.toml`,
/// `facts.toml`, `cases/good/no_savings.toml`.
pub type ContractFiles = BTreeMap<String, Vec<u8>>;

/// A contract that was read and checked.
#[derive(Clone, Debug)]
pub struct Contract {
    pub(crate) program: Program,
    pub(crate) parameters: BTreeMap<i64, Parameters>,
    pub(crate) mapping: Option<FactMapping>,
    pub(crate) cases: Vec<Case>,
    digest: String,
}

impl Contract {
    /// Reads and checks a folder. The contract can be computed only when no problem is an error.
    #[must_use]
    pub fn load(files: &ContractFiles) -> (Contract, Vec<Problem>) {
        let mut contract = Contract {
            program: Program::default(),
            parameters: BTreeMap::new(),
            mapping: None,
            cases: Vec::new(),
            digest: digest(files),
        };
        let Some(text) = files.get(CONTRACT_FILE) else {
            let finding = Finding::error("CONTRACT-no-text", 7, "The folder has no contract.md")
                .because("The text that people read and sign is the contract itself")
                .fix("Name the folder that holds contract.md");
            return (contract, vec![Problem::of_file(finding, CONTRACT_FILE)]);
        };
        let (document, mut problems) = parse(text);
        if problems.iter().any(|problem| problem.finding.is_error()) {
            return (contract, sorted(problems));
        }
        let (program, found) = check(&document);
        let is_sound = !found.iter().any(|problem| problem.finding.is_error());
        problems.extend(found);
        contract.program = program;
        if is_sound {
            contract.read_files(files, &mut problems);
        }
        (contract, sorted(problems))
    }

    fn read_files(&mut self, files: &ContractFiles, problems: &mut Vec<Problem>) {
        for (name, bytes) in files {
            if let Some(year) = name.strip_prefix("params/").and_then(|n| n.strip_suffix(".toml")) {
                match year.parse::<i64>() {
                    // One spelling for each year, so that no two files state the same one.
                    Ok(number) if (1900..=2200).contains(&number) && number.to_string() == year => {
                        let year = number;
                        let (read, found) = parameters::read(&self.program, name, year, bytes);
                        problems.extend(found);
                        self.parameters.insert(year, read);
                    }
                    _ => problems.push(misnamed(name)),
                }
            } else if name == FACTS_FILE {
                let (mapping, found) = facts::mapping(&self.program, bytes);
                problems.extend(found);
                self.mapping = Some(mapping);
            } else if name.starts_with("cases/")
                && let Some(case) = cases::read(&self.program, name, bytes, problems)
            {
                self.cases.push(case);
            }
        }
        if self.parameters.is_empty() {
            let finding = Finding::error("CONTRACT-missing-year", 7, "No year has its numbers")
                .because("A contract is settled for a year, with the numbers of that year")
                .fix("Add params/<year>.toml, empty when the contract has no parameters");
            problems.push(Problem::of_file(finding, "params"));
        }
    }

    /// The contract's id, as its text names it.
    #[must_use]
    pub fn id(&self) -> &str {
        self.program.id()
    }

    /// The checked program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// SHA-256 over the names and bytes of all files of the folder, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The years whose numbers are stated, in order.
    pub fn years(&self) -> impl Iterator<Item = i64> {
        self.parameters.keys().copied()
    }

    /// The numbers of a year.
    pub fn parameters(&self, year: i64) -> Result<&Parameters, Box<Problem>> {
        self.parameters.get(&year).ok_or_else(|| {
            let years: Vec<String> = self.years().map(|year| year.to_string()).collect();
            let message = format!("The contract has no numbers for {year}");
            let finding = Finding::error("CONTRACT-missing-year", 7, message)
                .because(format!("Its years are {}", years.join(", ")))
                .fix(format!("Add params/{year}.toml with the numbers of that year"));
            Box::new(Problem::of_file(finding, &format!("params/{year}.toml")))
        })
    }

    /// The place of a term by its name.
    pub(crate) fn term(&self, name: &str) -> Result<usize, Box<Problem>> {
        self.program.term_index(name).ok_or_else(|| {
            let known = self.program.terms().map(|(name, _)| name);
            let message = format!("The contract has no term '{name}'");
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because("Only terms of the contract are computed")
                .fix(did_you_mean(name, known));
            Box::new(Problem::of_file(finding, CONTRACT_FILE))
        })
    }

    /// Reads a supplied file of further rows, and ties each to the row of the facts that it
    /// belongs to. Nothing is tied when there is a problem.
    pub fn read_rows(
        &self,
        year: i64,
        rows: &str,
        (name, bytes): (&str, &[u8]),
        facts: &mut FactTable,
    ) -> Vec<Problem> {
        match (self.row_set(rows), &self.mapping) {
            (Err(problem), _) => vec![*problem],
            (Ok(set), Some(mapping)) => {
                facts::read_rows(&self.program, mapping, (year, set), (name, bytes), facts)
            }
            (Ok(_), None) => vec![no_facts_file()],
        }
    }

    /// Where two parties' facts first differ; nothing where they agree, whatever the order in
    /// which further rows stood in their files.
    #[must_use]
    pub fn first_parting(&self, ours: &FactTable, theirs: &FactTable) -> Option<Parting> {
        facts::first_parting(&self.program, ours, theirs)
    }

    /// The place of further rows by their name.
    pub(crate) fn row_set(&self, name: &str) -> Result<usize, Box<Problem>> {
        self.program.row_set_index(name).ok_or_else(|| {
            let message = format!("The contract has no rows '{name}'");
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because("Further rows are declared with 'rows NAME by FACT'")
                .fix(did_you_mean(name, self.program.row_sets()));
            Box::new(Problem::of_file(finding, CONTRACT_FILE))
        })
    }

    /// Reads a supplied file of facts for a year.
    #[must_use]
    pub fn read_facts(&self, year: i64, name: &str, bytes: &[u8]) -> (FactTable, Vec<Problem>) {
        match &self.mapping {
            Some(mapping) => facts::read(&self.program, mapping, year, name, bytes),
            None => (FactTable::default(), vec![no_facts_file()]),
        }
    }
}

fn no_facts_file() -> Problem {
    let finding = Finding::error("CONTRACT-no-facts-file", 7, "The contract has no facts.toml")
        .because("It says which column of a file is which fact")
        .fix("Add facts.toml with the columns of the facts");
    Problem::of_file(finding, FACTS_FILE)
}

fn misnamed(name: &str) -> Problem {
    let finding = Finding::error("CONTRACT-missing-year", 7, "The file is not named after a year")
        .because("The file name says for which performance year its numbers hold")
        .fix("Name it params/2018.toml, with its own year");
    Problem::of_file(finding, name)
}

fn digest(files: &ContractFiles) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bundle(files)) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
