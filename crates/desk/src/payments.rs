//! Payments: what the bank says, what the 835 says, what the books say, and what is left over.

use crate::book::{Book, Story, figure_input, input, row, rule};
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, day, is_own, moment, trouble};
use counterfoil_base::{Cents, Date};
use counterfoil_store::{BankRow, ListName, RemittanceRow as Advice, Transaction};
use counterfoil_web::view::{
    Leftover, ListQuery, Listing, MatchOutcome, MoneyRow, RemittanceRow, RemittanceView, TakeBack,
    Target, TimelineEvent, Tone,
};
use counterfoil_web::{Answer, Figure, FigureAddress, Viewer};

/// Claims of a payment that its page lists.
const CLAIMS_SHOWN: u32 = 500;

pub(crate) const PAYMENTS: Named = Named {
    name: "remittances",
    list: ListName::Payments,
    kind: "payment",
    totals: &["bank", "remitted", "posted", "leftover"],
};

/// The same without what is the bank's, for guests.
const SHARED_PAYMENTS: Named = Named { totals: &["remitted", "posted"], ..PAYMENTS };

/// Columns that tell what the bank says.
const OF_THE_BANK: [&str; 2] = ["bank", "leftover"];

/// A payment of the list: an 835 with what the bank says of it, or a movement without one.
pub(crate) enum Payment {
    Advice(Box<Advice>),
    Bank(Box<BankRow>),
}

fn at(id: &str, name: &str) -> FigureAddress {
    FigureAddress::new("remittance", id, name)
}

fn outcome(word: &str) -> MatchOutcome {
    match word {
        "matched" | "nothing to pay" => MatchOutcome::Balanced,
        "amount differs" | "partly matched" | "returned" => MatchOutcome::Leftover,
        _ => MatchOutcome::Awaited,
    }
}

/// Why money is left over, by the outcome of matching, and what to do.
fn cause(word: &str) -> (&'static str, &'static str) {
    match word {
        "amount differs" => (
            "The bank's amount differs from what the 835 announces.",
            "Ask the payer which of the two is right; post its correction.",
        ),
        "partly matched" => (
            "Less has arrived in the bank than the 835s with this trace announce.",
            "Wait for the rest, or ask the payer where it is.",
        ),
        "returned" => ("The bank took the payment back.", "Ask the payer to pay again."),
        _ => (
            "The bank has money that no 835 explains yet.",
            "Ask the payer for the 835 of this trace; post it when it comes.",
        ),
    }
}

impl OfficeDesk {
    pub(crate) fn payment(&self, tx: &Transaction<'_>, keys: &[String]) -> Answer<Option<Payment>> {
        let found = match keys {
            [kind, trace, payer, payee] if kind == "835" => {
                let found = tx.remittance(trace, payer, payee).map_err(|error| trouble(&error))?;
                found.map(|advice| Payment::Advice(Box::new(advice)))
            }
            [kind, key, ..] if kind == "bank" => {
                let found = tx.bank_entry(key).map_err(|error| trouble(&error))?;
                let open = |row: &BankRow| {
                    ["unmatched bank", "open"].contains(&row.match_outcome.as_str())
                };
                found.filter(open).map(|entry| Payment::Bank(Box::new(entry)))
            }
            _ => None,
        };
        Ok(found)
    }

    pub(crate) fn payment_id(&self, keys: &[String]) -> String {
        self.id("payment", keys)
    }

    pub(crate) fn payment_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<RemittanceRow>> {
        let named = if is_own(viewer) { &PAYMENTS } else { &SHARED_PAYMENTS };
        let mut query = query.clone();
        if !is_own(viewer) {
            if query.filters.contains_key("outcome") {
                return Ok(self.nothing((viewer, &query), named, book));
            }
            query.sort = query.sort.take().filter(|column| !OF_THE_BANK.contains(&column.as_str()));
        }
        self.listing(tx, (viewer, &query, named), book, |keys, book| {
            let Some(payment) = self.payment(tx, keys)? else { return Ok(None) };
            let id = self.payment_id(keys);
            let row = self.payment_row(tx, (&id, &payment), (viewer, book))?;
            let mut amounts = vec![("posted", row.posted.clone())];
            amounts.extend(row.leftover.clone().map(|figure| ("leftover", figure)));
            amounts.extend(row.bank.clone().map(|figure| ("bank", figure)));
            amounts.extend(row.remitted.clone().map(|figure| ("remitted", figure)));
            let (what, target) = (row.trace.clone(), Some(Target::Remittance(id)));
            Ok(Some(Shown { row, what, target, amounts }))
        })
    }

    /// A payment's row; what the bank says is no guest's matter.
    pub(crate) fn payment_row(
        &self,
        tx: &Transaction<'_>,
        (id, payment): (&str, &Payment),
        (viewer, book): (&Viewer, &mut Book),
    ) -> Answer<RemittanceRow> {
        let row = match payment {
            Payment::Advice(advice) => self.advice_row(tx, (id, advice), book)?,
            Payment::Bank(entry) => self.bank_row(id, entry, book),
        };
        if is_own(viewer) {
            return Ok(row);
        }
        for name in OF_THE_BANK {
            book.forget(&at(id, name));
        }
        Ok(RemittanceRow { bank: None, leftover: None, outcome: None, ..row })
    }

