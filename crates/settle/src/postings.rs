//! A settlement in the books of both sides: provisional payments, the final answer, the true-up.

use crate::statement::{Document, RowStatement};
use counterfoil_base::{Cents, Date, Finding, Rounding};
use counterfoil_contract::Number;
use counterfoil_ledger::{AccountKind, Entry, Subject};
use std::collections::BTreeMap;

/// Who pays and who is paid, by the identifiers under which each stands in the other's books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// The payer, as the provider's books name it.
    pub payer: String,
    /// The provider, as the payer's books name it.
    pub provider: String,
}

/// One event in both books: the same amount, mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What the payer pays or owes; negative when the provider does.
    pub amount_cents: Cents,
    /// The entry of the payer's book.
    pub payer: Entry,
    /// The entry of the provider's book.
    pub provider: Entry,
}

/// A payment before the final answer, when a milestone of the contract is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisional {
    /// The milestone by its name; it is paid once.
    pub milestone: String,
    /// The term that says whether it is reached: a flag.
    pub reached: String,
    /// The amount of which a share is paid: a money term.
    pub amount: String,
    /// The share, such as one half.
    pub share: Number,
}

impl Provisional {
    /// What the milestone pays by an interim statement, rounded down to cents; nothing when it is
    /// not reached, or the amount is not above zero.
    #[must_use]
    pub fn due(&self, statement: &RowStatement) -> Option<Cents> {
        let reached = statement.term(&self.reached)?;
        if reached.value != "yes" {
            return None;
        }
        let amount = exact(&statement.term(&self.amount)?.exact)?.checked_mul(self.share)?;
        let cents = amount.to_cents(Rounding::Down)?;
        (cents > Cents::ZERO).then_some(cents)
    }
}

/// Reads an exact value of a statement: a decimal or a fraction.
fn exact(text: &str) -> Option<Number> {
    match text.split_once('/') {
        Some((over, under)) => Number::fraction(over.parse().ok()?, under.parse().ok()?),
        None => Number::parse(text),
    }
}

/// What one contract, year and provider have come to so far: a fold over its events.
///
/// Each event gives its entries once: the same milestone with the same amount, or the statement
/// that stands already, moves nothing. Entries carry keys made of the event alone, so that a book
/// that has them takes none twice even when the fold begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementAccount {
    parties: Parties,
    /// Contract, year and subject, as keys and subjects of entries begin.
    name: String,
    provisional: BTreeMap<String, Cents>,
    /// SHA-256 of the statements that stood, the last one standing.
    statements: Vec<String>,
    accrued_cents: Cents,
    paid_cents: Cents,
}

impl SettlementAccount {
    /// An account without events.
    #[must_use]
    pub fn new(parties: Parties, contract_sha256: &str, year: i64, subject: &str) -> Self {
        let contract: String = contract_sha256.chars().take(16).collect();
        let name = format!("settlement/{contract}/{year}/{subject}");
        SettlementAccount { parties, name, ..SettlementAccount::default() }
    }

    /// What was paid so far; negative when the provider has paid more.
    #[must_use]
    pub fn paid_cents(&self) -> Cents {
        self.paid_cents
    }

    /// The final answer so far.
    #[must_use]
    pub fn accrued_cents(&self) -> Cents {
        self.accrued_cents
    }

    /// Pays a milestone: nothing when it is paid already.
    ///
    /// # Errors
    /// Another amount under a milestone that is paid, a new milestone after the final answer, an
    /// amount of zero or less, a total beyond 64-bit cents.
    pub fn provisional(
        &mut self,
        milestone: &str,
        amount_cents: Cents,
        on: Date,
    ) -> Result<Option<Movement>, Box<Finding>> {
        if let Some(paid) = self.provisional.get(milestone) {
            if *paid == amount_cents {
                return Ok(None);
            }
            let message = format!("The milestone was paid with {paid}, not {amount_cents}");
            return Err(refused("SETTLE-milestone-paid-otherwise", message));
        }
        if !self.statements.is_empty() {
            let message = "The final answer stands; it holds every provisional payment".to_owned();
            return Err(refused("SETTLE-provisional-after-answer", message));
        }
        if amount_cents <= Cents::ZERO {
            let message = format!("A provisional payment of {amount_cents} is none");
            return Err(refused("SETTLE-provisional-not-positive", message));
        }
        let paid = self.paid_cents.checked_add(amount_cents).ok_or_else(too_large)?;
        let key = format!("{}/provisional/{milestone}", self.name);
        let movement = self.payment(&key, amount_cents, on, "settlement.provisional_paid");
        self.provisional.insert(milestone.to_owned(), amount_cents);
        self.paid_cents = paid;
        Ok(Some(movement))
    }

