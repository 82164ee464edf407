//! Both halves of one relationship: what is accepted, what is said next, and where claims stand.
//!
//! A pure state machine: the caller keeps the events and bodies, brings key, chance and time, and
//! gives every event here. Held are a hash tree a half and the facts of each claim.

use crate::body::{Body, BodyError, Field};
use crate::chain::{Chain, Relationship};
use crate::event::{Author, Event, is_kind, is_subject};
use crate::finding::{Code, TwinFinding};
use crate::hash::{Hash, sha256};
use crate::head::{Head, HeadEntry, SignedHead};
use crate::keys::PrivateKey;
use crate::kinds::{KindError, check_kind};
use crate::order::{Place, compare_places, merge};
use crate::state::{ClaimFact, ClaimState, Turn};
use crate::summary::Summary;
use crate::tree::{Tree, TreeHead};
use counterfoil_base::Text;
use std::collections::BTreeMap;

/// What an author wants to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The kind, for example `claim.received`.
    pub kind: Text,
    /// Of what it is said, for example a claim's subject.
    pub subject: Text,
    /// What is said.
    pub fields: Vec<Field>,
}

/// What the caller brings to a statement: time, and random bytes for the salts of its fields.
#[derive(Clone, Copy)]
pub struct Stamp {
    /// Milliseconds since 1970-01-01T00:00:00Z by the author's clock.
    pub time_ms: i64,
    /// Random bytes, new for each statement.
    pub secret: [u8; 32],
}

/// Why a statement cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The key is not the one in force.
    #[error("the key is not the author's key in force")]
    Key,
    /// The kind or subject has other characters or length than an event may have.
    #[error("the kind or subject has other characters or length than an event may have")]
    Text,
    /// The first event opens the relationship, and only that event does.
    #[error("the first event of a half opens the relationship")]
    Opening,
    /// The fields make no body.
    #[error("the fields make no body: {0}")]
    Body(#[from] BodyError),
    /// The author may not say this.
    #[error(transparent)]
    Kind(#[from] KindError),
}

/// A signed event that is not in the half yet, so that it can be stored first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    event: Event,
    body: Body,
}

impl Draft {
    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }
}

/// Signs what the author of a half says next, having seen so much of the other half; see
/// [`Twin::draft`]. The half does not change until it takes the event.
///
/// # Errors
/// [`DraftError`] when the author may not say this, or the key is not the one in force.
pub fn draft(
    chain: &Chain,
    seen: &TreeHead,
    key: &PrivateKey,
    statement: Statement,
    stamp: Stamp,
) -> Result<Draft, DraftError> {
    if chain.key().map(|in_force| in_force.to_bytes()) != Some(key.public_key()) {
        return Err(DraftError::Key);
    }
    let Statement { kind, subject, fields } = statement;
    if !is_kind(kind.as_bytes()) || !is_subject(subject.as_bytes()) {
        return Err(DraftError::Text);
    }
    if (chain.size() == 0) != (kind == "relationship.opened") {
        return Err(DraftError::Opening);
    }
    let body = Body::new(stamp.secret, fields)?;
    let mut event = Event {
        relationship: chain.relationship().id,
        author: chain.author(),
        sequence: chain.size(),
        previous: chain.last_hash(),
        time_ms: chain.last_time_ms().map_or(stamp.time_ms, |last| last.max(stamp.time_ms)),
        seen_size: seen.size,
        seen_root: seen.root,
        kind,
        subject,
        payload_root: body.payload_root(),
        signature: [0; 64],
    };
    check_kind(&event, Some(&body))?;
    event.sign(key);
    Ok(Draft { event, body })
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It was there already, byte for byte: nothing changed.
    Held,
    /// It is in its half now.
    New {
        /// Its leaf hash.
        leaf: Hash,
        /// Whether it applied, when it is about a claim and its body is at hand. A later event
        /// can still come before it in the order of both halves and change that.
        turn: Option<Turn>,
    },
}

/// An event about a claim, as its timeline shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where it stands.
    pub place: Place,
    /// What it states.
    pub fact: ClaimFact,
    /// Whether it applied.
    pub turn: Turn,
}

/// An event about a claim, as it takes part in the fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimEvent {
    /// Where it stands.
    pub place: Place,
    /// What it states; nothing when its body is withheld: then the claim has no state.
    pub fact: Option<ClaimFact>,
}

