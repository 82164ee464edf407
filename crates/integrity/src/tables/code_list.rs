//! A sorted list of codes with the days on which each is in force, in dated editions.

use crate::tables::editions::Editions;
use counterfoil_base::{Date, DateRange};
use counterfoil_x12::CodeAnswer;

/// A code of at most eight ASCII bytes as one number whose order is the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PackedCode(u64);

impl PackedCode {
    /// Before every code.
    pub(crate) const FIRST: PackedCode = PackedCode(0);

    /// Nothing for an empty, longer or non-ASCII text, which no code set has.
    pub(crate) fn new(text: &str) -> Option<PackedCode> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > 8 || !bytes.is_ascii() {
            return None;
        }
        let mut padded = [0u8; 8];
        padded.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        Some(PackedCode(u64::from_be_bytes(padded)))
    }

    /// True when `self` is the beginning of `longer` and shorter than it.
    fn is_proper_prefix_of(self, longer: PackedCode) -> bool {
        let unused_bits = self.0.trailing_zeros() / 8 * 8;
        self != longer && unused_bits > 0 && (longer.0 >> unused_bits) == (self.0 >> unused_bits)
    }
}

/// One code and the days on which it is in force, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) code: PackedCode,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// The codes that one published file lists, sorted.
type Listing = Vec<Entry>;

/// A code set in one or more editions.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeList {
    editions: Editions<Listing>,
    /// Beginnings of codes are headers that may not be billed (ICD-10-CM).
    has_headers: bool,
}

impl CodeList {
    pub(crate) fn with_headers() -> CodeList {
        CodeList { editions: Editions::default(), has_headers: true }
    }

    /// Adds an edition; one with the same days is replaced. Without days it replaces all.
    pub(crate) fn add_edition(&mut self, days: Option<DateRange>, mut entries: Vec<Entry>) {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        if days.is_none() {
            self.editions = Editions::default();
        }
        let always = DateRange { from: Date::MIN, to: Date::MAX };
        self.editions.add(days.unwrap_or(always), entries);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.editions.is_empty()
    }

    /// The first and last day that the editions span.
    pub(crate) fn days(&self) -> Option<DateRange> {
        self.editions.days()
    }

    /// Does a code of the latest edition begin so and go on?
    pub(crate) fn has_beginning(&self, beginning: &str) -> bool {
        let latest = self.editions.for_day(None);
        latest.zip(PackedCode::new(beginning)).is_some_and(|(edition, b)| has_header(&edition.1, b))
    }

    /// Is the code in force on the day? Without a day, in the latest edition on any day?
    pub(crate) fn answer(&self, code: &str, on: Option<Date>) -> CodeAnswer {
        let Some((before, chosen, after)) = self.editions.around(on) else {
            return CodeAnswer::NoTable;
        };
        let Some(packed) = PackedCode::new(code) else { return CodeAnswer::Unknown };
        if let Some(answer) = answer_in(&chosen.1, packed, on) {
            return answer;
        }
        if self.has_headers && has_header(&chosen.1, packed) {
            return CodeAnswer::NotBillable;
        }
        let knows = |edition: &(DateRange, Listing)| answer_in(&edition.1, packed, None).is_some();
        if after.iter().any(knows) {
            return CodeAnswer::NotYetEffective;
        }
        if before.iter().any(knows) {
            return CodeAnswer::Expired;
        }
        CodeAnswer::Unknown
    }
}

/// Nothing when the listing does not have the code.
fn answer_in(listing: &[Entry], code: PackedCode, on: Option<Date>) -> Option<CodeAnswer> {
    let first = listing.partition_point(|entry| entry.code < code);
    let spans = || listing[first..].iter().take_while(|entry| entry.code == code);
    spans().next()?;
    let Some(day) = on else { return Some(CodeAnswer::Valid) };
    if spans().any(|span| span.from <= day && day <= span.to) {
        return Some(CodeAnswer::Valid);
    }
    let ended_before = spans().any(|span| span.to < day);
    Some(if ended_before { CodeAnswer::Expired } else { CodeAnswer::NotYetEffective })
}

fn has_header(listing: &[Entry], code: PackedCode) -> bool {
    let next = listing.partition_point(|entry| entry.code <= code);
    listing.get(next).is_some_and(|entry| code.is_proper_prefix_of(entry.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_base::parse_ccyymmdd;

    fn day(text: &str) -> Date {
        parse_ccyymmdd(text.as_bytes()).unwrap()
    }

    fn entry(code: &str) -> Entry {
        Entry { code: PackedCode::new(code).unwrap(), from: Date::MIN, to: Date::MAX }
    }

    #[test]
    fn codes_outside_the_alphabet_and_length_are_not_codes() {
        for text in ["", "123456789", "é"] {
            assert_eq!(PackedCode::new(text), None, "{text}");
        }
        assert!(PackedCode::new("A00") < PackedCode::new("A000"));
        assert!(PackedCode::new("A00") < PackedCode::new("A01"));
    }

    #[test]
    fn editions_say_whether_a_code_is_too_new_too_old_or_a_header() {
        let mut list = CodeList::with_headers();
        assert_eq!(list.answer("E110", None), CodeAnswer::NoTable);
        let fiscal_2025 = DateRange { from: day("20241001"), to: day("20250930") };
        let fiscal_2026 = DateRange { from: day("20251001"), to: day("20260930") };
        list.add_edition(Some(fiscal_2026), vec![entry("E1100"), entry("E11A")]);
        list.add_edition(Some(fiscal_2025), vec![entry("E1100"), entry("E119")]);
        for (code, on, answer) in [
            ("E1100", Some("20241201"), CodeAnswer::Valid),
            ("E11A", Some("20241201"), CodeAnswer::NotYetEffective),
            ("E11A", Some("20251201"), CodeAnswer::Valid),
            ("E119", Some("20251201"), CodeAnswer::Expired),
            ("E110", Some("20251201"), CodeAnswer::NotBillable),
            ("E11", Some("20251201"), CodeAnswer::NotBillable),
            ("E12", Some("20251201"), CodeAnswer::Unknown),
            ("E11000000", Some("20251201"), CodeAnswer::Unknown),
            ("E1100", Some("19990101"), CodeAnswer::Valid),
            ("E1100", Some("20990101"), CodeAnswer::Valid),
            ("E11A", None, CodeAnswer::Valid),
        ] {
            let on = on.map(day);
            assert_eq!(list.answer(code, on), answer, "{code} {on:?}");
        }
    }

    #[test]
    fn a_code_that_ended_and_came_back_is_valid_in_both_spans() {
        let span = |from, to| Entry {
            code: PackedCode::new("G0001").unwrap(),
            from: day(from),
            to: day(to),
        };
        let mut list = CodeList::default();
        let days = DateRange { from: day("20240101"), to: day("20241231") };
        list.add_edition(
            Some(days),
            vec![span("20000101", "20051231"), span("20200101", "20211231")],
        );
        for (on, answer) in [
            ("19991231", CodeAnswer::NotYetEffective),
            ("20000101", CodeAnswer::Valid),
            ("20100101", CodeAnswer::Expired),
            ("20211231", CodeAnswer::Valid),
            ("20220101", CodeAnswer::Expired),
        ] {
            assert_eq!(list.answer("G0001", Some(day(on))), answer, "{on}");
        }
    }
}
