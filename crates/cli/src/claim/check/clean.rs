//! The claims that nothing holds back, written as they will be sent while the check goes on.

use crate::error::CommandError;
use crate::files::PartialFile;
use counterfoil_base::Date;
use counterfoil_claim::{Claim, ClaimKind, ClaimWriter, WriteError};
use counterfoil_x12::{Envelope, Interchange};
use std::collections::BTreeSet;
use std::path::Path;

/// Claims are handed to the writer so many at a time: the most that the guides recommend for a
/// transaction set (005010X222A1, section 1.3).
const CLAIMS_WAITING_MAX: usize = 5_000;
/// ISA13 has nine digits.
const CONTROL_NUMBERS: u32 = 1_000_000_000;
/// How far the control number of a second interchange lies from that of its source.
const SECOND_NUMBER: u32 = 500_000_000;

/// One interchange for each interchange that was checked, with its parties; a second one where
/// it holds claims of the other kind, because a group holds claims of one guide.
pub(super) struct CleanFile {
    file: PartialFile,
    on: Date,
    source: Option<Interchange>,
    open: Option<(ClaimKind, ClaimWriter)>,
    waiting: Vec<Claim>,
    /// Control numbers given by sender; the same one must not be sent twice.
    given: BTreeSet<(String, u32)>,
}

impl CleanFile {
    pub(super) fn create(path: &Path, on: Date) -> Result<CleanFile, CommandError> {
        Ok(CleanFile {
            file: PartialFile::create(path)?,
            on,
            source: None,
            open: None,
            waiting: Vec::new(),
            given: BTreeSet::new(),
        })
    }

    /// The claims that follow belong to this interchange.
    pub(super) fn interchange(&mut self, source: Interchange) -> Result<(), CommandError> {
        self.close()?;
        self.source = Some(source);
        Ok(())
    }

    pub(super) fn add(&mut self, claim: &Claim) -> Result<(), CommandError> {
        if self.open.as_ref().is_some_and(|(kind, _)| *kind != claim.kind) {
            self.close()?;
        }
        if self.open.is_none() {
            let envelope = self.envelope(claim.kind);
            let writer = ClaimWriter::new(&envelope).map_err(|error| unwritable(&error))?;
            self.open = Some((claim.kind, writer));
        }
        self.waiting.push(claim.clone());
        match self.waiting.len() {
            CLAIMS_WAITING_MAX => self.write_waiting(),
            _ => Ok(()),
        }
    }

    fn write_waiting(&mut self) -> Result<(), CommandError> {
        let Some((_, writer)) = &mut self.open else { return Ok(()) };
        writer.write(&self.waiting).map_err(|error| unwritable(&error))?;
        self.waiting.clear();
        self.file.write(&writer.take_output())
    }

    /// Writes what is waiting and the trailers of the open interchange.
    pub(super) fn close(&mut self) -> Result<(), CommandError> {
        self.write_waiting()?;
        let Some((_, writer)) = self.open.take() else { return Ok(()) };
        let rest = writer.finish().map_err(|error| unwritable(&error))?;
        self.file.write(&rest)
    }

    /// Puts the whole file in its place.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        self.close()?;
        self.file.finish()
    }

    fn envelope(&mut self, kind: ClaimKind) -> Envelope {
        let version = match kind {
            ClaimKind::Professional => "005010X222A1",
            ClaimKind::Institutional => "005010X223A2",
        };
        let mut envelope = Envelope::new("HC", version, ("SENDER", "RECEIVER"), self.on);
        if let Some(isa) = &self.source {
            envelope.sender_qualifier = isa.sender_qualifier.clone();
            envelope.sender_id = isa.sender_id.clone();
            envelope.receiver_qualifier = isa.receiver_qualifier.clone();
            envelope.receiver_id = isa.receiver_id.clone();
            envelope.group_sender_id = isa.sender_id.clone();
            envelope.group_receiver_id = isa.receiver_id.clone();
            envelope.usage = isa.usage.clone();
            let number = isa.control_number.trim().parse::<u32>().unwrap_or(1);
            let sender = format!("{}*{}", isa.sender_qualifier, isa.sender_id);
            envelope.group_control_number = number.max(1);
            envelope.interchange_control_number = self.own_number(&sender, number);
        }
        envelope
    }

    /// The source's own number, or for what cannot go under it another that is not in use.
    fn own_number(&mut self, sender: &str, number: u32) -> u32 {
        let mut own = number % CONTROL_NUMBERS;
        let mut step = SECOND_NUMBER;
        while !self.given.insert((sender.to_owned(), own)) {
            own = (own + step) % CONTROL_NUMBERS;
            step = 1;
        }
        own
    }
}

fn unwritable(error: &WriteError) -> CommandError {
    CommandError::operator(
        format!("the clean claims cannot be written: {error}"),
        "nothing was written or booked; send the claims of this file without --clean",
    )
}
