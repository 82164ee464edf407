//! A provider's work: claims go out when nothing holds them back, answers and payments are read,
//! the bank is matched.

use super::content::{Contents, Kind, contents_of};
use super::documents::{Waiting, work_on};
use super::folder::{Watched, name_of};
use super::outcome::{Unused, Worked, finish};
use super::stamp::Loaded;
use super::{Failure, Office, unreadable};
use crate::data::{BANK, INBOX};
use counterfoil_base::{Finding, Severity};
use counterfoil_cli::{
    CommandError, Date, PostedFiles, ProviderOffice, WorkErrorKind, partner_of_answers, post_files,
    post_partner_file, write_submissions,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::Relation;
use counterfoil_operations::provider::{
    AnswerFile, mark_document_taken, may_await_rules, take_answers,
};
use std::path::Path;
use std::slice::from_ref;

/// What a provider's work remembers.
pub struct ProviderWork {
    pub inbox: Watched,
    pub bank: Watched,
    office: Loaded<ProviderOffice>,
    /// True when files of claims may wait to be written.
    has_sent: bool,
    /// The database and the day as they were when it was looked at last for claims that wait for
    /// the rules of their payer: these come by others who write.
    awaited_at: Option<(i64, Date)>,
}

impl ProviderWork {
    pub fn new(data: &Path) -> ProviderWork {
        ProviderWork {
            inbox: Watched::new(data.join(INBOX)),
            bank: Watched::new(data.join(BANK)),
            office: Loaded::default(),
            has_sent: true,
            awaited_at: None,
        }
    }

    pub fn round(&mut self, office: &mut Office) -> bool {
        let mut did = office.step("inbox", |office| self.files(office));
        did |= office.step("claims that await rules", |office| self.send_awaited(office));
        did |= office.step("outgoing files", |office| self.write(office));
        did |= work_on(office, |office, document| match document.row.kind.as_str() {
            "TA1" | "999" | "277CA" => answer_document(office, document).map(Some),
            "835" => remittance(office, document).map(Some),
            _ => Ok(None),
        });
        did |= office.step("bank", |office| self.bank_files(office));
        did
    }

    fn files(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let paths = self.inbox.look(office.node.folder.config.inbox_settle)?;
        Ok(office.each_file(INBOX, &paths, |office, path| {
            let done = match contents_of(path) {
                Ok(contents) => self.file(office, path, &contents),
                Err(_) => Err(unreadable().into()),
            };
            finish(office, &mut self.inbox, (path, done))
        }))
    }

    fn file(
        &mut self,
        office: &mut Office,
        path: &Path,
        contents: &Contents,
    ) -> Result<Worked, Unused> {
        if contents.holds(Kind::Claims) && contents.kinds.len() > 1 {
            let failure = Failure::file(
                "it holds claims (837) together with payments or answers",
                "put the claims into a file of their own",
            );
            return Err(failure.into());
        }
        if contents.holds(Kind::Claims) {
            return self.submit(office, path);
        }
        if contents.holds(Kind::Bank) {
            return record_bank(office, path);
        }
        let mut done = Vec::new();
        if let Some(kind) = contents.answer() {
            done.push(answers_of_file(office, path, kind));
        }
        if contents.holds(Kind::Remittance) {
            done.push(post_remittance(office, path));
        }
        let mut worked = together(done).unwrap_or_else(|| {
            Err(Failure::file(
                "it holds no claims (837), no remittance (835), no answer (TA1, 999, 277CA) and \
                 no bank statement",
                "put such files alone into this folder",
            )
            .into())
        })?;
        worked.findings.extend(contents.unused(|_| true));
        Ok(worked)
    }

    fn submit(&mut self, office: &mut Office, path: &Path) -> Result<Worked, Unused> {
        let on = office.on;
        let name = name_of(path);
        let done = self.loaded(office)?.submit(&mut office.store, (path, &name), on)?;
        self.has_sent = true;
        let (claims, held, again) = (done.claims, done.held, done.was_dispatched);
        let files = done.submitted.len();
        tracing::info!(name, claims, held, files, again, "a file of claims was checked");
        office.tell("A file of claims was checked and sent.");
        let findings = done.submitted.into_iter().flat_map(|file| file.findings).collect();
        Ok(Worked { kind: "837".to_owned(), findings })
    }

    fn loaded(&mut self, office: &Office) -> Result<&mut ProviderOffice, Failure> {
        let (folders, on) = (&office.folders, office.on);
        self.office.get(&[&folders.rules, &folders.tables], || {
            let loaded = ProviderOffice::load(folders, on)?;
            for said in loaded.said.lines() {
                tracing::info!(said, "the payer's rules were loaded");
            }
            Ok(loaded)
        })
    }

    /// Claims that only waited for rules of their payer go out when these have arrived. Which ones
    /// wait is looked for when somebody has written to the database, or another day has begun.
    fn send_awaited(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let now = (office.store.change_stamp()?, office.on);
        if self.awaited_at == Some(now) {
            return Ok(false);
        }
        let mut sent = 0;
        if may_await_rules(&mut office.store)? {
            sent = self.loaded(office)?.send_awaited(&mut office.store, now.1)?;
        }
        self.awaited_at = Some(now);
        if sent > 0 {
            self.has_sent = true;
            tracing::info!(claims = sent, "claims went out whose rules have arrived");
            office.tell("Claims went out that had waited for rules.");
        }
        Ok(sent > 0)
    }

    /// Copies of what goes out, for people and for clearing houses.
    fn write(&mut self, office: &mut Office) -> Result<bool, Failure> {
        if self.has_sent {
            write_submissions(&mut office.store, &office.out)?;
            self.has_sent = false;
        }
        Ok(false)
    }

    fn bank_files(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let paths = self.bank.look(office.node.folder.config.inbox_settle)?;
        Ok(office.each_file(BANK, &paths, |office, path| {
            let done = record_bank(office, path);
            finish(office, &mut self.bank, (path, done))
        }))
    }
}

/// What became of a file of which each kind was worked on for itself; nothing when it holds none.
/// Of one that can be used in part, what cannot be used is told with it.
fn together(done: Vec<Result<Worked, Unused>>) -> Option<Result<Worked, Unused>> {
    let (mut worked, mut unused): (Option<Worked>, Vec<Unused>) = (None, Vec::new());
    for one in done {
        match (one, &mut worked) {
            (Ok(more), Some(worked)) => worked.findings.extend(more.findings),
            (Ok(more), none) => *none = Some(more),
            // The office's fault: all of it is tried again, and what was used is known then.
            (Err(one), _) if one.failure.kind != WorkErrorKind::File => return Some(Err(one)),
            (Err(one), _) => unused.push(one),
        }
    }
    match worked {
        Some(mut worked) => {
            worked.findings.extend(unused.into_iter().flat_map(Unused::told));
            Some(Ok(worked))
        }
        None => unused.into_iter().next().map(Err),
    }
}

/// Records a bank statement and matches it.
fn record_bank(office: &mut Office, path: &Path) -> Result<Worked, Unused> {
    let path = path.to_path_buf();
    let posted = post_files(&mut office.store, (&[], from_ref(&path)), office.on)?;
    let used = posted.bank_entries + posted.known_bank_entries;
    let worked = used_or_not(posted, ("bank", used))?;
    office.tell("A bank statement was matched.");
    Ok(worked)
}

/// Posts the 835s of a file.
fn post_remittance(office: &mut Office, path: &Path) -> Result<Worked, Unused> {
    let path = path.to_path_buf();
    let posted = post_files(&mut office.store, (from_ref(&path), &[]), office.on)?;
    let used = posted.remittances + posted.already_posted;
    used_or_not(posted, ("835", used))
}

/// A file of which nothing was used and in which an error was found is not taken; what was found
/// in one that was used in part is kept with it.
fn used_or_not(posted: PostedFiles, (kind, used): (&str, u64)) -> Result<Worked, Unused> {
    let kind = kind.to_owned();
    let findings: Vec<Finding> =
        posted.findings.into_iter().filter(|one| one.severity != Severity::Note).collect();
    match findings.iter().find(|one| one.is_error()).filter(|_| used == 0) {
        Some(first) => {
            let failure = Failure::file(first.message.clone(), &first.fix);
            Err(Unused { failure, kind, findings })
        }
        None => Ok(Worked { kind, findings }),
    }
}

/// Answers that came as a file: those of the partner whom they name.
fn answers_of_file(office: &mut Office, path: &Path, kind: &'static str) -> Result<Worked, Unused> {
    let bytes = read(path)?;
    let relation = partner_of_answers(&mut office.store, &bytes)
        .map_err(|failure| Unused { kind: kind.to_owned(), ..failure.into() })?;
    let name = name_of(path);
    answers(office, &Answer { relation: &relation, kind, name: &name, bytes: &bytes })
}

/// Answers that a partner's record has named.
fn answer_document(office: &mut Office, document: &Waiting) -> Result<Worked, Unused> {
    let Waiting { relation, row, path } = document;
    let bytes = read(path)?;
    let (kind, name) = (row.kind.as_str(), row.name.as_str());
    let mut worked = answers(office, &Answer { relation, kind, name, bytes: &bytes })?;
    worked.findings.extend(unused_of(path, |kind| matches!(kind, Kind::Answer(_)))?);
    Ok(worked)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path);
    Ok(bytes.map_err(|cause| CommandError::file("read", path, &cause))?)
}

