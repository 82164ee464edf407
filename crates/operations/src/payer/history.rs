//! The payer's claims on record as the clean-claim engine asks for them.

use super::adjudication::{begin_explanation_line, kind_word};
use super::parties::payee_key;
use counterfoil_adjudicate::Members;
use counterfoil_base::{Date, Text};
use counterfoil_claim::{Claim, ClaimState, FrequencyCode, RemittanceClaim};
use counterfoil_integrity::{ClaimHistory, EarlierClaim, NamedClaim, ServiceFingerprint};
use counterfoil_store::{ClaimRow, StoreError, Transaction};
use std::cell::RefCell;

/// By what the services of a claim are found among those on record.
pub(crate) struct Services {
    /// As the claim itself is recorded.
    pub(crate) now: ServiceFingerprint,
    /// As claims of an older program were, when the database has any, and the last of those.
    pub(crate) first_edition: Option<(ServiceFingerprint, i64)>,
}

impl Services {
    /// Whoever the claim calls its patient, it is the member that it is decided for.
    pub(crate) fn of(
        claim: &Claim,
        members: &Members,
        first_edition_last: Option<i64>,
    ) -> Services {
        let member = members.patient(claim).map(|member| &member.member_id);
        Services {
            now: match member {
                Some(id) => ServiceFingerprint::of_patient(claim, id.expose()),
                None => ServiceFingerprint::of(claim),
            },
            first_edition: first_edition_last
                .map(|last| (ServiceFingerprint::of_first_edition(claim), last)),
        }
    }
}

/// Answers from the store; a database error is kept and must be asked for after the check.
pub(crate) struct StoreHistory<'t, 'c> {
    transaction: &'t Transaction<'c>,
    services: &'t Services,
    /// Claims that are no earlier ones: the claim itself, and the one that it replaces.
    ignored: Vec<String>,
    /// The database's number of the claim itself, when it is on record.
    own_id: Option<i64>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreHistory<'t, 'c> {
    /// The history of a claim, without itself and the earlier claim that it replaces or voids
    /// (REF F8). An original claim takes nothing back, whatever it names. `own` are the payer's
    /// and the database's number of a claim that is on record.
    pub(crate) fn of(
        transaction: &'t Transaction<'c>,
        (claim, services): (&Claim, &'t Services),
        own: Option<(&str, i64)>,
    ) -> StoreHistory<'t, 'c> {
        let corrects = claim.frequency() != FrequencyCode::Original;
        let named = claim.payer_claim_control_number().filter(|_| corrects);
        let own_number = own.map(|(number, _)| number);
        let ignored = own_number.into_iter().chain(named).map(str::to_owned).collect();
        let own_id = own.map(|(_, id)| id);
        StoreHistory { transaction, services, ignored, own_id, error: RefCell::new(None) }
    }

    /// The first database error of the questions so far.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

impl ClaimHistory for StoreHistory<'_, '_> {
    fn find_services(&self, _: &Claim) -> Option<EarlierClaim> {
        let Services { now, first_edition } = *self.services;
        let first_edition = first_edition.map(|(fingerprint, last)| (fingerprint, Some(last)));
        let editions = [Some((now, None)), first_edition].into_iter().flatten();
        let (number, state) = editions.into_iter().find_map(|(fingerprint, last)| {
            let bounds = (self.own_id, last);
            let found = self.transaction.claims_by_fingerprint(&fingerprint.0, bounds);
            self.ask(found)?.into_iter().find(|(number, _)| !self.ignored.contains(number))
        })?;
        Some(EarlierClaim {
            place: format!("as claim {number}, now {state}"),
            payer_claim_control_number: Some(Text::from(number)),
        })
    }

    fn named_claim(&self, claim: &Claim) -> Option<NamedClaim> {
        let number = claim.payer_claim_control_number()?;
        let row = self.ask(self.transaction.claim(number))?;
        Some(row.map_or(NamedClaim::Unknown, |row| named_claim(&row, claim)))
    }
}

/// The rule under which a taken-back claim's explanation says by what and when.
const TAKEN_BACK: &str = "payer.take-back";

/// One more line of a claim's explanation: that it was taken back.
pub(super) fn note_taken_back(explanation: &mut String, how: &str) {
    begin_explanation_line(explanation, None, (TAKEN_BACK, env!("CARGO_PKG_VERSION")));
    explanation.push_str(how);
    explanation.push('\n');
}

fn taken_back(row: &ClaimRow) -> NamedClaim {
    let explanation = row.update.explanation.expose();
    let noted = explanation.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once('\t')?;
        let (rule, how) = rest.split_once('\t')?;
        rule.starts_with(TAKEN_BACK).then(|| how.to_owned())
    });
    let plain = || match row.update.state {
        ClaimState::Voided => "voided".to_owned(),
        _ => "replaced".to_owned(),
    };
    NamedClaim::TakenBack(noted.unwrap_or_else(plain))
}

/// What a claim on record is to the replacement or void that names it. Another provider or
/// patient learns nothing of the claim but that it is not his.
pub(super) fn named_claim(row: &ClaimRow, claim: &Claim) -> NamedClaim {
    if row.payee_key != payee_key(&claim.billing_provider).as_str() {
        return NamedClaim::OtherProvider;
    }
    let member = claim.subscriber.person.id.expose();
    if !row.member_id.expose().trim().eq_ignore_ascii_case(member.trim()) {
        return NamedClaim::OtherPatient;
    }
    match row.update.state {
        ClaimState::Approved | ClaimState::Paid | ClaimState::Denied => {}
        ClaimState::Rejected => return NamedClaim::Returned,
        ClaimState::Reversed | ClaimState::Voided => return taken_back(row),
        _ => return NamedClaim::Waits,
    }
    if !is_same_patient(row, claim) {
        return NamedClaim::OtherPatient;
    }
    if row.kind != kind_word(claim.kind) {
        return NamedClaim::OtherKind;
    }
    if !shares_days(row, claim) {
        return NamedClaim::OtherDays;
    }
    NamedClaim::Stands { charge_cents: row.charge_cents }
}

/// A family shares a member number: the first name tells its people apart, as the remittance of
/// the earlier claim has it.
fn is_same_patient(row: &ClaimRow, claim: &Claim) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|one| one.is_alphabetic()).flat_map(char::to_lowercase).collect()
    };
    let stored = std::str::from_utf8(row.update.remittance_loop.expose()).ok();
    let Some(earlier) = stored.and_then(RemittanceClaim::from_stored) else { return false };
    let now = claim.patient_person();
    letters(earlier.patient.first_name.expose()) == letters(now.first_name.expose())
}

