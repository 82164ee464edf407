//! Who may say what, with which fields (section 7), as a table and its check.

use crate::body::{Body, FieldType, Value};
use crate::event::{Author, Event};
use crate::keys::{KeyBytes, PrivateKey, PublicKey, Signature, purpose};
use crate::subject::{
    KEY, RELATIONSHIP, SubjectForm, claim_subject, file_subject, payment_subject,
};

/// What a kind asks of one of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Name of the field.
    pub name: &'static str,
    /// Its type.
    pub field_type: FieldType,
    /// Exact length in bytes, where there is one.
    pub length: Option<usize>,
    /// The only texts that it may have; empty for any.
    pub allowed: &'static [&'static str],
    /// True when it must be there.
    pub is_required: bool,
}

/// What this version knows of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name, for example `claim.decided`.
    pub name: &'static str,
    /// The only author who may say it; nothing when both may.
    pub author: Option<Author>,
    /// The form of its subject.
    pub subject: SubjectForm,
    /// Its fields.
    pub fields: &'static [FieldRule],
}

const fn required(name: &'static str, field_type: FieldType) -> FieldRule {
    FieldRule { name, field_type, length: None, allowed: &[], is_required: true }
}

const fn text(name: &'static str) -> FieldRule {
    required(name, FieldType::Text)
}

const fn integer(name: &'static str) -> FieldRule {
    required(name, FieldType::Integer)
}

const fn date(name: &'static str) -> FieldRule {
    required(name, FieldType::Date)
}

const fn digest(name: &'static str) -> FieldRule {
    required(name, FieldType::Digest)
}

const fn bytes(name: &'static str, length: usize) -> FieldRule {
    FieldRule { length: Some(length), ..required(name, FieldType::Bytes) }
}

