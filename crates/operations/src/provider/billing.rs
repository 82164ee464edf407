//! A claim that is sent becomes a receivable, once; a correction takes its place.

use super::account::{AccountKey, RETURNED, VOID, settle_account};
use crate::error::OperationsError;
use crate::payer::payee_key;
use counterfoil_base::{Cents, Date, Finding, Phi, Position};
use counterfoil_claim::{Claim, FrequencyCode};
use counterfoil_remit::AMOUNT_CENTS_MAX;
use counterfoil_store::{ReceivableRow, Transaction};

/// A claim as it is sent, with the payment that the check predicts.
#[derive(Clone, Copy, Debug)]
pub struct BilledClaim<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// The claim as 837 segments with its hierarchy, to judge its payment line by line later;
    /// may be empty.
    pub segments: &'a [u8],
    /// Predicted CLP04, when rates and members were at hand.
    pub expected_cents: Option<Cents>,
    /// SHA-256 of the file that it goes out in, hex.
    pub file_digest: &'a str,
    /// Day on which it is sent.
    pub on: Date,
    /// Its subject in the payer's record; empty when it is told in none.
    pub twin_subject: &'a str,
}

/// What billing a claim did to the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    /// Its charge is booked.
    New,
    /// Its charge is booked, and the same control number is booked for another payer as well.
    NewPayer,
    /// It took the place of an earlier claim under the same control number.
    Correction,
    /// It takes an earlier claim back (frequency 8) and bills nothing.
    Void,
    /// The same claim is booked already; nothing was changed.
    Before,
    /// Another original claim has its control number; nothing was changed.
    NumberInUse,
    /// Its charge is beyond any amount that can be booked; nothing was changed.
    TooLarge,
}

impl Billed {
    /// True when the books hold the claim, from now on or from before.
    #[must_use]
    pub fn is_in_books(self) -> bool {
        !matches!(self, Billed::NumberInUse | Billed::TooLarge)
    }

    /// What a person must know of the booking.
    #[must_use]
    pub fn finding(self, claim: &Claim) -> Option<Finding> {
        let number = &claim.patient_control_number;
        let finding = match self {
            Billed::New | Billed::Correction | Billed::Void => return None,
            Billed::NewPayer => {
                let message = format!("Claim {number} is booked for another payer as well.");
                Finding::note("OPS-7-booked-for-another-payer", 7, message)
                    .because("The receivables hold its number (CLM01) with another payer.")
                    .fix(
                        "Nothing to do for a second payer of the claim; void the earlier claim \
                          (CLM05-3 8) when it went to the wrong payer.",
                    )
            }
            Billed::Before => {
                let message = format!("Claim {number} is booked already.");
                Finding::note("OPS-7-claim-booked-before", 7, message)
                    .because("The receivables hold it with the same charge.")
                    .fix("Nothing to do; nothing was booked twice.")
            }
            Billed::NumberInUse => {
                let message = format!("Control number {number} belongs to another booked claim.");
                Finding::error("OPS-7-control-number-in-use", 7, message)
                    .because("An original claim with another charge was booked under it (CLM01).")
                    .fix(
                        "Give the claim a number of its own, or send it as a correction (CLM05-3 \
                          7); it was not booked.",
                    )
            }
            Billed::TooLarge => {
                let message = format!("The charge of claim {number} is too large to book.");
                Finding::error("OPS-3-charge-too-large", 3, message)
                    .because("It is beyond any amount of a claim (CLM02 has at most 10 digits).")
                    .fix("Correct the charge; the claim was not booked.")
            }
        };
        Some(finding.at(Position {
            segment: (claim.source.segment > 0).then_some(claim.source.segment),
            segment_id: "CLM".to_owned(),
            loop_path: "2300".to_owned(),
            ..Position::default()
        }))
    }
}

