//! Published tables: relative values, geographic indices, anesthesia, place of service, DRG.

use super::fields::{Place, rates_finding};
use super::table::{Row, Table};
use counterfoil_base::{Date, Decimal, Finding, Text};
use rustc_hash::{FxHashMap, FxHashSet};

/// Relative values and payment indicators of one code and modifier (physician fee schedule).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RvuRow {
    /// Empty, `26`, `TC` or `53`.
    pub modifier: Text,
    edition: (i16, u8),
    /// Work.
    pub work: Decimal,
    /// Practice expense outside a facility.
    pub expense_non_facility: Decimal,
    /// Practice expense in a facility.
    pub expense_facility: Decimal,
    /// Malpractice.
    pub malpractice: Decimal,
    /// Status: `A` active, `R` restricted, `C` priced by the carrier, ...
    pub status: u8,
    /// Global period: days (`000`, `010`, `090`) or three equal letters (`M`, `X`, `Y`, `Z`).
    pub global: Text,
    /// Shares of the global fee before, during and after the operation.
    pub shares: [Decimal; 3],
    /// Multiple procedure indicator.
    pub multiple: u8,
    /// Bilateral indicator.
    pub bilateral: u8,
    /// Assistant at surgery indicator.
    pub assistant: u8,
    /// Co-surgeon indicator.
    pub co_surgeon: u8,
    /// Base code of the endoscopy family.
    pub endoscopy_base: Text,
    /// Dollars per relative value unit.
    pub conversion_factor: Decimal,
}

/// Geographic indices of one locality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpciRow {
    /// Work.
    pub work: Decimal,
    /// Practice expense.
    pub expense: Decimal,
    /// Malpractice.
    pub malpractice: Decimal,
}

/// Weight and lengths of stay of one DRG (inpatient prospective payment, table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrgRow {
    /// Relative weight.
    pub weight: Decimal,
    /// Geometric mean length of stay.
    pub stay_mean: Decimal,
    /// Whether the post-acute transfer rule holds.
    pub post_acute: bool,
    /// Whether half of the amount is paid for the first day of a transfer.
    pub special_pay: bool,
}

/// All published tables that were given.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    rvu: FxHashMap<Text, Vec<RvuRow>>,
    editions: Vec<(i16, u8)>,
    gpci: FxHashMap<(i16, Text), GpciRow>,
    anesthesia_factor: FxHashMap<(i16, Text), Decimal>,
    anesthesia_base: FxHashMap<(i16, Text), Decimal>,
    facility_places: FxHashSet<Text>,
    drg: FxHashMap<(i16, Text), DrgRow>,
}

const NATIONAL: GpciRow =
    GpciRow { work: Decimal::ONE, expense: Decimal::ONE, malpractice: Decimal::ONE };

impl Publisher {
    const PREFIXES: [&'static str; 6] = [
        "mpfs_rvu_",
        "mpfs_gpci_",
        "mpfs_anesthesia_cf_",
        "anesthesia_base_units_",
        "place_of_service_",
        "msdrg_table5_fy",
    ];

    pub(crate) fn knows(file: &str) -> bool {
        Publisher::PREFIXES.iter().any(|prefix| file.starts_with(prefix))
    }

    /// The relative values of a code with exactly this modifier column on a day.
    #[must_use]
    pub fn relative_values(&self, code: &str, modifier: &str, day: Date) -> Option<&RvuRow> {
        let edition = self.edition(day)?;
        let rows = self.rvu.get(code)?;
        rows.iter().find(|row| row.edition == edition && row.modifier == modifier)
    }

    /// The edition in force: the latest quarter begun, or the first of the year.
    fn edition(&self, day: Date) -> Option<(i16, u8)> {
        let quarter = u8::try_from((day.month() - 1) / 3).unwrap_or(0);
        let year = self.editions.iter().filter(|edition| edition.0 == day.year());
        let begun = year.clone().filter(|edition| edition.1 <= quarter).max();
        begun.or_else(|| year.min()).copied()
    }

