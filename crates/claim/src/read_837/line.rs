//! Loops 2400 to 2440: one service line.

use super::claim::attachment;
use super::current;
use crate::model::{AdjudicatedLine, ClaimKind, Drug, Line};
use crate::read::{Named, Reading, Scope, Unread};
use counterfoil_x12::Located;

const LX: Named = Named::simple(&[1]);
const SV1: Named = Named::simple(&[1, 2, 3, 4, 5, 7, 9, 11, 12, 15]).composites(&[(1, 7), (7, 4)]);
const SV2: Named = Named::simple(&[1, 2, 3, 4, 5, 7]).composites(&[(2, 7)]);
const LIN: Named = Named::simple(&[2, 3]);
const CTP: Named = Named::simple(&[4, 5]).composites(&[(5, 1)]);
const SVD: Named = Named::simple(&[1, 2, 3, 4, 5, 6]).composites(&[(3, 7)]);

/// What is known, beside the line itself, while a line is read.
pub(super) struct LineBuilder {
    /// Occurrence of its loop 2400.
    pub(super) instance: u32,
    kind: ClaimKind,
    scope: Scope,
    drug_instance: u32,
    provider_instance: u32,
    adjudication_instance: u32,
}

impl LineBuilder {
    pub(super) fn new(instance: u32, kind: ClaimKind) -> LineBuilder {
        LineBuilder {
            instance,
            kind,
            scope: Scope::default(),
            drug_instance: 0,
            provider_instance: 0,
            adjudication_instance: 0,
        }
    }

