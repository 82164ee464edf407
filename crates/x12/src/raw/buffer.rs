//! An arena that owns a run of segments and where they stand; reused without reallocating.

use super::segment::Segment;
use super::separators::Separators;
use counterfoil_base::Position;
use std::ops::Deref;

/// Where a segment stands, in the file and in the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentMeta {
    /// 1-based position in the file, the first ISA being 1.
    pub file_index: u64,
    /// 1-based position in the transaction set, ST being 1; 0 outside one.
    pub transaction_index: u32,
    /// Byte offset in the file.
    pub offset: u64,
    /// Loop identifier of the guide, for example `2010AA`; empty at the top level of a
    /// transaction set and when there is no guide.
    pub loop_id: &'static str,
    /// Loop path, for example `2000A/2010AA`.
    pub loop_path: &'static str,
    /// Number of this occurrence of the loop: unique in the transaction set and growing; two
    /// segments stand in the same occurrence when the numbers are equal. 0 at the top level.
    pub loop_instance: u32,
    /// Number of the occurrence that this occurrence is nested in; 0 at the top level.
    pub parent_instance: u32,
    /// 1-based service line within the unit; 0 when the segment belongs to no line.
    pub service_line: u32,
    /// Index of the loop in the guide.
    pub(crate) loop_index: u16,
    /// Index of the segment's definition in the guide; `u16::MAX` when it has none.
    pub(crate) definition: u16,
}

impl SegmentMeta {
    /// A segment of which only the place in the file is known.
    #[must_use]
    pub fn unplaced(file_index: u64, transaction_index: u32, offset: u64) -> SegmentMeta {
        SegmentMeta {
            file_index,
            transaction_index,
            offset,
            loop_id: "",
            loop_path: "",
            loop_instance: 0,
            parent_instance: 0,
            service_line: 0,
            loop_index: 0,
            definition: u16::MAX,
        }
    }

    /// A position in the segment with this identifier, `within` bytes from its beginning.
    pub(crate) fn position(
        &self,
        segment_id: String,
        (element, component): (usize, usize),
        within: usize,
    ) -> Position {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position {
            segment: Some(self.file_index),
            segment_in_transaction: (self.transaction_index > 0)
                .then_some(u64::from(self.transaction_index)),
            segment_id,
            element: small(element),
            component: small(component),
            offset: Some(self.offset.saturating_add(within as u64)),
            loop_path: self.loop_path.to_owned(),
            service_line: (self.service_line > 0).then_some(self.service_line),
        }
    }
}

/// A segment with where it stands; the fields of [`SegmentMeta`] can be named on it directly.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The segment.
    pub segment: Segment<'a>,
    meta: &'a SegmentMeta,
}

impl Deref for Located<'_> {
    type Target = SegmentMeta;

    fn deref(&self) -> &SegmentMeta {
        self.meta
    }
}

impl<'a> Located<'a> {
    pub(crate) fn new(segment: Segment<'a>, meta: &'a SegmentMeta) -> Located<'a> {
        Located { segment, meta }
    }

    /// The position for a finding about the n-th element (0: the segment) and its c-th
    /// component (0: the element).
    #[must_use]
    pub fn position(&self, element: usize, component: usize) -> Position {
        let within = self.segment.offset_in_segment(element);
        let id = self.segment.shown_id().to_owned();
        self.meta.position(id, (element, component), within)
    }
}

#[derive(Clone, Copy)]
struct Entry {
    bytes_start: usize,
    bytes_end: usize,
    ends_start: usize,
    ends_end: usize,
    separators: Separators,
    meta: SegmentMeta,
}

/// A length of a [`SegmentBuffer`] to which it can be cut back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentMark {
    entries: usize,
    bytes: usize,
    ends: usize,
}

/// Owns a run of segments: their bytes, their element ends and where they stand.
#[derive(Default)]
pub struct SegmentBuffer {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    entries: Vec<Entry>,
}

