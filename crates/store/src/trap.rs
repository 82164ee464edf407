//! A database that goes away in the middle of work: for simulated worlds, in no product build.

use crate::connection::Store;
use crate::error::{DatabaseError, StoreError};
use std::cell::Cell;

/// Counts statements and commits down to the one at which the database goes away.
#[derive(Debug, Default)]
pub(crate) struct Trap(Cell<Option<u64>>);

impl Trap {
    /// One statement or commit; fails at the end of the count and from then on.
    pub(crate) fn step(&self) -> Result<(), DatabaseError> {
        match self.0.get() {
            None => Ok(()),
            Some(0) => Err(DatabaseError::gone()),
            Some(left) => {
                self.0.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

impl Store {
    /// After so many statements and commits every further one fails, as if the program had died
    /// there; nothing mends it.
    pub fn go_away_after(&self, statements: Option<u64>) {
        self.trap.0.set(statements);
    }

    /// True when the database has gone away.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.trap.0.get() == Some(0)
    }

    /// Leaves room for so many more pages, or for all that there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn leave_room(&self, pages: Option<u32>) -> Result<(), StoreError> {
        let failed = |source| StoreError::inside("leave room", source);
        self.link.leave_room(pages).map_err(failed)
    }
}