/// The state of a claim from the events about it, the payer's and the provider's, each in the
/// order of its half; with each event and its turn. Nothing when a body is withheld.
#[must_use]
pub fn fold_claim(
    payer: &[ClaimEvent],
    provider: &[ClaimEvent],
) -> Option<(ClaimState, Vec<Moment>)> {
    let (mut state, mut moments) = (ClaimState::default(), Vec::new());
    let [payer, provider] = [payer, provider].map(|half| half.iter().collect::<Vec<_>>());
    for event in merge(&payer, &provider, |event| event.place) {
        let fact = event.fact.clone()?;
        let turn = state.apply(event.place.time_ms, &fact);
        moments.push(Moment { place: event.place, fact, turn });
    }
    Some((state, moments))
}

#[derive(Clone, Debug, Default)]
struct Claim {
    /// Of the payer and of the provider, each in the order of its half.
    events: [Vec<ClaimEvent>; 2],
    /// Nothing when a body is withheld.
    state: Option<ClaimState>,
}

impl Claim {
    fn timeline(&self) -> Option<(ClaimState, Vec<Moment>)> {
        let [payer, provider] = &self.events;
        fold_claim(payer, provider)
    }

    /// Adds an event and gives its turn; folds anew only when it is not the last of both halves.
    fn add(&mut self, event: ClaimEvent) -> Option<Turn> {
        let place = event.place;
        let others = &self.events[place.author.other().index()];
        let is_last = others.last().is_none_or(|o| compare_places(&o.place, &place).is_lt());
        let is_first = self.events.iter().all(Vec::is_empty);
        let before = if is_first { Some(ClaimState::default()) } else { self.state.take() };
        let turn = match (is_last, before, &event.fact) {
            (true, Some(mut state), Some(fact)) => {
                let turn = state.apply(place.time_ms, fact);
                self.state = Some(state);
                Some(turn)
            }
            _ => None,
        };
        self.events[place.author.index()].push(event);
        if turn.is_some() {
            return turn;
        }
        let (state, moments) = self.timeline()?;
        self.state = Some(state);
        moments.iter().find(|moment| moment.place == place).map(|moment| moment.turn)
    }
}

/// One half as it is held.
#[derive(Clone, Debug)]
struct Half {
    chain: Chain,
    tree: Tree,
}

/// Size and root of both halves and the digest of all claims' states: what two nodes compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standpoint {
    /// The payer's half.
    pub payer: TreeHead,
    /// The provider's half.
    pub provider: TreeHead,
    /// Digest of the summary of claims.
    pub claims: Hash,
}

impl Standpoint {
    /// The hash that two nodes show beside each other (section 10).
    #[must_use]
    pub fn hash(&self, relationship: &Hash) -> Hash {
        sha256(&[
            b"counterfoil/twin/match/1\0",
            relationship,
            &self.payer.size.to_be_bytes(),
            &self.payer.root,
            &self.provider.size.to_be_bytes(),
            &self.provider.root,
            &self.claims,
        ])
    }
}

/// Both halves of one relationship.
#[derive(Clone, Debug)]
pub struct Twin {
    relationship: Relationship,
    halves: [Half; 2],
    claims: BTreeMap<Text, Claim>,
    summary: Summary,
}

impl Twin {
    /// A relationship before the first event.
    #[must_use]
    pub fn new(relationship: Relationship) -> Twin {
        let halves = Author::BOTH
            .map(|author| Half { chain: Chain::new(relationship, author), tree: Tree::new() });
        Twin { relationship, halves, claims: BTreeMap::new(), summary: Summary::new() }
    }

    /// Whose relationship it is.
    #[must_use]
    pub fn relationship(&self) -> &Relationship {
        &self.relationship
    }

    /// What has been accepted of a half.
    #[must_use]
    pub fn chain(&self, author: Author) -> &Chain {
        &self.halves[author.index()].chain
    }

    /// The hash tree of a half: roots, proofs, ranges.
    #[must_use]
    pub fn tree(&self, author: Author) -> &Tree {
        &self.halves[author.index()].tree
    }

