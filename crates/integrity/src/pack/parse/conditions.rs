//! Reads the conditions of an edit.

use super::{Reader, Section, Value};
use crate::pack::condition::{Condition, LineFilter, NumberTest, Shape, ShapePart, TextTest};
use crate::pack::field::{FIELDS, Field, NumberField, TextField, field_named};
use crate::pack::problem::suggestion;
use crate::pack::rule::Rule;
use counterfoil_base::{Decimal, Text};
use toml::Spanned;
use toml::de::DeValue;

/// Where a condition stands, which decides what it may name.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// A line is looked at: by the edit, or by the `where` of a count or sum.
    has_line: bool,
    /// Inside a `where`, which cannot count or sum again.
    nested: bool,
    /// The edit itself is about lines, so that `same` has a line to compare with.
    per_line: bool,
}

impl Place {
    pub(super) fn top(per_line: bool) -> Place {
        Place { has_line: per_line, nested: false, per_line }
    }

    fn inside_where(self) -> Place {
        Place { has_line: true, nested: true, ..self }
    }
}

/// A longer condition is more than a person reads.
const RULE_BYTES_MAX: usize = 4_000;

const TEXT_WORDS: [&str; 7] =
    ["in", "not_in", "prefix", "not_prefix", "matches", "not_matches", "present"];
const NUMBER_WORDS: [&str; 6] =
    ["equals", "at_least", "at_most", "more_than", "less_than", "between"];

