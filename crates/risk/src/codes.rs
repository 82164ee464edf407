//! Diagnosis codes as integers, and the table in which they are found.

/// An ICD-10-CM code without its point, in capital letters, as one integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiagnosisCode(u64);

impl DiagnosisCode {
    /// A code of three to seven letters and digits that begins with a letter and a digit.
    /// Points, blanks around it and small letters do not matter. Whether the code was in force is
    /// not asked; none is returned for what can be no code.
    #[must_use]
    pub fn parse(text: &str) -> Option<DiagnosisCode> {
        DiagnosisCode::parse_bytes(text.as_bytes())
    }

    pub(crate) fn parse_bytes(text: &[u8]) -> Option<DiagnosisCode> {
        let mut bytes = [0_u8; 8];
        let mut length = 0;
        for byte in text.trim_ascii().iter().filter(|byte| **byte != b'.') {
            if length == 7 || !byte.is_ascii_alphanumeric() {
                return None;
            }
            *bytes.get_mut(length)? = byte.to_ascii_uppercase();
            length += 1;
        }
        let has_form = length >= 3 && bytes[0].is_ascii_alphabetic() && bytes[1].is_ascii_digit();
        has_form.then_some(DiagnosisCode(u64::from_be_bytes(bytes)))
    }
}

impl std::fmt::Display for DiagnosisCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0.to_be_bytes();
        let written = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        f.write_str(std::str::from_utf8(written).unwrap_or_default())
    }
}

/// Codes with a small number each: open addressing at most half full, built once.
#[derive(Clone, Debug)]
pub(crate) struct CodeMap {
    /// The code, 0 where the place is free, and its number.
    slots: Vec<(u64, u32)>,
    /// By how much a hash is shifted to be a place.
    shift: u32,
}

impl CodeMap {
    pub(crate) fn new(codes: &[(DiagnosisCode, u32)]) -> CodeMap {
        let bits = (codes.len().max(1) * 2).next_power_of_two().trailing_zeros();
        let mut map = CodeMap { slots: vec![(0, 0); 1 << bits], shift: 64 - bits };
        for (code, number) in codes {
            let mut at = map.place(code.0);
            while let Some(slot) = map.slots.get(at)
                && slot.0 != 0
                && slot.0 != code.0
            {
                at = map.next(at);
            }
            if let Some(slot) = map.slots.get_mut(at) {
                *slot = (code.0, *number);
            }
        }
        map
    }

    #[inline]
    pub(crate) fn get(&self, code: DiagnosisCode) -> Option<u32> {
        let mut at = self.place(code.0);
        loop {
            match self.slots.get(at)? {
                (0, _) => return None,
                (key, number) if *key == code.0 => return Some(*number),
                _ => at = self.next(at),
            }
        }
    }

    /// Fibonacci hashing: the upper bits of a product with 2^64 divided by the golden ratio.
    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_blanks_and_small_letters_do_not_matter() {
        for text in ["E11.9", "e119", " E119 ", "E1.1.9"] {
            let code = DiagnosisCode::parse(text).expect("a code");
            assert_eq!(code.to_string(), "E119", "{text}");
        }
    }

    #[test]
    fn what_can_be_no_code_is_none() {
        for text in ["", "E1", "119", "EE1", "E11234567", "E11 9", "E11é", "E11-9"] {
            assert_eq!(DiagnosisCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_is_found_and_no_other() {
        let code = |n: u32| DiagnosisCode::parse(&format!("A{n:05}")).expect("a code");
        let codes: Vec<(DiagnosisCode, u32)> = (0..5000).map(|n| (code(n * 2), n)).collect();
        let map = CodeMap::new(&codes);
        for n in 0..5000 {
            assert_eq!(map.get(code(n * 2)), Some(n));
            assert_eq!(map.get(code(n * 2 + 1)), None);
        }
        assert_eq!(CodeMap::new(&[]).get(code(1)), None);
    }
}
