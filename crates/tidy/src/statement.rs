//! The statement of a source in which the code of a finding stands, and what it says of it.
//!
//! Read are the forms that the crates use: a call with the words as arguments or as chained
//! methods, a struct literal, a constant that is used elsewhere, a tuple bound by `let`, and a
//! function of the same file that takes the code.

use crate::finding_codes::{FindingCode, is_code, is_open};
use crate::tokens::Token;
use std::collections::BTreeMap;

/// Names of variables that hold what a finding says.
const SAYING: [&str; 5] = ["message", "what", "fix", "cause", "because"];

/// The statement in which a code stands.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Statement<'t> {
    /// The statement around the token at an index.
    pub(crate) fn at(tokens: &'t [Token], at: usize) -> Statement<'t> {
        Statement { tokens, at }
    }

    /// What the statement says of its code.
    pub(crate) fn read(self, code: &str) -> FindingCode {
        let mut said = match (self.field(), self.binding()) {
            (Some(start), _) => {
                let mut said = self.read_fields(start, code);
                if said.sentence.is_empty() {
                    said.fill(self.read_forward());
                }
                said
            }
            (None, Some(names)) => self.read_binding(&names),
            (None, None) => {
                let mut said = self.read_call().unwrap_or_default();
                said.fill(self.read_forward());
                said
            }
        };
        if let Some(name) = self.constant() {
            for use_at in self.uses(name) {
                said.fill(Statement { at: use_at, ..self }.read_forward());
            }
        }
        let digit = code.split('-').nth(1).and_then(|part| part.parse().ok());
        let snip = digit.or(self.stated_snip()).or(said.snip);
        FindingCode {
            snip: snip.filter(|snip| (1..=7).contains(snip)),
            sentence: sentence(&said.sentence),
            cause: sentence(&said.cause),
            fix: sentence(&said.fix),
        }
    }

    /// The number that follows the code in a list of arguments.
    fn stated_snip(&self) -> Option<u8> {
        match self.tokens.get(self.at + 1..self.at + 3) {
            Some([Token::Mark(','), Token::Word(number)]) => number.parse().ok(),
            _ => None,
        }
    }

    /// Where a name stands behind the code.
    fn uses(&self, name: &str) -> impl Iterator<Item = usize> {
        let behind = self.tokens.iter().enumerate().skip(self.at);
        behind.filter(move |(_, token)| token.is_word(name)).map(|(at, _)| at)
    }

    /// Index of the field `code:` when the code is its value or one of its values, or when the
    /// field takes the variable `code`.
    fn field(&self) -> Option<usize> {
        let is_field = |at: usize| {
            let after = (self.tokens.get(at + 1), self.tokens.get(at + 2));
            self.tokens[at].is_word("code")
                && match after {
                    // Neither a path nor the type of a parameter.
                    (Some(Token::Mark(':')), Some(behind)) => {
                        !matches!(behind, Token::Mark(':' | '&'))
                    }
                    (Some(Token::Mark(',')), _) => {
                        at == self.at && self.tokens[at - 1] == Token::Mark('{')
                    }
                    _ => false,
                }
        };
        let mut depth = 0i32;
        for at in (self.at.saturating_sub(40)..=self.at).rev() {
            match &self.tokens[at] {
                Token::Mark('}') => depth += 1,
                Token::Mark('{') => depth -= 1,
                Token::Mark(';') => return None,
                _ if depth <= 0 && is_field(at) => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// Reads the other fields of a struct literal; of several texts of one field, the one that
    /// has the place of the code among the codes.
    fn read_fields(self, start: usize, code: &str) -> FindingCode {
        let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let (mut codes, mut field, mut depth) = (Vec::new(), "code", 0u32);
        for index in start..self.tokens.len() {
            match &self.tokens[index] {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') if depth == 0 => break,
                Token::Mark('}') => depth -= 1,
                Token::Word(word)
                    if depth == 0 && self.tokens.get(index + 1) == Some(&Token::Mark(':')) =>
                {
                    field = word;
                }
                Token::Text(text) if is_code(text) => codes.push(text),
                Token::Text(text) if text.contains(' ') => {
                    said.entry(field).or_default().push(text)
                }
                _ => {}
            }
        }
        let place = codes.iter().position(|other| *other == code).unwrap_or(0);
        let pick = |name: &str| {
            let texts = said.get(name).map(Vec::as_slice).unwrap_or_default();
            let text = if texts.len() == codes.len() { texts.get(place) } else { texts.first() };
            text.map(|text| (*text).to_owned()).unwrap_or_default()
        };
        FindingCode {
            snip: None,
            sentence: pick("message"),
            cause: pick("cause"),
            fix: pick("fix"),
        }
    }

    /// The names that `let code = ` or `let (.., code, ..) = ` binds when the code stands in it,
    /// from `code` on.
    fn binding(&self) -> Option<Vec<&str>> {
        let from = self.tokens[..self.at].iter().rposition(|token| token.is_word("fn"))?;
        let lets = (from..self.at).rev().filter(|at| self.tokens[*at].is_word("let"));
        for at in lets.filter(|at| self.is_open_since(*at)) {
            let names: Vec<&str> = self.tokens[at + 1..self.at]
                .iter()
                .take_while(|token| **token != Token::Mark('='))
                .filter_map(|token| match token {
                    Token::Word(word) => Some(word.as_str()),
                    _ => None,
                })
                .collect();
            if let Some(place) = names.iter().position(|name| *name == "code") {
                return Some(names[place..].to_vec());
            }
        }
        None
    }

    /// True when the statement that begins at `start` has not ended before the code.
    fn is_open_since(&self, start: usize) -> bool {
        let mut depth = 0i32;
        for token in &self.tokens[start..self.at] {
            match token {
                Token::Mark('{' | '(') => depth += 1,
                Token::Mark('}' | ')') => depth -= 1,
                Token::Mark(';') if depth <= 0 => return false,
                _ => {}
            }
        }
        true
    }

    /// Reads a call `name(CODE, ...)` of a function of the same file: what the function says of
    /// its `code`, with the literals of the call in the places of its parameters.
    fn read_call(self) -> Option<FindingCode> {
        let Some([Token::Word(name), Token::Mark('(')]) =
            self.at.checked_sub(2).and_then(|from| self.tokens.get(from..self.at))
        else {
            return None;
        };
        let defined =
            self.tokens.windows(2).position(|two| two[0].is_word("fn") && two[1].is_word(name))?;
        let parameters = self.parameters(defined + 2);
        let first = parameters.iter().position(|parameter| *parameter == "code")?;
        let used =
            (defined..self.tokens.len()).filter(|at| self.tokens[*at].is_word("code")).nth(1);
        let user = Statement { at: used?, ..self };
        let mut said =
            user.field().map_or_else(|| user.read_forward(), |start| user.read_fields(start, ""));
        said.snip = user.stated_snip();
        let given = self.arguments();
        for (name, value) in parameters[first + 1..].iter().zip(given) {
            let Some(value) = value else { continue };
            for text in [&mut said.sentence, &mut said.cause, &mut said.fix] {
                *text = text.replace(&format!("{{{name}}}"), value);
            }
            let slot = match *name {
                "message" => &mut said.sentence,
                "cause" => &mut said.cause,
                "fix" => &mut said.fix,
                _ => continue,
            };
            if slot.is_empty() {
                *slot = value.to_owned();
            }
        }
        Some(said)
    }

    /// Names of the parameters in the list that begins at the bracket `open`.
    fn parameters(&self, open: usize) -> Vec<&str> {
        let (mut depth, mut names) = (0i32, Vec::new());
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') if depth == 1 => break,
                Token::Mark(')') => depth -= 1,
                Token::Word(word)
                    if depth == 1 && self.tokens.get(at + 1) == Some(&Token::Mark(':')) =>
                {
                    names.push(word.as_str());
                }
                _ => {}
            }
        }
        names
    }

    /// The arguments behind the code: a literal, or the literal that a name is bound to.
    fn arguments(&self) -> Vec<Option<&str>> {
        let (mut depth, mut found) = (0u32, Vec::new());
        let mut value = None;
        for token in &self.tokens[self.at + 1..] {
            match token {
                Token::Mark('(' | '{') => depth += 1,
                Token::Mark(')' | '}') if depth == 0 => break,
                Token::Mark(')' | '}') => depth -= 1,
                Token::Mark(',') if depth == 0 => found.push(value.take()),
                Token::Text(text) => value = value.or(Some(text.as_str())),
                Token::Word(name) => value = value.or_else(|| self.bound(name)),
                _ => {}
            }
        }
        found.push(value);
        // Before the first comma stands the code itself.
        found.into_iter().skip(1).collect()
    }

    /// Reads the values of a tuple beside the code, then the statement that uses them.
    fn read_binding(self, names: &[&str]) -> FindingCode {
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        let (mut depth, mut place) = (0u32, 0);
        for token in &self.tokens[self.at + 1..] {
            match token {
                Token::Mark(')' | ';' | '}') if depth == 0 => break,
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                Token::Mark(',') if depth == 0 => place += 1,
                Token::Text(text) => {
                    if let Some(name) = names.get(place) {
                        values.insert(name, text);
                    }
                }
                _ => {}
            }
        }
        let value = |name: &str| values.get(name).map(|text| (*text).to_owned());
        let mut said = FindingCode {
            snip: None,
            sentence: value("message").unwrap_or_default(),
            cause: value("cause").unwrap_or_default(),
            fix: value("fix").unwrap_or_default(),
        };
        if let Some(use_at) = self.uses("code").next() {
            let user = Statement { at: use_at, ..self };
            match user.field() {
                Some(start) => said.fill(user.read_fields(start, "")),
                None => said.fill(user.read_forward()),
            }
            said.snip = user.stated_snip();
        }
        for (name, value) in values {
            for text in [&mut said.sentence, &mut said.cause, &mut said.fix] {
                *text = text.replace(&format!("{{{name}}}"), value);
            }
        }
        said
    }

    /// Name of the constant whose value holds the code: `const NAME: Type = Type { code: ...`.
    fn constant(&self) -> Option<&str> {
        let before = &self.tokens[self.at.saturating_sub(9)..self.at];
        let at = before.iter().rposition(|token| token.is_word("const"))?;
        match before.get(at + 1) {
            Some(Token::Word(name)) => Some(name),
            _ => None,
        }
    }

    /// Index behind the last token of the statement, or of the value that the code stands in.
    fn end(&self) -> usize {
        let mut depth = 0u32;
        for (index, token) in self.tokens.iter().enumerate().skip(self.at + 1) {
            match token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') if depth == 0 => return index,
                Token::Mark('}') => depth -= 1,
                Token::Mark(';') if depth == 0 => return index,
                Token::Mark('=') if self.tokens.get(index + 1) == Some(&Token::Mark('>')) => {
                    return index;
                }
                Token::Text(text) if is_code(text) => return index,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn read_forward(&self) -> FindingCode {
        let mut said = FindingCode::default();
        for index in self.at + 1..self.end() {
            let (place, text) = match &self.tokens[index] {
                Token::Text(text) if text.contains(' ') => (self.label(index), text.clone()),
                Token::Word(name) if SAYING.contains(&name.as_str()) => {
                    let text =
                        self.bound(name).map_or_else(|| format!("{{{name}}}"), str::to_owned);
                    (Some(name.as_str()), text)
                }
                _ => continue,
            };
            let slot = match place {
                Some("cause" | "because") => &mut said.cause,
                Some("fix") => &mut said.fix,
                Some("message" | "what") => &mut said.sentence,
                _ if said.sentence.is_empty() => &mut said.sentence,
                _ => &mut said.fix,
            };
            if is_open(slot) {
                *slot = text;
            }
        }
        said
    }

    /// The field or method to which a literal is given, past `format!(`, `Some(` and the like.
    fn label(&self, index: usize) -> Option<&str> {
        let mut before = self.tokens[self.at..index].iter().rev();
        before.find_map(|token| match token {
            Token::Word(word) if matches!(word.as_str(), "format" | "Some" | "String") => None,
            Token::Word(word) => Some(Some(word.as_str())),
            Token::Mark('(' | ':' | '!' | '&') => None,
            _ => Some(None),
        })?
    }

    /// The literal of the nearest `let NAME = ...` before the statement, in the same function.
    fn bound(&self, name: &str) -> Option<&str> {
        let before = &self.tokens[..self.at];
        let from = before.iter().rposition(|token| token.is_word("fn")).unwrap_or(0);
        let at = (from..self.at).rev().find(|at| {
            before[*at].is_word("let") && before.get(at + 1).is_some_and(|t| t.is_word(name))
        })?;
        before[at..].iter().take_while(|token| **token != Token::Mark(';')).find_map(|token| {
            match token {
                Token::Text(text) if text.contains(' ') => Some(text.as_str()),
                _ => None,
            }
        })
    }
}

/// A literal as text for people: what is filled in at run time becomes `…`.
fn sentence(literal: &str) -> String {
    let mut text = String::new();
    let mut is_inside = false;
    for c in literal.chars() {
        match c {
            '{' => is_inside = true,
            '}' => {
                is_inside = false;
                text.push('…');
            }
            _ if is_inside => {}
            '|' => text.push('/'),
            _ => text.push(c),
        }
    }
    if !text.chars().any(char::is_alphanumeric) {
        return String::new();
    }
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    #[track_caller]
    fn check(source: &str, code: &str, expected: (Option<u8>, &str, &str, &str)) {
        let tokens = tokens(source);
        let at = tokens.iter().position(|token| *token == Token::Text(code.to_owned())).unwrap();
        let said = Statement::at(&tokens, at).read(code);
        let (snip, sentence, cause, fix) = expected;
        assert_eq!(
            (said.snip, &*said.sentence, &*said.cause, &*said.fix),
            (snip, sentence, cause, fix)
        );
    }

    #[test]
    fn calls_with_chained_words() {
        let source = r"fn f() { out.push(Finding::error('BANK-a', 7, 'no row here')
            .because('the file is cut').fix('fetch it again.')); other('BANK-b') }";
        let said = (Some(7), "No row here", "The file is cut", "Fetch it again");
        check(&source.replace('\'', "\""), "BANK-a", said);
    }

    #[test]
    fn struct_literals_choose_the_text_of_their_code() {
        let source =
            r"fn f() { let told = Told { code: if wide { 'X12-1-wide' } else { 'X12-1-thin' },
            message: match wide { true => 'it is wide', false => 'it is thin' },
            cause: 'widths are fixed', fix: 'pad {name}', }; }"
                .replace('\'', "\"");
        check(&source, "X12-1-wide", (Some(1), "It is wide", "Widths are fixed", "Pad …"));
        check(&source, "X12-1-thin", (Some(1), "It is thin", "Widths are fixed", "Pad …"));
    }

    #[test]
    fn bound_codes_are_followed_to_their_use() {
        let source = r"fn f() { let (code, status) = match s { 4 => ('835-4-denied', 'denied'),
            _ => ('835-4-sent', 'sent on') };
            push(Finding::error(code, 4, 'the claim is {status} but paid').fix('correct it')); }"
            .replace('\'', "\"");
        check(&source, "835-4-sent", (Some(4), "The claim is sent on but paid", "", "Correct it"));
    }

    #[test]
    fn functions_of_the_file_say_what_they_make_of_a_code() {
        let source = r"fn missing(code: &'static str, what: &str) -> Finding {
            Finding::error(code, 2, format!('the payment has no {what}')).fix('send it') }
            fn f() { missing('835-2-trace-missing', 'trace number') }"
            .replace(['\''], "\"")
            .replace("&\"static", "&'static");
        let said = (Some(2), "The payment has no trace number", "", "Send it");
        check(&source, "835-2-trace-missing", said);
    }
}
