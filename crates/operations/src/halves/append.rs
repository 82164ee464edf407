//! What has to be said is signed and appended to the own half, in order and once.

use super::due::read;
use super::fold::Touched;
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::{HalfRow, NewTwinEvent, Store, Transaction};
use counterfoil_twin::{Author, Chain, Event, Head, HeadEntry, PrivateKey, Stamp, TreeHead, draft};

/// Rows of what has to be said that one transaction takes; each has what a batch of work said.
const ROWS_AT_ONCE: u32 = 16;

/// What signing needs and only the outermost program has.
pub struct Signer<'a> {
    /// The organization's key in force.
    pub key: &'a PrivateKey,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: i64,
    /// Gives 32 new random bytes each time.
    pub secret: &'a mut dyn FnMut() -> [u8; 32],
}

/// How an own half has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its size before.
    pub first: u64,
    /// Its size now.
    pub size: u64,
}

/// Signs and appends everything that has to be said to a partner and folds the claims concerned.
///
/// Each transaction takes a few rows whole: an interruption at any place leaves either the row
/// or its events, and the next call goes on.
///
/// # Errors
/// [`OperationsError::Unsigned`] when the key is not the one in force.
pub fn append_due(
    store: &mut Store,
    relation: &Relation,
    signer: &mut Signer<'_>,
) -> Result<Appended, OperationsError> {
    let mut whole: Option<Appended> = None;
    loop {
        let some = store
            .transaction("sign what has to be said", |tx| append_some(tx, relation, signer))?;
        let first = whole.map_or(some.first, |whole| whole.first);
        whole = Some(Appended { first, size: some.size });
        if some.first == some.size {
            return Ok(Appended { first, size: some.size });
        }
    }
}

fn append_some(
    tx: &Transaction<'_>,
    relation: &Relation,
    signer: &mut Signer<'_>,
) -> Result<Appended, OperationsError> {
    let mut chain = relation.chain(tx, relation.author)?;
    let first = chain.size();
    let dues = tx.dues(relation.id, ROWS_AT_ONCE)?;
    if dues.is_empty() {
        return Ok(Appended { first, size: first });
    }
    let seen = relation.chain(tx, relation.author.other())?.tree_head();
    let mut touched = Touched::default();
    for due in dues {
        let statements =
            read(&due.statements).ok_or(OperationsError::Unreadable("what has to be said"))?;
        for statement in statements {
            let stamp = Stamp { time_ms: signer.now_ms, secret: (signer.secret)() };
            let unsigned =
                |cause| OperationsError::Unsigned { partner: relation.partner.clone(), cause };
            let draft = draft(&chain, &seen, signer.key, statement, stamp).map_err(unsigned)?;
            let event = draft.event();
            let leaf = event.leaf_hash();
            let body = draft.body().encode();
            keep(tx, relation, event, (&event.encode(), Some(&body), &leaf))?;
            chain.advance(event, leaf, Some(draft.body()));
            touched.note(event);
        }
        tx.mark_said(due.due_id)?;
    }
    set_chain(tx, relation, &chain)?;
    touched.fold(tx, relation)?;
    Ok(Appended { first, size: chain.size() })
}

/// Keeps an event in its half.
pub(super) fn keep(
    tx: &Transaction<'_>,
    relation: &Relation,
    event: &Event,
    (bytes, body, leaf): (&[u8], Option<&[u8]>, &[u8; 32]),
) -> Result<(), OperationsError> {
    let row = NewTwinEvent {
        author: event.author.sign(),
        sequence: event.sequence,
        kind: &event.kind,
        subject: &event.subject,
        event: bytes,
        body,
        leaf,
    };
    Ok(tx.insert_twin_event(relation.id, &row)?)
}

pub(super) fn set_chain(
    tx: &Transaction<'_>,
    relation: &Relation,
    chain: &Chain,
) -> Result<(), OperationsError> {
    let half = HalfRow { size: chain.size(), chain: chain.checkpoint() };
    Ok(tx.set_half(relation.id, chain.author().sign(), &half)?)
}

/// Signs the head of the own half as it is, unless one of that size is kept, and keeps it.
/// Nothing for a half without events.
pub fn sign_head(
    tx: &Transaction<'_>,
    relation: &Relation,
    (key, now_ms): (&PrivateKey, i64),
) -> Result<Option<HeadEntry>, OperationsError> {
    let chain = relation.chain(tx, relation.author)?;
    let tree: TreeHead = chain.tree_head();
    let kept = super::export::kept_heads(tx, relation, relation.author)?;
    if let Some(kept) = kept.into_iter().find(|one| one.signed.head.tree == tree) {
        return Ok(Some(kept));
    }
    if tree.size == 0 {
        return Ok(None);
    }
    if chain.key().map(|in_force| in_force.to_bytes()) != Some(key.public_key()) {
        let cause = counterfoil_twin::DraftError::Key;
        return Err(OperationsError::Unsigned { partner: relation.partner.clone(), cause });
    }
    let author: Author = relation.author;
    let head = Head { relationship: relation.relationship.id, author, tree, time_ms: now_ms };
    let entry = HeadEntry::alone(head.sign(key));
    tx.set_twin_head(relation.id, (author.sign(), tree.size), &entry.encode())?;
    Ok(Some(entry))
}
