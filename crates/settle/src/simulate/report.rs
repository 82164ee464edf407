//! What the drawn years show: the gain of each party, luck, and where it breaks even.

use super::{Draw, Simulation};
use counterfoil_base::Rounding;
use counterfoil_contract::{Number, Problem, Type, Unit, Value};
use serde::Serialize;

/// Bars of a histogram.
const BINS: i128 = 20;
/// Draws with which a break-even is searched for.
const SEARCH_DRAWS_MAX: u64 = 2_000;
/// The largest effect at which a break-even is searched for: 30 % of the cost, in hundredths of a
/// percent.
const SEARCH_MOST: i64 = 3_000;
/// How far apart effects are looked at before the place between two of them is sought.
const SEARCH_STEP: usize = 100;
/// A hundredth of a percent, in billionths.
const HUNDREDTH: i64 = 100_000;

/// How often something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chance {
    /// Draws in which it happened.
    pub draws: u64,
    /// Their share of all draws, as people see it.
    pub share: String,
    /// The standard error of that share.
    pub error: String,
    /// The lower end of the band in which the true share lies 95 times of 100.
    pub low: String,
    /// Its upper end.
    pub high: String,
}

/// Mean gains at one true effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EffectMeans {
    /// The effect, as people see it.
    pub effect: String,
    /// The provider's mean gain, in cents rounded half to even.
    pub provider_cents: i64,
    /// The payer's.
    pub payer_cents: i64,
}

/// A bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bin {
    /// The least amount, which belongs to it.
    pub from_cents: i64,
    /// The end, which belongs to the next bar.
    pub to_cents: i64,
    /// Draws.
    pub draws: u64,
}

/// Gains and losses of one party over all draws, in cents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// The mean, rounded half to even.
    pub mean_cents: i64,
    /// The standard deviation, rounded down.
    pub deviation_cents: i64,
    /// The smallest.
    pub least_cents: i64,
    /// Percentiles 5, 10, 25, 50, 75, 90 and 95, each an amount that was drawn (nearest rank).
    pub percentiles_cents: [(u8, i64); 7],
    /// The largest.
    pub most_cents: i64,
    /// Bars of equal width from the smallest to the largest.
    pub histogram: Vec<Bin>,
}

/// What the draws of one effect show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many years were drawn.
    pub draws: u64,
    /// The true effect, as people see it.
    pub effect: String,
    /// What the contract pays the provider (owed by it when negative).
    pub payment: Distribution,
    /// The provider's gain: the payment less the cost of its programme.
    pub provider: Distribution,
    /// The payer's gain: what was truly saved less the payment.
    pub payer: Distribution,
    /// The provider is paid.
    pub is_paid: Chance,
    /// The provider owes.
    pub owes: Chance,
    /// Nobody pays.
    pub nothing: Chance,
}

/// The result of a simulation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was simulated.
    pub title: String,
    /// SHA-256 of the contract.
    pub contract: String,
    /// The year whose numbers hold.
    pub year: i64,
    /// The seed.
    pub seed: u64,
    /// People in the group.
    pub size: i64,
    /// The assumed effect.
    pub assumed: Summary,
    /// No effect: who is paid or owes now does by luck.
    pub luck: Summary,
    /// The least effect, in hundredths of a percent up to 30 %, from which on the provider gains on
    /// average; nothing when there is none.
    pub provider_break_even: Option<String>,
    /// The same for the payer.
    pub payer_break_even: Option<String>,
    /// Mean gains by the true effect, from 0.01 % to 30 % in steps of one.
    pub by_effect: Vec<EffectMeans>,
}

/// Draws years of an effect: all numbers from zero up to the count, in their order.
pub type DrawAll<'a> = dyn Fn(i64, u64) -> Result<Vec<Draw>, Box<Problem>> + 'a;

/// The report of a simulation. `draw_all` draws years with [`Simulation::draws`], in one or many
/// threads; the report depends on the draws alone.
pub fn report(simulation: &Simulation<'_>, draw_all: &DrawAll<'_>) -> Result<Report, Box<Problem>> {
    let assumptions = simulation.assumptions;
    let (assumed, luck) = summaries(simulation, draw_all)?;
    let search = Search { draws: assumptions.draws.min(SEARCH_DRAWS_MAX), draw_all };
    let steps = search.steps()?;
    Ok(Report {
        title: assumptions.title.clone(),
        contract: simulation.contract.digest().to_owned(),
        year: assumptions.year,
        seed: assumptions.seed,
        size: assumptions.size(),
        assumed,
        luck,
        provider_break_even: search.break_even(&steps, Draw::provider_cents)?,
        payer_break_even: search.break_even(&steps, Draw::payer_cents)?,
        by_effect: steps.iter().map(|(effect, draws)| means(*effect, draws)).collect(),
    })
}

