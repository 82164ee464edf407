//! Claims held back: what do I correct before it is sent again?

use super::files::{segments, upload_form};
use super::findings::findings;
use crate::component::form::{notice, token};
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::{badge, export, words};
use crate::figure::encode;
use crate::server::{Context, Failure, Page, Served, Shared, redirect};
use crate::view::{HeldRow, HeldView, Target};
use axum::extract::{Extension, Path, State};
use maud::{Markup, html};

/// A column of this list.
type Shown = Column<HeldRow>;

const QUESTION: &str = "What do I correct before it is sent again?";

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "number",
        "Claim",
        |row| html! { a.go href=(Target::Held(row.id.clone()).path()) { (row.number) } },
        |row| row.number.clone(),
    )
    .sortable(),
    Shown::words("payer", "Payer", |row| row.payer.clone()).sortable(),
    Shown::words("cause", "Waits because", |row| row.cause.clone()),
    Shown::words("reason", "First thing to correct", |row| row.reason.clone()),
    Shown::marked("since", "Since", |row| words::day(row.since), |row| row.since.to_string())
        .sortable(),
    Shown::figure("billed", "Billed", |row| Some(&row.billed)),
];

static SPEC: ListSpec<HeldRow> = ListSpec {
    path: "/held",
    nouns: ("held claim", "held claims"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "cause",
            label: "Because",
            choices: &[
                ("checked", "the check found errors"),
                ("returned", "the payer returned it"),
            ],
        },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.held(viewer, query),
    id: Some(|row| &row.id),
    empty: "No claim waits to be corrected. One that the check or the payer returns appears here.",
};

/// The list.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Held claims",
        question: QUESTION,
        place: "/held",
        live: "work held",
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

/// One held claim.
pub(crate) async fn claim(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let view = web.ask(context.viewer()?, move |desk, v| desk.held_claim(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let may_send = web.may(&context, "POST", "/files");
    let may_withdraw = web.may(&context, "POST", "/held/{id}/withdrawal");
    let limit = web.settings().upload_bytes_max;
    let body = html! {
        div id="held" {
            (head(&view))
            @if view.waits && may_send {
                section aria-labelledby="correct" {
                    h2 id="correct" { "Correct it" }
                    p { "Correct the claim where it was made and send the file again, here or "
                        "into the inbox folder. The check runs anew; when the claim goes out under "
                        "its number, it leaves this list by itself." }
                    (upload_form(&context, limit, "The corrected file (837)"))
                }
            }
            section aria-labelledby="findings" {
                h2 id="findings" { "What is wrong" }
                (findings(&view.findings, None))
            }
            @if view.waits && may_withdraw { (withdrawal(&context, &view)) }
            @if !view.raw.is_empty() {
                section aria-labelledby="raw" {
                    h2 id="raw" { "As it came (X12)" }
                    (segments(&view.raw))
                }
            }
        }
    };
    Page::new(format!("Held claim {}", view.row.number), QUESTION, "/held", body)
        .live(format!("held/{id}"))
        .serve(&web, &context)
        .await
}

fn head(view: &HeldView) -> Markup {
    let row = &view.row;
    let (standing, tone) = &view.standing;
    html! {
        @if !view.waits {
            (notice("", "Nothing is to be done here", &[("Because", standing)]))
        }
        div.summary {
            div {
                p.large { (badge::status(standing, *tone)) }
                p { (row.cause) }
            }
            dl.pairs {
                div { dt { "Payer" } dd { (row.payer) } }
                div { dt { "File" } dd { (view.file) } }
                div { dt { "Since" } dd { (words::day(row.since)) } }
            }
            dl.money { div { dt { "Billed" } dd { (row.billed) } } }
        }
    }
}

fn withdrawal(context: &Context, view: &HeldView) -> Markup {
    html! {
        form.card id="withdraw" method="post"
            action={ "/held/" (encode(&view.row.id)) "/withdrawal" } {
            (token(context))
            h2 { "Or do not send it" }
            p { "It leaves the list with your name. A file that brings the claim again undoes it." }
            button.plain type="submit" { "Withdraw this claim" }
        }
    }
}

/// Says by name that a claim will not be sent.
pub(crate) async fn withdraw(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let done = web.ask(context.viewer()?, move |desk, v| desk.withdraw_held(v, &asked)).await?;
    done.ok_or(Failure::NotFound)?;
    Ok(redirect(&Target::Held(id).path()))
}
