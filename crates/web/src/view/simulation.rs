//! What chance does to a contract: drawn years, gains and losses of both, and luck.

use super::{ContractFinding, ContractRow};
use crate::figure::Figure;

/// A simulation with its assumptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulationView {
    /// The contract.
    pub contract: ContractRow,
    /// Assumptions about the group, each with its stated default.
    pub group: Vec<Assumption>,
    /// Where each fact of the contract comes from.
    pub facts: Vec<Assumption>,
    /// What can be varied.
    pub variable: Vec<String>,
    /// How many years are drawn at most.
    pub draws_max: u64,
    /// What is wrong with the assumptions.
    pub findings: Vec<ContractFinding>,
    /// What came out; nothing when the assumptions cannot be used.
    pub report: Option<SimulationReport>,
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Its name in the address.
    pub name: String,
    /// What it is.
    pub label: String,
    /// What it says now.
    pub value: String,
    /// How it is written.
    pub hint: String,
}

/// What the draws show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulationReport {
    /// How many years were drawn.
    pub draws: Figure,
    /// The assumed true effect.
    pub effect: Figure,
    /// What the contract pays the provider.
    pub payment: DistributionView,
    /// What the provider gains.
    pub provider: DistributionView,
    /// What the payer gains.
    pub payer: DistributionView,
    /// How often the provider is paid, owes, and neither, with the assumed effect.
    pub assumed: Odds,
    /// The same with no effect at all: by luck.
    pub luck: Odds,
    /// The least effect from which on the provider gains on average; nothing up to 30 %.
    pub provider_break_even: Option<Figure>,
    /// The same for the payer.
    pub payer_break_even: Option<Figure>,
    /// The gain of each party by the true effect.
    pub by_effect: Vec<EffectPoint>,
    /// What was varied, in words.
    pub varied: String,
    /// What came out for each of its values.
    pub sweep: Vec<SweepPoint>,
    /// The assumptions as the file that `counterfoil contract simulate` reads.
    pub file: String,
}

/// Gains and losses over all drawn years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionView {
    /// The mean.
    pub mean: Figure,
    /// The standard deviation.
    pub deviation: Figure,
    /// The smallest.
    pub least: Figure,
    /// The largest.
    pub most: Figure,
    /// Percentiles with their names: `5 of 100 below`.
    pub percentiles: Vec<(String, Figure)>,
    /// Bars from the smallest to the largest.
    pub bins: Vec<BinView>,
}

/// A bar of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinView {
    /// The least amount.
    pub from: Figure,
    /// The end, which belongs to the next bar.
    pub to: Figure,
    /// Years in it.
    pub draws: Figure,
}

/// Shares of drawn years, each with its standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    /// The provider is paid.
    pub paid: Share,
    /// The provider owes.
    pub owes: Share,
    /// Nobody pays.
    pub nothing: Share,
}

/// A share with the band in which the true one lies, 95 times of 100.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The share.
    pub share: Figure,
    /// The lower end of the band.
    pub low: Figure,
    /// The upper end.
    pub high: Figure,
}

/// Mean gains at one true effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectPoint {
    /// The effect.
    pub effect: Figure,
    /// What the provider gains on average.
    pub provider: Figure,
    /// What the payer gains on average.
    pub payer: Figure,
}

/// What comes out when one assumption has another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPoint {
    /// The value.
    pub value: String,
    /// By luck, with no effect: paid.
    pub luck_paid: Share,
    /// By luck, with no effect: owes.
    pub luck_owes: Share,
    /// With the assumed effect: what the provider gains on average.
    pub provider: Figure,
    /// With the assumed effect: what the payer gains on average.
    pub payer: Figure,
}
