//! Screen 14, the audit record: who saw or changed what, and is the record whole?

use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::{badge, export, form, words};
use crate::server::{Context, Page, Served, Shared};
use crate::view::{AuditRow, AuditVerdict, Tone};
use axum::extract::{Extension, State};
use maud::{Markup, html};

const QUESTION: &str = "Who saw or changed what, and is the record whole?";

/// A column of this list.
type Shown = Column<AuditRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "at",
        "Time",
        |row| words::moment(row.event.at),
        |row| words::moment_words(row.event.at),
    )
    .sortable(),
    Shown::words("account", "Who", |row| row.event.account.clone()).sortable(),
    Shown::words("role", "Role", |row| row.event.role.clone()),
    Shown::marked(
        "action",
        "Did",
        |row| {
            let tone =
                if row.event.action.contains("refused") { Tone::Refused } else { Tone::Plain };
            badge::status(row.event.action, tone)
        },
        |row| row.event.action.to_owned(),
    )
    .sortable(),
    Shown::marked(
        "subject",
        "What",
        |row| match &row.target {
            Some(target) => html! { a href=(target.path()) { (row.event.subject) } },
            None => html! { (row.event.subject) },
        },
        |row| row.event.subject.clone(),
    ),
    Shown::words("purpose", "Purpose", |row| row.event.purpose.clone()),
    Shown::words("clause", "Clause", |row| row.event.clause.clone()),
    Shown::words("request", "Request", |row| row.event.request.clone()).on_demand(),
];

static SPEC: ListSpec<AuditRow> = ListSpec {
    path: "/audit",
    nouns: ("event", "events"),
    columns: COLUMNS,
    filters: &[
        Filter { name: "account", label: "Who", choices: &[] },
        Filter { name: "subject", label: "What", choices: &[] },
        Filter {
            name: "purpose",
            label: "Purpose",
            choices: &[
                ("payment", "payment"),
                ("treatment", "treatment"),
                ("operations", "operations"),
                ("audit", "audit"),
                ("access", "access"),
            ],
        },
        Filter {
            name: "action",
            label: "Did",
            choices: &[
                ("read", "read"),
                ("export", "export"),
                ("decide", "decide"),
                ("check", "check"),
                ("upload", "upload"),
                ("resend", "resend"),
                ("verify", "verify"),
                ("sign-in", "sign-in"),
                ("sign-in refused", "sign-in refused"),
                ("sign-out", "sign-out"),
                ("refused", "refused"),
                ("not found", "not found"),
            ],
        },
    ],
    fetch: |desk, viewer, query| desk.audit(viewer, query),
    id: None,
    empty: "Nothing has been recorded yet.",
};

/// The record.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Audit",
        question: QUESTION,
        place: "/audit",
        live: "",
        above: verify_form(&context),
    };
    list::serve(&web, &context, &SPEC, screen).await
}

fn verify_form(context: &Context) -> Markup {
    html! {
        form.card.inline method="post" action="/audit/verification" {
            (form::token(context))
            p { "Every event is hashed into a chain whose heads the other party has signed." }
            button type="submit" { "Verify the record" }
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

/// Verifies the record anew.
pub(crate) async fn verify(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let verdict = web.ask(context.viewer()?, |desk, v| desk.verify(v)).await?;
    Page::new("The record, verified", QUESTION, "/audit", draw(&verdict))
        .serve(&web, &context)
        .await
}

fn draw(verdict: &AuditVerdict) -> Markup {
    html! {
        p { a href="/audit" { "Back to the record" } }
        p.large {
            @match &verdict.first_bad {
                None => (badge::status("the record is whole", Tone::Good)),
                Some(_) => (badge::status("the record is not whole", Tone::Failed)),
            }
        }
        @if let Some(bad) = &verdict.first_bad { p { "First bad event: " (bad) } }
        p { (verdict.events) " events were verified at " (words::moment(verdict.at)) "." }
        div.scroll tabindex="0" role="region" aria-label="Heads of the record" {
            table.rows.small {
                caption { "Heads of the record" }
                thead { tr {
                    th scope="col" { "Whose" }
                    th.number scope="col" { "Events" }
                    th scope="col" { "Root" }
                    th scope="col" { "Signed by the other party" }
                } }
                tbody {
                    @for head in &verdict.heads {
                        tr {
                            th scope="row" { (head.party) }
                            td.number { (head.size) }
                            td { code { (head.root) } }
                            td {
                                @match head.countersigned {
                                    Some(at) => (words::moment(at)),
                                    None => "not yet",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
