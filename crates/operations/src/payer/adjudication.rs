//! Taking a claim in: edits, decision, accumulators, books and record in one transaction.

use super::ReceivedClaim;
use super::accumulators::{changes_to_text, keep};
use super::history::note_taken_back;
use super::judging::{Considered, Prior};
use super::reason::reason_words;
use super::rules::{PackSource, RulesInForce};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, Partners};
use crate::number::claim_control_number;
use counterfoil_adjudicate::{
    Accumulators, Decision, DecisionState, Edit, EditAction, Members, Rates, Reason,
    remittance_claim,
};
use counterfoil_base::{Cents, Date, Finding, Phi, Text};
use counterfoil_claim::{Claim, ClaimKind, ClaimState, FrequencyCode, Party, RemittanceClaim};
use counterfoil_integrity::{CleanClaimEngine, NoHistory, Outcome, ServiceFingerprint};
use counterfoil_ledger::PayerEvent;
use counterfoil_store::{
    ClaimRow, ClaimUpdate, DueAdjustment, DueLoop, PayeeRow, StoreError, Transaction,
};
use rustc_hash::FxHashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What a payer decides with.
#[derive(Clone, Copy)]
pub struct PayerDesk<'a> {
    /// Plans, contracts and tables.
    pub rates: &'a Rates,
    /// People and coverage.
    pub members: &'a Members,
    /// Built-in edits, code tables and rule packs.
    pub engine: &'a Arc<CleanClaimEngine>,
    /// Whether its packs are those of the engine or those in force in the record.
    pub packs: PackSource,
    /// Day of receipt.
    pub received_on: Date,
}

/// A run over one file: the desk, the accumulators as they stand, and the file's digest.
pub struct Adjudication<'a> {
    /// What decisions are made with.
    pub desk: PayerDesk<'a>,
    /// What members and families have used, after every claim so far.
    pub accumulators: Accumulators,
    /// SHA-256 of the file, hex; with its place there, a claim is taken in once.
    pub file_digest: String,
    /// Partners in whose records claims are told.
    pub(super) partners: Partners,
    /// What has to be said of the claims so far; recorded by whoever commits them.
    pub(super) dues: Dues,
    payees: FxHashMap<Text, PayeeRow>,
    /// The rules in force on a day, once they were asked for.
    rules: Option<(Date, RulesInForce)>,
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub struct TakenClaim {
    /// The payer's number.
    pub claim_control_number: String,
    /// The decision.
    pub decision: Decision,
    /// Findings that return the claim; empty when it entered adjudication.
    pub rejections: Vec<Finding>,
    /// Every finding, rejections included.
    pub findings: Vec<Finding>,
    /// The engine that found them: of one claim's partner, on its day.
    pub engine: Arc<CleanClaimEngine>,
}

/// What a finding does to a claim at this payer's desk: rule packs say it themselves, coding
/// edits wait for a person, every other finding has its usual outcome.
#[must_use]
pub fn edit_action(engine: &CleanClaimEngine, finding: &Finding) -> EditAction {
    if engine.pack_edit(finding).is_some() {
        return match engine.outcome(finding) {
            Outcome::Reject => EditAction::Reject,
            Outcome::Pend => EditAction::Pend,
            Outcome::Note => EditAction::Note,
        };
    }
    // Whether two procedures were distinct, or so many units needed, is a clinical question in
    // the end: software does not answer it by a denial.
    let is_coding_edit = ["INT-7-ncci-pair", "INT-7-ncci-units", "INT-7-add-on-alone"]
        .contains(&finding.code.as_ref());
    if is_coding_edit && finding.is_error() {
        return EditAction::Pend;
    }
    Edit::usual(finding).action
}

impl<'a> Adjudication<'a> {
    /// A run over the file with this digest; empty for work on single claims.
    #[must_use]
    pub fn new(
        desk: PayerDesk<'a>,
        accumulators: Accumulators,
        file_digest: String,
    ) -> Adjudication<'a> {
        Adjudication {
            desk,
            accumulators,
            file_digest,
            partners: Partners::default(),
            dues: Dues::default(),
            payees: FxHashMap::default(),
            rules: None,
        }
    }

    /// The same with the rules in force on a day, read before.
    pub(super) fn with_rules(self, rules: Option<(Date, RulesInForce)>) -> Adjudication<'a> {
        Adjudication { rules, ..self }
    }
}

