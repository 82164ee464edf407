//! Opaque ids: keys of rows sealed, so that no account or trace number stands in an address.
//!
//! The first 16 bytes are a keyed digest of the key; from it comes the stream that hides the
//! rest (a synthetic initialization vector, after RFC 5297 in its idea). The same key always has
//! the same id; an id that this organization did not make opens nothing.

use sha2::{Digest, Sha256};

const TAG_BYTES: usize = 16;

fn keyed(secret: &[u8; 32], purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // Nested, so that nobody can lengthen what was hashed.
    let mut inner = Sha256::new();
    inner.update(secret);
    inner.update(purpose);
    for part in parts {
        inner.update((part.len() as u64).to_be_bytes());
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(secret);
    outer.update(b"outer");
    outer.update(inner.finalize());
    outer.finalize().into()
}

fn hide(secret: &[u8; 32], tag: &[u8], bytes: &mut [u8]) {
    for (at, chunk) in (0u64..).zip(bytes.chunks_mut(32)) {
        let stream = keyed(secret, b"stream", &[tag, &at.to_be_bytes()]);
        for (byte, hidden) in chunk.iter_mut().zip(stream) {
            *byte ^= hidden;
        }
    }
}

pub(crate) use counterfoil_twin::to_hex as hex;

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(pair.first()?)? * 16 + digit(pair.get(1)?)?))
        .collect()
}

/// The id of a row by its keys.
pub(crate) fn seal(secret: &[u8; 32], kind: &str, keys: &[String]) -> String {
    let mut plain = keys.join("\u{1f}").into_bytes();
    let tag = keyed(secret, kind.as_bytes(), &[&plain]);
    hide(secret, &tag[..TAG_BYTES], &mut plain);
    hex(&[&tag[..TAG_BYTES], &plain].concat())
}

/// The keys of an id; nothing when it is none of this kind.
pub(crate) fn open(secret: &[u8; 32], kind: &str, id: &str) -> Option<Vec<String>> {
    let bytes = unhex(id)?;
    let (tag, hidden) = bytes.split_at_checked(TAG_BYTES)?;
    let mut plain = hidden.to_vec();
    hide(secret, tag, &mut plain);
    if keyed(secret, kind.as_bytes(), &[&plain])[..TAG_BYTES] != *tag {
        return None;
    }
    Some(String::from_utf8(plain).ok()?.split('\u{1f}').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_opens_for_its_own_kind_and_secret_alone() {
        let keys = ["1234567893".to_owned(), "PATIENT-1 with a long number".to_owned()];
        let id = seal(&[1; 32], "claim", &keys);
        assert!(!id.contains("504154"), "the plain bytes do not stand in it");
        assert_eq!(open(&[1; 32], "claim", &id).as_deref(), Some(&keys[..]));
        assert_eq!(seal(&[1; 32], "claim", &keys), id);
        assert_eq!(open(&[2; 32], "claim", &id), None);
        assert_eq!(open(&[1; 32], "entry", &id), None);
        for at in 0..id.len() {
            let mut other = id.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(open(&[1; 32], "claim", &other), None, "{at}");
        }
        for none in ["", "0", "zz", "é", "00"] {
            assert_eq!(open(&[1; 32], "claim", none), None);
        }
    }
}
