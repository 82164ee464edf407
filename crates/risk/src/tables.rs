//! The published tables that travel with the crate, read line by line.

use crate::name::ModelName;

/// An embedded table that does not have its form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the table {table} of {model} cannot be read: {text}")]
pub struct TableError {
    /// The model.
    pub model: ModelName,
    /// The table's file.
    pub table: &'static str,
    /// 1-based line.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// A table: the name of its file, and its text.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    name: &'static str,
    text: &'static str,
}

/// A table of payment year 2026.
macro_rules! table {
    ($file:literal) => {
        Table {
            name: $file,
            text: include_str!(concat!("../../../data/tables/cms_hcc/2026/", $file)),
        }
    };
}

/// Code, then the categories by `v22`, `v24`, `v28` and `e21`, several with `+`.
pub(crate) const DIAGNOSES: Table = table!("diagnoses.csv");
/// Model, code, sex, the age at or below which and from which the edit speaks, category or none.
pub(crate) const EDITS: Table = table!("edits.csv");
/// Model, category, category that it drops.
pub(crate) const HIERARCHIES: Table = table!("hierarchies.csv");
/// Model, variable, categories of which one must be there, the same again, and who.
pub(crate) const INTERACTIONS: Table = table!("interactions.csv");
/// Model, segment, variable, coefficient.
pub(crate) const COEFFICIENTS: Table = table!("coefficients.csv");

/// A line of a table with what an error about it says.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) text: &'static str,
    model: ModelName,
    table: &'static str,
    number: usize,
}

impl Table {
    /// Every line below the heading.
    pub(crate) fn lines(self, model: ModelName) -> impl Iterator<Item = Line> {
        let numbered = self.text.lines().enumerate().skip(1);
        numbered.map(move |(at, text)| Line { text, model, table: self.name, number: at + 1 })
    }

    /// Every line of the model, without the model's name.
    pub(crate) fn lines_of(self, model: ModelName) -> impl Iterator<Item = Line> {
        self.lines(model).filter_map(move |line| {
            let (word, rest) = line.text.split_once(',')?;
            (word == model.word()).then_some(Line { text: rest, ..line })
        })
    }
}

impl Line {
    pub(crate) fn fields<const N: usize>(self) -> Result<[&'static str; N], TableError> {
        let mut fields = [""; N];
        let mut parts = self.text.split(',');
        for field in &mut fields {
            *field = parts.next().ok_or_else(|| self.error())?;
        }
        if parts.next().is_some() { Err(self.error()) } else { Ok(fields) }
    }

    pub(crate) fn error(self) -> TableError {
        TableError {
            model: self.model,
            table: self.table,
            line: self.number,
            text: self.text.to_owned(),
        }
    }

    /// A coefficient with three decimals, in thousandths.
    pub(crate) fn thousandths(self, text: &str) -> Result<i32, TableError> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').ok_or_else(|| self.error())?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if part.len() != 3 || whole.is_empty() || !plain(whole) || !plain(part) {
            return Err(self.error());
        }
        let whole: i32 = whole.parse().map_err(|_| self.error())?;
        let part: i32 = part.parse().map_err(|_| self.error())?;
        let size = whole.checked_mul(1000).and_then(|size| size.checked_add(part));
        size.map(|size| sign * size).ok_or_else(|| self.error())
    }
}
