//! Screen 6, payments: does the money in the bank equal the claims?

use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::timeline::timeline;
use crate::component::words::figure_or;
use crate::component::{badge, export, words};
use crate::figure::Figure;
use crate::server::{Context, Failure, Page, Served, Shared};
use crate::view::{MatchOutcome, MoneyRow, RemittanceRow, RemittanceView, Target};
use axum::extract::{Extension, Path, State};
use maud::{Markup, html};

/// A column of this list.
type Shown = Column<RemittanceRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "trace",
        "Trace number",
        |row| html! { a.go href=(Target::Remittance(row.id.clone()).path()) { (row.trace) } },
        |row| row.trace.clone(),
    )
    .sortable(),
    Shown::words("partner", "With", |row| row.partner.clone()).sortable(),
    Shown::marked(
        "paid_on",
        "Paid on",
        |row| words::day(row.paid_on),
        |row| row.paid_on.to_string(),
    )
    .sortable(),
    Shown::marked(
        "outcome",
        "Match",
        |row| match row.outcome.map(MatchOutcome::words) {
            Some((words, tone)) => badge::status(words, tone),
            None => html! {},
        },
        |row| row.outcome.map_or("", |outcome| outcome.words().0).to_owned(),
    ),
    Shown::figure("bank", "Bank", |row| row.bank.as_ref()),
    Shown::figure("remitted", "835", |row| row.remitted.as_ref()),
    Shown::figure("posted", "Books", |row| Some(&row.posted)),
    Shown::figure("leftover", "Leftover", |row| row.leftover.as_ref()),
];

static SPEC: ListSpec<RemittanceRow> = ListSpec {
    path: "/remittances",
    nouns: ("payment", "payments"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "outcome",
            label: "Match",
            choices: &[
                ("balanced", "balanced"),
                ("awaited", "awaited"),
                ("no 835 yet", "no 835 yet"),
                ("leftover", "leftover"),
            ],
        },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.remittances(viewer, query),
    id: Some(|row| &row.id),
    empty: "No payment is here yet. Payments appear with an 835 or with a line of the bank's file.",
};

/// The list.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Payments",
        question: "Does the money in the bank equal the claims?",
        place: "/remittances",
        live: "remittance",
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

/// One payment.
pub(crate) async fn remittance(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let view = web.ask(context.viewer()?, move |desk, v| desk.remittance(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let title = format!("Payment {}", view.row.trace);
    let question = "Does the money in the bank equal the claims?";
    Page::new(title, question, "/remittances", draw(&view))
        .live(format!("remittance/{id}"))
        .serve(&web, &context)
        .await
}

fn draw(view: &RemittanceView) -> Markup {
    let row = &view.row;
    html! {
        div id="remittance" {
            div.summary {
                @if let Some((standing, tone)) = row.outcome.map(MatchOutcome::words) {
                    p.large { (badge::status(standing, tone)) }
                }
                dl.money {
                    div { dt { "Bank" } dd { (figure_or(row.bank.as_ref(), "nothing yet")) } }
                    div { dt { "835" } dd { (figure_or(row.remitted.as_ref(), "none yet")) } }
                    div { dt { "Books" } dd { (row.posted) } }
                    @if let Some(leftover) = &row.leftover {
                        div { dt { "Leftover" } dd { (leftover) } }
                    }
                }
                p { (row.partner) ", " (words::day(row.paid_on)) }
            }
            @if !view.leftovers.is_empty() {
                section aria-labelledby="leftovers" {
                    h2 id="leftovers" { "What is left over, and why" }
                    @for leftover in &view.leftovers {
                        div.finding {
                            h3 { (leftover.amount) " " (leftover.cause) }
                            dl.pairs { div { dt { "What to do" } dd {
                                @match &leftover.target {
                                    Some(target) => a href=(target.path()) { (leftover.next) },
                                    None => (leftover.next),
                                }
                            } } }
                        }
                    }
                }
            }
            @if !view.take_backs.is_empty() {
                section aria-labelledby="taken" {
                    h2 id="taken" { "Money taken back" }
                    ul {
                        @for taken in &view.take_backs {
                            li { (taken.amount) " "
                                @match &taken.target {
                                    Some(target) => a href=(target.path()) { (taken.why) },
                                    None => (taken.why),
                                }
                            }
                        }
                    }
                }
            }
            div.three {
                (column(("bank", "Bank"), &view.bank, row.bank.as_ref(), "The bank is silent yet."))
                (column(("remitted", "835"), &view.remitted, row.remitted.as_ref(), "No 835 yet."))
                (column(("posted", "Books"), &view.posted, Some(&row.posted), "Nothing is posted."))
            }
            section aria-labelledby="happened" {
                h2 id="happened" { "What happened" }
                (timeline(&view.timeline))
            }
        }
    }
}

fn column(
    (id, name): (&str, &str),
    rows: &[MoneyRow],
    total: Option<&Figure>,
    empty: &str,
) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (name) }
            @if rows.is_empty() { p.empty { (empty) } } @else {
                div.scroll tabindex="0" role="region" aria-label=(name) {
                    table.rows.small {
                        caption { (name) ": " (words::counted(rows.len(), "line", "lines")) }
                        thead { tr { th scope="col" { "What" } th scope="col" { "Day" }
                            th.number scope="col" { "Amount" } } }
                        tbody {
                            @for row in rows {
                                tr {
                                    th scope="row" {
                                        @match &row.target {
                                            Some(to) => a.go href=(to.path()) { (row.what) },
                                            None => (row.what),
                                        }
                                    }
                                    td { (words::day(row.day)) }
                                    td.number { (row.amount) }
                                }
                            }
                        }
                        tfoot { tr { th scope="row" { "All" } td {} td.number {
                            (figure_or(total, "not known yet")) } } }
                    }
                }
            }
        }
    }
}
