//! Reading NACHA files of any entry class: entries, addenda, returns and control totals.

use crate::bai2::parse_yymmdd;
use crate::bank::{BankEntry, BankFile};
use crate::trace::find_trace;
use counterfoil_base::{Cents, Date, Finding, Phi, Position, Text};
use counterfoil_x12::is_routing_number;

/// An addenda record (7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NachaAddenda {
    /// `05` payment related information, `98` notification of change, `99` return.
    pub kind: Text,
    /// Payment related information (05) or addenda information (98, 99).
    pub information: Text,
    /// Return or change code of 98 and 99: `R03`, `C01`.
    pub reason: Text,
    /// Trace number of the original entry (98, 99).
    pub original_trace: Text,
}

/// An entry (6) with its addenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NachaEntry {
    /// 1-based line of the file.
    pub line: u64,
    /// `22` credit to checking, `27` debit, `21` and `26` returns, ...
    pub transaction_code: Text,
    /// Nine digits with the check digit.
    pub routing: Text,
    /// Account of the receiver.
    pub account: Phi<Text>,
    /// As written, never negative.
    pub amount_cents: Cents,
    /// Identifier of the receiver.
    pub receiver_id: Text,
    /// Name of the receiver.
    pub receiver_name: Phi<Text>,
    /// Fifteen digits.
    pub trace_number: Text,
    /// Addenda in their order.
    pub addenda: Vec<NachaAddenda>,
}

impl NachaEntry {
    /// True when it credits the receiver: second digit 0 to 4 of the transaction code.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        matches!(self.transaction_code.as_bytes(), [_, b'0'..=b'4'])
    }

    /// The return addenda (99) when the entry is a return.
    #[must_use]
    pub fn return_addenda(&self) -> Option<&NachaAddenda> {
        self.addenda.iter().find(|addenda| addenda.kind == "99")
    }
}

/// A batch (5 to 8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NachaBatch {
    /// Company name.
    pub company_name: Text,
    /// Company identification.
    pub company_id: Text,
    /// Standard entry class: `CCD`, `PPD`, ...
    pub entry_class: Text,
    /// Company entry description: `HCCLAIMPMT` for health care payments.
    pub description: Text,
    /// Effective entry date.
    pub effective_date: Option<Date>,
    /// Entries in their order.
    pub entries: Vec<NachaEntry>,
}

/// A NACHA file as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NachaFile {
    /// Batches in their order.
    pub batches: Vec<NachaBatch>,
    /// What a person must know about the file.
    pub findings: Vec<Finding>,
    /// True when the file as a whole cannot be trusted: it is cut, or its control records are
    /// not what was read.
    pub is_refused: bool,
}

impl NachaFile {
    /// The entries as movements on the receivers' accounts; a return moves the other way. There
    /// are none when the file is refused as a whole.
    #[must_use]
    pub fn bank_file(&self) -> BankFile {
        let (findings, is_refused) = (self.findings.clone(), self.is_refused);
        let mut file = BankFile { findings, is_refused, entries: Vec::new() };
        for batch in &self.batches {
            for entry in &batch.entries {
                let Some(date) = batch.effective_date else {
                    let fix = "Ask the bank for the effective entry date of the batch.";
                    let message = "A batch has no readable effective date.";
                    file.refuse("ACH-date", entry.line, message, fix);
                    break;
                };
                let is_return = entry.return_addenda().is_some();
                let into = entry.is_credit() != is_return;
                let amount = entry.amount_cents;
                let information = entry.addenda.iter().map(|addenda| addenda.information.as_str());
                let text = information.collect::<Vec<_>>().join(" ");
                file.entries.push(BankEntry {
                    reference: entry.trace_number.clone(),
                    bank_gave_reference: !entry.trace_number.is_empty(),
                    date,
                    amount_cents: if into { amount } else { -amount },
                    trace: find_trace(&text),
                    check_number: Text::default(),
                    description: Text::from(format!("{} {text}", batch.company_name)),
                    is_return,
                    line: entry.line,
                });
            }
        }
        file.finish()
    }
}

/// Counts, hash and totals of a batch or file, to be compared with its control record.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Control {
    records: i128,
    hash: i128,
    debit_cents: i128,
    credit_cents: i128,
}

