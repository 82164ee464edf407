//! `counterfoil claim check`: findings and predicted payments before anything is sent.

use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::office::Desk;
use crate::show_finding::{count, print, to_json};
use crate::{Outcome, files, office};
use counterfoil_adjudicate::{Accumulators, Decision, DecisionState};
use counterfoil_base::{Cents, Date, Finding, Phi, Severity};
use counterfoil_claim::{Claim, ClaimKind, write_837};
use counterfoil_integrity::{CleanClaimEngine, EditScope, FileHistory, NoHistory};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims, scan_file};
use counterfoil_operations::payer::{
    Adjudication, ReceivedClaim, edit_action, load_accumulators, not_claims, parse_accumulators,
    reason_words,
};
use counterfoil_operations::provider::{BilledClaim, bill_claim};
use counterfoil_store::{Side, Store, Transaction};
use counterfoil_x12::{Envelope, Interchange, Profile};
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// What is checked, and with what.
pub(crate) struct CheckRequest {
    pub(crate) file: PathBuf,
    pub(crate) rules: Option<PathBuf>,
    pub(crate) rates: Option<PathBuf>,
    pub(crate) members: Option<PathBuf>,
    pub(crate) accumulators: Option<PathBuf>,
    pub(crate) payer_data: Option<PathBuf>,
    pub(crate) tables: Option<PathBuf>,
    pub(crate) on: Date,
    pub(crate) book: Option<PathBuf>,
    pub(crate) clean: Option<PathBuf>,
}

/// A claim after its check.
pub(crate) struct CheckedClaim {
    pub(crate) claim: Claim,
    pub(crate) findings: Vec<Finding>,
    /// The prediction, when rates and members are at hand.
    pub(crate) decision: Option<Decision>,
    /// True when an error holds the claim back.
    pub(crate) is_held: bool,
    /// The claim with its hierarchy as it stood, kept when it is to be booked.
    segments: Phi<Vec<u8>>,
}

impl CheckedClaim {
    /// The payment that the provider expects of the claim once it is sent.
    pub(crate) fn expected_cents(&self) -> Option<Cents> {
        let decision = self.decision.as_ref()?;
        let decided = matches!(decision.state, DecisionState::Approved | DecisionState::Denied);
        decided.then_some(decision.paid_cents)
    }
}

/// What a check counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CheckTotals {
    pub(crate) claims: u64,
    pub(crate) held: u64,
    pub(crate) held_cents: Cents,
    pub(crate) clean: u64,
    pub(crate) predicted_cents: Cents,
    pub(crate) errors: u64,
    /// Claims that would not be paid at once although nothing holds them back.
    pub(crate) denied: u64,
    pub(crate) pended: u64,
}

pub(crate) fn run(
    request: &CheckRequest,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut outside = Vec::new();
    let mut shown = Vec::new();
    let totals = check_file(request, console, |item| match item {
        Checked::Claim(claim) => shown.push(*claim),
        Checked::Finding(finding) => outside.push(*finding),
    })?;
    for finding in &outside {
        if json {
            console.print_json(&to_json(finding));
        } else if finding.is_error() || finding.code.starts_with("OPS-") {
            print(console, finding);
        }
    }
    for checked in &shown {
        if json {
            console.print_json(&claim_json(checked));
        } else {
            show(console, checked);
        }
        console.still_read()?;
    }
    console.say(&sentence(&totals));
    let broken = outside.iter().any(Finding::is_error);
    Ok(if totals.held > 0 || broken { Outcome::Findings } else { Outcome::Done })
}

/// A claim, or a finding that belongs to none.
pub(crate) enum Checked {
    Claim(Box<CheckedClaim>),
    Finding(Box<Finding>),
}

