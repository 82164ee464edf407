//! The claim: who was treated, by whom, for what, when, for how much, and who should pay.
//!
//! Field comments name the 837 element that a field comes from (005010X222A1 and
//! 005010X223A2). Values stay as they stood in the file unless their type says otherwise.

mod line;
mod other_payer;
mod party;

use crate::carried::CarriedSegment;
use counterfoil_base::{Cents, Date, DateRange, Text, parse_ccyymmdd};
use std::fmt;

pub use line::{Drug, Line, Procedure};
pub use other_payer::{AdjudicatedLine, Adjustment, AdjustmentGroup, OtherPayer};
pub use party::{ClaimProvider, Contact, Party, Person, PostalAddress, Subscriber};

/// Which implementation guide the claim follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimKind {
    /// 837P, 005010X222A1.
    #[default]
    Professional,
    /// 837I, 005010X223A2.
    Institutional,
}

/// What the sender asks with this claim (CLM05-3, NUBC frequency code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrequencyCode {
    /// 1: the first and only claim for these services (and every code but 7 and 8).
    Original,
    /// 7: replaces the earlier claim named by the payer claim control number (REF F8).
    Replacement,
    /// 8: voids the earlier claim named by the payer claim control number (REF F8).
    Void,
}

/// Where in the source file the claim stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePosition {
    /// ISA13.
    pub interchange_control_number: Text,
    /// GS06.
    pub group_control_number: Text,
    /// ST02.
    pub transaction_control_number: Text,
    /// BHT03, the sender's batch number.
    pub batch_reference: Text,
    /// 1-based position of CLM (or CLP) in the file, ISA being 1.
    pub segment: u64,
    /// 1-based position of CLM (or CLP) in the transaction set, ST being 1.
    pub segment_in_transaction: u64,
    /// Byte offset of CLM (or CLP) in the file.
    pub offset: u64,
}

/// What BHT says about all claims of a transaction set; its reference is in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// BHT02: `00` original, `18` sent again.
    pub purpose: Text,
    /// BHT04, day of making, CCYYMMDD.
    pub date: Text,
    /// BHT05, time of making, HHMM or HHMMSS.
    pub time: Text,
    /// BHT06: `CH` chargeable claims, `RP` reporting of encounters, `31` subrogation.
    pub content: Text,
}

/// CLM05: facility type and frequency; for institutional claims the type of bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillType {
    /// CLM05-1: place of service (professional) or first two digits of type of bill.
    pub facility_code: Text,
    /// CLM05-2: `B` place of service, `A` uniform billing type of bill.
    pub qualifier: Text,
    /// CLM05-3: claim frequency code.
    pub frequency: Text,
}

/// A reference identification (REF, or REF-like element), kept with its qualifier. Its `Debug`
/// hides the value when the qualifier says that it numbers a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// REF01, for example `F8` payer claim control number, `G1` prior authorization.
    pub qualifier: Text,
    /// REF02.
    pub value: Text,
}

/// Qualifiers of numbers that are a person's own (REF01, data element 128): subscriber, member
/// and policy, employee, medical record and social security number.
const PERSONAL_REFERENCES: [&str; 7] = ["0F", "1W", "28", "A6", "EA", "IG", "SY"];

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_personal = PERSONAL_REFERENCES.contains(&self.qualifier.as_str());
        let value = if is_personal { "[phi]" } else { self.value.as_str() };
        let mut shown = f.debug_struct("Reference");
        shown.field("qualifier", &self.qualifier).field("value", &value).finish()
    }
}

/// A date or span of dates with its qualifier (DTP or DTM).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimDate {
    /// DTP01, for example `472` service, `434` statement, `435` admission, `431` onset.
    pub qualifier: Text,
    /// DTP02: `D8`, `RD8`, `DT`, `TM`.
    pub format: Text,
    /// DTP03 as it stood.
    pub value: Text,
}

impl ClaimDate {
    /// First and last day, when the value is a real D8, RD8 or DT date in the right order.
    #[must_use]
    pub fn range(&self) -> Option<DateRange> {
        let bytes = self.value.as_bytes();
        let (from, to) = match (self.format.as_str(), bytes.len()) {
            ("D8", 8) => (bytes, bytes),
            ("RD8", 17) if bytes[8] == b'-' => (&bytes[..8], &bytes[9..]),
            ("DT", 12) => (&bytes[..8], &bytes[..8]),
            _ => return None,
        };
        let range = DateRange { from: parse_ccyymmdd(from)?, to: parse_ccyymmdd(to)? };
        (range.from <= range.to).then_some(range)
    }
}

/// An amount with its qualifier (AMT), information only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// AMT01, for example `F5` patient amount paid, `D` payer amount paid, `EAF` remaining.
    pub qualifier: Text,
    /// AMT02.
    pub amount_cents: Cents,
}

/// A diagnosis from HI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// HI0x-1: `ABK` principal, `ABF` other, `ABJ` admitting, `APR` reason for visit, `ABN`
    /// external cause; `BK`, `BF`, ... for ICD-9.
    pub qualifier: Text,
    /// HI0x-2, without the point.
    pub code: Text,
    /// HI0x-9 present on admission: `Y`, `N`, `U`, `W` (institutional).
    pub present_on_admission: Text,
}

/// Any other coded value of HI: procedures, occurrences, values, conditions, treatment codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodedValue {
    /// HI0x-1: `BBR` and `BBQ` procedures, `BH` and `BI` occurrences, `BE` values,
    /// `BG` conditions, `DR` diagnosis related group, `TC` treatment.
    pub qualifier: Text,
    /// HI0x-2.
    pub code: Text,
    /// HI0x-3 and -4: format and date.
    pub date_format: Text,
    /// HI0x-4.
    pub date: Text,
    /// HI0x-5, for value codes.
    pub amount_cents: Option<Cents>,
}

