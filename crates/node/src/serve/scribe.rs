//! Looks at the database again and again: new partners get their exchange, what has to be said
//! is signed, and exchanges hear that their half has grown, whichever process did it.

use super::Node;
use super::board::PeerBoard;
use super::documents::Documents;
use super::exchange::{Exchange, Happening, Parts, short};
use super::facts::facts;
use super::link::{HAPPENINGS_MAX, carry};
use crate::data::{DOCUMENTS, RESTORED_FILE};
use crate::keeper::{lock, peer_record};
use crate::outside::{now_ms, random};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    InstalledPack, Relation, Signer, append_due, install_packs, relations,
};
use counterfoil_store::{PeerRow, Store, TwinDocumentRow};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Between two looks at what the page of the node tells, in milliseconds.
const TELL_EVERY_MS: i64 = 1_000;
/// Between two attempts after the database could not be used, in looks.
const LOOKS_AFTER_TROUBLE: u32 = 10;

struct Running {
    happenings: mpsc::Sender<Happening>,
    peer: PeerRow,
    own_size: u64,
    thread: JoinHandle<()>,
    carrier: JoinHandle<()>,
}

/// What the database holds at one look.
struct Look {
    relations: Vec<Relation>,
    peers: Vec<PeerRow>,
    sizes: Vec<(i64, u8, u64)>,
}

/// Runs until the node stops; then every exchange has said goodbye.
pub async fn run(node: Arc<Node>, mut stopping: watch::Receiver<bool>) {
    let mut running: BTreeMap<i64, Running> = BTreeMap::new();
    let mut tick = tokio::time::interval(node.folder.config.look);
    let (mut patience, mut told_ms) = (0, 0);
    loop {
        tokio::select! {
            () = super::stop_of(&mut stopping) => break,
            _ = tick.tick() => {}
        }
        if patience > 0 {
            patience -= 1;
            continue;
        }
        let looker = node.clone();
        // Signing and reading block; a panic there is a bug that the next look meets again.
        match tokio::task::spawn_blocking(move || look(&looker)).await {
            Ok(Ok(look)) => {
                if now_ms().saturating_sub(told_ms) >= TELL_EVERY_MS {
                    told_ms = now_ms();
                    tell_of_node(&node, &look.relations, &running).await;
                }
                begin_and_tell(&node, look, &mut running, &stopping).await;
            }
            Ok(Err(cause)) => {
                tracing::error!(cause = %cause, "cannot look at the database");
                node.board.set_trouble(Some(cause.to_string()));
                patience = LOOKS_AFTER_TROUBLE;
            }
            Err(_) => patience = LOOKS_AFTER_TROUBLE,
        }
    }
    for one in running.values() {
        let _ = one.happenings.send(Happening::Finish).await;
    }
    for one in running.into_values() {
        let _ = one.thread.await;
        drop(one.happenings);
        let _ = one.carrier.await;
    }
}

fn look(node: &Node) -> Result<Look, OperationsError> {
    let mut store = lock(&node.store);
    let (relations, peers, due) = store.transaction("look for work", |tx| {
        Ok::<_, OperationsError>((relations(tx)?, tx.peers()?, tx.relationships_with_dues()?))
    })?;
    let board = node.board.peers();
    let is_restored = is_restored(node, &relations, &board);
    for relation in relations.iter().filter(|one| due.contains(&one.id)) {
        if must_wait(board.get(&short(relation)), is_restored) {
            continue;
        }
        let mut secret = random;
        let mut signer = Signer { key: &node.key, now_ms: now_ms(), secret: &mut secret };
        let appended = append_due(&mut store, relation, &mut signer)?;
        let (relationship, size) = (short(relation), appended.size);
        tracing::debug!(relationship, size, "signed what had to be said");
    }
    install_rules(node, &mut store, &relations)?;
    let sizes = store.transaction("sizes of halves", |tx| tx.half_sizes())?;
    drop(store);
    tell_pages(node, &relations, &board);
    node.board.set_trouble(None);
    Ok(Look { relations, peers, sizes })
}

/// Rule packs of payers whose bytes are here are installed, or refused with a reason.
fn install_rules(
    node: &Node,
    store: &mut Store,
    relations: &[Relation],
) -> Result<(), OperationsError> {
    let folder = node.folder.path.join(DOCUMENTS);
    for relation in relations {
        let mut read = |document: &TwinDocumentRow| std::fs::read(folder.join(&document.digest));
        for one in install_packs(store, relation, &mut read)? {
            let relationship = short(relation);
            match one {
                InstalledPack::Installed(pack) => {
                    let (name, version) = (pack.name, pack.version);
                    tracing::info!(relationship, name, version, "rule pack installed");
                }
                InstalledPack::Refused(name, why) => {
                    tracing::error!(relationship, name, cause = why, "rule pack refused");
                }
            }
        }
    }
    Ok(())
}

