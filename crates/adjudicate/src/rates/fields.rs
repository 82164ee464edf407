//! Reading one block of a TOML rates file: typed values, unknown keys, findings with the line.

use super::codes::CodeList;
use counterfoil_base::{Cents, Date, Decimal, Finding, Position, Text};
use counterfoil_contract as contract;
use counterfoil_contract::{Number, Type, Unit};
use toml::{Table, Value};

/// Numbers of pricing documents that count something. All others are factors, for which a bare
/// `80` would be eighty times the price and not 80 percent.
const COUNTS: [&str; 2] = ["minutes_per_unit", "days_max"];
/// Longest text of a rate: leaves room for exact products with the largest amounts.
const RATE_LENGTH_MAX: usize = 12;

/// A finding about a rates file, with the file and line in the sentence.
pub(crate) fn rates_finding(
    code: &'static str,
    place: &Place<'_>,
    message: &str,
    fix: &str,
) -> Finding {
    Finding::error(code, 7, format!("{} line {}: {message}", place.file, place.line))
        .because("rate, plan and member files decide money, so nothing in them is guessed")
        .fix(fix)
        .at(Position { segment: Some(place.line as u64), ..Position::default() })
}

/// A file and a 1-based line of it.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub file: &'a str,
    pub line: usize,
}

/// Parses a document; a syntax error becomes a finding.
pub(crate) fn parse_document(
    file: &str,
    text: &str,
    known: &[&str],
    findings: &mut Vec<Finding>,
) -> Option<Table> {
    match text.parse::<Table>() {
        Ok(table) => {
            for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
                let message = format!("the key `{key}` is not known");
                let fix = format!("use one of: {}", known.join(", "));
                let place = Place { file, line: line_of_key(text, key) };
                findings.push(rates_finding("RATES-unknown-key", &place, &message, &fix));
            }
            Some(table)
        }
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let before = text.get(..offset).unwrap_or(text);
            let place = Place { file, line: before.matches('\n').count() + 1 };
            let message = format!("not valid TOML: {}", error.message());
            let fix = "mend the line; dates and decimals stand in quotation marks";
            findings.push(rates_finding("RATES-not-toml", &place, &message, fix));
            None
        }
    }
}

fn line_of_key(text: &str, key: &str) -> usize {
    let found = text
        .lines()
        .position(|line| line.trim_start().trim_start_matches('[').trim_start().starts_with(key));
    found.map_or(1, |index| index + 1)
}

/// The 1-based lines of the headers `[[name]]` in their order.
pub(crate) fn header_lines(text: &str, name: &str) -> Vec<usize> {
    let header = format!("[[{name}]]");
    let numbered = text.lines().enumerate();
    numbered
        .filter(|(_, line)| line.trim_start().starts_with(&header))
        .map(|(index, _)| index + 1)
        .collect()
}

/// The blocks of an array of tables, each with the line of its header.
pub(crate) fn blocks(
    table: &mut Table,
    key: &str,
    lines: &mut impl Iterator<Item = usize>,
) -> Vec<(Table, usize)> {
    let Some(Value::Array(items)) = table.remove(key) else {
        return Vec::new();
    };
    let mut blocks = Vec::with_capacity(items.len());
    for item in items {
        let line = lines.next().unwrap_or(1);
        if let Value::Table(block) = item {
            blocks.push((block, line));
        }
    }
    blocks
}

/// One block being read; every key must be taken by name, what is left over is unknown.
pub(crate) struct Fields<'a> {
    place: Place<'a>,
    table: Table,
    known: Vec<String>,
    findings: &'a mut Vec<Finding>,
    failed: bool,
}

