//! Pricing of a claim by the terms of a contract: lines, groups of lines, and the charge limit.

mod claim_price;
mod line_facts;
mod line_price;
mod ranking;

pub(crate) use claim_price::stated_drg;

use crate::decision::DrgResult;
use crate::rates::{Contract, LineFacts, Rates, Term};
use crate::trace::{Detail, RuleSource, Step, Worked};
use counterfoil_base::{Cents, Text, split_largest_remainder};
use counterfoil_claim::{AdjustmentGroup, Claim, Line};
use counterfoil_contract::Memory;
use std::sync::Arc;

/// Why a line has no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Not payable, as the pricing document says.
    Deny { group: AdjustmentGroup, reason: Text },
    /// A person must price it.
    Pend { code: &'static str, message: String },
}

impl Stop {
    fn pend(code: &'static str, message: impl Into<String>) -> Stop {
        Stop::Pend { code, message: message.into() }
    }
}

/// The price of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinePrice {
    /// Contract amount.
    pub allowed: Cents,
    /// The same without the multiple procedure reduction (CO-59 is the difference).
    pub before_reduction: Cents,
    /// What exceeds the allowed amount is the patient's (reference price).
    pub balance_to_patient: bool,
}

/// What pricing needs to know of one line.
#[derive(Clone, Copy)]
pub(crate) struct PricedLine<'a> {
    /// 1-based position in the claim.
    pub number: u32,
    pub line: &'a Line,
    pub facts: LineFacts<'a>,
}

/// Everything that pricing reads.
#[derive(Clone, Copy)]
pub(crate) struct Pricing<'a> {
    pub rates: &'a Rates,
    pub contract: &'a Contract,
    pub claim: &'a Claim,
}

/// The price of a line and the steps that led to it.
pub(crate) struct Amount {
    pub price: LinePrice,
    pub worked: Vec<Worked>,
}

/// Prices of all lines, in their order, with the trace.
#[derive(Default)]
pub(crate) struct ClaimPrice {
    pub lines: Vec<Result<LinePrice, Stop>>,
    pub steps: Vec<Step>,
    pub drg: Option<DrgResult>,
}

impl<'a> Pricing<'a> {
    /// Prices the given lines: the first term that matches a line decides.
    pub fn price(&self, lines: &[PricedLine<'a>]) -> ClaimPrice {
        let terms: Vec<Option<&Term>> = lines
            .iter()
            .map(|line| self.contract.terms.iter().find(|term| term.matches(&line.facts)))
            .collect();
        let mut memory = Memory::default();
        let mut ranks = ranking::rank(self, lines, &terms, &mut memory);
        let mut result = ClaimPrice::default();
        for (index, line) in lines.iter().enumerate() {
            let price = match terms[index] {
                None => Err(Stop::pend(
                    "ADJ-no-price",
                    format!("no pricing term of contract `{}` matches the line", self.contract.id),
                )),
                Some(term) if term.pricing.is_of_claim() => Ok(LinePrice::default()),
                Some(term) => {
                    let rank = &mut ranks[index];
                    let amount = self.line_amount(&term.pricing, line, rank, &mut memory);
                    amount.map(|amount| self.finish_line(term, line, amount, &mut result.steps))
                }
            };
            result.lines.push(price);
        }
        self.price_groups(lines, &terms, &mut result, &mut memory);
        result
    }

    /// Records the step and stops the amount at the charge.
    fn finish_line(
        &self,
        term: &Term,
        line: &PricedLine<'a>,
        amount: Amount,
        steps: &mut Vec<Step>,
    ) -> LinePrice {
        let mut price = amount.price;
        let number = Some(line.number);
        steps.extend(amount.worked.into_iter().map(|step| step.into_step(number, &term.rule)));
        let charge = line.line.charge_cents;
        if self.contract.lesser_of_charge {
            price.before_reduction = price.before_reduction.min(charge);
            if charge < price.allowed {
                steps.push(self.charge_limit(number, price.allowed, charge));
                price.allowed = charge;
            }
        }
        price
    }

    fn charge_limit(&self, line: Option<u32>, contract_cents: Cents, charge: Cents) -> Step {
        Step {
            line,
            rule: RuleSource::Loaded(Arc::clone(&self.contract.rule)),
            amount_cents: charge,
            detail: Detail::ChargeLimit { contract_cents },
        }
    }

    /// Prices each term with a claim method once and splits the amount over its lines.
    fn price_groups(
        &self,
        lines: &[PricedLine<'a>],
        terms: &[Option<&Term>],
        result: &mut ClaimPrice,
        memory: &mut Memory,
    ) {
        for (first, term) in terms.iter().enumerate() {
            let Some(term) = term.filter(|term| term.pricing.is_of_claim()) else {
                continue;
            };
            let same = |other: &Option<&Term>| other.is_some_and(|one| std::ptr::eq(one, term));
            if terms[..first].iter().any(same) {
                continue;
            }
            let members: Vec<usize> = (0..lines.len()).filter(|&at| same(&terms[at])).collect();
            let group: Vec<&PricedLine<'a>> = members.iter().map(|&at| &lines[at]).collect();
            let amount = self.group_amount(term, &group, result, memory);
            let prices: Vec<Result<LinePrice, Stop>> = match amount {
                Ok(total) => self.split(term, total, &group, result).into_iter().map(Ok).collect(),
                Err(stop) => vec![Err(stop); members.len()],
            };
            for (at, price) in members.into_iter().zip(prices) {
                result.lines[at] = price;
            }
        }
    }

    /// Splits an amount over the lines of a group in proportion to their charges.
    fn split(
        &self,
        term: &Term,
        total: Cents,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
    ) -> Vec<LinePrice> {
        let charges: Cents = group.iter().map(|line| line.line.charge_cents).sum();
        let mut total_cents = total;
        if self.contract.lesser_of_charge && charges < total {
            result.steps.push(self.charge_limit(None, total, charges));
            total_cents = charges;
        }
        let weights: Vec<u64> =
            group.iter().map(|line| line.line.charge_cents.0.unsigned_abs()).collect();
        let parts = split_largest_remainder(total_cents, &weights);
        let mut prices = Vec::with_capacity(parts.len());
        for (line, part) in group.iter().zip(parts) {
            let charge_cents = line.line.charge_cents;
            result.steps.push(Step {
                line: Some(line.number),
                rule: RuleSource::Loaded(Arc::clone(&term.rule)),
                amount_cents: part,
                detail: Detail::Split { total_cents, charge_cents, charges_cents: charges },
            });
            let balance_to_patient = false;
            prices.push(LinePrice { allowed: part, before_reduction: part, balance_to_patient });
        }
        prices
    }
}

/// True when the line carries one of the modifiers.
pub(crate) fn has_modifier(modifiers: &[Text], wanted: &[&str]) -> bool {
    modifiers.iter().any(|modifier| wanted.contains(&modifier.as_str()))
}
