//! Methods that price a claim or a group of its lines: DRG, per diem, case rate.
//!
//! DRG transfers and outliers follow 42 CFR 412.4 and 412.84.

use super::{ClaimPrice, PricedLine, Pricing, Stop};
use crate::decision::DrgResult;
use crate::rates::{DrgRow, DrgTerms, Method, Term};
use crate::trace::{Detail, RuleSource, Step};
use counterfoil_base::{Cents, Decimal, Rounding, Text};
use counterfoil_claim::CodedValue;
use std::sync::Arc;

/// Discharged to another acute or critical access hospital (and planned readmission twins).
const ACUTE_TRANSFERS: [&str; 4] = ["02", "66", "82", "94"];
/// Discharged to post-acute care (and planned readmission twins).
const POST_ACUTE_TRANSFERS: [&str; 14] =
    ["03", "05", "06", "50", "51", "62", "63", "65", "83", "85", "86", "90", "91", "93"];

fn too_large() -> Stop {
    Stop::pend("ADJ-amount-too-large", "the amount is too large to be computed exactly")
}

/// The DRG that the claim states (HI qualifier DR), empty when none.
pub(crate) fn stated_drg(coded_values: &[CodedValue]) -> &str {
    coded_values
        .iter()
        .find(|value| value.qualifier == "DR")
        .map_or("", |value| value.code.as_str())
}

impl<'a> Pricing<'a> {
    /// The amount of a group of lines under the claim method of a term.
    pub fn group_amount(
        &self,
        term: &Term,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
    ) -> Result<Cents, Stop> {
        let rule = RuleSource::Loaded(Arc::clone(&term.rule));
        self.method_amount(&term.method, &rule, group, result)
    }

    fn method_amount(
        &self,
        method: &Method,
        rule: &RuleSource,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
    ) -> Result<Cents, Stop> {
        let (amount_cents, detail) = match method {
            Method::CaseRate { rate } => (*rate, Detail::CaseRate),
            Method::PerDiem { rate, days_max } => {
                let most = days_max.map_or(i64::MAX, i64::from);
                let days = self.covered_days(group).min(most);
                let exact = Decimal::from_cents(*rate).checked_mul(Decimal::whole(days));
                let amount = exact.and_then(|exact| exact.to_cents(Rounding::HalfUp));
                (amount.ok_or_else(too_large)?, Detail::PerDiem { rate_cents: *rate, days })
            }
            Method::Drg(terms) => return self.drg_amount(terms, rule, group, result),
            Method::LesserOf { options } => {
                let mut amounts = Vec::with_capacity(options.len());
                for option in options {
                    amounts.push(self.method_amount(option, rule, group, result)?);
                }
                let lowest = amounts.iter().copied().min().unwrap_or_default();
                (lowest, Detail::Lowest { options: amounts })
            }
            _ => return Err(Stop::pend("ADJ-no-price", "the method prices lines and not claims")),
        };
        result.steps.push(Step { line: None, rule: rule.clone(), amount_cents, detail });
        Ok(amount_cents)
    }

