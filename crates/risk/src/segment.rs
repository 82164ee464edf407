//! Segments: which column of coefficients a person is scored by, and its demographic variables.

use crate::name::ModelName;
use crate::person::{Dual, Entitlement, Person, Sex};

/// A group of people with coefficients of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum SegmentName {
    /// Community, no Medicaid, aged.
    Cna,
    /// Community, no Medicaid, disabled.
    Cnd,
    /// Community, full Medicaid, aged.
    Cfa,
    /// Community, full Medicaid, disabled.
    Cfd,
    /// Community, partial Medicaid, aged.
    Cpa,
    /// Community, partial Medicaid, disabled.
    Cpd,
    /// Long-term institutional.
    Ins,
    /// New enrollee.
    Ne,
    /// New enrollee in a special needs plan for chronic conditions.
    Snpne,
    /// Dialysis.
    Di,
    /// Dialysis, new enrollee.
    Dne,
    /// Functioning graft from the fourth month, community.
    Gc,
    /// Functioning graft from the fourth month, long-term institutional.
    Gi,
    /// Functioning graft from the fourth month, new enrollee.
    Gne,
    /// Month of a kidney transplant.
    Transplant1,
    /// Second month.
    Transplant2,
    /// Third month.
    Transplant3,
}

impl SegmentName {
    /// Every segment.
    pub const ALL: [SegmentName; 17] = [
        SegmentName::Cna,
        SegmentName::Cnd,
        SegmentName::Cfa,
        SegmentName::Cfd,
        SegmentName::Cpa,
        SegmentName::Cpd,
        SegmentName::Ins,
        SegmentName::Ne,
        SegmentName::Snpne,
        SegmentName::Di,
        SegmentName::Dne,
        SegmentName::Gc,
        SegmentName::Gi,
        SegmentName::Gne,
        SegmentName::Transplant1,
        SegmentName::Transplant2,
        SegmentName::Transplant3,
    ];

