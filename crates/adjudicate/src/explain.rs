//! Formulas of the trace with numbers in place, and their inputs with source.

use crate::rates::{FactTable, Supply};
use crate::trace::{Detail, WorkedDetail};
use counterfoil_base::{Input, Rounding};
use counterfoil_contract::Memory;
use std::fmt::{Arguments, Write as _};

fn input(name: &str, value: impl ToString, source: &str) -> Input {
    Input { name: name.to_owned(), value: value.to_string(), source: source.to_owned() }
}

/// Writing to a string cannot fail.
pub(crate) fn put(text: &mut String, words: Arguments<'_>) {
    let _ = text.write_fmt(words);
}

impl Detail {
    /// How the amount was rounded to the cent.
    pub(crate) fn rounding(&self) -> Option<Rounding> {
        match self {
            Detail::Worked(detail) => detail.rule.pricer.rounding(detail.term),
            Detail::Coinsurance { .. } | Detail::Withhold { .. } => Some(Rounding::HalfUp),
            _ => None,
        }
    }

    /// Adds the formula with numbers in place, without its result.
    pub(crate) fn write_terms(&self, text: &mut String) {
        match self {
            Detail::Worked(detail) => {
                let WorkedDetail { rule, facts, term, .. } = &**detail;
                rule.pricer.write_formula(*term, facts, &mut Memory::default(), text);
            }
            Detail::Split { total_cents, charge_cents, charges_cents } => {
                put(text, format_args!("{total_cents} x {charge_cents} / {charges_cents}"));
                text.push_str(", largest remainder");
            }
            Detail::ChargeLimit { contract_cents } => {
                put(text, format_args!("charge, below {contract_cents}"));
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
            Detail::Worked(detail) => detail.inputs(),
            Detail::Copay { .. }
            | Detail::Deductible { .. }
            | Detail::Coinsurance { .. }
            | Detail::OutOfPocket { .. }
            | Detail::OtherPayer { .. }
            | Detail::Withhold { .. }
            | Detail::Denied { .. } => self.benefit_inputs(source),
            _ => self.price_inputs(),
        }
    }

    fn price_inputs(&self) -> Vec<Input> {
        match self {
            Detail::Split { total_cents, charge_cents, charges_cents } => vec![
                input("amount of the claim", total_cents, "step before"),
                input("charge of the line", charge_cents, "claim"),
                input("charges of the lines that share", charges_cents, "claim"),
            ],
            Detail::ChargeLimit { contract_cents } => {
                vec![input("contract amount", contract_cents, "step before")]
            }
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

impl WorkedDetail {
    fn inputs(&self) -> Vec<Input> {
        let pricer = &self.rule.pricer;
        let source = |fact: usize| {
            let supply = self.rule.supplies.iter().find(|(known, _)| *known == fact);
            supply.map_or_else(String::new, |(_, supply)| self.source(supply))
        };
        pricer.inputs(self.term, &self.facts, &mut Memory::default(), &source)
    }

    /// Where a fact comes from.
    fn source(&self, supply: &Supply) -> String {
        let code = &self.code;
        match supply.table() {
            FactTable::FeeSchedule => {
                format!("fee schedule {}, code {code}", self.rule.schedule)
            }
            FactTable::RelativeValues | FactTable::Indicators => {
                format!("relative values, code {code}")
            }
            FactTable::GeographicIndices => "geographic indices".to_owned(),
            FactTable::AnesthesiaBase => "anesthesia base units".to_owned(),
            FactTable::AnesthesiaFactor => "anesthesia factors".to_owned(),
            FactTable::Drg => format!("DRG {code}, table 5"),
            FactTable::Claim => match supply {
                Supply::Option(_) => "another way to price".to_owned(),
                Supply::IsRanked
                | Supply::ProceduresAbove
                | Supply::Procedures
                | Supply::EndoscopyBaseFee => "rank on the claim".to_owned(),
                _ => "claim".to_owned(),
            },
        }
    }
}
