//! The public code tables that travel with the crate, with the dates of their manifests.

use counterfoil_x12::CodeSet;

/// One embedded table.
pub(super) struct Builtin {
    pub(super) set: Option<CodeSet>,
    pub(super) name: &'static str,
    pub(super) manifest: &'static str,
    pub(super) file: &'static [u8],
}

/// The folder of a table and the name of its file.
macro_rules! table {
    ($set:expr, $folder:literal, $file:literal) => {
        Builtin {
            set: $set,
            name: $folder,
            manifest: include_str!(concat!("../../../../data/tables/", $folder, "/manifest.toml")),
            file: include_bytes!(concat!("../../../../data/tables/", $folder, "/", $file)),
        }
    };
}

/// Every embedded table; the ZIP prefixes have no code set of their own.
pub(super) const TABLES: [Builtin; 16] = [
    table!(Some(CodeSet::Icd10Cm), "icd10cm/fy2025", "table.csv.gz"),
    table!(Some(CodeSet::Hcpcs), "hcpcs2/2024q3", "table.csv.gz"),
    table!(Some(CodeSet::PlaceOfService), "place_of_service/2024", "table.csv"),
    table!(Some(CodeSet::Modifier), "modifier_hcpcs2/2024", "table.csv"),
    table!(Some(CodeSet::Revenue), "revenue/2026-08", "table.csv"),
    table!(Some(CodeSet::BillType), "bill_type/2026-08", "table.csv"),
    table!(Some(CodeSet::PatientStatus), "discharge_status/2026-08", "table.csv"),
    table!(Some(CodeSet::AdmissionType), "admission_type/2026-08", "table.csv"),
    table!(Some(CodeSet::AdmissionSource), "admission_source/2026-08", "table.csv"),
    table!(Some(CodeSet::Condition), "condition/2026-08", "table.csv"),
    table!(Some(CodeSet::Carc), "carc/2024-06", "table.csv"),
    table!(Some(CodeSet::Rarc), "rarc/2024-06", "table.csv"),
    table!(Some(CodeSet::State), "state/2015", "table.csv"),
    table!(Some(CodeSet::Country), "country/2024", "table.csv"),
    table!(Some(CodeSet::Currency), "currency/2024", "table.csv"),
    table!(None, "zip_state/2024", "table.csv"),
];
