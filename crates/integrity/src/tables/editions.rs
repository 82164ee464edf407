//! A table in the versions that were published for different days.

use counterfoil_base::{Date, DateRange};

/// Versions of a table, each with the days for which it was published.
///
/// A day outside every edition is answered from the nearest one: the last that began before
/// it, else the first.
#[derive(Clone, Debug)]
pub(crate) struct Editions<T> {
    list: Vec<(DateRange, T)>,
}

impl<T> Default for Editions<T> {
    fn default() -> Editions<T> {
        Editions { list: Vec::new() }
    }
}

impl<T> Editions<T> {
    /// Adds an edition; one with the same days is replaced.
    pub(crate) fn add(&mut self, days: DateRange, table: T) {
        self.list.retain(|edition| edition.0 != days);
        let place = self.list.partition_point(|edition| edition.0 < days);
        self.list.insert(place, (days, table));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.list.iter().map(|edition| &edition.1)
    }

    /// Editions before, the edition for the day (the latest without a day), editions after.
    #[allow(clippy::type_complexity)]
    pub(crate) fn around(
        &self,
        on: Option<Date>,
    ) -> Option<(&[(DateRange, T)], &(DateRange, T), &[(DateRange, T)])> {
        let last = self.list.len().checked_sub(1)?;
        let index = on.map_or(last, |day| {
            let containing = self.list.iter().rposition(|edition| edition.0.contains(day));
            let begun = || self.list.iter().rposition(|edition| edition.0.from <= day);
            containing.or_else(begun).unwrap_or(0)
        });
        let (before, rest) = self.list.split_at(index);
        let (chosen, after) = rest.split_first()?;
        Some((before, chosen, after))
    }

    /// The edition for the day, with the days it was published for.
    pub(crate) fn for_day(&self, on: Option<Date>) -> Option<&(DateRange, T)> {
        self.around(on).map(|(_, chosen, _)| chosen)
    }

    /// The first and last day that the editions span.
    pub(crate) fn days(&self) -> Option<DateRange> {
        let from = self.list.first()?.0.from;
        let to = self.list.iter().map(|edition| edition.0.to).max()?;
        Some(DateRange { from, to })
    }
}
