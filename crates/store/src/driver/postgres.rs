//! PostgreSQL: a server, over a socket of this machine or of a private network.
//!
//! The driver is asynchronous; each link drives it on a small runtime of its own, so that callers
//! stay synchronous. A link must not be used on a thread that drives another runtime.
//!
//! What SQLite's single writer gives comes from one advisory lock per schema, which every writing
//! transaction takes before it looks at anything: writers follow one another, and each sees all
//! that was committed before it.

mod runs;

use crate::driver::{Begin, Visit};
use crate::error::{DatabaseError, StoreError};
use crate::place::Server;
use crate::value::{Bind, Row, Value};
use futures_util::Stream;
use std::cell::Cell;
use std::collections::HashMap;
use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, Statement};

/// The words of the schema that PostgreSQL writes differently. Text is compared and sorted by its
/// bytes, as SQLite does, whatever the database's own collation.
pub(crate) const SCHEMA_WORDS: &[(&str, &str)] = &[
    ("BLOB", "BYTEA"),
    ("INTEGER", "BIGINT"),
    ("TEXT", "TEXT COLLATE \"C\""),
    ("WITHOUT ROWID", ""),
];

/// The words of statements that PostgreSQL writes differently, before places are numbered.
const QUERY_WORDS: &[(&str, &str)] = &[
    ("AS BLOB", "AS BYTEA"),
    ("instr(", "strpos("),
    // What a person types has no collation of its own; its letters fold as those of a column do.
    ("lower(?)", "lower(CAST(? AS TEXT) COLLATE \"C\")"),
];

/// First key of the advisory lock of writers; the second is the schema's number.
const WRITE_LOCK: i32 = 0x6366_0001;
/// Prepared statements kept by a connection; lists make new ones with each limit and order.
const STATEMENTS_MAX: usize = 512;
/// How often, and how long between, a server that went away during a commit is asked again.
const ASKED_AGAIN: u32 = 20;
const ASKED_EVERY: Duration = Duration::from_millis(250);

/// How a connection is set up. A writer waits for others as long as SQLite's does.
const SET_UP: &str = "SET lock_timeout = '10s'; SET client_min_messages = warning; \
     SET synchronous_commit = on; SET client_encoding = 'UTF8'";
const ABOUT: &str = include_str!("../../sql/postgres/about.sql");

/// A connection to a PostgreSQL database, made again when it was lost.
pub(crate) struct Link {
    session: Arc<Mutex<Session>>,
}

struct Session {
    /// Nothing only while the session goes away.
    runtime: Option<Runtime>,
    server: Server,
    /// Nothing before the first use and after a loss.
    connection: Option<Connection>,
    /// The number of the run that holds the database by its lock.
    run: Option<String>,
    /// Commits of this link that changed something.
    own_changes: i64,
}

struct Connection {
    client: Client,
    /// Second key of the advisory locks.
    schema: i32,
    statements: HashMap<String, Statement>,
}

/// A transaction on a link; dropped, it is rolled back.
pub(crate) struct Open<'a> {
    link: &'a Link,
    has_changed: Cell<bool>,
    is_ended: Cell<bool>,
}

/// Lets go of the run when it is dropped.
struct Run(Arc<Mutex<Session>>);

