//! Claims of a file written anew, as they will be sent, without those that do not go.

use crate::error::OperationsError;
use counterfoil_base::{Date, Finding, Position};
use counterfoil_claim::{Claim, ClaimKind, ClaimWriter, WriteError};
use counterfoil_x12::{Envelope, Interchange};
use std::collections::BTreeSet;

/// Claims are handed to the writer so many at a time: the most that the guides recommend for a
/// transaction set (005010X222A1, section 1.3).
const CLAIMS_WAITING_MAX: usize = 5_000;
/// ISA13 has nine digits.
pub(super) const CONTROL_NUMBERS: u32 = 1_000_000_000;
/// How far the control number of a second interchange lies from that of its source, and where
/// numbers begin that no sender gave.
pub(super) const SECOND_NUMBER: u32 = 500_000_000;

/// Gives the control numbers (ISA13) of interchanges that are written anew.
pub trait ControlNumbers {
    /// A number under which nothing of this sender went to this receiver: the source's own where
    /// it is free, and no number twice.
    ///
    /// # Errors
    /// When what is known of earlier files cannot be read.
    fn give(&mut self, source: &Interchange) -> Result<u32, OperationsError>;
}

/// Control numbers that differ within one file, where nothing is known of others.
#[derive(Debug, Default)]
pub struct NumbersOfFile {
    given: BTreeSet<(String, u32)>,
}

impl ControlNumbers for NumbersOfFile {
    fn give(&mut self, source: &Interchange) -> Result<u32, OperationsError> {
        let sender = format!("{}*{}", source.sender_qualifier, source.sender_id);
        let mut number = source_number(source);
        let mut step = SECOND_NUMBER;
        while !self.given.insert((sender.clone(), number)) {
            number = (number + step) % CONTROL_NUMBERS;
            step = 1;
        }
        Ok(number)
    }
}

/// The number of what is written to see whether it can be.
struct Trial;

impl ControlNumbers for Trial {
    fn give(&mut self, _: &Interchange) -> Result<u32, OperationsError> {
        Ok(1)
    }
}

/// ISA13 of an interchange; 1 where it is no number.
pub(super) fn source_number(source: &Interchange) -> u32 {
    source.control_number.trim().parse::<u32>().unwrap_or(1) % CONTROL_NUMBERS
}

/// One interchange for each interchange of the source, with its parties; another one wherever the
/// kind of claim changes, because a group holds claims of one guide.
pub struct OutgoingClaims {
    on: Date,
    source: Option<Interchange>,
    open: Option<(ClaimKind, ClaimWriter)>,
    waiting: Vec<Claim>,
    out: Vec<u8>,
}

impl OutgoingClaims {
    /// Nothing yet; interchanges are of this day.
    #[must_use]
    pub fn new(on: Date) -> OutgoingClaims {
        OutgoingClaims { on, source: None, open: None, waiting: Vec::new(), out: Vec::new() }
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

    /// Adds a claim; where an interchange begins with it, `numbers` gives its number.
    ///
    /// # Errors
    /// When claims that waited cannot be written, or no number can be given.
    pub fn add(
        &mut self,
        claim: &Claim,
        numbers: &mut dyn ControlNumbers,
    ) -> Result<(), OperationsError> {
        if self.open.as_ref().is_some_and(|(kind, _)| *kind != claim.kind) {
            self.close()?;
        }
        if self.open.is_none() {
            let envelope = self.envelope(claim.kind, numbers)?;
            let writer = ClaimWriter::new(&envelope).map_err(|error| unwritable(&error))?;
            self.open = Some((claim.kind, writer));
        }
        self.waiting.push(claim.clone());
        match self.waiting.len() {
            CLAIMS_WAITING_MAX => self.write_waiting(),
            _ => Ok(()),
        }
    }

    /// Why a claim cannot be written by itself in the interchange at hand; nothing when it can.
    #[must_use]
    pub fn refusal(&self, claim: &Claim) -> Option<Finding> {
        let envelope = self.envelope(claim.kind, &mut Trial).ok()?;
        let written = ClaimWriter::new(&envelope).and_then(|mut writer| {
            writer.write(std::slice::from_ref(claim))?;
            writer.finish()
        });
        written.err().map(|error| unwritable_claim(claim, &error))
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

    fn envelope(
        &self,
        kind: ClaimKind,
        numbers: &mut dyn ControlNumbers,
    ) -> Result<Envelope, OperationsError> {
        let version = match kind {
            ClaimKind::Professional => "005010X222A1",
            ClaimKind::Institutional => "005010X223A2",
        };
        let mut envelope = Envelope::new("HC", version, ("SENDER", "RECEIVER"), self.on);
        if let Some(isa) = &self.source {
            // Data that is no separator in the source may be one elsewhere.
            envelope.separators = isa.separators;
            envelope.sender_qualifier = isa.sender_qualifier.clone();
            envelope.sender_id = isa.sender_id.clone();
            envelope.receiver_qualifier = isa.receiver_qualifier.clone();
            envelope.receiver_id = isa.receiver_id.clone();
            envelope.group_sender_id = isa.sender_id.clone();
            envelope.group_receiver_id = isa.receiver_id.clone();
            envelope.usage = isa.usage.clone();
            envelope.interchange_control_number = numbers.give(isa)?;
            // A 999 names the group alone: with the number of its interchange it is one file's.
            envelope.group_control_number = envelope.interchange_control_number.max(1);
        }
        Ok(envelope)
    }
}

fn unwritable_claim(claim: &Claim, error: &WriteError) -> Finding {
    Finding::error("OPS-1-claim-unwritable", 1, format!("The claim cannot be written: {error}."))
        .at(Position {
            segment: (claim.source.segment > 0).then_some(claim.source.segment),
            segment_id: "CLM".to_owned(),
            loop_path: "2300".to_owned(),
            ..Position::default()
        })
        .because("Claims that do not go out with their whole file are written anew as X12.")
        .fix("Correct the claim where it is made, and send it again.")
}

fn unwritable(error: &WriteError) -> OperationsError {
    OperationsError::Unwritable { what: "the clean claims", cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_base::Text;

    #[test]
    fn what_cannot_be_written_says_why() {
        let file = OutgoingClaims::new(Date::constant(2025, 6, 2));
        for (number, code) in [("P1", None), ("P\u{1d}1", Some("OPS-1-claim-unwritable"))] {
            let patient_control_number = Text::from(number);
            let claim = Claim { patient_control_number, ..Claim::default() };
            let refusal = file.refusal(&claim);
            assert_eq!(refusal.as_ref().map(|one| &*one.code), code, "{refusal:?}");
        }
    }
}
