//! Values found from further rows: sums, counts, extremes, ranks and the parts of a pool.
//!
//! Rows come in the order of their names, whatever their order in the file, and each row counts
//! once. Where printed numbers leave open whether a row counts, the values enclose both.

use super::{Domain, Evaluator, Fault, FaultKind, ListedRow, Outcome, Point, Truth};
use crate::number::Number;
use crate::program::{Arithmetic, NodeId, OverOperation, OverSlot};
use crate::value::Value;
use std::sync::Arc;

/// What was found from all rows of a list.
#[derive(Clone, Debug)]
pub(super) enum Found<V> {
    /// One value of all rows together.
    All(V),
    /// A value of each row.
    Each(Vec<V>),
}

impl<D: Domain> Evaluator<'_, D> {
    /// The rows of a list, in the order of their names.
    pub(crate) fn list(&self, set: usize) -> Result<&Arc<Vec<ListedRow>>, FaultKind> {
        let rows = self.row.rows.get(set).and_then(Option::as_ref);
        rows.ok_or(FaultKind::RowsMissing(set))
    }

    /// Goes to one of the further rows, or away from all of them.
    pub(crate) fn go_to(&mut self, at: Option<(usize, usize)>) {
        self.at = at;
    }

    /// The further row at hand: its list, and its place there.
    pub(crate) fn at(&self) -> Option<(usize, usize)> {
        self.at
    }

    /// The place of the row at hand in its list.
    pub(super) fn place_in(&self, set: usize) -> Result<usize, FaultKind> {
        match self.at {
            Some((at, row)) if at == set => Ok(row),
            _ => Err(FaultKind::Mismatch),
        }
    }

    pub(super) fn listed_row(&self, set: usize) -> Result<&ListedRow, FaultKind> {
        self.list(set)?.get(self.place_in(set)?).ok_or(FaultKind::Mismatch)
    }

    pub(super) fn row_fact(&self, set: usize, index: usize) -> Result<D::Value, FaultKind> {
        let slot = self.program.row_fact(set, index).ok_or(FaultKind::Mismatch)?;
        let row = self.listed_row(set)?;
        if row.unread.contains(&index) {
            return Err(FaultKind::UnreadRowFact { rows: set, fact: index });
        }
        let value = row.facts.get(index).and_then(Option::as_ref);
        D::fact(value.ok_or(FaultKind::MissingRowFact { rows: set, fact: index })?, slot)
    }

    /// The value of an operation over rows; computed once, whichever row asks.
    pub(super) fn over(&mut self, over: &OverSlot, id: NodeId) -> Outcome<D::Value> {
        if !self.found.contains_key(&id) {
            let outer = self.at;
            let found = self.find(over, id);
            self.at = outer;
            self.found.insert(id, found?);
        }
        let here = |kind| Fault::at(kind, id);
        match self.found.get(&id) {
            Some(Found::All(value)) => Ok(value.clone()),
            Some(Found::Each(values)) => {
                let place = self.place_in(over.rows).map_err(here)?;
                values.get(place).cloned().ok_or(here(FaultKind::Mismatch))
            }
            None => Err(here(FaultKind::Mismatch)),
        }
    }

    fn find(&mut self, over: &OverSlot, id: NodeId) -> Outcome<Found<D::Value>> {
        let here = |kind| Fault::at(kind, id);
        match over.operation {
            OverOperation::Sum | OverOperation::Count => self.total(over, id).map(Found::All),
            OverOperation::Greatest | OverOperation::Least => {
                self.extreme_over(over, id).map(Found::All)
            }
            OverOperation::Rank => {
                let values = self.values(over)?;
                D::ranks(&values).map(Found::Each).map_err(here)
            }
            OverOperation::Split => {
                let pool = over.other.ok_or(here(FaultKind::Mismatch))?;
                self.at = None;
                let pool = self.node(pool)?;
                let mut weights = Vec::new();
                for (weight, counts) in self.values(over)? {
                    weights.push(weighted::<D>(weight, counts).map_err(here)?);
                }
                D::split(&pool, &weights).map(Found::Each).map_err(here)
            }
        }
    }

    /// Visits each row of the list, with whether it counts.
    fn visit(
        &mut self,
        over: &OverSlot,
        visit: &mut dyn FnMut(&mut Self, Truth) -> Outcome<()>,
    ) -> Outcome<()> {
        let rows = Arc::clone(self.list(over.rows).map_err(Fault::of)?);
        for (place, row) in rows.iter().enumerate() {
            self.at = Some((over.rows, place));
            let counts = match over.condition {
                Some(condition) => self.holds(condition),
                None => Ok(Truth::True),
            };
            counts
                .and_then(|counts| visit(self, counts))
                .map_err(|fault| fault.in_row(over.rows, row.number))?;
        }
        Ok(())
    }

    /// The value of each row, and whether it counts.
    fn values(&mut self, over: &OverSlot) -> Outcome<Vec<(D::Value, Truth)>> {
        let mut values = Vec::new();
        self.visit(over, &mut |this, counts| {
            let value = match over.value {
                // What does not count is not computed where nothing asks for its own value.
                Some(_) if counts == Truth::False && over.operation == OverOperation::Split => {
                    zero::<D>()
                }
                Some(value) => this.node(value)?,
                None => zero::<D>(),
            };
            values.push((value, counts));
            Ok(())
        })?;
        Ok(values)
    }

    fn total(&mut self, over: &OverSlot, id: NodeId) -> Outcome<D::Value> {
        let mut total = zero::<D>();
        self.visit(over, &mut |this, counts| {
            if counts == Truth::False {
                return Ok(());
            }
            let value = match over.value {
                Some(value) => this.node(value)?,
                None => D::constant(&Value::Number(Number::ONE)),
            };
            let add = || {
                let value = weighted::<D>(value, counts)?;
                D::arithmetic(Arithmetic::Add, &total, &value)
            };
            total = add().map_err(|kind| Fault::at(kind, id))?;
            Ok(())
        })?;
        Ok(total)
    }

    fn extreme_over(&mut self, over: &OverSlot, id: NodeId) -> Outcome<D::Value> {
        let is_greatest = over.operation == OverOperation::Greatest;
        let choose = if is_greatest { D::greatest } else { D::least };
        let here = |kind| Fault::at(kind, id);
        let value = over.value.ok_or(here(FaultKind::Mismatch))?;
        let mut extreme: Option<D::Value> = None;
        let mut is_certain = false;
        self.visit(over, &mut |this, counts| {
            if counts == Truth::False {
                return Ok(());
            }
            let value = this.node(value)?;
            let next = match &extreme {
                None => Ok(value),
                Some(before) => choose(before, &value).and_then(|chosen| {
                    // As long as no row is certain, this one may be the only one.
                    let chosen = if is_certain { chosen } else { D::join(chosen, value)? };
                    if counts == Truth::True { Ok(chosen) } else { D::join(before.clone(), chosen) }
                }),
            };
            extreme = Some(next.map_err(here)?);
            is_certain |= counts == Truth::True;
            Ok(())
        })?;
        let other = over.other.ok_or(here(FaultKind::Mismatch))?;
        match extreme {
            Some(value) if is_certain => Ok(value),
            Some(value) => {
                self.at = None;
                let other = self.node(other)?;
                D::join(value, other).map_err(here)
            }
            None => {
                self.at = None;
                self.node(other)
            }
        }
    }
}

impl Evaluator<'_, Point> {
    /// The rows that count, by their places, each with what it contributes.
    pub(crate) fn contributions(&mut self, over: &OverSlot) -> Outcome<Vec<(usize, Number)>> {
        let outer = self.at;
        let mut parts = Vec::new();
        let visited = self.visit(over, &mut |this, counts| {
            if counts != Truth::True {
                return Ok(());
            }
            let place = this.place_in(over.rows).map_err(Fault::of)?;
            let part = match over.value {
                Some(value) => this.node(value)?,
                None => Value::Number(Number::ONE),
            };
            if let Value::Number(part) = part {
                parts.push((place, part));
            }
            Ok(())
        });
        self.at = outer;
        visited.map(|()| parts)
    }
}

fn zero<D: Domain>() -> D::Value {
    D::constant(&Value::Number(Number::ZERO))
}

/// The value of a row that counts, zero of one that does not, either where that is open.
fn weighted<D: Domain>(value: D::Value, counts: Truth) -> Result<D::Value, FaultKind> {
    match counts {
        Truth::True => Ok(value),
        Truth::False => Ok(zero::<D>()),
        Truth::Open => D::join(value, zero::<D>()),
    }
}
