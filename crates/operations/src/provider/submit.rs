//! A claim file that goes out: kept, booked and told in the record of the partner whose it is.

use super::account::AccountKey;
use super::billing::{Billed, BilledClaim, bill_claim, booked_unsent, sent_as};
use super::held::release;
use super::telling::{self, SentClaim};
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, digest_of_hex};
use crate::intake::{FileScan, IntakeItem, IntakeOptions, read_claims};
use crate::payer::{PaymentFiles, ReceivedClaim, record, write_pending};
use counterfoil_base::{Cents, Date, Finding};
use counterfoil_claim::Claim;
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_store::{ReceivableRow, Store, Transaction};
use counterfoil_twin::Hash;
use counterfoil_x12::Profile;
use std::sync::Arc;

/// A file of claims that were checked and go out as they are, all to one partner or to none.
pub(super) struct Submission<'a> {
    /// Name of the file, for people.
    pub(super) name: &'a str,
    /// SHA-256 of the file as it came, hex.
    pub(super) source: &'a str,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// Whose code tables the claims are read with.
    pub(super) engine: Arc<CleanClaimEngine>,
    /// Day on which it is sent.
    pub(super) on: Date,
    /// The payment that the check predicts of a claim, when it can.
    pub(super) expected_cents: &'a dyn Fn(&Claim) -> Option<Cents>,
    /// In whose record it is told; nothing for payers that are no partners.
    pub(super) partner: Option<Partner>,
}

/// A file of claims that went out.
#[derive(Debug, Default)]
pub struct Submitted {
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// Claims in it.
    pub claims: u64,
    /// Claims whose charge was booked.
    pub booked: u64,
    /// Claims that are told in the record of a payer: all of them or none.
    pub told: u64,
    /// What a person must know of the bookings.
    pub findings: Vec<Finding>,
}

/// Writes every file of claims that went out and is not yet in a folder; gives their names.
///
/// # Errors
/// When a file cannot be written; it is written at the next call.
pub fn write_submissions(
    store: &mut Store,
    files: &mut dyn PaymentFiles,
) -> Result<Vec<String>, OperationsError> {
    write_pending(store, &["837"], files)
}

/// The bytes go into the outbox, the claims become receivables, and the partner's record says that
/// the file and each claim were sent.
pub(super) fn submit(
    tx: &Transaction<'_>,
    submission: &Submission<'_>,
    scan: &FileScan,
) -> Result<Submitted, OperationsError> {
    let digest = scan.digest.as_str();
    tx.begin_file(digest, submission.name, "837", &submission.on.to_string())?;
    let file = digest_of_hex(digest).ok_or(OperationsError::Unreadable("the digest of a file"))?;
    let source = sent_as(digest);
    let name = format!("837-{}.x12", digest.get(..12).unwrap_or(digest));
    record(tx, (name.clone(), "837"), &source, submission.bytes)?;
    let options = IntakeOptions {
        engine: submission.engine.clone(),
        profile: Profile::Lenient,
        keeps_segments: true,
        rejected_sets: scan.rejected_sets.clone(),
        day: submission.on,
        acknowledgement_number: 1,
        claims_before: 0,
    };
    let mut dues = Dues::default();
    if let Some(partner) = submission.partner {
        telling::file_sent(&mut dues, partner, (file, scan.bytes), ("837", &name))?;
    }
    let done = Submitted { digest: digest.to_owned(), ..Submitted::default() };
    let mut work = Work { tx, submission, digest, file, dues, done };
    read_claims::<_, OperationsError>(submission.bytes, options, |items, _| {
        for item in items {
            if let IntakeItem::Claim(received) = item {
                work.claim(&received)?;
            }
        }
        Ok(())
    })?;
    let Work { mut dues, done, .. } = work;
    dues.record(tx, &source)?;
    tx.file_progress(digest, done.claims, true)?;
    Ok(done)
}

struct Work<'w, 't> {
    tx: &'w Transaction<'t>,
    submission: &'w Submission<'w>,
    digest: &'w str,
    file: Hash,
    dues: Dues,
    done: Submitted,
}

impl Work<'_, '_> {
    fn claim(&mut self, received: &ReceivedClaim) -> Result<(), OperationsError> {
        let (claim, ordinal) = (&received.claim, received.ordinal);
        let predicted_cents = (self.submission.expected_cents)(claim);
        let partner = self.submission.partner;
        let told = partner.and_then(|one| Some((one, one.claim(self.digest, ordinal)?)));
        let billed = BilledClaim {
            claim,
            segments: received.segments.expose(),
            expected_cents: predicted_cents,
            file_digest: self.digest,
            on: self.submission.on,
            twin_subject: told.as_ref().map_or("", |(_, subject)| subject.as_str()),
        };
        self.done.claims += 1;
        if self.book(&billed)? {
            let Submission { source, on, .. } = self.submission;
            release(self.tx, claim, (source, self.digest, *on))?;
        }
        let Some((partner, subject)) = told else { return Ok(()) };
        let sent = SentClaim { claim, ordinal, file: self.file, predicted_cents };
        telling::submitted(&mut self.dues, partner, &subject, &sent)?;
        self.done.told += 1;
        // What was answered before it was booked is posted now.
        telling::posted(self.tx, &mut self.dues, partner, &AccountKey::of_claim(claim))
    }

    /// Books a claim, unless its charge is in the books and it only was not sent; false when the
    /// books do not take it.
    fn book(&mut self, billed: &BilledClaim<'_>) -> Result<bool, OperationsError> {
        if let Some(row) = booked_unsent(self.tx, billed)? {
            self.tx.mark_receivable_sent(&ReceivableRow {
                source_file: billed.file_digest.to_owned(),
                twin_subject: billed.twin_subject.to_owned(),
                ..row
            })?;
            return Ok(true);
        }
        let done = bill_claim(self.tx, billed)?;
        let is_booked = done.is_in_books() && done != Billed::Before;
        self.done.booked += u64::from(is_booked);
        self.done.findings.extend(done.finding(billed.claim));
        Ok(is_booked)
    }
}
