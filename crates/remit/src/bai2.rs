//! Bank files in BAI2 (Cash Management Balance Reporting, version 2): records 01 to 99.

use crate::bank::{BankEntry, BankFile};
use counterfoil_base::{Cents, Date, Text};

/// One logical record: its code and fields, with its 88 continuations joined.
struct Record<'a> {
    line: u64,
    fields: Vec<&'a str>,
    /// Continuations of the text of a detail record, one after the other: a bank may break a
    /// line anywhere, within a trace number too.
    more_text: String,
    /// Physical records that it takes, as the counts of 49, 98 and 99 count them.
    physical: u64,
}

impl Record<'_> {
    /// True for a detail record whose text has begun.
    fn has_text(&self) -> bool {
        self.fields.first() == Some(&"16") && self.fields.len() > 6 + funds_fields(&self.fields)
    }
}

/// Running totals of one level: account, group or file.
#[derive(Default)]
struct Control {
    cents: i128,
    records: u64,
    children: u64,
}

/// Reads a BAI2 file: detail records (16) become entries, the trailers' control totals and
/// counts are checked.
///
/// Type codes 100 to 399 are credits, 400 to 699 debits; 468, 555, 557 and 558 are returns.
/// Amounts have two implied decimals. A file whose records are out of order, whose trailers are
/// missing or whose control totals or counts are not what was read is refused as a whole; a
/// detail record that cannot be read is named, and the rest is kept.
#[must_use]
pub fn read_bai2(bytes: &[u8]) -> BankFile {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut reader = Reader::default();
    for record in records(&text) {
        reader.take(&record);
    }
    if reader.file.entries.is_empty() && reader.levels_seen == 0 {
        let fix = "Check that this is a BAI2 file; it starts with a record 01.";
        reader.file.refuse("BANK-bai2-empty", 1, "There is no BAI2 record.", fix);
    } else if reader.level != Level::Outside {
        let fix = "Fetch the file from the bank again; its end is missing.";
        reader.file.refuse_whole(
            "BANK-bai2-truncated",
            0,
            "The file trailer (99) is missing.",
            fix,
        );
    }
    reader.file.finish()
}

/// Which level of the file is open: a header opens the next, its trailer closes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Level {
    #[default]
    Outside,
    File,
    Group,
    Account,
}

/// The level that a record stands in and the one that it leaves open.
fn levels(code: &str) -> Option<(Level, Level)> {
    use Level::{Account, File, Group, Outside};
    match code {
        "01" => Some((Outside, File)),
        "02" => Some((File, Group)),
        "03" => Some((Group, Account)),
        "16" => Some((Account, Account)),
        "49" => Some((Account, Group)),
        "98" => Some((Group, File)),
        "99" => Some((File, Outside)),
        _ => None,
    }
}

/// Joins continuation records (88) and drops the closing slash of each.
fn records(text: &str) -> Vec<Record<'_>> {
    let mut all: Vec<Record<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let line = line.strip_suffix('/').unwrap_or(line);
        match (line.strip_prefix("88,"), all.last_mut()) {
            (Some(rest), Some(last)) => {
                last.physical += 1;
                if last.has_text() {
                    last.more_text.push_str(rest);
                } else {
                    last.fields.extend(rest.split(','));
                }
            }
            _ => all.push(Record {
                line: index as u64 + 1,
                fields: line.split(',').collect(),
                more_text: String::new(),
                physical: 1,
            }),
        }
    }
    all
}

#[derive(Default)]
struct Reader {
    file: BankFile,
    date: Option<Date>,
    account: Control,
    group: Control,
    whole: Control,
    levels_seen: u32,
    level: Level,
}

impl Reader {
    fn take(&mut self, record: &Record<'_>) {
        let code = record.fields.first().copied().unwrap_or("");
        if let Some((inside, after)) = levels(code) {
            self.levels_seen += 1;
            if self.level != inside {
                let fix = "Fetch the file from the bank again; a header or trailer is missing.";
                let message = format!("A record {code} stands where it cannot.");
                self.file.refuse_whole("BANK-bai2-order", record.line, &message, fix);
            }
            self.level = after;
        }
        match code {
            "01" => {
                self.whole = Control { records: record.physical, ..Control::default() };
            }
            "02" => {
                self.group = Control { records: record.physical, ..Control::default() };
                let text = record.fields.get(4).copied().unwrap_or("");
                self.date = parse_yymmdd(text);
                if self.date.is_none() {
                    let fix = "Fetch the file again; field 5 of record 02 is the as-of date.";
                    let message = "A group has no readable date.";
                    self.file.refuse("BANK-bai2-date", record.line, message, fix);
                }
            }
            "03" => {
                self.account = Control { records: record.physical, ..Control::default() };
                self.account.cents = summary_cents(record.fields.get(3..).unwrap_or(&[]));
            }
            "16" => self.detail(record),
            "49" => {
                self.account.records += record.physical;
                self.check(record, ["account", "49"]);
                self.group.cents += self.account.cents;
                self.group.records += self.account.records;
                self.group.children += 1;
                self.account = Control::default();
            }
            "98" => {
                self.group.records += record.physical;
                self.check(record, ["group", "98"]);
                self.whole.cents += self.group.cents;
                self.whole.records += self.group.records;
                self.whole.children += 1;
                self.group = Control::default();
            }
            "99" => {
                self.whole.records += record.physical;
                self.check(record, ["file", "99"]);
            }
            _ => {
                let fix = "Check that this is a BAI2 file; a record starts with its code.";
                let message = "A line is not a BAI2 record.";
                self.file.refuse_whole("BANK-bai2-record", record.line, message, fix);
            }
        }
    }