impl Adjudication<'_> {
    /// The engine for claims of a partner that are received on a day.
    pub(super) fn engine(
        &mut self,
        transaction: &Transaction<'_>,
        (partner, day): (Option<Partner>, Date),
    ) -> Result<Arc<CleanClaimEngine>, OperationsError> {
        if self.desk.packs == PackSource::Desk {
            return Ok(self.desk.engine.clone());
        }
        let known = self.rules.take().filter(|(of, _)| *of == day);
        let (_, rules) = match known {
            Some(known) => self.rules.insert(known),
            None => {
                let rules = RulesInForce::on(transaction, self.desk.engine, day)?;
                self.rules.insert((day, rules))
            }
        };
        Ok(rules.engine(partner).clone())
    }

    /// Whom payments go to is written when a claim says something new of it, not with each.
    fn keep_payee(
        &mut self,
        transaction: &Transaction<'_>,
        provider: &Party,
    ) -> Result<(), OperationsError> {
        let row = payee_row(provider);
        let known = self.payees.entry(Text::from(&row.payee_key));
        let known = known.or_default();
        if *known != row {
            transaction.set_payee(&row)?;
            *known = row;
        }
        Ok(())
    }

    /// Takes in the claim with this ordinal in the file, once: edits, decides, books, records.
    pub fn take(
        &mut self,
        transaction: &Transaction<'_>,
        received: &ReceivedClaim,
        ordinal: u64,
    ) -> Result<TakenClaim, OperationsError> {
        let claim = &received.claim;
        let received_on = self.desk.received_on;
        let considered = self.consider(transaction, received, claim_control_number)?;
        let Considered { partner, engine, fingerprint, number, findings, decision, prior } =
            considered;
        let (update, _) = self.settle(transaction, claim, &decision, prior)?;
        let row = self.row((received, fingerprint), (ordinal, partner), &number, update);
        transaction.insert_claim(&row)?;
        self.keep_payee(transaction, &claim.billing_provider)?;
        let rejections = rejections(&engine, &findings, &decision);
        if let Some(partner) = partner
            && let Some(subject) = partner.claim(&self.file_digest, ordinal)
        {
            let outcome = (&decision, rejections.as_slice());
            telling::taken(&mut self.dues, partner, &subject, outcome, received_on)?;
        }
        Ok(TakenClaim { claim_control_number: number, decision, rejections, findings, engine })
    }

    /// A claim that is on record, as its answer needs it: the decision's state, and for a
    /// returned claim the findings that returned it.
    pub(super) fn recorded(
        &mut self,
        transaction: &Transaction<'_>,
        received: &ReceivedClaim,
        row: ClaimRow,
    ) -> Result<TakenClaim, OperationsError> {
        let received_on = self.desk.received_on;
        let payee = payee_key(&received.claim.billing_provider);
        let partner = self.partners.find(transaction, &payee)?;
        let engine = self.engine(transaction, (partner, received_on))?;
        let received_on = Some(received_on);
        let read = received.findings.clone();
        let findings = engine.check_read_claim(&received.claim, read, &NoHistory, received_on);
        let state = match row.update.state {
            ClaimState::Rejected => DecisionState::Rejected,
            _ => DecisionState::Approved,
        };
        let reason = Reason {
            code: Text::const_new("ADJ-returned"),
            line: None,
            message: row.update.reason.clone(),
        };
        let decision = Decision { state, reasons: vec![reason], ..Decision::default() };
        let rejections = rejections(&engine, &findings, &decision);
        Ok(TakenClaim {
            claim_control_number: row.claim_control_number,
            decision,
            rejections,
            findings,
            engine,
        })
    }

    /// Applies a decision that stands: the earlier claim's reversal, accumulators, books.
    /// Pended and rejected claims change nothing yet.
    fn settle(
        &mut self,
        transaction: &Transaction<'_>,
        claim: &Claim,
        decision: &Decision,
        prior: Option<Prior>,
    ) -> Result<(ClaimUpdate, Option<RemittanceClaim>), OperationsError> {
        use DecisionState::{Approved, Denied, Voided};
        let stands = matches!(decision.state, Approved | Denied | Voided);
        if stands {
            if let (Some(reversal), Some(prior)) = (&decision.reversal, prior) {
                self.accumulators.apply(&reversal.accumulator_changes);
                keep(transaction, &reversal.accumulator_changes)?;
                self.take_back(transaction, (claim, &decision.claim_control_number), prior)?;
            }
            self.accumulators.apply(&decision.accumulator_changes);
            keep(transaction, &decision.accumulator_changes)?;
            self.book_approval(transaction, claim, decision)?;
        }
        let remittance = remittance_claim(claim, decision);
        let update = self.update(decision, remittance.as_ref())?;
        Ok((update, remittance))
    }

    /// The payer owes what was decided from this day on.
    fn book_approval(
        &self,
        transaction: &Transaction<'_>,
        claim: &Claim,
        decision: &Decision,
    ) -> Result<(), OperationsError> {
        let owed = decision.paid_cents + decision.withhold_cents;
        if decision.state != DecisionState::Approved || owed.is_zero() {
            return Ok(());
        }
        let number = &decision.claim_control_number;
        let event = PayerEvent::ClaimApproved {
            claim: number.clone(),
            payee: payee_key(&claim.billing_provider),
            payable_cents: decision.paid_cents,
            withheld_cents: decision.withhold_cents,
        };
        let entry = event.entry(&format!("approve/{number}"), self.desk.received_on);
        transaction.post(&entry)?;
        Ok(())
    }

    /// Takes an earlier claim back: its approval is reversed in the books, and when an 835 has
    /// reported it, the next one reports the reversal.
    fn take_back(
        &mut self,
        transaction: &Transaction<'_>,
        (claim, by): (&Claim, &str),
        prior: Prior,
    ) -> Result<(), OperationsError> {
        let row = prior.row;
        let number = row.claim_control_number.as_str();
        let day = self.desk.received_on;
        if let Some(entry) = transaction.entry(&format!("approve/{number}"))? {
            let reason = match claim.frequency() {
                FrequencyCode::Void => "voided by the provider (frequency 8)",
                _ => "replaced by the provider (frequency 7)",
            };
            transaction.post(&entry.reversal(&format!("take-back/{number}"), day, reason))?;
        }
        if !row.update.payment_trace.is_empty() {
            let text = std::str::from_utf8(row.update.remittance_loop.expose())
                .map_err(|_| OperationsError::Unreadable("a stored remittance"))?;
            let earlier = RemittanceClaim::from_stored(text)
                .ok_or(OperationsError::Unreadable("a stored remittance"))?;
            let reversal = earlier.reversal();
            let due = DueLoop {
                due_key: format!("reversal/{number}"),
                claim_control_number: number.to_owned(),
                paid_cents: reversal.paid_cents,
                charge_cents: reversal.charge_cents,
                remittance_loop: Phi::new(stored(&reversal)?),
            };
            transaction.add_due_loop(&row.payee_key, &due)?;
            take_back_interest(transaction, &row)?;
        } else {
            let reason = match claim.frequency() {
                FrequencyCode::Void => "voided by the provider",
                _ => "replaced by the provider",
            };
            telling::taken_back(transaction, &mut self.dues, &row, reason)?;
        }
        let (state, how) = match claim.frequency() {
            FrequencyCode::Void => (ClaimState::Voided, "voided"),
            _ => (ClaimState::Reversed, "replaced"),
        };
        let mut explanation = row.update.explanation.expose().clone();
        note_taken_back(&mut explanation, &format!("{how} by claim {by} on {day}"));
        let explanation = Phi::new(explanation);
        transaction.update_claim(number, &ClaimUpdate { state, explanation, ..row.update })?;
        Ok(())
    }

    pub(super) fn update(
        &self,
        decision: &Decision,
        remittance: Option<&RemittanceClaim>,
    ) -> Result<ClaimUpdate, OperationsError> {
        let decided_by = decision.decided_by.as_ref().map(|named| named.person.clone());
        Ok(ClaimUpdate {
            state: decision.state.claim_state(),
            reason: reason_words(decision),
            allowed_cents: decision.allowed_cents,
            paid_cents: decision.paid_cents,
            patient_cents: decision.patient.total(),
            withhold_cents: decision.withhold_cents,
            // Interest is found when the claim is paid.
            interest_cents: Cents::ZERO,
            decided_on: self.desk.received_on.to_string(),
            decided_by: decided_by.unwrap_or_default(),
            remittance_loop: Phi::new(remittance.map(stored).transpose()?.unwrap_or_default()),
            accumulator_changes: changes_to_text(&decision.accumulator_changes),
            explanation: Phi::new(explain(decision)),
            payment_trace: String::new(),
            plan_id: decision.plan_id.to_string(),
        })
    }

    fn row(
        &self,
        (received, fingerprint): (&ReceivedClaim, ServiceFingerprint),
        (ordinal, partner): (u64, Option<Partner>),
        number: &str,
        update: ClaimUpdate,
    ) -> ClaimRow {
        let claim = &received.claim;
        let dates = claim.service_dates();
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        // Only a claim that a person will look at is read again; the others stand in their file.
        let pended = update.state == ClaimState::Pended;
        let segments = if pended { received.segments.clone() } else { Phi::default() };
        ClaimRow {
            claim_control_number: number.to_owned(),
            source_file: self.file_digest.clone(),
            source_ordinal: ordinal,
            patient_control_number: claim.patient_control_number.to_string(),
            billing_provider: claim.billing_provider.npi().unwrap_or("").to_owned(),
            payee_key: payee_key(&claim.billing_provider).to_string(),
            member_id: Phi::new(claim.subscriber.person.id.expose().to_string()),
            kind: kind_word(claim.kind).to_owned(),
            frequency: claim.bill_type.frequency.to_string(),
            fingerprint: fingerprint.0,
            received_on: self.desk.received_on.to_string(),
            service_from: day(dates.map(|dates| dates.from)),
            service_to: day(dates.map(|dates| dates.to)),
            charge_cents: claim.charge_cents,
            source_segment: claim.source.segment,
            source_offset: claim.source.offset,
            claim_bytes: segments,
            update,
            replaces: match claim.frequency() {
                FrequencyCode::Original => String::new(),
                _ => claim.payer_claim_control_number().unwrap_or("").to_owned(),
            },
            relationship_id: partner.map_or(0, |partner| partner.id),
        }
    }

    /// Finishes a pended claim with a decision that a named person made.
    pub(super) fn finish_pended(
        &mut self,
        transaction: &Transaction<'_>,
        claim: &Claim,
        decision: &Decision,
    ) -> Result<(), OperationsError> {
        let prior = Prior::of(transaction, claim)?;
        let (update, _) = self.settle(transaction, claim, decision, prior)?;
        transaction.update_claim(&decision.claim_control_number, &update)?;
        let number = decision.claim_control_number.as_str();
        let row = transaction.claim(number)?;
        if let Some((partner, subject)) =
            row.map_or(Ok(None), |row| telling::told_claim(transaction, &row))?
        {
            let on = self.desk.received_on;
            telling::decided(&mut self.dues, partner, &subject, decision, on)?;
        }
        self.dues.record(transaction, &format!("decided/{number}"))
    }
}

