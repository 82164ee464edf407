//! The money of one claim, and of each of its lines, with how every figure came about.

use crate::book::{Book, Story, figure_input, input, row, rule};
use crate::claims::{OwnClaim, is_decided};
use counterfoil_base::{Cents, Date, RuleReference};
use counterfoil_claim::{Adjustment, Claim, RemittanceClaim, RemittanceLine};
use counterfoil_operations::payer::adjustment_words;
use counterfoil_store::{AnswerRow, ClaimRow as PayerClaim, ReceivableRow};
use counterfoil_web::view::{LineView, Reduction, SourceRow};
use counterfoil_web::{Figure, FigureAddress};

const CLP: &str = "ASC X12N 005010X221A1, CLP and SVC";

pub(crate) struct ClaimFigures {
    pub(crate) billed: Figure,
    pub(crate) allowed: Option<Figure>,
    pub(crate) patient_share: Option<Figure>,
    pub(crate) paid: Option<Figure>,
}

fn at(id: &str, name: &str) -> FigureAddress {
    FigureAddress::new("claim", id, name)
}

pub(crate) fn remittance(claim: &PayerClaim) -> Option<RemittanceClaim> {
    let text = std::str::from_utf8(claim.update.remittance_loop.expose()).ok()?;
    RemittanceClaim::from_stored(text)
}

/// Steps of the stored explanation that are about one line, or about the claim as a whole.
fn steps(claim: &PayerClaim, line: Option<u32>) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    for step in claim.update.explanation.expose().lines() {
        let mut parts = step.splitn(3, '\t');
        let (Some(subject), Some(rule), Some(formula)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if line.is_none_or(|line| subject == format!("line {line}")) {
            found.push((subject, rule, formula));
        }
    }
    found
}

/// `contract.X.fee-schedule 2024.1` as a rule.
fn rule_of(step: &str) -> RuleReference {
    let (id, version) = step.rsplit_once(' ').unwrap_or((step, ""));
    RuleReference {
        id: id.to_owned(),
        version: version.to_owned(),
        citation: "as the engine kept it when it decided".to_owned(),
    }
}

/// A decided amount with the steps by which the engine came to it.
fn decided(claim: &PayerClaim, sentence: &str, formula: String, line: Option<u32>) -> Story {
    let steps = steps(claim, line);
    Story {
        sentence: sentence.to_owned(),
        formula,
        rule: steps.last().map_or_else(|| rule("adjudication", CLP), |step| rule_of(step.1)),
        inputs: steps
            .iter()
            .map(|(subject, rule, formula)| input(&format!("{subject}: {rule}"), formula, rule))
            .collect(),
        reproduce: format!("counterfoil claim show {} --data DIR", claim.claim_control_number),
        ..Story::default()
    }
}

pub(crate) fn payer_figures(id: &str, claim: &PayerClaim, book: &mut Book) -> ClaimFigures {
    let source = format!("CLM02, segment {} of the 837", claim.source_segment);
    let stated = Story::stated("Billed as the claim states it.", &source, "CLM02");
    let billed = book.money(claim.charge_cents, at(id, "billed"), stated);
    let update = &claim.update;
    if !is_decided(update.state.word()) {
        return ClaimFigures { billed, allowed: None, patient_share: None, paid: None };
    }
    let lines = remittance(claim).map(|one| one.lines).unwrap_or_default();
    let mut of_lines = |name: &str, amount: &dyn Fn(&RemittanceLine) -> Cents| {
        let numbered = (1u32..).zip(&lines);
        numbered
            .map(|(number, line)| {
                let figure = line_figure(id, claim, (number, line), (name, amount(line)), book);
                row(&format!("line {number}"), None, &figure)
            })
            .collect::<Vec<SourceRow>>()
    };
    let (allowed_rows, share_rows, paid_rows) = (
        of_lines("allowed", &allowed_of),
        of_lines("patient_share", &share_of),
        of_lines("paid", &|line| line.paid_cents),
    );
    let mut whole = |name: &str, amount: Cents, words: &str, rows: Vec<SourceRow>| {
        let mut story = decided(claim, words, format!("{amount}, from the steps below"), None);
        story.inputs.insert(0, figure_input("billed", &billed, "the claim"));
        book.money(amount, at(id, name), Story { rows, ..story })
    };
    ClaimFigures {
        allowed: Some(whole(
            "allowed",
            update.allowed_cents,
            "What contract and edits allow for all lines.",
            allowed_rows,
        )),
        patient_share: Some(whole(
            "patient_share",
            update.patient_cents,
            "What the plan leaves to the patient.",
            share_rows,
        )),
        paid: Some(whole(
            "paid",
            update.paid_cents,
            "What the plan pays for the claim.",
            paid_rows,
        )),
        billed,
    }
}

fn allowed_of(line: &RemittanceLine) -> Cents {
    line.amounts
        .iter()
        .find(|one| one.qualifier == "B6")
        .map_or(Cents::ZERO, |one| one.amount_cents)
}

fn share_of(line: &RemittanceLine) -> Cents {
    let patient = line.adjustments.iter().filter(|one| one.group.code() == "PR");
    patient.fold(Cents::ZERO, |sum, one| sum.checked_add(one.amount_cents).unwrap_or(sum))
}

fn line_figure(
    id: &str,
    claim: &PayerClaim,
    (number, line): (u32, &RemittanceLine),
    (name, amount): (&str, Cents),
    book: &mut Book,
) -> Figure {
    let formula = match name {
        "paid" => {
            let taken: Vec<String> = line.adjustments.iter().map(adjustment_words).collect();
            format!("{} less {} = {}", line.charge_cents, taken.join(", "), line.paid_cents)
        }
        _ => format!("{amount}, from the steps below"),
    };
    let story =
        decided(claim, &format!("Line {number} as the engine decided it."), formula, Some(number));
    book.money(amount, at(id, &format!("line-{number}-{name}")), story)
}

