//! The chart of accounts of both sides: what each account means and on which side it grows.

use counterfoil_base::Text;
use std::fmt;

/// Whose books an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookSide {
    /// The health plan.
    Payer,
    /// The practice, hospital or other care organization.
    Provider,
}

/// What an account is in the accounting equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountClass {
    /// Owned or owed to us; grows with debits.
    Asset,
    /// Owed by us; grows with credits.
    Liability,
    /// Earned; grows with credits.
    Income,
    /// Spent or given up; grows with debits.
    Expense,
}

impl AccountClass {
    /// True when the account normally stands in debit.
    #[must_use]
    pub fn grows_with_debits(self) -> bool {
        matches!(self, AccountClass::Asset | AccountClass::Expense)
    }
}

/// An account of the chart, before it is split by the other party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// Payer: money in the bank.
    PayerCash,
    /// Payer: cost of claims as decided.
    ClaimsIncurred,
    /// Payer: decided and not yet in a payment.
    ClaimsPayable,
    /// Payer: decided, and held back from payment until the hold is reversed.
    ClaimsPayableHeld,
    /// Payer: withheld from providers under their contracts, still theirs to earn.
    WithholdPayable,
    /// Payer: overpayments that providers owe back (PLB WO and 72).
    RecoupmentReceivable,
    /// Payer: negative payments carried into the next one (PLB FB).
    ForwardBalanceReceivable,
    /// Payer: interest on late payments (PLB L6).
    InterestExpense,
    /// Payer: payments that the bank sent back and that are owed again.
    ReturnedPaymentsPayable,
    /// Payer: provider-level adjustments of any other reason.
    PayerOtherAdjustment,
    /// Payer: what value contracts pay out, less what they take back.
    SettlementCost,
    /// Payer: owed under value contracts by provider; in debit what was paid before it was owed.
    SettlementPayable,
    /// Provider: money in the bank.
    ProviderCash,
    /// Provider: charges billed.
    BilledRevenue,
    /// Provider: charges that a payer has not yet answered, by payer.
    Receivable,
    /// Provider: what patients owe by the payer's decision (CAS group PR).
    PatientReceivable,
    /// Provider: reductions agreed by contract; may not be billed to the patient (CAS CO).
    ContractualAdjustment,
    /// Provider: denied charges that wait for correction, appeal or a person's write-off.
    DeniedReceivable,
    /// Provider: reductions of any other kind (CAS groups OA and PI), also denials written off.
    OtherAdjustment,
    /// Provider: announced by an 835 and not yet seen in the bank, by trace number.
    PaymentsExpected,
    /// Provider: money in the bank that no 835 explains yet.
    UnappliedCash,
    /// Provider: paid by an 835 for a claim that is not in these books.
    UnidentifiedPayments,
    /// Provider: withheld by payers under contract, still ours to earn.
    WithholdReceivable,
    /// Provider: take-backs and forward balances that the payer will offset.
    TakeBackPayable,
    /// Provider: taken back by the payer for a claim that these books never saw paid.
    DisputedTakeBack,
    /// Provider: interest received on late payments.
    InterestIncome,
    /// Provider: provider-level adjustments of any other reason.
    ProviderOtherAdjustment,
    /// Provider: what value contracts bring, less what they cost.
    SettlementIncome,
    /// Provider: due under value contracts by payer; in credit what came before it was due.
    SettlementReceivable,
}

use AccountClass::{Asset, Expense, Income, Liability};
use BookSide::{Payer, Provider};

