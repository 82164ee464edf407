//! Many lines at once: cut by lines into as many parts as there are threads, joined in order.
//!
//! The bytes that come out do not depend on the number of threads.

use crate::line::{ReadLine, read_line};
use crate::model::RiskModel;
use crate::output::{write_explanation, write_score};
use counterfoil_base::{Finding, Position};
use memchr::memchr_iter;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;

/// What came out of a block of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// One JSON object a line, in the order of the input, for every person with a score.
    pub out: Vec<u8>,
    /// How many persons have a score.
    pub people: u64,
    /// How many lines there were, empty ones included.
    pub lines: u64,
    /// What is wrong, with the 1-based line as position.
    pub findings: Vec<Finding>,
}

/// Scores every line of a block of JSON lines; the line numbers of findings start after
/// `lines_before`. With `explain` every line shows its addends.
#[must_use]
pub fn score_block(
    model: &RiskModel,
    block: &[u8],
    lines_before: u64,
    explain: bool,
    threads: NonZeroUsize,
) -> Scored {
    let parts = cut(block, threads.get());
    let mut scored: Vec<Scored> = match parts.as_slice() {
        [] => Vec::new(),
        [only] => vec![score_part(model, only, explain)],
        many => std::thread::scope(|scope| {
            let run = |part| scope.spawn(move || score_part(model, part, explain));
            let running: Vec<_> = many.iter().copied().map(run).collect();
            let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|cause| resume_unwind(cause))).collect()
        }),
    };
    let mut all = match scored.is_empty() {
        true => Scored::default(),
        false => scored.remove(0),
    };
    move_findings(&mut all.findings, lines_before);
    for mut part in scored {
        move_findings(&mut part.findings, lines_before + all.lines);
        all.out.append(&mut part.out);
        all.findings.append(&mut part.findings);
        all.people += part.people;
        all.lines += part.lines;
    }
    all
}

fn move_findings(findings: &mut [Finding], by: u64) {
    for finding in findings {
        finding.position.segment = finding.position.segment.map(|line| line + by);
    }
}

/// At most `count` parts, each of whole lines.
fn cut(block: &[u8], count: usize) -> Vec<&[u8]> {
    let aim = block.len() / count.max(1) + 1;
    let (mut parts, mut rest) = (Vec::new(), block);
    while !rest.is_empty() {
        let tail = rest.get(aim.min(rest.len())..).unwrap_or_default();
        let end = tail.iter().position(|byte| *byte == b'\n').map(|at| aim + at + 1);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()).min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}

fn score_part(model: &RiskModel, part: &[u8], explain: bool) -> Scored {
    let mut scored = Scored::default();
    scored.out.reserve(part.len() / 4);
    let mut diagnoses = Vec::with_capacity(64);
    let body = part.strip_suffix(b"\n").unwrap_or(part);
    let ends = memchr_iter(b'\n', body).chain(std::iter::once(body.len()));
    let mut start = 0;
    for end in ends {
        let line = body.get(start..end).unwrap_or_default();
        start = end + 1;
        scored.lines += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let at = Position { segment: Some(scored.lines), ..Position::default() };
        let read = match read_line(line, &mut diagnoses) {
            Ok(read) => read,
            Err(finding) => {
                scored.findings.push(finding.at(at));
                continue;
            }
        };
        if read.odd_diagnoses > 0 {
            scored.findings.push(odd_diagnoses(read.odd_diagnoses).at(at.clone()));
        }
        match write_line(model, &read, &diagnoses, explain, &mut scored.out) {
            Some(()) => scored.people += 1,
            None => scored.findings.push(outside(model).at(at)),
        }
    }
    scored
}

/// Writes the person's line; none when the model is not about the person.
fn write_line(
    model: &RiskModel,
    read: &ReadLine<'_>,
    diagnoses: &[crate::DiagnosisCode],
    explain: bool,
    out: &mut Vec<u8>,
) -> Option<()> {
    if explain {
        let told = model.explain(&read.person, diagnoses)?;
        write_explanation(out, model, &read.id, &told);
    } else {
        let score = model.score(&read.person, diagnoses)?;
        write_score(out, model, &read.id, &score);
    }
    Some(())
}

fn odd_diagnoses(count: u32) -> Finding {
    let message = match count {
        1 => "A diagnosis does not have the form of an ICD-10-CM code".to_owned(),
        _ => format!("{count} diagnoses do not have the form of ICD-10-CM codes"),
    };
    Finding::warning("RISK-diagnosis-form", 7, message)
        .because("A code has three to seven letters and digits, first a letter, then a digit")
        .fix("Correct the diagnosis; the person was scored without it")
}

fn outside(model: &RiskModel) -> Finding {
    let message = format!("The model {} is not about this person", model.name());
    Finding::warning("RISK-outside-model", 7, message)
        .because("It is for people whose entitlement or graft names end-stage renal disease")
        .fix("Score the person by v22, v24 or v28")
}
