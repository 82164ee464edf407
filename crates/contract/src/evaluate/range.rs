//! Ranges of values: what printed, rounded numbers leave open.
//!
//! Each operation encloses every result that values inside the ranges of its parts can have, so
//! the true value lies between the ends. Where a fact enters a formula once, the ends are reached.

use super::point::{calculate, holds, in_row, look_up, split, whole};
use super::{Domain, FactValue, FaultKind, Point, Truth};
use crate::ast::Comparison;
use crate::number::Number;
use crate::program::{Arithmetic, FactSlot, TableSlot};
use crate::value::Value;
use counterfoil_base::{Rounding, Text};

/// The domain of ranges.
pub(crate) struct Range;

/// What a value can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RangeValue {
    /// A number between two others, both included.
    Number(Number, Number),
    /// True, false, or open.
    Flag(Truth),
    /// One of these codes.
    Codes(Vec<Text>),
    /// Days and periods, which are never rounded.
    Single(Value),
}

impl Domain for Range {
    type Value = RangeValue;

    fn constant(value: &Value) -> RangeValue {
        match value {
            Value::Number(number) => RangeValue::Number(*number, *number),
            Value::Flag(flag) => RangeValue::Flag(Truth::of(*flag)),
            Value::Code(code) => RangeValue::Codes(vec![code.clone()]),
            Value::Date(_) | Value::Period(..) => RangeValue::Single(value.clone()),
        }
    }

    /// The printed number and half a unit of its last place to both sides, inside its bounds.
    fn fact(value: &FactValue, slot: &FactSlot) -> Result<RangeValue, FaultKind> {
        let Value::Number(printed) = value.value else {
            return Ok(Range::constant(&value.value));
        };
        let mut low = printed.checked_sub(value.half_unit).ok_or(FaultKind::TooLarge)?;
        let mut high = printed.checked_add(value.half_unit).ok_or(FaultKind::TooLarge)?;
        for (comparison, limit) in &slot.bounds {
            let Value::Number(limit) = limit else { continue };
            match comparison {
                Comparison::Greater | Comparison::GreaterOrEqual => low = low.max(*limit),
                Comparison::Less | Comparison::LessOrEqual => high = high.min(*limit),
                Comparison::Equal | Comparison::Unequal => {}
            }
        }
        Ok(RangeValue::Number(low.min(printed), high.max(printed)))
    }

    fn flag(truth: Truth) -> RangeValue {
        RangeValue::Flag(truth)
    }

    fn truth(value: &RangeValue) -> Option<Truth> {
        match value {
            RangeValue::Flag(truth) => Some(*truth),
            _ => None,
        }
    }

    fn join(left: RangeValue, right: RangeValue) -> Result<RangeValue, FaultKind> {
        match (left, right) {
            (RangeValue::Number(a, b), RangeValue::Number(c, d)) => {
                Ok(RangeValue::Number(a.min(c), b.max(d)))
            }
            (RangeValue::Flag(a), RangeValue::Flag(b)) => {
                Ok(RangeValue::Flag(if a == b { a } else { Truth::Open }))
            }
            (RangeValue::Codes(mut all), RangeValue::Codes(more)) => {
                all.extend(more);
                all.sort();
                all.dedup();
                Ok(RangeValue::Codes(all))
            }
            (a, b) if a == b => Ok(a),
            _ => Err(FaultKind::Uncertain),
        }
    }

    fn arithmetic(
        operation: Arithmetic,
        left: &RangeValue,
        right: &RangeValue,
    ) -> Result<RangeValue, FaultKind> {
        let ((a, b), (c, d)) = (numbers(left)?, numbers(right)?);
        let of = |x, y| calculate(operation, x, y);
        match operation {
            Arithmetic::Add => Ok(RangeValue::Number(of(a, c)?, of(b, d)?)),
            Arithmetic::Subtract => Ok(RangeValue::Number(of(a, d)?, of(b, c)?)),
            Arithmetic::Divide if c <= Number::ZERO && d >= Number::ZERO => {
                Err(FaultKind::DivisionByZero)
            }
            Arithmetic::Multiply | Arithmetic::Divide => {
                let corners = [of(a, c)?, of(a, d)?, of(b, c)?, of(b, d)?];
                let [first, ..] = corners;
                let low = corners.iter().copied().fold(first, Number::min);
                Ok(RangeValue::Number(low, corners.into_iter().fold(first, Number::max)))
            }
        }
    }

