//! The payment run: for each payee, what is due becomes 835s, CCD+ entries and book entries.

use super::run::next_payment_number;
use crate::error::OperationsError;
use crate::payment_settings::PaymentSettings;
use counterfoil_base::{Cents, Date, Finding, Phi, Text, add_days, format_ccyymmdd};
use counterfoil_claim::{
    Party, PaymentHeader, PostalAddress, ProviderAdjustment, Reference, RemittanceAdvice,
    RemittanceClaim, write_835,
};
use counterfoil_ledger::{AdjustmentPurpose, BookedAdjustment, PayerEvent, PaymentClaim};
use counterfoil_remit::{
    BuiltRemittance, CcdOrigin, CcdPayment, RemittanceRequest, build_remittance, write_ccd_plus,
};
use counterfoil_store::{DueAdjustment, PayeeRow, RemittanceRow, Store, Transaction};
use counterfoil_x12::{Envelope, Separators};

/// 005010X221A1 section 1.10.2 recommends at most 10,000 claims in an 835; half of that keeps
/// the memory of a run small.
const CLAIMS_PER_PAYMENT: u32 = 5_000;

/// The largest amount of a CCD+ entry: ten digits of cents (NACHA record 6 field 6).
const ACH_CENTS_MAX: Cents = Cents(9_999_999_999);

const CONTROL_SEPARATORS: Separators =
    Separators { element: 0x1D, component: 0x1F, repetition: Some(0x1E), segment: 0x1C };

/// A payment with its 835 that no CCD+ file holds yet.
const ISSUED: &str = "issued";
/// A payment whose CCD+ entry is written, or that needs none.
const SENT: &str = "sent";

/// Where the run puts its files.
pub trait PaymentFiles {
    /// Writes a whole file under this name.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError>;
}

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
    /// Payees whose payment could not be made, with the reason; the others are paid.
    pub failed: Vec<(String, String)>,
}

impl PaymentRun {
    /// Everything that moves.
    #[must_use]
    pub fn total_cents(&self) -> Cents {
        self.payments.iter().map(|payment| payment.amount_cents).sum()
    }
}

