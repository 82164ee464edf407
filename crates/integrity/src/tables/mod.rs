//! Code tables by date of service: the public ones travel with the crate, others are loaded.

mod builtin;
mod code_list;
mod editions;
mod load;
mod missing;
mod zip;

pub use load::LoadReport;
pub(crate) use load::each_row;
pub use missing::{Extent, MissingCheck};

pub(crate) use code_list::PackedCode;
pub(crate) use editions::Editions;

use crate::ncci::{AddOnTable, MueSetting, MueTable, PtpSetting, PtpTable};
use code_list::CodeList;
use counterfoil_base::Date;
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet};
use std::collections::BTreeMap;
use zip::ZipStates;

/// Every table that the clean-claim engine and the guide engine ask.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Sets that are one list each; HCPCS here is level II, modifiers those of level II.
    lists: BTreeMap<CodeSet, CodeList>,
    /// HCPCS level I (CPT) codes, only from the user's tables.
    level_1: CodeList,
    /// Modifiers of level I, only from the user's tables.
    level_1_modifiers: CodeList,
    /// Places of service that the physician fee schedule counts as a facility, or not.
    facilities: BTreeMap<PackedCode, bool>,
    zip_states: ZipStates,
    pub(crate) ptp: BTreeMap<PtpSetting, Editions<PtpTable>>,
    pub(crate) mue: BTreeMap<MueSetting, Editions<MueTable>>,
    pub(crate) add_ons: Editions<AddOnTable>,
}

impl Tables {
    /// The tables that travel with the crate (`data/tables`).
    #[must_use]
    pub fn builtin() -> Tables {
        let mut tables = Tables::default();
        for table in &builtin::TABLES {
            // The files are part of the program and a test reads every one of them.
            if let Err(why) = tables.add_builtin(table) {
                unreachable!("the embedded table {} is well formed: {why}", table.name);
            }
        }
        tables
    }

    /// Is the place of service a facility for the physician fee schedule? Nothing when unknown.
    #[must_use]
    pub fn is_facility(&self, place_of_service: &str) -> Option<bool> {
        self.facilities.get(&PackedCode::new(place_of_service)?).copied()
    }

    /// Does the ZIP code lie in the state? Nothing when the prefix or the state is not known.
    #[must_use]
    pub fn zip_is_in_state(&self, zip: &str, state: &str) -> Option<bool> {
        self.zip_states.is_in_state(zip, state)
    }

    /// The NCCI procedure pairs for a day of service, or the latest without a day.
    #[must_use]
    pub fn procedure_pairs(&self, setting: PtpSetting, on: Option<Date>) -> Option<&PtpTable> {
        self.ptp.get(&setting)?.for_day(on).map(|edition| &edition.1)
    }

    /// The NCCI unit limits for a day of service, or the latest without a day.
    #[must_use]
    pub fn unit_limits(&self, setting: MueSetting, on: Option<Date>) -> Option<&MueTable> {
        self.mue.get(&setting)?.for_day(on).map(|edition| &edition.1)
    }

    fn hcpcs(&self, code: &str, on: Option<Date>) -> CodeAnswer {
        let listed = |set| self.lists.get(&set).map_or(CodeAnswer::NoTable, |l| l.answer(code, on));
        match HcpcsShape::of(code) {
            HcpcsShape::Level2 => listed(CodeSet::Hcpcs),
            HcpcsShape::Dental => CodeAnswer::NoTable,
            HcpcsShape::Level1 => match self.level_1.answer(code, on) {
                CodeAnswer::Valid => CodeAnswer::Valid,
                _ if self.ncci_knows(code) => CodeAnswer::Valid,
                answer => answer,
            },
            HcpcsShape::None => CodeAnswer::Unknown,
        }
    }

    /// NCCI files list codes of laboratories that the fee schedule leaves out.
    fn ncci_knows(&self, code: &str) -> bool {
        let Some(packed) = PackedCode::new(code) else { return false };
        self.mue.values().flat_map(Editions::iter).any(|table| table.knows(packed))
            || self.ptp.values().flat_map(Editions::iter).any(|table| table.knows(packed))
    }

    /// Claims send the facility code of two characters and the frequency apart.
    fn bill_type(&self, code: &str, on: Option<Date>) -> CodeAnswer {
        let Some(list) = self.lists.get(&CodeSet::BillType) else { return CodeAnswer::NoTable };
        let code = if code.len() == 4 { code.strip_prefix('0').unwrap_or(code) } else { code };
        match list.answer(code, on) {
            CodeAnswer::Unknown if code.len() == 2 && list.has_beginning(code) => CodeAnswer::Valid,
            answer => answer,
        }
    }

