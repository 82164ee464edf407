//! Files in and out: counts and cents in = accepted + refused, findings, segments, uploads.

use crate::book::{Book, Story, figure_input, rule};
use crate::claim_text::PLACES_SHOWN;
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, day, moment, trouble};
use counterfoil_base::{Cents, parse_ccyymmdd};
use counterfoil_store::{FileFate, KeptFinding, ListName, OutboxFile, OutboxState, Transaction};
use counterfoil_web::view::{
    FileRow, FileStanding, FileView, FindingGroup, FindingPlace, ListQuery, Listing, RawSegment,
    RawView, Target, TimelineEvent,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, FigureAddress, Viewer};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

/// Folder in the data folder from which the node takes files in.
pub(crate) const INBOX: &str = "inbox";
/// Bytes of one segment that a page shows.
const SEGMENT_BYTES_MAX: u64 = 1 << 20;

pub(crate) const FILES: Named =
    Named { name: "files", list: ListName::Files, kind: "file", totals: &[] };

/// What is known of a file.
pub(crate) struct OwnFile {
    name: String,
    kind: String,
    is_incoming: bool,
    at: Timestamp,
    digest: String,
    /// Accepted and refused: number and money.
    sums: [(u64, Cents); 2],
    state: FileState,
}

enum FileState {
    Waiting,
    Reading(u64),
    Read,
    /// Worked on by the node, which has kept what became of it.
    Worked(FileFate),
    Outgoing(OutboxState),
}

impl OwnFile {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    fn standing(&self) -> FileStanding {
        match &self.state {
            FileState::Waiting => FileStanding::Waiting,
            FileState::Reading(_) => FileStanding::Reading,
            FileState::Worked(FileFate::Accepted) => FileStanding::Accepted,
            FileState::Worked(FileFate::PartlyRefused) => FileStanding::PartlyRefused,
            FileState::Worked(FileFate::Refused) => FileStanding::Refused,
            FileState::Outgoing(OutboxState::Written) => FileStanding::Accepted,
            FileState::Outgoing(_) => FileStanding::Waiting,
            FileState::Read => match (self.sums[0].0, self.sums[1].0) {
                (_, 0) => FileStanding::Accepted,
                (0, _) => FileStanding::Refused,
                _ => FileStanding::PartlyRefused,
            },
        }
    }
}

impl OfficeDesk {
    pub(crate) fn own_file(
        &self,
        tx: &Transaction<'_>,
        keys: &[String],
    ) -> Answer<Option<OwnFile>> {
        match keys {
            [way, digest] if way == "in" => self.incoming(tx, digest),
            [way, name] if way == "out" => {
                let found = tx.outbox_file(name).map_err(|error| trouble(&error))?;
                found.map(|file| self.outgoing(tx, file)).transpose()
            }
            _ => Ok(None),
        }
    }

    fn incoming(&self, tx: &Transaction<'_>, digest: &str) -> Answer<Option<OwnFile>> {
        let Some(file) = tx.file(digest).map_err(|error| trouble(&error))? else {
            let upload = tx.upload(digest).map_err(|error| trouble(&error))?;
            let outcome = tx.file_outcome(digest).map_err(|error| trouble(&error))?;
            // A refused file that was brought again waits until it is worked on again.
            let comes_again = upload.as_ref().is_some_and(|one| self.waits_in_inbox(one));
            if let Some(outcome) = outcome.filter(|_| !comes_again) {
                let accepted = match outcome.kind.as_str() {
                    "835" => self.announced(tx, digest)?,
                    _ => (0, Cents::ZERO),
                };
                return Ok(Some(OwnFile {
                    name: outcome.name,
                    kind: outcome.kind,
                    is_incoming: true,
                    at: moment(day(&outcome.worked_on)),
                    digest: digest.to_owned(),
                    sums: [accepted, (0, Cents::ZERO)],
                    state: FileState::Worked(outcome.fate),
                }));
            }
            return Ok(upload.map(|upload| OwnFile {
                name: upload.name.clone(),
                kind: String::new(),
                is_incoming: true,
                at: Timestamp::from_millisecond(upload.arrived_at).unwrap_or(Timestamp::UNIX_EPOCH),
                digest: digest.to_owned(),
                sums: [(0, Cents::ZERO); 2],
                state: FileState::Waiting,
            }));
        };
        let mut sums = [(0, Cents::ZERO); 2];
        match file.kind.as_str() {
            "837" => {
                let states = tx.file_sums(digest, self.is_payer());
                for one in states.map_err(|error| trouble(&error))? {
                    let side = &mut sums[usize::from(one.state == "rejected")];
                    side.0 += one.claims;
                    side.1 = side.1.checked_add(one.charge_cents).unwrap_or(side.1);
                }
            }
            "835" => sums[0] = self.announced(tx, digest)?,
            _ => sums[0].0 = file.claims_done,
        }
        Ok(Some(OwnFile {
            name: file.name,
            kind: file.kind,
            is_incoming: true,
            at: moment(day(&file.received_on)),
            digest: digest.to_owned(),
            sums,
            state: match file.finished {
                true => FileState::Read,
                false => FileState::Reading(file.claims_done),
            },
        }))
    }

