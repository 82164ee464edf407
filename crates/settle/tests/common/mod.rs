//! The contract that tests settle by, and a file of facts in the form that it reads.
#![allow(dead_code)]

use counterfoil_contract::{Contract, ContractFiles, FactTable};
use std::path::Path;

/// The files of the Medicare Shared Savings Program's contract.
pub fn files() -> ContractFiles {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
    let mut files = ContractFiles::new();
    for folder in ["", "params", "cases/good", "cases/bad"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().expect("names are UTF-8");
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.insert(name, std::fs::read(entry.path()).expect("files can be read"));
            }
        }
    }
    files
}

pub fn load(files: &ContractFiles) -> Contract {
    let (contract, problems) = Contract::load(files);
    let codes: Vec<_> = problems.iter().map(|problem| problem.finding.message.clone()).collect();
    assert!(codes.is_empty(), "{codes:?}");
    contract
}

/// The files with one text put in the place of another, which must be there.
pub fn edited(file: &str, old: &str, new: &str) -> ContractFiles {
    let mut files = files();
    let text = String::from_utf8(files[file].clone()).expect("UTF-8");
    assert!(text.contains(old), "{file} has no {old}");
    files.insert(file.to_owned(), text.replacen(old, new, 1).into_bytes());
    files
}

/// Rows that meet savings, a limit, a missed rate, losses and no quality.
pub const ROWS: &str = "\
ACO_ID,Current_Track,Current_Start_Date,ABtotBnchmk,ABtotExp,N_AB,QualScore,Met_QPS,MinSavPerc
A1001,1,1/1/2018,\"100,000,000\",\"95,000,000\",\"10,000\",0.9000,1,0.03
A1002,1,1/1/2018,\"100,000,000\",\"70,000,000\",\"10,000\",1.0000,1,0.03
A1003,1,1/1/2018,\"100,000,000\",\"98,000,000\",\"10,000\",0.9000,1,0.03
A1004,3,1/1/2018,\"100,000,000\",\"105,000,000\",\"10,000\",0.9000,1,0.02
A1005,1,1/1/2018,\"100,000,000\",\"95,000,000\",\"10,000\",0.9000,0,0.03
";

pub fn facts(contract: &Contract, year: i64, csv: &[u8]) -> FactTable {
    let (facts, problems) = contract.read_facts(year, "facts.csv", csv);
    assert!(problems.is_empty(), "{problems:?}");
    facts
}
