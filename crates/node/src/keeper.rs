//! Invitations and pairings, kept in the database: each change is one transaction.

use crate::outside::now_ms;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, Terms, open_relationship, relations};
use counterfoil_store::{InvitationRow, PeerRow, Store, Transaction};
use counterfoil_twin::{Author, Relationship};
use counterfoil_wire::{
    Address, Introduction, InvitationKeeper, KeeperError, OrganizationKey, Pairing, PartyName,
    PeerRecord, Pin, RelationshipId, Role, Secret, StoredInvitation,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The one connection of the serving process to its database.
pub type SharedStore = Arc<Mutex<Store>>;

/// Locks; a transaction that panicked was rolled back and left the store as it was.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What this node says of itself, and what the partner will be called here.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What the organization is.
    pub role: Role,
    /// Its signing key.
    pub organization_key: [u8; 32],
    /// Its name.
    pub name: PartyName,
}

/// The partner as it is called here, for the invitation that is being made.
#[derive(Clone, Debug, Default)]
pub struct Partner {
    /// The name.
    pub name: String,
    /// By which claims find it.
    pub identifiers: Vec<String>,
}

/// Keeps invitations in the database.
pub struct StoreKeeper {
    store: SharedStore,
    standing: Standing,
    partner: Partner,
}

impl StoreKeeper {
    /// The partner is that of an invitation that is made through this keeper; a serving node
    /// makes none.
    pub fn new(store: SharedStore, standing: Standing, partner: Partner) -> StoreKeeper {
        StoreKeeper { store, standing, partner }
    }

    fn work<T>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, OperationsError>,
    ) -> Result<T, KeeperError> {
        let done = lock(&self.store).transaction(name, work);
        done.map_err(|error| {
            tracing::error!(during = name, cause = %error, "pairing is not kept");
            KeeperError(error.to_string())
        })
    }

    fn stored(&self, row: InvitationRow) -> Result<StoredInvitation, OperationsError> {
        let addresses: Result<Vec<Address>, _> =
            row.addresses.iter().map(|one| Address::parse(one)).collect();
        let addresses = addresses.map_err(|_| OperationsError::Unreadable("an invitation"))?;
        Ok(StoredInvitation {
            number: row.number,
            expires_at_seconds: row.expires_at,
            secret: Secret::new(row.secret),
            ours: Introduction {
                role: self.standing.role,
                organization_key: OrganizationKey(self.standing.organization_key),
                name: self.standing.name.clone(),
                addresses,
            },
            nonce: row.nonce,
            wrong_proofs: row.wrong_proofs,
            used_by: row.used_by.map(|(pin, key)| (Pin(pin), OrganizationKey(key))),
        })
    }
}

impl InvitationKeeper for StoreKeeper {
    fn keep(&self, invitation: &StoredInvitation) -> Result<bool, KeeperError> {
        let row = InvitationRow {
            number: invitation.number,
            partner: self.partner.name.clone(),
            identifiers: self.partner.identifiers.clone(),
            expires_at: invitation.expires_at_seconds,
            secret: *invitation.secret.expose(),
            nonce: invitation.nonce,
            addresses: texts(&invitation.ours.addresses),
            wrong_proofs: 0,
            used_by: None,
        };
        self.work("keep an invitation", |tx| Ok(tx.insert_invitation(&row)?))
    }

    fn find(&self, number: u32) -> Result<Option<StoredInvitation>, KeeperError> {
        self.work("find an invitation", |tx| {
            tx.invitation(number)?.map(|row| self.stored(row)).transpose()
        })
    }

    fn count_wrong_proof(&self, number: u32) -> Result<(), KeeperError> {
        self.work("count a wrong proof", |tx| Ok(tx.count_wrong_proof(number)?))
    }

    fn complete(&self, pairing: &Pairing) -> Result<bool, KeeperError> {
        self.work("keep a pairing", |tx| {
            let Some(row) = tx.invitation(pairing.number)? else { return Ok(false) };
            let user = (&pairing.peer_pin.0, &pairing.peer.organization_key.0);
            if !tx.use_invitation(pairing.number, user)? {
                return Ok(false);
            }
            let Partner { name, identifiers } =
                Partner { name: row.partner, identifiers: row.identifiers };
            keep_pairing(tx, pairing, Partner { name, identifiers })?;
            Ok(true)
        })
    }
}

/// Keeps a pairing: the relationship, unless it is there, and how the partner's node is known.
pub fn keep_pairing(
    tx: &Transaction<'_>,
    pairing: &Pairing,
    partner: Partner,
) -> Result<Relation, OperationsError> {
    let keys = [pairing.ours.organization_key.0, pairing.peer.organization_key.0];
    let (role, [payer_key, provider_key]) = match pairing.ours.role {
        Role::Payer => (Author::Payer, keys),
        Role::Provider => (Author::Provider, [keys[1], keys[0]]),
    };
    let relationship = Relationship::new(payer_key, provider_key, &pairing.nonce);
    let known = relations(tx)?.into_iter().find(|one| one.relationship == relationship);
    let relation = match known {
        Some(relation) => relation,
        None => {
            let terms = Terms {
                role,
                partner: partner.name,
                own_name: pairing.ours.name.as_str().to_owned(),
                payer_key,
                provider_key,
                nonce: pairing.nonce,
                identifiers: partner.identifiers,
            };
            open_relationship(tx, &terms)?
        }
    };
    tx.set_peer(&PeerRow {
        relationship_id: relation.id,
        pin: pairing.peer_pin.0,
        addresses: texts(&pairing.peer.addresses),
        fingerprint: pairing.fingerprint().to_string(),
    })?;
    tracing::info!(
        relationship = RelationshipId(relation.relationship.id).short(),
        at_ms = now_ms(),
        "paired"
    );
    Ok(relation)
}

/// The record by which the wire knows a paired node.
pub fn peer_record(relation: &Relation, peer: &PeerRow, dials: bool) -> PeerRecord {
    let addresses = peer.addresses.iter().filter(|_| dials);
    PeerRecord {
        relationship: RelationshipId(relation.relationship.id),
        our_role: match relation.author {
            Author::Payer => Role::Payer,
            Author::Provider => Role::Provider,
        },
        pin: Pin(peer.pin),
        next_pin: None,
        addresses: addresses.filter_map(|one| Address::parse(one).ok()).collect(),
    }
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}
