//! Writing interchanges: envelopes that cannot be unbalanced, data that cannot break them.

use crate::raw::Separators;
use counterfoil_base::{Date, Text, format_ccyymmdd};

/// What ISA and GS say; the writer adds control counts and the closing segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Separators, by default `*` `:` `^` `~`.
    pub separators: Separators,
    /// ISA05, usually `ZZ` (mutually defined).
    pub sender_qualifier: Text,
    /// ISA06, at most 15 characters.
    pub sender_id: Text,
    /// ISA07.
    pub receiver_qualifier: Text,
    /// ISA08, at most 15 characters.
    pub receiver_id: Text,
    /// ISA09 and GS04.
    pub date: Date,
    /// ISA10 and GS05, HHMM.
    pub time: Text,
    /// ISA13 and IEA02, at most nine digits.
    pub interchange_control_number: u32,
    /// ISA14: true asks for a TA1.
    pub is_acknowledgment_requested: bool,
    /// ISA15: `P` production, `T` test.
    pub usage: Text,
    /// GS01, for example `HC` claims, `HP` payments, `FA` acknowledgements.
    pub functional_id: Text,
    /// GS02.
    pub group_sender_id: Text,
    /// GS03.
    pub group_receiver_id: Text,
    /// GS06 and GE02.
    pub group_control_number: u32,
    /// GS08, for example `005010X222A1`.
    pub version: Text,
}

impl Envelope {
    /// A test envelope of the usual form between two parties; fields can be changed after.
    #[must_use]
    pub fn new(functional_id: &str, version: &str, parties: (&str, &str), date: Date) -> Envelope {
        let (sender, receiver) = parties;
        Envelope {
            separators: Separators::default(),
            sender_qualifier: "ZZ".into(),
            sender_id: sender.into(),
            receiver_qualifier: "ZZ".into(),
            receiver_id: receiver.into(),
            date,
            time: "0000".into(),
            interchange_control_number: 1,
            is_acknowledgment_requested: false,
            usage: "T".into(),
            functional_id: functional_id.into(),
            group_sender_id: sender.into(),
            group_receiver_id: receiver.into(),
            group_control_number: 1,
            version: version.into(),
        }
    }
}