    /// The word of the published coefficient names, for example `CNA`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SegmentName::Cna => "CNA",
            SegmentName::Cnd => "CND",
            SegmentName::Cfa => "CFA",
            SegmentName::Cfd => "CFD",
            SegmentName::Cpa => "CPA",
            SegmentName::Cpd => "CPD",
            SegmentName::Ins => "INS",
            SegmentName::Ne => "NE",
            SegmentName::Snpne => "SNPNE",
            SegmentName::Di => "DI",
            SegmentName::Dne => "DNE",
            SegmentName::Gc => "GC",
            SegmentName::Gi => "GI",
            SegmentName::Gne => "GNE",
            SegmentName::Transplant1 => "TRANSPLANT_KIDNEY_ONLY_1M",
            SegmentName::Transplant2 => "TRANSPLANT_KIDNEY_ONLY_2M",
            SegmentName::Transplant3 => "TRANSPLANT_KIDNEY_ONLY_3M",
        }
    }

    /// The segment of a person; none when the model is not about the person.
    #[must_use]
    pub fn of(model: ModelName, person: &Person) -> Option<SegmentName> {
        if !model.is_esrd() {
            return Some(SegmentName::of_cms_hcc(person));
        }
        person.has_esrd().then_some(match person.graft_months {
            Some(..=1) => SegmentName::Transplant1,
            Some(2) => SegmentName::Transplant2,
            Some(3) => SegmentName::Transplant3,
            Some(4..) if person.is_long_term_institutional => SegmentName::Gi,
            Some(4..) if person.is_new_enrollee => SegmentName::Gne,
            Some(4..) => SegmentName::Gc,
            None if person.is_new_enrollee => SegmentName::Dne,
            None => SegmentName::Di,
        })
    }

    fn of_cms_hcc(person: &Person) -> SegmentName {
        if person.is_long_term_institutional {
            return SegmentName::Ins;
        }
        if person.is_new_enrollee {
            let special = person.in_special_needs_plan;
            return if special { SegmentName::Snpne } else { SegmentName::Ne };
        }
        match (person.dual, person.is_aged()) {
            (Dual::None, true) => SegmentName::Cna,
            (Dual::None, false) => SegmentName::Cnd,
            (Dual::Full, true) => SegmentName::Cfa,
            (Dual::Full, false) => SegmentName::Cfd,
            (Dual::Partial, true) => SegmentName::Cpa,
            (Dual::Partial, false) => SegmentName::Cpd,
        }
    }

    fn ages(self) -> Ages {
        match self {
            SegmentName::Ne | SegmentName::Snpne | SegmentName::Gne => Ages::New,
            SegmentName::Dne => Ages::NewOnDialysis,
            _ => Ages::Continuing,
        }
    }

    /// The number of the cell that holds the person, among the cells of the segment.
    pub(crate) fn cell_of(self, person: &Person) -> usize {
        let ages = self.ages();
        let is_new = ages != Ages::Continuing;
        let age = if is_new { person.new_enrollee_age_years() } else { person.age_years };
        let was_disabled = person.original_entitlement == Entitlement::Disability;
        let kind = Kind {
            has_medicaid: is_new && person.has_medicaid(),
            // On dialysis new enrollees of any age are told apart by it.
            is_originally_disabled: match ages {
                Ages::Continuing => false,
                Ages::New => was_disabled && person.is_aged(),
                Ages::NewOnDialysis => was_disabled,
            },
            is_male: person.sex == Sex::Male,
        };
        kind.cell(ages.band_of(age), ages)
    }

    /// The number of the cell that a published variable such as `F70_74` or
    /// `MCAID_NORIGDIS_NEF65` names.
    pub(crate) fn cell_of_variable(self, variable: &str) -> Option<usize> {
        let ages = self.ages();
        let mut kind = Kind::default();
        let mut rest = variable;
        if ages != Ages::Continuing {
            let (medicaid, after) = rest.split_once('_')?;
            kind.has_medicaid = yes_or_no(medicaid, "MCAID")?;
            let (disabled, after) = after.split_once('_')?;
            kind.is_originally_disabled = yes_or_no(disabled, "ORIGDIS")?;
            rest = after.strip_prefix("NE")?;
        }
        kind.is_male = rest.starts_with('M');
        let band = rest.strip_prefix(if kind.is_male { 'M' } else { 'F' })?;
        let band = ages.bands().iter().position(|(_, word)| *word == band)?;
        Some(kind.cell(band, ages))
    }

    /// How many cells the segment may have.
    pub(crate) fn cell_count(self) -> usize {
        8 * self.ages().bands().len()
    }
}

/// `MCAID` is yes, `NMCAID` is no.
fn yes_or_no(text: &str, word: &str) -> Option<bool> {
    match text.strip_prefix('N') {
        Some(rest) if rest == word => Some(false),
        _ if text == word => Some(true),
        _ => None,
    }
}

/// What tells cells of one age band apart.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    has_medicaid: bool,
    is_originally_disabled: bool,
    is_male: bool,
}

impl Kind {
    fn cell(self, band: usize, ages: Ages) -> usize {
        let kind = usize::from(self.has_medicaid) * 4
            + usize::from(self.is_originally_disabled) * 2
            + usize::from(self.is_male);
        kind * ages.bands().len() + band
    }
}

/// How a segment groups ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ages {
    Continuing,
    New,
    NewOnDialysis,
}

/// The first age in years of each band, and its word in the published names.
type Bands = &'static [(u8, &'static str)];

const CONTINUING: Bands = &[
    (0, "0_34"),
    (35, "35_44"),
    (45, "45_54"),
    (55, "55_59"),
    (60, "60_64"),
    (65, "65_69"),
    (70, "70_74"),
    (75, "75_79"),
    (80, "80_84"),
    (85, "85_89"),
    (90, "90_94"),
    (95, "95_GT"),
];

const NEW: Bands = &[
    (0, "0_34"),
    (35, "35_44"),
    (45, "45_54"),
    (55, "55_59"),
    (60, "60_64"),
    (65, "65"),
    (66, "66"),
    (67, "67"),
    (68, "68"),
    (69, "69"),
    (70, "70_74"),
    (75, "75_79"),
    (80, "80_84"),
    (85, "85_89"),
    (90, "90_94"),
    (95, "95_GT"),
];

