//! Heads of the own half to be countersigned, and the other party's to countersign (section 5).

use super::half::HeldHalf;
use super::limits::{HEAD_EVENTS, HEAD_QUIET_MS};
use super::port::Misuse;
use crate::chain::Relationship;
use crate::finding::{Code, Place, TwinFinding};
use crate::head::{HeadEntry, SignedHead};

/// Where the next head of the own half stands.
#[derive(Clone, Debug, Default)]
enum Own {
    #[default]
    None,
    /// The key holder has been asked.
    Asked,
    /// Signed; sent when there is a connection.
    Signed(SignedHead),
    /// Countersigned by a key that is not known before the copy has more events than these.
    Unproved { copy_size: u64 },
}

/// The exchange of heads.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads {
    own: Own,
    /// Size of the last own head that is countersigned.
    pub(super) own_size: u64,
    /// Size of the last head of the other party that was countersigned here.
    pub(super) their_size: u64,
    /// A head of the other party that waits for its events.
    theirs: Option<SignedHead>,
    /// The head that the key holder has been asked to countersign.
    asked: Option<SignedHead>,
    quiet_since_ms: Option<i64>,
}

/// What to do with a countersignature.
pub(super) enum Countersigned {
    /// It is not to the head on its way, or by a key that is not known yet.
    Ignored,
    /// To be kept.
    Kept(Box<HeadEntry>),
    Refused(TwinFinding),
}

impl Heads {
    /// The connection has ended: what was on its way is said again.
    pub(super) fn disconnect(&mut self) {
        if matches!(self.own, Own::Asked) {
            self.own = Own::None;
        }
        self.theirs = None;
        self.asked = None;
        self.quiet_since_ms = None;
    }

    /// True when the key holder is to be asked for a head now. `now_ms` is given when time has
    /// passed, and nothing when events were acknowledged.
    pub(super) fn is_due(
        &mut self,
        own: u64,
        acknowledged: u64,
        copy: u64,
        now_ms: Option<i64>,
    ) -> bool {
        match self.own {
            Own::None => {}
            Own::Unproved { copy_size } if copy > copy_size => self.own = Own::None,
            _ => return false,
        }
        if own == 0 || acknowledged < own {
            self.quiet_since_ms = None;
        }
        let is_behind = acknowledged.saturating_sub(self.own_size) >= HEAD_EVENTS;
        let is_quiet = match now_ms {
            Some(now_ms) if acknowledged == own && own > self.own_size => {
                // A clock that goes back starts the wait anew.
                let since = self.quiet_since_ms.filter(|since| *since <= now_ms).unwrap_or(now_ms);
                self.quiet_since_ms = Some(since);
                now_ms.saturating_sub(since) >= HEAD_QUIET_MS
            }
            _ => false,
        };
        if is_behind || is_quiet {
            self.own = Own::Asked;
        }
        is_behind || is_quiet
    }

    /// The key holder has signed a head of the own half; gives the one to send, unless it or a
    /// later one is countersigned already.
    pub(super) fn signed(
        &mut self,
        own: &HeldHalf,
        signed: SignedHead,
    ) -> Result<Option<SignedHead>, Misuse> {
        check_head(own, &signed).map_err(|_| Misuse::Head)?;
        if signed.head.tree.size <= self.own_size {
            return Ok(None);
        }
        self.own = Own::Signed(signed);
        Ok(Some(signed))
    }

    /// The head to be sent when a connection begins.
    pub(super) fn to_send(&self) -> Option<SignedHead> {
        if let Own::Signed(signed) = &self.own { Some(*signed) } else { None }
    }

    /// The other party's answer to the head on its way.
    pub(super) fn countersignature(
        &mut self,
        copy: &HeldHalf,
        entry: Box<HeadEntry>,
    ) -> Countersigned {
        let Own::Signed(signed) = &self.own else { return Countersigned::Ignored };
        let Some(countersignature) = entry.countersignature.filter(|_| entry.signed == *signed)
        else {
            return Countersigned::Ignored;
        };
        let place = Place::Head(signed.head.tree.size);
        if !entry.is_countersigned() {
            let author = Some(signed.head.author);
            self.own = Own::Unproved { copy_size: copy.size() };
            return Countersigned::Refused(TwinFinding::new(Code::Countersignature, author, place));
        }
        if !copy.chain.has_had_key(&countersignature.key, copy.size()) {
            self.own = Own::Unproved { copy_size: copy.size() };
            return Countersigned::Ignored;
        }
        self.own_size = signed.head.tree.size;
        self.own = Own::None;
        self.quiet_since_ms = None;
        Countersigned::Kept(entry)
    }

    /// The other side does not accept the head on its way.
    pub(super) fn refused(&mut self, copy: u64) {
        if matches!(self.own, Own::Signed(_)) {
            self.own = Own::Unproved { copy_size: copy };
        }
    }

    /// A head of the other party has come.
    pub(super) fn arrived(&mut self, signed: SignedHead) {
        if signed.head.tree.size >= self.their_size {
            self.theirs = Some(signed);
        }
    }

    /// The head to be countersigned now, when one waits and its events are durable.
    pub(super) fn take_due(&mut self, copy: &HeldHalf) -> Option<Result<SignedHead, TwinFinding>> {
        let signed = self.theirs.filter(|theirs| theirs.head.tree.size <= copy.size())?;
        self.theirs = None;
        Some(check_head(copy, &signed).map(|()| {
            self.asked = Some(signed);
            signed
        }))
    }

    /// The key holder has countersigned; true when it is the head that it was asked for on this
    /// connection.
    pub(super) fn countersigned(&mut self, entry: &HeadEntry) -> bool {
        let is_asked = self.asked.is_some_and(|asked| asked == entry.signed);
        if is_asked && entry.is_countersigned() {
            self.asked = None;
            self.their_size = self.their_size.max(entry.signed.head.tree.size);
            return true;
        }
        false
    }
}

/// TWN-13 for a head of a half that is held to its size.
fn check_head(half: &HeldHalf, signed: &SignedHead) -> Result<(), TwinFinding> {
    let head = &signed.head;
    let finding = |detail: &str| {
        let place = Place::Head(head.tree.size);
        Err(TwinFinding::new(Code::Head, Some(half.chain.author()), place).detail(detail))
    };
    let relationship: &Relationship = half.chain.relationship();
    if head.relationship != relationship.id || head.author != half.chain.author() {
        return finding("it belongs to another relationship or author");
    }
    if head.tree.size == 0 {
        return finding("it covers no event");
    }
    let key = half.chain.key_at(head.tree.size);
    if !key.is_some_and(|key| signed.is_signed_by(&key)) {
        return finding("its signature does not hold");
    }
    if half.tree.root_at(head.tree.size) != Some(head.tree.root) {
        return finding("its root is not that of the events held");
    }
    Ok(())
}