/// Reads a NACHA file: records of 94 characters, with or without line ends.
///
/// Checks the order of records, the check digit of each routing number, the addenda indicator,
/// and the counts, hashes and totals of records 8 and 9. What cannot be read is named; where the
/// file is cut, out of order, or not what its control records say, it is refused as a whole.
#[must_use]
pub fn read_nacha(bytes: &[u8]) -> NachaFile {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut reader = Reader::default();
    let one_line = text.trim_end().lines().count() == 1 && text.trim_end().len() > 94;
    let mut number = 0;
    if one_line {
        let characters: Vec<char> = text.trim_end().chars().collect();
        for chunk in characters.chunks(94) {
            number += 1;
            reader.take(number, chunk);
        }
    } else {
        for line in text.lines() {
            number += 1;
            let characters: Vec<char> = line.chars().collect();
            if !line.trim().is_empty() {
                reader.take(number, &characters);
            }
        }
    }
    if !reader.closed {
        let fix = "Fetch the file again; its end is missing.";
        reader.refuse_whole(
            "ACH-truncated",
            number,
            "The file control record (9) is missing.",
            fix,
        );
    }
    reader.file
}

#[derive(Default)]
struct Reader {
    file: NachaFile,
    open_batch: bool,
    batch: Control,
    whole: Control,
    batch_count: i128,
    records: u64,
    closed: bool,
    expects_addenda: bool,
}

/// The characters of a field by 1-based columns, trimmed.
fn field(record: &[char], from: usize, to: usize) -> String {
    let cut = record.get(from - 1..to.min(record.len())).unwrap_or(&[]);
    cut.iter().collect::<String>().trim().to_owned()
}

