//! Reads code tables from files as their publishers name and lay them out (CSV, or gzip CSV).

use crate::manifest::{Manifest, parse_iso_date};
use crate::ncci::{AddOnTable, MueSetting, MueTable, PtpSetting, PtpTable};
use crate::tables::builtin::Builtin;
use crate::tables::code_list::{CodeList, Entry, PackedCode};
use crate::tables::{HcpcsShape, Tables};
use counterfoil_base::{Date, DateRange, Finding};
use counterfoil_x12::CodeSet;
use csv::StringRecord;
use std::io::Read;

/// No published table is larger when unpacked; a file that claims to be is refused.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What was read from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// What the file turned out to be.
    pub table: &'static str,
    /// Codes, pairs or limits read.
    pub rows: u64,
    /// The days for which it was published, as its name says.
    pub days: Option<DateRange>,
}

/// What a file is, by the beginning of its name.
#[derive(Clone, Copy)]
enum Kind {
    Codes {
        set: CodeSet,
        column: &'static str,
    },
    Hcpcs2,
    Modifiers,
    PlaceOfService,
    AdjustmentCodes,
    FeeSchedule,
    Ptp(PtpSetting),
    Mue(MueSetting),
    AddOn,
    ExternalCodes,
    /// Known, and of no use to a check.
    Unused,
}

/// Beginning of a file name, what it is in words, and how it is read.
const KINDS: [(&str, &str, Kind); 24] = [
    ("icd10cm_codes", "ICD-10-CM codes", Kind::Codes { set: CodeSet::Icd10Cm, column: "code" }),
    ("hcpcs_level2", "HCPCS level II codes", Kind::Hcpcs2),
    ("modifier_codes", "modifiers", Kind::Modifiers),
    ("place_of_service", "place of service codes", Kind::PlaceOfService),
    ("carc_rarc_codes", "adjustment reason and remark codes", Kind::AdjustmentCodes),
    ("mpfs_rvu", "HCPCS level I codes of the physician fee schedule", Kind::FeeSchedule),
    (
        "ncci_ptp_practitioner",
        "NCCI procedure pairs, practitioner",
        Kind::Ptp(PtpSetting::Practitioner),
    ),
    (
        "ncci_ptp_outpatient",
        "NCCI procedure pairs, outpatient hospital",
        Kind::Ptp(PtpSetting::OutpatientHospital),
    ),
    ("ncci_mue_prac", "NCCI unit limits, practitioner", Kind::Mue(MueSetting::Practitioner)),
    (
        "ncci_mue_out",
        "NCCI unit limits, outpatient hospital",
        Kind::Mue(MueSetting::OutpatientHospital),
    ),
    ("ncci_mue_dme", "NCCI unit limits, supplier", Kind::Mue(MueSetting::Supplier)),
    ("ncci_addon_codes", "NCCI add-on codes", Kind::AddOn),
    ("x12_external_codes", "claim status and state codes", Kind::ExternalCodes),
    ("cms_revenue_center", "revenue codes", Kind::Codes { set: CodeSet::Revenue, column: "code" }),
    (
        "cms_patient_discharge_status",
        "discharge status codes",
        Kind::Codes { set: CodeSet::PatientStatus, column: "code" },
    ),
    (
        "cms_admission_type",
        "admission type codes",
        Kind::Codes { set: CodeSet::AdmissionType, column: "code" },
    ),
    (
        "cms_admission_source",
        "admission source codes",
        Kind::Codes { set: CodeSet::AdmissionSource, column: "code" },
    ),
    (
        "cms_related_condition",
        "condition codes",
        Kind::Codes { set: CodeSet::Condition, column: "code" },
    ),
    (
        "cms_carc_cms_text",
        "claim adjustment reason codes",
        Kind::Codes { set: CodeSet::Carc, column: "code" },
    ),
    (
        "msdrg_table5",
        "diagnosis related groups",
        Kind::Codes { set: CodeSet::Drg, column: "msdrg" },
    ),
    ("cms_place_of_service_cms", "place of service codes without setting (not used)", Kind::Unused),
    ("cms_", "descriptive codes (not used by a check)", Kind::Unused),
    ("zip_centroids", "ZIP code positions (not used by a check)", Kind::Unused),
    ("zip_state", "ZIP code prefixes by state (built in)", Kind::Unused),
];

/// Sets whose codes are kept otherwise, or are longer than a list holds.
const WITHOUT_OWN_LIST: [CodeSet; 5] =
    [CodeSet::Hcpcs, CodeSet::Modifier, CodeSet::PlaceOfService, CodeSet::Zip, CodeSet::Taxonomy];

