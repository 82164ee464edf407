//! The price of the lines of a claim together: stays, days and cases.

use super::line_price::{
    asks_for_person, compare, expect_bounds, missing_table, no_price, whole_amount, worked,
};
use super::{ClaimPrice, PricedLine, Pricing, Stop};
use crate::decision::DrgResult;
use crate::rates::{DrgRow, FactTable, PriceRule, Supply, Term, TermPricing};
use crate::trace::Worked;
use counterfoil_base::{Cents, Decimal, Text};
use counterfoil_claim::CodedValue;
use counterfoil_contract::{LineFacts, Memory};
use std::sync::Arc;

/// The DRG that the claim states (HI qualifier DR), empty when none.
pub(crate) fn stated_drg(coded_values: &[CodedValue]) -> &str {
    coded_values
        .iter()
        .find(|value| value.qualifier == "DR")
        .map_or("", |value| value.code.as_str())
}

impl<'a> Pricing<'a> {
    /// The amount of a group of lines under the pricing of a term.
    pub fn group_amount(
        &self,
        term: &Term,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
        memory: &mut Memory,
    ) -> Result<Cents, Stop> {
        let (options, lowest) = match &term.pricing {
            TermPricing::Single(rule) => return self.amount(rule, group, result, memory),
            TermPricing::Lowest { options, rule } => (options, rule),
        };
        let mut amounts = Vec::with_capacity(options.len());
        for option in options {
            amounts.push(self.amount(option, group, result, memory)?);
        }
        let step = compare(lowest, &amounts, memory)?;
        let amount = step.amount_cents;
        result.steps.push(step.into_step(None, &term.rule));
        Ok(amount)
    }

    fn amount(
        &self,
        rule: &Arc<PriceRule>,
        group: &[&PricedLine<'a>],
        result: &mut ClaimPrice,
        memory: &mut Memory,
    ) -> Result<Cents, Stop> {
        let code = stated_drg(&self.claim.coded_values);
        let row = if rule.needs(FactTable::Drg) { Some(self.drg_row(code)?) } else { None };
        if let Some(row) = row {
            result.drg = Some(DrgResult { code: Text::new(code), weight: row.weight });
        }
        let facts = self.group_facts(rule, group, row);
        memory.next_line();
        expect_bounds(rule, &facts)?;
        match rule.pricer.note(&facts, memory) {
            Ok(None) => {}
            Ok(Some(sentence)) => return Err(asks_for_person(sentence)),
            Err(fault) => return Err(no_price(rule, &fault)),
        }
        let price = rule.pricer.cents(rule.price, &facts, memory);
        let amount = whole_amount(price.map_err(|fault| match missing_table(rule, &fault) {
            Some(_) => Stop::pend("ADJ-no-price", "the claim does not say what the price needs"),
            None => no_price(rule, &fault),
        })?)?;
        let steps: Vec<Worked> = worked(rule, facts, amount, Text::new(code), memory);
        result.steps.extend(steps.into_iter().map(|step| step.into_step(None, &rule.cited)));
        Ok(amount)
    }

    /// The row of the stated DRG on the day of discharge.
    fn drg_row(&self, code: &str) -> Result<&'a DrgRow, Stop> {
        if code.is_empty() {
            return Err(Stop::pend("ADJ-no-drg", "the claim states no DRG"));
        }
        let discharge = self.claim.service_dates().map(|range| range.to);
        discharge.and_then(|day| self.rates.publisher.drg(code, day)).ok_or_else(|| {
            let message = format!("no weight for DRG {code} on the day of discharge");
            Stop::pend("ADJ-no-drg", message)
        })
    }

    fn group_facts(
        &self,
        rule: &PriceRule,
        group: &[&PricedLine<'a>],
        row: Option<&DrgRow>,
    ) -> LineFacts {
        let pricer = &rule.pricer;
        let mut facts = pricer.blank();
        for (fact, supply) in &rule.supplies {
            let number = match supply {
                Supply::Charge => {
                    let charges: Cents = group.iter().map(|line| line.line.charge_cents).sum();
                    Some(Decimal::from_cents(charges))
                }
                Supply::StatementDays => Some(Decimal::whole(self.statement_days())),
                Supply::AccommodationDays => Some(Decimal::whole(accommodation_days(group))),
                Supply::DrgWeight => row.map(|row| row.weight),
                Supply::DrgMeanStay => row.map(|row| row.stay_mean),
                _ => None,
            };
            if let Some(number) = number {
                pricer.set_number(&mut facts, *fact, number);
            }
            match (supply, row) {
                (Supply::IsPostAcuteDrg, Some(row)) => {
                    pricer.set_flag(&mut facts, *fact, row.post_acute);
                }
                (Supply::IsSpecialPayDrg, Some(row)) => {
                    pricer.set_flag(&mut facts, *fact, row.special_pay);
                }
                (Supply::Drg, _) => {
                    pricer.set_code(&mut facts, *fact, stated_drg(&self.claim.coded_values));
                }
                (Supply::DischargeStatus, _) => {
                    let stay = self.claim.institutional.as_ref();
                    let status = stay.map_or("", |stay| stay.discharge_status.as_str());
                    pricer.set_code(&mut facts, *fact, status);
                }
                _ => {}
            }
        }
        facts
    }

    /// Last day less first day of the statement, at least 1.
    fn statement_days(&self) -> i64 {
        let dates = self.claim.service_dates();
        dates.map_or(1, |range| i64::from((range.to - range.from).get_days()).max(1))
    }
}

/// Units of accommodation lines (revenue codes 0100-0219).
fn accommodation_days(group: &[&PricedLine<'_>]) -> i64 {
    let is_room = |line: &&&PricedLine<'_>| ("0100"..="0219").contains(&line.facts.revenue_code);
    let units = group.iter().filter(is_room).filter_map(|line| line.line.units.to_whole());
    // Units below zero cancel none of the others' days.
    units.filter(|units| *units > 0).fold(0, i64::saturating_add)
}
