//! Days on which the Federal Reserve Banks settle ACH payments, by rule.
//!
//! Source: Federal Reserve Bank Services, holiday schedules; the holidays are those of 5 U.S.C.
//! 6103(a). A holiday on a Sunday is kept on the Monday after; one on a Saturday is not moved.

use counterfoil_base::{Date, add_days};

/// The day itself when banks settle on it, else the next one; nothing at the end of the calendar.
#[must_use]
pub fn business_day_from(day: Date) -> Option<Date> {
    let mut day = day;
    while !is_business_day(day) {
        day = add_days(day, 1)?;
    }
    Some(day)
}

/// True on a weekday that is no holiday of the Federal Reserve Banks.
#[must_use]
pub fn is_business_day(day: Date) -> bool {
    let weekday = weekday_from_monday(day);
    if weekday >= SATURDAY {
        return false;
    }
    let kept_from_sunday = add_days(day, -1).is_some_and(|before| {
        weekday == MONDAY && weekday_from_monday(before) == SUNDAY && is_fixed_holiday(before)
    });
    !is_fixed_holiday(day) && !is_floating_holiday(day, weekday) && !kept_from_sunday
}

const MONDAY: i8 = 0;
const THURSDAY: i8 = 3;
const SATURDAY: i8 = 5;
const SUNDAY: i8 = 6;

fn weekday_from_monday(day: Date) -> i8 {
    day.weekday().to_monday_zero_offset()
}

/// Holidays on a day of a month.
fn is_fixed_holiday(day: Date) -> bool {
    match (day.month(), day.day()) {
        // New Year's Day, Independence Day, Veterans Day, Christmas Day.
        (1, 1) | (7, 4) | (11, 11) | (12, 25) => true,
        // Juneteenth, since Public Law 117-17.
        (6, 19) => day.year() >= 2022,
        _ => false,
    }
}

/// Holidays on a weekday of a month.
fn is_floating_holiday(day: Date, weekday: i8) -> bool {
    let week = (day.day() - 1) / 7 + 1;
    let is_last = day.day() + 7 > day.days_in_month();
    match (day.month(), weekday) {
        // Birthday of Martin Luther King, Jr., and Washington's Birthday.
        (1 | 2, MONDAY) => week == 3,
        // Memorial Day.
        (5, MONDAY) => is_last,
        // Labor Day.
        (9, MONDAY) => week == 1,
        // Columbus Day.
        (10, MONDAY) => week == 2,
        // Thanksgiving Day.
        (11, THURSDAY) => week == 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_are_those_of_the_published_schedules() {
        // Federal Reserve Bank Services, holiday schedules of 2022 to 2027, weekdays alone.
        let published = [
            "2022-01-17 2022-02-21 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-10-10 \
             2022-11-11 2022-11-24 2022-12-26",
            "2023-01-02 2023-01-16 2023-02-20 2023-05-29 2023-06-19 2023-07-04 2023-09-04 \
             2023-10-09 2023-11-23 2023-12-25",
            "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-09-07 2026-10-12 \
             2026-11-11 2026-11-26 2026-12-25",
            "2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-07-05 2027-09-06 2027-10-11 \
             2027-11-11 2027-11-25",
        ];
        for year in published {
            let expected: Vec<&str> = year.split_whitespace().collect();
            let mut day: Date = format!("{}-01-01", &expected[0][..4]).parse().unwrap();
            let this_year = day.year();
            let mut found = Vec::new();
            while day.year() == this_year {
                if weekday_from_monday(day) < SATURDAY && !is_business_day(day) {
                    found.push(day.to_string());
                }
                day = add_days(day, 1).unwrap();
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_day_without_settlement_moves_to_the_next_with() {
        for (day, expected) in [
            ("2026-02-13", "2026-02-13"),
            ("2026-02-14", "2026-02-17"),
            ("2026-07-04", "2026-07-06"),
            ("2027-07-04", "2027-07-06"),
            ("2026-12-25", "2026-12-28"),
        ] {
            let moved = business_day_from(day.parse().unwrap());
            assert_eq!(moved.map(|day| day.to_string()).as_deref(), Some(expected));
        }
        assert_eq!(business_day_from(Date::MAX).is_none(), !is_business_day(Date::MAX));
    }
}
