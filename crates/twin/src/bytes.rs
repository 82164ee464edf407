//! Reading and writing the primitive encodings of the format (section 1 of the written format).

use crate::hash::Hash;

/// Bytes that are read from the front; every read says whether enough were left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: bytes }
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn hash(&mut self) -> Option<Hash> {
        self.array()
    }

    /// A short text: `u8` length, then that many bytes.
    pub(crate) fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.take(usize::from(length))
    }

    /// `u8` count, then that many hashes.
    pub(crate) fn path(&mut self) -> Option<Vec<Hash>> {
        let count = self.u8()?;
        (0..count).map(|_| self.hash()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }
}

/// Writes a short text; the text is known to have at most 255 bytes.
pub(crate) fn put_short(out: &mut Vec<u8>, text: &[u8]) {
    let length = u8::try_from(text.len()).expect("short texts are bounded where they are made");
    out.push(length);
    out.extend_from_slice(text);
}

/// Writes a path; it is known to have at most 64 hashes.
pub(crate) fn put_path(out: &mut Vec<u8>, path: &[Hash]) {
    out.push(u8::try_from(path.len()).expect("the path in a tree of 64-bit size is short"));
    for hash in path {
        out.extend_from_slice(hash);
    }
}
