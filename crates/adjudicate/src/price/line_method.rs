//! Methods that price one line: fee schedule, relative values, anesthesia, percent, reference.

use super::modifiers::factors;
use super::ranking::Rank;
use super::{Amount, LinePrice, PricedLine, Pricing, Stop, has_modifier};
use crate::rates::{FeeRow, GpciRow, Method, RvuRow};
use crate::trace::{Detail, RelativeValueDetail};
use counterfoil_base::{Cents, Decimal, Rounding, Text};
use counterfoil_claim::ClaimKind;

/// The fee of one unit, exact, with what it was computed from.
pub(crate) struct UnitFee<'a> {
    /// Before payment modifiers.
    exact: Decimal,
    /// Payment modifiers.
    factors: Vec<(&'static str, Decimal)>,
    /// Row of the relative value table, when there is one.
    pub row: Option<&'a RvuRow>,
    basis: Basis<'a>,
}

enum Basis<'a> {
    Fee { schedule: &'a Text, unit_cents: Cents },
    RelativeValue { indices: GpciRow, conversion_factor: Decimal, is_facility: bool },
}

impl UnitFee<'_> {
    /// The unit fee with payment modifiers.
    pub fn with_factors(&self) -> Option<Decimal> {
        self.factors.iter().try_fold(self.exact, |fee, (_, factor)| fee.checked_mul(*factor))
    }
}

fn too_large() -> Stop {
    Stop::pend("ADJ-amount-too-large", "the amount is too large to be computed exactly")
}

fn rounded(amount: Option<Decimal>) -> Result<Cents, Stop> {
    amount.and_then(|exact| exact.to_cents(Rounding::HalfUp)).ok_or_else(too_large)
}

impl<'a> Pricing<'a> {
    /// The amount of a line under a line method.
    pub fn line_amount(
        &self,
        method: &'a Method,
        line: &PricedLine<'a>,
        rank: &Rank,
    ) -> Result<Amount, Stop> {
        match method {
            Method::FeeSchedule { percent, modifiers_apply, .. } => {
                let unit = self.unit_fee(method, line)?;
                let plain = Rank::default();
                let rank = if *modifiers_apply { rank } else { &plain };
                unit_amount(unit, line, rank, *percent)
            }
            Method::RelativeValue { percent, .. } => {
                unit_amount(self.unit_fee(method, line)?, line, rank, *percent)
            }
            Method::ReferencePrice { percent, balance_to_patient, .. } => {
                let unit = self.unit_fee(method, line)?;
                let mut amount = unit_amount(unit, line, &Rank::default(), *percent)?;
                amount.price.balance_to_patient = *balance_to_patient;
                Ok(amount)
            }
            Method::Anesthesia { .. } => self.anesthesia(method, line),
            Method::PercentOfCharge { percent } => {
                let charge_cents = line.line.charge_cents;
                let exact = Decimal::from_cents(charge_cents).checked_mul(*percent);
                Ok(simple(rounded(exact)?, Detail::Percent { charge_cents, percent: *percent }))
            }
            Method::LesserOf { options } => self.lowest(options, line, rank),
            Method::PerDiem { .. } | Method::CaseRate { .. } | Method::Drg(_) => {
                Err(Stop::pend("ADJ-no-price", "the method prices claims and not lines"))
            }
        }
    }

    fn lowest(
        &self,
        options: &'a [Method],
        line: &PricedLine<'a>,
        rank: &Rank,
    ) -> Result<Amount, Stop> {
        let mut amounts = Vec::with_capacity(options.len());
        let mut lowest: Option<LinePrice> = None;
        for option in options {
            let amount = self.line_amount(option, line, rank)?;
            amounts.push(amount.price.allowed);
            if lowest.as_ref().is_none_or(|low| amount.price.allowed < low.allowed) {
                lowest = Some(amount.price);
            }
        }
        let price = lowest.unwrap_or_default();
        Ok(Amount { price, detail: Detail::Lowest { options: amounts } })
    }