    /// Units of accommodation lines (revenue codes 0100-0219), else the days of the statement.
    fn covered_days(&self, group: &[&PricedLine<'a>]) -> i64 {
        let is_room =
            |line: &&&PricedLine<'a>| ("0100"..="0219").contains(&line.facts.revenue_code);
        let rooms = group.iter().filter(is_room);
        let units: i64 = rooms.filter_map(|line| line.line.units.to_whole()).sum();
        if units > 0 { units } else { self.statement_days() }
    }

    /// Last day less first day of the statement, at least 1.
    fn statement_days(&self) -> i64 {
        let dates = self.claim.service_dates();
        dates.map_or(1, |range| i64::from((range.to - range.from).get_days()).max(1))
    }

    fn drg_amount(
        &self,
        terms: &DrgTerms,
        rule: &RuleSource,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
    ) -> Result<Cents, Stop> {
        let code = stated_drg(&self.claim.coded_values);
        if code.is_empty() {
            return Err(Stop::pend("ADJ-no-drg", "the claim states no DRG"));
        }
        let discharge = self.claim.service_dates().map(|range| range.to);
        let row = discharge.and_then(|day| self.rates.publisher.drg(code, day));
        let Some(row) = row else {
            let message = format!("no weight for DRG {code} on the day of discharge");
            return Err(Stop::pend("ADJ-no-drg", message));
        };
        result.drg = Some(DrgResult { code: Text::new(code), weight: row.weight });
        let transfer = terms.transfer && self.is_transfer(row);
        let days = self.statement_days();
        let exact = drg_base(terms, row, transfer.then_some(days)).ok_or_else(too_large)?;
        let drg_cents = exact.to_cents(Rounding::HalfUp).ok_or_else(too_large)?;
        let detail = Detail::Drg {
            code: Text::new(code),
            weight: row.weight,
            base_rate_cents: terms.base_rate,
            transfer: transfer.then_some((days, row.stay_mean, row.special_pay)),
        };
        let step =
            |amount_cents, detail| Step { line: None, rule: rule.clone(), amount_cents, detail };
        result.steps.push(step(drg_cents, detail));
        let charge_cents: Cents = group.iter().map(|line| line.line.charge_cents).sum();
        let (outlier, detail) = outlier(terms, drg_cents, charge_cents).ok_or_else(too_large)?;
        if outlier.is_zero() {
            return Ok(drg_cents);
        }
        result.steps.push(step(outlier, detail));
        drg_cents.checked_add(outlier).ok_or_else(too_large)
    }

    fn is_transfer(&self, row: &DrgRow) -> bool {
        let facts = self.claim.institutional.as_ref();
        let status = facts.map_or("", |facts| facts.discharge_status.as_str());
        ACUTE_TRANSFERS.contains(&status)
            || row.post_acute && POST_ACUTE_TRANSFERS.contains(&status)
    }
}

/// Weight x base rate; for a transfer after `days` the graduated daily amount, never more than
/// the full one. Special-pay DRGs pay half of the full amount beside half of the daily ones.
fn drg_base(terms: &DrgTerms, row: &DrgRow, days: Option<i64>) -> Option<Decimal> {
    let full = row.weight.checked_mul(Decimal::from_cents(terms.base_rate))?;
    let Some(days) = days.filter(|_| !row.stay_mean.is_zero()) else {
        return Some(full);
    };
    let half = Decimal::new(5, 1);
    let daily_part = if row.special_pay { full.checked_mul(half)? } else { full };
    let fixed_part = full.checked_sub(daily_part)?;
    let paid_days = Decimal::whole(days.checked_add(1)?);
    let by_day =
        daily_part.checked_mul(paid_days)?.div_rounded(row.stay_mean, 14, Rounding::HalfUp)?;
    Some(fixed_part.checked_add(by_day)?.min(full))
}

/// Marginal rate times what the cost exceeds the DRG amount and the fixed loss.
fn outlier(terms: &DrgTerms, drg_cents: Cents, charge_cents: Cents) -> Option<(Cents, Detail)> {
    let cost_to_charge = terms.cost_to_charge.unwrap_or_default();
    let cost = Decimal::from_cents(charge_cents).checked_mul(cost_to_charge)?;
    let threshold = drg_cents.checked_add(terms.outlier_threshold)?;
    let excess = cost.checked_sub(Decimal::from_cents(threshold))?.max(Decimal::ZERO);
    let amount = excess.checked_mul(terms.marginal_rate)?.to_cents(Rounding::HalfUp)?;
    let detail = Detail::Outlier {
        charge_cents,
        cost_to_charge,
        drg_cents,
        threshold_cents: terms.outlier_threshold,
        marginal_rate: terms.marginal_rate,
    };
    Some((amount, detail))
}
