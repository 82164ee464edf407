//! Recognizing a payer in a bank's text by its identifier or its name.

use crate::expected::ExpectedPayment;
use rustc_hash::FxHashMap;

/// A name as words, and its payer unless payers share it.
type Name = (Vec<String>, Option<u32>);

/// The payers of a set of 835s, numbered.
pub(crate) struct Payers {
    of_remit: Vec<u32>,
    /// By the first word.
    names: FxHashMap<String, Vec<Name>>,
}

/// A name of one short word would be found in every second text.
const NAME_LENGTH_MIN: usize = 4;

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_uppercase).collect()
}

impl Payers {
    pub(crate) fn of(remits: &[ExpectedPayment]) -> Payers {
        let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
        let mut names: FxHashMap<String, Vec<Name>> = FxHashMap::default();
        let mut of_remit = Vec::with_capacity(remits.len());
        let mut known: FxHashMap<(&str, &str), ()> = FxHashMap::default();
        for remit in remits {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(&remit.payer_identifier).or_insert(next);
            of_remit.push(number);
            if known.insert((&remit.payer_identifier, &remit.payer_name), ()).is_some() {
                continue;
            }
            // TRN03 is 1 and the tax number; banks show either.
            let identifier = remit.payer_identifier.as_str();
            let tax_number = identifier.strip_prefix('1').filter(|rest| rest.len() == 9);
            let all = [Some(identifier), tax_number, Some(remit.payer_name.as_str())];
            for name in all.into_iter().flatten() {
                let name = words(name);
                let length: usize = name.iter().map(String::len).sum();
                if let (Some(first), true) = (name.first(), length >= NAME_LENGTH_MIN) {
                    let list = names.entry(first.clone()).or_default();
                    match list.iter_mut().find(|(other, _)| *other == name) {
                        Some((_, owner)) if *owner != Some(number) => *owner = None,
                        Some(_) => {}
                        None => list.push((name, Some(number))),
                    }
                }
            }
        }
        Payers { of_remit, names }
    }

    /// The number of an 835's payer.
    pub(crate) fn of_remit(&self, remit: usize) -> u32 {
        self.of_remit.get(remit).copied().unwrap_or(u32::MAX)
    }

    /// The one payer that a text names; nothing when it names none, several, or a shared name.
    pub(crate) fn named_in(&self, text: &str) -> Option<u32> {
        let text = words(text);
        let mut found: Option<u32> = None;
        for start in 0..text.len() {
            let Some(candidates) = self.names.get(&text[start]) else { continue };
            let here = candidates.iter().filter(|(name, _)| text[start..].starts_with(name));
            // Of names that begin alike the longest is the one that is meant.
            let Some((_, owner)) = here.max_by_key(|(name, _)| name.len()) else { continue };
            let payer = (*owner)?;
            if found.is_some_and(|other| other != payer) {
                return None;
            }
            found = Some(payer);
        }
        found
    }
}
