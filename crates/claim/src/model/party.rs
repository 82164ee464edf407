//! Parties and people on a claim: who sends, bills, treats, is insured and is treated.

use super::Reference;
use counterfoil_base::{Phi, Text};
use std::fmt;

/// A street address (N3, N4). Its `Debug` shows state and country alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// N301.
    pub line_1: Phi<Text>,
    /// N302.
    pub line_2: Phi<Text>,
    /// N401.
    pub city: Text,
    /// N402.
    pub state: Text,
    /// N403, five or nine digits in the United States.
    pub postal_code: Text,
    /// N404, empty for the United States.
    pub country: Text,
    /// N407.
    pub subdivision: Text,
}

/// A contact (PER) as pairs of communication qualifier and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// PER01.
    pub function: Text,
    /// PER02.
    pub name: Text,
    /// PER03-PER08 as (qualifier, number).
    pub numbers: Vec<(Text, Text)>,
}

/// An organization or clinician (NM1 loop, or N1 loop of the 835).
///
/// Its `Debug` shows no name of a person, and an identifier of a person only when it is an NPI:
/// loop 2100 of the 835 also names patients and insured in this form (NM1 74).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// NM101 entity identifier code, for example `85` billing provider, `PR` payer.
    pub entity: Text,
    /// NM102: `1` person, `2` organization.
    pub entity_type: Text,
    /// NM103 last name or organization name.
    pub name: Text,
    /// NM104.
    pub first_name: Text,
    /// NM105.
    pub middle_name: Text,
    /// NM107.
    pub suffix: Text,
    /// NM108, `XX` for an NPI, `PI` payer identifier, `46` electronic transmitter.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Text,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// REF segments of the loop.
    pub references: Vec<Reference>,
    /// PER segments of the loop.
    pub contacts: Vec<Contact>,
    /// PRV03 taxonomy code.
    pub taxonomy: Text,
    /// PRV01 provider code: `BI`, `PE`, `AT`.
    pub provider_code: Text,
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PostalAddress");
        shown.field("state", &self.state).field("country", &self.country).finish_non_exhaustive()
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = |hidden: bool, text: &Text| {
            if hidden { Text::const_new("[phi]") } else { text.clone() }
        };
        let is_person = self.is_person();
        let Party { entity, entity_type, id_qualifier, taxonomy, provider_code, .. } = self;
        f.debug_struct("Party")
            .field("entity", entity)
            .field("entity_type", entity_type)
            .field("name", &kept(is_person, &self.name))
            .field("first_name", &kept(is_person, &self.first_name))
            .field("middle_name", &kept(is_person, &self.middle_name))
            .field("suffix", &kept(is_person, &self.suffix))
            .field("id_qualifier", id_qualifier)
            .field("id", &kept(is_person && id_qualifier != "XX", &self.id))
            .field("address", &self.address)
            .field("references", &self.references)
            .field("contacts", &self.contacts)
            .field("taxonomy", taxonomy)
            .field("provider_code", provider_code)
            .finish()
    }
}

impl Party {
    /// True for a person (NM102 `1`), and for a patient, insured or corrected name (`QC`, `IL`,
    /// `74`) whatever NM102 says.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.entity_type == "1" || matches!(self.entity.as_str(), "QC" | "IL" | "74")
    }

    /// The national provider identifier when NM108 is `XX`.
    #[must_use]
    pub fn npi(&self) -> Option<&str> {
        (self.id_qualifier == "XX" && !self.id.is_empty()).then_some(self.id.as_str())
    }

    /// The employer's tax number (REF EI) or social security number (REF SY) of the party.
    #[must_use]
    pub fn tax_id(&self) -> Option<&str> {
        let found = self.references.iter().find(|r| r.qualifier == "EI" || r.qualifier == "SY");
        found.map(|reference| reference.value.as_str())
    }
}

/// A provider with the role that it has on a claim or line.
///
/// The role is the entity identifier of the party: `82` rendering, `77` service facility,
/// `DN` referring, `P3` primary care, `DQ` supervising, `71` attending, `72` operating,
/// `ZZ` other operating, `DK` ordering, `QB` purchased service.
pub type ClaimProvider = Party;

/// A person: subscriber or patient (NM1, N3, N4, DMG).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// NM102: `1` person, `2` organization (an employer as subscriber).
    pub entity_type: Text,
    /// NM103.
    pub last_name: Phi<Text>,
    /// NM104.
    pub first_name: Phi<Text>,
    /// NM105.
    pub middle_name: Phi<Text>,
    /// NM107.
    pub suffix: Phi<Text>,
    /// NM108, `MI` member identification number.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Phi<Text>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// DMG02 as it stood, CCYYMMDD.
    pub birth_date: Phi<Text>,
    /// DMG03: `F`, `M`, `U`.
    pub gender: Text,
    /// REF segments (`SY`, `Y4` property and casualty claim number).
    pub references: Vec<Reference>,
}

/// The subscriber and how the payer of this claim stands to him (2000B).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriber {
    /// SBR01: `P` primary, `S` secondary, `T` tertiary, ...
    pub payer_responsibility: Text,
    /// SBR02: `18` when the subscriber is the patient.
    pub relationship: Text,
    /// SBR03.
    pub group_number: Text,
    /// SBR04.
    pub group_name: Text,
    /// SBR05.
    pub insurance_type: Text,
    /// SBR09.
    pub filing_indicator: Text,
    /// 2010BA.
    pub person: Person,
}