    fn modifier(&self, code: &str, on: Option<Date>) -> CodeAnswer {
        let [first, second] = code.as_bytes() else { return CodeAnswer::Unknown };
        let level_1 = match (first, second) {
            (b'0'..=b'9', b'0'..=b'9') | (b'1'..=b'8', b'P') | (b'P', b'1'..=b'6') => true,
            (b'A'..=b'Z', b'A'..=b'Z' | b'0'..=b'9') => false,
            _ => return CodeAnswer::Unknown,
        };
        if level_1 {
            return self.level_1_modifiers.answer(code, on);
        }
        let list = self.lists.get(&CodeSet::Modifier);
        list.map_or(CodeAnswer::NoTable, |list| list.answer(code, on))
    }
}

impl CodeLookup for Tables {
    fn lookup(&self, set: CodeSet, code: &str, on: Option<Date>) -> CodeAnswer {
        let list = |code: &str| {
            self.lists.get(&set).map_or(CodeAnswer::NoTable, |list| list.answer(code, on))
        };
        match set {
            CodeSet::Hcpcs => self.hcpcs(code, on),
            CodeSet::Modifier => self.modifier(code, on),
            CodeSet::Zip => self.zip_states.answer(code),
            CodeSet::BillType => self.bill_type(code, on),
            // NUBC writes two digits; the standard's ID 1/2 lets a leading zero be lost.
            CodeSet::PatientStatus if code.len() == 1 => list(&format!("0{code}")),
            CodeSet::Taxonomy => shape(is_taxonomy(code)),
            CodeSet::Occurrence if !is_occurrence(code) => CodeAnswer::Unknown,
            CodeSet::OccurrenceSpan if !is_occurrence_span(code) => CodeAnswer::Unknown,
            CodeSet::Icd10Pcs if !is_icd_10_pcs(code) => CodeAnswer::Unknown,
            CodeSet::Country if code.len() != 2 || !is_upper(code) => CodeAnswer::Unknown,
            _ => list(code),
        }
    }
}

/// Of sets that no table lists only a code of the wrong form is known to be wrong.
fn shape(fits: bool) -> CodeAnswer {
    if fits { CodeAnswer::NoTable } else { CodeAnswer::Unknown }
}

/// NUBC numbers occurrences 01 to 69 and A0 to L9.
fn is_occurrence(code: &str) -> bool {
    matches!(
        code.as_bytes(),
        [b'0', b'1'..=b'9'] | [b'1'..=b'6', b'0'..=b'9'] | [b'A'..=b'L', b'0'..=b'9']
    )
}

/// NUBC numbers spans of occurrences 70 to 99 and M0 to Z9.
fn is_occurrence_span(code: &str) -> bool {
    matches!(code.as_bytes(), [b'7'..=b'9', b'0'..=b'9'] | [b'M'..=b'Z', b'0'..=b'9'])
}

fn is_upper(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Three digits and seven letters or digits (NUCC health care provider taxonomy). Codes of today
/// end in X; published examples still hold older ones that do not.
fn is_taxonomy(code: &str) -> bool {
    let bytes = code.as_bytes();
    let plain = bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    bytes.len() == 10 && plain && bytes.iter().take(3).all(u8::is_ascii_digit)
}

/// Seven digits or letters other than I and O.
fn is_icd_10_pcs(code: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_digit() || (byte.is_ascii_uppercase() && byte != b'I' && byte != b'O')
    };
    code.len() == 7 && code.bytes().all(allowed)
}

/// The level of HCPCS that a code belongs to by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HcpcsShape {
    /// Five digits, or four digits and a letter: American Medical Association codes.
    Level1,
    /// A letter other than D and four digits: CMS codes.
    Level2,
    /// D and four digits: American Dental Association codes.
    Dental,
    /// Neither.
    None,
}

impl HcpcsShape {
    pub(crate) fn of(code: &str) -> HcpcsShape {
        let &[first, ref middle @ .., last] = code.as_bytes() else { return HcpcsShape::None };
        if middle.len() != 3 || !middle.iter().all(u8::is_ascii_digit) {
            return HcpcsShape::None;
        }
        match (first, last) {
            (b'0'..=b'9', b'0'..=b'9' | b'A'..=b'Z') => HcpcsShape::Level1,
            (b'D', b'0'..=b'9') => HcpcsShape::Dental,
            (b'A'..=b'V', b'0'..=b'9') => HcpcsShape::Level2,
            _ => HcpcsShape::None,
        }
    }
}

#[cfg(test)]
mod tests;
