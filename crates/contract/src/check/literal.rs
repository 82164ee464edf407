//! Literals of bounds, steps and tables, and the rows of tables.

use super::{Checker, slopes};
use crate::ast::{Expression, ExpressionKind, LiteralUnit, Table, TableRow};
use crate::number::Number;
use crate::program::RowSlot;
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Finding;

impl Checker {
    /// The value of a literal that must have this type.
    pub(super) fn literal(&mut self, written: &Expression, kind: &Type) -> Option<Value> {
        let value = literal_value(written).filter(|(value, unit)| match (value, kind) {
            (Value::Number(number), Type::Number(wanted)) => {
                takes(*unit, *wanted, number.is_zero())
            }
            (Value::Flag(_), Type::Flag) | (Value::Date(_), Type::Date) => true,
            (Value::Code(code), Type::Code(codes)) => {
                codes.is_empty() || codes.iter().any(|known| known == code.as_str())
            }
            _ => false,
        });
        if value.is_none() {
            let message = format!("This must be written as {kind}");
            let finding = Finding::error("CONTRACT-unit", 7, message)
                .because("Money is written with $, a rate with % or as a plain number")
                .fix("Write the value in the unit that is declared for it");
            self.complain(finding, written.span, format!("not {kind}"));
        }
        value.map(|(value, _)| value)
    }

    pub(super) fn table_rows(
        &mut self,
        table: &Table,
        argument: &Type,
        kind: &Type,
    ) -> Vec<RowSlot> {
        let mut slots: Vec<RowSlot> = Vec::new();
        for (index, row) in table.rows.iter().enumerate() {
            let Some(slot) = self.table_row(row, argument, kind) else { continue };
            let complaint = if slot.to.is_some_and(|to| to < slot.from) {
                Some(("The row ends before it begins", "Write the smaller end first"))
            } else if slot.to.is_none() && index + 1 != table.rows.len() {
                Some(("Only the last row can be without an end", "Write 'to' and where it ends"))
            } else if row.at_to.is_some() && !slopes(table) {
                Some((
                    "A stepped table has one value in each row",
                    "Declare the table 'linear', or give the row one value",
                ))
            } else if row.at_to.is_some() && slot.to.is_none_or(|to| to == slot.from) {
                Some((
                    "A row without a length has one value",
                    "Give the row an end, or a single value",
                ))
            } else if let Some(before) = slots.last() {
                gap(before, &slot, argument)
            } else {
                None
            };
            if let Some((message, fix)) = complaint {
                let finding = Finding::error("CONTRACT-table", 7, message)
                    .because("Each argument must find its value in one way only")
                    .fix(fix);
                self.complain(finding, row.span, "this row");
            }
            slots.push(slot);
        }
        slots
    }

    fn table_row(&mut self, row: &TableRow, argument: &Type, kind: &Type) -> Option<RowSlot> {
        let mut number = |written: &Expression, kind: &Type| match self.literal(written, kind) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let from = number(&row.from, argument)?;
        let to = match &row.to {
            Some(to) => Some(number(to, argument)?),
            None => None,
        };
        let at_from = number(&row.at_from, kind)?;
        let at_to = match &row.at_to {
            Some(at_to) => number(at_to, kind)?,
            None => at_from,
        };
        Some(RowSlot { from, to, at_from, at_to })
    }
}

/// What is wrong between two rows: they must follow each other without gap or overlap. Counts
/// are whole, so that the next row begins one later; other rows share their end, where the
/// earlier row decides.
fn gap(before: &RowSlot, row: &RowSlot, argument: &Type) -> Option<(&'static str, &'static str)> {
    let end = before.to?;
    let next = match argument {
        Type::Number(unit) if *unit == Unit::COUNT => end.checked_add(Number::ONE)?,
        _ => end,
    };
    match row.from.cmp(&next) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => {
            Some(("This row overlaps the row before it", "Begin it behind the end of that row"))
        }
        std::cmp::Ordering::Greater => {
            Some(("There is a gap before this row", "Begin it directly behind the row before"))
        }
    }
}

/// True when a number with this spelling can stand for the wanted unit. A plain number takes any
/// unit but money, whose zero alone needs no `$`.
pub(super) fn takes(written: LiteralUnit, wanted: Unit, is_zero: bool) -> bool {
    match written {
        LiteralUnit::Money => wanted.is_money(),
        LiteralUnit::Percent => wanted == Unit::RATE,
        LiteralUnit::Named(unit) => wanted == unit,
        LiteralUnit::Plain => is_zero || !wanted.is_money(),
    }
}

/// The value of a literal as it is written.
fn literal_value(written: &Expression) -> Option<(Value, LiteralUnit)> {
    match &written.kind {
        ExpressionKind::Number(number, unit) => Some((Value::Number(*number), *unit)),
        ExpressionKind::Negate(inner) => match literal_value(inner)? {
            (Value::Number(number), unit) => Some((Value::Number(number.negate()), unit)),
            _ => None,
        },
        ExpressionKind::Flag(flag) => Some((Value::Flag(*flag), LiteralUnit::Plain)),
        ExpressionKind::Date(day) => Some((Value::Date(*day), LiteralUnit::Plain)),
        ExpressionKind::Code(code) => Some((Value::Code(code.as_str().into()), LiteralUnit::Plain)),
        _ => None,
    }
}
