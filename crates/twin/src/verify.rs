//! Verifying exported halves in one pass (section 13): one half, both, or two copies of one.
//!
//! Files arrive in pieces of any size. Held are a batch of events, the heads, and of the other
//! half 32 bytes for each event that has not been seen yet.

use crate::body::Body;
use crate::chain::{BodyBytes, Chain, EventCheck, Refusal, Relationship};
use crate::event::{Author, Event, EventError};
use crate::finding::{Code, Place, TwinFinding};
use crate::half_file::{HalfPart, HalfReader, HalfStart};
use crate::hash::Hash;
use crate::head::HeadEntry;
use crate::head_check::HeadChecks;
use crate::seen::{Accepted, SeenCheck};
use crate::tree::TreeHead;

/// Events whose signatures and bodies are checked at a time.
const BATCH: usize = 2_048;

/// Bytes that [`verify_halves`] gives at a time.
const PIECE_BYTES: usize = 1 << 18;

/// Runs the checks of a batch: index and refusal of the first that fails. [`crate::first_refusal`]
/// does it on one core; a caller with more gives each a part and takes the lowest index.
pub type RunChecks<'a> = &'a dyn Fn(&[EventCheck]) -> Option<(usize, Refusal)>;

/// What verification found out about one half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfReport {
    /// Whose half; nothing when the file does not say.
    pub author: Option<Author>,
    /// Identifier and first keys as the file names them: compare them with those you know.
    pub relationship: Option<Relationship>,
    /// How many events hold, before the first finding.
    pub events: u64,
    /// Size and root of the whole half; nothing when there is a finding.
    pub tree: Option<TreeHead>,
    /// The largest size that the other party has countersigned, of those proved.
    pub countersigned_size: u64,
    /// Countersignatures by keys that only the other half could prove.
    pub unproved_countersignatures: u64,
    /// The first thing that does not hold.
    pub finding: Option<TwinFinding>,
}

/// What verification found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// A report for each file, in the order in which they were given.
    pub halves: Vec<HalfReport>,
}

impl Report {
    /// True when there is no finding.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.halves.iter().all(|half| half.finding.is_none())
    }

    /// The findings, one a half at most.
    pub fn findings(&self) -> impl Iterator<Item = &TwinFinding> {
        self.halves.iter().filter_map(|half| half.finding.as_ref())
    }
}

/// One half on its own.
#[derive(Clone)]
struct HalfVerifier {
    reader: HalfReader,
    start: Option<HalfStart>,
    chain: Option<Chain>,
    batch: Vec<EventCheck>,
    leaves: Vec<Hash>,
    /// How many events have been accepted by the checks of the half alone.
    accepted: u64,
    heads: HeadChecks,
    finding: Option<TwinFinding>,
    is_over: bool,
}

impl HalfVerifier {
    fn new(kept: &[HeadEntry]) -> HalfVerifier {
        HalfVerifier {
            reader: HalfReader::new(),
            start: None,
            chain: None,
            batch: Vec::with_capacity(BATCH),
            leaves: Vec::with_capacity(BATCH),
            accepted: 0,
            heads: HeadChecks::new(kept),
            finding: None,
            is_over: false,
        }
    }

    /// Reads as far as the bytes go; gives each event that is accepted.
    fn read(&mut self, run: RunChecks<'_>, accepted: &mut Vec<Accepted>) {
        while !self.is_over
            && let Some(part) = self.reader.next_part()
        {
            match part {
                HalfPart::Start(start) => {
                    let chain = Chain::new(start.relationship, start.author);
                    self.heads.start(&start);
                    self.chain = Some(chain);
                    self.start = Some(start);
                }
                HalfPart::Entry { event, body } => self.entry(&event, body, run, accepted),
                HalfPart::End => {
                    self.flush(run, accepted);
                    self.is_over = true;
                }
                HalfPart::NotAHalf(why) => {
                    let refusal = Refusal::new(Code::NotAHalf, why);
                    self.refuse(None, refusal, run, accepted);
                }
                HalfPart::DamagedEvent(why) => {
                    let refusal = Refusal::new(Code::EventForm, why);
                    self.refuse(self.next_sequence(), refusal, run, accepted);
                }
            }
            if self.batch.len() >= BATCH {
                self.flush(run, accepted);
            }
        }
    }

