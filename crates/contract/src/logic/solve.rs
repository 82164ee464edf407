//! Whether linear conditions can hold together, and numbers at which they do.
//!
//! Fourier-Motzkin elimination in exact fractions: complete for linear conditions, which is what
//! contracts compare. Beyond a bound on its size the answer is unknown, never wrong.

use crate::number::Number;
use std::collections::BTreeMap;

/// A sum of multiples of unknowns, and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Linear {
    pub parts: BTreeMap<String, Number>,
    pub constant: Number,
}

impl Linear {
    pub(super) fn constant(number: Number) -> Linear {
        Linear { parts: BTreeMap::new(), constant: number }
    }

    pub(super) fn unknown(name: String) -> Linear {
        Linear { parts: BTreeMap::from([(name, Number::ONE)]), constant: Number::ZERO }
    }

    /// `self + factor x other`; nothing when a number does not fit.
    pub(super) fn plus(&self, other: &Linear, factor: Number) -> Option<Linear> {
        let mut sum = self.clone();
        sum.constant = sum.constant.checked_add(other.constant.checked_mul(factor)?)?;
        for (name, part) in &other.parts {
            let here = sum.parts.entry(name.clone()).or_default();
            *here = here.checked_add(part.checked_mul(factor)?)?;
        }
        sum.parts.retain(|_, part| !part.is_zero());
        Some(sum)
    }

    /// The constant, when there is no unknown.
    pub(super) fn as_constant(&self) -> Option<Number> {
        if self.parts.is_empty() { Some(self.constant) } else { None }
    }

    fn part(&self, name: &str) -> Number {
        self.parts.get(name).copied().unwrap_or(Number::ZERO)
    }
}

/// `form >= 0`, or `form > 0` when strict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inequality {
    pub form: Linear,
    pub is_strict: bool,
}

impl Inequality {
    /// The same condition for whole unknowns, without the fractions that they cannot have:
    /// `2 x > 5` becomes `x >= 3`. Left as it is where a number does not fit.
    pub(super) fn tighten(&mut self) {
        if let Some(tight) = self.tightened() {
            *self = tight;
        }
    }

    fn tightened(&self) -> Option<Inequality> {
        let mut parts = self.form.parts.values();
        let mut shared = parts.next()?.magnitude();
        for part in parts {
            shared = shared.common_divisor(part.magnitude())?;
        }
        let factor = Number::ONE.checked_div(shared)?;
        let mut form = Linear::default().plus(&self.form, factor)?;
        // The sum of the parts is whole, so it reaches the next whole number at least.
        let limit = form.constant.negate();
        let least = match limit.round_up()? {
            whole if whole == limit && self.is_strict => whole.checked_add(Number::ONE)?,
            whole => whole,
        };
        form.constant = least.negate();
        Some(Inequality { form, is_strict: false })
    }
}

/// What is known of a set of conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// They never hold together.
    Never,
    /// They hold together here.
    Holds(T),
    /// Too large to decide.
    Unknown,
}

/// Most inequalities of one elimination.
const INEQUALITIES_MAX: usize = 120;

/// Whether the inequalities can hold together, with a value of each unknown.
pub(super) fn solve(all: &[Inequality]) -> Answer<BTreeMap<String, Number>> {
    let mut stages: Vec<(String, Vec<Inequality>)> = Vec::new();
    let mut current = all.to_vec();
    loop {
        let name = current.iter().flat_map(|one| one.form.parts.keys()).next().cloned();
        let Some(name) = name else { break };
        let Some(next) = eliminate(&current, &name) else { return Answer::Unknown };
        if next.len() > INEQUALITIES_MAX {
            return Answer::Unknown;
        }
        stages.push((name, current));
        current = next;
    }
    let fails = |one: &Inequality| {
        one.form.constant.is_negative() || one.is_strict && one.form.constant.is_zero()
    };
    if current.iter().any(fails) {
        return Answer::Never;
    }
    // An unknown that falls away together with another is free: zero will do.
    let names = all.iter().flat_map(|one| one.form.parts.keys());
    let mut found: BTreeMap<String, Number> =
        names.map(|name| (name.clone(), Number::ZERO)).collect();
    for (name, stage) in stages.iter().rev() {
        match choose(stage, name, &found) {
            Some(value) => found.insert(name.clone(), value),
            None => return Answer::Unknown,
        };
    }
    Answer::Holds(found)
}

