//! SNIP type 5: asks the caller's tables for the codes of a unit, on its dates of service.

use crate::guide::{CodeAnswer, CodeLookup, CodeSet, Form, Guide, PartRule, SegmentRule};
use crate::raw::{Located, SegmentBuffer};
use counterfoil_base::{Acknowledgement, Date, Finding, parse_ccyymmdd};

/// What codes are looked up in, and for.
#[derive(Clone, Copy)]
pub(super) struct Look<'l> {
    pub guide: &'l Guide,
    pub tables: &'l dyn CodeLookup,
    pub segments: &'l SegmentBuffer,
}

/// Looks codes up and remembers for which sets there was no table.
#[derive(Default)]
pub(super) struct Codes {
    missing: u64,
    /// Date of service of the line last looked at.
    cached: Option<(u32, Option<Date>)>,
}

impl Codes {
    /// The code sets that the file uses and that had no table.
    pub(super) fn missing_tables(&self) -> impl Iterator<Item = CodeSet> + '_ {
        CodeSet::ALL.iter().enumerate().filter(|(n, _)| self.missing >> n & 1 == 1).map(|(_, s)| *s)
    }

    /// Checks the segments that stand at or behind `fresh_from` in the file.
    pub(super) fn check(&mut self, look: Look<'_>, fresh_from: u64, findings: &mut Vec<Finding>) {
        let Look { guide, segments, .. } = look;
        self.cached = None;
        for located in segments.iter().filter(|located| located.file_index >= fresh_from) {
            let Some(rule) = guide.segments.get(usize::from(located.definition)) else { continue };
            if rule.has_code_sets {
                self.segment(look, (&located, rule), findings);
            }
        }
    }

    fn segment(
        &mut self,
        look: Look<'_>,
        (located, rule): (&Located<'_>, &SegmentRule),
        findings: &mut Vec<Finding>,
    ) {
        let Look { guide, tables, segments } = look;
        for (index, part) in rule.elements.iter().enumerate() {
            let element = index + 1;
            if located.segment.element(element).is_empty() {
                continue;
            }
            let mut parts: Vec<(usize, &PartRule)> = Vec::new();
            parts.extend((!part.forms.is_empty()).then_some((0, part)));
            let with_forms =
                part.components.iter().enumerate().filter(|(_, c)| !c.forms.is_empty());
            parts.extend(with_forms.map(|(index, component)| (index + 1, component)));
            for (component, part) in parts {
                let applies = |form: &&crate::guide::FormRule| {
                    form.when.as_ref().is_none_or(|when| when.holds(&located.segment))
                };
                let Some(Form::Code(set)) = part.forms.iter().find(applies).map(|f| f.form) else {
                    continue;
                };
                let on = code_date(guide, segments, set)
                    .unwrap_or_else(|| self.service_date(guide, segments, located));
                for value in located.segment.repetitions(element) {
                    let value = match component.checked_sub(1) {
                        None => value,
                        Some(n) => located.segment.split_components(value).nth(n).unwrap_or(b""),
                    };
                    let Ok(code) = std::str::from_utf8(value) else { continue };
                    if code.is_empty() {
                        continue;
                    }
                    let answer = tables.lookup(set, code, on);
                    if answer == CodeAnswer::NoTable {
                        let number = CodeSet::ALL.iter().position(|s| *s == set).unwrap_or(0);
                        self.missing |= 1 << number;
                    }
                    findings.extend(finding(located, (element, component), set, answer));
                }
            }
        }
    }

    /// The date of service that a code must be valid on: of the first kind the guide names that
    /// the code's own line or its claim has; without any, of the claim's first line.
    fn service_date(
        &mut self,
        guide: &Guide,
        segments: &SegmentBuffer,
        located: &Located<'_>,
    ) -> Option<Date> {
        if let Some((line, date)) = self.cached
            && line == located.service_line
        {
            return date;
        }
        let find = |line: u32| {
            guide.service_dates.iter().find_map(|wanted| {
                let reference = &wanted.reference;
                segments.iter().filter(|s| s.loop_id == wanted.loop_id).find_map(|candidate| {
                    let in_line = candidate.service_line == 0 || candidate.service_line == line;
                    let is_meant = candidate.segment.id() == reference.segment_id
                        && reference.qualifier.is_none_or(|q| candidate.segment.text(1) == q);
                    if !in_line || !is_meant {
                        return None;
                    }
                    let value = candidate.segment.element(usize::from(reference.element));
                    let mut days = value.split(|byte| *byte == b'-');
                    let first = days.next();
                    let day = if wanted.takes_end { days.next().or(first) } else { first };
                    parse_ccyymmdd(day?.get(..8)?)
                })
            })
        };
        let date = find(located.service_line).or_else(|| find(1));
        self.cached = Some((located.service_line, date));
        date
    }
}

/// The day on which codes of this set must be valid, when the guide names one of its own: the
/// inner nothing is a day that the transaction set does not hold.
fn code_date(guide: &Guide, segments: &SegmentBuffer, set: CodeSet) -> Option<Option<Date>> {
    let mut wanted = guide.code_dates.iter().filter(|date| date.sets.contains(&set)).peekable();
    wanted.peek()?;
    Some(wanted.find_map(|date| {
        let reference = &date.reference;
        let own = segments.iter().take_while(|held| held.loop_instance == 0);
        let mut held = own.filter(|held| held.segment.id() == reference.segment_id);
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
