//! Edits, pricing, benefits and the 835's claim loop, in memory: claims per CPU-second.
//!
//! `cargo bench -p counterfoil-operations --bench adjudication -- [CLAIMS]` generates the claims
//! (50,000 when no number is given) and reads them before the clock starts. Generated data.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark measures time and prints it"
)]

mod common;

use common::{cpu_hundredths, payer, report, world, world_month, write_claims};
use counterfoil_adjudicate::{
    Accumulators, Edit, EditAction, Payer, Request, adjudicate, remittance_claim,
};
use counterfoil_integrity::{FileHistory, NoHistory};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims};
use counterfoil_operations::payer::edit_action;
use counterfoil_x12::Profile;
use std::fs::File;
use std::time::Instant;

fn main() {
    let claims = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = world(claims);
    let file = folder.path().join("claims.837");
    write_claims(&world, &file);
    let megabytes = std::fs::metadata(&file).expect("the file is there").len() / 1_000_000;
    let (rates, members, _, engine) = payer(&world);
    let on = counterfoil_base::add_days(world_month(), 33).expect("a day of the calendar");
    let options = IntakeOptions {
        engine: engine.clone(),
        profile: Profile::Lenient,
        keeps_segments: false,
        rejected_sets: Vec::new(),
        day: on,
        acknowledgement_number: 1,
        claims_before: 0,
    };
    let mut received = Vec::new();
    let (began, cpu) = (Instant::now(), cpu_hundredths());
    read_claims::<_, OperationsError>(File::open(&file).expect("open"), options, |items, _| {
        received.extend(items.into_iter().filter_map(|item| match item {
            IntakeItem::Claim(claim) => Some(claim),
            _ => None,
        }));
        Ok(())
    })
    .expect("the file reads");
    report("read and checked", claims, megabytes, began, cpu);
    let mut accumulators = Accumulators::default();
    let mut history = FileHistory::over(&NoHistory);
    let (mut approved, mut paid) = (0u32, counterfoil_base::Cents::ZERO);
    let (began, cpu) = (Instant::now(), cpu_hundredths());
    for one in &received {
        let read = one.findings.clone();
        let findings = engine.check_read_claim(&one.claim, read, &history, Some(on));
        history.record(&one.claim);
        let edits: Vec<Edit<'_>> = findings
            .iter()
            .map(|finding| Edit { finding, action: edit_action(&engine, finding) })
            .filter(|edit| edit.action != EditAction::Note)
            .collect();
        let payer = Payer { rates: &rates, members: &members, accumulators: &accumulators };
        let request = Request {
            claim: &one.claim,
            claim_control_number: &one.claim.patient_control_number,
            received_on: on,
            edits: &edits,
            prior: None,
        };
        let decision = adjudicate(payer, &request);
        accumulators.apply(&decision.accumulator_changes);
        if let Some(claim) = remittance_claim(&one.claim, &decision) {
            approved += 1;
            paid += claim.paid_cents;
        }
    }
    report("edits to 835 loop", claims, megabytes, began, cpu);
    println!("  {approved} of {} claims in the 835, {paid} paid", received.len());
}
