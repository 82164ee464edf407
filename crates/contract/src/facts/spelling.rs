//! How the cells of a column are spelt: percentages, printed places, dates, words for values.

use super::Years;
use crate::digits::read_digits;
use crate::number::Number;
use crate::parameters::form_of;
use crate::problem::{Problem, did_you_mean};
use crate::toml_file::{TomlFile, table_of, text_of};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Date;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// Whether numbers without a percent sign are percentages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Percent {
    /// Fractions: `0.0235`.
    #[default]
    Never,
    /// Percentages: `2.35`.
    Always,
    /// Percentages when a number of the column is above one; refused where none is.
    ByColumn,
}

/// To how many places the numbers of a column were rounded for print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Places {
    /// Not rounded: the printed number is the number.
    Exact,
    /// So many places behind the point, whose last zeros may be missing; a number that is
    /// printed with more has those it is printed with.
    Printed(u32),
    /// Each number to the places that it is printed with.
    #[default]
    AsPrinted,
}

/// How the cells of a column are spelt in some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spelling {
    pub years: Option<Years>,
    pub percent: Percent,
    pub places: Places,
    /// Values by cell: `P4R` stands for 100%.
    pub values: BTreeMap<String, Value>,
}

/// Reads one `[[fact.NAME.spelling]]`.
pub(super) fn read(
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    kind: &Type,
    problems: &mut Vec<Problem>,
) -> Spelling {
    let mut spelling = Spelling::default();
    for (key, item) in table {
        let key_text: &str = key.get_ref();
        let place = item.span();
        match (key_text, text_of(item), item.get_ref()) {
            ("years", Some(text), _) => {
                spelling.years = Years::parse(text);
                if spelling.years.is_none() {
                    let wanted = "years such as \"2013\", \"2014-2018\" or \"2021-\"";
                    problems.push(file.wrong_form(key_text, wanted, place));
                }
            }
            ("percent", Some("never"), _) => spelling.percent = Percent::Never,
            ("percent", Some("always"), _) => spelling.percent = Percent::Always,
            ("percent", Some("by_column"), _) => spelling.percent = Percent::ByColumn,
            ("places", Some("exact"), _) => spelling.places = Places::Exact,
            ("places", Some("as_printed"), _) => spelling.places = Places::AsPrinted,
            ("places", _, DeValue::Integer(places)) => {
                match places.as_str().parse().ok().filter(|places| *places <= 18) {
                    Some(places) => spelling.places = Places::Printed(places),
                    None => problems.push(file.wrong_form(key_text, "0 to 18", place)),
                }
            }
            ("values", ..) => match table_of(item) {
                Some(table) => spelling.values = values(file, table, kind, problems),
                None => problems.push(file.wrong_form(key_text, "a table", place)),
            },
            ("percent", ..) => {
                let wanted = "\"never\", \"always\" or \"by_column\"";
                problems.push(file.wrong_form(key_text, wanted, place));
            }
            ("places", ..) => {
                let wanted = "a number of places, \"exact\" or \"as_printed\"";
                problems.push(file.wrong_form(key_text, wanted, place));
            }
            _ => {
                let known = ["years", "percent", "places", "values"].into_iter();
                let suggestion = did_you_mean(key_text, known);
                problems.push(file.unknown_key(key_text, suggestion, key.span()));
            }
        }
    }
    spelling
}

fn values(
    file: &TomlFile<'_>,
    table: &DeTable<'_>,
    kind: &Type,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (cell, item) in table {
        match text_of(item).and_then(|text| Value::parse(text, kind)) {
            Some(value) => {
                values.insert(cell.get_ref().to_string(), value);
            }
            None => problems.push(file.wrong_form(cell.get_ref(), &form_of(kind), item.span())),
        }
    }
    values
}

/// A printed number taken apart.
pub(super) struct Printed {
    pub number: Number,
    pub places: u32,
    pub has_percent_sign: bool,
    pub has_dollar_sign: bool,
}

/// Reads `1,234.5`, `$12.00`, `-3`, `(3)`, `2.35%`; nothing for other text, nor for a number
/// with two signs.
pub(super) fn printed(cell: &str) -> Option<Printed> {
    let inside = cell.strip_prefix('(').and_then(|c| c.strip_suffix(')')).map(str::trim);
    let minus = cell.strip_prefix('-').map(str::trim_start);
    let (cell, is_negative) = match (inside, minus) {
        (Some(rest), _) | (None, Some(rest)) => (rest, true),
        (None, None) => (cell, false),
    };
    let (cell, has_percent_sign) = match cell.strip_suffix('%') {
        Some(rest) => (rest.trim_end(), true),
        None => (cell, false),
    };
    let (cell, has_dollar_sign) = match cell.strip_prefix('$') {
        Some(rest) => (rest, true),
        None => (cell, false),
    };
    let digits = read_digits(cell)?;
    let number = if is_negative { digits.number.negate() } else { digits.number };
    Some(Printed { number, places: digits.places, has_percent_sign, has_dollar_sign })
}

/// Reads a day as `2019-07-01`, `7/1/2019` or `7/1/19` (month first), with or without a time
/// behind a blank. Two digits of a year are of this century.
pub(super) fn day(cell: &str) -> Option<Date> {
    let cell = cell.split(' ').next()?;
    if let Ok(day) = cell.parse() {
        return Some(day);
    }
    let mut parts = cell.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let full_year: i16 = year.parse().ok()?;
    let full_year = if year.len() == 2 { full_year.checked_add(2000)? } else { full_year };
    if parts.next().is_some() || !(year.len() == 2 || year.len() == 4) {
        return None;
    }
    Date::new(full_year, month.parse().ok()?, day.parse().ok()?).ok()
}

/// True for the unit whose numbers can be percentages.
pub(super) fn is_rate(kind: &Type) -> bool {
    *kind == Type::Number(Unit::RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_files_print_them() {
        for (cell, number, places, percent) in [
            ("\u{31},234", "1234", 0, false),
            ("613084880.4", "613084880.4", 1, false),
            ("2.35%", "2.35", 2, true),
            ("-$12.00", "-12", 2, false),
            ("(3,000)", "-3000", 0, false),
            ("-0.02", "-0.02", 2, false),
        ] {
            let found = printed(cell).unwrap();
            assert_eq!(found.number.to_string(), number, "{cell}");
            assert_eq!((found.places, found.has_percent_sign), (places, percent), "{cell}");
        }
        for cell in [
            "", "P4R", "--1", "1.2.3", "-", "%", "(-3)", "-(3)", "((3))", "+3", "1.234,56", "12,5",
            "$-3", "%3", "3%%", "1.2E+03", "0x10",
        ] {
            assert!(printed(cell).is_none(), "{cell}");
        }
    }

    #[test]
    fn days_are_read_as_files_print_them() {
        let expected = Date::new(2019, 7, 1).unwrap();
        for cell in ["2019-07-01", "7/1/2019", "07/01/2019 12:00:00 AM", "7/1/19"] {
            assert_eq!(day(cell), Some(expected), "{cell}");
        }
        for cell in ["", "13/1/2019", "7/1", "7/1/2019/1", "7/1/119"] {
            assert_eq!(day(cell), None, "{cell}");
        }
    }
}
