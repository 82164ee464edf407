//! Routing numbers of banks and their check digit.

/// True for nine digits whose check digit is right (weights 3, 7, 1; sum divisible by 10).
#[must_use]
pub fn is_routing_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 9
        && bytes.get(..8).and_then(check_digit) == bytes.last().copied()
        && bytes != b"000000000"
}

/// The check digit of eight digits, as an ASCII digit; nothing when they are not eight digits.
pub(crate) fn check_digit(digits: &[u8]) -> Option<u8> {
    if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let weighted = digits.iter().zip([3u32, 7, 1].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(b'0' + ((10 - sum % 10) % 10) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_digit_checks_the_other_eight() {
        for (number, valid) in [
            ("231380104", true),
            ("031300012", true),
            ("121042882", true),
            ("231380105", false),
            ("23138010", false),
            ("2313801O4", false),
            ("000000000", false),
            ("", false),
        ] {
            assert_eq!(is_routing_number(number), valid, "{number}");
        }
    }
}
