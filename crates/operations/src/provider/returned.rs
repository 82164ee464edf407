//! What a payer answers before it decides: TA1, 999 and 277CA. What it returns waits for a person,
//! with the payer's reasons, and is in the books no more.

use super::account::{AccountKey, RETURNED, TAKEN_BACK, settle_account, standing};
use super::answers::{Refusal, read};
use super::billing::settle_corrected;
use super::held::{HeldCause, HeldClaim, HeldFinding, HeldState, hold};
use super::refused::{RefusedClaims, unmatched};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Partner, Relation, digest_of_hex};
use crate::intake::hex;
use counterfoil_base::{Date, Finding};
use counterfoil_store::{DocumentState, ReceivableRow, Store, Transaction};
use sha2::{Digest, Sha256};

/// Standing of a claim that the payer has returned, in the record.
const REJECTED: &str = "rejected";

/// A file that answers claims.
pub struct AnswerFile<'a> {
    /// Whose it is.
    pub relation: &'a Relation,
    /// `TA1`, `999` or `277CA`.
    pub kind: &'a str,
    /// Name of the file, for people.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The day on which it is read.
    pub on: Date,
}

/// What a file that answers claims said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadAnswers {
    /// True when it was read before; nothing was changed.
    pub was_read: bool,
    /// Claims that entered adjudication.
    pub accepted: u64,
    /// Claims that came back and wait for a person.
    pub returned: u64,
    /// Returned claims that are not in these books or were answered since, and refusals of sets
    /// or interchanges of which no claim waits for them.
    pub unknown: u64,
    /// What those refusals were about.
    pub findings: Vec<Finding>,
}

/// Reads an answer once: claims that it returns leave the books and wait for a person.
///
/// # Errors
/// [`OperationsError::Refused`] when the file is no such answer; nothing is kept then.
pub fn take_answers(
    store: &mut Store,
    file: &AnswerFile<'_>,
) -> Result<ReadAnswers, OperationsError> {
    let _alone = store.begin_run()?;
    let digest = hex(&Sha256::digest(file.bytes));
    store.transaction("read a payer's answer", |tx| {
        let read = take(tx, file, &digest)?;
        mark_document_taken(tx, file.relation, &digest)?;
        Ok(read)
    })
}

/// A document that was worked on is not worked on again.
pub fn mark_document_taken(
    tx: &Transaction<'_>,
    relation: &Relation,
    digest: &str,
) -> Result<(), OperationsError> {
    if let Some(document) = tx.twin_document(relation.id, digest)? {
        let state = (DocumentState::Taken, document.place.as_str());
        tx.set_twin_document(relation.id, digest, state)?;
    }
    Ok(())
}

fn take(
    tx: &Transaction<'_>,
    file: &AnswerFile<'_>,
    digest: &str,
) -> Result<ReadAnswers, OperationsError> {
    if tx.begin_file(digest, file.name, file.kind, &file.on.to_string())?.finished {
        return Ok(ReadAnswers { was_read: true, ..ReadAnswers::default() });
    }
    let said = read(file.bytes);
    if said.is_empty() {
        let told = format!("{} holds no {} that can be read", file.name, file.kind);
        return Err(OperationsError::Refused(told));
    }
    let payers = tx.partner_identifiers(file.relation.id)?;
    let mut done = ReadAnswers::default();
    for (ordinal, one) in (1..).zip(&said.claims) {
        if one.findings.is_empty() {
            done.accepted += 1;
            continue;
        }
        let mut rows = tx.receivable(&one.billing_provider, &one.patient_control_number)?;
        rows.retain(|row| payers.contains(&row.payer_id));
        match returned_billing(tx, file.relation, &rows)? {
            Some(at) => {
                give_back(tx, (file, digest, ordinal), (&rows, at), one.findings.clone())?;
                done.returned += 1;
            }
            None => done.unknown += 1,
        }
    }
    if !said.refusals.is_empty() {
        let first = said.claims.len() as u64 + 1;
        refused_whole(tx, (file, digest, first), &said.refusals, &mut done)?;
    }
    if let (Some(partner), Some(_)) =
        (Partner::numbered(tx, file.relation.id)?, digest_of_hex(digest))
    {
        telling::file_received(tx, partner, digest)?;
    }
    tx.file_progress(digest, done.accepted + done.returned + done.unknown, true)?;
    Ok(done)
}

