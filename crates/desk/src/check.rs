//! The check before sending: the engines that decide, over a claim that is held or a pasted 837;
//! one claim is judged beside what stands, several lie in a temporary database that is dropped.

use crate::book::{Book, Story, figure_input, row, rule};
use crate::claim_text::{place_words, raw_segments, read_claim, separators};
use crate::office::{DOCUMENTS, Engines, OfficeDesk, stopped, trouble};
use counterfoil_adjudicate::{Decision, DecisionState, EditAction};
use counterfoil_base::{Cents, Date, Finding, Phi, Text};
use counterfoil_claim::Claim;
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_operations::halves::engine_in_force;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims, scan_file};
use counterfoil_operations::payer::{
    Adjudication, PackSource, PayerDesk, ReceivedClaim, TakenClaim, edit_action, load_accumulators,
    predict_claim,
};
use counterfoil_operations::provider::rules_awaited;
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{Place, Store, StoreError};
use counterfoil_web::view::{
    CheckRequest, CheckSource, CheckView, CheckedClaim, EditableField, StakedFinding, Verdict,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, Figure, FigureAddress, Viewer};
use counterfoil_x12::Profile;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Claims of a pasted file that a page shows; totals are over all.
const CLAIMS_SHOWN: usize = 200;

/// What one claim's check came to.
struct Judged {
    claim: Claim,
    findings: Vec<Finding>,
    decision: Decision,
    is_held: bool,
    /// The engine that found them.
    engine: Arc<CleanClaimEngine>,
}

enum Ended {
    Done,
    Store(StoreError),
    Operations(OperationsError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Ended {
        Ended::Store(error)
    }
}

impl From<OperationsError> for Ended {
    fn from(error: OperationsError) -> Ended {
        Ended::Operations(error)
    }
}

fn invalid(what: &str, why: &str, next: &str) -> DeskError {
    DeskError::new(DeskErrorKind::Invalid, what, why)
        .next(next)
        .unchanged("Everything; checking changes nothing.")
}

/// With what a check is made.
struct Rules {
    engine: Arc<CleanClaimEngine>,
    packs: PackSource,
    /// Payers whose rules are not at hand, with what is awaited in words.
    awaited: BTreeMap<Text, String>,
}

/// What claims of a check are judged by.
#[derive(Clone, Copy)]
struct Checking<'c> {
    desk: PayerDesk<'c>,
    /// Who the payer is: a claim that names another one is returned.
    settings: Option<&'c PaymentSettings>,
    awaited: &'c BTreeMap<Text, String>,
}

impl Judged {
    /// A claim whose payer's rules are not at hand is held, as sending it would.
    fn of(claim: Claim, mut taken: TakenClaim, awaited: &BTreeMap<Text, String>) -> Judged {
        let waits = awaited.get(&claim.payer.id).map(|why| rules_awaited(why));
        Judged {
            is_held: taken.decision.state == DecisionState::Rejected || waits.is_some(),
            claim,
            findings: {
                taken.findings.extend(waits);
                taken.findings
            },
            engine: taken.engine,
            decision: taken.decision,
        }
    }

    fn verdict(&self) -> Verdict {
        match self.decision.state {
            _ if self.is_held => Verdict::Held,
            DecisionState::Denied | DecisionState::Pended => Verdict::WillBeDenied,
            _ => Verdict::Ready,
        }
    }

    fn expected(&self) -> Cents {
        match self.decision.state {
            DecisionState::Approved | DecisionState::Denied if !self.is_held => {
                self.decision.paid_cents
            }
            _ => Cents::ZERO,
        }
    }

    fn stake(&self) -> Cents {
        if self.verdict() == Verdict::Ready { Cents::ZERO } else { self.claim.charge_cents }
    }

    fn stake_of(&self, finding: &Finding) -> Cents {
        if !finding.is_error() && edit_action(&self.engine, finding) == EditAction::Note {
            return Cents::ZERO;
        }
        let number = finding.position.service_line.and_then(|line| line.checked_sub(1));
        let line = number.and_then(|at| self.claim.lines.get(at as usize));
        line.map_or(self.claim.charge_cents, |line| line.charge_cents)
    }
}

/// Refuses what is no X12 file, and a claim whose segments stand in the file that brought it.
fn expect_file(segments: &[u8]) -> Answer<()> {
    if segments.is_empty() {
        let why = "Its segments are kept while it waits for a person; now they stand in the \
                   file that brought it.";
        let next = "Paste the claim's own file into the check.";
        return Err(invalid("This claim cannot be checked again here.", why, next));
    }
    if !segments.starts_with(b"ISA") {
        let next = "Paste the whole file, from ISA to IEA.";
        return Err(invalid("The text is not an X12 file.", "It does not begin with ISA.", next));
    }
    Ok(())
}

