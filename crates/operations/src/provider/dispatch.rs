//! A file of claims on its way out: checked by the payers' rules, the claims with errors held
//! back for a person, the others sent, to each partner its own, in one transaction.

use super::account::AccountKey;
use super::billing::{Billed, BilledClaim, KnownBilling, booked_unsent, judge_billing};
use super::held::{HeldCause, HeldClaim, HeldFinding, hold, release_sent};
use super::outgoing::{
    CONTROL_NUMBERS, ControlNumbers, OutgoingClaims, SECOND_NUMBER, source_number,
};
use super::submit::{Submission, Submitted, submit};
use crate::error::OperationsError;
use crate::halves::{Partner, Partners};
use crate::intake::{FileScan, IntakeItem, IntakeOptions, read_claims, scan_file};
use crate::payer::{ReceivedClaim, edit_action};
use counterfoil_adjudicate::EditAction;
use counterfoil_base::{Cents, Date, Finding, Phi, Position, Text};
use counterfoil_claim::{Claim, FrequencyCode};
use counterfoil_integrity::{CleanClaimEngine, FileHistory, NoHistory};
use counterfoil_store::{InterchangeSeen, Store, Transaction};
use counterfoil_x12::{Interchange, Profile};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A claim waits because the rules of its payer are not at hand.
pub(super) const RULES_AWAITED: &str = "OPS-7-rules-awaited";

/// A file of claims as it came.
pub struct Dispatch<'a> {
    /// Name of the file, for people.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whose rules and tables the claims are checked with.
    pub engine: Arc<CleanClaimEngine>,
    /// Payers by their identifiers (2010BB NM109) whose rules are in force and not at hand, with
    /// what is awaited in words: claims to them are held.
    pub rules_awaited: &'a BTreeMap<Text, String>,
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
    /// The files that went out, for each partner one and one for payers that are none; empty when
    /// no claim of the file goes.
    pub submitted: Vec<Submitted>,
}

impl Dispatched {
    /// Claims that went out.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.submitted.iter().map(|file| file.claims).sum()
    }

    /// Claims among them that are told in the record of a partner.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.submitted.iter().map(|file| file.told).sum()
    }
}

/// Checks a file of claims and sends those that nothing holds back.
///
/// A file that goes to one partner as a whole goes out byte for byte, and so does one whose payers
/// are no partners. Otherwise each partner's claims are written as a file of their own, which is
/// told in its record alone, and those of all other payers as one that is told in none, under
/// control numbers that no file of this sender had.
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
    let files: BTreeMap<Destination, Vec<u8>> = match inspection.destinations.first() {
        None => BTreeMap::new(),
        Some(only) if inspection.goes_as_it_is() => {
            BTreeMap::from([(*only, dispatch.bytes.to_vec())])
        }
        Some(_) => inspection.rewrite()?,
    };
    let mut done = inspection.done;
    for (destination, bytes) in files {
        let submission = Submission {
            name: dispatch.name,
            source: digest,
            bytes: &bytes,
            engine: dispatch.engine.clone(),
            on: dispatch.on,
            expected_cents: dispatch.expected_cents,
            partner: match destination {
                Some(id) => Partner::numbered(tx, id)?,
                None => None,
            },
        };
        let sent = scan_file(&mut &*bytes).map_err(|source| OperationsError::Io {
            doing: "reading the claims".to_owned(),
            source,
        })?;
        done.submitted.push(submit(tx, &submission, &sent)?);
    }
    tx.file_progress(digest, done.claims, true)?;
    Ok(done)
}

/// Number of the relationship in whose record a claim is told; nothing for a payer without one.
type Destination = Option<i64>;

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

/// The first pass over a file: which of its claims stay here and why, and where the others go.
struct Inspection<'i, 't> {
    tx: &'i Transaction<'t>,
    dispatch: &'i Dispatch<'i>,
    scan: &'i FileScan,
    history: FileHistory<'static>,
    partners: Partners,
    /// Ordinals of claims that do not go out.
    stays: BTreeSet<u64>,
    /// Where the others go.
    destinations: BTreeSet<Destination>,
    /// What goes out under each number that the file names so far.
    of_file: BTreeMap<AccountKey, Vec<KnownBilling>>,
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
            partners: Partners::default(),
            stays: BTreeSet::new(),
            destinations: BTreeSet::new(),
            of_file: BTreeMap::new(),
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
            IntakeItem::Interchange(isa) => self.interchange(&isa),
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

