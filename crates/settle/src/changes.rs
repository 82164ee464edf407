//! What changed between two versions of a contract, in words: clauses, declarations, numbers.

use crate::text::{TextPart, clause_texts};
use counterfoil_contract::{
    CONTRACT_FILE, Contract, ContractFiles, Declared, FACTS_FILE, Stated, declarations,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A heading that the old text does not have.
    ClauseAdded {
        /// The heading.
        clause: String,
    },
    /// A heading that the new text does not have.
    ClauseRemoved {
        /// The heading.
        clause: String,
    },
    /// A heading with another title over the same words.
    ClauseRenamed {
        /// The old heading.
        old: String,
        /// The new heading.
        new: String,
    },
    /// The words under a heading.
    TextChanged {
        /// The heading.
        clause: String,
        /// Paragraphs that only the old text has.
        removed: Vec<String>,
        /// Paragraphs that only the new text has.
        added: Vec<String>,
    },
    /// A fact, parameter, table, term, note or column that the old text does not have.
    DeclarationAdded {
        /// The heading above it.
        clause: String,
        /// What it is.
        kind: String,
        /// Its name.
        name: String,
        /// The whole of it.
        text: String,
    },
    /// A declaration that the new text does not have.
    DeclarationRemoved {
        /// The heading above it.
        clause: String,
        /// What it was.
        kind: String,
        /// Its name.
        name: String,
        /// The whole of it.
        text: String,
    },
    /// A declaration with another text, or under another heading.
    DeclarationChanged {
        /// The heading above it in the new text.
        clause: String,
        /// What it is.
        kind: String,
        /// Its name.
        name: String,
        /// The old text.
        old: String,
        /// The new text.
        new: String,
    },
    /// A year whose numbers only the new version states.
    YearAdded {
        /// The year.
        year: i64,
    },
    /// A year whose numbers only the old version states.
    YearRemoved {
        /// The year.
        year: i64,
    },
    /// A number of a year.
    NumberChanged {
        /// The year.
        year: i64,
        /// The parameter.
        name: String,
        /// The code that it holds for; empty when for all.
        code: String,
        /// The old value; empty when it was not stated.
        old: String,
        /// The new value; empty when it is not stated.
        new: String,
        /// The source of the new value, or of the old one when there is no new one.
        citation: String,
    },
    /// The source of a number whose value is the same.
    CitationChanged {
        /// The year.
        year: i64,
        /// The parameter.
        name: String,
        /// The old source.
        old: String,
        /// The new source.
        new: String,
    },
    /// A file whose words are not told one by one: `facts.toml` and cases.
    FileChanged {
        /// The file by its name in the folder.
        file: String,
        /// `added`, `removed` or `changed`.
        how: &'static str,
    },
}

impl Change {
    /// The change as lines for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Change::ClauseAdded { clause } => vec![format!("clause '{clause}' is new")],
            Change::ClauseRemoved { clause } => vec![format!("clause '{clause}' is gone")],
            Change::ClauseRenamed { old, new } => {
                vec![format!("clause '{old}' is now called '{new}'")]
            }
            Change::TextChanged { clause, removed, added } => {
                let head = std::iter::once(format!("clause '{clause}': the words changed"));
                let removed = removed.iter().map(|text| format!("  - {text}"));
                let added = added.iter().map(|text| format!("  + {text}"));
                head.chain(removed).chain(added).collect()
            }
            Change::DeclarationAdded { clause, kind, name, text } => {
                vec![format!("clause '{clause}': {kind} {name} is new"), format!("  + {text}")]
            }
            Change::DeclarationRemoved { clause, kind, name, text } => {
                vec![format!("clause '{clause}': {kind} {name} is gone"), format!("  - {text}")]
            }
            Change::DeclarationChanged { clause, kind, name, old, new } if old == new => {
                vec![format!("{kind} {name} now stands under clause '{clause}'")]
            }
            Change::DeclarationChanged { clause, kind, name, old, new } => vec![
                format!("clause '{clause}': {kind} {name} changed"),
                format!("  - {old}"),
                format!("  + {new}"),
            ],
            Change::YearAdded { year } => vec![format!("year {year} is new")],
            Change::YearRemoved { year } => vec![format!("year {year} is gone")],
            Change::NumberChanged { year, name, code, old, new, citation } => {
                let of = if code.is_empty() { String::new() } else { format!(" for {code}") };
                let told = |value: &str| match value {
                    "" => "not stated".to_owned(),
                    value => value.to_owned(),
                };
                vec![format!("{year}: {name}{of}: {} to {} ({citation})", told(old), told(new))]
            }
            Change::CitationChanged { year, name, old, new } => {
                vec![format!("{year}: the source of {name}: '{old}' to '{new}'")]
            }
            Change::FileChanged { file, how } => vec![format!("file {file} {how}")],
        }
    }
}

/// Every change from the old version to the new: the text by clause, then numbers by year, then
/// other files.
#[must_use]
pub fn changes(old: (&Contract, &ContractFiles), new: (&Contract, &ContractFiles)) -> Vec<Change> {
    let mut found = Vec::new();
    let text = |files: &ContractFiles| files.get(CONTRACT_FILE).cloned().unwrap_or_default();
    let (old_text, new_text) = (text(old.1), text(new.1));
    let renamed = words(&paragraphs(&old_text), &paragraphs(&new_text), &mut found);
    let mut before = declarations(&old_text);
    for one in &mut before {
        if let Some(title) = renamed.get(&one.clause) {
            one.clause.clone_from(title);
        }
    }
    declared(&before, &declarations(&new_text), &mut found);
    numbers(old.0, new.0, &mut found);
    files(old.1, new.1, &mut found);
    found
}

