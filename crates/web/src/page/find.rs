//! Find: anything by its number, id or digest.

use crate::server::{Context, Page, Served, Shared, redirect};
use axum::extract::{Extension, State};
use maud::html;

/// Characters that are looked for at most.
const CHARACTERS_MAX: usize = 200;

/// What was found; a single find leads there at once.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let text: String = context.query.value("q").trim().chars().take(CHARACTERS_MAX).collect();
    let asked = text.clone();
    let found = if text.is_empty() {
        Vec::new()
    } else {
        web.ask(context.viewer()?, move |desk, v| desk.find(v, &asked)).await?
    };
    if let [only] = found.as_slice() {
        return Ok(redirect(&only.target.path()));
    }
    let body = html! {
        @if text.is_empty() {
            p.empty { "Type a claim number, payment trace, check number, file name, account or "
                "digest into the field above." }
        } @else if found.is_empty() {
            p.empty { "Nothing here has the number or id that you typed." }
            p { "It may belong to another organization, or be written differently. Parts of a "
                "number are found too, from three characters on." }
        } @else {
            ul.found {
                @for item in &found {
                    li { (item.kind) " " a href=(item.target.path()) { (item.title) } }
                }
            }
        }
    };
    Page::new("Find", "Where is the thing with this number?", "/find", body)
        .serve(&web, &context)
        .await
}
