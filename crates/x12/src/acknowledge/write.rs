//! Writes TA1 and 999 (005010X231A1) through the writer.

use super::log::{AckLog, ElementAnswer, GroupAnswer, InterchangeAnswer, SegmentAnswer, SetAnswer};
use crate::raw::Separators;
use crate::read::is_party_qualifier;
use crate::writer::{Envelope, WriteError, Writer};
use counterfoil_base::{Date, Text};

/// What the caller decides about acknowledgements that are written.
#[derive(Clone, Copy, Debug)]
pub struct AckNumbers<'t> {
    /// Date of the acknowledgement.
    pub date: Date,
    /// HHMM.
    pub time: &'t str,
    /// ISA13 of the first interchange written; the next ones count on.
    pub interchange_control_number: u32,
}

/// The acknowledgements of one interchange.
#[derive(Debug, Default)]
pub struct WrittenAcknowledgement {
    /// An interchange that holds a TA1: written when the interchange is not accepted or its
    /// sender asked for one.
    pub interchange: Option<Vec<u8>>,
    /// An interchange that holds 999s, one a functional group; none when the interchange was
    /// rejected or has no group that a 999 answers.
    pub implementation: Option<Vec<u8>>,
}

const VERSION: &str = "005010X231A1";

/// Codes that fit into IK502 to IK506, or AK905 to AK909.
const CODES_MAX: usize = 5;

impl AckLog {
    /// Writes TA1 and 999 for each interchange read.
    ///
    /// # Errors
    /// When the numbers given do not fit an envelope.
    pub fn write(
        &self,
        numbers: AckNumbers<'_>,
    ) -> Result<Vec<WrittenAcknowledgement>, WriteError> {
        let mut number = numbers.interchange_control_number;
        let mut written = Vec::new();
        for answer in &self.interchanges {
            let mut out = WrittenAcknowledgement::default();
            let is_rejected = answer.code() == "R";
            if answer.code() != "A" || answer.interchange.is_acknowledgment_requested {
                out.interchange = Some(answer.write_ta1(&answer.envelope(numbers, number))?);
                number = number.wrapping_add(1);
            }
            if !is_rejected && answer.groups.iter().any(|group| group.is_answered()) {
                out.implementation = Some(answer.write_999(&answer.envelope(numbers, number))?);
                number = number.wrapping_add(1);
            }
            written.push(out);
        }
        Ok(written)
    }
}

impl InterchangeAnswer {
    /// The envelope back to the sender, in the usual separators.
    fn envelope(&self, numbers: AckNumbers<'_>, number: u32) -> Envelope {
        let isa = &self.interchange;
        let (sender, receiver) = match self.groups.first() {
            Some(first) => (first.group.receiver_id.clone(), first.group.sender_id.clone()),
            None => (isa.receiver_id.clone(), isa.sender_id.clone()),
        };
        let qualifier = |text: &Text| match writable(text, 2) {
            kept if is_party_qualifier(kept.as_bytes()) => kept,
            _ => "ZZ".into(),
        };
        let mut envelope = Envelope::new(
            "FA",
            VERSION,
            (&party(&isa.receiver_id), &party(&isa.sender_id)),
            numbers.date,
        );
        envelope.sender_qualifier = qualifier(&isa.receiver_qualifier);
        envelope.receiver_qualifier = qualifier(&isa.sender_qualifier);
        envelope.group_sender_id = party(&sender);
        envelope.group_receiver_id = party(&receiver);
        envelope.time = numbers.time.into();
        envelope.interchange_control_number = number;
        envelope.group_control_number = number;
        envelope.usage = if isa.usage == "P" { "P".into() } else { "T".into() };
        envelope
    }

    fn write_ta1(&self, envelope: &Envelope) -> Result<Vec<u8>, WriteError> {
        let isa = &self.interchange;
        let digits = |text: &Text, width: usize| {
            let is_number = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.clone() } else { "0".repeat(width).into() }
        };
        Writer::interchange_acknowledgement(
            envelope,
            [
                &digits(&isa.control_number, 9),
                &digits(&isa.date, 6),
                &digits(&isa.time, 4),
                self.code(),
                self.note_code(),
            ],
        )
    }

    fn write_999(&self, envelope: &Envelope) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::new(envelope)?;
        let answered = self.groups.iter().filter(|group| group.is_answered());
        for (index, group) in answered.enumerate() {
            writer.start_transaction("999", &format!("{:04}", index + 1), VERSION)?;
            group.write(&mut writer)?;
            writer.end_transaction()?;
        }
        writer.finish()
    }
}

