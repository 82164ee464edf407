//! Thousands of years of a contract, drawn from stated assumptions and settled by the contract.
//!
//! The same assumptions and seed give the same draws, whoever computes which of them: each draw
//! has its own random numbers. `docs/reference/simulation.md` states the model. Nothing here is a
//! float: random numbers are fixed-point integers, so that every machine draws the same years.

mod assumptions;
mod chance;
mod report;
mod vary;

pub use assumptions::Assumptions;
pub use report::{Bin, Chance, Distribution, EffectMeans, Report, Summary, report, summaries};
pub use vary::vary;

use assumptions::{BILLION, Drawn, FactDraw};
use chance::Stream;
use counterfoil_base::{Cents, Finding, Rounding};
use counterfoil_contract::{Contract, FactRow, FactValue, Number, Problem, Value};
use std::ops::Range;

/// One drawn year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// What the contract pays the provider; negative when the provider owes.
    pub transfer_cents: i64,
    /// What the group's true effect saved of the cost that it would have had.
    pub saving_cents: i64,
    /// What the effect cost the provider.
    pub programme_cents: i64,
}

impl Draw {
    /// The provider's gain: what the contract pays less what its programme costs.
    #[must_use]
    pub fn provider_cents(&self) -> i64 {
        self.transfer_cents.saturating_sub(self.programme_cents)
    }

    /// The payer's gain: what was truly saved less what the contract pays.
    #[must_use]
    pub fn payer_cents(&self) -> i64 {
        self.saving_cents.saturating_sub(self.transfer_cents)
    }
}

/// A contract and the assumptions that years are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// The contract, with its numbers of the assumed year.
    pub contract: &'a Contract,
    /// The assumptions.
    pub assumptions: &'a Assumptions,
    /// The term of the result.
    pub result: &'a str,
}

/// The amounts of a group in one drawn year, in cents.
struct GroupYear {
    benchmark: i128,
    expenditure: i128,
    saving: i128,
}

impl Simulation<'_> {
    /// Draws years and settles them, with a true effect in billionths of the cost.
    ///
    /// # Errors
    /// A row that the contract refuses, or an amount that leaves 64-bit cents.
    pub fn draws(&self, effect: i64, numbers: Range<u64>) -> Result<Vec<Draw>, Box<Problem>> {
        numbers.map(|number| self.draw(effect, number)).collect()
    }

    fn draw(&self, effect: i64, number: u64) -> Result<Draw, Box<Problem>> {
        let group = &self.assumptions.group;
        let drawn = self.group_year(effect, number).ok_or_else(too_large)?;
        let row = self.row(&drawn, number)?;
        let year = self.assumptions.year;
        let values = self.contract.evaluate(year, &row, &[self.result])?;
        let value = match values.into_iter().next() {
            Some(Ok(value)) => value,
            Some(Err(fault)) => return Err(Box::new(fault.problem(self.contract.program()))),
            None => return Err(too_large()),
        };
        let Value::Number(amount) = value else { return Err(too_large()) };
        let transfer = amount.to_cents(Rounding::HalfUp).ok_or_else(too_large)?;
        // An effect that is not there costs nothing.
        let programme = match effect {
            0 => Some(0),
            _ => group.programme_cents.checked_mul(i128::from(group.size)),
        };
        let programme = programme.and_then(|cents| i64::try_from(cents).ok());
        Ok(Draw {
            transfer_cents: transfer.0,
            saving_cents: i64::try_from(drawn.saving).map_err(|_| too_large())?,
            programme_cents: programme.ok_or_else(too_large)?,
        })
    }

    /// Benchmark and expenditure of one year; nothing when a product leaves 128 bits.
    fn group_year(&self, effect: i64, number: u64) -> Option<GroupYear> {
        let group = &self.assumptions.group;
        let normal = |stream| i128::from(chance::normal(self.assumptions.seed, number, stream));
        let size = i128::from(group.size);
        let strayed = |deviation: i64, stream: Stream| {
            i128::from(deviation).checked_mul(normal(stream)).map(|product| product / BILLION)
        };
        let expected_growth = BILLION.checked_add(i128::from(group.trend))?;
        let growth = expected_growth.checked_add(strayed(group.trend_deviation, Stream::Trend)?)?;
        let scaled = |amount: i128, rate: i128| {
            amount.checked_mul(rate).map(|product| div_half_up(product, BILLION))
        };
        let whole = group.mean_cents.checked_mul(size)?;
        // The sum of so many independent people strays with the root of their number.
        let variance = group.deviation_cents.checked_mul(group.deviation_cents)?;
        let root = variance.checked_mul(size)?.checked_isqrt()?;
        let noise = scaled(scaled(root, normal(Stream::Cost))?, expected_growth)?;
        let without_effect = scaled(whole, growth)?.checked_add(noise)?.max(0);
        let saving = scaled(without_effect, i128::from(effect))?;
        let error = BILLION.checked_add(strayed(group.benchmark_deviation, Stream::Benchmark)?)?;
        let benchmark = scaled(scaled(whole, expected_growth)?, error)?.max(1);
        let expenditure = without_effect.checked_sub(saving)?;
        Some(GroupYear { benchmark, expenditure, saving })
    }

    fn row(&self, drawn: &GroupYear, number: u64) -> Result<FactRow, Box<Problem>> {
        let money = |cents: i128| match i64::try_from(cents) {
            Ok(cents) => Ok(Value::Number(Number::from_cents(Cents(cents)))),
            Err(_) => Err(too_large()),
        };
        let mut row = FactRow { number: 1, ..FactRow::default() };
        let named = self.contract.program().facts().zip(&self.assumptions.facts);
        for (index, ((name, _), draw)) in (0u64..).zip(named) {
            let value = match draw {
                None => None,
                Some(FactDraw::Fixed(value)) => Some(value.clone()),
                Some(FactDraw::Group(Drawn::Benchmark)) => Some(money(drawn.benchmark)?),
                Some(FactDraw::Group(Drawn::Expenditure)) => Some(money(drawn.expenditure)?),
                Some(FactDraw::Group(Drawn::Size)) => {
                    Some(Value::Number(Number::whole(self.assumptions.group.size)))
                }
                Some(other) => {
                    let stream = Stream::Fact(index);
                    let seed = self.assumptions.seed;
                    Some(other.drawn(seed, number, stream).ok_or_else(too_large)?)
                }
            };
            if let Some(value) = &value
                && !self.contract.program().keeps_to_bounds(name, value)
            {
                let message = format!("A drawn '{name}' lies outside the bounds of the fact");
                let finding = Finding::error("SETTLE-draw-out-of-bounds", 7, message)
                    .because("The contract refuses such a row, so nothing can be simulated")
                    .fix("State bounds with 'least' and 'most', or a smaller deviation");
                return Err(Box::new(Problem::of_file(finding, "assumptions")));
            }
            row.row.facts.push(value.map(FactValue::exact));
        }
        Ok(row)
    }
}

/// The nearest whole number, ties away from zero.
fn div_half_up(number: i128, by: i128) -> i128 {
    let rest = (number % by).unsigned_abs();
    let away = rest >= by.unsigned_abs() - rest;
    number / by + if away { number.signum() } else { 0 }
}

fn too_large() -> Box<Problem> {
    let finding = Finding::error("SETTLE-draw-too-large", 7, "An amount leaves 64-bit cents")
        .because("Every amount is computed exactly, in whole cents")
        .fix("Check size, cost and deviation of the group");
    Box::new(Problem::of_file(finding, "assumptions"))
}
