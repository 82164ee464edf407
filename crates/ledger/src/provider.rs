//! The provider's business events as entries.

use crate::account::{Account, AccountKind};
use crate::entry::{Entry, Subject};
use crate::provider_adjustment::BookedAdjustment;
use counterfoil_base::{Cents, Date, Text};

/// Where a reduction of a charge belongs in the provider's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdjustmentClass {
    /// Given up by contract.
    Contractual,
    /// Owed by the patient.
    PatientResponsibility,
    /// Refused; waits for correction, appeal or a person's write-off.
    Denied,
    /// Withheld by contract, still to be earned.
    Withheld,
    /// Any other reduction.
    Other,
}

impl AdjustmentClass {
    fn account(self, payer: &str) -> Account {
        match self {
            AdjustmentClass::Contractual => AccountKind::ContractualAdjustment.of(payer),
            AdjustmentClass::PatientResponsibility => AccountKind::PatientReceivable.whole(),
            AdjustmentClass::Denied => AccountKind::DeniedReceivable.of(payer),
            AdjustmentClass::Withheld => AccountKind::WithholdReceivable.of(payer),
            AdjustmentClass::Other => AccountKind::OtherAdjustment.of(payer),
        }
    }
}

/// What an 835 says about one claim: the charge is answered by payment and adjustments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPosting {
    /// The provider's control number of the claim (CLP01).
    pub claim: Text,
    /// CLP04; negative in a reversal.
    pub paid_cents: Cents,
    /// CAS amounts by class; negative in a reversal.
    pub adjustments: Vec<(AdjustmentClass, Cents)>,
}

/// Something that happened to a provider's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// A claim was sent to a payer.
    ClaimBilled {
        /// The payer.
        payer: Text,
        /// The provider's control number of the claim.
        claim: Text,
        /// CLM02.
        charge_cents: Cents,
    },
    /// An 835 answered a claim that the books know.
    ClaimAnswered {
        /// The payer.
        payer: Text,
        /// TRN02.
        trace: Text,
        /// What it said.
        posting: ClaimPosting,
    },
    /// An 835 moved money for a claim that the books cannot post; a person must identify it.
    ClaimUnidentified {
        /// The payer.
        payer: Text,
        /// TRN02.
        trace: Text,
        /// CLP01 as received.
        claim: Text,
        /// CLP04: paid to an unknown claim, or taken back for one never paid when negative.
        paid_cents: Cents,
    },
    /// The provider-level adjustments of an 835.
    PaymentAdjusted {
        /// The payer.
        payer: Text,
        /// TRN02.
        trace: Text,
        /// PLB.
        adjustments: Vec<BookedAdjustment>,
    },
    /// Money arrived in the bank.
    CashReceived {
        /// Reference of the bank entry.
        bank_entry: Text,
        /// What arrived.
        amount_cents: Cents,
    },
    /// Money in the bank was matched to an 835.
    CashMatched {
        /// The payer.
        payer: Text,
        /// TRN02.
        trace: Text,
        /// Reference of the bank entry.
        bank_entry: Text,
        /// What is matched.
        amount_cents: Cents,
    },
    /// The bank took back a payment; the payer owes it again.
    PaymentReturned {
        /// The payer.
        payer: Text,
        /// TRN02.
        trace: Text,
        /// Reference of the bank entry.
        bank_entry: Text,
        /// What left the bank, as a positive amount.
        amount_cents: Cents,
    },
    /// A person moved a denied charge to the patient.
    DenialTransferredToPatient {
        /// The payer that denied.
        payer: Text,
        /// The provider's control number of the claim.
        claim: Text,
        /// What the patient is to pay.
        amount_cents: Cents,
    },
    /// A person gave up a denied charge.
    DenialWrittenOff {
        /// The payer that denied.
        payer: Text,
        /// The provider's control number of the claim.
        claim: Text,
        /// What is given up.
        amount_cents: Cents,
    },
}

