//! The reader's state: where in the envelope and guide it is, and what it has yet to give.

mod body;
mod record;

use super::ReadOptions;
use super::codes::{Codes, Look};
use super::envelope::{Envelopes, Group, ISA, Interchange, Level, SE, ST, Step};
use super::rules::Rules;
use super::situations::Situations;
use super::unit::{Event, Transaction, TransactionEnd, Unit};
use crate::acknowledge::AckLog;
use crate::check::{ByteClasses, Noted, Sink};
use crate::guide::{Guide, GuideSet};
use crate::raw::{
    IsaLayout, Located, Segment, SegmentBuffer, SegmentMark, SegmentMeta, SegmentTag, Separators,
};
use crate::walk::Walker;
use counterfoil_base::{Finding, Severity, Text};
pub(crate) use record::no_interchange;
use std::collections::VecDeque;

/// Without a guide, a unit is this many segments at most.
const GENERIC_UNIT_SEGMENTS: usize = 256;

/// Characters of a guide's name without its edition: `005010X222`.
const GUIDE_LENGTH: usize = 10;

/// An event that waits; what it shows is in the core.
pub(super) enum Out {
    InterchangeStart,
    GroupStart,
    TransactionStart,
    Unit,
    TransactionEnd,
    GroupEnd,
    InterchangeEnd,
    Acknowledgement,
    Finding(Box<Finding>),
}

/// Where findings go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bucket {
    /// As events of their own.
    File,
    Unit,
    End,
}

pub(super) struct Core {
    options: ReadOptions,
    guides: &'static GuideSet,
    classes: ByteClasses,
    envelopes: Envelopes,
    interchange: Option<Interchange>,
    group: Option<Group>,
    transaction: Option<Transaction>,
    walker: Option<Walker>,
    /// Context and own segments of the unit in the making.
    hold: SegmentBuffer,
    unit_begin: SegmentMark,
    unit_findings: Vec<Finding>,
    end_findings: Vec<Finding>,
    /// File position of the first segment that no unit has shown.
    fresh_from: u64,
    error_count: u64,
    /// An error of SNIP 1 or 2 in the transaction set.
    is_rejected: bool,
    unit_context_has_errors: bool,
    is_part: bool,
    /// The transaction set has given a unit.
    has_given_unit: bool,
    has_told_size: bool,
    checks_base: bool,
    outside: SegmentBuffer,
    given_finding: Option<Box<Finding>>,
    cleanup: Option<Cleanup>,
    situations: Situations,
    rules: Rules,
    pub(super) codes: Codes,
    pub(super) acks: AckLog,
    pub(super) out: VecDeque<Out>,
    sink: Sink,
}

/// What is forgotten once an event has been looked at.
#[derive(Clone, Copy)]
enum Cleanup {
    Unit,
    Transaction,
}

impl Core {
    pub(super) fn new(options: ReadOptions) -> Core {
        let rules = Rules::new(options.profile);
        let envelopes = Envelopes::new(options.profile);
        Core {
            options,
            guides: GuideSet::builtin(),
            classes: ByteClasses::new(Separators::default()),
            envelopes,
            interchange: None,
            group: None,
            transaction: None,
            walker: None,
            hold: SegmentBuffer::new(),
            unit_begin: SegmentMark::default(),
            unit_findings: Vec::new(),
            end_findings: Vec::new(),
            fresh_from: 0,
            error_count: 0,
            is_rejected: false,
            unit_context_has_errors: false,
            is_part: false,
            has_given_unit: false,
            has_told_size: false,
            checks_base: false,
            outside: SegmentBuffer::new(),
            given_finding: None,
            cleanup: None,
            situations: Situations::default(),
            rules,
            codes: Codes::default(),
            acks: AckLog::default(),
            out: VecDeque::new(),
            sink: Vec::new(),
        }
    }

    pub(super) fn transaction_index(&self, tag: SegmentTag) -> u32 {
        self.envelopes.transaction_index(tag)
    }

