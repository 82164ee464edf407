//! Loops 2300 to 2440 of one claim.

use super::own_carried;
use crate::carried::{CARRIED_COMPONENT, CarriedSegment};
use crate::model::{
    AdjudicatedLine, Attachment, Claim, ClaimKind, CodedValue, Diagnosis, Line, OtherPayer, Party,
    Subscriber,
};
use crate::write::parts::procedure_components;
use crate::write::{Draft, Sink, WriteError};
use counterfoil_base::Text;

/// An HI segment holds twelve values.
const VALUES_PER_HI: usize = 12;

/// One claim with its other payers and lines.
pub(super) fn write_claim(
    draft: &mut Draft,
    claim: &Claim,
    sink: Sink<'_>,
) -> Result<(), WriteError> {
    draft.open("2300");
    draft.limit("related causes", claim.related_causes.len(), 3);
    draft.claim_information(claim);
    draft.dates(&claim.dates);
    if let Some(facts) = &claim.institutional {
        draft
            .segment("CL1")
            .text(&facts.admission_type)
            .text(&facts.admission_source)
            .text(&facts.discharge_status)
            .end();
    }
    draft.attachments(&claim.attachments);
    draft.amounts(&claim.amounts);
    draft.references(&claim.references);
    draft.diagnoses(claim);
    draft.coded_values(claim);
    for provider in &claim.providers {
        draft.open(claim_provider_loop(claim.kind, &provider.entity));
        draft.party(provider);
    }
    draft.flush(own_carried(claim), sink)?;
    for other in &claim.other_payers {
        draft.other_payer(claim.kind, other);
        draft.flush(other.carried.iter(), sink)?;
    }
    for line in &claim.lines {
        draft.line(claim.kind, line);
        draft.flush(line.carried.iter(), sink)?;
    }
    Ok(())
}

impl Draft {
    fn claim_information(&mut self, claim: &Claim) {
        let bill_type = &claim.bill_type;
        let cause = |n: usize| claim.related_causes.get(n).map_or("", Text::as_str);
        self.segment("CLM")
            .text(&claim.patient_control_number)
            .cents(claim.charge_cents)
            .skip(2)
            .composite([
                bill_type.facility_code.as_str(),
                &bill_type.qualifier,
                &bill_type.frequency,
            ])
            .text(&claim.provider_signature)
            .text(&claim.assignment_participation)
            .text(&claim.benefits_assignment)
            .text(&claim.release_of_information)
            .text(&claim.patient_signature)
            .composite([
                cause(0),
                cause(1),
                cause(2),
                &claim.accident_state,
                &claim.accident_country,
            ])
            .text(&claim.special_program)
            .skip(7)
            .text(&claim.delay_reason)
            .end();
    }

    /// SBR.
    pub(super) fn subscriber_information(&mut self, subscriber: &Subscriber) {
        self.segment("SBR")
            .text(&subscriber.payer_responsibility)
            .text(&subscriber.relationship)
            .text(&subscriber.group_number)
            .text(&subscriber.group_name)
            .text(&subscriber.insurance_type)
            .skip(3)
            .text(&subscriber.filing_indicator)
            .end();
    }

    fn attachments(&mut self, attachments: &[Attachment]) {
        for (index, attachment) in attachments.iter().enumerate() {
            let control = attachment.control_number.as_str();
            self.item_segment("PWK", index)
                .text(&attachment.report_type)
                .text(&attachment.transmission)
                .skip(2)
                .usual(if control.is_empty() { "" } else { "AC" })
                .text(control)
                .end();
        }
    }

    fn diagnoses(&mut self, claim: &Claim) {
        let numbered: Vec<(usize, &Diagnosis)> = claim.diagnoses.iter().enumerate().collect();
        let shares = |left: &(usize, &Diagnosis), right: &(usize, &Diagnosis)| {
            let left = hi_group(claim.kind, &left.1.qualifier);
            left == hi_group(claim.kind, &right.1.qualifier) && !stands_alone(claim.kind, left)
        };
        for run in numbered.chunk_by(shares) {
            for values in run.chunks(VALUES_PER_HI) {
                let mut segment = self.nth_segment("HI", 0);
                for (index, diagnosis) in values {
                    let mut parts = [""; 9];
                    parts[0] = &diagnosis.qualifier;
                    parts[1] = &diagnosis.code;
                    parts[8] = &diagnosis.present_on_admission;
                    segment = match carried_diagnosis(claim, index + 1) {
                        Some(rest) => segment.composite(filled(&parts, rest)),
                        None => segment.composite(parts),
                    };
                }
                segment.end();
            }
        }
    }

