//! The reconciliation report: every cent of claims, payments and bank explained.

use crate::matching::{MatchCause, MatchReport};
use crate::post::{ClaimDisposition, RemittancePosting};
use counterfoil_base::Cents;
use counterfoil_ledger::{AccountKind, AdjustmentClass, Book};
use std::collections::BTreeMap;

/// One named amount of a report, in cents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconciliationRow {
    /// What it is: `billed`, `paid`, `contractual`, `matched`.
    pub name: &'static str,
    /// How much.
    pub cents: i128,
}

/// Three accounts of the same money; each must leave nothing over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Billed, then what became of it by the 835s and what is open by the ledger.
    pub claims: Vec<ReconciliationRow>,
    /// Announced by 835s, then what became of it in the bank.
    pub payments: Vec<ReconciliationRow>,
    /// In the bank file, then what it was.
    pub bank: Vec<ReconciliationRow>,
    /// Billed less paid, adjusted and open.
    pub claims_leftover_cents: i128,
    /// Announced less its outcomes.
    pub payments_leftover_cents: i128,
    /// Bank total less its outcomes.
    pub bank_leftover_cents: i128,
}

impl Reconciliation {
    /// True when every cent is explained.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.claims_leftover_cents == 0
            && self.payments_leftover_cents == 0
            && self.bank_leftover_cents == 0
    }
}

/// Lays the 835s, the bank file and the ledger side by side.
///
/// What was billed and what is open come from the ledger, what was paid and adjusted from the
/// 835s as posted, so that a cent lost on the way shows as left over. `announced` and `bank`
/// are the amounts of all 835s and all bank entries that were given to the matching.
#[must_use]
pub fn reconcile(
    book: &Book,
    postings: &[RemittancePosting],
    report: &MatchReport,
    announced: impl IntoIterator<Item = Cents>,
    bank: impl IntoIterator<Item = Cents>,
) -> Reconciliation {
    let total = |kind: AccountKind| -> i128 {
        let lines = book.trial_balance().lines;
        let of_kind = lines.iter().filter(|line| line.account.kind == kind);
        of_kind.map(|line| i128::from(line.balance_cents.0)).sum()
    };
    let billed = -total(AccountKind::BilledRevenue);
    let mut claims = vec![row("billed", billed), row("paid", paid(postings))];
    let classes = adjusted(postings);
    for (class, name) in [
        (AdjustmentClass::Contractual, "contractual adjustment"),
        (AdjustmentClass::PatientResponsibility, "patient responsibility"),
        (AdjustmentClass::Denied, "denied"),
        (AdjustmentClass::Withheld, "withheld"),
        (AdjustmentClass::Other, "other adjustment"),
    ] {
        claims.push(row(name, classes.get(&class).copied().unwrap_or(0)));
    }
    claims.push(row("open", total(AccountKind::Receivable)));
    let mut payments = vec![row("announced", sum(announced))];
    let mut in_bank = vec![row("in the bank", sum(bank))];
    for (cause, (_, remit_cents, bank_cents)) in report.totals() {
        if cause != MatchCause::UnmatchedBank {
            payments.push(row(cause.word(), remit_cents));
        }
        if !matches!(cause, MatchCause::UnmatchedRemit | MatchCause::NothingToPay) {
            in_bank.push(row(cause.word(), bank_cents));
        }
    }
    Reconciliation {
        claims_leftover_cents: leftover(&claims),
        payments_leftover_cents: leftover(&payments),
        bank_leftover_cents: leftover(&in_bank),
        claims,
        payments,
        bank: in_bank,
    }
}

fn row(name: &'static str, cents: i128) -> ReconciliationRow {
    ReconciliationRow { name, cents }
}

fn sum(amounts: impl IntoIterator<Item = Cents>) -> i128 {
    amounts.into_iter().map(|cents| i128::from(cents.0)).sum()
}

/// The first row is the whole, the others are its parts.
fn leftover(rows: &[ReconciliationRow]) -> i128 {
    let (whole, parts) = rows.split_first().map_or((0, &[][..]), |(w, p)| (w.cents, p));
    whole - parts.iter().map(|row| row.cents).sum::<i128>()
}

fn answered(postings: &[RemittancePosting]) -> impl Iterator<Item = &crate::post::PostedClaim> {
    postings.iter().flat_map(|posting| &posting.claims).filter(|claim| {
        matches!(claim.disposition, ClaimDisposition::Posted | ClaimDisposition::Reversed)
    })
}

fn paid(postings: &[RemittancePosting]) -> i128 {
    sum(answered(postings).map(|claim| claim.paid_cents))
}

fn adjusted(postings: &[RemittancePosting]) -> BTreeMap<AdjustmentClass, i128> {
    let mut sums = BTreeMap::new();
    for (class, cents) in answered(postings).flat_map(|claim| &claim.adjustments) {
        *sums.entry(*class).or_default() += i128::from(cents.0);
    }
    sums
}
