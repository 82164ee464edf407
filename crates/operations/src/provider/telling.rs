//! What a provider's work means for its half: claims sent, remittances posted, payments matched,
//! disputes.

use super::account::AccountKey;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, digest_of_hex};
use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::{Claim, FrequencyCode};
use counterfoil_store::{AnswerRow, ReceivableRow, RemittanceRow, Transaction};
use counterfoil_twin::{Field, Hash, Statement, file_subject, payment_subject};

fn statement(kind: &'static str, subject: Text, fields: Vec<Field>) -> Statement {
    Statement { kind: Text::const_new(kind), subject, fields }
}

/// A claim as it stands in the file that goes to the payer.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentClaim<'a> {
    pub(super) claim: &'a Claim,
    /// Its place in the file, from 1.
    pub(super) ordinal: u64,
    /// SHA-256 of the file.
    pub(super) file: Hash,
    /// Predicted CLP04, when one could be predicted.
    pub(super) predicted_cents: Option<Cents>,
}

/// A claim was sent.
pub(super) fn submitted(
    dues: &mut Dues,
    partner: Partner,
    subject: &str,
    sent: &SentClaim<'_>,
) -> Result<(), OperationsError> {
    let claim = sent.claim;
    let ordinal = i64::try_from(sent.ordinal).unwrap_or(i64::MAX);
    let mut fields = vec![
        Field::integer("charge_cents", claim.charge_cents.0),
        Field::integer("ordinal", ordinal),
        Field::digest("file", sent.file),
        Field::text("frequency", claim.bill_type.frequency.to_string()),
        Field::text("patient_control_number", claim.patient_control_number.as_str()),
    ];
    if let Some(dates) = claim.service_dates() {
        fields.push(Field::date("service_from", dates.from));
        fields.push(Field::date("service_to", dates.to));
    }
    if claim.frequency() != FrequencyCode::Original
        && let Some(number) = claim.payer_claim_control_number()
    {
        fields.push(Field::text("replaces", number));
    }
    if let Some(predicted) = sent.predicted_cents {
        fields.push(Field::integer("predicted_cents", predicted.0));
    }
    dues.say(partner.id, statement("claim.submitted", Text::from(subject), fields))
}

/// A file goes to the payer.
pub(super) fn file_sent(
    dues: &mut Dues,
    partner: Partner,
    (digest, length): (Hash, u64),
    (kind, name): (&str, &str),
) -> Result<(), OperationsError> {
    let fields = vec![
        Field::digest("digest", digest),
        Field::integer("length", i64::try_from(length).unwrap_or(i64::MAX)),
        Field::text("kind", kind),
        Field::text("name", name),
    ];
    dues.say(partner.id, statement("file.sent", file_subject(&digest), fields))
}

/// A file of the payer's is here; said once.
pub(super) fn file_received(
    tx: &Transaction<'_>,
    partner: Partner,
    file_digest: &str,
) -> Result<(), OperationsError> {
    let Some(digest) = digest_of_hex(file_digest) else { return Ok(()) };
    let key = format!("received/{file_digest}");
    if tx.is_due_or_said(&format!("{}/{key}", partner.id))? {
        return Ok(());
    }
    let mut dues = Dues::default();
    let fields = vec![Field::digest("digest", digest)];
    dues.say(partner.id, statement("file.received", file_subject(&digest), fields))?;
    dues.record(tx, &key)
}

/// Every answer to a claim that is posted and not yet said to be.
pub(super) fn posted(
    tx: &Transaction<'_>,
    dues: &mut Dues,
    partner: Partner,
    key: &AccountKey,
) -> Result<(), OperationsError> {
    let (provider, number) = (&key.billing_provider, &key.patient_control_number);
    let mut rows = tx.receivable(provider, number)?;
    rows.retain(|row| row.payer_id == key.payer_id);
    for answer in tx.answers(provider, number)? {
        let is_posted = ["posted", "reversed"].contains(&answer.disposition.as_str());
        // What another payer said of the claim is no matter of this one.
        let is_of_payer = answer.payer_id == key.payer_id;
        if answer.is_said || !is_posted || !is_of_payer {
            continue;
        }
        let Some(subject) = subject_of(tx, partner, &answer, &rows)? else { continue };
        let adjusted = [
            answer.contractual_cents,
            answer.denied_cents,
            answer.withheld_cents,
            answer.other_cents,
        ];
        let adjusted = adjusted
            .into_iter()
            .try_fold(Cents::ZERO, Cents::checked_add)
            .ok_or(OperationsError::Unreadable("the sum of an answer's adjustments"))?;
        let fields = vec![
            Field::text("trace", answer.trace_number.as_str()),
            Field::integer("paid_cents", answer.paid_cents.0),
            Field::integer("adjusted_cents", adjusted.0),
            Field::integer("patient_cents", answer.patient_cents.0),
        ];
        dues.say(partner.id, statement("remittance.posted", Text::from(subject), fields))?;
        tx.mark_answer_said(&answer)?;
    }
    Ok(())
}

/// The claim that an answer is about: by the payer's number in the record, else by the billing
/// that the answer was posted to.
fn subject_of(
    tx: &Transaction<'_>,
    partner: Partner,
    answer: &AnswerRow,
    rows: &[ReceivableRow],
) -> Result<Option<String>, OperationsError> {
    let number = &answer.claim_control_number;
    if let Some(subject) = tx.subject_of_payer_number(partner.id, number)? {
        return Ok(Some(subject));
    }
    let told: Vec<&ReceivableRow> =
        rows.iter().filter(|row| !row.twin_subject.is_empty()).collect();
    let by_number = told.iter().find(|row| row.claim_control_number == *number);
    let only = || if rows.len() == 1 { told.first() } else { None };
    Ok(by_number.or_else(only).map(|row| row.twin_subject.clone()))
}

/// The money of a payment has come; said once.
pub(super) fn matched(
    tx: &Transaction<'_>,
    row: &RemittanceRow,
    received_on: Date,
) -> Result<(), OperationsError> {
    let Some(partner) = Partner::find(tx, &row.payer_id)? else { return Ok(()) };
    let key = format!("matched/{}/{}/{}", row.payer_identifier, row.trace_number, row.payee_key);
    if tx.is_due_or_said(&format!("{}/{key}", partner.id))? {
        return Ok(());
    }
    let fields = vec![
        Field::integer("amount_cents", row.amount_cents.0),
        Field::date("received_on", received_on),
    ];
    let subject = payment_subject(&partner.relationship, &row.trace_number);
    let mut dues = Dues::default();
    dues.say(partner.id, statement("payment.matched", subject, fields))?;
    dues.record(tx, &key)
}
