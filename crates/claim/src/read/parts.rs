//! Segments that mean the same in many loops: names, addresses, references, dates, amounts.

use super::{Named, Reading, Scope, Unread};
use crate::model::{
    Adjustment, AdjustmentGroup, Amount, ClaimDate, Contact, Party, Person, PostalAddress,
    Procedure, Reference,
};
use counterfoil_base::{Cents, Phi, Text, Units, parse_ccyymmdd};
use counterfoil_x12::Located;

const NM1: Named = Named::simple(&[1, 2, 3, 4, 5, 7, 8, 9]);
const N1: Named = Named::simple(&[1, 2, 3, 4]);
const N3: Named = Named::simple(&[1, 2]);
const N4: Named = Named::simple(&[1, 2, 3, 4, 7]);
const PER: Named = Named::simple(&[1, 2, 3, 4, 5, 6, 7, 8]);
/// PRV02 is the taxonomy code list (PXC) in every guide.
const PRV: Named = Named::simple(&[1, 3]).usual(&[(2, b"PXC")]);
const DMG: Named = Named::simple(&[2, 3]).usual(&[(1, b"D8")]);
const REF: Named = Named::simple(&[1, 2]);
const DTP: Named = Named::simple(&[1, 2, 3]);
const DTM: Named = Named::simple(&[1, 2]);
const AMT: Named = Named::simple(&[1, 2]);
const QTY: Named = Named::simple(&[1, 2]);

/// 1-based position that the next item of a list gets.
pub(crate) fn next_position<T>(list: &[T]) -> u16 {
    u16::try_from(list.len().saturating_add(1)).unwrap_or(u16::MAX)
}