impl ProviderEvent {
    /// The entry that books the event under the given key and day.
    #[must_use]
    pub fn entry(&self, key: &str, effective_date: Date) -> Entry {
        use AccountKind::{
            BilledRevenue, DeniedReceivable, DisputedTakeBack, OtherAdjustment, PatientReceivable,
            PaymentsExpected, ProviderCash, Receivable, UnappliedCash, UnidentifiedPayments,
        };
        let mut entry = Entry::new(key, effective_date, self.rule());
        match self {
            ProviderEvent::ClaimBilled { payer, claim, charge_cents } => {
                let claim = &Subject::claim(claim);
                let income = (BilledRevenue.whole(), claim);
                entry.transfer((Receivable.of(payer), claim), income, *charge_cents);
            }
            ProviderEvent::ClaimAnswered { payer, trace, posting } => {
                let (claim, trace) = (&Subject::claim(&posting.claim), &Subject::trace(trace));
                let receivable = || (Receivable.of(payer), claim);
                let expected = (PaymentsExpected.of(payer), trace);
                entry.transfer(expected, receivable(), posting.paid_cents);
                for (class, cents) in &posting.adjustments {
                    entry.transfer((class.account(payer), claim), receivable(), *cents);
                }
            }
            ProviderEvent::ClaimUnidentified { payer, trace, claim, paid_cents } => {
                let taken = paid_cents.is_negative();
                let kind = if taken { DisputedTakeBack } else { UnidentifiedPayments };
                let expected = (PaymentsExpected.of(payer), &Subject::trace(trace));
                entry.transfer(expected, (kind.of(payer), &Subject::claim(claim)), *paid_cents);
            }
            ProviderEvent::PaymentAdjusted { payer, trace, adjustments } => {
                let trace = &Subject::trace(trace);
                for adjustment in adjustments {
                    let account = adjustment.purpose.provider_account(payer);
                    let expected = (PaymentsExpected.of(payer), trace);
                    let lowered = (account, &adjustment.subject());
                    entry.transfer(lowered, expected, adjustment.amount_cents);
                }
            }
            ProviderEvent::CashReceived { bank_entry, amount_cents } => {
                let bank = &Subject::bank_entry(bank_entry);
                let unapplied = (UnappliedCash.whole(), bank);
                entry.transfer((ProviderCash.whole(), bank), unapplied, *amount_cents);
            }
            ProviderEvent::CashMatched { payer, trace, bank_entry, amount_cents } => {
                let expected = (PaymentsExpected.of(payer), &Subject::trace(trace));
                let bank = &Subject::bank_entry(bank_entry);
                entry.transfer((UnappliedCash.whole(), bank), expected, *amount_cents);
            }
            ProviderEvent::PaymentReturned { payer, trace, bank_entry, amount_cents } => {
                let expected = (PaymentsExpected.of(payer), &Subject::trace(trace));
                let bank = &Subject::bank_entry(bank_entry);
                entry.transfer(expected, (ProviderCash.whole(), bank), *amount_cents);
            }
            ProviderEvent::DenialTransferredToPatient { payer, claim, amount_cents } => {
                let claim = &Subject::claim(claim);
                let denied = (DeniedReceivable.of(payer), claim);
                entry.transfer((PatientReceivable.whole(), claim), denied, *amount_cents);
            }
            ProviderEvent::DenialWrittenOff { payer, claim, amount_cents } => {
                let claim = &Subject::claim(claim);
                let denied = (DeniedReceivable.of(payer), claim);
                entry.transfer((OtherAdjustment.of(payer), claim), denied, *amount_cents);
            }
        }
        entry
    }

    /// Stable id of the rule that books the event.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            ProviderEvent::ClaimBilled { .. } => "provider.claim_billed",
            ProviderEvent::ClaimAnswered { .. } => "provider.claim_answered",
            ProviderEvent::ClaimUnidentified { .. } => "provider.claim_unidentified",
            ProviderEvent::PaymentAdjusted { .. } => "provider.payment_adjusted",
            ProviderEvent::CashReceived { .. } => "provider.cash_received",
            ProviderEvent::CashMatched { .. } => "provider.cash_matched",
            ProviderEvent::PaymentReturned { .. } => "provider.payment_returned",
            ProviderEvent::DenialTransferredToPatient { .. } => "provider.denial_to_patient",
            ProviderEvent::DenialWrittenOff { .. } => "provider.denial_written_off",
        }
    }
}
