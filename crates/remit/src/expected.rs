//! What an 835 announces to the bank account: one expected payment.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::RemittanceAdvice;

/// A payment that an 835 announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedPayment {
    /// TRN02.
    pub trace_number: Text,
    /// TRN03.
    pub payer_identifier: Text,
    /// Payer by whom the receivable is kept; TRN03 when the payer has no other identifier.
    pub payer: Text,
    /// Name of the payer, to recognize it in a bank's text.
    pub payer_name: Text,
    /// BPR02.
    pub amount_cents: Cents,
    /// BPR16.
    pub effective_date: Option<Date>,
    /// True for a check (BPR04 `CHK`): TRN02 is its number, and it may be cashed late.
    pub by_check: bool,
    /// Fingerprint of the claims, to tell an 835 that was sent twice from two 835s that share
    /// a trace number.
    pub fingerprint: u64,
}

impl ExpectedPayment {
    /// The payment that an 835 announces; `payer` is the receivable's payer identifier.
    #[must_use]
    pub fn of(advice: &RemittanceAdvice, payer: &str) -> ExpectedPayment {
        let payment = &advice.payment;
        ExpectedPayment {
            trace_number: payment.trace_number.clone(),
            payer_identifier: payment.payer_identifier.clone(),
            payer: Text::from(payer),
            payer_name: advice.payer.name.clone(),
            amount_cents: payment.amount_cents,
            effective_date: payment.effective_date,
            by_check: payment.method == "CHK",
            fingerprint: fingerprint(advice),
        }
    }
}

/// FNV-1a over what the 835 says about each claim; the same on every machine.
fn fingerprint(advice: &RemittanceAdvice) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    take(advice.payee.id.as_bytes());
    for claim in &advice.claims {
        take(claim.patient_control_number.as_bytes());
        take(claim.payer_claim_control_number.as_bytes());
        take(claim.status_code.as_bytes());
        take(&claim.charge_cents.0.to_be_bytes());
        take(&claim.paid_cents.0.to_be_bytes());
    }
    for adjustment in &advice.provider_adjustments {
        take(adjustment.reason.as_bytes());
        take(adjustment.reference.as_bytes());
        take(&adjustment.amount_cents.0.to_be_bytes());
    }
    hash
}
