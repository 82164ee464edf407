//! Segments that mean the same in many loops: names, addresses, references, dates, amounts.

use super::Draft;
use crate::model::{
    Adjustment, Amount, ClaimDate, Contact, Party, Person, PostalAddress, Procedure, Reference,
};

/// A CAS holds six reasons of one group.
const ADJUSTMENTS_PER_CAS: usize = 6;

impl Draft {
    /// NM1 of a party.
    pub(crate) fn party_name(&mut self, party: &Party, index: usize) {
        if party.entity.is_empty() {
            return;
        }
        self.item_segment("NM1", index)
            .text(&party.entity)
            .text(&party.entity_type)
            .text(&party.name)
            .text(&party.first_name)
            .text(&party.middle_name)
            .empty()
            .text(&party.suffix)
            .text(&party.id_qualifier)
            .text(&party.id)
            .end();
    }

    /// PRV of a party.
    pub(crate) fn provider_information(&mut self, party: &Party) {
        if party.provider_code.is_empty() && party.taxonomy.is_empty() {
            return;
        }
        self.segment("PRV").text(&party.provider_code).usual("PXC").text(&party.taxonomy).end();
    }

    /// The segments of a loop that is about a party, in guide order.
    pub(crate) fn party(&mut self, party: &Party) {
        self.party_name(party, 0);
        self.provider_information(party);
        self.party_details(party);
    }

    /// N3, N4, REF and PER of a party.
    pub(crate) fn party_details(&mut self, party: &Party) {
        self.address(party.address.as_ref());
        self.references(&party.references);
        self.contacts(&party.contacts);
    }

    /// The segments of a loop that is about a person.
    pub(crate) fn person(&mut self, entity: &str, person: &Person) {
        if *person != Person::default() {
            self.segment("NM1")
                .text(entity)
                .text(&person.entity_type)
                .text(person.last_name.expose())
                .text(person.first_name.expose())
                .text(person.middle_name.expose())
                .empty()
                .text(person.suffix.expose())
                .text(&person.id_qualifier)
                .text(person.id.expose())
                .end();
        }
        self.address(person.address.as_ref());
        if !person.birth_date.expose().is_empty() || !person.gender.is_empty() {
            self.segment("DMG")
                .usual("D8")
                .text(person.birth_date.expose())
                .text(&person.gender)
                .end();
        }
        self.references(&person.references);
    }

    /// N3 and N4.
    pub(crate) fn address(&mut self, address: Option<&PostalAddress>) {
        let Some(address) = address else { return };
        self.segment("N3").text(address.line_1.expose()).text(address.line_2.expose()).end();
        self.segment("N4")
            .text(&address.city)
            .text(&address.state)
            .text(&address.postal_code)
            .text(&address.country)
            .skip(2)
            .text(&address.subdivision)
            .end();
    }

    /// REF.
    pub(crate) fn references(&mut self, references: &[Reference]) {
        for (index, reference) in references.iter().enumerate() {
            self.item_segment("REF", index).text(&reference.qualifier).text(&reference.value).end();
        }
    }

    /// PER, the pairs of qualifier and number from PER03 on.
    fn contacts(&mut self, contacts: &[Contact]) {
        for (index, contact) in contacts.iter().enumerate() {
            self.limit("numbers of a contact", contact.numbers.len(), 3);
            let mut segment =
                self.item_segment("PER", index).text(&contact.function).text(&contact.name);
            for (qualifier, number) in &contact.numbers {
                segment = segment.text(qualifier).text(number);
            }
            segment.end();
        }
    }

    /// DTP.
    pub(crate) fn dates(&mut self, dates: &[ClaimDate]) {
        for (index, date) in dates.iter().enumerate() {
            self.item_segment("DTP", index)
                .text(&date.qualifier)
                .text(&date.format)
                .text(&date.value)
                .end();
        }
    }

    /// DTM of the 835.
    pub(crate) fn days(&mut self, dates: &[ClaimDate]) {
        for (index, date) in dates.iter().enumerate() {
            self.item_segment("DTM", index).text(&date.qualifier).text(&date.value).end();
        }
    }

    /// AMT.
    pub(crate) fn amounts(&mut self, amounts: &[Amount]) {
        for (index, amount) in amounts.iter().enumerate() {
            self.item_segment("AMT", index)
                .text(&amount.qualifier)
                .cents(amount.amount_cents)
                .end();
        }
    }

    /// A procedure has room for four modifiers.
    pub(crate) fn procedure_limit(&mut self, procedure: Option<&Procedure>) {
        let count = procedure.map_or(0, |procedure| procedure.modifiers.len());
        self.limit("modifiers of a procedure", count, 4);
    }

    /// CAS: neighbours of one group share a segment, up to six of them.
    pub(crate) fn adjustments(&mut self, adjustments: &[Adjustment]) {
        for run in adjustments.chunk_by(|left, right| left.group == right.group) {
            for reasons in run.chunks(ADJUSTMENTS_PER_CAS) {
                let group = reasons.first().map_or("", |reason| reason.group.code());
                let mut segment = self.segment("CAS").text(group);
                for adjustment in reasons {
                    segment = segment
                        .text(&adjustment.reason)
                        .cents(adjustment.amount_cents)
                        .units(adjustment.quantity);
                }
                segment.end();
            }
        }
    }
}

/// The components of a medical procedure identifier (C003).
pub(crate) fn procedure_components(procedure: Option<&Procedure>) -> [&str; 7] {
    let Some(procedure) = procedure else { return [""; 7] };
    let modifier = |n: usize| procedure.modifiers.get(n).map_or("", |text| text.as_str());
    [
        &procedure.qualifier,
        &procedure.code,
        modifier(0),
        modifier(1),
        modifier(2),
        modifier(3),
        &procedure.description,
    ]
}
