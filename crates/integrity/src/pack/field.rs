//! The facts of a claim or line that a payer's edit may name.

use counterfoil_base::{Date, Decimal, Text, days_between, parse_ccyymmdd};
use counterfoil_claim::{Claim, ClaimKind, Line, Party};

/// What a condition is asked about: the claim, and the line when the edit is about lines.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) line: Option<&'a Line>,
}

/// A fact that is text, possibly several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextField {
    ClaimFrequency,
    ClaimFacilityCode,
    ClaimBillType,
    ClaimAuthorization,
    ClaimReferral,
    ClaimPayerControlNumber,
    ClaimPrincipalDiagnosis,
    ClaimDiagnoses,
    ClaimConditionCodes,
    ClaimProcedures,
    ClaimRevenueCodes,
    ClaimAttachments,
    ClaimAdmissionType,
    ClaimDischargeStatus,
    BillingNpi,
    BillingTaxonomy,
    BillingTaxId,
    BillingState,
    RenderingNpi,
    RenderingTaxonomy,
    ReferringNpi,
    SubscriberMemberId,
    SubscriberGroup,
    SubscriberFilingIndicator,
    PatientGender,
    PatientRelationship,
    LineProcedure,
    LineModifiers,
    LineRevenueCode,
    LinePlaceOfService,
    LineDiagnoses,
    LineDrug,
    LineAuthorization,
    LineServiceDate,
}

/// A fact that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberField {
    ClaimCharge,
    ClaimLineCount,
    ClaimDays,
    PatientAge,
    LineUnits,
    LineCharge,
    LineDays,
}

/// A fact of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Text(TextField),
    Number(NumberField),
}

/// Every name that a pack may use; the guide in `docs/reference/rule-packs.md` explains them.
pub(crate) const FIELDS: [(&str, Field); 41] = [
    ("claim.frequency", Field::Text(TextField::ClaimFrequency)),
    ("claim.facility_code", Field::Text(TextField::ClaimFacilityCode)),
    ("claim.bill_type", Field::Text(TextField::ClaimBillType)),
    ("claim.authorization", Field::Text(TextField::ClaimAuthorization)),
    ("claim.referral", Field::Text(TextField::ClaimReferral)),
    ("claim.payer_claim_control_number", Field::Text(TextField::ClaimPayerControlNumber)),
    ("claim.principal_diagnosis", Field::Text(TextField::ClaimPrincipalDiagnosis)),
    ("claim.diagnoses", Field::Text(TextField::ClaimDiagnoses)),
    ("claim.condition_codes", Field::Text(TextField::ClaimConditionCodes)),
    ("claim.procedures", Field::Text(TextField::ClaimProcedures)),
    ("claim.revenue_codes", Field::Text(TextField::ClaimRevenueCodes)),
    ("claim.attachments", Field::Text(TextField::ClaimAttachments)),
    ("claim.admission_type", Field::Text(TextField::ClaimAdmissionType)),
    ("claim.discharge_status", Field::Text(TextField::ClaimDischargeStatus)),
    ("claim.charge", Field::Number(NumberField::ClaimCharge)),
    ("claim.line_count", Field::Number(NumberField::ClaimLineCount)),
    ("claim.days", Field::Number(NumberField::ClaimDays)),
    ("billing_provider.npi", Field::Text(TextField::BillingNpi)),
    ("billing_provider.taxonomy", Field::Text(TextField::BillingTaxonomy)),
    ("billing_provider.tax_id", Field::Text(TextField::BillingTaxId)),
    ("billing_provider.state", Field::Text(TextField::BillingState)),
    ("rendering_provider.npi", Field::Text(TextField::RenderingNpi)),
    ("rendering_provider.taxonomy", Field::Text(TextField::RenderingTaxonomy)),
    ("referring_provider.npi", Field::Text(TextField::ReferringNpi)),
    ("subscriber.member_id", Field::Text(TextField::SubscriberMemberId)),
    ("subscriber.group_number", Field::Text(TextField::SubscriberGroup)),
    ("subscriber.filing_indicator", Field::Text(TextField::SubscriberFilingIndicator)),
    ("patient.gender", Field::Text(TextField::PatientGender)),
    ("patient.relationship", Field::Text(TextField::PatientRelationship)),
    ("patient.age", Field::Number(NumberField::PatientAge)),
    ("line.procedure", Field::Text(TextField::LineProcedure)),
    ("line.modifiers", Field::Text(TextField::LineModifiers)),
    ("line.revenue_code", Field::Text(TextField::LineRevenueCode)),
    ("line.place_of_service", Field::Text(TextField::LinePlaceOfService)),
    ("line.diagnoses", Field::Text(TextField::LineDiagnoses)),
    ("line.drug", Field::Text(TextField::LineDrug)),
    ("line.authorization", Field::Text(TextField::LineAuthorization)),
    ("line.service_date", Field::Text(TextField::LineServiceDate)),
    ("line.units", Field::Number(NumberField::LineUnits)),
    ("line.charge", Field::Number(NumberField::LineCharge)),
    ("line.days", Field::Number(NumberField::LineDays)),
];

