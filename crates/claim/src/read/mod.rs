//! From located segments to the model: what the readers of the 837 and the 835 share.
//!
//! Every reader dispatches on the loop that the guide's walker gave each segment, never on the
//! order of segments.

pub(crate) mod parts;

use crate::carried::{
    CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION, CarriedSegment, LossKind, LossReport,
};
use counterfoil_base::{Cents, Date, Finding, Phi, Text, Units, parse_ccyymmdd};
use counterfoil_x12::Located;
use std::fmt::Write as _;

/// Which elements of a segment the model names; the rest is carried.
pub(crate) struct Named {
    /// Bit n is set when element n is named.
    pub elements: u32,
    /// Those of them that are no composites, so that the model holds them in full.
    whole: u64,
    /// Composite elements with the number of components that the model names.
    pub composites: &'static [(usize, usize)],
    /// Elements with the value that the writer sets by itself; another value is carried.
    pub usual: &'static [(usize, &'static [u8])],
}

impl Named {
    /// Elements by number.
    pub(crate) const fn simple(elements: &[u8]) -> Named {
        let mut bits = 0;
        let mut index = 0;
        while index < elements.len() {
            bits |= 1 << elements[index];
            index += 1;
        }
        Named { elements: bits, whole: bits as u64, composites: &[], usual: &[] }
    }

    /// Says how many components the model names of composite elements.
    pub(crate) const fn composites(self, composites: &'static [(usize, usize)]) -> Named {
        let (mut whole, mut index) = (self.whole, 0);
        while index < composites.len() {
            whole &= !(1 << composites[index].0);
            index += 1;
        }
        Named { composites, whole, ..self }
    }

    /// Says which elements have a usual value that need not be carried.
    pub(crate) const fn usual(self, usual: &'static [(usize, &'static [u8])]) -> Named {
        Named { usual, ..self }
    }

    fn is_usual(&self, element: usize, value: &[u8]) -> bool {
        self.usual.iter().any(|(n, usual)| *n == element && *usual == value)
    }

    fn holds(&self, element: usize) -> bool {
        element < 32 && self.elements & (1 << element) != 0
    }

    fn components(&self, element: usize) -> Option<usize> {
        self.composites.iter().find(|(n, _)| *n == element).map(|(_, components)| *components)
    }
}

/// Where carried segments of one scope (claim, other payer, line) go, and how its loops count.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    pub carried: Vec<CarriedSegment>,
    loops: Vec<(&'static str, u32, u16)>,
}

impl Scope {
    /// A scope that already holds something.
    pub(crate) fn holding(carried: Vec<CarriedSegment>) -> Scope {
        Scope { carried, loops: Vec::new() }
    }

    /// Which occurrence of its loop within the scope the segment stands in, from 1.
    ///
    /// Called at the first segment of every loop that can repeat, so that the count is right
    /// when a later one has something to carry.
    pub(crate) fn occurrence(&mut self, at: &Located<'_>) -> u16 {
        match self.loops.iter_mut().rev().find(|(id, ..)| *id == at.loop_id) {
            Some((_, instance, count)) => {
                if *instance != at.loop_instance {
                    *instance = at.loop_instance;
                    *count = count.saturating_add(1);
                }
                *count
            }
            None => {
                self.loops.push((at.loop_id, at.loop_instance, 1));
                1
            }
        }
    }
}

/// Takes findings and losses while segments are read.
pub(crate) struct Reading<'r> {
    pub findings: &'r mut Vec<Finding>,
    pub loss: &'r mut LossReport,
}

/// The outcome of reading a number: the raw value of a bad one has to be carried.
pub(crate) enum Value<T> {
    Absent,
    Good(T),
    Bad,
}

impl<T> Value<T> {
    pub(crate) fn good(self) -> Option<T> {
        match self {
            Value::Good(value) => Some(value),
            Value::Absent | Value::Bad => None,
        }
    }

