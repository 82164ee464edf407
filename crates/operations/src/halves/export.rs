//! The own half as a file, and events and heads as a session asks for them.

use super::append::sign_head;
use super::fold::Said;
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::{Store, Transaction};
use counterfoil_twin::sync::HalfEntry;
use counterfoil_twin::{
    Author, HEAD_ENTRY_BYTES, HeadEntry, PrivateKey, write_half_entry, write_half_start,
};

/// Events that are read at once.
const EVENTS_AT_ONCE: u32 = 1_024;

/// Writes the own half as a half file, piece by piece; gives the number of events.
///
/// Its last head covers all events: when none of that size is kept, one is signed and kept.
pub fn export_half(
    store: &mut Store,
    relation: &Relation,
    signing: (&PrivateKey, i64),
    take: &mut dyn FnMut(&[u8]) -> Result<(), OperationsError>,
) -> Result<u64, OperationsError> {
    store.transaction("export a half", |tx| {
        let author = relation.author;
        if sign_head(tx, relation, signing)?.is_none() {
            let told = format!("nothing has been said to {} yet", relation.partner);
            return Err(OperationsError::Refused(format!("{told}; nothing was written")));
        }
        let size = relation.chain(tx, author)?.size();
        let heads = kept_heads(tx, relation, author)?;
        let mut out = Vec::new();
        write_half_start(&mut out, &relation.relationship, author, &heads, size);
        let mut first = 0;
        loop {
            take(&out)?;
            out.clear();
            let rows = tx.twin_events(relation.id, author.sign(), (first, EVENTS_AT_ONCE))?;
            if rows.is_empty() {
                break;
            }
            first += rows.len() as u64;
            for row in &rows {
                let said = Said::of(row)?;
                write_half_entry(&mut out, &said.event, said.body.as_ref());
            }
        }
        if first == size { Ok(size) } else { Err(OperationsError::Unreadable("a half")) }
    })
}

/// Events of a half from a place on: one at least when there is one, and then as many as there
/// are up to so many bytes.
pub fn entries(
    tx: &Transaction<'_>,
    relation: &Relation,
    (author, first, bytes_max): (Author, u64, usize),
) -> Result<Vec<HalfEntry>, OperationsError> {
    let (mut found, mut bytes, mut next) = (Vec::new(), 0usize, first);
    loop {
        let rows = tx.twin_events(relation.id, author.sign(), (next, EVENTS_AT_ONCE))?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in rows {
            // Two lengths stand before event and body.
            bytes = bytes
                .saturating_add(6 + row.event.len())
                .saturating_add(row.body.as_ref().map_or(0, Vec::len));
            if bytes > bytes_max && !found.is_empty() {
                return Ok(found);
            }
            next = row.sequence.saturating_add(1);
            found.push(HalfEntry { event: row.event, body: row.body });
        }
    }
}

/// The heads of a half that are kept, by size.
pub fn kept_heads(
    tx: &Transaction<'_>,
    relation: &Relation,
    author: Author,
) -> Result<Vec<HeadEntry>, OperationsError> {
    tx.twin_heads(relation.id, author.sign())?.iter().map(|bytes| read_head(bytes)).collect()
}

/// The newest heads of a half that are kept, the largest first, at most so many.
pub fn newest_heads(
    tx: &Transaction<'_>,
    relation: &Relation,
    author: Author,
    count: u32,
) -> Result<Vec<HeadEntry>, OperationsError> {
    let kept = tx.newest_twin_heads(relation.id, author.sign(), count)?;
    kept.iter().map(|bytes| read_head(bytes)).collect()
}

fn read_head(bytes: &[u8]) -> Result<HeadEntry, OperationsError> {
    let bytes: Option<&[u8; HEAD_ENTRY_BYTES]> = bytes.try_into().ok();
    let entry = bytes.and_then(|bytes| HeadEntry::decode(bytes).ok());
    entry.ok_or(OperationsError::Unreadable("a head"))
}
