//! The payment run: for each payee, what is due becomes 835s, CCD+ entries and book entries.

use super::adjudication::{begin_explanation_line, stored};
use super::credits::ISSUED;
use super::outbox::{PAYMENTS, PaymentFiles, payment_source, record, write_pending};
use super::run::next_payment_number;
use super::telling::{self, PaidClaim};
use crate::business_day::business_day_from;
use crate::error::OperationsError;
use crate::halves::Partner;
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::Rates;
use counterfoil_adjudicate::rates::{Interest, LatePayment, Medium};
use counterfoil_base::{Cents, Date, Finding, Phi, Text, add_days, format_ccyymmdd};
use counterfoil_claim::{
    Amount, Party, PaymentHeader, PostalAddress, ProviderAdjustment, Reference, RemittanceAdvice,
    RemittanceClaim, write_835,
};
use counterfoil_ledger::{AdjustmentPurpose, BookedAdjustment, PayerEvent, PaymentClaim};
use counterfoil_remit::{BuiltRemittance, RemittanceRequest, build_remittance};
use counterfoil_store::{
    DueAdjustment, DueClaim, PayeeRow, RemittanceRow, Store, StoreError, Transaction,
};
use counterfoil_x12::{Envelope, Separators};
use std::collections::BTreeSet;

/// Claims and reversals of a payment together: 005010X221A1 section 1.10.2 recommends at most
/// 10,000 in an 835; half of that keeps the memory of a run small.
const CLAIMS_PER_PAYMENT: u32 = 5_000;

/// So many claims that a run leaves to a later one are named.
pub const LATER_LISTED: u32 = 100;

/// The largest amount of a CCD+ entry: ten digits of cents (NACHA record 6 field 6).
const ACH_CENTS_MAX: Cents = Cents(9_999_999_999);

const CONTROL_SEPARATORS: Separators =
    Separators { element: 0x1D, component: 0x1F, repetition: Some(0x1E), segment: 0x1C };

/// One payment of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPayment {
    /// TRN02.
    pub trace_number: String,
    /// Whom it goes to.
    pub payee: PayeeRow,
    /// BPR02.
    pub amount_cents: Cents,
    /// BPR04.
    pub method: String,
    /// BPR16.
    pub effective_on: Date,
    /// Claims and reversals that it reports.
    pub claims: usize,
    /// Name of the 835 file.
    pub file: String,
}

/// What a run issued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentRun {
    /// Payments by payee.
    pub payments: Vec<IssuedPayment>,
    /// Name of the CCD+ file, when something moves electronically.
    pub ccd_file: Option<String>,
    /// Names of the files written, those that an interrupted run left over included.
    pub files: Vec<String>,
    /// Payees whose payment could not be made, with the reason; the others are paid.
    pub failed: Vec<(String, String)>,
    /// Claims that wait for a later run since they were decided after its day, one finding each;
    /// the first [`LATER_LISTED`], and one for the rest.
    pub findings: Vec<Finding>,
}

impl PaymentRun {
    /// Everything that moves.
    #[must_use]
    pub fn total_cents(&self) -> Cents {
        self.payments.iter().map(|payment| payment.amount_cents).sum()
    }
}

/// What a payment run works with.
#[derive(Clone, Copy)]
pub struct PaymentRequest<'a> {
    /// Who pays, and where each payee's money goes.
    pub settings: &'a PaymentSettings,
    /// Plans and prompt-pay rules, for interest on what is paid late.
    pub rates: &'a Rates,
    /// Day of the run.
    pub on: Date,
}

/// Pays everything that was decided by a day, each payee in transactions of its own: an interrupted
/// run goes on where it stopped, and a second run the same day pays only what came since.
///
/// A file is recorded with the payment that it carries and written afterwards; what an
/// interrupted run left unwritten is written first.
pub fn run_payments(
    store: &mut Store,
    request: PaymentRequest<'_>,
    files: &mut dyn PaymentFiles,
) -> Result<PaymentRun, OperationsError> {
    pay(store, request, None, files)
}

/// The same for some payees alone, as after a run that could not pay them.
pub fn pay_payees(
    store: &mut Store,
    request: PaymentRequest<'_>,
    payees: &BTreeSet<String>,
    files: &mut dyn PaymentFiles,
) -> Result<PaymentRun, OperationsError> {
    pay(store, request, Some(payees), files)
}

