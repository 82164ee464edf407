//! Conditions of a payer's edit, compiled to enums, and whether they hold.

use crate::pack::field::{NumberField, Subject, TextField};
use counterfoil_base::{Decimal, Text};
use counterfoil_claim::Line;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Text {
        field: TextField,
        test: TextTest,
    },
    Number {
        field: NumberField,
        test: NumberTest,
    },
    /// How many lines meet all of `lines`.
    Count {
        lines: LineFilter,
        test: NumberTest,
    },
    /// What a number adds up to over the lines that meet all of `lines`.
    Sum {
        of: NumberField,
        lines: LineFilter,
        test: NumberTest,
    },
}

/// What is asked of text; a list is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    /// At least one value is listed.
    In(Vec<Text>),
    /// No value is listed; also holds when there is no value.
    NotIn(Vec<Text>),
    /// At least one value begins so.
    Prefix(Vec<Text>),
    /// No value begins so; also holds when there is no value.
    NotPrefix(Vec<Text>),
    /// At least one value has the form.
    Matches(Vec<Shape>),
    /// No value has the form; also holds when there is no value.
    NotMatches(Vec<Shape>),
    /// There is a value, or there is none.
    Present(bool),
}

/// A form of text, character by character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) Vec<ShapePart>);

/// One character of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShapePart {
    /// `#`: a digit.
    Digit,
    /// `@`: a letter A to Z.
    Letter,
    /// `?`: any character.
    Any,
    /// `*`, last only: whatever follows.
    Rest,
    /// The character itself.
    Exactly(char),
}

/// What is asked of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberTest {
    Equals(Decimal),
    AtLeast(Decimal),
    AtMost(Decimal),
    MoreThan(Decimal),
    LessThan(Decimal),
    Between(Decimal, Decimal),
}

/// Which lines are counted or summed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineFilter {
    pub(crate) conditions: Vec<Condition>,
    /// Fields in which a line must equal the line that the edit looks at.
    pub(crate) same: Vec<TextField>,
}

impl Condition {
    pub(crate) fn holds(&self, subject: Subject<'_>) -> bool {
        match self {
            Condition::Text { field, test } => test.holds(*field, subject),
            Condition::Number { field, test } => {
                field.value(subject).is_some_and(|value| test.holds(value))
            }
            Condition::Count { lines, test } => {
                let count = i64::try_from(lines.of(subject).count()).unwrap_or(i64::MAX);
                test.holds(Decimal::whole(count))
            }
            Condition::Sum { of, lines, test } => {
                let mut values = lines.of(subject).filter_map(|line| {
                    of.value(Subject { claim: subject.claim, line: Some(line) })
                });
                let sum = values.try_fold(Decimal::ZERO, Decimal::checked_add);
                sum.is_some_and(|sum| test.holds(sum))
            }
        }
    }
}

impl LineFilter {
    /// The lines that pass. For an edit about lines these are the lines up to the one it looks
    /// at, so that of many lines only those beyond a limit are answered.
    fn of<'a>(&'a self, subject: Subject<'a>) -> impl Iterator<Item = &'a Line> {
        let last = subject.line.and_then(|line| {
            subject.claim.lines.iter().position(|other| std::ptr::eq(other, line))
        });
        let considered = last.map_or(subject.claim.lines.len(), |last| last + 1);
        subject.claim.lines.iter().take(considered).filter(move |line| {
            let candidate = Subject { claim: subject.claim, line: Some(line) };
            self.conditions.iter().all(|condition| condition.holds(candidate))
                && self
                    .same
                    .iter()
                    .all(|field| values(*field, candidate) == values(*field, subject))
        })
    }
}

fn values(field: TextField, subject: Subject<'_>) -> Vec<Text> {
    let mut all = Vec::new();
    field.each(subject, &mut |value| all.push(Text::from(value)));
    all
}

impl TextTest {
    fn holds(&self, field: TextField, subject: Subject<'_>) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| {
            let mut found = false;
            field.each(subject, &mut |value| found |= test(value));
            found
        };
        let listed = |list: &[Text], value: &str| {
            list.binary_search_by(|listed| listed.as_str().cmp(value)).is_ok()
        };
        let begins =
            |list: &[Text], value: &str| list.iter().any(|p| value.starts_with(p.as_str()));
        let shaped = |list: &[Shape], value: &str| list.iter().any(|shape| shape.fits(value));
        match self {
            TextTest::In(list) => any(&|value| listed(list, value)),
            TextTest::NotIn(list) => !any(&|value| listed(list, value)),
            TextTest::Prefix(list) => any(&|value| begins(list, value)),
            TextTest::NotPrefix(list) => !any(&|value| begins(list, value)),
            TextTest::Matches(list) => any(&|value| shaped(list, value)),
            TextTest::NotMatches(list) => !any(&|value| shaped(list, value)),
            TextTest::Present(wanted) => any(&|_| true) == *wanted,
        }
    }
}

impl Shape {
    pub(crate) fn fits(&self, value: &str) -> bool {
        let mut characters = value.chars();
        for part in &self.0 {
            let fits = match (part, characters.next()) {
                (ShapePart::Rest, _) => return true,
                (_, None) => false,
                (ShapePart::Digit, Some(c)) => c.is_ascii_digit(),
                (ShapePart::Letter, Some(c)) => c.is_ascii_uppercase(),
                (ShapePart::Any, Some(_)) => true,
                (ShapePart::Exactly(wanted), Some(c)) => c == *wanted,
            };
            if !fits {
                return false;
            }
        }
        characters.next().is_none()
    }
}

impl NumberTest {
    fn holds(self, value: Decimal) -> bool {
        match self {
            NumberTest::Equals(wanted) => value == wanted,
            NumberTest::AtLeast(least) => value >= least,
            NumberTest::AtMost(most) => value <= most,
            NumberTest::MoreThan(bound) => value > bound,
            NumberTest::LessThan(bound) => value < bound,
            NumberTest::Between(least, most) => least <= value && value <= most,
        }
    }
}
