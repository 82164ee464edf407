//! The fingerprint of services as programs before schema version 9 made it: a payer finds the
//! claims that it took in then by it, since a claim that was decided is not kept whole.

use crate::history::{ServiceFingerprint, first_16_bytes, put};
use counterfoil_claim::{Claim, ClaimKind, Line};
use sha2::{Digest, Sha256};

impl ServiceFingerprint {
    /// The fingerprint of the first edition, with names, days and the payer's identifier as the
    /// claim writes them.
    #[must_use]
    pub fn of_first_edition(claim: &Claim) -> ServiceFingerprint {
        let mut hash = Sha256::new();
        let is_institutional = claim.kind == ClaimKind::Institutional;
        put(&mut hash, if is_institutional { "I" } else { "P" });
        put(&mut hash, &claim.payer.id);
        put(&mut hash, claim.subscriber.person.id.expose());
        let patient = claim.patient_person();
        put(&mut hash, patient.birth_date.expose());
        put(&mut hash, patient.first_name.expose());
        let billing = &claim.billing_provider;
        put(&mut hash, billing.npi().or(billing.tax_id()).unwrap_or(""));
        put(&mut hash, claim.rendering_provider().npi().unwrap_or(""));
        if is_institutional {
            put(&mut hash, &claim.bill_type.facility_code);
            let statement = claim.dates.iter().find(|date| date.qualifier == "434");
            put(&mut hash, statement.map_or("", |date| date.value.as_str()));
        }
        let lines = claim.lines.iter().map(line_digest).fold(0u128, u128::wrapping_add);
        hash.update(lines.to_be_bytes());
        hash.update((claim.lines.len() as u64).to_be_bytes());
        ServiceFingerprint(first_16_bytes(hash))
    }
}

fn line_digest(line: &Line) -> u128 {
    let mut hash = Sha256::new();
    put(&mut hash, line.procedure_code());
    line.modifiers().iter().for_each(|modifier| put(&mut hash, modifier));
    put(&mut hash, "/");
    put(&mut hash, &line.revenue_code);
    put(&mut hash, &line.units.to_string());
    let service = line.dates.iter().find(|date| date.qualifier == "472");
    put(&mut hash, service.map_or("", |date| date.value.as_str()));
    put(&mut hash, line.drug.as_ref().map_or("", |drug| drug.code.as_str()));
    let rendering = line.providers.iter().find(|provider| provider.entity == "82");
    put(&mut hash, rendering.and_then(|provider| provider.npi()).unwrap_or(""));
    u128::from_be_bytes(first_16_bytes(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::office_claim;

    /// Databases hold these digests: the value is that of the program that wrote them.
    #[test]
    fn the_first_edition_stays_as_it_was() {
        let mut claim = office_claim(&["T1015", "J1885"]);
        let digits = |claim: &Claim| -> String {
            let ServiceFingerprint(bytes) = ServiceFingerprint::of_first_edition(claim);
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        assert_eq!(digits(&claim), "18ee602e761df5e0838e1cde8c09a167");
        claim.kind = ClaimKind::Institutional;
        claim.bill_type.facility_code = "11".into();
        assert_eq!(digits(&claim), "17fd44bc1426af35798a57dde17cf897");
    }
}