/// Paragraphs by heading, in the order of the text; blocks are told apart elsewhere.
fn paragraphs(bytes: &[u8]) -> Vec<Clause> {
    let words = |part: TextPart| match part {
        TextPart::Paragraph(lines) => Some(lines.join(" ")),
        TextPart::Block { .. } => None,
    };
    let clauses = clause_texts(bytes).into_iter();
    clauses.map(|one| (one.title, one.parts.into_iter().filter_map(words).collect())).collect()
}

/// A heading and the paragraphs under it.
type Clause = (String, Vec<String>);

/// Tells what changed in the words; returns the new titles of headings by the old ones.
fn words(old: &[Clause], new: &[Clause], found: &mut Vec<Change>) -> BTreeMap<String, String> {
    let of = |all: &[Clause], title: &str| {
        let mut same = all.iter().filter(|(clause, _)| clause == title).peekable();
        same.peek()?;
        Some(same.flat_map(|(_, texts)| texts.clone()).collect::<Vec<_>>())
    };
    let mut renamed = BTreeMap::new();
    for (clause, texts) in old.iter().filter(|(clause, _)| of(new, clause).is_none()) {
        let is_same = |one: &&Clause| one.1 == *texts && of(old, &one.0).is_none();
        if let Some((title, _)) = new.iter().find(is_same).filter(|_| !texts.is_empty()) {
            found.push(Change::ClauseRenamed { old: clause.clone(), new: title.clone() });
            renamed.insert(clause.clone(), title.clone());
        }
    }
    let is_renamed =
        |clause: &String| renamed.iter().any(|(old, new)| old == clause || new == clause);
    let mut seen = BTreeSet::new();
    for (clause, _) in old.iter().chain(new) {
        if is_renamed(clause) || !seen.insert(clause) {
            continue;
        }
        let clause = clause.clone();
        let (before, after) = (of(old, &clause), of(new, &clause));
        match (&before, &after) {
            (None, _) => found.push(Change::ClauseAdded { clause: clause.clone() }),
            (_, None) => found.push(Change::ClauseRemoved { clause: clause.clone() }),
            _ => {}
        }
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let only = |mine: &[String], theirs: &[String]| -> Vec<String> {
            mine.iter().filter(|text| !theirs.contains(text)).cloned().collect()
        };
        let (removed, added) = (only(&before, &after), only(&after, &before));
        if !removed.is_empty() || !added.is_empty() || before.len() != after.len() {
            found.push(Change::TextChanged { clause, removed, added });
        }
    }
    renamed
}

fn declared(old: &[Declared], new: &[Declared], found: &mut Vec<Change>) {
    let key = |one: &Declared| (one.kind.clone(), one.name.clone());
    let theirs: BTreeMap<_, &Declared> = new.iter().map(|one| (key(one), one)).collect();
    let ours: BTreeSet<_> = old.iter().map(key).collect();
    for one in old {
        let Declared { kind, name, clause, text } = one.clone();
        match theirs.get(&key(one)) {
            None => found.push(Change::DeclarationRemoved { clause, kind, name, text }),
            Some(other) if other.text != text || other.clause != clause => {
                found.push(Change::DeclarationChanged {
                    clause: other.clause.clone(),
                    kind,
                    name,
                    old: text,
                    new: other.text.clone(),
                });
            }
            Some(_) => {}
        }
    }
    for one in new.iter().filter(|one| !ours.contains(&key(one))) {
        let Declared { kind, name, clause, text } = one.clone();
        found.push(Change::DeclarationAdded { clause, kind, name, text });
    }
}

fn numbers(old: &Contract, new: &Contract, found: &mut Vec<Change>) {
    let years: BTreeSet<i64> = old.years().chain(new.years()).collect();
    for year in years {
        let (before, after) = match (old.stated(year), new.stated(year)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(_), _) => {
                found.push(Change::YearAdded { year });
                continue;
            }
            (_, Err(_)) => {
                found.push(Change::YearRemoved { year });
                continue;
            }
        };
        let key = |one: &Stated| (one.name.clone(), one.code.clone());
        let theirs: BTreeMap<_, &Stated> = after.iter().map(|one| (key(one), one)).collect();
        let ours: BTreeSet<_> = before.iter().map(key).collect();
        let mut cited = BTreeSet::new();
        for one in &before {
            let other = theirs.get(&key(one));
            let Stated { name, code, value: old, citation } = one.clone();
            match other {
                Some(other) if other.value != old => found.push(Change::NumberChanged {
                    year,
                    name,
                    code,
                    old,
                    new: other.value.clone(),
                    citation: other.citation.clone(),
                }),
                Some(other) if other.citation != citation && cited.insert(name.clone()) => {
                    let new = other.citation.clone();
                    found.push(Change::CitationChanged { year, name, old: citation, new });
                }
                Some(_) => {}
                None => {
                    let new = String::new();
                    found.push(Change::NumberChanged { year, name, code, old, new, citation });
                }
            }
        }
        for one in after.iter().filter(|one| !ours.contains(&key(one))) {
            let Stated { name, code, value: new, citation } = one.clone();
            let old = String::new();
            found.push(Change::NumberChanged { year, name, code, old, new, citation });
        }
    }
}

fn files(old: &ContractFiles, new: &ContractFiles, found: &mut Vec<Change>) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let is_told = |name: &&&String| name.as_str() == FACTS_FILE || name.starts_with("cases/");
    for name in names.iter().filter(is_told) {
        let how = match (old.get(*name), new.get(*name)) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(before), Some(after)) if before != after => "changed",
            _ => continue,
        };
        found.push(Change::FileChanged { file: (*name).clone(), how });
    }
}
