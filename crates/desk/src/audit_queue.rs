//! Events of the audit record that arrive together are kept together: each waits until it is
//! durable, and all that wait share one commit.

use crate::office::{OfficeDesk, lock, trouble};
use counterfoil_store::{AuditRecord, ListName, StoreError};
use counterfoil_web::{Answer, DeskError};
use std::collections::BTreeMap;

/// What waits to be kept, and what became of what waited.
#[derive(Default)]
pub(crate) struct AuditQueue {
    waiting: Vec<AuditRecord>,
    /// Number of the event that came last.
    newest: u64,
    /// Number of the last event that was kept or failed.
    done: u64,
    /// Events that were not kept, until the one who asked has heard it.
    failed: BTreeMap<u64, DeskError>,
}

impl OfficeDesk {
    /// Returns when the event is durable. Whoever holds the record writes for all who wait for
    /// it, so that many readers at one time cost few waits for the disk.
    pub(crate) fn keep_together(&self, record: AuditRecord) -> Answer<()> {
        let mine = {
            let mut queue = lock(&self.audit_queue);
            queue.waiting.push(record);
            queue.newest = queue.newest.saturating_add(1);
            queue.newest
        };
        let mut store = lock(&self.audit_store);
        let (batch, last) = {
            let mut queue = lock(&self.audit_queue);
            if queue.done >= mine {
                // Somebody who held the record before has written it, or could not.
                return queue.failed.remove(&mine).map_or(Ok(()), Err);
            }
            (std::mem::take(&mut queue.waiting), queue.newest)
        };
        let kept: Result<(), StoreError> = store.transaction("keep audit events", |tx| {
            batch.iter().try_for_each(|record| tx.add_audit(record).map(drop))
        });
        // Our own writing leaves the stamp of changes as it is; the lists of this record change.
        self.forget_totals(ListName::Audit);
        let mut queue = lock(&self.audit_queue);
        let first = queue.done.saturating_add(1);
        queue.done = last;
        kept.map_err(|error| {
            let told = trouble(&error);
            queue
                .failed
                .extend((first..=last).filter(|one| *one != mine).map(|n| (n, told.clone())));
            told
        })
    }
}
