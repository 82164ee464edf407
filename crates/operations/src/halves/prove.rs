//! Proof of one event or of some of its fields that shows nothing else.

use super::accept::tree_of;
use super::append::sign_head;
use super::export::kept_heads;
use super::fold::{Said, events_about};
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::Transaction;
use counterfoil_twin::{Body, Event, HeadEntry, KEY, PrivateKey, Shown, write_proof};

/// What is to be proved.
#[derive(Clone, Copy, Debug)]
pub struct ProofRequest<'a> {
    /// The claim.
    pub subject: &'a str,
    /// The kind of event; nothing for the last one that has all the fields.
    pub kind: Option<&'a str>,
    /// Names of the fields to show; none proves the event alone.
    pub fields: &'a [&'a str],
}

/// Writes the proof of the last event about a claim that has the fields, under the latest head
/// of its half: for the own half one that is signed now when need be, for the partner's the last
/// one that the partner has signed.
///
/// # Errors
/// [`OperationsError::Refused`] when no event has the fields or no head covers it.
pub fn prove(
    tx: &Transaction<'_>,
    relation: &Relation,
    request: &ProofRequest<'_>,
    signing: (&PrivateKey, i64),
) -> Result<Vec<u8>, OperationsError> {
    let refused = |message: &str| Err(OperationsError::Refused(message.to_owned()));
    let has_fields = |body: &Body| request.fields.iter().all(|field| body.get(field).is_some());
    let said = events_about(tx, relation, request.subject)?;
    let fitting = said.iter().filter(|one| {
        request.kind.is_none_or(|kind| one.event.kind == kind)
            && one.body.as_ref().is_some_and(has_fields)
    });
    let Some(Said { event, body: Some(body) }) = fitting.max_by_key(|one| one.event.time_ms) else {
        return refused("no event about the claim has these fields; nothing was written");
    };
    let head = match event.author == relation.author {
        true => sign_head(tx, relation, signing)?,
        false => kept_heads(tx, relation, event.author)?.pop(),
    };
    let covers = |head: &HeadEntry| head.signed.head.tree.size > event.sequence;
    let Some(head) = head.filter(covers) else {
        return refused(
            "the partner has not signed a head that covers the event yet; nothing was written",
        );
    };
    let size = head.signed.head.tree.size;
    let tree = tree_of(tx, relation, &relation.chain(tx, event.author)?)?;
    let mut rotations: Vec<(Event, Body)> = Vec::new();
    for one in events_about(tx, relation, KEY)? {
        let is_before = one.event.author == event.author && one.event.sequence < size;
        if let (true, Some(body)) = (is_before, one.body) {
            rotations.push((one.event, body));
        }
    }
    let shown = Shown { event, body, fields: request.fields };
    write_proof(&relation.relationship, &head, &tree, &rotations, shown).map_err(|error| {
        OperationsError::Unwritable { what: "the proof", cause: error.to_string() }
    })
}
