//! ISA to IEA, GS to GE, ST to SE: nesting, counts and control numbers (X12.5, X12.6).

mod trailers;

use crate::check::{Noted, Profile, Sink, is_date, is_time};
use crate::raw::{IsaLayout, Located, Segment, SegmentTag, Separators};
use counterfoil_base::{Acknowledgement, Finding, Position, Text};
use std::collections::BTreeSet;

/// What an ISA says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interchange {
    /// ISA05.
    pub sender_qualifier: Text,
    /// ISA06 without padding.
    pub sender_id: Text,
    /// ISA07.
    pub receiver_qualifier: Text,
    /// ISA08 without padding.
    pub receiver_id: Text,
    /// ISA09, YYMMDD as sent.
    pub date: Text,
    /// ISA10, HHMM as sent.
    pub time: Text,
    /// ISA12.
    pub version: Text,
    /// ISA13.
    pub control_number: Text,
    /// ISA14 is 1: the sender asks for a TA1.
    pub is_acknowledgment_requested: bool,
    /// ISA15: `P` production, `T` test.
    pub usage: Text,
    /// The separators.
    pub separators: Separators,
}

/// What a GS says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// GS01.
    pub functional_id: Text,
    /// GS02.
    pub sender_id: Text,
    /// GS03.
    pub receiver_id: Text,
    /// GS04, CCYYMMDD as sent.
    pub date: Text,
    /// GS05.
    pub time: Text,
    /// GS06.
    pub control_number: Text,
    /// GS08.
    pub version: Text,
}

/// What an ST says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionHeader {
    /// ST01.
    pub set_id: Text,
    /// ST02.
    pub control_number: Text,
    /// ST03; empty in an 835.
    pub version: Text,
}

/// A level of the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Interchange,
    Group,
    Transaction,
}

/// What a segment does to the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A level ends without its trailer; the segment is to be given once more.
    Implied(Level),
    Opened(Level),
    Closed(Level),
    /// Within a transaction set.
    Body,
    /// Outside any transaction set: TA1, or a segment that has no business there.
    Outside,
}

pub(crate) const ISA: SegmentTag = SegmentTag::new(b"ISA");
pub(crate) const IEA: SegmentTag = SegmentTag::new(b"IEA");
pub(crate) const GS: SegmentTag = SegmentTag::new(b"GS");
const GE: SegmentTag = SegmentTag::new(b"GE");
pub(crate) const ST: SegmentTag = SegmentTag::new(b"ST");
pub(crate) const SE: SegmentTag = SegmentTag::new(b"SE");
const TA1: SegmentTag = SegmentTag::new(b"TA1");

/// Control numbers remembered for telling repeats; later ones are not compared, so that memory
/// stays bounded.
const REMEMBERED_MAX: usize = 100_000;

/// Follows the envelope.
#[derive(Default)]
pub(crate) struct Envelopes {
    pub interchange: Option<Interchange>,
    pub group: Option<Group>,
    pub transaction: Option<TransactionHeader>,
    group_count: u64,
    set_count: u64,
    segment_count: u64,
    seen_interchanges: BTreeSet<(Text, Text)>,
    seen_groups: BTreeSet<Text>,
    /// ISA12 and where it stands, until the first group has been compared with it.
    version_at: Option<(Text, Position)>,
    seen_sets: BTreeSet<Text>,
    outside: Option<Outside>,
    profile: Profile,
}

/// Segments that stand outside any transaction set, one after the other.
struct Outside {
    first: Position,
    count: u64,
}

impl Envelopes {
    pub(crate) fn new(profile: Profile) -> Envelopes {
        Envelopes { profile, ..Envelopes::default() }
    }

    /// The position in its transaction set that a segment with this tag has.
    pub(crate) fn transaction_index(&self, tag: SegmentTag) -> u32 {
        let next = u32::try_from(self.segment_count.saturating_add(1)).unwrap_or(u32::MAX);
        match (tag, &self.transaction) {
            (ST, _) => 1,
            (ISA | GS | GE | IEA, _) | (_, None) => 0,
            _ => next,
        }
    }

