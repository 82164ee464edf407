//! One claim file from receipt to its answers: 999 or TA1, decisions in the store, 277CA.

mod refusals;
mod told;

pub use refusals::not_claims;
use refusals::{Refusal, rules_changed};

use super::ReceivedClaim;
use super::accumulators::load_accumulators;
use super::adjudication::{Adjudication, PayerDesk, TakenClaim};
use super::answer::ClaimStatusAnswers;
use super::outbox::{ANSWERS, OutgoingFile, PaymentFiles, record, write_pending};
use super::rules::{PackSource, RulesInForce};
use crate::error::OperationsError;
use crate::halves::{Dues, Partner};
use crate::intake::{
    Batch, FileScan, IntakeEnd, IntakeItem, IntakeOptions, is_of_level_above, read_batches,
};
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::{Accumulators, DecisionState};
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::Claim;
use counterfoil_integrity::ClaimStatusEntry;
use counterfoil_store::{ClaimRow, IntakeFile, Store, Transaction};
use counterfoil_x12::{Interchange, Profile, WrittenAcknowledgement};
use std::collections::BTreeMap;
use std::io::Read;

/// What a run over a claim file did.
#[derive(Debug, Default)]
pub struct FileRun {
    /// True when every claim of the file was on record before; nothing was decided.
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
    /// Names of the files written, those that an interrupted run left over included.
    pub files: Vec<String>,
}

/// So many refused claims are told one by one; the 277CA names every one of a larger file.
pub const REFUSED_LISTED: usize = 1_000;

/// Batches of a commit, some thousand claims: a page of an index that claims all over it touch is
/// written once for all of them. It is also what an interrupted run does again at most.
const BATCHES_IN_COMMIT: usize = 16;

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
    /// Who the payer is.
    pub settings: &'a PaymentSettings,
    /// Name of the file, for the record.
    pub name: &'a str,
    /// The first pass over it.
    pub scan: FileScan,
    /// Digest of the rules, tables, rates and members of the desk: a file that was begun with
    /// others goes on, and the run says so.
    pub rules_digest: &'a str,
}

/// Takes a claim file in: every claim once, in transactions of some thousand; an interrupted
/// run goes on where it stopped, and a finished file changes nothing.
///
/// Answers are recorded with the decisions that they tell and written afterwards; what an
/// interrupted run left unwritten is written first.
pub fn adjudicate_file<R: Read + Send>(
    store: &mut Store,
    request: FileRequest<'_>,
    file: R,
    files: &mut dyn PaymentFiles,
    watch: &mut dyn FnMut(Progress),
) -> Result<FileRun, OperationsError> {
    let _alone = store.begin_run()?;
    let left_over = write_pending(store, &ANSWERS, files)?;
    let Begun { known, received_on, accumulators, rules, number, changed, senders, recorded_last } =
        store.transaction("begin a claim file", |tx| begin(tx, &request))?;
    if known.finished {
        return Ok(FileRun { was_finished: true, files: left_over, ..FileRun::default() });
    }
    let digest = request.scan.digest.clone();
    let desk = PayerDesk { received_on, ..request.desk };
    let options = IntakeOptions {
        engine: request.desk.engine.clone(),
        profile: Profile::Lenient,
        keeps_segments: true,
        rejected_sets: request.scan.rejected_sets.clone(),
        day: received_on,
        acknowledgement_number: number,
        claims_before: known.claims_done,
    };
    let mut run = Run {
        adjudication: Adjudication::new(desk, accumulators, digest.clone())
            .with_rules(rules)
            .for_payer(request.settings)
            .of_senders(senders.clone()),
        settings: request.settings,
        digest: &digest,
        first_answer: number,
        answers: None,
        refusal: None,
        refusals: Vec::new(),
        waits_from: None,
        position: 0,
        taken: 0,
        done_before: known.claims_done,
        recorded_last,
        first_taken: None,
        refused: Dues::default(),
        first_refused: None,
        charge_cents: Cents::ZERO,
        sender: match senders.as_slice() {
            [one] => Some(*one),
            _ => None,
        },
        involved: BTreeMap::new(),
        has_others: false,
        done: FileRun { files: left_over, ..FileRun::default() },
    };
    changed.iter().for_each(|finding| run.done.count(finding));
    store.work_in_bulk(true)?;
    let read = read_batches(file, options, |batches| take_all(store, &mut run, batches, watch));
    store.work_in_bulk(false)?;
    let end = read?;
    store.transaction("end a claim file", |tx| run.end(tx, &end.acknowledgements))?;
    run.done.files.extend(write_pending(store, &ANSWERS, files)?);
    Ok(FileRun { end, ..run.done })
}

