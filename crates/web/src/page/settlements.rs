//! Screen 9, settlements: what do we owe each other, and where do we differ?

use super::changes::cents;
use super::contracts::{closed, signing_form};
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::plot::{FlowBar, waterfall};
use crate::component::words::figure_or;
use crate::component::{badge, export, words};
use crate::figure::{Figure, encode};
use crate::server::{Context, Failure, Fields, Page, Served, Shared, redirect};
use crate::view::{
    DocumentForm, PartingView, SettlementRow, SettlementView, SideLine, Signing, StatementView,
    Target, Tone,
};
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};
use maud::{Markup, html};

const QUESTION: &str = "What do we owe each other, and where do we differ?";

/// Sums up to this part of the largest one are too small to be seen beside it.
const SMALL_THOUSANDTHS: u32 = 125;

/// A column of this list.
type Shown = Column<SettlementRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "name",
        "Settlement",
        |row| html! { a.go href=(Target::Settlement(row.id.clone()).path()) { (row.name) } },
        |row| row.name.clone(),
    )
    .sortable(),
    Shown::words("partner", "With", |row| row.partner.clone()).sortable(),
    Shown::marked(
        "standing",
        "State",
        |row| badge::status(&row.standing.0, row.standing.1),
        |row| row.standing.0.clone(),
    ),
    Shown::marked(
        "agreement",
        "Both sides",
        |row| badge::status(&row.agreement.0, row.agreement.1),
        |row| row.agreement.0.clone(),
    ),
    Shown::figure("ours", "We say", |row| row.ours.as_ref()),
    Shown::figure("theirs", "The partner says", |row| row.theirs.as_ref()),
    Shown::figure("difference", "Difference", |row| row.difference.as_ref()),
];

static SPEC: ListSpec<SettlementRow> = ListSpec {
    path: "/settlements",
    nouns: ("settlement", "settlements"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "agreement",
            label: "Both sides",
            choices: &[
                ("the same", "the same"),
                ("differ", "differ"),
                ("waits for us", "waits for us"),
                ("waits for the partner", "waits for the partner"),
            ],
        },
        Filter { name: "with", label: "With", choices: &[] },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.settlements(viewer, query),
    id: Some(|row| &row.id),
    empty: "Nothing is settled yet. `counterfoil settlement prepare` settles a year by the \
            contract in force; what a partner states appears here by itself.",
};

/// The list.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Settlements",
        question: QUESTION,
        place: "/settlements",
        live: "settlement",
        above: html! {},
    };
    list::serve(&web, &context, &SPEC, screen).await
}

/// The list as a file.
pub(crate) async fn export(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    export::csv(&web, &context, &SPEC).await
}

async fn view_of(web: &Shared, context: &Context, id: &str) -> Result<SettlementView, Failure> {
    let asked = id.to_owned();
    let row: Option<u64> = context.query.value("row").parse().ok();
    let view = web.ask(context.viewer()?, move |desk, v| desk.settlement(v, &asked, row)).await?;
    view.ok_or(Failure::NotFound)
}

/// One settlement.
pub(crate) async fn settlement(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let view = view_of(&web, &context, &id).await?;
    let may_sign = web.may(&context, "POST", "/settlements/{id}/signature");
    let body = draw(&view, may_sign);
    Page::new(format!("Settlement {}", view.row.name), QUESTION, "/settlements", body)
        .live(format!("settlement/{id}"))
        .serve(&web, &context)
        .await
}

/// The statement as a file.
pub(crate) async fn file(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let wanted = context.query.value("form");
    let form = DocumentForm::ALL.into_iter().find(|known| known.names().0 == wanted);
    let form = form.unwrap_or(DocumentForm::Json);
    let asked = web.ask(context.viewer()?, move |desk, v| desk.settlement_file(v, &id, form));
    let bytes = asked.await?.ok_or(Failure::NotFound)?;
    let (_, name, media) = form.names();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    let named = format!("attachment; filename=\"{name}\"");
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}

