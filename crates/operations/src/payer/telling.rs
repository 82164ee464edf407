//! What a payer's work means for its half: the statements about claims and payments.

use super::outbox::payment_source;
use super::reason::{told_sentence, told_words};
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, digest_of_hex};
use counterfoil_adjudicate::{Decision, DecisionState};
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::{ClaimState, RemittanceAdvice};
use counterfoil_integrity::ClaimStatusEntry;
use counterfoil_store::{ClaimRow, OutboxState, Transaction};
use counterfoil_twin::{Field, Statement, file_subject, payment_subject};

/// STC01-1 and STC01-2 of a claim that comes back without a more exact reason: returned as
/// unprocessable, entity or relationship not named (005010X214, STC01).
const RETURNED: (&str, &str) = ("A3", "21");

fn statement(kind: &'static str, subject: Text, fields: Vec<Field>) -> Statement {
    Statement { kind: Text::const_new(kind), subject, fields }
}

/// A claim was taken in, and what became of it at once.
pub(super) fn taken(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    (decision, rejections): (&Decision, &[Finding]),
    on: Date,
) -> Result<(), OperationsError> {
    let number = decision.claim_control_number.as_str();
    let fields = vec![Field::text("claim_control_number", number), Field::date("received_on", on)];
    dues.say(partner.id, statement("claim.received", subject.clone(), fields))?;
    if decision.state == DecisionState::Rejected {
        return rejected(dues, partner, subject, rejections);
    }
    decided(dues, partner, subject, decision, on)
}

/// The front door refused a claim.
fn rejected(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    rejections: &[Finding],
) -> Result<(), OperationsError> {
    let entry = rejections.iter().find_map(ClaimStatusEntry::of);
    let (category, status) = entry.map_or(RETURNED, |entry| (entry.category, entry.code));
    let reason = rejections.first().map_or("", |finding| finding.message.as_str());
    returned(dues, partner, subject, (category, status, reason))
}

/// A claim comes back without adjudication, with its claim status and why.
pub(super) fn returned(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    (category, status, reason): (&str, &str, &str),
) -> Result<(), OperationsError> {
    let fields = vec![
        Field::text("category", category),
        Field::text("status", status),
        Field::text("reason", told_sentence(reason)),
    ];
    dues.say(partner.id, statement("claim.rejected", subject.clone(), fields))
}

/// A claim whose interchange or transaction set was refused whole.
pub(super) fn refused_whole(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
) -> Result<(), OperationsError> {
    let why = "its interchange or transaction set was refused whole";
    returned(dues, partner, subject, (RETURNED.0, RETURNED.1, why))
}

/// A claim was decided, pended or voided.
pub(super) fn decided(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    decision: &Decision,
    on: Date,
) -> Result<(), OperationsError> {
    let reason = told_words(decision);
    let outcome = match decision.state {
        DecisionState::Approved => "approved",
        DecisionState::Denied => "denied",
        DecisionState::Pended => return pended(dues, partner, subject, reason),
        DecisionState::Voided => return voided(dues, partner, subject, &reason),
        DecisionState::Rejected => return rejected(dues, partner, subject, &[]),
    };
    let person = decision.decided_by.as_ref().map_or("", |named| named.person.as_str());
    let mut fields = vec![
        Field::text("outcome", outcome),
        Field::integer("allowed_cents", decision.allowed_cents.0),
        Field::integer("paid_cents", decision.paid_cents.0),
        Field::integer("patient_cents", decision.patient.total().0),
        Field::date("decided_on", on),
        Field::text("decided_by", person),
    ];
    if !reason.is_empty() {
        fields.push(Field::text("reason", reason));
    }
    dues.say(partner.id, statement("claim.decided", subject.clone(), fields))
}

fn pended(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    reason: String,
) -> Result<(), OperationsError> {
    let fields = vec![Field::text("reason", reason)];
    dues.say(partner.id, statement("claim.pended", subject.clone(), fields))
}

fn voided(
    dues: &mut Dues,
    partner: Partner,
    subject: &Text,
    reason: &str,
) -> Result<(), OperationsError> {
    let fields = vec![Field::text("reason", reason)];
    dues.say(partner.id, statement("claim.voided", subject.clone(), fields))
}

/// An earlier claim that no 835 has reported counts no more.
pub(super) fn taken_back(
    tx: &Transaction<'_>,
    dues: &mut Dues,
    row: &ClaimRow,
    reason: &str,
) -> Result<(), OperationsError> {
    match told_claim(tx, row)? {
        Some((partner, subject)) => voided(dues, partner, &subject, reason),
        None => Ok(()),
    }
}

/// The partner and subject under which a claim on record is told; nothing when it is not.
pub(super) fn told_claim(
    tx: &Transaction<'_>,
    row: &ClaimRow,
) -> Result<Option<(Partner, Text)>, OperationsError> {
    if row.relationship_id == 0 {
        return Ok(None);
    }
    let partner = Partner::numbered(tx, row.relationship_id)?;
    Ok(partner.and_then(|one| Some((one, one.claim(&row.source_file, row.source_ordinal)?))))
}

