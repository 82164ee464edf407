//! Screen 2, the file desk: did every file arrive, parse and balance, and what was refused?

use super::findings::findings;
use crate::component::form::{notice, progress, token};
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::timeline::timeline;
use crate::component::{badge, export, words};
use crate::figure::encode;
use crate::server::{Context, Failure, Page, Served, Shared, redirect};
use crate::view::{FileRow, FileView, RawView, Side, Target};
use axum::extract::{Extension, Path, State};
use maud::{Markup, html};

/// Segments on a page of the raw view.
const SEGMENTS_PER_PAGE: u32 = 200;

/// A column of this list.
type Shown = Column<FileRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "name",
        "File",
        |row| html! { a.go href=(Target::File(row.id.clone()).path()) { (row.name) } },
        |row| row.name.clone(),
    )
    .sortable(),
    Shown::words("kind", "Kind", |row| row.kind.clone()).sortable(),
    Shown::words("way", "Way", |row| format!("{} {}", way(row), row.partner)),
    Shown::marked("at", "Time", |row| words::moment(row.at), |row| words::moment_words(row.at))
        .sortable(),
    Shown::marked(
        "standing",
        "State",
        |row| {
            let (words, tone) = row.standing.words();
            badge::status(words, tone)
        },
        |row| row.standing.words().0.to_owned(),
    ),
    Shown::figure("count_in", "In it", |row| Some(&row.count_in)),
    Shown::figure("count_accepted", "Accepted", |row| Some(&row.count_accepted)),
    Shown::figure("count_refused", "Refused", |row| Some(&row.count_refused)),
    Shown::figure("money_in", "Money in it", |row| Some(&row.money_in)),
    Shown::figure("money_accepted", "Money accepted", |row| Some(&row.money_accepted)).on_demand(),
    Shown::figure("money_refused", "Money refused", |row| Some(&row.money_refused)),
];

static SPEC: ListSpec<FileRow> = ListSpec {
    path: "/files",
    nouns: ("file", "files"),
    columns: COLUMNS,
    filters: &[
        Filter { name: "way", label: "Way", choices: &[("in", "in"), ("out", "out")] },
        Filter {
            name: "standing",
            label: "State",
            choices: &[
                ("waiting", "waiting"),
                ("being read", "being read"),
                ("accepted", "accepted"),
                ("partly refused", "partly refused"),
                ("refused", "refused"),
                ("delivered", "delivered"),
            ],
        },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.files(viewer, query),
    id: Some(|row| &row.id),
    empty: "No file has come or gone yet. Send one above, or put it into the inbox folder.",
};

fn way(row: &FileRow) -> &'static str {
    if row.is_incoming { "from" } else { "to" }
}

/// The screen.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let may_send = web.may(&context, "POST", "/files");
    let limit = web.settings().upload_bytes_max;
    let side = web.ask(context.viewer()?, |desk, v| desk.standing(v)).await?.side;
    let sends = match side {
        Side::Payer => "Send a file of claims (837)",
        Side::Provider => "Send a file (837, 835, TA1, 999, 277CA, bank statement)",
    };
    let screen = Screen {
        title: "File desk",
        question: "Did every file arrive, parse and balance, and what was refused?",
        place: "/files",
        live: "file",
        above: html! { @if may_send { (upload_form(&context, limit, sends)) } },
    };
    list::serve(&web, &context, &SPEC, screen).await
}

/// The form that sends a file.
pub(crate) fn upload_form(context: &Context, bytes_max: u64, label: &str) -> Markup {
    html! {
        form.card.inline method="post" action="/files" enctype="multipart/form-data" {
            (token(context))
            div.field {
                label for="file" { (label) }
                input id="file" name="file" type="file" required data-bytes-max=(bytes_max);
            }
            button type="submit" { "Send file" }
        }
    }
}

/// The list as a file.
pub(crate) async fn export(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    export::csv(&web, &context, &SPEC).await
}

