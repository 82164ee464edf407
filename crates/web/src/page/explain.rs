//! Why a figure is what it is: sentence, formula, clause, source rows, and the other side.

use crate::component::{badge, words};
use crate::figure::{Figure, FigureAddress};
use crate::server::{Context, Failure, Page, Served, Shared};
use crate::view::{Explanation, ExplanationInput, MatchState, OtherSide, Tone};
use axum::extract::{Extension, Path, State};
use counterfoil_base::Rounding;
use maud::{Markup, html};

/// The page.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path((subject, id, name)): Path<(String, String, String)>,
) -> Served {
    let filter = context.query.0.clone();
    let address = FigureAddress { subject, id, name, filter };
    let asked = web.ask(context.viewer()?, move |desk, v| desk.explain(v, &address));
    let explanation = asked.await?.ok_or(Failure::NotFound)?;
    let body = draw(&explanation);
    Page::new("Why this figure", "How did this figure come about?", "", body)
        .serve(&web, &context)
        .await
}

fn draw(explanation: &Explanation) -> Markup {
    html! {
        div id="explanation" {
            p.root { (explanation.figure) }
            p.sentence { (explanation.sentence) }
            section aria-labelledby="formula" {
                h2 id="formula" { "Formula" }
                pre { (explanation.formula) }
                @if let Some(rounding) = explanation.rounding {
                    p.quiet { "Rounded once, " (rounding_words(rounding)) "." }
                }
                @if !explanation.inputs.is_empty() { (inputs(&explanation.inputs)) }
            }
            (rule(explanation))
            (rows(explanation))
            section aria-labelledby="other" {
                h2 id="other" { "The other side" }
                (other_side(&explanation.other_side))
            }
            p.quiet {
                "As of " (words::moment(explanation.as_of))
                @if !explanation.digest.is_empty() { " · digest " code { (explanation.digest) } }
            }
            @if !explanation.reproduce.is_empty() {
                p.quiet { "Compute it again: " code { (explanation.reproduce) } }
            }
        }
    }
}

fn rounding_words(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => "to the nearest cent, a tie away from zero",
        Rounding::HalfEven => "to the nearest cent, a tie to the even cent",
        Rounding::Down => "toward zero",
        Rounding::Up => "away from zero",
    }
}

/// Characters of a value that still stands like a number; a longer one is a text.
const NUMBER_CHARACTERS: usize = 32;

fn value_class(input: &ExplanationInput) -> &'static str {
    let is_number = input.figure.is_some() || input.value.chars().count() <= NUMBER_CHARACTERS;
    if is_number { "number" } else { "wide" }
}

fn inputs(inputs: &[ExplanationInput]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="What entered" {
            table.rows.small {
                caption { "What entered" }
                thead { tr { th scope="col" { "Fact" } th.number scope="col" { "Value" }
                    th scope="col" { "From" } } }
                tbody {
                    @for input in inputs {
                        tr {
                            th scope="row" { (input.name) }
                            td class=(value_class(input)) {
                                @match &input.figure {
                                    Some(figure) => (figure),
                                    None => (input.value),
                                }
                            }
                            td {
                                @match &input.target {
                                    Some(target) => a href=(target.path()) { (input.source) },
                                    None => (input.source),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rule(explanation: &Explanation) -> Markup {
    let rule = &explanation.rule;
    html! {
        section aria-labelledby="rule" {
            h2 id="rule" { "Clause and rule" }
            @if !explanation.clause.is_empty() { blockquote { (explanation.clause) } }
            p {
                code { (rule.id) }
                @if !rule.version.is_empty() { ", version " (rule.version) }
                @if !rule.citation.is_empty() { ". " (rule.citation) }
            }
        }
    }
}

fn rows(explanation: &Explanation) -> Markup {
    let shown = explanation.rows.len() as u64;
    let count = explanation.row_count.as_count().unwrap_or(shown);
    html! {
        section aria-labelledby="rows" {
            h2 id="rows" { "Source rows" }
            @if explanation.rows.is_empty() {
                p { "It comes from the inputs above alone." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Source rows" {
                    table.rows.small {
                        caption {
                            (explanation.row_count) " rows"
                            @if let Some(sum) = &explanation.row_sum { ", together " (sum) }
                            @if shown < count { ", the first " (shown) " shown" }
                        }
                        thead { tr { th scope="col" { "Row" } th.number scope="col" { "Part" } } }
                        tbody {
                            @for row in &explanation.rows {
                                tr {
                                    th scope="row" {
                                        @match &row.target {
                                            Some(to) => a.go href=(to.path()) { (row.what) },
                                            None => (row.what),
                                        }
                                    }
                                    td.number {
                                        (words::figure_or(row.amount.as_ref(), "no amount"))
                                    }
                                }
                            }
                        }
                        @if let Some(sum) = &explanation.row_sum {
                            tfoot { tr { th scope="row" { "All " (explanation.row_count) }
                                td.number { (sum) } } }
                        }
                    }
                }
            }
        }
    }
}

fn other_side(other: &OtherSide) -> Markup {
    match other {
        OtherSide::Equal { party, at } => html! {
            p { (badge::status("equal", Tone::Good)) " " (party)
                " holds the same, said at " (words::moment(*at)) "." }
        },
        OtherSide::Differs { party, value, first } => differs(party, value, first),
        OtherSide::Unknown { why } => html! {
            p { (badge::matched(&MatchState::Unknown { why: why.clone() })) " " (why) }
        },
    }
}

fn differs(party: &str, value: &Figure, first: &str) -> Markup {
    html! {
        p { (badge::status("differs", Tone::Attention)) " " (party) " holds " (value) "." }
        p { "First difference: " (first) }
    }
}