    fn bank_row(&self, id: &str, entry: &BankRow, book: &mut Book) -> RemittanceRow {
        let line = format!("line {} of the bank's file, reference {}", entry.line, entry.reference);
        let stated = Story::stated("As the bank states it.", &line, "the bank's file");
        let bank = book.money(entry.amount_cents, at(id, "bank"), stated);
        let none =
            Story::stated("No 835 explains this money, so nothing is posted.", "books", "own rule");
        let posted = book.money(Cents::ZERO, at(id, "posted"), none);
        let leftover = leftover(id, entry.amount_cents, (&bank, &posted), "unmatched bank", book);
        RemittanceRow {
            id: id.to_owned(),
            trace: match entry.trace_number.is_empty() {
                true => entry.reference.clone(),
                false => entry.trace_number.clone(),
            },
            partner: entry.payer_identifier.clone(),
            paid_on: day(&entry.posted_on).unwrap_or(Date::ZERO),
            bank: Some(bank),
            remitted: None,
            posted,
            leftover: Some(leftover),
            outcome: Some(MatchOutcome::Unexplained),
        }
    }

    fn advice_row(
        &self,
        tx: &Transaction<'_>,
        (id, advice): (&str, &Advice),
        book: &mut Book,
    ) -> Answer<RemittanceRow> {
        let word = advice.match_outcome.as_str();
        let outcome = outcome(word);
        let bank_says = !advice.matched_cents.is_zero() || outcome == MatchOutcome::Leftover;
        let words = "What the bank's movements give to this 835.";
        let source = format!("bank movements matched to trace {}: {word}", advice.settled_trace);
        let bank = Story::stated(words, &source, "matching by trace number, TRN02 and TRN03");
        let bank = book.money(advice.matched_cents, at(id, "bank"), bank);
        let stated = Story::stated("As the 835 announces it.", "BPR02 of the 835", "BPR02");
        let remitted = book.money(advice.amount_cents, at(id, "remitted"), stated);
        let posted = Story {
            sentence: "What the books hold of this 835.".to_owned(),
            formula: "claims paid, less provider-level adjustments".to_owned(),
            rule: rule("posting", "ASC X12N 005010X221A1, 1.10.2.1: balancing"),
            inputs: vec![figure_input("remitted", &remitted, "the 835")],
            ..Story::default()
        };
        let posted = book.money(advice.amount_cents, at(id, "posted"), posted);
        let over = match outcome {
            MatchOutcome::Leftover => advice.matched_cents.checked_sub(advice.amount_cents),
            _ => Some(Cents::ZERO),
        };
        let leftover = leftover(id, over.unwrap_or(Cents::ZERO), (&bank, &posted), word, book);
        let partner = match self.is_payer() {
            true => self.payee_name(tx, &advice.payee_key)?,
            false if advice.payer_name.is_empty() => advice.payee_key.clone(),
            false => advice.payer_name.clone(),
        };
        Ok(RemittanceRow {
            id: id.to_owned(),
            trace: advice.trace_number.clone(),
            partner,
            paid_on: day(&advice.effective_on).unwrap_or(Date::ZERO),
            bank: bank_says.then_some(bank),
            remitted: Some(remitted),
            posted,
            leftover: Some(leftover),
            outcome: Some(outcome),
        })
    }

    pub(crate) fn payment_view(
        &self,
        tx: &Transaction<'_>,
        (id, payment): (&str, &Payment),
        (viewer, book): (&Viewer, &mut Book),
    ) -> Answer<RemittanceView> {
        let row = self.payment_row(tx, (id, payment), (viewer, book))?;
        let (advice, entries) = match payment {
            Payment::Advice(advice) if !is_own(viewer) => (Some(advice), Vec::new()),
            Payment::Advice(advice) => {
                let trace = &advice.settled_trace;
                let entries = match trace.is_empty() {
                    true => Vec::new(),
                    false => tx.bank_entries_of(trace).map_err(|error| trouble(&error))?,
                };
                (Some(advice), entries)
            }
            Payment::Bank(entry) => (None, vec![entry.as_ref().clone()]),
        };
        let bank = (1..).zip(&entries).map(|(number, entry)| {
            let source = format!("line {} of the bank's file", entry.line);
            let story = Story::stated("As the bank states it.", &source, "the bank's file");
            MoneyRow {
                what: format!("{} {}", entry.match_outcome, entry.reference),
                day: day(&entry.posted_on).unwrap_or(Date::ZERO),
                amount: book.money(entry.amount_cents, at(id, &format!("bank-{number}")), story),
                target: None,
            }
        });
        let bank = bank.collect();
        let (remitted, take_backs) = match advice {
            Some(advice) => self.remitted(tx, (id, advice), row.paid_on, book)?,
            None => (Vec::new(), Vec::new()),
        };
        let word = match payment {
            Payment::Advice(advice) => advice.match_outcome.as_str(),
            Payment::Bank(_) => "unmatched bank",
        };
        let (why, next) = cause(word);
        let left = row.leftover.clone().filter(|left| !left.is_zero());
        let leftovers = left.map(|amount| Leftover {
            amount,
            cause: why.to_owned(),
            next: next.to_owned(),
            target: None,
        });
        let posted = advice.map(|_| MoneyRow {
            what: "Booked as announced".to_owned(),
            day: row.paid_on,
            amount: row.posted.clone(),
            target: None,
        });
        Ok(RemittanceView {
            bank,
            remitted,
            posted: posted.into_iter().collect(),
            leftovers: leftovers.into_iter().collect(),
            take_backs,
            timeline: vec![self.payment_event(&row)],
            row,
        })
    }

