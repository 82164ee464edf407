//! Files taken in: envelopes first, then one claim at a time, read and checked on a thread of
//! its own while the claims before it are decided.

use crate::error::OperationsError;
use crate::payer::ReceivedClaim;
use counterfoil_base::{Date, Finding, Phi};
use counterfoil_claim::{ClaimReader, LossReport, read_claim_unit};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_x12::{
    AckNumbers, CodeAnswer, CodeLookup, CodeSet, EnvelopeScan, Event, Interchange, Profile,
    ReadOptions, Reader, Unit, WrittenAcknowledgement,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Claims handed over at a time, and how many such batches may wait: memory stays bounded.
const BATCH_CLAIMS: usize = 512;
const BATCHES_WAITING: usize = 2;
/// Errors kept of each kind of level above claims until a claim comes.
const LEVEL_FINDINGS_MAX: usize = 1_000;

/// The code tables of a clean-claim engine, as the guide engine asks them.
#[derive(Clone)]
pub struct EngineCodes(pub Arc<CleanClaimEngine>);

impl CodeLookup for EngineCodes {
    fn lookup(&self, set: CodeSet, code: &str, on: Option<Date>) -> CodeAnswer {
        self.0.tables().lookup(set, code, on)
    }
}

/// What a first pass over a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileScan {
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    /// Size.
    pub bytes: u64,
    /// Interchanges in it.
    pub interchanges: u64,
    /// Positions of the STs whose transaction sets are rejected for a trailer, ascending.
    pub rejected_sets: Vec<u64>,
}

/// Reads a file once for its digest and its envelopes.
pub fn scan_file(file: &mut dyn Read) -> std::io::Result<FileScan> {
    let mut hash = Sha256::new();
    let mut scan = EnvelopeScan::new();
    let mut bytes = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        let piece = chunk.get(..read).unwrap_or(&chunk);
        bytes += read as u64;
        hash.update(piece);
        scan.push(piece);
    }
    let interchanges = scan.interchanges();
    let digest = hex(&hash.finalize());
    Ok(FileScan { digest, bytes, interchanges, rejected_sets: scan.finish() })
}

pub(crate) use counterfoil_twin::to_hex as hex;

/// How claims are read.
#[derive(Clone)]
pub struct IntakeOptions {
    /// Whose tables are asked.
    pub engine: Arc<CleanClaimEngine>,
    /// Lenient for a receiver, strict for a sender.
    pub profile: Profile,
    /// True to keep each claim's segments, so that a pended one can be read again.
    pub keeps_segments: bool,
    /// Positions of STs to pass over; see [`FileScan::rejected_sets`].
    pub rejected_sets: Vec<u64>,
    /// Date and numbers of the acknowledgements.
    pub day: Date,
    /// ISA13 of the first acknowledgement.
    pub acknowledgement_number: u32,
    /// Claims at the head of the file that an earlier run came to: a set that it began stands as
    /// it judged it, whatever tables say now.
    pub claims_before: u64,
}

/// Something that intake came upon, in the order of the file.
#[derive(Clone, Debug)]
pub enum IntakeItem {
    /// An interchange begins.
    Interchange(Box<Interchange>),
    /// A claim.
    Claim(Box<ReceivedClaim>),
    /// A transaction set that is rejected whole, and how many claims it held.
    RejectedSet {
        /// ST02.
        control_number: String,
        /// Claims in it; none of them enters adjudication.
        claims: u64,
    },
    /// A transaction set that holds no claims.
    NotClaims {
        /// ST01.
        set_id: String,
    },
    /// A finding that belongs to no claim.
    Finding(Box<Finding>),
}

/// What is known when the file has been read to its end.
#[derive(Debug, Default)]
pub struct IntakeEnd {
    /// TA1 and 999 of each interchange.
    pub acknowledgements: Vec<WrittenAcknowledgement>,
    /// What the model does not name, by place and count.
    pub loss: LossReport,
    /// Code sets that the file uses and for which there was no table.
    pub missing_tables: Vec<CodeSet>,
    /// Bytes read.
    pub bytes: u64,
}

/// Items of a file in their order, and the bytes read so far.
pub type Batch = (Vec<IntakeItem>, u64);