/// Why something was not written; the output is unchanged by the refused call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The separators are not four different characters that can be told from data.
    #[error("the separators cannot be told apart from data")]
    Separators,
    /// Data holds a separator or a control character: the segment would read differently.
    #[error("{segment_id}{element:02}: the data holds a separator or control character")]
    UnwritableData {
        /// The segment.
        segment_id: Text,
        /// The 1-based element.
        element: usize,
    },
    /// An element of the envelope does not have the length or form that the standard fixes.
    #[error("{0} does not fit the envelope")]
    Envelope(&'static str),
    /// A segment was written outside ST and SE, or a transaction set within another.
    #[error("{0}")]
    Order(&'static str),
}

/// Writes one interchange with one functional group and any number of transaction sets.
///
/// Segment, transaction and group counts are the writer's own, so that the envelope always
/// balances; ST, SE, GE and IEA cannot be written in any other way. The output can be taken
/// out at any time, so that memory does not grow with the file.
#[derive(Debug)]
pub struct Writer {
    output: Vec<u8>,
    separators: Separators,
    interchange_control_number: u32,
    group_control_number: u32,
    transaction: Option<OpenTransaction>,
    transaction_count: u64,
}

#[derive(Debug)]
struct OpenTransaction {
    control_number: Text,
    segment_count: u64,
}

impl Writer {
    /// Begins an interchange: writes ISA and GS.
    pub fn new(envelope: &Envelope) -> Result<Writer, WriteError> {
        let separators = envelope.separators;
        if !separators.are_usable() {
            return Err(WriteError::Separators);
        }
        let mut writer = Writer {
            output: Vec::with_capacity(4096),
            separators,
            interchange_control_number: envelope.interchange_control_number,
            group_control_number: envelope.group_control_number,
            transaction: None,
            transaction_count: 0,
        };
        writer.interchange_header(envelope)?;
        writer.group_header(envelope)?;
        Ok(writer)
    }

    /// Writes a whole interchange that holds a TA1 and no group; `parts` are TA101 to TA105.
    pub fn interchange_acknowledgement(
        envelope: &Envelope,
        parts: [&str; 5],
    ) -> Result<Vec<u8>, WriteError> {
        if !envelope.separators.are_usable() {
            return Err(WriteError::Separators);
        }
        let mut writer = Writer {
            output: Vec::with_capacity(256),
            separators: envelope.separators,
            interchange_control_number: envelope.interchange_control_number,
            group_control_number: 0,
            transaction: None,
            transaction_count: 0,
        };
        writer.interchange_header(envelope)?;
        let mut segment = writer.raw_segment("TA1");
        for part in parts {
            segment.push_element(part);
        }
        segment.end()?;
        let number = format!("{:09}", envelope.interchange_control_number);
        writer.raw_segment("IEA").element("0").element(&number).end()?;
        Ok(writer.output)
    }

    /// Begins a transaction set: `set_id` is ST01, `implementation` ST03 (empty for an 835).
    pub fn start_transaction(
        &mut self,
        set_id: &str,
        control_number: &str,
        implementation: &str,
    ) -> Result<(), WriteError> {
        if self.transaction.is_some() {
            return Err(WriteError::Order("a transaction set begins before the last one ended"));
        }
        if !(4..=9).contains(&control_number.len()) {
            return Err(WriteError::Envelope("ST02"));
        }
        let header = self.raw_segment("ST");
        header.element(set_id).element(control_number).element(implementation).end()?;
        self.transaction =
            Some(OpenTransaction { control_number: control_number.into(), segment_count: 1 });
        Ok(())
    }

    /// Begins a segment of the open transaction set.
    pub fn segment(&mut self, id: &str) -> SegmentWriter<'_> {
        let mut segment = self.raw_segment(id);
        segment.is_in_transaction = true;
        segment
    }

    /// Ends the transaction set: writes SE with the count of its segments.
    pub fn end_transaction(&mut self) -> Result<(), WriteError> {
        let Some(open) = self.transaction.take() else {
            return Err(WriteError::Order("no transaction set is open"));
        };
        let count = (open.segment_count + 1).to_string();
        self.raw_segment("SE").element(&count).element(&open.control_number).end()?;
        self.transaction_count += 1;
        Ok(())
    }

    /// Takes out what is written so far; the writer goes on.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// How many bytes wait in the output.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output.len()
    }

    /// Ends the interchange: writes GE and IEA and returns the output that was not yet taken.
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        if self.transaction.is_some() {
            return Err(WriteError::Order("the last transaction set is not ended"));
        }
        let count = self.transaction_count.to_string();
        let group = self.group_control_number.to_string();
        self.raw_segment("GE").element(&count).element(&group).end()?;
        let interchange = format!("{:09}", self.interchange_control_number);
        self.raw_segment("IEA").element("1").element(&interchange).end()?;
        Ok(self.output)
    }

    fn raw_segment(&mut self, id: &str) -> SegmentWriter<'_> {
        let start = self.output.len();
        self.output.extend_from_slice(id.as_bytes());
        let is_id = (2..=3).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        SegmentWriter {
            start,
            id_length: id.len(),
            element: 0,
            refused: (!is_id).then_some(0),
            is_in_transaction: false,
            is_done: false,
            writer: self,
        }
    }

    /// ISA has fixed widths and holds the separators themselves (X12.5).
    fn interchange_header(&mut self, envelope: &Envelope) -> Result<(), WriteError> {
        let separators = self.separators;
        let date = format_ccyymmdd(envelope.date);
        let requested = if envelope.is_acknowledgment_requested { "1" } else { "0" };
        let repetition = separators.repetition.unwrap_or(b'U');
        let repetition = char::from(repetition).to_string();
        let number = format!("{:09}", envelope.interchange_control_number);
        let fields: [(&'static str, &str, usize); 15] = [
            ("ISA01", "00", 2),
            ("ISA02", "", 10),
            ("ISA03", "00", 2),
            ("ISA04", "", 10),
            ("ISA05", &envelope.sender_qualifier, 2),
            ("ISA06", &envelope.sender_id, 15),
            ("ISA07", &envelope.receiver_qualifier, 2),
            ("ISA08", &envelope.receiver_id, 15),
            ("ISA09", date.get(2..).unwrap_or(""), 6),
            ("ISA10", &envelope.time, 4),
            ("ISA11", &repetition, 1),
            ("ISA12", if separators.repetition.is_some() { "00501" } else { "00401" }, 5),
            ("ISA13", &number, 9),
            ("ISA14", requested, 1),
            ("ISA15", &envelope.usage, 1),
        ];
        self.output.extend_from_slice(b"ISA");
        for (name, value, width) in fields {
            let is_padded = matches!(name, "ISA02" | "ISA04" | "ISA06" | "ISA08");
            let fits = value.len() == width || (is_padded && value.len() < width);
            let is_clean = name == "ISA11" || !value.bytes().any(|b| is_refused(separators, b));
            if !fits || !is_clean || !value.is_ascii() {
                return Err(WriteError::Envelope(name));
            }
            self.output.push(separators.element);
            self.output.extend_from_slice(value.as_bytes());
            self.output.resize(self.output.len() + width - value.len(), b' ');
        }
        self.output.extend_from_slice(&[separators.element, separators.component]);
        self.output.push(separators.segment);
        Ok(())
    }

    fn group_header(&mut self, envelope: &Envelope) -> Result<(), WriteError> {
        let number = envelope.group_control_number.to_string();
        let date = format_ccyymmdd(envelope.date);
        let header = self.raw_segment("GS");
        header
            .element(&envelope.functional_id)
            .element(&envelope.group_sender_id)
            .element(&envelope.group_receiver_id)
            .element(&date)
            .element(&envelope.time)
            .element(&number)
            .element("X")
            .element(&envelope.version)
            .end()
    }
}