    fn negate(value: &RangeValue) -> Result<RangeValue, FaultKind> {
        let (low, high) = numbers(value)?;
        Ok(RangeValue::Number(high.negate(), low.negate()))
    }

    fn magnitude(value: &RangeValue) -> Result<RangeValue, FaultKind> {
        let (low, high) = numbers(value)?;
        let farthest = low.magnitude().max(high.magnitude());
        let has_zero = low <= Number::ZERO && high >= Number::ZERO;
        let nearest = if has_zero { Number::ZERO } else { low.magnitude().min(high.magnitude()) };
        Ok(RangeValue::Number(nearest, farthest))
    }

    fn least(left: &RangeValue, right: &RangeValue) -> Result<RangeValue, FaultKind> {
        let ((a, b), (c, d)) = (numbers(left)?, numbers(right)?);
        Ok(RangeValue::Number(a.min(c), b.min(d)))
    }

    fn greatest(left: &RangeValue, right: &RangeValue) -> Result<RangeValue, FaultKind> {
        let ((a, b), (c, d)) = (numbers(left)?, numbers(right)?);
        Ok(RangeValue::Number(a.max(c), b.max(d)))
    }

    fn round(value: &RangeValue, mode: Rounding, step: Number) -> Result<RangeValue, FaultKind> {
        let (low, high) = numbers(value)?;
        let round = |number: Number| number.round(step, mode).ok_or(FaultKind::TooLarge);
        Ok(RangeValue::Number(round(low)?, round(high)?))
    }

    /// Values at both ends and at every end of a row between them: inside a row a table is level
    /// or straight, so nothing lies beyond these. Where two rows share an end, the later row
    /// holds for what lies just above it.
    fn table(index: usize, table: &TableSlot, value: &RangeValue) -> Result<RangeValue, FaultKind> {
        let (low, high) = numbers(value)?;
        let first = look_up(index, table, low)?;
        let last = look_up(index, table, high)?;
        let (mut least, mut most) = (first.min(last), first.max(last));
        for row in &table.rows {
            let begins_inside = (low <= row.from && row.from < high).then_some(row.from);
            let ends_inside = row.to.filter(|to| low < *to && *to < high);
            for place in begins_inside.into_iter().chain(ends_inside) {
                let at = in_row(table.interpolation, row, place).ok_or(FaultKind::TooLarge)?;
                (least, most) = (least.min(at), most.max(at));
            }
        }
        Ok(RangeValue::Number(least, most))
    }

    fn compare(
        comparison: Comparison,
        left: &RangeValue,
        right: &RangeValue,
    ) -> Result<Truth, FaultKind> {
        let settled = |all: bool, any: bool| match (all, any) {
            (true, _) => Truth::True,
            (_, false) => Truth::False,
            _ => Truth::Open,
        };
        Ok(match (left, right) {
            (RangeValue::Number(a, b), RangeValue::Number(c, d)) => {
                // The orders that values inside the ranges can have.
                let mut orders = Vec::new();
                orders.extend((a < d).then_some(std::cmp::Ordering::Less));
                orders.extend((a <= d && c <= b).then_some(std::cmp::Ordering::Equal));
                orders.extend((b > c).then_some(std::cmp::Ordering::Greater));
                let is = |order: &std::cmp::Ordering| holds(comparison, *order);
                settled(orders.iter().all(is), orders.iter().any(is))
            }
            (RangeValue::Single(a), RangeValue::Single(b)) => Point::compare(comparison, a, b)?,
            (RangeValue::Flag(Truth::Open), _) | (_, RangeValue::Flag(Truth::Open)) => Truth::Open,
            (RangeValue::Codes(a), RangeValue::Codes(b)) => {
                let can_be_equal = a.iter().any(|code| b.contains(code));
                let is_equal = settled(can_be_equal && a.len() == 1 && b.len() == 1, can_be_equal);
                if comparison == Comparison::Unequal { is_equal.negate() } else { is_equal }
            }
            (a, b) => Truth::of((a == b) == (comparison == Comparison::Equal)),
        })
    }

    fn is_one_of(value: &RangeValue, codes: &[Text]) -> Result<Truth, FaultKind> {
        let RangeValue::Codes(possible) = value else { return Err(FaultKind::Mismatch) };
        let among = possible.iter().filter(|code| codes.contains(code)).count();
        Ok(match among {
            0 => Truth::False,
            _ if among == possible.len() => Truth::True,
            _ => Truth::Open,
        })
    }

