//! The decision as the 835 reports it, and the reversal of an earlier report.

use crate::decision::{Decision, DecisionState, LineDecision};
use counterfoil_base::{DateRange, Decimal, Phi, Text, format_ccyymmdd};
use counterfoil_claim::{
    Amount, Claim, ClaimDate, ClaimKind, Line, Person, Procedure, Reference, RemittanceClaim,
    RemittanceLine, RemittancePerson,
};

/// The claim of an 835 (2100 and 2110) for a decision; nothing for claims that are pended,
/// rejected or voided, which an 835 does not report as new.
///
/// CLP02 is `4` only when the patient could not be identified; every other denial is reported
/// as processed with nothing paid (005010X221A1, CLP02). Amounts and dates of lines, line
/// control numbers (REF 6R) and allowed amounts (AMT B6) come along.
#[must_use]
pub fn remittance_claim(claim: &Claim, decision: &Decision) -> Option<RemittanceClaim> {
    if !matches!(decision.state, DecisionState::Approved | DecisionState::Denied) {
        return None;
    }
    let status = match (decision.patient_identified, decision.is_secondary) {
        (false, _) => "4",
        (true, true) if claim.subscriber.payer_responsibility == "T" => "3",
        (true, true) => "2",
        (true, false) => "1",
    };
    let own_patient = claim.patient.is_some();
    let mut remittance = RemittanceClaim {
        patient_control_number: claim.patient_control_number.clone(),
        status_code: Text::const_new(status),
        charge_cents: decision.charge_cents,
        paid_cents: decision.paid_cents,
        patient_responsibility_cents: decision.patient.total(),
        filing_indicator: filing_indicator(&claim.subscriber.filing_indicator),
        payer_claim_control_number: decision.claim_control_number.clone(),
        facility_code: claim.bill_type.facility_code.clone(),
        frequency: claim.bill_type.frequency.clone(),
        patient: remittance_person(claim.patient_person(), "QC"),
        insured: own_patient.then(|| remittance_person(&claim.subscriber.person, "IL")),
        dates: statement_dates(claim),
        ..RemittanceClaim::default()
    };
    if let Some(drg) = &decision.drg {
        remittance.drg = drg.code.clone();
        remittance.drg_weight = Some(drg.weight);
    }
    claim_amounts(decision, &mut remittance);
    let lines = claim.lines.iter().zip(&decision.lines);
    remittance.lines = lines.map(|(line, decided)| remittance_line(claim, line, decided)).collect();
    Some(remittance)
}

/// CLP06 of 005010X221A1 repeats SBR09 of the claim, whose code list is longer: `11`, `BL`, `CI`
/// and `FI` have no place in the remittance and become `ZZ`, the type of insurance not known.
fn filing_indicator(of_claim: &Text) -> Text {
    const REMITTANCE_CODES: [&str; 19] = [
        "12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF",
        "TV", "VA", "WC", "ZZ",
    ];
    let is_known = REMITTANCE_CODES.contains(&of_claim.as_str());
    if is_known { of_claim.clone() } else { Text::const_new("ZZ") }
}

/// AMT AU is the coverage amount; AMT I comes with the interest that a late payment owes.
fn claim_amounts(decision: &Decision, remittance: &mut RemittanceClaim) {
    if !decision.allowed_cents.is_zero() {
        let qualifier = Text::const_new("AU");
        remittance.amounts.push(Amount { qualifier, amount_cents: decision.allowed_cents });
    }
}

fn remittance_line(claim: &Claim, line: &Line, decided: &LineDecision) -> RemittanceLine {
    let revenue = &line.revenue_code;
    let revenue_procedure = || Procedure {
        qualifier: Text::const_new("NU"),
        code: revenue.clone(),
        ..Procedure::default()
    };
    let control_number = match line.control_number() {
        Some(number) => Text::new(number),
        None => Text::from(line.number.to_string()),
    };
    let allowed = Amount { qualifier: Text::const_new("B6"), amount_cents: decided.allowed_cents };
    let range = line.service_dates().or_else(|| claim.service_dates());
    RemittanceLine {
        procedure: line.procedure.clone().unwrap_or_else(revenue_procedure),
        charge_cents: decided.charge_cents,
        paid_cents: decided.paid_cents,
        revenue_code: if line.procedure.is_some() { revenue.clone() } else { Text::default() },
        paid_units: (line.units != Decimal::ONE).then_some(line.units),
        dates: range.map_or_else(Vec::new, |range| dates(range, ["472", "150", "151"])),
        adjustments: decided.adjustments.clone(),
        references: vec![Reference { qualifier: Text::const_new("6R"), value: control_number }],
        amounts: if decided.allowed_cents.is_zero() { Vec::new() } else { vec![allowed] },
        remark_codes: decided.remark_codes.clone(),
        ..RemittanceLine::default()
    }
}

/// One day, or first and last day, under their qualifiers.
fn dates(range: DateRange, qualifiers: [&'static str; 3]) -> Vec<ClaimDate> {
    let date = |qualifier: &'static str, day| ClaimDate {
        qualifier: Text::const_new(qualifier),
        format: Text::const_new("D8"),
        value: Text::from(format_ccyymmdd(day)),
    };
    let [single, first, last] = qualifiers;
    if range.from == range.to && !single.is_empty() {
        return vec![date(single, range.from)];
    }
    vec![date(first, range.from), date(last, range.to)]
}

/// DTM 232 and 233, which institutional claims state.
fn statement_dates(claim: &Claim) -> Vec<ClaimDate> {
    match claim.service_dates() {
        Some(range) if claim.kind == ClaimKind::Institutional => dates(range, ["", "232", "233"]),
        _ => Vec::new(),
    }
}

fn remittance_person(person: &Person, entity: &'static str) -> RemittancePerson {
    let kept = |value: &Phi<Text>| Phi::new(value.expose().clone());
    let has_id = !person.id.expose().is_empty();
    RemittancePerson {
        entity: Text::const_new(entity),
        entity_type: Text::const_new("1"),
        last_name: kept(&person.last_name),
        first_name: kept(&person.first_name),
        middle_name: kept(&person.middle_name),
        suffix: kept(&person.suffix),
        id_qualifier: if has_id { Text::const_new("MI") } else { Text::default() },
        id: kept(&person.id),
    }
}
