//! The values of facts, parameters and terms, and how people see them.

use crate::digits::read_digits;
use crate::number::Number;
use crate::unit::{Type, Unit};
use counterfoil_base::{Date, Text};

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number; its unit is known from its type.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// A code or text.
    Code(Text),
    /// A calendar day.
    Date(Date),
    /// A span of days, both included.
    Period(Date, Date),
}

impl Value {
    /// The value as people see it: `$1,250.50`, `3.9%`, `5,000`, `yes`, `2019-07-01`.
    ///
    /// A number without an exact decimal is shown to ten places with `...` behind it.
    #[must_use]
    pub fn show(&self, kind: &Type) -> String {
        match (self, kind) {
            (Value::Number(number), Type::Number(unit)) => show_number(*number, *unit),
            (Value::Number(number), _) => number.to_string(),
            (Value::Flag(true), _) => "yes".to_owned(),
            (Value::Flag(false), _) => "no".to_owned(),
            (Value::Code(code), _) => code.to_string(),
            (Value::Date(day), _) => day.to_string(),
            (Value::Period(first, last), _) => format!("{first} to {last}"),
        }
    }

    /// True where this is a value of the type; a code of a list must be one of its codes.
    #[must_use]
    pub fn is_of(&self, kind: &Type) -> bool {
        match (self, kind) {
            (Value::Number(_), Type::Number(_))
            | (Value::Flag(_), Type::Flag)
            | (Value::Date(_), Type::Date)
            | (Value::Period(..), Type::Period) => true,
            (Value::Code(code), Type::Code(codes)) => {
                codes.is_empty() || codes.iter().any(|known| known == code.as_str())
            }
            _ => false,
        }
    }

    /// Reads a value as it is written in parameter and case files: the forms of the language.
    #[must_use]
    pub fn parse(text: &str, kind: &Type) -> Option<Value> {
        match kind {
            Type::Number(unit) => parse_number(text, *unit).map(Value::Number),
            Type::Flag => match text {
                "yes" | "true" => Some(Value::Flag(true)),
                "no" | "false" => Some(Value::Flag(false)),
                _ => None,
            },
            Type::Code(codes) => {
                let is_known = codes.is_empty() || codes.iter().any(|code| code == text);
                if is_known { Some(Value::Code(text.into())) } else { None }
            }
            Type::Date => text.parse().ok().map(Value::Date),
            Type::Period => {
                let (first, last) = text.split_once(" to ")?;
                let (first, last) = (first.parse().ok()?, last.parse().ok()?);
                if first <= last { Some(Value::Period(first, last)) } else { None }
            }
        }
    }
}

/// Money with `$` and every other number without; a rate may be a percentage or a fraction.
fn parse_number(text: &str, unit: Unit) -> Option<Number> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (Number::whole(-1), rest),
        None => (Number::ONE, text),
    };
    let is_money = unit.is_money();
    let digits = match (text.strip_prefix('$'), text.strip_suffix('%')) {
        (Some(digits), None) if is_money => digits,
        (None, Some(digits)) if unit == Unit::RATE => {
            return number_of(digits)?.checked_div(Number::whole(100))?.checked_mul(sign);
        }
        (None, None) if !is_money => text,
        _ => return None,
    };
    // A rate may be a fraction that no decimal gives exactly: 5/12.
    if let (Some((over, under)), true) = (digits.split_once('/'), unit == Unit::RATE) {
        return number_of(over)?.checked_div(number_of(under)?)?.checked_mul(sign);
    }
    number_of(digits)?.checked_mul(sign)
}

fn number_of(text: &str) -> Option<Number> {
    Some(read_digits(text)?.number)
}

fn show_number(number: Number, unit: Unit) -> String {
    let (sign, number) = if number.is_negative() { ("-", number.negate()) } else { ("", number) };
    if unit == Unit::RATE {
        let percent = number.checked_mul(Number::whole(100)).unwrap_or(number);
        return format!("{sign}{}%", grouped(percent, 0));
    }
    if unit.is_money() {
        return format!("{sign}${}", grouped(number, 2));
    }
    format!("{sign}{}", grouped(number, 0))
}

/// Digits in groups of three, with at least so many decimal places.
fn grouped(number: Number, places_min: u32) -> String {
    /// Places that are shown of a number without an exact decimal.
    const PLACES_MAX: u32 = 10;
    let exact = number.decimal_places().filter(|places| *places <= 2 * PLACES_MAX);
    let places = exact.map_or(PLACES_MAX, |places| places.max(places_min));
    let Some(text) = number.to_places(places) else { return number.to_string() };
    let (whole, fraction) = text.split_once('.').map_or((&*text, None), |(w, f)| (w, Some(f)));
    let mut shown = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    if exact.is_none() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_and_read_in_the_same_form() {
        let money = Type::Number(Unit::MONEY);
        let rate = Type::Number(Unit::RATE);
        let count = Type::Number(Unit::COUNT);
        for (text, kind) in [
            ("$1,250.50", &money),
            ("-$12,171,874.00", &money),
            ("3.9%", &rate),
            ("0%", &rate),
            ("5,000", &count),
            ("yes", &Type::Flag),
            ("2019-07-01", &Type::Date),
            ("2019-01-01 to 2019-06-30", &Type::Period),
            ("basic_a", &Type::Code(vec!["basic_a".to_owned()])),
        ] {
            assert_eq!(Value::parse(text, kind).unwrap().show(kind), text);
        }
        assert_eq!(Value::Number(Number::fraction(1, 3).unwrap()).show(&rate), "33.3333333333...%");
        assert_eq!(Value::parse("1/3", &rate), Number::fraction(1, 3).map(Value::Number));
        for (text, kind) in [
            ("1/0", &rate),
            ("12", &money),
            ("$12", &rate),
            ("1,23", &count),
            ("$1.234,56", &money),
            ("$12,5", &money),
            ("0.1,234", &rate),
            ("--1", &count),
            ("2019-01-02 to 2019-01-01", &Type::Period),
            ("basic_z", &Type::Code(vec!["basic_a".to_owned()])),
        ] {
            assert_eq!(Value::parse(text, kind), None, "{text}");
        }
    }
}
