//! A provider's work: claims go out when nothing holds them back, answers and payments are read,
//! the bank is matched.

use super::content::{Content, content_of};
use super::documents::{Waiting, work_on};
use super::folder::{Watched, name_of};
use super::outcome::{Unused, Worked, finish};
use super::stamp::Loaded;
use super::{Failure, Office, unreadable};
use crate::data::{BANK, INBOX};
use counterfoil_base::{Finding, Severity};
use counterfoil_cli::{
    CommandError, PostedFiles, ProviderOffice, post_files, post_partner_file, write_submissions,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relations};
use counterfoil_operations::provider::{AnswerFile, mark_document_taken, take_answers};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

/// What a provider's work remembers.
pub struct ProviderWork {
    pub inbox: Watched,
    pub bank: Watched,
    office: Loaded<ProviderOffice>,
    /// True when files of claims may wait to be written.
    has_sent: bool,
    /// True when claims may wait for the rules of their payer.
    may_await_rules: bool,
}

impl ProviderWork {
    pub fn new(data: &Path) -> ProviderWork {
        ProviderWork {
            inbox: Watched::new(data.join(INBOX)),
            bank: Watched::new(data.join(BANK)),
            office: Loaded::default(),
            has_sent: true,
            may_await_rules: true,
        }
    }

    pub fn round(&mut self, office: &mut Office) -> bool {
        let mut did = office.step("inbox", |office| self.files(office));
        did |= office.step("claims that await rules", |office| self.send_awaited(office));
        did |= office.step("outgoing files", |office| self.write(office));
        did |= work_on(office, |office, document| match document.row.kind.as_str() {
            "TA1" | "999" | "277CA" => {
                let Waiting { relation, row, path } = document;
                let (kind, name) = (row.kind.as_str(), row.name.as_str());
                answers(office, &Answer { relation, kind, name, place: path }).map(Some)
            }
            "835" => remittance(office, document).map(Some),
            _ => Ok(None),
        });
        did |= office.step("bank", |office| self.bank_files(office));
        did
    }

    fn files(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let mut did = false;
        for path in self.inbox.look(office.node.folder.config.inbox_settle)? {
            let done = match content_of(&path) {
                Ok(Content::Claims) => self.submit(office, &path),
                Ok(Content::Remittance) => post_remittance(office, &path),
                Ok(Content::Bank) => record_bank(office, &path),
                Ok(Content::Answer(kind, sender)) => {
                    answers_of_file(office, &path, (kind, &sender))
                }
                Ok(Content::Other) => Err(Failure::file(
                    "it holds no claims (837), no remittance (835), no answer (TA1, 999, 277CA) \
                     and no bank statement",
                    "put such files alone into this folder",
                )
                .into()),
                Err(_) => Err(unreadable().into()),
            };
            finish(office, &mut self.inbox, (&path, done))?;
            did = true;
        }
        Ok(did)
    }

    fn submit(&mut self, office: &mut Office, path: &Path) -> Result<Worked, Unused> {
        let on = office.on;
        let name = name_of(path);
        let done = self.loaded(office)?.submit(&mut office.store, (path, &name), on)?;
        self.has_sent = true;
        self.may_await_rules |= done.held > 0;
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

    /// Claims that only waited for rules of their payer go out when these have arrived.
    fn send_awaited(&mut self, office: &mut Office) -> Result<bool, Failure> {
        if !self.may_await_rules {
            return Ok(false);
        }
        let on = office.on;
        let awaited = self.loaded(office)?.send_awaited(&mut office.store, on)?;
        self.may_await_rules = awaited.waiting > 0;
        if awaited.sent > 0 {
            self.has_sent = true;
            tracing::info!(claims = awaited.sent, "claims went out whose rules have arrived");
            office.tell("Claims went out that had waited for rules.");
        }
        Ok(awaited.sent > 0)
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
        let mut did = false;
        for path in self.bank.look(office.node.folder.config.inbox_settle)? {
            let done = record_bank(office, &path);
            finish(office, &mut self.bank, (&path, done))?;
            did = true;
        }
        Ok(did)
    }
}

/// Records a bank statement and matches it.
fn record_bank(office: &mut Office, path: &PathBuf) -> Result<Worked, Unused> {
    let posted = post_files(&mut office.store, (&[], from_ref(path)), office.on)?;
    let used = posted.bank_entries + posted.known_bank_entries;
    let worked = used_or_not(posted, ("bank", used))?;
    office.tell("A bank statement was matched.");
    Ok(worked)
}

/// Posts the 835s of a file.
fn post_remittance(office: &mut Office, path: &PathBuf) -> Result<Worked, Unused> {
    let posted = post_files(&mut office.store, (from_ref(path), &[]), office.on)?;
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

/// An answer that came as a file: that of the partner who is named as its sender, or of the only
/// one.
fn answers_of_file(
    office: &mut Office,
    path: &Path,
    (kind, sender): (&'static str, &str),
) -> Result<Worked, Unused> {
    let found = office.store.read("whose an answer is", |tx| {
        let mut all = relations(tx)?;
        for at in 0..all.len() {
            let known = all.get(at).map(|one| tx.partner_identifiers(one.id)).transpose()?;
            if known.is_some_and(|known| known.iter().any(|one| one == sender)) {
                return Ok(Some(all.swap_remove(at)));
            }
        }
        Ok::<_, OperationsError>(all.pop().filter(|_| all.is_empty()))
    })?;
    let relation = found.ok_or_else(|| {
        let failure = Failure::file(
            "its sender (ISA06) is no identifier of a partner",
            "answers of partners come through their nodes; another payer's is read when a \
             relationship with it is open (`counterfoil twin open`)",
        );
        Unused { kind: kind.to_owned(), ..failure.into() }
    })?;
    let place = path.to_path_buf();
    let name = name_of(path);
    answers(office, &Answer { relation: &relation, kind, name: &name, place: &place })
}

/// An answer to claims, and where it lies.
struct Answer<'a> {
    relation: &'a Relation,
    kind: &'a str,
    name: &'a str,
    place: &'a Path,
}

fn answers(office: &mut Office, answer: &Answer<'_>) -> Result<Worked, Unused> {
    let bytes = std::fs::read(answer.place);
    let bytes = bytes.map_err(|cause| CommandError::file("read", answer.place, &cause))?;
    let file = AnswerFile {
        relation: answer.relation,
        kind: answer.kind,
        name: answer.name,
        bytes: &bytes,
        on: office.on,
    };
    let read = take_answers(&mut office.store, &file)
        .map_err(|error| Unused { kind: answer.kind.to_owned(), ..error.into() })?;
    let (kind, returned) = (answer.kind, read.returned);
    tracing::info!(kind, accepted = read.accepted, returned, "an answer was read");
    if read.returned > 0 {
        office.tell("The payer returned claims.");
    }
    Ok(Worked::whole(kind))
}

pub fn remittance(office: &mut Office, document: &Waiting) -> Result<Worked, Unused> {
    let from = (&document.relation, &document.path);
    let posted = post_partner_file(&mut office.store, from, office.on)?;
    let used = posted.remittances + posted.already_posted;
    let worked = used_or_not(posted, ("835", used))?;
    office.store.transaction("an 835 was worked on", |tx| {
        mark_document_taken(tx, &document.relation, &document.row.digest)?;
        Ok::<_, OperationsError>(())
    })?;
    tracing::info!("a remittance was posted");
    office.tell("A remittance was posted.");
    Ok(worked)
}