impl Link {
    /// Connects to the server.
    pub(crate) fn open(server: &Server) -> Result<Link, DatabaseError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| DatabaseError::server(cause.to_string()))?;
        let mut session = Session {
            runtime: Some(runtime),
            server: server.clone(),
            connection: None,
            run: None,
            own_changes: 0,
        };
        session.connect()?;
        Ok(Link { session: Arc::new(Mutex::new(session)) })
    }

    /// What of the session is whole after every statement, whatever panics elsewhere.
    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    pub(crate) fn begin(&self, begin: Begin) -> Result<Open<'_>, DatabaseError> {
        let mut session = self.session();
        // A server that was started again is noticed by the first statement that goes to it;
        // nothing has happened by then.
        match session.begin(begin) {
            Err(error) if error.is_lost() => session.begin(begin)?,
            begun => begun?,
        }
        Ok(Open { link: self, has_changed: Cell::new(false), is_ended: Cell::new(false) })
    }

    pub(crate) fn work_in_bulk(&self, bulk: bool) -> Result<(), DatabaseError> {
        let wait = if bulk { "off" } else { "on" };
        let mut session = self.session();
        session.script(&format!("SET synchronous_commit = {wait}"))?;
        // The server plans by what it last counted; a run that fills empty tables outruns its own
        // counting, and statements behind it would then read whole indexes. Without new counts
        // they are slower and no less right.
        let _ = session.script(include_str!("../../sql/postgres/analyze.sql"));
        Ok(())
    }

    pub(crate) fn sync(&self) -> Result<(), DatabaseError> {
        // A commit that waits takes the log before it to the disk as well; it must write
        // something for that.
        self.session().script("SET synchronous_commit = on")?;
        let open = self.begin(Begin::Write)?;
        open.change(include_str!("../../sql/queries/counter_next.sql"), &[&"sync", &1_i64])?;
        open.commit()
    }

    pub(crate) fn remove_schema(&self) -> Result<(), DatabaseError> {
        let mut session = self.session();
        let Some(schema) = session.server.schema().map(str::to_owned) else { return Ok(()) };
        let remove = include_str!("../../sql/postgres/schema_remove.sql");
        session.script(&remove.replace("{schema}", &schema))
    }

    pub(crate) fn change_stamp(&self) -> Result<i64, DatabaseError> {
        let open = self.begin(Begin::Read)?;
        let mut mark = 0;
        open.each(include_str!("../../sql/postgres/change_mark_select.sql"), &[], &mut |row| {
            mark = row.get::<i64>(0)?;
            Ok(std::ops::ControlFlow::Break(()))
        })?;
        drop(open);
        Ok(mark - self.session().own_changes)
    }

    pub(crate) fn begin_run(&self) -> Result<impl Send + use<>, StoreError> {
        let mut session = self.session();
        if session.run.is_some() {
            return Err(StoreError::Busy);
        }
        let failed = |source| StoreError::inside("begin a run", source);
        match session.begin_run() {
            Err(error) if error.is_lost() => session.begin_run(),
            begun => begun,
        }
        .map_err(failed)?;
        Ok(Run(self.session.clone()))
    }
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Drives the work on the runtime.
    fn drive<T>(&self, work: impl Future<Output = T>) -> Result<T, DatabaseError> {
        let gone = || DatabaseError::server("the session has ended".to_owned());
        Ok(self.runtime.as_ref().ok_or_else(gone)?.block_on(work))
    }

    /// The outcome of work on the connection; a connection that is lost is given up.
    fn told<T>(&mut self, outcome: Result<T, tokio_postgres::Error>) -> Result<T, DatabaseError> {
        outcome.map_err(|cause| {
            let error = DatabaseError::from(cause);
            if error.is_lost() {
                self.connection = None;
            }
            error
        })
    }

    /// The connection, made anew when there is none.
    fn connect(&mut self) -> Result<(), DatabaseError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let config = self.server.config().clone();
        let made = self.drive(async {
            let (client, connection) = config.connect(NoTls).await?;
            // It ends with the client; what ends it early, the client's next answer tells.
            tokio::spawn(async { drop(connection.await) });
            client.batch_execute(SET_UP).await?;
            if let Some(schema) = self.server.schema() {
                work_in(&client, schema).await?;
            }
            let about = client.query_one(ABOUT, &[]).await?;
            Ok((client, about.try_get::<_, String>(0)?, about.try_get::<_, Option<i64>>(1)?))
        })?;
        let (client, encoding, schema) = self.told(made)?;
        if encoding != "UTF8" {
            let said = format!("the database keeps text as {encoding}; it must be UTF8");
            return Err(DatabaseError::server(said));
        }
        let missing = || DatabaseError::server("the schema to work in does not exist".to_owned());
        let schema = schema.ok_or_else(missing)?;
        // A schema's number has 32 bits and no sign; a key has a sign.
        let schema = u32::try_from(schema).unwrap_or_default().cast_signed();
        self.connection = Some(Connection { client, schema, statements: HashMap::new() });
        match self.run.clone() {
            Some(number) => self.resume_run(&number),
            None => Ok(()),
        }
    }

    fn client(&mut self) -> Result<(&Client, &Runtime), DatabaseError> {
        match (&self.connection, &self.runtime) {
            (Some(connection), Some(runtime)) => Ok((&connection.client, runtime)),
            _ => Err(DatabaseError::lost()),
        }
    }

    /// Runs statements that bind nothing.
    fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.connect()?;
        let (client, runtime) = self.client()?;
        let done = runtime.block_on(client.batch_execute(sql));
        self.told(done)
    }

    /// The first column of the first row of the last statement that has one.
    fn ask(&mut self, sql: &str) -> Result<String, DatabaseError> {
        let (client, runtime) = self.client()?;
        let told = runtime.block_on(client.simple_query(sql));
        let said = self.told(told)?.into_iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(said.unwrap_or_default())
    }

    fn begin(&mut self, begin: Begin) -> Result<(), DatabaseError> {
        self.connect()?;
        let schema = self.connection.as_ref().map_or(0, |connection| connection.schema);
        let sql = match begin {
            Begin::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            // Each statement behind the lock sees what was committed before it, and nobody
            // commits while it is held.
            Begin::Write => {
                locking(include_str!("../../sql/postgres/begin_write.sql"), WRITE_LOCK, schema)
            }
        };
        let begun = self.script(&sql);
        if begun.is_err() {
            self.roll_back();
        }
        begun
    }

    fn roll_back(&mut self) {
        // A connection that cannot even roll back is of no use; the server ends its transaction.
        if self.connection.is_some() && self.script("ROLLBACK").is_err() {
            self.connection = None;
        }
    }

    /// The statement, prepared once for a connection.
    fn prepared(&mut self, sql: &str) -> Result<Statement, DatabaseError> {
        let (Some(connection), Some(runtime)) = (&mut self.connection, &self.runtime) else {
            return Err(DatabaseError::lost());
        };
        if let Some(known) = connection.statements.get(sql) {
            return Ok(known.clone());
        }
        if connection.statements.len() >= STATEMENTS_MAX {
            connection.statements.clear();
        }
        match runtime.block_on(connection.client.prepare(&numbered(sql))) {
            Ok(statement) => {
                connection.statements.insert(sql.to_owned(), statement.clone());
                Ok(statement)
            }
            Err(cause) => self.told(Err(cause)),
        }
    }

    /// Asks until the server answers whether a transaction that it was to commit stands.
    fn outcome(&mut self, transaction: &str) -> Result<(), DatabaseError> {
        let ask = include_str!("../../sql/postgres/outcome.sql");
        let ask = ask.replace("{transaction}", transaction);
        for _ in 0..ASKED_AGAIN {
            let asked = self.connect().and_then(|()| self.ask(&ask));
            match asked.as_deref() {
                Ok("committed") => return Ok(()),
                Ok("aborted") => return Err(DatabaseError::lost()),
                _ => std::thread::sleep(ASKED_EVERY),
            }
        }
        Err(DatabaseError::unknown_outcome())
    }
}

