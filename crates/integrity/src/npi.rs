//! The check digit of a national provider identifier.

/// Ten digits that begin with 1 or 2 and satisfy the Luhn formula after the prefix 80840.
///
/// CMS, NPI check digit calculation: the prefix adds the constant 24 to the sum.
#[must_use]
pub fn npi_is_valid(npi: &str) -> bool {
    let digits = npi.as_bytes();
    if digits.len() != 10 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    if !matches!(digits.first(), Some(b'1' | b'2')) {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 1 { doubled(digit) } else { digit }
        })
        .sum();
    (sum + 24).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::npi_is_valid;

    #[test]
    fn only_numbers_with_the_right_check_digit_are_possible() {
        for (npi, valid) in [
            // The example of CMS's calculation.
            ("1234567893", true),
            ("1234567890", false),
            ("1234567839", false),
            ("9234567893", false),
            ("123456789", false),
            ("12345678933", false),
            ("123456789X", false),
            ("", false),
        ] {
            assert_eq!(npi_is_valid(npi), valid, "{npi}");
        }
    }
}
