//! Implementation guides as data: what a transaction set may hold, compiled once from text.
//!
//! The text format is described in `docs/reference/guide-format.md`.

mod code_list;
mod codes;
mod dictionary;
mod index;
mod parse;
mod parse_rule;
mod set;

pub use codes::{CodeAnswer, CodeLookup, CodeSet, Form, NoTables};
pub use dictionary::{DataType, Dictionary, ElementType};
pub use set::GuideSet;

pub(crate) use code_list::{CodeList, pack};
pub(crate) use dictionary::{ENVELOPE_ELEMENTS, NoteKind, PartKind, PartType, SyntaxNote};

use crate::raw::{Segment, SegmentTag};
use std::fmt;

/// Why a guide or dictionary text does not parse: a mistake in the product's own data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl GuideError {
    pub(crate) fn new(line: usize, message: impl Into<String>) -> GuideError {
        GuideError { line, message: message.into() }
    }
}

impl fmt::Display for GuideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for GuideError {}

/// Whether a segment, loop or element must, may or must not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Must be there.
    Required,
    /// There when the situation asks for it.
    Situational,
    /// Must not be there.
    NotUsed,
}

/// One implementation guide, compiled.
#[derive(Debug)]
pub struct Guide {
    /// Short name, for example `837P`.
    pub id: &'static str,
    /// Transaction set identifier (ST01).
    pub transaction_set: &'static str,
    /// Version and implementation (GS08, ST03).
    pub version: &'static str,
    /// Functional identifier (GS01).
    pub functional_id: &'static str,
    /// Title in plain words.
    pub title: &'static str,
    /// Other versions that are read with this guide.
    pub(crate) accepts: Vec<&'static str>,
    pub(crate) loops: Vec<LoopRule>,
    pub(crate) segments: Vec<SegmentRule>,
    pub(crate) service_dates: Vec<ServiceDate>,
    pub(crate) code_dates: Vec<CodeDate>,
    pub(crate) rules: Vec<Rule>,
    /// For each loop the rules that are tried in its occurrences.
    pub(crate) rules_in: Vec<Vec<RuleIn>>,
    pub(crate) has_unit: bool,
}

/// A loop: its segments and loops in order. Loop 0 is the transaction set itself.
#[derive(Debug)]
pub(crate) struct LoopRule {
    pub id: &'static str,
    pub path: &'static str,
    pub name: &'static str,
    pub parent: u16,
    pub items: Vec<Item>,
    /// The tags of the items, each once.
    pub tags: Vec<SegmentTag>,
    /// For each tag the indices of its items, in guide order.
    pub by_tag: Vec<Vec<u16>>,
    /// Indices of the required items, in guide order.
    pub required: Vec<u16>,
    /// Holds the unit loop, or is it: a new occurrence begins or ends units.
    pub is_context: bool,
    pub is_unit: bool,
    pub is_line: bool,
}

impl LoopRule {
    /// The items that a segment with this tag can be.
    pub(crate) fn items_with(&self, tag: SegmentTag) -> &[u16] {
        let found = self.tags.iter().position(|held| *held == tag);
        found.and_then(|index| self.by_tag.get(index)).map_or(&[], Vec::as_slice)
    }
}

/// A segment or loop at its place within a loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub kind: ItemKind,
    /// Identifier of the segment, or of the segment that opens the loop.
    pub tag: SegmentTag,
    /// Items with the same order may come in any order among themselves.
    pub order: u16,
    pub usage: Usage,
    /// The usage binds senders; a receiver reads on with a warning.
    pub is_lenient: bool,
    /// `u32::MAX` when unbounded.
    pub max: u32,
    /// The segment rule; for a loop, that of its first segment.
    pub segment: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Segment,
    Loop(u16),
}