const NEW_ON_DIALYSIS: Bands = &[
    (0, "0_34"),
    (35, "35_44"),
    (45, "45_54"),
    (55, "55_59"),
    (60, "60_64"),
    (65, "65_69"),
    (70, "70_74"),
    (75, "75_79"),
    (80, "80_84"),
    (85, "85_GT"),
];

impl Ages {
    fn bands(self) -> Bands {
        match self {
            Ages::Continuing => CONTINUING,
            Ages::New => NEW,
            Ages::NewOnDialysis => NEW_ON_DIALYSIS,
        }
    }

    fn band_of(self, age_years: u8) -> usize {
        let below = self.bands().iter().take_while(|(first, _)| *first <= age_years).count();
        below.saturating_sub(1)
    }
}

/// A demographic variable beside the cell of age and sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    OriginallyDisabled(Sex),
    OriginallyDisabledInInstitution,
    OriginallyEsrd(Sex),
    Medicaid,
    MedicaidInInstitution,
    MedicaidBySexAndAge {
        sex: Sex,
        is_aged: bool,
    },
    /// Months 4 to 9 after a transplant, or from the tenth.
    Graft {
        is_aged: bool,
        is_late: bool,
    },
}

impl Flag {
    pub(crate) fn of_variable(variable: &str) -> Option<Flag> {
        let by_sex_and_age = |sex, is_aged| Some(Flag::MedicaidBySexAndAge { sex, is_aged });
        match variable {
            "OriginallyDisabled_Female" => Some(Flag::OriginallyDisabled(Sex::Female)),
            "OriginallyDisabled_Male" => Some(Flag::OriginallyDisabled(Sex::Male)),
            "ORIGDS" => Some(Flag::OriginallyDisabledInInstitution),
            "Originally_ESRD_Female" => Some(Flag::OriginallyEsrd(Sex::Female)),
            "Originally_ESRD_Male" => Some(Flag::OriginallyEsrd(Sex::Male)),
            "MCAID" => Some(Flag::Medicaid),
            "LTIMCAID" => Some(Flag::MedicaidInInstitution),
            "MCAID_Female_Aged" => by_sex_and_age(Sex::Female, true),
            "MCAID_Female_NonAged" => by_sex_and_age(Sex::Female, false),
            "MCAID_Male_Aged" => by_sex_and_age(Sex::Male, true),
            "MCAID_Male_NonAged" => by_sex_and_age(Sex::Male, false),
            "GE65_DUR4_9" => Some(Flag::Graft { is_aged: true, is_late: false }),
            "LT65_DUR4_9" => Some(Flag::Graft { is_aged: false, is_late: false }),
            "GE65_DUR10PL" => Some(Flag::Graft { is_aged: true, is_late: true }),
            "LT65_DUR10PL" => Some(Flag::Graft { is_aged: false, is_late: true }),
            _ => None,
        }
    }

    /// True when the variable holds for a person of the segment.
    pub(crate) fn holds(self, segment: SegmentName, person: &Person) -> bool {
        match self {
            Flag::OriginallyDisabled(sex) => person.is_originally_disabled() && person.sex == sex,
            Flag::OriginallyDisabledInInstitution => person.is_originally_disabled(),
            Flag::OriginallyEsrd(sex) => {
                person.is_aged() && person.original_entitlement.is_esrd() && person.sex == sex
            }
            Flag::Medicaid | Flag::MedicaidInInstitution => person.has_medicaid(),
            Flag::MedicaidBySexAndAge { sex, is_aged } => {
                person.has_medicaid() && person.sex == sex && person.is_aged() == is_aged
            }
            Flag::Graft { is_aged, is_late } => {
                let aged = match segment.ages() {
                    Ages::Continuing => person.is_aged(),
                    Ages::New | Ages::NewOnDialysis => person.is_aged_as_new_enrollee(),
                };
                let months = person.graft_months.unwrap_or_default();
                aged == is_aged && months >= 4 && (months >= 10) == is_late
            }
        }
    }

    /// True for what counts as demographic; the kidneys' own variables count with the diseases.
    pub(crate) fn is_demographic(self) -> bool {
        !matches!(self, Flag::OriginallyEsrd(_) | Flag::Graft { .. })
    }
}
