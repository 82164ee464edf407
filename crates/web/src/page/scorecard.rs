//! Kept promises: does each side keep what it promises, by what both have signed?

use crate::component::export;
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::server::{Context, Served, Shared};
use crate::view::ScoreRow;
use axum::extract::{Extension, State};
use maud::html;

/// A column of this list.
type Shown = Column<ScoreRow>;

const COLUMNS: &[Shown] = &[
    Shown::words("promise", "Promise", |row| row.promise.clone()),
    Shown::words("partner", "With", |row| row.partner.clone()),
    Shown::figure("claims", "Claims", |row| Some(&row.claims)).fixed(),
    Shown::figure("of", "Of", |row| row.of.as_ref()).fixed(),
    Shown::figure("share_percent", "Share", |row| row.share.as_ref()).fixed(),
    Shown::figure("median_days", "Median", |row| row.median.as_ref()).fixed(),
    Shown::figure("p95_days", "95 of 100 within", |row| row.p95.as_ref()).fixed(),
];

static SPEC: ListSpec<ScoreRow> = ListSpec {
    path: "/scorecard",
    nouns: ("promise", "promises"),
    columns: COLUMNS,
    filters: &[Filter { name: "with", label: "With", choices: &[] }],
    fetch: |desk, viewer, query| desk.scorecard(viewer, query),
    id: None,
    empty: "Nothing is promised yet. The card appears when a partner is paired.",
};

/// The screen.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Scorecard",
        question: "Does each side keep what it promises?",
        place: "/scorecard",
        live: "work claim",
        above: html! {
            p { "Computed from the events that both sides have signed, and the same on both. A "
                "time is from one side's signed event to the other's, by their own clocks." }
        },
    };
    list::serve(&web, &context, &SPEC, screen).await
}

/// The card as a file.
pub(crate) async fn export(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    export::csv(&web, &context, &SPEC).await
}