/// Takes every batch in, many to a commit.
fn take_all(
    store: &mut Store,
    run: &mut Run<'_>,
    batches: &mut dyn Iterator<Item = Batch>,
    watch: &mut dyn FnMut(Progress),
) -> Result<(), OperationsError> {
    let mut batches = batches.peekable();
    while batches.peek().is_some() {
        store.transaction("take claims in", |tx| {
            for (items, bytes) in batches.by_ref().take(BATCHES_IN_COMMIT) {
                run.batch(tx, &items)?;
                watch(run.progress(bytes));
            }
            Ok::<_, OperationsError>(())
        })?;
    }
    Ok(())
}

struct Begun {
    known: IntakeFile,
    /// Day of receipt.
    received_on: Date,
    accumulators: Accumulators,
    /// The rule packs in force on that day, when they are those of the record.
    rules: Option<(Date, RulesInForce)>,
    /// ISA13 of the first TA1 or 999.
    number: u32,
    /// That the file was begun with other rules.
    changed: Option<Finding>,
    /// The partners whose events name the file.
    senders: Vec<Partner>,
    /// Place of the last claim of the file that an earlier run recorded; 0 for none.
    recorded_last: u64,
}

fn begin(tx: &Transaction<'_>, request: &FileRequest<'_>) -> Result<Begun, OperationsError> {
    let digest = &request.scan.digest;
    let day = request.desk.received_on.to_string();
    let known = tx.begin_file(digest, request.name, "837", &day)?;
    // A TA1 and a 999 for each interchange of the file, if it comes to that.
    let answers = if known.finished { 0 } else { request.scan.interchanges.max(1) * 2 };
    let number = reserve_answer_numbers(tx, answers)?;
    // An interrupted file was received when its first claims were, not when it goes on.
    let received_on = known.received_on.parse::<Date>();
    let received_on = received_on.map_err(|_| OperationsError::Unreadable("a day of receipt"))?;
    let (rules, decides) = match request.desk.packs {
        PackSource::Desk => (None, request.rules_digest.to_owned()),
        PackSource::Record => {
            let rules = RulesInForce::on(tx, request.desk.engine, received_on)?;
            let digest = rules.desk_digest(request.rules_digest);
            (Some((received_on, rules)), digest)
        }
    };
    let bound = tx.bind_file_to_rules(digest, &decides)?;
    let changed = (bound != decides && known.claims_done > 0).then(rules_changed);
    let mut senders = Vec::new();
    for id in tx.senders_of_document(digest)? {
        senders.extend(Partner::numbered(tx, id)?);
    }
    let accumulators = load_accumulators(tx)?;
    let recorded_last = tx.last_claim_of_source(digest)?;
    let begun =
        Begun { known, received_on, accumulators, rules, number, changed, senders, recorded_last };
    Ok(begun)
}

