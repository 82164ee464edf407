//! A file of claims on its way out: checked by the payer's rules, the claims with errors held
//! back for a person, the others sent, in one transaction.

use super::billing::{Billed, BilledClaim, judge_billing};
use super::held::{HeldCause, HeldClaim, HeldFinding, hold};
use super::outgoing::OutgoingClaims;
use super::submit::{Submission, Submitted, submit};
use crate::error::OperationsError;
use crate::intake::{FileScan, IntakeItem, IntakeOptions, read_claims, scan_file};
use crate::payer::{ReceivedClaim, edit_action};
use counterfoil_adjudicate::EditAction;
use counterfoil_base::{Cents, Date, Finding, Phi};
use counterfoil_claim::Claim;
use counterfoil_integrity::{CleanClaimEngine, FileHistory, NoHistory};
use counterfoil_store::{InterchangeSeen, Store, Transaction};
use counterfoil_x12::{Interchange, Profile};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Half of the nine digits of ISA13, and all of them.
const NUMBERS: u32 = 1_000_000_000;
const SECOND_NUMBER: u32 = 500_000_000;
/// Interchanges that one of the source can become: one of each kind of claim.
const KINDS: usize = 2;

/// A file of claims as it came.
pub struct Dispatch<'a> {
    /// Name of the file, for people.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whose rules and tables the claims are checked with.
    pub engine: Arc<CleanClaimEngine>,
    /// Day on which it is sent.
    pub on: Date,
    /// The payment that is predicted of a claim, when it can be.
    pub expected_cents: &'a dyn Fn(&Claim) -> Option<Cents>,
}

/// What became of a file of claims.
#[derive(Debug, Default)]
pub struct Dispatched {
    /// SHA-256 of the file as it came, hex.
    pub digest: String,
    /// True when the file came before; nothing was changed.
    pub was_dispatched: bool,
    /// Claims in it.
    pub claims: u64,
    /// Claims that are held back for a person.
    pub held: u64,
    /// What they charge.
    pub held_cents: Cents,
    /// Claims that went out before and are not sent again.
    pub sent_before: u64,
    /// What went out; nothing when no claim of the file does.
    pub submitted: Option<Submitted>,
}

/// Checks a file of claims and sends those that nothing holds back.
///
/// A file without held claims goes out byte for byte; otherwise the others are written as a file
/// of their own, under a control number that no file of this sender had.
///
/// # Errors
/// [`OperationsError::Refused`] says why nothing of the file can be sent; nothing is kept then.
pub fn dispatch_file(
    store: &mut Store,
    dispatch: &Dispatch<'_>,
) -> Result<Dispatched, OperationsError> {
    let _alone = store.begin_run()?;
    let scan = scan_file(&mut &*dispatch.bytes)
        .map_err(|source| OperationsError::Io { doing: "reading the claims".to_owned(), source })?;
    store.transaction("send a claim file", |tx| work(tx, dispatch, &scan))
}

fn work(
    tx: &Transaction<'_>,
    dispatch: &Dispatch<'_>,
    scan: &FileScan,
) -> Result<Dispatched, OperationsError> {
    let digest = scan.digest.as_str();
    let day = dispatch.on.to_string();
    if tx.begin_file(digest, dispatch.name, "837", &day)?.finished {
        let digest = digest.to_owned();
        return Ok(Dispatched { digest, was_dispatched: true, ..Dispatched::default() });
    }
    let mut inspection = Inspection::new(tx, dispatch, scan);
    inspection.run()?;
    let Inspection { stays, interchanges, is_number_used, mut done, .. } = inspection;
    if stays.len() as u64 == done.claims {
        tx.file_progress(digest, done.claims, true)?;
        return Ok(done);
    }
    let rewritten = match stays.is_empty() && !is_number_used {
        true => None,
        false => Some(rewrite(tx, dispatch, scan, (&stays, &interchanges))?),
    };
    let bytes = rewritten.as_deref().unwrap_or(dispatch.bytes);
    let submission = Submission {
        name: dispatch.name,
        bytes,
        engine: dispatch.engine.clone(),
        on: dispatch.on,
        expected_cents: dispatch.expected_cents,
    };
    let sent = scan_file(&mut &*bytes)
        .map_err(|source| OperationsError::Io { doing: "reading the claims".to_owned(), source })?;
    done.submitted = Some(submit(tx, &submission, &sent)?);
    tx.file_progress(digest, done.claims, true)?;
    Ok(done)
}

fn options(dispatch: &Dispatch<'_>, scan: &FileScan) -> IntakeOptions {
    IntakeOptions {
        engine: dispatch.engine.clone(),
        profile: Profile::Strict,
        keeps_segments: true,
        rejected_sets: scan.rejected_sets.clone(),
        day: dispatch.on,
        acknowledgement_number: 1,
        claims_before: 0,
    }
}

/// The first pass over a file: which of its claims stay here, and why.
struct Inspection<'i, 't> {
    tx: &'i Transaction<'t>,
    dispatch: &'i Dispatch<'i>,
    scan: &'i FileScan,
    history: FileHistory<'static>,
    /// Ordinals of claims that do not go out.
    stays: BTreeSet<u64>,
    interchanges: Vec<Interchange>,
    is_number_used: bool,
    in_rejected_sets: u64,
    done: Dispatched,
}

impl<'i, 't> Inspection<'i, 't> {
    fn new(
        tx: &'i Transaction<'t>,
        dispatch: &'i Dispatch<'i>,
        scan: &'i FileScan,
    ) -> Inspection<'i, 't> {
        Inspection {
            tx,
            dispatch,
            scan,
            history: FileHistory::over(&NoHistory),
            stays: BTreeSet::new(),
            interchanges: Vec::new(),
            is_number_used: false,
            in_rejected_sets: 0,
            done: Dispatched { digest: scan.digest.clone(), ..Dispatched::default() },
        }
    }

