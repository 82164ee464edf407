//! What the model does not name: segments and elements kept as they stood, and the report of them.

use counterfoil_base::{Phi, Text};
use std::collections::BTreeMap;

/// Stands between elements in [`CarriedSegment::bytes`] (ASCII group separator).
pub const CARRIED_ELEMENT: char = '\u{1D}';
/// Stands between repetitions of an element in [`CarriedSegment::bytes`] (record separator).
pub const CARRIED_REPETITION: char = '\u{1E}';
/// Stands between components of an element in [`CarriedSegment::bytes`] (unit separator).
pub const CARRIED_COMPONENT: char = '\u{1F}';

/// A segment, or the elements of a segment, that the model does not name.
///
/// A whole segment has `segment_occurrence` 0 and is written back as a segment of its own.
/// Otherwise the segment itself is in the model and `bytes` holds only the elements that the
/// model has no place for (the others are empty); the writer puts them back into the segment
/// that it builds. A value that could not be read, such as an amount that is not a number, is
/// kept in the same way, so that nothing that arrived is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedSegment {
    /// Loop in which it stood, for example `2300`; `HEADER` and `SUMMARY` outside every loop.
    pub loop_id: Text,
    /// Which of the loops with this id within the claim, other payer or line, from 1.
    pub loop_occurrence: u16,
    /// 0 for a whole segment; else which of the segments with this id in the loop, from 1.
    pub segment_occurrence: u16,
    /// The segment without terminator. Elements, repetitions and components are separated by
    /// [`CARRIED_ELEMENT`], [`CARRIED_REPETITION`] and [`CARRIED_COMPONENT`], control
    /// characters that X12 data cannot hold, because the separators of one file can be
    /// data in another.
    pub bytes: Phi<Text>,
}

impl CarriedSegment {
    /// The segment identifier, for example `NTE`.
    #[must_use]
    pub fn segment_id(&self) -> &str {
        let bytes = self.bytes.expose().as_str();
        bytes.split(CARRIED_ELEMENT).next().unwrap_or("")
    }

    /// The elements from the first on, in the encoding of [`CarriedSegment::bytes`].
    pub fn elements(&self) -> impl Iterator<Item = &str> {
        self.bytes.expose().as_str().split(CARRIED_ELEMENT).skip(1)
    }
}

/// Why something is in a [`LossReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossKind {
    /// The model has no place for the segment; it is carried whole.
    Segment,
    /// The model has no place for the element; it is carried beside its segment.
    Element,
    /// The value could not be read as what it should be; the raw value is carried.
    Value,
    /// The bytes are not UTF-8 and were read as Latin-1; they are written as UTF-8.
    Latin1,
    /// A control character that X12 data cannot hold stood in a carried segment and was
    /// replaced by `?`.
    ControlCharacter,
}

impl LossKind {
    /// What happened, in plain words.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            LossKind::Segment => "segment carried along unread",
            LossKind::Element => "element carried along unread",
            LossKind::Value => "value could not be read; the raw value is carried along",
            LossKind::Latin1 => "not UTF-8; read as Latin-1 and written as UTF-8",
            LossKind::ControlCharacter => "control character replaced by a question mark",
        }
    }
}

/// What was met that the model does not name, by place and count.
///
/// Nothing in it is personal: it holds loop ids, segment ids and element numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LossReport {
    entries: BTreeMap<(Text, Text, LossKind), u64>,
}

impl LossReport {
    /// Counts one more.
    pub fn add(&mut self, loop_path: &str, item: &str, kind: LossKind) {
        self.add_many(loop_path, item, kind, 1);
    }

    fn add_many(&mut self, loop_path: &str, item: &str, kind: LossKind, count: u64) {
        let entry = self.entries.entry((loop_path.into(), item.into(), kind)).or_default();
        *entry = entry.saturating_add(count);
    }

    /// Adds the counts of another report.
    pub fn merge(&mut self, other: &LossReport) {
        for ((loop_path, item, kind), count) in &other.entries {
            self.add_many(loop_path, item, *kind, *count);
        }
    }

    /// True when the model named everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Loop path (`HEADER` and `SUMMARY` outside every loop), segment or element (`NTE`,
    /// `CLM-19`, `SV1-01-8`), what happened, how often; in the order of loop path and item.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, LossKind, u64)> {
        self.entries.iter().map(|((path, item, kind), n)| (path.as_str(), item.as_str(), *kind, *n))
    }

    /// How many were counted in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.entries.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_place_and_merges() {
        let mut report = LossReport::default();
        report.add("2300", "NTE", LossKind::Segment);
        report.add("2300", "NTE", LossKind::Segment);
        let mut all = LossReport::default();
        all.add("2300", "NTE", LossKind::Segment);
        all.merge(&report);
        assert_eq!(all.iter().collect::<Vec<_>>(), [("2300", "NTE", LossKind::Segment, 3)]);
        assert_eq!(all.total(), 3);
    }

    #[test]
    fn a_carried_segment_names_itself_without_showing_its_data() {
        let carried = CarriedSegment {
            bytes: Phi::new("NTE\u{1D}ADD\u{1D}SEEN AT HOME".into()),
            ..CarriedSegment::default()
        };
        assert_eq!(carried.segment_id(), "NTE");
        assert_eq!(carried.elements().next(), Some("ADD"));
        assert!(!format!("{carried:?}").contains("HOME"));
    }
}