    /// Compares a trailer's control total and counts with what was read.
    fn check(&mut self, record: &Record<'_>, [level, code]: [&str; 2]) {
        let number = |index: usize| {
            let field = record.fields.get(index).copied().unwrap_or("").trim();
            field.parse::<i128>().ok()
        };
        let control = match code {
            "49" => &self.account,
            "98" => &self.group,
            _ => &self.whole,
        };
        let records_at = if code == "49" { 2 } else { 3 };
        let mut wrong = Vec::new();
        if number(1) != Some(control.cents) {
            wrong.push(("BANK-bai2-control-total", "control total"));
        }
        if code != "49" && number(2) != Some(i128::from(control.children)) {
            wrong.push(("BANK-bai2-count", "number of parts"));
        }
        if number(records_at) != Some(i128::from(control.records)) {
            wrong.push(("BANK-bai2-count", "number of records"));
        }
        for (finding, what) in wrong {
            let message =
                format!("The {what} of the {level} trailer ({code}) is not what was read.");
            let fix = "Fetch the file from the bank again; entries may be missing or altered.";
            self.file.refuse_whole(finding, record.line, &message, fix);
        }
    }

    /// Record 16: type code, amount, funds type, bank reference, customer reference, text.
    fn detail(&mut self, record: &Record<'_>) {
        self.account.records += record.physical;
        let field = |index: usize| record.fields.get(index).copied().unwrap_or("").trim();
        let kind: u16 = field(1).parse().unwrap_or(0);
        let amount = parse_cents(field(2));
        if let Some(cents) = amount {
            self.account.cents += i128::from(cents.0);
        }
        let (Some(amount), Some(date)) = (amount, self.date) else {
            let fix = "Fetch the file from the bank again, or enter this payment by hand.";
            let message = "A detail record has no readable amount or date.";
            return self.file.refuse("BANK-bai2-detail", record.line, message, fix);
        };
        let sign_known = matches!(kind, 100..=699);
        if !sign_known || amount.is_negative() {
            let fix = "Ask the bank what this type code means; the entry is left out.";
            let message = format!("Detail type code {kind} is neither credit nor debit.");
            return self.file.refuse("BANK-bai2-type", record.line, &message, fix);
        }
        let after_funds = 4 + funds_fields(&record.fields);
        let reference = field(after_funds);
        let mut text = record.fields.get(after_funds + 2..).unwrap_or(&[]).join(",");
        text.push_str(&record.more_text);
        self.file.entries.push(BankEntry {
            reference: Text::from(reference),
            bank_gave_reference: !reference.is_empty(),
            date,
            amount_cents: if kind < 400 { amount } else { -amount },
            trace: None,
            check_number: Text::from(if kind == 475 { field(after_funds + 1) } else { "" }),
            description: Text::from(text.trim()),
            is_return: matches!(kind, 468 | 555 | 557 | 558),
            line: record.line,
        });
    }
}

/// How many fields the funds type of a detail record takes beyond itself.
fn funds_fields(fields: &[&str]) -> usize {
    match fields.get(3).map(|field| field.trim()) {
        Some("V") => 2,
        Some("S") => 3,
        Some("D") => {
            let count: usize = fields.get(4).and_then(|f| f.trim().parse().ok()).unwrap_or(0);
            // More distributions than fields cannot be; the text is then empty.
            1 + count.min(fields.len()) * 2
        }
        _ => 0,
    }
}

/// The amounts of an account record (03): groups of type code, amount, item count, funds type.
fn summary_cents(fields: &[&str]) -> i128 {
    let mut cents = 0i128;
    let mut rest = fields;
    while let [_kind, amount, ..] = rest {
        cents += parse_cents(amount.trim()).map_or(0, |amount| i128::from(amount.0));
        let extra = match rest.get(3).map(|field| field.trim()) {
            Some("V") => 2,
            Some("S") => 3,
            Some("D") => {
                let count: usize = rest.get(4).and_then(|f| f.trim().parse().ok()).unwrap_or(0);
                1 + count.min(rest.len()) * 2
            }
            _ => 0,
        };
        rest = rest.get(4 + extra..).unwrap_or(&[]);
    }
    cents
}

/// Whole cents with an optional sign, at most fifteen digits.
fn parse_cents(text: &str) -> Option<Cents> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let valid = !digits.is_empty()
        && digits.len() <= 15
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !valid {
        return None;
    }
    let cents: i64 = digits.parse().ok()?;
    Some(Cents(if text.starts_with('-') { -cents } else { cents }))
}

