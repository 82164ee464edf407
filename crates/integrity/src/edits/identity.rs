//! Are the providers' numbers possible ones? Runs when the segments were not checked.

use crate::acknowledge;
use crate::edits::{Edit, Run};
use crate::place;
use counterfoil_base::Position;
use counterfoil_claim::Party;
use counterfoil_x12::is_npi;

const NPI: Edit = Edit {
    code: "INT-5-npi-check-digit",
    snip: 5,
    cause: "An NPI has ten digits, the last of which checks the others (45 CFR 162.406).",
};

pub(super) fn check(run: &mut Run<'_>) {
    let claim = run.claim;
    let claim_loop = place::claim_loop(claim);
    let at = place::of_loop("NM1", 9, "2000A/2010AA".to_string());
    check_party(run, &claim.billing_provider, "billing provider", at);
    for provider in &claim.providers {
        let at = place::of_loop("NM1", 9, format!("{claim_loop}/2310"));
        check_party(run, provider, role(provider), at);
    }
    for line in &claim.lines {
        for provider in &line.providers {
            let mut at = place::of_loop("NM1", 9, format!("{claim_loop}/2400/2420"));
            at.service_line = Some(line.number);
            check_party(run, provider, role(provider), at);
        }
    }
}

fn check_party(run: &mut Run<'_>, party: &Party, role: &str, at: Position) {
    if party.npi().is_some_and(|npi| !is_npi(npi.as_bytes())) {
        let message = format!("The NPI of the {role} is not a possible one.");
        run.refuse(&NPI, at, message, "Correct the digits against the provider's enumeration.");
        if let Some(finding) = run.findings.last_mut() {
            finding.acknowledgement.status_entity = match role {
                "billing provider" => Some("85"),
                _ => acknowledge::entity_code(&party.entity),
            };
        }
    }
}

fn role(party: &Party) -> &'static str {
    match party.entity.as_str() {
        "82" => "rendering provider",
        "77" => "service facility",
        "DN" | "P3" => "referring provider",
        "DQ" => "supervising provider",
        "71" => "attending provider",
        "72" | "ZZ" => "operating provider",
        "DK" => "ordering provider",
        "QB" => "purchased service provider",
        _ => "provider",
    }
}
