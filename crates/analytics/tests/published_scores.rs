//! Scores of the lake against results computed by others: each person of the published file
//! becomes a span of coverage and claims, and the tables find the diagnoses and the score again.

mod common;

use common::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

counterfoil_samples::run_over!("data/hcc", scores_from_claims_are_those_of_the_oracle);

/// What a lake can say of a person: no special needs plan and no transplant.
fn is_told_by_claims(person: &Value) -> bool {
    person["snp"] != Value::Bool(true) && person["graft_months"].is_null()
}

fn code(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Coverage of 2025: all of it, or a month of a new enrollee; the age is that of February 2026.
fn span(person: &Value) -> String {
    let birth_year = 2026 - person["age"].as_i64().expect("age");
    let months = if person["new_enrollee"] == Value::Bool(true) { "01-31" } else { "12-31" };
    let sex = if code(&person["sex"]) == "F" { "female" } else { "male" };
    let status = match code(&person["crec"]).as_str() {
        "0" => "10",
        "1" => "20",
        "2" => "11",
        _ => "21",
    };
    let dual = Some(code(&person["dual_elgbl_cd"])).filter(|dual| dual != "NA").unwrap_or_default();
    let institution = if person["lti"] == Value::Bool(true) { "1" } else { "0" };
    format!(
        "{},s,{sex},{birth_year}-01-15,2025-01-01,2025-{months},{},{status},{dual},{institution}\n",
        person["id"],
        code(&person["orec"])
    )
}

/// Claims with up to 25 diagnoses each.
fn claims(person: &Value, text: &mut String) {
    let diagnoses: Vec<&str> =
        person["dx"].as_array().expect("dx").iter().filter_map(Value::as_str).collect();
    for (number, part) in diagnoses.chunks(25).enumerate() {
        let id = &person["id"];
        let mut cells = part.to_vec();
        cells.resize(25, "");
        writeln!(
            text,
            "{id}-{number},1,professional,{id},s,2025-05-01,11,99213,{}",
            cells.join(",")
        )
        .expect("text");
    }
}

fn scores_from_claims_are_those_of_the_oracle(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("oracle_dev_2000.jsonl")).expect("there");
    let people: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut spans = "person_id,data_source,gender,birth_date,enrollment_start_date,\
                     enrollment_end_date,original_reason_entitlement_code,medicare_status_code,\
                     dual_status_code,long_term_institutional_flag\n"
        .to_owned();
    let mut lines = "claim_id,claim_line_number,claim_type,person_id,data_source,\
                     claim_start_date,place_of_service_code,hcpcs_code"
        .to_owned();
    for number in 1..=25 {
        write!(lines, ",diagnosis_code_{number}").expect("text");
    }
    lines.push('\n');
    let told: Vec<&Value> = people.iter().filter(|person| is_told_by_claims(person)).collect();
    assert!(told.len() > 1000, "most people can be told: {}", told.len());
    for person in &told {
        spans.push_str(&span(person));
        claims(person, &mut lines);
    }
    let world = World::new();
    assert_eq!(world.import("eligibility.csv", spans).record.expect("loaded").aside, 0);
    assert_eq!(world.import("medical_claim.csv", lines).record.expect("loaded").aside, 0);
    world.build();
    for model in ["v22", "v24", "v28"] {
        let rows = world.ask(&format!(
            "select person_id, score, categories from risk_score where model = '{model}' \
             and payment_year = 2026"
        ));
        let found: BTreeMap<&str, &str> =
            rows.iter().filter_map(|row| row.split_once(',')).collect();
        let (mut wrong, mut compared) = (Vec::new(), 0);
        for person in &told {
            // People with end-stage renal disease have results by other models.
            let Some(expect) = person["expect"].get(model.to_uppercase()) else { continue };
            compared += 1;
            let numbers = expect["hccs"].as_array().expect("hccs").iter().map(code);
            let score = expect["score"].as_str().expect("score");
            let wanted = format!("{score}000,{}", numbers.collect::<Vec<_>>().join(" "));
            let id = person["id"].to_string();
            if found.get(id.as_str()).copied() != Some(wanted.as_str()) {
                wrong.push((id.clone(), wanted, found.get(id.as_str()).copied()));
            }
        }
        assert!(compared > 1000, "{model}: {compared}");
        assert!(wrong.is_empty(), "{model}: {} of {compared}, {:?}", wrong.len(), wrong.first());
    }
}
