//! What the models ask about a person besides the diagnoses.

/// The greatest age in years that is taken for one.
pub const OLDEST_YEARS: u8 = 125;

/// Sex as Medicare records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female, code `F` or `2`.
    Female,
    /// Male, code `M` or `1`.
    Male,
}

/// Why a person is entitled to Medicare (OREC and CREC of the enrollment record).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entitlement {
    /// Old age and survivors insurance, code 0.
    Age,
    /// Disability insurance benefits, code 1.
    Disability,
    /// End-stage renal disease, code 2.
    Esrd,
    /// Disability insurance benefits and end-stage renal disease, code 3.
    DisabilityAndEsrd,
}

impl Entitlement {
    /// The entitlement of a code `0` to `3`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Entitlement> {
        match code {
            "0" => Some(Entitlement::Age),
            "1" => Some(Entitlement::Disability),
            "2" => Some(Entitlement::Esrd),
            "3" => Some(Entitlement::DisabilityAndEsrd),
            _ => None,
        }
    }

    /// True for the two codes that name end-stage renal disease.
    #[must_use]
    pub fn is_esrd(self) -> bool {
        matches!(self, Entitlement::Esrd | Entitlement::DisabilityAndEsrd)
    }
}

/// Medicaid beside Medicare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dual {
    /// None.
    None,
    /// Help with premiums or cost sharing alone: QMB, SLMB, QDWI and QI.
    Partial,
    /// Full Medicaid benefits.
    Full,
}

impl Dual {
    /// The status of a dual eligibility code (CMS, `DUAL_ELGBL_CD`): full benefit are 02, 04 and
    /// 08, partial benefit 01, 03, 05 and 06; `NA`, 00, 07, 09, 10 and 99 are no Medicaid.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Dual> {
        match code {
            "02" | "04" | "08" => Some(Dual::Full),
            "01" | "03" | "05" | "06" => Some(Dual::Partial),
            "" | "NA" | "00" | "07" | "09" | "10" | "99" => Some(Dual::None),
            _ => None,
        }
    }
}

/// A person in the payment year, without name or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Age in whole years on 1 February of the payment year.
    pub age_years: u8,
    /// Sex.
    pub sex: Sex,
    /// Original reason for entitlement (OREC).
    pub original_entitlement: Entitlement,
    /// Current reason for entitlement (CREC).
    pub current_entitlement: Entitlement,
    /// Medicaid beside Medicare.
    pub dual: Dual,
    /// True with less than 12 months of Part B in the year of the diagnoses.
    pub is_new_enrollee: bool,
    /// True in a special needs plan for chronic conditions (C-SNP).
    pub in_special_needs_plan: bool,
    /// True after more than 90 days in an institution.
    pub is_long_term_institutional: bool,
    /// Months since a kidney transplant, the month of the transplant being 1; none without one.
    pub graft_months: Option<u16>,
}

impl Person {
    /// True from 65 years.
    pub(crate) fn is_aged(&self) -> bool {
        self.age_years >= 65
    }

    /// Entitled below 65 years for another reason than age.
    pub(crate) fn is_disabled(&self) -> bool {
        !self.is_aged() && self.original_entitlement != Entitlement::Age
    }

    /// First entitled by disability (OREC 1) and now by age.
    pub(crate) fn is_originally_disabled(&self) -> bool {
        self.is_aged() && self.original_entitlement == Entitlement::Disability
    }

    pub(crate) fn has_medicaid(&self) -> bool {
        self.dual != Dual::None
    }

    /// New enrollees of 64 who are entitled by age turn 65 in the year and count as 65.
    pub(crate) fn is_aged_as_new_enrollee(&self) -> bool {
        self.new_enrollee_age_years() >= 65
    }

    pub(crate) fn new_enrollee_age_years(&self) -> u8 {
        let turns_65 = self.age_years == 64 && self.original_entitlement == Entitlement::Age;
        if turns_65 { 65 } else { self.age_years }
    }

    /// On dialysis or with a transplanted kidney, as far as entitlement and graft say it.
    pub(crate) fn has_esrd(&self) -> bool {
        self.original_entitlement.is_esrd()
            || self.current_entitlement.is_esrd()
            || self.graft_months.is_some()
    }
}
