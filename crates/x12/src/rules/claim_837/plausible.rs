//! SNIP types 2, 4 and 5: what cannot be so, whoever the patient and whatever the service.

use super::view::{Claim, Dated};
use super::{ClaimKind, element_error, finding, status};
use counterfoil_base::{Finding, add_days, days_between, parse_ccyymmdd};

/// No one has lived longer than 122 years; a birth earlier than this is a slip of the century.
const AGE_YEARS_MAX: i16 = 130;

/// Outpatient services of the three days before an admission are billed with the stay
/// (42 CFR 412.2(c)(5)).
const DAYS_BEFORE_STAY: i64 = 3;

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    age(claim, out);
    last_period(claim, out);
    laboratory_numbers(claim, out);
    external_cause_first(claim, out);
    if claim.kind == ClaimKind::Institutional {
        dated_codes(claim, out);
        room_days(claim, out);
    }
}

fn age(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let (Some(created), Some((at, birth))) = (claim.created, &claim.birth) else { return };
    if birth.year().saturating_add(AGE_YEARS_MAX) < created.year() {
        let message = "The patient would be more than 130 years old";
        out.push(
            finding("837-4-birth-too-early", 4, at, (2, 0), message)
                .because("BHT04 is the day of the file")
                .fix("Correct the date of birth")
                .answered_by(element_error("8")),
        );
    }
}

fn last_period(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    if let (true, Some(dated)) = (claim.is_male, claim.date(b"484")) {
        let message = "A last menstrual period is sent for a male patient";
        out.push(
            finding("837P-4-last-period-of-male", 4, &dated.at, (3, 0), message)
                .because("The patient's gender (DMG03) is M")
                .fix("Remove DTP 484 or correct the gender")
                .answered_by(element_error("I10")),
        );
    }
}

/// Two digits, the letter D and seven digits (42 CFR part 493 certificates as CMS numbers them).
fn laboratory_numbers(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for at in &claim.laboratories {
        let number = at.segment.element(2);
        let has_form = number.len() == 10
            && number.iter().enumerate().all(|(index, byte)| match index {
                2 => *byte == b'D',
                _ => byte.is_ascii_digit(),
            });
        if !number.is_empty() && !has_form {
            let message = "The laboratory's certificate number does not have its form";
            out.push(
                finding("837P-5-clia-form", 5, at, (2, 0), message)
                    .because("A CLIA number is two digits, the letter D and seven digits")
                    .fix("Correct the number")
                    .answered_by(status("630")),
            );
        }
    }
}

/// External causes explain an injury and never stand first (ICD-10-CM guidelines, I.C.20).
fn external_cause_first(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let first = claim.diagnoses.iter().find(|diagnosis| diagnosis.qualifier == b"ABK");
    if let Some(first) = first
        && matches!(first.code.first(), Some(b'V' | b'W' | b'X' | b'Y'))
    {
        let message = "The principal diagnosis is an external cause";
        out.push(
            finding("837-5-external-cause-first", 5, &first.at, (first.element, 2), message)
                .because("Codes V00 to Y99 say why an injury came about, not what is treated")
                .fix("Send the injury or illness first")
                .answered_by(status("254")),
        );
    }
}

/// Procedures of a stay lie in its statement period, and periods do not end before they begin.
fn dated_codes(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let statement = claim.date(b"434");
    for at in &claim.code_segments {
        for element in 1..=at.segment.element_count() {
            let value = at.segment.component(element, 4);
            match at.segment.component(element, 1) {
                b"BBR" | b"BR" | b"BBQ" | b"BQ" if is_outside(value, statement) => out.push(
                    finding(
                        "837I-4-procedure-outside-statement",
                        4,
                        at,
                        (element, 4),
                        "The procedure lies outside the statement period",
                    )
                    .because("Procedures of a stay are done during it or in the three days before")
                    .fix("Correct the date of the procedure or the statement period")
                    .answered_by(element_error("8")),
                ),
                b"BI" if is_reversed(value) => out.push(
                    finding(
                        "837-4-date-range-reversed",
                        4,
                        at,
                        (element, 4),
                        "The period ends before it begins",
                    )
                    .because("A period (RD8) is written first day, hyphen, last day")
                    .fix("Exchange or correct the two days")
                    .answered_by(element_error("8")),
                ),
                _ => {}
            }
        }
    }
}

fn is_outside(value: &[u8], statement: Option<&Dated<'_>>) -> bool {
    let (Some(day), Some(statement)) = (parse_ccyymmdd(value), statement) else { return false };
    let earliest = add_days(statement.from, -DAYS_BEFORE_STAY);
    day > statement.to || earliest.is_some_and(|earliest| day < earliest)
}

fn is_reversed(value: &[u8]) -> bool {
    let halves = value.get(..8).zip(value.get(9..));
    halves
        .and_then(|(from, to)| parse_ccyymmdd(from).zip(parse_ccyymmdd(to)))
        .is_some_and(|(from, to)| from > to)
}

/// A line does not count more days of room and board than its statement has.
fn room_days(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some(statement) = claim.date(b"434") else { return };
    let days = days_between(statement.from, statement.to).saturating_add(1);
    for service in claim.lines.iter().filter_map(|line| line.service.as_ref()) {
        let units = service.segment.text(5).parse::<i64>().ok();
        if service.segment.element(4) == b"DA" && units.is_some_and(|units| units > days) {
            let message = "The line counts more days than the statement period has";
            out.push(
                finding("837I-4-days-over-statement", 4, service, (5, 0), message)
                    .because("Days (DA) are those of the statement period, DTP 434")
                    .fix("Correct the days or the statement period")
                    .answered_by(status("476")),
            );
        }
    }
}
