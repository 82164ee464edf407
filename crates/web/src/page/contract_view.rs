//! One version of a contract: who has signed it, its words beside its rules, its numbers, cases
//! and what the check found.

use crate::component::{badge, words};
use crate::figure::encode;
use crate::view::{
    CaseLine, Clause, ClausePart, ContractFinding, ContractRow, ContractView, Signature, Signing,
    Target, Tone, YearNumbers,
};
use maud::{Markup, html};

/// Clauses of which the table of contents is shown.
const CONTENTS_FROM: usize = 4;

/// What is drawn, and what the viewer may do.
pub(crate) struct Drawn<'d> {
    /// The version.
    pub view: &'d ContractView,
    /// The viewer may sign.
    pub may_sign: bool,
    /// The viewer may simulate.
    pub may_simulate: bool,
}

impl Drawn<'_> {
    /// The whole page.
    pub(crate) fn whole(&self) -> Markup {
        let view = self.view;
        html! {
            div id="contract" {
                (self.head())
                section aria-labelledby="findings" {
                    h2 id="findings" { "Check" }
                    (findings(&view.findings, "The contract is complete and consistent: types, \
                        units, years, rules and cases."))
                }
                section aria-labelledby="cases" {
                    h2 id="cases" { "Worked examples" }
                    p { (view.cases_passed) " of " (view.cases_all) " come out." }
                    (cases(&view.cases))
                }
                section aria-labelledby="text" {
                    h2 id="text" { "The contract: words and rules" }
                    (contents(&view.clauses))
                    @if view.clauses.is_empty() {
                        p.empty { "The text of this version is not here yet. It comes with the \
                            partner's next exchange." }
                    }
                    @for (at, clause) in view.clauses.iter().enumerate() {
                        (self::clause(at, clause)) }
                }
                section aria-labelledby="numbers" {
                    h2 id="numbers" { "Numbers of each year" }
                    @if view.years.is_empty() { p.empty { "No year states a number." } }
                    @for (at, year) in view.years.iter().rev().enumerate() {
                        (numbers(at == 0, year)) }
                }
                (self.versions())
            }
        }
    }

    fn head(&self) -> Markup {
        let row = &self.view.row;
        let id = encode(&row.id);
        html! {
            div.summary {
                p.large { (badge::status(&row.standing.0, row.standing.1)) }
                dl.pairs {
                    div { dt { "With" } dd { (row.partner) } }
                    div { dt { "Holds from" } dd { (words::day(row.effective_on)) } }
                    div { dt { "Check" } dd { (check_words(self.view)) } }
                    div { dt { "Digest" } dd { code { (row.digest) } } }
                }
                (badge::matched_in_full(&self.view.agreement))
                (signatures(&self.view.signatures))
                (self.signing())
                p {
                    a.button.plain href={ "/contracts/" (id) "/changes" } { "What changed" } " "
                    @if self.may_simulate {
                        a.button.plain href={ "/contracts/" (id) "/simulation" } { "Simulate" }
                    }
                }
                @if !self.view.settlements.is_empty() {
                    p { "Settled under it: "
                        @for (at, (name, target)) in self.view.settlements.iter().enumerate() {
                            @if at > 0 { ", " }
                            a href=(target.path()) { (name) }
                        }
                    }
                }
            }
        }
    }

    fn signing(&self) -> Markup {
        match &self.view.signing {
            Signing::Open { effect } if self.may_sign => html! {
                p { (effect) }
                p { a.button href={ "/contracts/" (encode(&self.view.row.id)) "/signature" } {
                    "Sign this version" } }
            },
            Signing::Open { .. } => html! {
                p.quiet { "A contract manager of your organization can sign it." }
            },
            Signing::Done => html! {},
            Signing::Closed { why } => html! { p.quiet { (why) } },
        }
    }

    fn versions(&self) -> Markup {
        html! {
            @if !self.view.versions.is_empty() {
                section aria-labelledby="versions" {
                    h2 id="versions" { "Other versions" }
                    ul {
                        @for row in &self.view.versions {
                            li {
                                (version(row)) ", "
                                a href={ "/contracts/" (encode(&self.view.row.id))
                                    "/changes?against=" (encode(&row.id)) } {
                                    "what changed against it" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A version in one line: its day, state and digest.
pub(crate) fn version(row: &ContractRow) -> Markup {
    let short: String = row.digest.chars().take(16).collect();
    html! {
        a href=(Target::Contract(row.id.clone()).path()) {
            "from " (words::day(row.effective_on)) }
        " " (badge::status(&row.standing.0, row.standing.1)) " " code { (short) }
    }
}

/// What the check found, in a few words.
pub(crate) fn check_words(view: &ContractView) -> Markup {
    let errors = view.findings.iter().filter(|one| one.severity == "error").count();
    let others = view.findings.len().saturating_sub(errors);
    match (errors, others) {
        _ if view.clauses.is_empty() => badge::status("text not here yet", Tone::Moving),
        (0, 0) => badge::status("complete and consistent", Tone::Good),
        (0, _) => badge::status("with warnings", Tone::Attention),
        _ => badge::status("has errors", Tone::Refused),
    }
}

/// Who has signed what.
pub(crate) fn signatures(all: &[Signature]) -> Markup {
    html! {
        @if !all.is_empty() {
            ul.plain {
                @for one in all {
                    li {
                        (badge::status("signed", Tone::Good)) " "
                        (one.party) @if one.is_ours { " (us)" }
                        ": " strong { (one.by) } ", " (one.at)
                        @if !one.digest.is_empty() { ", " code { (one.digest) } }
                    }
                }
            }
        }
    }
}

/// Findings of the contract language, each with its excerpt.
pub(crate) fn findings(all: &[ContractFinding], none: &str) -> Markup {
    html! {
        @if all.is_empty() { p { (badge::status("nothing to mend", Tone::Good)) " " (none) } }
        @for finding in all {
            article.finding {
                h3 { (finding.message) }
                p { (badge::status(&finding.severity, tone_of(&finding.severity))) " "
                    code { (finding.code) } }
                @if !finding.excerpt.is_empty() {
                    div.scroll tabindex="0" role="region" aria-label="Excerpt" {
                        pre.excerpt { (finding.excerpt) }
                    }
                }
                dl.pairs {
                    @if !finding.cause.is_empty() { div { dt { "Why" } dd { (finding.cause) } } }
                    @if !finding.fix.is_empty() {
                        div { dt { "What to do" } dd { (finding.fix) } } }
                }
            }
        }
    }
}

fn tone_of(severity: &str) -> Tone {
    match severity {
        "error" => Tone::Refused,
        "warning" => Tone::Attention,
        _ => Tone::Plain,
    }
}

fn cases(all: &[CaseLine]) -> Markup {
    html! {
        @if all.is_empty() { p.empty { "The contract has no worked example." } } @else {
            ul.cases {
                @for case in all {
                    @let passes = case.differences.is_empty();
                    li {
                        details open[!passes] {
                            summary {
                                (if passes { badge::status("comes out", Tone::Good) }
                                    else { badge::status("differs", Tone::Failed) })
                                " " (case.title)
                            }
                            p.quiet { code { (case.file) } }
                            dl.pairs {
                                @for (term, value) in &case.expects {
                                    div { dt { (term) } dd { (value) } }
                                }
                            }
                            @if !passes {
                                ul { @for words in &case.differences { li { (words) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn contents(clauses: &[Clause]) -> Markup {
    html! {
        @if clauses.len() >= CONTENTS_FROM {
            details {
                summary { "Clauses" }
                ul.plain {
                    @for (at, clause) in clauses.iter().enumerate() {
                        li { a href={ "#clause-" (at) } { (clause.title) } }
                    }
                }
            }
        }
    }
}

/// Words on the left, the rule that means them on the right.
fn clause(at: usize, clause: &Clause) -> Markup {
    html! {
        article.clause aria-labelledby={ "clause-" (at) } {
            h3 id={ "clause-" (at) } { (clause.title) }
            @for part in &clause.parts { (self::part(part)) }
        }
    }
}

fn part(part: &ClausePart) -> Markup {
    html! {
        div.side-by-side {
            div.prose { @for words in &part.words { p { (marked(words)) } } }
            @if !part.rule.is_empty() {
                pre.source { (part.rule) }
            }
        }
    }
}

/// Words with what stands between backticks as code.
fn marked(words: &str) -> Markup {
    html! {
        @for (at, piece) in words.split('`').enumerate() {
            @if at % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

fn numbers(is_open: bool, year: &YearNumbers) -> Markup {
    html! {
        details open[is_open] {
            summary { (year.year) }
            div.scroll tabindex="0" role="region" aria-label={ "Numbers of " (year.year) } {
                table.rows.small {
                    caption { "Numbers of " (year.year) }
                    thead { tr { th scope="col" { "Number" } th.number scope="col" { "Value" }
                        th scope="col" { "Source" } } }
                    tbody {
                        @for number in &year.numbers {
                            tr { th scope="row" { (number.name) } td.number { (number.value) }
                                td { (number.citation) } }
                        }
                    }
                }
            }
        }
    }
}
