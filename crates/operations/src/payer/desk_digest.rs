//! The digest of what a desk decides with: the same digest, the same decisions.

use crate::intake::hex;
use sha2::{Digest, Sha256};

/// SHA-256 over named pieces in the order in which they are added.
#[derive(Clone)]
pub struct DeskDigest(Sha256);

impl DeskDigest {
    /// Begins with the version of the program, whose built-in tables and edits decide too.
    #[must_use]
    pub fn new(program_version: &str) -> DeskDigest {
        let mut digest = DeskDigest(Sha256::new());
        digest.add("program", program_version.as_bytes());
        digest
    }

    /// Adds a piece: a file of rates, members, rules or tables.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            // With its length, so that no two lists of pieces run together.
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    /// The digest, hex.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_pieces_other_names_and_other_versions_have_other_digests() {
        let of = |version: &str, pieces: &[(&str, &str)]| {
            let mut digest = DeskDigest::new(version);
            pieces.iter().for_each(|(name, text)| digest.add(name, text.as_bytes()));
            digest.finish()
        };
        let one = of("1", &[("rates", "ab"), ("members", "c")]);
        assert_eq!(one, of("1", &[("rates", "ab"), ("members", "c")]));
        for other in [
            of("2", &[("rates", "ab"), ("members", "c")]),
            of("1", &[("rates", "a"), ("members", "bc")]),
            of("1", &[("rate", "sab"), ("members", "c")]),
            of("1", &[("rates", "ab")]),
        ] {
            assert_ne!(one, other);
        }
    }
}
