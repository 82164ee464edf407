//! Screen 1, the work queue: what needs me now, and what is it worth?

use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::{badge, export, words};
use crate::server::{Context, Served, Shared};
use crate::view::WorkItem;
use axum::extract::{Extension, State};
use maud::html;

/// A column of this list.
type Shown = Column<WorkItem>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "task",
        "Task",
        |item| html! { a.go href=(item.target.path()) { (item.task) } },
        |item| item.task.clone(),
    ),
    Shown::marked(
        "reason",
        "Why",
        |item| badge::status(&item.reason, item.tone),
        |item| item.reason.clone(),
    ),
    Shown::words("owner", "Owner", |item| {
        item.owner.clone().unwrap_or_else(|| "nobody yet".to_owned())
    })
    .sortable(),
    Shown::marked(
        "due",
        "Due",
        |item| item.due.map_or(html! { "no date" }, words::day),
        |item| item.due.map(|due| due.to_string()).unwrap_or_default(),
    )
    .sortable(),
    Shown::figure("worth", "Worth", |item| Some(&item.worth)),
];

static SPEC: ListSpec<WorkItem> = ListSpec {
    path: "/queue",
    nouns: ("task", "tasks"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "owner",
            label: "Owner",
            choices: &[("me", "me"), ("nobody", "nobody yet")],
        },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.work(viewer, query),
    id: Some(|item| &item.id),
    empty: "Nothing waits for you. New tasks appear here by themselves.",
};

/// The screen.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Work queue",
        question: "What needs me now, and what is it worth?",
        place: "/queue",
        live: "work claim file remittance",
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
