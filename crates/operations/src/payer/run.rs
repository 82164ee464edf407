//! One claim file from receipt to its answers: 999 or TA1, decisions in the store, 277CA.

use super::ReceivedClaim;
use super::accumulators::load_accumulators;
use super::adjudication::{Adjudication, PayerDesk, TakenClaim};
use super::answer::ClaimStatusAnswers;
use super::payment_run::PaymentFiles;
use crate::error::OperationsError;
use crate::intake::{FileScan, IntakeEnd, IntakeItem, IntakeOptions, read_claims};
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::DecisionState;
use counterfoil_base::{Acknowledgement, Cents, Finding, Text};
use counterfoil_claim::Claim;
use counterfoil_integrity::{ClaimStatusEntry, CleanClaimEngine};
use counterfoil_store::{InterchangeSeen, Store};
use counterfoil_x12::{Envelope, Interchange, Profile, Writer, WrittenAcknowledgement};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// What a run over a claim file did.
#[derive(Debug, Default)]
pub struct FileRun {
    /// True when every claim of the file was on record before; nothing was done.
    pub was_finished: bool,
    /// Claims by where they ended, with their charges.
    pub states: BTreeMap<&'static str, (u64, Cents)>,
    /// Claims of transaction sets or interchanges that were rejected whole.
    pub claims_in_rejected_sets: u64,
    /// Claims that an earlier, interrupted run had recorded.
    pub claims_done_before: u64,
    /// Why claims were refused, in the order of the file; the first [`REFUSED_LISTED`].
    pub refused: Vec<RefusedClaim>,
    /// Findings by code, with how often and the first of each.
    pub findings: BTreeMap<String, (u64, Finding)>,
    /// What the model does not name, tables that were missing, bytes.
    pub end: IntakeEnd,
    /// Names of the files written.
    pub files: Vec<String>,
}

/// So many refused claims are told one by one; the 277CA names every one of a larger file.
pub const REFUSED_LISTED: usize = 1_000;

/// A claim that was refused, with every reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedClaim {
    /// CLM01, the provider's number.
    pub patient_control_number: Text,
    /// Where its CLM stands in the file, counted from 1.
    pub segment: u64,
    /// Claim status category and code as the 277CA answers it (STC01), with the plain words.
    pub reasons: Vec<(String, String)>,
}

impl RefusedClaim {
    fn of(claim: &Claim, rejections: &[Finding]) -> RefusedClaim {
        let mut reasons: Vec<(String, String)> = Vec::new();
        for finding in rejections {
            let status = ClaimStatusEntry::of(finding).map(|entry| entry.to_string());
            let reason = (status.unwrap_or_default(), finding.message.clone());
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        RefusedClaim {
            patient_control_number: claim.patient_control_number.clone(),
            segment: claim.source.segment,
            reasons,
        }
    }
}

impl FileRun {
    /// Claims that were taken in, rejected ones included.
    #[must_use]
    pub fn claims(&self) -> u64 {
        self.states.values().map(|(claims, _)| claims).sum()
    }

    fn count(&mut self, finding: &Finding) {
        let entry = self.findings.entry(finding.code.to_string());
        entry.or_insert_with(|| (0, finding.clone())).0 += 1;
    }
}

/// Where a long run stands, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of the file read.
    pub bytes: u64,
    /// Claims taken in.
    pub claims: u64,
    /// Charges of the claims taken in.
    pub charge_cents: Cents,
    /// Findings so far.
    pub findings: u64,
}

/// What a run works with.
pub struct FileRequest<'a> {
    /// What decisions are made with.
    pub desk: PayerDesk<'a>,
    /// The desk's engine, shared with the reading thread.
    pub engine: Arc<CleanClaimEngine>,
    /// Who the payer is.
    pub settings: &'a PaymentSettings,
    /// Name of the file, for the record.
    pub name: &'a str,
    /// The first pass over it.
    pub scan: FileScan,
}