    fn next_sequence(&self) -> Option<u64> {
        self.chain.as_ref().map(Chain::size)
    }

    fn entry(
        &mut self,
        bytes: &[u8],
        body: BodyBytes,
        run: RunChecks<'_>,
        accepted: &mut Vec<Accepted>,
    ) {
        let sequence = self.next_sequence();
        let Some(chain) = &mut self.chain else { return };
        let event = match Event::decode(bytes) {
            Ok(event) => event,
            Err(error) => {
                let code = match error {
                    EventError::Version(_) => Code::OtherRelationship,
                    EventError::Form(_) => Code::EventForm,
                };
                let refusal = Refusal::new(code, error.to_string());
                return self.refuse(sequence, refusal, run, accepted);
            }
        };
        if let Err(refusal) = chain.check_link(&event) {
            return self.refuse(sequence, refusal, run, accepted);
        }
        if let Err(refusal) = chain.check_order(&event) {
            let check = chain.event_check(event, BodyBytes::Withheld).of_signature_only();
            self.batch.push(check);
            return self.refuse(sequence, refusal, run, accepted);
        }
        let leaf = crate::tree::leaf_hash(bytes);
        // Only a rotation has to be understood before the next event can be checked.
        let rotation = match &body {
            BodyBytes::Shown(bytes) if event.kind == "key.rotated" => Body::decode(bytes).ok(),
            _ => None,
        };
        let is_damaged = body == BodyBytes::Damaged;
        self.batch.push(chain.event_check(event.clone(), body));
        self.leaves.push(leaf);
        chain.advance(&event, leaf, rotation.as_ref());
        self.heads.pass(chain);
        if is_damaged {
            self.flush(run, accepted);
            self.is_over = true;
        }
    }

    /// Ends with a refusal, unless an event before it is refused first.
    fn refuse(
        &mut self,
        sequence: Option<u64>,
        refusal: Refusal,
        run: RunChecks<'_>,
        accepted: &mut Vec<Accepted>,
    ) {
        self.flush(run, accepted);
        if self.finding.is_none() {
            self.finding = Some(self.finding_of(sequence, refusal));
        }
        self.is_over = true;
    }

    fn finding_of(&self, sequence: Option<u64>, refusal: Refusal) -> TwinFinding {
        let place = sequence.map_or(Place::File, Place::Event);
        let author = self.start.as_ref().map(|start| start.author);
        TwinFinding::new(refusal.code, author, place).detail(refusal.detail)
    }

    /// Runs the checks of the batch.
    fn flush(&mut self, run: RunChecks<'_>, accepted: &mut Vec<Accepted>) {
        let refused = run(&self.batch);
        let good = refused.as_ref().map_or(self.batch.len(), |(at, _)| *at);
        for (check, leaf) in self.batch.iter().zip(&self.leaves).take(good) {
            accepted.push(Accepted::new(check.event(), *leaf));
            self.accepted += 1;
        }
        if let Some((_, refusal)) = refused {
            self.finding = Some(self.finding_of(Some(self.accepted), refusal));
            self.is_over = true;
        }
        self.batch.clear();
        self.leaves.clear();
    }

    /// True when all events and the end of the file hold by themselves.
    fn is_whole(&self) -> bool {
        self.is_over && self.finding.is_none()
    }

    /// True when the party whose half this is has had the key within its accepted events.
    fn has_had_key(&self, key: &Hash) -> bool {
        self.chain.as_ref().is_some_and(|chain| chain.has_had_key(key, self.accepted))
    }

    /// The report, with the heads judged; `other` is the other party's half when it is at hand.
    fn report(&self, other: Option<&HalfVerifier>) -> HalfReport {
        let mut report = HalfReport {
            author: self.start.as_ref().map(|start| start.author),
            relationship: self.start.as_ref().map(|start| start.relationship),
            events: self.accepted,
            tree: None,
            countersigned_size: 0,
            unproved_countersignatures: 0,
            finding: self.finding.clone(),
        };
        if let (None, Some(chain)) = (&report.finding, &self.chain) {
            let first = chain.relationship().first_key(chain.author().other());
            let proof = |key: &Hash| match other {
                _ if *key == first => Some(true),
                Some(other) if other.has_had_key(key) => Some(true),
                Some(other) if other.is_whole() => Some(false),
                _ => None,
            };
            match self.heads.judge(chain, &proof) {
                Ok(judged) => {
                    report.countersigned_size = judged.countersigned_size;
                    report.unproved_countersignatures = judged.unproved;
                    report.tree = Some(chain.tree_head());
                }
                Err(finding) => report.finding = Some(finding),
            }
        }
        report
    }
}

