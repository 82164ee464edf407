//! SNIP type 4: payers, their order, and who decided what.

use super::view::Claim;
use super::{element_error, finding};
use counterfoil_base::Finding;

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    sequence(claim, out);
    line_payers(claim, out);
    attachments(claim, out);
}

/// Each payer has its own place in the order of payers (SBR01), unless it is unknown (U).
fn sequence(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some(destination) = &claim.sbr else { return };
    let mut seen = vec![destination.segment.element(1)];
    for other in &claim.others {
        let place = other.sbr.segment.element(1);
        if place != b"U" && !place.is_empty() && seen.contains(&place) {
            out.push(
                finding(
                    "837-4-payer-sequence",
                    4,
                    &other.sbr,
                    (1, 0),
                    "Two payers of the claim have the same place in the order of payers",
                )
                .because("SBR01 orders the payers: P, S, T, then A to H")
                .fix("Number the payers in the order in which they pay")
                .answered_by(element_error("I12")),
            );
        }
        seen.push(place);
    }
}

/// A line's decision names a payer of the claim (SVD01 equals NM109 of a 2330B).
fn line_payers(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for decision in claim.lines.iter().flat_map(|line| &line.decisions) {
        let known = claim.others.iter().any(|other| other.identifier == decision.payer);
        if !known && !decision.payer.is_empty() {
            out.push(
                finding(
                    "837-4-line-payer-unknown",
                    4,
                    &decision.at,
                    (1, 0),
                    "The payer that decided the line is not named among the claim's other payers",
                )
                .because("SVD01 must equal NM109 of a loop 2330B of the same claim")
                .fix("Send the payer in loops 2320 and 2330B, or correct SVD01")
                .answered_by(element_error("I12")),
            );
        }
    }
}

/// An attachment that travels by another way has a number by which it is found.
fn attachments(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for at in &claim.attachments {
        let sent = matches!(at.segment.element(2), b"BM" | b"EL" | b"EM" | b"FT" | b"FX");
        if sent && at.segment.element(6).is_empty() {
            out.push(
                finding(
                    "837-4-attachment-number",
                    4,
                    at,
                    (6, 0),
                    "An attachment is sent apart from the claim and has no control number",
                )
                .because("PWK06 is required when PWK02 is BM, EL, EM, FT or FX")
                .fix("Send AC in PWK05 and the number in PWK06")
                .answered_by(element_error("I13")),
            );
        }
    }
}
