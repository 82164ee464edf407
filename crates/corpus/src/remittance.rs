//! Writes 835 files (005010X221A1) over the claims of a month, right or a cent wrong.
//!
//! The payments follow a fixed rule (80 percent of the allowed amount) and not the plan: these
//! files exercise readers, balances and matching. What the plan truly pays is in the truth of
//! the month.

use crate::bank::Payment;
use crate::draft::{Draft, DraftLine, Role};
use crate::planted::Planted;
use crate::random::Random;
use crate::rates::{PAYER_ID, PAYER_NAME};
use crate::segments::{Digits, Segments};
use crate::world::{TOPIC_REMITTANCE, World};
use counterfoil_base::Cents;
use std::io::Write;

/// Which level of a remittance is a cent off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffByOneCent {
    /// SVC03 of the first line of the first claim.
    Line,
    /// CLP04 of the first claim (and BPR02 with it).
    Claim,
    /// BPR02.
    Payment,
}

impl OffByOneCent {
    /// `line`, `claim` or `payment`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            OffByOneCent::Line => "line",
            OffByOneCent::Claim => "claim",
            OffByOneCent::Payment => "payment",
        }
    }
}

/// What kind of remittance file is to be written.
#[derive(Clone, Copy, Debug)]
pub struct RemittanceConfig {
    /// Most claims of a transaction set (one payment).
    pub claims_per_payment: u32,
    /// Share of payments that are a cent off somewhere, in percent.
    pub off_percent: u8,
}

/// What is true of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittanceTruth {
    /// TRN02.
    pub trace: String,
    /// NPI of the payee.
    pub payee_npi: String,
    /// What BPR02 must be.
    pub amount: Cents,
    /// Claims of the payment.
    pub claims: u32,
    /// Where it is a cent off.
    pub off: Option<OffByOneCent>,
    /// Segment that is off, ISA being 1; of BPR when none is.
    pub segment: u64,
}

impl RemittanceTruth {
    /// First line of a truth file.
    pub const HEADER: &'static str = "trace,payee_npi,amount,claims,off_by_one_cent,segment\n";

    /// Appends the payment as a line of a truth file.
    pub fn write_csv(&self, out: &mut Vec<u8>) {
        let off = self.off.map_or("", OffByOneCent::word);
        let (payee, amount) = (&self.payee_npi, self.amount);
        writeln!(out, "{},{payee},{amount},{},{off},{}", self.trace, self.claims, self.segment)
            .expect("writing to memory does not fail");
    }
}

/// One interchange of 835s for the claims of a month, a payment at a time.
#[derive(Debug)]
pub struct Remittances<'w> {
    world: &'w World,
    config: RemittanceConfig,
    next: u32,
    payments: u32,
    in_file: u64,
    finished: bool,
}

/// What is paid on a line, and what is left to the patient.
struct Paid {
    paid: Cents,
    patient: Cents,
    contractual: Cents,
}

/// The payer's identifier in TRN03 and BPR10: 1 and a tax number.
pub(crate) const PAYER_TAX_ID: &[u8] = b"1840000001";
/// All is paid so many days after the first of the month, when the last claim has been sent.
const PAID_ON: i32 = 39;
const ROUTING: [&[u8]; 2] = [b"021000021", b"011000015"];

impl<'w> Remittances<'w> {
    /// Begins the file.
    #[must_use]
    pub fn new(world: &'w World, config: RemittanceConfig) -> Remittances<'w> {
        Remittances { world, config, next: 0, payments: 0, in_file: 0, finished: false }
    }

    /// Appends the next payment and returns its truth; at the end the envelope is closed and
    /// nothing is returned.
    pub fn next_payment(&mut self, out: &mut Vec<u8>) -> Option<RemittanceTruth> {
        let mut segments = Segments::new(out, self.in_file, 0);
        if self.in_file == 0 {
            self.open(&mut segments);
        }
        let truth = self.payment(&mut segments);
        if truth.is_none() && !self.finished {
            self.finished = true;
            segments.put(&[b"GE", &Digits::whole(u64::from(self.payments)), b"1"]);
            segments.put(&[b"IEA", b"1", b"000000001"]);
        }
        self.in_file = segments.in_file;
        truth
    }

    /// The payment that a bank would receive for a remittance.
    #[must_use]
    pub fn payment_of(&self, truth: &RemittanceTruth) -> Payment {
        Payment {
            trace: truth.trace.clone(),
            payer: String::from_utf8_lossy(PAYER_TAX_ID).into_owned(),
            amount: truth.amount,
            on: self.world.calendar.date(PAID_ON),
        }
    }

    fn open(&self, segments: &mut Segments<'_>) {
        let sender = format!("{PAYER_ID:<15}");
        let receiver = format!("{:<15}", "FXCLEAR");
        let day = self.day();
        segments.put(&[
            b"ISA",
            b"00",
            b"          ",
            b"00",
            b"          ",
            b"ZZ",
            sender.as_bytes(),
            b"ZZ",
            receiver.as_bytes(),
            &day[2..],
            b"1800",
            b"^",
            b"00501",
            b"000000001",
            b"0",
            b"P",
            b":",
        ]);
        segments.put(&[
            b"GS",
            b"HP",
            PAYER_ID.as_bytes(),
            b"FXCLEAR",
            day,
            b"1800",
            b"1",
            b"X",
            b"005010X221A1",
        ]);
    }

    fn day(&self) -> &'w [u8; 8] {
        self.world.calendar.text(PAID_ON)
    }

