//! One cell of text by the type of its column.

use crate::dictionary::ColumnType;
use counterfoil_base::{Date, Decimal, Rounding};

/// Digits after the point of a decimal column.
pub(crate) const DECIMAL_SCALE: i8 = 6;
/// Digits after the point of a money column.
pub(crate) const MONEY_SCALE: i8 = 2;
/// Digits of a money or decimal column in all.
pub(crate) const PRECISION: u8 = 18;

/// A cell that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Nothing stands there.
    Empty,
    Text(&'a str),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00.
    Timestamp(i64),
    Integer(i64),
    /// In steps of 10 to the minus [`DECIMAL_SCALE`].
    Decimal(i128),
    /// Cents; `rounded` when the text had parts of a cent.
    Money {
        cents: i128,
        rounded: bool,
    },
    Flag(bool),
}

/// The cell does not hold what its column wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Reads the text of a cell. Spaces around it do not count.
pub(crate) fn parse_cell(kind: ColumnType, text: &str) -> Result<Cell<'_>, Unreadable> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Cell::Empty);
    }
    match kind {
        ColumnType::Text => Some(Cell::Text(text)),
        ColumnType::Date => date(text).map(Cell::Date),
        ColumnType::Timestamp => timestamp(text).map(Cell::Timestamp),
        ColumnType::Integer => integer(text).map(Cell::Integer),
        ColumnType::Decimal => decimal(text).map(Cell::Decimal),
        ColumnType::Money => money(text),
        ColumnType::Flag => flag(text).map(Cell::Flag),
    }
    .ok_or(Unreadable)
}

fn days(day: Date) -> i32 {
    let days = counterfoil_base::days_between(Date::constant(1970, 1, 1), day);
    i32::try_from(days).unwrap_or_default()
}

/// `2017-12-14`, `20171214`, `12/14/2017`, or one of these with a time of midnight.
fn date(text: &str) -> Option<i32> {
    let (day, time) = split_time(text);
    let is_midnight = time.is_empty() || time.trim_end_matches('Z').chars().all(is_zero_time);
    if is_midnight { day_of(day).map(days) } else { None }
}

fn is_zero_time(letter: char) -> bool {
    matches!(letter, '0' | ':' | '.')
}

fn split_time(text: &str) -> (&str, &str) {
    match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, time.trim_start()),
        None => (text, ""),
    }
}

fn day_of(text: &str) -> Option<Date> {
    if text.len() == 8 && !text.contains('/') {
        return counterfoil_base::parse_ccyymmdd(text.as_bytes());
    }
    if let Some((month, rest)) = text.split_once('/') {
        let (day, year) = rest.split_once('/')?;
        let year = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
        return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
    }
    Some(text).filter(|text| text.len() == 10)?.parse().ok()
}

/// A day with a time to the millisecond; a zone is allowed and taken into account.
fn timestamp(text: &str) -> Option<i64> {
    const DAY_MS: i64 = 86_400_000;
    let (day, time) = split_time(text);
    let day = i64::from(days(day_of(day)?));
    if time.is_empty() {
        return Some(day * DAY_MS);
    }
    let (time, zone_minutes) = split_zone(time)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.split(':').map(two_digits);
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let thousandths = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let seconds = (hour * 60 + minute - zone_minutes) * 60 + second;
    Some(day * DAY_MS + seconds * 1000 + thousandths)
}

fn two_digits(text: &str) -> Option<i64> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The time without its zone, and the minutes by which the zone is ahead of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z').or_else(|| time.strip_suffix(" UTC")) {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (time, zone) = time.split_at_checked(at)?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.get(1..)?.replace(':', "");
    let hours = two_digits(digits.get(..2)?)?;
    let minutes = if digits.len() == 2 { 0 } else { two_digits(digits.get(2..)?)? };
    Some((time, sign * (hours * 60 + minutes)))
}

/// A whole number; `3.0`, as programs write whole numbers that they hold as floats, is 3.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| exact(text)?.to_whole())
}

fn decimal(text: &str) -> Option<i128> {
    let scale = u32::try_from(DECIMAL_SCALE).ok()?;
    let number = exact(text)?;
    // Six digits are more than any unit of service or degree of latitude needs.
    fits(number.round(scale, Rounding::HalfUp).parts(), scale)
}

