//! What the node tells of itself over HTTP: `/health` for people and supervisors, `/metrics` in
//! the text format of Prometheus. Neither names a partner or a person.

use super::Node;
use super::board::{PeerBoard, WorkBoard};
use crate::data::UPLOADS;
use crate::outside::{SystemChance, now_ms};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use counterfoil_desk::{UNMET_NEXT, UNMET_WHAT};
use counterfoil_web::{Settings, Surroundings};
use counterfoil_wire::{Chance, LinkState};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Serves until the node stops; answers that have begun are finished.
pub async fn serve(listener: TcpListener, node: Arc<Node>, mut stopping: watch::Receiver<bool>) {
    let pages = pages(&node, until_stop(node.desk.newest_event(), stopping.clone()));
    let router = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(node)
        .merge(pages);
    let stop = async move { super::stop_of(&mut stopping).await };
    if let Err(cause) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(cause = %cause, "the pages' socket failed");
    }
}

/// The number of the newest live event until the node stops; then it is said no more, and the
/// streams of open pages end.
fn until_stop(
    mut newest: watch::Receiver<u64>,
    mut stopping: watch::Receiver<bool>,
) -> watch::Receiver<u64> {
    let (tell, heard) = watch::channel(*newest.borrow());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = super::stop_of(&mut stopping) => return,
                changed = newest.changed() => match changed {
                    Ok(()) => drop(tell.send_replace(*newest.borrow_and_update())),
                    Err(_) => return,
                },
            }
        }
    });
    heard
}