/// A file of the outbox goes to a partner.
pub(super) fn file_sent(
    tx: &Transaction<'_>,
    dues: &mut Dues,
    partner: Partner,
    source_key: &str,
) -> Result<(), OperationsError> {
    let file = tx.outbox_of(source_key)?.filter(|file| file.state != OutboxState::Open);
    let Some(file) = file else { return Ok(()) };
    let Some(digest) = digest_of_hex(&file.content_digest) else { return Ok(()) };
    let length = i64::try_from(tx.outbox_length(&file.file_name)?).unwrap_or(i64::MAX);
    let fields = vec![
        Field::digest("digest", digest),
        Field::integer("length", length),
        Field::text("kind", file.kind),
        Field::text("name", file.file_name),
    ];
    dues.say(partner.id, statement("file.sent", file_subject(&digest), fields))
}

/// A file of the partner's is here.
pub(super) fn file_received(
    dues: &mut Dues,
    partner: Partner,
    file_digest: &str,
) -> Result<(), OperationsError> {
    let Some(digest) = digest_of_hex(file_digest) else { return Ok(()) };
    let fields = vec![Field::digest("digest", digest)];
    dues.say(partner.id, statement("file.received", file_subject(&digest), fields))
}

/// A claim or reversal in a payment: how its record names it, and its interest.
#[derive(Clone, Debug, Default)]
pub(super) struct PaidClaim {
    /// Digest of its file, hex, and its place there.
    pub(super) source: (String, u64),
    /// In whose record it is told; 0 for none.
    pub(super) relationship_id: i64,
    pub(super) interest_cents: Cents,
    /// What became of the claim that a reversal takes back; nothing for a payment.
    pub(super) reversed: Option<ClaimState>,
}

impl PaidClaim {
    /// How the record names a claim that is taken back.
    pub(super) fn reversed(
        tx: &Transaction<'_>,
        number: &str,
    ) -> Result<PaidClaim, OperationsError> {
        let Some(row) = tx.claim(number)? else { return Ok(PaidClaim::default()) };
        Ok(PaidClaim {
            source: (row.source_file, row.source_ordinal),
            relationship_id: row.relationship_id,
            reversed: Some(row.update.state),
            ..PaidClaim::default()
        })
    }
}

/// A payment was issued: the payment, its 835, and each claim in it.
pub(super) fn paid(
    tx: &Transaction<'_>,
    partner: Partner,
    advice: &RemittanceAdvice,
    claims: &[PaidClaim],
) -> Result<(), OperationsError> {
    let mut dues = Dues::default();
    let payment = &advice.payment;
    let trace = payment.trace_number.as_str();
    let dated = payment.effective_date;
    let effective_on = dated.ok_or(OperationsError::Unreadable("the day of a payment"))?;
    let source = payment_source(trace);
    let remittance = tx.outbox_of(&source)?.and_then(|file| digest_of_hex(&file.content_digest));
    let Some(remittance) = remittance else { return Ok(()) };
    for (claim, told) in advice.claims.iter().zip(claims) {
        let subject = partner.claim(&told.source.0, told.source.1);
        let Some(subject) = subject.filter(|_| told.relationship_id == partner.id) else {
            continue;
        };
        let Some(state) = told.reversed else {
            let fields = vec![
                Field::text("trace", trace),
                Field::integer("paid_cents", claim.paid_cents.0),
                Field::integer("interest_cents", told.interest_cents.0),
                Field::date("effective_on", effective_on),
            ];
            dues.say(partner.id, statement("claim.paid", subject, fields))?;
            continue;
        };
        let is_void = state == ClaimState::Voided;
        let reason = if is_void { "voided by the provider" } else { "replaced by the provider" };
        let fields = vec![
            Field::text("trace", trace),
            Field::integer("paid_cents", claim.paid_cents.0),
            Field::text("reason", reason),
        ];
        dues.say(partner.id, statement("claim.reversed", subject.clone(), fields))?;
        if is_void {
            voided(&mut dues, partner, &subject, reason)?;
        }
    }
    let fields = vec![
        Field::text("trace", trace),
        Field::text("method", payment.method.as_str()),
        Field::integer("amount_cents", payment.amount_cents.0),
        Field::integer("claims", i64::try_from(advice.claims.len()).unwrap_or(i64::MAX)),
        Field::date("effective_on", effective_on),
        Field::digest("remittance", remittance),
    ];
    let subject = payment_subject(&partner.relationship, trace);
    dues.say(partner.id, statement("payment.sent", subject, fields))?;
    file_sent(tx, &mut dues, partner, &source)?;
    dues.record(tx, &source)
}