const fn one_of(name: &'static str, allowed: &'static [&'static str]) -> FieldRule {
    FieldRule { allowed, ..text(name) }
}

const fn optional(rule: FieldRule) -> FieldRule {
    FieldRule { is_required: false, ..rule }
}

const CLAIM: SubjectForm = SubjectForm::Digits("claim/", 32);
const PAYMENT: SubjectForm = SubjectForm::Digits("payment/", 32);
const FILE: SubjectForm = SubjectForm::Digits("file/", 64);
const PACK: SubjectForm = SubjectForm::Name("pack/");
const CONTRACT: SubjectForm = SubjectForm::Name("contract/");
const SETTLEMENT: SubjectForm = SubjectForm::TwoNames("settlement/");

const fn both(name: &'static str, subject: SubjectForm, fields: &'static [FieldRule]) -> Kind {
    Kind { name, author: None, subject, fields }
}

const fn payer(name: &'static str, subject: SubjectForm, fields: &'static [FieldRule]) -> Kind {
    Kind { name, author: Some(Author::Payer), subject, fields }
}

const fn provider(name: &'static str, subject: SubjectForm, fields: &'static [FieldRule]) -> Kind {
    Kind { name, author: Some(Author::Provider), subject, fields }
}

/// Every kind of version 1.
pub static KINDS: [Kind; 22] = [
    both(
        "relationship.opened",
        SubjectForm::Word(RELATIONSHIP),
        &[
            bytes("payer_key", 32),
            bytes("provider_key", 32),
            bytes("nonce", 32),
            text("payer_name"),
            text("provider_name"),
        ],
    ),
    both("key.rotated", SubjectForm::Word(KEY), &[bytes("new_key", 32), bytes("proof", 64)]),
    both("file.sent", FILE, &[digest("digest"), integer("length"), text("kind"), text("name")]),
    both("file.received", FILE, &[digest("digest")]),
    both(
        "contract.signed",
        CONTRACT,
        &[digest("digest"), date("effective_on"), text("signed_by"), optional(digest("replaces"))],
    ),
    both(
        "settlement.stated",
        SETTLEMENT,
        &[
            digest("contract"),
            digest("facts"),
            digest("statement"),
            integer("amount_cents"),
            integer("rows"),
            one_of("status", &["provisional", "final", "restated"]),
            text("stated_by"),
            optional(digest("replaces")),
        ],
    ),
    provider(
        "claim.submitted",
        CLAIM,
        &[
            integer("charge_cents"),
            integer("ordinal"),
            digest("file"),
            text("frequency"),
            text("patient_control_number"),
            optional(date("service_from")),
            optional(date("service_to")),
            optional(text("replaces")),
            optional(integer("predicted_cents")),
            optional(digest("pack")),
        ],
    ),
    provider(
        "remittance.posted",
        CLAIM,
        &[
            text("trace"),
            integer("paid_cents"),
            integer("adjusted_cents"),
            integer("patient_cents"),
        ],
    ),
    provider("dispute.opened", CLAIM, &[text("reason")]),
    provider("dispute.closed", CLAIM, &[text("reason")]),
    provider("payment.matched", PAYMENT, &[integer("amount_cents"), date("received_on")]),
    provider("pack.installed", PACK, &[digest("digest"), text("version")]),
    payer("claim.received", CLAIM, &[text("claim_control_number"), date("received_on")]),
    payer("claim.rejected", CLAIM, &[text("category"), text("status"), text("reason")]),
    payer("claim.pended", CLAIM, &[text("reason")]),
    payer(
        "claim.decided",
        CLAIM,
        &[
            one_of("outcome", &["approved", "denied"]),
            integer("allowed_cents"),
            integer("paid_cents"),
            integer("patient_cents"),
            date("decided_on"),
            text("decided_by"),
            optional(text("reason")),
            optional(digest("explanation")),
        ],
    ),
    payer(
        "claim.paid",
        CLAIM,
        &[text("trace"), integer("paid_cents"), integer("interest_cents"), date("effective_on")],
    ),
    payer("claim.reversed", CLAIM, &[text("trace"), integer("paid_cents"), text("reason")]),
    payer("claim.voided", CLAIM, &[text("reason")]),
    payer(
        "dispute.answered",
        CLAIM,
        &[one_of("outcome", &["upheld", "overturned"]), text("reason")],
    ),
    payer(
        "payment.sent",
        PAYMENT,
        &[
            text("trace"),
            text("method"),
            integer("amount_cents"),
            integer("claims"),
            date("effective_on"),
            digest("remittance"),
        ],
    ),
    payer(
        "pack.published",
        PACK,
        &[digest("digest"), text("version"), date("valid_from"), optional(date("valid_to"))],
    ),
];

/// What this version knows of a kind; nothing when it does not know it.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// True for kinds whose body may not be withheld.
#[must_use]
pub fn needs_body(name: &str) -> bool {
    matches!(name, "relationship.opened" | "key.rotated")
}

/// Why an author may not say an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// The kind belongs to the other party.
    #[error("a {} may not say {kind}", author.word())]
    Author {
        /// The kind.
        kind: &'static str,
        /// Who said it.
        author: Author,
    },
    /// The relationship is opened once, by the first event.
    #[error("relationship.opened stands elsewhere than at the beginning")]
    Opened,
    /// The subject does not have the form of the kind's subjects.
    #[error("the subject does not have the form that {0} asks for")]
    SubjectForm(&'static str),
    /// The subject is not the one that follows from the fields.
    #[error("the subject does not follow from the fields of {0}")]
    Subject(&'static str),
    /// A required field is missing.
    #[error("{kind} has no field '{field}'")]
    Missing {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field has another type, length or text than the kind asks for.
    #[error("field '{field}' of {kind} does not have the type, length or text asked for")]
    Field {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The new key is none, or has not signed that it follows.
    #[error("the new key has not signed that it follows")]
    Rotation,
}

/// Checks an event, and its body unless it is withheld, against the table.
///
/// # Errors
/// [`KindError`] names the first rule that does not hold. A kind that is not in the table is
/// always allowed.
pub fn check_kind(event: &Event, body: Option<&Body>) -> Result<(), KindError> {
    let Some(kind) = kind(&event.kind) else { return Ok(()) };
    if kind.author.is_some_and(|author| author != event.author) {
        return Err(KindError::Author { kind: kind.name, author: event.author });
    }
    if kind.name == "relationship.opened" && event.sequence != 0 {
        return Err(KindError::Opened);
    }
    if !kind.subject.is_form_of(&event.subject) {
        return Err(KindError::SubjectForm(kind.name));
    }
    let Some(body) = body else { return Ok(()) };
    for rule in kind.fields {
        check_field(kind, rule, body.get(rule.name))?;
    }
    check_subject(kind.name, event, body)?;
    if kind.name == "key.rotated" && rotation(event, body).is_none() {
        return Err(KindError::Rotation);
    }
    Ok(())
}

fn check_field(kind: &Kind, rule: &FieldRule, value: Option<&Value>) -> Result<(), KindError> {
    let Some(value) = value else {
        let missing = KindError::Missing { kind: kind.name, field: rule.name };
        return if rule.is_required { Err(missing) } else { Ok(()) };
    };
    let holds = value.field_type() == rule.field_type
        && match value {
            Value::Bytes(bytes) => rule.length.is_none_or(|length| bytes.len() == length),
            Value::Text(text) => rule.allowed.is_empty() || rule.allowed.contains(&text.as_str()),
            _ => true,
        };
    if holds { Ok(()) } else { Err(KindError::Field { kind: kind.name, field: rule.name }) }
}

/// Subjects that are computed from fields are what the fields give.
fn check_subject(kind: &'static str, event: &Event, body: &Body) -> Result<(), KindError> {
    let expected = match kind {
        "claim.submitted" => match (body.digest("file"), body.integer("ordinal")) {
            (Some(file), Some(ordinal @ 1..)) => {
                claim_subject(&event.relationship, &file, ordinal.unsigned_abs())
            }
            _ => return Err(KindError::Subject(kind)),
        },
        "payment.sent" => {
            payment_subject(&event.relationship, body.text("trace").unwrap_or_default())
        }
        "file.sent" | "file.received" => file_subject(&body.digest("digest").unwrap_or_default()),
        _ => return Ok(()),
    };
    if event.subject == expected { Ok(()) } else { Err(KindError::Subject(kind)) }
}

/// The signature with which a new key says that it follows (section 6).
#[must_use]
pub fn rotation_proof(
    new_key: &PrivateKey,
    relationship: &[u8; 32],
    author: Author,
    sequence: u64,
) -> Signature {
    let (author, sequence) = ([author.sign()], sequence.to_be_bytes());
    let parts: [&[u8]; 4] = [relationship, &author, &sequence, &new_key.public_key()];
    new_key.sign(purpose::ROTATION, &parts)
}

/// The key that a `key.rotated` event puts in force, when its proof holds.
pub(crate) fn rotation(event: &Event, body: &Body) -> Option<PublicKey> {
    let bytes: KeyBytes = body.bytes("new_key")?.try_into().ok()?;
    let proof: Signature = body.bytes("proof")?.try_into().ok()?;
    check_rotation(event, &bytes, &proof)
}

/// The new key when it is one and has signed that it follows.
pub(crate) fn check_rotation(
    event: &Event,
    new_key: &KeyBytes,
    proof: &Signature,
) -> Option<PublicKey> {
    let key = PublicKey::from_bytes(new_key)?;
    let (author, sequence) = ([event.author.sign()], event.sequence.to_be_bytes());
    let parts: [&[u8]; 4] = [&event.relationship, &author, &sequence, new_key];
    key.verify(purpose::ROTATION, &parts, proof).then_some(key)
}