/// Dollars and cents. Parts of a cent, as sums of floats leave them, are rounded half away from
/// zero, and said.
fn money<'a>(text: &str) -> Option<Cell<'a>> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let number = exact(text)?;
    let whole = number.round(2, Rounding::HalfUp);
    let rounded = whole.checked_sub(number).is_none_or(|rest| !rest.is_zero());
    Some(Cell::Money { cents: fits(whole.parts(), 2)?, rounded })
}

fn exact(text: &str) -> Option<Decimal> {
    Decimal::parse(text).ok().or_else(|| {
        // 1.5e3 and 3.5E-2, as programs print floats.
        let (mantissa, exponent) = text.split_once(['e', 'E'])?;
        let (digits, scale) = Decimal::parse(mantissa).ok()?.parts();
        let exponent: i32 = exponent.parse().ok()?;
        let scale = i32::try_from(scale).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) if scale <= 30 => Some(Decimal::new(digits, scale)),
            Ok(_) => None,
            Err(_) => {
                let zeros = u32::try_from(scale.checked_neg()?).ok()?;
                Some(Decimal::new(digits.checked_mul(10_i128.checked_pow(zeros)?)?, 0))
            }
        }
    })
}

/// The number in steps of the scale, when it has no more digits than a column holds.
fn fits((mantissa, scale): (i128, u32), wanted: u32) -> Option<i128> {
    let steps = mantissa.checked_mul(10_i128.checked_pow(wanted.checked_sub(scale)?)?)?;
    let limit = 10_i128.pow(u32::from(PRECISION));
    Some(steps).filter(|steps| steps.abs() < limit)
}

fn flag(text: &str) -> Option<bool> {
    let yes = ["1", "true", "t", "yes", "y", "1.0"];
    let no = ["0", "false", "f", "no", "n", "0.0"];
    if yes.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(true);
    }
    no.iter().any(|word| text.eq_ignore_ascii_case(word)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(kind: ColumnType, text: &str) -> String {
        parse_cell(kind, text).map_or_else(|_| "unreadable".to_owned(), |cell| format!("{cell:?}"))
    }

    #[test]
    fn cells_are_read_as_sources_write_them() {
        use ColumnType::{Date, Decimal, Flag, Integer, Money, Timestamp};
        let cases = [
            (Date, "1970-01-02", "Date(1)"),
            (Date, "19700102", "Date(1)"),
            (Date, "1/2/1970", "Date(1)"),
            (Date, "1970-01-02 00:00:00", "Date(1)"),
            (Date, "1970-01-02T00:00:00.000Z", "Date(1)"),
            (Date, "1970-01-02 08:30:00", "unreadable"),
            (Date, "1970-13-02", "unreadable"),
            (Date, "2017-02-29", "unreadable"),
            (Date, "17-02-28", "unreadable"),
            (Date, "", "Empty"),
            (Timestamp, "1970-01-01 00:00:01", "Timestamp(1000)"),
            (Timestamp, "1970-01-01T01:00:00+01:00", "Timestamp(0)"),
            (Timestamp, "1970-01-01T00:00:00.123456Z", "Timestamp(123)"),
            (Timestamp, "1970-01-01 25:00:00", "unreadable"),
            (Timestamp, "1970-01-01 noon", "unreadable"),
            (Integer, " 12 ", "Integer(12)"),
            (Integer, "3.0", "Integer(3)"),
            (Integer, "3.5", "unreadable"),
            (Decimal, "1.5", "Decimal(1500000)"),
            (Decimal, "1e2", "Decimal(100000000)"),
            (Decimal, "many", "unreadable"),
            (Money, "31505.00", "Money { cents: 3150500, rounded: false }"),
            (Money, "-1.5", "Money { cents: -150, rounded: false }"),
            (Money, "0.1250", "Money { cents: 13, rounded: true }"),
            (Money, "12.340000000000002", "Money { cents: 1234, rounded: true }"),
            (Money, "$1", "Money { cents: 100, rounded: false }"),
            (Money, "1,000", "unreadable"),
            (Money, "99999999999999999999", "unreadable"),
            (Money, "NaN", "unreadable"),
            (Money, "1e400", "unreadable"),
            (Flag, "TRUE", "Flag(true)"),
            (Flag, "0", "Flag(false)"),
            (Flag, "maybe", "unreadable"),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(show(kind, text), expected, "{} {text:?}", kind.word());
        }
    }
}
