//! Scores and categories of 2,000 generated people against results computed by others.

use counterfoil_risk::{ModelName, RiskModel, score_block};
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

counterfoil_samples::run_over!(
    "data/hcc",
    v22_is_equal_on_every_row,
    v24_is_equal_on_every_row,
    v28_is_equal_on_every_row,
    e21_is_equal_on_every_row,
    addends_sum_to_the_score_on_every_row,
);

fn people(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("oracle_dev_2000.jsonl")).expect("the file is there")
}

/// Lines of output by the person's number.
fn scored(model: ModelName, people: &[u8], explain: bool) -> BTreeMap<i64, Value> {
    let model = RiskModel::load(model).expect("the tables have their form");
    let threads = NonZeroUsize::new(3).expect("three");
    let scored = score_block(&model, people, 0, explain, threads);
    let lines = scored.out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let value: Value = serde_json::from_slice(line).expect("a line is JSON");
            (value["id"].as_i64().expect("a number"), value)
        })
        .collect()
}

/// Compares every row for which the file holds a result; returns how many those are.
fn check(folder: &Path, model: ModelName, key: &str) -> usize {
    let people = people(folder);
    let scored = scored(model, &people, false);
    let mut compared = 0;
    for line in people.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let row: Value = serde_json::from_slice(line).expect("a row is JSON");
        let expected = &row["expect"][key];
        if expected.is_null() {
            continue;
        }
        let id = row["id"].as_i64().expect("a number");
        let found = scored.get(&id).unwrap_or_else(|| panic!("no score for {id}"));
        for field in ["score", "demo", "hccs"] {
            assert_eq!(found[field], expected[field], "{field} of {id} by {model}");
        }
        compared += 1;
    }
    compared
}

fn v22_is_equal_on_every_row(folder: &Path) {
    assert_eq!(check(folder, ModelName::V22, "V22"), 1600);
}

fn v24_is_equal_on_every_row(folder: &Path) {
    assert_eq!(check(folder, ModelName::V24, "V24"), 1600);
}

fn v28_is_equal_on_every_row(folder: &Path) {
    assert_eq!(check(folder, ModelName::V28, "V28"), 1600);
}

fn e21_is_equal_on_every_row(folder: &Path) {
    assert_eq!(check(folder, ModelName::E21, "E21"), 223);
}

fn addends_sum_to_the_score_on_every_row(folder: &Path) {
    let people = people(folder);
    let thousandths = |value: &Value| -> i64 {
        let text = value.as_str().expect("text").replace('.', "");
        text.parse().expect("three decimals")
    };
    for model in ModelName::ALL {
        let plain = scored(model, &people, false);
        let told = scored(model, &people, true);
        assert_eq!(plain.len(), told.len());
        for (id, one) in &told {
            let addends = one["addends"].as_array().expect("a list");
            let sum: i64 = addends.iter().map(|addend| thousandths(&addend["coefficient"])).sum();
            assert_eq!(sum, thousandths(&one["score"]), "{id} by {model}");
            for field in ["score", "demo", "hccs"] {
                assert_eq!(one[field], plain[id][field], "{field} of {id} by {model}");
            }
        }
    }
}
