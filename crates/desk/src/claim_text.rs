//! A claim from its kept segments: the model, what was found on them, and the segments as text.

use counterfoil_base::{Finding, Phi, Severity};
use counterfoil_claim::{Claim, Party};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_operations::intake::{read_kept, read_kept_without_tables};
use counterfoil_web::FigureAddress;
use counterfoil_web::view::{FindingGroup, FindingPlace, RawSegment};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::book::{Book, Story};

/// Places of a finding that a page lists.
pub(crate) const PLACES_SHOWN: usize = 20;

/// Reads a claim with the tables of an engine, or without any.
pub(crate) fn read_claim(
    segments: &[u8],
    engine: Option<&Arc<CleanClaimEngine>>,
) -> Option<(Claim, Vec<Finding>)> {
    match engine {
        Some(engine) => read_kept(segments, engine),
        None => read_kept_without_tables(segments),
    }
}

/// The patient's name as people write it.
pub(crate) fn patient_name(claim: &Claim) -> Phi<String> {
    let person = claim.patient_person();
    let parts = [&person.first_name, &person.middle_name, &person.last_name, &person.suffix];
    let words: Vec<&str> =
        parts.iter().map(|part| part.expose().as_str()).filter(|part| !part.is_empty()).collect();
    Phi::new(words.join(" "))
}

/// The name of a provider or payer.
pub(crate) fn party_name(party: &Party) -> String {
    let parts = [party.first_name.as_str(), party.name.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The byte that ends segments (ISA is 105 bytes long), and the one that parts elements.
pub(crate) fn separators(segments: &[u8]) -> Option<(u8, u8)> {
    Some((*segments.get(105)?, *segments.get(3)?))
}

/// Segments of a text with what was found in each.
pub(crate) fn raw_segments(segments: &[u8], findings: &[Finding]) -> Vec<RawSegment> {
    let Some((end, _)) = separators(segments) else { return Vec::new() };
    let texts = segments.split(|byte| *byte == end);
    let texts = texts.map(<[u8]>::trim_ascii).filter(|text| !text.is_empty());
    (1u64..)
        .zip(texts)
        .map(|(number, text)| RawSegment {
            number,
            text: Phi::new(String::from_utf8_lossy(text).into_owned()),
            marks: findings
                .iter()
                .filter(|one| one.position.segment == Some(number))
                .map(|one| one.message.clone())
                .collect(),
        })
        .collect()
}

/// Where a finding lies, in words.
pub(crate) fn place_words(finding: &Finding) -> String {
    let position = &finding.position;
    let mut words = Vec::new();
    if !position.segment_id.is_empty() {
        words.push(match position.element {
            0 => position.segment_id.clone(),
            element => format!("{}{element:02}", position.segment_id),
        });
    }
    words.extend(position.service_line.map(|line| format!("line {line}")));
    words.extend(position.segment.map(|segment| format!("segment {segment}")));
    if let Some(last) = position.loop_path.rsplit('/').next().filter(|last| !last.is_empty()) {
        words.push(format!("loop {last}"));
    }
    if words.is_empty() { "the claim as a whole".to_owned() } else { words.join(", ") }
}

/// Findings by code, errors first.
pub(crate) fn groups(
    findings: &[Finding],
    subject: (&str, &str),
    claim: Option<&(String, String)>,
    book: &mut Book,
) -> Vec<FindingGroup> {
    let mut by_code: BTreeMap<(bool, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_code.entry((!finding.is_error(), &finding.code)).or_default().push(finding);
    }
    by_code
        .into_iter()
        .filter_map(|((_, code), found)| {
            let first = *found.first()?;
            let address = FigureAddress::new(subject.0, subject.1, &format!("finding-{code}"));
            let story = Story::stated(
                "How often the check spoke.",
                "findings of the reader and of the clean-claim engine",
                "counted one by one",
            );
            Some(FindingGroup {
                code: code.to_owned(),
                severity: match first.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    _ => "note",
                }
                .to_owned(),
                message: first.message.clone(),
                cause: first.cause.clone(),
                fix: first.fix.clone(),
                count: book.count(found.len() as u64, address, story),
                places: found
                    .iter()
                    .take(PLACES_SHOWN)
                    .map(|one| FindingPlace {
                        segment: one.position.segment.unwrap_or(0),
                        words: place_words(one),
                        claim: claim.cloned(),
                    })
                    .collect(),
            })
        })
        .collect()
}
