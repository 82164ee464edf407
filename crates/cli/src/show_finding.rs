//! Findings as people and machines read them.

use crate::console::Console;
use counterfoil_base::{Finding, Position};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A finding and the file that it is about.
pub(crate) struct FileFinding {
    /// Name of the file, without its folder.
    pub(crate) file: String,
    pub(crate) finding: Finding,
}

impl FileFinding {
    /// As [`to_json`], with the file.
    pub(crate) fn to_json(&self) -> Value {
        let mut value = to_json(&self.finding);
        if let Value::Object(fields) = &mut value {
            fields.insert("file".to_owned(), json!(self.file));
        }
        value
    }

    /// `paid.835, segment 23 (CLM02)`.
    fn place(&self) -> String {
        match place(&self.finding) {
            place if place.is_empty() => self.file.clone(),
            place => format!("{}, {place}", self.file),
        }
    }
}

/// A finding at its line, as people look for it in a file that has no segments.
pub(crate) fn by_line(file: &str, finding: &Finding) -> FileFinding {
    let file = match finding.position.segment {
        Some(line) => format!("{file}, line {line}"),
        None => file.to_owned(),
    };
    FileFinding { file, finding: Finding { position: Position::default(), ..finding.clone() } }
}

/// A finding as one JSON object.
pub(crate) fn to_json(finding: &Finding) -> Value {
    let position = &finding.position;
    json!({
        "code": finding.code,
        "snip": finding.snip,
        "severity": finding.severity.word(),
        "segment": position.segment,
        "segment_in_transaction": position.segment_in_transaction,
        "segment_id": position.segment_id,
        "element": position.element,
        "component": position.component,
        "offset": position.offset,
        "loop": position.loop_path,
        "service_line": position.service_line,
        "message": finding.message,
        "cause": finding.cause,
        "fix": finding.fix,
    })
}

/// Where a finding lies, in words: `segment 23 (CLM02), byte 1204, loop 2000A/2300`.
pub(crate) fn place(finding: &Finding) -> String {
    let position = &finding.position;
    let mut parts = Vec::new();
    if let Some(segment) = position.segment {
        let element = match (position.element, position.component) {
            (0, _) => String::new(),
            (element, 0) => format!("{element:02}"),
            (element, component) => format!("{element:02}-{component}"),
        };
        parts.push(match position.segment_id.as_str() {
            "" => format!("segment {segment}"),
            id => format!("segment {segment} ({id}{element})"),
        });
    }
    if let Some(offset) = position.offset {
        parts.push(format!("byte {offset}"));
    }
    if !position.loop_path.is_empty() {
        parts.push(format!("loop {}", position.loop_path));
    }
    if let Some(line) = position.service_line {
        parts.push(format!("service line {line}"));
    }
    parts.join(", ")
}

/// A finding in four short lines: what, where, why, what to do.
pub(crate) fn print(console: &mut Console<'_>, finding: &Finding) {
    print_at(console, finding, &place(finding));
}

/// A finding that was printed before, in one line.
pub(crate) fn print_again(console: &mut Console<'_>, finding: &Finding) {
    let (word, message) = (finding.severity.word(), finding.message.trim_end_matches('.'));
    let segment = finding.position.segment.unwrap_or_default();
    console.print(&format!("{word:<8}{message} (segment {segment}, told above)."));
}

fn print_at(console: &mut Console<'_>, finding: &Finding, place: &str) {
    let word = finding.severity.word();
    console.print(&format!("{word:<8}{}", sentence(&finding.message)));
    if !place.is_empty() {
        console.print(&format!("        where: {place}"));
    }
    if !finding.cause.is_empty() {
        console.print(&format!("        why:   {}", sentence(&finding.cause)));
    }
    if !finding.fix.is_empty() {
        console.print(&format!("        fix:   {}", sentence(&finding.fix)));
    }
    console.print(&format!("        {} (SNIP type {})", finding.code, finding.snip));
}

/// Places that a group of equal findings names.
const PLACES_SHOWN: usize = 3;

/// Findings in the order of their first; equal ones (same code and message) once, with their
/// number and first places.
pub(crate) fn print_grouped(console: &mut Console<'_>, findings: &[FileFinding]) {
    let mut groups: Vec<Vec<&FileFinding>> = Vec::new();
    let mut known: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for found in findings {
        let finding = &found.finding;
        let key = (finding.code.as_ref(), finding.message.as_str(), finding.cause.as_str());
        let at = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(found),
            None => groups.push(vec![found]),
        }
    }
    for group in groups {
        let Some(first) = group.first() else { continue };
        if group.len() == 1 {
            print_at(console, &first.finding, &first.place());
            continue;
        }
        let places: Vec<String> = group.iter().take(PLACES_SHOWN).map(|one| one.place()).collect();
        let mut one = first.finding.clone();
        one.position = Position::default();
        one.message = format!("{} ({} times)", one.message.trim_end_matches('.'), group.len());
        print_at(console, &one, &places.join("; "));
    }
}

/// With a capital letter at the beginning and a full stop at the end.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut characters = text.trim().chars();
    let Some(first) = characters.next() else { return String::new() };
    let rest = characters.as_str();
    let ends = rest.ends_with(['.', '?', ')', ':']);
    format!("{}{rest}{}", first.to_uppercase(), if ends { "" } else { "." })
}

/// `1 error`, `2 errors`, `no errors`.
pub(crate) fn count(number: u64, one: &str) -> String {
    match number {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}
