//! Other payers of the same claim, and the reductions that a payer makes.

use super::{Amount, ClaimDate, ClaimProvider, Party, Procedure, Subscriber};
use crate::carried::CarriedSegment;
use counterfoil_base::{Cents, Text, Units};

/// The claim adjustment group code (CAS01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AdjustmentGroup {
    /// CO, contractual obligation: the provider may not bill it to the patient.
    #[default]
    ContractualObligation,
    /// PR, patient responsibility.
    PatientResponsibility,
    /// OA, other adjustment.
    OtherAdjustment,
    /// PI, payer initiated reduction.
    PayerInitiated,
    /// CR, correction and reversal (not used in 005010, read from older files).
    CorrectionReversal,
}

impl AdjustmentGroup {
    /// The two-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AdjustmentGroup::ContractualObligation => "CO",
            AdjustmentGroup::PatientResponsibility => "PR",
            AdjustmentGroup::OtherAdjustment => "OA",
            AdjustmentGroup::PayerInitiated => "PI",
            AdjustmentGroup::CorrectionReversal => "CR",
        }
    }

    /// The group of a two-letter code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<AdjustmentGroup> {
        Some(match code {
            "CO" => AdjustmentGroup::ContractualObligation,
            "PR" => AdjustmentGroup::PatientResponsibility,
            "OA" => AdjustmentGroup::OtherAdjustment,
            "PI" => AdjustmentGroup::PayerInitiated,
            "CR" => AdjustmentGroup::CorrectionReversal,
            _ => return None,
        })
    }
}

/// One reduction of a charge (one group, reason, amount and quantity of a CAS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adjustment {
    /// CAS01.
    pub group: AdjustmentGroup,
    /// CAS02 and so on: claim adjustment reason code.
    pub reason: Text,
    /// CAS03 and so on: positive reduces the payment.
    pub amount_cents: Cents,
    /// CAS04 and so on.
    pub quantity: Option<Units>,
}

/// What another payer decided on a line (2430 SVD, CAS, DTP 573).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdjudicatedLine {
    /// SVD01.
    pub payer_id: Text,
    /// SVD02.
    pub paid_cents: Cents,
    /// SVD03.
    pub procedure: Option<Procedure>,
    /// SVD04.
    pub revenue_code: Text,
    /// SVD05.
    pub paid_units: Option<Units>,
    /// SVD06.
    pub bundled_line: Text,
    /// CAS segments.
    pub adjustments: Vec<Adjustment>,
    /// DTP segments (573 check or remittance date).
    pub dates: Vec<ClaimDate>,
    /// AMT segments (EAF remaining patient liability).
    pub amounts: Vec<Amount>,
}

/// Another payer of the same claim (2320 and 2330).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherPayer {
    /// SBR01 to SBR09 and 2330A.
    pub subscriber: Subscriber,
    /// OI03 benefits assignment, OI04 patient signature source, OI06 release of information.
    pub benefits_assignment: Text,
    /// OI04.
    pub patient_signature: Text,
    /// OI06.
    pub release_of_information: Text,
    /// 2330B.
    pub payer: Party,
    /// CAS segments of 2320.
    pub adjustments: Vec<Adjustment>,
    /// AMT segments of 2320 (D payer paid, A8 non-covered, EAF remaining liability).
    pub amounts: Vec<Amount>,
    /// DTP segments of 2330B.
    pub dates: Vec<ClaimDate>,
    /// Providers as the other payer knows them (2330C to 2330I).
    pub providers: Vec<ClaimProvider>,
    /// Everything else in 2320 and 2330.
    pub carried: Vec<CarriedSegment>,
}
