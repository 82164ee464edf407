//! From a remittance advice to the segments of one 835 transaction set.

use crate::carried::CarriedSegment;
use crate::read_835::is_group;
use crate::read_835::payment::{INSURED_NM1, MIA_REMARKS, MOA_REMARKS, OTHER_NM1, PATIENT_NM1};
use crate::remittance::{
    PaymentHeader, ProviderAdjustment, RemittanceAdvice, RemittanceClaim, RemittanceLine,
    RemittancePerson,
};
use crate::write::parts::procedure_components;
use crate::write::{Draft, Sink, WriteError};
use counterfoil_base::{Text, Units, format_ccyymmdd};

/// A PLB holds six pairs of reason and amount.
const ADJUSTMENTS_PER_PLB: usize = 6;

/// Hands on the segments of a transaction set between ST and SE.
pub(crate) fn compose(advice: &RemittanceAdvice, sink: Sink<'_>) -> Result<(), WriteError> {
    let mut draft = Draft::default();
    draft.header(advice);
    draft.flush(advice.carried.iter().filter(|item| !is_later(item)), sink)?;
    let mut previous: Option<&RemittanceClaim> = None;
    for claim in &advice.claims {
        let starts_group = previous.is_none_or(|before| {
            before.header_number != claim.header_number || claim.carried.iter().any(is_group)
        });
        if starts_group {
            draft.open("2000");
            let number = claim.header_number.as_str();
            draft.segment("LX").text(if number.is_empty() { "1" } else { number }).end();
            draft.flush(claim.carried.iter().filter(|item| is_group(item)), sink)?;
        }
        draft.whole_claim(claim, sink)?;
        previous = Some(claim);
    }
    draft.flush(advice.carried.iter().filter(|item| is_group(item)), sink)?;
    draft.open("SUMMARY");
    draft.provider_adjustments(&advice.provider_adjustments);
    draft.flush(advice.carried.iter().filter(|item| item.loop_id == "SUMMARY"), sink)
}

/// Hands on the segments of one claim payment alone, from CLP to its last line.
pub(crate) fn compose_claim(claim: &RemittanceClaim, sink: Sink<'_>) -> Result<(), WriteError> {
    Draft::default().whole_claim(claim, sink)
}

/// Claim groups without claims and provider adjustments come after the claims.
fn is_later(item: &CarriedSegment) -> bool {
    is_group(item) || item.loop_id == "SUMMARY"
}

impl Draft {
    fn header(&mut self, advice: &RemittanceAdvice) {
        let payment = &advice.payment;
        self.open("HEADER");
        self.payment_order(payment);
        self.segment("TRN")
            .usual("1")
            .text(&payment.trace_number)
            .text(&payment.payer_identifier)
            .text(&payment.originator_supplement)
            .end();
        if !advice.receiver_id.is_empty() {
            self.segment("REF").text("EV").text(&advice.receiver_id).end();
        }
        if let Some(date) = advice.production_date {
            self.segment("DTM").text("405").text(&format_ccyymmdd(date)).end();
        }
        for (id, party) in [("1000A", &advice.payer), ("1000B", &advice.payee)] {
            self.open(id);
            if !party.entity.is_empty() {
                self.segment("N1")
                    .text(&party.entity)
                    .text(&party.name)
                    .text(&party.id_qualifier)
                    .text(&party.id)
                    .end();
            }
            self.party_details(party);
        }
    }