    pub(crate) fn is_bad(&self) -> bool {
        matches!(self, Value::Bad)
    }
}

/// Elements whose value could not be read and is carried raw, with the component or 0.
#[derive(Default)]
pub(crate) struct Unread {
    list: Vec<(usize, usize)>,
}

impl Unread {
    pub(crate) fn note<T>(
        &mut self,
        element: usize,
        component: usize,
        value: Value<T>,
    ) -> Option<T> {
        if value.is_bad() {
            self.list.push((element, component));
        }
        value.good()
    }

    pub(crate) fn add(&mut self, element: usize, component: usize) {
        self.list.push((element, component));
    }
}

impl Reading<'_> {
    /// An element's text; bytes that are not UTF-8 are read as Latin-1 and reported.
    #[inline]
    pub(crate) fn text(&mut self, at: &Located<'_>, element: usize) -> Text {
        let bytes = at.segment.element(element);
        if bytes.is_empty() { Text::default() } else { self.decode(at, bytes, element) }
    }

    /// A component's text.
    pub(crate) fn component(&mut self, at: &Located<'_>, element: usize, component: usize) -> Text {
        self.decode(at, at.segment.component(element, component), element)
    }

    pub(crate) fn decode(&mut self, at: &Located<'_>, bytes: &[u8], element: usize) -> Text {
        if bytes.is_empty() {
            return Text::default();
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Text::from(text);
        }
        self.loss.add(loop_path(at), &item(at, element, 0), LossKind::Latin1);
        bytes.iter().map(|&byte| char::from(byte)).collect()
    }

    /// An amount of money.
    pub(crate) fn cents(&mut self, at: &Located<'_>, element: usize) -> Value<Cents> {
        self.cents_in(at, at.segment.element(element), element, 0)
    }

    pub(crate) fn cents_in(
        &mut self,
        at: &Located<'_>,
        bytes: &[u8],
        element: usize,
        component: usize,
    ) -> Value<Cents> {
        if bytes.is_empty() {
            return Value::Absent;
        }
        match Cents::parse_bytes(bytes) {
            Ok(cents) => Value::Good(cents),
            Err(error) => {
                let finding = Finding::error(
                    "CLAIM-1-amount-unreadable",
                    1,
                    format!(
                        "The amount in {} cannot be read: {error}",
                        item(at, element, component)
                    ),
                );
                self.findings.push(
                    finding
                        .at(at.position(element, component))
                        .because("amounts are decimal numbers (type R) of whole cents")
                        .fix("send the amount as digits with at most two decimal places"),
                );
                Value::Bad
            }
        }
    }

    /// A quantity.
    pub(crate) fn units(&mut self, at: &Located<'_>, element: usize) -> Value<Units> {
        let bytes = at.segment.element(element);
        if bytes.is_empty() {
            return Value::Absent;
        }
        match Units::parse_bytes(bytes) {
            Ok(units) => Value::Good(units),
            Err(error) => {
                let finding = Finding::error(
                    "CLAIM-1-quantity-unreadable",
                    1,
                    format!("The quantity in {} cannot be read: {error}", item(at, element, 0)),
                );
                self.findings.push(
                    finding
                        .at(at.position(element, 0))
                        .because("quantities are decimal numbers (type R)")
                        .fix("send the quantity as digits with at most one decimal point"),
                );
                Value::Bad
            }
        }
    }

    /// A day written CCYYMMDD.
    pub(crate) fn date(&mut self, at: &Located<'_>, element: usize) -> Value<Date> {
        let bytes = at.segment.element(element);
        if bytes.is_empty() {
            return Value::Absent;
        }
        match parse_ccyymmdd(bytes) {
            Some(date) => Value::Good(date),
            None => {
                self.bad_date(at, element);
                Value::Bad
            }
        }
    }

    /// Says that a date is none.
    pub(crate) fn bad_date(&mut self, at: &Located<'_>, element: usize) {
        let finding = Finding::error(
            "CLAIM-1-date-unreadable",
            1,
            format!("{} is not a date of the calendar in the format stated", item(at, element, 0)),
        );
        self.findings.push(
            finding
                .at(at.position(element, 0))
                .because("dates are CCYYMMDD, spans two of them in order with a hyphen between")
                .fix("send a day that exists; the first day of a span is not after the last"),
        );
    }

    /// Says that a whole number is none.
    pub(crate) fn bad_number(&mut self, at: &Located<'_>, element: usize, component: usize) {
        let finding = Finding::error(
            "CLAIM-1-number-unreadable",
            1,
            format!("{} is not a whole number", item(at, element, component)),
        );
        self.findings.push(
            finding
                .at(at.position(element, component))
                .because("the element counts or points and holds digits only")
                .fix("send digits only"),
        );
    }

    /// Keeps a segment whole.
    pub(crate) fn carry(&mut self, at: &Located<'_>, scope: &mut Scope) {
        self.loss.add(loop_path(at), shown_id(at), LossKind::Segment);
        self.keep_whole(at, scope);
    }

    /// Keeps a segment whole because one of its values could not be read.
    pub(crate) fn carry_unreadable(&mut self, at: &Located<'_>, scope: &mut Scope) {
        self.loss.add(loop_path(at), shown_id(at), LossKind::Value);
        self.keep_whole(at, scope);
    }

    /// Keeps a segment whole without counting it as a loss.
    pub(crate) fn keep_whole(&mut self, at: &Located<'_>, scope: &mut Scope) {
        let mut bytes = Text::default();
        for element in 0..=at.segment.element_count() {
            if element > 0 {
                bytes.push(CARRIED_ELEMENT);
            }
            self.encode(at, element, 0, &mut bytes);
        }
        let loop_occurrence = scope.occurrence(at);
        scope.carried.push(CarriedSegment {
            loop_id: loop_name(at).into(),
            loop_occurrence,
            segment_occurrence: 0,
            bytes: Phi::new(trimmed(bytes)),
        });
    }

    /// Keeps the elements that the model does not name or could not read, when there are any.
    #[inline]
    pub(crate) fn carry_rest(
        &mut self,
        at: &Located<'_>,
        named: &Named,
        unread: &Unread,
        keep: (&mut Scope, u16),
    ) {
        let present = at.segment.present();
        if present & !named.whole != 0 || !unread.list.is_empty() {
            self.carry_unnamed(at, named, unread, keep);
        }
    }

    fn carry_unnamed(
        &mut self,
        at: &Located<'_>,
        named: &Named,
        unread: &Unread,
        keep: (&mut Scope, u16),
    ) {
        let count = at.segment.element_count();
        let rest = |element: usize| {
            let value = at.segment.element(element);
            !value.is_empty()
                && !named.is_usual(element, value)
                && (!named.holds(element) || has_more_components(at, element, named))
        };
        let asked = at.segment.present() & !named.whole;
        // Bit 63 stands for all elements from the 63rd on.
        let is_asked = |element: &usize| asked >> element.min(&63) & 1 == 1;
        if unread.list.is_empty() && !(1..=count).filter(is_asked).any(rest) {
            return;
        }
        let mut bytes = Text::from(at.segment.id());
        for element in 1..=count {
            bytes.push(CARRIED_ELEMENT);
            if let Some(&(_, component)) = unread.list.iter().find(|(n, _)| *n == element) {
                self.loss.add(loop_path(at), &item(at, element, component), LossKind::Value);
                self.encode(at, element, 0, &mut bytes);
            } else if rest(element) {
                self.loss.add(loop_path(at), &item(at, element, 0), LossKind::Element);
                let skip = if named.holds(element) { named.components(element) } else { None };
                self.encode(at, element, skip.unwrap_or(0), &mut bytes);
            }
        }
        let (scope, segment_occurrence) = keep;
        let loop_occurrence = scope.occurrence(at);
        scope.carried.push(CarriedSegment {
            loop_id: loop_name(at).into(),
            loop_occurrence,
            segment_occurrence,
            bytes: Phi::new(trimmed(bytes)),
        });
    }

    /// Keeps one element as a segment of its own (occurrence 0), or for the n-th of a list.
    pub(crate) fn carry_one_element(
        &mut self,
        at: &Located<'_>,
        element: usize,
        keep: (&mut Scope, u16),
    ) {
        self.loss.add(loop_path(at), &item(at, element, 0), LossKind::Element);
        let mut bytes = Text::from(at.segment.id());
        bytes.push(CARRIED_ELEMENT);
        self.encode(at, element, 0, &mut bytes);
        let (scope, segment_occurrence) = keep;
        let loop_occurrence = scope.occurrence(at);
        scope.carried.push(CarriedSegment {
            loop_id: loop_name(at).into(),
            loop_occurrence,
            segment_occurrence,
            bytes: Phi::new(bytes),
        });
    }

    /// Appends an element in the encoding of carried segments, its first components left empty.
    fn encode(&mut self, at: &Located<'_>, element: usize, skip: usize, into: &mut Text) {
        for (nth, repetition) in at.segment.repetitions(element).enumerate() {
            if nth > 0 {
                into.push(CARRIED_REPETITION);
            }
            for (index, component) in at.segment.split_components(repetition).enumerate() {
                if index > 0 {
                    into.push(CARRIED_COMPONENT);
                }
                if nth == 0 && index < skip {
                    continue;
                }
                let text = self.decode(at, component, element);
                if text.contains(is_reserved) {
                    let item = item(at, element, 0);
                    self.loss.add(loop_path(at), &item, LossKind::ControlCharacter);
                    into.extend(text.chars().map(|c| if is_reserved(c) { '?' } else { c }));
                } else {
                    into.push_str(&text);
                }
            }
        }
    }
}