/// True when the two claims have a day in common, or when a replacement says by condition code
/// D0 (changes to service dates, NUBC) that the days were wrong.
fn shares_days(row: &ClaimRow, claim: &Claim) -> bool {
    let changes_dates = claim.frequency() == FrequencyCode::Replacement
        && claim.coded_values.iter().any(|one| one.qualifier == "BG" && one.code == "D0");
    let earlier = row.service_from.parse::<Date>().ok().zip(row.service_to.parse::<Date>().ok());
    match (claim.service_dates(), earlier) {
        (Some(now), Some((from, to))) => changes_dates || (now.from <= to && from <= now.to),
        // A claim without a day is refused for that.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_base::{Cents, Phi};
    use counterfoil_store::{ClaimUpdate, Store};

    fn row(fingerprint: ServiceFingerprint) -> ClaimRow {
        let text = String::new;
        ClaimRow {
            claim_control_number: "123".to_owned(),
            source_file: "file".to_owned(),
            source_ordinal: 1,
            patient_control_number: "EV-1".to_owned(),
            billing_provider: text(),
            payee_key: text(),
            member_id: Phi::new(text()),
            kind: "P".to_owned(),
            frequency: "1".to_owned(),
            fingerprint: fingerprint.0,
            received_on: text(),
            service_from: text(),
            service_to: text(),
            charge_cents: Cents::ZERO,
            source_segment: 1,
            source_offset: 1,
            claim_bytes: Phi::default(),
            update: ClaimUpdate {
                state: ClaimState::Approved,
                reason: text(),
                allowed_cents: Cents::ZERO,
                paid_cents: Cents::ZERO,
                patient_cents: Cents::ZERO,
                withhold_cents: Cents::ZERO,
                interest_cents: Cents::ZERO,
                decided_on: text(),
                decided_by: text(),
                remittance_loop: Phi::default(),
                accumulator_changes: text(),
                explanation: Phi::default(),
                payment_trace: text(),
                plan_id: text(),
            },
            replaces: text(),
            relationship_id: 0,
        }
    }

    #[test]
    fn a_claim_of_an_older_program_is_found_by_the_fingerprint_of_its_time() {
        let mut store = Store::open_in_memory().unwrap();
        let claim = Claim::default();
        let asked: Result<Vec<bool>, StoreError> = store.transaction("ask", |tx| {
            tx.insert_claim(&row(ServiceFingerprint::of_first_edition(&claim)))?;
            let found = [Some(1), Some(0), None].map(|last| {
                let services = Services::of(&claim, &Members::default(), last);
                let history = StoreHistory::of(tx, (&claim, &services), None);
                history.find_services(&claim).is_some()
            });
            Ok(found.to_vec())
        });
        assert_eq!(asked.unwrap(), [true, false, false]);
    }
}
