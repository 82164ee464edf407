//! From the model to segments: what the writers of the 837 and the 835 share.
//!
//! A writer drafts the segments of one scope (a level, a claim, an other payer, a line) in the
//! encoding of carried segments, puts what was carried back in its place, and hands the
//! segments on one by one.

mod error;
mod interchange;
pub(crate) mod parts;

pub use error::WriteError;
pub use interchange::{ClaimWriter, RemittanceWriter, write_835, write_837};

use crate::carried::{CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION, CarriedSegment};
use counterfoil_base::{Cents, Units};
use std::fmt::Write as _;

/// Takes segments in the encoding of carried segments.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(&str) -> Result<(), WriteError>;

struct DraftSegment {
    start: usize,
    end: usize,
    /// Which of the like segments of its loop it is, as carried segments count them.
    ordinal: u16,
    /// Elements that the writer set by itself; a carried value takes their place.
    usual: u32,
}

struct DraftLoop {
    id: &'static str,
    occurrence: u16,
    first: usize,
}

/// The segments of one scope.
#[derive(Default)]
pub(crate) struct Draft {
    text: String,
    segments: Vec<DraftSegment>,
    loops: Vec<DraftLoop>,
    /// What cannot be written as X12, found while composing.
    refusal: Option<WriteError>,
}

impl Draft {
    /// Begins the next loop.
    pub(crate) fn open(&mut self, id: &'static str) {
        let before = self.loops.iter().filter(|known| known.id == id).count();
        let occurrence = u16::try_from(before.saturating_add(1)).unwrap_or(u16::MAX);
        self.loops.push(DraftLoop { id, occurrence, first: self.segments.len() });
    }

    /// Begins the only segment with this id in its loop.
    pub(crate) fn segment(&mut self, id: &str) -> Composer<'_> {
        self.nth_segment(id, 1)
    }

    /// Begins the segment of the n-th item of a list, counted from 0.
    pub(crate) fn item_segment(&mut self, id: &str, index: usize) -> Composer<'_> {
        self.nth_segment(id, u16::try_from(index.saturating_add(1)).unwrap_or(u16::MAX))
    }

    pub(crate) fn nth_segment(&mut self, id: &str, ordinal: u16) -> Composer<'_> {
        let start = self.text.len();
        self.text.push_str(id);
        Composer { draft: self, start, ordinal, element: 0, usual: 0 }
    }

    /// Hands the segments on, what was carried in its place, and becomes empty.
    pub(crate) fn flush<'c>(
        &mut self,
        carried: impl Iterator<Item = &'c CarriedSegment>,
        sink: Sink<'_>,
    ) -> Result<(), WriteError> {
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        let mut carried = carried.peekable();
        if carried.peek().is_none() {
            for segment in &self.segments {
                sink(&self.text[segment.start..segment.end])?;
            }
        } else {
            let mut merged = self.to_loops();
            for item in carried {
                put_back(&mut merged, item);
            }
            for segment in merged.iter().flat_map(|place| &place.segments) {
                sink(&segment.text)?;
            }
        }
        self.text.clear();
        self.segments.clear();
        self.loops.clear();
        Ok(())
    }

    fn to_loops(&self) -> Vec<MergedLoop> {
        let ends = self.loops.iter().skip(1).map(|next| next.first);
        let ends = ends.chain(std::iter::once(self.segments.len()));
        let merge = |(known, end): (&DraftLoop, usize)| MergedLoop {
            id: known.id.to_owned(),
            occurrence: known.occurrence,
            is_drafted: true,
            segments: self.segments[known.first..end].iter().map(|s| self.merged(s)).collect(),
        };
        self.loops.iter().zip(ends).map(merge).collect()
    }

    fn merged(&self, segment: &DraftSegment) -> MergedSegment {
        MergedSegment {
            text: self.text[segment.start..segment.end].to_owned(),
            ordinal: segment.ordinal,
            usual: segment.usual,
        }
    }
}

struct MergedLoop {
    id: String,
    occurrence: u16,
    /// False for a loop that the model does not name: its segments keep their own order.
    is_drafted: bool,
    segments: Vec<MergedSegment>,
}

struct MergedSegment {
    text: String,
    ordinal: u16,
    usual: u32,
}

impl MergedSegment {
    fn id(&self) -> &str {
        self.text.split(CARRIED_ELEMENT).next().unwrap_or("")
    }
}

