//! Reads files of any size: envelope events, one unit (claim, payment) at a time, findings.

mod codes;
mod core;
mod envelope;
mod rules;
mod situations;
mod unit;

pub use envelope::{Group, Interchange, TransactionHeader};
pub use unit::{Event, Transaction, TransactionEnd, Unit};

pub(crate) use self::core::no_interchange;
pub(crate) use envelope::{Envelopes, GS, ISA, ST, Step, is_party_qualifier};

use self::core::Core;
use crate::acknowledge::AckLog;
use crate::check::Profile;
use crate::guide::{CodeLookup, CodeSet, NoTables};
use crate::raw::{Foreign, Located, SegmentBuffer, SegmentMeta, Split, Splitter};
use counterfoil_base::{Finding, Position};
use std::sync::Arc;

/// How to read.
#[derive(Clone)]
pub struct ReadOptions {
    /// How strictly the file is judged.
    pub profile: Profile,
    /// The caller's code tables (SNIP 5).
    pub codes: Arc<dyn CodeLookup>,
    /// A unit longer than this is given in parts, so that memory stays bounded; 8 MiB.
    pub unit_bytes_max: usize,
    /// Whether to keep what a TA1 and a 999 need.
    pub keeps_acknowledgements: bool,
    /// True for a payer that answers each claim in a 277CA: an error of SNIP type 1 or 2 in the
    /// detail of a claim file (2000A and below) is noted in the 999 (IK5 `E`) and refuses the
    /// claims that it concerns, not the hundred others of their transaction set.
    pub answers_claims_alone: bool,
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            profile: Profile::Lenient,
            codes: Arc::new(NoTables),
            unit_bytes_max: 8 << 20,
            keeps_acknowledgements: true,
            answers_claims_alone: false,
        }
    }
}

/// Reads a stream of X12 interchanges.
///
/// Push bytes in any chunks and take events until there is none; after the last chunk call
/// [`Reader::finish`] and take the rest. Memory holds one unit with the loops around it,
/// whatever the size of the file.
///
/// ```
/// use counterfoil_x12::{Event, ReadOptions, Reader};
/// let mut reader = Reader::new(ReadOptions::default());
/// reader.push(b"no X12 at all");
/// reader.finish();
/// let mut codes = Vec::new();
/// while let Some(event) = reader.next_event() {
///     if let Event::Finding(finding) = event {
///         codes.push(finding.code.clone());
///     }
/// }
/// assert_eq!(codes, ["X12-1-outside-interchange", "X12-1-no-interchange"]);
/// ```
pub struct Reader {
    splitter: Splitter,
    core: Core,
    /// A segment that waits until the unit before it has been taken.
    pending: SegmentBuffer,
    pending_header: Option<crate::raw::IsaLayout>,
    file_index: u64,
    end_offset: u64,
    is_finished: bool,
    is_over: bool,
}

impl Reader {
    /// A reader at the start of a file.
    #[must_use]
    pub fn new(options: ReadOptions) -> Reader {
        Reader {
            splitter: Splitter::new(),
            core: Core::new(options),
            pending: SegmentBuffer::new(),
            pending_header: None,
            file_index: 0,
            end_offset: 0,
            is_finished: false,
            is_over: false,
        }
    }

    /// Gives the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
    }

    /// Says that the file has ended.
    pub fn finish(&mut self) {
        self.splitter.finish();
        self.is_finished = true;
    }

    /// The next event; nothing when more bytes are needed or, after `finish`, at the end.
    pub fn next_event(&mut self) -> Option<Event<'_>> {
        self.core.clean_up();
        loop {
            if let Some(out) = self.core.out.pop_front() {
                return Some(self.core.event(out));
            }
            if !self.step() {
                return None;
            }
        }
    }

    /// What a TA1 and a 999 say about the interchanges read so far.
    #[must_use]
    pub fn acknowledgements(&self) -> &AckLog {
        &self.core.acks
    }

    /// Code sets that the file uses and for which there was no table: checks that did not run.
    pub fn missing_tables(&self) -> impl Iterator<Item = CodeSet> + '_ {
        self.core.codes.missing_tables()
    }

    /// How many segments were read.
    #[must_use]
    pub fn segment_count(&self) -> u64 {
        self.file_index
    }

    /// Does one piece of work; false when there is none.
    fn step(&mut self) -> bool {
        if let Some(located) = self.pending.get(0) {
            let stays = self.core.segment(&located, self.pending_header);
            if !stays {
                self.pending.clear();
            }
            return true;
        }
        let Reader { splitter, core, pending, pending_header, file_index, end_offset, .. } = self;
        match splitter.next_segment() {
            Some(Split::Segment { segment, offset, is_terminated, header, .. }) => {
                *end_offset = offset + segment.bytes().len() as u64 + 1;
                if segment.bytes().is_empty() {
                    core.empty_segment(*file_index, offset);
                    return true;
                }
                *file_index += 1;
                let index = core.transaction_index(segment.tag());
                let meta = SegmentMeta::unplaced(*file_index, index, offset);
                let located = Located::new(segment, &meta);
                if !is_terminated {
                    core.unterminated(&located);
                }
                if core.segment(&located, header) {
                    pending.push(segment, meta);
                    *pending_header = header;
                }
                true
            }
            Some(Split::Foreign { bytes, offset, kind, is_first }) => {
                *end_offset = offset + bytes.len() as u64;
                if is_first {
                    core.foreign(kind, *file_index, offset);
                }
                true
            }
            None if self.is_finished && !self.is_over => {
                self.is_over = !self.core.end_of_file(self.file_index, self.end_offset);
                true
            }
            None => false,
        }
    }
}

/// What is said about bytes that are no segment; blanks are not spoken of.
pub(crate) fn foreign_finding(kind: Foreign, file_index: u64, offset: u64) -> Option<Finding> {
    let finding = match kind {
        Foreign::Blank => return None,
        Foreign::OutsideInterchange => Finding::error(
            "X12-1-outside-interchange",
            1,
            "there is text outside any interchange (before an ISA or after an IEA)",
        )
        .because("An interchange begins with ISA and ends with IEA; nothing else is read")
        .fix("Send files that hold interchanges alone"),
        Foreign::Oversized => Finding::error(
            "X12-1-segment-too-long",
            1,
            "a segment is longer than 256 KiB and was not read",
        )
        .because("Memory is bounded; no segment of the guides comes near this length")
        .fix("Look for a missing segment terminator"),
    };
    Some(finding.at(Position {
        segment: Some(file_index + 1),
        offset: Some(offset),
        ..Position::default()
    }))
}
