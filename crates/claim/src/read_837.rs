//! From the segments of one 837P or 837I claim, with its hierarchy, to the model.

mod claim;
mod context;
mod line;
mod other_payer;

use crate::carried::LossReport;
use crate::model::{Claim, ClaimKind, Line, Party, SourcePosition};
use crate::read::{Named, Reading, Scope, Unread};
pub use context::ClaimReader;
use counterfoil_base::{Finding, Text};
use counterfoil_x12::Located;
use line::LineBuilder;
use other_payer::OtherPayerBuilder;

const BHT: Named = Named::simple(&[2, 3, 4, 5, 6]).usual(&[(1, b"0019")]);
const SBR: Named = Named::simple(&[1, 2, 3, 4, 5, 9]);
const PAT: Named = Named::simple(&[1]);
/// NM1 of 2010AB says only that an address follows; its entity type is nearly always 2.
const PAY_TO: Named = Named::simple(&[]).usual(&[(1, b"87"), (2, b"2")]);

/// A claim with what was found while it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadClaim {
    /// The claim.
    pub claim: Claim,
    /// Amounts, quantities, dates and codes that could not be read; their raw values are in
    /// the carried segments.
    pub findings: Vec<Finding>,
}

/// Reads one claim from its located segments: those of the levels above it (transaction
/// header, billing provider, subscriber, patient) and then its own from CLM on.
///
/// `source` holds the control numbers; the reader fills in the batch reference and the position
/// of CLM. What the model does not name is carried in the claim and counted in `loss`.
pub fn read_claim<'a>(
    kind: ClaimKind,
    source: SourcePosition,
    segments: impl IntoIterator<Item = Located<'a>>,
    loss: &mut LossReport,
) -> ReadClaim {
    let mut read = ReadClaim { claim: empty_claim(kind), findings: Vec::new() };
    let mut reading = Reading { findings: &mut read.findings, loss };
    let mut builder = ClaimBuilder::new(&mut read.claim, Place::default());
    for at in segments {
        builder.segment(&mut reading, &at);
    }
    builder.finish();
    set_source(&mut read.claim, source);
    read
}

fn empty_claim(kind: ClaimKind) -> Claim {
    Claim { kind, patient_relationship: "18".into(), ..Claim::default() }
}

/// Sets the control numbers; what the segments say of the source stays.
fn set_source(claim: &mut Claim, source: SourcePosition) {
    let SourcePosition {
        interchange_control_number,
        group_control_number,
        transaction_control_number,
        ..
    } = source;
    claim.source.interchange_control_number = interchange_control_number;
    claim.source.group_control_number = group_control_number;
    claim.source.transaction_control_number = transaction_control_number;
}

/// Where in the hierarchy a builder stands, and what it has to carry.
#[derive(Clone, Default)]
struct Place {
    scope: Scope,
    /// Occurrence of the loop of the latest provider: a segment out of order may stand between
    /// two of one loop.
    provider_instance: u32,
}

/// The claim as far as it is read.
pub(crate) struct ClaimBuilder<'c> {
    claim: &'c mut Claim,
    scope: Scope,
    other_payer: Option<OtherPayerBuilder>,
    /// The open line, which is the claim's last.
    line: Option<LineBuilder>,
    provider_instance: u32,
}

impl<'c> ClaimBuilder<'c> {
    fn new(claim: &'c mut Claim, place: Place) -> ClaimBuilder<'c> {
        let Place { scope, provider_instance } = place;
        ClaimBuilder { claim, scope, other_payer: None, line: None, provider_instance }
    }

    /// Takes the next segment.
    fn segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        match at.loop_id.as_bytes() {
            b"2300" => self.claim_segment(reading, at),
            [b'2', b'3', b'1', b'0', ..] => {
                self.scope.occurrence(at);
                let is_new = std::mem::replace(&mut self.provider_instance, at.loop_instance)
                    != at.loop_instance;
                let party = current(&mut self.claim.providers, is_new);
                reading.party_segment(at, party, &mut self.scope);
            }
            [b'2', b'3', b'2' | b'3', b'0', ..] => self.other_payer_segment(reading, at),
            [b'2', b'4', ..] => self.line_segment(reading, at),
            b"" => self.header_segment(reading, at),
            _ => self.level_segment(reading, at),
        }
    }

    /// Stops before the claim's own levels.
    fn pause(self) -> Place {
        Place { scope: self.scope, provider_instance: self.provider_instance }
    }

    fn finish(mut self) {
        self.close_other_payer();
        self.close_line();
        self.claim.carried = self.scope.carried;
    }

