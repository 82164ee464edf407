//! By which names an 835 names its payer, and what is said when they are not those of the claims.

use counterfoil_base::{Finding, Position};
use counterfoil_claim::{RemittanceAdvice, RemittanceClaim};

/// The identifiers by which an 835 names its payer; each may be empty.
pub(super) struct PayerNames<'a> {
    /// REF 2U.
    pub(super) on_claims: &'a str,
    /// N104 of N1 PR.
    pub(super) organization: &'a str,
    /// TRN03.
    pub(super) company: &'a str,
}

impl PayerNames<'_> {
    pub(super) fn of(advice: &RemittanceAdvice) -> PayerNames<'_> {
        let references = &advice.payer.references;
        let on_claims = references.iter().find(|one| one.qualifier == "2U");
        PayerNames {
            on_claims: on_claims.map_or("", |one| one.value.as_str()),
            organization: &advice.payer.id,
            company: &advice.payment.payer_identifier,
        }
    }

    /// True when claims name this payer so. REF 2U decides alone where it is given.
    pub(super) fn has(&self, payer_id: &str) -> bool {
        if !self.on_claims.is_empty() {
            return self.on_claims == payer_id;
        }
        self.all().any(|name| name == payer_id)
    }

    /// Every name beside REF 2U.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        // TRN03 is 1 and the tax number.
        let tax_number = self.company.strip_prefix('1').filter(|rest| rest.len() == 9);
        let names = [self.organization, self.company, tax_number.unwrap_or("")];
        names.into_iter().filter(|name| !name.is_empty())
    }

    pub(super) fn first(&self) -> &str {
        let names = [self.on_claims, self.organization, self.company];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or("")
    }
}

pub(super) fn of_other_payer() -> Finding {
    let message = "The 835 names another payer than the partner that sent it.";
    Finding::error("OPS-7-remittance-of-another-payer", 7, message)
        .at(Position {
            segment_id: "N1".to_owned(),
            loop_path: "1000A".to_owned(),
            ..Position::default()
        })
        .because("What comes with a partner's record answers claims to that partner alone.")
        .fix("Ask the partner for an 835 of its own; nothing of this one was posted.")
}

pub(super) fn named_otherwise() -> Finding {
    let message = "The 835 names its payer otherwise than its claims were billed.";
    Finding::note("OPS-7-payer-named-otherwise", 7, message)
        .at(Position {
            segment_id: "N1".to_owned(),
            loop_path: "1000A".to_owned(),
            ..Position::default()
        })
        .because("No identifier of the payer (REF 2U, N1 PR, TRN03) is one that was billed.")
        .fix("It was posted to the payer of most of its claims; check that this is the same one.")
}

pub(super) fn of_another_payer(claim: &RemittanceClaim) -> Finding {
    let number = &claim.patient_control_number;
    let message = format!("Claim {number} was billed to another payer than the one of the 835.");
    Finding::warning("OPS-7-answer-of-another-payer", 7, message)
        .at(Position {
            segment: (claim.segment > 0).then_some(claim.segment),
            segment_id: "CLP".to_owned(),
            loop_path: "2000/2100".to_owned(),
            ..Position::default()
        })
        .because("The receivables hold the claim, but not with this payer.")
        .fix(
            "Book the claim as it was sent to this payer, or correct its payer; until then the \
              money waits.",
        )
}