/// What is signed, and what happens then, before it is signed.
pub(crate) async fn signing(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let view = view_of(&web, &context, &id).await?;
    let ours = view.sides.iter().find(|side| side.is_ours);
    let body = match (&view.signing, ours) {
        (Signing::Open { effect }, Some(ours)) => html! {
            (head(&view))
            (signing_form(&context, "/settlements", &view.row.id, &ours.statement, effect))
        },
        (Signing::Done, _) => closed("Your organization has signed this statement."),
        (Signing::Closed { why }, _) => closed(why),
        (Signing::Open { .. }, None) => closed("Your organization has not settled it yet."),
    };
    let body = html! {
        p { a href=(Target::Settlement(id).path()) { "Back to the settlement" } }
        (body)
    };
    Page::new(format!("Sign {}", view.row.name), "What do I sign?", "/settlements", body)
        .serve(&web, &context)
        .await
}

/// Signs by the name of the person who is signed in.
pub(crate) async fn sign(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let (asked, digest) = (id.clone(), fields.value("digest").to_owned());
    let done = web.ask(context.viewer()?, move |d, v| d.sign_settlement(v, &asked, &digest));
    done.await?.ok_or(Failure::NotFound)?;
    Ok(redirect(&Target::Settlement(id).path()))
}

fn draw(view: &SettlementView, may_sign: bool) -> Markup {
    html! {
        div id="settlement" {
            (head(view))
            @if let Some(parting) = &view.parting { (self::parting(parting)) }
            (sides(&view.sides))
            (offer(view, may_sign))
            (rows(view))
            @if let Some(shown) = &view.shown { (statement(shown)) }
            @else {
                p.empty { "The statement itself is not here yet. It comes with the partner's next \
                    exchange, or when your organization settles its own facts." }
            }
            @if let Some(change) = &view.differences {
                section aria-labelledby="restated" {
                    h2 id="restated" { "Against the statement that it replaces" }
                    (cents(change))
                }
            }
            (posted(view))
            (downloads(view))
        }
    }
}

fn head(view: &SettlementView) -> Markup {
    let row = &view.row;
    html! {
        div.summary {
            p.large {
                (badge::status(&row.standing.0, row.standing.1)) " "
                (badge::status(&row.agreement.0, row.agreement.1))
            }
            dl.money {
                div { dt { "We say" } dd { (figure_or(row.ours.as_ref(), "nothing yet")) } }
                div { dt { "The partner says" }
                    dd { (figure_or(row.theirs.as_ref(), "nothing yet")) } }
                @if let Some(difference) = &row.difference {
                    div { dt { "Difference" } dd { (difference) } }
                }
            }
            p { (view.direction) }
            dl.pairs {
                div { dt { "With" } dd { (row.partner) } }
                @if let Some(contract) = &view.contract {
                    div { dt { "Contract" } dd {
                        a href=(contract.path()) { "The text and rules that settled it" } } }
                }
            }
            (badge::matched_in_full(&view.agreement))
        }
    }
}

fn parting(parting: &PartingView) -> Markup {
    html! {
        section.notice aria-labelledby="parting" {
            h2 id="parting" { "The first place where the two statements part" }
            p { (parting.subject) ": " strong { (parting.what) }
                @if !parting.clause.is_empty() { ", under the clause “" (parting.clause) "”" } }
            dl.pairs {
                div { dt { "We say" } dd { (parting.ours) } }
                div { dt { "The partner says" } dd { (parting.theirs) } }
            }
            p { "Everything before it is the same on both sides. Settle it there, and state anew; "
                "nothing is paid until both say the same, or a named person says otherwise." }
        }
    }
}

