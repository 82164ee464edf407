//! What goes back: pages, redirects and failures, each with the headers that keep it private.

use super::gate::Context;
use super::{Shared, Web};
use crate::desk::{DeskError, DeskErrorKind};
use crate::page::shell;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use maud::Markup;
use std::io::Write as _;

/// What a handler gives.
pub(crate) type Served = Result<Response<Body>, Failure>;

/// A page before the shell is put around it.
pub(crate) struct Page {
    /// The screen's name.
    pub title: String,
    /// The one question that it answers.
    pub question: &'static str,
    /// Path of the screen in the navigation that is current, empty when none is.
    pub place: &'static str,
    /// Its content.
    pub body: Markup,
    /// Subjects whose live events mean that the page has changed, parted by spaces.
    pub live: String,
}

impl Page {
    /// A page that nothing changes while it is open.
    pub(crate) fn new(
        title: impl Into<String>,
        question: &'static str,
        place: &'static str,
        body: Markup,
    ) -> Page {
        Page { title: title.into(), question, place, body, live: String::new() }
    }

    /// Says which live events change it.
    pub(crate) fn live(mut self, subjects: impl Into<String>) -> Page {
        self.live = subjects.into();
        self
    }

    /// Puts the shell around it.
    pub(crate) async fn serve(self, web: &Web, context: &Context) -> Served {
        self.serve_as(StatusCode::OK, web, context).await
    }

    /// The same with another status than 200.
    pub(crate) async fn serve_as(self, status: StatusCode, web: &Web, context: &Context) -> Served {
        let standing = match context.viewer() {
            Ok(viewer) => Some(web.ask(viewer, |desk, viewer| desk.standing(viewer)).await?),
            Err(_) => None,
        };
        let markup = shell::page(web, context, standing.as_ref(), &self);
        Ok(html(status, markup, context))
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is nothing here, or nothing for this person; the two answer alike.
    NotFound,
    /// Nobody is signed in.
    SignIn,
    /// The person may not; with the clause and the request's name.
    Refused(String, String),
    /// The form did not come from our page, or is too old.
    Forged(String),
    /// A limit was reached: what happened, why, what to do.
    Limit(StatusCode, Box<[String; 3]>, String),
    /// The desk cannot; with the request's name.
    Desk(Box<DeskError>, String),
    /// A bug; with the request's name.
    Broken(String),
}

/// Carries a failure to the gate, which knows how to draw its page.
#[derive(Clone)]
pub(crate) struct FailureNote(pub(crate) std::sync::Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(FailureNote(std::sync::Arc::new(self)));
        response
    }
}

impl Failure {
    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Failure::NotFound => StatusCode::NOT_FOUND,
            Failure::SignIn => StatusCode::SEE_OTHER,
            Failure::Refused(..) | Failure::Forged(_) => StatusCode::FORBIDDEN,
            Failure::Limit(status, ..) => *status,
            Failure::Desk(error, _) => match error.kind {
                DeskErrorKind::Conflict => StatusCode::CONFLICT,
                DeskErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                DeskErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                DeskErrorKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Failure::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Nothing matches the path or the method.
pub(crate) async fn no_such_page(
    State(_): State<Shared>,
    Extension(_): Extension<Context>,
) -> Failure {
    Failure::NotFound
}

/// A page as a response, compressed when the browser takes that.
pub(crate) fn html(status: StatusCode, markup: Markup, context: &Context) -> Response<Body> {
    let text = markup.into_string();
    let body = if context.takes_gzip { gzip(text.as_bytes()) } else { text.into_bytes() };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if context.takes_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Leads the browser to another page with GET (303).
pub(crate) fn redirect(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let target = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, target);
    response
}

/// True when the browser takes gzip.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|kinds| kinds.split(',').any(|kind| kind.trim().starts_with("gzip")))
}

/// Compresses in memory.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::default());
    let written = encoder.write_all(bytes);
    let finished = written.and_then(|()| encoder.finish());
    finished.expect("writing to memory does not fail")
}

/// Headers of every response. Scripts and styles come from files of our own only; nothing is
/// kept by the browser, framed, or sent elsewhere.
pub(crate) fn keep_private(headers: &mut HeaderMap, is_tls: bool) {
    const ALWAYS: [(HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if is_tls {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}
