//! How a finding is answered in a 277CA: status category, status code and entity.
//!
//! Codes of the lists 507 and 508 and of data element 98, as 005010X214 uses them.

use counterfoil_base::{Acknowledgement, Finding, Severity};
use counterfoil_x12::status_277ca::StatusInformation;
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
        let stated = match finding.acknowledgement.status_category {
            Some(_) => finding.acknowledgement,
            None => codes_of_edit(&finding.code),
        };
        if let Some(category) = stated.status_category {
            let code = stated.status_code.unwrap_or(INVALID);
            return Some(ClaimStatusEntry { category, code, entity: stated.status_entity });
        }
        // A finding of the guide engine is answered by where it lies.
        let (code, entity) = by_position(finding).unwrap_or((INVALID, None));
        Some(ClaimStatusEntry { category: by_snip(finding), code, entity })
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

impl From<ClaimStatusEntry> for StatusInformation {
    fn from(entry: ClaimStatusEntry) -> StatusInformation {
        StatusInformation {
            category: entry.category.into(),
            code: entry.code.into(),
            entity: entry.entity.unwrap_or("").into(),
        }
    }
}

/// 508 code 21: missing or invalid information.
const INVALID: &str = "21";

/// Code of an edit, then category, status and entity.
type Row = (&'static str, &'static str, &'static str, Option<&'static str>);

const EDITS: [Row; 33] = [
    ("INT-2-service-line-missing", "A6", "454", None),
    ("INT-3-claim-charge-balance", "A8", "178", None),
    ("INT-4-earlier-claim-number", "A6", "464", None),
    ("INT-7-earlier-claim-unknown", "A7", "464", None),
    ("INT-7-earlier-claim-provider", "A8", "464", Some("85")),
    ("INT-7-earlier-claim-patient", "A8", "464", Some("QC")),
    ("INT-7-earlier-claim-kind", "A8", "464", None),
    ("INT-7-earlier-claim-days", "A8", "187", None),
    ("INT-7-earlier-claim-taken-back", "A8", "464", None),
    ("INT-7-earlier-claim-waits", "A8", "464", None),
    ("INT-7-earlier-claim-returned", "A8", "464", None),
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

/// Status code, and the entity where the code needs one, of the place of a finding.
fn by_position(finding: &Finding) -> Option<(&'static str, Option<&'static str>)> {
    let at = &finding.position;
    let of_party = |code: &'static str| {
        let entity = entity_of_loop(&at.loop_path)?;
        Some((code, Some(entity)))
    };
    let code = match (at.segment_id.as_str(), at.element, at.component) {
        ("HI", ..) => "255",
        ("SV1", 1, 3..=6) | ("SV2", 2, 3..=6) => "453",
        ("SV1", 1, _) | ("SV2", 2, _) => "454",
        ("SV2", 1, _) => "455",
        ("SV1", 4, _) | ("SV2", 5, _) => "476",
        ("SV1", 5, _) => "249",
        ("SV1", 7, _) => "477",
        ("SV1", 2, _) | ("SV2", 3, _) | ("CLM", 2, _) => "178",
        ("CLM", 5, 3) => "535",
        ("DTP", ..) => "187",
        ("LIN", 3, _) => "218",
        ("CL1", 1, _) => "231",
        ("CL1", 2, _) => "229",
        ("CL1", 3, _) => "234",
        ("NM1", 9, _) if finding.code.contains("npi") => return of_party("562"),
        ("NM1", 9, _) => return of_party("153"),
        ("DMG", 2, _) => return of_party("158"),
        ("DMG", 3, _) => return of_party("157"),
        ("N4", 3, _) => return of_party("500"),
        ("PRV", 3, _) => return of_party("145"),
        _ => return None,
    };
    Some((code, None))
}

/// The party of a loop that means the same in every claim guide.
fn entity_of_loop(loop_path: &str) -> Option<&'static str> {
    Some(match loop_path.rsplit('/').next()? {
        "2000A" | "2010AA" => "85",
        "2010BA" => "IL",
        "2010BB" => "PR",
        "2010CA" => "QC",
        _ => return None,
    })
}
