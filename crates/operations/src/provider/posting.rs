//! An 835 is posted to the receivables, once, and waits for its money in the bank.

use super::account::{AccountKey, Rejudged, account_of, disposition_word, settle_account};
use super::payer_names::{PayerNames, named_otherwise, of_another_payer, of_other_payer};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, Relation};
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
    /// The payer whose receivables it answers: one that its claims were billed to and that the
    /// 835 names (REF 2U, N1 PR or TRN03), else the one that most of them were billed to.
    pub payer_id: String,
}

/// Posts one 835 on a day: every claim and every cent, or nothing when it does not balance or
/// was posted before.
///
/// A claim is found by the payee's NPI and the provider's control number (CLP01), else by the
/// payer's number (CLP07), among what was billed to the payer of the 835
/// ([`PostedRemittance::payer_id`]). The contract's expected payment is the one that was
/// predicted when the claim was sent.
pub fn post_advice(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    file_digest: &str,
    on: Date,
) -> Result<PostedRemittance, OperationsError> {
    let receivables = StoreReceivables::new(transaction, advice)?;
    post_with(transaction, receivables, file_digest, on)
}

/// Posts an 835 that a partner sent, as [`post_advice`] does, to the claims of that partner alone.
/// One that names another payer is refused with its reason, and nothing of it is posted: what it
/// says is the other payer's to say.
pub fn post_document(
    transaction: &Transaction<'_>,
    relation: &Relation,
    advice: &RemittanceAdvice,
    (file_digest, on): (&str, Date),
) -> Result<PostedRemittance, OperationsError> {
    match StoreReceivables::of_partner(transaction, advice, relation.id)? {
        Some(receivables) => post_with(transaction, receivables, file_digest, on),
        None => {
            let posting = RemittancePosting {
                findings: vec![of_other_payer()],
                ..RemittancePosting::default()
            };
            Ok(PostedRemittance { posting, payer_id: String::new() })
        }
    }
}

