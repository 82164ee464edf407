//! The decision on a claim: its state, the money by line, why, and what it changes.

use crate::accumulators::AccumulatorChange;
use crate::trace::Step;
use counterfoil_base::{Cents, Date, Decimal, Text};
use counterfoil_claim::{Adjustment, AdjustmentGroup, ClaimState};

/// How adjudication ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DecisionState {
    /// At least one line is payable or the patient's share; an 835 reports it.
    #[default]
    Approved,
    /// Every line is denied, for administrative reasons or by a named person.
    Denied,
    /// Waits for a named person; the money is tentative.
    Pended,
    /// Returned to the sender with a 277CA; nothing is adjudicated.
    Rejected,
    /// The earlier claim is taken back and nothing takes its place (frequency 8).
    Voided,
}

impl DecisionState {
    /// The state of the claim's life that follows.
    #[must_use]
    pub fn claim_state(self) -> ClaimState {
        match self {
            DecisionState::Approved => ClaimState::Approved,
            DecisionState::Denied => ClaimState::Denied,
            DecisionState::Pended => ClaimState::Pended,
            DecisionState::Rejected => ClaimState::Rejected,
            DecisionState::Voided => ClaimState::Voided,
        }
    }
}

/// Why a claim pended, was rejected or was denied, in plain words without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable code.
    pub code: Text,
    /// 1-based line, nothing for the claim.
    pub line: Option<u32>,
    /// One sentence.
    pub message: String,
}

/// The patient's part of the allowed amount, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatientShare {
    /// PR-1.
    pub deductible_cents: Cents,
    /// PR-2.
    pub coinsurance_cents: Cents,
    /// PR-3.
    pub copay_cents: Cents,
    /// Not part of benefits: not covered, or above a reference price (PR-26, -27, -45, -96 ...).
    pub other_cents: Cents,
}

impl PatientShare {
    /// Copay, deductible and coinsurance: what counts toward the out-of-pocket maximum.
    #[must_use]
    pub fn cost_share(&self) -> Cents {
        self.deductible_cents + self.coinsurance_cents + self.copay_cents
    }

    /// Everything that the patient owes (CLP05).
    #[must_use]
    pub fn total(&self) -> Cents {
        self.cost_share() + self.other_cents
    }

    pub(crate) fn add(&mut self, other: &PatientShare) {
        self.deductible_cents += other.deductible_cents;
        self.coinsurance_cents += other.coinsurance_cents;
        self.copay_cents += other.copay_cents;
        self.other_cents += other.other_cents;
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineState {
    /// Priced, with benefits applied.
    #[default]
    Payable,
    /// Nothing allowed.
    Denied,
    /// No price or benefit could be decided; the claim pends.
    Undecided,
}

/// The money of one line: charge less the adjustments is paid, to the cent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineDecision {
    /// 1-based position in the claim.
    pub line: u32,
    /// How it ended.
    pub state: LineState,
    /// Billed.
    pub charge_cents: Cents,
    /// Contract amount, before the patient's share and other payers.
    pub allowed_cents: Cents,
    /// Paid by this plan.
    pub paid_cents: Cents,
    /// What the patient owes.
    pub patient: PatientShare,
    /// Held back from the payment (CO-104).
    pub withhold_cents: Cents,
    /// Why paid differs from the charge.
    pub adjustments: Vec<Adjustment>,
    /// Remittance advice remark codes.
    pub remark_codes: Vec<Text>,
}

impl LineDecision {
    /// Adds an adjustment unless it is zero.
    pub(crate) fn adjust(&mut self, group: AdjustmentGroup, reason: &str, amount: Cents) {
        if !amount.is_zero() {
            let reason = Text::new(reason);
            let adjustment = Adjustment { group, reason, amount_cents: amount, quantity: None };
            self.adjustments.push(adjustment);
        }
    }

    /// Charge less the adjustments.
    #[must_use]
    pub fn balance(&self) -> Cents {
        let adjusted: Cents = self.adjustments.iter().map(|one| one.amount_cents).sum();
        self.charge_cents - adjusted
    }
}

/// Who finished a pended claim, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDecision {
    /// The person who decided.
    pub person: String,
    /// The reason given.
    pub reason: String,
    /// The day.
    pub on: Date,
}

/// What an earlier claim loses: the accumulators go back before the new claim is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reversal {
    /// The payer's number of the earlier claim.
    pub claim_control_number: Text,
    /// The earlier changes, negated.
    pub accumulator_changes: Vec<AccumulatorChange>,
}

/// DRG facts that the 835 reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrgResult {
    /// The DRG.
    pub code: Text,
    /// Its weight.
    pub weight: Decimal,
}

/// What was decided on a claim and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// How it ended.
    pub state: DecisionState,
    /// The payer's number of the claim.
    pub claim_control_number: Text,
    /// Billed.
    pub charge_cents: Cents,
    /// Contract amount of all lines.
    pub allowed_cents: Cents,
    /// Paid by this plan, without the interest that a late payment adds.
    pub paid_cents: Cents,
    /// What the patient owes.
    pub patient: PatientShare,
    /// Held back (CO-104), part of the adjustments.
    pub withhold_cents: Cents,
    /// In the order of the claim.
    pub lines: Vec<LineDecision>,
    /// Why it pended, was rejected or denied.
    pub reasons: Vec<Reason>,
    /// What it adds to accumulators once it is approved; empty in other states.
    pub accumulator_changes: Vec<AccumulatorChange>,
    /// The earlier claim that it takes back, applied before its own changes.
    pub reversal: Option<Reversal>,
    /// True when another payer paid first.
    pub is_secondary: bool,
    /// False when the patient could not be identified (CLP02 4).
    pub patient_identified: bool,
    /// DRG pricing facts.
    pub drg: Option<DrgResult>,
    /// The plan and contract that decided, empty when none did.
    pub plan_id: Text,
    /// Contract.
    pub contract_id: Text,
    /// The person who finished a pended claim.
    pub decided_by: Option<NamedDecision>,
    /// How every amount came about, in the order of the computation.
    pub trace: Vec<Step>,
}
