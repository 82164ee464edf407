//! Settlements in the record: what each side has stated, whether it is the same, and the
//! statement of this side.

use super::signing::{contract_of, person, versions_in_year};
use super::texts::{SETTLEMENT, send_text, settlement_document};
use crate::error::OperationsError;
use crate::halves::{Dues, Relation, Said, digest_of_hex, relations, statements_of};
use counterfoil_base::{Cents, Text};
use counterfoil_settle::{Basis, SettlementParting, part};
use counterfoil_store::{SettlementPosting, Transaction};
use counterfoil_twin::{
    Body, Field, Hash, SettlementState, SettlementStatus, Sides, Stated, Statement, to_hex,
};
use std::collections::BTreeMap;

/// Kind of the event that states.
const STATED: &str = "settlement.stated";

/// A settlement that was computed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// SHA-256 of the settlement, hexadecimal.
    pub digest: String,
    /// Answer or advance.
    pub basis: Basis,
    /// Its amount.
    pub amount_cents: Cents,
}

/// A settlement with a partner.
#[derive(Clone, Debug)]
pub struct PartnerSettlement {
    /// With whom.
    pub relation: Relation,
    /// `settlement/ID/PERIOD`, its name in the record.
    pub subject: String,
    /// The contract's id.
    pub contract_id: String,
    /// The period: a year.
    pub period: String,
    /// What both have stated.
    pub state: SettlementState,
    /// What was computed here last, stated or not.
    pub prepared: Option<Prepared>,
    /// What was booked, in its order.
    pub postings: Vec<SettlementPosting>,
    /// How many statements of both sides there are, said or waiting to be said.
    pub statements: usize,
}

impl PartnerSettlement {
    /// The statement of this side that stands.
    #[must_use]
    pub fn ours(&self) -> Option<&Stated> {
        self.state.current().of(self.relation.author)
    }

    /// The statement of the partner that stands.
    #[must_use]
    pub fn theirs(&self) -> Option<&Stated> {
        self.state.current().of(self.relation.author.other())
    }

    /// Whether what was computed here last waits for somebody to state it.
    #[must_use]
    pub fn waits_to_be_stated(&self) -> bool {
        let Some(prepared) = &self.prepared else { return false };
        let own = self.sides(prepared.basis).of(self.relation.author);
        own.is_none_or(|own| to_hex(&own.statement) != prepared.digest)
    }

    /// What both state on a basis.
    #[must_use]
    pub fn sides(&self, basis: Basis) -> &Sides {
        match basis {
            Basis::Final => &self.state.answer,
            Basis::Provisional => &self.state.provisional,
        }
    }
}

/// How the settlement of this side stands to that of the partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Byte for byte the same.
    Same,
    /// The first fact or clause where they part: ours, then theirs.
    Parts(Box<SettlementParting>),
    /// They cannot be laid side by side; why.
    Unknown(String),
}

/// Every settlement with every partner, by partner in the order of the relationships and by
/// subject. What this side has yet to sign by its key counts.
pub fn settlements(tx: &Transaction<'_>) -> Result<Vec<PartnerSettlement>, OperationsError> {
    let mut all = Vec::new();
    for relation in relations(tx)? {
        all.extend(settlements_with(tx, &relation)?);
    }
    Ok(all)
}

/// A settlement with a partner by its subject; nothing when none was computed or stated.
pub fn settlement_of(
    tx: &Transaction<'_>,
    relation: &Relation,
    subject: &str,
) -> Result<Option<PartnerSettlement>, OperationsError> {
    Ok(settlements_with(tx, relation)?.into_iter().find(|one| one.subject == subject))
}

fn settlements_with(
    tx: &Transaction<'_>,
    relation: &Relation,
) -> Result<Vec<PartnerSettlement>, OperationsError> {
    let mut said: BTreeMap<String, Vec<Stated>> = BTreeMap::new();
    for row in tx.twin_settlement_events(relation.id)? {
        let Said { event, body } = Said::of(&row)?;
        let at = (event.time_ms, Some(event.sequence));
        let one = body.and_then(|body| Stated::of(event.author, &body, at));
        said.entry(event.subject.to_string()).or_default().extend(one);
    }
    for due in tx.dues_keyed(relation.id, SETTLEMENT)? {
        let unreadable = OperationsError::Unreadable("what has to be said");
        for statement in statements_of(&due.statements).ok_or(unreadable)? {
            let body = Body::new([0; 32], statement.fields).ok();
            let one = body.and_then(|body| Stated::of(relation.author, &body, (0, None)));
            let one = one.filter(|_| statement.kind == STATED);
            said.entry(statement.subject.to_string()).or_default().extend(one);
        }
    }
    let prepared: BTreeMap<String, String> =
        tx.settlements_prepared(relation.id)?.into_iter().collect();
    for subject in prepared.keys() {
        said.entry(subject.clone()).or_default();
    }
    let mut all = Vec::new();
    for (subject, said) in said {
        let Some((contract_id, period)) =
            subject.strip_prefix("settlement/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let prepared = match prepared.get(&subject) {
            Some(digest) => prepared_as(tx, digest)?,
            None => None,
        };
        all.push(PartnerSettlement {
            relation: relation.clone(),
            contract_id: contract_id.to_owned(),
            period: period.to_owned(),
            state: SettlementState::fold(&said),
            statements: said.len(),
            prepared,
            postings: tx.settlement_postings(relation.id, &subject)?,
            subject,
        });
    }
    Ok(all)
}