impl<'a> Fields<'a> {
    pub fn new(place: Place<'a>, table: Table, findings: &'a mut Vec<Finding>) -> Fields<'a> {
        Fields { place, table, known: Vec::new(), findings, failed: false }
    }

    fn fail(&mut self, code: &'static str, message: &str, fix: &str) {
        self.failed = true;
        self.findings.push(rates_finding(code, &self.place, message, fix));
    }

    /// What was found so far.
    pub fn findings(&mut self) -> &mut Vec<Finding> {
        self.findings
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.push(key.to_owned());
        self.table.remove(key)
    }

    /// Refuses the value of a key with a sentence that ends "... must be <expected>".
    pub fn refuse(&mut self, key: &str, expected: &str) {
        let message = format!("`{key}` must be {expected}");
        self.fail(
            "RATES-bad-value",
            &message,
            "write the value as docs/reference/rate-files.md says",
        );
    }

    pub fn text(&mut self, key: &'static str) -> Option<Text> {
        match self.take(key)? {
            Value::String(text) => Some(Text::new(text.trim())),
            _ => {
                self.refuse(key, "text in quotation marks");
                None
            }
        }
    }

    pub fn text_required(&mut self, key: &'static str) -> Text {
        let value = self.text(key).unwrap_or_default();
        if value.is_empty() {
            let message = format!("`{key}` is missing");
            self.fail("RATES-missing-key", &message, &format!("add `{key}`"));
        }
        value
    }

    pub fn cents(&mut self, key: &'static str) -> Option<Cents> {
        let text = self.text(key)?;
        match Cents::parse(&text) {
            Ok(amount) if !amount.is_negative() && text.len() <= RATE_LENGTH_MAX => Some(amount),
            _ => {
                self.refuse(key, "dollars such as \"1000.00\", not negative");
                None
            }
        }
    }

    pub fn decimal(&mut self, key: &'static str) -> Option<Decimal> {
        let text = self.text(key)?;
        match Decimal::parse(&text) {
            Ok(rate) if !rate.is_negative() && text.len() <= RATE_LENGTH_MAX => Some(rate),
            _ => {
                self.refuse(key, "an exact decimal such as \"0.20\", not negative");
                None
            }
        }
    }

    /// A number of a pricing document, in the form of the language or of rates files: no amount,
    /// rate or count is negative.
    pub fn parameter(&mut self, key: &str, kind: &Type) -> Option<contract::Value> {
        let (value, expected) = match (self.take(key)?, kind) {
            (Value::Boolean(flag), Type::Flag) => (Some(contract::Value::Flag(flag)), ""),
            (_, Type::Flag) => (None, "true or false"),
            (Value::Integer(_), Type::Number(unit))
                if *unit == Unit::RATE && !COUNTS.contains(&key) =>
            {
                (None, "an exact decimal in quotation marks (80 percent is \"0.80\")")
            }
            (Value::Integer(_), Type::Number(unit)) if unit.is_money() => {
                (None, "an amount in quotation marks, such as \"1500.00\"")
            }
            (Value::Integer(number), Type::Number(_)) => {
                let number = Some(number).filter(|number| (0..=100_000).contains(number));
                let value = number.map(|number| contract::Value::Number(Number::whole(number)));
                (value, "a whole number from 0 to 100000")
            }
            (Value::String(text), Type::Number(unit)) => {
                let most = Decimal::whole(if *unit == Unit::RATE { 1_000 } else { i64::MAX });
                let number = Decimal::parse(text.trim()).ok().filter(|number| {
                    !number.is_negative() && *number <= most && text.len() <= RATE_LENGTH_MAX
                });
                let number = number.and_then(|number| {
                    let (mantissa, places) = number.parts();
                    Number::decimal(mantissa, places)
                });
                let expected = if *unit == Unit::RATE {
                    "a factor from \"0\" to \"1000\""
                } else {
                    "an exact decimal such as \"1500.00\", not negative"
                };
                (number.map(contract::Value::Number), expected)
            }
            (Value::String(text), kind) => {
                (contract::Value::parse(text.trim(), kind), "a value of the document's type")
            }
            _ => (None, "in quotation marks"),
        };
        if value.is_none() {
            self.refuse(key, expected);
        }
        value
    }

    /// A decimal from 0 to 1.
    pub fn share(&mut self, key: &'static str) -> Option<Decimal> {
        let rate = self.decimal(key)?;
        if rate > Decimal::ONE {
            self.refuse(key, "a share from \"0\" to \"1\" (20 percent is \"0.20\")");
            return None;
        }
        Some(rate)
    }

    pub fn date(&mut self, key: &'static str) -> Option<Date> {
        let text = self.text(key)?;
        let date = super::parse_date(&text);
        if date.is_none() {
            self.refuse(key, "a day such as \"2026-01-31\"");
        }
        date
    }

    pub fn date_required(&mut self, key: &'static str) -> Date {
        let missing = !self.table.contains_key(key);
        let date = self.date(key);
        if missing {
            let message = format!("`{key}` is missing");
            self.fail("RATES-missing-key", &message, &format!("add `{key}`"));
        }
        date.unwrap_or(Date::MIN)
    }

    pub fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.take(key) {
            None => default,
            Some(Value::Boolean(flag)) => flag,
            Some(_) => {
                self.refuse(key, "true or false");
                default
            }
        }
    }

    /// A whole number from 0 to 100,000.
    pub fn count(&mut self, key: &'static str) -> Option<u32> {
        match self.take(key)? {
            Value::Integer(number) if (0..=100_000).contains(&number) => u32::try_from(number).ok(),
            _ => {
                self.refuse(key, "a whole number from 0 to 100000");
                None
            }
        }
    }

    pub fn texts(&mut self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let items = match value {
            Value::Array(items) => items,
            _ => {
                self.refuse(key, "a list of texts");
                return Vec::new();
            }
        };
        let texts: Vec<Text> = items
            .iter()
            .filter_map(|item| item.as_str().map(|text| Text::new(text.trim())))
            .collect();
        if texts.len() != items.len() {
            self.refuse(key, "a list of texts in quotation marks");
        }
        texts
    }

    pub fn codes(&mut self, key: &'static str) -> CodeList {
        let texts = self.texts(key);
        match CodeList::parse(texts.iter().map(Text::as_str)) {
            Ok(list) => list,
            Err(item) => {
                self.refuse(
                    key,
                    &format!("codes, ranges \"A-B\" and prefixes \"A*\", not {item:?}"),
                );
                CodeList::default()
            }
        }
    }

    /// One of the given words; the first is the default.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.refuse(key, &format!("one of: {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// Nested tables (inline arrays) under a key.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .filter_map(|item| if let Value::Table(table) = item { Some(table) } else { None })
                .collect(),
            Some(_) => {
                self.refuse(key, "a list of tables");
                Vec::new()
            }
        }
    }

    /// A nested table under a key.
    pub fn table(&mut self, key: &'static str) -> Option<Table> {
        match self.take(key)? {
            Value::Table(table) => Some(table),
            _ => {
                self.refuse(key, "a table");
                None
            }
        }
    }

    /// Reads a nested block with the same place.
    pub fn nested<T>(&mut self, table: Table, read: impl FnOnce(&mut Fields<'_>) -> T) -> T {
        let mut inner = Fields::new(self.place.clone(), table, self.findings);
        let value = read(&mut inner);
        let ok = inner.finish();
        self.failed |= !ok;
        value
    }

    /// Reports what is left over; true when the block had nothing wrong.
    pub fn finish(mut self) -> bool {
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        for key in unknown {
            let message = format!("the key `{key}` is not known");
            let fix = format!("use one of: {}", self.known.join(", "));
            self.fail("RATES-unknown-key", &message, &fix);
        }
        !self.failed
    }
}