    /// Takes a statement as the final answer, the first or a restated one: what is owed changes to
    /// its amount, and a payment trues up what was paid to it. At most one movement each; none
    /// when the statement stands already.
    ///
    /// # Errors
    /// A statement without a result, or a total beyond 64-bit cents.
    pub fn settle(
        &mut self,
        statement: &Document,
        on: Date,
    ) -> Result<Vec<Movement>, Box<Finding>> {
        if self.statements.last() == Some(&statement.sha256) {
            return Ok(Vec::new());
        }
        let Some(result) = &statement.statement.result else {
            let message = "The statement has no result".to_owned();
            return Err(refused("SETTLE-statement-without-result", message));
        };
        let owed = Cents(result.amount_cents);
        let accrual = owed.checked_sub(self.accrued_cents).ok_or_else(too_large)?;
        let true_up = owed.checked_sub(self.paid_cents).ok_or_else(too_large)?;
        // The same statement can stand again after another; its place in the row tells them apart.
        let event = format!("{}/{}", self.statements.len() + 1, statement.sha256);
        let mut movements = Vec::new();
        if !accrual.is_zero() {
            movements.push(self.accrual(&format!("{}/owed/{event}", self.name), accrual, on));
        }
        if !true_up.is_zero() {
            let key = format!("{}/paid/{event}", self.name);
            movements.push(self.payment(&key, true_up, on, "settlement.trued_up"));
        }
        self.statements.push(statement.sha256.clone());
        (self.accrued_cents, self.paid_cents) = (owed, owed);
        Ok(movements)
    }

    /// What is owed becomes a cost of the one and an income of the other.
    fn accrual(&self, key: &str, amount_cents: Cents, on: Date) -> Movement {
        let subject = Subject::reference(&self.name);
        let mut payer = Entry::new(key, on, "settlement.owed");
        let owed = AccountKind::SettlementPayable.of(&self.parties.provider);
        let cost = AccountKind::SettlementCost.whole();
        payer.transfer((cost, &subject), (owed, &subject), amount_cents);
        let mut provider = Entry::new(key, on, "settlement.owed");
        let due = AccountKind::SettlementReceivable.of(&self.parties.payer);
        let income = AccountKind::SettlementIncome.whole();
        provider.transfer((due, &subject), (income, &subject), amount_cents);
        Movement { amount_cents, payer, provider }
    }

    /// Money leaves the payer, and the provider expects it in the bank under the same trace.
    fn payment(&self, key: &str, amount_cents: Cents, on: Date, rule: &'static str) -> Movement {
        let (subject, trace) = (Subject::reference(&self.name), Subject::trace(key));
        let mut payer = Entry::new(key, on, rule);
        let owed = AccountKind::SettlementPayable.of(&self.parties.provider);
        let cash = AccountKind::PayerCash.whole();
        payer.transfer((owed, &subject), (cash, &trace), amount_cents);
        let mut provider = Entry::new(key, on, rule);
        let expected = AccountKind::PaymentsExpected.of(&self.parties.payer);
        let due = AccountKind::SettlementReceivable.of(&self.parties.payer);
        provider.transfer((expected, &trace), (due, &subject), amount_cents);
        Movement { amount_cents, payer, provider }
    }
}

fn refused(code: &'static str, message: String) -> Box<Finding> {
    let finding = Finding::error(code, 7, message)
        .because("Money moves once for each milestone and each statement")
        .fix("Settle with the statement that holds; nothing was booked");
    Box::new(finding)
}

fn too_large() -> Box<Finding> {
    refused("SETTLE-total-too-large", "The amounts do not sum to 64-bit cents".to_owned())
}
