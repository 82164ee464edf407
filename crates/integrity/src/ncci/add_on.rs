//! Add-on codes: procedures that are paid only beside a primary procedure.

use crate::tables::PackedCode;
use std::collections::{BTreeMap, BTreeSet};

/// Who says which primary procedures an add-on code may stand beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddOnKind {
    /// Type 1: the table lists every primary.
    Complete,
    /// Type 2: the payer decides; the table lists none.
    ByPayer,
    /// Type 3: the table lists some, and the payer may add others.
    Partial,
}

/// The add-on codes of one edition.
#[derive(Clone, Debug, Default)]
pub struct AddOnTable {
    pairs: BTreeSet<(PackedCode, PackedCode)>,
    kinds: BTreeMap<PackedCode, AddOnKind>,
}

/// How the table writes a primary that the payer defines.
const DEFINED_BY_PAYER: &str = "CCCCC";

impl AddOnTable {
    /// Reads `primary,addon,edit_type`.
    pub(crate) fn parse(text: &[u8]) -> Result<AddOnTable, String> {
        let mut table = AddOnTable::default();
        crate::tables::each_row(text, &["primary", "addon", "edit_type"], |row, _| {
            let value = |index| row.get(index).unwrap_or("");
            let primary = PackedCode::new(value(0)).ok_or("the primary code is not a code")?;
            let add_on = PackedCode::new(value(1)).ok_or("the add-on code is not a code")?;
            let kind = match value(2) {
                "1" => AddOnKind::Complete,
                "2" => AddOnKind::ByPayer,
                "3" => AddOnKind::Partial,
                _ => return Err("the type is not 1, 2 or 3".to_string()),
            };
            let kind = if value(0) == DEFINED_BY_PAYER { AddOnKind::ByPayer } else { kind };
            if value(0) != DEFINED_BY_PAYER {
                table.pairs.insert((add_on, primary));
            }
            // Rows of two types for one code: the payer's word is the weaker claim and wins.
            let known = table.kinds.entry(add_on).or_insert(kind);
            if kind != AddOnKind::Complete && *known == AddOnKind::Complete {
                *known = kind;
            }
            Ok(())
        })?;
        Ok(table)
    }

    /// The kind of an add-on code; nothing for a code that may stand alone.
    #[must_use]
    pub fn kind(&self, code: &str) -> Option<AddOnKind> {
        self.kinds.get(&PackedCode::new(code)?).copied()
    }

    /// True when the table lists the primary for the add-on code.
    #[must_use]
    pub fn allows(&self, add_on: &str, primary: &str) -> bool {
        let pair = PackedCode::new(add_on).zip(PackedCode::new(primary));
        pair.is_some_and(|pair| self.pairs.contains(&pair))
    }

    /// Number of rows that name a primary, and of codes whose primaries the payer names.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        let by_payer = self.kinds.values().filter(|kind| **kind == AddOnKind::ByPayer);
        self.pairs.len() as u64 + by_payer.count() as u64
    }
}
