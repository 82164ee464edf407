//! SNIP type 5: asks the caller's tables for the codes of a unit, on its dates of service.

use crate::guide::{
    CodeAnswer, CodeLookup, CodeSet, Form, FormRule, Guide, SegmentRule, ServiceDate, pack,
};
use crate::raw::{Located, Segment, SegmentBuffer, SegmentTag};
use counterfoil_base::{Acknowledgement, Date, Finding, parse_ccyymmdd};

/// What codes are looked up in, and for.
#[derive(Clone, Copy)]
pub(super) struct Look<'l> {
    pub guide: &'l Guide,
    pub tables: &'l dyn CodeLookup,
    pub segments: &'l SegmentBuffer,
}

/// Answers are remembered in so many places, each for the last code that fell on it.
const ANSWERS: usize = 1024;

/// A question to the tables: set, code, its length and day.
type Question = (CodeSet, u64, usize, Option<Date>);

/// Looks codes up and remembers for which sets there was no table.
pub(super) struct Codes {
    missing: u64,
    /// The last answers of the caller's tables, which repeat the same codes all day.
    answers: Vec<Option<(Question, CodeAnswer)>>,
    /// Dates of service of the unit: kind in the guide, line, position and day, sorted.
    dates: Vec<(usize, u32, usize, Date)>,
    has_dates: bool,
    /// Date of service of the line last looked at.
    line_date: Option<(u32, Option<Date>)>,
    /// Days of the sets that have one of their own, as far as they were asked for.
    set_dates: Vec<(CodeSet, Option<Option<Date>>)>,
}

impl Default for Codes {
    fn default() -> Codes {
        Codes {
            missing: 0,
            answers: vec![None; ANSWERS],
            dates: Vec::new(),
            has_dates: false,
            line_date: None,
            set_dates: Vec::new(),
        }
    }
}

impl Codes {
    /// The code sets that the file uses and that had no table.
    pub(super) fn missing_tables(&self) -> impl Iterator<Item = CodeSet> + '_ {
        CodeSet::ALL.iter().enumerate().filter(|(n, _)| self.missing >> n & 1 == 1).map(|(_, s)| *s)
    }

    /// Checks the segments that stand at or behind `fresh_from` in the file.
    pub(super) fn check(&mut self, look: Look<'_>, fresh_from: u64, findings: &mut Vec<Finding>) {
        let Look { guide, segments, .. } = look;
        self.has_dates = false;
        self.line_date = None;
        self.set_dates.clear();
        let fresh = segments.count_before(fresh_from);
        for (index, meta) in segments.metas().enumerate().skip(fresh) {
            let Some(rule) = guide.segments.get(usize::from(meta.definition)) else { continue };
            if rule.code_parts.is_empty() {
                continue;
            }
            let Some(located) = segments.get(index) else { continue };
            let present = located.segment.present();
            for (element, components) in &rule.code_parts {
                if present >> element.min(&63) & 1 == 0 {
                    continue;
                }
                for repetition in located.segment.repetitions(*element) {
                    if components.contains(&0) {
                        let place = (*element, 0);
                        self.code(look, (&located, rule), (place, repetition), findings);
                    }
                    let parts = located.segment.split_components(repetition);
                    for (component, value) in (1..).zip(parts) {
                        if components.contains(&component) {
                            let place = (*element, component);
                            self.code(look, (&located, rule), (place, value), findings);
                        }
                    }
                }
            }
        }
    }

    /// Checks the code that stands in an element or component.
    fn code(
        &mut self,
        look: Look<'_>,
        (located, rule): (&Located<'_>, &SegmentRule),
        ((element, component), value): ((usize, usize), &[u8]),
        findings: &mut Vec<Finding>,
    ) {
        let part = rule.part(element, component).filter(|_| !value.is_empty());
        let Some(part) = part else { return };
        let applies =
            |form: &&FormRule| form.when.as_ref().is_none_or(|when| when.holds(&located.segment));
        let Some(Form::Code(set)) = part.forms.iter().find(applies).map(|f| f.form) else {
            return;
        };
        let own_day = self.set_date(look, set);
        let on = own_day.unwrap_or_else(|| self.service_date(look, located.service_line));
        if let Some(answer) = self.answer(look.tables, set, value, on) {
            findings.extend(finding(located, (element, component), set, answer));
        }
    }

    /// What the tables say of a code, from memory when they were asked before; nothing when the
    /// code is no text.
    fn answer(
        &mut self,
        tables: &dyn CodeLookup,
        set: CodeSet,
        value: &[u8],
        on: Option<Date>,
    ) -> Option<CodeAnswer> {
        let question = pack(value).map(|code| (set, code, value.len(), on));
        let place = question.map_or(0, |question| place(&question));
        let held = self.answers.get(place).copied().flatten();
        if let (Some(question), Some((asked, answer))) = (question, held)
            && asked == question
        {
            return Some(answer);
        }
        let answer = tables.lookup(set, std::str::from_utf8(value).ok()?, on);
        if answer == CodeAnswer::NoTable {
            self.missing |= 1 << set as u32;
        }
        if let (Some(question), Some(slot)) = (question, self.answers.get_mut(place)) {
            *slot = Some((question, answer));
        }
        Some(answer)
    }

    /// The date of service that a code must be valid on: of the first kind the guide names that
    /// the code's own line or its claim has; without any, of the claim's first line.
    fn service_date(&mut self, look: Look<'_>, line: u32) -> Option<Date> {
        if let Some((known, date)) = self.line_date
            && known == line
        {
            return date;
        }
        if !std::mem::replace(&mut self.has_dates, true) {
            self.collect_dates(look);
        }
        let of_line = |line: u32| {
            (0..look.guide.service_dates.len()).find_map(|kind| {
                let first = |line: u32| {
                    let at = self.dates.partition_point(|date| (date.0, date.1) < (kind, line));
                    self.dates.get(at).filter(|date| (date.0, date.1) == (kind, line))
                };
                let nearest = first(0).into_iter().chain(first(line)).min_by_key(|date| date.2)?;
                Some(nearest.3)
            })
        };
        let date = of_line(line).or_else(|| of_line(1));
        self.line_date = Some((line, date));
        date
    }

    fn collect_dates(&mut self, Look { guide, segments, .. }: Look<'_>) {
        self.dates.clear();
        for (position, candidate) in segments.iter().enumerate() {
            let tag = candidate.segment.tag();
            for (kind, wanted) in guide.service_dates.iter().enumerate() {
                if tag != wanted.tag || !wanted.loops.contains(&candidate.loop_index) {
                    continue;
                }
                if let Some(day) = wanted.day(&candidate.segment) {
                    self.dates.push((kind, candidate.service_line, position, day));
                }
            }
        }
        self.dates.sort_unstable();
    }

    /// The day on which codes of this set must be valid, when the guide names one of its own:
    /// the inner nothing is a day that the transaction set does not hold.
    fn set_date(
        &mut self,
        Look { guide, segments, .. }: Look<'_>,
        set: CodeSet,
    ) -> Option<Option<Date>> {
        if guide.code_dates.is_empty() {
            return None;
        }
        if let Some((_, known)) = self.set_dates.iter().find(|(held, _)| *held == set) {
            return *known;
        }
        let date = code_date(guide, segments, set);
        self.set_dates.push((set, date));
        date
    }
}