    /// How many 835s a file holds and what they announce.
    fn announced(&self, tx: &Transaction<'_>, digest: &str) -> Answer<(u64, Cents)> {
        let mut sum = (0, Cents::ZERO);
        for [trace, payer, payee] in
            tx.remittances_of_file(digest).map_err(|error| trouble(&error))?
        {
            let found = tx.remittance(&trace, &payer, &payee).map_err(|error| trouble(&error))?;
            let Some(advice) = found else { continue };
            sum.0 += 1;
            sum.1 = sum.1.checked_add(advice.amount_cents).unwrap_or(sum.1);
        }
        Ok(sum)
    }

    fn outgoing(&self, tx: &Transaction<'_>, file: OutboxFile) -> Answer<OwnFile> {
        let sums = [self.announced(tx, &file.content_digest)?, (0, Cents::ZERO)];
        Ok(OwnFile {
            at: moment(day_in(&file.file_name)),
            name: file.file_name,
            kind: file.kind,
            is_incoming: false,
            digest: file.content_digest,
            sums,
            state: FileState::Outgoing(file.state),
        })
    }

    pub(crate) fn file_row(&self, id: &str, file: &OwnFile, book: &mut Book) -> FileRow {
        let at = |name: &str| FigureAddress::new("file", id, name);
        let stated = |words: &str| {
            Story::stated(
                words,
                "claims and payments of this file in the store",
                "counted by state",
            )
        };
        let [(accepted, accepted_cents), (refused, refused_cents)] = file.sums;
        let count_accepted = book.count(accepted, at("count_accepted"), stated("Taken in."));
        let count_refused =
            book.count(refused, at("count_refused"), stated("Returned to the sender."));
        let money_accepted =
            book.money(accepted_cents, at("money_accepted"), stated("Money of what was taken in."));
        let money_refused =
            book.money(refused_cents, at("money_refused"), stated("Money of what was returned."));
        let whole = |accepted: &_, refused: &_| Story {
            sentence: "Accepted and refused together.".to_owned(),
            formula: "accepted + refused".to_owned(),
            rule: rule("file-balance", "every claim of a file is accepted or refused"),
            inputs: vec![
                figure_input("accepted", accepted, "the file"),
                figure_input("refused", refused, "the file"),
            ],
            ..Story::default()
        };
        let money = accepted_cents.checked_add(refused_cents).unwrap_or(accepted_cents);
        let (counted, summed) =
            (whole(&count_accepted, &count_refused), whole(&money_accepted, &money_refused));
        FileRow {
            id: id.to_owned(),
            name: file.name.clone(),
            kind: file.kind.clone(),
            is_incoming: file.is_incoming,
            partner: String::new(),
            at: file.at,
            standing: file.standing(),
            count_in: book.count(accepted.saturating_add(refused), at("count_in"), counted),
            count_accepted,
            count_refused,
            money_in: book.money(money, at("money_in"), summed),
            money_accepted,
            money_refused,
        }
    }

    pub(crate) fn file_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<FileRow>> {
        self.listing(tx, (viewer, query, &FILES), book, |keys, book| {
            let Some(file) = self.own_file(tx, keys)? else { return Ok(None) };
            let id = self.id("file", keys);
            let row = self.file_row(&id, &file, book);
            let (what, target) = (row.name.clone(), Some(Target::File(id)));
            Ok(Some(Shown { row, what, target, amounts: Vec::new() }))
        })
    }