/// Records the receivable of a claim and books its charge.
///
/// A correction (frequency 7) under the control number of an earlier claim takes its place: the
/// earlier charge leaves the books, at once when the payer has not answered it, else when the
/// payer's reversal is posted. A void (frequency 8) does the same and bills nothing. A
/// correction under another control number names the earlier claim by the payer's number.
/// What was billed to another payer under the same number stays as it is: a second payer of the
/// claim has a receivable of its own.
pub fn bill_claim(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<Billed, OperationsError> {
    let Judged { key, row, outcome } = judge(transaction, billed)?;
    if matches!(outcome, Billed::Before | Billed::NumberInUse | Billed::TooLarge) {
        return Ok(outcome);
    }
    transaction.insert_receivable(&row)?;
    settle_account(transaction, &key, billed.on)?;
    if !row.replaces.is_empty() {
        settle_corrected(transaction, &key, &row.replaces, billed.on)?;
    }
    Ok(outcome)
}

/// What [`bill_claim`] would do; nothing is changed.
///
/// # Errors
/// When the store cannot be read.
pub fn judge_billing(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<Billed, OperationsError> {
    Ok(judge(transaction, billed)?.outcome)
}

/// A billing beside what is on record.
struct Judged {
    key: AccountKey,
    row: ReceivableRow,
    outcome: Billed,
}

fn judge(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<Judged, OperationsError> {
    let claim = billed.claim;
    let key = AccountKey {
        billing_provider: payee_key(&claim.billing_provider).to_string(),
        patient_control_number: claim.patient_control_number.to_string(),
        payer_id: claim.payer.id.to_string(),
    };
    let mut rows = transaction.receivable(&key.billing_provider, &key.patient_control_number)?;
    let row = receivable(billed, &key, rows.len());
    let billings = rows.len();
    rows.retain(|one| one.payer_id == key.payer_id);
    let same = |one: &ReceivableRow| {
        one.frequency == row.frequency && one.charge_cents == row.charge_cents
    };
    let is_original = claim.frequency() == FrequencyCode::Original;
    let is_over = |last: &ReceivableRow| last.frequency == VOID || last.state == RETURNED;
    let may_begin_anew = rows.last().is_none_or(is_over);
    let mut known = rows.iter().filter(|one| same(one));
    let outcome = if row.charge_cents > AMOUNT_CENTS_MAX || row.charge_cents.is_negative() {
        Billed::TooLarge
    } else if known.any(|one| is_original && !may_begin_anew || one.source_file == row.source_file)
    {
        Billed::Before
    } else if is_original && !may_begin_anew {
        Billed::NumberInUse
    } else {
        match claim.frequency() {
            FrequencyCode::Void => Billed::Void,
            FrequencyCode::Replacement if !rows.is_empty() => Billed::Correction,
            _ if billings > rows.len() => Billed::NewPayer,
            FrequencyCode::Replacement | FrequencyCode::Original => Billed::New,
        }
    };
    Ok(Judged { key, row, outcome })
}

fn receivable(billed: &BilledClaim<'_>, key: &AccountKey, before: usize) -> ReceivableRow {
    let claim = billed.claim;
    let is_void = claim.frequency() == FrequencyCode::Void;
    let corrected = match claim.frequency() {
        FrequencyCode::Original => None,
        FrequencyCode::Replacement | FrequencyCode::Void => claim.payer_claim_control_number(),
    };
    ReceivableRow {
        billing_provider: key.billing_provider.clone(),
        patient_control_number: key.patient_control_number.clone(),
        version: i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1),
        payer_id: claim.payer.id.to_string(),
        frequency: claim.bill_type.frequency.to_string(),
        replaces: corrected.unwrap_or("").to_owned(),
        billed_on: billed.on.to_string(),
        charge_cents: if is_void { Cents::ZERO } else { claim.charge_cents },
        expected_cents: billed.expected_cents,
        source_file: billed.file_digest.to_owned(),
        claim_segments: Phi::new(billed.segments.to_vec()),
        state: "billed".to_owned(),
        twin_subject: billed.twin_subject.to_owned(),
        ..ReceivableRow::default()
    }
}

/// The claims of the payer under other control numbers that a correction takes the place of.
fn settle_corrected(
    transaction: &Transaction<'_>,
    key: &AccountKey,
    payer_number: &str,
    on: Date,
) -> Result<(), OperationsError> {
    let rows = transaction.receivables_by_payer_number(payer_number, &key.billing_provider)?;
    let others = rows.iter().map(AccountKey::of_row);
    for other in others.filter(|other| other != key && other.payer_id == key.payer_id) {
        settle_account(transaction, &other, on)?;
    }
    Ok(())
}