/// A sum over all claims of the check.
fn total_of(
    judged: &[Judged],
    address: FigureAddress,
    (words, amount): (&str, &dyn Fn(&Judged) -> Cents),
    book: &mut Book,
) -> Answer<Figure> {
    let sum = judged.iter().map(amount).try_fold(Cents::ZERO, Cents::checked_add);
    let too_large = "The charges are too large to add.";
    let sum = sum.ok_or_else(|| invalid("Nothing was checked.", too_large, "Split the file."))?;
    let story = Story {
        sentence: words.to_owned(),
        formula: format!("over {} claims", judged.len()),
        rule: rule("check", "the check's own totals"),
        row_count: Some(judged.len() as u64),
        row_sum: Some(sum),
        ..Story::default()
    };
    Ok(book.money(sum, address, story))
}

impl OfficeDesk {
    /// Checks what is asked for; `id` is what its figures belong to.
    pub(crate) fn checked(
        &self,
        viewer: &Viewer,
        (id, segments): (&str, &[u8]),
        request: &CheckRequest,
        book: &mut Book,
    ) -> Answer<CheckView> {
        let Some(engines) = self.engines() else {
            let why = "This node was given no rates, members and rules to check with.";
            let next = "An administrator names them when the node is started.";
            return Err(invalid("Nothing was checked.", why, next));
        };
        expect_file(segments)?;
        let text = changed(segments, &request.changes)?;
        let on = self.day().unwrap_or(viewer.today);
        let rules = self.rules(&engines, on)?;
        let desk = PayerDesk {
            rates: &engines.rates,
            members: &engines.members,
            engine: &rules.engine,
            packs: rules.packs,
            received_on: on,
        };
        let desk = Checking { desk, settings: engines.settings.as_ref(), awaited: &rules.awaited };
        let (judged, loose) = match request.source {
            // A kept claim stands without the trailers of the file that it came in.
            CheckSource::Claim(_) => self.judge_kept(desk, &text)?,
            CheckSource::Text(_) => self.judge(desk, &text)?,
        };
        if judged.is_empty() {
            let why = loose.first().map_or("It holds no claim.", |one| one.message.as_str());
            let next = "Paste an 837 professional or institutional claim file.";
            return Err(invalid("No claim could be read.", why, next));
        }
        let single = matches!(request.source, CheckSource::Claim(_)) || judged.len() == 1;
        let mut claims: Vec<(Cents, CheckedClaim)> = (1..)
            .zip(&judged)
            .map(|(number, one)| {
                let fields = if single { fields(one, &text) } else { Vec::new() };
                (one.stake(), shown((id, number), one, fields, book))
            })
            .collect();
        claims.sort_by_key(|(stake, _)| std::cmp::Reverse(*stake));
        let mut total = |name: &str, words: &str, amount: &dyn Fn(&Judged) -> Cents| {
            total_of(&judged, FigureAddress::new("check", id, name), (words, amount), book)
        };
        Ok(CheckView {
            billed: total("billed", "Billed by all claims.", &|one| one.claim.charge_cents)?,
            expected: total("expected", "Predicted payment of all claims.", &Judged::expected)?,
            at_stake: total(
                "stake",
                "Lost or delayed unless something is mended.",
                &Judged::stake,
            )?,
            claims: claims.into_iter().map(|(_, claim)| claim).take(CLAIMS_SHOWN).collect(),
            rules: rules_words(&judged, &engines.rules),
            not_run: engines.not_run.clone(),
        })
    }

    /// The engine of a check, and where its packs come from: a payer's are those that it has
    /// published, a provider's those that its payers have.
    fn rules(&self, engines: &Engines, on: Date) -> Answer<Rules> {
        if self.is_payer() {
            let engine = engines.engine.clone();
            return Ok(Rules { engine, packs: PackSource::Record, awaited: BTreeMap::new() });
        }
        let folder = self.data.join(DOCUMENTS);
        let read = |digest: &str| std::fs::read(folder.join(digest));
        let found = self.read("rule packs in force", |tx| {
            engine_in_force(tx, (&engines.engine, on), &read).map_err(|error| stopped(&error))
        })?;
        Ok(Rules { engine: found.engine, packs: PackSource::Desk, awaited: found.awaited })
    }

