//! The balancing rules of the 835 (005010X221A1 section 1.10.2): line, claim and payment.

use counterfoil_base::{Cents, Finding, Position};
use counterfoil_claim::{Adjustment, AdjustmentGroup, RemittanceAdvice, RemittanceClaim};

/// No amount of a claim, payment or bank movement is larger: a hundred thousand million dollars,
/// a thousand times what the guides allow (10 digits), and small enough that sums over any
/// number of claims that a file can hold stay in the range of money.
pub const AMOUNT_CENTS_MAX: Cents = Cents(10_000_000_000_000);

/// True when the amount is beyond any that can be booked.
pub(crate) fn is_too_large(cents: Cents) -> bool {
    cents.0.unsigned_abs() > AMOUNT_CENTS_MAX.0.unsigned_abs()
}

/// Checks that every line, every claim and the payment balance, and names each that does not.
///
/// Line: SVC02 less its CAS is SVC03. Claim: CLP03 less all CAS of claim and lines is CLP04.
/// Payment: the sum of CLP04 less the sum of PLB is BPR02, which is not negative. Where a
/// claim has patient responsibility, CLP05 agrees with the CAS of group PR (a warning: CLP05 is
/// not part of a balance). Nothing is returned for a remittance that balances.
#[must_use]
pub fn check_balance(advice: &RemittanceAdvice) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_too_large(advice.payment.amount_cents) {
        findings.push(too_large("BPR02", Position::default()));
    }
    for plb in advice.provider_adjustments.iter().filter(|plb| is_too_large(plb.amount_cents)) {
        let segment_id = "PLB".to_owned();
        let position = Position { segment_id, loop_path: "SUMMARY".to_owned(), ..at(advice) };
        let message = format!("A provider-level adjustment ({})", plb.reason);
        findings.push(too_large(&message, position));
    }
    for claim in &advice.claims {
        if amounts(claim).any(is_too_large) {
            let position = at_claim(claim, "CLP", "2000/2100");
            findings.push(too_large("An amount of a claim or one of its lines", position));
        }
        check_lines(claim, &mut findings);
        check_claim(claim, &mut findings);
    }
    check_payment(advice, &mut findings);
    findings
}

fn at(advice: &RemittanceAdvice) -> Position {
    let segment = (advice.source.segment > 0).then_some(advice.source.segment);
    Position { segment, ..Position::default() }
}

fn amounts(claim: &RemittanceClaim) -> impl Iterator<Item = Cents> {
    let lines = claim.lines.iter().flat_map(|line| [line.charge_cents, line.paid_cents]);
    let adjusted = all_adjustments(claim).map(|one| one.amount_cents);
    [claim.charge_cents, claim.paid_cents].into_iter().chain(lines).chain(adjusted)
}

fn too_large(what: &str, position: Position) -> Finding {
    let message = format!("{what} is larger than {AMOUNT_CENTS_MAX}.");
    Finding::error("REMIT-amount-too-large", 3, message)
        .at(position)
        .because("Amounts of the 835 have at most 10 digits (005010X221A1, appendix B).")
        .fix("Ask the payer for a corrected 835; nothing of this one is posted.")
}

/// Sum that gives nothing when it leaves the range of money.
pub(crate) fn sum(amounts: impl IntoIterator<Item = Cents>) -> Option<Cents> {
    amounts.into_iter().try_fold(Cents::ZERO, Cents::checked_add)
}

/// Every adjustment of a claim, its own and its lines'.
pub(crate) fn all_adjustments(claim: &RemittanceClaim) -> impl Iterator<Item = &Adjustment> {
    claim.adjustments.iter().chain(claim.lines.iter().flat_map(|line| &line.adjustments))
}

fn at_claim(claim: &RemittanceClaim, segment_id: &str, loop_path: &str) -> Position {
    Position {
        segment: (claim.segment > 0).then_some(claim.segment),
        segment_id: segment_id.to_owned(),
        offset: (claim.segment > 0).then_some(claim.offset),
        loop_path: loop_path.to_owned(),
        ..Position::default()
    }
}

