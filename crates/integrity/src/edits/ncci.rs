//! NCCI edits within a claim: procedure pairs, unit limits and add-on codes.
//!
//! NCCI Policy Manual, chapter I: pairs and limits apply to services that one provider gives
//! one patient on one day.

use crate::edits::{Edit, Run};
use crate::ncci::{
    AddOnKind, ModifierIndicator, MueIndicator, MueLimit, MueSetting, PtpEdit, PtpSetting, PtpTable,
};
use crate::place;
use counterfoil_base::{Date, DateRange, Decimal, Rounding, Severity, Units, days_between};
use counterfoil_claim::{Claim, ClaimKind, Line};

const PAIR: Edit = Edit {
    code: "INT-7-ncci-pair",
    snip: 7,
    cause: "NCCI procedure-to-procedure edit: the column 2 code is part of the column 1 code \
            when one provider bills both for one patient on one day.",
};
const UNIT_LIMIT: Edit = Edit {
    code: "INT-7-ncci-units",
    snip: 7,
    cause: "NCCI medically unlikely edit: more units than one patient is likely to get.",
};
const ADD_ON: Edit = Edit {
    code: "INT-7-add-on-alone",
    snip: 7,
    cause: "An add-on code is paid only beside a primary procedure of the same provider and day.",
};

/// Modifiers that NCCI accepts with indicator 1 (NCCI Policy Manual, chapter I, section E).
const BYPASS: [&str; 44] = [
    "24", "25", "27", "57", "58", "59", "78", "79", "91", "E1", "E2", "E3", "E4", "F1", "F2", "F3",
    "F4", "F5", "F6", "F7", "F8", "F9", "FA", "LC", "LD", "LM", "LT", "RC", "RI", "RT", "T1", "T2",
    "T3", "T4", "T5", "T6", "T7", "T8", "T9", "TA", "XE", "XP", "XS", "XU",
];

/// A line with what the edits compare.
struct Service<'a> {
    line: &'a Line,
    code: &'a str,
    days: DateRange,
    provider: &'a str,
}

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    let Some((pairs_for, limits_for)) = settings(claim) else { return };
    let services: Vec<Service<'_>> =
        claim.lines.iter().filter_map(|line| Service::of(claim, line)).collect();
    check_pairs(run, pairs_for, &services);
    check_units(run, limits_for, &services);
    check_add_ons(run, &services);
}

/// Which tables apply; nothing for inpatient stays, to which NCCI does not apply.
fn settings(claim: &Claim) -> Option<(PtpSetting, MueSetting)> {
    match claim.kind {
        ClaimKind::Professional => Some((PtpSetting::Practitioner, MueSetting::Practitioner)),
        ClaimKind::Institutional => matches!(
            claim.bill_type.facility_code.as_str(),
            "12" | "13"
                | "14"
                | "22"
                | "23"
                | "34"
                | "71"
                | "72"
                | "73"
                | "74"
                | "75"
                | "76"
                | "77"
                | "79"
                | "83"
                | "85"
        )
        .then_some((PtpSetting::OutpatientHospital, MueSetting::OutpatientHospital)),
    }
}

impl<'a> Service<'a> {
    /// Nothing for a line without a HCPCS code or a day of service.
    fn of(claim: &'a Claim, line: &'a Line) -> Option<Service<'a>> {
        let procedure = line.procedure.as_ref().filter(|procedure| procedure.qualifier == "HC")?;
        let days = line.service_dates().or_else(|| claim.service_dates())?;
        let own = line.providers.iter().find(|provider| provider.entity == "82");
        let provider = own.unwrap_or_else(|| claim.rendering_provider()).id.as_str();
        // A hospital bills as one provider whoever treats.
        let provider = match claim.kind {
            ClaimKind::Professional => provider,
            ClaimKind::Institutional => "",
        };
        Some(Service { line, code: procedure.code.as_str(), days, provider })
    }

    fn meets(&self, other: &Service<'_>) -> bool {
        let overlap = self.days.from <= other.days.to && other.days.from <= self.days.to;
        overlap && self.provider == other.provider
    }

    fn has_bypass(&self) -> bool {
        self.line.modifiers().iter().any(|modifier| BYPASS.contains(&modifier.as_str()))
    }
}

fn check_pairs(run: &mut Run<'_>, setting: PtpSetting, services: &[Service<'_>]) {
    let Some(editions) = run.tables.ptp.get(&setting) else { return };
    // The numbers of the codes in the table that was asked last; nearly always the only one.
    let mut numbered: Option<(&PtpTable, Vec<Option<u16>>)> = None;
    for (index, later) in services.iter().enumerate() {
        let Some((days, table)) = editions.for_day(Some(later.days.from)) else { return };
        let (_, numbers) = match numbered.take() {
            Some(known) if std::ptr::eq(known.0, table) => numbered.insert(known),
            _ => {
                let numbers = services.iter().map(|service| table.number(service.code)).collect();
                numbered.insert((table, numbers))
            }
        };
        let Some(Some(of_later)) = numbers.get(index).copied() else { continue };
        for (earlier, number) in services.iter().zip(numbers.iter()).take(index) {
            let Some(of_earlier) = *number else { continue };
            for (first, second, numbers) in
                [(earlier, later, (of_earlier, of_later)), (later, earlier, (of_later, of_earlier))]
            {
                let edit = table.find_numbered(numbers.0, numbers.1);
                if let Some(edit) = edit.filter(|edit| edit_speaks(*edit, first, second)) {
                    refuse_pair(run, (first, second), edit.indicator, *days);
                }
            }
        }
    }
}

