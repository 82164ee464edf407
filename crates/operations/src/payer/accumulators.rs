//! Accumulators between store, engine and the file that a provider's check starts from.

use crate::error::OperationsError;
use counterfoil_adjudicate::{AccumulatorAmounts, AccumulatorChange, AccumulatorKey, Accumulators};
use counterfoil_base::{Cents, Date, Finding, Phi, Position, Text};
use counterfoil_store::{AccumulatorRow, Transaction};
use std::fmt::Write as _;

/// First line of an accumulator file.
const HEADER: &str =
    "holder,is_family,plan_id,year_from,in_network,deductible_cents,out_of_pocket_cents";

/// Everything that members and families have used, as the store has it.
pub fn load_accumulators(transaction: &Transaction<'_>) -> Result<Accumulators, OperationsError> {
    let mut accumulators = Accumulators::default();
    for row in transaction.accumulators()? {
        let (key, amounts) = from_row(row)?;
        accumulators.set(key, amounts);
    }
    Ok(accumulators)
}

/// Adds these changes to what the store holds.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    changes: &[AccumulatorChange],
) -> Result<(), OperationsError> {
    for change in changes {
        let key = &change.key;
        let amounts = change.amounts;
        transaction.add_to_accumulator(&AccumulatorRow {
            holder: Phi::new(key.holder.expose().to_string()),
            is_family: key.is_family,
            plan_id: key.plan_id.to_string(),
            year_from: key.year_from.to_string(),
            in_network: key.in_network,
            deductible_cents: amounts.deductible_cents,
            out_of_pocket_cents: amounts.out_of_pocket_cents,
        })?;
    }
    Ok(())
}

fn from_row(row: AccumulatorRow) -> Result<(AccumulatorKey, AccumulatorAmounts), OperationsError> {
    let year_from = row.year_from.parse::<Date>();
    let year_from =
        year_from.map_err(|_| OperationsError::Unreadable("an accumulator's benefit year"))?;
    let key = AccumulatorKey {
        holder: Phi::new(Text::from(row.holder.expose().as_str())),
        is_family: row.is_family,
        plan_id: Text::from(row.plan_id),
        year_from,
        in_network: row.in_network,
    };
    let amounts = AccumulatorAmounts {
        deductible_cents: row.deductible_cents,
        out_of_pocket_cents: row.out_of_pocket_cents,
    };
    Ok((key, amounts))
}

/// The accumulators as a CSV file that `claim check --accumulators` takes.
#[must_use]
pub fn write_accumulators(accumulators: &Accumulators) -> String {
    let mut text = format!("{HEADER}\n");
    for (key, amounts) in accumulators.sorted() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            key.holder.expose(),
            key.is_family,
            key.plan_id,
            key.year_from,
            key.in_network,
            amounts.deductible_cents.0,
            amounts.out_of_pocket_cents.0
        );
    }
    text
}

/// Reads an accumulator file; a row that cannot be read is a finding and is left out.
#[must_use]
pub fn parse_accumulators(text: &str) -> (Accumulators, Vec<Finding>) {
    let mut accumulators = Accumulators::default();
    let mut findings = Vec::new();
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    if lines.next() != Some(HEADER) {
        findings.push(unreadable(1, "the header is not that of an accumulator file"));
        return (accumulators, findings);
    }
    for (index, line) in (2u64..).zip(lines).filter(|(_, line)| !line.is_empty()) {
        match parse_line(line) {
            Some((key, amounts)) => accumulators.set(key, amounts),
            None => findings.push(unreadable(index, "the row is not an accumulator")),
        }
    }
    (accumulators, findings)
}

fn parse_line(line: &str) -> Option<(AccumulatorKey, AccumulatorAmounts)> {
    let fields: Vec<&str> = line.split(',').collect();
    let [holder, is_family, plan_id, year_from, in_network, deductible, out_of_pocket] =
        fields.try_into().ok()?;
    let key = AccumulatorKey {
        holder: Phi::new(Text::from(holder)),
        is_family: is_family.parse().ok()?,
        plan_id: Text::from(plan_id),
        year_from: year_from.parse().ok()?,
        in_network: in_network.parse().ok()?,
    };
    let amounts = AccumulatorAmounts {
        deductible_cents: Cents(deductible.parse().ok()?),
        out_of_pocket_cents: Cents(out_of_pocket.parse().ok()?),
    };
    Some((key, amounts))
}

fn unreadable(line: u64, cause: &str) -> Finding {
    Finding::error(
        "OPS-7-accumulators",
        7,
        format!("Line {line} of the accumulator file: {cause}."),
    )
    .at(Position { segment: Some(line), ..Position::default() })
    .because("Predictions start from what the payer says is used.")
    .fix("Export the file again with `counterfoil member accumulators`.")
}

/// Changes as one text that a reversal reads back.
pub(crate) fn changes_to_text(changes: &[AccumulatorChange]) -> String {
    let mut text = String::new();
    for change in changes {
        let (key, amounts) = (&change.key, change.amounts);
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            key.holder.expose(),
            key.is_family,
            key.plan_id,
            key.year_from,
            key.in_network,
            amounts.deductible_cents.0,
            amounts.out_of_pocket_cents.0
        );
    }
    text
}

/// Reads what [`changes_to_text`] wrote.
pub(crate) fn changes_from_text(text: &str) -> Result<Vec<AccumulatorChange>, OperationsError> {
    let read = |line| {
        let (key, amounts) = parse_line(line)?;
        Some(AccumulatorChange { key, amounts })
    };
    let changes: Option<Vec<_>> = text.lines().map(read).collect();
    changes.ok_or(OperationsError::Unreadable("the accumulator changes of a claim"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_reads_back() {
        let line = "M1,false,SILVER,2026-01-01,true,100,2500";
        let (accumulators, findings) = parse_accumulators(&format!("{HEADER}\n{line}\n"));
        assert_eq!(findings, []);
        assert_eq!(write_accumulators(&accumulators), format!("{HEADER}\n{line}\n"));
        let (_, findings) = parse_accumulators(&format!("{HEADER}\nM1,x\n"));
        assert_eq!(findings[0].position.segment, Some(2));
    }
}