/// Takes a claim file in: every claim once, in transactions of a batch each; an interrupted
/// run goes on where it stopped, and a finished file changes nothing.
pub fn adjudicate_file<R: Read + Send>(
    store: &mut Store,
    request: FileRequest<'_>,
    file: R,
    files: &mut dyn PaymentFiles,
    watch: &mut dyn FnMut(Progress),
) -> Result<FileRun, OperationsError> {
    let day = request.desk.received_on;
    let digest = request.scan.digest.clone();
    let (known, accumulators, number) = store.transaction("begin a claim file", |tx| {
        let known = tx.begin_file(&digest, request.name, "837", &day.to_string())?;
        // A TA1 and a 999 for each interchange of the file, if it comes to that.
        let answers = if known.finished { 0 } else { request.scan.interchanges.max(1) * 2 };
        let number = reserve_answer_numbers(tx, answers)?;
        Ok::<_, OperationsError>((known, load_accumulators(tx)?, number))
    })?;
    if known.finished {
        return Ok(FileRun { was_finished: true, ..FileRun::default() });
    }
    let options = IntakeOptions {
        engine: request.engine.clone(),
        profile: Profile::Lenient,
        keeps_segments: true,
        rejected_sets: request.scan.rejected_sets.clone(),
        day,
        acknowledgement_number: number,
    };
    let adjudication = Adjudication::new(request.desk, accumulators, digest.clone());
    let mut run = Run {
        adjudication,
        settings: request.settings,
        digest: &digest,
        number,
        first_answer: number,
        answers: None,
        is_replayed: false,
        replays: Vec::new(),
        taken: 0,
        done_before: known.claims_done,
        charge_cents: Cents::ZERO,
        done: FileRun { claims_done_before: known.claims_done, ..FileRun::default() },
    };
    let end = read_claims::<_, OperationsError>(file, options, |items, bytes| {
        store.transaction("take a batch of claims in", |tx| run.batch(tx, &items, files))?;
        watch(run.progress(bytes));
        Ok(())
    })?;
    run.close_answers(files)?;
    run.write_acknowledgements(&end.acknowledgements, files)?;
    let taken = run.taken;
    store.transaction("end a claim file", |tx| {
        Ok::<_, OperationsError>(tx.file_progress(&digest, taken, true)?)
    })?;
    Ok(FileRun { end, ..run.done })
}

struct Run<'a> {
    adjudication: Adjudication<'a>,
    settings: &'a PaymentSettings,
    digest: &'a str,
    number: u32,
    first_answer: u32,
    answers: Option<ClaimStatusAnswers>,
    is_replayed: bool,
    /// For each interchange of the file, its header when its control number was replayed.
    replays: Vec<Option<Interchange>>,
    taken: u64,
    done_before: u64,
    charge_cents: Cents,
    done: FileRun,
}

