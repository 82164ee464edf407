//! What changed between two versions of a contract: in words, and in cents on given facts.

use super::contract_view::{findings, version};
use super::contracts::QUESTION;
use crate::component::form::token;
use crate::component::words::{counted, figure_or};
use crate::figure::encode;
use crate::server::{Context, Failure, Fields, Page, Served, Shared};
use crate::view::{AmountsChange, ChangeLine, ChangesRequest, ChangesView, Target};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use maud::{Markup, html};

/// Beginning of the names of fields that hold further rows.
const ROWS: &str = "rows-";

/// The changes against another version, in words.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let against = context.query.value("against").to_owned();
    show(&web, &context, &id, ChangesRequest { against, ..ChangesRequest::default() }).await
}

/// The same with the cents that they make on facts.
pub(crate) async fn on_facts(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let rows = fields.all().filter_map(|(name, text)| Some((name.strip_prefix(ROWS)?, text)));
    let request = ChangesRequest {
        against: fields.value("against").to_owned(),
        year: fields.value("year").trim().to_owned(),
        facts: fields.value("facts").to_owned(),
        rows: rows.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
    };
    show(&web, &context, &id, request).await
}

async fn show(web: &Shared, context: &Context, id: &str, request: ChangesRequest) -> Served {
    let (asked, wanted) = (id.to_owned(), request.clone());
    let answer =
        web.ask(context.viewer()?, move |desk, v| desk.changes(v, &asked, &wanted)).await?;
    let view = answer.ok_or(Failure::NotFound)?;
    let may_settle = web.may(context, "POST", "/contracts/{id}/changes");
    let body = html! {
        p { a href=(Target::Contract(id.to_owned()).path()) { "Back to the contract" } }
        (draw(&view))
        @if may_settle && view.old.is_some() { (facts_form(context, &view, &request)) }
    };
    let is_refused = !view.findings.is_empty();
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new(format!("Changes of {}", view.new.name), QUESTION, "/contracts", body)
        .serve_as(status, web, context)
        .await
}

fn draw(view: &ChangesView) -> Markup {
    let Some(old) = &view.old else {
        return html! {
            p.empty { "There is no other version of this contract with this partner to compare \
                it with." }
        };
    };
    html! {
        div id="changes" {
            div.summary {
                dl.pairs {
                    div { dt { "Old" } dd { (version(old)) } }
                    div { dt { "New" } dd { (version(&view.new)) } }
                }
                @if view.others.len() > 1 { (other_versions(view)) }
            }
            @if let Some(cents) = &view.cents {
                section aria-labelledby="cents" {
                    h2 id="cents" { "In cents" }
                    (self::cents(cents))
                }
            }
            section aria-labelledby="words" {
                h2 id="words" { "In words" }
                (words(&view.changes))
            }
        }
    }
}

fn other_versions(view: &ChangesView) -> Markup {
    html! {
        form.card.inline method="get" action={ "/contracts/" (encode(&view.new.id)) "/changes" } {
            div.field {
                label for="against" { "Compare with" }
                select id="against" name="against" {
                    @for other in &view.others {
                        @let is_shown = view.old.as_ref().is_some_and(|old| old.id == other.id);
                        option value=(other.id) selected[is_shown] {
                            "from " (other.effective_on) ", " (other.standing.0) }
                    }
                }
            }
            button.plain type="submit" { "Compare" }
        }
    }
}

fn words(changes: &[ChangeLine]) -> Markup {
    html! {
        @if changes.is_empty() { p { "The two say the same." } }
        @for change in changes {
            article.finding {
                h3 { (change.head) }
                @for text in &change.removed {
                    div.removed { span.sign aria-hidden="true" { "−" }
                        span.unseen { "removed: " } del { (text) } }
                }
                @for text in &change.added {
                    div.added { span.sign aria-hidden="true" { "+" }
                        span.unseen { "added: " } ins { (text) } }
                }
            }
        }
    }
}

/// What two settlements differ by, row by row and in total.
pub(crate) fn cents(change: &AmountsChange) -> Markup {
    html! {
        dl.money {
            div { dt { "Before" } dd { (change.old) } }
            div { dt { "Now" } dd { (change.new) } }
            div { dt { "Providers receive more" } dd { (change.provider) } }
            div { dt { "The payer has more" } dd { (change.payer) } }
        }
        p { "Rows that differ: " (change.differing) ". Rows with the same amount: "
            (change.same) "." }
        @if !change.rows.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Rows that differ" {
                table.rows {
                    caption { (counted(change.rows.len(), "row that differs", "rows that differ")) }
                    thead { tr {
                        th scope="col" { "Row" } th.number scope="col" { "Before" }
                        th.number scope="col" { "Now" } th.number scope="col" { "Difference" }
                        th scope="col" { "First place where they part" }
                    } }
                    tbody {
                        @for row in &change.rows {
                            tr {
                                th scope="row" { (row.subject) }
                                td.number { (figure_or(row.old.as_ref(), "no amount")) }
                                td.number { (figure_or(row.new.as_ref(), "no amount")) }
                                td.number { (row.difference) }
                                td { (row.first) }
                            }
                        }
                    }
                    tfoot { tr {
                        th scope="row" { "All" } td.number { (change.old) }
                        td.number { (change.new) } td.number { (change.provider) } td {}
                    } }
                }
            }
        }
    }
}

fn facts_form(context: &Context, view: &ChangesView, request: &ChangesRequest) -> Markup {
    let old = view.old.as_ref().map_or("", |old| old.id.as_str());
    html! {
        section aria-labelledby="settle-both" {
            h2 id="settle-both" { "What does that make in cents?" }
            @if !view.findings.is_empty() { (findings(&view.findings, "")) }
            form.card method="post" action={ "/contracts/" (encode(&view.new.id)) "/changes" } {
                (token(context))
                input type="hidden" name="against" value=(old);
                p { "Both versions settle the same facts; nothing is kept or sent." }
                div.field {
                    label for="year" { "Year whose numbers hold" }
                    select id="year" name="year" {
                        @for year in view.years.iter().rev() {
                            option value=(year) selected[request.year == year.to_string()] {
                                (year) }
                        }
                    }
                }
                div.field {
                    label for="facts" { "Facts (CSV with its heading)" }
                    p.hint id="facts-hint" { "The columns that the contract's facts.toml names." }
                    textarea.code id="facts" name="facts" rows="6" spellcheck="false"
                        aria-describedby="facts-hint" { (request.facts) }
                }
                @for rows in &view.rows {
                    @let name = format!("{ROWS}{rows}");
                    @let typed = request.rows.iter().find(|(known, _)| known == rows);
                    div.field {
                        label for=(name) { "Further rows: " (rows) " (CSV)" }
                        textarea.code id=(name) name=(name) rows="4" spellcheck="false" {
                            (typed.map_or("", |(_, text)| text)) }
                    }
                }
                button type="submit" { "Settle by both" }
            }
        }
    }
}
