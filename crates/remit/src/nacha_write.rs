//! CCD+ credit files in the NACHA format: one addenda record with the TRN segment a payment.

use crate::trace::Trace;
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::RemittanceAdvice;
use counterfoil_x12::is_routing_number;
use std::collections::BTreeMap;

/// Who sends the file and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcdOrigin {
    /// Routing number of the bank that receives the file.
    pub destination_routing: Text,
    /// Name of that bank.
    pub destination_name: Text,
    /// Identifier of the sender of the file: ten characters, or a routing number.
    pub origin_id: Text,
    /// Name of the sender.
    pub origin_name: Text,
    /// Name of the payer as the payee's statement shows it.
    pub company_name: Text,
    /// Identifier of the payer: `1` and its tax number, as in TRN03.
    pub company_id: Text,
    /// Routing number of the payer's bank.
    pub originating_routing: Text,
    /// Day on which the file is made.
    pub file_date: Date,
    /// Hour and minute at which the file is made.
    pub file_time: (u8, u8),
    /// `A` to `Z` or `0` to `9`, to tell files of one day apart.
    pub file_id_modifier: char,
}

/// One payment to one payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcdPayment {
    /// BPR02.
    pub amount_cents: Cents,
    /// BPR16.
    pub effective_date: Date,
    /// TRN02 to TRN04.
    pub trace: Trace,
    /// BPR13: routing number of the payee's bank.
    pub payee_routing: Text,
    /// BPR15: account of the payee.
    pub payee_account: Text,
    /// True for a savings account (BPR14 `SG`).
    pub to_savings: bool,
    /// Identifier of the payee, up to fifteen characters.
    pub payee_id: Text,
    /// Name of the payee.
    pub payee_name: Text,
}

impl CcdPayment {
    /// The payment that an 835 announces; nothing when it is not paid by ACH or has no date.
    #[must_use]
    pub fn of(advice: &RemittanceAdvice) -> Option<CcdPayment> {
        let payment = &advice.payment;
        if payment.method != "ACH" || payment.amount_cents <= Cents::ZERO {
            return None;
        }
        Some(CcdPayment {
            amount_cents: payment.amount_cents,
            effective_date: payment.effective_date?,
            trace: Trace {
                number: payment.trace_number.clone(),
                payer_identifier: payment.payer_identifier.clone(),
                supplement: payment.originator_supplement.clone(),
            },
            payee_routing: payment.payee_routing.clone(),
            payee_account: payment.payee_account.clone(),
            to_savings: false,
            payee_id: advice.payee.id.clone(),
            payee_name: advice.payee.name.clone(),
        })
    }
}

/// Largest amount of an entry: ten digits of cents.
const ENTRY_CENTS_MAX: i64 = 9_999_999_999;
/// Largest total of a batch or file: twelve digits of cents.
const TOTAL_CENTS_MAX: i128 = 999_999_999_999;
/// Payment related information of an addenda record holds 80 characters.
const ADDENDA_LENGTH: usize = 80;

/// Writes a file of CCD+ credits, one batch for each effective date, in the order given.
///
/// Records have 94 characters and end with a line feed; the file is filled with nines to a
/// multiple of ten records (NACHA Operating Rules, appendix three). Each entry's amount is BPR02,
/// the batch's effective entry date BPR16, and its addenda the TRN segment (CORE 370). The
/// entry description is `HCCLAIMPMT`.
///
/// # Errors
/// Findings for numbers, amounts or traces that the format cannot carry; no file is made then.
pub fn write_ccd_plus(origin: &CcdOrigin, payments: &[CcdPayment]) -> Result<String, Vec<Finding>> {
    let mut findings = Vec::new();
    check_origin(origin, &mut findings);
    payments.iter().for_each(|payment| check_payment(payment, &mut findings));
    let total: i128 = payments.iter().map(|payment| i128::from(payment.amount_cents.0)).sum();
    if total > TOTAL_CENTS_MAX {
        let message = format!("{} payments add up to more than a file can carry.", payments.len());
        findings.push(refusal("ACH-total-too-large", &message, "Write several files."));
    }
    if payments.len() > 999_999 {
        let message = format!("{} payments are more than a batch can count.", payments.len());
        findings.push(refusal("ACH-too-many-entries", &message, "Write several files."));
    }
    if payments.is_empty() {
        findings.push(refusal("ACH-nothing-to-pay", "There is no payment.", "Send no file."));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Writer { origin, out: String::new(), records: 0 }.file(payments))
}