/// What a document holds beside what it was said to be.
fn unused_of(path: &Path, worked: impl Fn(Kind) -> bool) -> Result<Vec<Finding>, Failure> {
    let found = contents_of(path);
    Ok(found.map_err(|cause| CommandError::file("read", path, &cause))?.unused(worked))
}

/// Answers to claims, and whose they are.
struct Answer<'a> {
    relation: &'a Relation,
    kind: &'a str,
    name: &'a str,
    bytes: &'a [u8],
}

fn answers(office: &mut Office, answer: &Answer<'_>) -> Result<Worked, Unused> {
    let Answer { relation, kind, name, bytes } = *answer;
    let file = AnswerFile { relation, kind, name, bytes, on: office.on };
    let read = take_answers(&mut office.store, &file)
        .map_err(|error| Unused { kind: kind.to_owned(), ..error.into() })?;
    let (returned, unknown) = (read.returned, read.unknown);
    tracing::info!(kind, accepted = read.accepted, returned, unknown, "an answer was read");
    if returned > 0 {
        office.tell("The payer returned claims.");
    }
    let mut worked = Worked::whole(kind);
    if unknown > 0 {
        let is_part = read.accepted + returned > 0;
        worked.findings.push(unknown_answers(unknown, is_part));
    }
    Ok(worked)
}

/// That answers are about nothing that waits for one here.
fn unknown_answers(count: u64, is_part: bool) -> Finding {
    let message = format!("{count} of the answers match nothing that was sent and waits for one.");
    let severity = if is_part { Severity::Warning } else { Severity::Error };
    let finding = Finding::error("OPS-7-answer-unknown", 7, message)
        .because(
            "They return claims, or refuse sets or interchanges, that are not in these books or \
             were answered since.",
        )
        .fix("Ask the payer which claims it means; nothing was changed for them.");
    Finding { severity, ..finding }
}

pub fn remittance(office: &mut Office, document: &Waiting) -> Result<Worked, Unused> {
    let from = (&document.relation, &document.path);
    let posted = post_partner_file(&mut office.store, from, office.on)?;
    let used = posted.remittances + posted.already_posted;
    let mut worked = used_or_not(posted, ("835", used))?;
    worked.findings.extend(unused_of(&document.path, |kind| kind == Kind::Remittance)?);
    office.store.transaction("an 835 was worked on", |tx| {
        mark_document_taken(tx, &document.relation, &document.row.digest)?;
        Ok::<_, OperationsError>(())
    })?;
    tracing::info!("a remittance was posted");
    office.tell("A remittance was posted.");
    Ok(worked)
}