/// A statement about one of the advisory locks of a schema.
fn locking(sql: &str, lock: i32, schema: i32) -> String {
    sql.replace("{lock}", &lock.to_string()).replace("{schema}", &schema.to_string())
}

/// Makes the schema when it does not exist, and works in it. Its name needs no quotes.
async fn work_in(client: &Client, schema: &str) -> Result<(), tokio_postgres::Error> {
    let known = include_str!("../../sql/postgres/schema_known.sql");
    if client.query_opt(known, &[&schema]).await?.is_none() {
        // Two that make it at once follow one another.
        let make = include_str!("../../sql/postgres/schema_make.sql")
            .replace("{lock}", &WRITE_LOCK.to_string())
            .replace("{schema}", schema);
        client.batch_execute(&make).await?;
    }
    client.batch_execute(&format!("SET search_path = {schema}")).await
}

impl Drop for Session {
    fn drop(&mut self) {
        // A runtime that is dropped inside another one would wait for its threads and panic.
        self.connection = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        lock(&self.0).end_run();
    }
}

impl Open<'_> {
    pub(crate) fn script(&self, sql: &str) -> Result<(), DatabaseError> {
        self.has_changed.set(true);
        let mut session = self.link.session();
        let (client, runtime) = session.client()?;
        let done = runtime.block_on(client.batch_execute(sql));
        session.told(done)
    }

    pub(crate) fn change(&self, sql: &str, values: &[&dyn Bind]) -> Result<usize, DatabaseError> {
        let mut session = self.link.session();
        let statement = session.prepared(sql)?;
        let (client, runtime) = session.client()?;
        let values = values.iter().map(|value| Bound(value.value()));
        let done = runtime.block_on(client.execute_raw(&statement, values));
        let changed = usize::try_from(session.told(done)?).unwrap_or(usize::MAX);
        if changed > 0 {
            self.has_changed.set(true);
        }
        Ok(changed)
    }

    pub(crate) fn each(
        &self,
        sql: &str,
        values: &[&dyn Bind],
        visit: &mut Visit<'_>,
    ) -> Result<(), DatabaseError> {
        let rows = {
            let mut session = self.link.session();
            let statement = session.prepared(sql)?;
            let (client, runtime) = session.client()?;
            let values = values.iter().map(|value| Bound(value.value()));
            let asked = runtime.block_on(client.query_raw(&statement, values));
            session.told(asked)?
        };
        let mut rows = pin!(rows);
        loop {
            // The session is free while a row is visited.
            let next = {
                let mut session = self.link.session();
                let next = std::future::poll_fn(|context| rows.as_mut().poll_next(context));
                let next = session.drive(next)?;
                session.told(next.transpose())?
            };
            let Some(row) = next else { return Ok(()) };
            if visit(&Row::Postgres(&row))?.is_break() {
                return Ok(());
            }
        }
    }

    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        let mut session = self.link.session();
        self.is_ended.set(true);
        if !self.has_changed.get() {
            return session.script("COMMIT");
        }
        let transaction = session.ask(include_str!("../../sql/postgres/change_mark_update.sql"));
        let transaction = transaction.inspect_err(|_| session.roll_back())?;
        let (client, runtime) = session.client()?;
        let done = runtime.block_on(client.batch_execute("COMMIT"));
        match session.told(done) {
            // The server may have committed before it went away.
            Err(error) if error.is_lost() => session.outcome(&transaction)?,
            done => done.inspect_err(|_| session.roll_back())?,
        }
        session.own_changes += 1;
        Ok(())
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.is_ended.get() {
            self.link.session().roll_back();
        }
    }
}