    /// The indices of `MAC-LOCALITY`, or of `national`, for the year of a day.
    #[must_use]
    pub fn geographic(&self, locality: &Text, day: Date) -> Option<GpciRow> {
        if locality == "national" {
            return Some(NATIONAL);
        }
        self.gpci.get(&(day.year(), locality.clone())).copied()
    }

    /// Dollars per anesthesia unit of a locality.
    #[must_use]
    pub fn anesthesia_factor(&self, locality: &Text, day: Date) -> Option<Decimal> {
        self.anesthesia_factor.get(&(day.year(), locality.clone())).copied()
    }

    /// Base units of an anesthesia code.
    #[must_use]
    pub fn anesthesia_base(&self, code: &str, day: Date) -> Option<Decimal> {
        self.anesthesia_base.get(&(day.year(), Text::new(code))).copied()
    }

    /// True for a place of service that is paid at the facility rate.
    #[must_use]
    pub fn is_facility(&self, place_of_service: &str) -> bool {
        self.facility_places.contains(place_of_service)
    }

    /// Weight of a DRG on the day of discharge (fiscal years begin on October 1).
    #[must_use]
    pub fn drg(&self, code: &str, discharge: Date) -> Option<&DrgRow> {
        let year = discharge.year().saturating_add(i16::from(discharge.month() >= 10));
        self.drg.get(&(year, Text::new(code)))
    }

    pub(crate) fn has_relative_values(&self) -> bool {
        !self.rvu.is_empty()
    }

    /// True when the locality has indices for any year.
    pub(crate) fn has_locality(&self, locality: &Text) -> bool {
        locality == "national" || self.gpci.keys().any(|(_, known)| known == locality)
    }

    /// True when the locality has a factor for any year.
    pub(crate) fn has_anesthesia_factor(&self, locality: &Text) -> bool {
        self.anesthesia_factor.keys().any(|(_, known)| known == locality)
    }

    pub(crate) fn has_anesthesia_base(&self) -> bool {
        !self.anesthesia_base.is_empty()
    }

    pub(crate) fn has_drg(&self) -> bool {
        !self.drg.is_empty()
    }

    pub(crate) fn finish(&mut self) {
        self.editions.sort_unstable();
        self.editions.dedup();
    }