/// Puts a carried segment into its loop, making the loop when the model has not written it.
fn put_back(loops: &mut Vec<MergedLoop>, item: &CarriedSegment) {
    let is_home = |known: &MergedLoop| {
        known.id == item.loop_id.as_str() && known.occurrence == item.loop_occurrence
    };
    let index = match loops.iter().position(is_home) {
        Some(index) => index,
        None => {
            let rank = loop_rank(&item.loop_id);
            let after = loops.iter().rposition(|known| loop_rank(&known.id) <= rank);
            let index = after.map_or(0, |last| last + 1);
            let new = MergedLoop {
                id: item.loop_id.to_string(),
                occurrence: item.loop_occurrence,
                is_drafted: false,
                segments: Vec::new(),
            };
            loops.insert(index, new);
            index
        }
    };
    let Some(home) = loops.get_mut(index) else { return };
    if item.segment_occurrence > 0 {
        let target = home.segments.iter_mut().find(|segment| {
            segment.ordinal == item.segment_occurrence && segment.id() == item.segment_id()
        });
        if let Some(segment) = target {
            overlay(segment, item);
            return;
        }
        // Nothing but what was carried is left of the segment, so that it stands for itself.
        if item.elements().all(str::is_empty) {
            return;
        }
    }
    let segment = MergedSegment { text: item.bytes.expose().to_string(), ordinal: 0, usual: 0 };
    let at = if home.is_drafted {
        let rank = segment_rank(&home.id, item.segment_id());
        let after = home.segments.iter().rposition(|s| segment_rank(&home.id, s.id()) <= rank);
        after.map_or(0, |last| last + 1)
    } else {
        home.segments.len()
    };
    home.segments.insert(at, segment);
}

/// Fills the carried elements into the places that the model left empty or zero, or that the
/// writer set by itself.
fn overlay(segment: &mut MergedSegment, item: &CarriedSegment) {
    let mut elements: Vec<String> =
        segment.text.split(CARRIED_ELEMENT).map(str::to_owned).collect();
    for (index, carried) in item.elements().enumerate() {
        let element = index + 1;
        if carried.is_empty() {
            continue;
        }
        if elements.len() <= element {
            elements.resize(element + 1, String::new());
        }
        let is_usual = element < 32 && segment.usual & (1 << element) != 0;
        elements[element] = match (is_usual, elements[element].as_str()) {
            (true, _) | (_, "" | "0") => carried.to_owned(),
            (false, own) => overlay_components(own, carried),
        };
    }
    segment.text = elements.join(&CARRIED_ELEMENT.to_string());
}

fn overlay_components(own: &str, carried: &str) -> String {
    let (first, repetitions) = match carried.split_once(CARRIED_REPETITION) {
        Some((first, rest)) => (first, Some(rest)),
        None => (carried, None),
    };
    let mut parts: Vec<&str> = own.split(CARRIED_COMPONENT).collect();
    for (index, component) in first.split(CARRIED_COMPONENT).enumerate() {
        if parts.len() <= index {
            parts.resize(index + 1, "");
        }
        if matches!(parts[index], "" | "0") {
            parts[index] = component;
        }
    }
    let mut text = parts.join(&CARRIED_COMPONENT.to_string());
    if let Some(rest) = repetitions {
        text.push(CARRIED_REPETITION);
        text.push_str(rest);
    }
    text
}

/// Loops stand in the order of their ids in both guides; the header is first.
fn loop_rank(id: &str) -> &str {
    match id {
        "HEADER" => "",
        "SUMMARY" => "~",
        _ => id,
    }
}

/// Where a segment stands in its loop (005010X222A1, X223A2 and X221A1, segment order).
fn segment_rank(loop_id: &str, segment_id: &str) -> usize {
    let order: &[&str] = match loop_id {
        "HEADER" => &["BHT", "BPR", "NTE", "TRN", "CUR", "REF", "DTM"],
        "2000" => &["LX", "TS3", "TS2"],
        "2000A" | "2000B" | "2000C" => &["HL", "SBR", "PRV", "CUR", "PAT"],
        "2100" => &["CLP", "CAS", "NM1", "MIA", "MOA", "REF", "DTM", "PER", "AMT", "QTY"],
        "2110" => &["SVC", "DTM", "CAS", "REF", "AMT", "QTY", "LQ"],
        "2300" => &[
            "CLM", "DTP", "CL1", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CR3",
            "CRC", "HI", "HCP",
        ],
        "2320" => &["SBR", "CAS", "AMT", "DMG", "OI", "MIA", "MOA"],
        "2400" => &[
            "LX", "SV1", "SV2", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1",
            "REF", "AMT", "K3", "NTE", "PS1", "HCP",
        ],
        "2410" => &["LIN", "CTP", "REF"],
        "2430" => &["SVD", "CAS", "DTP", "AMT"],
        "SUMMARY" => &["PLB"],
        _ => &["N1", "NM1", "PRV", "N3", "N4", "DMG", "DTP", "REF", "PER", "RDM"],
    };
    order.iter().position(|id| *id == segment_id).unwrap_or(order.len())
}