fn sides(sides: &[SideLine]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Both sides" {
            table.rows {
                caption { "What each side says, from its own facts" }
                thead { tr {
                    th scope="col" { "Party" } th.number scope="col" { "Amount" }
                    th scope="col" { "Digest of the statement" }
                    th scope="col" { "Digest of the facts" } th scope="col" { "Said" }
                } }
                tbody {
                    @for side in sides {
                        tr {
                            th scope="row" { (side.party) @if side.is_ours { " (us)" } }
                            td.number { (figure_or(side.amount.as_ref(), "nothing yet")) }
                            td.wide { code { (side.statement) } }
                            td.wide { code { (side.facts) } }
                            td { (side.at) }
                        }
                    }
                }
            }
        }
    }
}

fn offer(view: &SettlementView, may_sign: bool) -> Markup {
    match &view.signing {
        Signing::Open { effect } if may_sign => html! {
            p { (effect) }
            p { a.button id="countersign"
                href={ "/settlements/" (encode(&view.row.id)) "/signature" } {
                "Sign this statement" } }
        },
        Signing::Open { .. } => html! {
            p.quiet { "A contract manager of your organization can sign it." }
        },
        Signing::Done => html! {},
        Signing::Closed { why } => html! { p.quiet { (why) } },
    }
}

/// Rows of the statement, when it has more than the one that is shown.
fn rows(view: &SettlementView) -> Markup {
    let shown = view.shown.as_ref().map(|shown| shown.number);
    html! {
        @if view.rows.len() > 1 {
            section aria-labelledby="rows" {
                h2 id="rows" { "Rows of the statement" }
                div.scroll tabindex="0" role="region" aria-label="Rows of the statement" {
                    table.rows.small {
                        caption { (words::counted(view.rows.len(), "row", "rows")) }
                        thead { tr { th scope="col" { "Row" } th.number scope="col" { "Amount" } } }
                        tbody {
                            @for row in &view.rows {
                                tr {
                                    th scope="row" {
                                        a.go href={ "/settlements/" (encode(&view.row.id)) "?row="
                                            (row.number) "#statement" }
                                            aria-current=[(shown == Some(row.number))
                                                .then_some("true")] { (row.subject) }
                                    }
                                    td.number { (figure_or(row.amount.as_ref(), "no amount")) }
                                }
                            }
                        }
                        @if let Some(total) = &view.row.ours {
                            tfoot { tr { th scope="row" { "All" } td.number { (total) } } }
                        }
                    }
                }
            }
        }
    }
}

fn statement(shown: &StatementView) -> Markup {
    html! {
        section aria-labelledby="statement" {
            h2 id="statement" { "Statement for " (shown.subject) }
            @for problem in &shown.problems {
                p { (badge::status("no amount", Tone::Refused)) " " (problem) }
            }
            (bridge(shown))
        }
        section aria-labelledby="terms" {
            h2 id="terms" { "Every number, with its clause" }
            (terms(shown))
        }
        section aria-labelledby="facts" {
            h2 id="facts" { "Facts" }
            div.scroll tabindex="0" role="region" aria-label="Facts" {
                table.rows.small {
                    caption { (words::counted(shown.facts.len(), "fact", "facts")) }
                    thead { tr { th scope="col" { "Fact" } th.number scope="col" { "Value" } } }
                    tbody {
                        @for (name, value) in &shown.facts {
                            tr { th scope="row" { (name) } td.number { (value) } }
                        }
                    }
                }
            }
        }
        p.quiet { "Digest of this row's statement: " code { (shown.digest) } }
    }
}

