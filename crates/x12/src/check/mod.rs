//! Checks of one segment against the base standard (SNIP 1) and its place in the guide (SNIP 2).

mod forms;
mod parts;
mod values;

pub(crate) use forms::{is_date, is_time};
pub use forms::{is_npi, is_routing_number};
pub(crate) use parts::SegmentCheck;
pub(crate) use values::ByteClasses;

use crate::raw::Located;
use counterfoil_base::{Acknowledgement, Finding, Severity, Text};

/// How strictly a file is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// For receiving: deviations that harm no one (trailing separators, padded values, accented
    /// letters, ISA elements of wrong width) are warnings.
    #[default]
    Lenient,
    /// For sending: they are errors.
    Strict,
}

impl Profile {
    /// The weight of a harmless deviation.
    #[must_use]
    pub fn harmless(self) -> Severity {
        match self {
            Profile::Lenient => Severity::Warning,
            Profile::Strict => Severity::Error,
        }
    }
}

/// A finding with the offending value, which a 999 may quote and a finding may not.
#[derive(Debug)]
pub(crate) struct Noted {
    pub finding: Finding,
    pub value: Text,
}

/// Where checks put what they find.
pub(crate) type Sink = Vec<Noted>;

/// A finding about an element (or component) of a segment, with its value.
pub(crate) struct Spot<'l, 'a> {
    pub at: &'l Located<'a>,
    pub element: usize,
    pub component: usize,
}

impl Spot<'_, '_> {
    /// `NM109` or `SV101-2`.
    pub(crate) fn name(&self) -> String {
        let id = self.at.segment.id();
        match self.component {
            0 => format!("{id}{:02}", self.element),
            component => format!("{id}{:02}-{component}", self.element),
        }
    }

    /// Adds an error that a 999 answers with the given IK403 code.
    pub(crate) fn error(&self, sink: &mut Sink, value: &[u8], told: Told) {
        let finding = Finding::error(told.code, told.snip, told.message)
            .at(self.at.position(self.element, self.component))
            .because(told.cause)
            .fix(told.fix)
            .answered_by(Acknowledgement {
                segment_error: Some("8"),
                element_error: Some(told.answer),
                transaction_error: Some("5"),
                ..Acknowledgement::default()
            });
        let finding = Finding { severity: told.severity, ..finding };
        sink.push(Noted { finding, value: String::from_utf8_lossy(value).as_ref().into() });
    }
}

/// The words and codes of a finding about an element.
pub(crate) struct Told {
    pub code: &'static str,
    pub snip: u8,
    pub severity: Severity,
    pub message: String,
    pub cause: &'static str,
    pub fix: String,
    /// 999 IK403.
    pub answer: &'static str,
}
