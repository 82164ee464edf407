//! The partner's events are taken in: checked by a session or here, kept, and folded, once.

use super::append::{keep, set_chain};
use super::checks::refusal_on_all_cores;
use super::documents::{self, Said};
use super::fold::Touched;
use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_store::{Store, Transaction};
use counterfoil_twin::sync::HalfEntry;
use counterfoil_twin::{
    Body, BodyBytes, Chain, Code, Event, FindingPlace, HalfPart, HalfReader, HeadEntry, Tree,
    TwinFinding, leaf_hash, needs_body, to_hex, verify_half,
};

/// Events of an imported file that one transaction takes.
const EVENTS_AT_ONCE: usize = 2_048;

/// What was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcceptedEvents {
    /// Events that are new.
    pub new: u64,
    /// Events that were held before.
    pub held: u64,
    /// Size of the partner's half as it is held now.
    pub size: u64,
    /// Claims that were folded anew.
    pub claims: u64,
}

/// Takes in events of the partner's half that a session has verified, all or none, in one
/// transaction. Events that are held already are passed over.
///
/// # Errors
/// [`OperationsError::Twin`] when an event does not follow from the one before; nothing changes.
pub fn accept(
    store: &mut Store,
    relation: &Relation,
    entries: &[HalfEntry],
) -> Result<AcceptedEvents, OperationsError> {
    store.transaction("take in the partner's events", |tx| take(tx, relation, entries))
}

fn take(
    tx: &Transaction<'_>,
    relation: &Relation,
    entries: &[HalfEntry],
) -> Result<AcceptedEvents, OperationsError> {
    let author = relation.author.other();
    let mut chain = relation.chain(tx, author)?;
    let mut touched = Touched::default();
    let mut accepted = AcceptedEvents::default();
    for entry in entries {
        let at = |code| TwinFinding::new(code, Some(author), FindingPlace::Event(chain.size()));
        let event = Event::decode(&entry.event).map_err(|_| at(Code::EventForm))?;
        let leaf = leaf_hash(&entry.event);
        if event.author == author && event.sequence < chain.size() {
            expect_same(tx, relation, &event, &entry.event)?;
            accepted.held += 1;
            continue;
        }
        chain.check_link(&event).map_err(|refusal| chain.finding(event.sequence, refusal))?;
        let body = entry.body.as_deref().map(Body::decode).transpose();
        let body = body.map_err(|_| at(Code::Body))?;
        if body.is_none() && (needs_body(&event.kind) || binds_both(&event.kind)) {
            return Err(at(Code::Body).into());
        }
        keep(tx, relation, &event, (&entry.event, entry.body.as_deref(), &leaf))?;
        chain.advance(&event, leaf, body.as_ref());
        touched.note(&event);
        name_document(tx, relation, &event, body.as_ref())?;
        accepted.new += 1;
    }
    accepted.size = chain.size();
    accepted.claims = touched.len() as u64;
    if accepted.new > 0 {
        set_chain(tx, relation, &chain)?;
        touched.fold(tx, relation)?;
    }
    Ok(accepted)
}

/// An event that is held already must be the same one.
fn expect_same(
    tx: &Transaction<'_>,
    relation: &Relation,
    event: &Event,
    bytes: &[u8],
) -> Result<(), OperationsError> {
    let held = tx.twin_events(relation.id, event.author.sign(), (event.sequence, 1))?;
    match held.first() {
        Some(held) if held.event == bytes => Ok(()),
        _ => {
            let place = FindingPlace::Event(event.sequence);
            Err(TwinFinding::new(Code::TwoStories, Some(event.author), place).into())
        }
    }
}

/// A document that the partner says it has sent is one to fetch.
fn name_document(
    tx: &Transaction<'_>,
    relation: &Relation,
    event: &Event,
    body: Option<&Body>,
) -> Result<(), OperationsError> {
    let Some(body) = body.filter(|_| event.kind == "file.sent") else { return Ok(()) };
    let said =
        (body.digest("digest"), body.text("kind"), body.text("name"), body.integer("length"));
    if let (Some(digest), Some(kind), Some(name), Some(length)) = said {
        let digest = to_hex(&digest);
        let said = Said { digest: &digest, kind, name, length, time_ms: event.time_ms };
        documents::name(tx, relation, &said)?;
    }
    Ok(())
}

