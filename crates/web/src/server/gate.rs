//! What every request passes: who asks, may they, did the form come from us; and what every
//! response gets on its way out.

use super::answer::{FailureNote, Page, html, keep_private, redirect, takes_gzip};
use super::list_query::Query;
use super::{FORM_BYTES_MAX, Failure, Shared, Web};
use crate::desk::Viewer;
use crate::figure::encode;
use crate::page::{error, shell};
use crate::policy::Verdict;
use crate::session::{Found, Session, hex};
use crate::view::AuditEvent;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::Next;
use counterfoil_base::Phi;
use std::sync::Arc;

/// Name of the cookie without TLS; with TLS it is `__Host-` and this.
const COOKIE: &str = "counterfoil";
/// Name of the cookie that holds how a person likes the pages.
const PREFERENCES: &str = "counterfoil-view";

/// Endpoints that take a form with a file, and read its token themselves.
const UPLOADS: [&str; 1] = ["/files"];

/// How a person likes the pages; it is no secret and about nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// Rows close together.
    pub is_compact: bool,
    /// Single-key commands switched off.
    pub without_keys: bool,
    /// `light` or `dark`; the system's choice when absent.
    pub scheme: Option<&'static str>,
}

impl Preferences {
    fn parse(text: &str) -> Preferences {
        let mut preferences = Preferences::default();
        for word in text.split('.') {
            match word {
                "compact" => preferences.is_compact = true,
                "nokeys" => preferences.without_keys = true,
                "light" => preferences.scheme = Some("light"),
                "dark" => preferences.scheme = Some("dark"),
                _ => {}
            }
        }
        preferences
    }

    /// From the fields of the form.
    pub(crate) fn of_fields(fields: &Fields) -> Preferences {
        let words = ["density", "keys", "scheme"].map(|name| fields.value(name));
        Preferences::parse(&words.join("."))
    }

    /// The cookie that keeps them.
    pub(crate) fn cookie(self) -> String {
        let words = [
            if self.is_compact { "compact" } else { "" },
            if self.without_keys { "nokeys" } else { "" },
            self.scheme.unwrap_or(""),
        ];
        let value: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let value = value.join(".");
        format!("{PREFERENCES}={value}; Path=/; SameSite=Strict; HttpOnly; Max-Age=31536000")
    }
}

/// What handlers know of their request.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    viewer: Option<Viewer>,
    /// What forms bring along; empty when nobody is signed in.
    pub form_token: String,
    /// The token of the session, to end it; empty when there is none.
    pub session: String,
    /// Path without query.
    pub path: String,
    /// The query.
    pub query: Query,
    /// The request's name.
    pub request: String,
    /// How the person likes the pages.
    pub preferences: Preferences,
    /// True when the browser takes gzip.
    pub takes_gzip: bool,
}

impl Context {
    /// Who asks.
    pub(crate) fn viewer(&self) -> Result<&Viewer, Failure> {
        self.viewer.as_ref().ok_or(Failure::SignIn)
    }

    /// Path and query.
    pub(crate) fn address(&self) -> String {
        format!("{}{}", self.path, self.query.with(&[]))
    }
}

/// The fields of a form that came from our page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Query);

impl Fields {
    /// The value of a field, empty when it is absent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.0.value(name)
    }

    /// All fields but the token.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| *name != "token")
    }
}

/// The gate.
pub(crate) async fn gate(
    State(web): State<Shared>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let (mut context, found) = context_of(&web, &request);
    let result = pass(&web, &mut context, found, request, next).await;
    let mut response = match result {
        Ok(response) => response,
        Err(failure) => axum::response::IntoResponse::into_response(failure),
    };
    if let Some(note) = response.extensions_mut().remove::<FailureNote>() {
        response = draw(&web, &context, &note.0).await;
    }
    keep_private(response.headers_mut(), web.settings().is_tls);
    response
}

