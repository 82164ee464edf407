//! One claim payment (loop 2100 of the 835) as text, for keeping it between decision and
//! payment: what is kept is what is paid.

use crate::carried::{CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION};
use crate::compose_835;
use crate::model::SourcePosition;
use crate::read_835::RemittanceReader;
use crate::remittance::RemittanceClaim;
use crate::write::WriteError;
use counterfoil_x12::{Segment, SegmentBuffer, SegmentMeta, Separators};

/// Ends each segment of a stored claim payment.
const SEGMENT_END: char = '\n';

/// Separators that no data can hold: control characters are refused by the X12 writer.
const STORED: Separators = Separators {
    element: CARRIED_ELEMENT as u8,
    component: CARRIED_COMPONENT as u8,
    repetition: Some(CARRIED_REPETITION as u8),
    segment: SEGMENT_END as u8,
};

impl RemittanceClaim {
    /// The claim payment as segments from CLP on, one a line.
    ///
    /// # Errors
    /// When it holds more than its segments have room for.
    pub fn to_stored(&self) -> Result<String, WriteError> {
        let mut text = String::with_capacity(256);
        let mut holds_end = false;
        compose_835::compose_claim(self, &mut |segment| {
            holds_end |= segment.contains(SEGMENT_END);
            text.push_str(segment);
            text.push(SEGMENT_END);
            Ok(())
        })?;
        if holds_end {
            let broken =
                counterfoil_x12::WriteError::Order("a value of the claim holds a line end");
            return Err(broken.into());
        }
        Ok(text)
    }

    /// Reads what [`RemittanceClaim::to_stored`] wrote; nothing when the text holds no CLP.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<RemittanceClaim> {
        let mut reader = RemittanceReader::new(SourcePosition::default());
        let mut buffer = SegmentBuffer::new();
        let mut ends = Vec::new();
        let mut lines = 0;
        for (index, line) in (1u32..).zip(text.split_terminator(SEGMENT_END)) {
            let segment = Segment::parse(line.as_bytes(), STORED, &mut ends);
            lines += u32::from(segment.id() == "SVC");
            let mut meta = SegmentMeta::unplaced(u64::from(index), index, 0);
            (meta.loop_id, meta.loop_path) =
                if lines == 0 { ("2100", "2000/2100") } else { ("2110", "2000/2100/2110") };
            meta.loop_instance = lines + 1;
            buffer.push(segment, meta);
        }
        for at in buffer.iter() {
            // Only the next CLP would complete a claim here, and there is one alone.
            let _ = reader.segment(&at);
        }
        let mut claim = reader.finish().last_claim?;
        // Positions are those of a file, and this text is none.
        (claim.segment, claim.offset) = (0, 0);
        Some(claim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adjustment, AdjustmentGroup, ClaimDate, RemittanceLine, RemittancePerson};
    use counterfoil_base::{Cents, Phi};

    fn adjusted(cents: i64) -> Vec<Adjustment> {
        vec![Adjustment {
            group: AdjustmentGroup::ContractualObligation,
            reason: "45".into(),
            amount_cents: Cents(cents),
            quantity: None,
        }]
    }

    #[test]
    fn what_is_kept_is_what_was_decided() {
        let line = |number: &str| RemittanceLine {
            procedure: crate::Procedure {
                qualifier: "HC".into(),
                code: number.into(),
                modifiers: vec!["25".into()],
                ..Default::default()
            },
            charge_cents: Cents(10_000),
            paid_cents: Cents(7_550),
            dates: vec![ClaimDate {
                qualifier: "472".into(),
                format: "D8".into(),
                value: "20260105".into(),
            }],
            adjustments: adjusted(2_450),
            remark_codes: vec!["N130".into()],
            ..Default::default()
        };
        let claim = RemittanceClaim {
            patient_control_number: "PCN-1*^:~".into(),
            status_code: "1".into(),
            charge_cents: Cents(20_000),
            paid_cents: Cents(15_100),
            filing_indicator: "12".into(),
            payer_claim_control_number: "26005000001".into(),
            patient: RemittancePerson {
                entity: "QC".into(),
                entity_type: "1".into(),
                last_name: Phi::new("Doe".into()),
                ..Default::default()
            },
            lines: vec![line("G0463"), line("J3420")],
            ..Default::default()
        };
        let text = claim.to_stored().unwrap();
        assert_eq!(RemittanceClaim::from_stored(&text), Some(claim));
        assert_eq!(RemittanceClaim::from_stored(""), None);
    }
}
