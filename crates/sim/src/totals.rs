//! Books added up line by line, without the engine that keeps them.

use counterfoil_ledger::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Balances by account; each entry sums to zero and stands once.
///
/// # Errors
/// What is not so, in words.
pub fn balances<'e>(
    entries: impl Iterator<Item = &'e Entry>,
) -> Result<BTreeMap<String, i128>, String> {
    let (mut sums, mut keys) = (BTreeMap::new(), BTreeSet::new());
    for entry in entries {
        let mut sum = 0i128;
        for posting in &entry.postings {
            let cents = i128::from(posting.amount_cents.0);
            sum += cents;
            *sums.entry(posting.account.to_string()).or_insert(0) += cents;
        }
        if sum != 0 {
            return Err(format!("entry {} does not sum to zero: {sum}", entry.key));
        }
        if !keys.insert(entry.key.clone()) {
            return Err(format!("key {} is booked twice", entry.key));
        }
    }
    Ok(sums)
}

/// An amount in binary: the bits that are not where they should be name the claims.
#[must_use]
pub fn bits(cents: i128) -> String {
    format!("{}{:#b}", if cents < 0 { "-" } else { "" }, cents.unsigned_abs())
}