fn post_with(
    transaction: &Transaction<'_>,
    receivables: StoreReceivables<'_, '_>,
    file_digest: &str,
    on: Date,
) -> Result<PostedRemittance, OperationsError> {
    let advice = receivables.advice;
    let payer_id = receivables.payer_id.clone();
    let expected = |claim: &RemittanceClaim| receivables.expected(claim);
    let rules = PostingRules::default();
    let day = (payer_id.as_str(), on);
    let mut posting = post_remittance(advice, day, &receivables, &rules, &expected);
    let (keys, said) = receivables.finish()?;
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
        posting.findings.extend(said);
        let settled = answered.settle(&posting)?;
        posting.findings.extend(settled);
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
    /// Gives what a person must know of answers that stand otherwise than before.
    fn settle(&self, posting: &RemittancePosting) -> Result<Vec<Finding>, OperationsError> {
        let names = posting.claims.iter().map(|claim| &claim.account);
        let keys: BTreeSet<&AccountKey> = names.filter_map(|name| self.keys.get(name)).collect();
        let mut findings = Vec::new();
        for key in keys {
            let rejudged = settle_account(self.transaction, key, self.on)?;
            findings.extend(rejudged.iter().map(Rejudged::finding));
        }
        let payer_id = self.payer_id.to_owned();
        let receivables = StoreReceivables::of(self.transaction, self.advice, payer_id);
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
        Ok(findings)
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
    payer_id: String,
    findings: RefCell<Vec<Finding>>,
    keys: RefCell<BTreeMap<Text, AccountKey>>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreReceivables<'t, 'c> {
    pub(super) fn new(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
    ) -> Result<StoreReceivables<'t, 'c>, StoreError> {
        let mut receivables = StoreReceivables::of(transaction, advice, String::new());
        receivables.payer_id = receivables.payer()?;
        Ok(receivables)
    }

    /// Those of the partner that sent the 835; nothing when it names another payer.
    fn of_partner(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
        relation_id: i64,
    ) -> Result<Option<StoreReceivables<'t, 'c>>, StoreError> {
        let mut receivables = StoreReceivables::of(transaction, advice, String::new());
        let payer = receivables.payer_of_partner(relation_id)?;
        Ok(payer.map(|payer_id| {
            receivables.payer_id = payer_id;
            receivables
        }))
    }

    /// The same for a payer that is known.
    fn of(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
        payer_id: String,
    ) -> StoreReceivables<'t, 'c> {
        StoreReceivables {
            transaction,
            advice,
            provider: provider_of(advice),
            payer_id,
            findings: RefCell::default(),
            keys: RefCell::default(),
            error: RefCell::default(),
        }
    }

    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        answer.map_err(|error| self.error.borrow_mut().get_or_insert(error).to_string()).ok()
    }

    /// The claims that were asked for, by their numbers in the ledger, and what a person must
    /// know of their payer.
    pub(super) fn finish(self) -> Result<(BTreeMap<Text, AccountKey>, Vec<Finding>), StoreError> {
        let found = (self.keys.into_inner(), self.findings.into_inner());
        self.error.into_inner().map_or(Ok(found), Err)
    }

    /// The payer by whom the receivables are kept: the first that a claim was billed to and that
    /// the 835 names. An 835 that names itself otherwise than claims do (TRN03 is a tax number)
    /// is known by what most of its claims were billed to, unless it answers as a second payer.
    fn payer(&self) -> Result<String, StoreError> {
        let names = PayerNames::of(self.advice);
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for claim in &self.advice.claims {
            let rows = self.billings(claim)?;
            if let Some(row) = rows.iter().find(|row| names.has(&row.payer_id)) {
                return Ok(row.payer_id.clone());
            }
            let billed: BTreeSet<String> = rows.into_iter().map(|row| row.payer_id).collect();
            // CLP02 2, 3, 20 and 21: as the second or third payer, whose claim was not billed.
            if !matches!(claim.status_code.as_str(), "2" | "3" | "20" | "21") {
                billed.into_iter().for_each(|payer| *votes.entry(payer).or_default() += 1);
            }
        }
        let most = votes.into_iter().rev().max_by_key(|(_, count)| *count);
        match most {
            // REF 2U is the number by which claims name the payer (005010X221A1, 1000A).
            Some((payer, _)) if names.on_claims.is_empty() => {
                if !names.organization.is_empty() {
                    self.findings.borrow_mut().push(named_otherwise());
                }
                Ok(payer)
            }
            _ => Ok(names.first().to_owned()),
        }
    }

    /// The identifier of a partner by which the receivables of its 835 are kept: one that the 835
    /// names, else the one that most of its claims were billed to. Nothing when the 835 names
    /// another payer that these books know.
    fn payer_of_partner(&self, relation_id: i64) -> Result<Option<String>, StoreError> {
        let own = self.transaction.partner_identifiers(relation_id)?;
        let names = PayerNames::of(self.advice);
        if !names.on_claims.is_empty() && own.iter().all(|one| one != names.on_claims) {
            return Ok(None);
        }
        for name in names.all() {
            let known = self.transaction.relationship_of(name)?;
            if known.is_some_and(|(id, _)| id != relation_id) {
                return Ok(None);
            }
        }
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for claim in &self.advice.claims {
            for row in self.billings(claim)? {
                if own.contains(&row.payer_id) {
                    *votes.entry(row.payer_id).or_default() += 1;
                } else if names.has(&row.payer_id) {
                    return Ok(None);
                }
            }
        }
        let named = own.iter().find(|one| names.has(one)).cloned();
        let most = votes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(payer, _)| payer);
        Ok(named.or(most).or_else(|| own.into_iter().next()))
    }

    /// Every billing to the 835's payer of the claim that a loop 2100 answers.
    pub(super) fn rows(&self, claim: &RemittanceClaim) -> Result<Vec<ReceivableRow>, StoreError> {
        let mut rows = self.billings(claim)?;
        rows.retain(|row| row.payer_id == self.payer_id);
        Ok(rows)
    }

    /// Every billing of the claim that a loop 2100 answers, whichever payer's.
    fn billings(&self, claim: &RemittanceClaim) -> Result<Vec<ReceivableRow>, StoreError> {
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
        let mut found = self.transaction.receivables_by_payer_number(number, &self.provider)?;
        // The number is the payer's own; another payer may use the same one.
        found.retain(|row| self.payer_id.is_empty() || row.payer_id == self.payer_id);
        match of_one_account(found).first() {
            Some(row) => {
                self.transaction.receivable(&row.billing_provider, &row.patient_control_number)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The number in the ledger, and how the claim stands when this payer was billed.
    fn known(&self, payer: &str, rows: &[ReceivableRow]) -> Option<(Text, ClaimAccount)> {
        let rows: Vec<_> = rows.iter().filter(|row| row.payer_id == payer).cloned().collect();
        let last = rows.last()?;
        let key = AccountKey::of_row(last);
        let name = Text::from(key.name());
        self.keys.borrow_mut().insert(name.clone(), key);
        Some((name, account_of(&rows)))
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
    let of_claim =
        |row: &ReceivableRow| (row.billing_provider.clone(), row.patient_control_number.clone());
    let keys: BTreeSet<(String, String)> = rows.iter().map(of_claim).collect();
    if keys.len() == 1 { rows } else { Vec::new() }
}

impl Receivables for StoreReceivables<'_, '_> {
    fn account(&self, payer: &str, claim: &RemittanceClaim) -> (Text, Option<ClaimAccount>) {
        let rows = self.ask(self.billings(claim)).unwrap_or_default();
        if let Some((name, account)) = self.known(payer, &rows) {
            return (name, Some(account));
        }
        if !rows.is_empty() {
            self.findings.borrow_mut().push(of_another_payer(claim));
        }
        let (provider, number) = rows.last().map_or_else(
            || (self.provider.clone(), claim.patient_control_number.to_string()),
            |row| (row.billing_provider.clone(), row.patient_control_number.clone()),
        );
        let key = AccountKey {
            billing_provider: provider,
            patient_control_number: number,
            payer_id: payer.to_owned(),
        };
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