fn has_more_components(at: &Located<'_>, element: usize, named: &Named) -> bool {
    match named.components(element) {
        Some(components) => {
            at.segment.components(element).skip(components).any(|c| !c.is_empty())
                || at.segment.repetitions(element).nth(1).is_some()
        }
        None => false,
    }
}

fn is_reserved(character: char) -> bool {
    matches!(character, CARRIED_ELEMENT | CARRIED_REPETITION | CARRIED_COMPONENT)
}

/// The bytes without trailing empty elements.
fn trimmed(bytes: Text) -> Text {
    if bytes.ends_with(CARRIED_ELEMENT) {
        Text::from(bytes.trim_end_matches(CARRIED_ELEMENT))
    } else {
        bytes
    }
}

/// The loop of a segment; segments outside every loop stand in the header until a reader that
/// knows better says that they stand in the summary.
fn loop_name(at: &Located<'_>) -> &'static str {
    match (at.loop_id, at.segment.id()) {
        ("", "PLB") => "SUMMARY",
        ("", _) => "HEADER",
        (id, _) => id,
    }
}

/// The loop path, `HEADER` or `SUMMARY` outside every loop.
fn loop_path(at: &Located<'_>) -> &'static str {
    if at.loop_path.is_empty() { loop_name(at) } else { at.loop_path }
}

/// `CLM-19`, or `SV1-01-8` with a component.
fn item(at: &Located<'_>, element: usize, component: usize) -> Text {
    let mut text = Text::from(shown_id(at));
    // Writing to a string cannot fail.
    let _ = write!(text, "-{element:02}");
    if component > 0 {
        let _ = write!(text, "-{component}");
    }
    text
}

/// The segment identifier for a report; `?` when it does not have the form of one.
fn shown_id<'a>(at: &Located<'a>) -> &'a str {
    match at.segment.shown_id() {
        "" => "?",
        id => id,
    }
}
