//! SNIP type 4: dates agree with one another and with the day on which the file was made.

use super::view::{Claim, Dated};
use super::{ClaimKind, element_error, finding};
use crate::raw::Located;
use counterfoil_base::{Date, Finding};

pub(super) fn check(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    for at in &claim.reversed {
        speak(
            out,
            at,
            Words {
                code: "837-4-date-range-reversed",
                message: "The period ends before it begins",
                cause: "A period (RD8) is written first day, hyphen, last day",
                fix: "Exchange or correct the two days of DTP03",
            },
        );
    }
    future(claim, out);
    life(claim, out);
    stay(claim, out);
    statement(claim, out);
    events(claim, out);
}

/// What a date rule says.
struct Words<'w> {
    code: &'static str,
    message: &'w str,
    cause: &'static str,
    fix: &'static str,
}

fn speak(out: &mut Vec<Finding>, at: &Located<'_>, words: Words<'_>) {
    let element = if at.segment.id() == "DMG" { 2 } else { 3 };
    out.push(
        finding(words.code, 4, at, (element, 0), words.message)
            .because(words.cause)
            .fix(words.fix)
            .answered_by(element_error("8")),
    );
}

/// Nothing that has been done lies after the day on which the file was made.
fn future(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some(created) = claim.created else { return };
    let lines = claim.lines.iter().filter_map(|line| line.date.as_ref());
    let statement = claim.dates.iter().filter(|dated| dated.qualifier == b"434");
    for dated in lines.chain(statement) {
        if dated.to > created {
            speak(
                out,
                &dated.at,
                Words {
                    code: "837-4-service-in-future",
                    message: "The service lies after the day on which the file was made",
                    cause: "Services are billed once given (BHT04 is the day of the file)",
                    fix: "Correct the date of service, or BHT04",
                },
            );
        }
    }
    if let Some((at, birth)) = &claim.birth
        && *birth > created
    {
        speak(
            out,
            at,
            Words {
                code: "837-4-birth-in-future",
                message: "The patient's birth lies after the day on which the file was made",
                cause: "BHT04 is the day of the file",
                fix: "Correct the date of birth",
            },
        );
    }
}

/// Services lie within the patient's life.
fn life(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let created = claim.created.unwrap_or(Date::MAX);
    for dated in claim.lines.iter().filter_map(|line| line.date.as_ref()) {
        if let Some((_, birth)) = &claim.birth
            && dated.to < *birth
            && *birth <= created
        {
            speak(
                out,
                &dated.at,
                Words {
                    code: "837-4-service-before-birth",
                    message: "The service lies before the patient's birth",
                    cause: "The patient's date of birth (DMG02) is later than the date of service",
                    fix: "Correct the date of service or the date of birth",
                },
            );
        }
        if let Some((_, death)) = &claim.death
            && dated.from > *death
        {
            speak(
                out,
                &dated.at,
                Words {
                    code: "837-4-service-after-death",
                    message: "The service lies after the patient's death",
                    cause: "The patient's date of death (PAT06) is before the date of service",
                    fix: "Correct the date of service or the date of death",
                },
            );
        }
    }
}

/// Admission comes before discharge and not after the end of the services.
fn stay(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some(admission) = claim.date(b"435") else { return };
    let after = |day: Date| admission.from > day;
    let professional = claim.kind == ClaimKind::Professional;
    if professional && claim.date(b"096").is_some_and(|discharge| after(discharge.from)) {
        speak(
            out,
            &admission.at,
            Words {
                code: "837-4-admission-after-discharge",
                message: "The admission lies after the discharge",
                cause: "DTP 435 is the first day of the stay and DTP 096 the last",
                fix: "Correct the date of admission or of discharge",
            },
        );
    } else if claim.service_span().is_some_and(|(_, last)| after(last)) {
        speak(
            out,
            &admission.at,
            Words {
                code: "837-4-admission-after-service",
                message: "The admission lies after the last service of the claim",
                cause: "Services of a stay are given during it",
                fix: "Correct the date of admission or the dates of service",
            },
        );
    }
}

/// Lines of an institutional claim lie within the statement period.
fn statement(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    if claim.kind != ClaimKind::Institutional {
        return;
    }
    let Some(statement) = claim.date(b"434").copied() else { return };
    let outpatient = claim.clm.is_some_and(|clm| {
        matches!(clm.segment.component(5, 1), b"13" | b"14" | b"83" | b"85" | [b'7', _])
    });
    for line in &claim.lines {
        match &line.date {
            Some(dated) if dated.to > statement.to || dated.from < statement.from => speak(
                out,
                &dated.at,
                Words {
                    code: "837-4-service-outside-statement",
                    message: "The service lies outside the statement period",
                    cause: "Each line's date lies between the first and last day of DTP 434",
                    fix: "Correct the line's date or the statement period",
                },
            ),
            None if outpatient && statement.from != statement.to => {
                let at = line.service.as_ref().unwrap_or(&line.lx);
                out.push(
                    finding(
                        "837-4-line-date-missing",
                        4,
                        at,
                        (0, 0),
                        "An outpatient line of a statement of several days has no date",
                    )
                    .because("DTP 472 is required when the statement does not show the day")
                    .fix("Send DTP 472 in loop 2400"),
                );
            }
            _ => {}
        }
    }
}

/// What led to the services comes before them.
fn events(claim: &Claim<'_>, out: &mut Vec<Finding>) {
    let Some((_, last)) = claim.service_span() else { return };
    let late = |dated: &&Dated<'_>| {
        matches!(dated.qualifier, b"431" | b"439" | b"484" | b"453" | b"454" | b"304")
            && dated.from > last
    };
    for dated in claim.dates.iter().filter(late) {
        let what = match dated.qualifier {
            b"431" => "The onset of the illness",
            b"439" => "The accident",
            b"454" => "The initial treatment",
            b"304" => "The day when the patient was last seen",
            b"484" => "The last menstrual period",
            _ => "The acute manifestation",
        };
        speak(
            out,
            &dated.at,
            Words {
                code: "837-4-event-after-service",
                message: &format!("{what} lies after the last service of the claim"),
                cause: "It is sent because the services follow from it",
                fix: "Correct the date or the dates of service",
            },
        );
    }
}