fn edit_speaks(edit: PtpEdit, first: &Service<'_>, second: &Service<'_>) -> bool {
    let day = first.days.from.max(second.days.from);
    let in_force = edit.ends.is_none_or(|last| day <= last);
    let may_stand = match edit.indicator {
        ModifierIndicator::Never => false,
        ModifierIndicator::Allowed => first.has_bypass() || second.has_bypass(),
        ModifierIndicator::NotApplicable => true,
    };
    first.meets(second) && in_force && !may_stand
}

fn refuse_pair(
    run: &mut Run<'_>,
    (first, second): (&Service<'_>, &Service<'_>),
    indicator: ModifierIndicator,
    edition: DateRange,
) {
    let message = format!(
        "Procedure {} is not paid beside {} of line {} on the same day ({}).",
        second.code,
        first.code,
        first.line.number,
        edition_name(edition)
    );
    let fix = match indicator {
        ModifierIndicator::Never => "Remove the line; no modifier lets both be paid.",
        _ => {
            "Remove the line, or send the modifier that the record supports (59, XE, XP, XS, XU \
              or the part of the body)."
        }
    };
    let component = 2;
    let element = place::procedure_element(run.claim);
    let at = place::of_line_element(run.claim, second.line, element, component);
    let severity = severity_of(edition, second.days.from);
    run.say(&PAIR, severity, at, (message, fix));
}

fn check_units(run: &mut Run<'_>, setting: MueSetting, services: &[Service<'_>]) {
    for (index, service) in services.iter().enumerate() {
        let Some((edition, limit)) = limit_of(run, setting, service) else { continue };
        let Some(own) = service.units_a_day() else { continue };
        let units = match limit.indicator {
            MueIndicator::Line => own,
            MueIndicator::DayByPolicy | MueIndicator::DayByJudgement => {
                let same =
                    |other: &&Service<'_>| other.code == service.code && other.meets(service);
                let until_here = services.iter().take(index).filter(same);
                let before = until_here.filter_map(Service::units_a_day);
                before.fold(own, |sum, units| sum.checked_add(units).unwrap_or(sum))
            }
        };
        if units > Units::whole(i64::from(limit.units_max)) {
            refuse_units(run, service, (units, limit), edition);
        }
    }
}

impl Service<'_> {
    /// Units of one day: a line over several days is divided by them and rounded to the
    /// nearest whole unit (NCCI Policy Manual, chapter I, section V).
    fn units_a_day(&self) -> Option<Units> {
        let nights = days_between(self.days.from, self.days.to);
        let days = Decimal::whole(nights.checked_add(1)?);
        if nights == 0 {
            return Some(self.line.units);
        }
        self.line.units.div_rounded(days, 0, Rounding::HalfUp)
    }
}

/// The limit with its edition; the supplier's table serves codes that no practitioner has.
fn limit_of(
    run: &Run<'_>,
    setting: MueSetting,
    service: &Service<'_>,
) -> Option<(DateRange, MueLimit)> {
    let find = |setting: MueSetting| {
        let (days, table) = run.tables.mue.get(&setting)?.for_day(Some(service.days.from))?;
        table.find(service.code).map(|limit| (*days, limit))
    };
    let supplier = || match setting {
        MueSetting::Practitioner => find(MueSetting::Supplier),
        MueSetting::OutpatientHospital | MueSetting::Supplier => None,
    };
    find(setting).or_else(supplier)
}

fn refuse_units(
    run: &mut Run<'_>,
    service: &Service<'_>,
    (units, limit): (Units, MueLimit),
    edition: DateRange,
) {
    let scope = match limit.indicator {
        MueIndicator::Line => "a line",
        MueIndicator::DayByPolicy | MueIndicator::DayByJudgement => "a day",
    };
    let message = format!(
        "{units} units of {} are billed for {scope}; the limit is {} ({}).",
        service.code,
        limit.units_max,
        edition_name(edition)
    );
    let fix = match limit.indicator {
        MueIndicator::Line => {
            "Correct the units; units that were given at distinct times stand on a line of \
             their own with the modifier that says so."
        }
        MueIndicator::DayByPolicy => "Correct the units; more is never payable for one day.",
        MueIndicator::DayByJudgement => {
            "Correct the units, or be ready to send the record that supports them."
        }
    };
    let at = place::of_line_element(run.claim, service.line, place::units_element(run.claim), 0);
    let severity = severity_of(edition, service.days.from);
    run.say(&UNIT_LIMIT, severity, at, (message, fix));
}

fn check_add_ons(run: &mut Run<'_>, services: &[Service<'_>]) {
    for service in services {
        let Some((edition, table)) = run.tables.add_ons.for_day(Some(service.days.from)) else {
            return;
        };
        let kind = table.kind(service.code);
        let has_primary = || {
            let others = services.iter().filter(|other| other.meets(service));
            others.into_iter().any(|other| table.allows(service.code, other.code))
        };
        let severity = match kind {
            Some(AddOnKind::Complete) => severity_of(*edition, service.days.from),
            Some(AddOnKind::Partial) => Severity::Warning,
            Some(AddOnKind::ByPayer) | None => continue,
        };
        if has_primary() {
            continue;
        }
        let message = format!(
            "Add-on code {} stands without a primary procedure ({}).",
            service.code,
            edition_name(*edition)
        );
        let element = place::procedure_element(run.claim);
        let at = place::of_line_element(run.claim, service.line, element, 2);
        let fix = "Bill the primary procedure on the same claim, or remove the line.";
        run.say(&ADD_ON, severity, at, (message, fix));
    }
}

/// Tables say nothing certain about days before they took effect.
fn severity_of(edition: DateRange, day: Date) -> Severity {
    if day < edition.from { Severity::Warning } else { Severity::Error }
}

fn edition_name(edition: DateRange) -> String {
    format!("NCCI table of {}", edition.from)
}
