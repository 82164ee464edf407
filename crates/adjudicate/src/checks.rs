//! Administrative checks before money: form, edits, earlier claim, filing limit; and denials.

use crate::decision::Reason;
use crate::edits::EditAction;
use crate::engine::Request;
use crate::rates::{Benefit, Contract, Plan};
use crate::trace::{EngineRule, RuleSource};
use counterfoil_base::{Cents, Decimal, RuleReference, Text};
use counterfoil_claim::{AdjustmentGroup, FrequencyCode};
use std::sync::Arc;

/// Largest charge that is adjudicated: a hundred billion dollars. Sums of lines and products
/// with rates then stay exact.
const CHARGE_MAX: Cents = Cents(10_000_000_000_000);
/// Largest quantity of a line.
const UNITS_MAX: i64 = 10_000_000;

/// Why nothing is allowed on a line or claim.
#[derive(Clone, Debug)]
pub(crate) struct Denial {
    /// Stable code.
    pub code: &'static str,
    /// In plain words.
    pub message: &'static str,
    pub group: AdjustmentGroup,
    pub reason: Text,
    pub remark: Text,
    pub rule: RuleSource,
}

static ELIGIBILITY: EngineRule = EngineRule {
    id: "adjudicate.eligibility",
    citation: "members file, coverage on the day of service",
};
static EDITS: EngineRule =
    EngineRule { id: "adjudicate.edits", citation: "findings of the clean-claim engine" };

impl Denial {
    fn new(
        code: &'static str,
        message: &'static str,
        group: AdjustmentGroup,
        reason: &str,
        rule: RuleSource,
    ) -> Denial {
        Denial { code, message, group, reason: Text::new(reason), remark: Text::default(), rule }
    }

    fn eligibility(code: &'static str, message: &'static str, reason: &str) -> Denial {
        let group = AdjustmentGroup::PatientResponsibility;
        Denial::new(code, message, group, reason, RuleSource::Engine(&ELIGIBILITY))
    }

    pub fn not_identified() -> Denial {
        let message = "the patient is not in the members file (CARC 31)";
        Denial::eligibility("DENY-not-identified", message, "31")
    }

    pub fn before_coverage() -> Denial {
        let message = "the service was before coverage began (CARC 26)";
        Denial::eligibility("DENY-before-coverage", message, "26")
    }

    pub fn after_coverage() -> Denial {
        let message = "the service was after coverage ended (CARC 27)";
        Denial::eligibility("DENY-after-coverage", message, "27")
    }

    pub fn out_of_network(plan: &Plan) -> Denial {
        let message = "the plan has no benefits outside its network (CARC 242)";
        let rule = RuleSource::Loaded(Arc::clone(&plan.rule));
        let group = AdjustmentGroup::PatientResponsibility;
        Denial::new("DENY-out-of-network", message, group, "242", rule)
    }

    pub fn other_payer_first(plan: &Plan) -> Denial {
        let message =
            "another payer comes first, and the claim does not say what it paid (CARC 22)";
        let rule = RuleSource::Loaded(Arc::clone(&plan.rule));
        let group = AdjustmentGroup::OtherAdjustment;
        Denial::new("DENY-other-payer-first", message, group, "22", rule)
    }

    fn late(rule: &Arc<RuleReference>) -> Denial {
        let message = "the claim came after the limit for filing (CARC 29)";
        let group = AdjustmentGroup::ContractualObligation;
        Denial::new("DENY-late", message, group, "29", RuleSource::Loaded(Arc::clone(rule)))
    }

    pub fn not_covered(rule: &Arc<RuleReference>) -> Denial {
        let message = "the plan does not cover the service (CARC 96)";
        let group = AdjustmentGroup::PatientResponsibility;
        let rule = RuleSource::Loaded(Arc::clone(rule));
        let mut denial = Denial::new("DENY-not-covered", message, group, "96", rule);
        // A remark code must stand beside CARC 96 (its usage note).
        denial.remark = Text::const_new("N130");
        denial
    }

    pub fn no_authorization(benefit: &Benefit) -> Denial {
        let message = "the service needs a prior authorization (CARC 197)";
        let group = AdjustmentGroup::ContractualObligation;
        let rule = RuleSource::Loaded(Arc::clone(&benefit.rule));
        Denial::new("DENY-no-authorization", message, group, "197", rule)
    }

    pub fn by_price(group: AdjustmentGroup, reason: &str, rule: &Arc<RuleReference>) -> Denial {
        let message = "the published indicators do not pay the service";
        let rule = RuleSource::Loaded(Arc::clone(rule));
        Denial::new("DENY-not-payable", message, group, reason, rule)
    }

    fn by_edit(group: AdjustmentGroup, reason: &Text, remark: &Text) -> Denial {
        let message = "an edit of the clean-claim engine denies it";
        let rule = RuleSource::Engine(&EDITS);
        let mut denial = Denial::new("DENY-edit", message, group, reason, rule);
        denial.remark = remark.clone();
        denial
    }
}

