//! Which state a ZIP code lies in, by its first three digits.

use crate::tables::PackedCode;
use counterfoil_x12::CodeAnswer;
use std::collections::BTreeSet;

/// Pairs of ZIP prefix and state: three digits, or five where delivery crosses a state line.
#[derive(Clone, Debug, Default)]
pub(super) struct ZipStates {
    pairs: BTreeSet<(PackedCode, PackedCode)>,
    states: BTreeSet<PackedCode>,
}

impl ZipStates {
    /// False when the prefix or the state is not a code.
    pub(super) fn add(&mut self, prefix: &str, state: &str) -> bool {
        let (Some(prefix), Some(state)) = (PackedCode::new(prefix), PackedCode::new(state)) else {
            return false;
        };
        self.states.insert(state);
        self.pairs.insert((prefix, state));
        true
    }

    pub(super) fn answer(&self, zip: &str) -> CodeAnswer {
        if self.pairs.is_empty() {
            return CodeAnswer::NoTable;
        }
        match split(zip) {
            // Nothing is delivered to 000 to 004; any other prefix may be newer than the table.
            Some(_) if !["000", "001", "002", "003", "004"].iter().any(|p| zip.starts_with(p)) => {
                CodeAnswer::Valid
            }
            _ => CodeAnswer::Unknown,
        }
    }

    pub(super) fn is_in_state(&self, zip: &str, state: &str) -> Option<bool> {
        let (area, post_office) = split(zip)?;
        let state = PackedCode::new(state).filter(|state| self.states.contains(state))?;
        if !self.has_prefix(area) {
            return None;
        }
        let listed = |prefix| self.pairs.contains(&(prefix, state));
        Some(listed(area) || listed(post_office))
    }

    fn has_prefix(&self, prefix: PackedCode) -> bool {
        self.pairs.range((prefix, PackedCode::FIRST)..).next().is_some_and(|p| p.0 == prefix)
    }
}

/// The first three and first five digits of a ZIP code of five or nine digits.
fn split(zip: &str) -> Option<(PackedCode, PackedCode)> {
    let bytes = zip.as_bytes();
    if !matches!(bytes.len(), 5 | 9) || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((PackedCode::new(zip.get(..3)?)?, PackedCode::new(zip.get(..5)?)?))
}
