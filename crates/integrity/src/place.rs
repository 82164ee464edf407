//! Where in the file a finding about a claim or a line lies.

use counterfoil_base::Position;
use counterfoil_claim::{Claim, ClaimKind, Line};

/// The CLM segment.
pub(crate) fn of_claim(claim: &Claim) -> Position {
    let number = |value: u64| (value > 0).then_some(value);
    Position {
        segment: number(claim.source.segment),
        segment_in_transaction: number(claim.source.segment_in_transaction),
        segment_id: "CLM".to_string(),
        offset: number(claim.source.segment).map(|_| claim.source.offset),
        loop_path: claim_loop(claim).to_string(),
        ..Position::default()
    }
}

/// The CLM segment, with the element that the finding is about.
pub(crate) fn of_claim_element(claim: &Claim, element: u32, component: u32) -> Position {
    Position { element, component, ..of_claim(claim) }
}

/// A loop under the claim or above it whose segments the model does not number.
pub(crate) fn of_loop(segment_id: &str, element: u32, loop_path: String) -> Position {
    Position { segment_id: segment_id.to_string(), element, loop_path, ..Position::default() }
}

/// The service segment of a line (SV1 or SV2), which follows its LX.
pub(crate) fn of_line(claim: &Claim, line: &Line) -> Position {
    let segment = (line.segment > 0).then(|| line.segment.saturating_add(1));
    let in_transaction = segment
        .and_then(|at| at.checked_sub(claim.source.segment))
        .and_then(|after| claim.source.segment_in_transaction.checked_add(after));
    Position {
        segment,
        segment_in_transaction: in_transaction.filter(|_| claim.source.segment > 0),
        segment_id: service_segment(claim).to_string(),
        offset: segment.map(|_| line.offset),
        loop_path: format!("{}/2400", claim_loop(claim)),
        service_line: Some(line.number),
        ..Position::default()
    }
}

/// The service segment, with the element that the finding is about.
pub(crate) fn of_line_element(claim: &Claim, line: &Line, element: u32, part: u32) -> Position {
    Position { element, component: part, ..of_line(claim, line) }
}

/// Element of the service segment that holds the procedure: SV101 or SV202.
pub(crate) fn procedure_element(claim: &Claim) -> u32 {
    match claim.kind {
        ClaimKind::Professional => 1,
        ClaimKind::Institutional => 2,
    }
}

/// Element of the service segment that holds the units: SV104 or SV205.
pub(crate) fn units_element(claim: &Claim) -> u32 {
    match claim.kind {
        ClaimKind::Professional => 4,
        ClaimKind::Institutional => 5,
    }
}

/// The loop of the claim: under the subscriber, or under the patient when he is another.
pub(crate) fn claim_loop(claim: &Claim) -> &'static str {
    match claim.patient {
        None => "2000A/2000B/2300",
        Some(_) => "2000A/2000B/2000C/2300",
    }
}

fn service_segment(claim: &Claim) -> &'static str {
    match claim.kind {
        ClaimKind::Professional => "SV1",
        ClaimKind::Institutional => "SV2",
    }
}
