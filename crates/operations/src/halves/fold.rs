//! The state of a claim from the events about it, kept beside them.

use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_base::Text;
use counterfoil_store::{Transaction, TwinClaimRow, TwinEventRow};
use counterfoil_twin::{
    Author, Body, ClaimEvent, ClaimFact, ClaimState, Event, Moment, Place, fold_claim,
};
use std::collections::BTreeSet;

/// The claims of which something new is said.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeSet<Text>);

impl Touched {
    pub(super) fn note(&mut self, event: &Event) {
        if ClaimFact::is_stated_by(&event.kind) {
            self.0.insert(event.subject.clone());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Folds each of them anew from all events about it.
    pub(super) fn fold(
        self,
        tx: &Transaction<'_>,
        relation: &Relation,
    ) -> Result<(), OperationsError> {
        for subject in &self.0 {
            let events = events_about(tx, relation, subject)?;
            tx.set_twin_claim(&row(relation, subject, &events))?;
        }
        Ok(())
    }
}

/// An event about a subject with its body, when that is at hand.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) event: Event,
    pub(crate) body: Option<Body>,
}

impl Said {
    pub(crate) fn of(row: &TwinEventRow) -> Result<Said, OperationsError> {
        let unreadable = OperationsError::Unreadable("an event of the twin record");
        let Ok(event) = Event::decode(&row.event) else { return Err(unreadable) };
        let body = match row.body.as_deref().map(Body::decode) {
            Some(Err(_)) => return Err(unreadable),
            Some(Ok(body)) => Some(body),
            None => None,
        };
        Ok(Said { event, body })
    }

    fn takes_part(&self) -> bool {
        ClaimFact::is_stated_by(&self.event.kind)
    }
}

/// Every event about a subject: the payer's, then the provider's.
pub(super) fn events_about(
    tx: &Transaction<'_>,
    relation: &Relation,
    subject: &str,
) -> Result<Vec<Said>, OperationsError> {
    tx.twin_events_about(relation.id, subject)?.iter().map(Said::of).collect()
}

/// The state of a claim with the turn of each event; nothing when a body is withheld.
pub(super) fn state(events: &[Said]) -> Option<(ClaimState, Vec<Moment>)> {
    let of = |author: Author| -> Vec<ClaimEvent> {
        let own = events.iter().filter(|one| one.event.author == author && one.takes_part());
        own.map(|one| {
            let fact = one.body.as_ref().and_then(|body| ClaimFact::of(&one.event.kind, body));
            ClaimEvent { place: Place::of(&one.event), fact }
        })
        .collect()
    };
    fold_claim(&of(Author::Payer), &of(Author::Provider))
}

fn row(relation: &Relation, subject: &str, events: &[Said]) -> TwinClaimRow {
    let submitted = events.iter().find(|one| one.event.kind == "claim.submitted");
    let number = submitted.and_then(|one| one.body.as_ref()?.text("patient_control_number"));
    let known = TwinClaimRow {
        relationship_id: relation.id,
        subject: subject.to_owned(),
        patient_control_number: number.unwrap_or_default().to_owned(),
        ..TwinClaimRow::default()
    };
    let Some((state, _)) = state(events) else { return known };
    TwinClaimRow {
        standing: state.standing.word().to_owned(),
        state_hash: Some(state.hash(subject)),
        claim_control_number: state.claim_control_number.to_string(),
        charge_cents: state.charge_cents.0,
        allowed_cents: state.allowed_cents.0,
        paid_cents: state.paid_cents.0,
        patient_cents: state.patient_cents.0,
        posted_cents: state.posted_cents.0,
        dispute: state.dispute.word().to_owned(),
        out_of_turn: state.out_of_turn,
        submitted_at: state.submitted_at_ms,
        received_at: state.received_at_ms,
        decided_at: state.decided_at_ms,
        paid_at: state.paid_at_ms,
        posted_at: state.posted_at_ms,
        ..known
    }
}