    fn payment_order(&mut self, payment: &PaymentHeader) {
        fn with<'t>(owner: &Text, qualifier: &'t str) -> &'t str {
            if owner.is_empty() { "" } else { qualifier }
        }
        self.segment("BPR")
            .text(&payment.handling)
            .cents(payment.amount_cents)
            .text(&payment.credit_debit)
            .text(&payment.method)
            .text(&payment.format)
            .usual(with(&payment.payer_routing, "01"))
            .text(&payment.payer_routing)
            .usual(with(&payment.payer_account, "DA"))
            .text(&payment.payer_account)
            .text(&payment.originator)
            .empty()
            .usual(with(&payment.payee_routing, "01"))
            .text(&payment.payee_routing)
            .usual(with(&payment.payee_account, "DA"))
            .text(&payment.payee_account)
            .text(&payment.effective_date.map_or_else(String::new, format_ccyymmdd))
            .end();
    }

    fn whole_claim(&mut self, claim: &RemittanceClaim, sink: Sink<'_>) -> Result<(), WriteError> {
        self.claim_payment(claim);
        self.flush(claim.carried.iter().filter(|item| !is_group(item)), sink)?;
        for line in &claim.lines {
            self.service_payment(line);
            self.flush(line.carried.iter(), sink)?;
        }
        Ok(())
    }

    fn claim_payment(&mut self, claim: &RemittanceClaim) {
        let responsibility = claim.patient_responsibility_cents;
        self.open("2100");
        self.segment("CLP")
            .text(&claim.patient_control_number)
            .text(&claim.status_code)
            .cents(claim.charge_cents)
            .cents(claim.paid_cents)
            .optional_cents((!responsibility.is_zero()).then_some(responsibility))
            .text(&claim.filing_indicator)
            .text(&claim.payer_claim_control_number)
            .text(&claim.facility_code)
            .text(&claim.frequency)
            .empty()
            .text(&claim.drg)
            .units(claim.drg_weight)
            .units(claim.discharge_fraction)
            .end();
        self.adjustments(&claim.adjustments);
        self.remittance_person(&claim.patient, PATIENT_NM1);
        if let Some(insured) = &claim.insured {
            self.remittance_person(insured, INSURED_NM1);
        }
        for (index, party) in claim.other_parties.iter().enumerate() {
            self.party_name(party, index + usize::from(OTHER_NM1) - 1);
        }
        self.outcome(claim);
        self.references(&claim.references);
        self.days(&claim.dates);
        self.amounts(&claim.amounts);
        self.quantities(&claim.quantities);
    }

    fn remittance_person(&mut self, person: &RemittancePerson, ordinal: u16) {
        self.nth_segment("NM1", ordinal)
            .text(&person.entity)
            .text(&person.entity_type)
            .text(person.last_name.expose())
            .text(person.first_name.expose())
            .text(person.middle_name.expose())
            .empty()
            .text(person.suffix.expose())
            .text(&person.id_qualifier)
            .text(person.id.expose())
            .end();
    }

    /// Remark codes in MIA when the claim carries one, else in MOA.
    fn outcome(&mut self, claim: &RemittanceClaim) {
        let is_inpatient = claim
            .carried
            .iter()
            .any(|item| item.segment_occurrence > 0 && item.segment_id() == "MIA");
        let (id, places) = if is_inpatient { ("MIA", &MIA_REMARKS) } else { ("MOA", &MOA_REMARKS) };
        self.limit("remark codes of a claim", claim.remark_codes.len(), places.len());
        let mut segment = self.segment(id);
        let mut element = 1;
        for (place, code) in places.iter().zip(&claim.remark_codes) {
            segment = segment.skip(usize::from(place - element)).text(code);
            element = place + 1;
        }
        segment.end();
    }

    fn quantities(&mut self, quantities: &[(Text, Units)]) {
        for (index, (qualifier, units)) in quantities.iter().enumerate() {
            self.item_segment("QTY", index).text(qualifier).units(Some(*units)).end();
        }
    }

    fn service_payment(&mut self, line: &RemittanceLine) {
        self.open("2110");
        self.procedure_limit(Some(&line.procedure));
        self.procedure_limit(line.submitted_procedure.as_ref());
        self.segment("SVC")
            .composite(procedure_components(Some(&line.procedure)))
            .cents(line.charge_cents)
            .cents(line.paid_cents)
            .text(&line.revenue_code)
            .units(line.paid_units)
            .composite(procedure_components(line.submitted_procedure.as_ref()))
            .units(line.submitted_units)
            .end();
        self.days(&line.dates);
        self.adjustments(&line.adjustments);
        self.references(&line.references);
        self.amounts(&line.amounts);
        self.quantities(&line.quantities);
        for (index, code) in line.remark_codes.iter().enumerate() {
            self.item_segment("LQ", index).text("HE").text(code).end();
        }
    }

    /// PLB: neighbours of one provider and fiscal period share a segment, up to six of them.
    fn provider_adjustments(&mut self, adjustments: &[ProviderAdjustment]) {
        let shares = |left: &ProviderAdjustment, right: &ProviderAdjustment| {
            left.provider_id == right.provider_id && left.fiscal_period == right.fiscal_period
        };
        for run in adjustments.chunk_by(shares) {
            for pairs in run.chunks(ADJUSTMENTS_PER_PLB) {
                let Some(first) = pairs.first() else { continue };
                let mut segment =
                    self.segment("PLB").text(&first.provider_id).text(&first.fiscal_period);
                for pair in pairs {
                    segment = segment
                        .composite([pair.reason.as_str(), &pair.reference])
                        .cents(pair.amount_cents);
                }
                segment.end();
            }
        }
    }
}