    pub(super) fn segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>, line: &mut Line) {
        if at.loop_id != "2400" {
            self.scope.occurrence(at);
        }
        match at.loop_id.as_bytes() {
            b"2400" => self.service_segment(reading, at, line),
            b"2410" => self.drug_segment(reading, at, line),
            b"2430" => self.adjudication_segment(reading, at, line),
            [b'2', b'4', b'2', b'0', ..] => {
                let is_new = std::mem::replace(&mut self.provider_instance, at.loop_instance)
                    != at.loop_instance;
                let party = current(&mut line.providers, is_new);
                reading.party_segment(at, party, &mut self.scope);
            }
            _ => reading.carry(at, &mut self.scope),
        }
    }

    /// `position` is the number of a line that has no LX to say it.
    pub(super) fn finish(self, line: &mut Line, position: u32) {
        line.carried = self.scope.carried;
        if line.segment == 0 {
            line.number = position;
        }
    }

    fn service_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>, line: &mut Line) {
        let scope = &mut self.scope;
        match at.segment.id_bytes() {
            b"LX" if line.segment == 0 => {
                line.segment = at.file_index;
                let mut unread = Unread::default();
                match at.segment.text(1).parse() {
                    Ok(number) => line.number = number,
                    Err(_) if at.segment.element(1).is_empty() => {}
                    Err(_) => {
                        reading.bad_number(at, 1, 0);
                        unread.add(1, 0);
                    }
                }
                reading.carry_rest(at, &LX, &unread, (scope, 1));
            }
            b"SV1" if line.offset == 0 => {
                line.service_kind = self.foreign_kind(ClaimKind::Professional);
                self.professional_service(reading, at, line);
            }
            b"SV2" if line.offset == 0 => {
                line.service_kind = self.foreign_kind(ClaimKind::Institutional);
                self.institutional_service(reading, at, line);
            }
            b"DTP" => reading.date_or_span(at, &mut line.dates, scope),
            b"REF" => reading.reference(at, &mut line.references, scope),
            b"AMT" => reading.amount(at, &mut line.amounts, scope),
            b"PWK" => attachment(reading, at, &mut line.attachments, scope),
            _ => reading.carry(at, scope),
        }
    }

    /// The walker has reported a service segment of the other guide; its money counts all the
    /// same.
    fn foreign_kind(&self, kind: ClaimKind) -> Option<ClaimKind> {
        (kind != self.kind).then_some(kind)
    }

    fn professional_service(
        &mut self,
        reading: &mut Reading<'_>,
        at: &Located<'_>,
        line: &mut Line,
    ) {
        let mut unread = Unread::default();
        line.offset = at.offset;
        line.procedure = reading.procedure(at, 1);
        line.charge_cents = reading.cents_or_zero(at, 2, &mut unread);
        line.unit_basis = reading.text(at, 3);
        let units = reading.units(at, 4);
        line.units = unread.note(4, 0, units).unwrap_or_default();
        line.place_of_service = reading.text(at, 5);
        if !at.segment.element(7).is_empty() {
            for (index, bytes) in at.segment.components(7).take(4).enumerate() {
                let digits = std::str::from_utf8(bytes).unwrap_or("");
                match digits.parse::<u8>() {
                    Ok(pointer) => line.diagnosis_pointers.push(pointer),
                    Err(_) if bytes.is_empty() => {}
                    Err(_) => {
                        // 0 points nowhere; the raw value is carried.
                        line.diagnosis_pointers.push(0);
                        reading.bad_number(at, 7, index + 1);
                        unread.add(7, index + 1);
                    }
                }
            }
        }
        line.emergency = reading.text(at, 9);
        line.early_screening = reading.text(at, 11);
        line.family_planning = reading.text(at, 12);
        line.copay_status = reading.text(at, 15);
        reading.carry_rest(at, &SV1, &unread, (&mut self.scope, 1));
    }

    fn institutional_service(
        &mut self,
        reading: &mut Reading<'_>,
        at: &Located<'_>,
        line: &mut Line,
    ) {
        let mut unread = Unread::default();
        line.offset = at.offset;
        line.revenue_code = reading.text(at, 1);
        line.procedure = reading.procedure(at, 2);
        line.charge_cents = reading.cents_or_zero(at, 3, &mut unread);
        line.unit_basis = reading.text(at, 4);
        let units = reading.units(at, 5);
        line.units = unread.note(5, 0, units).unwrap_or_default();
        let non_covered = reading.cents(at, 7);
        line.non_covered_cents = unread.note(7, 0, non_covered);
        reading.carry_rest(at, &SV2, &unread, (&mut self.scope, 1));
    }

    /// 2410. The model holds one drug; the guides allow one, further ones are carried.
    fn drug_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>, line: &mut Line) {
        let scope = &mut self.scope;
        if self.drug_instance == 0 {
            self.drug_instance = at.loop_instance;
        }
        if self.drug_instance != at.loop_instance {
            reading.carry(at, scope);
            return;
        }
        match at.segment.id_bytes() {
            b"LIN" if line.drug.as_ref().is_none_or(|drug| drug.code.is_empty()) => {
                let drug = line.drug.get_or_insert_with(Drug::default);
                drug.qualifier = reading.text(at, 2);
                drug.code = reading.text(at, 3);
                reading.carry_rest(at, &LIN, &Unread::default(), (scope, 1));
            }
            b"CTP" if line.drug.as_ref().is_none_or(|drug| drug.quantity.is_none()) => {
                let drug = line.drug.get_or_insert_with(Drug::default);
                let mut unread = Unread::default();
                let quantity = reading.units(at, 4);
                drug.quantity = unread.note(4, 0, quantity);
                drug.unit = reading.component(at, 5, 1);
                reading.carry_rest(at, &CTP, &unread, (scope, 1));
            }
            _ => reading.carry(at, scope),
        }
    }

    fn adjudication_segment(
        &mut self,
        reading: &mut Reading<'_>,
        at: &Located<'_>,
        line: &mut Line,
    ) {
        let scope = &mut self.scope;
        let is_new = std::mem::replace(&mut self.adjudication_instance, at.loop_instance)
            != at.loop_instance;
        if is_new || line.adjudications.is_empty() {
            line.adjudications.push(AdjudicatedLine::default());
        }
        let Some(adjudication) = line.adjudications.last_mut() else { return };
        match at.segment.id_bytes() {
            b"SVD" if adjudication.payer_id.is_empty() => {
                let mut unread = Unread::default();
                adjudication.payer_id = reading.text(at, 1);
                adjudication.paid_cents = reading.cents_or_zero(at, 2, &mut unread);
                adjudication.procedure = reading.procedure(at, 3);
                adjudication.revenue_code = reading.text(at, 4);
                let units = reading.units(at, 5);
                adjudication.paid_units = unread.note(5, 0, units);
                adjudication.bundled_line = reading.text(at, 6);
                reading.carry_rest(at, &SVD, &unread, (scope, 1));
            }
            b"CAS" => reading.adjustments(at, &mut adjudication.adjustments, scope),
            b"DTP" => reading.date_or_span(at, &mut adjudication.dates, scope),
            b"AMT" => reading.amount(at, &mut adjudication.amounts, scope),
            _ => reading.carry(at, scope),
        }
    }
}