fn prepared_as(tx: &Transaction<'_>, digest: &str) -> Result<Option<Prepared>, OperationsError> {
    let document = settlement_document(tx, digest)?;
    Ok(document.map(|one| Prepared {
        digest: digest.to_owned(),
        basis: one.basis,
        amount_cents: Cents(one.amount_cents),
    }))
}

/// States what was computed here last: as provisional, as the answer, or as another answer in the
/// place of the one before. Where the partner has stated the same, this is the countersignature.
///
/// # Errors
/// [`OperationsError::Refused`] when nothing was computed, it is stated already, an answer stands
/// where an advance is to be stated, or its contract is not in force any more.
pub fn state_settlement(
    tx: &Transaction<'_>,
    relation: &Relation,
    (subject, stated_by): (&str, &str),
) -> Result<SettlementStatus, OperationsError> {
    let refused = |told: String| OperationsError::Refused(format!("{told}; nothing was stated"));
    let stated_by = person(stated_by).map_err(refused)?;
    let known = settlement_of(tx, relation, subject)?;
    let found = known.as_ref().and_then(|known| Some((known, known.prepared.as_ref()?)));
    let Some((known, prepared)) = found else {
        return Err(refused(format!("no settlement of {subject} was computed here")));
    };
    let Some(settlement) = settlement_document(tx, &prepared.digest)? else {
        return Err(OperationsError::Unreadable("a settlement"));
    };
    if !known.waits_to_be_stated() {
        return Err(refused(format!("{} is stated already", prepared.digest)));
    }
    if !is_in_force(tx, known, &digest_of(&settlement.contract.sha256)?)? {
        return Err(refused(format!(
            "its contract is not in force in {} any more: settle anew",
            known.period
        )));
    }
    let answered = known.state.answer.of(relation.author);
    let before = known.sides(prepared.basis).of(relation.author).map(|own| own.statement);
    let status = match (prepared.basis, answered) {
        (Basis::Provisional, None) => SettlementStatus::Provisional,
        (Basis::Provisional, Some(_)) => {
            return Err(refused("the answer stands: an advance comes before it".to_owned()));
        }
        (Basis::Final, None) => SettlementStatus::Final,
        (Basis::Final, Some(_)) => SettlementStatus::Restated,
    };
    let mut fields = vec![
        Field::digest("contract", digest_of(&settlement.contract.sha256)?),
        Field::digest("facts", digest_of(&settlement.facts_sha256)?),
        Field::digest("statement", digest_of(&prepared.digest)?),
        Field::integer("amount_cents", settlement.amount_cents),
        Field::integer("rows", i64::try_from(settlement.statements.len()).unwrap_or(i64::MAX)),
        Field::text("status", status.word()),
        Field::text("stated_by", stated_by),
    ];
    fields.extend(before.map(|before| Field::digest("replaces", before)));
    let text = (SETTLEMENT, prepared.digest.as_str());
    send_text(tx, relation, text, settlement.to_json().as_bytes())?;
    let said = Statement { kind: Text::const_new(STATED), subject: Text::from(subject), fields };
    let mut dues = Dues::default();
    dues.say(relation.id, said)?;
    // The same statement can follow another one: how many went before tells them apart.
    let before = known.statements;
    dues.record(tx, &format!("{subject}/{}/{before}/{}", status.word(), prepared.digest))?;
    Ok(status)
}

fn digest_of(hex: &str) -> Result<Hash, OperationsError> {
    digest_of_hex(hex).ok_or(OperationsError::Unreadable("a digest of a settlement"))
}

/// Whether a contract by its digest is in force on some day of the settlement's year.
pub(super) fn is_in_force(
    tx: &Transaction<'_>,
    known: &PartnerSettlement,
    contract: &Hash,
) -> Result<bool, OperationsError> {
    let Some(found) = contract_of(tx, &known.relation, &known.contract_id)? else {
        return Ok(false);
    };
    let Ok(year) = known.period.parse() else { return Ok(false) };
    let versions = versions_in_year(&found.state, year).unwrap_or_default();
    Ok(versions.iter().any(|one| one.digest == *contract))
}

/// Lays what was computed here last beside what the partner states on the same basis.
pub fn compare_settlement(
    tx: &Transaction<'_>,
    known: &PartnerSettlement,
) -> Result<Comparison, OperationsError> {
    let unknown = |told: String| Ok(Comparison::Unknown(told));
    let partner = &known.relation.partner;
    let Some(prepared) = &known.prepared else {
        return unknown("it was not computed here".to_owned());
    };
    let sides = known.sides(prepared.basis);
    let Some(theirs) = sides.of(known.relation.author.other()) else {
        return unknown(format!("{partner} has not stated it"));
    };
    let digest = to_hex(&theirs.statement);
    if digest == prepared.digest {
        let own = settlement_document(tx, &digest)?;
        let is_honest = own.is_some_and(|own| {
            own.amount_cents == theirs.amount_cents.0
                && own.contract.sha256 == to_hex(&theirs.contract)
                && own.facts_sha256 == to_hex(&theirs.facts)
                && i64::try_from(own.statements.len()) == Ok(theirs.rows)
        });
        return match is_honest {
            true => Ok(Comparison::Same),
            false => unknown(format!("what {partner} has signed of it is not what it says")),
        };
    }
    let both = settlement_document(tx, &prepared.digest)?.zip(settlement_document(tx, &digest)?);
    let Some((ours, theirs)) = both else {
        return unknown(format!("the statement of {partner} has not come yet"));
    };
    match part(&ours, &theirs) {
        Some(parting) => Ok(Comparison::Parts(Box::new(parting))),
        None => unknown("they differ in their form alone".to_owned()),
    }
}