/// Conditions on the other unknowns under which this one has a value.
fn eliminate(all: &[Inequality], name: &str) -> Option<Vec<Inequality>> {
    let mut kept: Vec<Inequality> = Vec::new();
    let keep = |kept: &mut Vec<Inequality>, one: Inequality| {
        if !kept.contains(&one) {
            kept.push(one);
        }
    };
    let sign = |one: &&Inequality, wanted: bool| {
        let part = one.form.part(name);
        !part.is_zero() && part.is_negative() == wanted
    };
    for one in all.iter().filter(|one| one.form.part(name).is_zero()) {
        keep(&mut kept, one.clone());
    }
    for below in all.iter().filter(|one| sign(one, false)) {
        for above in all.iter().filter(|one| sign(one, true)) {
            let factor = below.form.part(name).checked_div(above.form.part(name))?.negate();
            let mut form = below.form.plus(&above.form, factor)?;
            form.parts.remove(name);
            keep(&mut kept, Inequality { form, is_strict: below.is_strict || above.is_strict });
            if kept.len() > INEQUALITIES_MAX {
                return Some(kept);
            }
        }
    }
    Some(kept)
}

/// A value between the bounds that the known values leave: an end where it is allowed.
fn choose(stage: &[Inequality], name: &str, found: &BTreeMap<String, Number>) -> Option<Number> {
    let mut low: Option<(Number, bool)> = None;
    let mut high: Option<(Number, bool)> = None;
    for one in stage {
        let part = one.form.part(name);
        if part.is_zero() {
            continue;
        }
        let mut rest = one.form.constant;
        for (other, factor) in one.form.parts.iter().filter(|(other, _)| *other != name) {
            let value = found.get(other).copied().unwrap_or(Number::ZERO);
            rest = rest.checked_add(factor.checked_mul(value)?)?;
        }
        let bound = rest.checked_div(part)?.negate();
        let is_strict = one.is_strict;
        let tighter = |old: Option<(Number, bool)>, is_low: bool| match old {
            Some((number, strict)) if number == bound => Some((number, strict || is_strict)),
            Some((number, _)) if (number > bound) == is_low => old,
            _ => Some((bound, is_strict)),
        };
        if part.is_negative() {
            high = tighter(high, false);
        } else {
            low = tighter(low, true);
        }
    }
    match (low, high) {
        (Some((low, false)), _) => Some(low),
        (_, Some((high, false))) => Some(high),
        (Some((low, true)), Some((high, true))) => {
            low.checked_add(high)?.checked_div(Number::whole(2))
        }
        (Some((low, true)), None) => low.checked_add(Number::ONE),
        (None, Some((high, true))) => high.checked_sub(Number::ONE),
        (None, None) => Some(Number::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_least(parts: &[(&str, i64)], constant: i64, is_strict: bool) -> Inequality {
        let parts = parts.iter().map(|(name, part)| ((*name).to_owned(), Number::whole(*part)));
        let form = Linear { parts: parts.collect(), constant: Number::whole(constant) };
        Inequality { form, is_strict }
    }

    #[test]
    fn conditions_that_exclude_each_other_never_hold() {
        // x >= 5 and x < 5.
        let both = [at_least(&[("x", 1)], -5, false), at_least(&[("x", -1)], 5, true)];
        assert_eq!(solve(&both), Answer::Never);
        // x >= y, y >= z, z > x.
        let circle = [
            at_least(&[("x", 1), ("y", -1)], 0, false),
            at_least(&[("y", 1), ("z", -1)], 0, false),
            at_least(&[("z", 1), ("x", -1)], 0, true),
        ];
        assert_eq!(solve(&circle), Answer::Never);
    }

    #[test]
    fn a_solution_satisfies_every_condition() {
        // s >= m and s <= -m: at zero.
        let touch = [
            at_least(&[("s", 1), ("m", -1)], 0, false),
            at_least(&[("s", -1), ("m", -1)], 0, false),
        ];
        let Answer::Holds(found) = solve(&touch) else { panic!("they meet") };
        for one in &touch {
            let value = one.form.parts.iter().fold(one.form.constant, |sum, (name, part)| {
                sum.checked_add(part.checked_mul(found[name]).unwrap()).unwrap()
            });
            assert!(value >= Number::ZERO, "{found:?}");
        }
    }
}