/// A segment as one place of the guide wants it.
#[derive(Clone, Debug)]
pub(crate) struct SegmentRule {
    pub id: &'static str,
    pub name: &'static str,
    pub loop_index: u16,
    pub discriminators: Vec<Discriminator>,
    /// Element n is at index n - 1; elements after the last are not used.
    pub elements: Vec<PartRule>,
    /// Index into the dictionary.
    pub base: Option<u16>,
    /// The elements that must be there by the standard or the guide, element n as bit n.
    pub required: u64,
    /// For each element of the standard what most of its values are like; see [`PartRule`].
    pub usual: Vec<Option<Usual>>,
    /// Elements with codes to be looked up in a table, and in which of their components (0: the
    /// element itself).
    pub code_parts: Vec<(usize, Vec<usize>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Discriminator {
    pub element: u8,
    /// 0 when the element is simple.
    pub component: u8,
    pub codes: CodeList,
}

/// An element or component as the guide wants it.
#[derive(Clone, Debug)]
pub(crate) struct PartRule {
    pub usage: Usage,
    /// The usage binds senders; a receiver reads on with a warning.
    pub is_lenient: bool,
    pub codes: Option<CodeList>,
    pub length: Option<(u16, u16)>,
    pub forms: Vec<FormRule>,
    pub repeat: Option<u16>,
    /// Component n is at index n - 1; empty when the guide says nothing about components.
    pub components: Vec<PartRule>,
    /// What most values of a simple element or component are like, so that such a one needs no
    /// further look; nothing when more is asked than length, type and code.
    pub usual: Option<Usual>,
    /// The last component that must be there; more than there are when the guide says nothing.
    pub needed_components: usize,
    pub is_discriminator: bool,
}

impl PartRule {
    pub(crate) fn new(usage: Usage) -> PartRule {
        PartRule {
            usage,
            is_lenient: false,
            codes: None,
            length: None,
            forms: Vec::new(),
            repeat: None,
            components: Vec::new(),
            usual: None,
            needed_components: usize::MAX,
            is_discriminator: false,
        }
    }
}

/// What most values of a simple element or component are like: one that is, and that holds no
/// control character, separator or byte above ASCII, passes every check of standard and guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usual {
    pub kind: UsualKind,
    /// The narrower bounds of standard and guide; at least 1.
    pub length_min: u16,
    pub length_max: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsualKind {
    /// Any text.
    Text,
    /// One of the codes that the guide lists.
    Code,
    /// Digits.
    Whole,
    /// Digits with or without a point; the bounds count digits.
    Decimal { places_max: u8 },
}

impl Usual {
    /// False when the value has to be looked at; `codes` are those that the guide lists.
    #[inline]
    pub(crate) fn fits(&self, value: &[u8], codes: Option<&CodeList>) -> bool {
        let has_length = |length| {
            (usize::from(self.length_min)..=usize::from(self.length_max)).contains(&length)
        };
        match self.kind {
            UsualKind::Text | UsualKind::Code => {
                has_length(value.len())
                    && value.first() != Some(&b' ')
                    && value.last() != Some(&b' ')
                    && (self.kind == UsualKind::Text
                        || codes.is_some_and(|codes| codes.contains(value)))
            }
            UsualKind::Whole => has_length(value.len()) && value.iter().all(u8::is_ascii_digit),
            UsualKind::Decimal { places_max } => {
                let point = value.iter().position(|byte| *byte == b'.');
                let (whole, places) = value.split_at(point.unwrap_or(value.len()));
                let places = places.get(1..).unwrap_or(b"");
                let is_led_by_zero = matches!(whole, [b'0', _, ..]);
                !is_led_by_zero
                    && places.len() <= usize::from(places_max)
                    && has_length(whole.len() + places.len())
                    && whole.iter().chain(places).all(u8::is_ascii_digit)
            }
        }
    }
}

/// A form or code set, and when it applies.
#[derive(Clone, Debug)]
pub(crate) struct FormRule {
    pub form: Form,
    /// The form binds senders; a receiver reads on with a warning.
    pub is_lenient: bool,
    pub when: Option<Discriminator>,
}

impl Discriminator {
    /// The value in the segment that this discriminator looks at.
    pub(crate) fn value<'a>(&self, segment: &Segment<'a>) -> &'a [u8] {
        let element = usize::from(self.element);
        match self.component {
            0 => segment.element(element),
            component => segment.component(element, usize::from(component)),
        }
    }

    pub(crate) fn holds(&self, segment: &Segment<'_>) -> bool {
        self.codes.contains(self.value(segment))
    }
}

