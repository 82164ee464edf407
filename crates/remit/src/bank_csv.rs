//! Bank files as CSV: a header row names the columns, in any order and case.

use crate::bank::{BankEntry, BankFile};
use crate::trace::Trace;
use counterfoil_base::{Cents, Date, MoneyError, Text, parse_ccyymmdd};

/// Column names that differ from the ones that are known; an empty name keeps the known ones.
#[derive(Clone, Debug, Default)]
pub struct BankColumns {
    /// Booking day.
    pub date: String,
    /// Signed amount.
    pub amount: String,
    /// Bank's text, with the TRN segment when the bank passes it on.
    pub description: String,
    /// Bank's reference.
    pub reference: String,
    /// Trace number (TRN02) in a column of its own.
    pub trace: String,
}

/// Where each fact stands in a row.
#[derive(Default)]
struct Layout {
    /// Number of columns.
    columns: usize,
    date: Option<usize>,
    amount: Option<usize>,
    credit: Option<usize>,
    debit: Option<usize>,
    texts: Vec<usize>,
    reference: Option<usize>,
    trace: Option<usize>,
    payer_identifier: Option<usize>,
    check_number: Option<usize>,
    kind: Option<usize>,
}

/// Reads a CSV bank file: comma, semicolon or tab; dates as 2026-03-31, 03/31/2026 or 20260331;
/// amounts with sign, parentheses, `$` and thousands commas, or in debit and credit columns.
///
/// A row that cannot be read is refused with a finding, and the other rows are kept; so is a last
/// row that breaks off: it has no line end, and lacks cells or the cents of an amount.
#[must_use]
pub fn read_bank_csv(bytes: &[u8], columns: &BankColumns) -> BankFile {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut file = BankFile::default();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter(bytes))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut layout: Option<Layout> = None;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                file.refuse("BANK-csv-broken", 0, "The CSV file breaks off.", "Export it again.");
                break;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        match &layout {
            None => match find_columns(&record, columns) {
                Some(found) => layout = Some(found),
                None => {
                    let fix = "Name the columns for date and amount in the first row.";
                    file.refuse("BANK-csv-columns", line, "No date and amount columns.", fix);
                    return file;
                }
            },
            Some(layout) => {
                let is_open = !bytes.ends_with(b"\n") && !bytes.ends_with(b"\r");
                let at_end = reader.position().byte() >= bytes.len() as u64;
                if is_open && at_end && is_cut(&record, layout) {
                    let fix = "Export the file again; rows may be missing after this one.";
                    file.refuse("BANK-csv-cut", line, "The last row breaks off.", fix);
                } else {
                    read_row(&record, layout, line, &mut file);
                }
            }
        }
    }
    if layout.is_none() && file.findings.is_empty() {
        file.refuse("BANK-empty", 1, "The bank file is empty.", "Export it again.");
    }
    file.finish()
}

fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or(b"");
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    let most = [b',', b';', b'\t'].into_iter().max_by_key(|d| (count(*d), *d == b','));
    most.unwrap_or(b',')
}