/// Data may not hold a separator, and control characters are outside X12's character sets
/// (X12.5 appendix A), so that both would read back as something else.
fn is_refused(separators: Separators, byte: u8) -> bool {
    byte < 0x20 || byte == 0x7F || separators.holds(byte)
}

/// One segment on its way out; nothing of it stays when it is dropped or refused.
#[derive(Debug)]
pub struct SegmentWriter<'w> {
    writer: &'w mut Writer,
    start: usize,
    id_length: usize,
    element: usize,
    /// The first element that held what cannot be written.
    refused: Option<usize>,
    is_in_transaction: bool,
    is_done: bool,
}

impl SegmentWriter<'_> {
    /// The next element, whole or its first component.
    #[must_use]
    pub fn element(mut self, value: &str) -> Self {
        self.push_element(value);
        self
    }

    /// The next element, composite.
    #[must_use]
    pub fn composite(mut self, components: &[&str]) -> Self {
        let mut components = components.iter();
        self.push_element(components.next().unwrap_or(&""));
        for component in components {
            self.push_component(component);
        }
        self
    }

    /// [`SegmentWriter::element`] for loops.
    pub fn push_element(&mut self, value: &str) {
        self.trim(self.writer.separators.component);
        self.element += 1;
        self.writer.output.push(self.writer.separators.element);
        self.push_value(value);
    }

    /// A further component of the present element.
    pub fn push_component(&mut self, value: &str) {
        self.writer.output.push(self.writer.separators.component);
        self.push_value(value);
    }

    /// A further repetition of the present element.
    pub fn push_repetition(&mut self, value: &str) {
        self.trim(self.writer.separators.component);
        match self.writer.separators.repetition {
            Some(byte) => self.writer.output.push(byte),
            None => self.refused = self.refused.or(Some(self.element)),
        }
        self.push_value(value);
    }

    /// Ends the segment; trailing empty elements and components are left out.
    pub fn end(mut self) -> Result<(), WriteError> {
        self.trim(self.writer.separators.component);
        self.trim(self.writer.separators.element);
        if let Some(element) = self.refused {
            let id = &self.writer.output[self.start..self.start + self.id_length];
            let segment_id = String::from_utf8_lossy(id).as_ref().into();
            return Err(WriteError::UnwritableData { segment_id, element });
        }
        if self.is_in_transaction {
            match &mut self.writer.transaction {
                Some(open) => open.segment_count += 1,
                None => return Err(WriteError::Order("no transaction set is open")),
            }
        }
        self.writer.output.push(self.writer.separators.segment);
        self.is_done = true;
        Ok(())
    }

    fn push_value(&mut self, value: &str) {
        let separators = self.writer.separators;
        if value.bytes().any(|byte| is_refused(separators, byte)) {
            self.refused = self.refused.or(Some(self.element));
        }
        self.writer.output.extend_from_slice(value.as_bytes());
    }

    fn trim(&mut self, separator: u8) {
        let least = self.start + self.id_length;
        while self.writer.output.len() > least && self.writer.output.last() == Some(&separator) {
            self.writer.output.pop();
        }
    }
}

