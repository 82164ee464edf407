//! What has to be said: collected while work is booked, recorded with the bookings.

use crate::error::OperationsError;
use counterfoil_base::Text;
use counterfoil_store::Transaction;
use counterfoil_twin::{Body, Hash, Statement, claim_subject, from_hex, is_kind, is_subject};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A partner in whose record something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Number of the relationship in this database.
    pub id: i64,
    /// Identifier of the relationship.
    pub relationship: Hash,
}

impl Partner {
    /// The partner with an identifier; nothing when there is no relationship with it.
    pub fn find(
        tx: &Transaction<'_>,
        identifier: &str,
    ) -> Result<Option<Partner>, OperationsError> {
        let found = tx.relationship_of(identifier)?;
        Ok(found.map(|(id, relationship)| Partner { id, relationship }))
    }

    /// The partner of a relationship by its number.
    pub fn numbered(tx: &Transaction<'_>, id: i64) -> Result<Option<Partner>, OperationsError> {
        let found = tx.relationships()?.into_iter().find(|row| row.id == id);
        Ok(found.map(|row| Partner { id, relationship: row.relationship }))
    }

    /// Subject of the claim with this place in an 837, whose digest is given in hexadecimal.
    #[must_use]
    pub fn claim(&self, file_digest: &str, ordinal: u64) -> Option<Text> {
        Some(claim_subject(&self.relationship, &digest_of_hex(file_digest)?, ordinal))
    }
}

/// A SHA-256 from its hexadecimal digits.
#[must_use]
pub fn digest_of_hex(hex: &str) -> Option<Hash> {
    from_hex(hex)?.try_into().ok()
}

/// Partners by their identifiers, asked for once each.
#[derive(Debug, Default)]
pub struct Partners {
    known: FxHashMap<Text, Option<Partner>>,
}

impl Partners {
    /// The partner with an identifier; nothing when there is no relationship with it.
    pub fn find(
        &mut self,
        tx: &Transaction<'_>,
        identifier: &str,
    ) -> Result<Option<Partner>, OperationsError> {
        if let Some(known) = self.known.get(identifier) {
            return Ok(*known);
        }
        let found = Partner::find(tx, identifier)?;
        self.known.insert(Text::from(identifier), found);
        Ok(found)
    }
}

/// What has to be said, by relationship, until [`Dues::record`] puts it beside the bookings.
#[derive(Debug, Default)]
pub struct Dues {
    statements: BTreeMap<i64, Vec<u8>>,
}

impl Dues {
    /// Adds a statement.
    ///
    /// # Errors
    /// [`OperationsError::Unwritable`] when its fields make no body.
    pub fn say(&mut self, relationship_id: i64, one: Statement) -> Result<(), OperationsError> {
        let out = self.statements.entry(relationship_id).or_default();
        write(out, one)
    }

    /// True when nothing has to be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Records everything under a key that is used once: with a key that was used before, the
    /// transaction fails, as a booking that is made twice would.
    pub fn record(&mut self, tx: &Transaction<'_>, due_key: &str) -> Result<(), OperationsError> {
        for (id, statements) in std::mem::take(&mut self.statements) {
            tx.insert_due(id, &format!("{id}/{due_key}"), &statements)?;
        }
        Ok(())
    }
}

impl Dues {
    /// The same for what may be come to again: under a key that was used before, nothing is
    /// recorded.
    pub fn record_once(
        &mut self,
        tx: &Transaction<'_>,
        due_key: &str,
    ) -> Result<(), OperationsError> {
        for (id, statements) in std::mem::take(&mut self.statements) {
            let key = format!("{id}/{due_key}");
            if !tx.is_due_or_said(&key)? {
                tx.insert_due(id, &key, &statements)?;
            }
        }
        Ok(())
    }
}

/// `kind || subject` as short texts, then the length of the body and the body. The secret in it
/// is not yet drawn.
fn write(out: &mut Vec<u8>, one: Statement) -> Result<(), OperationsError> {
    let unwritable = |cause: String| OperationsError::Unwritable { what: "a statement", cause };
    let Statement { kind, subject, fields } = one;
    if !is_kind(kind.as_bytes()) || !is_subject(subject.as_bytes()) {
        return Err(unwritable(format!("{kind} or its subject has other characters")));
    }
    let body = Body::new([0; 32], fields).map_err(|error| unwritable(error.to_string()))?;
    for text in [&kind, &subject] {
        let length = u8::try_from(text.len()).expect("kinds and subjects are short");
        out.push(length);
        out.extend_from_slice(text.as_bytes());
    }
    let body = body.encode();
    let length = u32::try_from(body.len()).expect("a body is bounded where it is made");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&body);
    Ok(())
}

/// The statements of a record, in their order; nothing when the bytes are none.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<Statement>> {
    fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = bytes.split_at_checked(count)?;
        *bytes = rest;
        Some(taken)
    }
    fn short(bytes: &mut &[u8]) -> Option<Text> {
        let length = usize::from(*take(bytes, 1)?.first()?);
        std::str::from_utf8(take(bytes, length)?).ok().map(Text::from)
    }
    let mut statements = Vec::new();
    while !bytes.is_empty() {
        let (kind, subject) = (short(&mut bytes)?, short(&mut bytes)?);
        let length = u32::from_be_bytes(take(&mut bytes, 4)?.try_into().ok()?);
        let body = Body::decode(take(&mut bytes, length as usize)?).ok()?;
        statements.push(Statement { kind, subject, fields: body.fields().to_vec() });
    }
    Some(statements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_twin::Field;

    #[test]
    fn what_has_to_be_said_is_read_back_as_it_was_said() {
        let statement = |subject: &str, cents| Statement {
            kind: Text::const_new("claim.submitted"),
            subject: Text::from(subject),
            fields: vec![Field::integer("charge_cents", cents), Field::text("frequency", "1")],
        };
        let said = vec![statement("claim/a", 5), statement("claim/b", -7)];
        let mut bytes = Vec::new();
        said.iter().for_each(|one| write(&mut bytes, one.clone()).unwrap());
        assert_eq!(read(&bytes), Some(said));
        for cut in 1..bytes.len() {
            assert!(read(&bytes[..cut]).is_none_or(|read| read.len() == 1), "cut at {cut}");
        }
        let blank = statement("a b", 1);
        assert!(write(&mut bytes, blank).is_err(), "a subject without blanks");
    }
}
