//! SNIP types 4, 5 and 6: numbering and identity of lines, the form of their codes, and what
//! single lines of business ask for.

use super::view::{Claim, Line};
use super::{ClaimKind, element_error, finding, status};
use crate::raw::Located;
use counterfoil_base::{Decimal, Finding};

/// No claim of the guides has more lines (837I: 999); of what is sent beyond, which is reported,
/// numbers are not compared among themselves.
const LINES_COMPARED_MAX: usize = 999;

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let mut control_numbers: Vec<&[u8]> = Vec::new();
    for (index, line) in claim.lines.iter().enumerate() {
        number(&line.lx, index + 1, out);
        if let Some(at) = &line.control_number {
            let value = at.segment.element(2);
            if control_numbers.contains(&value) {
                control_number_repeated(at, out);
            } else if control_numbers.len() < LINES_COMPARED_MAX {
                control_numbers.push(value);
            }
        }
        let Some(service) = &line.service else { continue };
        units(claim.kind, service, out);
        procedure_form(claim.kind, service, out);
        match claim.kind {
            ClaimKind::Professional => {
                anesthesia(service, out);
                mammography(claim, line, service, out);
            }
            ClaimKind::Institutional => revenue_form(service, out),
        }
    }
}

/// LX01 counts the lines of a claim from 1.
fn number(lx: &Located<'_>, expected: usize, out: &mut Vec<Finding>) {
    let text = lx.segment.text(1);
    if text.parse::<usize>() != Ok(expected) && text.bytes().all(|b| b.is_ascii_digit()) {
        out.push(
            finding(
                "837-4-line-number",
                4,
                lx,
                (1, 0),
                format!("The line is number {expected} of the claim and is numbered otherwise"),
            )
            .because("LX01 begins with 1 in each claim and grows by 1")
            .fix("Number the lines anew")
            .answered_by(element_error("I12")),
        );
    }
}

fn control_number_repeated(at: &Located<'_>, out: &mut Vec<Finding>) {
    out.push(
        finding(
            "837-4-line-control-number-repeated",
            4,
            at,
            (2, 0),
            "Two lines of the claim have the same line item control number",
        )
        .because("The remittance advice answers lines by this number (REF 6R)")
        .fix("Give each line a number of its own")
        .answered_by(element_error("I12")),
    );
}

fn units(kind: ClaimKind, service: &Located<'_>, out: &mut Vec<Finding>) {
    let element = if kind == ClaimKind::Professional { 4 } else { 5 };
    let Ok(quantity) = Decimal::parse_bytes(service.segment.element(element)) else { return };
    let decimals = service.segment.element(element).split(|byte| *byte == b'.').nth(1);
    if decimals.is_some_and(|decimals| decimals.len() > 3) {
        let message = "The number of units has more than three decimals";
        out.push(
            finding("837-2-units-decimals", 2, service, (element, 0), message)
                .because("The guide allows three digits after the point")
                .fix("Round the units to three decimals")
                .answered_by(element_error("7")),
        );
    }
    if quantity.is_zero() || quantity.is_negative() {
        out.push(
            finding(
                "837-4-units-not-positive",
                4,
                service,
                (element, 0),
                "The number of units is not above zero",
            )
            .because("A service that was given has units or minutes")
            .fix("Send the units of the service")
            .answered_by(status("476")),
        );
    }
}