/// Checks every claim of a file; books and writes the clean ones when asked.
pub(crate) fn check_file(
    request: &CheckRequest,
    console: &mut Console<'_>,
    mut take: impl FnMut(Checked),
) -> Result<CheckTotals, CommandError> {
    files::expect_file(&request.file)?;
    let judge = Judge::load(request, console)?;
    let opened = || File::open(&request.file);
    let failed = |cause: std::io::Error| CommandError::file("read", &request.file, &cause);
    let scan = scan_file(&mut opened().map_err(failed)?).map_err(failed)?;
    let digest = scan.digest.clone();
    let options = IntakeOptions {
        engine: judge.engine.clone(),
        profile: Profile::Strict,
        keeps_segments: request.book.is_some(),
        rejected_sets: scan.rejected_sets,
        day: request.on,
        acknowledgement_number: 1,
    };
    let mut store = judge.store(request)?;
    let mut collected = Collected::default();
    // The transaction is never committed: a prediction leaves the payer's database as it was.
    let outcome = store.transaction("predict", |tx| -> Result<(), Rollback> {
        let mut run = judge.begin(tx, &digest, request)?;
        let file = opened().map_err(|source| OperationsError::Io {
            doing: "opening the claim file".to_owned(),
            source,
        })?;
        let mut ordinal = 0;
        read_claims(file, options, |items, _| {
            for item in items {
                match item {
                    IntakeItem::Interchange(isa) => collected.clean.interchange = Some(*isa),
                    IntakeItem::Claim(received) => {
                        ordinal += 1;
                        let checked = run.check(tx, &received, ordinal)?;
                        collected.add(request, &checked)?;
                        take(Checked::Claim(Box::new(checked)));
                    }
                    IntakeItem::Finding(finding) => take(Checked::Finding(finding)),
                    // A set that nobody looked at must not pass as one without a fault.
                    IntakeItem::NotClaims { set_id } => {
                        let finding = Finding { severity: Severity::Error, ..not_claims(&set_id) };
                        take(Checked::Finding(Box::new(finding)));
                    }
                    IntakeItem::RejectedSet { .. } => {}
                }
            }
            Ok(())
        })?;
        Err(Rollback::Wanted)
    });
    match outcome {
        Ok(()) | Err(Rollback::Wanted) => {}
        Err(Rollback::Failed(error)) => return Err(error.into()),
    }
    collected.finish(request, &digest, take)
}

/// What a check keeps of its claims: counts, and the clean ones when they are asked for.
#[derive(Default)]
struct Collected {
    totals: CheckTotals,
    clean: CleanFile,
    billed: Vec<ToBill>,
}

/// A claim that goes out, as it is booked when the check is over.
struct ToBill {
    claim: Claim,
    segments: Phi<Vec<u8>>,
    expected_cents: Option<Cents>,
}

impl Collected {
    fn add(
        &mut self,
        request: &CheckRequest,
        checked: &CheckedClaim,
    ) -> Result<(), OperationsError> {
        self.totals.add(checked);
        if checked.is_held {
            return Ok(());
        }
        if request.clean.is_some() {
            self.clean.add(&checked.claim)?;
        }
        if request.book.is_some() {
            self.billed.push(ToBill {
                claim: checked.claim.clone(),
                segments: checked.segments.clone(),
                expected_cents: checked.expected_cents(),
            });
        }
        Ok(())
    }

    fn finish(
        self,
        request: &CheckRequest,
        digest: &str,
        mut take: impl FnMut(Checked),
    ) -> Result<CheckTotals, CommandError> {
        if let Some(path) = &request.clean {
            files::write(path, &self.clean.finish(request.on)?)?;
        }
        if let Some(book) = &request.book {
            for finding in bill(book, &self.billed, digest, request.on)? {
                take(Checked::Finding(Box::new(finding)));
            }
        }
        Ok(self.totals)
    }
}

/// Why the prediction's transaction ends: always by a rollback.
enum Rollback {
    Wanted,
    Failed(OperationsError),
}

impl From<OperationsError> for Rollback {
    fn from(error: OperationsError) -> Rollback {
        Rollback::Failed(error)
    }
}

