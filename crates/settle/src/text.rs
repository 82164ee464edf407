//! The text of a contract as people read it: clauses, and in each the words and the rules in their
//! order. What is run is found by the contract language itself; this is for showing.

/// A heading and what stands under it; the first one is the text before any heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClauseText {
    /// The heading.
    pub title: String,
    /// Its depth: the number of marks, 0 before any heading.
    pub level: u8,
    /// What stands under it, in the order of the text.
    pub parts: Vec<TextPart>,
}

/// A part of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Lines of words without a blank line between them.
    Paragraph(Vec<String>),
    /// A fenced block.
    Block {
        /// True for rules: a block of `terms`.
        is_rule: bool,
        /// Its lines.
        text: String,
    },
}

/// The clauses of a contract's text (CommonMark 0.31: ATX headings, backtick fences).
#[must_use]
pub fn clause_texts(bytes: &[u8]) -> Vec<ClauseText> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader { clauses: vec![ClauseText::default()], ..Reader::default() };
    for line in text.lines() {
        reader.line(line);
    }
    reader.end_paragraph();
    if reader.fence > 0 {
        reader.end_block();
    }
    reader.clauses
}

#[derive(Default)]
struct Reader {
    clauses: Vec<ClauseText>,
    /// Ticks of the open fence; none is open at zero.
    fence: usize,
    is_rule: bool,
    lines: Vec<String>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        let ticks = trimmed.len() - trimmed.trim_start_matches('`').len();
        if self.fence > 0 {
            if ticks >= self.fence && trimmed.len() == ticks {
                self.end_block();
            } else {
                self.lines.push(line.trim_end().to_owned());
            }
            return;
        }
        let marks = line.len() - line.trim_start_matches('#').len();
        let title = line.get(marks..).unwrap_or("");
        if ticks >= 3 {
            self.end_paragraph();
            self.fence = ticks;
            self.is_rule = trimmed.get(ticks..).is_some_and(|info| info.trim() == "terms");
        } else if (1..=6).contains(&marks) && title.starts_with(' ') {
            self.end_paragraph();
            self.clauses.push(ClauseText {
                title: title.trim().trim_end_matches('#').trim_end().to_owned(),
                level: u8::try_from(marks).unwrap_or(6),
                parts: Vec::new(),
            });
        } else if trimmed.is_empty() {
            self.end_paragraph();
        } else {
            self.lines.push(trimmed.to_owned());
        }
    }

    fn end_paragraph(&mut self) {
        if self.fence == 0 && !self.lines.is_empty() {
            let lines = std::mem::take(&mut self.lines);
            self.push(TextPart::Paragraph(lines));
        }
    }

    fn end_block(&mut self) {
        let text = std::mem::take(&mut self.lines).join("\n");
        self.fence = 0;
        self.push(TextPart::Block { is_rule: self.is_rule, text });
    }

    fn push(&mut self, part: TextPart) {
        if let Some(clause) = self.clauses.last_mut() {
            clause.parts.push(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_rules_stand_in_the_order_of_the_text() {
        let text = "Before.\n# Deal #\n\nTwo\nlines.\n\n- one\n- two\n```terms\nfact a: money\n\n  \
                    # no heading\n```\n### 1. End\n````\nshown ```\n````\nlast\n```terms\nopen";
        let mut told = Vec::new();
        for clause in clause_texts(text.as_bytes()) {
            told.push(format!("{} {:?}", clause.level, clause.title));
            told.extend(clause.parts.iter().map(|part| format!("- {part:?}")));
        }
        insta::assert_snapshot!(told.join("\n"), @r##"
        0 ""
        - Paragraph(["Before."])
        1 "Deal"
        - Paragraph(["Two", "lines."])
        - Paragraph(["- one", "- two"])
        - Block { is_rule: true, text: "fact a: money\n\n  # no heading" }
        3 "1. End"
        - Block { is_rule: false, text: "shown ```" }
        - Paragraph(["last"])
        - Block { is_rule: true, text: "open" }
        "##);
        assert_eq!(clause_texts(b"\xff").len(), 1);
    }
}
