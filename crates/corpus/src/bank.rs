//! Bank files (CSV and BAI2) for given payments, with disturbances and their truth.

use crate::random::Random;
use crate::world::TOPIC_BANK;
use counterfoil_base::{Cents, Date, add_days, format_ccyymmdd, split_largest_remainder};
use std::io::Write;

/// A payment that an 835 announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// TRN02.
    pub trace: String,
    /// TRN03, the payer's identifier.
    pub payer: String,
    /// BPR02.
    pub amount: Cents,
    /// BPR16.
    pub on: Date,
}

/// How often each disturbance strikes, in ten-thousandths of the payments.
#[derive(Clone, Copy, Debug)]
pub struct BankConfig {
    /// Chooses which payments are disturbed.
    pub seed: u64,
    /// Entries that come without a trace number.
    pub lost_trace: u64,
    /// Entries with another amount.
    pub wrong_amount: u64,
    /// Payments that come in two or three entries.
    pub split: u64,
    /// Entries that are listed twice.
    pub duplicate: u64,
    /// Payments that the bank takes back the day after.
    pub returned: u64,
    /// Entries of another month that no payment explains, beside the right ones.
    pub other_month: u64,
}

/// What happened to a payment on its way through the bank file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disturbance {
    /// Nothing.
    None,
    /// Listed without its trace number; amount, day and payer are right.
    LostTrace,
    /// Listed with another amount.
    WrongAmount,
    /// Listed in parts that share the trace and add up.
    Split,
    /// Listed twice.
    Duplicate,
    /// Listed, and taken back the day after.
    Returned,
    /// Listed, and beside it stands an entry of two months before that nothing explains.
    OtherMonth,
}

impl Disturbance {
    /// The word in truth files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Disturbance::None => "none",
            Disturbance::LostTrace => "lost-trace",
            Disturbance::WrongAmount => "wrong-amount",
            Disturbance::Split => "split",
            Disturbance::Duplicate => "duplicate",
            Disturbance::Returned => "returned",
            Disturbance::OtherMonth => "other-month",
        }
    }
}

/// What is true of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankTruth {
    /// TRN02.
    pub trace: String,
    /// What happened to it.
    pub disturbance: Disturbance,
    /// What the 835 announces.
    pub announced: Cents,
    /// What the bank file holds for it in the end, returns taken off and duplicates counted.
    pub booked: Cents,
    /// Lines of the bank file that belong to it.
    pub entries: u32,
}

impl BankTruth {
    /// First line of a truth file.
    pub const HEADER: &'static str = "trace,disturbance,announced,booked,entries\n";

    /// Appends the payment as a line of a truth file.
    pub fn write_csv(&self, out: &mut Vec<u8>) {
        let (word, announced) = (self.disturbance.word(), self.announced);
        writeln!(out, "{},{word},{announced},{},{}", self.trace, self.booked, self.entries)
            .expect("writing to memory does not fail");
    }
}

/// The same entries in two formats, and what is true of each payment.
#[derive(Clone, Debug, Default)]
pub struct BankFiles {
    /// `date,amount,description,reference`.
    pub csv: Vec<u8>,
    /// Cash Management Balance Reporting, version 2.
    pub bai2: Vec<u8>,
    /// One for each payment, in its order.
    pub truths: Vec<BankTruth>,
}

struct Entry {
    on: Date,
    amount: Cents,
    text: String,
}

/// Writes the bank files in which the payments arrive; `made_on` is the day of the files.
#[must_use]
pub fn bank_files(payments: &[Payment], config: BankConfig, made_on: Date) -> BankFiles {
    let mut files = BankFiles::default();
    let mut entries = Vec::with_capacity(payments.len() + payments.len() / 32);
    for (index, payment) in payments.iter().enumerate() {
        let mut random = Random::of(config.seed, TOPIC_BANK, index as u64);
        let disturbance = config.choose(&mut random, payment.amount);
        let first = entries.len();
        enter(payment, disturbance, &mut random, &mut entries);
        let own = &entries[first..];
        let strange = u32::from(disturbance == Disturbance::OtherMonth);
        let all: Cents = own.iter().map(|entry| entry.amount).sum();
        let booked = if strange == 1 { payment.amount } else { all };
        files.truths.push(BankTruth {
            trace: payment.trace.clone(),
            disturbance,
            announced: payment.amount,
            booked,
            entries: own.len() as u32 - strange,
        });
    }
    // A bank lists by day; the order within a day is that of the payments.
    entries.sort_by_key(|entry| entry.on);
    files.csv = write_csv(&entries);
    files.bai2 = write_bai2(&entries, made_on);
    files
}

