//! From claims to the segments of one 837P or 837I transaction set.
//!
//! Neighbouring claims that share billing provider, subscriber and patient share the
//! hierarchical levels (HL); claims keep their order, so that the same claims give the same
//! bytes.

mod claim;
mod levels;

use crate::carried::CarriedSegment;
use crate::model::Claim;
use crate::write::{Draft, Sink, WriteError};
use claim::write_claim;
pub(crate) use levels::same_transaction;
use levels::{Level, carried_of, same_patient, same_provider, same_subscriber};

/// Values of BHT for claims that do not bring their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BatchDefaults<'a> {
    /// BHT03.
    pub reference: &'a str,
    /// BHT04.
    pub date: &'a str,
    /// BHT05.
    pub time: &'a str,
}

/// Hands on the segments of a transaction set between ST and SE; all claims share its header.
pub(crate) fn compose(
    claims: &[Claim],
    defaults: &BatchDefaults<'_>,
    sink: Sink<'_>,
) -> Result<(), WriteError> {
    let Some(first) = claims.first() else { return Ok(()) };
    let mut writer = LevelWriter { draft: Draft::default(), level_count: 0 };
    writer.header(first, defaults, sink)?;
    let mut rest = claims;
    while let Some(first) = rest.first() {
        let together = rest.iter().take_while(|claim| same_provider(first, claim)).count();
        let (provider_claims, others) = rest.split_at(together);
        writer.provider(provider_claims, sink)?;
        rest = others;
    }
    Ok(())
}

struct LevelWriter {
    draft: Draft,
    /// HL01 of the latest level.
    level_count: u64,
}

impl LevelWriter {
    fn header(
        &mut self,
        first: &Claim,
        defaults: &BatchDefaults<'_>,
        sink: Sink<'_>,
    ) -> Result<(), WriteError> {
        fn or<'t>(own: &'t str, default: &'t str) -> &'t str {
            if own.is_empty() { default } else { own }
        }
        let batch = &first.batch;
        self.draft.open("HEADER");
        self.draft
            .segment("BHT")
            .usual("0019")
            .text(or(&batch.purpose, "00"))
            .text(or(&first.source.batch_reference, defaults.reference))
            .text(or(&batch.date, defaults.date))
            .text(or(&batch.time, defaults.time))
            .text(or(&batch.content, "CH"))
            .end();
        self.draft.open("1000A");
        self.draft.party(&first.submitter);
        self.draft.open("1000B");
        self.draft.party(&first.receiver);
        self.draft.flush(carried_of(first, Level::Header), sink)
    }

    /// HL: number, parent, level code, and whether a level follows below.
    fn level(&mut self, parent: Option<u64>, code: &str, has_children: bool) -> u64 {
        self.level_count += 1;
        let number = self.level_count;
        self.draft
            .segment("HL")
            .text(&number.to_string())
            .text(&parent.map_or_else(String::new, |parent| parent.to_string()))
            .text(code)
            .text(if has_children { "1" } else { "0" })
            .end();
        number
    }

    /// 2000A and everything below, for claims of one billing provider.
    fn provider(&mut self, claims: &[Claim], sink: Sink<'_>) -> Result<(), WriteError> {
        let Some(first) = claims.first() else { return Ok(()) };
        self.draft.open("2000A");
        let number = self.level(None, "20", true);
        self.draft.provider_information(&first.billing_provider);
        self.draft.open("2010AA");
        self.draft.party_name(&first.billing_provider, 0);
        self.draft.party_details(&first.billing_provider);
        if let Some(address) = &first.pay_to_address {
            self.draft.open("2010AB");
            self.draft.segment("NM1").usual("87").usual("2").end();
            self.draft.address(Some(address));
        }
        if let Some(plan) = &first.pay_to_plan {
            self.draft.open("2010AC");
            self.draft.party(plan);
        }
        self.draft.flush(carried_of(first, Level::Provider), sink)?;
        let mut rest = claims;
        while let Some(first) = rest.first() {
            let together = subscriber_run(first, rest);
            let (subscriber_claims, others) = rest.split_at(together);
            self.subscriber(subscriber_claims, number, sink)?;
            rest = others;
        }
        Ok(())
    }

    /// 2000B and everything below, for claims of one subscriber.
    fn subscriber(
        &mut self,
        claims: &[Claim],
        provider: u64,
        sink: Sink<'_>,
    ) -> Result<(), WriteError> {
        let Some(first) = claims.first() else { return Ok(()) };
        let subscriber = &first.subscriber;
        self.draft.open("2000B");
        let has_dependents = claims.iter().any(|claim| claim.patient.is_some());
        let number = self.level(Some(provider), "22", has_dependents);
        self.draft.subscriber_information(subscriber);
        self.draft.open("2010BA");
        self.draft.person("IL", &subscriber.person);
        self.draft.open("2010BB");
        self.draft.party(&first.payer);
        self.draft.flush(carried_of(first, Level::Subscriber), sink)?;
        let mut previous: Option<&Claim> = None;
        for claim in claims {
            if let Some(patient) = &claim.patient
                && previous.is_none_or(|before| !same_patient(before, claim))
            {
                self.draft.open("2000C");
                self.level(Some(number), "23", false);
                self.draft.segment("PAT").text(&claim.patient_relationship).end();
                self.draft.open("2010CA");
                self.draft.person("QC", patient);
                self.draft.flush(carried_of(claim, Level::Patient), sink)?;
            }
            write_claim(&mut self.draft, claim, sink)?;
            previous = Some(claim);
        }
        Ok(())
    }
}

/// How many claims from the first on share one subscriber level: those of the subscriber come
/// before those of dependents, because the level of a dependent ends only with the next one.
fn subscriber_run(first: &Claim, claims: &[Claim]) -> usize {
    let mut dependent_seen = false;
    let belongs = |claim: &&Claim| {
        let fits = claim.patient.is_some() || !dependent_seen;
        dependent_seen |= claim.patient.is_some();
        fits && same_subscriber(first, claim)
    };
    claims.iter().take_while(belongs).count()
}

/// What a claim carries of its own loops 2300 and 2310, apart from the rest of diagnoses,
/// which is written with them.
fn own_carried(claim: &Claim) -> impl Iterator<Item = &CarriedSegment> {
    let is_diagnosis =
        |item: &CarriedSegment| item.segment_occurrence > 0 && item.segment_id() == "HI";
    carried_of(claim, Level::Claim).filter(move |item| !is_diagnosis(item))
}
