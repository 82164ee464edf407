//! The remittance advice: what a payer paid, on which claims, and why not all of it.
//!
//! Field comments name the 835 element (005010X221A1).

use crate::carried::CarriedSegment;
use crate::model::{Adjustment, Amount, ClaimDate, Party, Procedure, Reference, SourcePosition};
use counterfoil_base::{Cents, Date, Phi, Text, Units};

/// BPR and TRN: how much, how and when, and the trace that ties the 835 to the bank payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentHeader {
    /// BPR01: `I` information and payment, `H` notification only.
    pub handling: Text,
    /// BPR02: never negative (X12 RFI 870); a negative net is carried by PLB FB.
    pub amount_cents: Cents,
    /// BPR03: `C` credit, `D` debit.
    pub credit_debit: Text,
    /// BPR04: `ACH`, `CHK`, `NON`, ...
    pub method: Text,
    /// BPR05: `CCP` for CCD+.
    pub format: Text,
    /// BPR07 routing number of the payer's bank.
    pub payer_routing: Text,
    /// BPR09 account of the payer.
    pub payer_account: Text,
    /// BPR10 originating company identifier.
    pub originator: Text,
    /// BPR13 routing number of the payee's bank.
    pub payee_routing: Text,
    /// BPR15 account of the payee.
    pub payee_account: Text,
    /// BPR16.
    pub effective_date: Option<Date>,
    /// TRN02.
    pub trace_number: Text,
    /// TRN03: `1` and the payer's tax number.
    pub payer_identifier: Text,
    /// TRN04.
    pub originator_supplement: Text,
}

/// A whole 835 transaction set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittanceAdvice {
    /// Where it stood in its file (segment is that of ST).
    pub source: SourcePosition,
    /// BPR and TRN.
    pub payment: PaymentHeader,
    /// DTM 405.
    pub production_date: Option<Date>,
    /// REF EV receiver identification.
    pub receiver_id: Text,
    /// 1000A.
    pub payer: Party,
    /// 1000B.
    pub payee: Party,
    /// 2100, in the order of the file.
    pub claims: Vec<RemittanceClaim>,
    /// PLB.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// Everything else in the header and, with loop `SUMMARY`, beside PLB.
    pub carried: Vec<CarriedSegment>,
}

/// What was decided on one claim (2100).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittanceClaim {
    /// CLP01.
    pub patient_control_number: Text,
    /// CLP02: `1` primary, `2` secondary, `3` tertiary, `4` denied, `19`-`21` forwarded,
    /// `22` reversal, `23` not our claim, `25` predetermination.
    pub status_code: Text,
    /// CLP03.
    pub charge_cents: Cents,
    /// CLP04.
    pub paid_cents: Cents,
    /// CLP05.
    pub patient_responsibility_cents: Cents,
    /// CLP06.
    pub filing_indicator: Text,
    /// CLP07, the payer's number for the claim.
    pub payer_claim_control_number: Text,
    /// CLP08.
    pub facility_code: Text,
    /// CLP09.
    pub frequency: Text,
    /// CLP11.
    pub drg: Text,
    /// CLP12.
    pub drg_weight: Option<Units>,
    /// CLP13.
    pub discharge_fraction: Option<Units>,
    /// NM1 QC.
    pub patient: RemittancePerson,
    /// NM1 IL, when it is not the patient.
    pub insured: Option<RemittancePerson>,
    /// Other NM1 of 2100: `74` corrected name, `82` rendering, `TT` crossover, `PR` priority.
    pub other_parties: Vec<Party>,
    /// CAS of 2100.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes of MIA and MOA in their order.
    pub remark_codes: Vec<Text>,
    /// REF of 2100.
    pub references: Vec<Reference>,
    /// DTM of 2100: `232`, `233` statement, `036` coverage expiry, `050` received.
    pub dates: Vec<ClaimDate>,
    /// AMT of 2100: information only, never part of a balance.
    pub amounts: Vec<Amount>,
    /// QTY of 2100.
    pub quantities: Vec<(Text, Units)>,
    /// 2110.
    pub lines: Vec<RemittanceLine>,
    /// LX01 of the header number that the claim stands under.
    pub header_number: Text,
    /// Everything else in 2100.
    pub carried: Vec<CarriedSegment>,
    /// 1-based position of CLP in the file.
    pub segment: u64,
    /// Byte offset of CLP in the file.
    pub offset: u64,
}

