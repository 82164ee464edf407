//! A quick reader of plain lines: ASCII text without escapes, whole numbers, no odd values.
//!
//! It answers for a line only what the JSON library would answer, and nothing for every other
//! line, which the library then reads.

use crate::codes::DiagnosisCode;
use crate::line::{Fields, Value};
use std::borrow::Cow;

/// Objects and lists inside each other that are passed over; deeper ones are left to the library.
const DEPTH_MAX: u32 = 8;

/// The fields of a plain line; none for a line that is not plain.
pub(crate) fn scan<'a>(line: &'a [u8], diagnoses: &mut Vec<DiagnosisCode>) -> Option<Fields<'a>> {
    let mut scanner = Scanner { rest: line };
    let mut fields = Fields::default();
    diagnoses.clear();
    scanner.eat(b'{')?;
    if scanner.eat(b'}').is_none() {
        loop {
            scanner.skip_blanks();
            let key = scanner.text()?;
            scanner.eat(b':')?;
            if key == b"dx" {
                diagnoses.clear();
                fields.odd_diagnoses = scanner.diagnoses(diagnoses)?;
                fields.has_diagnoses = true;
            } else if let Some(field) = fields.field(key) {
                *field = scanner.value()?;
            } else {
                scanner.pass_over(0)?;
            }
            if scanner.eat(b',').is_none() {
                break;
            }
        }
        scanner.eat(b'}')?;
    }
    scanner.skip_blanks();
    scanner.rest.is_empty().then_some(fields)
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Takes a sign with the blanks before it.
    fn eat(&mut self, sign: u8) -> Option<()> {
        self.skip_blanks();
        self.rest = self.rest.strip_prefix(&[sign])?;
        Some(())
    }

    /// Text without escapes or letters beyond ASCII.
    fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.strip_prefix(b"\"")?;
        let is_odd = |byte: &u8| matches!(*byte, b'"' | b'\\' | 0..=0x1f | 0x80..);
        let end = rest.iter().position(is_odd)?;
        let (text, after) = rest.split_at(end);
        self.rest = after.strip_prefix(b"\"")?;
        Some(text)
    }

    /// A whole number of at most 15 digits.
    fn number(&mut self) -> Option<i64> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, after) = self.rest.split_at(length);
        let is_plain = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && length <= 15;
        if !is_plain || matches!(after, [b'.' | b'e' | b'E', ..]) {
            return None;
        }
        self.rest = after;
        Some(digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    }

    fn value(&mut self) -> Option<Value<'a>> {
        self.skip_blanks();
        let words: [(&[u8], Value<'a>); 3] =
            [(b"false", Value::Flag(false)), (b"true", Value::Flag(true)), (b"null", Value::Null)];
        match self.rest {
            [b'"', ..] => {
                let text = std::str::from_utf8(self.text()?).ok()?;
                Some(Value::Text(Cow::Borrowed(text)))
            }
            [b'0'..=b'9', ..] => self.number().map(Value::Number),
            _ => words.into_iter().find_map(|(word, value)| {
                self.rest = self.rest.strip_prefix(word)?;
                Some(value)
            }),
        }
    }

    /// The list of diagnoses; returns how many have no form of a code.
    fn diagnoses(&mut self, diagnoses: &mut Vec<DiagnosisCode>) -> Option<u32> {
        self.eat(b'[')?;
        if self.eat(b']').is_some() {
            return Some(0);
        }
        let mut odd = 0_u32;
        loop {
            self.skip_blanks();
            match DiagnosisCode::parse_bytes(self.text()?) {
                Some(code) => diagnoses.push(code),
                None => odd = odd.saturating_add(1),
            }
            if self.eat(b',').is_none() {
                break;
            }
        }
        self.eat(b']')?;
        Some(odd)
    }

    /// Takes any value that holds plain ones alone.
    fn pass_over(&mut self, depth: u32) -> Option<()> {
        self.skip_blanks();
        let (open, close) = match self.rest {
            [b'{', ..] => (b'{', b'}'),
            [b'[', ..] => (b'[', b']'),
            _ => return self.value().map(drop),
        };
        if depth == DEPTH_MAX {
            return None;
        }
        self.eat(open)?;
        if self.eat(close).is_some() {
            return Some(());
        }
        loop {
            if open == b'{' {
                self.skip_blanks();
                self.text()?;
                self.eat(b':')?;
            }
            self.pass_over(depth + 1)?;
            if self.eat(b',').is_none() {
                return self.eat(close);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::read_fields;
    use proptest::prelude::*;

    const LINE: &str = r#"{"id": 7,"age":72,"sex":"F","orec":"0","crec":"0","dual_elgbl_cd":"NA",
"new_enrollee":false,"snp":true,"low_income":false,"lti":false,"graft_months":null,
"dx":["e11.9", "I50.9","1"],"expect":{"V28":{"score":"1.131","hccs":[ "38",1,[]]},"n":null}}"#;

    /// Where the quick reader answers, the library answers the same.
    fn same(line: &[u8]) -> bool {
        let (mut quick, mut slow) = (Vec::new(), Vec::new());
        let Some(fields) = scan(line, &mut quick) else { return false };
        let read = read_fields(line, &mut slow).expect("the library reads what is plain");
        assert_eq!((fields, quick), (read, slow));
        true
    }

    #[test]
    fn a_plain_line_is_read_quickly_and_the_same() {
        assert!(same(LINE.replace('\n', "").as_bytes()));
        assert!(same(b"{}"));
        assert!(same(b" { } "));
    }

    proptest! {
        #[test]
        fn a_changed_line_is_read_the_same_or_left_to_the_library(
            changes in prop::collection::vec((0_usize..300, any::<prop::sample::Index>()), 0..4),
        ) {
            let mut line = LINE.replace('\n', "").into_bytes();
            for (at, sign) in changes {
                let signs = b"{}[]\",:.eE0123- \\tfn\x00\xc3";
                let at = at % line.len();
                line[at] = *sign.get(signs);
            }
            same(&line);
        }
    }
}
