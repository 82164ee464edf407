//! What a simulation assumes of a group and of the facts: a TOML file.

use super::chance::{Stream, bits, normal};
use counterfoil_base::{Finding, Rounding};
use counterfoil_contract::{Contract, Number, Problem, Type, Unit, Value};
use toml::Table;

/// Shares and rates are held in billionths.
pub(crate) const BILLION: i128 = 1_000_000_000;
/// Most draws of one run: more would be memory, not certainty.
const DRAWS_MAX: i64 = 1_000_000;

/// What a group is described by.
pub(crate) const GROUP: [&str; 10] = [
    "size",
    "mean_cost",
    "deviation",
    "spending",
    "truncation",
    "trend",
    "trend_deviation",
    "benchmark_deviation",
    "effect",
    "programme_cost",
];

/// The assumptions of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// What is simulated, in words.
    pub title: String,
    /// The year whose numbers hold.
    pub year: i64,
    /// How many years are drawn.
    pub draws: u64,
    /// What the random numbers begin with.
    pub seed: u64,
    /// The term of the result; empty when the contract's own is meant.
    pub result: String,
    pub(crate) group: Group,
    /// One entry a fact of the contract.
    pub(crate) facts: Vec<Option<FactDraw>>,
}

/// A group of people and how its cost strays; rates in billionths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub size: i64,
    pub mean_cents: i128,
    pub deviation_cents: i128,
    pub trend: i64,
    pub trend_deviation: i64,
    pub benchmark_deviation: i64,
    pub effect: i64,
    pub programme_cents: i128,
}

/// What of the group a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawn {
    Size,
    Benchmark,
    Expenditure,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FactDraw {
    Fixed(Value),
    Group(Drawn),
    /// Normal, within bounds, rounded half up to a step.
    Normal {
        mean: Number,
        deviation: Number,
        least: Number,
        most: Number,
        step: Number,
    },
    /// Values, each with the share of draws at which it ends, in parts of 2^64.
    Chances(Vec<(Value, u128)>),
}

impl FactDraw {
    /// The value of one draw; nothing when it leaves the range of numbers.
    pub(crate) fn drawn(&self, seed: u64, draw: u64, stream: Stream) -> Option<Value> {
        match self {
            FactDraw::Normal { mean, deviation, least, most, step } => {
                let z = Number::fraction(i128::from(normal(seed, draw, stream)), BILLION)?;
                let value = mean.checked_add(deviation.checked_mul(z)?)?;
                let value = value.round(*step, Rounding::HalfUp)?;
                Some(Value::Number(value.max(*least).min(*most)))
            }
            FactDraw::Chances(all) => {
                let at = u128::from(bits(seed, draw, stream));
                let chosen = all.iter().find(|(_, end)| at < *end).or(all.last());
                chosen.map(|(value, _)| value.clone())
            }
            FactDraw::Fixed(value) => Some(value.clone()),
            FactDraw::Group(_) => None,
        }
    }
}

impl Assumptions {
    /// The assumed true effect, in billionths of the cost.
    #[must_use]
    pub fn effect(&self) -> i64 {
        self.group.effect
    }

    /// How many people the group has.
    #[must_use]
    pub fn size(&self) -> i64 {
        self.group.size
    }

    /// Reads the assumptions for a contract.
    ///
    /// # Errors
    /// Everything that cannot be read, each as a problem of the file.
    pub fn read(contract: &Contract, file: &str, text: &str) -> Result<Assumptions, Vec<Problem>> {
        let mut reader = Reader { file, problems: Vec::new() };
        let table = match text.parse::<Table>() {
            Ok(table) => table,
            Err(error) => {
                reader.wrong("the file", &format!("TOML: {}", error.message()));
                return Err(reader.problems);
            }
        };
        let known = ["title", "year", "draws", "seed", "result", "group", "facts"];
        reader.unknown("", &table, &known);
        let empty = Table::new();
        let part = |name: &str| table.get(name).and_then(|v| v.as_table()).unwrap_or(&empty);
        let group = reader.group(part("group"));
        let facts = reader.facts(contract, part("facts"));
        let draws = reader.whole(&table, "draws", 10_000);
        if !(1..=DRAWS_MAX).contains(&draws) {
            reader.wrong("draws", "a number from 1 to 1,000,000");
        }
        let year = reader.whole(&table, "year", 0);
        if !contract.years().any(|known| known == year) {
            reader.wrong("year", "a year whose numbers the contract states");
        }
        let text = |name: &str| table.get(name).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        let read = Assumptions {
            title: text("title"),
            year,
            draws: u64::try_from(draws).unwrap_or(1),
            seed: u64::try_from(reader.whole(&table, "seed", 1)).unwrap_or(1),
            result: text("result"),
            group,
            facts,
        };
        if reader.problems.is_empty() { Ok(read) } else { Err(reader.problems) }
    }
}

struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, key: &str, wanted: &str) {
        let message = format!("{key} is not {wanted}");
        let finding = Finding::error("SETTLE-assumption-unreadable", 7, message)
            .because("A simulation is worth as much as its stated assumptions")
            .fix("Write it as docs/reference/simulation.md shows");
        self.problems.push(Problem::of_file(finding, self.file));
    }

    fn unknown(&mut self, part: &str, table: &Table, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.wrong(&format!("{part}{key}"), &format!("one of {}", known.join(", ")));
        }
    }

    fn whole(&mut self, table: &Table, key: &str, absent: i64) -> i64 {
        match table.get(key).map(|value| value.as_integer()) {
            None => absent,
            Some(Some(number)) if number >= 0 => number,
            Some(_) => {
                self.wrong(key, "a whole number");
                absent
            }
        }
    }

    /// A value in the form of the language; nothing when the key is absent or wrong.
    fn value(&mut self, table: &Table, (part, key): (&str, &str), kind: &Type) -> Option<Value> {
        let item = table.get(key)?;
        let value = item.as_str().and_then(|text| Value::parse(text, kind));
        if value.is_none() {
            self.wrong(&format!("{part}{key}"), &wanted(kind));
        }
        value
    }

    fn number(&mut self, table: &Table, place: (&str, &str), unit: Unit) -> Option<Number> {
        match self.value(table, place, &Type::Number(unit)) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    fn rate(&mut self, table: &Table, key: &str) -> i64 {
        let number = self.number(table, ("group.", key), Unit::RATE).unwrap_or(Number::ZERO);
        match billionths(number) {
            Some(rate) if (-BILLION..=10 * BILLION).contains(&i128::from(rate)) => rate,
            _ => {
                self.wrong(&format!("group.{key}"), "a rate from -100% to 1,000%");
                0
            }
        }
    }

    fn share(&mut self, table: &Table, key: &str) -> i64 {
        let rate = self.rate(table, key);
        if rate < 0 {
            self.wrong(&format!("group.{key}"), "a rate of 0% or more");
        }
        rate
    }

    fn cents(&mut self, table: &Table, place: (&str, &str)) -> Option<i128> {
        let amount = self.number(table, place, Unit::MONEY)?;
        let cents = amount.to_cents(Rounding::HalfUp).map(|cents| i128::from(cents.0));
        if cents.is_none_or(|cents| cents < 0) {
            self.wrong(&format!("{}{}", place.0, place.1), "an amount of $0 or more");
            return None;
        }
        cents
    }

    fn group(&mut self, table: &Table) -> Group {
        self.unknown("group.", table, &GROUP);
        let size = self.number(table, ("group.", "size"), Unit::COUNT).and_then(Number::to_whole);
        let size = size.filter(|size| (1..=100_000_000).contains(size)).unwrap_or_else(|| {
            self.wrong("group.size", "a number of people, such as \"10,000\"");
            1
        });
        let truncation = self.cents(table, ("group.", "truncation"));
        let (mean_cents, deviation_cents) = match table.get("spending") {
            Some(bands) => self.spending(bands, truncation).unwrap_or((0, 0)),
            None => {
                if truncation.is_some() {
                    self.wrong("group.truncation", "used without [[group.spending]]");
                }
                let mean = self.cents(table, ("group.", "mean_cost"));
                let deviation = self.cents(table, ("group.", "deviation"));
                if mean.is_none() || deviation.is_none() {
                    self.wrong("group", "whole without mean_cost and deviation, or spending");
                }
                (mean.unwrap_or(0), deviation.unwrap_or(0))
            }
        };
        Group {
            size,
            mean_cents,
            deviation_cents,
            trend: self.rate(table, "trend"),
            trend_deviation: self.share(table, "trend_deviation"),
            benchmark_deviation: self.share(table, "benchmark_deviation"),
            effect: self.rate(table, "effect"),
            programme_cents: self.cents(table, ("group.", "programme_cost")).unwrap_or(0),
        }
    }

    /// Mean and standard deviation of one person's cost from bands of spending, each cut at the
    /// truncation.
    fn spending(&mut self, bands: &toml::Value, truncation: Option<i128>) -> Option<(i128, i128)> {
        let (mut whole, mut mean, mut square) = (0i128, 0i128, 0i128);
        for band in bands.as_array()? {
            let Some(band) = band.as_table() else {
                self.wrong("group.spending", "a list of tables with share and cost");
                return None;
            };
            let place = "group.spending.";
            self.unknown(place, band, &["share", "cost"]);
            let share = self.number(band, (place, "share"), Unit::RATE).and_then(billionths);
            let cost = self.cents(band, (place, "cost"));
            let (Some(share), Some(cost)) = (share.filter(|share| *share >= 0), cost) else {
                self.wrong("group.spending", "a list of tables with share and cost");
                return None;
            };
            let share = i128::from(share);
            let cost = truncation.map_or(cost, |most| cost.min(most));
            let weighted = share.checked_mul(cost)?;
            whole = whole.checked_add(share)?;
            mean = mean.checked_add(weighted)?;
            square = square.checked_add(weighted.checked_mul(cost)?)?;
        }
        if whole != BILLION {
            self.wrong("group.spending", "a list whose shares sum to 100%");
            return None;
        }
        let mean_cents = super::div_half_up(mean, BILLION);
        let variance = (square / BILLION).checked_sub(mean_cents.checked_mul(mean_cents)?)?;
        Some((mean_cents, variance.max(0).isqrt()))
    }

    fn facts(&mut self, contract: &Contract, table: &Table) -> Vec<Option<FactDraw>> {
        let names: Vec<&str> = contract.program().facts().map(|(name, _)| name).collect();
        self.unknown("facts.", table, &names);
        let facts = contract.program().facts();
        facts
            .map(|(name, kind)| match table.get(name)? {
                toml::Value::Table(how) => self.fact(name, kind, how),
                _ => self.value(table, ("facts.", name), kind).map(FactDraw::Fixed),
            })
            .collect()
    }

    fn fact(&mut self, name: &str, kind: &Type, how: &Table) -> Option<FactDraw> {
        let place = format!("facts.{name}.");
        if let Some(group) = how.get("group") {
            self.unknown(&place, how, &["group"]);
            let is_money = *kind == Type::Number(Unit::MONEY);
            let drawn = match (group.as_str(), kind) {
                (Some("benchmark"), _) if is_money => Drawn::Benchmark,
                (Some("expenditure"), _) if is_money => Drawn::Expenditure,
                (Some("size"), Type::Number(_)) if !is_money => Drawn::Size,
                _ => {
                    let wanted = "\"benchmark\" or \"expenditure\" for money, \"size\" for people";
                    self.wrong(&format!("{place}group"), wanted);
                    return None;
                }
            };
            return Some(FactDraw::Group(drawn));
        }
        if let Some(chances) = how.get("chances").and_then(|chances| chances.as_table()) {
            self.unknown(&place, how, &["chances"]);
            return self.chances(&place, kind, chances);
        }
        self.unknown(&place, how, &["mean", "deviation", "least", "most", "step"]);
        let Type::Number(unit) = kind else {
            self.wrong(&format!("facts.{name}"), "a value, a group, or chances");
            return None;
        };
        let mut number = |key: &str| self.number(how, (&place, key), *unit);
        let (mean, deviation) = (number("mean"), number("deviation"));
        let (least, most, step) = (number("least"), number("most"), number("step"));
        let (Some(mean), Some(deviation), Some(least), Some(most)) = (mean, deviation, least, most)
        else {
            self.wrong(&format!("facts.{name}"), "a draw with mean, deviation, least and most");
            return None;
        };
        let step = match step.or_else(|| Number::last_place(4)) {
            Some(step) if step > Number::ZERO && least <= most => step,
            _ => {
                self.wrong(&format!("facts.{name}"), "a draw with least up to most and a step");
                return None;
            }
        };
        Some(FactDraw::Normal { mean, deviation, least, most, step })
    }

    fn chances(&mut self, place: &str, kind: &Type, chances: &Table) -> Option<FactDraw> {
        let (mut all, mut sum) = (Vec::new(), 0i128);
        for key in chances.keys() {
            let part = format!("{place}chances.");
            let share = self.number(chances, (&part, key), Unit::RATE).and_then(billionths);
            let value = Value::parse(key, kind);
            let (Some(share), Some(value)) = (share.filter(|share| *share >= 0), value) else {
                self.wrong(&format!("{part}{key}"), &format!("{} with its chance", wanted(kind)));
                return None;
            };
            sum += i128::from(share);
            let end = u128::try_from(sum).ok()?.checked_mul(1 << 64)? / 1_000_000_000;
            all.push((value, end));
        }
        if sum != BILLION {
            self.wrong(&format!("{place}chances"), "a table whose chances sum to 100%");
            return None;
        }
        Some(FactDraw::Chances(all))
    }
}

fn wanted(kind: &Type) -> String {
    match kind {
        Type::Number(unit) if unit.is_money() => format!("{kind} in quotes, such as \"$1,250.00\""),
        Type::Number(Unit::RATE) => "a rate in quotes, such as \"3.9%\"".to_owned(),
        Type::Number(_) => format!("{kind} in quotes, such as \"5,000\""),
        kind => format!("{kind} in quotes"),
    }
}

/// A rate in billionths, rounded half up; nothing when it does not fit.
fn billionths(rate: Number) -> Option<i64> {
    let scaled = rate.checked_mul(Number::whole(1_000_000_000))?;
    scaled.round(Number::ONE, Rounding::HalfUp)?.to_whole()
}