/// One file.
pub(crate) async fn file(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let view = web.ask(context.viewer()?, move |desk, v| desk.file(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let may_resend = web.may(&context, "POST", "/files/{id}/resend");
    let may_see_raw = web.may(&context, "GET", "/files/{id}/raw");
    let body = draw(&context, &view, may_resend, may_see_raw);
    let question = "Did it arrive, parse and balance, and what was refused?";
    Page::new(view.row.name.clone(), question, "/files", body)
        .live(format!("file/{id}"))
        .serve(&web, &context)
        .await
}

fn draw(context: &Context, view: &FileView, may_resend: bool, may_see_raw: bool) -> Markup {
    let row = &view.row;
    let (standing, tone) = row.standing.words();
    html! {
        @if context.query.value("known") == "1" {
            (notice("", "These bytes had come before", &[
                ("What happened", "The same file was sent already. This is its page."),
                ("What stayed unchanged", "Everything; nothing was counted again."),
            ]))
        }
        div id="file" {
            p { (badge::status(standing, tone)) " " (way(row)) " " (row.partner) ", "
                (words::moment(row.at)) }
            @if let Some((stage, done, total)) = &view.progress {
                (progress(stage, *done, *total))
            }
            (balance(row))
            section aria-labelledby="findings" {
                h2 id="findings" { "Findings" }
                (findings(&view.findings, may_see_raw.then_some(row.id.as_str())))
            }
            section aria-labelledby="happened" {
                h2 id="happened" { "What happened" }
                (timeline(&view.timeline))
            }
            section aria-labelledby="facts" {
                h2 id="facts" { "Facts" }
                dl.pairs {
                    div { dt { "Kind" } dd { (row.kind) } }
                    div { dt { "Control number" } dd { (view.control_number) } }
                    div { dt { "Length" }
                        dd { (view.bytes) " bytes, " (view.segments) " segments" } }
                    div { dt { "SHA-256" } dd { code { (view.digest) } } }
                }
                @if may_see_raw {
                    p { a href={ "/files/" (encode(&row.id)) "/raw" } { "The file as it stands" } }
                }
            }
            @if let (true, Some(why)) = (may_resend, &view.resend) {
                form.card method="post" action={ "/files/" (encode(&row.id)) "/resend" } {
                    (token(context))
                    p { (why)
                        " Sending it again changes nothing if the other side has it already." }
                    button type="submit" { "Send again" }
                }
            }
        }
    }
}

/// What came in is what was accepted and what was refused, in number and in money.
fn balance(row: &FileRow) -> Markup {
    html! {
        section aria-labelledby="balance" {
            h2 id="balance" { "In = accepted + refused" }
            div.scroll tabindex="0" role="region" aria-label="Counts and money" {
                table.rows.small {
                    caption { "Claims or payments and money of " (row.name) }
                    thead { tr {
                        td {}
                        th.number scope="col" { "In it" }
                        th.number scope="col" { "Accepted" }
                        th.number scope="col" { "Refused" }
                    } }
                    tbody {
                        tr {
                            th scope="row" { "Count" }
                            td.number { (row.count_in) }
                            td.number { (row.count_accepted) }
                            td.number { (row.count_refused) }
                        }
                        tr {
                            th scope="row" { "Money" }
                            td.number { (row.money_in) }
                            td.number { (row.money_accepted) }
                            td.number { (row.money_refused) }
                        }
                    }
                }
            }
        }
    }
}

/// A stretch of a file.
pub(crate) async fn raw(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let from = context.query.value("from").parse::<u64>().unwrap_or(1).max(1);
    let asked = id.clone();
    let view = web
        .ask(context.viewer()?, move |desk, v| desk.file_raw(v, &asked, from, SEGMENTS_PER_PAGE));
    let view = view.await?.ok_or(Failure::NotFound)?;
    let title = format!("{} as it stands", view.name);
    let question = "What exactly does the file say, and where is the finding?";
    let body = draw_raw(&view, from);
    Page::new(title, question, "/files", body).serve(&web, &context).await
}

fn draw_raw(view: &RawView, from: u64) -> Markup {
    let path = |from: u64| format!("/files/{}/raw?from={from}", encode(&view.file));
    let step = u64::from(SEGMENTS_PER_PAGE);
    let next = from.saturating_add(step);
    html! {
        p { a href=(Target::File(view.file.clone()).path()) { "Back to the file" } }
        (segments(&view.segments))
        nav.pages aria-label="Pages" {
            @if from > 1 { a.button.plain href=(path(from.saturating_sub(step).max(1))) { "Back" } }
            span { "Segments from " (from) " of " (view.total) }
            @if next <= view.total { a.button.plain href=(path(next)) { "Next" } }
        }
    }
}

/// Segments with their numbers; what was found stands beneath its segment.
pub(crate) fn segments(segments: &[crate::view::RawSegment]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Segments" {
            ol.segments {
                @for segment in segments {
                    @let class = (!segment.marks.is_empty()).then_some("marked");
                    li id={ "segment-" (segment.number) } class=[class] {
                        span.ordinal { (segment.number) }
                        code { (segment.text.expose()) }
                        @for mark in &segment.marks {
                            p { span aria-hidden="true" { "▲ " } (mark) }
                        }
                    }
                }
            }
        }
    }
}

/// Sends a file again.
pub(crate) async fn resend(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let sent = web.ask(context.viewer()?, move |desk, v| desk.resend(v, &asked)).await?;
    sent.ok_or(Failure::NotFound)?;
    Ok(redirect(&Target::File(id).path()))
}