impl From<counterfoil_store::StoreError> for Rollback {
    fn from(error: counterfoil_store::StoreError) -> Rollback {
        Rollback::Failed(error.into())
    }
}

fn bill(
    book: &std::path::Path,
    billed: &[ToBill],
    file_digest: &str,
    on: Date,
) -> Result<Vec<Finding>, CommandError> {
    let mut store = office::open(book, Side::Provider)?;
    let findings = store.transaction("book claims as sent", |tx| {
        let mut findings = Vec::new();
        for ToBill { claim, segments, expected_cents } in billed {
            let expected_cents = *expected_cents;
            let segments = segments.expose();
            let billed = BilledClaim { claim, segments, expected_cents, file_digest, on };
            findings.extend(bill_claim(tx, &billed)?.finding(claim));
        }
        Ok::<_, OperationsError>(findings)
    })?;
    Ok(findings)
}

/// What claims are judged with: edits alone, or edits and the payer's own decision.
struct Judge {
    engine: Arc<CleanClaimEngine>,
    desk: Option<Desk>,
    /// What the payer exported, when it was given.
    accumulators: Option<Accumulators>,
}

impl Judge {
    fn load(request: &CheckRequest, console: &mut Console<'_>) -> Result<Judge, CommandError> {
        if let (Some(rates), Some(members)) = (&request.rates, &request.members) {
            let options = DeskOptions {
                rates: rates.clone(),
                members: members.clone(),
                rules: request.rules.clone(),
                tables: request.tables.clone(),
                on: Some(request.on),
            };
            let desk = Desk::load(&options, console)?;
            let accumulators =
                request.accumulators.as_deref().map(read_accumulators).transpose()?;
            return Ok(Judge { engine: desk.engine.clone(), desk: Some(desk), accumulators });
        }
        let (tables, rules) = (request.tables.as_deref(), request.rules.as_deref());
        let (engine, findings) = files::engine(tables, rules, EditScope::ModelAlone)?;
        office::refuse_errors(&findings, console)?;
        Ok(Judge { engine: Arc::new(engine), desk: None, accumulators: None })
    }

    fn store(&self, request: &CheckRequest) -> Result<Store, CommandError> {
        match &request.payer_data {
            Some(data) => office::open_existing(data, Side::Payer),
            None => Ok(Store::open_in_memory()?),
        }
    }

    fn begin<'j>(
        &'j self,
        tx: &Transaction<'_>,
        digest: &str,
        request: &CheckRequest,
    ) -> Result<Running<'j>, OperationsError> {
        let history = FileHistory::over(&NoHistory);
        let Some(desk) = &self.desk else {
            return Ok(Running { engine: &self.engine, on: request.on, history, payer: None });
        };
        let accumulators = match &self.accumulators {
            Some(exported) => exported.clone(),
            None => load_accumulators(tx)?,
        };
        // Not the file's own key: the payer may have taken this very file in already.
        let key = format!("prediction/{digest}");
        let payer = Adjudication::new(desk.payer(), accumulators, key);
        Ok(Running { engine: &self.engine, on: request.on, history, payer: Some(payer) })
    }
}

fn read_accumulators(path: &std::path::Path) -> Result<Accumulators, CommandError> {
    let (accumulators, findings) = parse_accumulators(&files::read_text(path)?);
    match findings.first() {
        Some(finding) => Err(CommandError::operator(&finding.message, &*finding.fix)),
        None => Ok(accumulators),
    }
}

struct Running<'j> {
    engine: &'j CleanClaimEngine,
    on: Date,
    history: FileHistory<'static>,
    payer: Option<Adjudication<'j>>,
}