/// Reads a file on a thread of its own and hands its items to `take` in their order.
///
/// `take` gets the items of a batch and the bytes read so far. When it refuses, reading stops
/// and its error is returned.
pub fn read_claims<R: Read + Send, E: From<OperationsError>>(
    file: R,
    options: IntakeOptions,
    mut take: impl FnMut(Vec<IntakeItem>, u64) -> Result<(), E>,
) -> Result<IntakeEnd, E> {
    let take_all = |batches: &mut dyn Iterator<Item = Batch>| {
        for (items, bytes) in batches {
            take(items, bytes)?;
        }
        Ok(())
    };
    read((file, options, false), take_all)
}

/// [`read_claims`] for a caller that adjudicates: claims come with what the engine finds on them
/// by themselves on the day of the options, seen to by the reading thread. The caller decides how
/// many batches he takes together: `take` is called once and draws them.
pub fn read_batches<R: Read + Send, E: From<OperationsError>>(
    file: R,
    options: IntakeOptions,
    take: impl FnOnce(&mut dyn Iterator<Item = Batch>) -> Result<(), E>,
) -> Result<IntakeEnd, E> {
    read((file, options, true), take)
}

fn read<R: Read + Send, E: From<OperationsError>>(
    (file, options, checks): (R, IntakeOptions, bool),
    take: impl FnOnce(&mut dyn Iterator<Item = Batch>) -> Result<(), E>,
) -> Result<IntakeEnd, E> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(BATCHES_WAITING);
        let reading =
            scope.spawn(move || Intake { checks, ..Intake::new(options, sender) }.run(file));
        let taken = take(&mut receiver.iter());
        // Without its receiver the reading thread stops at its next batch.
        drop(receiver);
        let end = reading.join().unwrap_or_else(|_| {
            Err(OperationsError::Refused("reading the file stopped; this is a bug".into()))
        });
        taken?;
        Ok(end?)
    })
}

struct Intake {
    options: IntakeOptions,
    /// Claims are checked by themselves as well.
    checks: bool,
    sender: SyncSender<Batch>,
    batch: Vec<IntakeItem>,
    bytes: u64,
    claims: u64,
    loss: LossReport,
    claim_reader: ClaimReader,
    /// Errors of the levels above claims by the kind of level, as far as a claim to come can
    /// stand below them.
    level_findings: BTreeMap<String, VecDeque<Finding>>,
    set: Option<OpenSet>,
}

struct OpenSet {
    control_number: String,
    is_rejected: bool,
    holds_claims: bool,
    claims: u64,
}

impl Intake {
    fn new(options: IntakeOptions, sender: SyncSender<Batch>) -> Intake {
        Intake {
            options,
            checks: false,
            sender,
            batch: Vec::new(),
            bytes: 0,
            claims: 0,
            loss: LossReport::default(),
            claim_reader: ClaimReader::new(),
            level_findings: BTreeMap::new(),
            set: None,
        }
    }

