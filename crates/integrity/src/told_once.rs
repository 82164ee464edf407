//! One cause is told once: what both the guide engine and a built-in edit find in a claim.
//!
//! The guide engine reads segments and names the element; the edits read the model, whichever
//! way it came, and know the answer of the 277CA. A claim that passes through both would hear of
//! one wrong code twice.

use crate::acknowledge::codes_of_edit;
use counterfoil_base::{Finding, Position};

/// An edit, what the guide engine calls the same cause, and the elements where it does.
type Row = (&'static str, &'static [&'static str], fn(&Position) -> bool);

const CODES: &[&str] = &[
    "X12-5-code-unknown",
    "X12-5-code-expired",
    "X12-5-code-not-billable",
    "X12-5-code-not-yet-effective",
    "837-5-diagnosis-form",
    "837-5-procedure-form",
    "837I-5-revenue-form",
];
const EARLIER_NUMBER: &[&str] = &["837P-4-original-claim-number", "837I-4-original-claim-number"];

const ONE_CAUSE: [Row; 17] = [
    ("INT-2-service-line-missing", &["X12-2-required-loop-missing"], is_service_line),
    ("INT-3-claim-charge-balance", &["837-3-charge-total"], anywhere),
    ("INT-4-earlier-claim-number", EARLIER_NUMBER, anywhere),
    ("INT-4-diagnosis-pointer", &["837-4-diagnosis-pointer"], anywhere),
    ("INT-4-service-after-receipt", &["837-4-service-in-future"], anywhere),
    ("INT-5-service-units", &["837-4-units-not-positive"], anywhere),
    ("INT-5-npi-check-digit", &["X12-5-npi"], anywhere),
    ("INT-5-zip-in-state", &["837-5-zip-state"], anywhere),
    ("INT-5-diagnosis-code", CODES, is_in_hi),
    ("INT-5-procedure-code", CODES, is_procedure),
    ("INT-5-modifier", CODES, is_modifier),
    ("INT-5-place-of-service", CODES, is_place),
    ("INT-5-revenue-code", CODES, is_revenue),
    ("INT-5-bill-type", CODES, is_place),
    ("INT-5-admission-type", CODES, |at| is_in(at, "CL1", 1)),
    ("INT-5-admission-source", CODES, |at| is_in(at, "CL1", 2)),
    ("INT-5-discharge-status", CODES, |at| is_in(at, "CL1", 3)),
];

/// Findings of the segments, then those edits that say something else. Where both say the same,
/// the finding of the segments stays, since it names the element, with the edit's answer for the
/// 277CA; the edit stays when it is the graver one, with the place of the other.
pub(crate) fn told_once(of_segments: Vec<Finding>, of_edits: Vec<Finding>) -> Vec<Finding> {
    let mut told = of_segments;
    let mut is_taken = vec![false; told.len()];
    for edit in of_edits {
        let same = told.iter().zip(&is_taken).position(|(one, taken)| !taken && same(&edit, one));
        let Some(index) = same else {
            told.push(edit);
            continue;
        };
        if let (Some(one), Some(taken)) = (told.get_mut(index), is_taken.get_mut(index)) {
            *taken = true;
            *one = merged(one, edit);
        }
    }
    told
}

fn merged(of_segment: &Finding, edit: Finding) -> Finding {
    let mut kept = match edit.severity > of_segment.severity {
        true => Finding { position: of_segment.position.clone(), ..edit.clone() },
        false => of_segment.clone(),
    };
    let answer = codes_of_edit(&edit.code);
    kept.acknowledgement.status_category = answer.status_category;
    kept.acknowledgement.status_code = answer.status_code;
    kept.acknowledgement.status_entity = answer.status_entity;
    kept
}

fn same(edit: &Finding, of_segment: &Finding) -> bool {
    let (model, segment) = (&edit.position, &of_segment.position);
    let row = ONE_CAUSE.iter().find(|(code, _, _)| *code == edit.code);
    row.is_some_and(|(_, codes, is_there)| {
        codes.contains(&of_segment.code.as_ref()) && is_there(segment)
    }) && model.service_line == segment.service_line
        && (model.loop_path == segment.loop_path || is_service_line(segment))
}

fn anywhere(_: &Position) -> bool {
    true
}

fn is_in(at: &Position, segment: &str, element: u32) -> bool {
    at.segment_id == segment && at.element == element
}

fn is_service_line(at: &Position) -> bool {
    at.loop_path.ends_with("/2400")
}

fn is_in_hi(at: &Position) -> bool {
    at.segment_id == "HI"
}

/// SV101 and SV202 are composites: qualifier, code, modifiers.
fn is_composite(at: &Position) -> bool {
    is_in(at, "SV1", 1) || is_in(at, "SV2", 2)
}

fn is_procedure(at: &Position) -> bool {
    is_composite(at) && at.component == 2
}

fn is_modifier(at: &Position) -> bool {
    is_composite(at) && (3..=6).contains(&at.component)
}

/// CLM05 holds the place of a professional claim and the type of bill of an institutional one.
fn is_place(at: &Position) -> bool {
    is_in(at, "CLM", 5) || is_in(at, "SV1", 5)
}

fn is_revenue(at: &Position) -> bool {
    is_in(at, "SV2", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_base::Severity;

    fn at(segment: &str, (element, component): (u32, u32), loop_path: &str) -> Position {
        Position {
            segment: Some(20),
            segment_id: segment.to_owned(),
            element,
            component,
            loop_path: loop_path.to_owned(),
            service_line: loop_path.ends_with("/2400").then_some(1),
            ..Position::default()
        }
    }

    fn told(of_segment: Finding, edits: &[(&'static str, Position)]) -> Vec<String> {
        let edits = edits.iter().map(|(code, place)| {
            let mut edit = Finding::error(code, 5, "x").at(place.clone());
            edit.acknowledgement = codes_of_edit(code);
            edit
        });
        let told = told_once(vec![of_segment], edits.collect());
        let show = |one: &Finding| {
            let status = one.acknowledgement.status_code.unwrap_or("-");
            format!("{} {} {status}", one.severity.word(), one.code)
        };
        told.iter().map(show).collect()
    }

    #[test]
    fn what_both_find_is_told_at_its_element_with_the_status_of_the_edit() {
        let line = "2000A/2000B/2300/2400";
        let found = || Finding::error("X12-5-code-unknown", 5, "x").at(at("SV1", (1, 2), line));
        let (code, modifier) = ("INT-5-procedure-code", "INT-5-modifier");
        let own = at("SV1", (1, 2), line);
        assert_eq!(told(found(), &[(code, own.clone())]), ["error X12-5-code-unknown 454"]);
        let stays = ["error X12-5-code-unknown -", "error INT-5-modifier 453"];
        assert_eq!(told(found(), &[(modifier, own.clone())]), stays, "another element");
        let other_line = Position { service_line: Some(2), ..own.clone() };
        let stays = ["error X12-5-code-unknown -", "error INT-5-procedure-code 454"];
        assert_eq!(told(found(), &[(code, other_line)]), stays);
        let once = ["error X12-5-code-unknown 454", "error INT-5-procedure-code 454"];
        assert_eq!(told(found(), &[(code, own.clone()), (code, own)]), once, "one takes one");
    }

    #[test]
    fn the_graver_one_is_told_with_the_place_of_the_other() {
        let place = at("NM1", (9, 0), "2000A/2010AA");
        let lenient = Finding::warning("X12-5-npi", 5, "x").at(place);
        let model = Position { loop_path: "2000A/2010AA".to_owned(), ..Position::default() };
        let edit = Finding::error("INT-5-npi-check-digit", 5, "x").at(model);
        let told = told_once(vec![lenient], vec![edit]);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].severity, told[0].position.element), (Severity::Error, 9));
        assert_eq!(told[0].code, "INT-5-npi-check-digit");
    }
}
