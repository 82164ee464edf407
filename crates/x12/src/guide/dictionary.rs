//! The base standard (005010): data elements, composites, segments and their syntax notes.

use super::GuideError;
use crate::raw::SegmentTag;
use std::collections::BTreeMap;

/// The data types of X12.6 section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// String.
    An,
    /// Code.
    Id,
    /// Integer with implied decimals.
    N(u8),
    /// Decimal with explicit point.
    R,
    /// Date, six or eight digits.
    Dt,
    /// Time.
    Tm,
    /// Binary.
    B,
}

/// A data element of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementType {
    /// Data element reference number (999 IK402).
    pub number: u16,
    /// Data type.
    pub data_type: DataType,
    /// Shortest length.
    pub length_min: u16,
    /// Longest length.
    pub length_max: u16,
}

/// An element or composite at its place in a segment, or an element in a composite.
#[derive(Clone, Debug)]
pub(crate) struct PartType {
    pub kind: PartKind,
    pub is_mandatory: bool,
    pub repeat: u16,
}

#[derive(Clone, Debug)]
pub(crate) enum PartKind {
    Element(ElementType),
    Composite { parts: Vec<PartType>, notes: Vec<SyntaxNote> },
}

/// A segment of the standard.
#[derive(Clone, Debug)]
pub(crate) struct SegmentType {
    pub tag: SegmentTag,
    pub parts: Vec<PartType>,
    pub notes: Vec<SyntaxNote>,
}

/// A relation among elements of a segment (X12.6 section 3, relational conditions).
#[derive(Clone, Debug)]
pub(crate) struct SyntaxNote {
    pub kind: NoteKind,
    pub positions: Vec<u8>,
    /// The positions as bits, position n being bit n.
    pub bits: u64,
}

