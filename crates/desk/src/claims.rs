//! Claims: the list, and one claim with its lines, money, events and segments.

use crate::book::Book;
use crate::claim_figures::{lines, payer_figures, provider_figures, provider_reason, remittance};
use crate::claim_text::{groups, party_name, patient_name, raw_segments, read_claim};
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, day, moment, trouble};
use counterfoil_base::{Date, Decimal, Finding, Phi};
use counterfoil_claim::{Claim, ClaimKind, Line, Person};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_store::{
    AnswerRow, ClaimRow as PayerClaim, DecisionRow, ListName, ReceivableRow, Transaction,
};
use counterfoil_web::view::{
    ClaimRow, ClaimStanding, ClaimView, ListQuery, Listing, MatchState, Target, TimelineEvent, Tone,
};
use counterfoil_web::{Answer, Figure, FigureAddress, Viewer};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A claim of this organization's own books.
pub(crate) enum OwnClaim {
    Payer(Box<PayerClaim>, Vec<DecisionRow>),
    Provider(Box<ReceivableRow>, Vec<AnswerRow>),
}

pub(crate) fn claims_list(of_payer: bool) -> Named {
    Named {
        name: "claims",
        list: if of_payer { ListName::PayerClaims } else { ListName::Receivables },
        kind: "claim",
        totals: &["billed", "allowed", "patient_share", "paid"],
    }
}

pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "paid" => Tone::Good,
        "pended" | "patient owes" => Tone::Attention,
        "denied" | "rejected" | "reversed" | "taken back" | "voided" => Tone::Refused,
        _ => Tone::Moving,
    }
}

pub(crate) fn is_decided(state: &str) -> bool {
    ["approved", "denied", "paid", "patient owes"].contains(&state)
}

impl OwnClaim {
    fn state(&self) -> &str {
        match self {
            OwnClaim::Payer(claim, _) => claim.update.state.word(),
            OwnClaim::Provider(claim, _) => &claim.state,
        }
    }

    pub(crate) fn segments(&self) -> &[u8] {
        match self {
            OwnClaim::Payer(claim, _) => claim.claim_bytes.expose(),
            OwnClaim::Provider(claim, _) => claim.claim_segments.expose(),
        }
    }

    /// The claim as it was sent; of a payer's claim that nobody has to look at again, what the
    /// payer's answer says of it, since its segments stand in their file alone.
    fn model(&self, engine: Option<&Arc<CleanClaimEngine>>) -> Option<(Claim, Vec<Finding>)> {
        if !self.segments().is_empty() {
            return read_claim(self.segments(), engine);
        }
        let OwnClaim::Payer(row, _) = self else { return None };
        Some((answered_claim(row)?, Vec::new()))
    }

    /// Changes whenever what a person would decide on changes.
    pub(crate) fn version(&self) -> u64 {
        let OwnClaim::Payer(claim, decisions) = self else { return 0 };
        version_of(claim, decisions)
    }
}

/// Patient and lines of a claim as the payer's answer repeats them.
fn answered_claim(row: &PayerClaim) -> Option<Claim> {
    let answer = remittance(row)?;
    let lines = (1u32..).zip(answer.lines).map(|(number, line)| {
        let is_revenue = line.procedure.qualifier == "NU";
        Line {
            number,
            revenue_code: match is_revenue {
                true => line.procedure.code.clone(),
                false => line.revenue_code,
            },
            procedure: (!is_revenue).then_some(line.procedure),
            charge_cents: line.charge_cents,
            units: line.submitted_units.or(line.paid_units).unwrap_or(Decimal::ONE),
            dates: line.dates.into_iter().take(1).collect(),
            ..Line::default()
        }
    });
    let patient = answer.patient;
    Some(Claim {
        kind: match row.kind.as_str() {
            "I" => ClaimKind::Institutional,
            _ => ClaimKind::Professional,
        },
        patient_control_number: answer.patient_control_number,
        charge_cents: answer.charge_cents,
        lines: lines.collect(),
        patient: Some(Person {
            last_name: patient.last_name,
            first_name: patient.first_name,
            middle_name: patient.middle_name,
            suffix: patient.suffix,
            ..Person::default()
        }),
        ..Claim::default()
    })
}