/// What draws of the assumed effect show, and draws of none, without looking for a break-even:
/// what a comparison of many assumptions needs of each.
pub fn summaries(
    simulation: &Simulation<'_>,
    draw_all: &DrawAll<'_>,
) -> Result<(Summary, Summary), Box<Problem>> {
    let (effect, draws) = (simulation.assumptions.effect(), simulation.assumptions.draws);
    let assumed = draw_all(effect, draws)?;
    let luck = if effect == 0 { assumed.clone() } else { draw_all(0, draws)? };
    Ok((summary(effect, &assumed), summary(0, &luck)))
}

fn means(hundredths: i64, draws: &[Draw]) -> EffectMeans {
    let of = |gain: fn(&Draw) -> i64| mean(draws.iter().map(gain));
    EffectMeans {
        effect: rate(hundredths * HUNDREDTH),
        provider_cents: of(Draw::provider_cents),
        payer_cents: of(Draw::payer_cents),
    }
}

/// The mean, rounded half to even; nothing of no amount.
fn mean(amounts: impl ExactSizeIterator<Item = i64>) -> i64 {
    let count = i128::try_from(amounts.len()).unwrap_or(1);
    let sum: i128 = amounts.map(i128::from).sum();
    let mean = Number::fraction(sum, count);
    mean.and_then(|mean| mean.round(Number::ONE, Rounding::HalfEven)?.to_whole()).unwrap_or(0)
}

/// Looks for the effect from which on a party gains on average.
struct Search<'a> {
    draws: u64,
    draw_all: &'a DrawAll<'a>,
}

impl Search<'_> {
    /// Draws of an effect in hundredths of a percent; every effect has the same random numbers.
    fn drawn(&self, hundredths: i64) -> Result<Vec<Draw>, Box<Problem>> {
        (self.draw_all)(hundredths * HUNDREDTH, self.draws)
    }

    /// Effects from the least to the most, a step apart, with their draws.
    fn steps(&self) -> Result<Vec<(i64, Vec<Draw>)>, Box<Problem>> {
        let all = std::iter::once(1).chain((0..=SEARCH_MOST).step_by(SEARCH_STEP).skip(1));
        all.map(|effect| Ok((effect, self.drawn(effect)?))).collect()
    }

    /// A payer can gain at a small effect, lose where sharing begins, and gain again above: so the
    /// last step without a gain is found first, then the place between it and the next by halving.
    fn break_even(
        &self,
        steps: &[(i64, Vec<Draw>)],
        gain: fn(&Draw) -> i64,
    ) -> Result<Option<String>, Box<Problem>> {
        let gains = |draws: &[Draw]| draws.iter().map(|d| i128::from(gain(d))).sum::<i128>() >= 0;
        let Some(last) = steps.iter().rposition(|(_, draws)| !gains(draws)) else {
            return Ok(steps.first().map(|(effect, _)| rate(effect * HUNDREDTH)));
        };
        let (Some((below, _)), Some((above, _))) = (steps.get(last), steps.get(last + 1)) else {
            return Ok(None);
        };
        let (mut below, mut above) = (*below, *above);
        while above - below > 1 {
            let middle = (below + above) / 2;
            if gains(&self.drawn(middle)?) {
                above = middle;
            } else {
                below = middle;
            }
        }
        Ok(Some(rate(above * HUNDREDTH)))
    }
}

fn summary(effect: i64, draws: &[Draw]) -> Summary {
    let of = |amount: fn(&Draw) -> i64| distribution(draws.iter().map(amount).collect());
    let count = |holds: fn(i64) -> bool| {
        let held = draws.iter().filter(|draw| holds(draw.transfer_cents)).count();
        chance(held as u64, draws.len() as u64)
    };
    Summary {
        draws: draws.len() as u64,
        effect: rate(effect),
        payment: of(|draw| draw.transfer_cents),
        provider: of(Draw::provider_cents),
        payer: of(Draw::payer_cents),
        is_paid: count(|cents| cents > 0),
        owes: count(|cents| cents < 0),
        nothing: count(|cents| cents == 0),
    }
}

