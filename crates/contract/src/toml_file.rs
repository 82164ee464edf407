//! TOML files of a contract's folder, read with the places of their keys and values.

use crate::ast::Span;
use crate::problem::Problem;
use counterfoil_base::Finding;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed TOML file and its name.
pub(crate) struct TomlFile<'a> {
    pub name: &'a str,
    pub table: DeTable<'a>,
}

/// A value and its place.
pub(crate) type Item<'a> = Spanned<DeValue<'a>>;

impl<'a> TomlFile<'a> {
    /// Parses the bytes, or says why they are not TOML.
    pub(crate) fn parse(name: &'a str, bytes: &'a [u8]) -> Result<TomlFile<'a>, Box<Problem>> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let finding = Finding::error("CONTRACT-not-text", 7, "The file is not UTF-8 text")
                .because("Both parties sign the bytes of the file, so its encoding must be certain")
                .fix("Save the file as UTF-8");
            return Err(Box::new(Problem::of_file(finding, name)));
        };
        match DeTable::parse(text) {
            Ok(table) => Ok(TomlFile { name, table: table.into_inner() }),
            Err(error) => {
                let message = format!("The file is not TOML: {}", error.message());
                let finding = Finding::error("CONTRACT-not-toml", 7, message)
                    .because("Numbers and names of a contract stand in TOML 1.0 files")
                    .fix("Correct the place shown");
                let span = error.span().map(to_span).unwrap_or_default();
                Err(Box::new(Problem::at(finding, name, span)))
            }
        }
    }

    /// A problem at a place of this file.
    pub(crate) fn problem(&self, finding: Finding, place: Range<usize>) -> Problem {
        Problem::at(finding, self.name, to_span(place))
    }

    /// The problem that a value does not have the form it must have.
    pub(crate) fn wrong_form(&self, key: &str, wanted: &str, place: Range<usize>) -> Problem {
        let finding = Finding::error("CONTRACT-file-form", 7, format!("'{key}' must be {wanted}"))
            .because("A value in another form could be read in more than one way")
            .fix("See the files of a contract in docs/reference/contract-language.md");
        self.problem(finding, place).label(format!("not {wanted}"))
    }

    /// The problem that a key means nothing here.
    pub(crate) fn unknown_key(
        &self,
        key: &str,
        suggestion: String,
        place: Range<usize>,
    ) -> Problem {
        let finding =
            Finding::error("CONTRACT-file-key", 7, format!("'{key}' has no meaning here"))
                .because("A key that nothing reads is most often misspelt")
                .fix(suggestion);
        self.problem(finding, place).label("unknown key")
    }
}

/// The text of a string value.
pub(crate) fn text_of<'a>(item: &'a Item<'_>) -> Option<&'a str> {
    match item.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

/// The texts of an array of strings.
pub(crate) fn texts_of(item: &Item<'_>) -> Option<Vec<String>> {
    match item.get_ref() {
        DeValue::Array(array) => {
            array.iter().map(|item| text_of(item).map(str::to_owned)).collect()
        }
        _ => None,
    }
}

/// The table of a table value.
pub(crate) fn table_of<'a, 'b>(item: &'b Item<'a>) -> Option<&'b DeTable<'a>> {
    match item.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The tables of an array of tables, each with its place.
pub(crate) fn tables_of<'a, 'b>(
    item: &'b Item<'a>,
) -> Option<Vec<(&'b DeTable<'a>, Range<usize>)>> {
    match item.get_ref() {
        DeValue::Array(array) => {
            array.iter().map(|item| table_of(item).map(|table| (table, item.span()))).collect()
        }
        _ => None,
    }
}

fn to_span(range: Range<usize>) -> Span {
    Span { start: range.start, end: range.end }
}
