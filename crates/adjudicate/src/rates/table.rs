//! Reading CSV tables by column name, with findings for bad rows.

use super::fields::{Place, rates_finding};
use counterfoil_base::{Cents, Decimal, Finding, Rounding};

/// A CSV table with a header row.
pub(crate) struct Table<'a> {
    file: &'a str,
    columns: Vec<Option<usize>>,
    reader: csv::Reader<&'a [u8]>,
}

/// One row: cells in the order of the columns that were asked for.
pub(crate) struct Row<'a> {
    record: &'a csv::StringRecord,
    columns: &'a [Option<usize>],
    pub place: Place<'a>,
}

impl<'a> Table<'a> {
    /// Opens a table; nothing, with a finding, when a needed column is missing.
    pub fn open(
        file: &'a str,
        text: &'a str,
        columns: &[&str],
        findings: &mut Vec<Finding>,
    ) -> Option<Table<'a>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let place = Place { file, line: 1 };
        let header = reader.headers().cloned().unwrap_or_default();
        let find = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let found: Vec<Option<usize>> = columns.iter().map(|name| find(name)).collect();
        let missing: Vec<&str> = columns
            .iter()
            .zip(&found)
            .filter(|(_, at)| at.is_none())
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            let message = format!("columns missing: {}", missing.join(", "));
            let fix = format!("write the header row {}", columns.join(","));
            findings.push(rates_finding("RATES-missing-column", &place, &message, &fix));
            return None;
        }
        Some(Table { file, columns: found, reader })
    }

    /// Calls `read` for each row; an error text becomes a finding and the row is left out.
    pub fn each(
        mut self,
        findings: &mut Vec<Finding>,
        mut read: impl FnMut(&Row<'_>) -> Result<(), String>,
    ) {
        let mut record = csv::StringRecord::new();
        loop {
            let line = usize::try_from(self.reader.position().line()).unwrap_or(usize::MAX);
            let place = Place { file: self.file, line };
            match self.reader.read_record(&mut record) {
                Ok(false) => return,
                Ok(true) => {
                    let row = Row { record: &record, columns: &self.columns, place };
                    if let Err(message) = read(&row) {
                        let fix = "mend the row; the other rows were loaded";
                        findings.push(rates_finding("RATES-bad-row", &row.place, &message, fix));
                    }
                }
                Err(_) => {
                    let fix = "mend the quotation marks and the encoding (UTF-8)";
                    let message = "the row cannot be read";
                    findings.push(rates_finding("RATES-bad-row", &place, message, fix));
                }
            }
        }
    }
}

impl Row<'_> {
    /// The text of a column, by its place in the list given to [`Table::open`].
    pub fn text(&self, column: usize) -> &str {
        let at = self.columns.get(column).copied().flatten();
        at.and_then(|at| self.record.get(at)).unwrap_or("")
    }

    /// A decimal of at most twelve characters; empty is zero.
    pub fn decimal(&self, column: usize, name: &str) -> Result<Decimal, String> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(Decimal::ZERO);
        }
        let parsed = (text.len() <= 12).then(|| Decimal::parse(text).ok()).flatten();
        parsed.ok_or_else(|| format!("`{name}` is not a decimal number"))
    }

    /// A share that is published in whole percent. Files that went through binary floating
    /// point write 0.16999999999999998 for it, so it is rounded back to the whole percent.
    pub fn percent_share(&self, column: usize, name: &str) -> Result<Decimal, String> {
        let text = self.text(column);
        let parsed = if text.is_empty() { Ok(Decimal::ZERO) } else { Decimal::parse(text) };
        let share = parsed.map_err(|_| format!("`{name}` is not a decimal number"))?;
        Ok(share.round(2, Rounding::HalfUp))
    }

    /// Whole cents, not negative, below ten billion.
    pub fn whole_cents(&self, column: usize, name: &str) -> Result<Cents, String> {
        let parsed = self.text(column).parse::<i64>().ok();
        let good = parsed.filter(|cents| (0..1_000_000_000_000).contains(cents));
        good.map(Cents).ok_or_else(|| format!("`{name}` is not an amount in whole cents"))
    }
}
