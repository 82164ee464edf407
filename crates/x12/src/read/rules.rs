//! Runs the rules that are written in Rust: balances, dates, pointers, sums over a file.

use super::Profile;
use crate::guide::Guide;
use crate::raw::SegmentBuffer;
use crate::rules::claim_837::{self, ClaimKind};
use crate::rules::remittance_835::RemittanceRules;
use counterfoil_base::Finding;

/// The rules of one file, with what they remember from one transaction set to the next.
pub(super) struct Rules {
    remittance: RemittanceRules,
    is_strict: bool,
    has_started: bool,
}

impl Rules {
    pub(super) fn new(profile: Profile) -> Rules {
        let is_strict = profile == Profile::Strict;
        Rules { remittance: RemittanceRules::new(is_strict), is_strict, has_started: false }
    }

    /// A unit is complete; `fresh_from` is the file position of the first segment that no
    /// earlier unit showed.
    pub(super) fn unit(
        &mut self,
        guide: &Guide,
        segments: &SegmentBuffer,
        fresh_from: u64,
        findings: &mut Vec<Finding>,
    ) {
        let kind = match guide.id {
            "837P" => ClaimKind::Professional,
            "837I" => ClaimKind::Institutional,
            "835" => {
                self.start(segments, findings);
                self.remittance.claim(segments.iter(), findings);
                return;
            }
            _ => return,
        };
        let fresh = |located: &crate::raw::Located<'_>| located.file_index >= fresh_from;
        claim_837::check(kind, self.is_strict, segments.iter(), fresh, findings);
    }

    /// The transaction set has ended; `segments` are its header and trailer.
    pub(super) fn end(
        &mut self,
        guide: &Guide,
        segments: &SegmentBuffer,
        findings: &mut Vec<Finding>,
    ) {
        if guide.id == "835" {
            self.start(segments, findings);
            self.remittance.finish(segments.iter(), findings);
        }
        self.has_started = false;
    }

    fn start(&mut self, segments: &SegmentBuffer, findings: &mut Vec<Finding>) {
        if !std::mem::replace(&mut self.has_started, true) {
            self.remittance.start(segments.iter(), findings);
        }
    }
}
