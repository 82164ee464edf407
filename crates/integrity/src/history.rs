//! Earlier claims, as far as the engine asks: has this been billed before?

use counterfoil_base::{Cents, Text};
use counterfoil_claim::{Claim, ClaimDate, ClaimKind, FrequencyCode, Line};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// A digest of who was treated by whom, when and with what.
///
/// Two claims with the same fingerprint bill the same services. It leaves out what may differ
/// between two sendings of one claim: control numbers, charges, diagnoses, the payer's
/// identifier, how a name or a day is written, and the order of lines and modifiers. It is made
/// from personal data; treat it as an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceFingerprint(pub [u8; 16]);

impl ServiceFingerprint {
    /// The fingerprint of a claim's services, its patient being whom the claim names.
    #[must_use]
    pub fn of(claim: &Claim) -> ServiceFingerprint {
        ServiceFingerprint::with(claim, &patient_words(claim))
    }

    /// The same for a patient that the payer knows by an identifier of its own, whatever the
    /// claim calls him.
    #[must_use]
    pub fn of_patient(claim: &Claim, patient: &str) -> ServiceFingerprint {
        ServiceFingerprint::with(claim, &[patient])
    }

    /// The fingerprint for a sender, who may bill one service to one payer after the other.
    fn to_payer(claim: &Claim) -> ServiceFingerprint {
        let [id, born, name] = patient_words(claim);
        let payer = claim.payer.id.trim().to_ascii_lowercase();
        ServiceFingerprint::with(claim, &[&payer, &id, &born, &name])
    }

    fn with<T: AsRef<str>>(claim: &Claim, parties: &[T]) -> ServiceFingerprint {
        let mut hash = Sha256::new();
        put(
            &mut hash,
            match claim.kind {
                ClaimKind::Professional => "P",
                ClaimKind::Institutional => "I",
            },
        );
        hash.update((parties.len() as u64).to_be_bytes());
        parties.iter().for_each(|one| put(&mut hash, one.as_ref()));
        put(
            &mut hash,
            claim.billing_provider.npi().or(claim.billing_provider.tax_id()).unwrap_or(""),
        );
        if claim.kind == ClaimKind::Institutional {
            put(&mut hash, &claim.bill_type.facility_code);
            put_days(&mut hash, claim.dates.iter().find(|date| date.qualifier == "434"));
        }
        let rendering = claim.rendering_provider().npi().unwrap_or("");
        // The sum does not depend on the order of the lines.
        let digests = claim.lines.iter().map(|line| line_digest(line, rendering));
        hash.update(digests.fold(0u128, u128::wrapping_add).to_be_bytes());
        hash.update((claim.lines.len() as u64).to_be_bytes());
        ServiceFingerprint(first_16_bytes(hash))
    }
}

/// Member number, day of birth and first name, each without what two sendings may differ in.
fn patient_words(claim: &Claim) -> [String; 3] {
    let patient = claim.patient_person();
    let letters = patient.first_name.expose().chars().filter(|one| one.is_alphabetic());
    [
        claim.subscriber.person.id.expose().trim().to_ascii_lowercase(),
        patient.birth_date.expose().to_string(),
        letters.flat_map(char::to_lowercase).collect(),
    ]
}

pub(crate) fn put(hash: &mut Sha256, part: &str) {
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part);
}

/// A day and a period of that one day are the same (D8 and RD8).
fn put_days(hash: &mut Sha256, date: Option<&ClaimDate>) {
    match date.map(|date| date.range().ok_or(date)) {
        Some(Ok(days)) => put(hash, &format!("{}/{}", days.from, days.to)),
        Some(Err(unreadable)) => put(hash, &unreadable.value),
        None => put(hash, ""),
    }
}

/// The line with whoever rendered it: its own provider, else the claim's.
fn line_digest(line: &Line, rendering: &str) -> u128 {
    let mut hash = Sha256::new();
    put(&mut hash, line.procedure_code());
    let mut modifiers: Vec<&str> = line.modifiers().iter().map(Text::as_str).collect();
    modifiers.sort_unstable();
    modifiers.iter().for_each(|modifier| put(&mut hash, modifier));
    put(&mut hash, "/");
    put(&mut hash, &line.revenue_code);
    put(&mut hash, &line.units.to_string());
    put_days(&mut hash, line.dates.iter().find(|date| date.qualifier == "472"));
    put(&mut hash, line.drug.as_ref().map_or("", |drug| drug.code.as_str()));
    let own = line.providers.iter().find(|provider| provider.entity == "82");
    put(&mut hash, own.and_then(|provider| provider.npi()).unwrap_or(rendering));
    u128::from_be_bytes(first_16_bytes(hash))
}

pub(crate) fn first_16_bytes(hash: Sha256) -> [u8; 16] {
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
    fn find_services(&self, claim: &Claim) -> Option<EarlierClaim>;

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
    fn find_services(&self, _: &Claim) -> Option<EarlierClaim> {
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
        let fingerprint = ServiceFingerprint::to_payer(claim);
        match claim.frequency() {
            FrequencyCode::Void => drop(self.seen.remove(&fingerprint)),
            FrequencyCode::Original | FrequencyCode::Replacement => {
                self.seen.entry(fingerprint).or_insert(claim.source.segment);
            }
        }
    }
}

impl ClaimHistory for FileHistory<'_> {
    fn find_services(&self, claim: &Claim) -> Option<EarlierClaim> {
        let here =
            self.seen.get(&ServiceFingerprint::to_payer(claim)).map(|segment| EarlierClaim {
                place: format!("at segment {segment} of this run's files"),
                payer_claim_control_number: None,
            });
        here.or_else(|| self.older?.find_services(claim))
    }

    fn named_claim(&self, claim: &Claim) -> Option<NamedClaim> {
        self.older?.named_claim(claim)
    }
}