    fn judge(&self, check: Checking<'_>, text: &[u8]) -> Answer<(Vec<Judged>, Vec<Finding>)> {
        let desk = check.desk;
        let scan = scan_file(&mut &*text);
        let scan = scan.map_err(|error| invalid("Nothing was checked.", &error.to_string(), ""))?;
        let options = IntakeOptions {
            engine: desk.engine.clone(),
            profile: Profile::Strict,
            keeps_segments: false,
            rejected_sets: scan.rejected_sets.clone(),
            day: desk.received_on,
            acknowledgement_number: 1,
            claims_before: 0,
        };
        let (mut received, mut loose) = (Vec::new(), Vec::new());
        let read = read_claims(text, options, |items, _| {
            for item in items {
                match item {
                    IntakeItem::Claim(claim) => received.push(*claim),
                    IntakeItem::Finding(finding) => loose.push(*finding),
                    _ => {}
                }
            }
            Ok::<_, OperationsError>(())
        });
        told(read.map(drop).map_err(Ended::Operations))?;
        let judged = match <[ReceivedClaim; 1]>::try_from(received) {
            Ok([one]) => vec![self.predicted(check, one)?],
            Err(many) => {
                self.predicted_in_order(check, many, &format!("prediction/{}", scan.digest))?
            }
        };
        Ok((judged, loose))
    }

    /// What would become of one claim, beside what stands in the database. A provider's holds
    /// nothing that a payer has decided.
    fn predicted(&self, check: Checking<'_>, received: ReceivedClaim) -> Answer<Judged> {
        let judge = (check.desk, check.settings);
        let taken = self.read("predict", |tx| {
            predict_claim(tx, judge, &received).map_err(|error| refused(&error))
        })?;
        Ok(Judged::of(received.claim, taken, check.awaited))
    }

    /// What would become of several claims, each behind those before it.
    fn predicted_in_order(
        &self,
        check: Checking<'_>,
        received: Vec<ReceivedClaim>,
        key: &str,
    ) -> Answer<Vec<Judged>> {
        let mut judged = Vec::with_capacity(received.len());
        let ended = self.predictions()?.transaction("predict", |tx| -> Result<(), Ended> {
            let used = load_accumulators(tx)?;
            let mut running = Adjudication::new(check.desk, used, key.to_owned());
            if let Some(settings) = check.settings {
                running = running.for_payer(settings);
            }
            for (ordinal, one) in (1..).zip(received) {
                let taken = running.take(tx, &one, ordinal)?;
                judged.push(Judged::of(one.claim, taken, check.awaited));
            }
            Err(Ended::Done)
        });
        told(ended).map(|()| judged)
    }

    /// Where predictions lie: beside what the payer has taken in before, when this is the payer.
    fn predictions(&self) -> Answer<Store> {
        let store = match self.is_payer() {
            true => Place::of(&self.data).and_then(|place| Store::private_copy(&place)),
            false => Store::open_temporary(),
        };
        store.map_err(|error| trouble(&error))
    }

    fn judge_kept(
        &self,
        check: Checking<'_>,
        segments: &[u8],
    ) -> Answer<(Vec<Judged>, Vec<Finding>)> {
        let Some((claim, findings)) = read_claim(segments, Some(check.desk.engine)) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let segments = Phi::new(segments.to_vec());
        let received = ReceivedClaim { ordinal: 1, claim, findings, segments, checks: None };
        Ok((vec![self.predicted(check, received)?], Vec::new()))
    }
}

/// Predictions always end by a rollback.
fn told(ended: Result<(), Ended>) -> Answer<()> {
    match ended {
        Ok(()) | Err(Ended::Done) => Ok(()),
        Err(Ended::Store(error)) => Err(trouble(&error)),
        Err(Ended::Operations(error)) => Err(refused(&error)),
    }
}

fn refused(error: &OperationsError) -> DeskError {
    match error {
        OperationsError::Store(error) => trouble(error),
        other => invalid("Nothing was checked.", &other.to_string(), "Look at the file."),
    }
}

/// The packs that the claims were checked with, and the other rules.
fn rules_words(judged: &[Judged], others: &str) -> String {
    let packs = judged.iter().flat_map(|one| one.engine.packs());
    let names: BTreeSet<String> =
        packs.map(|one| format!("{} {}", one.name, one.version)).collect();
    names.iter().map(String::as_str).chain([others]).collect::<Vec<_>>().join(", ")
}