    fn run(mut self, mut file: impl Read) -> Result<IntakeEnd, OperationsError> {
        let mut reader = Reader::new(ReadOptions {
            profile: self.options.profile,
            codes: Arc::new(EngineCodes(self.options.engine.clone())),
            answers_claims_alone: true,
            ..ReadOptions::default()
        });
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = file.read(&mut chunk).map_err(|source| OperationsError::Io {
                doing: "reading the claim file".to_owned(),
                source,
            })?;
            self.bytes += read as u64;
            match chunk.get(..read) {
                Some(piece) if read > 0 => reader.push(piece),
                _ => reader.finish(),
            }
            while let Some(event) = reader.next_event() {
                self.event(event);
                if self.batch.len() >= BATCH_CLAIMS && !self.send() {
                    return Ok(IntakeEnd::default());
                }
            }
            if read == 0 {
                break;
            }
        }
        self.send();
        self.end(&reader)
    }

    fn end(self, reader: &Reader) -> Result<IntakeEnd, OperationsError> {
        let numbers = AckNumbers {
            date: self.options.day,
            time: "0000",
            interchange_control_number: self.options.acknowledgement_number,
        };
        let acknowledgements = reader.acknowledgements().write(numbers).map_err(|error| {
            OperationsError::Unwritable { what: "the 999", cause: error.to_string() }
        })?;
        Ok(IntakeEnd {
            acknowledgements,
            loss: self.loss,
            missing_tables: reader.missing_tables().collect(),
            bytes: self.bytes,
        })
    }

    /// False when nobody takes batches any more.
    fn send(&mut self) -> bool {
        let items = std::mem::take(&mut self.batch);
        self.sender.send((items, self.bytes)).is_ok()
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::InterchangeStart(interchange) => {
                self.batch.push(IntakeItem::Interchange(Box::new(interchange.clone())));
            }
            Event::TransactionStart(transaction) => {
                self.level_findings.clear();
                let rejected = &self.options.rejected_sets;
                let holds_claims =
                    transaction.guide.is_some_and(|g| counterfoil_claim::claim_kind(g).is_some());
                self.set = Some(OpenSet {
                    control_number: transaction.control_number.to_string(),
                    is_rejected: rejected.binary_search(&transaction.file_index).is_ok(),
                    holds_claims,
                    claims: 0,
                });
                if !holds_claims {
                    let set_id = transaction.set_id.to_string();
                    self.batch.push(IntakeItem::NotClaims { set_id });
                }
            }
            Event::Unit(unit) => self.unit(&unit),
            Event::TransactionEnd(end) => {
                let findings = end.findings.iter().cloned();
                self.batch.extend(findings.map(|one| IntakeItem::Finding(Box::new(one))));
                self.end_set();
            }
            Event::Finding(finding) => self.finding(finding),
            _ => {}
        }
    }

    fn end_set(&mut self) {
        if let Some(set) = self.set.take().filter(|set| set.is_rejected) {
            let OpenSet { control_number, claims, .. } = set;
            self.batch.push(IntakeItem::RejectedSet { control_number, claims });
        }
    }

    /// Errors in the header refuse the whole transaction set; those of a level above claims go
    /// with the claims below it.
    fn finding(&mut self, finding: &Finding) {
        if finding.is_error() && finding.position.loop_path.starts_with("2000") {
            if self.set.as_ref().is_some_and(|set| !set.is_rejected) {
                self.keep_for_claims(finding);
            }
        } else if let Some(set) = &mut self.set
            && finding.is_error()
            && finding.snip <= 2
            && set.claims == 0
            && self.claims >= self.options.claims_before
        {
            set.is_rejected = true;
        }
        self.batch.push(IntakeItem::Finding(Box::new(finding.clone())));
    }

    /// Levels without claims may be many: the newest errors of each kind of level are kept, and
    /// the level that a claim stands below is always the newest of its kind.
    fn keep_for_claims(&mut self, finding: &Finding) {
        let kept = self.level_findings.entry(level(&finding.position.loop_path).to_owned());
        let kept = kept.or_default();
        if kept.len() >= LEVEL_FINDINGS_MAX {
            kept.pop_front();
        }
        kept.push_back(finding.clone());
    }

    fn unit(&mut self, unit: &Unit<'_>) {
        let Some(set) = &mut self.set else { return };
        if !set.holds_claims {
            let findings = unit.findings().iter().cloned();
            self.batch.extend(findings.map(|one| IntakeItem::Finding(Box::new(one))));
            return;
        }
        set.claims += 1;
        self.claims += 1;
        if set.is_rejected {
            return;
        }
        let Some(read) = self.claim_reader.unit(unit, &mut self.loss) else { return };
        let mut findings = self.findings_above(unit);
        findings.extend_from_slice(unit.findings());
        findings.extend(read.findings);
        let segments = match self.options.keeps_segments {
            true => Phi::new(kept_segments(unit)),
            false => Phi::default(),
        };
        let (ordinal, claim) = (self.claims, read.claim);
        let IntakeOptions { engine, day, .. } = &self.options;
        let checks = self.checks.then(|| engine.check_alone(&claim, Some(*day)));
        let received = ReceivedClaim { ordinal, claim, findings, segments, checks };
        self.batch.push(IntakeItem::Claim(Box::new(received)));
    }

    /// Errors of the claim's own billing provider, subscriber and patient.
    ///
    /// What lies on other levels is forgotten: no later claim stands below a level that has ended.
    fn findings_above(&mut self, unit: &Unit<'_>) -> Vec<Finding> {
        if self.level_findings.is_empty() {
            return Vec::new();
        }
        let mut levels = BTreeMap::new();
        for at in unit.context().filter(|at| at.loop_path.starts_with("2000")) {
            levels.insert((level(at.loop_path), at.file_index), at.segment.id() == "HL");
        }
        self.level_findings.retain(|_, findings| {
            findings.retain(|finding| is_of_levels(finding, &levels));
            !findings.is_empty()
        });
        self.level_findings.values().flatten().cloned().collect()
    }
}

/// True for a finding on a level above claims: it belongs to every claim below the level, and
/// intake tells it once by itself as well.
#[must_use]
pub fn is_of_level_above(finding: &Finding) -> bool {
    let position = &finding.position;
    position.segment.is_some()
        && position.loop_path.starts_with("2000")
        && !position.loop_path.contains("2300")
}

