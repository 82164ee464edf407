//! An 835 is posted to the receivables, once, and waits for its money in the bank.

use super::account::{AccountKey, Rejudged, disposition_word, settle_account};
use super::ledger::{StoreReceivables, provider_of};
use super::payer_names::of_other_payer;
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, Relation};
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::{ProviderAdjustment, RemittanceAdvice, RemittanceClaim};
use counterfoil_ledger::{AdjustmentClass, AdjustmentPurpose, BookedAdjustment, ProviderEvent};
use counterfoil_remit::{
    ExpectedPayment, PostedClaim, PostingRules, RemittancePosting, key_base, post_remittance,
    take_back_purpose,
};
use counterfoil_store::{AnswerRow, DisputedRow, RemittanceRow, Transaction};
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
///
/// A trace number is a payer's own, and TRN03 does not say whose: where another partner has used
/// both, this 835 is kept under its TRN03 with the payer's identifier behind it, so that nobody
/// uses up the numbers of another.
pub fn post_document(
    transaction: &Transaction<'_>,
    relation: &Relation,
    advice: &RemittanceAdvice,
    (file_digest, on): (&str, Date),
) -> Result<PostedRemittance, OperationsError> {
    let Some(receivables) = StoreReceivables::of_partner(transaction, advice, relation.id)? else {
        let findings = vec![of_other_payer()];
        let posting = RemittancePosting { findings, ..RemittancePosting::default() };
        return Ok(PostedRemittance { posting, payer_id: String::new() });
    };
    if !is_of_another_partner(transaction, relation, advice)? {
        return post_with(transaction, receivables, file_digest, on);
    }
    let mut own = advice.clone();
    let payer_id = receivables.payer_id;
    own.payment.payer_identifier =
        Text::from(format!("{} {payer_id}", advice.payment.payer_identifier));
    let receivables = StoreReceivables::of(transaction, &own, payer_id);
    let mut posted = post_with(transaction, receivables, file_digest, on)?;
    if !posted.posting.already_posted {
        posted.posting.findings.push(trace_of_two(&advice.payment.trace_number));
    }
    Ok(posted)
}

/// True when an 835 of another partner is posted under the trace number and TRN03 of this one.
fn is_of_another_partner(
    transaction: &Transaction<'_>,
    relation: &Relation,
    advice: &RemittanceAdvice,
) -> Result<bool, OperationsError> {
    let (trace, payer) = (&advice.payment.trace_number, &advice.payment.payer_identifier);
    let Some(row) = transaction.remittance(trace, payer, &advice.payee.id)? else {
        return Ok(false);
    };
    let owner = transaction.relationship_of(&row.payer_id)?;
    Ok(owner.is_some_and(|(id, _)| id != relation.id))
}

fn trace_of_two(trace: &str) -> Finding {
    let message = format!("Two payers have sent an 835 under trace number {trace} and one TRN03.");
    Finding::warning("OPS-7-trace-of-two-payers", 7, message)
        .because("TRN03 names the payer that pays; one of the two has written another's.")
        .fix("Ask both payers; the bank's movement is matched by hand when it fits neither.")
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