    fn coded_values(&mut self, claim: &Claim) {
        let shares = |left: &CodedValue, right: &CodedValue| {
            let left = hi_group(claim.kind, &left.qualifier);
            left == hi_group(claim.kind, &right.qualifier) && !stands_alone(claim.kind, left)
        };
        for run in claim.coded_values.chunk_by(shares) {
            for values in run.chunks(VALUES_PER_HI) {
                let mut segment = self.segment("HI");
                for value in values {
                    let amount = value.amount_cents.map(|cents| cents.to_x12());
                    segment = segment.composite([
                        value.qualifier.as_str(),
                        &value.code,
                        &value.date_format,
                        &value.date,
                        amount.as_deref().unwrap_or(""),
                    ]);
                }
                segment.end();
            }
        }
    }

    fn other_payer(&mut self, kind: ClaimKind, other: &OtherPayer) {
        self.open("2320");
        self.subscriber_information(&other.subscriber);
        self.adjustments(&other.adjustments);
        self.amounts(&other.amounts);
        self.segment("OI")
            .skip(2)
            .text(&other.benefits_assignment)
            .text(&other.patient_signature)
            .empty()
            .text(&other.release_of_information)
            .end();
        self.open("2330A");
        self.person("IL", &other.subscriber.person);
        self.open("2330B");
        self.party_name(&other.payer, 0);
        self.provider_information(&other.payer);
        self.address(other.payer.address.as_ref());
        self.dates(&other.dates);
        self.party_details(&Party { address: None, ..other.payer.clone() });
        for provider in &other.providers {
            self.open(other_payer_provider_loop(kind, &provider.entity));
            self.party(provider);
        }
    }

    fn line(&mut self, kind: ClaimKind, line: &Line) {
        self.open("2400");
        self.procedure_limit(line.procedure.as_ref());
        self.segment("LX").text(&line.number.to_string()).end();
        match line.service_kind.unwrap_or(kind) {
            ClaimKind::Professional => self.professional_service(line),
            ClaimKind::Institutional => self.institutional_service(line),
        }
        self.attachments(&line.attachments);
        self.dates(&line.dates);
        self.references(&line.references);
        self.amounts(&line.amounts);
        if let Some(drug) = &line.drug {
            self.open("2410");
            self.segment("LIN").empty().text(&drug.qualifier).text(&drug.code).end();
            let unit = drug.unit.as_str();
            self.segment("CTP").skip(3).units(drug.quantity).composite([unit]).end();
        }
        for provider in &line.providers {
            self.open(line_provider_loop(kind, &provider.entity));
            self.party(provider);
        }
        for adjudication in &line.adjudications {
            self.adjudication(adjudication);
        }
    }

    fn professional_service(&mut self, line: &Line) {
        if is_without_service(line) {
            return;
        }
        self.limit("diagnosis pointers", line.diagnosis_pointers.len(), 4);
        let pointers: Vec<String> = line.diagnosis_pointers.iter().map(u8::to_string).collect();
        self.segment("SV1")
            .composite(procedure_components(line.procedure.as_ref()))
            .cents(line.charge_cents)
            .text(&line.unit_basis)
            .units(stated_units(line))
            .text(&line.place_of_service)
            .empty()
            .composite(pointers.iter().map(String::as_str))
            .empty()
            .text(&line.emergency)
            .empty()
            .text(&line.early_screening)
            .text(&line.family_planning)
            .skip(2)
            .text(&line.copay_status)
            .end();
    }

    fn institutional_service(&mut self, line: &Line) {
        if is_without_service(line) {
            return;
        }
        self.segment("SV2")
            .text(&line.revenue_code)
            .composite(procedure_components(line.procedure.as_ref()))
            .cents(line.charge_cents)
            .text(&line.unit_basis)
            .units(stated_units(line))
            .empty()
            .optional_cents(line.non_covered_cents)
            .end();
    }

    fn adjudication(&mut self, adjudication: &AdjudicatedLine) {
        self.open("2430");
        self.procedure_limit(adjudication.procedure.as_ref());
        self.segment("SVD")
            .text(&adjudication.payer_id)
            .cents(adjudication.paid_cents)
            .composite(procedure_components(adjudication.procedure.as_ref()))
            .text(&adjudication.revenue_code)
            .units(adjudication.paid_units)
            .text(&adjudication.bundled_line)
            .end();
        self.adjustments(&adjudication.adjustments);
        self.dates(&adjudication.dates);
        self.amounts(&adjudication.amounts);
    }
}

