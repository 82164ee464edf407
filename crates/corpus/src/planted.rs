//! The errors that are planted in claims, and who should find them.

/// Who should find a planted error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaughtBy {
    /// The clean-claim engine, from the file and code tables alone.
    Edits,
    /// The prediction that runs the payer's rules before sending, and the payer itself.
    Prediction,
}

impl CaughtBy {
    /// `edits` or `prediction`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CaughtBy::Edits => "edits",
            CaughtBy::Prediction => "prediction",
        }
    }
}

/// A place in a claim where a planted error lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Landmark {
    /// CLM.
    Claim,
    /// The first HI; when HI is missing, the segment that follows.
    Diagnoses,
    /// SV1 or SV2 of the first line.
    Service,
    /// SV1 of the second line.
    SecondService,
    /// DTP 472 of the first line.
    ServiceDate,
    /// NM1*82.
    Rendering,
    /// NM1*IL.
    Subscriber,
    /// DMG of the patient.
    Birth,
    /// CL1.
    Institutional,
}

impl Landmark {
    /// The identifier of the segment, `SV1` standing for the service segment of either kind.
    #[must_use]
    pub fn segment_id(self) -> &'static str {
        match self {
            Landmark::Claim => "CLM",
            Landmark::Diagnoses => "HI",
            Landmark::Service | Landmark::SecondService => "SV1",
            Landmark::ServiceDate => "DTP",
            Landmark::Rendering | Landmark::Subscriber => "NM1",
            Landmark::Birth => "DMG",
            Landmark::Institutional => "CL1",
        }
    }
}

macro_rules! planted {
    ($($name:ident $word:literal $caught:ident $landmark:ident $state:ident $carc:literal
       $text:literal;)+) => {
        /// A kind of planted error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Planted { $(#[doc = $text] $name,)+ }

        impl Planted {
            /// Every kind.
            pub const ALL: &'static [Planted] = &[$(Planted::$name,)+];

            /// The word in truth files.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Planted::$name => $word,)+ }
            }

            /// Who should find it.
            #[must_use]
            pub fn caught_by(self) -> CaughtBy {
                match self { $(Planted::$name => CaughtBy::$caught,)+ }
            }

            /// Where it lies.
            #[must_use]
            pub fn landmark(self) -> Landmark {
                match self { $(Planted::$name => Landmark::$landmark,)+ }
            }

            /// The state in which the claim ends when it is sent all the same.
            #[must_use]
            pub fn state(self) -> State {
                match self { $(Planted::$name => State::$state,)+ }
            }

            /// Claim adjustment reason code of the denial, empty for a rejected claim.
            #[must_use]
            pub fn carc(self) -> &'static str {
                match self { $(Planted::$name => $carc,)+ }
            }
        }
    };
}

/// The state in which a claim of the month ends, in the words of the claim model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Adjudicated with money or patient share, in a remittance.
    Paid,
    /// Returned before adjudication.
    Rejected,
    /// Nothing payable for an administrative reason.
    Denied,
    /// Waits for a person.
    Pended,
    /// Paid, then replaced by a later claim (frequency 7).
    Reversed,
    /// Paid, then voided by a later claim (frequency 8); also the voiding claim itself.
    Voided,
}

impl State {
    /// The word in truth files; the same as the claim model's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Paid => "paid",
            State::Rejected => "rejected",
            State::Denied => "denied",
            State::Pended => "pended",
            State::Reversed => "reversed",
            State::Voided => "voided",
        }
    }
}