fn pay(
    store: &mut Store,
    request: PaymentRequest<'_>,
    payees: Option<&BTreeSet<String>>,
    files: &mut dyn PaymentFiles,
) -> Result<PaymentRun, OperationsError> {
    let _alone = store.begin_run()?;
    let mut run =
        PaymentRun { files: write_pending(store, &PAYMENTS, files)?, ..PaymentRun::default() };
    store.work_in_bulk(true)?;
    let issued = issue_all(store, (request, payees), &mut run);
    store.work_in_bulk(false)?;
    issued?;
    run.findings = store.read("claims decided later", |tx| decided_later(tx, request.on))?;
    let failed = &mut run.failed;
    run.ccd_file =
        store.transaction("record the CCD+ file", |tx| Payment { tx, request }.send(failed))?;
    run.files.extend(write_pending(store, &PAYMENTS, files)?);
    Ok(run)
}

fn issue_all(
    store: &mut Store,
    (request, only): (PaymentRequest<'_>, Option<&BTreeSet<String>>),
    run: &mut PaymentRun,
) -> Result<(), OperationsError> {
    let on = request.on.to_string();
    let mut payees: Vec<String> = store.read("payees due", |tx| tx.payees_due(&on))?;
    payees.retain(|payee| only.is_none_or(|only| only.contains(payee)));
    for payee_key in payees {
        loop {
            let issued =
                store.transaction("pay a payee", |tx| Payment { tx, request }.issue(&payee_key));
            match issued {
                Ok(Some(payment)) => run.payments.push(payment),
                Ok(None) => break,
                // One payee's unwritable data must not keep the others from their money.
                Err(OperationsError::Unwritable { cause, .. }) => {
                    run.failed.push((payee_key.clone(), cause));
                    break;
                }
                Err(other) => return Err(other),
            }
        }
    }
    Ok(())
}

/// A claim is not paid on a day before it was decided: interest, the effective date and the
/// order of the books would all be wrong. It waits, and keeps nobody else from their money.
fn decided_later(tx: &Transaction<'_>, on: Date) -> Result<Vec<Finding>, StoreError> {
    let (first, count) = tx.claims_decided_after(&on.to_string(), LATER_LISTED)?;
    let named = first.len() as u64;
    let mut findings: Vec<Finding> = first
        .into_iter()
        .map(|(number, day)| {
            later(format!("Claim {number} waits: it was decided on {day}, after {on}."))
        })
        .collect();
    if count > named {
        findings.push(later(format!("{} more claims were decided after {on}.", count - named)));
    }
    Ok(findings)
}

fn later(message: String) -> Finding {
    Finding::warning("OPS-7-decided-later", 7, message)
        .because("No claim is paid on a day before its decision.")
        .fix("Run the payments for the day of the decision or a later one; nothing was marked.")
}

pub(super) struct Payment<'t, 'c> {
    pub(super) tx: &'t Transaction<'c>,
    pub(super) request: PaymentRequest<'t>,
}

/// What goes into one payment, with the keys under which it waited.
#[derive(Default)]
struct Due {
    claims: Vec<RemittanceClaim>,
    claim_numbers: Vec<String>,
    /// How many of the claims are decided ones; the others are reversals.
    decided: usize,
    /// How the record of the relationship names the claims.
    told: Vec<PaidClaim>,
    loop_keys: Vec<String>,
    adjustments: Vec<ProviderAdjustment>,
    adjustment_keys: Vec<String>,
}

impl Payment<'_, '_> {
    /// Issues the payee's next payment; nothing when nothing is due.
    fn issue(&self, payee_key: &str) -> Result<Option<IssuedPayment>, OperationsError> {
        let payee = self.tx.payee(payee_key)?.unwrap_or_else(|| PayeeRow {
            payee_key: payee_key.to_owned(),
            npi: payee_key.to_owned(),
            ..PayeeRow::default()
        });
        let effective_on = self.effective_on()?;
        let mut due = self.due(&payee, effective_on)?;
        // A balance carried forward waits for the next claim: alone it would be carried forever.
        let held_back: i128 =
            due.adjustments.iter().map(|one| i128::from(one.amount_cents.0)).sum();
        if due.claims.is_empty() && held_back >= 0 {
            return Ok(None);
        }
        let trace_number = self.trace_number(payee_key)?;
        let by_usual = self.request.settings.payment_to(&payee.npi);
        let mut built = self.build(&payee, &mut due, (&trace_number, effective_on), by_usual)?;
        if built.advice.payment.amount_cents > ACH_CENTS_MAX {
            let by_check = self.request.settings.payment_by_check();
            due.claims = built.advice.claims;
            built = self.build(&payee, &mut due, (&trace_number, effective_on), by_check)?;
        }
        self.book(&payee, &due, &built.advice)?;
        self.mark(payee_key, &due, &built, &trace_number)?;
        let file = format!("835-{trace_number}.x12");
        let bytes = self.write(&payee, &built.advice)?;
        record(self.tx, (file.clone(), "835"), &payment_source(&trace_number), &bytes)?;
        let advice = built.advice;
        if let Some(partner) = Partner::find(self.tx, payee_key)? {
            telling::paid(self.tx, partner, &advice, &due.told)?;
        }
        let payment = IssuedPayment {
            trace_number,
            payee,
            amount_cents: advice.payment.amount_cents,
            method: advice.payment.method.to_string(),
            effective_on,
            claims: advice.claims.len(),
            file,
        };
        Ok(Some(payment))
    }

    /// BPR16: the day on which the payee has the money, which banks must settle on.
    fn effective_on(&self) -> Result<Date, OperationsError> {
        add_days(self.request.on, self.request.settings.days_to_effective)
            .and_then(business_day_from)
            .ok_or_else(|| OperationsError::Refused("the effective date is out of range".into()))
    }

    /// Reversals first, since a reversal stands before its correction; then decided claims.
    fn due(&self, payee: &PayeeRow, effective_on: Date) -> Result<Due, OperationsError> {
        let mut due = Due::default();
        let on = self.request.on.to_string();
        for waiting in self.tx.loops_due(&payee.payee_key, (&on, CLAIMS_PER_PAYMENT))? {
            due.claims.push(read_stored(&waiting.remittance_loop)?);
            due.told.push(PaidClaim::reversed(self.tx, &waiting.claim_control_number)?);
            due.claim_numbers.push(waiting.claim_control_number);
            due.loop_keys.push(waiting.due_key);
        }
        let reversals = u32::try_from(due.claims.len()).unwrap_or(CLAIMS_PER_PAYMENT);
        let room = CLAIMS_PER_PAYMENT.saturating_sub(reversals);
        for waiting in self.tx.claims_due(&payee.payee_key, (&on, room))? {
            let mut claim = read_stored(&waiting.remittance_loop)?;
            let mut told = PaidClaim {
                source: (waiting.source_file.clone(), waiting.source_ordinal),
                relationship_id: waiting.relationship_id,
                ..PaidClaim::default()
            };
            if let Some(interest) = self.interest(&waiting, effective_on)? {
                claim.amounts.push(Amount {
                    qualifier: Text::const_new("I"),
                    amount_cents: interest.amount_cents,
                });
                told.interest_cents = interest.amount_cents;
                let reference = &waiting.claim_control_number;
                self.keep_interest(waiting.claim_id, &interest, &claim)?;
                // Interest is money beside the claims: PLB L6, negative since it adds to BPR02.
                let money = self.adjustment(payee, "L6", reference, -interest.amount_cents);
                due.adjustments.push(money);
            }
            due.claims.push(claim);
            due.told.push(told);
            due.claim_numbers.push(waiting.claim_control_number);
            due.decided += 1;
        }
        for waiting in self.tx.adjustments_due(&payee.payee_key, &on)? {
            let (reason, reference) = (&waiting.reason, &waiting.reference);
            due.adjustments.push(self.adjustment(payee, reason, reference, waiting.amount_cents));
            due.adjustment_keys.push(waiting.due_key);
        }
        Ok(due)
    }

    /// What is owed because the payee has the money later than the law of the plan's state allows.
    fn interest(
        &self,
        claim: &DueClaim,
        effective_on: Date,
    ) -> Result<Option<Interest>, OperationsError> {
        let unreadable = |_| OperationsError::Unreadable("a claim's day of receipt");
        let received_on = claim.received_on.parse::<Date>().map_err(unreadable)?;
        let late = LatePayment {
            plan_id: &claim.plan_id,
            service_from: claim.service_from.parse::<Date>().unwrap_or(received_on),
            medium: Medium::Electronic,
            clean_on: received_on,
            pay_on: effective_on,
        };
        Ok(self.request.rates.interest(&late, claim.paid_cents))
    }

    /// The claim's record says what interest it had, so that taking the claim back takes it back.
    fn keep_interest(
        &self,
        claim_id: i64,
        interest: &Interest,
        claim: &RemittanceClaim,
    ) -> Result<(), OperationsError> {
        let explained = interest.explain();
        let mut words = String::new();
        let rule = &explained.rule;
        begin_explanation_line(&mut words, None, (&rule.id, &rule.version));
        words.push_str(&explained.formula);
        words.push('\n');
        let stored = Phi::new(stored(claim)?);
        Ok(self.tx.add_claim_interest(claim_id, interest.amount_cents, &stored, &words)?)
    }

    fn adjustment(
        &self,
        payee: &PayeeRow,
        reason: &str,
        reference: &str,
        amount_cents: Cents,
    ) -> ProviderAdjustment {
        ProviderAdjustment {
            provider_id: Text::from(&payee.payee_key),
            fiscal_period: self.fiscal_period(),
            reason: Text::from(reason),
            reference: Text::from(reference),
            amount_cents,
        }
    }

    /// PLB02: the last day of the calendar year stands for the payee's fiscal year.
    fn fiscal_period(&self) -> Text {
        Text::from(format!("{:04}1231", self.request.on.year()))
    }

    /// Day, payee and a number within the two: unique for the payer for good.
    fn trace_number(&self, payee_key: &str) -> Result<String, OperationsError> {
        let day = format_ccyymmdd(self.request.on);
        let number = self.tx.next_number(&format!("trace/{day}/{payee_key}"))?;
        Ok(format!("{day}{payee_key}{number:03}"))
    }

    /// The 835 of what is due; the claims go over into it, which keeps their order.
    fn build(
        &self,
        payee: &PayeeRow,
        due: &mut Due,
        (trace_number, effective_on): (&str, Date),
        payment: PaymentHeader,
    ) -> Result<BuiltRemittance, OperationsError> {
        let request = RemittanceRequest {
            payment: PaymentHeader {
                trace_number: Text::from(trace_number),
                effective_date: Some(effective_on),
                ..payment
            },
            production_date: Some(self.request.on),
            payer: self.request.settings.payer.clone(),
            payee: payee_party(payee),
            claims: std::mem::take(&mut due.claims),
            adjustments: due.adjustments.clone(),
            provider_id: Text::from(&payee.payee_key),
            fiscal_period: self.fiscal_period(),
        };
        build_remittance(request).map_err(|findings| OperationsError::Unwritable {
            what: "the 835",
            cause: sentences(&findings),
        })
    }

    fn book(
        &self,
        payee: &PayeeRow,
        due: &Due,
        advice: &RemittanceAdvice,
    ) -> Result<(), OperationsError> {
        let payment = &advice.payment;
        let paid = due.claim_numbers.iter().zip(&advice.claims);
        let booked = |adjustment: &ProviderAdjustment| BookedAdjustment {
            purpose: AdjustmentPurpose::from_reason(&adjustment.reason),
            reference: adjustment.reference.clone(),
            amount_cents: adjustment.amount_cents,
        };
        let event = PayerEvent::PaymentIssued {
            trace: payment.trace_number.clone(),
            payee: Text::from(&payee.payee_key),
            claims: paid
                .map(|(number, claim)| PaymentClaim {
                    claim: Text::from(number),
                    paid_cents: claim.paid_cents,
                })
                .collect(),
            adjustments: advice.provider_adjustments.iter().map(booked).collect(),
            amount_cents: payment.amount_cents,
        };
        let entry = event.entry(&format!("pay/{}", payment.trace_number), self.request.on);
        // A payment of denied claims alone moves nothing and has nothing to book.
        if !entry.postings.is_empty() {
            self.tx.post(&entry).map_err(OperationsError::from)?;
        }
        Ok(())
    }

    fn mark(
        &self,
        payee_key: &str,
        due: &Due,
        built: &BuiltRemittance,
        trace_number: &str,
    ) -> Result<(), OperationsError> {
        for key in &due.loop_keys {
            self.tx.mark_loop_paid(key, trace_number)?;
        }
        let on = self.request.on.to_string();
        self.tx.mark_claims_paid(payee_key, (&on, due.decided), trace_number)?;
        for key in &due.adjustment_keys {
            self.tx.mark_adjustment_paid(key, trace_number)?;
        }
        if let Some(carried) = &built.carried_forward {
            let due = DueAdjustment {
                due_key: format!("forward/{trace_number}"),
                reason: carried.reason.to_string(),
                reference: carried.reference.to_string(),
                amount_cents: carried.amount_cents,
                due_on: self.request.on.to_string(),
            };
            self.tx.add_due_adjustment(payee_key, &due)?;
        }
        let payment = &built.advice.payment;
        self.tx.insert_remittance(&RemittanceRow {
            trace_number: trace_number.to_owned(),
            payer_identifier: payment.payer_identifier.to_string(),
            payee_key: payee_key.to_owned(),
            payer_id: self.request.settings.payer.id.to_string(),
            payer_name: self.request.settings.payer.name.to_string(),
            fingerprint: 0,
            amount_cents: payment.amount_cents,
            claims: built.advice.claims.len() as u64,
            effective_on: payment.effective_date.map_or_else(String::new, |day| day.to_string()),
            method: payment.method.to_string(),
            file_digest: String::new(),
            match_outcome: ISSUED.to_owned(),
            matched_cents: Cents::ZERO,
            settled_trace: String::new(),
        })?;
        self.keep_credit(&built.advice)
    }

    fn write(
        &self,
        payee: &PayeeRow,
        advice: &RemittanceAdvice,
    ) -> Result<Vec<u8>, OperationsError> {
        let parties = (self.request.settings.sender_id.as_str(), payee.payee_key.as_str());
        let mut envelope = Envelope::new("HP", "005010X221A1", parties, self.request.on);
        let number = next_payment_number(self.tx)?;
        envelope.interchange_control_number = number;
        envelope.group_control_number = number;
        envelope.usage = self.request.settings.usage.code().into();
        let advices = std::slice::from_ref(advice);
        let usual = write_835(&envelope, advices);
        usual
            .or_else(|_| {
                // Values that hold the usual separators came in a file with others. Control
                // characters are separators too, and no accepted value holds one (X12.5).
                envelope.separators = CONTROL_SEPARATORS;
                write_835(&envelope, advices)
            })
            .map_err(|error| OperationsError::Unwritable {
                what: "the 835",
                cause: error.to_string(),
            })
    }
}

fn read_stored(bytes: &Phi<Vec<u8>>) -> Result<RemittanceClaim, OperationsError> {
    let text = std::str::from_utf8(bytes.expose()).ok();
    text.and_then(RemittanceClaim::from_stored)
        .ok_or(OperationsError::Unreadable("a stored remittance"))
}

fn payee_party(payee: &PayeeRow) -> Party {
    let tax_id = (!payee.tax_id.is_empty())
        .then(|| Reference { qualifier: "TJ".into(), value: Text::from(&payee.tax_id) });
    let has_npi = !payee.npi.is_empty();
    Party {
        entity: "PE".into(),
        entity_type: "2".into(),
        name: Text::from(&payee.name),
        id_qualifier: if has_npi { "XX".into() } else { "FI".into() },
        id: Text::from(if has_npi { &payee.npi } else { &payee.tax_id }),
        address: Some(PostalAddress {
            line_1: Phi::new(Text::from(&payee.address)),
            city: Text::from(&payee.city),
            state: Text::from(&payee.state),
            postal_code: Text::from(&payee.postal_code),
            ..PostalAddress::default()
        }),
        references: if has_npi { tax_id.into_iter().collect() } else { Vec::new() },
        ..Party::default()
    }
}

pub(super) fn sentences(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join(" ")
}