    fn header_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        match at.segment.id_bytes() {
            b"BHT" if self.claim.source.batch_reference.is_empty() => {
                self.claim.batch.purpose = reading.text(at, 2);
                self.claim.source.batch_reference = reading.text(at, 3);
                self.claim.batch.date = reading.text(at, 4);
                self.claim.batch.time = reading.text(at, 5);
                self.claim.batch.content = reading.text(at, 6);
                reading.carry_rest(at, &BHT, &Unread::default(), (&mut self.scope, 1));
            }
            b"ST" | b"SE" => {}
            _ => reading.carry(at, &mut self.scope),
        }
    }

    /// The levels above the claim: submitter to patient.
    fn level_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let (claim, scope) = (&mut *self.claim, &mut self.scope);
        match at.loop_id {
            "1000A" => reading.party_segment(at, &mut claim.submitter, scope),
            "1000B" => reading.party_segment(at, &mut claim.receiver, scope),
            "2000A" => match at.segment.id_bytes() {
                b"HL" => {}
                b"PRV" if claim.billing_provider.provider_code.is_empty() => {
                    reading.provider_information(at, &mut claim.billing_provider, scope);
                }
                _ => reading.carry(at, scope),
            },
            "2010AA" if at.segment.id_bytes() != b"PRV" => {
                reading.party_segment(at, &mut claim.billing_provider, scope);
            }
            "2010AB" => {
                claim.pay_to_address.get_or_insert_default();
                match at.segment.id_bytes() {
                    b"NM1" => reading.carry_rest(at, &PAY_TO, &Unread::default(), (scope, 1)),
                    b"N3" | b"N4" => reading.address_segment(at, &mut claim.pay_to_address, scope),
                    _ => reading.carry(at, scope),
                }
            }
            "2010AC" => {
                let party = claim.pay_to_plan.get_or_insert_default();
                reading.party_segment(at, party, scope);
            }
            "2000B" => self.subscriber_segment(reading, at),
            "2010BA" => reading.person_segment(at, &mut claim.subscriber.person, scope),
            "2010BB" => reading.party_segment(at, &mut claim.payer, scope),
            "2000C" => {
                claim.patient.get_or_insert_default();
                match at.segment.id_bytes() {
                    b"HL" => claim.patient_relationship = Text::default(),
                    b"PAT" if claim.patient_relationship.is_empty() => {
                        claim.patient_relationship = reading.text(at, 1);
                        reading.carry_rest(at, &PAT, &Unread::default(), (scope, 1));
                    }
                    _ => reading.carry(at, scope),
                }
            }
            "2010CA" => {
                let patient = claim.patient.get_or_insert_default();
                reading.person_segment(at, patient, scope);
            }
            _ => reading.carry(at, scope),
        }
    }

    fn subscriber_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        match at.segment.id_bytes() {
            b"HL" => {}
            b"SBR" if self.claim.subscriber.payer_responsibility.is_empty() => {
                let subscriber = &mut self.claim.subscriber;
                subscriber_information(reading, at, subscriber);
                reading.carry_rest(at, &SBR, &Unread::default(), (&mut self.scope, 1));
            }
            _ => reading.carry(at, &mut self.scope),
        }
    }

    fn other_payer_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let instance = if at.loop_id == "2320" { at.loop_instance } else { at.parent_instance };
        if self.other_payer.as_ref().is_none_or(|open| open.instance != instance) {
            self.close_other_payer();
            self.other_payer = Some(OtherPayerBuilder::new(instance));
        }
        if let Some(open) = &mut self.other_payer {
            open.segment(reading, at);
        }
    }

    fn line_segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        let starts = at.loop_id == "2400"
            && self.line.as_ref().is_none_or(|open| open.instance != at.loop_instance);
        if starts || self.line.is_none() {
            self.close_line();
            self.line = Some(LineBuilder::new(at.loop_instance, self.claim.kind));
            self.claim.lines.push(Line::default());
        }
        if let (Some(open), Some(line)) = (&mut self.line, self.claim.lines.last_mut()) {
            open.segment(reading, at, line);
        }
    }

    fn close_other_payer(&mut self) {
        if let Some(open) = self.other_payer.take() {
            self.claim.other_payers.push(open.finish());
        }
    }

    fn close_line(&mut self) {
        let position = u32::try_from(self.claim.lines.len()).unwrap_or(u32::MAX);
        if let (Some(open), Some(line)) = (self.line.take(), self.claim.lines.last_mut()) {
            open.finish(line, position);
        }
    }
}

/// SBR of 2000B and 2320.
fn subscriber_information(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    subscriber: &mut crate::model::Subscriber,
) {
    subscriber.payer_responsibility = reading.text(at, 1);
    subscriber.relationship = reading.text(at, 2);
    subscriber.group_number = reading.text(at, 3);
    subscriber.group_name = reading.text(at, 4);
    subscriber.insurance_type = reading.text(at, 5);
    subscriber.filing_indicator = reading.text(at, 9);
}

/// The party of the present loop: a new one when the loop has just begun.
pub(crate) fn current(parties: &mut Vec<Party>, is_new: bool) -> &mut Party {
    if is_new || parties.is_empty() {
        parties.push(Party::default());
    }
    let last = parties.len() - 1;
    &mut parties[last]
}