/// The level in which a loop lies, with those above it: `2000A/2000B` of `2000A/2000B/2010BA`.
fn level(loop_path: &str) -> &str {
    let end = loop_path.rfind("2000").map_or(0, |at| at + "2000B".len());
    loop_path.get(..end).unwrap_or(loop_path)
}

/// Whether an error is of one of these levels, given by name and segment, and whether that
/// segment is an HL: it lies on one of its segments, or right behind one, where a segment is
/// reported that is missing. On the HL of the next level of the same name, what is missing is
/// missing in the level before.
fn is_of_levels(finding: &Finding, levels: &BTreeMap<(&str, u64), bool>) -> bool {
    let position = &finding.position;
    let (name, segment) = (level(&position.loop_path), position.segment.unwrap_or(0));
    match levels.get(&(name, segment)) {
        Some(true) => position.segment_id == "HL",
        Some(false) => true,
        None => segment > 0 && levels.contains_key(&(name, segment - 1)),
    }
}

/// ISA, GS and the segments of the unit with its levels, in the separators of the file.
fn kept_segments(unit: &Unit<'_>) -> Vec<u8> {
    let interchange = unit.interchange();
    let separators = interchange.separators;
    let mut kept = isa(interchange);
    if let Some(group) = unit.group() {
        let fields = [
            "GS",
            &group.functional_id,
            &group.sender_id,
            &group.receiver_id,
            &group.date,
            &group.time,
            &group.control_number,
            "X",
            &group.version,
        ];
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                kept.push(separators.element);
            }
            kept.extend_from_slice(field.as_bytes());
        }
        kept.push(separators.segment);
    }
    for at in unit.segments() {
        kept.extend_from_slice(at.segment.bytes());
        kept.push(separators.segment);
    }
    kept
}

/// An ISA of fixed widths with the interchange's own separators. Its values stand as they came:
/// they hold none of its own separators, and may hold those of others.
fn isa(interchange: &Interchange) -> Vec<u8> {
    let own = interchange.separators;
    let (repetition, component) = ([own.repetition.unwrap_or(b'U')], [own.component]);
    let fields: [(&[u8], usize); 16] = [
        (b"00", 2),
        (b"", 10),
        (b"00", 2),
        (b"", 10),
        (interchange.sender_qualifier.as_bytes(), 2),
        (interchange.sender_id.as_bytes(), 15),
        (interchange.receiver_qualifier.as_bytes(), 2),
        (interchange.receiver_id.as_bytes(), 15),
        (interchange.date.as_bytes(), 6),
        (interchange.time.as_bytes(), 4),
        (&repetition, 1),
        (b"00501", 5),
        (interchange.control_number.as_bytes(), 9),
        (b"0", 1),
        (interchange.usage.as_bytes(), 1),
        (&component, 1),
    ];
    let mut isa = b"ISA".to_vec();
    for (value, width) in fields {
        isa.push(own.element);
        isa.extend(value.iter().copied().chain(std::iter::repeat(b' ')).take(width));
    }
    isa.push(own.segment);
    isa
}

/// Reads a kept claim again: the model and what is found on its segments.
#[must_use]
pub fn read_kept(
    segments: &[u8],
    engine: &Arc<CleanClaimEngine>,
) -> Option<(counterfoil_claim::Claim, Vec<Finding>)> {
    let codes = Arc::new(EngineCodes(engine.clone()));
    read_first(segments, ReadOptions { codes, ..ReadOptions::default() })
}

/// [`read_kept`] without code tables: no finding is about a code of an external list.
#[must_use]
pub fn read_kept_without_tables(
    segments: &[u8],
) -> Option<(counterfoil_claim::Claim, Vec<Finding>)> {
    read_first(segments, ReadOptions::default())
}

fn read_first(
    segments: &[u8],
    options: ReadOptions,
) -> Option<(counterfoil_claim::Claim, Vec<Finding>)> {
    let mut reader = Reader::new(ReadOptions { keeps_acknowledgements: false, ..options });
    reader.push(segments);
    reader.finish();
    let mut loss = LossReport::default();
    while let Some(event) = reader.next_event() {
        if let Event::Unit(unit) = event {
            let read = read_claim_unit(&unit, &mut loss)?;
            let mut findings = unit.findings().to_vec();
            findings.extend(read.findings);
            return Some((read.claim, findings));
        }
    }
    None
}
