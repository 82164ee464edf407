//! Reads a rule pack: every problem of the file is reported, not only the first.

use crate::acknowledge;
use crate::manifest::parse_iso_date;
use crate::pack::condition::Condition;
use crate::pack::problem::{Problems, suggestion};
use crate::pack::{Outcome, PackEdit, RulePack};
use counterfoil_base::{Acknowledgement, Date, DateRange, Finding, Text};
use counterfoil_claim::ClaimKind;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

mod conditions;

/// A file larger than this is no pack.
const PACK_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) fn parse(text: &str) -> Result<RulePack, Vec<Finding>> {
    let mut reader = Reader { problems: Problems::new(text) };
    let pack = reader.pack(text);
    match pack {
        Some(pack) if reader.problems.findings.is_empty() => Ok(pack),
        _ => Err(reader.problems.findings),
    }
}

/// Reads values and keeps every problem.
struct Reader<'t> {
    problems: Problems<'t>,
}

/// A table of the file with its place, for errors about what it lacks.
struct Section<'d> {
    name: &'static str,
    span: Range<usize>,
    table: &'d DeTable<'d>,
}

type Value<'d> = Spanned<DeValue<'d>>;

const PACK_KEYS: [&str; 6] = ["name", "version", "title", "payer_ids", "valid_from", "valid_to"];
const EDIT_KEYS: [&str; 18] = [
    "id",
    "about",
    "claims",
    "plans",
    "providers",
    "except_providers",
    "valid_from",
    "valid_to",
    "when",
    "rule",
    "unless",
    "outcome",
    "message",
    "cause",
    "fix",
    "status",
    "carc",
    "rarc",
];

