//! What is wrong with a contract or its files, and how it is shown with the excerpt it is about.

use crate::ast::Span;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use counterfoil_base::{Finding, Position, Severity};
use std::fmt::Write as _;

/// A finding about a contract's files, with the place it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, why, and what to do.
    pub finding: Finding,
    /// The file, by its name in the contract's folder: `contract.md`, `params/2018.toml`.
    pub file: String,
    /// Where in the file; nothing when the file as a whole is meant.
    pub span: Option<Span>,
    /// What is said at the place.
    pub label: String,
    /// Other places that belong to it, each with what is said there.
    pub related: Vec<(Span, String)>,
}

/// Most problems that one run tells: enough to work with, and a bound on hostile texts.
pub const PROBLEMS_MAX: usize = 200;

impl Problem {
    /// A problem at a place of a file.
    #[must_use]
    pub fn at(finding: Finding, file: &str, span: Span) -> Problem {
        let position = Position { offset: u64::try_from(span.start).ok(), ..Position::default() };
        Problem {
            finding: finding.at(position),
            file: file.to_owned(),
            span: Some(span),
            label: String::new(),
            related: Vec::new(),
        }
    }

    /// A problem of a file as a whole.
    #[must_use]
    pub fn of_file(finding: Finding, file: &str) -> Problem {
        Problem {
            finding,
            file: file.to_owned(),
            span: None,
            label: String::new(),
            related: Vec::new(),
        }
    }

    /// Says what stands at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// Adds a place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Problem {
        self.related.push((span, label.into()));
        self
    }

    /// The message with the excerpt of `text`, the cause and the next step, without colour.
    #[must_use]
    pub fn show(&self, text: &str) -> String {
        let level = match self.finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(&*self.finding.message).id(&*self.finding.code);
        let mut group = Group::with_title(title);
        let valid = |span: Span| {
            let range = span.start.min(text.len())..span.end.min(text.len());
            if text.get(range.clone()).is_some() { range } else { 0..0 }
        };
        if let Some(span) = self.span {
            let mut primary = AnnotationKind::Primary.span(valid(span));
            if !self.label.is_empty() {
                primary = primary.label(&*self.label);
            }
            let mut snippet = Snippet::source(text).path(&*self.file).annotation(primary);
            for (place, label) in &self.related {
                let context = AnnotationKind::Context.span(valid(*place));
                snippet = snippet.annotation(context.label(&**label));
            }
            group = group.element(snippet);
        } else {
            group = group.element(Level::NOTE.message(format!("in {}", self.file)));
        }
        if !self.finding.cause.is_empty() {
            group = group.element(Level::NOTE.message(&*self.finding.cause));
        }
        if !self.finding.fix.is_empty() {
            group = group.element(Level::HELP.message(&*self.finding.fix));
        }
        Renderer::plain().render(&[group])
    }
}

/// Problems in the order in which people read: by file, then by place, then by code.
#[must_use]
pub fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| {
        let key = |p: &Problem| (p.file.clone(), p.span, p.finding.code.to_string());
        key(a).cmp(&key(b))
    });
    problems.dedup();
    if problems.len() > PROBLEMS_MAX {
        // What stops the contract is told before what does not.
        problems.sort_by_key(|problem| !problem.finding.is_error());
        problems.truncate(PROBLEMS_MAX);
    }
    problems
}

/// Adds a problem, as long as there are not too many; warnings leave the room of errors.
pub(crate) fn push_within_bounds(problems: &mut Vec<Problem>, problem: Problem) {
    let is_error = problem.finding.is_error();
    let of_its_kind = problems.iter().filter(|other| other.finding.is_error() == is_error);
    if of_its_kind.count() < PROBLEMS_MAX {
        problems.push(problem);
    }
}

/// The name among `known` that is most like `name`, as a suggestion; nothing when none is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(name.len()) / 2).min(3))
        .min();
    let mut text = String::new();
    if let Some((_, candidate)) = nearest {
        // Writing to a String cannot fail.
        let _ = write!(text, "Did you mean '{candidate}'?");
    }
    text
}

/// Edits that turn one word into the other (Levenshtein 1966), over their first 64 characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut next = vec![i + 1];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let before = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(before + 1));
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near_or_absent() {
        let known = || ["benchmark", "expenditure", "savings_rate"].into_iter();
        assert_eq!(did_you_mean("benchmrak", known()), "Did you mean 'benchmark'?");
        assert_eq!(did_you_mean("weight", known()), "");
    }
}