/// Six digits YYMMDD of this century.
pub(crate) fn parse_yymmdd(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() != 6 {
        return None;
    }
    counterfoil_base::parse_ccyymmdd(format!("20{text}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two credits, a check deposit, a return; totals by hand: 010 summary 150000 + 100 summary
    /// 90000 + details 60000 + 25000 + 5000 + 60000 = 390000.
    const SAMPLE: &str = "\
01,121000248,PRACTICE,260331,0600,1,80,,2/
02,PRACTICE,121000248,1,260330,,USD,2/
03,000123456789,USD,010,150000,,,100,90000,3,S,10000,20000,60000/
16,142,60000,Z,BR1,,ACME HEALTH PLAN TRN*1*T1
88,00*1512345678~
16,165,25000,V,260331,0900,BR2,CUST,OTHER PAYER HCCLAIMPMT
16,174,5000,D,2,0,3000,1,2000,BR3,,DEPOSIT
16,557,60000,,BR4,,RETURN TRN*1*T100*1512345678\\
49,390000,7/
98,390000,1,9/
99,390000,1,11/
";

    fn show(file: &BankFile) -> Vec<String> {
        let mut lines: Vec<String> = file
            .entries
            .iter()
            .map(|e| {
                let trace = e.trace.as_ref().map_or("-", |trace| trace.number.as_str());
                let word = if e.is_return { "return" } else { "entry" };
                format!("{word} {} {} {trace} {}", e.date, e.amount_cents, e.reference)
            })
            .collect();
        lines.extend(
            file.findings
                .iter()
                .map(|f| format!("{} at {}", f.code, f.position.segment.unwrap_or(0))),
        );
        lines
    }

    #[test]
    fn details_become_entries_with_their_traces() {
        assert_eq!(
            show(&read_bai2(SAMPLE.as_bytes())),
            [
                "entry 2026-03-30 600.00 T100 BR1",
                "entry 2026-03-30 250.00 - BR2",
                "entry 2026-03-30 50.00 - BR3",
                "return 2026-03-30 -600.00 T100 BR4",
            ]
        );
    }

    #[test]
    fn every_damage_is_named() {
        for (from, to, expected) in [
            ("16,142,60000", "16,142,60001", "BANK-bai2-control-total at 9"),
            ("16,142,60000", "16,142,", "BANK-bai2-detail at 4"),
            ("16,142,60000", "16,890,60000", "BANK-bai2-type at 4"),
            ("49,390000,7/", "49,390000,8/", "BANK-bai2-count at 9"),
            ("98,390000,1,9/", "98,390000,2,9/", "BANK-bai2-count at 10"),
            ("99,390000,1,11/", "99,390000,1,12/", "BANK-bai2-count at 11"),
            ("99,390000,1,11/\n", "", "BANK-bai2-truncated at 0"),
            ("1,260330,,USD", "1,261330,,USD", "BANK-bai2-date at 2"),
            ("16,174,5000", "17,174,5000", "BANK-bai2-record at 7"),
            ("16,174,5000,D,2", "16,174,5000,D,99999999999999", "entry 2026-03-30 50.00 - "),
            ("98,390000,1,9/\n", "", "BANK-bai2-order at 10"),
        ] {
            let damaged = SAMPLE.replace(from, to);
            let shown = show(&read_bai2(damaged.as_bytes()));
            assert!(shown.iter().any(|line| line.starts_with(expected)), "{to}: {shown:?}");
        }
        assert_eq!(show(&read_bai2(b"")), ["BANK-bai2-empty at 1"]);
    }

    /// A cut or altered file shows other movements than the bank made: none of it is booked.
    #[test]
    fn a_file_that_is_not_whole_has_no_entries() {
        let whole = read_bai2(SAMPLE.as_bytes());
        assert!(!whole.is_refused && whole.entries.len() == 4);
        // The last slash and line end are not part of the last count.
        for length in 1..SAMPLE.len() - 2 {
            let file = read_bai2(SAMPLE.get(..length).unwrap_or("").as_bytes());
            assert!(file.entries.is_empty() && !file.findings.is_empty(), "{length}: {file:?}");
        }
        for (from, to) in [
            ("16,142,60000", "16,142,6000"),
            ("49,390000,7/", "49,390001,7/"),
            ("98,390000,1,9/", "98,390000,1,8/"),
            ("99,390000,1,11/", "99,,1,11/"),
            ("49,390000,7/\n", ""),
            ("03,000123456789,USD,010,150000,,,100,90000,3,S,10000,20000,60000/\n", ""),
        ] {
            let file = read_bai2(SAMPLE.replace(from, to).as_bytes());
            assert!(file.is_refused && file.entries.is_empty(), "{to}: {file:?}");
            let last = file.findings.last().map(|finding| finding.code.as_ref());
            assert_eq!(last, Some("BANK-file-refused"), "{to}");
        }
        let twice = format!("{SAMPLE}{SAMPLE}");
        assert_eq!(read_bai2(twice.as_bytes()).entries.len(), 8, "files may follow each other");
    }
}
