//! Ed25519 keys and signatures (RFC 8032) in the one form that every verifier judges alike.
//!
//! Batch verification is not used: it accepts some signatures that RFC 8032 section 5.1.7
//! without cofactor refuses, and two verifiers would part over them.

use ed25519_dalek::{Signature as DalekSignature, Signer as _, SigningKey, VerifyingKey};
use std::fmt;

/// An Ed25519 signature.
pub type Signature = [u8; 64];

/// The bytes of an Ed25519 public key, not yet known to be one.
pub type KeyBytes = [u8; 32];

/// What a signature is made for; the text stands before what is signed, so that a signature for
/// one purpose is none for another.
pub(crate) mod purpose {
    pub(crate) const EVENT: &[u8] = b"counterfoil/twin/event/1\0";
    pub(crate) const HEAD: &[u8] = b"counterfoil/twin/head/1\0";
    pub(crate) const COUNTERSIGNATURE: &[u8] = b"counterfoil/twin/countersignature/1\0";
    pub(crate) const ROTATION: &[u8] = b"counterfoil/twin/rotation/1\0";
}

/// A private key. It does not print, and its memory is wiped when it is dropped.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key of 32 random bytes, which the caller draws and keeps secret.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> PrivateKey {
        PrivateKey(SigningKey::from_bytes(seed))
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public_key(&self) -> KeyBytes {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, purpose: &[u8], parts: &[&[u8]]) -> Signature {
        self.0.sign(&message(purpose, parts)).to_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private key]")
    }
}

/// A public key that can have made a valid signature: canonical, on the curve, not of small order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key with these bytes; nothing when no signature by it could be valid.
    #[must_use]
    pub fn from_bytes(bytes: &KeyBytes) -> Option<PublicKey> {
        // The y coordinate must lie below 2^255 - 19. The other non-canonical form, a sign bit on
        // x = 0, occurs only at points of small order, which are refused below.
        let is_reduced = bytes[31] & 0x7f != 0x7f
            || bytes[1..31].iter().any(|&byte| byte != 0xff)
            || bytes[0] < 0xed;
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        (is_reduced && !key.is_weak()).then_some(PublicKey(key))
    }

    /// The bytes of the key.
    #[must_use]
    pub fn to_bytes(&self) -> KeyBytes {
        self.0.to_bytes()
    }

    pub(crate) fn verify(&self, purpose: &[u8], parts: &[&[u8]], signature: &Signature) -> bool {
        let signature = DalekSignature::from_bytes(signature);
        self.0.verify_strict(&message(purpose, parts), &signature).is_ok()
    }
}

fn message(purpose: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::with_capacity(512);
    message.extend_from_slice(purpose);
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::from_hex;

    #[test]
    fn a_private_key_does_not_print() {
        assert_eq!(format!("{:?}", PrivateKey::from_seed(&[7; 32])), "[private key]");
    }

    #[test]
    fn a_signature_is_good_for_one_key_purpose_and_text() {
        let key = PrivateKey::from_seed(&[1; 32]);
        let public = PublicKey::from_bytes(&key.public_key()).unwrap();
        let other = PrivateKey::from_seed(&[2; 32]).public_key();
        let signature = key.sign(purpose::EVENT, &[b"a", b"b"]);
        assert!(public.verify(purpose::EVENT, &[b"ab"], &signature));
        assert!(!public.verify(purpose::HEAD, &[b"ab"], &signature));
        assert!(!public.verify(purpose::EVENT, &[b"ac"], &signature));
        let other = PublicKey::from_bytes(&other).unwrap();
        assert!(!other.verify(purpose::EVENT, &[b"ab"], &signature));
    }

    #[test]
    fn keys_that_cannot_have_signed_are_refused() {
        for (name, hex) in [
            ("identity", "0100000000000000000000000000000000000000000000000000000000000000"),
            ("order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            ("order 4", "0000000000000000000000000000000000000000000000000000000000000000"),
            ("order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            ("y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            ("y = p + 3", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            ("off the curve", "0200000000000000000000000000000000000000000000000000000000000000"),
        ] {
            let bytes: KeyBytes = from_hex(hex).unwrap().try_into().unwrap();
            assert_eq!(PublicKey::from_bytes(&bytes), None, "{name}");
        }
    }
}
