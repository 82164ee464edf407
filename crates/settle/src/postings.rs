//! A settlement in the books of both sides: provisional payments, the final answer, the true-up.

use crate::statement::RowStatement;
use counterfoil_base::{Cents, Date, Finding, Rounding};
use counterfoil_contract::Number;
use counterfoil_ledger::{AccountKind, Entry, Subject};
use serde::{Deserialize, Serialize};

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

/// A milestone that pays a share of an interim amount before the final answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisional {
    /// The term that says whether it is reached: a flag.
    pub reached: String,
    /// The amount of which a share is paid: a money term.
    pub amount: String,
    /// The share as a decimal or fraction, such as `1/2`.
    pub share: String,
}

impl Provisional {
    /// Reads `reached:amount:share`; nothing when it is another form, or the share is no number
    /// from 0 to 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Provisional> {
        let mut parts = text.split(':');
        let (Some(reached), Some(amount), Some(share), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let number = exact(share)?;
        let is_share = !number.is_negative() && number <= Number::whole(1);
        let [reached, amount, share] = [reached, amount, share].map(str::to_owned);
        let is_named = !reached.is_empty() && !amount.is_empty();
        (is_named && is_share).then_some(Provisional { reached, amount, share })
    }

    /// The same as text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.reached, self.amount, self.share)
    }

    /// What the milestone pays by an interim statement, rounded down to cents; zero when it is not
    /// reached, or the amount is not above zero.
    ///
    /// # Errors
    /// In words, when the statement has no such flag or amount, or it leaves 64-bit cents.
    pub fn due(&self, statement: &RowStatement) -> Result<Cents, String> {
        let missing = |name: &str, what| format!("the statement has no {what} '{name}'");
        let reached = statement.term(&self.reached).map(|term| term.value.as_str());
        let amount = statement.term(&self.amount).and_then(|term| exact(&term.exact));
        let amount = amount.ok_or_else(|| missing(&self.amount, "amount"))?;
        match reached {
            Some("yes") => {}
            Some("no") => return Ok(Cents::ZERO),
            _ => return Err(missing(&self.reached, "flag")),
        }
        let share = exact(&self.share).and_then(|share| amount.checked_mul(share));
        let cents = share.and_then(|share| share.to_cents(Rounding::Down));
        let cents = cents.ok_or_else(|| format!("'{}' is too large to be paid", self.amount))?;
        Ok(cents.max(Cents::ZERO))
    }
}

/// Reads an exact value of a statement: a decimal or a fraction.
fn exact(text: &str) -> Option<Number> {
    match text.split_once('/') {
        Some((over, under)) => Number::fraction(over.parse().ok()?, under.parse().ok()?),
        None => Number::parse(text),
    }
}

/// What one settlement between two parties has come to so far: a fold over what they agreed.
///
/// Each event gives its entries once: the advance or answer that stands already moves nothing.
/// Entries carry keys made of the events alone, so that a book that has them takes none twice
/// even when the fold begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementAccount {
    parties: Parties,
    /// As keys and subjects of entries begin.
    name: String,
    /// SHA-256 of the provisional settlements that stood, the last one standing.
    advances: Vec<String>,
    /// The same of the answers.
    answers: Vec<String>,
    accrued_cents: Cents,
    paid_cents: Cents,
}

impl SettlementAccount {
    /// An account without events, by a name that no other settlement in either book has.
    #[must_use]
    pub fn new(parties: Parties, name: &str) -> Self {
        SettlementAccount { parties, name: name.to_owned(), ..SettlementAccount::default() }
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

    /// Takes a provisional settlement, the first or a later one: a payment makes what was paid in
    /// advance its amount. None when it stands already.
    ///
    /// # Errors
    /// An advance after the answer, one below zero, a total beyond 64-bit cents.
    pub fn advance(
        &mut self,
        sha256: &str,
        amount_cents: Cents,
        on: Date,
    ) -> Result<Option<Movement>, Box<Finding>> {
        if self.advances.last().is_some_and(|last| last == sha256) {
            return Ok(None);
        }
        if !self.answers.is_empty() {
            let message = "The final answer stands; it holds every provisional payment".to_owned();
            return Err(refused("SETTLE-provisional-after-answer", message));
        }
        if amount_cents < Cents::ZERO {
            let message = format!("An advance of {amount_cents} is none");
            return Err(refused("SETTLE-advance-below-zero", message));
        }
        let change = amount_cents.checked_sub(self.paid_cents).ok_or_else(too_large)?;
        let key = format!("{}/advance/{}/{sha256}", self.name, self.advances.len() + 1);
        self.advances.push(sha256.to_owned());
        self.paid_cents = amount_cents;
        let pays = !change.is_zero();
        Ok(pays.then(|| self.payment(&key, change, on, "settlement.provisional_paid")))
    }

    /// Takes a settlement as the answer, the first or a restated one: what is owed changes to its
    /// amount, and a payment trues up what was paid to it. At most one movement each; none when
    /// the answer stands already.
    ///
    /// # Errors
    /// A total beyond 64-bit cents.
    pub fn settle(
        &mut self,
        sha256: &str,
        owed_cents: Cents,
        on: Date,
    ) -> Result<Vec<Movement>, Box<Finding>> {
        if self.answers.last().is_some_and(|last| last == sha256) {
            return Ok(Vec::new());
        }
        let accrual = owed_cents.checked_sub(self.accrued_cents).ok_or_else(too_large)?;
        let true_up = owed_cents.checked_sub(self.paid_cents).ok_or_else(too_large)?;
        // The same answer can stand again after another; its place in the row tells them apart.
        let event = format!("{}/{sha256}", self.answers.len() + 1);
        let mut movements = Vec::new();
        if !accrual.is_zero() {
            movements.push(self.accrual(&format!("{}/owed/{event}", self.name), accrual, on));
        }
        if !true_up.is_zero() {
            let key = format!("{}/paid/{event}", self.name);
            movements.push(self.payment(&key, true_up, on, "settlement.trued_up"));
        }
        self.answers.push(sha256.to_owned());
        (self.accrued_cents, self.paid_cents) = (owed_cents, owed_cents);
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
        .because("Money moves once for each settlement that stands")
        .fix("Settle with the statement that holds; nothing was booked");
    Box::new(finding)
}

fn too_large() -> Box<Finding> {
    refused("SETTLE-total-too-large", "The amounts do not sum to 64-bit cents".to_owned())
}
