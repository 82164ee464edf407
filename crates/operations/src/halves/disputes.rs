//! Disputes: opened and closed by the provider, answered by the payer, each by a named person.

use super::due::Dues;
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_base::Text;
use counterfoil_store::Transaction;
use counterfoil_twin::{Author, Field, Statement};

/// A step of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStep {
    /// The provider disputes where the claim stands.
    Open,
    /// The payer answers that its decision stands.
    Uphold,
    /// The payer answers that its decision falls; the new decision follows by itself.
    Overturn,
    /// The provider is done with it.
    Close,
}

impl DisputeStep {
    fn author(self) -> Author {
        match self {
            DisputeStep::Open | DisputeStep::Close => Author::Provider,
            DisputeStep::Uphold | DisputeStep::Overturn => Author::Payer,
        }
    }

    /// Where the dispute must stand, by its word in the claim's state.
    fn follows(self, dispute: &str) -> bool {
        match self {
            DisputeStep::Open => matches!(dispute, "" | "closed"),
            DisputeStep::Uphold | DisputeStep::Overturn => dispute == "open",
            DisputeStep::Close => matches!(dispute, "open" | "upheld" | "overturned"),
        }
    }
}

/// Records that a step of a dispute about a claim has to be said.
///
/// # Errors
/// [`OperationsError::Refused`] when it is the partner's step, the claim or its dispute does not
/// stand where it must, the reason is empty, or the step waits to be said already.
pub fn dispute(
    tx: &Transaction<'_>,
    relation: &Relation,
    subject: &str,
    (step, reason): (DisputeStep, &str),
) -> Result<(), OperationsError> {
    let refused = |why: &str| Err(OperationsError::Refused(format!("{why}; nothing was said")));
    if step.author() != relation.author {
        return refused("this step of a dispute is the partner's");
    }
    if reason.trim().is_empty() {
        return refused("a dispute needs a reason");
    }
    let Some(claim) = tx.twin_claim(relation.id, subject)? else {
        return refused("the record does not know the claim");
    };
    let disputable = ["rejected", "denied", "paid", "reversed"];
    let is_disputable = step != DisputeStep::Open || disputable.contains(&claim.standing.as_str());
    if !is_disputable || !step.follows(&claim.dispute) {
        return refused("the claim or its dispute does not stand where this step may be said");
    }
    // Until it is said the state does not show it; then the number of events about the claim has
    // grown and a later dispute has another key.
    let events = tx.twin_events_about(relation.id, subject)?.len();
    let key = format!("dispute/{subject}/{events}");
    if tx.is_due_or_said(&format!("{}/{key}", relation.id))? {
        return refused("a step of this dispute waits to be said");
    }
    let (kind, outcome) = match step {
        DisputeStep::Open => ("dispute.opened", None),
        DisputeStep::Uphold => ("dispute.answered", Some("upheld")),
        DisputeStep::Overturn => ("dispute.answered", Some("overturned")),
        DisputeStep::Close => ("dispute.closed", None),
    };
    let mut fields = vec![Field::text("reason", reason.trim())];
    fields.extend(outcome.map(|word| Field::text("outcome", word)));
    let said = Statement { kind: Text::const_new(kind), subject: Text::from(subject), fields };
    let mut dues = Dues::default();
    dues.say(relation.id, said)?;
    dues.record(tx, &key)
}
