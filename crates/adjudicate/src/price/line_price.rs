//! The price of one line by the document of its term.

use super::line_facts::{code_of, component};
use super::ranking::Rank;
use super::{Amount, LinePrice, PricedLine, Pricing, Stop};
use crate::rates::{FactTable, PriceRule, TermPricing};
use crate::trace::{Detail, Worked};
use counterfoil_base::{Cents, Text};
use counterfoil_claim::AdjustmentGroup;
use counterfoil_contract::{Fault, LineFacts, Memory};
use std::sync::Arc;

impl<'a> Pricing<'a> {
    /// The amount of a line under the pricing of its term.
    pub fn line_amount(
        &self,
        pricing: &TermPricing,
        line: &PricedLine<'a>,
        rank: &mut Rank,
        memory: &mut Memory,
    ) -> Result<Amount, Stop> {
        let (options, lowest) = match pricing {
            TermPricing::Single(rule) => return self.rule_amount(rule, line, rank, memory),
            TermPricing::Lowest { options, rule } => (options, rule),
        };
        let mut amounts = Vec::with_capacity(options.len());
        for option in options {
            amounts.push(self.rule_amount(option, line, rank, memory)?.price);
        }
        let allowed: Vec<Cents> = amounts.iter().map(|price| price.allowed).collect();
        let worked = compare(lowest, &allowed, memory)?;
        let price = chosen(&amounts, worked.amount_cents);
        Ok(Amount { price, worked: vec![worked] })
    }

    fn rule_amount(
        &self,
        rule: &Arc<PriceRule>,
        line: &PricedLine<'a>,
        rank: &mut Rank,
        memory: &mut Memory,
    ) -> Result<Amount, Stop> {
        let facts = match rank.take_facts(rule) {
            Some(mut facts) => {
                self.put_rank(rule, line, rank, &mut facts);
                facts
            }
            None => self.line_facts(rule, line, Some(rank)),
        };
        let why = |fault: &Fault| self.why_no_price(rule, line, fault);
        memory.next_line();
        refused(rule, &facts, memory).map_err(|stop| stop.unwrap_or_else(|fault| why(&fault)))?;
        let price = rule.pricer.cents(rule.price, &facts, memory).map_err(|fault| why(&fault))?;
        let allowed = whole_amount(price)?;
        let before_reduction = match rule.full_price.filter(|_| rank.is_ranked()) {
            None => allowed,
            Some(full) => {
                let full = rule.pricer.cents(full, &facts, memory);
                whole_amount(full.map_err(|fault| why(&fault))?)?
            }
        };
        let balance_to_patient = match rule.balance {
            Some(term) => rule.pricer.flag(term, &facts, memory).map_err(|fault| why(&fault))?,
            None => false,
        };
        let price = LinePrice { allowed, before_reduction, balance_to_patient };
        let worked = worked(rule, facts, allowed, code_of(line).into(), memory);
        Ok(Amount { price, worked })
    }

    /// Why a line has no price, as a person who prices it needs to know.
    fn why_no_price(&self, rule: &PriceRule, line: &PricedLine<'a>, fault: &Fault) -> Stop {
        let Some(table) = missing_table(rule, fault) else { return no_price(rule, fault) };
        let procedure = line.facts.procedure;
        let message = match table {
            FactTable::FeeSchedule => format!(
                "fee schedule `{}` has no amount for {} on the day",
                rule.schedule,
                code_of(line)
            ),
            FactTable::GeographicIndices => {
                format!("no geographic indices for locality {} on the day", rule.locality)
            }
            FactTable::AnesthesiaBase | FactTable::AnesthesiaFactor => {
                format!("no base units or factor for {procedure} on the day")
            }
            FactTable::RelativeValues | FactTable::Indicators => format!(
                "the relative value table does not price {procedure} {} on the day",
                component(line)
            ),
            FactTable::Claim | FactTable::Drg => return no_price(rule, fault),
        };
        Stop::pend("ADJ-no-price", message)
    }
}

/// The option that a document has chosen. A document may pay what is none of them: then its amount
/// is paid, with who owes the rest as the lowest option says.
fn chosen(options: &[LinePrice], allowed: Cents) -> LinePrice {
    if let Some(price) = options.iter().find(|price| price.allowed == allowed) {
        return price.clone();
    }
    let lowest = options.iter().min_by_key(|price| price.allowed);
    let balance_to_patient = lowest.is_some_and(|lowest| lowest.balance_to_patient);
    LinePrice { allowed, before_reduction: allowed, balance_to_patient }
}

