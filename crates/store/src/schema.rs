//! The schema gate and the migrations.

use crate::driver::{Begin, Link, Open};
use crate::error::{DatabaseError, StoreError};
use std::ops::ControlFlow;

/// The schema version that this program reads and writes.
pub const SCHEMA_VERSION: i64 = 15;

/// Every migration in order. Each may run twice without changing anything.
pub(crate) const MIGRATIONS: [(i64, &str, &str); 14] = [
    (1, "first", include_str!("../sql/migrations/0001-first/up.sql")),
    (2, "twin", include_str!("../sql/migrations/0002-twin/up.sql")),
    (3, "desk", include_str!("../sql/migrations/0003-desk/up.sql")),
    (4, "node", include_str!("../sql/migrations/0004-node/up.sql")),
    (5, "guests", include_str!("../sql/migrations/0005-guests/up.sql")),
    (6, "held", include_str!("../sql/migrations/0006-held/up.sql")),
    (7, "packs", include_str!("../sql/migrations/0007-packs/up.sql")),
    (8, "lookups", include_str!("../sql/migrations/0008-lookups/up.sql")),
    (9, "fingerprints", include_str!("../sql/migrations/0009-fingerprints/up.sql")),
    (10, "due days", include_str!("../sql/migrations/0010-due-days/up.sql")),
    (11, "outcomes", include_str!("../sql/migrations/0011-outcomes/up.sql")),
    (12, "file states", include_str!("../sql/migrations/0012-file-states/up.sql")),
    (14, "agreements", include_str!("../sql/migrations/0014-agreements/up.sql")),
    (15, "returned whole", include_str!("../sql/migrations/0015-returned-whole/up.sql")),
];

/// Applies what is missing; refuses a database from the future before touching it.
pub(crate) fn migrate(link: &Link) -> Result<(), StoreError> {
    let failed = |source| StoreError::inside("migrate", source);
    let open = link.begin(Begin::Write).map_err(failed)?;
    let words = link.schema_words();
    let versions = include_str!("../sql/migrations/0000-versions.sql");
    open.script(&in_words(versions, words)).map_err(failed)?;
    open.script(link.own_schema()).map_err(failed)?;
    let found = highest(&open).map_err(failed)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::SchemaTooNew { found, known: SCHEMA_VERSION });
    }
    for (version, title, sql) in MIGRATIONS {
        if version > found {
            open.script(&in_words(sql, words)).map_err(failed)?;
            let record = include_str!("../sql/queries/migration_record.sql");
            open.change(record, &[&version, &title]).map_err(failed)?;
        }
    }
    open.commit().map_err(failed)
}

fn highest(open: &Open<'_>) -> Result<i64, DatabaseError> {
    let mut found = 0;
    open.each(include_str!("../sql/queries/migration_highest.sql"), &[], &mut |row| {
        found = row.get(0)?;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// A schema in the words of a database: comments go, and each word gives way to its like.
fn in_words(sql: &str, words: &[(&str, &str)]) -> String {
    if words.is_empty() {
        return sql.to_owned();
    }
    let bare = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let mut text = bare.collect::<Vec<_>>().join("\n");
    for (word, like) in words {
        text = text.replace(word, like);
    }
    text
}

#[cfg(test)]
mod tests;