impl SegmentBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> SegmentBuffer {
        SegmentBuffer::default()
    }

    /// Copies a segment to the end.
    pub fn push(&mut self, segment: Segment<'_>, meta: SegmentMeta) {
        let (bytes_start, ends_start) = (self.bytes.len(), self.ends.len());
        self.bytes.extend_from_slice(segment.bytes());
        self.ends.extend_from_slice(segment.ends());
        self.entries.push(Entry {
            bytes_start,
            bytes_end: self.bytes.len(),
            ends_start,
            ends_end: self.ends.len(),
            separators: segment.separators(),
            meta,
        });
    }

    /// How many segments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without segments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes the segments have.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The i-th segment (0-based).
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Located<'_>> {
        self.entries.get(index).map(|entry| self.view(entry))
    }

    /// The segments in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Located<'_>> + ExactSizeIterator + Clone {
        self.entries.iter().map(|entry| self.view(entry))
    }

    /// The segments from the i-th on (0-based).
    pub fn iter_from(
        &self,
        index: usize,
    ) -> impl DoubleEndedIterator<Item = Located<'_>> + ExactSizeIterator {
        let entries = self.entries.get(index..).unwrap_or(&[]);
        entries.iter().map(|entry| self.view(entry))
    }

    /// Where the segments stand, in order.
    pub(crate) fn metas(
        &self,
    ) -> impl DoubleEndedIterator<Item = &SegmentMeta> + ExactSizeIterator {
        self.entries.iter().map(|entry| &entry.meta)
    }

    /// Where the i-th segment (0-based) stands.
    pub(crate) fn meta(&self, index: usize) -> Option<&SegmentMeta> {
        self.entries.get(index).map(|entry| &entry.meta)
    }

    /// How many segments stand before the file position.
    pub(crate) fn count_before(&self, file_index: u64) -> usize {
        self.entries.partition_point(|entry| entry.meta.file_index < file_index)
    }

    /// The present length.
    #[must_use]
    pub fn mark(&self) -> SegmentMark {
        SegmentMark { entries: self.entries.len(), bytes: self.bytes.len(), ends: self.ends.len() }
    }

    /// Forgets the segments after a mark; the memory is kept for the next ones.
    pub fn truncate(&mut self, mark: SegmentMark) {
        self.entries.truncate(mark.entries);
        self.bytes.truncate(mark.bytes);
        self.ends.truncate(mark.ends);
    }

    /// Forgets all segments; the memory is kept.
    pub fn clear(&mut self) {
        self.truncate(SegmentMark::default());
    }

    fn view<'b>(&'b self, entry: &'b Entry) -> Located<'b> {
        let segment = Segment::from_parts(
            &self.bytes[entry.bytes_start..entry.bytes_end],
            &self.ends[entry.ends_start..entry.ends_end],
            entry.separators,
        );
        Located::new(segment, &entry.meta)
    }
}

impl SegmentMark {
    /// How many segments the buffer held.
    #[must_use]
    pub fn segments(self) -> usize {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_back_as_they_went_in() {
        let mut ends = Vec::new();
        let mut buffer = SegmentBuffer::new();
        for (index, text) in ["ST*837*1", "BHT*0019", "SE*2*1"].iter().enumerate() {
            let segment = Segment::parse(text.as_bytes(), Separators::default(), &mut ends);
            let index = index as u32 + 1;
            buffer.push(segment, SegmentMeta::unplaced(u64::from(index) + 2, index, 100));
        }
        assert_eq!(buffer.get(1).map(|s| s.segment.text(1)), Some("0019"));
        let position = buffer.get(1).unwrap().position(1, 0);
        assert_eq!((position.segment, position.offset), (Some(4), Some(104)));
        assert_eq!(position.segment_in_transaction, Some(2));
        let mark = buffer.mark();
        buffer.truncate(SegmentMark { entries: 1, bytes: 8, ends: 3 });
        assert_eq!(buffer.iter().map(|s| s.segment.id()).collect::<Vec<_>>(), ["ST"]);
        assert_eq!(mark.segments(), 3);
    }
}