/// A statement in PostgreSQL's words: `?3` becomes `$3`, and places without a number are counted.
fn numbered(sql: &str) -> String {
    let mut text = sql.to_owned();
    for (word, like) in QUERY_WORDS {
        text = text.replace(word, like);
    }
    let (mut numbered, mut count) = (String::with_capacity(text.len()), 0_u32);
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '?' if rest.peek().is_some_and(char::is_ascii_digit) => numbered.push('$'),
            '?' => {
                count += 1;
                numbered.push_str(&format!("${count}"));
            }
            other => numbered.push(other),
        }
    }
    numbered
}

/// A value on its way into a statement. It does not print.
struct Bound<'a>(Value<'a>);

impl std::fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[value]")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *kind == Type::INT4 => {
                i32::try_from(number)?.to_sql(kind, out)
            }
            Value::Integer(number) => number.to_sql(kind, out),
            // Keys of lists are text; SQLite's CAST takes what is no number for 0.
            Value::Text(text) if *kind == Type::INT8 => {
                text.parse::<i64>().unwrap_or(0).to_sql(kind, out)
            }
            // The server holds no NUL in a text; files of others do, and are kept as they are.
            Value::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(kind, out)
            }
            Value::Text(text) => text.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

/// A column as it lies in a row.
struct Found<'a>(Value<'a>);

