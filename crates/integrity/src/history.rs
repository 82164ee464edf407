//! Earlier claims, as far as the engine asks: has this been billed before?

use counterfoil_base::{Cents, Text};
use counterfoil_claim::{Claim, ClaimKind, FrequencyCode, Line};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// A digest of who was treated by whom, when and with what.
///
/// Two claims with the same fingerprint bill the same services. It leaves out what may differ
/// between two sendings of one claim: control numbers, charges, diagnoses and the order of
/// lines. It is made from personal data; treat it as an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceFingerprint(pub [u8; 16]);

impl ServiceFingerprint {
    /// The fingerprint of a claim's services.
    #[must_use]
    pub fn of(claim: &Claim) -> ServiceFingerprint {
        let mut hash = Sha256::new();
        let mut put = |part: &str| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        put(match claim.kind {
            ClaimKind::Professional => "P",
            ClaimKind::Institutional => "I",
        });
        put(&claim.payer.id);
        put(claim.subscriber.person.id.expose());
        let patient = claim.patient_person();
        put(patient.birth_date.expose());
        put(patient.first_name.expose());
        put(claim.billing_provider.npi().or(claim.billing_provider.tax_id()).unwrap_or(""));
        put(claim.rendering_provider().npi().unwrap_or(""));
        if claim.kind == ClaimKind::Institutional {
            put(&claim.bill_type.facility_code);
            let statement = claim.dates.iter().find(|date| date.qualifier == "434");
            put(statement.map_or("", |date| date.value.as_str()));
        }
        // The sum does not depend on the order of the lines.
        let lines = claim.lines.iter().map(line_digest).fold(0u128, u128::wrapping_add);
        hash.update(lines.to_be_bytes());
        hash.update((claim.lines.len() as u64).to_be_bytes());
        ServiceFingerprint(first_16_bytes(hash))
    }
}

fn line_digest(line: &Line) -> u128 {
    let mut hash = Sha256::new();
    let mut put = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    put(line.procedure_code());
    line.modifiers().iter().for_each(|modifier| put(modifier));
    put("/");
    put(&line.revenue_code);
    put(&line.units.to_string());
    let service = line.dates.iter().find(|date| date.qualifier == "472");
    put(service.map_or("", |date| date.value.as_str()));
    put(line.drug.as_ref().map_or("", |drug| drug.code.as_str()));
    let rendering = line.providers.iter().find(|provider| provider.entity == "82");
    put(rendering.and_then(|provider| provider.npi()).unwrap_or(""));
    u128::from_be_bytes(first_16_bytes(hash))
}

fn first_16_bytes(hash: Sha256) -> [u8; 16] {
    let digest = hash.finalize();
    let mut first = [0; 16];
    first.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
    first
}

/// An earlier claim for the same services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierClaim {
    /// Where it was met, in words without personal data: `at segment 52 of this file`.
    pub place: String,
    /// The payer's number of it, when it has one.
    pub payer_claim_control_number: Option<Text>,
}

/// What a payer holds under the number that a replacement or void names, beside that claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedClaim {
    /// No claim has the number.
    Unknown,
    /// The claim is another billing provider's.
    OtherProvider,
    /// The claim is of another member, or of another patient of the same family.
    OtherPatient,
    /// One is professional, the other institutional.
    OtherKind,
    /// The two share no day of service.
    OtherDays,
    /// The claim was taken back: `replaced by claim 123 on 2025-07-08`.
    TakenBack(String),
    /// The claim is not decided yet.
    Waits,
    /// The claim was returned and never taken in.
    Returned,
    /// The claim stands and can be replaced or voided.
    Stands {
        /// What it charges.
        charge_cents: Cents,
    },
}

/// What the engine asks of the past; the caller answers from a file, a database or not at all.
pub trait ClaimHistory {
    /// The earlier claim for the same services that still stands (not voided), if any.
    fn find_services(&self, fingerprint: ServiceFingerprint) -> Option<EarlierClaim>;

    /// What the payer holds under the number that a replacement or void names (REF F8).
    /// Nothing when the claim names none, or the history cannot tell.
    fn named_claim(&self, claim: &Claim) -> Option<NamedClaim> {
        let _ = claim;
        None
    }
}

/// No past at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

impl ClaimHistory for NoHistory {
    fn find_services(&self, _: ServiceFingerprint) -> Option<EarlierClaim> {
        None
    }
}

/// The claims of one run in memory, 24 bytes a claim, over an older history if there is one.
#[derive(Default)]
pub struct FileHistory<'a> {
    seen: FxHashMap<ServiceFingerprint, u64>,
    older: Option<&'a dyn ClaimHistory>,
}

impl<'a> FileHistory<'a> {
    /// Begins empty over an older history.
    #[must_use]
    pub fn over(older: &'a dyn ClaimHistory) -> FileHistory<'a> {
        FileHistory { seen: FxHashMap::default(), older: Some(older) }
    }

    /// Remembers a claim that was taken in; a void takes its services out again.
    pub fn record(&mut self, claim: &Claim) {
        let fingerprint = ServiceFingerprint::of(claim);
        match claim.frequency() {
            FrequencyCode::Void => drop(self.seen.remove(&fingerprint)),
            FrequencyCode::Original | FrequencyCode::Replacement => {
                self.seen.entry(fingerprint).or_insert(claim.source.segment);
            }
        }
    }
}

impl ClaimHistory for FileHistory<'_> {
    fn find_services(&self, fingerprint: ServiceFingerprint) -> Option<EarlierClaim> {
        let here = self.seen.get(&fingerprint).map(|segment| EarlierClaim {
            place: format!("at segment {segment} of this run's files"),
            payer_claim_control_number: None,
        });
        here.or_else(|| self.older?.find_services(fingerprint))
    }

    fn named_claim(&self, claim: &Claim) -> Option<NamedClaim> {
        self.older?.named_claim(claim)
    }
}
