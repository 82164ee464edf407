//! Coordination of benefits: what another payer paid and left, and what this plan then owes.

use crate::decision::PatientShare;
use crate::rates::Coordination;
use counterfoil_base::{Cents, split_largest_remainder};
use counterfoil_claim::{Adjustment, AdjustmentGroup, Claim};

/// What the payers before this one did with a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OtherPayerLine {
    /// Paid by all of them (2430 SVD02, or its part of 2320 AMT D).
    pub paid: Cents,
    /// Left to the patient by the last of them (CAS group PR).
    pub left: Cents,
}

/// True when the claim comes after another payer (2000B SBR01 is not primary).
pub(crate) fn is_secondary(claim: &Claim) -> bool {
    let order = claim.subscriber.payer_responsibility.as_str();
    !matches!(order, "" | "P" | "U") && !claim.other_payers.is_empty()
}

/// What other payers did, by line; nothing when no one says what was paid.
pub(crate) fn other_payer_lines(claim: &Claim) -> Option<Vec<OtherPayerLine>> {
    if claim.lines.iter().any(|line| !line.adjudications.is_empty()) {
        return Some(from_lines(claim));
    }
    let mut total_paid = None;
    for amount in claim.other_payers.iter().flat_map(|payer| &payer.amounts) {
        if amount.qualifier == "D" {
            total_paid = Some(total_paid.unwrap_or(Cents::ZERO) + amount.amount_cents);
        }
    }
    let total_paid = total_paid?.max(Cents::ZERO);
    let last = claim.other_payers.last()?;
    let left = patient_part(&last.adjustments).max(Cents::ZERO);
    let weights: Vec<u64> =
        claim.lines.iter().map(|line| line.charge_cents.0.unsigned_abs()).collect();
    let paid_parts = split_largest_remainder(total_paid, &weights);
    let left_parts = split_largest_remainder(left, &weights);
    let lines = paid_parts.into_iter().zip(left_parts);
    Some(lines.map(|(paid, left)| OtherPayerLine { paid, left }).collect())
}

fn from_lines(claim: &Claim) -> Vec<OtherPayerLine> {
    let line = |adjudications: &[counterfoil_claim::AdjudicatedLine]| OtherPayerLine {
        paid: adjudications.iter().map(|one| one.paid_cents).sum::<Cents>().max(Cents::ZERO),
        left: adjudications
            .last()
            .map_or(Cents::ZERO, |last| patient_part(&last.adjustments).max(Cents::ZERO)),
    };
    claim.lines.iter().map(|one| line(&one.adjudications)).collect()
}

fn patient_part(adjustments: &[Adjustment]) -> Cents {
    let patient = |one: &&Adjustment| one.group == AdjustmentGroup::PatientResponsibility;
    adjustments.iter().filter(patient).map(|one| one.amount_cents).sum()
}

/// The outcome of coordination on one line; the four parts and the payment sum to the charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coordinated {
    /// Paid by this plan.
    pub paid: Cents,
    /// Charge less what the other payer left to the patient (OA-23).
    pub impact: Cents,
    /// What the patient still owes, by kind of this plan's cost share.
    pub share: PatientShare,
    /// Left by the other payer above this plan's allowed amount (CO-45).
    pub above_allowed: Cents,
}

/// Pays after another payer: never above what is left to the patient or the own benefit.
pub(crate) fn coordinate(
    rule: Coordination,
    charge: Cents,
    allowed: Cents,
    own: &PatientShare,
    other: OtherPayerLine,
) -> Coordinated {
    let left = other.left.min(charge).max(Cents::ZERO);
    let benefit = allowed - own.cost_share();
    let owed = match rule {
        Coordination::Standard => benefit,
        Coordination::NonDuplication => (benefit - other.paid).max(Cents::ZERO),
    };
    let paid = owed.min(left);
    let mut rest = (left - paid).min(own.cost_share());
    let above_allowed = left - paid - rest;
    let mut part = |amount: Cents| {
        let taken = amount.min(rest);
        rest -= taken;
        taken
    };
    let share = PatientShare {
        deductible_cents: part(own.deductible_cents),
        copay_cents: part(own.copay_cents),
        coinsurance_cents: part(own.coinsurance_cents),
        other_cents: Cents::ZERO,
    };
    Coordinated { paid, impact: charge - left, share, above_allowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pays_no_more_than_is_left_or_owed() {
        // (rule, other paid, left) -> (paid, patient, above allowed); charge 200, allowed 100,
        // coinsurance 20.
        let own = PatientShare { coinsurance_cents: Cents(2000), ..PatientShare::default() };
        for (rule, other_paid, left, paid, patient, above) in [
            (Coordination::Standard, 8000, 2000, 2000, 0, 0),
            (Coordination::NonDuplication, 8000, 2000, 0, 2000, 0),
            (Coordination::Standard, 0, 15000, 8000, 2000, 5000),
            (Coordination::NonDuplication, 5000, 5000, 3000, 2000, 0),
            (Coordination::Standard, 20000, 0, 0, 0, 0),
        ] {
            let other = OtherPayerLine { paid: Cents(other_paid), left: Cents(left) };
            let result = coordinate(rule, Cents(20000), Cents(10000), &own, other);
            assert_eq!(result.paid, Cents(paid), "{rule:?} {other_paid} {left}");
            assert_eq!(result.share.total(), Cents(patient));
            assert_eq!(result.above_allowed, Cents(above));
            let parts = result.paid + result.impact + result.share.total() + result.above_allowed;
            assert_eq!(parts, Cents(20000));
        }
    }
}
