//! Edits over single lines: units, modifiers that contradict each other, the same line twice.

use crate::edits::{Edit, Run};
use crate::place;
use counterfoil_base::Units;
use counterfoil_claim::{Claim, ClaimKind, Line};

const UNITS: Edit = Edit {
    code: "INT-5-service-units",
    snip: 5,
    cause: "A service is billed with units above zero; codes that count services, days or \
            visits take whole units.",
};
const MODIFIER_TWICE: Edit =
    Edit { code: "INT-5-modifier-twice", snip: 5, cause: "A modifier says something once." };
const MODIFIER_CONFLICT: Edit = Edit {
    code: "INT-5-modifier-conflict",
    snip: 5,
    cause: "Some modifiers exclude each other: 26 (professional part) and TC (technical part); \
            50 (both sides) and LT or RT (one side).",
};
const SAME_LINE: Edit = Edit {
    code: "INT-7-line-twice",
    snip: 7,
    cause: "The same service on the same day by the same provider is paid once unless a \
            modifier says that it was repeated or distinct.",
};
const FUTURE: Edit = Edit {
    code: "INT-4-service-after-receipt",
    snip: 4,
    cause: "A service is billed after it was given.",
};

/// Modifiers that say that a service was repeated, distinct, or on another part of the body.
pub(crate) const REPEAT_OR_DISTINCT: [&str; 8] = ["76", "77", "91", "59", "XE", "XP", "XS", "XU"];

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    for (index, line) in claim.lines.iter().enumerate() {
        check_units(run, line);
        check_modifiers(run, line);
        let starts_after = |day| line.service_dates().is_some_and(|days| days.from > day);
        if run.received_on.is_some_and(starts_after) {
            run.refuse(
                &FUTURE,
                place::of_line(claim, line),
                "The day of service lies after the day the claim was received.".to_string(),
                "Correct the date of service, or send the claim after the service.",
            );
        }
        if claim.lines.iter().take(index).any(|earlier| is_same_service(claim, earlier, line)) {
            run.warn(
                &SAME_LINE,
                place::of_line(claim, line),
                "The line repeats an earlier line of the claim.".to_string(),
                "Add the units to one line, or the modifier that says why it stands twice.",
            );
        }
    }
}

fn check_units(run: &mut Run<'_>, line: &Line) {
    let at = place::of_line_element(run.claim, line, place::units_element(run.claim), 0);
    let billed = !line.charge_cents.is_zero() || !line.procedure_code().is_empty();
    if line.units.is_negative() || (line.units.is_zero() && billed && line.revenue_code != "0001") {
        let message = format!("The line bills {} units.", line.units);
        run.refuse(&UNITS, at, message, "Send the number of units that were given.");
    } else if line.units.to_whole().is_none() && line.unit_basis == "DA" {
        let message = format!("The line bills {} days.", line.units);
        run.refuse(&UNITS, at, message, "Send whole days.");
    } else if line.units > Units::whole(99_999) {
        let message = format!("The line bills {} units.", line.units);
        run.warn(&UNITS, at, message, "Check the number of units against the record.");
    }
}

fn check_modifiers(run: &mut Run<'_>, line: &Line) {
    let claim = run.claim;
    let modifiers = line.modifiers();
    let at = |index: usize| {
        let component = u32::try_from(index).unwrap_or(0).saturating_add(3);
        place::of_line_element(claim, line, place::procedure_element(claim), component)
    };
    for (index, modifier) in modifiers.iter().enumerate() {
        if !modifier.is_empty() && modifiers.iter().take(index).any(|earlier| earlier == modifier) {
            let message = format!("Modifier {} stands twice on the line.", short(modifier));
            run.refuse(&MODIFIER_TWICE, at(index), message, "Remove one of the two.");
        }
    }
    for (first, second) in [("26", "TC"), ("50", "LT"), ("50", "RT")] {
        let place_of = |wanted: &str| modifiers.iter().position(|modifier| modifier == wanted);
        if let (Some(_), Some(index)) = (place_of(first), place_of(second)) {
            let message = format!("Modifiers {first} and {second} contradict each other.");
            run.refuse(&MODIFIER_CONFLICT, at(index), message, "Keep the one that is true.");
        }
    }
}

fn short(code: &str) -> String {
    code.chars().take(10).collect()
}

/// Hospital claims list like services line by line, so only professional lines are compared.
fn is_same_service(claim: &Claim, earlier: &Line, later: &Line) -> bool {
    let drug = |line: &Line| line.drug.as_ref().map(|drug| drug.code.clone());
    let repeats = |line: &Line| {
        line.modifiers().iter().any(|modifier| REPEAT_OR_DISTINCT.contains(&modifier.as_str()))
    };
    claim.kind == ClaimKind::Professional
        && !later.procedure_code().is_empty()
        && later.procedure == earlier.procedure
        && later.service_dates().is_some()
        && later.service_dates() == earlier.service_dates()
        && later.place_of_service == earlier.place_of_service
        && later.providers == earlier.providers
        && drug(later) == drug(earlier)
        && !repeats(later)
}
