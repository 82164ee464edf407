//! Rust source cut into words, marks and text literals, as far as looking for literals needs it.

/// A piece of Rust source; comments and byte strings are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// The value of a string literal.
    Text(String),
    /// An identifier, keyword or number.
    Word(String),
    /// Any other character.
    Mark(char),
}

impl Token {
    /// True for this identifier or keyword.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(own) if own == word)
    }
}

/// The tokens of a source text.
#[must_use]
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let (value, length) = text_literal(rest);
            found.push(Token::Text(value));
            length
        } else if let Some(length) = char_literal(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(length);
            if word == "b" && behind.starts_with('"') {
                length + text_literal(behind).1
            } else if matches!(word, "r" | "br") && behind.starts_with(['"', '#']) {
                length + raw_literal(behind)
            } else {
                found.push(Token::Word(word.to_owned()));
                length
            }
        } else {
            if !first.is_whitespace() {
                found.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// Value and length of a literal that begins with a quotation mark.
fn text_literal(source: &str) -> (String, usize) {
    let mut value = String::new();
    let mut letters = source.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, at + 1),
            '\\' => match letters.next() {
                Some((_, '\n')) => while letters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n' | 't')) => value.push(' '),
                Some((_, other)) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (value, source.len())
}

/// Length of a raw literal from its first `#` or quotation mark on.
fn raw_literal(source: &str) -> usize {
    let marks = source.chars().take_while(|c| *c == '#').count();
    let close = format!("\"{}", "#".repeat(marks));
    let body = marks + 1;
    source
        .get(body..)
        .and_then(|rest| rest.find(&close))
        .map_or(source.len(), |at| body + at + close.len())
}

/// Length of a character literal; a lifetime is none.
fn char_literal(source: &str) -> Option<usize> {
    let mut letters = source.char_indices();
    letters.next().filter(|(_, c)| *c == '\'')?;
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next()?;
    }
    let (at, _) = letters.find(|(_, c)| *c == '\'' || c.is_whitespace() || *c == ',')?;
    let is_literal =
        source[at..].starts_with('\'') && (first == '\\' || at <= 1 + first.len_utf8());
    is_literal.then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_told_from_lifetimes_bytes_and_comments() {
        let source =
            "fn a<'x>() { b(\"one \\\n   two\", b\"no\", 'c', '\\'', r#\"no \"#); } // \"no\"";
        let texts: Vec<Token> =
            tokens(source).into_iter().filter(|t| matches!(t, Token::Text(_))).collect();
        assert_eq!(texts, [Token::Text("one two".to_owned())]);
        let words = tokens(source).iter().filter(|t| matches!(t, Token::Word(_))).count();
        assert_eq!(words, 4);
    }
}
