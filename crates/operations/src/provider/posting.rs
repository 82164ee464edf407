//! An 835 is posted to the receivables, once, and waits for its money in the bank.

use super::account::{AccountKey, account_of, disposition_word, settle_account};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner};
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::{ProviderAdjustment, RemittanceAdvice, RemittanceClaim};
use counterfoil_ledger::{AdjustmentClass, AdjustmentPurpose, BookedAdjustment, ProviderEvent};
use counterfoil_remit::{
    ClaimAccount, ExpectedClaim, ExpectedPayment, PostedClaim, PostingRules, Receivables,
    RemittancePosting, key_base, post_remittance, take_back_purpose,
};
use counterfoil_store::{
    AnswerRow, DisputedRow, ReceivableRow, RemittanceRow, StoreError, Transaction,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What posting one 835 did.
#[derive(Clone, Debug)]
pub struct PostedRemittance {
    /// Entries, claims, findings and variances.
    pub posting: RemittancePosting,
    /// The payer whose receivables it answers.
    pub payer_id: String,
}

/// Posts one 835 on a day: every claim and every cent, or nothing when it does not balance or
/// was posted before.
///
/// A claim is found by the payee's NPI and the provider's control number (CLP01), else by the
/// payer's number (CLP07). The contract's expected payment is the one that was predicted when
/// the claim was sent.
pub fn post_advice(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    file_digest: &str,
    on: Date,
) -> Result<PostedRemittance, OperationsError> {
    let receivables = StoreReceivables::new(transaction, advice);
    let payer_id = receivables.payer()?;
    let expected = |claim: &RemittanceClaim| receivables.expected(claim);
    let rules = PostingRules::default();
    let day = (payer_id.as_str(), on);
    let mut posting = post_remittance(advice, day, &receivables, &rules, &expected);
    let keys = receivables.finish()?;
    for entry in &posting.entries {
        transaction.post(entry)?;
    }
    if posting.already_posted {
        say_if_trace_is_reused(transaction, advice, &payer_id, &mut posting)?;
    } else if !posting.findings.iter().any(Finding::is_error) {
        let answered =
            Answered { transaction, advice, payer_id: &payer_id, file_digest, keys: &keys, on };
        answered.record(&posting)?;
        let awaited = ExpectedPayment::of(advice, &payer_id);
        transaction.insert_remittance(&awaited_row(advice, &awaited, file_digest))?;
        answered.settle(&posting)?;
        answered.tell()?;
    }
    Ok(PostedRemittance { posting, payer_id })
}

/// The same 835 again is nothing new; another one under a known trace number is a payment that
/// nobody would see.
fn say_if_trace_is_reused(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    payer_id: &str,
    posting: &mut RemittancePosting,
) -> Result<(), OperationsError> {
    let new = ExpectedPayment::of(advice, payer_id);
    let (trace, payer) = (&new.trace_number, &new.payer_identifier);
    let known = transaction.remittance(trace, payer, &advice.payee.id)?;
    let is_copy = |row: &RemittanceRow| {
        row.fingerprint == new.fingerprint && row.amount_cents == new.amount_cents
    };
    if known.is_some_and(|row| !is_copy(&row)) {
        let message = format!("Trace number {trace} was used before for another payment.");
        posting.findings.push(
            Finding::error("OPS-7-trace-reused", 7, message)
                .because("A trace number names one payment of a payer for good (CORE 370).")
                .fix("Ask the payer for the 835 under a trace of its own; nothing was posted."),
        );
    }
    Ok(())
}

fn awaited_row(
    advice: &RemittanceAdvice,
    awaited: &ExpectedPayment,
    file_digest: &str,
) -> RemittanceRow {
    RemittanceRow {
        trace_number: awaited.trace_number.to_string(),
        payer_identifier: awaited.payer_identifier.to_string(),
        payee_key: advice.payee.id.to_string(),
        payer_id: awaited.payer.to_string(),
        payer_name: awaited.payer_name.to_string(),
        fingerprint: awaited.fingerprint,
        amount_cents: awaited.amount_cents,
        claims: advice.claims.len() as u64,
        effective_on: awaited.effective_date.map_or_else(String::new, |day| day.to_string()),
        method: advice.payment.method.to_string(),
        file_digest: file_digest.to_owned(),
        match_outcome: "open".to_owned(),
        matched_cents: Cents::ZERO,
        settled_trace: String::new(),
    }
}

/// An 835 whose first judgement is booked.
struct Answered<'t, 'c> {
    transaction: &'t Transaction<'c>,
    advice: &'t RemittanceAdvice,
    payer_id: &'t str,
    file_digest: &'t str,
    /// The claims by their numbers in the ledger.
    keys: &'t BTreeMap<Text, AccountKey>,
    on: Date,
}

impl Answered<'_, '_> {
    /// Keeps what the 835 says, so that it can be judged again with what comes later.
    fn record(&self, posting: &RemittancePosting) -> Result<(), OperationsError> {
        let base = key_base(self.advice);
        let booked: BTreeSet<&str> = posting.entries.iter().map(|one| one.key.as_str()).collect();
        for (position, (claim, posted)) in
            self.advice.claims.iter().zip(&posting.claims).enumerate()
        {
            let Some(key) = self.keys.get(&posted.account) else { continue };
            let entry_key = format!("{base}/claim/{position}");
            let is_booked = booked.contains(entry_key.as_str());
            let row = AnswerRow {
                position: i64::try_from(position).unwrap_or(i64::MAX),
                entry_key: if is_booked { entry_key } else { String::new() },
                ..self.answer(claim, posted, key)
            };
            self.transaction.insert_answer(&row)?;
        }
        for (position, adjustment) in &posting.disputed {
            self.transaction.insert_disputed(&DisputedRow {
                entry_key: format!("{base}/plb/{position}/explained"),
                payer_id: self.payer_id.to_owned(),
                payee_key: provider_of(self.advice),
                trace_number: self.advice.payment.trace_number.to_string(),
                reason: adjustment.reason.to_string(),
                reference: adjustment.reference.to_string(),
                amount_cents: adjustment.amount_cents,
            })?;
        }
        Ok(())
    }

    fn answer(&self, claim: &RemittanceClaim, posted: &PostedClaim, key: &AccountKey) -> AnswerRow {
        let payment = &self.advice.payment;
        let of_class = |class: AdjustmentClass| {
            let found = posted.adjustments.iter().find(|(one, _)| *one == class);
            found.map_or(Cents::ZERO, |(_, cents)| *cents)
        };
        AnswerRow {
            trace_number: payment.trace_number.to_string(),
            payer_identifier: payment.payer_identifier.to_string(),
            payee_key: self.advice.payee.id.to_string(),
            billing_provider: key.billing_provider.clone(),
            patient_control_number: key.patient_control_number.clone(),
            payer_id: self.payer_id.to_owned(),
            claim_control_number: claim.payer_claim_control_number.to_string(),
            status_code: claim.status_code.to_string(),
            frequency: claim.frequency.to_string(),
            effective_on: payment.effective_date.map_or_else(String::new, |day| day.to_string()),
            posted_on: self.on.to_string(),
            charge_cents: claim.charge_cents,
            paid_cents: claim.paid_cents,
            contractual_cents: of_class(AdjustmentClass::Contractual),
            patient_cents: of_class(AdjustmentClass::PatientResponsibility),
            denied_cents: of_class(AdjustmentClass::Denied),
            withheld_cents: of_class(AdjustmentClass::Withheld),
            other_cents: of_class(AdjustmentClass::Other),
            disposition: disposition_word(posted.disposition).to_owned(),
            ..AnswerRow::default()
        }
    }

    /// Says in the payer's record what of the claims of this 835 is posted.
    fn tell(&self) -> Result<(), OperationsError> {
        let tx = self.transaction;
        let Some(partner) = Partner::find(tx, self.payer_id)? else { return Ok(()) };
        telling::file_received(tx, partner, self.file_digest)?;
        let mut dues = Dues::default();
        let accounts: BTreeSet<&AccountKey> = self.keys.values().collect();
        for key in accounts {
            telling::posted(tx, &mut dues, partner, key)?;
        }
        dues.record(tx, &format!("posted/{}", key_base(self.advice)))
    }

    /// Judges the claims of this 835 with all their answers, then the take-backs in dispute.
    fn settle(&self, posting: &RemittancePosting) -> Result<(), OperationsError> {
        let names = posting.claims.iter().map(|claim| &claim.account);
        let keys: BTreeSet<&AccountKey> = names.filter_map(|name| self.keys.get(name)).collect();
        for key in keys {
            settle_account(self.transaction, key, self.on)?;
        }
        let receivables = StoreReceivables::new(self.transaction, self.advice);
        for row in self.transaction.disputed(self.payer_id, &provider_of(self.advice))? {
            let adjustment = ProviderAdjustment {
                reason: Text::from(&row.reason),
                reference: Text::from(&row.reference),
                amount_cents: row.amount_cents,
                ..ProviderAdjustment::default()
            };
            let purpose = take_back_purpose(&receivables, self.payer_id, &adjustment);
            if purpose != AdjustmentPurpose::Disputed {
                self.explain(&row, purpose)?;
            }
        }
        receivables.finish()?;
        Ok(())
    }

    /// Moves a take-back from the dispute to what is owed to the payer.
    fn explain(
        &self,
        row: &DisputedRow,
        purpose: AdjustmentPurpose,
    ) -> Result<(), OperationsError> {
        let part = |purpose, amount_cents| BookedAdjustment {
            purpose,
            reference: Text::from(&row.reference),
            amount_cents,
        };
        let disputed = part(AdjustmentPurpose::Disputed, -row.amount_cents);
        let event = ProviderEvent::PaymentAdjusted {
            payer: Text::from(&row.payer_id),
            trace: Text::from(&row.trace_number),
            adjustments: vec![disputed, part(purpose, row.amount_cents)],
        };
        self.transaction.post(&event.entry(&row.entry_key, self.on))?;
        self.transaction.settle_disputed(&row.entry_key)?;
        Ok(())
    }
}

/// The provider whom an 835 pays: by NPI, else by the identifier that it gives.
fn provider_of(advice: &RemittanceAdvice) -> String {
    advice.payee.id.to_string()
}

/// The receivables ledger as posting asks for it; a database error is kept for the end.
pub(super) struct StoreReceivables<'t, 'c> {
    transaction: &'t Transaction<'c>,
    advice: &'t RemittanceAdvice,
    provider: String,
    keys: RefCell<BTreeMap<Text, AccountKey>>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreReceivables<'t, 'c> {
    pub(super) fn new(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
    ) -> StoreReceivables<'t, 'c> {
        StoreReceivables {
            transaction,
            advice,
            provider: provider_of(advice),
            keys: RefCell::default(),
            error: RefCell::default(),
        }
    }

    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        answer.map_err(|error| self.error.borrow_mut().get_or_insert(error).to_string()).ok()
    }

    /// The claims that were asked for, by their numbers in the ledger.
    pub(super) fn finish(self) -> Result<BTreeMap<Text, AccountKey>, StoreError> {
        self.error.into_inner().map_or(Ok(self.keys.into_inner()), Err)
    }

    /// The payer of the first claim that these books know; else the identifier in the 835.
    fn payer(&self) -> Result<String, StoreError> {
        for claim in &self.advice.claims {
            if let Some(row) = self.rows(claim)?.first() {
                return Ok(row.payer_id.clone());
            }
        }
        let payer = &self.advice.payer;
        // REF 2U is the number by which claims name the payer (005010X221A1, 1000A).
        let on_claims = payer.references.iter().find(|one| one.qualifier == "2U");
        let own = [on_claims.map(|one| &one.value), Some(&payer.id)];
        let own = own.into_iter().flatten().find(|id| !id.is_empty());
        Ok(own.unwrap_or(&self.advice.payment.payer_identifier).to_string())
    }

    /// Every billing of the claim that a loop 2100 answers.
    pub(super) fn rows(&self, claim: &RemittanceClaim) -> Result<Vec<ReceivableRow>, StoreError> {
        let number = &claim.patient_control_number;
        let rows = self.by_control_number(number)?;
        if !rows.is_empty() || claim.payer_claim_control_number.is_empty() {
            return Ok(rows);
        }
        // Some payers cut or change CLP01.
        self.by_payer_number(&claim.payer_claim_control_number)
    }

    fn by_control_number(&self, number: &str) -> Result<Vec<ReceivableRow>, StoreError> {
        let rows = self.transaction.receivable(&self.provider, number)?;
        if !rows.is_empty() || self.advice.payee.npi().is_some() {
            return Ok(rows);
        }
        // A payee without an NPI is known by the number alone when it is one provider's.
        let rows = self.transaction.receivables_by_number(number)?;
        Ok(of_one_account(rows))
    }

    fn by_payer_number(&self, number: &str) -> Result<Vec<ReceivableRow>, StoreError> {
        let found = self.transaction.receivables_by_payer_number(number, &self.provider)?;
        match of_one_account(found).first() {
            Some(row) => {
                self.transaction.receivable(&row.billing_provider, &row.patient_control_number)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The number in the ledger, and how the claim stands when this payer was billed.
    fn known(&self, payer: &str, rows: &[ReceivableRow]) -> Option<(Text, ClaimAccount)> {
        let last = rows.last()?;
        let key = AccountKey::of_row(last);
        let name = Text::from(key.name());
        self.keys.borrow_mut().insert(name.clone(), key);
        (last.payer_id == payer).then(|| (name, account_of(rows)))
    }

    /// What was predicted for the billing that has the charge of the answer.
    fn expected(&self, claim: &RemittanceClaim) -> Option<ExpectedClaim> {
        let rows = self.ask(self.rows(claim))?;
        let row = rows.iter().rev().find(|row| row.charge_cents == claim.charge_cents)?;
        Some(ExpectedClaim { paid_cents: row.expected_cents?, lines: Vec::new() })
    }
}

/// The rows when all are of one claim; a number of two claims names neither.
fn of_one_account(rows: Vec<ReceivableRow>) -> Vec<ReceivableRow> {
    let keys: BTreeSet<AccountKey> = rows.iter().map(AccountKey::of_row).collect();
    if keys.len() == 1 { rows } else { Vec::new() }
}

impl Receivables for StoreReceivables<'_, '_> {
    fn account(&self, payer: &str, claim: &RemittanceClaim) -> (Text, Option<ClaimAccount>) {
        let rows = self.ask(self.rows(claim)).unwrap_or_default();
        if let Some((name, account)) = self.known(payer, &rows) {
            return (name, Some(account));
        }
        let key = rows.last().map_or_else(
            || AccountKey {
                billing_provider: self.provider.clone(),
                patient_control_number: claim.patient_control_number.to_string(),
            },
            AccountKey::of_row,
        );
        let name = Text::from(key.name());
        self.keys.borrow_mut().insert(name.clone(), key);
        (name, None)
    }

    fn referenced(&self, payer: &str, number: &str) -> Option<(Text, ClaimAccount)> {
        let mut rows = self.ask(self.by_control_number(number))?;
        if rows.is_empty() {
            rows = self.ask(self.by_payer_number(number))?;
        }
        self.known(payer, &rows)
    }

    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents {
        use counterfoil_ledger::{AccountKind, Subject};
        let account = AccountKind::TakeBackPayable.of(payer).to_string();
        let subject = Subject::reference(reference).to_string();
        let balance = self.ask(self.transaction.subject_balance(&account, &subject));
        -balance.unwrap_or(Cents::ZERO)
    }

    fn is_posted(&self, advice: &RemittanceAdvice, _key: &str) -> bool {
        let payment = &advice.payment;
        let (trace, payer) = (&payment.trace_number, &payment.payer_identifier);
        let known = self.ask(self.transaction.remittance(trace, payer, &advice.payee.id));
        known.flatten().is_some()
    }
}
