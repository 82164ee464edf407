//! From the segments of an 835 to the model, one claim payment at a time.

pub(crate) mod payment;

use crate::carried::{CarriedSegment, LossReport};
use crate::model::SourcePosition;
use crate::read::{Named, Reading, Scope, Unread};
use crate::remittance::{ProviderAdjustment, RemittanceAdvice, RemittanceClaim};
use counterfoil_base::{Finding, Text};
use counterfoil_x12::Located;
use payment::PaymentBuilder;

const BPR: Named = Named::simple(&[1, 2, 3, 4, 5, 7, 9, 10, 13, 15, 16]).usual(&[
    (6, b"01"),
    (8, b"DA"),
    (12, b"01"),
    (14, b"DA"),
]);
const TRN: Named = Named::simple(&[2, 3, 4]).usual(&[(1, b"1")]);
const REF: Named = Named::simple(&[1, 2]);
const DTM: Named = Named::simple(&[1, 2]);
/// A PLB holds six pairs of reason and amount after provider and fiscal period.
const PLB_ELEMENTS: usize = 14;

/// Reads the segments of one 835 transaction set in their order.
///
/// Claim payments come out one by one, so that a file of any size is read in the memory of its
/// largest claim; everything else (payment, parties, provider adjustments) is in the advice
/// that [`RemittanceReader::finish`] returns.
#[derive(Default)]
pub struct RemittanceReader {
    pub(crate) advice: RemittanceAdvice,
    scope: Scope,
    claim: Option<PaymentBuilder>,
    /// LX01 of the present claim group.
    header_number: Text,
    /// LX, TS3 and TS2 of the present claim group, until its first claim comes.
    group: Scope,
    /// File position of the latest segment, to pass over context that is given again.
    latest: u64,
    findings: Vec<Finding>,
    loss: LossReport,
}

impl RemittanceReader {
    /// A reader for one transaction set.
    #[must_use]
    pub fn new(source: SourcePosition) -> RemittanceReader {
        RemittanceReader {
            advice: RemittanceAdvice { source, ..RemittanceAdvice::default() },
            ..RemittanceReader::default()
        }
    }

    /// Takes the next segment; returns a claim payment when the segment shows that the one
    /// before it is complete. Segments that were given before are passed over.
    pub fn segment(&mut self, at: &Located<'_>) -> Option<RemittanceClaim> {
        if at.file_index <= self.latest {
            return None;
        }
        self.latest = at.file_index;
        let reading = &mut Reading { findings: &mut self.findings, loss: &mut self.loss };
        match at.loop_id {
            "2100" if at.segment.id() == "CLP" => {
                let complete = self.claim.take().map(PaymentBuilder::finish);
                let group = std::mem::take(&mut self.group.carried);
                let group = group.into_iter().filter(|item| item.segment_id() != "LX").collect();
                let mut claim = PaymentBuilder::new(self.header_number.clone(), group);
                claim.segment(reading, at);
                self.claim = Some(claim);
                complete
            }
            "2100" | "2110" => {
                match &mut self.claim {
                    Some(claim) => claim.segment(reading, at),
                    None => reading.carry(at, &mut self.scope),
                }
                None
            }
            "2000" => self.group_segment(at),
            _ => {
                let complete = self.claim.take().map(PaymentBuilder::finish);
                self.outer_segment(at);
                complete
            }
        }
    }

    /// Ends the transaction set: the last claim payment, when there is one that was not yet
    /// returned, and the advice without claims.
    #[must_use]
    pub fn finish(mut self) -> FinishedRemittance {
        self.keep_empty_group();
        FinishedRemittance {
            last_claim: self.claim.take().map(PaymentBuilder::finish),
            advice: RemittanceAdvice { carried: self.scope.carried, ..self.advice },
            findings: self.findings,
            loss: self.loss,
        }
    }

    /// The advice as far as it is read, without claims.
    #[must_use]
    pub fn advice(&self) -> &RemittanceAdvice {
        &self.advice
    }

