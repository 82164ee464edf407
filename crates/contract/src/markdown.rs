//! Finds the headings and the `terms` blocks of a contract's Markdown; the rest is for people.
//!
//! What people see and what machines run must be the same, however the text is shown. Whatever
//! could hide a block from the one or the other is refused: HTML, other fences, fences that do
//! not begin their line, and words that are nearly `terms`.

use crate::ast::{Clause, Span};

/// A fenced block whose info word is `terms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermsBlock {
    /// The lines between the fences.
    pub span: Span,
    /// The heading above: an index into the clauses.
    pub clause: usize,
}

/// What could be shown otherwise than it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obscure {
    /// HTML, which can hide what stands inside it.
    Html,
    /// A fence of tildes.
    Tildes,
    /// A fence that does not begin its line.
    Indented,
    /// A fence whose word is nearly `terms`.
    NearlyTerms,
}

/// A text taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Markdown {
    /// The headings; the first one is the text before any heading.
    pub clauses: Vec<Clause>,
    /// The blocks that are run.
    pub blocks: Vec<TermsBlock>,
    /// A block that is never closed.
    pub unclosed: Option<Span>,
    /// Lines that could be shown otherwise than they are run.
    pub obscure: Vec<(Span, Obscure)>,
}

/// The headings and terms blocks of a text (CommonMark 0.31: ATX headings, backtick fences).
pub(crate) fn read_markdown(text: &str) -> Markdown {
    let mut found = Markdown { clauses: vec![Clause::default()], ..Markdown::default() };
    // The open fence: its length, where its content starts, and whether it holds terms.
    let mut open: Option<(usize, usize, bool)> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_end();
        let here = Span { start, end: start + content.len() };
        let ticks = content.len() - content.trim_start_matches('`').len();
        match open {
            Some((length, from, is_terms)) if ticks >= length && content.len() == ticks => {
                if is_terms {
                    let span = Span { start: from, end: start };
                    found.blocks.push(TermsBlock { span, clause: found.clauses.len() - 1 });
                }
                open = None;
            }
            Some((length, ..)) => {
                if closes_elsewhere(content, length) {
                    found.obscure.push((here, Obscure::Indented));
                }
            }
            None if ticks >= 3 => {
                let info = content.get(ticks..).unwrap_or("").trim();
                if info != "terms" && is_nearly_terms(info) {
                    found.obscure.push((here, Obscure::NearlyTerms));
                }
                if !info.contains('`') {
                    open = Some((ticks, offset, info == "terms"));
                }
            }
            None => found.line(content, here),
        }
    }
    found.unclosed = open.map(|(_, from, _)| Span { start: from.min(text.len()), end: text.len() });
    found
}

impl Markdown {
    /// A line outside of every fence.
    fn line(&mut self, content: &str, here: Span) {
        let inside = content.trim_start_matches(is_before_fence);
        if content.starts_with("~~~") {
            self.obscure.push((here, Obscure::Tildes));
        } else if inside.starts_with("```") || inside.starts_with("~~~") {
            self.obscure.push((here, Obscure::Indented));
        } else if has_html(content) {
            self.obscure.push((here, Obscure::Html));
        }
        let marks = content.len() - content.trim_start_matches('#').len();
        let title = content.get(marks..).unwrap_or("");
        if (1..=6).contains(&marks) && title.starts_with(' ') {
            let title = title.trim().trim_end_matches('#').trim_end().to_owned();
            self.clauses.push(Clause { title });
        }
    }
}

/// Blanks, and the marks of quotations and lists, behind which a fence can stand.
fn is_before_fence(character: char) -> bool {
    character.is_whitespace() || character.is_ascii_digit() || ">*+-.)".contains(character)
}

/// A line that some programs take for the end of the block, and others do not.
fn closes_elsewhere(content: &str, length: usize) -> bool {
    let inside = content.trim_start();
    inside.len() >= length && inside.bytes().all(|byte| byte == b'`')
}

/// True for words that a reader takes for `terms`.
fn is_nearly_terms(info: &str) -> bool {
    let info = info.to_lowercase();
    let mut words = info.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let nearly = ["terms", "term", "tems", "trems", "temrs", "tersm", "terns", "terrns", "teerms"];
    info.contains("terms") || words.next().is_some_and(|word| nearly.contains(&word))
}

/// True where a tag, comment or instruction of HTML begins; an address in `<...>` is none.
fn has_html(content: &str) -> bool {
    let mut rest = content;
    while let Some((_, after)) = rest.split_once('<') {
        let begins = after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let is_address = after.split_once('>').is_some_and(|(inside, _)| {
            let scheme = inside.split_once("://").map_or("", |(scheme, _)| scheme);
            (scheme == "https" || scheme == "http") && !inside.contains([' ', '<'])
        });
        if begins && !is_address {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_under_the_heading_above_them() {
        let text = "# Deal\nwords\n```terms\na\nb\n```\n## 1. Price ##\n\
                    ```toml\n# no heading\n```\n\
                    ````terms\n```\nc\n````\n#none\n";
        let found = read_markdown(text);
        let titles: Vec<_> = found.clauses.iter().map(|clause| clause.title.as_str()).collect();
        assert_eq!(titles, ["", "Deal", "1. Price"]);
        let blocks = found.blocks.iter();
        let blocks: Vec<_> = blocks.map(|b| (&text[b.span.start..b.span.end], b.clause)).collect();
        assert_eq!(blocks, [("a\nb\n", 1), ("```\nc\n", 2)]);
        assert_eq!((found.unclosed, found.obscure), (None, vec![]));
        assert!(read_markdown("```terms\nfact").unclosed.is_some());
    }

    #[test]
    fn what_could_hide_a_block_is_seen() {
        for (text, wanted) in [
            ("<!--\n```terms\na\n```\n-->\n", Some(Obscure::Html)),
            ("words <span hidden>\n", Some(Obscure::Html)),
            ("</div>\n", Some(Obscure::Html)),
            ("~~~\n```terms\na\n```\n~~~\n", Some(Obscure::Tildes)),
            ("    ```terms\n    a\n    ```\n", Some(Obscure::Indented)),
            ("\t```terms\n", Some(Obscure::Indented)),
            (" ```terms\n", Some(Obscure::Indented)),
            ("> ```terms\n> a\n> ```\n", Some(Obscure::Indented)),
            ("- ```terms\n  a\n  ```\n", Some(Obscure::Indented)),
            ("1. ~~~terms\n", Some(Obscure::Indented)),
            ("```terms\na\n    ```\nb\n```\n", Some(Obscure::Indented)),
            ("```Terms\na\n```\n", Some(Obscure::NearlyTerms)),
            ("```term\na\n```\n", Some(Obscure::NearlyTerms)),
            ("```terms,\na\n```\n", Some(Obscure::NearlyTerms)),
            ("```{.terms}\na\n```\n", Some(Obscure::NearlyTerms)),
            ("```terms```\n", Some(Obscure::NearlyTerms)),
            ("``` terms\na\n```\n", None),
            ("```terms\na <b> c\n```\n", None),
            ("See <https://www.ecfr.gov/current/title-42>, 1 < 2, a <- b\n", None),
            ("```text\nterms\n```\n```toml\n<a>\n```\n", None),
        ] {
            let found = read_markdown(text);
            assert_eq!(found.obscure.first().map(|(_, what)| *what), wanted, "{text}");
        }
    }
}
