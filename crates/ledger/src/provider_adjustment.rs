//! What a provider-level adjustment (PLB of the 835) means for the books of both sides.

use crate::account::{Account, AccountKind};
use crate::entry::Subject;
use counterfoil_base::{Cents, Text};

/// Why a payment is raised or lowered as a whole, as far as the books tell reasons apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdjustmentPurpose {
    /// `WO` overpayment recovery, `72` authorized return.
    Recoupment,
    /// `FB` forwarding balance.
    ForwardBalance,
    /// `L6` interest owed.
    Interest,
    /// `E3` withholding.
    Withhold,
    /// Taken back for a claim that the provider's books never saw paid; a person must decide.
    Disputed,
    /// Any other reason.
    Other,
}

impl AdjustmentPurpose {
    /// The purpose of a reason code (PLB03-1, code source 426 of X12 005010X221A1).
    #[must_use]
    pub fn from_reason(reason: &str) -> AdjustmentPurpose {
        match reason {
            "WO" | "72" => AdjustmentPurpose::Recoupment,
            "FB" => AdjustmentPurpose::ForwardBalance,
            "L6" => AdjustmentPurpose::Interest,
            "E3" => AdjustmentPurpose::Withhold,
            _ => AdjustmentPurpose::Other,
        }
    }

    /// The payer's account that a positive adjustment credits.
    ///
    /// A dispute is the provider's view; in the payer's books it is a recoupment.
    pub(crate) fn payer_account(self, payee: &str) -> Account {
        match self {
            AdjustmentPurpose::Recoupment | AdjustmentPurpose::Disputed => {
                AccountKind::RecoupmentReceivable.of(payee)
            }
            AdjustmentPurpose::ForwardBalance => AccountKind::ForwardBalanceReceivable.of(payee),
            AdjustmentPurpose::Interest => AccountKind::InterestExpense.whole(),
            AdjustmentPurpose::Withhold => AccountKind::WithholdPayable.of(payee),
            AdjustmentPurpose::Other => AccountKind::PayerOtherAdjustment.whole(),
        }
    }

    /// The provider's account that a positive adjustment debits.
    pub(crate) fn provider_account(self, payer: &str) -> Account {
        match self {
            AdjustmentPurpose::Recoupment | AdjustmentPurpose::ForwardBalance => {
                AccountKind::TakeBackPayable.of(payer)
            }
            AdjustmentPurpose::Interest => AccountKind::InterestIncome.whole(),
            AdjustmentPurpose::Withhold => AccountKind::WithholdReceivable.of(payer),
            AdjustmentPurpose::Disputed => AccountKind::DisputedTakeBack.of(payer),
            AdjustmentPurpose::Other => AccountKind::ProviderOtherAdjustment.whole(),
        }
    }
}

/// A provider-level adjustment as the books take it; positive lowers the payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedAdjustment {
    /// Why.
    pub purpose: AdjustmentPurpose,
    /// PLB03-2: the claim or earlier payment it refers to.
    pub reference: Text,
    /// PLB04.
    pub amount_cents: Cents,
}

impl BookedAdjustment {
    pub(crate) fn subject(&self) -> Subject {
        Subject::reference(&self.reference)
    }
}
