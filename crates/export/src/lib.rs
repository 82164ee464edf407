//! Settlement statements in the forms in which people keep them: tables (CSV), workbooks (XLSX)
//! and paper (PDF).
//!
//! The document itself, which both parties hash and sign, is JSON and is made by
//! `counterfoil-settle`; these are copies for reading, each with the digest of the statement that
//! it shows. The same statements always give the same bytes: no clock, no name of a machine.
//!
//! Money stays in integer cents up to the cell of a workbook, which holds decimal numbers with 15
//! significant digits (ECMA-376 Part 1, 18.3.1.96 stores the text of a double); an amount with more
//! digits is written as text.

mod paper;
mod tables;
mod workbook;

pub use paper::statement_paper;
pub use tables::{statement_csv, waterfall_csv};
pub use workbook::statement_workbook;

/// Why statements could not be brought into a form.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The table could not be written.
    #[error("the table could not be written: {0}")]
    Table(#[from] csv::Error),
    /// The workbook could not be written, for instance because it has more lines than one sheet
    /// can hold (1,048,576).
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The paper could not be written.
    #[error("the paper could not be written: {0}")]
    Paper(#[from] std::io::Error),
    /// More pages than a document can number.
    #[error("the paper has too many pages; export fewer statements at a time")]
    TooLong,
}
