//! Writes drafts as 837P (005010X222A1) and 837I (005010X223A2).

use crate::draft::{Draft, DraftLine, Role};
use crate::identity::Place;
use crate::planted::{Landmark, Planted};
use crate::rates::{GROUP_NUMBER, OTHER_PAYER_ID, PAYER_ID, PAYER_NAME};
use crate::segments::{Digits, Segments};
use crate::world::{Provider, World};

/// The hierarchy of the transaction set that is being written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hierarchy {
    /// HL segments so far.
    pub levels: u64,
    /// Provider of the last 2000A and its HL01.
    pub provider: Option<(usize, u64)>,
}

/// Where the segment of interest landed: in the file and in the transaction set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Landing {
    wanted: Landmark,
    pub segment: u64,
    pub segment_in_transaction: u64,
}

impl Landing {
    pub(crate) fn new(wanted: Landmark) -> Landing {
        Landing { wanted, segment: 0, segment_in_transaction: 0 }
    }

    /// Notes that the next segment is the landmark.
    fn at(&mut self, landmark: Landmark, segments: &Segments<'_>) {
        if self.wanted == landmark {
            self.segment = segments.in_file + 1;
            self.segment_in_transaction = segments.in_transaction + 1;
        }
    }
}

/// Writes one claim with the levels that it needs.
pub(crate) struct ClaimWriter<'a, 'b> {
    pub world: &'a World,
    pub draft: &'a Draft,
    pub segments: &'a mut Segments<'b>,
    pub landing: Landing,
}

impl ClaimWriter<'_, '_> {
    pub(crate) fn write(&mut self, hierarchy: &mut Hierarchy) {
        self.billing_provider(hierarchy);
        self.people(hierarchy);
        self.claim();
        if !self.provider().hospital {
            self.clinicians();
        } else {
            self.attending();
        }
        if self.draft.family.coverage == crate::world::Coverage::OtherPrimary {
            self.other_payer();
        }
        for (index, line) in self.draft.lines.iter().enumerate() {
            self.line(index, line);
        }
    }

    fn provider(&self) -> &Provider {
        &self.world.providers[self.draft.provider]
    }

    fn billing_provider(&mut self, hierarchy: &mut Hierarchy) {
        if hierarchy.provider.is_some_and(|(last, _)| last == self.draft.provider) {
            return;
        }
        hierarchy.levels += 1;
        hierarchy.provider = Some((self.draft.provider, hierarchy.levels));
        let provider = &self.world.providers[self.draft.provider];
        let segments = &mut *self.segments;
        segments.put(&[b"HL", &Digits::whole(hierarchy.levels), b"", b"20", b"1"]);
        segments.put(&[b"PRV", b"BI", b"PXC", provider.taxonomy.as_bytes()]);
        organization(segments, b"85", provider.name.as_bytes(), &provider.npi);
        address(segments, provider.street.as_bytes(), provider.place, b"1234");
        segments.put(&[b"REF", b"EI", provider.tax_id.as_bytes()]);
    }

    fn people(&mut self, hierarchy: &mut Hierarchy) {
        let draft = self.draft;
        let family = &draft.family;
        let subscriber = &family.members()[0];
        let dependent = draft.member.position > 0;
        let parent = hierarchy.provider.map_or(1, |(_, level)| level);
        hierarchy.levels += 1;
        let level = Digits::whole(hierarchy.levels);
        let child: &[u8] = if dependent { b"1" } else { b"0" };
        let secondary = family.coverage == crate::world::Coverage::OtherPrimary;
        let order: &[u8] = if secondary { b"S" } else { b"P" };
        let relationship: &[u8] = if dependent { b"" } else { b"18" };
        let group = GROUP_NUMBER.as_bytes();
        let segments = &mut *self.segments;
        segments.put(&[b"HL", &level, &Digits::whole(parent), b"22", child]);
        segments.put(&[b"SBR", order, relationship, group, b"", b"", b"", b"", b"", b"CI"]);
        self.landing.at(Landmark::Subscriber, segments);
        let id = draft.member_id.as_bytes();
        let qualifier: &[u8] = if id.is_empty() { b"" } else { b"MI" };
        let last = family.last_name.as_bytes();
        let first = subscriber.first_name.as_bytes();
        segments.put(&[b"NM1", b"IL", b"1", last, first, b"", b"", b"", qualifier, id]);
        if !dependent {
            self.demographics();
        }
        let segments = &mut *self.segments;
        let (name, payer) = (PAYER_NAME.as_bytes(), PAYER_ID.as_bytes());
        segments.put(&[b"NM1", b"PR", b"2", name, b"", b"", b"", b"", b"PI", payer]);
        if dependent {
            hierarchy.levels += 1;
            segments.put(&[b"HL", &Digits::whole(hierarchy.levels), &level, b"23", b"0"]);
            segments.put(&[b"PAT", draft.member.relationship.as_bytes()]);
            segments.put(&[b"NM1", b"QC", b"1", last, draft.member.first_name.as_bytes()]);
            self.demographics();
        }
    }

