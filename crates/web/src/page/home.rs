//! The first page by role, drafts and preferences.

use crate::figure::encode;
use crate::server::{Context, Fields, Preferences, Query, Served, Shared, redirect};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use counterfoil_base::Phi;

/// Bytes of a draft at most.
const DRAFT_BYTES_MAX: usize = 1 << 20;

/// Leads to the first page of the person's role.
pub(crate) async fn home(Extension(context): Extension<Context>) -> Served {
    Ok(redirect(context.viewer()?.role.home()))
}

/// Keeps what has been typed so far; the form is named by its path.
pub(crate) async fn keep_draft(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let account = std::sync::Arc::clone(&context.viewer()?.account);
    let form = fields.value("form").to_owned();
    let pairs = fields.all().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let text = Query(pairs.collect()).with(&[]);
    if !form.is_empty() && text.len() <= DRAFT_BYTES_MAX {
        let kept = move |desk: &dyn crate::desk::Desk, _: &dyn crate::desk::Accounts| {
            desk.keep_draft(&account, &form, Some(Phi::new(text)))
        };
        web.ask_openly(&context.request, kept).await?;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// The draft of a form, empty when there is none.
pub(crate) async fn draft_of(
    web: &Shared,
    context: &Context,
    form: &str,
) -> Result<Query, crate::server::Failure> {
    let account = std::sync::Arc::clone(&context.viewer()?.account);
    let form = form.to_owned();
    let asked = web.ask_openly(&context.request, move |desk, _| desk.draft(&account, &form));
    let text = asked.await?.map(Phi::into_exposed).unwrap_or_default();
    Ok(Query::parse(text.trim_start_matches('?').as_bytes()))
}

/// Forgets the draft of a form that was sent.
pub(crate) async fn forget_draft(
    web: &Shared,
    context: &Context,
    form: &str,
) -> Result<(), crate::server::Failure> {
    let account = std::sync::Arc::clone(&context.viewer()?.account);
    let form = form.to_owned();
    web.ask_openly(&context.request, move |desk, _| desk.keep_draft(&account, &form, None)).await
}

/// Keeps how a person likes the pages.
pub(crate) async fn prefer(Extension(fields): Extension<Fields>) -> Served {
    let cookie = Preferences::of_fields(&fields).cookie();
    let mut response = redirect(&local_path(fields.value("next")));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// A path of this site and nothing else, so that no link leads away through us.
pub(crate) fn local_path(next: &str) -> String {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && next.is_ascii();
    if is_local { next.to_owned() } else { "/".to_owned() }
}

/// The name of a form by its path.
pub(crate) fn form_name(path: &str) -> String {
    encode(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_to_another_site() {
        for (next, path) in [
            ("/claims?q=a", "/claims?q=a"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(local_path(next), path);
        }
    }
}
