//! Procedure-to-procedure edits: pairs of codes that are not paid together on one day.
//!
//! The published file holds 1.7 million pairs. They are kept as one row per column 1 code
//! over sorted 16-bit code numbers, four bytes a pair, and found by binary search.

use crate::manifest::parse_iso_date;
use crate::tables::PackedCode;
use counterfoil_base::Date;

/// Whose claims a pair table applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PtpSetting {
    /// Physicians and other practitioners, and ambulatory surgical centers.
    Practitioner,
    /// Hospital outpatient services.
    OutpatientHospital,
}

impl PtpSetting {
    /// Both settings.
    pub const ALL: [PtpSetting; 2] = [PtpSetting::Practitioner, PtpSetting::OutpatientHospital];

    /// `practitioner` or `outpatient hospital`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            PtpSetting::Practitioner => "practitioner",
            PtpSetting::OutpatientHospital => "outpatient hospital",
        }
    }

    /// How the names of its files begin.
    pub(crate) fn file_prefix(self) -> &'static str {
        match self {
            PtpSetting::Practitioner => "ncci_ptp_practitioner",
            PtpSetting::OutpatientHospital => "ncci_ptp_outpatient",
        }
    }
}

/// May a modifier let both codes of a pair be paid?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModifierIndicator {
    /// 0: never.
    Never,
    /// 1: with a modifier that says the services were distinct.
    Allowed,
    /// 9: the pair no longer applies.
    NotApplicable,
}

/// What the table says about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PtpEdit {
    /// May a modifier let both be paid?
    pub indicator: ModifierIndicator,
    /// Last day of the pair; nothing when open.
    pub ends: Option<Date>,
}

/// The pairs of one edition.
#[derive(Clone, Debug, Default)]
pub struct PtpTable {
    /// Every code of either column, sorted; a code's number is its place.
    codes: Vec<PackedCode>,
    /// Where the pairs of each column 1 code begin; one more at the end.
    row_starts: Vec<u32>,
    /// Numbers of the column 2 codes, sorted within a row.
    column_2: Vec<u16>,
    /// For each pair, the place of its edit in `edits`.
    edit_of_pair: Vec<u16>,
    /// The few different edits (indicator and last day).
    edits: Vec<PtpEdit>,
}

impl PtpTable {
    /// Reads `column1,modifier_indicator,deletion_date,column2_codes`, where the last column
    /// holds codes with blanks between them.
    pub(crate) fn parse(text: &[u8]) -> Result<PtpTable, String> {
        let rows = RawRow::parse_all(text)?;
        let mut codes: Vec<PackedCode> = Vec::new();
        for row in &rows {
            codes.push(row.column_1);
            row.each_column_2(|code| codes.push(code))?;
            // Keeps the list short: each code stands in hundreds of rows.
            if codes.len() > 200_000 {
                codes.sort_unstable();
                codes.dedup();
            }
        }
        codes.sort_unstable();
        codes.dedup();
        if codes.len() > usize::from(u16::MAX) {
            return Err("it holds more than 65,535 different codes".to_string());
        }
        codes.shrink_to_fit();
        PtpTable::build(&rows, codes)
    }

    fn build(rows: &[RawRow<'_>], codes: Vec<PackedCode>) -> Result<PtpTable, String> {
        let number_of = |code: PackedCode| codes.binary_search(&code).unwrap_or(0) as u16;
        let mut edits: Vec<PtpEdit> = rows.iter().map(|row| row.edit).collect();
        edits.sort_unstable();
        edits.dedup();
        if edits.len() > usize::from(u16::MAX) {
            return Err("it holds more than 65,535 different last days".to_string());
        }
        let mut ordered: Vec<&RawRow<'_>> = rows.iter().collect();
        ordered.sort_by_key(|row| row.column_1);
        let mut table = PtpTable { edits, ..PtpTable::default() };
        let mut pairs: Vec<(u16, u16)> = Vec::new();
        let mut remaining = ordered.as_slice();
        for code in &codes {
            table.row_starts.push(table.pair_index()?);
            let same = remaining.partition_point(|row| row.column_1 <= *code);
            let (of_this_code, rest) = remaining.split_at(same);
            remaining = rest;
            pairs.clear();
            for row in of_this_code {
                let edit = table.edits.binary_search(&row.edit).unwrap_or(0) as u16;
                row.each_column_2(|code| pairs.push((number_of(code), edit)))?;
            }
            pairs.sort_unstable();
            // A pair that stands twice keeps its stricter edit, which sorts first.
            pairs.dedup_by_key(|pair| pair.0);
            table.column_2.extend(pairs.iter().map(|pair| pair.0));
            table.edit_of_pair.extend(pairs.iter().map(|pair| pair.1));
        }
        table.row_starts.push(table.pair_index()?);
        table.column_2.shrink_to_fit();
        table.edit_of_pair.shrink_to_fit();
        Ok(PtpTable { codes, ..table })
    }

    fn pair_index(&self) -> Result<u32, String> {
        u32::try_from(self.column_2.len()).map_err(|_| "it holds too many pairs".to_string())
    }

    /// The edit for this pair in this order; nothing when the codes may stand together.
    #[must_use]
    pub fn find(&self, column_1: &str, column_2: &str) -> Option<PtpEdit> {
        self.find_numbered(self.number(column_1)?, self.number(column_2)?)
    }

    /// The number of a code, for many questions about the same codes.
    pub(crate) fn number(&self, code: &str) -> Option<u16> {
        let place = self.codes.binary_search(&PackedCode::new(code)?).ok()?;
        u16::try_from(place).ok()
    }

    /// [`PtpTable::find`] on numbers of this table.
    pub(crate) fn find_numbered(&self, column_1: u16, column_2: u16) -> Option<PtpEdit> {
        let row = usize::from(column_1);
        let start = *self.row_starts.get(row)? as usize;
        let end = *self.row_starts.get(row + 1)? as usize;
        let place = self.column_2.get(start..end)?.binary_search(&column_2).ok()?;
        let edit = *self.edit_of_pair.get(start + place)?;
        self.edits.get(usize::from(edit)).copied()
    }

    /// True when the code stands in either column.
    pub(crate) fn knows(&self, code: PackedCode) -> bool {
        self.codes.binary_search(&code).is_ok()
    }

    /// Number of pairs.
    #[must_use]
    pub fn pair_count(&self) -> u64 {
        self.column_2.len() as u64
    }

    /// Bytes that the table takes in memory, without the fixed part.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.codes.capacity() * 8
            + self.row_starts.capacity() * 4
            + self.column_2.capacity() * 2
            + self.edit_of_pair.capacity() * 2
            + self.edits.capacity() * size_of::<PtpEdit>()
    }
}

