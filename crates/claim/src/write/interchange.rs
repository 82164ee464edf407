//! Whole interchanges of claims or remittance advices.

use super::WriteError;
use crate::carried::{CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION};
use crate::compose_837::{BatchDefaults, same_transaction};
use crate::model::{Claim, ClaimKind};
use crate::remittance::RemittanceAdvice;
use crate::{compose_835, compose_837};
use counterfoil_base::{Text, format_ccyymmdd};
use counterfoil_x12::{Envelope, Writer};

/// The guides recommend at most 5,000 claims a transaction set (005010X222A1, section 1.3).
const CLAIMS_PER_TRANSACTION: usize = 5_000;

/// Writes claims as one 837P or 837I interchange; see [`ClaimWriter`].
///
/// # Errors
/// When a claim is not of the envelope's guide, holds more than its segments have room for, or
/// holds a separator of the envelope as data.
pub fn write_837(envelope: &Envelope, claims: &[Claim]) -> Result<Vec<u8>, WriteError> {
    let mut writer = ClaimWriter::new(envelope)?;
    writer.write(claims)?;
    writer.finish()
}

/// Writes remittance advices as one 835 interchange, a transaction set each.
///
/// # Errors
/// When an advice holds more than its segments have room for, or holds a separator of the
/// envelope as data. Whether the money balances is not asked here.
pub fn write_835(envelope: &Envelope, advices: &[RemittanceAdvice]) -> Result<Vec<u8>, WriteError> {
    let mut writer = RemittanceWriter::new(envelope)?;
    for advice in advices {
        writer.write(advice)?;
    }
    writer.finish()
}

/// Writes claims piece by piece; memory does not grow with the file when the output is taken.
///
/// After an error the interchange is incomplete and [`ClaimWriter::finish`] refuses to end it.
#[derive(Debug)]
pub struct ClaimWriter {
    writer: Writer,
    transactions: u32,
    version: Text,
    date: String,
    time: Text,
}

impl ClaimWriter {
    /// Begins an interchange; GS08 of the envelope names the guide.
    ///
    /// # Errors
    /// When the envelope does not fit its fixed widths.
    pub fn new(envelope: &Envelope) -> Result<ClaimWriter, WriteError> {
        Ok(ClaimWriter {
            writer: Writer::new(envelope)?,
            transactions: 0,
            version: envelope.version.clone(),
            date: format_ccyymmdd(envelope.date),
            time: envelope.time.clone(),
        })
    }

    /// Writes claims in their order, in as many transaction sets as their headers need.
    ///
    /// # Errors
    /// See [`write_837`].
    pub fn write(&mut self, claims: &[Claim]) -> Result<(), WriteError> {
        for run in claims.chunk_by(same_transaction) {
            for claims in run.chunks(CLAIMS_PER_TRANSACTION) {
                self.transaction(claims)?;
            }
        }
        Ok(())
    }

    fn transaction(&mut self, claims: &[Claim]) -> Result<(), WriteError> {
        let guide = match claims.first().map(|claim| claim.kind) {
            Some(ClaimKind::Professional) => "005010X222",
            Some(ClaimKind::Institutional) => "005010X223",
            None => return Ok(()),
        };
        if !self.version.starts_with(guide) {
            return Err(WriteError::Guide { expected: guide });
        }
        self.transactions += 1;
        let control_number = format!("{:04}", self.transactions);
        let defaults =
            BatchDefaults { reference: &control_number, date: &self.date, time: &self.time };
        self.writer.start_transaction("837", &control_number, &self.version)?;
        let writer = &mut self.writer;
        compose_837::compose(claims, &defaults, &mut |segment| hand_on(writer, segment))?;
        Ok(self.writer.end_transaction()?)
    }

    /// Takes out what is written so far.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.writer.take_output()
    }

    /// Ends the interchange and returns the output that was not yet taken.
    ///
    /// # Errors
    /// When an earlier error left a transaction set open.
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        Ok(self.writer.finish()?)
    }
}

/// Writes remittance advices one by one; memory does not grow with the file when the output
/// is taken.
///
/// After an error the interchange is incomplete and [`RemittanceWriter::finish`] refuses.
#[derive(Debug)]
pub struct RemittanceWriter {
    writer: Writer,
    transactions: u32,
}

impl RemittanceWriter {
    /// Begins an interchange.
    ///
    /// # Errors
    /// When the envelope does not fit its fixed widths, or is not for an 835.
    pub fn new(envelope: &Envelope) -> Result<RemittanceWriter, WriteError> {
        if !envelope.version.starts_with("005010X221") {
            return Err(WriteError::Guide { expected: "005010X221" });
        }
        Ok(RemittanceWriter { writer: Writer::new(envelope)?, transactions: 0 })
    }

    /// Writes one transaction set.
    ///
    /// # Errors
    /// See [`write_835`].
    pub fn write(&mut self, advice: &RemittanceAdvice) -> Result<(), WriteError> {
        self.transactions += 1;
        self.writer.start_transaction("835", &format!("{:04}", self.transactions), "")?;
        let writer = &mut self.writer;
        compose_835::compose(advice, &mut |segment| hand_on(writer, segment))?;
        Ok(self.writer.end_transaction()?)
    }

    /// Takes out what is written so far.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.writer.take_output()
    }

    /// Ends the interchange and returns the output that was not yet taken.
    ///
    /// # Errors
    /// When an earlier error left a transaction set open.
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        Ok(self.writer.finish()?)
    }
}

/// A segment in the encoding of carried segments, to the interchange's own separators.
fn hand_on(writer: &mut Writer, segment: &str) -> Result<(), WriteError> {
    let mut elements = segment.split(CARRIED_ELEMENT);
    let mut out = writer.segment(elements.next().unwrap_or(""));
    for element in elements {
        for (nth, repetition) in element.split(CARRIED_REPETITION).enumerate() {
            for (index, component) in repetition.split(CARRIED_COMPONENT).enumerate() {
                match (nth, index) {
                    (0, 0) => out.push_element(component),
                    (_, 0) => out.push_repetition(component),
                    _ => out.push_component(component),
                }
            }
        }
    }
    Ok(out.end()?)
}
