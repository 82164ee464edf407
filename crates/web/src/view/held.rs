//! Claims that wait at a provider to be corrected.

use super::{FindingGroup, RawSegment, Tone};
use crate::figure::Figure;
use counterfoil_base::Date;

/// A claim that waits, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// Opaque id.
    pub id: String,
    /// The provider's number of the claim (CLM01).
    pub number: String,
    /// The payer that the claim names.
    pub payer: String,
    /// Where it waits, and why, in plain words.
    pub cause: String,
    /// What is wrong first, in plain words.
    pub reason: String,
    /// Since when.
    pub since: Date,
    /// Billed.
    pub billed: Figure,
}

/// A held claim with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldView {
    /// Its line in the list.
    pub row: HeldRow,
    /// What became of it, with how that bears on the reader: `waits to be corrected`.
    pub standing: (String, Tone),
    /// The file that brought it, and its place there.
    pub file: String,
    /// What is wrong.
    pub findings: Vec<FindingGroup>,
    /// Its segments as they came.
    pub raw: Vec<RawSegment>,
    /// True while it waits.
    pub waits: bool,
}
