//! Both halves as one node holds them, loaded to be laid beside those of another node.

use super::fold::Said;
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::Transaction;
use counterfoil_twin::{Author, Twin};

/// Events that are read at once.
const EVENTS_AT_ONCE: u32 = 4_096;

/// Both halves with every claim's state, folded anew from the events; the chain of hashes is
/// checked on the way.
///
/// # Errors
/// [`OperationsError::Twin`] names the first event that does not follow from the one before.
pub fn load_twin(tx: &Transaction<'_>, relation: &Relation) -> Result<Twin, OperationsError> {
    let mut twin = Twin::new(relation.relationship);
    for author in Author::BOTH {
        loop {
            let first = twin.chain(author).size();
            let rows = tx.twin_events(relation.id, author.sign(), (first, EVENTS_AT_ONCE))?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let said = Said::of(row)?;
                twin.replay(&said.event, said.body.as_ref())?;
            }
        }
    }
    Ok(twin)
}