fn chance(held: u64, draws: u64) -> Chance {
    let (held_wide, all) = (u128::from(held), u128::from(draws.max(1)));
    // sqrt(p (1 - p) / n), in millionths.
    let error = (held_wide * (all - held_wide.min(all)) * 1_000_000_000_000 / all).isqrt() / all;
    let share = held_wide * 1_000_000 / all;
    let shown = |millionths: u128| {
        let number = Number::fraction(i128::try_from(millionths).unwrap_or(0), 10_000);
        let text = number.and_then(|number| number.to_places(2));
        format!("{}%", text.unwrap_or_default())
    };
    let (low, high) = band(held_wide.min(all), all);
    let [share, error, low, high] = [share, error, low, high].map(shown);
    Chance { draws: held, share, error, low, high }
}

/// The square of the 97.5 % quantile of the standard normal distribution, in millionths.
const QUANTILE_SQUARED: u128 = 3_841_459;

/// The ends of the 95 % band of a share in millionths (Wilson, JASA 1927), which also says
/// something where none or all were held: outward to the millionth below and above.
fn band(held: u128, all: u128) -> (u128, u128) {
    let whole = 2 * (all * 1_000_000 + QUANTILE_SQUARED);
    let middle = 2 * held * 1_000_000 + QUANTILE_SQUARED;
    let spread = QUANTILE_SQUARED + 4 * held * (all - held) * 1_000_000 / all;
    let half = (QUANTILE_SQUARED * spread).isqrt() + 1;
    let low = middle.saturating_sub(half) * 1_000_000 / whole;
    let high = ((middle + half) * 1_000_000).div_ceil(whole).min(1_000_000);
    (low, high)
}

fn distribution(mut amounts: Vec<i64>) -> Distribution {
    amounts.sort_unstable();
    let (Some(least), Some(most)) = (amounts.first().copied(), amounts.last().copied()) else {
        return Distribution::default();
    };
    let count = i128::try_from(amounts.len()).unwrap_or(1);
    let mean = mean(amounts.iter().copied());
    let squares = amounts.iter().map(|cents| {
        let off = i128::from(*cents) - i128::from(mean);
        off.saturating_mul(off)
    });
    let variance = squares.fold(0i128, i128::saturating_add) / count;
    let rank = |percent: u8| {
        let place = (amounts.len() * usize::from(percent)).div_ceil(100).saturating_sub(1);
        (percent, amounts.get(place).copied().unwrap_or(least))
    };
    Distribution {
        mean_cents: mean,
        deviation_cents: i64::try_from(variance.isqrt()).unwrap_or(i64::MAX),
        least_cents: least,
        percentiles_cents: [5, 10, 25, 50, 75, 90, 95].map(rank),
        most_cents: most,
        histogram: histogram(&amounts, least, most),
    }
}

fn histogram(sorted: &[i64], least: i64, most: i64) -> Vec<Bin> {
    let span = i128::from(most) - i128::from(least) + 1;
    let bins = BINS.min(span);
    let edge = |bin: i128| i64::try_from(i128::from(least) + span * bin / bins).unwrap_or(most);
    let below = |cents: i64| sorted.partition_point(|amount| *amount < cents) as u64;
    (0..bins)
        .map(|bin| {
            let (from_cents, to_cents) = (edge(bin), edge(bin + 1));
            let end = if bin + 1 == bins { sorted.len() as u64 } else { below(to_cents) };
            Bin { from_cents, to_cents, draws: end - below(from_cents) }
        })
        .collect()
}

/// A rate in billionths as people see it.
fn rate(billionths: i64) -> String {
    let number = Number::fraction(i128::from(billionths), 1_000_000_000).unwrap_or(Number::ZERO);
    Value::Number(number).show(&Type::Number(Unit::RATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_shares_are_those_of_wilson() {
        // Against the formula in floating point elsewhere: 0 of 10, 5 of 10, 81 of 263.
        for (held, all, low, high) in [
            (0, 10, 0, 277_533),
            (5, 10, 236_593, 763_407),
            (10, 10, 722_467, 1_000_000),
            (81, 263, 255_289, 366_210),
        ] {
            let (found_low, found_high) = band(held, all);
            assert!(found_low.abs_diff(low) <= 2, "{held} of {all}: {found_low}");
            assert!(found_high.abs_diff(high) <= 2, "{held} of {all}: {found_high}");
        }
    }
}