async fn pass(
    web: &Shared,
    context: &mut Context,
    found: Found,
    mut request: Request,
    next: Next,
) -> Result<Response<Body>, Failure> {
    let pattern = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let rule = pattern.as_deref().and_then(|p| web.policy().rule(request.method().as_str(), p));
    let session = match &found {
        Found::Live(session) => Some(session),
        Found::Ended(_) | Found::Nobody => None,
    };
    let Some(rule) = rule else {
        // Whoever is not signed in learns of no page whether it exists.
        let session = session.ok_or(Failure::SignIn)?;
        context.viewer = Some(viewer(web, context, session, None));
        return Err(Failure::NotFound);
    };
    let is_post = request.method() == Method::POST;
    match rule.decide(session.map(|session| session.account.as_ref())) {
        Verdict::Open => {
            context.viewer = session.map(|s| viewer(web, context, s, None));
        }
        Verdict::Allow(role) => {
            let allowed = (role, rule.purpose.as_str(), rule.clause.as_str());
            context.viewer = session.map(|s| viewer(web, context, s, Some(allowed)));
        }
        Verdict::SignIn => {
            if let (true, Found::Ended(session)) = (is_post, &found) {
                keep_late_form(web, context, session, request).await;
            }
            return Err(Failure::SignIn);
        }
        Verdict::Refuse => {
            context.viewer = session.map(|s| viewer(web, context, s, None));
            let clause = rule.clause.clone();
            let event = event(web, context, "refused", &context.path, &clause);
            web.ask_openly(&context.request, move |desk, _| desk.keep(&event)).await?;
            return Err(Failure::Refused(clause, context.request.clone()));
        }
    }
    if is_post {
        request = with_fields(context, pattern.as_deref(), request).await?;
    }
    if is_post && rule.purpose != "access" {
        // What changes something is kept before it happens.
        let action = action_of(&context.path, is_post);
        keep(web, context, action).await?;
    }
    let reads_person = rule.reads_person && !is_post;
    request.extensions_mut().insert(context.clone());
    let response = next.run(request).await;
    // Reading is kept before the answer leaves, and not answered when it cannot be kept.
    if reads_person && response.status().is_success() {
        keep(web, context, action_of(&context.path, is_post)).await?;
    } else if reads_person && response.status() == StatusCode::NOT_FOUND {
        keep(web, context, "not found").await?;
    }
    Ok(response)
}

/// The request with the fields of its form, when it comes from a page of ours.
async fn with_fields(
    context: &Context,
    pattern: Option<&str>,
    mut request: Request,
) -> Result<Request, Failure> {
    refuse_other_sites(request.headers(), &context.request)?;
    if !is_form(request.headers()) {
        // Its token is read with the file, and only where files are taken.
        if !pattern.is_some_and(|pattern| UPLOADS.contains(&pattern)) {
            return Err(Failure::Forged(context.request.clone()));
        }
        request.extensions_mut().insert(Fields::default());
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let fields = read_form(body, &context.request).await?;
    // Signing in has no session yet; its cookie is SameSite=Strict from then on.
    if !context.form_token.is_empty() && fields.value("token") != context.form_token {
        return Err(Failure::Forged(context.request.clone()));
    }
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(fields);
    Ok(request)
}

async fn keep(web: &Shared, context: &Context, action: &'static str) -> Result<(), Failure> {
    let event = event(web, context, action, &context.address(), "");
    web.ask_openly(&context.request, move |desk, _| desk.keep(&event)).await
}

/// What a request does, in the words of the audit record.
fn action_of(path: &str, is_post: bool) -> &'static str {
    let last = path.rsplit('/').next().unwrap_or("");
    match (is_post, last) {
        (false, "export") => "export",
        (false, _) => "read",
        (true, "decision") => "decide",
        (true, "check") => "check",
        (true, "files") => "upload",
        (true, "withdrawal") => "withdraw",
        (true, "signature") => "sign",
        (true, "changes") => "compare",
        (true, "resend") => "resend",
        (true, "verification") => "verify",
        (true, _) => "change",
    }
}

fn context_of(web: &Web, request: &Request) -> (Context, Found) {
    let headers = request.headers();
    let name = cookie_name(web);
    let token = cookie(headers, &name).unwrap_or_default();
    // Streams, styles and drafts are the page's doing and not the person's.
    let path = request.uri().path();
    let is_act = !["/events", "/drafts"].contains(&path) && !path.starts_with("/assets/");
    let found = if token.is_empty() {
        Found::Nobody
    } else {
        web.sessions().find(&token, web.now(), is_act)
    };
    let form_token = match &found {
        Found::Live(session) => session.form_token.clone(),
        Found::Ended(_) | Found::Nobody => String::new(),
    };
    let context = Context {
        viewer: None,
        form_token,
        session: token,
        path: path.to_owned(),
        query: Query::parse(request.uri().query().unwrap_or("").as_bytes()),
        request: hex(&web.random::<6>()),
        preferences: Preferences::parse(&cookie(headers, PREFERENCES).unwrap_or_default()),
        takes_gzip: takes_gzip(headers),
    };
    (context, found)
}

