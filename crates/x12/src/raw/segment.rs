//! One segment as it stands in the file: elements, components and repetitions without copies.

use super::separators::Separators;
use counterfoil_base::Text;
use std::fmt;

/// A segment: its bytes without the terminator, cut into elements.
///
/// Elements are numbered from 1 as the standard numbers them; element 0 is the identifier.
/// An element that the segment does not hold reads as empty, because X12 lets trailing empty
/// elements be left out. `Debug` shows the identifier and the element count alone: the data
/// may be personal.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    bytes: &'a [u8],
    /// End offset in `bytes` of the identifier and of each element.
    ends: &'a [u32],
    separators: Separators,
}

/// A segment identifier packed into an integer, so that identifiers compare in one step.
///
/// Identifiers of the standard have 2 or 3 characters; longer ones pack to [`SegmentTag::LONG`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentTag(u32);

impl SegmentTag {
    /// The tag of every identifier that is longer than 4 bytes, which no standard has.
    pub const LONG: SegmentTag = SegmentTag(u32::MAX);

    /// Packs an identifier.
    #[must_use]
    #[inline]
    pub const fn new(id: &[u8]) -> SegmentTag {
        match *id {
            [] => SegmentTag(0),
            [a] => SegmentTag(a as u32),
            [a, b] => SegmentTag(a as u32 | (b as u32) << 8),
            [a, b, c] => SegmentTag(a as u32 | (b as u32) << 8 | (c as u32) << 16),
            [a, b, c, d] => {
                SegmentTag(a as u32 | (b as u32) << 8 | (c as u32) << 16 | (d as u32) << 24)
            }
            _ => SegmentTag::LONG,
        }
    }
}

impl<'a> Segment<'a> {
    /// Views bytes (without terminator) that were cut by [`Segment::find_ends`].
    #[inline]
    pub(crate) fn from_parts(
        bytes: &'a [u8],
        ends: &'a [u32],
        separators: Separators,
    ) -> Segment<'a> {
        Segment { bytes, ends, separators }
    }

    /// Cuts a segment (without terminator) into elements; `ends` is the caller's to reuse.
    pub fn parse(bytes: &'a [u8], separators: Separators, ends: &'a mut Vec<u32>) -> Segment<'a> {
        ends.clear();
        Segment::find_ends(bytes, separators.element, ends);
        Segment { bytes, ends, separators }
    }

    /// Appends the end offsets of identifier and elements.
    pub(crate) fn find_ends(bytes: &[u8], element: u8, ends: &mut Vec<u32>) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut at = 0;
        let mut blocks = bytes.chunks_exact(8);
        for block in &mut blocks {
            let mut found = <[u8; 8]>::try_from(block).map_or(0, |eight| matches(eight, element));
            while found != 0 {
                ends.push(offset(at + (found.trailing_zeros() / 8) as usize));
                found &= found - 1;
            }
            at += 8;
        }
        for (index, &byte) in blocks.remainder().iter().enumerate() {
            if byte == element {
                ends.push(offset(at + index));
            }
        }
        ends.push(offset(bytes.len()));
    }

    /// The segment identifier, for example `NM1`; empty when it is not readable text.
    #[must_use]
    #[inline]
    pub fn id(&self) -> &'a str {
        std::str::from_utf8(self.slice(0)).unwrap_or("")
    }

    /// The bytes of the segment identifier, for telling segments apart.
    #[inline]
    #[must_use]
    pub fn id_bytes(&self) -> &'a [u8] {
        self.slice(0)
    }

    /// The elements that hold something: bit n is set for element n, bit 63 also for those
    /// behind the 63rd, which no segment of the standard has.
    #[inline]
    #[must_use]
    pub fn present(&self) -> u64 {
        let mut bits = 0;
        let mut from = self.ends.first().copied().unwrap_or(0);
        for (index, &end) in self.ends.iter().enumerate().skip(1) {
            if end > from.saturating_add(1) {
                bits |= 1 << index.min(63);
            }
            from = end;
        }
        bits
    }

    /// The segment identifier when it has the form of one (two or three letters and digits),
    /// else empty: what stands there otherwise may be a piece of a name, cut off by a separator
    /// within it, and is not for printing.
    #[must_use]
    pub fn shown_id(&self) -> &'a str {
        let id = self.id();
        let has_form = matches!(id.len(), 2 | 3) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if has_form { id } else { "" }
    }

    /// The identifier as one integer.
    #[must_use]
    #[inline]
    pub fn tag(&self) -> SegmentTag {
        SegmentTag::new(self.slice(0))
    }

    /// The n-th element's bytes (1-based); empty when absent.
    #[must_use]
    #[inline]
    pub fn element(&self, n: usize) -> &'a [u8] {
        self.slice(n)
    }

    /// The n-th element as text; empty when absent or not UTF-8.
    #[must_use]
    pub fn text(&self, n: usize) -> &'a str {
        std::str::from_utf8(self.slice(n)).unwrap_or("")
    }

    /// The n-th element as text that never loses a byte: UTF-8, or else each byte read as
    /// Latin-1 (ISO 8859-1), which is what senders of accented names use in practice.
    #[must_use]
    pub fn text_lossless(&self, n: usize) -> Text {
        decode(self.slice(n))
    }

    /// The c-th component (1-based) of the n-th element's first repetition; empty when absent.
    #[must_use]
    #[inline]
    pub fn component(&self, n: usize, c: usize) -> &'a [u8] {
        let whole = self.slice(n);
        let repetition = self.repetition();
        let (mut current, mut start) = (1, 0);
        for (at, &byte) in whole.iter().enumerate() {
            if byte != self.separators.component && Some(byte) != repetition {
                continue;
            }
            if current == c || Some(byte) == repetition {
                return if current == c { whole.get(start..at).unwrap_or(b"") } else { b"" };
            }
            current += 1;
            start = at + 1;
        }
        if current == c { whole.get(start..).unwrap_or(b"") } else { b"" }
    }

    /// The components of the n-th element's first repetition.
    #[inline]
    pub fn components(&self, n: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let first = self.repetitions(n).next().unwrap_or(b"");
        split(first, Some(self.separators.component))
    }

    /// The repetitions of the n-th element: one when the element does not repeat.
    ///
    /// [`Segment::split_components`] cuts a repetition into components.
    #[inline]
    pub fn repetitions(&self, n: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        split(self.slice(n), self.repetition())
    }

    /// What parts repetitions; nothing in ISA, whose ISA11 and ISA16 hold the separators.
    #[inline]
    fn repetition(&self) -> Option<u8> {
        if self.bytes.starts_with(b"ISA") { None } else { self.separators.repetition }
    }

    /// Cuts one repetition of an element into components.
    #[inline]
    pub fn split_components(
        &self,
        repetition: &'a [u8],
    ) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        split(repetition, Some(self.separators.component))
    }

    /// How many elements the segment holds, trailing empty ones included.
    #[must_use]
    #[inline]
    pub fn element_count(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// Byte offset of the n-th element within the segment; the segment's length when absent.
    #[must_use]
    pub fn offset_in_segment(&self, n: usize) -> usize {
        if n == 0 {
            return 0;
        }
        self.ends
            .get(n - 1)
            .map_or(self.bytes.len(), |&end| (end as usize + 1).min(self.bytes.len()))
    }

    /// The whole segment without its terminator.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The separators of the interchange that the segment stands in.
    #[must_use]
    #[inline]
    pub fn separators(&self) -> Separators {
        self.separators
    }

    #[inline]
    pub(crate) fn ends(&self) -> &'a [u32] {
        self.ends
    }

    #[inline]
    fn slice(&self, n: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(n) else { return b"" };
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize + 1 };
        self.bytes.get(start..end as usize).unwrap_or(b"")
    }
}