fn number(record: &[char], from: usize, to: usize) -> Option<i128> {
    let text = field(record, from, to);
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

impl Reader {
    /// As [`Reader::refuse`], for a defect after which nothing of the file may be booked.
    fn refuse_whole(&mut self, code: &'static str, line: u64, message: &str, fix: &str) {
        self.file.is_refused = true;
        self.refuse(code, line, message, fix);
    }

    fn refuse(&mut self, code: &'static str, line: u64, message: &str, fix: &str) {
        let position = Position { segment: Some(line), ..Position::default() };
        self.file.findings.push(
            Finding::error(code, 1, message)
                .at(position)
                .because("The file does not say what the NACHA format requires here.")
                .fix(fix),
        );
    }

    fn take(&mut self, line: u64, record: &[char]) {
        if self.closed {
            if record.iter().any(|c| *c != '9') {
                let fix = "Fetch the file again; only fill may follow its control record.";
                self.refuse_whole("ACH-after-end", line, "A record follows the file control.", fix);
            }
            return;
        }
        self.records += 1;
        if record.len() != 94 {
            let message = format!("The record has {} characters instead of 94.", record.len());
            let fix = "Fetch the file again without changing its lines.";
            self.refuse("ACH-record-length", line, &message, fix);
            // Some programs drop the blanks at the end of records 1 and 9; the others end with
            // a number, so that a short one is cut.
            self.file.is_refused |= matches!(record.first(), Some('5'..='8'));
        }
        match record.first() {
            Some('1') => {}
            Some('5') => self.batch_header(line, record),
            Some('6') => self.entry(line, record),
            Some('7') => self.addenda(line, record),
            Some('8') => self.batch_control(line, record),
            Some('9') => self.file_control(line, record),
            _ => {
                let fix = "Check that this is a NACHA file.";
                self.refuse_whole("ACH-record-type", line, "The record has no known type.", fix);
            }
        }
    }

    fn batch_header(&mut self, line: u64, record: &[char]) {
        if self.open_batch {
            let fix = "Fetch the file again; a batch control record is missing.";
            self.refuse_whole("ACH-order", line, "A batch starts inside a batch.", fix);
        }
        self.open_batch = true;
        self.batch = Control::default();
        self.batch_count += 1;
        self.file.batches.push(NachaBatch {
            company_name: Text::from(field(record, 5, 20)),
            company_id: Text::from(field(record, 41, 50)),
            entry_class: Text::from(field(record, 51, 53)),
            description: Text::from(field(record, 54, 63)),
            effective_date: parse_yymmdd(&field(record, 70, 75)),
            entries: Vec::new(),
        });
    }

    fn entry(&mut self, line: u64, record: &[char]) {
        self.addenda_missing(line);
        let routing = field(record, 4, 12);
        let amount = number(record, 30, 39).and_then(|cents| i64::try_from(cents).ok());
        let (Some(amount), true) = (amount, self.open_batch) else {
            let fix = "Fetch the file again, or enter this payment by hand.";
            let message = "An entry has no readable amount or stands outside a batch.";
            return self.refuse_whole("ACH-entry", line, message, fix);
        };
        if !is_routing_number(routing.as_bytes()) {
            let fix = "Fetch the file again; a digit of the routing number is wrong.";
            self.refuse("ACH-routing", line, "The check digit of an entry is wrong.", fix);
        }
        let entry = NachaEntry {
            line,
            transaction_code: Text::from(field(record, 2, 3)),
            routing: Text::from(routing),
            account: Phi::new(Text::from(field(record, 13, 29))),
            amount_cents: Cents(amount),
            receiver_id: Text::from(field(record, 40, 54)),
            receiver_name: Phi::new(Text::from(field(record, 55, 76))),
            trace_number: Text::from(field(record, 80, 94)),
            addenda: Vec::new(),
        };
        self.batch.records += 1;
        self.batch.hash += number(record, 4, 11).unwrap_or(0);
        if entry.is_credit() {
            self.batch.credit_cents += i128::from(amount);
        } else {
            self.batch.debit_cents += i128::from(amount);
        }
        self.expects_addenda = record.get(78) == Some(&'1');
        if let Some(batch) = self.file.batches.last_mut() {
            batch.entries.push(entry);
        }
    }

    fn addenda_missing(&mut self, line: u64) {
        if std::mem::take(&mut self.expects_addenda) {
            let fix = "Ask the bank to pass on the addenda records.";
            self.refuse("ACH-addenda", line, "An entry's addenda record is missing.", fix);
        }
    }

    fn addenda(&mut self, line: u64, record: &[char]) {
        self.expects_addenda = false;
        self.batch.records += 1;
        let kind = field(record, 2, 3);
        let addenda = if matches!(kind.as_str(), "98" | "99") {
            NachaAddenda {
                reason: Text::from(field(record, 4, 6)),
                original_trace: Text::from(field(record, 7, 21)),
                information: Text::from(field(record, 36, 79)),
                kind: Text::from(kind),
            }
        } else {
            let information = Text::from(field(record, 4, 83));
            NachaAddenda { kind: Text::from(kind), information, ..NachaAddenda::default() }
        };
        let batch = self.file.batches.last_mut().filter(|_| self.open_batch);
        match batch.and_then(|batch| batch.entries.last_mut()) {
            Some(entry) => entry.addenda.push(addenda),
            None => {
                let fix = "Fetch the file again; an entry is missing.";
                self.refuse_whole("ACH-order", line, "An addenda record has no entry.", fix);
            }
        }
    }

    fn batch_control(&mut self, line: u64, record: &[char]) {
        self.addenda_missing(line);
        if !std::mem::take(&mut self.open_batch) {
            let fix = "Fetch the file again; a batch header record is missing.";
            return self.refuse_whole("ACH-order", line, "A batch ends that did not start.", fix);
        }
        let stated = [(5, 10), (11, 20), (21, 32), (33, 44)];
        self.compare(line, record, stated, self.batch);
        self.whole.records += self.batch.records;
        self.whole.hash += self.batch.hash;
        self.whole.debit_cents += self.batch.debit_cents;
        self.whole.credit_cents += self.batch.credit_cents;
    }

    fn file_control(&mut self, line: u64, record: &[char]) {
        self.closed = true;
        if std::mem::take(&mut self.open_batch) {
            let fix = "Fetch the file again; a batch control record is missing.";
            self.refuse_whole("ACH-order", line, "The file ends inside a batch.", fix);
        }
        if number(record, 2, 7) != Some(self.batch_count) {
            let fix = "Fetch the file again; a batch is missing or stands twice.";
            self.refuse_whole(
                "ACH-control",
                line,
                "The number of batches is not what was read.",
                fix,
            );
        }
        if number(record, 8, 13) != Some(i128::from(self.records.div_ceil(10))) {
            let fix = "Fetch the file again; records are missing.";
            self.refuse_whole(
                "ACH-control",
                line,
                "The number of blocks is not what was read.",
                fix,
            );
        }
        let stated = [(14, 21), (22, 31), (32, 43), (44, 55)];
        self.compare(line, record, stated, self.whole);
    }

    fn compare(
        &mut self,
        line: u64,
        record: &[char],
        columns: [(usize, usize); 4],
        control: Control,
    ) {
        // The entry hash keeps its ten rightmost digits.
        let read = [
            (control.records, "number of entries and addenda"),
            (control.hash % 10_000_000_000, "entry hash"),
            (control.debit_cents, "total of debits"),
            (control.credit_cents, "total of credits"),
        ];
        for ((from, to), (value, what)) in columns.into_iter().zip(read) {
            if number(record, from, to) != Some(value) {
                let message = format!("The {what} is not what was read.");
                let fix = "Fetch the file again; entries may be missing or altered.";
                self.refuse_whole("ACH-control", line, &message, fix);
            }
        }
    }
}
