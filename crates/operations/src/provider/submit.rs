//! A claim file that goes to the payer: kept, booked and told in the record, in one transaction.

use super::account::AccountKey;
use super::billing::{Billed, BilledClaim, bill_claim};
use super::held::release;
use super::telling::{self, SentClaim};
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, Partners, digest_of_hex};
use crate::intake::{FileScan, IntakeItem, IntakeOptions, read_claims, scan_file};
use crate::payer::{PaymentFiles, ReceivedClaim, payee_key, record, write_pending};
use counterfoil_base::{Cents, Date, Finding};
use counterfoil_claim::Claim;
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_store::{Store, Transaction};
use counterfoil_twin::Hash;
use counterfoil_x12::Profile;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A file of claims that were checked and go out as they are.
pub struct Submission<'a> {
    /// Name of the file, for people.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whose code tables the claims are read with.
    pub engine: Arc<CleanClaimEngine>,
    /// Day on which it is sent.
    pub on: Date,
    /// The payment that the check predicts of a claim, when it can.
    pub expected_cents: &'a dyn Fn(&Claim) -> Option<Cents>,
}

/// What submitting a file did.
#[derive(Debug, Default)]
pub struct Submitted {
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// True when the file was submitted before; nothing was changed.
    pub was_submitted: bool,
    /// Claims in it.
    pub claims: u64,
    /// Claims whose charge was booked.
    pub booked: u64,
    /// Claims that are told in the record of a payer.
    pub told: u64,
    /// What a person must know of claims that were not booked.
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

/// Submits a file once: its bytes go into the outbox, its claims become receivables, and the
/// records of their payers say that the file and each claim were sent.
pub fn submit_file(
    store: &mut Store,
    submission: &Submission<'_>,
) -> Result<Submitted, OperationsError> {
    let _alone = store.begin_run()?;
    let scan = scan_file(&mut &*submission.bytes)
        .map_err(|source| OperationsError::Io { doing: "reading the claims".to_owned(), source })?;
    store.transaction("submit a claim file", |tx| submit(tx, submission, &scan))
}

pub(super) fn submit(
    tx: &Transaction<'_>,
    submission: &Submission<'_>,
    scan: &FileScan,
) -> Result<Submitted, OperationsError> {
    let digest = scan.digest.as_str();
    let day = submission.on.to_string();
    let mut done = Submitted { digest: digest.to_owned(), ..Submitted::default() };
    if tx.begin_file(digest, submission.name, "837", &day)?.finished {
        done.was_submitted = true;
        return Ok(done);
    }
    let file = digest_of_hex(digest).ok_or(OperationsError::Unreadable("the digest of a file"))?;
    let source = format!("submitted/{digest}");
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
    let document = Document { file, length: scan.bytes, name };
    let mut work = Work {
        tx,
        submission,
        document,
        partners: Partners::default(),
        told: BTreeSet::new(),
        dues: Dues::default(),
        done,
    };
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

/// The file as it goes out.
struct Document {
    file: Hash,
    length: u64,
    name: String,
}

struct Work<'w, 't> {
    tx: &'w Transaction<'t>,
    submission: &'w Submission<'w>,
    document: Document,
    partners: Partners,
    /// Relationships in which the file was said to be sent.
    told: BTreeSet<i64>,
    dues: Dues,
    done: Submitted,
}

impl Work<'_, '_> {
    fn claim(&mut self, received: &ReceivedClaim) -> Result<(), OperationsError> {
        let claim = &received.claim;
        let predicted_cents = (self.submission.expected_cents)(claim);
        let partner = self.partners.find(self.tx, &claim.payer.id)?;
        let told =
            partner.and_then(|one| Some((one, one.claim(&self.done.digest, received.ordinal)?)));
        let billed = bill_claim(
            self.tx,
            &BilledClaim {
                claim,
                segments: received.segments.expose(),
                expected_cents: predicted_cents,
                file_digest: &self.done.digest,
                on: self.submission.on,
                twin_subject: told.as_ref().map_or("", |(_, subject)| subject.as_str()),
            },
        )?;
        self.done.claims += 1;
        let is_booked = billed.is_in_books() && billed != Billed::Before;
        self.done.booked += u64::from(is_booked);
        if is_booked {
            release(self.tx, claim, (&self.done.digest, self.submission.on))?;
        }
        self.done.findings.extend(billed.finding(claim));
        let Some((partner, subject)) = told else { return Ok(()) };
        self.file(partner)?;
        let (ordinal, file) = (received.ordinal, self.document.file);
        let sent = SentClaim { claim, ordinal, file, predicted_cents };
        telling::submitted(&mut self.dues, partner, &subject, &sent)?;
        self.done.told += 1;
        // What was answered before it was booked is posted now.
        let key = AccountKey {
            billing_provider: payee_key(&claim.billing_provider).to_string(),
            patient_control_number: claim.patient_control_number.to_string(),
            payer_id: claim.payer.id.to_string(),
        };
        telling::posted(self.tx, &mut self.dues, partner, &key)
    }

    /// Says once to each payer that the file goes out.
    fn file(&mut self, partner: Partner) -> Result<(), OperationsError> {
        if !self.told.insert(partner.id) {
            return Ok(());
        }
        let Document { file, length, name } = &self.document;
        telling::file_sent(&mut self.dues, partner, (*file, *length), ("837", name))
    }
}
