//! Judging a claim by what stands so far: for a run that keeps the decision, for a person who
//! decides, and to say what would come of it. Nothing is recorded here.

use super::ReceivedClaim;
use super::accumulators::{accumulators_of, changes_from_text};
use super::adjudication::{Adjudication, PayerDesk, TakenClaim, edit_action, rejections};
use super::history::{Services, StoreHistory, named_claim};
use super::parties::{Origin, payee_key};
use crate::error::OperationsError;
use crate::halves::Partner;
use crate::number::next_claim_control_number;
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::{
    AccumulatorChange, Accumulators, Decision, Edit, EditAction, Payer, PriorClaim, Request,
    adjudicate, remittance_claim,
};
use counterfoil_base::{Date, Finding};
use counterfoil_claim::{Claim, FrequencyCode};
use counterfoil_integrity::{ClaimHistory, CleanClaimEngine, NamedClaim, NoHistory};
use counterfoil_store::{ClaimRow, Transaction};
use std::sync::Arc;

/// The earlier claim that a replacement or void names, with what a reversal needs.
pub(super) struct Prior {
    pub(super) row: ClaimRow,
    changes: Vec<AccumulatorChange>,
}

impl Prior {
    /// The earlier claim of the same provider, patient and days that frequency 7 or 8 names, when
    /// it still stands.
    pub(super) fn of(
        transaction: &Transaction<'_>,
        claim: &Claim,
    ) -> Result<Option<Prior>, OperationsError> {
        let named = match claim.frequency() {
            FrequencyCode::Original => None,
            _ => claim.payer_claim_control_number(),
        };
        let Some(number) = named else { return Ok(None) };
        let Some(row) = transaction.claim(number)? else { return Ok(None) };
        if !matches!(named_claim(&row, claim), NamedClaim::Stands { .. }) {
            return Ok(None);
        }
        let changes = changes_from_text(&row.update.accumulator_changes)?;
        Ok(Some(Prior { row, changes }))
    }
}

/// What a claim comes to, before anything of it is recorded.
pub(super) struct Considered {
    /// In whose record it is told.
    pub(super) partner: Option<Partner>,
    /// The engine of the partner's claims on the day.
    pub(super) engine: Arc<CleanClaimEngine>,
    /// By what its services are found on record.
    pub(super) services: Services,
    /// The payer's number.
    pub(super) number: String,
    /// Every finding.
    pub(super) findings: Vec<Finding>,
    pub(super) decision: Decision,
    pub(super) prior: Option<Prior>,
}

/// What [`Adjudication::take`] would make of a claim that came now, and alone.
///
/// With the settings of a payer a claim that names another one is returned. It only reads, and of
/// the members' used amounts only the patient's: a person's question costs
/// no copy of the database and holds nobody up.
pub fn predict_claim(
    transaction: &Transaction<'_>,
    (desk, settings): (PayerDesk<'_>, Option<&PaymentSettings>),
    received: &ReceivedClaim,
) -> Result<TakenClaim, OperationsError> {
    let accumulators = match desk.members.patient(&received.claim) {
        Some(member) => accumulators_of(transaction, member)?,
        None => Accumulators::default(),
    };
    let adjudication = Adjudication::new(desk, accumulators, String::new());
    let mut adjudication = match settings {
        Some(settings) => adjudication.for_payer(settings),
        None => adjudication,
    };
    let considered = adjudication.consider(transaction, received, next_claim_control_number)?;
    let Considered { engine, number, findings, decision, .. } = considered;
    // A decision that could not be recorded would not be made.
    let remittance = remittance_claim(&received.claim, &decision);
    adjudication.update(&decision, remittance.as_ref())?;
    let rejections = rejections(&engine, &findings, &decision);
    Ok(TakenClaim { claim_control_number: number, decision, rejections, findings, engine })
}

impl Adjudication<'_> {
    /// Edits, number and decision of a claim that comes; only `number` may write.
    pub(super) fn consider(
        &mut self,
        transaction: &Transaction<'_>,
        received: &ReceivedClaim,
        number: impl FnOnce(&Transaction<'_>, &Claim) -> Result<String, OperationsError>,
    ) -> Result<Considered, OperationsError> {
        let claim = &received.claim;
        let received_on = self.desk.received_on;
        let origin = self.origin(transaction, claim)?;
        let Origin { partner, is_foreign } = origin;
        let engine = self.engine(transaction, (partner, received_on))?;
        let services = self.services(transaction, claim)?;
        let history = StoreHistory::of(transaction, (claim, &services), None);
        // Whoever sends another's claim learns nothing of what is on record of it.
        let asked: &dyn ClaimHistory = if is_foreign { &NoHistory } else { &history };
        let seen = received.checks.clone();
        let seen = seen.filter(|checks| checks.received_on == Some(received_on));
        let checks = seen.unwrap_or_else(|| engine.check_alone(claim, Some(received_on)));
        let read = received.findings.clone();
        let mut findings = engine.finish_read_claim(claim, (checks, read), asked);
        history.finish()?;
        findings.extend(self.check_parties(claim, &origin));
        let number = number(transaction, claim)?;
        let prior = if is_foreign { None } else { Prior::of(transaction, claim)? };
        let edits = edits(&engine, &findings);
        let decision = self.judge(claim, &number, (&edits, received_on), prior.as_ref());
        Ok(Considered { partner, engine, services, number, findings, decision, prior })
    }

    fn judge(
        &self,
        claim: &Claim,
        number: &str,
        (edits, received_on): (&[Edit<'_>], Date),
        prior: Option<&Prior>,
    ) -> Decision {
        let desk = &self.desk;
        let payer =
            Payer { rates: desk.rates, members: desk.members, accumulators: &self.accumulators };
        let request = Request {
            claim,
            claim_control_number: number,
            received_on,
            edits,
            prior: prior.map(|prior| PriorClaim {
                claim_control_number: &prior.row.claim_control_number,
                accumulator_changes: &prior.changes,
            }),
        };
        adjudicate(payer, &request)
    }

    /// Judges a pended claim anew, as received on its own day, with the accumulators and the
    /// history as they stand: only what a person may overrule (edits that pend) is left out.
    pub(super) fn judge_again(
        &mut self,
        transaction: &Transaction<'_>,
        (claim, read_findings): (&Claim, Vec<Finding>),
        number: &str,
        received_on: Date,
    ) -> Result<Decision, OperationsError> {
        let partner = self.partners.find(transaction, &payee_key(&claim.billing_provider))?;
        let engine = self.engine(transaction, (partner, received_on))?;
        let services = self.services(transaction, claim)?;
        let own = transaction.claim_id(number)?.map(|id| (number, id));
        let history = StoreHistory::of(transaction, (claim, &services), own);
        let mut findings =
            engine.check_read_claim(claim, read_findings, &history, Some(received_on));
        history.finish()?;
        findings.retain(|finding| edit_action(&engine, finding) != EditAction::Pend);
        let prior = Prior::of(transaction, claim)?;
        let edits = edits(&engine, &findings);
        Ok(self.judge(claim, number, (&edits, received_on), prior.as_ref()))
    }
}

/// The findings that do something to a claim, with what.
fn edits<'f>(engine: &CleanClaimEngine, findings: &'f [Finding]) -> Vec<Edit<'f>> {
    let edits =
        findings.iter().map(|finding| Edit { finding, action: edit_action(engine, finding) });
    edits.filter(|edit| edit.action != EditAction::Note).collect()
}
