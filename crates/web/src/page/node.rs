//! Screen 15, node and access: is it healthy, and who can do what?

use crate::account::Role;
use crate::component::{badge, words};
use crate::policy::{Policy, Rule};
use crate::server::{Context, Page, Served, Shared};
use crate::view::{NodeView, Tone};
use axum::extract::{Extension, State};
use jiff::Timestamp;
use maud::{Markup, html};

/// The screen.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let view = web.ask(context.viewer()?, |desk, v| desk.node(v)).await?;
    let body = html! {
        div id="node" { (health(&view)) (people(&view)) }
        (access(web.policy()))
    };
    Page::new("Node and access", "Is it healthy, and who can do what?", "/node", body)
        .live("node")
        .serve(&web, &context)
        .await
}

fn when(at: Option<Timestamp>, never: &str) -> Markup {
    at.map_or(html! { (never) }, words::moment)
}

/// A table with a head of words.
fn table(caption: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.rows {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn health(view: &NodeView) -> Markup {
    let peers = html! {
        @for peer in &view.peers {
            tr {
                th scope="row" { (peer.name) }
                td { (badge::status(&peer.connection, peer.tone)) }
                td { (when(peer.last_heard, "never")) }
                td { (peer.unsent) }
                td { (badge::matched(&peer.matched)) }
            }
        }
    };
    let queues = html! {
        @for queue in &view.queues {
            @let tone = if queue.depth >= queue.limit { Tone::Attention } else { Tone::Good };
            @let state = if queue.depth >= queue.limit { "full" } else { "has room" };
            tr {
                th scope="row" { (queue.name) }
                td { (badge::status(state, tone)) }
                td { (queue.depth) " of " (queue.limit) }
                td { (queue.when_full) }
            }
        }
    };
    let backups = html! {
        @for backup in &view.backups {
            tr {
                th scope="row" { (words::moment(backup.at)) }
                td { (backup.place) }
                td { (when(backup.drilled, "never tried")) }
            }
        }
    };
    html! {
        section aria-labelledby="health" {
            h2 id="health" { "Health" }
            p { "Version " (view.version) ", running since " (words::moment(view.started)) "." }
            @let peer_heads =
                ["Organization", "Connection", "Last heard", "Waiting to be sent", "Match"];
            @if view.peers.is_empty() { p.empty { "No organization is paired yet." } } @else {
                (table("Paired organizations", &peer_heads, &peers))
            }
            (table("Queues with their bounds", &["Queue", "State", "Depth", "When full"], &queues))
            @if view.backups.is_empty() { p.empty { "There is no backup yet." } } @else {
                (table("Backups", &["Made", "Where", "Restored as a drill"], &backups))
            }
        }
    }
}

fn people(view: &NodeView) -> Markup {
    let accounts = html! {
        @for account in &view.accounts {
            tr {
                th scope="row" { (account.name) }
                td { (account.roles) }
                td { (account.organization) }
                td { (when(account.last_seen, "never")) }
            }
        }
    };
    let keys = html! {
        @for key in &view.keys {
            tr {
                th scope="row" { (key.purpose) }
                td { code { (key.fingerprint) } }
                td { (words::moment(key.since)) }
            }
        }
    };
    let limits = html! {
        @for limit in &view.limits {
            tr {
                th scope="row" { (limit.name) }
                td { (limit.value) }
                td { (limit.meaning) }
            }
        }
    };
    html! {
        section aria-labelledby="people" {
            h2 id="people" { "People, keys and limits" }
            @let people_heads = ["Name", "Roles", "Organization", "Last signed in"];
            (table("People who may sign in", &people_heads, &accounts))
            (table("Keys", &["For", "Fingerprint", "Since"], &keys))
            details {
                summary { "Limits" }
                (table("Limits", &["Name", "Value", "When it is reached"], &limits))
            }
        }
    }
}

/// The access table, as the program itself applies it.
fn access(policy: &Policy) -> Markup {
    html! {
        section aria-labelledby="access" {
            h2 id="access" { "Who can do what" }
            p { "This is the table that the program applies. A partner's people see only what both "
                "organizations share; an endpoint that is not listed is refused to everyone." }
            div.scroll tabindex="0" role="region" aria-label="Access by role" {
                table.rows.matrix {
                    caption { (policy.rules().len()) " endpoints by role" }
                    thead { tr {
                        th scope="col" { "Endpoint" }
                        @for role in Role::ALL {
                            th scope="col" { abbr title=(role.words()) { (role.letters()) } }
                        }
                        th scope="col" { "Partner" }
                        th scope="col" { "Purpose" }
                        th scope="col" { "Clause" }
                    } }
                    tbody { @for rule in policy.rules() { (access_row(rule)) } }
                }
            }
        }
    }
}

fn access_row(rule: &Rule) -> Markup {
    html! {
        tr {
            th scope="row" { code { (rule.method) " " (rule.path) } }
            @for role in Role::ALL { td { (tick(rule.roles.contains(&role))) } }
            td { (tick(rule.partner)) }
            td { (rule.purpose) }
            td { (rule.clause) }
        }
    }
}

fn tick(may: bool) -> Markup {
    html! {
        @if may { span.may { "yes" } } @else { span.quiet { "no" } }
    }
}