/// Composes one segment element by element.
pub(crate) struct Composer<'d> {
    draft: &'d mut Draft,
    start: usize,
    ordinal: u16,
    element: u32,
    usual: u32,
}

impl Composer<'_> {
    fn next(&mut self) {
        self.draft.text.push(CARRIED_ELEMENT);
        self.element += 1;
    }

    /// The next element.
    pub(crate) fn text(mut self, value: &str) -> Self {
        self.next();
        self.draft.push_value(value);
        self
    }

    /// The next element, left empty.
    pub(crate) fn empty(self) -> Self {
        self.text("")
    }

    /// The next n elements, left empty.
    pub(crate) fn skip(mut self, n: usize) -> Self {
        for _ in 0..n {
            self.next();
        }
        self
    }

    /// The next element, whose value is the guide's and not the model's.
    pub(crate) fn usual(mut self, value: &str) -> Self {
        self = self.text(value);
        if self.element < 32 {
            self.usual |= 1 << self.element;
        }
        self
    }

    /// The next element, an amount.
    pub(crate) fn cents(mut self, value: Cents) -> Self {
        self.next();
        self.draft.push_cents(value);
        self
    }

    /// The next element, an amount or nothing.
    pub(crate) fn optional_cents(self, value: Option<Cents>) -> Self {
        match value {
            Some(cents) => self.cents(cents),
            None => self.empty(),
        }
    }

    /// The next element, a quantity or nothing.
    pub(crate) fn units(mut self, value: Option<Units>) -> Self {
        self.next();
        if let Some(units) = value {
            // Writing to a string cannot fail.
            let _ = write!(self.draft.text, "{units}");
        }
        self
    }

    /// The next element, a composite without its trailing empty components.
    pub(crate) fn composite<'v>(mut self, components: impl IntoIterator<Item = &'v str>) -> Self {
        self.next();
        let start = self.draft.text.len();
        for (index, component) in components.into_iter().enumerate() {
            if index > 0 {
                self.draft.text.push(CARRIED_COMPONENT);
            }
            self.draft.push_value(component);
        }
        self.draft.trim(start, CARRIED_COMPONENT);
        self
    }

    /// Ends the segment; one without any data is not written.
    pub(crate) fn end(self) {
        self.draft.trim(self.start, CARRIED_ELEMENT);
        let end = self.draft.text.len();
        let has_data = self.draft.text[self.start..end].contains(CARRIED_ELEMENT);
        if has_data {
            let (start, ordinal, usual) = (self.start, self.ordinal, self.usual);
            self.draft.segments.push(DraftSegment { start, end, ordinal, usual });
        } else {
            self.draft.text.truncate(self.start);
        }
    }
}

impl Draft {
    /// Says that the model holds more of something than a segment has room for.
    pub(crate) fn limit(&mut self, what: &'static str, count: usize, most: usize) {
        if count > most {
            self.refusal = Some(WriteError::TooMany { what, count, most });
        }
    }

    fn push_value(&mut self, value: &str) {
        if value.bytes().any(|byte| (0x1D..=0x1F).contains(&byte)) {
            self.refusal = Some(WriteError::ControlCharacter);
        }
        self.text.push_str(value);
    }

    fn trim(&mut self, start: usize, separator: char) {
        while self.text.len() > start && self.text.ends_with(separator) {
            self.text.pop();
        }
    }

    /// The shortest form of type R: no point when whole, no trailing zeros.
    fn push_cents(&mut self, value: Cents) {
        if value.is_negative() {
            self.text.push('-');
        }
        let magnitude = value.0.unsigned_abs();
        let (whole, cents) = (magnitude / 100, magnitude % 100);
        // Writing to a string cannot fail.
        let _ = match (cents, cents % 10) {
            (0, _) => write!(self.text, "{whole}"),
            (_, 0) => write!(self.text, "{whole}.{}", cents / 10),
            _ => write!(self.text, "{whole}.{cents:02}"),
        };
    }
}