/// A line that names no service, charge or units has no service segment.
fn is_without_service(line: &Line) -> bool {
    line.procedure.is_none()
        && line.revenue_code.is_empty()
        && line.charge_cents.is_zero()
        && stated_units(line).is_none()
}

/// The units, unless the line states neither a basis nor a number.
fn stated_units(line: &Line) -> Option<counterfoil_base::Units> {
    let is_stated = !line.units.is_zero() || !line.unit_basis.is_empty();
    is_stated.then_some(line.units)
}

/// What a diagnosis has beyond qualifier, code and present on admission.
fn carried_diagnosis(claim: &Claim, position: usize) -> Option<&CarriedSegment> {
    if claim.carried.is_empty() {
        return None;
    }
    let is_it = |item: &&CarriedSegment| {
        usize::from(item.segment_occurrence) == position
            && item.loop_id == "2300"
            && item.segment_id() == "HI"
    };
    claim.carried.iter().find(is_it)
}

/// The parts, with empty ones filled from a carried composite.
fn filled<'v>(parts: &[&'v str], carried: &'v CarriedSegment) -> Vec<&'v str> {
    let mut filled = parts.to_vec();
    let composite = carried.elements().next().unwrap_or("");
    for (index, component) in composite.split(CARRIED_COMPONENT).enumerate() {
        if filled.len() <= index {
            filled.resize(index + 1, "");
        }
        if filled[index].is_empty() {
            filled[index] = component;
        }
    }
    filled
}

/// HI values that share a segment: in the 837P all diagnoses and the two anesthesia
/// procedures, else those with one qualifier.
fn hi_group(kind: ClaimKind, qualifier: &str) -> &str {
    match (kind, qualifier) {
        (ClaimKind::Professional, "ABK" | "ABF" | "BK" | "BF") => "diagnosis",
        (ClaimKind::Professional, "BP" | "BO") => "anesthesia",
        (_, qualifier) => qualifier,
    }
}

/// In the 837I principal values have an HI segment each (005010X223A2, loop 2300).
fn stands_alone(kind: ClaimKind, group: &str) -> bool {
    kind == ClaimKind::Institutional
        && matches!(group, "ABK" | "BK" | "ABJ" | "BJ" | "BBR" | "BR" | "DR")
}

/// Loop 2310 of a provider role.
fn claim_provider_loop(kind: ClaimKind, entity: &str) -> &'static str {
    match (kind, entity) {
        (ClaimKind::Professional, "DN" | "P3") | (ClaimKind::Institutional, "71") => "2310A",
        (ClaimKind::Professional, "82") | (ClaimKind::Institutional, "72") => "2310B",
        (ClaimKind::Professional, "77") | (ClaimKind::Institutional, "ZZ") => "2310C",
        (ClaimKind::Professional, "DQ") | (ClaimKind::Institutional, "82") => "2310D",
        (ClaimKind::Professional, "PW") | (ClaimKind::Institutional, "77") => "2310E",
        _ => "2310F",
    }
}

/// Loop 2330 of a provider role of another payer.
fn other_payer_provider_loop(kind: ClaimKind, entity: &str) -> &'static str {
    match (kind, entity) {
        (ClaimKind::Professional, "DN" | "P3") | (ClaimKind::Institutional, "71") => "2330C",
        (ClaimKind::Professional, "82") | (ClaimKind::Institutional, "72") => "2330D",
        (ClaimKind::Professional, "77") | (ClaimKind::Institutional, "ZZ") => "2330E",
        (ClaimKind::Professional, "DQ") | (ClaimKind::Institutional, "77") => "2330F",
        (ClaimKind::Professional, _) | (ClaimKind::Institutional, "82") => "2330G",
        (ClaimKind::Institutional, "DN") => "2330H",
        (ClaimKind::Institutional, _) => "2330I",
    }
}

/// Loop 2420 of a provider role.
fn line_provider_loop(kind: ClaimKind, entity: &str) -> &'static str {
    match (kind, entity) {
        (ClaimKind::Professional, "82") | (ClaimKind::Institutional, "72") => "2420A",
        (ClaimKind::Professional, "QB") | (ClaimKind::Institutional, "ZZ") => "2420B",
        (ClaimKind::Professional, "77") | (ClaimKind::Institutional, "82") => "2420C",
        (ClaimKind::Professional, "DQ") | (ClaimKind::Institutional, _) => "2420D",
        (ClaimKind::Professional, "DK") => "2420E",
        (ClaimKind::Professional, "DN" | "P3") => "2420F",
        (ClaimKind::Professional, "PW") => "2420G",
        (ClaimKind::Professional, _) => "2420H",
    }
}
