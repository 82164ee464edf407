//! Formulas of the trace with numbers in place, and their inputs with source.

use crate::trace::{Detail, RelativeValueDetail};
use counterfoil_base::{Cents, Decimal, Input};
use std::fmt::{Arguments, Write as _};

fn input(name: &str, value: impl ToString, source: &str) -> Input {
    Input { name: name.to_owned(), value: value.to_string(), source: source.to_owned() }
}

/// Writing to a string cannot fail.
pub(crate) fn put(text: &mut String, words: Arguments<'_>) {
    let _ = text.write_fmt(words);
}

fn put_factors(text: &mut String, factors: &[(&'static str, Decimal)]) {
    for (_, factor) in factors {
        put(text, format_args!(" x {factor}"));
    }
}

fn put_list(text: &mut String, options: &[Cents]) {
    for (index, option) in options.iter().enumerate() {
        let between = if index == 0 { "" } else { ", " };
        put(text, format_args!("{between}{option}"));
    }
}

impl Detail {
    /// Whether the amount was rounded to the cent.
    pub(crate) fn rounds(&self) -> bool {
        matches!(
            self,
            Detail::Fee { .. }
                | Detail::RelativeValue(_)
                | Detail::Anesthesia { .. }
                | Detail::Percent { .. }
                | Detail::Drg { .. }
                | Detail::Outlier { .. }
                | Detail::Coinsurance { .. }
                | Detail::Withhold { .. }
        )
    }

    /// Adds the formula with numbers in place, without its result.
    pub(crate) fn write_terms(&self, text: &mut String) {
        match self {
            Detail::RelativeValue(detail) => detail.write_terms(text),
            Detail::Fee { unit_cents, multiplier, factors, percent, .. } => {
                put(text, format_args!("{unit_cents} x {multiplier}"));
                put_factors(text, factors);
                put(text, format_args!(" x {percent}"));
            }
            Detail::Anesthesia { base, time, conversion_factor, percent } => {
                put(text, format_args!("({base} + {time}) x {conversion_factor} x {percent}"));
            }
            Detail::Percent { charge_cents, percent } => {
                put(text, format_args!("{charge_cents} x {percent}"));
            }
            Detail::PerDiem { rate_cents, days } => {
                put(text, format_args!("{rate_cents} x {days}"));
            }
            Detail::Split { total_cents, charge_cents, charges_cents } => {
                put(text, format_args!("{total_cents} x {charge_cents} / {charges_cents}"));
                text.push_str(", largest remainder");
            }
            Detail::Lowest { options } => {
                text.push_str("lowest of ");
                put_list(text, options);
            }
            Detail::ChargeLimit { contract_cents } => {
                put(text, format_args!("charge, below {contract_cents}"));
            }
            Detail::CaseRate => text.push_str("fixed amount"),
            Detail::Drg { weight, base_rate_cents, transfer, .. } => {
                let formula = format_args!("{weight} x {base_rate_cents}");
                put(text, formula);
                if let Some((days, mean, is_special)) = transfer {
                    let (before, after) =
                        if *is_special { ("(0.5 + 0.5 x ", ")") } else { ("", "") };
                    put(text, format_args!(" x {before}({days} + 1) / {mean}{after}"));
                    put(text, format_args!(", at most {weight} x {base_rate_cents}"));
                }
            }
            Detail::Outlier {
                charge_cents,
                cost_to_charge,
                drg_cents,
                threshold_cents,
                marginal_rate,
            } => {
                put(text, format_args!("({charge_cents} x {cost_to_charge} - "));
                put(text, format_args!("({drg_cents} + {threshold_cents})) x {marginal_rate}"));
            }
            _ => self.write_benefit_terms(text),
        }
    }

    fn write_benefit_terms(&self, text: &mut String) {
        match self {
            Detail::Copay { copay_cents: one, allowed_cents: other }
            | Detail::Deductible { base_cents: one, rest_cents: other }
            | Detail::OutOfPocket { share_cents: one, rest_cents: other } => {
                put(text, format_args!("lower of {one} and {other}"));
            }
            Detail::Coinsurance { base_cents, rate } => {
                put(text, format_args!("{base_cents} x {rate}"));
            }
            Detail::OtherPayer { paid_cents, left_cents, benefit_cents, non_duplication } => {
                put(text, format_args!("lower of {benefit_cents}"));
                if *non_duplication {
                    put(text, format_args!(" - {paid_cents}"));
                }
                put(text, format_args!(" and {left_cents}, not below 0.00"));
            }
            Detail::Withhold { payment_cents, rate } => {
                put(text, format_args!("{payment_cents} x {rate}"));
            }
            Detail::Denied { reason } => {
                put(text, format_args!("nothing allowed (CARC {reason})"));
            }
            _ => {}
        }
    }

    /// The facts of the formula in its order.
    pub(crate) fn inputs(&self, source: &str) -> Vec<Input> {
        match self {
            Detail::RelativeValue(detail) => detail.inputs(source),
            Detail::Copay { .. }
            | Detail::Deductible { .. }
            | Detail::Coinsurance { .. }
            | Detail::OutOfPocket { .. }
            | Detail::OtherPayer { .. }
            | Detail::Withhold { .. }
            | Detail::Denied { .. } => self.benefit_inputs(source),
            Detail::Drg { .. } | Detail::Outlier { .. } => self.drg_inputs(source),
            _ => self.price_inputs(source),
        }
    }

    fn price_inputs(&self, source: &str) -> Vec<Input> {
        match self {
            Detail::Fee { schedule, code, unit_cents, multiplier, factors, percent } => {
                let table = format!("fee schedule {schedule}, code {code}");
                let mut inputs = vec![input("amount per unit", unit_cents, &table)];
                inputs.push(input("multiplier", multiplier, "claim line"));
                inputs.extend(factors.iter().map(|(name, factor)| input(name, factor, "modifier")));
                inputs.push(input("percent", percent, source));
                inputs
            }
            Detail::Anesthesia { base, time, conversion_factor, percent } => vec![
                input("base units", base, "anesthesia base units"),
                input("time units", time, "claim line"),
                input("conversion factor", conversion_factor, source),
                input("percent", percent, source),
            ],
            Detail::Percent { charge_cents, percent } => {
                vec![input("charge", charge_cents, "claim"), input("percent", percent, source)]
            }
            Detail::PerDiem { rate_cents, days } => {
                vec![input("rate a day", rate_cents, source), input("days", days, "claim")]
            }
            Detail::Split { total_cents, charge_cents, charges_cents } => vec![
                input("amount of the claim", total_cents, "step before"),
                input("charge of the line", charge_cents, "claim"),
                input("charges of the lines that share", charges_cents, "claim"),
            ],
            Detail::Lowest { options } => {
                options.iter().map(|one| input("option", one, source)).collect()
            }
            Detail::ChargeLimit { contract_cents } => {
                vec![input("contract amount", contract_cents, "step before")]
            }
            _ => Vec::new(),
        }
    }

    fn drg_inputs(&self, source: &str) -> Vec<Input> {
        match self {
            Detail::Drg { code, weight, base_rate_cents, transfer } => {
                let table = format!("DRG {code}, table 5");
                let mut inputs = vec![
                    input("weight", weight, &table),
                    input("base rate", base_rate_cents, source),
                ];
                if let Some((days, mean, _)) = transfer {
                    inputs.push(input("days of stay", days, "claim"));
                    inputs.push(input("geometric mean length of stay", mean, &table));
                }
                inputs
            }
            Detail::Outlier {
                charge_cents,
                cost_to_charge,
                drg_cents,
                threshold_cents,
                marginal_rate,
            } => vec![
                input("charges", charge_cents, "claim"),
                input("cost-to-charge ratio", cost_to_charge, source),
                input("DRG amount", drg_cents, "step before"),
                input("fixed loss threshold", threshold_cents, source),
                input("marginal rate", marginal_rate, source),
            ],
            _ => Vec::new(),
        }
    }

    fn benefit_inputs(&self, source: &str) -> Vec<Input> {
        match self {
            Detail::Copay { copay_cents, allowed_cents } => vec![
                input("copay", copay_cents, source),
                input("allowed amount", allowed_cents, "price"),
            ],
            Detail::Deductible { base_cents, rest_cents } => vec![
                input("amount after copay", base_cents, "step before"),
                input("deductible not yet met", rest_cents, "accumulators"),
            ],
            Detail::Coinsurance { base_cents, rate } => vec![
                input("amount after copay and deductible", base_cents, "step before"),
                input("coinsurance", rate, source),
            ],
            Detail::OutOfPocket { share_cents, rest_cents } => vec![
                input("patient's share", share_cents, "step before"),
                input("out-of-pocket maximum not yet met", rest_cents, "accumulators"),
            ],
            Detail::OtherPayer { paid_cents, left_cents, benefit_cents, .. } => vec![
                input("own benefit", benefit_cents, "steps before"),
                input("other payer paid", paid_cents, "claim, 2320 and 2430"),
                input("left to the patient", left_cents, "claim, 2320 and 2430"),
            ],
            Detail::Withhold { payment_cents, rate } => {
                vec![input("payment", payment_cents, "steps before"), input("rate", rate, source)]
            }
            Detail::Denied { reason } => vec![input("reason", reason, source)],
            _ => Vec::new(),
        }
    }
}

impl RelativeValueDetail {
    fn write_terms(&self, text: &mut String) {
        let [work, expense, malpractice] = self.values;
        let [by_work, by_expense, by_malpractice] = self.indices;
        if self.base_fee.is_some() {
            text.push('(');
        }
        put(text, format_args!("({work} x {by_work} + {expense} x {by_expense} + "));
        put(text, format_args!("{malpractice} x {by_malpractice}) x {}", self.conversion_factor));
        if let Some(base) = self.base_fee {
            put(text, format_args!(" - {base})"));
        }
        put_factors(text, &self.factors);
        put(text, format_args!(" x {} x {}", self.multiplier, self.percent));
    }

    fn inputs(&self, source: &str) -> Vec<Input> {
        let [work, expense, malpractice] = self.values;
        let [by_work, by_expense, by_malpractice] = self.indices;
        let row = format!("relative values, code {} {}", self.code, self.modifier);
        let place = if self.is_facility { "facility" } else { "non-facility" };
        let mut inputs = vec![
            input("work RVU", work, &row),
            input(&format!("practice expense RVU, {place}"), expense, &row),
            input("malpractice RVU", malpractice, &row),
            input("work GPCI", by_work, "geographic indices"),
            input("practice expense GPCI", by_expense, "geographic indices"),
            input("malpractice GPCI", by_malpractice, "geographic indices"),
            input("conversion factor", self.conversion_factor, &row),
        ];
        inputs.extend(self.factors.iter().map(|(name, share)| input(name, share, "modifier")));
        inputs.push(input("multiplier", self.multiplier, "claim line"));
        inputs.push(input("percent", self.percent, source));
        inputs
    }
}