struct Run<'a> {
    adjudication: Adjudication<'a>,
    settings: &'a PaymentSettings,
    digest: &'a str,
    first_answer: u32,
    /// The 277CA of the interchange at hand, unless an earlier run finished it.
    answers: Option<(ClaimStatusAnswers, OutgoingFile)>,
    /// Why the interchange at hand is refused whole.
    refusal: Option<Refusal>,
    /// For each interchange of the file, its header and the TA105 code when it is refused whole.
    refusals: Vec<Option<(Interchange, &'static str)>>,
    /// Claims before the first one that waits for another setting: no run has come further,
    /// whatever it did behind.
    waits_from: Option<u64>,
    /// Claims of the file come to, those of rejected sets included.
    position: u64,
    taken: u64,
    /// Claims at the head of the file that an earlier run came to: recorded, or refused.
    done_before: u64,
    recorded_last: u64,
    /// Place of the first claim of the batch that was taken in, and of the first refused.
    first_taken: Option<u64>,
    first_refused: Option<u64>,
    /// What has to be said of claims that were refused.
    refused: Dues,
    charge_cents: Cents,
    /// Whose file it is by the events of partners; nothing when none or several name it.
    sender: Option<Partner>,
    /// Partners with claims in the file, by number, and whether others have claims in it too.
    involved: BTreeMap<i64, Partner>,
    has_others: bool,
    done: FileRun,
}