/// Which of eight bytes are `wanted`: the highest bit of byte n, counted from the lowest, is set
/// when the n-th is. Seven bits of each byte are added to so that no carry leaves the byte.
#[inline]
fn matches(eight: [u8; 8], wanted: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);
    let differing = u64::from_le_bytes(eight) ^ u64::from_ne_bytes([wanted; 8]);
    !(((differing & LOW) + LOW) | differing | LOW)
}

/// UTF-8 when it is, Latin-1 otherwise.
fn decode(bytes: &[u8]) -> Text {
    match std::str::from_utf8(bytes) {
        Ok(text) => Text::from(text),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Parts `bytes` at each separator; without a separator the whole is one part.
#[inline]
fn split<'a>(bytes: &'a [u8], separator: Option<u8>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let current = rest?;
        let cut = separator.and_then(|byte| current.iter().position(|b| *b == byte));
        match cut {
            Some(at) => {
                rest = Some(&current[at + 1..]);
                Some(&current[..at])
            }
            None => rest.take(),
        }
    })
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment({}, {} elements)", self.shown_id(), self.element_count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_components_and_repetitions_are_cut_where_the_standard_cuts() {
        let mut ends = Vec::new();
        let bytes = b"SV1*HC:99213:25*125.5*UN*1***1:2*A^B^C*";
        let segment = Segment::parse(bytes, Separators::default(), &mut ends);
        assert_eq!(segment.id(), "SV1");
        assert_eq!(segment.tag(), SegmentTag::new(b"SV1"));
        assert_eq!(segment.element_count(), 9);
        assert_eq!(segment.text(2), "125.5");
        assert_eq!(segment.component(1, 2), b"99213");
        assert_eq!(segment.component(1, 4), b"");
        assert_eq!(segment.component(1, 0), b"");
        assert_eq!(segment.components(7).count(), 2);
        assert_eq!(segment.repetitions(8).collect::<Vec<_>>(), [b"A", b"B", b"C"]);
        assert_eq!(segment.element(9), b"");
        assert_eq!(segment.element(99), b"");
        assert_eq!(segment.offset_in_segment(2), 16);
        assert_eq!(segment.offset_in_segment(50), bytes.len());
        assert_eq!(format!("{segment:?}"), "Segment(SV1, 9 elements)");
    }

    #[test]
    fn elements_end_at_each_separator_whatever_the_bytes() {
        let all: Vec<u8> = (0..=255).collect();
        for element in [b'*', b'|', 0x1D, 0xFF, 0x80, 0x7F] {
            for text in [&all[..], b"*", b"", b"A*BC**DEFGHIJ*", b"\xAA*\x2A\xAA*\x2B*"] {
                for from in 0..text.len().min(20) {
                    let part = &text[from..];
                    let mut ends = Vec::new();
                    Segment::find_ends(part, element, &mut ends);
                    let plain = (0..part.len()).filter(|at| part[*at] == element);
                    let plain: Vec<u32> = plain.chain([part.len()]).map(|at| at as u32).collect();
                    assert_eq!(ends, plain);
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_read_as_latin_1() {
        let mut ends = Vec::new();
        let segment = Segment::parse(b"NM1*MU\xd1OZ", Separators::default(), &mut ends);
        assert_eq!(segment.text(1), "");
        assert_eq!(segment.text_lossless(1), "MU\u{d1}OZ");
        assert_eq!(segment.element(1).len(), 5);
    }
}