/// Of state, money, reason and decisions.
pub(crate) fn version_of(claim: &PayerClaim, decisions: &[DecisionRow]) -> u64 {
    let update = &claim.update;
    let mut hash = Sha256::new();
    hash.update(format!(
        "{}/{}/{}/{}/{}/{}/{decisions:?}",
        update.state.word(),
        update.reason,
        update.allowed_cents,
        update.paid_cents,
        update.decided_on,
        update.payment_trace
    ));
    let digest = hash.finalize();
    let first: [u8; 8] = std::array::from_fn(|at| digest.get(at).copied().unwrap_or(0));
    u64::from_be_bytes(first)
}

impl OfficeDesk {
    /// The claim with an id, when it is one of ours.
    pub(crate) fn own_claim(&self, tx: &Transaction<'_>, id: &str) -> Answer<Option<OwnClaim>> {
        if self.is_payer() {
            let Some([_, number]) = self.keys("claim", id) else { return Ok(None) };
            return self.payer_claim(tx, &number);
        }
        let Some([provider, number, version]) = self.keys("claim", id) else { return Ok(None) };
        self.provider_claim(tx, [&provider, &number, &version])
    }

    fn payer_claim(&self, tx: &Transaction<'_>, number: &str) -> Answer<Option<OwnClaim>> {
        let found = tx.claim(number).map_err(|error| trouble(&error))?;
        let Some(claim) = found else { return Ok(None) };
        let decisions = tx.decisions(number).map_err(|error| trouble(&error))?;
        Ok(Some(OwnClaim::Payer(Box::new(claim), decisions)))
    }

    fn provider_claim(
        &self,
        tx: &Transaction<'_>,
        [provider, number, version]: [&str; 3],
    ) -> Answer<Option<OwnClaim>> {
        let rows = tx.receivable(provider, number).map_err(|error| trouble(&error))?;
        let found = rows.into_iter().find(|row| row.version.to_string() == version);
        let Some(claim) = found else { return Ok(None) };
        let answers = tx.answers(provider, number).map_err(|error| trouble(&error))?;
        // An answer belongs to the billing that the payer answered: by its number, or to the only
        // one there is.
        let mine = |answer: &AnswerRow| {
            claim.claim_control_number.is_empty()
                || answer.claim_control_number == claim.claim_control_number
        };
        let answers = answers.into_iter().filter(mine).collect();
        Ok(Some(OwnClaim::Provider(Box::new(claim), answers)))
    }

