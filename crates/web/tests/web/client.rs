//! A browser without a screen: cookies, the token of forms, and the text of pages.

use super::generated::{GeneratedAccounts, GeneratedDesk, Mood, PASSWORD, now};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use counterfoil_web::{Settings, Surroundings, Web, router};
use jiff::Timestamp;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tower::ServiceExt as _;

/// A node with its clock.
pub struct Node {
    pub desk: Arc<GeneratedDesk>,
    pub router: Router,
    pub seconds: Arc<AtomicI64>,
    pub folder: tempfile::TempDir,
}

/// Runs a test on a runtime of its own.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

impl Node {
    pub fn new() -> Node {
        Node::with(Mood::Full, |_| ())
    }

    pub fn with(mood: Mood, change: impl FnOnce(&mut Settings)) -> Node {
        let desk = Arc::new(GeneratedDesk::new(mood));
        let folder = tempfile::tempdir().expect("a folder");
        let seconds = Arc::new(AtomicI64::new(now().as_second()));
        let (clock, counter) = (Arc::clone(&seconds), AtomicU64::new(1));
        let surroundings = Surroundings {
            now: Arc::new(move || {
                Timestamp::from_second(clock.load(Ordering::SeqCst)).expect("within the calendar")
            }),
            random: Arc::new(move |bytes| {
                for byte in bytes {
                    let number = counter.fetch_add(1, Ordering::SeqCst);
                    *byte = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8;
                }
            }),
            newest_event: desk.announce.subscribe(),
        };
        let mut settings = Settings::new(folder.path().to_owned());
        change(&mut settings);
        let accounts = Arc::new(GeneratedAccounts::new());
        let web = Web::new(desk.clone(), accounts, surroundings, settings);
        Node { desk, router: router(web), seconds, folder }
    }

    pub fn later(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> Client {
        Client { router: self.router.clone(), cookie: String::new(), token: String::new() }
    }

    /// A browser in which somebody is.
    pub async fn client(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let body = form(&[("name", name), ("password", PASSWORD), ("next", "/keys")]);
        let reply = client.send(post("/sign-in", &body)).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{name}: {}", reply.body);
        client.take_cookie(&reply);
        client.token = client.get("/keys").await.attribute("data-token");
        client
    }

    pub fn uploads_left(&self) -> usize {
        let folder: &Path = self.folder.path();
        std::fs::read_dir(folder).expect("a folder").count()
    }
}

/// A browser.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub cookie: String,
    pub token: String,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Client {
    pub async fn get(&self, path: &str) -> Reply {
        self.send(get(path)).await
    }

    /// Sends a form with the token of the session.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("token", self.token.as_str())];
        all.extend(fields);
        self.send(post(path, &form(&all))).await
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        // A stream has no end to wait for.
        let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let body = if kind == Some("text/event-stream") { Body::empty() } else { body };
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        let body = String::from_utf8(bytes.to_vec()).expect("pages are text");
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub async fn open(&self, mut request: Request<Body>) -> axum::response::Response {
        if !self.cookie.is_empty() {
            let cookie = self.cookie.parse().expect("a cookie");
            request.headers_mut().insert("cookie", cookie);
        }
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    pub fn take_cookie(&mut self, reply: &Reply) {
        let cookie = reply.header("set-cookie");
        self.cookie = cookie.split(';').next().unwrap_or("").to_owned();
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or("").to_owned()
    }

    /// The first value of an attribute.
    pub fn attribute(&self, name: &str) -> String {
        let from = self.body.split_once(&format!("{name}=\"")).map_or("", |(_, rest)| rest);
        unescape(from.split('"').next().unwrap_or(""))
    }

    /// The text of the main part, a line a block, blanks joined.
    pub fn text(&self) -> String {
        let main = self.body.split_once("<main").map_or(self.body.as_str(), |(_, rest)| rest);
        let main = main.split("</main>").next().unwrap_or(main);
        text_of(main.split_once('>').map_or("", |(_, rest)| rest))
    }
}

/// The text of markup: blocks on lines of their own, cells parted by bars.
pub fn text_of(markup: &str) -> String {
    let mut text = String::new();
    // What a drawing says stands in its table too.
    let undrawn: Vec<&str> = markup
        .split("<svg")
        .map(|part| part.split_once("</svg>").map_or(part, |(_, after)| after))
        .collect();
    let markup = undrawn.concat();
    let mut rest = markup.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or("");
        let is_block = [
            "p", "div", "tr", "li", "h1", "h2", "h3", "section", "caption", "summary", "dl",
            "article", "form", "button", "legend", "label", "option",
        ];
        if is_block.contains(&name) {
            text.push('\n');
        } else if ["td", "th", "dd"].contains(&name) && tag.starts_with('/') {
            text.push_str(" | ");
        } else if name == "dt" && tag.starts_with('/') {
            text.push_str(": ");
        }
        rest = after;
    }
    text.push_str(rest);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines = lines.map(|line| unescape(line.trim_end_matches([' ', '|'])));
    lines.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

pub fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

pub fn post(path: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "node.example")
        .header("origin", "http://node.example")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.to_owned()))
        .expect("a request")
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    text.finish()
}
