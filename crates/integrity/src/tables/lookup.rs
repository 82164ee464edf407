//! Which code sets there are, and what a table can say about a code on a day.

/// A code set that claims and remittance advices draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CodeSet {
    /// ICD-10-CM diagnoses, without the point.
    Icd10Cm,
    /// HCPCS: level I (CPT) and level II procedures.
    Hcpcs,
    /// HCPCS modifiers of both levels.
    Modifier,
    /// CMS place of service.
    PlaceOfService,
    /// Revenue codes, four digits.
    Revenue,
    /// Type of bill: facility type, classification and frequency.
    BillType,
    /// Patient discharge status.
    DischargeStatus,
    /// Type of admission.
    AdmissionType,
    /// Point of origin for the admission.
    AdmissionSource,
    /// Condition codes.
    Condition,
    /// Claim adjustment reason codes.
    Carc,
    /// Remittance advice remark codes.
    Rarc,
    /// Claim adjustment group codes.
    AdjustmentGroup,
    /// State and province codes.
    State,
    /// United States ZIP codes, five or nine digits.
    Zip,
    /// Claim status category codes (277CA STC01-1).
    ClaimStatusCategory,
    /// Claim status codes (277CA STC01-2).
    ClaimStatus,
}

/// What the tables say about a code on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeAnswer {
    /// Listed and in force.
    Valid,
    /// Not listed.
    Unknown,
    /// Listed, in force from a later day.
    NotYetEffective,
    /// Listed, ended before the day.
    Expired,
    /// A header of more specific codes, which may not be billed.
    NotBillable,
    /// No table is loaded that could tell.
    NoTable,
}

/// Answers whether a code is in force on a day.
pub trait CodeLookup {
    /// The answer for the code; without a day, whether it is listed at all.
    fn lookup(&self, set: CodeSet, code: &str, on: Option<counterfoil_base::Date>) -> CodeAnswer;
}
