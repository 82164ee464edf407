//! Edits over the claim as a whole.

use crate::edits::{Edit, Run};
use crate::place;
use counterfoil_base::Cents;
use counterfoil_claim::{ClaimKind, FrequencyCode, Party};

const EARLIER_NUMBER: Edit = Edit {
    code: "INT-4-earlier-claim-number",
    snip: 4,
    cause: "A replacement or void (frequency 7, 8) names the claim it corrects in REF F8 \
            (005010X222A1 and 005010X223A2, loop 2300).",
};
const BALANCE: Edit = Edit {
    code: "INT-3-claim-charge-balance",
    snip: 3,
    cause: "The total charge (CLM02) is the sum of the line charges.",
};
const POINTER: Edit = Edit {
    code: "INT-4-diagnosis-pointer",
    snip: 4,
    cause: "A line points to diagnoses of its own claim, counted from 1.",
};
const NO_LINES: Edit = Edit {
    code: "INT-2-service-line-missing",
    snip: 2,
    cause: "A claim bills at least one service line (loop 2400).",
};
const STILL_PATIENT: Edit = Edit {
    code: "INT-4-still-patient",
    snip: 4,
    cause: "Discharge status 30 (still a patient) fits interim bills only, and an interim bill \
            that is not the last fits no other (CMS Claims Processing Manual, chapter 25).",
};
const ZIP_STATE: Edit = Edit {
    code: "INT-5-zip-in-state",
    snip: 5,
    cause: "The first three digits of a ZIP code belong to a state.",
};

/// Checks that the guide engine makes on segments, for claims that did not come from X12.
pub(super) fn check_model(run: &mut Run<'_>) {
    let claim = run.claim;
    if claim.lines.is_empty() {
        let message = "The claim has no service line.".to_string();
        run.refuse(&NO_LINES, place::of_claim(claim), message, "Add the services.");
        return;
    }
    let corrects = claim.frequency() != FrequencyCode::Original;
    if corrects && claim.payer_claim_control_number().is_none_or(str::is_empty) {
        run.refuse(
            &EARLIER_NUMBER,
            place::of_claim_element(claim, 5, 3),
            "A replacement or void does not name the claim it corrects.".to_string(),
            "Send the payer's claim control number in REF F8.",
        );
    }
    let add = |sum: Cents, line: &counterfoil_claim::Line| sum.checked_add(line.charge_cents);
    let total = claim.lines.iter().try_fold(Cents::ZERO, add);
    if total != Some(claim.charge_cents) {
        let lines = total.map_or("beyond any amount".to_string(), |total| total.to_string());
        let message =
            format!("The claim charges {}, its lines charge {lines}.", claim.charge_cents);
        let at = place::of_claim_element(claim, 2, 0);
        run.refuse(&BALANCE, at, message, "Correct the total or the line that differs.");
    }
    check_pointers(run);
}

fn check_pointers(run: &mut Run<'_>) {
    let claim = run.claim;
    if claim.kind != ClaimKind::Professional {
        return;
    }
    let pointable = |qualifier: &str| matches!(qualifier, "ABK" | "ABF" | "BK" | "BF");
    let count = claim.diagnoses.iter().filter(|d| pointable(&d.qualifier)).count();
    for line in &claim.lines {
        let beyond = |pointer: &&u8| **pointer == 0 || usize::from(**pointer) > count;
        if let Some(pointer) = line.diagnosis_pointers.iter().find(beyond) {
            let message = format!(
                "A diagnosis pointer is {pointer} and the claim has {count} diagnoses to point to."
            );
            let at = place::of_line_element(claim, line, 7, 0);
            run.refuse(&POINTER, at, message, "Point to a diagnosis of the claim.");
        }
    }
}

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    check_discharge(run);
    check_zip(run, &claim.billing_provider, "billing provider", "2000A/2010AA");
    let patient = claim.patient_person().address.as_ref();
    if let Some(address) = patient
        && run.tables.zip_is_in_state(&address.postal_code, &address.state) == Some(false)
    {
        let path =
            if claim.patient.is_some() { "2000A/2000B/2000C/2010CA" } else { "2000A/2000B/2010BA" };
        warn_of_zip(run, "patient", path);
    }
    for provider in claim.providers.iter().filter(|provider| provider.entity == "77") {
        let path = format!("{}/2310", place::claim_loop(claim));
        check_zip(run, provider, "service facility", &path);
    }
}

fn check_zip(run: &mut Run<'_>, party: &Party, whose: &str, loop_path: &str) {
    let Some(address) = &party.address else { return };
    if run.tables.zip_is_in_state(&address.postal_code, &address.state) == Some(false) {
        warn_of_zip(run, whose, loop_path);
    }
}

/// A warning: post offices now and then deliver across a state line.
fn warn_of_zip(run: &mut Run<'_>, whose: &str, loop_path: &str) {
    let message = format!("The ZIP code of the {whose} does not lie in the state of the address.");
    let at = place::of_loop("N4", 3, loop_path.to_string());
    run.warn(&ZIP_STATE, at, message, "Correct the state or the ZIP code.");
    // Status code 500 (postal code) needs the entity it speaks of.
    let entity = match whose {
        "billing provider" => "85",
        "patient" => "QC",
        _ => "77",
    };
    if let Some(finding) = run.findings.last_mut() {
        finding.acknowledgement.status_entity = Some(entity);
    }
}

/// Interim bills that are not the last (2 first, 3 continuing) keep the patient; 1 and 4 end it.
fn check_discharge(run: &mut Run<'_>) {
    let claim = run.claim;
    let Some(facts) = claim.institutional.as_ref() else { return };
    let inpatient = matches!(claim.bill_type.facility_code.as_str(), "11" | "18" | "21" | "41");
    if !inpatient || facts.discharge_status.is_empty() {
        return;
    }
    let still_patient = facts.discharge_status == "30";
    let message = match claim.bill_type.frequency.as_str() {
        "1" | "4" if still_patient => "The stay has ended and the patient is said to be still in.",
        "2" | "3" if !still_patient => {
            "The stay goes on after this bill and the patient is said to have left."
        }
        _ => return,
    };
    let at = place::of_loop("CL1", 3, place::claim_loop(claim).to_string());
    let fix = "Correct the discharge status (CL103) or the frequency (CLM05-3).";
    run.refuse(&STILL_PATIENT, at, message.to_string(), fix);
}
