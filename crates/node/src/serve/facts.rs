//! What the process tells its administrator on the page of the node: connections, what waits,
//! keys, limits and the last backup.

use super::Node;
use super::board::PeerBoard;
use super::exchange::short;
use crate::data::{LAST_BACKUP_FILE, SIGNING_KEY_FILE, TLS_KEY_FILE};
use counterfoil_desk::{NodeFacts, UNMET_NEXT, UNMET_WHAT};
use counterfoil_operations::halves::Relation;
use counterfoil_twin::to_hex;
use counterfoil_web::view::{Backup, KeyLine, LimitLine, Queue, Tone};
use counterfoil_wire::{LinkState, LinkStatus, RelationshipId};
use jiff::Timestamp;
use std::path::Path;

/// Digits of a key's fingerprint that are shown.
const FINGERPRINT_DIGITS: usize = 32;

/// The facts of now; `waiting` are the messages that wait for each exchange, and how many may.
pub fn facts(node: &Node, relations: &[Relation], waiting: Vec<(String, u64, u64)>) -> NodeFacts {
    let (board, statuses) = (node.board.peers(), node.endpoint.statuses());
    let connections = relations.iter().map(|relation| {
        let id = RelationshipId(relation.relationship.id);
        let status = statuses.iter().find(|(of, _)| *of == id).map(|(_, status)| status);
        let (words, tone) = words(status, board.get(&short(relation)));
        let heard = status.and_then(|status| heard(node, status));
        (relation.partner.clone(), words, tone, heard)
    });
    let queues = waiting.into_iter().map(|(partner, depth, limit)| Queue {
        name: format!("Messages of {partner}"),
        depth,
        limit,
        when_full: "the partner waits".to_owned(),
    });
    let limits = node.folder.config.limits.iter().map(|(name, value, meaning)| LimitLine {
        name: name.clone(),
        value: value.clone(),
        meaning: (*meaning).to_owned(),
    });
    NodeFacts {
        started: moment(node.started_ms),
        connections: connections.collect(),
        queues: queues.collect(),
        backups: last_backup(&node.folder.path).into_iter().collect(),
        keys: keys(node),
        limits: limits.collect(),
    }
}

/// How a connection stands, for people, and how that bears.
fn words(status: Option<&LinkStatus>, peer: Option<&PeerBoard>) -> (String, Tone) {
    if let Some((what, fix)) = peer.and_then(|peer| peer.needs_operator.as_ref()) {
        return (format!("{what}: {fix}"), Tone::Attention);
    }
    if let Some(what) = peer.and_then(|peer| peer.not_running.as_ref().or(peer.failing.as_ref())) {
        return (what.clone(), Tone::Attention);
    }
    if peer.is_some_and(|peer| peer.is_unmet) {
        return (format!("{UNMET_WHAT}; {UNMET_NEXT}"), Tone::Attention);
    }
    let is_connected = status.is_some_and(|one| matches!(one.state, LinkState::Connected { .. }));
    match (is_connected, peer) {
        (true, Some(peer)) if peer.state == "in_step" => ("connected".to_owned(), Tone::Good),
        (true, Some(peer)) => {
            let (out, come) = (peer.to_send, peer.to_receive);
            (format!("connected, {out} events to send, {come} to come"), Tone::Moving)
        }
        (true, None) => ("connected".to_owned(), Tone::Moving),
        (false, _) => ("not connected; tried again by itself".to_owned(), Tone::Attention),
    }
}

fn heard(node: &Node, status: &LinkStatus) -> Option<Timestamp> {
    let now = matches!(status.state, LinkState::Connected { .. });
    let at = if now { Some(crate::outside::now_ms()) } else { status.last_connected_ms };
    at.filter(|at| *at >= node.started_ms).and_then(moment)
}

fn moment(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

/// The public halves of the node's keys, since their files were made.
fn keys(node: &Node) -> Vec<KeyLine> {
    let pin = node.folder.identity().map(|identity| to_hex(&identity.pin().0)).ok();
    let signing = Some(to_hex(&node.key.public_key()));
    let all = [
        ("connections with partners (node.key)", TLS_KEY_FILE, pin),
        ("signing this organization's half (twin.key)", SIGNING_KEY_FILE, signing),
    ];
    let line = |(purpose, file, key): (&str, &str, Option<String>)| {
        let made = node.folder.path.join(file).metadata().and_then(|about| about.modified());
        Some(KeyLine {
            purpose: purpose.to_owned(),
            fingerprint: key?.get(..FINGERPRINT_DIGITS)?.to_owned(),
            since: Timestamp::try_from(made.ok()?).ok()?,
        })
    };
    all.into_iter().filter_map(line).collect()
}

/// The last backup, when one was made.
fn last_backup(data: &Path) -> Option<Backup> {
    let text = std::fs::read_to_string(data.join(LAST_BACKUP_FILE)).ok()?;
    let at = moment(text.trim().parse().ok()?)?;
    let place = "where `counterfoil backup` was told to put it".to_owned();
    Some(Backup { at, place, drilled: None })
}