    /// Builds the event that the caller sees.
    pub(super) fn event(&mut self, out: Out) -> Event<'_> {
        match out {
            Out::Unit => {
                self.cleanup = Some(Cleanup::Unit);
                self.has_given_unit = true;
            }
            Out::TransactionEnd => self.cleanup = Some(Cleanup::Transaction),
            _ => {}
        }
        let lost = "an event is built while its subject is open";
        match out {
            Out::InterchangeStart => {
                Event::InterchangeStart(self.interchange.as_ref().expect(lost))
            }
            Out::GroupStart => Event::GroupStart(self.group.as_ref().expect(lost)),
            Out::TransactionStart => {
                Event::TransactionStart(self.transaction.as_ref().expect(lost))
            }
            Out::Unit => Event::Unit(Unit {
                buffer: &self.hold,
                own_from: self.unit_begin.segments(),
                findings: &self.unit_findings,
                transaction: self.transaction.as_ref().expect(lost),
                group: self.group.as_ref(),
                interchange: self.interchange.as_ref().expect(lost),
                context_has_errors: self.unit_context_has_errors,
                is_part: self.is_part,
            }),
            Out::TransactionEnd => Event::TransactionEnd(TransactionEnd {
                transaction: self.transaction.as_ref().expect(lost),
                buffer: &self.hold,
                findings: &self.end_findings,
                error_count: self.error_count,
                is_accepted: !self.is_rejected,
            }),
            Out::GroupEnd => Event::GroupEnd(self.group.as_ref().expect(lost)),
            Out::InterchangeEnd => Event::InterchangeEnd(self.interchange.as_ref().expect(lost)),
            Out::Acknowledgement => {
                Event::InterchangeAcknowledgement(self.outside.get(0).expect(lost))
            }
            Out::Finding(finding) => Event::Finding(self.given_finding.insert(finding)),
        }
    }

    /// Forgets what the last event showed.
    pub(super) fn clean_up(&mut self) {
        match self.cleanup.take() {
            None => {}
            Some(Cleanup::Unit) => {
                self.unit_findings.clear();
                self.is_part = false;
                let is_run = self.walker.is_none();
                if is_run && self.out.is_empty() {
                    self.hold.clear();
                }
            }
            Some(Cleanup::Transaction) => {
                self.hold.clear();
                self.end_findings.clear();
                self.walker = None;
                self.transaction = None;
                self.situations.clear();
            }
        }
    }

    /// Takes a segment; true when it must be given once more after the events that now wait.
    pub(super) fn segment(&mut self, at: &Located<'_>, header: Option<IsaLayout>) -> bool {
        let tag = at.segment.tag();
        let is_envelope = is_envelope_tag(tag);
        let mut decision = None;
        if self.envelopes.transaction.is_some() {
            match &self.walker {
                Some(walker) => {
                    let unit = walker.unit_depth();
                    let closes = if is_envelope {
                        unit.is_some()
                    } else {
                        let found = walker.decide(&at.segment);
                        let keep = walker.keeps(&found);
                        decision = Some((found, keep));
                        unit.is_some_and(|depth| depth >= keep)
                    };
                    if closes {
                        self.close_unit(at);
                        return true;
                    }
                    if self.is_unit_too_large() {
                        return true;
                    }
                }
                None if self.hold.len() >= GENERIC_UNIT_SEGMENTS
                    || self.hold.byte_len() > self.options.unit_bytes_max =>
                {
                    self.out.push_back(Out::Unit);
                    return true;
                }
                None => {}
            }
        }
        let mut sink = std::mem::take(&mut self.sink);
        self.envelopes.end_outside(Some(tag), &mut sink);
        self.record(&mut sink, Bucket::File);
        let step = self.envelopes.step(at, header, &mut sink);
        let repeats = match step {
            Step::Implied(level) => {
                self.record(&mut sink, Bucket::File);
                self.end_level(level, None, at);
                true
            }
            Step::Opened(level) => {
                self.open_level(level, at, &mut sink);
                false
            }
            Step::Closed(level) => {
                self.record(&mut sink, self.closing_bucket(level));
                self.end_level(level, Some(at), at);
                false
            }
            Step::Body => {
                self.body(at, decision, &mut sink);
                false
            }
            Step::Outside => {
                self.record(&mut sink, Bucket::File);
                self.outside.clear();
                self.outside.push(at.segment, meta_of(at));
                if at.segment.id() == "TA1" {
                    self.out.push_back(Out::Acknowledgement);
                }
                false
            }
        };
        self.sink = sink;
        repeats
    }

    fn closing_bucket(&self, level: Level) -> Bucket {
        if level == Level::Transaction { Bucket::End } else { Bucket::File }
    }

    fn open_level(&mut self, level: Level, at: &Located<'_>, sink: &mut Sink) {
        match level {
            Level::Interchange => {
                self.interchange = self.envelopes.interchange.clone();
                self.classes = ByteClasses::new(at.segment.separators());
                if let Some(interchange) = &self.interchange {
                    self.acks.open_interchange(interchange);
                }
                self.out.push_back(Out::InterchangeStart);
            }
            Level::Group => {
                self.group = self.envelopes.group.clone();
                if let Some(group) = &self.group {
                    self.acks.open_group(group);
                }
                self.out.push_back(Out::GroupStart);
            }
            Level::Transaction => return self.open_transaction(at, sink),
        }
        self.record(sink, Bucket::File);
    }

    fn open_transaction(&mut self, at: &Located<'_>, sink: &mut Sink) {
        let Some(header) = self.envelopes.transaction.clone() else { return };
        if self.envelopes.group.is_none() {
            self.group = None;
        }
        let group_version =
            self.envelopes.group.as_ref().map_or(Text::default(), |group| group.version.clone());
        let guide = self.guides.choose(&header.set_id, &group_version, &header.version);
        self.acks.open_set(&header);
        self.checks_base = guide.is_some()
            || group_version.starts_with("00501")
            || header.version.starts_with("00501");
        self.transaction = Some(Transaction {
            set_id: header.set_id,
            control_number: header.control_number,
            version: header.version.clone(),
            guide,
            file_index: at.file_index,
        });
        self.hold.clear();
        self.unit_begin = SegmentMark::default();
        self.fresh_from = at.file_index;
        self.error_count = 0;
        self.is_rejected = false;
        self.has_given_unit = false;
        self.has_told_size = false;
        self.walker = guide.map(|guide| Walker::new(guide, self.options.profile));
        self.out.push_back(Out::TransactionStart);
        self.record(sink, Bucket::File);
        self.about_guide(guide, &group_version, &header.version, at);
        self.about_versions(&group_version, &header.version, at);
        self.body(at, None, sink);
    }

    /// Says when a file is read with no guide or with that of another version.
    fn about_guide(
        &mut self,
        guide: Option<&'static Guide>,
        group: &str,
        set: &str,
        at: &Located<'_>,
    ) {
        let sent = if group.is_empty() { set } else { group };
        let finding = match guide {
            None => Finding::note("X12-2-no-guide", 2, "there is no guide for this version")
                .because("Without a guide, segments are read and checked by the standard alone")
                .fix("Nothing; or send a version that the receiver has a guide for"),
            Some(guide) if guide.version != sent => Finding::note(
                "X12-2-guide-variant",
                2,
                format!("read with the guide of version {}", guide.version),
            )
            .because("The version sent is a variant of that guide")
            .fix("Nothing"),
            Some(_) => return,
        };
        let mut noted =
            vec![Noted { finding: finding.at(at.position(0, 0)), value: Text::default() }];
        self.record(&mut noted, Bucket::File);
    }

    /// Says when group and set name different guides; the group's is read. Two editions of one
    /// guide (005010X222 and 005010X222A1) differ in what no receiver trips over.
    fn about_versions(&mut self, group: &str, set: &str, at: &Located<'_>) {
        if group.is_empty() || set.is_empty() || group == set {
            return;
        }
        let is_one_guide = group.get(..GUIDE_LENGTH) == set.get(..GUIDE_LENGTH);
        let severity = if is_one_guide { self.options.profile.harmless() } else { Severity::Error };
        let message = "ST03 and GS08 name different guides";
        let mut finding = Finding::warning("X12-2-versions-differ", 2, message)
            .at(at.position(3, 0))
            .because("ST03 repeats the guide that the group names in GS08")
            .fix("Send the same guide in both");
        finding.severity = severity;
        self.record(&mut vec![Noted { finding, value: Text::default() }], Bucket::File);
    }

    fn end_level(&mut self, level: Level, trailer: Option<&Located<'_>>, at: &Located<'_>) {
        match level {
            Level::Transaction => self.end_transaction(trailer, at),
            Level::Group => {
                if self.group.is_some() {
                    self.acks.close_group(trailer.map(|t| t.segment.text_lossless(1)));
                    self.out.push_back(Out::GroupEnd);
                }
            }
            Level::Interchange => {
                self.acks.close_interchange();
                self.out.push_back(Out::InterchangeEnd);
            }
        }
    }

    fn end_transaction(&mut self, trailer: Option<&Located<'_>>, at: &Located<'_>) {
        let mut sink = std::mem::take(&mut self.sink);
        if let Some(trailer) = trailer {
            self.body(trailer, None, &mut sink);
        }
        let guide = self.transaction.as_ref().and_then(|t| t.guide);
        if let (Some(walker), Some(guide)) = (&mut self.walker, guide) {
            walker.finish(at, &mut sink);
            self.record(&mut sink, Bucket::End);
            let mut found = Vec::new();
            self.situations.check(guide, &self.hold, (self.fresh_from, true), &mut found);
            let tables = self.options.codes.as_ref();
            let look = Look { guide, tables, segments: &self.hold };
            self.codes.check(look, self.fresh_from, &mut found);
            self.rules.end(guide, &self.hold, &mut found);
            self.record_findings(found, &mut sink, Bucket::End);
        }
        let is_whole = guide.is_none_or(|guide| !guide.has_unit);
        if is_whole && !self.hold.is_empty() {
            self.out.push_back(Out::Unit);
        }
        self.out.push_back(Out::TransactionEnd);
        self.acks.close_set();
        self.sink = sink;
    }

    /// Ends what is open at the end of the file, one step a call; false when nothing is.
    pub(super) fn end_of_file(&mut self, file_index: u64, offset: u64) -> bool {
        let mut ends = Vec::new();
        let nothing = Segment::parse(b"", Separators::default(), &mut ends);
        let index = self.envelopes.transaction_index(SegmentTag::new(b""));
        let meta = SegmentMeta::unplaced(file_index + 1, index, offset);
        let at = Located::new(nothing, &meta);
        if self.walker.as_ref().is_some_and(|walker| walker.unit_depth().is_some())
            && self.envelopes.transaction.is_some()
        {
            self.close_unit(&at);
            return true;
        }
        let mut sink = std::mem::take(&mut self.sink);
        let level = self.envelopes.end_of_file(&at, &mut sink);
        self.record(&mut sink, Bucket::File);
        self.sink = sink;
        match level {
            Some(level) => self.end_level(level, None, &at),
            None if file_index == 0 => self.no_interchange(),
            None => return false,
        }
        level.is_some()
    }
}

fn meta_of(at: &Located<'_>) -> SegmentMeta {
    SegmentMeta::unplaced(at.file_index, at.transaction_index, at.offset)
}

fn is_envelope_tag(tag: SegmentTag) -> bool {
    const OTHERS: [SegmentTag; 3] =
        [SegmentTag::new(b"GS"), SegmentTag::new(b"GE"), SegmentTag::new(b"IEA")];
    tag == ST || tag == SE || tag == ISA || OTHERS.contains(&tag)
}