/// A plain list of a set's codes: `value_codes_2025.csv`, `drg_codes_fy2026.csv`.
fn own_list(file_name: &str) -> Option<(&'static str, Kind)> {
    let mut sets = CodeSet::ALL.iter().filter(|set| !WITHOUT_OWN_LIST.contains(set));
    let set = *sets.find(|set| file_name.starts_with(&Tables::file_of(**set)))?;
    Some((set.plain(), Kind::Codes { set, column: "code" }))
}

impl Tables {
    /// How the name of a file begins that holds a plain list of the set's codes.
    pub(super) fn file_of(set: CodeSet) -> String {
        format!("{}_codes_", set.word())
    }

    /// Adds a table to those that are there, recognized by the beginning of its file name.
    ///
    /// The period in the name (`fy2025`, `2024q3`, `2024`) dates the edition; a table of codes
    /// whose name has none replaces all editions. Nothing changes when the file is refused:
    /// the finding is a note for a file that is not a code table, else an error.
    #[expect(clippy::result_large_err, reason = "a file is loaded once and refused rarely")]
    pub fn add_file(&mut self, file_name: &str, bytes: &[u8]) -> Result<LoadReport, Finding> {
        let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let known = KINDS.iter().find(|kind| file_name.starts_with(kind.0));
        let known = known.map(|(_, table, kind)| (*table, *kind)).or_else(|| own_list(file_name));
        let Some((table, kind)) = known else {
            let message = format!("{} is not a code table.", shown(file_name));
            return Err(Finding::note("TAB-5-unrecognized-file", 5, message)
                .because("Code tables are recognized by the beginning of their file name.")
                .fix("Keep the file if another command needs it; rename it if it is a table."));
        };
        let refused = |why: String| {
            let message = format!("{} was not loaded: {why}.", shown(file_name));
            Finding::error("TAB-5-unreadable-table", 5, message)
                .because(format!("It should hold {table} as comma-separated values."))
                .fix("Fetch the file again from its publisher; the tables are unchanged.")
        };
        let text = unpack(file_name, bytes).map_err(refused)?;
        let days = period(file_name);
        let rows = self.add_kind(kind, days, &text).map_err(refused)?;
        Ok(LoadReport { table, rows, days })
    }

    pub(super) fn add_builtin(&mut self, table: &Builtin) -> Result<u64, String> {
        let manifest = Manifest::parse(table.manifest)?;
        let days = manifest.days().ok_or("the manifest has no days")?;
        let text = unpack(&manifest.file, table.file)?;
        match table.set {
            Some(CodeSet::PlaceOfService) => self.add_kind(Kind::PlaceOfService, Some(days), &text),
            Some(set) => self.add_codes(set, "code", Some(days), &text),
            None => self.add_zip_states(&text),
        }
    }

    fn add_kind(
        &mut self,
        kind: Kind,
        days: Option<DateRange>,
        text: &[u8],
    ) -> Result<u64, String> {
        match kind {
            Kind::Codes { set, column } => self.add_codes(set, column, days, text),
            Kind::Hcpcs2 => self.add_codes(CodeSet::Hcpcs, "hcpcs", days, text),
            Kind::Modifiers => self.add_modifiers(days, text),
            Kind::PlaceOfService => self.add_places_of_service(days, text),
            Kind::AdjustmentCodes => self.add_typed_codes(days, text),
            Kind::FeeSchedule => self.add_fee_schedule(days, text),
            Kind::Ptp(setting) => {
                let table = PtpTable::parse(text)?;
                let rows = table.pair_count();
                let days = days.ok_or("its name has no period such as 2024q3")?;
                self.ptp.entry(setting).or_default().add(days, table);
                Ok(rows)
            }
            Kind::Mue(setting) => {
                let table = MueTable::parse(text)?;
                let rows = table.limit_count();
                let days = days.ok_or("its name has no period such as 2024q3")?;
                self.mue.entry(setting).or_default().add(days, table);
                Ok(rows)
            }
            Kind::AddOn => {
                let table = AddOnTable::parse(text)?;
                let rows = table.row_count();
                let days = days.ok_or("its name has no period such as 2024")?;
                self.add_ons.add(days, table);
                Ok(rows)
            }
            Kind::ExternalCodes => self.add_external_codes(text),
            Kind::Unused => Ok(0),
        }
    }

