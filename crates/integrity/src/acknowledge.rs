//! How a finding is answered in a 277CA: status category, status code and entity.
//!
//! Codes of the lists 507 and 508 and of data element 98, as 005010X214 uses them.

use counterfoil_base::{Acknowledgement, Finding, Severity};
use std::fmt;
use std::sync::OnceLock;

/// STC01: one status of a claim or line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimStatusEntry {
    /// STC01-1, claim status category code: `A2` accepted, `A3`, `A6`, `A7`, `A8` rejected.
    pub category: &'static str,
    /// STC01-2, claim status code.
    pub code: &'static str,
    /// STC01-3, the party concerned.
    pub entity: Option<&'static str>,
}

impl ClaimStatusEntry {
    /// The entry that tells the sender about a finding; nothing unless it refuses the claim.
    #[must_use]
    pub fn of(finding: &Finding) -> Option<ClaimStatusEntry> {
        if finding.severity != Severity::Error {
            return None;
        }
        let stated = finding.acknowledgement;
        let found = codes_of_edit(&finding.code);
        let by_segment = by_segment(&finding.position.segment_id);
        let (category, code) = match (stated.status_category, found.status_category) {
            (Some(category), _) => (category, stated.status_code.unwrap_or(INVALID)),
            (None, Some(category)) => (category, found.status_code.unwrap_or(INVALID)),
            (None, None) => (by_snip(finding), by_segment.unwrap_or(INVALID)),
        };
        let entity = stated.status_entity.or(found.status_entity);
        Some(ClaimStatusEntry { category, code, entity })
    }

    /// The status of a claim that nothing refuses: accepted into adjudication.
    #[must_use]
    pub fn accepted() -> ClaimStatusEntry {
        // 508 code 20: accepted for processing.
        ClaimStatusEntry { category: "A2", code: "20", entity: None }
    }
}

impl fmt::Display for ClaimStatusEntry {
    /// STC01 as X12 writes it, with `:` between components.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.category, self.code)?;
        self.entity.map_or(Ok(()), |entity| write!(f, ":{entity}"))
    }
}

/// 508 code 21: missing or invalid information.
const INVALID: &str = "21";

/// Code of an edit, then category, status and entity.
type Row = (&'static str, &'static str, &'static str, Option<&'static str>);

const EDITS: [Row; 26] = [
    ("INT-2-service-line-missing", "A6", "454", None),
    ("INT-3-claim-charge-balance", "A8", "178", None),
    ("INT-4-earlier-claim-number", "A6", "464", None),
    ("INT-7-earlier-claim-unknown", "A7", "464", None),
    ("INT-4-diagnosis-pointer", "A8", "477", None),
    ("INT-4-still-patient", "A8", "234", None),
    ("INT-4-service-after-receipt", "A7", "187", None),
    ("INT-5-zip-in-state", "A8", "500", None),
    ("INT-5-npi-check-digit", "A7", "562", None),
    ("INT-5-diagnosis-code", "A7", "255", None),
    ("INT-5-procedure-code", "A7", "454", None),
    ("INT-5-modifier", "A7", "453", None),
    ("INT-5-modifier-twice", "A7", "453", None),
    ("INT-5-modifier-conflict", "A8", "453", None),
    ("INT-5-place-of-service", "A7", "249", None),
    ("INT-5-revenue-code", "A7", "455", None),
    ("INT-5-bill-type", "A7", "228", None),
    ("INT-5-discharge-status", "A7", "234", None),
    ("INT-5-admission-type", "A7", "231", None),
    ("INT-5-admission-source", "A7", "229", None),
    ("INT-5-service-units", "A7", "476", None),
    ("INT-7-duplicate-claim", "A3", "54", None),
    ("INT-7-timely-filing", "A3", "718", None),
    ("INT-7-ncci-pair", "A8", "735", None),
    ("INT-7-ncci-units", "A8", "476", None),
    ("INT-7-add-on-alone", "A8", "454", None),
];

/// The acknowledgement of a built-in edit; empty for codes that are not in the table.
pub(crate) fn codes_of_edit(code: &str) -> Acknowledgement {
    let mut answer = Acknowledgement::default();
    if let Some((_, category, status, entity)) = EDITS.iter().find(|row| row.0 == code) {
        answer.status_category = Some(category);
        answer.status_code = Some(status);
        answer.status_entity = *entity;
    }
    answer
}

/// The category as the acknowledgement holds it; nothing unless it rejects a claim.
pub(crate) fn rejecting_category(text: &str) -> Option<&'static str> {
    ["A3", "A6", "A7", "A8"].into_iter().find(|known| *known == text)
}

/// A claim status code (508) of one to three digits as the acknowledgement holds it.
pub(crate) fn status_code(text: &str) -> Option<&'static str> {
    static DIGITS: OnceLock<String> = OnceLock::new();
    let number: usize = text.parse().ok().filter(|number| *number < 1000)?;
    if text != number.to_string() {
        return None;
    }
    // All numbers of three digits behind each other; a shorter one is the end of its own.
    let all = DIGITS.get_or_init(|| (0..1000).map(|number| format!("{number:03}")).collect());
    let end = (number + 1) * 3;
    all.get(end - text.len()..end)
}

/// An entity identifier (98) that a claim names, as the acknowledgement holds it.
pub(crate) fn entity_code(text: &str) -> Option<&'static str> {
    ["85", "82", "77", "87", "71", "72", "DK", "DN", "DQ", "P3", "QB", "QC", "IL", "PR", "40", "41"]
        .into_iter()
        .find(|known| *known == text)
}

/// A finding of another engine is answered by what its SNIP type and code say.
fn by_snip(finding: &Finding) -> &'static str {
    if finding.code.contains("missing") {
        return "A6";
    }
    match finding.snip {
        3 | 4 => "A8",
        1 | 2 | 5 | 6 => "A7",
        _ => "A3",
    }
}

/// Status code of the segment that a finding lies on.
fn by_segment(segment_id: &str) -> Option<&'static str> {
    Some(match segment_id {
        "HI" => "255",
        "SV1" | "SV2" | "SV5" => "454",
        "DTP" => "187",
        "LIN" => "218",
        "CL1" => "234",
        _ => return None,
    })
}
