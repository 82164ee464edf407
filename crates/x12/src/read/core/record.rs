//! What the reader finds goes to the event that shows it and to the acknowledgements.

use super::{Bucket, Core, Out};
use crate::check::{Noted, Sink};
use crate::raw::{Foreign, Located, SegmentBuffer};
use crate::read::foreign_finding;
use counterfoil_base::{Finding, Position, Severity, Text};

impl Core {
    pub(super) fn no_interchange(&mut self) {
        let finding = no_interchange();
        self.record_findings(vec![finding], &mut Vec::new(), Bucket::File);
    }

    pub(in crate::read) fn empty_segment(&mut self, file_index: u64, offset: u64) {
        let finding =
            Finding::error("X12-1-empty-segment", 1, "two segment terminators follow each other")
                .at(Position {
                    segment: Some(file_index + 1),
                    offset: Some(offset),
                    ..Position::default()
                })
                .because("A segment has at least an identifier")
                .fix("Remove one of the terminators");
        self.record_findings(vec![finding], &mut Vec::new(), Bucket::File);
    }

    pub(in crate::read) fn unterminated(&mut self, at: &Located<'_>) {
        let mut finding =
            Finding::error("X12-1-terminator-missing", 1, "the last segment has no terminator")
                .at(at.position(0, 0))
                .because("Each segment ends with the terminator that ISA names")
                .fix("End the file with the terminator");
        finding.severity = self.options.profile.harmless();
        self.record_findings(vec![finding], &mut Vec::new(), Bucket::File);
    }

    pub(in crate::read) fn foreign(&mut self, kind: Foreign, file_index: u64, offset: u64) {
        if let Some(mut finding) = foreign_finding(kind, file_index, offset) {
            if kind == Foreign::OutsideInterchange && file_index > 0 {
                finding.severity = self.options.profile.harmless();
            }
            self.record_findings(vec![finding], &mut Vec::new(), Bucket::File);
        }
    }

    pub(super) fn record_findings(&mut self, found: Vec<Finding>, sink: &mut Sink, bucket: Bucket) {
        sink.extend(found.into_iter().map(|finding| Noted { finding, value: Text::default() }));
        self.record(sink, bucket);
    }

    /// Keeps findings for their event and for the acknowledgements.
    #[inline]
    pub(super) fn record(&mut self, sink: &mut Sink, bucket: Bucket) {
        if !sink.is_empty() {
            self.record_all(sink, bucket);
        }
    }

    fn record_all(&mut self, sink: &mut Sink, bucket: Bucket) {
        for noted in sink.drain(..) {
            let Noted { finding, value } = noted;
            let alone = self.is_answered_alone(&finding, bucket);
            if finding.is_error() {
                self.error_count += 1;
                if finding.snip <= 2 {
                    self.is_rejected |= !alone;
                    if bucket == Bucket::File
                        && let Some(walker) = &mut self.walker
                    {
                        walker.note_error();
                    }
                }
            }
            if self.options.keeps_acknowledgements {
                let context = match bucket {
                    Bucket::Unit => business_unit(&self.hold, self.unit_begin.segments()),
                    Bucket::File | Bucket::End => None,
                };
                if alone && finding.is_error() {
                    let noted = Finding { severity: Severity::Warning, ..finding.clone() };
                    self.acks.record(&noted, &value, context);
                } else {
                    self.acks.record(&finding, &value, context);
                }
            }
            match bucket {
                Bucket::File => self.out.push_back(Out::Finding(Box::new(finding))),
                Bucket::Unit => self.unit_findings.push(finding),
                Bucket::End => self.end_findings.push(finding),
            }
        }
    }

    /// True for what concerns single claims of a file whose claims are answered one by one: what
    /// lies in a claim or on a level above it, and segments out of place behind the first claim,
    /// when the claims before them are on their way.
    fn is_answered_alone(&self, finding: &Finding, bucket: Bucket) -> bool {
        let is_claim_file =
            self.transaction.as_ref().is_some_and(|transaction| transaction.set_id == "837");
        let is_behind_claims =
            self.has_given_unit && finding.acknowledgement.segment_error.is_some();
        self.options.answers_claims_alone
            && is_claim_file
            && self.walker.is_some()
            && (finding.position.loop_path.starts_with("2000")
                || bucket == Bucket::Unit
                || is_behind_claims)
    }
}

/// What a 999 names in CTX for the sender to find the place: the claim, or the payment's trace.
fn business_unit(hold: &SegmentBuffer, own_from: usize) -> Option<(&'static str, Text)> {
    let own = hold.get(own_from)?;
    if own.segment.id() == "CLM" {
        return Some(("CLM01", own.segment.text_lossless(1)));
    }
    let trace = hold.iter().take(own_from).find(|located| located.segment.id() == "TRN")?;
    Some(("TRN02", trace.segment.text_lossless(2)))
}

/// What is said of a file without any interchange.
pub(crate) fn no_interchange() -> Finding {
    Finding::error("X12-1-no-interchange", 1, "the file holds no interchange")
        .because("An X12 file begins with an ISA segment")
        .fix("Send a file that begins with ISA")
}