fn pages(node: &Node, newest_event: watch::Receiver<u64>) -> Router {
    let now = || jiff::Timestamp::from_millisecond(now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let surroundings = Surroundings {
        now: Arc::new(now),
        random: Arc::new(|bytes: &mut [u8]| SystemChance.fill(bytes)),
        newest_event,
    };
    let mut settings = Settings::new(node.folder.path.join(UPLOADS));
    settings.upload_bytes_max = node.folder.config.upload_bytes_max;
    settings.idle_seconds = node.folder.config.idle_seconds_max;
    counterfoil_desk::pages(&node.desk, surroundings, settings)
}

/// A thing that is looked at, and what is wrong with it.
struct Check {
    name: &'static str,
    wrong: Option<(String, String)>,
}

async fn health(State(node): State<Arc<Node>>) -> Response {
    let looked = tokio::task::spawn_blocking(move || checks(&node)).await;
    let checks = looked.unwrap_or_default();
    let is_well = !checks.is_empty() && checks.iter().all(|check| check.wrong.is_none());
    let told: Vec<Value> = checks
        .into_iter()
        .map(|check| match check.wrong {
            None => json!({ "check": check.name, "ok": true }),
            Some((what, next)) => {
                json!({ "check": check.name, "ok": false, "what": what, "next": next })
            }
        })
        .collect();
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if is_well { "ok" } else { "needs attention" };
    let body = json!({ "status": word, "checks": told }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn checks(node: &Node) -> Vec<Check> {
    let trouble = node.board.trouble();
    let database = trouble.map(|what| (what, "mend the cause; the node tries again".to_owned()));
    let least = node.folder.config.disk_free_bytes_min;
    let disk = match free_bytes(node) {
        Some(free) if free < least => Some((
            format!("{free} bytes are free on the data folder's disk, less than {least}"),
            "make room, or move the data folder".to_owned(),
        )),
        Some(_) => None,
        None => Some(("the disk cannot be asked".to_owned(), "check the data folder".to_owned())),
    };
    let peers = node.board.peers();
    let exchange = ended(node, "exchange").or_else(|| peers.values().find_map(of_peer));
    let work = node.board.work();
    let first = work.troubles.into_iter().next().map(|one| (one.what, one.next));
    let failing = ended(node, "work").or(first);
    let files = [(work.files_refused, "refused"), (work.files_partly, "taken in part alone")];
    let files: Vec<String> = files
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} files were {words}"))
        .collect();
    let refused = (!files.is_empty()).then(|| {
        let next = "read the reasons (.reason.txt) in the folders refused and taken of inbox and \
                    bank, then take them away";
        (files.join(", "), next.to_owned())
    });
    vec![
        Check { name: "database", wrong: database },
        Check { name: "disk", wrong: disk },
        Check { name: "exchange", wrong: exchange },
        Check { name: "work", wrong: failing },
        Check { name: "files", wrong: refused },
    ]
}

/// A part that has ended while the node runs.
fn ended(node: &Node, part: &'static str) -> Option<(String, String)> {
    let is_it = node.board.ended().contains(&part);
    let next = "start the node again and report this as a bug, with the log";
    is_it.then(|| (format!("{part} ended"), next.to_owned()))
}

/// What keeps a relationship from going on.
fn of_peer(peer: &PeerBoard) -> Option<(String, String)> {
    if let Some((what, fix)) = &peer.needs_operator {
        return Some((what.clone(), (*fix).to_owned()));
    }
    if peer.is_unmet {
        return Some((UNMET_WHAT.to_owned(), UNMET_NEXT.to_owned()));
    }
    let what = peer.not_running.as_ref().or(peer.failing.as_ref())?;
    let next = "`counterfoil doctor` finds the cause; other partners are served meanwhile";
    Some((what.clone(), next.to_owned()))
}

/// Bytes that are free on the data folder's disk for this process.
fn free_bytes(node: &Node) -> Option<u64> {
    crate::doctor::free_bytes(&node.folder.path)
}

async fn metrics(State(node): State<Arc<Node>>) -> Response {
    let text = tokio::task::spawn_blocking(move || exposition(&node)).await.unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn exposition(node: &Node) -> String {
    let mut out = String::new();
    let up_seconds = now_ms().saturating_sub(node.started_ms) / 1_000;
    one(&mut out, "counterfoil_up_seconds", "gauge", "Seconds since the start.", up_seconds);
    let free = i64::try_from(free_bytes(node).unwrap_or(0)).unwrap_or(i64::MAX);
    let help = "Bytes free on the data folder's disk.";
    one(&mut out, "counterfoil_disk_free_bytes", "gauge", help, free);
    let is_well = i64::from(node.board.trouble().is_none());
    let help = "1 when the database could be used last.";
    one(&mut out, "counterfoil_database_ok", "gauge", help, is_well);
    let statuses = node.endpoint.statuses();
    let is_connected = |state: &LinkState| matches!(state, LinkState::Connected { .. });
    let connected = statuses.iter().filter(|(_, status)| is_connected(&status.state)).count();
    let connected = i64::try_from(connected).unwrap_or(i64::MAX);
    let help = "Partners with a connection.";
    one(&mut out, "counterfoil_partners_connected", "gauge", help, connected);
    office(&mut out, &node.board.work());
    let peers = node.board.peers();
    type Read = fn(&PeerBoard) -> u64;
    let families: [(&str, &str, &str, Read); 7] = [
        ("own_events", "gauge", "Events of the own half.", |p| p.own_events),
        ("partner_events", "gauge", "Events of the partner's half held.", |p| p.partner_events),
        ("to_send_events", "gauge", "Own events that the partner lacks.", |p| p.to_send),
        ("to_receive_events", "gauge", "Partner's events lacking here.", |p| p.to_receive),
        ("in_step", "gauge", "1 when both hold the same.", |p| u64::from(p.state == "in_step")),
        ("connections_total", "counter", "Connections since the start.", |p| p.connections),
        ("documents_total", "counter", "Documents fetched since the start.", |p| p.documents),
    ];
    for (name, kind, help, read) in families {
        let name = format!("counterfoil_partner_{name}");
        head(&mut out, &name, kind, help);
        for (relationship, peer) in &peers {
            let value = read(peer);
            let _ = writeln!(out, "{name}{{relationship=\"{relationship}\"}} {value}");
        }
    }
    out
}

/// The work of the office.
fn office(out: &mut String, work: &WorkBoard) {
    let families = [
        ("files_waiting", "gauge", "Files in inbox and bank.", work.files_waiting),
        ("files_refused", "gauge", "Refused files that nobody took away.", work.files_refused),
        ("files_partly", "gauge", "Files taken in part, not looked at.", work.files_partly),
        ("documents_waiting", "gauge", "Documents not worked on.", work.documents_waiting),
        ("dues_waiting", "gauge", "Partners to whom something is due.", work.dues_waiting),
        ("failing", "gauge", "Steps of the work that fail.", work.troubles.len() as u64),
        ("rounds_idle_total", "counter", "Rounds that found nothing to do.", work.rounds_idle),
    ];
    for (name, kind, help, value) in families {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        one(out, &format!("counterfoil_work_{name}"), kind, help, value);
    }
    let name = "counterfoil_work_half_events";
    head(out, name, "gauge", "Events of each half in the database.");
    for (relationship, author, size) in &work.halves {
        let _ =
            writeln!(out, "{name}{{relationship=\"{relationship}\",author=\"{author}\"}} {size}");
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn one(out: &mut String, name: &str, kind: &str, help: &str, value: i64) {
    head(out, name, kind, help);
    let _ = writeln!(out, "{name} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_of_open_pages_end_when_the_node_stops() {
        let ran = crate::run::block_on(async {
            let (newest, stopping) = (watch::Sender::new(3), watch::Sender::new(false));
            let mut heard = until_stop(newest.subscribe(), stopping.subscribe());
            assert_eq!(*heard.borrow_and_update(), 3);
            newest.send_replace(4);
            heard.changed().await.expect("the node runs");
            assert_eq!(*heard.borrow_and_update(), 4);
            stopping.send_replace(true);
            heard.changed().await.expect_err("nothing is said any more");
        });
        ran.unwrap_or_else(|cause| panic!("{cause}"));
    }
}
