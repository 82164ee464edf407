//! What an inviting node keeps of its codes, and who keeps it.

use crate::invitation::Secret;
use crate::pairing::{Pairing, PairingRefusal};
use crate::party::{Introduction, OrganizationKey, Pin};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// After so many wrong proofs a code is spent.
pub const WRONG_PROOFS_MAX: u8 = 5;

/// An invitation as its node keeps it, until long after it was used or has expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInvitation {
    /// The name of the code at this node.
    pub number: u32,
    /// Seconds since 1970-01-01T00:00:00Z from which on it is refused.
    pub expires_at_seconds: u32,
    /// What both sides prove to know.
    pub secret: Secret,
    /// What this side says of itself in this relationship.
    pub ours: Introduction,
    /// Nonce of the relationship, drawn with the code so that a repeated exchange gets the same.
    pub nonce: [u8; 32],
    /// Wrong proofs so far.
    pub wrong_proofs: u8,
    /// The node that used it.
    pub used_by: Option<(Pin, OrganizationKey)>,
}

impl StoredInvitation {
    /// Whether a node that knows the secret may use the code, at a time in seconds since 1970.
    ///
    /// # Errors
    /// Why not.
    pub fn judge(
        &self,
        pin: Pin,
        organization_key: OrganizationKey,
        now_seconds: i64,
    ) -> Result<(), PairingRefusal> {
        if self.wrong_proofs >= WRONG_PROOFS_MAX {
            return Err(PairingRefusal::Spent);
        }
        if self.used_by.is_some_and(|used| used != (pin, organization_key)) {
            return Err(PairingRefusal::Used);
        }
        if now_seconds >= i64::from(self.expires_at_seconds) {
            return Err(PairingRefusal::Expired);
        }
        Ok(())
    }
}

/// The keeper could not do what it was asked; the text is for the operator of this node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invitations cannot be kept: {0}")]
pub struct KeeperError(pub String);

/// Keeps invitations durably. Each method is one transaction: when it returns `Ok`, the change
/// survives the death of the process. Methods may block; they are called outside async tasks.
pub trait InvitationKeeper: Send + Sync + 'static {
    /// Keeps a new invitation; `false` when the number is taken.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn keep(&self, invitation: &StoredInvitation) -> Result<bool, KeeperError>;

    /// The invitation of a number.
    ///
    /// # Errors
    /// When it cannot be read.
    fn find(&self, number: u32) -> Result<Option<StoredInvitation>, KeeperError>;

    /// Counts one wrong proof of an unused invitation.
    ///
    /// # Errors
    /// When it cannot be kept; the join is then refused without an answer to the proof.
    fn count_wrong_proof(&self, number: u32) -> Result<(), KeeperError>;

    /// Marks the invitation as used and keeps the pairing, both or neither. `false` when another
    /// node was faster; the same node again is `true` and changes nothing but what it says of
    /// itself.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn complete(&self, pairing: &Pairing) -> Result<bool, KeeperError>;
}

/// Keeps invitations in memory: for simulations, tests and examples. They end with the process.
#[derive(Debug, Default)]
pub struct InvitationsInMemory {
    kept: Mutex<BTreeMap<u32, StoredInvitation>>,
    pairings: Mutex<Vec<Pairing>>,
}

impl InvitationsInMemory {
    /// Pairings in the order in which they were completed.
    #[must_use]
    pub fn pairings(&self) -> Vec<Pairing> {
        self.pairings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl InvitationKeeper for InvitationsInMemory {
    fn keep(&self, invitation: &StoredInvitation) -> Result<bool, KeeperError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = !kept.contains_key(&invitation.number);
        if is_free {
            kept.insert(invitation.number, invitation.clone());
        }
        Ok(is_free)
    }

    fn find(&self, number: u32) -> Result<Option<StoredInvitation>, KeeperError> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned())
    }

    fn count_wrong_proof(&self, number: u32) -> Result<(), KeeperError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(invitation) = kept.get_mut(&number).filter(|i| i.used_by.is_none()) {
            invitation.wrong_proofs = invitation.wrong_proofs.saturating_add(1);
        }
        Ok(())
    }

    fn complete(&self, pairing: &Pairing) -> Result<bool, KeeperError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(invitation) = kept.get_mut(&pairing.number) else { return Ok(false) };
        let user = (pairing.peer_pin, pairing.peer.organization_key);
        if invitation.used_by.is_some_and(|used| used != user) {
            return Ok(false);
        }
        invitation.used_by = Some(user);
        let mut pairings = self.pairings.lock().unwrap_or_else(PoisonError::into_inner);
        pairings.retain(|kept| kept.number != pairing.number);
        pairings.push(pairing.clone());
        Ok(true)
    }
}