fn refusal(code: &'static str, message: &str, fix: &str) -> Finding {
    Finding::error(code, 7, message)
        .because("The bank refuses a file that the NACHA format does not allow.")
        .fix(fix)
}

fn check_origin(origin: &CcdOrigin, findings: &mut Vec<Finding>) {
    for routing in [&origin.destination_routing, &origin.originating_routing] {
        if !is_routing_number(routing.as_bytes()) {
            let message = "A routing number of the sender's side is not valid.";
            findings.push(refusal("ACH-routing", message, "Correct the nine-digit number."));
        }
    }
    let modifier = origin.file_id_modifier;
    if !modifier.is_ascii_uppercase() && !modifier.is_ascii_digit() {
        let message = "The file id modifier is neither a capital letter nor a digit.";
        findings.push(refusal("ACH-modifier", message, "Use A for the first file of a day."));
    }
    let (hour, minute) = origin.file_time;
    if hour > 23 || minute > 59 {
        let message = "The file's time is not a time of day.";
        findings.push(refusal("ACH-time", message, "Give hour and minute."));
    }
    if origin.company_id.is_empty() || origin.company_id.len() > 10 {
        let message = "The company identifier does not fit ten characters.";
        findings.push(refusal("ACH-company", message, "Use 1 and the nine-digit tax number."));
    }
}

fn check_payment(payment: &CcdPayment, findings: &mut Vec<Finding>) {
    let trace = &payment.trace.number;
    if !is_routing_number(payment.payee_routing.as_bytes()) {
        let message = format!("The payee's routing number of payment {trace} is not valid.");
        findings.push(refusal("ACH-routing", &message, "Correct the payee's enrolment."));
    }
    let account = &payment.payee_account;
    if account.is_empty() || account.len() > 17 || !account.is_ascii() {
        let message = format!("The payee's account of payment {trace} does not fit.");
        findings.push(refusal("ACH-account", &message, "Correct the payee's enrolment."));
    }
    if !(1..=ENTRY_CENTS_MAX).contains(&payment.amount_cents.0) {
        let message = format!("Payment {trace} has an amount that an entry cannot carry.");
        findings.push(refusal("ACH-amount", &message, "Pay between 0.01 and 99,999,999.99."));
    }
    let segment = payment.trace.segment();
    let whole = !trace.is_empty() && !payment.trace.payer_identifier.is_empty();
    let clean = segment.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let one = crate::trace::find_trace(&segment).as_ref() == Some(&payment.trace);
    if !whole || !clean || !one || segment.len() > ADDENDA_LENGTH {
        let message = "The trace of a payment does not fit the addenda record.";
        let fix = "Use a trace number of at most 50 letters and digits, and a payer identifier.";
        findings.push(refusal("ACH-trace", message, fix));
    }
}

struct Writer<'a> {
    origin: &'a CcdOrigin,
    out: String,
    records: usize,
}

/// Entry count, hash and total of a batch or file.
#[derive(Clone, Copy, Default)]
struct Totals {
    records: usize,
    hash: u64,
    cents: i128,
}

