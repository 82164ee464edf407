//! Medically unlikely edits: the most units of a code that one patient gets in a day.

use crate::tables::PackedCode;

/// Whose claims a table of limits applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MueSetting {
    /// Physicians and other practitioners.
    Practitioner,
    /// Hospital outpatient services.
    OutpatientHospital,
    /// Suppliers of durable medical equipment.
    Supplier,
}

impl MueSetting {
    /// All settings.
    pub const ALL: [MueSetting; 3] =
        [MueSetting::Practitioner, MueSetting::OutpatientHospital, MueSetting::Supplier];

    /// `practitioner`, `outpatient hospital` or `supplier`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            MueSetting::Practitioner => "practitioner",
            MueSetting::OutpatientHospital => "outpatient hospital",
            MueSetting::Supplier => "supplier",
        }
    }

    /// How the names of its files begin.
    pub(crate) fn file_prefix(self) -> &'static str {
        match self {
            MueSetting::Practitioner => "ncci_mue_prac",
            MueSetting::OutpatientHospital => "ncci_mue_out",
            MueSetting::Supplier => "ncci_mue_dme",
        }
    }
}

/// How a limit is applied (MUE adjudication indicator).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MueIndicator {
    /// 1: to each line by itself.
    Line,
    /// 2: to the day of service, by policy; more is never payable.
    DayByPolicy,
    /// 3: to the day of service, by clinical judgement; more needs documentation.
    DayByJudgement,
}

/// The limit of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MueLimit {
    /// Most units.
    pub units_max: u32,
    /// How the limit is applied.
    pub indicator: MueIndicator,
}

/// The limits of one edition.
#[derive(Clone, Debug, Default)]
pub struct MueTable {
    limits: Vec<(PackedCode, MueLimit)>,
}

impl MueTable {
    /// Reads `hcpcs,mue_units,mai`.
    pub(crate) fn parse(text: &[u8]) -> Result<MueTable, String> {
        let mut limits = Vec::new();
        crate::tables::each_row(text, &["hcpcs", "mue_units", "mai"], |row, _| {
            let value = |index| row.get(index).unwrap_or("");
            let code = PackedCode::new(value(0)).ok_or("the code is not a code")?;
            let units_max = value(1).parse().map_err(|_| "the units are not a whole number")?;
            let indicator = match value(2).trim_start().bytes().next() {
                Some(b'1') => MueIndicator::Line,
                Some(b'2') => MueIndicator::DayByPolicy,
                Some(b'3') => MueIndicator::DayByJudgement,
                _ => return Err("the adjudication indicator is not 1, 2 or 3".to_string()),
            };
            limits.push((code, MueLimit { units_max, indicator }));
            Ok(())
        })?;
        limits.sort_by_key(|limit| limit.0);
        if limits.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err("a code has two limits".to_string());
        }
        Ok(MueTable { limits })
    }

    /// The limit of a code; nothing when the table has none.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<MueLimit> {
        let place = self.limits.binary_search_by_key(&PackedCode::new(code)?, |limit| limit.0);
        self.limits.get(place.ok()?).map(|limit| limit.1)
    }

    pub(crate) fn knows(&self, code: PackedCode) -> bool {
        self.limits.binary_search_by_key(&code, |limit| limit.0).is_ok()
    }

    /// Number of limits.
    #[must_use]
    pub fn limit_count(&self) -> u64 {
        self.limits.len() as u64
    }
}