/// Kind, whose books, class, word.
const CHART: [(AccountKind, BookSide, AccountClass, &str); 29] = [
    (AccountKind::PayerCash, Payer, Asset, "cash"),
    (AccountKind::ClaimsIncurred, Payer, Expense, "claims_incurred"),
    (AccountKind::ClaimsPayable, Payer, Liability, "claims_payable"),
    (AccountKind::ClaimsPayableHeld, Payer, Liability, "claims_payable_held"),
    (AccountKind::WithholdPayable, Payer, Liability, "withhold_payable"),
    (AccountKind::RecoupmentReceivable, Payer, Asset, "recoupment_receivable"),
    (AccountKind::ForwardBalanceReceivable, Payer, Asset, "forward_balance_receivable"),
    (AccountKind::InterestExpense, Payer, Expense, "interest_expense"),
    (AccountKind::ReturnedPaymentsPayable, Payer, Liability, "returned_payments_payable"),
    (AccountKind::PayerOtherAdjustment, Payer, Income, "other_adjustment"),
    (AccountKind::SettlementCost, Payer, Expense, "settlement_cost"),
    (AccountKind::SettlementPayable, Payer, Liability, "settlement_payable"),
    (AccountKind::ProviderCash, Provider, Asset, "cash"),
    (AccountKind::BilledRevenue, Provider, Income, "billed_revenue"),
    (AccountKind::Receivable, Provider, Asset, "receivable"),
    (AccountKind::PatientReceivable, Provider, Asset, "patient_receivable"),
    (AccountKind::ContractualAdjustment, Provider, Expense, "contractual_adjustment"),
    (AccountKind::DeniedReceivable, Provider, Asset, "denied_receivable"),
    (AccountKind::OtherAdjustment, Provider, Expense, "other_adjustment"),
    (AccountKind::PaymentsExpected, Provider, Asset, "payments_expected"),
    (AccountKind::UnappliedCash, Provider, Liability, "unapplied_cash"),
    (AccountKind::UnidentifiedPayments, Provider, Liability, "unidentified_payments"),
    (AccountKind::WithholdReceivable, Provider, Asset, "withhold_receivable"),
    (AccountKind::TakeBackPayable, Provider, Liability, "take_back_payable"),
    (AccountKind::DisputedTakeBack, Provider, Asset, "disputed_take_back"),
    (AccountKind::InterestIncome, Provider, Income, "interest_income"),
    (AccountKind::ProviderOtherAdjustment, Provider, Expense, "provider_level_adjustment"),
    (AccountKind::SettlementIncome, Provider, Income, "settlement_income"),
    (AccountKind::SettlementReceivable, Provider, Asset, "settlement_receivable"),
];

impl BookSide {
    /// `payer` or `provider`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Payer => "payer",
            Provider => "provider",
        }
    }
}

impl AccountKind {
    /// Every account, payer's first, in the order of the chart.
    pub fn all() -> impl Iterator<Item = AccountKind> {
        CHART.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (AccountKind, BookSide, AccountClass, &'static str) {
        // The chart is in the order of the variants; a test holds them together.
        &CHART[self as usize]
    }

    /// Whose books it belongs to.
    #[must_use]
    pub fn side(self) -> BookSide {
        self.row().1
    }

    /// What it is in the accounting equation.
    #[must_use]
    pub fn class(self) -> AccountClass {
        self.row().2
    }

    /// Its word, unique within its side: `claims_payable`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().3
    }

    /// The account without a party.
    #[must_use]
    pub fn whole(self) -> Account {
        Account { kind: self, party: Text::default() }
    }

    /// The account with one other party: the receivable from a payer.
    #[must_use]
    pub fn of(self, party: &str) -> Account {
        Account { kind: self, party: Text::from(party) }
    }
}

/// An account, split by the other party where that matters (`provider.receivable/98765`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Which account of the chart.
    pub kind: AccountKind,
    /// Identifier of the payer or payee; empty when the account is not split.
    pub party: Text,
}

impl Account {
    /// Reads `side.word` or `side.word/party`; nothing when the chart has no such account.
    #[must_use]
    pub fn parse(text: &str) -> Option<Account> {
        let (name, party) = text.split_once('/').unwrap_or((text, ""));
        let (side, word) = name.split_once('.')?;
        let row = CHART.iter().find(|row| row.1.word() == side && row.3 == word)?;
        Some(row.0.of(party))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = format!("{}.{}", self.kind.side().word(), self.kind.word());
        if !self.party.is_empty() {
            name.push('/');
            name.push_str(&self.party);
        }
        f.pad(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_is_in_the_order_of_the_kinds_and_names_read_back() {
        for (index, kind) in AccountKind::all().enumerate() {
            assert_eq!(kind as usize, index);
            for account in [kind.whole(), kind.of("12/34")] {
                assert_eq!(Account::parse(&account.to_string()), Some(account));
            }
        }
        assert_eq!(Account::parse("provider.claims_payable"), None);
        assert_eq!(Account::parse("cash"), None);
    }
}