/// The shape of a procedure code with qualifier HC: five characters, the first a digit or a
/// letter A to V, three digits, and a last digit or, after a first digit, a letter.
fn procedure_has_form(code: &[u8]) -> bool {
    match code {
        [first @ b'0'..=b'9', a, b, c, last] => {
            [first, a, b, c].iter().all(|digit| digit.is_ascii_digit())
                && match last {
                    b'0'..=b'9' | b'F' => true,
                    // Technologies, laboratory analyses and vaccines are numbered from 0.
                    b'A' | b'M' | b'T' | b'U' => *first == b'0',
                    _ => false,
                }
        }
        [b'A'..=b'V', rest @ ..] => rest.len() == 4 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn procedure_form(kind: ClaimKind, service: &Located<'_>, out: &mut Vec<Finding>) {
    let element = if kind == ClaimKind::Professional { 1 } else { 2 };
    if service.segment.component(element, 1) == b"HP" {
        return rate_code_form(service, element, out);
    }
    if service.segment.component(element, 1) != b"HC" {
        return;
    }
    let code = service.segment.component(element, 2);
    if !code.is_empty() && !procedure_has_form(code) {
        out.push(
            finding(
                "837-5-procedure-form",
                5,
                service,
                (element, 2),
                "The procedure code does not have the form of CPT or HCPCS",
            )
            .because("With qualifier HC a code has five characters")
            .fix("Correct the procedure code")
            .answered_by(status("454")),
        );
    }
}

/// Health insurance prospective payment system codes have five characters.
fn rate_code_form(service: &Located<'_>, element: usize, out: &mut Vec<Finding>) {
    let code = service.segment.component(element, 2);
    let has_form =
        code.len() == 5 && code.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if !code.is_empty() && !has_form {
        out.push(
            finding(
                "837I-5-rate-code-form",
                5,
                service,
                (element, 2),
                "The rate code does not have the five characters of HIPPS",
            )
            .because("With qualifier HP a code has five letters or digits")
            .fix("Correct the rate code")
            .answered_by(status("454")),
        );
    }
}

/// The shape of a revenue code: four digits.
fn revenue_form(service: &Located<'_>, out: &mut Vec<Finding>) {
    let code = service.segment.element(1);
    if !code.is_empty() && (code.len() != 4 || !code.iter().all(u8::is_ascii_digit)) {
        out.push(
            finding(
                "837I-5-revenue-form",
                5,
                service,
                (1, 0),
                "The revenue code does not have four digits",
            )
            .because("Revenue codes are sent with their leading zero")
            .fix("Correct the revenue code")
            .answered_by(status("455")),
        );
    }
}

/// Anesthesia (00100 to 01999) is billed in minutes, all but daily management (01996) and an
/// add-on counted by area (01953); nothing else is billed in minutes.
fn anesthesia(service: &Located<'_>, out: &mut Vec<Finding>) {
    let code = service.segment.component(1, 2);
    let is_cpt = code.len() == 5 && code.iter().all(u8::is_ascii_digit);
    if service.segment.component(1, 1) != b"HC" || !is_cpt {
        return;
    }
    let number = code.iter().fold(0u32, |n, digit| n * 10 + u32::from(digit - b'0'));
    let timed = (100..=1999).contains(&number) && !matches!(number, 1953 | 1996);
    let minutes = service.segment.element(3) == b"MJ";
    if timed && !minutes {
        out.push(
            finding(
                "837P-6-anesthesia-minutes",
                6,
                service,
                (3, 0),
                "An anesthesia service is not counted in minutes",
            )
            .because("Time units of anesthesia are computed from minutes (MJ)")
            .fix("Send MJ in SV103 and the minutes in SV104")
            .answered_by(status("476")),
        );
    } else if !timed && minutes {
        out.push(
            finding(
                "837P-6-minutes-without-anesthesia",
                6,
                service,
                (3, 0),
                "A service other than anesthesia is counted in minutes",
            )
            .because("Minutes (MJ) are the unit of anesthesia alone")
            .fix("Send UN in SV103 and the units in SV104")
            .answered_by(status("476")),
        );
    }
}

/// Screening and diagnostic mammography need the certification number of the facility.
fn mammography(claim: &Claim<'_>, line: &Line<'_>, service: &Located<'_>, out: &mut Vec<Finding>) {
    let code = service.segment.component(1, 2);
    let is_mammography = matches!(code, b"77065" | b"77066" | b"77067");
    if is_mammography && !claim.mammography_number && !line.mammography_number {
        out.push(
            Finding::warning(
                "837P-6-mammography-certification",
                6,
                "A mammography has no certification number of the facility",
            )
            .at(service.position(1, 2))
            .because("Mammography facilities are certified (21 CFR part 900)")
            .fix("Send REF EW in loop 2300 or 2400")
            .answered_by(status("21")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn procedure_codes_have_five_characters() {
        for (code, good) in [
            ("99213", true),
            ("0042T", true),
            ("G0463", true),
            ("V2020", true),
            ("W0001", false),
            ("9921", false),
            ("9921A", false),
            ("0042X", false),
            ("1036F", true),
            ("992133", false),
            ("G046T", false),
            ("g0463", false),
            ("99-13", false),
        ] {
            assert_eq!(procedure_has_form(code.as_bytes()), good, "{code}");
        }
    }
}