impl BankConfig {
    fn choose(&self, random: &mut Random, amount: Cents) -> Disturbance {
        let mut draw = random.below(10_000);
        // A payment of a few dollars cannot be split or changed and stay positive.
        if amount < Cents(1_000) {
            return Disturbance::None;
        }
        for (share, disturbance) in [
            (self.lost_trace, Disturbance::LostTrace),
            (self.wrong_amount, Disturbance::WrongAmount),
            (self.split, Disturbance::Split),
            (self.duplicate, Disturbance::Duplicate),
            (self.returned, Disturbance::Returned),
            (self.other_month, Disturbance::OtherMonth),
        ] {
            if draw < share {
                return disturbance;
            }
            draw -= share;
        }
        Disturbance::None
    }
}

fn enter(payment: &Payment, kind: Disturbance, random: &mut Random, entries: &mut Vec<Entry>) {
    let trace = format!("HCCLAIMPMT TRN*1*{}*{}", payment.trace, payment.payer);
    let mut book = |on: Date, amount: Cents, text: &str| {
        entries.push(Entry { on, amount, text: text.to_owned() });
    };
    match kind {
        Disturbance::None => book(payment.on, payment.amount, &trace),
        Disturbance::LostTrace => {
            book(payment.on, payment.amount, &format!("HCCLAIMPMT {}", payment.payer));
        }
        Disturbance::WrongAmount => {
            let difference = Cents(random.between(1, 500));
            let less = random.chance(1, 2);
            let changed =
                if less { payment.amount - difference } else { payment.amount + difference };
            book(payment.on, changed, &trace);
        }
        Disturbance::Split => {
            let weights = &[3, 2, 1][..2 + random.below(2) as usize];
            for part in split_largest_remainder(payment.amount, weights) {
                book(payment.on, part, &trace);
            }
        }
        Disturbance::Duplicate => {
            book(payment.on, payment.amount, &trace);
            book(payment.on, payment.amount, &trace);
        }
        Disturbance::Returned => {
            book(payment.on, payment.amount, &trace);
            let after = add_days(payment.on, 1).unwrap_or(payment.on);
            book(after, -payment.amount, &format!("RETURN {trace}"));
        }
        Disturbance::OtherMonth => {
            book(payment.on, payment.amount, &trace);
            let before = add_days(payment.on, -61).unwrap_or(payment.on);
            let strange = format!("HCCLAIMPMT TRN*1*OLD{}*{}", payment.trace, payment.payer);
            book(before, Cents(random.between(1_000, 90_000)), &strange);
        }
    }
}

fn write_csv(entries: &[Entry]) -> Vec<u8> {
    let mut out = b"date,amount,description,reference\n".to_vec();
    for (index, entry) in entries.iter().enumerate() {
        writeln!(out, "{},{},{},BK{:08}", entry.on, entry.amount, entry.text, index + 1)
            .expect("writing to memory does not fail");
    }
    out
}

/// Records 01 to 99, a group for each day, as banks report the day before. The control totals
/// sum the amounts of 03 and 16 without the signs of returns.
fn write_bai2(entries: &[Entry], made_on: Date) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, format!("01,FIRSTBANK,FXPROVIDER,{},0500,1,,,2", yymmdd(made_on)));
    let (mut total, mut groups, mut records, mut listed) = (0, 0, 2, 0);
    for day in entries.chunk_by(|left, right| left.on == right.on) {
        total += write_day(&mut out, day, listed);
        groups += 1;
        records += day.len() + 4;
        listed += day.len();
    }
    put(&mut out, format!("99,{total},{groups},{records}"));
    out
}