/// The viewer of a request; without a rule the first role asks for nothing in particular.
fn viewer(
    web: &Web,
    context: &Context,
    session: &Session,
    allowed: Option<(crate::account::Role, &str, &str)>,
) -> Viewer {
    let first = session.account.roles.first().copied();
    let first = first.unwrap_or(crate::account::Role::DataScientist);
    let (role, purpose, clause) = allowed.unwrap_or((first, "access", ""));
    let at = web.now();
    let today = at.to_zoned(web.settings().time_zone.clone()).date();
    Viewer {
        account: Arc::clone(&session.account),
        role,
        purpose: purpose.to_owned(),
        clause: clause.to_owned(),
        request: context.request.clone(),
        at,
        today,
    }
}

/// An event of the audit record about this request.
pub(crate) fn event(
    web: &Web,
    context: &Context,
    action: &'static str,
    subject: &str,
    clause: &str,
) -> AuditEvent {
    let viewer = context.viewer.as_ref();
    let stated = context.query.value("purpose");
    let known = |p: &&str| ["payment", "treatment", "operations", "audit"].contains(p);
    let purpose = Some(stated).filter(known).map(str::to_owned);
    AuditEvent {
        at: web.now(),
        account: viewer.map(|v| v.account.name.clone()).unwrap_or_default(),
        role: viewer.map(|v| v.role.letters().to_owned()).unwrap_or_default(),
        action,
        subject: subject.trim_start_matches('/').to_owned(),
        purpose: purpose.or_else(|| viewer.map(|v| v.purpose.clone())).unwrap_or_default(),
        clause: if clause.is_empty() {
            viewer.map(|v| v.clause.clone()).unwrap_or_default()
        } else {
            clause.to_owned()
        },
        request: context.request.clone(),
    }
}

/// A form of a session that has just ended becomes its person's draft.
async fn keep_late_form(web: &Shared, context: &Context, session: &Session, request: Request) {
    if !is_form(request.headers()) {
        return;
    }
    let Ok(fields) = read_form(request.into_body(), &context.request).await else { return };
    if fields.value("token") != session.form_token || fields.value("form").is_empty() {
        return;
    }
    let form = fields.value("form").to_owned();
    let text = Query(fields.all().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()).with(&[]);
    let account = Arc::clone(&session.account);
    let kept = web.ask_openly(&context.request, move |desk, _| {
        desk.keep_draft(&account, &form, Some(Phi::new(text)))
    });
    // When it cannot be kept, signing in again still works and the browser's back shows the form.
    let _ = kept.await;
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_none_or(|kind| !kind.starts_with("multipart/form-data"))
}

async fn read_form(body: Body, request: &str) -> Result<Fields, Failure> {
    let bytes = axum::body::to_bytes(body, FORM_BYTES_MAX).await.map_err(|_| {
        let what = "The form was not taken.".to_owned();
        let why =
            format!("It is larger than {} MB, or the connection was cut.", FORM_BYTES_MAX >> 20);
        let next = "Send a large file with the upload on the file desk instead.".to_owned();
        Failure::Limit(
            StatusCode::PAYLOAD_TOO_LARGE,
            Box::new([what, why, next]),
            request.to_owned(),
        )
    })?;
    Ok(Fields(Query::parse(&bytes)))
}

/// Browsers say where a form comes from (Fetch Metadata; RFC 6454): from elsewhere is refused.
fn refuse_other_sites(headers: &HeaderMap, request: &str) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_elsewhere =
        text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let host = text("host").unwrap_or("");
    let is_foreign = text("origin").is_some_and(|origin| {
        origin.split_once("://").is_none_or(|(_, origin_host)| origin_host != host)
    });
    if is_elsewhere || is_foreign {
        return Err(Failure::Forged(request.to_owned()));
    }
    Ok(())
}

fn cookie_name(web: &Web) -> String {
    if web.settings().is_tls { format!("__Host-{COOKIE}") } else { COOKIE.to_owned() }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The cookie that begins a session, or ends it when the token is empty.
pub(crate) fn session_cookie(web: &Web, token: &str) -> HeaderValue {
    let secure = if web.settings().is_tls { "; Secure" } else { "" };
    let age = if token.is_empty() { "; Max-Age=0" } else { "" };
    let name = cookie_name(web);
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The page of a failure.
async fn draw(web: &Shared, context: &Context, failure: &Failure) -> Response<Body> {
    if matches!(failure, Failure::SignIn) {
        let is_page = context.path != "/" && !context.path.starts_with("/events");
        let next =
            if is_page { format!("?next={}", encode(&context.address())) } else { String::new() };
        return redirect(&format!("/sign-in{next}"));
    }
    let page = error::page(failure);
    match page.serve_as(failure.status(), web, context).await {
        Ok(response) => response,
        // Not even the head of the page can be had: the page says so without it.
        Err(_) => {
            let page: Page = error::page(failure);
            html(failure.status(), shell::page(web, context, None, &page), context)
        }
    }
}