    fn interchange(&mut self, isa: &Interchange) -> Result<(), OperationsError> {
        self.is_number_used |= is_used(self.tx, isa, source_number(isa), &self.scan.digest)?;
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
            match self.booking(claim)? {
                Booking::Sendable => match self.awaits_rules(claim) {
                    None => return self.send(claim),
                    Some(finding) => findings.push(finding),
                },
                Booking::SentBefore => {
                    self.stays.insert(received.ordinal);
                    self.done.sent_before += 1;
                    return release_sent(self.tx, claim, (&self.scan.digest, self.dispatch.on));
                }
                Booking::Refused(finding) => findings.push(*finding),
            }
        }
        self.hold(received, &findings)
    }

    fn send(&mut self, claim: &Claim) -> Result<(), OperationsError> {
        let partner = self.partners.find(self.tx, &claim.payer.id)?;
        self.destinations.insert(partner.map(|one| one.id));
        let billings = self.of_file.entry(AccountKey::of_claim(claim)).or_default();
        billings.push(KnownBilling::of_file(claim));
        Ok(())
    }

    fn hold(
        &mut self,
        received: &ReceivedClaim,
        findings: &[Finding],
    ) -> Result<(), OperationsError> {
        let claim = &received.claim;
        self.stays.insert(received.ordinal);
        let place = (self.scan.digest.as_str(), received.ordinal);
        let held = HeldClaim {
            file_name: self.dispatch.name.to_owned(),
            findings: findings.iter().map(HeldFinding::of).collect(),
            claim_segments: Phi::new(received.segments.expose().clone()),
            ..HeldClaim::of(claim, place, (HeldCause::Checked, self.dispatch.on))
        };
        hold(self.tx, &held)?;
        self.done.held += 1;
        let sum = self.done.held_cents.checked_add(claim.charge_cents);
        self.done.held_cents = sum.unwrap_or(self.done.held_cents);
        Ok(())
    }

    /// True when the file goes out byte for byte.
    fn goes_as_it_is(&self) -> bool {
        self.stays.is_empty() && self.destinations.len() == 1 && !self.is_number_used
    }

    /// The second pass: the claims that go out, written anew for each destination. One that cannot
    /// be written is held.
    fn rewrite(&mut self) -> Result<BTreeMap<Destination, Vec<u8>>, OperationsError> {
        let (tx, dispatch, scan) = (self.tx, self.dispatch, self.scan);
        let mut numbers = FreeNumbers { tx, digest: &scan.digest, given: BTreeSet::new() };
        let mut files: BTreeMap<Destination, OutgoingClaims> = BTreeMap::new();
        let mut source: Option<Interchange> = None;
        read_claims::<_, OperationsError>(dispatch.bytes, options(dispatch, scan), |items, _| {
            for item in items {
                match item {
                    IntakeItem::Interchange(isa) => {
                        for file in files.values_mut() {
                            file.interchange((*isa).clone())?;
                        }
                        source = Some(*isa);
                    }
                    IntakeItem::Claim(received) if !self.stays.contains(&received.ordinal) => {
                        let claim = &received.claim;
                        let destination = self.partners.find(tx, &claim.payer.id)?;
                        let file = match files.entry(destination.map(|one| one.id)) {
                            Entry::Occupied(file) => file.into_mut(),
                            Entry::Vacant(place) => {
                                let file = place.insert(OutgoingClaims::new(dispatch.on));
                                source.clone().map_or(Ok(()), |isa| file.interchange(isa))?;
                                file
                            }
                        };
                        match file.refusal(claim) {
                            Some(finding) => self.hold(&received, &[finding])?,
                            None => file.add(claim, &mut numbers)?,
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })?;
        let mut written = BTreeMap::new();
        for (destination, mut file) in files {
            file.close()?;
            let bytes = file.take_output();
            if !bytes.is_empty() {
                written.insert(destination, bytes);
            }
        }
        Ok(written)
    }

    /// That the payer's own rules cannot be asked.
    fn awaits_rules(&self, claim: &Claim) -> Option<Finding> {
        let awaited = self.dispatch.rules_awaited.get(&claim.payer.id)?;
        Some(rules_awaited(awaited).at(place_of(claim)))
    }

    /// Whether the books take a claim, beside what the file holds before it.
    fn booking(&self, claim: &Claim) -> Result<Booking, OperationsError> {
        let billed = BilledClaim {
            claim,
            segments: &[],
            expected_cents: None,
            file_digest: &self.scan.digest,
            on: self.dispatch.on,
            twin_subject: "",
        };
        let of_file = self.of_file.get(&AccountKey::of_claim(claim));
        let of_file = of_file.map_or(&[][..], Vec::as_slice);
        let done = judge_billing(self.tx, &billed, of_file)?;
        if !of_file.is_empty() && matches!(done, Billed::Before | Billed::NumberInUse) {
            return Ok(Booking::Refused(Box::new(twice_in_file(claim))));
        }
        if done == Billed::Before && booked_unsent(self.tx, &billed)?.is_none() {
            return Ok(Booking::SentBefore);
        }
        let finding = if done.is_in_books() { None } else { done.finding(claim) };
        Ok(finding.map_or(Booking::Sendable, |one| Booking::Refused(Box::new(one))))
    }
}

/// That the rules of a claim's payer are not at hand; `awaited` says which, in words.
#[must_use]
pub fn rules_awaited(awaited: &str) -> Finding {
    Finding::error(RULES_AWAITED, 7, format!("{awaited}."))
        .because("A claim is sent only when the rules of its payer have checked it.")
        .fix("Nothing to do: the claim goes out when the rules have arrived.")
}

/// What the books say to a claim that nothing else holds back.
enum Booking {
    /// It can go out.
    Sendable,
    /// It went out in an earlier file.
    SentBefore,
    /// They cannot take it.
    Refused(Box<Finding>),
}

fn place_of(claim: &Claim) -> Position {
    Position {
        segment: (claim.source.segment > 0).then_some(claim.source.segment),
        segment_id: "CLM".to_owned(),
        loop_path: "2300".to_owned(),
        ..Position::default()
    }
}

/// Of two claims of a file that cannot both be booked the second waits.
fn twice_in_file(claim: &Claim) -> Finding {
    let number = &claim.patient_control_number;
    let message = format!("Control number {number} is used twice in the file.");
    let fix = match claim.frequency() {
        FrequencyCode::Original => {
            "Give the claim a number of its own, or send it as a correction (CLM05-3 7)."
        }
        _ => "Send one correction or void of a claim at a time.",
    };
    Finding::error("OPS-7-control-number-twice", 7, message)
        .because("A claim before it goes to the same payer under its number (CLM01).")
        .fix(fix)
        .at(place_of(claim))
}

/// Whether another file of this sender went out under a control number; when not, it is this one's.
fn is_used(
    tx: &Transaction<'_>,
    isa: &Interchange,
    number: u32,
    digest: &str,
) -> Result<bool, OperationsError> {
    let (sender, receiver) = parties(isa);
    let seen = tx.record_interchange(&sender, &receiver, &format!("{number:09}"), digest)?;
    Ok(matches!(seen, InterchangeSeen::OtherFile { .. }))
}

fn parties(isa: &Interchange) -> (String, String) {
    (
        format!("{}*{}", isa.sender_qualifier, isa.sender_id),
        format!("{}*{}", isa.receiver_qualifier, isa.receiver_id),
    )
}

/// Control numbers under which nothing went out.
struct FreeNumbers<'n, 't> {
    tx: &'n Transaction<'t>,
    digest: &'n str,
    /// Those of this file, by its parties.
    given: BTreeSet<((String, String), u32)>,
}

impl ControlNumbers for FreeNumbers<'_, '_> {
    fn give(&mut self, source: &Interchange) -> Result<u32, OperationsError> {
        let parties = parties(source);
        let mut number = source_number(source);
        loop {
            let is_new = self.given.insert((parties.clone(), number));
            if is_new && !is_used(self.tx, source, number, self.digest)? {
                return Ok(number);
            }
            // A row of its own, so that a sender who always uses one number costs no search.
            let next = self.tx.next_number(&format!("interchange/{}/{}", parties.0, parties.1))?;
            let next = u32::try_from(next.rem_euclid(i64::from(CONTROL_NUMBERS))).unwrap_or(0);
            number = (SECOND_NUMBER - 1 + next) % CONTROL_NUMBERS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_x12::Separators;

    #[test]
    fn every_number_that_is_given_is_free() {
        let mut store = Store::open_in_memory().unwrap();
        let isa = |number: &str| Interchange {
            sender_id: Text::const_new("OFFICE"),
            receiver_id: Text::const_new("HOUSE"),
            control_number: Text::from(number),
            sender_qualifier: Text::const_new("ZZ"),
            receiver_qualifier: Text::const_new("ZZ"),
            date: Text::default(),
            time: Text::default(),
            version: Text::default(),
            usage: Text::const_new("P"),
            is_acknowledgment_requested: false,
            separators: Separators::default(),
        };
        let given = store.transaction("test", |tx| {
            for number in [7, 500_000_001, 500_000_002] {
                assert!(!is_used(tx, &isa("7"), number, "another file")?);
            }
            let mut numbers = FreeNumbers { tx, digest: "this file", given: BTreeSet::new() };
            let of_kinds = ["7", "7", "7", "8", "8", "junk"].map(|own| numbers.give(&isa(own)));
            of_kinds.into_iter().collect::<Result<Vec<u32>, OperationsError>>()
        });
        let expected = [500_000_000, 500_000_003, 500_000_004, 8, 500_000_005, 1];
        assert_eq!(given.unwrap(), expected);
    }
}