impl Drop for SegmentWriter<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.writer.output.truncate(self.start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let date = counterfoil_base::parse_ccyymmdd(b"20250131").unwrap();
        Envelope::new("HC", "005010X222A1", ("SENDER", "RECEIVER"), date)
    }

    #[test]
    fn an_interchange_balances_by_itself() {
        let mut writer = Writer::new(&envelope()).unwrap();
        for number in ["0001", "0002"] {
            writer.start_transaction("837", number, "005010X222A1").unwrap();
            let segment = writer.segment("SV1").composite(&["HC", "99213", "", ""]);
            segment.element("40").element("").element("").end().unwrap();
            writer.end_transaction().unwrap();
        }
        let first = writer.take_output();
        let rest = writer.finish().unwrap();
        let text = String::from_utf8([first, rest].concat()).unwrap();
        let segments: Vec<&str> = text.split_terminator('~').collect();
        assert_eq!(segments[0].len(), 105);
        assert_eq!(
            segments[1..],
            [
                "GS*HC*SENDER*RECEIVER*20250131*0000*1*X*005010X222A1",
                "ST*837*0001*005010X222A1",
                "SV1*HC:99213*40",
                "SE*3*0001",
                "ST*837*0002*005010X222A1",
                "SV1*HC:99213*40",
                "SE*3*0002",
                "GE*2*1",
                "IEA*1*000000001",
            ]
        );
        assert!(segments[0].ends_with("*250131*0000*^*00501*000000001*0*T*:"));
    }

    #[test]
    fn data_that_would_read_differently_is_refused_and_leaves_no_trace() {
        let mut writer = Writer::new(&envelope()).unwrap();
        writer.start_transaction("837", "0001", "").unwrap();
        let before = writer.output_len();
        for bad in ["A*B", "A:B", "A^B", "A~B", "A\nB", "A\u{1D}B"] {
            let error = writer.segment("NM1").element("85").element(bad).end();
            let segment_id = Text::from("NM1");
            assert_eq!(error, Err(WriteError::UnwritableData { segment_id, element: 2 }));
            assert_eq!(writer.output_len(), before);
        }
        let _ = writer.segment("NM1").element("85");
        assert_eq!(writer.output_len(), before);
    }

    #[test]
    fn an_envelope_cannot_be_left_open_or_written_out_of_order() {
        let mut writer = Writer::new(&envelope()).unwrap();
        assert!(matches!(writer.segment("BHT").element("1").end(), Err(WriteError::Order(_))));
        assert!(matches!(writer.end_transaction(), Err(WriteError::Order(_))));
        writer.start_transaction("837", "0001", "").unwrap();
        assert!(writer.start_transaction("837", "0002", "").is_err());
        assert!(matches!(writer.finish(), Err(WriteError::Order(_))));
    }

    #[test]
    fn an_envelope_that_does_not_fit_is_refused() {
        for change in [
            (|e: &mut Envelope| e.sender_id = "LONGER THAN FIFTEEN".into()) as fn(&mut Envelope),
            |e| e.interchange_control_number = 1_000_000_000,
            |e| e.usage = "".into(),
            |e| e.receiver_id = "A*B".into(),
            |e| e.separators.component = b'*',
            |e| e.separators.segment = b'A',
            |e| e.group_sender_id = "A~B".into(),
        ] {
            let mut envelope = envelope();
            change(&mut envelope);
            assert!(Writer::new(&envelope).is_err());
        }
    }
}
