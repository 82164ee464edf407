//! The event stream: one a tab, resumed by the number of the last event that arrived.

use super::gate::Context;
use super::{Failure, Served, Shared};
use crate::desk::{LiveEvent, Viewer};
use crate::session::Found;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Events that are fetched at once.
const BATCH: u32 = 100;
/// How often a silent stream makes sure that its person is still signed in.
const WAKE: Duration = Duration::from_secs(20);

struct Stream {
    web: Shared,
    viewer: Viewer,
    token: String,
    last: u64,
    waiting: VecDeque<LiveEvent>,
    newest: watch::Receiver<u64>,
    has_ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// Follows what changes.
pub(crate) async fn events(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
) -> Served {
    let viewer = context.viewer()?.clone();
    let newest = web.surroundings.newest_event.clone();
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = resumed.unwrap_or(context.query.value("after"));
    let last = after.parse().unwrap_or_else(|_| *newest.borrow());
    let permit = Arc::clone(&web.streams).try_acquire_owned().map_err(|_| {
        let says = [
            "The live stream was not opened.".to_owned(),
            "As many are open as the node takes at one time.".to_owned(),
            "The page works without it; load it again to see what is new.".to_owned(),
        ];
        Failure::Limit(StatusCode::SERVICE_UNAVAILABLE, Box::new(says), context.request.clone())
    })?;
    let state = Stream {
        web,
        viewer,
        token: context.session,
        last,
        waiting: VecDeque::new(),
        newest,
        has_ended: false,
        _permit: permit,
    };
    let events = stream::unfold(state, |state| async move { state.next().await });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Stream {
    /// The next event and the stream after it; nothing when it has ended.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Stream)> {
        if self.has_ended {
            return None;
        }
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.last = event.id;
                // A subject is an opaque id and the words are one line; both are data of ours.
                let data = format!("{}\n{}", event.subject, event.words.replace(['\r', '\n'], " "));
                let event = Event::default().id(event.id.to_string()).event("change").data(data);
                return Some((Ok(event), self));
            }
            let now = self.web.now();
            if !matches!(self.web.sessions().find(&self.token, now, false), Found::Live(_)) {
                self.has_ended = true;
                return Some((Ok(Event::default().event("signed-out").data("")), self));
            }
            self.newest.borrow_and_update();
            let after = self.last;
            let fetched =
                self.web.ask(&self.viewer, move |desk, v| desk.live_after(v, after, BATCH)).await;
            // A desk that cannot answer ends the stream; the browser comes back by itself.
            self.waiting = fetched.ok()?.into();
            if self.waiting.is_empty() {
                let woken = tokio::time::timeout(WAKE, self.newest.changed()).await;
                if let Ok(Err(_)) = woken {
                    return None;
                }
            }
        }
    }
}
