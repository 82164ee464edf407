//! The 277CA answer to a claim, from its findings.

use crate::acknowledge::ClaimStatusEntry;
use counterfoil_base::{Finding, Phi, Text};
use counterfoil_claim::{Claim, ClaimKind, Line, Person};
use counterfoil_x12::status_277ca::{ClaimAnswer, LineAnswer, NamedEntity, StatusInformation};

/// What the payer answers to the sender: accepted, or rejected with every reason.
///
/// Findings about lines answer in their lines (2220D), the others in the claim (2200D). A
/// claim that is rejected for its lines alone says the first of their reasons itself, since
/// the claim's own status decides (005010X214, 2200D STC). `payer_claim_control_number` is
/// given to an accepted claim only.
#[must_use]
pub fn answer_claim(
    claim: &Claim,
    findings: &[Finding],
    payer_claim_control_number: &str,
) -> ClaimAnswer {
    let mut statuses: Vec<StatusInformation> = Vec::new();
    let mut lines = Vec::new();
    let refusals = || findings.iter().filter_map(|f| Some((f, ClaimStatusEntry::of(f)?)));
    for (finding, entry) in refusals() {
        if finding.position.service_line.is_none() {
            add(&mut statuses, entry);
        }
    }
    for line in &claim.lines {
        let mut of_line = Vec::new();
        let own = refusals().filter(|(f, _)| f.position.service_line == Some(line.number));
        own.for_each(|(_, entry)| add(&mut of_line, entry));
        if !of_line.is_empty() {
            lines.push(line_answer(claim, line, of_line));
        }
    }
    if statuses.is_empty() {
        let first = refusals().map(|(_, entry)| entry).next();
        statuses.push(first.unwrap_or_else(ClaimStatusEntry::accepted).into());
    }
    let accepted = refusals().next().is_none();
    let bill_type = &claim.bill_type;
    ClaimAnswer {
        patient: named(claim.patient_person(), &claim.subscriber.person),
        patient_control_number: claim.patient_control_number.clone(),
        charge_cents: claim.charge_cents,
        statuses,
        payer_claim_control_number: match accepted {
            true => payer_claim_control_number.into(),
            false => Text::default(),
        },
        clearinghouse_number: reference(claim, "D9"),
        bill_type: match claim.kind {
            ClaimKind::Professional => Text::default(),
            ClaimKind::Institutional => {
                format!("{}{}", bill_type.facility_code, bill_type.frequency).into()
            }
        },
        service: claim.service_dates(),
        lines,
    }
}

/// The same reason is said once.
fn add(statuses: &mut Vec<StatusInformation>, entry: ClaimStatusEntry) {
    let status = StatusInformation::from(entry);
    if !statuses.contains(&status) {
        statuses.push(status);
    }
}

fn line_answer(claim: &Claim, line: &Line, statuses: Vec<StatusInformation>) -> LineAnswer {
    let procedure = line.procedure.as_ref();
    let coded = procedure.filter(|procedure| !procedure.code.is_empty());
    let revenue_alone = coded.is_none() && claim.kind == ClaimKind::Institutional;
    LineAnswer {
        procedure_qualifier: match coded {
            Some(procedure) => procedure.qualifier.clone(),
            None => "NU".into(),
        },
        procedure: coded.map_or_else(|| line.revenue_code.clone(), |p| p.code.clone()),
        modifiers: line.modifiers().to_vec(),
        charge_cents: line.charge_cents,
        revenue_code: if revenue_alone { Text::default() } else { line.revenue_code.clone() },
        units: line.units.to_string().into(),
        control_number: line
            .control_number()
            .map_or_else(|| line.number.to_string().into(), Text::from),
        service: line.service_dates(),
        statuses,
    }
}

/// A dependent is named with the member number of the subscriber, whose policy it is.
fn named(patient: &Person, subscriber: &Person) -> NamedEntity {
    let with_id = if patient.id.expose().is_empty() { subscriber } else { patient };
    NamedEntity {
        is_person: patient.entity_type != "2",
        name: patient.last_name.clone(),
        first_name: patient.first_name.clone(),
        middle_name: patient.middle_name.clone(),
        suffix: patient.suffix.clone(),
        id_qualifier: match with_id.id.expose().as_str() {
            "" => Text::default(),
            _ => "MI".into(),
        },
        id: Phi::new(with_id.id.expose().clone()),
    }
}

fn reference(claim: &Claim, qualifier: &str) -> Text {
    let found = claim.references.iter().find(|reference| reference.qualifier == qualifier);
    found.map(|reference| reference.value.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::office_claim;
    use counterfoil_base::Position;

    fn refusal(code: &'static str, service_line: Option<u32>) -> Finding {
        let at = Position { service_line, ..Position::default() };
        Finding::error(code, 7, "x").at(at)
    }

    fn told(answer: &ClaimAnswer) -> String {
        let all = |statuses: &[StatusInformation]| -> String {
            let told = statuses.iter().map(|s| format!("{}:{}:{}", s.category, s.code, s.entity));
            told.collect::<Vec<_>>().join(" ")
        };
        let lines = answer.lines.iter().map(|l| format!(" | {} {}", l.procedure, all(&l.statuses)));
        all(&answer.statuses) + &lines.collect::<String>()
    }

    #[test]
    fn reasons_stand_where_they_belong_and_once() {
        let claim = office_claim(&["T1015", "J1885"]);
        let duplicate = || refusal("INT-7-duplicate-claim", None);
        let units = || refusal("INT-5-service-units", Some(2));
        for (findings, expected) in [
            (vec![], "A2:20:"),
            (vec![Finding::warning("INT-7-line-twice", 7, "x")], "A2:20:"),
            (vec![duplicate(), duplicate()], "A3:54:"),
            (vec![units()], "A7:476: | J1885 A7:476:"),
            (vec![units(), duplicate()], "A3:54: | J1885 A7:476:"),
        ] {
            let answer = answer_claim(&claim, &findings, "PAYER-1");
            assert_eq!(told(&answer), expected);
            assert_eq!(answer.is_accepted(), expected.starts_with("A2"));
            assert_eq!(answer.payer_claim_control_number == "PAYER-1", answer.is_accepted());
        }
    }
}