/// The lowest of several amounts, by the document that compares them.
pub(super) fn compare(
    rule: &Arc<PriceRule>,
    amounts: &[Cents],
    memory: &mut Memory,
) -> Result<Worked, Stop> {
    let mut facts = rule.pricer.blank();
    for (fact, supply) in &rule.supplies {
        if let crate::rates::Supply::Option(place) = supply
            && let Some(amount) = amounts.get(*place)
        {
            rule.pricer.set_cents(&mut facts, *fact, *amount);
        }
    }
    memory.next_line();
    let lowest = rule.pricer.cents(rule.price, &facts, memory);
    let lowest = whole_amount(lowest.map_err(|fault| no_price(rule, &fault))?)?;
    let mut steps = worked(rule, facts, lowest, Text::default(), memory);
    steps.pop().ok_or_else(|| Stop::pend("ADJ-no-price", "the prices cannot be compared"))
}

/// Asks for a person where a note of the document does, and denies what it does not pay.
fn refused(
    rule: &PriceRule,
    facts: &LineFacts,
    memory: &mut Memory,
) -> Result<(), Result<Stop, Fault>> {
    expect_bounds(rule, facts).map_err(Ok)?;
    if let Some(sentence) = rule.pricer.note(facts, memory).map_err(Err)? {
        return Err(Ok(asks_for_person(sentence)));
    }
    let Some(denial) = rule.denial else { return Ok(()) };
    let group = AdjustmentGroup::ContractualObligation;
    match rule.pricer.code(denial, facts, memory).map_err(Err)? {
        Some(reason) => Err(Ok(Stop::Deny { group, reason })),
        None => Ok(()),
    }
}

/// A fact that lies outside what the document says of it asks for a person.
pub(super) fn expect_bounds(rule: &PriceRule, facts: &LineFacts) -> Result<(), Stop> {
    let Some((fact, why)) = rule.pricer.refused_fact(facts) else { return Ok(()) };
    let name = rule.pricer.fact_name(fact).replace('_', " ");
    Err(Stop::pend("ADJ-no-price", format!("{name} {why} in the pricing document")))
}

/// What a note of a document asks for.
pub(super) fn asks_for_person(sentence: &str) -> Stop {
    let message = format!("the pricing document asks for a person: {sentence}");
    Stop::pend("ADJ-priced-by-person", message)
}

/// True where neither a note nor a denial of the document stands against a price.
pub(super) fn is_payable(rule: &PriceRule, facts: &LineFacts, memory: &mut Memory) -> bool {
    refused(rule, facts, memory).is_ok()
}

/// The steps to an amount: every rounded amount that it rests on, and the amount itself.
pub(super) fn worked(
    rule: &Arc<PriceRule>,
    facts: LineFacts,
    amount_cents: Cents,
    code: Text,
    memory: &mut Memory,
) -> Vec<Worked> {
    let pricer = &rule.pricer;
    let step = |facts, term, place, amount_cents| Worked {
        reference: rule.reference(term, place).cloned(),
        amount_cents,
        detail: Detail::Worked(Box::new(crate::trace::WorkedDetail {
            rule: Arc::clone(rule),
            facts,
            term,
            code: code.clone(),
        })),
    };
    if !rule.has_inner_amounts {
        let place = pricer.decided(rule.price, &facts, memory);
        return vec![step(facts, rule.price, place, amount_cents)];
    }
    let amounts = pricer.amounts(rule.price, &facts, memory);
    let of_term = |(term, place): (usize, usize)| {
        let amount = pricer.cents(term, &facts, memory).ok().flatten();
        step(facts.clone(), term, place, amount.unwrap_or(amount_cents))
    };
    amounts.into_iter().map(of_term).collect()
}

/// An amount in whole cents that is not below zero.
pub(super) fn whole_amount(amount: Option<Cents>) -> Result<Cents, Stop> {
    match amount {
        Some(amount) if !amount.is_negative() => Ok(amount),
        Some(_) => Err(Stop::pend("ADJ-no-price", "the document's price is below zero")),
        None => Err(too_large()),
    }
}

fn too_large() -> Stop {
    Stop::pend("ADJ-amount-too-large", "the amount is too large to be computed exactly")
}

/// The table whose row is missing.
pub(super) fn missing_table(rule: &PriceRule, fault: &Fault) -> Option<FactTable> {
    let missing = fault.missing_fact()?;
    let (_, supply) = rule.supplies.iter().find(|(fact, _)| *fact == missing)?;
    Some(supply.table())
}

/// Why a document has no price, in its own words.
pub(super) fn no_price(rule: &PriceRule, fault: &Fault) -> Stop {
    if fault.is_too_large() {
        return too_large();
    }
    let message = fault.finding(rule.pricer.contract().program()).message;
    Stop::pend("ADJ-no-price", message)
}