    fn run(&mut self) -> Result<(), OperationsError> {
        let options = options(self.dispatch, self.scan);
        read_claims::<_, OperationsError>(self.dispatch.bytes, options, |items, _| {
            items.into_iter().try_for_each(|item| self.item(item))
        })?;
        let refused = |told: String| Err(OperationsError::Refused(told));
        if self.in_rejected_sets > 0 {
            let lost = self.in_rejected_sets;
            return refused(format!(
                "{lost} of its claims are in transaction sets that a payer would return whole, for \
                 an error in their header or trailer; nothing of the file was sent"
            ));
        }
        match self.done.claims {
            0 => refused("it holds no claims (837P or 837I of 005010)".to_owned()),
            _ => Ok(()),
        }
    }

    fn item(&mut self, item: IntakeItem) -> Result<(), OperationsError> {
        match item {
            IntakeItem::Interchange(isa) => self.interchange(*isa),
            IntakeItem::Claim(received) => self.claim(&received),
            IntakeItem::RejectedSet { claims, .. } => {
                self.in_rejected_sets += claims;
                Ok(())
            }
            IntakeItem::NotClaims { set_id } => {
                let told = format!("it holds a transaction set {set_id}, which is no claim");
                Err(OperationsError::Refused(format!("{told}; nothing of the file was sent")))
            }
            // What is wrong with levels above a claim comes again with each claim below them.
            IntakeItem::Finding(_) => Ok(()),
        }
    }

    fn interchange(&mut self, isa: Interchange) -> Result<(), OperationsError> {
        let number = isa.control_number.trim().parse().unwrap_or(1);
        self.is_number_used |= is_used(self.tx, &isa, number, &self.scan.digest)?;
        self.interchanges.push(isa);
        Ok(())
    }

    fn claim(&mut self, received: &ReceivedClaim) -> Result<(), OperationsError> {
        let (claim, engine) = (&received.claim, &self.dispatch.engine);
        let (read, on) = (received.findings.clone(), Some(self.dispatch.on));
        let mut findings = engine.check_read_claim(claim, read, &self.history, on);
        self.history.record(claim);
        self.done.claims += 1;
        findings.retain(|one| edit_action(engine, one) == EditAction::Reject);
        if findings.is_empty() {
            findings.extend(self.unbilled(received)?);
        }
        let errors: Vec<HeldFinding> = findings.iter().map(HeldFinding::of).collect();
        if errors.is_empty() {
            return Ok(());
        }
        self.stays.insert(received.ordinal);
        let place = (self.scan.digest.as_str(), received.ordinal);
        let held = HeldClaim {
            file_name: self.dispatch.name.to_owned(),
            findings: errors,
            claim_segments: Phi::new(received.segments.expose().clone()),
            ..HeldClaim::of(claim, place, (HeldCause::Checked, self.dispatch.on))
        };
        hold(self.tx, &held)?;
        self.done.held += 1;
        let sum = self.done.held_cents.checked_add(claim.charge_cents);
        self.done.held_cents = sum.unwrap_or(self.done.held_cents);
        Ok(())
    }

    /// Why the books cannot take a claim; one that they hold already stays here without a word.
    fn unbilled(&mut self, received: &ReceivedClaim) -> Result<Option<Finding>, OperationsError> {
        let claim = &received.claim;
        let billed = judge_billing(
            self.tx,
            &BilledClaim {
                claim,
                segments: &[],
                expected_cents: None,
                file_digest: &self.scan.digest,
                on: self.dispatch.on,
                twin_subject: "",
            },
        )?;
        if billed == Billed::Before {
            self.stays.insert(received.ordinal);
            self.done.sent_before += 1;
        }
        Ok(if billed.is_in_books() { None } else { billed.finding(claim) })
    }
}

/// Whether another file of this sender went out under a control number; when not, it is this one's.
fn is_used(
    tx: &Transaction<'_>,
    isa: &Interchange,
    number: u32,
    digest: &str,
) -> Result<bool, OperationsError> {
    let sender = format!("{}*{}", isa.sender_qualifier, isa.sender_id);
    let receiver = format!("{}*{}", isa.receiver_qualifier, isa.receiver_id);
    let seen = tx.record_interchange(&sender, &receiver, &format!("{number:09}"), digest)?;
    Ok(matches!(seen, InterchangeSeen::OtherFile { .. }))
}

/// The second pass: the claims that go out, written anew.
fn rewrite(
    tx: &Transaction<'_>,
    dispatch: &Dispatch<'_>,
    scan: &FileScan,
    (stays, interchanges): (&BTreeSet<u64>, &[Interchange]),
) -> Result<Vec<u8>, OperationsError> {
    let mut out = OutgoingClaims::new(dispatch.on);
    for isa in interchanges {
        let source = isa.control_number.trim().parse::<u32>().unwrap_or(1) % NUMBERS;
        let mut number = source;
        let mut free = 0;
        while free < KINDS {
            match is_used(tx, isa, number, &scan.digest)? {
                true => out.refuse_number(isa, number),
                false => free += 1,
            }
            let step = if number == source { SECOND_NUMBER } else { 1 };
            number = (number + step) % NUMBERS;
        }
    }
    read_claims::<_, OperationsError>(dispatch.bytes, options(dispatch, scan), |items, _| {
        for item in items {
            match item {
                IntakeItem::Interchange(isa) => out.interchange(*isa)?,
                IntakeItem::Claim(received) if !stays.contains(&received.ordinal) => {
                    out.add(&received.claim)?;
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    out.close()?;
    Ok(out.take_output())
}