    pub(crate) fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        if file.starts_with("place_of_service_") {
            self.add_places(file, text, findings);
            return;
        }
        let Some((year, quarter)) = edition_of_name(file) else {
            let place = Place { file, line: 1 };
            let fix = "keep the publisher's name, for example mpfs_rvu_2025d.csv";
            let message = "the year cannot be read from the file name";
            findings.push(rates_finding("RATES-bad-name", &place, message, fix));
            return;
        };
        if file.starts_with("mpfs_rvu_") {
            self.editions.push((year, quarter));
            self.add_relative_values(file, text, (year, quarter), findings);
        } else if file.starts_with("mpfs_gpci_") {
            self.add_gpci(file, text, year, findings);
        } else if file.starts_with("msdrg_table5_fy") {
            self.add_drg(file, text, year, findings);
        } else {
            self.add_anesthesia(file, text, year, findings);
        }
    }

    fn add_places(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        if let Some(table) = Table::open(file, text, &["pos", "mpfs_setting"], findings) {
            table.each(findings, |row| {
                if row.text(1) == "Facility" {
                    self.facility_places.insert(Text::new(row.text(0)));
                }
                Ok(())
            });
        }
    }

    fn add_relative_values(
        &mut self,
        file: &str,
        text: &str,
        edition: (i16, u8),
        findings: &mut Vec<Finding>,
    ) {
        const COLUMNS: [&str; 17] = [
            "hcpcs",
            "mod",
            "work_rvu",
            "nonfac_pe_rvu",
            "fac_pe_rvu",
            "mp_rvu",
            "status",
            "glob",
            "pre_op",
            "intra_op",
            "post_op",
            "mult_proc",
            "bilat_surg",
            "asst_surg",
            "co_surg",
            "endo_base",
            "conversion_factor",
        ];
        if let Some(table) = Table::open(file, text, &COLUMNS, findings) {
            table.each(findings, |row| {
                let values = relative_values(row, edition)?;
                self.rvu.entry(Text::new(row.text(0))).or_default().push(values);
                Ok(())
            });
        }
    }

    fn add_gpci(&mut self, file: &str, text: &str, year: i16, findings: &mut Vec<Finding>) {
        const COLUMNS: [&str; 5] = ["mac", "locality", "gpci_work", "gpci_pe", "gpci_mp"];
        if let Some(table) = Table::open(file, text, &COLUMNS, findings) {
            table.each(findings, |row| {
                let indices = GpciRow {
                    work: row.decimal(2, "gpci_work")?,
                    expense: row.decimal(3, "gpci_pe")?,
                    malpractice: row.decimal(4, "gpci_mp")?,
                };
                self.gpci.insert((year, locality(row)), indices);
                Ok(())
            });
        }
    }

    fn add_anesthesia(&mut self, file: &str, text: &str, year: i16, findings: &mut Vec<Finding>) {
        if file.starts_with("anesthesia_base_units_") {
            if let Some(table) = Table::open(file, text, &["code", "base_units"], findings) {
                table.each(findings, |row| {
                    let units = row.decimal(1, "base_units")?;
                    self.anesthesia_base.insert((year, Text::new(row.text(0))), units);
                    Ok(())
                });
            }
            return;
        }
        let columns = ["mac", "locality", "anesthesia_cf"];
        if let Some(table) = Table::open(file, text, &columns, findings) {
            table.each(findings, |row| {
                let factor = row.decimal(2, "anesthesia_cf")?;
                self.anesthesia_factor.insert((year, locality(row)), factor);
                Ok(())
            });
        }
    }

    fn add_drg(&mut self, file: &str, text: &str, year: i16, findings: &mut Vec<Finding>) {
        const COLUMNS: [&str; 5] = ["msdrg", "post_acute", "special_pay", "weight", "gmlos"];
        if let Some(table) = Table::open(file, text, &COLUMNS, findings) {
            table.each(findings, |row| {
                let drg = DrgRow {
                    weight: row.decimal(3, "weight")?,
                    stay_mean: row.decimal(4, "gmlos")?,
                    post_acute: row.text(1) == "Yes",
                    special_pay: row.text(2) == "Yes",
                };
                self.drg.insert((year, Text::new(row.text(0))), drg);
                Ok(())
            });
        }
    }
}

fn locality(row: &Row<'_>) -> Text {
    Text::from(format!("{}-{}", row.text(0), row.text(1)))
}

/// Year and quarter (0 to 3) of a name such as `mpfs_rvu_2025d.csv`.
fn edition_of_name(file: &str) -> Option<(i16, u8)> {
    let stem = file.strip_suffix(".csv")?;
    let (stem, quarter) = match stem.as_bytes().last()? {
        letter @ b'a'..=b'd' => (&stem[..stem.len() - 1], letter - b'a'),
        _ => (stem, 0),
    };
    let year = stem.get(stem.len().checked_sub(4)?..)?.parse::<i16>().ok()?;
    (1900..=2999).contains(&year).then_some((year, quarter))
}

fn relative_values(row: &Row<'_>, edition: (i16, u8)) -> Result<RvuRow, String> {
    let indicator = |column: usize| row.text(column).bytes().next().unwrap_or(b'9');
    Ok(RvuRow {
        modifier: Text::new(row.text(1)),
        edition,
        work: row.decimal(2, "work_rvu")?,
        expense_non_facility: row.decimal(3, "nonfac_pe_rvu")?,
        expense_facility: row.decimal(4, "fac_pe_rvu")?,
        malpractice: row.decimal(5, "mp_rvu")?,
        status: indicator(6),
        global: Text::new(row.text(7)),
        shares: [
            row.percent_share(8, "pre_op")?,
            row.percent_share(9, "intra_op")?,
            row.percent_share(10, "post_op")?,
        ],
        multiple: indicator(11),
        bilateral: indicator(12),
        assistant: indicator(13),
        co_surgeon: indicator(14),
        endoscopy_base: Text::new(row.text(15)),
        conversion_factor: row.decimal(16, "conversion_factor")?,
    })
}
