//! Writes segments fast: elements are appended to a byte buffer and counted.
//!
//! The generators write tens of megabytes a second of values that they made themselves, so
//! separators inside values cannot occur; callers with outside values use the x12 writer.

use counterfoil_base::Cents;

/// Segments appended to a buffer, with the counts that envelopes and findings need.
#[derive(Debug)]
pub(crate) struct Segments<'a> {
    out: &'a mut Vec<u8>,
    /// Segments of the file so far.
    pub in_file: u64,
    /// Segments of the transaction set so far.
    pub in_transaction: u64,
}

impl<'a> Segments<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, in_file: u64, in_transaction: u64) -> Segments<'a> {
        Segments { out, in_file, in_transaction }
    }

    /// Bytes in the buffer.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Appends one segment; the first part is its identifier, trailing empty parts are dropped.
    pub(crate) fn put(&mut self, parts: &[&[u8]]) {
        let used = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        for (index, part) in parts[..used].iter().enumerate() {
            if index > 0 {
                self.out.push(b'*');
            }
            self.out.extend_from_slice(part);
        }
        self.out.extend_from_slice(b"~\n");
        self.in_file += 1;
        self.in_transaction += 1;
    }
}

/// A number or amount as text, without the allocator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    bytes: [u8; 24],
    from: usize,
    to: usize,
}

impl Digits {
    /// A whole number.
    pub(crate) fn whole(number: u64) -> Digits {
        let mut digits = Digits { bytes: [b'0'; 24], from: 24, to: 24 };
        digits.put_whole(number, 1);
        digits
    }

    /// A whole number with leading zeros up to `width` digits (at most 20).
    pub(crate) fn padded(number: u64, width: usize) -> Digits {
        let mut digits = Digits { bytes: [b'0'; 24], from: 24, to: 24 };
        digits.put_whole(number, width);
        digits
    }

    /// An amount in the shortest X12 form, as [`Cents::to_x12`].
    pub(crate) fn money(amount: Cents) -> Digits {
        let mut digits = Digits { bytes: [b'0'; 24], from: 24, to: 24 };
        let magnitude = amount.0.unsigned_abs();
        let (dollars, cents) = (magnitude / 100, magnitude % 100);
        if cents > 0 {
            digits.put_whole(cents, 2);
            digits.from -= 1;
            digits.bytes[digits.from] = b'.';
            if cents % 10 == 0 {
                digits.to -= 1;
            }
        }
        digits.put_whole(dollars, 1);
        if amount.0 < 0 {
            digits.from -= 1;
            digits.bytes[digits.from] = b'-';
        }
        digits
    }

    fn put_whole(&mut self, mut number: u64, width: usize) {
        let stop = self.from - width;
        while number > 0 || self.from > stop {
            self.from -= 1;
            self.bytes[self.from] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
}

impl std::ops::Deref for Digits {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_money_type() {
        for cents in [0, 1, 9, 10, 99, 100, 101, 110, 123_456, -7, -150, 9_999_999_999_999] {
            let text = Digits::money(Cents(cents));
            assert_eq!(std::str::from_utf8(&text).unwrap(), Cents(cents).to_x12());
        }
        assert_eq!(&*Digits::padded(42, 9), b"000000042");
        assert_eq!(&*Digits::whole(0), b"0");
    }

    #[test]
    fn trailing_empty_elements_are_dropped() {
        let mut out = Vec::new();
        Segments::new(&mut out, 0, 0).put(&[b"NM1", b"", b"2", b"", b""]);
        assert_eq!(out, b"NM1**2~\n");
    }
}
