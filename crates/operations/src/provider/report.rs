//! Every cent of a provider's office explained: claims, announced payments, bank.

use super::account::{RETURNED, TAKEN_BACK};
use super::matching::MatchedBank;
use crate::error::OperationsError;
use counterfoil_base::Cents;
use counterfoil_remit::MatchCause;
use counterfoil_store::{AccountBalance, ReceivableRow, Transaction};
use std::collections::BTreeMap;

/// Four accounts of the same money; each must leave nothing over. Sums are wide, so that no
/// number of claims can leave their range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfficeReport {
    /// Claims whose charge is in the books.
    pub claims: u64,
    /// Sum of charges.
    pub billed_cents: i128,
    /// Paid by payers, net of reversals.
    pub paid_cents: i128,
    /// All that the 835s took off and neither payers paid nor patients owe: the sum of the next
    /// four.
    pub adjusted_cents: i128,
    /// Given up by contract.
    pub contractual_cents: i128,
    /// Withheld from claims by contract, still to be earned.
    pub withheld_cents: i128,
    /// Denied, and waiting for a person.
    pub denied_cents: i128,
    /// Taken over by other payers, and every other reduction.
    pub other_adjusted_cents: i128,
    /// Owed by patients.
    pub patient_cents: i128,
    /// Charges that no payer has answered yet.
    pub open_cents: i128,
    /// What the ledger says is open; equal to `open_cents` when every cent is booked.
    pub ledger_open_cents: i128,
    /// Number, announced cents and bank cents by outcome of the match.
    pub outcomes: BTreeMap<MatchCause, (usize, i128, i128)>,
    /// Sum of all 835s.
    pub announced_cents: i128,
    /// Sum of all bank movements.
    pub bank_cents: i128,
    /// Of these, movements that a file states a second time.
    pub repeated_cents: i128,
    /// What the ledger says is in the bank; equal to `bank_cents` less `repeated_cents`.
    pub ledger_cash_cents: i128,
}

impl OfficeReport {
    /// Cents that neither an outcome nor an account explains; nothing when all is well.
    #[must_use]
    pub fn leftover_cents(&self) -> i128 {
        let announced: i128 = self.outcomes.values().map(|row| row.1).sum();
        let bank: i128 = self.outcomes.values().map(|row| row.2).sum();
        let cash = self.bank_cents - self.repeated_cents - self.ledger_cash_cents;
        (self.open_cents - self.ledger_open_cents).abs()
            + (self.announced_cents - announced).abs()
            + (self.bank_cents - bank).abs()
            + cash.abs()
    }

    fn add(&mut self, row: &ReceivableRow) {
        self.claims += u64::from(!row.charge_cents.is_zero());
        self.billed_cents += wide(row.charge_cents);
        self.paid_cents += wide(row.paid_cents);
        self.adjusted_cents += wide(row.adjusted_cents);
        self.patient_cents += wide(row.patient_cents);
    }
}

/// Lays receivables, ledger, 835s and bank side by side.
pub fn office_report(
    transaction: &Transaction<'_>,
    matched: &MatchedBank,
) -> Result<OfficeReport, OperationsError> {
    let mut report = OfficeReport { outcomes: matched.report.totals(), ..OfficeReport::default() };
    for row in transaction.receivables()?.iter().filter(|row| is_in_books(row)) {
        report.add(row);
    }
    report.open_cents =
        report.billed_cents - report.paid_cents - report.adjusted_cents - report.patient_cents;
    for balance in transaction.trial_balance()? {
        if balance.account.starts_with("provider.receivable/") {
            report.ledger_open_cents += net(&balance);
        }
        if balance.account == "provider.cash" {
            report.ledger_cash_cents += net(&balance);
        }
        if balance.account.starts_with("provider.contractual_adjustment/") {
            report.contractual_cents += net(&balance);
        }
        if balance.account.starts_with("provider.denied_receivable/") {
            report.denied_cents += net(&balance);
        }
        if balance.account.starts_with("provider.withhold_receivable/") {
            // What a PLB withholds is of no claim.
            let subjects = transaction.open_subjects(&balance.account)?;
            let of_claims = subjects.iter().filter(|(about, _)| about.starts_with("claim:"));
            report.withheld_cents += of_claims.map(|(_, cents)| wide(*cents)).sum::<i128>();
        }
    }
    report.other_adjusted_cents = report.adjusted_cents
        - report.contractual_cents
        - report.withheld_cents
        - report.denied_cents;
    report.announced_cents = matched.remits.iter().map(|one| wide(one.amount_cents)).sum();
    report.bank_cents = matched.entries.iter().map(|one| wide(one.amount_cents)).sum();
    report.repeated_cents = report.outcomes.get(&MatchCause::Duplicate).map_or(0, |row| row.2);
    Ok(report)
}

/// What is taken back or returned is out of them, unless the payer answers it after all.
fn is_in_books(row: &ReceivableRow) -> bool {
    let is_booked = row.bookings % 2 == 1;
    row.state != TAKEN_BACK && (row.state != RETURNED || is_booked)
}

fn net(balance: &AccountBalance) -> i128 {
    wide(balance.debit_cents) - wide(balance.credit_cents)
}

fn wide(cents: Cents) -> i128 {
    i128::from(cents.0)
}
