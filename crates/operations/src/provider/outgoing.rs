//! Claims of a file written anew, as they will be sent, without those that are held back.

use crate::error::OperationsError;
use counterfoil_base::Date;
use counterfoil_claim::{Claim, ClaimKind, ClaimWriter, WriteError};
use counterfoil_x12::{Envelope, Interchange};
use std::collections::BTreeSet;

/// Claims are handed to the writer so many at a time: the most that the guides recommend for a
/// transaction set (005010X222A1, section 1.3).
const CLAIMS_WAITING_MAX: usize = 5_000;
/// ISA13 has nine digits.
const CONTROL_NUMBERS: u32 = 1_000_000_000;
/// How far the control number of a second interchange lies from that of its source.
const SECOND_NUMBER: u32 = 500_000_000;

/// One interchange for each interchange of the source, with its parties; a second one where it
/// holds claims of the other kind, because a group holds claims of one guide.
pub struct OutgoingClaims {
    on: Date,
    source: Option<Interchange>,
    open: Option<(ClaimKind, ClaimWriter)>,
    waiting: Vec<Claim>,
    /// Control numbers given, by sender; the same one must not be sent twice.
    given: BTreeSet<(String, u32)>,
    out: Vec<u8>,
}

impl OutgoingClaims {
    /// Nothing yet; interchanges are of this day.
    #[must_use]
    pub fn new(on: Date) -> OutgoingClaims {
        OutgoingClaims {
            on,
            source: None,
            open: None,
            waiting: Vec::new(),
            given: BTreeSet::new(),
            out: Vec::new(),
        }
    }

    /// The control numbers of this sender that are not to be given.
    pub fn refuse_number(&mut self, isa: &Interchange, number: u32) {
        self.given.insert((sender_of(isa), number));
    }

    /// The claims that follow belong to this interchange.
    ///
    /// # Errors
    /// When the claims before it cannot be written.
    pub fn interchange(&mut self, source: Interchange) -> Result<(), OperationsError> {
        self.close()?;
        self.source = Some(source);
        Ok(())
    }

    /// Adds a claim.
    ///
    /// # Errors
    /// When claims that waited cannot be written.
    pub fn add(&mut self, claim: &Claim) -> Result<(), OperationsError> {
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

    /// What is written so far and was not taken before.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn write_waiting(&mut self) -> Result<(), OperationsError> {
        let Some((_, writer)) = &mut self.open else { return Ok(()) };
        writer.write(&self.waiting).map_err(|error| unwritable(&error))?;
        self.waiting.clear();
        self.out.append(&mut writer.take_output());
        Ok(())
    }

    /// Writes what is waiting and the trailers of the open interchange.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub fn close(&mut self) -> Result<(), OperationsError> {
        self.write_waiting()?;
        let Some((_, writer)) = self.open.take() else { return Ok(()) };
        self.out.append(&mut writer.finish().map_err(|error| unwritable(&error))?);
        Ok(())
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
            let sender = sender_of(isa);
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

fn sender_of(isa: &Interchange) -> String {
    format!("{}*{}", isa.sender_qualifier, isa.sender_id)
}

fn unwritable(error: &WriteError) -> OperationsError {
    OperationsError::Unwritable { what: "the clean claims", cause: error.to_string() }
}