    /// The fee of one unit under a table method.
    pub fn unit_fee(&self, method: &'a Method, line: &PricedLine<'a>) -> Result<UnitFee<'a>, Stop> {
        match method {
            Method::FeeSchedule { schedule, modifiers_apply, .. } => {
                self.schedule_fee(schedule, *modifiers_apply, line)
            }
            Method::ReferencePrice { schedule, .. } => self.schedule_fee(schedule, false, line),
            Method::RelativeValue { locality, conversion_factor, .. } => {
                self.relative_value_fee(locality, *conversion_factor, line)
            }
            _ => Err(Stop::pend("ADJ-no-price", "the method has no fee table")),
        }
    }

    fn is_facility(&self, line: &PricedLine<'a>) -> bool {
        line.facts.claim_kind == ClaimKind::Institutional
            || self.rates.publisher.is_facility(line.facts.facility_code)
    }

    fn schedule_fee(
        &self,
        schedule: &'a Text,
        modifiers_apply: bool,
        line: &PricedLine<'a>,
    ) -> Result<UnitFee<'a>, Stop> {
        let facts = &line.facts;
        let code = if facts.procedure.is_empty() { facts.revenue_code } else { facts.procedure };
        let found: Option<&FeeRow> =
            self.rates.fee_schedules.find(schedule, code, facts.modifiers, facts.day);
        let Some(fee) = found else {
            let message = format!("fee schedule `{schedule}` has no amount for {code} on the day");
            return Err(Stop::pend("ADJ-no-price", message));
        };
        let unit_cents =
            if self.is_facility(line) { fee.facility_cents } else { fee.non_facility_cents };
        let row = if modifiers_apply {
            self.rates.publisher.relative_values(facts.procedure, "", facts.day)
        } else {
            None
        };
        let factors = row.map_or(Ok(Vec::new()), |row| factors(row, facts.modifiers))?;
        let basis = Basis::Fee { schedule, unit_cents };
        Ok(UnitFee { exact: Decimal::from_cents(unit_cents), factors, row, basis })
    }

    fn relative_value_fee(
        &self,
        locality: &'a Text,
        factor: Option<Decimal>,
        line: &PricedLine<'a>,
    ) -> Result<UnitFee<'a>, Stop> {
        let facts = &line.facts;
        let publisher = &self.rates.publisher;
        let column = ["26", "TC", "53"]
            .into_iter()
            .find(|component| has_modifier(facts.modifiers, &[component]))
            .unwrap_or("");
        let row = publisher.relative_values(facts.procedure, column, facts.day);
        let Some(row) = row.filter(|row| matches!(row.status, b'A' | b'R')) else {
            let message = format!(
                "the relative value table does not price {} {column} on the day",
                facts.procedure
            );
            return Err(Stop::pend("ADJ-no-price", message));
        };
        let Some(indices) = publisher.geographic(locality, facts.day) else {
            let message = format!("no geographic indices for locality {locality} on the day");
            return Err(Stop::pend("ADJ-no-price", message));
        };
        let is_facility = self.is_facility(line);
        let conversion_factor = factor.unwrap_or(row.conversion_factor);
        let exact = relative_value(row, &indices, conversion_factor, is_facility);
        let exact = exact.ok_or_else(too_large)?;
        let factors = factors(row, facts.modifiers)?;
        let basis = Basis::RelativeValue { indices, conversion_factor, is_facility };
        Ok(UnitFee { exact, factors, row: Some(row), basis })
    }

    /// Unit fee of the base endoscopy, with the tables of the line's own term.
    pub fn base_fee(&self, line: &PricedLine<'a>, base: &'a Text) -> Option<Decimal> {
        let term = self.contract.terms.iter().find(|term| term.matches(&line.facts))?;
        let method = super::ranked_method(&term.method)?;
        let mut base_line = *line;
        base_line.facts.procedure = base.as_str();
        base_line.facts.modifiers = &[];
        self.unit_fee(method, &base_line).ok().map(|unit| unit.exact)
    }

    fn anesthesia(&self, method: &'a Method, line: &PricedLine<'a>) -> Result<Amount, Stop> {
        let Method::Anesthesia { locality, conversion_factor, minutes_per_unit, percent } = method
        else {
            return Err(Stop::pend("ADJ-no-price", "not an anesthesia term"));
        };
        let publisher = &self.rates.publisher;
        let facts = &line.facts;
        let base = publisher.anesthesia_base(facts.procedure, facts.day);
        let published = || publisher.anesthesia_factor(locality, facts.day);
        let factor = conversion_factor.or_else(published);
        let (Some(base), Some(conversion_factor)) = (base, factor) else {
            let message = format!("no base units or factor for {} on the day", facts.procedure);
            return Err(Stop::pend("ADJ-no-price", message));
        };
        if has_modifier(facts.modifiers, &["AD"]) {
            let message = "supervision of more than four procedures is priced by report";
            return Err(Stop::pend("ADJ-anesthesia-supervision", message));
        }
        let units = line.line.units;
        let time = if line.line.unit_basis == "MJ" {
            let divisor = Decimal::whole(i64::from(*minutes_per_unit));
            units.div_rounded(divisor, 1, Rounding::HalfUp).ok_or_else(too_large)?
        } else {
            units
        };
        // Medically directed cases pay half to each (chapter 12, section 50).
        let directed = has_modifier(facts.modifiers, &["QK", "QX", "QY"]);
        let share = if directed { Decimal::new(5, 1) } else { Decimal::ONE };
        let percent = percent.checked_mul(share).ok_or_else(too_large)?;
        let exact = base
            .checked_add(time)
            .and_then(|units| units.checked_mul(conversion_factor))
            .and_then(|amount| amount.checked_mul(percent));
        let detail = Detail::Anesthesia { base, time, conversion_factor, percent };
        Ok(simple(rounded(exact)?, detail))
    }
}

