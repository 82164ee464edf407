//! The other party's half as it arrives: checked, stored, acknowledged (section 4).

use super::Verified;
use super::half::{HeldHalf, NamedDocument, decode, needed_body};
use super::limits::{MESSAGE_BYTES_MAX, WINDOW_BYTES};
use super::message::HalfEntry;
use crate::body::Body;
use crate::chain::{BodyBytes, Chain, EventCheck, Refusal};
use crate::event::Event;
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::Hash;
use crate::tree::{Tree, leaf_hash};
use std::collections::VecDeque;

/// Runs checks that need nothing of each other: index and refusal of the first that fails.
/// [`crate::first_refusal`] does it on one core.
pub type CheckRunner = fn(&[EventCheck]) -> Option<(usize, Refusal)>;

/// An event that has been checked and is not known to be durable.
#[derive(Clone, Debug)]
struct Pending {
    event: Event,
    leaf: Hash,
    body: Option<Body>,
    bytes: usize,
}

/// The copy of the other's half, and what will become part of it.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    /// What is durable.
    pub(super) copy: HeldHalf,
    /// The chain behind everything that has been checked.
    checked: Chain,
    pending: VecDeque<Pending>,
    pending_bytes: usize,
}

/// What became of a message of events.
pub(super) enum Taken {
    /// It begins above what is there, or holds more than the window allows.
    Broken(&'static str),
    /// These are new and hold; the first that does not.
    Checked(Vec<Verified>, Option<TwinFinding>),
}

impl Incoming {
    pub(super) fn new(copy: HeldHalf) -> Incoming {
        let checked = copy.chain.clone();
        Incoming { copy, checked, pending: VecDeque::new(), pending_bytes: 0 }
    }

    /// Takes an event from the caller's own store.
    pub(super) fn replay(&mut self, entry: &HalfEntry) -> Result<(), TwinFinding> {
        self.copy.replay(entry)?;
        self.checked = self.copy.chain.clone();
        Ok(())
    }

    /// How many events have been checked.
    pub(super) fn checked_size(&self) -> u64 {
        self.checked.size()
    }

    /// Checks a message of events; `own` is the tree of the half that they have seen.
    pub(super) fn take(
        &mut self,
        own: &Tree,
        first: u64,
        entries: Vec<HalfEntry>,
        run: CheckRunner,
    ) -> Taken {
        if first > self.checked.size() {
            return Taken::Broken("events were left out");
        }
        let held = self.checked.size() - first;
        let held = usize::try_from(held).unwrap_or(usize::MAX).min(entries.len());
        let mut entries = entries;
        let new = entries.split_off(held);
        for (sequence, entry) in (first..).zip(&entries) {
            if self.leaf(sequence) != Some(leaf_hash(&entry.event)) {
                return Taken::Checked(Vec::new(), Some(self.other_story(sequence, entry)));
            }
        }
        let bytes = new.iter().map(HalfEntry::size_bytes).sum::<usize>();
        if self.pending_bytes.saturating_add(bytes) > WINDOW_BYTES + MESSAGE_BYTES_MAX {
            return Taken::Broken("more events than the window allows");
        }
        let (checked, refusal) = self.check(own, new, run);
        for Pending { event, leaf, body, .. } in &checked.pending {
            self.checked.advance(event, *leaf, body.as_ref());
        }
        self.pending_bytes += checked.pending.iter().map(|pending| pending.bytes).sum::<usize>();
        self.pending.extend(checked.pending);
        Taken::Checked(checked.verified, refusal)
    }

    fn check(
        &self,
        own: &Tree,
        entries: Vec<HalfEntry>,
        run: CheckRunner,
    ) -> (Checked, Option<TwinFinding>) {
        let mut chain = self.checked.clone();
        let (mut out, mut checks, mut refusal) = (Checked::default(), Vec::new(), None);
        let mut seen = SeenRoot::default();
        for entry in entries {
            let event = match next_event(&chain, &entry) {
                Ok(event) => event,
                Err(finding) => {
                    refusal = Some(finding);
                    break;
                }
            };
            let leaf = leaf_hash(&entry.event);
            checks.push(chain.event_check(event.clone(), body_bytes(&entry)));
            if let Err(code) = seen.check(own, &event) {
                let place = Place::Event(event.sequence);
                refusal = Some(TwinFinding::new(code, Some(event.author), place));
                break;
            }
            let body = needed_body(&event, entry.body.as_deref());
            chain.advance(&event, leaf, body.as_ref());
            let bytes = entry.size_bytes();
            out.pending.push(Pending { event: event.clone(), leaf, body, bytes });
            out.verified.push(Verified { event, leaf, entry });
        }
        if let Some((at, why)) = run(&checks) {
            let sequence = self.checked.size().saturating_add(at as u64);
            refusal = Some(self.checked.finding(sequence, why));
            out.pending.truncate(at);
            out.verified.truncate(at);
        }
        (out, refusal)
    }

