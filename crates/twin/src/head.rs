//! Signed and countersigned heads of a half (section 5).

use crate::bytes::Cursor;
use crate::event::Author;
use crate::hash::Hash;
use crate::keys::{KeyBytes, PrivateKey, PublicKey, Signature, purpose};
use crate::tree::TreeHead;

/// Bytes of an encoded head.
pub const HEAD_BYTES: usize = 81;
/// Bytes of a head entry: head, signature, sign, countersigner's key and countersignature.
pub const HEAD_ENTRY_BYTES: usize = HEAD_BYTES + 64 + 1 + 32 + 64;

/// What an author says of the whole of its half at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Identifier of the relationship.
    pub relationship: Hash,
    /// Whose half.
    pub author: Author,
    /// Size and root of the half's tree.
    pub tree: TreeHead,
    /// Milliseconds since 1970-01-01T00:00:00Z by the author's clock.
    pub time_ms: i64,
}

impl Head {
    /// The bytes of the head.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_BYTES);
        out.extend_from_slice(&self.relationship);
        out.push(self.author.sign());
        out.extend_from_slice(&self.tree.size.to_be_bytes());
        out.extend_from_slice(&self.tree.root);
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out
    }

    /// The head with the signature of its author's key.
    #[must_use]
    pub fn sign(self, key: &PrivateKey) -> SignedHead {
        SignedHead { head: self, signature: key.sign(purpose::HEAD, &[&self.encode()]) }
    }
}

/// A head with its author's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// What is said.
    pub head: Head,
    /// The author's signature.
    pub signature: Signature,
}

impl SignedHead {
    /// True when the signature is this key's.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(purpose::HEAD, &[&self.head.encode()], &self.signature)
    }

    /// Countersigns. The caller holds the first `size` events and has checked that they give the
    /// root, and that the head follows from the last one that it countersigned.
    #[must_use]
    pub fn countersign(self, key: &PrivateKey) -> HeadEntry {
        let parts: [&[u8]; 2] = [&self.head.encode(), &self.signature];
        let signature = key.sign(purpose::COUNTERSIGNATURE, &parts);
        let countersignature = Countersignature { key: key.public_key(), signature };
        HeadEntry { signed: self, countersignature: Some(countersignature) }
    }
}

/// The other party's signature under a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countersignature {
    /// The countersigner's key at the time.
    pub key: KeyBytes,
    /// The signature.
    pub signature: Signature,
}

/// A signed head, countersigned or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadEntry {
    /// The head and its author's signature.
    pub signed: SignedHead,
    /// The other party's, once it has it.
    pub countersignature: Option<Countersignature>,
}

impl HeadEntry {
    /// A head that is not countersigned yet.
    #[must_use]
    pub fn alone(signed: SignedHead) -> HeadEntry {
        HeadEntry { signed, countersignature: None }
    }

    /// The bytes of the entry.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed.head.encode();
        out.extend_from_slice(&self.signed.signature);
        match &self.countersignature {
            Some(countersignature) => {
                out.push(1);
                out.extend_from_slice(&countersignature.key);
                out.extend_from_slice(&countersignature.signature);
            }
            None => out.resize(HEAD_ENTRY_BYTES, 0),
        }
        out
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// [`HeadError`] says which part is not in its form.
    pub fn decode(bytes: &[u8; HEAD_ENTRY_BYTES]) -> Result<HeadEntry, HeadError> {
        let mut cursor = Cursor::new(bytes);
        let signed = read_signed(&mut cursor).ok_or(HeadError::Head)?;
        let damaged = || HeadError::Countersignature(Box::new(signed));
        let sign = cursor.u8().ok_or_else(damaged)?;
        let key: KeyBytes = cursor.array().ok_or_else(damaged)?;
        let signature: Signature = cursor.array().ok_or_else(damaged)?;
        let countersignature = match sign {
            1 => Some(Countersignature { key, signature }),
            0 if key == [0; 32] && signature == [0; 64] => None,
            _ => return Err(damaged()),
        };
        Ok(HeadEntry { signed, countersignature })
    }

    /// True when there is a countersignature and it is that of the key which it names.
    #[must_use]
    pub fn is_countersigned(&self) -> bool {
        let Some(countersignature) = &self.countersignature else { return false };
        let parts: [&[u8]; 2] = [&self.signed.head.encode(), &self.signed.signature];
        PublicKey::from_bytes(&countersignature.key).is_some_and(|key| {
            key.verify(purpose::COUNTERSIGNATURE, &parts, &countersignature.signature)
        })
    }
}

fn read_signed(cursor: &mut Cursor<'_>) -> Option<SignedHead> {
    let (relationship, author) = (cursor.hash()?, Author::from_sign(cursor.u8()?)?);
    let tree = TreeHead { size: cursor.u64()?, root: cursor.hash()? };
    let head = Head { relationship, author, tree, time_ms: cursor.i64()? };
    Some(SignedHead { head, signature: cursor.array()? })
}

/// Which part of a head entry is not in its form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The head.
    #[error("the head is not in its form")]
    Head,
    /// The countersignature of this head.
    #[error("the countersignature is not in its form")]
    Countersignature(Box<SignedHead>),
}
