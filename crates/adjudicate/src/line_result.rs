//! The money of one line: adjustments that take the charge to the payment, to the cent.

use crate::benefits::BenefitYear;
use crate::checks::Denial;
use crate::coordination::{OtherPayerLine, coordinate};
use crate::decision::{LineDecision, LineState, PatientShare};
use crate::price::{LinePrice, PricedLine};
use crate::rates::{Benefit, Contract, Coordination, Plan};
use crate::trace::{Detail, RuleSource, Step};
use counterfoil_base::{Cents, Rounding};
use counterfoil_claim::{AdjustmentGroup, Line};
use std::sync::Arc;

/// What decides a priced line.
pub(crate) struct LineInputs<'a, 'b> {
    pub priced: &'b PricedLine<'a>,
    pub price: &'b LinePrice,
    pub benefit: &'a Benefit,
    pub plan: &'a Plan,
    pub contract: &'a Contract,
    pub other: Option<OtherPayerLine>,
}

/// A line on which nothing is allowed.
pub(crate) fn denied_line(
    number: u32,
    line: &Line,
    denial: &Denial,
    trace: &mut Vec<Step>,
) -> LineDecision {
    let mut result = LineDecision {
        line: number,
        state: LineState::Denied,
        charge_cents: line.charge_cents,
        ..LineDecision::default()
    };
    result.adjust(denial.group, &denial.reason, line.charge_cents);
    if denial.group == AdjustmentGroup::PatientResponsibility {
        result.patient.other_cents = line.charge_cents;
    }
    if !denial.remark.is_empty() {
        result.remark_codes.push(denial.remark.clone());
    }
    trace.push(Step {
        line: Some(number),
        rule: denial.rule.clone(),
        amount_cents: Cents::ZERO,
        detail: Detail::Denied { reason: denial.reason.clone() },
    });
    result
}

/// A line that waits: the charge stands under OA-133 until a person decides.
pub(crate) fn undecided_line(number: u32, line: &Line) -> LineDecision {
    let mut result = LineDecision {
        line: number,
        state: LineState::Undecided,
        charge_cents: line.charge_cents,
        ..LineDecision::default()
    };
    result.adjust(AdjustmentGroup::OtherAdjustment, "133", line.charge_cents);
    result
}

/// A priced line: benefits, other payers, withhold.
pub(crate) fn decide_line<'a>(
    inputs: &LineInputs<'a, '_>,
    year: &mut BenefitYear<'a>,
    trace: &mut Vec<Step>,
) -> LineDecision {
    let line = inputs.priced.line;
    let number = inputs.priced.number;
    let allowed = inputs.price.allowed;
    let mut result = LineDecision {
        line: number,
        charge_cents: line.charge_cents,
        allowed_cents: allowed,
        ..LineDecision::default()
    };
    let own = year.share(inputs.benefit, allowed, (number, inputs.priced.facts.day), trace);
    let payment = match inputs.other {
        None => {
            contractual(inputs, &mut result);
            result.patient.add(&own);
            allowed - own.cost_share()
        }
        Some(other) => after_other_payer(inputs, &own, other, &mut result, trace),
    };
    year.count(&result.patient);
    let share = result.patient;
    result.adjust(AdjustmentGroup::PatientResponsibility, "1", share.deductible_cents);
    result.adjust(AdjustmentGroup::PatientResponsibility, "2", share.coinsurance_cents);
    result.adjust(AdjustmentGroup::PatientResponsibility, "3", share.copay_cents);
    result.paid_cents = payment - withhold(inputs, payment, &mut result, trace);
    result
}

/// The difference between charge and allowed amount: CO-59 for multiple procedures, CO-94 for
/// what is allowed above the charge, else 45 for the provider, or the patient where no contract
/// protects him.
fn contractual(inputs: &LineInputs<'_, '_>, result: &mut LineDecision) {
    let charge = result.charge_cents;
    let allowed = inputs.price.allowed;
    let standard = inputs.price.before_reduction.clamp(allowed, charge.max(allowed));
    let above = charge - standard;
    result.adjust(AdjustmentGroup::ContractualObligation, "59", standard - allowed);
    if above.is_negative() {
        result.adjust(AdjustmentGroup::ContractualObligation, "94", above);
    } else if inputs.price.balance_to_patient || !inputs.contract.in_network {
        result.adjust(AdjustmentGroup::PatientResponsibility, "45", above);
        result.patient.other_cents += above;
    } else {
        result.adjust(AdjustmentGroup::ContractualObligation, "45", above);
    }
}

fn after_other_payer(
    inputs: &LineInputs<'_, '_>,
    own: &PatientShare,
    other: OtherPayerLine,
    result: &mut LineDecision,
    trace: &mut Vec<Step>,
) -> Cents {
    let rule = inputs.plan.coordination;
    let charge = result.charge_cents;
    let allowed = inputs.price.allowed;
    let outcome = coordinate(rule, charge, allowed, own, other);
    trace.push(Step {
        line: Some(result.line),
        rule: RuleSource::Loaded(Arc::clone(&inputs.plan.rule)),
        amount_cents: outcome.paid,
        detail: Detail::OtherPayer {
            paid_cents: other.paid,
            left_cents: other.left,
            benefit_cents: allowed - own.cost_share(),
            non_duplication: rule == Coordination::NonDuplication,
        },
    });
    result.adjust(AdjustmentGroup::OtherAdjustment, "23", outcome.impact);
    result.adjust(AdjustmentGroup::ContractualObligation, "45", outcome.above_allowed);
    result.patient.add(&outcome.share);
    outcome.paid
}

fn withhold(
    inputs: &LineInputs<'_, '_>,
    payment: Cents,
    result: &mut LineDecision,
    trace: &mut Vec<Step>,
) -> Cents {
    let rate = inputs.contract.withhold;
    if rate.is_zero() || payment.is_zero() {
        return Cents::ZERO;
    }
    let held = payment.times(rate, Rounding::HalfUp);
    trace.push(Step {
        line: Some(result.line),
        rule: RuleSource::Loaded(Arc::clone(&inputs.contract.rule)),
        amount_cents: held,
        detail: Detail::Withhold { payment_cents: payment, rate },
    });
    result.adjust(AdjustmentGroup::ContractualObligation, "104", held);
    result.withhold_cents = held;
    held
}
