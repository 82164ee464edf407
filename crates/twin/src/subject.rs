//! What an event speaks of, and the identifiers that both parties compute alike (section 7).

use crate::hash::{Hash, sha256, to_hex};
use counterfoil_base::Text;

/// Subject of `relationship.opened`.
pub const RELATIONSHIP: &str = "relationship";
/// Subject of `key.rotated`.
pub const KEY: &str = "key";

/// The identifier of a relationship (section 2), from the first keys and 32 random bytes.
#[must_use]
pub fn relationship_id(payer_key: &Hash, provider_key: &Hash, nonce: &[u8; 32]) -> Hash {
    sha256(&[b"counterfoil/twin/relationship/1\0", payer_key, provider_key, nonce])
}

/// Subject of a claim: made of the 837 that carried it and its ordinal there, from 1.
#[must_use]
pub fn claim_subject(relationship: &Hash, file: &Hash, ordinal: u64) -> Text {
    let digest =
        sha256(&[b"counterfoil/twin/claim/1\0", relationship, file, &ordinal.to_be_bytes()]);
    short_id("claim/", &digest)
}

/// Subject of a payment: made of its trace number.
#[must_use]
pub fn payment_subject(relationship: &Hash, trace: &str) -> Text {
    let digest = sha256(&[b"counterfoil/twin/payment/1\0", relationship, trace.as_bytes()]);
    short_id("payment/", &digest)
}

/// Subject of a file: its SHA-256.
#[must_use]
pub fn file_subject(digest: &Hash) -> Text {
    Text::from(format!("file/{}", to_hex(digest)))
}

/// Subject of a rule pack.
#[must_use]
pub fn pack_subject(name: &str) -> Text {
    Text::from(format!("pack/{name}"))
}

/// Subject of a contract: its id.
#[must_use]
pub fn contract_subject(id: &str) -> Text {
    Text::from(format!("contract/{id}"))
}

/// Subject of a settlement: the contract's id and the period, for example a year.
#[must_use]
pub fn settlement_subject(id: &str, period: &str) -> Text {
    Text::from(format!("settlement/{id}/{period}"))
}

fn short_id(kind: &str, digest: &Hash) -> Text {
    Text::from(format!("{kind}{}", to_hex(&digest[..16])))
}

/// The form that the subject of a kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectForm {
    /// This word alone.
    Word(&'static str),
    /// This word, then so many lower-case hexadecimal digits.
    Digits(&'static str, usize),
    /// This word, then a name of at least one character.
    Name(&'static str),
    /// This word, then two names of at least one character with a stroke between them; none of
    /// the two holds a stroke.
    TwoNames(&'static str),
}

impl SubjectForm {
    /// True when the subject has the form.
    #[must_use]
    pub fn is_form_of(self, subject: &str) -> bool {
        let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        match self {
            SubjectForm::Word(word) => subject == word,
            SubjectForm::Digits(word, count) => subject
                .strip_prefix(word)
                .is_some_and(|rest| rest.len() == count && rest.chars().all(is_digit)),
            SubjectForm::Name(word) => {
                subject.strip_prefix(word).is_some_and(|rest| !rest.is_empty())
            }
            SubjectForm::TwoNames(word) => subject
                .strip_prefix(word)
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(one, two)| !one.is_empty() && !two.is_empty() && !two.contains('/')),
        }
    }
}