/// The field of a name.
pub(crate) fn field_named(name: &str) -> Option<Field> {
    FIELDS.iter().find(|field| field.0 == name).map(|field| field.1)
}

impl TextField {
    /// Calls back with each value; empty values are absent.
    pub(crate) fn each(self, subject: Subject<'_>, see: &mut dyn FnMut(&str)) {
        let mut see = |value: &str| {
            if !value.is_empty() {
                see(value);
            }
        };
        if let Some(line) = subject.line
            && self.each_of_line(subject.claim, line, &mut see)
        {
            return;
        }
        if self.each_of_parties(subject.claim, &mut see) {
            return;
        }
        self.each_of_claim(subject.claim, &mut see);
    }

    /// False when the field is not one of lines.
    fn each_of_line(self, claim: &Claim, line: &Line, see: &mut dyn FnMut(&str)) -> bool {
        match self {
            TextField::LineProcedure => see(line.procedure_code()),
            TextField::LineModifiers => line.modifiers().iter().for_each(|code| see(code)),
            TextField::LineRevenueCode => see(&line.revenue_code),
            TextField::LinePlaceOfService => match line.place_of_service.as_str() {
                "" if claim.kind == ClaimKind::Professional => see(&claim.bill_type.facility_code),
                own => see(own),
            },
            TextField::LineDiagnoses => {
                let pointable = |code: &str| matches!(code, "ABK" | "ABF" | "BK" | "BF");
                for pointer in &line.diagnosis_pointers {
                    let mut listed = claim.diagnoses.iter().filter(|d| pointable(&d.qualifier));
                    let place = usize::from(*pointer).checked_sub(1);
                    if let Some(diagnosis) = place.and_then(|place| listed.nth(place)) {
                        see(&diagnosis.code);
                    }
                }
            }
            TextField::LineDrug => see(line.drug.as_ref().map_or("", |drug| drug.code.as_str())),
            TextField::LineAuthorization => {
                let own = line.references.iter().find(|reference| reference.qualifier == "G1");
                see(own.map(|r| r.value.as_str()).or(claim.prior_authorization()).unwrap_or(""));
            }
            TextField::LineServiceDate => {
                let service = line.dates.iter().find(|date| date.qualifier == "472");
                see(service.map_or("", |date| date.value.as_str()));
            }
            _ => return false,
        }
        true
    }

    /// False when the field is not one of the parties.
    fn each_of_parties(self, claim: &Claim, see: &mut dyn FnMut(&str)) -> bool {
        let rendering = claim.rendering_provider();
        let npi = |party: &'_ Party| Text::from(party.npi().unwrap_or(""));
        match self {
            TextField::BillingNpi => see(&npi(&claim.billing_provider)),
            TextField::BillingTaxonomy => see(&claim.billing_provider.taxonomy),
            TextField::BillingTaxId => see(claim.billing_provider.tax_id().unwrap_or("")),
            TextField::BillingState => {
                let address = claim.billing_provider.address.as_ref();
                see(address.map_or("", |address| address.state.as_str()));
            }
            TextField::RenderingNpi => see(&npi(rendering)),
            TextField::RenderingTaxonomy => see(&rendering.taxonomy),
            TextField::ReferringNpi => {
                let referring = claim.providers.iter().find(|provider| provider.entity == "DN");
                see(&referring.map_or(Text::default(), npi));
            }
            TextField::SubscriberMemberId => see(claim.subscriber.person.id.expose()),
            TextField::SubscriberGroup => see(&claim.subscriber.group_number),
            TextField::SubscriberFilingIndicator => see(&claim.subscriber.filing_indicator),
            TextField::PatientGender => see(&claim.patient_person().gender),
            TextField::PatientRelationship => see(&claim.patient_relationship),
            _ => return false,
        }
        true
    }