/// One row of the file: a column 1 code with the column 2 codes that share its edit.
struct RawRow<'a> {
    column_1: PackedCode,
    edit: PtpEdit,
    column_2: &'a str,
}

const HEADER: &str = "column1,modifier_indicator,deletion_date,column2_codes";

impl<'a> RawRow<'a> {
    fn parse_all(text: &'a [u8]) -> Result<Vec<RawRow<'a>>, String> {
        let text = std::str::from_utf8(text).map_err(|_| "it holds text that is not UTF-8")?;
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        if lines.next() != Some(HEADER) {
            return Err(format!("its columns are not {HEADER}"));
        }
        let numbered = lines.enumerate().filter(|(_, line)| !line.is_empty());
        let row =
            |(index, line)| RawRow::parse(line).map_err(|why| format!("row {}: {why}", index + 2));
        numbered.map(row).collect()
    }

    fn parse(line: &'a str) -> Result<RawRow<'a>, String> {
        let mut fields = line.splitn(4, ',');
        let mut next = || fields.next().ok_or("it has fewer than four columns");
        let (column_1, indicator, ends, column_2) = (next()?, next()?, next()?, next()?);
        let indicator = match indicator {
            "0" => ModifierIndicator::Never,
            "1" => ModifierIndicator::Allowed,
            "9" => ModifierIndicator::NotApplicable,
            _ => return Err("the modifier indicator is not 0, 1 or 9".to_string()),
        };
        let ends = match ends {
            "" | "9999-12-31" => None,
            day => Some(parse_iso_date(day).ok_or("the deletion date is not YYYY-MM-DD")?),
        };
        let column_1 = PackedCode::new(column_1).ok_or("the column 1 code is not a code")?;
        Ok(RawRow { column_1, edit: PtpEdit { indicator, ends }, column_2 })
    }

    fn each_column_2(&self, mut see: impl FnMut(PackedCode)) -> Result<(), String> {
        for code in self.column_2.split_ascii_whitespace() {
            see(PackedCode::new(code).ok_or("a column 2 code is not a code")?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_found_in_its_order_only() {
        let text = format!("{HEADER}\nA0001,1,9999-12-31,B0002 C0003\nA0001,0,2024-09-30,D0004\n");
        let table = PtpTable::parse(text.as_bytes()).unwrap();
        assert_eq!(table.pair_count(), 3);
        let open = PtpEdit { indicator: ModifierIndicator::Allowed, ends: None };
        assert_eq!(table.find("A0001", "C0003"), Some(open));
        assert_eq!(table.find("C0003", "A0001"), None);
        assert_eq!(table.find("A0001", "A0001"), None);
        assert_eq!(table.find("A0001", "Z9999"), None);
        assert_eq!(table.find("", "B0002"), None);
        let ended = table.find("A0001", "D0004").unwrap();
        assert_eq!(ended.ends, Date::new(2024, 9, 30).ok());
        assert_eq!(ended.indicator, ModifierIndicator::Never);
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_row() {
        for (row, why) in [
            ("A0001,2,,B0002", "row 2: the modifier indicator is not 0, 1 or 9"),
            ("A0001,1,soon,B0002", "row 2: the deletion date is not YYYY-MM-DD"),
            ("A0001,1", "row 2: it has fewer than four columns"),
            (",1,,B0002", "row 2: the column 1 code is not a code"),
            ("A0001,1,,B0002000000", "a column 2 code is not a code"),
        ] {
            let text = format!("{HEADER}\n{row}\n");
            assert_eq!(PtpTable::parse(text.as_bytes()).unwrap_err(), why);
        }
    }
}
