//! The statement of a settlement as a file.

use counterfoil_export::{
    ExportError, statement_csv, statement_paper, statement_workbook, waterfall_csv,
};
use counterfoil_settle::RowStatement;
use counterfoil_web::view::DocumentForm;

/// The statement in a form; `document` is the document itself, byte for byte as both sides hash it.
///
/// # Errors
/// What could not be written, in words.
pub fn settlement_file(
    statements: &[RowStatement],
    document: &[u8],
    form: DocumentForm,
) -> Result<Vec<u8>, String> {
    let written = match form {
        DocumentForm::Json => Ok(document.to_vec()),
        DocumentForm::Terms => statement_csv(statements).map_err(ExportError::from),
        DocumentForm::Waterfall => waterfall_csv(statements).map_err(ExportError::from),
        DocumentForm::Workbook => statement_workbook(statements),
        DocumentForm::Paper => statement_paper(statements),
    };
    written.map_err(|error| error.to_string())
}
