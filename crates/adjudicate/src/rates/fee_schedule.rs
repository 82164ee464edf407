//! The payer's own fee tables: amounts by schedule, code, modifier, span and place.

use super::parse_date;
use super::table::{Row, Table};
use counterfoil_base::{Cents, Date, Finding, Text};
use rustc_hash::FxHashMap;

/// Amount of one code in one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRow {
    /// Empty: for lines with any modifier or none.
    pub modifier: Text,
    /// First day of service.
    pub from: Date,
    /// Last day of service.
    pub to: Date,
    /// Amount per unit at a facility.
    pub facility_cents: Cents,
    /// Amount per unit elsewhere.
    pub non_facility_cents: Cents,
}

/// Every fee table, by schedule and code.
#[derive(Clone, Debug, Default)]
pub struct FeeSchedules {
    schedules: FxHashMap<Text, FxHashMap<Text, Vec<FeeRow>>>,
}

impl FeeSchedules {
    /// The row for a code, its modifiers and a day; a row with a modifier wins.
    #[must_use]
    pub fn find(
        &self,
        schedule: &str,
        code: &str,
        modifiers: &[Text],
        day: Date,
    ) -> Option<&FeeRow> {
        let rows = self.schedules.get(schedule)?.get(code)?;
        let dated = || rows.iter().filter(|row| row.from <= day && day <= row.to);
        dated()
            .find(|row| !row.modifier.is_empty() && modifiers.contains(&row.modifier))
            .or_else(|| dated().find(|row| row.modifier.is_empty()))
    }

    /// True when the schedule has at least one row.
    #[must_use]
    pub fn has(&self, schedule: &str) -> bool {
        self.schedules.contains_key(schedule)
    }

    /// The name of every schedule, in no order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.schedules.keys().map(Text::as_str)
    }

    pub(crate) fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        const COLUMNS: [&str; 7] = [
            "schedule_id",
            "code",
            "modifier",
            "from",
            "to",
            "facility_cents",
            "non_facility_cents",
        ];
        let Some(table) = Table::open(file, text, &COLUMNS, findings) else {
            return;
        };
        table.each(findings, |row| self.add_row(row));
    }

    fn add_row(&mut self, row: &Row<'_>) -> Result<(), String> {
        let (schedule, code) = (row.text(0), row.text(1));
        if schedule.is_empty() || code.is_empty() {
            return Err("`schedule_id` and `code` may not be empty".to_owned());
        }
        let from = parse_date(row.text(3)).ok_or("`from` is not a day")?;
        let to = match row.text(4) {
            "" => Date::MAX,
            text => parse_date(text).ok_or("`to` is not a day")?,
        };
        if to < from {
            return Err("`to` is before `from`".to_owned());
        }
        let fee = FeeRow {
            modifier: Text::new(row.text(2)),
            from,
            to,
            facility_cents: row.whole_cents(5, "facility_cents")?,
            non_facility_cents: row.whole_cents(6, "non_facility_cents")?,
        };
        let codes = self.schedules.entry(Text::new(schedule)).or_default();
        let rows = codes.entry(Text::new(code)).or_default();
        let overlaps = rows
            .iter()
            .any(|other| other.modifier == fee.modifier && other.from <= to && from <= other.to);
        if overlaps {
            return Err(format!("schedule {schedule}, code {code}: two amounts for the same days"));
        }
        rows.push(fee);
        Ok(())
    }
}
