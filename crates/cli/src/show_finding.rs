//! Findings as people and machines read them.

use crate::console::Console;
use counterfoil_base::Finding;
use serde_json::{Value, json};

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
    let word = finding.severity.word();
    console.print(&format!("{word:<8}{}", sentence(&finding.message)));
    let place = place(finding);
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

/// With a capital letter at the beginning and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
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
