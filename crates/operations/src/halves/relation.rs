//! Relationships: whose they are, how a claim finds its own, and how one is begun.

use super::due::Dues;
use crate::error::OperationsError;
use counterfoil_store::{RelationshipRow, Transaction};
use counterfoil_twin::{Author, Chain, KeyBytes, Relationship, opening};

/// What two organizations agree on when they pair.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What this organization is.
    pub role: Author,
    /// The name by which the partner is called here.
    pub partner: String,
    /// This organization's own name.
    pub own_name: String,
    /// The payer's public key.
    pub payer_key: KeyBytes,
    /// The provider's public key.
    pub provider_key: KeyBytes,
    /// 32 random bytes that both know.
    pub nonce: [u8; 32],
    /// By what claims find the relationship: for a payer the provider's NPIs or tax numbers, for
    /// a provider the identifiers by which claims name the payer (NM109 of loop 2010BB).
    pub identifiers: Vec<String>,
}

/// A relationship as work in it needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Number in this database.
    pub id: i64,
    /// Whose half is written here.
    pub author: Author,
    /// Identifier and first keys.
    pub relationship: Relationship,
    /// The name by which the partner is called here.
    pub partner: String,
    /// This organization's own name.
    pub own_name: String,
}

impl Relation {
    fn of(row: RelationshipRow) -> Result<Relation, OperationsError> {
        let author =
            Author::from_sign(row.author).ok_or(OperationsError::Unreadable("a relationship"))?;
        let relationship = Relationship {
            id: row.relationship,
            payer_key: row.payer_key,
            provider_key: row.provider_key,
        };
        let RelationshipRow { id, partner, own_name, .. } = row;
        Ok(Relation { id, author, relationship, partner, own_name })
    }

    /// Where a half stands.
    pub fn chain(&self, tx: &Transaction<'_>, author: Author) -> Result<Chain, OperationsError> {
        let Some(half) = tx.half(self.id, author.sign())? else {
            return Ok(Chain::new(self.relationship, author));
        };
        Chain::resume(self.relationship, author, &half.chain)
            .filter(|chain| chain.size() == half.size)
            .ok_or(OperationsError::Unreadable("where a half stands"))
    }
}

/// Records a relationship; its opening is the first that has to be said in it.
///
/// # Errors
/// The partner's name or one of the identifiers belongs to a relationship already.
pub fn open_relationship(tx: &Transaction<'_>, terms: &Terms) -> Result<Relation, OperationsError> {
    let relationship = Relationship::new(terms.payer_key, terms.provider_key, &terms.nonce);
    let known = relations(tx)?;
    let refused = |message: String| Err(OperationsError::Refused(message));
    if known.iter().any(|one| one.partner == terms.partner || one.relationship == relationship) {
        let partner = &terms.partner;
        return refused(format!("there is a relationship with {partner}; nothing was changed"));
    }
    for identifier in &terms.identifiers {
        if tx.relationship_of(identifier)?.is_some() {
            let told = format!("identifier {identifier} belongs to another partner already");
            return refused(format!("{told}; nothing was changed"));
        }
    }
    let row = RelationshipRow {
        id: 0,
        relationship: relationship.id,
        partner: terms.partner.clone(),
        own_name: terms.own_name.clone(),
        author: terms.role.sign(),
        payer_key: terms.payer_key,
        provider_key: terms.provider_key,
        nonce: terms.nonce,
    };
    let id = tx.insert_relationship(&row, &terms.identifiers)?;
    let names = match terms.role {
        Author::Payer => [terms.own_name.as_str(), terms.partner.as_str()],
        Author::Provider => [terms.partner.as_str(), terms.own_name.as_str()],
    };
    let mut dues = Dues::default();
    dues.say(id, opening(&relationship, &terms.nonce, names))?;
    dues.record(tx, &format!("opened/{id}"))?;
    Relation::of(RelationshipRow { id, ..row })
}

/// Every relationship, in the order in which they were opened.
pub fn relations(tx: &Transaction<'_>) -> Result<Vec<Relation>, OperationsError> {
    tx.relationships()?.into_iter().map(Relation::of).collect()
}

/// The relationship with a partner, by the name that it has here.
///
/// # Errors
/// [`OperationsError::Refused`] names the partners that there are.
pub fn relation_with(tx: &Transaction<'_>, partner: &str) -> Result<Relation, OperationsError> {
    let known = relations(tx)?;
    if let Some(found) = known.iter().find(|one| one.partner == partner) {
        return Ok(found.clone());
    }
    let names: Vec<&str> = known.iter().map(|one| one.partner.as_str()).collect();
    let there = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    Err(OperationsError::Refused(format!(
        "there is no relationship with {partner}; there is one with: {there}"
    )))
}