    /// Takes out the findings so far.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn group_segment(&mut self, at: &Located<'_>) -> Option<RemittanceClaim> {
        let complete = self.claim.take().map(PaymentBuilder::finish);
        if at.segment.id() == "LX" {
            self.keep_empty_group();
            let reading = &mut Reading { findings: &mut self.findings, loss: &mut self.loss };
            self.header_number = reading.text(at, 1);
            self.group = Scope::default();
            reading.keep_whole(at, &mut self.group);
        } else {
            let reading = &mut Reading { findings: &mut self.findings, loss: &mut self.loss };
            reading.carry(at, &mut self.group);
        }
        complete
    }

    /// A claim group without claims is carried with the advice.
    fn keep_empty_group(&mut self) {
        self.scope.carried.append(&mut self.group.carried);
    }

    /// Header, parties and summary.
    fn outer_segment(&mut self, at: &Located<'_>) {
        let (advice, scope) = (&mut self.advice, &mut self.scope);
        let reading = &mut Reading { findings: &mut self.findings, loss: &mut self.loss };
        match (at.loop_id, at.segment.id()) {
            ("1000A", _) => reading.party_segment(at, &mut advice.payer, scope),
            ("1000B", _) => reading.party_segment(at, &mut advice.payee, scope),
            ("", "ST") => {
                advice.source.segment = at.file_index;
                advice.source.segment_in_transaction = u64::from(at.transaction_index);
                advice.source.offset = at.offset;
            }
            ("", "SE") => {}
            ("", "BPR") if advice.payment.handling.is_empty() => {
                payment_order(reading, at, advice, scope);
            }
            ("", "TRN") if advice.payment.trace_number.is_empty() => {
                advice.payment.trace_number = reading.text(at, 2);
                advice.payment.payer_identifier = reading.text(at, 3);
                advice.payment.originator_supplement = reading.text(at, 4);
                reading.carry_rest(at, &TRN, &Unread::default(), (scope, 1));
            }
            ("", "REF") if at.segment.text(1) == "EV" && advice.receiver_id.is_empty() => {
                advice.receiver_id = reading.text(at, 2);
                reading.carry_rest(at, &REF, &Unread::default(), (scope, 1));
            }
            ("", "DTM") if at.segment.text(1) == "405" && advice.production_date.is_none() => {
                match reading.date(at, 2).good() {
                    Some(date) => {
                        advice.production_date = Some(date);
                        reading.carry_rest(at, &DTM, &Unread::default(), (scope, 1));
                    }
                    None => reading.carry_unreadable(at, scope),
                }
            }
            ("", "PLB") => provider_adjustments(reading, at, advice, scope),
            _ => reading.carry(at, scope),
        }
    }
}

/// What is left when an 835 is read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinishedRemittance {
    /// The last claim payment.
    pub last_claim: Option<RemittanceClaim>,
    /// Payment, parties and provider adjustments; its list of claims is empty.
    pub advice: RemittanceAdvice,
    /// What could not be read and was not yet taken by [`RemittanceReader::take_findings`].
    pub findings: Vec<Finding>,
    /// What the model does not name.
    pub loss: LossReport,
}

/// A whole 835 with what was found while it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadRemittance {
    /// The advice with its claims.
    pub advice: RemittanceAdvice,
    /// What could not be read; the raw values are in the carried segments.
    pub findings: Vec<Finding>,
    /// What the model does not name.
    pub loss: LossReport,
}

/// Reads a whole 835 at once, for callers that hold it in memory anyway.
pub fn read_remittance<'a>(
    source: SourcePosition,
    segments: impl IntoIterator<Item = Located<'a>>,
) -> ReadRemittance {
    let mut reader = RemittanceReader::new(source);
    let mut claims: Vec<RemittanceClaim> =
        segments.into_iter().filter_map(|at| reader.segment(&at)).collect();
    let end = reader.finish();
    claims.extend(end.last_claim);
    let advice = RemittanceAdvice { claims, ..end.advice };
    ReadRemittance { advice, findings: end.findings, loss: end.loss }
}

fn payment_order(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    advice: &mut RemittanceAdvice,
    scope: &mut Scope,
) {
    let payment = &mut advice.payment;
    let mut unread = Unread::default();
    payment.handling = reading.text(at, 1);
    payment.amount_cents = reading.cents_or_zero(at, 2, &mut unread);
    payment.credit_debit = reading.text(at, 3);
    payment.method = reading.text(at, 4);
    payment.format = reading.text(at, 5);
    payment.payer_routing = reading.text(at, 7);
    payment.payer_account = reading.text(at, 9);
    payment.originator = reading.text(at, 10);
    payment.payee_routing = reading.text(at, 13);
    payment.payee_account = reading.text(at, 15);
    let effective = reading.date(at, 16);
    payment.effective_date = unread.note(16, 0, effective);
    reading.carry_rest(at, &BPR, &unread, (scope, 1));
}

/// PLB. One that cannot be read as a whole is carried as a whole, so that no part of it enters
/// a balance without its neighbours.
fn provider_adjustments(
    reading: &mut Reading<'_>,
    at: &Located<'_>,
    advice: &mut RemittanceAdvice,
    scope: &mut Scope,
) {
    let (provider_id, fiscal_period) = (reading.text(at, 1), reading.text(at, 2));
    let mut is_readable = at.segment.element_count() <= PLB_ELEMENTS;
    let mut read: Vec<ProviderAdjustment> = Vec::with_capacity(1);
    for reason in (3..PLB_ELEMENTS).step_by(2) {
        let has_reason = !at.segment.element(reason).is_empty();
        match reading.cents(at, reason + 1).good() {
            Some(amount_cents) => {
                is_readable &= at.segment.components(reason).skip(2).all(<[u8]>::is_empty);
                read.push(ProviderAdjustment {
                    provider_id: provider_id.clone(),
                    fiscal_period: fiscal_period.clone(),
                    reason: reading.component(at, reason, 1),
                    reference: reading.component(at, reason, 2),
                    amount_cents,
                });
            }
            None => {
                is_readable &= !has_reason && at.segment.element(reason + 1).is_empty();
            }
        }
    }
    if is_readable && !read.is_empty() {
        advice.provider_adjustments.append(&mut read);
    } else {
        reading.carry_unreadable(at, scope);
    }
}

/// The claim group's segments that a claim carries for it.
pub(crate) fn is_group(item: &CarriedSegment) -> bool {
    item.loop_id == "2000"
}
