//! What became of files that a node has worked on, with what was found in them.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;
use counterfoil_base::Finding;

/// Findings of one file that are kept.
const FINDINGS_MAX: usize = 500;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFate {
    /// Everything in it was used.
    Accepted,
    /// A part of it was not used.
    PartlyRefused,
    /// Nothing of it was used.
    Refused,
}

impl FileFate {
    fn word(self) -> &'static str {
        match self {
            FileFate::Accepted => "accepted",
            FileFate::PartlyRefused => "partly refused",
            FileFate::Refused => "refused",
        }
    }

    /// What no program has written is nothing to rely on.
    fn from_word(word: &str) -> FileFate {
        match word {
            "accepted" => FileFate::Accepted,
            "partly refused" => FileFate::PartlyRefused,
            _ => FileFate::Refused,
        }
    }
}

/// A file that was worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutcome {
    /// File name without its folder.
    pub name: String,
    /// `837`, `835`, `TA1`, `999`, `277CA` or `bank`; empty when nobody knows.
    pub kind: String,
    /// What became of it.
    pub fate: FileFate,
    /// Day on which it was worked on last, YYYY-MM-DD.
    pub worked_on: String,
    /// How many findings there were, also those that are not kept.
    pub findings: u64,
}

/// What was found in a file, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFinding {
    /// Stable code.
    pub code: String,
    /// SNIP type, 1 to 7.
    pub snip: u8,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// Segment or line in the file, from 1; nothing when unknown.
    pub segment: Option<u64>,
    /// One sentence, without personal data.
    pub message: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl Transaction<'_> {
    /// Records what became of a file, in the place of what was recorded of the same bytes before;
    /// the number of findings counts all, of which the first 500 are kept.
    pub fn set_file_outcome(
        &self,
        digest: &str,
        outcome: &FileOutcome,
        findings: &[Finding],
    ) -> Result<(), StoreError> {
        let count = i64::try_from(outcome.findings).unwrap_or(i64::MAX);
        let (name, kind, standing) = (&outcome.name, &outcome.kind, outcome.fate.word());
        self.change(
            include_str!("../sql/queries/file_outcome_upsert.sql"),
            &[&digest, name, kind, &standing, &outcome.worked_on, &count],
        )?;
        self.change(include_str!("../sql/queries/file_finding_forget.sql"), &[&digest])?;
        let insert = include_str!("../sql/queries/file_finding_insert.sql");
        for (ordinal, one) in (1i64..).zip(findings.iter().take(FINDINGS_MAX)) {
            let segment = i64::try_from(one.position.segment.unwrap_or(0)).unwrap_or(i64::MAX);
            let (code, severity) = (one.code.as_ref(), one.severity.word());
            let snip = i64::from(one.snip);
            let words = [&one.message, &one.cause, &one.fix];
            let [message, cause, fix] = words;
            self.change(
                insert,
                &[&digest, &ordinal, &code, &snip, &severity, &segment, message, cause, fix],
            )?;
        }
        Ok(())
    }

    /// What became of the file with these bytes; nothing when it was not worked on.
    pub fn file_outcome(&self, digest: &str) -> Result<Option<FileOutcome>, StoreError> {
        self.first(include_str!("../sql/queries/file_outcome_select.sql"), &[&digest], |row| {
            Ok(FileOutcome {
                name: row.get(0)?,
                kind: row.get(1)?,
                fate: FileFate::from_word(&row.get::<String>(2)?),
                worked_on: row.get(3)?,
                findings: row.get::<i64>(4)?.unsigned_abs(),
            })
        })
    }

    /// What was found in the file with these bytes, in its order.
    pub fn file_findings(&self, digest: &str) -> Result<Vec<KeptFinding>, StoreError> {
        self.rows(include_str!("../sql/queries/file_finding_select.sql"), &[&digest], read)
    }
}

fn read(row: &Row<'_>) -> Result<KeptFinding, DatabaseError> {
    Ok(KeptFinding {
        code: row.get(0)?,
        snip: u8::try_from(row.get::<i64>(1)?).unwrap_or(7),
        severity: row.get(2)?,
        segment: Some(row.get::<i64>(3)?.unsigned_abs()).filter(|segment| *segment > 0),
        message: row.get(4)?,
        cause: row.get(5)?,
        fix: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use crate::{ListName, ListPage};
    use counterfoil_base::Position;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(what_was_found_last_stands_and_is_counted_whole);

    fn what_was_found_last_stands_and_is_counted_whole(database: &Database) {
        let mut store = of_test(database);
        let at = Position { segment: Some(3), ..Position::default() };
        let bad = Finding::error("BANK-date", 7, "A row.").because("Why.").fix("Do.").at(at);
        let outcome = |fate, findings| FileOutcome {
            name: "july.csv".to_owned(),
            kind: "bank".to_owned(),
            fate,
            worked_on: "2025-07-31".to_owned(),
            findings,
        };
        let many = vec![bad.clone(); FINDINGS_MAX + 7];
        let done: Result<(), StoreError> = store.transaction("keep", |tx| {
            assert_eq!(tx.file_outcome("aa")?, None);
            tx.set_file_outcome("aa", &outcome(FileFate::Refused, 507), &many)?;
            assert_eq!(tx.file_findings("aa")?.len(), FINDINGS_MAX);
            assert_eq!(tx.file_outcome("aa")?, Some(outcome(FileFate::Refused, 507)));
            tx.set_file_outcome("aa", &outcome(FileFate::PartlyRefused, 1), &[bad])?;
            let kept = tx.file_findings("aa")?;
            assert_eq!(kept.len(), 1);
            assert_eq!((kept[0].segment, kept[0].message.as_str()), (Some(3), "A row."));
            assert_eq!((kept[0].fix.as_str(), kept[0].severity.as_str()), ("Do.", "error"));
            let page = ListPage {
                filters: vec![("standing".to_owned(), "partly refused".to_owned())],
                limit: 9,
                ..ListPage::default()
            };
            assert_eq!(tx.list_keys(ListName::Files, &page)?, [["in", "aa"]]);
            Ok(())
        });
        done.expect("the outcome is kept");
    }
}
