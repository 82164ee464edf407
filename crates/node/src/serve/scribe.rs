//! Looks at the database again and again: new partners get their exchange, what has to be said
//! is signed, and exchanges hear that their half has grown, whichever process did it.

use super::Node;
use super::board::PeerBoard;
use super::documents::Documents;
use super::exchange::{Exchange, Happening, Parts, short};
use super::facts::facts;
use super::link::{HAPPENINGS_MAX, carry};
use crate::data::DOCUMENTS;
use crate::keeper::{lock, peer_record};
use crate::outside::{now_ms, random};
use counterfoil_desk::Restored;
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{TakenText, take_texts};
use counterfoil_operations::halves::{
    InstalledPack, Relation, Signer, append_due, install_packs, relations,
};
use counterfoil_store::{PeerRow, Store, TwinDocumentRow};
use counterfoil_wire::Role;
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
            Err(bug) => {
                tracing::error!(cause = %bug, "a look at the database has ended; this is a bug");
                node.board
                    .set_trouble(Some("a look at the database has ended by a bug".to_owned()));
                patience = LOOKS_AFTER_TROUBLE;
            }
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
    let waits = since_restore(node, (&relations, &peers), &board);
    for relation in &relations {
        let is_due = due.contains(&relation.id);
        let is_unmet = waits.as_ref().is_some_and(|one| one.is_unmet(&relation.relationship.id));
        let is_signed = is_due && !is_unmet && !must_wait(board.get(&short(relation)));
        let said = if is_signed { sign(node, &mut store, relation) } else { Ok(()) };
        let done = said
            .and_then(|()| install_rules(node, &mut store, relation))
            .and_then(|()| take_agreements(node, &mut store, relation));
        // What fails for one partner keeps no other from being heard.
        node.board.peer(&short(relation), |peer| {
            let failing = done.err().map(|cause| cause.to_string());
            if let Some(cause) = failing.as_ref().filter(|_| peer.failing != failing) {
                tracing::error!(relationship = short(relation), cause, "cannot sign or install");
            }
            peer.failing = failing;
            peer.is_unmet = is_due && is_unmet;
        });
    }
    let sizes = store.read("sizes of halves", |tx| tx.half_sizes())?;
    drop(store);
    tell_pages(node, &relations, &board);
    node.board.set_trouble(None);
    Ok(Look { relations, peers, sizes })
}

/// Signs what has to be said to a partner.
fn sign(node: &Node, store: &mut Store, relation: &Relation) -> Result<(), OperationsError> {
    let mut secret = random;
    let mut signer = Signer { key: &node.key, now_ms: now_ms(), secret: &mut secret };
    let appended = append_due(store, relation, &mut signer)?;
    let (relationship, size) = (short(relation), appended.size);
    tracing::debug!(relationship, size, "signed what had to be said");
    Ok(())
}

/// Rule packs of a payer whose bytes are here are installed, or refused with a reason.
fn install_rules(
    node: &Node,
    store: &mut Store,
    relation: &Relation,
) -> Result<(), OperationsError> {
    let folder = node.folder.path.join(DOCUMENTS);
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
    Ok(())
}

