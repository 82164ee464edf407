//! A claim that is sent becomes a receivable, once; a correction takes its place.

use super::account::{AccountKey, RETURNED, VOID, settle_account, standing};
use crate::error::OperationsError;
use counterfoil_base::{Cents, Date, Finding, Phi, Position, Text};
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
    let key = AccountKey::of_claim(billed.claim);
    let (row, known) = known_billings(transaction, billed)?;
    let outcome = known.outcome(billed.claim, &row);
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

/// What [`bill_claim`] would do after the billings of the same claim that its file holds before
/// it; nothing is changed.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn judge_billing(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
    of_file: &[KnownBilling],
) -> Result<Billed, OperationsError> {
    let (row, mut known) = known_billings(transaction, billed)?;
    known.of_payer.extend_from_slice(of_file);
    Ok(known.outcome(billed.claim, &row))
}

/// The booking of a claim that was never sent: its charge is in the books, and it can go out.
///
/// `claim check --book` books claims that leave by another way; one that the payer has answered
/// has left. What was corrected or voided since is no booking of the claim any more.
pub(super) fn booked_unsent(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<Option<ReceivableRow>, OperationsError> {
    let key = AccountKey::of_claim(billed.claim);
    let mut rows = transaction.receivable(&key.billing_provider, &key.patient_control_number)?;
    let row = receivable(billed, &key, rows.len());
    rows.retain(|one| one.payer_id == key.payer_id);
    let Some(one) = standing(&rows).and_then(|at| rows.into_iter().nth(at)) else {
        return Ok(None);
    };
    let is_same = (&one.frequency, one.charge_cents, &one.replaces)
        == (&row.frequency, row.charge_cents, &row.replaces);
    // A charge of nothing is never booked.
    let is_booked = one.bookings % 2 == 1 || one.charge_cents.is_zero();
    let is_answered = !one.claim_control_number.is_empty();
    let is_unsent = is_same && is_booked && !is_answered && !is_sent(transaction, &one)?;
    Ok(is_unsent.then_some(one))
}

fn is_sent(transaction: &Transaction<'_>, row: &ReceivableRow) -> Result<bool, OperationsError> {
    let is_told = !row.twin_subject.is_empty();
    Ok(is_told || transaction.outbox_of(&sent_as(&row.source_file))?.is_some())
}

/// What a file of claims that went out stands for in the outbox.
pub(super) fn sent_as(file_digest: &str) -> String {
    format!("submitted/{file_digest}")
}

/// A billing of the same claim, as far as the next one is judged by it.
#[derive(Clone, Debug)]
pub(super) struct KnownBilling {
    frequency: Text,
    charge_cents: Cents,
    is_returned: bool,
    /// True when it came in the same file.
    is_of_file: bool,
}

impl KnownBilling {
    /// A claim that goes out in the file at hand.
    pub(super) fn of_file(claim: &Claim) -> KnownBilling {
        KnownBilling {
            frequency: claim.bill_type.frequency.clone(),
            charge_cents: charge_of(claim),
            is_returned: false,
            is_of_file: true,
        }
    }
}

/// What is on record of a claim.
struct Known {
    /// Its billings to the payer, in their order.
    of_payer: Vec<KnownBilling>,
    /// True when another payer has it: one that it was billed to and that did not return it.
    is_of_others: bool,
}

impl Known {
    fn outcome(&self, claim: &Claim, row: &ReceivableRow) -> Billed {
        let same = |one: &&KnownBilling| {
            one.frequency == row.frequency.as_str() && one.charge_cents == row.charge_cents
        };
        let last = self.of_payer.iter().rfind(|one| !one.is_returned);
        let is_original = claim.frequency() == FrequencyCode::Original;
        let is_taken = is_original && last.is_some_and(|last| last.frequency != VOID);
        let mut known = self.of_payer.iter().filter(same);
        if row.charge_cents > AMOUNT_CENTS_MAX || row.charge_cents.is_negative() {
            return Billed::TooLarge;
        }
        if known.any(|one| one.is_of_file || is_taken && !one.is_returned) {
            return Billed::Before;
        }
        if is_taken {
            return Billed::NumberInUse;
        }
        match claim.frequency() {
            FrequencyCode::Void => Billed::Void,
            FrequencyCode::Replacement if !self.of_payer.is_empty() => Billed::Correction,
            _ if self.is_of_others => Billed::NewPayer,
            FrequencyCode::Replacement | FrequencyCode::Original => Billed::New,
        }
    }
}

/// The row of a billing, and what it stands beside.
fn known_billings(
    transaction: &Transaction<'_>,
    billed: &BilledClaim<'_>,
) -> Result<(ReceivableRow, Known), OperationsError> {
    let key = AccountKey::of_claim(billed.claim);
    let rows = transaction.receivable(&key.billing_provider, &key.patient_control_number)?;
    let known = |one: &ReceivableRow| KnownBilling {
        frequency: Text::from(&one.frequency),
        charge_cents: one.charge_cents,
        is_returned: one.state == RETURNED,
        is_of_file: one.source_file == billed.file_digest,
    };
    let of_payer: Vec<KnownBilling> =
        rows.iter().filter(|one| one.payer_id == key.payer_id).map(known).collect();
    let is_of_others = rows.iter().any(|one| one.payer_id != key.payer_id && one.state != RETURNED);
    Ok((receivable(billed, &key, rows.len()), Known { of_payer, is_of_others }))
}

/// What a claim bills: a void bills nothing.
fn charge_of(claim: &Claim) -> Cents {
    match claim.frequency() {
        FrequencyCode::Void => Cents::ZERO,
        _ => claim.charge_cents,
    }
}

fn receivable(billed: &BilledClaim<'_>, key: &AccountKey, before: usize) -> ReceivableRow {
    let claim = billed.claim;
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
        charge_cents: charge_of(claim),
        expected_cents: billed.expected_cents,
        source_file: billed.file_digest.to_owned(),
        claim_segments: Phi::new(billed.segments.to_vec()),
        state: "billed".to_owned(),
        twin_subject: billed.twin_subject.to_owned(),
        ..ReceivableRow::default()
    }
}

/// Settles the claims of the payer under other control numbers whose place a correction takes, or
/// leaves again when it is returned.
pub(super) fn settle_corrected(
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
