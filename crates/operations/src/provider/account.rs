//! One claim of the provider at one payer, with all its billings and answers, judged together.
//!
//! What stands in the books follows from what was billed and answered, not from the order in
//! which files arrived: whenever something new is known of a claim, its answers are judged again
//! by the day of payment, and what is booked otherwise is reversed and booked anew.

use crate::error::OperationsError;
use crate::payer::payee_key;
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::Claim;
use counterfoil_ledger::{AdjustmentClass, ProviderEvent, Subject};
use counterfoil_remit::{AnsweredClaim, BilledCharge, ClaimAccount, ClaimAnswer, ClaimDisposition};
use counterfoil_store::{AnswerRow, ReceivableRow, Transaction};

/// CLM05-3 of a void.
pub(super) const VOID: &str = "8";
/// State of a charge that a correction takes back, until the payer has reversed its answer.
const WITHDRAWN: &str = "withdrawn";
/// State of a charge that the payer returned before deciding: it is out of the books, and the
/// claim can be billed anew under its number.
pub(super) const RETURNED: &str = "returned";
/// State of a charge that is out of the books again.
pub(super) const TAKEN_BACK: &str = "taken back";

/// A claim as the provider numbers it, with one of the payers that it was billed to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AccountKey {
    /// NPI of the billing provider, or its tax number without one.
    pub(super) billing_provider: String,
    /// CLM01 and CLP01.
    pub(super) patient_control_number: String,
    /// The payer whose receivable it is: each payer answers only what it was billed itself.
    pub(super) payer_id: String,
}

impl AccountKey {
    /// The claim's number in the ledger: two providers may use one control number.
    pub(super) fn name(&self) -> String {
        if self.billing_provider.is_empty() {
            return self.patient_control_number.clone();
        }
        format!("{}/{}", self.billing_provider, self.patient_control_number)
    }

    pub(super) fn of_claim(claim: &Claim) -> AccountKey {
        AccountKey {
            billing_provider: payee_key(&claim.billing_provider).to_string(),
            patient_control_number: claim.patient_control_number.to_string(),
            payer_id: claim.payer.id.to_string(),
        }
    }

    pub(super) fn of_row(row: &ReceivableRow) -> AccountKey {
        AccountKey {
            billing_provider: row.billing_provider.clone(),
            patient_control_number: row.patient_control_number.clone(),
            payer_id: row.payer_id.clone(),
        }
    }
}

/// What the ledger's postings about a billed claim name (`claim:1234567893/P1`).
#[must_use]
pub fn claim_subject(row: &ReceivableRow) -> String {
    Subject::claim(&AccountKey::of_row(row).name()).to_string()
}

/// The word that the store keeps for what became of an answer.
pub(super) fn disposition_word(disposition: ClaimDisposition) -> &'static str {
    match disposition {
        ClaimDisposition::Posted => "posted",
        ClaimDisposition::Reversed => "reversed",
        ClaimDisposition::Unidentified => "unidentified",
        ClaimDisposition::Disputed => "disputed",
        ClaimDisposition::InformationOnly => "information",
    }
}

/// Place of the billing that stands: the last one that the payer did not return. What it returned
/// it does not hold, and what was to be corrected stands as before.
pub(super) fn standing(rows: &[ReceivableRow]) -> Option<usize> {
    rows.iter().rposition(|row| row.state != RETURNED)
}

/// The billings of a claim that answers can belong to, as they stand.
pub(super) fn account_of(rows: &[ReceivableRow]) -> ClaimAccount {
    let last = standing(rows);
    // What was returned takes its own amount alone, should the payer answer it after all.
    let charges = rows.iter().enumerate().map(|(index, row)| BilledCharge {
        charge_cents: row.charge_cents,
        answered_cents: row.paid_cents + row.adjusted_cents + row.patient_cents,
        paid_cents: row.paid_cents,
        frequency: Text::from(&row.frequency),
        is_replaced: last.is_some_and(|last| index != last),
        is_returned: row.state == RETURNED,
        payer_number: Text::from(&row.claim_control_number),
    });
    ClaimAccount { charges: charges.collect() }
}

