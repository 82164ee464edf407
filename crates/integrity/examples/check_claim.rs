//! Checks a claim with the built-in edits and a payer's rule pack, and prints what is found.
//!
//! `cargo run --example check_claim -p counterfoil-integrity [FOLDER OF TABLES]`
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_base::{Cents, Units, parse_ccyymmdd};
use counterfoil_claim::{Claim, ClaimDate, Diagnosis, Line, Procedure};
use counterfoil_integrity::{
    CleanClaimConfig, CleanClaimEngine, NoHistory, RulePack, Tables, answer_claim,
};
use std::error::Error;

const PACK: &[u8] =
    include_bytes!("../../../data/rulepacks/counterfoil-demo-payer/2026.1/pack.toml");
const MANIFEST: &str =
    include_str!("../../../data/rulepacks/counterfoil-demo-payer/2026.1/manifest.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let mut tables = Tables::builtin();
    if let Some(folder) = std::env::args().nth(1) {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
            match tables.add_file(&name, &std::fs::read(&path)?) {
                Ok(report) => println!("{name}: {} rows of {}", report.rows, report.table),
                Err(finding) => println!("{}: {}", finding.severity.word(), finding.message),
            }
        }
    }
    for sentence in tables.missing_checks() {
        println!("not checked: {sentence}");
    }
    let pack = RulePack::load(PACK, MANIFEST)
        .map_err(|findings| findings.into_iter().map(|f| f.message).collect::<String>())?;
    let engine = CleanClaimEngine::new(tables, vec![pack], CleanClaimConfig::default());

    let claim = claim_with_errors();
    let received_on = parse_ccyymmdd(b"20250801");
    let findings = engine.check_claim(&claim, &NoHistory, received_on);
    for finding in &findings {
        let (severity, code) = (finding.severity.word(), &finding.code);
        println!("\n{severity} {code} (SNIP {}): {}", finding.snip, finding.message);
        println!("  why: {}\n  fix: {}", finding.cause, finding.fix);
    }
    let answer = answer_claim(&claim, &findings, "PAYER-1");
    println!("\n277CA: {:?}", answer.statuses);
    Ok(())
}

/// A claim with a header diagnosis, a wrong NPI, a wrong total and two wellness visits.
fn claim_with_errors() -> Claim {
    let line = |number: u32, code: &str| Line {
        number,
        procedure: Some(Procedure {
            qualifier: "HC".into(),
            code: code.into(),
            ..Procedure::default()
        }),
        charge_cents: Cents(15_000),
        units: Units::ONE,
        dates: vec![ClaimDate {
            qualifier: "472".into(),
            format: "D8".into(),
            value: "20250715".into(),
        }],
        ..Line::default()
    };
    let mut claim = Claim {
        charge_cents: Cents(25_000),
        diagnoses: vec![Diagnosis {
            qualifier: "ABK".into(),
            code: "E11".into(),
            ..Diagnosis::default()
        }],
        lines: vec![line(1, "G0438"), line(2, "G0439")],
        ..Claim::default()
    };
    claim.payer.id = "FOX01".into();
    claim.bill_type.facility_code = "11".into();
    claim.bill_type.frequency = "1".into();
    claim.billing_provider.id_qualifier = "XX".into();
    claim.billing_provider.id = "1234567890".into();
    claim
}
