//! Formulas of the trace with numbers in place, and their inputs with source.

use crate::trace::{Detail, RelativeValueDetail};
use counterfoil_base::{Cents, Decimal, Input};

fn input(name: &str, value: impl ToString, source: &str) -> Input {
    Input { name: name.to_owned(), value: value.to_string(), source: source.to_owned() }
}

fn factor_text(factors: &[(&'static str, Decimal)]) -> String {
    factors.iter().map(|(_, factor)| format!(" x {factor}")).collect()
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

    /// The formula with numbers in place, and the facts in its order.
    pub(crate) fn formula(&self, source: &str) -> (String, Vec<Input>) {
        match self {
            Detail::RelativeValue(detail) => detail.formula(source),
            Detail::Copay { .. }
            | Detail::Deductible { .. }
            | Detail::Coinsurance { .. }
            | Detail::OutOfPocket { .. }
            | Detail::OtherPayer { .. }
            | Detail::Withhold { .. }
            | Detail::Denied { .. } => self.benefit_formula(source),
            Detail::Drg { .. } | Detail::Outlier { .. } => self.drg_formula(source),
            _ => self.price_formula(source),
        }
    }

    fn price_formula(&self, source: &str) -> (String, Vec<Input>) {
        match self {
            Detail::Fee { schedule, code, unit_cents, multiplier, factors, percent } => {
                let table = format!("fee schedule {schedule}, code {code}");
                let mut inputs = vec![input("amount per unit", unit_cents, &table)];
                inputs.push(input("multiplier", multiplier, "claim line"));
                inputs.extend(factors.iter().map(|(name, factor)| input(name, factor, "modifier")));
                inputs.push(input("percent", percent, source));
                let factors = factor_text(factors);
                (format!("{unit_cents} x {multiplier}{factors} x {percent}"), inputs)
            }
            Detail::Anesthesia { base, time, conversion_factor, percent } => (
                format!("({base} + {time}) x {conversion_factor} x {percent}"),
                vec![
                    input("base units", base, "anesthesia base units"),
                    input("time units", time, "claim line"),
                    input("conversion factor", conversion_factor, source),
                    input("percent", percent, source),
                ],
            ),
            Detail::Percent { charge_cents, percent } => (
                format!("{charge_cents} x {percent}"),
                vec![input("charge", charge_cents, "claim"), input("percent", percent, source)],
            ),
            Detail::PerDiem { rate_cents, days } => (
                format!("{rate_cents} x {days}"),
                vec![input("rate a day", rate_cents, source), input("days", days, "claim")],
            ),
            Detail::Split { total_cents, charge_cents, charges_cents } => (
                format!("{total_cents} x {charge_cents} / {charges_cents}, largest remainder"),
                vec![
                    input("amount of the claim", total_cents, "step before"),
                    input("charge of the line", charge_cents, "claim"),
                    input("charges of the lines that share", charges_cents, "claim"),
                ],
            ),
            Detail::Lowest { options } => {
                let list: Vec<String> = options.iter().map(Cents::to_string).collect();
                let inputs = options.iter().map(|one| input("option", one, source)).collect();
                (format!("lowest of {}", list.join(", ")), inputs)
            }
            Detail::ChargeLimit { contract_cents } => (
                format!("charge, below {contract_cents}"),
                vec![input("contract amount", contract_cents, "step before")],
            ),
            _ => ("fixed amount".to_owned(), Vec::new()),
        }
    }

    fn drg_formula(&self, source: &str) -> (String, Vec<Input>) {
        match self {
            Detail::Drg { code, weight, base_rate_cents, transfer } => {
                let table = format!("DRG {code}, table 5");
                let mut inputs = vec![
                    input("weight", weight, &table),
                    input("base rate", base_rate_cents, source),
                ];
                let mut formula = format!("{weight} x {base_rate_cents}");
                if let Some((days, mean, is_special)) = transfer {
                    inputs.push(input("days of stay", days, "claim"));
                    inputs.push(input("geometric mean length of stay", mean, &table));
                    let by_day = format!("({days} + 1) / {mean}");
                    let share =
                        if *is_special { format!("(0.5 + 0.5 x {by_day})") } else { by_day };
                    formula = format!("{formula} x {share}, at most {formula}");
                }
                (formula, inputs)
            }
            Detail::Outlier {
                charge_cents,
                cost_to_charge,
                drg_cents,
                threshold_cents,
                marginal_rate,
            } => (
                format!(
                    "({charge_cents} x {cost_to_charge} - ({drg_cents} + {threshold_cents})) x \
                     {marginal_rate}"
                ),
                vec![
                    input("charges", charge_cents, "claim"),
                    input("cost-to-charge ratio", cost_to_charge, source),
                    input("DRG amount", drg_cents, "step before"),
                    input("fixed loss threshold", threshold_cents, source),
                    input("marginal rate", marginal_rate, source),
                ],
            ),
            _ => ("fixed amount".to_owned(), Vec::new()),
        }
    }

    fn benefit_formula(&self, source: &str) -> (String, Vec<Input>) {
        match self {
            Detail::Copay { copay_cents, allowed_cents } => (
                format!("lower of {copay_cents} and {allowed_cents}"),
                vec![
                    input("copay", copay_cents, source),
                    input("allowed amount", allowed_cents, "price"),
                ],
            ),
            Detail::Deductible { base_cents, rest_cents } => (
                format!("lower of {base_cents} and {rest_cents}"),
                vec![
                    input("amount after copay", base_cents, "step before"),
                    input("deductible not yet met", rest_cents, "accumulators"),
                ],
            ),
            Detail::Coinsurance { base_cents, rate } => (
                format!("{base_cents} x {rate}"),
                vec![
                    input("amount after copay and deductible", base_cents, "step before"),
                    input("coinsurance", rate, source),
                ],
            ),
            Detail::OutOfPocket { share_cents, rest_cents } => (
                format!("lower of {share_cents} and {rest_cents}"),
                vec![
                    input("patient's share", share_cents, "step before"),
                    input("out-of-pocket maximum not yet met", rest_cents, "accumulators"),
                ],
            ),
            Detail::OtherPayer { paid_cents, left_cents, benefit_cents, non_duplication } => {
                let own = if *non_duplication {
                    format!("{benefit_cents} - {paid_cents}")
                } else {
                    benefit_cents.to_string()
                };
                let inputs = vec![
                    input("own benefit", benefit_cents, "steps before"),
                    input("other payer paid", paid_cents, "claim, 2320 and 2430"),
                    input("left to the patient", left_cents, "claim, 2320 and 2430"),
                ];
                (format!("lower of {own} and {left_cents}, not below 0.00"), inputs)
            }
            Detail::Withhold { payment_cents, rate } => (
                format!("{payment_cents} x {rate}"),
                vec![input("payment", payment_cents, "steps before"), input("rate", rate, source)],
            ),
            Detail::Denied { reason } => {
                (format!("nothing allowed (CARC {reason})"), vec![input("reason", reason, source)])
            }
            _ => ("fixed amount".to_owned(), Vec::new()),
        }
    }
}

impl RelativeValueDetail {
    fn formula(&self, source: &str) -> (String, Vec<Input>) {
        let [work, expense, malpractice] = self.values;
        let [by_work, by_expense, by_malpractice] = self.indices;
        let factor = self.conversion_factor;
        let mut formula = format!(
            "({work} x {by_work} + {expense} x {by_expense} + {malpractice} x {by_malpractice}) x \
             {factor}"
        );
        if let Some(base) = self.base_fee {
            formula = format!("({formula} - {base})");
        }
        let factors = factor_text(&self.factors);
        formula = format!("{formula}{factors} x {} x {}", self.multiplier, self.percent);
        let row = format!("relative values, code {} {}", self.code, self.modifier);
        let place = if self.is_facility { "facility" } else { "non-facility" };
        let mut inputs = vec![
            input("work RVU", work, &row),
            input(&format!("practice expense RVU, {place}"), expense, &row),
            input("malpractice RVU", malpractice, &row),
            input("work GPCI", by_work, "geographic indices"),
            input("practice expense GPCI", by_expense, "geographic indices"),
            input("malpractice GPCI", by_malpractice, "geographic indices"),
            input("conversion factor", factor, &row),
        ];
        inputs.extend(self.factors.iter().map(|(name, share)| input(name, share, "modifier")));
        inputs.push(input("multiplier", self.multiplier, "claim line"));
        inputs.push(input("percent", self.percent, source));
        (formula, inputs)
    }
}