    pub(crate) fn claim_by_keys(
        &self,
        tx: &Transaction<'_>,
        keys: &[String],
    ) -> Answer<Option<OwnClaim>> {
        match keys {
            [_, number] if self.is_payer() => self.payer_claim(tx, number),
            [provider, number, version] if !self.is_payer() => {
                self.provider_claim(tx, [provider, number, version])
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn claim_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<ClaimRow>> {
        let named = claims_list(self.is_payer());
        self.listing(tx, (viewer, query, &named), book, |keys, book| {
            let Some(claim) = self.claim_by_keys(tx, keys)? else { return Ok(None) };
            let id = self.claim_id(keys);
            let read = claim.model(None).map(|(read, _)| read);
            let row = self.claim_row(tx, (&id, &claim), read.as_ref(), book)?;
            let mut amounts = vec![("billed", row.billed.clone())];
            let decided = [
                ("allowed", &row.allowed),
                ("patient_share", &row.patient_share),
                ("paid", &row.paid),
            ];
            for (name, figure) in decided {
                amounts.extend(figure.clone().map(|figure| (name, figure)));
            }
            let (what, target) = (row.number.clone(), Some(Target::Claim(id)));
            Ok(Some(Shown { row, what, target, amounts }))
        })
    }

    /// The name of whom a payer's claim would pay.
    pub(crate) fn payee_name(&self, tx: &Transaction<'_>, key: &str) -> Answer<String> {
        let payee = tx.payee(key).map_err(|error| trouble(&error))?;
        Ok(payee.map(|payee| payee.name).filter(|name| !name.is_empty()).unwrap_or(key.to_owned()))
    }

    pub(crate) fn claim_row(
        &self,
        tx: &Transaction<'_>,
        (id, claim): (&str, &OwnClaim),
        read: Option<&Claim>,
        book: &mut Book,
    ) -> Answer<ClaimRow> {
        let state = claim.state().to_owned();
        let standing = ClaimStanding { word: state.clone(), tone: tone(&state) };
        let patient = read.map_or_else(|| Phi::new(String::new()), patient_name);
        let from = read.and_then(Claim::service_from);
        match claim {
            OwnClaim::Payer(claim, decisions) => {
                let figures = payer_figures(id, claim, book);
                let is_approved = decisions.last().is_some_and(|last| last.verdict == "approve");
                Ok(ClaimRow {
                    id: id.to_owned(),
                    number: claim.claim_control_number.clone(),
                    patient,
                    partner: self.payee_name(tx, &claim.payee_key)?,
                    standing,
                    reason: if is_approved { String::new() } else { claim.update.reason.clone() },
                    service_from: day(&claim.service_from).or(from).unwrap_or(Date::ZERO),
                    billed: figures.billed,
                    allowed: figures.allowed,
                    patient_share: figures.patient_share,
                    paid: figures.paid,
                })
            }
            OwnClaim::Provider(claim, answers) => {
                let figures = provider_figures(id, claim, answers, book);
                let known = &claim.claim_control_number;
                Ok(ClaimRow {
                    id: id.to_owned(),
                    number: match known.is_empty() {
                        true => claim.patient_control_number.clone(),
                        false => known.clone(),
                    },
                    patient,
                    partner: read
                        .map(|claim| party_name(&claim.payer))
                        .filter(|name| !name.is_empty())
                        .unwrap_or_else(|| claim.payer_id.clone()),
                    standing,
                    reason: provider_reason(claim, answers),
                    service_from: from.or(day(&claim.billed_on)).unwrap_or(Date::ZERO),
                    billed: figures.billed,
                    allowed: None,
                    patient_share: figures.patient_share,
                    paid: figures.paid,
                })
            }
        }
    }

    pub(crate) fn claim_view(
        &self,
        tx: &Transaction<'_>,
        (id, claim): (&str, &OwnClaim),
        book: &mut Book,
    ) -> Answer<ClaimView> {
        let engines = self.engines();
        let engine = engines.as_ref().map(|engines| &engines.engine);
        let read = claim.model(engine);
        let (model, findings) = match &read {
            Some((model, findings)) => (Some(model), findings.as_slice()),
            None => (None, [].as_slice()),
        };
        let row = self.claim_row(tx, (id, claim), model, book)?;
        let named = (id.to_owned(), row.number.clone());
        let story = self.story(tx, claim)?;
        let (file, related) = self.claim_links(tx, claim)?;
        let diagnoses = model.map(|claim| claim.diagnoses.iter()).into_iter().flatten();
        let kind = model.map_or("", |claim| match claim.kind {
            ClaimKind::Professional => "professional",
            ClaimKind::Institutional => "institutional",
        });
        Ok(ClaimView {
            kind: kind.to_owned(),
            billing_provider: model
                .map(|claim| party_name(&claim.billing_provider))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(
                    || if self.is_payer() { row.partner.clone() } else { String::new() },
                ),
            diagnoses: diagnoses.map(|one| one.code.to_string()).collect(),
            related,
            file,
            timeline: match &story {
                Some(story) => self.told_by_both(id, story, book),
                None => self.claim_timeline(id, claim, &row),
            },
            lines: model.map(|model| lines(id, claim, model, book)).unwrap_or_default(),
            findings: groups(findings, ("claim", id), Some(&named), book),
            matched: match &story {
                Some(story) => self.matched(tx, story)?,
                None => MatchState::Unknown {
                    why: "This claim is told in no record that we keep with a partner; the page \
                          says what our own books hold."
                        .to_owned(),
                },
            },
            record: story.as_ref().map(OfficeDesk::record_state),
            raw: raw_segments(claim.segments(), findings),
            choices: self.choices(id, claim, book),
            version: claim.version(),
            row,
        })
    }

    #[expect(clippy::type_complexity, reason = "as the view has it")]
    fn claim_links(
        &self,
        tx: &Transaction<'_>,
        claim: &OwnClaim,
    ) -> Answer<(Option<(String, Target)>, Vec<(String, Target)>)> {
        let mut related = Vec::new();
        let digest = match claim {
            OwnClaim::Payer(claim, _) => {
                let earlier =
                    (!claim.replaces.is_empty()).then(|| self.payer_claim_id(tx, &claim.replaces));
                if let Some(id) = earlier.transpose()?.flatten() {
                    related.push((format!("replaces {}", claim.replaces), Target::Claim(id)));
                }
                &claim.source_file
            }
            OwnClaim::Provider(claim, _) => {
                let rows = tx
                    .receivable(&claim.billing_provider, &claim.patient_control_number)
                    .map_err(|error| trouble(&error))?;
                for other in rows.iter().filter(|other| other.version != claim.version) {
                    let words = match other.version < claim.version {
                        true => "follows an earlier billing",
                        false => "is followed by a later billing",
                    };
                    related.push((words.to_owned(), Target::Claim(self.receivable_id(other))));
                }
                &claim.source_file
            }
        };
        let file = tx.file(digest).map_err(|error| trouble(&error))?;
        let file = file.map(|file| {
            let id = self.id("file", &["in".to_owned(), digest.clone()]);
            (file.name, Target::File(id))
        });
        Ok((file, related))
    }

    /// The id of a payer's claim by its control number.
    pub(crate) fn payer_claim_id(
        &self,
        tx: &Transaction<'_>,
        number: &str,
    ) -> Answer<Option<String>> {
        let id = tx.claim_id(number).map_err(|error| trouble(&error))?;
        Ok(id.map(|id| self.claim_id(&[id.to_string(), number.to_owned()])))
    }

    /// The id of a provider's billing.
    pub(crate) fn receivable_id(&self, row: &ReceivableRow) -> String {
        self.claim_id(&[
            row.billing_provider.clone(),
            row.patient_control_number.clone(),
            row.version.to_string(),
        ])
    }

    fn remittance_of(&self, answer: &AnswerRow) -> Target {
        let remittance = [
            "835".to_owned(),
            answer.trace_number.clone(),
            answer.payer_identifier.clone(),
            answer.payee_key.clone(),
        ];
        Target::Remittance(self.id("payment", &remittance))
    }

    /// What our own books say of the claim's life.
    fn claim_timeline(&self, id: &str, claim: &OwnClaim, row: &ClaimRow) -> Vec<TimelineEvent> {
        let event = |on: &str, what: String, tone, figure: Option<Figure>| TimelineEvent {
            at: moment(day(on)),
            by: self.organization.clone(),
            is_ours: true,
            what,
            code: String::new(),
            detail: String::new(),
            tone,
            figure,
            target: None,
            reversal: String::new(),
        };
        let mut events = Vec::new();
        match claim {
            OwnClaim::Payer(claim, decisions) => {
                let billed = Some(row.billed.clone());
                let what = "Received the claim.".to_owned();
                events.push(event(&claim.received_on, what, Tone::Moving, billed));
                for one in decisions {
                    let what = format!("{} decided: {}.", one.decided_by, one.verdict);
                    let told = event(&one.decided_on, what, Tone::Attention, None);
                    events.push(TimelineEvent { detail: one.reason.clone(), ..told });
                }
                let update = &claim.update;
                let word = update.state.word();
                if !update.decided_on.is_empty() {
                    let what = format!("The claim is {word}.");
                    let told = event(&update.decided_on, what, tone(word), row.paid.clone());
                    events.push(TimelineEvent { detail: row.reason.clone(), ..told });
                }
                if !update.payment_trace.is_empty() {
                    let what = "An 835 reports the claim.".to_owned();
                    let told = event(&update.decided_on, what, Tone::Good, row.paid.clone());
                    events.push(TimelineEvent { code: update.payment_trace.clone(), ..told });
                }
            }
            OwnClaim::Provider(claim, answers) => {
                let billed = Some(row.billed.clone());
                let what = "Billed the claim.".to_owned();
                events.push(event(&claim.billed_on, what, Tone::Moving, billed));
                for (number, answer) in (1..).zip(answers) {
                    let paid = FigureAddress::new("claim", id, &format!("answer-{number}-paid"));
                    let figure = Some(Figure::money(answer.paid_cents, paid));
                    let what = format!("Posted what the payer answered: {}.", answer.disposition);
                    let told = event(&answer.posted_on, what, tone(&claim.state), figure);
                    let (code, target) = (answer.trace_number.clone(), self.remittance_of(answer));
                    events.push(TimelineEvent { code, target: Some(target), ..told });
                }
            }
        }
        events.sort_by_key(|event| event.at);
        events
    }
}
