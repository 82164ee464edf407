//! Events of the audit record that arrive together are kept together: each waits until it is
//! durable, and all that wait share one commit.

use crate::office::{OfficeDesk, lock, trouble};
use counterfoil_store::{AuditRecord, ListName, StoreError};
use counterfoil_web::{Answer, DeskError, DeskErrorKind};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// Events on their way to the disk.
#[derive(Default)]
pub(crate) struct AuditQueue {
    state: Mutex<Waiting>,
    /// Told whenever a batch is durable or failed: those whose event was in it go on at once
    /// instead of queueing for a lock that the next batch holds.
    written: Condvar,
}

/// What waits to be kept, and what became of what waited.
#[derive(Default)]
struct Waiting {
    records: Vec<AuditRecord>,
    /// Number of the event that came last.
    newest: u64,
    /// Number of the last event that was kept or failed.
    done: u64,
    /// Whether somebody is writing a batch.
    writing: bool,
    /// Events that were not kept, until the one who asked has heard it.
    failed: BTreeMap<u64, DeskError>,
}

/// A batch that is being written. Whatever becomes of it, the next one may be written after it.
struct Batch<'queue> {
    queue: &'queue AuditQueue,
    records: Vec<AuditRecord>,
    last: u64,
    /// What is told those who wait, unless the batch was kept.
    failure: Option<DeskError>,
}

/// What the one who brought an event does next.
enum Turn<'queue> {
    /// Nothing: another has written it, or could not.
    Over(Answer<()>),
    /// Write this batch, in which its event has this number.
    Write(u64, Batch<'queue>),
}

impl AuditQueue {
    /// Waits until the event is durable, or gives the batch that this caller must write: with it
    /// everything that waits.
    fn enter(&self, record: AuditRecord) -> Turn<'_> {
        let mut waiting = lock(&self.state);
        waiting.records.push(record);
        waiting.newest = waiting.newest.saturating_add(1);
        let mine = waiting.newest;
        while waiting.done < mine {
            if !waiting.writing {
                waiting.writing = true;
                let records = std::mem::take(&mut waiting.records);
                let last = waiting.newest;
                let failure = Some(broken_off());
                return Turn::Write(mine, Batch { queue: self, records, last, failure });
            }
            waiting = self.written.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        Turn::Over(waiting.failed.remove(&mine).map_or(Ok(()), Err))
    }
}

/// What is told when the one who wrote did not come to an end.
fn broken_off() -> DeskError {
    let why = "Writing the audit record was broken off.";
    DeskError::new(DeskErrorKind::Failed, "The database did not answer.", why)
        .next("Try again in a minute; an administrator finds the cause with `counterfoil doctor`.")
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.queue.state);
        let first = waiting.done.saturating_add(1);
        if let Some(failure) = &self.failure {
            waiting.failed.extend((first..=self.last).map(|event| (event, failure.clone())));
        }
        waiting.done = self.last;
        waiting.writing = false;
        self.queue.written.notify_all();
    }
}

impl OfficeDesk {
    /// Returns when the event is durable. Whoever finds nobody writing writes for all who wait,
    /// so that many readers at one time cost few waits for the disk.
    pub(crate) fn keep_together(&self, record: AuditRecord) -> Answer<()> {
        let (mine, mut batch) = match self.audit_queue.enter(record) {
            Turn::Over(answer) => return answer,
            Turn::Write(mine, batch) => (mine, batch),
        };
        let kept: Result<(), StoreError> = lock(&self.audit_store)
            .transaction("keep audit events", |tx| {
                batch.records.iter().try_for_each(|record| tx.add_audit(record).map(drop))
            });
        // Our own writing leaves the stamp of changes as it is; the lists of this record change.
        self.forget_totals(ListName::Audit);
        batch.failure = kept.err().map(|error| trouble(&error));
        drop(batch);
        lock(&self.audit_queue.state).failed.remove(&mine).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn event(account: &str) -> AuditRecord {
        AuditRecord { account: account.to_owned(), ..AuditRecord::default() }
    }

    #[test]
    fn who_waits_hears_of_a_batch_that_was_broken_off_and_the_next_is_written() {
        let queue = AuditQueue::default();
        let Turn::Write(first, batch) = queue.enter(event("first")) else {
            panic!("nobody writes yet")
        };
        std::thread::scope(|scope| {
            let second = scope.spawn(|| match queue.enter(event("second")) {
                Turn::Over(_) => panic!("its own batch is not written yet"),
                Turn::Write(mine, mut batch) => {
                    let accounts = |record: &AuditRecord| record.account.clone();
                    let kept: Vec<String> = batch.records.iter().map(accounts).collect();
                    batch.failure = None;
                    (mine, kept)
                }
            });
            while lock(&queue.state).newest < 2 {
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(!second.is_finished(), "it waits for the batch before it");
            drop(batch);
            assert_eq!(second.join().expect("a thread"), (2, vec!["second".to_owned()]));
        });
        let mut waiting = lock(&queue.state);
        assert!(waiting.failed.remove(&first).is_some(), "the first was not kept and hears it");
        assert!(waiting.failed.is_empty() && waiting.done == 2 && !waiting.writing);
    }
}
