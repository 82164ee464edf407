//! Help of keys, and how a person likes the pages.

use super::shell::PLACES;
use crate::component::form::token;
use crate::server::{Context, Page, Served, Shared};
use axum::extract::{Extension, State};
use maud::{Markup, html};

const KEYS: [(&str, &str); 6] = [
    ("/", "find any number or id"),
    ("j, k", "next or former row"),
    ("Enter", "open the row"),
    ("x", "select the row"),
    ("e", "explain the first figure of the row or page"),
    ("?", "this page"),
];

/// The page.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let body = html! {
        div.scroll tabindex="0" role="region" aria-label="Single keys, outside of fields" {
            table.rows.small {
                caption { "Single keys, outside of fields" }
                thead { tr { th scope="col" { "Key" } th scope="col" { "What it does" } } }
                tbody {
                    @for (key, does) in KEYS {
                        tr { th scope="row" { kbd { (key) } } td { (does) } }
                    }
                    @for (_, name, key) in PLACES {
                        tr {
                            th scope="row" { kbd { "g" } " then " kbd { (key) } }
                            td { "go to " (name) }
                        }
                    }
                }
            }
        }
        p { "Everything can also be reached with Tab and Enter, and without scripts." }
        @if context.viewer().is_ok() { (preferences(&context)) }
    };
    Page::new("Keys and view", "How do I get around, and how do I like it?", "/keys", body)
        .serve(&web, &context)
        .await
}

fn preferences(context: &Context) -> Markup {
    let now = context.preferences;
    let option = |name: &'static str, value: &'static str, words: &'static str, is_now: bool| {
        html! {
            label.check {
                input type="radio" name=(name) value=(value) checked[is_now];
                " " (words)
            }
        }
    };
    html! {
        form.card method="post" action="/preferences" {
            (token(context))
            input type="hidden" name="next" value="/keys";
            h2 { "How you like the pages" }
            fieldset {
                legend { "Rows" }
                (option("density", "", "comfortable", !now.is_compact))
                (option("density", "compact", "close together", now.is_compact))
            }
            fieldset {
                legend { "Single keys" }
                (option("keys", "", "on", !now.without_keys))
                (option("keys", "nokeys", "off", now.without_keys))
            }
            fieldset {
                legend { "Colours" }
                (option("scheme", "", "as the system", now.scheme.is_none()))
                (option("scheme", "light", "light", now.scheme == Some("light")))
                (option("scheme", "dark", "dark", now.scheme == Some("dark")))
            }
            button type="submit" { "Keep" }
        }
    }
}
