//! A first pass over the envelopes of a file: which transaction sets will be rejected whole.
//!
//! A trailer that does not agree (SE, GE, IEA) refuses everything that came before it. A reader
//! that acts on claims as they come must know this first; looking at envelopes alone is cheap.

use crate::check::{Profile, Sink};
use crate::raw::{IsaLayout, Located, Segment, SegmentMeta, SegmentTag, Split, Splitter};
use crate::read::{Envelopes, GS, ISA, ST, Step};

/// Looks at the envelopes of a stream.
pub struct EnvelopeScan {
    splitter: Splitter,
    state: State,
}

/// What is known of the envelopes so far.
struct State {
    envelopes: Envelopes,
    file_index: u64,
    end_offset: u64,
    found: Sink,
    /// File positions of the STs of the open group and of the open interchange.
    in_group: Vec<u64>,
    in_interchange: Vec<u64>,
    is_group_refused: bool,
    is_interchange_refused: bool,
    interchanges: u64,
    rejected: Vec<u64>,
}

impl Default for EnvelopeScan {
    fn default() -> EnvelopeScan {
        EnvelopeScan::new()
    }
}

impl EnvelopeScan {
    /// At the start of a file.
    #[must_use]
    pub fn new() -> EnvelopeScan {
        let state = State {
            envelopes: Envelopes::new(Profile::Lenient),
            file_index: 0,
            end_offset: 0,
            found: Vec::new(),
            in_group: Vec::new(),
            in_interchange: Vec::new(),
            is_group_refused: false,
            is_interchange_refused: false,
            interchanges: 0,
            rejected: Vec::new(),
        };
        EnvelopeScan { splitter: Splitter::new(), state }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
        self.drain();
    }

    /// How many interchanges have begun so far.
    #[must_use]
    pub fn interchanges(&self) -> u64 {
        self.state.interchanges
    }

    /// Ends the file; gives the positions (ISA being 1) of the STs whose transaction sets are
    /// rejected for their own trailer, or for their group's or interchange's, ascending.
    #[must_use]
    pub fn finish(mut self) -> Vec<u64> {
        self.splitter.finish();
        self.drain();
        let mut ends = Vec::new();
        let nothing = Segment::parse(b"", self.splitter.separators(), &mut ends);
        let mut state = self.state;
        let meta = SegmentMeta::unplaced(state.file_index + 1, 0, state.end_offset);
        let at = Located::new(nothing, &meta);
        while state.envelopes.end_of_file(&at, &mut state.found).is_some() {
            state.judge();
        }
        state.rejected.sort_unstable();
        state.rejected.dedup();
        state.rejected
    }

    fn drain(&mut self) {
        let EnvelopeScan { splitter, state } = self;
        while let Some(split) = splitter.next_segment() {
            if let Split::Segment { segment, offset, header, .. } = split
                && !segment.bytes().is_empty()
            {
                state.segment(segment, offset, header);
            }
        }
    }
}

impl State {
    fn segment(&mut self, segment: Segment<'_>, offset: u64, header: Option<IsaLayout>) {
        self.end_offset = offset + segment.bytes().len() as u64 + 1;
        self.file_index += 1;
        let tag = segment.tag();
        loop {
            let index = self.envelopes.transaction_index(tag);
            let meta = SegmentMeta::unplaced(self.file_index, index, offset);
            let at = Located::new(segment, &meta);
            let step = self.envelopes.step(&at, header, &mut self.found);
            let is_taken = !matches!(step, Step::Implied(_));
            if is_taken {
                self.begin(tag);
            }
            self.judge();
            if is_taken {
                return;
            }
        }
    }

    /// A new envelope begins with no refusal of its own.
    fn begin(&mut self, tag: SegmentTag) {
        if tag == ISA {
            self.interchanges += 1;
            self.in_interchange.clear();
            self.is_interchange_refused = false;
        }
        if tag == ISA || tag == GS {
            self.in_group.clear();
            self.is_group_refused = false;
        }
        if tag == ST {
            self.in_group.push(self.file_index);
            self.in_interchange.push(self.file_index);
            if self.is_group_refused || self.is_interchange_refused {
                self.rejected.push(self.file_index);
            }
        }
    }

    /// Rejects what the findings so far refuse: a set, its group or its interchange.
    fn judge(&mut self) {
        for noted in self.found.drain(..).filter(|noted| noted.finding.is_error()) {
            let answer = noted.finding.acknowledgement;
            if answer.interchange_error.is_some() {
                self.is_interchange_refused = true;
                self.rejected.extend(&self.in_interchange);
            }
            if answer.group_error.is_some() {
                self.is_group_refused = true;
                self.rejected.extend(&self.in_group);
            }
            if answer.transaction_error.is_some() {
                self.rejected.extend(self.in_group.last());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA_TEXT: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
        *260105*1200*^*00501*000000001*0*P*:~";

    fn rejected(body: &str) -> Vec<u64> {
        let mut scan = EnvelopeScan::new();
        scan.push(format!("{ISA_TEXT}{body}").as_bytes());
        scan.finish()
    }

    #[test]
    fn a_trailer_that_does_not_agree_rejects_what_it_closes() {
        let group = "GS*HC*A*B*20260105*1200*1*X*005010X222A1~";
        let good = "ST*837*0001*005010X222A1~BHT*0019~SE*3*0001~";
        let miscounted = "ST*837*0002*005010X222A1~BHT*0019~SE*9*0002~";
        let end = "IEA*1*000000001~";
        for (body, expected) in [
            (format!("{group}{good}GE*1*1~{end}"), vec![]),
            (format!("{group}{good}{miscounted}GE*2*1~{end}"), vec![6]),
            (format!("{group}{good}{miscounted}GE*7*1~{end}"), vec![3, 6]),
            (format!("{group}{good}GE*1*9~{end}"), vec![3]),
            (format!("{group}{good}GE*1*1~"), vec![3]),
            (format!("{group}{good}GE*1*1~IEA*4*000000001~"), vec![3]),
            (format!("{group}ST*837*0001*005010X222A1~BHT*0019~"), vec![3]),
        ] {
            assert_eq!(rejected(&body), expected, "{body}");
        }
    }
}