/// Judges every answer of a payer to a claim again and books what follows, charges included;
/// gives the answers of which something else became.
pub(super) fn settle_account(
    transaction: &Transaction<'_>,
    key: &AccountKey,
    on: Date,
) -> Result<Vec<Rejudged>, OperationsError> {
    let (provider, number) = (&key.billing_provider, &key.patient_control_number);
    let mut rows = transaction.receivable(provider, number)?;
    rows.retain(|row| row.payer_id == key.payer_id);
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut answers = transaction.answers(provider, number)?;
    answers.retain(|answer| answer.payer_id == key.payer_id);
    let mut account = account_of(&rows);
    for charge in &mut account.charges {
        charge.answered_cents = Cents::ZERO;
        charge.paid_cents = Cents::ZERO;
        charge.payer_number = Text::default();
    }
    let mut settled: Vec<ReceivableRow> = rows.iter().map(unanswered).collect();
    let mut rejudged = Vec::new();
    for day in answers.chunk_by(|one, next| one.effective_on == next.effective_on) {
        let all: Vec<ClaimAnswer<'_>> = day.iter().map(said).collect();
        for taken in account.answer_day(&all) {
            let Some(answer) = day.get(taken.position) else { continue };
            if let Some(row) = taken.charge.and_then(|index| settled.get_mut(index)) {
                add_answer(row, answer)?;
            }
            rebook_answer(transaction, key, answer, taken.disposition, on)?;
            rejudged.extend(Rejudged::of(answer, taken.disposition));
        }
    }
    settle_charges(transaction, key, (&rows, &mut settled, &account), on)?;
    Ok(rejudged)
}

/// An answer of which something else became than was booked.
pub(super) struct Rejudged {
    patient_control_number: String,
    trace_number: String,
    /// True when it has found its charge now, false when it lost it.
    is_explained: bool,
}

impl Rejudged {
    fn of(answer: &AnswerRow, disposition: ClaimDisposition) -> Option<Rejudged> {
        let waits = |word: &str| word == "unidentified" || word == "disputed";
        let now = disposition_word(disposition);
        (waits(&answer.disposition) != waits(now)).then(|| Rejudged {
            patient_control_number: answer.patient_control_number.clone(),
            trace_number: answer.trace_number.clone(),
            is_explained: !waits(now),
        })
    }

    /// What a person must know of it.
    pub(super) fn finding(&self) -> Finding {
        let Rejudged { patient_control_number, trace_number, is_explained } = self;
        let about = format!("to claim {patient_control_number} under trace {trace_number}");
        if *is_explained {
            Finding::note("OPS-7-answer-explained", 7, format!("The answer {about} is explained."))
                .because("All answers of its payer, by their days, leave a charge open for it.")
                .fix("Nothing to do; its money no longer waits for a person.")
        } else {
            Finding::warning("OPS-7-answer-displaced", 7, format!("The answer {about} waits now."))
                .because("Another answer of an earlier or the same day has taken its charge.")
                .fix("Ask the payer which of the answers holds; every amount stays in the books.")
        }
    }
}

/// The charges and the states of all billings, after the answers.
fn settle_charges(
    transaction: &Transaction<'_>,
    key: &AccountKey,
    (rows, settled, account): (&[ReceivableRow], &mut [ReceivableRow], &ClaimAccount),
    on: Date,
) -> Result<(), OperationsError> {
    let last = standing(settled);
    for (index, row) in settled.iter_mut().enumerate() {
        let answered = account.charges.get(index).map_or(Cents::ZERO, |one| one.answered_cents);
        let is_returned = row.state == RETURNED;
        let is_current = last == Some(index) && !is_corrected(transaction, row)?;
        rebook_charge(transaction, key, row, is_current || !answered.is_zero(), on)?;
        // A charge of nothing is never booked, and stands as long as it is wanted.
        let is_free = row.charge_cents.is_zero() && is_current;
        let is_booked = row.bookings % 2 == 1 || is_free;
        if is_returned {
            // Its state says more than that it is not booked.
        } else if row.frequency == VOID || !is_booked {
            TAKEN_BACK.clone_into(&mut row.state);
        } else if !is_current {
            WITHDRAWN.clone_into(&mut row.state);
        }
        if rows.get(index) != Some(row) {
            transaction.update_receivable(row)?;
        }
    }
    Ok(())
}

/// True when a claim to the same payer under another control number took this one's place.
fn is_corrected(
    transaction: &Transaction<'_>,
    row: &ReceivableRow,
) -> Result<bool, OperationsError> {
    let number = &row.claim_control_number;
    let (provider, own) = (&row.billing_provider, &row.patient_control_number);
    let payer = &row.payer_id;
    Ok(!number.is_empty() && transaction.is_corrected_elsewhere((provider, payer), number, own)?)
}

fn unanswered(row: &ReceivableRow) -> ReceivableRow {
    ReceivableRow {
        paid_cents: Cents::ZERO,
        adjusted_cents: Cents::ZERO,
        patient_cents: Cents::ZERO,
        claim_control_number: String::new(),
        state: if row.state == RETURNED { RETURNED } else { "billed" }.to_owned(),
        ..row.clone()
    }
}

fn said(answer: &AnswerRow) -> ClaimAnswer<'_> {
    ClaimAnswer {
        status_code: &answer.status_code,
        frequency: &answer.frequency,
        payer_number: &answer.claim_control_number,
        charge_cents: answer.charge_cents,
        paid_cents: answer.paid_cents,
    }
}