impl SegmentRule {
    /// A rule that says nothing yet; `base` is the segment's place in the dictionary.
    pub(crate) fn new(
        (id, name): (&'static str, &'static str),
        loop_index: u16,
        base: Option<u16>,
    ) -> SegmentRule {
        SegmentRule {
            id,
            name,
            loop_index,
            discriminators: Vec::new(),
            elements: Vec::new(),
            base,
            required: 0,
            usual: Vec::new(),
            code_parts: Vec::new(),
        }
    }

    /// What the guide says of an element, or of a component of it (0: the element).
    pub(crate) fn part(&self, element: usize, component: usize) -> Option<&PartRule> {
        let rule = self.elements.get(element.checked_sub(1)?)?;
        match component.checked_sub(1) {
            None => Some(rule),
            Some(index) => rule.components.get(index),
        }
    }

    /// True when each discriminator has one of its values.
    pub(crate) fn matches(&self, segment: &Segment<'_>) -> bool {
        self.discriminators.iter().all(|d| d.holds(segment))
    }
}

/// Where the date of service stands.
#[derive(Clone, Debug)]
pub(crate) struct ServiceDate {
    pub loop_id: &'static str,
    /// The loops with that identifier.
    pub loops: Vec<u16>,
    pub reference: Reference,
    /// Identifier of the segment that is meant.
    pub tag: SegmentTag,
    pub takes_end: bool,
}

/// Where the day stands on which codes of certain sets must be valid, whatever the service date.
#[derive(Clone, Debug)]
pub(crate) struct CodeDate {
    pub sets: Vec<CodeSet>,
    /// Of the transaction set's own segments.
    pub reference: Reference,
}

/// Points into segments: `[LOOP/]SEG[QUALIFIER]EE-C`.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub loop_id: Option<&'static str>,
    /// Empty when the loop itself is meant.
    pub segment_id: &'static str,
    pub qualifier: Option<&'static str>,
    pub element: u8,
    pub component: u8,
}

/// A condition over one occurrence of a loop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition<R> {
    All(Vec<Condition<R>>),
    Any(Vec<Condition<R>>),
    Not(Box<Condition<R>>),
    Test { reference: R, counted: bool, test: Test },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Present,
    OneOf(CodeList),
    NoneOf(CodeList),
    BeginsWith(Vec<&'static str>),
    Compare(Comparison, counterfoil_base::Decimal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// A situational rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub code: &'static str,
    pub snip: u8,
    pub severity: counterfoil_base::Severity,
    pub message: &'static str,
    pub fix: &'static str,
    /// The conditions for each loop in whose occurrences the rule is tried; loop 0 is tried
    /// when the transaction set ends.
    pub scopes: Vec<RuleScope>,
}

/// A rule's conditions as seen from one loop.
#[derive(Clone, Debug)]
pub(crate) struct RuleScope {
    pub loop_index: u16,
    pub when: Condition<Plan>,
    pub then: Condition<Plan>,
    pub at: Option<Plan>,
}

/// One scope of a rule, and without which segments its condition cannot hold.
#[derive(Clone, Debug)]
pub(crate) struct RuleIn {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the scope in the rule.
    pub scope: usize,
    /// Definitions of which one must be there; nothing when the condition can hold without any.
    pub needs: Option<Vec<u16>>,
    /// The rule before it in the same loop is tried under the very same condition.
    pub repeats_condition: bool,
}

/// A reference resolved as seen from one loop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The loop within whose present occurrence is looked.
    pub anchor: u16,
    /// The segment rules meant.
    pub definitions: Vec<u16>,
    pub qualifier: Option<&'static str>,
    pub element: u8,
    pub component: u8,
}

impl Guide {
    /// Reads a guide text over a dictionary. Loop paths are kept for the life of the program.
    pub fn parse(text: &'static str, dictionary: &Dictionary) -> Result<Guide, GuideError> {
        parse::parse(text, dictionary)
    }

    /// Loop identifiers in guide order, the transaction set itself left out.
    pub fn loop_ids(&self) -> impl Iterator<Item = &'static str> {
        self.loops.iter().skip(1).map(|l| l.id)
    }

    /// True when `version` (GS08 or ST03) is this guide's own or one that it accepts.
    #[must_use]
    pub fn reads_version(&self, version: &str) -> bool {
        self.version == version || self.accepts.contains(&version)
    }
}