/// One group with one account; returns its control total in cents.
fn write_day(out: &mut Vec<u8>, day: &[Entry], listed: usize) -> i64 {
    let Some(first) = day.first() else { return 0 };
    let closing: Cents = day.iter().map(|entry| entry.amount).sum();
    let mut total = closing.0;
    put(out, format!("02,FXPROVIDER,FIRSTBANK,1,{},0500,USD,2", yymmdd(first.on)));
    put(out, format!("03,654321,USD,015,{},,", closing.0));
    for (index, entry) in day.iter().enumerate() {
        // 142 ACH credit received, 555 returned item.
        let kind = if entry.amount.is_negative() { 555 } else { 142 };
        let amount = entry.amount.abs().0;
        total += amount;
        let (number, text) = (listed + index + 1, &entry.text);
        put(out, format!("16,{kind},{amount},,BK{number:08},,{text}"));
    }
    let records = day.len() + 2;
    put(out, format!("49,{total},{records}"));
    put(out, format!("98,{total},1,{}", records + 2));
    total
}

fn put(out: &mut Vec<u8>, line: String) {
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"/\n");
}

fn yymmdd(day: Date) -> String {
    format_ccyymmdd(day)[2..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payments(count: usize) -> Vec<Payment> {
        let payment = |index: usize| Payment {
            trace: format!("T{index:06}"),
            payer: "1840000001".to_owned(),
            amount: Cents(10_000 + index as i64 * 7),
            on: Date::constant(2025, 7, 10),
        };
        (0..count).map(payment).collect()
    }

    fn config() -> BankConfig {
        BankConfig {
            seed: 3,
            lost_trace: 100,
            wrong_amount: 100,
            split: 100,
            duplicate: 50,
            returned: 50,
            other_month: 50,
        }
    }

    #[test]
    fn every_kind_of_disturbance_occurs_and_the_truth_adds_up() {
        let payments = payments(5_000);
        let files = bank_files(&payments, config(), Date::constant(2025, 7, 31));
        let mut kinds = std::collections::BTreeMap::new();
        for (payment, truth) in payments.iter().zip(&files.truths) {
            *kinds.entry(truth.disturbance).or_insert(0) += 1;
            let expected = match truth.disturbance {
                Disturbance::WrongAmount => continue,
                Disturbance::Duplicate => payment.amount + payment.amount,
                Disturbance::Returned => Cents::ZERO,
                _ => payment.amount,
            };
            assert_eq!(truth.booked, expected, "{}", truth.trace);
        }
        assert_eq!(kinds.len(), 7);
        let strange = kinds[&Disturbance::OtherMonth];
        let own: u32 = files.truths.iter().map(|truth| truth.entries).sum();
        let lines = files.csv.split(|&byte| byte == b'\n').count() - 2;
        assert_eq!(lines, own as usize + strange);
    }

    #[test]
    fn without_disturbances_each_payment_is_one_entry() {
        let none = BankConfig {
            lost_trace: 0,
            wrong_amount: 0,
            split: 0,
            duplicate: 0,
            returned: 0,
            other_month: 0,
            ..config()
        };
        let files = bank_files(&payments(2), none, Date::constant(2025, 7, 31));
        insta::assert_snapshot!(String::from_utf8(files.csv).unwrap(), @r"
        date,amount,description,reference
        2025-07-10,100.00,HCCLAIMPMT TRN*1*T000000*1840000001,BK00000001
        2025-07-10,100.07,HCCLAIMPMT TRN*1*T000001*1840000001,BK00000002
        ");
        insta::assert_snapshot!(String::from_utf8(files.bai2).unwrap(), @r"
        01,FIRSTBANK,FXPROVIDER,250731,0500,1,,,2/
        02,FXPROVIDER,FIRSTBANK,1,250710,0500,USD,2/
        03,654321,USD,015,20007,,/
        16,142,10000,,BK00000001,,HCCLAIMPMT TRN*1*T000000*1840000001/
        16,142,10007,,BK00000002,,HCCLAIMPMT TRN*1*T000001*1840000001/
        49,40014,4/
        98,40014,1,6/
        99,40014,1,8/
        ");
    }
}
