//! The check of claims before they are sent.

use super::Tone;
use crate::figure::Figure;
use counterfoil_base::Phi;

/// What is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckSource {
    /// A claim that the node holds, by its opaque id.
    Claim(String),
    /// The text of an 837.
    Text(Phi<String>),
}

/// A question to the payer's own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRequest {
    /// What is to be checked.
    pub source: CheckSource,
    /// What if these fields were different: name of the field and its value.
    pub changes: Vec<(String, Phi<String>)>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// Each claim, those with most money at stake first.
    pub claims: Vec<CheckedClaim>,
    /// Billed by all of them.
    pub billed: Figure,
    /// Expected to be paid.
    pub expected: Figure,
    /// Lost or delayed unless something is mended.
    pub at_stake: Figure,
    /// Which rules spoke: name and version of the pack, day from which it holds.
    pub rules: String,
    /// Checks that did not run, and why.
    pub not_run: Vec<String>,
}

/// Whether a claim will be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing stands against payment.
    Ready,
    /// It can be sent, and will be denied in part or whole.
    WillBeDenied,
    /// It would be returned: mend it first.
    Held,
}

impl Verdict {
    /// The words that pages use, with their tone.
    #[must_use]
    pub fn words(self) -> (&'static str, Tone) {
        match self {
            Verdict::Ready => ("ready to send", Tone::Good),
            Verdict::WillBeDenied => ("ready, but will be denied", Tone::Attention),
            Verdict::Held => ("mend before sending", Tone::Refused),
        }
    }
}

/// One claim of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedClaim {
    /// Number of the claim as the provider wrote it.
    pub number: String,
    /// Whether it will be paid.
    pub verdict: Verdict,
    /// Billed.
    pub billed: Figure,
    /// Expected to be paid.
    pub expected: Figure,
    /// What to mend, the most money first.
    pub findings: Vec<StakedFinding>,
    /// Fields that can be tried with another value.
    pub fields: Vec<EditableField>,
}

/// A finding with the money that depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StakedFinding {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// Where: loop, segment, element.
    pub place: String,
    /// The money that depends on it.
    pub at_stake: Figure,
    /// Name of the field in the form that mends it, when one does.
    pub field: Option<String>,
}

/// A field that can be tried with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableField {
    /// Name in the form.
    pub name: String,
    /// In words, with its place: `Procedure of line 1 (SV101-2)`.
    pub label: String,
    /// The value now.
    pub value: Phi<String>,
}
