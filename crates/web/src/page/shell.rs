//! What stands around every page: whose node it is, where one can go, how fresh it is and
//! whether both sides agree.

use crate::account::Role;
use crate::component::{badge, form, words};
use crate::server::{Context, Page, Web, asset_path};
use crate::view::Standing;
use maud::{DOCTYPE, Markup, html};

/// The screens of the navigation: path, words and the key after `g`.
pub(crate) const PLACES: [(&str, &str, &str); 12] = [
    ("/queue", "Work", "w"),
    ("/files", "Files", "f"),
    ("/claims", "Claims", "c"),
    ("/check", "Check", "p"),
    ("/held", "Held", "h"),
    ("/remittances", "Payments", "m"),
    ("/ledger", "Ledger", "l"),
    ("/settlements", "Settlements", "t"),
    ("/contracts", "Contracts", "o"),
    ("/scorecard", "Scorecard", "s"),
    ("/audit", "Audit", "a"),
    ("/node", "Node", "n"),
];

/// A whole page.
pub(crate) fn page(
    web: &Web,
    context: &Context,
    standing: Option<&Standing>,
    page: &Page,
) -> Markup {
    let preferences = context.preferences;
    let is_signed_in = !context.form_token.is_empty();
    let organization = standing.map_or("", |standing| standing.organization.as_str());
    let title = [page.title.as_str(), organization, "Counterfoil"];
    let title: Vec<&str> = title.into_iter().filter(|part| !part.is_empty()).collect();
    html! {
        (DOCTYPE)
        html lang="en" data-scheme=[preferences.scheme]
            data-density=(if preferences.is_compact { "compact" } else { "comfortable" }) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title.join(" · ")) }
                link rel="stylesheet" href=(asset_path("page", "css"));
                link rel="icon" type="image/svg+xml" href=(asset_path("icon", "svg"));
                script src=(asset_path("page", "js")) defer {}
            }
            body data-live=[(!page.live.is_empty()).then_some(&page.live)]
                data-after=[is_signed_in.then(|| web.newest_event())]
                data-idle=[is_signed_in.then_some(web.settings().idle_seconds)]
                data-warn=[is_signed_in.then_some(web.settings().warn_seconds)]
                data-token=[is_signed_in.then_some(&context.form_token)]
                data-keys=(if preferences.without_keys { "off" } else { "on" }) {
                a.skip href="#main" { "Skip to content" }
                (top(web, context, standing, page.place))
                main id="main" tabindex="-1" {
                    div.title {
                        h1 { (page.title) }
                        @if !page.question.is_empty() { p.question { (page.question) } }
                    }
                    @if let Some(standing) = standing { (truth(standing)) }
                    (page.body)
                }
                div.unseen id="says" role="status" {}
                (bottom(web, context, standing))
            }
        }
    }
}

fn top(web: &Web, context: &Context, standing: Option<&Standing>, place: &str) -> Markup {
    let viewer = context.viewer().ok();
    html! {
        header.top {
            div.brand {
                a href="/" { span.mark aria-hidden="true" {} "Counterfoil" }
                @if let Some(standing) = standing {
                    span.organization { (standing.organization) ", " (standing.side.words()) }
                }
            }
            @if let Some(viewer) = viewer {
                @if web.may(context, "GET", "/find") {
                    @let typed = if place == "/find" { context.query.value("q") } else { "" };
                    form.find method="get" action="/find" role="search" {
                        label.unseen for="find" { "Find a claim, payment, check, file or account" }
                        input id="find" name="q" type="search" autocomplete="off"
                            placeholder="Find any number or id" value=(typed);
                        button type="submit" { "Find" }
                    }
                }
                div.person {
                    span { (viewer.account.name) ", " (role_words(&viewer.account.roles)) }
                    form method="post" action="/sign-out" {
                        (form::token(context))
                        button.plain type="submit" { "Sign out" }
                    }
                }
            }
        }
        @if viewer.is_some() {
            nav.places aria-label="Screens" {
                ul {
                    @for (path, name, key) in PLACES {
                        @if web.may(context, "GET", path) {
                            li {
                                a href=(path) data-key=(key)
                                    aria-current=[(place == path).then_some("page")] { (name) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn role_words(roles: &[Role]) -> String {
    match roles {
        [only] => only.words().to_owned(),
        many => many.iter().map(|role| role.letters()).collect::<Vec<&str>>().join(" "),
    }
}

/// As of when, from where, and whether the halves agree; alarms only when there are some.
fn truth(standing: &Standing) -> Markup {
    html! {
        div.truth id="truth" {
            span { "As of " (words::moment(standing.as_of)) " from " (standing.source) }
            @for (partner, state) in &standing.partners {
                span.partner { (partner) " " (badge::matched(state)) }
            }
        }
        @for alarm in &standing.alarms {
            div.alarm role="note" {
                p {
                    span.sign aria-hidden="true" { "▲" }
                    @match &alarm.target {
                        Some(target) => a href=(target.path()) { (alarm.what) },
                        None => strong { (alarm.what) },
                    }
                }
                p.quiet {
                    "Owner: " (alarm.owner)
                    @if let Some(due) = alarm.due { " · due " (words::day(due)) }
                    @if let Some(worth) = &alarm.worth { " · worth " (worth) }
                }
            }
        }
    }
}

fn bottom(web: &Web, context: &Context, standing: Option<&Standing>) -> Markup {
    let (idle, warn) = (web.settings().idle_seconds / 60, web.settings().warn_seconds / 60);
    html! {
        footer.bottom {
            @if standing.is_some_and(|standing| standing.generated) {
                p { strong { "Generated data." } " No person or payment on these pages is real." }
            }
            @if !context.form_token.is_empty() {
                p { "You are signed out after " (idle) " minutes without doing anything; the page "
                    "warns " (warn) " minutes before, and what you have typed is kept as a draft." }
            }
            p { a href="/keys" { "Keys, view and help" } }
        }
    }
}