fn find_columns(header: &csv::ByteRecord, columns: &BankColumns) -> Option<Layout> {
    let plain = |name: &[u8]| -> String {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
        letters.map(|byte| byte.to_ascii_lowercase() as char).collect()
    };
    let names: Vec<String> = header.iter().map(plain).collect();
    let find = |own: &str, known: &[&str]| {
        let own = plain(own.as_bytes());
        if !own.is_empty() {
            return names.iter().position(|name| *name == own);
        }
        known.iter().find_map(|word| names.iter().position(|name| name == word))
    };
    let known_dates =
        ["date", "postingdate", "posteddate", "postdate", "transactiondate", "effectivedate"];
    let known_texts = ["description", "addenda", "memo", "details", "text", "remarks", "payer"];
    let texts = if columns.description.is_empty() {
        known_texts.iter().filter_map(|word| find("", &[word])).collect()
    } else {
        find(&columns.description, &[]).into_iter().collect()
    };
    let layout = Layout {
        columns: header.len(),
        date: find(&columns.date, &known_dates),
        amount: find(&columns.amount, &["amount", "amountusd", "transactionamount"]),
        credit: find("", &["credit", "creditamount", "deposit", "deposits"]),
        debit: find("", &["debit", "debitamount", "withdrawal", "withdrawals"]),
        texts,
        reference: find(
            &columns.reference,
            &["reference", "bankreference", "referencenumber", "transactionid", "id"],
        ),
        trace: find(&columns.trace, &["trace", "tracenumber", "trn02", "trn"]),
        payer_identifier: find("", &["payeridentifier", "payerid", "originatorid", "trn03"]),
        check_number: find("", &["checknumber", "check", "checkno"]),
        kind: find("", &["type", "kind", "transactiontype"]),
    };
    let money = layout.amount.or(layout.credit).or(layout.debit);
    (layout.date.is_some() && money.is_some()).then_some(layout)
}

/// True when the last row lacks cells, or ends in an amount without both digits of its cents.
fn is_cut(record: &csv::ByteRecord, layout: &Layout) -> bool {
    let Some(last) = layout.columns.checked_sub(1) else { return false };
    let is_money = [layout.amount, layout.credit, layout.debit].contains(&Some(last));
    let cell = record.get(last).unwrap_or(b"");
    let whole = cell.trim_ascii_end().trim_ascii_start();
    let cents = whole.rsplit(|byte| *byte == b'.').next().unwrap_or(b"");
    let digits = cents.iter().filter(|byte| byte.is_ascii_digit()).count();
    let has_cents = whole.contains(&b'.') && digits == 2;
    record.len() < layout.columns || is_money && !whole.is_empty() && !has_cents
}

fn read_row(record: &csv::ByteRecord, layout: &Layout, line: u64, file: &mut BankFile) {
    let cell = |column: Option<usize>| {
        let bytes = column.and_then(|index| record.get(index)).unwrap_or(b"");
        String::from_utf8_lossy(bytes)
    };
    let Some(date) = parse_date(&cell(layout.date)) else {
        let fix = "Write dates as 2026-03-31, 03/31/2026 or 20260331.";
        return file.refuse("BANK-date", line, "A row has no readable date.", fix);
    };
    let amount_cents = match row_amount(&cell, layout) {
        Ok(amount) => amount,
        Err(MoneyError::TooLarge) => return file.refuse_too_large(line),
        Err(_) => {
            let fix = "Write one amount in dollars and cents, such as -1,234.56.";
            return file.refuse("BANK-amount", line, "A row has no readable amount.", fix);
        }
    };
    let texts: Vec<_> = layout.texts.iter().map(|index| cell(Some(*index))).collect();
    let reference = Text::from(cell(layout.reference));
    let number = cell(layout.trace);
    let trace = (!number.is_empty()).then(|| {
        let own = crate::trace::find_trace(&number);
        let payer_identifier = Text::from(cell(layout.payer_identifier));
        let plain = || Trace { number: Text::from(&*number), payer_identifier, ..Trace::default() };
        own.unwrap_or_else(plain)
    });
    file.entries.push(BankEntry {
        bank_gave_reference: !reference.is_empty(),
        reference,
        date,
        amount_cents,
        trace,
        check_number: Text::from(cell(layout.check_number)),
        description: Text::from(texts.join(" ").trim()),
        is_return: amount_cents.is_negative()
            && cell(layout.kind).to_ascii_lowercase().contains("return"),
        line,
    });
}