impl Writer<'_> {
    fn file(mut self, payments: &[CcdPayment]) -> String {
        let mut batches: BTreeMap<Date, Vec<&CcdPayment>> = BTreeMap::new();
        for payment in payments {
            batches.entry(payment.effective_date).or_default().push(payment);
        }
        let origin = self.origin;
        let (hour, minute) = origin.file_time;
        let header = format!(
            "101 {}{}{}{hour:02}{minute:02}{}094101{}{}{}",
            left(&origin.destination_routing, 9),
            right(&origin.origin_id, 10),
            yymmdd(origin.file_date),
            origin.file_id_modifier,
            left(&origin.destination_name, 23),
            left(&origin.origin_name, 23),
            left("", 8),
        );
        self.record(&header);
        let mut totals = Totals::default();
        let mut sequence = 0u32;
        for (index, (date, payments)) in batches.iter().enumerate() {
            let batch = self.batch(index + 1, *date, payments, &mut sequence);
            totals.records += batch.records;
            totals.hash += batch.hash;
            totals.cents += batch.cents;
        }
        let blocks = (self.records + 1).div_ceil(10);
        let control = format!(
            "9{:06}{blocks:06}{:08}{:010}{:012}{:012}{}",
            batches.len(),
            totals.records,
            totals.hash % 10_000_000_000,
            0,
            totals.cents,
            left("", 39),
        );
        self.record(&control);
        while !self.records.is_multiple_of(10) {
            self.record(&"9".repeat(94));
        }
        self.out
    }

    fn batch(
        &mut self,
        number: usize,
        date: Date,
        payments: &[&CcdPayment],
        sequence: &mut u32,
    ) -> Totals {
        let origin = self.origin;
        let bank = left(&origin.originating_routing, 8);
        let header = format!(
            "5220{}{}{}CCDHCCLAIMPMT{}{}   1{bank}{number:07}",
            left(&origin.company_name, 16),
            left("", 20),
            left(&origin.company_id, 10),
            left("", 6),
            yymmdd(date),
        );
        self.record(&header);
        let mut totals = Totals::default();
        for payment in payments {
            *sequence += 1;
            self.entry(payment, &bank, *sequence);
            let routing = payment.payee_routing.get(..8).and_then(|text| text.parse::<u64>().ok());
            totals.hash += routing.unwrap_or(0);
            totals.cents += i128::from(payment.amount_cents.0);
            totals.records += 2;
        }
        let control = format!(
            "8220{:06}{:010}{:012}{:012}{}{}{bank}{number:07}",
            totals.records,
            totals.hash % 10_000_000_000,
            0,
            totals.cents,
            left(&origin.company_id, 10),
            left("", 25),
        );
        self.record(&control);
        totals
    }

    fn entry(&mut self, payment: &CcdPayment, bank: &str, sequence: u32) {
        // 22 credits a checking account, 32 a savings account.
        let code = if payment.to_savings { "32" } else { "22" };
        let entry = format!(
            "6{code}{}{}{:010}{}{}  1{bank}{sequence:07}",
            left(&payment.payee_routing, 9),
            left(&payment.payee_account, 17),
            payment.amount_cents.0,
            left(&payment.payee_id, 15),
            left(&payment.payee_name, 22),
        );
        self.record(&entry);
        let addenda =
            format!("705{}0001{sequence:07}", left(&payment.trace.segment(), ADDENDA_LENGTH));
        self.record(&addenda);
    }

    fn record(&mut self, record: &str) {
        debug_assert_eq!(record.len(), 94, "{record}");
        self.out.push_str(record);
        self.out.push('\n');
        self.records += 1;
    }
}

/// The text in a field of `width`, padded with blanks on the right; what the format does not
/// carry (other than printable ASCII) becomes a blank.
fn left(text: &str, width: usize) -> String {
    let plain = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { ' ' });
    let cut: String = plain.take(width).collect();
    format!("{cut:<width$}")
}

fn right(text: &str, width: usize) -> String {
    format!("{:>width$}", left(text, width).trim_end())
}