impl RemittanceClaim {
    /// The reversal of the claim as an earlier 835 reported it: status 22, every amount negated,
    /// adjustments in their groups, without CLP05 and without AMT, which inform about a decision
    /// that no longer stands (005010X221A1 section 1.10.2.8). The corrected claim, if any,
    /// follows it in the same 835.
    #[must_use]
    pub fn reversal(&self) -> RemittanceClaim {
        let mut reversal = self.clone();
        reversal.status_code = Text::const_new("22");
        reversal.charge_cents = -self.charge_cents;
        reversal.paid_cents = -self.paid_cents;
        reversal.patient_responsibility_cents = Cents::ZERO;
        reversal.amounts.clear();
        negate(&mut reversal.adjustments);
        for line in &mut reversal.lines {
            line.charge_cents = -line.charge_cents;
            line.paid_cents = -line.paid_cents;
            line.amounts.clear();
            negate(&mut line.adjustments);
        }
        reversal
    }
}

fn negate(adjustments: &mut [Adjustment]) {
    for adjustment in adjustments {
        adjustment.amount_cents = -adjustment.amount_cents;
    }
}

/// A person named on a remittance claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittancePerson {
    /// NM101.
    pub entity: Text,
    /// NM102.
    pub entity_type: Text,
    /// NM103.
    pub last_name: Phi<Text>,
    /// NM104.
    pub first_name: Phi<Text>,
    /// NM105.
    pub middle_name: Phi<Text>,
    /// NM107.
    pub suffix: Phi<Text>,
    /// NM108.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Phi<Text>,
}

/// What was decided on one service line (2110).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittanceLine {
    /// SVC01, the procedure that was adjudicated; a revenue code has qualifier `NU`.
    pub procedure: Procedure,
    /// SVC02.
    pub charge_cents: Cents,
    /// SVC03.
    pub paid_cents: Cents,
    /// SVC04.
    pub revenue_code: Text,
    /// SVC05; absent means 1.
    pub paid_units: Option<Units>,
    /// SVC06, the procedure that was submitted when another was adjudicated.
    pub submitted_procedure: Option<Procedure>,
    /// SVC07.
    pub submitted_units: Option<Units>,
    /// DTM of 2110: `472` service, `150` and `151` period.
    pub dates: Vec<ClaimDate>,
    /// CAS of 2110.
    pub adjustments: Vec<Adjustment>,
    /// REF of 2110; `6R` is the provider's line control number.
    pub references: Vec<Reference>,
    /// AMT of 2110; `B6` is the allowed amount.
    pub amounts: Vec<Amount>,
    /// QTY of 2110.
    pub quantities: Vec<(Text, Units)>,
    /// LQ HE remark codes.
    pub remark_codes: Vec<Text>,
    /// Everything else in 2110.
    pub carried: Vec<CarriedSegment>,
}

/// One provider-level adjustment (one pair of PLB); positive reduces the payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderAdjustment {
    /// PLB01.
    pub provider_id: Text,
    /// PLB02 as it stood, CCYYMMDD.
    pub fiscal_period: Text,
    /// PLB03-1: `WO` overpayment recovery, `FB` forward balance, `L6` interest, `72`
    /// authorized return, `CS` adjustment, `AM`, `IR`, `E3` withholding, ...
    pub reason: Text,
    /// PLB03-2.
    pub reference: Text,
    /// PLB04.
    pub amount_cents: Cents,
}