    /// Signs what an author says next. The time is never before that of the previous event: a
    /// clock that went back gives the previous time again. The half does not change until
    /// [`Twin::append`].
    ///
    /// # Errors
    /// [`DraftError`] when the author may not say this, or the key is not the one in force.
    pub fn draft(
        &self,
        author: Author,
        key: &PrivateKey,
        statement: Statement,
        stamp: Stamp,
    ) -> Result<Draft, DraftError> {
        let seen = self.chain(author.other()).tree_head();
        draft(self.chain(author), &seen, key, statement, stamp)
    }

    /// Takes a draft into the half of its author. A draft that was stored and is given twice, or
    /// that another one has overtaken, is found.
    ///
    /// # Errors
    /// [`TwinFinding`] when the half has moved on since the draft was made.
    pub fn append(&mut self, draft: &Draft) -> Result<Accepted, TwinFinding> {
        if self.is_held(&draft.event) {
            return Ok(Accepted::Held);
        }
        let chain = self.chain(draft.event.author);
        chain
            .check_link(&draft.event)
            .map_err(|refusal| chain.finding(draft.event.sequence, refusal))?;
        Ok(self.take(&draft.event, Some(&draft.body)))
    }

    /// Checks an event from outside, of either author, and takes it into its half.
    ///
    /// An event that is held already is no error, so that messages may come twice.
    ///
    /// # Errors
    /// [`TwinFinding`] with the first check of section 13 that fails; nothing changes. TWN-12 says
    /// that events of the other half have to come first. TWN-17 says that the author has signed
    /// another event for the same place: keep both as evidence.
    pub fn accept(&mut self, event: &Event, body: Option<&Body>) -> Result<Accepted, TwinFinding> {
        if self.is_held(event) {
            return Ok(Accepted::Held);
        }
        let chain = self.chain(event.author);
        if event.relationship == self.relationship.id
            && event.sequence < chain.size()
            && chain.key_at(event.sequence).is_some_and(|key| event.is_signed_by(&key))
        {
            let place = crate::finding::Place::Event(event.sequence);
            return Err(TwinFinding::new(Code::TwoStories, Some(event.author), place));
        }
        chain.check(event, body)?;
        self.check_seen(event)?;
        Ok(self.take(event, body))
    }

    /// Takes an event that [`Twin::accept`] or [`Twin::append`] has taken before, from the
    /// caller's own store, without checking its signature and body again. The chain of hashes is
    /// checked, so that a store that lost, doubled or exchanged an event is found.
    ///
    /// # Errors
    /// [`TwinFinding`] when the event does not follow from the one before it.
    pub fn replay(&mut self, event: &Event, body: Option<&Body>) -> Result<Accepted, TwinFinding> {
        let chain = self.chain(event.author);
        chain.check_link(event).map_err(|refusal| chain.finding(event.sequence, refusal))?;
        Ok(self.take(event, body))
    }

    fn is_held(&self, event: &Event) -> bool {
        self.tree(event.author).leaf(event.sequence) == Some(event.leaf_hash())
    }

    /// TWN-11 and TWN-12.
    fn check_seen(&self, event: &Event) -> Result<(), TwinFinding> {
        let code = match self.tree(event.author.other()).root_at(event.seen_size) {
            Some(root) if root == event.seen_root => return Ok(()),
            Some(_) => Code::SeenRoot,
            None => Code::SeenTooMuch,
        };
        let place = crate::finding::Place::Event(event.sequence);
        Err(TwinFinding::new(code, Some(event.author), place))
    }

    fn take(&mut self, event: &Event, body: Option<&Body>) -> Accepted {
        let leaf = event.leaf_hash();
        let half = &mut self.halves[event.author.index()];
        half.chain.advance(event, leaf, body);
        half.tree.push(leaf);
        let mut turn = None;
        if ClaimFact::is_stated_by(&event.kind) {
            let fact = body.and_then(|body| ClaimFact::of(&event.kind, body));
            let claim = self.claims.entry(event.subject.clone()).or_default();
            turn = claim.add(ClaimEvent { place: Place::of(event), fact });
            let key = sha256(&[event.subject.as_bytes()]);
            match &claim.state {
                Some(state) => self.summary.put(key, state.hash(&event.subject)),
                None => {
                    self.summary.take(&key);
                }
            }
        }
        Accepted::New { leaf, turn }
    }