impl<'t> Reader<'t> {
    fn pack(&mut self, text: &str) -> Option<RulePack> {
        if text.len() > PACK_BYTES_MAX {
            self.problems.add("PCK-7-syntax", 0..0, "the file is larger than 8 MiB", "Split it.");
            return None;
        }
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let what = format!("the file is not TOML ({})", error.message().replace('\n', " "));
                self.problems.add("PCK-7-syntax", span, &what, "Correct the line.");
                return None;
            }
        };
        let root = Section { name: "the file", span: 0..0, table: document.get_ref() };
        self.known_keys(&root, &["pack", "edit"]);
        let head = self.section(&root, "pack", "[pack]")?;
        self.known_keys(&head, &PACK_KEYS);
        let name = self.required_text(&head, "name");
        let version = self.required_text(&head, "version");
        let title = self.required_text(&head, "title");
        let days = self.days(&head, None);
        let payer_ids = self.texts(&head, "payer_ids").unwrap_or_default();
        let edits = self.edits(&root, days.unwrap_or(ALWAYS));
        Some(RulePack {
            name: name?,
            version: version?,
            title: title?,
            payer_ids,
            days: days?,
            edits,
        })
    }

    fn edits(&mut self, root: &Section<'_>, days: DateRange) -> Vec<PackEdit> {
        let Some(list) = root.table.get("edit") else {
            let fix = "Add an [[edit]] for every rule.";
            self.problems.add("PCK-7-missing", 0..0, "the pack has no edit", fix);
            return Vec::new();
        };
        let Some(tables) = list.get_ref().as_array() else {
            let fix = "Write [[edit]] with two brackets before each rule.";
            self.problems.add("PCK-7-type", list.span(), "edit is not a list of tables", fix);
            return Vec::new();
        };
        let mut ids = BTreeSet::new();
        let mut edits = Vec::new();
        for value in tables.iter() {
            let Some(table) = value.get_ref().as_table() else {
                let fix = "Write [[edit]] before each rule.";
                self.problems.add("PCK-7-type", value.span(), "an edit is not a table", fix);
                continue;
            };
            let section = Section { name: "an edit", span: value.span(), table };
            if let Some(edit) = self.edit(&section, days) {
                if !ids.insert(edit.id.clone()) {
                    let what = format!("the id {} stands twice", edit.id);
                    let span = table.get("id").map_or(value.span(), Spanned::span);
                    self.problems.add("PCK-7-id-twice", span, &what, "Give each edit its own id.");
                }
                edits.push(edit);
            }
        }
        edits
    }

    fn edit(&mut self, section: &Section<'_>, pack_days: DateRange) -> Option<PackEdit> {
        self.known_keys(section, &EDIT_KEYS);
        let id = self.id(section);
        let per_line = self.choice(section, "about", &[("line", true), ("claim", false)]);
        let outcomes =
            [("reject", Outcome::Reject), ("pend", Outcome::Pend), ("note", Outcome::Note)];
        let outcome = self.choice(section, "outcome", &outcomes);
        let message = self.required_text(section, "message");
        let cause = self.required_text(section, "cause");
        let fix = self.required_text(section, "fix");
        let days = self.days(section, Some(pack_days));
        let kinds = self.kinds(section);
        let plans = self.texts(section, "plans").unwrap_or_default();
        let providers = self.texts(section, "providers").unwrap_or_default();
        let except_providers = self.texts(section, "except_providers").unwrap_or_default();
        let acknowledgement = self.status(section, outcome);
        let carc = self.optional_text(section, "carc").map(Text::from);
        let rarc = self.optional_text(section, "rarc").map(Text::from);
        let per_line_known = per_line.unwrap_or(true);
        let when = self.conditions(section, "when", per_line_known);
        let unless = self.conditions(section, "unless", per_line_known);
        let rule = self.rule(section, per_line_known);
        if section.table.get("when").is_none() && section.table.get("rule").is_none() {
            let fix = "Say when the edit speaks: when = [{ field = ..., in = [...] }].";
            let what = "an edit has no when and no rule";
            self.problems.add("PCK-7-missing", section.span.clone(), what, fix);
        }
        Some(PackEdit {
            id: id?,
            outcome: outcome?,
            message: message?,
            cause: cause?,
            fix: fix?,
            days: days?,
            carc,
            rarc,
            acknowledgement: acknowledgement?,
            kinds: kinds?,
            plans,
            providers,
            except_providers,
            per_line: per_line?,
            when: when?,
            rule: rule?,
            unless: unless?,
        })
    }

    fn id(&mut self, section: &Section<'_>) -> Option<String> {
        let id = self.required_text(section, "id")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.chars().all(plain) && id.len() <= 60 {
            return Some(id);
        }
        let span = section.table.get("id").map_or(section.span.clone(), Spanned::span);
        let fix = "Use lower-case letters, digits and hyphens, at most 60.";
        self.problems.add("PCK-7-id", span, "the id has other characters", fix);
        None
    }

    fn kinds(&mut self, section: &Section<'_>) -> Option<Vec<ClaimKind>> {
        let Some(value) = section.table.get("claims") else { return Some(Vec::new()) };
        let words = self.texts(section, "claims")?;
        let mut kinds = Vec::new();
        for word in words {
            match word.as_str() {
                "professional" => kinds.push(ClaimKind::Professional),
                "institutional" => kinds.push(ClaimKind::Institutional),
                other => {
                    let what = format!("claims does not know {other}");
                    let fix = suggestion(other, &["professional", "institutional"]);
                    self.problems.add("PCK-7-value", value.span(), &what, &fix);
                    return None;
                }
            }
        }
        Some(kinds)
    }

    /// `status = "A7:562:85"`: 277CA category, status code and, where needed, entity.
    fn status(
        &mut self,
        section: &Section<'_>,
        outcome: Option<Outcome>,
    ) -> Option<Acknowledgement> {
        let Some(value) = section.table.get("status") else {
            if outcome == Some(Outcome::Reject) {
                let what = "an edit that rejects has no status";
                let fix = "Add the 277CA status, for example status = \"A7:562:85\".";
                self.problems.add("PCK-7-missing", section.span.clone(), what, fix);
                return None;
            }
            return Some(Acknowledgement::default());
        };
        let text = self.optional_text(section, "status")?;
        let mut parts = text.split(':');
        let category = parts.next().and_then(acknowledge::rejecting_category);
        let code = parts.next().and_then(acknowledge::status_code);
        let entity = parts.next().map(acknowledge::entity_code);
        let complete = parts.next().is_none() && entity != Some(None);
        if let (Some(category), Some(code), true) = (category, code, complete) {
            return Some(Acknowledgement {
                status_category: Some(category),
                status_code: Some(code),
                status_entity: entity.flatten(),
                ..Acknowledgement::default()
            });
        }
        let fix = "Write category (A3, A6, A7 or A8), status code and entity: \"A7:562:85\".";
        self.problems.add("PCK-7-value", value.span(), "the status is not a 277CA status", fix);
        None
    }

    /// Both ends of validity; those of an edit default to, and lie within, those of the pack.
    fn days(&mut self, section: &Section<'_>, within: Option<DateRange>) -> Option<DateRange> {
        let from = match (section.table.get("valid_from"), within) {
            (None, Some(pack)) => pack.from,
            (None, None) => {
                let what = format!("{} has no valid_from", section.name);
                let fix = "Add the first day of service, valid_from = \"2026-01-01\".";
                self.problems.add("PCK-7-missing", section.span.clone(), &what, fix);
                return None;
            }
            (Some(value), _) => self.date(value, "valid_from")?,
        };
        let to = match section.table.get("valid_to") {
            None => within.map_or(Date::MAX, |pack| pack.to),
            Some(value) => self.date(value, "valid_to")?,
        };
        let at = section.table.get("valid_to").or_else(|| section.table.get("valid_from"));
        let span = at.map_or(section.span.clone(), Spanned::span);
        if to < from {
            let fix = "Exchange the dates, or correct the one that is wrong.";
            self.problems.add("PCK-7-dates", span, "valid_to lies before valid_from", fix);
            return None;
        }
        if within.is_some_and(|pack| from < pack.from || to > pack.to) {
            let what = "the dates of the edit lie outside those of the pack";
            let fix = "Keep the edit within the days of its pack.";
            self.problems.add("PCK-7-dates", span, what, fix);
            return None;
        }
        Some(DateRange { from, to })
    }

    fn date(&mut self, value: &Value<'_>, key: &str) -> Option<Date> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => String::new(),
        };
        let date = parse_iso_date(&text);
        if date.is_none() {
            let what = format!("{key} is not a day");
            self.problems.add("PCK-7-dates", value.span(), &what, "Write it as \"2026-01-31\".");
        }
        date
    }

    fn section<'d>(
        &mut self,
        parent: &Section<'d>,
        key: &str,
        name: &'static str,
    ) -> Option<Section<'d>> {
        let value = parent.table.get(key);
        let found = value.and_then(|v| v.get_ref().as_table().map(|table| (v.span(), table)));
        if let Some((span, table)) = found {
            return Some(Section { name, span, table });
        }
        let what = format!("{} has no {name}", parent.name);
        let fix = format!("Begin the file with {name}.");
        self.problems.add("PCK-7-missing", parent.span.clone(), &what, &fix);
        None
    }

    fn known_keys(&mut self, section: &Section<'_>, known: &[&str]) {
        for key in section.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let what = format!("{} does not know {name}", section.name);
                let fix = suggestion(name, known);
                self.problems.add("PCK-7-unknown-key", key.span(), &what, &fix);
            }
        }
    }

    fn required_text(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        if section.table.get(key).is_none() {
            let what = format!("{} has no {key}", section.name);
            let fix = format!("Add {key} = \"...\".");
            self.problems.add("PCK-7-missing", section.span.clone(), &what, &fix);
            return None;
        }
        self.optional_text(section, key)
    }

    fn optional_text(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        let value = section.table.get(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_string()),
            Some(_) => {
                let what = format!("{key} is empty");
                self.problems.add("PCK-7-value", value.span(), &what, "Say something.");
                None
            }
            None => {
                let what = format!("{key} is not text");
                self.problems.add("PCK-7-type", value.span(), &what, "Put it in quotes.");
                None
            }
        }
    }

    /// A list of texts that is not empty; nothing when absent or wrong.
    fn texts(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<Text>> {
        let value = section.table.get(key)?;
        let list = value.get_ref().as_array().map(|list| {
            list.iter()
                .map(|item| item.get_ref().as_str().map(Text::from))
                .collect::<Option<Vec<_>>>()
        });
        match list.flatten() {
            Some(list) if !list.is_empty() => Some(list),
            _ => {
                let what = format!("{key} is not a list of texts");
                let fix = format!("Write {key} = [\"...\", \"...\"].");
                self.problems.add("PCK-7-type", value.span(), &what, &fix);
                None
            }
        }
    }

    fn choice<T: Copy>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.required_text(section, key)?;
        let found = words.iter().find(|word| word.0 == text).map(|word| word.1);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|word| word.0).collect();
            let span = section.table.get(key).map_or(section.span.clone(), Spanned::span);
            let what = format!("{key} does not know {text}");
            self.problems.add("PCK-7-value", span, &what, &suggestion(&text, &known));
        }
        found
    }

    fn conditions(
        &mut self,
        section: &Section<'_>,
        key: &'static str,
        per_line: bool,
    ) -> Option<Vec<Condition>> {
        let Some(value) = section.table.get(key) else { return Some(Vec::new()) };
        let Some(list) = value.get_ref().as_array() else {
            let what = format!("{key} is not a list of conditions");
            let fix = format!("Write {key} = [{{ field = \"...\", in = [\"...\"] }}].");
            self.problems.add("PCK-7-type", value.span(), &what, &fix);
            return None;
        };
        let read: Vec<Option<Condition>> = list
            .iter()
            .map(|item| self.condition(item, conditions::Place::top(per_line)))
            .collect();
        read.into_iter().collect()
    }
}

const ALWAYS: DateRange = DateRange { from: Date::MIN, to: Date::MAX };
