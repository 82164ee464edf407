//! A settlement: both sides' statements, the bridge from benchmark to payment, each number with
//! its clause, and the first place where the two part.

use super::changes::{Place, cents_change};
use super::{LoadedContract, SettlementRecord, SideRecord, contract_rule, moment_words, stated};
use crate::book::{Book, Story, figure_input, input, row};
use counterfoil_base::Cents;
use counterfoil_contract::declarations;
use counterfoil_settle::{
    Parting, RowStatement, TermLine, TextPart, WaterfallStep, clause_texts, compare,
};
use counterfoil_web::view::{
    MatchState, OtherSide, PartingView, SettlementRow, SettlementView, SideLine, StatementRow,
    StatementView, TermRow, Tone, WaterfallBar,
};
use counterfoil_web::{Figure, FigureAddress};
use std::collections::BTreeMap;

/// The settlement's line in the list.
pub fn settlement_row(record: &SettlementRecord, book: &mut Book) -> SettlementRow {
    let maker = Maker { record, loaded: None };
    let ours = record.ours.as_ref().map(|side| maker.side(side, true, book));
    let theirs = record.theirs.as_ref().map(|side| maker.side(side, false, book));
    let difference = ours.as_ref().zip(theirs.as_ref()).and_then(|both| {
        let cents = |side: &Option<SideRecord>| side.as_ref().map(|side| side.amount_cents);
        let amount = cents(&record.theirs)?.checked_sub(cents(&record.ours)?)?;
        let story = Story {
            sentence: "What the partner says less what we say.".to_owned(),
            formula: "theirs - ours".to_owned(),
            rule: crate::book::rule("settlement.difference", "docs/reference/settlement.md"),
            inputs: vec![
                figure_input("theirs", both.1, "the partner's statement"),
                figure_input("ours", both.0, "our statement"),
            ],
            ..Story::default()
        };
        Some(book.money(Cents(amount), maker.address("difference"), story))
    });
    SettlementRow {
        id: record.id.clone(),
        name: record.name.clone(),
        partner: record.partner.clone(),
        standing: record.standing.clone(),
        agreement: agreement(record),
        ours,
        theirs,
        difference,
    }
}

/// A partner can sign a digest with an amount that the statement does not say.
const OTHERWISE_SIGNED: &str =
    "The digest is the same; the amount or facts signed with it are not what the statement says.";

/// Whether both sides hold the same, in words.
fn agreement(record: &SettlementRecord) -> (String, Tone) {
    let (words, tone) = match (&record.ours, &record.theirs) {
        (Some(ours), Some(theirs)) if ours.is_same_as(theirs) => match ours.signed {
            Some(_) => ("the same", Tone::Good),
            None => ("waits for us", Tone::Attention),
        },
        (Some(_), Some(_)) => ("differ", Tone::Attention),
        (None, Some(_)) => ("waits for us", Tone::Attention),
        (Some(ours), None) if ours.signed.is_some() => ("waits for the partner", Tone::Moving),
        _ => ("waits for us", Tone::Attention),
    };
    (words.to_owned(), tone)
}

/// The settlement as its page shows it, with one of its rows in full.
pub fn settlement(
    record: &SettlementRecord,
    loaded: Option<&LoadedContract>,
    shown: Option<u64>,
    book: &mut Book,
) -> SettlementView {
    let maker = Maker { record, loaded };
    let statements = maker.own_statements();
    let rows: Vec<StatementRow> =
        (1..).zip(statements).map(|(n, one)| maker.statement_row(n, one, book)).collect();
    let wanted = shown.unwrap_or(1);
    let shown = (1..).zip(statements).find(|(number, _)| *number == wanted);
    let shown = shown.map(|(number, one)| maker.statement(number, one, book));
    let parting = maker.parting();
    let view_row = settlement_row(record, book);
    let sides = maker.sides(&view_row);
    SettlementView {
        direction: maker.direction(),
        agreement: match (&record.ours, &record.theirs, &parting) {
            (Some(ours), Some(theirs), _) if ours.is_same_as(theirs) => {
                MatchState::Equal { hash: ours.digest.clone() }
            }
            (Some(_), Some(_), Some(parting)) => {
                MatchState::Differs { count: 1, first: parting.what.clone() }
            }
            (Some(ours), Some(theirs), None) if ours.digest == theirs.digest => {
                MatchState::Differs { count: 1, first: OTHERWISE_SIGNED.to_owned() }
            }
            (Some(_), Some(_), None) => MatchState::Unknown {
                why: "The digests differ; the partner's statement is not here to compare."
                    .to_owned(),
            },
            _ => MatchState::Unknown { why: "One side has said nothing yet.".to_owned() },
        },
        row: view_row,
        contract: record.contract.clone(),
        parting,
        sides,
        signing: record.signing.clone(),
        rows,
        shown,
        differences: record.differences.as_ref().map(|found| {
            let place = Place { subject: "settlement", id: &record.id };
            cents_change(found, &place, book)
        }),
        posted: maker.posted(book),
    }
}

