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

    fn fact(value: &FactValue, _: &FactSlot) -> Value {
        value.value.clone()
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
