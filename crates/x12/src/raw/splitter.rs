//! Cuts a stream of bytes into segments, whatever the chunks; every byte comes out once.

use super::segment::Segment;
use super::separators::{ISA_PROBE_BYTES, IsaLayout, Separators};
use std::fmt;

/// A segment longer than this (256 KiB) is not read as one, so that memory stays bounded; the
/// longest text elements of the health care guides have 264 bytes.
pub const SEGMENT_BYTES_MAX: usize = 256 * 1024;

/// A piece of the stream. The pieces in order, with their leads and terminators, are the input.
///
/// Its `Debug` shows how many bytes there are and none of them.
pub enum Split<'a> {
    /// A segment.
    Segment {
        /// Blanks and line ends (and a byte-order mark) that stood before it.
        lead: &'a [u8],
        /// The segment without its terminator.
        segment: Segment<'a>,
        /// Byte offset of the segment in the file.
        offset: u64,
        /// False when the file ended before the terminator.
        is_terminated: bool,
        /// For an ISA: how it is laid out.
        header: Option<IsaLayout>,
    },
    /// Bytes that are no segment.
    Foreign {
        /// The bytes.
        bytes: &'a [u8],
        /// Byte offset in the file.
        offset: u64,
        /// Why they are no segment.
        kind: Foreign,
        /// False for the second and later pieces of one run.
        is_first: bool,
    },
}

impl fmt::Debug for Split<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Split::Segment { segment, offset, is_terminated, .. } => f
                .debug_struct("Segment")
                .field("segment", segment)
                .field("offset", offset)
                .field("is_terminated", is_terminated)
                .finish_non_exhaustive(),
            Split::Foreign { bytes, offset, kind, .. } => f
                .debug_struct("Foreign")
                .field("byte_count", &bytes.len())
                .field("offset", offset)
                .field("kind", kind)
                .finish_non_exhaustive(),
        }
    }
}

/// Why bytes are no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Blanks and line ends after the last segment.
    Blank,
    /// Text before an ISA or after an IEA.
    OutsideInterchange,
    /// A segment longer than [`SEGMENT_BYTES_MAX`].
    Oversized,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// In the middle of a segment that is too long; ends at the next terminator.
    Oversized,
}

/// Push bytes in any chunks, take segments out: the separators come from each ISA in turn.
///
/// Call [`Splitter::push`], then [`Splitter::next_segment`] until it gives nothing, and so on;
/// after the last chunk [`Splitter::finish`] and take the rest. What has been taken is dropped
/// at the next push, so memory is one chunk and one segment.
pub struct Splitter {
    buffer: Vec<u8>,
    /// Start of what has not been taken.
    start: usize,
    /// Up to here no terminator (or ISA) was found.
    scanned: usize,
    /// File offset of the buffer's first byte.
    base: u64,
    state: State,
    separators: Separators,
    is_finished: bool,
    in_run: bool,
    ends: Vec<u32>,
}

impl Default for Splitter {
    fn default() -> Splitter {
        Splitter::new()
    }
}

impl Splitter {
    /// A splitter at the start of a file.
    #[must_use]
    pub fn new() -> Splitter {
        Splitter {
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            base: 0,
            state: State::Outside,
            separators: Separators::default(),
            is_finished: false,
            in_run: false,
            ends: Vec::new(),
        }
    }