impl Running<'_> {
    fn check(
        &mut self,
        tx: &Transaction<'_>,
        received: &ReceivedClaim,
        ordinal: u64,
    ) -> Result<CheckedClaim, OperationsError> {
        let claim = received.claim.clone();
        if let Some(payer) = &mut self.payer {
            let taken = payer.take(tx, received, ordinal)?;
            let is_held = taken.decision.state == DecisionState::Rejected;
            let (findings, decision) = (taken.findings, Some(taken.decision));
            let segments = received.segments.clone();
            return Ok(CheckedClaim { claim, findings, decision, is_held, segments });
        }
        let mut findings = received.findings.clone();
        findings.extend(self.engine.check_claim(&claim, &self.history, Some(self.on)));
        self.history.record(&claim);
        let is_held = findings.iter().any(|finding| {
            let action = edit_action(self.engine, finding);
            !matches!(action, counterfoil_adjudicate::EditAction::Note)
        });
        let segments = received.segments.clone();
        Ok(CheckedClaim { claim, findings, decision: None, is_held, segments })
    }
}

impl CheckTotals {
    fn add(&mut self, checked: &CheckedClaim) {
        self.claims += 1;
        self.errors += checked.findings.iter().filter(|one| one.is_error()).count() as u64;
        if checked.is_held {
            self.held += 1;
            let charge = checked.claim.charge_cents;
            self.held_cents = self.held_cents.checked_add(charge).unwrap_or(self.held_cents);
            return;
        }
        self.clean += 1;
        if let Some(decision) = &checked.decision {
            match decision.state {
                DecisionState::Approved => {
                    let sum = self.predicted_cents.checked_add(decision.paid_cents);
                    self.predicted_cents = sum.unwrap_or(self.predicted_cents);
                }
                DecisionState::Denied => self.denied += 1,
                DecisionState::Pended => self.pended += 1,
                DecisionState::Rejected | DecisionState::Voided => {}
            }
        }
    }
}

fn sentence(totals: &CheckTotals) -> String {
    format!(
        "{}: {} to correct ({} charged), {} ready; predicted payment {}, {} would be denied, \
         {} would wait for a person",
        count(totals.claims, "claim"),
        totals.held,
        totals.held_cents,
        totals.clean,
        totals.predicted_cents,
        totals.denied,
        totals.pended,
    )
}

/// The claims that nothing holds back, written as they will be sent.
#[derive(Default)]
struct CleanFile {
    interchange: Option<Interchange>,
    claims: Vec<Claim>,
}

impl CleanFile {
    fn add(&mut self, claim: &Claim) -> Result<(), OperationsError> {
        self.claims.push(claim.clone());
        Ok(())
    }

    /// One interchange a kind of claim, with the parties of the file that was checked.
    fn finish(self, on: Date) -> Result<Vec<u8>, CommandError> {
        let mut bytes = Vec::new();
        for (kind, version) in
            [(ClaimKind::Professional, "005010X222A1"), (ClaimKind::Institutional, "005010X223A2")]
        {
            let of_kind: Vec<Claim> =
                self.claims.iter().filter(|claim| claim.kind == kind).cloned().collect();
            if of_kind.is_empty() {
                continue;
            }
            let envelope = self.envelope(version, on, kind);
            let written = write_837(&envelope, &of_kind).map_err(|error| {
                CommandError::operator(
                    format!("the clean claims cannot be written: {error}"),
                    "send the claims of this file without --clean and report the file",
                )
            })?;
            bytes.extend(written);
        }
        Ok(bytes)
    }

    fn envelope(&self, version: &str, on: Date, kind: ClaimKind) -> Envelope {
        let mut envelope = Envelope::new("HC", version, ("SENDER", "RECEIVER"), on);
        if let Some(isa) = &self.interchange {
            envelope.sender_qualifier = isa.sender_qualifier.clone();
            envelope.sender_id = isa.sender_id.clone();
            envelope.receiver_qualifier = isa.receiver_qualifier.clone();
            envelope.receiver_id = isa.receiver_id.clone();
            envelope.group_sender_id = isa.sender_id.clone();
            envelope.group_receiver_id = isa.receiver_id.clone();
            envelope.usage = isa.usage.clone();
            let number = isa.control_number.trim().parse::<u32>().unwrap_or(1);
            // The two kinds of one file must not share a control number.
            let offset = if kind == ClaimKind::Institutional { 500_000_000 } else { 0 };
            envelope.interchange_control_number = (number + offset) % 1_000_000_000;
            envelope.group_control_number = number.max(1);
        }
        envelope
    }
}

