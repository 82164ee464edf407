//! Was the claim sent in time?

use crate::edits::{Edit, Run};
use crate::place;
use counterfoil_base::{Date, Position, Severity, days_between};
use counterfoil_claim::{ClaimKind, FrequencyCode};

const LATE: Edit = Edit {
    code: "INT-7-timely-filing",
    snip: 7,
    cause: "The payer takes claims for a limited time after the service (Medicare: one calendar \
            year, 42 CFR 424.44; others by contract).",
};

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    let (Some(received_on), Some(limit)) = (run.received_on, limit_days(run)) else { return };
    // A professional line counts from its first day, a stay from its last (42 CFR 424.44).
    let judged: Option<(Date, Position)> = match claim.kind {
        ClaimKind::Institutional => {
            claim.service_dates().map(|days| (days.to, place::of_claim(claim)))
        }
        ClaimKind::Professional => {
            let lines = claim.lines.iter();
            let dated = lines.filter_map(|line| Some((line.service_dates()?.from, line)));
            dated
                .min_by_key(|(from, _)| *from)
                .map(|(from, line)| (from, place::of_line(claim, line)))
        }
    };
    let Some((day, at)) = judged else { return };
    let days = days_between(day, received_on);
    if days <= i64::from(limit) {
        return;
    }
    let message = format!("The claim came {days} days after the service; the limit is {limit}.");
    let accepted = &run.config.delay_reasons_accepted;
    if accepted.contains(&claim.delay_reason) {
        let fix = "Keep the proof of the delay; the payer judges the delay reason (CLM20).";
        run.say(&LATE, Severity::Warning, at, (message, fix));
    } else {
        let fix = "Appeal with proof of timely filing, or send the delay reason (CLM20).";
        run.refuse(&LATE, at, message, fix);
    }
}

fn limit_days(run: &Run<'_>) -> Option<u32> {
    match run.claim.frequency() {
        FrequencyCode::Original => run.config.filing_limit_days,
        FrequencyCode::Replacement | FrequencyCode::Void => run.config.correction_limit_days,
    }
}