impl<'a> FromSql<'a> for Found<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Found<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Found(match *kind {
            Type::INT8 => Value::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Integer(i64::from(i32::from_sql(kind, raw)?)),
            Type::BYTEA => Value::Bytes(raw),
            _ => Value::Text(std::str::from_utf8(raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Found<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Found(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        let known = [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::NAME, Type::BYTEA];
        known.contains(kind)
    }
}

/// A column of a row, from 0.
pub(crate) fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value<'_>, DatabaseError> {
    let found: Result<Found<'_>, _> = row.try_get(column);
    found.map(|found| found.0).map_err(|_| {
        DatabaseError::column(column, "the database gives a kind of value that is not known")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::place_of_test;
    use crate::place::Place;
    use crate::{InterchangeSeen, Store};
    use counterfoil_samples::Database;
    use std::ops::ControlFlow;
    use std::path::Path;

    counterfoil_samples::on_postgres!(
        a_connection_that_is_lost_leaves_nothing_half_done_and_is_made_again,
        a_commit_whose_answer_was_lost_is_asked_for,
        a_run_that_lost_its_connection_takes_its_place_again,
        a_run_that_was_overtaken_while_it_had_no_connection_ends,
    );

    /// Ends the session that runs it, as a server does that is shut down.
    const END: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

    fn see(store: &mut Store, breaks: bool) -> Result<InterchangeSeen, StoreError> {
        store.transaction("see", |tx| {
            let seen = tx.record_interchange("ZZ*A", "ZZ*B", "000000001", "digest")?;
            if breaks {
                tx.change(END, &[])?;
            }
            Ok(seen)
        })
    }

    fn a_connection_that_is_lost_leaves_nothing_half_done_and_is_made_again(database: &Database) {
        let mut store = Store::open_at(&place_of_test(database, Path::new(""))).unwrap();
        let lost = see(&mut store, true).unwrap_err();
        let said = lost.to_string();
        assert!(matches!(lost, StoreError::Transaction { name: "see", .. }), "{said}");
        assert!(said.contains("rolled back") && said.contains("57P01"), "{said}");
        assert_eq!(see(&mut store, false).unwrap(), InterchangeSeen::First, "nothing was kept");
        // Lost between two transactions, it is not even noticed.
        let read: Result<(), StoreError> = store.read("end", |tx| {
            assert!(tx.change(END, &[]).is_err());
            Ok(())
        });
        read.unwrap();
        assert_eq!(see(&mut store, false).unwrap(), InterchangeSeen::SameFile);
    }

    fn link(database: &Database) -> Link {
        let Place::Server(server) = place_of_test(database, Path::new("")) else {
            unreachable!("the story runs on a server");
        };
        Link::open(&server).unwrap()
    }

    fn a_commit_whose_answer_was_lost_is_asked_for(database: &Database) {
        let link = link(database);
        let number = |open: &Open<'_>| {
            let mut number = String::new();
            let ask = "SELECT CAST(pg_current_xact_id() AS TEXT)";
            open.each(ask, &[], &mut |row| {
                number = row.get(0)?;
                Ok(ControlFlow::Break(()))
            })
            .unwrap();
            number
        };
        let open = link.begin(Begin::Write).unwrap();
        let kept = number(&open);
        open.commit().unwrap();
        let open = link.begin(Begin::Write).unwrap();
        let dropped = number(&open);
        drop(open);
        // The server has gone away in between.
        link.session().connection = None;
        link.session().outcome(&kept).unwrap();
        assert!(link.session().outcome(&dropped).unwrap_err().is_lost());
    }

    fn a_run_that_lost_its_connection_takes_its_place_again(database: &Database) {
        let place = place_of_test(database, Path::new(""));
        let (mut one, other) = (Store::open_at(&place).unwrap(), Store::open_at(&place).unwrap());
        let run = one.begin_run().unwrap();
        see(&mut one, true).unwrap_err();
        see(&mut one, false).unwrap();
        assert!(matches!(other.begin_run(), Err(StoreError::Busy)), "the run goes on");
        drop(run);
        other.begin_run().unwrap();
    }

    fn a_run_that_was_overtaken_while_it_had_no_connection_ends(database: &Database) {
        let place = place_of_test(database, Path::new(""));
        let (mut one, other) = (Store::open_at(&place).unwrap(), Store::open_at(&place).unwrap());
        let run = one.begin_run().unwrap();
        see(&mut one, true).unwrap_err();
        // The server lets the place go when it sees that the connection has ended.
        let taken = (0..500).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            other.begin_run().ok()
        });
        drop(taken.expect("nobody holds the database at this moment"));
        for _ in 0..2 {
            let refused = see(&mut one, false).unwrap_err().to_string();
            assert!(refused.contains("another run"), "{refused}");
        }
        drop(run);
        // Whoever begins anew reads anew.
        let again = one.begin_run().unwrap();
        assert_eq!(see(&mut one, false).unwrap(), InterchangeSeen::First, "nothing was kept");
        drop(again);
    }

    #[test]
    fn places_are_numbered_and_words_exchanged() {
        for (sql, expected) in [
            ("a = ?1 AND b = ?12", "a = $1 AND b = $12"),
            ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("instr(a, ?1) > 0", "strpos(a, $1) > 0"),
            ("a = lower(?)", "a = lower(CAST($1 AS TEXT) COLLATE \"C\")"),
            ("CAST('' AS BLOB)", "CAST('' AS BYTEA)"),
        ] {
            assert_eq!(numbered(sql), expected);
        }
    }
}