    /// Address, birth date and sex of the patient.
    fn demographics(&mut self) {
        let draft = self.draft;
        let family = &draft.family;
        let mut street = Vec::with_capacity(24);
        street.extend_from_slice(&Digits::whole(family.house));
        street.push(b' ');
        street.extend_from_slice(family.street.as_bytes());
        let segments = &mut *self.segments;
        address(segments, &street, family.place, b"");
        let (year, month, day) = draft.member.birth;
        let mut birth = [0u8; 8];
        birth[..4].copy_from_slice(&Digits::padded(u64::from(year), 4));
        birth[4..6].copy_from_slice(&Digits::padded(u64::from(month), 2));
        birth[6..].copy_from_slice(&Digits::padded(u64::from(day), 2));
        if draft.has(Planted::BirthAfterService) {
            birth = *self.world.calendar.text(draft.days.1 + 1);
        }
        self.landing.at(Landmark::Birth, segments);
        segments.put(&[b"DMG", b"D8", &birth, draft.member.sex.as_bytes()]);
    }

    fn claim(&mut self) {
        let draft = self.draft;
        let hospital = self.provider().hospital;
        let mut bill = Vec::with_capacity(8);
        bill.extend_from_slice(draft.facility.as_bytes());
        bill.extend_from_slice(if hospital { b":A:" } else { b":B:" });
        bill.extend_from_slice(draft.frequency);
        let signature: &[u8] = if hospital { b"" } else { b"Y" };
        let assignment: &[u8] = if draft.has(Planted::AssignmentMissing) { b"" } else { b"A" };
        let number = draft.control_number.as_bytes();
        let charge = Digits::money(draft.charge);
        let segments = &mut *self.segments;
        self.landing.at(Landmark::Claim, segments);
        segments
            .put(&[b"CLM", number, &charge, b"", b"", &bill, signature, assignment, b"Y", b"Y"]);
        if hospital {
            self.statement();
        }
        let segments = &mut *self.segments;
        if !draft.authorization.is_empty() {
            segments.put(&[b"REF", b"G1", draft.authorization.as_bytes()]);
        }
        if matches!(draft.role, Role::Replacement(_) | Role::Void(_)) {
            segments.put(&[b"REF", b"F8", draft.original_number.as_bytes()]);
        }
        if hospital { self.institutional_codes() } else { self.professional_diagnoses() }
    }

    fn statement(&mut self) {
        let draft = self.draft;
        let calendar = &self.world.calendar;
        let from = calendar.text(draft.days.0);
        let span = [from.as_slice(), b"-", calendar.text(draft.days.1)].concat();
        let segments = &mut *self.segments;
        let (mut kind, mut source): (&[u8], &[u8]) = (b"3", b"1");
        if draft.stay.is_some() {
            segments.put(&[b"DTP", b"096", b"TM", b"1130"]);
        }
        segments.put(&[b"DTP", b"434", b"RD8", &span]);
        if draft.stay.is_some() {
            segments.put(&[b"DTP", b"435", b"DT", &[from.as_slice(), b"0840"].concat()]);
            (kind, source) = (b"1", b"1");
        }
        self.landing.at(Landmark::Institutional, segments);
        if !draft.has(Planted::InstitutionalMissing) {
            segments.put(&[b"CL1", kind, source, draft.discharge]);
        }
    }