    /// Takes the next segment.
    pub(crate) fn step(
        &mut self,
        at: &Located<'_>,
        header: Option<IsaLayout>,
        sink: &mut Sink,
    ) -> Step {
        let tag = at.segment.tag();
        self.end_outside(Some(tag), sink);
        if let Some(level) = self.ends_before(tag) {
            self.end_without_trailer(level, at, sink);
            return Step::Implied(level);
        }
        match tag {
            ISA => self.open_interchange(at, header, sink),
            GS => self.open_group(at, sink),
            ST => self.open_set(at, sink),
            SE if self.transaction.is_some() => self.close_set(at, sink),
            GE if self.group.is_some() => self.close_group(at, sink),
            IEA if self.interchange.is_some() => self.close_interchange(at, sink),
            _ if self.transaction.is_some() => {
                self.segment_count += 1;
                Step::Body
            }
            TA1 => Step::Outside,
            _ => {
                let first = || Outside { first: at.position(0, 0), count: 0 };
                let outside = self.outside.get_or_insert_with(first);
                outside.count = outside.count.saturating_add(1);
                Step::Outside
            }
        }
    }

    /// Speaks of the segments that stood outside any transaction set, once for all that follow
    /// each other, unless the next segment (nothing at the end of the file) stands there too.
    pub(crate) fn end_outside(&mut self, next: Option<SegmentTag>, sink: &mut Sink) {
        if self.outside.is_none() {
            return;
        }
        let goes_on = next.is_some_and(|tag| match tag {
            ISA | GS | ST | TA1 => false,
            GE => self.group.is_none(),
            IEA => self.interchange.is_none(),
            _ => self.transaction.is_none(),
        });
        if goes_on {
            return;
        }
        let Some(Outside { first, count }) = self.outside.take() else { return };
        let message = match count {
            1 => "a segment stands outside any transaction set".to_owned(),
            _ => format!("{count} segments stand outside any transaction set, this one first"),
        };
        let fix = "Put segments between ST and SE; look for a missing ST";
        let answer =
            Acknowledgement { interchange_error: Some("024"), ..Acknowledgement::default() };
        tell(sink, first, ("X12-1-segment-outside", &message, fix), answer);
    }

    /// Ends what is still open at the end of the file, one level a call.
    pub(crate) fn end_of_file(&mut self, at: &Located<'_>, sink: &mut Sink) -> Option<Level> {
        self.end_outside(None, sink);
        let level = self.innermost()?;
        self.end_without_trailer(level, at, sink);
        Some(level)
    }

    fn innermost(&self) -> Option<Level> {
        match (&self.transaction, &self.group, &self.interchange) {
            (Some(_), _, _) => Some(Level::Transaction),
            (None, Some(_), _) => Some(Level::Group),
            (None, None, Some(_)) => Some(Level::Interchange),
            _ => None,
        }
    }

    /// The level that must end before a segment with this tag.
    fn ends_before(&self, tag: SegmentTag) -> Option<Level> {
        let innermost = self.innermost()?;
        let must_end = match tag {
            ISA => true,
            GS | IEA => innermost != Level::Interchange,
            ST | GE => innermost == Level::Transaction,
            _ => false,
        };
        must_end.then_some(innermost)
    }

    fn end_without_trailer(&mut self, level: Level, at: &Located<'_>, sink: &mut Sink) {
        let (code, message, trailer, answer) = match level {
            Level::Transaction => {
                self.transaction = None;
                let answer =
                    Acknowledgement { transaction_error: Some("2"), ..Acknowledgement::default() };
                ("X12-1-se-missing", "the transaction set has no SE", "SE", answer)
            }
            Level::Group => {
                self.group = None;
                let answer =
                    Acknowledgement { group_error: Some("3"), ..Acknowledgement::default() };
                ("X12-1-ge-missing", "the functional group has no GE", "GE", answer)
            }
            Level::Interchange => {
                self.interchange = None;
                let answer = Acknowledgement {
                    interchange_error: Some("023"),
                    ..Acknowledgement::default()
                };
                ("X12-1-iea-missing", "the interchange has no IEA", "IEA", answer)
            }
        };
        let position = Position { segment_id: trailer.to_owned(), ..at.position(0, 0) };
        tell(
            sink,
            position,
            (code, message, "Send the whole file, or its missing trailer"),
            answer,
        );
    }