/// Takes in the partner's half from a half file, after every check of section 13 that the file
/// and the own half allow. What is held already is passed over; its heads are kept.
///
/// # Errors
/// [`OperationsError::Twin`] with the first finding; events before it may have been taken in.
pub fn import_half(
    store: &mut Store,
    relation: &Relation,
    file: &[u8],
) -> Result<AcceptedEvents, OperationsError> {
    let report = verify_half(file, &[], &refusal_on_all_cores);
    if let Some(finding) = report.finding {
        return Err(finding.into());
    }
    let author = relation.author.other();
    let is_theirs = report.author == Some(author);
    if report.relationship != Some(relation.relationship) || !is_theirs {
        let finding = TwinFinding::new(Code::OtherRelationship, report.author, FindingPlace::File);
        return Err(finding.into());
    }
    let (heads, entries) = parts(file);
    expect_seen(store, relation, &entries)?;
    let mut all = AcceptedEvents::default();
    for some in entries.chunks(EVENTS_AT_ONCE) {
        let accepted = accept(store, relation, some)?;
        all.new += accepted.new;
        all.held += accepted.held;
        all.claims += accepted.claims;
        all.size = accepted.size;
    }
    store.transaction("keep the partner's heads", |tx| {
        for head in heads {
            let size = head.signed.head.tree.size;
            tx.set_twin_head(relation.id, (author.sign(), size), &head.encode())?;
        }
        Ok::<_, OperationsError>(())
    })?;
    Ok(all)
}

/// Heads and events of a file that was found good.
fn parts(file: &[u8]) -> (Vec<HeadEntry>, Vec<HalfEntry>) {
    let mut reader = HalfReader::new();
    reader.push(file);
    reader.finish();
    let (mut heads, mut entries) = (Vec::new(), Vec::new());
    while let Some(part) = reader.next_part() {
        match part {
            HalfPart::Start(start) => {
                heads.extend(start.heads.iter().filter_map(|head| HeadEntry::decode(head).ok()));
            }
            HalfPart::Entry { event, body } => {
                let body = if let BodyBytes::Shown(body) = body { Some(body) } else { None };
                entries.push(HalfEntry { event, body });
            }
            _ => {}
        }
    }
    (heads, entries)
}

/// What the partner claims to have seen must be the own half (TWN-11 and TWN-12).
fn expect_seen(
    store: &mut Store,
    relation: &Relation,
    entries: &[HalfEntry],
) -> Result<(), OperationsError> {
    let tree = store.transaction("read the own half's hashes", |tx| {
        tree_of(tx, relation, &relation.chain(tx, relation.author)?)
    })?;
    for entry in entries {
        let Ok(event) = Event::decode(&entry.event) else { continue };
        let code = match tree.root_at(event.seen_size) {
            Some(root) if root == event.seen_root => continue,
            Some(_) => Code::SeenRoot,
            None => Code::SeenTooMuch,
        };
        let place = FindingPlace::Event(event.sequence);
        return Err(TwinFinding::new(code, Some(event.author), place).into());
    }
    Ok(())
}

/// The hash tree of a half, from the hashes that are kept.
pub(super) fn tree_of(
    tx: &Transaction<'_>,
    relation: &Relation,
    chain: &Chain,
) -> Result<Tree, OperationsError> {
    let mut tree = Tree::new();
    for leaf in tx.twin_leaves(relation.id, chain.author().sign(), chain.size())? {
        tree.push(leaf);
    }
    if tree.size() == chain.size() && tree.root() == chain.tree_head().root {
        return Ok(tree);
    }
    Err(OperationsError::Unreadable("a half's hashes"))
}

/// What a partner may not withhold: by it the two sides would not know the same of what binds both.
fn binds_both(kind: &str) -> bool {
    matches!(kind, "contract.signed" | "settlement.stated")
}
