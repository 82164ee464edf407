//! The dictionary of the lake: every table and column with meaning, grain, keys and unit.
//!
//! Each table is one file in `sql/`: tables that are imported in `sql/input`, computed tables
//! with the SELECT that computes them beside.

use crate::error::LakeError;
use serde::Deserialize;
use std::sync::OnceLock;

/// How a table comes into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Imported: rows of files.
    Input,
    /// Computed: input rows made fit for use, one row for each key.
    Core,
    /// Computed: what analysts, contracts and measures use.
    Mart,
    /// Computed: what is missing, impossible or suspicious in the input.
    Quality,
}

impl Stage {
    /// `input`, `core`, `mart` or `quality`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Stage::Input => "input",
            Stage::Core => "core",
            Stage::Mart => "mart",
            Stage::Quality => "quality",
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text in UTF-8.
    Text,
    /// A day.
    Date,
    /// A moment, to the millisecond, without a time zone.
    Timestamp,
    /// A whole number.
    Integer,
    /// An exact number with six decimals.
    Decimal,
    /// Dollars with two decimals, exact.
    Money,
    /// True or false.
    Flag,
}

impl ColumnType {
    /// The word of the dictionary, for example `money`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Date => "date",
            ColumnType::Timestamp => "timestamp",
            ColumnType::Integer => "integer",
            ColumnType::Decimal => "decimal",
            ColumnType::Money => "money",
            ColumnType::Flag => "flag",
        }
    }
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Unit, for example `days`; empty when it has none.
    #[serde(default)]
    pub unit: String,
    /// What it means, in one sentence.
    pub meaning: String,
}

/// One table of the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name; imported tables are asked for as `input.NAME`.
    pub name: &'static str,
    /// How it comes into the lake.
    pub stage: Stage,
    /// The SELECT that computes it; empty for imported tables.
    pub sql: &'static str,
    /// What it is, in one sentence.
    pub meaning: String,
    /// What one row stands for.
    pub grain: String,
    /// Columns that together are different in every row.
    pub keys: Vec<String>,
    /// Columns without which a row of an imported table means nothing.
    pub required: Vec<String>,
    /// Where the definition comes from: standard and section, regulation or paper.
    pub source: String,
    /// Questions to copy.
    pub examples: Vec<String>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

impl Table {
    /// The name under which SQL finds it.
    #[must_use]
    pub fn sql_name(&self) -> String {
        match self.stage {
            Stage::Input => format!("input.{}", self.name),
            _ => self.name.to_owned(),
        }
    }

    /// The columns that files can have: those but for where a row came from.
    pub(crate) fn own_columns(&self) -> &[Column] {
        let origin = if self.stage == Stage::Input { ORIGIN.len() } else { 0 };
        self.columns.get(..self.columns.len() - origin).unwrap_or_default()
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What a file of the dictionary holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    meaning: String,
    grain: String,
    keys: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    examples: Vec<String>,
    columns: Vec<Column>,
}

/// Imported tables, with the package version whose columns they take.
const INPUT_SOURCE: &str = "Tuva Input Layer, package version 0.18.0";

macro_rules! input_tables {
    ($($name:literal),* $(,)?) => {
        [$((Stage::Input, $name, include_str!(concat!("../sql/input/", $name, ".toml")), "")),*]
    };
}

macro_rules! computed_tables {
    ($stage:expr, $folder:literal: $($name:literal),* $(,)?) => {
        [$((
            $stage,
            $name,
            include_str!(concat!("../sql/", $folder, "/", $name, ".toml")),
            include_str!(concat!("../sql/", $folder, "/", $name, ".sql")),
        )),*]
    };
}

type File = (Stage, &'static str, &'static str, &'static str);

const INPUT: [File; 17] = input_tables![
    "appointment",
    "condition",
    "eligibility",
    "encounter",
    "immunization",
    "lab_result",
    "location",
    "medical_claim",
    "medication",
    "observation",
    "patient",
    "pharmacy_claim",
    "practitioner",
    "procedure",
    "provider_affiliation",
    "provider_attribution",
    "risk_eligible_code",
];

const CORE: [File; 10] = computed_tables![Stage::Core, "core":
    "affiliation", "claim_diagnosis", "condition_code", "coverage", "risk_person",
    "medical_claim_line", "member", "pharmacy_claim_line", "primary_care_service", "stay_claim",
];

const MARTS: [File; 16] = computed_tables![Stage::Mart, "marts":
    "attribution", "avoidable_visit", "claim_lag", "completion_factor", "condition_registry",
    "organization_year", "risk_addend", "risk_score", "encounter", "encounter_claim_line",
    "enrollment_span", "member_month", "person_month_cost", "pmpm", "readmission",
    "readmission_rate",
];

const QUALITY: [File; 3] = computed_tables![Stage::Quality, "quality":
    "quality_check", "quality_finding", "quality_summary",
];

/// Columns that say where an imported row came from, after those of its table.
const ORIGIN: [(&str, ColumnType, &str); 4] = [
    ("source_file", ColumnType::Text, "Name of the imported file"),
    ("source_line", ColumnType::Integer, "Line of the row in that file, its header being 1"),
    ("source_import", ColumnType::Text, "First 16 digits of the SHA-256 of the file's bytes"),
    ("source_extra", ColumnType::Text, "Cells of columns that the table does not have, as JSON"),
];

/// Every table of the lake: imported tables first, then computed tables.
#[must_use]
pub fn tables() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let files = INPUT.iter().chain(&CORE).chain(&MARTS).chain(&QUALITY);
        files.map(|file| read(file).expect("the dictionary is checked by its tests")).collect()
    })
}

fn read((stage, name, text, sql): &File) -> Result<Table, LakeError> {
    let damaged = |cause: toml::de::Error| LakeError::Dictionary { table: name, cause };
    let entry: Entry = toml::from_str(text).map_err(damaged)?;
    let mut columns = entry.columns;
    let mut source = entry.source;
    if *stage == Stage::Input {
        columns.extend(ORIGIN.iter().map(|(name, kind, meaning)| Column {
            name: (*name).to_owned(),
            kind: *kind,
            unit: String::new(),
            meaning: (*meaning).to_owned(),
        }));
        if source.is_empty() {
            INPUT_SOURCE.clone_into(&mut source);
        }
    }
    Ok(Table {
        name,
        stage: *stage,
        sql,
        meaning: entry.meaning,
        grain: entry.grain,
        keys: entry.keys,
        required: entry.required,
        source,
        examples: entry.examples,
        columns,
    })
}

/// The table of a name, with or without `input.` before it. A computed table goes before an
/// imported one of the same name.
#[must_use]
pub fn find_table(name: &str) -> Option<&'static Table> {
    if let Some(bare) = name.strip_prefix("input.") {
        return tables().iter().find(|table| table.stage == Stage::Input && table.name == bare);
    }
    tables().iter().rev().find(|table| table.name == name)
}
