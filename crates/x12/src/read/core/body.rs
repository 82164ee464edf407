//! The segments of a transaction set: placed, checked and gathered into units.

use super::{Bucket, Core, Out, meta_of};
use crate::check::{Noted, SegmentCheck, Sink};
use crate::raw::Located;
use crate::read::codes::Look;
use crate::walk::Decision;
use counterfoil_base::{Finding, Text};

impl Core {
    /// A segment of a transaction set, ST and SE included.
    pub(super) fn body(
        &mut self,
        at: &Located<'_>,
        decided: Option<(Decision, usize)>,
        sink: &mut Sink,
    ) {
        let Some(walker) = &mut self.walker else { return self.generic(at, sink) };
        let Some(guide) = self.transaction.as_ref().and_then(|t| t.guide) else { return };
        let (decision, keep) = decided.unwrap_or_else(|| {
            let decision = walker.decide(&at.segment);
            let keep = walker.keeps(&decision);
            (decision, keep)
        });
        walker.pop_to(keep, at, sink);
        let before = walker.context_depth();
        let placed = walker.place(&decision, at, sink);
        let depth = walker.context_depth();
        let meta = placed.locate(guide, meta_of(at));
        let located = Located::new(at.segment, &meta);
        for noted in sink.iter_mut().filter(|noted| noted.finding.position.loop_path.is_empty()) {
            meta.loop_path.clone_into(&mut noted.finding.position.loop_path);
            if meta.service_line > 0 {
                noted.finding.position.service_line = Some(meta.service_line);
            }
        }
        let check = SegmentCheck {
            dictionary: self.guides.dictionary(),
            classes: &self.classes,
            profile: self.options.profile,
        };
        let rule = placed.definition.map(|definition| &guide.segments[usize::from(definition)]);
        check.check(&located, rule, placed.skips_codes_at, sink);
        let in_unit = walker.unit_depth().is_some();
        if depth > before {
            // A loop whose first segment is missing opens together with the one inside it.
            for level in before..depth {
                if let Some(cut) = walker.context_cut(level, self.hold.mark()) {
                    self.hold.truncate(cut);
                }
            }
            if in_unit {
                self.unit_begin = self.hold.mark();
                self.unit_context_has_errors = walker.has_error_around();
            }
            self.hold.push(at.segment, meta);
        } else if in_unit {
            self.hold.push(at.segment, meta);
        } else {
            if let Some(cut) = walker.children_begin(depth) {
                self.hold.truncate(cut);
            }
            if self.hold.byte_len() <= self.options.unit_bytes_max {
                self.hold.push(at.segment, meta);
            } else if !std::mem::replace(&mut self.has_told_size, true) {
                sink.push(Noted { finding: too_large(&located), value: Text::default() });
            }
            walker.context_grew(depth, self.hold.mark());
        }
        let whole = !guide.has_unit;
        self.record(sink, if in_unit || whole { Bucket::Unit } else { Bucket::File });
    }

    /// A segment of a transaction set without a guide.
    fn generic(&mut self, at: &Located<'_>, sink: &mut Sink) {
        if self.checks_base {
            let dictionary = self.guides.dictionary();
            let check =
                SegmentCheck { dictionary, classes: &self.classes, profile: self.options.profile };
            if dictionary.find(at.segment.tag()).is_none() {
                let told = crate::walk::SegmentTold {
                    code: "X12-1-unknown-segment",
                    snip: 1,
                    message: "the segment identifier is not known".to_owned(),
                    cause: "The base standard has no such segment",
                    fix: "Correct the segment identifier",
                    answer: "1",
                };
                sink.push(told.at(at.position(0, 0)));
            }
            check.check(at, None, None, sink);
        }
        if self.hold.is_empty() {
            self.unit_begin = self.hold.mark();
        }
        self.hold.push(at.segment, meta_of(at));
        self.record(sink, Bucket::Unit);
    }

    /// Completes the open unit; `at` is the segment that ends it.
    pub(super) fn close_unit(&mut self, at: &Located<'_>) {
        let Some(walker) = &mut self.walker else { return };
        let Some(guide) = self.transaction.as_ref().and_then(|t| t.guide) else { return };
        let mut sink = std::mem::take(&mut self.sink);
        if let Some(depth) = walker.unit_depth() {
            walker.pop_to(depth, at, &mut sink);
        }
        self.record(&mut sink, Bucket::Unit);
        if !self.is_part {
            let mut found = Vec::new();
            self.situations.check(guide, &self.hold, (self.fresh_from, false), &mut found);
            let tables = self.options.codes.as_ref();
            let look = Look { guide, tables, segments: &self.hold };
            self.codes.check(look, self.fresh_from, &mut found);
            self.rules.unit(guide, &self.hold, self.fresh_from, &mut found);
            self.record_findings(found, &mut sink, Bucket::Unit);
        }
        self.fresh_from = at.file_index;
        self.out.push_back(Out::Unit);
        self.sink = sink;
    }

    /// Gives a unit in parts when it grows beyond the limit.
    pub(super) fn is_unit_too_large(&mut self) -> bool {
        let is_open = self.walker.as_ref().is_some_and(|w| w.unit_depth().is_some());
        if !is_open || self.hold.byte_len() <= self.options.unit_bytes_max {
            return false;
        }
        // The part already given is dropped; what follows is the next part.
        if self.is_part && self.unit_findings.is_empty() {
            self.hold.truncate(self.unit_begin);
            return false;
        }
        let finding = self.hold.get(self.unit_begin.segments()).map(|first| too_large(&first));
        let mut noted: Sink =
            finding.into_iter().map(|finding| Noted { finding, value: Text::default() }).collect();
        self.record(&mut noted, Bucket::Unit);
        self.is_part = true;
        self.out.push_back(Out::Unit);
        true
    }
}

fn too_large(at: &Located<'_>) -> Finding {
    Finding::error("X12-1-unit-too-large", 1, "a claim or header is too large to be read whole")
        .at(at.position(0, 0))
        .because("Memory is bounded; no claim of the guides comes near this size")
        .fix("Split the claim, or look for a missing segment")
}