/// Pays everything that is due on a day, each payee in transactions of its own: an interrupted
/// run goes on where it stopped, and a second run the same day pays only what came since.
pub fn run_payments(
    store: &mut Store,
    settings: &PaymentSettings,
    on: Date,
    files: &mut dyn PaymentFiles,
) -> Result<PaymentRun, OperationsError> {
    let payees: Vec<String> =
        store.transaction("payees due", |tx| Ok::<_, OperationsError>(tx.payees_due()?))?;
    let mut run = PaymentRun::default();
    for payee_key in payees {
        loop {
            let issued = store.transaction("pay a payee", |tx| {
                Payment { tx, settings, on }.issue(&payee_key, files)
            });
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
    run.ccd_file =
        store.transaction("write the CCD+ file", |tx| Payment { tx, settings, on }.send(files))?;
    Ok(run)
}

struct Payment<'t, 'c> {
    tx: &'t Transaction<'c>,
    settings: &'t PaymentSettings,
    on: Date,
}

/// What goes into one payment, with the keys under which it waited.
#[derive(Default)]
struct Due {
    claims: Vec<RemittanceClaim>,
    claim_numbers: Vec<String>,
    loop_keys: Vec<String>,
    adjustments: Vec<ProviderAdjustment>,
    adjustment_keys: Vec<String>,
}

impl Payment<'_, '_> {
    /// Issues the payee's next payment; nothing when nothing is due.
    fn issue(
        &self,
        payee_key: &str,
        files: &mut dyn PaymentFiles,
    ) -> Result<Option<IssuedPayment>, OperationsError> {
        let payee = self.tx.payee(payee_key)?.unwrap_or_else(|| PayeeRow {
            payee_key: payee_key.to_owned(),
            npi: payee_key.to_owned(),
            ..PayeeRow::default()
        });
        let due = self.due(&payee)?;
        // A balance carried forward waits for the next claim: alone it would be carried forever.
        let held_back: i128 =
            due.adjustments.iter().map(|one| i128::from(one.amount_cents.0)).sum();
        if due.claims.is_empty() && held_back >= 0 {
            return Ok(None);
        }
        let effective_on = add_days(self.on, self.settings.days_to_effective)
            .ok_or_else(|| OperationsError::Refused("the effective date is out of range".into()))?;
        let trace_number = self.trace_number(payee_key)?;
        let by_usual = self.settings.payment_to(&payee.npi);
        let mut built = self.build(&payee, &due, (&trace_number, effective_on), by_usual)?;
        if built.advice.payment.amount_cents > ACH_CENTS_MAX {
            let by_check = self.settings.payment_by_check();
            built = self.build(&payee, &due, (&trace_number, effective_on), by_check)?;
        }
        self.book(&payee, &due, &built.advice)?;
        self.mark(payee_key, &due, &built, &trace_number)?;
        let file = format!("835-{trace_number}.x12");
        files.write(&file, &self.write(&payee, &built.advice)?)?;
        let advice = built.advice;
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

    /// One CCD+ entry for each electronic payment that no CCD+ file holds yet, this run's and
    /// those of a run that was interrupted; the payments are marked in the same transaction.
    fn send(&self, files: &mut dyn PaymentFiles) -> Result<Option<String>, OperationsError> {
        let mut credits = Vec::new();
        let mut sent = Vec::new();
        for row in self.tx.remittances()?.into_iter().filter(|row| row.match_outcome == ISSUED) {
            credits.extend(CcdPayment::of(&self.announcement(&row)?));
            sent.push(RemittanceRow { match_outcome: SENT.to_owned(), ..row });
        }
        for row in &sent {
            self.tx.set_remittance_match(row)?;
        }
        if credits.is_empty() {
            return Ok(None);
        }
        let number = self.tx.next_number("ccd")?;
        let name = format!("ccd-{}-{number:04}.ach", format_ccyymmdd(self.on));
        files.write(&name, ccd_plus(self.settings, self.on, number, &credits)?.as_bytes())?;
        Ok(Some(name))
    }

    /// What the 835 of a payment says about its money, from the record of it.
    fn announcement(&self, row: &RemittanceRow) -> Result<RemittanceAdvice, OperationsError> {
        let payee = self.tx.payee(&row.payee_key)?.unwrap_or_default();
        let payment = PaymentHeader {
            amount_cents: row.amount_cents,
            trace_number: Text::from(&row.trace_number),
            effective_date: row.effective_on.parse::<Date>().ok(),
            method: Text::from(&row.method),
            ..self.settings.payment_to(&payee.npi)
        };
        Ok(RemittanceAdvice { payment, payee: payee_party(&payee), ..RemittanceAdvice::default() })
    }

    /// Reversals first, since a reversal stands before its correction; then decided claims.
    fn due(&self, payee: &PayeeRow) -> Result<Due, OperationsError> {
        let mut due = Due::default();
        for waiting in self.tx.loops_due(&payee.payee_key, CLAIMS_PER_PAYMENT)? {
            due.claims.push(read_stored(&waiting.remittance_loop)?);
            due.claim_numbers.push(waiting.claim_control_number);
            due.loop_keys.push(waiting.due_key);
        }
        for waiting in self.tx.claims_due(&payee.payee_key, CLAIMS_PER_PAYMENT)? {
            due.claims.push(read_stored(&waiting.remittance_loop)?);
            if !waiting.interest_cents.is_zero() {
                let reference = &waiting.claim_control_number;
                // Interest is money beside the claims: PLB L6, negative since it adds to BPR02.
                let interest = self.adjustment(payee, "L6", reference, -waiting.interest_cents);
                due.adjustments.push(interest);
            }
            due.claim_numbers.push(waiting.claim_control_number);
        }
        for waiting in self.tx.adjustments_due(&payee.payee_key)? {
            let (reason, reference) = (&waiting.reason, &waiting.reference);
            due.adjustments.push(self.adjustment(payee, reason, reference, waiting.amount_cents));
            due.adjustment_keys.push(waiting.due_key);
        }
        Ok(due)
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
        Text::from(format!("{:04}1231", self.on.year()))
    }

    /// Day, payee and a number within the two: unique for the payer for good.
    fn trace_number(&self, payee_key: &str) -> Result<String, OperationsError> {
        let day = format_ccyymmdd(self.on);
        let number = self.tx.next_number(&format!("trace/{day}/{payee_key}"))?;
        Ok(format!("{day}{payee_key}{number:03}"))
    }

    fn build(
        &self,
        payee: &PayeeRow,
        due: &Due,
        (trace_number, effective_on): (&str, Date),
        payment: PaymentHeader,
    ) -> Result<BuiltRemittance, OperationsError> {
        let request = RemittanceRequest {
            payment: PaymentHeader {
                trace_number: Text::from(trace_number),
                effective_date: Some(effective_on),
                ..payment
            },
            production_date: Some(self.on),
            payer: self.settings.payer.clone(),
            payee: payee_party(payee),
            claims: due.claims.clone(),
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
        let entry = event.entry(&format!("pay/{}", payment.trace_number), self.on);
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
        let reversals = due.loop_keys.len();
        for key in &due.loop_keys {
            self.tx.mark_loop_paid(key, trace_number)?;
        }
        for number in due.claim_numbers.iter().skip(reversals) {
            self.tx.mark_claim_paid(number, trace_number)?;
        }
        for key in &due.adjustment_keys {
            self.tx.mark_adjustment_paid(key, trace_number)?;
        }
        if let Some(carried) = &built.carried_forward {
            let due = DueAdjustment {
                due_key: format!("forward/{trace_number}"),
                reason: carried.reason.to_string(),
                reference: carried.reference.to_string(),
                amount_cents: carried.amount_cents,
            };
            self.tx.add_due_adjustment(payee_key, &due)?;
        }
        let payment = &built.advice.payment;
        self.tx.insert_remittance(&RemittanceRow {
            trace_number: trace_number.to_owned(),
            payer_identifier: payment.payer_identifier.to_string(),
            payee_key: payee_key.to_owned(),
            payer_id: self.settings.payer.id.to_string(),
            payer_name: self.settings.payer.name.to_string(),
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
        Ok(())
    }

    fn write(
        &self,
        payee: &PayeeRow,
        advice: &RemittanceAdvice,
    ) -> Result<Vec<u8>, OperationsError> {
        let parties = (self.settings.sender_id.as_str(), payee.payee_key.as_str());
        let mut envelope = Envelope::new("HP", "005010X221A1", parties, self.on);
        let number = next_payment_number(self.tx)?;
        envelope.interchange_control_number = number;
        envelope.group_control_number = number;
        envelope.usage = "P".into();
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

fn ccd_plus(
    settings: &PaymentSettings,
    on: Date,
    number: i64,
    credits: &[CcdPayment],
) -> Result<String, OperationsError> {
    // One letter or digit tells several files of a day apart (NACHA record 1 field 7).
    let modifiers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let index = usize::try_from((number - 1).rem_euclid(36)).unwrap_or(0);
    let origin = CcdOrigin {
        destination_routing: settings.routing.clone(),
        destination_name: "BANK".into(),
        origin_id: settings.payer_identifier.clone(),
        origin_name: settings.payer.name.clone(),
        company_name: settings.payer.name.clone(),
        company_id: settings.payer_identifier.clone(),
        originating_routing: settings.routing.clone(),
        file_date: on,
        file_time: (0, 0),
        file_id_modifier: modifiers.chars().nth(index).unwrap_or('A'),
    };
    write_ccd_plus(&origin, credits).map_err(|findings| OperationsError::Unwritable {
        what: "the CCD+ file",
        cause: sentences(&findings),
    })
}

fn sentences(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join(" ")
}