/// Verifies one half or both as their files arrive.
///
/// Give [`Verifier::wants`] its next bytes, until it wants none.
#[derive(Clone)]
pub struct Verifier<'a> {
    run: RunChecks<'a>,
    halves: Vec<HalfVerifier>,
    seen: Vec<SeenCheck>,
    is_finished: Vec<bool>,
}

impl<'a> Verifier<'a> {
    /// A verifier of so many files: 1, or 2 for the halves of both parties. Heads that the caller
    /// has kept from before are given for each file.
    #[must_use]
    pub fn new(kept: &[&[HeadEntry]], run: RunChecks<'a>) -> Verifier<'a> {
        Verifier {
            run,
            halves: kept.iter().take(2).map(|kept| HalfVerifier::new(kept)).collect(),
            seen: vec![SeenCheck::default(); kept.len().min(2)],
            is_finished: vec![false; kept.len().min(2)],
        }
    }

    /// Index of the file whose bytes should come next, so that little has to be held; nothing
    /// when all have ended.
    #[must_use]
    pub fn wants(&self) -> Option<usize> {
        // A half whose events wait for the other half is left until that has moved on.
        let open = |at: &usize| !self.is_finished[*at];
        let moving = (0..self.halves.len()).filter(open).find(|at| !self.seen[*at].waits());
        moving.or((0..self.halves.len()).find(open))
    }

    /// Takes the next bytes of a file; no bytes say that it has ended.
    pub fn push(&mut self, file: usize, bytes: &[u8]) {
        let Some(half) = self.halves.get_mut(file) else { return };
        let mut accepted = Vec::new();
        if bytes.is_empty() {
            half.reader.finish();
            self.is_finished[file] = true;
        } else if !half.is_over {
            half.reader.push(bytes);
        }
        half.read(self.run, &mut accepted);
        self.compare(file, accepted);
    }

    /// Runs the checks of a file that still wait for their batch to fill.
    pub fn settle(&mut self, file: usize) {
        let Some(half) = self.halves.get_mut(file) else { return };
        let mut accepted = Vec::new();
        half.flush(self.run, &mut accepted);
        self.compare(file, accepted);
    }

    /// What has been found so far in the events of a file by themselves.
    #[must_use]
    pub fn finding(&self, file: usize) -> Option<&TwinFinding> {
        self.halves.get(file)?.finding.as_ref()
    }

    fn compare(&mut self, file: usize, accepted: Vec<Accepted>) {
        if self.halves.len() < 2 {
            return;
        }
        for event in accepted {
            self.seen[1 - file].push_leaf(event.leaf);
            self.seen[file].push_event(event);
        }
    }

    /// What was found. Files that have not ended yet end here.
    #[must_use]
    pub fn finish(mut self) -> Report {
        for file in 0..self.halves.len() {
            if !self.is_finished[file] {
                self.push(file, &[]);
            }
        }
        let [first, second] = self.halves.as_mut_slice() else {
            return Report { halves: self.halves.iter().map(|half| half.report(None)).collect() };
        };
        if !is_pair(first, second) {
            if first.is_whole() && second.is_whole() {
                let refusal = Refusal::new(Code::OtherRelationship, "the files are no pair");
                second.finding = Some(second.finding_of(Some(0), refusal));
            }
            return Report { halves: vec![first.report(None), second.report(None)] };
        }
        let whole = [first.is_whole(), second.is_whole()];
        let mut reports = vec![first.report(Some(second)), second.report(Some(first))];
        for (at, report) in reports.iter_mut().enumerate() {
            let Some((sequence, code)) = self.seen[at].refused(whole[1 - at]) else { continue };
            // Only accepted events are looked at, so that what was refused alone comes later.
            report.events = sequence;
            report.finding = Some(TwinFinding::new(code, report.author, Place::Event(sequence)));
            report.tree = None;
            (report.countersigned_size, report.unproved_countersignatures) = (0, 0);
        }
        Report { halves: reports }
    }
}

/// True when the files name one relationship and keys, and both parties.
fn is_pair(first: &HalfVerifier, second: &HalfVerifier) -> bool {
    match (&first.start, &second.start) {
        (Some(first), Some(second)) => {
            first.relationship == second.relationship && first.author != second.author
        }
        _ => false,
    }
}

/// Verifies the file of one half on its own.
#[must_use]
pub fn verify_half(file: &[u8], kept: &[HeadEntry], run: RunChecks<'_>) -> HalfReport {
    let verifier = Verifier::new(&[kept], run);
    verify_pieces(verifier, &mut [file]).halves.remove(0)
}

/// Verifies the files of both halves, in either order.
#[must_use]
pub fn verify_halves(files: [&[u8]; 2], kept: [&[HeadEntry]; 2], run: RunChecks<'_>) -> Report {
    let mut rest = files;
    verify_pieces(Verifier::new(&kept, run), &mut rest)
}

fn verify_pieces(mut verifier: Verifier<'_>, rest: &mut [&[u8]]) -> Report {
    while let Some(file) = verifier.wants() {
        let (piece, behind) = rest[file].split_at(rest[file].len().min(PIECE_BYTES));
        rest[file] = behind;
        verifier.push(file, piece);
    }
    verifier.finish()
}

/// What a comparison of two copies of one half says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Every event is in both.
    Same {
        /// How many.
        events: u64,
    },
    /// One has more than the other, which agrees as far as it goes.
    Longer {
        /// How many events both have.
        common: u64,
    },
    /// TWN-17: the author has signed two events for one place.
    TwoStories(TwinFinding),
    /// From this event on at least one copy does not hold; verify each.
    Broken {
        /// The event.
        sequence: u64,
    },
}