    fn leaf(&self, sequence: u64) -> Option<Hash> {
        let durable = self.copy.size();
        match sequence.checked_sub(durable) {
            None => self.copy.tree.leaf(sequence),
            Some(at) => self.pending.get(usize::try_from(at).ok()?).map(|pending| pending.leaf),
        }
    }

    /// What to say of an event for a place where another one is held.
    fn other_story(&self, sequence: u64, entry: &HalfEntry) -> TwinFinding {
        let place = Place::Event(sequence);
        let finding = |code| TwinFinding::new(code, Some(self.checked.author()), place);
        let event = match decode(&self.checked, &entry.event) {
            Ok(event) => event,
            Err(damaged) => return TwinFinding { place, ..damaged },
        };
        let is_place = event.relationship == self.checked.relationship().id
            && event.author == self.checked.author()
            && event.sequence == sequence;
        let key = self.checked.key_at(sequence);
        if is_place && key.is_some_and(|key| event.is_signed_by(&key)) {
            return finding(Code::TwoStories);
        }
        match self.checked.check_link(&event) {
            Ok(()) => finding(Code::Sequence),
            Err(refusal) => finding(refusal.code).detail(refusal.detail),
        }
    }

    /// What has been checked up to a size is durable; nothing when that was not checked. Gives the
    /// documents that the events name.
    pub(super) fn stored(&mut self, size: u64) -> Option<Vec<NamedDocument>> {
        if size < self.copy.size() || size > self.checked.size() {
            return None;
        }
        let mut named = Vec::new();
        while self.copy.size() < size {
            let Pending { event, leaf, body, bytes } = self.pending.pop_front()?;
            self.pending_bytes -= bytes;
            named.extend(self.copy.push(&event, leaf, body.as_ref()));
        }
        Some(named)
    }

    /// What was checked and is not durable is forgotten.
    pub(super) fn forget_pending(&mut self) {
        self.pending.clear();
        self.pending_bytes = 0;
        self.checked = self.copy.chain.clone();
    }
}

#[derive(Default)]
struct Checked {
    pending: Vec<Pending>,
    verified: Vec<Verified>,
}

fn body_bytes(entry: &HalfEntry) -> BodyBytes {
    entry.body.clone().map_or(BodyBytes::Withheld, BodyBytes::Shown)
}

/// TWN-02 to TWN-05, 07 and 08; of an event that fails 07 or 08, 06 comes first.
fn next_event(chain: &Chain, entry: &HalfEntry) -> Result<Event, TwinFinding> {
    let event = decode(chain, &entry.event)?;
    let is_next = chain.check_link(&event).and_then(|()| chain.check_order(&event));
    if is_next.is_ok() {
        return Ok(event);
    }
    match chain.check(&event, None) {
        Ok(()) => Ok(event),
        Err(finding) => Err(TwinFinding { place: Place::Event(chain.size()), ..finding }),
    }
}

/// TWN-11 and TWN-12. Many events in a row have seen the same, so the last root is kept.
#[derive(Default)]
struct SeenRoot {
    last: Option<(u64, Hash)>,
}

impl SeenRoot {
    fn check(&mut self, own: &Tree, event: &Event) -> Result<(), Code> {
        let root = match self.last {
            Some((size, root)) if size == event.seen_size => root,
            _ => own.root_at(event.seen_size).ok_or(Code::SeenTooMuch)?,
        };
        self.last = Some((event.seen_size, root));
        if root == event.seen_root { Ok(()) } else { Err(Code::SeenRoot) }
    }
}
