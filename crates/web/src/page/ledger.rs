//! Screen 7, the ledger: where is every cent, and what moved it?

use crate::component::chart::{Bar, bars};
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::words::figure_or;
use crate::component::{badge, export, words};
use crate::server::{Context, Failure, Page, Query, Served, Shared, redirect};
use crate::view::{AccountRow, AccountsView, EntryRow, EntryView, Target, Tone};
use axum::extract::{Extension, Path, State};
use maud::{Markup, html};

const QUESTION: &str = "Where is every cent, and what moved it?";
/// Flows that are drawn; the table of entries holds all.
const FLOWS_DRAWN: usize = 12;

/// A column of this list.
type Shown = Column<EntryRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "what",
        "Entry",
        |row| {
            html! {
                a.go href=(Target::Entry(row.id.clone()).path()) {
                    @if row.reversed_by.is_some() { s { (row.what) } } @else { (row.what) }
                }
            }
        },
        |row| row.what.clone(),
    ),
    Shown::marked("day", "Day", |row| words::day(row.day), |row| row.day.to_string()).sortable(),
    Shown::marked(
        "cause",
        "Caused by",
        |row| match &row.cause {
            Some((words, target)) => html! { a href=(target.path()) { (words) } },
            None => html! { "a person" },
        },
        |row| row.cause.as_ref().map(|(words, _)| words.clone()).unwrap_or_default(),
    ),
    Shown::marked(
        "reversal",
        "Reversal",
        |row| match (&row.reverses, &row.reversed_by) {
            (Some(_), _) => badge::status("reverses another", Tone::Plain),
            (None, Some(_)) => badge::status("reversed", Tone::Attention),
            (None, None) => html! {},
        },
        |row| row.reverses.clone().or_else(|| row.reversed_by.clone()).unwrap_or_default(),
    ),
    Shown::figure("amount", "Amount", |row| Some(&row.amount)),
];

static SPEC: ListSpec<EntryRow> = ListSpec {
    path: "/ledger/entries",
    nouns: ("entry", "entries"),
    columns: COLUMNS,
    filters: &[
        Filter { name: "account", label: "Account", choices: &[] },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.entries(viewer, query),
    id: Some(|row| &row.id),
    empty: "Nothing is booked yet.",
};

/// The accounts.
pub(crate) async fn accounts(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let view = web.ask(context.viewer()?, |desk, v| desk.accounts(v)).await?;
    Page::new("Ledger", QUESTION, "/ledger", draw(&view)).live("ledger").serve(&web, &context).await
}

fn draw(view: &AccountsView) -> Markup {
    let is_balanced = view.trial_balance.is_zero();
    html! {
        div id="ledger" {
            p.large {
                @if is_balanced { (badge::status("trial balance is zero", Tone::Good)) }
                @else { (badge::status("trial balance is not zero", Tone::Failed)) }
                " " (view.trial_balance)
            }
            @if view.accounts.is_empty() { p.empty { "Nothing is booked yet." } } @else {
                (tree(&view.accounts))
                p { a href="/ledger/entries" { "All entries" } }
                (flows(view))
            }
        }
    }
}

fn tree(accounts: &[AccountRow]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Accounts" {
            table.rows {
                caption { (words::counted(accounts.len(), "account", "accounts")) }
                thead { tr {
                    th scope="col" { "Account" }
                    th scope="col" { "Class" }
                    th.number scope="col" { "Debits" }
                    th.number scope="col" { "Credits" }
                    th.number scope="col" { "Balance" }
                } }
                tbody {
                    @for account in accounts {
                        tr {
                            th scope="row" class={ "depth-" (account.depth.min(3)) } {
                                a.go href=(Target::Account(account.code.clone()).path()) {
                                    (account.name) }
                                @if !account.meaning.is_empty() {
                                    span.meaning { (account.meaning) }
                                }
                            }
                            td { (account.class) }
                            td.number { (account.debits) }
                            td.number { (account.credits) }
                            td.number { (account.balance) }
                        }
                    }
                }
            }
        }
    }
}

fn flows(view: &AccountsView) -> Markup {
    let drawn: Vec<Bar<'_>> = view
        .flows
        .iter()
        .take(FLOWS_DRAWN)
        .map(|flow| Bar {
            label: format!("{} → {}", flow.from, flow.to),
            value: &flow.amount,
            is_reduction: false,
        })
        .collect();
    html! {
        @if !drawn.is_empty() {
            section aria-labelledby="flows-head" {
                h2 id="flows-head" { "What moved" }
                (bars("flows", "Largest flows between accounts", "From the account credited to the \
                    account debited, largest first.", &drawn))
            }
        }
    }
}

/// Entries.
pub(crate) async fn entries(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Entries",
        question: QUESTION,
        place: "/ledger",
        live: "ledger",
        above: html! { p { a href="/ledger" { "Back to the accounts" } } },
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

/// Entries of one account.
pub(crate) async fn account(Path(code): Path<String>) -> Served {
    let query = Query(vec![("account".to_owned(), code)]);
    Ok(redirect(&format!("/ledger/entries{}", query.with(&[]))))
}

/// One entry.
pub(crate) async fn entry(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let asked = id.clone();
    let view = web.ask(context.viewer()?, move |desk, v| desk.entry(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    Page::new(view.row.what.clone(), QUESTION, "/ledger", draw_entry(&view))
        .serve(&web, &context)
        .await
}

fn draw_entry(view: &EntryView) -> Markup {
    let row = &view.row;
    html! {
        p { a href="/ledger/entries" { "Back to the entries" } }
        dl.pairs {
            div { dt { "Day" } dd { (words::day(row.day)) } }
            div { dt { "Amount" } dd { (row.amount) } }
            @if let Some((words, target)) = &row.cause {
                div { dt { "Caused by" } dd { a href=(target.path()) { (words) } } }
            }
            @if let Some(other) = &row.reverses {
                div { dt { "Reverses" }
                    dd { a href=(Target::Entry(other.clone()).path()) { (other) } } }
            }
            @if let Some(other) = &row.reversed_by {
                div { dt { "Reversed by" }
                    dd { a href=(Target::Entry(other.clone()).path()) { (other) } } }
            }
            div { dt { "Digest" } dd { code { (view.digest) } } }
        }
        div.scroll tabindex="0" role="region" aria-label="Postings" {
            table.rows.small {
                caption {
                    (words::counted(view.postings.len(), "posting", "postings"))
                    ": debits = credits"
                }
                thead { tr { th scope="col" { "Account" } th.number scope="col" { "Debit" }
                    th.number scope="col" { "Credit" } } }
                tbody {
                    @for posting in &view.postings {
                        tr {
                            @let account = Target::Account(posting.account.clone());
                            th scope="row" { a.go href=(account.path()) {
                                (posting.name) } }
                            td.number { (figure_or(posting.debit.as_ref(), "none")) }
                            td.number { (figure_or(posting.credit.as_ref(), "none")) }
                        }
                    }
                }
            }
        }
    }
}