fn row_amount<'a>(
    cell: &impl Fn(Option<usize>) -> std::borrow::Cow<'a, str>,
    layout: &Layout,
) -> Result<Cents, MoneyError> {
    let signed = cell(layout.amount);
    if !signed.is_empty() {
        return parse_amount(&signed);
    }
    let (credit, debit) = (cell(layout.credit), cell(layout.debit));
    match (credit.is_empty(), debit.is_empty()) {
        (false, true) => parse_amount(&credit),
        (true, false) => parse_amount(&debit).map(|cents| -cents.abs()),
        // Some banks write 0.00 in the column that does not apply.
        (false, false) => match (parse_amount(&credit)?, parse_amount(&debit)?) {
            (credit, Cents::ZERO) => Ok(credit),
            (Cents::ZERO, debit) => Ok(-debit.abs()),
            _ => Err(MoneyError::NotANumber),
        },
        (true, true) => Err(MoneyError::NotANumber),
    }
}

/// An amount as people write it: `$1,234.56`, `(12.00)`, `-7`, `12.00-`.
fn parse_amount(text: &str) -> Result<Cents, MoneyError> {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let trailing = text.strip_suffix('-');
    let negative = inner.is_some() || trailing.is_some();
    let digits: String = inner
        .or(trailing)
        .unwrap_or(text)
        .chars()
        .filter(|c| !matches!(c, '$' | ',') && !c.is_whitespace())
        .collect();
    if negative && digits.starts_with('-')
        || !commas_mark_thousands(inner.or(trailing).unwrap_or(text))
    {
        return Err(MoneyError::NotANumber);
    }
    Cents::parse(&digits).map(|cents| if negative { -cents } else { cents })
}

/// True unless a comma stands for a decimal point (`1.234,56`, `90,00`): read without it the
/// amount would be a hundred times too large.
fn commas_mark_thousands(text: &str) -> bool {
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let is_one_number = !whole.contains(',') || (1..=3).contains(&digits(first));
    is_one_number && groups.all(|group| digits(group) == 3) && !cents.contains([',', '.'])
}