/// From the first amount to the payment, as a picture and as a table.
fn bridge(shown: &StatementView) -> Markup {
    let bars: Vec<FlowBar<'_>> = shown
        .waterfall
        .iter()
        .map(|bar| FlowBar { label: &bar.label, amount: &bar.amount, level: &bar.level })
        .collect();
    html! {
        (waterfall(("bridge", "From the first amount to the payment", "Each bar begins where the \
            one before it ends; broken outlines take away. The table below says the same."),
            &bars, shown.total.as_ref()))
        (enlarged(&bars, shown.total.as_ref()))
        @if !shown.waterfall.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Steps to the payment" {
                table.rows {
                    caption { (words::counted(shown.waterfall.len(), "step", "steps"))
                        " to the payment, which sum to it" }
                    thead { tr {
                        th scope="col" { "Step" } th scope="col" { "Clause" }
                        th.number scope="col" { "Adds" } th.number scope="col" { "Sum" }
                    } }
                    tbody {
                        @for bar in &shown.waterfall {
                            tr { th.wide scope="row" { (bar.label) } td.wide { (bar.clause) }
                                td.number { (bar.amount) } td.number { (bar.level) } }
                        }
                    }
                    @if let Some(total) = &shown.total {
                        tfoot { tr { th scope="row" { "Payment: " (shown.term) } td {} td {}
                            td.number { (total) } } }
                    }
                }
            }
        }
    }
}

/// The last steps once more on a scale of their own, when the first amounts dwarf them.
fn enlarged(bars: &[FlowBar<'_>], total: Option<&Figure>) -> Markup {
    let Some(first) = bars.first() else { return html! {} };
    let largest = bars.iter().fold(first.level, |largest, bar| largest.larger(bar.level));
    let is_large = |bar: &FlowBar<'_>| bar.level.thousandths_of(largest) > SMALL_THOUSANDTHS;
    let last = bars.iter().rposition(is_large);
    let Some((from, rest)) = last.and_then(|at| bars.get(at + 1..)?.split_first()) else {
        return html! {};
    };
    if rest.is_empty() {
        return html! {};
    }
    let label = format!("sum after {}", from.label);
    let begun = FlowBar { label: &label, amount: from.level, level: from.level };
    let copied =
        rest.iter().map(|bar| FlowBar { label: bar.label, amount: bar.amount, level: bar.level });
    let bars: Vec<FlowBar<'_>> = std::iter::once(begun).chain(copied).collect();
    html! {
        (waterfall(("enlarged", "The last steps, enlarged", "The same steps from where the sum is \
            small, on a scale of their own."), &bars, total))
    }
}

fn terms(shown: &StatementView) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Every number" {
            table.rows {
                caption { (words::counted(shown.terms.len(), "number", "numbers"))
                    ", each after what it rests on" }
                thead { tr {
                    th scope="col" { "No." } th scope="col" { "Term" }
                    th.number scope="col" { "Value" } th scope="col" { "Clause" }
                    th scope="col" { "Rounding" }
                } }
                tbody {
                    @for term in &shown.terms {
                        tr { td { (term.number) } th scope="row" { (term.name) }
                            td.number { (term.value) } td.wide { (term.clause) }
                            td { (term.rounding) } }
                    }
                }
            }
        }
    }
}

fn posted(view: &SettlementView) -> Markup {
    html! {
        @if !view.posted.is_empty() {
            section aria-labelledby="posted" {
                h2 id="posted" { "In the books" }
                ul {
                    @for (what, amount) in &view.posted {
                        li { (what) " " (amount) }
                    }
                }
            }
        }
    }
}

fn downloads(view: &SettlementView) -> Markup {
    let of = |form: DocumentForm| {
        format!("/settlements/{}/export?form={}", encode(&view.row.id), form.names().0)
    };
    html! {
        @if view.shown.is_some() {
            div.more {
                p { "Download: "
                    a.button.plain href=(of(DocumentForm::Paper)) { "Paper (PDF)" } " "
                    a.button.plain href=(of(DocumentForm::Workbook)) { "Workbook (XLSX)" } " "
                    a.button.plain href=(of(DocumentForm::Json)) { "Statement (JSON)" } " "
                    a.button.plain href=(of(DocumentForm::Terms)) { "Numbers (CSV)" } " "
                    a.button.plain href=(of(DocumentForm::Waterfall)) { "Steps (CSV)" }
                }
                p.quiet { "Each download is kept in the audit record." }
            }
        }
    }
}
