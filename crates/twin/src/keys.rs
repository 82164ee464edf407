//! Ed25519 keys and signatures (RFC 8032) in the one form that every verifier judges alike.
//!
//! Batch verification is not used: it accepts some signatures that RFC 8032 section 5.1.7
//! without cofactor refuses, and two verifiers would part over them.

use ed25519_dalek::{
    Signature as DalekSignature, Signer as _, SigningKey, Verifier as _, VerifyingKey,
};
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
        // The library compares `R` with the canonical encoding of the point that the equation
        // asks for, so that it need not be decoded to be known as canonical and on the curve.
        // What strictness asks beside is that neither the key, seen to when it was read, nor `R`
        // is of small order: decoding `R` for that alone would cost a tenth of the whole.
        !is_of_small_order(signature.r_bytes())
            && self.0.verify(&message(purpose, parts), &signature).is_ok()
    }
}

/// The y coordinates of the eight points whose order divides 8: of the identity, of the points of
/// order 2, 4 and 8.
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    [0; 32],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// True for the canonical encoding of a point of small order: its last bit is the sign of x, the
/// others are y (RFC 8032 section 5.1.2).
fn is_of_small_order(encoded: &[u8; 32]) -> bool {
    let mut y = *encoded;
    y[31] &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
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

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        from_hex(hex).unwrap().try_into().unwrap()
    }

    /// Signatures for which the equation holds and that strictness refuses: by a key with a point
    /// of order 8 in it, R each of the eight points of small order.
    #[test]
    fn an_r_of_small_order_is_refused_where_the_equation_holds() {
        let key = bytes("641034cc8126e0c47b25ead437da64962a17840ca764095da5131a7a2aaf92ee");
        let key = PublicKey::from_bytes(&key).unwrap();
        for (message, signature) in SMALL_ORDER_SIGNATURES {
            let signature: Signature = bytes(&signature.concat());
            let of_library = DalekSignature::from_bytes(&signature);
            assert!(key.0.verify(message.as_bytes(), &of_library).is_ok(), "{message}");
            assert!(key.0.verify_strict(message.as_bytes(), &of_library).is_err(), "{message}");
            assert!(!key.verify(b"", &[message.as_bytes()], &signature), "{message}");
        }
    }

    const SMALL_ORDER_SIGNATURES: [(&str, [&str; 2]); 8] = [
        (
            "message 0",
            [
                "0100000000000000000000000000000000000000000000000000000000000000",
                "043c12b8b58442925d333af410f8119f7f673416841df0b1eb9ae62c78a9f809",
            ],
        ),
        (
            "message 12",
            [
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "07cc2268ff3e48cba4bcd7e6802594db2c8c4357ec2a701af52aae34e03eeb09",
            ],
        ),
        (
            "message 0",
            [
                "0000000000000000000000000000000000000000000000000000000000000000",
                "5fe438310b29967fb5cadf371b38e5983a9238fbbcc5b99f9a4fe65ebc428a0c",
            ],
        ),
        (
            "message 4",
            [
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "fb54d012855bcd93cf87b89e72a8f5e8968a84376ebc7aeba339f04832cd8904",
            ],
        ),
        (
            "message 9",
            [
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "6aac9f911cc6b04933df5f2a0bb89cdd7cb32c74fccfa3dc828d73eeec4fb30f",
            ],
        ),
        (
            "message 0",
            [
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                "cb1731c97a2492856e2dd59f6449d1a380037750c894f784f7e182648a5dbd06",
            ],
        ),
        (
            "message 3",
            [
                "0000000000000000000000000000000000000000000000000000000000000080",
                "ae50c9f6a03f89bb299e71e29e7d20f39b5e2c2d4f01f4c9862bda2f15b42905",
            ],
        ),
        (
            "message 8",
            [
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                "f453baaa45a76d7247ceca04974f380e0579902c78ca102245a163d54845f405",
            ],
        ),
    ];

    proptest::proptest! {
        /// Good signatures, and the same with bits changed.
        #[test]
        fn what_holds_is_what_the_library_holds_to_be_strict(
            seed: [u8; 32],
            text: Vec<u8>,
            changes in proptest::collection::vec((0..64usize, 0..8u8), 0..3),
        ) {
            let key = PrivateKey::from_seed(&seed);
            let public = PublicKey::from_bytes(&key.public_key()).unwrap();
            let mut signature = key.sign(b"", &[&text]);
            changes.iter().for_each(|(at, bit)| signature[*at] ^= 1 << bit);
            let of_library = DalekSignature::from_bytes(&signature);
            let is_strict = public.0.verify_strict(&text, &of_library).is_ok();
            proptest::prop_assert_eq!(public.verify(b"", &[&text], &signature), is_strict);
        }
    }
}
