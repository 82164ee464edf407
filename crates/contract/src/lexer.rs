//! Cuts the text of a `terms` block into words, numbers, dates, texts and marks.

use crate::ast::{LiteralUnit, Span};
use crate::number::Number;
use counterfoil_base::Date;
use winnow::ascii::{digit1, multispace1};
use winnow::combinator::{alt, delimited, not, opt, preceded, repeat};
use winnow::prelude::*;
use winnow::token::{one_of, take_till, take_while};

/// One piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or name.
    Word(String),
    /// A number with the unit its spelling gives it.
    Number(Number, LiteralUnit),
    /// A calendar day.
    Date(Date),
    /// A text in double quotes, without them.
    Text(String),
    /// A mark: `+ - * / ( ) : , = <> < <= > >=`.
    Mark(&'static str),
    /// Text that begins no piece, with the reason.
    Unreadable(&'static str),
    /// The end of the block.
    End,
}

/// One piece of the text and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub span: Span,
    /// True for the first piece of a line: where a declaration may begin.
    pub starts_line: bool,
}

const MARKS: [&str; 14] = ["<>", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ":", ",", "="];

/// The pieces of `text[span]`, ending with [`TokenKind::End`].
pub(crate) fn tokens(text: &str, span: Span) -> Vec<Token> {
    let whole = text.get(span.start..span.end).unwrap_or("");
    let mut rest = whole;
    let mut found = Vec::new();
    let mut starts_line = true;
    loop {
        let before = rest;
        if opt(multispace1::<_, winnow::error::EmptyError>).parse_next(&mut rest).is_ok() {
            let skipped = before.get(..before.len() - rest.len()).unwrap_or("");
            starts_line |= skipped.contains('\n');
        }
        let start = span.start + whole.len() - rest.len();
        if rest.is_empty() {
            let place = Span { start, end: start };
            found.push(Token { kind: TokenKind::End, span: place, starts_line: true });
            return found;
        }
        let kind = token.parse_next(&mut rest).unwrap_or_else(|_| {
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
            TokenKind::Unreadable("this character has no meaning in a terms block")
        });
        let end = span.start + whole.len() - rest.len();
        found.push(Token { kind, span: Span { start, end }, starts_line });
        starts_line = false;
    }
}

type Outcome<T> = Result<T, winnow::error::EmptyError>;

fn token(input: &mut &str) -> Outcome<TokenKind> {
    alt((date, money, number, word, quoted, mark)).parse_next(input)
}

fn word(input: &mut &str) -> Outcome<TokenKind> {
    let first = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_');
    (first, rest).take().map(|text: &str| TokenKind::Word(text.to_owned())).parse_next(input)
}

/// A day as in ISO 8601: `2019-07-01`.
fn date(input: &mut &str) -> Outcome<TokenKind> {
    let digits = |count: usize| take_while(count..=count, |c: char| c.is_ascii_digit());
    let end = not(one_of(|c: char| c.is_ascii_alphanumeric()));
    let mut parts = (digits(4), '-', digits(2), '-', digits(2), end);
    let (year, _, month, _, day, ()): (&str, _, &str, _, &str, ()) = parts.parse_next(input)?;
    let day = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    Ok(day().map_or(TokenKind::Unreadable("this day is not in the calendar"), TokenKind::Date))
}

fn money(input: &mut &str) -> Outcome<TokenKind> {
    let value = preceded('$', digits).parse_next(input)?;
    Ok(value.map_or(TOO_LONG, |value| TokenKind::Number(value, LiteralUnit::Money)))
}

fn number(input: &mut &str) -> Outcome<TokenKind> {
    let value = digits.parse_next(input)?;
    let is_percent = opt('%').parse_next(input)?.is_some();
    if !is_percent {
        return Ok(value.map_or(TOO_LONG, |v| TokenKind::Number(v, LiteralUnit::Plain)));
    }
    let fraction = value.and_then(|value| value.checked_div(Number::whole(100)));
    Ok(fraction.map_or(TOO_LONG, |value| TokenKind::Number(value, LiteralUnit::Percent)))
}

const TOO_LONG: TokenKind = TokenKind::Unreadable("this number has more digits than fit");

/// Digits, groups of three after commas (no blank between), and a fraction.
fn digits(input: &mut &str) -> Outcome<Option<Number>> {
    let three = take_while(3..=3, |c: char| c.is_ascii_digit());
    let group = preceded(',', (three, not(one_of(|c: char| c.is_ascii_digit()))));
    let groups = repeat::<_, _, (), _, _>(0.., group);
    let text = (digit1, groups, opt(('.', digit1))).take().parse_next(input)?;
    Ok(Number::parse(&text.replace(',', "")))
}

fn quoted(input: &mut &str) -> Outcome<TokenKind> {
    let inside = take_till(0.., |c: char| c == '"' || c == '\n');
    delimited('"', inside, '"').map(|text: &str| TokenKind::Text(text.to_owned())).parse_next(input)
}

fn mark(input: &mut &str) -> Outcome<TokenKind> {
    let found = MARKS.into_iter().find(|mark| input.starts_with(mark));
    let mark = found.ok_or(winnow::error::EmptyError)?;
    *input = input.get(mark.len()..).unwrap_or("");
    if mark == "," && input.starts_with(|c: char| !c.is_whitespace()) {
        // Else `least(5,100,x)` could mean two values or three.
        return Ok(TokenKind::Unreadable("a comma between values has a blank behind it"));
    }
    Ok(TokenKind::Mark(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let all = tokens(text, Span { start: 0, end: text.len() });
        all.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn numbers_carry_the_unit_of_their_spelling() {
        let number = |text| Number::parse(text).unwrap();
        assert_eq!(
            kinds("$1,250.50 3.9% 5,000 2019-07-01 2019-13-01"),
            [
                TokenKind::Number(number("1250.50"), LiteralUnit::Money),
                TokenKind::Number(number("0.039"), LiteralUnit::Percent),
                TokenKind::Number(number("5000"), LiteralUnit::Plain),
                TokenKind::Date(Date::new(2019, 7, 1).unwrap()),
                TokenKind::Unreadable("this day is not in the calendar"),
                TokenKind::End,
            ]
        );
        // A comma with a blank behind it, or with other than three digits, is a comma.
        assert_eq!(kinds("1, 000").len(), 4);
        assert_eq!(kinds("1,0000").len(), 4);
        let tight = TokenKind::Unreadable("a comma between values has a blank behind it");
        assert_eq!(kinds("5,100,x")[1..], [tight, TokenKind::Word("x".into()), TokenKind::End]);
    }

    #[test]
    fn every_text_is_cut_to_its_end() {
        for text in ["a<=b", "\"open", "§ x", "é", "$", "%", "a\u{0}b", "12abc"] {
            assert_eq!(kinds(text).last(), Some(&TokenKind::End), "{text}");
        }
        assert_eq!(kinds("a <> b")[1], TokenKind::Mark("<>"));
    }
}
