//! The databases that the store speaks, behind one form: a link, and a transaction open on it.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::error::{DatabaseError, StoreError};
use crate::value::{Bind, Row};
use std::ops::ControlFlow;

/// A connection to a database.
pub(crate) enum Link {
    Sqlite(sqlite::Link),
    Postgres(postgres::Link),
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Sees the database as of one moment, holds nobody up, and is never committed.
    Read,
    /// Has the database to itself among those who write.
    Write,
}

/// A transaction that is open; dropped, it leaves no trace.
pub(crate) enum Open<'a> {
    Sqlite(rusqlite::Transaction<'a>),
    Postgres(postgres::Open<'a>),
}

/// What visits a row, and says whether it wants the next one.
pub(crate) type Visit<'v> = dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, DatabaseError> + 'v;

impl Link {
    /// Begins a transaction.
    pub(crate) fn begin(&self, begin: Begin) -> Result<Open<'_>, DatabaseError> {
        match self {
            Link::Sqlite(link) => link.begin(begin).map(Open::Sqlite),
            Link::Postgres(link) => link.begin(begin).map(Open::Postgres),
        }
    }

    /// The schema's words that this database writes differently, and how.
    pub(crate) fn schema_words(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Link::Sqlite(_) => &[],
            Link::Postgres(_) => postgres::SCHEMA_WORDS,
        }
    }

    /// Tables that this database alone needs, in its own words.
    pub(crate) fn own_schema(&self) -> &'static str {
        match self {
            Link::Sqlite(_) => "",
            Link::Postgres(_) => include_str!("../../sql/postgres/change_mark.sql"),
        }
    }

    /// The statements that name the tables, and count the columns of one. Each database has a
    /// catalog of its own.
    pub(crate) fn catalog(&self) -> (&'static str, &'static str) {
        match self {
            Link::Sqlite(_) => (
                include_str!("../../sql/sqlite/copy_tables.sql"),
                include_str!("../../sql/sqlite/copy_columns.sql"),
            ),
            Link::Postgres(_) => (
                include_str!("../../sql/postgres/copy_tables.sql"),
                include_str!("../../sql/postgres/copy_columns.sql"),
            ),
        }
    }

    /// See [`crate::Store::work_in_bulk`].
    pub(crate) fn work_in_bulk(&self, bulk: bool) -> Result<(), DatabaseError> {
        match self {
            Link::Sqlite(link) => link.work_in_bulk(bulk),
            Link::Postgres(link) => link.work_in_bulk(bulk),
        }
    }

    /// See [`crate::Store::sync`].
    pub(crate) fn sync(&self) -> Result<(), DatabaseError> {
        match self {
            Link::Sqlite(link) => link.sync(),
            Link::Postgres(link) => link.sync(),
        }
    }

    /// See [`crate::Store::leave_room`].
    #[cfg(feature = "faults")]
    pub(crate) fn leave_room(&self, pages: Option<u32>) -> Result<(), DatabaseError> {
        match self {
            Link::Sqlite(link) => link.leave_room(pages),
            Link::Postgres(_) => Err(DatabaseError::server("its room is not counted in pages")),
        }
    }

    /// See [`crate::Store::change_stamp`].
    pub(crate) fn change_stamp(&self) -> Result<i64, DatabaseError> {
        match self {
            Link::Sqlite(link) => link.change_stamp(),
            Link::Postgres(link) => link.change_stamp(),
        }
    }

    /// See [`crate::Store::begin_run`].
    pub(crate) fn begin_run(&self) -> Result<Held, StoreError> {
        match self {
            Link::Sqlite(link) => Ok(Box::new(link.begin_run()?)),
            Link::Postgres(link) => Ok(Box::new(link.begin_run()?)),
        }
    }
}

/// What holds a database for a run until it is dropped.
pub(crate) type Held = Box<dyn Send>;

impl Open<'_> {
    /// Runs several statements that bind nothing.
    pub(crate) fn script(&self, sql: &str) -> Result<(), DatabaseError> {
        match self {
            Open::Sqlite(open) => Ok(open.execute_batch(sql)?),
            Open::Postgres(open) => open.script(sql),
        }
    }

    /// Runs one statement; returns how many rows changed.
    pub(crate) fn change(&self, sql: &str, values: &[&dyn Bind]) -> Result<usize, DatabaseError> {
        match self {
            Open::Sqlite(open) => sqlite::change(open, sql, values),
            Open::Postgres(open) => open.change(sql, values),
        }
    }

    /// Visits the rows of one query one at a time, until the visitor has enough.
    pub(crate) fn each(
        &self,
        sql: &str,
        values: &[&dyn Bind],
        visit: &mut Visit<'_>,
    ) -> Result<(), DatabaseError> {
        match self {
            Open::Sqlite(open) => sqlite::each(open, sql, values, visit),
            Open::Postgres(open) => open.each(sql, values, visit),
        }
    }

    /// Ends the transaction; what it changed is kept.
    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Open::Sqlite(open) => Ok(open.commit()?),
            Open::Postgres(open) => open.commit(),
        }
    }
}
