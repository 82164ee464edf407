//! The service line: what was done, when, how often and for how much.

use super::{
    AdjudicatedLine, Amount, Attachment, ClaimDate, ClaimKind, ClaimProvider, Reference,
    find_reference,
};
use crate::carried::CarriedSegment;
use counterfoil_base::{Cents, DateRange, Text, Units};

/// A medical procedure identifier (SV101, SV202, SVD03, SVC01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Procedure {
    /// `HC` HCPCS and CPT, `ER`, `IV`, `WK`, `HP` HIPPS, `NU` revenue code, `AD` dental.
    pub qualifier: Text,
    /// The code.
    pub code: Text,
    /// Up to four modifiers in their order.
    pub modifiers: Vec<Text>,
    /// Free-text description.
    pub description: Text,
}

/// A drug (LIN and CTP of 2410).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drug {
    /// LIN02, `N4` for a national drug code.
    pub qualifier: Text,
    /// LIN03.
    pub code: Text,
    /// CTP04.
    pub quantity: Option<Units>,
    /// CTP05-1.
    pub unit: Text,
}

/// One service line (2400).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// LX01.
    pub number: u32,
    /// The guide whose service segment the line has (SV1 professional, SV2 institutional), when
    /// a sender mixed them and it is not that of the claim.
    pub service_kind: Option<ClaimKind>,
    /// SV101 or SV202.
    pub procedure: Option<Procedure>,
    /// SV201 (institutional).
    pub revenue_code: Text,
    /// SV102 or SV203.
    pub charge_cents: Cents,
    /// SV103 or SV204: `UN` units, `MJ` minutes, `DA` days.
    pub unit_basis: Text,
    /// SV104 or SV205.
    pub units: Units,
    /// SV105, when it differs from the claim.
    pub place_of_service: Text,
    /// SV107: 1-based positions in the claim's diagnoses.
    pub diagnosis_pointers: Vec<u8>,
    /// SV109.
    pub emergency: Text,
    /// SV111.
    pub early_screening: Text,
    /// SV112.
    pub family_planning: Text,
    /// SV115.
    pub copay_status: Text,
    /// SV207 (institutional).
    pub non_covered_cents: Option<Cents>,
    /// DTP of 2400; `472` is the date of service.
    pub dates: Vec<ClaimDate>,
    /// REF of 2400; `6R` is the line item control number.
    pub references: Vec<Reference>,
    /// AMT of 2400.
    pub amounts: Vec<Amount>,
    /// PWK of 2400.
    pub attachments: Vec<Attachment>,
    /// Providers of 2420.
    pub providers: Vec<ClaimProvider>,
    /// 2410.
    pub drug: Option<Drug>,
    /// 2430.
    pub adjudications: Vec<AdjudicatedLine>,
    /// Everything else in 2400 and below.
    pub carried: Vec<CarriedSegment>,
    /// 1-based position of LX in the file.
    pub segment: u64,
    /// Byte offset of the service segment (SV1 or SV2) in the file.
    pub offset: u64,
}

impl Line {
    /// First and last day of service of the line (DTP 472).
    #[must_use]
    pub fn service_dates(&self) -> Option<DateRange> {
        self.dates.iter().find(|date| date.qualifier == "472").and_then(ClaimDate::range)
    }

    /// The procedure code, empty when the line has none.
    #[must_use]
    pub fn procedure_code(&self) -> &str {
        self.procedure.as_ref().map_or("", |procedure| procedure.code.as_str())
    }

    /// The modifiers, none when the line has no procedure.
    #[must_use]
    pub fn modifiers(&self) -> &[Text] {
        self.procedure.as_ref().map_or(&[], |procedure| &procedure.modifiers)
    }

    /// The line item control number (REF 6R), which the 835 must return.
    #[must_use]
    pub fn control_number(&self) -> Option<&str> {
        find_reference(&self.references, "6R")
    }
}
