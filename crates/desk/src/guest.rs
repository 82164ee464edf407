//! Guests: people of a partner, who see the claims, payments and files that both organizations
//! share, and nothing else.

use crate::claims::OwnClaim;
use crate::files::OwnFile;
use crate::office::{OfficeDesk, trouble};
use crate::payments::Payment;
use counterfoil_store::Transaction;
use counterfoil_web::view::{FoundItem, Target};
use counterfoil_web::{Answer, Employer, LiveEvent, Viewer};

/// The relationship of whose partner the viewer is a guest; nothing for the organization's own
/// people. A guest whose relationship cannot be told is one of a relationship that is none.
pub(crate) fn guest_of(viewer: &Viewer) -> Option<i64> {
    match &viewer.account.employer {
        Employer::Own => None,
        Employer::Partner(number) => Some(number.parse().unwrap_or(-1)),
    }
}

impl OfficeDesk {
    /// The claim with an id, when the viewer may see it.
    pub(crate) fn seen_claim(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        id: &str,
    ) -> Answer<Option<OwnClaim>> {
        let Some(claim) = self.own_claim(tx, id)? else { return Ok(None) };
        let Some(guest) = guest_of(viewer) else { return Ok(Some(claim)) };
        let is_shared = match &claim {
            OwnClaim::Payer(row, _) => row.relationship_id == guest,
            OwnClaim::Provider(row, _) => {
                let told = tx.twin_claim(guest, &row.twin_subject);
                !row.twin_subject.is_empty() && told.map_err(|error| trouble(&error))?.is_some()
            }
        };
        Ok(is_shared.then_some(claim))
    }

    /// The payment with these keys, when the viewer may see it. What the bank alone says is no
    /// guest's matter.
    pub(crate) fn seen_payment(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        keys: &[String],
    ) -> Answer<Option<Payment>> {
        let Some(payment) = self.payment(tx, keys)? else { return Ok(None) };
        let Some(guest) = guest_of(viewer) else { return Ok(Some(payment)) };
        let is_shared = match &payment {
            Payment::Bank(_) => false,
            Payment::Advice(advice) => {
                let known = tx.partner_identifiers(guest).map_err(|error| trouble(&error))?;
                known.iter().any(|one| [&advice.payee_key, &advice.payer_id].contains(&one))
            }
        };
        Ok(is_shared.then_some(payment))
    }

    /// The file with these keys, when the viewer may see it: one that went from one party of the
    /// relationship to the other.
    pub(crate) fn seen_file(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        keys: &[String],
    ) -> Answer<Option<OwnFile>> {
        let Some(file) = self.own_file(tx, keys)? else { return Ok(None) };
        let Some(guest) = guest_of(viewer) else { return Ok(Some(file)) };
        let is_shared = tx.is_shared_file(guest, file.digest()).map_err(|error| trouble(&error))?;
        Ok(is_shared.then_some(file))
    }

    /// What was found, without what the viewer may not see.
    pub(crate) fn seen_items(
        &self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        found: Vec<FoundItem>,
    ) -> Answer<Vec<FoundItem>> {
        if guest_of(viewer).is_none() {
            return Ok(found);
        }
        let mut seen = Vec::new();
        for item in found {
            let keys = |kind, id: &str| self.opened(kind, id).unwrap_or_default();
            let is_seen = match &item.target {
                Target::Claim(id) => self.seen_claim(tx, viewer, id)?.is_some(),
                Target::Remittance(id) => {
                    self.seen_payment(tx, viewer, &keys("payment", id))?.is_some()
                }
                Target::File(id) => self.seen_file(tx, viewer, &keys("file", id))?.is_some(),
                _ => false,
            };
            if is_seen {
                seen.push(item);
            }
        }
        Ok(seen)
    }

    /// Live events without those about what the viewer may not see.
    pub(crate) fn seen_events(
        &self,
        viewer: &Viewer,
        (after, limit): (u64, u32),
    ) -> Answer<Vec<LiveEvent>> {
        let events = self.live_events(after, limit);
        if guest_of(viewer).is_none() || events.is_empty() {
            return Ok(events);
        }
        self.read("what a guest may follow", |tx| {
            let mut seen = Vec::new();
            for event in events {
                let claim = event.subject.strip_prefix("claim/");
                let Some(id) = claim else { continue };
                if self.seen_claim(tx, viewer, id)?.is_some() {
                    seen.push(event);
                }
            }
            Ok(seen)
        })
    }
}