    pub(crate) fn file_view(
        &self,
        tx: &Transaction<'_>,
        (id, keys, file): (&str, &[String], &OwnFile),
        book: &mut Book,
    ) -> Answer<FileView> {
        let row = self.file_row(id, file, book);
        let (words, tone) = row.standing.words();
        let timeline = vec![TimelineEvent {
            at: row.at,
            by: self.organization.clone(),
            is_ours: true,
            what: format!("The file is {words}."),
            code: String::new(),
            detail: String::new(),
            tone,
            figure: Some(row.money_in.clone()),
            target: None,
            reversal: String::new(),
        }];
        let (mut bytes, mut segments) = (0, 0);
        if let Some(mut kept) = self.kept_bytes(tx, keys, file)? {
            let counted = scan(&mut kept, u64::MAX, 0).map_err(|error| unreadable(&error))?;
            (bytes, segments) = (counted.bytes, counted.total);
        }
        Ok(FileView {
            digest: file.digest.clone(),
            bytes,
            segments,
            control_number: tx.control_number_of(&file.digest).map_err(|error| trouble(&error))?,
            findings: self.kept_findings(tx, (id, &file.digest), book)?,
            timeline,
            resend: matches!(file.state, FileState::Outgoing(OutboxState::Written))
                .then(|| "The file can be written to the folder out again.".to_owned()),
            progress: match &file.state {
                FileState::Reading(done) => Some(("reading claims".to_owned(), *done, 0)),
                _ => None,
            },
            row,
        })
    }

    /// What the node found in a file when it worked on it.
    fn kept_findings(
        &self,
        tx: &Transaction<'_>,
        (id, digest): (&str, &str),
        book: &mut Book,
    ) -> Answer<Vec<FindingGroup>> {
        let found = tx.file_findings(digest).map_err(|error| trouble(&error))?;
        let mut by_code: BTreeMap<(bool, &str), Vec<&KeptFinding>> = BTreeMap::new();
        for one in &found {
            by_code.entry((one.severity != "error", &one.code)).or_default().push(one);
        }
        let group = |((_, code), found): ((bool, &str), Vec<&KeptFinding>)| {
            let first = *found.first()?;
            let address = FigureAddress::new("file", id, &format!("finding-{code}"));
            let story = Story::stated(
                "How often it was found, among the first 500 findings of the file.",
                "what the node kept when it worked on the file",
                "counted one by one",
            );
            let place = |segment: u64| FindingPlace {
                segment,
                words: format!("segment or line {segment}"),
                claim: None,
            };
            Some(FindingGroup {
                code: code.to_owned(),
                severity: first.severity.clone(),
                message: first.message.clone(),
                cause: first.cause.clone(),
                fix: first.fix.clone(),
                count: book.count(found.len() as u64, address, story),
                places: found
                    .iter()
                    .filter_map(|one| one.segment)
                    .take(PLACES_SHOWN)
                    .map(place)
                    .collect(),
            })
        };
        Ok(by_code.into_iter().filter_map(group).collect())
    }

    /// The bytes of a file, when they are kept: of one that goes out in the database, of one that
    /// a person sent in the inbox folder until it is read.
    fn kept_bytes<'t>(
        &self,
        tx: &'t Transaction<'_>,
        keys: &[String],
        file: &OwnFile,
    ) -> Answer<Option<Box<dyn Read + 't>>> {
        if let (false, [_, name]) = (file.is_incoming, keys) {
            let name = name.clone();
            return Ok(Some(Box::new(Parts { tx, name, next: 0, rest: Vec::new(), at: 0 })));
        }
        let upload = tx.upload(&file.digest).map_err(|error| trouble(&error))?;
        let Some(upload) = upload else { return Ok(None) };
        // It may have been taken away since, which is no error.
        let opened = std::fs::File::open(self.data.join(INBOX).join(&upload.place)).ok();
        Ok(opened.map(|file| Box::new(file) as Box<dyn Read + 't>))
    }

    pub(crate) fn raw(
        &self,
        tx: &Transaction<'_>,
        (id, keys): (&str, &[String]),
        file: OwnFile,
        (from, count): (u64, u32),
    ) -> Answer<RawView> {
        let scanned = match self.kept_bytes(tx, keys, &file)? {
            Some(mut kept) => scan(&mut kept, from, count).map_err(|error| unreadable(&error))?,
            None => Scanned::default(),
        };
        let Scanned { segments, total, .. } = scanned;
        Ok(RawView { name: file.name, file: id.to_owned(), total, segments })
    }
}

