//! The timeline of a claim over both halves, in plain words.

use super::fold::{Said, events_about, state};
use super::relation::{Relation, relations};
use crate::error::OperationsError;
use counterfoil_base::Cents;
use counterfoil_store::{Transaction, TwinClaimRow};
use counterfoil_twin::{Author, Body, Place, Turn, merge};

/// A claim with everything that was said of it.
#[derive(Clone, Debug)]
pub struct ClaimStory {
    /// In which relationship.
    pub relation: Relation,
    /// Where it stands.
    pub claim: TwinClaimRow,
    /// What was said, in the order of both halves.
    pub events: Vec<StoryEvent>,
}

impl ClaimStory {
    /// The payer has spoken of the claim and its provider has not yet said that it sent it: the
    /// file came by another way and was faster.
    #[must_use]
    pub fn is_ahead_of_provider(&self) -> bool {
        self.claim.submitted_at == 0 && !self.claim.standing.is_empty()
    }
}

/// Something that was said of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryEvent {
    /// Who said it.
    pub author: Author,
    /// Its place in the author's half.
    pub sequence: u64,
    /// By the author's clock, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// Its kind.
    pub kind: String,
    /// In plain words.
    pub words: String,
    /// What it says; nothing when its body is withheld.
    pub body: Option<Body>,
    /// Whether it changed the state; nothing when that is unknown because a body is withheld, or
    /// the kind changes none.
    pub turn: Option<Turn>,
}

/// The claims with a number (the payer's or the provider's) or subject, with their stories.
pub fn claim_stories(
    tx: &Transaction<'_>,
    number: &str,
) -> Result<Vec<ClaimStory>, OperationsError> {
    let mut found = Vec::new();
    let known = relations(tx)?;
    let mut claims = tx.twin_claims_numbered(number)?;
    for relation in &known {
        claims.extend(tx.twin_claim(relation.id, number)?);
    }
    for claim in claims {
        let Some(relation) = known.iter().find(|one| one.id == claim.relationship_id) else {
            continue;
        };
        let events = events_about(tx, relation, &claim.subject)?;
        found.push(ClaimStory { relation: relation.clone(), claim, events: told(&events) });
    }
    Ok(found)
}

fn told(events: &[Said]) -> Vec<StoryEvent> {
    let turns = state(events).map(|(_, moments)| moments).unwrap_or_default();
    let of =
        |author| -> Vec<&Said> { events.iter().filter(|one| one.event.author == author).collect() };
    let (payer, provider) = (of(Author::Payer), of(Author::Provider));
    let ordered = merge(&payer, &provider, |one| Place::of(&one.event));
    let tell = |one: &Said| {
        let place = Place::of(&one.event);
        StoryEvent {
            author: one.event.author,
            sequence: one.event.sequence,
            time_ms: one.event.time_ms,
            kind: one.event.kind.to_string(),
            words: match &one.body {
                Some(body) => words(&one.event.kind, body),
                None => format!("{} (its body is withheld)", one.event.kind),
            },
            body: one.body.clone(),
            turn: turns.iter().find(|moment| moment.place == place).map(|moment| moment.turn),
        }
    };
    ordered.into_iter().map(tell).collect()
}

/// What an event says, in plain words.
fn words(kind: &str, body: &Body) -> String {
    let text = |name| body.text(name).unwrap_or_default();
    let cents = |name| Cents(body.integer(name).unwrap_or_default()).to_string();
    let day = |name| body.date(name).map_or_else(String::new, |day| day.to_string());
    let because = match text("reason") {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    match kind {
        "claim.submitted" => match text("replaces") {
            "" => format!("sent with a charge of {}", cents("charge_cents")),
            other => format!("sent with a charge of {}, for {other}", cents("charge_cents")),
        },
        "claim.received" => {
            format!("received on {} as {}", day("received_on"), text("claim_control_number"))
        }
        "claim.rejected" => {
            format!(
                "returned before adjudication ({} {}){because}",
                text("category"),
                text("status")
            )
        }
        "claim.pended" => format!("waits for a person{because}"),
        "claim.decided" => {
            let by = match text("decided_by") {
                "" => String::new(),
                person => format!(" by {person}"),
            };
            format!(
                "{}{by}: {} allowed, {} to pay, {} from the patient{because}",
                text("outcome"),
                cents("allowed_cents"),
                cents("paid_cents"),
                cents("patient_cents"),
            )
        }
        "claim.paid" => {
            format!(
                "{} paid for {}, trace {}",
                cents("paid_cents"),
                day("effective_on"),
                text("trace")
            )
        }
        "claim.reversed" => {
            format!("{} in trace {}{because}", cents("paid_cents"), text("trace"))
        }
        "claim.voided" => format!("counts no more{because}"),
        "remittance.posted" => format!(
            "{} posted, {} adjusted, {} from the patient, trace {}",
            cents("paid_cents"),
            cents("adjusted_cents"),
            cents("patient_cents"),
            text("trace"),
        ),
        "dispute.opened" => format!("disputed{because}"),
        "dispute.answered" => format!("dispute answered, decision {}{because}", text("outcome")),
        "dispute.closed" => format!("dispute closed{because}"),
        other => other.to_owned(),
    }
}