impl Run<'_> {
    fn progress(&self, bytes: u64) -> Progress {
        let findings = self.done.findings.values().map(|(count, _)| count).sum();
        Progress { bytes, claims: self.taken, charge_cents: self.charge_cents, findings }
    }

    fn batch(
        &mut self,
        tx: &counterfoil_store::Transaction<'_>,
        items: &[IntakeItem],
        files: &mut dyn PaymentFiles,
    ) -> Result<(), OperationsError> {
        for item in items {
            match item {
                IntakeItem::Interchange(interchange) => self.interchange(tx, interchange, files)?,
                IntakeItem::Claim(received) => self.claim(tx, received)?,
                IntakeItem::RejectedSet { claims, .. } => {
                    self.done.claims_in_rejected_sets += claims;
                }
                IntakeItem::NotClaims { set_id } => self.done.count(&not_claims(set_id)),
                IntakeItem::Finding(finding) => self.done.count(finding),
            }
        }
        tx.file_progress(self.digest, self.taken.max(self.done_before), false)?;
        Ok(())
    }

    /// A control number that another file used is a replay: its claims are not taken in.
    fn interchange(
        &mut self,
        tx: &counterfoil_store::Transaction<'_>,
        interchange: &Interchange,
        files: &mut dyn PaymentFiles,
    ) -> Result<(), OperationsError> {
        self.close_answers(files)?;
        let sender = format!("{}*{}", interchange.sender_qualifier, interchange.sender_id);
        let receiver = format!("{}*{}", interchange.receiver_qualifier, interchange.receiver_id);
        let number = &interchange.control_number;
        let seen = tx.record_interchange(&sender, &receiver, number, self.digest)?;
        self.is_replayed = matches!(seen, InterchangeSeen::OtherFile { .. });
        if self.is_replayed {
            self.done.count(&replayed(number));
        }
        self.replays.push(self.is_replayed.then(|| interchange.clone()));
        let day = self.adjudication.desk.received_on;
        self.number = reserve_answer_numbers(tx, 1)?;
        let answers = ClaimStatusAnswers::new(self.settings, interchange, self.number, day)?;
        self.answers = Some(answers);
        Ok(())
    }

    fn claim(
        &mut self,
        tx: &counterfoil_store::Transaction<'_>,
        received: &ReceivedClaim,
    ) -> Result<(), OperationsError> {
        if self.is_replayed {
            self.done.claims_in_rejected_sets += 1;
            return Ok(());
        }
        self.taken += 1;
        if self.taken <= self.done_before {
            return self.answer_recorded(tx, received);
        }
        let taken = self.adjudication.take(tx, received, self.taken)?;
        let charge = received.claim.charge_cents;
        self.charge_cents = self.charge_cents.checked_add(charge).unwrap_or(self.charge_cents);
        let state = taken.decision.state.claim_state().word();
        let total = self.done.states.entry(state).or_default();
        total.0 += 1;
        total.1 = total.1.checked_add(charge).unwrap_or(total.1);
        taken.findings.iter().for_each(|finding| self.done.count(finding));
        let is_refused = taken.decision.state == DecisionState::Rejected;
        if is_refused && self.done.refused.len() < REFUSED_LISTED {
            self.done.refused.push(RefusedClaim::of(&received.claim, &taken.rejections));
        }
        self.answer(received, &taken)
    }

    fn answer(
        &mut self,
        received: &ReceivedClaim,
        taken: &TakenClaim,
    ) -> Result<(), OperationsError> {
        debug_assert!(
            taken.decision.state != DecisionState::Rejected || !taken.rejections.is_empty(),
            "a rejected claim says why"
        );
        match &mut self.answers {
            Some(answers) => answers.add(&received.claim, taken),
            None => Ok(()),
        }
    }

    /// A claim that an interrupted run committed: its decision stands, and the sender gets the
    /// answer that the interrupted run could not write.
    fn answer_recorded(
        &mut self,
        tx: &counterfoil_store::Transaction<'_>,
        received: &ReceivedClaim,
    ) -> Result<(), OperationsError> {
        let Some(row) = tx.claim_by_key(&format!("{}/{}", self.digest, self.taken))? else {
            return Err(OperationsError::Unreadable("a claim of an interrupted file"));
        };
        let taken = self.adjudication.recorded(received, row);
        self.answer(received, &taken)
    }

    fn close_answers(&mut self, files: &mut dyn PaymentFiles) -> Result<(), OperationsError> {
        let Some(answers) = self.answers.take() else { return Ok(()) };
        if let Some(bytes) = answers.finish()? {
            let name = format!("277CA-{}-{}.x12", short(self.digest), self.number);
            files.write(&name, &bytes)?;
            self.done.files.push(name);
        }
        Ok(())
    }

    fn write_acknowledgements(
        &mut self,
        written: &[WrittenAcknowledgement],
        files: &mut dyn PaymentFiles,
    ) -> Result<(), OperationsError> {
        for (index, answer) in (1..).zip(written) {
            let replayed = self.replays.get(index - 1).cloned().flatten();
            let number = self.first_answer.saturating_add(2 * (index as u32 - 1));
            let refusal = replayed.map(|isa| self.refuse_replay(&isa, number)).transpose()?;
            let parts = match &refusal {
                Some(_) => [("TA1", &refusal), ("999", &None)],
                None => [("TA1", &answer.interchange), ("999", &answer.implementation)],
            };
            for (kind, bytes) in parts {
                if let Some(bytes) = bytes {
                    let name = format!("{kind}-{}-{index}.x12", short(self.digest));
                    files.write(&name, bytes)?;
                    self.done.files.push(name);
                }
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// TA1 with R and 025: the control number was used before.
    fn refuse_replay(&self, isa: &Interchange, number: u32) -> Result<Vec<u8>, OperationsError> {
        let day = self.adjudication.desk.received_on;
        let parties = (self.settings.sender_id.as_str(), isa.sender_id.as_str());
        let mut envelope = Envelope::new("FA", "005010X231A1", parties, day);
        envelope.interchange_control_number = number;
        envelope.usage = isa.usage.clone();
        let answer = [&isa.control_number, &isa.date, &isa.time, "R", REPLAYED];
        Writer::interchange_acknowledgement(&envelope, answer).map_err(|error| {
            OperationsError::Unwritable { what: "the TA1", cause: error.to_string() }
        })
    }
}

/// Half of the nine digits of ISA13 is for answers, half for payments, so that no receiver meets
/// a number twice and a run that breaks off moves no number of a payment.
const NUMBERS_OF_EACH: i64 = 499_999_999;

/// The interchange control number of the next 835.
pub(super) fn next_payment_number(
    tx: &counterfoil_store::Transaction<'_>,
) -> Result<u32, OperationsError> {
    let next = (tx.next_number("interchange/payments")? - 1).rem_euclid(NUMBERS_OF_EACH);
    Ok(u32::try_from(NUMBERS_OF_EACH + 1 + next).unwrap_or(1))
}

/// The first of so many numbers in a row for TA1, 999 and 277CA.
fn reserve_answer_numbers(
    tx: &counterfoil_store::Transaction<'_>,
    count: u64,
) -> Result<u32, OperationsError> {
    let first = (tx.reserve_numbers("interchange/answers", count)? - 1).rem_euclid(NUMBERS_OF_EACH);
    Ok(u32::try_from(first + 1).unwrap_or(1))
}

/// TA105: duplicate interchange control number.
const REPLAYED: &str = "025";

/// Enough of a digest to tell files apart in a folder.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn replayed(control_number: &str) -> Finding {
    let message = format!("Interchange {control_number} was received before with other content.");
    // TA105 025: duplicate interchange control number.
    let answer = Acknowledgement { interchange_error: Some("025"), ..Acknowledgement::default() };
    Finding::error("OPS-7-control-number-replayed", 7, message)
        .because("A control number names one interchange of a sender for good (X12.5, ISA13).")
        .fix("Send it again under a new control number; none of its claims was taken in.")
        .answered_by(answer)
}

/// What is said of a transaction set that adjudication has no guide for.
#[must_use]
pub fn not_claims(set_id: &str) -> Finding {
    Finding::warning("OPS-7-not-claims", 7, format!("A transaction set {set_id} holds no claims."))
        .because("Adjudication takes 837P and 837I of version 005010.")
        .fix("Send claims alone; the others were passed over.")
}
