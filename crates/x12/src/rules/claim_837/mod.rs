//! Rules of the 837P and 837I that need more than one segment: balancing (SNIP 3), dates,
//! pointers and identifiers that must agree (SNIP 4), the form of codes (SNIP 5) and lines of
//! business (SNIP 6). What a single segment shows, and what a condition of the guide language can
//! say, is in `guides/837p.guide` and `guides/837i.guide`.

mod amounts;
mod dates;
mod diagnoses;
mod lines;
mod payers;
mod places;
mod plausible;
mod view;

use crate::raw::Located;
use counterfoil_base::{Acknowledgement, Finding};
use view::Claim;

/// Which of the two claim guides a unit follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    /// 837P, 005010X222A1.
    Professional,
    /// 837I, 005010X223A2.
    Institutional,
}

impl ClaimKind {
    /// The element of SV1 or SV2 that holds the line's charge.
    fn charge_element(self) -> usize {
        match self {
            ClaimKind::Professional => 2,
            ClaimKind::Institutional => 3,
        }
    }
}

/// Checks one claim: `segments` are those of its header and hierarchy and then its own.
///
/// `is_strict` holds for a sender: what a receiver can live with is an error.
/// `fresh` says of a segment of the hierarchy whether this claim is the first that stands under
/// it, so that what is wrong with a billing provider is said once and not with each claim.
pub(crate) fn check<'a>(
    kind: ClaimKind,
    is_strict: bool,
    segments: impl Iterator<Item = Located<'a>>,
    fresh: impl Fn(&Located<'a>) -> bool,
    out: &mut Vec<Finding>,
) {
    let claim = Claim::read(kind, segments, &mut |segment| {
        if fresh(segment) {
            places::check(kind, is_strict, segment, out);
        }
    });
    payers::check(&claim, out);
    amounts::check(&claim, out);
    dates::check(&claim, out);
    diagnoses::check(&claim, out);
    lines::check(&claim, out);
    plausible::check(&claim, out);
}

/// The answer of a 999 to an element (IK304 8) with its IK403 code: 8 invalid date, I12 not as
/// the guide wants it, I13 missing under a condition of the guide.
fn element_error(code: &'static str) -> Acknowledgement {
    Acknowledgement {
        segment_error: Some("8"),
        element_error: Some(code),
        transaction_error: Some("5"),
        ..Acknowledgement::default()
    }
}

/// The answer of a 277CA: category A7 (rejected, invalid information) with a status code.
fn status(code: &'static str) -> Acknowledgement {
    Acknowledgement {
        status_category: Some("A7"),
        status_code: Some(code),
        ..Acknowledgement::default()
    }
}

/// A finding about the n-th element and its c-th component of a segment.
fn finding(
    code: &'static str,
    snip: u8,
    at: &Located<'_>,
    (element, component): (usize, usize),
    message: impl Into<String>,
) -> Finding {
    Finding::error(code, snip, message).at(at.position(element, component))
}