/// Interest was owed on what is taken back, so the next 835 takes it back beside the reversal:
/// PLB L6, positive since it lowers BPR02 (005010X221A1, PLB03-1 and 1.10.2.9).
fn take_back_interest(transaction: &Transaction<'_>, row: &ClaimRow) -> Result<(), StoreError> {
    if row.update.interest_cents.is_zero() {
        return Ok(());
    }
    let number = &row.claim_control_number;
    let due = DueAdjustment {
        due_key: format!("interest/{number}"),
        reason: "L6".to_owned(),
        reference: number.clone(),
        amount_cents: row.update.interest_cents,
    };
    transaction.add_due_adjustment(&row.payee_key, &due).map(drop)
}

/// What returns the claim to its sender: findings with that outcome, and the engine's own
/// refusals as findings of the claim.
pub(super) fn rejections(
    engine: &CleanClaimEngine,
    findings: &[Finding],
    decision: &Decision,
) -> Vec<Finding> {
    if decision.state != DecisionState::Rejected {
        return Vec::new();
    }
    let mut returned: Vec<Finding> = findings
        .iter()
        .filter(|finding| edit_action(engine, finding) == EditAction::Reject)
        .cloned()
        .collect();
    if returned.is_empty() {
        returned.extend(decision.reasons.iter().map(|reason| Finding {
            code: reason.code.to_string().into(),
            ..Finding::error("", 7, reason.message.clone())
        }));
    }
    returned
}

