//! Which checks do not run, or run on form or other days alone, for want of a table.

use super::code_list::CodeList;
use super::{MueSetting, PtpSetting, Tables};
use counterfoil_base::{Date, DateRange};
use counterfoil_x12::CodeSet;
use std::fmt;

/// How far a check goes without its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Not at all.
    NotRun,
    /// Codes are judged by their form only.
    FormOnly,
    /// On a list that was published for these days.
    OtherDays(DateRange),
}

/// A check that does not run as it should, and the file that would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingCheck {
    /// What is not checked, in the plural: `NCCI unit limits (supplier)`.
    pub check: String,
    /// How far it goes.
    pub extent: Extent,
    /// The name of a file that holds the table, `*` for its rest; empty when none is read.
    pub file: String,
}

impl fmt::Display for MissingCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = &self.check;
        match self.extent {
            Extent::NotRun => write!(f, "{check} are not checked: ")?,
            Extent::FormOnly => write!(f, "{check} are checked for their form only: ")?,
            Extent::OtherDays(DateRange { from, to }) => write!(
                f,
                "{check} are known as published for {from} to {to}; for other days newer or older \
                 codes may be judged wrongly: "
            )?,
        }
        match self.file.as_str() {
            "" => f.write_str("no table of them is read."),
            file => write!(f, "load {file}."),
        }
    }
}

impl Tables {
    /// The checks that cannot run, or run on form or other days alone, for want of a table.
    #[must_use]
    pub fn missing_checks(&self) -> Vec<MissingCheck> {
        let mut missing = Vec::new();
        let mut unless = |present: bool, check: &str, extent: Extent, file: &str| {
            if !present {
                let (check, file) = (check.to_owned(), format!("{file}*"));
                missing.push(MissingCheck { check, extent, file });
            }
        };
        let level_1 = [
            (!self.level_1.is_empty(), "Procedure codes of HCPCS level I", "mpfs_rvu_"),
            (!self.level_1_modifiers.is_empty(), "Modifiers of HCPCS level I", "modifier_codes_"),
        ];
        for (present, check, file) in level_1 {
            unless(present, check, Extent::FormOnly, file);
        }
        for setting in PtpSetting::ALL {
            let check = format!("NCCI procedure pairs ({})", setting.word());
            unless(self.ptp.contains_key(&setting), &check, Extent::NotRun, setting.file_prefix());
        }
        for setting in MueSetting::ALL {
            let check = format!("NCCI unit limits ({})", setting.word());
            unless(self.mue.contains_key(&setting), &check, Extent::NotRun, setting.file_prefix());
        }
        unless(!self.add_ons.is_empty(), "Add-on codes", Extent::NotRun, "ncci_addon_codes_");
        missing.extend(self.limits_of_editions());
        missing.push(MissingCheck {
            check: "National drug codes and payer identifiers".to_owned(),
            extent: Extent::FormOnly,
            file: String::new(),
        });
        missing
    }

    /// What is not checked of codes of this set when there is no table of it.
    #[must_use]
    pub fn missing_set(set: CodeSet) -> MissingCheck {
        let file = match set {
            CodeSet::Hcpcs => "mpfs_rvu_*".to_owned(),
            CodeSet::Modifier => "modifier_codes_*".to_owned(),
            CodeSet::PlaceOfService => "place_of_service_*".to_owned(),
            CodeSet::Zip | CodeSet::Taxonomy => String::new(),
            _ => format!("{}*", Tables::file_of(set)),
        };
        let plain = set.plain();
        let check = match plain.strip_suffix("group") {
            Some(rest) => format!("{rest}groups"),
            None => format!("{plain}s"),
        };
        let mut letters = check.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        let check = first.unwrap_or_default() + letters.as_str();
        MissingCheck { check, extent: Extent::FormOnly, file }
    }

    /// Lists that change every year, and the days for which they are known.
    fn limits_of_editions(&self) -> Vec<MissingCheck> {
        let lists = [
            (CodeSet::Icd10Cm, "ICD-10-CM codes", "icd10cm_codes_"),
            (CodeSet::Hcpcs, "HCPCS level II codes", "hcpcs_level2_"),
        ];
        let said = lists.into_iter().filter_map(|(set, name, file)| {
            let extent = match self.lists.get(&set).and_then(CodeList::days) {
                None => Extent::NotRun,
                Some(days) if days.to < Date::MAX => Extent::OtherDays(days),
                Some(_) => return None,
            };
            Some(MissingCheck { check: name.to_owned(), extent, file: format!("{file}*") })
        });
        said.collect()
    }
}
