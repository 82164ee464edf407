//! Walks the elements and components of a segment along the standard and the guide.

use super::values::{self, ByteClasses, COMPONENT, CONTROL, HIGH, REPETITION};
use super::{Profile, Sink, Spot, Told, forms};
use crate::guide::{
    Dictionary, Form, FormRule, NoteKind, PartKind, PartRule, PartType, SegmentRule, SyntaxNote,
    Usage, UsualKind,
};
use crate::raw::{Located, Segment};
use counterfoil_base::{Acknowledgement, Severity};

/// Checks segments: what they hold is judged by the dictionary and one rule of the guide.
pub(crate) struct SegmentCheck<'d> {
    pub dictionary: &'d Dictionary,
    pub classes: &'d ByteClasses,
    pub profile: Profile,
}

/// What a part is checked with.
#[derive(Clone, Copy)]
struct Part<'g> {
    base: Option<&'g PartType>,
    rule: Option<&'g PartRule>,
    /// The guide says something about the neighbours, so a part without a rule is not used.
    is_closed: bool,
}

/// What the repetitions of a composite element are checked with.
struct Composite<'g> {
    parts: &'g [PartType],
    notes: &'g [SyntaxNote],
    rules: &'g [PartRule],
    /// The last component that must be there.
    needed: usize,
    flags: u8,
    skips_codes_at: Option<usize>,
}

