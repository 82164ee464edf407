//! What is wrong with a pack: the line, an excerpt and, where one is near, a better word.

use counterfoil_base::{Finding, Position};
use std::ops::Range;

/// Collects the problems of one file.
pub(super) struct Problems<'t> {
    text: &'t str,
    pub(super) findings: Vec<Finding>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Problems<'t> {
        Problems { text, findings: Vec::new() }
    }

    /// Where a text stands within a part of the file, unless it is spelled with escapes there.
    pub(super) fn place_of(&self, part: &Range<usize>, wanted: &str) -> Option<usize> {
        let found = self.text.get(part.clone())?.find(wanted)?;
        Some(part.start + found)
    }

    /// Adds a problem at a place of the file.
    pub(super) fn add(&mut self, code: &'static str, span: Range<usize>, what: &str, fix: &str) {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or(self.text);
        let number = before.matches('\n').count() + 1;
        let line = self.text.lines().nth(number - 1).unwrap_or("");
        let excerpt: String = line.trim().chars().take(100).collect();
        let finding = Finding::error(code, 7, format!("Line {number}: {what}."))
            .at(Position { offset: Some(start as u64), ..Position::default() })
            .because(format!("{number} | {excerpt}"))
            .fix(fix);
        self.findings.push(finding);
    }
}

/// `Did you mean ...?` when a known word is near, else the list of words.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match near {
        Some((steps, candidate)) if steps <= 1 + word.chars().count() / 4 => {
            format!("Did you mean {candidate}?")
        }
        _ => {
            // Of many fields those of the same party or line are enough.
            let family = word.split_once('.').map_or("", |(family, _)| family);
            let same = |candidate: &&&str| candidate.split('.').next() == Some(family);
            let near: Vec<&str> = known.iter().filter(same).copied().collect();
            let listed = if near.is_empty() { known } else { near.as_slice() };
            format!("Use one of: {}.", listed.join(", "))
        }
    }
}

/// Levenshtein distance; words of packs are short.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(64).enumerate() {
        let mut diagonal = row.first().copied().unwrap_or(0);
        let mut next = vec![i + 1];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(a != *b);
            let beside = next.last().copied().unwrap_or(0) + 1;
            next.push(replaced.min(above + 1).min(beside));
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