impl Reading<'_> {
    /// A segment of a loop that is about a party; what a party has no place for is carried.
    pub(crate) fn party_segment(&mut self, at: &Located<'_>, party: &mut Party, scope: &mut Scope) {
        match at.segment.id_bytes() {
            b"NM1" if party.entity.is_empty() => self.party_name(at, party, (scope, 1)),
            b"N1" if party.entity.is_empty() => {
                party.entity = self.text(at, 1);
                party.name = self.text(at, 2);
                party.id_qualifier = self.text(at, 3);
                party.id = self.text(at, 4);
                self.carry_rest(at, &N1, &Unread::default(), (scope, 1));
            }
            b"N3" | b"N4" => self.address_segment(at, &mut party.address, scope),
            b"REF" => self.reference(at, &mut party.references, scope),
            b"PER" => {
                let contact = self.contact(at, scope, next_position(&party.contacts));
                party.contacts.push(contact);
            }
            b"PRV" if party.provider_code.is_empty() && party.taxonomy.is_empty() => {
                self.provider_information(at, party, scope);
            }
            _ => self.carry(at, scope),
        }
    }

    /// NM1 into a party.
    pub(crate) fn party_name(
        &mut self,
        at: &Located<'_>,
        party: &mut Party,
        keep: (&mut Scope, u16),
    ) {
        party.entity = self.text(at, 1);
        party.entity_type = self.text(at, 2);
        party.name = self.text(at, 3);
        party.first_name = self.text(at, 4);
        party.middle_name = self.text(at, 5);
        party.suffix = self.text(at, 7);
        party.id_qualifier = self.text(at, 8);
        party.id = self.text(at, 9);
        self.carry_rest(at, &NM1, &Unread::default(), keep);
    }

    /// PRV into a party.
    pub(crate) fn provider_information(
        &mut self,
        at: &Located<'_>,
        party: &mut Party,
        scope: &mut Scope,
    ) {
        party.provider_code = self.text(at, 1);
        party.taxonomy = self.text(at, 3);
        self.carry_rest(at, &PRV, &Unread::default(), (scope, 1));
    }

    /// A segment of a loop that is about a person.
    pub(crate) fn person_segment(
        &mut self,
        at: &Located<'_>,
        person: &mut Person,
        scope: &mut Scope,
    ) {
        match at.segment.id_bytes() {
            b"NM1" if person.entity_type.is_empty() && person.last_name.expose().is_empty() => {
                person.entity_type = self.text(at, 2);
                person.last_name = Phi::new(self.text(at, 3));
                person.first_name = Phi::new(self.text(at, 4));
                person.middle_name = Phi::new(self.text(at, 5));
                person.suffix = Phi::new(self.text(at, 7));
                person.id_qualifier = self.text(at, 8);
                person.id = Phi::new(self.text(at, 9));
                self.carry_rest(at, &NM1, &Unread::default(), (scope, 1));
            }
            b"N3" | b"N4" => self.address_segment(at, &mut person.address, scope),
            b"DMG" if person.birth_date.expose().is_empty() && person.gender.is_empty() => {
                person.birth_date = Phi::new(self.text(at, 2));
                person.gender = self.text(at, 3);
                let birth_date = at.segment.element(2);
                if !birth_date.is_empty() && parse_ccyymmdd(birth_date).is_none() {
                    self.bad_date(at, 2);
                }
                self.carry_rest(at, &DMG, &Unread::default(), (scope, 1));
            }
            b"REF" => self.reference(at, &mut person.references, scope),
            _ => self.carry(at, scope),
        }
    }

    /// N3 or N4.
    pub(crate) fn address_segment(
        &mut self,
        at: &Located<'_>,
        address: &mut Option<PostalAddress>,
        scope: &mut Scope,
    ) {
        if at.segment.present() == 0 {
            return;
        }
        let known = address.get_or_insert_default();
        let street = !known.line_1.expose().is_empty() || !known.line_2.expose().is_empty();
        let place = [&known.city, &known.state, &known.postal_code, &known.country];
        let has_place = place.iter().any(|text| !text.is_empty());
        match at.segment.id_bytes() {
            b"N3" if !street => {
                known.line_1 = Phi::new(self.text(at, 1));
                known.line_2 = Phi::new(self.text(at, 2));
                self.carry_rest(at, &N3, &Unread::default(), (scope, 1));
            }
            b"N4" if !has_place => {
                known.city = self.text(at, 1);
                known.state = self.text(at, 2);
                known.postal_code = self.text(at, 3);
                known.country = self.text(at, 4);
                known.subdivision = self.text(at, 7);
                self.carry_rest(at, &N4, &Unread::default(), (scope, 1));
            }
            _ => self.carry(at, scope),
        }
    }

    /// REF.
    pub(crate) fn reference(
        &mut self,
        at: &Located<'_>,
        references: &mut Vec<Reference>,
        scope: &mut Scope,
    ) {
        let position = next_position(references);
        references.push(Reference { qualifier: self.text(at, 1), value: self.text(at, 2) });
        self.carry_rest(at, &REF, &Unread::default(), (scope, position));
    }

    /// PER.
    fn contact(&mut self, at: &Located<'_>, scope: &mut Scope, position: u16) -> Contact {
        let mut contact = Contact {
            function: self.text(at, 1),
            name: self.text(at, 2),
            numbers: Vec::with_capacity(1),
        };
        for element in [3, 5, 7] {
            let pair = (self.text(at, element), self.text(at, element + 1));
            if !pair.0.is_empty() || !pair.1.is_empty() {
                contact.numbers.push(pair);
            }
        }
        self.carry_rest(at, &PER, &Unread::default(), (scope, position));
        contact
    }

    /// DTP. The text is kept as it stood, also when it is no date.
    pub(crate) fn date_or_span(
        &mut self,
        at: &Located<'_>,
        dates: &mut Vec<ClaimDate>,
        scope: &mut Scope,
    ) {
        let date = ClaimDate {
            qualifier: self.text(at, 1),
            format: self.text(at, 2),
            value: self.text(at, 3),
        };
        if date.range().is_none() && matches!(date.format.as_str(), "D8" | "RD8" | "DT") {
            self.bad_date(at, 3);
        }
        let position = next_position(dates);
        dates.push(date);
        self.carry_rest(at, &DTP, &Unread::default(), (scope, position));
    }

    /// DTM of the 835, which has no format qualifier: CCYYMMDD.
    pub(crate) fn day(&mut self, at: &Located<'_>, dates: &mut Vec<ClaimDate>, scope: &mut Scope) {
        let date =
            ClaimDate { qualifier: self.text(at, 1), format: "D8".into(), value: self.text(at, 2) };
        if date.range().is_none() {
            self.bad_date(at, 2);
        }
        let position = next_position(dates);
        dates.push(date);
        self.carry_rest(at, &DTM, &Unread::default(), (scope, position));
    }

    /// AMT; one whose amount cannot be read is carried whole.
    pub(crate) fn amount(
        &mut self,
        at: &Located<'_>,
        amounts: &mut Vec<Amount>,
        scope: &mut Scope,
    ) {
        match self.cents(at, 2).good() {
            Some(amount_cents) => {
                let position = next_position(amounts);
                amounts.push(Amount { qualifier: self.text(at, 1), amount_cents });
                self.carry_rest(at, &AMT, &Unread::default(), (scope, position));
            }
            None => self.carry_unreadable(at, scope),
        }
    }

    /// QTY of the 835.
    pub(crate) fn quantity(
        &mut self,
        at: &Located<'_>,
        quantities: &mut Vec<(Text, Units)>,
        scope: &mut Scope,
    ) {
        match self.units(at, 2).good() {
            Some(units) => {
                let position = next_position(quantities);
                quantities.push((self.text(at, 1), units));
                self.carry_rest(at, &QTY, &Unread::default(), (scope, position));
            }
            None => self.carry_unreadable(at, scope),
        }
    }

    /// CAS: up to six reasons of one group. A CAS that cannot be read as a whole is carried as
    /// a whole, so that no reduction enters a balance without its neighbours.
    pub(crate) fn adjustments(
        &mut self,
        at: &Located<'_>,
        adjustments: &mut Vec<Adjustment>,
        scope: &mut Scope,
    ) {
        let known = adjustments.len();
        let group = AdjustmentGroup::from_code(at.segment.text(1));
        let mut readable = at.segment.element_count() <= 19;
        match group {
            Some(group) => {
                for first in [2, 5, 8, 11, 14, 17] {
                    readable &= self.one_adjustment(at, first, group, adjustments);
                }
            }
            None => {
                self.unknown_group(at);
                readable = false;
            }
        }
        if !readable || adjustments.len() == known {
            adjustments.truncate(known);
            self.carry_unreadable(at, scope);
        }
    }

    /// One reason with amount and quantity; false when it cannot be read.
    fn one_adjustment(
        &mut self,
        at: &Located<'_>,
        first: usize,
        group: AdjustmentGroup,
        adjustments: &mut Vec<Adjustment>,
    ) -> bool {
        let is_absent = (first..first + 3).all(|n| at.segment.element(n).is_empty());
        if is_absent {
            return true;
        }
        let amount = self.cents(at, first + 1);
        let quantity = self.units(at, first + 2);
        if quantity.is_bad() {
            return false;
        }
        let Some(amount_cents) = amount.good() else { return false };
        adjustments.push(Adjustment {
            group,
            reason: self.text(at, first),
            amount_cents,
            quantity: quantity.good(),
        });
        true
    }

    fn unknown_group(&mut self, at: &Located<'_>) {
        let finding = counterfoil_base::Finding::error(
            "CLAIM-2-adjustment-group-unknown",
            2,
            "CAS01 is not a claim adjustment group code, so its amounts have no meaning",
        );
        self.findings.push(
            finding
                .at(at.position(1, 0))
                .because("the groups are CO, PR, OA and PI (and CR before version 5010)")
                .fix("send one of the claim adjustment group codes"),
        );
    }

    /// A composite medical procedure identifier (C003); nothing when it is empty.
    pub(crate) fn procedure(&mut self, at: &Located<'_>, element: usize) -> Option<Procedure> {
        if at.segment.element(element).is_empty() {
            return None;
        }
        let mut procedure = Procedure::default();
        for (index, bytes) in at.segment.components(element).enumerate() {
            match index {
                0 => procedure.qualifier = self.decode(at, bytes, element),
                1 => procedure.code = self.decode(at, bytes, element),
                2..=5 if !bytes.is_empty() => {
                    let modifier = self.decode(at, bytes, element);
                    procedure.modifiers.push(modifier);
                }
                6 => procedure.description = self.decode(at, bytes, element),
                _ => {}
            }
        }
        Some(procedure)
    }

    /// An amount that stands for nothing when it is absent or cannot be read.
    pub(crate) fn cents_or_zero(
        &mut self,
        at: &Located<'_>,
        element: usize,
        unread: &mut Unread,
    ) -> Cents {
        let value = self.cents(at, element);
        unread.note(element, 0, value).unwrap_or_default()
    }
}
