//! Loops 2320 and 2330: another payer of the same claim.

use super::{SBR, current, subscriber_information};
use crate::model::OtherPayer;
use crate::read::{Named, Reading, Scope, Unread};
use counterfoil_x12::Located;

const OI: Named = Named::simple(&[3, 4, 6]);

/// The other payer as far as it is read.
pub(super) struct OtherPayerBuilder {
    /// Occurrence of its loop 2320.
    pub(super) instance: u32,
    other_payer: OtherPayer,
    scope: Scope,
    provider_instance: u32,
}

impl OtherPayerBuilder {
    pub(super) fn new(instance: u32) -> OtherPayerBuilder {
        OtherPayerBuilder {
            instance,
            other_payer: OtherPayer::default(),
            scope: Scope::default(),
            provider_instance: 0,
        }
    }

    pub(super) fn segment(&mut self, reading: &mut Reading<'_>, at: &Located<'_>) {
        self.scope.occurrence(at);
        let (other, scope) = (&mut self.other_payer, &mut self.scope);
        match (at.loop_id, at.segment.id_bytes()) {
            ("2320", b"SBR") if other.subscriber.payer_responsibility.is_empty() => {
                subscriber_information(reading, at, &mut other.subscriber);
                reading.carry_rest(at, &SBR, &Unread::default(), (scope, 1));
            }
            ("2320", b"CAS") => reading.adjustments(at, &mut other.adjustments, scope),
            ("2320", b"AMT") => reading.amount(at, &mut other.amounts, scope),
            ("2320", b"OI") if other.release_of_information.is_empty() => {
                other.benefits_assignment = reading.text(at, 3);
                other.patient_signature = reading.text(at, 4);
                other.release_of_information = reading.text(at, 6);
                reading.carry_rest(at, &OI, &Unread::default(), (scope, 1));
            }
            ("2330A", _) => reading.person_segment(at, &mut other.subscriber.person, scope),
            ("2330B", b"DTP") => reading.date_or_span(at, &mut other.dates, scope),
            ("2330B", _) => reading.party_segment(at, &mut other.payer, scope),
            ("2320", _) => reading.carry(at, scope),
            _ => {
                let is_new = std::mem::replace(&mut self.provider_instance, at.loop_instance)
                    != at.loop_instance;
                let party = current(&mut other.providers, is_new);
                reading.party_segment(at, party, scope);
            }
        }
    }

    pub(super) fn finish(self) -> OtherPayer {
        OtherPayer { carried: self.scope.carried, ..self.other_payer }
    }
}