    fn open_interchange(
        &mut self,
        at: &Located<'_>,
        header: Option<IsaLayout>,
        sink: &mut Sink,
    ) -> Step {
        let text = |n: usize| trimmed(&at.segment, n);
        let interchange = Interchange {
            sender_qualifier: text(5),
            sender_id: text(6),
            receiver_qualifier: text(7),
            receiver_id: text(8),
            date: text(9),
            time: text(10),
            version: text(12),
            control_number: text(13),
            is_acknowledgment_requested: at.segment.element(14) == b"1",
            usage: text(15),
            separators: at.segment.separators(),
        };
        if header.is_some_and(|layout| !layout.is_fixed_width) {
            let finding = Finding::error(
                "X12-1-isa-width",
                1,
                "the elements of ISA do not have the widths that the standard fixes",
            )
            .at(at.position(0, 0))
            .because("ISA has 106 characters so that readers find its separators (X12.5)")
            .fix("Pad each element of ISA to its width");
            sink.push(Noted { finding, value: Text::default() });
        }
        if !interchange.separators.are_usable() {
            let message = "two separators are the same, or one is a letter, digit or blank";
            let answer = note("026");
            let fix = "Choose four different punctuation characters";
            tell(sink, at.position(0, 0), ("X12-1-separators", message, fix), answer);
        }
        self.check_header(at, sink);
        let key = (interchange.sender_id.clone(), interchange.control_number.clone());
        if is_repeat(&mut self.seen_interchanges, key) {
            let message = "an earlier interchange of this sender has the same control number";
            let fix = "Give each interchange its own ISA13";
            let code = "X12-1-interchange-control-number-repeated";
            tell(sink, at.position(13, 0), (code, message, fix), note("025"));
        }
        self.version_at = Some((at.segment.text_lossless(12), at.position(12, 0)));
        self.interchange = Some(interchange);
        self.group_count = 0;
        self.seen_groups.clear();
        Step::Opened(Level::Interchange)
    }

    /// Elements of ISA that have a fixed form, with the TA1 note code for each.
    fn check_header(&self, at: &Located<'_>, sink: &mut Sink) {
        let one_of = |n: usize, codes: &[&[u8]]| codes.contains(&at.segment.element(n));
        let digits = |n: usize| at.segment.element(n).iter().all(u8::is_ascii_digit);
        let element = |n: usize| at.segment.element(n);
        let checks = [
            (1, one_of(1, &[b"00", b"01", b"02", b"03", b"04", b"05", b"06"]), "010"),
            (3, one_of(3, &[b"00", b"01"]), "012"),
            (5, is_party_qualifier(element(5)), "005"),
            (6, element(6).iter().any(|b| *b != b' '), "006"),
            (7, is_party_qualifier(element(7)), "007"),
            (8, element(8).iter().any(|b| *b != b' '), "008"),
            (9, element(9).len() == 6 && digits(9) && is_date(element(9)), "014"),
            (10, element(10).len() == 4 && is_time(element(10)), "015"),
            (11, is_repetition_separator(element(11)), "026"),
            (12, element(12).len() == 5 && digits(12), "017"),
            (13, element(13).len() == 9 && digits(13), "018"),
            (14, one_of(14, &[b"0", b"1"]), "019"),
            (15, one_of(15, &[b"P", b"T", b"I"]), "020"),
        ];
        for (n, holds, code) in checks {
            if !holds {
                let message = format!("ISA{n:02} does not have the form that the standard fixes");
                let fix = "Correct the interchange header";
                tell(sink, at.position(n, 0), ("X12-1-isa-element", &message, fix), note(code));
            }
        }
        // Published interchange versions run from 00200 to 00805. The version of the group
        // chooses the guide, so that another number here harms no reader.
        let is_published = matches!(element(12), [b'0', b'0', b'2'..=b'8', b'0', _]);
        if element(12).len() == 5 && digits(12) && !is_published {
            let finding = Finding::warning(
                "X12-1-isa-version",
                1,
                "ISA12 is not the number of a published interchange version",
            );
            let finding = finding
                .at(at.position(12, 0))
                .because("The file is read with the guide that its group names in GS08")
                .fix("Send 00501, the version of the HIPAA guides");
            sink.push(Noted { finding, value: Text::default() });
        }
    }

