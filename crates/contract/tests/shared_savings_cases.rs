//! The worked examples of the shared savings contract come out, and catch changes of its meaning.

use counterfoil_contract::{Contract, ContractFiles, Problem};
use std::path::Path;

fn files() -> ContractFiles {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
    let mut files = ContractFiles::new();
    for folder in ["", "params", "cases/good", "cases/bad"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("the folder is there").flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().expect("names are UTF-8");
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.insert(name, std::fs::read(entry.path()).expect("files can be read"));
            }
        }
    }
    files
}

/// What the cases say of a contract: the files of those that do not come out.
fn failing(files: &ContractFiles) -> (Vec<String>, Vec<Problem>) {
    let (contract, problems) = Contract::load(files);
    let failed = contract.run_cases().into_iter().filter(|result| !result.differences.is_empty());
    (failed.map(|result| format!("{}: {:?}", result.file, result.differences)).collect(), problems)
}

#[test]
fn every_case_comes_out() {
    let (failed, problems) = failing(&files());
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(Contract::load(&files()).0.run_cases().len(), 38);
}

/// File, the text that is there, and what the mutant has instead.
const MUTANTS: [(&str, &str, &str); 16] = [
    // Sequestration in the wrong year, left out, or after the limit.
    ("params/2020.toml", "[sequestration]\nvalue = \"0%\"", "[sequestration]\nvalue = \"2%\""),
    ("params/2018.toml", "[sequestration]\nvalue = \"2%\"", "[sequestration]\nvalue = \"0%\""),
    (
        "contract.md",
        "least(generated * sharing_rate * (100% - sequestration), \
         performance_payment_limit * benchmark)",
        "least(generated * sharing_rate, performance_payment_limit * benchmark) \
         * (100% - sequestration)",
    ),
    // The payment limit of another track.
    ("params/2018.toml", "track_1 = \"10%\"", "track_1 = \"15%\""),
    // No floor, and no ceiling, of the loss rate.
    ("contract.md", "loss_rate_floor, loss_rate_ceiling)", "0%, loss_rate_ceiling)"),
    ("contract.md", "not meets_alternative: loss_rate_ceiling", "not meets_alternative: 40%"),
    // A rounded minimum rate, and one that must be exceeded.
    (
        "contract.md",
        "term minimum_rate: rate\n",
        "term minimum_rate: rate, rounded half_up to 0.01%\n",
    ),
    ("contract.md", "savings_rate >= minimum_rate:", "savings_rate > minimum_rate:"),
    // No relief, and none for the emergency.
    (
        "contract.md",
        "least(limited_loss - stated_relief, limited_loss *",
        "least(limited_loss, limited_loss *",
    ),
    ("contract.md", "limited_loss * (100% - emergency_share)", "limited_loss"),
    // A standard that is met when nobody says so.
    (
        "contract.md",
        "when year > 2015 or given(standard_met): standard_met",
        "when given(standard_met): standard_met\n  otherwise: true",
    ),
    ("contract.md", "if given(relief) then magnitude(relief) else $0", "$0"),
    // The guardrail and the half rate are ignored.
    (
        "contract.md",
        "when guarded and difference > $0: $0",
        "when guarded and difference < -$1: $0",
    ),
    (
        "params/2024.toml",
        "[reduced_savings_share]\nvalue = \"50%\"",
        "[reduced_savings_share]\nvalue = \"100%\"",
    ),
    (
        "contract.md",
        "beneficiaries >= 5,000 and agreement_start",
        "beneficiaries >= 6,000 and agreement_start",
    ),
    // A table whose first band ends elsewhere.
    ("contract.md", "from 7,000 to 7,999: 3.4% to 3.2%", "from 7,000 to 7,999: 3.3% to 3.2%"),
];

#[test]
fn every_mutant_is_caught() {
    let mut survived = Vec::new();
    for (file, from, to) in MUTANTS {
        let mut files = files();
        let text = String::from_utf8(files[file].clone()).expect("UTF-8");
        assert!(text.contains(from), "{file} has no '{from}'");
        files.insert(file.to_owned(), text.replace(from, to).into_bytes());
        let (failed, problems) = failing(&files);
        if failed.is_empty() && !problems.iter().any(|problem| problem.finding.is_error()) {
            survived.push(format!("{file}: {to}"));
        }
    }
    assert!(survived.is_empty(), "{survived:#?}");
}

#[test]
fn every_number_opens_to_its_clause_formula_and_inputs() {
    let (contract, _) = Contract::load(&files());
    let csv = "ACO_ID,Current_Track_1,Current_Start_Date,N_AB,ABtotBnchmk,ABtotExp,QualScore,\
               Met_QPS,MinSavPerc\nA1002,1,01/01/2016,9139,91914080,79742206,0.8503,1,0.0309\n";
    let (facts, problems) = contract.read_facts(2018, "rows.csv", csv.as_bytes());
    assert_eq!(problems, []);
    let steps = contract.explain(2018, &facts, &facts.rows[0], "earned").expect("it is there");
    let mut shown = String::new();
    for step in &steps {
        let explained = &step.explained;
        shown += &format!("{} [{}]\n  {}\n", step.term, explained.rule.citation, explained.formula);
        for input in &explained.inputs {
            shown += &format!("    {} = {} ({})\n", input.name, input.value, input.source);
        }
    }
    insta::assert_snapshot!("explained", shown);
}
