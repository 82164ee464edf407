//! What the round-trip tests share: reading whole files, and models without their positions.

use counterfoil_base::Finding;
use counterfoil_claim::{Claim, LossReport, RemittanceAdvice, SourcePosition, read_file};
use counterfoil_x12::ReadOptions;

/// Everything that a file holds.
#[derive(Default)]
pub struct Whole {
    pub claims: Vec<Claim>,
    pub advices: Vec<RemittanceAdvice>,
    /// Findings of the mapping itself, as code and element.
    pub findings: Vec<String>,
    pub loss: LossReport,
}

/// Reads a file of claims or payments.
pub fn read_all(bytes: &[u8]) -> Whole {
    let contents = read_file(bytes, ReadOptions::default());
    let short = |finding: &Finding| {
        let position = &finding.position;
        format!("{} {}-{}", finding.code, position.segment_id, position.element)
    };
    let of_claims = contents.claims.iter().flat_map(|read| &read.findings);
    let of_advices = contents.remittances.iter().flat_map(|read| &read.findings);
    Whole {
        findings: of_claims.chain(of_advices).map(short).collect(),
        claims: contents.claims.into_iter().map(|read| read.claim).collect(),
        advices: contents.remittances.into_iter().map(|read| read.advice).collect(),
        loss: contents.loss,
    }
}

/// The claim without its position in the file, which another layout of the same claim changes.
pub fn comparable(mut claim: Claim) -> Claim {
    claim.source = SourcePosition {
        batch_reference: claim.source.batch_reference,
        ..SourcePosition::default()
    };
    for line in &mut claim.lines {
        line.segment = 0;
        line.offset = 0;
    }
    claim
}

/// The advice without its position in the file.
pub fn comparable_advice(mut advice: RemittanceAdvice) -> RemittanceAdvice {
    advice.source = SourcePosition::default();
    for claim in &mut advice.claims {
        claim.segment = 0;
        claim.offset = 0;
    }
    advice
}