impl Reader<'_> {
    pub(super) fn condition(&mut self, value: &Value<'_>, place: Place) -> Option<Condition> {
        let Some(table) = value.get_ref().as_table() else {
            let fix = "Write { field = \"...\", in = [\"...\"] }.";
            self.problems.add("PCK-7-type", value.span(), "a condition is not a table", fix);
            return None;
        };
        let section = Section { name: "a condition", span: value.span(), table };
        let subjects = ["field", "count", "sum"];
        let mut named = subjects.into_iter().filter(|word| table.get(*word).is_some());
        let (subject, second) = (named.next(), named.next());
        let (Some(subject), None) = (subject, second) else {
            let what = "a condition names not exactly one of field, count and sum";
            let fix = "Name what is looked at, for example field = \"line.procedure\".";
            self.problems.add("PCK-7-condition", value.span(), what, fix);
            return None;
        };
        if subject != "field" && place.nested {
            let what = "a where counts or sums again";
            let fix = "Use field conditions inside where.";
            self.problems.add("PCK-7-condition", value.span(), what, fix);
            return None;
        }
        match subject {
            "count" => self.count(&section, place),
            "sum" => self.sum(&section, place),
            _ => match self.field(&section, "field", place)? {
                Field::Text(field) => {
                    let test = self.text_test(&section)?;
                    Some(Condition::Text { field, test })
                }
                Field::Number(field) => {
                    let test = self.number_test(&section, &["field"])?;
                    Some(Condition::Number { field, test })
                }
            },
        }
    }

    /// `rule`: a condition in the contract language; nothing inside where the edit has none.
    pub(super) fn rule(&mut self, section: &Section<'_>, per_line: bool) -> Option<Option<Rule>> {
        let Some(value) = section.table.get("rule") else { return Some(None) };
        let text = self.optional_text(section, "rule")?;
        if text.len() > RULE_BYTES_MAX {
            let what = format!("the rule has more than {RULE_BYTES_MAX} bytes");
            let fix = "Make several edits of it.";
            self.problems.add("PCK-7-rule", value.span(), &what, fix);
            return None;
        }
        let problems = match Rule::parse(&text, per_line) {
            Ok(rule) => return Some(Some(rule)),
            Err(problems) => problems,
        };
        // Where the text stands in the file as it is, its places are places of the file.
        let begin = self.problems.place_of(&value.span(), &text);
        for problem in problems {
            let what = format!("the rule cannot be used: {}", problem.what);
            let place = match begin {
                Some(begin) => begin + problem.place.start..begin + problem.place.end,
                None => value.span(),
            };
            self.problems.add("PCK-7-rule", place, &what, &problem.fix);
        }
        None
    }

    fn count(&mut self, section: &Section<'_>, place: Place) -> Option<Condition> {
        let counted = self.required_text(section, "count")?;
        if counted != "lines" {
            let span = section.table.get("count").map_or(section.span.clone(), Spanned::span);
            let what = format!("count does not know {counted}");
            self.problems.add("PCK-7-value", span, &what, "Write count = \"lines\".");
            return None;
        }
        let test = self.number_test(section, &["count", "where", "same"]);
        let lines = self.line_filter(section, place);
        Some(Condition::Count { lines: lines?, test: test? })
    }

    fn sum(&mut self, section: &Section<'_>, place: Place) -> Option<Condition> {
        let of = match self.field(section, "sum", place.inside_where())? {
            Field::Number(
                of @ (NumberField::LineUnits | NumberField::LineCharge | NumberField::LineDays),
            ) => of,
            _ => {
                let span = section.table.get("sum").map_or(section.span.clone(), Spanned::span);
                let what = "only numbers of lines can be summed";
                let fix = "Use one of: line.units, line.charge, line.days.";
                self.problems.add("PCK-7-condition", span, what, fix);
                return None;
            }
        };
        let test = self.number_test(section, &["sum", "where", "same"]);
        let lines = self.line_filter(section, place);
        Some(Condition::Sum { of, lines: lines?, test: test? })
    }

    fn line_filter(&mut self, section: &Section<'_>, place: Place) -> Option<LineFilter> {
        let mut filter = LineFilter::default();
        if let Some(value) = section.table.get("where") {
            let Some(list) = value.get_ref().as_array() else {
                let fix = "Write where = [{ field = \"...\", in = [\"...\"] }].";
                self.problems.add("PCK-7-type", value.span(), "where is not a list", fix);
                return None;
            };
            for item in list.iter() {
                filter.conditions.push(self.condition(item, place.inside_where())?);
            }
        }
        if let Some(value) = section.table.get("same") {
            if !place.per_line {
                let what = "same has no line to compare with in an edit about the claim";
                let fix = "Write about = \"line\", or leave same out.";
                self.problems.add("PCK-7-condition", value.span(), what, fix);
                return None;
            }
            for name in self.texts(section, "same")? {
                match field_named(&name) {
                    Some(Field::Text(field)) if field.is_of_line() => filter.same.push(field),
                    _ => {
                        let known: Vec<&str> = text_fields_of_lines();
                        let what = format!("same does not know {name}");
                        let fix = suggestion(&name, &known);
                        self.problems.add("PCK-7-unknown-field", value.span(), &what, &fix);
                        return None;
                    }
                }
            }
        }
        Some(filter)
    }

    fn field(&mut self, section: &Section<'_>, key: &str, place: Place) -> Option<Field> {
        let name = self.required_text(section, key)?;
        let span = section.table.get(key).map_or(section.span.clone(), Spanned::span);
        let Some(field) = field_named(&name) else {
            let known: Vec<&str> = FIELDS.iter().map(|field| field.0).collect();
            let what = format!("no field is called {name}");
            self.problems.add("PCK-7-unknown-field", span, &what, &suggestion(&name, &known));
            return None;
        };
        let of_line = match field {
            Field::Text(field) => field.is_of_line(),
            Field::Number(field) => field.is_of_line(),
        };
        if of_line && !place.has_line {
            let what = format!("{name} is a fact of a line and the edit is about the claim");
            let fix = "Write about = \"line\", or use count, sum or claim.procedures.";
            self.problems.add("PCK-7-condition", span, &what, fix);
            return None;
        }
        Some(field)
    }

    /// The one word of a condition that says what is asked, with its value.
    fn word<'d>(
        &mut self,
        section: &Section<'d>,
        words: &[&'static str],
        beside: &[&str],
    ) -> Option<(&'static str, &'d Value<'d>)> {
        let known: Vec<&str> = words.iter().chain(beside).copied().collect();
        self.known_keys(section, &known);
        let mut asked =
            words.iter().filter_map(|word| section.table.get(*word).map(|value| (*word, value)));
        match (asked.next(), asked.next()) {
            (Some(found), None) => Some(found),
            _ => {
                let what = "a condition asks not exactly one thing";
                let fix = format!("Use one of: {}.", words.join(", "));
                self.problems.add("PCK-7-condition", section.span.clone(), what, &fix);
                None
            }
        }
    }

    fn text_test(&mut self, section: &Section<'_>) -> Option<TextTest> {
        let (word, value) = self.word(section, &TEXT_WORDS, &["field"])?;
        if word == "present" {
            let Some(wanted) = value.get_ref().as_bool() else {
                let fix = "Write present = true or present = false.";
                self.problems.add("PCK-7-type", value.span(), "present is not true or false", fix);
                return None;
            };
            return Some(TextTest::Present(wanted));
        }
        let mut list = self.texts(section, word)?;
        list.sort();
        list.dedup();
        Some(match word {
            "in" => TextTest::In(list),
            "not_in" => TextTest::NotIn(list),
            "prefix" => TextTest::Prefix(list),
            "not_prefix" => TextTest::NotPrefix(list),
            "matches" => TextTest::Matches(self.shapes(value, &list)?),
            _ => TextTest::NotMatches(self.shapes(value, &list)?),
        })
    }

    fn shapes(&mut self, value: &Value<'_>, list: &[Text]) -> Option<Vec<Shape>> {
        let mut shapes = Vec::new();
        for text in list {
            let part = |c| match c {
                '#' => ShapePart::Digit,
                '@' => ShapePart::Letter,
                '?' => ShapePart::Any,
                '*' => ShapePart::Rest,
                other => ShapePart::Exactly(other),
            };
            let parts: Vec<ShapePart> = text.chars().map(part).collect();
            let rest = parts.iter().position(|part| *part == ShapePart::Rest);
            if rest.is_some_and(|place| place + 1 != parts.len()) {
                let what = format!("the form {text} goes on after *");
                let fix = "* stands for whatever follows and comes last.";
                self.problems.add("PCK-7-value", value.span(), &what, fix);
                return None;
            }
            shapes.push(Shape(parts));
        }
        Some(shapes)
    }

    fn number_test(&mut self, section: &Section<'_>, beside: &[&str]) -> Option<NumberTest> {
        let (word, value) = self.word(section, &NUMBER_WORDS, beside)?;
        if word == "between" {
            let bounds = value.get_ref().as_array().map(|list| {
                list.iter().map(|item| number(item.get_ref())).collect::<Option<Vec<_>>>()
            });
            return match bounds.flatten().as_deref() {
                Some([least, most]) if least <= most => Some(NumberTest::Between(*least, *most)),
                _ => {
                    let what = "between is not two numbers, the smaller first";
                    let fix = "Write between = [1, 12].";
                    self.problems.add("PCK-7-type", value.span(), what, fix);
                    None
                }
            };
        }
        let Some(bound) = number(value.get_ref()) else {
            let what = format!("{word} is not a number");
            let fix = "Write a whole number, or a decimal in quotes: \"12.50\".";
            self.problems.add("PCK-7-type", value.span(), &what, fix);
            return None;
        };
        Some(match word {
            "equals" => NumberTest::Equals(bound),
            "at_least" => NumberTest::AtLeast(bound),
            "at_most" => NumberTest::AtMost(bound),
            "more_than" => NumberTest::MoreThan(bound),
            _ => NumberTest::LessThan(bound),
        })
    }
}

/// A whole number or a decimal, exactly as it is written.
fn number(value: &DeValue<'_>) -> Option<Decimal> {
    match value {
        DeValue::Integer(whole) if whole.radix() == 10 => Decimal::parse(whole.as_str()).ok(),
        DeValue::Float(decimal) => Decimal::parse(decimal.as_str()).ok(),
        DeValue::String(text) => Decimal::parse(text).ok(),
        _ => None,
    }
}

fn text_fields_of_lines() -> Vec<&'static str> {
    let of_line =
        |field: &Field| matches!(field, Field::Text(text) if TextField::is_of_line(*text));
    FIELDS.iter().filter(|field| of_line(&field.1)).map(|field| field.0).collect()
}