/// Contracts and settlements of a partner whose bytes are here are kept, or refused with a reason.
fn take_agreements(
    node: &Node,
    store: &mut Store,
    relation: &Relation,
) -> Result<(), OperationsError> {
    let folder = node.folder.path.join(DOCUMENTS);
    let mut read = |document: &TwinDocumentRow| std::fs::read(folder.join(&document.digest));
    for one in take_texts(store, relation, &mut read)? {
        let relationship = short(relation);
        match one {
            TakenText::Taken(kind, digest) => {
                tracing::info!(relationship, kind, digest, "the text of an agreement is here");
            }
            TakenText::Refused(name, why) => {
                tracing::error!(relationship, name, cause = why, "an agreement's text is refused");
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
/// said anew with other words.
fn must_wait(peer: Option<&PeerBoard>) -> bool {
    peer.is_some_and(|peer| peer.needs_operator.is_some())
}

/// What waits since the folder was restored. Nothing is signed for a partner before the two have
/// met: only then it is known whether the half here is shorter. The work of a provider goes on when
/// every paired partner was met. A payer has paid others too, whom no node can be asked: its work
/// goes on when a person says so (`counterfoil restore --met-everyone`).
fn since_restore(
    node: &Node,
    (relations, peers): (&[Relation], &[PeerRow]),
    board: &BTreeMap<String, PeerBoard>,
) -> Option<Restored> {
    let before = Restored::read(&node.folder.path)?;
    let mut waits = before.clone();
    waits.name(relations.iter().map(|one| one.relationship.id));
    let has_met = |one: &&Relation| board.get(&short(one)).is_some_and(|peer| peer.has_met);
    for relation in relations.iter().filter(has_met) {
        waits.met(&relation.relationship.id);
    }
    let is_paired = |one: &&Relation| peers.iter().any(|peer| peer.relationship_id == one.id);
    let mut paired = relations.iter().filter(is_paired).peekable();
    let is_provider = node.folder.config.role == Role::Provider;
    let has_paired = paired.peek().is_some();
    if is_provider && has_paired && paired.all(|one| !waits.is_unmet(&one.relationship.id)) {
        waits.work = false;
    }
    if waits == before {
        return Some(waits);
    }
    match waits.keep(&node.folder.path) {
        Ok(()) => Some(waits),
        Err(cause) => {
            // The next look tries again; until then everything waits as before.
            tracing::error!(cause = %cause, "the mark of the restored folder cannot be written");
            Some(before)
        }
    }
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
        if one.thread.is_finished() {
            let why = "the exchange with a partner has ended; this is a bug".to_owned();
            node.board.peer(&short(relation), |peer| peer.not_running = Some(why));
            continue;
        }
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
        free_bytes_min: node.folder.config.disk_free_bytes_min,
    };
    let name = short(relation);
    let loaded = tokio::task::spawn_blocking(move || Exchange::load(parts)).await.ok()?;
    let exchange = match loaded {
        Ok(exchange) => exchange,
        Err(cause) => {
            tracing::error!(relationship = name, cause = %cause, "cannot load the halves");
            node.board.peer(&name, |peer| peer.not_running = Some(cause.to_string()));
            return None;
        }
    };
    node.board.peer(&name, |peer| peer.not_running = None);
    let record = peer_record(relation, peer, node.folder.config.dials);
    let link = node.endpoint.put_peer(record).ok()?;
    let (happenings, incoming) = mpsc::channel(HAPPENINGS_MAX);
    let thread = tokio::task::spawn_blocking(move || exchange.run(incoming));
    let carrier = tokio::spawn(carry(link, happenings.clone(), stopping));
    tracing::info!(relationship = name, "partner is served");
    Some(Running { happenings, peer: peer.clone(), own_size: 0, thread, carrier })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::node_of_test;
    use counterfoil_desk::{RESTORED_FILE, is_restored};
    use counterfoil_operations::halves::{Terms, open_relationship};
    use counterfoil_twin::{Author, PrivateKey};

    /// Two partners of a provider; the node of the first is paired with this one.
    fn two_partners(node: &Node) -> [Relation; 2] {
        let opened = lock(&node.store).transaction("partners", |tx| {
            let mut relations = Vec::new();
            for (partner, seed) in [("first", 3), ("second", 4)] {
                let terms = Terms {
                    role: Author::Provider,
                    partner: partner.to_owned(),
                    own_name: "own".to_owned(),
                    payer_key: PrivateKey::from_seed(&[seed; 32]).public_key(),
                    provider_key: node.key.public_key(),
                    nonce: [seed; 32],
                    identifiers: vec![partner.to_owned()],
                };
                relations.push(open_relationship(tx, &terms)?);
            }
            tx.set_peer(&PeerRow {
                relationship_id: relations[0].id,
                pin: [9; 32],
                addresses: Vec::new(),
                fingerprint: String::new(),
            })?;
            Ok::<_, OperationsError>(relations)
        });
        opened.expect("relationships").try_into().expect("two of them")
    }

    fn looked(node: &Node) {
        look(node).unwrap_or_else(|cause| panic!("{cause}"));
    }

    #[test]
    fn what_fails_for_one_partner_keeps_no_other_from_being_heard() {
        let (_folder, node) = node_of_test(Role::Provider);
        let [first, second] = two_partners(&node);
        let due = lock(&node.store).transaction("a due of nobody", |tx| {
            tx.insert_due(first.id, "one", &[0xff])?;
            Ok::<_, OperationsError>(())
        });
        due.expect("it is recorded");
        looked(&node);
        let board = node.board.peers();
        assert!(board[&short(&first)].failing.is_some(), "{board:?}");
        assert!(board[&short(&second)].failing.is_none(), "{board:?}");
        assert_eq!(node.board.trouble(), None, "the database is well");
    }

    /// Makes a due of each partner that cannot be signed: whoever tries is failing afterwards.
    fn with_dues(node: &Node, relations: &[Relation]) {
        let said = lock(&node.store).transaction("dues", |tx| {
            for relation in relations {
                tx.insert_due(relation.id, &relation.partner, &[0xff])?;
            }
            Ok::<_, OperationsError>(())
        });
        said.expect("dues are recorded");
    }

    /// Looks once: for which relations something was to be signed, and for which that waits.
    fn signed(node: &Node, relations: &[Relation; 2]) -> ([bool; 2], [bool; 2]) {
        looked(node);
        let board = node.board.peers();
        let of = |one: &Relation| board[&short(one)].clone();
        (
            [0, 1].map(|at| of(&relations[at]).failing.is_some()),
            [0, 1].map(|at| of(&relations[at]).is_unmet),
        )
    }

    fn restored(role: Role) -> (tempfile::TempDir, Arc<Node>, [Relation; 2]) {
        let (folder, node) = node_of_test(role);
        std::fs::write(folder.path().join(RESTORED_FILE), "").expect("a mark");
        looked(&node);
        assert!(is_restored(folder.path()), "without a paired partner a person has to say so");
        std::fs::write(folder.path().join(RESTORED_FILE), "").expect("a mark");
        let relations = two_partners(&node);
        with_dues(&node, &relations);
        assert_eq!(signed(&node, &relations), ([false; 2], [true; 2]), "nobody was met");
        assert!(is_restored(folder.path()));
        node.board.peer(&short(&relations[0]), |peer| peer.has_met = true);
        (folder, node, relations)
    }

    #[test]
    fn a_restored_provider_works_when_it_has_met_those_whom_it_can_meet() {
        let (folder, node, relations) = restored(Role::Provider);
        // The second partner exchanges files and may hold other events under the same numbers.
        assert_eq!(signed(&node, &relations), ([true, false], [false, true]));
        assert!(!is_restored(folder.path()), "the work goes on");
        // Another start has met nobody yet; what was met before is known.
        node.board.peer(&short(&relations[0]), |peer| peer.has_met = false);
        assert_eq!(signed(&node, &relations), ([true, false], [false, true]));
        std::fs::remove_file(folder.path().join(RESTORED_FILE)).expect("a person says so");
        assert_eq!(signed(&node, &relations), ([true; 2], [false; 2]));
    }

    #[test]
    fn a_restored_payer_pays_nobody_before_a_person_has_said_so() {
        let (folder, node, relations) = restored(Role::Payer);
        assert_eq!(signed(&node, &relations), ([true, false], [false, true]));
        node.board.peer(&short(&relations[1]), |peer| peer.has_met = true);
        assert_eq!(signed(&node, &relations), ([true; 2], [false; 2]));
        assert!(is_restored(folder.path()), "it may have paid others than its partners");
    }
}