fn simple(allowed: Cents, detail: Detail) -> Amount {
    let price = LinePrice { allowed, before_reduction: allowed, balance_to_patient: false };
    Amount { price, detail }
}

/// (work x GPCI + expense x GPCI + malpractice x GPCI) x conversion factor, exact.
fn relative_value(
    row: &RvuRow,
    indices: &GpciRow,
    conversion_factor: Decimal,
    is_facility: bool,
) -> Option<Decimal> {
    let expense = if is_facility { row.expense_facility } else { row.expense_non_facility };
    row.work
        .checked_mul(indices.work)?
        .checked_add(expense.checked_mul(indices.expense)?)?
        .checked_add(row.malpractice.checked_mul(indices.malpractice)?)?
        .checked_mul(conversion_factor)
}

/// Unit fee x modifiers x units (or multiple procedure shares) x percent, rounded once.
fn unit_amount(
    unit: UnitFee<'_>,
    line: &PricedLine<'_>,
    rank: &Rank,
    percent: Decimal,
) -> Result<Amount, Stop> {
    if rank.by_report {
        let message = "procedures beyond the fifth of a day are priced by report";
        return Err(Stop::pend("ADJ-many-procedures", message));
    }
    let units = line.line.units;
    if units.is_zero() || units.is_negative() {
        return Err(Stop::pend("ADJ-no-units", "the line has no units to price"));
    }
    let multiplier = rank.shares.unwrap_or(units);
    let full = unit.with_factors().ok_or_else(too_large)?;
    let reduced = match rank.base_fee {
        None => full,
        Some(base) => full.checked_sub(base).ok_or_else(too_large)?.max(Decimal::ZERO),
    };
    let amount = |fee: Decimal, times: Decimal| {
        rounded(fee.checked_mul(times).and_then(|product| product.checked_mul(percent)))
    };
    let allowed = amount(reduced, multiplier)?;
    let before_reduction = if rank == &Rank::default() { allowed } else { amount(full, units)? };
    let detail = unit_detail(unit, line, multiplier, rank.base_fee, percent);
    let price = LinePrice { allowed, before_reduction, balance_to_patient: false };
    Ok(Amount { price, detail })
}

fn unit_detail(
    unit: UnitFee<'_>,
    line: &PricedLine<'_>,
    multiplier: Decimal,
    base_fee: Option<Decimal>,
    percent: Decimal,
) -> Detail {
    let facts = &line.facts;
    let code = if facts.procedure.is_empty() { facts.revenue_code } else { facts.procedure };
    let code = Text::new(code);
    let factors = unit.factors;
    match (unit.basis, unit.row) {
        (Basis::RelativeValue { indices, conversion_factor, is_facility }, Some(row)) => {
            let expense = if is_facility { row.expense_facility } else { row.expense_non_facility };
            Detail::RelativeValue(Box::new(RelativeValueDetail {
                code,
                modifier: row.modifier.clone(),
                values: [row.work, expense, row.malpractice],
                indices: [indices.work, indices.expense, indices.malpractice],
                conversion_factor,
                is_facility,
                factors,
                multiplier,
                base_fee,
                percent,
            }))
        }
        (Basis::Fee { schedule, unit_cents }, _) => {
            let schedule = schedule.clone();
            Detail::Fee { schedule, code, unit_cents, multiplier, factors, percent }
        }
        (Basis::RelativeValue { .. }, None) => Detail::CaseRate,
    }
}
