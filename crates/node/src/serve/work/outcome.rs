//! What became of a file or document: kept for its page, and told in a text beside it when a
//! person has to look.

use super::folder::{REFUSED, TAKEN, Watched, name_of, note, plain};
use super::{Failure, Office};
use crate::data::INBOX;
use counterfoil_base::Finding;
use counterfoil_cli::{CommandError, WorkErrorKind, sentence};
use counterfoil_operations::OperationsError;
use counterfoil_store::{FileFate, FileOutcome, Transaction};
use counterfoil_twin::sync::RunningDigest;
use counterfoil_twin::to_hex;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 65_536;
/// Findings that a text beside a file tells; its page has more.
const TOLD_MAX: usize = 20;

/// What was done with a file.
pub struct Worked {
    /// `837`, `835`, `TA1`, `999`, `277CA` or `bank`; empty when nobody knows.
    pub kind: String,
    /// What a person may want to know.
    pub findings: Vec<Finding>,
}

impl Worked {
    /// Used as a whole.
    pub fn whole(kind: &str) -> Worked {
        Worked { kind: kind.to_owned(), findings: Vec::new() }
    }

    fn errors(&self) -> Vec<&Finding> {
        self.findings.iter().filter(|one| one.is_error()).collect()
    }

    fn fate(&self) -> FileFate {
        if self.errors().is_empty() { FileFate::Accepted } else { FileFate::PartlyRefused }
    }
}

/// Why a file cannot be used, with all that was found in it.
pub struct Unused {
    /// As the text beside the file says it.
    pub failure: Failure,
    /// What it seems to be.
    pub kind: String,
    /// What was found; empty when the failure says everything.
    pub findings: Vec<Finding>,
}

impl From<Failure> for Unused {
    fn from(failure: Failure) -> Unused {
        Unused { failure, kind: String::new(), findings: Vec::new() }
    }
}

impl From<OperationsError> for Unused {
    fn from(error: OperationsError) -> Unused {
        Failure::from(error).into()
    }
}

impl From<CommandError> for Unused {
    fn from(error: CommandError) -> Unused {
        Failure::from(error).into()
    }
}

impl Unused {
    /// What is kept of it.
    pub fn told(self) -> Vec<Finding> {
        if !self.findings.is_empty() {
            return self.findings;
        }
        let why = "Nothing of it was booked or sent.";
        let what = sentence(&self.failure.what);
        vec![
            Finding::error("OPS-7-file-refused", 7, what)
                .because(why)
                .fix(sentence(&self.failure.next)),
        ]
    }
}

/// Ends the work on a file of a watched folder: what became of it is kept, and the file put aside.
pub fn finish(
    office: &mut Office,
    watched: &mut Watched,
    (path, done): (&Path, Result<Worked, Unused>),
) -> Result<(), Failure> {
    let name = name_of(path);
    let digest = match &done {
        Err(unused) if unused.failure.kind != WorkErrorKind::File => None,
        // What cannot be read has no digest; its reason is told beside it.
        _ => digest_of(path).ok(),
    };
    match done {
        Ok(worked) => {
            if let Some(digest) = digest {
                keep(office, (&digest, &name), &worked.kind, worked.fate(), &worked.findings)?;
            }
            let errors = worked.errors();
            let told = (!errors.is_empty()).then(|| in_part(&name, &errors));
            watched.taken(path, told.as_deref())
        }
        Err(unused) if unused.failure.kind == WorkErrorKind::File => {
            let (failure, kind) = (unused.failure.clone(), unused.kind.clone());
            if let Some(digest) = digest {
                keep(office, (&digest, &name), &kind, FileFate::Refused, &unused.told())?;
            }
            watched.refuse(path, &failure)
        }
        Err(unused) => Err(unused.failure),
    }
}

