//! Letters of the standard fonts Helvetica and Helvetica-Bold, which every reader of PDF has
//! (ISO 32000-1, 9.6.2.2), in WinAnsi encoding (Annex D.2).

/// Widths of U+0020 to U+007E in thousandths of the size, from the published metrics of Helvetica.
const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The same of Helvetica-Bold.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// The widest letter of WinAnsi beyond ASCII: lines with such letters break early rather than late.
const WIDE: u16 = 1000;

/// The letters in WinAnsi, and how many the encoding lacks; each of those is a question mark.
pub(super) fn encoded(text: &str) -> (Vec<u8>, u64) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut lacking = 0;
    for letter in text.chars() {
        match letter {
            ' '..='~' => bytes.push(letter as u8),
            '\t' | '\n' => bytes.push(b' '),
            '\u{2264}' => bytes.extend(b"<="),
            '\u{2265}' => bytes.extend(b">="),
            '\u{2212}' => bytes.push(b'-'),
            _ => bytes.push(beyond_ascii(letter).unwrap_or_else(|| {
                lacking += 1;
                b'?'
            })),
        }
    }
    (bytes, lacking)
}

fn beyond_ascii(letter: char) -> Option<u8> {
    match letter {
        '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(letter)).ok(),
        '\u{20ac}' => Some(0x80),
        '\u{2026}' => Some(0x85),
        '\u{2018}' => Some(0x91),
        '\u{2019}' => Some(0x92),
        '\u{201c}' => Some(0x93),
        '\u{201d}' => Some(0x94),
        '\u{2022}' => Some(0x95),
        '\u{2013}' => Some(0x96),
        '\u{2014}' => Some(0x97),
        _ => None,
    }
}

/// The width of encoded letters, in thousandths of the size.
pub(super) fn width(bytes: &[u8], is_bold: bool) -> i64 {
    let widths = if is_bold { &BOLD } else { &PLAIN };
    let of = |byte: &u8| {
        let place = byte.checked_sub(b' ').map(usize::from);
        i64::from(place.and_then(|place| widths.get(place)).copied().unwrap_or(WIDE))
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_the_fonts_lack_are_counted() {
        assert_eq!(encoded("a \u{2264} b"), (b"a <= b".to_vec(), 0));
        assert_eq!(encoded("M\u{fc}ller \u{2013} 5"), (b"M\xfcller \x96 5".to_vec(), 0));
        assert_eq!(encoded("Dvo\u{159}\u{e1}k"), (b"Dvo?\xe1k".to_vec(), 1));
        assert_eq!(encoded("a\u{7}b"), (b"a?b".to_vec(), 1));
    }

    #[test]
    fn digits_are_equally_wide() {
        assert_eq!(width(b"0123456789", false), 5_560);
        assert_eq!(width(b"0123456789", true), 5_560);
        assert_eq!(width(b"~", false), 584);
    }
}
