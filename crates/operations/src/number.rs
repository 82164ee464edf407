//! The payer's claim control number (CLP07): a pure function of who billed what number, so that
//! the same claims get the same numbers on every machine.

use crate::error::OperationsError;
use crate::payer::payee_key;
use counterfoil_claim::Claim;
use counterfoil_store::{StoreError, Transaction};
use sha2::{Digest, Sha256};

/// Numbers of one provider's control number: the first, then its corrections and repeats.
const OCCURRENCES_MAX: u32 = 999_999;

/// The number for the claim: 13 digits from provider and patient control number, and two digits
/// that tell repeats apart.
pub(crate) fn claim_control_number(
    transaction: &Transaction<'_>,
    claim: &Claim,
) -> Result<String, OperationsError> {
    free_number(transaction, claim, |counter| transaction.next_number(counter))
}

/// The number that [`claim_control_number`] would give the claim now; nothing is written.
pub(crate) fn next_claim_control_number(
    transaction: &Transaction<'_>,
    claim: &Claim,
) -> Result<String, OperationsError> {
    let mut tried = 0;
    free_number(transaction, claim, |counter| {
        tried += 1;
        Ok(transaction.last_number(counter)? + tried)
    })
}

/// The first number of the claim that no claim has; `next` counts its repeats.
fn free_number(
    transaction: &Transaction<'_>,
    claim: &Claim,
    mut next: impl FnMut(&str) -> Result<i64, StoreError>,
) -> Result<String, OperationsError> {
    let provider = payee_key(&claim.billing_provider);
    let numbered =
        |occurrence| claim_control_number_of(&provider, &claim.patient_control_number, occurrence);
    let first = numbered(1);
    if !transaction.claim_exists(&first)? {
        return Ok(first);
    }
    // Repeats count on from where the last one stood, so that the thousandth costs no more.
    let counter = format!("claim/{first}");
    loop {
        let repeat = next(&counter)?;
        let Some(occurrence) = u32::try_from(repeat + 1).ok().filter(|n| *n <= OCCURRENCES_MAX)
        else {
            break;
        };
        let number = numbered(occurrence);
        if !transaction.claim_exists(&number)? {
            return Ok(number);
        }
    }
    Err(OperationsError::Refused(format!(
        "the provider has sent the control number {} {OCCURRENCES_MAX} times",
        claim.patient_control_number
    )))
}

/// The claim control number of a provider's patient control number (CLM01), counted from 1.
#[must_use]
pub fn claim_control_number_of(provider: &str, control_number: &str, occurrence: u32) -> String {
    let mut hash = Sha256::new();
    hash.update((provider.len() as u64).to_be_bytes());
    hash.update(provider);
    hash.update(control_number);
    let digest = hash.finalize();
    let first = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:013}{occurrence:02}", first % 10_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_on_every_machine() {
        let number = claim_control_number_of("1234567893", "PCN-1", 1);
        assert_eq!(number.len(), 15);
        assert_eq!(number, claim_control_number_of("1234567893", "PCN-1", 1));
        assert_ne!(number, claim_control_number_of("1234567893", "PCN-1", 2));
        assert_ne!(number, claim_control_number_of("1234567894", "PCN-1", 1));
    }
}
