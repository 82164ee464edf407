//! SNIP type 3: charges, payments and adjustments add up to the cent.

use super::view::Claim;
use super::{ClaimKind, element_error, finding, status};
use crate::raw::Located;
use counterfoil_base::{Cents, Finding};

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    negative_amounts(claim, out);
    charge_total(claim, out);
    patient_paid(claim, out);
    parts_of_charges(claim, out);
    line_decisions(claim, out);
    other_payer_paid(claim, out);
}

fn negative_amounts(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let mut speak = |at: &_, element: usize, what: &str| {
        out.push(
            finding("837-2-charge-negative", 2, at, (element, 0), format!("{what} is negative"))
                .because("A claim asks for money; charges are zero or more")
                .fix("Send the charge, or void the earlier claim with frequency code 8")
                .answered_by(element_error("I12")),
        );
    };
    if let (Some(clm), Some(charge)) = (&claim.clm, claim.charge)
        && charge.is_negative()
    {
        speak(clm, 2, "The claim's total charge");
    }
    for line in &claim.lines {
        if let (Some(service), Some(charge)) = (&line.service, line.charge)
            && charge.is_negative()
        {
            speak(service, claim.kind.charge_element(), "The line's charge");
        }
    }
}

/// CLM02 is the sum of the line charges (005010X222 and X223, balancing of charges).
fn charge_total(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let (Some(clm), Some(charge)) = (&claim.clm, claim.charge) else { return };
    let sum = claim.lines.iter().try_fold(Cents::ZERO, |sum, line| sum.checked_add(line.charge?));
    let Some(sum) = sum else { return };
    if claim.lines.is_empty() || sum == charge {
        return;
    }
    out.push(
        finding(
            "837-3-charge-total",
            3,
            clm,
            (2, 0),
            format!("The claim's charge is {charge} and its lines add up to {sum}"),
        )
        .because("CLM02 must equal the sum of the line charges")
        .fix("Correct CLM02 or the line that is wrong or missing")
        .answered_by(status("178")),
    );
}

fn patient_paid(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let (Some((at, Some(paid))), Some(charge)) = (&claim.patient_paid, claim.charge) else {
        return;
    };
    if *paid > charge {
        out.push(
            finding(
                "837-4-patient-paid-over-charge",
                4,
                at,
                (2, 0),
                format!("The patient paid {paid}, more than the claim's charge of {charge}"),
            )
            .because("The amount is what the patient paid for this claim")
            .fix("Send the part of the payment that belongs to this claim")
            .answered_by(element_error("I12")),
        );
    }
}

/// What the patient is left with and what is not covered are parts of a charge.
fn parts_of_charges(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let mut compare = |at: &Located<'_>, element: usize, charge: Option<Cents>, what: &str| {
        let part = Cents::parse_bytes(at.segment.element(element)).ok();
        let (Some(part), Some(charge)) = (part, charge) else { return };
        if part > charge {
            let message = format!("{what} is {part}, more than the charge of {charge}");
            out.push(
                finding("837-4-part-over-charge", 4, at, (element, 0), message)
                    .because("The amount is a part of what was charged")
                    .fix("Correct the amount or the charge")
                    .answered_by(element_error("I12")),
            );
        }
    };
    for at in &claim.remaining {
        compare(at, 2, claim.charge, "The remaining patient liability");
    }
    if claim.kind == ClaimKind::Institutional {
        for line in &claim.lines {
            if let Some(service) = &line.service {
                compare(service, 7, line.charge, "The amount that is not covered");
            }
        }
    }
}

/// For each other payer, a line's payments and adjustments make its charge.
fn line_decisions(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    // Bundling moves money from line to line, so that single lines need not balance.
    if claim.lines.iter().flat_map(|line| &line.decisions).any(|decision| decision.bundled) {
        return;
    }
    for line in &claim.lines {
        for (index, decision) in line.decisions.iter().enumerate() {
            let earlier = line.decisions.get(..index).unwrap_or_default();
            if earlier.iter().any(|other| other.payer == decision.payer) {
                continue;
            }
            let mut same = line.decisions.iter().filter(|other| other.payer == decision.payer);
            let total = same.try_fold(Cents::ZERO, |sum, other| {
                sum.checked_add(other.paid?)?.checked_add(other.adjustments?)
            });
            let (Some(total), Some(charge)) = (total, line.charge) else { continue };
            if total != charge {
                out.push(
                    finding(
                        "837-3-line-adjudication",
                        3,
                        &decision.at,
                        (2, 0),
                        format!(
                            "The other payer's payment and adjustments make {total}, \
                             the line's charge is {charge}"
                        ),
                    )
                    .because("SVD02 and the CAS amounts of loop 2430 must make the line's charge")
                    .fix("Copy payment and adjustments from the other payer's remittance advice")
                    .answered_by(status("178")),
                );
            }
        }
    }
}

/// What another payer paid for the claim is what it paid for the lines less its claim level
/// adjustments; without line decisions it is the charge less those adjustments.
fn other_payer_paid(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for other in &claim.others {
        let decisions = claim.lines.iter().flat_map(|line| &line.decisions);
        let mut own = decisions.filter(|decision| decision.payer == other.identifier).peekable();
        let by_line = own.peek().is_some() && !other.identifier.is_empty();
        let base = if by_line {
            own.try_fold(Cents::ZERO, |sum, decision| sum.checked_add(decision.paid?))
        } else if other.has_adjustments {
            claim.charge
        } else {
            continue;
        };
        let expected = base.zip(other.adjustments).and_then(|(a, b)| a.checked_sub(b));
        let Some((at, paid)) = &other.paid else {
            if by_line {
                out.push(
                    finding(
                        "837-4-other-payer-paid-missing",
                        4,
                        &other.sbr,
                        (0, 0),
                        "The other payer decided the lines; what it paid for the claim is missing",
                    )
                    .because("AMT*D is required once the other payer has decided the claim")
                    .fix("Send AMT*D in loop 2320, also when it is zero")
                    .answered_by(status("171")),
                );
            }
            continue;
        };
        let (Some(expected), Some(paid)) = (expected, *paid) else { continue };
        if expected != paid {
            out.push(
                finding(
                    "837-3-other-payer-paid",
                    3,
                    at,
                    (2, 0),
                    format!(
                        "The other payer paid {paid}; its lines and adjustments make {expected}"
                    ),
                )
                .because(if by_line {
                    "AMT*D equals the payments of the lines less the claim level adjustments"
                } else {
                    "AMT*D equals the claim's charge less the claim level adjustments"
                })
                .fix("Copy payment and adjustments from the other payer's remittance advice")
                .answered_by(status("178")),
            );
        }
    }
}
