//! The work of the two offices over the ledger and the record: small, but by the product's rules.
//!
//! A claim file is a list of claims, an 835 a list of answers; prices, books, statements and
//! documents go through the product's own ledger, money arithmetic and twin record.

use super::disk::{Change, PayerClaim, Stopped};
use super::party::Party;
use crate::plant::Plant;
use counterfoil_base::{Cents, Date, DateRange, Decimal, Rounding, Text};
use counterfoil_ledger::{AdjustmentClass, ClaimPosting, PayerEvent, PaymentClaim, ProviderEvent};
use counterfoil_twin::{
    Field, Hash, Statement, claim_subject, file_subject, payment_subject, sha256, to_hex,
};
use std::rc::Rc;

/// How a claim is to be worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Paid as charged.
    Plain,
    /// An eighth is withheld.
    Withheld,
    /// The patient owes three cents, or all when it is less.
    Copay,
    /// Waits for a person, then paid as charged.
    Pended,
}

impl Manner {
    fn letter(self) -> &'static str {
        match self {
            Manner::Plain => "p",
            Manner::Withheld => "w",
            Manner::Copay => "c",
            Manner::Pended => "q",
        }
    }
}

/// A claim as a provider bills it.
#[derive(Clone, Debug)]
pub struct Bill {
    /// The provider's number.
    pub account: String,
    /// The charge: a power of two.
    pub cents: i64,
    /// Day of March 2026; coverage ends with the 20th.
    pub day: i8,
    /// How it is to be worked.
    pub manner: Manner,
}

/// The text of a claim file of a provider.
#[must_use]
pub fn claim_file(provider: usize, bills: &[Bill]) -> Vec<u8> {
    let mut text = format!("837 {provider}\n");
    for Bill { account, cents, day, manner } in bills {
        text.push_str(&format!("{account} {cents} {day} {}\n", manner.letter()));
    }
    text.into_bytes()
}

fn statement(kind: &str, subject: &str, fields: Vec<Field>) -> Rc<Statement> {
    Rc::new(Statement { kind: kind.into(), subject: subject.into(), fields })
}

fn file_sent(digest: &Hash, bytes: &[u8], kind: &str) -> Rc<Statement> {
    let fields = vec![
        Field::digest("digest", *digest),
        Field::integer("length", bytes.len() as i64),
        Field::text("kind", kind),
        Field::text("name", format!("{}.x12", &to_hex(digest)[..8])),
    ];
    statement("file.sent", &file_subject(digest), fields)
}

fn file_received(digest: &Hash) -> Rc<Statement> {
    statement("file.received", &file_subject(digest), vec![Field::digest("digest", *digest)])
}

fn number(word: Option<&str>) -> Result<i64, Stopped> {
    let read = word.and_then(|word| word.parse().ok());
    read.ok_or_else(|| Stopped::Broken("a document is cut or damaged".to_owned()))
}

const SAID: &str = "a document says what it cannot say";

impl Party {
    fn mark(&self, word: &str) -> Option<u64> {
        self.disk.state.marks.get(word).copied()
    }

    /// The first document of a kind on which no work was done.
    #[must_use]
    pub fn untaken(&self, kind: &str, done: &str) -> Option<(Hash, Rc<[u8]>)> {
        let mut documents = self.disk.state.documents.iter();
        let found = documents.find(|(digest, bytes)| {
            bytes.starts_with(kind.as_bytes())
                && self.mark(&format!("{done}/{}", to_hex(&digest[..]))).is_none()
        });
        found.map(|(digest, bytes)| (*digest, bytes.clone()))
    }