fn yymmdd(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nacha_read::read_nacha;

    fn origin() -> CcdOrigin {
        CcdOrigin {
            destination_routing: Text::const_new("031300012"),
            destination_name: Text::const_new("Federal Reserve Bank"),
            origin_id: Text::const_new("231380104"),
            origin_name: Text::const_new("Our Bank"),
            company_name: Text::const_new("ACME HEALTH PLAN"),
            company_id: Text::const_new("1512345678"),
            originating_routing: Text::const_new("231380104"),
            file_date: Date::new(2026, 3, 30).unwrap(),
            file_time: (9, 5),
            file_id_modifier: 'A',
        }
    }

    fn payment(number: &'static str, cents: i64, day: i8) -> CcdPayment {
        CcdPayment {
            amount_cents: Cents(cents),
            effective_date: Date::new(2026, 3, day).unwrap(),
            trace: Trace {
                number: Text::const_new(number),
                payer_identifier: Text::const_new("1512345678"),
                supplement: Text::default(),
            },
            payee_routing: Text::const_new("121042882"),
            payee_account: Text::const_new("744-5678-99"),
            to_savings: false,
            payee_id: Text::const_new("1999999984"),
            payee_name: Text::const_new("Río Clinic of the whole wide valley"),
        }
    }

    #[test]
    fn a_file_is_written_as_banks_read_it() {
        let payments = [payment("T1", 123_456, 31), payment("T2", 1, 31)];
        let file = write_ccd_plus(&origin(), &payments).unwrap();
        // Blanks are shown as points, so that the columns can be counted.
        insta::assert_snapshot!(file.replace(' ', "."), @r"
    101.031300012.2313801042603300905A094101Federal.Reserve.Bank...Our.Bank.......................
    5220ACME.HEALTH.PLAN....................1512345678CCDHCCLAIMPMT......260331...1231380100000001
    622121042882744-5678-99......00001234561999999984.....R.o.Clinic.of.the.whol..1231380100000001
    705TRN*1*T1*1512345678~............................................................00010000001
    622121042882744-5678-99......00000000011999999984.....R.o.Clinic.of.the.whol..1231380100000002
    705TRN*1*T2*1512345678~............................................................00010000002
    822000000400242085760000000000000000001234571512345678.........................231380100000001
    9000001000001000000040024208576000000000000000000123457.......................................
    9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999
    9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999
    ");
    }

    #[test]
    fn what_is_written_is_read_back_to_the_cent() {
        let payments: Vec<CcdPayment> = (0..25)
            .map(|i| CcdPayment { amount_cents: Cents(1 + i * 7_919), ..payment("T1", 1, 27) })
            .chain([payment("LAST", 9_999_999_999, 28)])
            .collect();
        let file = write_ccd_plus(&origin(), &payments).unwrap();
        assert!(file.lines().all(|line| line.len() == 94));
        assert_eq!(file.lines().count() % 10, 0);
        for text in [file.clone(), file.replace('\n', "\r\n"), file.replace('\n', "")] {
            let read = read_nacha(text.as_bytes());
            assert_eq!(read.findings, []);
            let entries = read.bank_file().entries;
            assert_eq!(entries.len(), payments.len());
            for (entry, payment) in entries.iter().zip(&payments) {
                assert_eq!(entry.amount_cents, payment.amount_cents);
                assert_eq!(entry.date, payment.effective_date);
                assert_eq!(entry.trace.as_ref(), Some(&payment.trace));
                assert!(!entry.is_return);
            }
        }
    }

    #[test]
    fn what_the_format_cannot_carry_is_refused() {
        type Damage = fn(&mut CcdOrigin, &mut CcdPayment);
        let cases: [(Damage, &str); 11] = [
            (|_, p| p.payee_routing = Text::const_new("121042883"), "ACH-routing"),
            (|o, _| o.originating_routing = Text::const_new("1"), "ACH-routing"),
            (|_, p| p.payee_account = Text::const_new("123456789012345678"), "ACH-account"),
            (|_, p| p.payee_account = Text::default(), "ACH-account"),
            (|_, p| p.amount_cents = Cents(10_000_000_000), "ACH-amount"),
            (|_, p| p.amount_cents = Cents(0), "ACH-amount"),
            (|_, p| p.amount_cents = Cents(-5), "ACH-amount"),
            (|_, p| p.trace.number = Text::const_new("A*B"), "ACH-trace"),
            (|_, p| p.trace.number = Text::from("9".repeat(70)), "ACH-trace"),
            (|o, _| o.file_id_modifier = 'a', "ACH-modifier"),
            (|o, _| o.file_time = (24, 0), "ACH-time"),
        ];
        for (damage, expected) in cases {
            let (mut origin, mut payment) = (origin(), payment("T1", 100, 31));
            damage(&mut origin, &mut payment);
            let findings = write_ccd_plus(&origin, &[payment]).unwrap_err();
            assert_eq!(findings[0].code, expected);
        }
        assert_eq!(write_ccd_plus(&origin(), &[]).unwrap_err()[0].code, "ACH-nothing-to-pay");
    }
}
