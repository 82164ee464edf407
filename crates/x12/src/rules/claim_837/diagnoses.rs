//! SNIP types 4 and 5: diagnoses, their code system by date, and the pointers to them.

use super::view::{Claim, Diagnosis};
use super::{ClaimKind, element_error, finding, status};
use counterfoil_base::{Date, Finding};

/// First day of service for which ICD-10-CM holds (45 CFR 162.1002(c)).
const ICD10_FROM: Date = Date::constant(2015, 10, 1);

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    form(claim, out);
    code_system(claim, out);
    repeats(claim, out);
    if claim.kind == ClaimKind::Professional {
        pointers(claim, out);
    } else {
        present_on_admission(claim, out);
    }
}

fn is_icd10(diagnosis: &Diagnosis<'_>) -> bool {
    diagnosis.qualifier.first() == Some(&b'A')
}

/// The shape of a code, so that a slip is found without a table. ICD-10-CM: a letter, a digit,
/// a character, then up to four more. ICD-9-CM: three to five digits, or V and E codes.
fn has_form(code: &[u8], icd10: bool) -> bool {
    let characters = code.iter().all(u8::is_ascii_alphanumeric);
    match code {
        [first, second, _, ..] if icd10 => {
            characters
                && first.is_ascii_uppercase()
                && second.is_ascii_digit()
                && code.len() <= 7
                && !code.iter().any(u8::is_ascii_lowercase)
        }
        [first, rest @ ..] if (2..=4).contains(&rest.len()) => {
            !icd10
                && (first.is_ascii_digit() || matches!(first, b'V' | b'E'))
                && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn form(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for diagnosis in &claim.diagnoses {
        if has_form(diagnosis.code, is_icd10(diagnosis)) {
            continue;
        }
        let (message, fix) = if diagnosis.code.contains(&b'.') {
            ("The diagnosis code is written with a decimal point", "Leave the point out")
        } else if is_icd10(diagnosis) {
            ("The diagnosis code does not have the form of ICD-10-CM", "Correct the code")
        } else {
            ("The diagnosis code does not have the form of ICD-9-CM", "Correct the code")
        };
        out.push(
            finding("837-5-diagnosis-form", 5, &diagnosis.at, (diagnosis.element, 2), message)
                .because("Diagnosis codes are sent without point, 3 to 7 characters")
                .fix(fix)
                .answered_by(status("255")),
        );
    }
}

/// ICD-9-CM before and ICD-10-CM from 1 October 2015, by the last day of service.
fn code_system(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some((first, last)) = claim.service_span() else { return };
    let day = if claim.kind == ClaimKind::Institutional { last } else { first };
    let wanted = day >= ICD10_FROM;
    // One finding for the first code that is wrong: the others follow from it.
    let Some(wrong) = claim.diagnoses.iter().find(|diagnosis| is_icd10(diagnosis) != wanted) else {
        return;
    };
    let (message, fix) = if wanted {
        ("ICD-9-CM codes are sent for services on or after 1 October 2015", "Code in ICD-10-CM")
    } else {
        ("ICD-10-CM codes are sent for services before 1 October 2015", "Code in ICD-9-CM")
    };
    out.push(
        finding("837-5-diagnosis-code-system", 5, &wrong.at, (wrong.element, 1), message)
            .because("The code system follows from the date of service (45 CFR 162.1002)")
            .fix(fix)
            .answered_by(status("255")),
    );
}

/// Principal and other diagnoses differ from one another.
fn repeats(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let own: Vec<_> = claim.diagnoses.iter().filter(|d| is_numbered(d)).collect();
    for (index, diagnosis) in own.iter().enumerate() {
        let earlier = own.get(..index).unwrap_or_default();
        if earlier.iter().any(|other| other.code == diagnosis.code) {
            out.push(
                finding(
                    "837-4-diagnosis-repeated",
                    4,
                    &diagnosis.at,
                    (diagnosis.element, 2),
                    "The same diagnosis is sent twice",
                )
                .because("Each diagnosis stands once on a claim")
                .fix("Remove the second one and correct the pointers of the lines")
                .answered_by(element_error("I12")),
            );
        }
    }
}

fn is_numbered(diagnosis: &Diagnosis<'_>) -> bool {
    matches!(diagnosis.qualifier, b"ABK" | b"BK" | b"ABF" | b"BF")
}

/// SV107 points to diagnoses that are there, each once.
fn pointers(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let count = claim.diagnoses.iter().filter(|d| is_numbered(d)).count();
    if count == 0 {
        return;
    }
    for service in claim.lines.iter().filter_map(|line| line.service.as_ref()) {
        let mut seen: Vec<&[u8]> = Vec::with_capacity(4);
        for (index, pointer) in service.segment.components(7).enumerate() {
            let text = std::str::from_utf8(pointer).unwrap_or_default();
            let Ok(number) = text.parse::<usize>() else { continue };
            // 13 and more are not in the guide's code list, which has spoken already.
            if number > count && number <= 12 {
                out.push(
                    finding(
                        "837-4-diagnosis-pointer",
                        4,
                        service,
                        (7, index + 1),
                        format!("The line points to diagnosis {number}; the claim has {count}"),
                    )
                    .because("SV107 counts the diagnoses of the HI segment from 1")
                    .fix("Correct the pointer, or send the diagnosis")
                    .answered_by(status("477")),
                );
            }
            if seen.contains(&pointer) {
                out.push(
                    finding(
                        "837-4-diagnosis-pointer-repeated",
                        4,
                        service,
                        (7, index + 1),
                        format!("The line points twice to diagnosis {number}"),
                    )
                    .because("A diagnosis is pointed to once by each line")
                    .fix("Remove the second pointer")
                    .answered_by(status("477")),
                );
            }
            seen.push(pointer);
        }
    }
}

/// Acute inpatient claims say of the diagnoses whether they were present on admission; a code
/// on the exempt list has none, so that only a claim without any indicator is spoken of.
fn present_on_admission(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some(clm) = &claim.clm else { return };
    if clm.segment.component(5, 1) != b"11" {
        return;
    }
    let mut numbered = claim.diagnoses.iter().filter(|d| is_numbered(d)).peekable();
    let Some(first) = numbered.peek().copied() else { return };
    if numbered.all(|d| d.at.segment.component(d.element, 9).is_empty()) {
        out.push(
            Finding::warning(
                "837I-4-present-on-admission",
                4,
                "No diagnosis of an inpatient claim says whether it was present on admission",
            )
            .at(first.at.position(first.element, 9))
            .because("Acute care hospitals report it unless exempt (42 CFR 412.2, NUBC)")
            .fix("Send Y, N, U or W in the ninth component")
            .answered_by(status("688")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnosis_codes_have_their_form() {
        for (code, icd10, good) in [
            ("E119", true, true),
            ("I10", true, true),
            ("S93401A", true, true),
            ("C4A0", true, true),
            ("E11.9", true, false),
            ("25000", true, false),
            ("S93401AA", true, false),
            ("E1", true, false),
            ("e119", true, false),
            ("25000", false, true),
            ("496", false, true),
            ("V7389", false, true),
            ("E9750", false, true),
            ("E119A", false, false),
            ("250.0", false, false),
        ] {
            assert_eq!(has_form(code.as_bytes(), icd10), good, "{code}");
        }
    }
}
