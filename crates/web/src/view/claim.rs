//! A claim as both parties tell it.

use super::{FindingGroup, MatchState, RawSegment, Target, TimelineEvent, Tone};
use crate::figure::Figure;
use counterfoil_base::{Date, Phi};

/// Where a claim stands, in the words of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimStanding {
    /// One word: `paid`, `pended`, `held back`.
    pub word: String,
    /// How it bears on the reader.
    pub tone: Tone,
}

/// A claim in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    /// Opaque id.
    pub id: String,
    /// The payer's claim control number, or the provider's own before there is one.
    pub number: String,
    /// The patient's name.
    pub patient: Phi<String>,
    /// The other party.
    pub partner: String,
    /// Where it stands.
    pub standing: ClaimStanding,
    /// Why, plain words first, code second; empty when there is nothing to say.
    pub reason: String,
    /// First day of service.
    pub service_from: Date,
    /// Billed.
    pub billed: Figure,
    /// Allowed; nothing before the decision.
    pub allowed: Option<Figure>,
    /// Owed by the patient; nothing before the decision.
    pub patient_share: Option<Figure>,
    /// Paid; nothing before the decision.
    pub paid: Option<Figure>,
}

/// A claim with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimView {
    /// Its line in the list.
    pub row: ClaimRow,
    /// `professional` or `institutional`.
    pub kind: String,
    /// Who billed it.
    pub billing_provider: String,
    /// Diagnoses as codes.
    pub diagnoses: Vec<String>,
    /// The claim that it replaces or voids, or that replaces it, with the words that say which.
    pub related: Vec<(String, Target)>,
    /// The file that brought it.
    pub file: Option<(String, Target)>,
    /// What both parties say, oldest first.
    pub timeline: Vec<TimelineEvent>,
    /// Service lines.
    pub lines: Vec<LineView>,
    /// What was found before or at arrival.
    pub findings: Vec<FindingGroup>,
    /// Whether both sides hold the same state.
    pub matched: MatchState,
    /// Where it stands by what both parties have said; nothing when it is told in no record.
    pub record: Option<RecordState>,
    /// Its segments as they arrived.
    pub raw: Vec<RawSegment>,
    /// What a named person may decide now; empty when there is nothing to decide.
    pub choices: Vec<DecisionChoice>,
    /// Version of what is shown; a decision names it, so that two people cannot both decide.
    pub version: u64,
}

/// Where a claim stands by both halves of the record, the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordState {
    /// A word, `paid`, with what is unusual about it in brackets.
    pub standing: String,
    /// Hash of the state, in hexadecimal; nothing when a body is withheld.
    pub hash: Option<String>,
}

/// A line with what became of its charge: billed = reductions + patient share + paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// 1-based.
    pub number: u32,
    /// Procedure or revenue code with modifiers.
    pub service: String,
    /// Day of service.
    pub day: Date,
    /// Units.
    pub units: Figure,
    /// Billed.
    pub billed: Figure,
    /// Allowed; nothing before the decision.
    pub allowed: Option<Figure>,
    /// What reduced it, by rule.
    pub reductions: Vec<Reduction>,
    /// Owed by the patient.
    pub patient_share: Option<Figure>,
    /// Paid.
    pub paid: Option<Figure>,
}

/// A reduction of a charge by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// How much.
    pub amount: Figure,
    /// Why, in plain words.
    pub words: String,
    /// Group and reason code: `CO-45`.
    pub code: String,
}

/// Something that a named person may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionChoice {
    /// Name in the form: `approve`, `deny`.
    pub name: String,
    /// In words: `Approve as priced`.
    pub words: String,
    /// What would be paid.
    pub effect: Figure,
    /// True when a reason must be written.
    pub needs_reason: bool,
}
