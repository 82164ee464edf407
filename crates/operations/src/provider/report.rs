//! Every cent of a provider's office explained: claims, announced payments, bank.

use super::billing::TAKEN_BACK;
use super::matching::MatchedBank;
use crate::error::OperationsError;
use counterfoil_base::Cents;
use counterfoil_remit::MatchCause;
use counterfoil_store::{ReceivableRow, Transaction};
use std::collections::BTreeMap;

/// Three accounts of the same money; each must leave nothing over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfficeReport {
    /// Claims billed.
    pub claims: u64,
    /// Sum of charges.
    pub billed_cents: Cents,
    /// Paid by payers, net of reversals.
    pub paid_cents: Cents,
    /// Contractual, withheld, denied and other adjustments.
    pub adjusted_cents: Cents,
    /// Owed by patients.
    pub patient_cents: Cents,
    /// Charges that no payer has answered yet.
    pub open_cents: Cents,
    /// What the ledger says is open; equal to `open_cents` when every cent is booked.
    pub ledger_open_cents: Cents,
    /// Number, announced cents and bank cents by outcome of the match.
    pub outcomes: BTreeMap<MatchCause, (usize, i128, i128)>,
    /// Sum of all 835s.
    pub announced_cents: i128,
    /// Sum of all bank movements.
    pub bank_cents: i128,
}

impl OfficeReport {
    /// Cents that neither an outcome nor an account explains; nothing when all is well.
    #[must_use]
    pub fn leftover_cents(&self) -> i128 {
        let announced: i128 = self.outcomes.values().map(|row| row.1).sum();
        let bank: i128 = self.outcomes.values().map(|row| row.2).sum();
        let claims = self.open_cents - self.ledger_open_cents;
        i128::from(claims.abs().0)
            + (self.announced_cents - announced).abs()
            + (self.bank_cents - bank).abs()
    }
}

/// Lays receivables, ledger, 835s and bank side by side.
pub fn office_report(
    transaction: &Transaction<'_>,
    matched: &MatchedBank,
) -> Result<OfficeReport, OperationsError> {
    let mut report = OfficeReport { outcomes: matched.report.totals(), ..OfficeReport::default() };
    for row in transaction.receivables()?.iter().filter(|row| row.state != TAKEN_BACK) {
        report.add(row);
    }
    report.open_cents =
        report.billed_cents - report.paid_cents - report.adjusted_cents - report.patient_cents;
    for balance in transaction.trial_balance()? {
        if balance.account.starts_with("provider.receivable/") {
            report.ledger_open_cents += balance.debit_cents - balance.credit_cents;
        }
    }
    let wide = |cents: Cents| i128::from(cents.0);
    report.announced_cents = matched.remits.iter().map(|one| wide(one.amount_cents)).sum();
    report.bank_cents = matched.entries.iter().map(|one| wide(one.amount_cents)).sum();
    Ok(report)
}

impl OfficeReport {
    fn add(&mut self, row: &ReceivableRow) {
        self.claims += 1;
        self.billed_cents += row.charge_cents;
        self.paid_cents += row.paid_cents;
        self.adjusted_cents += row.adjusted_cents;
        self.patient_cents += row.patient_cents;
    }
}