    fn each_of_claim(self, claim: &Claim, see: &mut dyn FnMut(&str)) {
        let facts = claim.institutional.as_ref();
        let reference = |qualifier: &str| {
            let mut references = claim.references.iter();
            references.find(|r| r.qualifier == qualifier).map_or("", |r| r.value.as_str())
        };
        match self {
            TextField::ClaimFrequency => see(&claim.bill_type.frequency),
            TextField::ClaimFacilityCode => see(&claim.bill_type.facility_code),
            TextField::ClaimBillType => {
                let (facility, frequency) =
                    (&claim.bill_type.facility_code, &claim.bill_type.frequency);
                see(&format!("{facility}{frequency}"));
            }
            TextField::ClaimAuthorization => see(reference("G1")),
            TextField::ClaimReferral => see(reference("9F")),
            TextField::ClaimPayerControlNumber => see(reference("F8")),
            TextField::ClaimPrincipalDiagnosis => {
                let principal = |qualifier: &str| matches!(qualifier, "ABK" | "BK");
                let found = claim.diagnoses.iter().find(|d| principal(&d.qualifier));
                see(found.map_or("", |diagnosis| diagnosis.code.as_str()));
            }
            TextField::ClaimDiagnoses => claim.diagnoses.iter().for_each(|d| see(&d.code)),
            TextField::ClaimConditionCodes => {
                let conditions = claim.coded_values.iter().filter(|value| value.qualifier == "BG");
                conditions.for_each(|value| see(&value.code));
            }
            TextField::ClaimProcedures => {
                claim.lines.iter().for_each(|line| see(line.procedure_code()));
            }
            TextField::ClaimRevenueCodes => {
                claim.lines.iter().for_each(|line| see(&line.revenue_code));
            }
            TextField::ClaimAttachments => {
                claim.attachments.iter().for_each(|attachment| see(&attachment.report_type));
            }
            TextField::ClaimAdmissionType => see(facts.map_or("", |f| f.admission_type.as_str())),
            TextField::ClaimDischargeStatus => {
                see(facts.map_or("", |f| f.discharge_status.as_str()));
            }
            // Fields of lines without a line have no value.
            _ => {}
        }
    }

    /// True for a fact of which a claim or line can have several values.
    pub(crate) fn has_several_values(self) -> bool {
        matches!(
            self,
            TextField::ClaimDiagnoses
                | TextField::ClaimConditionCodes
                | TextField::ClaimProcedures
                | TextField::ClaimRevenueCodes
                | TextField::ClaimAttachments
                | TextField::LineModifiers
                | TextField::LineDiagnoses
        )
    }

    /// True for a fact of a line.
    pub(crate) fn is_of_line(self) -> bool {
        matches!(
            self,
            TextField::LineProcedure
                | TextField::LineModifiers
                | TextField::LineRevenueCode
                | TextField::LinePlaceOfService
                | TextField::LineDiagnoses
                | TextField::LineDrug
                | TextField::LineAuthorization
                | TextField::LineServiceDate
        )
    }
}

impl NumberField {
    /// The value; nothing when the claim does not say.
    pub(crate) fn value(self, subject: Subject<'_>) -> Option<Decimal> {
        let claim = subject.claim;
        let days = |range: counterfoil_base::DateRange| {
            days_between(range.from, range.to).checked_add(1).map(Decimal::whole)
        };
        match self {
            NumberField::ClaimCharge => Some(Decimal::from_cents(claim.charge_cents)),
            NumberField::ClaimLineCount => {
                i64::try_from(claim.lines.len()).ok().map(Decimal::whole)
            }
            NumberField::ClaimDays => claim.service_dates().and_then(days),
            NumberField::PatientAge => {
                let birth = parse_ccyymmdd(claim.patient_person().birth_date.expose().as_bytes())?;
                let line_day = subject.line.and_then(Line::service_dates).map(|days| days.from);
                age_years(birth, line_day.or_else(|| claim.service_from())?)
            }
            NumberField::LineUnits => subject.line.map(|line| line.units),
            NumberField::LineCharge => subject.line.map(|l| Decimal::from_cents(l.charge_cents)),
            NumberField::LineDays => subject.line.and_then(Line::service_dates).and_then(days),
        }
    }

    pub(crate) fn is_of_line(self) -> bool {
        matches!(self, NumberField::LineUnits | NumberField::LineCharge | NumberField::LineDays)
    }
}

/// Completed years; nothing before birth.
fn age_years(birth: Date, on: Date) -> Option<Decimal> {
    let before_birthday = (on.month(), on.day()) < (birth.month(), birth.day());
    let years = i64::from(on.year()) - i64::from(birth.year()) - i64::from(before_birthday);
    (years >= 0).then(|| Decimal::whole(years))
}