/// Where the answer to a question is remembered.
fn place((set, code, length, on): &Question) -> usize {
    let day = on.map_or(0, |on| {
        (i64::from(on.year()) * 12 + i64::from(on.month())) * 31 + i64::from(on.day())
    });
    let mixed = code
        ^ (*set as u64).rotate_left(20)
        ^ (*length as u64).rotate_left(24)
        ^ day.unsigned_abs().rotate_left(32);
    // Multiplying by an odd constant near 2^64 over the golden ratio spreads what differs.
    let spread = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54;
    usize::try_from(spread).unwrap_or(0) % ANSWERS
}

impl ServiceDate {
    /// The day that a segment of the right loop and tag says, when it is the one that is meant.
    fn day(&self, segment: &Segment<'_>) -> Option<Date> {
        let reference = &self.reference;
        if reference.qualifier.is_some_and(|q| segment.element(1) != q.as_bytes()) {
            return None;
        }
        let value = segment.element(usize::from(reference.element));
        let mut days = value.split(|byte| *byte == b'-');
        let first = days.next();
        let day = if self.takes_end { days.next().or(first) } else { first };
        parse_ccyymmdd(day?.get(..8)?)
    }
}

/// See [`Codes::set_date`].
fn code_date(guide: &Guide, segments: &SegmentBuffer, set: CodeSet) -> Option<Option<Date>> {
    let mut wanted = guide.code_dates.iter().filter(|date| date.sets.contains(&set)).peekable();
    wanted.peek()?;
    Some(wanted.find_map(|date| {
        let reference = &date.reference;
        let tag = SegmentTag::new(reference.segment_id.as_bytes());
        let own = segments.iter().take_while(|held| held.loop_instance == 0);
        let mut held = own.filter(|held| held.segment.tag() == tag);
        held.find_map(|held| {
            let is_meant = reference.qualifier.is_none_or(|q| held.segment.text(1) == q);
            let value = held.segment.element(usize::from(reference.element));
            if is_meant { parse_ccyymmdd(value) } else { None }
        })
    }))
}

fn finding(
    located: &Located<'_>,
    (element, component): (usize, usize),
    set: CodeSet,
    answer: CodeAnswer,
) -> Option<Finding> {
    let what = set.plain();
    let (code, message, fix) = match answer {
        CodeAnswer::Valid | CodeAnswer::NoTable => return None,
        CodeAnswer::Unknown => {
            ("X12-5-code-unknown", format!("there is no such {what}"), "Correct the code")
        }
        CodeAnswer::NotYetEffective => (
            "X12-5-code-not-yet-effective",
            format!("the {what} was not yet in force on the date of service"),
            "Send the code that was in force on the date of service",
        ),
        CodeAnswer::Expired => (
            "X12-5-code-expired",
            format!("the {what} was no longer in force on the date of service"),
            "Send the code that was in force on the date of service",
        ),
        CodeAnswer::NotBillable => (
            "X12-5-code-not-billable",
            format!("the {what} is a heading and needs more characters"),
            "Send the code in full",
        ),
    };
    Some(
        Finding::error(code, 5, message)
            .at(located.position(element, component))
            .because("The code set is kept outside the standard and changes with time")
            .fix(fix)
            .answered_by(Acknowledgement {
                status_category: Some("A7"),
                status_code: Some(status_code(set)),
                ..Acknowledgement::default()
            }),
    )
}

/// The claim status code (element 1271) that speaks of a code set; 21 is missing or invalid
/// information in general.
fn status_code(set: CodeSet) -> &'static str {
    match set {
        CodeSet::Icd10Cm | CodeSet::Icd9Cm => "255",
        CodeSet::Hcpcs => "454",
        CodeSet::Modifier => "453",
        CodeSet::PlaceOfService => "249",
        CodeSet::Revenue => "455",
        CodeSet::BillType => "228",
        CodeSet::Taxonomy => "145",
        CodeSet::State => "501",
        CodeSet::Zip => "500",
        _ => "21",
    }
}
