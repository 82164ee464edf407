//! The payer's business events as entries.

use crate::account::AccountKind;
use crate::entry::{Entry, Subject};
use crate::provider_adjustment::BookedAdjustment;
use counterfoil_base::{Cents, Date, Text};

/// What one claim brings to a payment (CLP04); negative for a reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentClaim {
    /// The payer's claim control number (CLP07).
    pub claim: Text,
    /// CLP04.
    pub paid_cents: Cents,
}

/// Something that happened to a payer's money.
///
/// A claim whose decision is taken back is not an event of its own: reverse the entry of its
/// approval ([`Entry::reversal`]), then approve the corrected decision. The reversal leaves the
/// amount paid as a debit in claims payable until a payment carries the reversal pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayerEvent {
    /// A claim was decided and is to be paid.
    ClaimApproved {
        /// The payer's claim control number.
        claim: Text,
        /// The payee.
        payee: Text,
        /// What the next payment owes for it.
        payable_cents: Cents,
        /// What the contract withholds from it (CARC 104).
        withheld_cents: Cents,
    },
    /// An approved amount is kept out of payments; undone by reversing this entry.
    PaymentHeld {
        /// The payer's claim control number.
        claim: Text,
        /// What is held.
        held_cents: Cents,
    },
    /// A payment was issued with its 835.
    PaymentIssued {
        /// TRN02.
        trace: Text,
        /// The payee.
        payee: Text,
        /// CLP04 of each claim, in the order of the 835.
        claims: Vec<PaymentClaim>,
        /// PLB of the 835.
        adjustments: Vec<BookedAdjustment>,
        /// BPR02.
        amount_cents: Cents,
    },
    /// A paid claim turned out too high without a reversal pair; the payee owes it back.
    OverpaymentFound {
        /// The payer's claim control number.
        claim: Text,
        /// The payee.
        payee: Text,
        /// What is owed back.
        overpaid_cents: Cents,
    },
    /// The bank returned a payment.
    PaymentReturned {
        /// TRN02 of the payment.
        trace: Text,
        /// What came back.
        amount_cents: Cents,
    },
    /// A returned payment was issued again.
    PaymentReissued {
        /// TRN02 of the returned payment.
        returned_trace: Text,
        /// TRN02 of the new payment.
        trace: Text,
        /// What was paid again.
        amount_cents: Cents,
    },
}

impl PayerEvent {
    /// The entry that books the event under the given key and day.
    #[must_use]
    pub fn entry(&self, key: &str, effective_date: Date) -> Entry {
        let entry = |rule| Entry::new(key, effective_date, rule);
        match self {
            PayerEvent::ClaimApproved { claim, payee, payable_cents, withheld_cents } => {
                let claim = Subject::claim(claim);
                let mut entry = entry("payer.claim_approved");
                entry.debit(AccountKind::ClaimsIncurred.whole(), &claim, *payable_cents);
                entry.credit(AccountKind::ClaimsPayable.whole(), &claim, *payable_cents);
                entry.debit(AccountKind::ClaimsIncurred.whole(), &claim, *withheld_cents);
                entry.credit(AccountKind::WithholdPayable.of(payee), &claim, *withheld_cents);
                entry
            }
            PayerEvent::PaymentHeld { claim, held_cents } => {
                let claim = Subject::claim(claim);
                let mut entry = entry("payer.payment_held");
                entry.debit(AccountKind::ClaimsPayable.whole(), &claim, *held_cents);
                entry.credit(AccountKind::ClaimsPayableHeld.whole(), &claim, *held_cents);
                entry
            }
            PayerEvent::PaymentIssued { trace, payee, claims, adjustments, amount_cents } => {
                let mut entry = entry("payer.payment_issued");
                for paid in claims {
                    let claim = Subject::claim(&paid.claim);
                    entry.debit(AccountKind::ClaimsPayable.whole(), &claim, paid.paid_cents);
                }
                for adjustment in adjustments {
                    let account = adjustment.purpose.payer_account(payee);
                    entry.credit(account, &adjustment.subject(), adjustment.amount_cents);
                }
                let trace = Subject::trace(trace);
                entry.credit(AccountKind::PayerCash.whole(), &trace, *amount_cents);
                entry
            }
            PayerEvent::OverpaymentFound { claim, payee, overpaid_cents } => {
                let claim = Subject::claim(claim);
                let mut entry = entry("payer.overpayment_found");
                let owed = AccountKind::RecoupmentReceivable.of(payee);
                entry.debit(owed, &Subject::reference(&claim.id), *overpaid_cents);
                entry.credit(AccountKind::ClaimsIncurred.whole(), &claim, *overpaid_cents);
                entry
            }
            PayerEvent::PaymentReturned { trace, amount_cents } => {
                let trace = Subject::trace(trace);
                let mut entry = entry("payer.payment_returned");
                entry.debit(AccountKind::PayerCash.whole(), &trace, *amount_cents);
                entry.credit(AccountKind::ReturnedPaymentsPayable.whole(), &trace, *amount_cents);
                entry
            }
            PayerEvent::PaymentReissued { returned_trace, trace, amount_cents } => {
                let returned = Subject::trace(returned_trace);
                let mut entry = entry("payer.payment_reissued");
                let owed = AccountKind::ReturnedPaymentsPayable.whole();
                entry.debit(owed, &returned, *amount_cents);
                entry.credit(AccountKind::PayerCash.whole(), &Subject::trace(trace), *amount_cents);
                entry
            }
        }
    }
}