impl Run<'_> {
    fn progress(&self, bytes: u64) -> Progress {
        let findings = self.done.findings.values().map(|(count, _)| count).sum();
        Progress { bytes, claims: self.taken, charge_cents: self.charge_cents, findings }
    }

    fn batch(&mut self, tx: &Transaction<'_>, items: &[IntakeItem]) -> Result<(), OperationsError> {
        for item in items {
            match item {
                IntakeItem::Interchange(interchange) => self.interchange(tx, interchange)?,
                IntakeItem::Claim(received) => self.claim(tx, received)?,
                IntakeItem::RejectedSet { claims, .. } => {
                    self.refuse_set(*claims)?;
                    self.position += claims;
                    self.done.claims_in_rejected_sets += claims;
                }
                IntakeItem::NotClaims { set_id } => self.done.count(&not_claims(set_id)),
                IntakeItem::Finding(finding) => self.done.count(finding),
            }
        }
        if let Some((answers, file)) = &mut self.answers {
            file.append(tx, &answers.take_output())?;
        }
        // A claim is taken in once, so that the first of each batch is another.
        let first = self.first_taken.take().unwrap_or_default();
        self.adjudication.dues.record(tx, &format!("taken/{}/{first}", self.digest))?;
        let first = self.first_refused.take().unwrap_or_default();
        self.refused.record_once(tx, &format!("refused/{}/{first}", self.digest))?;
        tx.file_progress(self.digest, self.done(), false)?;
        Ok(())
    }

    /// How many claims at the head of the file no later run has to come to again.
    fn done(&self) -> u64 {
        self.waits_from.unwrap_or(self.position.max(self.done_before))
    }

    fn claim(
        &mut self,
        tx: &Transaction<'_>,
        received: &ReceivedClaim,
    ) -> Result<(), OperationsError> {
        self.position = received.ordinal;
        let partner = self.involve(tx, &received.claim)?;
        let ordinal = received.ordinal;
        if ordinal <= self.recorded_last
            && let Some(row) = tx.claim_by_source(self.digest, ordinal)?
        {
            return self.recorded(tx, received, row);
        }
        if let Some(refusal) = self.refusal {
            self.done.claims_in_rejected_sets += 1;
            // What another setting lets in is not refused for good, and nobody is told so.
            if refusal.may_end {
                self.waits_from.get_or_insert(ordinal.saturating_sub(1));
                return Ok(());
            }
            return self.refuse_claim(partner, ordinal);
        }
        // An earlier run came to it and recorded nothing: it refused it.
        if ordinal <= self.done_before {
            self.done.claims_in_rejected_sets += 1;
            return Ok(());
        }
        self.taken += 1;
        self.first_taken.get_or_insert(ordinal);
        let taken = self.adjudication.take(tx, received, received.ordinal)?;
        let charge = received.claim.charge_cents;
        self.charge_cents = self.charge_cents.checked_add(charge).unwrap_or(self.charge_cents);
        let state = taken.decision.state.claim_state().word();
        let total = self.done.states.entry(state).or_default();
        total.0 += 1;
        total.1 = total.1.checked_add(charge).unwrap_or(total.1);
        // Errors of levels were counted when they came, once for all claims below them.
        let own = taken.findings.iter().filter(|finding| !is_of_level_above(finding));
        own.for_each(|finding| self.done.count(finding));
        let is_refused = taken.decision.state == DecisionState::Rejected;
        if is_refused && self.done.refused.len() < REFUSED_LISTED {
            self.done.refused.push(RefusedClaim::of(&received.claim, &taken.rejections));
        }
        self.answer(received, &taken)
    }

    /// A claim that an earlier run committed: its decision stands, and the sender gets the answer
    /// that an interrupted run could not write.
    fn recorded(
        &mut self,
        tx: &Transaction<'_>,
        received: &ReceivedClaim,
        row: ClaimRow,
    ) -> Result<(), OperationsError> {
        self.taken += 1;
        self.done.claims_done_before += 1;
        if self.answers.is_none() {
            return Ok(());
        }
        let taken = self.adjudication.recorded(tx, received, row)?;
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
            Some((answers, _)) => answers.add(&received.claim, taken),
            None => Ok(()),
        }
    }

    fn close_answers(&mut self, tx: &Transaction<'_>) -> Result<(), OperationsError> {
        let Some((answers, mut file)) = self.answers.take() else { return Ok(()) };
        match answers.finish()? {
            Some(bytes) => {
                file.append(tx, &bytes)?;
                file.close(tx)
            }
            None => file.discard(tx),
        }
    }

    /// Records the last answers with the end of the file.
    fn end(
        &mut self,
        tx: &Transaction<'_>,
        acknowledgements: &[WrittenAcknowledgement],
    ) -> Result<(), OperationsError> {
        self.close_answers(tx)?;
        for (index, answer) in (1..).zip(acknowledgements) {
            let refused = self.refusals.get(index - 1).cloned().flatten();
            let number = self.first_answer.saturating_add(2 * (index as u32 - 1));
            let refusal = refused.map(|(isa, code)| self.refuse(&isa, code, number)).transpose()?;
            let parts = match &refusal {
                Some(_) => [("TA1", &refusal), ("999", &None)],
                None => [("TA1", &answer.interchange), ("999", &answer.implementation)],
            };
            for (kind, bytes) in parts {
                if let Some(bytes) = bytes {
                    let name = format!("{kind}-{}-{index}.x12", short(self.digest));
                    let source = format!("{}/{index}/{kind}", self.digest);
                    // An answer that was given stands: a file refused twice is answered once.
                    if tx.outbox_of(&source)?.is_none() {
                        record(tx, (name, kind), &source, bytes)?;
                    }
                }
            }
        }
        self.tell_end(tx, acknowledgements.len())?;
        // Claims that were refused for their usage can be taken in once the settings allow it.
        Ok(tx.file_progress(self.digest, self.done(), self.waits_from.is_none())?)
    }
}

/// Half of the nine digits of ISA13 is for answers, half for payments, so that no receiver meets
/// a number twice and a run that breaks off moves no number of a payment.
const NUMBERS_OF_EACH: i64 = 499_999_999;

/// The interchange control number of the next 835.
pub(super) fn next_payment_number(tx: &Transaction<'_>) -> Result<u32, OperationsError> {
    let next = (tx.next_number("interchange/payments")? - 1).rem_euclid(NUMBERS_OF_EACH);
    Ok(u32::try_from(NUMBERS_OF_EACH + 1 + next).unwrap_or(1))
}

/// The first of so many numbers in a row for TA1, 999 and 277CA.
fn reserve_answer_numbers(tx: &Transaction<'_>, count: u64) -> Result<u32, OperationsError> {
    let first = (tx.reserve_numbers("interchange/answers", count)? - 1).rem_euclid(NUMBERS_OF_EACH);
    Ok(u32::try_from(first + 1).unwrap_or(1))
}

/// Enough of a digest to tell files apart in a folder.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
