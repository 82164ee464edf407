//! The statement of a settlement as a file.

use counterfoil_settle::{RowStatement, statement_csv, waterfall_csv};
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
    match form {
        DocumentForm::Json => Ok(document.to_vec()),
        DocumentForm::Terms => statement_csv(statements).map_err(|error| error.to_string()),
        DocumentForm::Waterfall => waterfall_csv(statements).map_err(|error| error.to_string()),
    }
}
