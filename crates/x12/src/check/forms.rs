//! Forms that need no table: check digits, dates and times.

use counterfoil_base::parse_ccyymmdd;

/// True for ten digits whose Luhn sum over the prefix 80840 is right (45 CFR 162.406 and the
/// NPI check digit rule of CMS, after ISO/IEC 7812).
#[must_use]
pub fn is_npi(text: &[u8]) -> bool {
    let Ok(digits) = <&[u8; 10]>::try_from(text) else { return false };
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'1' | b'2') {
        return false;
    }
    // The prefix 80840 adds 24 to the sum whatever the number is.
    let mut sum = 24;
    for (index, digit) in digits.iter().enumerate() {
        let value = u32::from(digit - b'0');
        // From the right, every second digit counts double; with ten digits those are the
        // first, third, fifth, seventh and ninth.
        sum += if index % 2 == 0 { value * 2 / 10 + value * 2 % 10 } else { value };
    }
    sum % 10 == 0
}

/// True for nine digits whose weighted sum (3, 7, 1) is a multiple of ten (ABA routing number).
#[must_use]
pub fn is_routing_number(text: &[u8]) -> bool {
    let Ok(digits) = <&[u8; 9]>::try_from(text) else { return false };
    let sum = digits.iter().zip([3, 7, 1].iter().cycle());
    let sum: u32 = sum.map(|(d, weight)| u32::from(d.wrapping_sub(b'0')) * weight).sum();
    digits.iter().all(u8::is_ascii_digit) && sum > 0 && sum.is_multiple_of(10)
}

/// True for a real day in six (YYMMDD) or eight digits.
pub(crate) fn is_date(text: &[u8]) -> bool {
    match text.len() {
        8 => parse_ccyymmdd(text).is_some(),
        6 => {
            // Any century with a leap year in its last two digits' place decides alike, save
            // for 00; 2000 is a leap year.
            let mut full = *b"20000000";
            full[2..].copy_from_slice(text);
            parse_ccyymmdd(&full).is_some()
        }
        _ => false,
    }
}

/// True for HHMM, HHMMSS, HHMMSSD or HHMMSSDD.
pub(crate) fn is_time(text: &[u8]) -> bool {
    let pair = |at: usize| text.get(at..at + 2).map(|p| (p[0] - b'0') * 10 + (p[1] - b'0'));
    matches!(text.len(), 4 | 6..=8)
        && text.iter().all(u8::is_ascii_digit)
        && pair(0).is_some_and(|hour| hour < 24)
        && pair(2).is_some_and(|minute| minute < 60)
        && (text.len() == 4 || pair(4).is_some_and(|second| second < 60))
}

/// True when the value has the form that the date-time format qualifier (element 1250) names;
/// qualifiers that are not known here are not judged.
pub(super) fn fits_qualifier(qualifier: &[u8], value: &[u8]) -> bool {
    let range = |of: fn(&[u8]) -> bool| {
        let mut halves = value.splitn(2, |byte| *byte == b'-');
        match (halves.next(), halves.next()) {
            (Some(from), Some(to)) => of(from) && of(to),
            _ => false,
        }
    };
    let date_time =
        |v: &[u8]| v.len() >= 12 && is_date(&v[..8]) && is_time(&v[8..]) && v.len() <= 14;
    match qualifier {
        b"D8" => value.len() == 8 && is_date(value),
        b"D6" => value.len() == 6 && is_date(value),
        b"TM" => is_time(value),
        b"DT" => date_time(value),
        b"RD8" => range(|half| half.len() == 8 && is_date(half)),
        b"RDT" => range(|v| v.len() == 12 && is_date(&v[..8]) && is_time(&v[8..])),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        for (npi, valid) in [
            ("1234567893", true),
            ("1234567890", false),
            ("3234567893", false),
            ("123456789", false),
            ("123456789A", false),
        ] {
            assert_eq!(is_npi(npi.as_bytes()), valid, "{npi}");
        }
        for (number, valid) in
            [("021000021", true), ("021000022", false), ("000000000", false), ("02100002", false)]
        {
            assert_eq!(is_routing_number(number.as_bytes()), valid, "{number}");
        }
    }

    #[test]
    fn dates_and_times_are_real_ones() {
        for (qualifier, value, fits) in [
            ("D8", "20240229", true),
            ("D8", "20230229", false),
            ("D6", "230230", false),
            ("RD8", "20240101-20240131", true),
            ("RD8", "20240101", false),
            ("RD8", "20240101-", false),
            ("TM", "2359", true),
            ("TM", "2400", false),
            ("DT", "202401012359", true),
            ("DT", "20240101", false),
            ("XX", "anything", true),
        ] {
            let found = fits_qualifier(qualifier.as_bytes(), value.as_bytes());
            assert_eq!(found, fits, "{qualifier} {value}");
        }
    }
}