    fn professional_diagnoses(&mut self) {
        self.landing.at(Landmark::Diagnoses, self.segments);
        if self.draft.has(Planted::DiagnosisMissing) {
            return;
        }
        let mut codes = Vec::with_capacity(48);
        for (index, code) in self.draft.diagnoses.iter().enumerate() {
            codes.extend_from_slice(if index == 0 { b"ABK:" } else { b"*ABF:" });
            codes.extend_from_slice(code.as_bytes());
        }
        self.segments.put(&[b"HI", &codes]);
    }

    fn institutional_codes(&mut self) {
        let draft = self.draft;
        let Some((principal, others)) = draft.diagnoses.split_first() else { return };
        let segments = &mut *self.segments;
        self.landing.at(Landmark::Diagnoses, segments);
        let inpatient = draft.stay.is_some();
        let present: &[u8] = if inpatient { b":::::::Y" } else { b"" };
        segments.put(&[b"HI", &[b"ABK:", principal.as_bytes(), present].concat()]);
        if let Some(stay) = draft.stay {
            segments.put(&[b"HI", &[b"ABJ:", stay.principal.as_bytes()].concat()]);
            segments.put(&[b"HI", &[b"DR:", stay.drg.as_bytes()].concat()]);
        } else if !draft.has(Planted::DiagnosisUnknown) && !draft.has(Planted::DiagnosisHeader) {
            segments.put(&[b"HI", &[b"APR:", principal.as_bytes()].concat()]);
        }
        if !others.is_empty() {
            let mut codes = Vec::with_capacity(48);
            for (index, code) in others.iter().enumerate() {
                codes.extend_from_slice(if index == 0 { b"ABF:" } else { b"*ABF:" });
                codes.extend_from_slice(code.as_bytes());
                codes.extend_from_slice(present);
            }
            segments.put(&[b"HI", &codes]);
        }
        if inpatient {
            let onset = self.world.calendar.text(draft.days.0);
            segments.put(&[b"HI", &[b"BH:11:D8:", onset.as_slice()].concat()]);
            let nights = Digits::whole(draft.days.0.abs_diff(draft.days.1).into());
            segments.put(&[b"HI", &[b"BE:80:::", &*nights].concat()]);
        }
    }

    fn clinicians(&mut self) {
        let draft = self.draft;
        let provider = &self.world.providers[draft.provider];
        let segments = &mut *self.segments;
        if let Some(referring) = draft.clinicians.1 {
            let (last, first, npi) = &provider.clinicians[referring];
            person(segments, b"DN", last, first, npi.as_bytes());
        }
        let (last, first, npi) = &provider.clinicians[draft.clinicians.0];
        self.landing.at(Landmark::Rendering, segments);
        let mut number = npi.as_bytes().to_vec();
        if draft.has(Planted::NpiCheckDigit)
            && let Some(digit) = number.last_mut()
        {
            *digit = b'0' + (*digit - b'0' + 1) % 10;
        }
        person(segments, b"82", last, first, &number);
        segments.put(&[b"PRV", b"PE", b"PXC", provider.taxonomy.as_bytes()]);
        if draft.facility == "22" {
            let hospital = self.world.hospital();
            organization(segments, b"77", hospital.name.as_bytes(), &hospital.npi);
            address(segments, hospital.street.as_bytes(), hospital.place, b"1234");
        }
    }

    fn attending(&mut self) {
        let (last, first, npi) = &self.provider().clinicians[self.draft.clinicians.0];
        let (last, first, npi) = (*last, *first, npi.clone());
        person(self.segments, b"71", last, first, npi.as_bytes());
        self.segments.put(&[b"PRV", b"AT", b"PXC", b"208M00000X"]);
    }

    fn other_payer(&mut self) {
        let family = &self.draft.family;
        let paid = self.draft.lines.iter().filter_map(|line| line.other_payer);
        let paid = Digits::money(paid.map(|(paid, _)| paid).sum());
        let subscriber = &family.members()[0];
        let relationship = self.draft.member.relationship.as_bytes();
        let id = family.member_id(0);
        let segments = &mut *self.segments;
        segments.put(&[b"SBR", b"P", relationship, b"OTHGRP7", b"", b"", b"", b"", b"", b"CI"]);
        segments.put(&[b"AMT", b"D", &paid]);
        segments.put(&[b"OI", b"", b"", b"Y", b"", b"", b"Y"]);
        segments.put(&[
            b"NM1",
            b"IL",
            b"1",
            family.last_name.as_bytes(),
            subscriber.first_name.as_bytes(),
            b"",
            b"",
            b"",
            b"MI",
            &id.as_bytes()[2..],
        ]);
        let id = OTHER_PAYER_ID.as_bytes();
        segments.put(&[b"NM1", b"PR", b"2", b"OTHER HEALTH", b"", b"", b"", b"", b"PI", id]);
    }

