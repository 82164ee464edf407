//! The payer's claims on record as the clean-claim engine asks for them.

use counterfoil_base::Text;
use counterfoil_claim::Claim;
use counterfoil_integrity::{ClaimHistory, EarlierClaim, ServiceFingerprint};
use counterfoil_store::{StoreError, Transaction};
use std::cell::RefCell;

/// Answers from the store; a database error is kept and must be asked for after the check.
pub(crate) struct StoreHistory<'t, 'c> {
    transaction: &'t Transaction<'c>,
    /// Claims that are no earlier ones: the claim itself, and the one that it replaces.
    ignored: Vec<String>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreHistory<'t, 'c> {
    /// The history of a claim, without itself and the earlier claim that it names (REF F8).
    pub(crate) fn of(
        transaction: &'t Transaction<'c>,
        claim: &Claim,
        own_number: Option<&str>,
    ) -> StoreHistory<'t, 'c> {
        let named = claim.payer_claim_control_number();
        let ignored = own_number.into_iter().chain(named).map(str::to_owned).collect();
        StoreHistory { transaction, ignored, error: RefCell::new(None) }
    }

    /// The first database error of the questions so far.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

impl ClaimHistory for StoreHistory<'_, '_> {
    fn find_services(&self, fingerprint: ServiceFingerprint) -> Option<EarlierClaim> {
        let earlier = self.ask(self.transaction.claims_by_fingerprint(&fingerprint.0))?;
        let (number, state) =
            earlier.into_iter().find(|(number, _)| !self.ignored.contains(number))?;
        Some(EarlierClaim {
            place: format!("as claim {number}, now {state}"),
            payer_claim_control_number: Some(Text::from(number)),
        })
    }

    fn knows_payer_number(&self, payer_claim_control_number: &str) -> Option<bool> {
        self.ask(self.transaction.claim_exists(payer_claim_control_number))
    }
}
