//! Runs of several transactions: alone on a schema by an advisory lock of the connection, and
//! known by a number when the connection is lost.

use super::{Session, locking};
use crate::error::DatabaseError;

/// First key of the advisory lock of runs; the second is the schema's number.
const RUN_LOCK: i32 = 0x6366_0002;

impl Session {
    /// Holds the database for a run, under a number that is the run's own.
    pub(super) fn begin_run(&mut self) -> Result<(), DatabaseError> {
        self.take_run()?;
        let number = self.ask(include_str!("../../../sql/postgres/run_mark_update.sql"));
        self.run = Some(number.inspect_err(|_| self.connection = None)?);
        Ok(())
    }

    /// Holds the database again for a run that lost its connection. Another run that had it in
    /// between has changed what this one holds in memory; the number tells.
    pub(super) fn resume_run(&mut self, number: &str) -> Result<(), DatabaseError> {
        self.take_run()?;
        let last = self.ask(include_str!("../../../sql/postgres/run_mark_select.sql"));
        if last.inspect_err(|_| self.connection = None)? == number {
            return Ok(());
        }
        self.connection = None;
        let said = "another run held the database while this one had no connection to it";
        Err(DatabaseError::server(said.to_owned()))
    }

    /// Takes the lock of runs, which is the connection's.
    fn take_run(&mut self) -> Result<(), DatabaseError> {
        self.connect()?;
        let schema = self.connection.as_ref().map_or(0, |connection| connection.schema);
        let taken = self.ask(&locking(
            include_str!("../../../sql/postgres/run_begin.sql"),
            RUN_LOCK,
            schema,
        ))?;
        if taken == "t" {
            return Ok(());
        }
        self.connection = None;
        Err(DatabaseError::busy())
    }

    pub(super) fn end_run(&mut self) {
        self.run = None;
        let Some(connection) = &self.connection else { return };
        let schema = connection.schema;
        let end = locking(include_str!("../../../sql/postgres/run_end.sql"), RUN_LOCK, schema);
        if self.ask(&end).is_err() {
            // With its connection the lock goes.
            self.connection = None;
        }
    }
}
