//! Finds the headings and the `terms` blocks of a contract's Markdown; the rest is for people.

use crate::ast::{Clause, Span};

/// A fenced block whose info word is `terms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermsBlock {
    /// The lines between the fences.
    pub span: Span,
    /// The heading above: an index into the clauses.
    pub clause: usize,
}

/// The headings and terms blocks of a text (CommonMark: ATX headings, backtick fences).
pub(crate) fn read_markdown(text: &str) -> (Vec<Clause>, Vec<TermsBlock>, Option<Span>) {
    let mut clauses = vec![Clause::default()];
    let mut blocks = Vec::new();
    // The open fence: its length, where its content starts, and whether it holds terms.
    let mut open: Option<(usize, usize, bool)> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_end();
        let trimmed = content.trim_start_matches(' ');
        let ticks = trimmed.len() - trimmed.trim_start_matches('`').len();
        match open {
            Some((length, from, is_terms)) if ticks >= length && trimmed.len() == ticks => {
                if is_terms {
                    let span = Span { start: from, end: start };
                    blocks.push(TermsBlock { span, clause: clauses.len() - 1 });
                }
                open = None;
            }
            Some(_) => {}
            None if ticks >= 3 => {
                let info = trimmed.get(ticks..).unwrap_or("").trim();
                open = Some((ticks, offset, info == "terms"));
            }
            None => {
                let marks = content.len() - content.trim_start_matches('#').len();
                let title = content.get(marks..).unwrap_or("");
                if (1..=6).contains(&marks) && title.starts_with(' ') {
                    let title = title.trim().trim_end_matches('#').trim_end().to_owned();
                    clauses.push(Clause { title });
                }
            }
        }
    }
    let unclosed = open.map(|(_, from, _)| Span { start: from.min(text.len()), end: text.len() });
    (clauses, blocks, unclosed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_under_the_heading_above_them() {
        let text = "# Deal\nwords\n```terms\na\nb\n```\n## 1. Price ##\n\
                    ```toml\n# no heading\n```\n\
                    ````terms\n```\nc\n````\n#none\n";
        let (clauses, blocks, unclosed) = read_markdown(text);
        let titles: Vec<_> = clauses.iter().map(|clause| clause.title.as_str()).collect();
        assert_eq!(titles, ["", "Deal", "1. Price"]);
        let found: Vec<_> =
            blocks.iter().map(|b| (&text[b.span.start..b.span.end], b.clause)).collect();
        assert_eq!(found, [("a\nb\n", 1), ("```\nc\n", 2)]);
        assert_eq!(unclosed, None);
        assert!(read_markdown("```terms\nfact").2.is_some());
    }
}