    /// A list of codes, with dates when the file has them.
    fn add_codes(
        &mut self,
        set: CodeSet,
        column: &str,
        days: Option<DateRange>,
        text: &[u8],
    ) -> Result<u64, String> {
        let mut entries = Vec::new();
        let dates = [("valid_from", "valid_to"), ("date_added", "date_terminated")];
        each_row(text, &[column], |row, columns| {
            let named = |name: &str| columns.iter().position(|column| column == name);
            let span = dates.iter().find_map(|(from, to)| Some((named(from)?, named(to)?)));
            let value = |index: usize| row.get(index).unwrap_or("");
            let (from, to) = span.map_or(("", ""), |(from, to)| (value(from), value(to)));
            let code = named(column).map_or("", value);
            let text = named("text").map_or("", value);
            if !is_placeholder(code, text) {
                entries.push(entry(code, from, to)?);
            }
            Ok(())
        })?;
        let rows = entries.len() as u64;
        let list = self.lists.entry(set).or_insert_with(|| match set {
            CodeSet::Icd10Cm => CodeList::with_headers(),
            _ => CodeList::default(),
        });
        list.add_edition(days, entries);
        Ok(rows)
    }

    fn add_modifiers(&mut self, days: Option<DateRange>, text: &[u8]) -> Result<u64, String> {
        let (mut level_1, mut level_2) = (Vec::new(), Vec::new());
        each_row(text, &["modifier", "type"], |row, _| {
            let code = entry(row.get(0).unwrap_or(""), "", "")?;
            let is_level_1 = row.get(1) == Some("CPT");
            if is_level_1 {
                level_1.push(code)
            } else {
                level_2.push(code)
            }
            Ok(())
        })?;
        let rows = (level_1.len() + level_2.len()) as u64;
        self.level_1_modifiers.add_edition(days, level_1);
        self.lists.entry(CodeSet::Modifier).or_default().add_edition(days, level_2);
        Ok(rows)
    }

    fn add_places_of_service(
        &mut self,
        days: Option<DateRange>,
        text: &[u8],
    ) -> Result<u64, String> {
        let (mut entries, mut settings) = (Vec::new(), Vec::new());
        let code_column = if text.starts_with(b"pos,") { "pos" } else { "code" };
        each_row(text, &[code_column], |row, _| {
            let facility = match row.get(1) {
                Some("facility" | "Facility") => true,
                Some("non_facility" | "Non-Facility") => false,
                _ => return Ok(()),
            };
            let place = entry(row.get(0).unwrap_or(""), "", "")?;
            settings.push((place.code, facility));
            entries.push(place);
            Ok(())
        })?;
        let rows = entries.len() as u64;
        self.facilities.extend(settings);
        self.lists.entry(CodeSet::PlaceOfService).or_default().add_edition(days, entries);
        Ok(rows)
    }

    /// CARC and RARC in one file, told apart by their first column.
    fn add_typed_codes(&mut self, days: Option<DateRange>, text: &[u8]) -> Result<u64, String> {
        let mut by_set = [("CARC", CodeSet::Carc, Vec::new()), ("RARC", CodeSet::Rarc, Vec::new())];
        each_row(text, &["type", "code", "start", "last_modified", "end"], |row, _| {
            let value = |index| row.get(index).unwrap_or("");
            let known = by_set.iter_mut().find(|(word, ..)| *word == value(0));
            if let Some((_, _, entries)) = known {
                entries.push(entry(value(1), value(2), value(4))?);
            }
            Ok(())
        })?;
        Ok(self.add_sets(by_set, days))
    }

    fn add_external_codes(&mut self, text: &[u8]) -> Result<u64, String> {
        let mut by_set = [
            ("states", CodeSet::State, Vec::new()),
            ("claim_status_cat", CodeSet::StatusCategory, Vec::new()),
            ("claim_status", CodeSet::Status, Vec::new()),
        ];
        each_row(text, &["codeset", "code"], |row, _| {
            let known = by_set.iter_mut().find(|(word, ..)| Some(*word) == row.get(0));
            if let Some((_, _, entries)) = known {
                entries.push(entry(row.get(1).unwrap_or(""), "", "")?);
            }
            Ok(())
        })?;
        Ok(self.add_sets(by_set, None))
    }

    fn add_sets<const N: usize>(
        &mut self,
        sets: [(&str, CodeSet, Vec<Entry>); N],
        days: Option<DateRange>,
    ) -> u64 {
        let mut rows = 0;
        for (_, set, entries) in sets {
            rows += entries.len() as u64;
            if !entries.is_empty() {
                self.lists.entry(set).or_default().add_edition(days, entries);
            }
        }
        rows
    }

    fn add_fee_schedule(&mut self, days: Option<DateRange>, text: &[u8]) -> Result<u64, String> {
        let mut entries = Vec::new();
        each_row(text, &["hcpcs"], |row, _| {
            let code = row.get(0).unwrap_or("");
            if HcpcsShape::of(code) == HcpcsShape::Level1 {
                entries.push(entry(code, "", "")?);
            }
            Ok(())
        })?;
        let rows = entries.len() as u64;
        self.level_1.add_edition(days, entries);
        Ok(rows)
    }

