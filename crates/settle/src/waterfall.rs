//! From the first amount to the payment, bar by bar; the bars sum to the result in cents.

use counterfoil_base::Rounding;
use counterfoil_contract::{
    Contract, FactRow, Number, Operation, Problem, Unit, Value, Worked, Working,
};
use serde::{Deserialize, Serialize};

/// Terms that one waterfall opens at most; what lies deeper stands as one bar.
const TERMS_MAX: usize = 200;

/// One bar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaterfallStep {
    /// What does it: `benchmark`, `x sharing_rate`, `limit: performance_payment_limit x benchmark`.
    pub label: String,
    /// The term whose formula it is part of.
    pub term: String,
    /// The clause of that term.
    pub clause: String,
    /// What the bar adds, in cents.
    pub amount_cents: i64,
    /// Where the sum stands after it, in cents.
    pub level_cents: i64,
}

/// A bar before it is rounded to cents.
struct Bar {
    label: String,
    place: Place,
    value: Number,
}

#[derive(Clone)]
struct Place {
    term: String,
    clause: String,
}

/// The waterfall of a money term of a row.
///
/// Sums and differences become a bar for each part, a product of an amount and factors one for the
/// amount and one for each factor, a limit one for what it takes or adds; named amounts are opened
/// down to facts. The exact running sum is rounded to cents half up after each bar, and a bar is
/// the difference of two such sums, so that the last sum is the result.
pub fn waterfall(
    contract: &Contract,
    year: i64,
    row: &FactRow,
    term: &str,
) -> Result<Vec<WaterfallStep>, Box<Problem>> {
    let mut builder = Builder { contract, year, row, opened: 0 };
    let mut bars = builder.term(term, Number::ONE)?;
    if bars.is_empty() {
        bars = builder.down_to_zero(term)?;
    }
    Ok(rounded(bars))
}

fn rounded(bars: Vec<Bar>) -> Vec<WaterfallStep> {
    let (mut sum, mut level) = (Number::ZERO, 0i64);
    let mut steps = Vec::new();
    for bar in bars {
        // Sums of parts of a value that fits; one that did not would end the waterfall.
        let Some(next) = sum.checked_add(bar.value) else { break };
        let Some(cents) = next.to_cents(Rounding::HalfUp) else { break };
        let Some(amount_cents) = cents.0.checked_sub(level) else { break };
        (sum, level) = (next, cents.0);
        if amount_cents != 0 {
            let Place { term, clause } = bar.place;
            steps.push(WaterfallStep {
                label: bar.label,
                term,
                clause,
                amount_cents,
                level_cents: level,
            });
        }
    }
    steps
}

struct Builder<'a> {
    contract: &'a Contract,
    year: i64,
    row: &'a FactRow,
    opened: usize,
}

