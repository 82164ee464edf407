//! Scores as lines of JSON, written without a copy of anything.

use crate::Thousandths;
use crate::evaluate::{Explanation, Score};
use crate::line::Id;
use crate::model::RiskModel;
use std::io::Write as _;

/// What is written cannot fail: it goes into memory.
fn push(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

fn push_number(out: &mut Vec<u8>, number: u32) {
    let mut digits = [0_u8; 10];
    let (mut rest, mut at) = (number, digits.len());
    loop {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 || at == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

fn push_thousandths(out: &mut Vec<u8>, value: Thousandths) {
    if value.0 < 0 {
        out.push(b'-');
    }
    let size = value.0.unsigned_abs();
    push_number(out, size / 1000);
    let part = size % 1000;
    out.push(b'.');
    for digit in [part / 100, part / 10 % 10, part % 10] {
        out.push(b'0' + digit as u8);
    }
}

fn push_id(out: &mut Vec<u8>, id: &Id<'_>) {
    match id {
        Id::Number(number) => push(out, format_args!("{number}")),
        // Text goes into memory, and any text has a form in JSON.
        Id::Text(text) => drop(serde_json::to_writer(out, text)),
    }
}

/// `{"id":7,"score":"1.038","demo":"0.537","hccs":["19","85"]`, without the end of the object.
fn push_score(out: &mut Vec<u8>, model: &RiskModel, id: &Id<'_>, score: &Score) {
    out.extend_from_slice(b"{\"id\":");
    push_id(out, id);
    out.extend_from_slice(b",\"score\":\"");
    push_thousandths(out, score.raw);
    out.extend_from_slice(b"\",\"demo\":\"");
    push_thousandths(out, score.demographic);
    out.extend_from_slice(b"\",\"hccs\":[");
    for (at, category) in model.category_numbers(score.categories).enumerate() {
        out.extend_from_slice(if at == 0 { b"\"" } else { b",\"" });
        push_number(out, category.into());
        out.push(b'"');
    }
    out.push(b']');
}

/// One line with a score.
pub(crate) fn write_score(out: &mut Vec<u8>, model: &RiskModel, id: &Id<'_>, score: &Score) {
    push_score(out, model, id, score);
    out.extend_from_slice(b"}\n");
}

/// One line with a score and all that led to it.
pub(crate) fn write_explanation(
    out: &mut Vec<u8>,
    model: &RiskModel,
    id: &Id<'_>,
    told: &Explanation,
) {
    push_score(out, model, id, &told.score);
    let name = model.name();
    push(out, format_args!(",\"model\":\"{name}\",\"basis\":\"raw\""));
    push(out, format_args!(",\"segment\":\"{}\",\"addends\":[", told.score.segment.word()));
    for (at, addend) in told.addends.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let (variable, coefficient) = (&addend.variable, addend.coefficient);
        push(
            out,
            format_args!(
                "{comma}{{\"variable\":\"{variable}\",\"coefficient\":\"{coefficient}\"}}"
            ),
        );
    }
    out.extend_from_slice(b"],\"dropped\":[");
    for (at, dropped) in told.dropped.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        push(out, format_args!("{comma}{{\"hcc\":\"{}\",\"by\":", dropped.category));
        match dropped.by {
            Some(by) => push(out, format_args!("\"{by}\"}}")),
            None => out.extend_from_slice(b"null}"),
        }
    }
    out.extend_from_slice(b"],\"edits\":[");
    for (at, edited) in told.edited.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        push(out, format_args!("{comma}{{\"diagnosis\":\"{}\",\"hcc\":", edited.diagnosis));
        match edited.category {
            Some(category) => push(out, format_args!("\"{category}\"}}")),
            None => out.extend_from_slice(b"null}"),
        }
    }
    out.extend_from_slice(b"],\"diagnoses\":{");
    for (at, (category, codes)) in told.diagnoses.iter().enumerate() {
        push(out, format_args!("{}\"{category}\":[", if at == 0 { "" } else { "," }));
        for (at, code) in codes.iter().enumerate() {
            push(out, format_args!("{}\"{code}\"", if at == 0 { "" } else { "," }));
        }
        out.push(b']');
    }
    out.extend_from_slice(b"}}\n");
}
