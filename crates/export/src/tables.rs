//! Statements and waterfalls as CSV (RFC 4180, lines ended by a line feed).
//!
//! Cells that a spreadsheet would run get an apostrophe in front: subjects and labels are a
//! partner's text.

use counterfoil_base::{Cents, spreadsheet_cell};
use counterfoil_settle::RowStatement;

/// The terms of statements, one line each: subject, number, term, value, exact value, unit,
/// clause, rule, formula, rounding.
pub fn statement_csv(statements: &[RowStatement]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "Subject", "Year", "Number", "Term", "Value", "Exact", "Unit", "Clause", "Rule", "Formula",
        "Rounding",
    ])?;
    for statement in statements {
        for line in &statement.terms {
            let cells = [
                statement.subject.as_str(),
                &statement.year.to_string(),
                &line.number.to_string(),
                &line.term,
                &line.value,
                &line.exact,
                &line.unit,
                &line.clause,
                &line.rule,
                &line.formula,
                &line.rounding,
            ];
            writer.write_record(cells.map(|cell| spreadsheet_cell(cell).into_owned()))?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// The waterfalls of statements, one line a bar: subject, label, term, clause, amount, level.
pub fn waterfall_csv(statements: &[RowStatement]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["Subject", "Year", "Step", "Term", "Clause", "Amount", "Level"])?;
    for statement in statements {
        for step in &statement.waterfall {
            let cells = [
                statement.subject.as_str(),
                &statement.year.to_string(),
                &step.label,
                &step.term,
                &step.clause,
                &Cents(step.amount_cents).to_string(),
                &Cents(step.level_cents).to_string(),
            ];
            writer.write_record(cells.map(|cell| spreadsheet_cell(cell).into_owned()))?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