impl SegmentCheck<'_> {
    /// Checks one segment. `skips_codes_at` names an element whose code was reported already.
    pub(crate) fn check(
        &self,
        at: &Located<'_>,
        rule: Option<&SegmentRule>,
        skips_codes_at: Option<(u8, u8)>,
        sink: &mut Sink,
    ) {
        let segment = at.segment;
        let flags = self.classes.scan(segment.bytes());
        let base = match rule.and_then(|rule| rule.base) {
            Some(index) => self.dictionary.segment(index),
            None => self.dictionary.find(segment.tag()),
        };
        let Some(base) = base else { return };
        let count = segment.element_count();
        if count > 0 && segment.element(count).is_empty() {
            self.trailing(&Spot { at, element: count, component: 0 }, sink);
        }
        if count > base.parts.len() {
            self.too_many(&Spot { at, element: base.parts.len() + 1, component: 0 }, "3", sink);
        }
        let known = (1u64 << (base.parts.len() + 1).min(63)) - 2;
        let present = segment.present() & known;
        // Without a rule each element of the standard is looked at.
        let mut bits = present | rule.map_or(known, |rule| rule.required & known);
        while bits != 0 {
            let element = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if rule.is_some_and(|rule| self.is_usual(rule, element, (&segment, flags))) {
                continue;
            }
            let Some(part) = base.parts.get(element - 1) else { continue };
            let rules = rule.map_or(&[][..], |rule| &rule.elements);
            let part = Part {
                base: Some(part),
                rule: rules.get(element - 1),
                is_closed: !rules.is_empty(),
            };
            let skips_codes = skips_codes_at.filter(|skip| usize::from(skip.0) == element);
            self.element(&Spot { at, element, component: 0 }, part, (flags, skips_codes), sink);
        }
        for note in base.notes.iter().filter(|note| note.is_broken(present)) {
            self.note(&Spot { at, element: 0, component: 0 }, note, present, sink);
        }
    }

    /// True when the value of an element needs no further look; `flags` are the classes that its
    /// segment holds.
    #[inline]
    fn is_usual(
        &self,
        rule: &SegmentRule,
        element: usize,
        (segment, flags): (&Segment<'_>, u8),
    ) -> bool {
        let Some(Some(usual)) = rule.usual.get(element - 1) else { return false };
        let value = segment.element(element);
        let codes = match usual.kind {
            UsualKind::Code => rule.elements.get(element - 1).and_then(|rule| rule.codes.as_ref()),
            _ => None,
        };
        flags & (CONTROL | HIGH) == 0
            && usual.fits(value, codes)
            && (flags & (COMPONENT | REPETITION) == 0
                || self.classes.scan(value) & (COMPONENT | REPETITION) == 0)
    }

    fn element(
        &self,
        spot: &Spot<'_, '_>,
        part: Part<'_>,
        (flags, skips_codes): (u8, Option<(u8, u8)>),
        sink: &mut Sink,
    ) {
        let (at, element) = (spot.at, spot.element);
        let value = at.segment.element(element);
        if !self.presence(spot, value, part, sink) {
            return;
        }
        let Some(base) = part.base else { return };
        let repeats = flags & REPETITION != 0 && self.repeats(spot, value, (base, part.rule), sink);
        match &base.kind {
            PartKind::Element(kind) if !repeats => {
                if flags & COMPONENT != 0 && self.unexpected_component(spot, value, sink) {
                    return;
                }
                if values::check(spot, value, kind, (flags, self.profile), sink) {
                    self.rule(spot, value, (part.rule, skips_codes.is_some()), sink);
                }
            }
            PartKind::Element(kind) => {
                for one in at.segment.repetitions(element).filter(|one| !one.is_empty()) {
                    if values::check(spot, one, kind, (flags, self.profile), sink) {
                        self.rule(spot, one, (part.rule, skips_codes.is_some()), sink);
                    }
                }
            }
            PartKind::Composite { parts, notes } => {
                let composite = Composite {
                    parts,
                    notes,
                    rules: part.rule.map_or(&[][..], |rule| &rule.components),
                    needed: part.rule.map_or(usize::MAX, |rule| rule.needed_components),
                    flags,
                    skips_codes_at: skips_codes.map(|skip| usize::from(skip.1)),
                };
                for one in at.segment.repetitions(element).filter(|one| !one.is_empty()) {
                    self.composite(spot, one, &composite, sink);
                }
            }
        }
    }

    /// Usage: false when there is no value to look at.
    fn presence(&self, spot: &Spot<'_, '_>, value: &[u8], part: Part<'_>, sink: &mut Sink) -> bool {
        let usage = match (part.rule, part.is_closed) {
            (Some(rule), _) => rule.usage,
            (None, true) => Usage::NotUsed,
            (None, false) => Usage::Situational,
        };
        let is_lenient = part.rule.is_some_and(|rule| rule.is_lenient);
        if value.is_empty() {
            let is_mandatory = part.base.is_some_and(|base| base.is_mandatory);
            if is_mandatory || usage == Usage::Required {
                let severity = self.severity(!is_mandatory && is_lenient);
                self.missing(spot, if is_mandatory { 1 } else { 2 }, severity, sink);
            }
            return false;
        }
        if usage == Usage::NotUsed {
            let told = Told {
                code: "X12-2-element-not-used",
                snip: 2,
                severity: self.severity(is_lenient),
                message: format!("{} is not used in this place", spot.name()),
                cause: "The guide marks the element as not used",
                fix: "Leave the element empty".to_owned(),
                answer: "I10",
            };
            spot.error(sink, value, told);
        }
        true
    }

    /// An error, unless the guide binds senders alone and this is a receiver.
    fn severity(&self, is_lenient: bool) -> Severity {
        if is_lenient { self.profile.harmless() } else { Severity::Error }
    }

    fn missing(&self, spot: &Spot<'_, '_>, snip: u8, severity: Severity, sink: &mut Sink) {
        let told = Told {
            code: match snip {
                1 => "X12-1-mandatory-element-missing",
                _ => "X12-2-required-element-missing",
            },
            snip,
            severity,
            message: format!("{} is missing", spot.name()),
            cause: match snip {
                1 => "The base standard makes the element mandatory",
                _ => "The guide requires the element",
            },
            fix: format!("Send {}", spot.name()),
            answer: "1",
        };
        spot.error(sink, b"", told);
    }

    fn trailing(&self, spot: &Spot<'_, '_>, sink: &mut Sink) {
        let told = Told {
            code: "X12-1-trailing-separator",
            snip: 1,
            severity: self.profile.harmless(),
            message: format!("{} ends with separators that hold nothing", spot.at.segment.id()),
            cause: "Empty elements at the end are left out with their separators (X12.6)",
            fix: "Drop the separators before the terminator".to_owned(),
            answer: "3",
        };
        spot.error(sink, b"", told);
        // A receiver reads such a segment without loss; a 999 does not answer it.
        if let (Profile::Lenient, Some(noted)) = (self.profile, sink.last_mut()) {
            noted.finding.acknowledgement = Default::default();
        }
    }

    fn too_many(&self, spot: &Spot<'_, '_>, answer: &'static str, sink: &mut Sink) {
        let (code, what) = match answer {
            "3" => ("X12-1-too-many-elements", "elements"),
            "12" => ("X12-1-too-many-repetitions", "repetitions"),
            _ => ("X12-1-too-many-components", "components"),
        };
        let told = Told {
            code,
            snip: 1,
            severity: Severity::Error,
            message: format!("{} is one of too many {what}", spot.name()),
            cause: "The base standard bounds their number",
            fix: format!("Remove the {what} that the standard does not have"),
            answer,
        };
        spot.error(sink, b"", told);
    }

    /// True when the value has several repetitions; reports those that are too many.
    fn repeats(
        &self,
        spot: &Spot<'_, '_>,
        value: &[u8],
        (base, rule): (&PartType, Option<&PartRule>),
        sink: &mut Sink,
    ) -> bool {
        let separator = spot.at.segment.separators().repetition;
        let count = 1 + value.iter().filter(|byte| Some(**byte) == separator).count();
        let limit = rule.and_then(|rule| rule.repeat).unwrap_or(base.repeat);
        if count > usize::from(limit) {
            self.too_many(spot, "12", sink);
        }
        count > 1
    }

    fn unexpected_component(&self, spot: &Spot<'_, '_>, value: &[u8], sink: &mut Sink) -> bool {
        let found = value.contains(&spot.at.segment.separators().component);
        if found {
            self.too_many(&Spot { component: 2, ..*spot }, "13", sink);
        }
        found
    }

    fn composite(
        &self,
        whole: &Spot<'_, '_>,
        value: &[u8],
        composite: &Composite<'_>,
        sink: &mut Sink,
    ) {
        let (at, element) = (whole.at, whole.element);
        let separator = at.segment.separators().component;
        let mut components = value.split(|byte| *byte == separator);
        let mut present = 0u64;
        for (index, base) in composite.parts.iter().enumerate() {
            let spot = Spot { at, element, component: index + 1 };
            let one = match components.next() {
                Some(one) => one,
                None if index >= composite.needed => break,
                None => b"",
            };
            let rule = composite.rules.get(index);
            if one.is_empty() {
                if !base.is_mandatory && rule.is_none_or(|rule| rule.usage != Usage::Required) {
                    continue;
                }
            } else {
                present |= bit(spot.component);
                // No separator can stand in a component.
                let usual = rule.and_then(|rule| Some((rule.usual?, rule.codes.as_ref())));
                let is_plain = composite.flags & (CONTROL | HIGH) == 0;
                if is_plain && usual.is_some_and(|(usual, codes)| usual.fits(one, codes)) {
                    continue;
                }
            }
            let part = Part { base: Some(base), rule, is_closed: !composite.rules.is_empty() };
            if !self.presence(&spot, one, part, sink) {
                continue;
            }
            let PartKind::Element(kind) = &base.kind else { continue };
            if values::check(&spot, one, kind, (composite.flags, self.profile), sink) {
                let skips_codes = composite.skips_codes_at == Some(spot.component);
                self.rule(&spot, one, (part.rule, skips_codes), sink);
            }
        }
        if components.next().is_some() {
            let spot = Spot { at, element, component: composite.parts.len() + 1 };
            self.too_many(&spot, "13", sink);
        }
        for note in composite.notes.iter().filter(|note| note.is_broken(present)) {
            self.note(whole, note, present, sink);
        }
    }

    /// Codes, lengths and built-in forms of the guide.
    fn rule(
        &self,
        spot: &Spot<'_, '_>,
        value: &[u8],
        (rule, skips_codes): (Option<&PartRule>, bool),
        sink: &mut Sink,
    ) {
        let Some(rule) = rule else { return };
        if rule.usage == Usage::NotUsed {
            return;
        }
        if let Some(codes) = &rule.codes
            && !skips_codes
            && !codes.contains(value)
        {
            let told = Told {
                code: "X12-2-code-not-allowed",
                snip: 2,
                severity: Severity::Error,
                message: format!("{} has a code that the guide does not allow here", spot.name()),
                cause: "The guide lists the codes of this element",
                fix: format!("Send one of {}", codes.describe()),
                answer: "7",
            };
            spot.error(sink, value, told);
        }
        if let Some(length) = rule.length {
            // As in the base standard, an amount's length counts neither sign nor point.
            let is_money = rule.forms.iter().any(|form| matches!(form.form, Form::Money));
            let counted = |byte: &&u8| !is_money || byte.is_ascii_digit();
            let count = value.iter().filter(counted).count();
            values::check_length(spot, value, (count, length), 2, sink);
        }
        let applies =
            |form: &&FormRule| form.when.as_ref().is_none_or(|when| when.holds(&spot.at.segment));
        if let Some(form) = rule.forms.iter().find(applies) {
            let told_before = sink.len();
            self.form(spot, value, form, sink);
            for noted in sink.iter_mut().skip(told_before) {
                noted.finding.severity = self.severity(form.is_lenient);
            }
        }
    }

    fn form(&self, spot: &Spot<'_, '_>, value: &[u8], rule: &FormRule, sink: &mut Sink) {
        let digits = |count: usize| value.len() == count && value.iter().all(u8::is_ascii_digit);
        let (code, snip, answer, wanted) = match rule.form {
            Form::Code(_) => return,
            Form::Npi if forms::is_npi(value) => return,
            Form::Npi => ("X12-5-npi", 5, "7", "an NPI with a correct check digit"),
            Form::Routing if forms::is_routing_number(value) => return,
            Form::Routing => ("X12-5-routing-number", 5, "7", "a bank routing number"),
            Form::Date if value.len() == 8 && forms::is_date(value) => return,
            Form::Time if forms::is_time(value) => return,
            Form::Date => return values::not_a_date(spot, value, "date", "8", sink),
            Form::Time => return values::not_a_date(spot, value, "time", "9", sink),
            Form::DateByQualifier => {
                let qualifier = match spot.component {
                    0 => spot.at.segment.element(spot.element.saturating_sub(1)),
                    component => spot.at.segment.component(spot.element, component - 1),
                };
                if !forms::fits_qualifier(qualifier, value) {
                    values::not_a_date(spot, value, "date", "8", sink);
                }
                return;
            }
            Form::NineDigits if digits(9) => return,
            Form::NineDigits => ("X12-2-nine-digits", 2, "7", "nine digits"),
            Form::Ndc if digits(11) => return,
            Form::Ndc => ("X12-5-ndc-form", 5, "7", "eleven digits (National Drug Code, 5-4-2)"),
            Form::Phone if digits(10) => return,
            Form::Phone => ("X12-2-phone", 2, "7", "ten digits"),
            Form::Money => {
                let decimals = value.iter().position(|b| *b == b'.').map(|p| value.len() - p - 1);
                if decimals.unwrap_or(0) <= 2 {
                    return;
                }
                ("X12-2-money-decimals", 2, "7", "an amount with at most two decimals")
            }
        };
        let told = Told {
            code,
            snip,
            severity: Severity::Error,
            message: format!("{} is not {wanted}", spot.name()),
            cause: "The guide gives the element this form",
            fix: format!("Send {wanted}"),
            answer,
        };
        spot.error(sink, value, told);
        if let (5, Some(noted)) = (snip, sink.last_mut()) {
            noted.finding.acknowledgement = Acknowledgement {
                status_category: Some("A7"),
                status_code: Some(if rule.form == Form::Npi { "562" } else { "21" }),
                ..Acknowledgement::default()
            };
        }
    }

    /// A broken relation among the elements of a segment, or the components of element
    /// `element`; of these the `present` ones are there.
    fn note(&self, whole: &Spot<'_, '_>, note: &SyntaxNote, present: u64, sink: &mut Sink) {
        let (at, element) = (whole.at, whole.element);
        let first = note.positions.first().copied().unwrap_or(0);
        let holds = |n: u8| present & bit(usize::from(n)) != 0;
        let is_exclusion = note.kind == NoteKind::Exclusion;
        let culprit = match is_exclusion {
            true => note.positions.iter().rfind(|n| holds(**n)),
            false => note.positions.iter().find(|n| !holds(**n)),
        };
        let place = usize::from(culprit.copied().unwrap_or(first));
        let spot = match element {
            0 => Spot { at, element: place, component: 0 },
            element => Spot { at, element, component: place },
        };
        let told = Told {
            code: if is_exclusion { "X12-1-exclusion" } else { "X12-1-syntax-note" },
            snip: 1,
            severity: Severity::Error,
            message: match is_exclusion {
                true => format!("{} is there together with one that excludes it", spot.name()),
                false => format!("{} is missing while its partner is there", spot.name()),
            },
            cause: "The base standard relates these elements by a syntax note",
            fix: "Send both or neither, as the standard asks".to_owned(),
            answer: if is_exclusion { "10" } else { "2" },
        };
        spot.error(sink, b"", told);
    }
}

/// Position n as bit n; no segment or composite of the standard has 64 parts.
fn bit(position: usize) -> u64 {
    1 << position.min(63)
}