fn parse_date(text: &str) -> Option<Date> {
    let text = text.split(['T', ' ']).next().unwrap_or("");
    if let Some(date) = parse_ccyymmdd(text.as_bytes()) {
        return Some(date);
    }
    let (year, month, day) = if let Some((year, rest)) = text.split_once('-') {
        let (month, day) = rest.split_once('-')?;
        (year, month, day)
    } else {
        let (month, rest) = text.split_once('/')?;
        let (day, year) = rest.split_once('/')?;
        (year, month, day)
    };
    let all = [year, month, day];
    let digits = all.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !digits || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(file: &BankFile) -> String {
        let mut lines: Vec<String> = file
            .entries
            .iter()
            .map(|entry| {
                let trace = entry.trace.as_ref().map_or("-", |trace| trace.number.as_str());
                format!("{} {} {trace} {}", entry.date, entry.amount_cents, entry.reference)
            })
            .collect();
        lines.extend(
            file.findings
                .iter()
                .map(|f| format!("{} at {}", f.code, f.position.segment.unwrap_or(0))),
        );
        lines.join("; ")
    }

    #[test]
    fn columns_come_in_any_order_case_and_separator() {
        for (text, expected) in [
            (
                "Date,Amount,Description,Reference\n\
                 2026-03-31,\"1,234.56\",ACME TRN*1*T1*1512345678~,R1\n",
                "2026-03-31 1234.56 T1 R1",
            ),
            (
                "\u{feff}REFERENCE;amount;POSTING DATE;Trace\r\nR1;$12.5;3/5/2026;T7\r\n",
                "2026-03-05 12.50 T7 R1",
            ),
            (
                "date\tdebit\tcredit\tmemo\n20260331\t5.00\t\tRETURN TRN*1*T1*1~\n\
                 20260331\t0.00\t7\tx",
                "2026-03-31 -5.00 T1 20260331/-5.00/T1/1; 2026-03-31 7.00 - \
                 20260331/7.00/08f0f807b58d5745/1",
            ),
            (
                "date,amount\n2026-03-31,(3.10)\n2026-03-31,3.10\n2026-03-31,3.10\n",
                "2026-03-31 -3.10 - 20260331/-3.10//1; 2026-03-31 3.10 - 20260331/3.10//1; \
                 2026-03-31 3.10 - 20260331/3.10//2",
            ),
        ] {
            assert_eq!(show(&read_bank_csv(text.as_bytes(), &BankColumns::default())), expected);
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_and_the_rest_is_kept() {
        for (text, expected) in [
            ("", "BANK-empty at 1"),
            ("when,how much\n1,2\n", "BANK-csv-columns at 1"),
            (
                "date,amount\n2026-02-30,1\n2026-02-28,2\n",
                "2026-02-28 2.00 - 20260228/2.00//1; BANK-date at 2",
            ),
            ("date,amount\n2026-02-28,1.234\n", "BANK-amount at 2"),
            ("date,amount\n2026-02-28,1000000000000000\n", "BANK-amount-too-large at 2"),
            ("date,amount\n2026-02-28,(-1)\n", "BANK-amount at 2"),
            ("date,amount\n2026-02-28\n", "BANK-amount at 2"),
            ("date,amount,text\n2026-02-28,29.5", "BANK-csv-cut at 2"),
            ("date,amount\n2026-02-28,29.5", "BANK-csv-cut at 2"),
            ("date,amount\n2026-02-28,295", "BANK-csv-cut at 2"),
            ("date,amount\n2026-02-28,29.50", "2026-02-28 29.50 - 20260228/29.50//1"),
            ("date,debit,credit\n2026-02-28,1,1\n", "BANK-amount at 2"),
        ] {
            assert_eq!(show(&read_bank_csv(text.as_bytes(), &BankColumns::default())), expected);
        }
    }

    #[test]
    fn one_day_and_amount_with_another_text_is_another_movement() {
        let references = |rows: &str| -> Vec<String> {
            let text = format!("date,amount,description\n{rows}");
            let file = read_bank_csv(text.as_bytes(), &BankColumns::default());
            file.entries.iter().map(|entry| entry.reference.to_string()).collect()
        };
        let aetna = "2026-07-10,100.00,ACH AETNA CLAIMS\n";
        let cigna = "2026-07-10,100.00,ACH  CIGNA CLAIMS\n";
        let both = references(&format!("{aetna}{cigna}{aetna}"));
        assert_eq!(references(aetna), both[..1]);
        assert_eq!(references("2026-07-10,100.00,ACH CIGNA CLAIMS\n"), both[1..2]);
        assert_eq!(references(&aetna.repeat(2)), [both[0].clone(), both[2].clone()]);
        let unlike: std::collections::BTreeSet<&String> = both.iter().collect();
        assert_eq!(unlike.len(), 3, "{both:?}");
        assert!(both.iter().all(|one| !one.contains("ACH")), "{both:?}");
    }

    #[test]
    fn a_bank_may_have_its_own_column_names() {
        let columns = BankColumns {
            date: "Buchungstag".into(),
            amount: "Betrag USD".into(),
            ..BankColumns::default()
        };
        let file = read_bank_csv(b"betrag usd,buchungstag\n5,2026-01-02\n", &columns);
        assert_eq!(show(&file), "2026-01-02 5.00 - 20260102/5.00//1");
    }

    #[test]
    fn a_decimal_comma_is_refused_not_read_a_hundredfold() {
        for (amount, cents) in [
            ("1,234.56", Some(123_456)),
            ("$12,345,678.00", Some(1_234_567_800)),
            ("(1,000)", Some(-100_000)),
            ("1,000.00-", Some(-100_000)),
            ("-7", Some(-700)),
            ("90,00", None),
            ("1.234,56", None),
            ("1,23,456.00", None),
            (",123", None),
            ("1,234,5", None),
            ("1.2.3", None),
        ] {
            assert_eq!(parse_amount(amount).ok(), cents.map(Cents), "{amount}");
        }
        let european = b"date;amount;description\n2026-03-31;90,00;x\n2026-03-31;7.00;y\n";
        let file = read_bank_csv(european, &BankColumns::default());
        assert_eq!(
            show(&file),
            "2026-03-31 7.00 - 20260331/7.00/08ed9207b58a741c/1; BANK-amount at 2"
        );
    }
}