    fn open_group(&mut self, at: &Located<'_>, sink: &mut Sink) -> Step {
        let text = |n: usize| trimmed(&at.segment, n);
        let group = Group {
            functional_id: text(1),
            sender_id: text(2),
            receiver_id: text(3),
            date: text(4),
            time: text(5),
            control_number: text(6),
            version: text(8),
        };
        self.group_count += 1;
        let is_number = |text: &Text| text.bytes().all(|byte| byte.is_ascii_digit());
        let number = &group.control_number;
        let element = |n: usize| at.segment.element(n);
        let checks = [
            (1, is_group_kind(&group.functional_id)),
            (2, !group.sender_id.is_empty()),
            (3, !group.receiver_id.is_empty()),
            (4, element(4).len() == 8 && is_date(element(4))),
            (5, is_time(element(5))),
            (6, (1..=9).contains(&number.len()) && is_number(number)),
            // T stands for versions before guides were named in GS08, such as 004010.
            (7, element(7) == b"X" || (element(7) == b"T" && group.version.len() <= 6)),
            (8, (1..=12).contains(&group.version.len())),
        ];
        for (n, _) in checks.into_iter().filter(|(_, holds)| !holds) {
            let message = format!("GS{n:02} does not have the form that the standard fixes");
            let fix = "Correct the group header";
            tell(sink, at.position(n, 0), ("X12-1-gs-element", &message, fix), note("024"));
            // Nothing is read by the day and time at which a group was made.
            let is_clock = matches!(n, 4 | 5) && element(n).iter().all(u8::is_ascii_digit);
            if let (true, Some(noted)) = (is_clock, sink.last_mut()) {
                noted.finding.severity = self.profile.harmless();
            }
        }
        self.check_versions(&group, sink);
        if is_repeat(&mut self.seen_groups, group.control_number.clone()) {
            let message = "an earlier group of this interchange has the same control number";
            let answer = Acknowledgement { group_error: Some("19"), ..Acknowledgement::default() };
            let fix = "Give each group its own GS06";
            let code = "X12-1-group-control-number-repeated";
            tell(sink, at.position(6, 0), (code, message, fix), answer);
        }
        self.group = Some(group);
        self.set_count = 0;
        self.seen_sets.clear();
        Step::Opened(Level::Group)
    }

    /// The groups of an interchange are of its version or an older one, not of a newer one; said
    /// once, at ISA12.
    fn check_versions(&mut self, group: &Group, sink: &mut Sink) {
        let Some((version, position)) = self.version_at.take() else { return };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // GS08 begins with version, release and subrelease (005010), ISA12 with 00501.
        let Some(of_group) = group.version.get(..5).filter(|of_group| digits(of_group)) else {
            return;
        };
        if version.len() != 5 || !digits(&version) || *version >= *of_group {
            return;
        }
        let finding = Finding::error(
            "X12-1-isa-version-older",
            1,
            "ISA12 names an older version than the group that the interchange holds",
        )
        .at(position)
        .because("ISA12 is the version of the interchange's own segments (X12.5)")
        .fix("Send 00501 in ISA12 with groups of version 005010");
        sink.push(Noted { finding, value: Text::default() });
    }