fn shown(
    (id, number): (&str, u32),
    one: &Judged,
    fields: Vec<EditableField>,
    book: &mut Book,
) -> CheckedClaim {
    let at = |name: &str| FigureAddress::new("check", id, &format!("claim-{number}-{name}"));
    let stated = || Story::stated("Billed as the claim states it.", "CLM02", "CLM02");
    let billed = book.money(one.claim.charge_cents, at("billed"), stated());
    let mut findings: Vec<(Cents, StakedFinding)> = (1..)
        .zip(&one.findings)
        .map(|(index, finding)| {
            let stake = one.stake_of(finding);
            let story = Story {
                sentence: "The charge that depends on this finding.".to_owned(),
                formula: "charge of the line, or of the claim when no line is named".to_owned(),
                rule: rule(&finding.code, &finding.cause),
                inputs: vec![figure_input("billed", &billed, "the claim")],
                ..Story::default()
            };
            let field = field_name(finding);
            (
                stake,
                StakedFinding {
                    code: finding.code.to_string(),
                    message: finding.message.clone(),
                    cause: finding.cause.clone(),
                    fix: finding.fix.clone(),
                    place: place_words(finding),
                    at_stake: book.money(stake, at(&format!("finding-{index}")), story),
                    field: field.filter(|name| fields.iter().any(|one| one.name == *name)),
                },
            )
        })
        .collect();
    findings.sort_by_key(|(stake, _)| std::cmp::Reverse(*stake));
    let steps = one.decision.lines.iter().enumerate().map(|(index, line)| {
        let story =
            Story::stated("What the engine predicts for the line.", "prediction", "own rule");
        let address = at(&format!("line-{}-expected", index + 1));
        let figure = book.money(line.paid_cents, address, story);
        row(&format!("line {}", index + 1), None, &figure)
    });
    let story = Story {
        sentence: "What the payer would pay if the claim were sent now.".to_owned(),
        formula: format!("{} as the engine decides it today", one.expected()),
        rule: rule("prediction", "the engine that decides"),
        rows: steps.collect(),
        ..Story::default()
    };
    CheckedClaim {
        number: one.claim.patient_control_number.to_string(),
        verdict: one.verdict(),
        expected: book.money(one.expected(), at("expected"), story),
        billed,
        findings: findings.into_iter().map(|(_, finding)| finding).collect(),
        fields,
    }
}

/// Name in the form of the element that a finding names: `s12-e3`.
fn field_name(finding: &Finding) -> Option<String> {
    let segment = finding.position.segment?;
    (finding.position.element > 0).then(|| format!("s{segment}-e{}", finding.position.element))
}

/// The elements that findings name, with their values now.
fn fields(one: &Judged, text: &[u8]) -> Vec<EditableField> {
    let Some((_, element)) = separators(text) else { return Vec::new() };
    let segments = raw_segments(text, &[]);
    let mut fields: Vec<EditableField> = Vec::new();
    for finding in &one.findings {
        let (Some(name), Some(number)) = (field_name(finding), finding.position.segment) else {
            continue;
        };
        let Some(segment) = segments.iter().find(|segment| segment.number == number) else {
            continue;
        };
        if fields.iter().any(|field| field.name == name) {
            continue;
        }
        let mut parts = segment.text.expose().split(char::from(element));
        let value = parts.nth(finding.position.element as usize).unwrap_or("").to_owned();
        let label = format!("{}: {}", place_words(finding), finding.message);
        fields.push(EditableField { name, label, value: Phi::new(value) });
    }
    fields
}

/// The text with some elements exchanged.
fn changed(text: &[u8], changes: &[(String, Phi<String>)]) -> Answer<Vec<u8>> {
    if changes.is_empty() {
        return Ok(text.to_vec());
    }
    let bad =
        |why: &str| invalid("Nothing was checked.", why, "Write the value without separators.");
    let (end, element) = separators(text).ok_or_else(|| bad("The ISA segment is too short."))?;
    let mut segments: Vec<Vec<u8>> = text
        .split(|byte| *byte == end)
        .map(|one| one.trim_ascii().to_vec())
        .filter(|one| !one.is_empty())
        .collect();
    for (name, value) in changes {
        let Some((segment, index)) = name.strip_prefix('s').and_then(|name| name.split_once("-e"))
        else {
            continue;
        };
        let (Ok(segment), Ok(index)) = (segment.parse::<usize>(), index.parse::<usize>()) else {
            continue;
        };
        let found = segment.checked_sub(2).and_then(|_| segments.get_mut(segment - 1));
        let Some(found) = found.filter(|_| (1..100).contains(&index)) else { continue };
        let value = value.expose().trim().as_bytes();
        if value.iter().any(|byte| *byte == end || *byte == element || byte.is_ascii_control()) {
            return Err(bad("A value holds a separator of the file."));
        }
        let mut parts: Vec<&[u8]> = found.split(|byte| *byte == element).collect();
        while parts.len() <= index {
            parts.push(b"");
        }
        if let Some(part) = parts.get_mut(index) {
            *part = value;
        }
        *found = parts.join(&element);
    }
    let mut text = segments.join(&end);
    text.push(end);
    Ok(text)
}