    /// Gives the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.copy_within(self.start.., 0);
            self.buffer.truncate(self.buffer.len() - self.start);
            self.base += self.start as u64;
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the file has ended.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// The separators in force: those of the last ISA.
    #[must_use]
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// The next piece; nothing when more bytes are needed or, after `finish`, at the end.
    pub fn next_segment(&mut self) -> Option<Split<'_>> {
        match self.state {
            State::Outside => self.outside(),
            State::Inside => self.inside(),
            State::Oversized => self.oversized(),
        }
    }

    /// Looks for an interchange header; what precedes it is foreign unless blank.
    fn outside(&mut self) -> Option<Split<'_>> {
        let lead_end = self.blank_end(self.start, None);
        let mut from = lead_end.max(self.scanned);
        loop {
            let rest = &self.buffer[from..];
            let Some(found) = memchr::memmem::find(rest, b"ISA") else { break };
            let at = from + found;
            let available = self.buffer.len() - at;
            if available < ISA_PROBE_BYTES && !self.is_finished {
                if at > lead_end {
                    return self.foreign(at, Foreign::OutsideInterchange);
                }
                self.scanned = at;
                return None;
            }
            if IsaLayout::detect(&self.buffer[at..]).is_some() {
                if at > lead_end {
                    return self.foreign(at, Foreign::OutsideInterchange);
                }
                return self.inside();
            }
            from = at + 3;
        }
        if self.is_finished {
            let kind = if lead_end == self.buffer.len() {
                Foreign::Blank
            } else {
                Foreign::OutsideInterchange
            };
            return self.foreign(self.buffer.len(), kind);
        }
        // The last two bytes may be the beginning of an ISA.
        let sure = self.buffer.len().saturating_sub(2);
        self.scanned = sure.max(self.start);
        if lead_end < sure && sure - self.start >= SEGMENT_BYTES_MAX.min(4096) {
            return self.foreign(sure, Foreign::OutsideInterchange);
        }
        None
    }

    /// Cuts the next segment at its terminator.
    fn inside(&mut self) -> Option<Split<'_>> {
        let terminator = (self.state == State::Inside).then_some(self.separators.segment);
        let begin = self.blank_end(self.start, terminator);
        let mut header = None;
        if self.buffer[begin..].starts_with(b"ISA") {
            if self.buffer.len() - begin < ISA_PROBE_BYTES && !self.is_finished {
                return None;
            }
            header = IsaLayout::detect(&self.buffer[begin..]);
            if let Some(layout) = header {
                self.separators = layout.separators;
                self.state = State::Inside;
            }
        }
        let search = match header {
            Some(layout) => begin + layout.length,
            None => begin.max(self.scanned),
        };
        let found = memchr::memchr(self.separators.segment, &self.buffer[search..]);
        let end = match found {
            Some(at) => search + at,
            None if self.is_finished && begin == self.buffer.len() => {
                return self.foreign(begin, Foreign::Blank);
            }
            None if self.is_finished => self.buffer.len(),
            None => {
                self.scanned = self.buffer.len();
                if self.buffer.len() - begin <= SEGMENT_BYTES_MAX {
                    return None;
                }
                usize::MAX
            }
        };
        if end == usize::MAX || end - begin > SEGMENT_BYTES_MAX {
            self.state = State::Oversized;
            return self.oversized();
        }
        Some(self.segment(begin, end, header, found.is_some()))
    }

    fn segment(
        &mut self,
        begin: usize,
        end: usize,
        header: Option<IsaLayout>,
        is_terminated: bool,
    ) -> Split<'_> {
        let lead = self.start..begin;
        self.start = if is_terminated { end + 1 } else { end };
        self.scanned = self.start;
        self.in_run = false;
        self.ends.clear();
        let bytes = &self.buffer[begin..end];
        Segment::find_ends(bytes, self.separators.element, &mut self.ends);
        let segment = Segment::from_parts(bytes, &self.ends, self.separators);
        if bytes.starts_with(b"IEA") && segment.id() == "IEA" {
            self.state = State::Outside;
        }
        let offset = self.base + begin as u64;
        Split::Segment { lead: &self.buffer[lead], segment, offset, is_terminated, header }
    }

    /// Passes a segment that is too long through in pieces, its terminator included.
    fn oversized(&mut self) -> Option<Split<'_>> {
        let rest = &self.buffer[self.start..];
        match memchr::memchr(self.separators.segment, rest) {
            Some(at) if at != 0 || self.in_run => {
                let end = self.start + at + 1;
                self.state = State::Inside;
                self.foreign(end, Foreign::Oversized)
            }
            _ if rest.is_empty() => {
                if self.is_finished {
                    self.state = State::Inside;
                }
                None
            }
            _ => self.foreign(self.buffer.len(), Foreign::Oversized),
        }
    }

    /// Takes everything up to `end` as foreign; nothing when there is nothing.
    fn foreign(&mut self, end: usize, kind: Foreign) -> Option<Split<'_>> {
        if end == self.start {
            return None;
        }
        let begin = self.start;
        let is_first = !self.in_run;
        // A run of oversized bytes ends where its terminator lets the state go back to normal.
        self.in_run = kind != Foreign::Oversized || self.state == State::Oversized;
        self.start = end;
        self.scanned = end;
        let offset = self.base + begin as u64;
        Some(Split::Foreign { bytes: &self.buffer[begin..end], offset, kind, is_first })
    }

    /// The first byte from `from` on that is neither blank nor line end nor byte-order mark,
    /// nor, inside an interchange, anything but the terminator.
    fn blank_end(&self, from: usize, terminator: Option<u8>) -> usize {
        let mut at = from;
        if self.base == 0 && at == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            at = 3;
        }
        while let Some(&byte) = self.buffer.get(at) {
            let is_blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            if !is_blank || Some(byte) == terminator {
                break;
            }
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
                       *260101*1200*^*00501*000000001*0*P*:~";

    /// Describes the pieces that come out when the text is pushed in chunks of `chunk` bytes.
    fn pieces(text: &[u8], chunk: usize) -> Vec<String> {
        let mut splitter = Splitter::new();
        let mut out = Vec::new();
        let mut input = text.chunks(chunk);
        loop {
            let next = input.next();
            match next {
                Some(bytes) => splitter.push(bytes),
                None => splitter.finish(),
            }
            while let Some(split) = splitter.next_segment() {
                out.push(match split {
                    Split::Segment { segment, offset, is_terminated, .. } => {
                        let end = if is_terminated { "" } else { "!" };
                        format!("{}@{offset}{end}", segment.id())
                    }
                    Split::Foreign { bytes, kind, .. } => format!("{kind:?}:{}", bytes.len()),
                });
            }
            if next.is_none() {
                return out;
            }
        }
    }

    #[test]
    fn every_chunking_gives_the_same_segments() {
        let other = ISA.replace('*', "|").replace('~', "!");
        let text = format!("\u{feff}{ISA}\r\nGS*HC~\nIEA*1*1~\n-- note --\n{other}GS|HC!IEA|1|1");
        let whole = pieces(text.as_bytes(), usize::MAX >> 1);
        assert_eq!(
            whole,
            [
                "ISA@3",
                "GS@111",
                "IEA@118",
                "OutsideInterchange:12",
                "ISA@138",
                "GS@244",
                "IEA@250!"
            ]
        );
        for chunk in 1..150 {
            assert_eq!(pieces(text.as_bytes(), chunk), whole, "chunks of {chunk}");
        }
    }

    #[test]
    fn an_endless_segment_is_passed_through_and_reading_goes_on() {
        let long = "X".repeat(SEGMENT_BYTES_MAX + 1);
        let text = format!("{ISA}NTE*{long}~SE*1*1~");
        let out = pieces(text.as_bytes(), 10_000);
        assert_eq!(out.first().map(String::as_str), Some("ISA@0"));
        assert_eq!(out.last(), Some(&format!("SE@{}", ISA.len() + long.len() + 5)));
        assert!(out[1].starts_with("Oversized"));
    }

    #[test]
    fn bytes_without_any_interchange_are_foreign() {
        assert_eq!(pieces(b"ST*835*1~SE*1*1~", 7), ["OutsideInterchange:16"]);
        assert_eq!(pieces(b" \r\n", 1), ["Blank:3"]);
        assert_eq!(pieces(b"", 1), [""; 0]);
    }
}
