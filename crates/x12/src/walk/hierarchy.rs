//! Hierarchical levels: HL01 counts, HL02 names the level around, HL04 says whether there are
//! levels within (X12.3, element 628, 734 and 736).

use super::Walker;
use crate::check::{Sink, Spot, Told};
use crate::raw::{Located, SegmentMeta, SegmentTag};
use counterfoil_base::{Position, Severity, Text};

pub(super) const HL: SegmentTag = SegmentTag::new(b"HL");

/// The HL of an open loop.
pub(super) struct Level {
    number: Text,
    /// HL04 as sent.
    child_code: Text,
    has_children: bool,
    /// Where the segment stands, and HL04 in it.
    child_code_at: (SegmentMeta, usize),
}

impl Level {
    /// Where HL04 stands.
    fn position(&self) -> Position {
        let (meta, within) = &self.child_code_at;
        meta.position("HL".to_owned(), (4, 0), *within)
    }
}

impl Walker {
    /// Checks the HL that opened the loop at `depth` and remembers it.
    pub(super) fn level(&mut self, depth: usize, at: &Located<'_>, sink: &mut Sink) {
        let segment = at.segment;
        self.hierarchical_levels = self.hierarchical_levels.saturating_add(1);
        let expected = self.hierarchical_levels;
        if !is_number(segment.element(1), expected) {
            tell(at, 1, format!("HL01 should count on to {expected}"), sink);
            // Counting goes on from what was sent, so that one slip is one finding.
            if let Ok(sent) = segment.text(1).parse() {
                self.hierarchical_levels = sent;
            }
        }
        let outer = self.frames[..depth].iter_mut().rev().find_map(|frame| frame.level.as_mut());
        let expected = outer.as_ref().map_or(&b""[..], |level| level.number.as_bytes());
        if segment.element(2) != expected {
            let message = match expected.is_empty() {
                true => "HL02 names a parent, but the level has none".to_owned(),
                false => "HL02 does not name the level that this one stands in".to_owned(),
            };
            tell(at, 2, message, sink);
        }
        if let Some(outer) = outer {
            if outer.child_code == "0" && !outer.has_children {
                let message = "HL04 says that there is no level within, but one follows";
                tell_at(outer.position(), message.to_owned(), "0", sink);
            }
            outer.has_children = true;
        }
        self.frames[depth].level = Some(Box::new(Level {
            number: segment.text_lossless(1),
            child_code: segment.text_lossless(4),
            has_children: false,
            child_code_at: (**at, segment.offset_in_segment(4)),
        }));
    }

    /// A level that announced children must have had some.
    pub(super) fn close_level(&mut self, depth: usize, sink: &mut Sink) {
        let Some(level) = self.frames[depth].level.take() else { return };
        if level.child_code == "1" && !level.has_children {
            let message = "HL04 announces levels within, but none follows";
            tell_at(level.position(), message.to_owned(), "1", sink);
        }
    }
}

/// True when the text is the number in digits, without zeros before them.
fn is_number(text: &[u8], mut number: u64) -> bool {
    let mut digits = text.iter().rev().map(|digit| u64::from(digit.wrapping_sub(b'0')));
    while digits.next() == Some(number % 10) {
        number /= 10;
        if number == 0 {
            return digits.next().is_none();
        }
    }
    false
}

fn told(message: String) -> Told {
    Told {
        code: "X12-2-hierarchy",
        snip: 2,
        severity: Severity::Error,
        message,
        cause: "HL segments number the levels and say which stands in which",
        fix: "Number the HL segments from 1 by 1 and let HL02 and HL04 tell the nesting".to_owned(),
        answer: "7",
    }
}

fn tell(at: &Located<'_>, element: usize, message: String, sink: &mut Sink) {
    let spot = Spot { at, element, component: 0 };
    spot.error(sink, at.segment.element(element), told(message));
}

fn tell_at(position: Position, message: String, value: &str, sink: &mut Sink) {
    let told = told(message);
    let finding = counterfoil_base::Finding::error(told.code, told.snip, told.message)
        .at(position)
        .because(told.cause)
        .fix(told.fix)
        .answered_by(counterfoil_base::Acknowledgement {
            segment_error: Some("8"),
            element_error: Some(told.answer),
            transaction_error: Some("5"),
            ..Default::default()
        });
    sink.push(crate::check::Noted { finding, value: value.into() });
}
