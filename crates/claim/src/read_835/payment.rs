//! Loops 2100 and 2110: what was decided on one claim and its service lines.

use crate::carried::CarriedSegment;
use crate::model::Party;
use crate::read::parts::next_position;
use crate::read::{Named, Reading, Scope, Unread};
use crate::remittance::{RemittanceClaim, RemittanceLine, RemittancePerson};
use counterfoil_base::{Phi, Text};
use counterfoil_x12::Located;

const CLP: Named = Named::simple(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]);
const SVC: Named = Named::simple(&[1, 2, 3, 4, 5, 6, 7]).composites(&[(1, 7), (6, 7)]);
const NM1: Named = Named::simple(&[1, 2, 3, 4, 5, 7, 8, 9]);
const LQ: Named = Named::simple(&[1, 2]);
const MIA: Named = Named::simple(&MIA_REMARKS);
const MOA: Named = Named::simple(&MOA_REMARKS);
/// Elements of MIA with remark codes.
pub(crate) const MIA_REMARKS: [u8; 5] = [5, 20, 21, 22, 23];
/// Elements of MOA with remark codes.
pub(crate) const MOA_REMARKS: [u8; 5] = [3, 4, 5, 6, 7];

/// How carried elements name the NM1 segments of 2100, whatever their order was.
pub(crate) const PATIENT_NM1: u16 = 1;
/// The same for the insured.
pub(crate) const INSURED_NM1: u16 = 2;
/// The same for the first of the other parties.
pub(crate) const OTHER_NM1: u16 = 3;

/// The claim payment as far as it is read.
pub(super) struct PaymentBuilder {
    claim: RemittanceClaim,
    scope: Scope,
    line: Option<(u32, RemittanceLine, Scope)>,
    has_outcome: bool,
}

impl PaymentBuilder {
    /// `group` is what the claim group before the first of its claims carries.
    pub(super) fn new(header_number: Text, group: Vec<CarriedSegment>) -> PaymentBuilder {
        PaymentBuilder {
            claim: RemittanceClaim { header_number, ..RemittanceClaim::default() },
            scope: Scope::holding(group),
            line: None,
            has_outcome: false,
        }
    }

    pub(super) fn segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        if at.loop_id == "2110" {
            if self.line.as_ref().is_none_or(|(instance, ..)| *instance != at.loop_instance) {
                self.close_line();
                let line = RemittanceLine::default();
                self.line = Some((at.loop_instance, line, Scope::default()));
            }
            if let Some((_, line, scope)) = &mut self.line {
                line_segment(reading, at, line, scope);
            }
        } else {
            self.claim_segment(reading, at);
        }
    }

    pub(super) fn finish(mut self) -> RemittanceClaim {
        self.close_line();
        RemittanceClaim { carried: self.scope.carried, ..self.claim }
    }

    fn close_line(&mut self) {
        if let Some((_, line, scope)) = self.line.take() {
            self.claim.lines.push(RemittanceLine { carried: scope.carried, ..line });
        }
    }

    fn claim_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let (claim, scope) = (&mut self.claim, &mut self.scope);
        match at.segment.id() {
            "CLP" if claim.segment == 0 => self.claim_payment(reading, at),
            "CAS" => reading.adjustments(at, &mut claim.adjustments, scope),
            "NM1" => self.name(reading, at),
            "MIA" if !self.has_outcome => self.outcome(reading, at, &MIA, &MIA_REMARKS),
            "MOA" if !self.has_outcome => self.outcome(reading, at, &MOA, &MOA_REMARKS),
            "REF" => reading.reference(at, &mut claim.references, scope),
            "DTM" => reading.day(at, &mut claim.dates, scope),
            "AMT" => reading.amount(at, &mut claim.amounts, scope),
            "QTY" => reading.quantity(at, &mut claim.quantities, scope),
            _ => reading.carry(at, scope),
        }
    }

    fn claim_payment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let claim = &mut self.claim;
        let mut unread = Unread::default();
        claim.segment = at.file_index;
        claim.offset = at.offset;
        claim.patient_control_number = reading.text(at, 1);
        claim.status_code = reading.text(at, 2);
        claim.charge_cents = reading.cents_or_zero(at, 3, &mut unread);
        claim.paid_cents = reading.cents_or_zero(at, 4, &mut unread);
        claim.patient_responsibility_cents = reading.cents_or_zero(at, 5, &mut unread);
        claim.filing_indicator = reading.text(at, 6);
        claim.payer_claim_control_number = reading.text(at, 7);
        claim.facility_code = reading.text(at, 8);
        claim.frequency = reading.text(at, 9);
        claim.drg = reading.text(at, 11);
        let weight = reading.units(at, 12);
        claim.drg_weight = unread.note(12, 0, weight);
        let fraction = reading.units(at, 13);
        claim.discharge_fraction = unread.note(13, 0, fraction);
        reading.carry_rest(at, &CLP, &unread, (&mut self.scope, 1));
    }

    fn name(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let (claim, scope) = (&mut self.claim, &mut self.scope);
        match at.segment.text(1) {
            "QC" if claim.patient == RemittancePerson::default() => {
                claim.patient = person(reading, at, scope, PATIENT_NM1);
            }
            "IL" if claim.insured.is_none() => {
                claim.insured = Some(person(reading, at, scope, INSURED_NM1));
            }
            _ => {
                let position = next_position(&claim.other_parties).saturating_add(OTHER_NM1 - 1);
                let mut party = Party::default();
                reading.party_name(at, &mut party, (scope, position));
                claim.other_parties.push(party);
            }
        }
    }

    /// MIA or MOA: remark codes into the model, amounts and the rest carried. MIA is always
    /// carried at least by name, so that the writer knows which of the two it was.
    fn outcome(
        &mut self,
        reading: &mut Reading<'_>,
        at: &Located<'_>,
        named: &Named,
        remarks: &[u8],
    ) {
        self.has_outcome = true;
        for &element in remarks {
            let code = reading.text(at, usize::from(element));
            if !code.is_empty() {
                self.claim.remark_codes.push(code);
            }
        }
        let known = self.scope.carried.len();
        reading.carry_rest(at, named, &Unread::default(), (&mut self.scope, 1));
        if at.segment.id() == "MIA" && self.scope.carried.len() == known {
            self.scope.carried.push(CarriedSegment {
                loop_id: "2100".into(),
                loop_occurrence: 1,
                segment_occurrence: 1,
                bytes: Phi::new("MIA".into()),
            });
        }
    }
}

