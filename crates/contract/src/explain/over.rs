//! How values found from further rows came about: the rows by count, and the largest parts.

use super::{Explainer, Need, add, in_words};
use crate::evaluate::{Fault, FaultKind, ListedRow};
use crate::number::Number;
use crate::program::{NodeId, OverOperation, OverSlot, TermSlot};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Input;

/// How many of the rows are shown of which a value was found.
const ROWS_SHOWN: usize = 3;

impl Explainer<'_> {
    /// The further row at hand, and the name of its list.
    pub(super) fn listed(&self) -> Option<(&ListedRow, &str)> {
        let (set, place) = self.values.at()?;
        let row = self.row.row.rows.get(set)?.as_ref()?.get(place)?;
        Some((row, &self.contract.program.row_sets.get(set)?.name))
    }

    /// A term's name, with the further row at hand: `payment[P17]`.
    pub(super) fn shown_name(&self, slot: &TermSlot) -> String {
        match self.listed().filter(|_| slot.rows.is_some()) {
            Some((row, _)) => format!("{}[{}]", slot.name, row.key),
            None => slot.name.clone(),
        }
    }

    pub(super) fn row_fact_input(
        &self,
        (set, index): (usize, usize),
        inputs: &mut Vec<Input>,
    ) -> String {
        let slot = self.contract.program.row_fact(set, index);
        let Some((row, rows)) = self.listed() else { return "not given".to_owned() };
        let fact = row.facts.get(index).and_then(Option::as_ref);
        let (Some(slot), Some(fact)) = (slot, fact) else { return "not given".to_owned() };
        let shown = fact.value.show(&slot.kind);
        let column = self.facts.row_columns.get(set).and_then(|all| all.get(index)).cloned();
        let source = match column.flatten() {
            Some(column) => format!("row {} of {rows}, column {column}", row.number),
            None => format!("row {} of {rows}", row.number),
        };
        let name = format!("{}[{}]", slot.name, row.key);
        add(inputs, Input { name, value: shown.clone(), source });
        in_words(slot.name.clone(), &fact.value, shown)
    }

    /// What was found from rows: of how many, and which of them contribute most. The terms of the
    /// rows that are shown open in steps of their own.
    pub(super) fn worked_over(
        &mut self,
        over: &OverSlot,
        id: NodeId,
        needs: &mut Vec<Need>,
        inputs: &mut Vec<Input>,
    ) -> Result<String, Fault> {
        let rows = self.contract.program.row_sets.get(over.rows).map_or("", |set| &set.name);
        let (name, outer) = (over.operation.name(), self.values.at());
        let found = self.values.node(id)?.show(&Type::Number(over.unit));
        let mut parts = self.values.contributions(over)?;
        let count = parts.len();
        let counted = format!("{count} {rows}");
        let text = match (over.operation, over.value) {
            (OverOperation::Count, _) | (_, None) => format!("{name} of {counted}"),
            (OverOperation::Rank, Some(value)) => {
                let own = self.worked(value, &Type::Number(over.unit), needs, inputs)?;
                format!("rank of {own} among {counted}")
            }
            (OverOperation::Split, Some(value)) => {
                let own = self.worked(value, &Type::Number(Unit::RATE), needs, inputs)?;
                let mut all = Number::ZERO;
                for (_, part) in &parts {
                    all = all.checked_add(*part).ok_or(Fault::of(FaultKind::TooLarge))?;
                }
                self.values.go_to(None);
                let pool = match over.other {
                    Some(pool) => self.worked(pool, &Type::Number(over.unit), needs, inputs)?,
                    None => String::new(),
                };
                format!("split of {pool} by {own} of {all} over {counted}")
            }
            (_, Some(_)) if parts.is_empty() => format!("{name} of no {rows}"),
            (_, Some(value)) => {
                sort_by_size(&mut parts, over.operation);
                let mut shown = Vec::new();
                for (place, part) in parts.iter().take(ROWS_SHOWN) {
                    self.values.go_to(Some((over.rows, *place)));
                    self.worked(value, &Type::Number(over.unit), needs, inputs)?;
                    let part = Value::Number(*part).show(&Type::Number(over.unit));
                    let key = self.listed().map_or("", |(row, _)| row.key.as_str());
                    shown.push(format!("{part} of {key}"));
                }
                if let Some(more) = count.checked_sub(shown.len()).filter(|more| *more > 0) {
                    shown.push(format!("{more} more"));
                }
                format!("{name} of {counted} ({})", shown.join(", "))
            }
        };
        self.values.go_to(outer);
        Ok(format!("{text} is {found}"))
    }
}

/// The parts that decide come first: the largest of a sum, the greatest or the least; equal ones
/// in the order of their names.
fn sort_by_size(parts: &mut [(usize, Number)], operation: OverOperation) {
    parts.sort_by(|(first, a), (second, b)| {
        let order = match operation {
            OverOperation::Least => a.cmp(b),
            OverOperation::Sum => b.magnitude().cmp(&a.magnitude()),
            _ => b.cmp(a),
        };
        order.then(first.cmp(second))
    });
}