impl Builder<'_> {
    fn working(&self, term: &str) -> Result<Working, Box<Problem>> {
        self.contract.working(self.year, self.row, term)
    }

    /// The bars of a term, each times the sign.
    fn term(&mut self, term: &str, sign: Number) -> Result<Vec<Bar>, Box<Problem>> {
        self.opened += 1;
        let working = self.working(term)?;
        let place = Place { term: term.to_owned(), clause: working.clause.clone() };
        let mut bars = self.part(&working.formula, sign, &place)?;
        if let (Value::Number(value), Value::Number(before)) =
            (&working.value, &working.formula.value)
        {
            push_difference(&mut bars, "rounding", &place, (*value, *before), sign);
        }
        Ok(bars)
    }

    fn part(
        &mut self,
        part: &Worked,
        sign: Number,
        place: &Place,
    ) -> Result<Vec<Bar>, Box<Problem>> {
        let Value::Number(value) = part.value else { return Ok(Vec::new()) };
        if value.is_zero() {
            return Ok(Vec::new());
        }
        let single = |label: String| {
            let bar = |value| Bar { label, place: place.clone(), value };
            Ok(value.checked_mul(sign).map(bar).into_iter().collect())
        };
        let is_opened = part.unit == Some(Unit::MONEY) && self.opened < TERMS_MAX;
        match (&part.operation, part.parts.as_slice()) {
            (Operation::Term(name), _) if is_opened => self.term(name, sign),
            (Operation::Add, [a, b]) => {
                let mut bars = self.part(a, sign, place)?;
                bars.extend(self.part(b, sign, place)?);
                Ok(bars)
            }
            (Operation::Subtract, [a, b]) => {
                let mut bars = self.part(a, sign, place)?;
                bars.extend(self.part(b, sign.negate(), place)?);
                Ok(bars)
            }
            (Operation::Negate, [a]) => self.part(a, sign.negate(), place),
            (Operation::Magnitude, [a]) => {
                let is_below = matches!(a.value, Value::Number(n) if n.is_negative());
                self.part(a, if is_below { sign.negate() } else { sign }, place)
            }
            (Operation::Round, [a]) => {
                let mut bars = self.part(a, sign, place)?;
                if let Value::Number(before) = a.value {
                    push_difference(&mut bars, "rounding", place, (value, before), sign);
                }
                Ok(bars)
            }
            (Operation::Least | Operation::Greatest, all) => self.limit(part, all, sign, place),
            (Operation::Multiply | Operation::Divide, _) => {
                match self.product(part, sign, place)? {
                    Some(bars) => Ok(bars),
                    None => single(describe(part)),
                }
            }
            _ => single(describe(part)),
        }
    }

    /// The first amount, and what the limit that holds takes from it or adds to it.
    fn limit(
        &mut self,
        whole: &Worked,
        all: &[Worked],
        sign: Number,
        place: &Place,
    ) -> Result<Vec<Bar>, Box<Problem>> {
        let is_amount = |part: &&Worked| part.operation != Operation::Constant;
        let Some(base) = all.iter().find(is_amount).or(all.first()) else { return Ok(Vec::new()) };
        let mut bars = self.part(base, sign, place)?;
        if let (Value::Number(value), Value::Number(before)) = (&whole.value, &base.value) {
            let holds = all.iter().find(|part| part.value == whole.value);
            let label = format!("limit: {}", holds.map_or_else(String::new, describe));
            push_difference(&mut bars, &label, place, (*value, *before), sign);
        }
        Ok(bars)
    }

    /// The amount of a product, then each factor; nothing when no factor is an amount.
    fn product(
        &mut self,
        whole: &Worked,
        sign: Number,
        place: &Place,
    ) -> Result<Option<Vec<Bar>>, Box<Problem>> {
        let mut factors = Vec::new();
        flatten(whole, false, &mut factors);
        let is_amount =
            |(part, is_under): &(&Worked, bool)| !is_under && part.unit == Some(Unit::MONEY);
        let Some(at) = factors.iter().position(is_amount) else { return Ok(None) };
        let (amount, _) = factors.remove(at);
        let Value::Number(mut running) = amount.value else { return Ok(None) };
        let mut bars = self.part(amount, sign, place)?;
        for (factor, is_under) in factors {
            let Value::Number(number) = factor.value else { return Ok(None) };
            let next = match is_under {
                true => running.checked_div(number),
                false => running.checked_mul(number),
            };
            // Cut another way the product may not fit; as one bar it does.
            let Some(next) = next else { return Ok(None) };
            let mark = if is_under { "/" } else { "x" };
            let label = format!("{mark} {}", bracketed(factor));
            push_difference(&mut bars, &label, place, (next, running), sign);
            running = next;
        }
        Ok(Some(bars))
    }

    /// A result of nothing: the bars of the first amount below it that is something, and one that
    /// takes it away, so that a reader sees what was not shared.
    fn down_to_zero(&mut self, term: &str) -> Result<Vec<Bar>, Box<Problem>> {
        let (mut name, mut seen) = (term.to_owned(), Vec::new());
        loop {
            let working = self.working(&name)?;
            if !matches!(working.value, Value::Number(value) if value.is_zero()) {
                return Ok(Vec::new());
            }
            seen.push(name.clone());
            let Some((next, value)) = self.amount_below(&working, &seen) else {
                return Ok(Vec::new());
            };
            if !value.is_zero() {
                let place = Place { term: name.clone(), clause: working.clause.clone() };
                let mut bars = match self.is_term(&next) {
                    true => self.term(&next, Number::ONE)?,
                    false => vec![Bar { label: next.clone(), place: place.clone(), value }],
                };
                let label = match working.rule.as_str() {
                    "" => name,
                    rule => format!("{name}: {rule}"),
                };
                bars.push(Bar { label, place, value: value.negate() });
                return Ok(bars);
            }
            name = next;
        }
    }

    fn is_term(&self, name: &str) -> bool {
        self.contract.program().terms().any(|(term, _)| term == name)
    }

    /// The first amount that the rules of a term name and that has a value, terms before facts; a
    /// fact of nothing leads no further.
    fn amount_below(&self, working: &Working, seen: &[String]) -> Option<(String, Number)> {
        let money = counterfoil_contract::Type::Number(Unit::MONEY);
        let program = self.contract.program();
        let named = |name: &&String| !seen.contains(name);
        for name in working.mentions.iter().filter(named) {
            if program.terms().any(|(term, kind)| term == name && *kind == money)
                && let Ok(values) = self.contract.evaluate(self.year, self.row, &[name])
                && let Some(Ok(Value::Number(value))) = values.first()
            {
                return Some((name.clone(), *value));
            }
        }
        let facts = program.facts().zip(&self.row.row.facts);
        let amounts = facts.filter_map(|((name, kind), fact)| {
            let is_named = *kind == money && working.mentions.iter().any(|m| m == name);
            match fact.as_ref().map(|fact| &fact.value) {
                Some(Value::Number(value)) if is_named && !value.is_zero() => {
                    Some((name.to_owned(), *value))
                }
                _ => None,
            }
        });
        amounts.into_iter().next()
    }
}