impl GroupAnswer {
    /// The 999 answers the transaction sets of health care; acknowledgements are not
    /// acknowledged.
    fn is_answered(&self) -> bool {
        const KINDS: [&str; 9] = ["BE", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "RA"];
        KINDS.contains(&self.group.functional_id.as_str())
    }

    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        writer
            .segment("AK1")
            .element(&writable(&self.group.functional_id, 2))
            .element(&writable(&self.group.control_number, 9))
            .element(&writable(&self.group.version, 12))
            .end()?;
        for set in self.sets.iter().filter(|set| set.is_answerable) {
            set.write(writer)?;
        }
        let received = self.sets.len().to_string();
        let announced = self.announced.as_ref().filter(|text| {
            (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        });
        let announced = announced.map_or(received.as_str(), |text| text.as_str());
        let accepted = self.accepted_count().to_string();
        let mut segment = writer.segment("AK9");
        for value in [self.code(), announced, &received, &accepted] {
            segment.push_element(value);
        }
        push_codes(&mut segment, &self.errors);
        segment.end()
    }
}

impl SetAnswer {
    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        writer
            .segment("AK2")
            .element(&writable(&self.header.set_id, 3))
            .element(&writable(&self.header.control_number, 9))
            .element(&writable(&self.header.version, 35))
            .end()?;
        let mut segments: Vec<&SegmentAnswer> = self.segments.iter().collect();
        segments.sort_by_key(|segment| segment.index);
        for segment in segments {
            segment.write(writer)?;
        }
        let mut closing = writer.segment("IK5");
        closing.push_element(self.code());
        if self.code() == "R" {
            push_codes(&mut closing, &self.errors);
        }
        closing.end()
    }
}

impl SegmentAnswer {
    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        // Element 447 has four characters: 2010AA is answered as 2010.
        let loop_id = self.loop_id.get(..4).unwrap_or(&self.loop_id);
        let id = writable(&self.segment_id, 3);
        writer
            .segment("IK3")
            .element(if id.len() < 2 { "ZZ" } else { &id })
            .element(&self.index.to_string())
            .element(&writable(loop_id, 4))
            .element(self.code)
            .end()?;
        if let Some((name, value)) = &self.business_unit {
            let value = writable(value, 35);
            if !value.is_empty() {
                writer.segment("CTX").composite(&[name, &value]).end()?;
            }
        }
        let mut elements: Vec<&ElementAnswer> = self.elements.iter().collect();
        elements.sort_by_key(|element| (element.element, element.component));
        for element in elements {
            element.write(writer)?;
        }
        Ok(())
    }
}

impl ElementAnswer {
    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        let place = self.element.min(99).to_string();
        let component = match self.component {
            0 => String::new(),
            component => component.min(99).to_string(),
        };
        let is_numbered = |n: &u16| *n < crate::guide::ENVELOPE_ELEMENTS;
        let reference = self.reference.filter(is_numbered).map(|n| n.to_string());
        // A value that cannot be repeated without breaking the segment is left out.
        let value = match writable(&self.value, 99) {
            value if value.len() == self.value.len().min(99) => value,
            _ => Text::default(),
        };
        writer
            .segment("IK4")
            .composite(&[&place, &component])
            .element(reference.as_deref().unwrap_or(""))
            .element(self.code)
            .element(&value)
            .end()
    }
}

fn push_codes(segment: &mut crate::writer::SegmentWriter<'_>, codes: &[&'static str]) {
    let mut written: Vec<&str> = Vec::new();
    for code in codes {
        if !written.contains(code) && written.len() < CODES_MAX {
            written.push(code);
            segment.push_element(code);
        }
    }
}

/// A party's identifier; one that cannot be written is answered as unknown.
fn party(id: &str) -> Text {
    match writable(id, 15) {
        kept if kept.len() >= 2 => kept,
        _ => "UNKNOWN".into(),
    }
}

/// What of a value can stand in a segment with the usual separators, at most `max` characters,
/// without blanks around.
fn writable(text: &str, max: usize) -> Text {
    let separators = Separators::default();
    let fits = |c: &char| {
        u8::try_from(*c).is_ok_and(|byte| (32..127).contains(&byte) && !separators.holds(byte))
    };
    let kept: String = text.chars().filter(fits).take(max).collect();
    kept.trim().into()
}