/// Compares two copies of one half, both of which the caller has verified or will verify.
#[must_use]
pub fn compare_copies(first: &[u8], second: &[u8]) -> Copies {
    let mut readers = [HalfReader::new(), HalfReader::new()];
    for (reader, file) in readers.iter_mut().zip([first, second]) {
        reader.push(file);
        reader.finish();
    }
    let (Some(HalfPart::Start(start)), Some(HalfPart::Start(other))) =
        (readers[0].next_part(), readers[1].next_part())
    else {
        return Copies::Broken { sequence: 0 };
    };
    if start.relationship != other.relationship || start.author != other.author {
        return Copies::Broken { sequence: 0 };
    }
    let mut chain = Chain::new(start.relationship, start.author);
    loop {
        let sequence = chain.size();
        let (left, body, right) = match (readers[0].next_part(), readers[1].next_part()) {
            (Some(HalfPart::End), Some(HalfPart::End)) => {
                return Copies::Same { events: sequence };
            }
            (Some(HalfPart::End), Some(HalfPart::Entry { .. }))
            | (Some(HalfPart::Entry { .. }), Some(HalfPart::End)) => {
                return Copies::Longer { common: sequence };
            }
            (
                Some(HalfPart::Entry { event: left, body }),
                Some(HalfPart::Entry { event: right, .. }),
            ) => (left, body, right),
            _ => return Copies::Broken { sequence },
        };
        let (Ok(event), Ok(other)) = (Event::decode(&left), Event::decode(&right)) else {
            return Copies::Broken { sequence };
        };
        if left != right {
            let is_signed = |event: &Event| {
                event.sequence == sequence
                    && event.author == chain.author()
                    && event.relationship == chain.relationship().id
                    && chain.key().is_some_and(|key| event.is_signed_by(&key))
            };
            if !is_signed(&event) || !is_signed(&other) {
                return Copies::Broken { sequence };
            }
            let place = Place::Event(sequence);
            return Copies::TwoStories(TwinFinding::new(
                Code::TwoStories,
                Some(chain.author()),
                place,
            ));
        }
        let body =
            if let BodyBytes::Shown(bytes) = body { Body::decode(&bytes).ok() } else { None };
        chain.advance(&event, crate::tree::leaf_hash(&left), body.as_ref());
    }
}