planted! {
    NpiCheckDigit "npi-check-digit" Edits Rendering Rejected ""
        "The rendering provider's NPI fails its check digit.";
    DiagnosisUnknown "diagnosis-unknown" Edits Diagnoses Rejected ""
        "A diagnosis code that does not exist.";
    DiagnosisHeader "diagnosis-header" Edits Diagnoses Rejected ""
        "A diagnosis code that must be written with more digits.";
    DiagnosisMissing "diagnosis-missing" Edits Diagnoses Rejected ""
        "No diagnosis at all.";
    ProcedureUnknown "procedure-unknown" Edits Service Rejected ""
        "A procedure code that does not exist.";
    PointerBeyondList "pointer-beyond-list" Edits Service Rejected ""
        "A line that points to a diagnosis that the claim does not have.";
    AssignmentMissing "assignment-missing" Edits Claim Rejected ""
        "CLM07 is empty.";
    UnitsMissing "units-missing" Edits Service Rejected ""
        "The units of a line are empty.";
    UnitsZero "units-zero" Edits Service Rejected ""
        "The units of a line are zero.";
    ChargeImbalance "charge-imbalance" Edits Claim Rejected ""
        "The claim's charge is a cent above its lines.";
    FutureService "future-service" Edits ServiceDate Rejected ""
        "The service lies after the day on which the claim is sent.";
    DateInvalid "date-invalid" Edits ServiceDate Rejected ""
        "The service is on the thirtieth of February.";
    PlaceOfServiceUnknown "place-of-service-unknown" Edits Claim Rejected ""
        "A place of service that does not exist.";
    ReplacementWithoutOriginal "replacement-without-original" Edits Claim Rejected ""
        "A replacement that does not name the earlier claim.";
    BirthAfterService "birth-after-service" Edits Birth Rejected ""
        "The patient is born after the service.";
    MemberIdMissing "member-id-missing" Edits Subscriber Rejected ""
        "The subscriber has no member number.";
    ProcedurePair "procedure-pair" Edits SecondService Pended ""
        "Two procedures that may not be billed together (NCCI).";
    UnitsAboveLimit "units-above-limit" Edits Service Pended ""
        "More units than are possible in a day (MUE).";
    RevenueCodeUnknown "revenue-code-unknown" Edits Service Rejected ""
        "A revenue code that does not exist.";
    DischargeStatusUnknown "discharge-status-unknown" Edits Institutional Rejected ""
        "A discharge status that does not exist.";
    InstitutionalMissing "institutional-missing" Edits Institutional Rejected ""
        "CL1 is missing.";
    Duplicate "duplicate" Edits Claim Denied "18"
        "The claim before, sent again as if it were new.";
    UnknownMember "unknown-member" Prediction Subscriber Denied "31"
        "A member number that the plan never issued.";
    CoverageEnded "coverage-ended" Prediction Subscriber Denied "27"
        "Coverage ended before the service.";
    TimelyFiling "timely-filing" Prediction Claim Denied "29"
        "Sent after the filing limit.";
    AuthorizationMissing "authorization-missing" Prediction Claim Denied "197"
        "A drug that needs a prior authorization comes without one.";
    NotCovered "not-covered" Prediction Service Denied "96"
        "A service that no plan covers.";
    StayAuthorizationMissing "stay-authorization-missing" Prediction Claim Pended ""
        "A stay without a prior authorization waits for a person.";
}

/// The kinds that a practice's claim can have.
pub(crate) const PROFESSIONAL: [Planted; 24] = [
    Planted::NpiCheckDigit,
    Planted::DiagnosisUnknown,
    Planted::DiagnosisHeader,
    Planted::DiagnosisMissing,
    Planted::ProcedureUnknown,
    Planted::PointerBeyondList,
    Planted::AssignmentMissing,
    Planted::UnitsMissing,
    Planted::UnitsZero,
    Planted::ChargeImbalance,
    Planted::FutureService,
    Planted::DateInvalid,
    Planted::PlaceOfServiceUnknown,
    Planted::ReplacementWithoutOriginal,
    Planted::BirthAfterService,
    Planted::MemberIdMissing,
    Planted::ProcedurePair,
    Planted::UnitsAboveLimit,
    Planted::Duplicate,
    Planted::UnknownMember,
    Planted::CoverageEnded,
    Planted::TimelyFiling,
    Planted::AuthorizationMissing,
    Planted::NotCovered,
];

/// The kinds that a hospital's claim can have.
pub(crate) const INSTITUTIONAL: [Planted; 12] = [
    Planted::DiagnosisUnknown,
    Planted::DiagnosisHeader,
    Planted::ChargeImbalance,
    Planted::RevenueCodeUnknown,
    Planted::DischargeStatusUnknown,
    Planted::InstitutionalMissing,
    Planted::ReplacementWithoutOriginal,
    Planted::Duplicate,
    Planted::UnknownMember,
    Planted::CoverageEnded,
    Planted::TimelyFiling,
    Planted::StayAuthorizationMissing,
];
