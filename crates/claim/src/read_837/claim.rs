//! Loop 2300: the claim itself.

use super::ClaimBuilder;
use crate::model::{Attachment, BillType, CodedValue, Diagnosis, InstitutionalFacts};
use crate::read::parts::next_position;
use crate::read::{Named, Reading, Scope, Unread};
use counterfoil_x12::Located;

const CLM: Named =
    Named::simple(&[1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 20]).composites(&[(5, 3), (11, 5)]);
const CL1: Named = Named::simple(&[1, 2, 3]);
/// PWK05 says that PWK06 is an attachment control number (AC).
const PWK: Named = Named::simple(&[1, 2, 6]).usual(&[(5, b"AC")]);

/// HI qualifiers of diagnoses (code list qualifier, element 1270), ICD-10 and ICD-9.
pub(crate) const DIAGNOSIS_QUALIFIERS: [&str; 10] =
    ["ABK", "ABF", "ABJ", "APR", "ABN", "BK", "BF", "BJ", "PR", "BN"];

impl ClaimBuilder<'_> {
    /// A segment of 2300.
    pub(super) fn claim_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let (claim, scope) = (&mut *self.claim, &mut self.scope);
        match at.segment.id_bytes() {
            b"CLM" if claim.source.segment == 0 => self.claim_information(reading, at),
            b"DTP" => reading.date_or_span(at, &mut claim.dates, scope),
            b"REF" => reading.reference(at, &mut claim.references, scope),
            b"AMT" => reading.amount(at, &mut claim.amounts, scope),
            b"HI" => self.health_information(reading, at),
            b"PWK" => attachment(reading, at, &mut claim.attachments, scope),
            b"CL1" if claim.institutional.is_none() => {
                claim.institutional = Some(InstitutionalFacts {
                    admission_type: reading.text(at, 1),
                    admission_source: reading.text(at, 2),
                    discharge_status: reading.text(at, 3),
                });
                reading.carry_rest(at, &CL1, &Unread::default(), (scope, 1));
            }
            _ => reading.carry(at, scope),
        }
    }

    fn claim_information(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let claim = &mut *self.claim;
        let mut unread = Unread::default();
        claim.source.segment = at.file_index;
        claim.source.segment_in_transaction = u64::from(at.transaction_index);
        claim.source.offset = at.offset;
        claim.patient_control_number = reading.text(at, 1);
        claim.charge_cents = reading.cents_or_zero(at, 2, &mut unread);
        claim.bill_type = BillType {
            facility_code: reading.component(at, 5, 1),
            qualifier: reading.component(at, 5, 2),
            frequency: reading.component(at, 5, 3),
        };
        claim.provider_signature = reading.text(at, 6);
        claim.assignment_participation = reading.text(at, 7);
        claim.benefits_assignment = reading.text(at, 8);
        claim.release_of_information = reading.text(at, 9);
        claim.patient_signature = reading.text(at, 10);
        if !at.segment.element(11).is_empty() {
            for component in 1..=3 {
                let cause = reading.component(at, 11, component);
                if !cause.is_empty() {
                    claim.related_causes.push(cause);
                }
            }
            claim.accident_state = reading.component(at, 11, 4);
            claim.accident_country = reading.component(at, 11, 5);
        }
        claim.special_program = reading.text(at, 12);
        claim.delay_reason = reading.text(at, 20);
        reading.carry_rest(at, &CLM, &unread, (&mut self.scope, 1));
    }

    /// HI: diagnoses in their order, every other value in its order.
    fn health_information(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        for element in 1..=at.segment.element_count() {
            let qualifier = at.segment.component(element, 1);
            if at.segment.element(element).is_empty() {
                continue;
            }
            let is_diagnosis = DIAGNOSIS_QUALIFIERS.iter().any(|d| d.as_bytes() == qualifier);
            if is_diagnosis {
                self.diagnosis(reading, at, element);
            } else {
                self.coded_value(reading, at, element);
            }
        }
    }

    fn diagnosis(&mut self, reading: &mut Reading<'_>, at: &Located<'_>, element: usize) {
        let mut diagnosis = Diagnosis::default();
        let mut has_more = at.segment.repetitions(element).nth(1).is_some();
        for (index, bytes) in at.segment.components(element).enumerate() {
            match index {
                0 => diagnosis.qualifier = reading.decode(at, bytes, element),
                1 => diagnosis.code = reading.decode(at, bytes, element),
                8 => diagnosis.present_on_admission = reading.decode(at, bytes, element),
                _ => has_more |= !bytes.is_empty(),
            }
        }
        self.claim.diagnoses.push(diagnosis);
        if has_more {
            let position = next_position(&self.claim.diagnoses) - 1;
            reading.carry_one_element(at, element, (&mut self.scope, position));
        }
    }

    /// A value with more than the model holds, or with an amount that cannot be read, is
    /// carried as an HI segment of its own.
    fn coded_value(&mut self, reading: &mut Reading<'_>, at: &Located<'_>, element: usize) {
        let mut value = CodedValue::default();
        let mut is_whole = at.segment.repetitions(element).nth(1).is_none();
        for (index, bytes) in at.segment.components(element).enumerate() {
            match index {
                0 => value.qualifier = reading.decode(at, bytes, element),
                1 => value.code = reading.decode(at, bytes, element),
                2 => value.date_format = reading.decode(at, bytes, element),
                3 => value.date = reading.decode(at, bytes, element),
                4 => {
                    let amount = reading.cents_in(at, bytes, element, 5);
                    is_whole &= !amount.is_bad();
                    value.amount_cents = amount.good();
                }
                _ => is_whole &= bytes.is_empty(),
            }
        }
        if is_whole {
            self.claim.coded_values.push(value);
        } else {
            reading.carry_one_element(at, element, (&mut self.scope, 0));
        }
    }
}

/// PWK of 2300 and 2400.
pub(super) fn attachment(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    attachments: &mut Vec<Attachment>,
    scope: &mut Scope,
) {
    let position = next_position(attachments);
    attachments.push(Attachment {
        report_type: reading.text(at, 1),
        transmission: reading.text(at, 2),
        control_number: reading.text(at, 6),
    });
    reading.carry_rest(at, &PWK, &Unread::default(), (scope, position));
}
