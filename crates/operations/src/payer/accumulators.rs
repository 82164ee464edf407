//! Accumulators between store, engine and the file that a provider's check starts from.

use crate::error::OperationsError;
use counterfoil_adjudicate::{
    AccumulatorAmounts, AccumulatorChange, AccumulatorKey, Accumulators, Member,
};
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

/// What a member and his family have used, as the store has it: all that decisions about him
/// look at.
pub(super) fn accumulators_of(
    transaction: &Transaction<'_>,
    member: &Member,
) -> Result<Accumulators, OperationsError> {
    let mut accumulators = Accumulators::default();
    for holder in [&member.member_id, &member.subscriber_id] {
        for row in transaction.accumulators_of(&Phi::new(holder.expose().to_string()))? {
            let (key, amounts) = from_row(row)?;
            accumulators.set(key, amounts);
        }
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
        write_line(&mut text, key, amounts);
    }
    text
}

fn write_line(text: &mut String, key: &AccumulatorKey, amounts: AccumulatorAmounts) {
    write_field(text, key.holder.expose());
    // Writing to a string cannot fail.
    let _ = write!(text, ",{},", key.is_family);
    write_field(text, &key.plan_id);
    let _ = writeln!(
        text,
        ",{},{},{},{}",
        key.year_from, key.in_network, amounts.deductible_cents.0, amounts.out_of_pocket_cents.0
    );
}

/// A field of a CSV line, in quotes when it holds what would end it (RFC 4180, section 2).
fn write_field(text: &mut String, field: &str) {
    if !field.contains([',', '"', '\n', '\r']) {
        text.push_str(field);
        return;
    }
    text.push('"');
    // An identifier of X12 holds no line break; one would end the line for every reader.
    text.extend(field.replace('"', "\"\"").chars().filter(|c| !matches!(c, '\n' | '\r')));
    text.push('"');
}

/// The fields of a CSV line; nothing when a quote does not end.
fn split_line(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    (!is_quoted).then_some(fields)
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
    let fields = split_line(line)?;
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
        write_line(&mut text, &change.key, change.amounts);
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

    #[test]
    fn a_member_number_with_commas_and_quotes_reads_back() {
        for holder in ["M,1", "M\"1", "\"", ",", "plain"] {
            let key = AccumulatorKey {
                holder: Phi::new(Text::from(holder)),
                is_family: true,
                plan_id: Text::from("GOLD, \"A\""),
                year_from: "2026-01-01".parse().unwrap(),
                in_network: false,
            };
            let (deductible_cents, out_of_pocket_cents) = (Cents(-5), Cents(7));
            let amounts = AccumulatorAmounts { deductible_cents, out_of_pocket_cents };
            let mut accumulators = Accumulators::default();
            accumulators.set(key.clone(), amounts);
            let text = write_accumulators(&accumulators);
            let (read, findings) = parse_accumulators(&text);
            assert_eq!(findings, []);
            assert_eq!(write_accumulators(&read), text);
            let changes = vec![AccumulatorChange { key, amounts }];
            assert_eq!(changes_from_text(&changes_to_text(&changes)).unwrap(), changes);
        }
        assert!(changes_from_text("\"M,true,P,2026-01-01,true,1,2").is_err());
    }
}