fn claim_json(checked: &CheckedClaim) -> Value {
    let claim = &checked.claim;
    let findings: Vec<_> = checked.findings.iter().map(to_json).collect();
    json!({
        "patient_control_number": claim.patient_control_number.as_str(),
        "segment": claim.source.segment,
        "charge_cents": claim.charge_cents.0,
        "ready": !checked.is_held,
        "findings": findings,
        "prediction": checked.decision.as_ref().map(decision_json),
    })
}

/// A decision with its lines, reductions and explanation.
pub(crate) fn decision_json(decision: &Decision) -> Value {
    let lines: Vec<_> = decision
        .lines
        .iter()
        .map(|line| {
            let reductions: Vec<_> = line
                .adjustments
                .iter()
                .map(|one| {
                    json!({
                        "group": one.group.code(),
                        "reason": one.reason.as_str(),
                        "amount_cents": one.amount_cents.0,
                    })
                })
                .collect();
            json!({
                "line": line.line,
                "charge_cents": line.charge_cents.0,
                "allowed_cents": line.allowed_cents.0,
                "paid_cents": line.paid_cents.0,
                "patient_cents": line.patient.total().0,
                "reductions": reductions,
            })
        })
        .collect();
    let explained: Vec<_> = decision
        .trace
        .iter()
        .map(|step| {
            let explained = step.explain();
            json!({
                "line": step.line,
                "rule": explained.rule.id,
                "version": explained.rule.version,
                "citation": explained.rule.citation,
                "formula": explained.formula,
            })
        })
        .collect();
    json!({
        "state": decision.state.claim_state().word(),
        "reasons": decision.reasons.iter().map(|one| one.message.clone()).collect::<Vec<_>>(),
        "allowed_cents": decision.allowed_cents.0,
        "paid_cents": decision.paid_cents.0,
        "patient_cents": decision.patient.total().0,
        "withhold_cents": decision.withhold_cents.0,
        "lines": lines,
        "explanation": explained,
    })
}

fn show(console: &mut Console<'_>, checked: &CheckedClaim) {
    let claim = &checked.claim;
    let head = format!(
        "claim {} (segment {}, charge {})",
        claim.patient_control_number, claim.source.segment, claim.charge_cents
    );
    match &checked.decision {
        _ if checked.is_held => console.print(&format!("{head}: correct before sending")),
        Some(decision) => {
            console.print(&format!("{head}: {}", decision_words(decision)));
            for line in &decision.lines {
                let reductions: Vec<String> = line
                    .adjustments
                    .iter()
                    .map(|one| format!("{} {}-{}", one.amount_cents, one.group.code(), one.reason))
                    .collect();
                console.print(&format!(
                    "    line {}: charge {}, allowed {}, paid {}, patient {}; {}",
                    line.line,
                    line.charge_cents,
                    line.allowed_cents,
                    line.paid_cents,
                    line.patient.total(),
                    reductions.join(", ")
                ));
            }
        }
        None => console.print(&format!("{head}: ready")),
    }
    for finding in checked.findings.iter().filter(|one| checked.is_held || one.is_error()) {
        print(console, finding);
    }
}

/// What the payer would do, in words.
fn decision_words(decision: &Decision) -> String {
    let reasons = reason_words(decision);
    match decision.state {
        DecisionState::Approved => format!(
            "ready; predicted: allowed {}, paid {}, patient {}",
            decision.allowed_cents,
            decision.paid_cents,
            decision.patient.total()
        ),
        DecisionState::Denied => format!("would be denied: {reasons}"),
        DecisionState::Pended => format!("would wait for a person: {reasons}"),
        DecisionState::Rejected => format!("would come back: {reasons}"),
        DecisionState::Voided => "takes the earlier claim back".to_owned(),
    }
}