    /// The drafts of the next payment: claims of one provider that a payer would pay.
    fn claims(&mut self) -> Vec<Draft> {
        let mut claims: Vec<Draft> = Vec::new();
        while self.next < self.world.config.claims
            && claims.len() < self.config.claims_per_payment.max(1) as usize
        {
            let draft = self.world.draft(self.next);
            if claims.first().is_some_and(|first| first.provider != draft.provider) {
                break;
            }
            self.next += 1;
            // Codes and dates of an 835 are checked like those of a claim.
            let payable = match draft.role {
                Role::Clean | Role::Replacement(_) => true,
                Role::Planted(planted) => !matches!(
                    planted,
                    Planted::ProcedureUnknown
                        | Planted::RevenueCodeUnknown
                        | Planted::PlaceOfServiceUnknown
                        | Planted::UnitsZero
                        | Planted::FutureService
                        | Planted::MemberIdMissing
                ),
                Role::Void(_) => false,
            };
            if payable {
                claims.push(draft);
            }
        }
        claims
    }

    fn payment(&mut self, segments: &mut Segments<'_>) -> Option<RemittanceTruth> {
        let claims = self.claims();
        let first = claims.first()?;
        let world = self.world;
        let provider = &world.providers[first.provider];
        self.payments += 1;
        let number = u64::from(self.payments);
        let mut random = Random::of(world.config.seed, TOPIC_REMITTANCE, number);
        let off = random.chance(u64::from(self.config.off_percent), 100).then(|| {
            *random.pick(&[OffByOneCent::Line, OffByOneCent::Claim, OffByOneCent::Payment])
        });
        let interest = random.chance(1, 20).then(|| Cents(random.between(1, 900)));
        let trace = format!("FX{number:08}");
        let sum: Cents = claims.iter().map(claim_paid).sum();
        let amount = sum + interest.unwrap_or_default();
        let shown = match off {
            Some(OffByOneCent::Claim | OffByOneCent::Payment) => amount + Cents(1),
            _ => amount,
        };
        let mut truth = RemittanceTruth {
            trace,
            payee_npi: provider.npi.clone(),
            amount,
            claims: claims.len() as u32,
            off,
            segment: segments.in_file + 2,
        };
        segments.in_transaction = 0;
        let control = Digits::padded(number, 4);
        segments.put(&[b"ST", b"835", &control]);
        self.header(&truth, shown, segments);
        self.payee(first, segments);
        for (index, claim) in claims.iter().enumerate() {
            let off = if index == 0 { off } else { None };
            self.claim(claim, off, segments, &mut truth);
        }
        if let Some(interest) = interest {
            let year_end = [&self.day()[..4], b"1231"].concat();
            let npi = provider.npi.as_bytes();
            segments.put(&[b"PLB", npi, &year_end, b"L6", &Digits::money(-interest)]);
        }
        let count = Digits::whole(segments.in_transaction + 1);
        segments.put(&[b"SE", &count, &control]);
        Some(truth)
    }

    fn header(&self, truth: &RemittanceTruth, shown: Cents, segments: &mut Segments<'_>) {
        let day = self.day();
        segments.put(&[
            b"BPR",
            b"I",
            &Digits::money(shown),
            b"C",
            b"ACH",
            b"CCP",
            b"01",
            ROUTING[0],
            b"DA",
            b"123456",
            PAYER_TAX_ID,
            b"",
            b"01",
            ROUTING[1],
            b"DA",
            b"654321",
            day,
        ]);
        segments.put(&[b"TRN", b"1", truth.trace.as_bytes(), PAYER_TAX_ID]);
        segments.put(&[b"DTM", b"405", day]);
        segments.put(&[b"N1", b"PR", PAYER_NAME.as_bytes()]);
        segments.put(&[b"N3", b"1 PLAN PLAZA"]);
        segments.put(&[b"N4", b"DENVER", b"CO", b"80202"]);
        segments.put(&[b"PER", b"BL", b"CLAIMS DESK", b"TE", b"3035550199"]);
    }

