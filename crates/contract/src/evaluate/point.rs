//! Single values: what a settlement is computed in.

use super::{Domain, FactValue, FaultKind, Truth};
use crate::ast::{Comparison, Interpolation};
use crate::number::Number;
use crate::program::{Arithmetic, FactSlot, RowSlot, TableSlot};
use crate::value::Value;
use counterfoil_base::{Rounding, Text};
use std::cmp::Ordering;

/// The domain of single values.
pub(crate) struct Point;

impl Domain for Point {
    type Value = Value;

    fn constant(value: &Value) -> Value {
        value.clone()
    }

    fn fact(value: &FactValue, _: &FactSlot) -> Result<Value, FaultKind> {
        Ok(value.value.clone())
    }

    fn flag(truth: Truth) -> Value {
        Value::Flag(truth == Truth::True)
    }

    fn truth(value: &Value) -> Option<Truth> {
        match value {
            Value::Flag(flag) => Some(Truth::of(*flag)),
            _ => None,
        }
    }

    fn join(_: Value, _: Value) -> Result<Value, FaultKind> {
        // Single values leave nothing open.
        Err(FaultKind::Uncertain)
    }

    fn arithmetic(operation: Arithmetic, left: &Value, right: &Value) -> Result<Value, FaultKind> {
        calculate(operation, number(left)?, number(right)?).map(Value::Number)
    }

    fn negate(value: &Value) -> Result<Value, FaultKind> {
        Ok(Value::Number(number(value)?.negate()))
    }

    fn magnitude(value: &Value) -> Result<Value, FaultKind> {
        Ok(Value::Number(number(value)?.magnitude()))
    }

    fn least(left: &Value, right: &Value) -> Result<Value, FaultKind> {
        Ok(Value::Number(number(left)?.min(number(right)?)))
    }

    fn greatest(left: &Value, right: &Value) -> Result<Value, FaultKind> {
        Ok(Value::Number(number(left)?.max(number(right)?)))
    }

    fn round(value: &Value, mode: Rounding, step: Number) -> Result<Value, FaultKind> {
        number(value)?.round(step, mode).map(Value::Number).ok_or(FaultKind::TooLarge)
    }

    fn table(index: usize, table: &TableSlot, value: &Value) -> Result<Value, FaultKind> {
        look_up(index, table, number(value)?).map(Value::Number)
    }

    fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<Truth, FaultKind> {
        let order = match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (a, b) if a == b => Ordering::Equal,
            // Flags and codes are compared with = and <> only.
            _ => Ordering::Less,
        };
        Ok(Truth::of(holds(comparison, order)))
    }

    fn is_one_of(value: &Value, codes: &[Text]) -> Result<Truth, FaultKind> {
        match value {
            Value::Code(code) => Ok(Truth::of(codes.contains(code))),
            _ => Err(FaultKind::Mismatch),
        }
    }

    fn codes(value: &Value) -> Result<Vec<Text>, FaultKind> {
        match value {
            Value::Code(code) => Ok(vec![code.clone()]),
            _ => Err(FaultKind::Mismatch),
        }
    }

    fn single(value: &Value) -> Result<Value, FaultKind> {
        Ok(value.clone())
    }

    fn ranks(values: &[(Value, Truth)]) -> Result<Vec<Value>, FaultKind> {
        let all = values.iter().map(|(value, _)| number(value)).collect::<Result<Vec<_>, _>>()?;
        let counted = values.iter().zip(&all).filter(|((_, counts), _)| *counts == Truth::True);
        let mut sorted: Vec<Number> = counted.map(|(_, number)| *number).collect();
        sorted.sort_unstable();
        let rank = |value: &Number| {
            let greater = sorted.len() - sorted.partition_point(|other| other <= value);
            whole(greater.saturating_add(1)).map(Value::Number)
        };
        all.iter().map(rank).collect()
    }

    fn split(pool: &Value, weights: &[Value]) -> Result<Vec<Value>, FaultKind> {
        let weights = weights.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        let parts = split(number(pool)?, &weights)?;
        Ok(parts.into_iter().map(Value::Number).collect())
    }
}