    fn payment_event(&self, row: &RemittanceRow) -> TimelineEvent {
        let (what, tone) = match row.outcome.map(|outcome| (outcome, outcome.words())) {
            None => ("The payment was announced.".to_owned(), Tone::Plain),
            Some((MatchOutcome::Balanced, (words, _))) => {
                (format!("The payment is {words}."), Tone::Good)
            }
            Some((_, (words, tone))) => (format!("The payment is {words}."), tone),
        };
        TimelineEvent {
            at: moment(Some(row.paid_on)),
            by: self.organization.clone(),
            is_ours: true,
            what,
            code: row.trace.clone(),
            detail: String::new(),
            tone,
            figure: Some(row.posted.clone()),
            target: None,
            reversal: String::new(),
        }
    }

    /// Claims of an 835 and what provider-level adjustments leave; together its amount.
    fn remitted(
        &self,
        tx: &Transaction<'_>,
        (id, advice): (&str, &Advice),
        on: Date,
        book: &mut Book,
    ) -> Answer<(Vec<MoneyRow>, Vec<TakeBack>)> {
        let mut claims: Vec<(String, Option<Target>, Cents)> = Vec::new();
        if self.is_payer() {
            let paid = tx.claims_of_payment(&advice.trace_number, CLAIMS_SHOWN);
            for (number, paid) in paid.map_err(|error| trouble(&error))? {
                let target = self.payer_claim_id(tx, &number)?.map(Target::Claim);
                claims.push((number, target, paid));
            }
        } else {
            let key = [advice.trace_number.as_str(), &advice.payer_identifier, &advice.payee_key];
            let answers = tx.answers_of_payment(key, CLAIMS_SHOWN);
            for (provider, number, paid) in answers.map_err(|error| trouble(&error))? {
                let rows = tx.receivable(&provider, &number).map_err(|error| trouble(&error))?;
                let target = rows.last().map(|row| Target::Claim(self.receivable_id(row)));
                claims.push((number, target, paid));
            }
        }
        let (mut rows, mut take_backs) = (Vec::new(), Vec::new());
        let mut sum = Some(Cents::ZERO);
        for (number, (what, target, paid)) in (1..).zip(claims) {
            sum = sum.and_then(|sum| sum.checked_add(paid));
            let story = Story::stated(
                "As the 835 states it.",
                &format!("claim {number} of the 835"),
                "CLP04",
            );
            let amount = book.money(paid, at(id, &format!("claim-{number}")), story);
            if paid.is_negative() {
                take_backs.push(TakeBack {
                    amount: amount.clone(),
                    why: "An earlier payment of the claim is taken back (CLP02 22)".to_owned(),
                    target: target.clone(),
                });
            }
            rows.push(MoneyRow { what, day: on, amount, target });
        }
        let rest = sum.and_then(|sum| advice.amount_cents.checked_sub(sum));
        if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
            let story = Story {
                sentence: "What the 835 adds or takes beside the claims listed here.".to_owned(),
                formula: format!("{} less the claims listed", advice.amount_cents),
                rule: rule("balance", "ASC X12N 005010X221A1, BPR02 = sum of CLP04 less PLB"),
                inputs: vec![input("claims of the 835", &advice.claims.to_string(), "the 835")],
                ..Story::default()
            };
            let what = match advice.claims > u64::from(CLAIMS_SHOWN) {
                true => "Further claims and provider-level adjustments",
                false => "Reversals, interest and provider-level adjustments (PLB)",
            };
            let amount = book.money(rest, at(id, "beside-claims"), story);
            rows.push(MoneyRow { what: what.to_owned(), day: on, amount, target: None });
        }
        Ok((rows, take_backs))
    }
}

fn leftover(
    id: &str,
    amount: Cents,
    (bank, posted): (&Figure, &Figure),
    word: &str,
    book: &mut Book,
) -> Figure {
    let sentence = match amount.is_zero() {
        true => "Nothing is left over.",
        false => cause(word).0,
    };
    let story = Story {
        sentence: sentence.to_owned(),
        formula: "bank less books, once the bank has spoken".to_owned(),
        rule: rule("matching", "outcome of matching bank and 835"),
        inputs: vec![
            figure_input("bank", bank, "bank file"),
            figure_input("books", posted, "own books"),
        ],
        rows: vec![row("bank", None, bank)],
        ..Story::default()
    };
    book.money(amount, at(id, "leftover"), story)
}
