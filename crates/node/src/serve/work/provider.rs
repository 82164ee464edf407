//! A provider's work: claims go out when nothing holds them back, answers and payments are read,
//! the bank is matched.

use super::documents::{Waiting, work_on};
use super::folder::{Watched, name_of, set_of};
use super::stamp::Loaded;
use super::{Failure, Office};
use crate::data::{BANK, INBOX};
use counterfoil_cli::{
    CommandError, PostedFiles, ProviderOffice, WorkErrorKind, post_files, write_submissions,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::{AnswerFile, mark_document_taken, take_answers};
use std::path::Path;
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
            "TA1" | "999" | "277CA" => answers(office, document),
            "835" => remittance(office, document),
            _ => Ok(false),
        });
        did |= office.step("bank", |office| self.bank_files(office));
        did
    }

    fn files(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let mut did = false;
        for path in self.inbox.look(office.node.folder.config.inbox_settle)? {
            let set = set_of(&path);
            let done = match set.as_ref().map(Option::as_deref) {
                Ok(Some("837")) => self.submit(office, &path),
                Ok(Some("835")) => {
                    let posted = post_files(&mut office.store, (from_ref(&path), &[]), office.on);
                    posted.and_then(|posted| refused_whole(&posted))
                }
                Ok(_) => Err(Failure::file(
                    "it holds neither claims (837) nor a remittance (835)",
                    "put claims and remittances into this folder, bank statements into bank",
                )),
                Err(_) => Err(Failure::file(
                    "it cannot be read",
                    "let the node's user read it, or end the program that holds it",
                )),
            };
            match done {
                Ok(()) => self.inbox.taken(&path)?,
                Err(failure) if failure.kind == WorkErrorKind::File => {
                    self.inbox.refuse(&path, &failure)?
                }
                Err(failure) => return Err(failure),
            }
            did = true;
        }
        Ok(did)
    }

    fn submit(&mut self, office: &mut Office, path: &Path) -> Result<(), Failure> {
        let on = office.on;
        let name = name_of(path);
        let done = self.loaded(office)?.submit(&mut office.store, (path, &name), on)?;
        self.has_sent = true;
        self.may_await_rules |= done.held > 0;
        let (claims, held, again) = (done.claims, done.held, done.was_dispatched);
        let files = done.submitted.len();
        tracing::info!(name, claims, held, files, again, "a file of claims was checked");
        for finding in done.submitted.iter().flat_map(|file| &file.findings) {
            tracing::info!(name, code = &*finding.code, finding = finding.message, "a claim sent");
        }
        office.tell("A file of claims was checked and sent.");
        Ok(())
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
            let posted = post_files(&mut office.store, (&[], from_ref(&path)), office.on);
            let done = posted.and_then(|posted| {
                let is_new = posted.bank_entries > 0;
                if is_new { Ok(()) } else { refused_whole(&posted) }
            });
            match done {
                Ok(()) => self.bank.taken(&path)?,
                Err(failure) if failure.kind == WorkErrorKind::File => {
                    self.bank.refuse(&path, &failure)?
                }
                Err(failure) => return Err(failure),
            }
            office.tell("A bank statement was matched.");
            did = true;
        }
        Ok(did)
    }
}

/// An error is told with its file; what is only worth knowing is on the pages.
fn refused_whole(posted: &PostedFiles) -> Result<(), Failure> {
    let error = posted.findings.iter().find(|one| one.is_error());
    match error.filter(|_| posted.remittances + posted.already_posted == 0) {
        Some(finding) => Err(Failure::file(finding.message.clone(), &finding.fix)),
        None => Ok(()),
    }
}

fn answers(office: &mut Office, document: &Waiting) -> Result<bool, Failure> {
    let bytes = std::fs::read(&document.path);
    let bytes = bytes.map_err(|cause| CommandError::file("read", &document.path, &cause))?;
    let file = AnswerFile {
        relation: &document.relation,
        kind: &document.row.kind,
        name: &document.row.name,
        bytes: &bytes,
        on: office.on,
    };
    let read = take_answers(&mut office.store, &file)?;
    let (kind, returned) = (&document.row.kind, read.returned);
    tracing::info!(kind, accepted = read.accepted, returned, "an answer was read");
    if read.returned > 0 {
        office.tell("The payer returned claims.");
    }
    Ok(true)
}

fn remittance(office: &mut Office, document: &Waiting) -> Result<bool, Failure> {
    let posted = post_files(&mut office.store, (from_ref(&document.path), &[]), office.on)?;
    refused_whole(&posted)?;
    office.store.transaction("an 835 was worked on", |tx| {
        mark_document_taken(tx, &document.relation, &document.row.digest)?;
        Ok::<_, OperationsError>(())
    })?;
    tracing::info!(remittances = posted.remittances, "a remittance was posted");
    office.tell("A remittance was posted.");
    Ok(true)
}
