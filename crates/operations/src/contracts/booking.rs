//! Settlements in this organization's books: advances, the answer, its true-up, each once.

use super::signing::person;
use super::stating::{PartnerSettlement, is_in_force, settlement_of};
use crate::error::OperationsError;
use crate::halves::Relation;
use counterfoil_base::{Cents, Date};
use counterfoil_settle::{Basis, Movement, Parties, SettlementAccount};
use counterfoil_store::{SettlementPosting, Transaction};
use counterfoil_twin::{Author, SettlementStanding, SettlementStatus, Sides, Stated, to_hex};

/// Characters of a relationship's identifier in the names of its settlements.
const SHORT: usize = 16;
/// The bases as postings name them.
const PROVISIONAL: &str = "provisional";
const FINAL: &str = "final";

/// How a settlement is booked.
#[derive(Clone, Copy, Debug)]
pub struct Booking<'a> {
    /// Day of the entries.
    pub on: Date,
    /// Who has this side's own statement booked although the two sides do not agree, and why.
    pub despite: Option<(&'a str, &'a str)>,
}

/// What was booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// False when it was booked before: nothing moved.
    pub is_new: bool,
    /// By how much what the payer owes has changed.
    pub owed_cents: Cents,
    /// What the payer pays now; negative when the provider does.
    pub paid_cents: Cents,
}

/// Books what both sides have stated, or what this side has when a named person says so. What was
/// booked before is trued up, so that the books always come to the last one.
///
/// # Errors
/// [`OperationsError::Refused`] when nothing is stated, the sides do not agree and nobody says
/// otherwise, or a total leaves 64-bit cents.
pub fn book_settlement(
    tx: &Transaction<'_>,
    relation: &Relation,
    (subject, booking): (&str, &Booking<'_>),
) -> Result<Booked, OperationsError> {
    let refused = |told: String| OperationsError::Refused(format!("{told}; nothing was booked"));
    let known = settlement_of(tx, relation, subject)?;
    let found = known.as_ref().and_then(|known| booked_sides(known).map(|found| (known, found)));
    let Some((known, (sides, ours))) = found else {
        return Err(refused(format!("this side has not stated {subject}")));
    };
    if booking.despite.is_none() && !is_in_force(tx, known, &ours.contract)? {
        return Err(refused(format!(
            "its contract is not in force in {} any more: settle anew, or a named person says so",
            known.period
        )));
    }
    let agreed = sides.standing() == SettlementStanding::Agreed;
    let (decided_by, reason) = match (agreed, booking.despite) {
        (true, _) => (String::new(), String::new()),
        (false, Some((name, reason))) => {
            let name = person(name).map_err(refused)?;
            let reason = person(reason).map_err(|_| refused("a reason is needed".to_owned()))?;
            (name.to_string(), reason.to_string())
        }
        (false, None) => {
            let partner = &relation.partner;
            return Err(refused(match sides.of(relation.author.other()) {
                None => format!("{partner} has not stated it"),
                Some(_) => format!("{partner} states something else"),
            }));
        }
    };
    let posting = SettlementPosting {
        basis: basis_of(ours).to_owned(),
        digest: to_hex(&ours.statement),
        amount_cents: ours.amount_cents,
        posted_on: booking.on.to_string(),
        decided_by,
        reason,
    };
    let mut account = SettlementAccount::new(parties(tx, relation)?, &name(relation, subject));
    for before in &known.postings {
        moved(&mut account, before, booking.on).map_err(refused)?;
    }
    let is_same = |last: &SettlementPosting| {
        (last.basis.as_str(), &last.digest) == (&posting.basis, &posting.digest)
    };
    if known.postings.last().is_some_and(is_same) {
        return Ok(Booked::default());
    }
    let (owed, paid) = (account.accrued_cents(), account.paid_cents());
    for Movement { payer, provider, .. } in
        moved(&mut account, &posting, booking.on).map_err(refused)?
    {
        tx.post(if relation.author == Author::Payer { &payer } else { &provider })?;
    }
    let ordinal = known.postings.len() as u64 + 1;
    tx.insert_settlement_posting(relation.id, (subject, ordinal), &posting)?;
    let change = |after: Cents, before| after.checked_sub(before).unwrap_or_default();
    Ok(Booked {
        is_new: true,
        owed_cents: change(account.accrued_cents(), owed),
        paid_cents: change(account.paid_cents(), paid),
    })
}

/// What is booked: the answers once this side has stated one, before that the advances.
fn booked_sides(known: &PartnerSettlement) -> Option<(&Sides, &Stated)> {
    let of = |basis| {
        let sides = known.sides(basis);
        sides.of(known.relation.author).map(|ours| (sides, ours))
    };
    of(Basis::Final).or_else(|| of(Basis::Provisional))
}

fn basis_of(stated: &Stated) -> &'static str {
    match stated.status {
        SettlementStatus::Provisional => PROVISIONAL,
        SettlementStatus::Final | SettlementStatus::Restated => FINAL,
    }
}

/// What a posting moves in an account that holds those before it.
fn moved(
    account: &mut SettlementAccount,
    posting: &SettlementPosting,
    on: Date,
) -> Result<Vec<Movement>, String> {
    let SettlementPosting { basis, digest, amount_cents, .. } = posting;
    let moved = match basis.as_str() {
        PROVISIONAL => account
            .advance(digest, *amount_cents, on)
            .map(|movement| movement.into_iter().collect()),
        _ => account.settle(digest, *amount_cents, on),
    };
    moved.map_err(|finding| finding.message.to_string())
}

/// The partner stands in the books under the identifier that claims give it.
fn parties(tx: &Transaction<'_>, relation: &Relation) -> Result<Parties, OperationsError> {
    let identifiers = tx.partner_identifiers(relation.id)?;
    let partner = identifiers.first().unwrap_or(&relation.partner).clone();
    Ok(match relation.author {
        Author::Payer => Parties { payer: relation.own_name.clone(), provider: partner },
        Author::Provider => Parties { payer: partner, provider: relation.own_name.clone() },
    })
}

/// A name that no other settlement of these books has, the same in those of the partner.
fn name(relation: &Relation, subject: &str) -> String {
    let relationship = to_hex(&relation.relationship.id);
    let short = relationship.get(..SHORT).unwrap_or(&relationship);
    let rest = subject.strip_prefix("settlement/").unwrap_or(subject);
    format!("settlement/{short}/{rest}")
}
