//! A store, and its named transactions.

use crate::claims::OpenClaims;
use crate::driver::{self, Begin, Link, Open, postgres, sqlite};
use crate::error::{DatabaseError, StoreError};
use crate::ledger::OpenBooks;
use crate::place::{Place, Server};
use crate::schema::migrate;
use crate::value::{Bind, Row};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::Path;

/// Whose books a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A health plan that decides and pays claims.
    Payer,
    /// A practice or hospital that bills claims and posts payments.
    Provider,
}

impl Side {
    /// The word that the database keeps and messages say.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Side::Payer => "payer",
            Side::Provider => "provider",
        }
    }
}

/// The database of one organization.
pub struct Store {
    pub(crate) link: Link,
    #[cfg(feature = "faults")]
    pub(crate) trap: crate::trap::Trap,
}

/// While it lives, no other run works on the same database; it ends with the process.
pub struct RunLock {
    _held: driver::Held,
}

impl std::fmt::Debug for RunLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunLock")
    }
}

/// A running named transaction; dropped without commit it leaves no trace.
pub struct Transaction<'a> {
    pub(crate) open: Open<'a>,
    #[cfg(feature = "faults")]
    trap: &'a crate::trap::Trap,
    name: &'static str,
    /// A statement failed: what the transaction changed is never kept.
    is_broken: Cell<bool>,
    pub(crate) books: RefCell<OpenBooks>,
    pub(crate) claims: RefCell<OpenClaims>,
}

impl Store {
    /// Opens or creates the database file, brings it to this program's schema, and refuses a
    /// newer one.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::prepare(Link::Sqlite(sqlite::Link::open(path).map_err(StoreError::Open)?))
    }

    /// Opens the database of a data folder, where its configuration says; a file that is not
    /// there is made.
    pub fn open_folder(data: &Path) -> Result<Store, StoreError> {
        Store::open_at(&Place::of(data)?)
    }

    /// Opens the database at a place as [`Store::open`] does; a server must have it already.
    pub fn open_at(place: &Place) -> Result<Store, StoreError> {
        match place {
            Place::File(file) => Store::open(file),
            Place::Server(server) => {
                let link = postgres::Link::open(server).map_err(StoreError::Open)?;
                Store::prepare(Link::Postgres(link))
            }
        }
    }

    /// Removes the schema that a place names, with everything in it: for databases that were made
    /// for a rehearsal. A server whose place names no schema is left as it is.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub fn remove_schema(server: &Server) -> Result<(), StoreError> {
        let link = postgres::Link::open(server).map_err(StoreError::Open)?;
        link.remove_schema().map_err(|source| StoreError::inside("remove a schema", source))
    }

    /// A database that lives as long as the value, for predictions and tests.
    pub fn open_in_memory() -> Result<Store, StoreError> {
        Store::prepare(Link::Sqlite(sqlite::Link::in_memory().map_err(StoreError::Open)?))
    }

    /// A database of its own that goes with the value, for predictions over a whole file: what
    /// does not fit into memory lies in a temporary file that nobody else can open.
    pub fn open_temporary() -> Result<Store, StoreError> {
        Store::prepare(Link::Sqlite(sqlite::Link::temporary().map_err(StoreError::Open)?))
    }

    pub(crate) fn prepare(link: Link) -> Result<Store, StoreError> {
        migrate(&link)?;
        Ok(Store {
            link,
            #[cfg(feature = "faults")]
            trap: Default::default(),
        })
    }

    /// Makes the database this side's when it is nobody's yet; refuses the other side's.
    pub fn belongs_to(&mut self, side: Side) -> Result<(), StoreError> {
        let found: Option<String> = self.transaction("whose database it is", |tx| {
            tx.change(include_str!("../sql/queries/organization_insert.sql"), &[&side.word()])?;
            tx.first(include_str!("../sql/queries/organization_select.sql"), &[], |row| row.get(0))
        })?;
        match found {
            Some(word) if word != side.word() => {
                Err(StoreError::OtherSide { found: word, wanted: side.word() })
            }
            _ => Ok(()),
        }
    }

    /// Claims the database for a run of several transactions, or says that another run has it.
    pub fn begin_run(&self) -> Result<RunLock, StoreError> {
        Ok(RunLock { _held: self.link.begin_run()? })
    }

    /// Begins or ends the bulk of a run: meanwhile no commit waits for the disk, and more of the
    /// database stays at hand. A run that can be repeated need not wait at each commit: after a
    /// loss of power it goes on from an earlier one. [`Store::sync`] must come before anything
    /// leaves the database.
    pub fn work_in_bulk(&self, bulk: bool) -> Result<(), StoreError> {
        let failed = |source| StoreError::inside("set how a run works", source);
        self.link.work_in_bulk(bulk).map_err(failed)
    }

    /// Returns when everything committed so far would survive a loss of power.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.link.sync().map_err(|source| StoreError::inside("take commits to the disk", source))
    }

    /// Changes whenever somebody else has written to the database; what this connection writes
    /// leaves it as it is.
    pub fn change_stamp(&self) -> Result<i64, StoreError> {
        let failed = |source| StoreError::inside("ask whether something changed", source);
        self.link.change_stamp().map_err(failed)
    }

    /// Runs the closure over the database as it stands at one moment, without holding up those
    /// who write; what the closure changes is not kept. The name appears in errors.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&self.begin(name, Begin::Read)?)
    }

    /// Runs the closure in one transaction; commits when it returns a value, rolls back when it
    /// returns an error or a statement in it failed. The name appears in errors.
    pub fn transaction<T, E: From<StoreError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.begin(name, Begin::Write)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn begin(&self, name: &'static str, begin: Begin) -> Result<Transaction<'_>, StoreError> {
        let open = self.link.begin(begin).map_err(|source| StoreError::inside(name, source))?;
        let (books, claims) = Default::default();
        Ok(Transaction {
            open,
            #[cfg(feature = "faults")]
            trap: &self.trap,
            name,
            is_broken: Cell::new(false),
            books,
            claims,
        })
    }
}