    /// A provider hands in a claim file: once, however often it is handed in.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn submit(&mut self, bills: &[Bill], bytes: &[u8]) -> Result<(), Stopped> {
        let digest = sha256(&[bytes]);
        let done = format!("sent/{}", to_hex(&digest));
        if self.mark(&done).is_some() {
            return Ok(());
        }
        self.add(Change::Document(digest, Rc::from(bytes)))?;
        self.add(Change::Due(0, file_sent(&digest, bytes, "837")))?;
        for (ordinal, bill) in (1..).zip(bills) {
            let event = ProviderEvent::ClaimBilled {
                payer: "plan".into(),
                claim: Text::from(&bill.account),
                charge_cents: Cents(bill.cents),
            };
            self.book(event.entry(&format!("billed/{}", bill.account), Party::day()))?;
            let subject = claim_subject(&self.links[0].relationship.id, &digest, ordinal);
            let fields = vec![
                Field::integer("charge_cents", bill.cents),
                Field::integer("ordinal", ordinal as i64),
                Field::digest("file", digest),
                Field::text("frequency", "1"),
                Field::text("patient_control_number", bill.account.as_str()),
            ];
            self.add(Change::Due(0, statement("claim.submitted", &subject, fields)))?;
        }
        self.add(Change::Mark(done, 1))?;
        self.commit()
    }

    /// A payer takes a claim file in, claim by claim in bulk, and takes all to the disk before
    /// anything of it leaves.
    ///
    /// # Errors
    /// [`Stopped`] of the disk; what was committed stays and the next call goes on.
    pub fn intake(&mut self, digest: &Hash, bytes: &[u8]) -> Result<(), Stopped> {
        let hex = to_hex(digest);
        let done = format!("taken/{hex}");
        let is_again = self.mark(&done).is_some();
        if is_again && !self.has(Plant::ApplyTwice) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut lines = text.lines();
        let link = number(lines.next().and_then(|line| line.strip_prefix("837 ")))?;
        let link = usize::try_from(link).map_err(|_| Stopped::Broken(SAID.to_owned()))?;
        for (ordinal, line) in (1..).zip(lines) {
            let again = if is_again { "-again" } else { "" };
            let name = format!("{link}-{}-{ordinal}{again}", &hex[..12]);
            if self.disk.state.claims.contains_key(&name) {
                continue;
            }
            let mut words = line.split(' ');
            let account = words.next().unwrap_or_default().to_owned();
            let (charge, day) = (number(words.next())?, number(words.next())?);
            let manner = words.next().unwrap_or_default();
            let subject = claim_subject(&self.links[link].relationship.id, digest, ordinal);
            let claim = PayerClaim {
                link,
                subject: subject.to_string(),
                account,
                charge,
                payable: 0,
                withheld: 0,
                patient: 0,
                is_pended: manner == "q",
                is_remitted: false,
                decisions: 0,
            };
            let fields = vec![
                Field::text("claim_control_number", name.as_str()),
                Field::date("received_on", Party::day()),
            ];
            self.add(Change::Due(link, statement("claim.received", &subject, fields)))?;
            if claim.is_pended {
                let fields = vec![Field::text("reason", "a person has to look at it")];
                self.add(Change::Due(link, statement("claim.pended", &subject, fields)))?;
                self.add(Change::Claim(name, claim))?;
            } else {
                self.decide(name, claim, (day, manner))?;
            }
            let done = self.disk.commit(false);
            done.or_else(|stopped| self.unless_swallowed(stopped))?;
        }
        self.add(Change::Due(link, file_received(digest)))?;
        self.add(Change::Mark(done, 1))?;
        self.commit()
    }

    fn unless_swallowed(&self, stopped: Stopped) -> Result<(), Stopped> {
        let is_swallowed = self.has(Plant::SwallowDiskFull) && stopped == Stopped::Full;
        if is_swallowed { Ok(()) } else { Err(stopped) }
    }

    fn is_covered(&self, day: i64) -> bool {
        let last = if self.has(Plant::PeriodOffByADay) { 19 } else { 20 };
        let covered =
            DateRange { from: Date::constant(2_026, 3, 1), to: Date::constant(2_026, 3, last) };
        let day = i8::try_from(day).ok().and_then(|day| Date::new(2_026, 3, day).ok());
        day.is_some_and(|day| covered.contains(day))
    }

    fn decide(
        &mut self,
        name: String,
        mut claim: PayerClaim,
        (day, manner): (i64, &str),
    ) -> Result<(), Stopped> {
        let rounding = match self.plant {
            Some(Plant::RoundHalfToEven) => Rounding::HalfEven,
            Some(Plant::RoundDown) => Rounding::Down,
            _ => Rounding::HalfUp,
        };
        let eighth = Decimal::parse("0.125").unwrap_or_default();
        let is_covered = self.is_covered(day);
        if is_covered {
            claim.withheld =
                if manner == "w" { Cents(claim.charge).times(eighth, rounding).0 } else { 0 };
            claim.patient = if manner == "c" { claim.charge.min(3) } else { 0 };
            claim.payable = claim.charge - claim.withheld - claim.patient;
        }
        let by_person = if claim.is_pended { "A. Reviewer" } else { "" };
        let key = match claim.decisions {
            0 => format!("approve/{name}"),
            again => format!("approve/{name}/{again}"),
        };
        (claim.is_pended, claim.is_remitted) = (false, false);
        claim.decisions += 1;
        let event = PayerEvent::ClaimApproved {
            claim: Text::from(&name),
            payee: Text::from(format!("{}", claim.link)),
            payable_cents: Cents(claim.payable),
            withheld_cents: Cents(claim.withheld),
        };
        self.book(event.entry(&key, Party::day()))?;
        let fields = vec![
            Field::text("outcome", if is_covered { "approved" } else { "denied" }),
            Field::integer("allowed_cents", claim.payable + claim.withheld + claim.patient),
            Field::integer("paid_cents", claim.payable),
            Field::integer("patient_cents", claim.patient),
            Field::date("decided_on", Party::day()),
            Field::text("decided_by", by_person),
        ];
        let link = if self.has(Plant::WrongRelationship) && claim.charge == 8 {
            (claim.link + 1) % self.links.len()
        } else {
            claim.link
        };
        self.add(Change::Due(link, statement("claim.decided", &claim.subject, fields)))?;
        self.add(Change::Claim(name, claim))
    }

    /// A person decides a claim that waits; one that was decided stays as it is.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn decide_by_person(&mut self, name: &str) -> Result<(), Stopped> {
        let Some(claim) = self.disk.state.claims.get(name).cloned() else { return Ok(()) };
        if !claim.is_pended && !self.has(Plant::DecideTwice) {
            return Ok(());
        }
        self.decide(name.to_owned(), claim, (1, "p"))?;
        self.commit()
    }

    /// A payer pays what is decided and not paid to one provider.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn pay(&mut self, link: usize) -> Result<(), Stopped> {
        let is_due = |claim: &PayerClaim| {
            claim.link == link && !claim.is_pended && claim.decisions > 0 && !claim.is_remitted
        };
        let claims = &self.disk.state.claims;
        let mut due: Vec<(String, PayerClaim)> = claims
            .iter()
            .filter(|(_, claim)| is_due(claim))
            .map(|(name, claim)| (name.clone(), claim.clone()))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        if self.has(Plant::PayTwice) {
            let again = claims.iter().find(|(_, claim)| claim.link == link && claim.is_remitted);
            due.extend(again.map(|(name, claim)| (name.clone(), claim.clone())));
        }
        let count = self.mark("trace").unwrap_or(0) + 1;
        let trace = format!("T{count}");
        let amount: i64 = due.iter().map(|(_, claim)| claim.payable).sum();
        let claims = due.iter().map(|(name, claim)| PaymentClaim {
            claim: Text::from(name),
            paid_cents: Cents(claim.payable),
        });
        let event = PayerEvent::PaymentIssued {
            trace: Text::from(&trace),
            payee: Text::from(format!("{link}")),
            claims: claims.collect(),
            adjustments: Vec::new(),
            amount_cents: Cents(amount),
        };
        self.book(event.entry(&format!("pay/{trace}"), Party::day()))?;
        self.tell_payment(link, (&trace, amount), &due)?;
        for (name, claim) in due {
            self.add(Change::Claim(name, PayerClaim { is_remitted: true, ..claim }))?;
        }
        if !(self.has(Plant::ReuseControlNumber) && count.is_multiple_of(3)) {
            self.add(Change::Mark("trace".to_owned(), count))?;
        }
        if amount > 0 {
            self.add(Change::Mark(format!("credit/{link}/{trace}"), amount.unsigned_abs()))?;
        }
        self.commit()
    }

    fn tell_payment(
        &mut self,
        link: usize,
        (trace, amount): (&str, i64),
        due: &[(String, PayerClaim)],
    ) -> Result<(), Stopped> {
        let mut text = format!("835 {trace} {amount}\n");
        for (_, claim) in due {
            let PayerClaim { account, subject, charge, payable, withheld, patient, .. } = claim;
            text.push_str(&format!(
                "{account} {subject} {charge} {payable} {withheld} {patient}\n"
            ));
            let fields = vec![
                Field::text("trace", trace),
                Field::integer("paid_cents", *payable),
                Field::integer("interest_cents", 0),
                Field::date("effective_on", Party::day()),
            ];
            self.add(Change::Due(link, statement("claim.paid", subject, fields)))?;
        }
        let digest = sha256(&[text.as_bytes()]);
        let subject = payment_subject(&self.links[link].relationship.id, trace);
        let fields = vec![
            Field::text("trace", trace),
            Field::text("method", "ACH"),
            Field::integer("amount_cents", amount),
            Field::integer("claims", due.len() as i64),
            Field::date("effective_on", Party::day()),
            Field::digest("remittance", digest),
        ];
        self.add(Change::Due(link, statement("payment.sent", &subject, fields)))?;
        self.add(Change::Due(link, file_sent(&digest, text.as_bytes(), "835")))?;
        self.add(Change::Mark(format!("posted/{}", to_hex(&digest)), 1))?;
        self.add(Change::Document(digest, Rc::from(text.as_bytes())))
    }

    /// A provider posts an 835: every claim of it, once.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn post(&mut self, digest: &Hash, bytes: &[u8]) -> Result<(), Stopped> {
        let done = format!("posted/{}", to_hex(digest));
        if self.mark(&done).is_some() && !self.has(Plant::PostRemittanceTwice) {
            return Ok(());
        }
        let again = self.disk.state.entries.len();
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut lines = text.lines();
        let mut head = lines.next().unwrap_or_default().split(' ').skip(1);
        let trace = head.next().unwrap_or_default().to_owned();
        let amount = number(head.next())?;
        for line in lines {
            let (entry, said) = self.answer(&trace, line)?;
            let mut entry = entry;
            if self.has(Plant::PostRemittanceTwice) {
                entry.key = format!("{}#{again}", entry.key).into();
            }
            self.book(entry)?;
            self.add(Change::Due(0, said))?;
        }
        self.add(Change::Due(0, file_received(digest)))?;
        self.add(Change::Mark(format!("remit/{trace}"), amount.unsigned_abs()))?;
        if !self.has(Plant::ForgetEarlyMoney) {
            self.match_money(&trace)?;
        }
        self.add(Change::Mark(done, 1))?;
        self.commit()
    }

    fn answer(
        &self,
        trace: &str,
        line: &str,
    ) -> Result<(counterfoil_ledger::Entry, Rc<Statement>), Stopped> {
        let mut words = line.split(' ');
        let (account, subject) = (words.next().unwrap_or_default(), words.next());
        let (charge, paid) = (number(words.next())?, number(words.next())?);
        let (withheld, patient) = (number(words.next())?, number(words.next())?);
        let denied = charge - paid - withheld - patient;
        let paid = if self.has(Plant::TruncateCent) { paid & !1 } else { paid };
        let mut adjustments = vec![
            (AdjustmentClass::Withheld, Cents(withheld)),
            (AdjustmentClass::Denied, Cents(denied)),
        ];
        if !self.has(Plant::DropPatientShare) {
            adjustments.push((AdjustmentClass::PatientResponsibility, Cents(patient)));
        }
        let posting =
            ClaimPosting { claim: Text::from(account), paid_cents: Cents(paid), adjustments };
        let event =
            ProviderEvent::ClaimAnswered { payer: "plan".into(), trace: trace.into(), posting };
        let entry = event.entry(&format!("post/{trace}/{account}"), Party::day());
        let fields = vec![
            Field::text("trace", trace),
            Field::integer("paid_cents", paid),
            Field::integer("adjusted_cents", withheld + denied),
            Field::integer("patient_cents", patient),
        ];
        let subject = subject.ok_or_else(|| Stopped::Broken(SAID.to_owned()))?;
        Ok((entry, statement("remittance.posted", subject, fields)))
    }

    /// A provider takes a movement of a bank statement in, once.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn take_money(&mut self, reference: &str, trace: &str, cents: u64) -> Result<(), Stopped> {
        let done = format!("bank/{reference}");
        let is_known = self.mark(&done).is_some();
        let amount_cents = Cents(i64::try_from(cents).unwrap_or(i64::MAX));
        let event = ProviderEvent::CashReceived { bank_entry: Text::from(reference), amount_cents };
        // The key of the booking is what keeps a movement from counting twice.
        let again = if is_known && self.has(Plant::BookStatementTwice) { "#2" } else { "" };
        self.book(event.entry(&format!("bank/{reference}{again}"), Party::day()))?;
        self.add(Change::Mark(done, cents))?;
        self.add(Change::Mark(format!("money/{trace}"), cents))?;
        self.match_money(trace)?;
        self.commit()
    }

    /// Matches the money of a trace to its 835 when both are there.
    fn match_money(&mut self, trace: &str) -> Result<(), Stopped> {
        let (remit, money) =
            (self.mark(&format!("remit/{trace}")), self.mark(&format!("money/{trace}")));
        let done = format!("matched/{trace}");
        let (Some(remit), Some(money), None) = (remit, money, self.mark(&done)) else {
            return Ok(());
        };
        if remit != money {
            return Err(Stopped::Broken(format!("{trace}: {money} came for {remit}")));
        }
        let amount_cents = Cents(i64::try_from(money).unwrap_or(i64::MAX));
        let event = ProviderEvent::CashMatched {
            payer: "plan".into(),
            trace: Text::from(trace),
            bank_entry: Text::from(format!("B-{trace}")),
            amount_cents,
        };
        self.book(event.entry(&format!("match/{trace}"), Party::day()))?;
        let subject = payment_subject(&self.links[0].relationship.id, trace);
        let fields = vec![
            Field::integer("amount_cents", amount_cents.0),
            Field::date("received_on", Party::day()),
        ];
        self.add(Change::Due(0, statement("payment.matched", &subject, fields)))?;
        self.add(Change::Mark(done, 1))
    }
}
