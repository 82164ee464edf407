//! Reads digits as people write them: commas in threes before the point, and at most one point.

use crate::number::Number;

/// A number without sign and unit, and its decimal places as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    pub number: Number,
    pub places: u32,
}

/// Reads `1234`, `1,234.5` or `.5`; nothing for other text. A comma elsewhere than at every third
/// place before the point is refused: elsewhere in the world it is the point.
pub(crate) fn read_digits(text: &str) -> Option<Digits> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let is_grouped = whole.contains(',');
    if is_grouped && (first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3)) {
        return None;
    }
    let plain: String = whole.chars().filter(|character| *character != ',').collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(&plain) || !is_digits(fraction) {
        return None;
    }
    let number = Number::parse(&format!("{plain}.{fraction}"))?;
    Some(Digits { number, places: u32::try_from(fraction.len()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_in_threes_before_the_point() {
        for (text, number, places) in [
            ("0", "0", 0),
            ("1234", "1234", 0),
            ("1,234", "1234", 0),
            ("12,345,678.90", "12345678.9", 2),
            ("999.", "999", 0),
            (".5", "0.5", 1),
        ] {
            let found = read_digits(text).unwrap();
            assert_eq!((found.number.to_string(), found.places), (number.to_owned(), places));
        }
        for text in [
            "",
            ".",
            ",",
            "12,5",
            "1,2345",
            "1234,567",
            ",123",
            "1,234,",
            "1,,234",
            "1.234,56",
            "1.234.567",
            "0.1,234",
            "-1",
            "+1",
            "1e3",
            " 1",
            "1 234",
            "1'234",
            "१",
            "$1",
            &"9".repeat(60),
        ] {
            assert_eq!(read_digits(text), None, "{text}");
        }
    }
}