/// How every amount of the decision came about, one step a line.
fn explain(decision: &Decision) -> String {
    let mut text = String::with_capacity(decision.trace.len() * 96);
    for step in &decision.trace {
        begin_explanation_line(&mut text, step.line, step.rule.id_and_version());
        step.write_formula(&mut text);
        text.push('\n');
    }
    text
}

/// Place and rule of one amount; its formula and the end of the line follow.
pub(super) fn begin_explanation_line(
    text: &mut String,
    line: Option<u32>,
    (id, version): (&str, &str),
) {
    // Writing to a string cannot fail.
    let _ = match line {
        Some(line) => write!(text, "line {line}\t{id} {version}\t"),
        None => write!(text, "claim\t{id} {version}\t"),
    };
}

pub(super) fn stored(claim: &RemittanceClaim) -> Result<Vec<u8>, OperationsError> {
    let text = claim.to_stored().map_err(|error| OperationsError::Unwritable {
        what: "a claim's remittance",
        cause: error.to_string(),
    })?;
    Ok(text.into_bytes())
}

/// Payments go to the billing provider: by NPI, else by tax number.
pub(crate) fn payee_key(provider: &Party) -> Text {
    Text::from(provider.npi().or(provider.tax_id()).unwrap_or(""))
}

fn payee_row(provider: &Party) -> PayeeRow {
    let address = provider.address.clone().unwrap_or_default();
    PayeeRow {
        payee_key: payee_key(provider).to_string(),
        name: provider.name.to_string(),
        npi: provider.npi().unwrap_or("").to_owned(),
        tax_id: provider.tax_id().unwrap_or("").to_owned(),
        address: address.line_1.expose().to_string(),
        city: address.city.to_string(),
        state: address.state.to_string(),
        postal_code: address.postal_code.to_string(),
    }
}

pub(super) fn kind_word(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Professional => "P",
        ClaimKind::Institutional => "I",
    }
}
