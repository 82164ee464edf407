//! The four separators of an interchange, found in its ISA segment (X12.5 and X12.6 section 3).

/// The bytes that part elements, components, repetitions and segments of one interchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Separators {
    /// Between elements: the byte after `ISA`.
    pub element: u8,
    /// Between components of a composite element: ISA16.
    pub component: u8,
    /// Between repetitions of an element: ISA11 from version 00402 on; before, ISA11 holds the
    /// standards identifier `U` and elements do not repeat.
    pub repetition: Option<u8>,
    /// At the end of each segment: the byte after ISA16.
    pub segment: u8,
}

impl Default for Separators {
    /// `*` `:` `^` `~`, the usual choice of the trade.
    fn default() -> Separators {
        Separators { element: b'*', component: b':', repetition: Some(b'^'), segment: b'~' }
    }
}

impl Separators {
    /// True for a byte that parts elements, components, repetitions or segments.
    #[must_use]
    pub fn holds(self, byte: u8) -> bool {
        byte == self.element
            || byte == self.component
            || byte == self.segment
            || Some(byte) == self.repetition
    }

    /// True when all four differ and none is a letter, a digit or a space, so that data and
    /// structure can be told apart.
    #[must_use]
    pub fn are_usable(self) -> bool {
        let all = [Some(self.element), Some(self.component), Some(self.segment), self.repetition];
        let distinct = all.iter().enumerate().all(|(index, byte)| {
            byte.is_none() || !all.iter().skip(index + 1).any(|other| other == byte)
        });
        distinct && all.iter().flatten().all(|byte| !byte.is_ascii_alphanumeric() && *byte != b' ')
    }
}

/// What the bytes of an ISA segment say about the interchange's separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsaLayout {
    /// The separators.
    pub separators: Separators,
    /// Length in bytes without the terminator: 105 in the standard.
    pub length: usize,
    /// True when each of the 16 elements has the width that the standard fixes.
    pub is_fixed_width: bool,
}

/// Where the element separators of a well-formed ISA stand.
const SEPARATOR_OFFSETS: [usize; 16] =
    [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];

/// An ISA is 106 bytes; this many are looked at when its elements have wrong widths.
pub(super) const ISA_PROBE_BYTES: usize = 320;

impl IsaLayout {
    /// Reads the layout from bytes that begin with `ISA`; nothing when they are no interchange
    /// header: no plausible element separator, or fewer than 16 elements before the next `GS`.
    ///
    /// Element widths may be wrong: separators are then found by counting 16 of them.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<IsaLayout> {
        if !bytes.starts_with(b"ISA") {
            return None;
        }
        let element = *bytes.get(3)?;
        if element.is_ascii_alphanumeric() || element == b' ' {
            return None;
        }
        let fixed = SEPARATOR_OFFSETS.iter().all(|&at| bytes.get(at) == Some(&element))
            && count(&bytes[..bytes.len().min(104)], element) == SEPARATOR_OFFSETS.len();
        let probe = &bytes[..bytes.len().min(ISA_PROBE_BYTES)];
        let last = memchr::memchr_iter(element, probe).nth(15)?;
        let component = *bytes.get(last + 1)?;
        // A file that ends after ISA16 has no terminator to read; the usual one is assumed.
        let segment = bytes.get(last + 2).copied().unwrap_or(b'~');
        let mut ends = memchr::memchr_iter(element, probe);
        let eleventh = ends.nth(10)? + 1;
        let twelfth = ends.next()? + 1;
        let version = probe.get(twelfth..twelfth + 5).unwrap_or(b"");
        let repetition = repetition_separator(probe.get(eleventh).copied(), version);
        let separators = Separators { element, component, repetition, segment };
        Some(IsaLayout { separators, length: last + 2, is_fixed_width: fixed })
    }
}

fn count(bytes: &[u8], needle: u8) -> usize {
    memchr::memchr_iter(needle, bytes).count()
}

/// ISA11 parts repetitions from version 00402 on, unless it still holds a letter or a space.
fn repetition_separator(byte: Option<u8>, version: &[u8]) -> Option<u8> {
    byte.filter(|b| version >= b"00402".as_slice() && !b.is_ascii_alphanumeric() && *b != b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
                       *260101*1200*^*00501*000000001*0*P*:~";

    #[test]
    fn separators_come_from_the_header() {
        let layout = IsaLayout::detect(ISA.as_bytes()).unwrap();
        assert_eq!(layout.separators, Separators::default());
        assert!(layout.is_fixed_width && layout.separators.are_usable());
        assert_eq!(layout.length, 105);
        let odd = ISA.replace('*', "|").replace(':', "<").replace('~', "\n").replace('^', "U");
        let layout = IsaLayout::detect(odd.as_bytes()).unwrap();
        let expected =
            Separators { element: b'|', component: b'<', repetition: None, segment: b'\n' };
        assert_eq!(layout.separators, expected);
    }

    #[test]
    fn wrong_widths_are_survived_and_told() {
        let short = ISA.replace("SENDER         ", "SENDER ");
        let layout = IsaLayout::detect(short.as_bytes()).unwrap();
        assert_eq!(layout.separators, Separators::default());
        assert!(!layout.is_fixed_width);
        for text in ["ISA", "ISABEL", "ISA*00*1", "GS*HC", ""] {
            assert_eq!(IsaLayout::detect(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn separators_that_collide_are_not_usable() {
        let usual = Separators::default();
        assert!(!Separators { component: b'*', ..usual }.are_usable());
        assert!(!Separators { segment: b'A', ..usual }.are_usable());
        assert!(Separators { repetition: None, ..usual }.are_usable());
    }
}