/// A day in the name of a file: `ccd-20260203-0001.ach`.
fn day_in(name: &str) -> Option<counterfoil_base::Date> {
    name.as_bytes().windows(8).find_map(|eight| {
        let is_digits = eight.iter().all(u8::is_ascii_digit);
        is_digits.then(|| parse_ccyymmdd(eight)).flatten().filter(|day| day.year() >= 2000)
    })
}

fn unreadable(error: &std::io::Error) -> DeskError {
    let what = "The file cannot be read.";
    DeskError::new(DeskErrorKind::Failed, what, &error.to_string())
        .next("An administrator finds the cause with `counterfoil doctor`.")
        .unchanged("Everything.")
}

/// The pieces of an outgoing file one after the other.
struct Parts<'t, 'd> {
    tx: &'t Transaction<'d>,
    name: String,
    next: u64,
    rest: Vec<u8>,
    at: usize,
}

impl Read for Parts<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at >= self.rest.len() {
            let part = self.tx.outbox_part(&self.name, self.next);
            let Some(part) = part.map_err(std::io::Error::other)? else { return Ok(0) };
            (self.rest, self.at) = (part, 0);
            self.next += 1;
        }
        let mut left = self.rest.get(self.at..).unwrap_or_default();
        let read = left.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[derive(Default)]
struct Scanned {
    bytes: u64,
    total: u64,
    segments: Vec<RawSegment>,
}

/// Counts segments, or lines of a file that is no X12, and keeps those that are asked for.
fn scan(source: &mut dyn Read, from: u64, count: u32) -> std::io::Result<Scanned> {
    let mut reader = BufReader::with_capacity(1 << 16, source);
    let mut head = Vec::new();
    reader.by_ref().take(106).read_to_end(&mut head)?;
    let is_x12 = head.starts_with(b"ISA");
    let end = head.get(105).copied().filter(|_| is_x12).unwrap_or(b'\n');
    let mut rest = std::io::Cursor::new(head).chain(reader);
    let mut scanned = Scanned::default();
    loop {
        let mut piece = Vec::new();
        let read = rest.by_ref().take(SEGMENT_BYTES_MAX).read_until(end, &mut piece)?;
        if read == 0 {
            return Ok(scanned);
        }
        scanned.bytes += read as u64;
        let text = piece.strip_suffix(&[end]).unwrap_or(&piece).trim_ascii();
        if text.is_empty() {
            continue;
        }
        scanned.total += 1;
        if scanned.total >= from && scanned.segments.len() < count as usize {
            scanned.segments.push(RawSegment {
                number: scanned.total,
                text: counterfoil_base::Phi::new(String::from_utf8_lossy(text).into_owned()),
                marks: Vec::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim_text::raw_segments;

    #[test]
    fn segments_are_counted_and_those_asked_for_kept() {
        let isa = format!(
            "ISA*00*{:10}*00*{:10}*ZZ*{:15}*ZZ*{:15}*260101*0000*^*00501*000000001*0*T*:~",
            "", "", "A", "B"
        );
        let text = format!("{isa}\nGS*HC~\nST*837~SE*1~");
        let scanned = scan(&mut text.as_bytes(), 2, 2).unwrap();
        assert_eq!((scanned.total, scanned.bytes), (4, text.len() as u64));
        let kept: Vec<&str> = scanned.segments.iter().map(|s| s.text.expose().as_str()).collect();
        assert_eq!(kept, ["GS*HC", "ST*837"]);
        assert_eq!(raw_segments(text.as_bytes(), &[]).len(), 4);
        let scanned = scan(&mut &b"day,amount\n1,2\n"[..], 1, 9).unwrap();
        assert_eq!(scanned.total, 2);
    }

    #[test]
    fn a_day_is_found_in_a_name() {
        let found = |name| day_in(name).map(|day| day.to_string());
        assert_eq!(found("ccd-20260203-0001.ach").as_deref(), Some("2026-02-03"));
        assert_eq!(found("ack-1234.x12"), None);
    }
}
