//! What a re-issued file of facts, or another version of the contract, does to every amount.

use crate::compare::{Parting, compare, paired};
use crate::statement::{RowStatement, statements, subject};
use counterfoil_contract::{Contract, FactRow, FactTable, Problem};
use serde::Serialize;
use std::collections::BTreeMap;

/// A contract, a year, the facts, and the term that says what is paid.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The performance year.
    pub year: i64,
    /// The facts.
    pub facts: &'a FactTable,
    /// The term of the result.
    pub result: &'a str,
}

/// What differs in one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// Whom the row is about.
    pub subject: String,
    /// The old amount; nothing when there was none.
    pub old_cents: Option<i64>,
    /// The new amount.
    pub new_cents: Option<i64>,
    /// New less old, an amount that is not there counting as nothing.
    pub difference_cents: i64,
    /// The first fact or clause where the two statements part.
    pub parting: Option<Parting>,
}

/// What differs between two settlements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// SHA-256 of the old contract.
    pub old_contract: String,
    /// SHA-256 of the new one.
    pub new_contract: String,
    /// Rows of which anything differs that both sides compute, in the order of the old file.
    pub rows: Vec<RowDifference>,
    /// Rows whose amount is the same, although facts or clauses may differ.
    pub rows_of_same_amount: u64,
    /// Rows without an amount on one side or both.
    pub rows_without_amount: u64,
    /// The old total of the amounts, paid to providers when positive.
    pub old_total_cents: i64,
    /// The new total.
    pub new_total_cents: i64,
    /// What all providers together receive more (less when negative).
    pub provider_difference_cents: i64,
    /// What the payer has more (less when negative): the same amount on the other side of zero.
    pub payer_difference_cents: i64,
}

/// What the new settlement changes against the old one, row by row and in total.
///
/// # Errors
/// A year without numbers, a term that the contract does not have, or totals beyond 64-bit cents.
pub fn differences(old: Side<'_>, new: Side<'_>) -> Result<Differences, Box<Problem>> {
    let old_statements = by_row(old)?;
    let new_statements = by_row(new)?;
    let mut found = Differences {
        old_contract: old.contract.digest().to_owned(),
        new_contract: new.contract.digest().to_owned(),
        ..Differences::default()
    };
    for (before, after) in paired(old.contract, old.facts, new.facts) {
        let statement = |row: Option<&FactRow>, all: &'_ BTreeMap<u64, RowStatement>| {
            row.and_then(|row| all.get(&row.number)).cloned()
        };
        let (one, other) = (statement(before, &old_statements), statement(after, &new_statements));
        let named = before.or(after);
        let named = named.map_or_else(String::new, |row| subject(old.contract, row));
        found.row(&named, (one.as_ref(), other.as_ref())).ok_or_else(too_large)?;
    }
    Ok(found)
}

/// What a statement changes against one that it replaces, row by row: rows are paired by their
/// subjects, and those of one subject in their order.
///
/// # Errors
/// Totals beyond 64-bit cents.
pub fn statement_differences(
    old: &[RowStatement],
    new: &[RowStatement],
) -> Result<Differences, Box<Problem>> {
    let contract = |all: &[RowStatement]| {
        all.first().map(|one| one.contract.sha256.clone()).unwrap_or_default()
    };
    let mut found = Differences {
        old_contract: contract(old),
        new_contract: contract(new),
        ..Differences::default()
    };
    let mut rows: BTreeMap<&str, [Vec<&RowStatement>; 2]> = BTreeMap::new();
    for one in old {
        let [before, _] = rows.entry(&one.subject).or_default();
        before.push(one);
    }
    for one in new {
        let [_, after] = rows.entry(&one.subject).or_default();
        after.push(one);
    }
    for (subject, [before, after]) in &rows {
        for at in 0..before.len().max(after.len()) {
            let pair = (before.get(at).copied(), after.get(at).copied());
            found.row(subject, pair).ok_or_else(too_large)?;
        }
    }
    Ok(found)
}

impl Differences {
    /// Counts one row, and tells it when anything of it differs that both sides compute.
    fn row(
        &mut self,
        subject: &str,
        (one, other): (Option<&RowStatement>, Option<&RowStatement>),
    ) -> Option<()> {
        let cents = |statement: Option<&RowStatement>| {
            statement.and_then(|one| one.result.as_ref()).map(|result| result.amount_cents)
        };
        let (old_cents, new_cents) = (cents(one), cents(other));
        self.count(old_cents, new_cents)?;
        let parting = one.zip(other).and_then(|(one, other)| compare(one, other));
        let difference_cents = new_cents.unwrap_or(0).checked_sub(old_cents.unwrap_or(0))?;
        let is_told = one.is_none()
            || other.is_none()
            || old_cents != new_cents
            || parting.as_ref().is_some_and(|parting| matches!(parting.kind, "fact" | "rows"));
        if is_told {
            let subject = subject.to_owned();
            let row = RowDifference { subject, old_cents, new_cents, difference_cents, parting };
            self.rows.push(row);
        }
        Some(())
    }

    /// Adds one row to the totals; nothing when they leave 64 bits.
    fn count(&mut self, old: Option<i64>, new: Option<i64>) -> Option<()> {
        self.rows_of_same_amount += u64::from(old == new && old.is_some());
        self.rows_without_amount += u64::from(old.is_none() || new.is_none());
        self.old_total_cents = self.old_total_cents.checked_add(old.unwrap_or(0))?;
        self.new_total_cents = self.new_total_cents.checked_add(new.unwrap_or(0))?;
        self.provider_difference_cents = self.new_total_cents.checked_sub(self.old_total_cents)?;
        self.payer_difference_cents = self.provider_difference_cents.checked_neg()?;
        Some(())
    }
}

fn by_row(side: Side<'_>) -> Result<BTreeMap<u64, RowStatement>, Box<Problem>> {
    let all = statements(side.contract, side.year, side.facts, side.result)?;
    Ok(side.facts.rows.iter().map(|row| row.number).zip(all).collect())
}

fn too_large() -> Box<Problem> {
    let finding = counterfoil_base::Finding::error(
        "SETTLE-total-too-large",
        7,
        "The amounts do not sum to 64-bit cents",
    )
    .because("Totals are exact or not given")
    .fix("Check the amounts of the facts, and settle fewer rows at once");
    Box::new(Problem::of_file(finding, "facts"))
}
