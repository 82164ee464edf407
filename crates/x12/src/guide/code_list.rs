//! Lists of codes packed into integers, so that a lookup compares no strings.

/// The codes of a guide element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CodeList {
    /// Codes of at most eight bytes, which nearly all are.
    short: Vec<u64>,
    /// Codes of nine to sixteen bytes.
    long: Vec<u128>,
}

impl CodeList {
    /// Reads codes with `|` between them.
    pub(crate) fn parse(text: &str) -> CodeList {
        let mut list = CodeList::default();
        for code in text.split('|').map(str::as_bytes) {
            match pack(code) {
                Some(short) => list.short.push(short),
                None => list.long.extend(pack_long(code)),
            }
        }
        list.short.sort_unstable();
        list.short.dedup();
        list.long.sort_unstable();
        list.long.dedup();
        list
    }

    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        match pack(value) {
            Some(code) if self.short.len() <= 8 => self.short.contains(&code),
            Some(code) => self.short.binary_search(&code).is_ok(),
            None => pack_long(value).is_some_and(|code| self.long.contains(&code)),
        }
    }

    /// The codes as text, for messages.
    pub(crate) fn describe(&self) -> String {
        let short = self.short.iter().map(|code| u128::from(*code) << 64);
        let mut codes: Vec<u128> = short.chain(self.long.iter().copied()).collect();
        codes.sort_unstable();
        let words: Vec<String> = codes
            .iter()
            .take(12)
            .map(|code| {
                let bytes = code.to_be_bytes();
                bytes.iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect()
            })
            .collect();
        let more = if codes.len() > 12 { ", ..." } else { "" };
        format!("{}{more}", words.join(", "))
    }
}

/// Up to 8 bytes, left-aligned so that the order is that of the text; nothing when longer.
pub(crate) fn pack(code: &[u8]) -> Option<u64> {
    if code.len() > 8 {
        return None;
    }
    let packed = code.iter().fold(0, |packed, byte| packed << 8 | u64::from(*byte));
    Some(packed.checked_shl(8 * (8 - code.len() as u32)).unwrap_or(0))
}

/// Up to 16 bytes, left-aligned; nothing when longer.
fn pack_long(code: &[u8]) -> Option<u128> {
    let mut bytes = [0u8; 16];
    bytes.get_mut(..code.len())?.copy_from_slice(code);
    Some(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_length_are_found_and_no_others() {
        let list = CodeList::parse("ZZ|005010X222A1|1|ABCDEFGH|ABK|");
        for (code, held) in [
            ("ZZ", true),
            ("Z", false),
            ("1", true),
            ("10", false),
            ("ABCDEFGH", true),
            ("ABCDEFGHI", false),
            ("005010X222A1", true),
            ("005010X222", false),
            ("005010X222A1 and far too long", false),
            ("", true),
        ] {
            assert_eq!(list.contains(code.as_bytes()), held, "{code}");
        }
        assert!(!CodeList::parse("A|B").contains(b""));
        assert_eq!(CodeList::parse("B|005010X222A1|A").describe(), "005010X222A1, A, B");
    }
}