    fn codes(value: &RangeValue) -> Result<Vec<Text>, FaultKind> {
        match value {
            RangeValue::Codes(codes) => Ok(codes.clone()),
            _ => Err(FaultKind::Mismatch),
        }
    }

    fn single(value: &RangeValue) -> Result<Value, FaultKind> {
        match value {
            RangeValue::Single(value) => Ok(value.clone()),
            _ => Err(FaultKind::Uncertain),
        }
    }

    /// At best only rows that certainly count and are certainly greater stand before it, at
    /// worst every row that may count and be greater.
    fn ranks(values: &[(RangeValue, Truth)]) -> Result<Vec<RangeValue>, FaultKind> {
        let (mut lows, mut highs, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for (value, counts) in values {
            let (low, high) = numbers(value)?;
            lows.extend((*counts == Truth::True).then_some(low));
            highs.extend((*counts != Truth::False).then_some(high));
            all.push((low, high, *counts != Truth::False && high > low));
        }
        lows.sort_unstable();
        highs.sort_unstable();
        let rank = |(low, high, is_before_itself): &(Number, Number, bool)| {
            let certain = lows.len() - lows.partition_point(|other| other <= high);
            let possible = highs.len() - highs.partition_point(|other| other <= low);
            let possible = possible - usize::from(*is_before_itself);
            Ok(RangeValue::Number(whole(certain + 1)?, whole(possible + 1)?))
        };
        all.iter().map(rank).collect()
    }

    fn split(pool: &RangeValue, weights: &[RangeValue]) -> Result<Vec<RangeValue>, FaultKind> {
        let pool = numbers(pool)?;
        let weights = weights.iter().map(numbers).collect::<Result<Vec<_>, _>>()?;
        if pool.0 == pool.1 && weights.iter().all(|(low, high)| low == high) {
            let exact: Vec<Number> = weights.iter().map(|(weight, _)| *weight).collect();
            let parts = split(pool.0, &exact)?;
            return Ok(parts.into_iter().map(|part| RangeValue::Number(part, part)).collect());
        }
        let (mut least, mut most) = (Number::ZERO, Number::ZERO);
        for (low, high) in &weights {
            if high.is_negative() {
                return Err(FaultKind::NegativeWeight);
            }
            least = calculate(Arithmetic::Add, least, (*low).max(Number::ZERO))?;
            most = calculate(Arithmetic::Add, most, *high)?;
        }
        weights.iter().map(|weight| part_between(pool, *weight, (least, most))).collect()
    }
}

/// A part lies within a cent of its exact share, whose own share of the pool is least with the
/// least weight among the greatest others, and greatest the other way round.
fn part_between(
    pool: (Number, Number),
    (low, high): (Number, Number),
    (least, most): (Number, Number),
) -> Result<RangeValue, FaultKind> {
    let low = low.max(Number::ZERO);
    let share = |own: Number, others: Number| {
        if own.is_zero() {
            return Ok(Number::ZERO);
        }
        calculate(Arithmetic::Divide, own, calculate(Arithmetic::Add, own, others)?)
    };
    let smallest = share(low, calculate(Arithmetic::Subtract, most, high)?)?;
    let largest = share(high, calculate(Arithmetic::Subtract, least, low)?)?;
    let mut ends = Vec::new();
    for pool in [pool.0, pool.1] {
        for share in [smallest, largest] {
            ends.push(calculate(Arithmetic::Multiply, pool, share)?);
        }
    }
    let cent = Number::last_place(2).ok_or(FaultKind::TooLarge)?;
    let whole_cents = |end: Number, mode| end.round(cent, mode).ok_or(FaultKind::TooLarge);
    let (mut lowest, mut highest) = (None, None);
    for end in ends {
        let (down, up) = if end.is_negative() {
            (whole_cents(end, Rounding::Up)?, whole_cents(end, Rounding::Down)?)
        } else {
            (whole_cents(end, Rounding::Down)?, whole_cents(end, Rounding::Up)?)
        };
        lowest = Some(lowest.map_or(down, |known: Number| known.min(down)));
        highest = Some(highest.map_or(up, |known: Number| known.max(up)));
    }
    let zero = || Number::ZERO;
    Ok(RangeValue::Number(lowest.unwrap_or_else(zero), highest.unwrap_or_else(zero)))
}

fn numbers(value: &RangeValue) -> Result<(Number, Number), FaultKind> {
    match value {
        RangeValue::Number(low, high) => Ok((*low, *high)),
        _ => Err(FaultKind::Mismatch),
    }
}