/// The page of the node tells how it stands.
async fn tell_of_node(node: &Arc<Node>, relations: &[Relation], running: &BTreeMap<i64, Running>) {
    let waiting = relations.iter().filter_map(|relation| {
        let queue = &running.get(&relation.id)?.happenings;
        let depth = queue.max_capacity().saturating_sub(queue.capacity());
        Some((relation.partner.clone(), depth as u64, queue.max_capacity() as u64))
    });
    let waiting = waiting.collect();
    let (node, relations) = (node.clone(), relations.to_vec());
    // Files are looked at, which blocks; what was not told now is told by the next look.
    let told = move || node.desk.set_facts(facts(&node, &relations, waiting));
    let _ = tokio::task::spawn_blocking(told).await;
}

/// Open pages hear which claims have moved on, and where a partner's half differs.
fn tell_pages(node: &Node, relations: &[Relation], board: &BTreeMap<String, PeerBoard>) {
    for relation in relations {
        let stopped = board.get(&short(relation)).and_then(|peer| peer.needs_operator.as_ref());
        node.desk.set_difference(&relation.partner, stopped.map(|(words, _)| words.clone()));
    }
    if let Err(error) = node.desk.notice() {
        // The next look tells them; until then a page that is loaded again is true.
        tracing::warn!(cause = error.why, "open pages were not told what is new");
    }
}

/// A half that is shorter here than at the partner must not grow: what was said before would be
/// said anew with other words. Whether it is shorter is known when the two have met.
fn must_wait(peer: Option<&PeerBoard>, is_restored: bool) -> bool {
    let has_met = peer.is_some_and(|peer| peer.has_met);
    peer.is_some_and(|peer| peer.needs_operator.is_some()) || (is_restored && !has_met)
}

/// Whether the folder was restored and a partner was not met since.
fn is_restored(node: &Node, relations: &[Relation], board: &BTreeMap<String, PeerBoard>) -> bool {
    let mark = node.folder.path.join(RESTORED_FILE);
    if !mark.exists() {
        return false;
    }
    let has_met = |one: &Relation| board.get(&short(one)).is_some_and(|peer| peer.has_met);
    // When the mark cannot be taken away the next look tries again.
    !(relations.iter().all(has_met) && std::fs::remove_file(mark).is_ok())
}

async fn begin_and_tell(
    node: &Arc<Node>,
    look: Look,
    running: &mut BTreeMap<i64, Running>,
    stopping: &watch::Receiver<bool>,
) {
    for relation in &look.relations {
        let Some(peer) = look.peers.iter().find(|one| one.relationship_id == relation.id) else {
            continue;
        };
        if !running.contains_key(&relation.id)
            && let Some(one) = begin(node, relation, peer, stopping.clone()).await
        {
            running.insert(relation.id, one);
        }
        let Some(one) = running.get_mut(&relation.id) else { continue };
        if one.peer != *peer {
            let record = peer_record(relation, peer, node.folder.config.dials);
            if node.endpoint.put_peer(record).is_ok() {
                one.peer = peer.clone();
            }
        }
        let own = look
            .sizes
            .iter()
            .find(|(id, author, _)| *id == relation.id && *author == relation.author.sign());
        let size = own.map_or(0, |(_, _, size)| *size);
        // A full queue is worked on; the next look tells it again.
        if size > one.own_size && one.happenings.try_send(Happening::Grown).is_ok() {
            one.own_size = size;
        }
    }
}

async fn begin(
    node: &Arc<Node>,
    relation: &Relation,
    peer: &PeerRow,
    stopping: watch::Receiver<bool>,
) -> Option<Running> {
    let parts = Parts {
        relation: relation.clone(),
        store: node.store.clone(),
        documents: Documents::new(node.folder.path.join(DOCUMENTS)),
        key: node.key.clone(),
        board: node.board.clone(),
    };
    let name = short(relation);
    let loaded = tokio::task::spawn_blocking(move || Exchange::load(parts)).await.ok()?;
    let exchange = match loaded {
        Ok(exchange) => exchange,
        Err(cause) => {
            tracing::error!(relationship = name, cause = %cause, "cannot load the halves");
            node.board.set_trouble(Some(cause.to_string()));
            return None;
        }
    };
    let record = peer_record(relation, peer, node.folder.config.dials);
    let link = node.endpoint.put_peer(record).ok()?;
    let (happenings, incoming) = mpsc::channel(HAPPENINGS_MAX);
    let thread = tokio::task::spawn_blocking(move || exchange.run(incoming));
    let carrier = tokio::spawn(carry(link, happenings.clone(), stopping));
    tracing::info!(relationship = name, "partner is served");
    Some(Running { happenings, peer: peer.clone(), own_size: 0, thread, carrier })
}
