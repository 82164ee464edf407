//! Opens the score of one person down to its addends.
//!
//! `cargo run -p counterfoil-risk --example explain_one`
#![allow(clippy::disallowed_macros, reason = "an example prints")]

use counterfoil_risk::{
    DiagnosisCode, Dual, Entitlement, ModelName, Person, RiskModel, Sex, TableError,
};

fn main() -> Result<(), TableError> {
    let model = RiskModel::load(ModelName::V28)?;
    let person = Person {
        age_years: 78,
        sex: Sex::Female,
        original_entitlement: Entitlement::Disability,
        current_entitlement: Entitlement::Age,
        dual: Dual::None,
        is_new_enrollee: false,
        in_special_needs_plan: false,
        is_long_term_institutional: false,
        graft_months: None,
    };
    let diagnoses: Vec<DiagnosisCode> = ["E11.22", "E11.9", "I50.9", "N18.4"]
        .into_iter()
        .filter_map(DiagnosisCode::parse)
        .collect();
    let Some(told) = model.explain(&person, &diagnoses) else { return Ok(()) };
    for addend in &told.addends {
        println!("{:>8}  {}_{}", addend.coefficient, told.score.segment.word(), addend.variable);
    }
    println!("{:>8}  raw score by {}", told.score.raw, model.name());
    for dropped in &told.dropped {
        println!("HCC{} dropped by {:?}", dropped.category, dropped.by);
    }
    Ok(())
}
