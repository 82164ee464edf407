//! Small code tables that know the codes of the generated parents.

use counterfoil_base::Date;
use counterfoil_x12::{CodeAnswer, CodeLookup, CodeSet};

/// Tables that hold the codes of the generated parents and a few that went out of force.
pub struct Tables;

impl CodeLookup for Tables {
    fn lookup(&self, set: CodeSet, code: &str, _on: Option<Date>) -> CodeAnswer {
        let known: &[&str] = match set {
            CodeSet::Icd10Cm if code == "E11" => return CodeAnswer::NotBillable,
            CodeSet::Icd10Cm => &crate::claims_837::DIAGNOSES,
            CodeSet::Icd10Pcs => &["0SR9019"],
            CodeSet::Icd9Cm => &["25000", "4019"],
            CodeSet::Hcpcs if code == "G0101" => return CodeAnswer::Expired,
            CodeSet::Hcpcs => &["A0427", "00142", "J3301", "E0601", "G0480", "G0463", "G0380"],
            CodeSet::Modifier => &["25", "RH", "AA", "RR"],
            CodeSet::PlaceOfService => &["11", "12", "21", "22", "41", "81"],
            CodeSet::Taxonomy => &["207Q00000X", "282N00000X", "207R00000X"],
            CodeSet::Revenue => &["0120", "0250", "0450", "0510"],
            CodeSet::BillType => &["11", "13"],
            CodeSet::Drg => &["470"],
            CodeSet::PatientStatus => &["01", "30"],
            CodeSet::Carc => &["45", "1"],
            _ => return CodeAnswer::NoTable,
        };
        if known.contains(&code) { CodeAnswer::Valid } else { CodeAnswer::Unknown }
    }
}