    fn add_zip_states(&mut self, text: &[u8]) -> Result<u64, String> {
        let mut rows = 0;
        each_row(text, &["prefix", "state"], |row, _| {
            rows += 1;
            let added = self.zip_states.add(row.get(0).unwrap_or(""), row.get(1).unwrap_or(""));
            if added { Ok(()) } else { Err("a row has no prefix or state".to_string()) }
        })?;
        Ok(rows)
    }
}

/// Calls back with each row and the header; the columns named must come first and in order.
pub(crate) fn each_row(
    text: &[u8],
    columns: &[&str],
    mut see: impl FnMut(&StringRecord, &StringRecord) -> Result<(), String>,
) -> Result<(), String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    if !columns.iter().enumerate().all(|(index, column)| header.get(index) == Some(*column)) {
        return Err(format!("its columns do not begin with {}", columns.join(", ")));
    }
    let mut row = StringRecord::new();
    let mut line = 1u64;
    loop {
        line += 1;
        match reader.read_record(&mut row) {
            Ok(true) => see(&row, &header).map_err(|why| format!("row {line}: {why}"))?,
            Ok(false) => return Ok(()),
            Err(error) => return Err(format!("row {line}: {}", unreadable(&error))),
        }
    }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it holds text that is not UTF-8".to_string(),
        _ => "it is not comma-separated text".to_string(),
    }
}

/// Publishers list numbers that mean nothing yet, or no longer, beside the codes.
fn is_placeholder(code: &str, text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    code.starts_with('~')
        || text == "UNKNOWN"
        || text.contains(", RESERVED FOR")
        || ["RESERVED", "DISCONTINUED", "UNKNOWN VALUE", "NO DESCRIPTION"]
            .iter()
            .any(|beginning| text.starts_with(beginning))
}

/// A code with its dates (YYYY-MM-DD, empty when open).
fn entry(code: &str, from: &str, to: &str) -> Result<Entry, String> {
    let date = |text: &str, open: Date| match text {
        "" => Ok(open),
        _ => parse_iso_date(text).ok_or_else(|| "a date is not YYYY-MM-DD".to_string()),
    };
    let code = PackedCode::new(code).ok_or("a code is empty or longer than eight characters")?;
    Ok(Entry { code, from: date(from, Date::MIN)?, to: date(to, Date::MAX)? })
}

/// The bytes of a CSV file, unpacked when the content is gzip.
fn unpack(file_name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        if file_name.ends_with(".gz") {
            return Err("its name ends in .gz and its content is not gzip".to_string());
        }
        return Ok(bytes.to_vec());
    }
    let mut text = Vec::new();
    let mut limited = flate2::read::GzDecoder::new(bytes).take(UNPACKED_BYTES_MAX);
    limited.read_to_end(&mut text).map_err(|_| "its gzip content is damaged".to_string())?;
    if text.len() as u64 == UNPACKED_BYTES_MAX {
        return Err("it unpacks to more than 256 MiB".to_string());
    }
    Ok(text)
}

/// The period that a file name states: `fy2025`, `2024q3`, `2024-06` (open), `2024` or `2024c`.
fn period(file_name: &str) -> Option<DateRange> {
    let stem = file_name.split('.').next()?;
    let mark = stem.rsplit('_').next()?;
    let (fiscal, digits) = match mark.strip_prefix("fy") {
        Some(rest) => (true, rest),
        None => (false, mark),
    };
    let year: i16 = digits.get(..4)?.parse().ok().filter(|year| (1990..=2200).contains(year))?;
    let rest = digits.get(4..)?;
    let range = |from: (i16, i8, i8), to: (i16, i8, i8)| {
        let from = Date::new(from.0, from.1, from.2).ok()?;
        Some(DateRange { from, to: Date::new(to.0, to.1, to.2).ok()? })
    };
    match (fiscal, rest.as_bytes()) {
        // The fiscal year of the United States government begins in October before.
        (true, b"") => range((year - 1, 10, 1), (year, 9, 30)),
        (false, b"q1") => range((year, 1, 1), (year, 3, 31)),
        (false, b"q2") => range((year, 4, 1), (year, 6, 30)),
        (false, b"q3") => range((year, 7, 1), (year, 9, 30)),
        (false, b"q4") => range((year, 10, 1), (year, 12, 31)),
        (false, b"" | [b'a'..=b'e']) => range((year, 1, 1), (year, 12, 31)),
        (false, [b'-', tens, ones]) if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            let month = (tens - b'0') * 10 + (ones - b'0');
            let from = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
            Some(DateRange { from, to: Date::MAX })
        }
        _ => None,
    }
}

/// A file name cut so that a message stays short.
fn shown(file_name: &str) -> String {
    file_name.chars().take(80).collect()
}