pub(crate) fn provider_figures(
    id: &str,
    claim: &ReceivableRow,
    answers: &[AnswerRow],
    book: &mut Book,
) -> ClaimFigures {
    let stated =
        Story::stated("Billed as the claim states it.", "the claim as it was sent", "CLM02");
    let billed = book.money(claim.charge_cents, at(id, "billed"), stated);
    if !is_decided(&claim.state) {
        return ClaimFigures { billed, allowed: None, patient_share: None, paid: None };
    }
    let mut of_answers = |name: &str, amount: &dyn Fn(&AnswerRow) -> Cents| {
        let numbered = (1..).zip(answers);
        numbered
            .map(|(number, answer)| {
                let trace = &answer.trace_number;
                let story = Story::stated(
                    "As the 835 states it.",
                    &format!("835 with trace {trace}, claim {}", answer.position),
                    CLP,
                );
                let address = at(id, &format!("answer-{number}-{name}"));
                row(&format!("835 {trace}"), None, &book.money(amount(answer), address, story))
            })
            .collect::<Vec<SourceRow>>()
    };
    let (paid_rows, share_rows) = (
        of_answers("paid", &|one| one.paid_cents),
        of_answers("patient_share", &|one| one.patient_cents),
    );
    let mut posted = |name: &str, amount: Cents, words: &str, rows: Vec<SourceRow>| {
        let story = Story {
            sentence: words.to_owned(),
            formula: format!("{amount}, net of reversals, over the answers below"),
            rule: rule("posting", CLP),
            inputs: vec![figure_input("billed", &billed, "the claim")],
            rows,
            ..Story::default()
        };
        book.money(amount, at(id, name), story)
    };
    ClaimFigures {
        allowed: None,
        patient_share: Some(posted(
            "patient_share",
            claim.patient_cents,
            "What the payer's answers leave to the patient.",
            share_rows,
        )),
        paid: Some(posted("paid", claim.paid_cents, "What the payer's answers paid.", paid_rows)),
        billed,
    }
}

pub(crate) fn provider_reason(claim: &ReceivableRow, answers: &[AnswerRow]) -> String {
    let last = answers.last().map(|answer| answer.status_code.as_str());
    match (claim.state.as_str(), last) {
        ("denied", Some(code)) => format!("The payer pays nothing (CLP02 {code})"),
        ("reversed" | "taken back", _) => "The payer took its answer back (CLP02 22)".to_owned(),
        _ => String::new(),
    }
}

pub(crate) fn lines(id: &str, claim: &OwnClaim, model: &Claim, book: &mut Book) -> Vec<LineView> {
    let (payer, answered) = match claim {
        OwnClaim::Payer(row, _) if is_decided(row.update.state.word()) => {
            (Some(row), remittance(row).map(|one| one.lines).unwrap_or_default())
        }
        _ => (None, Vec::new()),
    };
    let numbered = (1u32..).zip(&model.lines);
    numbered
        .map(|(number, line)| {
            let name = |what: &str| at(id, &format!("line-{number}-{what}"));
            let stated = || {
                let source = format!("service line {number}, segment {}", line.segment);
                Story::stated("As the claim states it.", &source, "SV1 or SV2 of the 837")
            };
            let answer = answered.get(number as usize - 1);
            let mut figure = |what: &str, amount: &dyn Fn(&RemittanceLine) -> Cents| {
                let (row, answer) = (payer?, answer?);
                Some(line_figure(id, row, (number, answer), (what, amount(answer)), book))
            };
            let (allowed, patient_share, paid) = (
                figure("allowed", &allowed_of),
                figure("patient_share", &share_of),
                figure("paid", &|line| line.paid_cents),
            );
            let taken = answer.map(|answer| answer.adjustments.as_slice()).unwrap_or_default();
            let taken = taken.iter().filter(|one| one.group.code() != "PR");
            let reductions = (1..).zip(taken).map(|(at, one)| {
                reduction(
                    one,
                    name(&format!("reduction-{at}")),
                    (payer.map(|row| &**row), number),
                    book,
                )
            });
            let modifiers = line.modifiers().iter().map(|one| format!("-{one}"));
            let code = match line.procedure_code() {
                "" => line.revenue_code.to_string(),
                code => code.to_owned(),
            };
            LineView {
                number,
                service: code + &modifiers.collect::<String>(),
                reductions: reductions.collect(),
                day: line
                    .service_dates()
                    .map(|range| range.from)
                    .or(model.service_from())
                    .unwrap_or(Date::ZERO),
                units: book.rate(line.units, "units", name("units"), stated()),
                billed: book.money(line.charge_cents, name("billed"), stated()),
                allowed,
                patient_share,
                paid,
            }
        })
        .collect()
}

fn reduction(
    one: &Adjustment,
    address: FigureAddress,
    (payer, line): (Option<&PayerClaim>, u32),
    book: &mut Book,
) -> Reduction {
    let words = adjustment_words(one);
    let story = match payer {
        Some(claim) => decided(claim, "Taken off by the rule below.", words.clone(), Some(line)),
        None => Story::stated("As the 835 states it.", "CAS", CLP),
    };
    let plain = words.split_once(' ').map_or(words.as_str(), |(_, rest)| rest);
    let plain = plain.split_once(" (").map_or(plain, |(words, _)| words);
    Reduction {
        amount: book.money(one.amount_cents, address, story),
        words: plain.to_owned(),
        code: format!("{}-{}", one.group.code(), one.reason),
    }
}