    fn line(&mut self, index: usize, line: &DraftLine) {
        let number = Digits::whole(index as u64 + 1);
        let charge = Digits::money(line.charge);
        let units = Digits::whole(u64::from(line.units));
        let units: &[u8] =
            if index == 0 && self.draft.has(Planted::UnitsMissing) { b"" } else { &units };
        let mut procedure = Vec::with_capacity(12);
        if !line.code.is_empty() {
            procedure.extend_from_slice(b"HC:");
            procedure.extend_from_slice(line.code.as_bytes());
            if !line.modifier.is_empty() {
                procedure.push(b':');
                procedure.extend_from_slice(line.modifier.as_bytes());
            }
        }
        let hospital = self.provider().hospital;
        let segments = &mut *self.segments;
        segments.put(&[b"LX", &number]);
        match index {
            0 => self.landing.at(Landmark::Service, segments),
            1 => self.landing.at(Landmark::SecondService, segments),
            _ => {}
        }
        if hospital {
            let revenue = line.revenue.as_bytes();
            segments.put(&[b"SV2", revenue, &procedure, &charge, line.basis, units]);
        } else {
            segments.put(&[b"SV1", &procedure, &charge, line.basis, units, b"", b"", line.pointer]);
        }
        self.line_details(index, line, &procedure);
    }

    fn line_details(&mut self, index: usize, line: &DraftLine, procedure: &[u8]) {
        let draft = self.draft;
        let day = self.world.calendar.text(draft.days.0);
        let number = Digits::whole(index as u64 + 1);
        let units = Digits::whole(u64::from(line.units));
        let segments = &mut *self.segments;
        if draft.stay.is_none() {
            let wrong = index == 0 && draft.has(Planted::DateInvalid);
            if index == 0 {
                self.landing.at(Landmark::ServiceDate, segments);
            }
            let day: &[u8] = if wrong { b"20250230" } else { day };
            segments.put(&[b"DTP", b"472", b"D8", day]);
        }
        let control = [draft.control_number.as_bytes(), b"-", &number].concat();
        segments.put(&[b"REF", b"6R", &control]);
        if let Some(ndc) = line.ndc {
            segments.put(&[b"LIN", b"", b"N4", &Digits::padded(ndc, 11)]);
            segments.put(&[b"CTP", b"", b"", b"", &units, b"ML"]);
        }
        if let Some((paid, left)) = line.other_payer {
            let payer = OTHER_PAYER_ID.as_bytes();
            segments.put(&[b"SVD", payer, &Digits::money(paid), procedure, b"", &units]);
            let contractual = Digits::money(line.charge - paid - left);
            segments.put(&[b"CAS", b"CO", b"45", &contractual]);
            segments.put(&[b"CAS", b"PR", b"2", &Digits::money(left)]);
            let decided = self.world.calendar.text(draft.days.0 + 2);
            segments.put(&[b"DTP", b"573", b"D8", decided]);
        }
    }
}

fn organization(segments: &mut Segments<'_>, entity: &[u8], name: &[u8], npi: &str) {
    segments.put(&[b"NM1", entity, b"2", name, b"", b"", b"", b"", b"XX", npi.as_bytes()]);
}

fn person(segments: &mut Segments<'_>, entity: &[u8], last: &str, first: &str, npi: &[u8]) {
    let (last, first) = (last.as_bytes(), first.as_bytes());
    segments.put(&[b"NM1", entity, b"1", last, first, b"", b"", b"", b"XX", npi]);
}

fn address(segments: &mut Segments<'_>, street: &[u8], place: Place, plus_four: &[u8]) {
    segments.put(&[b"N3", street]);
    let zip = [place.zip.as_bytes(), plus_four].concat();
    segments.put(&[b"N4", place.city.as_bytes(), place.state.as_bytes(), &zip]);
}
