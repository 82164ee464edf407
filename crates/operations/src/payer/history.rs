//! The payer's claims on record as the clean-claim engine asks for them.

use counterfoil_base::Text;
use counterfoil_integrity::{ClaimHistory, EarlierClaim, ServiceFingerprint};
use counterfoil_store::{StoreError, Transaction};
use std::cell::RefCell;

/// Answers from the store; a database error is kept and must be asked for after the check.
pub(crate) struct StoreHistory<'t, 'c> {
    transaction: &'t Transaction<'c>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreHistory<'t, 'c> {
    pub(crate) fn new(transaction: &'t Transaction<'c>) -> StoreHistory<'t, 'c> {
        StoreHistory { transaction, error: RefCell::new(None) }
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
        let (number, state) = earlier.into_iter().next()?;
        Some(EarlierClaim {
            place: format!("as claim {number}, now {state}"),
            payer_claim_control_number: Some(Text::from(number)),
        })
    }

    fn knows_payer_number(&self, payer_claim_control_number: &str) -> Option<bool> {
        let found = self.ask(self.transaction.claim(payer_claim_control_number))?;
        Some(found.is_some())
    }
}