/// The finding of one broken balance; `parts` says what was taken from what.
fn off(code: &'static str, parts: &str, stated: Cents, computed: Option<Cents>) -> Finding {
    let computed = computed.map_or_else(|| "a sum too large".to_owned(), |c| c.to_string());
    Finding::error(code, 3, format!("{parts} is {computed}, but {stated} is stated."))
        .because("An 835 must balance by line, claim and payment (005010X221A1, 1.10.2).")
        .fix("Ask the payer for a corrected 835; nothing of this one is posted.")
}

fn check_lines(claim: &RemittanceClaim, findings: &mut Vec<Finding>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let adjusted = sum(line.adjustments.iter().map(|a| a.amount_cents));
        let computed = adjusted.and_then(|cents| line.charge_cents.checked_sub(cents));
        if computed == Some(line.paid_cents) {
            continue;
        }
        let position = Position {
            element: 3,
            service_line: u32::try_from(index + 1).ok(),
            ..at_claim(claim, "SVC", "2000/2100/2110")
        };
        let parts = "The line charge (SVC02) less its adjustments (CAS)";
        let finding = off("835-3-line-unbalanced", parts, line.paid_cents, computed);
        findings.push(finding.at(position));
    }
}

fn check_claim(claim: &RemittanceClaim, findings: &mut Vec<Finding>) {
    let adjusted = sum(all_adjustments(claim).map(|a| a.amount_cents));
    let computed = adjusted.and_then(|cents| claim.charge_cents.checked_sub(cents));
    let position = at_claim(claim, "CLP", "2000/2100");
    if computed != Some(claim.paid_cents) {
        let parts = "The claim charge (CLP03) less all adjustments (CAS)";
        let finding = off("835-3-claim-unbalanced", parts, claim.paid_cents, computed);
        findings.push(finding.at(Position { element: 4, ..position.clone() }));
    }
    let patient = all_adjustments(claim)
        .filter(|adjustment| adjustment.group == AdjustmentGroup::PatientResponsibility)
        .map(|adjustment| adjustment.amount_cents);
    let stated = claim.patient_responsibility_cents;
    // A reversal usually leaves CLP05 out; an absent CLP05 reads as zero.
    let left_out = stated.is_zero() && claim.status_code == "22";
    if let Some(patient) = sum(patient).filter(|patient| *patient != stated && !left_out) {
        let message = format!(
            "Patient responsibility (CLP05) is {stated}, but the PR adjustments are {patient}."
        );
        findings.push(
            Finding::warning("835-3-patient-responsibility-differs", 3, message)
                .at(Position { element: 5, ..position })
                .because("CLP05 repeats the sum of the adjustments of group PR.")
                .fix("Bill the patient by the PR adjustments; ask the payer which is right."),
        );
    }
}

fn check_payment(advice: &RemittanceAdvice, findings: &mut Vec<Finding>) {
    let paid = sum(advice.claims.iter().map(|claim| claim.paid_cents));
    let adjusted = sum(advice.provider_adjustments.iter().map(|plb| plb.amount_cents));
    let computed = paid.zip(adjusted).and_then(|(paid, plb)| paid.checked_sub(plb));
    let stated = advice.payment.amount_cents;
    let position = Position {
        segment_id: "BPR".to_owned(),
        element: 2,
        loop_path: "HEADER".to_owned(),
        ..Position::default()
    };
    if computed != Some(stated) {
        let parts = "Claim payments (CLP04) less provider-level adjustments (PLB)";
        let finding = off("835-3-payment-unbalanced", parts, stated, computed);
        findings.push(finding.at(position.clone()));
    }
    if stated.is_negative() {
        let message = format!("The payment (BPR02) is {stated}; a payment cannot be negative.");
        findings.push(
            Finding::error("835-3-payment-negative", 3, message)
                .at(position)
                .because("A negative net is carried by PLB FB, and BPR02 is zero (X12 RFI 870).")
                .fix("Ask the payer for a corrected 835; nothing of this one is posted."),
        );
    }
}