/// A number of rows.
pub(super) fn whole(rows: usize) -> Result<Number, FaultKind> {
    i64::try_from(rows).map(Number::whole).map_err(|_| FaultKind::TooLarge)
}

/// Splits a pool in proportion to weights by the largest remainder: each part is first rounded
/// toward zero to a cent; the cents left over go one each to the parts with the largest
/// remainders, ties in the order of the weights. A pool below zero splits as its mirror.
pub(super) fn split(pool: Number, weights: &[Number]) -> Result<Vec<Number>, FaultKind> {
    let hundred = Number::whole(100);
    let cents = pool.magnitude().checked_mul(hundred).ok_or(FaultKind::TooLarge)?;
    if !cents.is_whole() {
        return Err(FaultKind::PoolNotInCents);
    }
    let mut total = Number::ZERO;
    for weight in weights {
        if weight.is_negative() {
            return Err(FaultKind::NegativeWeight);
        }
        total = total.checked_add(*weight).ok_or(FaultKind::TooLarge)?;
    }
    if cents.is_zero() || weights.is_empty() {
        return Ok(vec![Number::ZERO; weights.len()]);
    }
    if total.is_zero() {
        return Err(FaultKind::WeightsAreZero);
    }
    let largest_remainder = || {
        let each = cents.checked_div(total)?;
        let (mut parts, mut remainders, mut left) = (Vec::new(), Vec::new(), cents);
        for (place, weight) in weights.iter().enumerate() {
            let quota = each.checked_mul(*weight)?;
            let part = quota.round(Number::ONE, Rounding::Down)?;
            left = left.checked_sub(part)?;
            remainders.push((quota.checked_sub(part)?, place));
            parts.push(part);
        }
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, place) in remainders.iter().take(usize::try_from(left.to_whole()?).ok()?) {
            let part = parts.get_mut(*place)?;
            *part = part.checked_add(Number::ONE)?;
        }
        let dollars = |part: Number| {
            let part = part.checked_div(hundred)?;
            Some(if pool.is_negative() { part.negate() } else { part })
        };
        parts.into_iter().map(dollars).collect::<Option<Vec<Number>>>()
    };
    largest_remainder().ok_or(FaultKind::TooLarge)
}

fn number(value: &Value) -> Result<Number, FaultKind> {
    match value {
        Value::Number(number) => Ok(*number),
        _ => Err(FaultKind::Mismatch),
    }
}

/// One operation on two numbers, exactly.
pub(super) fn calculate(
    operation: Arithmetic,
    left: Number,
    right: Number,
) -> Result<Number, FaultKind> {
    let result = match operation {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide if right.is_zero() => return Err(FaultKind::DivisionByZero),
        Arithmetic::Divide => left.checked_div(right),
    };
    result.ok_or(FaultKind::TooLarge)
}

/// Whether a comparison holds for values in this order.
pub(crate) fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Unequal => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    }
}

/// The value of a table: of two rows that share an end, the earlier one decides.
pub(super) fn look_up(
    index: usize,
    table: &TableSlot,
    argument: Number,
) -> Result<Number, FaultKind> {
    let holds = |row: &&RowSlot| argument >= row.from && row.to.is_none_or(|to| argument <= to);
    let Some(row) = table.rows.iter().find(holds) else {
        let argument = Value::Number(argument).show(&table.argument_kind);
        return Err(FaultKind::OutsideTable { table: index, argument });
    };
    in_row(table.interpolation, row, argument).ok_or(FaultKind::TooLarge)
}

/// The value inside a row, which holds the argument.
pub(super) fn in_row(
    interpolation: Interpolation,
    row: &RowSlot,
    argument: Number,
) -> Option<Number> {
    let (Interpolation::Linear, Some(to)) = (interpolation, row.to) else {
        return Some(row.at_from);
    };
    if row.at_from == row.at_to {
        return Some(row.at_from);
    }
    let slope = row.at_to.checked_sub(row.at_from)?.checked_div(to.checked_sub(row.from)?)?;
    row.at_from.checked_add(slope.checked_mul(argument.checked_sub(row.from)?)?)
}
