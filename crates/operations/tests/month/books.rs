//! Books of an office looked at three ways: as kept, added up again, and replayed.

use counterfoil_ledger::{Book, Entry};
use counterfoil_store::{AccountBalance, StoreError, Transaction};

/// Debits less credits over all accounts.
fn difference(balances: &[AccountBalance]) -> i128 {
    balances.iter().map(|one| i128::from(one.debit_cents.0) - i128::from(one.credit_cents.0)).sum()
}

fn entries(tx: &Transaction<'_>) -> Result<Vec<Entry>, StoreError> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let some = tx.entries_after(after, 1_000)?;
        let Some((last, _)) = some.last() else { return Ok(all) };
        after = *last;
        all.extend(some.into_iter().map(|(_, entry)| entry));
    }
}

/// Asserts that the three agree and balance; gives the digest of the replayed book.
pub fn digest_of_sound_books(tx: &Transaction<'_>) -> Result<String, StoreError> {
    let kept = tx.trial_balance()?;
    assert!(!kept.is_empty(), "something is booked");
    assert_eq!(difference(&kept), 0);
    assert_eq!(tx.trial_balance_recomputed()?, kept);
    let book = Book::replay(&entries(tx)?).expect("every stored entry is sound");
    let mut replayed: Vec<AccountBalance> = book
        .trial_balance()
        .lines
        .into_iter()
        .map(|line| AccountBalance {
            account: line.account.to_string(),
            debit_cents: line.debit_cents,
            credit_cents: line.credit_cents,
        })
        .collect();
    replayed.sort_by(|left, right| left.account.cmp(&right.account));
    assert_eq!(replayed, kept);
    Ok(book.digest().to_string())
}
