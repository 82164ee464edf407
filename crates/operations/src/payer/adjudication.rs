//! Taking a claim in: edits, decision, accumulators, books and record in one transaction.

use super::ReceivedClaim;
use super::accumulators::{changes_to_text, keep};
use super::history::Services;
use super::judging::{Considered, Prior};
use super::parties::payee_key;
use super::reason::reason_words;
use super::rules::{PackSource, RulesInForce};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Dues, Partner, Partners};
use crate::number::claim_control_number;
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::{
    Accumulators, Decision, DecisionState, Edit, EditAction, Members, Rates, Reason,
    remittance_claim,
};
use counterfoil_base::{Cents, Date, Finding, Phi, Text};
use counterfoil_claim::{Claim, ClaimKind, ClaimState, FrequencyCode, RemittanceClaim};
use counterfoil_integrity::{CleanClaimEngine, NoHistory, Outcome};
use counterfoil_ledger::PayerEvent;
use counterfoil_store::{ClaimRow, ClaimUpdate, PayeeRow, Transaction};
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
    pub(super) payees: FxHashMap<Text, PayeeRow>,
    /// The rules in force on a day, once they were asked for.
    rules: Option<(Date, RulesInForce)>,
    /// The partners whose events name the file; none for a file that came by another way.
    pub(super) senders: Vec<Partner>,
    /// Who the payer is, when claims that name another one are returned.
    pub(super) settings: Option<&'a PaymentSettings>,
    /// The last claim in the database with a fingerprint of the first edition, if there is one,
    /// once it was asked.
    first_edition_last: Option<Option<i64>>,
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
            senders: Vec::new(),
            settings: None,
            first_edition_last: None,
        }
    }

    /// The same for a file that these partners named: it holds claims of theirs alone.
    pub(super) fn of_senders(self, senders: Vec<Partner>) -> Adjudication<'a> {
        Adjudication { senders, ..self }
    }

    /// The same for the payer of these settings: a claim that names another one is returned.
    #[must_use]
    pub fn for_payer(self, settings: &'a PaymentSettings) -> Adjudication<'a> {
        Adjudication { settings: Some(settings), ..self }
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
        Ok(rules.engine(partner)?.clone())
    }

    /// By what the claim's services are found on record.
    pub(super) fn services(
        &mut self,
        transaction: &Transaction<'_>,
        claim: &Claim,
    ) -> Result<Services, OperationsError> {
        let last = match self.first_edition_last {
            Some(known) => known,
            None => transaction.first_fingerprints_last()?,
        };
        self.first_edition_last = Some(last);
        Ok(Services::of(claim, self.desk.members, last))
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
        let Considered { partner, engine, services, number, findings, decision, prior } =
            considered;
        let (update, _) = self.settle(transaction, claim, &decision, prior)?;
        let row = self.row((received, &services), (ordinal, partner), &number, update);
        transaction.insert_claim(&row)?;
        self.keep_payee(transaction, &claim.billing_provider, decision.state)?;
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
        let origin = self.origin(transaction, &received.claim)?;
        let engine = self.engine(transaction, (origin.partner, received_on))?;
        let received_on = Some(received_on);
        let read = received.findings.clone();
        let mut findings = engine.check_read_claim(&received.claim, read, &NoHistory, received_on);
        findings.extend(self.check_parties(&received.claim, &origin));
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
        (received, services): (&ReceivedClaim, &Services),
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
            fingerprint: services.now.0,
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

pub(super) fn kind_word(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Professional => "P",
        ClaimKind::Institutional => "I",
    }
}
