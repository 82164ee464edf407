//! A statement as a table, a workbook and paper: how large each is.
//!
//! `cargo run -p counterfoil-export --example statement_files`
#![allow(clippy::disallowed_macros)]

use counterfoil_export::{ExportError, statement_csv, statement_paper, statement_workbook};
use counterfoil_settle::{ResultLine, RowStatement, WaterfallStep};

fn step(label: &str, amount_cents: i64, level_cents: i64) -> WaterfallStep {
    WaterfallStep {
        label: label.to_owned(),
        term: "shared_savings".to_owned(),
        clause: "4. Sharing".to_owned(),
        amount_cents,
        level_cents,
    }
}

fn main() -> Result<(), ExportError> {
    let statement = RowStatement {
        subject: "Alder ACO".to_owned(),
        year: 2025,
        result: Some(ResultLine {
            term: "shared_savings".to_owned(),
            amount_cents: 250_000_000,
            rounding: String::new(),
        }),
        waterfall: vec![
            step("benchmark", 10_000_000_000, 10_000_000_000),
            step("expenditure", -9_500_000_000, 500_000_000),
            step("x sharing_rate", -250_000_000, 250_000_000),
        ],
        ..RowStatement::default()
    };
    let all = [statement];
    println!("table     {:>6} bytes", statement_csv(&all)?.len());
    println!("workbook  {:>6} bytes", statement_workbook(&all)?.len());
    println!("paper     {:>6} bytes", statement_paper(&all)?.len());
    Ok(())
}
