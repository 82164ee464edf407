//! Calendar dates as X12 writes them (CCYYMMDD); there is no clock here.

/// A day of the Gregorian calendar.
pub type Date = jiff::civil::Date;

/// A span of days that holds both its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateRange {
    /// First day.
    pub from: Date,
    /// Last day, not before the first.
    pub to: Date,
}

impl DateRange {
    /// True when the day lies within the span, ends included.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// Reads eight digits CCYYMMDD (X12 format qualifier D8); nothing when it is not a real day.
#[must_use]
pub fn parse_ccyymmdd(text: &[u8]) -> Option<Date> {
    let digits: &[u8; 8] = text.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |range: &[u8]| range.iter().fold(0i16, |n, d| n * 10 + i16::from(d - b'0'));
    let year = number(&digits[0..4]);
    if year == 0 {
        return None;
    }
    let (month, day) = (number(&digits[4..6]) as i8, number(&digits[6..8]) as i8);
    Date::new(year, month, day).ok()
}

/// Writes a day as CCYYMMDD.
#[must_use]
pub fn format_ccyymmdd(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// The day that lies `days` after (or, when negative, before) a day; nothing when that is
/// outside the years -9999 to 9999.
#[must_use]
pub fn add_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// How many days `to` lies after `from`; negative when it lies before.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i64 {
    // Whole days are the default largest unit of a difference of dates.
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_across_months_and_years() {
        let day = |text: &str| parse_ccyymmdd(text.as_bytes()).unwrap();
        for (from, days, to) in [
            ("20240228", 2, "20240301"),
            ("20240301", -2, "20240228"),
            ("20231231", 1, "20240101"),
            ("00010101", 3_652_058, "99991231"),
        ] {
            assert_eq!(add_days(day(from), days), Some(day(to)));
            assert_eq!(days_between(day(from), day(to)), days);
        }
        assert_eq!(add_days(day("99991231"), 1), None);
        assert_eq!(add_days(day("99991231"), i64::MAX), None);
    }

    #[test]
    fn only_real_days_are_dates() {
        for (text, valid) in [
            ("20240229", true),
            ("20230229", false),
            ("00010101", true),
            ("99991231", true),
            ("00000101", false),
            ("20241301", false),
            ("2024010", false),
            ("2024010A", false),
        ] {
            let date = parse_ccyymmdd(text.as_bytes());
            assert_eq!(date.is_some(), valid, "{text}");
            if let Some(date) = date {
                assert_eq!(format_ccyymmdd(date), text);
            }
        }
    }
}