    fn payee(&self, first: &Draft, segments: &mut Segments<'_>) {
        let provider = &self.world.providers[first.provider];
        let (name, npi) = (provider.name.as_bytes(), provider.npi.as_bytes());
        segments.put(&[b"N1", b"PE", name, b"XX", npi]);
        segments.put(&[b"REF", b"TJ", provider.tax_id.as_bytes()]);
        segments.put(&[b"LX", b"1"]);
    }

    fn claim(
        &self,
        claim: &Draft,
        off: Option<OffByOneCent>,
        segments: &mut Segments<'_>,
        truth: &mut RemittanceTruth,
    ) {
        let charge: Cents = claim.lines.iter().map(|line| line.charge).sum();
        let patient: Cents = claim.lines.iter().map(|line| pay(line).patient).sum();
        let cent = if off == Some(OffByOneCent::Claim) { Cents(1) } else { Cents::ZERO };
        if off == Some(OffByOneCent::Claim) {
            truth.segment = segments.in_file + 1;
        }
        let number = claim.control_number.as_bytes();
        let npi = &self.world.providers[claim.provider].npi;
        let payer_number = (self.world.config.payer_claim_number)(npi, &claim.control_number);
        let status: &[u8] = if claim.lines[0].other_payer.is_some() { b"2" } else { b"1" };
        segments.put(&[
            b"CLP",
            number,
            status,
            &Digits::money(charge),
            &Digits::money(claim_paid(claim) + cent),
            &Digits::money(patient),
            b"12",
            payer_number.as_bytes(),
            claim.facility.as_bytes(),
            claim.frequency,
        ]);
        let last = claim.family.last_name.as_bytes();
        let first = claim.member.first_name.as_bytes();
        let id = claim.member_id.as_bytes();
        segments.put(&[b"NM1", b"QC", b"1", last, first, b"", b"", b"", b"MI", id]);
        for (index, line) in claim.lines.iter().enumerate() {
            let wrong = index == 0 && off == Some(OffByOneCent::Line);
            if wrong {
                truth.segment = segments.in_file + 1;
            }
            self.line(claim, (index, line), wrong, segments);
        }
    }

    fn line(
        &self,
        claim: &Draft,
        (index, line): (usize, &DraftLine),
        wrong: bool,
        segments: &mut Segments<'_>,
    ) {
        let parts = pay(line);
        let shown = if wrong { parts.paid + Cents(1) } else { parts.paid };
        let (mut procedure, mut revenue) = ([b"HC:", line.code.as_bytes()].concat(), line.revenue);
        if line.code.is_empty() {
            procedure = [b"NU:", line.revenue.as_bytes()].concat();
            revenue = "";
        } else if !line.modifier.is_empty() {
            procedure = [&procedure, b":".as_slice(), line.modifier.as_bytes()].concat();
        }
        segments.put(&[
            b"SVC",
            &procedure,
            &Digits::money(line.charge),
            &Digits::money(shown),
            revenue.as_bytes(),
            &Digits::whole(u64::from(line.units)),
        ]);
        segments.put(&[b"DTM", b"472", self.world.calendar.text(claim.days.0)]);
        for (group, reason, amount) in
            [(b"CO", b"45" as &[u8], parts.contractual), (b"PR", b"2", parts.patient)]
        {
            if amount != Cents::ZERO {
                segments.put(&[b"CAS", group, reason, &Digits::money(amount)]);
            }
        }
        let line_number = Digits::whole(index as u64 + 1);
        let number = claim.control_number.as_bytes();
        segments.put(&[b"REF", b"6R", &[number, b"-", &line_number].concat()]);
        segments.put(&[b"AMT", b"B6", &Digits::money(parts.paid + parts.patient)]);
    }
}

fn pay(line: &DraftLine) -> Paid {
    let allowed = line.price.min(line.charge);
    let patient = Cents((allowed.0 * 20 + 50) / 100);
    Paid { paid: allowed - patient, patient, contractual: line.charge - allowed }
}

fn claim_paid(claim: &Draft) -> Cents {
    claim.lines.iter().map(|line| pay(line).paid).sum()
}
