//! What a run over a claim file says in the records of the partners whose claims it holds.

use super::super::telling;
use super::Run;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner};
use counterfoil_claim::Claim;
use counterfoil_store::{DocumentState, Transaction};

impl Run<'_> {
    /// Claims of a transaction set that was rejected whole and whose sender is known.
    pub(super) fn refuse_set(&mut self, claims: u64) -> Result<(), OperationsError> {
        let Some(sender) = self.sender else { return Ok(()) };
        let set = self.position.saturating_add(1)..=self.position.saturating_add(claims);
        for ordinal in set.filter(|ordinal| *ordinal > self.done_before) {
            if let Some(subject) = sender.claim(self.digest, ordinal) {
                telling::refused_whole(&mut self.refused, sender, &subject)?;
                self.first_refused.get_or_insert(ordinal);
            }
        }
        Ok(())
    }

    /// Notes whose claim it is; the first of a partner says that the file is here.
    pub(super) fn involve(
        &mut self,
        tx: &Transaction<'_>,
        claim: &Claim,
    ) -> Result<Option<Partner>, OperationsError> {
        let partner = self.adjudication.origin(tx, claim)?.partner;
        let Some(one) = partner else {
            self.has_others = true;
            return Ok(None);
        };
        if self.involved.insert(one.id, one).is_none() {
            receive(tx, one, self.digest)?;
        }
        Ok(partner)
    }

    /// A claim whose interchange was refused; one that an interrupted run came to is told.
    pub(super) fn refuse_claim(
        &mut self,
        partner: Option<Partner>,
        ordinal: u64,
    ) -> Result<(), OperationsError> {
        let Some(partner) = partner.filter(|_| ordinal > self.done_before) else { return Ok(()) };
        let Some(subject) = partner.claim(self.digest, ordinal) else { return Ok(()) };
        self.first_refused.get_or_insert(ordinal);
        telling::refused_whole(&mut self.refused, partner, &subject)
    }

    /// The answers go to the partner that sent the file, or else to the one whose claims alone it
    /// holds; a file of several comes from a clearing house, which gets them.
    pub(super) fn tell_end(
        &self,
        tx: &Transaction<'_>,
        interchanges: usize,
    ) -> Result<(), OperationsError> {
        let whose: Vec<Partner> = self.involved.values().copied().collect();
        let whose = match (self.sender, whose.as_slice()) {
            (Some(sender), _) => {
                receive(tx, sender, self.digest)?;
                Some(sender)
            }
            (None, [one]) if !self.has_others => Some(*one),
            _ => None,
        };
        if let Some(partner) = whose {
            let mut dues = Dues::default();
            let interchanges = interchanges.max(self.refusals.len());
            for index in 1..=interchanges {
                for kind in ["TA1", "999", "277CA"] {
                    let source = format!("{}/{index}/{kind}", self.digest);
                    telling::file_sent(tx, &mut dues, partner, &source)?;
                    // A file that waited for another setting has told some of its answers.
                    dues.record_once(tx, &format!("answers/{source}"))?;
                }
            }
        }
        for sender in tx.senders_of_document(self.digest)? {
            if let Some(document) = tx.twin_document(sender, self.digest)? {
                let state = (DocumentState::Taken, document.place.as_str());
                tx.set_twin_document(sender, self.digest, state)?;
            }
        }
        Ok(())
    }
}

/// Says once that a file of a partner is here.
fn receive(tx: &Transaction<'_>, partner: Partner, digest: &str) -> Result<(), OperationsError> {
    let key = format!("received/{digest}");
    if tx.is_due_or_said(&format!("{}/{key}", partner.id))? {
        return Ok(());
    }
    let mut dues = Dues::default();
    telling::file_received(&mut dues, partner, digest)?;
    dues.record(tx, &key)
}