fn push_difference(
    bars: &mut Vec<Bar>,
    label: &str,
    place: &Place,
    (value, before): (Number, Number),
    sign: Number,
) {
    let change = value.checked_sub(before).and_then(|change| change.checked_mul(sign));
    if let Some(change) = change.filter(|change| !change.is_zero()) {
        bars.push(Bar { label: label.to_owned(), place: place.clone(), value: change });
    }
}

/// The factors of nested products and quotients, each with whether it stands below the line.
fn flatten<'a>(part: &'a Worked, is_under: bool, factors: &mut Vec<(&'a Worked, bool)>) {
    match (&part.operation, part.parts.as_slice()) {
        (Operation::Multiply, [a, b]) => {
            flatten(a, is_under, factors);
            flatten(b, is_under, factors);
        }
        (Operation::Divide, [a, b]) => {
            flatten(a, is_under, factors);
            flatten(b, !is_under, factors);
        }
        _ => factors.push((part, is_under)),
    }
}

/// A part in the names of the contract: `performance_payment_limit x benchmark`.
fn describe(part: &Worked) -> String {
    let kind = part.unit.map(counterfoil_contract::Type::Number);
    let shown = || kind.as_ref().map_or_else(String::new, |kind| part.value.show(kind));
    let two = |mark: &str| match part.parts.as_slice() {
        [a, b] => format!("{} {mark} {}", bracketed(a), bracketed(b)),
        _ => shown(),
    };
    let call = |name: &str| {
        let all: Vec<String> = part.parts.iter().map(describe).collect();
        format!("{name}({})", all.join(", "))
    };
    match &part.operation {
        Operation::Fact(name) | Operation::Parameter(name) | Operation::Term(name) => name.clone(),
        Operation::Constant | Operation::Other => shown(),
        Operation::Add => two("+"),
        Operation::Subtract => two("-"),
        Operation::Multiply => two("x"),
        Operation::Divide => two("/"),
        Operation::Negate => format!("-{}", part.parts.first().map_or_else(shown, bracketed)),
        Operation::Magnitude => call("magnitude"),
        Operation::Least => call("least"),
        Operation::Greatest => call("greatest"),
        Operation::Round => call("round"),
    }
}

fn bracketed(part: &Worked) -> String {
    match part.operation {
        Operation::Add | Operation::Subtract => format!("({})", describe(part)),
        _ => describe(part),
    }
}