struct Maker<'m> {
    record: &'m SettlementRecord,
    loaded: Option<&'m LoadedContract>,
}

impl<'m> Maker<'m> {
    fn address(&self, name: &str) -> FigureAddress {
        FigureAddress::new("settlement", &self.record.id, name)
    }

    /// The statements that are shown: our own, or the partner's while there are none of ours.
    fn own_statements(&self) -> &'m [RowStatement] {
        let of = |side: &'m Option<SideRecord>| side.as_ref()?.statements.as_deref();
        of(&self.record.ours).or_else(|| of(&self.record.theirs)).unwrap_or_default()
    }

    /// The partner's statement of a row that is shown as ours.
    fn partners(&self, statement: &RowStatement) -> Option<&'m RowStatement> {
        self.record.ours.as_ref()?.statements.as_ref()?;
        let theirs = self.record.theirs.as_ref()?.statements.as_deref()?;
        let place = self.own_statements().iter();
        let before = place.take_while(|one| !std::ptr::eq(*one, statement));
        let nth = before.filter(|one| one.subject == statement.subject).count();
        theirs.iter().filter(|one| one.subject == statement.subject).nth(nth)
    }

    fn posted(&self, book: &mut Book) -> Vec<(String, Figure)> {
        let all = self.record.posted.iter().enumerate().map(|(at, (what, cents))| {
            let story = Story::stated("As it is booked.", "the ledger", what);
            let address = self.address(&format!("posted-{at}"));
            (what.clone(), book.money(Cents(*cents), address, story))
        });
        all.collect()
    }

    fn direction(&self) -> String {
        let record = self.record;
        let side = record.ours.as_ref().or(record.theirs.as_ref());
        let partner = &record.partner;
        match side.map(|side| side.amount_cents.signum()) {
            None => "Nobody has said an amount yet.".to_owned(),
            Some(0) => "Nobody pays.".to_owned(),
            Some(sign) if (sign > 0) == record.is_payer => format!("We pay {partner}."),
            Some(_) => format!("{partner} pays us."),
        }
    }

    fn side(&self, side: &SideRecord, is_ours: bool, book: &mut Book) -> Figure {
        let name = if is_ours { "ours" } else { "theirs" };
        let statements = side.statements.as_deref().unwrap_or_default();
        let parts = (1..).zip(statements).filter(|_| is_ours).filter_map(|(number, one)| {
            let cents = Cents(one.result.as_ref()?.amount_cents);
            let figure = Figure::money(cents, self.address(&format!("row-{number}")));
            Some(row(&one.subject, None, &figure))
        });
        let contract = statements.first().map(|one| one.contract.clone()).unwrap_or_default();
        let story = Story {
            sentence: format!("What {} states, from its own facts.", side.party),
            formula: format!("the sum of {} rows of the statement", statements.len()),
            rule: contract_rule(&contract.id, &contract.sha256, "the whole statement"),
            inputs: vec![
                input("statement", &side.digest, "SHA-256"),
                input("facts", &side.facts, "SHA-256"),
            ],
            rows: parts.collect(),
            row_count: Some(statements.len() as u64),
            row_sum: (!statements.is_empty()).then_some(Cents(side.amount_cents)),
            other_side: Some(self.other_total(is_ours)),
            reproduce: format!("counterfoil settlement show {}", self.record.name),
            ..Story::default()
        };
        book.money(Cents(side.amount_cents), self.address(name), story)
    }

    /// The other party's amount.
    fn other_total(&self, is_ours: bool) -> OtherSide {
        let (this, other) = match is_ours {
            true => (&self.record.ours, &self.record.theirs),
            false => (&self.record.theirs, &self.record.ours),
        };
        let name = if is_ours { "theirs" } else { "ours" };
        match (this, other) {
            (Some(this), Some(other)) => match other.signed {
                Some((_, at)) if this.is_same_as(other) => {
                    OtherSide::Equal { party: other.party.clone(), at }
                }
                _ if this.is_same_as(other) => OtherSide::Unknown {
                    why: format!("{} holds the same and has not signed it yet.", other.party),
                },
                _ => OtherSide::Differs {
                    party: other.party.clone(),
                    value: Figure::money(Cents(other.amount_cents), self.address(name)),
                    first: match self.first_parting() {
                        Some((subject, parting)) => format!("{subject}: {}", parting.sentence()),
                        None if this.digest == other.digest => OTHERWISE_SIGNED.to_owned(),
                        None => "their statement is not here to compare".to_owned(),
                    },
                },
            },
            _ => OtherSide::Unknown { why: "The other side has said nothing yet.".to_owned() },
        }
    }

    fn sides(&self, shown: &SettlementRow) -> Vec<SideLine> {
        let line = |side: &SideRecord, is_ours: bool, amount: &Option<Figure>| SideLine {
            party: side.party.clone(),
            is_ours,
            amount: amount.clone(),
            statement: side.digest.clone(),
            facts: side.facts.clone(),
            at: match &side.signed {
                Some((by, at)) => format!("{by}, {}", moment_words(*at)),
                None => "computed, not signed yet".to_owned(),
            },
        };
        let ours = self.record.ours.as_ref().map(|side| line(side, true, &shown.ours));
        let theirs = self.record.theirs.as_ref().map(|side| line(side, false, &shown.theirs));
        ours.into_iter().chain(theirs).collect()
    }

    /// The first row in which ours and theirs part, with the place.
    fn first_parting(&self) -> Option<(String, Parting)> {
        let ours = self.record.ours.as_ref()?.statements.as_deref()?;
        let theirs = self.record.theirs.as_ref()?.statements.as_deref()?;
        let counted = |all: &'m [RowStatement]| {
            let mut rows: BTreeMap<&str, Vec<&RowStatement>> = BTreeMap::new();
            for one in all {
                rows.entry(one.subject.as_str()).or_default().push(one);
            }
            rows
        };
        let (ours, theirs) = (counted(ours), counted(theirs));
        let none = Vec::new();
        for subject in ours.keys().chain(theirs.keys().filter(|one| !ours.contains_key(*one))) {
            let (one, other) =
                (ours.get(subject).unwrap_or(&none), theirs.get(subject).unwrap_or(&none));
            let first = one.iter().zip(other).find_map(|(one, other)| compare(one, other));
            let lone = || {
                (one.len() != other.len()).then(|| Parting {
                    kind: "subject",
                    name: (*subject).to_owned(),
                    clause: String::new(),
                    one: format!("{} rows", one.len()),
                    other: format!("{} rows", other.len()),
                })
            };
            if let Some(parting) = first.or_else(lone) {
                return Some(((*subject).to_owned(), parting));
            }
        }
        None
    }

    fn parting(&self) -> Option<PartingView> {
        let (subject, parting) = self.first_parting()?;
        let what = match (parting.kind, parting.name.as_str()) {
            (kind, "") => kind.to_owned(),
            (kind, name) => format!("{kind} {name}"),
        };
        let Parting { clause, one, other, .. } = parting;
        Some(PartingView { subject, what, clause, ours: one, theirs: other })
    }

    fn statement_row(
        &self,
        number: u64,
        statement: &RowStatement,
        book: &mut Book,
    ) -> StatementRow {
        let amount = self.total(number, statement, book);
        StatementRow { number, subject: statement.subject.clone(), amount }
    }

    /// What a row comes to, with the term that says so.
    fn total(&self, number: u64, statement: &RowStatement, book: &mut Book) -> Option<Figure> {
        let result = statement.result.as_ref()?;
        let line = statement.term(&result.term);
        let mut story = match line {
            Some(line) => self.term_story(number, statement, line),
            None => self.row_story(statement, &result.term, ""),
        };
        story.sentence =
            format!("{} comes to this by the term {}.", statement.subject, result.term);
        if !result.rounding.is_empty() {
            story.formula = format!("{}, rounded {}", story.formula, result.rounding);
        }
        let cents = Cents(result.amount_cents);
        Some(book.money(cents, self.address(&format!("row-{number}")), story))
    }

    fn statement(&self, number: u64, statement: &RowStatement, book: &mut Book) -> StatementView {
        let facts = statement.facts.iter().filter(|fact| !fact.value.is_empty());
        let facts = facts.map(|fact| (fact.name.clone(), self.fact(number, fact, book)));
        let facts = facts.collect();
        let terms = statement.terms.iter().map(|line| TermRow {
            number: line.number,
            name: line.term.clone(),
            value: self.term(number, statement, line, book),
            clause: line.clause.clone(),
            rounding: line.rounding.clone(),
        });
        StatementView {
            number,
            subject: statement.subject.clone(),
            term: statement.result.as_ref().map(|one| one.term.clone()).unwrap_or_default(),
            terms: terms.collect(),
            waterfall: self.waterfall(number, statement, book),
            total: self.total(number, statement, book),
            facts,
            problems: statement.problems.clone(),
            digest: statement.clone().document().sha256,
        }
    }

    fn fact(&self, number: u64, fact: &counterfoil_settle::FactLine, book: &mut Book) -> Figure {
        let mut inputs = vec![input(&fact.name, &fact.value, "facts of this row")];
        if !fact.exact.is_empty() {
            inputs.push(input("exact value", &fact.exact, "as it was read"));
        }
        if !fact.half_unit.is_empty() && fact.half_unit != "0" {
            let words = "printed numbers may be off by this much";
            inputs.push(input("half a unit of its last place", &fact.half_unit, words));
        }
        let story = Story {
            sentence: format!("The facts of this row state {}.", fact.name),
            formula: "as the source states it".to_owned(),
            rule: contract_rule(&fact.name, &self.contract_digest(), "facts.toml"),
            inputs,
            ..Story::default()
        };
        let address = self.fact_address(number, &fact.name);
        stated(book, &fact.value, address, story)
    }

    fn fact_address(&self, number: u64, name: &str) -> FigureAddress {
        self.address(&format!("row-{number}-fact-{name}"))
    }

    fn contract_digest(&self) -> String {
        let first = self.own_statements().first();
        first.map(|one| one.contract.sha256.clone()).unwrap_or_default()
    }

    fn term(
        &self,
        number: u64,
        statement: &RowStatement,
        line: &TermLine,
        book: &mut Book,
    ) -> Figure {
        let mut story = self.term_story(number, statement, line);
        if let Some(other) = self.other_term(number, statement, line, book) {
            story.other_side = Some(other);
        }
        stated(book, &line.value, self.term_address(number, line), story)
    }

    fn term_address(&self, number: u64, line: &TermLine) -> FigureAddress {
        self.address(&format!("row-{number}-term-{}", line.number))
    }

    /// Formula with the numbers in place, inputs that open in turn, clause, rounding.
    fn term_story(&self, number: u64, statement: &RowStatement, line: &TermLine) -> Story {
        let mut story = self.row_story(statement, &line.rule, &line.clause);
        story.sentence = match line.rounding.as_str() {
            "" => format!("The contract computes {} by the formula below.", line.term),
            rounding => {
                format!(
                    "The contract computes {} by the formula below, rounded {rounding}.",
                    line.term
                )
            }
        };
        story.formula = format!("{} = {}", line.term, line.formula);
        if !line.exact.is_empty() && line.exact != line.value {
            story.inputs.push(input("exact value", &line.exact, "never rounded"));
        }
        for one in &line.inputs {
            let below = statement.terms.iter().find(|below| below.term == one.name);
            let fact = statement.facts.iter().find(|f| f.name == one.name && !f.value.is_empty());
            story.inputs.push(match (below, fact) {
                (Some(below), _) => {
                    let figure = Figure::stated(&below.value, self.term_address(number, below));
                    figure_input(&one.name, &figure, &one.source)
                }
                (None, Some(fact)) => {
                    let figure = Figure::stated(&fact.value, self.fact_address(number, &fact.name));
                    figure_input(&one.name, &figure, &one.source)
                }
                (None, None) => input(&one.name, &one.value, &one.source),
            });
        }
        if let Some(text) = self.declared(&line.term) {
            story.inputs.push(input("the rule", &text, "contract.md"));
        }
        story
    }

    fn row_story(&self, statement: &RowStatement, rule: &str, clause: &str) -> Story {
        Story {
            rule: contract_rule(rule, &statement.contract.sha256, clause),
            clause: self.clause_words(clause),
            reproduce: format!("counterfoil settlement show {}", self.record.name),
            other_side: self.other_row(statement),
            ..Story::default()
        }
    }

    /// What the partner holds of a whole row.
    fn other_row(&self, statement: &RowStatement) -> Option<OtherSide> {
        let theirs = self.record.theirs.as_ref()?;
        let Some(row) = self.partners(statement) else {
            let why = "The partner's statement of this row is not here.".to_owned();
            return Some(OtherSide::Unknown { why });
        };
        let (_, at) = theirs.signed.clone()?;
        match compare(statement, row) {
            None => Some(OtherSide::Equal { party: theirs.party.clone(), at }),
            Some(parting) => Some(OtherSide::Unknown {
                why: format!("The row parts first at {}.", parting.sentence()),
            }),
        }
    }

    /// The partner's value of a term.
    fn other_term(
        &self,
        number: u64,
        statement: &RowStatement,
        line: &TermLine,
        book: &mut Book,
    ) -> Option<OtherSide> {
        let theirs = self.record.theirs.as_ref()?;
        let row = self.partners(statement)?;
        let (_, at) = theirs.signed.clone()?;
        let same = row.term(&line.term)?;
        if (&same.value, &same.exact) == (&line.value, &line.exact) {
            return Some(OtherSide::Equal { party: theirs.party.clone(), at });
        }
        let address = self.address(&format!("row-{number}-their-term-{}", line.number));
        let story = Story {
            sentence: format!("{} states this value of {}.", theirs.party, line.term),
            formula: format!("{} = {}", same.term, same.formula),
            inputs: same
                .inputs
                .iter()
                .map(|one| input(&one.name, &one.value, &one.source))
                .collect(),
            ..self.row_story(statement, &same.rule, &same.clause)
        };
        let first = compare(statement, row).map(|parting| parting.sentence());
        Some(OtherSide::Differs {
            party: theirs.party.clone(),
            value: stated(book, &same.value, address, story),
            first: first.unwrap_or_default(),
        })
    }

    /// The words under a heading of the contract.
    fn clause_words(&self, clause: &str) -> String {
        let Some(loaded) = self.loaded else { return String::new() };
        let found = clause_texts(loaded.text()).into_iter().find(|one| one.title == clause);
        let parts = found.map(|found| found.parts).unwrap_or_default();
        let words = parts.into_iter().filter_map(|part| match part {
            TextPart::Paragraph(lines) => Some(lines.join(" ")),
            TextPart::Block { .. } => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The declaration of a term in the contract's text.
    fn declared(&self, term: &str) -> Option<String> {
        let all = declarations(self.loaded?.text());
        all.into_iter().find(|one| one.kind == "term" && one.name == term).map(|one| one.text)
    }

    fn waterfall(
        &self,
        number: u64,
        statement: &RowStatement,
        book: &mut Book,
    ) -> Vec<WaterfallBar> {
        let mut before: Option<Figure> = None;
        let mut bars = Vec::new();
        for (at, step) in (1u64..).zip(&statement.waterfall) {
            let bar = self.bar((number, at), statement, (step, before.as_ref()), book);
            before = Some(bar.level.clone());
            bars.push(bar);
        }
        bars
    }

    fn bar(
        &self,
        (number, at): (u64, u64),
        statement: &RowStatement,
        (step, before): (&WaterfallStep, Option<&Figure>),
        book: &mut Book,
    ) -> WaterfallBar {
        let WaterfallStep { label, term, clause, amount_cents, level_cents } = step;
        let line = statement.term(term);
        let rule = line.map_or(term.as_str(), |line| line.rule.as_str());
        let story = |sentence: String, formula: &str| {
            let mut story = self.row_story(statement, rule, clause);
            story.sentence = sentence;
            formula.clone_into(&mut story.formula);
            if let Some(line) = line {
                let figure = Figure::stated(&line.value, self.term_address(number, line));
                story.inputs.push(figure_input(term, &figure, "the term it is part of"));
            }
            story
        };
        let words = match before {
            None => format!("{label} is the first amount."),
            Some(_) if *amount_cents < 0 => format!("{label} takes this much away."),
            Some(_) => format!("{label} adds this much."),
        };
        let amount = Cents(*amount_cents);
        let address = |name: &str| self.address(&format!("row-{number}-{name}-{at}"));
        let formula = "exact running sum after the step, rounded half up to cents, less the one \
                       before it";
        let amount = book.money(amount, address("bar"), story(words, formula));
        let mut level = story(format!("The sum after {label}."), "sum before + what the step adds");
        level.inputs.extend(before.map(|one| figure_input("sum before", one, "the step above")));
        level.inputs.push(figure_input("what the step adds", &amount, label));
        let level = book.money(Cents(*level_cents), address("level"), level);
        WaterfallBar { label: label.clone(), clause: clause.clone(), amount, level }
    }
}