pub(crate) fn reason(code: &'static str, line: Option<u32>, message: String) -> Reason {
    Reason { code: Text::const_new(code), line, message }
}

/// Why the claim is returned without adjudication; empty when it is taken in.
pub(crate) fn rejections(request: &Request<'_>) -> Vec<Reason> {
    let claim = request.claim;
    let mut reasons = Vec::new();
    for edit in request.edits.iter().filter(|edit| edit.action == EditAction::Reject) {
        let code = Text::new(&edit.finding.code);
        let line = edit.finding.position.service_line;
        reasons.push(Reason { code, line, message: edit.finding.message.clone() });
    }
    let is_returned = !reasons.is_empty();
    let mut refuse = |code: &'static str, line: Option<u32>, message: &str| {
        reasons.push(reason(code, line, message.to_owned()));
    };
    if claim.lines.is_empty() {
        refuse("ADJ-no-lines", None, "the claim has no service line");
    }
    let mut sum = Cents::ZERO;
    for (line, number) in claim.lines.iter().zip(1u32..) {
        let charge = line.charge_cents;
        if charge.is_negative() || charge > CHARGE_MAX {
            refuse("ADJ-charge-out-of-range", Some(number), "the charge is negative or too large");
        }
        if line.units.is_negative() || line.units > Decimal::whole(UNITS_MAX) {
            refuse("ADJ-units-out-of-range", Some(number), "the units are negative or too large");
        }
        sum = sum.checked_add(charge).unwrap_or(Cents(i64::MIN));
    }
    if sum != claim.charge_cents || sum > CHARGE_MAX {
        refuse("ADJ-unbalanced", None, "the charges of the lines do not sum to the claim's charge");
    }
    if claim.service_from().is_none() {
        refuse("ADJ-no-service-date", None, "the claim has no date of service");
    }
    if other_payer_amounts_out_of_range(request) {
        refuse("ADJ-other-payer-amount", None, "an amount of another payer is too large");
    }
    let corrects = claim.frequency() != FrequencyCode::Original;
    // An edit that returns the claim may have said already why.
    if corrects && request.prior.is_none() && !is_returned {
        let message = "it names no earlier claim that it can replace or void";
        refuse("ADJ-original-not-found", None, message);
    }
    reasons
}

/// Amounts of other payers are summed, so each is bounded like a charge.
fn other_payer_amounts_out_of_range(request: &Request<'_>) -> bool {
    let too_large = |amount: Cents| amount > CHARGE_MAX || amount < -CHARGE_MAX;
    let claim = request.claim;
    let claim_level = claim.other_payers.iter().any(|payer| {
        payer.amounts.iter().any(|amount| too_large(amount.amount_cents))
            || payer.adjustments.iter().any(|one| too_large(one.amount_cents))
    });
    let line_level = claim.lines.iter().flat_map(|line| &line.adjudications).any(|one| {
        too_large(one.paid_cents) || one.adjustments.iter().any(|one| too_large(one.amount_cents))
    });
    claim_level || line_level
}

/// Denies a late claim; with a delay reason it pends instead.
pub(crate) fn timely_filing(
    request: &Request<'_>,
    plan: &Plan,
    contract: &Contract,
    reasons: &mut Vec<Reason>,
) -> Result<(), Denial> {
    let (limit, rule) = match contract.timely_filing_days {
        Some(days) => (days, &contract.rule),
        None => (plan.timely_filing_days, &plan.rule),
    };
    let Some(dates) = request.claim.service_dates().filter(|_| limit > 0) else {
        return Ok(());
    };
    let waited = i64::from((request.received_on - dates.to).get_days());
    if waited <= i64::from(limit) {
        return Ok(());
    }
    if request.claim.delay_reason.is_empty() {
        return Err(Denial::late(rule));
    }
    let message = "late with a delay reason: a person accepts or denies it".to_owned();
    reasons.push(reason("ADJ-late-with-reason", None, message));
    Ok(())
}

/// Denials of edits by line; edits that pend are added to the reasons.
pub(crate) fn line_denials(
    request: &Request<'_>,
    reasons: &mut Vec<Reason>,
) -> Vec<Option<Denial>> {
    let mut denials: Vec<Option<Denial>> = vec![None; request.claim.lines.len()];
    for edit in request.edits {
        let line = edit.finding.position.service_line;
        match &edit.action {
            EditAction::Note | EditAction::Reject => {}
            EditAction::Pend => {
                let code = Text::new(&edit.finding.code);
                reasons.push(Reason { code, line, message: edit.finding.message.clone() });
            }
            EditAction::Deny { group, reason, remark } => {
                let at = line.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
                let denial = Denial::by_edit(*group, reason, remark);
                match at {
                    Some(at) => {
                        if let Some(slot) = denials.get_mut(at) {
                            slot.get_or_insert(denial);
                        }
                    }
                    None => {
                        for slot in &mut denials {
                            slot.get_or_insert_with(|| denial.clone());
                        }
                    }
                }
            }
        }
    }
    denials
}