    /// The state of a claim; nothing when it is unknown or a body that it needs is withheld.
    #[must_use]
    pub fn state(&self, subject: &str) -> Option<&ClaimState> {
        self.claims.get(subject)?.state.as_ref()
    }

    /// The hash of the state of a claim.
    #[must_use]
    pub fn state_hash(&self, subject: &str) -> Option<Hash> {
        self.state(subject).map(|state| state.hash(subject))
    }

    /// The events of a claim in the order of both halves, each with its turn; nothing when the
    /// claim is unknown or a body is withheld.
    #[must_use]
    pub fn timeline(&self, subject: &str) -> Option<Vec<Moment>> {
        self.claims.get(subject)?.timeline().map(|(_, moments)| moments)
    }

    /// Subjects and states of all claims, in the order of their subjects.
    pub fn claims(&self) -> impl Iterator<Item = (&Text, Option<&ClaimState>)> {
        self.claims.iter().map(|(subject, claim)| (subject, claim.state.as_ref()))
    }

    /// The summary of all claims, to answer questions about it.
    pub fn summary(&mut self) -> &mut Summary {
        &mut self.summary
    }

    /// What is compared with the other node first.
    pub fn standpoint(&mut self) -> Standpoint {
        let [payer, provider] = Author::BOTH.map(|author| self.chain(author).tree_head());
        Standpoint { payer, provider, claims: self.summary.digest() }
    }

    /// Signs the head of an author's half as it is now.
    #[must_use]
    pub fn sign_head(&self, author: Author, key: &PrivateKey, time_ms: i64) -> SignedHead {
        let tree = self.chain(author).tree_head();
        Head { relationship: self.relationship.id, author, tree, time_ms }.sign(key)
    }

    /// Checks a head of a half that is held at least to its size, and countersigns it with the
    /// other party's key.
    ///
    /// # Errors
    /// [`TwinFinding`] TWN-13 when its signature does not hold, or its root is not that of the
    /// half: then either the author or this node has another history. TWN-12 when events up to
    /// its size have to come first.
    pub fn countersign(
        &self,
        signed: SignedHead,
        key: &PrivateKey,
    ) -> Result<HeadEntry, TwinFinding> {
        let Head { relationship, author, tree, .. } = signed.head;
        let finding = |code, detail: &str| {
            let place = crate::finding::Place::Head(tree.size);
            TwinFinding::new(code, Some(author), place).detail(detail)
        };
        if relationship != self.relationship.id || tree.size == 0 {
            return Err(finding(Code::Head, "it belongs to another relationship or to no event"));
        }
        let Some(root) = self.tree(author).root_at(tree.size) else {
            return Err(finding(Code::SeenTooMuch, "events below its size are not held yet"));
        };
        let key_in_force = self.chain(author).key_at(tree.size);
        if !key_in_force.is_some_and(|in_force| signed.is_signed_by(&in_force)) {
            return Err(finding(Code::Head, "its signature does not hold"));
        }
        if root != tree.root {
            return Err(finding(Code::Head, "its root is not that of the events held"));
        }
        Ok(signed.countersign(key))
    }
}

/// The statement with which both halves begin.
#[must_use]
pub fn opening(relationship: &Relationship, nonce: &[u8; 32], names: [&str; 2]) -> Statement {
    let [payer_name, provider_name] = names;
    Statement {
        kind: Text::const_new("relationship.opened"),
        subject: Text::const_new(crate::subject::RELATIONSHIP),
        fields: vec![
            Field::bytes("payer_key", relationship.payer_key),
            Field::bytes("provider_key", relationship.provider_key),
            Field::bytes("nonce", *nonce),
            Field::text("payer_name", payer_name),
            Field::text("provider_name", provider_name),
        ],
    }
}

/// The statement with which an author puts a new key in force, for the next event of its half.
#[must_use]
pub fn rotation(chain: &Chain, new_key: &PrivateKey) -> Statement {
    let id = &chain.relationship().id;
    let proof = crate::kinds::rotation_proof(new_key, id, chain.author(), chain.size());
    Statement {
        kind: Text::const_new("key.rotated"),
        subject: Text::const_new(crate::subject::KEY),
        fields: vec![Field::bytes("new_key", new_key.public_key()), Field::bytes("proof", proof)],
    }
}