/// Keeps what became of a document that was used, and tells beside the inbox what was not.
pub fn document_taken(
    office: &mut Office,
    (digest, name): (&str, &str),
    worked: &Worked,
) -> Result<(), Failure> {
    let errors = worked.errors();
    if !errors.is_empty() {
        let text = in_part(name, &errors);
        note(&office.node.folder.path.join(INBOX).join(TAKEN), &placed(digest, name), &text)?;
    }
    keep(office, (digest, name), &worked.kind, worked.fate(), &worked.findings)
}

/// The same of a document of which nothing can be used; `also` is done in the same transaction.
pub fn document_refused(
    office: &mut Office,
    (digest, name): (&str, &str),
    unused: Unused,
    also: impl FnOnce(&Transaction<'_>) -> Result<(), OperationsError>,
) -> Result<(), Failure> {
    let (what, next) = (&unused.failure.what, &unused.failure.next);
    let shown = plain(name);
    let text = format!(
        "{shown}, which a partner has sent, was not taken in.\n\nwhy: {what}\nnext: {next}\n\n\
         Nothing of it was booked. It lies in the folder documents as {digest}; the partner has \
         to send a correct one. Delete this text when that is done.\n"
    );
    note(&office.node.folder.path.join(INBOX).join(REFUSED), &placed(digest, name), &text)?;
    let kind = unused.kind.clone();
    let (findings, on) = (unused.told(), office.on.to_string());
    let outcome = outcome((name, &kind), FileFate::Refused, (&on, &findings));
    office.store.transaction("a document is refused", |tx| {
        // A partner may name a file that was worked on here: what became of that one stands.
        let known = tx.file_outcome(digest)?.filter(|one| one.fate != FileFate::Refused);
        if known.is_none() && tx.file(digest)?.is_none() {
            tx.set_file_outcome(digest, &outcome, &findings)?;
        }
        also(tx)
    })?;
    Ok(())
}

/// The name of a text about a document, told apart by the document's digest.
fn placed(digest: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().take(80).map(plain).collect();
    format!("{}-{name}", digest.get(..12).unwrap_or_default())
}

fn keep(
    office: &mut Office,
    (digest, name): (&str, &str),
    kind: &str,
    fate: FileFate,
    findings: &[Finding],
) -> Result<(), Failure> {
    let on = office.on.to_string();
    office.store.transaction("keep what became of a file", |tx| {
        let upload = tx.upload(digest)?;
        let name = upload.as_ref().map_or(name, |upload| upload.name.as_str());
        tx.set_file_outcome(digest, &outcome((name, kind), fate, (&on, findings)), findings)?;
        Ok::<_, OperationsError>(())
    })?;
    Ok(())
}

fn outcome(
    (name, kind): (&str, &str),
    fate: FileFate,
    (on, findings): (&str, &[Finding]),
) -> FileOutcome {
    FileOutcome {
        name: plain(name),
        kind: kind.to_owned(),
        fate,
        worked_on: on.to_owned(),
        findings: findings.len() as u64,
    }
}

/// What stands beside a file of which a part was not used.
fn in_part(name: &str, errors: &[&Finding]) -> String {
    let mut text = format!("{} was taken in, but not all of it.\n", plain(name));
    for one in errors.iter().take(TOLD_MAX) {
        let at = one.position.segment.map(|at| format!(" (segment or line {at})"));
        let (message, cause, fix) = (&one.message, &one.cause, &one.fix);
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "\nwhat: {message}{}\nwhy: {cause}\nnext: {fix}\n",
            at.unwrap_or_default()
        );
    }
    if errors.len() > TOLD_MAX {
        let _ = writeln!(text, "\nand {} more, on the page of the file", errors.len() - TOLD_MAX);
    }
    text.push_str("\nEverything else of it was booked. Delete this text when you have looked.\n");
    text
}

fn digest_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut running = RunningDigest::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(to_hex(&running.finish())),
            count => running.update(chunk.get(..count).unwrap_or_default()),
        }
    }
}
