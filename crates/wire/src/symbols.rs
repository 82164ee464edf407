//! Bytes as groups of symbols that people can read out, with a check symbol in each group.

/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a group that carry bits.
const GROUP_DATA: usize = 5;
/// Symbols of a group, the check symbol included.
const GROUP: usize = GROUP_DATA + 1;
/// Weights of the check symbol; odd, so that one wrong symbol always changes it.
const WEIGHTS: [u32; GROUP_DATA] = [1, 3, 5, 7, 9];
/// Weight of a group's index; odd, so that two exchanged groups are found.
const INDEX_WEIGHT: u32 = 11;

/// What is wrong with a text of symbols; groups count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolError {
    /// A character that is no symbol.
    Character { group: usize, character: char },
    /// The check symbol does not fit the group.
    Group { group: usize },
    /// The last group is not whole, or there is none.
    Incomplete { symbols: usize },
}

fn check_symbol(group: usize, values: &[u32]) -> u32 {
    let index = u32::try_from(group % 32).unwrap_or_default() * INDEX_WEIGHT;
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    (index + sum) % 32
}

fn symbol(value: u32) -> char {
    let index = usize::try_from(value % 32).unwrap_or_default();
    char::from(ALPHABET[index])
}

fn value(character: char) -> Option<u32> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let index = ALPHABET.iter().position(|symbol| char::from(*symbol) == upper)?;
    u32::try_from(index).ok()
}

/// Writes bytes as groups joined by hyphens; the last group is padded with zero bits.
pub(crate) fn write(bytes: &[u8]) -> String {
    let mut values = Vec::with_capacity(bytes.len() * 8 / 5 + GROUP_DATA);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            values.push((bits >> held) & 31);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        values.push((bits << (5 - held)) & 31);
    }
    while values.len() % GROUP_DATA != 0 {
        values.push(0);
    }
    let mut text = String::with_capacity(values.len() / GROUP_DATA * (GROUP + 1));
    for (index, group) in values.chunks(GROUP_DATA).enumerate() {
        if index > 0 {
            text.push('-');
        }
        text.extend(group.iter().map(|value| symbol(*value)));
        text.push(symbol(check_symbol(index, group)));
    }
    text
}

/// Reads groups into bytes; up to 24 bits of padding may follow as whole bytes at the end.
pub(crate) fn read(text: &str) -> Result<Vec<u8>, SymbolError> {
    let mut values = Vec::new();
    for character in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let group = values.len() / GROUP + 1;
        values.push(value(character).ok_or(SymbolError::Character { group, character })?);
    }
    if values.is_empty() || values.len() % GROUP != 0 {
        return Err(SymbolError::Incomplete { symbols: values.len() });
    }
    let mut bytes = Vec::with_capacity(values.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0u32);
    for (index, group) in values.chunks(GROUP).enumerate() {
        let (data, check) = group.split_at(GROUP_DATA);
        if check.first() != Some(&check_symbol(index, data)) {
            return Err(SymbolError::Group { group: index + 1 });
        }
        for value in data {
            bits = (bits << 5) | value;
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from((bits >> held) & 0xff).unwrap_or_default());
                bits &= (1 << held) - 1;
            }
        }
    }
    if bits != 0 {
        return Err(SymbolError::Group { group: values.len() / GROUP });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let text = write(&bytes);
            let read = read(&text).expect("written text is read");
            prop_assert_eq!(&read[..bytes.len()], &bytes[..]);
            prop_assert!(read.len() - bytes.len() <= 3);
            prop_assert!(read[bytes.len()..].iter().all(|byte| *byte == 0));
            let worn = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            prop_assert_eq!(super::read(&worn), Ok(read));
        }

        #[test]
        fn a_wrong_symbol_names_its_group(
            bytes in proptest::collection::vec(any::<u8>(), 1..90),
            place in any::<prop::sample::Index>(),
            other in 0u32..32,
        ) {
            let text = write(&bytes);
            let places: Vec<usize> = text.match_indices(|c| c != '-').map(|(at, _)| at).collect();
            let at = places[place.index(places.len())];
            let group = text[..at].matches('-').count() + 1;
            let wrong = symbol(other);
            prop_assume!(!text[at..].starts_with(wrong));
            let mistyped = format!("{}{wrong}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(read(&mistyped), Err(SymbolError::Group { group }));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = read(&text);
        }
    }

    #[test]
    fn exchanged_and_missing_groups_are_found() {
        let text = write(b"sixteen byte key");
        let groups: Vec<&str> = text.split('-').collect();
        let exchanged = [groups[1], groups[0], groups[2]].join("-");
        assert!(matches!(read(&exchanged), Err(SymbolError::Group { group: 1 | 2 })));
        assert_eq!(read(&text[..text.len() - 1]), {
            let symbols = text.matches(|c| c != '-').count() - 1;
            Err(SymbolError::Incomplete { symbols })
        });
        assert_eq!(read("U"), Err(SymbolError::Character { group: 1, character: 'U' }));
    }
}
