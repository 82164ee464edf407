//! Reading and writing back: the same bytes for every syntactically valid file.

use crate::check::{Profile, Sink};
use crate::raw::{Located, Segment, SegmentMeta, Split, Splitter};
use crate::read::{Envelopes, Step, foreign_finding, no_interchange};
use counterfoil_base::{Finding, Position};

/// Reads a stream into segments and elements and writes it back through a sink.
///
/// What is written is put together from the parsed elements, with the line ends that stood
/// between segments. Bytes outside an interchange and segments too long to parse pass through,
/// each run with a finding, so that accepted and refused bytes together are the input. The
/// findings are those of syntax: envelope pairs, counts, control numbers, separators.
pub struct RoundTrip {
    splitter: Splitter,
    envelopes: Envelopes,
    file_index: u64,
    end_offset: u64,
    written: Vec<u8>,
    found: Sink,
    foreign: Vec<Finding>,
}

impl Default for RoundTrip {
    fn default() -> RoundTrip {
        RoundTrip::new()
    }
}

impl RoundTrip {
    /// At the start of a file.
    #[must_use]
    pub fn new() -> RoundTrip {
        RoundTrip {
            splitter: Splitter::new(),
            envelopes: Envelopes::new(Profile::Strict),
            file_index: 0,
            end_offset: 0,
            written: Vec::new(),
            found: Vec::new(),
            foreign: Vec::new(),
        }
    }

    /// Takes the next bytes of the file and gives the sink what can be written.
    pub fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        self.splitter.push(bytes);
        self.drain(&mut sink);
    }

    /// Ends the file; gives the findings, none of them an error when it is syntactically valid.
    pub fn finish(mut self, mut sink: impl FnMut(&[u8])) -> Vec<Finding> {
        self.splitter.finish();
        self.drain(&mut sink);
        let mut ends = Vec::new();
        let nothing = Segment::parse(b"", self.splitter.separators(), &mut ends);
        let meta = SegmentMeta::unplaced(self.file_index + 1, 0, self.end_offset);
        let at = Located::new(nothing, &meta);
        while self.envelopes.end_of_file(&at, &mut self.found).is_some() {}
        let mut findings = self.foreign;
        findings.extend(self.found.into_iter().map(|noted| noted.finding));
        if self.file_index == 0 {
            findings.push(no_interchange());
        }
        findings.sort_by_key(|finding| finding.position.offset);
        findings
    }

    fn drain(&mut self, sink: &mut impl FnMut(&[u8])) {
        while let Some(split) = self.splitter.next_segment() {
            match split {
                Split::Segment { lead, segment, is_terminated, offset, header } => {
                    self.written.clear();
                    self.written.extend_from_slice(lead);
                    write_segment(&mut self.written, &segment, is_terminated);
                    sink(&self.written);
                    self.end_offset = offset + segment.bytes().len() as u64 + 1;
                    if segment.bytes().is_empty() || !is_terminated {
                        self.foreign.push(incomplete(&segment, self.file_index + 1, offset));
                    }
                    if segment.bytes().is_empty() {
                        continue;
                    }
                    self.file_index += 1;
                    loop {
                        let index = self.envelopes.transaction_index(segment.tag());
                        let meta = SegmentMeta::unplaced(self.file_index, index, offset);
                        let at = Located::new(segment, &meta);
                        let step = self.envelopes.step(&at, header, &mut self.found);
                        if !matches!(step, Step::Implied(_)) {
                            break;
                        }
                    }
                }
                Split::Foreign { bytes, offset, kind, is_first } => {
                    sink(bytes);
                    self.end_offset = offset + bytes.len() as u64;
                    if is_first {
                        self.foreign.extend(foreign_finding(kind, self.file_index, offset));
                    }
                }
            }
        }
    }
}

/// [`RoundTrip`] over a file in memory: the bytes written and the findings.
#[must_use]
pub fn round_trip(bytes: &[u8]) -> (Vec<u8>, Vec<Finding>) {
    let mut written = Vec::with_capacity(bytes.len());
    let mut trip = RoundTrip::new();
    trip.push(bytes, |piece| written.extend_from_slice(piece));
    let findings = trip.finish(|piece| written.extend_from_slice(piece));
    (written, findings)
}

fn write_segment(out: &mut Vec<u8>, segment: &Segment<'_>, is_terminated: bool) {
    let separators = segment.separators();
    out.extend_from_slice(segment.element(0));
    for element in 1..=segment.element_count() {
        out.push(separators.element);
        out.extend_from_slice(segment.element(element));
    }
    if is_terminated {
        out.push(separators.segment);
    }
}

fn incomplete(segment: &Segment<'_>, file_index: u64, offset: u64) -> Finding {
    let finding = match segment.bytes().is_empty() {
        true => {
            Finding::warning("X12-1-empty-segment", 1, "two segment terminators follow each other")
        }
        false => {
            Finding::warning("X12-1-terminator-missing", 1, "the last segment has no terminator")
        }
    };
    finding
        .at(Position {
            segment: Some(file_index),
            segment_id: segment.id().to_owned(),
            offset: Some(offset),
            ..Position::default()
        })
        .because("Each segment has an identifier and ends with the terminator that ISA names")
        .fix("End each segment with one terminator")
}