fn add_answer(row: &mut ReceivableRow, answer: &AnswerRow) -> Result<(), OperationsError> {
    let add = |sum: &mut Cents, parts: &[Cents]| -> Result<(), OperationsError> {
        for part in parts {
            let whole = sum.checked_add(*part);
            *sum = whole.ok_or(OperationsError::Unreadable("the sum of a claim's answers"))?;
        }
        Ok(())
    };
    let adjusted =
        [answer.contractual_cents, answer.denied_cents, answer.withheld_cents, answer.other_cents];
    add(&mut row.paid_cents, &[answer.paid_cents])?;
    add(&mut row.adjusted_cents, &adjusted)?;
    add(&mut row.patient_cents, &[answer.patient_cents])?;
    row.claim_control_number.clone_from(&answer.claim_control_number);
    let state = match () {
        () if said(answer).is_reversal() => "reversed",
        () if answer.paid_cents > Cents::ZERO => "paid",
        () if answer.patient_cents > Cents::ZERO => "patient owes",
        () => "denied",
    };
    state.clone_into(&mut row.state);
    Ok(())
}

/// Books an answer anew when something else became of it than is booked.
fn rebook_answer(
    transaction: &Transaction<'_>,
    key: &AccountKey,
    answer: &AnswerRow,
    disposition: ClaimDisposition,
    on: Date,
) -> Result<(), OperationsError> {
    let word = disposition_word(disposition);
    if answer.disposition == word {
        return Ok(());
    }
    take_back(transaction, &answer.entry_key, on, "another file explains it")?;
    let account = key.name();
    let adjustments = by_class(answer);
    let booked = AnsweredClaim {
        payer: &answer.payer_id,
        trace: &answer.trace_number,
        account: &account,
        disposition,
        paid_cents: answer.paid_cents,
        adjustments: &adjustments,
    };
    let AnswerRow { payer_identifier, trace_number, payee_key, position, .. } = answer;
    let root = format!("835/{payer_identifier}/{trace_number}/{payee_key}/claim/{position}");
    let entry_key = free_key(transaction, &root)?;
    let entry = booked.event().entry(&entry_key, on);
    let entry_key = if entry.postings.is_empty() { String::new() } else { entry_key };
    if !entry_key.is_empty() {
        transaction.post(&entry)?;
    }
    let disposition = word.to_owned();
    transaction.update_answer(&AnswerRow { disposition, entry_key, ..answer.clone() })?;
    Ok(())
}

fn by_class(answer: &AnswerRow) -> Vec<(AdjustmentClass, Cents)> {
    let all = [
        (AdjustmentClass::Contractual, answer.contractual_cents),
        (AdjustmentClass::PatientResponsibility, answer.patient_cents),
        (AdjustmentClass::Denied, answer.denied_cents),
        (AdjustmentClass::Withheld, answer.withheld_cents),
        (AdjustmentClass::Other, answer.other_cents),
    ];
    all.into_iter().filter(|(_, cents)| !cents.is_zero()).collect()
}

/// The first key of a row of keys that nothing is booked under.
pub(super) fn free_key(
    transaction: &Transaction<'_>,
    root: &str,
) -> Result<String, OperationsError> {
    let mut key = root.to_owned();
    let mut number = 1;
    while transaction.is_booked(&key)? {
        number += 1;
        key = format!("{root}/{number}");
    }
    Ok(key)
}

/// Reverses an entry that no longer holds; nothing for an empty key.
pub(super) fn take_back(
    transaction: &Transaction<'_>,
    entry_key: &str,
    on: Date,
    memo: &str,
) -> Result<(), OperationsError> {
    if let Some(entry) = transaction.entry(entry_key)? {
        transaction.post(&entry.reversal(&format!("{entry_key}/undone"), on, memo))?;
    }
    Ok(())
}

/// Brings a charge into the books or out of them.
fn rebook_charge(
    transaction: &Transaction<'_>,
    key: &AccountKey,
    row: &mut ReceivableRow,
    is_wanted: bool,
    on: Date,
) -> Result<(), OperationsError> {
    let is_booked = row.bookings % 2 == 1;
    if row.charge_cents.is_zero() || is_wanted == is_booked {
        return Ok(());
    }
    let root = format!("bill/{}/{}", key.name(), row.version);
    if is_booked {
        let entry_key = format!("{root}/{}", row.bookings);
        let memo = match row.state.as_str() {
            RETURNED => "returned by the payer before a decision",
            _ => "replaced or voided by a later claim",
        };
        take_back(transaction, &entry_key, on, memo)?;
    } else {
        let billed_on = row.billed_on.parse::<Date>();
        let day = billed_on.map_err(|_| OperationsError::Unreadable("the day of a billing"))?;
        let event = ProviderEvent::ClaimBilled {
            payer: Text::from(&row.payer_id),
            claim: Text::from(key.name()),
            charge_cents: row.charge_cents,
        };
        transaction.post(&event.entry(&format!("{root}/{}", row.bookings + 1), day))?;
    }
    row.bookings += 1;
    Ok(())
}