impl Transaction<'_> {
    fn commit(self) -> Result<(), StoreError> {
        self.write_balances()?;
        self.touch()?;
        let Transaction { open, name, is_broken, .. } = self;
        if is_broken.get() {
            return Err(StoreError::inside(name, DatabaseError::broken()));
        }
        open.commit().map_err(|source| StoreError::inside(name, source))
    }

    /// Before each statement and commit: a simulated world may take the database away there.
    #[cfg(feature = "faults")]
    fn touch(&self) -> Result<(), StoreError> {
        self.trap.step().map_err(|source| self.failed(source))
    }

    #[cfg(not(feature = "faults"))]
    fn touch(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Runs one statement from `sql/queries`; returns how many rows changed.
    pub(crate) fn change(&self, sql: &str, values: &[&dyn Bind]) -> Result<usize, StoreError> {
        self.touch()?;
        self.open.change(sql, values).map_err(|source| self.failed(source))
    }

    /// Reads every row of one query.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn Bind],
        mut read: impl FnMut(&Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Visits the rows of one query one at a time, for results larger than memory.
    pub(crate) fn each(
        &self,
        sql: &str,
        values: &[&dyn Bind],
        mut visit: impl FnMut(&Row<'_>) -> Result<(), DatabaseError>,
    ) -> Result<(), StoreError> {
        self.touch()?;
        let mut go_on = |row: &Row<'_>| visit(row).map(ControlFlow::Continue);
        self.open.each(sql, values, &mut go_on).map_err(|source| self.failed(source))
    }

    /// Reads the first row of one query, when there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[&dyn Bind],
        mut read: impl FnMut(&Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, StoreError> {
        self.touch()?;
        let mut found = None;
        let mut stop = |row: &Row<'_>| {
            found = Some(read(row)?);
            Ok(ControlFlow::Break(()))
        };
        self.open.each(sql, values, &mut stop).map_err(|source| self.failed(source))?;
        Ok(found)
    }

    fn failed(&self, source: DatabaseError) -> StoreError {
        self.is_broken.set(true);
        StoreError::inside(self.name, source)
    }
}

/// An empty store for a story.
#[cfg(test)]
pub(crate) fn of_test(database: &counterfoil_samples::Database) -> Store {
    match database {
        counterfoil_samples::Database::Sqlite => {
            Store::open_in_memory().expect("memory holds a database")
        }
        counterfoil_samples::Database::Postgres { .. } => {
            let empty = counterfoil_samples::Database::postgres();
            Store::open_at(&place_of_test(&empty, Path::new(""))).expect("a schema opens")
        }
    }
}

/// Where a story's database is; `file` when it is SQLite's.
#[cfg(test)]
pub(crate) fn place_of_test(database: &counterfoil_samples::Database, file: &Path) -> Place {
    match database {
        counterfoil_samples::Database::Sqlite => Place::File(file.to_owned()),
        counterfoil_samples::Database::Postgres { url, schema } => {
            let server = crate::Server::new(url, false).and_then(|one| one.in_schema(schema));
            Place::Server(server.expect("the address of the test's server is read"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{MIGRATIONS, SCHEMA_VERSION};
    use counterfoil_samples::Database;
    use rusqlite::Connection;

    counterfoil_samples::on_both_databases!(
        a_failed_transaction_leaves_no_trace,
        a_zero_byte_from_outside_keeps_nothing_out,
        a_transaction_in_which_a_statement_failed_is_not_kept_whatever_its_closure_says
    );

    #[test]
    fn migrations_can_run_twice_and_a_newer_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        drop(Store::open(&path).unwrap());
        let first = Connection::open(&path).unwrap();
        first
            .execute_batch("INSERT INTO intake_file VALUES ('d', 'n', '837', '', 3, 1, '')")
            .unwrap();
        drop(first);
        for _ in 0..2 {
            let mut store = Store::open(&path).unwrap();
            let again: Result<(), StoreError> = store.transaction("again", |tx| {
                for (_, _, sql) in MIGRATIONS {
                    tx.open.script(sql).unwrap();
                }
                Ok(())
            });
            again.unwrap();
            let kept = store.transaction("ask", |tx| tx.file("d")).unwrap();
            assert_eq!(kept.map(|file| file.claims_done), Some(3), "what stood there stands");
        }
        let newer = Connection::open(&path).unwrap();
        newer.execute_batch("INSERT INTO schema_migration VALUES (99, 'x')").unwrap();
        drop(newer);
        let refused = Store::open(&path).map(|_| ()).unwrap_err();
        assert!(
            matches!(refused, StoreError::SchemaTooNew { found: 99, known: SCHEMA_VERSION }),
            "{refused}"
        );
    }

    fn a_zero_byte_from_outside_keeps_nothing_out(database: &Database) {
        let mut store = of_test(database);
        let booked = store.transaction("record", |tx| {
            tx.record_interchange("SEND\0ER", "RECEIVER", "000000001", "digest")?;
            tx.record_interchange("SEND\0ER", "RECEIVER", "000000001", "digest")
        });
        assert_eq!(booked.unwrap(), crate::InterchangeSeen::SameFile);
    }

    #[test]
    fn a_database_from_before_the_fingerprints_of_now_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        let last = |store: &mut Store| -> Option<i64> {
            store.read("ask", |tx| tx.first_fingerprints_last()).unwrap()
        };
        assert_eq!(last(&mut Store::open(&path).unwrap()), None, "a new database");
        let older = Connection::open(&path).unwrap();
        older
            .execute_batch(
                "DELETE FROM schema_migration WHERE version > 8; DROP TABLE fingerprint_edition;
                 INSERT INTO claim VALUES (5, 'c', 1, 1, '', '', '', '', 'P', '1', x'', '', '', '',
                     0, 1, 1, 'paid', '', 0, 0, 0, 0, 0, '', '', '', '', '', 0)",
            )
            .unwrap();
        drop(older);
        for _ in 0..2 {
            let last = last(&mut Store::open(&path).unwrap());
            assert_eq!(last, Some(5), "with a claim of that time");
        }
    }

    fn a_failed_transaction_leaves_no_trace(database: &Database) {
        let mut store = of_test(database);
        let failed: Result<(), StoreError> = store.transaction("half done", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000001", "digest")?;
            Err(StoreError::NotFound("no such claim".into()))
        });
        assert!(failed.is_err());
        let seen: Result<_, StoreError> = store.transaction("again", |tx| {
            tx.record_interchange("ZZ*A", "ZZ*B", "000000001", "digest")
        });
        assert_eq!(seen.unwrap(), crate::InterchangeSeen::First);
    }

    fn a_transaction_in_which_a_statement_failed_is_not_kept_whatever_its_closure_says(
        database: &Database,
    ) {
        let mut store = of_test(database);
        let passed_over: Result<(), StoreError> = store.transaction("careless", |tx| {
            tx.outbox_open("a.x12", "999", "file/1")?;
            assert!(tx.outbox_open("b.x12", "999", "file/1").is_err(), "one file a source");
            Ok(())
        });
        assert!(matches!(passed_over, Err(StoreError::Transaction { name: "careless", .. })));
        assert_eq!(store.read("ask", |tx| tx.outbox_of("file/1")).unwrap(), None);
    }
}