    fn open_set(&mut self, at: &Located<'_>, sink: &mut Sink) -> Step {
        let text = |n: usize| trimmed(&at.segment, n);
        let header =
            TransactionHeader { set_id: text(1), control_number: text(2), version: text(3) };
        self.set_count += 1;
        self.segment_count = 1;
        let answer =
            |code| Acknowledgement { transaction_error: Some(code), ..Acknowledgement::default() };
        if is_repeat(&mut self.seen_sets, header.control_number.clone()) {
            let message = "an earlier transaction set of this group has the same control number";
            let fix = "Give each transaction set its own ST02";
            let code = "X12-1-set-control-number-repeated";
            tell(sink, at.position(2, 0), (code, message, fix), answer("23"));
        }
        match &self.group {
            None => {
                let message = "a transaction set stands outside any functional group";
                let fix = "Put ST and SE between GS and GE";
                tell(sink, at.position(0, 0), ("X12-1-gs-missing", message, fix), note("024"));
            }
            Some(group) => {
                let expected = functional_id(&header.set_id);
                if expected.is_some_and(|id| id != group.functional_id) {
                    let message = "the transaction set does not belong into a group of this kind";
                    let fix = "Put each kind of transaction set into a group of its own kind";
                    let code = "X12-1-set-in-wrong-group";
                    tell(sink, at.position(1, 0), (code, message, fix), answer("6"));
                }
            }
        }
        self.transaction = Some(header);
        Step::Opened(Level::Transaction)
    }
}

/// GS01 of the health care transaction sets (element 479).
fn functional_id(set_id: &str) -> Option<&'static str> {
    Some(match set_id {
        "837" => "HC",
        "835" => "HP",
        "834" => "BE",
        "820" => "RA",
        "270" => "HS",
        "271" => "HB",
        "276" => "HR",
        "277" => "HN",
        "278" => "HI",
        "275" => "PI",
        "997" | "999" => "FA",
        _ => return None,
    })
}

/// Qualifiers of interchange parties (element I05) that the HIPAA guides allow.
pub(crate) fn is_party_qualifier(qualifier: &[u8]) -> bool {
    matches!(qualifier, b"01" | b"14" | b"20" | b"27" | b"28" | b"29" | b"30" | b"33" | b"ZZ")
}

/// A repetition separator is no letter, digit or blank; versions before 00402 sent U here, for
/// the standard of the United States, and some senders still do.
fn is_repetition_separator(value: &[u8]) -> bool {
    matches!(value, [byte] if *byte == b'U' || !(byte.is_ascii_alphanumeric() || *byte == b' '))
}

/// Kinds of functional groups (element 479) that health care parties exchange.
fn is_group_kind(id: &str) -> bool {
    const KINDS: [&str; 13] =
        ["AG", "BE", "FA", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "PI", "RA", "TX"];
    KINDS.contains(&id)
}

fn note(code: &'static str) -> Acknowledgement {
    Acknowledgement { interchange_error: Some(code), ..Acknowledgement::default() }
}

fn trimmed(segment: &Segment<'_>, n: usize) -> Text {
    segment.text_lossless(n).trim().into()
}

/// A count without sign; leading zeros are allowed.
fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|_| text.first() != Some(&b'+'))
}

fn is_repeat<K: Ord>(seen: &mut BTreeSet<K>, key: K) -> bool {
    if seen.len() < REMEMBERED_MAX { !seen.insert(key) } else { seen.contains(&key) }
}

fn tell(
    sink: &mut Sink,
    position: Position,
    (code, message, fix): (&'static str, &str, &str),
    answer: Acknowledgement,
) {
    let finding = Finding::error(code, 1, message)
        .at(position)
        .because("The envelope lets both parties tell that a file is whole (X12.5)")
        .fix(fix)
        .answered_by(answer);
    sink.push(Noted { finding, value: Text::default() });
}
