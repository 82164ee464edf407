//! A finding: data about a file, claim or contract that a person or the other party must see.
//!
//! A finding never stops a run. It has a stable code, a sentence, a position, the cause and the
//! next step, and it can carry the codes with which it is answered in a 999 or a 277CA.

use std::borrow::Cow;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is refused.
    Note,
    /// Accepted by a lenient receiver; a strict sender would not send it.
    Warning,
    /// The segment, claim or file is refused or would be.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// Where in the source a finding lies; unknown parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// 1-based position of the segment in the file, ISA being 1.
    pub segment: Option<u64>,
    /// 1-based position of the segment in its transaction set, ST being 1 (999 IK302).
    pub segment_in_transaction: Option<u64>,
    /// Segment identifier, for example `CLM`.
    pub segment_id: String,
    /// 1-based element position in the segment, 0 for the segment as a whole.
    pub element: u32,
    /// 1-based component in a composite element, 0 for the element as a whole.
    pub component: u32,
    /// Byte offset in the file of the element, or of the segment when no element is named.
    pub offset: Option<u64>,
    /// Loop path, for example `2000A/2000B/2300/2400`.
    pub loop_path: String,
    /// 1-based service line of the claim, when there is one.
    pub service_line: Option<u32>,
}

/// The codes with which a finding is answered in acknowledgements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Acknowledgement {
    /// 999 IK304, implementation segment syntax error code.
    pub segment_error: Option<&'static str>,
    /// 999 IK403, implementation data element syntax error code.
    pub element_error: Option<&'static str>,
    /// 999 IK502, implementation transaction set syntax error code.
    pub transaction_error: Option<&'static str>,
    /// 999 AK905, functional group syntax error code.
    pub group_error: Option<&'static str>,
    /// TA105, interchange note code.
    pub interchange_error: Option<&'static str>,
    /// 277CA STC01-1, claim status category code (507), for example `A7`.
    pub status_category: Option<&'static str>,
    /// 277CA STC01-2, claim status code (508), for example `562`.
    pub status_code: Option<&'static str>,
    /// 277CA STC01-3, entity identifier code (98) of the party concerned, for example `85`.
    pub status_entity: Option<&'static str>,
}

/// Data about a file, claim or contract: what is wrong, where, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, for example `X12-2-required-element-missing`.
    pub code: Cow<'static, str>,
    /// SNIP type 1 to 7 of the check that spoke (WEDI SNIP testing types).
    pub snip: u8,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it lies.
    pub position: Position,
    /// One sentence in plain words; never holds personal data.
    pub message: String,
    /// Why the rule exists or what made it speak.
    pub cause: String,
    /// What the sender does next.
    pub fix: String,
    /// How it is answered in acknowledgements.
    pub acknowledgement: Acknowledgement,
}

impl Finding {
    /// An error with a code, SNIP type and sentence; the rest is filled by the `with` methods.
    #[must_use]
    pub fn error(code: &'static str, snip: u8, message: impl Into<String>) -> Finding {
        Finding {
            code: Cow::Borrowed(code),
            snip,
            severity: Severity::Error,
            position: Position::default(),
            message: message.into(),
            cause: String::new(),
            fix: String::new(),
            acknowledgement: Acknowledgement::default(),
        }
    }

    /// The same with severity warning.
    #[must_use]
    pub fn warning(code: &'static str, snip: u8, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(code, snip, message) }
    }

    /// The same with severity note.
    #[must_use]
    pub fn note(code: &'static str, snip: u8, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Note, ..Finding::error(code, snip, message) }
    }

    /// Says where it lies.
    #[must_use]
    pub fn at(mut self, position: Position) -> Finding {
        self.position = position;
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Finding {
        self.cause = cause.into();
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Finding {
        self.fix = fix.into();
        self
    }

    /// Says how it is answered in acknowledgements.
    #[must_use]
    pub fn answered_by(mut self, acknowledgement: Acknowledgement) -> Finding {
        self.acknowledgement = acknowledgement;
        self
    }

    /// True for a finding that refuses what it is about.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
