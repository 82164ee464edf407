//! Text that a spreadsheet shows and does not run.

use std::borrow::Cow;

/// A cell for a table that people open in a spreadsheet: text that begins like a formula gets an
/// apostrophe in front; numbers, amounts and percentages stay as they are.
///
/// A partner's file decides what stands in many cells, and a spreadsheet runs what begins with
/// `=`, `+`, `-` or `@`, also behind a tab or line break.
#[must_use]
pub fn spreadsheet_cell(cell: &str) -> Cow<'_, str> {
    let amount = cell.strip_prefix('-').unwrap_or(cell);
    let amount = amount.strip_prefix('$').unwrap_or(amount);
    let amount = amount.strip_suffix('%').unwrap_or(amount);
    let is_number = amount.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::spreadsheet_cell;

    #[test]
    fn cells_that_look_like_formulas_are_made_harmless() {
        for (cell, shown) in [
            ("plain", "plain"),
            ("-12.50", "-12.50"),
            ("-$1,234.50", "-$1,234.50"),
            ("-3.9%", "-3.9%"),
            ("=1+1", "'=1+1"),
            ("+1+1", "'+1+1"),
            ("-1+1", "'-1+1"),
            ("-$1+cmd", "'-$1+cmd"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("", ""),
        ] {
            assert_eq!(spreadsheet_cell(cell), shown, "{cell:?}");
        }
    }
}