/// What only an institutional claim has (CL1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstitutionalFacts {
    /// CL101.
    pub admission_type: Text,
    /// CL102.
    pub admission_source: Text,
    /// CL103.
    pub discharge_status: Text,
}

/// PWK: what paperwork goes with the claim or line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// PWK01.
    pub report_type: Text,
    /// PWK02.
    pub transmission: Text,
    /// PWK06, attachment control number.
    pub control_number: Text,
}

/// One claim with everything that its loops inherit from the levels above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Professional or institutional.
    pub kind: ClaimKind,
    /// Where it stood in its file.
    pub source: SourcePosition,
    /// BHT of the transaction set.
    pub batch: Batch,
    /// 1000A submitter.
    pub submitter: Party,
    /// 1000B receiver.
    pub receiver: Party,
    /// 2010AA.
    pub billing_provider: Party,
    /// 2010AB, when payment goes to another address.
    pub pay_to_address: Option<PostalAddress>,
    /// 2010AC.
    pub pay_to_plan: Option<Party>,
    /// 2000B and 2010BA.
    pub subscriber: Subscriber,
    /// 2010BB.
    pub payer: Party,
    /// PAT01 relationship of the patient to the subscriber, `18` for the subscriber.
    pub patient_relationship: Text,
    /// 2010CA; nothing when the subscriber is the patient.
    pub patient: Option<Person>,
    /// CLM01, the provider's number for the claim; the 835 returns it in CLP01.
    pub patient_control_number: Text,
    /// CLM02.
    pub charge_cents: Cents,
    /// CLM05.
    pub bill_type: BillType,
    /// CLM06.
    pub provider_signature: Text,
    /// CLM07.
    pub assignment_participation: Text,
    /// CLM08.
    pub benefits_assignment: Text,
    /// CLM09.
    pub release_of_information: Text,
    /// CLM10.
    pub patient_signature: Text,
    /// CLM11-1 to -3: `AA` automobile, `EM` employment, `OA` other accident.
    pub related_causes: Vec<Text>,
    /// CLM11-4.
    pub accident_state: Text,
    /// CLM11-5.
    pub accident_country: Text,
    /// CLM12.
    pub special_program: Text,
    /// CLM20.
    pub delay_reason: Text,
    /// CL1 (institutional).
    pub institutional: Option<InstitutionalFacts>,
    /// DTP of 2300.
    pub dates: Vec<ClaimDate>,
    /// REF of 2300: `F8` payer claim control number, `G1` prior authorization, `9F` referral.
    pub references: Vec<Reference>,
    /// AMT of 2300: `F5` patient amount paid.
    pub amounts: Vec<Amount>,
    /// PWK of 2300.
    pub attachments: Vec<Attachment>,
    /// Diagnoses of HI in their order; line pointers count the `K` and `F` ones from 1.
    pub diagnoses: Vec<Diagnosis>,
    /// Every other HI value.
    pub coded_values: Vec<CodedValue>,
    /// 2310.
    pub providers: Vec<ClaimProvider>,
    /// 2320 and 2330.
    pub other_payers: Vec<OtherPayer>,
    /// 2400.
    pub lines: Vec<Line>,
    /// Everything else outside 2320, 2330 and 2400.
    pub carried: Vec<CarriedSegment>,
}

impl Claim {
    /// What the sender asks with this claim.
    #[must_use]
    pub fn frequency(&self) -> FrequencyCode {
        match self.bill_type.frequency.as_str() {
            "7" => FrequencyCode::Replacement,
            "8" => FrequencyCode::Void,
            _ => FrequencyCode::Original,
        }
    }

    /// The payer's number of the earlier claim (REF F8).
    #[must_use]
    pub fn payer_claim_control_number(&self) -> Option<&str> {
        find_reference(&self.references, "F8")
    }

    /// The prior authorization number (REF G1).
    #[must_use]
    pub fn prior_authorization(&self) -> Option<&str> {
        find_reference(&self.references, "G1")
    }

    /// The patient: the person of 2010CA, or the subscriber.
    #[must_use]
    pub fn patient_person(&self) -> &Person {
        self.patient.as_ref().unwrap_or(&self.subscriber.person)
    }

    /// First and last day of service: of the statement (434), else over all lines.
    #[must_use]
    pub fn service_dates(&self) -> Option<DateRange> {
        let statement = self.dates.iter().find(|date| date.qualifier == "434");
        if let Some(range) = statement.and_then(ClaimDate::range) {
            return Some(range);
        }
        let mut spans = self.lines.iter().filter_map(Line::service_dates);
        let first = spans.next()?;
        Some(spans.fold(first, |all, span| DateRange {
            from: all.from.min(span.from),
            to: all.to.max(span.to),
        }))
    }

    /// Day of service that decides coverage, rates and code sets: the first one.
    #[must_use]
    pub fn service_from(&self) -> Option<Date> {
        self.service_dates().map(|range| range.from)
    }

    /// The rendering provider: 2310B, else the billing provider.
    #[must_use]
    pub fn rendering_provider(&self) -> &Party {
        self.providers.iter().find(|p| p.entity == "82").unwrap_or(&self.billing_provider)
    }
}

/// The value of the first reference with this qualifier.
fn find_reference<'a>(references: &'a [Reference], qualifier: &str) -> Option<&'a str> {
    let found = references.iter().find(|reference| reference.qualifier == qualifier);
    found.map(|reference| reference.value.as_str())
}
