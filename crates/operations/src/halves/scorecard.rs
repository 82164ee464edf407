//! Kept promises, from the shared record alone: the same on both sides, byte for byte.

use super::fold::{events_about, state};
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::{Transaction, TwinClaimRow};
use counterfoil_twin::{ClaimFact, Turn, to_hex};

/// How long something took, over all claims for which it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// Claims.
    pub claims: u64,
    /// Half of them took no longer, in milliseconds.
    pub median_ms: i64,
    /// 95 of 100 took no longer, in milliseconds (nearest rank).
    pub p95_ms: i64,
}

impl Promise {
    fn of(mut durations: Vec<i64>) -> Promise {
        durations.sort_unstable();
        let rank = |percent: usize| {
            let at = (durations.len() * percent).div_ceil(100).saturating_sub(1);
            durations.get(at).copied().unwrap_or_default()
        };
        Promise { claims: durations.len() as u64, median_ms: rank(50), p95_ms: rank(95) }
    }
}

/// What is promised, from one party's event to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromiseKind {
    /// From submission to receipt.
    Acknowledge,
    /// From receipt to decision.
    Decide,
    /// From decision to payment.
    Pay,
    /// From payment to posting.
    Post,
}

impl PromiseKind {
    /// All, in the order of a claim's life.
    pub const ALL: [PromiseKind; 4] =
        [PromiseKind::Acknowledge, PromiseKind::Decide, PromiseKind::Pay, PromiseKind::Post];

    /// One word: `decide`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            PromiseKind::Acknowledge => "acknowledge",
            PromiseKind::Decide => "decide",
            PromiseKind::Pay => "pay",
            PromiseKind::Post => "post",
        }
    }

    /// From what to what: `receipt to decision`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            PromiseKind::Acknowledge => "submission to receipt",
            PromiseKind::Decide => "receipt to decision",
            PromiseKind::Pay => "decision to payment",
            PromiseKind::Post => "payment to posting",
        }
    }

    /// How long it took for a claim, in milliseconds; nothing when it has not happened.
    #[must_use]
    pub fn span_ms(self, claim: &TwinClaimRow) -> Option<i64> {
        let (from, to) = match self {
            PromiseKind::Acknowledge => (claim.submitted_at, claim.received_at),
            PromiseKind::Decide => (claim.received_at, claim.decided_at),
            PromiseKind::Pay => (claim.decided_at, claim.paid_at),
            PromiseKind::Post => (claim.paid_at, claim.posted_at),
        };
        // Clocks of two parties: what seems to have come before its cause took no time.
        (from != 0 && to != 0).then(|| to.saturating_sub(from).max(0))
    }
}

/// How promises were kept in a relationship.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scorecard {
    /// Identifier of the relationship, hex.
    pub relationship: String,
    /// Claims submitted.
    pub submitted: u64,
    /// From submission to receipt.
    pub acknowledged: Promise,
    /// From receipt to decision.
    pub decided: Promise,
    /// From decision to payment.
    pub paid: Promise,
    /// From payment to posting.
    pub posted: Promise,
    /// Claims that the front door returned.
    pub rejected: u64,
    /// Claims of which the payer has answered a dispute.
    pub disputes_answered: u64,
    /// Claims of which a decision was overturned.
    pub overturned: u64,
    /// Claims of which something was said out of turn.
    pub out_of_turn: u64,
}

impl Scorecard {
    /// How one promise was kept.
    #[must_use]
    pub fn promise(&self, kind: PromiseKind) -> Promise {
        match kind {
            PromiseKind::Acknowledge => self.acknowledged,
            PromiseKind::Decide => self.decided,
            PromiseKind::Pay => self.paid,
            PromiseKind::Post => self.posted,
        }
    }
}

/// A scorecard with the claims from which it was computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// The scorecard.
    pub card: Scorecard,
    /// Every claim of the relationship, by subject.
    pub claims: Vec<TwinClaimRow>,
    /// Subjects of the claims of which a decision was overturned.
    pub overturned: Vec<String>,
}

/// Computes the scorecard from both halves as they are held here.
pub fn scorecard(tx: &Transaction<'_>, relation: &Relation) -> Result<Scorecard, OperationsError> {
    Ok(scored(tx, relation)?.card)
}

/// The same with the claims from which each number comes.
pub fn scored(tx: &Transaction<'_>, relation: &Relation) -> Result<Scored, OperationsError> {
    let claims = tx.twin_claims(relation.id)?;
    let promise = |kind: PromiseKind| {
        Promise::of(claims.iter().filter_map(|one| kind.span_ms(one)).collect())
    };
    let count = |is: fn(&TwinClaimRow) -> bool| claims.iter().filter(|one| is(one)).count() as u64;
    let mut card = Scorecard {
        relationship: to_hex(&relation.relationship.id),
        submitted: count(|one| one.submitted_at != 0),
        acknowledged: promise(PromiseKind::Acknowledge),
        decided: promise(PromiseKind::Decide),
        paid: promise(PromiseKind::Pay),
        posted: promise(PromiseKind::Post),
        rejected: count(|one| one.standing == "rejected"),
        out_of_turn: count(|one| one.out_of_turn > 0),
        ..Scorecard::default()
    };
    let mut overturned = Vec::new();
    for subject in tx.twin_dispute_answers(relation.id)? {
        let events = events_about(tx, relation, &subject)?;
        let Some((_, moments)) = state(&events) else { continue };
        let answers = moments.iter().filter(|one| one.turn == Turn::Applied).filter_map(|one| {
            if let ClaimFact::DisputeAnswered { is_upheld } = one.fact {
                Some(is_upheld)
            } else {
                None
            }
        });
        let answers: Vec<bool> = answers.collect();
        card.disputes_answered += u64::from(!answers.is_empty());
        if answers.contains(&false) {
            card.overturned += 1;
            overturned.push(subject);
        }
    }
    Ok(Scored { card, claims, overturned })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest_ranks() {
        let of = |durations: &[i64]| {
            let promise = Promise::of(durations.to_vec());
            (promise.claims, promise.median_ms, promise.p95_ms)
        };
        assert_eq!(of(&[]), (0, 0, 0));
        assert_eq!(of(&[7]), (1, 7, 7));
        assert_eq!(of(&[4, 1, 3, 2]), (4, 2, 4));
        let hundred: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), (100, 50, 95));
    }
}
