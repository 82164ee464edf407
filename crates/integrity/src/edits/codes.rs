//! Are the codes in force on the day of service? Runs when the segments were not checked.

use crate::edits::{Edit, Run};
use crate::place;
use counterfoil_base::{Date, Position};
use counterfoil_claim::{ClaimKind, Line};
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet};

/// A code set with the edit that guards it and its name in sentences.
struct Guard {
    set: CodeSet,
    name: &'static str,
    edit: Edit,
}

macro_rules! guard {
    ($set:ident, $name:literal, $code:literal) => {
        Guard {
            set: CodeSet::$set,
            name: $name,
            edit: Edit {
                code: $code,
                snip: 5,
                cause: "Codes of an external list must be in force on the day of service.",
            },
        }
    };
}

const DIAGNOSIS: Guard = guard!(Icd10Cm, "Diagnosis code", "INT-5-diagnosis-code");
const PROCEDURE: Guard = guard!(Hcpcs, "Procedure code", "INT-5-procedure-code");
const MODIFIER: Guard = guard!(Modifier, "Modifier", "INT-5-modifier");
const PLACE: Guard = guard!(PlaceOfService, "Place of service", "INT-5-place-of-service");
const REVENUE: Guard = guard!(Revenue, "Revenue code", "INT-5-revenue-code");
const BILL_TYPE: Guard = guard!(BillType, "Type of bill", "INT-5-bill-type");
const DISCHARGE: Guard = guard!(PatientStatus, "Discharge status", "INT-5-discharge-status");
const ADMISSION: Guard = guard!(AdmissionType, "Admission type", "INT-5-admission-type");
const SOURCE: Guard = guard!(AdmissionSource, "Point of origin", "INT-5-admission-source");

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    // Inpatient diagnoses follow the discharge, others the first day (ICD-10-CM guidelines).
    let on = match claim.kind {
        ClaimKind::Professional => claim.service_from(),
        ClaimKind::Institutional => claim.service_dates().map(|days| days.to),
    };
    let claim_loop = place::claim_loop(claim);
    for (index, diagnosis) in claim.diagnoses.iter().enumerate() {
        if diagnosis.qualifier.starts_with('A') {
            let mut at = place::of_loop("HI", 0, claim_loop.to_string());
            at.element = u32::try_from(index).unwrap_or(0) % 12 + 1;
            ask(run, &DIAGNOSIS, &diagnosis.code, on, at);
        }
    }
    match claim.kind {
        ClaimKind::Professional => {
            let at = place::of_claim_element(claim, 5, 1);
            ask(run, &PLACE, &claim.bill_type.facility_code, on, at);
        }
        ClaimKind::Institutional => check_institutional(run, on),
    }
    for line in &claim.lines {
        check_line(run, line, line.service_dates().map(|days| days.from).or(on));
    }
}

fn check_institutional(run: &mut Run<'_>, on: Option<Date>) {
    let claim = run.claim;
    let bill_type = format!("{}{}", claim.bill_type.facility_code, claim.bill_type.frequency);
    ask(run, &BILL_TYPE, &bill_type, on, place::of_claim_element(claim, 5, 1));
    if let Some(facts) = &claim.institutional {
        let at = |element| place::of_loop("CL1", element, place::claim_loop(claim).to_string());
        ask(run, &ADMISSION, &facts.admission_type, on, at(1));
        ask(run, &SOURCE, &facts.admission_source, on, at(2));
        ask(run, &DISCHARGE, &facts.discharge_status, on, at(3));
    }
}

fn check_line(run: &mut Run<'_>, line: &Line, on: Option<Date>) {
    let claim = run.claim;
    let element = place::procedure_element(claim);
    if let Some(procedure) = line.procedure.as_ref().filter(|p| p.qualifier == "HC") {
        let at = |component| place::of_line_element(claim, line, element, component);
        ask(run, &PROCEDURE, &procedure.code, on, at(2));
        for (component, modifier) in (3..).zip(&procedure.modifiers) {
            ask(run, &MODIFIER, modifier, on, at(component));
        }
    }
    ask(run, &PLACE, &line.place_of_service, on, place::of_line_element(claim, line, 5, 0));
    ask(run, &REVENUE, &line.revenue_code, on, place::of_line_element(claim, line, 1, 0));
}

/// Asks the tables; an empty code is another edit's business.
fn ask(run: &mut Run<'_>, guard: &Guard, code: &str, on: Option<Date>, at: Position) {
    if code.is_empty() {
        return;
    }
    let shown: String = code.chars().take(10).collect();
    let (said, fix) = match run.tables.lookup(guard.set, code, on) {
        CodeAnswer::Valid | CodeAnswer::NoTable => return,
        CodeAnswer::Unknown => ("is not in the list", "Correct the code."),
        CodeAnswer::NotYetEffective => (
            "is not in force yet on the day of service",
            "Use the code that was in force on that day.",
        ),
        CodeAnswer::Expired => {
            ("is no longer in force on the day of service", "Use the code that replaced it.")
        }
        CodeAnswer::NotBillable => (
            "is a header of more specific codes and cannot be billed",
            "Send the most specific code that the record supports.",
        ),
    };
    run.refuse(&guard.edit, at, format!("{} {shown} {said}.", guard.name), fix);
}