/// Place of the billing that a 277CA returns by its number: the one that the record says is
/// rejected, else the one that stands and is told in no record. An answered one was taken in.
fn returned_billing(
    tx: &Transaction<'_>,
    relation: &Relation,
    rows: &[ReceivableRow],
) -> Result<Option<usize>, OperationsError> {
    for (at, row) in rows.iter().enumerate().rev().filter(|(_, row)| is_unanswered(row)) {
        let told = tx.twin_claim(relation.id, &row.twin_subject)?;
        if told.is_some_and(|claim| claim.standing == REJECTED) {
            return Ok(Some(at));
        }
    }
    let is_told_nowhere = |row: &ReceivableRow| is_unanswered(row) && row.twin_subject.is_empty();
    Ok(standing(rows).filter(|at| rows.get(*at).is_some_and(is_told_nowhere)))
}

fn is_unanswered(row: &ReceivableRow) -> bool {
    let waits = row.state == "billed" || row.state == TAKEN_BACK;
    waits && row.claim_control_number.is_empty()
}

/// Takes a returned billing out of the books and holds it for a person, unless a later one has
/// taken its place: then that one is what the provider wants to be decided.
fn give_back(
    tx: &Transaction<'_>,
    (file, digest, ordinal): (&AnswerFile<'_>, &str, u64),
    (rows, at): (&[ReceivableRow], usize),
    findings: Vec<HeldFinding>,
) -> Result<(), OperationsError> {
    let Some(row) = rows.get(at) else { return Ok(()) };
    if standing(rows) == Some(at) {
        let held = HeldClaim {
            file_digest: digest.to_owned(),
            ordinal,
            file_name: file.name.to_owned(),
            billing_provider: row.billing_provider.clone(),
            patient_control_number: row.patient_control_number.clone(),
            payer_id: row.payer_id.clone(),
            charge_cents: row.charge_cents,
            cause: HeldCause::Returned,
            findings,
            claim_segments: row.claim_segments.clone(),
            held_on: file.on.to_string(),
            state: HeldState::Held,
        };
        hold(tx, &held)?;
    }
    let key = AccountKey::of_row(row);
    tx.update_receivable(&ReceivableRow { state: RETURNED.to_owned(), ..row.clone() })?;
    settle_account(tx, &key, file.on)?;
    match row.replaces.as_str() {
        "" => Ok(()),
        number => settle_corrected(tx, &key, number, file.on),
    }
}

/// Gives back the claims of the transaction sets and interchanges that came back whole.
fn refused_whole(
    tx: &Transaction<'_>,
    (file, digest, first): (&AnswerFile<'_>, &str, u64),
    refusals: &[Refusal],
    done: &mut ReadAnswers,
) -> Result<(), OperationsError> {
    let mut waiting = RefusedClaims::of(tx, file.relation)?;
    let mut ordinal = first;
    for refusal in refusals {
        let claims = waiting.take(refusal);
        if claims.is_empty() {
            done.unknown += 1;
            done.findings.push(unmatched(refusal));
        }
        for claim in claims {
            let account = &claim.account;
            let mut rows =
                tx.receivable(&account.billing_provider, &account.patient_control_number)?;
            rows.retain(|row| row.payer_id == account.payer_id);
            let at = rows.iter().position(|row| row.twin_subject == claim.subject);
            let Some(at) = at else { continue };
            let findings = vec![refusal.finding.clone()];
            give_back(tx, (file, digest, ordinal), (&rows, at), findings)?;
            ordinal += 1;
            done.returned += 1;
        }
    }
    Ok(())
}