fn person(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    scope: &mut Scope,
    position: u16,
) -> RemittancePerson {
    let person = RemittancePerson {
        entity: reading.text(at, 1),
        entity_type: reading.text(at, 2),
        last_name: Phi::new(reading.text(at, 3)),
        first_name: Phi::new(reading.text(at, 4)),
        middle_name: Phi::new(reading.text(at, 5)),
        suffix: Phi::new(reading.text(at, 7)),
        id_qualifier: reading.text(at, 8),
        id: Phi::new(reading.text(at, 9)),
    };
    reading.carry_rest(at, &NM1, &Unread::default(), (scope, position));
    person
}

fn line_segment(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    line: &mut RemittanceLine,
    scope: &mut Scope,
) {
    match at.segment.id() {
        "SVC" if line.procedure.code.is_empty() && line.revenue_code.is_empty() => {
            let mut unread = Unread::default();
            line.procedure = reading.procedure(at, 1).unwrap_or_default();
            line.charge_cents = reading.cents_or_zero(at, 2, &mut unread);
            line.paid_cents = reading.cents_or_zero(at, 3, &mut unread);
            line.revenue_code = reading.text(at, 4);
            let paid_units = reading.units(at, 5);
            line.paid_units = unread.note(5, 0, paid_units);
            line.submitted_procedure = reading.procedure(at, 6);
            let submitted_units = reading.units(at, 7);
            line.submitted_units = unread.note(7, 0, submitted_units);
            reading.carry_rest(at, &SVC, &unread, (scope, 1));
        }
        "DTM" => reading.day(at, &mut line.dates, scope),
        "CAS" => reading.adjustments(at, &mut line.adjustments, scope),
        "REF" => reading.reference(at, &mut line.references, scope),
        "AMT" => reading.amount(at, &mut line.amounts, scope),
        "QTY" => reading.quantity(at, &mut line.quantities, scope),
        "LQ" if at.segment.text(1) == "HE" => {
            let position = next_position(&line.remark_codes);
            line.remark_codes.push(reading.text(at, 2));
            reading.carry_rest(at, &LQ, &Unread::default(), (scope, position));
        }
        _ => reading.carry(at, scope),
    }
}
