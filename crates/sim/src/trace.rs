//! What happened in a world, step by step: a digest always, words when they are asked for.

use std::fmt;

/// The trace of one world.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    digest: u64,
    step: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its words when `is_told`.
    #[must_use]
    pub fn new(is_told: bool) -> Trace {
        Trace { digest: 0, step: 0, lines: is_told.then(Vec::new) }
    }

    /// The next step begins.
    pub fn at(&mut self, step: u64) {
        self.step = step;
    }

    /// Notes what happened: numbers for the digest, words for a reader.
    pub fn note(&mut self, numbers: &[u64], words: fmt::Arguments<'_>) {
        self.mix(self.step);
        for number in numbers {
            self.mix(*number);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>6}  {words}", self.step));
        }
    }

    /// Takes bytes into the digest, first and last eight and the length.
    pub fn note_bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        for part in [bytes.first_chunk::<8>(), bytes.last_chunk::<8>()].into_iter().flatten() {
            self.mix(u64::from_be_bytes(*part));
        }
    }

    /// One step of a multiplicative hash (the constants are those of SplitMix64).
    fn mix(&mut self, number: u64) {
        let mut mixed = (self.digest ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        self.digest = mixed ^ (mixed >> 29);
    }

    /// The digest of everything so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The words, when they were kept.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