impl SyntaxNote {
    /// Whether the relation is broken when of the parts those are there whose bits are set.
    pub(crate) fn is_broken(&self, present: u64) -> bool {
        let held = self.bits & present;
        let count = held.count_ones();
        let first_holds = || self.positions.first().is_some_and(|n| present >> n & 1 == 1);
        match self.kind {
            NoteKind::Paired => held != 0 && held != self.bits,
            NoteKind::Required => held == 0,
            NoteKind::Exclusion => count > 1,
            NoteKind::Conditional => held != self.bits && first_holds(),
            NoteKind::ListConditional => count == 1 && first_holds(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteKind {
    Paired,
    Required,
    Exclusion,
    Conditional,
    ListConditional,
}

/// Element numbers of the interchange envelope begin here.
pub(crate) const ENVELOPE_ELEMENTS: u16 = 10_000;

/// The segments and elements of the base standard.
#[derive(Debug, Default)]
pub struct Dictionary {
    segments: Vec<SegmentType>,
}

type Composites<'t> = BTreeMap<&'t str, (Vec<PartType>, Vec<SyntaxNote>)>;

impl Dictionary {
    /// Reads the dictionary text.
    pub fn parse(text: &str) -> Result<Dictionary, GuideError> {
        let mut elements: BTreeMap<u16, ElementType> = BTreeMap::new();
        let mut composites: Composites<'_> = BTreeMap::new();
        let mut segments: Vec<SegmentType> = Vec::new();
        for (line_number, line) in super::parse::statements(text) {
            let (body, notes) = line.split_once('|').unwrap_or((line, ""));
            let mut words = body.split_whitespace();
            let fail = |message: &str| GuideError::new(line_number, message);
            match (words.next(), words.next()) {
                (Some("element"), Some(number)) => {
                    let element = element(number, words).ok_or_else(|| fail("not an element"))?;
                    elements.insert(element.number, element);
                }
                (Some("composite"), Some(name)) => {
                    let parts = words.map(|word| part(word, &elements, &BTreeMap::new()));
                    let parts = parts.collect::<Result<Vec<_>, _>>().map_err(|m| fail(&m))?;
                    composites.insert(name, (parts, syntax_notes(notes).map_err(|m| fail(&m))?));
                }
                (Some("segment"), Some(id)) => {
                    let parts = words.map(|word| part(word, &elements, &composites));
                    let parts = parts.collect::<Result<Vec<_>, _>>().map_err(|m| fail(&m))?;
                    let notes = syntax_notes(notes).map_err(|m| fail(&m))?;
                    segments.push(SegmentType {
                        tag: SegmentTag::new(id.as_bytes()),
                        parts,
                        notes,
                    });
                }
                _ => return Err(fail("expected element, composite or segment")),
            }
        }
        segments.sort_by_key(|segment| segment.tag);
        if segments.windows(2).any(|pair| pair[0].tag == pair[1].tag) {
            return Err(GuideError::new(0, "a segment is described twice"));
        }
        Ok(Dictionary { segments })
    }

    pub(crate) fn index_of(&self, tag: SegmentTag) -> Option<u16> {
        let index = self.segments.binary_search_by_key(&tag, |segment| segment.tag).ok()?;
        u16::try_from(index).ok()
    }

    pub(crate) fn segment(&self, index: u16) -> Option<&SegmentType> {
        self.segments.get(usize::from(index))
    }

    pub(crate) fn find(&self, tag: SegmentTag) -> Option<&SegmentType> {
        self.segment(self.index_of(tag)?)
    }

    /// Whether the segment belongs to the standard.
    #[must_use]
    pub fn knows(&self, segment_id: &str) -> bool {
        self.index_of(SegmentTag::new(segment_id.as_bytes())).is_some()
    }

    /// The data element at a place (999 IK402); nothing for a composite as a whole.
    #[must_use]
    pub fn element(&self, segment_id: &str, element: u32, component: u32) -> Option<ElementType> {
        let segment = self.find(SegmentTag::new(segment_id.as_bytes()))?;
        let part = segment.parts.get(usize::try_from(element.checked_sub(1)?).ok()?)?;
        match (&part.kind, component) {
            (PartKind::Element(element), _) => Some(*element),
            (PartKind::Composite { parts, .. }, component) => {
                let index = usize::try_from(component.checked_sub(1)?).ok()?;
                match parts.get(index)?.kind {
                    PartKind::Element(element) => Some(element),
                    PartKind::Composite { .. } => None,
                }
            }
        }
    }
}

fn element<'t>(number: &str, mut words: impl Iterator<Item = &'t str>) -> Option<ElementType> {
    let data_type = match words.next()? {
        "AN" => DataType::An,
        "ID" => DataType::Id,
        "R" => DataType::R,
        "DT" => DataType::Dt,
        "TM" => DataType::Tm,
        "B" => DataType::B,
        "N" => DataType::N(0),
        other => DataType::N(other.strip_prefix('N')?.parse().ok()?),
    };
    Some(ElementType {
        number: element_number(number)?,
        data_type,
        length_min: words.next()?.parse().ok()?,
        length_max: length_max(words.next()?)?,
    })
}

/// Only binary data may be longer than a segment is read; its length is not judged.
fn length_max(word: &str) -> Option<u16> {
    let length: u64 = word.parse().ok()?;
    Some(u16::try_from(length).unwrap_or(u16::MAX))
}

/// Elements of the interchange envelope (`I12`) have their own numbering, kept apart.
fn element_number(text: &str) -> Option<u16> {
    match text.strip_prefix('I') {
        Some(number) => number.parse::<u16>().ok()?.checked_add(ENVELOPE_ELEMENTS),
        None => text.parse().ok().filter(|number| *number < ENVELOPE_ELEMENTS),
    }
}

fn part(
    word: &str,
    elements: &BTreeMap<u16, ElementType>,
    composites: &Composites<'_>,
) -> Result<PartType, String> {
    let (word, repeat) = match word.split_once('^') {
        Some((word, count)) => (word, count.parse().map_err(|_| "not a repeat count")?),
        None => (word, 1),
    };
    let (name, is_mandatory) = match word.strip_suffix('!') {
        Some(name) => (name, true),
        None => (word, false),
    };
    let kind = match composites.get(name) {
        Some((parts, notes)) => PartKind::Composite { parts: parts.clone(), notes: notes.clone() },
        None => {
            let element = element_number(name).and_then(|number| elements.get(&number));
            PartKind::Element(*element.ok_or_else(|| format!("{name} is not described"))?)
        }
    };
    Ok(PartType { kind, is_mandatory, repeat })
}

fn syntax_notes(text: &str) -> Result<Vec<SyntaxNote>, String> {
    text.split_whitespace()
        .map(|word| {
            let fail = || format!("{word} is not a syntax note");
            let mut characters = word.chars();
            let kind = match characters.next() {
                Some('P') => NoteKind::Paired,
                Some('R') => NoteKind::Required,
                Some('E') => NoteKind::Exclusion,
                Some('C') => NoteKind::Conditional,
                Some('L') => NoteKind::ListConditional,
                _ => return Err(fail()),
            };
            let digits = characters.as_str().as_bytes();
            let positions: Option<Vec<u8>> = digits
                .chunks(2)
                .map(|pair| std::str::from_utf8(pair).ok()?.parse().ok().filter(|n| *n > 0))
                .collect();
            match positions {
                Some(positions) if positions.len() >= 2 && digits.len() % 2 == 0 => {
                    let bit = |n: &u8| 1u64.checked_shl(u32::from(*n));
                    let bits = positions.iter().try_fold(0, |bits, n| Some(bits | bit(n)?));
                    Ok(SyntaxNote { kind, bits: bits.ok_or_else(fail)?, positions })
                }
                _ => Err(fail()),
            }
        })
        .collect()
}
